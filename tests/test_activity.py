"""Activity against an oracle: plain loops over the rows, written from the manual and sharing nothing with the module."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p4p.counts import activity as module
from p4p.counts.activity import Activity, Batch, Expected, Roster, Row, Rows
from p4p.counts.members import Members, Practice, Source, Stay
from p4p.numbers.errors import InputError, Location, Problem
from p4p.numbers.period import Year, month_text, parse_month

YEARS = (Year(2009), Year(2010))
EXPECTED = Expected(
    indicators=("COUNTED", "SNAP", "YEARLY", "NETWIDE"),
    snapshot=frozenset({"SNAP"}),
    yearly=frozenset({"YEARLY"}),
    by_network=frozenset({"NETWIDE"}),
    years=YEARS,
)
START, END = YEARS[0].months[0], YEARS[-1].months[-1]


def member(code: str, *stays: tuple[str, int | None, int | None]) -> Practice:
    return Practice.of(code, code, [Stay(code, n, first, last, None, Location("practices.csv", 2)) for n, first, last in stays])


def row(practice: str, indicator: str, month: str, n: int | None, d: int | None, e: int = 0, months: int = 1, line: int = 2) -> Row:
    return Row("activity.csv", line, practice, indicator, month, parse_month(month), months, n, d, e)


@dataclass
class Cell:
    """What `Activity.counts` says of a network, indicator and quarter."""

    sums: list[int] = field(default_factory=lambda: [0, 0, 0])
    rows: int = 0
    left_out: int = 0
    expected: int = 0
    present: int = 0
    withheld: int = 0

    def told(self) -> tuple[int, ...]:
        return (*self.sums, self.rows, self.left_out, self.expected, self.present, self.withheld)


def network_in(members: Members, row: Row, month: int) -> str | None:
    if row.indicator in EXPECTED.by_network:
        return row.practice if members.members(row.practice, month) else None
    return members.network_of(row.practice, month)


def oracle(members: Members, rows: list[Row]) -> dict[tuple[int, str, str], Cell]:
    """Counts by (quarter, network, indicator), the slow way."""
    cells: dict[tuple[int, str, str], Cell] = {}

    def uses(indicator: str, month: int) -> bool:
        return indicator not in EXPECTED.snapshot or month % 3 == 2

    for month in range(START, END + 1):
        for network in members.networks:
            count = len(members.members(network, month))
            for indicator in EXPECTED.indicators if count else ():
                cell = cells.setdefault((month // 3 - 1, network, indicator), Cell())
                cell.expected += (1 if indicator in EXPECTED.by_network else count) if uses(indicator, month) else 0
    for row in rows:
        months = [m for m in range(row.month - row.months + 1, row.month + 1) if network_in(members, row, m)]
        for month in months:
            cell = cells[month // 3 - 1, network_in(members, row, month) or "", row.indicator]
            if uses(row.indicator, month):
                cell.withheld += row.numerator is None
                cell.present += row.numerator is not None
        last = months[-1]
        cell = cells[last // 3 - 1, network_in(members, row, last) or "", row.indicator]
        if not uses(row.indicator, last):
            cell.left_out += 1
            continue
        cell.rows += 1
        if row.numerator is not None:
            cell.sums = [a + (b or 0) for a, b in zip(cell.sums, (row.numerator, row.denominator, row.excluded), strict=True)]
    return cells


def told(activity: Activity, members: Members) -> dict[tuple[int, str, str], tuple[int, ...]]:
    networks = list(members.networks)
    return {(q, networks[n], EXPECTED.indicators[i]): tuple(rest) for q, n, i, *rest in activity.counts.iter_rows()}


@st.composite
def memberships(draw: st.DrawFn) -> Members:
    """Practices that are members all the time, for a while, or of one network after another."""
    networks = st.sampled_from(["N1", "N2", "N3"])
    practices = []
    for number in range(draw(st.integers(1, 6))):
        cuts = sorted(draw(st.lists(st.integers(START - 2, END + 2), max_size=3, unique=True)))
        bounds: list[int | None] = [None, *cuts, None]
        stays = []
        for first, end in pairwise(bounds):
            if draw(st.booleans()) or not stays:
                stays.append((draw(networks), first, end if end is None else end - 1))
        practices.append(member(f"P{number}", *stays))
    return Members.of(practices)


@st.composite
def soundly(draw: st.DrawFn, members: Members) -> list[Row]:
    """Rows without a fault, in any grain, some withheld, in any order."""
    rows: list[Row] = []
    counts = st.one_of(st.none(), st.tuples(*[st.integers(0, 40)] * 3))

    def add(place: str, indicator: str, period: str, month: int, months: int) -> None:
        drawn = draw(counts)
        n, e, rest = drawn or (0, 0, 0)
        given = (None, None, 0) if drawn is None else (n, n + e + rest, e)
        rows.append(Row("activity.csv", 0, place, indicator, period, month, months, *given))

    for indicator in EXPECTED.indicators:
        for place in members.networks if indicator in EXPECTED.by_network else members.practices:
            for year in YEARS:
                probe = Row("", 0, place, indicator, "", 0, 1, 0, 0, 0)
                there = {m: network_in(members, probe, m) for m in year.months}
                known = {n for n in there.values() if n}
                if indicator in EXPECTED.yearly and len(known) == 1 and draw(st.booleans()):
                    add(place, indicator, str(year), year.months[-1], 12)
                    continue
                for quarter in year.quarters:
                    in_quarter = {there[m] for m in quarter.months} - {None}
                    how = draw(st.sampled_from(["none", "months", "quarter"]))
                    if how == "quarter" and len(in_quarter) == 1:
                        add(place, indicator, str(quarter), quarter.months[-1], 3)
                    elif how == "months":
                        for month in quarter.months:
                            if there[month] and draw(st.booleans()):
                                add(place, indicator, month_text(month), month, 1)
    rows = draw(st.permutations(rows))
    return [Row(r.file, line, *(getattr(r, f) for f in Row.__slots__[2:])) for line, r in enumerate(rows, 2)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_counts_are_those_of_the_oracle(data: st.DataObject) -> None:
    """Every sum, and every number of rows and practice-months, is what plain loops make of the rows."""
    members = data.draw(memberships())
    rows = data.draw(soundly(members))
    expected = {key: cell.told() for key, cell in oracle(members, rows).items()}
    activity = Activity.of(rows, EXPECTED, members)
    assert told(activity, members) == expected
    keys = activity.counts.select("quarter", "network", "indicator")
    assert keys.equals(keys.sort(pl.all()))
    assert activity.counts["rows"].sum() + activity.counts["left_out"].sum() == len(rows)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_finer_views_add_up_to_the_counts(data: st.DataObject) -> None:
    """Practice counts, months, the rows behind a figure, and what is missing or withheld all agree with the counts."""
    members = data.draw(memberships())
    rows = data.draw(soundly(members))
    activity = Activity.of(rows, EXPECTED, members)
    names = ["numerator", "denominator", "excluded", "rows", "left_out", "expected", "present", "withheld"]
    key = ["quarter", "network", "indicator"]

    own = [i for i in EXPECTED.indicators if i not in EXPECTED.by_network]
    numbers = [EXPECTED.indicators.index(i) for i in own]
    by_practice = activity.practice_counts(own).group_by(key).agg(pl.col(names).sum()).sort(key)
    assert by_practice.equals(activity.counts.filter(pl.col("indicator").is_in(numbers)))

    plain = pl.col("indicator") != EXPECTED.indicators.index("SNAP")
    sums = activity.counts.filter(plain).select(names[:3]).sum().row(0)
    assert activity.monthly().filter(plain).select(names[:3]).sum().row(0) == sums
    assert activity.monthly("practice").filter(plain).select(names[:3]).sum().row(0) == sums

    for quarter, network, indicator, *counts in activity.counts.sample(5, seed=1, with_replacement=True).iter_rows():
        months = range(quarter * 3 + 3, quarter * 3 + 6)
        used = months[2:] if EXPECTED.indicators[indicator] == "SNAP" else months
        behind = activity.rows(EXPECTED.indicators[indicator], list(members.networks)[network], used)
        assert sum(r.numerator or 0 for r in behind) == counts[0]
        assert len(behind) == counts[3]
        assert set(behind) <= set(rows)

    short = activity.counts.filter(pl.col("expected") > 0)
    missing, withheld = activity.missing(range(START, END + 1)), activity.withheld(range(START, END + 1))
    assert len(missing) == (short["expected"] - short["present"] - short["withheld"]).sum()
    assert len(withheld) == short["withheld"].sum()
    reported = {(r.practice, r.indicator, m) for r in rows for m in range(r.month - r.months + 1, r.month + 1)}
    assert not reported & set(missing)
    assert {t for t in reported if t in set(withheld)} == set(withheld)
    assert missing == sorted(missing)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_row_given_again_is_refused(data: st.DataObject) -> None:
    """Any practice-month given twice, in whatever grain, is refused, naming both lines."""
    members = data.draw(memberships())
    rows = data.draw(soundly(members).filter(bool))
    again = data.draw(st.sampled_from(rows))
    twice = [*rows, Row(again.file, 9999, *(getattr(again, f) for f in Row.__slots__[2:]))]
    with pytest.raises(InputError) as caught:
        Activity.of(twice, EXPECTED, members)
    (problem,) = caught.value.problems
    assert (problem.at, f"line {again.line}" in problem.what) == (Location("activity.csv", 9999), True)


ONE = Members.of([member("P1", ("N1", None, None)), member("P2", ("N1", None, None))])
MOVED = Members.of(
    [
        member("P1", ("N1", None, parse_month("2009-05")), ("N2", parse_month("2009-06"), None)),
        member("P2", ("N2", None, parse_month("2009-04"))),
    ]
)


def refusal(rows: list[Row], members: Members = ONE) -> list[str]:
    with pytest.raises(InputError) as caught:
        Activity.of(rows, EXPECTED, members)
    return [p.what for p in caught.value.problems]


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (("2009-06", 3), ("2009-05", 1), "P1, COUNTED, 2009-05 is given already, by line 2 (2009-06)"),
        (("2009-05", 1), ("2009-06", 3), "P1, COUNTED, 2009-06 is given already, by line 2 (2009-05)"),
    ],
)
def test_grains_may_not_overlap(one: tuple[str, int], two: tuple[str, int], said: str) -> None:
    """A month's row and the row of its quarter give the month twice."""
    rows = [row("P1", "COUNTED", month, 1, 2, 0, months, line) for line, (month, months) in enumerate([one, two], 2)]
    assert refusal(rows) == [said]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row("P9", "COUNTED", "2009-04", 1, 2), 'unknown practice "P9"'),
        (row("N1", "COUNTED", "2009-04", 1, 2), "N1 is a network, not a practice"),
        (row("P1", "NETWIDE", "2009-04", 1, 2), "P1 is a practice, but NETWIDE is counted by network"),
        (row("N9", "NETWIDE", "2009-04", 1, 2), 'unknown network "N9"'),
        (row("P1", "COUNTD", "2009-04", 1, 2), 'unknown indicator "COUNTD"'),
        (row("P2", "COUNTED", "2009-05", 1, 2), "P2 is in no network in 2009-05"),
        (row("P1", "COUNTED", "2009-06", 1, 2, 0, 3), "P1 moves network in 2009-06: N1 and N2"),
        (row("P1", "COUNTED", "2010-03", 1, 2, 0, 12), "2010-03 is a year, but COUNTED is not measured by the year"),
        (row("P1", "COUNTED", "2009-04", 1, 2, 0, 3), "2009-04 is outside the contract"),
        (row("P1", "COUNTED", "2011-04", 1, 2), "2011-04 is outside the contract"),
        (row("P1", "COUNTED", "2009-04", 3, 2), "numerator 3 is above denominator 2"),
        (row("P1", "COUNTED", "2009-04", 2, 3, 2), "numerator 2 is above denominator 3 less excluded 2"),
        (row("P1", "COUNTED", "2009-04", 0, 2, 3), "excluded 3 is above denominator 2"),
        (row("P1", "COUNTED", "2009-04", -1, 2), "numerator -1 is not from 0 to 999,999,999"),
        (row("P1", "COUNTED", "2009-04", 1, 1_000_000_000), "denominator 1,000,000,000 is not from 0 to 999,999,999"),
    ],
)
def test_a_row_that_cannot_be_is_refused(wrong: Row, said: str) -> None:
    """Unknown codes, practices that are no members then, and counts that contradict each other are refused."""
    assert said in refusal([wrong], MOVED)


def test_a_year_is_only_for_indicators_measured_by_the_year() -> None:
    """That one indicator of a practice may be given by the year does not let another."""
    rows = [row("P1", "YEARLY", "2010-03", 1, 2, 0, 12), row("P1", "COUNTED", "2010-03", 1, 2, 0, 12)]
    assert refusal(rows) == ["2010-03 is a year, but COUNTED is not measured by the year"]


def test_a_networks_practices_may_be_many() -> None:
    """Repeats are found, and counts are right, in a network of any size."""
    many = Members.of([member(f"P{n:03}", ("N1", None, None)) for n in range(100)])
    rows = [row(f"P{n:03}", "COUNTED", month, n, 100, 1, line=n) for n in range(100) for month in ("2009-04", "2009-05")]
    found = Activity.of(rows, EXPECTED, many).counts.row(0)
    assert found[3:] == (2 * sum(range(100)), 20_000, 200, 200, 0, 300, 200, 0)
    assert refusal([*rows, row("P077", "COUNTED", "2009-05", 1, 2, line=900)], many) == [
        "P077, COUNTED, 2009-05 is given already, by line 77"
    ]


def test_no_rows_are_as_many_missing_as_expected() -> None:
    """Without rows there are counts all the same: nothing present of all that is expected."""
    activity = Activity.of([], EXPECTED, ONE)
    assert activity.counts.select("present", "expected").sum().row(0) == (0, 24 * 2 + 8 * 2 + 24 * 2 + 24)
    assert (activity.sources, activity.last_month) == ((), START - 1)
    assert activity.missing([START], ["COUNTED"]) == [("P1", "COUNTED", START), ("P2", "COUNTED", START)]
    assert (activity.withheld([START]), activity.rows("COUNTED", "N1", [START])) == ([], ())
    assert activity.practice_counts(["COUNTED"])["present"].sum() == 0


def test_a_contract_without_indicators_has_no_counts() -> None:
    """A contract that only pays up front expects nothing of its activity."""
    nothing = Activity.of([], Expected((), frozenset(), frozenset(), frozenset(), YEARS), ONE)
    assert (nothing.counts.height, nothing.missing([START]), nothing.withheld([START])) == (0, [], [])


def test_the_months_that_have_rows_are_told() -> None:
    """The first month of the first year with rows, and the last month with any, say how far a file goes."""
    activity = Activity.of([row("P1", "COUNTED", "2010-07", 1, 2), row("P2", "COUNTED", "2010-05", 1, 2)], EXPECTED, ONE)
    assert (activity.first_year_month, activity.last_month) == (parse_month("2010-04"), parse_month("2010-07"))


def test_a_practice_that_is_its_own_network_may_report_both_ways() -> None:
    """Where a code is both a practice and a network, the indicator says which is meant."""
    own = Members.of([member("A1", ("A1", None, None)), member("A2", ("A1", None, None))])
    rows = [row("A1", "COUNTED", "2009-04", 1, 2), row("A1", "NETWIDE", "2009-04", 3, 4), row("A2", "COUNTED", "2009-04", 5, 6)]
    found: dict[str, int] = defaultdict(int)
    for indicator, numerator in Activity.of(rows, EXPECTED, own).counts.select("indicator", "numerator").iter_rows():
        found[EXPECTED.indicators[indicator]] += numerator
    assert dict(found) == {"COUNTED": 6, "SNAP": 0, "YEARLY": 0, "NETWIDE": 3}


# several files, and rows by the block

KEEP_ONE = "keep one: nothing is counted twice"


def batch(file: str, *rows: Row, members: Members = ONE, ignored: tuple[str, ...] = ()) -> Batch:
    """Sound rows, as those of one file."""
    taken = Rows(Roster.of(EXPECTED, members))
    assert not [fault for r in rows for fault in taken.take(replace(r, file=file))]
    return taken.batch(Source(file, "", len(rows)), ignored)


def of_files(*batches: Batch, members: Members = ONE) -> Activity:
    """The activity of several files."""
    return Activity.rolled_up(Roster.of(EXPECTED, members), batches)


def problems(*batches: Batch, members: Members = ONE) -> list[Problem]:
    """What is wrong with several files together."""
    with pytest.raises(InputError) as caught:
        of_files(*batches, members=members)
    return caught.value.problems


def counted(activity: Activity, indicator: str, quarter: int = 0) -> tuple[int, ...]:
    """What is counted of the first network in a quarter: numerator, denominator, excluded, rows, left out, expected, present, withheld."""
    first = activity.counts["quarter"].min()
    assert isinstance(first, int)
    (found,) = activity.counts.filter(quarter=first + quarter, network=0, indicator=EXPECTED.indicators.index(indicator)).iter_rows()
    return found[3:]


def test_counts_of_two_files_are_added() -> None:
    """A network's counts of a quarter may stand in two files: 10 + 5 of 20 + 9, of 6 practice-months 2 are there."""
    one = batch("one.csv", row("P1", "COUNTED", "2009-04", 10, 20, 1), ignored=("name", "note"))
    two = batch("two.csv", row("P2", "COUNTED", "2009-04", 5, 9, 2), ignored=("note", "remark"))
    activity = of_files(one, two, batch("empty.csv"))
    assert counted(activity, "COUNTED") == (15, 29, 3, 2, 0, 6, 2, 0)
    assert activity.ignored_columns == ("name", "note", "remark")
    assert [source.file for source in activity.sources] == ["one.csv", "two.csv"]


def test_a_repeat_in_another_file_names_that_file() -> None:
    """Whoever reads the second file must know which file gave the counts first."""
    one = batch("one.csv", row("P1", "COUNTED", "2009-04", 1, 2, line=7))
    two = batch("two.csv", row("P2", "COUNTED", "2009-04", 1, 2), row("P1", "COUNTED", "2009-06", 1, 2, 0, 3, line=3))
    said = "P1, COUNTED, 2009-06 is given already, by one.csv, line 7 (2009-04)"
    assert problems(one, two) == [Problem(Location("two.csv", 3), said, KEEP_ONE)]


@pytest.mark.parametrize(("times", "named", "more"), [(101, 100, False), (102, 100, True)])
def test_of_very_many_repeats_of_one_row_a_hundred_are_named(times: int, named: int, more: bool) -> None:
    """A row that stands there 102 times is 101 repeats: a hundred are named, and that there are more is said."""
    found = problems(batch("a.csv", *(row("P1", "COUNTED", "2009-04", 1, 2, line=line) for line in range(2, 2 + times))))
    said = [Problem(Location("a.csv", line), "P1, COUNTED, 2009-04 is given already, by line 2", KEEP_ONE) for line in range(3, 103)]
    assert len(said) == named
    assert found == [*([Problem(None, "counts are given twice; these are the first 100")] if more else []), *said]


def test_that_there_are_more_repeats_is_said_only_where_there_are() -> None:
    """A year given twice by each of 30 networks is 120 quarters of a network and 30 repeats, which are all named."""
    many = Members.of([member(f"P{n:02}", (f"N{n:02}", None, None)) for n in range(30)])
    rows = [row(f"P{n:02}", "YEARLY", "2010-03", 1, 2, 0, 12, line) for line, n in enumerate([*range(30), *range(30)], 2)]
    found = problems(batch("a.csv", *rows, members=many), members=many)
    assert [p.at for p in found] == [Location("a.csv", line) for line in range(32, 62)]
    assert {p.hint for p in found} == {KEEP_ONE}


def test_rows_are_taken_one_by_one_and_by_the_block() -> None:
    """Rows that were read as a block count beside those taken singly, and all come back in the order of their lines."""
    single = row("P1", "COUNTED", "2009-04", None, None, line=4)
    taken = Rows(Roster.of(EXPECTED, ONE))
    assert taken.take(single) == []
    block = {"line": [2, 3], "place": [0, 1], "indicator": [0, 0], "month": [1, 1], "months": [1, 1], "period": ["2009-05"] * 2}
    types = {"line": pl.Int64, "place": pl.UInt32, "indicator": pl.UInt32, "month": pl.Int32, "months": pl.Int32, "period": pl.String}
    counts = {"numerator": [3, 4], "denominator": [5, 6], "excluded": [0, 1]}
    taken.take_plain(pl.DataFrame(block | counts, schema=types | dict.fromkeys(counts, pl.Int64)))
    activity = of_files(taken.batch(Source("activity.csv", "", 3)))
    # 3 + 4 of 5 + 6, excluded 0 + 1; three rows, of six practice-months two counted and one withheld
    assert counted(activity, "COUNTED") == (7, 11, 1, 3, 0, 6, 2, 1)
    assert activity.rows("COUNTED", "N1", range(START, START + 3)) == (
        row("P1", "COUNTED", "2009-05", 3, 5, line=2),
        row("P2", "COUNTED", "2009-05", 4, 6, 1, line=3),
        single,
    )


def test_a_file_that_has_changed_since_is_not_read_again() -> None:
    """Whatever is read from the rows again is refused once the file is another."""
    checked: list[str] = []

    def check() -> None:
        checked.append("changed")
        raise InputError("it has changed")

    activity = of_files(replace(batch("a.csv", row("P1", "COUNTED", "2009-04", None, None)), check=check))
    assert checked == []
    for ask in (
        lambda: activity.practice_counts(["COUNTED"]),
        lambda: activity.monthly(),
        lambda: activity.rows("COUNTED", "N1", [START]),
        lambda: activity.missing([START]),
        lambda: activity.withheld([START]),
    ):
        with pytest.raises(InputError, match="it has changed"):
            ask()
    assert checked == ["changed"] * 5


# finer views of a few rows

WITHHELD = [
    row("P1", "COUNTED", "2009-04", 3, 4, line=2),
    row("P2", "COUNTED", "2009-04", None, None, line=3),
    row("P1", "SNAP", "2009-05", 5, 6, 1, line=4),
    row("N1", "NETWIDE", "2009-06", 7, 8, 0, 3, line=5),
]


def test_a_month_is_told_with_what_is_withheld_of_it() -> None:
    """By network or practice, month by month, what settling leaves out included: April's 3 of 4 and one withheld, May's 5 of 6."""
    activity = Activity.of(WITHHELD, EXPECTED, ONE)
    april, may, june = START, START + 1, START + 2
    found = activity.monthly()
    assert found.columns == ["network", "indicator", "month", "numerator", "denominator", "excluded", "withheld"]
    assert found.rows() == [(0, 0, april, 3, 4, 0, 1), (0, 1, may, 5, 6, 1, 0), (0, 3, june, 7, 8, 0, 0)]
    assert activity.monthly("practice", ["SNAP", "COUNTED"]).rows() == [
        (0, 0, april, 3, 4, 0, 0),
        (0, 1, may, 5, 6, 1, 0),
        (1, 0, april, 0, 0, 0, 1),
    ]
    assert activity.monthly(indicators=["SNAP"]).rows() == [(0, 1, may, 5, 6, 1, 0)]


def test_counts_of_practices_are_those_counted_by_practice() -> None:
    """Of an indicator counted by network no practice has a row; the others have one for each quarter and practice."""
    found = Activity.of(WITHHELD, EXPECTED, ONE).practice_counts(EXPECTED.indicators)
    names = ["numerator", "denominator", "excluded", "rows", "left_out", "expected", "present", "withheld"]
    assert found.columns == ["quarter", "network", "indicator", "practice", *names]
    assert found.height == 8 * 3 * 2
    first = YEARS[0].quarters[0].key
    assert found.head(4).rows() == [
        (first, 0, 0, 0, 3, 4, 0, 1, 0, 3, 1, 0),
        (first, 0, 0, 1, 0, 0, 0, 1, 0, 3, 0, 1),
        (first, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0),
        (first, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0),
    ]


@pytest.mark.parametrize("half", [row("P1", "COUNTED", "2009-04", None, 4), row("P1", "COUNTED", "2009-04", 3, None)])
def test_a_count_of_which_half_is_withheld_is_withheld(half: Row) -> None:
    """A numerator without its denominator says nothing, nor does a denominator without its numerator."""
    activity = Activity.of([half], EXPECTED, ONE)
    assert counted(activity, "COUNTED") == (0, 0, 0, 1, 0, 6, 0, 1)
    assert activity.withheld([START]) == [("P1", "COUNTED", START)]
    assert activity.rows("COUNTED", "N1", [START]) == (row("P1", "COUNTED", "2009-04", None, None),)


@pytest.mark.parametrize("months", [["2009-10"], ["2009-11"], ["2009-12"], ["2009-10", "2009-11"]])
def test_the_last_month_with_rows_may_be_any_of_a_quarter(months: list[str]) -> None:
    """Also where the first practice of the network reports nothing, and where a quarter before had rows to its end."""
    rows = [row("P1", "COUNTED", "2009-09", 1, 2, 0, 3), *(row("P2", "COUNTED", month, 1, 2) for month in months)]
    activity = Activity.of(rows, EXPECTED, ONE)
    assert (activity.first_year_month, activity.last_month) == (START, parse_month(months[-1]))
    assert activity.sources == (Source("activity.csv", "", len(rows)),)


def test_the_first_year_is_that_of_the_earliest_row() -> None:
    """Of rows in both years it is the first; where there are none it is the contract's first too."""
    rows = [row("P1", "COUNTED", "2010-04", 1, 2), row("P1", "COUNTED", "2010-03", 1, 2)]
    assert [Activity.of(some, EXPECTED, ONE).first_year_month for some in (rows, rows[:1], [])] == [START, START + 12, START]


def test_all_left_out_rows_of_a_large_network_are_told() -> None:
    """Of a snapshot indicator the rows of a quarter's first two months are left out: 22 x 2; those of its last are used."""
    many = Members.of([member(f"P{n:02}", ("N1", None, None)) for n in range(22)])
    rows = [row(f"P{n:02}", "SNAP", month, n, 30, 1) for n in range(22) for month in ("2009-04", "2009-05", "2009-06")]
    # 0 + 1 + ... + 21 = 231 of 22 x 30 = 660, 22 excluded
    assert counted(Activity.of(rows, EXPECTED, many), "SNAP") == (231, 660, 22, 22, 44, 22, 22, 0)


def test_everything_that_the_module_offers_is_there() -> None:
    """What it lists for those who import from it exists under that name."""
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
