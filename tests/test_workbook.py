"""The workbook: real numbers, live formulas whose stored values are right, names that stay names; recalculated by LibreOffice where it is installed."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from office import near, needs_office, recalculated, with_wrong_values
from packs import EXAMPLE, HOSTILE, Cell, cells, found, settled, written

from p4p.numbers.errors import WriteError
from p4p.settling.settlement import Settlement
from p4p.statements import workbook
from p4p.statements.statement import cover, statements
from p4p.statements.workbook import Workbook


def book(settlement: Settlement, path: Path) -> dict[str, dict[str, Cell]]:
    """Write a settlement's workbook and read it back."""
    with Workbook(str(path), cover(settlement), len(settlement.by_network)) as made:
        for statement in statements(settlement):
            made.add(statement)
    return cells(path)


def test_the_summary(tmp_path: Path) -> None:
    """A row for each network and a total, in pounds, as worked out by hand."""
    sheet = book(settled(written(tmp_path)), tmp_path / "b.xlsx")["Summary"]
    rows = {found(sheet, code): code for code in ("N1", "N2", "Total")}
    amounts = {code: [sheet[f"{column}{row}"].value for column in "CDEFGH"] for row, code in rows.items()}
    assert amounts == {
        "N1": ["45500.00", "20500.00", "5490.43", "0.00", "50990.43", "15009.57"],
        "N2": ["45500.00", "20500.00", "20500.00", "0.00", "66000.00", "0.00"],
        "Total": ["91000.00", "41000.00", "25990.43", "0.00", "116990.43", "15009.57"],
    }


def test_sums_are_live(tmp_path: Path) -> None:
    """Totals, payables and shortfalls are formulas; a network's row points at its own sheet."""
    sheet = book(settled(written(tmp_path)), tmp_path / "b.xlsx")["Summary"]
    one, total = found(sheet, "N1"), found(sheet, "Total")
    assert sheet[f"C{one}"].formula.startswith("'N1'!")
    assert sheet[f"G{one}"].formula == f"C{one}+E{one}+F{one}"
    assert sheet[f"G{total}"].formula == f"SUM(G{one}:G{int(total) - 1})"


def test_every_sheet_is_there(tmp_path: Path) -> None:
    """Summary, one for each network, indicators, practices, adjustments, inputs with hashes, notes."""
    sheets = book(settled(written(tmp_path)), tmp_path / "b.xlsx")
    assert list(sheets) == ["Summary", "N1", "N2", "Indicator detail", "Practice evidence", "Adjustments", "Inputs", "Notes"]
    hashes = [c.value for c in sheets["Inputs"].values() if re.fullmatch("[0-9a-f]{64}", c.value)]
    assert len(hashes) == 3


def test_practice_evidence(tmp_path: Path) -> None:
    """P2 had 78 of 89 with a care plan, holds the one patient that N1 lacks and would itself need 3 more for 90%: 80.1, so 81."""
    sheet = book(settled(written(tmp_path)), tmp_path / "b.xlsx")["Practice evidence"]
    (row,) = [re.sub("[A-Z]", "", k) for k, c in sheet.items() if c.value == "P2" and sheet["D" + k[1:]].value == "DM1"]
    assert [sheet[f"{column}{row}"].value for column in "FGHJK"] == ["78", "89", "0", "1", "3"]
    assert sheet[f"I{row}"].formula == f'IF(G{row}-H{row}<=0,"",F{row}/(G{row}-H{row}))'


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text(tmp_path: Path, name: str) -> None:
    """Whatever a name holds, the workbook's formulas and links are the same as with plain names, and the name is a text cell."""
    plain = book(settled(written(tmp_path / "plain")), tmp_path / "plain.xlsx")
    named = book(settled(written(tmp_path / "named", {"N1": name, "P1": name})), tmp_path / "named.xlsx")
    formulas = [[(sheet, at, c.formula) for sheet, here in b.items() for at, c in here.items() if c.formula] for b in (plain, named)]
    assert formulas[0] == formulas[1]
    assert [c.is_text for c in named["Practice evidence"].values() if c.value == name] == [True] * 4
    with zipfile.ZipFile(tmp_path / "named.xlsx") as z:
        assert not any("hyperlink" in z.read(n).decode("utf-8", "replace") for n in z.namelist() if n.startswith("xl/worksheets"))


@pytest.mark.parametrize("code", ["Summary", "NOTES", "History", "inputs", "A1", "R1C1", "CON", "1.5"])
def test_a_network_code_that_is_also_a_sheet_or_a_cell(tmp_path: Path, code: str) -> None:
    """A network may be called like a sheet, a cell or a device; its sheet still opens and its totals are found."""
    sheets = book(settled(written(tmp_path, codes={"N1": code})), tmp_path / "b.xlsx")
    assert len(sheets) == 8
    row = found(sheets["Summary"], code)
    name, place = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", sheets["Summary"][f"C{row}"].formula).groups()  # type: ignore[union-attr]
    assert sheets[name][place].value == "45500.00"


def test_many_networks_share_one_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit one sheet of lines takes the place of a sheet for each, its payable column adds up, and the notes say so."""
    monkeypatch.setattr(workbook, "MOST_SHEETS", 1)
    sheets = book(settled(written(tmp_path)), tmp_path / "b.xlsx")
    assert list(sheets) == ["Summary", "Lines", "Indicator detail", "Practice evidence", "Adjustments", "Inputs", "Notes"]
    lines = sheets["Lines"]
    total = found(lines, "Total")
    assert (lines[f"I{total}"].value, lines[f"I{total}"].formula[:14]) == ("116990.43", "SUBTOTAL(109,I")
    paid = [Decimal(c.value) for at, c in lines.items() if at[0] == "I" and not c.is_text and at != f"I{total}"]
    assert sum(paid) == Decimal("116990.43")
    assert any("2 networks: above 1 the sheet Lines" in c.value for c in sheets["Notes"].values())


def test_a_limit_of_workbooks_is_an_error(tmp_path: Path) -> None:
    """A row past the last that a sheet holds is told, with the sheet and row, and not left out in silence."""
    settlement = settled(written(tmp_path / "files"))
    words = "the workbook cannot hold this settlement: sheet Summary, row 1,048,577: more than 1,048,576 rows"
    with pytest.raises(WriteError, match=words), Workbook(str(tmp_path / "b.xlsx"), cover(settlement), 2) as made:
        made.summary.row = 1_048_576
        made.add(next(statements(settlement)))


def test_a_workbook_given_up_leaves_no_temporary_file(tmp_path: Path) -> None:
    """What the workbook keeps on disk meanwhile holds names and counts: it goes, whatever happens."""
    with pytest.raises(ZeroDivisionError), Workbook(str(tmp_path / "b.xlsx"), cover(settled(EXAMPLE)), 8):
        raise ZeroDivisionError
    assert {p.name for p in tmp_path.iterdir()} <= {"b.xlsx"}


def test_same_settlement_same_bytes(tmp_path: Path) -> None:
    """Two workbooks of one settlement are the same file."""
    settlement = settled(EXAMPLE, "Q3")
    book(settlement, tmp_path / "one.xlsx")
    book(settlement, tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@needs_office
@pytest.mark.parametrize("most", [60, 1])
def test_recalculated_by_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Every formula comes to the value stored with it, in both shapes of the workbook, when LibreOffice works all of them out anew."""
    monkeypatch.setattr(workbook, "MOST_SHEETS", most)
    ours = book(settled(EXAMPLE, "Q3"), tmp_path / "b.xlsx")
    with_wrong_values(tmp_path / "b.xlsx", tmp_path / "wrong.xlsx")
    theirs = recalculated(tmp_path / "wrong.xlsx", tmp_path)
    seen = 0
    for sheet, here in ours.items():
        for at, cell in here.items():
            if cell.formula:
                seen += 1
                again = theirs[sheet].get(at, Cell("", "", True)).value
                assert near(cell.value, again), f"{sheet}!{at} ={cell.formula}: {cell.value} stored, {again} recalculated"
    assert seen > 300
