"""What packages are worth to each network: the year's value, each quarter's, its upfront part, its pot, and each indicator's part of the pot."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import polars as pl

from p4p import rules
from p4p.assumptions import NOTHING, Assumptions
from p4p.columns import Columns
from p4p.contract import Contract, Each, Package, PerPatient
from p4p.exact import ONE, ZERO
from p4p.members import Members
from p4p.money import RoundingMode, largest_remainder
from p4p.period import Quarter, Year, month_of


def active_networks(members: Members, quarter: Quarter) -> frozenset[str]:
    """The networks with at least one practice in some month of a quarter: those that are paid."""
    first, last = quarter.months[0], quarter.months[-1]
    return frozenset(
        stay.network
        for practice in members.practices.values()
        for stay in practice.stays
        if (stay.first is None or stay.first <= last) and (stay.last is None or stay.last >= first)
    )


def opening_month(contract: Contract, package: Package) -> int:
    """The month whose membership decides which practices' patients count for a package's value.

    That of the list's date, or the contract's first month where the list is older than that.
    """
    as_at = None if isinstance(package.value, Each) else package.value.as_at
    first = contract.years[0].months[0]
    return first if as_at is None else max(month_of(as_at), first)


def patients(contract: Contract, package: Package, members: Members, assumptions: Assumptions = NOTHING) -> dict[str, Fraction]:
    """The patients that a package's value is counted on, by network; empty for a value without a list.

    Raises InputError where the list, its date, or a practice on it is not to be had.
    """
    value = package.value
    if isinstance(value, Each) or value.as_at is None:
        return {}
    name = value.per if isinstance(value, PerPatient) else value.shared_by
    return assumptions.patients(members.patients(name, value.as_at, opening_month(contract, package)))


def year_values(contract: Contract, package: Package, members: Members, year: Year, assumptions: Assumptions = NOTHING) -> dict[str, int]:
    """A package's value for a year, in pence, by network code; a network with no practice all year has none."""
    networks = sorted(frozenset().union(*(active_networks(members, q) for q in year.quarters)))
    value, counted = package.value, patients(contract, package, members, assumptions)
    if isinstance(value, Each):
        return dict.fromkeys(networks, value.each)
    if isinstance(value, PerPatient):
        return {n: int(rules.year_value(value.price, counted.get(n, ZERO), contract.mode)) for n in networks}
    weights = [counted.get(n, ZERO) for n in networks] if counted else [ONE] * len(networks)
    common = lcm(*(w.denominator for w in weights))
    return dict(zip(networks, largest_remainder(value.total, [int(w * common) for w in weights]), strict=True))


def quarters_of_package(package: Package, values: Mapping[str, int], members: Members, year: Year, mode: RoundingMode) -> pl.DataFrame:
    """Each network's money in each quarter of a year.

    Columns: `network` (index into `members.networks`), `year_value`, and for each quarter q from 1 to 4 `value_q`, `upfront_q`, `pot_q`;
    whole pence. A quarter in which a network has no practice pays it nothing.
    """
    index = {code: i for i, code in enumerate(members.networks)}
    frame = pl.DataFrame(
        {"network": [index[n] for n in values], "year_value": list(values.values())},
        schema={"network": pl.UInt32, "year_value": pl.Int64},
    ).sort("network")
    bound = max(values.values(), default=0)
    year_value = Columns.of("year_value", bound)
    active = [pl.Series([index[n] for n in active_networks(members, q)], dtype=pl.UInt32) for q in year.quarters]
    earlier = Fraction(0)
    for quarter, part, here in zip(year.quarters, package.spread, active, strict=True):
        q = quarter.number
        value = rules.quarter_value(year_value, earlier, earlier + part, mode)
        earlier += part
        frame = frame.with_columns(value.whole_column(f"value_{q}")).with_columns(
            pl.when(pl.col("network").is_in(here.implode())).then(pl.col(f"value_{q}")).otherwise(0).alias(f"value_{q}")
        )
        upfront = rules.upfront(Columns.of(f"value_{q}", bound), package.split.upfront(quarter), mode)
        frame = frame.with_columns(upfront.whole_column(f"upfront_{q}")).with_columns(
            (pl.col(f"value_{q}") - pl.col(f"upfront_{q}")).alias(f"pot_{q}")
        )
    return frame


def divided_pot(pots: pl.Series, weights: list[Fraction]) -> list[pl.Series]:
    """Each pot of a column divided by weight, by largest remainder: one column of whole pence for each weight.

    The pattern of leftover pence depends only on what is left of a pot after whole rounds of all weights, so each pattern is worked out once.
    """
    common = lcm(*(w.denominator for w in weights))
    parts = [int(w * common) for w in weights]
    rests = (pots % common).unique().to_list()
    patterns = {rest: largest_remainder(rest, parts) for rest in rests}
    rest, rounds = pots % common, pots // common
    return [
        rounds * part + rest.replace_strict(list(patterns), [p[i] for p in patterns.values()], return_dtype=pl.Int64)
        for i, part in enumerate(parts)
    ]
