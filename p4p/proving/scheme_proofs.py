"""Runs the worked examples that schemes carry, through the very engine that settles.

An example's table becomes figures in memory: a row for each payee (and period), a column for each measure; counts are written 45/50 or 45/50-2. What the author expects of steps,
outcomes and `payable` is compared exactly; a figure written with `…` is compared as far as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from p4p.counts.measures import CONTRACT, Given, Measures, given_faults, parse_value
from p4p.files.contract_file import Cell, Example
from p4p.files.scheme_reading import months_asked
from p4p.files.yamltext import Node
from p4p.numbers.errors import ContractError, Problem, did_you_mean
from p4p.numbers.exact import MARKS, Unit, decimal, percent, pounds
from p4p.numbers.period import parse_period
from p4p.proving.proofs import Proof, proved
from p4p.settling.chain import SchemeSettlement, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme
from p4p.steps.terms import parse_number

_COUNTS = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?", re.ASCII)


def scheme_proofs(scheme: Scheme) -> list[Proof]:
    """Run every worked example of a scheme."""
    return [prove_scheme(scheme, example) for example in scheme.examples if isinstance(example, Example)]


def prove_scheme(scheme: Scheme, example: Example) -> Proof:
    """Run one worked example. An example that cannot be read is one that does not hold."""

    def settled() -> SchemeSettlement:
        months, period = months_of(scheme, example)
        return settle_scheme(scheme, Table(scheme, example, months).inputs(), months, period)

    return proved(example, settled, lambda found, stated: _compared(example, found, stated), lambda found: found.totals()["payable"])


def _compared(example: Example, settlement: SchemeSettlement, stated: list[int]) -> Iterator[Problem]:
    payees = list(settlement.inputs.payees)
    one = len(payees) == 1 and payees[0] not in example.expect.entries
    for code, node in [(payees[0], example.expect)] if one else example.expect.entries.items():
        if code not in payees:
            yield node.problem(f'nobody called "{code}" is paid', did_you_mean(code, payees), at=node.named_at)
            continue
        yield from _payee(settlement, code, node, stated)


def months_of(scheme: Scheme, example: Example) -> tuple[range, str]:
    """The months that an example settles, and their name. Raises ContractError where it does not say."""
    text = example.settles
    if not text:
        if len(scheme.years) > 1:
            raise ContractError([Problem(example.at, "the example does not say which period it settles", f"settles: {scheme.years[0]}")])
        if scheme.settled != "yearly":
            raise ContractError(
                [
                    Problem(
                        example.at,
                        "the example does not say which period it settles",
                        "settles: Q1" if scheme.settled == "quarterly" else "settles: 2016-04",
                    )
                ]
            )
        return scheme.years[0].months, str(scheme.years[0])
    if re.fullmatch(r"\d{4}-\d{2}", text) and scheme.settled == "monthly":
        return months_asked(scheme, None, None, text)
    return months_asked(scheme, text, None, None)


def _payee(settlement: SchemeSettlement, code: str, expect: Node, stated: list[int]) -> Iterator[Problem]:
    scheme = settlement.scheme
    found: dict[str, Any] = {}
    for entry in settlement.of(code):
        for name, value in entry.values.items():
            found[name] = value
            found[f"{entry.payment}.{name}"] = value
        found[f"{entry.payment}.payable"] = found.get(f"{entry.payment}.payable", 0) + entry.payable
    totals = settlement.totals(settlement.of(code))
    found.update({name: Fraction(pence) for name, pence in totals.items()})
    for name, node in expect.entries.items():
        if name not in found:
            yield node.problem(f'there is no step "{name}"', did_you_mean(name, found), at=node.named_at)
            continue
        stated.append(1)
        fault = _fault(found[name], node.text.strip(), scheme.money)
        if fault:
            yield node.problem(f"{name} is {fault}, not {node.text.strip()}")


def _fault(value: Any, said: str, money: Unit) -> str:
    """What a value is, where it is not what was said; empty where it is."""
    if isinstance(value, str):
        return "" if value == said else value
    number = Fraction(value)
    shown = f"{pounds(number, MARKS[money])} as money, {percent(number, 10)} as a ratio, {decimal(number, 10)} as a number"
    cut = "…" in said
    read = parse_number(said.replace("…", ""))
    if read is None:
        return shown
    wanted, unit = read
    scale = 100 if unit in ("pence", "cents", "ratio") else 1
    if not cut:
        return "" if wanted == number else shown
    digits = said.replace("…", "").rstrip("%").partition(".")[2]
    size = 10 ** len(digits)
    seen = number * scale if unit == "ratio" else number / scale if unit in ("pence", "cents") else number
    want = wanted * scale if unit == "ratio" else wanted / scale if unit in ("pence", "cents") else wanted
    return "" if int(seen * size) == int(want * size) else shown


def turned(example: Example) -> Example:
    """A table written with a row for each measure and a column for each payee, as one with a row for each payee."""
    measures = ("payee", *(row[0].text for row in example.rows))
    for row in example.rows:
        if measures.count(row[0].text) > 1:
            raise ContractError([Problem(row[0].at, f'example: "{row[0].text}" stands in the table twice', "keep one of the rows")])
    rows = ((Cell(payee, example.rows[0][0].at), *(row[n] for row in example.rows)) for n, payee in enumerate(example.columns) if n)
    return replace(example, columns=measures, rows=tuple(rows))


class Table:
    """An example's table as figures and counts: a row for each payee and a column for each measure, or the other way round."""

    def __init__(self, scheme: Scheme, example: Example, months: range) -> None:
        self.scheme, self.example, self.months = scheme, turned(example) if example.columns[0] == "measure" else example, months
        self.key = next((c for c in ("payee", scheme.paid_to, "practice") if c in example.columns), "payee")

    def inputs(self) -> Inputs:
        """The figures and counts of the table. Raises ContractError with everything wrong with it."""
        figures: list[Given] = []
        counts: dict[tuple[str, str], list[tuple[int, int, int, int, int]]] = {}
        lists: dict[tuple[str, str], Fraction] = {}
        payees: dict[str, str] = {}
        problems: list[Problem] = []
        for row in self.example.rows:
            record = dict(zip(self.example.columns, row, strict=True))
            code = record[self.key].text
            payee = record[self.scheme.paid_to].text if self.scheme.paid_to in record else code
            if payee != CONTRACT:
                payees[payee] = payee
            for name, cell in record.items():
                if name in (self.key, self.scheme.paid_to, "period", "practice") or cell.text in ("-", ""):
                    continue
                try:
                    self._take(name, payee, cell, record.get("period"), figures, counts, lists)
                except ValueError as e:
                    problems.append(Problem(cell.at, f"example: {e}"))
        if problems:
            raise ContractError(problems)
        known = {code: p.title for code, p in self.scheme.payees.items()} if self.scheme.payees else dict(sorted(payees.items()))

        def counted(payee: str, measure: str, months: range) -> tuple[int, int, int] | str:
            rows = [r for r in counts.get((payee, measure), ()) if r[0] >= months[0] and r[0] + r[1] <= months[-1] + 1]
            return (
                (sum(r[2] for r in rows), sum(r[3] for r in rows), sum(r[4] for r in rows)) if rows else f"counts of {measure} are missing"
            )

        return Inputs(Measures.of(figures), known, counted, lambda payee, name: lists.get((payee, name), f"{payee} has no {name}"))

    def _take(self, name: str, payee: str, cell: Cell, period: Cell | None, figures: list[Given], counts: Any, lists: Any) -> None:
        measure = (self.scheme.measures or {}).get(name)
        if measure is None:
            raise ValueError(f'the contract has no measure "{name}": {did_you_mean(name, self.scheme.measures or {})}'.rstrip(": "))
        opens = self.scheme.years[0].opens
        first, length, day = (
            parse_period(period.text, opens) if period and period.text not in ("", "-") else (self.months[0], len(self.months), None)
        )
        if measure.as_at is not None:
            day, length = measure.as_at, 0
        elif measure.measured == "for the year" and period is None:
            first, length = first - (first - opens + 1) % 12, 12
        if measure.unit == "counts":
            m = _COUNTS.fullmatch(cell.text)
            if not m:
                raise ValueError(f'"{cell.text}" is not counts like 45/50 or 45/50-2')
            counts.setdefault((payee, name), []).append((first, length, int(m[1]), int(m[2]), int(m[3] or 0)))
            return
        value = parse_value(cell.text, measure.unit, self.scheme.money)
        if measure.on_list:
            lists[payee, name] = value
            return
        if why := given_faults(self.scheme, payee, name):
            raise ValueError(why[1])
        figures.append(Given(payee, name, first, length, value, day, period.text if period else "", cell.at))
