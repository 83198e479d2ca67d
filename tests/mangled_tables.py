"""Changes of bytes, and of CSV files by cells, rows and columns, with what must become of them: refused, the same payments, or either."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import yaml
from mangled_bases import bases

Verdict = Literal["any", "refused", "same"]

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
    """A practice, an indicator or a measure that nobody knows."""
    columns = [name for name in ("indicator", "measure") if name in grid.header]
    if not columns or not (found := grid.cell(rng, *columns, "practice")):
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


NO_FIGURES = [
    "1e3", "1E3", "1_000", "0x1F", "٣", "５", "NaN", "inf", "-inf", "", "*", "1 0", "--5", "5-", "1,00", "£", "£1e3", "$ 5", "1/0", "%",
    "5%%", "1/2/3", "=3", "#N/A", "1.", ".5", "+1", "½",
]  # fmt: skip


def no_figure(rng: random.Random, grid: Grid) -> bytes | None:
    """A figure that is none, of a measure of numbers."""
    if "measure" not in grid.header or not (found := grid.cell(rng, "value")):
        return None
    row, at = found
    if row[grid.header.index("measure")] in measures_of_words():
        return None
    row[at] = rng.choice(NO_FIGURES)
    return grid.bytes()


@cache
def measures_of_words() -> set[str]:
    """The measures whose figures are words, of all contracts that are mangled."""
    contracts = [yaml.load(base.files["contract.yaml"], Loader=yaml.BaseLoader) for base in bases("payments")]
    return {name for contract in contracts for name, terms in contract.get("measures", {}).items() if terms["unit"] == "word"}


def payee_of_nobody(rng: random.Random, grid: Grid) -> bytes | None:
    """A payee whom the contract does not name, where it names them."""
    if "payee" not in grid.header or not (found := grid.cell(rng, "payee")):
        return None
    row, at = found
    row[at] += rng.choice(["x", "0", "é", "\u200b", "Ｘ", "-", "."])
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
        if name in ("practice", "indicator", "period", "numerator", "denominator", "network", "patients", "payee", "measure", "value")
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


TABLES: list[tuple[Verdict, Change]] = [
    *(("any", change) for change in (cell_changed, cell_changed, cell_changed, cells_swapped, rows_changed, header_changed)),
    *(("refused", change) for change in (row_repeated, code_of_nobody, no_count, no_figure, too_many, ragged, column_lost, not_text)),
    *(("same", change) for change in (other_order, other_dress)),
]
