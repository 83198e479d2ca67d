"""Steps for volumes: marginal rates about a baseline, tolerance bands, instalments, capitation, the year of care."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from p4p.language.contract import Fault
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ONE, ZERO, Figure, called, choose, least, no_money, of_money, percent
from p4p.numbers.money import rounded
from p4p.steps.amounts import quotient
from p4p.steps.terms import At, Missing, Term, added, parts_fault, short


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalRate:
    """Pays a baseline in full and only part of what lies above it; below it, what the contract says of the difference.

    `above: 30%`, `below: 100%` is the emergency marginal rate of 2010: full price up to the 2008/09 value, 30% beyond, and below the baseline only what was done. `above: 75%`, `below: 75%`
    is the aligned payment of 2022/23, both ways round a fixed payment. A baseline says of which period it is. The outcomes are `adjustment`, what was paid less the baseline, and `retained`, the
    value of activity that was not paid for: below zero where more is paid than was done.
    """

    kind: ClassVar[str] = "marginal_rate"
    actual: Term = key("the value of what was done, at full price")
    baseline: Term = key("the value of the baseline")
    baseline_period: str = key("which period the baseline is about, such as 2008/09, rebased or not")
    above: Term = key("the part that is paid of what lies above the baseline")
    below: Term = key("the part that is taken off of what lies below it: 100% pays what was done, 0% pays the baseline")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("adjustment", "retained")

    def value(self, at: At) -> Any:
        """The payment."""
        actual, base = at(self.actual), at(self.baseline)
        over = actual - base
        adjustment = choose(actual >= base, over * at(self.above), over * at(self.below))
        paid = base + adjustment
        return {"": paid, "adjustment": adjustment, "retained": actual - paid}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return [
            (name, f"{name} is {term}", "a rate is from 0% to 100%")
            for name, term in (("above", self.above), ("below", self.below))
            if term.value is not None and not 0 <= term.value <= 1
        ]

    def says(self) -> str:
        """The rule in words."""
        return f"{self.baseline} ({self.baseline_period}), plus {self.above} of what {self.actual} is above it, less {self.below} of what it is below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The year-end of a contract for a number of units, with a band in which nothing is recovered.

    Dental contracts: below `lower` (96%) the price of every unit short of the whole contract is recovered; from there to 100% the shortfall is carried forward; up to `upper` (102%) the surplus is; beyond that
    it is lost. The result is the recovery, below zero; the outcomes are `recovered_units`, `carried_forward` (units, below zero where they are owed) and `lost` units.
    """

    kind: ClassVar[str] = "tolerance"
    delivered: Term = key("the units that were delivered")
    contracted: Term = key("the units that were contracted")
    price: Term = key("the price of a unit, as an amount")
    lower: Term = key("from which proportion on nothing is recovered, such as 96%")
    upper: Term = key("up to which proportion a surplus is carried forward, such as 102%")
    places: Places = places()
    outcomes: ClassVar[tuple[str, ...]] = ("recovered_units", "carried_forward", "lost")

    def value(self, at: At) -> Any:
        """The recovery, nothing or below zero."""
        done, due = at(self.delivered), at(self.contracted)
        for units, term in ((done, self.delivered), (due, self.contracted)):
            if getattr(units, "value", units) < 0:
                raise Missing(f"{term} is below zero", "a contract is for a number of units, and so many are delivered", term.at)
        short = due - done
        inside = done >= due * at(self.lower)
        recovered = choose(inside, ZERO, short)
        beyond = least(done, due * at(self.upper))
        carried = choose(inside, beyond - due, ZERO)
        return {"": ZERO - recovered * at(self.price), "recovered_units": recovered, "carried_forward": carried, "lost": done - beyond}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        low, high = self.lower.value, self.upper.value
        if low is not None and high is not None and not low <= 1 <= high:
            return [
                (
                    "lower",
                    f"the band from {self.lower} to {self.upper} does not hold 100%",
                    "the lower edge is at most 100%, the upper at least",
                )
            ]
        return []

    def says(self) -> str:
        """The rule in words."""
        return (
            f"below {self.lower} of {self.contracted} every unit short is recovered at {self.price}; from there to {self.upper} the difference is carried forward; "
            "more than that is lost"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """The part of a year's amount that falls to the period that is settled, in whole pence, so that the periods add up to the year.

    `parts: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}` names quarters; `equal: monthly` is twelfths, `equal: quarterly` quarters. Each instalment is the amount due to date less that of the
    periods before, both in whole pence, half a penny away from zero. Quarters are not cut into months, and a payment of the year to date has no instalments.
    """

    kind: ClassVar[str] = "instalment"
    of: Term = key("the year's amount")
    parts: dict[str, Fraction] | None = key("each quarter's part", default=None)
    equal: str = key("monthly or quarterly, for equal parts", default="")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The period's part."""
        done, here = self._to_date(at)
        amount = of_money(at(self.of))
        upto, before = rounded(amount * here, "half-up"), rounded(amount * done, "half-up")
        return upto if done == 0 else upto - before

    def _to_date(self, at: At) -> tuple[Fraction, Fraction]:
        """The parts of the year before the period, and up to its end."""
        first = (at.months[0] - at.opens) % 12
        last = first + len(at.months)
        if self.parts is None:
            size = 1 if self.equal == "monthly" else 3
            return Fraction(first // size * size, 12), Fraction(-(-last // size) * size, 12)
        parts = list(self.parts.values())
        return sum(parts[: first // 3], ZERO), sum(parts[: -(-last // 3)], ZERO)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        if (self.parts is None) == (self.equal == ""):
            return [
                (
                    "",
                    "say `parts` or `equal`, one of the two",
                    "equal: monthly | equal: quarterly | parts: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}",
                )
            ]
        if self.equal not in ("", "monthly", "quarterly"):
            return [("equal", f'"{self.equal}" is not one of the choices', "choices: monthly | quarterly")]
        if self.parts is not None and list(self.parts) != ["Q1", "Q2", "Q3", "Q4"]:
            return [("parts", "the parts must name Q1, Q2, Q3 and Q4", "parts: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}")]
        return parts_fault("parts", "parts", self.parts.values()) if self.parts else []

    def says(self) -> str:
        """The rule in words."""
        how = f"in equal {self.equal} parts" if self.equal else ", ".join(f"{q} {percent(p)}" for q, p in (self.parts or {}).items())
        return f"{self.of} {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of a population: who, and the amount for each head."""

    title: str = key("who they are, in words")
    people: Term = key("how many they are")
    price: Term = key("the amount for each of them")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capitation:
    """An amount for each head of named lists, by segment of age and condition or for one list.

    `segments: {healthy: {title: Mostly healthy, people: healthy, price: £724.00}, ...}`. Each segment is an outcome of its own; `people` is the number of heads of all.
    """

    kind: ClassVar[str] = "capitation"
    segments: dict[str, Segment] = key("the segments, by id")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Each segment, and the heads."""
        return (*self.segments, "people")

    def value(self, at: At) -> Any:
        """The sum over the segments."""
        out = {sid: at(s.people) * at(s.price) for sid, s in self.segments.items()}
        heads = added(at(s.people) for s in self.segments.values())
        return {"": added(out.values()), **out, "people": heads}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        return [("segments", "a segment cannot be called `people`", "give it another id")] if "people" in self.segments else []

    def says(self) -> str:
        """The rule in words."""
        return "an amount for each head: " + ", ".join(f"{s.title} {s.price}" for s in self.segments.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service that is paid by the unit: what it is, how much of it was done, and the price of one."""

    title: str = key("what it is, in words")
    units: Term = key("how much of it was done")
    price: Term = key("the price of one")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Pays for what was done: the units of each service times its price.

    `services: {delivery: {title: Deliveries in the facility, units: deliveries, price: $4.59}, ...}`. Each service's money is an outcome of its own.
    Multiplied by a quality score it is what performance-based financing pays.
    """

    kind: ClassVar[str] = "tariff"
    services: dict[str, Service] = key("the services, by id")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Each service."""
        return tuple(self.services)

    def value(self, at: At) -> Any:
        """The sum over the services."""
        out = {sid: at(s.units) * at(s.price) for sid, s in self.services.items()}
        return {"": added(out.values()), **out}

    def says(self) -> str:
        """The rule in words."""
        return "for each one done: " + ", ".join(f"{s.title} {s.price}" for s in self.services.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One key contact of a year of care: how long, with whom, how often, for what part of patients, in groups of how many."""

    title: str = key("what is done, in words")
    minutes: Term = key("how long it takes, in minutes")
    staff: str = key("with whom: one of `staff`")
    times: Term = key("how often in the year", default=Term("1", ONE))
    part: Term = key("for what part of patients", default=Term("100%", ONE, "ratio"))
    group: Term = key("how many patients share the time", default=Term("1", ONE))
    source: str = key("where it is published", default="")
    places: Places = places()


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfCare:
    """The price of a patient's year: a schedule of contacts times the cost of the staff's hours.

    Each contact costs minutes / 60 × the hourly cost × times × part of patients ÷ group size, and is an outcome of its own; `minutes` is a patient's minutes in the year.
    """

    kind: ClassVar[str] = "year_of_care"
    staff: dict[str, Term] = key("what an hour costs, by kind of staff: gp: £60.00")
    contacts: dict[str, Contact] = key("the contacts, by id")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Each contact, and the minutes."""
        return (*self.contacts, "minutes")

    def value(self, at: At) -> Any:
        """The price for a patient."""
        out: dict[str, Any] = {}
        minutes: Any = None
        for cid, c in self.contacts.items():
            time = at(c.minutes)
            if c.times.value != 1:
                time = time * at(c.times)
            if c.part.value != 1:
                time = time * at(c.part)
            if c.group.value != 1:
                time = quotient(at, time, at(c.group), Term("refuse"), f"the group of {cid}")
            time = no_money(time, "minutes")
            if isinstance(time, Figure):
                time = time.named(f"{cid}: minutes", "number")
            out[cid] = called(f"{cid}: cost", time / 60 * at(self.staff[c.staff]))
            minutes = time if minutes is None else short(minutes + time)
        return {"": added(out.values()), **out, "minutes": minutes}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        out = [
            (c.places.get("staff", self.places.get("", "")), f'there is no staff "{c.staff}"', f"known here: {', '.join(self.staff)}")
            for c in self.contacts.values()
            if c.staff not in self.staff
        ]
        out += [
            ("contacts", "a group of nobody", "group: how many patients share the time")
            for c in self.contacts.values()
            if c.group.value == 0
        ]
        return [*out, *([("contacts", "a contact cannot be called `minutes`", "give it another id")] if "minutes" in self.contacts else [])]

    def says(self) -> str:
        """The rule in words."""
        return "a patient's year: " + "; ".join(f"{c.title}, {c.minutes} minutes ({c.staff})" for c in self.contacts.values())
