"""`shortfall`, `dashboard` and `share` as commands: their manual page, widths, pipes, formats, and names that try something.

`PYTHONPATH=. python tests/test_board_commands.py --write` writes the outputs of the manual page that are left out altogether (`[...]` alone); read the difference
before committing it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from boards import contract_text, world
from test_transcripts import ROOT, run

PAGE = ROOT / "docs" / "shortfall-dashboard-share.md"
E = "examples/tower-hamlets"
COMMANDS = [
    f"p4p shortfall {E} --quarter Q3",
    f"p4p shortfall {E} --quarter Q3 --network N7",
    f"p4p dashboard {E} --month 2009-08",
    f"p4p dashboard {E} --network N3",
    f"p4p dashboard {E} --practice TH-11",
    f"p4p share {E} --quarter Q4 --network N1 --by contribution --rest-by equal",
    f'p4p share {E} --quarter Q3 --network N3 --by "registered list"',
]


def blocks(text: str) -> list[tuple[str, str]]:
    """The commands of the page, each with the output shown, `[...]` for lines left out."""
    found = []
    for block in re.findall(r"```\n(\$ .*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


def squeezed(text: str) -> str:
    """Output as the page shows it: without blank lines at its ends, and never two in a row."""
    return re.sub(r"\n{3,}", "\n\n", text.strip("\n")) + "\n"


@pytest.mark.parametrize(("command", "shown"), blocks(PAGE.read_text(encoding="utf-8")))
def test_the_manual_page(command: str, shown: str) -> None:
    """Each command of the page prints what the page shows."""
    output = squeezed(run(command, width="80"))
    pattern = ".*".join(map(re.escape, shown.split("[...]\n")))
    assert re.fullmatch(pattern, output, re.DOTALL), output


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_fit(command: str, width: int) -> None:
    """At 80 and at 200 columns no row of a table is wider than the terminal, and no figure is cut."""
    lines = run(command, width=str(width)).splitlines()
    assert [line for line in lines if len(line) > width and "  " in line.strip()] == []
    assert "exit" not in lines[-1]


def test_a_wide_terminal_is_used() -> None:
    """At 200 columns the bars are long, each network has its year, and each practice its months."""
    narrow, wide = (run(f"p4p dashboard {E} --month 2009-08 --network N3", width=w) for w in ("80", "200"))
    assert max(line.count("█") for line in wide.splitlines()) > 2 * max(line.count("█") for line in narrow.splitlines())
    assert any("TH-10" in line and line.count("%") == 6 for line in wide.splitlines())
    assert "▁▂▄▆█" in run(f"p4p dashboard {E} --month 2009-08", width="200")


@pytest.mark.parametrize("command", COMMANDS)
def test_plain_terminals(command: str) -> None:
    """Where the terminal has no blocks or arrows, bars and sparklines are plain characters; a pipe gets no escape codes."""
    words = [sys.executable, "-m", "p4p", *shlex.split(command)[1:]]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False)
    text = done.stdout.decode("ascii")
    assert done.returncode == 0
    assert "\x1b" not in text
    if "dashboard" in command and "--n" in command:
        assert "####" in text and "|" in text


def test_the_same_twice() -> None:
    """The same inputs give the same bytes, whatever the hash seed."""
    for command in COMMANDS:
        first, second = (
            subprocess.run(
                [sys.executable, "-m", "p4p", *shlex.split(command)[1:], "--format", "json"],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
                capture_output=True,
                check=True,
            ).stdout
            for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
        )
        assert first == second


def test_json_and_csv_agree() -> None:
    """The same money stands in both formats, as decimal text, and adds up."""
    document = json.loads(run(f"p4p shortfall {E} --quarter Q3 --format json"))
    rows = list(csv.DictReader(io.StringIO(run(f"p4p shortfall {E} --quarter Q3 --format csv"))))
    lines = [row for row in rows if not row["practice"]]
    assert [line["left"] for line in document["lines"]] == [row["left"] for row in lines]
    assert sum(Decimal(row["left"] or "0") for row in rows) == Decimal(document["left"])
    board = json.loads(run(f"p4p dashboard {E} --month 2009-08 --format json"))
    months = list(csv.DictReader(io.StringIO(run(f"p4p dashboard {E} --month 2009-08 --format csv"))))
    assert len(board["rows"]) * 5 == len([row for row in months if not row["practice"]])
    shared = json.loads(run(f"p4p share {E} --quarter Q4 --network N1 --by equal --format json"))
    parts = list(csv.DictReader(io.StringIO(run(f"p4p share {E} --quarter Q4 --network N1 --by equal --format csv"))))
    assert [p["amount"] for p in shared["practices"]] == [row["amount"] for row in parts]


def test_names_take_no_effect(tmp_path: Path) -> None:
    """A formula, markup and an escape sequence in a practice's name are text: not in CSV, not on the screen."""
    folder = tmp_path / "w"
    world(folder, contract_text("{kind: all_or_nothing, target: at least 90%}"), "P1 2009/10_Q1 80/100\nP2 2009/10_Q1 80/100")
    practices = folder / "practices.csv"
    text = (
        practices.read_text(encoding="utf-8")
        .replace("P1 Surgery", '"=HYPERLINK(""http://x"")"')
        .replace("P2 Surgery", "[red]Two[/red] :100:")
    )
    practices.write_text(text, encoding="utf-8")
    for command in ("shortfall {} --quarter Q1 --network N1", "dashboard {} --network N1", "share {} --quarter Q1 --network N1 --by equal"):
        table = run(f"p4p {command.format(folder)}")
        assert "=HYPERLINK" in table and "[red]Two[/red] :100:" in table
    for command in ("shortfall {} --quarter Q1", "share {} --quarter Q1 --network N1 --by equal"):
        rows = list(csv.reader(io.StringIO(run(f"p4p {command.format(folder)} --format csv"))))
        assert [cell for row in rows for cell in row if cell.startswith("=")] == []
        assert '\'=HYPERLINK("http://x")' in [cell for row in rows for cell in row]


@pytest.mark.parametrize(
    ("command", "says", "code"),
    [
        (f"p4p shortfall {E}", "error: say which quarter: --quarter Q1", 2),
        (f"p4p shortfall {E} --quarter 2009/10", 'error: "2009/10" is not one quarter: write --quarter Q1', 2),
        (f"p4p shortfall {E} --quarter Q1 --network N10", 'error: there is no network "N10": did you mean "N1"?', 2),
        (f"p4p dashboard {E} --month 2009-13", 'error: "2009-13" is not a month like 2009-04', 2),
        (f"p4p dashboard {E} --month 2010-04", "error: 2010-04 is outside the contract, which runs from 2009-04 to 2010-03", 2),
        (f"p4p dashboard {E} --network X", 'error: there is no network "X"', 2),
        (f"p4p share {E} --quarter Q1 --network N1 --by lists", 'error: there is no list "lists", and no other base of that name', 2),
        (f"p4p share {E} --quarter Q1 --network N1 --by equal --list-date 1/4/09", 'error: "1/4/09" is not a date like 2009-04-01', 2),
    ],
)
def test_wrong_words(command: str, says: str, code: int) -> None:
    """A command line that asks for what cannot be is refused in words, before any table."""
    output = run(command)
    assert says in output
    assert output.endswith(f"exit {code}\n")
    assert "─" not in output


if __name__ == "__main__" and "--write" in sys.argv:
    page = PAGE.read_text(encoding="utf-8")
    for old_command, old in blocks(page):
        if old.strip() == "[...]" or not old:
            page = page.replace(f"$ {old_command}\n{old}", f"$ {old_command}\n{squeezed(run(old_command, width='80'))}", 1)
    PAGE.write_text(page, encoding="utf-8")
