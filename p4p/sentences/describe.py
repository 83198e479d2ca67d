"""A contract as sentences that both sides could sign: one rule a sentence, its number worked by the rules that settle.

Where a value depends on lists or on how many networks there are, the numbers are those of an example network, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate

from p4p.language.contract import Contract, Each, Package, Performance, PerPatient, SharedAmongEarners, Split
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered
from p4p.numbers.exact import ONE, ZERO, percent, pounds
from p4p.numbers.money import RoundingMode, divided, largest_remainder, rounded
from p4p.numbers.period import Quarter, Year, first_day, last_day, long_date, years_text
from p4p.settling import rules

#: The example network, and the networks there are where a total is shared out.
PATIENTS, NETWORKS = 10_000, 8

#: The patients on whom a threshold is shown.
SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences under it."""

    title: str
    sentences: tuple[str, ...]


def describe(contract: Contract) -> list[Section]:
    """A contract as sections of sentences: itself, each package, and what holds throughout."""
    sections = [Section(contract.title, tuple(_heading(contract)))]
    for package in contract.packages.values():
        money = _Money.of(contract, package)
        sections.append(Section(package.title, (*_value(contract, package, money), *_split(package, money))))
        if package.performance:
            terms = _Terms(contract, package, package.performance, money)
            sections.append(Section(f"{package.title}: what must be earned", tuple(terms.indicators())))
            sections.append(Section(f"{package.title}: what is counted", tuple(terms.counting())))
            sections.append(Section(f"{package.title}: late, lost and unearned", tuple(terms.unearned())))
    return [*sections, Section("Throughout", tuple(_throughout(contract)))]


# the contract


def _heading(contract: Contract) -> Iterator[str]:
    first, last = contract.years[0], contract.years[-1]
    span = f"1 April {first.start} to 31 March {last.start + 1}"
    yield f"{contract.commissioner} pays networks of GP practices; a payment is made to the network, not to its practices."
    if first == last:
        yield f"The contract, {contract.contract}, covers the financial year {first}: {span}."
    else:
        yield f"The contract, {contract.contract}, covers the financial years {years_text(contract.years)}, {span}, each settled on its own."
    yield f"A quarter is three months of the financial year: Q1 is {_span(first.quarters[0])}."
    if contract.examples:
        yield f"Its worked examples are part of it: {len(contract.examples)}, which `p4p check` runs."
    if contract.source:
        yield f"Source of its terms: {_stopped(contract.source)}"


def _throughout(contract: Contract) -> Iterator[str]:
    yield _rounding(contract.mode)
    if any(p.performance and p.performance.claws_back for p in contract.packages.values()):
        yield f"A recovery is rounded as a payment is: minus 2½ pence becomes {_of(rounded(Fraction(-5, 2), contract.mode))}."
    yield "Every total is a sum of rounded lines, so that what is printed adds up."
    yield f"Thresholds are tested on exact fractions: 379 of 399 patients, {percent(Fraction(379, 399))}, have not reached 95%."
    yield "Patients who are excluded leave the denominator: 450 of 520 patients with 20 excluded are 450 of 500, 90%."
    yield _membership(contract)


def _rounding(mode: RoundingMode) -> str:
    words = {
        "half-up": "half a penny counts as a penny",
        "half-even": "half a penny goes to the even penny",
        "down": "parts of a penny are dropped",
        "up": "a part of a penny counts as a penny",
    }
    low, high = (_of(rounded(Fraction(halves, 2), mode)) for halves in (5, 7))
    return f"Each paid line is rounded once, to the penny, and {words[mode]}: 2½ pence become {low}, 3½ pence {high}."


def _membership(contract: Contract) -> str:
    counted = {
        "first day of the month": "is with the network it is in on the first day: one that joins on 15 October counts from November.",
        "last day of the month": "is with the network it is in on the last day: one that joins on 15 October counts from October.",
        None: "is refused: one that joins must join on the first day, such as 1 October, and one that leaves must leave on the last.",
    }
    return f"A practice that joins or leaves a network inside a month {counted[contract.counted_on]}"


# money


@dataclass(frozen=True, slots=True)
class _Money:
    """What one network's package is worth, in pence: its year, and of each quarter the value, the upfront part and the pot."""

    year: int
    values: tuple[int, ...]
    upfront: tuple[int, ...]

    @classmethod
    def of(cls, contract: Contract, package: Package) -> _Money:
        """The money of a network in the contract's first year: of the example network where the value is not the same for each."""
        year = _year_value(package, contract.mode)
        quarters = [(end - part, end) for part, end in zip(package.spread, accumulate(package.spread), strict=True)]
        values = tuple(int(rules.quarter_value(Fraction(year), *parts, contract.mode)) for parts in quarters)
        shares = [package.split.upfront(quarter) for quarter in contract.years[0].quarters]
        upfront = tuple(int(rules.upfront(Fraction(v), share, contract.mode)) for v, share in zip(values, shares, strict=True))
        return cls(year, values, upfront)

    @property
    def pots(self) -> tuple[int, ...]:
        return tuple(value - upfront for value, upfront in zip(self.values, self.upfront, strict=True))

    @property
    def steady(self) -> bool:
        """Whether all quarters are worth the same."""
        return len({*zip(self.values, self.upfront, strict=True)}) == 1


def _year_value(package: Package, mode: RoundingMode) -> int:
    value = package.value
    if isinstance(value, Each):
        return value.each
    if isinstance(value, PerPatient):
        return int(rules.year_value(value.price, Fraction(PATIENTS), mode))
    return largest_remainder(value.total, [PATIENTS] * NETWORKS)[0]


def _value(contract: Contract, package: Package, money: _Money) -> Iterator[str]:
    value, year = package.value, _of(money.year)
    if package.source:
        yield f"Source of its terms: {_stopped(package.source)}"
    if isinstance(value, Each):
        yield f"Each network's package is worth {year} a year, whatever its size."
    elif isinstance(value, PerPatient):
        rule = f"worth {pounds(value.price)} a year for each patient of its {value.per} at {long_date(value.as_at)}"
        yield f"A network's package is {rule}: {year} for an example network of {PATIENTS:,} patients."
    elif value.as_at is None:
        rule = f"All networks together have {_of(value.total)} a year, shared in equal parts"
        yield f"{rule}: {year} for each of {NETWORKS} example networks."
    else:
        rule = f"All networks together have {_of(value.total)} a year, shared in proportion to the {value.shared_by} at {long_date(value.as_at)}"
        yield f"{rule}: {year} for an example network of {PATIENTS:,} patients out of {NETWORKS * PATIENTS:,}."
    if not isinstance(value, Each) and value.as_at:
        day = long_date(max(value.as_at, contract.years[0].first_day))
        yield f"The list counts for the network that a practice is in on {day}; one that joins later brings counts and no money: {year} stays."
    if len(set(money.values)) == 1:
        yield f"The year is paid in four equal quarters: {_of(money.values[0])} each."
    elif len(set(package.spread)) == 1:
        yield f"The year is paid in four equal quarters that add up to it to the penny: {_by_quarter(money.values)}."
    else:
        yield f"The year is spread over its quarters, {_joined([_ratio(part) for part in package.spread])}: {_by_quarter(money.values)}."


def _split(package: Package, money: _Money) -> Iterator[str]:
    periods = package.split.periods
    how = "quarterly" if package.upfront is None else package.upfront.instalments
    q = next((q for q, value in enumerate(money.values) if value), 0)
    when = "a quarter" if money.steady else f"in Q{q + 1}"
    if len(periods) > 1:
        yield from _split_by_date(package.split, money, how)
    elif not periods[0].upfront:
        yield f"Nothing is paid up front: all of it must be earned, {_of(money.pots[q])} {when}."
    elif not periods[0].performance:
        yield f"All of it is paid up front, {how}, and nothing must be earned: {_of(money.upfront[q])} {when}."
    else:
        upfront, performance = _ratio(periods[0].upfront), _ratio(periods[0].performance)
        yield f"{upfront} is paid up front, {how}, whatever is achieved: {_of(money.upfront[q])} of {_of(money.values[q])} {when}."
        yield f"The rest, {performance}, must be earned: {_of(money.pots[q])} {when}."
    if how == "monthly" and any(money.upfront):
        q = next(q for q, paid in enumerate(money.upfront) if paid)
        instalments = _joined([_of(part) for part in rules.instalments(package, money.upfront[q])])
        yield f"The {_of(money.upfront[q])} of Q{q + 1} is paid in three monthly instalments: {instalments}."


def _split_by_date(split: Split, money: _Money, how: str) -> Iterator[str]:
    for shares in split.periods:
        upfront, performance = _ratio(shares.upfront), _ratio(shares.performance)
        start = long_date(first_day(shares.start or 0))
        yield f"From {start} {upfront} is paid up front, {how}, whatever is achieved, and {performance} must be earned."
    yield f"Up front that is, in the first year, {_by_quarter(money.upfront)}."
    yield f"What must be earned is the rest: {_by_quarter(money.pots)}."
    for shares in split.periods[1:]:
        if shares.start is not None and shares.start % 3:
            months = range(shares.start - shares.start % 3, shares.start - shares.start % 3 + 3)
            each = _joined([_ratio(split.at(month).upfront) for month in months])
            share = sum((split.at(month).upfront for month in months), ZERO) / 3
            yield f"A quarter in which the split changes is taken by months: {each} make an upfront share of {_ratio(share)}."


def _by_quarter(amounts: tuple[int, ...]) -> str:
    return _joined([f"{_of(pence)} in Q{q}" for q, pence in enumerate(amounts, 1)])


# the performance part


@dataclass(frozen=True, slots=True)
class _Terms:
    """The performance part of a package, and the money of one network to show it on."""

    contract: Contract
    package: Package
    performance: Performance
    money: _Money

    @property
    def yearly(self) -> bool:
        return self.performance.measured == "year"

    @property
    def quarter(self) -> int:
        """The quarter that numbers are worked on: the first in which something can be earned."""
        return 4 if self.yearly else next((q for q, pot in enumerate(self.money.pots, 1) if pot), 1)

    @property
    def when(self) -> str:
        return "a quarter" if self.money.steady and not self.yearly else f"in Q{self.quarter}"

    def pot(self, quarter: int) -> int:
        return sum(self.money.pots) if self.yearly else self.money.pots[quarter - 1]

    def available(self, quarter: int) -> dict[str, int]:
        """Each indicator's money in a quarter: its weight's part of the pot, by largest remainder, ties by id."""
        indicators = self.performance.indicators
        ids = sorted(indicators)
        parts = dict(zip(ids, divided(self.pot(quarter), [indicators[i].weight for i in ids]), strict=True))
        return {iid: parts[iid] for iid in indicators}

    def earned(self, share: Fraction, available: int, to_date: int = 0, before: int | None = None) -> int:
        terms, mode = self.performance, self.contract.mode
        return int(rules.earned(terms, mode, share, Fraction(available), Fraction(to_date), None if before is None else Fraction(before)))

    def indicators(self) -> Iterator[str]:
        available = self.available(self.quarter)
        for iid, indicator in self.performance.indicators.items():
            named = f"{iid} ({'; '.join(filter(None, (indicator.title, indicator.clause)))})"
            if indicator.weight:
                yield f"{named} weighs {_ratio(indicator.weight)}: {_of(available[iid])} {self.when}."
                yield self.curve(iid, indicator.curve, available[iid])
            else:
                yield f"{named} weighs 0%: it is reported, and {_of(0)} hangs on it."
            if indicator.source:
                yield f"Source of {iid}: {_stopped(indicator.source)}"
        paid = [_of(pence) for iid, pence in available.items() if self.performance.indicators[iid].weight]
        if len(paid) > 1:
            parts = " + ".join(paid)
            yield f"Leftover pence go to the largest remainders, so that the parts add up: {parts} = {_of(self.pot(self.quarter))}."

    def curve(self, iid: str, curve: Curve, available: int) -> str:
        """What a curve pays, and what it pays on its edges."""

        def pays(achievement: Fraction) -> str:
            return _of(self.earned(curve.share(achievement), available))

        def edge(threshold: Threshold) -> str:
            """`449 of 500 patients (89.8%) earn £0.00, 450 (90%) earn £7,500.00`."""
            higher = threshold.direction == "higher is better"
            gap = threshold.gap(0 if higher else SAMPLE, SAMPLE) or 0
            enough, short = (gap, gap - 1) if higher else (SAMPLE - gap, SAMPLE - gap + 1)
            counts = [n for n in (short, enough) if 0 <= n <= SAMPLE]
            earning = [f"{n} ({percent(Fraction(n, SAMPLE))}) earn {pays(Fraction(n, SAMPLE))}" for n in counts]
            return ", ".join(earning).replace(" (", f" of {SAMPLE} patients (", 1)

        def edges(*thresholds: Threshold) -> str:
            return "; ".join(map(edge, dict.fromkeys(thresholds)))

        match curve:
            case AllOrNothing(target=target):
                return f"{iid} pays in full {_reached(target)} and nothing {_missed(target)}: {edges(target)}."
            case Linear():
                nothing, full = curve.thresholds()
                middle = (curve.lower + curve.upper) / 2
                return (
                    f"{iid} pays nothing {_missed(nothing)}, in full {_reached(full)}, and in proportion between: "
                    f"{_ratio(middle)} earns half, {pays(middle)} of {_of(available)}."
                )
            case Tiered(tiers=tiers):
                paid = _joined([f"{_ratio(share)} {_reached(threshold)}" for threshold, share in tiers])
                return f"{iid} pays {paid}, and nothing {_missed(tiers[0][0])}: {edges(*curve.thresholds())}."
            case Stepped():
                beyond = "above" if curve.direction == "higher is better" else "below"
                each = f"{_ratio(curve.share_per_step)} for each whole {_ratio(curve.step)} {beyond} {_ratio(curve.start)}"
                steps = [t for t in curve.thresholds() if 0 <= t.ratio <= 1]
                shown = edges(*steps[:1], *steps[-1:]) or f"no achievement is a whole step, and all earn {_of(0)}"
                return f"{iid} pays {each}, at most {_ratio(curve.most)}: {shown}."

    def counting(self) -> Iterator[str]:
        year, measured = self.contract.years[0], self.performance.measured
        yield self.basis(year)
        yield self.rate()
        if measured == "year":
            yield f"All performance money is decided in Q4: the pots of the four quarters together are {_of(self.pot(4))}."
        iid, available = self.first(self.quarter)
        empty = f"{self.performance.empty_denominator}: {iid} at 0 of 0 earns {_of(self.earned(rules.empty_share(self.performance), available))}"
        if self.performance.empty_denominator == "refuse":
            empty = f"is refused: with {iid} at 0 of 0 nothing is settled until both sides agree what it means"
        yield f"An indicator without patients {empty}."
        lacking = {
            "refuse": "is refused: nothing is settled until it comes, and it is never taken for 0",
            "leave out": "is left out: with 90 of 100 patients counted and another count not there, the achievement is 90%",
            "pays nothing": f"pays nothing: {iid} earns {_of(self.earned(ZERO, available))} of {_of(available)}",
        }
        yield f"A count that is missing {lacking[self.performance.missing_data]}."
        yield f"A count that is withheld, because it is small, {lacking[self.performance.withheld]}."

    def first(self, quarter: int) -> tuple[str, int]:
        """The first indicator on which money hangs, and its money in a quarter."""
        available = self.available(quarter)
        iid = next(iid for iid, indicator in self.performance.indicators.items() if indicator.weight)
        return iid, available[iid]

    def basis(self, year: Year) -> str:
        q1, q3 = year.quarters[0], year.quarters[2]
        last = Quarter(year, 1).months[-1]
        return {
            "quarter": f"Each quarter is judged on its own counts: Q3 on those of {_span(q3)}.",
            "year to date": f"Each quarter is judged on the counts of the year so far: Q3 on those of {_months(q1.first_day, q3.last_day)}.",
            "snapshot": f"Each quarter is judged on the counts of its last month: Q1 on those of {_months(first_day(last), last_day(last))}.",
            "year": f"The year is judged once, on all its counts: {year} on those of {_months(year.first_day, year.last_day)}.",
        }[self.performance.measured]

    def rate(self) -> str:
        if self.performance.counts_from == "network":
            return "Counts are given once for a network, not by practice: 390 of 500 patients are 78%."
        small, large = Fraction(90, 100), Fraction(300, 400)
        sample = "with 90 of 100 patients in one practice and 300 of 400 in another"
        match self.performance.network_rate:
            case "pooled":
                return (
                    f"A network's patients count as if they were one practice's: {sample} it has 390 of 500, {percent(Fraction(390, 500))}."
                )
            case "mean of practices":
                return f"A network's achievement is the plain mean of its practices' own: {sample} it is {percent((small + large) / 2)}."
            case _:
                worst = {"higher is better": min(small, large), "lower is better": max(small, large)}
                directions = dict.fromkeys(i.curve.direction for i in self.performance.indicators.values())
                found = " or ".join(f"{percent(worst[d])} where {d}" for d in directions)
                rule = "A network's achievement is that of its practice furthest from the target, so that every practice must reach it"
                return f"{rule}: {sample} it is {found}."

    def unearned(self) -> Iterator[str]:
        if self.performance.cumulative:
            yield from self.late_and_lost()
        elif not self.yearly:
            iid, available = self.first(self.quarter)
            yield f"Each quarter stands alone: a later one neither makes good nor takes back the {_of(available)} of {iid}."
        yield from self.destination()

    def late_and_lost(self) -> Iterator[str]:
        q = min(self.quarter, 3)
        (iid, before), (_, available) = self.first(q), self.first(q + 1)
        late = self.earned(ONE, available, before + available, 0)
        missed = f"{iid} missed in Q{q} and reached in full in Q{q + 1} earns {_of(late)} in Q{q + 1}"
        if self.performance.catches_up:
            rule = "A quarter's share also applies to the money of the year's earlier quarters, where that earns more"
            yield f"{rule}: {missed}, of which {_of(late - available)} makes Q{q} good."
        else:
            yield f"What a quarter misses is not made good later: {missed}."
        lost = self.earned(ZERO, available, before + available, before)
        reached = f"{iid} reached in full in Q{q} and missed in Q{q + 1}"
        if self.performance.claws_back:
            yield f"What the year's earlier quarters earned is recovered where a later one falls short: {reached} gives back {_of(-lost)}."
        else:
            yield f"What was earned is kept: {reached} keeps {_of(before + lost)}."

    def destination(self) -> Iterator[str]:
        """Where money goes that nobody earned."""
        terms, payer, q = self.performance.unearned, self.contract.commissioner, self.quarter
        pot, upfront = self.pot(q), self.money.upfront[q - 1]
        if isinstance(terms, SharedAmongEarners):
            received = rules.shared(terms, [pot, 0], [0, pot])[0]
            rule = f"What some do not earn in a quarter goes to those that earned, in proportion, at most {_ratio(terms.cap)} of what each earned"
            yield f"{rule}: where one network earns {_of(pot)} and another misses as much, the first receives {_of(received)} more."
            yield f"What is left stays with {payer}: {_of(pot - received)} of those {_of(pot)}."
        elif self.performance.carries_forward:
            q = min(q, 3)
            (iid, before), (_, available) = self.first(q), self.first(q + 1)
            rule = "What an indicator does not earn is added to its money of the next quarter"
            yield f"{rule}: {iid} with nothing earned in Q{q} has {_of(before)} more in Q{q + 1}, {_of(before + available)}."
            yield f"What is left after Q4 stays with {payer}: {_of(sum(self.money.pots))} if nothing is earned all year."
        else:
            still = ", until it is caught up" if self.performance.catches_up else ""
            paid = f"a network that earns nothing in Q{q} is paid {_of(upfront)} of {_of(upfront + pot)}"
            yield f"What is not earned stays with {payer}{still}: {paid}, and {_of(pot)} stays."


# words


def _of(pence: int) -> str:
    return pounds(Fraction(pence))


def _ratio(value: Fraction) -> str:
    """`62.5%`, or `1/3` where a percentage would not be exact."""
    text = percent(value)
    return text if "…" not in text else f"{value.numerator}/{value.denominator}"


def _reached(threshold: Threshold) -> str:
    edge = _ratio(threshold.ratio)
    return {"at least": f"at {edge} or more", "above": f"above {edge}", "at most": f"at {edge} or less", "below": f"below {edge}"}[
        threshold.word
    ]


def _missed(threshold: Threshold) -> str:
    edge = _ratio(threshold.ratio)
    return {"at least": f"below {edge}", "above": f"at {edge} or less", "at most": f"above {edge}", "below": f"at {edge} or more"}[
        threshold.word
    ]


def _joined(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _stopped(text: str) -> str:
    return f"{text.rstrip('. ')}."


def _months(first: date, last: date) -> str:
    """`June 2009`, `April to June 2009`, `April 2009 to March 2010`."""
    start, end = (long_date(day).split(" ", 1)[1] for day in (first, last))
    if start == end:
        return end
    return f"{start.split()[0]} to {end}" if first.year == last.year else f"{start} to {end}"


def _span(quarter: Quarter) -> str:
    return _months(quarter.first_day, quarter.last_day)
