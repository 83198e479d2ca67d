"""What scenarios say of numbers: `60/40`, `+5pp`, `70%`, `+3%`. A number whose meaning is not plain is refused, with what to write instead."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from p4p.files.shape import parse_ratio
from p4p.numbers.errors import visible
from p4p.numbers.exact import ONE, decimal

_NUMBER = r"(\d{1,3}(?:\.\d{1,10})?)"
_POINTS = re.compile(rf"([+-]){_NUMBER}\s?pp", re.ASCII)
_GROWTH = re.compile(rf"([+-]){_NUMBER}\s?%", re.ASCII)
_SPLIT = re.compile(rf"{_NUMBER}/{_NUMBER}", re.ASCII)
_BARE = re.compile(rf"([+-]?){_NUMBER}\s?(%|pp)?", re.ASCII)


def parse_split(text: str) -> tuple[str, str]:
    """Read `60/40`, in percent, as the texts of its two parts. Raises ValueError, with what to write instead after a semicolon, for anything else."""
    m = _SPLIT.fullmatch(text)
    if not m:
        raise ValueError(
            f'"{visible(text)}" is not a split like 60/40; percent up front, a slash, percent for performance: they add to 100'
        )
    if Fraction(m[1]) + Fraction(m[2]) == 1:
        as_percent = "/".join(decimal(Fraction(part) * 100, 10) for part in m.groups())
        raise ValueError(f'"{text}" adds to 1, and a split is in percent; write {as_percent}')
    return m[1], m[2]


def parse_achievement(text: str) -> tuple[Literal["to", "by"], Fraction]:
    """Read `70%` (set to) or `+5pp` (moved by percentage points): ("to" | "by", value).

    Raises ValueError, with what to write instead after a semicolon, for anything else; so for `+5%`, which means two things.
    """
    if m := _POINTS.fullmatch(text):
        points = Fraction(m[2]) / 100
        if points > 1:
            raise ValueError(f'"{text}" is more than there is; an achievement moves by at most 100pp')
        return "by", points if m[1] == "+" else -points
    if m := _GROWTH.fullmatch(text):
        move = f"{m[1]}{m[2]}pp"
        raise ValueError(
            f'"{text}" of an achievement could mean percentage points or a part of it; write {move} for percentage points, or the achievement itself, such as 70%'
        )
    try:
        ratio = parse_ratio(text)
    except ValueError:
        raise ValueError(f'"{visible(text)}" is not an achievement; {_achievement_hint(text)}') from None
    if ratio > 1:
        raise ValueError(f'"{text}" is more than all patients; an achievement is at most 100%')
    return "to", ratio


def _achievement_hint(text: str) -> str:
    bare = _BARE.fullmatch(text)
    if not bare:
        return "write +5pp to move it by percentage points, or 70% to set it"
    number = Fraction(bare[2])
    percent = decimal(number * 100 if number <= 1 and not bare[3] else number, 12)
    return f"write {bare[1] or '+'}{percent}pp to move it by percentage points, or {percent}% to set it"


def parse_growth(text: str, word: str) -> Fraction:
    """Read `+3%` or `-3%` as the factor 103/100 or 97/100. Raises ValueError, with what to write instead after a semicolon, for anything else."""
    if m := _GROWTH.fullmatch(text):
        part = Fraction(m[2]) / 100
        if m[1] == "-" and part >= 1:
            raise ValueError(f'{word}: "{text}" would leave nothing; take less than 100% away')
        return ONE + part if m[1] == "+" else ONE - part
    bare = _BARE.fullmatch(text)
    if not bare:
        raise ValueError(f'{word}: "{visible(text)}" is not a change like +3% or -3%; say by how much it grows or shrinks')
    number = Fraction(bare[2])
    percent = decimal(number if bare[3] or number > 1 else number * 100, 12)
    if bare[3] and not bare[1]:
        raise ValueError(f'{word}: "{text}" does not say more or less; write +{percent}% or -{percent}%')
    raise ValueError(f'{word}: "{text}" is not a change like +3% or -3%; write {bare[1] or "+"}{percent}%')
