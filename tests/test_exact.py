"""Numbers that remember how they were made, and the words of payment rules on them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from typing import Any

import pytest

from p4p.numbers.errors import Location
from p4p.numbers.exact import (
    CURRENCIES,
    HALF,
    MARKS,
    ONE,
    ZERO,
    Figure,
    Mixed,
    Unit,
    apply,
    called,
    choose,
    decimal,
    depth,
    figure,
    formula,
    how_many,
    label,
    least,
    lines,
    most,
    named_parts,
    no_money,
    of_money,
    percent,
    pounds,
    shown,
    stands,
    summed,
    whole,
)

HALF_PENNY = F(1, 2)


def test_choose_takes_the_branch_that_holds() -> None:
    """A plain condition chooses like `if`."""
    assert choose(F(9, 10) >= F(9, 10), "yes", "no") == "yes"
    assert choose(F(9, 10) > F(9, 10), "yes", "no") == "no"


def test_least_and_most() -> None:
    """The smaller and the larger of two numbers, in either order."""
    assert least(F(1, 3), F(1, 2)) == least(F(1, 2), F(1, 3)) == F(1, 3)
    assert most(F(1, 3), F(1, 2)) == most(F(1, 2), F(1, 3)) == F(1, 2)


def test_whole_goes_down() -> None:
    """The whole part goes down, below zero too."""
    assert [2, -3] == [whole(figure(x)).value for x in (F(29, 10), F(-29, 10))]
    assert [2, 2, 0, -1, -3] == [whole(F(29, 10)), whole(F(2)), whole(F(1, 3)), whole(F(-1, 3)), whole(F(-29, 10))]


def test_a_figure_computes_like_its_fraction() -> None:
    """A Figure's value is what the fraction would be, whichever side it stands on."""
    x = figure(F(3, 4), "x")
    sums = [x + 1, 1 + x, x - 1, 1 - x, x * F(1, 3), F(1, 3) * x, x / 3, 3 / x]
    assert [F(7, 4), F(7, 4), F(-1, 4), F(1, 4), F(1, 4), F(1, 4), F(1, 4), F(4)] == [s.value for s in sums]


def test_a_figure_remembers_its_parts_in_order() -> None:
    """The parts of a sum stand in the order in which it was written."""
    x, y = figure(2, "x"), figure(3, "y")
    assert ("−", ("x", "y")) == ((x - y).how, tuple(p.name for p in (x - y).parts))
    assert (F(10), F(2)) == tuple(p.value for p in (10 - x).parts)


def test_a_verdict_gives_its_reason_and_drops_the_other_branch() -> None:
    """What a comparison decided carries the comparison in words, and nothing of the branch not taken."""
    achievement, target = figure(F(89, 100), "achievement", "ratio"), figure(F(9, 10), "target", "ratio")
    share = choose(achievement >= target, figure(1, "full"), figure(0, "nothing"))
    assert ("nothing", "achievement 89% is below target 90%") == (share.name, share.because)
    assert ("achievement", "target") == tuple(f.name for f in share.deciders)


def test_reasons_of_nested_choices_are_told_from_the_outside_in() -> None:
    """A choice inside a choice keeps both reasons."""
    x = figure(F(70, 100), "x", "ratio")
    result = choose(x >= F(1, 2), choose(x >= F(4, 5), 2, 1), 0)
    assert "x 70% is at least 50%; x 70% is below 80%" == result.because


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("a 1 is at least b 1", lambda a, b: a >= b),
        ("a 1 is not above b 1", lambda a, b: a > b),
        ("a 1 is at most b 1", lambda a, b: a <= b),
        ("a 1 is not below b 1", lambda a, b: a < b),
    ],
)
def test_each_comparison_has_words_for_a_tie(words: str, verdict: object) -> None:
    """On a tie each comparison says what it found, so that an edge is never in doubt."""
    assert callable(verdict)
    assert words == verdict(figure(1, "a"), figure(1, "b")).choose(0, 0).because


@pytest.mark.parametrize(
    ("unit", "made"),
    [
        ("pence", figure(1, unit="pence") + figure(1, unit="pence")),
        ("pence", figure(1, unit="pence") * figure(1, unit="ratio")),
        ("pence", figure(1, unit="ratio") * figure(1, unit="pence")),
        ("pence", figure(395, unit="pence") * figure(50_000, unit="patients")),
        ("pence", figure(50_000, unit="patients") * figure(395, unit="pence")),
        ("pence", figure(100, unit="pence") / figure(4)),
        ("ratio", figure(9, unit="patients") / figure(10, unit="patients")),
        ("ratio", figure(F(1, 2), unit="ratio") - F(1, 3)),
        ("ratio", F(1, 3) - figure(F(1, 2), unit="ratio")),
        ("patients", figure(9, unit="patients") * figure(3)),
    ],
)
def test_units_follow_the_arithmetic(unit: Unit, made: Figure) -> None:
    """Money times anything is money, patients over patients are a ratio."""
    assert unit == made.unit


@pytest.mark.parametrize(
    "mix", [lambda a, b: a + b, lambda a, b: b - a, lambda a, b: a >= b, lambda a, b: b < a, lambda a, b: b > a, lambda a, b: a <= b]
)
def test_money_is_not_added_to_or_compared_with_a_number(mix: Callable[[Figure, Figure], object]) -> None:
    """An amount is in pence: 1000 beside it would be ten pounds."""
    with pytest.raises(Mixed, match=r"saving £100\.00 is money, and 1000 is not"):
        mix(figure(10_000, "saving", "pence"), figure(1000))


def test_nothing_is_nothing_in_every_unit() -> None:
    """Zero may stand beside money without a mark."""
    assert figure(0) <= figure(10_000, unit="pence") + figure(0, unit="ratio")


def test_a_name_and_a_place_are_added_to_a_figure() -> None:
    """Naming a figure keeps its value and how it was made."""
    at = Location("contract.yaml", 12, 5)
    f = (figure(2) + figure(3)).named("five", "patients", at)
    assert ("five", "patients", at, F(5), "+") == (f.name, f.unit, f.at, f.value, f.how)


def test_named_parts_looks_through_steps_without_a_name() -> None:
    """A reader is shown the named figures below a figure, those inside unnamed steps included."""
    pot, weight, share = figure(100, "pot"), figure(F(2, 5), "weight"), figure(F(1, 2), "share")
    assert ["pot", "weight", "share"] == [p.name for p in named_parts((pot * weight) * share)]


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("0", F(0), 4),
        ("89", F(89), 4),
        ("62.5", F(125, 2), 4),
        ("94.9874…", F(37900, 399), 4),
        ("0.0001", F(1, 10_000), 4),
        ("0.0000…", F(1, 100_000), 4),
        ("-0.25", F(-1, 4), 4),
        ("-33.3333…", F(-100, 3), 4),
        ("3…", F(10, 3), 0),
    ],
)
def test_decimals_are_exact_or_say_that_they_are_cut(text: str, value: F, places: int) -> None:
    """A decimal that does not fit is cut, never rounded, and marked."""
    assert text == decimal(value, places)


def test_percentages_just_below_a_target_do_not_look_like_it() -> None:
    """379 of 399 is shown as 94.9874…%, not as 95%."""
    assert "94.9874…%" == percent(F(379, 399))
    assert "95%" == percent(F(380, 400))


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("£0.00", F(0)),
        ("£1,254.00", F(125_400)),
        ("-£3.00", F(-300)),
        ("£112.4375", F(1_124_375, 100)),
        ("£0.005", HALF_PENNY),
        ("£0.003333…", F(1, 3)),
        ("£1,000,000.10", F(100_000_010)),
    ],
)
def test_pounds(text: str, pence: F) -> None:
    """Money has two decimals, more only where it is not whole pence."""
    assert text == pounds(pence)


@pytest.mark.parametrize(
    ("text", "f"), [("£5.00", figure(500, unit="pence")), ("89%", figure(F(89, 100), unit="ratio")), ("449", figure(449, unit="patients"))]
)
def test_a_figure_is_shown_in_its_unit(text: str, f: Figure) -> None:
    """Pence are shown as pounds, ratios as percentages, patients as they are."""
    assert text == shown(f)


def test_a_label_is_the_name_and_the_number() -> None:
    """A label puts the name before the number, and nothing before the number of a nameless figure."""
    assert ["achievement 89%", "89%"] == [label(figure(F(89, 100), name, "ratio")) for name in ("achievement", "")]


A, B, C = figure(2, "a"), figure(3, "b"), figure(4, "c")


@pytest.mark.parametrize(
    ("names", "numbers", "made"),
    [
        ("", "", A),
        ("a + b", "2 + 3", A + B),
        ("a + b − c", "2 + 3 − 4", A + B - C),
        ("a − (b + c)", "2 − (3 + 4)", A - (B + C)),
        ("(a + b) × c", "(2 + 3) × 4", (A + B) * C),
        ("a × b ÷ c", "2 × 3 ÷ 4", A * B / C),
        ("a ÷ (b × c)", "2 ÷ (3 × 4)", A / (B * C)),
        ("a + (b × c)", "2 + (3 × 4)", A + B * C),
        ("(a × b) + c", "(2 × 3) + 4", A * B + C),
        ("sum × c", "5 × 4", (A + B).named("sum") * C),
        ("a + 1", "2 + 1", A + 1),
        ("1 − a", "1 − 2", 1 - A),
        ("1 + a", "1 + 2", 1 + A),
        ("6 × a", "6 × 2", 6 * A),
        ("6 ÷ a", "6 ÷ 2", 6 / A),
        ("whole part of a", "whole part of 2", whole(A)),
        ("whole part of a ÷ b", "whole part of 2 ÷ 3", whole(A / B)),
        ("c × whole part of a", "4 × whole part of 2", C * whole(A)),
        ("a, rounded down", "2, rounded down", apply("rounded down", whole, A)),
        ("a + b, to whole pence", "2 + 3, to whole pence", apply("to whole pence", whole, A + B)),
    ],
)
def test_how_a_figure_was_made_in_names_and_in_numbers(names: str, numbers: str, made: Figure) -> None:
    """A sum is read from the left; brackets stand where another order would give another number, or where the ranks are mixed."""
    assert (names, numbers) == (formula(made), formula(made, shown))


def test_a_step_keeps_the_unit_and_is_made_of_its_figure() -> None:
    """A named step on a figure is a figure of the same unit; on a plain number it is the function alone."""
    step = apply("rounded down", whole, figure(F(5, 2), "pot", "pence"))
    assert (F(2), "pence", "rounded down", ["pot"]) == (step.value, step.unit, step.how, [part.name for part in step.parts])
    assert 2 == apply("rounded down", whole, F(5, 2))


def test_named_parts_come_once_and_those_that_decided_come_last() -> None:
    """Below a figure stand the named figures it is made of, then those that a comparison looked at; none of them twice."""
    decided = choose(A >= B, 0, C + 1)
    assert ["c", "a", "b"] == [p.name for p in named_parts(decided)]
    assert ["c", "a", "b"] == [p.name for p in named_parts(decided * A)]
    assert ["a", "c", "b"] == [p.name for p in named_parts(A * decided)]


def test_a_plain_number_stands_in_the_unit_of_what_it_stands_beside() -> None:
    """A rule's own 0 in place of money is £0.00; beside a plain number it is plain."""
    pot = figure(100, "pot", "pence")
    assert ["£0.00", "£1.00"] == [shown(choose(A >= limit, pot, 0)) for limit in (3, 2)]
    assert ["£1.00", "£0.00"] == [shown(choose(A >= limit, 0, pot)) for limit in (3, 2)]
    assert ["0", "1"] == [shown(choose(A >= limit, 1, 0)) for limit in (3, 2)]
    assert "number" == choose(A >= 3, 1, 0).unit


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("pot £1.00 is at least £0.99", lambda pot: pot >= figure(99, unit="pence")),
        ("pot £1.00 is below £1.01", lambda pot: pot >= figure(101, unit="pence")),
        ("pot £1.00 is above £0.99", lambda pot: pot > figure(99, unit="pence")),
        ("pot £1.00 is not above £1.01", lambda pot: pot > figure(101, unit="pence")),
        ("pot £1.00 is at most £1.01", lambda pot: pot <= figure(101, unit="pence")),
        ("pot £1.00 is above £0.99", lambda pot: pot <= figure(99, unit="pence")),
        ("pot £1.00 is below £1.01", lambda pot: pot < figure(101, unit="pence")),
        ("pot £1.00 is not below £0.99", lambda pot: pot < figure(99, unit="pence")),
    ],
)
def test_each_comparison_has_words_for_either_outcome(words: str, verdict: Callable[[Figure], Any]) -> None:
    """What a comparison found, in the unit of what was compared."""
    assert words == verdict(figure(100, "pot", "pence")).choose(0, 0).because


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("at least", [False, True, True]),
        ("above", [False, False, True]),
        ("at most", [True, True, False]),
        ("below", [True, False, False]),
    ],
)
def test_the_four_words_below_at_and_above_a_number(word: str, found: list[bool]) -> None:
    """Whether 1, 2 and 3 stand on the side of 2 that a word names."""
    assert found == [stands(F(n), word, F(2)) for n in (1, 2, 3)]


def test_only_a_figure_takes_a_name() -> None:
    """A figure goes by a name from here on; a plain number has none to give."""
    assert ("own", F(2)) == (called("own", A).name, called("own", A).value)
    assert F(2) == called("own", F(2))


@pytest.mark.parametrize(
    ("said", "mix"),
    [
        ("x £0.01 is money, and y 1 is not", lambda: figure(1, "x", "pence") + figure(1, "y")),
        ("x £0.01 is money, and y 1 is not", lambda: figure(1, "y") - figure(1, "x", "pence")),
        ("x $0.01 is money, and y 1 is not", lambda: figure(1, "x", "cents") > figure(1, "y")),
    ],
)
def test_which_of_two_is_money_is_told(said: str, mix: Callable[[], object]) -> None:
    """Whichever side the money stands on, pounds or dollars, it is named as what is money."""
    with pytest.raises(Mixed) as caught:
        mix()
    assert said == str(caught.value)


def test_nothing_may_stand_on_either_side_of_money() -> None:
    """Zero beside money is no mixture, whether it is the money or the number that is nothing; money times a number is none either."""
    money, none = figure(1, "x", "pence"), figure(0, "y")
    assert [F(1), F(-1), F(5), F(3)] == [
        f.value for f in (money + none, none - money, figure(0, "x", "pence") + figure(5, "y"), money * figure(3, "y"))
    ]


@pytest.mark.parametrize(
    ("unit", "made"),
    [
        ("cents", figure(2, unit="cents") * figure(3, unit="patients")),
        ("patients", figure(F(1, 2), unit="ratio") * figure(3, unit="patients")),
        ("ratio", figure(F(1, 2), unit="ratio") * figure(3)),
        ("ratio", figure(2, unit="pence") / figure(3, unit="pence")),
        ("pence", figure(2, unit="pence") / figure(3, unit="patients")),
        ("ratio", figure(0) + figure(F(1, 2), unit="ratio")),
        ("patients", figure(2, unit="patients") - figure(F(1, 2), unit="ratio")),
        ("ratio", figure(F(1, 2), unit="ratio") + figure(2, unit="patients")),
        ("number", whole(figure(F(5, 2), unit="pence"))),
    ],
)
def test_the_unit_of_what_is_made(unit: Unit, made: Figure) -> None:
    """Of a product the stronger unit, of a quotient of like things a ratio, of a sum the first that is more than a number."""
    assert unit == made.unit


@pytest.mark.parametrize(
    ("text", "f"),
    [
        ("-£1,234.56", figure(-123_456, unit="pence")),
        ("-$1,234.56", figure(-123_456, unit="cents")),
        ("33.3333…%", figure(F(1, 3), unit="ratio")),
        ("1,234.5", figure(F(2469, 2), unit="patients")),
        ("0.333333…", figure(F(1, 3), unit="patients")),
        ("1234.5", figure(F(2469, 2))),
        ("0.333333…", figure(F(1, 3))),
        ("1", figure(1)),
    ],
)
def test_how_each_unit_is_written(text: str, f: Figure) -> None:
    """Money with its mark and two places, ratios to four places, patients and numbers to six; thousands apart but in plain numbers."""
    assert text == shown(f)


@pytest.mark.parametrize(
    ("text", "value", "places", "least_places", "group"),
    [
        ("1,234.50", F(2469, 2), 6, 2, True),
        ("1234.50", F(2469, 2), 6, 2, False),
        ("0.001", F(1, 1000), 6, 2, False),
        ("2", F(2), 0, 0, False),
        ("-0.3…", F(-1, 3), 1, 0, False),
        ("1,000,000", F(10**6), 3, 0, True),
    ],
)
def test_decimals_with_least_places_and_thousands(text: str, value: F, places: int, least_places: int, group: bool) -> None:
    """No fewer places than asked for, no more than allowed."""
    assert text == decimal(value, places, least_places, group)


def test_a_name_keeps_the_unit_and_the_place_there_were() -> None:
    """Naming alone changes neither what a figure counts nor where it is written."""
    at = Location("contract.yaml", 12, 5)
    f = figure(5, "five", "patients", at).named("cinq")
    assert ("cinq", "patients", at) == (f.name, f.unit, f.at)


def test_of_two_equal_numbers_the_first_is_taken() -> None:
    """On a tie the smaller of two, and the larger, is the one named first, and the comparison that says so holds."""
    one, other = figure(1, "one"), figure(1, "other")
    assert ("one", "one 1 is at most other 1") == (least(one, other).name, least(one, other).because)
    assert ("one", "one 1 is at least other 1") == (most(one, other).name, most(one, other).because)


def test_only_figures_with_a_name_are_said_to_decide() -> None:
    """The sum of a and b decides, and has no name to be shown under; the limit has none either."""
    assert () == choose(A + B >= 4, 1, 0).deciders
    assert ["sum"] == [f.name for f in choose((A + B).named("sum") >= 4, 1, 0).deciders]


def test_a_step_of_several_figures() -> None:
    """The parts of a step that is no sum stand in a row; where there is no step, or nothing it was made of, there is no formula."""
    assert "the smallest of a, b" == formula(Figure(F(2), how="the smallest of", parts=(A, B)))
    assert "a, b, rounded together" == formula(Figure(F(5), how="rounded together", parts=(A, B)))
    assert "" == formula(Figure(F(1), how="given in the contract")) == formula(Figure(F(1), parts=(A,)))


def test_what_a_figure_is_that_nothing_is_said_of() -> None:
    """It is a given plain number without name, parts, reason or place."""
    assert Figure(F(1), "", "number", "", (), "", "", (), None, ()) == Figure(F(1)) == figure(1)
    assert ("number", "") == (Figure(F(1)).unit, Figure(F(1)).how)


def test_the_constants_of_rules() -> None:
    """Nothing, one and a half."""
    assert (0, 1, F(1, 2)) == (ZERO, ONE, HALF)


X, Y, PENNY, N = figure(2, "x", "pence"), figure(3, "y", "pence"), figure(1, "p", "pence"), figure(5, "n")


@pytest.mark.parametrize(
    ("said", "mix"),
    [
        ("x £0.02 and y £0.03 are both money: the one is not multiplied by the other", lambda: X * Y),
        ("y £0.03 and x £0.02 are both money: the one is not multiplied by the other", lambda: Y * X),
        ("p £0.01 and p £0.01 are both money: the one is not multiplied by the other", lambda: PENNY * PENNY),
        ("x £0.02 and c $0.04 are both money: the one is not multiplied by the other", lambda: X * figure(4, "c", "cents")),
        ("x £0.02 is money, and n 5 is not: the one is not divided by the other", lambda: N / X),
        ("p £0.01 is money, and 1 is not: the one is not divided by the other", lambda: 1 / PENNY),
        ("x £0.02 is money, and d 60% is not: the one is not divided by the other", lambda: figure(F(3, 5), "d", "ratio") / X),
    ],
)
def test_money_is_not_multiplied_by_money_and_nothing_else_is_divided_by_it(said: str, mix: Callable[[], object]) -> None:
    """Square pounds, and numbers for a pound, are no amounts: the two are named, the money first."""
    with pytest.raises(Mixed) as caught:
        mix()
    assert said == str(caught.value)


def test_what_may_be_multiplied_by_money_and_divided_by_it() -> None:
    """Money times a number, money over money and over a number, and nothing, of whatever kind, times or over anything."""
    nothing = figure(0, unit="pence")
    made = [X * N, N * X, Y / X, X / N, nothing * X, X * nothing, nothing / X, figure(0) / X, N * nothing]
    assert [F(10), F(10), F(3, 2), F(2, 5), F(0), F(0), F(0), F(0), F(0)] == [f.value for f in made]


def test_whole_pence_are_made_of_money_alone() -> None:
    """A figure of pence or cents passes as it is, and so does nothing of whatever kind; a plain number that is none of a reader's, too."""
    for passes in (X, figure(3, "c", "cents"), figure(0, "none"), F(3)):
        assert of_money(passes) is passes
    for n, word in ((1, "1"), (5, "5")):
        with pytest.raises(Mixed) as caught:
            of_money(figure(n, "n"))
        assert f"n {word} is no amount of money, and whole pence are made of it" == str(caught.value)


def test_no_money_stands_where_points_belong() -> None:
    """A plain figure passes as it is, and so does nothing of whatever kind; money does not."""
    for passes in (N, figure(F(1, 2), "share", "ratio"), figure(0, "none", "pence"), F(3)):
        assert no_money(passes, "points") is passes
    for amount, text in ((X, "x £0.02"), (PENNY, "p £0.01"), (figure(7, "c", "cents"), "c $0.07")):
        with pytest.raises(Mixed) as caught:
            no_money(amount, "points")
        assert f"{text} is money, where points belong" == str(caught.value)


def test_a_sum_of_many_is_one_step() -> None:
    """Its value is the one given, its parts stand beside each other, and it is no deeper than a sum of two."""
    made = summed(F(10), [X, Y, figure(5, "z", "pence")])
    assert (F(10), "pence", "x + y + z", "2 + 3 + 5") == (made.value, made.unit, formula(made), formula(made, lambda f: str(f.value)))
    assert depth(X + Y) == depth(made) == 2


@pytest.mark.parametrize(
    ("unit", "units"),
    [
        ("ratio", ["number", "ratio"]),
        ("ratio", ["number", "number", "ratio"]),
        ("patients", ["patients", "number"]),
        ("ratio", ["ratio", "patients"]),
        ("patients", ["number", "patients", "ratio"]),
        ("number", ["number", "number"]),
        ("pence", ["pence"]),
    ],
)
def test_the_unit_of_a_sum_of_many(unit: Unit, units: list[Unit]) -> None:
    """As where they are added one to the other: the first that is more than a number."""
    assert unit == summed(F(0), [figure(2, unit=one) for one in units]).unit


def test_the_parts_of_a_sum_are_all_money_or_none_is() -> None:
    """Nothing does not count, wherever it stands; the first that counts is told beside the first that does not go with it."""
    nothing = figure(0, "nothing")
    assert F(0) == summed(F(0), [nothing]).value
    assert "pence" == summed(F(5), [nothing, X, nothing, Y]).unit
    for parts in ([X, Y, N], [nothing, X, N], [X, nothing, N], [N, Y, X]):
        money = next(f for f in parts if f.unit == "pence")
        with pytest.raises(Mixed) as caught:
            summed(F(10), parts)
        assert f"{label(money)} is money, and n 5 is not" == str(caught.value)
    with pytest.raises(Mixed, match=r"^p £0\.01 is money, and n 5 is not$"):
        summed(F(8), [PENNY, X, N])


def test_how_deep_a_figure_is() -> None:
    """A given figure is one deep, what is made of it one more than the deepest of its parts and of those that decided."""
    assert [1, 2, 3] == [depth(f) for f in (A, A + B, (A + B) * C)]
    assert 4 == depth(C * ((A + B) * C))
    product = ((A + B) * C).named("product")
    assert [4, 4] == [depth(choose(product >= limit, A, B)) for limit in (B, 100)]  # 20 is below 100: b, decided by the product alone


def test_a_figure_of_a_hundred_doublings() -> None:
    """One figure stands twice in the next, a hundred times over: 101 deep, and 1, 3, 7, ... lines, each time one more than twice as many."""
    f = A
    for n in range(100):
        f = (f.named("left") + f.named("right")).named(f"f{n}")
    assert (101, 2**101 - 1) == (depth(f), lines(f))


def test_how_many_lines_an_explanation_has() -> None:
    """A given figure is one line; below a figure stand its named parts and those that decided, each with its own."""
    product = (A + B) * C
    assert [1, 3, 4] == [lines(f) for f in (A, A + B, product)]
    assert 5 == lines(((A + B).named("sum") * C).named("product"))
    assert 4 == lines(choose(A <= B, C, 0) + 1)  # itself, c, and a and b, which decided


@pytest.mark.parametrize(
    ("text", "n"), [("0 networks", 0), ("1 network", 1), ("2 networks", 2), ("1,250 networks", 1250), ("1,000,000 networks", 10**6)]
)
def test_how_many_there_are(text: str, n: int) -> None:
    """One is alone, others are many; thousands are set apart."""
    assert text == how_many(n, "network")


def test_the_marks_of_money() -> None:
    """Pounds and dollars."""
    assert ["£", "$"] == [MARKS["pence"], MARKS["cents"]]


def test_the_marks_of_currencies() -> None:
    """Amounts are counted in hundredths of their currency, and written with its mark."""
    assert {"GBP": "£", "USD": "$"} == {currency: MARKS[unit] for currency, unit in CURRENCIES.items()}
