"""Points of many payees on columns: worked by hand, payee by payee as on fractions, and left to fractions where columns cannot hold them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.language.curves import Linear
from p4p.numbers.money import rounded
from p4p.settling.points_table import points_of_many
from p4p.steps.points import Points, PointsIndicator, Ruling
from p4p.steps.terms import Line, Missing, Term

#: Nothing at 40%, everything at 80%.
LINE = Linear(lower=F(4, 10), upper=F(8, 10))


class One(Plain):
    """A payee whose amounts are rounded half up, on columns too; `roundings` counts how often that was asked for."""

    roundings = 0

    def paid(self, amount: Any) -> Any:
        """An amount in whole pence."""
        self.roundings += 1
        return rounded(amount, "half-up")

    def counts(self, term: Term) -> tuple[Any, Any, Any]:
        """Numerator, denominator and excluded, where they are there."""
        if term.text not in self.values:
            raise Missing(f"there are no counts of {term.text}")
        return super().counts(term)


def everybody(**payees: dict[str, Any]) -> dict[str, Any]:
    """Payees by code, each with what names stand for."""
    return {code: One(code, **values) for code, values in payees.items()}


def indicator(points: str = "10", **given: Any) -> PointsIndicator:
    """An indicator of ten points on the line, unless something else is given."""
    return PointsIndicator(title="Blood pressure", points=t(points), **({"curve": LINE} | given))


def points(empty: str = "0%", rounded: Any = "not at all", **indicators: PointsIndicator) -> Points:
    """Points at £2.00 each, by the payee's size."""
    return Points(indicators=indicators, point_value=t("£2.00"), factors=(t("size"),), rounded=rounded, empty=t(empty))


def test_points_of_several_payees_by_hand() -> None:
    """Nobody at all, one patient, a third of a size, and a sum of ninths and quarters of a point; of A: 60% is half way, 5 of 10 points at £3.00."""
    step = points("25%", bp=indicator(), smoke=indicator("3", counts=t("smokers"), factors=(t("more"),)))
    everyone = everybody(
        A={"bp": (6, 12, 2), "smokers": (8, 10, 0), "size": F(3, 2), "more": 2},
        B={"bp": (5, 9, 0), "smokers": (5, 10, 0), "size": F(1, 3), "more": 1},
        C={"bp": (0, 3, 3), "smokers": (1, 1, 0), "size": 2, "more": 1},
    )
    found = points_of_many(step, "qof", everyone)
    assert found == {
        # smoke: 3 points at £2.00 x 3/2 x 2
        "A": {"": 1500 + 1800, "points": 8, "most_points": 13, "available": 3000 + 1800, "counted": 8, "bp": 1500, "smoke": 1800},
        # bp: 5/9 - 2/5 = 7/45, of 2/5 7/18: 35/9 points at 200/3 pence are 259.26; smoke: a quarter of 3 points, 50.00
        "B": {
            "": 259 + 50,
            "points": F(35, 9) + F(3, 4),
            "most_points": 13,
            "available": 667 + 200,
            "counted": F(167, 36),
            "bp": 259,
            "smoke": 50,
        },
        # bp: nobody is left of three, which is a quarter of 10 points at £4.00; smoke: 1 of 1
        "C": {"": 1000 + 1200, "points": F(11, 2), "most_points": 13, "available": 5200, "counted": F(11, 2), "bp": 1000, "smoke": 1200},
    }
    assert list(found["A"]) == ["", "points", "most_points", "available", "counted", "bp", "smoke"]
    bp, smoke = everyone["C"].lines
    assert bp == Line("qof", "bp", "Blood pressure", (0, 3, 3), None, 10, F(5, 2), 4000, 1000, "", F(5, 2))
    assert smoke == Line("qof", "smoke", "Blood pressure", (1, 1, 0), 1, 3, 3, 1200, 1200, "", 3)
    assert [F(6, 10), F(8, 10)] == [line.achievement for line in everyone["A"].lines]


def test_points_are_rounded_where_the_contract_says_so() -> None:
    """35/9 points are 3.89, and at £2.00 £7.78."""
    found = points_of_many(points(rounded="0.01", bp=indicator()), "qof", everybody(A={"bp": (5, 9, 0), "size": 1}))
    assert found and (F(389, 100), 778) == (found["A"]["points"], found["A"]["bp"])


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        ({"curve": None, "done": t("kept")}, {"kept": 1}, (10, 10, 2000)),
        # 60% would be 5 points
        ({"ruling": Ruling(does="not below", points=t("6"), reason="R", decided=date(2016, 4, 1))}, {}, (6, 10, 1200)),
        ({"points": "worth"}, {"worth": 8}, (4, 8, 800)),
    ],
    ids=["yes or no", "ruled", "points by name"],
)
def test_what_columns_do_not_know_is_settled_payee_by_payee(
    given: dict[str, Any], values: dict[str, Any], expected: tuple[int, ...]
) -> None:
    """A yes or no, a ruling, and points that are each payee's own stand beside an indicator on columns, which is fully achieved: 10 points, £20.00."""
    step = points(own=indicator(**given), other=indicator())
    everyone = everybody(A={"own": (6, 10, 0), "other": (8, 10, 0), "size": 1} | values)
    found = points_of_many(step, "qof", everyone)
    assert [("qof", "own"), ("qof", "other")] == [(line.step, line.indicator) for line in everyone["A"].lines]
    assert found and expected == (found["A"]["points"] - 10, found["A"]["most_points"] - 10, found["A"]["own"])
    assert 2000 == found["A"]["other"]


def test_points_before_a_ruling_are_told_where_everything_was_counted() -> None:
    """What is set to 6 points needs no counts: without them nothing is said of what was counted, with them 5 points were."""
    step = points(own=indicator(ruling=Ruling(does="set to", points=t("6"), reason="R", decided=date(2016, 4, 1))), other=indicator())
    found = points_of_many(step, "qof", everybody(A={"other": (8, 10, 0), "size": 1}))
    assert found and 16 == found["A"]["points"]
    assert "counted" not in found["A"]
    found = points_of_many(step, "qof", everybody(A={"own": (6, 10, 0), "other": (8, 10, 0), "size": 1}))
    assert found and (16, 15) == (found["A"]["points"], found["A"]["counted"])


@pytest.mark.parametrize("size", [2**120, 2**126, 2**127, F(1, 2**127), 2**200])
def test_what_columns_cannot_hold_is_left_to_fractions(size: Any) -> None:
    """Numbers of 120 bits on, of whichever payee, are not settled here, and nobody's line is noted twice."""
    everyone = everybody(A={"bp": (8, 10, 0), "size": 1}, B={"bp": (8, 10, 0), "size": size})
    assert points_of_many(points(bp=indicator()), "qof", everyone) is None
    assert [] == everyone["A"].lines


def test_large_sizes_are_held_exactly() -> None:
    """A has 10 points at £2.00 x 2^64 / 3^40, which is 1.51729...: £30.35; B has them at £2.00."""
    everyone = everybody(A={"bp": (8, 10, 0), "size": F(2**64, 3**40)}, B={"bp": (8, 10, 0), "size": 1})
    found = points_of_many(points(bp=indicator()), "qof", everyone)
    assert found and (3035, 2000) == (found["A"]["bp"], found["B"]["bp"])


def test_a_missing_figure_of_one_payee_leaves_all_to_fractions() -> None:
    """Without B's counts, and where an empty denominator is refused, what is wrong is told payee by payee; one patient is not nobody."""
    step = points("refuse", bp=indicator())
    some, none, lacking = ({"bp": (1, 1, 0), "size": 1}, {"bp": (0, 2, 2), "size": 1}, {"size": 1})
    assert points_of_many(step, "qof", everybody(A=some, B=lacking)) is None
    assert points_of_many(step, "qof", everybody(A=some, B=none)) is None
    found = points_of_many(step, "qof", everybody(A=some, B=some))
    assert found and [2000, 2000] == [of[""] for of in found.values()]


def test_the_share_of_nobody_may_be_each_payees_own() -> None:
    """With nobody to count A keeps nothing, B the whole of 10 points at £2.00."""
    nobody = {"bp": (0, 0, 0), "size": 1}
    found = points_of_many(points("keep", bp=indicator()), "qof", everybody(A=nobody | {"keep": 0}, B=nobody | {"keep": 1}))
    assert found and [0, 2000] == [of[""] for of in found.values()]


@pytest.mark.parametrize("empty", ["0%", "100%", "refuse"])
def test_an_indicator_is_worked_out_once_for_everybody(empty: str) -> None:
    """What makes thousands quick: what is earned and what is available are rounded once for fifty payees together, not fifty times."""
    everyone = everybody(**{f"P{n}": {"bp": (8, 10, 0), "size": 1} for n in range(50)})
    found = points_of_many(points(empty, bp=indicator()), "qof", everyone)
    assert found and {2000} == {of["bp"] for of in found.values()}
    assert 2 == sum(one.roundings for one in everyone.values())
