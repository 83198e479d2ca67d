"""Settlements under several scenarios side by side: who gains, who loses, and how each would have fared over the quarters that have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.language.contract import Contract
from p4p.language.curves import Stepped, Threshold
from p4p.numbers.errors import InputError, Location, Problem
from p4p.numbers.period import Quarter, Year, month_text
from p4p.settling.settlement import Line, Settlement, Totals
from p4p.whatif.scenario import BASELINE, ActivityOf, Scenario


@dataclass(frozen=True)
class Outcome:
    """A scenario and what it pays, beside what the baseline pays. Money in pence."""

    scenario: Scenario
    settlement: Settlement
    baseline: Settlement

    @cached_property
    def differences(self) -> dict[str, int]:
        """By network, what it is paid more (or, below zero, less) than under the baseline."""
        before, after = self.baseline.by_network, self.settlement.by_network
        networks = sorted(before.keys() | after.keys())
        return {n: after.get(n, Totals()).payable - before.get(n, Totals()).payable for n in networks}

    @property
    def difference(self) -> int:
        """What the commissioner pays more (or less) than under the baseline."""
        return sum(self.differences.values())

    @property
    def winners(self) -> int:
        return sum(1 for d in self.differences.values() if d > 0)

    @property
    def losers(self) -> int:
        return sum(1 for d in self.differences.values() if d < 0)

    @property
    def unchanged(self) -> int:
        return sum(1 for d in self.differences.values() if d == 0)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a contract pays, and what it would pay under each scenario."""

    baseline: Settlement
    outcomes: tuple[Outcome, ...]

    @property
    def settlements(self) -> dict[str, Settlement]:
        """Settlements by the name of the scenario, the baseline first."""
        return {BASELINE: self.baseline} | {o.scenario.name: o.settlement for o in self.outcomes}


def compare(
    baseline: Scenario, scenarios: Sequence[Scenario], members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]
) -> WhatIf:
    """Settle a period under the baseline and under each scenario. Raises InputError and MismatchError as `settle` does."""
    settled = baseline.settled(members, activity_of, quarters)
    return WhatIf(settled, tuple(Outcome(s, s.settled(members, activity_of, quarters), settled) for s in scenarios))


@dataclass(frozen=True, slots=True)
class Target:
    """How often one threshold of an indicator was reached: network-quarters `met` of those `judged`, and quarters met by network."""

    indicator: str
    threshold: Threshold
    met: int
    judged: int
    by_network: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Income:
    """What a network would have been paid, in pence, in each quarter of a back-test; None in a quarter in which it has no practice."""

    network: str
    quarters: tuple[int | None, ...]

    @property
    def paid(self) -> list[int]:
        return [p for p in self.quarters if p is not None]

    @property
    def total(self) -> int:
        return sum(self.paid)

    @property
    def swing(self) -> int:
        """The best quarter less the worst."""
        return max(self.paid) - min(self.paid)

    @property
    def worst(self) -> int:
        """The position of the lowest quarter, the first of them."""
        return self.quarters.index(min(self.paid))


@dataclass(frozen=True, slots=True)
class Record:
    """How a scenario would have fared: each network's income, and how often targets were met."""

    scenario: Scenario
    incomes: tuple[Income, ...]
    targets: tuple[Target, ...]

    @property
    def total(self) -> int:
        """What the commissioner would have paid."""
        return sum(i.total for i in self.incomes)


@dataclass(frozen=True, slots=True)
class BackTest:
    """Scenarios over the quarters that have been; the baseline is the first record. `left_out` says which quarters are not complete, and why."""

    contract: Contract
    members: Members
    quarters: tuple[Quarter, ...]
    left_out: tuple[tuple[Quarter, str], ...]
    records: tuple[Record, ...]

    @property
    def years(self) -> tuple[Year, ...]:
        """The years all of whose quarters are there."""
        return tuple(y for y in dict.fromkeys(q.year for q in self.quarters) if set(y.quarters) <= set(self.quarters))

    def of_year(self, income: Income, year: Year) -> int:
        """What a network would have been paid in a whole year."""
        return sum(p or 0 for q, p in zip(self.quarters, income.quarters, strict=True) if q.year == year)


def back_test(baseline: Scenario, scenarios: Sequence[Scenario], members: Members, activity_of: ActivityOf) -> BackTest:
    """Settle every quarter of the contract that the activity holds completely, under the baseline and each scenario.

    Raises InputError where no quarter is complete, and as `settle` does.
    """
    every = (baseline, *scenarios)
    quarters, left_out = [], []
    for quarter in (q for year in baseline.contract.years for q in year.quarters):
        why = next((w for s in every if (w := why_incomplete(s.contract, activity_of(s.contract), quarter))), "")
        if why:
            left_out.append((quarter, why))
        else:
            quarters.append(quarter)
    if not quarters:
        sources = activity_of(baseline.contract).sources
        where = Location(sources[0].file) if sources else None
        raise InputError(
            [Problem(where, f"no quarter is complete: {left_out[0][0]}: {left_out[0][1]}", "`p4p check` shows what is missing")]
        )
    return BackTest(
        baseline.contract, members, tuple(quarters), tuple(left_out), tuple(_record(s, members, activity_of, quarters) for s in every)
    )


def why_incomplete(contract: Contract, activity: Activity, quarter: Quarter) -> str:
    """Why a quarter cannot be settled on complete counts, in words; empty where it can."""
    for package in contract.packages.values():
        performance = package.performance
        if performance is None or (performance.measured == "year" and quarter.number < 4):
            continue
        looked_at = quarter.to_date if package.looks_back else (quarter,)
        months = sorted({m for q in looked_at for m in performance.months(q)})
        missing = activity.missing(months, list(performance.indicators))
        if missing:
            return _told(missing, "missing")
        withheld = [t for t in activity.withheld(months) if t[1] in performance.indicators] if performance.withheld == "refuse" else []
        if withheld:
            return _told(withheld, "withheld")
    return ""


def _told(triples: list[tuple[str, str, int]], what: str) -> str:
    practice, indicator, month = triples[0]
    first = f"{practice}, {indicator}, {month_text(month)}"
    return f"{len(triples):,} counts are {what}, the first {first}" if len(triples) > 1 else f"a count is {what}: {first}"


def _record(scenario: Scenario, members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]) -> Record:
    settled = [
        scenario.settled(members, activity_of, [q for q in quarters if q.year == year]) for year in dict.fromkeys(q.year for q in quarters)
    ]
    paid: dict[tuple[str, Quarter], int] = {}
    for settlement in settled:
        for quarter, network, payable in quarterly(settlement):
            paid[network, quarter] = payable
    networks = sorted({network for network, _ in paid})
    incomes = tuple(Income(n, tuple(paid.get((n, q)) for q in quarters)) for n in networks)
    lines = [line for settlement in settled for line in settlement.lines_of()]
    return Record(scenario, incomes, tuple(_targets(scenario.contract, lines)))


def quarterly(settlement: Settlement) -> Iterator[tuple[Quarter, str, int]]:
    """What each network is paid in each quarter settled: quarter, network, pence."""
    paid = pl.col("upfront") + pl.col("earned") + pl.col("shared")
    sums = settlement.packages.group_by("quarter", "network").agg(paid.sum().alias("payable")).sort("quarter", "network")
    for quarter, network, payable in sums.select("quarter", "network", "payable").iter_rows():
        yield Quarter.of_key(quarter), settlement.network_codes[network], payable


def _targets(contract: Contract, lines: Sequence[Line]) -> Iterator[Target]:
    """Each threshold of each indicator, and how often it was reached; of steps only the last, which pays in full."""
    for iid, (_, indicator) in contract.indicators.items():
        curve, own = indicator.curve, [line for line in lines if line.indicator == iid and line.achievement is not None]
        thresholds = curve.thresholds()[-1:] if isinstance(curve, Stepped) else curve.thresholds()
        for threshold in thresholds:
            by_network: dict[str, tuple[int, int]] = {}
            for line in own:
                met, judged = by_network.get(line.network, (0, 0))
                by_network[line.network] = (met + bool(threshold.reached(line.achievement)), judged + 1)
            yield Target(iid, threshold, sum(m for m, _ in by_network.values()), len(own), by_network)
