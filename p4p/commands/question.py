"""What a what-if command asks, and its answer: as a page, as CSV or as JSON. Each question is answered by one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from p4p.counts.activity import Activity, Expected
from p4p.counts.members import Members
from p4p.files import yamltext
from p4p.files.contract_file import contract_of
from p4p.files.folder import Files, known, needed, read_counts
from p4p.files.practices_file import read_practices
from p4p.files.yamltext import Document, Node
from p4p.language.contract import Contract
from p4p.numbers.errors import Location, UsageError
from p4p.numbers.period import Quarter, periods
from p4p.settling.settle import expected
from p4p.settling.settlement import Settlement
from p4p.whatif.scenario import BASELINE, ActivityOf, Scenario, baseline
from p4p.whatif.scenario_file import Wanted, laid_over, layered, scenarios, setting

if TYPE_CHECKING:
    from p4p.whatif.goalseek import Sought
    from p4p.whatif.whatif import WhatIf

#: How often a forecast draws patients again unless told.
DRAWS = 10_000


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
    answered = _ANSWERS[_kind(question)]
    document = yamltext.read(question.files.contract)
    quarters = _quarters(question, contract_of(document))
    return answered(question, laid(question.files, question.wanted, document), quarters)


def laid(files: Files, wanted: Wanted, document: Document) -> Table:
    """Everything that a question is about, read. Raises InputError, ContractError and UsageError with what is wrong with it."""
    contract = contract_of(document)
    activity, practices = needed(files, bool(contract.indicators))
    members = read_practices(practices, counted_on=contract.counted_on, lists=files.lists)
    found = scenarios(wanted, document, members.networks)

    @cache
    def read(of: Expected) -> Activity:
        return read_counts(activity, of, members)

    return Table(document, contract, members, lambda c: read(expected(c)), found)


def inside(files: Files, scenario: str, quarters: Sequence[Quarter], network: str | None = None) -> Settlement:
    """A period settled inside the scenario of a file. Raises as `laid` does, and UsageError for an unknown network."""
    table = laid(files, Wanted(files=[scenario]), yamltext.read(files.contract))
    known("network", network, table.members.networks)
    return table.scenarios[0].settled(table.members, table.activity_of, quarters)


def compared(question: Question) -> WhatIf:
    """The contract and the scenarios that a question names, settled side by side; there may be no scenario. Raises the errors of everything it reads."""
    from p4p.whatif.whatif import compare

    document = yamltext.read(question.files.contract)
    quarters = _quarters(question, contract_of(document))
    table = laid(question.files, question.wanted, document)
    return compare(table.baseline, table.scenarios, table.members, table.activity_of, quarters)


def _kind(question: Question) -> str:
    """Which question is put. Raises UsageError for two at once, and for an option without the one it belongs to."""
    asked = {
        "--back-test": question.back_test,
        "--break-even": question.break_even,
        "--target": question.target is not None,
        "--sweep": bool(question.sweep),
        "--forecast": question.forecast is not None,
        "--draws": question.draws is not None and question.forecast is None,
    }
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) > 1:
        raise UsageError(f"{' and '.join(kinds)} are different questions: ask one at a time")
    if (question.target is None) != (question.by is None):
        raise UsageError(
            "--target says what to reach and --by what to change: give both, such as --target N3=payable:60000.00 --by packages.diabetes.value.each"
        )
    return kinds[0] if kinds else "compare"


def _quarters(question: Question, contract: Contract) -> tuple[Quarter, ...]:
    """The quarters that a question is about; none for a back-test, which takes all there are."""
    if question.back_test:
        if question.quarter or question.year:
            raise UsageError("--back-test takes every quarter and year that the files hold: leave --quarter and --year out")
        return ()
    whole = question.year or question.forecast is not None
    if (question.quarter is None) != whole:
        both = question.quarter is not None and question.forecast is None
        raise UsageError("--quarter and --year are both given: keep one" if both else "say which period: --quarter Q1, or --year")
    try:
        return periods(question.quarter, contract.years)
    except ValueError as e:
        raise UsageError(str(e)) from None


def _compare(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import whatif_screen, whatif_tables
    from p4p.whatif.whatif import compare

    _scenarios_needed(table)
    found = compare(table.baseline, table.scenarios, table.members, table.activity_of, quarters)
    return Answer(
        lambda: whatif_screen.show_whatif(found), lambda: whatif_tables.whatif_csv(found), lambda: whatif_tables.whatif_json(found)
    )


def _scenarios_needed(table: Table) -> None:
    if not table.scenarios:
        packages = next(iter(table.contract.packages))
        raise UsageError(
            f"what if what? Name a scenario: --split {packages}=60/40, --price +2%, --scenario FILE, or another (--help lists them)"
        )


def _back_test(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import whatif_screen, whatif_tables
    from p4p.whatif.whatif import back_test

    found = back_test(table.baseline, table.scenarios, table.members, table.activity_of)
    return Answer(
        lambda: whatif_screen.show_back_test(found), lambda: whatif_tables.back_test_csv(found), lambda: whatif_tables.back_test_json(found)
    )


def _break_even(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import whatif_screen, whatif_tables
    from p4p.whatif.breakeven import break_even

    _scenarios_needed(table)
    found = break_even(table.baseline, table.scenarios, table.members, table.activity_of, quarters)
    return Answer(
        lambda: whatif_screen.show_break_even(table.contract, table.scenarios, quarters, found),
        lambda: whatif_tables.break_even_csv(found),
        lambda: whatif_tables.break_even_json(table.contract, table.scenarios, quarters, found),
    )


def _goal_seek(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import whatif_screen, whatif_tables

    baseline = table.baseline.settled(table.members, table.activity_of, quarters)
    found = sought(question, table, quarters)
    return Answer(
        lambda: whatif_screen.show_sought(baseline, found),
        lambda: whatif_tables.sought_csv(found),
        lambda: whatif_tables.sought_json(baseline, found),
    )


def sought(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> list[tuple[Scenario, Sought]]:
    """What a question's `target` needs `by` to be, on top of each scenario it names, or of the contract as it is."""
    from p4p.whatif.goalseek import goal_of, parameter_of, seek

    assert question.target is not None and question.by is not None
    document, by, at = table.document, question.by, Location(f"--by {question.by}")
    baseline = table.baseline.settled(table.members, table.activity_of, quarters)
    goal, parameter = goal_of(question.target, baseline), parameter_of(by, document, table.contract, baseline)

    def under(name: str, layers: list[Node]) -> tuple[Scenario, Sought]:
        def with_value(text: str) -> Scenario:
            return laid_over(document, [*layers, setting(document, by, text, at)], table.members.networks, name)

        found = seek(parameter, goal, lambda text: goal.of(with_value(text).settled(table.members, table.activity_of, quarters)))
        return with_value((found.found or found.start).text), found

    return [under(name, layers) for name, layers in layered(question.wanted, document) or [(BASELINE, [])]]


def _sweep(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import sweep_screen, sweep_tables
    from p4p.screens.page import progress
    from p4p.whatif.sweep import sweep
    from p4p.whatif.sweep_text import axes_of

    one = _one(table, "--sweep")
    axes = axes_of(question.sweep, one.contract, table.members.networks)
    found = sweep(one.settled(table.members, table.activity_of, quarters), axes, progress)
    return Answer(lambda: sweep_screen.show_sweep(found), lambda: sweep_tables.sweep_csv(found), lambda: sweep_tables.sweep_json(found))


def _draws(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import sweep_screen, sweep_tables
    from p4p.screens.page import progress
    from p4p.whatif.chance import draws
    from p4p.whatif.whatif import compare

    assert question.draws is not None
    settled = compare(table.baseline, table.scenarios, table.members, table.activity_of, quarters).settlements
    found = draws(settled, question.draws, question.seed, watch=progress)
    return Answer(lambda: sweep_screen.show_chance(found), lambda: sweep_tables.chance_csv(found), lambda: sweep_tables.chance_json(found))


def _forecast(question: Question, table: Table, quarters: tuple[Quarter, ...]) -> Answer:
    from p4p.screens import sweep_screen, sweep_tables
    from p4p.screens.page import progress
    from p4p.whatif.forecast import forecast

    one, method = _one(table, "--forecast"), cast(Any, question.forecast)
    activity, year = table.activity_of(one.contract), quarters[0].year
    drawn = {"n": question.draws or DRAWS, "seed": question.seed}
    found = forecast(one.contract, table.members, activity, year, method, one.assumptions, **drawn, watch=progress)
    return Answer(
        lambda: sweep_screen.show_forecast(found), lambda: sweep_tables.forecast_csv(found), lambda: sweep_tables.forecast_json(found)
    )


def _one(table: Table, option: str) -> Scenario:
    """The only scenario, or the baseline where there is none."""
    if len(table.scenarios) > 1:
        raise UsageError(f"{option} looks at one contract: name at most one scenario, not {len(table.scenarios)}")
    return table.scenarios[0] if table.scenarios else table.baseline


_ANSWERS: dict[str, Callable[[Question, Table, tuple[Quarter, ...]], Answer]] = {
    "compare": _compare,
    "--back-test": _back_test,
    "--break-even": _break_even,
    "--target": _goal_seek,
    "--sweep": _sweep,
    "--draws": _draws,
    "--forecast": _forecast,
}
