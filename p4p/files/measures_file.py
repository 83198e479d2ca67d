"""Figures of schemes from CSV: payee, measure, period, value. Every fault of a file at once, with line and column."""

from __future__ import annotations

from collections.abc import Sequence

from p4p.counts.measures import Given, Measures, given_faults, parse_value
from p4p.counts.members import Source
from p4p.files.table_text import Problems, Record, Table
from p4p.numbers.errors import InputError, Location
from p4p.numbers.period import parse_period
from p4p.steps.scheme import Scheme

#: After so many problems nothing more is looked for: words that are like others take their time to be found.
MOST_LOOKED_FOR = 1_000

COLUMNS = ("payee", "measure", "period", "value")


def is_measures(path: str) -> bool:
    """Whether a CSV file holds figures of a scheme: whether it has a column `measure`."""
    try:
        with open(path, "rb") as file:
            first = file.readline(4096).decode("utf-8", "replace")
    except OSError:
        return False
    return "measure" in [cell.strip(' \ufeff"\r\n').casefold() for cell in first.split(",")]


def read_measures(paths: Sequence[str], scheme: Scheme) -> Measures:
    """The figures of measures files. Raises InputError with the faults of all files."""
    problems, figures, sources = Problems(), list[Given](), list[Source]()
    opens = scheme.years[0].opens
    for path in paths:
        try:
            table = Table(path, COLUMNS)
            for record in table.records(problems):
                figures += _figure(table, record, scheme, opens, problems)
                if problems.found > MOST_LOOKED_FOR:
                    problems.refuse()
            if table.source:
                sources.append(table.source)
        except InputError as error:
            problems.add(*error.problems)
    problems.refuse()
    return Measures.of(figures, tuple(sources))


def _figure(table: Table, record: Record, scheme: Scheme, opens: int, problems: Problems) -> list[Given]:
    cells = {name: record.cells[i] for name, i in table.column.items()}
    payee, measure, period, text = (cells[name] for name in COLUMNS)
    before = problems.found
    if why := given_faults(scheme, payee, measure):
        problems.add(table.problem(record, *why))
    span = None
    try:
        span = parse_period(period, opens)
    except ValueError as e:
        problems.add(
            table.problem(
                record,
                "period",
                str(e),
                "write 2016/17, 2016/17 Q1, 2016-04 or a date" if opens == 4 else "write 2016, 2016 Q1, 2016-04 or a date",
            )
        )
    if text in ("", "*"):
        what = "the figure is withheld" if text else "there is no figure"
        problems.add(
            table.problem(
                record,
                "value",
                what,
                "missing is not zero: send the figure, or leave the row out where the contract says what a missing one means",
            )
        )
    elif before == problems.found and scheme.measures and span is not None:
        try:
            value = parse_value(text, scheme.measures[measure].unit, scheme.money)
            return [Given(payee, measure, span[0], span[1], value, span[2], period, Location(table.file, record.line))]
        except ValueError as e:
            problems.add(table.problem(record, "value", str(e), ""))
    return []
