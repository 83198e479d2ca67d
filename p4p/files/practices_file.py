"""Practices and lists from CSV.

`practices.csv`: practice, name, network; optional network_name, list_size, weighted_list, list_date, from, to, successor.
Lists files: practice, list, date, patients. A practice that moves network has a row for each stay. Blank optional cells are
absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from p4p.counts.members import HINTED, Fault, Members, Practice, Stay, code_fault, faults, unknown_practice
from p4p.files.table_text import Problems, Record, Table, not_whole, whole
from p4p.numbers.errors import InputError, Location, visible
from p4p.numbers.period import first_day, last_day, month_of, parse_date

LISTS = {"list_size": "registered list", "weighted_list": "weighted list"}

FIRST_DAY = "first day of the month"
LAST_DAY = "last day of the month"

_YEAR_FIRST = "write the year first: 2009-04-01"


def read_practices(path: str, *, counted_on: str | None = None, lists: Sequence[str] = ()) -> Members:
    """Members from a practices file and any number of lists files.

    `counted_on` says on which day of a month a practice that joins or leaves inside it must be there to be a member that
    month: "first day of the month" or "last day of the month". Where it is None, no practice may join or leave inside a month.

    Raises InputError with the faults of all the files.
    """
    if counted_on not in (None, FIRST_DAY, LAST_DAY):
        raise ValueError(f"counted_on: {counted_on}")
    reading = _Reading(counted_on)
    for file, read in [(path, reading.practices), *((file, reading.list_entries) for file in lists)]:
        try:
            read(file)
        except InputError as error:
            reading.problems.add(*error.problems)
    reading.problems.refuse()
    return reading.members()


@dataclass(slots=True)
class _Reading:
    """What the files have said so far, each thing with the place that said it first."""

    counted_on: str | None
    problems: Problems = field(default_factory=Problems)
    tables: list[Table] = field(default_factory=list)
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    made: list[Practice] = field(default_factory=list)
    named: dict[tuple[str, str], tuple[str, Location]] = field(default_factory=dict)
    entries: dict[tuple[str, date, str], tuple[int, Location]] = field(default_factory=dict)

    def practices(self, path: str) -> None:
        """Read the practices file."""
        table = Table(path, ("practice", "name", "network"), ("network_name", *LISTS, "list_date", "from", "to", "successor"))
        self.tables.append(table)
        records: dict[int, Record] = {}
        for record in table.records(self.problems):
            records[record.line] = record
            for fault in self._practice(table, record):
                self.problems.add(table.problem(record, fault.field, fault.what, fault.hint))
        for code, stays in self.stays.items():
            self.made.append(Practice.of(code, self.named.get(("name", code), (code,))[0], stays))
        for stay, fault in faults(self.made):
            self.problems.add(table.problem(records[stay.at.line], fault.field, fault.what, fault.hint))

    def list_entries(self, path: str) -> None:
        """Read a lists file."""
        table = Table(path, ("practice", "list", "date", "patients"))
        self.tables.append(table)
        for record in table.records(self.problems):
            for fault in self._list_entry(table, record):
                self.problems.add(table.problem(record, fault.field, fault.what, fault.hint))

    def members(self) -> Members:
        """The members, once no file has a fault."""
        network_names = {code: name for (column, code), (name, _) in self.named.items() if column == "network_name"}
        lists: dict[tuple[str, date], dict[str, int]] = {}
        rows: dict[tuple[str, date], dict[str, Location]] = {}
        for (name, as_at, code), (patients, at) in self.entries.items():
            lists.setdefault((name, as_at), {})[code] = patients
            rows.setdefault((name, as_at), {})[code] = at
        sources = tuple(table.source for table in self.tables if table.source)
        return Members.unchecked(self.made, network_names, lists, sources, rows)

    def _practice(self, table: Table, record: Record) -> list[Fault]:
        cells = {name: record.cells[i] for name, i in table.column.items()}
        code, name, network, network_name = cells["practice"], cells["name"], cells["network"], cells.get("network_name", "")
        if bad := [fault for fault in (code_fault("practice", code), code_fault("network", network)) if fault]:
            return bad
        at = Location(table.file, record.line)
        first, last, found = self._months(cells.get("from", ""), cells.get("to", ""))
        self.stays.setdefault(code, []).append(Stay(code, network, first, last, cells.get("successor") or None, at))
        if name:
            found += self._called("name", code, name, at)
        else:
            found.append(Fault("name", f"{code} has no name", "statements are addressed by it"))
        if network_name:
            found += self._called("network_name", network, network_name, at)
        return found + self._sizes(code, cells, at)

    def _called(self, column: str, code: str, name: str, at: Location) -> list[Fault]:
        """Take the name of a practice or network, which is one wherever it is given."""
        named, before = self.named.setdefault((column, code), (name, at))
        if named == name:
            return []
        return [Fault(column, f'{code} is called "{visible(name)}", but "{visible(named)}" on line {before.line}', "keep one name")]

    def _sizes(self, code: str, cells: dict[str, str], at: Location) -> list[Fault]:
        """Take the list sizes that a row of the practices file gives."""
        found: list[Fault] = []
        day = None
        if text := cells.get("list_date"):
            try:
                day = _date(text)
            except ValueError as error:
                found.append(Fault("list_date", visible(str(error), 200), _YEAR_FIRST))
        for column, name in LISTS.items():
            if size := cells.get(column):
                if not text:
                    found.append(Fault(column, f"{column} has no date", "give the date of the list in list_date, like 2009-04-01"))
                found += self._entry(column, (name, day), code, size, at)
        return found

    def _list_entry(self, table: Table, record: Record) -> list[Fault]:
        code, name, day, patients = (record.cells[table.column[c]] for c in ("practice", "list", "date", "patients"))
        if self.stays and code not in self.stays:
            return [unknown_practice(code, self.stays if self.problems.found < HINTED else ())]
        if not name:
            return [Fault("list", "the list has no name", "give the name that the contract uses, like diabetes register")]
        try:
            as_at = _date(day)
        except ValueError as error:
            return [Fault("date", visible(str(error), 200), _YEAR_FIRST)]
        return self._entry("patients", (name, as_at), code, patients, Location(table.file, record.line))

    def _entry(self, column: str, of: tuple[str, date | None], code: str, text: str, at: Location) -> list[Fault]:
        """Take one practice's patients on a list. Only the rows of a practice's several stays may say a number again."""
        patients = whole(text)
        if patients is None:
            what, hint = not_whole(text, "a number of patients")
            return [Fault(column, f"{column} {what}", hint)]
        name, as_at = of
        if as_at is None:
            return []
        said, before = self.entries.setdefault((name, as_at, code), (patients, at))
        if before == at or (said == patients and column in LISTS and before.file == at.file):
            return []
        where = f"line {before.line}" if before.file == at.file else str(before)
        return [Fault(column, f"{code} on the {visible(name)} of {as_at} is {patients} here and {said} on {where}", "keep one")]

    def _months(self, start: str, end: str) -> tuple[int | None, int | None, list[Fault]]:
        """The first and last month in which a practice there from `start` to `end` is a member."""
        found: list[Fault] = []
        days: list[date | None] = []
        for column, text in (("from", start), ("to", end)):
            try:
                days.append(_date(text) if text else None)
            except ValueError as error:
                days.append(None)
                found.append(Fault(column, visible(str(error), 200), _YEAR_FIRST))
        joined, left = days
        if joined and left and left < joined:
            found.append(Fault("to", f"{left} is before {joined}", "from is the first day, to the last"))
        first = month_of(joined) if joined else None
        last = month_of(left) if left else None
        if joined and first is not None and joined != first_day(first):
            if self.counted_on is None:
                found.append(self._inside("from", joined, f"use {first_day(first)} or {first_day(first + 1)}"))
            first += self.counted_on == FIRST_DAY
        if left and last is not None and left != last_day(last):
            if self.counted_on is None:
                found.append(self._inside("to", left, f"use {last_day(last - 1)} or {last_day(last)}"))
            last -= self.counted_on == LAST_DAY
        return first, last, found

    def _inside(self, column: str, day: date, instead: str) -> Fault:
        hint = f"{instead}, or say in the contract which day decides: membership: {{counted_on: {FIRST_DAY}}}"
        return Fault(column, f"{day} is inside a month", hint)


def _date(text: str) -> date:
    day = parse_date(text)
    if not 1900 <= day.year <= 2100:
        raise ValueError(f"{day} is too long ago or too far ahead")
    return day
