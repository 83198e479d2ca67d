"""Small worlds for the tests of shortfall, dashboard and share-out: a contract, practices and counts as a user would write them."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.language.contract import Contract
from p4p.numbers.period import periods
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "tower-hamlets"

TERMS = {
    "network_rate": "pooled",
    "measured": "quarter",
    "catch_up": "none",
    "claw_back": "none",
    "unearned": "retained by commissioner",
    "empty_denominator": "pays nothing",
    "missing_data": "leave out",
    "withheld_data": "leave out",
}


def contract_text(curve: str, *, value: str = "{each: 4000.00}", split: str = "{upfront: 0%, performance: 100%}", **terms: str) -> str:
    """A contract of one package with one indicator, K1: by default 1,000.00 a quarter for each network, all of it to be earned."""
    performance = "\n".join(f"      {name}: {choice}" for name, choice in (TERMS | terms).items())
    return f"""p4p: 1
contract: small
title: A small contract
commissioner: NHS Somewhere
year: 2009/10
currency: GBP
paid_to: network
rounding: {{to: 0.01, mode: half-up, at: line}}
packages:
  care:
    title: Care package
    value: {value}
    split: {split}
    upfront: {{instalments: quarterly}}
    performance:
{performance}
      indicators:
        K1: {{title: The one thing, weight: 100%, curve: {curve}}}
"""


@dataclass(frozen=True)
class World:
    """What was read, and the folder it was read from."""

    folder: Path
    contract: Contract
    members: Members
    activity: Activity

    def settled(self, quarter: str = "Q1") -> Settlement:
        return settle(self.contract, self.members, self.activity, periods(quarter, self.contract.years))


def world(folder: Path, contract: str, activity: str, practices: str = "P1,N1 P2,N1", lists: str = "") -> World:
    """A world on disk. `activity`: `P1 2009-04 90/100` on each line, `90/100-5` with 5 excluded, `*` withheld; K1 unless a fourth word names another indicator.

    `practices`: `practice,network[,list_size[,from[,to[,successor]]]]` separated by spaces; lists are of 1 April 2009.
    """
    folder.mkdir(exist_ok=True)
    some_excluded = "-" in activity.replace("2009-", "").replace("2010-", "")
    rows = ["practice,indicator,period,numerator,denominator" + (",excluded" if some_excluded else "")]
    for line in activity.strip().splitlines():
        practice, period, counts, *indicator = line.split()
        top, _, rest = counts.partition("/")
        bottom, _, excluded = rest.partition("-")
        cells = [
            practice,
            (indicator or ["K1"])[0],
            period.replace("_", " "),
            top,
            bottom or "*",
            *([excluded or "0"] if some_excluded else []),
        ]
        rows.append(",".join(cells))
    members = ["practice,name,network,list_size,list_date,from,to,successor"]
    for text in practices.split():
        code, network, size, start, end, successor = (text.split(",") + [""] * 4)[:6]
        members.append(f"{code},{code} Surgery,{network},{size},{'2009-04-01' if size else ''},{start},{end},{successor}")
    for name, text in (("contract.yaml", contract), ("activity.csv", "\n".join(rows) + "\n"), ("practices.csv", "\n".join(members) + "\n")):
        (folder / name).write_text(text, encoding="utf-8")
    if lists:
        (folder / "lists.csv").write_text(lists, encoding="utf-8")
    return read_world(folder)


def read_world(folder: Path) -> World:
    """What a folder holds."""
    contract = read_contract(str(folder / "contract.yaml"))
    lists = [str(p) for p in sorted(folder.glob("lists*.csv"))]
    members = read_practices(str(folder / "practices.csv"), counted_on=contract.counted_on, lists=lists)
    return World(folder, contract, members, read_activity([str(folder / "activity.csv")], expected(contract), members))


@dataclass(frozen=True)
class Played:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int


def play(command: str, *, width: int = 100, encoding: str = "utf-8") -> Played:
    """Run a `p4p` command in this process, from the repository, into a pipe of a width and an encoding."""
    from p4p.cli import main

    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2)]
    with _as_if(shlex.split(command), str(width)), contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            main()
            code = 0
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 0
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding))  # type: ignore[attr-defined]
    return Played(texts[0], texts[1], code)


@contextlib.contextmanager
def _as_if(words: list[str], width: str) -> Iterator[None]:
    """The command line, folder and width as if a user had typed them; all put back after."""
    argv, folder, columns = sys.argv, Path.cwd(), os.environ.get("COLUMNS")
    sys.argv, os.environ["COLUMNS"] = words, width
    os.chdir(EXAMPLE.parents[1])
    try:
        yield
    finally:
        sys.argv = argv
        os.chdir(folder)
        if columns is None:
            os.environ.pop("COLUMNS")
        else:
            os.environ["COLUMNS"] = columns
