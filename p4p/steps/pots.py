"""Steps that look across all payees, or at several parties: totals, averages, parts of a pot, shares between parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, ClassVar

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, called, of_money, percent
from p4p.numbers.money import divided, rounded
from p4p.steps.terms import TOO_LONG, At, Missing, Term, added, parts_fault, too_long


def each(term: Term, everyone: Mapping[str, At]) -> list[Any]:
    """What a term stands for, payee by payee; a figure says whose it is."""
    return [called(f"{term.text} of {payee}", at(term)) for payee, at in everyone.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum over all payees, the same for each of them: points earned by all, contributions to a pool.

    `{kind: total, of: points}`.
    """

    kind: ClassVar[str] = "total"
    of: Term = key("what is summed over the payees")
    places: Places = places()

    def across(self, everyone: Mapping[str, At]) -> dict[str, Any]:
        """The sum, for each payee."""
        values = each(self.of, everyone)
        total = added(values)
        return dict.fromkeys(everyone, total)

    def says(self) -> str:
        """The rule in words."""
        return f"the sum of {self.of} over all payees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """The plain mean over all payees, the same for each of them."""

    kind: ClassVar[str] = "average"
    of: Term = key("what is averaged over the payees")
    places: Places = places()

    def across(self, everyone: Mapping[str, At]) -> dict[str, Any]:
        """The mean, for each payee."""
        values = each(self.of, everyone)
        mean = added(values) * (ONE / len(values))
        return dict.fromkeys(everyone, mean)

    def says(self) -> str:
        """The rule in words."""
        return f"the mean of {self.of} over all payees"


@dataclass(frozen=True, slots=True, kw_only=True)
class PotPart:
    """Each payee's part of a pot, in proportion to something, to the penny: the parts add up to the pot.

    `{kind: part_of_pot, pot: surplus, by: weight}`. A pot is taken in whole pence, half a penny away from zero. Leftover pence go to the largest remainders, ties by code. Where everybody's weight is zero nobody receives anything.
    A pot below zero, a deficit, is shared likewise.
    """

    kind: ClassVar[str] = "part_of_pot"
    pot: Term = key("the pot, the same for every payee")
    by: Term = key("in proportion to what")
    places: Places = places()

    def across(self, everyone: Mapping[str, At]) -> dict[str, Any]:
        """The part of each payee."""
        pots = {payee: of_money(at(self.pot)) for payee, at in everyone.items()}
        amounts = {Fraction(getattr(p, "value", p)) for p in pots.values()}
        if len(amounts) > 1:
            raise Missing(
                f"{self.pot} is not the same for every payee",
                "a pot belongs to the whole contract: name a total, or a measure given for the contract",
            )
        weights = {payee: at(self.by) for payee, at in everyone.items()}
        plain = {payee: Fraction(getattr(w, "value", w)) for payee, w in weights.items()}
        if any(w < 0 for w in plain.values()):
            raise Missing(
                f"{self.by} is below zero for {next(p for p, w in plain.items() if w < 0)}", "a part of a pot cannot be below nothing"
            )
        common = 1
        for weight in plain.values():
            common = lcm(common, weight.denominator)
            if too_long(Fraction(common)):  # as many digits for every payee
                raise Missing(*TOO_LONG)
        order = sorted(plain)
        amount = rounded(next(iter(amounts)), "half-up")
        parts = dict(zip(order, divided(int(amount), [plain[p] for p in order]), strict=True))
        how = "to whole pence: a part of the first in proportion to the second, beside all other payees"
        return {p: at.made(Fraction(parts[p]), how, (pots[p], weights[p])) for p, at in everyone.items()}

    def says(self) -> str:
        """The rule in words."""
        return f"a part of {self.pot} in proportion to {self.by}, to the penny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """An amount shared between named parties, to the penny: a saving, a shortfall, a lead provider's payment to subcontractors.

    `shares: {ccg: 50%, council: 50%}` must make a whole. Each party is an outcome; the result is the whole amount, in whole pence, half a penny away from zero. Leftover pence go to the largest remainders, ties by
    the order written. A loss is shared like a gain.
    """

    kind: ClassVar[str] = "between"
    of: Term = key("what is shared")
    shares: dict[str, Fraction] = key("each party's share")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The parties."""
        return tuple(self.shares)

    def value(self, at: At) -> Any:
        """The amount, and each party's part."""
        amount = of_money(at(self.of))
        plain = int(rounded(Fraction(getattr(amount, "value", amount)), "half-up"))
        parts = divided(plain, list(self.shares.values()))
        made = {
            party: at.made(Fraction(pence), f"{percent(share)} to the penny, of", (amount,))
            for (party, share), pence in zip(self.shares.items(), parts, strict=True)
        }
        return {"": added(made.values()), **made}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return parts_fault("shares", "shares", self.shares.values())

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} shared: " + ", ".join(f"{party.replace('_', ' ')} {percent(share)}" for party, share in self.shares.items())
