"""What packages are worth to each network: the year's value, each quarter's, its upfront part, its pot, and each indicator's part of the pot."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import polars as pl

from p4p.counts.members import Members
from p4p.language.contract import Contract, Each, Indicator, Package, PerPatient
from p4p.numbers.columns import Columns, Condition
from p4p.numbers.exact import ONE, ZERO
from p4p.numbers.money import RoundingMode, divided, largest_remainder
from p4p.numbers.period import Year, month_of
from p4p.settling import rules
from p4p.settling.assumptions import NOTHING, Assumptions

#: No pot is larger, in pence.
MOST = 2**62

#: The networks paid in each quarter of a year, by number.
Paid = dict[int, frozenset[str]]


def paid_networks(members: Members, year: Year) -> Paid:
    """The networks with at least one practice in some month of each quarter of a year: those that are paid in it."""
    return {quarter.number: _with_practices(members, quarter.months) for quarter in year.quarters}


def _with_practices(members: Members, months: range) -> frozenset[str]:
    stays = (stay for practice in members.practices.values() for stay in practice.stays)
    first, last = months[0], months[-1]
    return frozenset(s.network for s in stays if (s.first is None or s.first <= last) and (s.last is None or s.last >= first))


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


def year_values(contract: Contract, package: Package, members: Members, paid: Paid, assumptions: Assumptions = NOTHING) -> dict[str, int]:
    """A package's value for a year, in pence, by network code; a network with no practice all year has none."""
    networks = sorted(frozenset[str]().union(*paid.values()))
    value, counted = package.value, patients(contract, package, members, assumptions)
    if isinstance(value, Each):
        return dict.fromkeys(networks, value.each)
    if isinstance(value, PerPatient):
        return {n: int(rules.year_value(value.price, counted[n], contract.mode)) for n in networks}
    weights = [counted[n] for n in networks] if counted else [ONE] * len(networks)
    return dict(zip(networks, divided(value.total, weights), strict=True))


def quarters_of_package(
    package: Package, values: Mapping[str, int], members: Members, paid: Paid, year: Year, mode: RoundingMode
) -> pl.DataFrame:
    """Each network's money in each quarter of a year.

    Columns: `network` (index into `members.networks`), `year_value`, and for each quarter q from 1 to 4 `paid_q` (whether it has a practice),
    `value_q`, `upfront_q`, `pot_q`; whole pence. A quarter in which a network has no practice pays it nothing.
    """
    index = {code: i for i, code in enumerate(members.networks)}
    codes = sorted(values, key=index.__getitem__)
    here = {f"paid_{q}": [code in networks for code in codes] for q, networks in paid.items()}
    frame = pl.DataFrame(
        {"network": [index[c] for c in codes], "year_value": [values[c] for c in codes], **here},
        schema={"network": pl.UInt32, "year_value": pl.Int64, **dict.fromkeys(here, pl.Boolean)},
    )
    bound = max(values.values(), default=0)
    year_value, earlier, worth, upfronts = Columns.of("year_value", bound), ZERO, [], []
    for quarter, part in zip(year.quarters, package.spread, strict=True):
        q = quarter.number
        value = rules.quarter_value(year_value, earlier, earlier + part, mode)
        worth.append(Condition(pl.col(f"paid_{q}")).choose(value, ZERO).whole_column(f"value_{q}"))
        upfront = rules.upfront(Columns.of(f"value_{q}", bound), package.split.upfront(quarter), mode)
        upfronts.append(upfront.whole_column(f"upfront_{q}"))
        earlier += part
    pots = [(pl.col(f"value_{q}") - pl.col(f"upfront_{q}")).alias(f"pot_{q}") for q in paid]
    return frame.with_columns(worth).with_columns(upfronts).with_columns(pots)


def divided_pots(pots: pl.DataFrame, indicators: Mapping[str, Indicator]) -> list[pl.DataFrame]:
    """Each pot of a frame divided by weight, by largest remainder, ties by indicator id.

    For each column of pots a frame of whole pence with a column for each indicator, named by its number in the order given. The pattern of leftover
    pence depends only on what is left of a pot after whole rounds of all weights, so each pattern is worked out once.
    """
    numbers = {iid: str(i) for i, iid in enumerate(indicators)}
    by_id = sorted(indicators)
    common = lcm(*(i.weight.denominator for i in indicators.values()))
    parts = [int(indicators[iid].weight * common) for iid in by_id]
    fine = common > MOST  # weights so fine that no pot holds a whole round of them: each pot is a rest of its own
    split = [(pot, pot * 0) if fine else (pot % common, pot // common) for pot in pots]
    rests = sorted({rest for pot, _ in split for rest in pot.unique()})
    schema = dict.fromkeys(("rest", *(numbers[iid] for iid in by_id)), pl.Int64)  # said, since there may be no pot at all to tell it from
    patterns = pl.DataFrame([(rest, *largest_remainder(rest, parts)) for rest in rests], schema=schema, orient="row")
    rounds = {numbers[iid]: pl.col("rounds") * (0 if fine else part) for iid, part in zip(by_id, parts, strict=True)}
    out = []
    for rest, whole in split:
        frame = pl.DataFrame({"rest": rest, "rounds": whole}).join(patterns, on="rest", how="left", maintain_order="left")
        out.append(frame.select((pl.col(name) + rounds[name]).alias(name) for name in numbers.values()))
    return out
