"""Steps of points schemes: achievements, points times money, prevalence factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import isqrt
from typing import Any, ClassVar, Literal

from p4p.language.contract import Fault
from p4p.language.curves import Curve
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import MONEY, ZERO, Figure, called, decimal, most, no_money
from p4p.numbers.period import long_date, month_of
from p4p.steps.amounts import quotient, rounded_to
from p4p.steps.terms import At, Line, Missing, Term, added, yes_or_no


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """The achievement of a measure of counts: numerator / (denominator - excluded).

    Patients under personalised care adjustment leave the denominator where the counts give them (`excluded`); a file whose denominators are already without them is a measure with
    `excluded: already out`, of which none are excluded here. The outcomes are the counts.
    """

    kind: ClassVar[str] = "achievement"
    of: Term = key("a measure whose unit is counts")
    empty: Term = key("what nobody in the denominator gives: `refuse`, or a share such as 0%")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("numerator", "denominator", "excluded")

    def value(self, at: At) -> Any:
        """The achievement, and its counts."""
        n, d, e = at.counts(self.of)
        return {"": achieved(at, (n, d, e), self.empty, self.of.text), "numerator": n, "denominator": d, "excluded": e}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return _no_share(self.empty)

    def says(self) -> str:
        """The rule in words."""
        return f"numerator of {self.of} over its denominator without those excluded; where nobody is left: {self.empty}"


def _no_share(empty: Term) -> list[Fault]:
    """The fault of a number that cannot stand for the share of an empty denominator. Money and names are judged by their units."""
    share = empty.value is None or empty.unit in MONEY or 0 <= empty.value <= 1
    return [] if share else [("empty", f"empty is {empty}, which is no share", "a share is from 0% to 100%")]


def achieved(at: At, counts: tuple[Any, Any, Any], empty: Term, what: str) -> Any:
    """numerator / (denominator - excluded); an empty denominator is what the contract says."""
    n, d, e = counts
    divisor = d if getattr(e, "value", e) == 0 else d - e
    return quotient(at, n, divisor, empty, f"the denominator of {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision about an indicator that overrides what was counted, with its reason and its date.

    `withdrawn`: it earns nothing and offers nothing in periods that end on `decided` or later; `set to`: everybody has these points; `not below`: nobody falls below these points.
    """

    does: Literal["withdrawn", "set to", "not below"] = key("withdrawn | set to | not below")
    points: Term | None = key("the points, for `set to` and `not below`", default=None)
    reason: str = key("why")
    decided: date = key("when it was decided, or from when on it holds, such as 2022-10-01")
    source: str = key("where it is published", default="")
    places: Places = places()

    def says(self, given: Any = None) -> str:
        """The decision in words, with its reason and date; `given` is how many points it came to, where they are a name in the contract."""
        points = self.points if given is None else decimal(Fraction(getattr(given, "value", given)), 4)
        what = "" if points is None else f" {points}" if isinstance(points, Term) and points.name else f" {points} points"
        return f"{self.does}{what}: {self.reason}, decided {long_date(self.decided)}"

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if self.does == "withdrawn" and self.points is not None:
            return [("points", "a withdrawn indicator has no points", "take `points` out")]
        if self.does != "withdrawn" and self.points is None:
            return [("", "`points` is missing", "say how many: points: 71")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsIndicator:
    """One indicator of a points scheme: how many points, and what earns them."""

    title: str = key("what is counted, in words")
    points: Term = key("how many points it has")
    curve: Curve | None = key("how achievement becomes a share of the points", default=None)
    done: Term | None = key("for yes-or-no indicators: the measure that says so", default=None)
    counts: Term | None = key("the measure of counts, where it is not called as the indicator is", default=None)
    factors: tuple[Term, ...] = key("what multiplies this indicator's money, such as a prevalence factor", default=())
    ruling: Ruling | None = key("a decision that overrides what was counted", default=None)
    clause: str = key("where the signed contract says so", default="")
    source: str = key("where it is published", default="")
    places: Places = places()

    def says(self) -> str:
        """What earns the points, in words."""
        how = self.curve.says() if self.curve is not None else f"all where {self.done} is yes"
        factors = "".join(f" × {t}" for t in self.factors)
        return f"{self.title}, {self.points} points{factors}: {how}" + (f" ({self.ruling.says()})" if self.ruling is not None else "")

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if (self.curve is None) == (self.done is None):
            return [("", "say `curve` or `done`, one of the two", "curve: {kind: linear, lower: 35%, upper: 75%} or done: register_kept")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points times money: each indicator's points × the value of a point × factors (list size, prevalence), each line rounded as the contract rounds.

    Points follow the achievement on the indicator's curve; a yes-or-no indicator has all or none. `rounded: 0.01` holds points at 2 decimals, half up, as QOF does; `rounded: not at all` keeps
    them exact. Whether practices are scored one by one or pooled first is `paid_to`: practices' counts are pooled over whoever is paid. The outcomes are `points`, `most_points`, `available`,
    `counted` (the points before any ruling, where everything was counted), and each indicator's money.

    A `ruling` overrides what was counted. `withdrawn`: in periods that end on its day `decided` or later the indicator has no points and offers none. `set to` gives everybody its points, counted or not, and
    `not below` lifts to them, whatever the day.
    """

    kind: ClassVar[str] = "points"
    indicators: dict[str, PointsIndicator] = key("the indicators, by id")
    point_value: Term = key("what a point is worth, such as £213.43")
    factors: tuple[Term, ...] = key("what multiplies every indicator's money, such as a list-size index", default=())
    rounded: Literal["0.01", "not at all"] = key("whether points are rounded: 0.01, half up, or not at all")
    empty: Term = key("the share of an indicator with nobody in the denominator: 0%, 100% or `refuse`")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Sums over the indicators, and each one's money."""
        return ("points", "most_points", "available", "counted", *self.indicators)

    def value(self, at: At) -> Any:
        """The money of all indicators."""
        scale = self.scale(at)
        out: dict[str, Any] = {}
        sums: dict[str, list[Any]] = {}
        counted: list[Any] = []
        for iid, indicator in self.indicators.items():
            line = self.line(at, iid, indicator, scale)
            at.line(line)
            out[iid] = line.earned
            for name, x in (("", line.earned), ("points", line.points), ("most_points", line.most_points), ("available", line.available)):
                sums.setdefault(name, []).append(x)
            counted.append(line.counted)
        known = {"counted": added(counted)} if None not in counted else {}
        return {**{name: added(parts) for name, parts in sums.items()}, **known, **out}

    def scale(self, at: At) -> Any:
        """What a point is worth to a payee: the value of a point × the factors of all indicators."""
        scale = at(self.point_value)
        for term in self.factors:
            scale = scale * at(term)
        return scale

    def own_scale(self, at: At, indicator: PointsIndicator, scale: Any) -> Any:
        """What a point of an indicator is worth: × the factors of its own."""
        for term in indicator.factors:
            scale = scale * at(term)
        return scale

    def line(self, at: At, iid: str, indicator: PointsIndicator, scale: Any) -> Line:
        """One indicator's points and money; `scale` is what a point is worth."""
        scale = self.own_scale(at, indicator, scale)
        most_points, note = no_money(at(indicator.points), "points"), ""
        ruling = indicator.ruling
        if ruling is not None and ruling.does == "withdrawn" and _ends_after(at, ruling.decided):
            nothing = most_points * ZERO
            return Line(
                "",
                iid,
                indicator.title,
                None,
                None,
                nothing,
                nothing,
                at.paid(scale * nothing),
                at.paid(scale * nothing),
                ruling.says(),
                nothing,
            )
        given = ruling is not None and ruling.does == "set to"
        try:
            counts, achievement, counted = self._counted(at, iid, indicator, most_points)
        except Missing:
            if not given:
                raise
            counts = achievement = counted = None  # what is set needs no counts
        points = counted
        if ruling is not None and ruling.points is not None:
            ruled = no_money(at(ruling.points), "points")
            points = ruled if given else most(counted, ruled)
            note = ruling.says(ruled)
            if counted is not None:
                note += f" (as counted: {decimal(Fraction(getattr(counted, 'value', counted)), 4)})"
        points = called(f"{iid}: points", points)
        if note and isinstance(points, Figure):
            points = replace(points, about=note)
        earned = called(f"{iid}: earned", at.paid(points * scale))
        return Line("", iid, indicator.title, counts, achievement, most_points, points, at.paid(most_points * scale), earned, note, counted)

    def _counted(self, at: At, iid: str, indicator: PointsIndicator, most_points: Any) -> tuple[Any, Any, Any]:
        """Counts, achievement and points before any ruling; a yes-or-no indicator has points only."""
        counts = achievement = None
        if indicator.curve is not None:
            counts = at.counts(indicator.counts or Term(iid))
            n, d, e = counts
            divisor = d if getattr(e, "value", e) == 0 else d - e
            if getattr(divisor, "value", divisor) == 0:  # without patients there is no achievement, only the share that the contract says
                nobody = no_money(quotient(at, n, divisor, self.empty, f"the denominator of {iid}"), "shares such as 80%")
                share = called(f"{iid}: share", nobody)
            else:
                achievement = called(f"{iid}: achievement", n / divisor)
                share = called(f"{iid}: share", indicator.curve.share(achievement))
        else:
            share = yes_or_no(at(indicator.done), indicator.done) if indicator.done else ZERO
        return counts, achievement, self.scored(share, most_points)

    def scored(self, share: Any, most_points: Any) -> Any:
        """The points that a share earns, rounded where the contract rounds them."""
        points = share * most_points
        if isinstance(points, Figure):
            points = points.named("", "number")  # points, though a share times a number would be read as a ratio
        return rounded_to(points, HUNDREDTH, "half-up") if self.rounded == "0.01" else points

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        taken = [iid for iid in self.indicators if iid in ("points", "most_points", "available", "counted")]
        named = [("indicators", f"an indicator cannot be called `{taken[0]}`", "give it another id")] if taken else []
        return [*named, *_no_share(self.empty)]

    def says(self) -> str:
        """The rule in words."""
        factors = "".join(f" × {t}" for t in self.factors)
        return f"for each of {len(self.indicators)} indicators: points{' to 2 decimals' if self.rounded == '0.01' else ''} × {self.point_value}{factors}, to the penny"

    def details(self) -> list[str]:
        """Each indicator in words."""
        return [f"{iid}: {indicator.says()}" for iid, indicator in self.indicators.items()]


HUNDREDTH = Term("0.01", Fraction(1, 100))


def _ends_after(at: At, day: date) -> bool:
    return at.months[-1] >= month_of(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevalence:
    """The prevalence factor of a practice or network: how much more of a condition it has than the average.

    `linear`: own prevalence over the national one (QOF since 2009). `square root` (QOF 2004 to 2009): the root of that ratio; roots are cut after 12 decimals. `lifted` are prevalences below the
    5% mark of the national range, as until 2010: `least_prevalence` is that mark.
    """

    kind: ClassVar[str] = "prevalence"
    of: Term = key("own prevalence, such as a step that divides register by list")
    national: Term = key("the national prevalence, or for roots the national mean that the rule names")
    rule: Literal["linear", "square root"] = key("linear | square root")
    least_prevalence: Term | None = key("prevalences below this are lifted to it", default=None)
    if_zero: Term = key("what a national prevalence of zero gives: `refuse`, or a number")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The factor."""
        own = at(self.of)
        if self.least_prevalence is not None:
            own = most(own, at(self.least_prevalence))
        ratio = quotient(at, own, at(self.national), self.if_zero, str(self.national))
        if self.rule == "linear":
            return ratio
        plain = Fraction(getattr(ratio, "value", ratio))
        if plain < 0:
            raise Missing(f"{self.of} is below zero, and has no square root", "correct the figure")
        root = Fraction(isqrt(plain.numerator * 10**24 // plain.denominator), 10**12)
        return at.made(root, "square root, cut after 12 decimals, of", (ratio,), money=False)

    def says(self) -> str:
        """The rule in words."""
        lifted = f" (lifted to {self.least_prevalence} where it is less)" if self.least_prevalence is not None else ""
        return f"{'the square root of ' if self.rule == 'square root' else ''}{self.of}{lifted} over {self.national}"
