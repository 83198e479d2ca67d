"""What each step of a scheme is a number of: money, a ratio, patients, a plain number. Read off the steps' own rules, on stand-ins that no file gave.

A step computes its unit by computing: its rule runs on figures that know theirs, several times, so that every band, row and side of a gate is seen. Figures of a settlement
would not do: a payee with nothing earned has no unit to show, and another payee would be told, or refused, by that one's luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from p4p.numbers.errors import ContractError, Problem
from p4p.numbers.exact import MONEY, ONE, ZERO, Figure, Mixed, Unit, figure, formula, shown
from p4p.steps.amounts import Limits
from p4p.steps.bands import Bands, Corridors, Lookup, StraightLines
from p4p.steps.points import Points
from p4p.steps.scheme import Payment, Scheme
from p4p.steps.terms import Condition, Line, Missing, Step, Term, conditions_of, terms_of

#: A word that no contract waits for.
OTHER = "no-such-word"

#: In words, for a payment that pays one of these.
KINDS: dict[Unit, str] = {"ratio": "a ratio", "patients": "a number of patients", "number": "a plain number"}

HINT = "write amounts with their mark (£1000.00), and compare like with like"


def units_of(scheme: Scheme) -> dict[tuple[str, str], Unit]:
    """The unit of every step and outcome, by payment and name. Raises ContractError where money meets a plain number, or a payment pays no money."""
    problems: list[Problem] = []
    outer: dict[str, Unit] = dict(_outer(scheme))
    found: dict[tuple[str, str], Unit] = {}
    for pid, payment in scheme.payments.items():
        units = dict(outer)
        for sid, step in payment.steps.items():
            try:
                own = _units(scheme, step, units)
            except Mixed as fault:
                what = f"{payment.title}, {sid}: {fault.words.format(*map(said, fault.of))}"
                problems.append(Problem(step.places.get(""), what, HINT))
                continue
            for outcome, unit in own.items():
                name = f"{sid}.{outcome}" if outcome else sid
                units[name] = found[pid, name] = unit
        problems += _no_money(pid, payment, found)
        outer[pid] = scheme.money
    if problems:
        raise ContractError(problems)
    return found


def _no_money(pid: str, payment: Payment, found: dict[tuple[str, str], Unit]) -> Iterator[Problem]:
    """What a payment pays, or sets beside what it pays, and is no money."""
    for field, verb in (("pays", "pays"), ("available", "could have earned"), ("upfront", "pays up front")):
        name = getattr(payment, field)
        unit = found.get((pid, name))
        if unit is not None and unit not in MONEY:
            what = f"{payment.title} {verb} {name.replace('_', ' ')}, which is {KINDS[unit]} and no amount of money"
            yield Problem(payment.places.get(field), what, "pay a step that multiplies by an amount, such as £1.00")


def _outer(scheme: Scheme) -> Iterator[tuple[str, Unit]]:
    """What steps know beside each other: measures, parameters, payees' own figures."""
    for name, measure in (scheme.measures or {}).items():
        yield name, scheme.money if measure.unit == "money" else measure.figure_unit
    for name, parameter in (scheme.parameters or {}).items():
        yield name, parameter.values[0].value.unit  # they are all of one unit by `faults`
    own: dict[str, Term] = {}
    for payee in (scheme.payees or {}).values():  # the contract is refused where they give one name in two units
        own |= {name: term for name, term in payee.values.items() if term.value or name not in own}
    yield from ((name, term.unit) for name, term in own.items())


def _units(scheme: Scheme, step: Step, units: dict[str, Unit]) -> dict[str, Unit]:
    """The units of a step's result (under an empty name) and outcomes. Raises Mixed where they do not agree with themselves."""
    seen: dict[str, list[Figure]] = {}
    names = list(dict.fromkeys(t.name for t in terms_of(step)))
    if isinstance(step, Points):
        names += step.indicators  # the counts of an indicator are called like it
    for values in _tries(step, names):
        _try(step, StandIn(units, values, scheme.years[0].months, scheme.money), seen)
    for piece in _pieces(step):
        for values in (*_tries(piece, names), *_edges(piece, names)):
            _try(piece, StandIn(units, values, scheme.years[0].months, scheme.money), seen)
    return {outcome: _unit(figures) for outcome, figures in seen.items()}


def _try(step: Any, at: StandIn, seen: dict[str, list[Figure]]) -> None:
    """A step's result and outcomes on stand-ins, added to those seen, where it has any."""
    try:
        result = step.across({"A": at})["A"] if hasattr(step, "across") else step.value(at)
    except Missing:
        return
    for outcome, value in result.items() if isinstance(result, dict) else [("", result)]:
        seen.setdefault(outcome, []).append(figure(value))


def _unit(figures: list[Figure]) -> Unit:
    """The one unit of figures that were made by one rule; nothing is nothing in every unit. Raises Mixed where some are money and some are not."""
    telling = [f for f in figures if f.value != 0 or f.unit in MONEY]
    money, plain = next((f for f in telling if f.unit in MONEY), None), next((f for f in telling if f.unit not in MONEY), None)
    if money is not None and plain is not None:
        raise Mixed("{} is money, and {} is not", money, plain)
    units = {f.unit for f in telling or figures}
    return units.pop() if len(units) == 1 else "number"


def _tries(step: Step, names: list[str]) -> Iterator[Mapping[str, Fraction | str]]:
    """Values for the names of a step: nothing; each its own, and so that its conditions hold, or none of them; for a lookup each of its rows."""
    yield dict.fromkeys(names, ZERO)
    conditions = list(conditions_of(step))
    for side in [dict(_decided(conditions, holds)) for holds in (True, False)] if conditions else [{}]:
        for order in (names, names[::-1]):
            yield {name: ONE + n for n, name in enumerate(order)} | side
    if isinstance(step, Lookup):
        rows = [*(row.split() for row, _ in step.rows), [OTHER] * len(step.by)]
        yield from (dict.fromkeys(names, ONE) | {t.name: word for t, word in zip(step.by, row, strict=True)} for row in rows)


def _pieces(step: Step) -> list[Step]:
    """A step that compares with its own terms, cut into its bands, lines or corridors, so that each of them is seen whatever the others are."""
    if isinstance(step, Bands):
        return [replace(step, bands=(band,)) for band in step.bands]
    if isinstance(step, StraightLines):
        return [replace(step, segments=(segment,)) for segment in step.segments]
    if isinstance(step, Corridors):
        return [replace(step, bands=((None, share),)) for _, share in step.bands]
    return [step] if isinstance(step, Limits) else []


def _edges(step: Step, names: list[str]) -> Iterator[Mapping[str, Fraction]]:
    """Values on both sides of every number that a step holds."""
    for x in _numbers(step):
        yield from (dict.fromkeys(names, value) for value in (x, x + ONE, x - ONE))


def _decided(conditions: Iterable[Condition], holds: bool) -> Iterator[tuple[str, Fraction | str]]:
    """Values with which conditions hold, or with which none of them does."""
    for c in conditions:
        if c.word in ("is", "is not"):
            same = holds == (c.word == "is")
            yield c.of.name, Fraction((c.than.text == "yes") == same) if c.than.text in ("yes", "no") else c.than.text if same else OTHER
        elif c.than.value is not None:
            high = holds == (c.word in ("at least", "above"))
            yield c.of.name, c.than.value + ONE if high else c.than.value - ONE


def _numbers(thing: Any) -> Iterator[Fraction]:
    """Every number that stands in a step."""
    if isinstance(thing, Fraction):
        yield thing
    elif isinstance(thing, tuple):
        for item in thing:
            yield from _numbers(item)
    elif is_dataclass(thing):
        for f in fields(thing):
            yield from _numbers(getattr(thing, f.name))


@dataclass(frozen=True, slots=True)
class StandIn:
    """A payee whose figures nobody gave: what names stand for is their unit, with some value. See `terms.At`."""

    units: dict[str, Unit]
    values: Mapping[str, Fraction | str]
    months: range
    money: Unit

    @property
    def opens(self) -> int:
        """The year opens with the first of the months."""
        return self.months[0]

    def __call__(self, term: Term) -> Any:
        """A number of the contract, or a stand-in. Raises Missing for a name without a unit, which is a word or the result of a step that could not be tried."""
        if term.value is not None:
            return Figure(term.value, unit=term.unit, at=term.at)
        value = self.values[term.name]
        if isinstance(value, str):
            return value
        if term.name not in self.units:
            raise Missing(term.text)
        return Figure(value, name=term.text, unit=self.units[term.name])

    def has(self, term: Term) -> bool:
        """There is a stand-in for everything."""
        return True

    def counts(self, term: Term) -> tuple[Any, Any, Any]:
        """All of the denominator, or nobody at all."""
        number: Any = self.values[term.name]
        everybody = Figure(number, unit="patients")
        return everybody, everybody, Figure(ZERO, unit="patients")

    def made(self, value: Fraction, how: str, parts: tuple[Any, ...] = (), money: bool = True) -> Any:
        """A number that no arithmetic of the rules gives."""
        return Figure(value, unit=self.money if money else "number", how=how, parts=parts)

    def paid(self, amount: Any) -> Any:
        """An amount as it is paid."""
        return amount

    def line(self, line: Line) -> None:
        """Nobody reads these lines."""


def said(figure: Figure) -> str:
    """A stand-in in words: its name, how it was made, or the number that the contract writes."""
    return (figure.name or formula(figure) or shown(figure)).replace("_", " ")
