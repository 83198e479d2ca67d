"""Who is to report on what, month by month, and where it counts.

A *practice-month* is a practice in a month in which it is a member of a network (for indicators counted by network, a network
in a month in which it has members). Months are numbered here from the contract's first, quarters likewise; indicators are
numbers, their position in `Expected.indicators`, and places their position in `Roster.places`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from p4p.counts.members import HINTED, Fault, Members, nearest_code, unknown_network, unknown_practice
from p4p.numbers.errors import visible
from p4p.numbers.period import Year

COUNTS = ("numerator", "denominator", "excluded")
MOST = 999_999_999  # in one count, so that sums of nine thousand million rows are exact in Int64

_IN_BLOCK = 21  # practices, so that a block's practice-months have a bit each in an Int64
_TOTALS = frozenset({"total", "totals", "grand total", "sum", "subtotal", "sub-total", "all", "all practices", "england"})


@dataclass(frozen=True, slots=True)
class Expected:
    """What a contract expects of its activity.

    `indicators` in contract order. Of `snapshot` indicators only the last month of a quarter is used; for `yearly` ones a
    row may stand for a year; for those `by_network` the practice column holds the code of a network. `years` run on.
    """

    indicators: tuple[str, ...]
    snapshot: frozenset[str]
    yearly: frozenset[str]
    by_network: frozenset[str]
    years: tuple[Year, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of activity. `month` is the last of the `months` (1, 3 or 12) for which it stands, `period` as it was written.

    A withheld count has None for numerator and denominator.
    """

    file: str
    line: int
    practice: str
    indicator: str
    period: str
    month: int
    months: int
    numerator: int | None
    denominator: int | None
    excluded: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The practice-months that a contract expects, given its members.

    `places` are the codes that may stand in the practice column. `due` has a row for each practice-month: `place`, `network`,
    `month`, `quarter`, `section` (0, or 1 where the place is a network reporting for itself), `block` and `bit`.

    A block is up to 21 practices of one network in one quarter, and each of its practice-months has a bit of its own. Rows
    whose bits add up to a number with as many ones as there are rows are all different: a sum of powers of two has that many
    ones only if no power came twice, and overflow can only lose some. Blocks are numbered by quarter and network, and again
    from the start for the next 21 practices.
    """

    expected: Expected
    members: Members
    start: int
    places: tuple[str, ...]
    due: pl.DataFrame
    _place: dict[str, int]
    _indicator: dict[str, int]
    _block: pl.Series
    _bit: pl.Series
    _latest: pl.Series  # the last month up to each in which the place is a member
    _said: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    _sound: set[tuple[str, bool, int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, expected: Expected, members: Members) -> Roster:
        """The roster of a contract that expects this and of these members."""
        start = expected.years[0].months[0]
        months = expected.years[-1].months[-1] + 1 - start
        networks = [n for n in members.networks if n not in members.practices] if expected.by_network else []
        places = (*members.practices, *networks)
        place = {code: i for i, code in enumerate(places)}
        due = _practice_months(members, start, months)
        if expected.by_network:
            as_place = pl.Series([place[n] for n in members.networks], dtype=pl.UInt32)
            own = due.unique(["network", "month"])
            due = pl.concat([due, own.with_columns(place=as_place.gather(own["network"]), section=pl.lit(1, pl.UInt32))])
        due = _with_blocks(due, len(members.networks), months // 3)
        at = (due["section"].cast(pl.Int64) * len(places) + due["place"]) * months + due["month"]
        empty = pl.repeat(None, 2 * len(places) * months, eager=True)  # a line for each place of either section
        # a row's place has a month in which it is a member among those the row stands for, so no gap reaches another place
        latest = empty.cast(pl.Int32).scatter(at, due["month"]).fill_null(strategy="forward")
        return cls(
            expected,
            members,
            start,
            places,
            due,
            place,
            {code: i for i, code in enumerate(expected.indicators)},
            empty.cast(pl.UInt32).scatter(at, due["block"]),
            empty.cast(pl.Int64).scatter(at, due["bit"]),
            latest,
        )

    @property
    def first_quarter(self) -> int:
        """The key of the contract's first quarter, from which frames here count."""
        return self.expected.years[0].quarters[0].key

    @property
    def months(self) -> int:
        """How many months the contract has."""
        return self.expected.years[-1].months[-1] + 1 - self.start

    def flags(self, indicators: Collection[str]) -> pl.Expr:
        """Whether a row's indicator is one of these."""
        if not indicators:
            return pl.lit(False)
        return pl.lit(pl.Series([i in indicators for i in self.expected.indicators])).gather(pl.col("indicator"))

    def numbers(self, indicators: Iterable[str]) -> list[int]:
        """Indicators as numbers."""
        return [self._indicator[i] for i in indicators]

    # keys and bits

    def keyed(self, reports: pl.LazyFrame) -> pl.LazyFrame:
        """Reports (place, indicator, month) with `key` and `bit`, null where that place has nothing to report.

        The key packs block, indicator, and whether the counts are left out: those of a snapshot indicator in the first two
        months of a quarter.
        """
        at, indicators = self._at(), len(self.expected.indicators)
        left = self.flags(self.expected.snapshot) & (pl.col("month") % 3 != 2)
        block = pl.lit(self._block).gather(at).cast(pl.UInt64)
        key = (block * indicators + pl.col("indicator")) * 2 + left.cast(pl.UInt64)
        return reports.with_columns(key=key, bit=pl.lit(self._bit).gather(at))

    def reports(self, rows: pl.LazyFrame, *, monthly: bool = False) -> pl.LazyFrame:
        """A report for each practice-month that rows stand for, with `key` and `bit`.

        A row's counts stand on the last of its practice-months, which is `counted`; on the others they are 0. `hidden` says
        that they are withheld. Where rows are `monthly`, each stands for a month and none is withheld.
        """
        if monthly:
            return self.keyed(rows).with_columns(hidden=pl.lit(False), counted=pl.lit(True))
        months = pl.int_ranges(pl.col("month") - pl.col("months") + 1, pl.col("month") + 1, dtype=pl.Int32)
        latest = pl.lit(self._latest).gather(self._at())
        each = rows.with_columns(hidden=pl.col("denominator").is_null(), latest=latest, month=months).explode("month")
        counted = self.keyed(each).filter(pl.col("key").is_not_null()).with_columns(counted=pl.col("month") == pl.col("latest"))
        return counted.with_columns(pl.when("counted").then(pl.col(c)).otherwise(0).alias(c) for c in COUNTS)

    def _at(self) -> pl.Expr:
        """Where a place and month stand in the tables, given how the indicator is counted."""
        line = pl.col("place") + self.flags(self.expected.by_network).cast(pl.UInt32) * len(self.places)
        return line * self.months + pl.col("month").cast(pl.UInt32)

    @property
    def cells(self) -> int:
        """How many cells there are: quarter x network x indicator, numbered in that order."""
        return self.months // 3 * len(self.members.networks) * len(self.expected.indicators)

    @property
    def cell(self) -> pl.Expr:
        """The cell of a quarter, network and indicator."""
        networks, indicators = len(self.members.networks), len(self.expected.indicators)
        return (pl.col("quarter") * networks + pl.col("network")) * indicators + pl.col("indicator")

    def grid(self) -> pl.DataFrame:
        """Every cell: `quarter` (year x 4 + 0 to 3), `network`, `indicator`."""
        networks, indicators = len(self.members.networks), len(self.expected.indicators)
        cell, first = pl.int_range(self.cells), self.first_quarter
        return pl.select(
            (cell // (indicators * networks) + first).cast(pl.Int32).alias("quarter"),
            (cell // indicators % networks).cast(pl.UInt32).alias("network"),
            (cell % indicators).cast(pl.UInt32).alias("indicator"),
        )

    @property
    def split(self) -> bool:
        """Whether the members of a network take more than one block."""
        return bool((self.due["block"] >= self.months // 3 * len(self.members.networks)).any())

    def unpacked(self) -> dict[str, pl.Expr]:
        """What a `key` says: the `cell` and its `quarter`, `network`, `indicator`; and `left`, whether left out."""
        cell, indicators, networks = pl.col("key") // 2 % self.cells, len(self.expected.indicators), len(self.members.networks)
        return {
            "cell": cell,
            "quarter": (cell // (indicators * networks)).cast(pl.Int32),
            "network": (cell // indicators % networks).cast(pl.UInt32),
            "indicator": (cell % indicators).cast(pl.UInt32),
            "left": pl.col("key") % 2 == 1,
        }

    # what is due

    def months_due(self, *by: str) -> pl.DataFrame:
        """Practice-months `expected`, by some columns of `due` and by indicator."""
        last = (pl.col("month") % 3 == 2).sum()
        sums = self.due.group_by("section", *by).agg(pl.len().alias("all"), last.alias("last"))
        expected = pl.when("snapshot").then("last").otherwise("all").cast(pl.Int64)
        return sums.join(self._sections(), on="section").select(*by, "indicator", expected.alias("expected"))

    def due_in(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The practice-months (place, indicator, month) expected in some cells (quarter, network, indicator)."""
        used = ~pl.col("snapshot") | (pl.col("month") % 3 == 2)
        own = cells.select("quarter", "network", "indicator").join(self._sections(), on="indicator")
        return self.due.join(own, on=["quarter", "network", "section"]).filter(used).select("place", "indicator", "month")

    def named(self, months: pl.DataFrame) -> list[tuple[str, str, int]]:
        """Practice-months (place, indicator, month) in words, sorted."""
        rows = months.select("place", "indicator", "month").iter_rows()
        return sorted((self.places[p], self.expected.indicators[i], m + self.start) for p, i, m in rows)

    def _sections(self) -> pl.DataFrame:
        ids = self.expected.indicators
        return pl.DataFrame(
            {
                "indicator": pl.Series(range(len(ids)), dtype=pl.UInt32),
                "section": pl.Series([int(i in self.expected.by_network) for i in ids], dtype=pl.UInt32),
                "snapshot": pl.Series([i in self.expected.snapshot for i in ids], dtype=pl.Boolean),
            }
        )

    # what is wrong with a row

    def numbered(self, row: Row) -> tuple[int, int]:
        """The place and indicator of a sound row as numbers."""
        return self._place[row.practice], self._indicator[row.indicator]

    def networks_of(self, row: Row) -> set[str]:
        """The networks that a row's practice (or network) belongs to in the months for which it stands."""
        months = range(row.month - row.months + 1, row.month + 1)
        if row.indicator in self.expected.by_network:
            return {row.practice} if any(self.members.members(row.practice, m) for m in months) else set()
        return {n for m in months if (n := self.members.network_of(row.practice, m)) is not None}

    def faults(self, row: Row) -> list[Fault]:
        """What is wrong with a row: codes that are not known, no member then, counts that contradict each other."""
        n, d, e = row.numerator, row.denominator, row.excluded
        wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and d <= MOST) else list(_count_faults(n, d, e))
        membership = (row.practice, row.indicator in self.expected.by_network, row.month, row.months)
        by_year = row.months < 12 or row.indicator in self.expected.yearly  # who may report by the year depends on the indicator
        if not wrong and by_year and membership in self._sound and row.indicator in self._indicator:
            return []
        found = self.code_faults(row.practice, row.indicator) or list(self._period_faults(row))
        if not found:
            self._sound.add(membership)
        return [*found, *wrong]

    def code_faults(self, practice: str, indicator: str) -> list[Fault]:
        """What is wrong with the codes of a row."""
        by_network = indicator in self.expected.by_network
        if indicator in self._indicator and practice in (self.members.networks if by_network else self.members.practices):
            return []
        key = (practice, indicator)
        if key not in self._said:  # finding a code that is near takes a while, and a fault seldom comes alone
            self._said[key] = list(self._code_faults(practice, indicator, by_network, hinted=len(self._said) < HINTED))
        return self._said[key]

    def _code_faults(self, practice: str, indicator: str, by_network: bool, hinted: bool) -> Iterator[Fault]:
        members, indicators = self.members, self.expected.indicators if hinted else ()
        practices, networks = (members.practices, members.networks) if hinted else ((), ())
        if is_total(practice) and practice not in members.practices:
            yield Fault("practice", f'"{practice}" is a total, not a practice', "take the row out: totals are worked out")
            return
        if indicator not in self._indicator:
            what = f'unknown indicator "{visible(indicator)}"' if indicator else "indicator is blank"
            yield Fault("indicator", what, nearest_code(indicator, indicators))
        if not practice:
            yield Fault("practice", "practice is blank", "give its code")
        elif by_network and practice not in members.networks:
            if practice in members.practices:
                yield Fault("practice", f"{practice} is a practice, but {indicator} is counted by network", "give the network's code")
            else:
                yield unknown_network(practice, networks)
        elif not by_network and practice not in members.practices:
            yield unknown_practice(practice, practices, members.networks)

    def _period_faults(self, row: Row) -> Iterator[Fault]:
        if row.month - row.months + 1 < self.start or row.month >= self.start + self.months:
            yield Fault("period", f"{row.period} is outside the contract")
            return
        if row.months == 12 and row.indicator not in self.expected.yearly:
            hint = "give its counts by month or quarter"
            yield Fault("period", f"{row.period} is a year, but {row.indicator} is not measured by the year", hint)
        networks = self.networks_of(row)
        if not networks:
            yield Fault("period", f"{row.practice} is in no network in {row.period}", self.members.why_absent(row.practice, row.month))
        elif len(networks) > 1:
            moved = " and ".join(sorted(networks))
            yield Fault("period", f"{row.practice} moves network in {row.period}: {moved}", "give its counts by month")


def is_total(practice: str) -> bool:
    """Whether a practice cell is the label of a total."""
    return practice.casefold() in _TOTALS


def _count_faults(n: int, d: int, e: int) -> Iterator[Fault]:
    for column, value in zip(COUNTS, (n, d, e), strict=True):
        if not 0 <= value <= MOST:
            yield Fault(column, f"{column} {value:,} is not from 0 to {MOST:,}")
    if e > d:
        yield Fault("excluded", f"excluded {e:,} is above denominator {d:,}", "the excluded are part of the denominator")
    elif n > d - e:
        eligible = f"denominator {d:,} less excluded {e:,}" if e else f"denominator {d:,}"
        yield Fault("numerator", f"numerator {n:,} is above {eligible}", "the numerator is part of those")


def _practice_months(members: Members, start: int, months: int) -> pl.DataFrame:
    """The months of a contract in which practices are members: place, network, month, quarter, section."""
    network = {code: i for i, code in enumerate(members.networks)}
    spells: dict[str, list[int]] = {"place": [], "network": [], "from": [], "to": []}
    for place, practice in enumerate(members.practices.values()):
        for stay in practice.stays:
            values = (
                place,
                network[stay.network],
                0 if stay.first is None else max(stay.first - start, 0),
                months if stay.last is None else min(stay.last + 1 - start, months),
            )
            for column, value in zip(spells.values(), values, strict=True):
                column.append(value)
    return (
        pl.DataFrame(spells, schema={"place": pl.UInt32, "network": pl.UInt32, "from": pl.Int32, "to": pl.Int32})
        .select("place", "network", pl.int_ranges("from", "to", dtype=pl.Int32).alias("month"))
        .explode("month", empty_as_null=False)
        .with_columns(quarter=pl.col("month") // 3, section=pl.lit(0, pl.UInt32))
    )


def _with_blocks(due: pl.DataFrame, networks: int, quarters: int) -> pl.DataFrame:
    """Practice-months with their `block` and `bit`."""
    rank = pl.col("place").rank("dense").over("section", "quarter", "network") - 1
    part, slot = pl.col("rank") // _IN_BLOCK, pl.col("rank") % _IN_BLOCK * 3 + pl.col("month") % 3
    bits = pl.Series([1 << n for n in range(3 * _IN_BLOCK)], dtype=pl.Int64)
    return due.with_columns(rank=rank).select(
        *due.columns,
        block=((part * quarters + pl.col("quarter")) * networks + pl.col("network")).cast(pl.UInt32),
        bit=pl.lit(bits).gather(slot),
    )
