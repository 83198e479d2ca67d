"""Financial years, quarters and months, as the NHS counts them: April to March.

A month is an integer, `year * 12 + (month - 1)`, so that months are compared and counted by plain arithmetic.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from p4p.numbers.errors import visible

MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

LONGEST = 60  #: characters that a period may have: patterns with gaps in them take their time over long texts

FIRST, LAST = 1990, 2090  #: the years that are read, by the calendar year in which they start

_YEAR = re.compile(r"(?:FY)?\s*(\d{4}|\d{2})\s*[/\-–]?\s*(\d{4}|\d{2})", re.IGNORECASE | re.ASCII)
_QUARTER = re.compile(r"(?:(?P<year>.*?)[\s,]*)?Q\s*(?P<q>[1-4])(?:[\s,]*(?P<after>\S.*))?", re.IGNORECASE | re.ASCII)
_YEAR_QUARTER = re.compile(r"(\S+) Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Year:
    """A year, named by the calendar year in which it starts: a financial one, 1 April to 31 March, or with `opens=1` a calendar one."""

    start: int
    opens: int = 4

    def __str__(self) -> str:
        return str(self.start) if self.opens == 1 else f"{self.start}/{(self.start + 1) % 100:02d}"

    @classmethod
    def parse(cls, text: str) -> Year:
        """Read `2009/10`, `2009-10`, `2009/2010`, `20092010`, `09/10` or `0910`, each with or without `FY` before it.

        Raises ValueError, with the reason, for anything else; so for `2021`, which may be 2020/21 or the year 2021.
        """
        text = text.strip()
        m = _YEAR.fullmatch(text) if len(text) <= LONGEST else None
        if not m or (len(m[1]) == 2 and len(m[2]) == 4):
            raise ValueError(f'"{visible(text)}" is not a financial year like 2009/10')
        digits = re.sub(r"(?i)^FY\s*", "", text)
        if digits.isdigit() and digits[:2] in ("19", "20") and len(digits) < 8:
            meant = " or ".join(map(str, cls._meant(digits)))
            raise ValueError(f'"{text}" does not say which financial year: write {meant}' if meant else cls._far(text))
        start = int(m[1]) if len(m[1]) == 4 else 2000 + int(m[1])
        if not FIRST <= start <= LAST:
            raise ValueError(cls._far(text))
        if int(m[2]) % 100 != (start + 1) % 100 or (len(m[2]) == 4 and int(m[2]) != start + 1):
            raise ValueError(f'"{text}" does not end in the year after it starts: write {cls(start)}')
        return cls(start)

    @classmethod
    def _far(cls, text: str) -> str:
        return f'"{text}" is too long ago or too far ahead: write a year from {cls(FIRST)} to {cls(LAST)}'

    @classmethod
    def _meant(cls, digits: str) -> list[Year]:
        """The years that digits without a stroke may stand for, as far as there are such: `2021` is a year that ends or starts in 2021, or 2020/21; `1920` is 2019/20."""
        starts = (2019,) if digits == "1920" else (int(digits[:4]) - 1, int(digits[:4]))
        return [cls(start) for start in starts if FIRST <= start <= LAST]

    @property
    def first_day(self) -> date:
        return first_day(self.months[0])

    @property
    def last_day(self) -> date:
        return last_day(self.months[-1])

    @property
    def months(self) -> range:
        """The twelve months, the one in which the year opens first."""
        return range(self.start * 12 + self.opens - 1, self.start * 12 + self.opens + 11)

    @property
    def quarters(self) -> tuple[Quarter, Quarter, Quarter, Quarter]:
        return (Quarter(self, 1), Quarter(self, 2), Quarter(self, 3), Quarter(self, 4))


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a financial year; Q1 is April to June."""

    year: Year
    number: int

    def __str__(self) -> str:
        return f"{self.year} Q{self.number}"

    @property
    def months(self) -> range:
        """Its three months."""
        first = self.year.months[0] + 3 * (self.number - 1)
        return range(first, first + 3)

    @property
    def first_day(self) -> date:
        return first_day(self.months[0])

    @property
    def last_day(self) -> date:
        return last_day(self.months[-1])

    @property
    def to_date(self) -> tuple[Quarter, ...]:
        """The quarters of the year up to and including this one."""
        return self.year.quarters[: self.number]

    @property
    def key(self) -> int:
        """The quarter as the integer that frames carry; the next quarter's is one more."""
        return self.year.start * 4 + self.number - 1

    @classmethod
    def of_key(cls, key: int) -> Quarter:
        """The quarter of a financial year that an integer of a frame stands for."""
        return cls(Year(key // 4), key % 4 + 1)

    @classmethod
    def parse(cls, text: str, years: tuple[Year, ...]) -> Quarter:
        """Read `2009/10 Q1`, `2009-10 Q1`, `Q1 2009/10`, or `Q1` where `years` (the contract's) is a single year; `2013 Q1` in a calendar from January.

        Raises ValueError, with the reason, for anything else and for a year the contract does not cover.
        """
        m = _QUARTER.fullmatch(text.strip()) if len(text) <= LONGEST else None
        named = m and (m["year"] or m["after"])
        if not m or (m["year"] and m["after"]):
            like = "2009/10 Q1" if years[0].opens == 4 else f"{years[0]} Q1"
            raise ValueError(f'"{visible(text)}" is not a quarter like "{like}" or "Q1"')
        if named:
            year = parse_year(named, years[0].opens)
        elif len(years) == 1:
            year = years[0]
        else:
            raise ValueError(f'"{text}": the contract covers {years_text(years)}, so say which year: "{years[0]} Q{m["q"]}"')
        if year not in years:
            raise outside(str(year), years)
        return cls(year, int(m["q"]))


def years_text(years: Sequence[Year]) -> str:
    """The years that a contract covers: `2009/10`, or `2009/10 to 2011/12`."""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"


def outside(what: str, years: tuple[Year, ...]) -> ValueError:
    """A month, quarter or year that the contract does not cover."""
    return ValueError(f"{what} is outside the contract, which covers {years_text(years)}")


def period_asked(text: str | None, years: tuple[Year, ...]) -> Quarter | Year:
    """The quarter or the year that a text names, such as `2009/10 Q1`, `Q1` or `2009/10`; None is the contract's only year.

    Raises ValueError as `Quarter.parse` does.
    """
    if text is not None and "q" in text.lower():
        return Quarter.parse(text, years)
    if text is None and len(years) > 1:
        raise ValueError(f"the contract covers {years_text(years)}, so name the year: --quarter {years[0]}")
    year = years[0] if text is None else parse_year(text.strip(), years[0].opens)
    if year not in years:
        raise outside(str(year), years)
    return year


def periods(text: str | None, years: tuple[Year, ...]) -> tuple[Quarter, ...]:
    """The quarters of what a text names: one quarter, or the four of a year.

    Raises ValueError as `Quarter.parse` does.
    """
    asked = period_asked(text, years)
    return asked.quarters if isinstance(asked, Year) else (asked,)


def parse_year(text: str, opens: int) -> Year:
    """`2009/10`, or `2013` in a calendar from January. Raises ValueError for anything else."""
    if opens == 4:
        return Year.parse(text)
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST <= int(text) <= LAST):
        raise ValueError(f'"{visible(text)}" is not a calendar year like 2013')
    return Year(int(text), 1)


def months_text(months: range, years: Sequence[Year]) -> str:
    """A month, a quarter or a year as a contract that covers some years names it: `2009-04`, `2009/10 Q1`, `2009/10`."""
    spans = (span for year in years for span in (year, *year.quarters))
    return next((str(span) for span in spans if span.months == months), month_text(months[0]))


def parse_period(text: str, opens: int) -> tuple[int, int, date | None]:
    """First month, number of months and day of `2016/17`, `2016/17 Q1`, `2016-04` or `2016-04-01`; `2016` and `2016 Q1` in a calendar from January.

    Raises ValueError for anything else.
    """
    text = text.strip()
    if m := _YEAR_QUARTER.fullmatch(text):
        quarter = parse_year(m[1], opens).quarters[int(m[2]) - 1]
        return quarter.months[0], 3, None
    if len(text) == 10 and text[4] == "-":
        day = parse_date(text)
        return month_of(day), 0, day
    if len(text) == 7 and text[4] == "-":
        return parse_month(text), 1, None
    year = parse_year(text, opens)
    return year.months[0], 12, None


def month_of(day: date) -> int:
    """The month in which a day falls."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The last day of a month, leap years included."""
    return first_day(month).replace(day=monthrange(month // 12, month % 12 + 1)[1])


def month_text(month: int) -> str:
    """`2009-04`."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def parse_month(text: str) -> int:
    """Read `2009-04`. Raises ValueError for anything else."""
    m = _MONTH.fullmatch(text)
    if not m or not 1 <= int(m[2]) <= 12:
        raise ValueError(f'"{visible(text)}" is not a month like 2009-04')
    return int(m[1]) * 12 + int(m[2]) - 1


def parse_date(text: str) -> date:
    """Read `2009-04-01`. Raises ValueError, with the reason, for anything else and for days that do not exist."""
    m = _DATE.fullmatch(text)
    if not m:
        raise ValueError(f'"{visible(text)}" is not a date like 2009-04-01')
    try:
        return date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        raise ValueError(f'"{text}" is a day that does not exist: write a date like 2009-04-01') from None


def long_date(day: date) -> str:
    """`1 April 2009`, whatever the locale."""
    names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
    return f"{day.day} {names[day.month - 1]} {day.year}"
