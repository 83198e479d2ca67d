"""Schemes for the commands that also know care packages: what `settle`, `explain`, `check` and `describe` tell of a contract with `payments`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from p4p.files.folder import Files
    from p4p.files.yamltext import Document
    from p4p.sentences.describe import Section
    from p4p.settling.runs import Inputs
    from p4p.steps.scheme import Scheme

#: Of an explanation: how many figures may stand above each other, and how many there may be where each is told wherever it stands.
DEEPEST, LONGEST = 200, 100_000


class Told(TypedDict):
    """An answer in its three forms, for `deliver.answer`."""

    table: Callable[[], None]
    csv: Callable[[], str]
    json: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The files of a scheme that a command line names, and its contract as located text, which is read once."""

    files: Files
    document: Document


def scheme_document(path: str) -> Document | None:
    """A contract file as located text where it holds a scheme: where it has a key `payments`; None where it does not.

    Raises ContractError where it is not there or cannot be read as YAML, as every reader of it would.
    """
    from p4p.files import yamltext

    with suppress(OSError), open(path, "rb") as file:  # what is not there, the reader of YAML says
        if b"payments" not in file.read(yamltext.MAX_BYTES):
            return None
    document = yamltext.read(path)
    return document if "payments" in document.root.entries else None


def scheme_in(paths: Sequence[str], practices: str | None, lists: Sequence[str] | None) -> Asked | None:
    """The scheme that a command line names, with its files; None where it names care packages."""
    from p4p.files.folder import files_of

    files = files_of(paths, practices, lists or ())
    document = scheme_document(files.contract)
    return None if document is None else Asked(files, document)


def _read(asked: Asked, quarter: str | None, year: bool, month: str | None, payee: str | None) -> tuple[Scheme, Inputs, range, str]:
    """A scheme, what it is settled on in the period asked, its months and its name. Raises UsageError for a period or a payee that is not there."""
    from p4p.files.folder import known
    from p4p.files.scheme_file import scheme_of
    from p4p.files.scheme_reading import months_asked, read_inputs

    scheme = scheme_of(asked.document)
    months, period = months_asked(scheme, quarter, year, month)
    inputs = read_inputs(scheme, asked.files, months).in_year(scheme, months)
    known(scheme.paid_to, payee, inputs.payees)
    return scheme, inputs, months, period


def settlement(asked: Asked, quarter: str | None, year: bool, month: str | None, payee: str | None, verify: bool = False) -> Told:
    """A scheme settled for the period asked, and held against the independent checker. Raises MismatchError where a figure does not follow."""
    from p4p.screens import scheme_screen, scheme_tables
    from p4p.settling.chain import settle_scheme

    scheme, inputs, months, period = _read(asked, quarter, year, month, payee)
    chosen = () if payee is None else (payee,)
    found = settle_scheme(scheme, inputs, months, period)
    if verify:
        from p4p.commands.verified import hold_scheme

        hold_scheme(scheme_tables.scheme_json(found), asked.files)
    return {
        "table": lambda: scheme_screen.show_scheme(found, payee),
        "csv": lambda: scheme_tables.scheme_csv(found, chosen),
        "json": lambda: scheme_tables.scheme_json(found, chosen),
    }


def explanation(asked: Asked, quarter: str | None, year: bool, month: str | None, payee: str, payment: str | None) -> Told:
    """One payee's payments as trees."""
    from p4p.files.folder import known
    from p4p.numbers.errors import UsageError
    from p4p.numbers.exact import depth, lines
    from p4p.screens import scheme_screen, scheme_tables
    from p4p.settling.chain import explain_scheme, nothing_settled

    scheme, inputs, months, period = _read(asked, quarter, year, month, payee)
    known("payment", payment, scheme.payments)
    told = explain_scheme(scheme, inputs, months, payee, payment)
    if not told:
        raise nothing_settled(scheme, period, payment)
    if any(depth(one.figure) > DEEPEST for one in told):
        raise UsageError(f"the explanation would be more than {DEEPEST} figures deep: no reader follows so long a chain of steps")

    def whole(make: Callable[[], str]) -> str:
        if (long := sum(lines(one.figure) for one in told)) > LONGEST:
            raise UsageError(f"the explanation would tell {long:,} figures: --format table tells each of them once")
        return make()

    return {
        "table": lambda: scheme_screen.show_scheme_explanation(told),
        "csv": lambda: whole(lambda: scheme_tables.explained_csv(scheme, told)),
        "json": lambda: whole(lambda: scheme_tables.explained_json(scheme, told)),
    }


def shortfall(asked: Asked, quarter: str | None, year: bool, month: str | None, payee: str | None) -> Told:
    """What more patients would have paid."""
    from p4p.boards.scheme_shortfall import scheme_shortfall
    from p4p.screens import scheme_shortfall_screen, scheme_shortfall_tables

    scheme, inputs, months, period = _read(asked, quarter, year, month, payee)
    found = scheme_shortfall(scheme, inputs, months, period, payee)
    return {
        "table": lambda: scheme_shortfall_screen.show_scheme_shortfall(found),
        "csv": lambda: scheme_shortfall_tables.scheme_shortfall_csv(found),
        "json": lambda: scheme_shortfall_tables.scheme_shortfall_json(found),
    }


def whatif(
    asked: Asked,
    quarter: str | None,
    year: bool,
    month: str | None,
    settings: Sequence[str],
    scenarios: Sequence[str],
    sweep: Sequence[str],
) -> Told:
    """A scheme on other terms or figures, beside what it pays."""
    from p4p.files.scheme_file import scheme_of
    from p4p.files.scheme_reading import months_asked
    from p4p.screens import scheme_whatif_words as words
    from p4p.whatif.scheme_whatif import compare_schemes

    scheme = scheme_of(asked.document)
    months, period = months_asked(scheme, quarter, year, month)
    found = compare_schemes(asked.document, scheme, asked.files, months, period, settings, scenarios, sweep)
    return {
        "table": lambda: words.show_scheme_whatif(found),
        "csv": lambda: words.scheme_whatif_csv(found),
        "json": lambda: words.scheme_whatif_json(found),
    }


def statement(
    asked: Asked,
    quarter: str | None,
    year: bool,
    month: str | None,
    payees: Sequence[str],
    folder: str,
    replace: bool,
    verify: bool = False,
) -> None:
    """The pack of a scheme: workbook, a PDF statement for each payee, CSV and JSON in one folder. Raises MismatchError as `settlement` does."""
    from p4p.files.folder import known
    from p4p.files.scheme_file import scheme_of
    from p4p.files.scheme_reading import months_asked, read_inputs
    from p4p.screens import scheme_tables
    from p4p.screens.page import note, progress
    from p4p.settling.chain import settle_scheme
    from p4p.statements.pack import wrote
    from p4p.statements.scheme_pack import write_scheme_pack

    scheme = scheme_of(asked.document)
    months, period = months_asked(scheme, quarter, year, month)
    inputs = read_inputs(scheme, asked.files, months)
    for code in payees:
        known(scheme.paid_to, code, inputs.payees)
    settlement = settle_scheme(scheme, inputs, months, period)
    if verify:
        from p4p.commands.verified import hold_scheme

        hold_scheme(scheme_tables.scheme_json(settlement), asked.files)
    with progress("statements", len(payees) or len(inputs.payees)) as done:
        names = write_scheme_pack(settlement, folder, payees=payees, replace=replace, done=done)
    note(wrote(folder, names))


def describe(document: Document) -> list[Section]:
    """A scheme as sentences."""
    from p4p.files.scheme_file import scheme_of
    from p4p.sentences.scheme_words import describe_scheme

    return describe_scheme(scheme_of(document))


def check(document: Document, files: Files) -> None:
    """A scheme's soundness and worked examples, and where it has files whether what each period needs is there. Raises what `check` of care packages raises."""
    from p4p.files.scheme_file import scheme_of
    from p4p.files.scheme_reading import read_inputs
    from p4p.proving.proofs import require
    from p4p.proving.scheme_checking import readiness
    from p4p.proving.scheme_proofs import scheme_proofs
    from p4p.screens.scheme_screen import show_readiness, show_scheme_checked

    scheme = scheme_of(document)
    found = scheme_proofs(scheme)
    show_scheme_checked(scheme, found)
    require(found)
    if files.activity or files.practices:
        show_readiness(readiness(scheme, read_inputs(scheme, files, range(0))))
