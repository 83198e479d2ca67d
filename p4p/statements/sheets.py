"""A workbook written row by row: cells that are what they are, formulas with their values, sheets that print. The only importer of XlsxWriter.

Amounts pass from whole pence to cells as decimal numbers of pounds. Text is always written as text: no name becomes a formula or a link. Bytes
depend on what is written only, never on the day.
"""

from __future__ import annotations

import contextlib
import traceback
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from p4p.numbers.errors import Problem, WriteError
from p4p.numbers.money import plain
from p4p.numbers.withheld import WITHHELD, Withheld

#: What stands for an amount, a share, a count and a text in lists of columns.
POUNDS, SHARE, COUNT, TEXT = "pounds", "share", "count", "text"

_BLUE, _PALE, _LINE, _BAR = "#003A70", "#E8EEF4", "#B9C6D3", "#B5CDE8"
_NUMBER = {POUNDS: "£#,##0.00;[Red]-£#,##0.00", SHARE: "0.000%", COUNT: "#,##0", "number": "#,##0.######", TEXT: "@"}

#: A column of a table: its heading, its width in characters, and what stands in it.
Column = tuple[str, int, str]

#: The height of the tallest row that Excel shows, in points.
TALLEST = 409

#: The formats whose text wraps.
_WRAPS = (TEXT, f"total_{TEXT}", "label", "wrapped")


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula and the value it comes to: pounds or a ratio as a decimal, or no text at all."""

    text: str
    value: Decimal | str


Cell = str | int | Decimal | Formula | None


def pounds(pence: int) -> Decimal | str:
    """Whole pence as the pounds of a cell; `*` where they are withheld."""
    return "*" if pence is WITHHELD else Decimal(plain(pence))


def ratio(value: Fraction) -> Decimal | str:
    """A fraction as the number of a cell, to 15 digits, which is what a workbook holds; `*` where it is withheld."""
    if value is WITHHELD:
        return "*"
    return _rounded(Decimal(value.numerator) / Decimal(value.denominator))


def _rounded(value: Decimal) -> Decimal:
    return value if value == 0 else +value.quantize(Decimal(1).scaleb(value.adjusted() - 16))


def _let_go(error: BaseException) -> None:
    """Have a zip file that could not be written forgotten: when it goes it would try again, fail again, and say so on stderr."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for file in [value for value in frame.f_locals.values() if isinstance(value, zipfile.ZipFile)]:
            with contextlib.suppress(OSError):
                if file.fp is not None:
                    file.fp.close()
            file.fp = None


class Book:
    """A workbook on disk. What it keeps there meanwhile stands beside it, in its folder.

    `about` stands under the heading of each sheet, `footer` left and right at the foot of each printed page, `day` as the day on which it was made.
    """

    def __init__(
        self, path: str, *, title: str, author: str, comments: str, about: str, footer: tuple[str, str], day: date, mark: str = "£"
    ) -> None:
        self.about, self.footer, self.mark = about, footer, mark
        as_written = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(Path(path).parent), **as_written})
        made = datetime(day.year, day.month, day.day)
        self.file.set_properties({"title": title, "author": author, "comments": comments, "created": made})
        self.formats = self._formats()

    def close(self) -> None:
        """Write the file. Raises WriteError where it cannot be written."""
        try:
            self.file.close()
        except (xlsxwriter.exceptions.XlsxWriterException, OSError) as e:
            _let_go(e)
            raise WriteError(
                [Problem(None, f"the workbook cannot be written: {e}; nothing was changed", "make room, or name another folder")]
            ) from None

    def give_up(self) -> None:
        """Leave a file that nobody keeps, so that the temporary ones are closed and go."""
        try:
            self.file.close()
        except Exception as e:
            _let_go(e)

    def _formats(self) -> dict[str, Any]:
        base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        rule, indented = {"bottom": 1, "bottom_color": _LINE}, {"align": "left", "indent": 1}
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
            "plain": {**base, **indented},
            "plain_pounds": {**base, "num_format": _NUMBER[POUNDS].replace("£", self.mark)},
            "label": {**base, **rule, **indented, "bold": True},
            "wrapped": {**base, **rule, **indented, "text_wrap": True},
            "wrong": {"font_color": "white", "bg_color": "#B00020", "bold": True},
        }
        for kind, number in ((kind, number.replace("£", self.mark)) for kind, number in _NUMBER.items()):
            out[kind] = {**base, **rule, "num_format": number}
            if kind == TEXT:
                out[kind] |= {"text_wrap": True, **indented}
            out[f"total_{kind}"] = {
                **base,
                "num_format": number,
                "bold": True,
                "top": 1,
                "bottom": 6,
                "bg_color": _PALE,
                **(indented if kind == TEXT else {}),
            }
        return {name: self.file.add_format(form) for name, form in out.items()}


class Sheet:
    """A worksheet written row by row. A cell that the format cannot hold is an error, never left out."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column], *, heading: str) -> None:
        self.book, self.columns, self.row, self.written = book, columns, 0, -1
        self.sheet = book.file.add_worksheet(name)
        self.name = name
        for i, (_, width, _) in enumerate(columns):
            self.sheet.set_column(i, i, width)
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(9)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        left, right = map(_in_footer, book.footer)
        self.sheet.set_footer(f"&L&8{left}&C&8Page &P of &N&R&8{right}")
        self.line([heading], ["title"], height=26)
        self.line([book.about], ["about"], height=18)
        self.skip()

    def skip(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.row += rows

    def headings(self, columns: Sequence[Column], *, height: int = 32) -> None:
        """The heading row of a table, high enough for two lines."""
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
        self.sheet.set_row(self.row, height or min(4 + 13 * max([1, *lines]), TALLEST))
        for i, (value, name) in enumerate(zip(values, formats, strict=True)):
            self._write(i, value, self.book.formats[name])
        for kept in (self.sheet.row_info, self.sheet.row_sizes):  # XlsxWriter keeps what it knew of rows that are on disk already
            kept.pop(self.written, None)
        self.written = self.row
        self.row += 1

    def _write(self, column: int, value: Cell, form: Any) -> None:
        match value:
            case None:
                code = self.sheet.write_blank(self.row, column, None, form)
            case Withheld() | Formula(value="*"):  # a sum with a withheld part is withheld: a formula would add up the rest
                code = self.sheet.write_string(self.row, column, "*", form)
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

    def filtered(self, first: int, sums: dict[int, int], *, freeze_columns: int) -> None:
        """The foot of a list that starts at row `first`: a filter, and totals (pence, by column) that follow the filter."""
        columns, last = self.columns, self.row - 1
        if last >= first:
            self.sheet.autofilter(first - 1, 0, last, len(columns) - 1)
            if sums:
                row: list[Cell] = ["Total" if i == 0 else None for i in range(len(columns))]
                for i, pence in sums.items():
                    letter = xl_col_to_name(i)
                    row[i] = Formula(f"=SUBTOTAL(109,{letter}{first + 1}:{letter}{last + 1})", pounds(pence))
                self.cells(columns, row, "total_")
        self.print_from(first, len(columns) - 1, repeat=first - 1, freeze_columns=freeze_columns)


def _in_footer(text: str) -> str:
    """Text without the codes of headers and footers, short enough for one."""
    return (text if len(text) <= 80 else text[:79] + "…").replace("&", "&&")
