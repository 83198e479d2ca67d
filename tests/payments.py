"""Contracts with payments in a few words, with their figures: what tests of settling steps by hand start from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from p4p.counts.measures import Given, Measures
from p4p.files.scheme_file import scheme_of
from p4p.files.yamltext import parse
from p4p.numbers.errors import Location
from p4p.numbers.exact import Figure
from p4p.numbers.period import parse_period
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme

HEAD = {
    "p4p": "1",
    "contract": "t",
    "title": "T",
    "commissioner": "C",
    "year": "2016/17",
    "currency": "GBP",
    "paid_to": "provider",
    "settled": "yearly",
    "paid": "in arrears",
    "rounding": "{to: 0.01, mode: half-up, at: payment}",
}


def scheme(body: str, **head: str) -> Scheme:
    """A contract with these payments and measures; `head` are its first keys where they differ, left out where empty."""
    keys = "".join(f"{key}: {value}\n" for key, value in (HEAD | head).items() if value)
    return scheme_of(parse((keys + body).encode(), "t.yaml"))


def figures(*rows: tuple[str, str, str, Any]) -> Measures:
    """Figures of payee, measure, period and value (money in pence), as they would stand in m.csv from its second line on."""
    made = []
    for n, (payee, measure, period, value) in enumerate(rows, 2):
        first, months, day = parse_period(period, 4)
        plain = value if isinstance(value, str) else Fraction(value)
        made.append(Given(payee, measure, first, months, plain, day, period, Location("m.csv", n)))
    return Measures.of(made)


def inputs(*rows: tuple[str, str, str, Any], **given: Any) -> Inputs:
    """What a contract is settled on: figures, and everybody who has some is paid, unless `payees` are given."""
    measures = figures(*rows)
    return Inputs(measures, **({"payees": {code: f"Payee {code}" for code in measures.payees}} | given))


def month(text: str) -> int:
    """A month such as 2016-04, counted from January of year 0."""
    year, _, number = text.partition("-")
    return int(year) * 12 + int(number) - 1


def months(first: str, last: str) -> range:
    """The months from one to another, both included."""
    return range(month(first), month(last) + 1)


def named(figure: Figure) -> dict[str, Figure]:
    """The figures of a tree by name, the outermost of each."""
    found: dict[str, Figure] = {}
    waiting = [figure]
    while waiting:
        one = waiting.pop(0)
        if one.name:
            found.setdefault(one.name, one)
        waiting += [*one.parts, *one.deciders]
    return found
