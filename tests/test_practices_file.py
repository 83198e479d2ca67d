"""Practices and lists from CSV: what is read, and what is refused with file, line and column."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from p4p.counts.members import Members
from p4p.files.practices_file import FIRST_DAY, LAST_DAY, read_practices
from p4p.numbers.errors import InputError
from p4p.numbers.period import parse_month

PLAIN = "practice,name,network\nP1,One,N1\nP2,Two,N1\nP3,Three,N2\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one, so that messages name files shortly."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder: Path, practices: str | bytes, *lists: str, counted_on: str | None = None) -> Members:
    named = {"practices.csv": practices, **{f"lists{i}.csv": text for i, text in enumerate(lists)}}
    for name, text in named.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_practices("practices.csv", counted_on=counted_on, lists=[n for n in named if n != "practices.csv"])


def refusal(folder: Path, practices: str | bytes, *lists: str, counted_on: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, practices, *lists, counted_on=counted_on)
    return [f"{p.at}: {p.what}" for p in caught.value.problems]


def test_practices_are_read_with_their_networks(folder: Path) -> None:
    """The three columns make practices, networks, and a source with the hash of the bytes read."""
    found = read(folder, PLAIN)
    assert [(p.code, p.name, p.stays[0].network, str(p.stays[0].at)) for p in found.practices.values()] == [
        ("P1", "One", "N1", "practices.csv:2"),
        ("P2", "Two", "N1", "practices.csv:3"),
        ("P3", "Three", "N2", "practices.csv:4"),
    ]
    (source,) = found.sources
    assert (source.file, source.rows, source.sha256) == ("practices.csv", 3, hashlib.sha256(PLAIN.encode()).hexdigest())


@pytest.mark.parametrize(
    "same",
    [
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("practice,name", " Practice ,NAME\u00a0"),
        PLAIN.replace("P1,One", " P1 , One"),
        PLAIN.replace("P2", '"P2"').replace("Two", '"Two"'),
        PLAIN.replace("\nP2", "\n\nP2") + "\n \n",
        "network,practice,name,to\nN1,P1,One,\nN1,P2,Two,\nN2,P3,Three,\n",
        PLAIN.replace("network", "network,website").replace("N1", "N1,x").replace("N2", "N2,"),
    ],
)
def test_the_same_table_may_be_written_in_several_ways(folder: Path, same: str) -> None:
    """Byte-order mark, line ends, spaces, quotes, blank lines, order of columns and columns not wanted change nothing."""
    one, other = read(folder, PLAIN), read(folder, same)
    assert [(p.code, p.name, p.stays[0].network) for p in other.practices.values()] == [
        (p.code, p.name, p.stays[0].network) for p in one.practices.values()
    ]


def test_lists_come_from_both_files(folder: Path) -> None:
    """List sizes stand beside the practice under their date; other lists have a file, where the same list may stand at other dates."""
    practices = "practice,name,network,network_name,list_size,weighted_list,list_date\nP1,One,N1,North,1000,1100,2009-04-01\nP2,Two,N1,,20,,2009-04-01\n"
    lists = "practice,list,date,patients\nP1,diabetes register,2009-04-01,90\nP2,registered list,2009-01-01,19\n"
    found = read(folder, practices, lists)
    assert dict(found.networks) == {"N1": "North"}
    assert dict(found.lists) == {
        ("registered list", date(2009, 4, 1)): {"P1": 1000, "P2": 20},
        ("weighted list", date(2009, 4, 1)): {"P1": 1100},
        ("diabetes register", date(2009, 4, 1)): {"P1": 90},
        ("registered list", date(2009, 1, 1)): {"P2": 19},
    }
    assert [source.rows for source in found.sources] == [2, 2]
    places = {(name, day, code): str(at) for (name, day), rows in found.list_rows.items() for code, at in rows.items()}
    assert places == {
        ("registered list", date(2009, 4, 1), "P1"): "practices.csv:2",
        ("registered list", date(2009, 4, 1), "P2"): "practices.csv:3",
        ("weighted list", date(2009, 4, 1), "P1"): "practices.csv:2",
        ("diabetes register", date(2009, 4, 1), "P1"): "lists0.csv:2",
        ("registered list", date(2009, 1, 1), "P2"): "lists0.csv:3",
    }


def test_a_practice_that_moves_may_say_its_list_again(folder: Path) -> None:
    """The rows of a practice's stays may carry the same list size; it is one list size."""
    text = "practice,name,network,list_size,list_date,from,to\nP1,One,N1,10,2009-04-01,,2009-09-30\nP1,One,N2,10,2009-04-01,2009-10-01,\n"
    assert dict(read(folder, text).lists) == {("registered list", date(2009, 4, 1)): {"P1": 10}}


@pytest.mark.parametrize(
    ("counted_on", "until", "since"),
    [(FIRST_DAY, "2009-06", "2009-07"), (LAST_DAY, "2009-05", "2009-06")],
)
def test_the_contract_says_which_day_of_a_month_decides(folder: Path, counted_on: str, until: str, since: str) -> None:
    """A practice that moves inside June is counted that month where it is on the first, or the last, day of June."""
    text = "practice,name,network,from,to\nP1,One,N1,,2009-06-14\nP1,One,N2,2009-06-15,\n"
    one, two = read(folder, text, counted_on=counted_on).practices["P1"].stays
    assert (one.last, two.first) == (parse_month(until), parse_month(since))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["practices.csv: is empty"]),
        ("practice,name,network\n", ["practices.csv: has column names and no rows"]),
        ("practice,name\nP1,One\n", ['practices.csv:1: no column "network"']),
        ("practice;name;network\nP1;One;N1\n", ["practices.csv:1: separated by semicolons"]),
        ("practice\tname\tnetwork\nP1\tOne\tN1\n", ["practices.csv:1:9: separated by tabs"]),
        ("sep=,\npractice,name,network\nP1,One,N1\n", ["practices.csv:1: the first line is not the column names"]),
        ("practice,name,network,name\nP1,One,N1,One\n", ['practices.csv:1:23: two columns are called "name"']),
        ("practice,name,network\rP1,One,N1\r", ["practices.csv:1: ends its lines with carriage returns alone"]),
        (PLAIN.encode("utf-16"), ['practices.csv: is UTF-16 text, which spreadsheets call "Unicode text"']),
        (b"PK\x03\x04rest", ["practices.csv: looks like a workbook (.xlsx) renamed .csv"]),
        ("<!DOCTYPE html><html>\n", ["practices.csv: looks like a web page"]),
        (PLAIN.replace("One", "Caf\u00e9").encode("cp1252"), ["practices.csv:2:7: byte 0xE9 is not UTF-8 text (byte 29 of the file)"]),
        (PLAIN.replace("One", "O\x00ne"), ["practices.csv:2:5: a NUL byte"]),
        (PLAIN.replace("One", "O\x1b[2Jne"), ["practices.csv:2:5: a character that cannot be seen, <U+001B>"]),
        (PLAIN.replace("One", "O\u202ene"), ["practices.csv:2:5: a character that cannot be seen, <U+202E>"]),
        (
            PLAIN.replace("One", '"On\ne"'),
            ["practices.csv:2:4: a quote is opened here and not closed on this line", "practices.csv:3:4: 2 cells, where the header has 3"],
        ),
        (PLAIN.replace("One", '"One" Surgery'), ["practices.csv:2:4: text after a closing quote"]),
        (PLAIN.replace("One", "One, Two"), ["practices.csv:2:13: 4 cells, where the header has 3"]),
        (PLAIN.replace("P1,One,N1", "P1,One"), ["practices.csv:2:4: 2 cells, where the header has 3"]),
        (PLAIN.replace("P1,One", "P1,"), ["practices.csv:2:4: P1 has no name"]),
        (PLAIN.replace("P1", "P-1 x"), ['practices.csv:2:1: "P-1 x" is not a code']),
        (PLAIN.replace("P2,Two,N1", '"P2",Two,n1'), ["practices.csv:3:10: n1 differs from N1 (line 2) only in case"]),
        (
            PLAIN.replace("P2,Two", "P1,Two"),
            ["practices.csv:3:1: P1 is already in N1, by line 2", 'practices.csv:3:4: P1 is called "Two", but "One" on line 2'],
        ),
    ],
)
def test_a_file_that_is_no_practices_file_is_refused(folder: Path, text: str | bytes, said: list[str]) -> None:
    """Each fault is told with file, line and column, and with nothing else."""
    assert refusal(folder, text) == said


DATED = "practice,name,network,list_size,list_date,from,to,successor\nP1,One,N1,{},{},{},{},{}\nP2,Two,N1,,,,,\n"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("10", "", "", "", ""), "2:11: list_size has no date"),
        (("1.5", "1/4/2009", "", "", ""), '2:11: list_size "1.5" is not whole'),
        (("10", "1/4/2009", "", "", ""), '2:14: "1/4/2009" is not a date like 2009-04-01'),
        (("1,0", "2009-04-01", "", "", ""), "2:28: 9 cells, where the header has 8"),
        (('"1,061"', "2009-04-01", "", "", ""), '2:11: list_size "1,061" has thousands commas'),
        (("10.5", "2009-04-01", "", "", ""), '2:11: list_size "10.5" is not whole'),
        (("", "", "2009-04-02", "", ""), "2:13: 2009-04-02 is inside a month"),
        (("", "", "", "2009-09-29", ""), "2:14: 2009-09-29 is inside a month"),
        (("", "", "2009-10-01", "2009-09-30", ""), "2:24: 2009-09-30 is before 2009-10-01"),
        (("", "", "9999-12-15", "", ""), "2:13: 9999-12-15 is too long ago or too far ahead"),
        (("", "", "", "0001-01-15", ""), "2:14: 0001-01-15 is too long ago or too far ahead"),
        (("", "", "", "2009-09-30", "P9"), '2:25: unknown successor "P9"'),
        (("", "", "", "2009-09-30", "p2"), '2:25: unknown successor "p2"'),
        (("", "", "", "", "P2"), "2:15: P2 succeeds P1, but when is not said"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(folder: Path, cells: tuple[str, ...], said: str) -> None:
    """List sizes, dates and successors are refused in their own column."""
    found = refusal(folder, DATED.format(*cells))
    assert found[0].removeprefix("practices.csv:").split(": write")[0] == said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P9,register,2009-04-01,5", '1: unknown practice "P9"'),
        ("P1,,2009-04-01,5", "4: the list has no name"),
        ("P1,register,2009-04-01,*", '24: patients "*" is a suppressed number'),
        ("P1,register,2009-04-01,", "24: patients is blank"),
        ("P2,register,2009-04-01,6", "24: P2 on the register of 2009-04-01 is 6 here and 5 on line 2"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(folder: Path, row: str, said: str) -> None:
    """A lists file is held to the practices, and each practice has one number on a list at a date."""
    lists = f"practice,list,date,patients\nP2,register,2009-04-01,5\n{row}\n"
    assert refusal(folder, PLAIN, lists) == [f"lists0.csv:3:{said}"]


def test_the_faults_of_all_files_come_at_once(folder: Path) -> None:
    """A broken practices file does not hide a broken lists file, and the other way round."""
    found = refusal(folder, PLAIN.replace("One", ""), "practice,list,date,patients\nP1,x,2009-04-31,5\n")
    assert [text.split(":")[0] for text in found] == ["lists0.csv", "practices.csv"]


def test_at_most_a_hundred_faults_are_listed(folder: Path) -> None:
    """Of very many faults the first hundred are listed and the rest counted."""
    rows = "".join(f"P{n},,N1\n" for n in range(250))
    assert refusal(folder, f"practice,name,network\n{rows}")[0] == "None: 250 problems; these are the first 100"


@pytest.mark.parametrize("column", ["NHS Number", "nhs_no", "Patient Name", "DOB", "date of birth", "postcode"])
def test_patient_level_columns_are_refused(folder: Path, column: str) -> None:
    """A column about patients is refused by its name, and none of its cells is shown."""
    with pytest.raises(InputError) as caught:
        read(folder, PLAIN.replace("network\n", f"network,{column}\n").replace("N1\n", "N1,SECRET\n").replace("N2\n", "N2,SECRET\n"))
    assert [str(p.at) for p in caught.value.problems] == ["practices.csv:1:23"]
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("network\n", "network,note\n").replace("N1\n", "N1,999 000 0018\n").replace("N2\n", "N2,\n"),
        PLAIN.replace("P1", "9990000018"),
        PLAIN.replace("P1", "\u00e99990000018"),
        PLAIN.replace("One", "9990000018,"),
        PLAIN.replace("One", '"9990000018'),
        PLAIN.replace("One", "9990000018\x07"),
        "9990000018,One,N1\n",
        PLAIN.replace("network\n", "network,9990000018,9990000018\n"),
    ],
)
def test_a_number_in_the_form_of_an_nhs_number_is_never_shown(folder: Path, text: str) -> None:
    """Ten digits whose last checks the others are refused wherever they stand, and not shown, whatever else is wrong with the line."""
    with pytest.raises(InputError) as caught:
        read(folder, text)
    assert "0018" not in str(caught.value)


def test_only_ordinary_files_are_read(folder: Path) -> None:
    """A folder, a pipe and a file that is not there are refused without being opened."""
    os.mkfifo(folder / "pipe")
    said = []
    for name in (".", "pipe", "absent.csv", "nul\0.csv"):
        with pytest.raises(InputError) as caught:
            read_practices(name)
        said.append(caught.value.problems[0].what)
    assert said == ["is a folder", "is not an ordinary file", "there is no such file", "cannot be read: its name is not one"]


def test_a_line_without_end_is_refused(folder: Path) -> None:
    """A line longer than a record can be is refused; one longer than is read at once ends the reading there."""
    for length, more in ((100_000, ['practices.csv:6:1: "P 5" is not a code']), (5_000_000, [])):
        found = refusal(folder, PLAIN + "P4," + "x" * length + ",N1\nP 5,Five,N1\n")
        assert found == ["practices.csv:5: a line of more than 65,536 bytes", *more]


def test_reading_practices_does_not_import_polars() -> None:
    """Polars takes longer to import than practices take to read."""
    code = "import sys, p4p.files.practices_file; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
