"""Schemes for the commands that also know care packages: what `settle`, `explain`, `check` and `describe` tell of a contract with `payments`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

from p4p.numbers.errors import UsageError

if TYPE_CHECKING:
    from p4p.files.folder import Files
    from p4p.sentences.describe import Section

#: Of an explanation: how many figures may stand above each other, and how many there may be where each is told wherever it stands.
DEEPEST, LONGEST = 200, 100_000

_PAYMENTS = re.compile(rb"""(?:^|[\r\n])(?:\xef\xbb\xbf)?(["']?)payments\1[ \t]*:""")
_IN_BRACES = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|#[^\r\n]*)*+\{")  # possessive: tried one way only, however many spaces end a remark


class Told(TypedDict):
    """An answer in its three forms, for `deliver.answer`."""

    table: Callable[[], None]
    csv: Callable[[], str]
    json: Callable[[], str]


def is_scheme(path: str) -> bool:
    """Whether a contract file holds a scheme: whether it has a key `payments`. A file that cannot be read is for others to refuse."""
    try:
        with open(path, "rb") as file:
            raw = file.read(1_000_001)
    except OSError:
        return False
    if _IN_BRACES.match(raw) is None:
        return _PAYMENTS.search(raw) is not None
    from p4p.files.yamltext import parse
    from p4p.numbers.errors import ContractError

    try:
        return "payments" in parse(raw, path).root.entries
    except ContractError:
        return b"payments" in raw


def scheme_in(paths: Sequence[str], practices: str | None, lists: Sequence[str] | None) -> Files | None:
    """The files of a scheme that a command line names; None where it names care packages."""
    from p4p.files.folder import files_of

    files = files_of(paths, practices, lists or ())
    return files if is_scheme(files.contract) else None


def settlement(files: Files, quarter: str | None, year: bool, month: str | None, payee: str | None, verify: bool = False) -> Told:
    """A scheme settled for the period asked, and held against the independent checker. Raises MismatchError where a figure does not follow."""
    from p4p.files.folder import known
    from p4p.files.scheme_file import read_scheme
    from p4p.files.scheme_reading import months_asked, read_inputs
    from p4p.screens import scheme_screen, scheme_tables
    from p4p.settling.chain import settle_scheme

    scheme = read_scheme(files.contract)
    months, period = months_asked(scheme, quarter, year, month)
    inputs = read_inputs(scheme, files, months).in_year(scheme, months)
    known(scheme.paid_to, payee, inputs.payees)
    found = settle_scheme(scheme, inputs, months, period)
    if verify:
        from p4p.commands.verified import hold_scheme

        hold_scheme(scheme_tables.scheme_json(found), files)
    return {
        "table": lambda: scheme_screen.show_scheme(found, payee),
        "csv": lambda: scheme_tables.scheme_csv(found, payee),
        "json": lambda: scheme_tables.scheme_json(found, payee),
    }


def explanation(files: Files, quarter: str | None, year: bool, month: str | None, payee: str, payment: str | None) -> Told:
    """One payee's payments as trees."""
    from p4p.files.folder import known
    from p4p.files.scheme_file import read_scheme
    from p4p.files.scheme_reading import months_asked, read_inputs
    from p4p.numbers.exact import depth, lines
    from p4p.screens import scheme_screen, tables
    from p4p.settling.chain import explain_scheme

    scheme = read_scheme(files.contract)
    months, _ = months_asked(scheme, quarter, year, month)
    inputs = read_inputs(scheme, files, months).in_year(scheme, months)
    known(scheme.paid_to, payee, inputs.payees)
    known("payment", payment, scheme.payments)
    figures = explain_scheme(scheme, inputs, months, payee, payment)
    if not figures:
        raise UsageError("nothing is settled in that period")
    if any(depth(f) > DEEPEST for f in figures):
        raise UsageError(f"the explanation would be more than {DEEPEST} figures deep: no reader follows so long a chain of steps")

    def whole(make: Callable[[], str]) -> str:
        if (long := sum(map(lines, figures))) > LONGEST:
            raise UsageError(f"the explanation would tell {long:,} figures: --format table tells each of them once")
        return make()

    return {
        "table": lambda: scheme_screen.show_scheme_explanation(figures),
        "csv": lambda: whole(lambda: "".join(tables.explanation_csv(f) for f in figures)),
        "json": lambda: whole(
            lambda: tables.json_text([tables.node(f) for f in figures]) if len(figures) > 1 else tables.explanation_json(figures[0])
        ),
    }


def whatif(
    files: Files,
    quarter: str | None,
    year: bool,
    month: str | None,
    settings: Sequence[str],
    scenarios: Sequence[str],
    sweep: Sequence[str],
) -> Told:
    """A scheme on other terms or figures, beside what it pays."""
    from p4p.files.scheme_file import read_scheme
    from p4p.files.scheme_reading import months_asked
    from p4p.screens import scheme_whatif_words as words
    from p4p.whatif.scheme_whatif import compare_schemes

    months, period = months_asked(read_scheme(files.contract), quarter, year, month)
    found = compare_schemes(files, months, period, settings, scenarios, sweep)
    return {
        "table": lambda: words.show_scheme_whatif(found),
        "csv": lambda: words.scheme_whatif_csv(found),
        "json": lambda: words.scheme_whatif_json(found),
    }


def statement(
    files: Files,
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
    from p4p.files.scheme_file import read_scheme
    from p4p.files.scheme_reading import months_asked, read_inputs
    from p4p.screens import scheme_tables
    from p4p.screens.page import note, progress
    from p4p.settling.chain import settle_scheme
    from p4p.statements.scheme_pack import write_scheme_pack

    scheme = read_scheme(files.contract)
    months, period = months_asked(scheme, quarter, year, month)
    inputs = read_inputs(scheme, files, months)
    for code in payees:
        known(scheme.paid_to, code, inputs.payees)
    settlement = settle_scheme(scheme, inputs, months, period)
    if verify:
        from p4p.commands.verified import hold_scheme

        hold_scheme(scheme_tables.scheme_json(settlement), files)
    with progress("statements", len(payees) or len(inputs.payees)) as done:
        names = write_scheme_pack(settlement, folder, payees=payees, replace=replace, done=done)
    note(f"wrote {folder}: {len(names):,} files, of them {len(names) - 4:,} statements")


def describe(path: str) -> list[Section]:
    """A scheme as sentences."""
    from p4p.files.scheme_file import read_scheme
    from p4p.sentences.scheme_words import describe_scheme

    return describe_scheme(read_scheme(path))


def check(path: str) -> None:
    """A scheme's soundness and worked examples. Raises ContractError or MismatchError as `check` does for care packages."""
    from p4p.files.scheme_file import read_scheme
    from p4p.proving.proofs import require
    from p4p.proving.scheme_proofs import scheme_proofs
    from p4p.screens.scheme_screen import show_scheme_checked

    scheme = read_scheme(path)
    found = scheme_proofs(scheme)
    show_scheme_checked(scheme, found)
    require(found)
