"""YAML as located text: every scalar stays the characters the author wrote, with the place where they stand.

PyYAML parses; this module turns its events into nodes and refuses what a contract has no use for and a hostile file would: aliases and
merge keys, tags, several documents, duplicate keys, deep nesting. No type is guessed: `NO` is two letters, `0.1` three characters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from p4p.numbers.errors import MOST_PROBLEMS, ContractError, Location, Problem, visible

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_SCALAR = 20_000

_BOM = b"\xef\xbb\xbf"
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_TAB = re.compile(r"^[^\S\n]*[^#\s](?:[^#\n]|(?<=\S)#)*?\t", re.MULTILINE)  # after the first word of a line and before a remark
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


def read(path: str, what: Literal["contract", "scenario"] = "contract") -> Document:
    """Read a YAML file as located text; `what` it should hold is for the words of errors.

    Raises ContractError for a file that cannot be read, is not UTF-8, or holds what contracts do not.
    """
    file = Path(path)
    try:
        if not file.is_file():
            reason = "is a folder" if file.is_dir() else "is not a file" if file.exists() else "does not exist"
            hint = "name a YAML file" + (", or a folder that holds contract.yaml" if what == "contract" else "")
            raise _refused(Location(path), f"the {what} file {reason}", hint)
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as e:
        raise _refused(Location(path), f"cannot be read: {e.strerror}", "ask for permission to read it, or name another file") from None
    return parse(raw, path)


def parse(raw: bytes, file: str) -> Document:
    """Bytes of YAML to located text. Raises ContractError as `read` does."""
    root = _tree(_decoded(raw, file), file)
    return Document(root, file, hashlib.sha256(raw).hexdigest())


#: Whether the node `over` takes the place of `under` altogether, at a path of keys; else their keys are joined.
Whole = Callable[[tuple[str, ...], Node, Node], bool]


def overlay(under: Node, over: Node, whole: Whole = lambda *_: False, path: tuple[str, ...] = ()) -> Node:
    """One tree laid over another: mappings are joined key by key, everything else takes the place of what was there.

    What is joined stands where the upper tree says so: a fault that the lower one did not have is the upper one's.
    """
    if not _joins(under, over, whole, path):
        return over
    entries = dict(under.entries)
    for key, child in over.entries.items():
        entries[key] = overlay(entries[key], child, whole, (*path, key)) if key in entries else child
    return replace(over, entries=entries, flow=False)


def replaced(
    under: Node, over: Node, whole: Whole = lambda *_: False, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Node | None, Node]]:
    """What `overlay` puts in whose place: the path of keys, the node that was there (None where there was none), and the new one."""
    if not _joins(under, over, whole, path):
        yield path, under, over
        return
    for key, child in over.entries.items():
        if key in under.entries:
            yield from replaced(under.entries[key], child, whole, (*path, key))
        else:
            yield (*path, key), None, child


def _joins(under: Node, over: Node, whole: Whole, path: tuple[str, ...]) -> bool:
    return under.kind == over.kind == "mapping" and not whole(path, under, over)


def keys_of(root: Node, path: str) -> tuple[str, ...]:
    """The keys that a dotted path names, going down a tree: an id may hold dots, so the longest key that fits is taken.

    Where the tree has no such key, the dots decide.
    """
    node, keys, rest = root, [], path
    while rest:
        fits = [k for k in node.entries if rest == k or rest.startswith(f"{k}.")]
        key = max(fits, key=len) if fits else rest.partition(".")[0]
        keys.append(key)
        node, rest = node.entries.get(key, Node("empty", root.at, [])), rest[len(key) + 1 :]
    return tuple(keys)


def node_at(root: Node, keys: tuple[str, ...]) -> Node | None:
    """The node that a path of keys leads to; None where there is none."""
    node: Node | None = root
    for key in keys:
        node = node.entries.get(key) if node is not None else None
    return node


def tree_of(keys: tuple[str, ...], leaf: Node) -> Node:
    """A tree with one leaf, below a path of keys; all of it stands where the leaf does."""
    for key in reversed(keys):
        leaf = Node("mapping", leaf.at, leaf.lines, entries={key: replace(leaf, key_at=leaf.at)})
    return leaf


def inline(node: Node) -> str:
    """A node on one line, as YAML writes it in braces."""
    match node.kind:
        case "mapping":
            return "{" + ", ".join(f"{k}: {inline(v)}" for k, v in node.entries.items()) + "}"
        case "list":
            return "[" + ", ".join(map(inline, node.items)) + "]"
        case _:
            return node.text.strip()


def _decoded(raw: bytes, file: str) -> str:
    if len(raw) > MAX_BYTES:
        raise _refused(Location(file), f"the file is larger than {MAX_BYTES:,} bytes", "a contract is text of a few pages")
    start = len(_BOM) if raw.startswith(_BOM) else 0
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as e:
        byte = start + e.start
        at = Location(file, raw.count(b"\n", 0, byte) + 1, byte - raw.rfind(b"\n", 0, byte))
        what = f"byte 0x{raw[byte]:02X} (byte {byte + 1:,} of the file) is not UTF-8"
        raise _refused(at, what, "save the file as UTF-8: in Notepad, Save as, Encoding") from None
    if bad := _UNSEEN.search(text):
        at = Location(file, text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start()))
        raise _refused(at, f"a character that cannot be seen, U+{ord(bad[0]):04X}", "delete it: type the words around it afresh")
    if tab := _TAB.search(text):
        at = Location(file, text.count("\n", 0, tab.end()) + 1, tab.end() - text.rfind("\n", 0, tab.end()) - 1)
        raise _refused(at, "a tab", "write spaces: readers of YAML do not agree about tabs")
    return text


def _tree(text: str, file: str) -> Node:
    tree = _Tree(file, text.splitlines())
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.take(event)
    except yaml.YAMLError as e:
        raise ContractError([*tree.problems, _in_words(e, tree)]) from None
    if tree.problems:
        raise ContractError(tree.problems)
    if tree.root is None:
        raise _refused(Location(file), "the file is empty", "`p4p init` writes a contract to start from")
    return tree.root


class _Tree:
    """Nodes from the parser's events. A key given twice is noted; what a contract has no use for stops the reading."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file, self.lines = file, lines
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.documents = 0
        self.open: list[Node] = []
        self.keys: list[tuple[str, Location] | None] = []  # the key that waits for its value, one for each open node

    def at(self, mark: Any) -> Location:
        return Location(self.file, mark.line + 1, mark.column + 1) if mark else Location(self.file)

    def problem(self, at: Location, what: str, hint: str) -> Problem:
        return Problem(at, what, hint, self.lines[at.line - 1] if 0 < at.line <= len(self.lines) else "")

    def refused(self, at: Location, what: str, hint: str) -> ContractError:
        return ContractError([self.problem(at, what, hint)])

    def take(self, event: yaml.Event) -> None:
        at = self.at(event.start_mark)
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.refused(at, "anchors and aliases (& and *) are not used in contracts", "write the value out where it is needed")
        if tag not in (None, "!"):
            short = visible(str(tag).replace("tag:yaml.org,2002:", "!!"))
            raise self.refused(at, f"tag {short} is not used in contracts", "values are plain text, without !tags")
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise self.refused(at, "a second document starts here", "one file holds one contract: remove the ---")
            case yaml.ScalarEvent():
                if len(event.value) > MAX_SCALAR:
                    raise _refused(at, f"a value of {len(event.value):,} characters", f"a value has at most {MAX_SCALAR:,}")
                if bad := _UNSEEN.search(event.value):
                    raise self.refused(at, f"a character that cannot be seen, U+{ord(bad[0]):04X}, written with a backslash", "take it out")
                empty = event.implicit[0] and event.value in ("", "~", "null")
                self.put(Node("empty" if empty else "text", at, self.lines, text=event.value))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self.open) >= MAX_DEPTH:
                    raise self.refused(at, *_TOO_DEEP)
                kind: Literal["mapping", "list"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
                node = Node(kind, at, self.lines, flow=bool(event.flow_style))
                self.put(node)
                self.open.append(node)
                self.keys.append(None)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
                self.keys.pop()

    def put(self, node: Node) -> None:
        """Put a node where it belongs: at the root, in a list, or under the key before it. In a mapping every other node is a key."""
        if not self.open:
            self.root = node
        elif self.open[-1].kind == "list":
            self.open[-1].items.append(node)
        elif (key := self.keys[-1]) is None:
            if node.kind != "text" or not node.text.strip():
                raise self.refused(node.at, "a key must be a word", "write `key: value`")
            self.keys[-1] = (node.text, node.at)
        else:
            (name, node.key_at), self.keys[-1] = key, None
            entries = self.open[-1].entries
            if name in entries:
                what = f'key "{visible(name)}" is given twice (first on line {entries[name].named_at.line})'
                self.problems.append(self.problem(node.key_at, what, "keep one of them"))
                if len(self.problems) >= MOST_PROBLEMS:
                    raise ContractError(self.problems)
            else:
                entries[name] = node


def _refused(at: Location, what: str, hint: str) -> ContractError:
    return ContractError([Problem(at, what, hint)])


def _in_words(error: yaml.YAMLError, tree: _Tree) -> Problem:
    """What PyYAML found, in words for people who write contracts and not YAML."""
    found = getattr(error, "problem", None) or str(error).splitlines()[0]
    phrase = next((p for p in _PLAIN if p in found), "")
    at_opening, what, hint = _PLAIN.get(phrase, (False, f"not YAML: {found}", "check the indentation and quotation marks here"))
    mark = (at_opening and getattr(error, "context_mark", None)) or getattr(error, "problem_mark", None)
    return tree.problem(tree.at(mark), what, hint)


_TOO_DEEP = (f"nested deeper than {MAX_DEPTH} levels", "a contract needs about eight")

#: Phrases of PyYAML: whether the fault stands where the thing was opened, what is wrong, what to do.
_PLAIN = {
    "nesting depth": (False, *_TOO_DEEP),  # PyYAML from 6.0.4 on has a limit too, and looks ahead
    "tab": (False, "the line is indented with a tab", "indent with spaces"),
    "mapping values": (False, "a colon that cannot stand here", "indent the line like its neighbours, or put the text in quotation marks"),
    "block sequence": (False, "a dash that cannot stand here", "start the list on a line of its own, or put the text in quotation marks"),
    "could not find expected ':'": (True, "a key without its colon", "write `key: value`"),
    "expected key": (False, "this belongs to no key", "indent the keys of one level alike; nothing follows a closing brace or mark"),
    "'-' indicator": (False, "the list above goes on here without a dash", "start each item with `- `, or indent the line"),
    "line break": (False, "nothing may follow | on its line", "start the table on the next line"),
    "',' or '}'": (True, "the brace that opens here is not closed", "close it with }, and separate its keys with commas"),
    "',' or ']'": (True, "the bracket that opens here is not closed", "close it with ], and separate its items with commas"),
    "unexpected end of stream": (True, "the quotation mark that opens here is not closed", "close it on the same line"),
    "escape character": (False, "a backslash in double quotation marks", "use single quotation marks"),
    "start any token": (False, "a value cannot start with this character", "put it in quotation marks; indent with spaces, not tabs"),
}
