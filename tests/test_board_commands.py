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
from typing import Any

import pytest
from boards import EXAMPLE, contract_text, play, world

ROOT = EXAMPLE.parents[1]
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
    """Output as the page shows it: without spaces at the ends of lines and blank lines at its own, and never two in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines.strip("\n")) + "\n"


@pytest.mark.parametrize(("command", "shown"), blocks(PAGE.read_text(encoding="utf-8")))
def test_the_manual_page(command: str, shown: str) -> None:
    """Each command of the page prints what the page shows."""
    output = squeezed(play(command, width=80).out)
    pattern = ".*".join(map(re.escape, shown.split("[...]\n")))
    assert re.fullmatch(pattern, output, re.DOTALL), output


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_fit(command: str, width: int) -> None:
    """At 80 and at 200 columns every command shows a table, and no row of one is wider than the terminal."""
    played = play(command, width=width)
    assert (played.code, played.err) == (0, "")
    tables = [line.rstrip() for line in played.out.splitlines() if line.startswith(" ")]
    assert tables and max(map(len, tables)) <= width


def test_a_wide_terminal_is_used() -> None:
    """At 200 columns the bars are long, each network has its year, and each practice its months."""
    narrow, wide = (play(f"p4p dashboard {E} --month 2009-08 --network N3", width=w).out for w in (80, 200))
    assert max(line.count("█") for line in wide.splitlines()) > 2 * max(line.count("█") for line in narrow.splitlines())
    assert any("TH-10" in line and line.count("%") == 6 for line in wide.splitlines())
    assert "▁▂▄▆█" in play(f"p4p dashboard {E} --month 2009-08", width=200).out


@pytest.mark.parametrize("command", COMMANDS)
def test_plain_terminals(command: str) -> None:
    """Where the terminal has no blocks, arrows or signs, all is plain characters, and none is lost; a pipe gets no escape codes."""
    played = play(command, width=80, encoding="ascii")
    assert played.code == 0
    assert "\x1b" not in played.out and "?" not in played.out
    if "dashboard" in command and "--month" not in command:
        assert "####" in played.out and "|" in played.out


def test_the_same_twice() -> None:
    """The same inputs give the same bytes, whatever the hash seed and the time zone."""
    command = [sys.executable, "-m", "p4p", *shlex.split(COMMANDS[3])[1:], "--format", "json"]
    first, second = (
        subprocess.run(
            command,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    )
    assert first == second


def rows(command: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(play(f"{command} --format csv").out)))


def document(command: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(play(f"{command} --format json").out)
    return found


def test_json_and_csv_agree() -> None:
    """The same money stands in both formats, as decimal text, and adds up."""
    left, lines = document(f"p4p shortfall {E} --quarter Q3"), rows(f"p4p shortfall {E} --quarter Q3")
    assert [line["left"] for line in left["lines"]] == [row["left"] for row in lines if not row["practice"]]
    assert sum(Decimal(row["left"] or "0") for row in lines) == Decimal(left["left"])
    board, months = document(f"p4p dashboard {E} --month 2009-08"), rows(f"p4p dashboard {E} --month 2009-08")
    assert len(board["rows"]) * 5 == len([row for row in months if not row["practice"]])
    shared, parts = (read(f"p4p share {E} --quarter Q4 --network N1 --by equal") for read in (document, rows))
    assert [p["amount"] for p in shared["practices"]] == [row["amount"] for row in parts]


def test_names_take_no_effect(tmp_path: Path) -> None:
    """A formula, markup and an emoji code in practices' names are text: in CSV, and on the screen."""
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
        table = play(f"p4p {command.format(folder)}").out
        assert "=HYPERLINK" in table and "[red]Two[/red] :100:" in table
    for command in ("shortfall {} --quarter Q1", "share {} --quarter Q1 --network N1 --by equal"):
        cells = [cell for row in csv.reader(io.StringIO(play(f"p4p {command.format(folder)} --format csv").out)) for cell in row]
        assert [cell for cell in cells if cell.startswith("=")] == []
        assert '\'=HYPERLINK("http://x")' in cells


def test_written_whole(tmp_path: Path) -> None:
    """--output writes what would be printed, and says so on stderr."""
    target = tmp_path / "left.csv"
    played = play(f"p4p shortfall {E} --quarter Q3 --format csv --output {target}")
    assert (played.out, played.err) == ("", f"wrote {target}\n")
    assert target.read_text(encoding="utf-8") == play(f"p4p shortfall {E} --quarter Q3 --format csv").out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (f"p4p shortfall {E}", "error: say which quarter: --quarter Q1"),
        (f"p4p shortfall {E} --quarter 2009/10", 'error: "2009/10" is not one quarter: write --quarter Q1'),
        (f"p4p shortfall {E} --quarter Q1 --network N10", 'error: there is no network "N10": did you mean "N1"?'),
        (f"p4p dashboard {E} --month 2009-13", 'error: "2009-13" is not a month like 2009-04'),
        (f"p4p dashboard {E} --month 2010-04", "error: 2010-04 is outside the contract, which covers 2009/10"),
        (f"p4p dashboard {E} --network X", 'error: there is no network "X"'),
        (f"p4p share {E} --quarter Q1 --network N1 --by lists", 'error: there is no list "lists", and no other base of that name'),
        (f"p4p share {E} --quarter Q1 --network N1 --by equal --list-date 1/4/09", 'error: "1/4/09" is not a date like 2009-04-01'),
    ],
)
def test_wrong_words(command: str, says: str) -> None:
    """A command line that asks for what cannot be is refused in words, on stderr, before any table."""
    played = play(command)
    assert (played.out, played.code) == ("", 2)
    assert says in played.err


if __name__ == "__main__" and "--write" in sys.argv:
    page = PAGE.read_text(encoding="utf-8")
    for old_command, old in blocks(page):
        if old.strip() == "[...]" or not old:
            page = page.replace(f"$ {old_command}\n{old}", f"$ {old_command}\n{squeezed(play(old_command, width=80).out)}", 1)
    PAGE.write_text(page, encoding="utf-8")
