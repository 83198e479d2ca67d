"""The independent checker of contracts with `payments`: its arithmetic by hand, its independence, and that it accepts what is right and nothing else."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import differential_schemes

from p4p.checkers import verify_schemes as checker
from p4p.cli import main
from p4p.commands.verified import verified_scheme
from p4p.files.folder import Files, files_of
from p4p.files.measures_file import is_measures
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.numbers.errors import InputError, MismatchError, UsageError
from p4p.screens.scheme_tables import scheme_json
from p4p.settling.chain import settle_scheme

ROOT = Path(__file__).parent.parent
SCHEMES = sorted(folder.name for folder in (ROOT / "examples" / "schemes").iterdir())


def files_named(name: str) -> Files:
    """A shipped scheme and its sample files."""
    return files_of([str(ROOT / "contracts" / f"{name}.yaml"), str(ROOT / "examples" / "schemes" / name)], None, ())


def settled(files: Files, quarter: str | None = None, month: str | None = None) -> dict[str, Any]:
    """A settlement as JSON. Raises InputError where it is refused."""
    scheme = read_scheme(files.contract)
    months, period = months_asked(scheme, quarter, None, month)
    document: dict[str, Any] = json.loads(scheme_json(settle_scheme(scheme, read_inputs(scheme, files, months), months, period)))
    return document


def checked(files: Files, document: dict[str, Any]) -> checker.Verdict:
    """What the checker makes of a settlement."""
    measures = tuple(file for file in files.activity if is_measures(file))
    activity = tuple(file for file in files.activity if file not in measures)
    return checker.verify(checker.Files(files.contract, measures, files.practices, activity, tuple(files.lists)), document)


@pytest.mark.parametrize("name", SCHEMES)
def test_every_shipped_scheme_verifies_in_every_period_that_settles(name: str) -> None:
    """Of every year, quarter and month that a shipped scheme settles, every step and amount follows from its sample files."""
    files = files_named(name)
    scheme = read_scheme(files.contract)
    asked: list[dict[str, str]] = []
    for year in scheme.years:
        asked += [{"quarter": str(year)}, *({"quarter": str(quarter)} for quarter in year.quarters)]
        asked += [
            {"month": f"{month // 12}-{month % 12 + 1:02d}"}
            for month in year.months[:2]
            if "monthly" in map(scheme.rhythm, scheme.payments.values())
        ]
    found: list[checker.Verdict] = []
    for period in asked:
        try:
            document = settled(files, **period)
        except (InputError, UsageError):
            continue
        found.append(checked(files, document))
    assert found
    assert [] == [what for verdict in found for what in (*verdict.wrong, *verdict.unknown)]
    assert all(verdict.payments and verdict.steps for verdict in found)


def a_penny_more(text: str) -> str:
    """The next penny up."""
    return str(Decimal(text) + Decimal("0.01"))


FAULTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "payable a penny more": lambda d: d["payees"][0]["payments"][0].update(payable=a_penny_more(d["payees"][0]["payments"][0]["payable"])),
    "available a penny more": lambda d: d["payees"][1]["payments"][1].update(
        available=a_penny_more(d["payees"][1]["payments"][1]["available"])
    ),
    "shortfall a penny more": lambda d: d["payees"][1]["payments"][0].update(
        shortfall=a_penny_more(d["payees"][1]["payments"][0]["shortfall"])
    ),
    "a payee's total a penny more": lambda d: d["payees"][2].update(payable=a_penny_more(d["payees"][2]["payable"])),
    "the total a penny more": lambda d: d["totals"].update(payable=a_penny_more(d["totals"]["payable"])),
    "a step's value": lambda d: d["payees"][0]["payments"][0]["steps"][0].update(exact="1/3"),
    "a step's decimals": lambda d: d["payees"][0]["payments"][0]["steps"][1].update(value="7"),
    "a step's unit": lambda d: d["payees"][0]["payments"][0]["steps"][1].update(unit="number"),
    "a step left out": lambda d: d["payees"][0]["payments"][0]["steps"].pop(),
    "a payee left out": lambda d: d["payees"].pop(),
    "a payee twice": lambda d: d["payees"].append(d["payees"][0]),
    "a payment left out": lambda d: d["payees"][0]["payments"].pop(0),
    "another payee's name": lambda d: d["payees"][0].update(name="Somebody else"),
    "another period": lambda d: d["payees"][0]["payments"][0].update(period="2015/16"),
    "another file": lambda d: d["inputs"][0].update(sha256="0" * 64),
    "another contract": lambda d: d["contract"].update(sha256="0" * 64),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    """A penny, a step's value, a payee left out: each is noticed."""
    files = files_named("qipp-gain-share")
    document = settled(files, quarter="2016/17")
    assert [] == checked(files, document).wrong
    planted = copy.deepcopy(document)
    FAULTS[fault](planted)
    assert planted != document
    assert checked(files, planted).wrong


def figures(node: Any) -> list[tuple[dict[str, Any], str]]:
    """Every place of a settlement that holds an amount or an exact value of a payee."""
    if isinstance(node, list):
        return [place for item in node for place in figures(item)]
    if not isinstance(node, dict):
        return []
    own = [
        (node, key)
        for key in ("upfront", "available", "earned", "payable", "shortfall", "due_to_date", "paid_before", "exact")
        if key in node
    ]
    return own + [place for item in node.values() for place in figures(item)]


@pytest.mark.parametrize("name", ["trafford-milestone-year", "salford-pooled-budget", "iif-2023-24"])
def test_every_figure_that_is_changed_is_noticed(name: str) -> None:
    """Whatever amount or exact value of a settlement is changed, of steps or of lines of points, the checker says so."""
    files = files_named(name)
    document = settled(files, quarter=str(read_scheme(files.contract).years[0]))
    places = figures(document)
    places = places[:: 1 + len(places) // 100]  # of a long one every few
    unnoticed = []
    for holder, key in places:
        before = holder[key]
        holder[key] = a_penny_more(before) if key != "exact" else str(Fraction(before) + 1)
        if not checked(files, document).wrong:
            unnoticed.append(key)
        holder[key] = before
    assert len(places) > 20
    assert [] == unnoticed


CONTRACT = """
p4p: 1
contract: tried
title: Tried
commissioner: Nobody
year: 2016/17
currency: GBP
paid_to: provider
settled: quarterly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
measures:
  earned: {title: Earned, unit: money, measured: year to date}
  points: {title: Points, unit: number, measured: for the year}
payments:
  advance:
    title: Advance
    settled: monthly
    basis: the period
    pays: month
    steps:
      month: {kind: instalment, of: £120.00, equal: monthly}
  balance:
    title: Earned less what was advanced
    basis: year to date
    claw_back: allowed
    pays: left
    steps:
      left: {kind: sum, of: [earned], less: [advance]}
"""
FIGURES = """payee,measure,period,value
A,earned,2016/17 Q1,100.00
A,earned,2016/17 Q2,100.00
A,points,2016/17,0
B,earned,2016/17 Q1,10.00
B,earned,2016/17 Q2,10.00
B,points,2016/17,4
"""


def tried(folder: Path, contract: str = CONTRACT) -> Files:
    """A small scheme of its own."""
    (folder / "contract.yaml").write_text(contract, "utf-8")
    (folder / "measures.csv").write_text(FIGURES, "utf-8")
    return files_of([str(folder / "contract.yaml"), str(folder)], None, ())


def test_to_date_an_earlier_payment_is_what_it_paid_to_date(tmp_path: Path) -> None:
    """Q1: 100 - 3 x 10 = 70. Q2: 200 - 6 x 10 = 140 to date, less 70: 70; Q2's advances alone would make it 100."""
    files = tried(tmp_path)
    document = settled(files, quarter="Q2")
    balance = document["payees"][0]["payments"][-1]
    assert ("140.00", "70.00", "70.00") == (balance["due_to_date"], balance["paid_before"], balance["payable"])
    assert [] == checked(files, document).wrong


def test_units_hold_where_the_first_payee_has_nothing(tmp_path: Path) -> None:
    """A has no points: a price a point out of all payees' points is still money, 100.00 / 4 = 25.00, and shown as such for both."""
    steps = """
      all_points: {kind: total, of: points}
      price: {kind: ratio, of: £100.00, to: all_points, if_zero: refuse}
      left: {kind: product, of: [price, points]}
"""
    head, _, _ = CONTRACT.partition("      left:")
    files = tried(tmp_path, head.replace("basis: year to date\n    claw_back: allowed", "basis: the period") + steps.lstrip("\n"))
    document = settled(files, quarter="Q1")
    price = [step for payee in document["payees"] for step in payee["payments"][-1]["steps"] if step["step"] == "price"]
    assert [("GBP", "25.00", "2500")] * 2 == [(step["unit"], step["value"], step["exact"]) for step in price]
    assert [] == checked(files, document).wrong


def test_the_checker_takes_the_latest_day(tmp_path: Path) -> None:
    """At the end of the quarter: 2.00 on 30 June, and not 1.00 on the 1st, whichever row comes first; of the same day twice, nothing follows."""
    contract = CONTRACT.partition("payments:")[0].replace("measured: year to date", "measured: at the end of the period")
    contract += "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: sum, of: [earned]}}}}\n"
    rows = ["A,earned,2016-06-01,1.00", "A,earned,2016-06-30,2.00"]
    for order in (rows, rows[::-1]):
        files = tried(tmp_path, contract)
        (tmp_path / "measures.csv").write_text("\n".join(["payee,measure,period,value", *order, ""]), "utf-8")
        document = settled(files, quarter="Q1")
        assert "2.00" == document["totals"]["payable"]
        assert [] == checked(files, document).wrong
    (tmp_path / "measures.csv").write_text("\n".join(["payee,measure,period,value", rows[1], rows[1], ""]), "utf-8")
    assert any("earned is given twice for a day" in what for what in checked(files, document).wrong)


@pytest.mark.parametrize(
    ("paid_to", "payable"), [("practice", {"P0": "300.00", "P2": "0.00"}), ("network", {"N1": "300.00", "N2": "0.00"})]
)
def test_a_row_of_a_year_is_that_of_the_practice_that_reported_it(tmp_path: Path, paid_to: str, payable: dict[str, str]) -> None:
    """P0 closes in December, 90 of 100, at a target of 90%: 300.00 for it, or for its network; P2, its successor in another network, has 10 of 100 of its own."""
    head, _, _ = CONTRACT.partition("measures:")
    (tmp_path / "contract.yaml").write_text(
        head.replace("settled: quarterly", "settled: yearly").replace("paid_to: provider", f"paid_to: {paid_to}")
        + "measures: {DM: {title: D, unit: counts, measured: for the year, excluded: already out}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {rate: {kind: achievement, of: DM, empty: 0%}, "
        "share: {kind: curve, of: rate, curve: {kind: all_or_nothing, target: at least 90%}}, pay: {kind: product, of: [£300.00, share]}}}}\n",
        "utf-8",
    )
    (tmp_path / "practices.csv").write_text("practice,name,network,to,successor\nP0,Closes,N1,2016-12-31,P2\nP2,Stays,N2,,\n", "utf-8")
    (tmp_path / "activity.csv").write_text(
        "practice,indicator,period,numerator,denominator\nP0,DM,2016/17,90,100\nP2,DM,2016/17,10,100\n", "utf-8"
    )
    files = files_of([str(tmp_path)], None, ())
    document = settled(files, quarter="2016/17")
    assert payable == {payee["payee"]: payee["payable"] for payee in document["payees"]}
    assert [] == checked(files, document).wrong


def test_what_is_not_known_is_not_verified(tmp_path: Path) -> None:
    """A step of a kind that the checker does not know leaves its payment not verified, and whatever hangs on it; the rest is."""
    files = tried(tmp_path)
    document = settled(files, quarter="Q1")
    (tmp_path / "contract.yaml").write_text(CONTRACT.replace("kind: instalment", "kind: lottery"), "utf-8")
    verdict = checked(files, document)
    assert 2 == len(verdict.unknown)
    assert 0 == verdict.payments
    assert ["contract: sha256 is"] == [what[:19] for what in verdict.wrong]


def test_a_mismatch_stops_everything(tmp_path: Path) -> None:
    """What does not follow is an error that says so."""
    files = tried(tmp_path)
    document = settled(files, quarter="Q1")
    FAULTS["payable a penny more"](document)
    with pytest.raises(MismatchError) as error:
        verified_scheme(json.dumps(document), files)
    assert "advance 2016-04: payable is 10.01, but 10.00 follows" in error.value.problems[0].what
    assert "nothing is written" in error.value.problems[-1].what


def test_the_command_says_what_was_verified(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr stands how many steps and payments were recomputed, and what they pay."""
    name = "qipp-gain-share"
    arguments = [
        "settle",
        str(ROOT / "contracts" / f"{name}.yaml"),
        str(ROOT / "examples" / "schemes" / name),
        "--year",
        "--verify",
        "--format",
        "csv",
    ]
    monkeypatch.setattr(sys, "argv", ["p4p", *arguments])
    try:
        code = main()
    except SystemExit as stopped:
        code = stopped.code or 0
    assert not code
    # 3 localities, two payments each; gain_share has 4 steps with 2 outcomes, large_cut 3 steps with 1
    assert "verified: 30 steps of 6 payments to 3 payees recomputed from the files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "to", "mode", "whole"),
    [
        ("0.005", "0.01", "half-up", "0.01"),
        ("-0.005", "0.01", "half-up", "-0.01"),
        ("0.005", "0.01", "half-even", "0"),
        ("0.015", "0.01", "half-even", "0.02"),
        ("0.019", "0.01", "down", "0.01"),
        ("-0.011", "0.01", "up", "-0.02"),
        ("-0.011", "0.01", "upwards", "-0.01"),
        ("-0.011", "0.01", "downwards", "-0.02"),
        ("7", "10", "half-up", "10"),
    ],
)
def test_the_checker_rounds(value: str, to: str, mode: str, whole: str) -> None:
    """Halves away from zero, to even; towards zero and away from it; down and up the line of numbers."""
    assert Fraction(whole) == checker.rounded(Fraction(value), Fraction(to), mode)


def test_the_checker_shares_pence_out() -> None:
    """100 pence by 1, 1, 1 are 34, 33, 33, the odd one to the first; a deficit of 5 by 1 and 3 is -1 and -4 (1.25 and 3.75: the larger remainder)."""
    assert {"a": 34, "b": 33, "c": 33} == checker.shared_out(100, dict.fromkeys("cba", Fraction(1)), str)
    assert {"a": -1, "b": -4} == checker.shared_out(-5, {"a": Fraction(1), "b": Fraction(3)}, str)


def test_generated_schemes_agree(tmp_path: Path) -> None:
    """Random chains of all kinds of step, over figures aimed at edges: engine and checker agree to the penny, also where points are settled on columns."""
    done, wrong = differential_schemes.run("test", 12, tmp_path, every_big=12)
    assert [] == wrong
    assert 0 == done["not verified"]
    assert done["of more than 1,000 lines of points"] == 1
    assert done["settlements"] > 20


def test_pence_divided_by_pence_stay_exact(tmp_path: Path) -> None:
    """May's twelfths of 100.00 and 700.00 are 8.34 (16.67 - 8.33) and 58.34 (116.67 - 58.33): their ratio is 834/5834 = 417/2917, no floating-point number."""
    steps = """      one: {kind: instalment, of: £100.00, equal: monthly}
      other: {kind: instalment, of: £700.00, equal: monthly}
      part: {kind: ratio, of: one, to: other, if_zero: refuse}
      left: {kind: product, of: [£100.00, part]}
"""
    head, _, _ = CONTRACT.partition("      left:")
    monthly = head.replace("basis: year to date\n    claw_back: allowed", "settled: monthly\n    basis: the period")
    files = tried(tmp_path, monthly + steps)
    document = settled(files, month="2016-05")
    assert ["417/2917"] * 2 == [
        row["exact"] for payee in document["payees"] for row in payee["payments"][-1]["steps"] if row["step"] == "part"
    ]
    assert [] == checked(files, document).wrong
