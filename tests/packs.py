"""What the tests of the pack share: a quarter worked out by hand, names that try to take effect, and readers of what was written.

The contract is the Tower Hamlets example. Network N1 has the counts of its worked example "Shown as 90.0% and 95.0% but just below", N2 those of
"Exactly on every target"; both are worked out beside those examples, so in Q1:

            upfront      available    earned       payable       shortfall
    N1      45,500.00    20,500.00     5,490.43     50,990.43    15,009.57
    N2      45,500.00    20,500.00    20,500.00     66,000.00         0.00
    both    91,000.00    41,000.00    25,990.43    116,990.43    15,009.57
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.numbers.period import periods
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "tower-hamlets"

#: practice: (network, counts by indicator)
COUNTS = {
    "P1": ("N1", {"DM1": (110, 120), "DM2": (100, 120), "DM3": (64, 120), "MMR1": (228, 240)}),
    "P2": ("N1", {"DM1": (78, 89), "DM2": (67, 89), "DM3": (40, 89), "MMR1": (151, 159)}),
    "P3": ("N2", {"DM1": (560, 600), "DM2": (500, 600), "DM3": (310, 600), "MMR1": (38, 40)}),
    "P4": ("N2", {"DM1": (340, 400), "DM2": (300, 400), "DM3": (190, 400), "MMR1": (19, 20)}),
}

#: Names that try to be a formula, a link, markup, HTML, typst, a path, an escape sequence, a footer code; and a long one.
HOSTILE = (
    '=HYPERLINK("http://example.invalid","Pay")',
    "+1+1",
    "@SUM(1,1)",
    "-2+3",
    "http://example.invalid/",
    "[bold]Closed[/bold] [red] [/x]",
    "<script>window.taken=1</script>",
    '<img src=x onerror="window.taken=1">',
    "</script><script>window.taken=1</script>",
    "#panic() $x$ *bold* `raw` @label",
    "../../p4p_escape",
    "&G&P [:*?/\\]",
    "x" * 300,
)

#: Names with characters that cannot be seen: refused where they are read.
UNSEEN = ("\x1b]0;title\x07\x1b[2JOak\x1b[31m", "Oak \u202eeerT")


def written(folder: Path, names: Mapping[str, str] | None = None, codes: Mapping[str, str] | None = None) -> Path:
    """The files of the quarter above in a folder; `names` by practice or network code, `codes` in place of network codes."""
    names, codes = names or {}, codes or {}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contract.yaml").write_text((EXAMPLE / "contract.yaml").read_text("utf-8"), "utf-8")
    with open(folder / "practices.csv", "w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(("practice", "name", "network", "network_name"))
        for practice, (network, _) in COUNTS.items():
            out.writerow(
                (
                    practice,
                    names.get(practice, f"Practice {practice}"),
                    codes.get(network, network),
                    names.get(network, f"Network {network}"),
                )
            )
    with open(folder / "activity.csv", "w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(("practice", "indicator", "period", "numerator", "denominator"))
        for practice, (_, counts) in COUNTS.items():
            for indicator, (numerator, denominator) in counts.items():
                out.writerow((practice, indicator, "2009/10 Q1", numerator, denominator))
    return folder


def settled(folder: Path, quarter: str = "Q1") -> Settlement:
    """The settlement of a folder's files."""
    contract = read_contract(str(folder / "contract.yaml"))
    members = read_practices(str(folder / "practices.csv"), counted_on=contract.counted_on, lists=())
    activity = read_activity([str(folder / "activity.csv")], expected(contract), members)
    return settle(contract, members, activity, periods(quarter, contract.years))


@dataclass(frozen=True)
class Cell:
    """A cell of a workbook: what it shows as text, its formula ("" where it has none), and whether it is text."""

    value: str
    formula: str
    is_text: bool


def cells(path: Path) -> dict[str, dict[str, Cell]]:
    """Every cell of a workbook that holds something, by sheet and place."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    out: dict[str, dict[str, Cell]] = {}
    with zipfile.ZipFile(path) as z:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in z.namelist():
            shared = ["".join(si.itertext()) for si in ElementTree.fromstring(z.read("xl/sharedStrings.xml")).findall("m:si", space)]
        names = [s.attrib["name"] for s in ElementTree.fromstring(z.read("xl/workbook.xml")).find("m:sheets", space)]  # type: ignore[union-attr]
        for number, name in enumerate(names, 1):
            here = out.setdefault(name, {})
            for c in ElementTree.fromstring(z.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{{{space['m']}}}c"):
                kind = c.attrib.get("t", "n")
                formula, value = c.findtext("m:f", "", space), c.findtext("m:v", "", space)
                if kind == "inlineStr":
                    value = "".join(c.find("m:is", space).itertext())  # type: ignore[union-attr]
                elif kind == "s":
                    value = shared[int(value)]
                if value or formula:
                    here[c.attrib["r"]] = Cell(value, formula, kind in ("s", "inlineStr", "str"))
    return out


def found(sheet: Mapping[str, Cell], words: str) -> str:
    """The row of the first cell whose text starts with some words."""
    places = [re.sub("[A-Z]", "", at) for at, cell in sheet.items() if cell.is_text and cell.value.startswith(words)]
    assert places, f"no cell starts with {words}"
    return places[0]
