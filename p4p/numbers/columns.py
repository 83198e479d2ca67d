"""Exact fractions in Polars integer columns: a payment rule on a whole table at once.

Polars integers wrap silently when they overflow, so every number here carries the largest size that its top and bottom can have;
an operation that could pass 127 bits raises `TooLarge` before anything is computed, and the caller takes the fraction path instead.
Sizes below 63 bits stay in 64-bit integers, which are several times faster. Nothing is ever divided: comparisons cross-multiply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from operator import add, sub
from typing import Any

import polars as pl

NARROW = 2**62
WIDE = 2**126


class TooLarge(ArithmeticError):
    """The numbers could pass 127 bits."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole-number column or constant, with the largest size it can have. Held in Int64 below 2^62, else in Int128."""

    expr: pl.Expr | int
    bound: int

    def in_size(self, bound: int) -> pl.Expr:
        """The column, wide enough to meet another of size `bound`."""
        wide = max(bound, self.bound) >= NARROW
        if isinstance(self.expr, int):
            return pl.lit(self.expr, dtype=pl.Int128 if wide else pl.Int64)
        return self.expr.cast(pl.Int128) if wide and self.bound < NARROW else self.expr

    def times(self, other: Whole) -> Whole:
        """The product. Raises TooLarge where it could pass 127 bits."""
        if isinstance(self.expr, int) and isinstance(other.expr, int):
            return _constant(self.expr * other.expr)
        if isinstance(self.expr, int) and self.expr == 1:
            return other
        if isinstance(other.expr, int) and other.expr == 1:
            return self
        bound = _checked(self.bound * other.bound)
        return Whole(self.in_size(bound) * other.in_size(bound), bound)

    def plus(self, other: Whole, by: Callable[[Any, Any], Any] = add) -> Whole:
        """The sum, or the difference with `by=sub`. Raises TooLarge where it could pass 127 bits."""
        if isinstance(self.expr, int) and isinstance(other.expr, int):
            return _constant(by(self.expr, other.expr))
        bound = _checked(self.bound + other.bound)
        return Whole(by(self.in_size(bound), other.in_size(bound)), bound)


def _constant(value: int) -> Whole:
    return Whole(value, _checked(abs(value)))


def _checked(bound: int) -> int:
    if bound >= WIDE:
        raise TooLarge(f"{bound.bit_length()} bits")
    return bound


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A fraction for each row: `top` over `bottom`, the bottom always positive."""

    top: Whole
    bottom: Whole

    @classmethod
    def of(cls, top: str, top_bound: int, bottom: str | int = 1, bottom_bound: int = 1) -> Columns:
        """A fraction whose top (and bottom) are named integer columns with the largest sizes given."""
        below = _constant(bottom) if isinstance(bottom, int) else Whole(_column(bottom, bottom_bound), max(bottom_bound, 1))
        return cls(Whole(_column(top, top_bound), max(top_bound, 1)), below)

    @classmethod
    def lift(cls, x: Any) -> Columns:
        """A plain number as a constant of every row."""
        if isinstance(x, Columns):
            return x
        value = Fraction(x)
        return cls(_constant(value.numerator), _constant(value.denominator))

    def __add__(self, other: Any) -> Columns:
        b = Columns.lift(other)
        return Columns(self.top.times(b.bottom).plus(b.top.times(self.bottom)), self.bottom.times(b.bottom))

    def __sub__(self, other: Any) -> Columns:
        b = Columns.lift(other)
        return Columns(self.top.times(b.bottom).plus(b.top.times(self.bottom), sub), self.bottom.times(b.bottom))

    def __mul__(self, other: Any) -> Columns:
        b = Columns.lift(other)
        return Columns(self.top.times(b.top), self.bottom.times(b.bottom))

    def __truediv__(self, other: Any) -> Columns:
        """Division by a number that the rule knows to be positive."""
        b = Columns.lift(other)
        return Columns(self.top.times(b.bottom), self.bottom.times(b.top))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Columns:
        return Columns.lift(other) - self

    def __rtruediv__(self, other: Any) -> Columns:
        return Columns.lift(other) / self

    def __neg__(self) -> Columns:
        return self * -1

    def __floor__(self) -> Any:
        size = max(self.top.bound, self.bottom.bound)
        floor = self.top.in_size(size) // self.bottom.in_size(size)
        least_bottom = self.bottom.expr if isinstance(self.bottom.expr, int) else 1
        bound = self.top.bound // least_bottom + 1
        return Columns(Whole(floor if size < NARROW or bound >= NARROW else floor.cast(pl.Int64), bound), _constant(1))

    def _sides(self, other: Any) -> tuple[pl.Expr, pl.Expr]:
        b = Columns.lift(other)
        left, right = self.top.times(b.bottom), b.top.times(self.bottom)
        return left.in_size(right.bound), right.in_size(left.bound)

    def __ge__(self, other: Any) -> Condition:
        left, right = self._sides(other)
        return Condition(left >= right)

    def __gt__(self, other: Any) -> Condition:
        left, right = self._sides(other)
        return Condition(left > right)

    def __le__(self, other: Any) -> Condition:
        left, right = self._sides(other)
        return Condition(left <= right)

    def __lt__(self, other: Any) -> Condition:
        left, right = self._sides(other)
        return Condition(left < right)

    def whole_column(self, name: str) -> pl.Expr:
        """The column to store a whole number under, as Int64; Polars raises where a value does not fit."""
        if not isinstance(self.bottom.expr, int) or self.bottom.expr != 1:
            raise TypeError("not a whole number")
        return self.top.in_size(0).cast(pl.Int64).alias(name)

    def named(self, name: str) -> list[pl.Expr]:
        """The two columns to store the number under: `name_top` and `name_bottom`."""
        return [self.top.in_size(0).alias(f"{name}_top"), self.bottom.in_size(0).alias(f"{name}_bottom")]


@dataclass(frozen=True, slots=True)
class Condition:
    """A yes or no for each row."""

    expr: pl.Expr

    def choose(self, yes: Any, no: Any) -> Columns:
        """`yes` on the rows where the condition holds, else `no`."""
        a, b = Columns.lift(yes), Columns.lift(no)
        return Columns(self._either(a.top, b.top), self._either(a.bottom, b.bottom))

    def _either(self, a: Whole, b: Whole) -> Whole:
        if isinstance(a.expr, int) and isinstance(b.expr, int) and a.expr == b.expr:
            return a
        bound = max(a.bound, b.bound)
        return Whole(pl.when(self.expr).then(a.in_size(bound)).otherwise(b.in_size(bound)), bound)


def _column(name: str, bound: int) -> pl.Expr:
    return pl.col(name).cast(pl.Int128 if _checked(bound) >= NARROW else pl.Int64)
