"""What one reader is told of a payment, in which order: the content of a statement, as data. How it looks, the output modules know.

Words come from the figures of `explain`, which has held them against the settled pence; amounts are whole pence. Names from files are made
harmless here, once, for every output: no control or direction characters, no more than 300 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import polars as pl

from p4p.boards.shortfall import Missed, Reach, Shortfall
from p4p.counts.members import Source
from p4p.counts.suppress import Publication
from p4p.language.contract import PerPatient, SharedAmongEarners
from p4p.language.curves import Linear, Stepped, Threshold, Tiered, rate
from p4p.numbers.exact import ZERO, Figure, decimal, formula, most, named_parts, percent, shown, whole
from p4p.numbers.money import rounded
from p4p.numbers.period import Quarter, long_date
from p4p.numbers.withheld import WITHHELD, most_first
from p4p.publishing.publish import Published, shortfall_of
from p4p.screens.page import visible_name
from p4p.screens.screen import curve_text
from p4p.settling.evidence import evidence
from p4p.settling.explain import explain
from p4p.settling.settlement import Line, Settlement, Totals


@dataclass(frozen=True, slots=True)
class Cover:
    """What all statements of a settlement have in common.

    `counts_to` is the last day that the counts judged can reach, `lists` the lists that values are counted on with their dates, `inputs`
    the files read, the contract first, without their folders; `unearned` says where unearned money went, `checks` what was checked, both in words;
    `publication` what was withheld of the copy for publication.
    """

    title: str
    commissioner: str
    contract: str
    sha256: str
    currency: str
    period: Quarter
    state: str
    networks: Mapping[str, str]
    practices: Mapping[str, str]
    totals: Totals
    by_network: Mapping[str, Totals]
    lists: tuple[tuple[str, date], ...]
    inputs: tuple[Source, ...]
    usage: Mapping[str, int]
    unearned: tuple[tuple[str, int], ...]
    checks: tuple[str, ...]
    publication: Publication | None = None

    @property
    def published(self) -> tuple[str, ...]:
        """What a published document says of itself, in sentences; nothing of one for the parties alone."""
        return self.publication.sentences if self.publication else ()

    @property
    def counts_to(self) -> date:
        return self.period.last_day

    @property
    def provisional(self) -> str:
        """The state in words: figures that may still change are called so."""
        return "Provisional (flex): counts may still be corrected" if self.state == "flex" else "Final (freeze)"

    def query(self, network: str) -> str:
        """How to query a figure of a network's statement, in words."""
        return (
            f"Write to {self.commissioner}, quoting {self.contract}, {self.period}, {network}, the indicator and the count you hold. Every "
            f'figure leads down to a line of the contract and the rows that were counted: p4p explain --network {network} --quarter "{self.period}" '
            "on the files named here gives them, and pays the same to the penny."
        )


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One package's money for a network in the quarter, in pence: as `settle --format json` has it, with the package's title."""

    package: str
    title: str
    value: int
    upfront: int
    deferred: int
    brought_forward: int
    available: int
    earned: int
    shared: int
    shortfall: int

    @property
    def payable(self) -> int:
        return self.upfront + self.earned + self.shared


@dataclass(frozen=True, slots=True)
class Result:
    """One indicator of a network: the settled line, what it left on the table, and in words how it came about.

    `achieved` is the achievement as people read it, `asks` the curve in a few characters, `where` the practices that hold most of the patients needed.
    """

    line: Line
    missed: Missed
    title: str
    achieved: str
    asks: str
    how: str
    where: str

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        return self.line.terms.curve.thresholds()

    @property
    def lower(self) -> Fraction:
        """The easiest threshold."""
        return Fraction(self.thresholds[0].ratio)

    @property
    def upper(self) -> Fraction:
        """The hardest threshold."""
        return Fraction(self.thresholds[-1].ratio)

    @property
    def verdict(self) -> str:
        """What the achievement earned, in a word: the same that the colours and shapes of charts say."""
        if self.line.state != "counted":
            return self.line.state
        return "in full" if self.line.share == 1 else "in part" if self.line.share else "nothing"

    @property
    def needed(self) -> str:
        """The patients that the next threshold and the best one would take, in words; why there is no number; or nothing."""
        if self.missed.standing not in ("short", "earned in full", "not paid"):
            return f"{self.missed.standing[:1].upper()}{self.missed.standing[1:]}"
        nearest, best = self.missed.nearest, self.missed.best
        if nearest is None or best is None:
            return ""
        return _reach(nearest) if nearest is best else f"{_reach(nearest)}; {_reach(best)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of how a payment was made, and the amount it ends in (pence); `paid` unless it says what a package is worth."""

    what: str
    how: str
    amount: int
    paid: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """What a network is told: its payment, how it was made, what was missed, and the counts behind it."""

    network: str
    name: str
    totals: Totals
    packages: tuple[PackagePart, ...]
    steps: tuple[Step, ...]
    results: tuple[Result, ...]

    @property
    def missed(self) -> tuple[Result, ...]:
        """The indicators that left money on the table, the largest amount first."""
        return tuple(sorted((r for r in self.results if r.missed.left), key=lambda r: most_first(r.missed.left)))


def only(settlement: Settlement, networks: Sequence[str]) -> Settlement:
    """A settlement with the payments and lines of some networks; what was counted and checked is still all of it. All networks where none is named."""
    if not networks:
        return settlement
    chosen = pl.col("network").is_in([settlement.network_codes.index(code) for code in networks])
    cut: dict[str, Any] = {
        "packages": settlement.packages.filter(chosen),
        "history": settlement.history.filter(chosen),
        "copy_for": tuple(networks),
    }
    if isinstance(settlement, Published):
        cut["source"] = only(settlement.source, networks)
    return replace(settlement, **cut)


def cover(settlement: Settlement) -> Cover:
    """What all statements of a settlement have in common."""
    contract, members = settlement.contract, settlement.members
    read = (Source(contract.file, contract.sha256, 0), *members.sources, *settlement.activity.sources)
    return Cover(
        title=visible_name(contract.title),
        commissioner=visible_name(contract.commissioner),
        contract=contract.contract,
        sha256=contract.sha256,
        currency=contract.currency,
        period=settlement.quarters[0],
        state=settlement.state,
        networks={code: visible_name(members.networks[code]) for code in settlement.by_network},
        practices={code: visible_name(p.name) for code, p in members.practices.items()},
        totals=settlement.totals,
        by_network=settlement.by_network,
        lists=contract.lists,
        inputs=tuple(replace(s, file=visible_name(PurePath(s.file).name)) for s in read),
        usage=settlement.usage,
        unearned=tuple(settlement.destinations.items()),
        checks=tuple(c.what for c in settlement.checks if c.holds),
        publication=settlement.publication(None, True),
    )


def statements(settlement: Settlement, networks: Sequence[str] = ()) -> Iterator[Statement]:
    """The statement of each network that is paid, or of those named, by code, made one at a time."""
    packages: dict[str, list[dict[str, Any]]] = {}
    for row in settlement.package_rows():
        packages.setdefault(settlement.network_codes[row["network"]], []).append(row)
    counted = evidence(settlement, settlement.quarters[0])
    for code, totals in settlement.by_network.items():
        if networks and code not in networks:
            continue
        yield _statement(settlement, code, totals, packages[code], shortfall_of(settlement, code, counted))


def _statement(settlement: Settlement, code: str, totals: Totals, packages: Sequence[dict[str, Any]], left: Shortfall) -> Statement:
    source = settlement.source if isinstance(settlement, Published) else settlement
    figures = {f.name: f for f in _walk(explain(source, code, rows=False))}
    missed = {m.line.indicator: m for m in left.missed}
    results = tuple(_result(settlement, line, missed[line.indicator], figures) for line in source.lines_of(code))
    parts = tuple(
        PackagePart(
            package=(pid := settlement.package_ids[row["package"]]),
            title=visible_name(settlement.package(pid).title),
            **{k: row[k] for k in ("value", "upfront", "deferred", "brought_forward", "available", "earned", "shared", "shortfall")},
        )
        for row in packages
    )
    steps = tuple(step for part in parts for step in _steps(settlement, part, results, figures))
    return Statement(code, visible_name(settlement.members.networks[code]), totals, parts, steps, results)


def _walk(f: Figure) -> Iterator[Figure]:
    yield f
    for part in named_parts(f):
        yield from _walk(part)


def _result(settlement: Settlement, line: Line, missed: Missed, figures: Mapping[str, Figure]) -> Result:
    curve, how = line.terms.curve, _how(line, figures)
    if isinstance(settlement, Published):
        line, exact = settlement.line(line), line
        how = _how_published(settlement, line, how if settlement.shows_money(exact) else "")
    achieved = rate(line.achievement, curve) if line.state == "counted" else line.state
    return Result(line, missed, visible_name(line.terms.title), achieved, curve_text(curve), how, _where(settlement, missed))


def _how_published(published: Published, line: Line, exactly: str) -> str:
    """How a line came about, as far as it may be published: in the exact words where its counts are published exactly."""
    if line.state == "counted" and exactly and published.rule.nearest <= 1:
        return exactly
    shown_rate = f", {rate(line.achievement, line.terms.curve)}" if line.achievement is not None else ""
    judged = (
        f"{line.numerator:,} of {line.eligible:,} {_patients(2)}{shown_rate}."
        if line.state == "counted"
        else f"The counts are {line.state}."
    )
    paid = "What it earns is withheld." if line.earned is WITHHELD else f"It earns {_pounds(Fraction(line.earned))}."
    return f"{judged} {paid}"


def _stepped(curve: Stepped, achievement: Fraction) -> str:
    """`is 3 whole steps of 2% beyond 70%, at 20% each and 90% at most`."""
    up = curve.direction == "higher is better"
    steps = whole(most(achievement - curve.start if up else curve.start - achievement, ZERO) / curve.step)
    beyond = f"{percent(curve.step)} {'beyond' if up else 'below'} {percent(curve.start)}"
    if not steps:
        return f"is not a whole step of {beyond}"
    return f"is {steps:,} whole {'step' if steps == 1 else 'steps'} of {beyond}, at {percent(curve.share_per_step)} each and {percent(curve.most)} at most"


def _where(settlement: Settlement, missed: Missed, told: int = 3) -> str:
    """`First Alder Practice 41, Second Alder Practice 30 and 2 more practices`: who holds the patients that the next threshold takes."""
    if any(p.to_nearest is WITHHELD for p in missed.practices):
        return ""
    holders = sorted((p for p in missed.practices if p.to_nearest), key=lambda p: (-(p.to_nearest or 0), p.count.practice))
    said = [f"{visible_name(settlement.members.practices[p.count.practice].name)} {p.to_nearest:,}" for p in holders[:told]]
    rest = len(holders) - len(said)
    return ", ".join(said) + (f" and {rest:,} more {'practice' if rest == 1 else 'practices'}" if rest else "")


# how it was made, in words


def _steps(settlement: Settlement, part: PackagePart, results: tuple[Result, ...], figures: Mapping[str, Figure]) -> Iterator[Step]:
    """A package's sentences: what it is worth, what is paid up front, what each indicator earned, what was shared again."""
    pid, quarter = part.package, settlement.quarters[0]
    yield Step(part.title, _worth(settlement, pid, quarter, figures), part.value, paid=False)
    share = next((f for name, f in figures.items() if name.startswith(f"{pid}: upfront share")), None)
    if share is not None:
        yield Step("Paid up front", f"{shown(share)} of {shown(figures[f'{pid}: value of Q{quarter.number}'])}", part.upfront)
    for result in results:
        if result.line.package == pid:
            yield Step(f"{result.line.indicator} {result.title}", result.how, result.line.earned)
    performance = settlement.package(pid).performance
    if performance and isinstance(performance.unearned, SharedAmongEarners):
        words = "Its part of the money that other networks did not earn, in proportion to what it earned itself"
        yield Step("Share of unearned money", words, part.shared)


def _worth(settlement: Settlement, pid: str, quarter: Quarter, figures: Mapping[str, Figure]) -> str:
    value = figures[f"{pid}: value of Q{quarter.number}"]
    year = figures.get(f"{pid}: value for {quarter.year}", value)
    words = f"Worth {shown(value)} this quarter, of {shown(year)} for {quarter.year}"
    terms = settlement.package(pid).value
    if isinstance(terms, PerPatient):
        patients = next(f for name, f in figures.items() if name.startswith("patients, ") and f in _walk(year))
        words += f": {shown(Figure(terms.price, unit='pence'))} for each of {decimal(patients.value, 2, group=True)} {patients.name}"
    elif year.parts:
        words += f": {formula(year, shown)}"
    return words


def _how(line: Line, figures: Mapping[str, Figure]) -> str:
    """What was counted, what the contract says of it and what that earns, in sentences, from the figures of the explanation."""
    iid = line.indicator
    earned, share = figures[f"{iid}: earned"], figures[f"{iid}: share"]
    decided = next((p for p in earned.parts if p.name in (f"{iid}: own", f"{iid}: due")), earned)
    sums, at_stake = formula(decided, shown), shown(Figure(Fraction(line.available), unit="pence"))
    made = formula(share, shown) if line.share not in (0, 1) else ""
    sentences = [_judged(line, share)]
    if not line.available and not line.earned:
        sentences.append("Nothing was at stake on it this quarter." if line.terms.weight else "It is reported, not paid.")
    elif not line.share and not line.earned:
        sentences.append(f"It earns nothing of {at_stake}.")
    elif line.share == 1 and line.earned == line.available:
        sentences.append(f"It earns all of {at_stake}.")
    else:
        if made:
            sentences.append(f"Its share is {made} = {shown(share)}.")
        to_date, before = figures.get(f"{iid}: available to date"), figures.get(f"{iid}: earned in earlier quarters")
        if to_date and before:
            sums = sums.replace(shown(to_date), f"{shown(to_date)} available in the year to date", 1)
            sums = sums.replace(f" − {shown(before)}", f" − {shown(before)} earned before")
        sentences.append(f"It earns {_plainly(sums, iid)} = {shown(earned)}." if sums else f"It earns {shown(earned)}.")
    return " ".join(sentences)


def _judged(line: Line, share: Figure) -> str:
    """`558 of 1,471 patients, 37.93%, is below the target of 90%.`"""
    if line.achievement is None or line.state != "counted":
        return f"{share.because[:1].upper()}{share.because[1:]}."
    shown_rate = rate(line.achievement, line.terms.curve)
    what = (
        f"{line.numerator:,} of {line.eligible:,} {_patients(line.eligible)}, {shown_rate},"
        if line.performance.pooled
        else (f"The {_RATE[line.performance.network_rate]}, {shown_rate},")
    )
    reasons = [_plainly(r, line.indicator) for r in share.because.split("; ")] if share.because else []
    if not reasons:
        return f"{what[:-1]}."
    if isinstance(line.terms.curve, Linear) and line.share not in (0, 1):
        return f"{what} is between the thresholds of {percent(line.terms.curve.lower)} and {percent(line.terms.curve.upper)}."
    if isinstance(line.terms.curve, Stepped):
        return f"{what} {_stepped(line.terms.curve, line.achievement)}."
    if isinstance(line.terms.curve, Tiered) and not line.share:
        reasons = reasons[-1:]  # below the lowest tier says it
    achieved = f"achievement {shown(Figure(line.achievement, unit='ratio'))} "
    return f"{what} {' and '.join(r.removeprefix(achieved) for r in reasons)}."


_RATE = {"mean of practices": "mean of its practices' rates", "every practice": "rate of its practice furthest from the target"}

_WORDS = (
    ("target ", "the target of "), ("lower ", "the lower threshold of "), ("upper ", "the upper threshold of "),
    ("tiers ", "the tier of "), (", rounded to the penny (half-up)", " (rounded)"),
)  # fmt: skip


def _plainly(text: str, iid: str) -> str:
    """A formula or reason as a reader says it, who is at that indicator already."""
    text = text.replace(f"{iid}: ", "")
    for code, words in _WORDS:
        text = text.replace(code, words)
    return text


def _reach(reach: Reach) -> str:
    """`121 more patients for at least 90%, worth £7,500.00 or £61.98 each`."""
    if reach.patients is None:
        words = f"{reach.threshold}: how many patients depends on whose they are"
        return words if reach.gain is None else f"{reach.threshold} would have paid {_pounds(Fraction(reach.gain))} more"
    way = "more" if reach.threshold.direction == "higher is better" else "fewer"
    words = f"{reach.patients:,} {way} {_patients(reach.patients)} for {reach.threshold}"
    if not reach.gain or reach.per_patient is None or reach.gain is WITHHELD:
        return words
    if reach.patients is WITHHELD:
        return f"{words}, worth {_pounds(Fraction(reach.gain))}"
    each = Fraction(rounded(reach.per_patient, "half-up"))
    return f"{words}, worth {_pounds(Fraction(reach.gain))}" + (f" ({_pounds(each)} each)" if reach.patients > 1 else "")


def _pounds(pence: Fraction) -> str:
    return shown(Figure(pence, unit="pence"))


def _patients(number: int) -> str:
    return "patient" if number == 1 else "patients"


def list_words(lists: tuple[tuple[str, date], ...]) -> str:
    """`registered list of 1 January 2023; diabetes register of 1 April 2023`, or that there are none."""
    return "; ".join(f"{visible_name(name)} of {long_date(day)}" for name, day in lists) or "none: values do not depend on a list"
