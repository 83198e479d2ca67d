"""The rules of the house, read from the source: order of modules, exact numbers, one module for each library, words for everything public."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import p4p

ROOT = Path(__file__).parents[1]
SOURCE = {path.stem: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "p4p").glob("*.py")) if not path.stem.startswith("__")}
ORDER = re.findall(r"^    (\w+) {2,}\S", p4p.__doc__ or "", re.MULTILINE)

#: Modules that compute money, in which a floating-point number is a defect.
COMPUTING = (
    *("exact", "money", "period", "curves", "contract", "members", "columns", "activity"),
    *("rules", "entitlement", "settlement", "lines", "settle", "explain", "describe"),
    *(
        "terms",
        "amounts",
        "bands",
        "gates",
        "gains",
        "volume",
        "pots",
        "points",
        "points_table",
        "kinds",
        "scheme",
        "measures",
        "runs",
        "chain",
    ),
    *("suppress", "withheld", "publish"),
)

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
    "lines": ["sum(rates, Fraction(0)) / len(rates)"],
    "explain": ["figure_of.value / 100", "numerator / denominator", "total / figure(len(rates), 'practices with patients', 'number')"],
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


def imports(module: str, package: str = "p4p") -> Iterator[str]:
    """The modules of a package that a module imports, at its head or anywhere inside."""
    for node in ast.walk(SOURCE[module]):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == package else [node.module]
        for name in names:
            top, _, rest = name.partition(".")
            if top == package:
                yield rest.partition(".")[0]


def calls(module: str, *names: str) -> list[str]:
    """The calls of plain functions by these names."""
    found = (node for node in ast.walk(SOURCE[module]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [ast.unparse(node) for node in found if isinstance(node.func, ast.Name) and node.func.id in names]


def test_every_module_is_in_the_list() -> None:
    """The docstring of the package names every module, once, and no other."""
    assert sorted(SOURCE) == sorted(ORDER)


@each_module
def test_a_module_imports_only_modules_above_it(module: str) -> None:
    """Whoever reads the list from the top never meets a name before what it stands for."""
    above = ORDER[: ORDER.index(module)] if module in ORDER else ORDER
    assert [] == [name for name in imports(module) if name in SOURCE and name not in above]


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
    assert [] == [name for library in ("time", "os", "random") for name in imports(module, library)]
    assert [] == [ast.unparse(n) for n in ast.walk(SOURCE[module]) if isinstance(n, ast.Attribute) and n.attr in ("now", "today")]


@each_module
def test_only_the_screen_prints(module: str) -> None:
    """What is said to the user goes through the modules that know the terminal."""
    assert module in ("page", "screen", "cli") or [] == calls(module, "print")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_in_one_module(library: str) -> None:
    """A library can be changed, or left out, in one place."""
    assert LIBRARIES[library] == [module for module in SOURCE if module not in APART and any(True for _ in imports(module, library))]


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
    assert [] == list(imports(module))


def test_no_module_is_too_long() -> None:
    """A module that has grown past what one can keep in mind is split by what it is about."""
    lengths = {path.stem: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "p4p").glob("*.py") if path.stem not in APART}
    assert {} == {module: lines for module, lines in lengths.items() if lines > LONGEST}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_is_a_sentence(path: Path) -> None:
    """A test says in a sentence what holds."""
    tests = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    assert [] == [n.name for n in tests if not (ast.get_docstring(n) or "").endswith(".")]
