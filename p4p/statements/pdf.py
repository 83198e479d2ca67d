"""A network's statement as a PDF of two pages at most: tagged, with fonts of its own, the same bytes everywhere. The only importer of typst.

The page is `statement.typ`; the data go in as JSON beside it and are never part of its source, so no name can be markup.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from p4p.language.curves import rate
from p4p.numbers.errors import Problem, WriteError
from p4p.numbers.money import in_pounds
from p4p.numbers.period import long_date
from p4p.numbers.withheld import WITHHELD, most_first
from p4p.settling.evidence import PracticeCount
from p4p.statements.charts import ROW, Achieved, bands, svg
from p4p.statements.statement import Cover, Result, Statement, list_words

SOURCE = Path(__file__).with_name("statement.typ")

#: How many indicators are told one by one: the first that fits on two pages is taken, and what is left out is said.
MOST = (24, 18, 14, 10, 7, 4)

#: Above this many indicators rows stand closer together, and the practices that hold patients are left to the workbook.
MOST_ROOMY = 8

#: Above this many indicators practices do not stand side by side: the workbook has them.
MOST_COLUMNS = 5


class Press:
    """Prints pages from data, one set after the other; fonts are loaded once."""

    def __init__(self, source: Path) -> None:
        self.compiler = typst.Compiler(source, root=source.parent, ignore_system_fonts=True)

    def pdf(self, whose: str, content: dict[str, Any]) -> bytes:
        """Data as PDF. Raises WriteError where it cannot be made."""
        data = json.dumps(content, ensure_ascii=False, allow_nan=False)
        try:
            made = self.compiler.compile(format="pdf", sys_inputs={"statement": data}, pdf_standards="ua-1")
        except typst.TypstError as e:
            raise WriteError([Problem(None, f"the statement of {whose} cannot be made: {e}", "please report it")]) from None
        assert isinstance(made, bytes)
        return made


class Printer:
    """Makes statements one after the other; fonts are loaded once."""

    def __init__(self, cover: Cover) -> None:
        self.cover = cover
        self.compiler = typst.Compiler(SOURCE, root=SOURCE.parent, ignore_system_fonts=True)

    def pdf(self, statement: Statement) -> bytes:
        """A statement as PDF. Raises WriteError where it cannot be made."""
        for most in MOST:
            data = json.dumps(content(self.cover, statement, most), ensure_ascii=False, allow_nan=False)
            try:
                made = self.compiler.compile(format="pdf", sys_inputs={"statement": data}, pdf_standards="ua-1")
            except typst.TypstError as e:
                if "more than two pages" not in str(e):
                    raise WriteError(
                        [Problem(None, f"the statement of {statement.network} cannot be made: {e}", "please report it")]
                    ) from None
                continue
            assert isinstance(made, bytes)
            return made
        raise WriteError(
            [
                Problem(
                    None, f"the statement of {statement.network} does not fit on two pages", "shorten the titles of packages and indicators"
                )
            ]
        )


def content(cover: Cover, statement: Statement, most: int) -> dict[str, Any]:
    """What stands on the pages, as text, with at most so many indicators told one by one."""
    t, quarter = statement.totals, cover.period
    adjusted = any(p.shared for p in statement.packages)
    columns = ["Package", "Upfront", "Available", "Earned", *(["Adjustments"] if adjusted else []), "Payable"]
    rows = [
        [p.title, *map(in_pounds, (p.upfront, p.available, p.earned, *((p.shared,) if adjusted else ()), p.payable))]
        for p in statement.packages
    ]
    total = ["Total", *map(in_pounds, (t.upfront, t.available, t.earned, *((t.adjustments,) if adjusted else ()), t.payable))]
    lines = [r for r in statement.results if r.line.available or r.line.earned or r.line.terms.weight]
    told = {id(r) for r in sorted(lines, key=lambda r: most_first(abs(r.line.available)))[:most]}
    names = {f"{r.line.indicator} {r.title}" for r in statement.results if id(r) not in told}
    steps = [s for s in statement.steps if s.what not in names]
    missed, charted = statement.missed, [r for r in statement.results if id(r) in told]
    becomes = {_destination(r) for r in missed}
    left = _left(len(missed[most:]), sum(r.missed.left for r in missed[most:]), "missed")
    dense = len(statement.results) > MOST_ROOMY
    first, last = long_date(quarter.first_day), long_date(quarter.last_day)
    return {
        "dense": dense,
        "document_title": f"Payment statement, {statement.network}, {quarter}",
        "commissioner": cover.commissioner,
        "state": cover.provisional,
        "reference": f"{cover.contract} · {quarter} · {statement.network}",
        "heading": statement.name if statement.name != statement.network else f"Network {statement.network}",
        "published": " ".join(cover.published),
        "about": f"Payment statement for {quarter}, {first} to {last}. {cover.title}.",
        "period": str(quarter),
        "payable": in_pounds(t.payable),
        "summary": summary(statement),
        "payment": {"columns": columns, "rows": rows, "total": total},
        "steps": [{"what": s.what, "how": s.how, "amount": in_pounds(s.amount), "main": not s.paid} for s in steps],
        "steps_left": _left(len(names), sum(r.line.earned for r in statement.results if id(r) not in told), "earned"),
        "chart": svg(bands([achieved(r) for r in charted], chart_words(charted), row_height=170 if dense else ROW)) if charted else "",
        "chart_words": chart_words(charted),
        "missed": [_missed(r, not dense, len(becomes) > 1) for r in missed[:most]],
        "missed_total": in_pounds(sum(r.missed.left for r in missed)),
        "missed_note": " ".join(filter(None, [left, f"What becomes of it: {becomes.pop().lower()}." if len(becomes) == 1 else ""])),
        "practices": _practices(cover, statement) if most == MOST[0] else {"columns": [], "rows": [], "note": ""},
        "sources": _sources(cover),
        "query": cover.query(statement.network),
    }


def summary(statement: Statement) -> str:
    """The payment in one or two sentences."""
    t = statement.totals
    words = f"{in_pounds(t.upfront)} is paid whatever is achieved. "
    words += "What was earned is withheld" if t.earned is WITHHELD else f"{in_pounds(t.earned)} was earned"
    words += f"; {in_pounds(t.available)} was available for this quarter"
    words += ", and money that earlier quarters missed was caught up." if t.earned > t.available else "."
    if t.adjustments:
        words += f" {in_pounds(t.adjustments)} is this network's part of money that others did not earn."
    later = sum(p.deferred for p in statement.packages)
    if later > 0:
        words += f" {in_pounds(later)} more hangs on achievement and is judged at the end of the year."
    left = sum(r.missed.left for r in statement.results)
    still = sum(r.missed.still_open for r in statement.results)
    if left is WITHHELD:
        words += " What was missed is withheld."
    elif left:
        part = "all of which" if still == left else f"of which {in_pounds(still)}"
        words += f" {in_pounds(left)} was missed" + (f", {part} can still be earned this year." if still else ".")
    return words


def achieved(result: Result) -> Achieved:
    """A result as a row of the achievement chart."""
    achievement = None if result.line.achievement is WITHHELD else result.line.achievement
    return Achieved(
        result.line.indicator, achievement, f"{result.achieved}  ({result.asks})", result.lower, result.upper, result.line.share
    )


def chart_words(results: list[Result]) -> str:
    """The achievement chart in a sentence, for those who cannot see it."""
    said = "; ".join(f"{r.line.indicator} {r.achieved}, pays for {r.asks}, earned {r.verdict}" for r in results)
    return f"Achievement against thresholds: {said or 'no indicators'}"


def _missed(result: Result, where: bool, becomes: bool) -> dict[str, str]:
    said = [f"Mostly at {result.where}." if result.where and where else "", f"{_destination(result)}." if becomes else ""]
    return {
        "indicator": result.line.indicator,
        "needed": result.needed or "–",
        "where": " ".join(filter(None, said)),
        "left": in_pounds(result.missed.left),
    }


def _destination(result: Result) -> str:
    return result.missed.destination[:1].upper() + result.missed.destination[1:]


def _practices(cover: Cover, statement: Statement) -> dict[str, Any]:
    """Each practice's own counts, where there are few enough indicators to stand side by side."""
    results = [r for r in statement.results if r.missed.practices]
    codes = sorted({p.count.practice for r in results for p in r.missed.practices})
    if not 0 < len(results) <= MOST_COLUMNS:
        return {"columns": [], "rows": [], "note": ""}
    cells = {(p.count.practice, r.line.indicator): _counted(p.count, r) for r in results for p in r.missed.practices}
    rows = [[cover.practices[code], *(cells.get((code, r.line.indicator), "") for r in results)] for code in codes]
    note = "Patients achieved of those eligible, and the practice's own rate. The network is paid for all its patients together."
    if any(not r.line.performance.pooled for r in results):
        note = "Patients achieved of those eligible, and the practice's own rate."
    return {"columns": ["Practice", *(r.line.indicator for r in results)], "rows": rows, "note": note}


def _counted(count: PracticeCount, result: Result) -> str:
    if count.numerator is WITHHELD:
        return "*"
    if count.withheld or count.missing:
        return "withheld" if count.withheld else "missing"
    if count.achievement is None:
        return "no patients"
    return f"{count.numerator:,} of {count.eligible:,}  {rate(count.achievement, result.line.terms.curve)}"


def _sources(cover: Cover) -> list[tuple[str, str, str]]:
    contract, *files = cover.inputs
    return [
        ("Contract", f"{cover.contract} ({contract.file})", cover.sha256),
        ("Lists", list_words(cover.lists), ""),
        ("Counts", f"to {long_date(cover.counts_to)}", ""),
        *((f"File {i}", f"{s.file}, {s.rows:,} rows", s.sha256) for i, s in enumerate(files, 1)),
    ]


def _left(number: int, pence: int, what: str) -> str:
    """What a table leaves to the workbook, so that nothing is left out unsaid."""
    return f"{number:,} more indicators, {in_pounds(pence)} {what} together, stand in the workbook." if number else ""
