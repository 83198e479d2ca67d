"""Mangled files: a small part of `python tests/mangled.py`, the same every time, and every file that fuzzing or mangling has found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import mangled
import pytest
from mangled_bases import Language, base_of


@pytest.fixture(scope="module")
def apart() -> Iterator[ProcessPoolExecutor]:
    """A process that is small when it begins, and not forked from this one: what a case takes at the most is measured of it."""
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        yield pool


@pytest.mark.parametrize("language", ["packages", "payments"])
def test_mangled_files_are_refused_or_settled_rightly(language: Language, apart: ProcessPoolExecutor) -> None:
    """A hundred cases: none ends in a fault of ours, a partial output, too much time or memory, or a payment that does not follow."""
    tried = apart.submit(mangled.run, 2026, range(100), None, language).result()
    assert [] == tried.findings
    assert 100 == sum(tried.codes.values())
    assert {0, 3, 4} <= set(tried.codes)


@pytest.mark.parametrize(
    ("language", "file"),
    [
        *(("packages", file) for file in ("contract.yaml", "practices.csv", "lists.csv", "activity.csv")),
        *(("payments", file) for file in ("contract.yaml", "measures.csv", "activity.csv")),
    ],
)
def test_every_kind_of_file_is_mangled(language: Language, file: str) -> None:
    """The first two hundred cases of a seed change each kind of file, in more ways than one."""
    ways = {change for n in range(200) for case in [mangled.Case.of(2026, n, language)] if case.file == file for change in case.changes}
    assert len(ways) > 3


def test_a_seed_makes_the_same_cases() -> None:
    """A case is known by its seed and its number, so that it can be tried again alone."""
    one, two = mangled.Case.of(7, 11), mangled.Case.of(7, 11)
    assert (one.file, one.raw, one.changes) == (two.file, two.raw, two.changes)


def test_a_line_of_spaces_is_passed_over_by_both(apart: ProcessPoolExecutor) -> None:
    """Found by mangling: a line of nothing but spaces counts for nothing, with the engine and with the checker."""
    base = base_of("plain")
    raw = base.files["practices.csv"].replace(b"\n", b"\n   \n", 1)
    tried = apart.submit(mangled.run_case, mangled.Case(0, base, "practices.csv", raw, ["found"], "same")).result()
    assert [] == tried.findings
