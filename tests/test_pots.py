"""Totals, averages, parts of a pot and shares between parties, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.exact import figure
from p4p.steps.pots import Average, Between, PotPart, Total, each
from p4p.steps.terms import Missing


def everyone(**given: dict[str, Any]) -> dict[str, Any]:
    return {payee: Plain(payee, **values) for payee, values in given.items()}


THREE = everyone(A={"x": 1}, B={"x": 2}, C={"x": 6})


def test_totals_and_averages() -> None:
    """1, 2 and 6 are 9 together and 3 on average, the same for each."""
    assert {"A": 9, "B": 9, "C": 9} == Total(of=t("x")).across(THREE)
    assert {"A": 3, "B": 3, "C": 3} == Average(of=t("x")).across(THREE)
    assert ("the sum of x over all payees", "the mean of x over all payees") == (Total(of=t("x")).says(), Average(of=t("x")).says())


def test_a_figure_says_whose_it_is() -> None:
    """Beside the same figure of others, each is named by its payee."""
    people: Any = {payee: Plain(payee, explained=True, x=1) for payee in ("A", "B")}
    assert ["x of A", "x of B"] == [f.name for f in each(t("x"), people)]


def part(**given: tuple[Any, Any]) -> dict[str, Any]:
    return PotPart(pot=t("pot"), by=t("w")).across(everyone(**{p: {"pot": pot, "w": w} for p, (pot, w) in given.items()}))


@pytest.mark.parametrize(
    ("parts", "pot", "weights"),
    [
        ({"A": 34, "B": 33, "C": 33}, 100, (1, 1, 1)),
        ({"A": 17, "B": 33, "C": 50}, 100, (F(1, 6), F(1, 3), F(1, 2))),  # 16⅔, 33⅓ and 50
        ({"A": -34, "B": -33, "C": -33}, -100, (1, 1, 1)),
        ({"A": 0, "B": 0, "C": 0}, 100, (0, 0, 0)),
        ({"A": 0, "B": 101, "C": 0}, F(201, 2), (0, 5, 0)),  # 100½ is 101
        ({"A": 0, "B": 100, "C": 0}, F(401, 4), (0, 5, 0)),
    ],
)
def test_parts_of_a_pot(parts: dict[str, int], pot: Any, weights: tuple[Any, ...]) -> None:
    """In proportion, to the penny, whole again together."""
    assert parts == part(**{p: (pot, w) for p, w in zip("ABC", weights, strict=True)})


def test_the_odd_penny_goes_by_code_in_whatever_order_payees_come() -> None:
    """Of two equal weights the first code has it."""
    assert {"B": 0, "A": 1} == part(B=(1, 1), A=(1, 1))


@pytest.mark.parametrize(
    ("what", "hint", "given"),
    [
        (
            "pot is not the same for every payee",
            "a pot belongs to the whole contract: name a total, or a measure given for the contract",
            {"A": (1, 1), "B": (2, 1)},
        ),
        ("w is below zero for B", "a part of a pot cannot be below nothing", {"A": (1, 0), "B": (1, -1)}),
    ],
)
def test_a_pot_that_cannot_be_divided(what: str, hint: str, given: dict[str, tuple[Any, Any]]) -> None:
    """One pot for all, and no weight below nothing."""
    with pytest.raises(Missing) as caught:
        part(**given)
    assert (what, hint) == (caught.value.what, caught.value.hint)


def test_a_pot_of_figures_is_divided_by_their_values() -> None:
    """Figures explain themselves; their values are divided."""
    people: Any = {payee: Plain(payee, explained=True, pot=figure(F(10), "pot", "pence"), w=w) for payee, w in (("A", 1), ("B", 4))}
    found = PotPart(pot=t("pot"), by=t("w")).across(people)
    assert {"A": 2, "B": 8} == {payee: f.value for payee, f in found.items()}
    how = "to whole pence: a part of the first in proportion to the second, beside all other payees"
    assert [(how, ["pot", "w"])] * 2 == [(f.how, [part.name for part in f.parts]) for f in found.values()]
    assert "a part of pot in proportion to w, to the penny" == PotPart(pot=t("pot"), by=t("w")).says()


def between(**shares: F) -> Between:
    return Between(of=t("saving"), shares=shares)


@pytest.mark.parametrize(
    ("parts", "saving"),
    [
        ({"": 101, "ccg": 51, "the_council": 50}, 101),
        ({"": -101, "ccg": -51, "the_council": -50}, -101),
        ({"": 101, "ccg": 51, "the_council": 50}, F(201, 2)),
        ({"": 100, "ccg": 50, "the_council": 50}, F(401, 4)),
    ],
)
def test_an_amount_between_parties(parts: dict[str, int], saving: Any) -> None:
    """In halves, to the penny, the odd one for the first party written; a loss like a gain."""
    assert parts == between(ccg=F(1, 2), the_council=F(1, 2)).value(Plain(saving=saving))


def test_thirds_between_parties() -> None:
    """100 by a third, a half and a sixth: 33⅓, 50 and 16⅔."""
    made = between(a=F(1, 3), b=F(1, 2), c=F(1, 6))
    assert {"": 100, "a": 33, "b": 50, "c": 17} == made.value(Plain(saving=100))
    assert ("a", "b", "c") == made.outcomes


def test_shares_between_parties_make_a_whole() -> None:
    """Half and half are a whole, half and a quarter are not."""
    assert [] == between(ccg=F(1, 2), the_council=F(1, 2)).faults()
    assert [("shares", "the shares add to 75%, not 100%", "change one of them; together they are the whole")] == between(
        ccg=F(1, 2), the_council=F(1, 4)
    ).faults()
    assert "saving shared: ccg 50%, the council 50%" == between(ccg=F(1, 2), the_council=F(1, 2)).says()


def test_a_figure_between_parties_says_how_it_was_divided() -> None:
    """Each part says its share, and of what."""
    found = between(ccg=F(1, 4), the_council=F(3, 4)).value(Plain(explained=True, saving=figure(F(10), "saving", "pence")))
    assert (3, "25% to the penny, of", ["saving"]) == (found["ccg"].value, found["ccg"].how, [part.name for part in found["ccg"].parts])
    assert "pence" == found["ccg"].unit
    assert (7, "75% to the penny, of", 10) == (found["the_council"].value, found["the_council"].how, found[""].value)


def test_weights_with_more_digits_than_any_payment_needs() -> None:
    """A part to the penny is worked out in one denominator for all: up to 2^2000, and no further, whichever weights need it."""
    digits = 2**1999 + 1  # odd, of 2000 digits in twos
    assert {"A": 50, "B": 50} == part(A=(100, F(1, digits)), B=(100, F(1, digits)))
    for weights in ((F(1, digits), F(1, 2)), (F(1, 2), F(1, digits)), (F(1, 2 * digits), F(1))):
        with pytest.raises(Missing) as caught:
            part(A=(100, weights[0]), B=(100, weights[1]))
        said = ("the figure has more digits than any payment needs", "multiply or add fewer numbers, or numbers with fewer digits")
        assert said == (caught.value.what, caught.value.hint)
