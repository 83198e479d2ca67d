"""What the steps of a payment work on: numbers written in the contract, and names of measures, parameters and earlier steps.

Money carries its mark (`£64.00`, `$1,000`), a ratio its sign (`70%`, `7/10`), a plain number nothing (`5891`), so that nothing is read as what it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar, Literal, Protocol

from p4p.language.contract import Fault
from p4p.language.keys import Places
from p4p.numbers.errors import Location, visible
from p4p.numbers.exact import MARKS, ONE, ZERO, Figure, Unit, choose, percent, stands, summed

Word = Literal["at least", "above", "at most", "below", "is", "is not"]

#: The unit of a currency's hundredth, in which money is counted, by its mark.
UNIT_OF: dict[str, Unit] = {mark: unit for unit, mark in MARKS.items()}

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?|\d{1,15}(?:\.\d{1,12})?"
_MONEY = re.compile(rf"([-−]?)([£$])({_NUMBER})", re.ASCII)
_PLAIN = re.compile(rf"([-−]?)({_NUMBER})(\s?%)?", re.ASCII)
_OVER = re.compile(r"([-−]?)(\d{1,15})\s?/\s?(\d{1,15})", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}(?:\.[A-Za-z][A-Za-z0-9_-]{0,39})?", re.ASCII)
_TEST = re.compile(r"(at least|above|at most|below|is not|is)\s+(.+)")


@dataclass(frozen=True, slots=True)
class Term:
    """A number written in the contract, or a name that stands for one: a measure, a parameter, an earlier step or one of its outcomes.

    `value` is set for a number; money is in hundredths (pence, cents), ratios are fractions.
    """

    text: str
    value: Fraction | None = None
    unit: Unit = "number"
    at: Location | None = None

    @property
    def name(self) -> str:
        """The name, with the outcome after a point; empty for a number."""
        return "" if self.value is not None else self.text

    def __str__(self) -> str:
        if self.value is not None:
            return self.text
        step, _, outcome = self.text.replace("_", " ").partition(".")
        return step if not outcome else f"{outcome} of {step}" if outcome != step else f"{outcome} (outcome of {step})"


def parse_term(text: str, at: Location | None = None) -> Term:
    """Read `£64.00`, `70%`, `7/10`, `5891`, `-2` or a name. Raises ValueError, with what to write, for anything else."""
    if found := parse_number(text):
        return Term(text, *found, at)
    if _NAME.fullmatch(text):
        return Term(text, at=at)
    raise ValueError(f'"{visible(text)}" is neither a number like £64.00, 70% or 5891 nor a name')


def parse_number(text: str) -> tuple[Fraction, Unit] | None:
    """A number and its unit; None for any other text. Raises ValueError for a division by nothing."""
    if m := _MONEY.fullmatch(text):
        return _signed(m[1], Fraction(m[3].replace(",", "")) * 100), UNIT_OF[m[2]]
    if m := _PLAIN.fullmatch(text):
        value = _signed(m[1], Fraction(m[2].replace(",", "")))
        return (value * Fraction(1, 100), "ratio") if m[3] else (value, "number")
    if m := _OVER.fullmatch(text):
        if int(m[3]) == 0:
            raise ValueError(f'"{text}" divides by nothing: write a ratio like 7/10')
        return _signed(m[1], Fraction(int(m[2]), int(m[3]))), "ratio"
    return None


def _signed(sign: str, value: Fraction) -> Fraction:
    return -value if sign else value


@dataclass(frozen=True, slots=True)
class Condition:
    """One test: `name: at least 70%`, `name: below other_name`, `name: yes`, `name: is track_1`."""

    of: Term
    word: Word
    than: Term

    def __str__(self) -> str:
        return f"{self.of} {self.word if self.word.startswith('is') else f'is {self.word}'} {self.than}"


Conditions = tuple[Condition, ...]


def parse_condition(name: str, text: str, at: Location | None = None) -> Condition:
    """Read what must hold of a name. Raises ValueError for anything else."""
    of = parse_term(name, at)
    if of.value is not None:
        raise ValueError(f'"{name}" is a number: a test is of a name, like quality: at least 70%')
    if text in ("yes", "no"):
        return Condition(of, "is", Term(text, at=at))
    m = _TEST.fullmatch(text)
    if not m:
        raise ValueError(f'"{visible(text)}" is not a test like "at least 70%", "above other_name", "yes", "no" or "is track_1"')
    word: Any = m[1]
    return Condition(of, word, Term(m[2], at=at) if m[1].startswith("is") else parse_term(m[2], at))


class At(Protocol):
    """One payee in one period, as a step sees it: what its terms stand for there."""

    payee: str

    @property
    def months(self) -> range:
        """The months that are settled."""

    @property
    def opens(self) -> int:
        """The month in which the year opens, counted from January of year 0."""

    def __call__(self, term: Term) -> Any:
        """The number that a term stands for, of whatever kind settles. Raises Missing where it is not to be had."""

    def has(self, term: Term) -> bool:
        """Whether there is a number for a term."""

    def counts(self, term: Term) -> tuple[Any, Any, Any]:
        """Numerator, denominator and excluded of a measure of counts."""

    def made(self, value: Fraction, how: str, parts: tuple[Any, ...] = ..., money: bool = ...) -> Any:
        """A number that no arithmetic of the rules gives, such as a square root or a part of a pot."""

    def paid(self, amount: Any) -> Any:
        """An amount as it is paid: rounded once, by the contract's rule."""

    def line(self, line: Line) -> None:
        """Take note of one indicator's line, for those who read indicators."""


class Step(Protocol):
    """One step of a payment: a class of its own for each kind, with a rule `value(at)`, or `across(everyone)` where it looks at all payees."""

    kind: ClassVar[str]

    @property
    def places(self) -> Places:
        """Where its keys stand in the contract."""

    def says(self) -> str:
        """The rule in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one indicator earned one payee: counts where it has them, points (`counted` before any ruling), and money in hundredths before and after."""

    step: str
    indicator: str
    title: str
    counts: tuple[Any, Any, Any] | None
    achievement: Any
    most_points: Any
    points: Any
    available: Any
    earned: Any
    note: str = ""
    counted: Any = None


class Missing(Exception):
    """A number that a step needs is not to be had: `what` and `hint` for the words of the error, `at` for its place."""

    def __init__(self, what: str, hint: str = "", at: Location | None = None) -> None:
        super().__init__(what)
        self.what, self.hint, self.at = what, hint, at


#: How large the top or bottom of a figure may be: 600 digits. Without a limit steps that multiply their own results would never end.
MOST_BITS = 2_000

TOO_LONG = ("the figure has more digits than any payment needs", "multiply or add fewer numbers, or numbers with fewer digits")


def too_long(x: Any) -> bool:
    """Whether a figure has more digits than any payment needs."""
    value = getattr(x, "value", x)
    return isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS


def short(x: Any) -> Any:
    """The same number. Raises Missing where it has more digits than any payment needs: a long sum is stopped on its way."""
    if too_long(x):
        raise Missing(*TOO_LONG)
    return x


def added(amounts: Iterable[Any]) -> Any:
    """The sum of at least one number; of figures it is one figure. Raises Missing as soon as it has more digits than any payment needs."""
    first, *rest = amounts
    value = reduce(lambda a, b: short(a + getattr(b, "value", b)), rest, getattr(first, "value", first))
    return summed(value, (first, *rest)) if rest and any(isinstance(x, Figure) for x in (first, *rest)) else value if rest else first


def yes_or_no(x: Any, of: Term) -> Any:
    """The same word, or yes or no as 1 or 0. Raises Missing for any other number."""
    if not isinstance(x, str) and getattr(x, "value", x) not in (0, 1):
        raise Missing(f"{of} is neither yes nor no", "name a measure in yes or no, or test it by a number, such as at least 70%", of.at)
    return x


def holds(at: At, condition: Condition) -> Any:
    """Whether a condition holds: a truth value, or on figures a verdict with its words. Raises Missing for a yes or no of a number that is neither 1 nor 0."""
    left = at(condition.of)
    if condition.word in ("is", "is not"):
        left = yes_or_no(left, condition.of)
        said = left if isinstance(left, str) else ("no" if getattr(left, "value", left) == 0 else "yes")
        return (said == condition.than.text) == (condition.word == "is")
    return stands(left, condition.word, at(condition.than))


def if_all(at: At, conditions: Conditions, yes: Any, no: Any) -> Any:
    """`yes` where every condition holds, else `no`."""
    chosen = yes
    for condition in reversed(conditions):
        chosen = choose(holds(at, condition), chosen, no)
    return chosen


def if_any(at: At, conditions: Conditions, yes: Any, no: Any) -> Any:
    """`yes` where at least one condition holds, else `no`."""
    chosen = no
    for condition in reversed(conditions):
        chosen = choose(holds(at, condition), yes, chosen)
    return chosen


def terms_of(thing: Any) -> Iterator[Term]:
    """Every term in the fields of a step, inside out."""
    if isinstance(thing, Term):
        yield thing
    elif isinstance(thing, Condition):
        yield thing.of
        if not thing.word.startswith("is"):
            yield thing.than
    elif isinstance(thing, dict):
        for item in thing.values():
            yield from terms_of(item)
    elif isinstance(thing, tuple):
        for item in thing:
            yield from terms_of(item)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            if f.name not in ("places", "at"):
                yield from terms_of(getattr(thing, f.name))


def conditions_of(thing: Any) -> Iterator[Condition]:
    """Every condition in the fields of a step."""
    if isinstance(thing, Condition):
        yield thing
    elif isinstance(thing, tuple):
        for item in thing:
            yield from conditions_of(item)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from conditions_of(getattr(thing, f.name))


def parts_fault(at: str | Location, what: str, parts: Iterable[Fraction]) -> list[Fault]:
    """The fault of parts that do not make a whole: none where they add to exactly 1."""
    try:
        total = added((ZERO, *parts))
    except Missing:
        return [(at, f"the {what} have more digits than any contract needs", "write them with fewer digits")]
    hint = "change one of them; together they are the whole"
    return [] if total == ONE else [(at, f"the {what} add to {percent(total, 12)}, not 100%", hint)]
