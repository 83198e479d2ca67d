"""The fourth kind of number: fractions in NumPy arrays agree with Python's fractions, however large they grow."""

from __future__ import annotations

from fractions import Fraction as F
from math import floor
from typing import Any

import numpy as np
import pytest
from curve_strategies import achievements, curves
from hypothesis import given, settings
from hypothesis import strategies as st
from test_three_kinds import performance

from p4p.language.curves import Curve
from p4p.numbers.arrays import NARROW, Arrays, Whole
from p4p.numbers.exact import choose, least, most, whole
from p4p.numbers.money import RoundingMode, rounded
from p4p.settling import rules

MODES: tuple[RoundingMode, ...] = ("half-up", "half-even", "down", "up")
numbers = st.one_of(st.fractions(-50, 50, max_denominator=60), st.fractions(-(10**15), 10**15, max_denominator=10**9))
several = st.lists(numbers, min_size=1, max_size=5)


def arrays(values: list[F]) -> Arrays:
    """Fractions as tops and bottoms of their own."""
    tops, bottoms = (np.array(side, dtype=object) for side in ([v.numerator for v in values], [v.denominator for v in values]))
    return Arrays.of(tops, bottoms)


def back(x: Any, size: int) -> list[F]:
    """Arrays as fractions; a constant stands for every element."""
    x = Arrays.lift(x)
    top, bottom = (np.broadcast_to(np.asarray(side.values, dtype=object), (size,)) for side in (x.top, x.bottom))
    return [F(int(t), int(b)) * x.scale for t, b in zip(top, bottom, strict=True)]


def ints(*values: int) -> Arrays:
    """Whole numbers as an array."""
    return Arrays.of(np.array(values))


def table(x: Arrays) -> list[list[F]]:
    """Whole numbers at some scale, as rows of fractions."""
    return [[int(top) * x.scale for top in row] for row in np.asarray(x.top.values)]


@settings(deadline=None, max_examples=60)
@given(several, numbers, st.integers(1, 10**6))
def test_arithmetic_is_that_of_fractions(values: list[F], other: F, positive: int) -> None:
    """Sums, products, quotients, whole parts and choices are the fractions' own, element by element."""
    x, size = arrays(values), len(values)
    assert [v + other for v in values] == back(x + other, size)
    assert [other - v for v in values] == back(other - x, size)
    assert [v * other for v in values] == back(x * other, size)
    assert [v * v for v in values] == back(x * x, size)
    assert [v / positive for v in values] == back(x / positive, size)
    assert [F(floor(v)) for v in values] == back(whole(x), size)
    assert [max(v, other) for v in values] == back(most(x, other), size)
    assert [min(v, other) for v in values] == back(least(x, other), size)
    for compare in (lambda a, b: a >= b, lambda a, b: a > b, lambda a, b: a <= b, lambda a, b: a < b):
        assert [F(compare(v, other)) for v in values] == back(choose(compare(x, other), F(1), F(0)), size)


@settings(deadline=None, max_examples=60)
@given(curves(), st.lists(achievements, min_size=1, max_size=6))
def test_a_share_is_the_same_in_arrays(curve: Curve, found: list[F]) -> None:
    """Every kind of curve pays an array of achievements what it pays each of them."""
    assert [F(curve.share(a)) for a in found] == back(curve.share(arrays(found)), len(found))


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(MODES),
    st.sampled_from(["allowed", "none"]),
    st.sampled_from(["allowed", "none"]),
    st.lists(st.tuples(st.fractions(0, 1, max_denominator=997), *[st.integers(0, 10**12)] * 2, st.integers(-(10**9), 10**9)), min_size=1),
)
def test_money_is_the_same_in_arrays(mode: RoundingMode, catch_up: Any, claw_back: Any, rows: list[tuple[F, int, int, int]]) -> None:
    """What is earned of an array of lines is what is earned of each, to the penny, caught up and clawed back."""
    terms = performance(catch_up, claw_back)
    expected = [rules.earned(terms, mode, s, F(a), F(a + more), F(before)) for s, a, more, before in rows]
    shares, available, to_date, before = ([F(row[i]) for row in rows] for i in range(4))
    to_date = [a + b for a, b in zip(available, to_date, strict=True)]
    found = rules.earned(terms, mode, arrays(shares), arrays(available), arrays(to_date), arrays(before))
    assert expected == back(found, len(rows))


@pytest.mark.parametrize("mode", MODES)
def test_half_a_penny_goes_the_same_way(mode: RoundingMode) -> None:
    """The edges of rounding: halves on both sides of zero."""
    values = [F(n, 2) for n in range(-7, 8)]
    assert [F(rounded(v, mode)) for v in values] == back(rounded(arrays(values), mode), len(values))


def test_what_would_overflow_is_done_in_python_integers() -> None:
    """2^61 x 8 is 2^64, which wraps to 0 in 64 bits; here it stays what it is, and what fits again is narrow again."""
    large = Whole(np.array([2**61]), 2**61, 2**61)
    product = large.times(Whole.constant(8))
    assert [2**64] == [int(v) for v in np.asarray(product.values)]
    assert np.asarray(product.values).dtype == object
    small = Arrays.of(np.array([2**61])) * 8 / 2**64
    assert np.asarray(whole(small).top.values).dtype == np.int64
    assert NARROW == 2**62


def test_bounds_decide_where_they_can() -> None:
    """A comparison that holds for every element is a plain yes: the other branch is never computed."""
    assert (Arrays.of(np.array([1, 5])) >= 0) is True
    assert (Arrays.of(np.array([1, 5])) > 5) is False
    assert not isinstance(Arrays.of(np.array([1, 5])) > 1, bool)


def test_a_column_of_ones_keeps_its_shape() -> None:
    """A factor of one changes nothing, but an array of ones is still an array."""
    ones = Arrays.of(np.ones(3, dtype=np.int64))
    assert (3,) == np.asarray((Arrays.lift(0) * ones).top.values).shape


def test_what_fits_again_is_narrow_again() -> None:
    """2^61 x 8 is held in Python integers; an eighth of it is 2^61, which stands in 64 bits again."""
    wide = ints(2**61, 3) * ints(8, 8)
    assert np.asarray(wide.top.values).dtype == object
    eighth = whole(wide / 8).whole_numbers()
    assert ([2**61, 3], np.int64) == (eighth.tolist(), eighth.dtype)


@pytest.mark.parametrize("large", [2**63, 2**64 - 1, 2**70, -(2**63) - 1])
def test_constants_too_large_for_64_bits_are_chosen_between(large: int) -> None:
    """2^63 passes 64 bits by one, and 2^64 - 1 fits without a sign only: each stays what it is beside -1."""
    assert [F(large), F(-1)] == back((ints(2, 1) >= 2).choose(F(large), F(-1)), 2)
    assert [F(-1), F(large)] == back((ints(2, 1) >= 2).choose(F(-1), F(large)), 2)


@pytest.mark.parametrize("large", [2**70, -(2**70)])
def test_a_constant_too_large_for_64_bits_meets_small_arrays(large: int) -> None:
    """2^70, below zero too, divided by 3 and by 5: the whole parts are those of Python's integers, and so are those of 3 and -5 divided by 2^70."""
    assert [0, -1] == whole(ints(3, -5) / 2**70).whole_numbers().tolist()
    assert [large // 3, large // 5] == whole(large / ints(3, 5)).whole_numbers().tolist()


@pytest.mark.parametrize("large", [2**70, -(2**70)])
def test_nothing_times_a_large_number_is_nothing(large: int) -> None:
    """0 x 2^70 is 0, for an array of zeros too, which takes part in sums and choices with large numbers; 2^61 x -8 is -2^64."""
    zeros = ints(0, 0)
    assert [0, 0] == (zeros * large).whole_numbers().tolist() == whole(zeros / abs(large)).whole_numbers().tolist()
    assert [F(1, large)] * 2 == back(zeros + F(1, large), 2)
    assert [F(0), F(large)] == back((ints(1, 2) >= 2).choose(F(large), zeros), 2)
    assert [F(-(2**64)), F(2**64)] == back(ints(2**61, -(2**61)) * -8, 2)
    assert [F(-(2**62)), F(2**62 + 2**61)] == back(ints(-(2**61), 2**62) + ints(-(2**61), 2**61), 2)


def test_fractions_over_one_bottom_stay_over_it() -> None:
    """Of 1/3 and 3/4, each beside itself: the sums are 2/3 and 3/2, the differences nothing, and of x and 1 - x the first has 1/3 and 1/4."""
    x = Arrays.of(np.array([1, 3]), np.array([3, 4]))
    assert [F(2, 3), F(3, 2)] == back(x + x, 2)
    assert [F(0), F(0)] == back(x - x, 2)
    assert [F(1, 3), F(1, 4)] == back((x >= F(1, 2)).choose(1 - x, x), 2)
    assert [F(1, 3), F(3, 4)] == back((x >= F(1, 2)).choose(x, x), 2)


def test_fractions_over_different_bottoms() -> None:
    """1/2 and 3/2, both over a bottom of 2, and 1/3 and 2/5: 5/6 and 19/10 together, 1/6 and 11/10 apart, the smaller 1/3 and 2/5, the product 1/6 and 3/5."""
    x, y = Arrays.of(np.array([1, 3]), 2), Arrays.of(np.array([1, 2]), np.array([3, 5]))
    assert [F(5, 6), F(19, 10)] == back(x + y, 2)
    assert [F(1, 6), F(11, 10)] == back(x - y, 2)
    assert [F(1, 3), F(2, 5)] == back(least(x, y), 2)
    assert [F(1, 6), F(3, 5)] == back(x * y, 2)
    assert [F(1, 2), F(2, 5)] == back((x >= 1).choose(y, x), 2)


def test_a_number_is_divided_by_an_array() -> None:
    """3 by 2 and by 4 is 3/2 and 3/4."""
    assert [F(3, 2), F(3, 4)] == back(3 / ints(2, 4), 2)


def test_a_whole_part_knows_its_bounds() -> None:
    """7 / 1 and 7 / 2 are 7 and 3 whole; 20 / (5 - 2) and 20 / (9 - 5) are 6 and 5, though 5 - 5 would be possible by the bounds alone."""
    assert [7, 3] == whole(ints(7, 7) / ints(1, 2)).whole_numbers().tolist()
    assert [F(1), F(0)] == back(choose(whole(ints(7, 7) / ints(1, 2)) >= 7, F(1), F(0)), 2)
    found = whole(ints(20, 20) / (ints(5, 9) - ints(2, 5)))
    assert [6, 5] == found.whole_numbers().tolist()
    assert [F(1), F(0)] == back(choose(found > 5, F(1), F(0)), 2)


def test_columns_have_a_row_for_each_setting() -> None:
    """1/2 and 2/3 over the common 6 are 3/6 and 4/6, one below the other; with places, as often as these name them."""
    column = Arrays.column([F(1, 2), F(2, 3)])
    assert (2, 1) == np.shape(column.top.values)
    assert [[F(3, 2), F(5, 2)], [F(5, 3), F(8, 3)]] == table(column + ints(1, 2))
    placed = Arrays.column([F(1, 2), F(2, 3)], np.array([1, 0, 1]))
    assert [[F(2, 3)], [F(1, 2)], [F(2, 3)]] == table(placed)


def test_columns_of_large_numbers() -> None:
    """2^70 and -2^70 do not fit in 64 bits, and stand in a column as they are; -1/2^70 has no large number above its bottom."""
    for values in ([F(2**70), F(1)], [F(1), F(-(2**70))], [F(-1, 2**70), F(0)]):
        assert [[v] for v in values] == table(Arrays.column(values))


def test_nothing_is_a_number_like_any_other() -> None:
    """0 + 0 is 0, 0 is no more than 0, and 0 less an array is the array below zero."""
    nothing = Arrays.lift(0)
    assert [F(0)] == back(nothing + 0, 1)
    assert (nothing > 0) is False and (nothing >= 0) is True
    assert [F(-1), F(2)] == back(nothing - ints(1, -2), 2)
    assert [F(-1), F(2)] == back(-ints(1, -2), 2)


def test_constants_are_worked_with_as_constants() -> None:
    """2/3 + 1/6 is 5/6 of every element, 2/3 - 1/6 is 1/2, 2/3 x 3/4 is 1/2, and 5/2 has a whole part of 2."""
    x = Arrays.lift(F(2, 3))
    assert [F(5, 6)] * 2 == back(x + F(1, 6), 2)
    assert [F(1, 2)] * 2 == back(x - F(1, 6), 2)
    assert [F(1, 2)] * 2 == back(x * F(3, 4), 2)
    assert 2 == int(whole(Arrays.lift(F(5, 2))).whole_numbers())


def test_bounds_of_sums_differences_and_products() -> None:
    """Of 1..5 and 10..20: the sum is 11..25, the difference -19..-5, the product 10..100; what lies outside is a plain yes or no, what lies inside is not."""
    x, y = ints(1, 5), ints(10, 20)
    for found, low, high in ((x + y, 11, 25), (x - y, -19, -5), (y - x, 5, 19), (x * y, 10, 100), (x * -1, -5, -1), (-x, -5, -1)):
        assert (found >= low) is True and (found > high) is False
        assert (found <= high) is True and (found < low) is False
        assert (found > low - 1) is True and (found < high + 1) is True
        assert (found >= high + 1) is False and (found <= low - 1) is False
        assert not isinstance(found > low, bool) and not isinstance(found < high, bool)
        assert not isinstance(found >= high, bool) and not isinstance(found <= low, bool)


def test_tightened_bounds_are_those_of_the_elements() -> None:
    """5 - 4 and 1 - 0 are both 1, where bounds alone say -3 to 5: tightened, a comparison with 1 is a plain yes. A constant has no others."""
    ones = ints(1, 5) - ints(0, 4)
    assert not isinstance(ones >= 1, bool)
    assert (ones.tightened() >= 1) is True and (ones.tightened() > 1) is False
    assert [F(1, 2), F(3, 2)] == back((Arrays.of(np.array([1, 3]), 2)).tightened(), 2)
    assert [F(3)] == back(Arrays.lift(3).tightened(), 1)


def test_whole_numbers_are_taken_as_integers() -> None:
    """Twice an array is whole numbers, as is one over a bottom of ones; over 2, or by halves, it may hold fractions and is refused."""
    assert [2, 10] == (ints(1, 5) * 2).whole_numbers().tolist()
    assert [1, 5] == Arrays.of(np.array([1, 5]), np.array([1, 1])).whole_numbers().tolist()
    fractions = (
        ints(1, 5) / 2,
        ints(2, 4) * F(3, 2),
        Arrays.of(np.array([1, 5]), 2),
        Arrays.of(np.array([1, 5]), np.array([1, 2])),
        Arrays.of(np.array([1, 5]), np.array([2, 2])),
    )
    for found in fractions:
        with pytest.raises(TypeError, match="not whole numbers"):
            found.whole_numbers()


def test_no_elements_are_no_numbers() -> None:
    """Of no networks a sum, a product and a whole part have no elements, and a fraction of theirs has none either."""
    none = Arrays.of(np.zeros(0, dtype=np.int64))
    assert [] == whole(none * F(3, 2) + 1).whole_numbers().tolist() == back(none - none, 0)
