"""Activity from CSV: practice, indicator, period, numerator, denominator; optional excluded and network.

There are two ways in, and a test holds them to one result. A file is read *plainly* when all of it can be: every practice,
indicator and month known and every count plain digits. Polars then reads it, and every byte of the file is accounted for by
what was read: lines, commas, and the shortest spelling of each value. No quote, space, sign or leading zero, no line lost or
read twice escapes that sum. Any other file is read *carefully*, a record at a time, which finds the words for what is wrong,
or that nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import polars as pl

from p4p.counts.activity import Activity, Batch, Expected, Row, Rows, tally
from p4p.counts.members import Fault, Members, Source, unknown_network
from p4p.counts.roster import COUNTS, MOST, Roster, is_total
from p4p.files.ahead import Ahead, AllAhead, look_ahead
from p4p.files.table_text import BLOCK, UNWELCOME, Block, Problems, Record, Table, not_whole, whole
from p4p.numbers.errors import InputError, visible
from p4p.numbers.period import Quarter, Year, first_day, last_day, month_of, month_text, parse_date, parse_month, years_text

REQUIRED = ("practice", "indicator", "period", "numerator", "denominator")
OPTIONAL = ("excluded", "network")

COLUMN_LIMIT = 100  # of a plain file


def read_activity(paths: Sequence[str], expected: Expected, members: Members, known: AllAhead | None = None) -> Activity:
    """The activity of one or more files, of which something may be `known` already. Raises InputError with the faults of all of them."""
    if not paths:
        raise InputError("no activity file was named")
    roster, problems, batches = Roster.of(expected, members), Problems(), list[Batch]()
    with look_ahead(paths) if known is None else nullcontext(known) as ahead:
        for path in paths:
            try:
                table = Table(path, REQUIRED, OPTIONAL)
                if batch := _plainly(table, roster, ahead[path]) or _carefully(table, roster, problems):
                    batches.append(batch)
            except InputError as error:
                problems.add(*error.problems)
    problems.refuse()
    return Activity.rolled_up(roster, batches)


# plainly


def _plainly(table: Table, roster: Roster, ahead: Ahead) -> Batch | None:
    """A plain file, read by Polars; None where it is not proved to be plain."""
    if len(table.names) > COLUMN_LIMIT or not ahead.in_lines:
        return None
    plain = _Plain(table, roster)
    # an absolute path is never taken for an address
    lines = plain.lines(Path(table.file).absolute(), 2, skip_lines=1)
    try:
        sums = tally(plain.proved(lines), pl.col("bytes").sum()).collect(engine="streaming")
        about = ahead.hashed.result()
    except (pl.exceptions.PolarsError, InputError, OSError):
        return None
    if about.stamp != table.stamp:  # the hash was made of an earlier state of the file
        return None
    count = int(sums["months"].sum())
    size = table.stamp.size - len(table.header) + (0 if about.ended else plain.ends)
    if not count or int(sums["bytes"].sum()) != size or sums["key"].has_nulls():
        return None
    table.check_unchanged()
    source = Source(table.file, about.sha256, count)
    # a row for each month, none of them withheld
    sums = sums.with_columns(rows=pl.col("months"), withheld=pl.lit(0, pl.Int64))
    return Batch(source, table.ignored, plain.rows(lines), sums, monthly=True, check=table.check_unchanged)


def _plain_block(table: Table, roster: Roster, block: Block) -> pl.DataFrame | None:
    """The rows of a block of a larger file, read by Polars; None where it is not proved to be plain."""
    plain = _Plain(table, roster)
    try:
        found = plain.proved(plain.lines(block.data, block.line)).collect()
    except pl.exceptions.PolarsError:
        return None
    size = len(block.data) + (0 if block.data.endswith(b"\n") else plain.ends)
    if found["bytes"].sum() != size or found["key"].has_nulls():
        return None
    return plain.rows(found.lazy()).collect()


class _Plain:
    """How Polars reads the lines of a table, if they are plain, and how it is proved that they are."""

    def __init__(self, table: Table, roster: Roster) -> None:
        self._roster = roster
        self._periods = _periods(roster)
        self._names = [name if name in table.column else f"column {i}" for i, name in enumerate(table.names)]
        self.ends = 2 if table.header.endswith(b"\r\n") else 1

    def lines(self, source: Path | bytes, first_line: int, skip_lines: int = 0) -> pl.LazyFrame:
        """The lines with `place`, `indicator`, `month` as numbers, and the counts."""
        members, expected = self._roster.members, self._roster.expected
        schema = {
            "practice": pl.Enum(self._roster.places),
            "indicator": pl.Enum(expected.indicators),
            "period": pl.Enum(list(self._periods)),
            "network": pl.Enum(list(members.networks)),
            **dict.fromkeys(COUNTS, pl.Int32()),
        }
        lines = pl.scan_csv(
            source,
            has_header=False,
            skip_lines=skip_lines,
            schema={name: schema.get(name, pl.String()) for name in self._names},
            quote_char=None,  # a quote is a letter like any other: known to no list of codes, and no digit
            glob=False,
            row_index_name="line",
            row_index_offset=first_line,
        )
        months = pl.lit(pl.Series(list(self._periods.values()), dtype=pl.Int32))
        return lines.with_columns(
            pl.col("practice").to_physical().cast(pl.UInt32).alias("place"),
            pl.col("indicator").to_physical().cast(pl.UInt32),
            months.gather(pl.col("period").to_physical()).alias("month"),
            *([] if "excluded" in self._names else [pl.lit(0, pl.Int32).alias("excluded")]),
        )

    def rows(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        """Lines that are proved, as the rows of a batch."""
        return lines.select(
            pl.col("line").cast(pl.Int64),
            "place",
            "indicator",
            "month",
            pl.lit(1, pl.Int32).alias("months"),
            pl.col("period").cast(pl.String),
            pl.col(COUNTS).cast(pl.Int64),
        )

    def proved(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        """Keyed lines with `bytes`: what a sound line takes in its shortest spelling, its end included; 0 for any other.

        So a file is plain if these add up to its bytes, and every key is there.
        """
        keyed = self._roster.keyed(lines)
        if "network" in self._names:
            keyed = keyed.with_columns(self._roster.unpacked()["network"].alias("due"))
        # a column of its own: sums of plain columns stream, sums of anything more do not
        shortest = pl.when(self._sound()).then(self._shortest()).otherwise(0).cast(pl.Int64)
        return keyed.with_columns(shortest.alias("bytes"))

    def _sound(self) -> pl.Expr:
        """Whether counts agree with each other, the network is the practice's, and cells not wanted hold nothing unwelcome."""
        n, d, e = (pl.col(c) for c in COUNTS)
        sound = (n >= 0) & (e >= 0) & (n <= d) & (e <= d - n) & (d <= MOST)
        if "network" in self._names:
            sound &= pl.col("network").to_physical().cast(pl.UInt32) == pl.col("due")
        for name in self._names:
            if name.startswith("column "):
                sound &= ~pl.col(name).fill_null("").str.contains(UNWELCOME)
        return sound

    def _shortest(self) -> pl.Expr:
        """The bytes that a line takes at the least."""
        codes = {
            "practice": ("place", self._roster.places),
            "indicator": ("indicator", self._roster.expected.indicators),
            "network": ("due", tuple(self._roster.members.networks)),
        }
        total = pl.lit(len(self._names) - 1 + self.ends, pl.UInt32)
        for name in self._names:
            if name in COUNTS:
                total += _digits(pl.col(name))
            elif name == "period":
                total += _length(pl.col("period").to_physical(), list(self._periods))
            elif name in codes:
                total += _length(pl.col(codes[name][0]), codes[name][1])
            else:
                total += pl.col(name).str.len_bytes().fill_null(0)
        return total


def _periods(roster: Roster) -> dict[str, int]:
    """The texts that stand for a month of the contract, and the months: `2009-04` and each of its days."""
    months = range(roster.start, roster.start + roster.months)
    days = [first_day(months[0]) + timedelta(n) for n in range((last_day(months[-1]) - first_day(months[0])).days + 1)]
    return {month_text(m): m - roster.start for m in months} | {str(day): month_of(day) - roster.start for day in days}


def _length(number: pl.Expr, texts: Sequence[str]) -> pl.Expr:
    lengths = [len(text.encode()) for text in texts]
    same = len(set(lengths)) == 1
    return pl.lit(lengths[0], pl.UInt32) if same else pl.lit(pl.Series(lengths, dtype=pl.UInt32)).gather(number)


def _digits(count: pl.Expr) -> pl.Expr:
    digits = pl.lit(9, pl.UInt8)
    for n in range(8, 0, -1):
        digits = pl.when(count < 10**n).then(pl.lit(n, pl.UInt8)).otherwise(digits)
    return digits


# carefully


def _carefully(table: Table, roster: Roster, problems: Problems, size: int = BLOCK) -> Batch | None:
    """Any file, read record by record; None where something is wrong with it, which is added to `problems`.

    Of a file of several blocks those that are plain are not taken apart.
    """
    before, rows, reader = problems.found, Rows(roster), _Reader(table, roster)
    for block in table.blocks(problems, size):
        if table.stamp.size > size and (plain := _plain_block(table, roster, block)) is not None:
            rows.take_plain(plain)
            table.rows += plain.height
            continue
        for record in table.records_of(block, problems):
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
        empty = (
            "; an empty date in a spreadsheet" if text.startswith(("1899", "1900")) else "; is it the right file, and the right contract?"
        )
        raise ValueError(f"{shown} is outside the contract, which covers {years_text(years)}{empty}")
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
