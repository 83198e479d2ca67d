"""The rules of the house, read from the source: order of modules, exact numbers, one module for each library, words for everything public."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import seeded_bugs

ROOT = Path(__file__).parents[1]
PATHS = {path.stem: path for path in sorted((ROOT / "p4p").rglob("*.py")) if not path.stem.startswith("__")}
SOURCE = {module: ast.parse(path.read_text("utf-8")) for module, path in PATHS.items()}


def listed(file: Path) -> list[str]:
    """The names that the docstring of a package lists, in order."""
    return re.findall(r"^ *(\w+) {2,}\S", ast.get_docstring(ast.parse(file.read_text("utf-8")), clean=False) or "", re.MULTILINE)


#: Drawers of the package, then in each its modules; the last of the list is the command line itself.
DRAWERS = {drawer: listed(ROOT / "p4p" / drawer / "__init__.py") for drawer in listed(ROOT / "p4p" / "__init__.py")[:-1]}
ORDER = [*(module for modules in DRAWERS.values() for module in modules), "cli"]

#: Modules that compute money, in which a floating-point number is a defect: all of these drawers (in `errors` the likeness of two words is one).
EXACT = ("numbers", "language", "steps", "counts", "settling", "sentences", "publishing")
COMPUTING = [module for drawer in EXACT for module in DRAWERS[drawer] if module != "errors"]

#: Every division in those modules: each is of exact numbers. Of whole numbers Python would make a float.
DIVISIONS = {
    "exact": ["abs(pence) / 100", "self.value / figure(other).value", "figure(other).value / self.value"],
    "curves": [
        "(achievement - self.lower) / (self.upper - self.lower)",
        "(self.upper - achievement) / (self.upper - self.lower)",
        "most(beyond, ZERO) / self.step",
    ],
    "amounts": ["(Fraction(top) if isinstance(top, int) else top) / bottom", "ONE / len(self.of)", "ONE / unit"],
    "bands": ["(x - s.start) * (last - first) / (s.end - s.start)"],
    "volume": ["time / 60"],
    "pots": ["ONE / len(values)"],
    "points": ["n / divisor"],
    "contract": ["sum((self.at(month).upfront for month in quarter.months), Fraction(0)) / 3"],
    "columns": ["Columns.lift(other) / self"],
    "arrays": ["Arrays.lift(other) / self", "b.scale / scale", "self.scale / b.scale", "self.scale / scale"],
    "rules": ["sum(rates, Fraction(0)) / len(rates)"],
    "maturity": ["ONE / 3"],
    "explain": ["numerator / denominator", "total / figure(len(rates), 'practices with patients')"],
    "describe": [
        "sum((split.at(month).upfront for month in months), ZERO) / 3",
        "(curve.lower + curve.upper) / 2",
        "(small + large) / 2",
    ],
}

#: The one module that imports a library; Typer's options stand beside its commands.
LIBRARIES = {
    "yaml": ["yamltext"],
    "rich": ["page"],
    "typer": ["cli", "contract_commands", "options", "payment_commands"],
    "xlsxwriter": ["sheets"],
    "typst": ["pdf"],
}

#: The independent checkers share no code with what they check, nor with each other: they may repeat it, and be as long as that makes them.
APART = ("verify", "verify_schemes")

LONGEST = 450

each_module = pytest.mark.parametrize("module", SOURCE)


def dotted(module: str) -> Iterator[str]:
    """The dotted names that a module imports, at its head or anywhere inside: of `from a.b import c` both `a.b` and `a.b.c`."""
    for node in ast.walk(SOURCE[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(module: str) -> list[str]:
    """The modules of the package that a module imports."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): stem for stem, path in PATHS.items()}
    return [names[name] for name in dotted(module) if name in names]


def uses(module: str, library: str) -> bool:
    """Whether a module imports a library, or anything of it."""
    return any(name.partition(".")[0] == library for name in dotted(module))


def calls(module: str, *names: str) -> list[str]:
    """The calls of plain functions by these names."""
    found = (node for node in ast.walk(SOURCE[module]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [ast.unparse(node) for node in found if isinstance(node.func, ast.Name) and node.func.id in names]


def test_every_module_is_in_the_list_of_its_drawer() -> None:
    """The package names every drawer, and a drawer every module in it, once, and no other; no two modules have one name."""
    found = {
        drawer.name: sorted(path.stem for path in drawer.glob("*.py") if path.stem != "__init__") for drawer in (ROOT / "p4p").iterdir()
    }
    assert {drawer: modules for drawer, modules in found.items() if modules} == {d: sorted(m) for d, m in DRAWERS.items()}
    assert sorted(SOURCE) == sorted(ORDER) and len(PATHS) == len(set(ORDER))


@each_module
def test_a_module_imports_only_modules_above_it(module: str) -> None:
    """Whoever reads the lists from the top never meets a name before what it stands for."""
    above = ORDER[: ORDER.index(module)] if module in ORDER else ORDER
    assert [] == [name for name in imports(module) if name not in above]


@pytest.mark.parametrize("module", COMPUTING)
def test_no_floating_point_number_where_money_is_computed(module: str) -> None:
    """No float is written, made, or asked of Polars, and nothing is rounded by `round`."""
    nodes = list(ast.walk(SOURCE[module]))
    assert [] == [ast.unparse(n) for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    assert [] == calls(module, "float", "round")
    assert [] == [ast.unparse(n) for n in nodes if isinstance(n, ast.Attribute) and n.attr in ("Float32", "Float64", "mean", "sqrt")]


@pytest.mark.parametrize("module", COMPUTING)
def test_every_division_is_of_exact_numbers(module: str) -> None:
    """A division is written down in this file by whoever has made sure that whole numbers cannot reach it."""
    divisions = [ast.unparse(n) for n in ast.walk(SOURCE[module]) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
    assert sorted(DIVISIONS.get(module, [])) == sorted(divisions)


@pytest.mark.parametrize("module", COMPUTING)
def test_computing_touches_nothing_outside(module: str) -> None:
    """Where money is computed no file is opened and no clock is read."""
    assert [] == calls(module, "open", "input")
    assert [] == [library for library in ("time", "os", "random") if uses(module, library)]
    methods = [n.func for n in ast.walk(SOURCE[module]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    assert [] == [ast.unparse(method) for method in methods if method.attr in ("now", "today")]


@each_module
def test_only_the_screen_prints(module: str) -> None:
    """What is said to the user goes through the modules that know the terminal."""
    assert module in ("page", "screen", "cli") or [] == calls(module, "print")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_in_one_module(library: str) -> None:
    """A library can be changed, or left out, in one place."""
    assert LIBRARIES[library] == [module for module in SOURCE if module not in APART and uses(module, library)]


@each_module
def test_everything_public_says_what_it_is(module: str) -> None:
    """A module, and every public class and function in it, has a docstring."""
    tree = SOURCE[module]
    public = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not n.name.startswith("_")]
    assert ast.get_docstring(tree)
    assert [] == [n.name for n in public if not ast.get_docstring(n)]


@pytest.mark.parametrize("module", APART)
def test_the_checkers_stand_apart(module: str) -> None:
    """The independent checkers import nothing of the package."""
    assert not uses(module, "p4p")


def test_no_module_is_too_long() -> None:
    """A module that has grown past what one can keep in mind is split by what it is about."""
    lengths = {module: len(path.read_text("utf-8").splitlines()) for module, path in PATHS.items() if module not in APART}
    assert {} == {module: lines for module, lines in lengths.items() if lines > LONGEST}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_is_a_sentence(path: Path) -> None:
    """A test says in a sentence what holds."""
    tests = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    assert [] == [n.name for n in tests if not (ast.get_docstring(n) or "").endswith(".")]


@pytest.mark.parametrize("bug", seeded_bugs.BUGS, ids=lambda bug: bug.what)
def test_every_known_fault_fits_the_source(bug: seeded_bugs.Bug) -> None:
    """What `make seeded` exchanges stands in its module once, so that a fault is never left out because the source has moved on."""
    assert PATHS[bug.module].read_text("utf-8").count(bug.right) == 1
