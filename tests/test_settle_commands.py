"""What `settle`, `explain` and `check` ask for, look at and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from boards import contract_text, play

SCHEME = EXAMPLE.parent / "schemes" / "savings"

ALL_UP_FRONT = """p4p: 1
contract: core
title: Core payment
commissioner: NHS Somewhere
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  core:
    title: Core payment
    value: {each: 1000.00}
    split: {upfront: 100%, performance: 0%}
    upfront: {instalments: quarterly}
"""

PRACTICES = "practice,name,network\nP1,First,N1\nP2,Second,N2\n"


def told(folder: Path, contract: str, **files: str) -> str:
    """A folder with a contract and other files, by name."""
    (folder / "contract.yaml").write_text(contract, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return str(folder)


def test_nothing_to_earn_needs_no_counts(tmp_path: Path) -> None:
    """1,000.00 a year, all of it up front, is 250.00 a quarter for each network, without an activity file; the checker agrees, and so does a what-if."""
    at = told(tmp_path, ALL_UP_FRONT, practices=PRACTICES)
    answer = play(f"p4p settle {at} --quarter Q1 --verify --format json")
    assert (answer.code, {p["payee"]: p["payable"] for p in json.loads(answer.out)["payees"]}) == (0, {"N1": "250.00", "N2": "250.00"})
    assert "£500.00 follows to the penny" in answer.err
    changed = play(f"p4p whatif {at} --quarter Q1 --price +10% --format json")
    assert [p["payable"] for s in json.loads(changed.out)["scenarios"] for p in s["payees"]] == ["275.00", "275.00"]


def test_counts_are_asked_for_where_there_is_something_to_earn(tmp_path: Path) -> None:
    """A contract with an indicator still asks for its activity file."""
    at = told(tmp_path, contract_text("{kind: all_or_nothing, target: at least 90%}"), practices=PRACTICES)
    answer = play(f"p4p settle {at} --quarter Q1")
    assert (answer.code, "no activity file" in answer.err) == (2, True)


@pytest.mark.parametrize("option", ["--year", "--month 2009-08"])
def test_care_packages_are_explained_by_quarter(option: str) -> None:
    """A period beside the quarter is refused, and not passed over: the answer would be about another period than was asked for."""
    answer = play(f"p4p explain {EXAMPLE} --quarter Q1 {option} --network N1")
    assert (answer.code, answer.out, answer.err) == (2, "", "error: care packages are explained by quarter: --quarter Q1\n")


def test_a_scheme_is_explained_as_it_is() -> None:
    """A scenario named beside a contract with `payments` is refused, and not passed over."""
    answer = play(f"p4p explain {SCHEME} --year --network PARTNERS --scenario nowhere.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert "--scenario is about care packages" in answer.err
