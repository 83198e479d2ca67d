"""What a contract pays when patients are drawn again: the chance of each threshold, and the spread of payments.

The counts of a quarter are one outcome of many that were as likely. Every practice's numerator is drawn again, binomial, with its own denominator and its own
achievement, which for few patients leans towards the network's: the *prior* is so many patients more, at the rate of the network's practices together.
Each draw is then settled exactly, by the rules that settle. Floats stand only in the probabilities here: money never meets them.

For a pooled rate only the network's sum counts, so the sum is what is drawn, from the distribution of the sum of its practices' numerators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from typing import Any

import numpy as np
import polars as pl

from p4p.counts.activity import Activity
from p4p.language.contract import Contract, Performance, SharedAmongEarners
from p4p.language.curves import Curve, Threshold
from p4p.numbers.arrays import Arrays, Mask, Values, Whole
from p4p.numbers.errors import UsageError
from p4p.numbers.exact import least, most
from p4p.numbers.period import Quarter, Year
from p4p.settling import rules
from p4p.settling.settle import expected
from p4p.settling.settlement import Settlement
from p4p.whatif.many import BLOCK, Judged, Watch, earned, judged, supposed, unwatched

#: Most draws, and most draws x networks x scenarios held at once.
MOST_DRAWS, MOST_HELD = 1_000_000, 60_000_000

#: What the draws do not know. Printed with them.
LIMITS = (
    "patients are drawn independently of each other, and practices too: whatever moves them together makes the true spread wider",
    "quarters are drawn independently of each other, and no trend is supposed",
    "denominators and excluded patients stay as they were counted",
)

#: Beyond this many possible sums of a network's numerators they are drawn practice by practice.
WIDE = 1 << 14

#: Parts of the unit interval in which a draw is looked up.
SLOTS = 1 << 11


@dataclass(frozen=True, slots=True)
class Percentiles:
    """What is payable, in pence: as counted, and the 5th, 50th and 95th percentile of the draws."""

    counted: int
    low: int
    median: int
    high: int

    @property
    def held_back(self) -> int:
        """What to hold back beyond the median, so that it suffices in 19 of 20 draws."""
        return self.high - self.median


@dataclass(frozen=True, slots=True)
class Reached:
    """In how many draws a network's indicator reached a threshold in a quarter."""

    network: str
    package: str
    indicator: str
    quarter: Quarter
    threshold: Threshold
    times: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """One scenario under the draws: the spread of payments by network and in total, and how often thresholds were reached."""

    name: str
    networks: Mapping[str, Percentiles]
    total: Percentiles
    reached: tuple[Reached, ...]


@dataclass(frozen=True, slots=True)
class Chance:
    """Scenarios under the same draws."""

    settlement: Settlement
    n: int
    seed: int
    prior: Fraction
    outlooks: tuple[Outlook, ...]

    @property
    def period(self) -> Quarter | Year:
        return self.settlement.period

    def chance(self, reached: Reached) -> Fraction:
        """The part of the draws in which a threshold was reached."""
        return Fraction(reached.times, self.n)


def draws(
    scenarios: Mapping[str, Settlement],
    n: int,
    seed: int,
    prior: Fraction | int = 2,
    watch: Watch = unwatched,
    *,
    again: Mapping[tuple[str, int], int] | None = None,
) -> Chance:
    """Draw every practice's numerators n times and settle each draw under every scenario.

    `scenarios` are settlements by name, the baseline first; all see the same draws, as far as they count the same patients. `prior` is in patients.
    With `again` only some are drawn: by indicator and key of the quarter, the number of quarters over which its counts were summed. Same seed, same draws. Raises UsageError for a number of draws that is none, or more than fit in memory.
    """
    baseline = next(iter(scenarios.values()))
    each = len(baseline.network_codes) * len(scenarios)
    if not 1 <= n <= min(MOST_DRAWS, MOST_HELD // each):
        raise UsageError(f"--draws {n:,}: draw from 1 to {min(MOST_DRAWS, MOST_HELD // each):,} times")
    if seed < 0:
        raise UsageError(f"--seed {seed}: a seed is a whole number from 0 up")
    runs = {name: _Run(settlement, n) for name, settlement in scenarios.items()}
    counts: dict[int, _Counts] = {}  # a scenario that measures otherwise reads other counts
    for run in runs.values():
        activity = run.settlement.activity
        if id(activity) not in counts:
            counts[id(activity)] = _counts(activity, run.settlement.contract)
    with watch("indicators drawn", len(baseline.indicator_ids)) as done:
        for number, iid in enumerate(baseline.indicator_ids):
            drawn = {key: _Patients(found, number, iid, n, seed, Fraction(prior), again) for key, found in counts.items()}
            for run in runs.values():
                run.take(iid, drawn[id(run.settlement.activity)])
            done()
    return Chance(baseline, n, seed, Fraction(prior), tuple(run.outlook(name) for name, run in runs.items()))


@dataclass(frozen=True, slots=True)
class _Practice:
    """A practice's patients of one indicator in one quarter: eligible, and the chance that one of them is reached, or how many are `known` to be."""

    number: int
    eligible: int
    chance: Any
    known: int | None = None


#: Counts by indicator and quarter: `network`, `practice`, `numerator`, `eligible` of those that have eligible patients, in order.
_Counts = Mapping[tuple[Any, ...], pl.DataFrame]


def _counts(activity: Activity, contract: Contract) -> _Counts:
    """The counts that are drawn again; an indicator counted for networks has each network as one practice."""
    by_network = expected(contract).by_network
    numbers = [i for i, iid in enumerate(contract.indicators) if iid in by_network]
    practices = activity.practice_counts([iid for iid in contract.indicators if iid not in by_network])
    networks = activity.counts.filter(pl.col("indicator").is_in(numbers)).with_columns(practice=pl.col("network"))
    names, eligible = ("indicator", "quarter", "network", "practice"), pl.col("denominator") - pl.col("excluded")
    both = pl.concat([frame.select(*names, "numerator", eligible=eligible) for frame in (practices, networks)])
    return both.filter(pl.col("eligible") > 0).sort(names).partition_by("indicator", "quarter", as_dict=True)


class _Patients:
    """Draws of one indicator's numerators. Each quarter has a generator of its own, and networks and practices their order: the same seed, the same draws."""

    def __init__(
        self, counts: _Counts, number: int, iid: str, n: int, seed: int, prior: Fraction, again: Mapping[tuple[str, int], int] | None
    ) -> None:
        self.again = again
        self.counts, self.number, self.iid, self.n, self.seed = counts, number, iid, n, seed
        self.prior = prior.numerator / prior.denominator
        self.found: dict[tuple[int, bool], Any] = {}

    def sums(self, key: int, networks: int) -> tuple[Values, Values]:
        """The networks' numerators in a quarter, draws x networks, and their eligible patients."""
        if (key, True) not in self.found:
            rng = self.generator(key)
            drawn, eligible = np.zeros((networks, self.n), dtype=np.int64), np.zeros(networks, dtype=np.int64)
            for network, practices in self.cells(key).items():
                drawn[network] = _drawn_sum(practices, self.n, rng)
                eligible[network] = sum(p.eligible for p in practices)
            self.found[key, True] = drawn.T, eligible
        drawn, eligible = self.found[key, True]
        return drawn, eligible

    def singles(self, key: int) -> dict[int, dict[int, tuple[Values, int]]]:
        """By network and practice, its numerators in a quarter and its eligible patients."""
        if (key, False) not in self.found:
            rng = self.generator(key)
            self.found[key, False] = {
                network: {p.number: (_drawn_sum([p], self.n, rng), p.eligible) for p in practices}
                for network, practices in self.cells(key).items()
            }
        found: dict[int, dict[int, tuple[Values, int]]] = self.found[key, False]
        return found

    def generator(self, key: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self.seed, key, *self.iid.encode()]))

    def cells(self, key: int) -> dict[int, list[_Practice]]:
        """By network, the practices with eligible patients in a quarter."""
        here = self.counts.get((self.number, key))
        if here is None:
            return {}
        network, practice, numerator, eligible = (here[c].to_numpy() for c in ("network", "practice", "numerator", "eligible"))
        reached, all_ = np.bincount(network, weights=numerator), np.bincount(network, weights=eligible)
        summed = 1 if self.again is None else self.again.get((self.iid, key), 0)
        prior = self.prior * max(summed, 1)
        chance = (numerator + prior * reached[network] / all_[network]) / (eligible + prior)
        if summed > 1:
            eligible = np.maximum((2 * eligible + summed) // (2 * summed), 1)
        found: dict[int, list[_Practice]] = {}
        for n, number, d, p, x in zip(*(a.tolist() for a in (network, practice, eligible, chance, numerator)), strict=True):
            found.setdefault(n, []).append(_Practice(number, d, p, None if summed else x))
        return found


def _drawn_sum(practices: Sequence[_Practice], n: int, rng: np.random.Generator) -> Values:
    """Draws of the sum of practices' numerators."""
    spread = [p for p in practices if p.known is None and 0 < p.chance < 1]
    sure = sum(p.eligible if p.known is None else p.known for p in practices if p.known is not None or p.chance >= 1)
    windows = [_window(p) for p in spread]
    if not spread or sum(stop - start for start, stop in windows) > WIDE:
        return sum((rng.binomial(p.eligible, p.chance, n) for p in spread), np.full(n, sure, dtype=np.int64))
    chances = reduce(np.convolve, (_chances(p, *w) for p, w in zip(spread, windows, strict=True)))
    return sure + sum(start for start, _ in windows) + _looked_up(np.cumsum(chances), rng.random(n))


def _window(p: _Practice) -> tuple[int, int]:
    """The numerators that have a chance to speak of: all but one in a hundred thousand million draws."""
    mean = p.eligible * p.chance
    reach = 7 * np.sqrt(mean * (1 - p.chance)) + 12
    return max(0, int(mean - reach)), min(p.eligible, int(mean + reach)) + 1


def _chances(p: _Practice, start: int, stop: int) -> Values:
    """The binomial chance of each numerator from `start` up to `stop`, from one ratio of neighbours to the next."""
    k = np.arange(start + 1, stop)
    odds = np.log((p.eligible - k + 1) / k) + np.log(p.chance / (1 - p.chance))
    logs = np.concatenate(([0], np.cumsum(odds)))
    weights: Values = np.exp(logs - logs.max())
    chances: Values = weights / weights.sum()
    return chances


def _looked_up(upto: Values, at: Values) -> Values:
    """For each number from 0 to 1 the position in cumulated chances where it falls: found at once where a slot holds one position only."""
    upto = upto / upto[-1]
    first = np.searchsorted(upto, np.arange(SLOTS + 1) / SLOTS, side="right")
    slot = (at * SLOTS).astype(np.int64)
    found = first[slot]
    open_ = np.flatnonzero((first[1:] != first[:-1])[slot])
    found[open_] = np.searchsorted(upto, at[open_], side="right")
    return np.minimum(found, len(upto) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """What is settled of an indicator: `count` cases x networks. `of_draw` holds where each draw's case stands among all (networks x draws, network by
    network), `drawn` how often each was drawn; None where each draw is a case of its own.
    """

    count: int
    networks: int
    made: Mapping[int, Callable[[slice], Arrays]]
    of_draw: Values | None = None
    drawn: Values | None = None

    @classmethod
    def once(cls, q: int, top: Values, bottom: Values) -> _Cases:
        """Each numerator that was drawn is settled once, however often it was drawn."""
        least_top = top.min(axis=0)
        at = (top - least_top).T
        span, networks = int(at.max()) + 1, len(bottom)
        of_draw = at + span * np.arange(networks)[:, None]
        drawn = np.bincount(of_draw.reshape(-1), minlength=span * networks).reshape(networks, span).T
        return cls(span, networks, {q: partial(_over, least_top + np.arange(span)[:, None], bottom)}, of_draw, drawn)

    def achievement(self, q: int, block: slice) -> Arrays:
        """The achievements of a block of cases."""
        return self.made[q](block)

    def of_draws(self, pence: Values) -> Values:
        """What each draw earns, from what each case does."""
        return pence if self.of_draw is None else pence.T.reshape(-1)[self.of_draw].T

    def times(self, met: Any, block: slice) -> Values:
        """In how many draws something holds that holds in some cases of a block, by network."""
        holds = np.broadcast_to(met.holds if isinstance(met, Mask) else np.array(met), (block.stop - block.start, self.networks))
        return np.asarray((holds if self.drawn is None else holds * self.drawn[block]).sum(axis=0))


def _over(top: Values, bottom: Values, block: slice) -> Arrays:
    return Arrays.of(top[block], bottom)


class _Run:
    """One scenario, settled under the draws indicator by indicator."""

    def __init__(self, settlement: Settlement, n: int) -> None:
        self.settlement, self.n = settlement, n
        self.codes = settlement.network_codes
        self.lines = {pid: judged(settlement, pid) for pid, p in settlement.contract.packages.items() if p.performance}
        self.wanted = {q.number: q for q in settlement.quarters}
        self.payable = np.zeros((n, len(self.codes)), dtype=np.int64, order="F")
        for code, t in settlement.by_network.items():
            self.payable[:, self.codes.index(code)] = t.upfront
        self.shared: dict[str, dict[int, list[Values]]] = {}
        self.reached: list[Reached] = []

    def take(self, iid: str, patients: _Patients) -> None:
        """Settle one indicator under the draws of its patients."""
        if iid not in self.settlement.contract.indicators:
            return
        pid, terms = self.settlement.contract.indicators[iid]
        performance = self.settlement.contract.performance_of(iid)
        lines = self.lines[pid][iid]
        if not lines:
            return
        cases = self.cases(iid, terms.curve, performance, patients)
        step = max(1, BLOCK // len(self.codes))
        got = {q: np.zeros((cases.count, len(self.codes)), dtype=np.int64) for q in self.wanted}
        times: dict[tuple[int, int], Any] = {}
        for start in range(0, cases.count, step):
            block = slice(start, min(start + step, cases.count))
            shares = {}
            for q, line in lines.items():
                achievement = self.supposed(iid, cases.achievement(q, block))
                shares[q] = line.share(terms.curve, achievement)
                for i, threshold in enumerate(_told(terms.curve) if q in self.wanted else ()):
                    times[q, i] = times.get((q, i), 0) + cases.times(threshold.reached(achievement), block)
            own = {q: Arrays.of(line.own) for q, line in lines.items()}
            present = {q: line.present for q, line in lines.items()}
            for q, _, made in earned(performance, self.settlement.contract.mode, own, shares, present):
                if q in self.wanted:
                    got[q][block] = made.whole_numbers() * lines[q].present
        paid = {q: cases.of_draws(pence) for q, pence in got.items()}
        self.payable += reduce(np.add, paid.values())
        if isinstance(performance.unearned, SharedAmongEarners):
            self.keep(pid, lines, paid)
        for (q, i), counted in sorted(times.items()):
            threshold = _told(terms.curve)[i]
            for n in np.flatnonzero(lines[q].counted):
                self.reached.append(Reached(self.codes[n], pid, iid, self.wanted[q], threshold, int(counted[n])))

    def supposed(self, iid: str, achievement: Arrays) -> Arrays:
        for change in self.settlement.assumptions.of(iid):
            achievement = supposed(achievement, change, self.codes)
        return achievement

    def cases(self, iid: str, curve: Curve, performance: Performance, patients: _Patients) -> _Cases:
        """What is to be settled of an indicator: each draw, or each numerator that was drawn, where a quarter stands alone."""
        year, size = self.settlement.quarters[0].year, len(self.codes)
        made: dict[int, Callable[[slice], Arrays]] = {}
        for q in (quarters := self.lines[self.settlement.contract.indicators[iid][0]][iid]):
            first = 0 if performance.to_date else q - 1
            keys = [quarter.key for quarter in year.quarters[first:q]]
            if not performance.pooled:
                rates = self.rates(keys, curve, performance, patients)
                made[q] = partial(_beside, rates)
                continue
            drawn = [patients.sums(key, size) for key in keys]
            top, bottom = reduce(np.add, (d for d, _ in drawn)), reduce(np.add, (e for _, e in drawn))
            bottom = np.maximum(bottom, 1)
            if len(quarters) == 1 and int((top.max(axis=0) - top.min(axis=0)).max()) + 1 < self.n:
                return _Cases.once(q, top, bottom)
            made[q] = partial(_over, top, bottom)
        return _Cases(self.n, size, made)

    def rates(
        self, keys: Sequence[int], curve: Curve, performance: Performance, patients: _Patients
    ) -> list[Callable[[slice], Arrays] | None]:
        """Each network's achievement where it is made of its practices' rates; None for a network without patients."""
        found: list[dict[int, tuple[Any, int]]] = [{} for _ in self.codes]
        for key in keys:
            for network, practices in patients.singles(key).items():
                for number, (drawn, eligible) in practices.items():
                    before = found[network].get(number, (0, 0))
                    found[network][number] = before[0] + drawn, before[1] + eligible
        better = least if curve.direction == "higher is better" else most

        def rate(practices: list[tuple[Values, int]], block: slice) -> Arrays:
            each = [Arrays.of(drawn[block]) / eligible for drawn, eligible in practices]
            if performance.network_rate == "mean of practices":
                return sum(each[1:], each[0]) / len(each)
            return reduce(better, each)

        return [partial(rate, list(ps.values())) if ps else None for ps in found]

    def keep(self, pid: str, lines: Mapping[int, Judged], got: Mapping[int, Values]) -> None:
        """Note what a package's indicators earned and might have earned, for sharing what is left."""
        sums = self.shared.setdefault(pid, {q: [np.zeros_like(self.payable), np.zeros_like(self.payable)] for q in got})
        for q, made in got.items():
            sums[q][0] += made
            sums[q][1] += lines[q].own

    def outlook(self, name: str) -> Outlook:
        """The scenario's result, once every indicator has been taken."""
        for pid, quarters in self.shared.items():
            performance = self.settlement.contract.packages[pid].performance
            assert performance is not None and isinstance(performance.unearned, SharedAmongEarners)
            for q, (got, offered) in quarters.items():
                paid = np.flatnonzero(next(iter(self.lines[pid].values()))[q].present)
                for i in range(self.n):
                    theirs = got[i, paid]
                    self.payable[i, paid] += rules.shared(performance.unearned, theirs.tolist(), (offered[i, paid] - theirs).tolist())
        here = [self.codes.index(code) for code in self.settlement.by_network]
        counted = [t.payable for t in self.settlement.by_network.values()]
        networks = {c: _spread(self.payable[:, i], now) for c, i, now in zip(self.settlement.by_network, here, counted, strict=True)}
        total = _spread(self.payable[:, here].sum(axis=1), sum(counted))
        return Outlook(name, networks, total, tuple(sorted(self.reached, key=lambda r: (r.network, r.quarter))))


def _spread(payable: Values, counted: int) -> Percentiles:
    """Percentiles as draws that came up: the smallest with so many percent of the draws at it or below."""
    places = [-(-percent * len(payable) // 100) - 1 for percent in (5, 50, 95)]
    low, median, high = (int(p) for p in np.partition(payable, places)[places])
    return Percentiles(counted, low, median, high)


def _told(curve: Curve) -> tuple[Threshold, ...]:
    """The thresholds whose chance is told: all, or the first and the last of many steps."""
    every = tuple(t for t in curve.thresholds() if 0 <= t.ratio <= 1)
    return every if len(every) <= 4 else (every[0], every[-1])


def _beside(parts: Sequence[Callable[[slice], Arrays] | None], block: slice) -> Arrays:
    """Columns side by side: each network's numbers become one column of one array."""
    rates = [None if part is None else part(block) for part in parts]
    size = max(len(np.atleast_1d(r.top.values)) for r in rates if r is not None) if any(r is not None for r in rates) else 1
    tops, bottoms = [], []
    for r in rates:
        top, bottom = (
            (r.top.times(Whole.constant(r.scale.numerator)).values, r.bottom.times(Whole.constant(r.scale.denominator)).values)
            if r
            else (0, 1)
        )
        tops.append(np.broadcast_to(np.asarray(top, dtype=object), (size,)))
        bottoms.append(np.broadcast_to(np.asarray(bottom, dtype=object), (size,)))
    return Arrays.of(np.stack(tops, axis=1), np.stack(bottoms, axis=1)).tightened()
