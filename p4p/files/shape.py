"""From located text to the classes of `contract`: the fields of a class are its YAML keys. All faults of a file at once.

A class may list its own faults (`faults()`), which are looked for once its fields are sound.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from typing import Any, Literal, get_args, get_origin

from p4p.files.yamltext import Node
from p4p.language.curves import Threshold
from p4p.numbers.errors import MOST_PROBLEMS, ContractError, Location, Problem, did_you_mean, visible
from p4p.numbers.exact import decimal, pounds
from p4p.numbers.money import parse_pence
from p4p.numbers.period import parse_date

#: Stands for a value that could not be read; its problem has been noted.
BAD: Any = object()

#: What a file is called as a whole; a fault that has a place of its own in it needs no such name.
WHOLE = "the contract"

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,12})?)\s?%", re.ASCII)
_RATIO = re.compile(r"(\d{1,9})\s?/\s?(\d{1,9})", re.ASCII)
_THRESHOLD = re.compile(r"(at least|above|at most|below)\s+(.+)")

#: Beyond these an amount is a slip of the finger: about a hundred billion pounds, and a million for a patient. In pence.
MOST_MONEY, MOST_PRICE = 10**13, 10**8


def parse_ratio(text: str) -> Fraction:
    """Read `70%`, `62.5%` or `7/10`. Raises ValueError, with what to write instead, for anything else."""
    if m := _PERCENT.fullmatch(text):
        return Fraction(m[1]) / 100
    if m := _RATIO.fullmatch(text):
        if int(m[2]) == 0:
            raise ValueError(f'"{text}" divides by nothing: write a share like 70% or 7/10')
        return Fraction(int(m[1]), int(m[2]))
    hint = ""
    if re.fullmatch(r"\d{1,6}(\.\d{1,12})?", text, re.ASCII):
        value = Fraction(text)
        hint = f': write "{decimal(value * 100 if value <= 1 else value, 12)}%"'
    raise ValueError(f'"{visible(text)}" is not a share like 70% or 7/10{hint}')


def parse_threshold(text: str) -> Threshold:
    """Read `at least 90%`, `above 90%`, `at most 10%` or `below 10%`. Raises ValueError for anything else."""
    m = _THRESHOLD.fullmatch(text)
    if not m:
        raise ValueError(
            f'"{visible(text)}" does not say which side of the edge counts: write "at least 90%" or "above 90%" (lower is better: "at most", "below")'
        )
    ratio = parse_ratio(m[2])
    if ratio > 1 or (ratio == 1 and m[1] == "above") or (ratio == 0 and m[1] == "below"):
        raise ValueError(f'"{text}" is beyond what an achievement can be: write a threshold from 0% to 100%')
    return Threshold(ratio, typing.cast(Any, m[1]))


class Reader:
    """Reads nodes into classes and collects every problem on the way.

    `special` gives the readers of types that are written in a shape of their own.
    """

    def __init__(self, special: dict[Any, Callable[[Reader, Node, str], Any]]) -> None:
        self.problems: list[Problem] = []
        self.special = special

    def fail(self, node: Node, what: str, hint: str = "", *, at: Location | None = None) -> Any:
        """Note a problem at a node; gives BAD, so that a reader may `return reader.fail(...)`. Raises ContractError where there are too many to tell."""
        if len(self.problems) >= MOST_PROBLEMS:
            more = node.problem(f"the first {MOST_PROBLEMS} problems are told, and here are more", "mend those first", at=at)
            raise ContractError([*self.problems, more])
        self.problems.append(node.problem(what, hint, at=at))
        return BAD

    def value(self, kind: Any, node: Node, name: str) -> Any:
        """Read a node as `kind`: a class of the contract, a choice of phrases, a mapping by id, text, money (int), share or price (Fraction), date, threshold."""
        if kind in self.special:
            return self.special[kind](self, node, name)
        if dataclasses.is_dataclass(kind) and kind is not Threshold:
            return self.object(typing.cast(type, kind), node, name)
        origin = get_origin(kind)
        if origin is dict:
            return self.by_id(get_args(kind)[1], node, name)
        if origin in (types.UnionType, typing.Union):
            some = tuple(a for a in get_args(kind) if a is not types.NoneType)
            return self.value(typing.Union[some], node, name)  # noqa: UP007, of one member it is that member
        text = self.text(node, name)
        if text is BAD:
            return BAD
        if origin is Literal:
            options = [str(a) for a in get_args(kind)]
            if text in options:
                return text
            return self.fail(node, f'{name}: "{visible(text)}" is not one of the choices', f"choices: {' | '.join(options)}")
        try:
            return self._scalar(kind, text, name)
        except ValueError as e:
            return self.fail(node, f"{name}: {e}")

    def _scalar(self, kind: Any, text: str, name: str) -> Any:
        if kind is str:
            return text
        if kind is date:
            return parse_date(text)
        if kind is Threshold:
            return parse_threshold(text)
        if kind is int:
            return _whole_pence(parse_pence(text), text)
        if kind is Fraction and name == "price":
            return _at_most(MOST_PRICE, parse_pence(text, what="a price"), text)
        if kind is Fraction:
            return parse_ratio(text)
        raise TypeError(f"no reader for {kind}")

    def text(self, node: Node, name: str) -> Any:
        """The text of a scalar."""
        if node.kind == "text" and node.text.strip():
            return node.text.strip()
        if node.kind in ("empty", "text"):
            return self.fail(node, f"{name} is empty", "give a value, or leave the key out where it is optional", at=node.named_at)
        return self.fail(node, f"{name} is a {node.kind}, not a single value", "give one value")

    def mapping(self, node: Node, name: str) -> bool:
        """Whether a node is a mapping; notes the problem if not."""
        if node.kind == "mapping":
            return True
        found = {"text": f'the text "{visible(node.text)}"', "list": "a list", "empty": "empty"}[node.kind]
        self.fail(
            node,
            f"{name} must hold keys and values, but is {found}",
            "write `key: value`, one to a line, indented below it",
            at=node.at if node.kind != "empty" else node.named_at,
        )
        return False

    def by_id(self, kind: Any, node: Node, name: str) -> Any:
        """Read a mapping whose keys are ids, in the order written."""
        if not self.mapping(node, name):
            return BAD
        if not node.entries:
            return self.fail(node, f"{name} is empty", "there must be at least one, under an id of its own", at=node.named_at)
        out: dict[str, Any] = {}
        seen: set[str] = set()
        for key, child in node.entries.items():
            if not ID.fullmatch(key):
                self.fail(child, f'"{visible(key)}" is not an id', "up to 40 letters, digits, . _ and -", at=child.named_at)
            elif key.lower() in seen:
                self.fail(child, f'id "{key}" differs from another only in capital letters', "give it another id", at=child.named_at)
            seen.add(key.lower())
            out[key] = self.value(kind, child, key)
        return BAD if any(v is BAD for v in out.values()) else out

    def object(self, cls: type, node: Node, name: str, also: tuple[str, ...] = ()) -> Any:
        """Read a mapping as a class: unknown keys get a suggestion, missing ones say what they mean. `also` names keys that the caller has read."""
        if not self.mapping(node, name):
            return BAD
        before = len(self.problems)
        hints = typing.get_type_hints(cls)
        keys = {f.metadata.get("yaml", f.name): f for f in dataclasses.fields(cls) if "doc" in f.metadata}
        values: dict[str, Any] = {}
        suggested: set[str] = set()  # a misspelt key is one fault, not also a missing one
        for key, child in node.entries.items():
            if key in keys:
                values[keys[key].name] = self.value(hints[keys[key].name], child, key)
            elif key not in also:
                suggested |= self.unknown_key(node, key, child, keys)
        for key, f in keys.items():
            required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
            if required and key not in node.entries and key not in also and key not in suggested:
                self.fail(node, f"{name}: `{key}` is missing", f"{f.metadata['doc']}{_choices(hints[f.name])}", at=node.named_at)
        if len(self.problems) > before or any(v is BAD for v in values.values()):
            return BAD
        if "places" in hints:
            values["places"] = {"": node.named_at} | {k: child.at for k, child in node.entries.items()}
        made = cls(**values)
        for where, what, hint in made.faults() if hasattr(made, "faults") else ():
            at = where if isinstance(where, Location) else node.entries[where].at if where in node.entries else node.named_at
            told = what if what.startswith(name) or (name == WHOLE and isinstance(where, Location)) else f"{name}: {what}"
            self.fail(node, told, hint, at=at)
        return made if len(self.problems) == before else BAD

    def unknown_key(self, node: Node, key: str, child: Node, known: Iterable[str]) -> set[str]:
        """Note a key that has no meaning here; gives the known key it was probably meant to be.

        In braces the commonest cause is a comma inside a number.
        """
        if node.flow and child.kind == "empty" and re.fullmatch(r"\d{3}(\.\d+)?", key):
            entries = list(node.entries.items())
            before = [v for _, v in entries[: [k for k, _ in entries].index(key)] if v.kind == "text"]
            number = f"{before[-1].text}{key}" if before else key
            what = f'a comma inside {{...}} separates keys, so "{key}" was read as a key'
            self.fail(child, what, f"write the number without commas: {number}", at=child.named_at)
            return set()
        hint = did_you_mean(key, known)
        if node.flow and child.kind == "empty" and " " in key.strip():
            what = f'a comma inside {{...}} separates keys, so "{visible(key)}" was read as a key'
            self.fail(child, what, "put a text with a comma in quotation marks", at=child.named_at)
            return set()
        self.fail(child, f'unknown key "{visible(key)}"', hint, at=child.named_at)
        return {k for k in known if f'"{k}"' in hint}


def _whole_pence(pence: Fraction, text: str) -> int:
    if pence.denominator != 1:
        raise ValueError(f'"{text}" has a part of a penny: write at most two decimals')
    return int(_at_most(MOST_MONEY, pence, text))


def _at_most(most: int, pence: Fraction, text: str) -> Fraction:
    if pence > most:
        raise ValueError(f'"{text}" is more than any contract pays: write at most {pounds(Fraction(most))[1:]}')
    return pence


def _choices(kind: Any) -> str:
    return f": {' | '.join(map(str, get_args(kind)))}" if get_origin(kind) is Literal else ""
