"""From the quarters so far to the year end.

The quarters that are complete stay as they were counted. For the others counts are supposed, practice by practice, and the year is settled on both by the rules
that settle:

* `run-rate`: the achievement of the year so far continues (for a snapshot, the last one);
* `last-year`: each practice's counts move from the year so far to the quarter as they did last year, in whole patients;
* `draws`: the run rate, with patients drawn again in the quarters to come (module `chance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal, get_args

import polars as pl

from p4p.counts.activity import COUNTS, Activity
from p4p.counts.members import Members
from p4p.language.contract import Contract
from p4p.numbers.errors import InputError, Location, Problem, UsageError, did_you_mean
from p4p.numbers.money import rounded
from p4p.numbers.period import Quarter, Year
from p4p.settling.assumptions import NOTHING, Assumptions
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement
from p4p.whatif.chance import Outlook, Percentiles, draws
from p4p.whatif.many import Watch, unwatched
from p4p.whatif.whatif import quarterly, why_incomplete

Method = Literal["run-rate", "last-year", "draws"]

_KEY = ("quarter", "network", "indicator", "practice")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected for one network, or for all, in pence.

    `settled`: what the complete quarters pay. `rest`: what the quarters to come are expected to pay. `accrual`: of the quarter that has begun and is not
    complete, the part of its expected payment that belongs to the months that have passed. `undecided`: money of the quarters to come that
    must still be earned, with what is carried forward into them. `to_catch_up`: money missed so far that a later quarter can still earn.
    `spread` is there for draws: the year's payment in the draws.
    """

    settled: int
    rest: int
    accrual: int
    undecided: int
    to_catch_up: int
    spread: Percentiles | None

    @property
    def year(self) -> int:
        """What the whole year is expected to pay."""
        return self.settled + self.rest


@dataclass(frozen=True)
class Forecast:
    """A year: its complete quarters as settled, the others as expected."""

    method: Method
    settlement: Settlement
    complete: tuple[Quarter, ...]
    begun: int
    outlook: Outlook | None
    n: int
    seed: int
    prior: Fraction

    @property
    def rest(self) -> tuple[Quarter, ...]:
        """The quarters to come."""
        return tuple(q for q in self.settlement.quarters if q not in self.complete)

    @cached_property
    def networks(self) -> dict[str, Expectation]:
        """What is expected for each network, by code."""
        contract, codes = self.settlement.contract, self.settlement.network_codes
        paid: dict[tuple[str, Quarter], int] = {(code, quarter): p for quarter, code, p in quarterly(self.settlement)}
        past, first = [q.key for q in self.complete], self.rest[0].key
        coming = pl.col("quarter") >= first
        own = pl.col("available") - pl.when(pl.col("quarter") > first).then(pl.col("brought_forward")).otherwise(0)
        catching = [i for i, p in enumerate(contract.packages.values()) if p.performance and p.performance.catches_up]
        missed = pl.when(pl.col("quarter").is_in(past) & pl.col("package").is_in(catching)).then(pl.col("shortfall")).otherwise(0)
        sums = self.settlement.packages.group_by("network").agg(
            pl.when(coming).then(own).otherwise(0).sum().alias("undecided"), missed.sum().alias("missed")
        )
        still = {codes[n]: (undecided, missed) for n, undecided, missed in sums.select("network", "undecided", "missed").iter_rows()}
        out = {}
        for code in self.settlement.by_network:
            settled = sum(paid.get((code, q), 0) for q in self.complete)
            rest = sum(paid.get((code, q), 0) for q in self.rest)
            spread = self.outlook.networks[code] if self.outlook else None
            if spread:
                rest = spread.median - settled
            accrual = int(rounded(Fraction(paid.get((code, self.rest[0]), 0) * self.begun, 3), contract.mode))
            out[code] = Expectation(settled, rest, accrual, *still[code], spread)
        return out

    @cached_property
    def total(self) -> Expectation:
        """All networks together; of draws, the median of their sum and not the sum of their medians."""
        settled, rest, accrual, undecided, missed = (
            sum(getattr(e, f.name) for e in self.networks.values()) for f in fields(Expectation)[:5]
        )
        if self.outlook:
            rest = self.outlook.total.median - settled
        return Expectation(settled, rest, accrual, undecided, missed, self.outlook.total if self.outlook else None)


def forecast(
    contract: Contract,
    members: Members,
    activity: Activity,
    year: Year,
    method: Method,
    assumptions: Assumptions = NOTHING,
    *,
    n: int = 10_000,
    seed: int = 1,
    prior: Fraction | int = 2,
    watch: Watch = unwatched,
) -> Forecast:
    """Forecast a year from its quarters that are complete in the activity.

    Raises UsageError for an unknown method and where there is nothing to forecast, InputError where no quarter is complete or last year is not to be
    had, and as `settle` does.
    """
    if method not in get_args(Method):
        raise UsageError(f'there is no forecast "{method}": {did_you_mean(method, get_args(Method))}')
    complete = _complete(contract, activity, year)
    supposed = _Supposed(contract, activity, year, complete, method)
    settlement = settle(contract, members, supposed.activity(), year.quarters, assumptions)
    first = year.quarters[len(complete)]
    begun = sum(1 for month in first.months if month <= activity.last_month)
    outlook = None
    if method == "draws":
        snapshots = expected(contract).snapshot
        coming = year.quarters[len(complete) :]
        again = {(iid, q.key): 1 if iid in snapshots else len(complete) for iid in contract.indicators for q in coming}
        outlook = draws({"forecast": settlement}, n, seed, prior, watch, again=again).outlooks[0]
    return Forecast(method, settlement, complete, begun, outlook, n, seed, Fraction(prior))


def _complete(contract: Contract, activity: Activity, year: Year) -> tuple[Quarter, ...]:
    """The quarters of a year that are complete, from the first on."""
    found, why, by_quarter = [], "", _by_quarter(contract)
    for quarter in year.quarters:
        if why := why_incomplete(by_quarter, activity, quarter) or _nothing(activity, quarter):
            break
        found.append(quarter)
    if len(found) == 4:
        raise UsageError(f"{year} is complete: there is nothing to forecast; --year settles it")
    if not found:
        at = Location(activity.sources[0].file) if activity.sources else None
        raise InputError([Problem(at, f"no quarter of {year} is complete: {why}", "a forecast starts from at least one complete quarter")])
    return tuple(found)


def _by_quarter(contract: Contract) -> Contract:
    """The contract with what is judged once a year taken quarter by quarter: a quarter of which a month is still to come is not complete."""
    packages = dict(contract.packages)
    for pid, package in contract.packages.items():
        performance = package.performance
        if performance is not None and performance.measured == "year":
            packages[pid] = replace(package, performance=replace(performance, measured="quarter"))
    return replace(contract, packages=packages)


def _nothing(activity: Activity, quarter: Quarter) -> str:
    here = activity.counts.filter(pl.col("quarter") == quarter.key)
    return "" if here.height else f"there are no counts of {quarter}"


@dataclass(frozen=True, slots=True)
class _Projected(Activity):
    """Activity with counts supposed for some quarters, in the place of what the files hold of them."""

    supposed: pl.DataFrame = field(default_factory=pl.DataFrame)

    def practice_counts(self, indicators: Sequence[str]) -> pl.DataFrame:
        counted = Activity.practice_counts(self, indicators)
        return _put(counted, self.supposed, _KEY)


def _put(counted: pl.DataFrame, supposed: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Counts with those supposed in their place; every count of a quarter supposed is there."""
    quarters = supposed["quarter"].unique().to_list()
    both = counted.join(supposed.group_by(key).agg(pl.col(COUNTS).sum()), on=key, how="left", suffix="_new", maintain_order="left")
    here = pl.col("quarter").is_in(quarters)
    new = [pl.when(here).then(pl.col(f"{c}_new").fill_null(0)).otherwise(pl.col(c)).alias(c) for c in COUNTS]
    present = pl.when(here).then(pl.col("expected")).otherwise(pl.col("present")).alias("present")
    withheld = pl.when(here).then(0).otherwise(pl.col("withheld")).alias("withheld")
    return both.with_columns(*new, present, withheld.cast(pl.Int64)).select(counted.columns)


class _Supposed:
    """Counts supposed for the quarters of a year that are not complete."""

    def __init__(self, contract: Contract, activity: Activity, year: Year, complete: tuple[Quarter, ...], method: Method) -> None:
        self.contract, self.files, self.year, self.method = contract, activity, year, method
        self.past = [q.key for q in complete]
        self.coming = [q.key for q in year.quarters if q not in complete]
        self.expected = expected(contract)
        self.ids = list(contract.indicators)

    def activity(self) -> Activity:
        """The activity as it would be."""
        by_network = [i for i, iid in enumerate(self.ids) if iid in self.expected.by_network]
        practices = self.files.practice_counts(self.ids)
        networks = self.files.counts.filter(pl.col("indicator").is_in(by_network)).with_columns(practice=pl.col("network"))
        counted = pl.concat([frame.select(*_KEY, *COUNTS) for frame in (practices, networks)])
        supposed = self.as_last_year(counted) if self.method == "last-year" else self.at_run_rate(counted)
        own = {f.name: getattr(self.files, f.name) for f in fields(Activity)}
        own["counts"] = _put(self.files.counts, supposed, _KEY[:3])
        return _Projected(**own, supposed=supposed)

    def so_far(self, counted: pl.DataFrame, quarters: list[int], suffix: str) -> pl.DataFrame:
        """Sums of some quarters by indicator and practice; of a snapshot the last of them."""
        snapshots = [i for i, iid in enumerate(self.ids) if iid in self.expected.snapshot]
        here = pl.col("quarter").is_in(quarters) & (~pl.col("indicator").is_in(snapshots) | (pl.col("quarter") == quarters[-1]))
        sums = counted.filter(here).group_by("indicator", "practice").agg(pl.col(COUNTS).sum())
        return sums.rename({c: f"{c}{suffix}" for c in COUNTS})

    def at_run_rate(self, counted: pl.DataFrame) -> pl.DataFrame:
        """In each quarter to come the sums of the year so far: as many times too many patients as there were quarters, at the very same rate."""
        to_come = counted.filter(pl.col("quarter").is_in(self.coming)).drop(COUNTS)
        return to_come.join(self.so_far(counted, self.past, ""), on=["indicator", "practice"], how="left").with_columns(
            pl.col(COUNTS).fill_null(0)
        )

    def as_last_year(self, counted: pl.DataFrame) -> pl.DataFrame:
        """In each quarter to come what last year's was to last year so far; a practice without last year goes on as it has."""
        if Year(self.year.start - 1) not in self.contract.years:
            what = f"the contract does not cover {Year(self.year.start - 1)}, so there is no last year's shape to follow"
            raise InputError([Problem(None, what, "use --forecast run-rate, or a contract of both years")])
        before = [key - 4 for key in (*self.past, *self.coming)]
        empty = [k for k in before if not self.files.counts.filter(pl.col("quarter") == k)["rows"].sum()]
        if empty:
            what = f"the files hold no counts of {Quarter.of_key(empty[0])}"
            raise InputError([Problem(None, what, "name the activity files of last year too, or use --forecast run-rate")])
        on = ["indicator", "practice"]
        last = counted.filter(pl.col("quarter").is_in([k - 4 for k in self.coming])).group_by("quarter", *on).agg(pl.col(COUNTS).sum())
        last = last.with_columns(pl.col("quarter") + 4).rename({c: f"{c}_then" for c in COUNTS})
        found = counted.filter(pl.col("quarter").is_in(self.coming)).drop(COUNTS)
        found = found.join(self.so_far(counted, self.past, "_now"), on=on, how="left")
        found = found.join(self.so_far(counted, [k - 4 for k in self.past], "_before"), on=on, how="left")
        found = found.join(last, on=["quarter", *on], how="left").with_columns(pl.exclude(*_KEY).fill_null(0))
        snapshots = [i for i, iid in enumerate(self.ids) if iid in self.expected.snapshot]
        quarters = pl.when(pl.col("indicator").is_in(snapshots)).then(1).otherwise(len(self.past))

        def moved(count: str) -> pl.Expr:
            then, now, earlier = (pl.col(f"{count}_{when}").cast(pl.Int128) for when in ("then", "now", "before"))
            top = pl.when(earlier > 0).then(then * now).otherwise(now)
            bottom = pl.when(earlier > 0).then(earlier).otherwise(quarters)
            return ((2 * top + bottom) // (2 * bottom)).cast(pl.Int64).alias(count)

        found = found.with_columns(moved(c) for c in COUNTS)
        excluded = pl.min_horizontal("excluded", "denominator").alias("excluded")
        return (
            found.with_columns(excluded)
            .with_columns(pl.min_horizontal("numerator", pl.col("denominator") - pl.col("excluded")).alias("numerator"))
            .select(*_KEY, *COUNTS)
        )
