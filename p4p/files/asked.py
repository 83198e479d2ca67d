"""What a command line says in words: months, dates, percentages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from p4p.files.shape import parse_ratio
from p4p.numbers.errors import Problem, UsageError, visible
from p4p.numbers.period import parse_date, parse_month


def month(text: str | None) -> int | None:
    """A month written `2009-08`. Raises UsageError for anything else."""
    try:
        return None if text is None else parse_month(text)
    except ValueError as e:
        raise UsageError(str(e)) from None


def day(text: str | None) -> date | None:
    """A date written `2009-04-01`. Raises UsageError for anything else."""
    try:
        return None if text is None else parse_date(text)
    except ValueError as e:
        raise UsageError(str(e)) from None


def percents(texts: Iterable[str]) -> dict[str, Fraction]:
    """Parts written `TH-01=20%`, by code. Raises UsageError naming each one that is not, and each code given twice."""
    out: dict[str, Fraction] = {}
    problems = []
    for text in texts:
        code, sign, value = text.partition("=")
        try:
            if not sign or not code:
                raise ValueError(f'"{visible(text)}" is not a practice and its part')
            share = parse_ratio(value)
            if code in out:
                raise ValueError(f"{visible(code)} is given twice")
            out[code] = share
        except ValueError as e:
            problems.append(Problem(None, str(e), "write each practice once, like --percent TH-01=20%"))
    if problems:
        raise UsageError(problems)
    return out
