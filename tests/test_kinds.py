"""Every kind of step: its worked example holds, its page says what it is, and settling and explaining agree on it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from p4p.commands.catalogue import EXAMPLES, examples_of_kinds, kinds_text
from p4p.files import yamltext
from p4p.files.contract_file import Example
from p4p.files.scheme_file import scheme_of
from p4p.language.curves import CURVES
from p4p.numbers.exact import Figure
from p4p.proving.scheme_proofs import Table, months_of, scheme_proofs
from p4p.settling.chain import Chain
from p4p.settling.runs import Inputs
from p4p.steps.bands import CurveStep
from p4p.steps.kinds import STEPS, manual
from p4p.steps.scheme import Scheme

each_kind = pytest.mark.parametrize("kind", [*STEPS, *CURVES])


HEADING = """p4p: 1
contract: {kind}
title: A worked example of {kind}
commissioner: illustrative
year: 2016/17
currency: GBP
paid_to: provider
settled: {settled}
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
"""


def scheme_of_kind(kind: str) -> Scheme:
    """A kind's worked example as a contract: what stands in the file, under a heading that is the same for all."""
    node = examples_of_kinds().root.entries[kind]
    given = dict(node.entries)
    rhythm, settles = (given.pop(name).text if name in given else "" for name in ("settled", "settles"))
    head = HEADING.format(kind=kind, settled=rhythm or "yearly")
    pays = "pay" if "pay" in given["steps"].entries else list(given["steps"].entries)[-1]
    root = yamltext.parse(head.encode(), str(EXAMPLES)).root
    payment = yamltext.parse(f"title: {kind}\nbasis: the period\npays: {pays}\n".encode(), str(EXAMPLES)).root
    payment = replace(payment, entries={**payment.entries, "steps": given["steps"]})
    example = yamltext.parse(f"name: {kind}\nsettles: {settles or '2016/17'}\n".encode(), str(EXAMPLES)).root
    example = replace(example, entries={**example.entries, "given": given["given"], "expect": given["expect"]})
    holder = replace(root, entries={"example": payment})
    whole = {
        **root.entries,
        "measures": given["measures"],
        "payments": holder,
        "examples": replace(root, kind="list", entries={}, items=[example]),
    }
    return scheme_of(yamltext.Document(replace(root, entries=whole), str(EXAMPLES), ""))


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
