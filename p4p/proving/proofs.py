"""Runs the worked examples that contracts carry, through the very engine that settles.

An example's table becomes practices and counts in memory; what the author expects is compared with what the contract pays. Only the packages whose
indicators the table gives are settled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.contract_file import Cell, Example
from p4p.files.shape import parse_ratio
from p4p.files.yamltext import Node
from p4p.language.contract import Contract
from p4p.numbers.errors import ContractError, Location, MismatchError, P4PError, Problem, did_you_mean
from p4p.numbers.exact import decimal
from p4p.numbers.money import parse_pence, plain
from p4p.numbers.period import Quarter, years_text
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import AMOUNTS, Settlement

_COUNTS = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """One worked example, run: its name, where it stands, how many figures it states, and every way in which it does not hold."""

    name: str
    at: Location
    stated: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        return not self.problems


def proofs(contract: Contract) -> list[Proof]:
    """Run every worked example of a contract."""
    return [prove(contract, example) for example in contract.examples if isinstance(example, Example)]


def prove(contract: Contract, example: Example) -> Proof:
    """Run one worked example. An example that cannot be read is one that does not hold."""

    def settled() -> tuple[_Table, Settlement]:
        table = _Table(contract, example)
        activity = Activity.of(table.rows, expected(table.contract), table.members)
        return table, settle(table.contract, table.members, activity, [table.settles])

    return proved(example, settled, lambda found, stated: _compared(example, *found, stated), lambda found: found[1].totals.payable)


S = TypeVar("S")


def proved(
    example: Example, settled: Callable[[], S], compared: Callable[[S, list[int]], Iterator[Problem]], pays: Callable[[S], int]
) -> Proof:
    """An example settled and compared, or held against the refusal that it expects; `pays` is what a settlement pays, for the words."""
    stated: list[int] = []
    refused = example.expect.entries.get("refused")
    try:
        found = settled()
    except P4PError as e:
        stated.append(1)
        problems: tuple[Problem, ...] = ()
        if refused is None:
            hint = "mend the table, or expect {refused: ...}"
            problems = (example.expect.problem(f"refused: {e.problems[0].what}", hint, at=example.at),)
        elif refused.text.lower() not in str(e).lower():
            problems = (refused.problem(f'refused, but not for "{refused.text}": {e.problems[0].what}'),)
        return Proof(example.name, example.at, len(stated), problems)
    if refused is not None:
        problems = (refused.problem(f'"{refused.text}" was not refused: it pays {plain(pays(found))}'),)
    else:
        try:
            problems = tuple(compared(found, stated))
        except P4PError as e:
            problems = tuple(e.problems)
    return Proof(example.name, example.at, len(stated), problems)


def require(found: list[Proof]) -> None:
    """Raise MismatchError with every problem of examples that do not hold."""
    problems = [p for proof in found for p in proof.problems]
    if problems:
        raise MismatchError(problems)


def _compared(example: Example, table: _Table, settlement: Settlement, stated: list[int]) -> Iterator[Problem]:
    if "network" in example.columns:
        for code, node in example.expect.entries.items():
            if code not in table.members.networks:
                yield node.problem(f'the table has no network "{code}"', did_you_mean(code, table.members.networks), at=node.named_at)
            else:
                yield from _network(settlement, code, node, stated)
    else:
        yield from _network(settlement, next(iter(table.members.networks)), example.expect, stated)


def _network(settlement: Settlement, network: str, expect: Node, stated: list[int]) -> Iterator[Problem]:
    lines = {line.indicator: line for line in settlement.lines_of(network)}
    for name, node in expect.entries.items():
        thing: Any = settlement.by_network.get(network) if name == "total" else lines.get(name)
        fields = TOTAL_FIELDS if name == "total" else LINE_FIELDS
        if thing is None:
            yield node.problem(f'no indicator "{name}" is settled here', did_you_mean(name, [*lines, "total"]), at=node.named_at)
            continue
        for field, said in node.entries.items():
            if field not in fields:
                yield said.problem(f'unknown field "{field}"', did_you_mean(field, fields), at=said.named_at)
                continue
            stated.append(1)
            read, show = fields[field]
            try:
                wanted = read(said.text)
            except ValueError as e:
                yield said.problem(f"{name} {field}: {e}")
                continue
            found = getattr(thing, field)
            if wanted != found:
                yield said.problem(f"{name} {field} is {show(found)}, not {said.text}")


def _share(text: str) -> Fraction:
    return Fraction(text) if re.fullmatch(r"[01](\.\d{1,12})?", text, re.ASCII) else parse_ratio(text)


def _pence(text: str) -> int:
    sign, amount = (-1, text[1:]) if text.startswith("-") else (1, text)
    pence = parse_pence(amount)
    if pence.denominator != 1:
        raise ValueError(f"{text} has a part of a penny")
    return sign * int(pence)


def _whole(text: str) -> int | None:
    if text == "none":
        return None
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII):
        raise ValueError(f'"{text}" is not a whole number')
    return int(text)


def _shown(value: Fraction | None) -> str:
    return "none" if value is None else f"{decimal(value * 100, 6)}% ({value})"


_Reading = tuple[Callable[[str], Any], Callable[[Any], str]]
_MONEY: _Reading = (_pence, plain)
LINE_FIELDS: dict[str, _Reading] = {
    "numerator": (_whole, str),
    "denominator": (_whole, str),
    "excluded": (_whole, str),
    "achievement": (lambda t: None if t == "none" else _share(t), _shown),
    "share": (_share, _shown),
    "brought_forward": _MONEY,
    "available": _MONEY,
    "earned": _MONEY,
    "shortfall": _MONEY,
    "gap": (_whole, lambda v: "none" if v is None else str(v)),
}
TOTAL_FIELDS: dict[str, _Reading] = dict.fromkeys(AMOUNTS, _MONEY)


class _Table:
    """An example's table as a contract restricted to what it is about, members, and counts."""

    def __init__(self, contract: Contract, example: Example) -> None:
        self.example = example
        self.contract, self.year = contract, contract.years[0]
        if len(contract.years) > 1 and "/" not in example.settles:
            what = f"the contract covers {years_text(contract.years)}, and the example does not say which year it settles"
            raise ContractError([Problem(example.at, what, f"settles: {contract.years[0]} Q4")])
        if "/" in example.settles:
            self.year = self._quarter(Cell(example.settles, example.at)).year
        given = [c for c in example.columns if c in contract.indicators]
        about = {contract.indicators[iid][0] for iid in given}
        kept = {pid: p for pid, p in contract.packages.items() if pid in about or not given}
        self.contract = replace(contract, packages=kept)
        list_names = [name for name, _ in self.contract.lists]
        known = ["network", "practice", "quarter", *dict.fromkeys(list_names), *contract.indicators]
        unknown = [c for c in example.columns if c not in known]
        if unknown:
            raise ContractError([Problem(example.at, f'example: no column "{unknown[0]}"', did_you_mean(unknown[0], known))])
        measured = {p.performance.measured for p in kept.values() if p.performance}
        self.whole_year = measured == {"year"} and "quarter" not in example.columns
        self.given = given
        self.members = self._members(list_names)
        self.rows = list(self._rows())
        last = (
            "Q4"
            if self.whole_year
            else max((row["quarter"].text for row in self._records()), default="Q1")
            if "quarter" in example.columns
            else "Q1"
        )
        self.settles = self._quarter(Cell(example.settles or last, example.at))

    def _records(self) -> list[dict[str, Cell]]:
        return [dict(zip(self.example.columns, row, strict=True)) for row in self.example.rows]

    def _network(self, record: dict[str, Cell]) -> str:
        return record["network"].text if "network" in record else "N1"

    def _quarter(self, cell: Cell) -> Quarter:
        try:
            return Quarter.parse(cell.text, (self.year,) if cell.text.startswith("Q") else self.contract.years)
        except ValueError as e:
            raise ContractError([Problem(cell.at, f"example: {e}")]) from None

    def _members(self, list_names: list[str]) -> Members:
        practices: dict[str, Practice] = {}
        lists: dict[tuple[str, date], dict[str, int]] = {}
        for record in self._records():
            code, network = record["practice"].text, self._network(record)
            stay = Stay(practice=code, network=network, first=None, last=None, successor=None, at=record["practice"].at)
            before = practices.setdefault(code, Practice(code=code, name=code, stays=(stay,)))
            if before.stays[0].network != network:
                raise ContractError([Problem(record["practice"].at, f"example: practice {code} stands in two networks")])
            for name, day in self.contract.lists:
                if name in record and record[name].text != "-":
                    lists.setdefault((name, day), {})[code] = self._patients(record[name])
        for name, _ in self.contract.lists:
            if name not in self.example.columns:
                raise ContractError(
                    [
                        Problem(
                            self.example.at,
                            f"example: the table needs a column `{name}`: values are counted on it",
                            "add it, with each practice's patients",
                        )
                    ]
                )
        networks = {self._network(r): self._network(r) for r in self._records()}
        return Members.of(practices.values(), networks, lists)

    def _patients(self, cell: Cell) -> int:
        text = cell.text.replace(",", "")
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            raise ContractError([Problem(cell.at, f'example: "{cell.text}" is not a number of patients')])
        return int(text)

    def _rows(self) -> Iterator[Row]:
        for record in self._records():
            quarter = self._quarter(record["quarter"]) if "quarter" in record else Quarter(self.year, 4 if self.whole_year else 1)
            for iid in self.given:
                cell = record[iid]
                if cell.text in ("-", ""):
                    continue
                performance = self.contract.packages[self.contract.indicators[iid][0]].performance
                by_network = performance is not None and performance.counts_from == "network"
                counts = self._counts(cell)
                yield Row(
                    file=cell.at.file,
                    line=cell.at.line,
                    practice=self._network(record) if by_network else record["practice"].text,
                    indicator=iid,
                    period=str(self.year if self.whole_year else quarter),
                    month=quarter.months[-1],
                    months=12 if self.whole_year else 3,
                    numerator=counts[0],
                    denominator=counts[1],
                    excluded=counts[2] or 0,
                )

    def _counts(self, cell: Cell) -> tuple[int | None, int | None, int | None]:
        if cell.text == "*":
            return None, None, 0
        m = _COUNTS.fullmatch(cell.text)
        if not m:
            raise ContractError([Problem(cell.at, f'example: "{cell.text}" is not counts like 45/50, 45/50-2, * (withheld) or - (no row)')])
        return int(m[1]), int(m[2]), int(m[3] or 0)
