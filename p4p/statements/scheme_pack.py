"""The statement pack of a scheme: a workbook, a PDF statement for each payee, CSV and JSON in one folder, written whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from p4p import __version__
from p4p.language.curves import rate
from p4p.numbers.exact import MONEY, Unit, how_many
from p4p.numbers.exact import pounds as written
from p4p.numbers.period import last_day
from p4p.screens.scheme_screen import figure_text
from p4p.screens.scheme_tables import period_of, scheme_csv, scheme_json
from p4p.settling.chain import AMOUNTS, Entry, SchemeSettlement
from p4p.statements.pack import CSV, JSON, STATEMENTS, SUMS, WORKBOOK, sealed, write_folder
from p4p.statements.pdf import Press
from p4p.statements.sheets import COUNT, POUNDS, TEXT, Book, Cell, Column, Formula, Sheet, pounds, ratio
from p4p.steps.scheme import Payment

SOURCE = Path(__file__).with_name("scheme_statement.typ")

_PAYMENTS: list[Column] = [
    *(("Payee", 14, TEXT), ("Name", 30, TEXT), ("Payment", 38, TEXT), ("Period", 14, TEXT)),
    *(
        ("Upfront", 15, POUNDS),
        ("Available", 15, POUNDS),
        ("Earned", 15, POUNDS),
        ("Shortfall", 15, POUNDS),
        ("Payable", 15, POUNDS),
    ),
]
_STEPS: list[Column] = [
    *(("Payee", 14, TEXT), ("Payment", 24, TEXT), ("Period", 14, TEXT), ("Step", 24, TEXT), ("Outcome", 18, TEXT)),
    *(("Rule", 70, TEXT), ("Figure", 22, TEXT), ("As a number", 18, "number")),
]
_LINES: list[Column] = [
    *(
        ("Payee", 14, TEXT),
        ("Payment", 24, TEXT),
        ("Period", 14, TEXT),
        ("Step", 18, TEXT),
        ("Indicator", 12, TEXT),
        ("What is counted", 44, TEXT),
    ),
    *(("Numerator", 12, COUNT), ("Denominator", 12, COUNT), ("Excluded", 12, COUNT), ("Points", 12, "number"), ("Of", 10, "number")),
    *(("Available", 15, POUNDS), ("Earned", 15, POUNDS), ("Note", 50, TEXT)),
]
_INPUTS: list[Column] = [("File", 60, TEXT), ("Rows", 12, COUNT), ("SHA-256", 70, TEXT)]


def write_scheme_pack(
    settlement: SchemeSettlement, folder: str, *, payees: Sequence[str] = (), replace: bool = False, done: Callable[[], None] = lambda: None
) -> list[str]:
    """Write the pack of a settled period into a folder, and give the names of its files; `payees` are those it is about, all where none is named.

    Raises UsageError and WriteError as `pack.write_pack` does: nothing is changed then.
    """
    return write_folder(folder, replace, lambda making: _make(settlement, making, payees or list(settlement.inputs.payees), done))


def _make(settlement: SchemeSettlement, making: Path, payees: Sequence[str], done: Callable[[], None]) -> list[str]:
    (making / STATEMENTS).mkdir()
    press, said, names = Press(SOURCE), settlement.units, []
    called = file_names(settlement.inputs.payees)
    for code in payees:
        entries = settlement.of(code)
        if entries:
            name = f"{STATEMENTS}/statement-{called[code]}.pdf"
            (making / name).write_bytes(press.pdf(code, content(settlement, code, entries, said)))
            names.append(name)
        done()
    _workbook(settlement, making / WORKBOOK, payees, said)
    (making / CSV).write_text(scheme_csv(settlement, payees), "utf-8", newline="\n")
    (making / JSON).write_text(scheme_json(settlement, payees), "utf-8", newline="\n")
    return [*sealed(making, [WORKBOOK, CSV, JSON, *names]), SUMS]


def file_names(codes: Iterable[str]) -> dict[str, str]:
    """Payees' codes as parts of file names, each its own: codes of schemes may hold spaces and &, and differ in case alone.

    Codes whose names would be one, in upper or lower case, carry eight digits of their SHA-256 as well, so that a payee's file is called the same in every pack of these payees.
    """
    plain = {code: "".join(c if c.isalnum() or c in "._-" else "_" for c in code) for code in codes}
    often = Counter(name.casefold() for name in plain.values())
    return {
        code: name if often[name.casefold()] == 1 else f"{name}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"
        for code, name in plain.items()
    }


def content(settlement: SchemeSettlement, code: str, entries: Sequence[Entry], said: dict[tuple[str, str], Unit]) -> dict[str, Any]:
    """What stands on a payee's statement, as text."""
    scheme, name = settlement.scheme, settlement.inputs.payees[code]

    def amount(pence: int) -> str:
        return written(Fraction(pence), scheme.mark)

    together: dict[str, list[Entry]] = {}
    for entry in entries:
        together.setdefault(entry.payment, []).append(entry)
    offered, advanced = any(e.available != e.earned for e in entries), any(e.upfront for e in entries)
    fields = [*(["upfront"] if advanced else []), *(["available", "earned", "shortfall"] if offered else []), "payable"]
    rows = []
    for pid, mine in together.items():
        title = scheme.payments[pid].title + (f", {len(mine)} payments" if len(mine) > 1 else "")
        rows.append([title, *(amount(settlement.totals(mine)[f]) for f in fields)])
    totals = settlement.totals(entries)
    owed = totals["payable"] < 0
    return {
        "document_title": f"Payment statement, {name}, {settlement.period}",
        "commissioner": scheme.commissioner,
        "state": "provisional (flex)",
        "reference": f"{scheme.contract} · {settlement.period} · {code}",
        "heading": name if name != code else f"{scheme.paid_to.capitalize()} {code}",
        "about": f"Payment statement for {settlement.period}. {scheme.title}.",
        "payable_label": f"Owed to the commissioner for {settlement.period}" if owed else f"Payable for {settlement.period}",
        "payable": amount(abs(totals["payable"])),
        "summary": _summary(settlement, entries, totals, amount),
        "payments": {
            "columns": ["Payment", *(f.capitalize() for f in fields)],
            "rows": rows,
            "total": ["Total", *(amount(totals[f]) for f in fields)],
        },
        "chains": [_chain(settlement, mine[-1], said, amount, len(mine)) for mine in together.values()],
        "sources": [
            ("Contract", f"{scheme.contract} ({Path(scheme.file).name})", scheme.sha256),
            *((f"File {i}", f"{Path(s.file).name}, {s.rows:,} rows", s.sha256) for i, s in enumerate(settlement.inputs.sources, 1)),
        ],
        "query": f"Quote {scheme.contract}, {settlement.period}, {code} to {scheme.commissioner}. Every figure can be made again from the files above; p4p explain opens it down to the contract's lines and the files' rows.",
    }


def _summary(settlement: SchemeSettlement, entries: Sequence[Entry], totals: dict[str, int], amount: Callable[[int], str]) -> str:
    words = f"{how_many(len(entries), 'payment')}. "
    if totals["upfront"]:
        words += f"{amount(totals['upfront'])} is paid whatever is achieved. "
    if totals["shortfall"]:
        words += f"Of {amount(totals['available'])} that could be earned {amount(totals['earned'])} was. "
    taken = sum(e.payable for e in entries if e.payable < 0)
    return words + (f"{amount(-taken)} is taken back or owed." if taken else "")


def _chain(
    settlement: SchemeSettlement, entry: Entry, said: dict[tuple[str, str], Unit], amount: Callable[[int], str], count: int
) -> dict[str, Any]:
    payment: Payment = settlement.scheme.payments[entry.payment]
    indicators = {(li.step, li.indicator) for li in entry.lines}
    apart = len({li.step for li in entry.lines}) > 1
    steps = []
    for key, value in entry.values.items():
        step, _, outcome = key.partition(".")
        if (step, outcome) in indicators:
            continue  # they stand in a table of their own
        figure = value if isinstance(value, str) else figure_text(value, said.get((entry.payment, key), "number"))
        steps.append(
            {
                "main": not outcome,
                "name": (outcome or step).replace("_", " "),
                "rule": "" if outcome else payment.steps[step].says(),
                "figure": figure,
            }
        )
    lines = [
        [
            f"{li.step.replace('_', ' ')}: {li.indicator}" if apart else li.indicator,
            li.title + (f" ({li.note})" if li.note else ""),
            f"{int(li.counts[0]):,} of {int(li.counts[1] - li.counts[2]):,}" if li.counts else "–",
            rate(li.achievement) if li.achievement is not None else "–",
            f"{figure_text(li.points, 'number')} of {figure_text(li.most_points, 'number')}",
            amount(int(li.earned)),
        ]
        for li in entry.lines
    ]
    title = f"{payment.title}, {period_of(settlement, entry)}" + (f", the last of {count}" if count > 1 else "")
    before = f"{amount(entry.due)} due to date, less {amount(entry.paid_before)} paid before" if entry.paid_before else ""
    return {"title": title, "steps": steps, "lines": lines, "paid": before, "payable": amount(entry.payable)}


def _workbook(settlement: SchemeSettlement, path: Path, payees: Sequence[str], said: dict[tuple[str, str], Unit]) -> None:
    scheme = settlement.scheme
    book = Book(
        str(path),
        title=f"{scheme.title}, {settlement.period}",
        author=scheme.commissioner,
        comments=f"p4p {__version__}; contract {scheme.contract} {scheme.sha256}",
        about=f"{scheme.title} · {settlement.period} · provisional (flex) · amounts in {scheme.currency}",
        footer=(scheme.title, f"{scheme.contract}, {settlement.period}"),
        day=last_day(settlement.months[-1]),
        mark=scheme.mark,
    )
    try:
        entries = [e for code in payees for e in settlement.of(code)]
        _payments(settlement, book, entries)
        _steps(settlement, book, entries, said)
        if any(e.lines for e in entries):
            _lines(settlement, book, entries)
        inputs = Sheet(book, "Inputs", _INPUTS, heading="Inputs")
        inputs.headings(_INPUTS)
        first = inputs.row
        for file, rows, digest in (
            (Path(scheme.file).name, None, scheme.sha256),
            *((Path(s.file).name, s.rows, s.sha256) for s in settlement.inputs.sources),
        ):
            inputs.cells(_INPUTS, [file, rows, digest])
        inputs.print_from(first, len(_INPUTS) - 1)
    except BaseException:
        book.give_up()
        raise
    book.close()


def _payments(settlement: SchemeSettlement, book: Book, entries: Sequence[Entry]) -> None:
    sheet = Sheet(book, "Payments", _PAYMENTS, heading="Payments")
    sheet.headings(_PAYMENTS)
    first = sheet.row
    for e in entries:
        row, earned = sheet.row + 1, f"F{sheet.row + 1}-G{sheet.row + 1}"
        payable: Cell = Formula(f"=E{row}+G{row}", pounds(e.payable))
        named: list[Cell] = [
            e.payee,
            settlement.inputs.payees[e.payee],
            settlement.scheme.payments[e.payment].title,
            period_of(settlement, e),
        ]
        sheet.cells(
            _PAYMENTS,
            [
                *named,
                *(pounds(getattr(e, f)) for f in ("upfront", "available", "earned")),
                Formula(f"={earned}", pounds(e.shortfall)),
                payable,
            ],
        )
    totals = settlement.totals(entries)
    sheet.filtered(
        first,
        {i: totals[f] for i, f in enumerate(("upfront", "available", "earned", "shortfall", "payable"), 4)},
        freeze_columns=2,
    )
    assert set(AMOUNTS) == set(totals)


def _steps(settlement: SchemeSettlement, book: Book, entries: Sequence[Entry], said: dict[tuple[str, str], Unit]) -> None:
    sheet = Sheet(book, "Steps", _STEPS, heading="Every step of every payment")
    sheet.headings(_STEPS)
    first = sheet.row
    for e in entries:
        payment = settlement.scheme.payments[e.payment]
        for key, value in e.values.items():
            step, _, outcome = key.partition(".")
            unit = said.get((e.payment, key), "number")
            number: Cell = None if isinstance(value, str) else ratio(Fraction(value) * (Fraction(1, 100) if unit in MONEY else 1))
            shown = value if isinstance(value, str) else figure_text(value, unit)
            sheet.cells(
                _STEPS,
                [
                    e.payee,
                    payment.title,
                    period_of(settlement, e),
                    step,
                    outcome,
                    "" if outcome else payment.steps[step].says(),
                    shown,
                    number,
                ],
            )
    sheet.filtered(first, {}, freeze_columns=1)


def _lines(settlement: SchemeSettlement, book: Book, entries: Sequence[Entry]) -> None:
    sheet = Sheet(book, "Indicators", _LINES, heading="Indicators")
    sheet.headings(_LINES)
    first = sheet.row
    for e in entries:
        for li in e.lines:
            counts: list[Cell] = [int(c) for c in li.counts] if li.counts else [None, None, None]
            head: list[Cell] = [
                e.payee,
                settlement.scheme.payments[e.payment].title,
                period_of(settlement, e),
                li.step,
                li.indicator,
                li.title,
            ]
            points: list[Cell] = [ratio(Fraction(li.points)), ratio(Fraction(li.most_points))]
            sheet.cells(_LINES, [*head, *counts, *points, pounds(int(li.available)), pounds(int(li.earned)), li.note])
    lines = [li for e in entries for li in e.lines]
    sheet.filtered(first, {11: sum(int(li.available) for li in lines), 12: sum(int(li.earned) for li in lines)}, freeze_columns=1)
