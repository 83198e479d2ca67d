"""What a contract is: packages of care, what they are worth, how they are split, and the indicators that must be earned.

Every class here is read from YAML by its fields (module `shape`), so the field names are the keys of the contract file and the texts
beside them are its manual. Money is in pence. Nothing a commissioner must decide has a default.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, Literal

from p4p.language.curves import Curve
from p4p.language.keys import Places, key, places
from p4p.numbers.errors import Location
from p4p.numbers.exact import percent
from p4p.numbers.money import RoundingMode
from p4p.numbers.period import Quarter, Year, first_day

NetworkRate = Literal["pooled", "mean of practices", "every practice"]
Measured = Literal["quarter", "year to date", "snapshot", "year"]
Allowed = Literal["allowed", "none"]
EmptyDenominator = Literal["pays nothing", "pays in full", "refuse"]
MissingData = Literal["refuse", "leave out", "pays nothing"]
CountedOn = Literal["first day of the month", "last day of the month"]

#: A fault of a contract: the key it stands at (or the very place), what is wrong, what to do.
Fault = tuple[str | Location, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How and where amounts become whole pence: once, on each paid line."""

    to: Literal["0.01"] = key("the unit: 0.01, one penny")
    mode: RoundingMode = key("half-up takes half a penny away from zero; half-even to the even penny; down towards zero; up away from zero")
    line: Literal["line"] = key("where: line, each paid line", yaml="at")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Which day decides the network of a practice that joins or leaves inside a month."""

    counted_on: CountedOn = key("the day of the month that decides")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """The same amount a year for each network."""

    kind: ClassVar[str] = "each"
    each: int = key("pounds a year for each network, such as 14000.00")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total for the year shared out over the networks, by largest remainder, ties by network code."""

    kind: ClassVar[str] = "total"
    total: int = key("pounds a year for all networks together, such as 112000.00")
    shared_by: str = key("`equal parts`, or the list that decides each network's part, such as `registered list`")
    as_at: date | None = key("the date of that list, such as 2009-01-01", default=None)
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPatient:
    """A price a year for each patient of a named list or register at a stated date."""

    kind: ClassVar[str] = "price"
    price: Fraction = key("pounds a year for each patient, such as 2.765")
    per: str = key("the list that is counted, such as `registered list`, `weighted list` or a name from the lists file")
    as_at: date = key("the date of that list, such as 2023-01-01")
    places: Places = places()


Value = Each | Total | PerPatient


@dataclass(frozen=True, slots=True)
class Shares:
    """The two parts of a split from a date on; they add to exactly 1."""

    start: int | None  # month, None for a split that holds throughout
    upfront: Fraction
    performance: Fraction
    places: Places = places()


@dataclass(frozen=True, slots=True)
class Split:
    """How much of a package is paid up front and how much must be earned; may change from the first day of a month."""

    periods: tuple[Shares, ...]
    places: Places = places()

    def at(self, month: int) -> Shares:
        """The shares in force in a month. The first period also holds before its date, which `Contract` has checked to be no later than its first month."""
        return [s for s in self.periods if s.start is None or s.start <= month][-1]

    def upfront(self, quarter: Quarter) -> Fraction:
        """The upfront share of a quarter's value: that of its three months in equal parts, for a split that changes inside the quarter."""
        return sum((self.at(month).upfront for month in quarter.months), Fraction(0)) / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Upfront:
    """How the upfront part is paid."""

    instalments: Literal["quarterly", "monthly"] = key("one payment a quarter, or three monthly ones")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAmongEarners:
    """Unearned money of a package and quarter goes to the networks that earned, in proportion to what they earned, up to a cap."""

    kind: ClassVar[str] = "shared among earners"
    shared_among: Literal["earners"] = key("who shares: earners")
    cap: Fraction = key("the most a network may receive, as a proportion of what it earned, such as 50%")
    places: Places = places()


Unearned = Literal["retained by commissioner", "carried forward within the year"] | SharedAmongEarners


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One key performance indicator: what is counted, how much hangs on it, and what an achievement earns."""

    title: str = key("what is counted, in words")
    clause: str = key("where the signed contract says so", default="")
    source: str = key("where it is published", default="")
    weight: Fraction = key("its part of the package's performance money, such as 40%; 0% is reported and not paid")
    curve: Curve = key("how achievement becomes a share of the money")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The part that must be earned: how counts become an achievement, and what becomes of money that is not earned."""

    network_rate: NetworkRate = key("how practices' counts become the network's achievement")
    measured: Measured = key("whose counts a quarter is judged on")
    catch_up: Allowed | None = key("whether a later quarter that reaches the target also earns what earlier ones missed", default=None)
    claw_back: Allowed | None = key("whether a later quarter that falls short recovers what earlier ones earned", default=None)
    unearned: Unearned = key("where money goes that nobody earned")
    empty_denominator: EmptyDenominator = key("what an indicator with no patients pays")
    missing_data: MissingData = key("what a missing practice-month means")
    withheld_data: MissingData | None = key("what a withheld (suppressed) count means", default=None)
    counts_from: Literal["practice", "network"] = key("who the counts are about", default="practice")
    indicators: dict[str, Indicator] = key("the indicators, by id")
    places: Places = places()

    @property
    def cumulative(self) -> bool:
        """Whether a later quarter is judged on the same ground as an earlier one, so that catching up and clawing back have a meaning."""
        return self.measured in ("year to date", "snapshot")

    @property
    def to_date(self) -> bool:
        """Whether a quarter is judged on the counts of the year so far."""
        return self.measured in ("year to date", "year")

    @property
    def pooled(self) -> bool:
        """Whether a network's achievement is that of all its patients together; where it is counted by network there are no practices' rates, whatever `network_rate` says."""
        return self.network_rate == "pooled" or self.counts_from == "network"

    @property
    def catches_up(self) -> bool:
        return self.catch_up == "allowed"

    @property
    def claws_back(self) -> bool:
        return self.claw_back == "allowed"

    @property
    def carries_forward(self) -> bool:
        return self.unearned == "carried forward within the year"

    def months(self, quarter: Quarter) -> range:
        """The months whose counts a quarter is judged on."""
        if self.measured == "snapshot":
            return range(quarter.months[-1], quarter.months[-1] + 1)
        return quarter.months if self.measured == "quarter" else range(quarter.year.months[0], quarter.months[-1] + 1)

    @property
    def data_rules(self) -> dict[str, str]:
        """What the contract says of counts that say nothing: by key."""
        return {"empty_denominator": self.empty_denominator, "missing_data": self.missing_data, "withheld_data": self.withheld}

    @property
    def withheld(self) -> MissingData:
        """What a withheld count means; refused where that is left unsaid."""
        return self.withheld_data or "refuse"

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        for name in ("catch_up", "claw_back"):
            choice = getattr(self, name)
            if self.cumulative and choice is None:
                out.append(("", f"`{name}` is missing", f"with `measured: {self.measured}` say `{name}: allowed` or `{name}: none`"))
            if not self.cumulative and choice == "allowed":
                why = "stands alone" if self.measured == "quarter" else "is judged once"
                out.append(
                    (
                        name,
                        f"`{name}: allowed` contradicts `measured: {self.measured}`, which {why}",
                        f"leave `{name}` out, or measure `year to date`",
                    )
                )
        if self.unearned != "retained by commissioner" and (self.catches_up or self.claws_back):
            what = "carried forward" if self.carries_forward else "shared again"
            out.append(
                (
                    "unearned",
                    f"unearned money cannot be {what} and also be caught up or clawed back",
                    "say `catch_up: none` and `claw_back: none`, or `unearned: retained by commissioner`",
                )
            )
        if self.carries_forward and self.measured == "year":
            out.append(
                (
                    "unearned",
                    "money judged once a year has no later quarter to be carried forward to",
                    "say `unearned: retained by commissioner`",
                )
            )
        if self.withheld_data is None and self.missing_data != "refuse":
            out.append(("", "`withheld_data` is missing", "say what a withheld count means: refuse, leave out or pays nothing"))
        total = sum((i.weight for i in self.indicators.values()), Fraction(0))
        if total != 1:
            out.append(
                (
                    "indicators",
                    f"the weights add to {percent(total, 12)}, not 100%",
                    "change a weight; an indicator that is reported and not paid weighs 0%",
                )
            )
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A care package: what it is worth to each network in a year, and how that is paid."""

    title: str = key("its name in words")
    source: str = key("where its terms are published", default="")
    value: Value = key("a year's money: {each: ...}, {total: ..., shared_by: ...} or {price: ..., per: ..., as_at: ...}")
    spread: tuple[Fraction, Fraction, Fraction, Fraction] = key("each quarter's part of the year", default=(Fraction(1, 4),) * 4)
    split: Split = key("the upfront and performance shares")
    upfront: Upfront | None = key("how the upfront part is paid", default=None)
    performance: Performance | None = key("the part that must be earned", default=None)
    places: Places = places()

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        if self.upfront is None and any(s.upfront for s in self.split.periods):
            out.append(("", "`upfront` is missing", "say how the upfront part is paid: upfront: {instalments: quarterly}"))
        if self.performance is None and any(s.performance for s in self.split.periods):
            out.append(("", "`performance` is missing", "say how the performance part is earned, or split 100% upfront"))
        return out

    @property
    def looks_back(self) -> bool:
        """Whether a quarter's payment depends on earlier quarters of the year."""
        p = self.performance
        return p is not None and (p.to_date or p.catches_up or p.claws_back or p.carries_forward)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract between a commissioner and networks of GP practices."""

    p4p: Literal["1"] = key("the version of this language: 1")
    contract: str = key("a short id")
    title: str = key("its name in words")
    commissioner: str = key("who pays")
    source: str = key("where its terms are published", default="")
    years: tuple[Year, ...] = key("the financial year, such as 2009/10, or years: 2009/10 to 2011/12", yaml="year")
    currency: Literal["GBP"] = key("the currency: GBP, pounds and pence")
    paid_to: Literal["network"] = key("who is paid: network")
    rounding: Rounding = key("how amounts become whole pence")
    membership: Membership | None = key("which day decides membership inside a month", default=None)
    packages: dict[str, Package] = key("the care packages, by id")
    examples: tuple[object, ...] = key("worked examples that `p4p check` runs", default=())
    file: str = ""
    sha256: str = ""
    places: Places = places()

    @property
    def mode(self) -> RoundingMode:
        return self.rounding.mode

    @property
    def counted_on(self) -> CountedOn | None:
        """The day that decides membership inside a month; None where the contract does not say."""
        return self.membership.counted_on if self.membership else None

    @property
    def indicators(self) -> dict[str, tuple[str, Indicator]]:
        """Every indicator of every package by id, with its package."""
        return {
            iid: (pid, indicator)
            for pid, package in self.packages.items()
            if package.performance
            for iid, indicator in package.performance.indicators.items()
        }

    def performance_of(self, indicator: str) -> Performance:
        """The performance part of the package in which an indicator stands."""
        parts = (package.performance for package in self.packages.values())
        return next(part for part in parts if part is not None and indicator in part.indicators)

    @property
    def lists(self) -> tuple[tuple[str, date], ...]:
        """The lists that values are counted on, by name and date."""
        values = (package.value for package in self.packages.values())
        named = ((v.per if isinstance(v, PerPatient) else v.shared_by, v.as_at) for v in values if not isinstance(v, Each))
        return tuple(dict.fromkeys((name, day) for name, day in named if day))

    def covers(self, quarter: Quarter) -> bool:
        """Whether a quarter is one of the contract's."""
        return quarter.year in self.years

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out: list[Fault] = []
        seen: dict[str, str] = {}
        for pid, package in self.packages.items():
            for iid, indicator in package.performance.indicators.items() if package.performance else ():
                if iid in seen:
                    what = f'indicator "{iid}" stands in packages "{seen[iid]}" and "{pid}"'
                    out.append((indicator.places[""], what, "give each an id of its own: activity rows name the indicator only"))
                seen[iid] = pid
            first = package.split.periods[0].start
            if first is not None and first > self.years[0].months[0]:
                what = f"the split starts on {first_day(first)}, after the contract does"
                out.append((package.split.places[""], what, f"say the shares from {self.years[0].first_day}"))
        return out
