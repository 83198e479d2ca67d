"""Sums, products, ratios, limits, means and rounding on the way, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.errors import Location
from p4p.numbers.exact import Mixed
from p4p.steps.amounts import Best, Limits, Mean, Part, Product, Ratio, Rounded, Sum, Weighted, Worst, joined, quotient
from p4p.steps.terms import Missing, Term

AT: Any = Plain(a=7, b=3, c=2, none=0)


def terms(*names: str) -> tuple[Term, ...]:
    return tuple(map(t, names))


def refusal(step: Any, at: Any = AT) -> tuple[str, str, Location | None]:
    with pytest.raises(Missing) as caught:
        step.value(at)
    return caught.value.what, caught.value.hint, caught.value.at


def test_terms_in_a_row() -> None:
    """None, one, two and three."""
    assert ["nothing", "a", "a and b", "a, b or c"] == [
        joined(()),
        joined(terms("a")),
        joined(terms("a", "b")),
        joined(terms("a", "b", "c"), "or"),
    ]


@pytest.mark.parametrize(
    ("expected", "words", "of", "less"),
    [
        (10, "a plus b", ("a", "b"), ()),
        (5, "a less c", ("a",), ("c",)),
        (8, "a plus b less c", ("a", "b"), ("c",)),
        (2, "a less b and c", ("a",), ("b", "c")),
        (-7, "less a", (), ("a",)),
        (-9, "less a and c", (), ("a", "c")),
    ],
)
def test_sums(expected: int, words: str, of: tuple[str, ...], less: tuple[str, ...]) -> None:
    """What is added, less what is taken away; either may be nothing, not both."""
    made = Sum(of=terms(*of), less=terms(*less))
    assert (expected, words, []) == (made.value(AT), made.says(), made.faults())


def test_a_sum_of_nothing() -> None:
    """There is nothing to add or take away."""
    assert [("", "there is nothing to add or take away", "of: [benchmark], less: [expenditure]")] == Sum().faults()


def test_products() -> None:
    """Seven times three times two; of at least two and at most a hundred terms."""
    made = Product(of=terms("a", "b", "c"))
    assert (42, "a × b × c", []) == (made.value(AT), made.says(), made.faults())
    assert [("of", "a product needs at least two terms", "of: [price, patients]")] == Product(of=terms("a")).faults()
    assert [] == Product(of=terms("a", "b")).faults() == Product(of=terms(*["a"] * 100)).faults()
    assert [("of", "a product of 101 terms", "at most 100: no payment multiplies so many")] == Product(of=terms(*["a"] * 101)).faults()


def test_ratios() -> None:
    """Exact; where the divisor is zero what the contract says, or nothing."""
    made = Ratio(of=t("a"), to=t("b"), if_zero=t("refuse"))
    assert (F(7, 3), "a ÷ b; where b is zero: refuse", []) == (made.value(AT), made.says(), made.faults())
    assert "a ÷ 5" == Ratio(of=t("a"), to=t("5"), if_zero=t("refuse")).says()
    assert F(1, 2) == Ratio(of=t("a"), to=t("none"), if_zero=t("50%")).value(AT)
    said = ("none is zero, and nothing is divided by zero", "send the figure, or say in the contract what zero means (if_zero)", None)
    assert said == refusal(Ratio(of=t("a"), to=t("none"), if_zero=t("refuse")))
    assert [("to", "this divides by zero", "name what is divided by")] == Ratio(of=t("a"), to=t("0"), if_zero=t("refuse")).faults()
    exact = quotient(AT, 7, 3, t("refuse"), "")
    assert (F(7, 3), F) == (exact, type(exact))
    told = Ratio(of=t("a"), to=t("b"), if_zero=t("refuse")).value(Plain(explained=True, a=7, b=3))
    assert (F(7, 3), "÷") == (told.value, told.how)


def limits(least: str | None, most: str | None) -> Limits:
    return Limits(of=t("x"), least=None if least is None else t(least), most=None if most is None else t(most))


@pytest.mark.parametrize(
    ("result", "lost", "x", "least", "most"),
    [
        (5, 0, 5, "1", "9"),
        (1, 0, -5, "1", "9"),
        (9, 3, 12, "1", "9"),
        (-5, 0, -5, None, "9"),
        (9, 3, 12, None, "9"),
        (1, 0, -5, "1", None),
        (12, 0, 12, "1", None),
        (4, 8, 12, "4", "4"),
    ],
)
def test_limits(result: int, lost: int, x: int, least: str | None, most: str | None) -> None:
    """No less than the floor, no more than the cap; what the cap took away is told."""
    made = limits(least, most)
    assert ({"": result, "lost": lost}, []) == (made.value(Plain(x=x)), made.faults())


def test_limits_that_cannot_both_hold() -> None:
    """A cap below the floor is a fault where both are written, and refused where they come out so."""
    assert [("", "neither `least` nor `most` is given", "say most: the cap, least: the floor, or both")] == limits(None, None).faults()
    assert [("most", "the cap 1 is below the floor 2", "exchange the two, or change one")] == limits("2", "1").faults()
    assert [] == limits("a", "1").faults() == limits("2", "b").faults()
    said = ("the cap b is below the floor a", "correct the figures, or say which of the two holds", None)
    assert said == refusal(limits("a", "b"), Plain(x=1, a=7, b=3))
    assert said == refusal(limits("a", "b"), Plain(explained=True, x=1, a=7, b=3))
    assert 3 == limits("b", "a").value(Plain(x=1, a=3, b=3))[""]
    assert ["x, at least 1 and at most 9", "x, at least 1", "x, at most 9"] == [
        made.says() for made in (limits("1", "9"), limits("1", None), limits(None, "9"))
    ]
    assert ("lost",) == Limits.outcomes


def test_the_largest_the_smallest_and_the_mean() -> None:
    """Of 7, 3 and 2: 7, 2 and 4."""
    of = terms("a", "b", "c")
    assert [7, 2, 4] == [step.value(AT) for step in (Best(of=of), Worst(of=of), Mean(of=of))]
    assert ["the largest of a, b and c", "the smallest of a, b and c", "the mean of a, b and c"] == [
        step.says() for step in (Best(of=of), Worst(of=of), Mean(of=of))
    ]
    two = terms("a", "b")
    assert ["the larger of a and b", "the smaller of a and b"] == [step.says() for step in (Best(of=two), Worst(of=two))]


def weighted(missing: str = "refuse", **parts: str) -> Weighted:
    return Weighted(parts={name: Part(of=t(name), weight=t(weight)) for name, weight in parts.items()}, missing=missing)  # type: ignore[arg-type]


def test_weighted_by_shares() -> None:
    """7 at a quarter and 3 at three quarters is 4; where one has no figure the other counts alone, or nothing does."""
    assert 4 == weighted(a="25%", b="75%").value(AT)
    assert 4 == weighted("reweighted", a="25%", b="75%").value(AT)
    assert 7 == weighted("reweighted", a="25%", absent="75%").value(AT)
    assert F(17, 3) == weighted("reweighted", a="50%", b="25%", absent="25%").value(AT)  # (7/2 + 3/4) / (3/4)
    with pytest.raises(KeyError):
        weighted(a="25%", absent="75%").value(AT)
    said = ("there is no figure for any of absent and gone", "send one: nothing is weighed into nothing", None)
    assert said == refusal(weighted("reweighted", absent="25%", gone="75%"))


def test_weighted_by_names() -> None:
    """7 with 3 and 2 with 2, over 5, is 5; weights that are all nothing weigh nothing."""
    assert 5 == weighted(a="b", c="c").value(AT)
    said = (
        "the sum of the weights is zero, and nothing is divided by zero",
        "send the figure, or say in the contract what zero means (if_zero)",
        None,
    )
    assert said == refusal(weighted(a="none", b="none"))


def test_weights_written_as_shares_make_a_whole() -> None:
    """A quarter and three quarters do; a quarter and a half do not; names are not known yet."""
    assert [] == weighted(a="25%", b="75%").faults() == weighted(a="25%", b="c").faults()
    assert [("parts", "the weights add to 75%, not 100%", "change one of them; together they are the whole")] == weighted(
        a="25%", b="50%"
    ).faults()
    assert (True, False) == (weighted(a="25%", b="75%").shares, weighted(a="25%", b="c").shares)
    assert "the sum weighted by a 25%, b 75%" == weighted(a="25%", b="75%").says()
    titled = Weighted(parts={"a": Part(of=t("a"), weight=t("1"), title="Waiting times")}, missing="reweighted")
    assert "the sum weighted by Waiting times 1; a part without a figure is left out and the others scaled up" == titled.says()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half-up", [F(2, 10), F(3, 10), F(-3, 10), F(2, 10)]),
        ("half-even", [F(2, 10), F(2, 10), F(-2, 10), F(2, 10)]),
        ("towards zero", [F(2, 10), F(2, 10), F(-2, 10), F(1, 10)]),
        ("away from zero", [F(3, 10), F(3, 10), F(-3, 10), F(2, 10)]),
        ("downwards", [F(2, 10), F(2, 10), F(-3, 10), F(1, 10)]),
        ("upwards", [F(3, 10), F(3, 10), F(-2, 10), F(2, 10)]),
    ],
)
def test_rounding_on_the_way(mode: Any, expected: list[F]) -> None:
    """0.21, 0.25, -0.25 and 0.19 to tenths, in each of the six ways."""
    made = Rounded(of=t("x"), to=t("0.1"), mode=mode)
    assert expected == [made.value(Plain(x=F(n, 100))) for n in (21, 25, -25, 19)]
    assert f"x rounded to 0.1 ({mode})" == made.says()


def test_rounding_says_what_it_did_and_mixes_nothing() -> None:
    """A rounded figure is one named step; money is not rounded to multiples of a number."""
    told = Rounded(of=t("x"), to=t("10"), mode="half-up").value(Plain(explained=True, x=14))
    assert (10, "rounded to 10 (half-up)") == (told.value, told.how)
    with pytest.raises(Mixed):
        Rounded(of=t("£1.00"), to=t("10"), mode="half-up").value(Plain(explained=True))
    for wrong in ("x", "0", "-1"):
        assert [("to", f"nothing is rounded to multiples of {wrong}", "to: 0.01, 1%, £1 or 10")] == Rounded(
            of=t("x"), to=t(wrong), mode="half-up"
        ).faults()
    assert [] == Rounded(of=t("x"), to=t("0.01"), mode="half-up").faults()


def test_figures_are_judged_by_their_values() -> None:
    """On figures a divisor of nothing is nothing, a cap above its floor is above it, and a whole of shares is divided by nothing more."""
    told: Any = Plain(explained=True, a=7, b=3, none=0)
    assert "none is zero, and nothing is divided by zero" == refusal(Ratio(of=t("a"), to=t("none"), if_zero=t("refuse")), told)[0]
    assert F(1, 2) == Ratio(of=t("a"), to=t("none"), if_zero=t("50%")).value(told).value
    assert 5 == Limits(of=t("5"), least=t("b"), most=t("a")).value(told)[""].value
    whole = weighted(a="25%", b="75%").value(told)
    assert (4, "+") == (whole.value, whole.how)


def test_a_part_may_weigh_nothing() -> None:
    """All of one and nothing of the other are a whole."""
    assert [] == weighted(a="100%", b="0%").faults()
