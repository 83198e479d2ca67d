"""The worked examples that contracts carry: figures both sides can check by hand, held against what the engine pays."""

from __future__ import annotations

from pathlib import Path

import pytest

from p4p.commands.telling import scheme_document
from p4p.files.contract_file import read_contract
from p4p.numbers.errors import MismatchError
from p4p.proving.proofs import proofs, require

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = [*sorted((ROOT / "contracts").glob("*.yaml")), *sorted((ROOT / "p4p" / "templates").glob("*/contract.yaml"))]
SHIPPED = [path for path in [*SHIPPED, ROOT / "examples" / "tower-hamlets" / "contract.yaml"] if not scheme_document(str(path))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem if path.stem != "contract" else path.parent.name)
def test_the_worked_examples_of_care_packages_hold(path: Path) -> None:
    """Every example of a shipped contract of care packages comes to what its author worked out."""
    found = proofs(read_contract(str(path)))
    require(found)
    assert found != []


def test_an_example_that_does_not_hold_is_told(tmp_path: Path) -> None:
    """One penny more expected, and the example is refused: so these tests can fail."""
    text = (ROOT / "examples" / "tower-hamlets" / "contract.yaml").read_text("utf-8")
    assert "payable: " in text
    amount = text.split("payable: ")[1].split("}")[0].split(",")[0]
    (tmp_path / "contract.yaml").write_text(text.replace(f"payable: {amount}", "payable: 0.01", 1), "utf-8")
    with pytest.raises(MismatchError, match="payable"):
        require(proofs(read_contract(str(tmp_path / "contract.yaml"))))
