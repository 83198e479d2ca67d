"""Draws docs/settle.svg: what `p4p settle examples/tower-hamlets --quarter Q4 --network N1` really prints.

    python docs/picture.py

A test runs the command again and says when the picture is out of date.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from test_transcripts import run  # noqa: E402

COMMAND = "p4p settle examples/tower-hamlets --quarter Q4"
PICTURE = ROOT / "docs" / "settle.svg"


def drawn() -> str:
    """The picture as SVG, without any address that a reader's browser would fetch."""
    console = Console(record=True, width=88, file=io.StringIO())
    lines = run(COMMAND, width="86").splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith(" N3 DM1"))
    kept = [*lines[:head], " …", *lines[next(i for i, line in enumerate(lines) if line.startswith("Note ")) :]]
    console.print(Text(f"$ {COMMAND}", style="bold green"))
    for line in kept:
        console.print(Text(line, style="bold" if line.startswith((" Total", "Care packages", "By indicator")) else ""), soft_wrap=False)
    svg = console.export_svg(title="p4p", theme=MONOKAI, unique_id="p4p")
    return re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
