"""Every contract that comes with p4p: its worked examples hold, it reads in sentences, its sample files settle, and every payment explains itself to the penny."""

from __future__ import annotations

from pathlib import Path

import pytest

from p4p.commands.catalogue import contracts_text, shipped
from p4p.commands.telling import scheme_document
from p4p.files.folder import files_of, write_template
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.numbers.errors import InputError, UsageError
from p4p.proving.scheme_proofs import scheme_proofs
from p4p.screens.scheme_tables import scheme_csv, scheme_json
from p4p.sentences.scheme_words import describe_scheme
from p4p.settling.chain import explain_scheme, settle_scheme
from p4p.steps.scheme import WHOLE_MONTHS, Scheme

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "examples" / "schemes"

SCHEMES = [path for path in sorted((ROOT / "contracts").glob("*.yaml")) if scheme_document(str(path))]

each_scheme = pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)

#: What the founding documents, the English national schemes and the US accountable-care contracts ask for, and the file that says it.
ASKED = {
    "one QOF year": "qof-2023-24",
    "IIF 2023/24": "iif-2023-24",
    "CQUIN 2022/23": "cquin-2022-23",
    "the Better Care Fund pay-for-performance fund": "better-care-fund-2015-16",
    "the emergency marginal rate": "emergency-marginal-rate",
    "a blended payment": "blended-payment-2019-20",
    "STF 2016/17": "stf-2016-17",
    "community pharmacy Quality Payments": "community-pharmacy-quality-payments-2017-18",
    "the dental year-end": "dental-year-end",
    "a QIPP gain share": "qipp-gain-share",
    "a capitated budget with performance bonus": "capitated-budget-with-bonus",
    "a pooled budget": "salford-pooled-budget",
    "a milestone year": "trafford-milestone-year",
    "a three-stream pathway": "northumberland-frail-elderly",
    "a federation's savings share": "redbridge-savings-share",
    "a devolved locality budget": "cumbria-locality-budgets",
    "a capitated list": "smethwick-capitated-list",
    "the Tower Hamlets diabetes year of care": "tower-hamlets-year-of-care",
    "Medicare shared savings, one-sided": "medicare-shared-savings-one-sided",
    "Medicare shared savings, two-sided": "medicare-shared-savings",
    "quantity times quality": "rwanda-quantity-quality",
}


@pytest.mark.parametrize("name", ASKED.values())
def test_every_way_of_paying_has_its_contract(name: str) -> None:
    """Each payment system that was asked for is a file, and `p4p contracts` lists it."""
    assert (ROOT / "contracts" / f"{name}.yaml").is_file()
    assert f"{name}.yaml" in contracts_text()


def test_the_list_holds_every_file() -> None:
    """`p4p contracts` leaves none out."""
    assert [p.name for p in shipped()] == [p.name for p in sorted((ROOT / "contracts").glob("*.yaml"))]


@each_scheme
def test_worked_examples_hold(path: Path) -> None:
    """A contract carries at least two worked examples, and they hold."""
    found = scheme_proofs(read_scheme(str(path)))
    assert [] == ["\n".join(p.lines()) for proof in found for p in proof.problems]
    assert len(found) >= 2


@each_scheme
def test_it_says_what_is_published(path: Path) -> None:
    """The head of a file says what is published and what was chosen, and the contract cites its source."""
    head = path.read_text("utf-8").split("p4p: 1")[0]
    assert "ublished" in head
    assert read_scheme(str(path)).source


@each_scheme
def test_it_reads_in_sentences(path: Path) -> None:
    """Every step is a sentence."""
    scheme = read_scheme(str(path))
    sections = {s.title: s.sentences for s in describe_scheme(scheme)}
    for payment in scheme.payments.values():
        numbered = [s for s in sections[payment.title] if s[:1].isdigit()]
        assert len(numbered) == len(payment.steps)


def periods(scheme: Scheme) -> list[range]:
    """Every year of a contract, and every shorter period in which something is settled."""
    sizes = {12, *(WHOLE_MONTHS[scheme.rhythm(p)] for p in scheme.payments.values())}
    return [
        range(first, first + size)
        for size in sorted(sizes, reverse=True)
        for y in scheme.years
        for first in range(y.months[0], y.months[-1] + 1, size)
    ]


@each_scheme
def test_its_sample_files_settle_and_explain(path: Path) -> None:
    """The files under examples/schemes settle at least one period; each payment's tree comes to the pence that were settled."""
    scheme = read_scheme(str(path))
    inputs = read_inputs(scheme, files_of([str(path), str(SAMPLES / path.stem)]))
    settled = 0
    for months in periods(scheme):
        try:
            found = settle_scheme(scheme, inputs, months, "")
        except (InputError, UsageError):
            continue
        settled += 1
        for payee in list(inputs.payees)[:3]:
            told = (
                [int(e.figure.value) for e in explain_scheme(scheme, inputs, months, payee, None) if e.figure.value.denominator == 1]
                if found.of(payee)
                else []
            )
            assert told == [e.payable for e in found.of(payee)]
        assert scheme_csv(found).count("\n") > len(found.entries)
        assert '"totals"' in scheme_json(found)
    assert settled >= 1


def test_the_template_of_a_scheme_settles_as_it_stands(tmp_path: Path) -> None:
    """What `p4p init --template savings-share` writes is sound, holds its examples and settles: 40% of 21,374.50 saved to date, nothing paid before."""
    write_template("savings-share", str(tmp_path))
    scheme = read_scheme(str(tmp_path / "contract.yaml"))
    assert [] == [p.what for proof in scheme_proofs(scheme) for p in proof.problems]
    inputs = read_inputs(scheme, files_of([str(tmp_path)]))
    found = settle_scheme(scheme, inputs, *months_asked(scheme, "Q2", None, None))
    assert {e.payee: e.payable for e in found.entries} == {"NORTH": 0, "SOUTH": 854_980}
