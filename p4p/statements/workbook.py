"""The workbook for finance: payments, lines, practices, adjustments and inputs, with live sums, nothing that a reader cannot trace."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from p4p import __version__
from p4p.boards.shortfall import PracticePart
from p4p.numbers.exact import how_many
from p4p.numbers.period import long_date
from p4p.numbers.withheld import WITHHELD
from p4p.settling.settlement import Line, Totals
from p4p.statements.sheets import COUNT, POUNDS, SHARE, TEXT, Book, Cell, Column, Formula, Sheet, pounds, ratio
from p4p.statements.statement import Cover, PackagePart, Result, Statement

#: Above this many networks nobody pages through a sheet for each: one sheet of lines with a filter takes their place.
MOST_SHEETS = 60

_SUMMARY: tuple[Column, ...] = (
    ("Network", 12, TEXT), ("Name", 34, TEXT), ("Upfront", 15, POUNDS), ("Available", 15, POUNDS), ("Earned", 15, POUNDS),
    ("Adjustments", 15, POUNDS), ("Payable", 16, POUNDS), ("Shortfall", 15, POUNDS), ("Earned of available", 13, SHARE),
    ("Checked by", 13, TEXT), ("Date", 11, TEXT),
)  # fmt: skip
_PACKAGES: tuple[Column, ...] = (
    ("Package", 13, TEXT), ("Title", 40, TEXT), ("Value this quarter", 14, POUNDS), ("Brought forward", 14, POUNDS),
    ("Upfront", 14, POUNDS), ("Available", 14, POUNDS), ("Judged later", 14, POUNDS), ("Earned", 14, POUNDS), ("Adjustments", 14, POUNDS),
    ("Payable", 14, POUNDS), ("Shortfall", 14, POUNDS), ("Unaccounted for", 14, POUNDS),
)  # fmt: skip
_RESULTS: tuple[Column, ...] = (
    ("Indicator", 13, TEXT), ("Title", 40, TEXT), ("Numerator", 14, COUNT), ("Denominator", 14, COUNT), ("Excluded", 14, COUNT),
    ("Achievement", 14, SHARE), ("Pays for", 13, TEXT), ("Share earned", 14, SHARE), ("Available", 14, POUNDS), ("Earned", 14, POUNDS),
    ("Shortfall", 14, POUNDS), ("Patients to next threshold", 14, COUNT), ("What the next thresholds take", 52, TEXT), ("How it was made", 90, TEXT),
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


class Workbook:
    """The workbook, written as statements come: within `with`, `add` each. It is closed at the end, or given up where something fails.

    There are `networks` of them; what it keeps on disk meanwhile stands beside it, in its folder.
    """

    def __init__(self, path: str, cover: Cover, networks: int) -> None:
        self.cover = cover
        self.book = Book(
            path,
            title=f"{cover.title}, {cover.period}",
            author=cover.commissioner,
            comments=f"p4p {__version__}; contract {cover.contract} {cover.sha256}",
            about=f"{cover.title} · {cover.period} · {cover.provisional}"
            + (f' · published under the rule "{cover.publication.rule}": see Notes' if cover.publication else ""),
            footer=(cover.title, f"{cover.contract}, {cover.period}"),
            day=cover.period.last_day,
        )
        self.by_sheet = networks <= MOST_SHEETS
        self.summary = Sheet(self.book, "Summary", _SUMMARY, heading="Payment summary")
        reserved = {"summary", "lines", "indicator detail", "practice evidence", "adjustments", "inputs", "notes", "history"}
        self.sheet_names = {c: c if c.casefold() not in reserved else f"{c} network" for c in cover.networks} if self.by_sheet else {}
        headings = {c: f"{c} {n}" if n != c else c for c, n in cover.networks.items()}
        self.networks = {c: Sheet(self.book, name, _RESULTS, heading=headings[c]) for c, name in self.sheet_names.items()}
        self.lines = None if self.by_sheet else Sheet(self.book, "Lines", _LINES, heading="Payment lines")
        self.detail = Sheet(self.book, "Indicator detail", _DETAIL, heading="Indicator detail")
        self.practices = Sheet(self.book, "Practice evidence", _PRACTICES, heading="Practice evidence")
        self.adjustments = Sheet(self.book, "Adjustments", _ADJUSTMENTS, heading="Adjustments")
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
        return self.close() if kind is None else self.book.give_up()

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
            self.lines.filtered(self.first, sums, freeze_columns=2)
        detail = {11: totals.available, 12: totals.earned, 13: totals.shortfall}
        self.detail.bars(self.first, self.detail.row - 1, 8)
        self.detail.filtered(self.first, detail, freeze_columns=4)
        self.practices.bars(self.first, self.practices.row - 1, 8)
        self.practices.filtered(self.first, {}, freeze_columns=3)
        if not self.adjusted:
            self.adjustments.cells(_ADJUSTMENTS, ["none", "", "", "No adjustments in this quarter", pounds(0)])
        self.adjustments.filtered(self.first, {4: self.adjusted}, freeze_columns=0)
        self._inputs()
        self._notes()
        self.book.close()

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
            Formula(f'=IF(D{row}=0,"",E{row}/D{row})', _part(t)),
        ]
        self.summary.cells(_SUMMARY, [statement.network, statement.name, *amounts, *formulas, None, None])

    def _summary_end(self) -> None:
        sheet, t, first = self.summary, self.cover.totals, self.first
        last, row = sheet.row, sheet.row + 1
        sums = [
            Formula(f"=SUM({c}{first + 1}:{c}{last})", pounds(p))
            for c, p in zip("CDEFGH", (t.upfront, t.available, t.earned, t.adjustments, t.payable, t.shortfall), strict=True)
        ]
        share = Formula(f'=IF(D{row}=0,"",E{row}/D{row})', _part(t))
        sheet.bars(first, last, 8)
        sheet.cells(_SUMMARY, ["Total", how_many(len(self.cover.by_network), "network"), *sums, share, None, None], "total_")
        sheet.skip()
        for words, pence in self.cover.unearned:
            sheet.line([f"Unearned: {words}", None, None, None, None, None, None, pounds(pence)], ["plain", *["plain"] * 6, "plain_pounds"])
        check: Formula | None
        if t.payable is WITHHELD:
            check = None
        elif self.lines is not None:
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
            None if part.available is WITHHELD else Formula(f"=ROUND(C{row}+D{row}-E{row}-F{row}-G{row},2)", pounds(0)),
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
        note = "; ".join(lacking) or ("withheld" if count.numerator is WITHHELD else "no patients" if count.eligible <= 0 else "")
        names: list[Cell] = [statement.network, count.practice, self.cover.practices[count.practice], result.line.indicator, result.title]
        counts: list[Cell] = [count.numerator, count.denominator, count.excluded]
        reached = _achieved(sheet.row, 5, count.numerator, count.eligible)
        sheet.cells(_PRACTICES, [*names, *counts, reached, part.to_nearest, part.on_its_own, note])

    def _payment_lines(self, sheet: Sheet, statement: Statement) -> None:
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

    def _inputs(self) -> None:
        cover = self.cover
        sheet = Sheet(self.book, "Inputs", _INPUTS, heading="What this was made from")
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
            ("Achievement", "Numerator / (denominator - excluded). Thresholds were tested on exact fractions: 94.9996%, shown here as 95.000%, has not reached 95%."),
            ("Formulas", "Sums, differences and achievements are live; amounts earned are as settled, so a changed count does not change a payment."),
            ("Totals under a filter", "They follow the filter: SUBTOTAL adds up the rows shown."),
            ("State", cover.provisional + "."),
            ("Queries", cover.query(some)),
        ]  # fmt: skip
        if cover.published:
            notes.insert(0, ("For publication", " ".join(cover.published)))
        if not self.by_sheet:
            words = f"There are {len(cover.by_network):,} networks: above {MOST_SHEETS} the sheet Lines, with a filter, takes the place of a sheet for each."
            notes.insert(0, ("Networks", words))
        sheet = Sheet(self.book, "Notes", _NOTES, heading="Notes")
        sheet.headings(_NOTES, height=18)
        first = sheet.row
        for about, words in notes:
            sheet.line([about, words], ["label", "wrapped"])
        sheet.print_from(first, 1)


def _counts(line: Line, row: int, column: int) -> list[Cell]:
    """A line's counts and its achievement: a live division where the rate is pooled, else the number it is."""
    counts: list[Cell] = [line.numerator, line.denominator, line.excluded]
    if line.achievement is None or line.achievement is WITHHELD:
        return [*counts, line.state]
    if line.eligible > 0 and Fraction(line.numerator, line.eligible) == line.achievement:
        return [*counts, _achieved(row, column, line.numerator, line.eligible)]
    return [*counts, ratio(line.achievement)]


def _part(t: Totals) -> Decimal | str:
    """What was earned of what was available."""
    if t.available is WITHHELD or t.earned is WITHHELD:
        return "*"
    return ratio(Fraction(t.earned, t.available)) if t.available else ""


def _achieved(row: int, numerator_column: int, numerator: int, eligible: int) -> Cell:
    if numerator is WITHHELD:
        return "*"
    n, d, e = (f"{chr(ord('A') + numerator_column + i)}{row + 1}" for i in range(3))
    return Formula(f'=IF({d}-{e}<=0,"",{n}/({d}-{e}))', ratio(Fraction(numerator, eligible)) if eligible > 0 else "")
