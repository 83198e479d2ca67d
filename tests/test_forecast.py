"""Forecasts: quarters that are complete as they are settled, the others as supposed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

import pytest
from test_chance import CONTRACT, LINE

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.language.contract import Contract
from p4p.numbers.errors import InputError, Location, UsageError
from p4p.numbers.period import Quarter, Year
from p4p.screens.sweep_tables import forecast_csv, forecast_json
from p4p.settling.settle import expected, settle
from p4p.whatif.forecast import Forecast, Method, forecast

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


def test_csv_and_json_hold_the_same() -> None:
    """A row for each network and the total; the spread is empty where nothing was drawn."""
    found = made("run-rate", contract(), {"P1": SO_FAR})
    rows = list(csv.DictReader(io.StringIO(forecast_csv(found))))
    assert ["N1", "total"] == [r["payee"] for r in rows]
    assert {"settled": "1550.00", "rest": "1550.00", "year": "3100.00", "undecided": "1000.00", "low": ""}.items() <= rows[1].items()
    assert rows[1]["year"] == json.loads(forecast_json(found))["totals"]["year"]
