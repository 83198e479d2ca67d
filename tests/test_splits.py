"""A package at every upfront share, by hand."""

from __future__ import annotations

from fractions import Fraction as F

from settling import ONE, Q1, YEAR, Case, contract, package, row

from p4p.language.contract import Contract, Shares, Split
from p4p.settling.settlement import Settlement, Totals
from p4p.whatif.splits import EVERY, packages, slider


def settled(terms: Contract) -> Settlement:
    return Case(terms, ONE, [row("P1", Q1, 9, 10), row("P1", Q1, 8, 10, indicator="I2")]).settled(Q1)


def two(upfront: F) -> Contract:
    """One package that is earned and one that is not, with the same split; of a third nothing has to be earned."""
    return contract(package(upfront, weights={"I1": F(1)}), package(upfront, weights={"I2": F(1)}), package(F(1)))


def test_every_share_is_settled() -> None:
    """From nothing to all of £2.50 up front in steps of a twentieth, 12½ pence; the rest of the first package is earned, the second stays as it is."""
    calls: list[int] = []
    found = slider(settled(two(F(7, 10))), "one", lambda: calls.append(1))
    assert ("one", "Care", 14, 21) == (found.package, found.title, found.today, len(calls))
    assert tuple(F(i, 20) for i in range(21)) == EVERY == tuple(stop.upfront for stop in found.stops)
    # of the second and third package 175 and 250 are paid up front, and 75 of the second are not earned
    fronts = [int(F(25, 2) * i + F(1, 2)) for i in range(21)]
    assert [Totals(front + 425, 250 - front + 75, 250 - front) for front in fronts] == [stop.totals for stop in found.stops]
    assert [{"N1": stop.totals} for stop in found.stops] == [stop.by_network for stop in found.stops]


def test_a_package_that_is_not_earned_pays_what_is_up_front() -> None:
    """Of the second package only the upfront part is paid, whatever its share."""
    found = slider(settled(two(F(7, 10))), "two")
    assert [425 + 75 + int(F(25, 2) * i + F(1, 2)) for i in range(21)] == [stop.totals.payable for stop in found.stops]


def test_the_contracts_own_share_stands_among_the_others() -> None:
    """62% lies between 60% and 65%, and is the thirteenth of 22 (from nought)."""
    found = slider(settled(two(F(62, 100))), "one")
    assert (13, 22, F(62, 100)) == (found.today, len(found.stops), found.stops[13].upfront)


def test_a_share_that_changes_inside_the_quarter_is_no_stop() -> None:
    """70% in April and 50% from May: there is no position of today."""
    terms = two(F(7, 10))
    changing = Split((Shares(None, F(7, 10), F(3, 10)), Shares(YEAR.months[1], F(1, 2), F(1, 2))))
    object.__setattr__(terms.packages["one"], "split", changing)
    found = slider(settled(terms), "one")
    assert (None, 21) == (found.today, len(found.stops))


def test_only_packages_with_something_to_be_earned_move() -> None:
    """The third is all up front."""
    assert ("one", "two") == packages(two(F(7, 10)))
