"""The same files give the same bytes, whatever the locale, the time zone, the hash seed and the number of threads.

    python tests/same_bytes.py [--runs 20] [--folder examples/tower-hamlets --quarter Q4]

Every command that answers is run in settings drawn so that each locale, zone, seed and number of threads comes up, and twice in the first one, seconds apart.
What it prints and every file that it writes must be the same to the byte. A pack holds all of its formats: workbook, PDF, HTML, CSV and JSON. Contracts of
care packages and contracts with `payments`.

Foreign locales are made by `localedef` from what the system's package of locales has, in a folder of their own; where one cannot be had, that is said, and the
others are used. In a locale that is not of UTF-8 a terminal gets that locale's characters, so there only what goes to files is compared.
"""

from __future__ import annotations

import argparse
import atexit
import functools
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCALES = ("C", "C.UTF-8")
FOREIGN = ("tr_TR.UTF-8", "de_DE.UTF-8")  # a dotless i; a comma for decimals
NOT_UTF8 = ("de_DE.ISO-8859-1",)
ZONES = ("UTC", "Pacific/Auckland", "America/St_Johns")
SEEDS = ("0", "1", "31337")
THREADS = ("1", "2")


@functools.cache
def made() -> tuple[str, dict[str, str]]:
    """A folder of foreign locales, and for each of them what it says of itself: its name as Python knows it and its sign for decimals; "" where it cannot be had."""
    folder = tempfile.mkdtemp(prefix="locales-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    out = {}
    for name in (*FOREIGN, *NOT_UTF8):
        language, _, charset = name.partition(".")
        if shutil.which("localedef"):
            subprocess.run(["localedef", "-i", language, "-f", charset, str(Path(folder) / name)], capture_output=True, check=False)
        ask = "import locale; print(locale.setlocale(locale.LC_ALL, ''), locale.localeconv()['decimal_point'])"
        environment = os.environ | {"LC_ALL": name, "LOCPATH": folder}
        said = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=False)
        out[name] = said.stdout.strip() if said.returncode == 0 else ""
    return folder, out


def locales(files: bool = False) -> tuple[str, ...]:
    """The locales that can be had here, for what is printed, or for what goes to files."""
    return (*LOCALES, *(name for name, said in made()[1].items() if said and (files or name not in NOT_UTF8)))


@dataclass(frozen=True)
class Setting:
    """What may not matter."""

    zone: str
    seed: str
    threads: str
    locale: str

    def environment(self) -> dict[str, str]:
        """The environment of a process in it."""
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "P4P_"))
        }
        own = {"LC_ALL": self.locale, "TZ": self.zone, "PYTHONHASHSEED": self.seed, "POLARS_MAX_THREADS": self.threads}
        return kept | own | {"PYTHONPATH": str(ROOT), "LOCPATH": made()[0]}


def settings(runs: int, files: bool = False) -> list[Setting]:
    """So many settings, spread over all that there are, the first of them twice."""
    every = [Setting(*values) for values in itertools.product(ZONES, SEEDS, THREADS, locales(files))]
    step = 7  # shares no factor with the number of settings, so that all come up before one does again
    return [every[0], *(every[i * step % len(every)] for i in range(runs - 1))]


def commands(folder: str, quarter: str, network: str, split: str) -> list[list[str]]:
    """Every command that answers about a folder, in every format; OUT is a file or a folder that it writes."""
    of = [folder, "--quarter", quarter]
    asked: list[list[str]] = [
        ["settle", *of],
        ["settle", folder, "--year"],
        ["explain", *of, "--network", network],
        ["whatif", *of, "--split", split],
        ["shortfall", *of],
        ["dashboard", folder],
        *([["adjust", folder, "--issued", f"{folder}-issued/q2.json"]] if (ROOT / f"{folder}-issued").is_dir() else []),
    ]
    out = [[*words, "--format", format] for words in asked for format in ("table", "csv", "json")]
    out += [[*words, "--publish", "1-7"] for words in (["settle", *of, "--format", "json"], ["shortfall", *of], ["dashboard", folder])]
    out += [["settle", *of, "--format", format, "--output", "OUT"] for format in ("table", "csv", "json")]
    out.append(["settle", *of, "--verify", "--format", "csv"])
    out.append(["whatif", *of, "--draws", "200", "--format", "csv"])
    out.append(["whatif", folder, "--back-test", "--split", split])
    out.append(["whatif", *of, "--break-even", "--split", split, "--format", "json"])
    out.append(["share", *of, "--network", network, "--by", "equal", "--format", "json"])
    out += [["describe", folder], ["describe", folder, "--output", "OUT"], ["check", folder]]
    out.append(["statement", *of, "--split", split, "--output", "OUT"])
    out.append(["statement", *of, "--publish", "1-7", "--output", "OUT"])
    return out


def scheme_commands(contract: str, counts: str, when: Sequence[str], payee: str, setting: str) -> list[list[str]]:
    """Every command that answers about a contract with `payments`, in every format."""
    asked = [["settle"], ["explain", "--network", payee], ["whatif", "--set", setting]]
    out = [[words[0], contract, counts, *when, *words[1:], "--format", format] for words in asked for format in ("table", "csv", "json")]
    out.append(["settle", contract, counts, *when, "--verify", "--format", "json", "--output", "OUT"])
    return [*out, ["describe", contract], ["check", contract], ["statement", contract, counts, *when, "--output", "OUT"]]


SCHEMES = [
    *scheme_commands(
        "contracts/northumberland-frail-elderly.yaml",
        "examples/schemes/northumberland-frail-elderly",
        ("--quarter", "Q2"),
        "Blyth",
        "figures.admissions=-1%",
    ),
    ["settle", "contracts/qof-2023-24.yaml", "examples/schemes/qof-2023-24", "--month", "2023-05", "--format", "csv"],
    ["statement", "contracts/qof-2023-24.yaml", "examples/schemes/qof-2023-24", "--month", "2023-05", "--output", "OUT"],
]

OTHERS = [["kinds"], ["kinds", "gain_share"], ["contracts"], ["init", "OUT"], ["init", "OUT", "--template", "savings-share"], ["--help"]]


def said(words: Sequence[str], setting: Setting) -> dict[str, str]:
    """The SHA-256 of what a command prints, and of every file that it writes."""
    with tempfile.TemporaryDirectory() as name:
        line = [sys.executable, "-m", "p4p", *(str(Path(name) / "out") if word == "OUT" else word for word in words)]
        done = subprocess.run(line, cwd=ROOT, env=setting.environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        files = {p.relative_to(name).as_posix(): p.read_bytes() for p in sorted(Path(name).rglob("*")) if p.is_file()}
        assert done.stdout or files
        return {what: hashlib.sha256(raw).hexdigest() for what, raw in {"stdout": done.stdout, **files}.items()}


def differing(words: Sequence[str], runs: int) -> tuple[int, list[str]]:
    """How many outputs a command has, and which of them are not the same in every run."""
    first, *others = settings(runs, "OUT" in words)
    expected, found = said(words, first), list[str]()
    for setting in others:
        actual = said(words, setting)
        wrong = sorted(what for what in {*expected, *actual} if expected.get(what) != actual.get(what))
        found += [f"{' '.join(words)}: {', '.join(wrong)} in {setting}"] if wrong else []
    return len(expected), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1, help="so many commands at once")
    parser.add_argument("--skip", type=int, default=0, help="leave the first so many commands out: to go on where one stopped")
    parser.add_argument("--only", default="", metavar="WORDS", help="only the commands that hold these words")
    parser.add_argument("--folder", default="examples/tower-hamlets")
    parser.add_argument("--quarter", default="Q4")
    parser.add_argument("--network", default="N5")
    parser.add_argument("--split", default="diabetes=60/40")
    a = parser.parse_args()
    for name, says in made()[1].items():
        print(f"locale {name}: " + (f"there ({says} for decimals)" if says else "SKIPPED: it cannot be had here"), flush=True)
    asked = [*OTHERS, *SCHEMES, *commands(a.folder, a.quarter, a.network, a.split)][a.skip :]
    asked = [words for words in asked if a.only in " ".join(words)]
    total, outputs, used = 0, 0, set[Setting]()
    with ThreadPoolExecutor(a.jobs) as pool:
        for words, (many, found) in zip(asked, pool.map(differing, asked, itertools.repeat(a.runs)), strict=True):
            used |= set(settings(a.runs, "OUT" in words))
            print(f"{' '.join(words)}: {many} outputs, {a.runs} runs", *found, sep="\n  ", flush=True)
            total, outputs = total + len(found), outputs + many
    print(f"{len(asked)} commands x {a.runs} runs: {outputs} outputs, {outputs * (a.runs - 1)} comparisons, {total} differ")
    for name in ("locale", "zone", "seed", "threads"):
        print(f"  {name}: {', '.join(sorted({getattr(setting, name) for setting in used}))}")
    print(f"  {len(used)} settings of {len(set(itertools.product(ZONES, SEEDS, THREADS, locales(files=True))))}")
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
