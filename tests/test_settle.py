"""Settling by hand: what is expected of activity, money that waits, packages without lines, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest
from settling import ONE, Q1, Q2, Q3, Q4, YEAR, Case, contract, members, package, row

from p4p.language.contract import SharedAmongEarners
from p4p.language.curves import Linear
from p4p.numbers.errors import ContractError, InputError
from p4p.settling.settle import expected
from p4p.settling.settlement import Settlement, Totals


def test_what_a_contract_expects_of_activity() -> None:
    """Indicators in contract order, and which are snapshots, yearly or the network's own."""
    found = expected(
        contract(
            package(weights={"I1": F(1)}, measured="snapshot"),
            package(weights={"I3": F(1, 2), "I2": F(1, 2)}, measured="year"),
            package(weights={"I4": F(1)}, counts_from="network"),
        )
    )
    assert ("I1", "I3", "I2", "I4") == found.indicators
    assert ({"I1"}, {"I2", "I3"}, {"I4"}, (YEAR,)) == (found.snapshot, found.yearly, found.by_network, found.years)
    upfront = expected(contract(package(F(1))))
    assert ((), set(), set(), set()) == (upfront.indicators, upfront.snapshot, upfront.yearly, upfront.by_network)


def rows_of(settlement: Settlement) -> list[tuple[int, ...]]:
    columns = ("year_value", "value", "upfront", "deferred", "brought_forward", "available", "earned", "shared", "shortfall")
    return settlement.packages.select(columns).rows()


def test_money_judged_once_a_year_waits() -> None:
    """£0.75 a quarter is put off until Q4, when £3.00 is there: what was put off comes back with the other sign."""
    rows = [row("P1", q, 9, 10) for q in YEAR.quarters]
    case = Case(contract(package(F(7, 10), measured="year")), ONE, rows)
    waiting = (1000, 250, 175, 75, 0, 0, 0, 0, 0)
    assert [waiting] == rows_of(case.settled(Q1)) == rows_of(case.settled(Q3))
    assert [(1000, 250, 175, -225, 0, 300, 300, 0, 0)] == rows_of(case.settled(Q4))
    assert 4 == len(rows_of(case.settled(*YEAR.quarters)))
    assert {"N1": Totals(700, 300, 300, 0)} == case.settled(*YEAR.quarters).by_network


def test_what_waits_of_quarters_that_are_not_alike() -> None:
    """Of £10.00 a tenth, two, three and four tenths fall into the quarters: £1.00, £2.00 and £3.00 wait, and are there in Q4 beside its own £4.00."""
    care = replace(package(measured="year"), spread=(F(1, 10), F(2, 10), F(3, 10), F(4, 10)))
    case = Case(contract(care), ONE, [row("P1", q, 9, 10) for q in YEAR.quarters])
    for quarter, value in ((Q1, 100), (Q2, 200), (Q3, 300)):
        assert [(1000, value, 0, value, 0, 0, 0, 0, 0)] == rows_of(case.settled(quarter))
    assert [(1000, 400, 0, -600, 0, 1000, 1000, 0, 0)] == rows_of(case.settled(Q4))


def test_a_package_that_is_all_upfront_has_no_lines() -> None:
    """£2.50 a quarter, nothing available, earned, put off or shared."""
    found = Case(contract(package(F(1))), ONE, []).settled(Q1)
    assert [(1000, 250, 250, 0, 0, 0, 0, 0, 0)] == rows_of(found)
    assert [] == list(found.lines_of())
    assert {"N1": Totals(250, 0, 0, 0)} == found.by_network


def test_a_network_that_is_not_there_has_no_row() -> None:
    """N2 left in June: in Q2 only N1 is paid."""
    there = members(("P1", "N1", None, None), ("P2", "N2", None, "2009-06"))
    rows = [row("P1", Q1, 9, 10), row("P2", Q1, 9, 10), row("P1", Q2, 9, 10)]
    case = Case(contract(package()), there, rows)
    assert [["N1", "N2"], ["N1"]] == [list(case.settled(q).by_network) for q in (Q1, Q2)]


def test_shares_too_fine_are_refused_in_words() -> None:
    """An upfront share with more decimals than integers can hold cannot be settled exactly."""
    with pytest.raises(ContractError) as caught:
        Case(contract(package(F(1, 2**130))), ONE, [row("P1", Q1, 9, 10)]).settled(Q1)
    (problem,) = caught.value.problems
    assert 'the shares of package "one" are too fine to be settled exactly' == problem.what
    assert "write spread and split with fewer decimals" == problem.hint


def test_the_faults_of_all_packages_come_at_once() -> None:
    """Of either package nothing was sent: three months of both are told."""
    with pytest.raises(InputError) as caught:
        Case(contract(package(weights={"I1": F(1)}), package(weights={"I2": F(1)})), ONE, []).settled(Q1)
    assert 6 == len(caught.value.problems)


def test_rows_of_packages_stand_by_quarter_network_and_package() -> None:
    """Four quarters of two networks and two packages: sixteen rows, in that order, whatever the order in which they were settled."""
    there = members(("P2", "N2", None, None), ("P1", "N1", None, None))
    rows = [row(p, q, 9, 10, indicator=i) for p in ("P1", "P2") for q in YEAR.quarters for i in ("I1", "I2")]
    found = Case(contract(package(weights={"I1": F(1)}), package(weights={"I2": F(1)})), there, rows).settled(*YEAR.quarters)
    assert [(8036 + q, n, p) for q in range(4) for n in (0, 1) for p in (0, 1)] == found.packages.select(
        "quarter", "network", "package"
    ).rows()
    assert YEAR.quarters == found.quarters


def test_brought_forward_and_shared_again() -> None:
    """Q2 brings £0.75 of Q1's; of what N2 leaves, N1 receives half of what it earned."""
    both = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    rows = [row("P1", Q1, 8, 10), row("P2", Q1, 8, 10), row("P1", Q2, 9, 10), row("P2", Q2, 8, 10)]
    carried = Case(contract(package(F(7, 10), unearned="carried forward within the year")), both, rows).settled(Q2)
    assert [(1000, 250, 175, 0, 75, 150, 150, 0, 0), (1000, 250, 175, 0, 75, 150, 0, 0, 150)] == rows_of(carried)
    shared = Case(contract(package(F(7, 10), unearned=SharedAmongEarners(shared_among="earners", cap=F(1, 2)))), both, rows).settled(Q2)
    assert [(1000, 250, 175, 0, 0, 75, 75, 37, 0), (1000, 250, 175, 0, 0, 75, 0, 0, 75)] == rows_of(shared)


def test_fractions_that_no_column_holds_are_kept_beside_them() -> None:
    """A threshold of 90% and a 2¹³⁰th more: 85% is 25 of 30 points and that bit, just less than five sixths. Of 2.50 that is 2.08, and the share stays exact."""
    upper = F(9, 10) + F(1, 2**130)
    case = Case(contract(package(curve=Linear(lower=F(6, 10), upper=upper))), ONE, [row("P1", Q1, 85, 100)])
    settlement = case.settled(Q1)
    (line,) = settlement.lines_of("N1")
    assert (F(85, 100), F(25, 100) / (upper - F(6, 10)), 208) == (line.achievement, line.share, line.earned)
    assert [(line.achievement, line.share)] == list(settlement.exact.values())
