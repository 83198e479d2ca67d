"""Mutants of the computing modules: small changes made one at a time, each of which some test should notice.

    python tests/mutants.py                   all modules of MODULES
    python tests/mutants.py money curves      some of them
    python tests/mutants.py money --only 17   one mutant, with what pytest says of it

A mutant is made in a copy in a temporary folder and the module's tests are run until the first fails; a mutant that no test notices has survived, and is told.
Those in EQUIVALENT were looked at: they change nothing that anybody could notice, and the reason stands beside them. Exit code 1 where another
survives. Libraries are imported once and each mutant is tried in a fork, so that one takes about a second.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

#: Engine against checker on random contracts, the widest single test.
RANDOM = "verify.py::test_engine_and_checker_agree_on_random_contracts"

#: The tests that are run against a module's mutants: its own, which are quick, and against those that survive them the wider ones.
MODULES = {
    "rules": (("worked_examples", "share"), (RANDOM, "three_kinds")),
    "money": (("money",), ("worked_examples", RANDOM)),
    "curves": (("curves",), ("worked_examples", "hostile_contracts", RANDOM)),
    "entitlement": (("worked_examples", "west_sussex"), (RANDOM, "whatif")),
    "splits": (("html_report",), ("pack",)),
    "exact": (("exact",), ("describe", "share")),
    "period": (("period",), ("activity_file", RANDOM)),
}

#: Survivors that change nothing: module, the line as it stands, the line as it was changed (both as `ast.unparse` writes them): why.
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("money", "above = x >= 0", "above = x > 0"): "at nothing both sides of the mirror round to nothing",
    (
        "money",
        "return toward_more(x) if above is True else choose(above, toward_more(x), -toward_more(-x))",
        "return toward_more(x) if False else choose(above, toward_more(x), -toward_more(-x))",
    ): "choose takes a plain yes as well: the shortcut only saves work",
}

SECONDS = 120  # of a processor, after which a mutant counts as noticed: it runs for ever

COMPARED = {ast.GtE: ast.Gt, ast.Gt: ast.GtE, ast.LtE: ast.Lt, ast.Lt: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
COMPARED |= {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
WORKED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv}
WORKED |= {ast.BitOr: ast.BitAnd, ast.Pow: ast.Mult}
NAMED = {"min": "max", "max": "min", "any": "all", "all": "any", "most": "least", "least": "most", "sum": "len", "sorted": "list"}
NAMED |= {"ZERO": "ONE", "ONE": "ZERO", "floor": "ceil", "__floor__": "__ceil__", "__ceil__": "__floor__", "pairwise": "list"}


@dataclass(frozen=True)
class Mutant:
    """A module's text with one change: where, the statement before and after."""

    line: int
    before: str
    after: str
    text: str


def changes(node: ast.AST) -> Iterator[Any]:
    """What could stand in the place of a node of a program."""
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARED:
            yield ast.Compare(node.left, [COMPARED[type(op)](), *node.ops[1:]], node.comparators)
        case ast.BinOp(op=op) if type(op) in WORKED:
            yield ast.BinOp(node.left, WORKED[type(op)](), node.right)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str(value)) if value:
            yield ast.Constant("" if len(value) > 1 else value + "x")
        case ast.Name(id=name) if name in NAMED:
            yield ast.Name(NAMED[name], node.ctx)
        case ast.Attribute(attr=name) if name in NAMED:
            yield ast.Attribute(node.value, NAMED[name], node.ctx)
        case ast.If() | ast.IfExp() | ast.While():
            for value in (True, False):
                yield _with(node, test=ast.Constant(value))
        case ast.comprehension() if node.ifs:
            yield _with(node, ifs=[])
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Slice() if node.lower is not None or node.upper is not None:
            yield ast.Slice(None, None, node.step)


def _with(node: Any, **fields: Any) -> Any:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module. Texts in docstrings, annotations, names of things and raised errors are left alone."""
    tree = ast.parse(source)
    for parent, field, place, node, statement in list(_places(tree)):
        for other in changes(node):
            before, line = ast.unparse(statement), getattr(node, "lineno", statement.lineno)
            _put(parent, field, place, ast.copy_location(other, node) if hasattr(node, "lineno") else other)
            after = before if isinstance(other, ast.Pass) else ast.unparse(statement)
            text = ast.unparse(ast.fix_missing_locations(tree))
            _put(parent, field, place, node)
            if isinstance(other, ast.Pass):
                after = "pass"
            if text != ast.unparse(tree):
                yield Mutant(line, *_changed_lines(before, after), text)


def _changed_lines(before: str, after: str) -> tuple[str, str]:
    """The first line that differs between two statements, both ways."""
    for one, two in zip(before.splitlines(), after.splitlines(), strict=False):
        if one != two:
            return one.strip(), two.strip()
    return before.splitlines()[0].strip(), after.splitlines()[0].strip()


def _put(parent: ast.AST, field: str, place: int | None, node: Any) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _places(tree: ast.AST, statement: Any = None) -> Iterator[tuple[ast.AST, str, int | None, Any, Any]]:
    """Every node that may be changed: its parent, where it hangs there, itself, and the statement it is part of."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST):
                continue
            if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                continue
            if isinstance(node, ast.Assign | ast.AnnAssign) and _is_type(node):
                continue
            here = node if isinstance(node, ast.stmt) else statement
            yield tree, field, place, node, here
            if isinstance(node, ast.Raise):  # that it is raised is tried, its words are not
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("key", "places"):  # words of the manual
                continue
            yield from _places(node, here)


def _is_type(node: ast.Assign | ast.AnnAssign) -> bool:
    """Whether an assignment only names a type, or words for one."""
    text = ast.unparse(node)
    return "ClassVar" in text or "Literal[" in text or re.match(r"[A-Z][A-Za-z]+ = [A-Za-z_.]+(\[| \|)", text) is not None


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A copy of the checkout."""
    with tempfile.TemporaryDirectory(prefix="p4p-mutants-") as temporary:
        folder = Path(temporary) / "p4p"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "build", "dist", "*.egg-info"))
        yield folder


def noticed(folder: Path, tests: tuple[str, ...], show: bool = False) -> bool:
    """Whether a test of the copy fails. The tests run in a fork of this process, which has the libraries and not the package."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            if not show:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(1, 2)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            os.chdir(folder)
            sys.path[:0] = [str(folder), str(folder / "tests")]
            os.environ["PYTHONPATH"] = str(folder)
            import hypothesis
            import pytest

            # that a test fails is enough: no time is spent on making the example small
            generate = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
            hypothesis.settings.register_profile(
                "mutants", max_examples=20, deadline=None, derandomize=True, database=None, phases=generate
            )
            hypothesis.settings.load_profile("mutants")
            words = [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "--assert=plain",
                "-o",
                "filterwarnings=",
                *(f"tests/test_{name}" if "::" in name else f"tests/test_{name}.py" for name in tests),
            ]
            status = int(pytest.main(words))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def tried(folder: Path, module: str, only: int | None, until: float, first: int, every: int) -> tuple[int, int, list[Mutant], int]:
    """A module's mutants: how many were tried, how many are equivalent, which survived, and the number of the next where time ran out."""
    path = next((folder / "p4p").rglob(f"{module}.py"))
    source = path.read_text("utf-8")
    survived, equivalent, count = [], 0, 0
    for number, mutant in enumerate(mutants(source), 1):
        if (only is not None and number != only) or number < first or number % every:
            continue
        if until and time.monotonic() > until:
            path.write_text(source, "utf-8")
            return count, equivalent, survived, number
        count += 1
        if (module, mutant.before, mutant.after) in EQUIVALENT:
            equivalent += 1
            continue
        path.write_text(mutant.text, "utf-8")
        if not any(noticed(folder, tests, show=only is not None) for tests in MODULES[module]):
            survived.append(mutant)
            print(f"{module}:{mutant.line} (mutant {number})\n  - {mutant.before}\n  + {mutant.after}", flush=True)
    path.write_text(source, "utf-8")
    return count, equivalent, survived, 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="mutants of the computing modules")
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--only", type=int, help="this mutant only, and what pytest says")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the number of the first mutant")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so many minutes, and say where to go on")
    parser.add_argument("--every", type=int, default=1, help="every so many mutants one")
    parser.add_argument("--count", action="store_true", help="only count them")
    chosen = parser.parse_args()
    import hypothesis
    import polars
    import pytest
    import yaml

    assert hypothesis and polars and pytest and yaml  # imported once, for all forks
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    until = time.monotonic() + chosen.minutes * 60 if chosen.minutes else 0
    survivors = 0
    with copied() as folder:
        for module in chosen.modules:
            if chosen.count:
                print(module, sum(1 for _ in mutants(next((ROOT / "p4p").rglob(f"{module}.py")).read_text("utf-8"))))
                continue
            if chosen.only is None and any(noticed(folder, tests) for tests in MODULES[module]):
                raise SystemExit(f"the tests of {module} fail without any mutant: nothing can be said")
            count, equivalent, survived, following = tried(folder, module, chosen.only, until, chosen.first, chosen.every)
            survivors += len(survived)
            print(
                f"{module}: {count} mutants, {count - equivalent - len(survived)} noticed, {equivalent} equivalent, {len(survived)} survived",
                flush=True,
            )
            if following:
                print(f"time is up: go on with --from {following} {module}")
                break
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
