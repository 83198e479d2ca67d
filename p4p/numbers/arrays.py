"""Exact fractions in NumPy integer arrays: a payment rule under many settings at once.

The fourth kind of number that the rules of `curves` and `rules` run on. A number is `scale x top / bottom`: top and bottom are integer arrays (or single
integers), the bottom always positive, and the scale is one fraction for the whole array. So what is common to all elements (percent, the two of a half penny)
is reduced once, and stays out of the arrays.

NumPy integers wrap silently when they overflow, so every array carries the least and the largest value that it can hold. An operation whose result
could pass 62 bits is done on arrays of Python integers instead: slower, still exact. Nothing is ever divided but by `whole`, downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

#: Sizes below this are held in 64-bit integers.
NARROW = 2**62

Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A whole-number array or constant, with the least and the largest value that it can hold."""

    values: Values | int
    low: int
    high: int

    @classmethod
    def constant(cls, value: int) -> Whole:
        return cls(value, value, value)

    def sized(self, low: int, high: int) -> Values | int:
        """The values, in Python integers where they are to meet something that large."""
        if isinstance(self.values, int) or self.values.dtype == object or _narrow(low, high):
            return self.values
        return self.values.astype(object)

    def times(self, other: Whole) -> Whole:
        if isinstance(self.values, int) and isinstance(other.values, int):
            return Whole.constant(self.values * other.values)
        if isinstance(self.values, int) and self.values == 1:
            return other
        if isinstance(other.values, int) and other.values == 1:
            return self
        corners = [a * b for a, b in product((self.low, self.high), (other.low, other.high))]
        low, high = min(corners), max(corners)
        return _made(self.sized(low, high) * other.sized(low, high), low, high)

    def plus(self, other: Whole, sign: int = 1) -> Whole:
        if isinstance(self.values, int) and isinstance(other.values, int):
            return Whole.constant(self.values + sign * other.values)
        low, high = (self.low + other.low, self.high + other.high) if sign > 0 else (self.low - other.high, self.high - other.low)
        a, b = self.sized(low, high), other.sized(low, high)
        return _made(a + b if sign > 0 else a - b, low, high)


def _narrow(low: int, high: int) -> bool:
    return low > -NARROW and high < NARROW


def _made(values: Any, low: int, high: int) -> Whole:
    """A result as it is to be held: back in 64 bits where it fits again."""
    if isinstance(values, np.ndarray) and values.dtype == object and _narrow(low, high):
        values = values.astype(np.int64)
    return Whole(values, low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """A fraction for each element: `scale x top / bottom`. Shapes meet as NumPy broadcasts them."""

    top: Whole
    bottom: Whole
    scale: Fraction

    @classmethod
    def of(cls, top: Values, bottom: Values | int = 1, scale: Fraction | int = 1) -> Arrays:
        """Fractions from integer arrays; the bottom must be positive everywhere."""
        return cls(_bounded(top), Whole.constant(bottom) if isinstance(bottom, int) else _bounded(bottom), Fraction(scale))

    @classmethod
    def column(cls, values: Sequence[Fraction], at: Values | None = None) -> Arrays:
        """Fractions over one common denominator as a column, a row for each setting; with `at`, for each row the position of its value."""
        common = math.lcm(*(v.denominator for v in values))
        tops = [v.numerator * (common // v.denominator) for v in values]
        kind: Any = np.int64 if _narrow(min(tops), max(tops)) else object
        column = np.array(tops, dtype=kind)
        return cls.of((column if at is None else column[at])[:, None], 1, Fraction(1, common))

    @classmethod
    def lift(cls, x: Any) -> Arrays:
        """A plain number as a constant of every element."""
        if isinstance(x, Arrays):
            return x
        value = Fraction(x)
        sign = (value > 0) - (value < 0)
        return cls(Whole.constant(sign), _ONE, abs(value) if sign else Fraction(1))

    def __add__(self, other: Any) -> Arrays:
        return self._sum(Arrays.lift(other), 1)

    def __sub__(self, other: Any) -> Arrays:
        return self._sum(Arrays.lift(other), -1)

    def _sum(self, b: Arrays, sign: int) -> Arrays:
        left, right, scale = self._sides(b)
        bottom = self.bottom if self.bottom is b.bottom else self.bottom.times(b.bottom)
        return Arrays(left.plus(right, sign), bottom, scale)

    def _sides(self, b: Arrays) -> tuple[Whole, Whole, Fraction]:
        """Both tops over the common bottom and scale, which is what sums and comparisons are made of."""
        scale = _common(self.scale, b.scale)
        left = self.top.times(Whole.constant(int(self.scale / scale)))
        right = b.top.times(Whole.constant(int(b.scale / scale)))
        if self.bottom is b.bottom:
            return left, right, scale
        return left.times(b.bottom), right.times(self.bottom), scale

    def __mul__(self, other: Any) -> Arrays:
        b = Arrays.lift(other)
        return Arrays(self.top.times(b.top), self.bottom.times(b.bottom), self.scale * b.scale)

    def __truediv__(self, other: Any) -> Arrays:
        """Division by a number that the rule knows to be positive."""
        b = Arrays.lift(other)
        return Arrays(self.top.times(b.bottom), self.bottom.times(b.top), self.scale / b.scale)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Arrays:
        return Arrays.lift(other) - self

    def __rtruediv__(self, other: Any) -> Arrays:
        return Arrays.lift(other) / self

    def __neg__(self) -> Arrays:
        return Arrays(Whole.constant(0).plus(self.top, -1), self.bottom, self.scale)

    def __floor__(self) -> Arrays:
        top = self.top.times(Whole.constant(self.scale.numerator))
        bottom = self.bottom.times(Whole.constant(self.scale.denominator))
        corners = [a // b for a, b in product((top.low, top.high), (max(bottom.low, 1), bottom.high))]
        low, high = min(top.low, bottom.low), max(top.high, bottom.high)  # both must fit where they meet
        floor = top.sized(low, high) // bottom.sized(low, high)
        return Arrays(_made(floor, min(corners), max(corners)), _ONE, Fraction(1))

    def _compared(self, other: Any, sign: int, strict: bool) -> Any:
        """Whether `sign x (self - other)` is above zero, or at least zero: True or False where the bounds alone decide, else element by element."""
        left, right, _ = self._sides(Arrays.lift(other))
        if sign < 0:
            left, right = right, left
        if left.low > right.high or (not strict and left.low >= right.high):
            return True
        if left.high < right.low or (strict and left.high <= right.low):
            return False
        low, high = min(left.low, right.low), max(left.high, right.high)
        a, b = left.sized(low, high), right.sized(low, high)
        return Mask(np.asarray(a > b if strict else a >= b, dtype=bool))

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, 1, False)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, 1, True)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, -1, False)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, -1, True)

    def tightened(self) -> Arrays:
        """The same numbers, with the bounds that their tops really have."""
        if isinstance(self.top.values, int):
            return self
        return Arrays(_bounded(self.top.values), self.bottom, self.scale)

    def whole_numbers(self) -> Values:
        """The values of an array of whole numbers, as integers. Raises TypeError for one that may hold fractions."""
        if self.bottom.low != 1 or self.bottom.high != 1 or self.scale.denominator != 1:
            raise TypeError("not whole numbers")
        return np.asarray(self.top.times(Whole.constant(self.scale.numerator)).values)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A yes or no for each element."""

    holds: Values

    def choose(self, yes: Any, no: Any) -> Arrays:
        a, b = Arrays.lift(yes), Arrays.lift(no)
        if a.bottom is not b.bottom and a.bottom.low != a.bottom.high and b.bottom.low != b.bottom.high:
            # two bottoms: each element keeps its own
            scale = _common(a.scale, b.scale)
            tops = [x.top.times(Whole.constant(int(x.scale / scale))) for x in (a, b)]
            return Arrays(self._either(*tops), self._either(a.bottom, b.bottom), scale)
        left, right, scale = a._sides(b)
        bottom = a.bottom if a.bottom is b.bottom else a.bottom.times(b.bottom)
        return Arrays(self._either(left, right), bottom, scale)

    def _either(self, a: Whole, b: Whole) -> Whole:
        if isinstance(a.values, int) and a.low == b.low == b.high:
            return a
        low, high = min(a.low, b.low), max(a.high, b.high)
        return _made(np.where(self.holds, a.sized(low, high), b.sized(low, high)), low, high)


def _bounded(values: Values) -> Whole:
    if values.size == 0:
        return Whole(values, 0, 0)
    return _made(values, int(values.min()), int(values.max()))


def _common(a: Fraction, b: Fraction) -> Fraction:
    """The largest scale of which both are whole multiples."""
    if a == b:
        return a
    return Fraction(math.gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


_ONE = Whole.constant(1)
