"""The hostile contracts of ../shared: each refused with its reason, or read as it must be, within bounds and without side effects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hostile import base_contract, hostile_contracts
from published import SHARED, needs_shared

from p4p.files.contract_file import contract_of
from p4p.files.practices_file import read_practices
from p4p.files.yamltext import parse
from p4p.numbers.errors import InputError

pytestmark = needs_shared
pytest.importorskip("resource", reason="needs limits on memory")

SECONDS, MEGABYTES = 5, 512

#: What each refusal says, besides file, line and column.
REASONS = {
    "yaml_duplicate_key": 'key "lower" is given twice',
    "yaml_merge_bomb": "anchors and aliases (& and *) are not used in contracts",
    "yaml_alias_bomb": "anchors and aliases (& and *) are not used in contracts",
    "yaml_deep_nesting": "nested deeper than 24 levels",
    "yaml_python_tag": "tag !!python/object/apply:os.system is not used in contracts",
    "yaml_multi_document": "a second document starts here",
    "yaml_latin1": "byte 0xE9 (byte 414 of the file) is not UTF-8",
    "yaml_impossible_date": '"2026-06-31" is a day that does not exist',
    "yaml_huge_integer": "is not an amount of money like 250000.00",
    "yaml_nan_threshold": 'upper: ".nan" is not a share like 70% or 7/10',
    "yaml_weights_short": "the weights add to 99.99%, not 100%",
    "yaml_thresholds_inverted": "lower (85%) is above upper (80%)",
    "yaml_thresholds_equal": "lower and upper are both 80%, which leaves no line between them",
    "yaml_typo_key": 'did you mean "upper"?',
    "yaml_wrong_type": 'upfront must hold keys and values, but is the text "A81001"',
    "yaml_overlapping_periods": "split: 2026-06-30 is inside a month",
    "yaml_subpenny_pot": '"100000.005" has a part of a penny',
    "yaml_bool_weight": 'weight: "true" is not a share like 70% or 7/10',
}

#: Contracts in which nothing is wrong: their fault lies in the networks, or is none for whoever counts exactly.
SOUND = {"yaml_norway_codes", "yaml_octal_sexagesimal", "yaml_decimal_weights", "yaml_practice_in_two_networks"}

CASES = {case.file: case for case in hostile_contracts()} if SHARED.is_dir() else {}

#: Reads the contract in a process of its own, within the bounds: too much memory is an error there, too much time on the processor its end.
READ = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES << 20}, {MEGABYTES << 20}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from p4p.files.contract_file import read_contract
from p4p.numbers.errors import P4PError
try:
    read_contract("contract.yaml")
except P4PError as e:
    print(e)
    sys.exit(e.exit)
"""


def test_every_hostile_contract_has_its_expectation() -> None:
    """Each contract of the corpus is either refused with a reason or sound; whatever the corpus rejects is refused here, or its networks are."""
    assert set(REASONS) | SOUND == set(CASES)
    assert {name for name, case in CASES.items() if case.expect == "reject"} <= set(REASONS) | {"yaml_practice_in_two_networks"}


def test_the_base_of_the_corpus_is_sound() -> None:
    """The contract of which each hostile one is one change is read without a fault, so that the change is what is refused."""
    read = contract_of(parse(base_contract(), "contract.yaml"))
    assert ("demo-2026", ["BP1"]) == (read.contract, list(read.indicators))


@pytest.mark.parametrize("name", [*REASONS, *sorted(SOUND)])
def test_hostile_contracts_are_refused_or_read_within_bounds(name: str, tmp_path: Path) -> None:
    """Five seconds and 512 MB are enough, the reason is given with file and line, and nothing is run or written."""
    (tmp_path / "contract.yaml").write_bytes(CASES[name].contract)
    run = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (4 if name in REASONS else 0, "") == (run.returncode, run.stderr)
    heads = [line for line in run.stdout.splitlines() if "error: " in line]
    assert all(line.startswith("contract.yaml:") and line.split(":")[1].isdigit() for line in heads)
    assert REASONS.get(name, "") in run.stdout
    assert len(run.stdout) < 2000, "a message does not repeat the whole file"
    assert ["contract.yaml"] == [path.name for path in tmp_path.iterdir()]


def test_decimal_weights_add_up() -> None:
    """Nine decimal weights that make exactly 100% are accepted as that."""
    read = contract_of(parse(CASES["yaml_decimal_weights"].contract, "contract.yaml"))
    assert 1 == sum(indicator.weight for _, indicator in read.indicators.values())


def practices_of(name: str, folder: Path) -> str:
    (folder / "practices.csv").write_bytes(CASES[name].practices)
    return str(folder / "practices.csv")


def test_network_codes_stay_text(tmp_path: Path) -> None:
    """The codes NO and on are codes, and not two spellings of false and true."""
    assert ["NO", "on"] == list(read_practices(practices_of("yaml_norway_codes", tmp_path)).networks)


def test_numbers_as_codes_stay_text_or_are_refused(tmp_path: Path) -> None:
    """00123 is never 83, and 12:30 is never 750: the second is no code at all."""
    with pytest.raises(InputError) as e:
        read_practices(practices_of("yaml_octal_sexagesimal", tmp_path))
    assert {"12:30"} == {word for word in ("00123", "83", "12:30", "750") if f'"{word}"' in str(e.value)}


def test_a_practice_in_two_networks_is_refused(tmp_path: Path) -> None:
    """A practice that two networks claim is never counted twice; the message names it and the line."""
    with pytest.raises(InputError) as e:
        read_practices(practices_of("yaml_practice_in_two_networks", tmp_path))
    (problem,) = e.value.problems
    assert problem.at is not None
    assert (6, True) == (problem.at.line, "A81001" in problem.what)
