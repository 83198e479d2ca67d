"""The PDF statement: its text, two pages at most, the same bytes, names that stay names."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packs import EXAMPLE, HOSTILE, settled, written

from p4p.settling.settlement import Settlement
from p4p.statements.pdf import MOST, Printer, content
from p4p.statements.statement import cover, statements

POPPLER = shutil.which("pdftotext") and shutil.which("pdfinfo")
needs_poppler = pytest.mark.skipif(not POPPLER, reason="pdftotext and pdfinfo are not installed (Debian: poppler-utils)")


def printed(settlement: Settlement, network: str = "N1") -> bytes:
    """A network's statement."""
    about = cover(settlement)
    return Printer(about).pdf(next(s for s in statements(settlement) if s.network == network))


def read(pdf: bytes, path: Path) -> str:
    """The text of a PDF, a space between words."""
    path.write_bytes(pdf)
    text = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True).stdout.decode()
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def facts(pdf: bytes, path: Path) -> dict[str, str]:
    """What pdfinfo says of a PDF."""
    path.write_bytes(pdf)
    lines = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True).stdout.decode().splitlines()
    return {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}


def many_indicators(folder: Path, number: int) -> Path:
    """The quarter of `packs` with one package of many indicators, of equal weight, each a line of the first's counts."""
    written(folder)
    text = (folder / "contract.yaml").read_text("utf-8")
    head = text[: text.index("      indicators:")]
    rows = [
        f"        K{i:03}: {{title: Indicator {i}, weight: 1/{number}, curve: {{kind: linear, lower: 60%, upper: 95%}}}}"
        for i in range(number)
    ]
    (folder / "contract.yaml").write_text(head + "      indicators:\n" + "\n".join(rows) + "\n", "utf-8")
    counts = [f"P{p},K{i:03},2009/10 Q1,{80 + p},100" for i in range(number) for p in (1, 2, 3, 4)]
    (folder / "activity.csv").write_text("practice,indicator,period,numerator,denominator\n" + "\n".join(counts) + "\n", "utf-8")
    return folder


@needs_poppler
def test_what_it_says(tmp_path: Path) -> None:
    """The payment, how it was made, what was missed and how many patients, where it comes from and how to query it."""
    settlement = settled(written(tmp_path / "files"))
    text = read(printed(settlement), tmp_path / "n1.pdf")
    for words in (
        "Network N1",
        "Payment statement for 2009/10 Q1, 1 April 2009 to 30 June 2009.",
        "£50,990.43",
        "£45,500.00 is paid whatever is achieved. £5,490.43 was earned; £20,500.00 was available for this quarter.",
        "188 of 209 patients, 89.95%, is below the target of 90%.",
        "1 more patient for at least 90%, worth £7,500.00",
        "What becomes of it: can still be caught up this year.",
        f"SHA-256 {settlement.contract.sha256}",
        "none: values do not depend on a list",
        "to 30 June 2009",
        "Write to NHS Tower Hamlets, quoting tower-hamlets-2009-10, 2009/10 Q1, N1",
        "Page 1 of 2",
    ):
        assert words in text


@needs_poppler
def test_two_pages_tagged_and_without_a_date(tmp_path: Path) -> None:
    """Every statement of the example has at most two pages, tags for those who listen to it, a title, and no time of making."""
    settlement = settled(EXAMPLE, "Q3")
    printer = Printer(cover(settlement))
    for statement in statements(settlement):
        about = facts(printer.pdf(statement), tmp_path / "s.pdf")
        assert int(about["Pages"]) <= 2
        assert (about["Tagged"], about["Title"]) == ("yes", f"Payment statement, {statement.network}, 2009/10 Q3")
        assert "CreationDate" not in about and "ModDate" not in about


@needs_poppler
@pytest.mark.parametrize("number", [20, 60])
def test_many_indicators_still_take_two_pages(tmp_path: Path, number: int) -> None:
    """Twenty are all told; of sixty the statement says how many stand in the workbook, and nothing is left out unsaid."""
    pdf = printed(settled(many_indicators(tmp_path / "files", number)))
    assert facts(pdf, tmp_path / "s.pdf")["Pages"] == "2"
    text = read(pdf, tmp_path / "s.pdf")
    told = len(set(re.findall(r"K\d{3} Indicator", text)))
    left = re.search(r"(\d+) more indicators, £[\d,.]+ earned together, stand in the workbook", text)
    assert told + int(left[1] if left else 0) == number
    assert (left is None) == (number == 20)


@needs_poppler
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text(tmp_path: Path, name: str) -> None:
    """A name stands on the page as it was written, whatever language it speaks, and holds no link."""
    pdf = printed(settled(written(tmp_path / "files", {"N1": name, "P1": name})))
    assert facts(pdf, tmp_path / "s.pdf")["Pages"] == "2"
    text = read(pdf, tmp_path / "s.pdf")
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", text)
    assert b"/URI" not in pdf and b"/JavaScript" not in pdf


def test_same_settlement_same_bytes() -> None:
    """Two printings of one statement, by two printers, are the same file."""
    settlement = settled(EXAMPLE, "Q3")
    assert printed(settlement, "N5") == printed(settlement, "N5")


def test_parts_told_and_left_add_up(tmp_path: Path) -> None:
    """However many indicators are told one by one, the amounts on the page and the one for the rest come to the payment."""
    settlement = settled(many_indicators(tmp_path, 30))
    about, statement = cover(settlement), next(statements(settlement))
    for most in MOST:
        data = content(about, statement, most)
        amounts = [s["amount"] for s in data["steps"] if not s["main"]]
        rest = re.search(r"(£[\d,.]+) earned", data["steps_left"])
        pence = sum(int(re.sub(r"\D", "", a)) for a in [*amounts, *([rest[1]] if rest else [])])
        assert pence == statement.totals.payable
