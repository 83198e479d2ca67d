"""The figures that schemes are settled on: by payee, measure and period, each with the line it came from."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from p4p.counts.members import Source
from p4p.numbers.errors import InputError, Location, Problem, did_you_mean, visible
from p4p.numbers.exact import MARKS, MONEY, Unit
from p4p.numbers.period import month_text
from p4p.steps.scheme import Scheme
from p4p.steps.terms import parse_number

#: The payee of figures that are given for the contract.
CONTRACT = "contract"

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ &-]{0,39}", re.ASCII)

#: What a figure of a unit looks like; of any other it is a number.
_SHAPES = {
    "money": "an amount like 5500.00",
    "ratio": "a ratio like 70%, 0.7 or 7/10",
    "patients": "a number of patients like 5891",
}


@dataclass(frozen=True, slots=True)
class Given:
    """One figure from a file: a number (money in hundredths) or a word, for the months from `first` on, `months` of them (0 for a day)."""

    payee: str
    measure: str
    first: int
    months: int
    value: Fraction | str
    day: date | None
    period: str
    at: Location


@dataclass(slots=True)
class Measures:
    """All figures of a settlement, and the files they came from."""

    sources: tuple[Source, ...] = ()
    given: dict[tuple[str, str], list[Given]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, figures: Iterable[Given], sources: tuple[Source, ...] = ()) -> Measures:
        """Figures put in order. Raises InputError where a figure is given twice for the same months."""
        made = cls(sources)
        problems: list[Problem] = []
        days: dict[tuple[str, str, date | None], Given] = {}
        spans: dict[tuple[str, str], list[Given]] = {}  # of each measure those that overlap none before them, by their first month
        for g in figures:
            same = made.given.setdefault((g.payee, g.measure), [])
            if not g.months:
                twice = days.get((g.payee, g.measure, g.day))
                days.setdefault((g.payee, g.measure, g.day), g)
            else:
                known = spans.setdefault((g.payee, g.measure), [])
                at = bisect_left(known, g.first, key=lambda o: o.first)
                twice = next((o for o in known[max(at - 1, 0) : at + 1] if _overlap(o, g)), None)
                if twice is None:
                    known.insert(at, g)
            if twice is not None:
                problems.append(
                    Problem(
                        g.at,
                        f"{g.payee}, {g.measure}, {g.period} is given already, by {twice.at}"
                        + (f" ({twice.period})" if twice.period != g.period else ""),
                        "keep one: nothing is counted twice",
                    )
                )
            same.append(g)
        if problems:
            raise InputError(problems)
        return made

    @property
    def payees(self) -> list[str]:
        """Everybody who has figures, sorted; the contract itself is nobody."""
        return sorted({payee for payee, _ in self.given if payee != CONTRACT})

    def payees_in(self, months: range) -> set[str]:
        """Everybody who has a figure for some of these months."""
        return {
            payee
            for (payee, _), given in self.given.items()
            if any(g.first <= months[-1] and g.first + max(g.months, 1) > months[0] for g in given)
        }

    def on(self, payee: str, measure: str, day: date) -> Given | None:
        """The figure of a day."""
        return self._take(next((g for g in self.given.get((payee, measure), ()) if g.day == day), None))

    def over(self, payee: str, measure: str, months: range) -> tuple[list[Given], bool]:
        """The figures inside some months, in order, and whether together they make up exactly these months."""
        inside = [
            g for g in self.given.get((payee, measure), ()) if g.months and g.first >= months[0] and g.first + g.months <= months[-1] + 1
        ]
        self.used.update(id(g) for g in inside)
        return sorted(inside, key=lambda g: g.first), sum(g.months for g in inside) == len(months)

    def wider(self, payee: str, measure: str, months: range) -> Given | None:
        """A figure that is about some of these months and about others too."""
        given = self.given.get((payee, measure), ())
        touching = (g for g in given if g.first <= months[-1] and g.first + g.months > months[0])
        return next((g for g in touching if g.first < months[0] or g.first + g.months > months[-1] + 1), None)

    def at_end(self, payee: str, measure: str, month: int) -> Given | None:
        """The figure of the latest day in a month; without one, that of the period that ends with the month."""
        ending = [g for g in self.given.get((payee, measure), ()) if g.first + max(g.months, 1) - 1 == month]
        days = {g.day: g for g in ending if g.day is not None}
        return self._take(days[max(days)] if days else next(iter(ending), None))

    def _take(self, found: Given | None) -> Given | None:
        if found is not None:
            self.used.add(id(found))
        return found

    def left_over(self) -> list[Given]:
        """The figures that no settlement has used yet."""
        return [g for figures in self.given.values() for g in figures if id(g) not in self.used]


def _overlap(a: Given, b: Given) -> bool:
    return a.first < b.first + b.months and b.first < a.first + a.months


def parse_value(text: str, unit: str, money: Unit) -> Fraction | str:
    """A figure of a unit: money `5500.00`, a ratio `70%`, `0.7` or `7/10`, `yes`, a word; `money` is the unit of the contract's currency.

    Raises ValueError, with what to write, for anything else.
    """
    if unit == "yes or no":
        if text not in ("yes", "no"):
            raise ValueError(f'"{visible(text)}" is neither yes nor no: write yes or no')
        return Fraction(text == "yes")
    if unit == "word":
        if not _WORD.fullmatch(text):
            raise ValueError(f'"{visible(text)}" is not one word like track_1, of letters, digits, . _ + and -')
        return text
    found, shape = parse_number(text), _SHAPES.get(unit, "a number like 5891")
    if found is None or (unit == "money" and found[1] == "ratio") or (unit == "ratio" and found[1] in MONEY):
        raise ValueError(f'"{visible(text)}" is not {shape}')
    value, said = found
    if unit == "money":
        if said not in ("number", money):
            raise ValueError(f'"{visible(text)}" is not in the contract\'s currency: write an amount like {MARKS[money]}5500.00')
        return value * 100 if said == "number" else value
    if unit != "ratio" and said != "number":
        raise ValueError(f'"{visible(text)}" is not {"a figure in patients" if unit == "patients" else "a plain number"}, like 5891')
    if unit == "ratio" and said == "number" and abs(value) > 10:
        raise ValueError(f'"{visible(text)}" would be {visible(text)} times the whole: write a ratio like 70%, 0.7 or 7/10')
    if unit == "patients" and (value < 0 or value.denominator > 100):
        raise ValueError(f'"{visible(text)}" is not {shape}')
    return value


def given_faults(scheme: Scheme, payee: str, measure: str) -> tuple[str, str, str] | None:
    """Why a figure cannot be taken: the column it is about, what is wrong, and what to do. None where it can."""
    known = {m: v for m, v in (scheme.measures or {}).items() if v.unit != "counts"}
    if measure in scheme.counts:
        return "measure", f'"{measure}" is counts of an indicator', "its counts come from an activity file"
    if measure not in known:
        return (
            "measure",
            f'the contract has no measure "{visible(measure)}"',
            did_you_mean(measure, known) or "the contract lists them under measures",
        )
    if not _CODE.fullmatch(payee):
        return "payee", f'"{visible(payee)}" is not a code', "letters, digits, spaces and . _ & - name a payee"
    for_contract = known[measure].given_for == "the contract"
    if for_contract != (payee == CONTRACT):
        if for_contract:
            return "payee", f'"{measure}" is given for the contract, not for a payee', f"write {CONTRACT} as its payee"
        return "payee", f'"{measure}" is given for each payee, not for the contract', "write the code of the payee"
    if scheme.payees is not None and payee != CONTRACT and payee not in scheme.payees:
        hint = did_you_mean(payee, scheme.payees) or "the contract lists them under payees"
        return "payee", f'the contract names no payee "{visible(payee)}"', hint
    return None


def span_text(months: range) -> str:
    """Months as text: `2016-04` or `2016-04 to 2016-06`."""
    return month_text(months[0]) if len(months) == 1 else f"{month_text(months[0])} to {month_text(months[-1])}"
