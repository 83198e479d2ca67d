"""The catalogue of errors: for every way in which a file can be wrong, a file that is, and beside it what p4p says.

`errors/KIND/NAME.*` is the wrong file, or folder, and `errors/KIND/NAME.txt` the message, word for word. `docs/errors.md` is made from them.

    python tests/test_errors.py --write

writes messages and page anew; nothing else does.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from p4p.files.activity_file import read_activity
from p4p.files.contract_file import Example, read_contract
from p4p.files.issued_file import read_issued
from p4p.files.measures_file import read_measures
from p4p.files.practices_file import read_practices
from p4p.files.scheme_file import read_scheme
from p4p.numbers.errors import InputError, P4PError
from p4p.proving.scheme_proofs import Table as Given
from p4p.proving.scheme_proofs import months_of
from p4p.settling.chain import settle_scheme
from p4p.settling.settle import expected

ROOT = Path(__file__).parents[1]
ERRORS = ROOT / "tests" / "errors"
PAGE = ROOT / "docs" / "errors.md"


@dataclass(frozen=True)
class Kind:
    """A kind of input: its folder, a heading and a word about it for the page, its files, what reads them, and the modules whose messages these are."""

    folder: str
    heading: str
    about: str
    files: str
    read: Callable[[str], object]
    modules: tuple[str, ...]


def activity(path: str) -> object:
    """An activity file of the catalogue, read with the contract and the practices beside it."""
    return read_activity([path], expected(read_contract("beside/contract.yaml")), read_practices("beside/practices.csv"))


def lists(path: str) -> object:
    """A lists file of the catalogue, read with the practices beside it."""
    return read_practices("beside/practices.csv", lists=[path])


def measures(path: str) -> object:
    """A measures file of the catalogue, read with the scheme beside it."""
    return read_measures([path], read_scheme("beside/scheme.yaml"))


def issued(path: str) -> object:
    """A document of the catalogue, read as issued."""
    _, problems = read_issued([path])
    raise InputError(problems)


def example(path: str) -> object:
    """A scheme of the catalogue, settled on the figures of its worked example."""
    scheme = read_scheme(path)
    (given,) = scheme.examples
    assert isinstance(given, Example)
    months, period = months_of(scheme, given)
    return settle_scheme(scheme, Given(scheme, given, months).inputs(), months, period)


KINDS = (
    Kind(
        folder="contract",
        heading="Contracts",
        about="Exit code 4. The language is in [contract.md](contract.md).",
        files="*.yaml",
        read=read_contract,
        modules=("shape", "contract_file", "yamltext", "contract", "curves"),
    ),
    Kind(
        folder="activity",
        heading="Activity files",
        about="Exit code 3, as for practices and lists. Read with the contract and the practices in `tests/errors/beside`.",
        files="*.csv",
        read=activity,
        modules=("activity_file", "roster", "table_text"),
    ),
    Kind(
        folder="practices",
        heading="Practices files",
        about="Their columns and dates are in [contract.md](contract.md#practice-list-and-activity-files).",
        files="*.csv",
        read=read_practices,
        modules=("practices_file", "members"),
    ),
    Kind(folder="lists", heading="Lists files", about="Read with the practices above.", files="*.csv", read=lists, modules=()),
    Kind(
        folder="scheme",
        heading="Contracts with payments",
        about="Exit code 4. The language is in [schemes.md](schemes.md).",
        files="*.yaml",
        read=read_scheme,
        modules=("scheme", "scheme_file", "terms", "amounts", "bands", "gates", "gains", "volume", "pots", "points", "units"),
    ),
    Kind(
        folder="settling",
        heading="Settling contracts with payments",
        about="Exit code 3: the contract is sound, and its figures do not let it be settled. Each is a contract with the figures in a worked example.",
        files="*.yaml",
        read=example,
        modules=("runs",),
    ),
    Kind(
        folder="measures",
        heading="Measures files",
        about="Exit code 3. Read with the contract `tests/errors/beside/scheme.yaml`.",
        files="*.csv",
        read=measures,
        modules=("measures", "measures_file"),
    ),
    Kind(
        folder="issued",
        heading="What was issued",
        about="Exit code 3: what `p4p adjust --issued` is given is no document of p4p as p4p wrote it. "
        "Documents that do not fit the contract or each other are exit code 6; see [json.md](json.md#adjust---format-json).",
        files="*.json",
        read=issued,
        modules=("issued_file",),
    ),
)

#: Messages about what a repository cannot well keep, such as a file that is not there; they are tested elsewhere.
ELSEWHERE = (
    *("mend those first", "the … file ", "cannot be read: ", "the file is larger than ", "a value of "),
    *(
        "is a folder",
        "is not an ordinary file",
        "there is no such file",
        "has changed while",
        "… problems; these are the first",
        "… … is not from 0",
    ),
    *("… has no entry on the", "the … is dated", "there is no list", "… is already in"),
    *("available", "monthly"),  # words of a rule, no messages
)

CASES = [(kind, path) for kind in KINDS for path in sorted((ERRORS / kind.folder).glob(kind.files))]
each_case = pytest.mark.parametrize(("kind", "path"), CASES, ids=[f"{kind.folder}/{path.stem}" for kind, path in CASES])


def said(kind: Kind, path: Path) -> P4PError:
    """What p4p says of a case, with the path that a user would have given it."""
    with chdir(ERRORS), pytest.raises(P4PError) as e:
        kind.read(str(path.relative_to(ERRORS)))
    return e.value


def golden(path: Path) -> Path:
    return path.with_suffix(".txt")


@each_case
def test_the_message_is_the_one_in_the_catalogue(kind: Kind, path: Path) -> None:
    """A wrong file gets its message, to the letter."""
    assert golden(path).read_text("utf-8") == f"{said(kind, path)}\n"


@each_case
def test_every_message_says_where_and_what_to_do(kind: Kind, path: Path) -> None:
    """A message names the file, a line where there is one, and what to write instead."""
    for problem in said(kind, path).problems:
        assert problem.at is not None and problem.at.file == f"{kind.folder}/{path.name}"
        assert (
            (problem.at.line and problem.at.column)
            or problem.what == "the file is empty"
            or kind.folder not in ("contract", "scheme", "settling")
        )
        assert problem.hint or re.search(r" like |: write ", problem.what), problem.what


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_every_message_has_its_input(kind: Kind) -> None:
    """No message is left over from a case that is gone."""
    inputs = {golden(path) for k, path in CASES if k == kind}
    assert inputs == set((ERRORS / kind.folder).glob("*.txt"))


def messages(module: str) -> Iterator[str]:
    """The messages that a module words, with `…` for what is filled in."""
    tree = ast.parse(next((ROOT / "p4p").rglob(f"{module}.py")).read_text("utf-8"))
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        for message in worded(scope):
            yield from texts(message, scope)


def worded(scope: ast.AST) -> Iterator[ast.expr]:
    """The expressions in a function, or at the top of a module, that word a problem."""
    for node in own(scope):
        match node:
            case (
                ast.Call(func=ast.Attribute(attr="fail" | "refused" | "problem" | "wrong"))
                | ast.Call(func=ast.Name(id="_refused" | "Problem" | "Fault"))
            ):
                yield from node.args[1:2]
            case (
                ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"), args=[message]))
                | ast.Raise(exc=ast.Call(func=ast.Name(id="Missing"), args=[message, *_]))
                | ast.Yield(value=ast.Tuple(elts=[_, message, _]))
            ):
                yield message
            case ast.Tuple(elts=[_, message, _]) if getattr(scope, "name", "") == "faults":
                yield message
            case ast.Tuple(elts=[ast.Constant(value=bool()), message, _]):
                yield message


def own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of functions inside it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef):
            yield node
            yield from own(node)


def texts(message: ast.expr, scope: ast.AST) -> list[str]:
    """What an expression can become; a name stands for what its function assigns to it."""
    match message:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=yes, orelse=no):
            return texts(yes, scope) + texts(no, scope)
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*(texts(value, scope) for value in values))]
        case ast.FormattedValue(value=ast.Name() as name, conversion=-1):
            return texts(name, scope)
        case ast.Name(id=name):
            assigned = [n.value for n in own(scope) if isinstance(n, ast.Assign) and [ast.unparse(t) for t in n.targets] == [name]]
            return [text for value in assigned for text in texts(value, scope)] or ["…"]
    return ["…"]


MESSAGES = [
    pytest.param(kind.folder, module, message, id=f"{module}: {message}")
    for kind in KINDS
    for module in kind.modules
    for message in dict.fromkeys(messages(module))
    if re.search("[a-z]{2}", message)
]


@pytest.mark.parametrize(("folder", "module", "message"), MESSAGES)
def test_every_message_has_a_case(folder: str, module: str, message: str) -> None:
    """Whatever a module can say of a wrong file, a file in the catalogue makes it say."""
    known = [path.read_text("utf-8") for path in sorted(ERRORS.rglob("*.txt"))]
    if message.startswith(ELSEWHERE):
        known += [path.read_text("utf-8") for path in sorted((ROOT / "tests").glob("test_*.py")) if path != Path(__file__)]
    assert re.search(".+".join(map(re.escape, message.partition("; ")[0].split("…"))), "\n".join(known))


def page() -> str:
    """The catalogue as a page of the manual."""
    parts = [
        "# Errors",
        "What p4p says of files that are wrong, made from the catalogue in `tests/errors` by `python tests/test_errors.py --write`. "
        "All faults of a file are told at once, in file order: where, what is wrong, the line, and what to do.",
    ]
    for kind in KINDS:
        parts += [f"## {kind.heading}", kind.about]
        parts += [f"**{title(path)}**\n\n```text\n{golden(path).read_text('utf-8')}```" for k, path in CASES if k == kind]
    return "\n\n".join(parts) + "\n"


def title(path: Path) -> str:
    """What is wrong, from the comment at the head of the file, or else from its name."""
    first = path.read_bytes().split(b"\n")[0].decode("utf-8") if path.is_file() else ""
    return first.removeprefix("# ") if first.startswith("# ") else path.stem.replace("-", " ").capitalize() + "."


def test_the_page_is_up_to_date() -> None:
    """docs/errors.md shows the catalogue as it is."""
    assert page() == PAGE.read_text("utf-8")


def write() -> None:
    """Write every message of the catalogue, and the page, anew."""
    for kind, path in CASES:
        golden(path).write_text(f"{said(kind, path)}\n", "utf-8")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    write()
