"""Whole pence: reading, rounding once, dividing a pot, writing.

In motion money is an exact number of pence of any kind that `exact` knows; at rest it is a whole number of pence, made here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Literal

from p4p.numbers.errors import visible
from p4p.numbers.exact import HALF, apply, choose, whole
from p4p.numbers.withheld import WITHHELD

RoundingMode = Literal["half-up", "half-even", "down", "up"]

_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"(?!-0\.00)-?(?:0|[1-9]\d{0,14})\.\d\d", re.ASCII)


def parse_pence(text: str, *, what: str = "an amount") -> Fraction:
    """Read pounds written `250000.00`, `250,000.00` or `2.765` as an exact number of pence.

    Raises ValueError, with the reason, for anything else.
    """
    if not _AMOUNT.fullmatch(text) or len(text) > 24:
        shown = text if len(text) <= 24 else text[:24] + "…"
        raise ValueError(f'"{shown}" is not {what} of money like 250000.00 (pounds, no sign, no currency mark)')
    return Fraction(text.replace(",", "")) * 100


def parse_plain(text: str) -> int:
    """Read what `plain` writes, `1254.00` or `-0.07`, as whole pence. Raises ValueError for anything else."""
    if not _PLAIN.fullmatch(text):
        shown = text if len(text) <= 24 else text[:24] + "…"
        raise ValueError(f'"{visible(shown)}" is not an amount like 1254.00')
    return int(text.replace(".", ""))


def rounded(x: Any, mode: RoundingMode) -> Any:
    """An exact number of pence as whole pence: the one rounding of a paid line.

    `half-up` takes half a penny away from zero, `half-even` to the even penny, `down` towards zero, `up` away from zero.
    """
    return apply(f"rounded to the penny ({mode})", lambda v: _ROUND[mode](v), x)


def _away_from_zero(toward_more: Any) -> Any:
    def away(x: Any) -> Any:
        above = x >= 0
        return toward_more(x) if above is True else choose(above, toward_more(x), -toward_more(-x))

    return away


def _half_even(x: Any) -> Any:
    floor = whole(x)
    odd = floor - 2 * whole(floor * HALF)
    rest = x - floor
    return choose(rest > HALF, floor + 1, choose(rest < HALF, floor, floor + odd))


_ROUND = {
    "half-up": _away_from_zero(lambda x: whole(x + HALF)),
    "half-even": _half_even,
    "down": _away_from_zero(whole),
    "up": _away_from_zero(lambda x: -whole(-x)),
}


def largest_remainder(pot: int, weights: Sequence[int]) -> list[int]:
    """Divide `pot` whole pence in proportion to whole-number weights so that the parts add up to the pot.

    Each part is rounded down; the pence left over go to the largest remainders, ties to the earlier. A pot below zero
    is the mirror image of the pot above. All weights zero: all parts are zero, whatever the pot.
    """
    total = sum(weights)
    if pot < 0:
        return [-part for part in largest_remainder(-pot, weights)]
    if total == 0:
        return [0] * len(weights)
    parts, remainders = [], []
    for weight in weights:
        part, rest = divmod(pot * weight, total)
        parts.append(part)
        remainders.append(rest)
    for i in sorted(range(len(parts)), key=lambda i: -remainders[i])[: pot - sum(parts)]:
        parts[i] += 1
    return parts


def divided(pot: int, weights: Sequence[Fraction]) -> list[int]:
    """`pot` whole pence in proportion to exact weights, as `largest_remainder` divides it: whoever must break ties by code gives the weights in that order."""
    common = lcm(*(w.denominator for w in weights))
    return largest_remainder(pot, [int(w * common) for w in weights])


def plain(pence: int) -> str:
    """`1254.00`: money as files carry it; `*` where it is withheld."""
    if pence is WITHHELD:
        return "*"
    sign, pence = ("-", -pence) if pence < 0 else ("", pence)
    return f"{sign}{pence // 100}.{pence % 100:02d}"


def grouped(pence: int) -> str:
    """`1,254.00`: money as people read it; `*` where it is withheld."""
    if pence is WITHHELD:
        return "*"
    sign, pence = ("-", -pence) if pence < 0 else ("", pence)
    return f"{sign}{pence // 100:,}.{pence % 100:02d}"


def in_pounds(pence: int) -> str:
    """`£1,254.00`, `-£3.00`; `*` where it is withheld."""
    if pence is WITHHELD:
        return "*"
    return f"-£{grouped(-pence)}" if pence < 0 else f"£{grouped(pence)}"


def signed(pence: int) -> str:
    """`+1,254.00`, `-3.00`, `0.00`: a difference."""
    return f"+{grouped(pence)}" if pence > 0 else grouped(pence)
