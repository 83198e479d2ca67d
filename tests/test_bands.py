"""Band tables, lines, corridors, curves and tables by name, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.language.curves import AllOrNothing, Threshold
from p4p.numbers.errors import Location
from p4p.numbers.exact import Figure, Mixed
from p4p.steps.bands import Band, Bands, Corridors, CurveStep, Lookup, Segment, StraightLines, reads
from p4p.steps.terms import Missing, parse_condition


def bands(*given: tuple[str, str, str], otherwise: str = "£0.00") -> Bands:
    return Bands(of=t("x"), bands=tuple(Band(word, t(edge), t(gives)) for word, edge, gives in given), otherwise=t(otherwise))  # type: ignore[arg-type]


RISING = (("at least", "2%", "£0.20"), ("above", "4%", "£0.30"))
FALLING = (("at most", "4%", "£0.20"), ("below", "2%", "£0.30"))


@pytest.mark.parametrize(
    ("pence", "x", "given"),
    [
        (0, F(199, 10_000), RISING),
        (20, F(2, 100), RISING),
        (20, F(4, 100), RISING),
        (30, F(401, 10_000), RISING),
        (0, F(401, 10_000), FALLING),
        (20, F(4, 100), FALLING),
        (20, F(2, 100), FALLING),
        (30, F(199, 10_000), FALLING),
    ],
)
def test_the_band_that_reaches_furthest_decides(pence: int, x: F, given: tuple[tuple[str, str, str], ...]) -> None:
    """On an edge and beside it, read from below and from above; in no band what is said otherwise."""
    assert pence == bands(*given).value(Plain(x=x))
    if pence:
        assert pence == bands(*given, otherwise="refuse").value(Plain(x=x))


def refusal(step: Any, **values: Any) -> tuple[str, str, Location | None]:
    with pytest.raises(Missing) as caught:
        step.value(Plain(**values))
    return caught.value.what, caught.value.hint, caught.value.at


NAMED_UP = (("above", "b", "£0.30"), ("at least", "a", "£0.20"))
NAMED_DOWN = (("below", "a", "£0.30"), ("at most", "b", "£0.20"))
SAME_UP = (("above", "b", "£0.30"), ("at least", "b", "£0.20"))
SAME_DOWN = (("below", "b", "£0.30"), ("at most", "b", "£0.20"))
HALF_NAMED = (("above", "b", "£0.30"), ("at least", "2%", "£0.20"))


@pytest.mark.parametrize("explained", [False, True])
@pytest.mark.parametrize(
    ("pence", "x", "given"),
    [
        # a is 2% and b 4%, in whatever order they are written
        *(
            (pence, x, given)
            for given in (NAMED_UP, NAMED_UP[::-1], HALF_NAMED, HALF_NAMED[::-1])
            for pence, x in ((0, 1), (20, 2), (20, 4), (30, 5))
        ),
        *((pence, x, given) for given in (NAMED_DOWN, NAMED_DOWN[::-1]) for pence, x in ((0, 5), (20, 4), (20, 2), (30, 1))),
        # two that stand at 4%: the one that takes the edge in, and the one beyond it
        *((pence, x, given) for given in (SAME_UP, SAME_UP[::-1]) for pence, x in ((0, 3), (20, 4), (30, 5))),
        *((pence, x, given) for given in (SAME_DOWN, SAME_DOWN[::-1]) for pence, x in ((0, 5), (20, 4), (30, 3))),
    ],
)
def test_edges_that_are_names_are_put_in_order(pence: int, x: int, given: tuple[tuple[str, str, str], ...], explained: bool) -> None:
    """The band that reaches furthest decides wherever it is written, on figures as on fractions."""
    found = bands(*given).value(Plain(explained=explained, x=F(x, 100), a=F(2, 100), b=F(4, 100)))
    assert pence == getattr(found, "value", found)


def test_a_table_of_one_band_whose_edge_is_a_name() -> None:
    """There is nothing to put in order."""
    assert [0, 20] == [bands(("at least", "a", "£0.20")).value(Plain(x=x, a=2)) for x in (1, 2)]


@pytest.mark.parametrize("words", [("at least", "at least"), ("above", "above"), ("at most", "at most"), ("below", "below")])
def test_edges_that_come_out_alike_are_refused(words: tuple[str, str]) -> None:
    """Two names that stand for the same number leave open which of the two bands holds."""
    place = Location("contract.yaml", 8, 5)
    named = bands((words[0], "a", "£0.20"), (words[1], "b", "£0.30"))
    given = Bands(of=named.of, bands=named.bands, otherwise=named.otherwise, places={"bands": place})
    said = ("two bands stand at the same edge", "correct the figures, or keep one of them", place)
    assert said == refusal(given, x=1, a=2, b=2) == refusal(given, explained=True, x=1, a=2, b=2)


def test_a_number_in_no_band_may_be_refused() -> None:
    """What to do is said: correct the figure, or extend the table."""
    assert ("x is in no band", "correct the figure, or say in the contract what it gives (otherwise)", None) == refusal(
        bands(*RISING, otherwise="refuse"), x=0
    )
    assert 20 == bands(*RISING, otherwise="refuse").value(Plain(explained=True, x=F(2, 100))).value


@pytest.mark.parametrize(
    ("what", "given"),
    [
        (None, RISING),
        (None, FALLING),
        (None, (("at least", "2%", "£0.20"), ("above", "2%", "£0.30"))),
        (None, (("at least", "a", "£0.20"), ("at least", "b", "£0.30"))),
        (None, (("at least", "2%", "£0.20"), ("at least", "4%", "£0.30"))),
        ("two bands stand at the same edge", (RISING[0], ("at least", "a", "£0.25"), RISING[0])),
        ("the bands mix `at least`/`above` with `at most`/`below`", (RISING[0], FALLING[0])),
        ("two bands stand at the same edge", (RISING[0], RISING[0])),
        ("two bands stand at the same edge", (RISING[0], RISING[1], RISING[0])),
    ],
)
def test_what_a_band_table_finds_wrong_with_itself(what: str | None, given: tuple[tuple[str, str, str], ...]) -> None:
    """One direction, and every edge once; edges that are names are not known yet."""
    hints = {"two bands stand at the same edge": "keep one of them"}
    found = [] if what is None else [("bands", what, hints.get(what, "use one direction for the whole table"))]
    assert found == bands(*given).faults()


def test_a_band_table_in_words() -> None:
    """Every edge with its side, and what is given otherwise."""
    assert "by x: at least 2%: £0.20; above 4%: £0.30; otherwise £0.00" == bands(*RISING).says()


def line(*segments: tuple[int, int, str, str], below: str = "refuse", above: str = "1%") -> StraightLines:
    return StraightLines(
        of=t("x"), segments=tuple(Segment(F(a), F(b), t(c), t(d)) for a, b, c, d in segments), below=t(below), above=t(above)
    )


SAVINGS = ((500, 999, "12.2%", "8.7%"), (1000, 3000, "8.7%", "5.0%"))


@pytest.mark.parametrize(
    ("gives", "x"),
    [
        (F(122, 1000), 500),
        (F(87, 1000), 999),
        (F(87, 1000), 1000),
        (F(685, 10_000), 2000),  # half way from 8.7% to 5.0%
        (F(50, 1000), 3000),
        (F(1, 100), 3001),
    ],
)
def test_straight_lines(gives: F, x: int) -> None:
    """At the ends what stands there, between them in proportion; beyond the last what is said."""
    assert gives == line(*SAVINGS).value(Plain(x=x))


def test_a_number_off_the_lines() -> None:
    """Below the first and above the last segment what the contract says, or nothing; between two segments nothing at all."""
    assert ("x is below the first segment", "correct the figure, or extend the line", None) == refusal(line(*SAVINGS), x=499)
    assert ("x is above the last segment", "correct the figure, or extend the line", None) == refusal(
        line(*SAVINGS, above="refuse"), x=3001
    )
    assert ("x lies between two segments", "a line between whole numbers is for whole numbers", None) == refusal(
        line(*SAVINGS), x=F(1999, 2)
    )
    assert F(13, 100) == line(*SAVINGS, below="13%").value(Plain(x=499))
    assert F(7, 100) == line((5, 5, "7%", "8%")).value(Plain(x=5))


@pytest.mark.parametrize(
    ("fault", "segments"),
    [
        (None, SAVINGS),
        (None, ((1, 2, "1%", "2%"), (2, 3, "2%", "3%"))),
        (None, ((1, 1, "1%", "1%"),)),
        (("segments", "a segment runs from 2 back to 1", "the smaller number comes first"), ((2, 1, "1%", "2%"),)),
        (
            ("segments", "two segments hold 2", "let a segment begin after the one before it ends"),
            ((1, 2, "1%", "2%"), (2, 3, "3%", "4%")),
        ),
        (
            ("segments", "two segments hold 2", "let a segment begin after the one before it ends"),
            ((1, 3, "1%", "2%"), (2, 4, "2%", "4%")),
        ),
        *(
            (
                ("segments", "the segment from 3 gives `refuse`, which is no number", "leave the segment out to refuse what lies in it"),
                ((1, 2, "1%", "2%"), (3, 4, *ends)),
            )
            for ends in (("refuse", "2%"), ("1%", "refuse"), ("refuse", "refuse"))
        ),
    ],
)
def test_what_lines_find_wrong_with_themselves(fault: Any, segments: Any) -> None:
    """Segments run upwards and meet only where they give the same."""
    assert ([] if fault is None else [fault]) == line(*segments).faults()


def test_lines_in_words() -> None:
    """From where to where, from what to what."""
    assert "by x, on straight lines: 500 to 999: 12.2% to 8.7%; 1000 to 3000: 8.7% to 5.0%" == line(*SAVINGS).says()


def corridors(*given: tuple[str | None, str]) -> Corridors:
    return Corridors(of=t("saving"), per=t("benchmark"), bands=tuple((None if e is None else t(e), t(s)) for e, s in given))


SHARED = (("5%", "50%"), ("10%", "35%"), (None, "5%"))


@pytest.mark.parametrize(
    ("parts", "saving"),
    [
        # of a benchmark of 1000: the first 50 at 50%, the next 50 at 35%, the rest at 5%
        ((20, 0, 0), 40),
        ((25, 0, 0), 50),
        ((25, 7, 0), 70),
        ((25, F(35, 2), 0), 100),
        ((25, F(35, 2), 10), 300),
        ((-25, -7, 0), -70),
        ((0, 0, 0), 0),
    ],
)
def test_corridors(parts: tuple[Any, ...], saving: int) -> None:
    """Each part of a saving at the rate of its corridor; a loss likewise, downwards."""
    found = corridors(*SHARED).value(Plain(saving=saving, benchmark=1000))
    assert {"": sum(parts), **{f"corridor_{n}": part for n, part in enumerate(parts, 1)}} == found
    assert ("corridor_1", "corridor_2", "corridor_3") == corridors(*SHARED).outcomes


@pytest.mark.parametrize(
    ("what", "hint", "given"),
    [
        (None, "", SHARED),
        ("the corridors are not in order", "write them from the first to the last", (SHARED[1], SHARED[0], SHARED[2])),
        ("the corridors are not in order", "write them from the first to the last", (SHARED[0], SHARED[0], SHARED[2])),
        ("the last corridor has an end", "close the table with beyond: the share of everything further", SHARED[:2]),
        ("the last corridor has an end", "close the table with beyond: the share of everything further", (SHARED[0], SHARED[2], SHARED[2])),
        ("the last corridor has an end", "close the table with beyond: the share of everything further", (SHARED[2], SHARED[0], SHARED[2])),
    ],
)
def test_what_corridors_find_wrong_with_themselves(what: str | None, hint: str, given: Any) -> None:
    """In order, each once, and the last without an end."""
    assert ([] if what is None else [("bands", what, hint)]) == corridors(*given).faults()


def test_corridors_that_turn_back() -> None:
    """An edge that is a name may come out below the one before it; one that comes out there has nothing between the two."""
    place = Location("contract.yaml", 8, 5)
    named = corridors(("5%", "50%"), ("far", "35%"), (None, "10%"))
    named = Corridors(of=named.of, per=named.per, bands=named.bands, places={"bands": place})
    for explained in (False, True):
        at = {"explained": explained, "saving": 300, "benchmark": 1000}
        said = ("the corridor up to far of benchmark ends before it begins", "correct the figures", place)
        assert said == refusal(named, **at, far=F(4, 100))
        # 50 at 50%, nothing at 35%, 250 at 10%
        assert 50 == plain(named.value(Plain(**at, far=F(5, 100)))[""])
        # 50 at 50%, 10 at 35%, 240 at 10%
        assert F(105, 2) == plain(named.value(Plain(**at, far=F(6, 100)))[""])
    assert 30 == named.value(Plain(saving=300, benchmark=0, far=F(6, 100)))[""]  # of a benchmark of nothing all lies beyond
    first = ("the corridor up to 5% of benchmark ends before it begins", "correct the figures", place)
    assert first == refusal(named, saving=300, benchmark=-1000, far=F(6, 100))


def plain(x: Any) -> Any:
    return getattr(x, "value", x)


def test_corridors_in_words() -> None:
    """Each edge as a part of what the corridors are counted in."""
    assert (
        "saving shared by corridors: up to 5% of benchmark at 50%, up to 10% of benchmark at 35%, beyond that at 5%"
        == corridors(*SHARED).says()
    )


def test_a_curve_as_a_step() -> None:
    """The share that the curve gives; on a figure it is a ratio."""
    step = CurveStep(of=t("x"), curve=AllOrNothing(target=Threshold(F(9, 10), "at least")))
    assert [0, 1] == [step.value(Plain(x=x)) for x in (F(8, 10), F(9, 10))]
    told = step.value(Plain(explained=True, x=F(9, 10)))
    assert (1, "ratio") == (told.value, told.unit)
    assert "the share that x earns: everything where it is at least 90%, otherwise nothing" == step.says()


def test_a_curve_is_of_no_money() -> None:
    """An amount is no achievement."""
    step = CurveStep(of=t("£1.00"), curve=AllOrNothing(target=Threshold(F(9, 10), "at least")))
    with pytest.raises(Mixed) as caught:
        step.value(Plain(explained=True))
    assert "£1.00 is money, where shares such as 80% belong" == str(caught.value)


def lookup(*rows: tuple[str, str], otherwise: str = "1%", by: tuple[str, ...] = ("zone", "level")) -> Lookup:
    return Lookup(by=tuple(map(t, by)), rows=tuple((row, t(gives)) for row, gives in rows), otherwise=t(otherwise))


ZONES = (("* high", "2%"), ("rural *", "10%"), ("rural remote", "20%"), ("town 3", "30%"))


@pytest.mark.parametrize(
    ("gives", "zone", "level"),
    [
        (F(20, 100), "rural", "remote"),  # no star
        (F(10, 100), "rural", "low"),
        (F(2, 100), "rural", "high"),  # a star in either: the earlier row
        (F(2, 100), "town", "high"),
        (F(1, 100), "town", "low"),
        (F(30, 100), "town", 3),
    ],
)
def test_a_table_by_name(gives: F, zone: str, level: Any) -> None:
    """The row with the fewest stars decides, the earlier on a tie; a number is looked up as it is written."""
    assert gives == lookup(*ZONES).value(Plain(zone=zone, level=level))


def test_a_name_in_no_row_may_be_refused() -> None:
    """The words that were looked up are told."""
    said = ("there is no row for town low", "add it to the table, or say what it gives (otherwise)", None)
    assert said == refusal(lookup(*ZONES, otherwise="refuse"), zone="town", level="low")
    assert F(20, 100) == lookup(*ZONES, otherwise="refuse").value(Plain(zone="rural", level="remote"))


def test_rows_have_a_word_for_each_key() -> None:
    """Two are looked up, so a row of one word says nothing."""
    assert [] == lookup(*ZONES).faults()
    said = ("rows", 'the row "rural" has 1 words, and 2 are looked up', "give each key a word, or *")
    assert [said] == lookup(*ZONES, ("rural", "1%")).faults()
    assert "by zone and level: rural *: 10%; rural remote: 20%; otherwise 1%" == lookup(*ZONES[1:3]).says()
    assert "a is at least 2 and b is yes" == reads((parse_condition("a", "at least 2"), parse_condition("b", "yes")))


def test_tables_look_at_a_figures_value() -> None:
    """On figures the same bands, lines and rows decide as on fractions."""
    told: Any = {"explained": True}
    assert ("x is in no band", "correct the figure, or say in the contract what it gives (otherwise)", None) == refusal(
        bands(*RISING, otherwise="refuse"), **told, x=0
    )
    assert [F(122, 1000), F(685, 10_000), F(1, 100)] == [line(*SAVINGS).value(Plain(**told, x=x)).value for x in (500, 2000, 3001)]
    assert "x is below the first segment" == refusal(line(*SAVINGS), **told, x=499)[0]
    assert "x lies between two segments" == refusal(line(*SAVINGS), **told, x=F(1999, 2))[0]
    assert F(30, 100) == lookup(*ZONES).value(Plain(**told, zone="town", level=3)).value


def inside(f: Figure) -> list[Figure]:
    return [f, *(inner for part in (*f.parts, *f.deciders) for inner in inside(part))]


def test_an_explanation_of_corridors() -> None:
    """A saving of nothing is at least nothing."""
    nothing = corridors(*SHARED).value(Plain(explained=True, saving=0, benchmark=1000))
    assert "saving 0 is at least 0" in nothing["corridor_1"].because
    assert not any("not above" in f.because for f in inside(nothing["corridor_1"]))
