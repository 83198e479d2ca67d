"""A scheme and its figures become a settlement: every payment, for every payee, in the order of the contract.

What one period's steps come to, `runs` says; here payments are rounded, set against what earlier periods were paid, and added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

from p4p.counts.measures import span_text
from p4p.numbers.errors import InputError, Problem, UsageError
from p4p.numbers.exact import ZERO, Figure, Unit, called, most
from p4p.settling.runs import Inputs, Run, named_key
from p4p.settling.units import units_of
from p4p.steps.scheme import WHOLE_MONTHS, Payment, Scheme
from p4p.steps.terms import Line, terms_of


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
        to_date = payment.basis == "year to date"
        before: dict[str, Any] = {}
        if to_date:
            start = self.scheme.year_start(months[0])
            for period in own_periods(self.scheme, payment, range(start, months[0])):
                for code, (_, _, payable) in self.settled(pid, period).items():
                    before[code] = before[code] + payable if code in before else payable
        for other in self._earlier[pid]:
            self._within(other, months, run, to_date)
        run.payment(pid)
        out = {}
        for code in self.inputs.payees:
            amount = run.results.get(code, {}).get(named_key(pid, payment.pays))
            if amount is None:
                continue
            due = run.paid(amount)
            paid = before.get(code, ZERO)
            if isinstance(due, Figure):
                due = due.named("due to date", self.scheme.money)
                paid = paid.named("paid before") if isinstance(paid, Figure) else Figure(paid, "paid before", due.unit)
            payable = due - paid if to_date else due
            if payment.claw_back == "none":
                payable = most(payable, ZERO * paid)
            if isinstance(payable, Figure):
                payable = payable.named("payable", at=payment.places.get("pays"))
            out[code] = (due, paid, payable)
            run.results[code][named_key(pid, "")] = payable
        self._done[months, pid] = out
        return out

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
            own = int(run.paid(values[name]))
            if payment.basis == "year to date":  # a step to date, of which the earlier periods had their part
                start = self.scheme.year_start(months[0])
                for period in list(own_periods(self.scheme, payment, range(start, months[0])))[-1:]:
                    own -= int(run.paid(self.run(period).results[code][named_key(pid, name)]))
            return own

        upfront = pence(payment.upfront) if payment.upfront else 0
        whole = int(payable)
        earned = whole - upfront
        available = pence(payment.available) if payment.available else earned
        lines = tuple(run.lines.get(f"{code}:{pid}", ()))
        return Entry(code, pid, months, values, int(due), int(paid), whole, upfront, available, earned, lines)


def _earlier(scheme: Scheme, payment: Payment) -> list[str]:
    """The payments on which a payment works; only earlier ones can be named."""
    return [name for name in dict.fromkeys(t.name for t in terms_of(payment.steps)) if name in scheme.payments]


@dataclass(frozen=True)
class SchemeSettlement:
    """A scheme settled: its entries, in the order of payees, payments and periods; `units` of every step and outcome, by payment and name."""

    scheme: Scheme
    inputs: Inputs
    months: range
    period: str
    entries: tuple[Entry, ...]

    @cached_property
    def units(self) -> dict[tuple[str, str], Unit]:
        """The unit of every step and outcome, by payment and name."""
        return units_of(self.scheme)

    @cached_property
    def _by_payee(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.payee, []).append(entry)
        return found

    def of(self, payee: str) -> list[Entry]:
        """One payee's entries."""
        return list(self._by_payee.get(payee, ()))

    def totals(self, entries: Sequence[Entry] | None = None) -> dict[str, int]:
        """Sums of money over entries, all of them unless told."""
        chosen = self.entries if entries is None else entries
        return {name: sum(getattr(e, name) for e in chosen) for name in AMOUNTS}


#: The amounts of an entry, which are also those of any number of entries together.
AMOUNTS = ("upfront", "available", "earned", "payable", "shortfall")


def settle_scheme(scheme: Scheme, inputs: Inputs, months: range, period: str) -> SchemeSettlement:
    """Settle every payment whose period ends inside some months.

    Raises InputError with everything that is missing, and where there is nobody to pay; UsageError where nothing is settled in these months.
    """
    inputs = inputs.in_year(scheme, months)
    if not any(True for payment in scheme.payments.values() for _ in own_periods(scheme, payment, months)):
        raise nothing_settled(scheme, period)
    entries = Chain(scheme, inputs).entries(months)
    if not entries:
        raise InputError([Problem(None, "nobody is paid: there are no payees", "name the payees in the contract or in the files")])
    order = {code: i for i, code in enumerate(inputs.payees)}
    return SchemeSettlement(scheme, inputs, months, period, tuple(sorted(entries, key=lambda e: order[e.payee])))


def nothing_settled(scheme: Scheme, period: str, only: str | None = None) -> UsageError:
    """A period was asked for in which no payment's own period ends, or not that of the one payment asked for."""
    rhythms = dict.fromkeys(scheme.rhythm(payment) for pid, payment in scheme.payments.items() if only in (None, pid))
    what = f"nothing is settled in {period}: {f'payment {only}' if only else 'the contract'} is settled {' and '.join(rhythms)}"
    return UsageError([Problem(None, what, "ask for the period in which it falls")])


@dataclass(frozen=True, slots=True)
class Explained:
    """One payment of one of its periods as a figure: a tree down to contract lines and file rows."""

    payment: str
    months: range
    figure: Figure


def explain_scheme(scheme: Scheme, inputs: Inputs, months: range, payee: str, payment: str | None) -> list[Explained]:
    """One payee's payments as trees; each must come to the same pence as the settlement."""
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
            figure = replace(found[payee][2].named(f"{pid}: payable"), about=f"{title}, {span_text(period)}")
            out.append(Explained(pid, period, figure))
    return out
