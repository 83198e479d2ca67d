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
