"""One rule, three kinds of number: fractions, figures and columns agree to the penny, or columns say that they cannot hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction as F
from itertools import product
from math import floor
from typing import Any

import polars as pl
import pytest
from curve_strategies import curves, percents
from hypothesis import given, settings
from hypothesis import strategies as st

from p4p.language.contract import Performance
from p4p.language.curves import CURVES, Curve, Linear, with_numbers
from p4p.language.curves import numbers as curve_numbers
from p4p.numbers.columns import NARROW, WIDE, Columns, TooLarge, Whole
from p4p.numbers.exact import Figure, choose, figure, least, most, whole
from p4p.numbers.money import RoundingMode
from p4p.settling import rules

MODES: tuple[RoundingMode, ...] = ("half-up", "half-even", "down", "up")
SCALES = (F(1), F(1, 2), F(9, 10), F(19, 20))  # a curve whose numbers are all scaled down is a sound curve of the same shape
MONEY = ("available", "to_date", "before")
TIMES = 25  # rows are repeated: a sum must not depend on how many there are


def performance(catch_up: Any, claw_back: Any) -> Performance:
    return Performance(
        network_rate="pooled",
        measured="year to date",
        catch_up=catch_up,
        claw_back=claw_back,
        unearned="retained by commissioner",
        empty_denominator="pays nothing",
        missing_data="refuse",
        indicators={},
    )


#: Every rounding mode with every choice of catch-up and claw-back, in a later quarter and (None) in the first.
RULES = list(product(MODES, [performance(*choices) for choices in product(("allowed", "none"), repeat=2)], (True, False)))

Row = tuple[Curve, F, int, int, int]  # curve, achievement, available, available to date, earned before


@st.composite
def rows(draw: st.DrawFn, curve: Curve, most_patients: int, most_money: int, scales: Sequence[F] = SCALES) -> Row:
    """A line to be paid: a curve of the given shape, with threshold hits and half pennies more often than chance would have them."""
    scale = draw(st.sampled_from(scales))
    own: Curve = with_numbers(curve, lambda _, value: value * scale)
    denominator = draw(st.integers(1, most_patients))
    achievement = F(draw(st.integers(0, denominator)), denominator)
    edges = own.thresholds()[:20]
    if draw(st.booleans()):
        edge, off = F(draw(st.sampled_from(edges)).ratio), F(draw(st.sampled_from([-1, 0, 1])), most_patients)
        achievement = min(max(edge + off, F(0)), F(1))
    available, earlier = draw(st.integers(0, most_money)), draw(st.integers(0, most_money))
    share = own.share(achievement)
    if share.denominator % 2 == 0 and draw(st.booleans()):  # a multiple of half the denominator, odd: half a penny, exactly
        available = share.denominator // 2 * (2 * draw(st.integers(0, 1000)) + 1)
        earlier -= earlier % share.denominator
    before = draw(st.one_of(st.just(0), st.integers(0, available + earlier)))
    return own, achievement, available, available + earlier, before


@st.composite
def tables(draw: st.DrawFn, kind: str, most_patients: int, most_money: int) -> list[Row]:
    curve = draw(curves(kind))
    return draw(st.lists(rows(curve, most_patients, most_money), min_size=1, max_size=8))


def by_fractions(table: list[Row]) -> list[list[int]]:
    return [
        [
            rules.earned(terms, mode, curve.share(achievement), F(available), F(to_date), F(before) if later else None)
            for curve, achievement, available, to_date, before in table
        ]
        for mode, terms, later in RULES
    ]


def by_figures(table: list[Row]) -> list[list[int]]:
    def earned(mode: RoundingMode, terms: Performance, later: bool, row: Row) -> int:
        curve: Any = with_numbers(row[0], lambda name, value: figure(value, name, "ratio"))
        share = curve.share(figure(row[1], "achievement", "ratio"))
        available, to_date, before = (figure(pence, name, "pence") for pence, name in zip(row[2:], MONEY, strict=True))
        made = rules.earned(terms, mode, share, available, to_date, before if later else None)
        assert isinstance(made, Figure)
        return int(made.value)

    return [[earned(mode, terms, later, row) for row in table] for mode, terms, later in RULES]


def by_columns(table: list[Row]) -> list[list[int] | None]:
    """Every rule at once, on a frame with a row for each line and the numbers of its curve in columns; None where they are too large."""
    own_curves, achievements, *money = zip(*table, strict=True)
    given = {f"parameter_{i}": own for i, own in enumerate(zip(*map(curve_numbers, own_curves), strict=True))}
    frame = pl.DataFrame(
        {f"{name}_top": [n.numerator for n in values] * TIMES for name, values in [*given.items(), ("achievement", achievements)]}
        | {f"{name}_bottom": [n.denominator for n in values] * TIMES for name, values in [*given.items(), ("achievement", achievements)]}
        | {name: pence * TIMES for name, pence in zip(MONEY, map(list, money), strict=True)}
    )
    parameters = iter([column(frame, name) for name in given])
    curve: Any = with_numbers(own_curves[0], lambda _name, _value: next(parameters))
    paid: dict[int, pl.Expr] = {}
    try:
        frame = frame.with_columns(curve.share(column(frame, "achievement")).named("share"))
    except TooLarge:
        return [None] * len(RULES)
    available, to_date, before = (Columns.of(name, max(pence)) for name, pence in zip(MONEY, money, strict=True))
    for i, (mode, terms, later) in enumerate(RULES):
        with suppress(TooLarge):
            earned = rules.earned(terms, mode, column(frame, "share"), available, to_date, before if later else None)
            paid[i] = Columns.lift(earned).whole_column(str(i))
    made = frame.select(paid.values())
    return [made[str(i)].to_list() if i in paid else None for i in range(len(RULES))]


def column(frame: pl.DataFrame, name: str) -> Columns:
    """A fraction of a frame, with the sizes that it has there."""
    top, bottom = (max(frame[f"{name}_{side}"].to_list()) for side in ("top", "bottom"))
    return Columns.of(f"{name}_top", top, f"{name}_bottom", bottom)


def repeated(paid: list[list[int]], where: list[list[int] | None]) -> list[list[int] | None]:
    """What columns should hold: every line as often as it was repeated; nothing where they were too large."""
    return [pence * TIMES if found is not None else None for pence, found in zip(paid, where, strict=True)]


@pytest.mark.parametrize("kind", sorted(CURVES))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_three_kinds_agree_to_the_penny(kind: str, data: st.DataObject) -> None:
    """Every kind of curve, rounding mode and choice of catch-up and claw-back pays the same on fractions, figures and columns."""
    table = data.draw(tables(kind, most_patients=1000, most_money=10**6))
    expected, on_columns = by_fractions(table), by_columns(table)
    assert expected == by_figures(table)
    assert repeated(expected, on_columns) == on_columns


@pytest.mark.parametrize("kind", sorted(CURVES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_large_counts_and_large_money_agree(kind: str, data: st.DataObject) -> None:
    """Nine-digit counts and billions of pounds, too, come out to the penny on columns, or are handed back."""
    table = data.draw(tables(kind, most_patients=10**9, most_money=10**12))
    on_columns = by_columns(table)
    assert repeated(by_fractions(table), on_columns) == on_columns


@pytest.mark.parametrize("kind", sorted(CURVES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_ordinary_contracts_never_need_to_be_handed_back(kind: str, data: st.DataObject) -> None:
    """Thresholds in whole percents, registers of a hundred thousand and millions of pounds stay on columns."""
    curve = data.draw(curves(kind, percents))
    table = data.draw(st.lists(rows(curve, 10**5, 10**9, scales=(F(1),)), min_size=1, max_size=5))
    assert None not in by_columns(table)


shares = st.fractions(0, 1, max_denominator=400)
pence = st.integers(0, 10**9)


@given(shares, pence, pence, pence, st.sampled_from(MODES))
def test_catching_up_never_pays_less_and_clawing_back_never_more(
    share: F, available: int, earlier: int, before: int, mode: RoundingMode
) -> None:
    """Beside a quarter's own, catch-up only adds, claw-back only takes, and both together leave what is due."""
    to_date = F(available + earlier)

    def earned(catch_up: str, claw_back: str) -> int:
        return int(rules.earned(performance(catch_up, claw_back), mode, share, F(available), to_date, F(before)))

    own = earned("none", "none")
    assert earned("none", "allowed") <= own <= earned("allowed", "none")
    assert earned("allowed", "allowed") in (earned("none", "allowed"), earned("allowed", "none"))


@given(st.lists(st.tuples(pence, shares), min_size=4, max_size=4), st.sampled_from(MODES))
def test_with_both_the_year_is_worth_its_last_share(quarters: list[tuple[int, F]], mode: RoundingMode) -> None:
    """With catch-up and claw-back what four quarters paid is the year's money times the last share, rounded once."""
    terms, to_date, before = performance("allowed", "allowed"), 0, 0
    for available, share in quarters:
        to_date += available
        before += int(rules.earned(terms, mode, share, F(available), F(to_date), F(before)))
    assert rules.upfront(F(to_date), quarters[-1][1], mode) == before


def test_half_pennies_and_exact_hits_by_hand() -> None:
    """Half of 1, 3 and 5 pence in each mode, on all three kinds: a linear curve from 60% to 80% at exactly 70%."""
    linear = Linear(lower=F(6, 10), upper=F(8, 10))
    table: list[Row] = [(linear, F(7, 10), pence, pence, 0) for pence in (1, 3, 5)]
    expected = {"half-up": [1, 2, 3], "half-even": [0, 2, 2], "down": [0, 1, 2], "up": [1, 2, 3]}
    paid = [expected[mode] for mode, _, _ in RULES]
    assert paid == by_fractions(table)
    assert paid == by_figures(table)
    assert repeated(paid, by_columns(table)) == by_columns(table)
    assert None not in by_columns(table)


def test_a_recovery_is_rounded_like_a_payment() -> None:
    """Half a penny taken back is rounded away from zero by half-up, towards it by down, to the even penny by half-even."""
    frame = pl.DataFrame({"halves": [-1, -3, -5]})
    expected = {"half-up": [-1, -2, -3], "half-even": [0, -2, -2], "down": [0, -1, -2], "up": [-1, -2, -3]}
    for mode in MODES:
        paid = rules.upfront(Columns.of("halves", 5), F(1, 2), mode)
        assert expected[mode] == frame.select(paid.whole_column("paid"))["paid"].to_list()


OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
    lambda a, b: whole(a) + b,
    least,
    most,
    lambda a, b: choose(a > b, a, -b),
    lambda a, b: choose(a < b, 1, a),
    lambda a, b: 1 - a * b,
    lambda a, b: 3 / (a * a + b * b + 1),
]
numbers = st.one_of(st.integers(-5, 5), st.integers(-(2**31), 2**31), st.integers(-(2**100), 2**100))
bottoms = st.one_of(st.integers(1, 9), st.integers(1, 2**80))
constants = st.one_of(st.fractions(max_denominator=1000), st.integers(-(10**50), 10**50).map(F))


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(numbers, bottoms, numbers, bottoms), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(["first", "second", "constant"])), min_size=1, max_size=4),
    constants,
)
def test_columns_are_exact_or_too_large_and_never_wrap(
    table: list[tuple[int, int, int, int]], steps: list[tuple[Callable[[Any, Any], Any], str]], constant: F
) -> None:
    """Any few steps on numbers of any size give what Python's unbounded integers give, or raise TooLarge before anything is computed."""

    def run(first: Any, second: Any) -> Any:
        x = first
        for step, operand in steps:
            x = step(x, {"first": first, "second": second, "constant": constant}[operand])
        return x

    names = ("a", "b", "c", "d")
    series = [pl.Series(name, column, dtype=pl.Int128) for name, column in zip(names, zip(*table, strict=True), strict=True)]
    bounds = [max(abs(n) for n in column) for column in zip(*table, strict=True)]
    try:
        first = Columns.of("a", bounds[0], "b", bounds[1])
        second = Columns.of("c", bounds[2], "d", bounds[3])
        result = Columns.lift(run(first, second))
    except TooLarge:
        return
    made = pl.DataFrame(series).select(result.named("x"))
    assert [F(run(F(a, b), F(c, d))) for a, b, c, d in table] == [F(top, bottom) for top, bottom in made.iter_rows()]
    assert all(abs(top) <= result.top.bound and 0 < bottom <= result.bottom.bound for top, bottom in made.iter_rows())


@given(st.integers(0, 2**130), st.integers(0, 2**130))
def test_the_sizes_are_those_of_python_integers(a: int, b: int) -> None:
    """A sum or product that could pass 126 bits is refused; one that cannot is let through."""
    x, y = Whole(pl.col("x"), a), Whole(pl.col("y"), b)
    for expected, combine in ((a * b, x.times), (a + b, x.plus)):
        if expected < WIDE:
            assert expected == combine(y).bound
        else:
            with pytest.raises(TooLarge):
                combine(y)


@pytest.mark.parametrize("size", [1, 7, NARROW - 1, NARROW, 2**63, WIDE - 1])
def test_the_largest_numbers_are_kept(size: int) -> None:
    """Numbers on both sides of 64 bits go through a column unharmed, above zero and below."""
    frame = pl.DataFrame([pl.Series("n", [size, -size, 0], dtype=pl.Int128)])
    made = frame.select(Columns.of("n", size).named("n"))
    assert [size, -size, 0] == made["n_top"].to_list()


@pytest.mark.parametrize("huge", [F(WIDE), F(-WIDE), F(1, WIDE), F(10**50)])
def test_a_constant_too_large_is_refused(huge: F) -> None:
    """A constant that no column could hold is refused as soon as it is met."""
    with pytest.raises(TooLarge):
        Columns.lift(huge)


def test_a_fraction_is_not_stored_as_a_whole_number() -> None:
    """Money that was not rounded cannot be stored as pence."""
    with pytest.raises(TypeError):
        Columns.lift(F(1, 2)).whole_column("pence")


@given(st.lists(st.integers(-(2**90), 2**90), min_size=1, max_size=20), st.integers(1, 2**70))
@settings(deadline=None, max_examples=50)
def test_floors_of_columns_are_floors(tops: list[int], bottom: int) -> None:
    """The whole part of a column goes down below zero too, for a divisor that is a constant and for one that is a column."""
    frame = pl.DataFrame([pl.Series("top", tops, dtype=pl.Int128), pl.Series("bottom", [bottom] * len(tops), dtype=pl.Int128)])
    bound = max(map(abs, tops))
    expected = [floor(F(top, bottom)) for top in tops]
    for x in (Columns.of("top", bound, bottom), Columns.of("top", bound, "bottom", bottom)):
        assert expected == frame.select(whole(x).named("x"))["x_top"].to_list()
        assert max(map(abs, expected)) <= whole(x).top.bound
