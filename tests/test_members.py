"""Members: who is in which network when, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from p4p.counts.members import Members, Practice, Stay, nearest_code, unknown_practice
from p4p.numbers.errors import InputError, Location
from p4p.numbers.period import parse_month


def stay(
    practice: str, network: str, first: str | None = None, last: str | None = None, successor: str | None = None, line: int = 2
) -> Stay:
    months = [parse_month(m) if m else None for m in (first, last)]
    return Stay(practice, network, months[0], months[1], successor, Location("practices.csv", line, 1))


def members(*stays: Stay, **given: object) -> Members:
    by_code: dict[str, list[Stay]] = {}
    for s in stays:
        by_code.setdefault(s.practice, []).append(s)
    return Members.of([Practice.of(code, f"Practice {code}", own) for code, own in by_code.items()], **given)  # type: ignore[arg-type]


def refusal(*stays: Stay) -> list[str]:
    with pytest.raises(InputError) as caught:
        members(*stays)
    return [f"{p.at.line if p.at else 0}: {p.what}" for p in caught.value.problems]


MOVED = members(
    stay("P1", "N1", last="2009-09", successor=None),
    stay("P1", "N2", first="2009-10", line=3),
    stay("P2", "N1", last="2009-09", successor="P3", line=4),
    stay("P3", "N2", first="2009-06", line=5),
)


@pytest.mark.parametrize(
    ("practice", "month", "network"),
    [("P1", "2009-09", "N1"), ("P1", "2009-10", "N2"), ("P2", "2009-10", None), ("P3", "2009-05", None), ("P9", "2009-05", None)],
)
def test_a_practice_is_in_one_network_a_month(practice: str, month: str, network: str | None) -> None:
    """Dated stays say where a practice is in each month, both ends included."""
    assert MOVED.network_of(practice, parse_month(month)) == network


def test_the_members_of_a_network_change_with_its_practices_stays() -> None:
    """A network's members are those whose stay covers the month, by code."""
    assert [MOVED.members("N1", parse_month("2009-09")), MOVED.members("N2", parse_month("2009-10"))] == [("P1", "P2"), ("P1", "P3")]
    assert MOVED.members("N9", parse_month("2009-09")) == ()


def test_practices_and_networks_are_sorted_and_a_network_without_a_name_goes_by_its_code() -> None:
    """The order of practices and networks, which frames number, is that of their codes."""
    found = members(stay("P2", "N2"), stay("P1", "N10", line=3), network_names={"N2": "South"})
    assert (list(found.practices), dict(found.networks)) == (["P1", "P2"], {"N10": "N10", "N2": "South"})


@pytest.mark.parametrize(
    ("stays", "said"),
    [
        ((stay("P 1", "N1"),), '2: "P 1" is not a code'),
        ((stay("P1", ""),), "2: network is blank"),
        ((stay("\u0410B1", "N1"),), '2: "<U+0410>B1" is not a code'),
        ((stay("P" * 21, "N1"),), f'2: "{"P" * 21}" is not a code'),
        ((stay("p1", "N1"), stay("P1", "N1", line=3)), "3: P1 differs from p1 (line 2) only in case"),
        ((stay("P1", "N1"), stay("P2", "n1", line=3)), "3: n1 differs from N1 (line 2) only in case"),
        ((stay("P1", "N1"), stay("P1", "N2", line=3)), "3: P1 is already in N1, by line 2"),
        ((stay("P1", "N1", last="2009-09"), stay("P1", "N2", "2009-09", line=3)), "3: P1 is already in N1 in 2009-09, by line 2"),
        ((stay("P1", "N2", "2009-09"), stay("P1", "N1", last="2009-10", line=3)), "3: P1 is already in N2 in 2009-09, by line 2"),
        ((stay("P1", "N1", None, "2009-09", "P1"),), "2: P1 cannot be its own successor"),
        ((stay("P1", "N1", None, "2009-09", "P2"),), '2: unknown successor "P2"'),
        ((stay("P1", "N1", None, None, "P2"), stay("P2", "N1", line=3)), "2: P2 succeeds P1, but when is not said"),
        (
            (stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", "2009-11", line=3)),
            "2: P2 is in no network in 2009-10, when it succeeds P1",
        ),
        (
            (stay("P1", "N1", None, "2009-05", "P2"), stay("P1", "N1", "2009-07", line=3), stay("P2", "N1", line=4)),
            "2: P1 has a later stay, so nothing passes to P2",
        ),
    ],
)
def test_membership_that_cannot_be_is_refused(stays: tuple[Stay, ...], said: str) -> None:
    """Codes that are none, two networks in a month and impossible successors are refused, with the line and the other line."""
    assert refusal(*stays) == [said]


def test_successors_may_not_go_round_in_a_circle() -> None:
    """A practice cannot be succeeded, through others, by itself."""
    found = refusal(
        stay("P1", "N1", "2009-07", "2009-09", "P2"),
        stay("P2", "N1", "2009-10", "2009-12", "P3", line=3),
        stay("P3", "N1", "2010-01", "2010-03", "P2", line=4),
    )
    assert "3: a circle of successors: P2 to P3 to P2" in found


def test_every_fault_is_listed() -> None:
    """All faults of all practices come at once."""
    assert len(refusal(stay("P 1", "N1"), stay("P2", "N 1", line=3), stay("P3", "N1", None, "2009-09", "P3", line=4))) == 3


@pytest.mark.parametrize(
    ("practice", "month", "said"),
    [
        ("P2", "2009-10", "it was in N1 until 2009-09-30; after 2009-09-30 its counts belong to P3"),
        ("P3", "2009-04", "it is in N2 from 2009-06-01"),
    ],
)
def test_an_absence_is_explained(practice: str, month: str, said: str) -> None:
    """Of a practice that is no member it is said since when or until when it is, and who succeeds it."""
    assert MOVED.why_absent(practice, parse_month(month)) == said


LISTED = members(
    stay("P1", "N1"),
    stay("P2", "N1", first="2009-05", line=3),
    stay("P3", "N2", line=4),
    stay("P4", "N3", first="2009-09", line=5),
    lists={
        ("registered list", date(2009, 4, 1)): {"P1": 1000, "P2": 200, "P3": 30},
        ("weighted list", date(2009, 4, 1)): {"P1": 1001},
    },
)


def test_patients_are_those_of_the_practices_that_are_members_in_the_opening_month() -> None:
    """A network's patients are its members' in the opening month; one without members has none."""
    april, may = parse_month("2009-04"), parse_month("2009-05")
    assert LISTED.patients("registered list", date(2009, 4, 1), april) == {"N1": 1000, "N2": 30, "N3": 0}
    assert LISTED.patients("registered list", date(2009, 4, 1), may) == {"N1": 1200, "N2": 30, "N3": 0}


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        (
            "registered list",
            date(2009, 1, 1),
            ["the registered list is dated 2009-04-01; the contract pays on the list of 2009-01-01"],
        ),
        ("registerd list", date(2009, 4, 1), ['there is no list "registerd list"']),
        ("weighted list", date(2009, 4, 1), ["P3 has no entry on the weighted list of 2009-04-01"]),
    ],
)
def test_a_list_that_is_not_to_be_had_is_refused(name: str, day: date, said: list[str]) -> None:
    """A wrong date says which there are, a wrong name what may be meant, a practice without entry its name."""
    with pytest.raises(InputError) as caught:
        LISTED.patients(name, day, parse_month("2009-04"))
    assert [p.what for p in caught.value.problems] == said


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("N1", "give its practices, a row each"),
        ("U12345", "it looks like the code of a network (PCN): give its practices, a row each"),
        ("8.1E+08", "a spreadsheet may have rewritten the code: format the column as text"),
        ("p1", 'did you mean "P1"? Capitals count'),
        ("P\u200b1", "it holds characters that look like others or cannot be seen: type the code again"),
    ],
)
def test_an_unknown_practice_gets_a_hint(code: str, hint: str) -> None:
    """What a code that is no practice may be is said: a network, a spreadsheet's, a misspelling, a look-alike."""
    assert unknown_practice(code, ["P1", "P2"], {"N1"}).hint == hint


def test_a_near_code_is_found_among_many() -> None:
    """Among thousands of codes only those that start or end alike are compared."""
    codes = [f"A{n:05d}" for n in range(20_000)]
    assert nearest_code("B12345", codes) == 'did you mean "A12345"?'
