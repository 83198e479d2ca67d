"""Activity from CSV: two ways in with one result, and every fault with its place."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p4p.counts.activity import Activity, Batch, Expected
from p4p.counts.members import Members, Practice, Stay
from p4p.counts.roster import Roster
from p4p.files import activity_file
from p4p.files.activity_file import read_activity, read_period
from p4p.files.ahead import look_ahead
from p4p.files.table_text import Problems, Table
from p4p.numbers.errors import InputError, Location
from p4p.numbers.period import Year, parse_month

AT = Location("practices.csv", 2)
HOSTILE = Path(__file__).resolve().parents[1].parent / "shared" / "cases" / "hostile"


def members(**stays: str | tuple[str, str | None, str | None]) -> Members:
    """Members by practice: a network, or a network with the first and last month."""
    practices = []
    for code, said in stays.items():
        network, first, last = said if isinstance(said, tuple) else (said, None, None)
        months = [parse_month(m) if m else None for m in (first, last)]
        practices.append(Practice(code, code, (Stay(code, network, months[0], months[1], None, AT),)))
    return Members.of(practices)


def expected(*indicators: str, years: tuple[int, ...] = (2026,), **kinds: set[str]) -> Expected:
    sets = {kind: frozenset(kinds.get(kind, ())) for kind in ("snapshot", "yearly", "by_network")}
    return Expected(indicators, **sets, years=tuple(Year(y) for y in years))


FOUR = members(A81001="U10001", A81002="U10001", B82003="U10002", B82004="U10002")
BP1 = expected("BP1")
HEADER = "practice,indicator,period,numerator,denominator\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one, so that messages name files shortly."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str | bytes, *more: str, expect: Expected = BP1, who: Members = FOUR) -> Activity:
    """Activity from files of these texts in the current folder."""
    paths = []
    for number, content in enumerate((text, *more), 1):
        paths.append(f"activity{number}.csv")
        Path(paths[-1]).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_activity(paths, expect, who)


def refusal(text: str | bytes, *more: str, expect: Expected = BP1, who: Members = FOUR) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, *more, expect=expect, who=who)
    return [f"{p.at}: {p.what}" for p in caught.value.problems]


def sums(activity: Activity) -> tuple[int, ...]:
    """Numerator, denominator, rows, present, withheld."""
    return activity.counts.select("numerator", "denominator", "rows", "present", "withheld").sum().row(0)


# the hostile files


def _hostile() -> list[dict[str, str]]:
    if not HOSTILE.is_dir():
        return []
    return [case for case in json.loads((HOSTILE / "index.json").read_text())["cases"] if case["file"].startswith("csv_")]


def _hostile_text(name: str) -> bytes:
    """A hostile file in the product's column names, byte for byte otherwise."""
    text = (HOSTILE / name).read_bytes()
    for encoding in ("utf-8", "utf-16le"):
        for theirs, ours in {"practice_code": "practice", "practice_name": "name", "month": "period"}.items():
            for spelt in (theirs, theirs.upper(), "_".join(word.capitalize() for word in theirs.split("_"))):
                text = text.replace(spelt.encode(encoding), ours.encode(encoding))
    return text


# what a file must say that is refused; a file that is not here is read, and gives the base file's sums
REFUSED = {
    "csv_quoted_newline_name.csv": "5:8: a quote is opened here and not closed on this line",
    "csv_cr_only.csv": "1: ends its lines with carriage returns alone",
    "csv_utf16le_bom.csv": "UTF-16",
    "csv_cp1252.csv": "2:15: byte 0x92 is not UTF-8 text (byte 76 of the file)",
    "csv_nul_byte.csv": "2:3: a NUL byte",
    "csv_semicolon.csv": "separated by semicolons",
    "csv_empty.csv": "is empty",
    "csv_header_only.csv": "has column names and no rows",
    "csv_is_really_xlsx.csv": "looks like a workbook",
    "csv_ragged_short.csv": "3:48: 6 cells, where the header has 7",
    "csv_ragged_long.csv": "3:54: 8 cells, where the header has 7",
    "csv_duplicate_header.csv": '1:50: two columns are called "numerator"',
    "csv_missing_column.csv": '1: no column "denominator"',
    "csv_duplicate_row.csv": "14: A81002, BP1, 2026-05-01 is given already, by line 6",
    "csv_conflicting_row.csv": "14: A81002, BP1, 2026-05-01 is given already, by line 6",
    "csv_unclosed_quote.csv": "5:8: a quote is opened here and not closed on this line",
    "csv_swallowed_rows.csv": "6:8: a quote is opened here and not closed on this line",
    "csv_total_row.csv": '14:1: "Total" is a total, not a practice',
    "csv_num_gt_den.csv": "2:48: numerator 101 is above denominator 100",
    "csv_negative.csv": '2:48: numerator "-1" is below zero',
    "csv_non_integer.csv": '2:48: numerator "61.5" is not whole',
    "csv_blank_count.csv": "2:48: numerator is blank",
    "csv_star_suppressed.csv": "2:48: numerator is suppressed (*), but denominator is 100",
    "csv_thousands_comma.csv": '2:48: numerator "1,061" has thousands commas',
    "csv_percent_and_pound.csv": '2:48: numerator "61%" is a percentage',
    "csv_scientific.csv": '2:48: numerator "6.1E1" is in scientific notation',
    "csv_nan_inf.csv": '2:48: numerator "NaN" is no number',
    "csv_int64_overflow.csv": '2:48: numerator "9223372036854775807" is more than 999,999,999',
    "csv_unicode_digits.csv": '2:48: numerator "<U+0666><U+0661>" has digits other than 0 to 9',
    "csv_date_dmy.csv": '2:33: "01/04/2026" may be day or month first',
    "csv_date_excel_serial.csv": '2:33: "46113" is a spreadsheet\'s number for a day',
    "csv_date_impossible.csv": '2:33: "2026-02-30" is a day that does not exist',
    "csv_date_wrong_years.csv": '2:33: "1899-12-30" is outside the contract, which covers 2026/27',
    "csv_unknown_practice.csv": '14:1: unknown practice "Z99999"',
    "csv_homoglyph_code.csv": '2:1: unknown practice "<U+0410>81001"',
    "csv_moved_network.csv": "4:26: A81001 is in U10001 in 2026-06-01, not in U10002",
    "csv_excel_mangled_code.csv": '2:1: unknown practice "8.1E+08"',
    "csv_terminal_escapes.csv": "2:8: a character that cannot be seen, <U+001B>",
    "csv_path_network.csv": '2:26: unknown network "../../p4p_escape"',
    "csv_patient_column.csv": '1:1: column "nhs_number" is about patients',
}
FAULTS = {
    "csv_percent_and_pound.csv": 2,
    "csv_unicode_digits.csv": 4,
    "csv_nan_inf.csv": 2,
    "csv_int64_overflow.csv": 4,
    "csv_date_dmy.csv": 12,
}
# other sums than the base file's, where the rows are others: numerator, denominator, rows, present, withheld
SUMS = {
    "csv_zero_over_zero.csv": (480, 756, 12, 12, 0),
    "csv_month_missing.csv": (618, 973, 11, 11, 0),
    "csv_practice_absent.csv": (578, 872, 9, 9, 0),
    "csv_small_numbers.csv": (34, 46, 12, 12, 0),
}


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="needs ../shared beside the checkout")
@pytest.mark.parametrize("case", _hostile(), ids=lambda case: case["file"])
def test_hostile_files_get_what_they_must(folder: Path, case: dict[str, str]) -> None:
    """A hostile file is refused in the right words and place, or read as what it says, and never echoed where that could show a patient."""
    name = case["file"]
    text = _hostile_text(name)
    if name not in REFUSED:
        assert case["expect"] != "reject" or name in SUMS
        assert sums(read(text)) == SUMS.get(name, (662, 1055, 12, 12, 0))
        return
    assert case["expect"] != "same"
    with pytest.raises(InputError) as caught:
        read(text)
    problems = caught.value.problems
    assert any(REFUSED[name] in f"{p.at}: {p.what}" for p in problems)
    assert len(problems) >= FAULTS.get(name, 1)
    assert "999000" not in str(caught.value)
    assert not {c for c in str(caught.value) if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c == "\u202e"}


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="needs ../shared beside the checkout")
def test_a_hole_shows_as_less_present_than_expected(folder: Path) -> None:
    """A missing month and an absent practice are not refused here: they are counted, and named when asked for."""
    months = range(parse_month("2026-04"), parse_month("2026-07"))
    absent = read(_hostile_text("csv_practice_absent.csv"))
    assert absent.missing(months) == [("B82004", "BP1", month) for month in months]
    assert len(read(_hostile_text("csv_month_missing.csv")).missing(months)) == 1


# two ways in

WORLD = members(P1="N1", P22="N1", P3=("N2", "2009-06", None), P4=("N2", None, "2009-08"))
WANTED = expected("I1", "IND2", "S1", "W1", years=(2009,), snapshot={"S1"}, by_network={"W1"})


@st.composite
def plain_files(draw: st.DrawFn) -> str:
    """A file of months, dates and plain counts, with columns in any order, some not wanted."""
    columns = [
        "practice",
        "indicator",
        "period",
        "numerator",
        "denominator",
        *draw(st.sets(st.sampled_from(["excluded", "network", "note", "name"]))),
    ]
    columns = draw(st.permutations(columns))
    counts = st.one_of(st.integers(0, 20), st.sampled_from([99, 100, 10_000, 99_999_999, 999_999_999]))
    lines = [",".join(columns)]
    for indicator in WANTED.indicators:
        for place in ("N1", "N2") if indicator == "W1" else WORLD.practices:
            for month in Year(2009).months:
                network = place if indicator == "W1" else WORLD.network_of(place, month)
                if not network or draw(st.integers(0, 5)) != 0:
                    continue
                d = draw(counts)
                e = draw(st.integers(0, d))
                cells = {
                    "practice": place,
                    "indicator": indicator,
                    "period": f"{month // 12}-{month % 12 + 1:02d}{draw(st.sampled_from(['', '', '-01', '-28']))}",
                    "numerator": draw(st.integers(0, d - e if "excluded" in columns else d)),
                    "denominator": d,
                    "excluded": e,
                    "network": network,
                    "note": draw(st.sampled_from(["", "x", "caf\u00e9", "1234567890"])),
                    "name": "St John's",
                }
                lines.append(",".join(str(cells[c]) for c in columns))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + draw(st.sampled_from(["", end]))


def plainly(table: Table, roster: Roster) -> Batch | None:
    """The file as Polars reads it; None where it is not proved to be plain."""
    with look_ahead([table.file]) as ahead:
        return activity_file._plainly(table, roster, ahead[table.file])


def both_ways(path: str, who: Members, expect: Expected, size: int = 1 << 20) -> tuple[Activity | None, Activity | None]:
    """The file read plainly and, in blocks of some size, carefully; None where that way refuses it."""
    roster, problems = Roster.of(expect, who), Problems()
    table = Table(path, activity_file.REQUIRED, activity_file.OPTIONAL)
    batches = plainly(table, roster), activity_file._carefully(table, roster, problems, size)
    assert (batches[1] is None) == bool(problems.found)
    plain, careful = (None if batch is None else Activity.rolled_up(roster, [batch]) for batch in batches)
    return plain, careful


def same(one: Activity, other: Activity) -> bool:
    months = Year(2009).months
    return (
        one.counts.equals(other.counts)
        and (one.sources, one.ignored_columns, one.last_month) == (other.sources, other.ignored_columns, other.last_month)
        and one.practice_counts(["I1", "S1"]).equals(other.practice_counts(["I1", "S1"]))
        and one.monthly().equals(other.monthly())
        and one.rows("IND2", "N1", months) == other.rows("IND2", "N1", months)
        and one.rows("W1", "N2", months) == other.rows("W1", "N2", months)
        and one.missing(months) == other.missing(months)
    )


SLOW = [HealthCheck.function_scoped_fixture]


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(text=plain_files(), size=st.integers(1, 400))
def test_plain_files_give_one_result_both_ways(folder: Path, text: str, size: int) -> None:
    """A plain file is proved to be plain, and gives the same activity, row for row, as reading it record by record."""
    Path("a.csv").write_bytes(text.encode())
    plain, careful = both_ways("a.csv", WORLD, WANTED, size)
    if text.count("\n") <= 1 and not text.rstrip("\r\n").count("\n"):
        assert (plain, careful) == (None, None)
        return
    if "1234567890" in text:
        plain = plain or careful  # looked at more closely: it could have been an NHS number
    assert plain is not None
    assert careful is not None
    assert same(plain, careful)


SPOILT = st.sampled_from(
    ['"', ",", "\n", "\r", "\r\n", " ", "+", "-", "0", "\t", "*", ".", "1", "\0", "\u00e9", "\u200b", "\n\n", "P1", '""']
)


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(text=plain_files(), data=st.data())
def test_what_is_read_plainly_is_read_carefully_to_the_same_counts(folder: Path, text: str, data: st.DataObject) -> None:
    """However a file is spoilt, it is either not read plainly or has the same counts read record by record: nothing slips through."""
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(text.find("\n") + 1, len(text)))
        text = text[:at] + data.draw(SPOILT) + text[at + data.draw(st.integers(0, 2)) :]
    Path("a.csv").write_bytes(text.encode())
    try:
        plain, careful = both_ways("a.csv", WORLD, WANTED, data.draw(st.sampled_from([50, 500, 1 << 20])))
    except InputError as error:  # a practice-month given twice
        assert "given already" in str(error)
        return
    if plain:
        assert careful is not None
        assert same(plain, careful)


@pytest.mark.parametrize(
    "cell",
    [
        " 5",
        "5 ",
        "+5",
        "-0",
        "05",
        "0000000005",
        "00000000000000000005",
        "\t5",
        "5\r",
        '"5"',
        "5.0",
        "5e0",
        "\uff15",
        "5_0",
        "",
        "*",
        "0x5",
    ],
)
def test_only_the_shortest_digits_are_read_plainly(folder: Path, cell: str) -> None:
    """A count in any but its shortest digits, some of which Polars would take for numbers, is looked at again."""
    Path("a.csv").write_bytes(f"{HEADER}A81001,BP1,2026-04,{cell},50\nA81001,BP1,2026-05,6,7\n".encode())
    table = Table("a.csv", activity_file.REQUIRED)
    assert plainly(table, Roster.of(BP1, FOUR)) is None


def test_spaces_and_leading_zeros_change_nothing(folder: Path) -> None:
    """Spaces around a cell are forgiven, and up to nine digits may start with zeros."""
    found = read(f"{HEADER} A81001 ,BP1\u00a0, 2026-04, 005 ,000000050\n")
    assert sums(found) == (5, 50, 1, 1, 0)


def test_the_hash_is_that_of_the_bytes_read(folder: Path) -> None:
    """Both ways tell the SHA-256 and the rows of each file."""
    texts = [f"{HEADER}A81001,BP1,2026-04,5,50\n", f"{HEADER}A81002,BP1,2026-04,*,*\nA81001,BP1,2026-05,*,*\n"]
    assert [(s.file, s.sha256, s.rows) for s in read(*texts).sources] == [
        (f"activity{n}.csv", hashlib.sha256(text.encode()).hexdigest(), n) for n, text in enumerate(texts, 1)
    ]


def test_a_file_that_has_changed_is_not_read_again(folder: Path) -> None:
    """What is read from a file later, to explain or to chart, is read from the file that was settled, or refused."""
    found = read(f"{HEADER}A81001,BP1,2026-04,5,50\n")
    Path("activity1.csv").write_text(f"{HEADER}A81001,BP1,2026-04,50,500\n")
    with pytest.raises(InputError, match="has changed while it was being read"):
        found.rows("BP1", "U10001", [parse_month("2026-04")])


# what stands in a cell


@pytest.mark.parametrize(
    ("text", "month", "months"),
    [
        ("2009-04", "2009-04", 1),
        ("2009-06-30", "2009-06", 1),
        ("2010-03-01", "2010-03", 1),
        ("2009/10 Q1", "2009-06", 3),
        ("Q4", "2010-03", 3),
        ("2009/10", "2010-03", 12),
        ("2009/2010", "2010-03", 12),
        ("2009-10", "2009-10", 1),
    ],
)
def test_a_period_is_a_month_a_date_a_quarter_or_a_year(text: str, month: str, months: int) -> None:
    """Each stands for its months; a date for its month; `2009-10` is October 2009."""
    assert read_period(text, (Year(2009),)) == (parse_month(month), months)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", '"" is blank; a period is a month like 2009-04, or a quarter like 2009/10 Q1'),
        ("09/10", "is no period"),
        ("0910", "is no period"),
        ("April 2009", "is no period"),
        ("2009-4", "is no period"),
        ("2009-13", "month"),
        ("2010/11", "outside the contract, which covers 2009/10"),
        ("2009-03", "outside the contract"),
        ("2010/11 Q1", "outside the contract"),
        ("2009/11", "does not end in the year after it starts"),
        ("2009-04-01T00:00:00", "has a time of day; write the day alone"),
        ("1900-01-00", "does not exist"),
        ("1900-01-01", "an empty date in a spreadsheet"),
        ("\uff12\uff10\uff10\uff19-04", "<U+FF12>"),
    ],
)
def test_any_other_period_is_refused(text: str, said: str) -> None:
    """Nothing is guessed: what could be read in two ways, or lies outside the contract, is refused with a hint."""
    with pytest.raises(ValueError, match=re.escape(said)):
        read_period(text, (Year(2009),))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("*,*,*", None),
        ("*,*,0", None),
        ("*,*,", ["excluded is blank"]),
        ("*,5,0", ["numerator is suppressed (*), but denominator is 5"]),
        ("5,*,0", ["denominator is suppressed (*), but numerator is 5"]),
        ("5,6,*", ['excluded "*" is a suppressed number']),
        (",,", ["numerator is blank", "denominator is blank", "excluded is blank"]),
        ("5,6,2", ["numerator 5 is above denominator 6 less excluded 2"]),
        ("5,6,7", ["excluded 7 is above denominator 6"]),
        ("*,x,0", ['numerator "*" is a suppressed number', 'denominator "x" is not a count']),
    ],
)
def test_counts_are_whole_or_withheld_altogether(folder: Path, cells: str, said: list[str] | None) -> None:
    """Both stars are a withheld count, which is neither zero nor missing; anything in between is refused."""
    text = f"practice,indicator,period,numerator,denominator,excluded\nA81001,BP1,2026-04,{cells}\n"
    if said is None:
        assert sums(read(text)) == (0, 0, 1, 0, 1)
    else:
        assert sorted(what.split(": ", 1)[1] for what in refusal(text)) == sorted(said)


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(cell=st.text(st.characters(exclude_characters='",\n\r', exclude_categories=["Cs"]), max_size=12))
def test_only_up_to_nine_digits_are_a_count(folder: Path, cell: str) -> None:
    """Whatever stands for a count, it is taken only if it is one to nine of the digits 0 to 9, spaces around them aside."""
    text = f"{HEADER}A81001,BP1,2026-04,{cell},999999999\n"
    bare = cell.strip(" \u00a0")
    if bare.isascii() and bare.isdigit() and len(bare) <= 9:
        assert sums(read(text))[0] == int(bare)
    else:
        assert len(refusal(text)) == 1


def test_every_fault_of_every_file_is_listed(folder: Path) -> None:
    """Problems of several cells, rows and files come at once, in order."""
    one = f"{HEADER}A8100,BP,04/2026,x,y\nA81001,BP1,2026-04,1,2\n"
    assert [said.split(": ")[0] for said in refusal(one, one.replace("A81001", "Z1"))] == [
        *(f"activity1.csv:2:{column}" for column in (1, 7, 10, 18, 20)),
        *(f"activity2.csv:2:{column}" for column in (1, 7, 10, 18, 20)),
        "activity2.csv:3:1",
    ]


def test_very_many_faults_are_counted(folder: Path) -> None:
    """A file of nothing but faults costs little: a hundred are listed, the rest counted."""
    found = refusal(HEADER + "".join(f"X{n},BP1,2026-04,1,2\n" for n in range(3000)))
    assert (len(found), found[0]) == (101, "None: 3000 problems; these are the first 100")


def test_the_same_counts_in_two_files_are_refused(folder: Path) -> None:
    """A practice-month that two files give is named with both, whichever way each was read."""
    one, two = f"{HEADER}A81001,BP1,2026-04,1,2\n", f"{HEADER}B82003,BP1,2026-04,*,*\nA81001,BP1,2026/27 Q1,1,2\n"
    assert refusal(one, two) == ["activity2.csv:3: A81001, BP1, 2026/27 Q1 is given already, by activity1.csv, line 2 (2026-04)"]


def test_a_file_given_twice_is_refused_within_bounds(folder: Path) -> None:
    """Of very many repeats a hundred are named."""
    text = HEADER + "".join(f"P{n},I{i},2026-04,1,2\n" for n in range(300) for i in range(5))
    found = refusal(text, text, expect=expected(*(f"I{i}" for i in range(5))), who=members(**{f"P{n}": f"N{n}" for n in range(300)}))
    assert (len(found), found[0]) == (101, "None: counts are given twice; these are the first 100")


CLOSED = Members.of(
    [
        Practice("P1", "One", (Stay("P1", "N1", None, parse_month("2026-09"), "P3", AT),)),
        Practice("P3", "Three", (Stay("P3", "N2", parse_month("2026-06"), None, None, AT),)),
    ]
)


@pytest.mark.parametrize(
    ("row", "what", "hint"),
    [
        (
            "P1,BP1,2026-10,1,2",
            "P1 is in no network in 2026-10",
            "it was in N1 until 2026-09-30; after 2026-09-30 its counts belong to P3",
        ),
        ("P3,BP1,2026-05,1,2", "P3 is in no network in 2026-05", "it is in N2 from 2026-06-01"),
        ("P3,BP1,2026/27,1,2", "2026/27 is a year, but BP1 is not measured by the year", "give its counts by month or quarter"),
        (
            "U54321,BP1,2026-05,1,2",
            'unknown practice "U54321"',
            "it looks like the code of a network (PCN): give its practices, a row each",
        ),
    ],
)
def test_a_row_for_which_nobody_is_due_is_refused(folder: Path, row: str, what: str, hint: str) -> None:
    """Of a practice that is no member it is said until when it was, since when it is, and who succeeds it."""
    with pytest.raises(InputError) as caught:
        read(f"{HEADER}{row}\n", who=CLOSED)
    (problem,) = caught.value.problems
    assert (problem.what, problem.hint, problem.quote) == (what, hint, row)


def test_a_quarter_stands_for_the_months_in_which_the_practice_is_a_member(folder: Path) -> None:
    """A quarter's row of a practice that joined in its last month covers that month, and nothing is missing."""
    found = read(f"{HEADER}P3,BP1,2026/27 Q1,7,9\n", who=CLOSED)
    assert found.counts.filter(network=1).head(1).select("numerator", "rows", "expected", "present").row(0) == (7, 1, 1, 1)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("U10001", []),
        ("U10002", ["activity1.csv:2:8: A81001 is in U10001 in 2026-04, not in U10002"]),
        ("u10001", ['activity1.csv:2:8: unknown network "u10001"']),
        ("", ['activity1.csv:2:8: unknown network ""']),
    ],
)
def test_a_network_column_must_agree_with_the_members(folder: Path, network: str, said: list[str]) -> None:
    """Where a file says the network, it is that of the practices file in that month."""
    text = f"practice,network,indicator,period,numerator,denominator\nA81001,{network},BP1,2026-04,1,2\n"
    if said:
        assert refusal(text) == said
    else:
        assert sums(read(text)) == (1, 2, 1, 1, 0)


def test_columns_that_are_not_used_are_named(folder: Path) -> None:
    """What is passed over is told, once for all files."""
    text = "practice,Name,indicator,period,numerator,denominator,,comment\nA81001,x,BP1,2026-04,1,2,,\n"
    assert read(text, text.replace("A81001", "A81002")).ignored_columns == ("name", "(column 7, no name)", "comment")


@pytest.mark.parametrize("name", ["*.csv", "a[1].csv", "http:x.csv", "caf\u00e9 \u65e5.csv"])
def test_a_path_is_only_a_path(folder: Path, name: str) -> None:
    """No character of a file's name is a pattern or an address."""
    Path(name).write_text(f"{HEADER}A81001,BP1,2026-04,1,2\n")
    assert sums(read_activity([name], BP1, FOUR)) == (1, 2, 1, 1, 0)
