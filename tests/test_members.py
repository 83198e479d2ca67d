"""Members: who is in which network when, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from p4p.counts.members import Fault, Members, Practice, Source, Stay, faults, nearest_code, unknown_network, unknown_practice
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
    many = members(*(stay(f"P{n}", f"N{9 - n}", line=n + 2) for n in (3, 1, 4, 5, 9, 2, 6, 8, 7)))
    assert [f"P{n}" for n in range(1, 10)] == list(many.practices)
    assert [f"N{n}" for n in range(9)] == list(many.networks)


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


def problems(*stays: Stay) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as caught:
        members(*stays)
    return [(p.at.line if p.at else 0, p.what, p.hint) for p in caught.value.problems]


CODE = "a code is up to 20 letters, digits and . _ -, without spaces"
ONE_NETWORK = "a practice is in one network a month: end one row (to) before the next starts (from)"


@pytest.mark.parametrize(
    ("stays", "said"),
    [
        ((stay("P 1", "N1"),), (2, '"P 1" is not a code', CODE)),
        ((stay("8.1E+08", "N1"),), (2, '"8.1E+08" is not a code', "a spreadsheet may have rewritten it: format the column as text")),
        ((stay("P1", ""),), (2, "network is blank", "give its code")),
        ((stay("p1", "N1"), stay("P1", "N1", line=3)), (3, "P1 differs from p1 (line 2) only in case", "write a code in one way")),
        ((stay("P1", "N1", line=3), stay("p1", "N1")), (3, "P1 differs from p1 (line 2) only in case", "write a code in one way")),
        ((stay("P1", "N1"), stay("P1", "N2", line=3)), (3, "P1 is already in N1, by line 2", ONE_NETWORK)),
        # both start in 2009-09, which is in both
        (
            (stay("P1", "N1", "2009-09", "2009-09"), stay("P1", "N2", "2009-09", line=3)),
            (3, "P1 is already in N1 in 2009-09, by line 2", ONE_NETWORK),
        ),
        # the first lasts longest: the third meets it, and not the second
        (
            (
                stay("P1", "N1", "2009-04", "2010-03"),
                stay("P1", "N1", "2009-03", "2009-03", line=3),
                stay("P1", "N2", "2010-03", "2010-04", line=4),
            ),
            (4, "P1 is already in N1 in 2010-03, by line 2", ONE_NETWORK),
        ),
        (
            (stay("P1", "N1", None, "2009-09", "P1"),),
            (2, "P1 cannot be its own successor", "leave it blank, or name the practice it joined"),
        ),
        ((stay("P1", "N1", None, "2009-09", "P2"),), (2, 'unknown successor "P2"', "known here: P1")),
        (
            (stay("P1", "N1", None, None, "P2"), stay("P2", "N1", line=3)),
            (2, "P2 succeeds P1, but when is not said", "give the last day in to"),
        ),
        (
            (stay("P1", "N1", None, "2009-05", "P2"), stay("P1", "N1", "2009-07", line=3), stay("P2", "N1", line=4)),
            (2, "P1 has a later stay, so nothing passes to P2", "name it in the last row"),
        ),
        (
            (stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", "2009-11", line=3)),
            (2, "P2 is in no network in 2009-10, when it succeeds P1", "its row must cover 2009-10-01"),
        ),
    ],
)
def test_what_to_do_about_a_membership_that_cannot_be(stays: tuple[Stay, ...], said: tuple[int, str, str]) -> None:
    """Each refusal says the line, what is wrong there and what to do."""
    assert problems(*stays) == [said]


def test_a_circle_of_two_successors_is_told() -> None:
    """P1 passes to P2 and P2 to P1, which is back by then: the circle is told, and that its last has no successor."""
    found = problems(stay("P1", "N1", "2009-04", "2009-09", "P2"), stay("P2", "N1", "2009-10", "2009-12", "P1", line=3))
    assert (2, "a circle of successors: P1 to P2 to P1", "the last has none") in found


@pytest.mark.parametrize(
    "stays",
    [
        (stay("P1", "N1", None, "2009-08"), stay("P1", "N2", "2009-09", line=3)),
        (stay("P1", "N2", "2009-09", line=2), stay("P1", "N1", None, "2009-08", line=3)),
        # a stay that covers no month meets nothing, though it stands inside another
        (stay("P1", "N1", "2009-04", "2010-03"), stay("P1", "N2", "2009-10", "2009-09", line=3)),
        (stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", "2009-10", line=3)),
        (stay("P1", "N1", None, "2009-05", "P2"), stay("P2", "N1", None, "2009-07", "P3", line=3), stay("P3", "N1", line=4)),
        (stay("P" * 20, "N1"), stay("9.A_b-c", "N1", line=3)),
    ],
)
def test_membership_that_just_may_be(stays: tuple[Stay, ...]) -> None:
    """Stays that follow each other without a month between, a successor that is there from the month after, codes of 20 characters."""
    assert set(members(*stays).practices) == {s.practice for s in stays}


PASSED_ON = members(
    stay("P1", "N1", last="2009-06", successor="P2"),
    stay("P2", "N2", last="2009-09", successor="P3", line=3),
    stay("P3", "N3", first="2009-07", line=4),
    stay("P4", "N1", line=5),
    stay("P5", "N1", last="2009-06", line=6),
    stay("P6", "N4", first="2009-12", line=7),
    lists={("registered list", date(2009, 4, 1)): {"P1": 1, "P2": 20, "P3": 300, "P4": 4000, "P5": 50_000, "P6": 600_000, "P7": 7_000_000}},
)


@pytest.mark.parametrize(
    ("month", "patients"),
    [
        # all where they are; P3 opens in July and P6 in December: before that they are nobody's
        ("2009-06", {"N1": 54_001, "N2": 20, "N3": 0, "N4": 0}),
        # P1 closed: its patient went to P2; those of P5 went nowhere
        ("2009-07", {"N1": 4000, "N2": 21, "N3": 300, "N4": 0}),
        # P2 closed as well: both went to P3
        ("2009-10", {"N1": 4000, "N2": 0, "N3": 321, "N4": 0}),
        ("2009-12", {"N1": 4000, "N2": 0, "N3": 321, "N4": 600_000}),
    ],
)
def test_patients_go_with_the_practice_that_took_them_over(month: str, patients: dict[str, int]) -> None:
    """The patients of a practice that closed are its successor's, or its successor's successor's; without one they are nobody's."""
    assert PASSED_ON.patients("registered list", date(2009, 4, 1), parse_month(month)) == patients


@pytest.mark.parametrize(
    ("month", "behind"),
    [
        ("2009-06", {"N1": ("P1", "P4", "P5"), "N2": ("P2",), "N3": (), "N4": ()}),
        ("2009-07", {"N1": ("P4",), "N2": ("P1", "P2"), "N3": ("P3",), "N4": ()}),
        ("2009-10", {"N1": ("P4",), "N2": (), "N3": ("P1", "P2", "P3"), "N4": ()}),
    ],
)
def test_the_practices_whose_patients_a_network_has(month: str, behind: dict[str, tuple[str, ...]]) -> None:
    """Its members of the month, and with them the practices that they took over, by code."""
    assert {network: PASSED_ON.behind(network, parse_month(month)) for network in PASSED_ON.networks} == behind


def test_the_rows_that_say_how_many_patients_there_are() -> None:
    """Where a file says so its row is told, else that of the practice itself; a practice that is not on the list is left out."""
    day, name = date(2009, 4, 1), "diabetes register"
    stays = [Stay(code, "N1", None, None, None, Location("practices.csv", line)) for line, code in enumerate(("P1", "P2", "P3"), 2)]
    lists = {(name, day): {"P1": 1234, "P2": 5}, (name, date(2010, 4, 1)): {"P1": 1}}
    rows = {(name, day): {"P1": Location("lists.csv", 7)}}
    there = Members.unchecked([Practice.of(s.practice, s.practice, [s]) for s in stays], {}, lists, (), rows)
    assert ("lists.csv:7 P1: 1,234", "practices.csv:3 P2: 5") == there.told_of_list(name, day, ("P1", "P2", "P3"))
    assert ("practices.csv:2 P1: 1",) == there.told_of_list(name, date(2010, 4, 1), ("P1", "P2"))


@pytest.mark.parametrize(
    ("practice", "month", "said"),
    [
        ("P9", "2009-04", "it has no practices then: see from and to in the practices file"),
        ("P1", "2009-08", "it was in N1 until 2009-06-30; after 2009-06-30 its counts belong to P2"),
        ("P5", "2009-08", "it was in N1 until 2009-06-30"),
        ("P6", "2009-11", "it is in N4 from 2009-12-01"),
    ],
)
def test_since_when_until_when_and_to_whom(practice: str, month: str, said: str) -> None:
    """An absence in words: before, after, and who has the counts."""
    assert PASSED_ON.why_absent(practice, parse_month(month)) == said


def test_an_absence_between_two_stays() -> None:
    """Of a practice that went away and came back, the last stay before and the first after are told."""
    back = members(
        stay("P1", "N1", last="2009-04"),
        stay("P1", "N2", "2009-05", "2009-06", line=3),
        stay("P1", "N3", "2009-09", "2009-10", line=4),
        stay("P1", "N4", "2009-11", line=5),
    )
    assert back.why_absent("P1", parse_month("2009-08")) == "it was in N2 until 2009-06-30; it is in N3 from 2009-09-01"
    assert back.why_absent("P1", parse_month("2009-07")) == back.why_absent("P1", parse_month("2009-08"))


def test_stays_are_put_in_order() -> None:
    """Stays may be given in any order: the one without a beginning is the first."""
    later, first = stay("P1", "N2", "2009-10"), stay("P1", "N1", last="2009-09", line=3)
    assert Practice.of("P1", "Practice", [later, first]).stays == (first, later)


def test_what_to_do_about_a_list_that_is_not_there() -> None:
    """A wrong date says the dates there are, a wrong name what may be meant; where there are no lists, where lists come from."""

    def said(given: Members, name: str, day: date) -> list[tuple[str, str, str]]:
        with pytest.raises(InputError) as caught:
            given.patients(name, day, parse_month("2009-04"))
        return [(str(p.at.file) if p.at else "", p.what, p.hint) for p in caught.value.problems]

    day = date(2009, 4, 1)
    two = members(
        stay("P1", "N1"),
        lists={("registered list", day): {}, ("registered list", date(2009, 1, 1)): {}, ("weighted list", day): {}},
        sources=(Source("practices.csv", "", 1),),
    )
    assert said(two, "registered list", date(2009, 7, 1)) == [
        (
            "practices.csv",
            "the registered list is dated 2009-01-01, 2009-04-01; the contract pays on the list of 2009-07-01",
            "give the list of 2009-07-01, or change the date in the contract",
        )
    ]
    assert said(two, "registerd list", day) == [("practices.csv", 'there is no list "registerd list"', 'did you mean "registered list"?')]
    assert said(two, "weighted list", day) == [("practices.csv", "P1 has no entry on the weighted list of 2009-04-01", "give its patients")]
    none = members(stay("P1", "N1"))
    assert said(none, "registered list", day) == [
        ("", 'there is no list "registered list"', "list_size with list_date gives the registered list; a lists file gives others")
    ]


@pytest.mark.parametrize(
    ("code", "what", "hint"),
    [
        ("N1", "N1 is a network, not a practice", "give its practices, a row each"),
        ("P\u200b1", 'unknown practice "P<U+200B>1"', "it holds characters that look like others or cannot be seen: type the code again"),
        ("1-Apr", 'unknown practice "1-Apr"', "a spreadsheet may have rewritten the code: format the column as text"),
        ("Apr-09", 'unknown practice "Apr-09"', "a spreadsheet may have rewritten the code: format the column as text"),
        ("U12345", 'unknown practice "U12345"', "it looks like the code of a network (PCN): give its practices, a row each"),
        ("Q9", 'unknown practice "Q9"', "known here: P1, P2"),
    ],
)
def test_what_is_said_of_an_unknown_practice(code: str, what: str, hint: str) -> None:
    """The field, what is wrong with it and what to do."""
    assert unknown_practice(code, ["P1", "P2"], {"N1"}) == Fault("practice", what, hint)


def test_what_is_said_of_an_unknown_network() -> None:
    """A network that is not known, with those there are."""
    assert unknown_network("Q9", ["N1", "N2"]) == Fault("network", 'unknown network "Q9"', "known here: N1, N2")


def test_of_very_many_codes_a_list_is_no_hint() -> None:
    """Up to 200 codes are all compared; of more only those that start or end alike, and where none of these is near nothing is said."""
    few = [f"AB{n:04d}" for n in range(200)]
    assert nearest_code("XB0123", few) == 'did you mean "AB0123"?'
    many = [f"AB{n:04d}" for n in range(201)]
    assert nearest_code("AXB123", many) == ""
    assert nearest_code("AB01x9", many) == 'did you mean "AB0199"?'
    assert nearest_code("Q", many) == ""
    assert nearest_code("ab0123", many) == 'did you mean "AB0123"? Capitals count'


def test_a_network_without_members_in_a_month() -> None:
    """N1 has lost both of its practices in October, and N2 has none before June."""
    assert [(), ()] == [MOVED.members("N1", parse_month("2009-10")), MOVED.members("N2", parse_month("2009-05"))]


def test_a_stay_of_no_month() -> None:
    """A practice that came after the first of July and was gone before the first of August was in no month a member; its successor has its patients after June."""
    there = members(
        stay("P1", "N1", "2009-07", "2009-06", "P2"),
        stay("P2", "N2", line=3),
        lists={("registered list", date(2009, 4, 1)): {"P1": 1, "P2": 20}},
    )
    found = [there.patients("registered list", date(2009, 4, 1), parse_month(month)) for month in ("2009-06", "2009-07")]
    assert [{"N1": 0, "N2": 20}, {"N1": 0, "N2": 21}] == found
    assert "it is in N1 from 2009-07-01" == there.why_absent("P1", parse_month("2009-06"))
    assert "it was in N1 until 2009-06-30; after 2009-06-30 its counts belong to P2" == there.why_absent("P1", parse_month("2009-07"))


def test_the_lists_there_are_come_in_order() -> None:
    """Where no name is near, all lists are named, by the alphabet."""
    day = date(2009, 4, 1)
    given = members(stay("P1", "N1"), lists={(name, day): {"P1": 1} for name in ("f", "b", "e", "a", "d", "c")})
    with pytest.raises(InputError) as caught:
        given.patients("zzzz", day, parse_month("2009-04"))
    assert ["known here: a, b, c, d, e, f"] == [p.hint for p in caught.value.problems]


def test_which_codes_are_looked_at_among_many() -> None:
    """Of more than 200 codes the first 200 that have the first three or the last four characters in common."""
    few, many = [f"AB{n:04d}" for n in range(200)], [f"AB{n:04d}" for n in range(201)]
    assert ['did you mean "AB0123"?', ""] == [nearest_code("AX01X23", known) for known in (few, many)]
    assert "" != nearest_code("AB0X12", many)  # AB0 in common
    assert 'did you mean "AB0123"?' == nearest_code("XXX0123", many)  # 0123 in common
    very_many = [f"AB{n:04d}" for n in range(400)]
    assert 'did you mean "AB0199"?' == nearest_code("AB019X", very_many)
    assert 'did you mean "AB0200"?' != nearest_code("AB020X", very_many)


@pytest.mark.parametrize(
    ("field", "stays"),
    [
        ("practice", (stay("P 1", "N1"),)),
        ("network", (stay("P1", "N 1"),)),
        ("practice", (stay("p1", "N1"), stay("P1", "N1", line=3))),
        ("network", (stay("P1", "N1"), stay("P2", "n1", line=3))),
        ("practice", (stay("P1", "N1"), stay("P1", "N2", line=3))),
        ("successor", (stay("P1", "N1", None, "2009-09", "P1"),)),
        ("successor", (stay("P1", "N1", None, "2009-09", "P2"),)),
        ("successor", (stay("P1", "N1", None, None, "P2"), stay("P2", "N1", line=3))),
        ("successor", (stay("P1", "N1", None, "2009-05", "P2"), stay("P1", "N1", "2009-07", line=3), stay("P2", "N1", line=4))),
        ("successor", (stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", "2009-11", line=3))),
        ("successor", (stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", "2009-10", "2009-12", "P1", line=3))),
    ],
)
def test_a_fault_names_the_field_where_it_stands(field: str, stays: tuple[Stay, ...]) -> None:
    """Whoever reads the file knows the column of that name."""
    by_code = {s.practice: [other for other in stays if other.practice == s.practice] for s in stays}
    found = list(faults(Practice.of(code, code, own) for code, own in by_code.items()))
    assert {field} == {fault.field for _, fault in found}


def test_of_very_many_codes_those_that_are_not_near_are_not_listed() -> None:
    """One code ends alike, and is not near: it is no hint."""
    assert "" == nearest_code("ZZZZZZZZ0123", [f"AB{n:04d}" for n in range(201)])


def test_every_stay_that_meets_an_earlier_one_is_told() -> None:
    """The third row meets the first, which lasts longest, and not the second, which is over by then: both are told with the first."""
    assert [
        (3, "P1 is already in N1 in 2009-06, by line 2", ONE_NETWORK),
        (4, "P1 is already in N1 in 2010-03, by line 2", ONE_NETWORK),
    ] == problems(
        stay("P1", "N1", "2009-04", "2010-03"),
        stay("P1", "N2", "2009-06", "2009-07", line=3),
        stay("P1", "N3", "2010-03", "2010-04", line=4),
    )


def test_of_two_stays_that_last_as_long_the_earlier_is_told() -> None:
    """The first two rows both end in March, which is in the third as well: it is told with the first of them."""
    assert [
        (3, "P1 is already in N1 in 2009-06, by line 2", ONE_NETWORK),
        (4, "P1 is already in N1 in 2010-03, by line 2", ONE_NETWORK),
    ] == problems(
        stay("P1", "N1", "2009-04", "2010-03"),
        stay("P1", "N2", "2009-06", "2010-03", line=3),
        stay("P1", "N3", "2010-03", "2010-04", line=4),
    )


def test_of_two_stays_without_an_end_the_earlier_is_told() -> None:
    """Whoever meets one of the two meets both."""
    assert [
        (3, "P1 is already in N1 in 2009-06, by line 2", ONE_NETWORK),
        (4, "P1 is already in N1 in 2010-03, by line 2", ONE_NETWORK),
    ] == problems(stay("P1", "N1", "2009-04"), stay("P1", "N2", "2009-06", line=3), stay("P1", "N3", "2010-03", line=4))


def test_a_successor_may_have_moved() -> None:
    """A successor is there in the month after where any of its stays is."""
    stays = (
        stay("P1", "N1", None, "2009-09", "P2"),
        stay("P2", "N1", None, "2009-06", line=3),
        stay("P2", "N2", "2009-07", line=4),
    )
    assert ["P1", "P2"] == list(members(*stays).practices)


def test_a_successor_of_a_successor_that_is_unknown() -> None:
    """Only the row that names it is at fault."""
    found = problems(stay("P1", "N1", None, "2009-09", "P2"), stay("P2", "N1", None, "2009-12", "P8", line=3))
    assert [(3, 'unknown successor "P8"', "known here: P1, P2")] == found


def test_for_a_hundred_unknown_successors_a_near_code_is_looked_for() -> None:
    """Of 101 misspelt successors the last is told without a hint: P000 to P100 are practices, and an X behind one is not."""
    found = problems(*(stay(f"P{n:03d}", "N1", None, "2009-09", f"P{n:03d}X", line=n + 2) for n in range(101)))
    assert [f'did you mean "P{n:03d}"?' for n in range(100)] + [""] == [hint for _, _, hint in found]


def test_of_very_many_codes_that_end_alike_the_first_two_hundred_are_looked_at() -> None:
    """400 codes end in 0123: number 199 is among the first 200 and number 200 is not."""
    codes = [f"{n:03d}0123" for n in range(400)]
    assert 'did you mean "1990123"?' == nearest_code("Q1990123", codes)
    assert 'did you mean "2000123"?' != nearest_code("Q2000123", codes)
