"""Steps that let an amount through, or part of it: gates before weights, deductions for each breach, things reported done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, ZERO, most
from p4p.steps.bands import reads
from p4p.steps.terms import At, Conditions, Term, added, if_all, if_any, yes_or_no


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets an amount through where its conditions hold; otherwise pays what the contract says instead.

    `requires` must all hold, of `requires_any` at least one. `{kind: gate, of: earned, requires: {control_total: yes}, otherwise: £0.00}`. A test is
    `at least`, `above`, `at most` or `below` a number or a name, `yes`, `no`, or `is` or `is not` a word. Three states are two gates, one as the other's `otherwise`.
    """

    kind: ClassVar[str] = "gate"
    of: Term = key("what passes")
    requires: Conditions = key("what must hold, all of it: {control_total: yes, rate: at least 2%}", default=())
    requires_any: Conditions = key("of what at least one must hold", default=())
    otherwise: Term = key("what is paid where the gate is shut, such as £0.00")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The amount, or what is paid instead."""
        passes, shut = at(self.of), at(self.otherwise)
        if self.requires_any:
            passes = if_any(at, self.requires_any, passes, shut)
        return if_all(at, self.requires, passes, shut)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if not self.requires and not self.requires_any:
            return [("", "the gate has no condition", "requires: {control_total: yes}")]
        if any(c.of.text == self.of.text for c in (*self.requires, *self.requires_any)) and self.otherwise.text == self.of.text:
            return [("otherwise", "the gate pays the same open and shut", "say what is paid where it is shut, such as £0.00")]
        return []

    def says(self) -> str:
        """The rule in words."""
        tests = [reads(self.requires)] if self.requires else []
        tests += ["at least one of: " + reads(self.requires_any)] if self.requires_any else []
        return f"{self.of} where {' and '.join(tests)}; otherwise {self.otherwise}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """Takes a part off for each breach, down to nothing: 25% of the Quality Premium for each standard missed.

    `{kind: deduction, of: earned, each: 25%, times: breaches}`: two breaches leave half; four leave nothing, and so do five.
    """

    kind: ClassVar[str] = "deduction"
    of: Term = key("the amount")
    each: Term = key("what each takes off, such as 25%")
    times: Term = key("how many there are")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("deducted",)

    def value(self, at: At) -> Any:
        """What is left; `deducted` is what was taken off."""
        before = at(self.of)
        left = before * most(ONE - at(self.each) * at(self.times), ZERO)
        return {"": left, "deducted": before - left}

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} less {self.each} of it for each of {self.times}, never below nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One thing to be reported done, and what it releases."""

    title: str = key("what is to be done, in words")
    pays: Term = key("what it releases")
    done: Term = key("the measure that says whether it is done, yes or no")
    clause: str = key("where the signed contract says so", default="")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """Releases an amount for each thing that is reported done, whole or not at all.

    Each milestone is an outcome of its own, so that a statement shows which were paid. `available` is what all of them together would release.
    """

    kind: ClassVar[str] = "milestones"
    milestones: dict[str, Milestone] = key("the milestones, by id: redesign: {title: ..., pays: £1,200,000, done: redesign_done}")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Each milestone, and what was available."""
        return (*self.milestones, "available")

    def value(self, at: At) -> Any:
        """The sum of what was released."""
        out: dict[str, Any] = {}
        available: list[Any] = []
        for mid, m in self.milestones.items():
            amount = at(m.pays)
            said = yes_or_no(at(m.done), m.done)
            out[mid] = amount * said
            available.append(amount)
        return {"": added(out.values()), **out, "available": added(available)}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        if "available" in self.milestones:
            out.append(("milestones", "a milestone cannot be called `available`", "give it another id"))
        for mid, m in self.milestones.items():
            if m.done.value is not None and m.done.unit != "number":
                out.append(("milestones", f"{mid} is done by {m.done.text}, which is neither yes nor no", "done: a measure in yes or no"))
        return out

    def says(self) -> str:
        """The rule in words."""
        return "; ".join(f"{m.pays} when {m.title[:1].lower() + m.title[1:]} is reported done" for m in self.milestones.values())
