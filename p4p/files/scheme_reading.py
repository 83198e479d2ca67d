"""What a command names for a scheme, read: files to figures, counts, lists and payees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from p4p.counts.activity import Activity
from p4p.counts.measures import Measures
from p4p.counts.members import Members
from p4p.counts.roster import Expected
from p4p.files.folder import Files
from p4p.files.measures_file import is_measures, read_measures
from p4p.files.table_text import Problems, stamp_of
from p4p.numbers.errors import InputError, UsageError
from p4p.numbers.period import month_of, month_text, outside, parse_month, period_asked
from p4p.settling.chain import own_periods
from p4p.settling.runs import Inputs
from p4p.steps.points import Points
from p4p.steps.scheme import Scheme
from p4p.steps.terms import terms_of

if TYPE_CHECKING:
    import polars as pl


def read_inputs(scheme: Scheme, files: Files, months: range | None = None) -> Inputs:
    """A scheme's figures, counts and lists. Raises UsageError or InputError for files that are not there or refused.

    Only what is settled in some months must be there: an advance is paid before there are counts. All of it, where no months are named.
    """
    from p4p.files.activity_file import read_activity
    from p4p.files.practices_file import read_practices

    problems = Problems()
    for file in files.activity:
        try:
            stamp_of(file)
        except InputError as error:
            problems.add(*error.problems)
    problems.refuse()
    measured = tuple(f for f in files.activity if is_measures(f))
    counted = tuple(f for f in files.activity if f not in measured)
    read = {name: m for name, m in (scheme.measures or {}).items() if name in _named(scheme, months)}
    counts = [name for name, m in read.items() if m.unit == "counts"]
    if counts and not counted:
        raise UsageError(f"no activity file: the contract counts {', '.join(counts[:3])}; name one after the contract")
    needs = sorted(name for name, m in read.items() if m.unit != "counts" and not m.on_list and m.missing.text == "refuse")
    if needs and not measured:
        raise UsageError(
            f"no measures file: the contract reads {', '.join(needs[:3])}; name a CSV file with payee, measure, period and value"
        )
    if counted and not scheme.counts:
        raise UsageError(f"{counted[0]} has no column `measure`, and the contract counts no indicators")
    members = activity = None
    if (counts or counted or any(m.on_list for m in read.values())) and files.practices is None:
        raise UsageError("no practices file: add --practices FILE, or put practices.csv beside the contract")
    if files.practices is not None and (scheme.counts or any(m.on_list for m in (scheme.measures or {}).values())):
        members = read_practices(files.practices, lists=files.lists)
    if counted and members:
        activity = read_activity(counted, expected_counts(scheme), members)
    return inputs_of(scheme, read_measures(measured, scheme), members, activity)


def _named(scheme: Scheme, months: range | None) -> set[str]:
    """The names on which the payments work that are settled in some months."""
    out = set[str]()
    for payment in scheme.payments.values():
        if months is None or any(own_periods(scheme, payment, months)):
            out |= {term.name.partition(".")[0] for term in terms_of(payment.steps)}
            out |= {iid for step in payment.steps.values() if isinstance(step, Points) for iid in step.indicators}
    return out


def expected_counts(scheme: Scheme) -> Expected:
    """What a scheme expects of its activity files."""
    by: dict[str, set[str]] = {"snapshot": set(), "year": set()}
    for mid, m in scheme.counts.items():
        if m.measured == "at the end of the period":
            by["snapshot"].add(mid)
        elif m.measured == "for the year" or scheme.settled == "yearly":
            by["year"].add(mid)
    return Expected(tuple(scheme.counts), frozenset(by["snapshot"]), frozenset(by["year"]), frozenset(), scheme.years)


def inputs_of(scheme: Scheme, measures: Measures, members: Members | None, activity: Activity | None) -> Inputs:
    """Inputs from what was read: who is paid follows from the contract, the practices or the figures."""
    payees, listed = _payees(scheme, measures, members), Listed(scheme, members)
    sources = (*(members.sources if members else ()), *(activity.sources if activity else ()), *measures.sources)
    found = Inputs(measures, payees, lists=listed, list_rows=listed.rows, sources=sources, members=members)
    if activity is None or members is None:
        return found
    counted = Counted(scheme, members, activity)
    return replace(found, counts=counted, rows=counted.rows, practices=counted.practices)


def _payees(scheme: Scheme, measures: Measures, members: Members | None) -> dict[str, str]:
    if scheme.payees is not None:
        return {code: p.title for code, p in scheme.payees.items()}
    if members is not None and scheme.paid_to == "practice":
        return {code: p.name for code, p in sorted(members.practices.items())}
    if members is not None and scheme.paid_to == "network":
        return {code: members.networks[code] or code for code in sorted(members.networks)}
    return {code: code for code in measures.payees}


class Listed:
    """Patients on the lists that measures name, by payee: a practice's own, or those behind a network."""

    def __init__(self, scheme: Scheme, members: Members | None) -> None:
        self._scheme, self._members = scheme, members
        self._by_network: dict[str, dict[str, int]] = {}

    def __call__(self, payee: str, name: str) -> Fraction | str:
        """A payee's patients on the list that a measure names, or why there are none."""
        measure, members = (self._scheme.measures or {})[name], self._members
        if members is None or measure.as_at is None:
            return "there are no lists"
        entries: Mapping[str, int] | None = members.lists.get((measure.on_list, measure.as_at))
        if entries is None:
            return f'there is no "{measure.on_list}" at {measure.as_at}'
        if self._scheme.paid_to != "practice":
            try:
                if name not in self._by_network:
                    self._by_network[name] = members.patients(measure.on_list, measure.as_at, self._month(measure.as_at))
                entries = self._by_network[name]
            except InputError as error:
                return error.problems[0].what
        return Fraction(entries[payee]) if payee in entries else f'{payee} is not on the "{measure.on_list}" at {measure.as_at}'

    def rows(self, payee: str, name: str) -> tuple[str, ...]:
        """The rows behind a payee's patients on a list that it is on."""
        measure, members = (self._scheme.measures or {})[name], self._members
        if members is None or measure.as_at is None:
            return ()
        mine = (payee,) if self._scheme.paid_to == "practice" else members.behind(payee, self._month(measure.as_at))
        return members.told_of_list(measure.on_list, measure.as_at, mine)

    def _month(self, as_at: date) -> int:
        return max(month_of(as_at), self._scheme.years[0].months[0])


class Counted:
    """Counts by payee, measure and months: practices' own, or pooled over the practices of a network."""

    def __init__(self, scheme: Scheme, members: Members, activity: Activity) -> None:
        self._scheme, self._members, self._activity = scheme, members, activity
        level = "practice" if scheme.paid_to == "practice" else "network"
        codes = list(members.practices) if level == "practice" else list(members.networks)
        frame = activity.monthly(level)
        ids = list(scheme.counts)
        self._rows: dict[tuple[str, str], list[tuple[int, int, int, int, int]]] = {}
        for who, indicator, month, n, d, e, withheld in frame.iter_rows():
            self._rows.setdefault((codes[who], ids[indicator]), []).append((month, n, d, e, withheld))
        self._level = level
        self._missing: dict[range, set[tuple[str, str]]] = {}

    def __call__(self, payee: str, measure: str, months: range) -> tuple[int, int, int] | str:
        """The sums over some months, or what is missing."""
        rows = [r for r in self._rows.get((payee, measure), ()) if r[0] in months]
        if any(r[4] for r in rows):
            return f"counts of {measure} are withheld (suppressed) in {month_text(next(r[0] for r in rows if r[4]))}"
        if (payee, measure) in self._gaps(months) or not rows:
            return f"counts of {measure} are missing in {month_text(months[0])} to {month_text(months[-1])}"
        return sum(r[1] for r in rows), sum(r[2] for r in rows), sum(r[3] for r in rows)

    def _gaps(self, months: range) -> set[tuple[str, str]]:
        """Who lacks counts of what, in some months."""
        if months not in self._missing:
            found = set()
            for practice, measure, month in self._activity.missing(months):
                who = practice if self._level == "practice" else self._members.network_of(practice, month) or practice
                found.add((who, measure))
            self._missing[months] = found
        return self._missing[months]

    def rows(self, payee: str, measure: str, months: range) -> tuple[str, ...]:
        """The rows behind a payee's counts."""
        found = [r for network in self._networks(payee) for r in self._activity.rows(measure, network, months)]
        mine = {(r.file, r.line): r for r in found if self._level == "network" or r.practice == payee}
        order = {source.file: n for n, source in enumerate(self._activity.sources)}
        told = sorted(mine.values(), key=lambda r: (order.get(r.file, 0), r.line))
        return tuple(f"{r.file}:{r.line} {r.practice} {r.period}: {r.numerator}/{r.denominator}" for r in told)

    def practices(self, payee: str, measure: str, months: range) -> tuple[tuple[str, int, int, int], ...]:
        """The counts of each practice of a network over some months, by code: its numerator, denominator and excluded. Nothing for a practice that is paid itself."""
        if self._level == "practice":
            return ()
        codes, number = list(self._members.practices), list(self._scheme.counts).index(measure)
        sums: dict[str, tuple[int, int, int]] = {}
        for who, _, month, n, d, e, _ in self._by_practice.filter(indicator=number).iter_rows():
            if month in months and self._members.network_of(codes[who], month) == payee:
                before = sums.get(codes[who], (0, 0, 0))
                sums[codes[who]] = before[0] + n, before[1] + d, before[2] + e
        return tuple((code, *counts) for code, counts in sorted(sums.items()))

    @cached_property
    def _by_practice(self) -> pl.DataFrame:
        return self._activity.monthly("practice")

    def _networks(self, payee: str) -> list[str]:
        """Where the rows of a payee may stand: a practice's in every network it was in, and, once it is gone, in those of its successors."""
        if self._level == "network":
            return [payee]
        found, code = dict[str, None](), str(payee)
        while practice := self._members.practices.get(code):
            found |= dict.fromkeys(stay.network for stay in practice.stays)
            code = practice.stays[-1].successor or ""
        return list(found)


def months_asked(scheme: Scheme, quarter: str | None, year: bool | None, month: str | None) -> tuple[range, str]:
    """The months that `--quarter`, `--year` or `--month` name, and their name. Raises UsageError where they name none or contradict each other."""
    given = [name for name, value in (("--quarter", quarter), ("--year", year or None), ("--month", month)) if value]
    if len(given) != 1:
        hint = {"monthly": "--month 2016-04", "quarterly": "--quarter Q1", "yearly": "--year"}[scheme.settled]
        raise UsageError(f"say which period: {hint}" if not given else f"{' and '.join(given)} are both given: keep one")
    try:
        if not month:
            asked = period_asked(quarter, scheme.years)
            return asked.months, str(asked)
        at = parse_month(month)
        if not any(at in y.months for y in scheme.years):
            raise outside(month, scheme.years)
        return range(at, at + 1), month
    except ValueError as e:
        raise UsageError(str(e)) from None
