"""What a what-if command asks, and its answer: as a page, as CSV or as JSON. Each question is answered by one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from p4p import yamltext
from p4p.activity import Activity, Expected
from p4p.activity_file import read_activity
from p4p.contract import Contract
from p4p.contract_file import contract_of
from p4p.errors import UsageError
from p4p.folder import Files, needed
from p4p.members import Members
from p4p.period import Quarter, periods
from p4p.practices_file import read_practices
from p4p.scenario import ActivityOf, Scenario, baseline
from p4p.scenario_file import Wanted, scenarios
from p4p.settle import expected
from p4p.yamltext import Document


@dataclass(frozen=True, slots=True)
class Question:
    """What the command line asks: the files, the period, the scenarios, and what is wanted of them."""

    files: Files
    wanted: Wanted
    quarter: str | None = None
    year: bool = False
    back_test: bool = False
    break_even: bool = False
    target: str | None = None
    by: str | None = None
    sweep: tuple[str, ...] = ()
    draws: int | None = None
    seed: int = 1
    forecast: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the three ways it may be written."""

    show: Callable[[], None]
    csv: Callable[[], str]
    json: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Table:
    """Everything that lies on the table when a question is put: the contract's tree, its members, its activity, and the scenarios."""

    document: Document
    contract: Contract
    members: Members
    activity_of: ActivityOf
    scenarios: tuple[Scenario, ...]

    @property
    def baseline(self) -> Scenario:
        return baseline(self.contract)


def answer(question: Question) -> Answer:
    """Read what a question names and answer it. Raises the errors of everything it reads, before anything is shown."""
    kind = _kind(question)
    quarters = _quarters(question, contract_of(yamltext.read(question.files.contract)))
    return _ANSWERS[kind](question, laid(question), quarters)


def laid(question: Question) -> Table:
    """Everything a question is about, read."""
    document = yamltext.read(question.files.contract)
    contract = contract_of(document)
    activity, practices = needed(question.files)
    members = read_practices(practices, counted_on=contract.counted_on, lists=question.files.lists)
    found = scenarios(question.wanted, document, members.networks)

    @cache
    def read(wanted: Expected) -> Activity:
        return read_activity(activity, wanted, members)

    return Table(document, contract, members, lambda c: read(expected(c)), found)
