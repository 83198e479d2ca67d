"""The payment rule by hand: what a line earns, what is paid up front, what is shared again."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest

from p4p.language.contract import Each, Package, Performance, SharedAmongEarners, Shares, Split, Upfront
from p4p.language.curves import Direction
from p4p.numbers.exact import figure, formula
from p4p.settling import rules


def performance(**terms: Any) -> Performance:
    given = {
        "network_rate": "pooled",
        "measured": "year to date",
        "unearned": "retained by commissioner",
        "empty_denominator": "pays nothing",
        "missing_data": "refuse",
        "indicators": {},
    }
    return Performance(**(given | terms))


def package(upfront: Upfront | None) -> Package:
    return Package(title="Package", value=Each(each=100), split=Split((Shares(None, F(1), F(0)),)), upfront=upfront)


@pytest.mark.parametrize(
    ("earned", "before", "catch_up", "claw_back"),
    [
        # own: half of 100 = 50; due to date: half of 200 = 100
        (50, None, "allowed", "allowed"),
        (50, 20, "none", "none"),
        (80, 20, "allowed", "none"),
        (50, 20, "none", "allowed"),
        (80, 20, "allowed", "allowed"),
        (50, 70, "none", "none"),
        (50, 70, "allowed", "none"),
        (30, 70, "none", "allowed"),
        (30, 70, "allowed", "allowed"),
        (100, 0, "allowed", "none"),
        (-10, 110, "none", "allowed"),
    ],
)
def test_what_a_quarter_earns_with_and_without_looking_back(earned: int, before: int | None, catch_up: str, claw_back: str) -> None:
    """Catch-up pays what is due where that is more than the quarter's own, claw-back where it is less, both always, neither never."""
    terms = performance(catch_up=catch_up, claw_back=claw_back)
    assert earned == rules.earned(terms, "half-up", F(1, 2), F(100), F(200), None if before is None else F(before))


@pytest.mark.parametrize(("own", "due", "mode"), [(51, 81, "half-up"), (50, 80, "down"), (51, 81, "up"), (50, 80, "half-even")])
def test_own_and_due_are_rounded_as_the_contract_says(own: int, due: int, mode: Any) -> None:
    """Half of 101 is 50½, half of 201 is 100½, less 20 earned before: each is rounded once, before anything is taken off."""
    assert own == rules.earned(performance(), mode, F(1, 2), F(101), F(201), F(20))
    assert due == rules.earned(performance(catch_up="allowed", claw_back="allowed"), mode, F(1, 2), F(101), F(201), F(20))


def test_an_explanation_names_own_and_due() -> None:
    """A reader sees the two amounts that were compared, by name."""
    available, to_date, before = figure(100, "available", "pence"), figure(200, "to date", "pence"), figure(20, "before", "pence")
    made = rules.earned(performance(catch_up="allowed"), "half-up", figure(F(1, 2), "share", "ratio"), available, to_date, before)
    assert ("due", "own £0.50 is below due £0.80") == (made.name, made.because)


def test_the_first_quarter_takes_nothing_off() -> None:
    """Of the first quarter's value no earlier part is subtracted, not even nothing: it is its part of the year, rounded."""
    year, part = figure(10, "year", "pence"), figure(F(1, 4), "part", "ratio")
    assert "year × part, rounded to the penny (half-up)" == formula(rules.quarter_value(year, F(0), part, "half-up"))
    second = rules.quarter_value(year, figure(F(1, 4), "before", "ratio"), figure(F(1, 2), "to date", "ratio"), "half-up")
    assert F(2) == second.value  # 5, less 2½ rounded to 3


def test_values_and_upfront_payments_are_rounded_once() -> None:
    """Three patients at 2½ pence are 7½; half of 101 pence is 50½."""
    assert [8, 7] == [rules.year_value(F(5, 2), F(3), mode) for mode in ("half-up", "down")]  # type: ignore[arg-type]
    assert [51, 50] == [rules.upfront(F(101), F(1, 2), mode) for mode in ("half-up", "down")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "upfront"), [([100], None), ([100], Upfront(instalments="quarterly")), ([34, 33, 33], Upfront(instalments="monthly"))]
)
def test_a_quarter_is_paid_in_one_part_or_in_three(parts: list[int], upfront: Upfront | None) -> None:
    """A pound in three months: the odd penny comes first."""
    assert parts == rules.instalments(package(upfront), 100)


@pytest.mark.parametrize(("share", "terms"), [(1, "pays in full"), (0, "pays nothing"), (0, "refuse")])
def test_an_indicator_without_patients(share: int, terms: str) -> None:
    """Nothing of nothing is in full only where the contract says so."""
    assert share == rules.empty_share(performance(empty_denominator=terms))


@pytest.mark.parametrize(
    ("received", "cap", "earned", "shortfall"),
    [
        ([20, 60], F(1, 2), [100, 300], [50, 30]),  # 80 as 1 to 3, below 50 and 150
        ([10, 30], F(1, 10), [100, 300], [50, 30]),  # a tenth of each, though 80 are there
        ([33, 0], F(1, 3), [100, 0], [0, 400]),  # a third of 100 to the whole penny
        ([50, 50], F(1, 2), [100, 100], [60, 40]),  # as much as all may receive together
        # caps 0, 0 and 7 (nine tenths of 1, 1 and 8); 6 as 0.6, 0.6 and 4.8 is 1, 0 and 5, and the first may have none
        ([0, 0, 5], F(9, 10), [1, 1, 8], [6, 0, 0]),
        ([0, 0, 7], F(9, 10), [1, 1, 8], [0, 7, 0]),  # where there is as much as all caps together, each has its cap
        ([0, 0], F(1, 2), [0, 0], [100, 100]),
    ],
)
def test_unearned_money_is_shared_by_what_was_earned(received: list[int], cap: F, earned: list[int], shortfall: list[int]) -> None:
    """In proportion to what each earned, by largest remainder, and none receives more than the cap's part of that."""
    assert received == rules.shared(SharedAmongEarners(shared_among="earners", cap=cap), earned, shortfall)


COUNTS = [(9, 10), (1, 2), (0, 0), (1, 1), (12, 20)]  # 90%, 50%, nobody, 100% and 60%


@pytest.mark.parametrize(
    ("rate", "network_rate", "direction"),
    [
        (F(23, 33), "pooled", "higher is better"),  # 9 + 1 + 1 + 12 of 10 + 2 + 1 + 20
        (F(23, 33), "pooled", "lower is better"),
        (F(3, 4), "mean of practices", "higher is better"),  # 300% over four
        (F(3, 4), "mean of practices", "lower is better"),
        (F(1, 2), "every practice", "higher is better"),
        (F(1), "every practice", "lower is better"),
    ],
)
def test_the_rate_of_a_network(rate: F, network_rate: str, direction: Direction) -> None:
    """Its practices' patients together, the mean of their rates, or the rate furthest from the target; a practice without patients takes no part."""
    assert rate == rules.network_rate(performance(network_rate=network_rate), direction, COUNTS)


def test_counts_of_a_network_are_one_rate() -> None:
    """Where a network counts its patients itself there are no practices' rates to take a mean of."""
    terms = performance(network_rate="mean of practices", counts_from="network")
    assert F(23, 33) == rules.network_rate(terms, "higher is better", COUNTS)


@pytest.mark.parametrize("network_rate", ["pooled", "mean of practices", "every practice"])
@pytest.mark.parametrize("counts", [[], [(0, 0)], [(0, 0), (0, 0)]])
def test_a_network_without_patients_has_no_rate(network_rate: str, counts: list[tuple[int, int]]) -> None:
    """Nothing of nothing is neither none nor all."""
    assert rules.network_rate(performance(network_rate=network_rate), "higher is better", counts) is None
