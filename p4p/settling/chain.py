"""A scheme and its figures become a settlement: every payment, for every payee, in the order of the contract.

What one period's steps come to, `runs` says; here payments are rounded, set against what earlier periods were paid, and added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import Any

from p4p.counts.measures import span_text
from p4p.numbers.errors import ContractError, InputError, Problem
from p4p.numbers.exact import MONEY as MONEY_UNITS
from p4p.numbers.exact import ZERO, Figure, Unit, called, most, shown
from p4p.settling.runs import Inputs, Run, named_key
from p4p.steps.scheme import WHOLE_MONTHS, Payment, Scheme
from p4p.steps.terms import Line, terms_of

#: So many steps are settled on figures to learn their units: of few payees all, of very many some.
MOST_FIGURES = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment to one payee for one of its own periods: all steps and outcomes by name, and what is paid, in whole hundredths."""

    payee: str
    payment: str
    months: range
    values: Mapping[str, Any]
    due: int
    paid_before: int
    payable: int
    upfront: int
    available: int
    earned: int
    lines: tuple[Line, ...]

    @property
    def adjustments(self) -> int:
        """What is paid beside what was paid up front and earned."""
        return self.payable - self.upfront - self.earned

    @property
    def shortfall(self) -> int:
        """What could have been earned and was not."""
        return self.available - self.earned


def own_periods(scheme: Scheme, payment: Payment, months: range) -> Iterator[range]:
    """The periods of a payment that end inside some months."""
    size = WHOLE_MONTHS[scheme.rhythm(payment)]
    opens = scheme.years[0].opens - 1
    for last in months:
        if (last - opens + 1) % size == 0:
            yield range(last - size + 1, last + 1)


class Chain:
    """Settles the periods of a scheme, each once, and keeps what earlier periods were paid."""

    def __init__(self, scheme: Scheme, inputs: Inputs, *, explained: bool = False) -> None:
        self.scheme, self.inputs, self.explained = scheme, inputs, explained
        self._runs: dict[range, Run] = {}
        self._done: dict[tuple[range, str], dict[str, tuple[Any, Any, Any]]] = {}
        self._earlier = {pid: _earlier(scheme, payment) for pid, payment in scheme.payments.items()}
        self.problems: list[Problem] = []

    def run(self, months: range) -> Run:
        """The run of a period."""
        if months not in self._runs:
            self._runs[months] = Run(self.scheme, self.inputs, months, self.explained, self.problems)
        return self._runs[months]

    def settled(self, pid: str, months: range) -> dict[str, tuple[Any, Any, Any]]:
        """What is due, what was paid before, and what is payable of a payment in one of its periods, by payee."""
        if (months, pid) in self._done:
            return self._done[months, pid]
        payment, run = self.scheme.payments[pid], self.run(months)
        before: dict[str, Any] = {}
        if payment.basis == "year to date":
            start = self.scheme.year_start(months[0])
            for period in own_periods(self.scheme, payment, range(start, months[0])):
                for code, (_, _, payable) in self.settled(pid, period).items():
                    before[code] = before[code] + payable if code in before else payable
        for other in self._earlier[pid]:
            self._within(other, months, run, payment.basis == "year to date")
        run.payment(pid)
        out = {}
        for code in self.inputs.payees:
            amount = run.results.get(code, {}).get(named_key(pid, payment.pays))
            if amount is None:
                continue
            due = run.paid(amount)
            paid = before.get(code, ZERO)
            if isinstance(due, Figure):
                self._no_money(payment, "pays", amount)
                for field in ("upfront", "available"):
                    self._no_money(payment, field, run.results[code].get(named_key(pid, getattr(payment, field))))
                due = due.named("due to date" if payment.basis == "year to date" else "payable", self.scheme.money)
                paid = paid.named("paid before") if isinstance(paid, Figure) else Figure(Fraction(paid), "paid before", due.unit)
            payable = due if payment.basis == "the period" else due - paid
            if payment.claw_back == "none":
                payable = most(payable, ZERO * paid)
            if isinstance(payable, Figure):
                payable = payable.named("payable", at=payment.places.get("pays"))
            out[code] = (due, paid, payable)
            run.results[code][named_key(pid, "")] = payable
        self._done[months, pid] = out
        return out

    def _no_money(self, payment: Payment, field: str, amount: Any) -> None:
        """Note a step that is taken for money and is none."""
        if isinstance(amount, Figure) and amount.value != 0 and amount.unit not in MONEY_UNITS:
            does = {"pays": "pays", "upfront": "pays upfront", "available": "says that available is"}[field]
            what = f"{payment.title} {does} {getattr(payment, field).replace('_', ' ')}, which is {shown(amount)} and no amount of money"
            self.problems.append(Problem(payment.places.get(field), what, "name a step that multiplies by an amount, such as £1.00"))

    def _within(self, other: str, months: range, run: Run, to_date: bool) -> None:
        """What an earlier payment paid in some months, under its name: in a year, the sum of what it paid each month.

        For a payment of the year to date it is what was paid in the year to date.
        """
        start = self.scheme.year_start(months[0]) if to_date else months[0]
        periods = list(own_periods(self.scheme, self.scheme.payments[other], range(start, months[-1] + 1)))
        paid = [(span_text(period), self.settled(other, period)) for period in periods]
        for code in self.inputs.payees:
            amounts = [
                found[code][2] if periods == [months] else called(f"{other}, {when}", found[code][2])
                for when, found in paid
                if code in found
            ]
            if amounts and len(amounts) == len(paid):
                whole = amounts[0] if periods == [months] else called(other, reduce(lambda a, b: a + b, amounts))
                run.results.setdefault(code, {})[named_key(other, "")] = whole

    def entries(self, months: range) -> list[Entry]:
        """Every payment whose period ends inside some months. Raises InputError with everything that is missing."""
        out: list[Entry] = []
        for pid, payment in self.scheme.payments.items():
            for period in own_periods(self.scheme, payment, months):
                found = self.settled(pid, period)
                out += [self._entry(pid, payment, period, code, *amounts) for code, amounts in found.items()] if not self.problems else []
        if self.problems:
            raise InputError(self.problems)
        return out

    def _entry(self, pid: str, payment: Payment, months: range, code: str, due: Any, paid: Any, payable: Any) -> Entry:
        run = self.run(months)
        start = named_key(pid, "")
        values = {key.removeprefix(start): value for key, value in run.results[code].items() if key.startswith(start) and key != start}

        def pence(name: str) -> int:
            own = int(_plain(run.paid(values[name]))) if name else 0
            if name and payment.basis == "year to date":  # a step to date, of which the earlier periods had their part
                start = self.scheme.year_start(months[0])
                for period in list(own_periods(self.scheme, payment, range(start, months[0])))[-1:]:
                    own -= int(_plain(run.paid(self.run(period).results[code][named_key(pid, name)])))
            return own

        upfront = pence(payment.upfront)
        whole = int(_plain(payable))
        earned = whole - upfront
        available = pence(payment.available) if payment.available else earned
        lines = tuple(run.lines.get(f"{code}:{pid}", ()))
        return Entry(code, pid, months, values, int(_plain(due)), int(_plain(paid)), whole, upfront, available, earned, lines)


def _earlier(scheme: Scheme, payment: Payment) -> list[str]:
    """The payments on which a payment works; only earlier ones can be named."""
    return [name for name in dict.fromkeys(t.name for t in terms_of(payment.steps)) if name in scheme.payments]


def _plain(x: Any) -> Fraction:
    return Fraction(getattr(x, "value", x))


@dataclass(frozen=True, slots=True)
class SchemeSettlement:
    """A scheme settled: its entries, in the order of payees, payments and periods; `units` of every step and outcome, by payment and name."""

    scheme: Scheme
    inputs: Inputs
    months: range
    period: str
    entries: tuple[Entry, ...]
    units: dict[tuple[str, str], Unit]

    def of(self, payee: str) -> list[Entry]:
        """One payee's entries."""
        return [e for e in self.entries if e.payee == payee]

    def totals(self, entries: Sequence[Entry] | None = None) -> dict[str, int]:
        """Sums of money over entries, all of them unless told."""
        chosen = self.entries if entries is None else entries
        return {name: sum(getattr(e, name) for e in chosen) for name in MONEY}


MONEY = ("upfront", "available", "earned", "adjustments", "payable", "shortfall")


def settle_scheme(scheme: Scheme, inputs: Inputs, months: range, period: str) -> SchemeSettlement:
    """Settle every payment whose period ends inside some months.

    Raises InputError with everything that is missing, and where nothing is paid in these months.
    """
    inputs = inputs.in_year(scheme, months)
    entries = Chain(scheme, inputs).entries(months)
    if not entries:
        who = (
            "nobody is paid: there are no payees"
            if not inputs.payees
            else f"nothing is settled in {period}: the contract is settled {scheme.settled}"
        )
        raise InputError(
            [
                Problem(
                    None,
                    who,
                    "name the payees in the contract or in the files" if not inputs.payees else "settle the period in which it falls",
                )
            ]
        )
    units = _units(scheme, inputs, entries)
    order = {code: i for i, code in enumerate(inputs.payees)}
    return SchemeSettlement(scheme, inputs, months, period, tuple(sorted(entries, key=lambda e: order[e.payee])), units)


def _units(scheme: Scheme, inputs: Inputs, entries: Sequence[Entry]) -> dict[tuple[str, str], Unit]:
    """The unit of every step and outcome, read off payments on figures, which know it: those of all payees where they are few or a step looks at all, else of some.

    Raises ContractError where money and plain numbers are added or compared, or a step is money for one payee and not for another.
    """
    settled = list(dict.fromkeys((e.payment, e.months) for e in entries))
    payees = list(dict.fromkeys(e.payee for e in entries))
    across = any(hasattr(step, "across") for payment in scheme.payments.values() for step in payment.steps.values())
    size = sum(len(getattr(step, "indicators", "1")) for pid, _ in settled for step in scheme.payments[pid].steps.values())
    some = payees[:: 1 + size * len(payees) // MOST_FIGURES]
    chosen = inputs.payees if across else {code: inputs.payees[code] for code in some}
    told = Chain(scheme, replace(inputs, payees=chosen, rows=lambda payee, measure, months: ()), explained=True)  # units need no evidence
    for pid, months in settled:
        told.settled(pid, months)
    if told.problems:  # the same for every payee
        raise ContractError({problem.at: problem for problem in reversed(told.problems)}.values())
    found: dict[tuple[str, str], Figure] = {}
    for months in dict.fromkeys(months for _, months in settled):
        for code in some:
            for key, value in told.run(months).results[code].items():
                payment, _, name = key.partition(":")
                if isinstance(value, Figure):
                    _one_unit(scheme, payment, name, found.setdefault((payment, name), value), value)
                    if found[payment, name].value == 0:
                        found[payment, name] = value
    return {key: value.unit for key, value in found.items()}


def _one_unit(scheme: Scheme, payment: str, name: str, one: Figure, other: Figure) -> None:
    """Raise ContractError where a step is money for one and not for another; nothing is nothing in every unit."""
    if one.value != 0 and other.value != 0 and (one.unit in MONEY_UNITS) != (other.unit in MONEY_UNITS):
        paid = scheme.payments[payment]
        step = paid.steps.get(name.partition(".")[0])
        what = f"{paid.title}, {name}: {shown(one)} for one payee or period and {shown(other)} for another: money and not money"
        hint = "write amounts with their mark (£1000.00), and let a step give money always or never"
        raise ContractError([Problem(step.places.get("") if step else paid.places.get(""), what, hint)])


def explain_scheme(scheme: Scheme, inputs: Inputs, months: range, payee: str, payment: str | None) -> list[Figure]:
    """One payee's payments as figures, each a tree down to contract lines and file rows; must come to the same pence as the settlement."""
    chain = Chain(scheme, inputs.in_year(scheme, months), explained=True)
    out = []
    for pid in scheme.payments:
        if payment not in (None, pid):
            continue
        for period in own_periods(scheme, scheme.payments[pid], months):
            found = chain.settled(pid, period)
            if chain.problems:
                raise InputError(chain.problems)
            if payee not in found:
                continue
            title = scheme.payments[pid].title
            out.append(replace(found[payee][2].named(f"{pid}: payable"), about=f"{title}, {span_text(period)}"))
    return out
