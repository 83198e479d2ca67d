"""From achievement to share: how much of the money at stake an achievement earns.

Each kind of curve is one class. Its fields are its YAML keys, its docstring is its manual page, `share` is the rule.
Rules are written in the words of `exact`, so they run on fractions, on figures and on columns alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar, Literal, Protocol

from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, ZERO, choose, decimal, least, most, percent, stands, whole
from p4p.numbers.withheld import WITHHELD

Direction = Literal["higher is better", "lower is better"]


class Directed(Protocol):
    """Whatever says which way is better: a curve, a threshold, a measure."""

    @property
    def direction(self) -> Direction:
        """Which way is better."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A ratio, and which side of it counts: `at least 90%`, `above 90%`, `at most 10%`, `below 10%`."""

    ratio: Any
    word: Literal["at least", "above", "at most", "below"]

    @property
    def direction(self) -> Direction:
        """Which way is better."""
        return "higher is better" if self.word in ("at least", "above") else "lower is better"

    def reached(self, achievement: Any) -> Any:
        """Whether an achievement counts, compared exactly."""
        return stands(achievement, self.word, self.ratio)

    def gap(self, numerator: int, denominator: int) -> int | None:
        """Patients still needed to reach the threshold (added to the numerator, or taken from it where lower is better).

        0 where it is reached, None where no number of patients reaches it.
        """
        top, bottom = self.ratio.numerator * denominator, self.ratio.denominator
        floor, ceiling = top // bottom, -(-top // bottom)
        match self.word:
            case "at least":
                needed, room = ceiling - numerator, denominator - numerator
            case "above":
                needed, room = floor + 1 - numerator, denominator - numerator
            case "at most":
                needed, room = numerator - floor, numerator
            case _:
                needed, room = numerator - (ceiling - 1), numerator
        return None if needed > room else max(needed, 0)

    def __str__(self) -> str:
        return f"{self.word} {percent(self.ratio)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOrNothing:
    """Pays in full when the target is reached, nothing otherwise.

    The target says which side counts: `at least 90%` or `above 90%`; where lower is better `at most 10%` or `below 10%`.
    """

    kind: ClassVar[str] = "all_or_nothing"
    target: Threshold = key("the achievement that earns the money, such as: at least 90%")
    places: Places = places()

    @property
    def direction(self) -> Direction:
        """Which way is better."""
        return self.target.direction

    def share(self, achievement: Any) -> Any:
        """The share that an achievement earns, for every kind of number."""
        return choose(self.target.reached(achievement), ONE, ZERO)

    def says(self) -> str:
        """The curve in words."""
        return f"everything where it is {self.target}, otherwise nothing"

    def thresholds(self) -> tuple[Threshold, ...]:
        """The achievements at which more is earned, the easiest first."""
        return (self.target,)

    def faults(self) -> list[tuple[str, str, str]]:
        """What contradicts itself here: the key, what is wrong, what to do."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Pays in proportion between two thresholds.

    Nothing at the lower one or below it, everything at the upper one or above it, a straight line between. Where lower is better the same is
    mirrored: everything at `lower` or below it, nothing at `upper` or above it.
    """

    kind: ClassVar[str] = "linear"
    lower: Fraction = key("the lower threshold, such as 60%")
    upper: Fraction = key("the upper threshold, such as 80%")
    direction: Direction = key("which way is better", default="higher is better")
    places: Places = places()

    def share(self, achievement: Any) -> Any:
        """The share that an achievement earns, for every kind of number."""
        if self.direction == "higher is better":
            between = (achievement - self.lower) / (self.upper - self.lower)
            return choose(achievement <= self.lower, ZERO, choose(achievement >= self.upper, ONE, between))
        between = (self.upper - achievement) / (self.upper - self.lower)
        return choose(achievement >= self.upper, ZERO, choose(achievement <= self.lower, ONE, between))

    def says(self) -> str:
        """The curve in words."""
        first, last = (self.lower, self.upper) if self.direction == "higher is better" else (self.upper, self.lower)
        return f"nothing at {percent(first)}, everything at {percent(last)}, in proportion between"

    def thresholds(self) -> tuple[Threshold, ...]:
        """The achievements at which more is earned, the easiest first."""
        if self.direction == "higher is better":
            return (Threshold(self.lower, "above"), Threshold(self.upper, "at least"))
        return (Threshold(self.upper, "below"), Threshold(self.lower, "at most"))

    def faults(self) -> list[tuple[str, str, str]]:
        """What contradicts itself here: the key, what is wrong, what to do."""
        if self.lower > self.upper:
            return [("lower", f"lower ({percent(self.lower)}) is above upper ({percent(self.upper)})", "exchange the two")]
        if self.lower == self.upper:
            hint = f"for a single step write {{kind: all_or_nothing, target: at least {percent(self.upper)}}}"
            return [("upper", f"lower and upper are both {percent(self.upper)}, which leaves no line between them", hint)]
        if self.upper > ONE:
            return [
                ("upper", f"upper is {percent(self.upper)}, and no achievement is above 100%", "give an upper threshold of at most 100%")
            ]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiered:
    """Pays the share of the best tier reached: cliffs, not slopes.

    Every edge says `at least` or `above` (where lower is better `at most` or `below`); a better tier pays more.
    """

    kind: ClassVar[str] = "tiered"
    tiers: tuple[tuple[Threshold, Fraction], ...] = key("threshold: share, for each tier, such as at least 70%: 1/3")
    places: Places = places()

    @property
    def direction(self) -> Direction:
        """Which way is better."""
        return self.tiers[0][0].direction

    def share(self, achievement: Any) -> Any:
        """The share that an achievement earns, for every kind of number."""
        share: Any = ZERO
        for threshold, pays in self.tiers:  # worst first, so that the best tier reached decides
            share = choose(threshold.reached(achievement), pays, share)
        return share

    def says(self) -> str:
        """The curve in words."""
        return "; ".join(f"{percent(pays)} where it is {threshold}" for threshold, pays in self.tiers) + "; otherwise nothing"

    def thresholds(self) -> tuple[Threshold, ...]:
        """The achievements at which more is earned, the easiest first."""
        return tuple(threshold for threshold, _ in self.tiers)

    def faults(self) -> list[tuple[str, str, str]]:
        """What contradicts itself here: the key, what is wrong, what to do."""
        if len({threshold.direction for threshold, _ in self.tiers}) > 1:
            return [("tiers", "the tiers mix `at least`/`above` with `at most`/`below`", "use one direction for the whole curve")]
        for threshold, pays in self.tiers:
            if pays > ONE:
                return [("tiers", f"{threshold} pays {percent(pays)}, more than there is", "a share is at most 100%")]
        for (worse, less), (better, more) in pairwise(self.tiers):
            if worse.ratio == better.ratio:
                return [("tiers", f"two tiers stand at {percent(worse.ratio)}: {worse} and {better}", "keep one of them")]
            if more <= less:
                return [("tiers", f"{better} pays {percent(more)}, no more than {worse} at {percent(less)}", "a better tier must pay more")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """Pays so much for each whole step beyond a starting point, up to a cap.

    A part of a step pays nothing: from 70% in steps of 2%, an achievement of 75.9% is two whole steps.
    """

    kind: ClassVar[str] = "stepped"
    start: Fraction = key("where the first step begins, such as 70%", yaml="from")
    step: Fraction = key("the size of a step, such as 2%")
    share_per_step: Fraction = key("what each whole step pays, such as 20%")
    most: Fraction = key("the cap, such as 100%")
    direction: Direction = key("which way is better", default="higher is better")
    places: Places = places()

    def share(self, achievement: Any) -> Any:
        """The share that an achievement earns, for every kind of number."""
        beyond = achievement - self.start if self.direction == "higher is better" else self.start - achievement
        return least(whole(most(beyond, ZERO) / self.step) * self.share_per_step, self.most)

    def says(self) -> str:
        """The curve in words."""
        side = "above" if self.direction == "higher is better" else "below"
        return (
            f"{percent(self.share_per_step)} for each whole {percent(self.step)} {side} {percent(self.start)}, at most {percent(self.most)}"
        )

    def thresholds(self) -> tuple[Threshold, ...]:
        """The achievements at which more is earned, the easiest first."""
        word: Literal["at least", "at most"] = "at least" if self.direction == "higher is better" else "at most"
        sign = 1 if self.direction == "higher is better" else -1
        steps = -(-self.most // self.share_per_step)
        edges = (self.start + sign * i * self.step for i in range(1, int(min(steps, 1000)) + 1))
        return tuple(Threshold(edge, word) for edge in edges)

    def faults(self) -> list[tuple[str, str, str]]:
        """What contradicts itself here: the key, what is wrong, what to do."""
        if self.most > ONE:
            return [("most", f"most is {percent(self.most)}, more than there is", "a share is at most 100%")]
        if self.start > ONE:
            return [("from", f"from is {percent(self.start)}, and no achievement is above 100%", "give a start of at most 100%")]
        return [
            (name, f"{name} is 0%, so the curve would never pay", "give the size of a step and what it pays")
            for name in ("step", "share_per_step", "most")
            if getattr(self, name) == 0
        ]


Curve = AllOrNothing | Linear | Tiered | Stepped

CURVES: dict[str, type[Curve]] = {c.kind: c for c in (AllOrNothing, Linear, Tiered, Stepped)}


def next_threshold(curve: Curve, achievement: Fraction) -> Threshold | None:
    """The nearest threshold that an achievement has not reached; None where all are reached."""
    return next((t for t in curve.thresholds() if not t.reached(achievement)), None)


def with_numbers(thing: Any, make: Callable[[str, Fraction], Any], name: str = "") -> Any:
    """The same curve with other numbers in its fields, of any kind: `make` is given each number's name and value, in order."""
    if isinstance(thing, Fraction):
        return make(name, thing)
    if isinstance(thing, tuple):
        return tuple(with_numbers(item, make, name) for item in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        inner = [f.name for f in fields(thing)]
        changed = {f: with_numbers(getattr(thing, f), make, name if isinstance(thing, Threshold) else f) for f in inner}
        return replace(thing, **changed)
    return thing


def numbers(curve: Curve) -> list[Fraction]:
    """The numbers in a curve's fields, in the order in which `with_numbers` meets them."""
    found: list[Fraction] = []
    with_numbers(curve, lambda _, value: found.append(value))
    return found


def rate(value: Fraction | None, curve: Directed | None = None) -> str:
    """An achievement to two decimals, cut on the unpaid side: what is shown as 95.00% has reached 95%."""
    if value is None or value is WITHHELD:
        return "none" if value is None else "*"
    up = curve is not None and curve.direction == "lower is better"
    hundredths = value * 10_000
    cut = Fraction(hundredths.__ceil__() if up else hundredths.__floor__(), 10_000)
    return decimal(cut * 100, 2, least_places=2) + "%"
