"""Steps of plain arithmetic: sums, products, ratios, limits, means, and rounding where a contract rounds.

Each kind of step is one class: its fields are its YAML keys, its docstring its manual page, `value` the rule, `says` the rule in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar, Literal

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, ZERO, Figure, apply, least, most, not_mixed, whole
from p4p.numbers.money import rounded
from p4p.steps.terms import At, Missing, Term, added, parts_fault, short

#: The most terms of one product.
MOST_FACTORS = 100


def joined(terms: tuple[Term, ...], word: str = "and") -> str:
    """`a, b and c`."""
    texts = [str(t) for t in terms]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}" if texts else "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Adds amounts and takes others away.

    A saving is the baseline less what was spent: `{kind: sum, of: [benchmark], less: [expenditure]}`. The result may be below zero.
    """

    kind: ClassVar[str] = "sum"
    of: tuple[Term, ...] = key("what is added, in brackets: [support, incentive]", default=())
    less: tuple[Term, ...] = key("what is taken away, in brackets", default=())
    places: Places = places()

    def value(self, at: At) -> Any:
        """The sum."""
        amounts = [at(term) for term in self.of]
        whole_sum = added(amounts) if amounts else None
        for term in self.less:
            whole_sum = ZERO - at(term) if whole_sum is None else short(whole_sum - at(term))
        return whole_sum

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return [] if self.of or self.less else [("", "there is nothing to add or take away", "of: [benchmark], less: [expenditure]")]

    def says(self) -> str:
        """The rule in words."""
        added = " plus ".join(map(str, self.of))
        less = f"less {joined(self.less)}" if self.less else ""
        return f"{added} {less}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Multiplies: a price by a number of patients, an amount by a share, a point's value by factors.

    `{kind: product, of: [price, patients]}`. A share of an amount is a product: `{kind: product, of: [saving, 50%]}`.
    """

    kind: ClassVar[str] = "product"
    of: tuple[Term, ...] = key("what is multiplied, in brackets: [price, patients]")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The product."""
        return reduce(lambda a, b: a * b, [at(term) for term in self.of])

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if len(self.of) > MOST_FACTORS:
            return [("of", f"a product of {len(self.of)} terms", f"at most {MOST_FACTORS}: no payment multiplies so many")]
        return [] if len(self.of) > 1 else [("of", "a product needs at least two terms", "of: [price, patients]")]

    def says(self) -> str:
        """The rule in words."""
        return " × ".join(str(t) for t in self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Divides one number by another, exactly; nothing is rounded.

    What a divisor of zero means is the contract's choice: `if_zero: refuse` stops the settlement, a number such as `0%` or `100%` stands for the
    ratio. 0/0 is never 100% by itself.
    """

    kind: ClassVar[str] = "ratio"
    of: Term = key("what is divided")
    to: Term = key("by what")
    if_zero: Term = key("what a divisor of zero gives: `refuse`, or a number such as 0%")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The quotient."""
        return quotient(at, at(self.of), at(self.to), self.if_zero, str(self.to))

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        zero = self.to.value == 0
        return [("to", "this divides by zero", "name what is divided by")] if zero else []

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} ÷ {self.to}" + (f"; where {self.to} is zero: {self.if_zero}" if self.to.value is None else "")


def quotient(at: At, top: Any, bottom: Any, if_zero: Term, what: str) -> Any:
    """`top / bottom`; where the bottom is zero, what the contract says. Raises Missing where it says refuse."""
    plain = getattr(bottom, "value", bottom)
    if plain != 0:
        return (Fraction(top) if isinstance(top, int) else top) / bottom  # whole pence divided by whole pence stay exact
    if if_zero.text == "refuse":
        raise Missing(
            f"{what} is zero, and nothing is divided by zero",
            "send the figure, or say in the contract what zero means (if_zero)",
            if_zero.at,
        )
    return at(if_zero)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Holds an amount between a floor and a cap.

    `{kind: limits, of: shared, most: cap}` pays at most the cap; `least: 0` never goes below nothing; a cap that comes out below the floor is refused. The outcome `lost` is what the cap took away.
    """

    kind: ClassVar[str] = "limits"
    of: Term = key("the amount")
    least: Term | None = key("the floor", default=None)
    most: Term | None = key("the cap", default=None)
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("lost",)

    def value(self, at: At) -> Any:
        """The amount within its limits; `lost` is what it was above the cap."""
        before = result = at(self.of)
        if self.least is not None and self.most is not None:
            floor, cap = at(self.least), at(self.most)
            if getattr(cap, "value", cap) < getattr(floor, "value", floor):
                raise Missing(
                    f"the cap {self.most} is below the floor {self.least}",
                    "correct the figures, or say which of the two holds",
                    self.places.get(""),
                )
        if self.least is not None:
            result = most(result, at(self.least))
        if self.most is not None:
            result = least(result, at(self.most))
        return {"": result, "lost": before - least(before, at(self.most)) if self.most is not None else before * ZERO}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if self.least is None and self.most is None:
            return [("", "neither `least` nor `most` is given", "say most: the cap, least: the floor, or both")]
        if (
            self.least is not None
            and self.most is not None
            and self.least.value is not None
            and self.most.value is not None
            and self.most.value < self.least.value
        ):
            return [("most", f"the cap {self.most} is below the floor {self.least}", "exchange the two, or change one")]
        return []

    def says(self) -> str:
        """The rule in words."""
        bounds = [f"at least {self.least}"] if self.least is not None else []
        bounds += [f"at most {self.most}"] if self.most is not None else []
        return f"{self.of}, {' and '.join(bounds)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The largest of several: attainment or improvement, whichever is better; either of two targets.

    `{kind: best, of: [attainment, improvement]}`.
    """

    kind: ClassVar[str] = "best"
    of: tuple[Term, ...] = key("the candidates, in brackets: [attainment, improvement]")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The largest."""
        return reduce(most, [at(term) for term in self.of])

    def says(self) -> str:
        """The rule in words."""
        return f"the {'larger' if len(self.of) == 2 else 'largest'} of {joined(self.of)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The smallest of several.

    `{kind: worst, of: [own_score, newly_assessed]}`.
    """

    kind: ClassVar[str] = "worst"
    of: tuple[Term, ...] = key("the candidates, in brackets")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The smallest."""
        return reduce(least, [at(term) for term in self.of])

    def says(self) -> str:
        """The rule in words."""
        return f"the {'smaller' if len(self.of) == 2 else 'smallest'} of {joined(self.of)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The plain mean of several numbers.

    `{kind: mean, of: [year_1, year_2, year_3]}`.
    """

    kind: ClassVar[str] = "mean"
    of: tuple[Term, ...] = key("the numbers, in brackets")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The mean."""
        return added([at(term) for term in self.of]) * (ONE / len(self.of))

    def says(self) -> str:
        """The rule in words."""
        return f"the mean of {joined(self.of)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a weighted sum: what, and how much it counts."""

    of: Term = key("what is weighted")
    weight: Term = key("how much it counts: a share such as 12.5%, or a name such as person_years")
    title: str = key("its name in words", default="")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Weighs several numbers into one: indicators of a package, vaccines of a target, domains of a score.

    Weights written as shares must add to 100%; weights that are names (patients, person-years) are divided by their sum. A part that has no
    figure is refused, or, with `missing: reweighted`, left out and the other weights scaled up to the whole.
    """

    kind: ClassVar[str] = "weighted"
    parts: dict[str, Part] = key("the parts, by id: rtt: {of: rtt_met, weight: 12.5%}")
    missing: Literal["refuse", "reweighted"] = key("what a part without a figure means", default="refuse")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The weighted sum, over the sum of the weights where those are named or scaled up."""
        known = [p for p in self.parts.values() if self.missing == "refuse" or at.has(p.of)]
        weights = [at(p.weight) for p in known]
        if not known:
            raise Missing(
                f"there is no figure for any of {joined(tuple(p.of for p in self.parts.values()))}",
                "send one: nothing is weighed into nothing",
            )
        total = added([at(p.of) * w for p, w in zip(known, weights, strict=True)])
        if self.shares and len(known) == len(self.parts):
            return total
        return quotient(at, total, added(weights), Term("refuse"), "the sum of the weights")

    @property
    def shares(self) -> bool:
        """Whether the weights are written as numbers."""
        return all(p.weight.value is not None for p in self.parts.values())

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if not self.shares:
            return []
        return parts_fault("parts", "weights", (p.weight.value or ZERO for p in self.parts.values()))

    def says(self) -> str:
        """The rule in words."""
        parts = ", ".join(f"{p.title or p.of} {p.weight}" for p in self.parts.values())
        return f"the sum weighted by {parts}" + (
            "; a part without a figure is left out and the others scaled up" if self.missing == "reweighted" else ""
        )


RoundingTo = Literal["half-up", "half-even", "towards zero", "away from zero", "downwards", "upwards"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """Rounds where the contract rounds on the way: points to 2 decimals, a factor to 2 decimals, an amount to whole pounds.

    `{kind: rounded, of: factor, to: 0.01, mode: half-up}`. `half-up` takes a half away from zero. What is paid is rounded to the penny
    anyway, once; this step is for roundings that the contract writes before that, and each changes the payment.
    """

    kind: ClassVar[str] = "rounded"
    of: Term = key("what is rounded")
    to: Term = key("to multiples of what: 0.01, 1%, £1, 10")
    mode: RoundingTo = key("half-up | half-even | towards zero | away from zero | downwards | upwards")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The nearest multiple."""
        amount = at(self.of)
        if isinstance(amount, Figure):
            not_mixed(amount, at(self.to))
        return rounded_to(amount, self.to, self.mode)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if self.to.value is None or self.to.value <= 0:
            return [("to", f"nothing is rounded to multiples of {self.to}", "to: 0.01, 1%, £1 or 10")]
        return []

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} rounded to {self.to} ({self.mode})"


#: How each mode makes whole numbers: as money is rounded, or towards one end.
ROUNDING: dict[str, Any] = {
    "half-up": lambda x: rounded(x, "half-up"),
    "half-even": lambda x: rounded(x, "half-even"),
    "towards zero": lambda x: rounded(x, "down"),
    "away from zero": lambda x: rounded(x, "up"),
    "downwards": whole,
    "upwards": lambda x: -whole(-x),
}


def rounded_to(x: Any, to: Term, mode: str) -> Any:
    """A number as a multiple of another."""
    unit = to.value or ONE
    return apply(f"rounded to {to.text} ({mode})", lambda v: ROUNDING[mode](v * (ONE / unit)) * unit, x)
