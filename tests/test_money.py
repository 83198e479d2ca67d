"""Whole pence: read exactly, rounded once, divided without losing any."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p4p.numbers.exact import figure
from p4p.numbers.money import RoundingMode, divided, grouped, in_pounds, largest_remainder, parse_pence, parse_plain, plain, rounded, signed
from p4p.numbers.withheld import WITHHELD
from p4p.settling import rules

MODES: tuple[RoundingMode, ...] = ("half-up", "half-even", "down", "up")

pence = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)
half_pence = st.integers(-(10**6), 10**6).map(lambda n: F(2 * n + 1, 2))
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)
pots = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("pence", "text"),
    [
        (F(0), "0"),
        (F(25_000_000), "250000.00"),
        (F(25_000_000), "250,000.00"),
        (F(25_000_000), "250000"),
        (F(2765, 10), "2.765"),
        (F(1), "0.01"),
        (F(1, 10), "0.001"),
        (F(123_456_789), "1,234,567.89"),
    ],
)
def test_amounts_are_read_exactly(pence: F, text: str) -> None:
    """Pounds are read as an exact number of pence, thousands commas forgiven."""
    assert pence == parse_pence(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "£5",
        "5p",
        "-5",
        "+5",
        "1e3",
        "1.",
        ".5",
        "1,23",
        "12,34.00",
        "1,2345",
        "1 000",
        "NaN",
        "inf",
        "true",
        "0x10",
        "1_000",
        "٥",
        "５",
        "9" * 25,
        "1.0\n",
    ],
)
def test_anything_else_is_not_an_amount(text: str) -> None:
    """What is not plainly an amount is refused, however a programming language would read it."""
    with pytest.raises(ValueError, match="is not an amount of money like 250000"):
        parse_pence(text)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("half-up", [-3, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2, 3]),
        ("half-even", [-2, -2, -2, -1, 0, 0, 0, 0, 0, 1, 2, 2, 2]),
        ("down", [-2, -2, -1, -1, 0, 0, 0, 0, 0, 1, 1, 2, 2]),
        ("up", [-3, -2, -2, -1, -1, -1, 0, 1, 1, 1, 2, 2, 3]),
    ],
)
def test_the_four_modes_on_halves_wholes_and_quarters(mode: RoundingMode, expected: list[int]) -> None:
    """Each mode on -2½, -2, -1½, -1, -½, -¼, 0, ¼, ½, 1, 1½, 2 and 2½ pence."""
    exact = [F(n, 4) for n in (-10, -8, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8, 10)]
    assert expected == [rounded(x, mode) for x in exact]


@given(half_pence, st.sampled_from(MODES))
def test_half_a_penny_goes_where_the_mode_says(half: F, mode: RoundingMode) -> None:
    """An exact half goes away from zero, to the even penny, towards zero, or away from zero again."""
    near, far = sorted((half - F(1, 2), half + F(1, 2)), key=abs)
    even = near if near % 2 == 0 else far
    assert {"half-up": far, "half-even": even, "down": near, "up": far}[mode] == rounded(half, mode)


@given(pence, st.sampled_from(MODES))
def test_rounding_mirrors_at_zero_and_moves_less_than_a_penny(x: F, mode: RoundingMode) -> None:
    """Rounding a recovery is rounding the payment, negated; whole pence stay; nothing moves by a penny or more."""
    assert -rounded(x, mode) == rounded(-x, mode)
    assert rounded(x, mode) == rounded(rounded(x, mode), mode)
    assert abs(rounded(x, mode) - x) < 1


def test_a_rounded_figure_is_one_named_step() -> None:
    """A reader sees that a figure was rounded, and from what, not how rounding works."""
    f = rounded(figure(F(1_147_500, 209), "exact", "pence"), "half-up")
    assert (F(5490), "rounded to the penny (half-up)", ("exact",), "pence") == (f.value, f.how, tuple(p.name for p in f.parts), f.unit)


@pytest.mark.parametrize(
    ("expected", "pot", "shares"),
    [
        ([34, 33, 33], 100, [1, 1, 1]),
        ([-34, -33, -33], -100, [1, 1, 1]),
        ([33, 67], 100, [1, 2]),
        ([0, 0, 1], 1, [1, 1, 2]),
        ([1, 0, 0], 1, [2, 2, 1]),
        ([0, 100, 0], 100, [0, 7, 0]),
        ([0, 0], 100, [0, 0]),
        ([750_000, 562_500, 562_500], 1_875_000, [40, 30, 30]),
        ([], 0, []),
    ],
)
def test_largest_remainder_by_hand(expected: list[int], pot: int, shares: list[int]) -> None:
    """Leftover pence go to the largest remainders, ties to the earlier."""
    assert expected == largest_remainder(pot, shares)


@given(pots, weights)
def test_the_parts_add_up_to_the_pot(pot: int, shares: list[int]) -> None:
    """The parts add up to the pot whatever the weights, and each is within a penny of its exact share."""
    parts = largest_remainder(pot, shares)
    total = sum(shares)
    assert (pot if total else 0) == sum(parts)
    assert all(abs(part - F(pot * share, total)) < 1 for part, share in zip(parts, shares, strict=True) if total)


@given(pots, weights)
def test_a_negative_pot_mirrors(pot: int, shares: list[int]) -> None:
    """Taking back divides as paying out does."""
    assert [-part for part in largest_remainder(pot, shares)] == largest_remainder(-pot, shares)


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 30))
def test_equal_weights_decide_ties_by_order(pot: int, weight: int, count: int) -> None:
    """Of equal weights the earlier have the extra pennies."""
    each, extra = divmod(pot, count)
    assert [each + 1] * extra + [each] * (count - extra) == largest_remainder(pot, [weight] * count)


@given(pots, weights, st.integers(1, 10**6))
def test_only_proportions_count(pot: int, shares: list[int], factor: int) -> None:
    """Weights of 40 and 60 divide as weights of 2 and 3."""
    assert largest_remainder(pot, shares) == largest_remainder(pot, [factor * share for share in shares])


@given(pots.map(abs), weights)
def test_a_larger_weight_never_gets_less(pot: int, shares: list[int]) -> None:
    """Of two networks the one with the longer list gets no less."""
    by_weight = sorted(zip(shares, largest_remainder(pot, shares), strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(by_weight) if a[0] < b[0])


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=4, max_size=4).filter(any), st.sampled_from(MODES))
def test_four_quarters_add_up_to_the_year(year: int, parts: list[int], mode: RoundingMode) -> None:
    """However the year is spread, its four quarters add up to it to the penny."""
    ends = [F(end, sum(parts)) for end in accumulate(parts)]
    quarters = [rules.quarter_value(F(year), before, end, mode) for before, end in zip([F(0), *ends], ends, strict=False)]
    assert year == sum(quarters)


def test_an_odd_penny_falls_into_the_quarter_whose_running_total_reaches_it() -> None:
    """£0.10 in equal quarters, half-up, is 3, 2, 3 and 2 pence: running totals of 2½, 5, 7½ and 10."""
    quarters = [rules.quarter_value(F(10), F(q, 4), F(q + 1, 4), "half-up") for q in range(4)]
    assert [3, 2, 3, 2] == quarters


@pytest.mark.parametrize(
    ("plain_text", "grouped_text", "value"),
    [
        ("0.00", "0.00", 0),
        ("1254.00", "1,254.00", 125_400),
        ("-0.05", "-0.05", -5),
        ("-1000.01", "-1,000.01", -100_001),
        ("1234567.89", "1,234,567.89", 123_456_789),
    ],
)
def test_pence_are_written_for_files_and_for_people(plain_text: str, grouped_text: str, value: int) -> None:
    """Files carry plain pounds and pence, people read them with thousands commas."""
    assert (plain_text, grouped_text) == (plain(value), grouped(value))


@given(st.integers(0, 10**15))
def test_what_is_written_is_read_back(value: int) -> None:
    """Money survives being written and read, either way."""
    assert value == parse_pence(plain(value)) == parse_pence(grouped(value))


def test_an_amount_has_up_to_24_characters() -> None:
    """An amount of 24 characters is read, one of 25 is not; a text that is refused is shown whole up to 24 characters, and cut after them."""
    assert parse_pence("000000000000000000001.00") == 100
    with pytest.raises(ValueError, match=r'^"0000000000000000000001\.0…" is not an amount'):
        parse_pence("0000000000000000000001.00")
    with pytest.raises(ValueError, match=f'^"{"x" * 24}" is not an amount'):
        parse_pence("x" * 24)
    with pytest.raises(ValueError, match=f'^"{"x" * 24}…" is not an amount'):
        parse_pence("x" * 25)


def test_what_is_withheld_is_a_star_for_files_and_for_people() -> None:
    """A withheld amount is one star, without pounds, pence or a point."""
    assert ("*", "*") == (plain(WITHHELD), grouped(WITHHELD))


@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_what_a_file_carries_is_read_back(value: int) -> None:
    """What is written for files is read as the same whole pence, recoveries too."""
    assert value == parse_plain(plain(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (7, "0.07"), (-7, "-0.07"), (125_400, "1254.00"), (-125_456, "-1254.56"), (99_999_999_999_999_999, "999999999999999.99")],
)
def test_amounts_of_files_by_hand(value: int, text: str) -> None:
    """Pounds, a point and two digits are so many pence."""
    assert value == parse_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "1254",
        "1254.0",
        "1254.000",
        "01.00",
        "00.00",
        "-0.00",
        "+1.00",
        "1,254.00",
        "£1.00",
        " 1.00",
        "1.00\n",
        "٥.٠٠",
        "1234567890123456.00",
    ],
)
def test_what_files_do_not_carry(text: str) -> None:
    """Whatever `plain` does not write is refused, nothing with a sign included."""
    with pytest.raises(ValueError, match=r'^".*" is not an amount like 1254\.00$'):
        parse_plain(text)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("x" * 24, "x" * 24),
        ("x" * 24 + "…", "x" * 25),
        ("x" * 24 + "…", "x" * 1000),
        ("<U+0665>.00", "٥.00"),
    ],
)
def test_how_a_wrong_amount_is_shown(shown: str, text: str) -> None:
    """Up to 24 characters whole, then cut; what looks like something else by its number."""
    with pytest.raises(ValueError) as e:
        parse_plain(text)
    assert f'"{shown}" is not an amount like 1254.00' == str(e.value)


@pytest.mark.parametrize(
    ("parts", "pot", "shares"),
    [
        ([50, 33, 17], 100, [F(1, 2), F(1, 3), F(1, 6)]),  # 50, 33⅓ and 16⅔
        ([34, 33, 33], 100, [F(1, 3), F(1, 3), F(1, 3)]),
        ([33, 67], 100, [F(1), F(2)]),
        ([60, 40], 100, [F(3, 4), F(1, 2)]),  # weights need not add up to one: 3 to 2
        ([-50, -33, -17], -100, [F(1, 2), F(1, 3), F(1, 6)]),
        ([0, 0], 100, [F(0), F(0)]),
    ],
)
def test_a_pot_is_divided_by_fractions(parts: list[int], pot: int, shares: list[F]) -> None:
    """As by whole numbers in the same proportion."""
    assert parts == divided(pot, shares)


@pytest.mark.parametrize(
    ("text", "value"),
    [("+1,254.00", 125_400), ("+0.01", 1), ("0.00", 0), ("-0.01", -1), ("-3.00", -300), ("-1,254.00", -125_400), ("*", WITHHELD)],
)
def test_a_difference_has_a_sign(text: str, value: int) -> None:
    """What is more has a plus, what is less a minus, no difference none; what is withheld tells not even that."""
    assert text == signed(value)


@pytest.mark.parametrize(
    ("text", "value"), [("£1,254.00", 125_400), ("£0.01", 1), ("£0.00", 0), ("-£0.01", -1), ("-£1,254.00", -125_400), ("*", WITHHELD)]
)
def test_an_amount_with_its_mark(text: str, value: int) -> None:
    """The minus stands before the mark; what is withheld has neither."""
    assert text == in_pounds(value)
