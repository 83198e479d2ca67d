"""The payment rule, written once for every kind of number that `exact` knows.

Everything that turns counts into money passes through here: settling runs it on columns, explaining on figures, tests on fractions.
Amounts are in pence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from p4p.language.contract import Package, Performance, SharedAmongEarners
from p4p.language.curves import Direction
from p4p.numbers.exact import ONE, ZERO, called, least, most
from p4p.numbers.money import RoundingMode, largest_remainder, rounded


def year_value(price: Any, patients: Any, mode: RoundingMode) -> Any:
    """A year's value at a price for each patient."""
    return rounded(price * patients, mode)


def quarter_value(year_value: Any, earlier: Any, to_date: Any, mode: RoundingMode) -> Any:
    """A quarter's part of a year's value: the value to date less that of earlier quarters, each rounded, so that four quarters add up.

    `earlier` and `to_date` are the parts of the year that fall before the quarter and up to its end.
    """
    upto = rounded(year_value * to_date, mode)
    return upto if earlier == 0 else upto - rounded(year_value * earlier, mode)


def upfront(quarter_value: Any, upfront_share: Any, mode: RoundingMode) -> Any:
    """The upfront payment of a quarter; the rest of the quarter's value is its performance pot."""
    return rounded(quarter_value * upfront_share, mode)


def instalments(package: Package, upfront: int) -> list[int]:
    """A quarter's upfront payment in the parts in which it is paid: one, or three monthly ones that add up to it."""
    monthly = package.upfront is not None and package.upfront.instalments == "monthly"
    return largest_remainder(upfront, [1, 1, 1]) if monthly else [upfront]


def network_rate(performance: Performance, direction: Direction, counts: Iterable[tuple[int, int]]) -> Fraction | None:
    """A network's achievement from its practices' (numerator, eligible): pooled, their mean, or the one furthest from the target.

    Practices without patients take no part; None where no practice has any.
    """
    sound = [(n, d) for n, d in counts if d > 0]
    if not sound:
        return None
    if performance.pooled:
        return Fraction(sum(n for n, _ in sound), sum(d for _, d in sound))
    rates = [Fraction(n, d) for n, d in sound]
    if performance.network_rate == "mean of practices":
        return sum(rates, Fraction(0)) / len(rates)
    return min(rates) if direction == "higher is better" else max(rates)


def empty_share(performance: Performance) -> Any:
    """The share of an indicator without patients: 0/0 is whatever the contract says, never 100% by itself."""
    return ONE if performance.empty_denominator == "pays in full" else ZERO


def earned(performance: Performance, mode: RoundingMode, share: Any, available: Any, to_date: Any, before: Any) -> Any:
    """What a line earns in a quarter.

    `share` is what the achievement earns; `available` the quarter's money on the line; `to_date` the money of the year's quarters so far,
    this one included; `before` what the line earned in earlier quarters of the year, None where there are none.

    The quarter's own is `available x share`; what is due is `to_date x share` less what was earned before. Where what is due is more, earlier
    quarters missed some of it, and catch-up lets it be earned now; where it is less, earlier quarters earned too much, and claw-back recovers it.
    With neither the quarter earns its own, with both what is due.
    """
    own = called("own", rounded(available * share, mode))
    if before is None or not (performance.catches_up or performance.claws_back):
        return own
    due = called("due", rounded(to_date * share, mode) - before)
    if performance.catches_up and performance.claws_back:
        return due
    return most(own, due) if performance.catches_up else least(own, due)


def shared(unearned: SharedAmongEarners, earned: Sequence[int], shortfall: Sequence[int]) -> list[int]:
    """What each network receives of a quarter's unearned money: in proportion to what it earned, at most the cap's part of that, to the penny."""
    caps = [int(unearned.cap * e) for e in earned]
    pot = min(sum(shortfall), sum(caps))
    return caps if pot == sum(caps) else [min(part, cap) for part, cap in zip(largest_remainder(pot, earned), caps, strict=True)]
