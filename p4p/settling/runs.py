"""One period's steps for all payees: what each step's terms stand for, and what came of it.

The steps run on fractions; with `explained` on figures that remember how they were made. It is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from p4p.counts.measures import CONTRACT, Given, Measures, span_text
from p4p.counts.members import Members, Source
from p4p.numbers.errors import MOST_PROBLEMS, Location, Problem
from p4p.numbers.exact import ZERO, Figure, Mixed, Unit, apply, figure
from p4p.numbers.money import rounded
from p4p.numbers.period import last_day
from p4p.settling.units import HINT
from p4p.steps.scheme import Measure, Scheme
from p4p.steps.terms import TOO_LONG, Line, Missing, Term, too_long

#: From how many lines on points are settled on columns.
MANY = 1000

Counts = Callable[[str, str, range], tuple[int, int, int] | str]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a scheme is settled on: figures, counts, lists, and who is paid.

    `counts(payee, measure, months)` gives numerator, denominator and excluded, or the reason why it cannot; `lists(payee, measure)` likewise a number of patients,
    `list_rows(payee, measure)` the rows behind it. `rows(payee, measure, months)` names the rows behind counts, for explanations; `practices(payee, measure, months)` gives the counts of each practice
    of a network: its code, numerator, denominator and excluded. `sources` are the files that were read.
    """

    measures: Measures
    payees: Mapping[str, str]
    counts: Counts = lambda payee, measure, months: "there are no counts"
    lists: Callable[[str, str], Fraction | str] = lambda payee, measure: "there are no lists"
    rows: Callable[[str, str, range], tuple[str, ...]] = lambda payee, measure, months: ()
    sources: tuple[Source, ...] = ()
    members: Members | None = None
    list_rows: Callable[[str, str], tuple[str, ...]] = lambda payee, measure: ()
    practices: Callable[[str, str, range], tuple[tuple[str, int, int, int], ...]] = lambda payee, measure, months: ()

    def in_year(self, scheme: Scheme, months: range) -> Inputs:
        """Without those who take no part in the year: practices and networks that are not there in any of its months; in a contract of several years
        those who are known by their figures alone and have none in it.
        """
        if scheme.payees is not None:
            return self
        year = next((y.months for y in scheme.years if months[0] in y.months), months)
        if self.members is not None and scheme.paid_to in ("practice", "network"):
            stays = (s for p in self.members.practices.values() for s in p.stays if any(s.covers(month) for month in year))
            here = {s.practice if scheme.paid_to == "practice" else s.network for s in stays}
        elif len(scheme.years) > 1 and set(self.payees) == set(self.measures.payees):
            here = self.measures.payees_in(year)
        else:
            return self
        return replace(self, payees={code: name for code, name in self.payees.items() if code in here})


@dataclass(slots=True)
class Run:
    """One period's steps for all payees. Problems are collected, so that everything missing is told at once."""

    scheme: Scheme
    inputs: Inputs
    months: range
    explained: bool
    problems: list[Problem] = field(default_factory=list)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def payment(self, pid: str) -> None:
        """Run the steps of a payment for every payee; results are kept by payee and name."""
        payment = self.scheme.payments[pid]
        everyone = {code: View(self, code, pid) for code in self.inputs.payees}
        for code in everyone:
            self.results.setdefault(code, {})
        alive = dict(everyone)
        for sid, step in payment.steps.items():
            rule: Any = step
            if hasattr(rule, "across"):
                found = self._across(rule, sid, pid, alive)
            elif bulk := self._bulk(rule, sid, alive):
                found = bulk
            else:
                found = {}
                for code, view in alive.items():
                    view.step = sid
                    try:
                        found[code] = rule.value(view)
                    except (Missing, Mixed) as fault:
                        self._note(code, pid, sid, fault, rule.places.get(""))
            large = [
                code for code, value in found.items() if any(too_long(x) for x in (value.values() if isinstance(value, dict) else (value,)))
            ]
            for code in large[:MOST_PROBLEMS]:
                self._note("" if hasattr(rule, "across") else code, pid, sid, Missing(*TOO_LONG), rule.places.get(""))
            found = {} if large else found
            alive = {code: alive[code] for code in found}
            for code, value in found.items():
                outcomes = value if isinstance(value, dict) else {"": value}
                for outcome, number in outcomes.items():
                    name = f"{sid}.{outcome}" if outcome else sid
                    self.results[code][named_key(pid, name)] = self.named(number, name, rule.places.get(""))

    def _bulk(self, rule: Any, sid: str, alive: Mapping[str, View]) -> dict[str, Any] | None:
        """Points of many payees at once, on columns: the same rule, many times as fast. Nothing where there are few, or they are to be explained."""
        if rule.kind != "points" or self.explained or len(alive) * len(rule.indicators) < MANY:
            return None
        from p4p.settling.points_table import points_of_many

        return points_of_many(rule, sid, alive)

    def _across(self, rule: Any, sid: str, pid: str, alive: Mapping[str, View]) -> dict[str, Any]:
        try:
            return dict(rule.across(alive)) if len(alive) == len(self.inputs.payees) else {}
        except (Missing, Mixed) as fault:
            self._note("", pid, sid, fault, rule.places.get(""))
            return {}

    def _note(self, code: str, pid: str, sid: str, fault: Missing | Mixed, at: Location | None) -> None:
        missing = fault if isinstance(fault, Missing) else Missing(str(fault), HINT)
        who = f"{code}, " if code else ""
        self.problems.append(Problem(missing.at or at, f"{who}{self.scheme.payments[pid].title}, {sid}: {missing.what}", missing.hint))

    def named(self, number: Any, name: str, at: Location | None) -> Any:
        """A result under its name, when explaining."""
        if not self.explained or isinstance(number, str):
            return number
        own = figure(number)
        if own.name:  # a figure that a choice let through keeps its own tree below the name of the step
            passed = replace(own, because="", deciders=())
            return Figure(own.value, name, own.unit, "the same as", (passed,), because=own.because, deciders=own.deciders, at=at)
        return own.named(name, at=at)

    def paid(self, amount: Any) -> Any:
        """An amount rounded as the contract rounds what it pays."""
        size = self.scheme.rounding.size
        if size == 1:
            return rounded(amount, self.scheme.rounding.mode)
        words = f"rounded to the {'pound' if self.scheme.money == 'pence' else 'dollar'} ({self.scheme.rounding.mode})"
        return apply(words, lambda v: rounded(v * Fraction(1, size), self.scheme.rounding.mode) * size, amount)


def named_key(pid: str, name: str) -> str:
    """How the results of a run are named: the payment, and the step or outcome; with an empty name what is payable."""
    return f"{pid}:{name}"


@dataclass(slots=True)
class View:
    """One payee in one period, as a step sees it: see `terms.At`."""

    run: Run
    payee: str
    pid: str
    step: str = ""

    @property
    def months(self) -> range:
        """The months that are settled."""
        return self.run.months

    @property
    def opens(self) -> int:
        """The month in which the year opens, counted from January of year 0."""
        return self.run.scheme.years[0].opens - 1

    def __call__(self, term: Term) -> Any:
        """The number, or the word, that a term stands for. Raises Missing where it is not to be had."""
        if term.value is not None:
            return Figure(term.value, unit=term.unit, at=term.at) if self.run.explained else term.value
        found = self._found(term)
        if found is None:
            raise Missing(f"there is no figure for {term.text}", "send it", term.at)
        return found

    def has(self, term: Term) -> bool:
        """Whether there is a number for a term."""
        try:
            return term.value is not None or self._found(term) is not None
        except Missing:
            return False

    def _found(self, term: Term) -> Any:
        scheme, results = self.run.scheme, self.run.results.get(self.payee, {})
        name = term.text
        own = results.get(named_key(self.pid, name))
        if own is not None:
            return own
        if name in scheme.payments:
            return results.get(named_key(name, ""))
        if scheme.measures and name in scheme.measures:
            return self._measure(name, scheme.measures[name])
        if scheme.parameters and name in scheme.parameters:
            return self._parameter(name)
        payee = (scheme.payees or {}).get(self.payee)
        if payee and name in payee.values:
            value = payee.values[name]
            return self._given(value.value or ZERO, name, value.unit, at=value.at)
        return None

    def _given(
        self, value: Any, name: str, unit: Unit, *, at: Location | None = None, about: str = "", evidence: tuple[str, ...] = ()
    ) -> Any:
        if not self.run.explained or isinstance(value, str):
            return value
        return Figure(Fraction(value), name=name, unit=unit, about=about, at=at, evidence=evidence)

    def _parameter(self, name: str) -> Any:
        parameter = (self.run.scheme.parameters or {})[name]
        last = self.months[-1] + (self.run.scheme.months_to_payment if parameter.selected_by == "payment" else 0)
        day = last_day(last)
        dated = parameter.on(day)
        if dated is None:
            held = ", ".join(f"{v.first} to {v.last or 'now'}" for v in parameter.values)
            raise Missing(
                f"{name} has no value on {day}: the contract gives it for {held}",
                "add the value for that day, with its source",
                parameter.places.get(""),
            )
        return self._given(
            dated.value.value, name, dated.value.unit, at=dated.at, about=f"{parameter.title}, on {day} ({parameter.source})"
        )

    def _measure(self, name: str, measure: Measure) -> Any:
        who = CONTRACT if measure.given_for == "the contract" else self.payee
        if measure.on_list:
            patients = self.run.inputs.lists(self.payee, name)
            if isinstance(patients, str):
                return self._if_missing(name, measure, patients)
            rows = self.run.inputs.list_rows(self.payee, name) if self.run.explained else ()
            about = f"{measure.title}, at {measure.as_at}"
            return self._given(patients, name, "patients", at=measure.places.get(""), about=about, evidence=rows)
        if measure.as_at is not None:
            one = self.run.inputs.measures.on(who, name, measure.as_at)
            found = [one] if one else []
            when = str(measure.as_at)
        elif measure.measured == "at the end of the period":
            one = self.run.inputs.measures.at_end(who, name, self.months[-1])
            found = [one] if one else []
            when = f"the end of {span_text(self.months)}"
        else:
            months = self._span(measure)
            when = span_text(months)
            found = self._inside(who, name, measure, months)
        if not found:
            return self._if_missing(
                name, measure, f"there is no figure for {name} in {when}" + ("" if who == self.payee else " (given for the contract)")
            )
        first = found[0].value
        if isinstance(first, str):
            other = next((g for g in found if g.value != first), None)
            if other is not None:
                raise Missing(
                    f"{name} is {first} in {found[0].period} and {other.value} in {other.period}",
                    "give one word for the whole period",
                    other.at,
                )
            return first
        total = sum((Fraction(g.value) for g in found), ZERO) if measure.unit != "yes or no" else max(Fraction(g.value) for g in found)
        unit = self.run.scheme.money if measure.unit == "money" else measure.figure_unit
        return self._given(total, name, unit, at=measure.places.get(""), about=f"{measure.title}, {when}", evidence=tuple(map(_row, found)))

    def _inside(self, who: str, name: str, measure: Measure, months: range) -> list[Given]:
        """The figures of some months. Raises Missing where one is about other months too, or where a gap between them is not nothing."""
        measures, when = self.run.inputs.measures, span_text(months)
        wider = measures.wider(who, name, months)
        if wider is not None:
            raise Missing(
                f"{name} is given for {wider.period}, which is more than {when}",
                "give it for shorter periods, or measure it for the year",
                wider.at,
            )
        found, complete = measures.over(who, name, months)
        if measure.unit == "ratio" and len(found) > 1:
            raise Missing(
                f"{name} is given for {len(found)} parts of {when}: the ratio of the whole is not their sum",
                "give the ratio of the whole period, or measure its numerator and denominator",
                found[1].at,
            )
        nothing = measure.missing.value == 0 or measure.missing.text == "no"
        if found and not complete and not nothing:
            raise Missing(f"{name} is given for part of {when} only", "send the rest: a part does not stand for the whole", found[0].at)
        return found

    def _if_missing(self, name: str, measure: Measure, what: str) -> Any:
        if measure.missing.text == "refuse":
            raise Missing(what, "send the figure, or say in the contract what a missing one means (missing)", None)
        if measure.unit == "word":
            return measure.missing.text
        value = Fraction(measure.missing.text == "yes") if measure.missing.value is None else measure.missing.value
        return self._given(value, name, measure.missing.unit, at=measure.missing.at, about=f"{what}: the contract says what that means")

    def _span(self, measure: Measure) -> range:
        """The months whose figures a period is settled on."""
        if measure.measured == "in the period":
            return self.months
        if measure.measured == "for the quarter":
            start = self.months[-1] - self.months[-1] % 3  # in both calendars a quarter opens in January
            return range(start, start + 3)
        start = self.run.scheme.year_start(self.months[0])
        return range(start, start + 12) if measure.measured == "for the year" else range(start, self.months[-1] + 1)

    def counts(self, term: Term) -> tuple[Any, Any, Any]:
        """Numerator, denominator and excluded of a measure of counts. Raises Missing where there are none."""
        measure = (self.run.scheme.measures or {})[term.text]  # a measure of counts by `faults`
        months = range(self.months[-1], self.months[-1] + 1) if measure.measured == "at the end of the period" else self._span(measure)
        found = self.run.inputs.counts(self.payee, term.text, months)
        if isinstance(found, str):
            raise Missing(found, "send the counts")
        n, d, e = found
        if measure.excluded == "already out":
            e = 0
        if not self.run.explained:
            return Fraction(n), Fraction(d), Fraction(e)
        rows = self.run.inputs.rows(self.payee, term.text, months)
        name, at, when = term.text, measure.places.get(""), span_text(months)
        return (
            Figure(Fraction(n), name=f"{name}: numerator", unit="patients", about=f"{measure.title}, {when}", at=at, evidence=rows),
            Figure(Fraction(d), name=f"{name}: denominator", unit="patients", about=when, at=at),
            Figure(Fraction(e), name=f"{name}: excluded", unit="patients", about=when, at=at),
        )

    def made(self, value: Fraction, how: str, parts: tuple[Any, ...] = (), money: bool = True) -> Any:
        """A number that no arithmetic of the rules gives."""
        if not self.run.explained:
            return value
        return Figure(value, unit=self.run.scheme.money if money else "number", how=how, parts=parts)

    def paid(self, amount: Any) -> Any:
        """An amount as it is paid."""
        return self.run.paid(amount)

    def line(self, line: Line) -> None:
        """Take note of an indicator's line."""
        self.run.lines.setdefault(f"{self.payee}:{self.pid}", []).append(line if line.step else replace(line, step=self.step))


def _row(given: Given) -> str:
    return f"{given.at}, {given.payee} {given.period}"
