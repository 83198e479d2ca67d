"""Gates, deductions and milestones, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.exact import ONE, ZERO
from p4p.steps.gates import Deduction, Gate, Milestone, Milestones
from p4p.steps.terms import Condition, parse_condition


def conditions(**tests: str) -> tuple[Condition, ...]:
    return tuple(parse_condition(name, text) for name, text in tests.items())


A, B = conditions(a="at least 70%", b="yes")


def gate(
    requires: tuple[Condition, ...] = (), requires_any: tuple[Condition, ...] = (), of: str = "earned", otherwise: str = "£1.00"
) -> Gate:
    return Gate(of=t(of), requires=requires, requires_any=requires_any, otherwise=t(otherwise))


@pytest.mark.parametrize(
    ("paid", "a", "b", "made"),
    [
        (500, "0.7", 1, gate((A, B))),
        (100, "0.69", 1, gate((A, B))),
        (100, "0.7", 0, gate((A, B))),
        (500, "0.7", 0, gate((), (A, B))),
        (500, "0.69", 1, gate((), (A, B))),
        (100, "0.69", 0, gate((), (A, B))),
        (500, "0.7", 1, gate((A,), (B,))),
        (100, "0.69", 1, gate((A,), (B,))),
        (100, "0.7", 0, gate((A,), (B,))),
    ],
)
def test_what_a_gate_lets_through(paid: int, a: str, b: int, made: Gate) -> None:
    """All that is required must hold, of what is required alternatively one; else what is paid instead."""
    assert paid == made.value(Plain(earned=500, a=Fraction(a), b=b))


@pytest.mark.parametrize(
    ("faults", "made"),
    [
        ([], gate((A,))),
        ([], gate((), (B,))),
        ([("", "the gate has no condition", "requires: {control_total: yes}")], gate()),
        (
            [("otherwise", "the gate pays the same open and shut", "say what is paid where it is shut, such as £0.00")],
            gate((A,), of="a", otherwise="a"),
        ),
        (
            [("otherwise", "the gate pays the same open and shut", "say what is paid where it is shut, such as £0.00")],
            gate((), (B,), of="b", otherwise="b"),
        ),
        (
            [("otherwise", "the gate pays the same open and shut", "say what is paid where it is shut, such as £0.00")],
            gate((A, B), of="a", otherwise="a"),
        ),
        ([], gate((A,), of="a")),
        ([], gate((A,), of="earned", otherwise="earned")),
    ],
)
def test_what_a_gate_finds_wrong_with_itself(faults: list[tuple[str, str, str]], made: Gate) -> None:
    """A gate without a condition, and one on the amount itself that pays the same either way."""
    assert faults == made.faults()


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("earned where a is at least 70% and b is yes; otherwise £1.00", gate((A, B))),
        ("earned where at least one of: a is at least 70% and b is yes; otherwise £1.00", gate((), (A, B))),
        ("earned where a is at least 70% and at least one of: b is yes; otherwise £1.00", gate((A,), (B,))),
    ],
)
def test_a_gate_in_words(words: str, made: Gate) -> None:
    """What must hold, and what is paid otherwise."""
    assert words == made.says()


@pytest.mark.parametrize(("left", "breaches"), [(1000, 0), (750, 1), (500, 2), (0, 4), (0, 5)])
def test_a_deduction(left: int, breaches: int) -> None:
    """A quarter off for each breach: four leave nothing, and so do five; what is left and what was taken off make the amount."""
    made = Deduction(of=t("earned"), each=t("25%"), times=t("breaches"))
    assert {"": left, "deducted": 1000 - left} == made.value(Plain(earned=1000, breaches=breaches))
    assert "earned less 25% of it for each of breaches, never below nothing" == made.says()
    assert ("deducted",) == made.outcomes


def milestones(**named: tuple[str, str]) -> Milestones:
    return Milestones(milestones={mid: Milestone(title=title, pays=t(pays), done=t(f"{mid}_done")) for mid, (title, pays) in named.items()})


def test_milestones() -> None:
    """Each is paid whole or not at all; all of them together were available."""
    made = milestones(redesign=("Pathway redesigned", "£3.00"), staff=("Staff trained", "£5.00"), plan=("Plan agreed", "£7.00"))
    found: dict[str, Any] = made.value(Plain(redesign_done=ONE, staff_done=ZERO, plan_done=ONE))
    assert {"": 1000, "redesign": 300, "staff": 0, "plan": 700, "available": 1500} == found
    assert ("redesign", "staff", "plan", "available") == made.outcomes
    assert (
        "£3.00 when pathway redesigned is reported done; £5.00 when staff trained is reported done; £7.00 when plan agreed is reported done"
        == made.says()
    )
    assert [] == made.faults()
    assert [("milestones", "a milestone cannot be called `available`", "give it another id")] == milestones(
        available=("A", "£1.00")
    ).faults()


@pytest.mark.parametrize("done", ["redesign_done", "1", "0"])
def test_a_milestone_is_done_or_not(done: str) -> None:
    """A measure says it, or the contract itself as 1 or 0."""
    assert [] == Milestones(milestones={"redesign": Milestone(title="Redesigned", pays=t("£3.00"), done=t(done))}).faults()


@pytest.mark.parametrize("done", ["70%", "£1.00", "1/2"])
def test_a_milestone_that_is_done_in_part(done: str) -> None:
    """A share or an amount is neither yes nor no; each milestone that has one is told."""
    made = Milestones(milestones={mid: Milestone(title="Redesigned", pays=t("£3.00"), done=t(done)) for mid in ("redesign", "available")})
    assert [
        ("milestones", "a milestone cannot be called `available`", "give it another id"),
        ("milestones", f"redesign is done by {done}, which is neither yes nor no", "done: a measure in yes or no"),
        ("milestones", f"available is done by {done}, which is neither yes nor no", "done: a measure in yes or no"),
    ] == made.faults()
