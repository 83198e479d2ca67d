"""Contracts of care packages in a few words, with their members and counts: what tests of settling by hand start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction as F
from typing import Any

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.language.contract import Contract, Each, Indicator, Package, Performance, Rounding, Shares, Split, Upfront, Value
from p4p.language.curves import AllOrNothing, Curve, Threshold
from p4p.numbers.errors import Location
from p4p.numbers.money import RoundingMode
from p4p.numbers.period import Quarter, Year, parse_month
from p4p.settling.assumptions import NOTHING, Assumptions
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement

YEAR = Year(2009)
Q1, Q2, Q3, Q4 = YEAR.quarters

#: Pays everything from 90% on.
NINETY = AllOrNothing(target=Threshold(F(9, 10), "at least"))


def split(upfront: F) -> Split:
    """So much up front, the rest to be earned."""
    return Split((Shares(None, upfront, 1 - upfront),))


def package(
    upfront: F = F(0), value: Value | None = None, weights: dict[str, F] | None = None, curve: Curve = NINETY, **terms: Any
) -> Package:
    """A package, £10.00 a year for each network unless another value is given; `terms` are those of its performance part."""
    given = {
        "network_rate": "pooled",
        "measured": "quarter",
        "unearned": "retained by commissioner",
        "empty_denominator": "pays nothing",
        "missing_data": "refuse",
    }
    indicators = {iid: Indicator(title=iid, weight=weight, curve=curve) for iid, weight in (weights or {"I1": F(1)}).items()}
    performance = Performance(**(given | terms), indicators=indicators) if upfront < 1 else None
    paid = Upfront(instalments="quarterly")
    return Package(title="Care", value=value or Each(each=1000), split=split(upfront), upfront=paid, performance=performance)


def contract(*packages: Package, mode: RoundingMode = "half-up", years: tuple[Year, ...] = (YEAR,)) -> Contract:
    """A contract with packages `one`, `two` and so on."""
    return Contract(
        p4p="1",
        contract="c",
        title="Contract",
        commissioner="Commissioner",
        years=years,
        currency="GBP",
        paid_to="network",
        rounding=Rounding(to="0.01", mode=mode, line="line"),
        packages=dict(zip(("one", "two", "three"), packages, strict=False)),
    )


def members(*stays: tuple[str, str, str | None, str | None], **given: Any) -> Members:
    """Practices from (practice, network, first month, last month)."""
    by_code: dict[str, list[Stay]] = {}
    for line, (practice, network, first, last) in enumerate(stays, 2):
        months = [None if m is None else parse_month(m) for m in (first, last)]
        by_code.setdefault(practice, []).append(Stay(practice, network, *months, None, Location("practices.csv", line, 1)))
    return Members.of([Practice.of(code, f"Practice {code}", own) for code, own in by_code.items()], **given)


ONE = members(("P1", "N1", None, None))


def row(practice: str, quarter: Quarter, n: int | None, d: int | None, e: int = 0, indicator: str = "I1") -> Row:
    """A practice's counts of a quarter; None where they are withheld."""
    return Row("activity.csv", 2, practice, indicator, str(quarter), quarter.months[-1], 3, n, d, e)


@dataclass
class Case:
    """A contract, its members and its counts, to be settled."""

    contract: Contract
    members: Members
    rows: Sequence[Row]
    assumptions: Assumptions = field(default=NOTHING)

    def settled(self, *quarters: Quarter) -> Settlement:
        """What is paid for a quarter, or for four."""
        activity = Activity.of(self.rows, expected(self.contract), self.members)
        return settle(self.contract, self.members, activity, quarters, self.assumptions)
