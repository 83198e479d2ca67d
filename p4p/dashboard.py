"""Every indicator month by month, for networks and their practices: what a network meeting looks at.

The achievement of a month is that on which the quarter would be judged if it ended with that month: of a snapshot the month's own counts, else the counts
from the start of the quarter or year to the end of the month. Practices are set against the limits that chance allows around their network's
rate; they are never ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Literal

from p4p import rules
from p4p.activity import Activity
from p4p.contract import Contract, Indicator, Performance
from p4p.curves import next_threshold
from p4p.errors import UsageError, did_you_mean
from p4p.evidence import PracticeCount, rate
from p4p.exact import ONE, ZERO
from p4p.members import Members
from p4p.period import Quarter, Year, month_text

#: What the achievement of a month would pay: in full (green), in part (amber), nothing (red); or it cannot be said.
Light = Literal["green", "amber", "red", "none"]

#: Since the month before, in the sense of better.
Since = Literal["better", "worse", "level", "unknown"]

#: A practice against the 99.8% limits around its network's pooled rate.
Against = Literal["within", "above", "below", "no patients", "no counts"]

#: Standard deviations of the control limits: 3.09, which chance alone leaves once in 500 times.
LIMITS = Fraction(309, 100)


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """An indicator's standing at the end of a month; `achievement` is None where there are no patients or no counts.

    `lacking` and `withheld`: practice-months missing and withheld among those that the achievement is made of. `reported`: whether any count stands in the month itself.
    """

    month: int
    numerator: int
    eligible: int
    achievement: Fraction | None
    lacking: int
    withheld: int
    reported: bool


@dataclass(frozen=True, slots=True)
class PracticePoint:
    """A practice's standing in the dashboard's month, and the numerators that chance allows around the network's rate: `low` to `high`.

    `trend`: its counts of each month of the row, None in months whose counts it has no part in.
    """

    count: PracticeCount
    against: Against
    low: int | None
    high: int | None
    trend: tuple[PracticeCount | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of one network (or of one practice of it) over the months of the year up to the dashboard's.

    `share` is what the last achievement would earn, None where that cannot be said; `since` compares the last two months; `network_achievement` is the
    network's where the row is a practice's, else the row's own. `practices` are those with counts due in the month, by code.
    """

    network: str
    package: str
    indicator: str
    terms: Indicator
    performance: Performance
    points: tuple[MonthPoint, ...]
    light: Light
    share: Fraction | None
    since: Since
    practices: tuple[PracticePoint, ...]
    network_achievement: Fraction | None

    @property
    def now(self) -> MonthPoint:
        """The standing in the dashboard's month."""
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All networks, or one, or one practice, at the end of a month. `rows` by network, then contract order."""

    contract: Contract
    members: Members
    activity: Activity
    month: int
    network: str | None
    practice: str | None
    rows: tuple[Row, ...]

    @property
    def quarter(self) -> Quarter:
        return quarter_with(self.month, self.contract.years)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counts by place and indicator, then month: (numerator, eligible, excluded, withheld rows). A place is a practice, or a network counted for itself."""

    by_month: Mapping[tuple[str, str], Mapping[int, tuple[int, int, int, int]]]
    missing: frozenset[tuple[str, str, int]]

    def of(self, place: str, indicator: str, months: Sequence[int], performance: Performance) -> PracticeCount:
        """A place's counts over some months in which it stood where it stands now."""
        own = self.by_month.get((place, indicator), {})
        rows = [own[m] for m in months if m in own]
        absent = sum(1 for m in months if m not in own and self._due(place, indicator, m, performance))
        n, d, e, hidden = (sum(row[i] for row in rows) for i in range(4))
        return PracticeCount(place, n, d, e, absent, hidden)

    def reported(self, place: str, indicator: str, month: int) -> bool:
        return month in self.by_month.get((place, indicator), {})

    def _due(self, place: str, indicator: str, month: int, performance: Performance) -> bool:
        """Whether a month without a row lacks one: a row of a whole quarter stands in its last month, and a snapshot's other months bind nobody."""
        if performance.measured != "snapshot" or month % 3 == 2:
            return (place, indicator, month) in self.missing
        return True


def quarter_with(month: int, years: Sequence[Year]) -> Quarter:
    """The quarter of a contract's years in which a month lies. Raises UsageError where it lies in none."""
    for year in years:
        if month in year.months:
            return Quarter(year, (month - year.months[0]) // 3 + 1)
    first, last = years[0].months[0], years[-1].months[-1]
    raise UsageError(f"{month_text(month)} is outside the contract, which runs from {month_text(first)} to {month_text(last)}")


def dashboard(
    contract: Contract,
    members: Members,
    activity: Activity,
    month: int | None = None,
    network: str | None = None,
    practice: str | None = None,
) -> Dashboard:
    """The dashboard of a month: the last that the activity mentions, unless one is named.

    Raises UsageError for a month outside the contract, and for a practice that is in no network, or in another, that month.
    """
    month = activity.last_month if month is None else month
    quarter = quarter_with(month, contract.years)
    if practice is not None:
        network = _network_of(practice, members, month, network)
    months = range(quarter.year.months[0], month + 1)
    counts = _counts(contract, members, activity, months)
    networks = [network] if network is not None else [n for n in members.networks if any(members.members(n, m) for m in quarter.months)]
    rows = tuple(
        _row(contract, members, counts, code, iid, months, practice)
        for code in networks
        for iid, (pid, _) in contract.indicators.items()
        if practice is None or _performance(contract, iid).counts_from == "practice"
    )
    return Dashboard(contract, members, activity, month, network, practice, rows)


def _network_of(practice: str, members: Members, month: int, asked: str | None) -> str:
    if practice not in members.practices:
        raise UsageError(f'there is no practice "{practice}": {did_you_mean(practice, members.practices)}'.rstrip(": "))
    network = members.network_of(practice, month)
    if network is None:
        why = members.why_absent(practice, month)
        raise UsageError(f"{practice} is in no network in {month_text(month)}" + (f": {why}" if why else ""))
    if asked not in (None, network):
        raise UsageError(f"{practice} is in {network} in {month_text(month)}, not in {asked}")
    return network


def _performance(contract: Contract, indicator: str) -> Performance:
    performance = contract.packages[contract.indicators[indicator][0]].performance
    assert performance is not None
    return performance


def _counts(contract: Contract, members: Members, activity: Activity, months: range) -> _Counts:
    ids = list(contract.indicators)
    by_network = [i for i in ids if _performance(contract, i).counts_from == "network"]
    out: dict[tuple[str, str], dict[int, tuple[int, int, int, int]]] = {}
    for level, wanted, codes in (
        ("practice", [i for i in ids if i not in by_network], tuple(members.practices)),
        ("network", by_network, tuple(members.networks)),
    ):
        if wanted:
            frame = activity.monthly(level, wanted)
            names = (level, "indicator", "month", "numerator", "denominator", "excluded", "withheld")
            for place, indicator, month, n, d, e, hidden in frame.select(names).iter_rows():
                if month in months:
                    out.setdefault((codes[place], ids[indicator]), {})[month] = (n, d, e, hidden)
    return _Counts(out, frozenset(activity.missing(months, ids)))


def basis(performance: Performance, month: int, year: Year) -> range:
    """The months whose counts make the achievement of a month."""
    if performance.measured == "snapshot":
        return range(month, month + 1)
    first = year.months[0]
    return range(month - (month - first) % 3 if performance.measured == "quarter" else first, month + 1)


def _row(contract: Contract, members: Members, counts: _Counts, network: str, iid: str, months: range, practice: str | None) -> Row:
    pid, terms = contract.indicators[iid]
    performance, year = _performance(contract, iid), quarter_with(months[0], contract.years).year
    by_month = [_places(members, counts, network, iid, performance, basis(performance, m, year)) for m in months]
    own = [[c for c in found if practice in (None, c.practice)] for found in by_month]
    points = tuple(
        _point(performance, terms, found, m, any(counts.reported(c.practice, iid, m) for c in found))
        for m, found in zip(months, own, strict=True)
    )
    share = share_of(performance, terms, points[-1])
    whole = _point(performance, terms, by_month[-1], months[-1], True).achievement
    practices = () if performance.counts_from == "network" else tuple(_against(by_month, own[-1]))
    return Row(
        network, pid, iid, terms, performance, points, _light(terms, points[-1], share), share, _since(terms, points), practices, whole
    )


def _places(members: Members, counts: _Counts, network: str, iid: str, performance: Performance, months: range) -> list[PracticeCount]:
    """The counts of a network's practices, each over those of some months in which it was a member; of a network counted for itself its own."""
    if performance.counts_from == "network":
        return [counts.of(network, iid, [m for m in months if members.members(network, m)], performance)]
    spells: dict[str, list[int]] = {}
    for month in months:
        for code in members.members(network, month):
            spells.setdefault(code, []).append(month)
    found = [counts.of(code, iid, spell, performance) for code, spell in sorted(spells.items())]
    unasked = performance.measured == "snapshot" and months[-1] % 3 != 2
    if unasked and not any(counts.reported(c.practice, iid, months[-1]) for c in found):
        return [PracticeCount(c.practice, 0, 0) for c in found]  # nobody reports a snapshot but at the end of the quarter
    return found


def _point(performance: Performance, terms: Indicator, found: Sequence[PracticeCount], month: int, reported: bool) -> MonthPoint:
    return MonthPoint(
        month=month,
        numerator=sum(c.numerator for c in found),
        eligible=sum(c.eligible for c in found),
        achievement=rate(performance, terms.curve.direction, [(c.numerator, c.eligible) for c in found]),
        lacking=sum(c.missing for c in found),
        withheld=sum(c.withheld for c in found),
        reported=reported,
    )


def share_of(performance: Performance, terms: Indicator, point: MonthPoint) -> Fraction | None:
    """The share that a month's achievement would earn: the contract's word where counts lack or there are no patients; None where nothing can be said."""
    if (point.lacking and performance.missing_data == "pays nothing") or (point.withheld and performance.withheld == "pays nothing"):
        return ZERO
    if point.achievement is not None:
        return Fraction(terms.curve.share(point.achievement))
    return Fraction(rules.empty_share(performance)) if point.reported and not point.lacking and not point.withheld else None


def _light(terms: Indicator, point: MonthPoint, share: Fraction | None) -> Light:
    if share is None or point.achievement is None:
        return "none"
    if share == ONE or (share and next_threshold(terms.curve, point.achievement) is None):
        return "green"
    return "amber" if share else "red"


def _since(terms: Indicator, points: Sequence[MonthPoint]) -> Since:
    if len(points) < 2 or points[-1].achievement is None or points[-2].achievement is None:
        return "unknown"
    now, before = points[-1].achievement, points[-2].achievement
    if now == before:
        return "level"
    return "better" if (now > before) == (terms.curve.direction == "higher is better") else "worse"


def _against(by_month: Sequence[Sequence[PracticeCount]], wanted: Sequence[PracticeCount]) -> list[PracticePoint]:
    everyone = by_month[-1]
    numerator, eligible = sum(c.numerator for c in everyone), sum(c.eligible for c in everyone)
    of_month = [{c.practice: c for c in found} for found in by_month]
    out = []
    for count in wanted:
        trend = tuple(found.get(count.practice) for found in of_month)
        if count.eligible <= 0:
            absent: Against = "no counts" if count.missing or count.withheld else "no patients"
            out.append(PracticePoint(count, absent, None, None, trend))
            continue
        low, high = limits(count.eligible, numerator, eligible)
        against: Against = "below" if count.numerator < low else "above" if count.numerator > high else "within"
        out.append(PracticePoint(count, against, low, high, trend))
    return out


def limits(eligible: int, numerator_of_all: int, eligible_of_all: int) -> tuple[int, int]:
    """The least and the most patients of a practice's `eligible` that chance allows, if its rate were that of all: 99.8% limits of a funnel.

    n is within them where (n/d - p)^2 x d <= z^2 x p(1 - p); on whole numbers, so no square root is rounded.
    """
    a, b = numerator_of_all, eligible_of_all
    z2 = LIMITS * LIMITS
    reach = isqrt(int(z2 * a * (b - a) * eligible))  # (n b - a d)^2 is a whole number, so the whole part of the root decides
    low, high = -(-(a * eligible - reach) // b), (a * eligible + reach) // b
    return max(low, 0), min(high, eligible)
