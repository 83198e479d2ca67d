"""What `settle`, `explain` and `check` ask for, look at and refuse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from boards import EXAMPLE, contract_text, play

from p4p.checkers.verify import verify

ROOT = Path(__file__).resolve().parents[1]

ROOT = EXAMPLE.parents[1]
SCHEME, FIGURES = (ROOT / folder / f"redbridge-savings-share{end}" for folder, end in (("contracts", ".yaml"), ("examples/schemes", "")))

ALL_UP_FRONT = """p4p: 1
contract: core
title: Core payment
commissioner: NHS Somewhere
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  core:
    title: Core payment
    value: {each: 1000.00}
    split: {upfront: 100%, performance: 0%}
    upfront: {instalments: quarterly}
"""

QUARTERLY = """p4p: 1
contract: visits
title: Visits
commissioner: NHS Somewhere
year: 2015/16
currency: GBP
paid_to: provider
settled: quarterly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
measures:
  visits: {title: Visits made, unit: number, measured: in the period, missing: refuse}
payments:
  fee:
    title: Fee
    steps:
      amount: {kind: product, of: [visits, £10.00]}
    pays: amount
    basis: the period
  balance:
    title: Balance of the year
    settled: yearly
    steps:
      amount: {kind: product, of: [visits, £1.00]}
    pays: amount
    basis: the period
"""

PRACTICES = "practice,name,network\nP1,First,N1\nP2,Second,N2\n"


def told(folder: Path, contract: str, **files: str) -> str:
    """A folder with a contract and other files, by name."""
    (folder / "contract.yaml").write_text(contract, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return str(folder)


def test_nothing_to_earn_needs_no_counts(tmp_path: Path) -> None:
    """1,000.00 a year, all of it up front, is 250.00 a quarter for each network, without an activity file; the checker agrees, and so does a what-if."""
    at = told(tmp_path, ALL_UP_FRONT, practices=PRACTICES)
    answer = play(f"p4p settle {at} --quarter Q1 --verify --format json")
    assert (answer.code, {p["payee"]: p["payable"] for p in json.loads(answer.out)["payees"]}) == (0, {"N1": "250.00", "N2": "250.00"})
    assert "£500.00 follows to the penny" in answer.err
    changed = play(f"p4p whatif {at} --quarter Q1 --price +10% --format json")
    assert [p["payable"] for s in json.loads(changed.out)["scenarios"] for p in s["payees"]] == ["275.00", "275.00"]


def test_counts_are_asked_for_where_there_is_something_to_earn(tmp_path: Path) -> None:
    """A contract with an indicator still asks for its activity file."""
    at = told(tmp_path, contract_text("{kind: all_or_nothing, target: at least 90%}"), practices=PRACTICES)
    answer = play(f"p4p settle {at} --quarter Q1")
    assert (answer.code, "no activity file" in answer.err) == (2, True)


@pytest.mark.parametrize("option", ["--year", "--month 2009-08"])
def test_care_packages_are_explained_by_quarter(option: str) -> None:
    """A period beside the quarter is refused, and not passed over: the answer would be about another period than was asked for."""
    answer = play(f"p4p explain {EXAMPLE} --quarter Q1 {option} --network N1")
    assert (answer.code, answer.out, answer.err) == (2, "", "error: care packages are explained by quarter: --quarter Q1\n")


def test_a_scheme_is_explained_as_it_is() -> None:
    """A scenario named beside a contract with `payments` is refused, and not passed over."""
    answer = play(f"p4p explain {SCHEME} {FIGURES} --year --network Cranbrook --scenario nowhere.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert "--scenario is about care packages" in answer.err


def test_check_looks_at_the_figures_of_a_scheme(tmp_path: Path) -> None:
    """With all its figures a year can be settled; without one it cannot, and the figure is named."""
    whole = play(f"p4p check {SCHEME} --activity {FIGURES}")
    assert (whole.code, whole.out.splitlines()[-1]) == (0, "periods that can be settled: 1 of 1: complete")
    given = (FIGURES / "measures.csv").read_text(encoding="utf-8")
    (tmp_path / "measures.csv").write_text(given.replace("Cranbrook,elective,2010/11,5790400.00\n", ""), encoding="utf-8")
    short = play(f"p4p check {SCHEME} --activity {tmp_path}")
    assert (short.code, short.out.splitlines()[-1]) == (0, "periods that can be settled: 0 of 1")
    (row,) = [line.split() for line in short.out.splitlines() if line.strip().startswith("2010/11")]
    assert (row[1], "Cranbrook" in row[2], "elective" in " ".join(row[2:])) == ("1", True, True)


def test_check_says_of_each_period_whether_it_can_be_settled(tmp_path: Path) -> None:
    """A fee paid each quarter, with figures of two of four: those two can be settled, and the year's balance cannot."""
    (tmp_path / "contract.yaml").write_text(QUARTERLY, encoding="utf-8")
    (tmp_path / "measures.csv").write_text("payee,measure,period,value\nA,visits,2015/16 Q1,10\nA,visits,2015/16 Q2,20\n", encoding="utf-8")
    lines = play(f"p4p check {tmp_path}").out.splitlines()
    rows = dict(re.findall(r"^ (2015/16(?: Q\d)?) +(nothing|\d+) ", "\n".join(f"{line} " for line in lines), re.MULTILINE))
    assert rows == {"2015/16 Q1": "nothing", "2015/16 Q2": "nothing", "2015/16 Q3": "1", "2015/16 Q4": "1", "2015/16": "1"}
    assert lines[-1] == "periods that can be settled: 2 of 5"


def test_check_refuses_files_of_a_scheme_that_are_not_there() -> None:
    """A file that is named and not there is refused, and nothing is called sound."""
    answer = play(f"p4p check {SCHEME} --activity nowhere.csv")
    assert (answer.code, answer.err) == (3, "nowhere.csv: error: there is no such file\n")


@pytest.mark.parametrize(
    "command",
    ["settle nothere --month 2016-04", "shortfall nothere --year", "explain nothere --network N1 --year", "whatif nothere --month 2016-04"],
)
def test_a_contract_that_is_not_there_is_told_first(command: str) -> None:
    """Whatever is asked that care packages do not know, nothing is said of care packages where there is no contract."""
    answer = play(f"p4p {command}")
    assert (answer.code, answer.err.splitlines()[0]) == (4, "nothere: error: the contract file does not exist")


def test_a_year_fits_the_terminal() -> None:
    """At 80 columns the lines of a year are a table without targets, which is said; at 86 the targets are there; at 60 each row is stacked."""
    shown = {width: play(f"p4p settle {EXAMPLE} --year", width=width).out for width in (60, 80, 86)}
    assert " N1 DM1 Q1 558/1,471 37.93% 7,500.00 0.00 7,500.00 766" in re.sub(" +", " ", shown[80])
    assert "Not shown, for want of width: target" in shown[80]
    assert "Not shown" not in shown[86] + shown[60]
    assert " N1 DM1 Q1 558/1,471 37.93% ≥90% 7,500.00 0.00 7,500.00 766" in re.sub(" +", " ", shown[86])
    assert "\nTarget     ≥90%\n" in shown[60]
    assert all(len(line) <= width for width in (80, 86) for line in shown[width].splitlines())


def test_a_reader_who_has_read_enough_is_no_fault() -> None:
    """On a terminal's width, more than a pipe holds: the command ends as if all had been read."""
    line = [sys.executable, "-m", "p4p", "settle", str(EXAMPLE), "--year"]
    environment = os.environ | {"COLUMNS": "60", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def unearned(folder: Path, period: str) -> dict[str, str]:
    """What a settlement, held against the independent checker, says of money that nobody earned."""
    answer = play(f"p4p settle {folder} {period} --verify --format json")
    assert (answer.code, "follows to the penny" in answer.err) == (0, True), answer.err
    said: dict[str, str] = json.loads(answer.out)["unearned"]
    return said


KEPT = "retained by the commissioner, value of quarters without a practice"


def test_a_total_is_paid_or_kept(tmp_path: Path) -> None:
    """1,000.00 in equal parts, 125.00 a quarter each; N2 has a practice in Q4 only, so of the year 625.00 are paid and 3 x 125.00 are kept."""
    practices = "practice,name,network,from\nP1,First,N1,\nP2,Second,N2,2010-01-01\n"
    told(tmp_path, ALL_UP_FRONT.replace("{each: 1000.00}", "{total: 1000.00, shared_by: equal parts}"), practices=practices)
    assert unearned(tmp_path, "--quarter Q1") == {f"Core payment: {KEPT}": "125.00"}
    assert unearned(tmp_path, "--quarter Q4") == {}
    assert unearned(tmp_path, "--year") == {f"Core payment: {KEPT}": "375.00"}
    page = play(f"p4p settle {tmp_path} --year")
    assert f"Core payment: {KEPT}: 375.00" in page.out


def test_money_judged_once_that_nobody_can_earn(tmp_path: Path) -> None:
    """4,000.00 each, 40% up front, the rest judged in Q4, where N2 is gone: its 3 x 600.00 of Q1 to Q3 and the 1,000.00 of Q4 are kept, told in Q4.

    N1 earns all of its 2,400.00.
    """
    contract = contract_text("{kind: all_or_nothing, target: at least 90%}", split="{upfront: 40%, performance: 60%}", measured="year")
    practices = "practice,name,network,to\nP1,First,N1,\nP2,Second,N2,2009-12-31\n"
    activity = "practice,indicator,period,numerator,denominator\nP1,K1,2009/10,95,100\n"
    told(tmp_path, contract, practices=practices, activity=activity)
    assert unearned(tmp_path, "--quarter Q3") == {}
    assert unearned(tmp_path, "--quarter Q4") == {f"Care package: {KEPT}": "2800.00"}
    assert unearned(tmp_path, "--year") == {f"Care package: {KEPT}": "2800.00"}


def test_the_checker_misses_money_that_is_kept(tmp_path: Path) -> None:
    """A settlement that says nothing of the 375.00, or another amount, does not follow from the files."""
    practices = "practice,name,network,from\nP1,First,N1,\nP2,Second,N2,2010-01-01\n"
    told(tmp_path, ALL_UP_FRONT.replace("{each: 1000.00}", "{total: 1000.00, shared_by: equal parts}"), practices=practices)
    settlement = json.loads(play(f"p4p settle {tmp_path} --year --format json").out)
    files = str(tmp_path / "contract.yaml"), str(tmp_path / "practices.csv"), (), ()
    assert verify(*files, settlement).wrong == []
    for said in ({}, {f"Core payment: {KEPT}": "374.99"}):
        assert "was offered to nobody" in verify(*files, settlement | {"unearned": said}).wrong[0]


def test_a_copy_for_one_network_tells_nothing_of_another(tmp_path: Path) -> None:
    """N2 has a practice in Q4 only; a pack of Q1 for N1 alone does not say what of N2 is kept, and one for all does."""
    practices = "practice,name,network,from\nP1,First,N1,\nP2,Second,N2,2010-01-01\n"
    told(tmp_path, ALL_UP_FRONT.replace("{each: 1000.00}", "{total: 1000.00, shared_by: equal parts}"), practices=practices)
    for pack, words, said in (("all", "", {f"Core payment: {KEPT}": "125.00"}), ("one", "--network N1", {})):
        assert play(f"p4p statement {tmp_path} --quarter Q1 {words} --output {tmp_path / pack}").code == 0
        assert json.loads((tmp_path / pack / "settlement.json").read_text("utf-8"))["unearned"] == said


def test_one_is_told_as_one(tmp_path: Path) -> None:
    """One network, practice, package, indicator, count and line are told without an s."""
    activity = "practice,indicator,period,numerator,denominator\nP1,K1,2009-06,95,100\n"
    told(
        tmp_path,
        contract_text("{kind: all_or_nothing, target: at least 90%}"),
        practices="practice,name,network\nP1,First,N1\n",
        activity=activity,
    )
    page = play(f"p4p settle {tmp_path} --quarter Q1 --verify")
    assert "Counted    1 network, 1 practice, 1 count used, 0 left out, 2 missing" in page.out
    assert "verified: 1 line and 1 package row of 1 network recomputed" in page.err
    assert "sound: 1 package, 1 indicator, 2009/10" in play(f"p4p check {tmp_path}").out
    assert "Left on the table, 1 network: 0.00" in play(f"p4p shortfall {tmp_path} --quarter Q1").out


def test_check_heads_its_table_by_what_stands_in_it(tmp_path: Path) -> None:
    """The rows of the first table are indicators: of 3 practice-months up to June, of which 1 is given."""
    activity = "practice,indicator,period,numerator,denominator\nP1,K1,2009-06,95,100\n"
    told(
        tmp_path,
        contract_text("{kind: all_or_nothing, target: at least 90%}"),
        practices="practice,name,network\nP1,First,N1\n",
        activity=activity,
    )
    lines = [line.split() for line in play(f"p4p check {tmp_path}").out.splitlines()]
    assert ["Indicator", "Given", "Withheld", "Missing"] in lines
    assert ["K1", "1", "of", "3", "0", "2"] in lines
