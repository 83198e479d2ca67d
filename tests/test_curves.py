"""From achievement to share: each kind of curve by hand, and the laws that all of them keep."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from typing import Any

import pytest
from curve_strategies import achievements, curves, thresholds
from hypothesis import given
from hypothesis import strategies as st

from p4p.files.shape import parse_threshold
from p4p.language.curves import (
    CURVES,
    AllOrNothing,
    Curve,
    Direction,
    Linear,
    Stepped,
    Threshold,
    Tiered,
    next_threshold,
    numbers,
    rate,
    with_numbers,
)
from p4p.numbers.exact import figure
from p4p.numbers.withheld import WITHHELD


def at(text: str) -> Threshold:
    return parse_threshold(text)


TIERED = Tiered(tiers=((at("at least 70%"), F(1, 3)), (at("at least 90%"), F(1))))
STEPPED = Stepped(start=F(70, 100), step=F(2, 100), share_per_step=F(1, 5), most=F(1))
FEWER_ADMISSIONS = Stepped(start=F(1), step=F(2, 100), share_per_step=F(1, 5), most=F(1), direction="lower is better")


@pytest.mark.parametrize(
    ("share", "curve", "achievement"),
    [
        (F(1), AllOrNothing(target=at("at least 90%")), F(900, 1000)),
        (F(0), AllOrNothing(target=at("at least 90%")), F(188, 209)),  # shown as 90.0%
        (F(0), AllOrNothing(target=at("above 90%")), F(900, 1000)),
        (F(1), AllOrNothing(target=at("above 90%")), F(901, 1000)),
        (F(1), AllOrNothing(target=at("at most 10%")), F(1, 10)),
        (F(0), AllOrNothing(target=at("below 10%")), F(1, 10)),
        (F(0), Linear(lower=F(6, 10), upper=F(8, 10)), F(6, 10)),
        (F(1, 2), Linear(lower=F(6, 10), upper=F(8, 10)), F(7, 10)),
        (F(1), Linear(lower=F(6, 10), upper=F(8, 10)), F(8, 10)),
        (F(204, 209), Linear(lower=F(4, 10), upper=F(5, 10)), F(104, 209)),
        (F(1, 4), Linear(lower=F(10, 100), upper=F(30, 100), direction="lower is better"), F(25, 100)),
        (F(1), Linear(lower=F(10, 100), upper=F(30, 100), direction="lower is better"), F(5, 100)),
        (F(0), Linear(lower=F(10, 100), upper=F(30, 100), direction="lower is better"), F(30, 100)),
        (F(0), Linear(lower=F(10, 100), upper=F(30, 100), direction="lower is better"), F(31, 100)),
        (F(0), TIERED, F(699, 1000)),
        (F(1, 3), TIERED, F(70, 100)),
        (F(1, 3), TIERED, F(899, 1000)),
        (F(1), TIERED, F(90, 100)),
        (F(0), STEPPED, F(719, 1000)),
        (F(1, 5), STEPPED, F(72, 100)),
        (F(2, 5), STEPPED, F(759, 1000)),
        (F(1), STEPPED, F(95, 100)),
        (F(0), STEPPED, F(50, 100)),
        (F(2, 5), FEWER_ADMISSIONS, F(471, 500)),
        (F(0), FEWER_ADMISSIONS, F(505, 500)),
    ],
)
def test_shares_by_hand(share: F, curve: Curve, achievement: F) -> None:
    """What an achievement earns, on the edges and beside them."""
    assert share == curve.share(achievement)


def test_every_kind_is_registered_under_its_own_name() -> None:
    """A kind of curve is found under the name that contracts use."""
    assert {"all_or_nothing": AllOrNothing, "linear": Linear, "tiered": Tiered, "stepped": Stepped} == CURVES
    assert all(name == curve.kind for name, curve in CURVES.items())


def test_a_figure_says_which_threshold_decided() -> None:
    """On a figure the share carries the comparison that decided it."""
    share = AllOrNothing(target=at("at least 90%")).share(figure(F(89, 100), "achievement", "ratio"))
    assert (F(0), "achievement 89% is below 90%") == (share.value, share.because)


@given(curves(), achievements)
def test_a_share_is_between_nothing_and_everything(curve: Curve, achievement: F) -> None:
    """No achievement earns less than nothing or more than there is."""
    assert 0 <= curve.share(achievement) <= 1


@given(curves(), achievements, achievements)
def test_a_better_achievement_never_pays_less(curve: Curve, one: F, other: F) -> None:
    """Treating one patient more never costs money."""
    worse, better = sorted((one, other), reverse=curve.direction == "lower is better")
    assert curve.share(worse) <= curve.share(better)


@given(curves(), achievements)
def test_lower_is_better_mirrors(curve: Curve, achievement: F) -> None:
    """Counting those who lack something pays as counting those who have it."""
    assert curve.share(achievement) == mirrored(curve).share(1 - achievement)


@given(curves(), achievements)
def test_mirroring_twice_changes_nothing(curve: Curve, achievement: F) -> None:
    """A mirrored curve mirrored is the curve."""
    assert curve.share(achievement) == mirrored(mirrored(curve)).share(achievement)


@given(curves(), st.lists(achievements, min_size=2, max_size=6))
def test_a_share_changes_only_where_a_threshold_is_passed(curve: Curve, some: list[F]) -> None:
    """Between two achievements that have reached the same thresholds only a line pays differently."""
    reached = {a: sum(t.reached(a) for t in curve.thresholds()) for a in some}
    for one, other in pairwise(sorted(some, key=lambda a: reached[a])):
        if reached[one] == reached[other] and not isinstance(curve, Linear):
            assert curve.share(one) == curve.share(other)


@given(curves(), achievements)
def test_thresholds_stand_in_order_and_the_next_is_the_nearest(curve: Curve, achievement: F) -> None:
    """Thresholds run from the easiest to the hardest: the next one is the first not reached, and none after it is."""
    flags = [bool(t.reached(achievement)) for t in curve.thresholds()]
    assert sorted(flags, reverse=True) == flags
    following = [t for t, reached in zip(curve.thresholds(), flags, strict=True) if not reached]
    assert (following[0] if following else None) == next_threshold(curve, achievement)


@given(thresholds, st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_gap_is_just_enough(threshold: Threshold, numerator: int, denominator: int) -> None:
    """The patients of the gap reach the threshold, one fewer do not; where there is no gap, no number would do."""
    numerator = min(numerator, denominator)
    sign = 1 if threshold.direction == "higher is better" else -1
    room = denominator - numerator if sign > 0 else numerator
    gap = threshold.gap(numerator, denominator)
    if gap is None:
        assert not threshold.reached(F(numerator + sign * room, denominator))
    else:
        assert gap <= room and threshold.reached(F(numerator + sign * gap, denominator))
        assert gap == 0 or not threshold.reached(F(numerator + sign * (gap - 1), denominator))


@pytest.mark.parametrize(
    ("gap", "threshold", "numerator", "denominator"),
    [
        (1, "at least 90%", 188, 209),
        (1, "at least 95%", 379, 399),
        (2, "at least 95%", 373, 394),
        (0, "at least 90%", 450, 500),
        (1, "above 90%", 450, 500),
        (5, "at most 10%", 55, 500),
        (6, "below 10%", 55, 500),
        (None, "above 99%", 0, 0),
        (50, "above 99%", 0, 50),
    ],
)
def test_gaps_by_hand(gap: int | None, threshold: str, numerator: int, denominator: int) -> None:
    """How many patients are missing, on published and invented counts."""
    assert gap == at(threshold).gap(numerator, denominator)


@pytest.mark.parametrize("text", ["at least 90%", "above 33.3333%", "at most 10%", "below 5%"])
def test_a_threshold_is_written_as_it_is_read(text: str) -> None:
    """A threshold says its side in the words of the contract."""
    assert text == str(at(text))


def mirrored(curve: Curve) -> Any:
    """The curve on those who lack what the curve counts: thresholds at 1 less their ratio, on the other side."""
    words = {"at least": "at most", "above": "below", "at most": "at least", "below": "above"}

    def turned(t: Threshold) -> Threshold:
        return Threshold(1 - t.ratio, words[t.word])  # type: ignore[arg-type]

    other: Direction = "lower is better" if curve.direction == "higher is better" else "higher is better"
    match curve:
        case AllOrNothing():
            return replace(curve, target=turned(curve.target))
        case Linear():
            return replace(curve, lower=1 - curve.upper, upper=1 - curve.lower, direction=other)
        case Tiered():
            return replace(curve, tiers=tuple((turned(t), share) for t, share in curve.tiers))
        case Stepped():
            return replace(curve, start=1 - curve.start, direction=other)


def test_a_threshold_beyond_everybody_has_no_gap() -> None:
    """The next step of a curve may lie above 100% or below 0%: no patients would reach it. 110% of 10 are 11, of which there are 10."""
    assert [Threshold(F(11, 10), "at least").gap(9, 10), Threshold(F(1), "above").gap(9, 10)] == [None, None]
    assert [Threshold(F(-1, 10), "at most").gap(1, 10), Threshold(F(0), "below").gap(1, 10)] == [None, None]


SLOPE = Linear(lower=F(6, 10), upper=F(8, 10))
FALL = Linear(lower=F(1, 10), upper=F(3, 10), direction="lower is better")


@pytest.mark.parametrize(
    ("because", "curve", "achievement"),
    [
        ("achievement 60% is at most 60%", SLOPE, F(6, 10)),
        ("achievement 80% is above 60%; achievement 80% is at least 80%", SLOPE, F(8, 10)),
        ("achievement 30% is at least 30%", FALL, F(3, 10)),
        ("achievement 10% is below 30%; achievement 10% is at most 10%", FALL, F(1, 10)),
    ],
)
def test_the_ends_of_a_line_decide_and_not_the_line(because: str, curve: Linear, achievement: F) -> None:
    """On an edge a reader is told that it is the edge, and shown no division that comes to nothing or to everything."""
    share = curve.share(figure(achievement, "achievement", "ratio"))
    assert (because, "") == (share.because, share.how)


@pytest.mark.parametrize(
    ("words", "curve"),
    [
        ("everything where it is at least 90%, otherwise nothing", AllOrNothing(target=at("at least 90%"))),
        ("nothing at 60%, everything at 80%, in proportion between", SLOPE),
        ("nothing at 30%, everything at 10%, in proportion between", FALL),
        ("33.3333…% where it is at least 70%; 100% where it is at least 90%; otherwise nothing", TIERED),
        ("20% for each whole 2% above 70%, at most 100%", STEPPED),
        ("20% for each whole 2% below 100%, at most 100%", FEWER_ADMISSIONS),
    ],
)
def test_a_curve_in_words(words: str, curve: Curve) -> None:
    """What a curve says of itself names each of its numbers, and the side on which it pays."""
    assert words == curve.says()


@pytest.mark.parametrize(
    ("edges", "curve"),
    [
        (["at least 90%"], AllOrNothing(target=at("at least 90%"))),
        (["above 60%", "at least 80%"], SLOPE),
        (["below 30%", "at most 10%"], FALL),
        (["at least 70%", "at least 90%"], TIERED),
        (["at least 72%", "at least 74%", "at least 76%", "at least 78%", "at least 80%"], STEPPED),
        (["at most 98%", "at most 96%", "at most 94%", "at most 92%", "at most 90%"], FEWER_ADMISSIONS),
        # steps of 40% up to 100%: the third one is cut by the cap, and pays for all that
        (["at least 51%", "at least 52%", "at least 53%"], Stepped(start=F(1, 2), step=F(1, 100), share_per_step=F(2, 5), most=F(1))),
    ],
)
def test_thresholds_by_hand(edges: list[str], curve: Curve) -> None:
    """The achievements at which more is earned, the easiest first."""
    assert edges == [str(t) for t in curve.thresholds()]


def test_of_very_many_steps_a_thousand_are_told() -> None:
    """A step of a millionth would be a million thresholds."""
    assert 1000 == len(Stepped(start=F(0), step=F(1, 10**6), share_per_step=F(1, 10**6), most=F(1)).thresholds())


@pytest.mark.parametrize(
    ("faults", "curve"),
    [
        ([], AllOrNothing(target=at("at least 90%"))),
        ([], SLOPE),
        ([], Linear(lower=F(9, 10), upper=F(1))),
        ([("lower", "lower (80%) is above upper (60%)", "exchange the two")], Linear(lower=F(8, 10), upper=F(6, 10))),
        (
            [
                (
                    "upper",
                    "lower and upper are both 60%, which leaves no line between them",
                    "for a single step write {kind: all_or_nothing, target: at least 60%}",
                )
            ],
            Linear(lower=F(6, 10), upper=F(6, 10)),
        ),
        (
            [("upper", "upper is 101%, and no achievement is above 100%", "give an upper threshold of at most 100%")],
            Linear(lower=F(6, 10), upper=F(101, 100)),
        ),
        ([], TIERED),
        (
            [("tiers", "the tiers mix `at least`/`above` with `at most`/`below`", "use one direction for the whole curve")],
            Tiered(tiers=((at("at least 70%"), F(1, 3)), (at("at most 90%"), F(1)))),
        ),
        (
            [("tiers", "at least 90% pays 101%, more than there is", "a share is at most 100%")],
            Tiered(tiers=((at("at least 70%"), F(1, 3)), (at("at least 90%"), F(101, 100)))),
        ),
        (
            [("tiers", "two tiers stand at 70%: at least 70% and above 70%", "keep one of them")],
            Tiered(tiers=((at("at least 70%"), F(1, 3)), (at("above 70%"), F(1)))),
        ),
        (
            [("tiers", "at least 90% pays 50%, no more than at least 70% at 50%", "a better tier must pay more")],
            Tiered(tiers=((at("at least 70%"), F(1, 2)), (at("at least 90%"), F(1, 2)))),
        ),
        ([], STEPPED),
        ([("most", "most is 101%, more than there is", "a share is at most 100%")], replace(STEPPED, most=F(101, 100))),
        ([], replace(STEPPED, start=F(1))),
        (
            [("from", "from is 101%, and no achievement is above 100%", "give a start of at most 100%")],
            replace(STEPPED, start=F(101, 100)),
        ),
        (
            [("step", "step is 0%, so the curve would never pay", "give the size of a step and what it pays")],
            replace(STEPPED, step=F(0)),
        ),
        (
            [("share_per_step", "share_per_step is 0%, so the curve would never pay", "give the size of a step and what it pays")],
            replace(STEPPED, share_per_step=F(0)),
        ),
        ([("most", "most is 0%, so the curve would never pay", "give the size of a step and what it pays")], replace(STEPPED, most=F(0))),
    ],
)
def test_what_a_curve_finds_wrong_with_itself(faults: list[tuple[str, str, str]], curve: Curve) -> None:
    """A curve that could not be meant says which key is wrong, why, and what to do; one on the edge of that is sound."""
    assert faults == curve.faults()


@pytest.mark.parametrize(
    ("named", "curve"),
    [
        ([("target", F(9, 10))], AllOrNothing(target=at("at least 90%"))),
        ([("lower", F(6, 10)), ("upper", F(8, 10))], SLOPE),
        ([("tiers", F(7, 10)), ("tiers", F(1, 3)), ("tiers", F(9, 10)), ("tiers", F(1))], TIERED),
        ([("start", F(7, 10)), ("step", F(2, 100)), ("share_per_step", F(1, 5)), ("most", F(1))], STEPPED),
    ],
)
def test_the_numbers_of_a_curve_are_found_and_may_be_replaced(named: list[tuple[str, F]], curve: Curve) -> None:
    """Each number of a curve is met once, under the key it stands at; with halves in their place the curve keeps its kind and its sides."""
    assert [value for _, value in named] == numbers(curve)
    met: list[tuple[str, F]] = []

    def half(name: str, value: F) -> F:
        met.append((name, value))
        return value / 2

    halved = with_numbers(curve, half)
    assert named == met
    assert [value / 2 for _, value in named] == numbers(halved)
    assert (type(curve), [t.word for t in curve.thresholds()][:1]) == (type(halved), [t.word for t in halved.thresholds()][:1])


@pytest.mark.parametrize(
    ("direction", "curve"),
    [
        ("higher is better", AllOrNothing(target=at("at least 90%"))),
        ("higher is better", AllOrNothing(target=at("above 90%"))),
        ("lower is better", AllOrNothing(target=at("at most 10%"))),
        ("lower is better", AllOrNothing(target=at("below 10%"))),
        ("higher is better", TIERED),
        ("lower is better", Tiered(tiers=((at("at most 10%"), F(1)),))),
        ("higher is better", SLOPE),
        ("lower is better", FALL),
        ("lower is better", FEWER_ADMISSIONS),
    ],
)
def test_which_way_is_better(direction: Direction, curve: Curve) -> None:
    """The words of a target say which way is better, or the curve does."""
    assert direction == curve.direction


@pytest.mark.parametrize(
    ("text", "value", "curve"),
    [
        ("none", None, None),
        ("none", None, TIERED),
        ("*", WITHHELD, None),
        ("*", WITHHELD, FEWER_ADMISSIONS),
        ("95.00%", F(19, 20), TIERED),
        ("100.00%", F(1), None),
        ("0.00%", F(0), FEWER_ADMISSIONS),
        ("66.66%", F(2, 3), None),
        ("66.66%", F(2, 3), TIERED),
        ("66.67%", F(2, 3), FEWER_ADMISSIONS),
        ("89.99%", F(89_999, 100_000), AllOrNothing(target=at("at least 90%"))),
        ("10.01%", F(10_001, 100_000), AllOrNothing(target=at("at most 10%"))),
        ("94.50%", F(189, 200), STEPPED),
        ("94.50%", F(189, 200), FEWER_ADMISSIONS),
    ],
)
def test_an_achievement_is_cut_on_the_unpaid_side(text: str, value: F | None, curve: Curve | None) -> None:
    """Two decimals always: cut downwards, where lower is better upwards; none of nobody is no number, and what is withheld is a star."""
    assert text == rate(value, curve)
