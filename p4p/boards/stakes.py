"""What hangs on each indicator, quarter by quarter, and what is paid up front, as plain pence by code: for sums beside a settlement."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from p4p.counts.members import Members
from p4p.language.contract import Contract
from p4p.numbers.period import Year
from p4p.settling import entitlement
from p4p.settling.assumptions import NOTHING, Assumptions


@dataclass(frozen=True, slots=True)
class Stakes:
    """A year's money in pence. `upfront` by network, package and number of the quarter; `own` by network, indicator and number of the quarter.

    `own` is an indicator's part of the pot, without money brought forward. Money judged once a year is all there in the quarter in which it is judged.
    """

    upfront: dict[tuple[str, str, int], int]
    own: dict[tuple[str, str, int], int]


def stakes(contract: Contract, members: Members, year: Year, assumptions: Assumptions = NOTHING, judged_in: int = 4) -> Stakes:
    """What hangs on each indicator in a year. `judged_in`: the quarter at whose end money measured by the year is judged, as if the year ended there."""
    codes, paid = tuple(members.networks), entitlement.paid_networks(members, year)
    upfront, own = {}, {}
    for pid, package in contract.packages.items():
        values = entitlement.year_values(contract, package, members, paid, assumptions)
        money = entitlement.quarters_of_package(package, values, members, paid, year, contract.mode)
        networks = [codes[n] for n in money["network"]]
        for q in paid:
            upfront.update({(network, pid, q): pence for network, pence in zip(networks, money[f"upfront_{q}"], strict=True)})
        if package.performance is None:
            continue
        pots = money.select(f"pot_{q}" for q in paid)
        if package.performance.measured == "year":
            whole = pl.sum_horizontal(f"pot_{q}" for q in paid if q <= judged_in)
            pots = pots.select((whole if q == judged_in else pl.lit(0, pl.Int64)).alias(str(q)) for q in paid)
        indicators = package.performance.indicators
        divided = entitlement.divided_pots(pots, indicators)
        for q, parts in zip(paid, divided, strict=True):
            for network, row in zip(networks, parts.iter_rows(), strict=True):
                own.update({(network, iid, q): pence for iid, pence in zip(indicators, row, strict=True)})
    return Stakes(upfront, own)
