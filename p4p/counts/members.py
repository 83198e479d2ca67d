"""Practices, the networks they belong to month by month, and their lists.

A practice is in one network in any month. Between its first and last month in a network it is a *member*: its counts are
due, and they count there. What came from a file carries the line it came from.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from p4p.numbers.errors import MOST_LIKENED, InputError, Location, Problem, did_you_mean, visible
from p4p.numbers.period import first_day, last_day, month_text

#: For so many unknown codes of a file one that is near is looked for: it takes a while, and nobody reads more.
HINTED = 100

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", re.ASCII)
_PCN = re.compile(r"U[0-9]{5}", re.ASCII)
_REWRITTEN = re.compile(r"[0-9.]+E[+-]?[0-9]+|[0-9]{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its name as the user gave it, the SHA-256 of the bytes read, the number of rows."""

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a record. Whoever reads the record knows where the field stands."""

    field: str
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A practice's time in one network: `first` and `last` month, both included, None where it is open.

    `successor` is the practice to which patients and counts go after `last`.
    """

    practice: str
    network: str
    first: int | None
    last: int | None
    successor: str | None
    at: Location

    def covers(self, month: int) -> bool:
        return (self.first is None or self.first <= month) and (self.last is None or month <= self.last)


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice and its stays, the earliest first."""

    code: str
    name: str
    stays: tuple[Stay, ...]

    @classmethod
    def of(cls, code: str, name: str, stays: Iterable[Stay]) -> Practice:
        """A practice from stays in any order."""
        stays = tuple(stays)
        return cls(code, name, stays if len(stays) < 2 else tuple(sorted(stays, key=lambda s: s.first or 0)))


Lists = Mapping[tuple[str, date], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs to which network, month by month, and how many patients each practice has on each list.

    `practices` by code, sorted; `networks` from code to name (the code where there is no name), sorted;
    `lists` from (name, as-at date) to patients by practice, `list_rows` likewise to where a file says so. Make one with `Members.of`, which checks it.
    """

    practices: Mapping[str, Practice]
    networks: Mapping[str, str]
    lists: Lists
    sources: tuple[Source, ...]
    list_rows: Mapping[tuple[str, date], Mapping[str, Location]]
    _stays_in: Mapping[str, tuple[Stay, ...]] = field(init=False)

    def __post_init__(self) -> None:
        stays: dict[str, list[Stay]] = {network: [] for network in self.networks}
        for practice in self.practices.values():
            for stay in practice.stays:
                stays[stay.network].append(stay)
        object.__setattr__(self, "_stays_in", MappingProxyType({n: tuple(s) for n, s in stays.items()}))

    @classmethod
    def of(
        cls,
        practices: Iterable[Practice],
        network_names: Mapping[str, str] | None = None,
        lists: Lists | None = None,
        sources: tuple[Source, ...] = (),
    ) -> Members:
        """Members made from practices in any order. Raises InputError, naming every fault that `faults` finds."""
        practices = [Practice.of(p.code, p.name, p.stays) for p in practices]
        if problems := [Problem(stay.at, fault.what, fault.hint) for stay, fault in faults(practices)]:
            raise InputError(problems)
        return cls.unchecked(practices, network_names or {}, lists or {}, sources, {})

    @classmethod
    def unchecked(
        cls,
        practices: Iterable[Practice],
        network_names: Mapping[str, str],
        lists: Lists,
        sources: tuple[Source, ...],
        list_rows: Mapping[tuple[str, date], Mapping[str, Location]],
    ) -> Members:
        """Members made from practices in which `faults` found nothing."""
        by_code = {p.code: p for p in sorted(practices, key=lambda p: p.code)}
        networks = sorted({stay.network for p in by_code.values() for stay in p.stays})
        return cls(
            MappingProxyType(by_code),
            MappingProxyType({n: network_names.get(n, n) for n in networks}),
            MappingProxyType(dict(lists)),
            sources,
            MappingProxyType(dict(list_rows)),
        )

    def network_of(self, practice: str, month: int) -> str | None:
        """The network a practice is in that month; None where it is in none or is not known."""
        known = self.practices.get(practice)
        return next((s.network for s in known.stays if s.covers(month)), None) if known else None

    def members(self, network: str, month: int) -> tuple[str, ...]:
        """The practices of a network in a month, by code."""
        return tuple(s.practice for s in self._stays_in.get(network, ()) if s.covers(month))

    def patients(self, list_name: str, as_at: date, opening: int) -> dict[str, int]:
        """Patients on a list, by network: those of the practices that are members in the month `opening`, and of practices whose successors are.

        Every network is there, one without members with 0. Raises InputError where the list does not exist at that
        date, or naming each member that has no entry on it.
        """
        sizes = self.lists.get((list_name, as_at))
        if sizes is None:
            raise InputError([self._no_such_list(list_name, as_at)])
        absent = [
            Problem(stay.at, f"{stay.practice} has no entry on the {list_name} of {as_at}", "give its patients")
            for stays in self._stays_in.values()
            for stay in stays
            if stay.covers(opening) and stay.practice not in sizes
        ]
        if absent:
            raise InputError(absent)
        out = dict.fromkeys(self.networks, 0)
        for practice, patients in sizes.items():
            network = self._inherited_by(practice, opening)
            if network is not None:
                out[network] += patients
        return out

    def behind(self, network: str, month: int) -> tuple[str, ...]:
        """The practices whose patients are with a network in a month, by code: its members, and those that have closed and whose successors are."""
        closed = (code for code, practice in self.practices.items() if practice.stays[-1].successor)
        return tuple(sorted({*self.members(network, month), *(code for code in closed if self._inherited_by(code, month) == network)}))

    def _inherited_by(self, practice: str, month: int) -> str | None:
        """The network that a practice's patients are with in a month: its own, or that of the practice that took them over."""
        network = self.network_of(practice, month)
        last = self.practices[practice].stays[-1] if practice in self.practices else None
        if network is None and last and last.successor and last.last is not None and last.last < month:
            return self._inherited_by(last.successor, month)
        return network

    def why_absent(self, practice: str, month: int) -> str:
        """Since when, until when, and to whom its counts go: what to say of a practice or network that is not there that month."""
        if practice not in self.practices:
            return "it has no practices then: see from and to in the practices file"
        stays = self.practices[practice].stays
        said = []
        before = [s for s in stays if s.last is not None and s.last < month]
        after = [s for s in stays if s.first is not None and s.first > month]
        if before and (last := before[-1]).last is not None:
            said.append(f"it was in {last.network} until {last_day(last.last)}")
            if last.successor:
                said.append(f"after {last_day(last.last)} its counts belong to {last.successor}")
        if after and (next_ := after[0]).first is not None:
            said.append(f"it is in {next_.network} from {first_day(next_.first)}")
        return "; ".join(said)

    def told_of_list(self, list_name: str, as_at: date, practices: Iterable[str]) -> tuple[str, ...]:
        """The rows that say how many patients some practices have on a list; of a practice of which no file says it, its own row. Practices that are not on it are left out."""
        sizes, rows = self.lists[list_name, as_at], self.list_rows.get((list_name, as_at), {})
        return tuple(f"{rows.get(p) or self.practices[p].stays[0].at} {p}: {sizes[p]:,}" for p in practices if p in sizes)

    def _no_such_list(self, list_name: str, as_at: date) -> Problem:
        at = Location(self.sources[0].file) if self.sources else None
        dates = sorted(day for name, day in self.lists if name == list_name)
        if dates:
            there = ", ".join(str(day) for day in dates)
            return Problem(
                at,
                f"the {list_name} is dated {there}; the contract pays on the list of {as_at}",
                f"give the list of {as_at}, or change the date in the contract",
            )
        names = sorted({name for name, _ in self.lists})
        hint = did_you_mean(list_name, names) or "list_size with list_date gives the registered list; a lists file gives others"
        return Problem(at, f'there is no list "{visible(list_name)}"', hint)


def unknown_practice(code: str, practices: Collection[str], networks: Container[str] = ()) -> Fault:
    """What to say of a code that is none of the practices."""
    shown = visible(code)
    if code in networks:
        return Fault("practice", f"{shown} is a network, not a practice", "give its practices, a row each")
    what = f'unknown practice "{shown}"'
    if shown != code:
        return Fault("practice", what, "it holds characters that look like others or cannot be seen: type the code again")
    if _REWRITTEN.fullmatch(code):
        return Fault("practice", what, "a spreadsheet may have rewritten the code: format the column as text")
    if _PCN.fullmatch(code):
        return Fault("practice", what, "it looks like the code of a network (PCN): give its practices, a row each")
    return Fault("practice", what, nearest_code(code, practices))


def unknown_network(code: str, networks: Collection[str]) -> Fault:
    """What to say of a code that is none of the networks."""
    return Fault("network", f'unknown network "{visible(code)}"', nearest_code(code, networks))


def nearest_code(code: str, known: Collection[str]) -> str:
    """`did you mean` for a code among very many, of which only those that start or end alike are looked at."""
    folded = code.casefold()
    if same := next((k for k in known if k.casefold() == folded), None):
        return f'did you mean "{same}"? Capitals count'
    if len(known) <= MOST_LIKENED:
        return did_you_mean(code, known)
    hint = did_you_mean(code, [k for k in known if k.startswith(code[:3]) or k.endswith(code[-4:])][:MOST_LIKENED])
    return hint if hint.endswith("?") else ""


def code_fault(column: str, code: str) -> Fault | None:
    """The fault of a text that is not a code: 1 to 20 letters, digits and . _ -, starting with a letter or digit."""
    if _CODE.fullmatch(code):
        return None
    if not code:
        return Fault(column, f"{column} is blank", "give its code")
    rewritten = "a spreadsheet may have rewritten it: format the column as text" if _REWRITTEN.fullmatch(code) else ""
    return Fault(column, f'"{visible(code)}" is not a code', rewritten or "a code is up to 20 letters, digits and . _ -, without spaces")


def faults(practices: Iterable[Practice]) -> Iterator[tuple[Stay, Fault]]:
    """What makes practices no sound membership, with the stay at fault.

    Codes that are none or that differ only in case; two networks in one month; a successor that is unknown, the practice
    itself, absent in the month after, or part of a circle.
    """
    known = {p.code: p for p in practices}
    stays = [stay for practice in known.values() for stay in practice.stays]
    for column in ("practice", "network"):
        yield from _code_faults(column, stays)
    found = 0
    for practice in known.values():
        if len(practice.stays) > 1:
            yield from _overlaps(practice)
        for stay in practice.stays:
            near = known if found < HINTED else ()
            if stay.successor is not None and (fault := _successor_fault(practice, stay, stay.successor, known, near)):
                found += 1
                yield stay, fault


def _code_faults(column: str, stays: Iterable[Stay]) -> Iterator[tuple[Stay, Fault]]:
    """The faults of the codes in one column, each code once."""
    codes: dict[str, Stay] = {}
    for stay in stays:
        codes.setdefault(getattr(stay, column), stay)
    alike: dict[str, tuple[str, Stay]] = {}
    for code, stay in codes.items():
        if fault := code_fault(column, code):
            yield stay, fault
        other, at = alike.setdefault(code.casefold(), (code, stay))
        if other != code:
            one, two = sorted(((other, at), (code, stay)), key=lambda found: found[1].at)
            what = f"{two[0]} differs from {one[0]} (line {one[1].at.line}) only in case"
            yield two[1], Fault(column, what, "write a code in one way")


def _overlaps(practice: Practice) -> Iterator[tuple[Stay, Fault]]:
    # a stay may cover no month at all (opened on the 10th, closed on the 20th, counted on the 1st): it meets nothing
    stays = [s for s in practice.stays if s.first is None or s.last is None or s.first <= s.last]
    furthest: Stay | None = None  # of the earlier ones, the stay that lasts longest: whoever meets any of them meets it
    for stay in stays:
        if furthest is not None and (furthest.last is None or stay.first is None or stay.first <= furthest.last):
            one, two = sorted((furthest, stay), key=lambda s: s.at)
            when = f" in {month_text(stay.first)}" if stay.first is not None else ""
            what = f"{practice.code} is already in {one.network}{when}, by line {one.at.line}"
            yield two, Fault("practice", what, "a practice is in one network a month: end one row (to) before the next starts (from)")
        if furthest is None or (furthest.last is not None and (stay.last is None or stay.last > furthest.last)):
            furthest = stay


def _successor_fault(practice: Practice, stay: Stay, successor: str, known: Mapping[str, Practice], near: Collection[str]) -> Fault | None:
    if successor == practice.code:
        return Fault("successor", f"{successor} cannot be its own successor", "leave it blank, or name the practice it joined")
    if successor not in known:
        return Fault("successor", f'unknown successor "{visible(successor)}"', nearest_code(successor, near))
    if stay.last is None:
        return Fault("successor", f"{successor} succeeds {practice.code}, but when is not said", "give the last day in to")
    if stay is not practice.stays[-1]:
        return Fault("successor", f"{practice.code} has a later stay, so nothing passes to {successor}", "name it in the last row")
    if not any(s.covers(stay.last + 1) for s in known[successor].stays):
        return Fault(
            "successor",
            f"{successor} is in no network in {month_text(stay.last + 1)}, when it succeeds {practice.code}",
            f"its row must cover {first_day(stay.last + 1)}",
        )
    chain = [practice.code]
    while (last := known[chain[-1]].stays[-1]).successor in known and last.successor is not None:
        if last.successor in chain:
            return Fault("successor", f"a circle of successors: {' to '.join([*chain, last.successor])}", "the last has none")
        chain.append(last.successor)
    return None
