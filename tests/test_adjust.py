"""What was issued, what the files say now, and the difference: by hand, in every format, and what does not fit.

The contract of these tests is worth 100,000.00 a year to each network, 25,000.00 a quarter: 17,500.00 up front, and 7,500.00 for reaching 90%.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boards import EXAMPLE, contract_text, play, world
from test_issued import TERMS as PLAIN_TERMS
from test_issued import UPFRONT, settled
from test_schemes import HEAD

from p4p.counts.members import Source
from p4p.files.issued_file import parse_issued, read_issued
from p4p.numbers.errors import InputError, MismatchError
from p4p.numbers.money import parse_plain, plain
from p4p.settling.adjust import FileChange, Sum, adjust, files_between, steps_between, why
from p4p.settling.issued import Change, Key, Ledger, Line, Part

ROOT = EXAMPLE.parents[1]
ISSUED = ROOT / "examples" / "tower-hamlets-issued"
TARGET = "{kind: all_or_nothing, target: at least 90%}"
TERMS = {"value": "{each: 100000.00}", "split": "{upfront: 70%, performance: 30%}", "missing_data": "refuse", "withheld_data": "refuse"}


class Folder:
    """A contract with its files, which are issued, corrected and adjusted."""

    def __init__(self, at: Path, curve: str = TARGET, **terms: str) -> None:
        self.at, self.curve, self.terms = at, curve, terms
        self.practices = "P1,N1 P2,N2"

    def counts(self, text: str, **terms: str) -> None:
        """Write the files anew: `N1 Q1 89/100; N2 Q1 95/100`, each network by its one practice."""
        lines = [line.split() for line in text.split(";")]
        rows = "\n".join(f"{network.replace('N', 'P')} 2009/10_{quarter} {counts}" for network, quarter, counts in lines)
        world(self.at, contract_text(self.curve, **(TERMS | self.terms | terms)), rows, self.practices)

    def settle(self, quarter: str, name: str, *more: str) -> str:
        """Settle a period and issue it."""
        return self.written(f"settle {self.at} {'--year' if quarter == 'year' else f'--quarter {quarter}'}", name, *more)

    def adjust(self, name: str, *issued: str) -> str:
        """Adjust what was issued, and issue that."""
        return self.written(f"adjust {self.at} {' '.join(f'--issued {self.at / i}' for i in issued)}", name)

    def written(self, command: str, name: str, *more: str) -> str:
        played = play(f"p4p {command} --format json --output {self.at / name} {' '.join(more)}")
        assert (0, "") == (played.code, played.out), played.err
        return name

    def json(self, name: str) -> dict[str, Any]:
        """A document that was written."""
        document: dict[str, Any] = json.loads((self.at / name).read_text("utf-8"))
        return document

    def adjusted(self, *issued: str, also: str = "") -> dict[str, Any]:
        """What an adjustment says, as JSON."""
        played = play(self.command(*issued) + f" --format json {also}")
        assert 0 == played.code, played.err
        document: dict[str, Any] = json.loads(played.out)
        return document

    def command(self, *issued: str) -> str:
        return f"p4p adjust {self.at} " + " ".join(f"--issued {self.at / name}" for name in issued)

    def refused(self, *issued: str, also: str = "") -> tuple[int, str]:
        """The exit code of an adjustment that is refused, and what it says, without the folder's name."""
        played = play(self.command(*issued) + f" {also}")
        assert "" == played.out
        return played.code, played.err.replace(f"{self.at}/", "")

    def changed(self, name: str, change: Callable[[dict[str, Any]], object], into: str = "changed.json") -> str:
        """A document with something in it changed by hand."""
        document = self.json(name)
        change(document)
        (self.at / into).write_text(json.dumps(document), "utf-8")
        return into


def sums(document: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Issued, now and adjustment of each payee."""
    return {p["payee"]: (p["issued"], p["now"], p["adjustment"]) for p in document["payees"]}


def lines(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """The lines that pay something else: payee, period, kind, issued, now, why."""
    return [
        (p["payee"], line["period"], line["line"], line["issued"], line["now"], ", ".join(line["why"]))
        for p in document["payees"]
        for period in p["periods"]
        for line in period["lines"]
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """N1 one patient short of 90% in Q1, as Q1 was issued."""
    made = Folder(tmp_path / "care")
    made.counts("N1 Q1 89/100; N2 Q1 95/100")
    made.settle("Q1", "q1.json")
    return made


# by hand


def test_one_patient_more_pays_the_target(folder: Folder) -> None:
    """89 of 100 was issued 17,500.00; 90 of 100 is due 17,500.00 + 7,500.00 = 25,000.00, so 7,500.00 more. N2 reached 95% then and now."""
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    found = folder.adjusted("q1.json")
    assert {"N1": ("17500.00", "25000.00", "7500.00"), "N2": ("25000.00", "25000.00", "0.00")} == sums(found)
    assert [("N1", "2009/10 Q1", "indicator", "0.00", "7500.00", "counts")] == lines(found)
    assert {"issued": "42500.00", "now": "50000.00", "adjustment": "7500.00"} == found["totals"]


def test_adjustments_count_as_issued(folder: Folder) -> None:
    """90 of 100 pays 7,500.00 more; when one of them turns out to be counted twice, 89 of 100 recovers it, and nothing is left to adjust."""
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    folder.adjust("a1.json", "q1.json")
    assert ("25000.00", "25000.00", "0.00") == sums(folder.adjusted("q1.json", "a1.json"))["N1"]
    folder.counts("N1 Q1 89/100; N2 Q1 95/100")
    found = folder.adjusted("a1.json", "q1.json")
    assert ("25000.00", "17500.00", "-7500.00") == sums(found)["N1"]
    assert [("N1", "2009/10 Q1", "indicator", "7500.00", "0.00", "counts")] == lines(found)
    folder.adjust("a2.json", "q1.json", "a1.json")
    assert {"0.00"} == {p["adjustment"] for p in folder.adjusted("a2.json", "q1.json", "a1.json")["payees"]}


def test_a_quarter_corrected_is_caught_up_no_more(tmp_path: Path) -> None:
    """With catch-up Q2, at 95%, was issued 17,500 + 7,500 and the 7,500 that Q1 missed: 32,500.00. Now that Q1 reaches 90% it pays 25,000 itself and Q2 25,000.

    So Q1 is adjusted by + 7,500.00 and Q2 by - 7,500.00, and over both there is nothing to pay.
    """
    folder = Folder(tmp_path / "care", measured="snapshot", catch_up="allowed")
    later = "N2 Q1 95/100; N1 Q2 95/100; N2 Q2 95/100"
    folder.counts(f"N1 Q1 89/100; {later}")
    documents = folder.settle("Q1", "q1.json"), folder.settle("Q2", "q2.json")
    folder.counts(f"N1 Q1 90/100; {later}")
    found = folder.adjusted(*documents)
    assert {"N1": ("50000.00", "50000.00", "0.00"), "N2": ("50000.00", "50000.00", "0.00")} == sums(found)
    assert [
        ("N1", "2009/10 Q1", "indicator", "0.00", "7500.00", "counts"),
        ("N1", "2009/10 Q2", "indicator", "15000.00", "7500.00", "earlier periods"),
    ] == lines(found)
    assert ["17500.00", "32500.00"] == [p["issued"] for p in found["payees"][0]["periods"]]
    # whoever adjusts Q1 alone would pay what Q2 has paid already, and is told so
    alone = folder.adjusted("q1.json")
    assert ("17500.00", "25000.00", "7500.00") == sums(alone)["N1"]
    assert ["2009/10 Q2", "2009/10 Q3", "2009/10 Q4"] == alone["differences"][0]["periods_not_given"]
    assert "name as issued also 2009/10 Q2, 2009/10 Q3, 2009/10 Q4, if any was issued" in play(folder.command("q1.json"), width=200).out


def test_money_shared_again_moves_for_others(tmp_path: Path) -> None:
    """N1 missed 7,500.00, and N2, the only earner, was issued half of its own 7,500.00 of that (cap: 50%): 28,750.00. When N1 reaches 90% there is nothing to
    share: N1 is paid 7,500.00 and N2 pays back 3,750.00.
    """
    folder = Folder(tmp_path / "care", unearned="{shared_among: earners, cap: 50%}")
    folder.counts("N1 Q1 89/100; N2 Q1 95/100")
    folder.settle("Q1", "q1.json")
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    found = folder.adjusted("q1.json")
    assert {"N1": ("17500.00", "25000.00", "7500.00"), "N2": ("28750.00", "25000.00", "-3750.00")} == sums(found)
    assert ("N2", "2009/10 Q1", "shared", "3750.00", "0.00", "others' unearned money") == lines(found)[1]
    printed = play(folder.command("q1.json")).out
    assert "To pay     7,500.00 to 1 payee\nTo recover 3,750.00 from 1 payee\n" in printed


def test_who_is_gone_pays_back_and_who_is_new_is_paid(folder: Folder) -> None:
    """N2 was issued 17,500 + 7,500; its practice was N3's all along: N2 pays back 25,000.00 and N3 is paid 25,000.00."""
    folder.practices = "P1,N1 P2,N3"
    folder.counts("N1 Q1 89/100; N2 Q1 95/100")
    found = folder.adjusted("q1.json")
    assert {"N1": "0.00", "N3": "25000.00", "N2": "-25000.00"} == {p["payee"]: p["adjustment"] for p in found["payees"]}
    assert {"N3": "0.00", "N2": "25000.00"} == {p["payee"]: p["issued"] for p in found["payees"][1:]}
    assert {"not issued before", "not due any more"} == {why for *_, why in lines(found)}
    assert [None, None] == [line["now_on"] for line in found["payees"][2]["periods"][0]["lines"]]
    folder.adjust("a1.json", "q1.json")
    again = folder.adjusted("q1.json", "a1.json")
    assert {"0.00"} == {p["adjustment"] for p in again["payees"]} and [] == lines(again)


def test_other_terms_are_told_apart_from_other_counts(folder: Folder) -> None:
    """A target of at least 95.5% takes N2's 7,500.00 at the same 95%; a value of 200,000.00 doubles the upfront 17,500.00: the contract's SHA-256 says why."""
    folder.counts("N1 Q1 89/100; N2 Q1 95/100")
    folder.curve = "{kind: all_or_nothing, target: at least 95.5%}"
    folder.counts("N1 Q1 89/100; N2 Q1 95/100")
    found = folder.adjusted("q1.json")
    assert [("N2", "2009/10 Q1", "indicator", "7500.00", "0.00", "curve")] == lines(found)
    contract = found["differences"][0]["contract"]
    assert contract["issued"] == folder.json("q1.json")["contract"]["sha256"] != contract["now"] == found["contract"]["sha256"]
    assert {True} == {f["issued"] == f["now"] for f in found["differences"][0]["files"]}
    folder.curve = TARGET
    folder.counts("N1 Q1 89/100; N2 Q1 95/100", value="{each: 200000.00}")
    assert [
        ("N1", "2009/10 Q1", "upfront", "17500.00", "35000.00", "value or split"),
        ("N2", "2009/10 Q1", "upfront", "17500.00", "35000.00", "value or split"),
        ("N2", "2009/10 Q1", "indicator", "7500.00", "15000.00", "available"),
    ] == lines(folder.adjusted("q1.json"))


def test_a_year_is_adjusted_quarter_by_quarter(tmp_path: Path) -> None:
    """The year was issued 4 x 17,500 and 3 x 7,500 to N1; with Q3 at 90 of 100 all four are reached: 100,000.00, 7,500.00 more, on the line of Q3."""
    folder = Folder(tmp_path / "care")
    rest = "; ".join(f"N2 {q} 80/100; N1 {q} 95/100" for q in ("Q1", "Q2", "Q4")) + "; N2 Q3 80/100"
    folder.counts(f"{rest}; N1 Q3 89/100")
    folder.settle("year", "year.json")
    folder.counts(f"{rest}; N1 Q3 90/100")
    found = folder.adjusted("year.json")
    assert ("92500.00", "100000.00", "7500.00") == sums(found)["N1"]
    assert [("N1", "2009/10 Q3", "indicator", "0.00", "7500.00", "counts")] == lines(found)
    assert [] == found["differences"][0]["periods_not_given"]


def test_lines_counted_otherwise_that_pay_the_same_are_counted(folder: Folder) -> None:
    """88 of 100 misses the target as 89 did: nothing to adjust, one line counted otherwise, and the file that changed is named by its SHA-256 then and now."""
    then = hashlib.sha256((folder.at / "activity.csv").read_bytes()).hexdigest()
    folder.counts("N1 Q1 88/100; N2 Q1 95/100")
    now = hashlib.sha256((folder.at / "activity.csv").read_bytes()).hexdigest()
    found = folder.adjusted("q1.json")
    assert [] == lines(found) and 1 == found["differences"][0]["recounted_without_effect"]
    files = {Path(f["file"]).name: (f["issued"], f["now"]) for f in found["differences"][0]["files"]}
    assert (then, now) == files["activity.csv"] and files["practices.csv"][0] == files["practices.csv"][1]
    printed = play(folder.command("q1.json"), width=400).out
    assert "Nothing    to pay and nothing to recover" in printed
    assert "Counts     1 more line is counted otherwise and pays what was issued\n" in printed
    assert f"activity.csv: has changed: {then[:12]}… then, {now[:12]}… now" in printed


def test_a_file_that_moved_is_the_same_file(folder: Folder) -> None:
    """A file under another path is known by its bytes, or by the last part of its path; one that is not read any more is said to be gone."""
    (folder.at / "lists.csv").write_text("practice,list,date,patients\nP1,carers,2009-04-01,7\n", "utf-8")
    folder.settle("Q1", "q1.json")
    (folder.at / "new").mkdir()
    shutil.move(folder.at / "activity.csv", folder.at / "new" / "activity.csv")
    (folder.at / "lists.csv").unlink()
    played = play(f"p4p adjust {folder.at} {folder.at}/new/activity.csv --issued {folder.at}/q1.json --format json")
    (difference,) = json.loads(played.out)["differences"]
    files = {Path(f["file"]).name: f["issued"] == f["now"] for f in difference["files"]}
    assert {"practices.csv": True, "activity.csv": True, "lists.csv": False} == files
    assert None is difference["files"][-1]["now"]


# one by one


def test_documents_set_against_settlements_of_now() -> None:
    """100p and 300p were settled; 140p are due to N1, N2 is gone, and N3 is new: + 40p, - 300p and + 50p, with what was read then and now."""
    ledger = Ledger([settled("then.json", N1=100, N2=300)], PLAIN_TERMS, None)
    now = settled("now.json", N1=140, N3=50)
    found = adjust(ledger, {"2009/10 Q1": replace(now, contract_sha256="5" * 64)})
    (period,) = found.periods
    assert FileChange("contract", ledger.documents[0].contract_sha256, "5" * 64) == period.contract
    assert (FileChange("activity.csv", ledger.documents[0].inputs[0].sha256, now.inputs[0].sha256),) == period.files
    assert (0, ()) == (period.recounted, period.others)
    assert {
        "N1": Part("Network N1", 100, 140, {UPFRONT: Change(Line(100), Line(140))}),
        "N3": Part("Network N3", 0, 50, {UPFRONT: Change(None, Line(50))}),
        "N2": Part("Network N2", 300, 0, {UPFRONT: Change(Line(300), None)}),
    } == period.parts
    assert (Sum("", 400, 190), -210) == (found.totals, found.totals.adjustment)


def test_other_quarters_matter_where_a_contract_looks_back() -> None:
    """Q2 of 2009/10 is given: in a contract that looks back the other three quarters of that year are told as not given, in another none is."""
    given, now = settled("q2.json", "2009/10 Q2", N1=1), {"2009/10 Q2": settled("now.json", "2009/10 Q2", N1=1)}
    looking = adjust(Ledger([given], replace(PLAIN_TERMS, looks_back=True), None), now)
    assert ("2009/10 Q1", "2009/10 Q3", "2009/10 Q4") == looking.periods[0].others
    assert () == adjust(Ledger([given], PLAIN_TERMS, None), now).periods[0].others


def test_an_adjustment_that_its_lines_do_not_add_up_to_is_a_fault_of_ours() -> None:
    """Of 100p 1,250.00 more are said to be due, and the line says 40p more: nothing is adjusted."""
    wrong = settled("now.json", N1=140)
    wrong = replace(wrong, parts={"2009/10 Q1": {"N1": replace(wrong.parts["2009/10 Q1"]["N1"], now=125100)}})
    with pytest.raises(MismatchError) as error:
        adjust(Ledger([settled("then.json", N1=100)], PLAIN_TERMS, None), {"2009/10 Q1": wrong})
    (problem,) = error.value.problems
    assert "the adjustment does not hold together: N1, 2009/10 Q1: 1,250.00, and its lines 0.40" == problem.what
    assert "this is a fault of p4p: please report it with the files" == problem.hint


def source(file: str, sha256: str) -> Source:
    """A file, known by its bytes."""
    return Source(file, sha256, 1)


@pytest.mark.parametrize(
    ("then", "now", "changes"),
    [
        ("a.csv=1", "a.csv=1", [("a.csv", "1", "1")]),
        ("a.csv=1", "a.csv=2", [("a.csv", "1", "2")]),
        ("a.csv=1", "b.csv=1", [("b.csv", "1", "1")]),
        ("a.csv=1", "b.csv=2", [("b.csv", None, "2"), ("a.csv", "1", None)]),
        ("old/a.csv=1", "new/a.csv=2", [("new/a.csv", "1", "2")]),
        (r"C:\data\a.csv=1", "new/a.csv=2", [("new/a.csv", "1", "2")]),
        ("old/xa.csv=1", "new/a.csv=2", [("new/a.csv", None, "2"), ("old/xa.csv", "1", None)]),
        # bytes come before names: b.csv is what a.csv was, and what b.csv was is gone
        ("a.csv=1 b.csv=2", "b.csv=1", [("b.csv", "1", "1"), ("b.csv", "2", None)]),
        # and paths before their last part
        ("x/a.csv=1 y/a.csv=2", "y/a.csv=3 z/a.csv=4", [("y/a.csv", "2", "3"), ("z/a.csv", "1", "4")]),
    ],
)
def test_files_then_and_now(then: str, now: str, changes: list[tuple[str, str | None, str | None]]) -> None:
    """The same bytes are the same file, then the same path, then the same last part of it; each file then is one file now at most."""
    files = [[source(*text.split("=")) for text in side.split()] for side in (then, now)]
    found = list(files_between(*files))
    assert [FileChange(*change) for change in changes] == found
    assert [issued == now for _, issued, now in changes] == [change.same for change in found]


COUNTED = {
    "numerator": 89,
    "denominator": 100,
    "excluded": 0,
    "state": "counted",
    "achievement": "89/100",
    "share": "0",
    "available": "7500.00",
}


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"numerator": 90, "achievement": "9/10", "share": "1"}, ("counts",)),
        ({"excluded": 1, "achievement": "89/99"}, ("counts",)),
        ({"achievement": "17/20", "share": "1/2"}, ("practices' counts",)),
        ({"state": "counts missing", "share": "0"}, ("state of the counts",)),
        ({"state": "counts missing", "share": "1/2"}, ("state of the counts",)),
        ({"available": "8000.00"}, ("available",)),
        ({"share": "1/2"}, ("curve",)),
        ({"denominator": 99, "state": "no patients", "available": "1.00", "share": "1"}, ("counts", "state of the counts", "available")),
        ({"achievement": "1", "state": "no patients"}, ("practices' counts", "state of the counts")),
        ({"share": "1", "available": "8000.00"}, ("available", "curve")),
        ({}, ("earlier periods",)),
    ],
)
def test_why_a_line_pays_something_else(now: dict[str, object], words: tuple[str, ...]) -> None:
    """Other counts first; the same counts with another achievement are other practices'; a curve is the reason where only the share is another."""
    key = Key("2009/10 Q1", "indicator", "care", "K1")
    assert words == why(key, Change(Line(0, COUNTED), Line(100, COUNTED | now)))
    assert ("not issued before",) == why(key, Change(None, Line(100, COUNTED)))
    assert ("not due any more",) == why(key, Change(Line(100, COUNTED), None))


def test_why_other_lines_pay_something_else() -> None:
    """Upfront money follows value and split, shared money the others; a payment its figures, or earlier periods where every step is what it was."""
    change = Change(Line(1, {"a": 1, "b": 2, "c": 3}), Line(2, {"d": 5, "a": 1, "b": 4}))
    said = [why(UPFRONT._replace(kind=kind), change) for kind in ("upfront", "shared", "payment")]  # type: ignore[arg-type]
    assert [("value or split",), ("others' unearned money",), ("figures",)] == said
    same = Change(Line(1, {"a": 1}), Line(2, {"a": 1}))
    assert ("earlier periods",) == why(UPFRONT._replace(kind="payment"), same)
    assert [("d", None, 5), ("b", 2, 4), ("c", 3, None)] == steps_between(change)
    assert ([("a", None, 1)], [("a", 1, None)]) == (
        steps_between(Change(None, Line(2, {"a": 1}))),
        steps_between(Change(Line(1, {"a": 1}), None)),
    )


# contracts with payments

GAIN = """
measures:
  saved: {title: Saved, unit: money, measured: in the period}
payments:
  share:
    title: Share of savings
    basis: the period
    pays: pay
    steps:
      pay: {kind: product, of: [40%, saved]}
"""


def saved(at: Path, **payees: str) -> None:
    """A scheme that pays 40% of what was saved, and its figures."""
    at.mkdir(exist_ok=True)
    (at / "contract.yaml").write_text(HEAD.format(settled="quarterly") + GAIN, "utf-8")
    rows = "".join(f"{payee},saved,2016/17 {q[:2]},{q[3:]}\n" for payee, text in payees.items() for q in text.split())
    (at / "measures.csv").write_text(f"payee,measure,period,value\n{rows}", "utf-8")


def test_payments_of_steps_are_adjusted_with_the_steps_that_moved(tmp_path: Path) -> None:
    """40% of 1,000.00 was issued; 1,250.50 was saved: 40% of it is 500.20, so 100.20 more. SOUTH's 40% of 50.00 stays, and EAST is new: 40% of 10.00."""
    folder = Folder(tmp_path / "share")
    saved(folder.at, NORTH="Q1=1000.00", SOUTH="Q1=50.00")
    folder.settle("Q1", "q1.json")
    saved(folder.at, NORTH="Q1=1250.50", SOUTH="Q1=50.00", EAST="Q1=10.00")
    found = folder.adjusted("q1.json")
    assert {"NORTH": ("400.00", "500.20", "100.20"), "SOUTH": ("20.00", "20.00", "0.00"), "EAST": ("0.00", "4.00", "4.00")} == sums(found)
    line = next(p for p in found["payees"] if p["payee"] == "NORTH")["periods"][0]["lines"][0]
    assert ("payment", "share", ["figures"]) == (line["line"], line["payment"], line["why"])
    assert [{"step": "pay", "outcome": None, "unit": "GBP", "value": "400.00", "exact": "40000"}] == line["issued_on"]["steps"]
    assert ["500.20"] == [step["value"] for step in line["now_on"]["steps"]]
    folder.adjust("a1.json", "q1.json")
    assert {"0.00"} == {p["adjustment"] for p in folder.adjusted("q1.json", "a1.json")["payees"]}
    printed = play(folder.command("q1.json")).out
    assert "NORTH share 2016/17 Q1: pay" in printed and "500.20 GBP" in printed


@pytest.mark.parametrize("name", ["qof-2023-24", "salford-pooled-budget", "medicare-shared-savings", "tower-hamlets-year-of-care"])
def test_the_samples_of_schemes_adjust_nothing(name: str, tmp_path: Path) -> None:
    """Points, parties, dollars and packages priced from steps: what was issued from unchanged files is what is due, to the penny, line by line."""
    asked = {"salford-pooled-budget": "2014/15", "medicare-shared-savings": "2016"}
    when = f'--quarter "{asked[name]}"' if name in asked else "--year"
    files, document = f"contracts/{name}.yaml examples/schemes/{name}", tmp_path / "issued.json"
    assert 0 == play(f"p4p settle {files} {when} --format json --output {document}").code
    found = json.loads(play(f"p4p adjust {files} --issued {document} --format json").out)
    assert [] == lines(found) and "0.00" == found["totals"]["adjustment"]
    assert found["totals"]["issued"] == json.loads(document.read_text("utf-8"))["totals"]["payable"]


# formats


def test_the_json_is_read_again_as_it_was_written(folder: Folder) -> None:
    """Every payee, line and amount of an adjustment's JSON is there when it is read as issued."""
    folder.counts("N1 Q1 90/100; N2 Q1 80/100")
    found = folder.json(folder.adjust("a1.json", "q1.json"))
    assert list(found) == [
        "p4p",
        "document",
        "contract",
        "periods",
        "state",
        "currency",
        "payees",
        "totals",
        "differences",
        "issued",
        "inputs",
    ]
    (document,), problems = read_issued([str(folder.at / "a1.json")])
    assert [] == problems and ("2009/10 Q1",) == document.periods
    parts = document.parts["2009/10 Q1"]
    assert sums(found) == {code: (plain(p.issued), plain(p.now), plain(p.adjustment)) for code, p in parts.items()}
    (line,), (written,) = parts["N1"].lines.items(), found["payees"][0]["periods"][0]["lines"]
    assert written["now_on"] == line[1].now.facts and written["issued_on"] == line[1].issued.facts  # type: ignore[union-attr]
    assert {
        "line": "indicator",
        "period": "2009/10 Q1",
        "package": "care",
        "indicator": "K1",
        "issued": "0.00",
        "now": "7500.00",
        "adjustment": "7500.00",
        "why": ["counts"],
        "issued_on": {
            "numerator": 89,
            "denominator": 100,
            "excluded": 0,
            "state": "counted",
            "achievement": "89/100",
            "share": "0",
            "available": "7500.00",
        },
        "now_on": {
            "numerator": 90,
            "denominator": 100,
            "excluded": 0,
            "state": "counted",
            "achievement": "9/10",
            "share": "1",
            "available": "7500.00",
        },
    } == written
    (base,) = found["issued"]
    assert base["sha256"] == hashlib.sha256((folder.at / "q1.json").read_bytes()).hexdigest()


def test_the_columns_of_the_csv_add_up(folder: Folder) -> None:
    """`issued`, `now` and `adjustment` of the CSV add up to what was issued, what is due and the difference; a row for each line that moved, one for the rest."""
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    rows = list(csv.DictReader(io.StringIO(play(folder.command("q1.json") + " --format csv").out)))
    assert [("N1", "K1", "7500.00"), ("N1", "unchanged", "0.00"), ("N2", "unchanged", "0.00")] == [
        (r["payee"], r["line"], r["adjustment"]) for r in rows
    ]
    assert [Decimal(42500), Decimal(50000), Decimal(7500)] == [sum(Decimal(r[c]) for r in rows) for c in ("issued", "now", "adjustment")]
    assert ("89", "90", "counts") == (rows[0]["numerator_issued"], rows[0]["numerator_now"], rows[0]["why"])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_digit_is_lost_on_a_narrow_terminal(folder: Folder, width: int) -> None:
    """Whatever the width, every amount is printed whole, and without colour into a pipe; what a name says is never markup."""
    (folder.at / "practices.csv").write_text("practice,name,network,network_name\nP1,One,N1,[red]=1+1[/red]\nP2,Two,N2,N2\n", "utf-8")
    played = play(folder.command("q1.json"), width=width)
    assert (0, "") == (played.code, played.err) and "\x1b" not in played.out
    for text in ("17,500.00", "25,000.00", "42,500.00", "[red]=1+1[/red]"):
        assert text in played.out.replace("\n", " ")


def test_nothing_issued_is_written_over(folder: Folder) -> None:
    """The adjustment may not take the place of a document that was issued."""
    before = (folder.at / "q1.json").read_bytes()
    code, said = folder.refused("q1.json", also=f"--format json --output {folder.at}/../care/q1.json")
    assert 2 == code and "is named as issued: write the adjustment to another file" in said
    assert before == (folder.at / "q1.json").read_bytes()


# one payee's copies


def test_one_payees_copy_says_whose_it_is(folder: Folder) -> None:
    """A copy for one network is refused where all are adjusted, and adjusts that network alone where it is asked for; whole documents do so too."""
    folder.settle("Q1", "n1.json", "--network", "N1")
    assert ["N1"] == folder.json("n1.json")["copy_for"] and "copy_for" not in folder.json("q1.json")
    folder.counts("N1 Q1 90/100; N2 Q1 80/100")
    code, said = folder.refused("n1.json")
    assert (
        6 == code
        and "n1.json: error: copy_for: is a copy for N1 and says nothing of the others\n  hint: name the document of all payees, or add --network N1\n"
        in said
    )
    assert "copy_for: is a copy for N1, and N2 is asked for" in folder.refused("n1.json", also="--network N2")[1]
    alone = [folder.adjusted(name, also="--network N1") for name in ("n1.json", "q1.json")]
    assert [{"N1": ("17500.00", "25000.00", "7500.00")}] * 2 == [sums(found) for found in alone]
    assert {"issued": "17500.00", "now": "25000.00", "adjustment": "7500.00"} == alone[0]["totals"]
    assert (2, 'error: there is no payee "N7": known here: N1, N2\n') == folder.refused("q1.json", also="--network N7")


def test_copies_follow_each_other_as_the_whole_documents_do(folder: Folder) -> None:
    """A network holds copies of the settlement and of an adjustment that was made on whole documents: they fit, since both say what they were made of."""
    folder.settle("Q1", "n1.json", "--network", "N1")
    folder.counts("N1 Q1 90/100; N2 Q1 80/100")
    folder.written(folder.command("q1.json").removeprefix("p4p ") + " --network N1", "n1-adjusted.json")
    found = folder.adjusted("n1.json", "n1-adjusted.json", also="--network N1")
    assert {"N1": ("25000.00", "25000.00", "0.00")} == sums(found)


def test_a_pack_of_some_networks_is_a_copy(tmp_path: Path) -> None:
    """The JSON in a pack of N1's statement says that it holds N1 alone."""
    pack = tmp_path / "pack"
    assert 0 == play(f"p4p statement examples/tower-hamlets --quarter Q2 --network N1 --output {pack}").code
    (document,) = pack.glob("*.json")
    played = play(f"p4p adjust examples/tower-hamlets --issued {document}")
    assert 6 == played.code and "copy_for: is a copy for N1 and says nothing of the others" in played.err


# what does not fit: exit code 6


def test_documents_that_do_not_fit_the_contract_are_all_told(folder: Folder) -> None:
    """Another contract, another currency, a period of another year, payments of steps: each document is told, with what to do."""
    folder.changed("q1.json", lambda d: d["contract"].update(id="other"), "a.json")
    folder.changed("q1.json", lambda d: d.update(currency="USD", period="2010/11 Q1"), "b.json")
    folder.changed("q1.json", lambda d: d.update(period="Q1"), "c.json")
    saved(folder.at.parent / "share", NORTH="Q1=1.00")
    share = Folder(folder.at.parent / "share")
    share.settle("Q1", "d.json")
    share.changed("d.json", lambda d: (d["contract"].update(id="small"), d.update(period="2009/10 Q1")), "d.json")
    shutil.copy(share.at / "d.json", folder.at / "d.json")
    code, said = folder.refused("a.json", "b.json", "c.json", "d.json")
    assert 6 == code
    assert 5 == said.count(": error: ") == said.count("  hint: ") and "5 problems found; nothing was written" in said
    for text in (
        'a.json: error: contract.id: was issued under the contract "other", and this one is "small"',
        "b.json: error: currency: is in USD, and the contract pays in GBP",
        "b.json: error: period: 2010/11 is outside the contract, which covers 2009/10",
        'c.json: error: period: "Q1" is not written as p4p writes a period, like 2009/10 Q1',
        "d.json: error: payees[0]: was settled by `payments`, and the contract has `packages`",
    ):
        assert text in said


def test_a_document_is_given_once(folder: Folder) -> None:
    """The same bytes twice, the same settlement written twice, two settlements of a quarter, and a year that holds it."""
    shutil.copy(folder.at / "q1.json", folder.at / "again.json")
    folder.settle("Q1", "n1.json", "--network", "N1")
    assert (6, "again.json: error: is the same document as q1.json, byte for byte\n  hint: name it once\n") == folder.refused(
        "q1.json", "again.json"
    )
    said = folder.refused("q1.json", "n1.json", also="--network N1")[1]
    assert "n1.json: error: was made of the same contract, files and documents as q1.json: it is the same settlement" in said
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    folder.settle("Q1", "second.json")
    assert (
        "second.json: error: period: is a second settlement of 2009/10 Q1; q1.json is one already"
        in folder.refused("q1.json", "second.json")[1]
    )
    folder.counts("; ".join(f"N{n} Q{q} 90/100" for n in (1, 2) for q in (1, 2, 3, 4)))
    folder.settle("year", "year.json")
    assert "q1.json: error: period: 2009/10 Q1 has months that year.json settled with 2009/10" in folder.refused("year.json", "q1.json")[1]


def test_an_adjustment_stands_on_what_was_issued_before(folder: Folder) -> None:
    """Without its settlement, without an adjustment before it, on another settlement, or beside another adjustment: each is refused."""
    folder.settle("Q1", "q1-copy.json")
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    folder.adjust("a1.json", "q1.json")
    folder.settle("Q1", "other.json")
    folder.counts("N1 Q1 91/100; N2 Q1 80/100")
    folder.adjust("a2.json", "q1.json", "a1.json")
    folder.adjust("beside.json", "q1.json")
    assert 6 == folder.refused("a1.json")[0]
    assert "a1.json: error: issued[0]: stands on the settlement" in folder.refused("a1.json")[1]
    said = folder.refused("q1.json", "a2.json")[1]
    assert "a2.json: error: issued[1]: stands on the adjustment a1.json (SHA-256 " in said and "of 2009/10 Q1, which is not given" in said
    assert (
        "a1.json: error: issued[0]: adjusts another settlement of 2009/10 Q1 than other.json, namely q1.json"
        in folder.refused("other.json", "a1.json")[1]
    )
    assert (
        "beside.json: error: issued: adjusts 2009/10 Q1 as if a1.json had not been issued"
        in folder.refused("q1.json", "a1.json", "beside.json")[1]
    )
    # the same settlement written again, to another file, is the same settlement
    assert {"0.00"} == {p["adjustment"] for p in folder.adjusted("q1-copy.json", "a1.json", "a2.json")["payees"]}


def test_money_that_was_changed_by_hand_is_noticed_by_the_next_document(folder: Folder) -> None:
    """A settlement whose figures were changed consistently adds up, and does not fit the adjustment that was made on it; nor does an adjustment of fewer payees."""
    folder.counts("N1 Q1 90/100; N2 Q1 95/100")
    folder.adjust("a1.json", "q1.json")

    def raised(d: dict[str, Any]) -> None:
        n1 = d["payees"][0]
        for row, name in (
            (n1, "upfront"),
            (n1, "payable"),
            (n1["packages"][0], "upfront"),
            (d["totals"], "upfront"),
            (d["totals"], "payable"),
        ):
            row[name] = plain(parse_plain(row[name]) + 1)

    folder.changed("q1.json", raised)
    assert {"N1": "7499.99", "N2": "0.00"} == {p["payee"]: p["adjustment"] for p in folder.adjusted("changed.json")["payees"]}
    code, said = folder.refused("changed.json", "a1.json")
    assert (
        6 == code
        and "a1.json: error: payees, N1, 2009/10 Q1: says that 17,500.00 had been issued, and the documents before it say 17,500.01" in said
    )

    def fewer(d: dict[str, Any]) -> None:
        del d["payees"][1]
        d["totals"] = {"issued": "17500.00", "now": "25000.00", "adjustment": "7500.00"}

    folder.changed("a1.json", fewer)
    assert (
        "changed.json: error: payees: says nothing of N2, who was paid for 2009/10 Q1 before"
        in folder.refused("q1.json", "changed.json")[1]
    )

    def elsewhere(d: dict[str, Any]) -> None:
        line = d["payees"][0]["periods"][0]["lines"][0]
        line["line"], line["issued_on"], line["now_on"] = "upfront", {}, {}

    folder.changed("a1.json", elsewhere)
    said = folder.refused("q1.json", "changed.json")[1]
    assert "payees, N1, 2009/10 Q1, care upfront: says another amount had been issued than the documents before it do" in said


def test_what_cannot_be_read_and_what_does_not_fit_are_told_together(folder: Folder) -> None:
    """A file that is no JSON beside a document of another contract: both are told, with exit code 3; the same of a file that is not there."""
    folder.changed("q1.json", lambda d: d["contract"].update(id="other"), "a.json")
    (folder.at / "text.json").write_text("not JSON", "utf-8")
    code, said = folder.refused("a.json", "text.json", "nowhere.json", "q1.json")
    assert 3 == code and "3 problems found" in said
    assert "text.json:1:1: error: is not JSON: expecting value" in said and "nowhere.json: error: there is no such file" in said
    assert "a.json: error: contract.id: was issued under" in said


# what cannot be read: exit code 3 (each message has a file in tests/errors/issued)


def test_every_sum_of_a_settlement_is_checked(folder: Folder) -> None:
    """Any one amount of a settlement changed by a penny is noticed, wherever it counts towards what is paid; so it is in an adjustment."""
    folder.counts("N1 Q1 90/100; N2 Q1 80/100")
    folder.adjust("a1.json", "q1.json")
    kept = ("value", "deferred", "brought_forward", "available", "shortfall")
    tried = 0
    for name in ("q1.json", "a1.json"):
        for path, amount in amounts(folder.json(name)):
            if path[-1] in kept or "instalments" in path or "unearned" in path:
                continue
            document = folder.json(name)
            node: Any = document
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = plain(parse_plain(amount) + 1)
            tried += 1
            with pytest.raises(InputError):
                parse_issued(json.dumps(document).encode(), name)
    # of each payee 4 amounts, 3 of its package, 1 of its line, and 4 totals; of each payee, period and line 3, and 3 totals
    assert 20 + 21 == tried


def amounts(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], str]]:
    """Every amount of a document, with the keys that lead to it."""
    if isinstance(node, str):
        return [(path, node)] if "." in node and node.replace("-", "").replace(".", "").isdigit() else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in items for found in amounts(value, (*path, key))]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document has at most 100,000,000 bytes: more is refused before it is looked at."""
    monkeypatch.setattr("p4p.files.issued_file.MAX_BYTES", 10)
    (tmp_path / "large.json").write_text("[" * 11, "utf-8")
    _, (problem,) = read_issued([str(tmp_path / "large.json")])
    assert "the file is larger than 10 bytes" == problem.what


def test_a_deep_document_is_refused() -> None:
    """A hundred thousand brackets are no document, and no fault of ours."""
    with pytest.raises(InputError, match="is nested deeper than any document of p4p"):
        parse_issued(b"[" * 100_000, "deep.json")


def test_a_published_copy_is_refused(tmp_path: Path) -> None:
    """What was written with --publish withholds figures and adjusts nothing."""
    document = tmp_path / "public.json"
    assert 0 == play(f"p4p settle examples/tower-hamlets --quarter Q1 --publish 1-7 --format json --output {document}").code
    played = play(f"p4p adjust examples/tower-hamlets --issued {document}")
    assert 3 == played.code and "publication: is a copy for publication: what it withholds cannot be adjusted" in played.err


# the example


def test_the_issued_example_is_what_its_page_says(tmp_path: Path) -> None:
    """The commands on the example's page write its two documents, byte for byte."""
    (tmp_path / "october").mkdir()
    rows = (EXAMPLE / "activity.csv").read_text("utf-8")
    for now, then in (("TH-31,DM2,2009-09,338,", "TH-31,DM2,2009-09,337,"), ("TH-23,DM3,2009-09,227,", "TH-23,DM3,2009-09,237,")):
        assert 1 == rows.count(now)
        assert f"s/^{now}/{then}/" in (ISSUED / "README.md").read_text("utf-8")
        rows = rows.replace(now, then)
    (tmp_path / "october" / "activity.csv").write_text(rows, "utf-8")
    for quarter in ("Q2", "Q3"):
        played = play(f"p4p settle examples/tower-hamlets {tmp_path}/october/activity.csv --quarter {quarter} --format json")
        assert (ISSUED / f"{quarter.lower()}.json").read_text("utf-8") == played.out.replace(f"{tmp_path}/", "")


def test_the_example_by_hand() -> None:
    """N8: 1,151 of 1,440 is below 80%, 1,152 is 80%: 5,625.00 for Q2 and the 5,625.00 that Q1 missed. N6: 575 of 1,313 on a scale from 40% to 50% is 0.379284...,
    of 11,250.00 to date 4,266.95, less the 86.54 of Q1: 4,180.41; 565 is 0.303122..., 3,410.13 less 86.54: 3,323.59. So 856.82 is recovered.
    """
    found = json.loads(play("p4p adjust examples/tower-hamlets --issued examples/tower-hamlets-issued/q2.json --format json").out)
    assert [("N6", "4180.41", "3323.59"), ("N8", "0.00", "11250.00")] == [(p, then, now) for p, _, _, then, now, _ in lines(found)]
    both = play(
        "p4p adjust examples/tower-hamlets --issued examples/tower-hamlets-issued/q2.json --issued examples/tower-hamlets-issued/q3.json --format json"
    )
    assert "0.00" == json.loads(both.out)["totals"]["adjustment"]  # Q3 had caught up by then what Q2 now pays
