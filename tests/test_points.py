"""Achievements, points times money, rulings and prevalence factors, each alone and by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.language.curves import Linear
from p4p.numbers.exact import Mixed, figure, formula
from p4p.steps.points import Achievement, Points, PointsIndicator, Prevalence, Ruling
from p4p.steps.terms import Missing


@pytest.mark.parametrize(
    ("rate", "counts", "empty"), [(F(9, 10), (9, 10, 0), "refuse"), (F(9, 10), (9, 15, 5), "refuse"), (F(1, 2), (0, 5, 5), "50%")]
)
def test_an_achievement(rate: F, counts: tuple[int, int, int], empty: str) -> None:
    """Those excluded leave the denominator; where nobody is left the contract says what it is."""
    made = Achievement(of=t("bp"), empty=t(empty))
    n, d, e = counts
    assert {"": rate, "numerator": n, "denominator": d, "excluded": e} == made.value(Plain(bp=counts))
    assert f"numerator of bp over its denominator without those excluded; where nobody is left: {empty}" == made.says()
    assert ("numerator", "denominator", "excluded") == made.outcomes


def test_nobody_in_the_denominator_may_be_refused() -> None:
    """The measure is named."""
    with pytest.raises(Missing) as caught:
        Achievement(of=t("bp"), empty=t("refuse")).value(Plain(bp=(0, 0, 0)))
    assert "the denominator of bp is zero, and nothing is divided by zero" == caught.value.what


LINE = Linear(lower=F(4, 10), upper=F(8, 10))


def indicator(points: str = "10", **given: Any) -> PointsIndicator:
    return PointsIndicator(title="Blood pressure", points=t(points), **({"curve": LINE} | given))


def points(rounded: Any = "not at all", empty: str = "0%", factors: tuple[str, ...] = (), **indicators: PointsIndicator) -> Points:
    return Points(indicators=indicators, point_value=t("£2.00"), factors=tuple(map(t, factors)), rounded=rounded, empty=t(empty))


def ruling(does: str, given: str | None, decided: date = date(2017, 3, 31)) -> Ruling:
    return Ruling(does=does, points=None if given is None else t(given), reason="data were lost", decided=decided)  # type: ignore[arg-type]


def test_points_times_money() -> None:
    """60% is half way from 40% to 80%: 5 of 10 points at £2.00; a register kept has all of its 4; of each what was there to be earned."""
    made = points(bp=indicator(), register=indicator("4", curve=None, done=t("kept")), smoke=indicator("3", counts=t("smokers")))
    at: Any = Plain(bp=(6, 12, 2), kept=1, smokers=(8, 10, 0))
    assert {
        "": 1000 + 800 + 600,
        "points": 5 + 4 + 3,
        "most_points": 17,
        "available": 3400,
        "counted": 12,
        "bp": 1000,
        "register": 800,
        "smoke": 600,
    } == made.value(at)
    assert ("points", "most_points", "available", "counted", "bp", "register", "smoke") == made.outcomes
    assert [("bp", (6, 12, 2), F(6, 10)), ("register", None, None), ("smoke", (8, 10, 0), F(8, 10))] == [
        (x.indicator, x.counts, x.achievement) for x in at.lines
    ]
    assert 0 == points(register=indicator("4", curve=None, done=t("kept"))).value(Plain(kept=0))["register"]


def test_what_nobody_gives_is_a_share_and_no_amount() -> None:
    """£1.00 would be a hundred times all points."""
    with pytest.raises(Mixed, match=r"£1.00 is money, where shares such as 80% belong"):
        points(empty="£1.00", bp=indicator()).value(Plain(explained=True, bp=(0, 0, 0)))


def test_factors_multiply_all_or_one() -> None:
    """£2.00 by 3/2 for all and by 2 for one: £3.00 and £6.00 a point."""
    made = points(factors=("size",), a=indicator(), b=indicator(factors=(t("more"),)))
    found = made.value(Plain(a=(8, 10, 0), b=(8, 10, 0), size=F(3, 2), more=2))
    assert (3000, 6000, 9000, 9000) == (found["a"], found["b"], found[""], found["available"])


def test_each_line_is_paid_in_whole_pence() -> None:
    """A third of the way is 3⅓ points, £6.66⅔, paid £6.67; with points to two decimals 3.33, £6.66."""
    counts = (8, 15, 0)  # 53⅓%: 13⅓ of 40
    assert 667 == points(a=indicator()).value(Plain(a=counts))["a"]
    found = points("0.01", a=indicator()).value(Plain(a=counts))
    assert (666, F(333, 100), F(333, 100)) == (found["a"], found["points"], found["counted"])


@pytest.mark.parametrize(
    ("empty", "sound"),
    [
        ("0%", True),
        ("100%", True),
        ("1/2", True),
        ("0", True),
        ("1", True),
        ("refuse", True),
        ("£1.00", True),
        ("5", False),
        ("101%", False),
        ("-1%", False),
    ],
)
def test_an_empty_denominator_has_a_share(empty: str, sound: bool) -> None:
    """From nothing to everything; above or below is told. Money is told by its unit, where the contract is read."""
    expected = [] if sound else [("empty", f"empty is {empty}, which is no share", "a share is from 0% to 100%")]
    assert expected == Achievement(of=t("bp"), empty=t(empty)).faults() == points(empty=empty).faults()


@pytest.mark.parametrize(("money", "empty"), [(0, "0%"), (2000, "100%")])
def test_nobody_in_the_denominator_of_an_indicator(money: int, empty: str) -> None:
    """The share is what the contract says, and there is no achievement."""
    at: Any = Plain(a=(0, 3, 3))
    assert money == points(empty=empty, a=indicator()).value(at)["a"]
    assert (None, (0, 3, 3)) == (at.lines[0].achievement, at.lines[0].counts)
    with pytest.raises(Missing) as caught:
        points(empty="refuse", a=indicator()).value(Plain(a=(0, 3, 3)))
    assert "the denominator of a is zero, and nothing is divided by zero" == caught.value.what


@pytest.mark.parametrize(
    ("points_", "given"),
    [(7, ruling("set to", "7")), (7, ruling("not below", "7")), (5, ruling("not below", "4")), (4, ruling("set to", "4"))],
)
def test_a_ruling_that_gives_points(points_: int, given: Ruling) -> None:
    """Set to so many, or not below; what was counted (5 of 10) is told beside it."""
    at: Any = Plain(a=(6, 10, 0))
    found = points(a=indicator(ruling=given)).value(at)
    assert (points_, 5, 10, points_ * 200) == (found["points"], found["counted"], found["most_points"], found["a"])
    assert f"{given.does} {given.points} points: data were lost, decided 31 March 2017 (as counted: 5)" == at.lines[0].note


def test_points_that_are_set_need_no_counts() -> None:
    """Nobody counted, and everybody has 7; what was counted is then not told for the whole."""
    at: Any = Plain(a=(0, 0, 0))
    found = points(empty="refuse", a=indicator(ruling=ruling("set to", "7"))).value(at)
    assert ({"": 1400, "points": 7, "most_points": 10, "available": 2000, "a": 1400}, None) == (found, at.lines[0].counted)
    assert "set to 7 points: data were lost, decided 31 March 2017" == at.lines[0].note
    with pytest.raises(Missing):
        points(empty="refuse", a=indicator(ruling=ruling("not below", "7"))).value(Plain(a=(0, 0, 0)))


@pytest.mark.parametrize(
    ("withdrawn", "decided"), [(True, date(2016, 4, 1)), (True, date(2017, 3, 1)), (True, date(2017, 3, 31)), (False, date(2017, 4, 1))]
)
def test_a_withdrawn_indicator(withdrawn: bool, decided: date) -> None:
    """In a year that ends in March 2017 it earns and offers nothing if it was withdrawn by then."""
    at: Any = Plain(a=(8, 10, 0), b=(8, 10, 0))
    found = points(a=indicator(ruling=ruling("withdrawn", None, decided)), b=indicator()).value(at)
    offered = 10 if withdrawn else 20
    assert (offered, offered, offered, offered * 200, offered * 200) == tuple(
        found[name] for name in ("points", "most_points", "counted", "available", "")
    )
    told = at.lines[0].note
    assert withdrawn == (told != "") and told in ("", ruling("withdrawn", None, decided).says())


def test_a_ruling_in_words() -> None:
    """What it does, why and since when; points that are a name are told as they came out."""
    assert "withdrawn: data were lost, decided 31 March 2017" == ruling("withdrawn", None).says()
    assert "set to 71 points: data were lost, decided 31 March 2017" == ruling("set to", "71").says()
    assert "set to last year: data were lost, decided 31 March 2017" == ruling("set to", "last_year").says()
    assert "set to 7.5 points: data were lost, decided 31 March 2017" == ruling("set to", "last_year").says(F(15, 2))
    assert "set to 7.5 points: data were lost, decided 31 March 2017" == ruling("set to", "last_year").says(figure(F(15, 2)))


def test_what_rulings_and_indicators_find_wrong_with_themselves() -> None:
    """A withdrawn indicator has no points, the others do; a curve or yes-or-no; names that are taken."""
    assert [] == ruling("withdrawn", None).faults() == ruling("set to", "7").faults() == ruling("not below", "7").faults()
    assert [("points", "a withdrawn indicator has no points", "take `points` out")] == ruling("withdrawn", "7").faults()
    for does in ("set to", "not below"):
        assert [("", "`points` is missing", "say how many: points: 71")] == ruling(does, None).faults()
    assert [] == indicator().faults() == indicator(curve=None, done=t("kept")).faults()
    either = ("", "say `curve` or `done`, one of the two", "curve: {kind: linear, lower: 35%, upper: 75%} or done: register_kept")
    assert [either] == indicator(done=t("kept")).faults() == indicator(curve=None).faults()
    for name in ("points", "most_points", "available", "counted"):
        assert [("indicators", f"an indicator cannot be called `{name}`", "give it another id")] == points(**{name: indicator()}).faults()
    assert [] == points(bp=indicator()).faults()


def test_points_in_words() -> None:
    """How many indicators, what a point is worth, and each of them."""
    made = points(
        "0.01",
        factors=("size",),
        bp=indicator(factors=(t("more"),)),
        register=indicator("4", curve=None, done=t("kept"), ruling=ruling("set to", "2")),
    )
    assert "for each of 2 indicators: points to 2 decimals × £2.00 × size, to the penny" == made.says()
    assert "for each of 1 indicators: points × £2.00, to the penny" == points(bp=indicator()).says()
    assert [
        "bp: Blood pressure, 10 points × more: nothing at 40%, everything at 80%, in proportion between",
        "register: Blood pressure, 4 points: all where kept is yes (set to 2 points: data were lost, decided 31 March 2017)",
    ] == made.details()


def test_an_explanation_of_points() -> None:
    """Achievement, share, points and money have names; points are a number, though made of a share, and a ruling stands beside them."""
    at: Any = Told(explained=True, a=(6, 10, 0))
    points(a=indicator(ruling=ruling("not below", "7"))).value(at)
    (told,) = at.lines
    assert ("a: achievement", "a: points", "a: earned") == (told.achievement.name, told.points.name, told.earned.name)
    assert ("number", told.note) == (told.points.unit, told.points.about)
    assert "number" == told.counted.unit


@pytest.mark.parametrize(
    ("factor", "rule", "least", "own"),
    [
        (F(3, 2), "linear", None, F(6, 100)),
        (F(3, 2), "linear", "5%", F(6, 100)),
        (F(5, 4), "linear", "5%", F(1, 100)),
        (F(3, 2), "square root", None, F(9, 100)),
        (0, "square root", None, 0),
        (F(1_414_213_562_373, 10**12), "square root", None, F(8, 100)),  # the root of 2 is 1.4142135623730950…
    ],
)
def test_prevalence(factor: Any, rule: Any, least: str | None, own: Any) -> None:
    """Own prevalence over 4%, no less than the mark; or the root of that, cut after twelve decimals."""
    made = Prevalence(of=t("own"), national=t("4%"), rule=rule, least_prevalence=None if least is None else t(least), if_zero=t("refuse"))
    assert factor == made.value(Plain(own=own))
    words = f"own{f' (lifted to {least} where it is less)' if least else ''} over 4%"
    assert ("the square root of " if rule == "square root" else "") + words == made.says()


def test_a_prevalence_that_cannot_be() -> None:
    """Nothing is divided by a national prevalence of nothing unless the contract says what that gives; below nothing there is no root."""
    with pytest.raises(Missing, match="nation is zero"):
        Prevalence(of=t("own"), national=t("nation"), rule="linear", if_zero=t("refuse")).value(Plain(own=1, nation=0))
    assert 1 == Prevalence(of=t("own"), national=t("nation"), rule="linear", if_zero=t("1")).value(Plain(own=1, nation=0))
    with pytest.raises(Missing) as caught:
        Prevalence(of=t("own"), national=t("4%"), rule="square root", if_zero=t("refuse")).value(Plain(own=-1))
    assert ("own is below zero, and has no square root", "correct the figure") == (caught.value.what, caught.value.hint)


class Told(Plain):
    """What a step sees of one payee, with counts that are figures and amounts that are paid as they are."""

    def counts(self, term: Any) -> tuple[Any, Any, Any]:
        """Figures called n, d and e."""
        n, d, e = super().counts(term)
        return figure(n, "n", "patients"), figure(d, "d", "patients"), figure(e, "e", "patients")

    def paid(self, amount: Any) -> Any:
        """The amount itself."""
        return amount


@pytest.mark.parametrize(("how", "counts"), [("n ÷ d", (6, 10, 0)), ("n ÷ (d − e)", (6, 11, 1))])
def test_nothing_is_taken_off_where_nobody_is_excluded(how: str, counts: tuple[int, int, int]) -> None:
    """An explanation subtracts those excluded only where there are some."""
    at: Any = Told(explained=True, a=counts)
    assert how == formula(Achievement(of=t("a"), empty=t("refuse")).value(at)[""])
    points(a=indicator()).value(at)
    assert how == formula(at.lines[0].achievement)
    assert "a: share" in [part.name for part in at.lines[0].points.parts]


@pytest.mark.parametrize("empty", ["0%", "100%"])
def test_figures_of_nobody(empty: str) -> None:
    """Where all are excluded there is no achievement on figures either, and the share has its name."""
    at: Any = Told(explained=True, a=(0, 3, 3))
    points(empty=empty, a=indicator()).value(at)
    assert at.lines[0].achievement is None
    assert ["a: share"] == [part.name for part in at.lines[0].points.parts if part.name != "10"][:1]


def test_points_are_told_to_four_decimals() -> None:
    """A third is cut, and marked, in a ruling and beside it."""
    assert "set to 0.3333… points: data were lost, decided 31 March 2017" == ruling("set to", "last_year").says(F(1, 3))
    at: Any = Plain(a=(8, 15, 0))
    points(a=indicator(ruling=ruling("set to", "4"))).value(at)
    assert at.lines[0].note.endswith(" (as counted: 3.3333…)")


def test_a_root_says_what_it_is() -> None:
    """A square root is no sum: it says how it was made, and of what; it is a number and no money."""
    made = Prevalence(of=t("own"), national=t("4%"), rule="square root", if_zero=t("refuse"))
    told = made.value(Plain(explained=True, own=F(9, 100)))
    assert (F(3, 2), "square root, cut after 12 decimals, of", "number") == (told.value, told.how, told.unit)


@pytest.mark.parametrize(
    "given", [indicator("£10.00"), indicator(ruling=ruling("set to", "£10.00")), indicator(ruling=ruling("not below", "£10.00"))]
)
def test_points_are_no_money(given: PointsIndicator) -> None:
    """An amount in the place of points, of an indicator or of a ruling, is told."""
    with pytest.raises(Mixed) as caught:
        points(a=given).value(Told(explained=True, a=(6, 10, 0)))
    assert "£10.00 is money, where points belong" == str(caught.value)


def test_an_explanation_of_rounded_points() -> None:
    """8 of 15 are 53⅓%, a third of the way from 40% to 80%: 3⅓ of 10 points, and 3.33 of them are paid for."""
    at: Any = Told(explained=True, a=(8, 15, 0))
    points("0.01", a=indicator()).value(at)
    (told,) = at.lines
    assert (F(333, 100), "rounded to 0.01 (half-up)") == (told.points.value, told.points.how)
