"""The same files give the same bytes, whatever the locale, the time zone, the hash seed and the number of threads.

    python tests/same_bytes.py [--runs 20] [--folder examples/tower-hamlets --quarter Q4]

Every command that answers is run in settings drawn so that each locale, zone, seed and number of threads comes up, and twice in the first one, seconds apart.
What it prints and every file that it writes must be the same to the byte. A pack holds all of its formats: workbook, PDF, HTML, CSV and JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCALES = ("C", "C.UTF-8")
ZONES = ("UTC", "Pacific/Auckland", "America/St_Johns")
SEEDS = ("0", "1", "31337")
THREADS = ("1", "2")


@dataclass(frozen=True)
class Setting:
    """What may not matter."""

    locale: str
    zone: str
    seed: str
    threads: str

    def environment(self) -> dict[str, str]:
        """The environment of a process in it."""
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "P4P_"))
        }
        own = {"LC_ALL": self.locale, "TZ": self.zone, "PYTHONHASHSEED": self.seed, "POLARS_MAX_THREADS": self.threads}
        return kept | own | {"PYTHONPATH": str(ROOT)}


def settings(runs: int) -> list[Setting]:
    """So many settings, spread over all that there are, the first of them twice."""
    every = [Setting(*values) for values in itertools.product(LOCALES, ZONES, SEEDS, THREADS)]
    step = 7  # shares no factor with the number of settings, so that all come up before one does again
    return [every[0], *(every[i * step % len(every)] for i in range(runs - 1))]


def commands(folder: str, quarter: str, network: str, split: str) -> list[list[str]]:
    """Every command that answers about a folder, in every format."""
    asked: list[list[str]] = [
        ["settle", folder, "--quarter", quarter],
        ["settle", folder, "--year"],
        ["explain", folder, "--quarter", quarter, "--network", network],
        ["whatif", folder, "--quarter", quarter, "--split", split],
        ["shortfall", folder, "--quarter", quarter],
        ["dashboard", folder],
        *([["adjust", folder, "--issued", f"{folder}-issued/q2.json"]] if (ROOT / f"{folder}-issued").is_dir() else []),
    ]
    out = [[*words, "--format", format] for words in asked for format in ("table", "csv", "json")]
    out.append(["whatif", folder, "--quarter", quarter, "--draws", "200", "--format", "csv"])
    out.append(["share", folder, "--quarter", quarter, "--network", network, "--by", "equal", "--format", "json"])
    out += [["describe", folder], ["check", folder]]
    out.append(["statement", folder, "--quarter", quarter, "--split", split, "--output", "PACK"])
    return out


def said(words: Sequence[str], setting: Setting) -> dict[str, str]:
    """The SHA-256 of what a command prints, and of every file that it writes."""
    with tempfile.TemporaryDirectory() as name:
        pack = Path(name) / "pack"
        line = [sys.executable, "-m", "p4p", *(str(pack) if word == "PACK" else word for word in words)]
        done = subprocess.run(line, cwd=ROOT, env=setting.environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        files = {p.relative_to(name).as_posix(): p.read_bytes() for p in sorted(pack.rglob("*")) if p.is_file()}
        return {what: hashlib.sha256(raw).hexdigest() for what, raw in {"stdout": done.stdout, **files}.items()}


def differing(words: Sequence[str], runs: int) -> tuple[int, list[str]]:
    """How many outputs a command has, and which of them are not the same in every run."""
    first, *others = settings(runs)
    expected, found = said(words, first), list[str]()
    for setting in others:
        actual = said(words, setting)
        wrong = sorted(what for what in {*expected, *actual} if expected.get(what) != actual.get(what))
        found += [f"{' '.join(words)}: {', '.join(wrong)} in {setting}"] if wrong else []
    return len(expected), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--folder", default="examples/tower-hamlets")
    parser.add_argument("--quarter", default="Q4")
    parser.add_argument("--network", default="N5")
    parser.add_argument("--split", default="diabetes=60/40")
    a = parser.parse_args()
    total, outputs = 0, 0
    for words in commands(a.folder, a.quarter, a.network, a.split):
        many, found = differing(words, a.runs)
        print(f"{' '.join(words)}: {many} outputs, {a.runs} runs", *found, sep="\n  ", flush=True)
        total, outputs = total + len(found), outputs + many
    print(f"{outputs} outputs, {a.runs} runs each in {len(set(settings(a.runs)))} settings: {total} differ")
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
