"""Forecasts: quarters that are complete as they are settled, the others as supposed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction as F
from typing import Any

import pytest
from settling import ONE, Q1, Q2, members, package, row
from settling import contract as contract_of_packages
from test_chance import CONTRACT, LINE

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.language.contract import Contract, Each, Package
from p4p.language.curves import Linear
from p4p.numbers.errors import InputError, Location, UsageError
from p4p.numbers.period import Quarter, Year, parse_month
from p4p.screens.sweep_tables import forecast_csv, forecast_json
from p4p.settling.assumptions import Assumptions, SupposedAchievement
from p4p.settling.settle import expected, settle
from p4p.whatif.forecast import Expectation, Forecast, Method, forecast
from p4p.whatif.whatif import quarterly

THIS, LAST = Year(2009), Year(2008)

#: A quarter, or a month of it, of a practice: numerator and denominator.
Counts = Mapping[tuple[Year, int], tuple[int, int]]


def contract(measured: str = "quarter", years: str = "year: 2009/10", rate: str = "pooled") -> Contract:
    text = CONTRACT.replace("CURVE", LINE).replace("RATE", rate).replace("UNEARNED", "retained by commissioner")
    also = "" if measured == "quarter" else "\n      catch_up: allowed\n      claw_back: none"
    text = text.replace("measured: quarter", f"measured: {measured}{also}").replace("year: 2009/10", years)
    return contract_of(parse(text.encode(), "contract.yaml"))


def read(
    terms: Contract, counts: Mapping[str, Counts], months: Mapping[tuple[str, int], tuple[int, int]] | None = None
) -> tuple[Members, Activity]:
    """One network; counts of whole quarters by practice, and of single months."""
    members = Members.of(Practice(p, p, (Stay(p, "N1", None, None, None, Location("made")),)) for p in counts)
    rows = [
        Row("made", i, practice, "X", str(quarter), quarter.months[-1], 3, n, d, 0)
        for practice, quarters in counts.items()
        for i, ((year, number), (n, d)) in enumerate(quarters.items(), 2)
        for quarter in (Quarter(year, number),)
    ]
    rows += [Row("made", 99, p, "X", "a month", month, 1, n, d, 0) for (p, month), (n, d) in (months or {}).items()]
    return members, Activity.of(rows, expected(terms), members)


def made(method: Method, terms: Contract, counts: Mapping[str, Counts], **more: object) -> Forecast:
    months = more.pop("months", None)
    return forecast(terms, *read(terms, counts, months), THIS, method, **more)  # type: ignore[arg-type]


SO_FAR: dict[tuple[Year, int], tuple[int, int]] = {(THIS, 1): (30, 60), (THIS, 2): (36, 60)}


def test_the_rate_so_far_continues() -> None:
    """A quarter is worth 1,000.00, half of it up front. Q1 50% pays 750.00, Q2 60% 800.00; 66 of 120 is 55%, so Q3 and Q4 775.00 each."""
    found = made("run-rate", contract(), {"P1": SO_FAR})
    assert (155_000, 155_000, 310_000) == (found.total.settled, found.total.rest, found.total.year)
    assert (100_000, 0, 0) == (found.total.undecided, found.total.accrual, found.total.to_catch_up)
    assert ["2009/10 Q1", "2009/10 Q2"] == list(map(str, found.complete))


def test_months_that_have_passed_are_accrued() -> None:
    """With October in the files, one month of Q3's expected 775.00 is accrued: 258.33."""
    october = {("P1", Quarter(THIS, 3).months[0]): (1, 20)}
    found = made("run-rate", contract(), {"P1": SO_FAR}, months=october)
    assert (1, 25_833) == (found.begun, found.total.accrual)


def test_what_was_missed_can_be_caught_up() -> None:
    """Year to date at 50%, then 55%: of 500.00 and 1,000.00 so far 450.00 is missed, and a later quarter can still earn it."""
    found = made("run-rate", contract("year to date"), {"P1": SO_FAR})
    assert 45_000 == found.total.to_catch_up
    assert 2 * (50_000 + 27_500) == found.total.rest  # 55% of the year's 2,000.00 is 1,100.00, of which 550.00 is paid


def test_the_last_snapshot_continues() -> None:
    """Snapshots do not add up: after 50% and 60% it goes on at 60%, with nothing to catch up at 60% of 1,000.00 so far."""
    found = made("run-rate", contract("snapshot"), {"P1": SO_FAR})
    assert (155_000 + 5_000, 160_000) == (found.total.settled, found.total.rest)


def test_counts_move_as_they_did_last_year() -> None:
    """Last year 20, 40, 60 and 50 of 100; this year 30 and 30: as many so far, so 60% and 50% are to come. 500 + 300 and 500 + 250."""
    then = {(LAST, q): (n, 100) for q, n in enumerate((20, 40, 60, 50), 1)}
    now = {(THIS, 1): (30, 100), (THIS, 2): (30, 100)}
    found = made("last-year", contract(years="years: 2008/09 to 2009/10"), {"P1": then | now})
    assert 80_000 + 75_000 == found.total.rest


def test_a_practice_without_last_year_goes_on_as_it_has() -> None:
    """P2 is new: 20 of 50 a quarter go on, beside P1's 60 of 100 and 50 of 100: 80 of 150 and 70 of 150."""
    then = {(LAST, q): (n, 100) for q, n in enumerate((20, 40, 60, 50), 1)}
    now = {(THIS, 1): (30, 100), (THIS, 2): (30, 100)}
    terms = contract(years="years: 2008/09 to 2009/10")
    new = {(LAST, q): (0, 0) for q in (1, 2, 3, 4)} | {(THIS, 1): (20, 50), (THIS, 2): (20, 50)}
    found = made("last-year", terms, {"P1": then | now, "P2": new})
    assert 50_000 + 26_667 + 50_000 + 23_333 == found.total.rest


@pytest.mark.parametrize("rate", ["mean of practices", "every practice"])
def test_practices_go_on_one_by_one(rate: str) -> None:
    """P1 at 50% and P2 at 90% go on: the mean is 70%, every practice reaches 50%."""
    counts = {"P1": {(THIS, 1): (30, 60)}, "P2": {(THIS, 1): (9, 10)}}
    found = made("run-rate", contract(rate=rate), counts)
    assert 3 * (50_000 + (35_000 if rate == "mean of practices" else 25_000)) == found.total.rest


def test_complete_quarters_are_as_settled() -> None:
    """What the files hold is not touched: the first two quarters pay what settling them pays."""
    terms = contract("year to date")
    members, activity = read(terms, {"P1": SO_FAR})
    alone = settle(terms, members, activity, THIS.quarters[:2])
    found = forecast(terms, members, activity, THIS, "run-rate")
    assert {"N1": alone.totals.payable} == {code: e.settled for code, e in found.networks.items()}


def test_drawn_quarters_spread_and_counted_ones_do_not() -> None:
    """Two quarters of 60 patients at 55% are drawn; what is settled is settled, and the median is near the run rate's 1,550.00."""
    found = made("draws", contract(), {"P1": SO_FAR}, n=4000, seed=3, prior=0)
    spread = found.total.spread
    assert spread is not None
    assert spread.low < spread.median < spread.high
    # each patient is worth 500.00/60; standard deviation of 120 patients at 55%: 5.45 patients, 45.41; 1.645 of them on either side
    assert abs(spread.median - 310_000) < 1_500
    assert abs((spread.high - spread.low) - 2 * 1.645 * 4_541) < 1_500
    again = made("draws", contract(), {"P1": SO_FAR}, n=4000, seed=3, prior=0)
    assert forecast_json(found) == forecast_json(again)


def test_a_complete_year_has_nothing_to_forecast() -> None:
    """Four complete quarters are settled, not forecast."""
    with pytest.raises(UsageError, match="2009/10 is complete"):
        made("run-rate", contract(), {"P1": {(THIS, q): (30, 60) for q in (1, 2, 3, 4)}})


def test_no_complete_quarter_is_an_error() -> None:
    """With April only there is nothing to go on."""
    with pytest.raises(InputError, match="no quarter of 2009/10 is complete"):
        made("run-rate", contract(), {"P1": {}}, months={("P1", THIS.months[0]): (1, 2)})


def test_last_year_must_be_there() -> None:
    """The contract must cover it, and the files hold it."""
    with pytest.raises(InputError, match="the contract does not cover 2008/09"):
        made("last-year", contract(), {"P1": SO_FAR})
    with pytest.raises(InputError, match="no counts of 2008/09 Q1"):
        made("last-year", contract(years="years: 2008/09 to 2009/10"), {"P1": SO_FAR})


def test_an_unknown_method_gets_a_suggestion() -> None:
    """`runrate` is close to `run-rate`."""
    with pytest.raises(UsageError, match='did you mean "run-rate"'):
        made("runrate", contract(), {"P1": SO_FAR})  # type: ignore[arg-type]


def care(indicator: str = "I1", **terms: Any) -> Package:
    """1,000.00 a quarter for each network, half of it paid up front, the other half by what share of the patients is reached."""
    return package(F(1, 2), Each(each=400_000), {indicator: F(1)}, Linear(lower=F(0), upper=F(1)), **terms)


def month(practice: str, at: str, n: int | None, d: int | None) -> Row:
    return Row("activity.csv", 2, practice, "I1", at, parse_month(at), 1, n, d, 0)


def laid(terms: Contract, people: Members, rows: Sequence[Row], method: Method = "run-rate", **more: Any) -> Forecast:
    return forecast(terms, people, Activity.of(rows, expected(terms), people), THIS, method, **more)


def told(found: Expectation) -> tuple[int, int, int, int, int]:
    return found.settled, found.rest, found.accrual, found.undecided, found.to_catch_up


def test_networks_that_come_and_go() -> None:
    """At 50% a quarter pays 750.00. N2 comes in Q2, N3 goes after Q2, N4 after Q3; with December in the files the whole of Q3 belongs to months that have passed."""
    people = members(("P1", "N1", None, None), ("P2", "N2", "2009-07", None), ("P3", "N3", None, "2009-09"), ("P4", "N4", None, "2009-12"))
    rows = [row(f"P{p}", q, 50, 100) for p in (1, 2, 3, 4) for q in (Q1, Q2) if (p, q) != (2, Q1)]
    found = laid(contract_of_packages(care()), people, [*rows, month("P1", "2009-12", 1, 2)])
    assert found.begun == 3
    assert {code: told(e) for code, e in found.networks.items()} == {
        "N1": (150_000, 150_000, 75_000, 100_000, 0),
        "N2": (75_000, 150_000, 75_000, 100_000, 0),
        "N3": (150_000, 0, 0, 0, 0),
        "N4": (150_000, 75_000, 75_000, 50_000, 0),
    }
    assert told(found.total) == (525_000, 375_000, 225_000, 250_000, 0)


def test_what_is_carried_forward_is_undecided_once() -> None:
    """At 50% Q1 earns 250.00 of 500.00, Q2 375.00 of 750.00. Q3 can earn 500.00 and the 375.00 left, Q4 its own 500.00; they are expected to earn 437.50 and 468.75."""
    terms = contract_of_packages(care(unearned="carried forward within the year"))
    found = laid(terms, ONE, [row("P1", q, 50, 100) for q in (Q1, Q2)])
    assert told(found.total) == (50_000 + 25_000 + 50_000 + 37_500, 50_000 + 43_750 + 50_000 + 46_875, 0, 87_500 + 50_000, 0)


def test_only_what_can_still_be_earned_is_to_be_caught_up() -> None:
    """Of 500.00 a quarter 250.00 is missed on each of two packages: only the second lets it be caught up. The third is all paid up front."""
    terms = contract_of_packages(care(), care("I2", measured="year to date", catch_up="allowed", claw_back="none"), package(F(1)))
    found = laid(terms, ONE, [row("P1", q, 50, 100, indicator=i) for q in (Q1, Q2) for i in ("I1", "I2")])
    assert (found.total.to_catch_up, found.total.undecided) == (50_000, 200_000)


def test_a_third_of_the_quarter_begun_is_rounded_as_the_contract_says() -> None:
    """One month of 775.00 is 258.33, and 258.34 where amounts are rounded up."""
    for mode, accrual in (("half-up", 25_833), ("up", 25_834)):
        terms = contract_of_packages(care(), mode=mode)
        rows = [row("P1", Q1, 30, 60), row("P1", Q2, 36, 60), month("P1", "2009-10", 1, 20)]
        assert laid(terms, ONE, rows).total.accrual == accrual


def test_what_is_supposed_is_supposed_of_the_whole_year() -> None:
    """10 percentage points more than 50% are 600.00 for each earned half of 500.00: 800.00 a quarter."""
    more = Assumptions((SupposedAchievement(None, "I1", "by", F(1, 10), Location("--achievement")),))
    found = laid(contract_of_packages(care()), ONE, [row("P1", Q1, 50, 100)], assumptions=more)
    assert (found.total.settled, found.total.rest) == (80_000, 240_000)


def test_counts_withheld_in_a_quarter_to_come_do_not_matter() -> None:
    """October's count is withheld, which the contract would refuse: the run rate stands in its place."""
    found = laid(contract_of_packages(care()), ONE, [row("P1", Q1, 50, 100), row("P1", Q2, 50, 100), month("P1", "2009-10", None, None)])
    assert told(found.total) == (150_000, 150_000, 25_000, 100_000, 0)


def test_counts_withheld_in_a_complete_quarter_still_pay_nothing() -> None:
    """Of Q1, where P1's count is withheld, only the 500.00 up front is paid; the quarters to come go on at the rate of P2."""
    people = members(("P1", "N1", None, None), ("P2", "N1", None, None))
    terms = contract_of_packages(care(withheld_data="pays nothing"))
    found = laid(terms, people, [row("P1", Q1, None, None), row("P2", Q1, 30, 60)])
    assert (found.total.settled, found.total.rest) == (50_000, 3 * 75_000)


def test_counts_of_networks_and_of_practices_go_on() -> None:
    """I1 is counted once for the network, 80%; I2 by practices, 50%: 500.00 up front for each, and 400.00 and 250.00."""
    terms = contract_of_packages(care(counts_from="network"), care("I2"))
    found = laid(terms, ONE, [row("N1", Q1, 80, 100), row("P1", Q1, 50, 100, indicator="I2")])
    assert (found.total.settled, found.total.rest) == (165_000, 3 * 165_000)


def test_a_practice_that_is_still_to_come_has_no_rate_yet() -> None:
    """P2 joins in October, and N1 goes on at what P1 has done."""
    people = members(("P1", "N1", None, None), ("P2", "N1", "2009-10", None))
    found = laid(contract_of_packages(care()), people, [row("P1", q, 50, 100) for q in (Q1, Q2)])
    assert found.total.rest == 2 * 75_000


BOTH_YEARS = (LAST, THIS)

#: What is counted otherwise; the counts (numerator, denominator, excluded) of last year's quarters, of this year's first two, and what the other two pay.
SHAPES: list[tuple[dict[str, str], list[tuple[int, int, int]], list[tuple[int, int, int]], list[int]]] = [
    # 3 x 5/2 = 7.5, so 8 of 10, and 1 x 5/2 = 2.5, so 3 of 10
    ({}, [(1, 10, 0), (1, 10, 0), (3, 10, 0), (1, 10, 0)], [(2, 10, 0), (3, 10, 0)], [90_000, 65_000]),
    # nobody was reached so far last year: half of the 3 so far, so 2 of 10
    ({}, [(0, 10, 0), (0, 10, 0), (3, 10, 0), (1, 10, 0)], [(1, 10, 0), (2, 10, 0)], [60_000, 60_000]),
    # nine times as many as before would be 90 of 20: all 20 are reached; in Q4 none
    ({}, [(5, 10, 0), (5, 10, 0), (90, 90, 0), (0, 10, 0)], [(10, 10, 0), (10, 10, 0)], [100_000, 50_000]),
    # excluded are 12 x 2/1, more than the 20, and nobody is left; then 1 x 2/1 of 20, and 10 of the other 18
    ({}, [(10, 20, 1), (10, 20, 0), (8, 20, 12), (10, 20, 1)], [(10, 20, 1), (10, 20, 1)], [50_000, 50_000 + 27_778]),
    # of a snapshot only the last one is followed: 6 x 4/8 of 10
    ({"measured": "snapshot"}, [(1, 10, 0), (8, 10, 0), (6, 10, 0), (8, 10, 0)], [(9, 10, 0), (4, 10, 0)], [65_000, 70_000]),
    # and where there was none last year the last one goes on
    ({"measured": "snapshot"}, [(1, 10, 0), (0, 10, 0), (6, 10, 0), (8, 10, 0)], [(9, 10, 0), (4, 10, 0)], [70_000, 70_000]),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "then", "now", "pays"), SHAPES)
def test_the_shape_of_last_year(
    terms: dict[str, str], then: list[tuple[int, int, int]], now: list[tuple[int, int, int]], pays: list[int]
) -> None:
    """Counts move in whole patients, halves up, and never beyond those that there are: 500.00 and the share of another 500.00."""
    also = {"catch_up": "none", "claw_back": "none"} if terms else {}
    about = contract_of_packages(care(**terms, **also), years=BOTH_YEARS)
    rows = [
        row("P1", q, n, d, e) for year, counts in ((LAST, then), (THIS, now)) for q, (n, d, e) in zip(year.quarters, counts, strict=False)
    ]
    found = laid(about, ONE, rows, "last-year")
    assert [paid for quarter, _, paid in quarterly(found.settlement) if quarter in found.rest] == pays
    assert all(0 <= line.numerator <= line.eligible for line in found.settlement.lines_of())


def test_a_practice_that_joined_this_year_goes_on_as_it_has() -> None:
    """P1 has 10 of 50 each quarter, as last year; P2, with 20 of 50, was not there then: 30 of 100, 150.00 of 500.00."""
    people = members(("P1", "N1", None, None), ("P2", "N1", "2009-04", None))
    rows = [row("P1", q, 10, 50) for q in (*LAST.quarters, Q1, Q2)] + [row("P2", q, 20, 50) for q in (Q1, Q2)]
    found = laid(contract_of_packages(care(), years=BOTH_YEARS), people, rows, "last-year")
    assert found.total.rest == 2 * 65_000


@pytest.mark.parametrize("october", [(5, 10), (None, None)])
def test_a_year_that_is_judged_at_once_is_complete_quarter_by_quarter(october: tuple[int | None, int | None]) -> None:
    """All of 2,000.00 is decided in Q4 on the whole year's counts: Q3, of which only October is there, is supposed, though nothing is judged in it.

    Half of the patients are reached: 500.00 a quarter up front, and 1,000.00 in Q4.
    """
    terms = contract_of_packages(care(measured="year"), package(F(1)))
    found = laid(terms, ONE, [row("P1", Q1, 50, 100), row("P1", Q2, 50, 100), month("P1", "2009-10", *october)])
    assert found.complete == (Q1, Q2)
    # the other package, all up front, is 2.50 a quarter; of Q3's 502.50 a third belongs to October
    assert told(found.total) == (100_500, 200_500, 16_750, 200_000, 0)


def test_before_the_first_practice_there_are_no_counts() -> None:
    """The only practice joins in July: Q1 lacks nothing, and still says nothing of what is to come."""
    people = members(("P1", "N1", "2009-07", None))
    with pytest.raises(InputError, match="no quarter of 2009/10 is complete: there are no counts of 2009/10 Q1"):
        laid(contract_of_packages(care()), people, [row("P1", Q2, 1, 2)])


def test_last_year_is_followed_practice_by_practice_and_indicator_by_indicator() -> None:
    """P1 doubles in Q3, P2 does not; I2 falls to half: (20 + 10)/100 of I1 and (5 + 5)/100 of I2 are reached."""
    people = members(("P1", "N1", None, None), ("P2", "N1", None, None))
    terms = contract_of_packages(care(), care("I2"), years=BOTH_YEARS)
    last = {("P1", "I1"): 20, ("P2", "I1"): 10, ("P1", "I2"): 5, ("P2", "I2"): 5}
    rows = [row(p, q, last[p, i] if q.number == 3 else 10, 50, indicator=i) for p, i in last for q in LAST.quarters]
    rows += [row(p, q, 10, 50, indicator=i) for p, i in last for q in (Q1, Q2)]
    found = laid(terms, people, rows, "last-year")
    paid = [paid for quarter, _, paid in quarterly(found.settlement) if quarter in found.rest]
    assert paid == [50_000 + 15_000 + 50_000 + 5_000, 50_000 + 10_000 + 50_000 + 10_000]


def test_drawn_snapshots_have_the_patients_of_one_quarter() -> None:
    """Two snapshots of 30 of 60 go on as 60 patients at 50%, which is what two quarters of 30 of 60 do: the same draws pay the same."""
    rows = [row("P1", q, 30, 60) for q in (Q1, Q2)]
    spreads = [
        laid(contract_of_packages(care(**terms)), ONE, rows, "draws", n=500, seed=5, prior=0).total.spread
        for terms in ({"measured": "quarter"}, {"measured": "snapshot", "catch_up": "none", "claw_back": "none"})
    ]
    assert spreads[0] == spreads[1]


def test_draws_of_all_networks_together() -> None:
    """The year's median of both is not the sum of their medians; what is expected of the rest is that median less what is settled."""
    # one patient in Q4, reached in one of three times: each network most often earns nothing, and one of the two more often than not 500.00
    people = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    rows = [row(p, q, int(q == Q2), 1) for q in THIS.quarters[:3] for p in ("P1", "P2")]
    found = laid(contract_of_packages(care()), people, rows, "draws", n=400, seed=2, prior=0)
    assert found.outlook is not None and found.total.spread == found.outlook.total
    assert (found.total.rest, [e.rest for e in found.networks.values()]) == (150_000, [50_000, 50_000])
    assert found.total.year == found.outlook.total.median
    assert {code: e.year for code, e in found.networks.items()} == {code: p.median for code, p in found.outlook.networks.items()}
    assert (found.n, found.seed, found.prior) == (400, 2, F(0))


def test_what_is_drawn_unless_told() -> None:
    """Ten thousand draws, the first seed, and a practice leans on its network by two patients."""
    found = made("run-rate", contract(), {"P1": SO_FAR})
    assert (found.n, found.seed, found.prior, found.outlook, found.method) == (10_000, 1, F(2), None, "run-rate")


NEEDED = "a forecast starts from at least one complete quarter"

REFUSED: list[tuple[str, Contract, list[Row], str]] = [
    ("runrate", contract_of_packages(care()), [row("P1", Q1, 1, 2)], 'error: there is no forecast "runrate": did you mean "run-rate"?'),
    (
        "run-rate",
        contract_of_packages(care()),
        [row("P1", q, 1, 2) for q in THIS.quarters],
        "error: 2009/10 is complete: there is nothing to forecast; --year settles it",
    ),
    (
        "run-rate",
        contract_of_packages(care()),
        [month("P1", "2009-04", 1, 2), month("P1", "2009-06", 1, 2)],
        f"activity.csv: error: no quarter of 2009/10 is complete: a count is missing: P1, I1, 2009-05\n  hint: {NEEDED}",
    ),
    (
        "run-rate",
        contract_of_packages(package(F(1))),
        [],
        f"error: no quarter of 2009/10 is complete: there are no counts of 2009/10 Q1\n  hint: {NEEDED}",
    ),
    (
        "last-year",
        contract_of_packages(care()),
        [row("P1", Q1, 1, 2)],
        "error: the contract does not cover 2008/09, so there is no last year's shape to follow\n"
        "  hint: use --forecast run-rate, or a contract of both years",
    ),
    (
        "last-year",
        contract_of_packages(care(), years=BOTH_YEARS),
        [row("P1", q, 1, 2) for q in (*LAST.quarters[:2], LAST.quarters[3], Q1)],
        "error: the files hold no counts of 2008/09 Q3\n  hint: name the activity files of last year too, or use --forecast run-rate",
    ),
]


@pytest.mark.parametrize(("method", "terms", "rows", "said"), REFUSED)
def test_what_cannot_be_forecast(method: Method, terms: Contract, rows: list[Row], said: str) -> None:
    """Each says what is wrong, and what to do."""
    with pytest.raises((UsageError, InputError)) as e:
        laid(terms, ONE, rows, method)
    assert str(e.value) == said


def test_csv_and_json_hold_the_same() -> None:
    """A row for each network and the total; the spread is empty where nothing was drawn."""
    found = made("run-rate", contract(), {"P1": SO_FAR})
    rows = list(csv.DictReader(io.StringIO(forecast_csv(found))))
    assert ["N1", "total"] == [r["payee"] for r in rows]
    assert {"settled": "1550.00", "rest": "1550.00", "year": "3100.00", "undecided": "1000.00", "low": ""}.items() <= rows[1].items()
    assert rows[1]["year"] == json.loads(forecast_json(found))["totals"]["year"]
