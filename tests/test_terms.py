"""Numbers, names and tests as contracts write them, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.errors import Location
from p4p.numbers.exact import figure, formula
from p4p.steps.terms import (
    Condition,
    Missing,
    Term,
    added,
    conditions_of,
    holds,
    if_all,
    if_any,
    parse_condition,
    parse_number,
    parse_term,
    parts_fault,
    short,
    terms_of,
    too_long,
    yes_or_no,
)

AT = Location("contract.yaml", 3, 7)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ((F(6400), "pence"), "£64.00"),
        ((F(553, 2), "pence"), "£2.765"),
        ((F(100_000), "cents"), "$1,000"),
        ((F(-1050), "pence"), "-£10.50"),
        ((F(-1050), "pence"), "−£10.50"),
        ((F(7, 10), "ratio"), "70%"),
        ((F(7, 10), "ratio"), "70 %"),
        ((F(-1, 200), "ratio"), "-0.5%"),
        ((F(7, 10), "ratio"), "7/10"),
        ((F(7, 10), "ratio"), "7 / 10"),
        ((F(-7, 10), "ratio"), "-7/10"),
        ((F(5891), "number"), "5891"),
        ((F(5891), "number"), "5,891"),
        ((F(-2), "number"), "-2"),
        ((F(1, 10**12), "number"), "0.000000000001"),
        ((F(10**15 - 1), "number"), "9" * 15),
        (None, "0.0000000000001"),
        (None, "1" * 16),
        (None, "58,91"),
        (None, "name"),
        (None, "£"),
        (None, "1e3"),
        (None, "٥"),
    ],
)
def test_numbers_with_their_units(number: tuple[F, str] | None, text: str) -> None:
    """Money carries its mark and is counted in hundredths, a ratio its sign or its stroke, a plain number nothing."""
    assert number == parse_number(text)


def test_a_division_by_nothing_is_refused() -> None:
    """7/0 is no number."""
    with pytest.raises(ValueError, match=r'^"7/0" divides by nothing: write a ratio like 7/10$'):
        parse_number("7/0")


def test_a_term_is_a_number_or_a_name() -> None:
    """A number has a value and no name; a name has no value, and is told with spaces, its outcome first."""
    number, name, outcome = parse_term("70%", AT), parse_term("quality_score", AT), parse_term("pay_all.not_paid", AT)
    assert (F(7, 10), "ratio", "", "70%", AT) == (number.value, number.unit, number.name, str(number), number.at)
    assert (None, "number", "quality_score", "quality score", AT) == (name.value, name.unit, name.name, str(name), name.at)
    assert ("pay_all.not_paid", "not paid of pay all", AT) == (outcome.name, str(outcome), outcome.at)
    assert "pay all (outcome of pay all)" == str(parse_term("pay_all.pay_all"))
    for text in ("", "a b", "1a", "a.b.c", "a" * 41, "é"):
        with pytest.raises(ValueError, match=r"is neither a number like £64\.00, 70% or 5891 nor a name$"):
            parse_term(text)
    assert "a" * 40 == parse_term("a" * 40).name


@pytest.mark.parametrize(
    ("words", "word", "than", "text"),
    [
        ("quality is at least 70%", "at least", "70%", "at least 70%"),
        ("quality is above other name", "above", "other_name", "above other_name"),
        ("quality is at most 2", "at most", "2", "at most 2"),
        ("quality is below £1.00", "below", "£1.00", "below   £1.00"),
        ("quality is yes", "is", "yes", "yes"),
        ("quality is no", "is", "no", "no"),
        ("quality is track 1", "is", "track_1", "is track_1"),
        ("quality is not track 1", "is not", "track_1", "is not track_1"),
        ("quality is not yes", "is not", "yes", "is not yes"),
    ],
)
def test_a_test_of_a_name(words: str, word: str, than: str, text: str) -> None:
    """What must hold of a name, read and written."""
    found = parse_condition("quality", text, AT)
    assert (words, word, than, AT) == (str(found), found.word, found.than.text, found.than.at)


def test_a_word_may_look_like_a_number_or_be_several() -> None:
    """What a name is or is not is a word as it stands: `is 2` asks for the word 2."""
    for text in ("is 2", "is not 2", "is 70%", "is £1.00"):
        than = parse_condition("track", text, AT).than
        assert (text.split()[-1], None, "number", AT) == (than.text, than.value, than.unit, than.at)
    assert "track one" == parse_condition("track", "is track one").than.text
    assert (F(2), "island") == (parse_condition("x", "at least 2").than.value, parse_condition("x", "below island").than.text)


def test_what_is_not_a_test() -> None:
    """A test is of a name, and says on which side of what."""
    with pytest.raises(ValueError, match=r'^"70%" is a number: a test is of a name, like quality: at least 70%$'):
        parse_condition("70%", "yes")
    for text in ("70%", "perhaps", "at least", "at least a b"):
        with pytest.raises(ValueError):
            parse_condition("quality", text)


@pytest.mark.parametrize(
    ("found", "text", "value"),
    [
        (True, "at least 70%", F(7, 10)),
        (False, "above 70%", F(7, 10)),
        (True, "at most 70%", F(7, 10)),
        (False, "below 70%", F(7, 10)),
        (True, "yes", 1),
        (False, "yes", 0),
        (True, "no", 0),
        (False, "no", 1),
        (True, "is track_1", "track_1"),
        (False, "is track_1", "track_2"),
        (False, "is not track_1", "track_1"),
        (True, "is not track_1", "track_2"),
        (True, "at least other", F(7, 10)),
    ],
)
def test_whether_a_condition_holds(found: bool, text: str, value: Any) -> None:
    """On an edge, for yes and no, for a word."""
    assert found == holds(Plain(x=value, other=F(7, 10)), parse_condition("x", text))


@pytest.mark.parametrize(("all_of", "any_of", "a", "b"), [(1, 1, 1, 1), (0, 1, 1, 0), (0, 1, 0, 1), (0, 0, 0, 0)])
def test_all_and_any(all_of: int, any_of: int, a: int, b: int) -> None:
    """Of two conditions both, or one; of none all hold and none does."""
    both = (parse_condition("a", "yes"), parse_condition("b", "yes"))
    at: Any = Plain(a=a, b=b)
    assert (all_of, any_of) == (if_all(at, both, 1, 0), if_any(at, both, 1, 0))
    assert (1, 0) == (if_all(at, (), 1, 0), if_any(at, (), 1, 0))


@dataclass(frozen=True)
class Thing:
    """A step with a term, conditions, terms by id, and what is neither."""

    of: Term
    requires: tuple[Condition, ...]
    parts: dict[str, Term]
    title: str
    places: dict[str, Term]
    at: Term


THING = Thing(
    t("a"), (parse_condition("b", "at least c"), parse_condition("d", "is e")), {"x": t("f"), "y": t("5")}, "z", {"": t("p")}, t("q")
)


def test_the_terms_and_conditions_of_a_step() -> None:
    """Every name that stands for a number, in order; a word that a name is compared with is none, and where keys stand is not looked at."""
    assert ["a", "b", "c", "d", "f", "5"] == [term.text for term in terms_of(THING)]
    assert ["b is at least c", "d is e"] == [str(condition) for condition in conditions_of(THING)]
    assert ["b is at least c"] == [str(condition) for condition in conditions_of((THING.requires[0], t("a"), "z"))]
    assert [] == list(terms_of(Thing)) == list(conditions_of(Thing))


def test_parts_that_make_a_whole_or_do_not() -> None:
    """Thirds make a whole; 99% do not."""
    assert [] == parts_fault("weights", "weights", [F(1, 3)] * 3)
    fault = ("weights", "the weights add to 99%, not 100%", "change one of them; together they are the whole")
    assert [fault] == parts_fault("weights", "weights", [F(99, 100)])


def test_what_is_missing_is_told_with_its_place() -> None:
    """What is not to be had, what to do, and where it was asked for."""
    missing = Missing("what", "hint", AT)
    assert ("what", "what", "hint", AT) == (str(missing), missing.what, missing.hint, missing.at)
    assert ("", None) == (Missing("what").hint, Missing("what").at)


@pytest.mark.parametrize(("found", "text", "value"), [(True, "yes", 1), (False, "yes", 0), (True, "no", 0), (False, "no", 1)])
def test_yes_and_no_of_a_figure(found: bool, text: str, value: int) -> None:
    """What counts is the figure's value."""
    assert found == holds(Plain(explained=True, x=value), parse_condition("x", text))


def test_a_total_of_parts_is_told_to_twelve_decimals() -> None:
    """A third is cut, and marked."""
    (fault,) = parts_fault("weights", "weights", [F(1, 3)])
    assert "the weights add to 33.333333333333…%, not 100%" == fault[1]


LARGEST = F(2**2000 - 1)  # 2000 digits in twos

TOO_LONG = ("the figure has more digits than any payment needs", "multiply or add fewer numbers, or numbers with fewer digits", None)


def refused(made: Any) -> tuple[str, str, Location | None]:
    with pytest.raises(Missing) as caught:
        made()
    return caught.value.what, caught.value.hint, caught.value.at


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (False, LARGEST),
        (False, 1 / LARGEST),
        (False, -LARGEST),
        (False, LARGEST / (LARGEST - 1)),
        (True, LARGEST + 1),
        (True, 1 / (LARGEST + 1)),
        (True, -LARGEST - 1),
    ],
)
def test_how_many_digits_a_figure_may_have(found: bool, value: F) -> None:
    """Up to 2^2000 above or below the stroke, plain or as a figure: more digits no payment needs, and steps without an end would make them."""
    for x in (value, figure(value, "x")):
        assert found == too_long(x)
        if found:
            assert refused(lambda x=x: short(x)) == TOO_LONG
        else:
            assert short(x) is x


def test_a_sum_of_plain_numbers() -> None:
    """One after the other; of one number it is that number."""
    assert [F(5), F(7), F(6)] == [added([F(5)]), added([F(5), F(2)]), added(iter([F(1), F(2), F(3)]))]
    assert type(added([F(1), F(2)])) is F


def test_a_sum_of_figures_is_one_figure() -> None:
    """Its parts stand beside each other, those that are plain among them; a single figure stays what it is."""
    a, b = figure(5, "a", "pence"), figure(2, "b", "pence")
    made = added([a, b, a])
    assert (F(12), "pence", "a + b + a") == (made.value, made.unit, formula(made))
    for mixed, words in ((added([a, F(0)]), "a + 0"), (added([F(0), a]), "0 + a")):
        assert (F(5), "pence", words) == (mixed.value, mixed.unit, formula(mixed))
    assert added([a]) is a


def test_a_sum_is_stopped_as_soon_as_it_is_too_long() -> None:
    """Also where what follows would make it short again."""
    for parts in ([LARGEST, F(1), F(-1)], [figure(LARGEST), figure(1), figure(-1)]):
        assert refused(lambda parts=parts: added(parts)) == TOO_LONG
    assert LARGEST == added([LARGEST, F(-1), F(1)])


@pytest.mark.parametrize("x", [F(1), F(0), figure(1), figure(0), "yes", "track_1"])
def test_what_is_yes_or_no(x: Any) -> None:
    """1 and 0, plain or as a figure, and a word as it stands."""
    assert yes_or_no(x, t("done")) is x


@pytest.mark.parametrize("x", [F(2), F(1, 2), F(-1), figure(2), figure(F(7, 10), unit="ratio")])
def test_what_is_neither_yes_nor_no(x: Any) -> None:
    """Any other number, wherever it is asked for."""
    said = ("quality done is neither yes nor no", "name a measure in yes or no, or test it by a number, such as at least 70%", AT)
    assert said == refused(lambda: yes_or_no(x, parse_term("quality_done", AT)))
    at: Any = Plain(quality_done=x) if isinstance(x, F) else Plain(explained=True, quality_done=x)
    for text in ("yes", "no", "is not yes", "is track_1"):
        assert said == refused(lambda text=text: holds(at, parse_condition("quality_done", text, AT)))


def test_parts_with_more_digits_than_any_contract_needs() -> None:
    """Shares that cannot be added to a whole by anybody."""
    fault = ("weights", "the weights have more digits than any contract needs", "write them with fewer digits")
    assert [fault] == parts_fault("weights", "weights", [LARGEST, F(1)])
