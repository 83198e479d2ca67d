"""A contract, its members and their activity become a settlement.

Package by package: what it is worth (`entitlement`), what its lines earn (`lines`), and what becomes of money that nobody earned.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from p4p.counts.activity import Activity, Expected
from p4p.counts.members import Members
from p4p.language.contract import Contract, Package, SharedAmongEarners
from p4p.numbers.columns import TooLarge
from p4p.numbers.errors import ContractError, InputError, Problem
from p4p.numbers.period import Quarter
from p4p.settling import rules
from p4p.settling.assumptions import NOTHING, Assumptions
from p4p.settling.entitlement import paid_networks, quarters_of_package, year_values
from p4p.settling.lines import PackageLines, no_lines
from p4p.settling.settlement import PACKAGE_MONEY, Settlement


def expected(contract: Contract) -> Expected:
    """What a contract expects of its activity files."""
    by_kind: dict[str, set[str]] = {"snapshot": set(), "year": set(), "network": set()}
    for performance in (package.performance for package in contract.packages.values() if package.performance):
        by_kind.setdefault(performance.measured, set()).update(performance.indicators)
        by_kind.setdefault(performance.counts_from, set()).update(performance.indicators)
    return Expected(
        indicators=tuple(contract.indicators),
        snapshot=frozenset(by_kind["snapshot"]),
        yearly=frozenset(by_kind["year"]),
        by_network=frozenset(by_kind["network"]),
        years=contract.years,
    )


def settle(
    contract: Contract, members: Members, activity: Activity, quarters: Sequence[Quarter], assumptions: Assumptions = NOTHING
) -> Settlement:
    """Settle a quarter, or the four quarters of a year; `assumptions` are a what-if's.

    Raises InputError where the contract says to refuse what the activity lacks or where a list is not to be had, and MismatchError if the
    result does not hold together.
    """
    year = quarters[0].year
    paid = paid_networks(members, year)
    problems: list[Problem] = []
    packages, lines, exact = [], [], {}
    for number, (pid, package) in enumerate(contract.packages.items()):
        values = year_values(contract, package, members, paid, assumptions)
        try:
            money = quarters_of_package(package, values, members, paid, year, contract.mode)
        except TooLarge:
            what = f'the shares of package "{pid}" are too fine to be settled exactly'
            raise ContractError([Problem(package.places.get(""), what, "write spread and split with fewer decimals")]) from None
        if package.performance is None:
            rows = None
        else:
            run = PackageLines(contract, pid, package, package.performance, members, activity, year, money, assumptions)
            rows = run.settled(quarters).with_columns(pl.lit(number, dtype=pl.UInt32).alias("package"))
            problems += run.problems
            exact.update(run.exact)
            lines.append(rows)
        packages.append(_package_rows(contract, number, package, money, rows, quarters))
    if problems:
        raise InputError(problems)
    return Settlement(
        contract=contract,
        members=members,
        activity=activity,
        quarters=tuple(quarters),
        packages=pl.concat(packages).sort("quarter", "network", "package"),
        history=pl.concat(lines) if lines else no_lines(),
        exact=exact,
        assumptions=assumptions,
    ).checked()


def _package_rows(
    contract: Contract,
    number: int,
    package: Package,
    money: pl.DataFrame,
    lines: pl.DataFrame | None,
    quarters: Sequence[Quarter],
) -> pl.DataFrame:
    """One package's payments: a row for each quarter and network that is paid in it."""
    yearly = package.performance is not None and package.performance.measured == "year"
    frames = []
    for quarter in quarters:
        q = quarter.number
        frame = money.filter(pl.col(f"paid_{q}")).select(
            pl.lit(quarter.key, dtype=pl.Int32).alias("quarter"),
            "network",
            pl.lit(number, dtype=pl.UInt32).alias("package"),
            "year_value",
            pl.col(f"value_{q}").alias("value"),
            pl.col(f"upfront_{q}").alias("upfront"),
            # money judged once a year waits for the last quarter, and is all there then
            (pl.col(f"pot_{q}") if yearly and q < 4 else -sum((pl.col(f"pot_{i}") for i in (1, 2, 3)), pl.lit(0)) if yearly else pl.lit(0))
            .cast(pl.Int64)
            .alias("deferred"),
        )
        sums = ("brought_forward", "available", "earned")
        if lines is None:
            frame = frame.with_columns(pl.lit(0, dtype=pl.Int64).alias(c) for c in sums)
        else:
            by_network = lines.filter(pl.col("quarter") == quarter.key).group_by("network").agg(pl.col(sums).sum())
            frame = frame.join(by_network, on="network", how="left").with_columns(pl.col(sums).fill_null(0))
        frame = frame.with_columns((pl.col("available") - pl.col("earned")).alias("shortfall")).sort("network")
        frames.append(frame.with_columns(_shared_again(contract, package, frame)))
    return pl.concat(frames).select("quarter", "network", "package", "year_value", *PACKAGE_MONEY)


def _shared_again(contract: Contract, package: Package, frame: pl.DataFrame) -> pl.Series:
    """What each network receives of the quarter's unearned money, where the contract shares it."""
    unearned = package.performance.unearned if package.performance else None
    if not isinstance(unearned, SharedAmongEarners):
        return pl.Series("shared", [0] * len(frame), dtype=pl.Int64)
    return pl.Series("shared", rules.shared(unearned, frame["earned"].to_list(), frame["shortfall"].to_list()), dtype=pl.Int64)
