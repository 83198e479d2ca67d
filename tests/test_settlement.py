"""What a settlement says of itself, by hand: totals, lines, gaps, where money went, what was used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from typing import Any

import polars as pl
import pytest
from settling import ONE, Q1, Q2, Q3, Q4, YEAR, Case, contract, members, package, row

from p4p.language.contract import SharedAmongEarners, Total
from p4p.language.curves import AllOrNothing, Linear, Threshold
from p4p.numbers.errors import MismatchError
from p4p.numbers.period import Quarter, Year
from p4p.settling.assumptions import NOTHING
from p4p.settling.settlement import Check, Settlement, Totals

TWO = members(("P1", "N1", None, None), ("P2", "N2", None, None))


def both(n1: tuple[int, int], n2: tuple[int, int], *quarters: Quarter, **terms: Any) -> Settlement:
    """Two networks of one practice each, with the same counts in every quarter settled; £10.00 a year each, 70% up front unless said otherwise."""
    rows = [row(p, q, *counts) for p, counts in (("P1", n1), ("P2", n2)) for q in quarters]
    return Case(contract(package(terms.pop("upfront", F(7, 10)), **terms)), TWO, rows).settled(*quarters)


def test_totals_by_hand() -> None:
    """Of £2.50 a quarter £1.75 is paid up front; N1 earns the other £0.75, N2 does not."""
    found = both((9, 10), (8, 10), Q1)
    assert {"N1": Totals(175, 75, 75, 0), "N2": Totals(175, 75, 0, 0)} == found.by_network
    assert (350, 150, 75, 0, 425, 75) == (
        found.totals.upfront,
        found.totals.available,
        found.totals.earned,
        found.totals.adjustments,
        found.totals.payable,
        found.totals.shortfall,
    )
    assert (Totals(1, 20, 3, 400).payable, Totals(1, 20, 3, 400).shortfall) == (404, 17)
    assert Totals() == Totals(0, 0, 0, 0)


def test_a_year_is_four_quarters() -> None:
    """Four times the quarter's money; the period settled is then the year."""
    found = both((9, 10), (8, 10), *YEAR.quarters)
    assert {"N1": Totals(700, 300, 300, 0), "N2": Totals(700, 300, 0, 0)} == found.by_network
    assert (YEAR, Q1) == (found.period, both((9, 10), (8, 10), Q1).period)
    assert "flex" == found.state
    assert [Check(c.what, True) for c in found.checks] == list(found.checks)
    assert "quarters add up to the year" == found.checks[-1].what
    assert 4 == len(both((9, 10), (8, 10), Q1).checks)
    assert {"one": {"N1": 1000, "N2": 1000}} == found.year_values


def test_money_carried_forward_is_available_once_over_a_year() -> None:
    """N2 earns nothing all year: quarter by quarter £0.75, £1.50, £2.25 and £3.00 are available, over the year £3.00, and that is retained."""
    carried = {"unearned": "carried forward within the year"}
    found = both((9, 10), (8, 10), *YEAR.quarters, **carried)
    assert [75, 150, 225, 300] == [x.available for x in found.lines_of("N2")]
    assert {"N1": Totals(700, 300, 300, 0), "N2": Totals(700, 300, 0, 0)} == found.by_network
    assert {"Care: retained by the commissioner": 300} == found.destinations
    # in Q3 alone N2 has 225 of which 150 were brought; all of it goes on to Q4
    rows = [row(p, q, n, 10) for p, n in (("P1", 9), ("P2", 8)) for q in YEAR.quarters]
    case = Case(contract(package(F(7, 10), **carried)), TWO, rows)
    assert {"Care: carried forward to the next quarter": 225} == case.settled(Q3).destinations
    assert {"Care: retained by the commissioner": 300} == case.settled(Q4).destinations


def test_where_the_money_is_that_was_not_earned() -> None:
    """Retained; held while it can still be caught up, and all of the year so far; nothing is told where nothing is left, nor of what is all upfront."""
    assert {"Care: retained by the commissioner": 75} == both((9, 10), (8, 10), Q1).destinations
    assert {} == both((9, 10), (9, 10), Q1).destinations
    assert {} == Case(contract(package(F(1))), TWO, []).settled(Q1).destinations
    rows = [row(p, q, n, 10) for p, n in (("P1", 9), ("P2", 8)) for q in YEAR.quarters]
    case = Case(contract(package(F(7, 10), measured="year to date", catch_up="allowed", claw_back="none")), TWO, rows)
    assert {"Care: held by the commissioner, can still be caught up": 150} == case.settled(Q2).destinations
    assert {"Care: retained by the commissioner": 300} == case.settled(Q4).destinations
    assert {"Care: retained by the commissioner": 300} == case.settled(*YEAR.quarters).destinations


def test_money_shared_among_earners() -> None:
    """N2's £0.75 goes to N1 up to half of what it earned, £0.37; the rest is retained."""
    found = both((9, 10), (8, 10), Q1, unearned=SharedAmongEarners(shared_among="earners", cap=F(1, 2)))
    assert {"N1": Totals(175, 75, 75, 37), "N2": Totals(175, 75, 0, 0)} == found.by_network
    assert {"Care: retained by the commissioner": 38, "Care: shared among the networks that earned": 37} == found.destinations
    assert 462 == found.totals.payable


def test_two_packages_stand_beside_each_other() -> None:
    """Lines name their package; a network's total is that of both: 250 of one, 125 of the other, which is not earned."""
    care, other = package(weights={"I1": F(1)}), package(value=Total(total=1000, shared_by="equal parts"), weights={"I2": F(1)})
    rows = [row(p, Q1, n, 10, indicator=i) for p in ("P1", "P2") for i, n in (("I1", 9), ("I2", 8))]
    found = Case(contract(care, other), TWO, rows).settled(Q1)
    assert [("one", "I1", 250, 250), ("two", "I2", 125, 0)] == [
        (x.package, x.indicator, x.available, x.earned) for x in found.lines_of("N1")
    ]
    assert Totals(0, 375, 250, 0) == found.by_network["N1"]
    assert (("one", "two"), ("I1", "I2"), ("N1", "N2")) == (found.package_ids, found.indicator_ids, found.network_codes)
    assert [("N1", "I2"), ("N2", "I2")] == [(x.network, x.indicator) for x in found.lines_of(indicator="I2")]
    assert found.package("two") is other
    assert [(0, 0), (0, 1), (1, 0), (1, 1)] == [(r["network"], r["package"]) for r in found.package_rows()]
    assert "year_value" not in next(found.package_rows())


def test_the_lines_of_an_earlier_quarter() -> None:
    """Where the contract looks back, the quarters before are there when asked for, and only then."""
    rows = [row("P1", q, n, 10) for q, n in ((Q1, 8), (Q2, 10))]
    found = Case(contract(package(measured="year to date", catch_up="allowed", claw_back="none")), ONE, rows).settled(Q2)
    assert [Q2] == [x.quarter for x in found.lines_of()] == [x.quarter for x in found.lines_of("N1")]
    assert (
        [(Q1, 0)]
        == [(x.quarter, x.earned) for x in found.lines_of("N1", Q1)]
        == [(x.quarter, x.earned) for x in found.lines_of(quarter=Q1)]
    )
    assert [] == list(found.lines_of(quarter=Q4))
    assert {"practices": 1, "used": 2, "left_out": 0, "other": 0, "missing": 0, "withheld": 0} == found.usage


@pytest.mark.parametrize(
    ("gap", "following", "n", "terms"),
    [
        (1, "at least 90%", 8, {}),
        (0, None, 9, {}),
        (2, "at least 80%", 6, {"curve": Linear(lower=F(1, 2), upper=F(8, 10))}),
        (None, "at least 90%", 8, {"network_rate": "every practice"}),
        (0, None, 9, {"network_rate": "every practice"}),
        (None, "at least 110%", 10, {"curve": AllOrNothing(target=Threshold(F(11, 10), "at least"))}),
    ],
)
def test_the_patients_still_needed(gap: int | None, following: str | None, n: int, terms: dict[str, Any]) -> None:
    """Of ten patients so many more; of practices' own rates no single number, unless there is nothing left to reach."""
    (found,) = Case(contract(package(**terms)), ONE, [row("P1", Q1, n, 11, 1)]).settled(Q1).lines_of()
    assert (gap, following, 10) == (found.gap, str(found.next_threshold) if found.next_threshold else None, found.eligible)
    assert found.available - found.earned == found.shortfall


def test_without_patients_there_is_no_next_threshold() -> None:
    """An achievement that is not there is not so many patients short."""
    (found,) = Case(contract(package()), ONE, [row("P1", Q1, 0, 3, 3)]).settled(Q1).lines_of()
    assert (None, None, 0) == (found.gap, found.next_threshold, found.eligible)


def test_a_network_that_counts_itself_has_a_gap() -> None:
    """Its own counts are one number, whatever the contract says of practices' rates."""
    terms = {"network_rate": "every practice", "counts_from": "network"}
    (found,) = Case(contract(package(**terms)), ONE, [row("N1", Q1, 7, 10)]).settled(Q1).lines_of()
    assert 2 == found.gap


def test_what_was_used_and_what_was_not() -> None:
    """Practices there, rows used, left out because of the indicator's kind, of other quarters, missing and withheld practice-months."""
    there = members(("P1", "N1", None, None), ("P2", "N1", None, "2009-06"), ("P3", "N1", "2010-01", None), ("P4", "N1", None, None))
    rows = [row("P1", Q1, 9, 10), row("P2", Q1, None, None), row("P1", Q2, 9, 10), row("P4", Q2, 9, 10)]
    terms = {"missing_data": "leave out", "withheld_data": "leave out"}
    found = Case(contract(package(**terms)), there, rows).settled(Q1)
    assert {"practices": 3, "used": 1 + 1, "left_out": 0, "other": 2, "missing": 3, "withheld": 3} == found.usage
    snapshot = Case(contract(package(**terms, measured="snapshot", catch_up="none", claw_back="none")), ONE, [])
    monthly = [replace(row("P1", Q1, 9, 10), months=1, month=Q1.months[i]) for i in range(3)]
    found = Case(snapshot.contract, ONE, monthly).settled(Q1)
    assert (1, 2, 0) == (found.usage["used"], found.usage["left_out"], found.usage["missing"])


def test_patients_and_weights() -> None:
    """The lists that values are counted on, by package; supposed ones stand beside them."""
    day = date(2009, 4, 1)
    listed = members(("P1", "N1", None, None), ("P2", "N2", None, None), lists={("registered list", day): {"P1": 3, "P2": 1}})
    care = package(value=Total(total=1000, shared_by="registered list", as_at=day))
    rows = [row(p, Q1, 9, 10) for p in ("P1", "P2")]
    found = Case(contract(care), listed, rows).settled(Q1)
    assert {"one": {"N1": 3, "N2": 1}} == found.patients == found.weights
    assert {"one": {"N1": 750, "N2": 250}} == found.year_values
    assert {"one": {}} == Case(contract(package()), TWO, rows).settled(Q1).patients


def altered(settlement: Settlement, frame: str, **columns: pl.Expr) -> Settlement:
    return replace(settlement, **{frame: getattr(settlement, frame).with_columns(**columns)})


@pytest.mark.parametrize(
    ("what", "frame", "column"),
    [
        ("payments add up to the package values", "packages", "value"),
        ("payments add up to the package values", "packages", "brought_forward"),
        ("payments add up to the package values", "packages", "upfront"),
        ("payments add up to the package values", "packages", "deferred"),
        ("lines add up to payments", "history", "available"),
        ("lines add up to payments", "history", "earned"),
        ("available = earned + shortfall", "packages", "shortfall"),
    ],
)
def test_a_settlement_that_does_not_hold_together_is_not_handed_out(what: str, frame: str, column: str) -> None:
    """A penny more in one column, and the check that ties it to the others fails, in words."""
    sound = both((9, 10), (8, 10), Q1)
    wrong = altered(sound, frame, **{column: pl.col(column) + 1})
    assert [what] == [c.what for c in wrong.checks if not c.holds]
    with pytest.raises(MismatchError) as caught:
        wrong.checked()
    (problem,) = caught.value.problems
    payable = "4.27" if column == "upfront" else "4.25"  # 350 up front and 75 earned; a penny more for each of two networks
    assert f"the settlement does not hold together: {what}: no (payable {payable})" == problem.what
    assert "this is a fault of p4p: please report it with the files" == problem.hint
    assert sound.checked() is sound


def test_a_row_that_was_lost_is_noticed() -> None:
    """The rows that the files are said to have are held against those used or listed."""
    sound = both((9, 10), (8, 10), Q1)
    (source,) = sound.activity.sources
    short = replace(sound, activity=replace(sound.activity, sources=(replace(source, rows=source.rows + 1),)))
    assert ["every count read is used or listed"] == [c.what for c in short.checks if not c.holds]


def test_a_year_that_does_not_add_up_is_noticed() -> None:
    """A penny more in the year's value of a network that is there all year; one that joined or left is not paid for the whole year."""
    sound = both((9, 10), (8, 10), *YEAR.quarters)
    wrong = altered(sound, "packages", year_value=pl.col("year_value") + 1)
    assert ["quarters add up to the year"] == [c.what for c in wrong.checks if not c.holds]
    joined = members(("P1", "N1", "2009-07", None), ("P2", "N2", None, None))
    rows = [row("P1", q, 9, 10) for q in (Q2, Q3, Q4)] + [row("P2", q, 9, 10) for q in YEAR.quarters]
    found = Case(contract(package()), joined, rows).settled(*YEAR.quarters)
    assert {"N1": Totals(0, 750, 750, 0), "N2": Totals(0, 1000, 1000, 0)} == found.by_network


def test_quarters_as_integers() -> None:
    """A quarter's number and the quarter that it stands for: four to a year, from 0."""
    assert [8036, 8039, 8040] == [q.key for q in (Q1, Q4, Quarter(Year(2010), 1))]
    assert [Q1, Q4, Quarter(Year(2010), 1)] == [Quarter.of_key(key) for key in (8036, 8039, 8040)]


def test_a_settlement_for_its_parties_withholds_nothing() -> None:
    """Only a published copy tells what it withholds."""
    assert both((9, 10), (8, 10), Q1).publication() is None
    assert NOTHING == both((9, 10), (8, 10), Q1).assumptions
