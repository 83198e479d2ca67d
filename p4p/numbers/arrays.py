"""Exact fractions in NumPy integer arrays: a payment rule under many settings at once.

The fourth kind of number that the rules of `curves` and `rules` run on. A number is `scale x top / bottom`: top and bottom are integer arrays (or single
integers), the bottom always positive, and the scale is one fraction for the whole array. So what is common to all elements (percent, the two of a half penny)
is reduced once, and stays out of the arrays.

NumPy integers wrap silently when they overflow, so every array carries the least and the largest value that it can hold. An operation whose result
could pass 62 bits is done on arrays of Python integers instead: slower, still exact. Nothing is ever divided but by `whole`, downwards.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
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

    def sized(self, *result: int) -> Values | int:
        """The values, in Python integers where they, or a result of theirs between these bounds, could be too large for 64 bits."""
        return self.values if _narrow(self.low, self.high, *result) else np.asarray(self.values, dtype=object)

    def times(self, other: Whole) -> Whole:
        if isinstance(self.values, int) and self.values == 1:
            return other
        if isinstance(other.values, int) and other.values == 1:
            return self
        corners = [a * b for a, b in product((self.low, self.high), (other.low, other.high))]
        low, high = min(corners), max(corners)
        return _made(self.sized(low, high) * other.sized(low, high), low, high)

    def plus(self, other: Whole) -> Whole:
        low, high = self.low + other.low, self.high + other.high
        return _made(self.sized(low, high) + other.sized(low, high), low, high)

    def minus(self, other: Whole) -> Whole:
        low, high = self.low - other.high, self.high - other.low
        return _made(self.sized(low, high) - other.sized(low, high), low, high)


def _narrow(*bounds: int) -> bool:
    return all(-NARROW < bound < NARROW for bound in bounds)


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
        column = np.asarray(_bounded(np.array(tops, dtype=object)).values)
        return cls.of((column if at is None else column[at])[:, None], 1, Fraction(1, common))

    @classmethod
    def lift(cls, x: Any) -> Arrays:
        """A plain number as a constant of every element."""
        if isinstance(x, Arrays):
            return x
        value = Fraction(x)
        sign = (value > 0) - (value < 0)
        return cls(Whole.constant(sign), _ONE, abs(value) or Fraction(1))

    def __add__(self, other: Any) -> Arrays:
        b = Arrays.lift(other)
        left, right, scale = self._sides(b)
        return Arrays(left.plus(right), self._below(b), scale)

    def __sub__(self, other: Any) -> Arrays:
        b = Arrays.lift(other)
        left, right, scale = self._sides(b)
        return Arrays(left.minus(right), self._below(b), scale)

    def _sides(self, b: Arrays) -> tuple[Whole, Whole, Fraction]:
        """Both tops over the common bottom and scale, which is what sums and comparisons are made of."""
        scale = _common(self.scale, b.scale)
        left = self.top.times(Whole.constant(int(self.scale / scale)))
        right = b.top.times(Whole.constant(int(b.scale / scale)))
        if self.bottom is b.bottom:
            return left, right, scale
        return left.times(b.bottom), right.times(self.bottom), scale

    def _below(self, b: Arrays) -> Whole:
        """The common bottom."""
        return self.bottom if self.bottom is b.bottom else self.bottom.times(b.bottom)

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
        return Arrays(Whole.constant(0).minus(self.top), self.bottom, self.scale)

    def __floor__(self) -> Arrays:
        top = self.top.times(Whole.constant(self.scale.numerator))
        bottom = self.bottom.times(Whole.constant(self.scale.denominator))
        corners = [a // b for a, b in product((top.low, top.high), (max(bottom.low, 1), bottom.high))]
        return Arrays(_made(top.sized() // bottom.sized(), min(corners), max(corners)), _ONE, Fraction(1))

    def __ge__(self, other: Any) -> Any:
        left, right, _ = self._sides(Arrays.lift(other))
        return _compared(operator.ge, left, right)

    def __gt__(self, other: Any) -> Any:
        left, right, _ = self._sides(Arrays.lift(other))
        return _compared(operator.gt, left, right)

    def __le__(self, other: Any) -> Any:
        left, right, _ = self._sides(Arrays.lift(other))
        return _compared(operator.ge, right, left)

    def __lt__(self, other: Any) -> Any:
        left, right, _ = self._sides(Arrays.lift(other))
        return _compared(operator.gt, right, left)

    def tightened(self) -> Arrays:
        """The same numbers, with the bounds that their tops really have."""
        if isinstance(self.top.values, int):
            return self
        return Arrays(_bounded(self.top.values), self.bottom, self.scale)

    def whole_numbers(self) -> Values:
        """The values of an array of whole numbers, as integers. Raises TypeError for one that may hold fractions."""
        if self.bottom.high != 1 or self.scale.denominator != 1:
            raise TypeError("not whole numbers")
        return np.asarray(self.top.times(Whole.constant(self.scale.numerator)).values)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A yes or no for each element."""

    holds: Values

    def choose(self, yes: Any, no: Any) -> Arrays:
        a, b = Arrays.lift(yes), Arrays.lift(no)
        left, right, scale = a._sides(b)
        top = np.where(self.holds, left.sized(), right.sized())
        return Arrays(_made(top, min(left.low, right.low), max(left.high, right.high)), a._below(b), scale)


def _compared(compare: Callable[[Any, Any], Any], left: Whole, right: Whole) -> bool | Mask:
    """Whether the left side is above (or at least) the right one: True or False where the bounds alone decide, else element by element."""
    if compare(left.low, right.high):
        return True
    if not compare(left.high, right.low):
        return False
    return Mask(np.asarray(compare(left.values, right.values), dtype=bool))


def _bounded(values: Values) -> Whole:
    if values.size == 0:
        return Whole(values, 0, 0)
    return _made(values, int(values.min()), int(values.max()))


def _common(a: Fraction, b: Fraction) -> Fraction:
    """The largest scale of which both are whole multiples."""
    return Fraction(math.gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


_ONE = Whole.constant(1)
