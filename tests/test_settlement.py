"""What a settlement says of itself, by hand: totals, lines, gaps, where money went, what was used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from typing import Any

import polars as pl
import pytest
from settling import ONE, Q1, Q2, Q3, Q4, YEAR, Case, contract, members, package, row

from p4p.language.contract import Package, SharedAmongEarners, Total
from p4p.language.curves import AllOrNothing, Linear, Threshold
from p4p.numbers.errors import MismatchError
from p4p.numbers.period import Quarter, Year
from p4p.settling.assumptions import NOTHING
from p4p.settling.settlement import AMOUNTS, Check, Settlement, Totals
from p4p.statements.statement import only

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
    assert [1, 20, 3, 400, 404, 17] == [getattr(Totals(1, 20, 3, 400), name) for name in AMOUNTS]
    assert ("upfront", "available", "earned", "adjustments", "payable", "shortfall") == AMOUNTS


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
    assert Totals(175, 225, 0, 0) == case.settled(Q3).by_network["N2"]
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


NOBODY = "Care: retained by the commissioner, value of quarters without a practice"


def spread(**terms: Any) -> Package:
    """£1.00, £2.00, £3.00 and £4.00 a quarter, 70% of it up front: pots of 30, 60, 90 and 120 pence."""
    return replace(package(F(7, 10), **terms), spread=(F(1, 10), F(2, 10), F(3, 10), F(4, 10)))


#: N1 is there from July on, N2 until December, N3 all year.
COMING_AND_GOING = members(("P1", "N1", "2009-07", None), ("P2", "N2", None, "2009-12"), ("P3", "N3", None, None))


def coming_and_going(*packages: Package) -> Case:
    """What is given of each practice in each quarter in which it is there reaches the target."""
    there = {"P1": (Q2, Q3, Q4), "P2": (Q1, Q2, Q3), "P3": YEAR.quarters}
    return Case(contract(*packages), COMING_AND_GOING, [row(p, q, 9, 10) for p, quarters in there.items() for q in quarters])


def test_quarters_in_which_a_network_has_no_practice() -> None:
    """Their value is offered to nobody: N1's £1.00 of Q1 and N2's £4.00 of Q4; whatever is offered is earned here."""
    case = coming_and_going(spread())
    assert [{NOBODY: 100}, {}, {}, {NOBODY: 400}] == [case.settled(q).destinations for q in YEAR.quarters]
    year = case.settled(*YEAR.quarters)
    assert {NOBODY: 500} == year.destinations
    # upfront 70% of 1000 less that of the quarters without a practice; the rest is earned
    assert {"N1": Totals(630, 270, 270, 0), "N2": Totals(420, 180, 180, 0), "N3": Totals(700, 300, 300, 0)} == year.by_network
    assert all(c.holds for c in year.checks)


def test_the_value_of_packages_of_one_title_is_told_together() -> None:
    """N1's £1.00 of a package that must be earned, and £2.50 of one that is all paid up front, which nothing is earned of."""
    assert {NOBODY: 100 + 250} == coming_and_going(spread(), package(F(1))).settled(Q1).destinations


def test_money_judged_once_a_year_is_offered_to_who_is_there_at_the_end() -> None:
    """With N2's £4.00 of Q4 go its pots of 30, 60 and 90 pence, which wait for Q4; N1's £1.00 of Q1 is all that it is not offered."""
    case = coming_and_going(spread(measured="year"))
    assert [{NOBODY: 100}, {}, {}, {NOBODY: 400 + 30 + 60 + 90}] == [case.settled(q).destinations for q in YEAR.quarters]
    year = case.settled(*YEAR.quarters)
    assert {NOBODY: 100 + 580} == year.destinations
    assert {"N1": Totals(630, 270, 270, 0), "N2": Totals(420, 0, 0, 0), "N3": Totals(700, 300, 300, 0)} == year.by_network
    assert all(c.holds for c in year.checks)


def test_a_copy_tells_only_the_quarters_of_its_own_networks() -> None:
    """N1's copy of Q1 says where its £1.00 is, and N2's says nothing of it; nor does N1's of N2's £4.00."""
    case = coming_and_going(spread())
    first, last = case.settled(Q1), case.settled(Q4)
    assert [{NOBODY: 100}, {}, {}] == [only(first, [code]).destinations for code in ("N1", "N2", "N3")]
    assert [{}, {NOBODY: 400}, {}] == [only(last, [code]).destinations for code in ("N1", "N2", "N3")]
    assert {NOBODY: 400} == only(last, ["N1", "N2"]).destinations


def test_a_total_for_all_networks_is_held_against_the_year() -> None:
    """Four quarters of £20.00 in equal parts are that; of another total they are not; with nobody on the list nothing is paid, and that is sound."""
    rows = [row(p, q, 9, 10) for p in ("P1", "P2") for q in YEAR.quarters]
    total = Total(total=2000, shared_by="equal parts")
    found = Case(contract(package(F(7, 10), total)), TWO, rows).settled(*YEAR.quarters)
    assert {"N1": Totals(700, 300, 300, 0), "N2": Totals(700, 300, 300, 0)} == found.by_network
    other = replace(found, contract=contract(package(F(7, 10), replace(total, total=2001))))
    assert ["quarters add up to the year"] == [c.what for c in other.checks if not c.holds]
    day = date(2009, 4, 1)
    empty = members(("P1", "N1", None, None), ("P2", "N2", None, None), lists={("registered list", day): {"P1": 0, "P2": 0}})
    listed = package(F(7, 10), Total(total=1000, shared_by="registered list", as_at=day))
    assert Totals() == Case(contract(listed), empty, rows).settled(*YEAR.quarters).totals


def test_a_year_in_which_nobody_is_there() -> None:
    """A contract that its first practice joins a year later pays nothing before, and its total is not missed."""
    later = members(("P1", "N1", "2010-04", None))
    care = package(F(7, 10), Total(total=1000, shared_by="equal parts"))
    found = Case(contract(care, years=(YEAR, Year(2010))), later, [row("P1", Quarter(Year(2010), 1), 9, 10)]).settled(*YEAR.quarters)
    assert ({}, Totals(), []) == (found.by_network, found.totals, list(found.lines_of()))
    assert all(c.holds for c in found.checks)


def test_a_fraction_too_long_for_two_columns() -> None:
    """The mean of five practices whose lists share no factor, each a single patient short of all: far from a penny, so that £2.50 is earned."""
    eligible = [10**8 + k for k in (7, 37, 39, 49, 73)]  # primes: the mean is a fraction over five times their product, of 135 bits
    there = members(*((f"P{i}", "N1", None, None) for i in range(5)), ("P5", "N2", None, None))
    rows = [row(f"P{i}", Q1, d - 1, d) for i, d in enumerate(eligible)] + [row("P5", Q1, 1, 2)]
    curve = Linear(lower=F(0), upper=F(1))
    found = Case(contract(package(network_rate="mean of practices", curve=curve)), there, rows).settled(Q1)
    mean = sum((1 - F(1, d) for d in eligible), F(0)) / 5
    assert mean.denominator > 2**127
    assert [("N1", mean, mean, 250), ("N2", F(1, 2), F(1, 2), 125)] == [
        (x.network, x.achievement, x.share, x.earned) for x in found.lines_of()
    ]


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
    monthly = [replace(row("P1", q, 9, 10), months=1, month=q.months[i]) for q, i in ((Q1, 0), (Q1, 1), (Q1, 2), (Q2, 0), (Q2, 1), (Q2, 2))]
    found = Case(snapshot.contract, ONE, monthly).settled(Q1)
    assert (1, 2, 3, 0) == tuple(found.usage[what] for what in ("used", "left_out", "other", "missing"))


def test_the_practices_that_were_there() -> None:
    """In some month of the quarter: one that left in its first month and one that joined in its last, not one that came the month after."""
    there = members(("P1", "N1", None, None), ("P2", "N1", None, "2009-04"), ("P3", "N1", "2009-06", None), ("P4", "N1", "2009-07", None))
    care = contract(package(missing_data="leave out", withheld_data="leave out"))
    assert [3, 3] == [Case(care, there, [row("P1", Q1, 9, 10)]).settled(q).usage["practices"] for q in (Q1, Q2)]


def test_what_earlier_quarters_gave_is_used_where_a_package_looks_back() -> None:
    """In Q2 the counts of Q1 are of another quarter, unless one package of the contract goes by the year so far."""
    rows = [row("P1", q, 9, 10, indicator=i) for i in ("I1", "I2") for q in (Q1, Q2)]
    one, two = package(weights={"I1": F(1)}), package(weights={"I2": F(1)})
    back = package(weights={"I2": F(1)}, measured="year to date", catch_up="allowed", claw_back="none")
    assert [(2, 2), (4, 0)] == [
        (u["used"], u["other"]) for u in (Case(contract(one, other), ONE, rows).settled(Q2).usage for other in (two, back))
    ]


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
    """A penny more in one column of one network, and the check that ties it to the others fails, in words."""
    sound = both((9, 10), (8, 10), Q1)
    wrong = altered(sound, frame, **{column: pl.col(column) + (pl.col("network") == 1).cast(pl.Int64)})
    assert [what] == [c.what for c in wrong.checks if not c.holds]
    with pytest.raises(MismatchError) as caught:
        wrong.checked()
    (problem,) = caught.value.problems
    payable = "4.26" if column == "upfront" else "4.25"  # 350 up front and 75 earned; a penny more for one network
    assert f"the settlement does not hold together: {what}: no (payable {payable})" == problem.what
    assert "this is a fault of p4p: please report it with the files" == problem.hint
    assert sound.checked() is sound


@pytest.mark.parametrize("frame", ["history", "packages"])
def test_a_payment_without_lines_and_lines_without_a_payment_are_noticed(frame: str) -> None:
    """What N2 is paid has no lines behind it, or its lines lead to no payment; a package without indicators has none, and that is sound."""
    care = contract(package(F(7, 10), weights={"I1": F(1)}), package(F(1)))
    sound = Case(care, TWO, [row(p, Q1, 9, 10) for p in ("P1", "P2")]).settled(Q1)
    assert all(c.holds for c in sound.checks)
    short = replace(sound, **{frame: getattr(sound, frame).filter(pl.col("network") == 0)})
    assert ["lines add up to payments"] == [c.what for c in short.checks if not c.holds]


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
