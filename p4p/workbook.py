"""The workbook for finance: real numbers, live sums with their values stored, nothing that a reader cannot trace. The only importer of XlsxWriter.

Amounts pass from whole pence to cells as decimal numbers of pounds. Text is always written as text: no name becomes a formula or a link.
Bytes depend on the settlement only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell  # type: ignore[import-untyped]

from p4p import __version__
from p4p.errors import Problem
from p4p.money import plain
from p4p.period import long_date
from p4p.settlement import Line
from p4p.shortfall import PracticePart
from p4p.statement import Cover, PackagePart, Result, Statement
from p4p.tables import WriteError

#: Above this many networks nobody pages through a sheet for each: one sheet of lines with a filter takes their place.
MOST_SHEETS = 60

#: What stands for an amount, a share, a count and a text in the lists of columns below.
POUNDS, SHARE, COUNT, TEXT = "pounds", "share", "count", "text"

_BLUE, _PALE, _LINE, _BAR = "#003A70", "#E8EEF4", "#B9C6D3", "#B5CDE8"
_NUMBER = {POUNDS: "£#,##0.00;[Red]-£#,##0.00", SHARE: "0.00%", COUNT: "#,##0", TEXT: "@"}

Column = tuple[str, int, str]

#: The formats whose text wraps.
_WRAPS = (TEXT, f"total_{TEXT}", "label", "wrapped")

_SUMMARY: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Name", 34, TEXT), ("Upfront", 15, POUNDS), ("Available", 15, POUNDS), ("Earned", 15, POUNDS),
    ("Adjustments", 15, POUNDS), ("Payable", 16, POUNDS), ("Shortfall", 15, POUNDS), ("Earned of available", 13, SHARE),
    ("Checked by", 13, TEXT), ("Date", 11, TEXT),
)  # fmt: skip
_PACKAGES: tuple[Column, ...] = (
    ("Package", 13, TEXT), ("Title", 40, TEXT), ("Value this quarter", 13, POUNDS), ("Brought forward", 13, POUNDS),
    ("Upfront", 13, POUNDS), ("Available", 13, POUNDS), ("Judged later", 13, POUNDS), ("Earned", 13, POUNDS), ("Adjustments", 13, POUNDS),
    ("Payable", 13, POUNDS), ("Shortfall", 13, POUNDS), ("Unaccounted for", 13, POUNDS),
)  # fmt: skip
_RESULTS: tuple[Column, ...] = (
    ("Indicator", 13, TEXT), ("Title", 40, TEXT), ("Numerator", 13, COUNT), ("Denominator", 13, COUNT), ("Excluded", 13, COUNT),
    ("Achievement", 13, SHARE), ("Pays for", 13, TEXT), ("Share earned", 13, SHARE), ("Available", 13, POUNDS), ("Earned", 13, POUNDS),
    ("Shortfall", 13, POUNDS), ("Patients to next threshold", 13, COUNT), ("What the next thresholds take", 52, TEXT), ("How it was made", 90, TEXT),
)  # fmt: skip
_DETAIL: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Name", 30, TEXT), ("Package", 16, TEXT), ("Indicator", 14, TEXT), ("Title", 44, TEXT), ("Numerator", 12, COUNT),
    ("Denominator", 12, COUNT), ("Excluded", 10, COUNT), ("Achievement", 13, SHARE), ("Pays for", 14, TEXT), ("Share earned", 11, SHARE),
    ("Available", 15, POUNDS), ("Earned", 15, POUNDS), ("Shortfall", 15, POUNDS), ("Patients to next threshold", 13, COUNT),
    ("What the next thresholds take", 52, TEXT),
)  # fmt: skip
_LINES: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Name", 30, TEXT), ("Package", 16, TEXT), ("Line", 14, TEXT), ("Title", 46, TEXT), ("Available", 15, POUNDS),
    ("Earned", 15, POUNDS), ("Shortfall", 15, POUNDS), ("Payable", 15, POUNDS),
)  # fmt: skip
_PRACTICES: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Practice", 14, TEXT), ("Name", 34, TEXT), ("Indicator", 14, TEXT), ("Title", 44, TEXT), ("Numerator", 12, COUNT),
    ("Denominator", 12, COUNT), ("Excluded", 10, COUNT), ("Achievement", 13, SHARE), ("Of the patients the network needs", 15, COUNT),
    ("To the threshold on its own", 15, COUNT), ("Note", 24, TEXT),
)  # fmt: skip
_ADJUSTMENTS: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Name", 34, TEXT), ("Package", 16, TEXT), ("What", 46, TEXT), ("Amount", 16, POUNDS),
)  # fmt: skip
_INPUTS: tuple[Column, ...] = (("What", 24, TEXT), ("File or name", 46, TEXT), ("SHA-256, date or number", 68, TEXT), ("Rows", 12, COUNT))
_NOTES: tuple[Column, ...] = (("About", 26, TEXT), ("Note", 110, TEXT))


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula and the value it comes to: pounds or a ratio as a decimal, or no text at all."""

    text: str
    value: Decimal | str


Cell = str | int | Decimal | Formula | None


def pounds(pence: int) -> Decimal:
    """Whole pence as the pounds of a cell."""
    return Decimal(plain(pence))


def ratio(value: Fraction) -> Decimal:
    """A fraction as the number of a cell, to 15 digits, which is what a workbook holds."""
    return round_digits(Decimal(value.numerator) / Decimal(value.denominator))


def round_digits(value: Decimal) -> Decimal:
    return value if value == 0 else +value.quantize(Decimal(1).scaleb(value.adjusted() - 16))


class _Sheet:
    """A worksheet written row by row. A cell that the format cannot hold is an error, never left out."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[Column], *, heading: str, wide: bool = True) -> None:
        self.book, self.columns, self.row = book, columns, 0
        self.sheet = book.file.add_worksheet(name)
        self.name = name
        for i, (_, width, _) in enumerate(columns):
            self.sheet.set_column(i, i, width)
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(9)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        if wide:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        left, right = (_in_footer(text) for text in (book.cover.title, f"{book.cover.contract}, {book.cover.period}"))
        self.sheet.set_footer(f"&L&8{left}&C&8Page &P of &N&R&8{right}")
        self.line([heading], ["title"], height=26)
        self.line([f"{book.cover.title} · {book.cover.period} · {book.cover.provisional}"], ["about"], height=18)
        self.skip()

    def skip(self, rows: int = 1) -> None:
        self.row += rows

    def headings(self, columns: Sequence[Column], *, height: int = 32) -> None:
        self.line([c[0] for c in columns], ["heading_text" if c[2] == TEXT else "heading" for c in columns], height=height)

    def cells(self, columns: Sequence[Column], values: Sequence[Cell], style: str = "") -> None:
        """A row of a table; `style` is "" or "total_"."""
        self.line(values, [style + kind for _, _, kind in columns])

    def line(self, values: Sequence[Cell], formats: Sequence[str], *, height: int = 0) -> None:
        """Write a row; it is made high enough for texts that wrap in their columns."""
        lines = [
            -(-len(v) // max(c[1] - 1, 1))
            for v, c, f in zip(values, self.columns, formats, strict=False)
            if isinstance(v, str) and f in _WRAPS
        ]
        self.sheet.set_row(self.row, height or 4 + 13 * max([1, *lines]))
        for i, (value, name) in enumerate(zip(values, formats, strict=True)):
            self._write(i, value, self.book.formats[name])
        self.row += 1

    def _write(self, column: int, value: Cell, form: Any) -> None:
        match value:
            case None:
                code = self.sheet.write_blank(self.row, column, None, form)
            case Formula():
                code = self.sheet.write_formula(self.row, column, value.text, form, value.value)
            case str():
                code = self.sheet.write_string(self.row, column, value, form)
            case _:
                code = self.sheet.write_number(self.row, column, value, form)
        if code:
            what = "a text is longer than a cell holds" if code == -2 else f"more than {self.row:,} rows"
            raise WriteError(
                [
                    Problem(
                        None,
                        f"the workbook cannot hold this settlement: sheet {self.name}, row {self.row + 1:,}: {what}; nothing was written",
                        "settle fewer networks at a time, or use --format csv",
                    )
                ]
            )

    def print_from(self, first: int, last_column: int, *, repeat: int | None = None, freeze_columns: int = 0) -> None:
        """Freeze the headings above row `first`, repeat them on each printed page, and print down to the last row."""
        self.sheet.freeze_panes(first, freeze_columns)
        if repeat is not None:
            self.sheet.repeat_rows(repeat)
        self.sheet.print_area(0, 0, max(self.row - 1, first), last_column)

    def bars(self, first: int, last: int, column: int) -> None:
        """Bars from 0% to 100% behind a column of ratios."""
        if last >= first:
            style = {"type": "data_bar", "bar_color": _BAR, "bar_solid": True, "data_bar_2010": True}
            ends = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
            self.sheet.conditional_format(first, column, last, column, style | ends)

    def must_be_zero(self, first: int, last: int, column: int) -> None:
        """Red where a check is not zero."""
        rule = {"type": "cell", "criteria": "!=", "value": 0, "format": self.book.formats["wrong"]}
        self.sheet.conditional_format(first, column, last, column, rule)


class Workbook:
    """The workbook, written as statements come: within `with`, `add` each. It is closed at the end, or given up where something fails.

    What it keeps on disk meanwhile stands beside it, in its folder.
    """

    def __init__(self, path: str, cover: Cover, networks: int) -> None:
        self.cover = cover
        as_written = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(Path(path).parent), **as_written})
        day = cover.period.last_day
        self.file.set_properties(
            {
                "title": f"{cover.title}, {cover.period}",
                "author": cover.commissioner,
                "comments": f"p4p {__version__}; contract {cover.contract} {cover.sha256}",
                "created": datetime(day.year, day.month, day.day),
            }
        )
        self.formats = self._formats()
        self.by_sheet = networks <= MOST_SHEETS
        self.summary = _Sheet(self, "Summary", _SUMMARY, heading="Payment summary")
        reserved = {"summary", "lines", "indicator detail", "practice evidence", "adjustments", "inputs", "notes", "history"}
        self.sheet_names = {c: c if c.casefold() not in reserved else f"{c} network" for c in cover.networks} if self.by_sheet else {}
        headings = {c: f"{c} {n}" if n != c else c for c, n in cover.networks.items()}
        self.networks = {c: _Sheet(self, name, _RESULTS, heading=headings[c]) for c, name in self.sheet_names.items()}
        self.lines = None if self.by_sheet else _Sheet(self, "Lines", _LINES, heading="Payment lines")
        self.detail = _Sheet(self, "Indicator detail", _DETAIL, heading="Indicator detail")
        self.practices = _Sheet(self, "Practice evidence", _PRACTICES, heading="Practice evidence")
        self.adjustments = _Sheet(self, "Adjustments", _ADJUSTMENTS, heading="Adjustments")
        for sheet, columns in (
            (self.summary, _SUMMARY),
            (self.lines, _LINES),
            (self.detail, _DETAIL),
            (self.practices, _PRACTICES),
            (self.adjustments, _ADJUSTMENTS),
        ):
            if sheet is not None:
                sheet.headings(columns)
        self.first = self.summary.row
        self.adjusted = 0

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return self.close()
        with contextlib.suppress(Exception):  # a file that nobody keeps, so that its temporary ones are closed and go
            self.file.close()

    def add(self, statement: Statement) -> None:
        """A network's rows on every sheet."""
        totals = self._network_sheet(statement) if self.by_sheet else None
        self._summary_row(statement, totals)
        if self.lines is not None:
            self._payment_lines(self.lines, statement)
        for result in statement.results:
            self._detail_row(statement, result)
            for part in result.missed.practices:
                self._practice_row(statement, result, part)
        for package in statement.packages:
            if package.shared:
                self.adjusted += package.shared
                what = "share of money that other networks did not earn"
                row: list[Cell] = [statement.network, statement.name, package.title, what, pounds(package.shared)]
                self.adjustments.cells(_ADJUSTMENTS, row)

    def close(self) -> None:
        """Totals, notes and the file itself. Raises WriteError where it cannot be written."""
        self._summary_end()
        totals = self.cover.totals
        if self.lines is not None:
            sums = {5: totals.available, 6: totals.earned, 7: totals.shortfall, 8: totals.payable}
            self._list_end(self.lines, _LINES, sums, freeze=2)
        detail = {11: totals.available, 12: totals.earned, 13: totals.shortfall}
        self.detail.bars(self.first, self.detail.row - 1, 8)
        self._list_end(self.detail, _DETAIL, detail, freeze=4)
        self.practices.bars(self.first, self.practices.row - 1, 8)
        self._list_end(self.practices, _PRACTICES, {}, freeze=3)
        if not self.adjusted:
            self.adjustments.cells(_ADJUSTMENTS, ["none", "", "", "No adjustments in this quarter", pounds(0)])
        self._list_end(self.adjustments, _ADJUSTMENTS, {4: self.adjusted}, freeze=0)
        self._inputs()
        self._notes()
        try:
            self.file.close()
        except (xlsxwriter.exceptions.XlsxWriterException, OSError) as e:
            raise WriteError(
                [Problem(None, f"the workbook cannot be written: {e}; nothing was changed", "make room, or name another folder")]
            ) from None

    # sheets

    def _summary_row(self, statement: Statement, totals: dict[str, str] | None) -> None:
        t, row = statement.totals, self.summary.row + 1
        amounts: list[Cell] = []
        for name, pence in (("upfront", t.upfront), ("available", t.available), ("earned", t.earned), ("adjustments", t.adjustments)):
            there = f"='{self.sheet_names[statement.network]}'!{totals[name]}" if totals else None
            amounts.append(Formula(there, pounds(pence)) if there else pounds(pence))
        formulas = [
            Formula(f"=C{row}+E{row}+F{row}", pounds(t.payable)),
            Formula(f"=D{row}-E{row}", pounds(t.shortfall)),
            Formula(f'=IF(D{row}=0,"",E{row}/D{row})', ratio(Fraction(t.earned, t.available)) if t.available else ""),
        ]
        self.summary.cells(_SUMMARY, [statement.network, statement.name, *amounts, *formulas, None, None])

    def _summary_end(self) -> None:
        sheet, t, first = self.summary, self.cover.totals, self.first
        last, row = sheet.row, sheet.row + 1
        sums = [
            Formula(f"=SUM({c}{first + 1}:{c}{last})", pounds(p))
            for c, p in zip("CDEFGH", (t.upfront, t.available, t.earned, t.adjustments, t.payable, t.shortfall), strict=True)
        ]
        share = Formula(f'=IF(D{row}=0,"",E{row}/D{row})', ratio(Fraction(t.earned, t.available)) if t.available else "")
        sheet.bars(first, last, 8)
        sheet.cells(_SUMMARY, ["Total", f"{len(self.cover.by_network):,} networks", *sums, share, None, None], "total_")
        sheet.skip()
        for words, pence in self.cover.unearned:
            sheet.line([f"Unearned: {words}", None, None, None, None, None, None, pounds(pence)], ["plain", *["plain"] * 6, "plain_pounds"])
        if self.lines is not None:
            check = Formula(f"=ROUND(G{row}-Lines!I{self.lines.row + 1},2)", pounds(0))
        else:
            check = Formula(f"=ROUND(C{row}+E{row}+F{row}-G{row},2)", pounds(0))
        sheet.line(
            ["Check: payable less its parts, must be £0.00", None, None, None, None, None, check], ["plain", *["plain"] * 5, "plain_pounds"]
        )
        sheet.must_be_zero(sheet.row - 1, sheet.row - 1, 6)
        sheet.print_from(first, len(_SUMMARY) - 1, repeat=first - 1, freeze_columns=2)

    def _network_sheet(self, statement: Statement) -> dict[str, str]:
        """One network's sheet: its packages, then its indicators. Gives the cells of the totals."""
        sheet = self.networks[statement.network]
        sheet.headings(_PACKAGES)
        first = sheet.row
        last_part = first + len(statement.packages)
        at, ranges = last_part + 1 + 3, {}
        for part in statement.packages:
            size = sum(1 for r in statement.results if r.line.package == part.package)
            ranges[part.package] = (at + 1, at + size) if size else None
            at += size
        for part in statement.packages:
            sheet.cells(_PACKAGES, self._package_row(part, sheet.row + 1, ranges[part.package]))
        row, sums = sheet.row + 1, {}
        t = statement.totals
        columns = ("value", "brought_forward", "upfront", "available", "deferred", "earned", "shared", "payable", "shortfall")
        for letter, name in zip("CDEFGHIJK", columns, strict=True):
            sums[name] = Formula(f"=SUM({letter}{first + 1}:{letter}{row - 1})", pounds(sum(getattr(p, name) for p in statement.packages)))
        zero = Formula(f"=ROUND(SUM(L{first + 1}:L{row - 1}),2)", pounds(0))
        sheet.cells(_PACKAGES, ["Total", "", *sums.values(), zero], "total_")
        sheet.must_be_zero(first, row - 1, 11)
        assert t.payable == sum(p.payable for p in statement.packages)
        sheet.skip()
        sheet.line(["Indicators"], ["section"], height=24)
        sheet.headings(_RESULTS)
        start = sheet.row
        for result in statement.results:
            sheet.cells(_RESULTS, self._result_row(result, sheet.row + 1))
        sheet.bars(start, sheet.row - 1, 5)
        end = sheet.row
        amounts = [
            Formula(f"=SUM({c}{start + 1}:{c}{end})", pounds(sum(getattr(r.line, name) for r in statement.results)))
            for c, name in (("I", "available"), ("J", "earned"), ("K", "shortfall"))
        ]
        if end > start:
            sheet.cells(_RESULTS, ["Total", "", None, None, None, None, "", None, *amounts, None, "", ""], "total_")
        sheet.print_from(3, 12, freeze_columns=2)
        return {"upfront": f"E{row}", "available": f"F{row}", "earned": f"H{row}", "adjustments": f"I{row}"}

    def _package_row(self, part: PackagePart, row: int, lines: tuple[int, int] | None) -> list[Cell]:
        def of(letter: str, pence: int) -> Cell:
            return Formula(f"=SUM({letter}{lines[0]}:{letter}{lines[1]})", pounds(pence)) if lines else pounds(pence)

        return [
            part.package,
            part.title,
            pounds(part.value),
            pounds(part.brought_forward),
            pounds(part.upfront),
            of("I", part.available),
            pounds(part.deferred),
            of("J", part.earned),
            pounds(part.shared),
            Formula(f"=E{row}+H{row}+I{row}", pounds(part.payable)),
            Formula(f"=F{row}-H{row}", pounds(part.shortfall)),
            Formula(f"=ROUND(C{row}+D{row}-E{row}-F{row}-G{row},2)", pounds(0)),
        ]

    def _result_row(self, result: Result, row: int) -> list[Cell]:
        line = result.line
        return [
            line.indicator,
            result.title,
            *_counts(line, row - 1, 2),
            result.asks,
            ratio(line.share),
            pounds(line.available),
            pounds(line.earned),
            Formula(f"=I{row}-J{row}", pounds(line.shortfall)),
            line.gap,
            result.needed,
            result.how,
        ]

    def _detail_row(self, statement: Statement, result: Result) -> None:
        sheet, row, line = self.detail, self.detail.row + 1, result.line
        names: list[Cell] = [statement.network, statement.name, line.package, line.indicator, result.title]
        money: list[Cell] = [pounds(line.available), pounds(line.earned), Formula(f"=L{row}-M{row}", pounds(line.shortfall))]
        values = [*names, *_counts(line, row - 1, 5), result.asks, ratio(line.share), *money, line.gap, result.needed]
        sheet.cells(_DETAIL, values)

    def _practice_row(self, statement: Statement, result: Result, part: PracticePart) -> None:
        sheet, count = self.practices, part.count
        lacking = [f"{number:,} counts {what}" for number, what in ((count.missing, "missing"), (count.withheld, "withheld")) if number]
        note = "; ".join(lacking) or ("no patients" if count.eligible <= 0 else "")
        names: list[Cell] = [statement.network, count.practice, self.cover.practices[count.practice], result.line.indicator, result.title]
        counts: list[Cell] = [count.numerator, count.denominator, count.excluded]
        reached = _achieved(sheet.row, 5, count.numerator, count.eligible)
        sheet.cells(_PRACTICES, [*names, *counts, reached, part.to_nearest, part.on_its_own, note])

    def _payment_lines(self, sheet: _Sheet, statement: Statement) -> None:
        """Every amount that is paid, a row each: the payable column adds up to the payment."""

        def row(part: PackagePart, line: str, title: str, available: int | None, paid: int) -> None:
            number = sheet.row + 1
            shortfall = Formula(f"=F{number}-G{number}", pounds(available - paid)) if available is not None else None
            judged: list[Cell] = [pounds(available), pounds(paid), shortfall] if available is not None else [None, None, None]
            payable: Cell = Formula(f"=G{number}", pounds(paid)) if available is not None else pounds(paid)
            sheet.cells(_LINES, [statement.network, statement.name, part.package, line, title, *judged, payable])

        for part in statement.packages:
            row(part, "upfront", part.title, None, part.upfront)
            for result in statement.results:
                if result.line.package == part.package:
                    row(part, result.line.indicator, result.title, result.line.available, result.line.earned)
            if part.shared:
                row(part, "adjustment", "share of money that other networks did not earn", None, part.shared)

    def _list_end(self, sheet: _Sheet, columns: Sequence[Column], sums: dict[int, int], *, freeze: int) -> None:
        """The foot of a list: a filter, and totals that follow the filter."""
        first, last = self.first, sheet.row - 1
        if last < first:
            sheet.print_from(first, len(columns) - 1, repeat=first - 1)
            return
        sheet.sheet.autofilter(first - 1, 0, last, len(columns) - 1)
        if sums:
            row: list[Cell] = ["Total" if i == 0 else None for i in range(len(columns))]
            for i, pence in sums.items():
                letter = xl_col_to_name(i)
                row[i] = Formula(f"=SUBTOTAL(109,{letter}{first + 1}:{letter}{last + 1})", pounds(pence))
            sheet.cells(columns, row, "total_")
        sheet.print_from(first, len(columns) - 1, repeat=first - 1, freeze_columns=freeze)

    def _inputs(self) -> None:
        cover = self.cover
        sheet = _Sheet(self, "Inputs", _INPUTS, heading="What this was made from")
        sheet.headings(_INPUTS)
        first = sheet.row
        for i, source in enumerate(cover.inputs):
            sheet.cells(_INPUTS, ["Contract" if i == 0 else "File", source.file, source.sha256, source.rows or None])
        for name, day in cover.lists:
            sheet.cells(_INPUTS, ["List", name, long_date(day), None])
        sheet.cells(_INPUTS, ["Counts up to", "", long_date(cover.counts_to), None])
        for name, number in cover.usage.items():
            sheet.cells(_INPUTS, ["Counts", name.replace("_", " "), f"{number:,}", None])
        for check in cover.checks:
            sheet.cells(_INPUTS, ["Checked", check, "yes", None])
        sheet.cells(_INPUTS, ["Made by", "p4p", __version__, None])
        sheet.print_from(first, len(_INPUTS) - 1, repeat=first - 1)

    def _notes(self) -> None:
        cover = self.cover
        some = next(iter(cover.networks), "")
        notes = [
            ("Payable", "Upfront + earned + adjustments. Each amount was rounded once, to the penny; totals are sums of rounded amounts."),
            ("Available, earned", "The quarter's own: money at stake on an indicator, and what its achievement earned of it."),
            ("Shortfall", "Available less earned. Below zero where an earlier quarter's shortfall was made good."),
            ("Of the patients needed", "The network's patients to its next threshold, shared over practices in proportion to their patients not yet achieved."),
            ("Achievement", "Numerator / (denominator - excluded). Thresholds were tested on exact fractions: 94.996%, shown here as 95.00%, has not reached 95%."),
            ("Formulas", "Sums, differences and achievements are live; amounts earned are as settled, so a changed count does not change a payment."),
            ("Totals under a filter", "They follow the filter: SUBTOTAL adds up the rows shown."),
            ("State", cover.provisional + "."),
            ("Queries", cover.query(some)),
        ]  # fmt: skip
        if not self.by_sheet:
            words = f"There are {len(cover.by_network):,} networks: above {MOST_SHEETS} the sheet Lines, with a filter, takes the place of a sheet for each."
            notes.insert(0, ("Networks", words))
        sheet = _Sheet(self, "Notes", _NOTES, heading="Notes")
        sheet.headings(_NOTES, height=18)
        first = sheet.row
        for about, words in notes:
            sheet.line([about, words], ["label", "wrapped"])
        sheet.print_from(first, 1)

    def _formats(self) -> dict[str, Any]:
        base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        rule = {"bottom": 1, "bottom_color": _LINE}
        out = {
            "title": {**base, "font_size": 16, "bold": True, "font_color": _BLUE},
            "about": {**base, "font_color": "#4A5560"},
            "section": {**base, "font_size": 12, "bold": True, "font_color": _BLUE},
            "heading": {
                **base,
                "bold": True,
                "font_color": "white",
                "bg_color": _BLUE,
                "text_wrap": True,
                "align": "right",
                "valign": "vcenter",
            },
            "heading_text": {
                **base,
                "bold": True,
                "indent": 1,
                "font_color": "white",
                "bg_color": _BLUE,
                "text_wrap": True,
                "valign": "vcenter",
            },
            "plain": {**base, "indent": 1},
            "plain_pounds": {**base, "num_format": _NUMBER[POUNDS]},
            "label": {**base, **rule, "bold": True},
            "wrapped": {**base, **rule, "text_wrap": True},
            "wrong": {"font_color": "white", "bg_color": "#B00020", "bold": True},
        }
        for kind, number in _NUMBER.items():
            out[kind] = {**base, **rule, "num_format": number}
            if kind == TEXT:
                out[kind] |= {"text_wrap": True, "indent": 1}
            out[f"total_{kind}"] = {
                **base,
                "num_format": number,
                "bold": True,
                "top": 1,
                "bottom": 6,
                "bg_color": _PALE,
                "indent": int(kind == TEXT),
            }
        return {name: self.file.add_format(form) for name, form in out.items()}


def _counts(line: Line, row: int, column: int) -> list[Cell]:
    """A line's counts and its achievement: a live division where the rate is pooled, else the number it is."""
    counts: list[Cell] = [line.numerator, line.denominator, line.excluded]
    if line.achievement is None:
        return [*counts, line.state]
    if line.eligible > 0 and Fraction(line.numerator, line.eligible) == line.achievement:
        return [*counts, _achieved(row, column, line.numerator, line.eligible)]
    return [*counts, ratio(line.achievement)]


def _achieved(row: int, numerator_column: int, numerator: int, eligible: int) -> Cell:
    n, d, e = (xl_rowcol_to_cell(row, numerator_column + i) for i in range(3))
    return Formula(f'=IF({d}-{e}<=0,"",{n}/({d}-{e}))', ratio(Fraction(numerator, eligible)) if eligible > 0 else "")


def _in_footer(text: str) -> str:
    """Text without the codes of headers and footers, short enough for one."""
    return (text if len(text) <= 80 else text[:79] + "…").replace("&", "&&")
