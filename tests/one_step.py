"""One step of a payment on its own: its terms stand for plain fractions, so that what it comes to can be worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from p4p.numbers.exact import Figure, figure
from p4p.steps.terms import Term, parse_term


def t(text: str) -> Term:
    """A term as contracts write it."""
    return parse_term(text)


class Plain:
    """What a step sees of one payee: names stand for the numbers given, `yes` and `no` as 1 and 0, words as they are."""

    def __init__(self, payee: str = "A", explained: bool = False, **values: Any) -> None:
        self.payee, self.explained, self.values = payee, explained, values
        self.lines: list[Any] = []
        self.months, self.opens = range(2016 * 12 + 3, 2016 * 12 + 15), 2016 * 12 + 3

    def __call__(self, term: Term) -> Any:
        if term.value is not None:
            return figure(term.value, unit=term.unit) if self.explained else term.value
        value = self.values[term.text]
        if isinstance(value, str):
            return value
        return figure(value, term.text) if self.explained else Fraction(value)

    def has(self, term: Term) -> bool:
        """Whether there is a number for a term."""
        return term.value is not None or term.text in self.values

    def counts(self, term: Term) -> tuple[Any, Any, Any]:
        """Numerator, denominator and excluded."""
        n, d, e = self.values[term.text]
        return Fraction(n), Fraction(d), Fraction(e)

    def made(self, value: Fraction, how: str, parts: tuple[Any, ...] = (), money: bool = True) -> Any:
        """The number itself; explained, with how it was made."""
        return Figure(value, unit="pence" if money else "number", how=how, parts=parts) if self.explained else value

    def paid(self, amount: Any) -> Any:
        """An amount in whole pence, half a penny up."""
        return Fraction((amount + Fraction(1, 2)).__floor__())

    def line(self, line: Any) -> None:
        """Keep a line."""
        self.lines.append(line)
