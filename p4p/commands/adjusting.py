"""What a command names as issued, held against the contract and against what the files come to now: care packages and payments of steps alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from p4p.numbers.errors import InputError, IssuedError, UsageError, visible

if TYPE_CHECKING:
    from p4p.counts.activity import Activity
    from p4p.counts.members import Members
    from p4p.files.folder import Files
    from p4p.files.yamltext import Document
    from p4p.settling.adjust import Adjustment
    from p4p.settling.issued import Terms

#: A period settled now, as the JSON that `settle` would write: so then and now are read by the same eyes.
Settled = Callable[[str], str]


def adjusted(files: Files, issued: Sequence[str], network: str | None, output: str | None, verify: bool = False) -> Adjustment:
    """Read what was issued, hold it together, settle its periods on the contract and files as they are, and set both beside each other.

    With `verify` each of these settlements is held against the independent checker. Raises InputError for a document that cannot be read, IssuedError for
    one that does not fit, UsageError for an output that would take the place of one, MismatchError where a figure does not follow from the files.
    """
    from p4p.commands.telling import scheme_document
    from p4p.files.folder import known
    from p4p.files.issued_file import parse_issued, read_issued
    from p4p.settling.adjust import adjust
    from p4p.settling.issued import Ledger

    if output and any(Path(output).resolve() == Path(path).resolve() for path in issued):
        raise UsageError(f"{output} is named as issued: write the adjustment to another file, what was issued must stay as it is")
    documents, unread = read_issued(issued)
    document = scheme_document(files.contract)
    terms, settled = _packages(files, verify) if document is None else _scheme(files, document, verify)
    ledger = Ledger(documents, terms, network)
    if unread:
        raise InputError([*unread, *ledger.problems])
    if ledger.held_together().problems:
        raise IssuedError(ledger.problems)
    now = {period: parse_issued(settled(period).encode(), f"{period}, as it settles now") for period in ledger.periods}
    known("payee", network, sorted({code for d in (*now.values(), *documents) for parts in d.parts.values() for code in parts}))
    return adjust(ledger, now)


def _packages(files: Files, verify: bool) -> tuple[Terms, Settled]:
    """A contract of care packages: its terms, and what settles one of its periods."""
    from p4p.commands.reading import read
    from p4p.files.contract_file import read_contract
    from p4p.numbers.period import periods
    from p4p.screens.tables import settlement_json
    from p4p.settling.issued import terms_of
    from p4p.settling.settle import settle

    contract = read_contract(files.contract)

    counted: list[tuple[Members, Activity]] = []  # read when first asked for, once

    def settled(period: str) -> str:
        counted[:] = counted or [read(contract, files)]
        (members, activity), quarters = counted[0], periods(period, contract.years)
        settlement = settle(contract, members, activity, quarters)
        if verify:
            from p4p.commands.verified import say, verified

            say(verified(settlement, files), period)
        return settlement_json(settlement)

    return terms_of(contract), settled


def _scheme(files: Files, document: Document, verify: bool) -> tuple[Terms, Settled]:
    """The same of a contract with `payments`."""
    from p4p.files.scheme_file import scheme_of
    from p4p.files.scheme_reading import months_asked, read_inputs
    from p4p.numbers.period import month_text
    from p4p.screens.scheme_tables import scheme_json
    from p4p.settling.chain import settle_scheme
    from p4p.settling.issued import Terms

    scheme = scheme_of(document)

    def asked(text: str) -> tuple[range, str]:
        return months_asked(scheme, *((None, None, text) if re.fullmatch(r"\d{4}-\d{2}", text) else (text, None, None)))

    def months(text: str) -> range:
        try:
            found, name = asked(text)
        except UsageError as e:
            raise ValueError(e.problems[0].what) from None
        if name != text:
            raise ValueError(f'"{visible(text)}" is not written as p4p writes a period, like {name}')
        return found

    def of_year(months: range) -> list[tuple[str, range]]:
        start, size = scheme.year_start(months[0]), len(months)
        quarters = {q.months[0]: str(q) for year in scheme.years for q in year.quarters}
        return [(quarters[m] if size == 3 else month_text(m), range(m, m + size)) for m in range(start, start + 12, size)]

    def settled(period: str) -> str:
        span, name = asked(period)
        text = scheme_json(settle_scheme(scheme, read_inputs(scheme, files, span).in_year(scheme, span), span, name))
        if verify:
            from p4p.commands.verified import say, verified_scheme

            say(verified_scheme(text, files), period)
        return text

    looks_back = any(payment.basis == "year to date" for payment in scheme.payments.values())
    return Terms(scheme.contract, scheme.currency, "payments", months, of_year, looks_back), settled
