"""Steps of gain and loss sharing: baselines, minimum savings, shares of gains and losses, withholds, recovery of advances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, ZERO, called, choose, least, most
from p4p.steps.amounts import quotient
from p4p.steps.terms import At, Missing, Term, added, parts_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseYear:
    """One year of a baseline: what was spent in it, and how much it counts."""

    of: Term = key("what was spent")
    weight: Term = key("how much it counts, such as 1/3")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What would have been spent: earlier years weighted, adjusted for risk with a cap, then updated by a rate or by an absolute amount.

    `years: {2010: {of: spend_2010, weight: 10%}, ...}`; `risk` is a ratio of risk scores, of which at most `most_risk` counts; after it `growth: 3.5%` multiplies, or `growth_amount: £350` is
    added, which no risk changes. Weights that are names are taken as they are. A baseline says of which years it is made: it is not one without.
    """

    kind: ClassVar[str] = "baseline"
    years: dict[str, BaseYear] = key("the years it is made of, each with `of` and `weight`")
    growth: Term | None = key("the rate by which it is updated, such as 3.5%", default=None)
    growth_amount: Term | None = key("the amount by which it is updated, such as £350.00", default=None)
    risk: Term | None = key("the ratio of risk scores by which it is multiplied", default=None)
    most_risk: Term | None = key("the most of that ratio that counts, such as 103%", default=None)
    places: Places = places()

    def value(self, at: At) -> Any:
        """The updated, risk-adjusted baseline."""
        parts = [at(y.of) * at(y.weight) for y in self.years.values()]
        base = added(parts)
        if self.risk is not None:
            ratio = at(self.risk)
            base = base * (ratio if self.most_risk is None else least(ratio, at(self.most_risk)))
        if self.growth is not None:
            base = base * (ONE + at(self.growth))
        return base if self.growth_amount is None else base + at(self.growth_amount)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        if self.growth is not None and self.growth_amount is not None:
            out.append(("growth_amount", "the baseline is updated twice, by a rate and by an amount", "keep one: they pay differently"))
        if self.most_risk is not None and self.risk is None:
            out.append(
                ("most_risk", "there is a cap on a risk adjustment, and no adjustment", "name the ratio under `risk`, or take the cap out")
            )
        if all(y.weight.value is not None for y in self.years.values()):
            out += parts_fault("years", "weights of the years", (y.weight.value or ZERO for y in self.years.values()))
        return out

    def says(self) -> str:
        """The rule in words."""
        text = "the baseline: " + ", ".join(f"{y.of} ({year}) × {y.weight}" for year, y in self.years.items())
        text += (
            f", multiplied by {self.risk}" + (f" but at most {self.most_risk}" if self.most_risk is not None else "")
            if self.risk is not None
            else ""
        )
        text += f", updated by {self.growth}" if self.growth is not None else ""
        return text + (f", plus {self.growth_amount}" if self.growth_amount is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumSaving:
    """Counts a saving only if it is large enough, and a loss likewise.

    `counts: from the first pound` counts all of a saving that reaches the minimum; `only the excess` what lies above it. A saving that does not reach it counts
    nothing, or, with `below: 50%`, that part of it. `losses: same minimum` tests losses by the same amount, and of a loss that reaches it the same counts as of a saving; a smaller one counts nothing,
    whatever `below` says. `from the first pound` counts every loss.
    """

    kind: ClassVar[str] = "minimum_saving"
    of: Term = key("the saving; a loss is below zero")
    minimum: Term = key("the least that counts, as an amount")
    counts: Literal["from the first pound", "only the excess"] = key("what of a saving that is large enough counts")
    below: Term = key("what part counts of a saving that is not: 0% or such as 50%")
    losses: Literal["same minimum", "from the first pound", "not counted"] = key("what of a loss counts")
    places: Places = places()

    def value(self, at: At) -> Any:
        """What of the saving, or of the loss, counts."""
        saving, minimum = at(self.of), at(self.minimum)
        if getattr(minimum, "value", minimum) < 0:
            raise Missing(f"the minimum {self.minimum} is below zero", "correct the figure: a minimum is at least £0.00", self.minimum.at)
        full = saving if self.counts == "from the first pound" else saving - minimum
        gain = choose(saving >= minimum, full, saving * at(self.below))
        loss: Any = ZERO if self.losses == "not counted" else saving
        if self.losses == "same minimum":
            over = saving if self.counts == "from the first pound" else saving + minimum
            loss = choose(saving <= called(f"{self.minimum} of a loss", ZERO - minimum), over, saving * ZERO)
        return choose(saving > ZERO, gain, loss)

    def says(self) -> str:
        """The rule in words."""
        below = "nothing" if self.below.value == 0 else f"{self.below} of it"
        what = "all of it" if self.counts == "from the first pound" else "what lies above it"
        return f"of {self.of} that reaches {self.minimum} {what} counts, otherwise {below}; losses: {self.losses}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GainShare:
    """Shares a saving, and a loss at its own rate.

    `{kind: gain_share, of: saving, gains: 50%, losses: none}` is one-sided; `losses: 80%` is two-sided. The result is below zero where a loss is shared. The outcome
    `commissioner` is the rest of the saving or the loss, which stays with who pays.
    """

    kind: ClassVar[str] = "gain_share"
    of: Term = key("the saving; a loss is below zero")
    gains: Term = key("the share of a saving")
    losses: Term = key("the share of a loss, or `none`")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("commissioner",)

    def value(self, at: At) -> Any:
        """The share; `commissioner` is the rest."""
        saving = at(self.of)
        loss = saving * ZERO if self.losses.text == "none" else saving * at(self.losses)
        share = choose(saving >= ZERO, saving * at(self.gains), loss)
        return {"": share, "commissioner": saving - share}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return [
            (name, f"{name} is {term}, more than there is", "a share is from 0% to 100%")
            for name, term in (("gains", self.gains), ("losses", self.losses))
            if term.value is not None and not 0 <= term.value <= 1
        ]

    def says(self) -> str:
        """The rule in words."""
        loss = "losses are not shared" if self.losses.text == "none" else f"{self.losses} of a loss"
        return f"{self.gains} of {self.of} where it is a gain; {loss}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold:
    """Keeps part of an amount back: sequestration, a capitation withhold. A loss is not withheld from.

    The outcome `withheld` is what was kept; a later step may return it for performance.
    """

    kind: ClassVar[str] = "withhold"
    of: Term = key("the amount")
    rate: Term = key("what part is kept back, such as 2%")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("withheld",)

    def value(self, at: At) -> Any:
        """The amount less what is kept back."""
        amount = at(self.of)
        kept = most(amount, ZERO) * at(self.rate)
        return {"": amount - kept, "withheld": kept}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        beyond = self.rate.value is not None and not 0 <= self.rate.value <= 1
        return [("rate", f"the rate is {self.rate}", "a rate is from 0% to 100%")] if beyond else []

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} less {self.rate} of it kept back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoup:
    """Takes advances back out of what is earned, until they are repaid; what is earned never falls below nothing by it.

    The outcomes are `recouped`, and `outstanding`, what remains to be repaid later.
    """

    kind: ClassVar[str] = "recoup"
    of: Term = key("what is earned")
    advances: Term = key("what was advanced and is not yet repaid")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("recouped", "outstanding")

    def value(self, at: At) -> Any:
        """What is earned less what was taken back."""
        earned, advances = at(self.of), at(self.advances)
        taken = least(most(earned, ZERO), advances)
        return {"": earned - taken, "recouped": taken, "outstanding": advances - taken}

    def says(self) -> str:
        """The rule in words."""
        return f"{self.of} less {self.advances}, as far as it goes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRate:
    """The rate at which losses are shared where quality lowers it: 1 less the gain rate, within bounds.

    Medicare's two-sided tracks: `{kind: loss_rate, gain_rate: final_rate, least: 40%, most: 75%}`. Good quality lowers the loss rate to its floor and no further; a failed standard,
    with a gain rate of 0%, meets the ceiling.
    """

    kind: ClassVar[str] = "loss_rate"
    gain_rate: Term = key("the rate at which gains are shared")
    least: Term = key("the floor, such as 40%")
    most: Term = key("the ceiling, such as 75%")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The rate."""
        return least(most(ONE - at(self.gain_rate), at(self.least)), at(self.most))

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if self.least.value is not None and self.most.value is not None and self.most.value < self.least.value:
            return [("most", f"the ceiling {self.most} is below the floor {self.least}", "exchange the two")]
        return []

    def says(self) -> str:
        """The rule in words."""
        return f"1 less {self.gain_rate}, at least {self.least} and at most {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingRate:
    """A saving as a proportion of the baseline; below zero where more was spent.

    `{kind: saving_rate, baseline: benchmark, spent: expenditure, baseline_period: 2013}`. A reduction in admissions is one too: baseline and spent may be counts.
    """

    kind: ClassVar[str] = "saving_rate"
    baseline: Term = key("what would have been spent, or counted")
    baseline_period: str = key("which period the baseline is about, such as 2008/09")
    spent: Term = key("what was spent, or counted")
    if_zero: Term = key("what a baseline of zero gives: `refuse`, or a number such as 0%")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("saving",)

    def value(self, at: At) -> Any:
        """The proportion; `saving` is the amount."""
        base = at(self.baseline)
        saving = base - at(self.spent)
        return {"": quotient(at, saving, base, self.if_zero, str(self.baseline)), "saving": saving}

    def says(self) -> str:
        """The rule in words."""
        return f"{self.baseline} ({self.baseline_period}) less {self.spent}, as a proportion of {self.baseline}"
