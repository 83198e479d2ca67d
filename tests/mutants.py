"""Mutants of the computing modules: small changes made one at a time, each of which the module's own tests should notice.

    python tests/mutants.py                     all modules of MODULES, each on its own test file
    python tests/mutants.py money curves        some of them: test_money.py and test_curves.py
    python tests/mutants.py money --all-tests   every test file, where one's own does not notice: somewhere it may be noticed
    python tests/mutants.py money --only 17     one mutant, with what pytest says of it
    python tests/mutants.py --results FILE      where to write what is found (build/mutants.json): a run that was stopped goes on

Every test file is run once to learn which tests come past which lines, and how long each takes. Against a mutant are then run the tests that come past
its line, until one fails: those first that have noticed others, then a quick one of each file in turn; after them those of the same files that come
past the module at all. A mutant that no test notices has survived, and is told. Those in equivalents.py were looked at: they change nothing that
anybody could notice, and the reason stands beside them. Exit code 1 where another survives.

A mutant inside a function is tried in a fork of a process that has collected all tests: there the function is given the changed code, and its own again
before the next. A test that has noticed a mutant is run once more without it: where it still fails something stayed behind, and the mutant is tried
again in a fresh fork. What is executed when a module is imported cannot be changed so: such a mutant is written into a copy of the checkout, and pytest
started on it, in a fork that has the libraries and not the package. Tests that start processes of their own are left out: they would take minutes, and
see the unchanged program. A test file may not use Polars when it is imported: its threads do not outlive a fork, and what waits for them waits for ever.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import copy
import gc
import hashlib
import importlib
import inspect
import json
import os
import pkgutil
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from equivalents import EQUIVALENT

ROOT = Path(__file__).resolve().parents[1]

#: The modules whose mutants are made, the arithmetic first.
MODULES = (
    *("money", "curves", "rules", "entitlement", "splits", "exact", "period"),
    *("lines", "columns", "roster", "activity", "settle", "settlement", "members"),
    *("amounts", "gains", "volume", "pots", "points", "gates", "bands", "terms"),
    *("measures", "units", "runs", "points_table", "chain", "assumptions"),
    *("issued", "adjust", "evidence", "explain", "suppress", "arrays", "many"),
    *("contract", "scheme", "stakes", "shortfall", "scheme_shortfall", "to_date", "share"),
    *("breakeven", "goalseek", "forecast", "grid", "sweep", "scenario", "scheme_whatif"),
)

#: Test files that are left out: they work through processes of their own, take minutes, or look at the clock.
LEFT_OUT = ("hostile_command", "interrupted", "mangled", "pdf", "same_bytes", "transcripts", "house", "shape")


def equivalent(module: str, mutant: Mutant) -> bool:
    """Whether a mutant is known to change nothing. That a `zip` is strict only asserts that its parts are of one length."""
    strict = "strict=True" in mutant.before and mutant.after == mutant.before.replace("strict=True", "strict=False", 1)
    return strict or (module, mutant.before, mutant.after) in EQUIVALENT


#: Seconds of tests that are run against one mutant; a test of more is not begun.
ENOUGH = 20.0

#: Examples of a test by hypothesis.
EXAMPLES = 20

COMPARED = {ast.GtE: ast.Gt, ast.Gt: ast.GtE, ast.LtE: ast.Lt, ast.Lt: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
COMPARED |= {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
WORKED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv}
WORKED |= {ast.BitOr: ast.BitAnd, ast.Pow: ast.Mult}
NAMED = {"min": "max", "max": "min", "any": "all", "all": "any", "most": "least", "least": "most", "sum": "len", "sorted": "list"}
NAMED |= {"ZERO": "ONE", "ONE": "ZERO", "floor": "ceil", "__floor__": "__ceil__", "__ceil__": "__floor__", "pairwise": "list"}


@dataclass(frozen=True)
class Mutant:
    """A module's text with one change: where, the lines that lead there, the statement before and after.

    `function` is the outermost function around the change, by its dotted name, empty where the change is executed on import; `around` are that
    function's lines where the change is in a function inside it, which may have been made on import.
    """

    line: int
    reach: range
    function: str
    around: range
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
    unchanged = ast.unparse(tree)
    lines = {name: range(node.lineno, (node.end_lineno or 0) + 1) for name, node in _functions(tree)}
    for parent, field, place, node, statement, function, nested in list(_places(tree)):
        for other in changes(node):
            before, line = ast.unparse(statement), getattr(node, "lineno", statement.lineno)
            _put(parent, field, place, ast.copy_location(other, node) if hasattr(node, "lineno") else other)
            after = ast.unparse(other if isinstance(other, ast.stmt) else statement)
            text = ast.unparse(ast.fix_missing_locations(tree))
            _put(parent, field, place, node)
            if text != unchanged:
                around = lines[function] if nested else range(0)
                yield Mutant(line, _reach(statement, line), function, around, *_changed_lines(before, after), text)


def _functions(tree: ast.AST, inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions and methods of a module, by dotted name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield ".".join((*inside, node.name)), node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, (*inside, node.name))
        else:
            yield from _functions(node, inside)


def _reach(statement: ast.stmt, line: int) -> range:
    """The lines of a statement that are executed when a place in it is: all of a plain one, the head of one that has others inside."""
    if isinstance(statement, ast.Match):
        return range(line, line + 1)
    inner = getattr(statement, "body", None)
    last = max(inner[0].lineno - 1, statement.lineno) if inner else statement.end_lineno or statement.lineno
    return range(statement.lineno, last + 1)


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


def _places(
    tree: ast.AST, statement: Any = None, inside: tuple[str, ...] = (), function: str = "", nested: bool = False
) -> Iterator[tuple[ast.AST, str, int | None, Any, Any, str, bool]]:
    """Every node that may be changed: its parent, where it hangs there, itself, the statement, the outermost function, whether it is in one inside that."""
    nested = nested or bool(function and isinstance(tree, ast.FunctionDef | ast.Lambda))
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        within, names = function, inside
        if isinstance(tree, ast.ClassDef) and not function:
            names = (*inside, tree.name)
        if isinstance(tree, ast.FunctionDef) and field == "body" and not function:
            within = ".".join((*inside, tree.name))
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST):
                continue
            if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                continue
            if isinstance(node, ast.Assign | ast.AnnAssign) and _is_type(node):
                continue
            here = node if isinstance(node, ast.stmt) else statement
            yield tree, field, place, node, here, within, nested
            if isinstance(node, ast.Raise):  # that it is raised is tried, its words are not
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("key", "places"):  # words of the manual
                continue
            yield from _places(node, here, names, within, nested)


def _is_type(node: ast.Assign | ast.AnnAssign) -> bool:
    """Whether an assignment only names a type, or words for one."""
    text = ast.unparse(node)
    return "ClassVar" in text or "Literal[" in text or re.match(r"[A-Z][A-Za-z]+ = [A-Za-z_.]+(\[| \|)", text) is not None


def module_name(path: Path) -> str:
    """A module's dotted name, of its file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


PATHS = {path.stem: path for path in sorted((ROOT / "p4p").rglob("*.py")) if not path.stem.startswith("__")}

TESTS = [path for path in sorted((ROOT / "tests").glob("test_*.py")) if path.stem.removeprefix("test_") not in LEFT_OUT]


def digest(*paths: Path) -> str:
    """A name for what stands in files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A copy of the checkout, which is then the folder to work in."""
    with tempfile.TemporaryDirectory(prefix="p4p-mutants-") as temporary:
        folder = Path(temporary) / "p4p"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "build", "dist", "*.egg-info"))
        os.chdir(folder)
        sys.path[:] = [str(folder), str(folder / "tests"), *(p for p in sys.path if Path(p or ".").resolve() not in (ROOT, ROOT / "tests"))]
        os.environ["PYTHONPATH"] = str(folder)
        child(lambda: int(not compileall.compile_dir("p4p", quiet=1)))
        yield folder


def child(work: Any, show: bool = False) -> int:
    """What a fork of this process ends with that does a piece of work: 0 where the work says so or nothing, -1 where a signal ended it."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            if not show:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(1, 2)
            status = int(work() or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if -status in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):  # somebody stopped it, which says nothing of a mutant
        raise SystemExit("stopped")
    return status


def pytest_with(plugin: Any, words: list[str], show: bool = False) -> int:
    """Run pytest on test files, with a plugin of ours that decides what becomes of what was collected."""
    import pytest

    quiet = [] if show else ["-p", "no:terminal"]
    basetemp = f"--basetemp={Path(os.environ['PYTHONPATH']).parent / 'temporary'}"
    return int(
        pytest.main(
            ["-o", "addopts=", *quiet, "-p", "no:cacheprovider", "--assert=plain", "-o", "filterwarnings=", basetemp, *words],
            plugins=[plugin],
        )
    )


def with_few_examples(items: list[Any]) -> None:
    """Give tests by hypothesis few examples, always the same; that one fails is enough, no time is spent on making it small."""
    import hypothesis

    healthy = list(hypothesis.HealthCheck)  # a slow machine is no fault of a mutant
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    for item in items:
        own = getattr(item.obj, "_hypothesis_internal_use_settings", None)
        if own is not None:
            item.obj._hypothesis_internal_use_settings = hypothesis.settings(
                own,
                max_examples=min(EXAMPLES, own.max_examples),
                deadline=None,
                derandomize=True,
                database=None,
                phases=phases,
                suppress_health_check=healthy,
            )


class Watched:
    """A plugin that notes the lines of the package that each test of a file comes past, and its seconds."""

    def __init__(self, out: Path) -> None:
        self.out = out
        package = str(Path("p4p").resolve())
        self.names = {str(Path(package).parent / path.relative_to(ROOT)): name for name, path in PATHS.items() if name in MODULES}
        self.lines: dict[str, set[int]] = {}
        self.tests: dict[str, Any] = {}

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called by Python for every call: asks for the lines of those of the modules."""
        name = self.names.get(frame.f_code.co_filename)
        if name is None:
            return None
        add = self.lines.setdefault(name, set()).add
        add(frame.f_lineno)

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            add(frame.f_lineno)
            return line

        return line

    def taken(self) -> dict[str, list[int]]:
        """The lines since the last time."""
        lines = {name: sorted(found) for name, found in self.lines.items() if found}
        self.lines = {}  # a frame that is still running writes on into what was taken
        return lines

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the tests one after the other."""
        with_few_examples(session.items)
        on_import = self.taken()
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            self.failed = False
            begun = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds = time.process_time() - begun
            self.tests[item.nodeid] = {"seconds": round(seconds, 4), "failed": self.failed, "lines": self.taken()}
        self.out.write_text(json.dumps({"import": on_import, "tests": self.tests}), "utf-8")
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note that a test fails."""
        self.failed = self.failed or report.failed


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests come past which lines: by module and line the tests, by module the lines executed on import; by test its seconds; by
    module and line the test files that come past it when they are imported, whose tests may hold what was made there."""

    tests: dict[tuple[str, int], set[str]]
    on_import: dict[str, set[int]]
    past: dict[str, set[str]]
    seconds: dict[str, float]
    importing: dict[tuple[str, int], set[str]]

    def order(self, name: str, mutant: Mutant, kills: dict[str, Counter[str]]) -> list[str]:
        """The tests to run against a mutant: those that come past its line, then the others of their files that come past its module."""
        here, everywhere = kills[name], kills[""]

        def promising(tests: set[str]) -> list[str]:
            turn: dict[str, int] = {}
            files: Counter[str] = Counter()
            for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
                file = test.split("::")[0]
                files[file] += 1
                turn[test] = 0 if file == f"tests/test_{name}.py" and self.seconds[test] < 0.1 else files[file]

            def key(test: str) -> tuple[float, ...]:
                for rank, found in ((0, here[test]), (1, everywhere[test])):
                    if found:
                        return (rank, (self.seconds[test] + 0.01) / found)
                return (2, turn[test], self.seconds[test])

            return sorted(tests, key=key)

        first = set().union(*(self.tests.get((name, line), set()) for line in mutant.reach))
        files = {test.split("::")[0] for test in first}
        past = self.past.get(name, set())
        executed = set(mutant.reach or mutant.around) & self.on_import.get(name, set())
        rest = past if not mutant.function or executed else {test for test in past if test.split("::")[0] in files}
        files = set().union(*(self.importing.get((name, line), set()) for line in mutant.reach or mutant.around))
        rest = rest | {test for test in self.seconds if test.split("::")[0] in files}
        return [*promising(first), *promising(rest - first)]


def watched(folder: Path, known: dict[str, Any]) -> Reach:
    """Run every test file once and note where it goes; what is known of a file from an earlier run, with the same texts everywhere, is believed."""
    package = digest(*PATHS.values())
    beside = digest(
        *(path for path in sorted((ROOT / "tests").glob("*.py")) if not path.stem.startswith("test_") and path.stem != "mutants")
    )
    reach = Reach({}, {}, {}, {}, {})
    out = folder.parent / "watched.json"
    for path in TESTS:
        stamp = f"{digest(path)} {package} {beside}"
        if known.get(path.name, {}).get("stamp") != stamp:

            def run(path: Path = path) -> int:
                plugin = Watched(out)
                sys.settrace(plugin.trace)
                return pytest_with(plugin, [f"tests/{path.name}"])

            out.unlink(missing_ok=True)
            child(run)
            if not out.exists():
                raise SystemExit(f"{path.name} does not run")
            known[path.name] = {"stamp": stamp, **json.loads(out.read_text("utf-8"))}
            print(f"watched {path.name}: {len(known[path.name]['tests'])} tests", flush=True)
        for name, lines in known[path.name]["import"].items():
            reach.on_import.setdefault(name, set()).update(lines)
            for line in lines:
                reach.importing.setdefault((name, line), set()).add(f"tests/{path.name}")
        for test, told in known[path.name]["tests"].items():
            if told["failed"]:
                print(f"fails without any mutant, left out: {test}")
                continue
            reach.seconds[test] = told["seconds"]
            for name, lines in told["lines"].items():
                reach.past.setdefault(name, set()).add(test)
                for line in lines:
                    reach.tests.setdefault((name, line), set()).add(test)
    return reach


class Chosen:
    """A plugin that runs chosen tests in their order until one fails, and writes down which."""

    def __init__(self, tests: list[str], seconds: dict[str, float], out: Path) -> None:
        self.tests, self.seconds, self.out, self.failed = tests, seconds, out, False

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the chosen tests of those that were collected; a test that is not there any more was noticed too."""
        with_few_examples(session.items)
        there = {item.nodeid: item for item in session.items}
        missing = [test for test in self.tests if test not in there]
        if missing:
            self.out.write_text(missing[0], "utf-8")
            session.testsfailed = 1
            return True
        self.run([there[test] for test in self.tests], session)
        return True

    def run(self, items: list[Any], session: Any) -> bool:
        """Whether a test fails. One that takes ten times its time, and three seconds at least, is ended by the system, and the process with it."""
        for item in items:
            signal.setitimer(signal.ITIMER_PROF, 3 + 10 * self.seconds[item.nodeid])
            self.out.write_text(item.nodeid, "utf-8")
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)  # nothing that was set up for one stays for another
            if self.failed:
                session.testsfailed = 1
                return True
        return False

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note that a test fails."""
        self.failed = self.failed or report.failed


def within(tests: list[str], seconds: dict[str, float], enough: float) -> list[str]:
    """The first tests that together take no more than enough."""
    out, taken = [], 0.0
    for test in tests:
        if taken + seconds[test] <= enough:
            taken += seconds[test]
            out.append(test)
    return out


def replaced(name: str, mutant: Mutant) -> Callable[[], None] | None:
    """Give a function of this process the code that it has in a mutant, and say how to take it back; None where that cannot be done."""
    module = importlib.import_module(module_name(PATHS[name]))
    names = mutant.function.split(".")
    found: Any = module
    for part in names:
        found = inspect.getattr_static(found, part, None)
    if isinstance(found, property):
        found = found.fget
    found = getattr(found, "__func__", found)
    found = getattr(found, "func", found)  # of a cached property
    if not inspect.isfunction(found) or hasattr(found, "__wrapped__") or found.__module__ != module.__name__:
        return None
    code: CodeType = compile(mutant.text, str(module.__file__), "exec", dont_inherit=True)
    for part in names:
        inner = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part]
        if len(inner) != 1:
            return None
        code = inner[0]
    if code.co_freevars != found.__code__.co_freevars or found.__qualname__ != mutant.function:
        return None
    function, before = found, found.__code__

    def put_back() -> None:
        function.__code__ = before

    function.__code__ = code
    return put_back


class Tries:
    """The mutants still to be tried, and what is found of them: by module and number `noticed` with the test, or `survived`."""

    def __init__(self, folder: Path, reach: Reach, chosen: argparse.Namespace, results: dict[str, Any], file: Path) -> None:
        self.folder, self.reach, self.chosen, self.results, self.file = folder, reach, chosen, results, file
        self.kills: dict[str, Counter[str]] = {name: Counter() for name in ("", *MODULES)}  # "" of all modules
        for name in MODULES:
            for word, test in results.get(name, {}).get("outcomes", {}).values():
                if word == "noticed":
                    self.kills[name][test] += 1
                    self.kills[""][test] += 1
        self.out = folder.parent / "test.txt"
        self.sources = {name: PATHS[name].read_text("utf-8") for name in MODULES}  # as they stand now, whatever is written meanwhile
        self.until = time.monotonic() + chosen.minutes * 60 if chosen.minutes else 0

    def tests_of(self, name: str, mutant: Mutant) -> list[str]:
        """The tests to run against a mutant, in order, as many as are enough."""
        tests = self.reach.order(name, mutant, self.kills)
        if not self.chosen.all_tests:
            tests = [test for test in tests if test.startswith(f"tests/test_{name}.py")]
        return within(tests, self.reach.seconds, self.chosen.enough)

    def open(self, name: str) -> Iterator[tuple[int, Mutant]]:
        """A module's mutants of which nothing is known yet."""
        for number, mutant in enumerate(mutants(self.sources[name]), 1):
            if self.chosen.only not in (None, number) or equivalent(name, mutant):
                continue
            if self.results[name]["outcomes"].get(str(number), ["imported"])[0] != "imported" and self.chosen.only is None:
                continue
            if self.until and time.monotonic() > self.until:
                return
            yield number, mutant

    def note(self, name: str, number: int, mutant: Mutant, status: int | None, seconds: float) -> None:
        """Write down what became of a mutant: noticed with a status, survived with 0; None where it is still to be imported."""
        test = self.out.read_text("utf-8") if self.out.exists() else ""
        found = ["noticed", test] if status else ["imported" if status is None else "survived", ""]
        self.results[name]["outcomes"][str(number)] = found
        self.results[name]["seconds"] += seconds
        if status:
            self.kills[name][test] += 1
            self.kills[""][test] += 1
        elif status == 0:
            print(f"{name}:{mutant.line} (mutant {number})\n  - {mutant.before}\n  + {mutant.after}", flush=True)
        beside = self.file.with_suffix(".part")
        beside.write_text(json.dumps(self.results), "utf-8")
        beside.replace(self.file)

    def in_place(self) -> None:
        """Those inside functions, in forks of one process that has collected all tests."""
        import pytest

        outer = self

        class Forks:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtestloop(self, session: Any) -> bool:
                with_few_examples(session.items)
                import p4p

                for module in pkgutil.walk_packages(p4p.__path__, "p4p."):
                    if not module.name.endswith("__main__"):
                        importlib.import_module(module.name)
                there = {item.nodeid: item for item in session.items}
                gc.collect()
                gc.freeze()
                for name in outer.chosen.modules:
                    outer.series(name, there, session)
                return True

            def pytest_runtest_logreport(self, report: Any) -> None:
                if report.failed:
                    outer.running.failed = True

        pytest_with(Forks(), [f"tests/{path.name}" for path in TESTS], self.chosen.only is not None)

    def series(self, name: str, there: dict[str, Any], session: Any) -> None:
        """Try a module's mutants one after the other in a fork, and go on in another where the first one ends or is not what it was."""
        made_on_import = self.reach.on_import.get(name, set())
        todo = [(n, m) for n, m in self.open(name) if m.function and not set(m.around) & made_on_import]
        now = self.file.with_suffix(".now")

        def work() -> int:
            for position, (number, mutant) in enumerate(todo):
                now.write_text(str(number), "utf-8")
                if self.until and time.monotonic() > self.until:
                    return 0
                if not self.here(name, number, mutant, there, session, first=position == 0):
                    return 3
            return 0

        while todo:
            now.unlink(missing_ok=True)
            begun = time.monotonic()
            status = child(work, show=True)
            if self.file.exists():
                self.results |= json.loads(self.file.read_text("utf-8"))
            if self.until and time.monotonic() > self.until:
                return
            at = int(now.read_text("utf-8")) if now.exists() else -1
            if status == 99:
                raise SystemExit(f"this program failed at mutant {at} of {name}")
            if status not in (0, 3):  # ended by the system: it ran for ever, or Python itself did not survive
                mutant = next(m for n, m in todo if n == at)
                self.note(name, at, mutant, status, time.monotonic() - begun)
            todo = [(n, m) for n, m in todo if str(n) not in self.results[name]["outcomes"]]

    def here(self, name: str, number: int, mutant: Mutant, there: dict[str, Any], session: Any, first: bool) -> bool:
        """Try one mutant in this process. False where something of it stayed: where the test that noticed it fails without it as well."""
        tests = self.tests_of(name, mutant)
        begun = time.monotonic()
        self.out.unlink(missing_ok=True)
        signal.setitimer(signal.ITIMER_PROF, 10)
        put_back = replaced(name, mutant)
        if put_back is None:  # to be tried by an import of the changed text
            self.note(name, number, mutant, None, 0)
            return True
        self.running = Chosen(tests, self.reach.seconds, self.out)
        failed = self.running.run([there[test] for test in tests], session)
        put_back()
        if failed and not first:
            last = there[self.out.read_text("utf-8")]
            self.running = Chosen([], self.reach.seconds, self.out)
            if self.running.run([last], session):
                return False
        signal.setitimer(signal.ITIMER_PROF, 0)
        executed = set(mutant.reach) & self.reach.on_import.get(name, set())
        self.note(name, number, mutant, None if executed and not failed else int(failed), time.monotonic() - begun)
        return True

    def by_import(self) -> None:
        """The others, each written into the copy and imported from there."""
        for name in self.chosen.modules:
            path = self.folder / PATHS[name].relative_to(ROOT)
            for number, mutant in self.open(name):
                tests = self.tests_of(name, mutant)
                begun = time.monotonic()
                path.write_text(mutant.text, "utf-8")
                own = [test for test in tests if test.startswith((f"tests/test_{name}.py", "tests/test_worked_examples.py"))]
                status = 0
                for some in (own, [test for test in tests if test not in own]):
                    if some and not status:
                        status = self.imported(some)
                self.note(name, number, mutant, status, time.monotonic() - begun)
                path.write_text(self.sources[name], "utf-8")

    def imported(self, tests: list[str]) -> int:
        """Whether pytest, started on some tests, finds anything wrong."""
        files = list(dict.fromkeys(test.split("::")[0] for test in tests))
        self.out.unlink(missing_ok=True)

        def work() -> int:
            signal.setitimer(signal.ITIMER_PROF, 60)
            return pytest_with(Chosen(tests, self.reach.seconds, self.out), files, self.chosen.only is not None)

        return child(work, show=self.chosen.only is not None)


def told(results: dict[str, Any], names: list[str]) -> int:
    """Print a line for each module; the number of mutants that survive."""
    survivors = 0
    for name in names:
        every = list(enumerate(mutants(PATHS[name].read_text("utf-8")), 1))
        alike = [number for number, m in every if equivalent(name, m)]
        outcomes = {
            int(number): word for number, (word, _) in results[name]["outcomes"].items() if int(number) not in alike and word != "imported"
        }
        by_word = Counter(outcomes.values())
        left = len(every) - len(alike) - len(outcomes)
        print(
            f"{name}: {len(every)} mutants, {by_word['noticed']} noticed, {len(alike)} equivalent, {by_word['survived']} survived, "
            f"{results[name]['seconds']:.0f} seconds" + (f", {left} not tried" if left else ""),
            flush=True,
        )
        survivors += by_word["survived"]
        for module, before, after in EQUIVALENT:
            if module == name and not any((m.before, m.after) == (before, after) for _, m in every):
                print(f"  no such mutant any more, take it out of equivalents.py:\n  - {before}\n  + {after}")
    return survivors


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="mutants of the computing modules")
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--only", type=int, help="this mutant only, and what pytest says")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so many minutes")
    parser.add_argument("--enough", type=float, default=ENOUGH, help="seconds of tests against one mutant")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "build" / "mutants.json", help="where to write what is found, and to go on from"
    )
    parser.add_argument("--all-tests", action="store_true", help="every test file, and not a module's own only")
    parser.add_argument("--count", action="store_true", help="only tell what is known")
    chosen = parser.parse_args()
    file = chosen.results.resolve()
    beside = file.with_name(f"{file.stem}-watched.json")
    results: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if not chosen.all_tests:
        TESTS[:] = [path for path in TESTS if path.stem.removeprefix("test_") in chosen.modules]
    for name in chosen.modules:
        text, own = digest(PATHS[name]), [path for path in TESTS if chosen.all_tests or path.stem == f"test_{name}"]
        tests = digest(*own)
        found = results.setdefault(name, {})
        if found.get("text") != text:
            found |= {"text": text, "outcomes": {}, "seconds": 0.0}
        if found.get("tests") != tests:  # a survivor may be noticed by a test that was not there
            found |= {"tests": tests, "outcomes": {n: o for n, o in found["outcomes"].items() if o[0] == "noticed"}}
    if chosen.count:
        return 1 if told(results, chosen.modules) else 0
    file.parent.mkdir(parents=True, exist_ok=True)
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    sys.dont_write_bytecode = True
    for library in ("hypothesis", "numpy", "polars", "pytest", "rich.console", "scipy.stats", "typer", "typst", "xlsxwriter", "yaml"):
        importlib.import_module(library)  # once, for all forks
    with copied() as folder:
        known = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
        reach = watched(folder, known)
        beside.write_text(json.dumps(known), "utf-8")
        tries = Tries(folder, reach, chosen, results, file)
        child(tries.in_place, show=True)
        if file.exists():  # what the fork found
            results = tries.results = json.loads(file.read_text("utf-8"))
        tries.by_import()
    return 1 if told(results, chosen.modules) else 0


if __name__ == "__main__":
    raise SystemExit(main())
