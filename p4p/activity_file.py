"""Activity from CSV: practice, indicator, period, numerator, denominator; optional excluded and network.

There are two ways in, and a test holds them to one result. A file is read *plainly* when all of it can be: every practice,
indicator and month known and every count plain digits. Polars then reads it, and every byte of the file is accounted for by
what was read: lines, commas, and the shortest spelling of each value. No quote, space, sign or leading zero, no line lost or
read twice escapes that sum. Any other file is read *carefully*, a record at a time, which finds the words for what is wrong,
or that nothing is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import polars as pl

from p4p.activity import Activity, Batch, Expected, Row, Rows, tally
from p4p.errors import InputError, visible
from p4p.members import Fault, Members, Source, unknown_network
from p4p.period import Quarter, Year, first_day, last_day, month_of, month_text, parse_date, parse_month
from p4p.roster import COUNTS, MOST, Roster, is_total
from p4p.table_text import UNWELCOME, Problems, Record, Table, not_whole, whole

REQUIRED = ("practice", "indicator", "period", "numerator", "denominator")
OPTIONAL = ("excluded", "network")


def read_activity(paths: Sequence[str], expected: Expected, members: Members) -> Activity:
    """The activity of one or more files. Raises InputError with the faults of all of them."""
    if not paths:
        raise InputError("no activity file was named")
    roster, problems, batches = Roster.of(expected, members), Problems(), list[Batch]()
    for path in paths:
        try:
            table = Table(path, REQUIRED, OPTIONAL)
            if batch := _plainly(table, roster) or _carefully(table, roster, problems):
                batches.append(batch)
        except InputError as error:
            problems.add(*error.problems)
    problems.refuse()
    return Activity.rolled_up(roster, batches)


# plainly


def _plainly(table: Table, roster: Roster) -> Batch | None:
    """A plain file, read by Polars; None where it is not proved to be plain."""
    periods = _periods(roster)
    schema = {
        "practice": pl.Enum(roster.places),
        "indicator": pl.Enum(roster.expected.indicators),
        "period": pl.Enum(list(periods)),
        "network": pl.Enum(list(roster.members.networks)),
        **dict.fromkeys(COUNTS, pl.Int32()),
    }
    names = [name if name in table.column else f"column {i}" for i, name in enumerate(table.names)]
    lines = pl.scan_csv(
        Path(table.file).absolute(),  # an absolute path is never taken for an address
        has_header=False,
        skip_lines=1,
        schema={name: schema.get(name, pl.String()) for name in names},
        quote_char=None,  # a quote is a letter like any other: known to no list of codes, and no digit
        glob=False,
        row_index_name="line",
        row_index_offset=2,
    )
    numbered = lines.with_columns(
        pl.col("practice").to_physical().cast(pl.UInt32).alias("place"),
        pl.col("indicator").to_physical().cast(pl.UInt32),
        pl.lit(pl.Series(list(periods.values()), dtype=pl.Int32)).gather(pl.col("period").to_physical()).alias("month"),
        *([] if "excluded" in names else [pl.lit(0, pl.Int32).alias("excluded")]),
    )
    keyed = roster.keyed(numbered)
    if "network" in names:
        keyed = keyed.with_columns(roster.unpacked()["network"].alias("due"))
    # a line's bytes are a column of their own: sums of plain columns stream, of anything else they do not
    proved = keyed.with_columns(pl.when(_sound(names)).then(_shortest(roster, list(periods), names)).otherwise(0).alias("bytes"))
    with ThreadPoolExecutor(1) as beside:
        hashing = beside.submit(_sha256, table.file)
        try:
            sums = tally(proved, pl.len(), pl.lit(0), pl.col("bytes").cast(pl.Int64).sum()).collect(engine="streaming")
            digest, ended = hashing.result()
        except (pl.exceptions.PolarsError, OSError):
            return None
    ends = 2 if table.header.endswith(b"\r\n") else 1
    count = int(sums["rows"].sum())
    accounted = len(table.header) + int(sums["bytes"].sum()) + count * (len(names) - 1 + ends) - (0 if ended else ends)
    if accounted != table.stamp.size or sums["key"].has_nulls() or not count:
        return None
    table.check_unchanged()
    rows = numbered.select(
        pl.col("line").cast(pl.Int64),
        "place",
        "indicator",
        "month",
        pl.lit(1, pl.Int32).alias("months"),
        pl.col("period").cast(pl.String),
        pl.col(COUNTS).cast(pl.Int64),
    )
    return Batch(Source(table.file, digest, count), table.ignored, rows, sums, monthly=True, check=table.check_unchanged)


def _periods(roster: Roster) -> dict[str, int]:
    """The texts that stand for a month of the contract, and the months: `2009-04` and each of its days."""
    months = range(roster.start, roster.start + roster.months)
    days = [first_day(months[0]) + timedelta(n) for n in range((last_day(months[-1]) - first_day(months[0])).days + 1)]
    return {month_text(m): m - roster.start for m in months} | {str(day): month_of(day) - roster.start for day in days}


def _sound(names: Sequence[str]) -> pl.Expr:
    """Whether a line's counts agree with each other, its network is the practice's, and its other cells hold nothing unwelcome."""
    n, d, e = (pl.col(c) for c in COUNTS)
    sound = (n >= 0) & (e >= 0) & (n <= d) & (e <= d - n) & (d <= MOST)
    if "network" in names:
        sound &= pl.col("network").to_physical().cast(pl.UInt32) == pl.col("due")
    for name in names:
        if name.startswith("column "):
            sound &= ~pl.col(name).fill_null("").str.contains(UNWELCOME)
    return sound


def _shortest(roster: Roster, periods: list[str], names: Sequence[str]) -> pl.Expr:
    """The bytes that a line's cells take at the least."""
    codes = {
        "practice": ("place", roster.places),
        "indicator": ("indicator", roster.expected.indicators),
        "network": ("due", tuple(roster.members.networks)),
    }
    total = pl.lit(0, pl.UInt32)
    for name in names:
        if name in COUNTS:
            total += _digits(pl.col(name))
        elif name == "period":
            total += _length(pl.col("period").to_physical(), periods)
        elif name in codes:
            total += _length(pl.col(codes[name][0]), codes[name][1])
        else:
            total += pl.col(name).str.len_bytes().fill_null(0)
    return total


def _length(number: pl.Expr, texts: Sequence[str]) -> pl.Expr:
    lengths = [len(text.encode()) for text in texts]
    same = len(set(lengths)) == 1
    return pl.lit(lengths[0], pl.UInt32) if same else pl.lit(pl.Series(lengths, dtype=pl.UInt32)).gather(number)


def _digits(count: pl.Expr) -> pl.Expr:
    digits = pl.lit(9, pl.UInt8)
    for n in range(8, 0, -1):
        digits = pl.when(count < 10**n).then(pl.lit(n, pl.UInt8)).otherwise(digits)
    return digits


def _sha256(path: str) -> tuple[str, bool]:
    """The SHA-256 of a file, and whether its last line is ended."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(-1, 2)
        return digest, file.read(1) == b"\n"


# carefully


def _carefully(table: Table, roster: Roster, problems: Problems) -> Batch | None:
    """Any file, read record by record; None where something is wrong with it, which is added to `problems`."""
    before, rows, reader = problems.found, Rows(roster), _Reader(table, roster)
    for record in table.records(problems):
        row, found = reader.read(record)
        if row and not found:
            found = rows.take(row)
        for fault in found:
            problems.add(table.problem(record, fault.field, fault.what, fault.hint))
    return rows.batch(table.source, table.ignored) if table.source and problems.found == before else None


class _Reader:
    """Makes rows of records."""

    def __init__(self, table: Table, roster: Roster) -> None:
        self._file, self._column, self._roster = table.file, table.column, roster
        self._periods: dict[str, tuple[int, int] | Fault] = {}

    def read(self, record: Record) -> tuple[Row | None, list[Fault]]:
        """A record as a row, or what is wrong with its cells. Whether the codes are known, `Rows.take` says of a row."""
        cells = {name: record.cells[i] for name, i in self._column.items()}
        practice, indicator, period = cells["practice"], cells["indicator"], cells["period"]
        when = self._periods.get(period) or self._period(period)
        n, d, e = whole(cells["numerator"]), whole(cells["denominator"]), whole(cells.get("excluded", "0"))
        wrong = [] if n is not None and d is not None and e is not None else _count_faults(cells)
        if wrong or isinstance(when, Fault):
            codes = self._roster.code_faults(practice, indicator)
            if is_total(practice) and codes:
                return None, codes
            return None, [*codes, *([when] if isinstance(when, Fault) else []), *wrong]
        row = Row(self._file, record.line, practice, indicator, period, *when, n, d, e or 0)
        return row, self._network_faults(row, cells["network"]) if "network" in cells else []

    def _period(self, text: str) -> tuple[int, int] | Fault:
        try:
            read: tuple[int, int] | Fault = read_period(text, self._roster.expected.years)
        except ValueError as error:
            what, _, hint = str(error).partition("; ")
            read = Fault("period", what, hint)
        return self._periods.setdefault(text, read)

    def _network_faults(self, row: Row, network: str) -> list[Fault]:
        networks = self._roster.networks_of(row)
        if network in networks or not networks:  # of a practice in no network `Rows.take` tells
            return []
        if network not in self._roster.members.networks:
            return [unknown_network(network, self._roster.members.networks)]
        hint = "a practice that moves has a row for each stay in the practices file, with dates"
        return [Fault("network", f"{row.practice} is in {', '.join(networks)} in {row.period}, not in {network}", hint)]


def read_period(text: str, years: Sequence[Year]) -> tuple[int, int]:
    """The last month that a period stands for, and how many months: `2009-04`, `2009-04-30`, `2009/10 Q1`, `2009/10`.

    Raises ValueError, `what is wrong; what to do`, for anything else and for what is outside the years.
    """
    shown = f'"{visible(text)}"'
    if "Q" in text.upper() and (quarter := Quarter.parse(text, tuple(years))):
        return quarter.months[-1], 3
    if _YEAR.fullmatch(text):
        month, months = Year.parse(text).months[-1], 12
    elif _MONTH.fullmatch(text):
        month, months = parse_month(text), 1
    elif _DAY.fullmatch(text):
        month, months = month_of(parse_date(text)), 1
    else:
        raise ValueError(next(f"{shown} {what}" for pattern, what in _NO_PERIOD if pattern.fullmatch(text)))
    if not any(month in year.months for year in years):
        covered = str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
        empty = "; an empty date in a spreadsheet" if text.startswith(("1899", "1900")) else ""
        raise ValueError(f"{shown} is outside the contract, which covers {covered}{empty}")
    return month, months


_YEAR = re.compile(r"[0-9]{4}/([0-9]{2}|[0-9]{4})")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_PERIOD = [
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in [
        (r"", "is blank; a period is a month like 2009-04, or a quarter like 2009/10 Q1"),
        (r"[0-9]{5}", "is a spreadsheet's number for a day; format the column as yyyy-mm-dd"),
        (r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}", "may be day or month first; write the year first: 2009-04-01"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*", "has a time of day; write the day alone: 2009-04-01"),
        (r".*", "is no period; a period is a month like 2009-04, or a quarter like 2009/10 Q1"),
    ]
]


def _count_faults(cells: dict[str, str]) -> list[Fault]:
    """What is wrong with counts of which one at least is no whole number: nothing, where they are withheld, both stars."""
    texts = {name: cells[name] for name in COUNTS if name in cells}
    stars = [name for name in ("numerator", "denominator") if texts[name] == "*"]
    given = [name for name in ("numerator", "denominator") if whole(texts[name]) is not None]
    if len(stars) == 2:
        del texts["numerator"], texts["denominator"]
        return [_count_fault(name, text) for name, text in texts.items() if text != "*" and whole(text) is None]
    if stars and given:
        what = f"{stars[0]} is suppressed (*), but {given[0]} is {texts[given[0]]}"
        return [Fault(stars[0], what, "a withheld count has * in both; a suppressed number is not zero")]
    return [_count_fault(name, text) for name, text in texts.items() if whole(text) is None]


def _count_fault(column: str, text: str) -> Fault:
    what, hint = not_whole(text)
    return Fault(column, f"{column} {what}", hint)
