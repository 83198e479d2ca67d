"""The copy that may leave the building: a settlement, a shortfall or a dashboard with the numbers withheld that a rule names, and what would restore them.

Nothing is settled again. `suppress` says of every line what may be shown; here that is laid over what was computed, once, and the modules that write see no
other numbers. Money stays exact where it may be shown; where a line's may not, neither may any sum that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from pathlib import PurePath
from typing import Any

from p4p.boards.shortfall import Missed, PracticePart, Reach, Shortfall, Waiting, shortfall
from p4p.counts.members import Source
from p4p.counts.suppress import OPEN, Pattern, Publication, Rule, pattern
from p4p.counts.suppress import Row as Counted
from p4p.language.contract import Contract, Indicator, Performance, SharedAmongEarners
from p4p.numbers.period import Quarter
from p4p.numbers.withheld import WITHHELD, Withheld, most_first
from p4p.settling import rules
from p4p.settling.evidence import Evidence, PracticeCount, evidence
from p4p.settling.settlement import NOT_OFFERED, Line, Settlement, Totals
from p4p.whatif.splits import Slider
from p4p.whatif.whatif import Outcome

#: Patterns by network and indicator.
Patterns = Mapping[tuple[str, str], Pattern]


@dataclass(frozen=True, slots=True)
class PublishedLine(Line):
    """A line as it is published. `patients`: those still needed to reach the next threshold."""

    patients: Any

    @property
    def gap(self) -> Any:
        return self.patients


@dataclass(frozen=True, slots=True)
class WithheldCount(PracticeCount):
    """A practice's counts that are withheld."""

    @property
    def achievement(self) -> Any:
        return WITHHELD


@dataclass(frozen=True, slots=True)
class PublishedMissed(Missed):
    """What a line left, as it is published, with its practices' parts."""

    parts: tuple[PracticePart, ...]

    @property
    def practices(self) -> tuple[PracticePart, ...]:
        return self.parts


@dataclass(frozen=True)
class Published(Settlement):
    """A settlement as it is published: the same questions, answered with what may be shown. `source` is the settlement, `patterns` what each quarter shows."""

    source: Settlement = field(kw_only=True)
    rule: Rule = field(kw_only=True)
    patterns: Mapping[Quarter, Patterns] = field(kw_only=True)

    def lines_of(self, network: str | None = None, quarter: Quarter | None = None, indicator: str | None = None) -> Iterator[Line]:
        """The lines, with withheld numbers for those that may not be shown."""
        for line in self.source.lines_of(network, quarter, indicator):
            yield self.line(line)

    def line(self, line: Line) -> PublishedLine:
        """A line as it may be shown."""
        found = self.pattern(line)
        paid, at_stake = self.shows_money(line), self._shows_available(line)
        values: dict[str, Any] = {f.name: getattr(line, f.name) for f in fields(Line)}
        if found.open:
            values |= self._rounded(line)
        else:
            values |= {"numerator": WITHHELD, "denominator": WITHHELD, "excluded": WITHHELD, "achievement": WITHHELD, "state": "withheld"}
        if not at_stake:
            values |= {"available": WITHHELD, "brought_forward": WITHHELD}
        if not paid:
            values |= {"earned": WITHHELD, "share": line.share if found.money else WITHHELD}
        gap = line.gap if found.open else WITHHELD
        return PublishedLine(**values, patients=gap if gap is None else self.patients_shown(gap))

    def _rounded(self, line: Line) -> dict[str, Any]:
        """An open line's counts and rate as the rule prints them: the rate is that of the counts printed, so that it does not undo their rounding."""
        if self.rule.nearest <= 1:
            return {}
        return rounded_counts(self.rule, line.numerator, line.eligible, line.excluded) | {"achievement": self.rate_shown(line)}

    def rate_shown(self, line: Line) -> Fraction | None:
        """An open line's achievement as it is published."""
        return rate_shown(self.rule, line.performance, line.numerator, line.eligible, line.achievement)

    def patients_shown(self, number: Any) -> Any:
        """A number of patients beside an open line: as the rule prints counts where it rounds; else it follows from counts that are there."""
        return self.rule.shown(number) if number is not WITHHELD and self.rule.nearest > 1 else number

    def pattern(self, line: Line) -> Pattern:
        """What of a line is shown."""
        return self.patterns[line.quarter].get((line.network, line.indicator), OPEN)

    def shows_money(self, line: Line) -> bool:
        """Whether what a line earned may be shown: it tells no small number of its own quarter, nor of the earlier ones it looks back on."""
        return (line.quarter, line.network, line.indicator) not in self._unpaid

    def _shows_available(self, line: Line) -> bool:
        if not line.performance.carries_forward:
            return True
        return not any((q, line.network, line.indicator) in self._unpaid for q in line.quarter.to_date[:-1])

    @cached_property
    def _unpaid(self) -> frozenset[tuple[Quarter, str, str]]:
        """The lines whose money is withheld."""
        found: set[tuple[Quarter, str, str]] = set()
        for quarter in sorted(self.patterns, key=str):
            closed = {key for key, p in self.patterns[quarter].items() if not p.money}
            before = {(n, i) for q, n, i in found if q in quarter.to_date and self.package(self.contract.indicators[i][0]).looks_back}
            found |= {(quarter, network, indicator) for network, indicator in closed | before}
        return frozenset(found)

    @cached_property
    def veiled_networks(self) -> tuple[frozenset[str], frozenset[str]]:
        """The networks with money withheld, and those with any line's counts withheld."""
        closed = {network for found in self.patterns.values() for (network, _), p in found.items() if not p.open}
        shared = {network for (_, network, _), mask in self._masks.items() if "shared" in mask}
        unpaid = {network for _, network, _ in self._unpaid} | shared
        return frozenset(unpaid), frozenset(unpaid | closed)

    def package_rows(self) -> Iterator[dict[str, Any]]:
        """The rows of `packages` with what may be shown, by quarter, network and package (indices), in that order."""
        for row in self.source.package_rows():
            yield row | self._masks.get(
                (Quarter.of_key(row["quarter"]), self.network_codes[row["network"]], self.package_ids[row["package"]]), {}
            )

    @cached_property
    def _masks(self) -> dict[tuple[Quarter, str, str], dict[str, Any]]:
        """The money withheld of packages, by quarter, network and package."""
        out: dict[tuple[Quarter, str, str], dict[str, Any]] = {}
        shared = {(q, self.contract.indicators[i][0]) for q, _, i in self._unpaid}
        for quarter, network, indicator in self._unpaid:
            pid = self.contract.indicators[indicator][0]
            out.setdefault((quarter, network, pid), {}).update(earned=WITHHELD, shortfall=WITHHELD)
            performance = self.package(pid).performance
            if performance is not None and performance.carries_forward:
                for later in quarter.year.quarters[quarter.number :]:
                    more = {"brought_forward": WITHHELD, "available": WITHHELD, "shortfall": WITHHELD}
                    out.setdefault((later, network, pid), {}).update(more)
        for quarter, pid in shared:
            performance = self.package(pid).performance
            if performance is not None and isinstance(performance.unearned, SharedAmongEarners):
                for network in self.network_codes:  # each one's part depends on what all of them earned
                    out.setdefault((quarter, network, pid), {}).update(shared=WITHHELD)
        return out

    @cached_property
    def by_network(self) -> dict[str, Totals]:
        """Each network's totals; withheld where one of their parts is."""
        names = {"available": "available", "earned": "earned", "shared": "adjustments"}
        out = dict(self.source.by_network)
        for (quarter, network, _), mask in self._masks.items():
            if quarter in self.quarters and network in out:
                out[network] = replace(out[network], **{names[k]: v for k, v in mask.items() if k in names})
        return out

    @cached_property
    def totals(self) -> Totals:
        """All networks together; withheld where one of their parts is."""
        return Totals.sum(self.by_network.values())

    @cached_property
    def destinations(self) -> dict[str, int]:
        """Where unearned money went; of a package with withheld money, that it is withheld."""
        titles = {self.package(pid).title for q, n, pid in self._masks if q in self.quarters}
        out = {
            words: pence
            for words, pence in self.source.destinations.items()
            if words.endswith(NOT_OFFERED) or not any(words.startswith(f"{t}: ") for t in titles)
        }
        return out | {f"{title}: what was not earned": WITHHELD for title in sorted(titles)}

    def publication(self, network: str | None = None, practices: bool = False) -> Publication:
        """What was withheld of the quarters settled, of one network or of all; of its practices too where the document shows them."""
        told = self.by_network if network is None else (network,)
        return publication_of(
            self.rule,
            {(q, *key): p for q in self.quarters for key, p in self.patterns[q].items() if key[0] in told},
            sum(1 for q, n, i in self._unpaid if q in self.quarters and n in told),
            practices,
        )


def publication_of(rule: Rule, patterns: Mapping[Any, Pattern], amounts: int, practices: bool) -> Publication:
    """What a document with these patterns says of itself; `practices`: whether it shows practices; `amounts`: how many lines' money is withheld."""
    found = patterns.values()
    lines = sum(1 for p in found if not p.open and p.small), sum(1 for p in found if not p.open and not p.small)
    rows = (sum(len(p.first) for p in found), sum(len(p.second) for p in found)) if practices else (0, 0)
    return Publication(rule.name, rule.words, (lines[0], rows[0]), (lines[1], rows[1]), amounts)


def rounded_counts(rule: Rule, numerator: int, eligible: int, excluded: int) -> dict[str, Any]:
    """Counts as the rule prints them; the denominator is the sum of its parts as printed."""
    shown = {"numerator": rule.shown(numerator), "excluded": rule.shown(excluded)}
    return shown | {"denominator": rule.shown(eligible) + shown["excluded"]}


def rate_shown(rule: Rule, performance: Performance, numerator: int, eligible: int, achievement: Fraction | None) -> Fraction | None:
    """An achievement as it is published: that of the counts as printed; of a rate that is not pooled, to the whole percent where counts are rounded."""
    if rule.nearest <= 1 or achievement is None:
        return achievement
    if performance.pooled:
        return Fraction(rule.shown(numerator), rule.shown(eligible))
    return Fraction((achievement * 100 + Fraction(1, 2)).__floor__(), 100)


def publish(settlement: Settlement, rule: Rule, second: bool = True) -> Published:
    """A settlement as it may be published under a rule. `second` is False only in the test that shows what a first suppression alone gives away."""
    quarters = {Quarter.of_key(key) for key in settlement.history["quarter"].unique()} | set(settlement.quarters)
    patterns = {q: _patterns(settlement, rule, q, second) for q in sorted(quarters, key=str)}
    for quarter in settlement.quarters[
        :-1
    ]:  # of a year: what two dates of the same counts differ by is a count of its own, so the last alone is shown
        for key, found in patterns[quarter].items():
            performance = settlement.package(settlement.contract.indicators[key[1]][0]).performance
            if performance is not None and performance.measured != "quarter":
                patterns[quarter][key] = replace(found, open=False)
    kept: dict[str, Any] = {f.name: getattr(settlement, f.name) for f in fields(Settlement)}
    kept["activity"] = replace(settlement.activity, sources=unsigned(settlement.activity.sources))
    kept["members"] = replace(settlement.members, sources=unsigned(settlement.members.sources))
    return Published(**kept, source=settlement, rule=rule, patterns=patterns)


def unsigned(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Sources by name alone, without the hashes of their bytes, against which guesses at withheld counts could be tried."""
    return tuple(replace(source, file=PurePath(source.file).name, sha256="*") for source in sources)


def _patterns(settlement: Settlement, rule: Rule, quarter: Quarter, second: bool) -> dict[tuple[str, str], Pattern]:
    """What of each line of a quarter may be shown; of lines judged later, on their counts so far."""
    counted = evidence(settlement, quarter)
    out: dict[tuple[str, str], Pattern] = {}
    for line in settlement.lines_of(None, quarter):
        key = line.network, line.indicator
        whole = row_of(line.numerator, line.eligible, line.excluded)
        fixed = line.state != "counted" or not (line.available or line.earned)
        out[key] = line_pattern(rule, line.performance, line.terms, counted.get(key, ()), whole, fixed, second)
    for key, counts in counted.items():
        if key not in out:
            out[key] = unjudged(settlement.contract, rule, key[1], counts, second)
    return out


def unjudged(contract: Contract, rule: Rule, indicator: str, counts: Sequence[PracticeCount], second: bool = True) -> Pattern:
    """What may be shown of counts that nothing is paid on yet; money measured by the year is paid at its end."""
    performance = contract.performance_of(indicator)
    terms = performance.indicators[indicator]
    whole = row_of(sum(c.numerator for c in counts), sum(c.eligible for c in counts), sum(c.excluded for c in counts))
    return line_pattern(rule, performance, terms, counts, whole, performance.measured == "year", second)


def row_of(numerator: int, eligible: int, excluded: int) -> Counted:
    """Counts as rules look at them: achieved, not achieved, excluded."""
    return numerator, eligible - numerator, excluded


def line_pattern(
    rule: Rule,
    performance: Performance,
    terms: Indicator,
    counts: Sequence[PracticeCount],
    whole: Counted,
    fixed: bool,
    second: bool = True,
) -> Pattern:
    """What of a line may be shown. `fixed`: its money does not depend on its counts."""
    rows = {c.practice: row_of(c.numerator, c.eligible, c.excluded) for c in counts}

    def share(found: Any) -> Fraction | None:
        achieved = rules.network_rate(performance, terms.curve.direction, ((n, n + m) for n, m, _ in found))
        return None if fixed or achieved is None else Fraction(terms.curve.share(achieved))

    return pattern(rule, rows, whole, share, performance.pooled, second)


def count_shown(rule: Rule, count: PracticeCount, hidden: bool) -> PracticeCount:
    """A practice's counts as they are published."""
    if hidden:
        return WithheldCount(count.practice, WITHHELD, WITHHELD, WITHHELD, count.missing, count.withheld)
    return count if rule.nearest <= 1 else replace(count, **rounded_counts(rule, count.numerator, count.eligible, count.excluded))


# shortfall


def shortfall_of(settlement: Settlement, network: str | None = None, counted: Evidence | None = None) -> Shortfall:
    """The money left on the table; of a published settlement, as it may be published."""
    if not isinstance(settlement, Published):
        return shortfall(settlement, network, counted)
    found = shortfall(settlement.source, network, counted)
    order = {iid: i for i, iid in enumerate(settlement.contract.indicators)}
    missed = [_missed(settlement, m) for m in found.missed]
    missed.sort(key=lambda m: (*most_first(m.left), m.line.network, order[m.line.indicator]))
    return Shortfall(settlement, network, tuple(missed), tuple(_waiting(settlement, w) for w in found.waiting))


def _missed(published: Published, m: Missed) -> PublishedMissed:
    found, line, paid = published.pattern(m.line), published.line(m.line), published.shows_money(m.line)
    values: dict[str, Any] = {f.name: getattr(m, f.name) for f in fields(Missed)} | {"line": line}
    if not paid and not (found.open and line.share == 1):
        open_later = m.quarters_left and (line.performance.catches_up or line.performance.carries_forward)
        values |= {"left": WITHHELD, "from_earlier": WITHHELD, "still_open": WITHHELD if open_later else 0, "destination": m.becomes}
    if not found.open:
        values |= {"standing": "withheld", "nearest": None, "best": None}
    else:
        reaches = {id(reach): _reach(published, reach, paid) for reach in (m.nearest, m.best) if reach}
        values |= {"nearest": reaches.get(id(m.nearest)), "best": reaches.get(id(m.best))}
    values["counts"] = tuple(count_shown(published.rule, c, c.practice in found.hidden) for c in m.counts)
    parts = [_part(published, part, count, found) for part, count in zip(m.practices, values["counts"], strict=True)]
    return PublishedMissed(**values, parts=tuple(parts))


def _reach(published: Published, reach: Reach, paid: bool) -> Reach:
    return Reach(
        reach.threshold,
        None if reach.patients is None else published.patients_shown(reach.patients),
        reach.gain if paid or reach.gain is None else WITHHELD,
    )


def _part(published: Published, part: PracticePart, count: PracticeCount, found: Pattern) -> PracticePart:
    """A practice's part: withheld with its counts; what is shared out over all practices, withheld where any of them is."""
    if isinstance(count.numerator, Withheld):
        return PracticePart(count, WITHHELD, WITHHELD, WITHHELD, WITHHELD, WITHHELD, WITHHELD)
    rounds = published.rule.nearest > 1
    shared = [None if n is None else WITHHELD if found.hidden else published.patients_shown(n) for n in (part.to_nearest, part.to_best)]
    alone = None if part.on_its_own is None else published.patients_shown(part.on_its_own)
    exact = (None, None) if rounds else (part.points, part.moves)
    return PracticePart(count, published.patients_shown(part.outstanding), shared[0], shared[1], alone, *exact)


def _waiting(published: Published, w: Waiting) -> Waiting:
    """A line judged later, on its counts so far."""
    found = published.patterns[published.quarters[0]].get((w.network, w.indicator), OPEN)
    if not found.open:
        return replace(w, numerator=WITHHELD, eligible=WITHHELD, achievement=WITHHELD, threshold=None, patients=None)
    if published.rule.nearest <= 1:
        return w
    performance = published.contract.performance_of(w.indicator)
    shown = rate_shown(published.rule, performance, w.numerator, w.eligible, w.achievement)
    numerator, eligible = published.rule.shown(w.numerator), published.rule.shown(w.eligible)
    patients = None if w.patients is None else published.patients_shown(w.patients)
    return replace(w, numerator=numerator, eligible=eligible, achievement=shown, patients=patients)


# what-ifs


@dataclass(frozen=True)
class Veiled(Settlement):
    """A settlement under other terms, of which what some networks earn is withheld: another threshold brackets an achievement that is not shown."""

    networks: frozenset[str] = field(kw_only=True)

    @cached_property
    def by_network(self) -> dict[str, Totals]:
        """Each network's totals, those of the networks withheld without what was earned."""
        plain: dict[str, Totals] = Settlement.by_network.func(self)  # type: ignore[attr-defined]
        return veiled(plain, self.networks)

    @cached_property
    def totals(self) -> Totals:
        """All networks together; withheld where one of them is."""
        return Totals.sum(self.by_network.values())


def veiled(by_network: Mapping[str, Totals], hidden: frozenset[str]) -> dict[str, Totals]:
    """Totals by network, those of some networks without what was earned."""
    return {code: replace(t, earned=WITHHELD) if code in hidden else t for code, t in by_network.items()}


def published_what_ifs(
    settlement: Settlement, sliders: Sequence[Slider], outcomes: Sequence[Outcome]
) -> tuple[tuple[Slider, ...], tuple[Outcome, ...]]:
    """A pack's what-ifs; of a published settlement, as they may be published.

    Another split pays the same share of other money, so it tells no more than the payment did. Other terms may put another threshold: of a network with counts
    withheld at line level nothing is said.
    """
    if not isinstance(settlement, Published):
        return tuple(sliders), tuple(outcomes)
    unpaid, closed = settlement.veiled_networks
    stops = [
        [replace(s, by_network=(rows := veiled(s.by_network, unpaid)), totals=Totals.sum(rows.values())) for s in x.stops] for x in sliders
    ]
    changed = []
    for outcome in outcomes:
        kept: dict[str, Any] = {f.name: getattr(outcome.settlement, f.name) for f in fields(Settlement)}
        changed.append(replace(outcome, settlement=Veiled(**kept, networks=closed)))
    return tuple(replace(x, stops=tuple(s)) for x, s in zip(sliders, stops, strict=True)), tuple(changed)
