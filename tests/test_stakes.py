"""What hangs on each indicator, quarter by quarter, and what is paid up front: by hand, to the penny."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from boards import World, contract_text, world

from p4p.boards.stakes import stakes
from p4p.numbers.errors import Location
from p4p.settling.assumptions import NOTHING, Assumptions, SupposedList

LINE = "{kind: linear, lower: 60%, upper: 80%}"

#: 1,000.00 a quarter, 30% up front; K1 has two thirds of the rest, K2 one: 700.00 in 466.67 and 233.33.
TWO = contract_text(LINE, split="{upfront: 30%, performance: 70%}").replace("weight: 100%", "weight: 2/3")
TWO += f"        K2: {{title: Another, weight: 1/3, curve: {LINE}}}\n"

FLAT = "  flat: {title: Flat, value: {each: 400.00}, split: {upfront: 100%, performance: 0%}, upfront: {instalments: quarterly}}\n"


def of(folder: Path, contract: str, practices: str = "P1,N1 P2,N2,,2009-10-01") -> World:
    """A world of two networks, the second from October on unless others are named."""
    return world(folder, contract, "P1 2009/10_Q1 1/1", practices)


def test_a_year_quarter_by_quarter(tmp_path: Path) -> None:
    """A package paid up front comes first; a network has no money in quarters in which it has no practice."""
    w = of(tmp_path, TWO.replace("packages:\n", "packages:\n" + FLAT))
    found = stakes(w.contract, w.members, w.contract.years[0])
    there = {("N1", q): True for q in (1, 2, 3, 4)} | {("N2", q): q > 2 for q in (1, 2, 3, 4)}
    assert found.upfront == {
        (network, pid, q): pence if here else 0
        for (network, q), here in there.items()
        for pid, pence in (("flat", 100_00), ("care", 300_00))
    }
    assert found.own == {
        (network, iid, q): pence if here else 0 for (network, q), here in there.items() for iid, pence in (("K1", 466_67), ("K2", 233_33))
    }


@pytest.mark.parametrize("judged_in", [1, 2, 3, 4])
def test_money_of_the_year_is_in_the_quarter_in_which_it_is_judged(tmp_path: Path, judged_in: int) -> None:
    """Of each quarter up to the one that is judged 700.00, all of it there and nothing elsewhere; up front money is paid as ever."""
    w = of(tmp_path, contract_text(LINE, split="{upfront: 30%, performance: 70%}", measured="year"), "P1,N1")
    found = stakes(w.contract, w.members, w.contract.years[0], judged_in=judged_in)
    assert {("N1", "K1", q): 700_00 * judged_in if q == judged_in else 0 for q in (1, 2, 3, 4)} == found.own
    assert {("N1", "care", q): 300_00 for q in (1, 2, 3, 4)} == found.upfront


def test_unless_told_the_year_is_judged_at_its_end(tmp_path: Path) -> None:
    """All 4,000.00 are in Q4."""
    w = of(tmp_path, contract_text(LINE, measured="year"), "P1,N1")
    assert {1: 0, 2: 0, 3: 0, 4: 4000_00} == {
        q: pence for (_, _, q), pence in stakes(w.contract, w.members, w.contract.years[0]).own.items()
    }


@pytest.mark.parametrize(("factor", "quarter"), [(1, 250_00), (2, 500_00)])
def test_a_list_that_is_supposed(tmp_path: Path, factor: int, quarter: int) -> None:
    """10.00 a year for each of 100 patients is 250.00 a quarter; with twice as many supposed, 500.00."""
    contract = contract_text(LINE, value="{price: 10.00, per: registered list, as_at: 2009-04-01}")
    w = of(tmp_path, contract, "P1,N1,100")
    supposed = Assumptions(lists=(SupposedList(None, Fraction(factor), Location("s.yaml", 1, 1)),)) if factor > 1 else NOTHING
    assert {quarter} == set(stakes(w.contract, w.members, w.contract.years[0], supposed).own.values())
