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

import polars as pl

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.counts.suppress import Publication
from p4p.language.contract import Contract, Indicator, Performance
from p4p.language.curves import next_threshold
from p4p.numbers.errors import UsageError, did_you_mean
from p4p.numbers.exact import ONE, ZERO
from p4p.numbers.period import Quarter, Year, month_text, outside
from p4p.settling import rules
from p4p.settling.evidence import PracticeCount

#: What the achievement of a month would pay: in full (green), in part (amber), nothing (red); or it cannot be said, or not in public.
Light = Literal["green", "amber", "red", "none", "withheld"]

#: Since the month before, in the sense of better.
Since = Literal["better", "worse", "level", "unknown"]

#: A practice against the 99.8% limits around its network's pooled rate.
Against = Literal["within", "above", "below", "no patients", "no counts", "withheld"]

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
    """All networks, or one, or one practice, at the end of a month. `rows` by network, then contract order; `publication`: what was withheld, if it is published."""

    contract: Contract
    members: Members
    activity: Activity
    month: int
    network: str | None
    practice: str | None
    rows: tuple[Row, ...]
    publication: Publication | None = None

    @property
    def quarter(self) -> Quarter:
        return quarter_with(self.month, self.contract.years)


#: The counts of a month as they were reported: numerator, denominator, excluded, rows withheld.
_Reported = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Counts:
    """What was reported, by place (a practice, or a network counted for itself), indicator and month, and what is missing."""

    reported: Mapping[tuple[str, str], Mapping[int, _Reported]]
    missing: frozenset[tuple[str, str, int]]

    def series(self, places: Sequence[Sequence[str]], indicator: str, performance: Performance, months: range) -> list[list[PracticeCount]]:
        """For each month, each place's counts over the months that make its achievement, while it was there; by code.

        A row of a whole quarter stands in its last month, so a month before it lacks nothing; and before the end of a quarter a snapshot that
        nobody reports lacks nothing either.
        """
        sums: dict[str, list[int]] = {}
        out = []
        for month, here in zip(months, places, strict=True):
            if performance.measured == "snapshot" or (performance.measured == "quarter" and (month - months[0]) % 3 == 0):
                sums = {}
            snapshot_between = performance.measured == "snapshot" and month % 3 != 2
            some = snapshot_between and any(month in self.reported.get((place, indicator), ()) for place in here)
            for place in here:
                total = sums.setdefault(place, [0, 0, 0, 0, 0])
                row = self.reported.get((place, indicator), {}).get(month)
                if row is not None:
                    for i, count in enumerate(row):
                        total[i] += count
                elif some if snapshot_between else (place, indicator, month) in self.missing:
                    total[4] += 1
            out.append([PracticeCount(place, n, d, e, absent, hidden) for place, (n, d, e, hidden, absent) in sorted(sums.items())])
        return out

    def has(self, places: Sequence[str], indicator: str, month: int) -> bool:
        """Whether any of some places has a row that stands in a month."""
        return any(month in self.reported.get((place, indicator), ()) for place in places)


def quarter_with(month: int, years: Sequence[Year]) -> Quarter:
    """The quarter of a contract's years in which a month lies. Raises UsageError where it lies in none."""
    for year in years:
        if month in year.months:
            return Quarter(year, (month - year.months[0]) // 3 + 1)
    raise UsageError(str(outside(month_text(month), tuple(years))))


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
    counts = _counts(contract, members, activity, months, network)
    rows: list[Row] = []
    for code in members.networks if network is None else [network]:
        places = [members.members(code, m) for m in months]
        if network is None and not any(members.members(code, m) for m in quarter.months):
            continue
        rows += [
            _row(contract, counts, code, iid, months, places, practice)
            for iid in contract.indicators
            if practice is None or contract.performance_of(iid).counts_from == "practice"
        ]
    return Dashboard(contract, members, activity, month, network, practice, tuple(rows))


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


def _counts(contract: Contract, members: Members, activity: Activity, months: range, network: str | None) -> _Counts:
    """What was reported and what is missing, of one network's places or of all."""
    ids = list(contract.indicators)
    by_network = [i for i in ids if contract.performance_of(i).counts_from == "network"]
    own = [i for i in ids if i not in by_network]
    here = [c for c, p in members.practices.items() if network is None or any(s.network == network for s in p.stays)]
    out: dict[tuple[str, str], dict[int, _Reported]] = {}
    for level, wanted, codes, places in (
        ("practice", own, tuple(members.practices), here),
        ("network", by_network, tuple(members.networks), list(members.networks) if network is None else [network]),
    ):
        if not wanted:
            continue
        frame = activity.monthly(level, wanted).filter(pl.col("month").is_between(months[0], months[-1]))
        if network is not None:
            frame = frame.filter(pl.col(level).is_in([codes.index(place) for place in places]))
        names = (level, "indicator", "month", "numerator", "denominator", "excluded", "withheld")
        for place, indicator, month, n, d, e, hidden in frame.select(names).iter_rows():
            out.setdefault((codes[place], ids[indicator]), {})[month] = (n, d, e, hidden)
    return _Counts(out, frozenset(activity.missing(months, ids)))


def _row(
    contract: Contract, counts: _Counts, network: str, iid: str, months: range, places: Sequence[Sequence[str]], practice: str | None
) -> Row:
    pid, terms = contract.indicators[iid]
    performance = contract.performance_of(iid)
    itself = performance.counts_from == "network"
    if itself:
        places = [(network,) if here else () for here in places]
    by_month = counts.series(places, iid, performance, months)
    own = by_month if practice is None else [[c for c in found if c.practice == practice] for found in by_month]
    points = tuple(
        _point(performance, terms, found, m, counts.has([c.practice for c in found], iid, m)) for m, found in zip(months, own, strict=True)
    )
    share = share_of(performance, terms, points[-1])
    whole = points[-1] if practice is None else _point(performance, terms, by_month[-1], months[-1], True)
    practices = () if itself else tuple(_against(by_month, own[-1]))
    light, since = _light(terms, points[-1], share), _since(terms, points)
    return Row(network, pid, iid, terms, performance, points, light, share, since, practices, whole.achievement)


def _point(performance: Performance, terms: Indicator, found: Sequence[PracticeCount], month: int, reported: bool) -> MonthPoint:
    return MonthPoint(
        month=month,
        numerator=sum(c.numerator for c in found),
        eligible=sum(c.eligible for c in found),
        achievement=rules.network_rate(performance, terms.curve.direction, [(c.numerator, c.eligible) for c in found]),
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
