"""YAML as located text: every scalar stays the characters the author wrote, with the place where they stand.

PyYAML parses; this module turns its events into nodes and refuses what a contract has no use for and a hostile file would: aliases and
merge keys, tags, several documents, duplicate keys, deep nesting. No type is guessed: `NO` is two letters, `0.1` three characters.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from p4p.errors import ContractError, Location, Problem, visible

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_SCALAR = 20_000

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(slots=True)
class Node:
    """A piece of a YAML file. `text` is set for a scalar, `entries` for a mapping, `items` for a list; `lines` is the whole file, to quote from."""

    kind: Literal["text", "mapping", "list", "empty"]
    at: Location
    lines: list[str] = field(repr=False)
    text: str = ""
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key_at: Location | None = None
    flow: bool = False

    @property
    def named_at(self) -> Location:
        """Where the node is named: its key if it has one."""
        return self.key_at or self.at

    def problem(self, what: str, hint: str = "", *, at: Location | None = None) -> Problem:
        """A problem at this node, with its line quoted."""
        where = at or self.at
        quote = self.lines[where.line - 1] if 0 < where.line <= len(self.lines) else ""
        return Problem(where, what, hint, quote)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file read: its tree, its name as the user gave it, and the hash of its bytes."""

    root: Node
    file: str
    sha256: str


def read(path: str) -> Document:
    """Read a YAML file as located text.

    Raises ContractError for a file that cannot be read, is not UTF-8, or holds what contracts do not.
    """
    file = Path(path)
    try:
        if not file.is_file():
            reason = "is a folder" if file.is_dir() else "is not a file" if file.exists() else "does not exist"
            raise ContractError([Problem(Location(path), f"the contract file {reason}", "name a YAML file, or a folder that holds contract.yaml")])
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as e:
        raise ContractError([Problem(Location(path), f"cannot be read: {e.strerror}")]) from None
    return parse(raw, path)


def parse(raw: bytes, file: str) -> Document:
    """Bytes of YAML to located text. Raises ContractError as `read` does."""
    root = _tree(_decoded(raw, file), file)
    return Document(root, file, hashlib.sha256(raw).hexdigest())


def _decoded(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        raise ContractError([Problem(Location(file), f"the file is larger than {MAX_BYTES:,} bytes", "a contract is text of a few pages")])
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        column = e.start - (raw.rfind(b"\n", 0, e.start) + 1) + 1
        what = f"byte 0x{raw[e.start]:02X} (byte {e.start + 1:,} of the file) is not UTF-8"
        raise ContractError([Problem(Location(file, line, column), what, "save the file as UTF-8")]) from None
    bad = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u2028-\u202e\u2066-\u2069\ufeff]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        raise ContractError([Problem(Location(file, line, column), f"control character U+{ord(bad[0]):04X}", "delete it; it cannot be seen and has no meaning here")])
    return text


def _tree(text: str, file: str) -> Node:
    lines = text.splitlines()
    problems: list[Problem] = []
    stack: list[Node] = []
    pending: list[tuple[str, Location] | None] = []  # the key waiting for its value, one for each level
    root: Node | None = None

    def fault(at: Location, what: str, hint: str = "") -> Problem:
        return Problem(at, what, hint, lines[at.line - 1] if 0 < at.line <= len(lines) else "")

    def put(node: Node) -> None:
        nonlocal root
        if not stack:
            root = node
            return
        parent = stack[-1]
        if parent.kind == "list":
            parent.items.append(node)
        elif pending[-1] is None:
            if node.kind != "text":
                raise ContractError([fault(node.at, "a key must be plain text")])
            pending[-1] = (node.text, node.at)
        else:
            name, at = pending[-1]
            pending[-1], node.key_at = None, at
            if name in parent.entries:
                first = parent.entries[name].named_at.line
                problems.append(fault(at, f'key "{visible(name)}" is given twice (first on line {first})', "keep one of them"))
            else:
                parent.entries[name] = node

    try:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            mark = event.start_mark
            at = Location(file, mark.line + 1, mark.column + 1)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ContractError([fault(at, "anchors and aliases (& and *) are not used in contracts", "write the value out where it is needed")])
            if getattr(event, "tag", None) not in (None, "!"):
                raise ContractError([fault(at, f"tag {visible(str(event.tag))} is not used in contracts", "values are plain text, without !tags")])
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ContractError([fault(at, "a second document starts here", "one file holds one contract: remove the ---")])
            elif isinstance(event, yaml.ScalarEvent):
                if len(event.value) > MAX_SCALAR:
                    raise ContractError([Problem(at, f"a value of {len(event.value):,} characters", f"at most {MAX_SCALAR:,}")])
                empty = event.implicit[0] and event.value in ("", "~", "null")
                put(Node("empty" if empty else "text", at, lines, text=event.value))
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if len(stack) >= MAX_DEPTH:
                    raise ContractError([fault(at, f"nested deeper than {MAX_DEPTH} levels", "a contract needs about eight")])
                node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", at, lines, flow=bool(event.flow_style))
                put(node)
                stack.append(node)
                pending.append(None)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                stack.pop()
                pending.pop()
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
        at = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        what = getattr(e, "problem", None) or str(e).splitlines()[0]
        raise ContractError([*problems, fault(at, f"not YAML: {what}", _yaml_hint(str(what)))]) from None
    if problems:
        raise ContractError(problems)
    if root is None:
        raise ContractError([Problem(Location(file), "the file is empty", "`p4p init` writes a contract to start from")])
    return root


def _yaml_hint(what: str) -> str:
    if "\\t" in what or "tab" in what:
        return "indent with spaces, not tabs"
    if "mapping values" in what:
        return 'a text that holds ": " needs quotation marks'
    return "check the indentation and quotation marks here"
