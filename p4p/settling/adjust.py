"""What was issued for a period, what the files come to now, and the difference to pay or to recover: payee by payee, line by line.

Issued for a period is its settlement and every adjustment of it since. Whole pence, and only sums and differences of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from p4p.counts.members import Source
from p4p.counts.roster import COUNTS
from p4p.numbers.errors import MismatchError, Problem
from p4p.numbers.money import grouped
from p4p.settling.issued import Change, Document, Facts, Form, Key, Ledger, Line, Paid, Part

#: Why a line pays something else, in words, in the order in which they are looked for.
NEW, GONE = "not issued before", "not due any more"
RECOUNTED, PRACTICES, STATE = "counts", "practices' counts", "state of the counts"
AVAILABLE, CURVE, EARLIER = "available", "curve", "earlier periods"
VALUE, SHARED, FIGURES = "value or split", "others' unearned money", "figures"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file then and now, by its SHA-256; None where it was not read."""

    file: str
    issued: str | None
    now: str | None

    @property
    def same(self) -> bool:
        """Whether its bytes are the same."""
        return self.issued == self.now


@dataclass(frozen=True, slots=True)
class Sum:
    """What a payee, or all of them, were issued and are due, in pence."""

    name: str = ""
    issued: int = 0
    now: int = 0

    @property
    def adjustment(self) -> int:
        """What is to be paid, or below zero to be recovered."""
        return self.now - self.issued


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One period adjusted. `contract` and `files` set what was read when it was last issued beside what was read now.

    `recounted`: lines that are counted otherwise and pay what they paid. `others`: periods of its year of which no document is given, where what one pays
    depends on the others: a later one that was issued may have made good already what this one is adjusted by.
    """

    period: str
    parts: Mapping[str, Part]
    contract: FileChange
    files: tuple[FileChange, ...]
    recounted: int
    others: tuple[str, ...]


@dataclass(frozen=True)
class Adjustment:
    """What is to be paid and recovered after the periods that were issued, on the contract and the files as they are now."""

    contract: str
    title: str
    contract_sha256: str
    currency: str
    form: Form
    periods: tuple[Adjusted, ...]
    issued: tuple[Document, ...]
    inputs: tuple[Source, ...]
    payee: str | None

    @cached_property
    def by_payee(self) -> dict[str, Sum]:
        """Each payee's sums over the periods."""
        out: dict[str, Sum] = {}
        for period in self.periods:
            for code, part in period.parts.items():
                so_far = out.get(code, Sum())
                out[code] = Sum(part.name, so_far.issued + part.issued, so_far.now + part.now)
        return out

    @cached_property
    def totals(self) -> Sum:
        """All payees together."""
        return total(self.by_payee.values())


def total(sums: Iterable[Sum | Part]) -> Sum:
    """Sums added up."""
    found = list(sums)
    return Sum("", sum(s.issued for s in found), sum(s.now for s in found))


def adjust(ledger: Ledger, now: Mapping[str, Document]) -> Adjustment:
    """Set what the documents of a ledger come to against settlements of the same periods as they are now."""
    periods = tuple(_adjusted(ledger, period, now[period]) for period in ledger.periods)
    latest = next(iter(now.values()))
    inputs = dict.fromkeys(s for document in now.values() for s in document.inputs)
    return Adjustment(
        contract=latest.contract,
        title=latest.title,
        contract_sha256=latest.contract_sha256,
        currency=latest.currency,
        form=ledger.terms.form,
        periods=periods,
        issued=ledger.documents,
        inputs=tuple(inputs),
        payee=ledger.payee,
    )


def _adjusted(ledger: Ledger, period: str, now: Document) -> Adjusted:
    paid, due = ledger.paid(period), now.of(ledger.payee).parts[period]
    last = ledger.chain(period)[-1]
    parts, recounted = {}, 0
    for code in [*due, *(code for code in paid if code not in due)]:
        before = paid.get(code, Paid(""))
        after = due.get(code, Part(before.name, 0, 0, {}))
        changes = list(_changes(before, after))
        parts[code] = _held(period, code, Part(after.name, before.payable, after.now, {key: c for key, c in changes if c.adjustment}))
        recounted += sum(1 for _, c in changes if not c.adjustment and c.issued and c.now and _counts(c.issued) != _counts(c.now))
    return Adjusted(
        period=period,
        parts=parts,
        contract=FileChange("contract", last.contract_sha256, now.contract_sha256),
        files=tuple(files_between(last.inputs, now.inputs)),
        recounted=recounted,
        others=tuple(_not_given(ledger, period)) if ledger.terms.looks_back else (),
    )


def _held(period: str, code: str, part: Part) -> Part:
    """A part whose lines add up to its adjustment, as they must: each document's did. Raises MismatchError where they do not."""
    lines = sum(change.adjustment for change in part.lines.values())
    if part.adjustment != lines:
        what = f"the adjustment does not hold together: {code}, {period}: {grouped(part.adjustment)}, and its lines {grouped(lines)}"
        raise MismatchError([Problem(None, what, "this is a fault of p4p: please report it with the files")])
    return part


def _changes(before: Paid, after: Part) -> Iterator[tuple[Key, Change]]:
    """Every line then and now: in the order of what is due, and after them what is not there any more."""
    for key, change in after.lines.items():
        yield key, Change(before.lines.get(key), change.now)
    for key, line in before.lines.items():
        if key not in after.lines:
            yield key, Change(line, None)


def _counts(line: Line) -> tuple[object, ...]:
    return tuple(line.facts.get(name) for name in COUNTS)


def _not_given(ledger: Ledger, period: str) -> Iterator[str]:
    """The periods of a period's year of which nothing is given."""
    given = {month for p in ledger.periods for month in ledger.terms.months(p)}
    for other, months in ledger.terms.of_year(ledger.terms.months(period)):
        if not given & set(months):
            yield other


#: By what files then and now are the same one, the surest first.
_NAMES: tuple[Callable[[Source], str], ...] = (
    lambda s: s.sha256,
    lambda s: s.file,
    lambda s: s.file.replace("\\", "/").rpartition("/")[2],
)


def files_between(then: Sequence[Source], now: Sequence[Source]) -> Iterator[FileChange]:
    """Files then and now, set beside each other: first those whose bytes are the same, then by path, then by the last part of the path."""
    left, found = list(then), dict[Source, Source]()
    for name in _NAMES:
        for source in (s for s in now if s not in found):
            match = next((t for t in left if name(t) == name(source)), None)
            if match is not None:
                found[source] = match
                left.remove(match)
    for source in now:
        yield FileChange(source.file, found[source].sha256 if source in found else None, source.sha256)
    for source in left:
        yield FileChange(source.file, source.sha256, None)


def why(key: Key, change: Change) -> tuple[str, ...]:
    """Why a line pays something else than was issued, as far as the documents tell."""
    then, now = change
    if then is None or now is None:
        return (NEW if then is None else GONE,)
    if key.kind == "upfront":
        return (VALUE,)
    if key.kind == "shared":
        return (SHARED,)
    if key.kind == "payment":
        return (FIGURES,) if steps_between(change) else (EARLIER,)
    a, b = then.facts, now.facts
    recounted = _counts(then) != _counts(now)
    out = [RECOUNTED] if recounted else []
    achieved = _other(a, b, "achievement")
    if not recounted and achieved:
        out.append(PRACTICES)
    if _other(a, b, "state"):
        out.append(STATE)
    if _other(a, b, "available"):
        out.append(AVAILABLE)
    if not recounted and not achieved and not _other(a, b, "state") and _other(a, b, "share"):
        out.append(CURVE)
    return tuple(out) or (EARLIER,)


def _other(a: Facts, b: Facts, name: str) -> bool:
    return a.get(name) != b.get(name)


def steps_between(change: Change) -> list[tuple[str, object, object]]:
    """The steps of a payment that come to something else: name, then, now; None where a step is not there."""
    then, now = (line.facts if line else {} for line in change)
    return [(name, then.get(name), now.get(name)) for name in dict.fromkeys([*now, *then]) if then.get(name) != now.get(name)]
