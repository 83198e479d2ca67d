"""Counts: checked, rolled up to networks, complete or not.

A row stands for one or more practice-months: one for a month, three for a quarter, twelve for a year, less those in which the
practice was no member. Its counts go to the network and the quarter of the last of them. In the frames here practices,
networks and indicators are numbers: their position in `Members.practices`, `Members.networks` and `Expected.indicators`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from p4p.counts.members import Fault, Members, Source
from p4p.counts.roster import COUNTS, Expected, Roster, Row
from p4p.numbers.errors import InputError, Location, Problem

__all__ = ["COUNTS", "Activity", "Batch", "Expected", "Roster", "Row", "Rows", "tally"]

_KEY = ("quarter", "network", "indicator")
_COUNTED = (*COUNTS, "rows", "left_out", "expected", "present", "withheld")
_SUMS = (*COUNTS, "rows", "months", "withheld", "bits")
_REPORT = (*_KEY, "place", "month", *COUNTS, "hidden", "counted", "left")
_BEHIND = ("line", "place", "period", "months", "until", *COUNTS)
_LISTED = 100  # repeats that are named one by one
_KEYS = 1_000  # in which repeats are looked for; a row has eight at most, so that all repeats are found or more than are named
_THIRDS = [sum(1 << slot for slot in range(third, 63, 3)) for third in range(3)]  # the bits of each month of a quarter


def tally(reports: pl.LazyFrame, *also: pl.Expr) -> pl.LazyFrame:
    """Keyed reports (see `Roster`) summed by `key`: the counts, `months` reported, their `bits`, and what else is to be summed on the way.

    One aggregation over integers, which is all that touches every row.
    """
    counts = pl.col(COUNTS).cast(pl.Int64).sum()
    return reports.group_by("key").agg(counts, pl.len().cast(pl.Int64).alias("months"), pl.col("bit").sum().alias("bits"), *also)


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one file, sound one by one, and their `tally`.

    `rows`: line, place, indicator, month (from the contract's first), months, period, numerator, denominator (both null where
    withheld), excluded. They may be read from the file again: `check` raises InputError if it has changed since. Where they
    are `monthly`, each stands for a month and none is withheld.
    """

    source: Source
    ignored: tuple[str, ...]
    rows: pl.LazyFrame
    tally: pl.DataFrame
    monthly: bool = False
    check: Callable[[], None] = lambda: None

    def reports(self, roster: Roster, *only: pl.Expr) -> pl.LazyFrame:
        """The practice-months that the rows, or some of them, stand for: see `Roster.reports`."""
        reports = roster.reports(self.rows.filter(*only), monthly=self.monthly)
        return reports.with_columns(**roster.unpacked())


class Rows:
    """Rows taken one by one and kept as columns of numbers, so that there may be millions."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._numbers = {name: array("i") for name in ("line", "place", "indicator", "month", "months", *COUNTS)}
        self._periods: list[str] = []
        self._plain: list[pl.DataFrame] = []

    def take(self, row: Row) -> list[Fault]:
        """Take a row, or say what is wrong with it."""
        if found := self._roster.faults(row):
            return found
        n, d = row.numerator, row.denominator
        counts = (-1, -1, 0) if n is None or d is None else (n, d, row.excluded)
        values = (row.line, *self._roster.numbered(row), row.month - self._roster.start, row.months, *counts)
        for column, value in zip(self._numbers.values(), values, strict=True):
            column.append(value)
        self._periods.append(row.period)
        return []

    def take_plain(self, rows: pl.DataFrame) -> None:
        """Take rows that are sound: see `Batch`."""
        self._plain.append(rows)

    def batch(self, source: Source, ignored: tuple[str, ...] = ()) -> Batch:
        """The rows taken, as a batch."""
        frame = pl.DataFrame({name: pl.Series(values, dtype=pl.Int32) for name, values in self._numbers.items()}).with_columns(
            pl.col("place", "indicator").cast(pl.UInt32),
            pl.col("line", "excluded").cast(pl.Int64),
            *(pl.when(pl.col(c) >= 0).then(pl.col(c)).cast(pl.Int64).alias(c) for c in ("numerator", "denominator")),
            period=pl.Series(self._periods, dtype=pl.String),
        )
        frame = pl.concat([frame, *self._plain], how="diagonal")
        rows, withheld = (pl.col(flag).sum().cast(pl.Int64).alias(name) for flag, name in (("counted", "rows"), ("hidden", "withheld")))
        sums = tally(self._roster.reports(frame.lazy()), rows, withheld)
        return Batch(source, ignored, frame.lazy(), sums.collect())


@dataclass(frozen=True, slots=True)
class Activity:
    """The counts of all files.

    `counts` has a row for every quarter of the contract, network with members in it, and indicator, sorted so: `quarter`
    (year x 4 + 0 to 3), `network`, `indicator`; `numerator`, `denominator`, `excluded`, sums of the counts used (of snapshot
    indicators those of the quarter's last month, of a withheld count none); `rows` used and `left_out`; the practice-months
    `expected`, `present` with counts, and `withheld`. All Int64 but the first three: Int32, UInt32, UInt32.

    `first_year_month` is the first month of the first year that has rows, `last_month` the last month that has any.
    """

    sources: tuple[Source, ...]
    ignored_columns: tuple[str, ...]
    counts: pl.DataFrame
    first_year_month: int
    last_month: int
    _roster: Roster
    _batches: tuple[Batch, ...]
    _kept: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row], expected: Expected, members: Members) -> Activity:
        """Activity without a file, for worked examples and tests. Raises InputError with everything wrong with the rows."""
        roster, rows = Roster.of(expected, members), tuple(rows)
        taken = Rows(roster)
        problems = [Problem(Location(row.file, row.line), f.what, f.hint) for row in rows for f in taken.take(row)]
        if problems:
            raise InputError(problems)
        return cls.rolled_up(roster, [taken.batch(Source(rows[0].file if rows else "", "", len(rows)))])

    @classmethod
    def rolled_up(cls, roster: Roster, batches: Sequence[Batch]) -> Activity:
        """Activity from batches. Raises InputError where a practice-month is given twice, in one batch or in two."""
        sums = pl.concat([batch.tally.select("key", *_SUMS) for batch in batches])
        if len(batches) > 1:
            sums = sums.group_by("key").agg(pl.col(_SUMS).sum())
        repeated = sums.filter(pl.col("bits").bitwise_count_ones() != pl.col("months"))
        if repeated.height:
            problems = _repeats(roster, batches, repeated["key"].sort().head(_KEYS))
            more = [Problem(None, f"counts are given twice; these are the first {_LISTED}")] if len(problems) > _LISTED else []
            raise InputError([*problems[:_LISTED], *more])
        sums = sums.with_columns(roster.unpacked()[what].alias(what) for what in ("cell", "quarter", "left"))
        return cls(
            sources=tuple(batch.source for batch in batches if batch.source.rows),
            ignored_columns=tuple(dict.fromkeys(name for batch in batches for name in batch.ignored)),
            counts=_counts(roster, sums),
            first_year_month=roster.start + 12 * _first_year(sums),
            last_month=roster.start + _last_month(sums),
            _roster=roster,
            _batches=tuple(batches),
        )

    def practice_counts(self, indicators: Sequence[str]) -> pl.DataFrame:
        """`counts` of indicators by practice, with one column more, `practice`. Indicators counted by network have no rows."""
        roster = self._roster
        own = [i for i in indicators if i not in roster.expected.by_network]
        counted, hidden, used = pl.col("counted"), pl.col("hidden"), ~pl.col("left")
        sums = (
            self._reports(own)
            .group_by(*_KEY, "place")
            .agg(
                (pl.col(COUNTS) * used).sum(),
                rows=(counted & used).sum(),
                left_out=(counted & ~used).sum(),
                present=(~hidden & used).sum(),
                withheld=(hidden & used).sum(),
            )
        )
        due = roster.months_due(*_KEY[:2], "place").filter(pl.col("indicator").is_in(roster.numbers(own)))
        return _on_grid(roster, due, self._collected(sums), "place").rename({"place": "practice"})

    def monthly(self, level: str = "network", indicators: Sequence[str] | None = None) -> pl.DataFrame:
        """Sums by month, for charts: `network` or `practice` (the level), `indicator`, `month`, the counts, `withheld` rows.

        The counts of a quarter or year stand in the month in which they count. Months that settling leaves out are here too.
        """
        by = {"network": "network", "practice": "place"}[level]
        sums = (
            self._reports(indicators)
            .filter(pl.col("counted"))
            .group_by(by, "indicator", "month")
            .agg(pl.col(COUNTS).sum(), withheld=pl.col("hidden").sum().cast(pl.Int64))
        )
        named = self._collected(sums).with_columns(pl.col("month") + self._roster.start).rename({by: level})
        return named.select(level, "indicator", "month", *COUNTS, "withheld").sort(level, "indicator", "month")

    def rows(self, indicator: str, network: str, months: Iterable[int]) -> tuple[Row, ...]:
        """The rows whose counts stand in a network and in one of some months, in the order of the files."""
        roster = self._roster
        wanted = [m - roster.start for m in months]
        (number,) = roster.numbers([indicator])
        out = []
        for batch, reports in zip(self._batches, self._behind(network), strict=True):
            found = reports.filter(indicator=number).filter(pl.col("month").is_in(wanted))
            for line, place, period, span, until, *counts in found.select(_BEHIND).iter_rows():
                out.append(Row(batch.source.file, line, roster.places[place], indicator, period, until + roster.start, span, *counts))
        return tuple(out)

    def _behind(self, network: str) -> list[pl.DataFrame]:
        """The reports that count for a network, from each batch; kept, since whoever explains one figure explains the next."""
        if network not in self._kept:
            number = list(self._roster.members.networks).index(network)
            places = self._roster.due.filter(network=number)["place"].unique()
            own, until = pl.col("place").is_in(places.implode()), pl.col("month").alias("until")
            batches = [replace(batch, rows=batch.rows.with_columns(until)) for batch in self._batches]
            frames = [batch.reports(self._roster, own).filter(pl.col("counted"), network=number) for batch in batches]
            self._kept[network] = [self._collected(frame).sort("line") for frame in frames]
        return self._kept[network]

    def missing(self, months: Iterable[int], indicators: Sequence[str] | None = None) -> list[tuple[str, str, int]]:
        """The practice-months in some months that are expected and have no row, as (practice, indicator, month), sorted.

        The practice is a network where the indicator is counted by network.
        """
        roster = self._roster
        first = roster.first_quarter
        gaps = self.counts.filter(pl.col("present") + pl.col("withheld") < pl.col("expected"))
        if indicators is not None:
            gaps = gaps.filter(pl.col("indicator").is_in(roster.numbers(indicators)))
        due = roster.due_in(gaps.with_columns(pl.col("quarter") - first)).filter(pl.col("month").is_in([m - roster.start for m in months]))
        concerned = [roster.expected.indicators[i] for i in due["indicator"].unique()]
        given = self._reports(concerned).filter(pl.col("place").is_in(due["place"].unique().implode()))
        at = ("place", "indicator", "month")
        return roster.named(due.join(self._collected(given.select(at)), on=at, how="anti"))

    def withheld(self, months: Iterable[int]) -> list[tuple[str, str, int]]:
        """The practice-months in some months whose counts are withheld, as `missing` gives them; left-out months are not told."""
        if not self.counts["withheld"].sum():
            return []
        wanted = pl.col("month").is_in([m - self._roster.start for m in months])
        hidden = self._reports().filter(pl.col("hidden") & ~pl.col("left") & wanted)
        return self._roster.named(self._collected(hidden.select("place", "indicator", "month")))

    def _reports(self, indicators: Sequence[str] | None = None) -> pl.LazyFrame:
        """The practice-months reported, from the rows again."""
        roster = self._roster
        wanted = roster.numbers(roster.expected.indicators if indicators is None else indicators)
        frames = [batch.reports(roster, pl.col("indicator").is_in(wanted)) for batch in self._batches]
        return pl.concat([frame.select(_REPORT) for frame in frames])

    def _collected(self, frame: pl.LazyFrame) -> pl.DataFrame:
        found = frame.collect(engine="streaming")
        for batch in self._batches:
            batch.check()
        return found


def _counts(roster: Roster, sums: pl.DataFrame) -> pl.DataFrame:
    """`Activity.counts` from a tally whose keys are unpacked: each sum laid in its cell, zero where nothing was reported."""
    left = sums.filter("left")
    used = sums.filter(~pl.col("left")).with_columns(present=pl.col("months") - pl.col("withheld"))
    if roster.split:
        summed = (*COUNTS, "rows", "present", "withheld")
        used, left = used.group_by("cell").agg(pl.col(summed).sum()), left.group_by("cell").agg(pl.col("rows").sum())
    due = roster.months_due("quarter", "network").with_columns(cell=roster.cell)

    def laid(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
        row = pl.repeat(None, roster.cells, dtype=pl.UInt32, eager=True).scatter(
            frame["cell"], pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
        )
        return frame.select(pl.col(names).gather(row))

    counted = laid(used, *COUNTS, "rows", "present", "withheld")
    others = [laid(left, "rows").rename({"rows": "left_out"}), laid(due, "expected")]
    grid = pl.concat([roster.grid(), counted, *others], how="horizontal").select(*_KEY, *_COUNTED)
    return grid.filter(pl.col("expected").is_not_null()).with_columns(pl.exclude(*_KEY).fill_null(0))


def _on_grid(roster: Roster, due: pl.DataFrame, sums: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Sums laid on all that is due, zero where nothing was reported; sorted, quarters as they are told outside."""
    grid = due.join(sums, on=[*_KEY, *by], how="left").with_columns(pl.col("quarter") + (roster.first_quarter))
    return grid.select(*_KEY, *by, pl.col(_COUNTED).fill_null(0).cast(pl.Int64)).sort(*_KEY, *by)


def _first_year(sums: pl.DataFrame) -> int:
    """The first year, from the contract's first, that has rows; 0 where there are none."""
    first: int = (sums["quarter"] // 4).to_frame().min().item() if sums.height else 0
    return first


def _last_month(sums: pl.DataFrame) -> int:
    """The last month, from the contract's first, that has rows; -1 where there are none."""
    if not sums.height:
        return -1
    quarter: int = sums["quarter"].to_frame().max().item()
    bits = sums.filter(pl.col("quarter") == quarter)["bits"]
    return quarter * 3 + max(third for third, slots in enumerate(_THIRDS) if (bits & slots != 0).any())


def _repeats(roster: Roster, batches: Sequence[Batch], keys: pl.Series) -> list[Problem]:
    """The rows that give a practice-month again, among those of some keys, each with the row that gave it first."""
    given: dict[tuple[int, int, int], tuple[str, int, str]] = {}
    told: dict[tuple[str, int, str, int], Problem] = {}
    concerned = pl.DataFrame({"key": keys}).select(roster.unpacked()["indicator"].alias("indicator"))["indicator"].unique()
    for file, batch in ((batch.source.file, batch) for batch in batches):
        reports = batch.reports(roster, pl.col("indicator").is_in(concerned.implode()))
        found = reports.filter(pl.col("key").is_in(keys.implode()))
        names = ("line", "place", "indicator", "month", "period")
        for line, place, indicator, month, period in found.select(names).collect().sort("line", "month").iter_rows():
            first, at, before = given.setdefault((place, indicator, month), (file, line, period))
            if (first, at) == (file, line):
                continue
            where = f"line {at}" if first == file else f"{first}, line {at}"
            what = f"{roster.places[place]}, {roster.expected.indicators[indicator]}, {period} is given already, by {where}"
            said = what if period == before else f"{what} ({before})"
            told.setdefault((file, line, first, at), Problem(Location(file, line), said, "keep one: nothing is counted twice"))
    return list(told.values())
