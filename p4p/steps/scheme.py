"""What a scheme is: measures, dated parameters, and payments made of steps in the order that the contract writes.

A contract with `packages` pays care packages to networks (module `contract`). A contract with `payments` is a scheme: each payment is a chain of named steps, from what was
measured to what is paid, and says which step is paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.errors import Location, did_you_mean, visible
from p4p.numbers.exact import CURRENCIES, MARKS, MONEY, ZERO, Unit
from p4p.numbers.money import RoundingMode
from p4p.numbers.period import Year
from p4p.steps.bands import Lookup
from p4p.steps.points import Achievement, Points
from p4p.steps.pots import PotPart
from p4p.steps.terms import Step, Term, conditions_of, parse_number, parts_fault, terms_of
from p4p.steps.volume import Instalment

MeasureUnit = Literal["money", "patients", "number", "ratio", "yes or no", "word", "counts"]
MeasuredOver = Literal["in the period", "year to date", "at the end of the period", "for the quarter", "for the year"]
Rhythm = Literal["monthly", "quarterly", "yearly"]

REFUSE = Term("refuse")
#: How a missing figure of each unit is written.
MISSING: dict[str, str] = {
    "money": "£0.00",
    "patients": "0",
    "number": "0",
    "ratio": "0%",
    "yes or no": "no",
    "word": "a word such as none_given",
    "counts": "",
}
#: How a number of each unit is written in a contract.
WRITTEN: dict[Unit, str] = {**MARKS, "ratio": "%", "number": "plain"}

#: Words of steps, which no measure, parameter, payment or step can be called.
TAKEN = ("refuse", "none", "yes", "no")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ &-]{0,39}", re.ASCII)
_CODES = "letters, digits, spaces and . _ & - name a payee; `contract` is the contract itself"
_MONTHS = re.compile(r"\d{1,2} months?", re.ASCII)
WHOLE_MONTHS: dict[str, int] = {"monthly": 1, "quarterly": 3, "yearly": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure that the settlement reads from files: an amount spent, a number of patients, a score, a yes or no, or counts of an indicator."""

    title: str = key("what it is, in words")
    unit: MeasureUnit = key("what it is a number of")
    measured: MeasuredOver | None = key("whose figures a period is settled on", default=None)
    as_at: date | None = key("the one day whose figure counts, such as 2023-01-01", default=None)
    given_for: Literal["each payee", "the contract"] = key("each payee, or one figure for the contract", default="each payee")
    on_list: str = key("the list in the practices or lists files that it is, such as `registered list`", yaml="list", default="")
    excluded: Literal["leaves the denominator", "already out"] | None = key(
        "for counts: whether denominators still hold those excluded", default=None
    )
    missing: Term = key("what a missing figure means: `refuse`, or a figure", default=REFUSE)
    source: str = key("where it is published", default="")
    places: Places = places()

    @property
    def figure_unit(self) -> Unit:
        """The unit of its numbers; that of money is the currency's."""
        return {"patients": "patients", "ratio": "ratio"}.get(self.unit, "number")  # type: ignore[return-value]

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        if (self.measured is None) == (self.as_at is None):
            what = "`measured` is missing" if self.measured is None else "`measured` and `as_at` are both given"
            out.append(
                (
                    "",
                    what,
                    "measured: in the period | year to date | at the end of the period | for the quarter | for the year; or as_at: 2023-01-01",
                )
            )
        if self.on_list and (self.as_at is None or self.unit not in ("patients", "number")):
            out.append(("list", "a list is counted at a date, in patients", "unit: patients, as_at: 2023-01-01"))
        if (self.unit == "counts") != (self.excluded is not None):
            what = "`excluded` is missing" if self.unit == "counts" else "`excluded` is for counts"
            out.append(("", what, "say whether those excluded leave the denominator here or are `already out` of it"))
        if self.unit == "counts" and self.as_at is not None:
            out.append(("as_at", "counts are of a period, not of a day", "measured: at the end of the period, or another of the choices"))
        if self.unit == "counts" and self.given_for != "each payee":
            out.append(("given_for", "counts are given by practice", "leave given_for out"))
        if self.missing.text != "refuse" and not self._figure(self.missing):
            what = f"a missing figure is {self.missing.text}, which is no figure in {self.unit}"
            out.append(("missing", what, f"missing: refuse{', or ' if MISSING[self.unit] else ''}{MISSING[self.unit]}"))
        return out

    def _figure(self, term: Term) -> bool:
        """Whether a term is a figure of the measure's unit; a plain 0 is nothing of any unit. Counts that are missing are not made up."""
        if self.unit in ("word", "yes or no"):
            return term.value is None and (self.unit == "word" or term.text in ("yes", "no"))
        if term.value is None or self.unit == "counts":
            return False
        units: dict[str, tuple[Unit, ...]] = {"ratio": ("ratio",), "money": MONEY}
        return term.value == 0 or term.unit in units.get(self.unit, ("number",))


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a day to a day, both included; `last` None is open."""

    first: date
    last: date | None
    value: Term
    at: Location

    def holds(self, day: date) -> bool:
        """Whether the value holds on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value of the contract that changes by date, each value with the days on which it holds; outside them there is none."""

    title: str = key("what it is, in words")
    source: str = key("where it is published")
    selected_by: Literal["period", "payment"] = key(
        "which day selects the value: the last of the period that is settled, or that of payment"
    )
    values: tuple[Dated, ...] = key("days: value, such as 2022/23: £207.56, or 2013-04-01 to 2020-04-30: 2%, or 2022-07-01 on: 2%")
    places: Places = places()

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        for one, other in pairwise(sorted(self.values, key=lambda v: v.first)):
            if one.last is None or other.first <= one.last:
                out.append(
                    (
                        other.at,
                        f"two values hold on {other.first}: {one.value} and {other.value}",
                        "let each value end before the next begins",
                    )
                )
        units = dict.fromkeys(v.value.unit for v in self.values)
        if len(units) > 1:
            out.append(
                (
                    "values",
                    f"the values are of different units: {', '.join(sorted(WRITTEN[u] for u in units))}",
                    "write all as money, all as %, or all as numbers",
                )
            )
        return out

    def on(self, day: date) -> Dated | None:
        """The value that holds on a day; None where none does."""
        return next((v for v in self.values if v.holds(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """To what, and how, the amount of each payment is rounded, once."""

    to: Literal["0.01", "1"] = key("the unit: 0.01, one penny; 1, one pound")
    mode: RoundingMode = key("half-up takes a half away from zero; half-even to the even one; down towards zero; up away from zero")
    line: Literal["payment", "line"] = key(
        "where: payment, or line, which is the same with every indicator's line rounded first", yaml="at"
    )
    places: Places = places()

    @property
    def size(self) -> int:
        """The unit in hundredths."""
        return 100 if self.to == "1" else 1


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody who is paid, named in the contract, with figures of their own such as a share."""

    title: str
    values: dict[str, Term]
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment: a chain of steps, each working on measures, parameters and the steps before it, and which of them is paid.

    `basis: year to date` pays what is due to date less what the year's earlier periods were paid; `claw_back: none` then never takes back.
    """

    title: str = key("its name in words")
    source: str = key("where its terms are published", default="")
    clause: str = key("where the signed contract says so", default="")
    settled: Rhythm | None = key("how often, where it differs from the contract", default=None)
    steps: dict[str, Step] = key("the steps, by name, in the order of the contract: {kind: ..., ...}")
    pays: str = key("the step whose amount is paid")
    available: str = key("the step that says what could have been earned; the shortfall is what is missing to it", default="")
    upfront: str = key("the step whose amount is paid whatever was achieved", default="")
    basis: Literal["the period", "year to date"] = key("the period, or year to date less what was paid before")
    claw_back: Literal["allowed", "none"] | None = key("whether a later period takes back what earlier ones were paid", default=None)
    places: Places = places()

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        names = self.names()
        for field in ("pays", "available", "upfront"):
            said = getattr(self, field)
            if said and said not in names:
                out.append((field, f'{field}: there is no step "{said}"', f"the steps are: {', '.join(self.steps)}"))
        if (self.basis == "year to date") != (self.claw_back is not None):
            what = "`claw_back` is missing" if self.claw_back is None else "`claw_back` is for payments to date"
            out.append(("", what, "with `basis: year to date` say `claw_back: allowed` or `claw_back: none`"))
        return out

    def names(self) -> set[str]:
        """The steps and their outcomes."""
        return {name for sid, step in self.steps.items() for name in _names(sid, step)}


def _names(sid: str, step: Step) -> tuple[str, ...]:
    """What later steps may name of a step: its result, and its outcomes."""
    return (sid, *(f"{sid}.{outcome}" for outcome in getattr(step, "outcomes", ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A contract whose payments are chains of steps."""

    p4p: Literal["1"] = key("the version of this language: 1")
    contract: str = key("a short id")
    title: str = key("its name in words")
    commissioner: str = key("who pays")
    source: str = key("where its terms are published", default="")
    calendar: Literal["April to March", "January to December"] = key("which months make a year", default="April to March")
    years: tuple[Year, ...] = key("the year, such as 2009/10 (2013 in a calendar from January), or years: 2013 to 2021", yaml="year")
    currency: Literal["GBP", "USD"] = key("the currency: GBP or USD")
    paid_to: Literal["network", "practice", "provider", "partner", "federation", "locality", "organisation", "facility"] = key(
        "who is paid"
    )
    settled: Rhythm = key("how often it is settled")
    paid: Literal["in advance", "in arrears"] = key("whether a payment is made before or after its period")
    paid_after: str = key("with parameters selected by payment: how many months after the period, such as 9 months", default="")
    rounding: Rounding = key("how amounts become whole pence")
    payees: dict[str, Payee] | None = key("who is paid, where the contract names them, with figures of their own", default=None)
    measures: dict[str, Measure] | None = key("what is read from files, by name", default=None)
    parameters: dict[str, Parameter] | None = key("values that change by date, by name", default=None)
    payments: dict[str, Payment] = key("the payments, by id")
    examples: tuple[object, ...] = key("worked examples that `p4p check` runs", default=())
    file: str = ""
    sha256: str = ""
    places: Places = places()

    @property
    def money(self) -> Unit:
        """The unit in which its amounts are counted."""
        return CURRENCIES[self.currency]

    @property
    def mark(self) -> str:
        """The mark of its currency."""
        return MARKS[self.money]

    @property
    def counts(self) -> dict[str, Measure]:
        """The measures that are counts of indicators."""
        return {mid: m for mid, m in (self.measures or {}).items() if m.unit == "counts"}

    @property
    def months_to_payment(self) -> int:
        """How many months after its period a payment is made."""
        return int(self.paid_after.split()[0]) if self.paid_after else 0  # a number by `faults`

    def rhythm(self, payment: Payment) -> Rhythm:
        """How often a payment is settled."""
        return payment.settled or self.settled

    def year_start(self, month: int) -> int:
        """The first month of the year in which a month lies."""
        return month - (month - (self.years[0].opens - 1)) % 12

    def faults(self) -> Iterator[Fault]:
        """What contradicts itself here: names given twice, terms that name nothing, or something later. One by one: whoever reads them stops at a hundred."""
        yield from self._word_faults()
        yield from self._payee_faults()
        yield from self._name_faults()
        yield from self._instalment_faults()
        if self.paid_after and not _MONTHS.fullmatch(self.paid_after):
            yield "paid_after", f'"{visible(self.paid_after)}" is not a number of months', "paid_after: 9 months; at most 99"
        by_payment = any(p.selected_by == "payment" for p in (self.parameters or {}).values())
        if by_payment and not self.paid_after:
            yield "", "`paid_after` is missing", "a parameter is selected by payment: say when that is, such as paid_after: 9 months"
        for term in terms_of((self.payments, self.parameters, self.payees, self.measures)):
            if term.unit in MARKS and term.unit != self.money:
                what = f"{term.text} is not in the contract's currency"
                yield term.at or self.places[""], what, f"the currency is {self.currency}: write {self.mark}64.00"

    def _word_faults(self) -> Iterator[Fault]:
        """Names that a term could not tell from a number, from an outcome, or from a word of the language."""
        named: Iterator[tuple[str, Places]] = (
            (name, thing.places)
            for things in (self.measures, self.parameters, self.payments, *(p.steps for p in self.payments.values()))
            for name, thing in (things or {}).items()
        )
        counts = self.counts
        for name, at in named:
            if name in TAKEN:
                yield at[""], f'"{name}" is a word of the language', "give it another name"
            elif name not in counts and not _NAME.fullmatch(name):
                yield at[""], f'"{name}" is no name that a step can work on', "a name begins with a letter and has no point"

    def _payee_faults(self) -> Iterator[Fault]:
        """Payees that no file can name, and figures that one payee has and another has not, or has in another unit."""
        first: dict[str, Term] = {}  # of each figure; one that is nothing, which is nothing in every unit, only where there is no other
        for payee in (self.payees or {}).values():
            first |= {name: term for name, term in payee.values.items() if name not in first or not first[name].value}
        for code, payee in (self.payees or {}).items():
            if not _CODE.fullmatch(code) or code == "contract":
                yield payee.places[""], f'"{visible(code)}" is not the code of a payee', _CODES
            lacking = set(first) - set(payee.values)
            if lacking:
                yield payee.places[""], f"payee {code} has no `{min(lacking)}`", "give every payee the same figures"
            for name, term in payee.values.items():
                if term.value and first[name].value and term.unit != first[name].unit:
                    what = f"{term.text} is of another unit than {first[name].text}, the first payee's `{name}`"
                    yield term.at or payee.places[""], what, "write all as money, all as %, or all as numbers"

    def _instalment_faults(self) -> Iterator[Fault]:
        """Instalments that would not add up to the year."""
        for payment in self.payments.values():
            for sid, step in payment.steps.items():
                if isinstance(step, Instalment) and payment.basis == "year to date":
                    what = f"{sid} is the period's part of a year, and the payment is one of the year to date: what was paid would come off twice"
                    yield step.places[""], what, "say `basis: the period`, or pay the whole amount that is due to date"
                elif isinstance(step, Instalment) and self.rhythm(payment) == "monthly" and step.equal != "monthly":
                    yield (
                        step.places[""],
                        f"{sid} is cut by quarters, and the payment is made monthly",
                        "say `equal: monthly`, or `settled: quarterly`",
                    )

    def _name_faults(self) -> Iterator[Fault]:
        measures, parameters = self.measures or {}, self.parameters or {}
        for mid, measure in measures.items():
            if mid in parameters:
                yield measure.places[""], f'"{mid}" is a measure and a parameter', "give one of them another name"
        outer = dict.fromkeys(measures, "measure") | dict.fromkeys(parameters, "parameter")
        outer |= dict.fromkeys((name for payee in (self.payees or {}).values() for name in payee.values), "figure of the payees")
        before = dict.fromkeys(outer)
        for pid, payment in self.payments.items():
            known = dict(before)
            for sid, step in payment.steps.items():
                if sid in outer or sid in self.payments:
                    what = outer.get(sid, "payment")
                    yield step.places[""], f'step "{sid}" is called like a {what}', "give it a name of its own"
                for term in terms_of(step):
                    yield from _term_fault(term, sid, payment, known)
                yield from self._use_faults(step)
                known |= dict.fromkeys(_names(sid, step))
            before[pid] = None
            yield from self._whole_shares(payment)

    def _use_faults(self, step: Step) -> Iterator[Fault]:
        """Measures put to a use that is not theirs: words and counts as numbers, amounts tested against plain numbers."""
        units = {mid: m.unit for mid, m in (self.measures or {}).items()}
        here, numbers = step.places[""], list(terms_of(step))
        if isinstance(step, Achievement):
            numbers = [step.empty]
            if units.get(step.of.name) != "counts":
                yield step.of.at or here, f'"{step.of.name}" is not a measure of counts', "declare it under measures with unit: counts"
        elif isinstance(step, Points):
            numbers = [step.point_value, *step.factors, step.empty]
            for iid, indicator in step.indicators.items():
                numbers += terms_of((indicator.points, indicator.factors, indicator.done, indicator.ruling))
                counts = indicator.counts.name if indicator.counts else iid
                if indicator.curve is not None and units.get(counts) != "counts":
                    yield indicator.places[""], f'"{counts}" is not a measure of counts', "declare it under measures with unit: counts"
        words = {id(c.of) for c in conditions_of(step) if c.word.startswith("is")}
        looked_up = step.by if isinstance(step, Lookup) else ()
        words |= {id(term) for term in looked_up}
        for term in looked_up:
            if units.get(term.name) in ("money", "ratio", "yes or no"):
                what = f'"{term.name}" is given in {units[term.name]}, and rows are words'
                yield term.at or here, what, "use bands or a gate, or a word measure"
        for c in conditions_of(step):
            unit = units.get(c.of.name, "word")
            if c.word.startswith("is") and unit not in ("word", "yes or no"):
                yield c.of.at or here, f'"{c.of.name}" is given in {unit}, and {c.than} is a word', "test it by a number: at least 70%"
        for term in numbers:
            if units.get(term.name) == "word" and id(term) not in words:
                yield term.at or here, f'"{term.name}" is a word, not a number', "look it up ({kind: lookup}), or test it: is track_1"
            elif units.get(term.name) == "counts":
                hint = f"work on its achievement: {{kind: achievement, of: {term.name}, empty: refuse}}"
                yield term.at or here, f'"{term.name}" is counts of an indicator, not a number', hint
        for c in conditions_of(step):
            if c.than.value and units.get(c.of.name) == "money" and c.than.unit not in MONEY:
                amount = f"{self.mark}{c.than.text.rstrip(' %')}"
                hint = f"write an amount with its mark, such as {amount if parse_number(amount) else f'{self.mark}64.00'}"
                yield c.than.at or here, f"{c.of} is money, and {c.than} is not", hint

    def _whole_shares(self, payment: Payment) -> Iterator[Fault]:
        """The shares that the payees of a contract have of a pot make a whole."""
        for step in payment.steps.values():
            if not isinstance(step, PotPart) or not self.payees:
                continue
            shares = [p.values[step.by.name] for p in self.payees.values() if step.by.name in p.values]
            if shares and all(share.unit == "ratio" for share in shares):
                yield from parts_fault(step.places["by"], "payees' shares of the pot", (share.value or ZERO for share in shares))


def _term_fault(term: Term, sid: str, payment: Payment, known: Iterable[str]) -> Iterator[Fault]:
    """A name in a step that nothing has which stands before it; `known` are the names that it may have."""
    name = term.name
    if not name or name in known or name in ("refuse", "none"):
        return
    step = payment.steps[sid]
    at = term.at or step.places[""]
    base = name.partition(".")[0]
    if base == sid:
        what = f'gate "{sid}" tests its own reward' if step.kind == "gate" else f'step "{sid}" works on its own result'
        yield at, what, "name a measure, or an earlier step that does not depend on it"
    elif base in payment.steps and base not in known:
        circle = step.kind == "gate" and sid in {t.name for t in terms_of(payment.steps[base])}
        what = (
            f'gate "{sid}" tests its own reward: "{base}" is made of it'
            if circle
            else f'step "{sid}" works on "{name}", which stands after it'
        )
        hint = "steps work on what stands before them: move one of the two"
        yield at, what, "test a measure, or a step that is not made of what the gate lets through" if circle else hint
    else:
        yield at, f'nothing is called "{name}" here', did_you_mean(name, known)
