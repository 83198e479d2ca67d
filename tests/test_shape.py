"""Reading located text into classes: what does not fit into the catalogue of errors."""

from __future__ import annotations

import time

import pytest
from mangled_bases import PLAIN

from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.numbers.errors import ContractError


@pytest.mark.parametrize(
    "more",
    ["".join(f"lovver{n}: x\n" for n in range(60_000)), "".join(f"  p{n}: {{}}\n" for n in range(60_000)), "a: b\n" * 150_000],
    ids=["unknown keys", "empty packages", "keys given twice"],
)
def test_a_megabyte_of_faults_is_refused_at_once(more: str) -> None:
    """Of very many faults a hundred or so are told, in less than two seconds of the processor; the last says that the first 100 problems are told, and here are more."""
    start = time.process_time()
    with pytest.raises(ContractError) as e:
        contract_of(parse(f"{PLAIN}{more}".encode(), "contract.yaml"))
    assert time.process_time() - start < 2
    assert 100 <= len(e.value.problems) <= 101
    assert "a: b" in more or "the first 100 problems are told, and here are more" in str(e.value)
    assert "a: b" in more or "hint: mend those first" in str(e.value)
