"""What a user sees: commands and the exact text they print, in `tests/transcripts/*.txt`, and every command of the README.

A transcript is `$ command` lines, each followed by what it prints (stdout, then stderr) and, where it is not 0, `exit N`. Rewritten only by
`python tests/test_transcripts.py --write`; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "transcripts"
WIDTH = "100"


def run(command: str, cwd: Path = ROOT, width: str = WIDTH) -> str:
    """Run a `p4p` command as a user would and give what it prints, and its exit code unless that is 0."""
    words = shlex.split(command)
    assert words[0] == "p4p", command
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "P4P_TRACEBACK")}
    environment |= {"COLUMNS": width, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "p4p", *words[1:]], cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    text = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    return text + "\n" + (f"exit {done.returncode}\n" if done.returncode else "")


def commands(text: str) -> list[str]:
    """The commands of a transcript."""
    return re.findall(r"^\$ (.+)$", text, re.MULTILINE)


def played(text: str) -> str:
    """A transcript as it plays now."""
    return "\n".join(f"$ {command}\n{run(command)}" for command in commands(text))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda p: p.stem)
def test_transcript(path: Path) -> None:
    """A command prints what its transcript says."""
    text = path.read_text(encoding="utf-8")
    assert text == played(text)


def test_the_picture_shows_what_is_printed() -> None:
    """Every amount of the summary table stands in the picture of the README, which `python docs/picture.py` draws."""
    picture = (ROOT / "docs" / "settle.svg").read_text(encoding="utf-8")
    summary = run("p4p settle examples/tower-hamlets --quarter Q4").split("By indicator")[0]
    amounts = re.findall(r"-?[\d,]+\.\d\d", summary)
    assert [] == [amount for amount in amounts if amount not in picture]
    assert 5 * 9 == len(amounts)


def readme_commands() -> list[str]:
    """Every `p4p` command shown in the README, from code blocks with `$ ` or bare lines that start with p4p."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    shown = [re.sub(r"^.*\.venv/bin/(?=p4p )", "", line) for line in lines if re.match(r"(\$ )?p4p |.*\.venv/bin/p4p ", line)]
    return list(dict.fromkeys(re.sub(r"\s+#.*$", "", line) for line in shown))


def test_readme_commands_run(tmp_path: Path) -> None:
    """Every command of the README runs, in the order shown, in a folder like a user's."""
    for name in ("examples", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    failures = {command: text for command in readme_commands() if "\nexit " in (text := run(command, cwd=tmp_path))}
    assert failures == {}
    assert len(readme_commands()) >= 8


if __name__ == "__main__" and "--write" in sys.argv:
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(played(file.read_text(encoding="utf-8")), encoding="utf-8")
