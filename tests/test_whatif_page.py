"""docs/whatif.md: every command on the page prints what the page says, and every amount in its prose is one that the program printed.

`python tests/test_whatif_page.py --write` writes the outputs anew; nothing else does. Read the difference before committing it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "whatif.md"
WIDTH = "100"

_BLOCK = re.compile(r"```\n\$ (.+)\n((?:(?!```).*\n)*)```\n")
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+\.\d\d")


@cache
def run(command: str) -> str:
    """What a command of the page prints, through a shell, as pages show pipes too."""
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "P4P_TRACEBACK")}
    environment |= {"COLUMNS": WIDTH, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    script = f'p4p() {{ "{sys.executable}" -m p4p "$@"; }}\n{command}'
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    return "".join(f"{line.rstrip()}\n" for line in (done.stdout + done.stderr).splitlines())


def page() -> str:
    return PAGE.read_text("utf-8")


@pytest.mark.parametrize(("command", "said"), _BLOCK.findall(page()), ids=lambda text: text[:60])
def test_a_command_prints_what_the_page_says(command: str, said: str) -> None:
    """Copied from the page into a terminal, a command gives the page's own answer."""
    assert said == run(command)


def test_every_command_on_the_page_is_in_a_block_that_is_run() -> None:
    """No command is shown without its output."""
    shown = re.findall(r"^(?:\$ )?(p4p .+)$", page(), re.MULTILINE)
    assert shown == [command for command, _ in _BLOCK.findall(page()) if command.startswith("p4p ")]
    assert len(shown) >= 8


def test_every_amount_in_the_prose_was_printed() -> None:
    """The story is told with the program's own figures."""
    story = _BLOCK.sub("", page())
    commands = [command.partition(" | ")[0] for command, _ in _BLOCK.findall(page())]
    printed = "".join(run(command) for command in dict.fromkeys(commands))
    assert [amount for amount in _AMOUNT.findall(story) if amount not in printed] == []


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(_BLOCK.sub(lambda m: f"```\n$ {m[1]}\n{run(m[1])}```\n", page()), encoding="utf-8")
