"""What was issued from its files: the JSON that `p4p settle` and `p4p adjust` wrote, read strictly, all faults at once.

Money is text of pounds and pence, counts are whole numbers, no key stands twice, and every sum must be that of its parts. A place is told as the path of
keys to it, as `jq` writes paths: payees[0].lines[3].earned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from p4p.counts.members import Source
from p4p.numbers.errors import MOST_PROBLEMS, InputError, Location, Problem, visible
from p4p.numbers.money import parse_plain, plain
from p4p.settling.issued import Base, Change, Document, Form, Key, Kind, Line, LineKind, Part

MAX_BYTES = 100_000_000  # a quarter of all of England is half of it

_DIGITS = 15  # of a count
_HALVES = re.compile("[\ud800-\udfff]")  # of characters: JSON can write one alone, and nothing else can
_SHA = re.compile("[0-9a-f]{64}")
_FRACTION = re.compile(r"-?\d{1,4000}(/\d{1,4000})?", re.ASCII)
_OURS = "name the file that `p4p settle --format json --output FILE` wrote"
_AS_WRITTEN = "ask for the document as p4p wrote it: it has been changed since"

_COUNTED = ("numerator", "denominator", "excluded")
#: The amounts of a settlement, by what its contract is made of: the last is the sum of the others.
_MONEY: dict[Form, tuple[str, ...]] = {
    "packages": ("upfront", "earned", "adjustments", "payable"),
    "payments": ("upfront", "earned", "payable"),
}


def read_issued(paths: Sequence[str]) -> tuple[list[Document], list[Problem]]:
    """The documents in files, and what is wrong with those that cannot be read."""
    documents, problems = [], []
    for path in paths:
        try:
            documents.append(parse_issued(_bytes(path), path))
        except InputError as e:
            problems += e.problems
    return documents, problems


def parse_issued(raw: bytes, file: str) -> Document:
    """A document from its bytes. Raises InputError with everything that is wrong with it."""
    return _Reader(file, hashlib.sha256(raw).hexdigest()).document(_parsed(raw, file))


def _bytes(path: str) -> bytes:
    file = Path(path)
    try:
        if not file.is_file():
            reason = "is a folder" if file.is_dir() else "is not an ordinary file" if file.exists() else "there is no such file"
            raise InputError([Problem(Location(path), reason, _OURS)])
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as e:
        raise InputError([Problem(Location(path), f"cannot be read: {e.strerror}", "ask for permission to read it")]) from None
    if len(raw) > MAX_BYTES:
        raise InputError([Problem(Location(path), f"the file is larger than {MAX_BYTES:,} bytes", _OURS)])
    return raw


class _Number(str):
    """A number that is none of ours: with decimals or an exponent, or of too many digits."""


class _Object(dict[str, Any]):
    """An object, and which of its keys are given twice."""

    twice: tuple[str, ...] = ()


class _Lost(_Object):
    """Stands for an object that is not there, which has been told; of what it lacks nothing is said."""


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    out = _Object(pairs)
    if len(out) < len(pairs):
        out.twice = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return out


def _whole(text: str) -> int | _Number:
    return int(text) if len(text) <= _DIGITS and not text.startswith("-") else _Number(text)


def _parsed(raw: bytes, file: str) -> Any:
    """JSON as Python reads it, without a number that could have lost anything. Raises InputError where it is none."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as e:
        what = f"byte 0x{raw[e.start]:02X} (byte {e.start + 1:,} of the file) is not UTF-8"
        raise InputError([Problem(Location(file), what, _OURS)]) from None
    if not text.strip():
        raise InputError([Problem(Location(file), "the file is empty", _OURS)])
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_whole, parse_float=_Number, parse_constant=_Number)
    except json.JSONDecodeError as e:  # the line is not quoted: it may be of any file
        what = f"is not JSON: {e.msg[:1].lower()}{e.msg[1:]}"
        raise InputError([Problem(Location(file, e.lineno, e.colno), what, _OURS)]) from None
    except RecursionError:
        raise InputError([Problem(Location(file), "is nested deeper than any document of p4p", _OURS)]) from None


class _Reader:
    """Reads one document. What is wrong is noted with its place, and something harmless stands for it, so that everything else is looked at too.

    Sums that do not add up are told where everything could be read: a sum with a figure missing says nothing.
    """

    def __init__(self, file: str, sha256: str) -> None:
        self.file, self.sha256 = file, sha256
        self.problems: list[Problem] = []
        self.sums: list[Problem] = []

    def wrong(self, place: str, what: str, hint: str = _AS_WRITTEN) -> None:
        """Note what is wrong. Raises InputError when there is more than anybody reads."""
        self.problems.append(Problem(Location(self.file), f"{place}: {what}" if place else what, hint))
        if len(self.problems) >= MOST_PROBLEMS:
            self.refuse()

    def adds_up(self, at: str, name: str, said: int, found: int, of: str) -> None:
        """Note a sum that is not that of its parts."""
        if said != found and len(self.sums) < MOST_PROBLEMS:
            what = f"{_join(at, name)}: is {plain(said)}, and {of} is {plain(found)}"
            self.sums.append(Problem(Location(self.file), what, _AS_WRITTEN))

    def refuse(self) -> NoReturn:
        """Raises InputError with what was found."""
        raise InputError(self.problems or self.sums)

    def document(self, root: Any) -> Document:
        """The document that some JSON is. Raises InputError with everything that is wrong."""
        if not isinstance(root, _Object) or root.get("p4p") != "1" or not {"contract", "payees", "totals", "inputs"} <= root.keys():
            self.wrong("", "is JSON, and no settlement or adjustment that p4p wrote", _OURS)
            self.refuse()
        if "publication" in root:
            hint = "name the document itself, written without --publish"
            self.wrong("publication", "is a copy for publication: what it withholds cannot be adjusted", hint)
            self.refuse()
        self.once(root, "")
        kind: Kind = "adjustment" if root.get("document") == "adjustment" else "settlement"
        if "document" in root and kind != "adjustment":
            self.wrong("document", f"{_shown(root['document'])} is no kind of document that can be adjusted", _OURS)
            self.refuse()
        contract = self.object(root, "", "contract")
        periods = self.texts(root, "", "periods") if kind == "adjustment" else (self.text(root, "", "period"),)
        form: Form | None = None
        if kind == "settlement":
            form, parts = self.settled(root, periods[0])
        else:
            parts = self.adjusted(root, periods)
        document = Document(
            file=self.file,
            sha256=self.sha256,
            kind=kind,
            form=form,
            contract=self.text(contract, "contract", "id"),
            title=self.text(contract, "contract", "title"),
            contract_sha256=self.sha(contract, "contract", "sha256"),
            currency=self.text(root, "", "currency"),
            periods=periods,
            parts=parts,
            inputs=tuple(
                Source(self.text(s, at, "file"), self.sha(s, at, "sha256"), self.count(s, at, "rows"))
                for at, s in self.each(root, "", "inputs")
            ),
            copy_for=self.texts(root, "", "copy_for") if "copy_for" in root else (),
            bases=tuple(self.base(b, at) for at, b in self.each(root, "", "issued")) if kind == "adjustment" else (),
        )
        if self.problems or self.sums:
            self.refuse()
        return document

    # a settlement

    def settled(self, root: _Object, period: str) -> tuple[Form, dict[str, dict[str, Part]]]:
        """Payees, each with what it is paid and on which lines; every sum is that of its parts."""
        parts: dict[str, Part] = {}
        sums: dict[str, int] = {}
        form: Form = "packages"
        for at, payee in self.each(root, "", "payees"):
            form = "payments" if "payments" in payee else "packages"
            code, money = self.text(payee, at, "payee"), self.paid(payee, at, form)
            if code in parts:
                self.wrong(at, f"{_shown(code)} is a payee twice")
            lines: dict[Key, Change] = {}
            found = self.payments(payee, at, lines) if form == "payments" else self.packages(payee, at, period, lines)
            for name, (of, pence) in found.items():
                self.adds_up(at, name, money[name], pence, of)
            parts[code] = Part(self.text(payee, at, "name"), 0, money["payable"], lines)
            sums = {name: sums.get(name, 0) + pence for name, pence in money.items()}
        totals = self.object(root, "", "totals")
        for name in _MONEY[form]:
            self.adds_up("totals", name, self.money(totals, "totals", name), sums.get(name, 0), "the sum over payees")
        return form, {period: parts}

    def packages(self, payee: _Object, at: str, period: str, lines: dict[Key, Change]) -> dict[str, tuple[str, int]]:
        """The lines of care packages; gives what each amount of the payee must be the sum of."""
        upfront, earned, shared = 0, 0, 0
        of_package: dict[tuple[str, str], int] = {}
        later: list[tuple[str, Key, int]] = []
        for place, row in self.each(payee, at, "packages"):
            own = self.text(row, place, "period") if "period" in row else period
            pid, money = self.text(row, place, "package"), self.money(row, place, "upfront")
            self.put(lines, place, Key(own, "upfront", pid), Line(money))
            upfront, of_package[own, pid] = upfront + money, self.money(row, place, "earned")
            later.append((place, Key(own, "shared", pid), self.money(row, place, "shared")))
            shared += later[-1][2]
        by_line: dict[tuple[str, str], int] = {}
        for place, row in self.each(payee, at, "lines"):
            own = self.text(row, place, "period") if "period" in row else period
            key, money = (
                Key(own, "indicator", self.text(row, place, "package"), self.text(row, place, "indicator")),
                self.money(row, place, "earned"),
            )
            self.put(lines, place, key, Line(money, self.counted(row, place)))
            earned, by_line[own, key.of] = earned + money, by_line.get((own, key.of), 0) + money
        for place, key, money in later:
            self.put(lines, place, key, Line(money))
        for own, pid in dict.fromkeys([*of_package, *by_line]):
            self.adds_up(
                f"{at}.packages",
                "earned",
                of_package.get((own, pid), 0),
                by_line.get((own, pid), 0),
                f"the sum over lines of {visible(pid)}",
            )
        return {
            "upfront": ("the sum over packages", upfront),
            "earned": ("the sum over lines", earned),
            "adjustments": ("the sum of what is shared", shared),
        }

    def payments(self, payee: _Object, at: str, lines: dict[Key, Change]) -> dict[str, tuple[str, int]]:
        """The payments of steps; gives what each amount of the payee must be the sum of."""
        sums = dict.fromkeys(_MONEY["payments"], 0)
        for place, row in self.each(payee, at, "payments"):
            money = self.paid(row, place, "payments")
            key = Key(self.text(row, place, "period"), "payment", self.text(row, place, "payment"))
            self.put(lines, place, key, Line(money["payable"], self.steps(row, place)))
            sums = {name: sums[name] + pence for name, pence in money.items()}
        return {name: ("the sum over payments", pence) for name, pence in sums.items()}

    def paid(self, row: _Object, at: str, form: Form) -> dict[str, int]:
        """The amounts of a payee or a payment; what is payable must be the sum of the others."""
        money = {name: self.money(row, at, name) for name in _MONEY[form]}
        *parts, whole = money
        self.adds_up(at, whole, money[whole], sum(money[name] for name in parts), " + ".join(parts))
        return money

    def put(self, lines: dict[Key, Change], place: str, key: Key, line: Line) -> None:
        """A line under its key, which no other line may have."""
        if key in lines:
            self.wrong(place, f"{visible(key.of)} {visible(key.indicator)} is a line twice".replace("  ", " "))
        lines[key] = Change(None, line)

    # an adjustment

    def adjusted(self, root: _Object, periods: tuple[str, ...]) -> dict[str, dict[str, Part]]:
        """Payees, each with what was issued, what is due, and the lines between; every sum is that of its parts."""
        parts: dict[str, dict[str, Part]] = {period: {} for period in periods}
        whole = [0, 0]
        if len(parts) < len(periods) or not periods:
            self.wrong("periods", "names no period, or one of them twice")
        for at, payee in self.each(root, "", "payees"):
            code, name, sums = self.text(payee, at, "payee"), self.text(payee, at, "name"), [0, 0]
            for place, row in self.each(payee, at, "periods"):
                period, (then, now) = self.text(row, place, "period"), self.between(row, place)
                if period not in parts:
                    self.wrong(place, f"{_shown(period)} is none of its periods")
                    continue
                if code in parts[period]:
                    self.wrong(place, f"{_shown(code)} is a payee twice")
                lines = dict(self.changes(row, place))
                self.adds_up(place, "adjustment", now - then, sum(c.adjustment for c in lines.values()), "the sum over its lines")
                parts[period][code] = Part(name, then, now, lines)
                sums = [sums[0] + then, sums[1] + now]
            self.add_up(payee, at, sums, "the sum over its periods")
            whole = [whole[0] + sums[0], whole[1] + sums[1]]
        self.add_up(self.object(root, "", "totals"), "totals", whole, "the sum over payees")
        return parts

    def add_up(self, row: _Object, at: str, sums: Sequence[int], of: str) -> None:
        """What was issued and what is due of a row must be sums that are known."""
        for name, said, found in zip(("issued", "now"), self.between(row, at), sums, strict=True):
            self.adds_up(at, name, said, found, of)

    def between(self, row: _Object, at: str) -> tuple[int, int]:
        """What was issued and what is due of a row; its adjustment must be the difference."""
        then, now = self.money(row, at, "issued"), self.money(row, at, "now")
        self.adds_up(at, "adjustment", self.money(row, at, "adjustment"), now - then, "now - issued")
        return then, now

    def changes(self, row: _Object, at: str) -> Iterator[tuple[Key, Change]]:
        """The lines of an adjustment."""
        for place, line in self.each(row, at, "lines"):
            kind, (then, now) = self.text(line, place, "line"), self.between(line, place)
            if kind not in ("upfront", "indicator", "shared", "payment"):
                self.wrong(f"{place}.line", f"{_shown(kind)} is no kind of line: upfront, indicator, shared, payment")
                continue
            of = self.text(line, place, "payment" if kind == "payment" else "package")
            indicator = self.text(line, place, "indicator") if kind == "indicator" else ""
            key, lines = Key(self.text(line, place, "period"), cast(LineKind, kind), of, indicator), list[Line | None]()
            for name, money in (("issued_on", then), ("now_on", now)):
                if line.get(name, "") is None:
                    lines.append(None)
                    if money:
                        self.wrong(f"{place}.{name}", f"is null, and the line pays {plain(money)}")
                    continue
                behind, inside = self.object(line, place, name), f"{place}.{name}"
                facts = self.counted(behind, inside) if kind == "indicator" else self.steps(behind, inside) if kind == "payment" else {}
                lines.append(Line(money, facts))
            yield key, Change(*lines)

    def base(self, row: _Object, at: str) -> Base:
        """A document that an adjustment stands on."""
        kind = self.text(row, at, "document")
        if kind not in ("settlement", "adjustment"):
            self.wrong(f"{at}.document", f"{_shown(kind)} is no kind of document")
        names = self.text(row, at, "file"), self.sha(row, at, "sha256"), self.sha(row, at, "made_of")
        return Base(*names, "adjustment" if kind == "adjustment" else "settlement", self.texts(row, at, "periods"))

    # what a line was made of

    def counted(self, row: _Object, at: str) -> dict[str, object]:
        """Counts, achievement, share and what was available."""
        out: dict[str, object] = {name: self.count(row, at, name) for name in _COUNTED}
        out["state"] = self.text(row, at, "state")
        out["achievement"] = None if row.get("achievement", "") is None else self.fraction(row, at, "achievement")
        return out | {"share": self.fraction(row, at, "share"), "available": plain(self.money(row, at, "available"))}

    def steps(self, row: _Object, at: str) -> dict[str, object]:
        """Steps and outcomes by name: unit, value as people read it, exact value."""
        out: dict[str, object] = {}
        for place, step in self.each(row, at, "steps"):
            outcome = None if step.get("outcome", "") is None else self.text(step, place, "outcome")
            name = self.text(step, place, "step") + (f".{outcome}" if outcome else "")
            value = self.text(step, place, "value")
            out[name] = (self.text(step, place, "unit"), value, self.text(step, place, "exact") if "exact" in step else value)
        return out

    # values

    def value(self, row: Mapping[str, Any], at: str, key: str, what: str, good: Callable[[Any], bool], instead: Any) -> Any:
        """A value of a key, which must be there and good; else `instead`."""
        found = row.get(key, _MISSING)
        if found is _MISSING:
            if not isinstance(row, _Lost):
                self.wrong(_join(at, key), "is not there")
            return instead
        if not good(found):
            self.wrong(_join(at, key), f"{_shown(found)} is not {what}")
            return instead
        return found

    def text(self, row: Mapping[str, Any], at: str, key: str) -> str:
        """Text, of whole characters."""
        return str(self.value(row, at, key, "text", lambda v: type(v) is str and not _HALVES.search(v), ""))

    def texts(self, row: Mapping[str, Any], at: str, key: str) -> tuple[str, ...]:
        """A list of text."""
        found = self.value(row, at, key, "a list", lambda v: isinstance(v, list), [])
        return tuple(self.text({_item(i): v}, _join(at, key), _item(i)) for i, v in enumerate(found))

    def sha(self, row: Mapping[str, Any], at: str, key: str) -> str:
        """A SHA-256."""
        return str(self.value(row, at, key, "a SHA-256 of 64 digits", lambda v: type(v) is str and bool(_SHA.fullmatch(v)), ""))

    def fraction(self, row: Mapping[str, Any], at: str, key: str) -> str:
        """An exact fraction, as text."""
        return str(self.value(row, at, key, 'a fraction like "89/100"', lambda v: type(v) is str and bool(_FRACTION.fullmatch(v)), "0"))

    def count(self, row: Mapping[str, Any], at: str, key: str) -> int:
        """A whole number, not below zero."""
        return int(self.value(row, at, key, "a whole number", lambda v: type(v) is int, 0))

    def money(self, row: Mapping[str, Any], at: str, key: str) -> int:
        """An amount of pounds and pence, as text; in pence."""
        found = self.value(row, at, key, 'money as text, like "1254.00"', lambda v: type(v) is str, "0.00")
        try:
            return parse_plain(found)
        except ValueError as e:
            self.wrong(_join(at, key), str(e))
            return 0

    def object(self, row: Mapping[str, Any], at: str, key: str) -> _Object:
        """An object below a key."""
        found: _Object = self.value(row, at, key, "an object", lambda v: isinstance(v, _Object), _Lost())
        self.once(found, _join(at, key))
        return found

    def each(self, row: Mapping[str, Any], at: str, key: str) -> Iterable[tuple[str, _Object]]:
        """The objects of a list, each with its place."""
        found = self.value(row, at, key, "a list", lambda v: isinstance(v, list), [])
        for i, item in enumerate(found):
            place = f"{_join(at, key)}[{i}]"
            if isinstance(item, _Object):
                self.once(item, place)
                yield place, item
            else:
                self.wrong(place, f"{_shown(item)} is not an object")

    def once(self, row: Any, at: str) -> None:
        """Note keys that are given twice."""
        for key in getattr(row, "twice", ()):
            self.wrong(_join(at, visible(key)), "is given twice")


_MISSING = object()


def _join(at: str, key: str) -> str:
    return f"{at}{key}" if key.startswith("[") or not at else f"{at}.{key}"


def _item(i: int) -> str:
    return f"[{i}]"


def _shown(value: Any) -> str:
    """A value of JSON, cut short."""
    if isinstance(value, _Number):
        return visible(value, 24)
    if isinstance(value, str):
        return f'"{visible(value, 24)}"'
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else visible(json.dumps(value), 24)
