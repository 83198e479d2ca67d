"""The money left on the table, and the patients it would have taken.

For each line of a settled quarter: what full achievement would have paid more (`left`), the next threshold and the best one with the patients
each would take and the money each would bring, which practices hold those patients, what can still be caught up this year, and where the money goes
that nobody earned. Money gained is found by the very rule that settled (`rules.earned`), asked again with a better achievement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import polars as pl

from p4p.boards.stakes import stakes
from p4p.language.contract import SharedAmongEarners
from p4p.language.curves import Threshold, next_threshold
from p4p.numbers.exact import ONE
from p4p.numbers.money import largest_remainder
from p4p.numbers.period import Quarter
from p4p.numbers.withheld import WITHHELD, Withheld, most_first
from p4p.settling import rules
from p4p.settling.evidence import Evidence, PracticeCount, evidence
from p4p.settling.settlement import Line, Settlement

#: Why a line stands where it stands.
Standing = Literal[
    "short",  # money is left, and there is an achievement to better
    "earned in full",
    "at the cap",  # every threshold is reached, and the curve pays no more than its cap
    "no patients",
    "counts missing",
    "counts withheld",
    "not paid",  # a weight of 0%: reported only
    "supposed",  # a what-if supposes the achievement, so the counts say nothing about patients
    "withheld",  # a published copy does not say
]

#: What becomes of money that a line left.
Destination = Literal[
    "retained by the commissioner",
    "can still be caught up this year",
    "carried forward to the next quarter",
    "shared among the networks that earned, the rest retained by the commissioner",
    "",
]


@dataclass(frozen=True, slots=True)
class Reach:
    """What it would take to reach a threshold, and what that would have paid.

    `patients`: all practices of the network together; None where no number of patients reaches it, or where it is not one number because
    the rate is the mean of practices. `gain`: whole pence more in the quarter settled; None where it cannot be said.
    """

    threshold: Threshold
    patients: int | None
    gain: int | None

    @property
    def per_patient(self) -> Fraction | None:
        """Pence for each further patient, exact; None where no patients are needed or their number is not known."""
        if isinstance(self.patients, Withheld) or isinstance(self.gain, Withheld):
            each: Fraction | None = WITHHELD
            return each
        return Fraction(self.gain, self.patients) if self.patients and self.gain is not None else None


@dataclass(frozen=True, slots=True)
class PracticePart:
    """What a practice has to do with a line, and how many of the patients needed are its own part.

    `to_nearest`, `to_best`: its part of the network's patients to the next and the best threshold, in proportion to its patients not yet achieved,
    by largest remainder, so that the parts add up (where every practice must reach the threshold, its own gap); None where the network's number is not known.
    `on_its_own`: patients it would need to reach the next threshold by itself, None where it has none or no number would do.
    `points`: its numerator over the network's eligible patients, so that the points of all practices add up to a pooled achievement.
    `moves`: the network's achievement less what it would be without this practice; None where nothing would be left.
    """

    count: PracticeCount
    outstanding: int
    to_nearest: int | None
    to_best: int | None
    on_its_own: int | None
    points: Fraction | None
    moves: Fraction | None


@dataclass(frozen=True, slots=True)
class Missed:
    """One line, and the money it left on the table.

    `left`: pence that a share of 100% would have paid more in the quarter settled: what the quarter missed and, with catch-up, what earlier
    quarters missed (`from_earlier`) and this one did not make good. `still_open`: the part of `left` that a later quarter of this year can still earn.
    `nearest` and `best`: the next threshold not reached, and the best one that some number of patients reaches (the same where there is one);
    None where there is none or no achievement. `quarters_left`: the quarters of the year after the one settled.
    """

    line: Line
    standing: Standing
    left: int
    from_earlier: int
    still_open: int
    nearest: Reach | None
    best: Reach | None
    counts: tuple[PracticeCount, ...]
    destination: Destination
    quarters_left: tuple[Quarter, ...]

    @property
    def practices(self) -> tuple[PracticePart, ...]:
        """Each practice's part, by code; worked out when asked for, because few of a thousand networks are looked into."""
        return practice_parts(self.line, self.counts, self.nearest, self.best)

    @property
    def becomes(self) -> Destination:
        """What becomes of money that this line leaves, whether or not it left any."""
        return _destination(self.line, bool(self.quarters_left))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that is judged only at the end of the year: nothing is missed yet.

    `at_stake`: pence of the whole year; the counts are those of the year so far, `reported` where there are any; `patients`: to the next threshold on them.
    """

    network: str
    package: str
    indicator: str
    title: str
    numerator: int
    eligible: int
    achievement: Fraction | None
    threshold: Threshold | None
    patients: int | None
    at_stake: int
    reported: bool


@dataclass(frozen=True)
class Shortfall:
    """The money left on the table in a quarter, for all networks or one: `missed` biggest first, then by network and contract order.

    `missed` holds every line, those earned in full too, with nothing left; `destinations` says where the unearned money of all networks goes.
    """

    settlement: Settlement
    network: str | None
    missed: tuple[Missed, ...]
    waiting: tuple[Waiting, ...]

    @property
    def quarter(self) -> Quarter:
        return self.settlement.quarters[0]

    @cached_property
    def left(self) -> int:
        """All that was left, in pence."""
        return sum(m.left for m in self.missed)

    @cached_property
    def still_open(self) -> int:
        """What later quarters of this year can still earn of it, in pence."""
        return sum(m.still_open for m in self.missed)

    @cached_property
    def by_network(self) -> Mapping[str, tuple[int, int]]:
        """What each network left and what of it is still open, most left first, then by code."""
        return _sums((m.line.network, m) for m in self.missed)

    @cached_property
    def by_package(self) -> Mapping[str, tuple[int, int]]:
        """What was left and what of it is still open by package, most left first."""
        return _sums((m.line.package, m) for m in self.missed)

    @cached_property
    def by_indicator(self) -> Mapping[str, tuple[int, int]]:
        """What was left and what of it is still open by indicator, most left first."""
        return _sums((m.line.indicator, m) for m in self.missed)

    @cached_property
    def destinations(self) -> Mapping[str, int]:
        """Pence left by destination."""
        out: dict[str, int] = {}
        for m in self.missed:
            if m.left:
                out[m.destination] = out.get(m.destination, 0) + m.left
        return out


def shortfall(settlement: Settlement, network: str | None = None, counted: Evidence | None = None) -> Shortfall:
    """The money left on the table in the quarter settled, of one network or of all (`None`).

    `counted`: the evidence of the quarter, for a caller who asks network by network and has it already.
    """
    quarter = settlement.quarters[0]
    counted = evidence(settlement, quarter) if counted is None else counted
    before = _earlier(settlement, network)
    missed = []
    for line in settlement.lines_of(network, quarter):
        key = line.network, line.indicator
        missed.append(_missed(settlement, line, before.get(key, []), counted.get(key, ())))
    order = {iid: i for i, iid in enumerate(settlement.contract.indicators)}
    missed.sort(key=lambda m: (-m.left, m.line.network, order[m.line.indicator]))
    return Shortfall(settlement, network, tuple(missed), tuple(_waiting(settlement, network, counted)))


def _sums(lines: Iterable[tuple[str, Missed]]) -> dict[str, tuple[int, int]]:
    """`left` and `still_open` by a key, most left first, else in the order in which the keys sort."""
    out: dict[str, tuple[int, int]] = {}
    for key, m in sorted(lines, key=lambda pair: pair[0]):
        left, still_open = out.get(key, (0, 0))
        out[key] = left + m.left, still_open + m.still_open
    return dict(sorted(out.items(), key=lambda item: most_first(item[1][0])))


def _earlier(settlement: Settlement, network: str | None) -> dict[tuple[str, str], list[Line]]:
    """The lines of the year's earlier quarters on which those settled look back, by network and indicator."""
    out: dict[tuple[str, str], list[Line]] = {}
    for quarter in settlement.quarters[0].to_date[:-1]:
        for line in settlement.lines_of(network, quarter):
            if settlement.package(line.package).looks_back:
                out.setdefault((line.network, line.indicator), []).append(line)
    return out


def _missed(settlement: Settlement, line: Line, earlier: Sequence[Line], counts: Sequence[PracticeCount]) -> Missed:
    performance, later = line.performance, line.quarter.year.quarters[line.quarter.number :]
    earned_at = _Earning(settlement, line, earlier)
    left = earned_at(ONE) - line.earned
    standing = _standing(settlement, line, left)
    nearest, best = _reaches(line, counts, earned_at) if standing == "short" else (None, None)
    return Missed(
        line=line,
        standing=standing,
        left=left,
        from_earlier=sum(e.available - e.earned for e in earlier) if performance.catches_up else 0,
        still_open=left if later and (performance.catches_up or performance.carries_forward) else 0,
        nearest=nearest,
        best=best,
        counts=tuple(counts),
        destination=_destination(line, bool(later)) if left else "",
        quarters_left=later,
    )


@dataclass(frozen=True, slots=True)
class _Earning:
    """What a line would have earned in its quarter at another share, by the rule that settled it."""

    settlement: Settlement
    line: Line
    earlier: Sequence[Line]

    def __call__(self, share: Fraction) -> int:
        line = self.line
        to_date = line.available + sum(
            e.available for e in self.earlier
        )  # looked at where quarters catch up, and those carry nothing forward
        before = Fraction(sum(e.earned for e in self.earlier))
        money = Fraction(line.available), Fraction(to_date), before
        return int(rules.earned(line.performance, self.settlement.contract.mode, share, *money))


def _standing(settlement: Settlement, line: Line, left: int) -> Standing:
    if line.state != "counted":
        return line.state if left else "earned in full"
    if not line.terms.weight:
        return "not paid"
    if not left:
        return "earned in full"
    if any(s.network in (None, line.network) for s in settlement.assumptions.of(line.indicator)):
        return "supposed"
    return "short" if line.next_threshold else "at the cap"


def _destination(line: Line, later: bool) -> Destination:
    performance = line.performance
    if later and performance.catches_up:
        return "can still be caught up this year"
    if later and performance.carries_forward:
        return "carried forward to the next quarter"
    if isinstance(performance.unearned, SharedAmongEarners):
        return "shared among the networks that earned, the rest retained by the commissioner"
    return "retained by the commissioner"


def _reaches(line: Line, counts: Sequence[PracticeCount], earned_at: _Earning) -> tuple[Reach | None, Reach | None]:
    """The next threshold, and the best that some number of patients reaches (the next one where none does)."""
    assert line.achievement is not None
    ahead = [t for t in line.terms.curve.thresholds() if not t.reached(line.achievement)]
    nearest = _reach(line, ahead[0], counts, earned_at)
    for threshold in reversed(ahead[1:]):
        reach = _reach(line, threshold, counts, earned_at)
        if reach.gain is not None:
            return nearest, reach
    return nearest, nearest


def _reach(line: Line, threshold: Threshold, counts: Sequence[PracticeCount], earned_at: _Earning) -> Reach:
    """A threshold with the patients it takes and the money it brings, by the contract's kind of network rate."""
    curve, performance = line.terms.curve, line.performance
    patients: int | None
    if performance.pooled:
        patients = threshold.gap(line.numerator, line.eligible)
        after = None if patients is None else Fraction(line.numerator + _sign(line) * patients, line.eligible)
    elif performance.network_rate == "every practice":
        gaps = [threshold.gap(c.numerator, c.eligible) for c in counts if c.eligible > 0]
        patients = None if None in gaps else sum(g for g in gaps if g)
        moved = [(c.numerator + _sign(line) * (threshold.gap(c.numerator, c.eligible) or 0), c.eligible) for c in counts]
        after = None if patients is None else rules.network_rate(performance, curve.direction, moved)
    else:  # a mean of rates: one patient weighs more in a small practice, so there is no one number
        patients = None
        after = Fraction(threshold.ratio) if threshold.word in ("at least", "at most") and threshold.ratio <= 1 else None
    return Reach(threshold, patients, None if after is None else earned_at(Fraction(curve.share(after))) - line.earned)


def _sign(line: Line) -> int:
    return 1 if line.terms.curve.direction == "higher is better" else -1


def practice_parts(line: Line, counts: Sequence[PracticeCount], nearest: Reach | None, best: Reach | None) -> tuple[PracticePart, ...]:
    """Each practice's part in a line: of the patients needed, and of the achievement."""
    direction, performance = line.terms.curve.direction, line.performance
    outstanding = [c.outstanding(direction) for c in counts]
    to_nearest, to_best = (_parts(line, reach, counts, outstanding) for reach in (nearest, best))
    whole = rules.network_rate(performance, direction, [(c.numerator, c.eligible) for c in counts])
    out = []
    for i, count in enumerate(counts):
        without = rules.network_rate(performance, direction, [(c.numerator, c.eligible) for c in counts if c is not count])
        out.append(
            PracticePart(
                count=count,
                outstanding=outstanding[i],
                to_nearest=to_nearest[i],
                to_best=to_best[i],
                on_its_own=nearest.threshold.gap(count.numerator, count.eligible) if nearest and count.eligible > 0 else None,
                points=Fraction(count.numerator, line.eligible) if line.eligible > 0 else None,
                moves=whole - without if whole is not None and without is not None and count.eligible > 0 else None,
            )
        )
    return tuple(out)


def _parts(line: Line, reach: Reach | None, counts: Sequence[PracticeCount], outstanding: Sequence[int]) -> list[int | None]:
    """The patients of a threshold by practice, adding up to the network's."""
    if reach is None or reach.patients is None:
        return [None] * len(counts)
    if line.performance.network_rate == "every practice" and not line.performance.pooled:
        return [reach.threshold.gap(c.numerator, c.eligible) if c.eligible > 0 else 0 for c in counts]
    return list(largest_remainder(reach.patients, outstanding))


def _waiting(settlement: Settlement, network: str | None, counted: Evidence) -> Iterator[Waiting]:
    """The lines that are judged at the end of the year, before its last quarter."""
    contract, quarter = settlement.contract, settlement.quarters[0]
    yearly = [
        iid
        for iid, (pid, _) in contract.indicators.items()
        if (p := contract.packages[pid].performance) is not None and p.measured == "year"
    ]
    if quarter.number == 4 or not yearly:
        return
    money = stakes(contract, settlement.members, quarter.year, settlement.assumptions).own
    so_far = _so_far(settlement, quarter, network)
    for code in settlement.by_network if network is None else [network]:
        for iid in yearly:
            pid, terms = contract.indicators[iid]
            numerator, eligible, reported = so_far.get((code, iid), (0, 0, 0))
            achievement, patients = _rate_so_far(settlement, iid, numerator, eligible, counted.get((code, iid), ()))
            threshold = None if achievement is None else next_threshold(terms.curve, achievement)
            if patients is not None:
                patients = threshold.gap(numerator, eligible) if threshold else 0
            stake = money.get((code, iid, 4), 0)
            yield Waiting(code, pid, iid, terms.title, numerator, eligible, achievement, threshold, patients, stake, bool(reported))


def _so_far(settlement: Settlement, quarter: Quarter, network: str | None) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Numerator, eligible patients and rows of the year so far, by network and indicator."""
    frame = settlement.activity.counts.filter(pl.col("quarter").is_in([q.key for q in quarter.to_date]))
    if network is not None:
        frame = frame.filter(pl.col("network") == settlement.network_codes.index(network))
    eligible = (pl.col("denominator") - pl.col("excluded")).alias("eligible")
    sums = frame.group_by("network", "indicator").agg(pl.col("numerator").sum(), eligible.sum(), pl.col("rows").sum())
    return {(settlement.network_codes[n], settlement.indicator_ids[i]): (top, bottom, seen) for n, i, top, bottom, seen in sums.iter_rows()}


def _rate_so_far(
    settlement: Settlement, indicator: str, numerator: int, eligible: int, counts: Sequence[PracticeCount]
) -> tuple[Fraction | None, int | None]:
    """A year's achievement so far, and 0 where patients are one number, None where they are not."""
    performance = settlement.contract.performance_of(indicator)
    terms = performance.indicators[indicator]
    if performance.pooled:
        return (Fraction(numerator, eligible), 0) if eligible > 0 else (None, None)
    return rules.network_rate(performance, terms.curve.direction, [(c.numerator, c.eligible) for c in counts]), None
