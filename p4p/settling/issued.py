"""What was issued: documents that say what was paid, line by line, and what several of them come to together.

A settlement and an adjustment are the same thing here: for each payee a change from what was issued before to what is due, with the lines that make
it. A settlement changes nothing into its payments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal, NamedTuple

from p4p.counts.members import Source
from p4p.language.contract import Contract
from p4p.numbers.errors import Location, Problem, visible
from p4p.numbers.money import grouped
from p4p.numbers.period import periods

LineKind = Literal["upfront", "indicator", "shared", "payment"]
Form = Literal["packages", "payments"]
Kind = Literal["settlement", "adjustment"]

#: What a line's money was made of: counts and fractions as a document writes them; of a payment its steps, each with unit, value and exact value.
Facts = Mapping[str, object]


class Key(NamedTuple):
    """Which line: its own period (a quarter of a settled year), what kind, of which package or payment, and the indicator."""

    period: str
    kind: LineKind
    of: str
    indicator: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line pays, in pence, and on what."""

    money: int
    facts: Facts = field(default_factory=dict)


class Change(NamedTuple):
    """A line as it was issued and as it is due; None where it is not there."""

    issued: Line | None
    now: Line | None

    @property
    def adjustment(self) -> int:
        """The difference in pence."""
        return (self.now.money if self.now else 0) - (self.issued.money if self.issued else 0)


@dataclass(frozen=True, slots=True)
class Part:
    """One payee in one period: what had been issued, what is due, and the lines in which they differ. Money in pence."""

    name: str
    issued: int
    now: int
    lines: Mapping[Key, Change]

    @property
    def adjustment(self) -> int:
        """What is to be paid, or below zero to be recovered."""
        return self.now - self.issued


@dataclass(frozen=True, slots=True)
class Base:
    """A document that an adjustment stands on, as the adjustment names it."""

    file: str
    sha256: str
    made_of: str
    kind: Kind
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A settlement or an adjustment, read. `parts` by period and payee; `copy_for` names the payees of a document that does not hold them all."""

    file: str
    sha256: str
    kind: Kind
    form: Form | None  # an adjustment does not say
    contract: str
    title: str
    contract_sha256: str
    currency: str
    periods: tuple[str, ...]
    parts: Mapping[str, Mapping[str, Part]]
    inputs: tuple[Source, ...]
    copy_for: tuple[str, ...] = ()
    bases: tuple[Base, ...] = ()

    @property
    def made_of(self) -> str:
        """What tells documents from each other whatever names their files had, and however much of it a copy holds: a SHA-256 over the periods, the
        contract, the files read, and the documents that it stands on.
        """
        files, bases = sorted(s.sha256 for s in self.inputs), sorted(b.made_of for b in self.bases)
        said = [self.kind, *self.periods, "contract", self.contract_sha256, "files", *files, "issued", *bases]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def of(self, payee: str | None) -> Document:
        """The document cut to one payee; as it is where none is named."""
        if payee is None:
            return self
        return replace(self, parts={period: {c: p for c, p in parts.items() if c == payee} for period, parts in self.parts.items()})


@dataclass(frozen=True, slots=True)
class Terms:
    """What documents are held against: a contract, by its words for itself.

    `months` of a period; raises ValueError for one that it does not have. `of_year`: the periods as long as some months in their year, with their months.
    `looks_back`: whether what a period pays depends on others of its year.
    """

    contract: str
    currency: str
    form: Form
    months: Callable[[str], range]
    of_year: Callable[[range], Sequence[tuple[str, range]]]
    looks_back: bool


def terms_of(contract: Contract) -> Terms:
    """The terms of a contract of care packages."""

    def months(text: str) -> range:
        quarters = periods(text, contract.years)
        if text not in (str(quarters[0]), str(quarters[0].year)):
            raise ValueError(f'"{visible(text)}" is not written as p4p writes a period, like {quarters[0]}')
        return range(quarters[0].months[0], quarters[-1].months[-1] + 1)

    def of_year(of: range) -> list[tuple[str, range]]:
        year = next(y for y in contract.years if of.start in y.months)
        return [(str(q), q.months) for q in year.quarters]

    looks_back = any(package.looks_back for package in contract.packages.values())
    return Terms(contract.contract, contract.currency, "packages", months, of_year, looks_back)


@dataclass(slots=True)
class Paid:
    """What a payee has been issued for a period, all documents together."""

    name: str
    payable: int = 0
    lines: dict[Key, Line] = field(default_factory=dict)

    def take(self, part: Part) -> None:
        """Lay a further document's part over it. What a line was made of stays where the document does not say it afresh."""
        self.name, self.payable = part.name, part.now
        for key, change in part.lines.items():
            if change.now is None:
                self.lines.pop(key, None)
                continue
            before = self.lines.get(key)
            self.lines[key] = replace(change.now, facts={**(before.facts if before else {}), **change.now.facts})


class Ledger:
    """Documents of one contract, held against it and against each other. `problems` is what does not fit; where there is none, `paid` is what they come to."""

    def __init__(self, documents: Sequence[Document], terms: Terms, payee: str | None) -> None:
        self.documents, self.terms, self.payee = tuple(documents), terms, payee
        self.problems: list[Problem] = [p for d in documents for p in self._alone(d)]

    def held_together(self) -> Ledger:
        """Hold the documents against each other as well, if each fits the contract."""
        if not self.problems:
            self.problems += self._twice()
        if not self.problems:
            self.problems += [*self._overlapping(), *self._chained()]
        if not self.problems:
            self.problems += self._adding_up()
        return self

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods that were issued, the earliest first."""
        return tuple(sorted({p for d in self.documents for p in d.periods}, key=lambda p: self.terms.months(p).start))

    def chain(self, period: str) -> list[Document]:
        """The documents of a period in the order in which they were made: the settlement, then each adjustment, which stands on all before it."""
        mine = [d for d in self.documents if period in d.periods]
        return sorted(mine, key=lambda d: sum(period in b.periods for b in d.bases))

    def paid(self, period: str) -> dict[str, Paid]:
        """What each payee has been issued for a period."""
        out: dict[str, Paid] = {}
        for document in self.chain(period):
            for code, part in document.of(self.payee).parts[period].items():
                out.setdefault(code, Paid(part.name)).take(part)
        return out

    # what does not fit

    def _alone(self, d: Document) -> Iterator[Problem]:
        """What is wrong with a document beside the contract."""
        at, terms = Location(d.file), self.terms
        if d.contract != terms.contract:
            what = f'contract.id: was issued under the contract "{visible(d.contract)}", and this one is "{terms.contract}"'
            yield Problem(at, what, "name the folder of the contract under which it was issued")
            return
        if d.currency != terms.currency:
            yield Problem(at, f"currency: is in {visible(d.currency)}, and the contract pays in {terms.currency}", "currencies do not mix")
        if d.form not in (None, terms.form):
            what = f"payees[0]: was settled by `{d.form}`, and the contract has `{terms.form}`"
            yield Problem(at, what, "name the contract that it was settled by")
        for period in d.periods:
            try:
                terms.months(visible(period, 300))
            except ValueError as e:
                yield Problem(at, f"period: {e}", "name the contract of that year")
        if d.copy_for and self.payee is None:
            names = ", ".join(map(visible, d.copy_for[:3])) + (", …" if len(d.copy_for) > 3 else "")
            what = f"copy_for: is a copy for {names} and says nothing of the others"
            yield Problem(at, what, f"name the document of all payees, or add --network {visible(d.copy_for[0])}")
        elif d.copy_for and self.payee not in d.copy_for:
            what = f"copy_for: is a copy for {visible(d.copy_for[0])}, and {self.payee} is asked for"
            yield Problem(at, what, "name the document of all payees, or that payee's own copy")

    def _twice(self) -> Iterator[Problem]:
        """Documents that are named twice."""
        seen: dict[str, Document] = {}
        for d in self.documents:
            first = seen.get(d.sha256) or seen.get(d.made_of)
            if first is None:
                seen[d.sha256] = seen[d.made_of] = d
            elif first.sha256 == d.sha256:
                yield Problem(Location(d.file), f"is the same document as {first.file}, byte for byte", "name it once")
            else:
                what = f"was made of the same contract, files and documents as {first.file}: it is the same {d.kind}"
                yield Problem(Location(d.file), what, "name the one that was issued")

    def _overlapping(self) -> Iterator[Problem]:
        """Settlements of one period, or of one that holds another."""
        settled = [(d, p, self.terms.months(p)) for d in self.documents if d.kind == "settlement" for p in d.periods]
        for i, (d, period, months) in enumerate(settled):
            for first, other, others in settled[:i]:
                if period == other:
                    what = f"period: is a second settlement of {period}; {first.file} is one already"
                    yield Problem(Location(d.file), what, "name the one that was issued: what was paid after it is an adjustment")
                elif set(months) & set(others):
                    what = f"period: {period} has months that {first.file} settled with {other}"
                    yield Problem(Location(d.file), what, "name settlements that do not overlap: a month is paid once")

    def _chained(self) -> Iterator[Problem]:
        """Adjustments that stand on something that is not given, or beside each other."""
        given = {d.made_of: d for d in self.documents}
        settled = {p: d for d in self.documents if d.kind == "settlement" for p in d.periods}
        for d in (d for d in self.documents if d.kind == "adjustment"):
            at = Location(d.file)
            for i, base in enumerate(d.bases):
                if base.made_of in given:
                    continue
                name, place = f"{visible(base.file, 300)} (SHA-256 {base.sha256[:12]}…)", f"issued[{i}]"
                other = settled.get(base.periods[0]) if base.kind == "settlement" else None
                if other:
                    what = f"{place}: adjusts another settlement of {base.periods[0]} than {other.file}, namely {name}"
                    yield Problem(at, what, "name the settlement that was issued")
                else:
                    what = f"{place}: stands on the {base.kind} {name} of {' and '.join(map(visible, base.periods))}, which is not given"
                    yield Problem(at, what, "name that too: --issued FILE; what was issued is all of it together")
            for period in d.periods:
                if not any(b.kind == "settlement" and period in b.periods for b in d.bases):
                    what = f"issued: adjusts {visible(period)} and stands on no settlement of it"
                    yield Problem(at, what, "ask for the adjustment as p4p wrote it")
        for period in self.periods:
            for one, two in pairwise([d for d in self.chain(period) if d.kind == "adjustment"]):
                if one.made_of not in {b.made_of for b in two.bases}:
                    yield Problem(
                        Location(two.file),
                        f"issued: adjusts {period} as if {one.file} had not been issued",
                        "name the one that was issued; where both were paid, recover the whole of the one that is left out",
                    )

    def _adding_up(self) -> Iterator[Problem]:
        """Adjustments whose money before is not what the documents before them come to."""
        for period in self.periods:
            paid: dict[str, Paid] = {}
            for document in self.chain(period):
                for code, part in document.of(self.payee).parts[period].items():
                    mine = paid.setdefault(code, Paid(part.name))
                    yield from _not_as_issued(document, period, code, part, mine)
                    mine.take(part)
                silent = paid.keys() - document.of(self.payee).parts[period].keys()
                if document.kind == "adjustment" and silent:
                    what = f"payees: says nothing of {visible(min(silent))}, who was paid for {period} before"
                    yield Problem(Location(document.file), what, _CHANGED)


_CHANGED = "one of the documents has been changed since it was made: ask for them as they were issued"


def _not_as_issued(document: Document, period: str, code: str, part: Part, paid: Paid) -> Iterator[Problem]:
    at, who = Location(document.file), f"payees, {visible(code)}, {period}"
    if part.issued != paid.payable:
        what = f"{who}: says that {grouped(part.issued)} had been issued, and the documents before it say {grouped(paid.payable)}"
        yield Problem(at, what, _CHANGED)
        return
    for key, change in part.lines.items():
        before = paid.lines.get(key)
        if (change.issued.money if change.issued else None) != (before.money if before else None):
            line = " ".join(filter(None, (key.of, key.indicator or key.kind)))
            yield Problem(at, f"{who}, {visible(line)}: says another amount had been issued than the documents before it do", _CHANGED)
