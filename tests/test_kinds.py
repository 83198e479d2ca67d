"""Every kind of step: its worked example holds, its page says what it is, and settling and explaining agree on it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from p4p.commands.catalogue import kinds_text, scheme_of_kind
from p4p.files.contract_file import Example
from p4p.language.curves import CURVES
from p4p.numbers.exact import Figure
from p4p.proving.scheme_proofs import Table, months_of, scheme_proofs
from p4p.settling.chain import Chain
from p4p.settling.runs import Inputs
from p4p.steps.bands import CurveStep
from p4p.steps.kinds import STEPS, manual

each_kind = pytest.mark.parametrize("kind", [*STEPS, *CURVES])


def inputs_of(scheme: Any) -> tuple[Inputs, range]:
    example = scheme.examples[0]
    assert isinstance(example, Example)
    months, _ = months_of(scheme, example)
    return Table(scheme, example, months).inputs(), months


@each_kind
def test_the_worked_example_holds(kind: str) -> None:
    """A kind comes with an example whose figures were worked out by hand, in its own comment."""
    (proof,) = scheme_proofs(scheme_of_kind(kind))
    assert [] == ["\n".join(p.lines()) for p in proof.problems]
    assert proof.stated > 0


@each_kind
def test_the_example_uses_its_kind(kind: str) -> None:
    """The example under a kind's name is about that kind."""
    (payment,) = scheme_of_kind(kind).payments.values()
    curves = [step.curve.kind for step in payment.steps.values() if isinstance(step, CurveStep)]
    assert kind in [*(step.kind for step in payment.steps.values()), *curves]


@each_kind
def test_settling_and_explaining_agree(kind: str) -> None:
    """The same steps on fractions and on figures that explain themselves come to the same numbers."""
    scheme = scheme_of_kind(kind)
    inputs, months = inputs_of(scheme)
    plain, told = Chain(scheme, inputs), Chain(scheme, inputs, explained=True)
    for pid in scheme.payments:
        assert {c: [Fraction(x) for x in v] for c, v in plain.settled(pid, months).items()} == {
            c: [x.value for x in v] for c, v in told.settled(pid, months).items()
        }
        for code in inputs.payees:
            figures = told.run(months).results[code]
            numbers = plain.run(months).results[code]
            assert {k: Fraction(v) for k, v in numbers.items()} == {k: Fraction(getattr(v, "value", v)) for k, v in figures.items()}
            assert all(isinstance(v, Figure) for v in figures.values())


@each_kind
def test_an_outcome_that_is_named_is_given(kind: str) -> None:
    """What a page calls an outcome is there for later steps."""
    scheme = scheme_of_kind(kind)
    inputs, months = inputs_of(scheme)
    chain = Chain(scheme, inputs)
    chain.entries(months)
    (payment,) = scheme.payments.values()
    names = {key.partition(":")[2] for results in chain.run(months).results.values() for key in results} - {""}
    assert payment.names() == names


@pytest.mark.parametrize("page", manual(), ids=lambda page: page.kind)
def test_every_page_says_what_it_is(page: Any) -> None:
    """A manual page has a first sentence, and every key its meaning."""
    assert page.summary.endswith((".", ":"))
    assert [] == [key for key, doc, _ in page.keys if not doc]
    text = kinds_text(page.kind)
    assert text.startswith(f"{page.kind} (")
    assert ("Worked example" in text) == (page.group != "care packages")
