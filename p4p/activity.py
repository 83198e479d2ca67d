"""Counts: checked, rolled up to networks, complete or not.

Every row stands for one or more *practice-months* (or network-months, where an indicator is counted for networks): a month
for a month, three for a quarter, twelve for a year, less the months in which the practice was no member. Counts go to the
network the practice is in that month, and to the quarter of the last month the row stands for.

Inside this module months are counted from the first month of the contract, and practices, networks and indicators are
numbers: their position in `Roster.places`, `Members.networks` and `Expected.indicators`. Counts are Int64 sums of numbers up
to 999,999,999, exact for fewer than nine thousand million rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from p4p.errors import InputError, Location, Problem, did_you_mean, visible
from p4p.members import Fault, Members, Source, unknown_practice
from p4p.period import Year, month_text

COUNTS = ("numerator", "denominator", "excluded")
MOST = 999_999_999

_TOTALS = frozenset({"total", "totals", "grand total", "sum", "subtotal", "sub-total", "all", "all practices", "england"})
_SLOTS = 63  # practice-months in a block, one bit each of an Int64
_KEY = ("quarter", "network", "indicator")
_ROW = {
    "line": pl.Int64,
    "place": pl.UInt32,
    "indicator": pl.UInt32,
    "month": pl.Int32,
    "months": pl.Int32,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "excluded": pl.Int64,
}


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
    """Who is to report on what, month by month, and where it counts.

    `places` are the codes that may stand in the practice column. `table` has a line for each place and month, twice where
    some indicators are counted for networks (first as practice, then as network): `block`, null where the place has nothing
    to report, and `bit`. A block is up to 21 practices of one network in one quarter; in it each practice-month has a bit of
    its own. So rows that add up to as many bits as there are rows are all different: a sum of powers of two has as many bits
    as terms only if no term came twice. (Overflow only loses bits.)
    """

    expected: Expected
    members: Members
    start: int
    places: tuple[str, ...]
    table: pl.DataFrame
    blocks: pl.DataFrame

    @classmethod
    def of(cls, expected: Expected, members: Members) -> Roster:
        start, end = expected.years[0].months[0], expected.years[-1].months[-1]
        practices, networks = list(members.practices), list(members.networks)
        more = [n for n in networks if n not in members.practices] if expected.by_network else []
        places = (*practices, *more)
        position = {network: i for i, network in enumerate(networks)}
        spells = [
            (i, position[s.network], max(s.first or start, start) - start, min(s.last or end, end) - start + 1)
            for i, practice in enumerate(members.practices.values())
            for s in practice.stays
        ]
        spelt = pl.DataFrame(spells, ("place", "network", "from", "to"), orient="row", schema_overrides={"place": pl.UInt32})
        due = (
            spelt.filter(pl.col("from") < pl.col("to"))
            .with_columns(pl.int_ranges("from", "to").alias("month"), section=pl.lit(0))
            .explode("month")
        )
        if expected.by_network:
            at = {code: i for i, code in enumerate(places)}
            as_place = pl.Series([at[n] for n in networks], dtype=pl.UInt32)
            by_network = due.unique(["network", "month"]).with_columns(place=as_place.gather(due["network"]), section=pl.lit(1))
            due = pl.concat([due, by_network])
        return cls(expected, members, start, places, *_blocks(due, len(places), end - start + 1))
