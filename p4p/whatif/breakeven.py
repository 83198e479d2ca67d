"""Break-even: the achievement at which a scenario pays what the baseline pays, and the one that keeps what the baseline paid.

Of one line, a *payment* is its part of the package's value less what was at risk on it and not earned: the upfront money and the earned money of
that indicator. Parts are by weight, as the performance pot's are. An achievement is supposed to be held in every quarter that is looked at:
those asked for, or the year so far where the package looks back on earlier quarters under one of the two. A quarter without an achievement,
such as one without patients, stays without. Unearned money that is carried forward or shared again is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import polars as pl

from p4p.counts.members import Members
from p4p.language.contract import Package
from p4p.language.curves import Curve, Direction
from p4p.numbers.errors import Location, MismatchError, Problem
from p4p.numbers.exact import ONE, ZERO
from p4p.numbers.money import RoundingMode, divided, grouped
from p4p.numbers.period import Quarter
from p4p.settling import rules
from p4p.settling.assumptions import SupposedAchievement
from p4p.settling.settlement import Line, Settlement
from p4p.whatif.scenario import ActivityOf, Scenario

Verdict = Literal["less", "the same", "more"]

#: Break-evens of an indicator that are proved by settling; networks mostly share one.
ROUNDS = 12

#: An amount in exact pence, as a function of an achievement.
PaidAt = Callable[[Fraction], Fraction]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Achievements from `low` to `high` for which a scenario pays less, the same or more; each end is in it or not."""

    low: Fraction
    high: Fraction
    low_in: bool
    high_in: bool
    verdict: Verdict

    def patients(self, eligible: int) -> tuple[int, int] | None:
        """The fewest and the most patients out of those eligible whose achievement lies here; None where no whole number does."""
        first, last = self.low * eligible, self.high * eligible
        fewest = math.ceil(first) if self.low_in or first.denominator != 1 else int(first) + 1
        most = math.floor(last) if self.high_in or last.denominator != 1 else int(last) - 1
        return (fewest, most) if fewest <= most else None


def stretches(scenario: PaidAt, baseline: PaidAt, edges: Sequence[Fraction]) -> tuple[Stretch, ...]:
    """Where one payment is less than, the same as, or more than another, from 0 to 1, exactly.

    Between neighbouring `edges` both must be straight lines; at an edge they may jump.
    """

    def difference(achievement: Fraction) -> Fraction:
        return scenario(achievement) - baseline(achievement)

    known = sorted({ZERO, ONE, *(e for e in edges if ZERO < e < ONE)})
    points = set(known)
    for low, high in pairwise(known):
        third = (high - low) / 3
        a, b = difference(low + third), difference(high - third)
        if a != b and low < (root := low + third - a * third / (b - a)) < high:
            points.add(root)
    pieces: list[Stretch] = []
    ordered = sorted(points)
    for point, after in zip(ordered, [*ordered[1:], None], strict=True):
        pieces.append(Stretch(point, point, True, True, _verdict(difference(point))))
        if after is not None:
            pieces.append(Stretch(point, after, False, False, _verdict(difference((point + after) / 2))))
    return tuple(_joined(pieces))


def _verdict(difference: Fraction) -> Verdict:
    return "less" if difference < 0 else "more" if difference > 0 else "the same"


def _joined(pieces: Sequence[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one verdict as one stretch."""
    first = last = pieces[0]
    for piece in pieces:
        if piece.verdict != first.verdict:
            yield Stretch(first.low, last.high, first.low_in, last.high_in, first.verdict)
            first = piece
        last = piece
    yield Stretch(first.low, last.high, first.low_in, last.high_in, first.verdict)


@lru_cache(maxsize=50_000)
def _share(curve: Curve, achievement: Fraction) -> Fraction:
    """What a curve pays; many networks share a curve and its edges."""
    return Fraction(curve.share(achievement))


@dataclass(frozen=True, slots=True)
class LineTerms:
    """The money of one line over so many quarters looked at, in pence, and its curve.

    `full` is the payment at a full share, `at_risk` the part of it that depends on the achievement, `paid` what was settled on the counts.
    """

    full: int
    at_risk: int
    paid: int
    curve: Curve
    quarters: int

    def pays(self, achievement: Fraction) -> Fraction:
        """The line's payment at an achievement held throughout."""
        return self.full - self.at_risk * (ONE - _share(self.curve, achievement))

    @property
    def edges(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(t.ratio) for t in self.curve.thresholds())


@dataclass(frozen=True, slots=True)
class BreakEven:
    """One line under one scenario. `same_terms`: at the same achievement under both, the scenario pays less, the same, more. `keeps`: the
    achievements under the scenario that pay less, the same, more than the baseline paid on the counts.
    """

    scenario: str
    network: str
    indicator: str
    direction: Direction
    numerator: int
    eligible: int
    achievement: Fraction
    same_terms: tuple[Stretch, ...]
    keeps: tuple[Stretch, ...]
    before: LineTerms
    after: LineTerms

    @property
    def enough(self) -> Fraction | None:
        """The worst achievement from which on the scenario pays no less than the baseline paid; None where none does."""
        up = self.direction == "higher is better"
        edge: Fraction | None = None
        for stretch in reversed(self.keeps) if up else self.keeps:
            if stretch.verdict == "less":
                break
            edge = stretch.low if up else stretch.high
        return edge

    @property
    def point(self) -> Fraction | None:
        """The break-even achievement: the one nearest to paying nothing at which both pay the same *and* something of the money at risk is earned, else any; None for never."""
        found = [s for s in self.same_terms if s.verdict == "the same"]
        if not found:
            return None
        ends = [e for s in found for e in ((s.low, s.low_in), (s.high, s.high_in)) if e[1]]
        earning = [e for e, _ in ends if self.after.curve.share(e) > 0]
        better = min if self.direction == "higher is better" else max
        return better(earning or [e for e, _ in ends]) if ends else (found[0].low + found[0].high) / 2


def break_even(
    baseline: Scenario, scenarios: Sequence[Scenario], members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]
) -> tuple[BreakEven, ...]:
    """Every line of every network that is judged on counts, under each scenario; the break-evens are proved by settling at them.

    Raises InputError as `settle` does, and MismatchError where a settlement at the break-even does not pay the same.
    """
    looking = [(scenario, _looking_back(baseline, scenario)) for scenario in scenarios]
    settled = _settled(baseline, frozenset().union(*(back for _, back in looking)), members, activity_of, quarters)
    old_terms = {back: _terms(settled, back, quarters) for back in {back for _, back in looking}}
    out: list[BreakEven] = []
    for scenario, back in looking:
        old = old_terms[back]
        new = _terms(_settled(scenario, back, members, activity_of, quarters), back, quarters)
        found = [_of(scenario.name, line, before, new[key][1]) for key, (line, before) in old.items() if key in new]
        _prove(found, baseline, scenario, members, activity_of, quarters)
        out += found
    return tuple(out)


def _looking_back(*both: Scenario) -> frozenset[str]:
    """The packages that look back on earlier quarters under one of two terms: of them the year so far is looked at under both."""
    return frozenset(pid for one in both for pid, package in one.contract.packages.items() if package.looks_back)


def _settled(
    scenario: Scenario, back: frozenset[str], members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]
) -> Settlement:
    """The quarters asked for, and those before them in the year where a package looks back."""
    return scenario.settled(members, activity_of, quarters[-1].to_date if back else quarters)


def _of(name: str, line: Line, before: LineTerms, after: LineTerms) -> BreakEven:
    assert line.achievement is not None
    edges = (*before.edges, *after.edges)
    return BreakEven(
        scenario=name,
        network=line.network,
        indicator=line.indicator,
        direction=after.curve.direction,
        numerator=line.numerator,
        eligible=line.eligible,
        achievement=line.achievement,
        same_terms=stretches(after.pays, before.pays, edges),
        keeps=stretches(after.pays, lambda _: Fraction(before.paid), edges),
        before=before,
        after=after,
    )


def _terms(settlement: Settlement, back: frozenset[str], quarters: Sequence[Quarter]) -> dict[tuple[str, str], tuple[Line, LineTerms]]:
    """By network and indicator, the last line asked for where it has an achievement and money, and the line's money over the quarters looked at."""
    values = _values(settlement)
    lines: dict[tuple[str, str], list[Line]] = {}
    for line in settlement.lines_of():
        if line.package in back or line.quarter in quarters:
            lines.setdefault((line.network, line.indicator), []).append(line)
    out: dict[tuple[str, str], tuple[Line, LineTerms]] = {}
    for key, of_line in lines.items():
        last = of_line[-1]
        if last.quarter == quarters[-1] and last.state == "counted" and last.terms.weight:
            looked_at = quarters[-1].to_date if last.package in back else quarters
            value = sum(values.get((q, *key), 0) for q in looked_at)
            available = sum(line.available - line.brought_forward for line in of_line)
            earning = _earning(of_line)
            if earning is not None:
                certain, open_ = earning
                full, paid = value - available + certain + open_, value - available + sum(line.earned for line in of_line)
                out[key] = (last, LineTerms(full, open_, paid, last.terms.curve, len(looked_at)))
    return out


def _earning(lines: Sequence[Line]) -> tuple[int, int] | None:
    """What a line earns where one share is held in every quarter that has an achievement: so much for certain, and so much times the share.

    None where that is no straight line: where one quarter without an achievement is paid in full and another not at all, and later ones catch up.
    """
    if all(line.state == "counted" for line in lines):
        return 0, sum(line.available - line.brought_forward for line in lines)
    nothing, half, full = (_earned_at(lines, share) for share in (ZERO, Fraction(1, 2), ONE))
    return (nothing // 2, (full - nothing) // 2) if 2 * half == nothing + full else None


def _earned_at(lines: Sequence[Line], share: Fraction) -> int:
    """Twice what a line earns, at nothing, half or all of it: whole pence, which no rounding changes."""
    to_date = earned = 0
    for line in lines:
        available = 2 * (line.available - line.brought_forward)
        to_date += available
        here = share if line.state == "counted" else line.share
        earned += int(rules.earned(line.performance, "down", here, Fraction(available), Fraction(to_date), earned))
    return earned


def _values(settlement: Settlement) -> dict[tuple[Quarter, str, str], int]:
    """Each line's part of its package's value in each quarter, by weight, as the pot is divided: by largest remainder, ties by indicator id."""
    out: dict[tuple[Quarter, str, str], int] = {}
    for row in settlement.packages.select("quarter", "network", "package", pl.col("value")).iter_rows(named=True):
        performance = settlement.package(settlement.package_ids[row["package"]]).performance
        if performance is None:
            continue
        ids = sorted(performance.indicators)
        for iid, part in zip(ids, divided(row["value"], [performance.indicators[iid].weight for iid in ids]), strict=True):
            out[Quarter.of_key(row["quarter"]), settlement.network_codes[row["network"]], iid] = part
    return out


def _prove(
    found: Sequence[BreakEven],
    baseline: Scenario,
    scenario: Scenario,
    members: Members,
    activity_of: ActivityOf,
    quarters: Sequence[Quarter],
) -> None:
    """Settle baseline and scenario at the break-evens: each line must be paid the same. A round takes one point of each indicator, up to ROUNDS of them."""
    back = _looking_back(baseline, scenario)
    points: dict[str, dict[Fraction, list[BreakEven]]] = {}
    for b in found:
        package, before = (s.contract.packages[s.contract.indicators[b.indicator][0]] for s in (scenario, baseline))
        if b.point is not None and not _passed_on(package) and not _passed_on(before):
            points.setdefault(b.indicator, {}).setdefault(b.point, []).append(b)
    for number in range(min(ROUNDS, max(map(len, points.values()), default=0))):
        here = {iid: list(by_point.items())[number] for iid, by_point in points.items() if number < len(by_point)}
        supposed = tuple(SupposedAchievement(None, iid, "to", point, Location("break-even")) for iid, (point, _) in here.items())
        both = []
        for one in (baseline, scenario):
            # supposed last, so that nothing the scenario itself supposes applies on top
            assumptions = replace(one.assumptions, achievements=(*one.assumptions.achievements, *supposed))
            settled = _settled(replace(one, assumptions=assumptions), back, members, activity_of, quarters)
            both.append(_terms(settled, back, quarters))
        for b in (b for _, lines in here.values() for b in lines):
            (_, before_paid), (_, after_paid) = (terms[b.network, b.indicator] for terms in both)
            _require_same(b, baseline.contract.mode, scenario.contract.mode, before_paid.paid, after_paid.paid)


def _require_same(b: BreakEven, mode: RoundingMode, other: RoundingMode, before: int, after: int) -> None:
    """Raise MismatchError where a line is paid more or less at its break-even than roundings explain."""
    # each quarter is rounded once: by less than a penny and towards the same side, or by half a penny at most, which half-even may do to either side
    roundings = b.after.quarters
    explained = 2 * roundings - 1 if mode != other else roundings - (mode != "half-even")
    if abs(before - after) > explained:
        what = f"{b.network} {b.indicator} at {b.point}: {grouped(before)} under the baseline, {grouped(after)} under {b.scenario}"
        raise MismatchError(
            [Problem(None, f"the break-even does not hold: {what}", "this is a fault of p4p: please report it with the files")]
        )


def _passed_on(package: Package) -> bool:
    """Whether unearned money comes back in another quarter or to another network, which a line's break-even leaves out."""
    return package.performance is not None and package.performance.unearned != "retained by commissioner"
