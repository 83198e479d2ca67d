"""Files mangled by the hundred thousand: contracts, practices, lists and activity.

    python tests/mangled.py --seed 1 --cases 100000 --jobs 2

Of every case one file is changed, by one to three changes of bytes, cells, keys or values, and it is settled inside this process: one in thirty-two by
`p4p settle --output`, the others by the functions that it calls. What must hold: the exit code is one of those that refuse, or 0; no internal fault; 5 seconds and 512 MB are enough; a refusal says where and writes nothing;
and what is settled is settled rightly, which is asked of `p4p.checkers.verify`, the checker that shares no code with the engine. Some changes also have a verdict
that is known beforehand: a row given twice, a code of nobody and a count like `1e3` are always refused; rows in another order, quotes and a byte order mark
never change a payment. The same seed makes the same cases; `--only 17` runs one of them and keeps its files.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("POLARS_MAX_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

from p4p import cli
from p4p.checkers.verify import verify
from p4p.commands.reading import quarters_asked
from p4p.counts.members import Members
from p4p.counts.roster import Roster
from p4p.files.activity_file import OPTIONAL, REQUIRED, _carefully, read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.files.table_text import Problems, Table
from p4p.language.contract import Contract
from p4p.numbers.errors import P4PError
from p4p.screens.tables import settlement_json
from p4p.settling.settle import expected, settle

ROOT = Path(__file__).parents[1]
SECONDS, MEGABYTES = 5, 512
COMMAND = 32  # one case in so many goes through the command line, the others straight through the functions that it calls

Verdict = Literal["any", "refused", "same"]
Files = dict[str, bytes]

#: One package of each kind that the language has, two networks, a practice that moves and one that merges.
EVERYTHING = """\
p4p: 1
contract: everything
title: Every kind of thing
commissioner: Nobody
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
membership: {counted_on: first day of the month}
packages:
  dated:
    title: Shared by list, split by date
    value: {total: 112000.01, shared_by: registered list, as_at: 2009-04-01}
    spread: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}
    split:
      2009-04-01: {upfront: 70%, performance: 30%}
      2009-09-01: {upfront: 60%, performance: 40%}
    upfront: {instalments: monthly}
    performance:
      network_rate: pooled
      measured: year to date
      catch_up: allowed
      claw_back: none
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        A1: {title: All or nothing, weight: 40%, curve: {kind: all_or_nothing, target: at least 80%}}
        A2: {title: Linear, weight: 1/3, curve: {kind: linear, lower: 60%, upper: 80%}}
        A3: {title: Tiered, weight: 4/15, curve: {kind: tiered, tiers: {at least 70%: 1/3, at least 90%: 100%}}}
  shared:
    title: Each the same, shared again
    value: {each: 33333.33}
    split: {upfront: 1/3, performance: 2/3}
    upfront: {instalments: quarterly}
    performance:
      network_rate: every practice
      measured: quarter
      unearned: {shared_among: earners, cap: 50%}
      empty_denominator: pays in full
      missing_data: leave out
      withheld_data: leave out
      indicators:
        B1: {title: Stepped, weight: 100%, curve: {kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 100%}}
  priced:
    title: A price for each patient of a register
    value: {price: 3.955, per: diabetes register, as_at: 2009-04-01}
    split: {upfront: 0%, performance: 100%}
    performance:
      network_rate: mean of practices
      measured: quarter
      unearned: carried forward within the year
      empty_denominator: pays nothing
      missing_data: pays nothing
      withheld_data: pays nothing
      indicators:
        C1: {title: Lower is better, weight: 100%, curve: {kind: linear, lower: 10%, upper: 40%, direction: lower is better}}
"""

EVERYONE = """\
practice,name,network,network_name,list_size,weighted_list,list_date,from,to,successor
P1,First Surgery,N1,North,4000,,2009-04-01,,,
P2,Second Surgery,N1,North,3000,,2009-04-01,,2009-05-31,
P2,Second Surgery,N2,South,3000,,2009-04-01,2009-06-01,,
P3,Third Surgery,N2,South,2500,,2009-04-01,,,
P4,Fourth Surgery,N2,South,700,,2009-04-01,,2009-05-31,P3
"""

REGISTERS = "practice,list,date,patients\nP1,diabetes register,2009-04-01,301\nP2,diabetes register,2009-04-01,222\n"
REGISTERS += "P3,diabetes register,2009-04-01,187\nP4,diabetes register,2009-04-01,45\n"

#: One package and nothing else, so that most cases are about reading.
PLAIN = """\
p4p: 1
contract: plain
title: One package
commissioner: Nobody
year: 2026/27
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  only:
    title: The only package
    value: {each: 14000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        BP:
          title: Blood pressure
          weight: 60%
          curve:
            kind: linear
            lower: 60%
            upper: 80%
        CP:
          title: Care plans
          weight: 40%
          curve: {kind: all_or_nothing, target: at least 85%}
"""

FEW = "practice,name,network\nA81001,Abbey Road,U1\nA81002,Bell Lane,U1\nA81003,Castle View,U2\n"


@dataclass(frozen=True)
class Base:
    """A folder that settles: its files, the quarter to settle, and whether its activity is of that quarter alone and no count may be missing."""

    name: str
    files: Files
    quarter: str
    whole: bool = False

    @property
    def lists(self) -> list[str]:
        """Its lists files."""
        return [name for name in self.files if name.startswith("lists")]


def plain_activity() -> str:
    """Counts of three practices, month by month."""
    rows = ["practice,indicator,period,numerator,denominator"]
    for p, practice in enumerate(("A81001", "A81002", "A81003")):
        for i, indicator in enumerate(("BP", "CP")):
            rows += [f"{practice},{indicator},2026-0{m},{70 + 5 * p + 9 * i + m},{100 + p}" for m in (4, 5, 6)]
    return "\n".join(rows) + "\n"


def everyones_activity() -> str:
    """Counts by month and by quarter, some excluded, some withheld, some missing."""
    rows = ["practice,indicator,period,numerator,denominator,excluded"]
    for p, practice in enumerate(("P1", "P2", "P3", "P4")):
        for i, indicator in enumerate(("A1", "A2", "A3", "B1", "C1")):
            for m in (4, 5, 6) if practice != "P4" else (4, 5):
                n, d, e = 60 + 7 * p + 3 * i + m, 100 + i, m % 2
                if (practice, indicator, m) in (("P1", "B1", 5), ("P3", "C1", 4)):
                    continue
                if (practice, indicator) == ("P2", "A3"):
                    rows.append(f"{practice},{indicator},2009-0{m}-30,{n},{d},{e}")
                elif (practice, indicator, m) == ("P2", "B1", 4):
                    rows.append(f"{practice},{indicator},2009-0{m},*,*,")
                else:
                    rows.append(f"{practice},{indicator},2009-0{m},{n},{d},{e}")
    return "\n".join(rows).replace("*,*,", "*,*,0") + "\n"


@cache
def bases() -> tuple[Base, ...]:
    """The folders that are mangled: a plain one, one of every kind, and the templates that ship."""
    made = [
        Base("plain", coded({"contract.yaml": PLAIN, "practices.csv": FEW, "activity.csv": plain_activity()}), "Q1", whole=True),
        Base(
            "everything",
            coded({"contract.yaml": EVERYTHING, "practices.csv": EVERYONE, "lists.csv": REGISTERS, "activity.csv": everyones_activity()}),
            "Q1",
        ),
    ]
    for folder in sorted(path.parent for path in (ROOT / "p4p" / "templates").glob("*/practices.csv")):
        made.append(Base(folder.name, {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in (".csv", ".yaml")}, "Q1"))
    return tuple(made)


def coded(files: dict[str, str]) -> Files:
    """Texts as bytes."""
    return {name: text.encode() for name, text in files.items()}


# changes of any file


NASTY = [
    "", " ", "0", "00", "-0", "-1", "1.0", "1e3", "1_000", "1,000", "0x1F", "٣", "５", "NaN", "inf", "null", "~", "*", "**", "%", "12%",
    "£5", "999999999", "1000000000", "9223372036854775807", "9223372036854775808", "9" * 400, "=1+1", "@x", "+1", "'", '"', '""', "\\",
    "/", "#", "\x00", "\x1b[31m", "\x7f", "\u202e", "\u200b", "\ufeff", "\u00a0", "é", "𝟗", "Ａ", "[red]", "{x}", "{{", "}", "[", "]",
    "&a", "*a", "!!int", "2009-02-30", "2009-13-01", "0000-00-00", "9999-12-31", "2009-04", "2026-04", "2026-05-31", "2026/27",
    "2026/27 Q1", "2009/10 Q1", "2009/10", "N1", "N2", "U1", "P1", "P3", "A81001", "TOTAL", "total", "true", "NO", "on", "1/0", "0/1",
    "1/3", "100%", "0%", "101%", "0.7", "70", "9434765919", "943 476 5919", "x" * 5000, "\n", "\r", "\r\n", "\t", ",", ",,", ":", ": ",
    "- ", "? ", "|", ">", "---", "...", "<<", "a" * 70000,
]  # fmt: skip


def bytes_changed(rng: random.Random, raw: bytes) -> bytes:
    """A few bytes flipped, lost, doubled, moved or put in."""
    data = bytearray(raw)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at, other = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
        match rng.randrange(7):
            case 0 if data:
                data[at % len(data)] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + rng.choice([1, 1, 2, 8, 64])]
            case 2:
                data[at:at] = data[other : other + rng.choice([1, 4, 32, 256])]
            case 3:
                data[at:at] = bytes([rng.randrange(256)])
            case 4:
                data[at:at] = rng.choice(NASTY).encode()
            case 5 if data:
                data[at % len(data)] = rng.choice(b'0123456789,"\n\r\t :%-#{}[]|>*&!\x00\xff')
            case _:
                del data[max(at, 1) :]
    return bytes(data)


# changes of tables


@dataclass
class Grid:
    """A table taken apart, and the rows below its header."""

    header: list[str]
    rows: list[list[str]]

    @classmethod
    def of(cls, raw: bytes) -> Grid | None:
        """The table of a file; None where an earlier change has left none."""
        try:
            lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            return None
        return cls(lines[0], lines[1:]) if len(lines) > 1 and all(lines) else None

    def bytes(self, **how: Any) -> bytes:
        """The table as a file again."""
        out = io.StringIO()
        csv.writer(out, **{"lineterminator": "\n", **how}).writerows([self.header, *self.rows])
        return out.getvalue().encode("utf-8", "surrogatepass")

    def cell(self, rng: random.Random, *names: str) -> tuple[list[str], int] | None:
        """A row and a place in it, in one of some columns where they are named."""
        places = [i for i, name in enumerate(self.header) if not names or name in names]
        row = rng.choice(self.rows)
        at = rng.choice(places) if places else len(row)
        return (row, at) if at < len(row) else None


Change = Callable[[random.Random, Grid], bytes | None]


def cell_changed(rng: random.Random, grid: Grid) -> bytes | None:
    """A cell becomes something nasty, a neighbour's value, or a number near its own."""
    found = grid.cell(rng)
    if not found:
        return None
    row, at = found
    match rng.randrange(4):
        case 0:
            row[at] = rng.choice(NASTY)
        case 1:
            other = rng.choice(grid.rows)
            row[at] = other[at] if at < len(other) else ""
        case 2:
            row[at] = rng.choice(rng.choice(grid.rows) or [""])
        case _:
            row[at] = (
                str(int(row[at]) + rng.choice([-1, 1, 10, 1000]))
                if row[at].isascii() and row[at].isdigit()
                else row[at] + rng.choice("X 0%-\u00a0")
            )
    return grid.bytes()


def cells_swapped(rng: random.Random, grid: Grid) -> bytes | None:
    """Two cells change places."""
    one, two = grid.cell(rng), grid.cell(rng)
    if not one or not two:
        return None
    one[0][one[1]], two[0][two[1]] = two[0][two[1]], one[0][one[1]]
    return grid.bytes()


def rows_changed(rng: random.Random, grid: Grid) -> bytes | None:
    """Rows are lost, doubled with a cell changed, cut short, or made longer."""
    at = rng.randrange(len(grid.rows))
    match rng.randrange(4):
        case 0:
            del grid.rows[at : at + rng.choice([1, 1, 2, 10])]
        case 1:
            grid.rows.insert(rng.randrange(len(grid.rows)), list(grid.rows[at]))
            return cell_changed(rng, grid)
        case 2:
            grid.rows[at] = grid.rows[at][: rng.randrange(len(grid.header))]
        case _:
            grid.rows[at] = [*grid.rows[at], rng.choice(NASTY)]
    return grid.bytes()


def header_changed(rng: random.Random, grid: Grid) -> bytes | None:
    """A column is renamed, lost, doubled, or takes another's name."""
    at, other = rng.randrange(len(grid.header)), rng.randrange(len(grid.header))
    match rng.randrange(4):
        case 0:
            grid.header[at] = rng.choice([*NASTY, "nhs_number", "surname", "extra", "Network", "excluded", "from", "to"])
        case 1:
            for row in [grid.header, *grid.rows]:
                del row[at : at + 1]
        case 2:
            for row in [grid.header, *grid.rows]:
                row.append(row[at] if at < len(row) else "")
        case _:
            grid.header[at], grid.header[other] = grid.header[other], grid.header[at]
    return grid.bytes()


# of which the verdict is known: refused


def row_repeated(rng: random.Random, grid: Grid) -> bytes | None:
    """A row stands twice."""
    grid.rows.insert(rng.randrange(len(grid.rows) + 1), list(rng.choice(grid.rows)))
    return grid.bytes()


def code_of_nobody(rng: random.Random, grid: Grid) -> bytes | None:
    """A practice or an indicator that nobody knows."""
    if "indicator" not in grid.header or not (found := grid.cell(rng, "practice", "indicator")):
        return None
    row, at = found
    row[at] += rng.choice(["x", "0", "é", "\u200b", "Ｘ", "-", "."])
    return grid.bytes()


NO_COUNTS = [
    "-1", "1.0", "1e3", "1_000", "1,000", "0x1F", "٣", "５", "NaN", "inf", "", "12%", "£5", "1000000000", "+1", "1 0", "--", "O", "*1",
    "=3",
]  # fmt: skip


def no_count(rng: random.Random, grid: Grid) -> bytes | None:
    """A count that is none."""
    found = grid.cell(rng, "numerator", "denominator", "patients")
    if not found:
        return None
    row, at = found
    row[at] = rng.choice(NO_COUNTS)
    return grid.bytes()


def too_many(rng: random.Random, grid: Grid) -> bytes | None:
    """A numerator above its denominator."""
    if "numerator" not in grid.header:
        return None
    n, d = grid.header.index("numerator"), grid.header.index("denominator")
    row = rng.choice(grid.rows)
    if len(row) <= max(n, d) or not row[d].isdigit():
        return None
    row[n] = str(int(row[d]) + rng.choice([1, 1, 1000]))
    return grid.bytes()


def ragged(rng: random.Random, grid: Grid) -> bytes | None:
    """A row with a cell too few or too many."""
    row = rng.choice(grid.rows)
    row.append("") if rng.random() < 0.5 or len(row) < 2 else row.pop()
    return grid.bytes()


def column_lost(rng: random.Random, grid: Grid) -> bytes | None:
    """A column that is needed is not there."""
    needed = [
        i
        for i, name in enumerate(grid.header)
        if name in ("practice", "indicator", "period", "numerator", "denominator", "network", "patients")
    ]
    at = rng.choice(needed)
    if grid.header[at] == "network" and "indicator" in grid.header:
        return None
    for row in [grid.header, *grid.rows]:
        del row[at]
    return grid.bytes()


def not_text(rng: random.Random, grid: Grid) -> bytes | None:
    """A byte that is no text, or a character that cannot be seen."""
    data = bytearray(grid.bytes())
    at = rng.randrange(1, len(data))
    while 0x80 <= data[at] < 0xC0:  # inside a character
        at -= 1
    data[at:at] = rng.choice([b"\xff", b"\xe9,", b"\x00", b"\x1b", b"\x07", "\u202e".encode(), b"\xc3"])
    return bytes(data)


def row_lost(rng: random.Random, grid: Grid) -> bytes | None:
    """A practice-month is missing, where the contract refuses that."""
    del grid.rows[rng.randrange(len(grid.rows))]
    return grid.bytes()


# of which the verdict is known: the same payments


def other_order(rng: random.Random, grid: Grid) -> bytes | None:
    """Rows and columns in another order."""
    order = list(range(len(grid.header)))
    rng.shuffle(order)
    rng.shuffle(grid.rows)
    grid.header, grid.rows = [grid.header[i] for i in order], [[row[i] for i in order] for row in grid.rows]
    return grid.bytes()


def other_dress(rng: random.Random, grid: Grid) -> bytes | None:
    """Quotes, spaces, blank lines, line ends, a byte order mark, capitals in the header, a column nobody asked for."""
    how: dict[str, Any] = {}
    if rng.random() < 0.4:
        how["lineterminator"] = rng.choice(["\r\n", "\n\n"])
    if rng.random() < 0.4:
        how["quoting"] = csv.QUOTE_ALL
    if rng.random() < 0.4:
        grid.header = [rng.choice([name.upper(), f" {name} ", name.title()]) for name in grid.header]
    if rng.random() < 0.4:
        for row in rng.sample(grid.rows, min(3, len(grid.rows))):
            row[:] = [f" {cell}\u00a0" for cell in row]
    if rng.random() < 0.3:
        grid.header.append("remarks")
        for row in grid.rows:
            row.append(rng.choice(["", "ok", "see note", "12"]))
    raw = grid.bytes(**how)
    if rng.random() < 0.4:
        raw = raw.rstrip(b"\r\n")
    return b"\xef\xbb\xbf" + raw if rng.random() < 0.4 else raw


# changes of contracts


WORDS = [
    "p4p", "contract", "title", "commissioner", "source", "year", "years", "currency", "paid_to", "rounding", "membership", "packages",
    "value", "spread", "split", "upfront", "performance", "instalments", "network_rate", "measured", "catch_up", "claw_back", "unearned",
    "indicators", "empty_denominator", "missing_data", "withheld_data", "counts_from", "weight", "curve", "kind", "target", "lower",
    "upper", "tiers", "from", "step", "share_per_step", "most", "direction", "each", "total", "shared_by", "price", "per", "as_at", "cap",
    "shared_among", "mode", "to", "at", "clause", "counted_on", "examples", "Q1", "Q2", "Q3", "Q4",
]  # fmt: skip

CHOICES = [
    "pooled", "mean of practices", "every practice", "quarter", "year to date", "snapshot", "year", "allowed", "none",
    "retained by commissioner", "carried forward within the year", "{shared_among: earners, cap: 50%}",
    "{shared_among: earners, cap: 1/3}", "pays nothing", "pays in full", "refuse", "leave out", "practice", "network", "quarterly",
    "monthly", "half-up", "half-even", "up", "down", "all_or_nothing", "linear", "tiered", "stepped", "lower is better",
    "higher is better", "first day of the month", "last day of the month", "equal parts", "registered list", "weighted list",
    "diabetes register", "at least 90%", "above 90%", "at most 10%", "below 10%", "at least 0%", "at most 100%", "at least 1/3", "0%",
    "100%", "50%", "1/3", "0.000000000001%", "33.333333333333%", "999999999/999999999", "1/999999999", "0.00", "0.01", "100000000000.00",
    "0.001", "2.765", "1000000", "2009/10", "2026/27", "2009/10 to 2011/12", "2009-04-01", "2008-01-01", "2026-04-01", "GBP", "EUR", "[]",
    "{}",
]  # fmt: skip

_VALUE = re.compile(rb"(?<=: )[^{}\[\],#\n]+(?=[,}\n])")
_KEY = re.compile(rb"[A-Za-z_0-9-]+(?=: |:\n)")


def value_changed(rng: random.Random, raw: bytes) -> bytes | None:
    """A value becomes another choice, something nasty, a value from elsewhere in the file, or a number near its own."""
    found = list(_VALUE.finditer(raw))
    if not found:
        return None
    m = rng.choice(found)
    match rng.randrange(5):
        case 0 | 1:
            new = rng.choice(CHOICES).encode()
        case 2:
            new = rng.choice(NASTY).encode()
        case 3:
            new = rng.choice(found)[0]
        case _:
            new = re.sub(rb"[0-9]+", lambda n: str(max(0, int(n[0]) + rng.choice([-1, 1, 10, -10]))).encode(), m[0], count=1)
    return raw[: m.start()] + new + raw[m.end() :]


def key_changed(rng: random.Random, raw: bytes) -> bytes | None:
    """A key becomes another, or something nasty."""
    found = list(_KEY.finditer(raw))
    if not found:
        return None
    m = rng.choice(found)
    new = rng.choice([rng.choice(WORDS), rng.choice(NASTY), rng.choice(found)[0].decode(), m[0].decode() + "x", m[0].decode().upper()])
    return raw[: m.start()] + new.encode() + raw[m.end() :]


def lines_changed(rng: random.Random, raw: bytes) -> bytes | None:
    """A line is lost, doubled, moved, shifted, or takes another's place."""
    lines = raw.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[at : at + rng.choice([1, 1, 2, 6])]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = rng.choice([b" ", b"  ", b"\t", b"- "]) + lines[at]
        case 4:
            lines[at] = lines[at][rng.choice([1, 2]) :]
        case _:
            lines.insert(at, f"{' ' * rng.choice([0, 2, 4, 6, 8, 10])}{rng.choice(WORDS)}: {rng.choice(CHOICES)}".encode())
    return b"\n".join(lines)


def key_repeated(rng: random.Random, raw: bytes) -> bytes | None:
    """A key stands twice."""
    lines = terms(raw)
    whole = [i for i, line in enumerate(lines) if re.match(rb" *[a-z_0-9]+: [^|>#{]", line)]
    at = rng.choice(whole)
    return b"\n".join([*lines[: at + 1], lines[at], *lines[at + 1 :], b""])


def key_misspelt(rng: random.Random, raw: bytes) -> bytes | None:
    """A word of the language is misspelt."""
    text = b"\n".join(terms(raw)) + b"\n"
    found = [m for m in _KEY.finditer(text) if m[0].decode() in WORDS and text[: m.start()].rpartition(b"\n")[2].strip(b" ") in (b"",)]
    m = rng.choice(found)
    return text[: m.end()] + rng.choice([b"x", b"q", b"_"]) + text[m.end() :]


def weight_changed(rng: random.Random, raw: bytes) -> bytes | None:
    """Weights that do not add up."""
    text = b"\n".join(terms(raw)) + b"\n"
    m = rng.choice(list(re.finditer(rb"(?<=weight: )([0-9]+)(?=[%/])", text)))
    return text[: m.start()] + str(int(m[0]) + rng.choice([1, 10])).encode() + text[m.end() :]


def not_yaml_of_ours(rng: random.Random, raw: bytes) -> bytes | None:
    """A tag, an anchor, an alias or a second document."""
    text = b"\n".join(terms(raw)) + b"\n"
    if rng.random() < 0.2:
        return text + b"---\na: b\n"
    m = rng.choice([m for m in re.finditer(rb"(?<=: )[A-Za-z0-9]", text) if b"#" not in text[: m.start()].rpartition(b"\n")[2]])
    return text[: m.start()] + rng.choice([b"!!str ", b"!x ", b"&a ", b"*a # "]) + text[m.start() :]


def other_dress_of_contract(rng: random.Random, raw: bytes) -> bytes | None:
    """Comments, blank lines, spaces at the end of lines, other line ends, a byte order mark."""
    lines = terms(raw)
    for _ in range(3):
        lines.insert(rng.randrange(len(lines)), rng.choice([b"", b"# a remark", b"      # a remark: {with: braces}", b"   "]))
    lines = [line + rng.choice([b"", b"", b"  ", b"   # " + rng.choice([b"why", b"a: b", b'"'])]) for line in lines]
    text = rng.choice([b"\n", b"\r\n"]).join(lines) + b"\n"
    return b"\xef\xbb\xbf" + text if rng.random() < 0.4 else text


def terms(raw: bytes) -> list[bytes]:
    """The lines of a contract without its worked examples."""
    return raw.partition(b"\nexamples:")[0].rstrip(b"\n").split(b"\n")


TABLES: list[tuple[Verdict, Change]] = [
    *(("any", change) for change in (cell_changed, cell_changed, cell_changed, cells_swapped, rows_changed, header_changed)),
    *(("refused", change) for change in (row_repeated, code_of_nobody, no_count, too_many, ragged, column_lost, not_text)),
    *(("same", change) for change in (other_order, other_dress)),
]
CONTRACTS: list[tuple[Verdict, Callable[[random.Random, bytes], bytes | None]]] = [
    *(
        ("any", change)
        for change in (value_changed, value_changed, value_changed, value_changed, key_changed, lines_changed, lines_changed)
    ),
    *(("refused", change) for change in (key_repeated, key_misspelt, weight_changed, not_yaml_of_ours)),
    ("same", other_dress_of_contract),
]


@dataclass
class Case:
    """A mangled folder: which file of which base was changed, how, and what must become of it."""

    number: int
    base: Base
    file: str
    raw: bytes
    changes: list[str]
    verdict: Verdict

    @classmethod
    def of(cls, seed: int, number: int) -> Case:
        """The case of a seed and a number."""
        rng = random.Random(f"{seed}:{number}")
        base = rng.choice([bases()[0]] * len(bases()) + list(bases()))
        file = rng.choice([name for name in base.files for _ in range({"activity.csv": 4, "contract.yaml": 4}.get(name, 2))])
        raw, changes, verdicts, wanted = base.files[file], list[str](), list[Verdict](), rng.choice([1, 1, 1, 2, 3])
        while len(changes) < wanted:  # not every change fits every file
            verdict, new, name = cls.changed(rng, base, file, raw)
            if new is not None and new != raw:
                raw = new
                changes.append(name)
                verdicts.append(verdict)
        return cls(number, base, file, raw, changes, verdicts[0] if wanted == 1 else "any")

    @staticmethod
    def changed(rng: random.Random, base: Base, file: str, raw: bytes) -> tuple[Verdict, bytes | None, str]:
        """One change: what must become of it where it is the only one, the file, its name."""
        if rng.random() < 0.25 or not raw:
            return "any", bytes_changed(rng, raw), "bytes_changed"
        try:
            if file.endswith(".yaml"):
                verdict, change = rng.choice(CONTRACTS)
                return verdict, change(rng, raw), change.__name__
            if (grid := Grid.of(raw)) is None:
                return "any", bytes_changed(rng, raw), "bytes_changed"
            if base.whole and file.startswith("activity") and rng.random() < 0.05:
                return "refused", row_lost(rng, grid), "row_lost"
            verdict, table = rng.choice(TABLES)
            return verdict, table(rng, grid), table.__name__
        except (IndexError, ValueError):  # an earlier change has left nothing of the kind
            return "any", None, ""

    def write(self, folder: Path) -> None:
        """The folder as files."""
        for name, raw in (self.base.files | {self.file: self.raw}).items():
            (folder / name).write_bytes(raw)


@dataclass
class Tried:
    """What came of some cases."""

    codes: Counter[int] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    longest: float = 0.0
    megabytes: int = 0

    def add(self, other: Tried) -> None:
        """Take what came of more cases."""
        for name in ("codes", "verdicts", "files", "findings"):
            mine = getattr(self, name)
            mine += getattr(other, name)
        self.longest, self.megabytes = max(self.longest, other.longest), max(self.megabytes, other.megabytes)


class TooLong(BaseException):
    """Five seconds have gone."""


def settled(folder: Path, quarter: str) -> tuple[int, str, str]:
    """`p4p settle` in a folder, run in this process: exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["p4p", "settle", ".", "--quarter", quarter, "--format", "json", "--output", "out.json"]
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
            code = 0
        except SystemExit as e:
            code = int(e.code or 0)
    return code, out.getvalue(), err.getvalue()


def directly(case: Case, folder: Path) -> tuple[int, str, str]:
    """The same as the command does, a step at a time, with what was not changed read once for all: many times as fast.

    A changed activity file is first read record by record, since nearly all of them are refused there and Polars takes its time to find out.
    """
    base, file = case.base, case.file
    with contextlib.chdir(folder):
        try:
            contract, members, roster = unchanged(base.name)
            if file == "contract.yaml":
                contract = read_contract(file)
            if file != "activity.csv":
                members = read_practices("practices.csv", counted_on=contract.counted_on, lists=base.lists)
            else:
                problems = Problems()
                _carefully(Table(file, REQUIRED, OPTIONAL), roster, problems)
                problems.refuse()
            quarters = quarters_asked(contract, base.quarter, False)
            activity = read_activity(["activity.csv"], expected(contract), members)
            Path("out.json").write_text(settlement_json(settle(contract, members, activity, quarters)), "utf-8")
        except P4PError as error:
            return error.exit, "", str(error)
    return 0, "", ""


@cache
def unchanged(name: str) -> tuple[Contract, Members, Roster]:
    """The contract and the members of a base, and who is to report on what."""
    base = next(base for base in bases() if base.name == name)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for file, raw in base.files.items():
            Path(file).write_bytes(raw)
        contract = read_contract("contract.yaml")
        members = read_practices("practices.csv", counted_on=contract.counted_on, lists=base.lists)
        return contract, members, Roster.of(expected(contract), members)


def paid(settlement: dict[str, Any]) -> dict[str, Any]:
    """What is paid and why, without the hashes of files."""
    return {name: settlement[name] for name in ("payees", "totals", "unearned", "rules")}


@cache
def untouched(name: str) -> dict[str, Any]:
    """What a base pays."""
    base = next(base for base in bases() if base.name == name)
    with tempfile.TemporaryDirectory() as folder:
        for file, raw in base.files.items():
            Path(folder, file).write_bytes(raw)
        code, _, err = settled(Path(folder), base.quarter)
        assert code == 0, err
        return paid(json.loads(Path(folder, "out.json").read_text("utf-8")))


def judged(case: Case, folder: Path) -> Iterator[str]:
    """What is wrong with what became of a case whose files are in a folder; the first word is the exit code."""
    code, out, err = directly(case, folder) if case.number % COMMAND else settled(folder, case.base.quarter)
    yield str(code)
    written = {p.name for p in folder.iterdir()} - set(case.base.files)
    if code not in (0, 2, 3, 4) or "internal fault" in err or "Traceback" in err:
        yield f"exit {code}: {err.strip()[:400]}"
        return
    if code != 0:
        if written:
            yield f"refused, but wrote {written}"
        if out or not re.search(r"^[\w.]+(:\d+)*: error: .+|^error: .+", err, re.MULTILINE):
            yield f"refused, but says {out[:100]!r} {err[:200]!r}"
        if code in (3, 4) and case.file + ":" not in err and case.verdict != "any" and "refuses" not in err:
            yield f"refused without naming {case.file}: {err[:200]!r}"
        if case.verdict == "same":
            yield f"nothing is wrong with it, but: {err.strip()[:300]}"
    elif written != {"out.json"}:
        yield f"wrote {written}"
    else:
        if case.verdict == "refused":
            yield "settled, which is to be refused"
        document = json.loads((folder / "out.json").read_text("utf-8"))
        if case.verdict == "same" and paid(document) != untouched(case.base.name):
            yield "paid otherwise than the untouched file"
        lists = [folder / name for name in case.base.lists]
        verdict = verify(folder / "contract.yaml", folder / "practices.csv", [folder / "activity.csv"], lists, document)
        yield from verdict.wrong
        yield from (f"not judged: {what}" for what in verdict.unknown)
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err):
        yield "a control character reached the terminal"


def tried(case: Case, folder: Path) -> Tried:
    """One case, in an empty folder, within its time."""
    result = Tried(verdicts=Counter({case.verdict: 1}), files=Counter({case.file: 1}))

    def late(*_: object) -> None:
        raise TooLong

    case.write(folder)
    before, found = signal.signal(signal.SIGPROF, late), list[str]()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of the processor: the machine may be doing other things too
    used = time.process_time()
    try:
        for word in judged(case, folder):
            found.append(word)
    except TooLong:
        found.append(f"takes more than {SECONDS} s")
    except Exception as e:
        found.append(f"{type(e).__name__}: {e} at {traceback.extract_tb(e.__traceback__)[-1]}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    result.longest = time.process_time() - used
    if result.longest > SECONDS and "takes more" not in "".join(found):
        found.append(f"takes {result.longest:.1f} s")
    code = int(found.pop(0)) if found and found[0].isdigit() else -1
    result.codes[code] += 1
    result.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if result.megabytes > MEGABYTES:
        found.append(f"{result.megabytes} MB so far")
    if found:
        head = f"case {case.number}: {case.base.name}/{case.file}, {', '.join(case.changes) or 'nothing'} ({case.verdict}), exit {code}"
        result.findings.append("\n  ".join([head, *found[:4]]))
    return result


def run(seed: int, numbers: Iterable[int], keep: Path | None = None) -> Tried:
    """Some cases of a seed, one after the other."""
    total = Tried()
    for number in numbers:
        total.add(run_case(Case.of(seed, number), keep and keep / f"{seed}-{number}"))
    return total


def run_case(case: Case, keep: Path | None = None) -> Tried:
    """One case in a folder of its own, which is kept where it finds something."""
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # so that the disk does not wait for each small file
    with tempfile.TemporaryDirectory(dir=root) as folder:
        came = tried(case, Path(folder))
        if keep and came.findings:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
    return came


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long, between lots of 200 cases")
    parser.add_argument("--only", type=int, help="one case, by its number")
    parser.add_argument("--keep", type=Path, help="a folder for the files of cases that find something")
    a = parser.parse_args()
    if a.only is not None:
        came = run(a.seed, [a.only], a.keep)
        print("\n".join(came.findings) or f"nothing found, exit {list(came.codes)}")
        return
    lots = [range(i, min(i + 200, a.start + a.cases)) for i in range(a.start, a.start + a.cases, 200)]
    total, start = Tried(), time.monotonic()
    with ProcessPoolExecutor(a.jobs, mp_context=get_context("spawn")) as pool:
        while lots and time.monotonic() - start < 60 * a.minutes:
            now, lots = lots[: a.jobs], lots[a.jobs :]
            for came in pool.map(run, [a.seed] * len(now), now, [a.keep] * len(now)):
                print(*came.findings, sep="\n", end="\n" if came.findings else "", flush=True)
                total.add(came)
    print(f"{sum(total.codes.values()):,} cases of seed {a.seed} from {a.start} in {time.monotonic() - start:,.0f} s")
    print(f"exit codes {dict(total.codes)}; verdicts {dict(total.verdicts)}; files {dict(total.files)}")
    print(f"longest {total.longest:.2f} s of the processor; most {total.megabytes} MB in one process; findings {len(total.findings)}")
    sys.exit(bool(total.findings))


if __name__ == "__main__":
    main()
