"""The statement pack of a scheme: three streams on one page, a workbook whose sums are live, the same bytes twice."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from filled import settled
from office import near, needs_office, recalculated, with_wrong_values
from packs import cells, found

from p4p.files.folder import files_of
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.numbers.errors import UsageError
from p4p.settling.chain import SchemeSettlement, settle_scheme
from p4p.statements.scheme_pack import write_scheme_pack

ROOT = Path(__file__).parents[1]
POPPLER = shutil.which("pdftotext") and shutil.which("pdfinfo")
needs_poppler = pytest.mark.skipif(not POPPLER, reason="pdftotext and pdfinfo are not installed (Debian: poppler-utils)")


def pathway(quarter: str = "Q2") -> SchemeSettlement:
    """The pathway that is paid from three streams."""
    path = ROOT / "contracts" / "northumberland-frail-elderly.yaml"
    scheme = read_scheme(str(path))
    inputs = read_inputs(scheme, files_of([str(path), str(ROOT / "examples" / "schemes" / path.stem)]))
    return settle_scheme(scheme, inputs, *months_asked(scheme, quarter, None, None))


def test_every_file_is_there_with_its_hash(tmp_path: Path) -> None:
    """A workbook, a statement for each payee, CSV and JSON, and the hashes of all of them."""
    names = write_scheme_pack(pathway(), str(tmp_path / "pack"))
    assert sorted(names) == [
        *("SHA256SUMS", "payments.xlsx", "settlement.csv", "settlement.json"),
        *("statements/statement-Blyth.pdf", "statements/statement-West.pdf"),
    ]
    for line in (tmp_path / "pack" / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        assert digest == hashlib.sha256((tmp_path / "pack" / name).read_bytes()).hexdigest()


PER_HEAD = """p4p: 1
contract: names
title: A pound a head
commissioner: An example commissioner
year: 2016/17
currency: GBP
paid_to: federation
settled: yearly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
measures: {people: {title: People, unit: patients, measured: for the year}}
payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [people, £1.00]}}}}
"""


def test_each_payee_has_a_file_of_its_own(tmp_path: Path) -> None:
    """`A B` and `A&B` would be one name, and `c` and `C` are one on some disks: each has a file, listed once, and `D` keeps its plain name."""
    codes = ["A B", "A&B", "C", "D", "c"]
    figures = [(code, "people", "2016/17", n) for n, code in enumerate(codes, 1)]
    settlement = settled(tmp_path, PER_HEAD, "2016/17", figures).of
    names = [n for n in write_scheme_pack(settlement, str(tmp_path / "pack")) if n.startswith("statements/")]
    assert 5 == len({name.casefold() for name in names}) == len(list((tmp_path / "pack" / "statements").iterdir()))
    assert "statements/statement-D.pdf" in names
    listed = [line[66:] for line in (tmp_path / "pack" / "SHA256SUMS").read_text("utf-8").splitlines()]
    assert sorted(listed) == sorted({*listed}) and {*names} <= {*listed}
    alone = write_scheme_pack(settlement, str(tmp_path / "alone"), payees=["A&B"])
    assert [names[1]] == [n for n in alone if n.startswith("statements/")]


def test_a_pack_of_some_payees_holds_nobody_else(tmp_path: Path) -> None:
    """Two of three payees: their CSV, JSON and workbook are about 10 and 20 pounds, and the third's 40 stand nowhere."""
    settlement = settled(
        tmp_path, PER_HEAD, "2016/17", [("A", "people", "2016/17", 10), ("B", "people", "2016/17", 20), ("C", "people", "2016/17", 40)]
    ).of
    write_scheme_pack(settlement, str(tmp_path / "pack"), payees=["A", "B"])
    told = json.loads((tmp_path / "pack" / "settlement.json").read_text("utf-8"))
    assert (["A", "B"], "30.00") == ([p["payee"] for p in told["payees"]], told["totals"]["payable"])
    rows = list(csv.DictReader((tmp_path / "pack" / "settlement.csv").read_text("utf-8").splitlines()))
    assert {"A", "B"} == {row["payee"] for row in rows}
    assert "C" not in {cell.value for sheet in cells(tmp_path / "pack" / "payments.xlsx").values() for cell in sheet.values()}


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    """A pack is made of its inputs only."""
    for name in ("one", "two"):
        write_scheme_pack(pathway(), str(tmp_path / name))
    assert (tmp_path / "one" / "SHA256SUMS").read_text("utf-8") == (tmp_path / "two" / "SHA256SUMS").read_text("utf-8")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    """What is not a pack is not replaced."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is there already"):
        write_scheme_pack(pathway(), str(tmp_path / "pack"))
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["mine.txt"]


@needs_poppler
def test_three_streams_stand_on_one_statement(tmp_path: Path) -> None:
    """Blyth's quarter: care plans 402 x 62.50, a quarter of 0.5% of 14.2 million at 82.5%, and 40% of what was saved to date less what was paid."""
    settlement = pathway()
    (tmp_path / "out").mkdir()
    write_scheme_pack(settlement, str(tmp_path / "pack"), payees=["Blyth"])
    raw = subprocess.run(["pdftotext", str(tmp_path / "pack" / "statements" / "statement-Blyth.pdf"), "-"], check=True, capture_output=True)
    text = re.sub(r"\s+", " ", raw.stdout.decode().replace("\u200b", ""))
    for stream in ("Primary care (PCIS)", "Hospital (CQUIN)", "Community (locality network, gain share)"):
        assert stream in text
    # 17,750.00 x 82.5% = 14,643.75; 40% of 512,629.05 is 205,051.62, less 115,867.92 paid in the first quarter, is 89,183.70
    for amount in ("£17,750.00", "£14,643.75", "£205,051.62 due to date, less £115,867.92 paid before", "£89,183.70"):
        assert amount in text
    assert [p.name for p in (tmp_path / "pack" / "statements").iterdir()] == ["statement-Blyth.pdf"]


def test_the_workbook_adds_up(tmp_path: Path) -> None:
    """Each payable is upfront and earned; the foot follows the filter; every step has its rule."""
    settlement = pathway()
    write_scheme_pack(settlement, str(tmp_path / "pack"))
    sheets = cells(tmp_path / "pack" / "payments.xlsx")
    assert list(sheets) == ["Payments", "Steps", "Inputs"]
    sheet = sheets["Payments"]
    one, total = found(sheet, "Blyth"), found(sheet, "Total")
    assert sheet[f"I{one}"].formula == f"E{one}+G{one}"
    assert sheet[f"I{total}"].formula.startswith("SUBTOTAL(109,I")
    assert int(sheet[f"I{total}"].value.replace(".", "")) == settlement.totals()["payable"]


@needs_office
def test_an_office_comes_to_the_same_sums(tmp_path: Path) -> None:
    """Every formula comes to the value stored with it when LibreOffice works all of them out anew."""
    write_scheme_pack(pathway(), str(tmp_path / "pack"))
    ours = cells(tmp_path / "pack" / "payments.xlsx")
    with_wrong_values(tmp_path / "pack" / "payments.xlsx", tmp_path / "wrong.xlsx")
    theirs = recalculated(tmp_path / "wrong.xlsx", tmp_path)
    formulas = [(sheet, at, cell.value) for sheet, here in ours.items() for at, cell in here.items() if cell.formula]
    assert len(formulas) == 6 * 2 + 5
    assert [] == [(sheet, at) for sheet, at, value in formulas if not near(value, theirs[sheet][at].value)]
