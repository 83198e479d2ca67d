"""Fractions in integer columns: how large each may be, how wide it is held, and what it comes to. That the arithmetic is exact, `test_three_kinds` tests."""

from __future__ import annotations

import math
from fractions import Fraction as F

import polars as pl
import pytest

from p4p.numbers.columns import NARROW, WIDE, Columns, Condition, TooLarge

A = Columns.of("a", 10, "b", 3)
FRAME = pl.DataFrame({"a": [10, -10, 0, 7], "b": [3, 3, 1, 2]})


def sizes(x: Columns) -> tuple[int, int]:
    return x.top.bound, x.bottom.bound


def values(x: Columns, frame: pl.DataFrame = FRAME) -> list[F]:
    found = frame.select(x.named("x"))
    return [F(int(top), int(bottom)) for top, bottom in zip(found["x_top"], found["x_bottom"], strict=True)]


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((10, 3), A),
        ((1, 1), Columns.of("a", 0, "b", 0)),  # nothing is held as if it were one
        ((10, 4), Columns.of("a", 10, 4)),
        ((5, 1), Columns.lift(5)),
        ((5, 2), Columns.lift(F(-5, 2))),
        ((23, 6), A + F(1, 2)),  # 10 x 2 and 1 x 3, over 3 x 2
        ((23, 6), F(1, 2) + A),
        ((23, 6), A - F(1, 2)),
        ((23, 6), F(1, 2) - A),
        ((15, 1), Columns.of("a", 10) + 5),
        ((15, 1), 5 - Columns.of("a", 10)),
        ((2, 1), Columns.lift(5) + -3),  # of two constants what they come to is known
        ((2, 1), Columns.lift(5) - 3),
        ((20, 9), A * F(2, 3)),
        ((20, 9), F(2, 3) * A),
        ((30, 6), A / F(2, 3)),
        ((6, 30), F(2, 3) / A),
        ((10, 3), -A),
        ((4, 1), math.floor(Columns.of("a", 10, 3))),  # -10 over 3 goes down to -4
        ((11, 1), math.floor(A)),  # a bottom that is a column may be 1
        ((2, 1), math.floor(Columns.of("a", 10, 4) * F(2, 3))),  # 20 over 12 is not 2; one more for what is below nothing
        ((10, 3), Condition(pl.col("a") > 0).choose(A, 0)),
        ((12, 3), Condition(pl.col("a") > 0).choose(A, 12)),
        ((12, 3), Condition(pl.col("a") > 0).choose(12, A)),
        ((5, 1), Condition(pl.col("a") > 0).choose(5, 5)),
    ],
)
def test_how_large_a_number_may_be(size: tuple[int, int], made: Columns) -> None:
    """The largest size of top and bottom, from the largest sizes of what they are made of."""
    assert size == sizes(made)


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        ([F(10, 3), F(-10, 3), 0, F(7, 2)], A),
        ([F(23, 6), F(-17, 6), F(1, 2), 4], A + F(1, 2)),
        ([F(-17, 6), F(23, 6), F(1, 2), -3], F(1, 2) - A),
        ([15, -5, 5, 12], Columns.of("a", 10) + 5),
        ([-5, 15, 5, -2], 5 - Columns.of("a", 10)),
        ([F(20, 9), F(-20, 9), 0, F(7, 3)], A * F(2, 3)),
        ([5, -5, 0, F(21, 4)], A / F(2, 3)),
        ([F(-10, 3), F(10, 3), 0, F(-7, 2)], -A),
        ([3, -4, 0, 3], math.floor(A)),
        ([F(10, 3), 5, 5, F(7, 2)], Condition(pl.col("a") > 0).choose(A, 5)),
        ([5, 3, 3, 5], Condition(pl.col("a") > 0).choose(5, 3)),
    ],
)
def test_what_comes_out(expected: list[F], made: Columns) -> None:
    """10/3, -10/3, 0 and 7/2, added to, taken off, multiplied, divided, turned round, cut and chosen."""
    assert expected == values(made)


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        ([True, False, False, True], A >= F(7, 2) - F(1, 6)),
        ([False, False, False, True], A > F(10, 3)),
        ([True, True, True, False], A <= F(10, 3)),
        ([False, True, True, False], A < F(10, 3)),
    ],
)
def test_comparisons_on_an_edge(found: list[bool], condition: Condition) -> None:
    """10/3 against 10/3: an edge counts where the words say so."""
    assert found == FRAME.select(condition.expr.alias("c"))["c"].to_list()


def test_a_division_by_a_column() -> None:
    """A number over a positive column; 2/3 over 10/3 is a fifth."""
    assert [F(1, 5)] == values(F(2, 3) / A, FRAME.head(1))


def held(x: pl.Expr) -> pl.DataType:
    return FRAME.select(x.alias("x"))["x"].dtype


def test_small_numbers_are_held_in_64_bits_and_large_ones_in_128() -> None:
    """Below 2^62 a column and a constant are narrow; they are widened where they meet a number that is not."""
    small, large = Columns.of("a", NARROW - 1).top, Columns.of("a", NARROW).top
    assert [pl.Int64, pl.Int64, pl.Int128] == [held(small.in_size(size)) for size in (0, NARROW - 1, NARROW)]
    assert [pl.Int128, pl.Int128] == [held(large.in_size(size)) for size in (0, NARROW)]
    assert [pl.Int64, pl.Int128] == [held(Columns.lift(3).top.in_size(size)) for size in (NARROW - 1, NARROW)]
    assert pl.Int128 == held(Columns.lift(NARROW).top.in_size(0))
    assert [pl.Int64, pl.Int64] == [FRAME.select(A.named("x"))[f"x_{side}"].dtype for side in ("top", "bottom")]
    assert (2**62, 2**126) == (NARROW, WIDE)


def test_a_floor_that_is_small_again_is_held_in_64_bits() -> None:
    """2^64 over 2^10 is wide while it is divided, and its floor is not; that of a number which stays large stays wide."""
    assert pl.Int64 == held(math.floor(Columns.of("a", 2**64, 2**10)).top.in_size(0))
    assert pl.Int128 == held(math.floor(Columns.of("a", 2**64)).top.in_size(0))
    assert pl.Int64 == held(math.floor(Columns.of("a", 10, 3)).top.in_size(0))
    # on the edge: 2^62 over 4 is small again, 2^63 - 2 over 2 and one more is 2^62
    assert pl.Int64 == held(math.floor(Columns.of("a", NARROW, 4)).top.in_size(0))
    assert pl.Int128 == held(math.floor(Columns.of("a", 2 * (NARROW - 1), 2)).top.in_size(0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Columns.of("a", WIDE),
        lambda: Columns.of("a", 1, "b", WIDE),
        lambda: Columns.lift(WIDE),
        lambda: Columns.lift(-WIDE),
        lambda: Columns.of("a", 2**63) * Columns.of("b", 2**63),
        lambda: Columns.of("a", WIDE // 2) + Columns.of("b", WIDE // 2),
        lambda: Columns.lift(WIDE // 2) + WIDE // 2,
    ],
)
def test_what_could_pass_127_bits_is_refused(make: object) -> None:
    """At 2^126 a number is too large, before anything is computed."""
    assert callable(make)
    with pytest.raises(TooLarge, match="127 bits"):
        make()


def test_what_just_fits() -> None:
    """One less than 2^126 is held, whichever way it comes about."""
    for made in (
        Columns.of("a", WIDE - 1),
        Columns.lift(WIDE - 1),
        Columns.of("a", WIDE // 2) + Columns.of("b", WIDE // 2 - 1),
        Columns.lift(WIDE // 2) + (WIDE // 2 - 1),
    ):
        assert WIDE - 1 == made.top.bound


def test_only_whole_numbers_are_stored_as_whole() -> None:
    """A fraction, in a column or a constant, has no column of its own; a whole number is one of 64 bits under its name."""
    for x in (A, Columns.lift(F(1, 2))):
        with pytest.raises(TypeError, match="not a whole number"):
            x.whole_column("x")
    found = FRAME.select(math.floor(A).whole_column("x"))
    assert ([3, -4, 0, 3], pl.Int64) == (found["x"].to_list(), found["x"].dtype)
    chosen = Condition(pl.col("a") > 0).choose(Columns.of("a", 10), 0)  # whole on either side is whole
    assert [10, 0, 0, 7] == FRAME.select(chosen.whole_column("x"))["x"].to_list()
    assert pl.Int64 == FRAME.select(Columns.of("a", NARROW).whole_column("x"))["x"].dtype
