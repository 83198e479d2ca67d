"""CSV text to located cells, strictly.

One line is one record: a quote that is not closed on its line is a fault, so nothing that a quote swallows goes unseen and a
damaged file costs no more time or memory than its longest line. Commas separate; the text is UTF-8; columns are found by
name. Spaces around names and cells, and the case of column names, are forgiven; nothing else is. Blank lines are passed
over. Patient-level columns and numbers in the form of an NHS number are refused and never shown.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from p4p.counts.members import Source
from p4p.numbers.errors import InputError, Location, Problem, did_you_mean, visible

LINE_LIMIT = 65_536  # bytes in a line
BLOCK = 1 << 20  # bytes read at once
FAULT_LIMIT = 100  # problems listed; the rest are counted
FAULTS_COUNTED = 10_000  # beyond so many nothing more is looked for

_SPACES = " \u00a0"
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CELL = re.compile(r'"(?:[^"]|"")*+"(?=,|$)|[^",][^,]*|(?=,|$)')
_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])", re.ASCII)

_ZEROS = bytes.maketrans(b"123456789", b"000000000")

# what makes a cell worth a closer look, as a pattern for regular expressions of any make
UNWELCOME = rf'"|{_UNSEEN.pattern}|[0-9]{{3}}[ -]?[0-9]{{3}}[ -]?[0-9]{{4}}'

_ONLY_COUNTS = "only counts are read here, nothing about a patient: take it out of the file"
_NOT_ZEROS = "an empty file is not a quarter of zeros"
_SAVE_AS = 'in a spreadsheet: Save As, "CSV UTF-8 (comma delimited)"'
_NOT_CSV = {
    b"PK\x03\x04": "looks like a workbook (.xlsx) renamed .csv",
    b"\xd0\xcf\x11\xe0": "looks like a workbook (.xls) renamed .csv",
    b"\x1f\x8b": "looks like a compressed file",
    b"%PDF": "looks like a PDF",
    b"PAR1": "looks like a Parquet file",
    b"\xff\xfe": 'is UTF-16 text, which spreadsheets call "Unicode text"',
    b"\xfe\xff": 'is UTF-16 text, which spreadsheets call "Unicode text"',
}
_PATIENT_COLUMNS = re.compile(
    r"(new)?nhs(no|num|number)?|chi(no|number)?|hcnumber|patient(id|no|number|name)?|dob|(date|year)ofbirth|birth(date|day)"
    r"|dateofdeath|surname|(last|family|first|given)name|forenames?|address(line1)?|postcode"
)


class Problems:
    """Problems as they are found: the first 100 kept, the rest counted."""

    __slots__ = ("found", "kept")

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.found = 0

    def add(self, *problems: Problem) -> None:
        self.found += len(problems)
        self.kept += problems[: max(0, FAULT_LIMIT - len(self.kept))]
        if self.found > FAULTS_COUNTED:
            self.refuse()

    def refuse(self) -> None:
        """Raises InputError if anything was found."""
        if self.found > len(self.kept):
            raise InputError([*self.kept, Problem(None, f"{self.found} problems; these are the first {len(self.kept)}")])
        if self.kept:
            raise InputError(self.kept)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file: the number of the first, how many bytes stand before it, the bytes."""

    line: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table: its number from 1, its text, its cells without the spaces around them."""

    line: int
    text: str
    cells: list[str]


class Table:
    """A CSV file whose header has been read and found good.

    `column` says in which cell a wanted column stands; `ignored` names the columns that are not wanted; `header` is the first
    line as bytes; `stamp` tells this state of the file from later ones.
    """

    def __init__(self, path: str, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Raises InputError for a file that cannot be read, is no CSV, or has not the columns it needs."""
        self.file = path
        self.stamp = stamp_of(path)
        self.header = _first_line(path)
        self.rows = 0
        self.source: Source | None = None  # known when all has been read
        text = _decoded(self, 1, self.header.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").removesuffix(b"\r"), 0)
        self.names = tuple(name.strip(_SPACES).casefold() for name in _split(self, 1, text))
        self.column = {name: i for i, name in enumerate(self.names) if name in {*required, *optional}}
        self.ignored = tuple(n or f"(column {i}, no name)" for i, n in enumerate(self.names, 1) if n not in self.column)
        _check_names(self, text, required)

    def blocks(self, problems: Problems, size: int = BLOCK) -> Iterator[Block]:
        """The lines below the header, in blocks of about `size` bytes; each byte is read once, for the hash and for the cells.

        Sets `source` at the end of the file, where whoever takes the blocks has counted the `rows` in them.
        """
        digest, number, offset, before = hashlib.sha256(), 1, len(self.header), problems.found
        try:
            with open(self.file, "rb") as file:
                digest.update(file.read(len(self.header)))
                while data := file.read(size):
                    rest = b"" if data.endswith(b"\n") else file.readline(LINE_LIMIT + 1)
                    digest.update(data + rest)
                    yield Block(number + 1, offset, data + rest)
                    if len(rest) > LINE_LIMIT:
                        break  # what follows is more of a line that is refused
                    number, offset = number + data.count(b"\n") + rest.count(b"\n"), offset + len(data) + len(rest)
        except OSError as error:
            problems.add(_unreadable(self.file, error))
        if not self.rows and problems.found == before:
            problems.add(Problem(Location(self.file), "has column names and no rows", _NOT_ZEROS))
        self.check_unchanged()
        self.source = Source(self.file, digest.hexdigest(), self.rows)

    def records(self, problems: Problems) -> Iterator[Record]:
        """The records in file order; lines that are none are added to `problems` and passed over."""
        for block in self.blocks(problems):
            yield from self.records_of(block, problems)

    def records_of(self, block: Block, problems: Problems) -> Iterator[Record]:
        """The records of a block."""
        numbers = _may_hold_numbers(block.data)
        for record in self._lines_of(block, problems):
            self.rows += 1
            if len(record.cells) != len(self.names):
                problems.add(self._ragged(record))
            elif numbers and patient_number(record.text):
                problems.add(self.problem(record, "", ""))
            else:
                yield record

    def _lines_of(self, block: Block, problems: Problems) -> Iterator[Record]:
        """The lines of a block that hold something, cut into cells."""
        if (lines := _plain_lines(block.data)) is not None:
            for number, text in enumerate(lines, block.line):
                if text.strip(" "):
                    yield Record(number, text, [cell.strip(_SPACES) for cell in text.split(",")])
            return
        offset = block.offset
        for number, raw in enumerate(block.data.removesuffix(b"\n").split(b"\n"), block.line):
            start, offset = offset, offset + len(raw) + 1
            if not raw or raw.isspace():
                continue
            try:
                text = _decoded(self, number, raw.removesuffix(b"\r"), start)
                cells = [cell.strip(_SPACES) for cell in _split(self, number, text)]
            except InputError as error:
                problems.add(*error.problems)
            else:
                yield Record(number, text, cells)

    def check_unchanged(self) -> None:
        """Raises InputError if the file is no longer what it was when its header was read."""
        if stamp_of(self.file) != self.stamp:
            raise InputError([Problem(Location(self.file), "has changed while it was being read", "run again when it is complete")])

    def problem(self, record: Record, column: str, what: str, hint: str = "") -> Problem:
        """A problem in a column of a record, with the line quoted, unless that would show a patient's number."""
        if patient_number(record.text):
            at = next((i for i, cell in enumerate(record.cells) if patient_number(cell)), 0)
            return Problem(self._at(record, at), "a number in the form of an NHS number", _ONLY_COUNTS)
        return Problem(self._at(record, self.column.get(column, 0)), what, hint, record.text)

    def _at(self, record: Record, cell: int) -> Location:
        starts = _starts(record.text)
        return Location(self.file, record.line, starts[min(cell, len(starts) - 1)] + 1)

    def _ragged(self, record: Record) -> Problem:
        cells, names = len(record.cells), len(self.names)
        hint = "a comma inside a cell needs quotes around the cell" if cells > names else "a cell may be blank, but its comma stays"
        if patient_number(record.text):
            return self.problem(record, "", "")
        return Problem(self._at(record, names), f"{cells} cells, where the header has {names}", hint, record.text)


def _plain_lines(data: bytes) -> list[str] | None:
    """The lines of a block, where all of them are text in UTF-8 without quotes, with nothing unseen and not too long; None of any other block."""
    try:
        text = data.decode("utf-8").removesuffix("\n").replace("\r\n", "\n").removesuffix("\r")
    except UnicodeDecodeError:
        return None
    if '"' in text or _UNSEEN.search(text.replace("\n", " ")):
        return None
    lines = text.split("\n")
    return lines if 4 * max(map(len, lines)) <= LINE_LIMIT else None


def _may_hold_numbers(data: bytes) -> bool:
    """Whether ten digits stand together anywhere in a block, spaces and hyphens between them left out: without that no line has a patient's number."""
    return b"0" * 10 in data.translate(_ZEROS, b" -")


def patient_number(text: str) -> bool:
    """Whether a text holds ten digits in the form of an NHS number, whose last digit checks the others (modulus 11)."""
    return any(_checks(match[0]) for match in _TEN_DIGITS.finditer(text))


def _checks(number: str) -> bool:
    *digits, last = (int(c) for c in number if c.isdigit())
    return -sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11 == last


def whole(text: str) -> int | None:
    """A count: 1 to 9 of the digits 0 to 9. None for anything else."""
    return int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else None


def not_whole(text: str, of: str = "a count") -> tuple[str, str]:
    """What is wrong with a text that `whole` refuses, and what to do."""
    shown = f'"{visible(text)}"'
    for pattern, what, hint in _NOT_WHOLE:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return f"{shown} {what}" if text else what, hint
    return f"{shown} is not {of}", "write a whole number in the digits 0 to 9"


#: Patterns are compiled when they are needed, which is when something is wrong.
_NOT_WHOLE = [
    (r"", "is blank", "blank is not zero: write 0 where nothing was counted"),
    (r"\*", "is a suppressed number", "a suppressed count is neither zero nor blank; ask for the number itself"),
    (r"[0-9]{1,3}(,[0-9]{3})+", "has thousands commas", "write it without them"),
    (r".*%", "is a percentage", "give the counts, from which the percentage is worked out"),
    (r"-?[£$€].*", "is money", "give a count"),
    (r"[-−–][0-9.]+", "is below zero", "a count is 0 or more"),
    (r"[0-9]*\.[0-9]*", "is not whole", "a count is a whole number"),
    (r"[0-9.]+E[+-]?[0-9]+", "is in scientific notation", "write all its digits: format the column as a number"),
    (r"[+-]?(nan|inf|infinity|null|n/?a|#.*)", "is no number", "a count is needed, or the row left out"),
    (r"[0-9]{10,}", "is more than 999,999,999", "a count has up to nine digits"),
    (r"[\d_]+", "has digits other than 0 to 9", "type the number again"),
]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file: which it is, its bytes, when it was last written."""

    device: int
    inode: int
    size: int
    written: int


def stamp_of(path: str) -> Stamp:
    """The state of a file. Raises InputError for what is not there or no ordinary file."""
    try:
        about = os.stat(path)
    except (OSError, ValueError) as error:
        raise InputError([_unreadable(path, error)]) from None
    if not stat.S_ISREG(about.st_mode):
        kind = "is a folder" if stat.S_ISDIR(about.st_mode) else "is not an ordinary file"
        raise InputError([Problem(Location(path), kind, "name a CSV file")])
    return Stamp(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


def _unreadable(path: str, error: OSError | ValueError) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(Location(path), "there is no such file")
    reason = error.strerror if isinstance(error, OSError) else "its name is not one"
    return Problem(Location(path), f"cannot be read: {reason}")


def _first_line(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            line = file.readline(LINE_LIMIT + 1)
    except OSError as error:
        raise InputError([_unreadable(path, error)]) from None
    if not line:
        raise InputError([Problem(Location(path), "is empty", _NOT_ZEROS)])
    for start, what in _NOT_CSV.items():
        if line.startswith(start):
            raise InputError([Problem(Location(path), what, _SAVE_AS)])
    if re.match(rb"\s*<(!doctype|html|\?xml)", line, re.IGNORECASE):
        raise InputError([Problem(Location(path), "looks like a web page", "download it again: the site may have asked to log in")])
    if b"\r" in line.removesuffix(b"\n").removesuffix(b"\r"):
        raise InputError([Problem(Location(path, 1), "ends its lines with carriage returns alone", _SAVE_AS)])
    return line


def _decoded(table: Table, number: int, raw: bytes, offset: int) -> str:
    """A line, its end taken off, as text. Raises InputError for one too long, not UTF-8, or with characters no one can see."""
    at = Location(table.file, number)
    if len(raw) > LINE_LIMIT:
        raise InputError([Problem(at, f"a line of more than {LINE_LIMIT:,} bytes", "is it a CSV file, a record a line?")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte, column = raw[error.start], len(raw[: error.start].decode("utf-8")) + 1
        raise InputError(
            [
                Problem(
                    Location(table.file, number, column),
                    f"byte 0x{byte:02X} is not UTF-8 text (byte {offset + error.start + 1:,} of the file)",
                    _SAVE_AS,
                )
            ]
        ) from None
    if unseen := _UNSEEN.search(text):
        where = Location(table.file, number, unseen.start() + 1)
        what = "a NUL byte" if unseen[0] == "\0" else f"a character that cannot be seen, <U+{ord(unseen[0]):04X}>"
        if unseen[0] == "\t" and number == 1:
            raise InputError([Problem(where, "separated by tabs", f"commas are needed; {_SAVE_AS}")])
        raise InputError([Problem(where, what, "take it out", "" if patient_number(text) else text)])
    return text


def _split(table: Table, number: int, text: str) -> list[str]:
    """The cells of a line. Raises InputError for a quote that is not closed, or not followed by a comma."""
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        start = _starts(text)[-1]
        closed = re.match(r'"(?:[^"]|"")*+"', text[start:])
        what = "text after a closing quote" if closed else "a quote is opened here and not closed on this line"
        hint = 'inside quotes a quote is written twice, and a line break is not accepted: "St ""John"" Surgery"'
        quote = "" if patient_number(text) else text
        raise InputError([Problem(Location(table.file, number, start + 1), what, hint, quote)]) from None


def _starts(text: str) -> list[int]:
    """Where each cell of a line starts, from 0; the last is that of the first cell that is badly quoted, if any is."""
    starts = [0]
    while cell := _CELL.match(text, starts[-1]):
        if cell.end() == len(text):
            break
        starts.append(cell.end() + 1)
    return starts


def _check_names(table: Table, text: str, required: Sequence[str]) -> None:
    """Raises InputError, with every fault of the header: patient-level, repeated and missing columns."""
    if patient_number(text):
        raise InputError([Problem(Location(table.file, 1), "a number in the form of an NHS number", _ONLY_COUNTS)])
    problems, seen = [], set[str]()
    for name, start in zip(table.names, _starts(text), strict=True):
        at = Location(table.file, 1, start + 1)
        if name not in table.column and _PATIENT_COLUMNS.fullmatch(re.sub(r"[^a-z0-9]", "", name)):
            problems.append(Problem(at, f'column "{visible(name)}" is about patients', _ONLY_COUNTS))
        elif name and name in seen:
            problems.append(Problem(at, f'two columns are called "{visible(name)}"', "keep one", text))
        seen.add(name)
    absent = [name for name in required if name not in table.column]
    other = next((word for mark, word in {";": "semicolons", "|": "bars"}.items() if text.count(mark) >= len(required) - 1), "")
    if absent and other and "," not in text:
        problems.append(Problem(Location(table.file, 1), f"separated by {other}", f"commas are needed; {_SAVE_AS}", text))
    elif absent and text.casefold().startswith("sep="):
        problems.append(Problem(Location(table.file, 1), "the first line is not the column names", "take the sep= line out", text))
    else:
        problems += [Problem(Location(table.file, 1), f'no column "{name}"', _nearest(name, table.ignored), text) for name in absent]
    if problems:
        raise InputError(problems)


def _nearest(name: str, others: Iterable[str]) -> str:
    hint = did_you_mean(name, others)
    return f"{hint} The first line gives the column names" if hint.endswith("?") else "the first line gives the column names"
