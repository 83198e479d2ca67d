"""The roster: who is to report on what in which month, where it counts, and what is wrong with a row. All lists here are written out by hand."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from settling import members

from p4p.counts.members import Fault
from p4p.counts.roster import Expected, Roster, Row, is_total
from p4p.numbers.period import Year, parse_month

YEAR = Year(2009)
COUNTED, SNAP, YEARLY, NETWIDE = range(4)

#: COUNTED by the month, SNAP in the last month of a quarter, YEARLY also by the year, NETWIDE by the network.
EXPECTED = Expected(("COUNTED", "SNAP", "YEARLY", "NETWIDE"), frozenset({"SNAP"}), frozenset({"YEARLY"}), frozenset({"NETWIDE"}), (YEAR,))

#: The same without what is counted by network.
BY_PRACTICE = Expected(EXPECTED.indicators[:3], EXPECTED.snapshot, EXPECTED.yearly, frozenset(), (YEAR,))

#: A stays, B moves, C is there for a month, D is a network of its own, E has left and comes back when all is over, F comes in the middle.
WHO = members(
    ("A", "N1", None, None),
    ("B", "N1", "2009-01", "2009-05"),
    ("B", "N2", "2009-06", None),
    ("C", "N2", "2009-08", "2009-08"),
    ("D", "D", None, None),
    ("E", "N1", "2008-04", "2009-03"),
    ("E", "N1", "2010-04", None),
    ("F", "N2", "2009-12", "2011-06"),
)
A, B, C, D, E, F, N1, N2 = range(8)  # places; in D's own report the practice is the network

#: The months of each place in each network, from April 2009 as 0.
OF_PRACTICES = [(A, 1, range(12)), (B, 1, range(2)), (B, 2, range(2, 12)), (C, 2, range(4, 5)), (D, 0, range(12)), (F, 2, range(8, 12))]
OF_NETWORKS = [(D, 0, range(12)), (N1, 1, range(12)), (N2, 2, range(2, 12))]


@pytest.fixture
def roster() -> Roster:
    """Who is to report what of EXPECTED."""
    return Roster.of(EXPECTED, WHO)


def months_of(stays: list[tuple[int, int, range]], section: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Place, network, month, quarter and section of each month: April to June is the first quarter, and so on."""
    for place, network, months in stays:
        yield from ((place, network, month, month // 3, section) for month in months)


def test_what_is_due_is_each_practice_in_each_month_of_its_stays(roster: Roster) -> None:
    """Practices are due in the months of the contract in which they are members, networks in those in which they have any."""
    columns = ["place", "network", "month", "quarter", "section"]
    assert roster.places == ("A", "B", "C", "D", "E", "F", "N1", "N2")
    found = roster.due.select(columns).rows()
    assert sorted(found) == sorted([*months_of(OF_PRACTICES, 0), *months_of(OF_NETWORKS, 1)])


def test_networks_are_no_places_where_nothing_is_counted_by_network() -> None:
    """Without an indicator that is counted by network only practices are due."""
    roster = Roster.of(BY_PRACTICE, WHO)
    assert roster.places == ("A", "B", "C", "D", "E", "F")
    assert sorted(roster.due.select("place", "network", "month", "quarter", "section").rows()) == sorted(months_of(OF_PRACTICES, 0))


def test_a_contract_has_the_months_and_quarters_of_its_years() -> None:
    """Two financial years have 24 months from April 2009; a calendar year has 12 from January."""
    two = Roster.of(Expected(("I1",), frozenset(), frozenset(), frozenset(), (YEAR, Year(2010))), WHO)
    assert (two.start, two.months, two.first_quarter, two.cells) == (parse_month("2009-04"), 24, 2009 * 4, 8 * 3)
    calendar = Roster.of(Expected(("I1", "I2"), frozenset(), frozenset(), frozenset(), (Year(2013, 1),)), WHO)
    assert (calendar.start, calendar.months, calendar.first_quarter, calendar.cells) == (parse_month("2013-01"), 12, 2013 * 4, 4 * 3 * 2)


# blocks


def blocks(roster: Roster, place: int, section: int = 0) -> list[tuple[int, int, int]]:
    """Month, block and bit of a place."""
    return roster.due.filter(place=place, section=section).select("month", "block", "bit").sort("month").rows()


def test_a_block_is_a_network_in_a_quarter_and_each_month_of_a_practice_has_a_bit_of_its_own(roster: Roster) -> None:
    """Blocks count quarters, then the three networks; bits count the practices of a block, then the months of a quarter."""
    q1, q2, q3 = 0 * 3, 1 * 3, 2 * 3
    assert blocks(roster, A)[:4] == [(0, q1 + 1, 1), (1, q1 + 1, 2), (2, q1 + 1, 4), (3, q2 + 1, 1)]
    assert blocks(roster, B)[:4] == [(0, q1 + 1, 8), (1, q1 + 1, 16), (2, q1 + 2, 4), (3, q2 + 2, 1)]
    assert blocks(roster, C) == [(4, q2 + 2, 16)]
    assert blocks(roster, F)[0] == (8, q3 + 2, 32)
    assert blocks(roster, N2, 1)[:3] == [(2, q1 + 2, 4), (3, q2 + 2, 1), (4, q2 + 2, 2)]
    assert not roster.split


def many(count: int, last: str | None = None) -> Roster:
    """A network of practices P01, P02 and so on until a month, and one of a single practice."""
    return Roster.of(BY_PRACTICE, members(*((f"P{n:02}", "N1", None, last) for n in range(1, count + 1)), ("Q", "N2", None, None)))


def test_the_next_practices_of_a_network_have_blocks_from_the_start_again() -> None:
    """A block has 63 bits, for 21 practices in three months; the 22nd is the first of a block after the 4 x 2 others."""
    assert not many(21).split
    roster = many(22)
    assert roster.split
    assert blocks(roster, 20)[:3] == [(0, 0, 2**60), (1, 0, 2**61), (2, 0, 2**62)]
    assert blocks(roster, 21) == [(month, 8 + month // 3 * 2, 2 ** (month % 3)) for month in range(12)]
    assert many(22, last="2009-06").split


def test_the_keys_of_every_block_of_a_network_say_the_same_cell() -> None:
    """What a practice reports counts in one cell, whichever block it is in."""
    reports = pl.LazyFrame(
        {"place": [0, 21], "indicator": [1, 1], "month": [7, 7]}, schema={"place": pl.UInt32, "indicator": pl.UInt32, "month": pl.Int32}
    )
    roster = many(22)
    keyed = roster.keyed(reports).collect()
    assert keyed["key"].n_unique() == 2
    # the third quarter, the first of two networks, the second of three indicators
    assert keyed.select(**roster.unpacked()).rows() == [((2 * 2 + 0) * 3 + 1, 2, 0, 1, True)] * 2


# keys


def said(roster: Roster, *reports: tuple[int, int, int]) -> list[tuple[object, ...]]:
    """What the keys of reports (place, indicator, month) say: cell, quarter, network, indicator, whether left out; and their bit."""
    schema = {"place": pl.UInt32, "indicator": pl.UInt32, "month": pl.Int32}
    keyed = roster.keyed(pl.LazyFrame(reports, schema=schema, orient="row"))
    return keyed.with_columns(**roster.unpacked()).select("cell", "quarter", "network", "indicator", "left", "bit").collect().rows()


NOBODY = (None, None, None, None, None, None)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ((A, COUNTED, 0), ((0 * 3 + 1) * 4 + COUNTED, 0, 1, COUNTED, False, 1)),
        ((B, COUNTED, 1), ((0 * 3 + 1) * 4 + COUNTED, 0, 1, COUNTED, False, 16)),
        ((B, YEARLY, 2), ((0 * 3 + 2) * 4 + YEARLY, 0, 2, YEARLY, False, 4)),
        ((D, SNAP, 9), ((3 * 3 + 0) * 4 + SNAP, 3, 0, SNAP, True, 1)),
        ((A, SNAP, 10), ((3 * 3 + 1) * 4 + SNAP, 3, 1, SNAP, True, 2)),
        ((F, SNAP, 11), ((3 * 3 + 2) * 4 + SNAP, 3, 2, SNAP, False, 32)),
        ((N1, NETWIDE, 0), ((0 * 3 + 1) * 4 + NETWIDE, 0, 1, NETWIDE, False, 1)),
        ((D, NETWIDE, 1), ((0 * 3 + 0) * 4 + NETWIDE, 0, 0, NETWIDE, False, 2)),
        ((N2, NETWIDE, 11), ((3 * 3 + 2) * 4 + NETWIDE, 3, 2, NETWIDE, False, 4)),
        ((N2, NETWIDE, 1), NOBODY),
        ((N1, COUNTED, 0), NOBODY),
        ((A, NETWIDE, 0), NOBODY),
        ((C, COUNTED, 3), NOBODY),
        ((C, COUNTED, 5), NOBODY),
        ((E, COUNTED, 0), NOBODY),
        ((E, COUNTED, 11), NOBODY),
    ],
)
def test_a_key_says_where_a_report_counts(roster: Roster, report: tuple[int, int, int], expected: tuple[object, ...]) -> None:
    """The cell is (quarter x 3 networks + network) x 4 indicators + indicator; where nobody is due there is none."""
    assert said(roster, report) == [expected]


def test_reports_without_snapshots_are_never_left_out() -> None:
    """Where only what is counted by the month is expected, every month counts."""
    plain = Roster.of(Expected(("I1", "I2"), frozenset(), frozenset(), frozenset(), (YEAR,)), WHO)
    assert said(plain, (A, 1, 1)) == [((0 * 3 + 1) * 2 + 1, 0, 1, 1, False, 2)]


def test_flags_and_numbers_are_those_of_the_indicators_in_contract_order(roster: Roster) -> None:
    """A flag says of each row whether its indicator is one of some; numbers are positions."""
    rows = pl.DataFrame({"indicator": [3, 0, 1, 2]})
    assert rows.with_columns(flag=roster.flags(["SNAP", "NETWIDE"]))["flag"].to_list() == [True, False, True, False]
    assert rows.with_columns(flag=roster.flags([]))["flag"].to_list() == [False] * 4
    assert roster.numbers(["NETWIDE", "COUNTED"]) == [3, 0]


def test_the_grid_has_every_cell_in_order(roster: Roster) -> None:
    """Quarters as they are told outside, then the three networks, then the four indicators; a cell's number is its place."""
    expected = [(2009 * 4 + quarter, network, indicator) for quarter in range(4) for network in range(3) for indicator in range(4)]
    grid = roster.grid()
    assert (grid.columns, grid.rows()) == (["quarter", "network", "indicator"], expected)
    assert roster.cells == 4 * 3 * 4
    inside = grid.with_columns(pl.col("quarter") - 2009 * 4)
    assert inside.select(cell=roster.cell)["cell"].to_list() == list(range(48))


# the months for which rows stand

ROWS = {"place": pl.UInt32, "indicator": pl.UInt32, "month": pl.Int32, "months": pl.Int32}
ROWS |= dict.fromkeys(("numerator", "denominator", "excluded"), pl.Int64)


def reported(roster: Roster, *rows: tuple[int | None, ...]) -> list[tuple[object, ...]]:
    """The reports of rows (place, indicator, month, months, counts): place, month, network, counts, whether withheld, whether counted here."""
    reports = roster.reports(pl.LazyFrame(rows, schema=ROWS, orient="row"))
    network = roster.unpacked()["network"]
    counts = ("numerator", "denominator", "excluded")
    return reports.select("place", "month", network, *counts, "hidden", "counted").collect().rows()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((A, COUNTED, 4, 1, 5, 9, 2), [(A, 4, 1, 5, 9, 2, False, True)]),
        (
            (A, COUNTED, 5, 3, 5, 9, 2),
            [(A, 3, 1, 0, 0, 0, False, False), (A, 4, 1, 0, 0, 0, False, False), (A, 5, 1, 5, 9, 2, False, True)],
        ),
        ((C, COUNTED, 5, 3, 5, 9, 2), [(C, 4, 2, 5, 9, 2, False, True)]),
        (
            (N2, NETWIDE, 2, 3, 5, 9, 2),
            [(N2, 2, 2, 5, 9, 2, False, True)],
        ),
        (
            (F, YEARLY, 11, 12, 5, 9, 2),
            [*((F, month, 2, 0, 0, 0, False, False) for month in (8, 9, 10)), (F, 11, 2, 5, 9, 2, False, True)],
        ),
        (
            (A, COUNTED, 11, 3, None, None, 0),
            [(A, 9, 1, 0, 0, 0, True, False), (A, 10, 1, 0, 0, 0, True, False), (A, 11, 1, None, None, 0, True, True)],
        ),
    ],
)
def test_a_rows_counts_stand_on_the_last_of_its_months(
    roster: Roster, given: tuple[int | None, ...], expected: list[tuple[object, ...]]
) -> None:
    """A row stands for those of its months in which the place is a member: the counts are on the last of them, on the others 0."""
    assert reported(roster, given) == expected


def test_counts_stand_on_the_last_month_before_a_practice_leaves() -> None:
    """Of a practice or network that ends in May a quarter's counts are in May, also where the next one in the list goes on."""
    roster = Roster.of(EXPECTED, members(("P1", "N1", None, "2009-05"), ("P2", "N2", None, None)))
    rows = [(0, COUNTED, 2, 3, 5, 9, 2), (2, NETWIDE, 2, 3, 3, 4, 1), (1, COUNTED, 0, 1, 7, 8, 0)]
    assert reported(roster, *rows) == [
        *((0, 0, 0, 0, 0, 0, False, False), (0, 1, 0, 5, 9, 2, False, True)),
        *((2, 0, 0, 0, 0, 0, False, False), (2, 1, 0, 3, 4, 1, False, True)),
        (1, 0, 1, 7, 8, 0, False, True),
    ]


def test_rows_by_the_month_stand_for_themselves(roster: Roster) -> None:
    """Where every row is known to stand for a month, each is counted where it stands, and none is withheld."""
    rows = pl.LazyFrame([(A, COUNTED, 4, 1, 5, 9, 2), (B, SNAP, 5, 1, 0, 0, 0)], schema=ROWS, orient="row")
    reports = roster.reports(rows, monthly=True).collect()
    assert reports.select("place", "month", "numerator", "hidden", "counted").rows() == [(A, 4, 5, False, True), (B, 5, 0, False, True)]
    assert reports.drop("hidden", "counted").equals(roster.keyed(rows).collect())


# what is due


def test_months_due_are_counted_by_indicator_and_what_is_asked(roster: Roster) -> None:
    """Of COUNTED and YEARLY every month is due, of SNAP the last of each quarter, of NETWIDE those of the networks themselves."""
    by_network = roster.months_due("network")
    assert by_network.columns == ["network", "indicator", "expected"]
    # D: 12 months of D. N1: 12 of A and 2 of B, June, September, December and March of A. N2: 10 of B, 1 of C, 4 of F, of which the
    # last of a quarter are 4 of B and, of F, December and March; by network the 10 months from June, 4 of them the last.
    assert sorted(by_network.rows()) == [
        *((0, COUNTED, 12), (0, SNAP, 4), (0, YEARLY, 12), (0, NETWIDE, 12)),
        *((1, COUNTED, 14), (1, SNAP, 4), (1, YEARLY, 14), (1, NETWIDE, 12)),
        *((2, COUNTED, 15), (2, SNAP, 6), (2, YEARLY, 15), (2, NETWIDE, 10)),
    ]
    of_b = roster.months_due("quarter", "place").filter(place=B)
    assert sorted(of_b.filter(indicator=COUNTED).select("quarter", "expected").rows()) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert sorted(of_b.filter(indicator=SNAP).select("quarter", "expected").rows()) == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_the_months_due_in_a_cell_are_those_of_its_places(roster: Roster) -> None:
    """A cell has the months of its network in its quarter, of a snapshot the last, by network those of the network."""
    cells = [(1, 2, COUNTED), (2, 2, SNAP), (0, 1, NETWIDE)]
    frame = pl.DataFrame(cells, schema={"quarter": pl.Int32, "network": pl.UInt32, "indicator": pl.UInt32}, orient="row")
    due = roster.due_in(frame)
    assert due.columns == ["place", "indicator", "month"]
    assert sorted(due.rows()) == [
        *((B, COUNTED, 3), (B, COUNTED, 4), (B, COUNTED, 5), (B, SNAP, 8)),
        *((C, COUNTED, 4), (F, SNAP, 8)),
        *((N1, NETWIDE, 0), (N1, NETWIDE, 1), (N1, NETWIDE, 2)),
    ]


def test_practice_months_are_named_in_order(roster: Roster) -> None:
    """Numbers become codes and months of the calendar, sorted."""
    frame = pl.DataFrame({"month": [1, 0, 11], "place": [N2, A, A], "indicator": [NETWIDE, SNAP, COUNTED]})
    assert roster.named(frame) == [
        ("A", "COUNTED", parse_month("2010-03")),
        ("A", "SNAP", parse_month("2009-04")),
        ("N2", "NETWIDE", parse_month("2009-05")),
    ]


# what is wrong with a row


def row(
    practice: str, indicator: str, month: str, months: int = 1, n: int | None = 1, d: int | None = 2, e: int = 0, period: str = ""
) -> Row:
    """A row, its period written as the month unless something else is given."""
    return Row("activity.csv", 2, practice, indicator, period or month, parse_month(month), months, n, d, e)


def test_a_sound_rows_codes_are_numbers(roster: Roster) -> None:
    """A place's number is its position among practices, then networks; an indicator's that in the contract."""
    assert roster.numbered(row("N1", "NETWIDE", "2009-04")) == (N1, NETWIDE)
    assert roster.numbered(row("C", "YEARLY", "2009-08")) == (C, YEARLY)


@pytest.mark.parametrize(
    ("given", "networks"),
    [
        (row("A", "COUNTED", "2009-04"), {"N1"}),
        (row("B", "COUNTED", "2009-05"), {"N1"}),
        (row("B", "COUNTED", "2009-06"), {"N2"}),
        (row("B", "COUNTED", "2009-06", 3), {"N1", "N2"}),
        (row("B", "COUNTED", "2009-09", 3), {"N2"}),
        (row("C", "COUNTED", "2009-09", 3), {"N2"}),
        (row("C", "COUNTED", "2009-09"), set()),
        (row("X", "COUNTED", "2009-09"), set()),
        (row("N2", "COUNTED", "2009-09"), set()),
        (row("N2", "NETWIDE", "2009-06", 3), {"N2"}),
        (row("N2", "NETWIDE", "2009-05"), set()),
        (row("D", "NETWIDE", "2009-05"), {"D"}),
        (row("A", "NETWIDE", "2009-05"), set()),
    ],
)
def test_the_networks_of_a_row_are_those_of_its_months(roster: Roster, given: Row, networks: set[str]) -> None:
    """A row belongs to each network in which its practice is in one of its months, and a network's row to the network itself."""
    assert roster.networks_of(given) == networks


@pytest.mark.parametrize(
    "sound",
    [
        row("A", "COUNTED", "2009-04"),
        row("A", "COUNTED", "2010-03"),
        row("A", "COUNTED", "2009-06", 3),
        row("A", "COUNTED", "2010-03", 3),
        row("A", "YEARLY", "2010-03", 12),
        row("N1", "NETWIDE", "2009-04"),
        row("D", "NETWIDE", "2009-04"),
        row("D", "COUNTED", "2009-04"),
        row("C", "COUNTED", "2009-09", 3),
        row("A", "COUNTED", "2009-04", n=0, d=0),
        row("A", "COUNTED", "2009-04", n=0, d=5, e=5),
        row("A", "COUNTED", "2009-04", n=3, d=5, e=2),
        row("A", "COUNTED", "2009-04", n=999_999_999, d=999_999_999),
        row("A", "COUNTED", "2009-04", n=None, d=None),
    ],
)
def test_nothing_is_wrong_with_a_sound_row(roster: Roster, sound: Row) -> None:
    """Months and quarters from the first to the last of the contract, counts up to the bounds, and withheld ones are taken, more than once."""
    assert [roster.faults(sound), roster.faults(sound)] == [[], []]


TOTAL = "take the row out: totals are worked out"
CODES = [
    ("Total", "COUNTED", [Fault("practice", '"Total" is a total, not a practice', TOTAL)]),
    ("Total", "NOTHING", [Fault("practice", '"Total" is a total, not a practice', TOTAL)]),
    ("A", "COUNTD", [Fault("indicator", 'unknown indicator "COUNTD"', 'did you mean "COUNTED"?')]),
    ("A", "SNAP\u200b", [Fault("indicator", 'unknown indicator "SNAP<U+200B>"', 'did you mean "SNAP"?')]),
    ("A", "", [Fault("indicator", "indicator is blank", "known here: COUNTED, SNAP, YEARLY, NETWIDE")]),
    ("", "COUNTED", [Fault("practice", "practice is blank", "give its code")]),
    ("", "NETWIDE", [Fault("practice", "practice is blank", "give its code")]),
    (
        *("", ""),
        [
            Fault("indicator", "indicator is blank", "known here: COUNTED, SNAP, YEARLY, NETWIDE"),
            Fault("practice", "practice is blank", "give its code"),
        ],
    ),
    ("A", "NETWIDE", [Fault("practice", "A is a practice, but NETWIDE is counted by network", "give the network's code")]),
    ("n1", "NETWIDE", [Fault("network", 'unknown network "n1"', 'did you mean "N1"? Capitals count')]),
    ("N1", "COUNTED", [Fault("practice", "N1 is a network, not a practice", "give its practices, a row each")]),
    ("a", "COUNTED", [Fault("practice", 'unknown practice "a"', 'did you mean "A"? Capitals count')]),
    (
        *("a", "SNP"),
        [
            Fault("indicator", 'unknown indicator "SNP"', 'did you mean "SNAP"?'),
            Fault("practice", 'unknown practice "a"', 'did you mean "A"? Capitals count'),
        ],
    ),
    ("A", "COUNTED", []),
    ("N2", "NETWIDE", []),
    ("D", "NETWIDE", []),
]


@pytest.mark.parametrize(("practice", "indicator", "expected"), CODES)
def test_codes_that_are_not_known_are_told(roster: Roster, practice: str, indicator: str, expected: list[Fault]) -> None:
    """Of a code it is said what it is instead, or which it may have been; the same each time, and before anything else of the row."""
    assert [roster.code_faults(practice, indicator), roster.code_faults(practice, indicator)] == [expected, expected]
    assert roster.faults(row(practice, indicator, "2007-01")) == (expected or [Fault("period", "2007-01 is outside the contract")])


def test_a_practice_that_was_sound_may_have_rows_of_an_unknown_indicator(roster: Roster) -> None:
    """That a practice is a member in a month says nothing of the indicator."""
    assert roster.faults(row("A", "COUNTED", "2009-04")) == []
    assert [fault.what for fault in roster.faults(row("A", "COUNTD", "2009-04"))] == ['unknown indicator "COUNTD"']
    assert [fault.what for fault in roster.faults(row("A", "NETWIDE", "2009-04"))] == ["A is a practice, but NETWIDE is counted by network"]


def test_a_year_of_one_indicator_does_not_let_another(roster: Roster) -> None:
    """Whether a practice may report by the year depends on the indicator, whatever was taken before."""
    assert roster.faults(row("A", "YEARLY", "2010-03", 12, period="2009/10")) == []
    hint = "give its counts by month or quarter"
    assert roster.faults(row("A", "COUNTED", "2010-03", 12, period="2009/10")) == [
        Fault("period", "2009/10 is a year, but COUNTED is not measured by the year", hint)
    ]


PERIODS = [
    (row("A", "COUNTED", "2009-03"), [Fault("period", "2009-03 is outside the contract")]),
    (row("A", "COUNTED", "2009-05", 3), [Fault("period", "2009-05 is outside the contract")]),
    (row("A", "COUNTED", "2010-04"), [Fault("period", "2010-04 is outside the contract")]),
    (row("E", "COUNTED", "2010-04", 12), [Fault("period", "2010-04 is outside the contract")]),
    (
        row("B", "COUNTED", "2010-03", 12, period="2009/10"),
        [
            Fault("period", "2009/10 is a year, but COUNTED is not measured by the year", "give its counts by month or quarter"),
            Fault("period", "B moves network in 2009/10: N1 and N2", "give its counts by month"),
        ],
    ),
    (
        row("B", "COUNTED", "2009-06", 3, period="2009/10 Q1"),
        [Fault("period", "B moves network in 2009/10 Q1: N1 and N2", "give its counts by month")],
    ),
    (
        row("C", "COUNTED", "2009-09"),
        [Fault("period", "C is in no network in 2009-09", "it was in N2 until 2009-08-31")],
    ),
    (row("F", "SNAP", "2009-09", 3, period="Q2"), [Fault("period", "F is in no network in Q2", "it is in N2 from 2009-12-01")]),
    (
        row("N2", "NETWIDE", "2009-05"),
        [Fault("period", "N2 is in no network in 2009-05", "it has no practices then: see from and to in the practices file")],
    ),
]


@pytest.mark.parametrize(("wrong", "expected"), PERIODS)
def test_a_period_for_which_nobody_is_due_is_told(roster: Roster, wrong: Row, expected: list[Fault]) -> None:
    """Outside the contract, by the year where that is not measured, of no member, or across a move: told each time."""
    assert [roster.faults(wrong), roster.faults(wrong)] == [expected, expected]


def test_the_networks_between_which_a_practice_moves_are_told_in_order() -> None:
    """A practice that is in another network each month is told with all twelve, by code."""
    months = [f"2009-{n:02}" for n in range(4, 13)] + ["2010-01", "2010-02", "2010-03"]
    wanderer = members(*(("P", f"N{n:02}", month, month) for n, month in enumerate(months)))
    expected = " and ".join(f"N{n:02}" for n in range(12))
    assert Roster.of(EXPECTED, wanderer).faults(row("P", "YEARLY", "2010-03", 12, period="2009/10")) == [
        Fault("period", f"P moves network in 2009/10: {expected}", "give its counts by month")
    ]


RANGE = "is not from 0 to 999,999,999"
COUNTS = [
    (row("A", "COUNTED", "2009-04", n=-1, d=2), [Fault("numerator", f"numerator -1 {RANGE}")]),
    (
        row("A", "COUNTED", "2009-04", n=1, d=1_000_000_000),
        [Fault("denominator", f"denominator 1,000,000,000 {RANGE}")],
    ),
    (row("A", "COUNTED", "2009-04", n=1, d=2, e=-1), [Fault("excluded", f"excluded -1 {RANGE}")]),
    (
        row("A", "COUNTED", "2009-04", n=0, d=-1, e=0),
        [
            Fault("denominator", f"denominator -1 {RANGE}"),
            Fault("excluded", "excluded 0 is above denominator -1", "the excluded are part of the denominator"),
        ],
    ),
    (
        row("A", "COUNTED", "2009-04", n=0, d=1_000_000_001, e=1_000_000_001),
        [Fault("denominator", f"denominator 1,000,000,001 {RANGE}"), Fault("excluded", f"excluded 1,000,000,001 {RANGE}")],
    ),
    (
        row("A", "COUNTED", "2009-04", n=0, d=1999, e=2000),
        [Fault("excluded", "excluded 2,000 is above denominator 1,999", "the excluded are part of the denominator")],
    ),
    (
        row("A", "COUNTED", "2009-04", n=1002, d=1001),
        [Fault("numerator", "numerator 1,002 is above denominator 1,001", "the numerator is part of those")],
    ),
    (
        row("A", "COUNTED", "2009-04", n=1002, d=3001, e=2000),
        [Fault("numerator", "numerator 1,002 is above denominator 3,001 less excluded 2,000", "the numerator is part of those")],
    ),
]


@pytest.mark.parametrize(("wrong", "expected"), COUNTS)
def test_counts_that_contradict_each_other_are_told(roster: Roster, wrong: Row, expected: list[Fault]) -> None:
    """Each count that is out of range, and what is above that of which it is a part, also where a sound row came before."""
    assert roster.faults(wrong) == expected
    assert roster.faults(row("A", "COUNTED", "2009-04")) == []
    assert roster.faults(wrong) == expected


def test_what_is_wrong_with_codes_and_months_comes_before_the_counts(roster: Roster) -> None:
    """A row may have faults in several columns: all are told."""
    above = Fault("numerator", "numerator 3 is above denominator 2", "the numerator is part of those")
    unknown = Fault("practice", 'unknown practice "a"', 'did you mean "A"? Capitals count')
    assert roster.faults(row("a", "COUNTED", "2009-04", n=3)) == [unknown, above]
    assert roster.faults(row("A", "COUNTED", "2010-04", n=3)) == [Fault("period", "2010-04 is outside the contract"), above]


@pytest.mark.parametrize(("number", "hinted"), [(100, True), (101, False)])
@pytest.mark.parametrize(
    ("practice", "indicator", "what", "near"),
    [
        ("a", "COUNTED", 'unknown practice "a"', 'did you mean "A"? Capitals count'),
        ("n1", "NETWIDE", 'unknown network "n1"', 'did you mean "N1"? Capitals count'),
        ("A", "SNP", 'unknown indicator "SNP"', 'did you mean "SNAP"?'),
    ],
)
def test_for_a_hundred_unknown_codes_one_that_is_near_is_looked_for(
    roster: Roster, number: int, hinted: bool, practice: str, indicator: str, what: str, near: str
) -> None:
    """The hundredth is told with what may have been meant, the next without; what was told once is told the same again."""
    first = roster.code_faults("A", "COUNTD")
    for n in range(2, number):
        roster.code_faults(f"X{n}", "COUNTED")
    (found,) = roster.code_faults(practice, indicator)
    assert (found.what, found.hint) == (what, near if hinted else "")
    assert roster.code_faults("A", "COUNTD") == first
    assert first[0].hint == 'did you mean "COUNTED"?'


def test_codes_that_are_known_do_not_count_as_unknown() -> None:
    """After 40 practices with each of three indicators, 120 pairs of codes, one that is near is still looked for."""
    roster = many(40)
    assert [roster.code_faults(f"P{n:02}", indicator) for n in range(1, 41) for indicator in BY_PRACTICE.indicators] == [[]] * 120
    assert [fault.hint for fault in roster.code_faults("p01", "COUNTED")] == ['did you mean "P01"? Capitals count']


def test_the_code_of_a_network_is_told_however_many_were_unknown(roster: Roster) -> None:
    """That a code is a network's, or a practice's where a network's is wanted, needs no looking for what is near."""
    for n in range(100):
        roster.code_faults(f"X{n}", "COUNTED")
    assert [fault.what for fault in roster.code_faults("N1", "COUNTED")] == ["N1 is a network, not a practice"]
    assert [fault.what for fault in roster.code_faults("A", "NETWIDE")] == ["A is a practice, but NETWIDE is counted by network"]


@pytest.mark.parametrize(
    "label", ["total", "Totals", "Grand Total", "SUM", "subtotal", "Sub-total", "All", "all practices", "England", "ENGLAND"]
)
def test_labels_of_totals_are_known(label: str) -> None:
    """The words under which spreadsheets add up, in whatever capitals."""
    assert is_total(label)


@pytest.mark.parametrize("code", ["", "A", "N1", "totalx", "all practice"])
def test_other_texts_are_no_totals(code: str) -> None:
    """A blank or a code is no total."""
    assert not is_total(code)


def test_a_practice_may_have_the_code_of_a_total() -> None:
    """A practice whose code is ALL is that practice, also where something else of its row is wrong."""
    roster = Roster.of(EXPECTED, members(("ALL", "N1", None, None)))
    assert roster.faults(row("ALL", "COUNTED", "2009-04")) == []
    assert [fault.what for fault in roster.faults(row("ALL", "COUNTD", "2009-04"))] == ['unknown indicator "COUNTD"']
