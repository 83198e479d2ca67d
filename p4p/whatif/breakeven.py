"""Break-even: the achievement at which a scenario pays what the baseline pays, and the one that keeps what the baseline paid.

Of one line, a *payment* is its part of the package's value less what was at risk on it and not earned: the upfront money and the earned money of
that indicator. Parts are by weight, as the performance pot's are. An achievement is supposed to be held in every quarter that is looked at:
those asked for, or the year so far where the package looks back on earlier quarters. Unearned money that is carried forward or shared
again is left out.
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
from p4p.numbers.money import divided, grouped
from p4p.numbers.period import Quarter
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
    for piece in pieces[1:]:
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
    """The money of one line over the quarters looked at, in pence, and its curve. `paid` is what was settled on the counts."""

    value: int
    available: int
    earned: int
    curve: Curve

    def pays(self, achievement: Fraction) -> Fraction:
        """The line's payment at an achievement held throughout."""
        return self.value - self.available * (ONE - _share(self.curve, achievement))

    @property
    def paid(self) -> Fraction:
        return Fraction(self.value - self.available + self.earned)

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
    settled = _settled(baseline, members, activity_of, quarters)
    old = _terms(settled, quarters)
    out: list[BreakEven] = []
    for scenario in scenarios:
        new = _terms(_settled(scenario, members, activity_of, quarters), quarters)
        found = [_of(scenario.name, line, before, new[key][1]) for key, (line, before) in old.items() if key in new]
        _prove(found, baseline, scenario, members, activity_of, quarters)
        out += found
    return tuple(out)


def _settled(scenario: Scenario, members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]) -> Settlement:
    """The quarters asked for, and those before them in the year where a package looks back."""
    back = any(p.looks_back for p in scenario.contract.packages.values())
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
        keeps=stretches(after.pays, lambda _: before.paid, edges),
        before=before,
        after=after,
    )


def _terms(settlement: Settlement, quarters: Sequence[Quarter]) -> dict[tuple[str, str], tuple[Line, LineTerms]]:
    """By network and indicator, the last line asked for, and the line's money over the quarters looked at."""
    values = _values(settlement)
    out: dict[tuple[str, str], tuple[Line, LineTerms]] = {}
    sums: dict[tuple[str, str], list[int]] = {}
    for line in settlement.lines_of():
        package = settlement.package(line.package)
        if not package.looks_back and line.quarter not in quarters:
            continue
        total = sums.setdefault((line.network, line.indicator), [0, 0])
        total[0] += line.available - line.brought_forward
        total[1] += line.earned
        if line.quarter == quarters[-1] and line.state == "counted" and line.terms.weight and line.achievement is not None:
            looked_at = settlement.quarters if package.looks_back else quarters
            value = sum(values.get((q, line.network, line.indicator), 0) for q in looked_at)
            out[line.network, line.indicator] = (line, LineTerms(value, 0, 0, line.terms.curve))
    return {k: (line, LineTerms(t.value, sums[k][0], sums[k][1], t.curve)) for k, (line, t) in out.items()}


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
            both.append(_terms(_settled(replace(one, assumptions=assumptions), members, activity_of, quarters), quarters))
        for b in (b for _, lines in here.values() for b in lines):
            (_, before_paid), (_, after_paid) = (terms[b.network, b.indicator] for terms in both)
            _require_same(b, scenario, before_paid.paid, after_paid.paid, quarters)


def _require_same(b: BreakEven, scenario: Scenario, before: Fraction, after: Fraction, quarters: Sequence[Quarter]) -> None:
    """Raise MismatchError where a line is paid more or less at its break-even than roundings explain."""
    contract = scenario.contract
    looks_back = contract.packages[contract.indicators[b.indicator][0]].looks_back
    # what is paid to date is rounded quarter by quarter, and half-even rounds by what stands before the half
    roundings = len(quarters[-1].to_date) if looks_back else len(quarters)
    if abs(before - after) > roundings - (contract.mode != "half-even"):
        what = (
            f"{b.network} {b.indicator} at {b.point}: {grouped(int(before))} under the baseline, {grouped(int(after))} under {b.scenario}"
        )
        raise MismatchError(
            [Problem(None, f"the break-even does not hold: {what}", "this is a fault of p4p: please report it with the files")]
        )


def _passed_on(package: Package) -> bool:
    """Whether unearned money comes back in another quarter or to another network, which a line's break-even leaves out."""
    return package.performance is not None and package.performance.unearned != "retained by commissioner"
