"""The points of a sweep, and how they fall into settings.

The parameters of a sweep fall into those that move the *share* of an indicator (thresholds, achievements) and those that move a package's *money*
(split, value, price, list). For each indicator shares are worked out once for each setting of the parameters that reach it, for each package money once for
each of its settings, and earned money for each pair, by the very rules that settle (module `many`).

Moving thresholds and achievements together takes no more work than moving one of them: an achievement of 70% against a threshold of 80% is as far from it
as 65% against 75%. That holds as long as no achievement is cut off at 0% or 100% between thresholds, which is looked at first.

Quarters that depend on each other (catch-up, claw-back, carrying forward, a year judged at once) and unearned money shared among earners are settled on the
same arrays. Only where a network is away for a quarter inside the year is each point settled alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Any

import numpy as np

from p4p.language.contract import Package, Performance, SharedAmongEarners
from p4p.language.curves import Curve, numbers, with_numbers
from p4p.numbers.arrays import Arrays, Values
from p4p.numbers.errors import Problem, UsageError
from p4p.numbers.exact import ONE, ZERO
from p4p.settling import rules
from p4p.settling.entitlement import paid_networks, year_values
from p4p.settling.settle import settle
from p4p.settling.settlement import Settlement
from p4p.whatif.axes import Axis, at_point, shifted
from p4p.whatif.many import BLOCK, Judged, Money, Watch, earned, here, judged, money, supposed

#: Most whole numbers held at once, eight bytes each.
MOST_HELD = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Pence by setting of the money, setting of the shares, and network; `share_of` is the share setting of each point, None where there is one only."""

    pence: Values
    share_of: Values | None

    def at(self, money_of: Values, points: slice) -> Values:
        found: Values = self.pence[money_of[points], 0 if self.share_of is None else self.share_of[points]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One package at every point: the pieces that add up to its upfront, available, earned and adjustment money."""

    money_of: Values
    upfront: tuple[Piece, ...]
    available: tuple[Piece, ...]
    earned: tuple[Piece, ...]
    adjustments: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """The share settings of an indicator: for each, a position on every axis that reaches it, or a distance where only that counts."""

    axes: tuple[int, ...]
    distances: tuple[Fraction, ...] | None
    of_point: Values | None

    @property
    def count(self) -> int:
        return 1 if self.of_point is None else int(self.of_point.max()) + 1


class Grid:
    """The points of a sweep, and how they fall into settings."""

    def __init__(self, settlement: Settlement, axes: tuple[Axis, ...], watch: Watch) -> None:
        self.settlement, self.axes, self.watch = settlement, axes, watch
        self.contract, self.members = settlement.contract, settlement.members
        self.codes = settlement.network_codes
        self.shape = tuple(len(a.values) for a in axes)
        self.coordinates = np.unravel_index(np.arange(prod(self.shape)), self.shape)
        self.year = settlement.quarters[0].year
        self.wanted = [q.number for q in settlement.quarters]
        self.paid = paid_networks(self.members, self.year)
        self.active = here(self.codes, self.paid)
        self.held = 0
        self.distances: dict[tuple[int, ...], tuple[tuple[Fraction, ...], Values]] = {}

    @property
    def interrupted(self) -> bool:
        """Whether a network is away for a quarter and comes back, in a contract that looks back: what it earned meanwhile is not told by lines."""
        if not any(p.looks_back for p in self.contract.packages.values()):
            return False
        present = np.array([self.active[q] for q in (1, 2, 3, 4)], dtype=np.int64)
        return bool(((np.diff(present, axis=0) == 1).sum(axis=0) + present[0] > 1).any())

    def setting_of(self, axes: Sequence[int]) -> Values:
        """The number of each point's setting on some axes."""
        if not axes:
            return np.zeros(prod(self.shape), dtype=np.int64)
        return np.ravel_multi_index(tuple(self.coordinates[j] for j in axes), tuple(self.shape[j] for j in axes))

    def settings(self, axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        return product(*(range(self.shape[j]) for j in axes))

    # money

    def money(self, pid: str, package: Package) -> tuple[Money, Values]:
        """A package's money at each setting of its value and split, and the setting of each point."""
        valued = [j for j, a in enumerate(self.axes) if a.moves_money(pid) and a.kind != "split"]
        split = [j for j, a in enumerate(self.axes) if a.moves_money(pid) and a.kind == "split"]
        values = []
        for setting in self.settings(valued):
            contract, assumptions = at_point(self.contract, self.settlement.assumptions, [self.axes[j] for j in valued], setting)
            found = year_values(contract, contract.packages[pid], self.members, self.paid, assumptions)
            values.append([found.get(code, 0) for code in self.codes])
        shares: dict[int, list[Fraction]] = {q.number: [] for q in self.year.quarters}
        for setting in self.settings(split):
            at = package.split
            for j, i in zip(split, setting, strict=True):
                at = self.axes[j].of_split(at, i)
            for quarter in self.year.quarters:
                shares[quarter.number].append(at.upfront(quarter))
        splits = len(shares[1])
        self.holds(len(values) * splits * len(self.codes) * (8 + (len(package.performance.indicators) if package.performance else 0)))
        every = np.repeat(np.array(values, dtype=np.int64), splits, axis=0)
        upfront = {q: found * len(values) for q, found in shares.items()}
        return money(package, self.active, self.contract.mode, every, upfront), self.setting_of([*valued, *split])

    def holds(self, more: int) -> None:
        """Refuse a grid that would not fit in memory."""
        self.held += more
        if self.held > MOST_HELD:
            raise UsageError(
                [
                    Problem(
                        None,
                        f"{prod(self.shape):,} points of {len(self.codes):,} networks are more than fits in memory",
                        "take wider steps, or fewer axes",
                    )
                ]
            )

    # shares

    def shares(self, iid: str, curve: Curve, together: tuple[int, ...] | None) -> Shares:
        """The share settings of an indicator."""
        mine = tuple(j for j, a in enumerate(self.axes) if a.moves_share(iid)) if together is None else together
        if not mine:
            return Shares((), None, None)
        if together is None and self.only_distance_counts(curve, [self.axes[j] for j in mine]):
            if mine not in self.distances:
                self.distances[mine] = self.distances_of(mine)
            return Shares(mine, *self.distances[mine])
        return Shares(mine, None, self.setting_of(mine))

    def distances_of(self, axes: Sequence[int]) -> tuple[tuple[Fraction, ...], Values]:
        """How far achievements are moved towards their thresholds: each distance once, in order, and that of each point."""
        common = lcm(*(v.denominator for j in axes for v in self.axes[j].values))
        distance: Any = 0
        for j in axes:
            sign = 1 if self.axes[j].kind == "achievement" else -1
            distance = np.add.outer(distance, np.array([sign * int(v * common) for v in self.axes[j].values]))
        found, of_setting = np.unique(distance, return_inverse=True)
        return tuple(Fraction(int(d), common) for d in found), of_setting.reshape(-1)[self.setting_of(axes)]

    def only_distance_counts(self, curve: Curve, axes: Sequence[Axis]) -> bool:
        """Whether moving the achievement is the same as moving the thresholds the other way.

        It is for one achievement axis of all networks, where a curve pays the same from its outermost thresholds on: achievements cut off at 0% and 100%
        must lie beyond them, wherever the thresholds are moved.
        """
        moved = [a for a in axes if a.kind == "achievement"]
        if (
            len(axes) < 2
            or len(moved) != 1
            or moved[0].unit != "pp"
            or moved[0].network is not None
            or any(a.kind == "number" for a in axes)
        ):
            return False
        moves = [a.values for a in axes if a.kind == "curve"]
        for by in {sum(at, ZERO) for at in product(*((min(v), max(v)) for v in moves))}:
            for threshold in shifted(curve, by).thresholds():
                if threshold.reached(ZERO) != threshold.reached(-ONE) or threshold.reached(ONE) != threshold.reached(2 * ONE):
                    return False
        return True

    def share(self, iid: str, line: Judged, curve: Curve, shares: Shares, block: slice) -> Arrays:
        """The shares of an indicator in one quarter, for a block of its settings: settings x networks."""
        achievement = line.achievement
        if shares.of_point is None:
            return line.share(curve, achievement)
        if shares.distances is not None:
            return line.share(curve, achievement + Arrays.column(shares.distances[block]))
        sizes = tuple(self.shape[j] for j in shares.axes)
        places = np.unravel_index(np.arange(*block.indices(shares.count)), sizes)
        mine = [n for n, j in enumerate(shares.axes) if self.axes[j].moves_share(iid)]  # settings may be those of other indicators too
        bent = [n for n in mine if self.axes[shares.axes[n]].kind != "achievement"]
        if bent:
            table = [numbers(self.curve_at(curve, [shares.axes[n] for n in bent], at)) for at in product(*(range(sizes[n]) for n in bent))]
            rows = np.ravel_multi_index(tuple(places[n] for n in bent), tuple(sizes[n] for n in bent))
            columns = iter([v[0] if len(set(v)) == 1 else Arrays.column(v, rows) for v in zip(*table, strict=True)])
            curve = with_numbers(curve, lambda *_: next(columns))
        for n in (n for n in mine if n not in bent):
            axis = self.axes[shares.axes[n]]
            achievement = supposed(achievement, axis.supposed(iid, Arrays.column(axis.values, places[n])), self.codes)
        return line.share(curve, achievement)

    def curve_at(self, curve: Curve, axes: Sequence[int], at: Sequence[int]) -> Curve:
        for j, i in zip(axes, at, strict=True):
            curve = self.axes[j].of_curve(curve, i)
        return curve

    # packages

    def part(self, pid: str) -> Part:
        """One package at every point."""
        package = self.contract.packages[pid]
        cash, money_of = self.money(pid, package)
        upfront = sum((cash.upfront[q] * self.active[q] for q in self.wanted), np.zeros_like(cash.upfront[1]))
        fronts = (Piece(upfront[:, None, :], None),)
        performance = package.performance
        if performance is None or (performance.measured == "year" and self.wanted[-1] != 4):
            return Part(money_of, fronts, (), (), ())
        return PackageGrid(self, pid, performance, cash, money_of).part(fronts)

    def one_by_one(self) -> tuple[Part, ...]:
        """Every point settled alone: slow, for what the arrays do not tell."""
        self.holds(prod(self.shape) * len(self.codes) * 4)
        pence = np.zeros((4, prod(self.shape), 1, len(self.codes)), dtype=np.int64)
        places = {code: i for i, code in enumerate(self.codes)}
        with self.watch("points", prod(self.shape)) as done:
            for number, point in enumerate(self.settings(range(len(self.axes)))):
                contract, assumptions = at_point(self.contract, self.settlement.assumptions, self.axes, point)
                settled = settle(contract, self.members, self.settlement.activity, self.settlement.quarters, assumptions)
                for code, t in settled.by_network.items():
                    pence[:, number, 0, places[code]] = t.upfront, t.available, t.earned, t.adjustments
                done()
        upfront, available, made, adjusted = ((Piece(p, None),) for p in pence)
        return (Part(np.arange(prod(self.shape)), upfront, available, made, adjusted),)


class PackageGrid:
    """A package's performance part at every setting."""

    def __init__(self, grid: Grid, pid: str, performance: Performance, cash: Money, money_of: Values) -> None:
        self.grid, self.performance, self.money_of = grid, performance, money_of
        self.lines = judged(grid.settlement, pid)
        self.quarters = sorted(next(iter(self.lines.values())))
        self.own = cash.own(performance, self.quarters)
        self.moneys = len(cash.upfront[1])
        self.sharing = performance.unearned if isinstance(performance.unearned, SharedAmongEarners) else None
        together = None
        if self.sharing:  # what one indicator earns decides what another network receives: every indicator at every setting of any
            together = tuple(j for j, a in enumerate(grid.axes) if any(a.moves_share(iid) for iid in performance.indicators))
        self.shares = {iid: grid.shares(iid, i.curve, together) for iid, i in performance.indicators.items()}

    def part(self, upfront: tuple[Piece, ...]) -> Part:
        groups: dict[tuple[Any, ...], list[str]] = {}
        for iid, shares in self.shares.items():
            groups.setdefault((shares.axes, shares.distances), []).append(iid)
        available, made, adjusted = [], [], []
        for ids in groups.values():
            shares = self.shares[ids[0]]
            got, offered = self.group(ids, shares)
            made.append(Piece(_sum(got.values()), shares.of_point))
            available.append(Piece(*self.offered(ids, offered, shares)))
            if self.sharing:
                adjusted.append(Piece(self.shared(self.sharing, got, offered), shares.of_point))
        return Part(self.money_of, upfront, tuple(available), tuple(made), tuple(adjusted))

    def group(self, ids: Sequence[str], shares: Shares) -> tuple[dict[int, Values], dict[int, Values]]:
        """What some indicators of the same share settings earn together, and what they might have, by quarter: money settings x share settings x networks.

        Only quarters that are asked for; all of them in one where they need not be told apart.
        """
        shape = (self.moneys, shares.count, len(self.grid.codes))
        carries = self.performance.carries_forward
        keys = self.grid.wanted if self.sharing else [0]
        self.grid.holds(prod(shape) * len(keys) * (2 if carries or self.sharing else 1))
        got = {q: np.zeros(shape, dtype=np.int64) for q in keys}
        offered = {q: np.zeros(shape, dtype=np.int64) for q in keys} if carries or self.sharing else {}
        step = max(1, BLOCK // (self.moneys * len(self.grid.codes)))
        work = [(iid, slice(start, start + step)) for start in range(0, shares.count, step) for iid in ids]
        over_a_year = len(self.grid.wanted) > 1

        def run(items: list[tuple[str, slice]]) -> None:
            for iid, block in items:
                own = {q: Arrays.of(pence[:, None, :]) for q, pence in self.own[iid].items()}
                curve = self.performance.indicators[iid].curve
                share = {q: self.grid.share(iid, line, curve, shares, block) for q, line in self.lines[iid].items()}
                for q, available, made in earned(self.performance, self.grid.contract.mode, own, share, self.grid.active):
                    if q in self.grid.wanted:
                        key = q if self.sharing else 0
                        paid = self.grid.active[q]
                        got[key][:, block] += made.whole_numbers() * paid
                        if offered:  # money carried forward is available once in a year
                            counted = own[q] if over_a_year else available
                            offered[key][:, block] += counted.whole_numbers() * paid

        self.spread(run, work, shares, len(ids))
        return got, offered

    def spread(self, run: Callable[[list[tuple[str, slice]]], None], work: list[tuple[str, slice]], shares: Shares, ids: int) -> None:
        """Do the work on two threads where there is enough of it; blocks of settings are never shared between them."""
        cells = self.moneys * shares.count * len(self.grid.codes) * ids * len(self.quarters)
        if cells < 4_000_000 or len(work) == ids:
            run(work)
            return
        by_block: dict[int, list[tuple[str, slice]]] = {}
        for item in work:
            by_block.setdefault(item[1].start, []).append(item)
        with self.grid.watch("blocks of settings", len(by_block)) as done, ThreadPoolExecutor(2) as pool:
            try:
                for _ in pool.map(run, by_block.values()):
                    done()
            except BaseException:  # an interrupt need not wait for blocks that have not begun
                pool.shutdown(cancel_futures=True)
                raise

    def offered(self, ids: Sequence[str], offered: Mapping[int, Values], shares: Shares) -> tuple[Values, Values | None]:
        """The available money of a group: by share setting where it depends on what was earned before."""
        if self.performance.carries_forward:
            return _sum(offered.values()), shares.of_point
        total = np.zeros((self.moneys, len(self.grid.codes)), dtype=np.int64)
        for iid in ids:
            for q in self.quarters:
                if q in self.grid.wanted:
                    total += self.own[iid][q] * self.grid.active[q]
        return total[:, None, :], None

    def shared(self, unearned: SharedAmongEarners, got: Mapping[int, Values], offered: Mapping[int, Values]) -> Values:
        """What networks receive of each other's unearned money, quarter by quarter."""
        out = np.zeros_like(next(iter(got.values())))
        moneys, shares, _ = out.shape
        with self.grid.watch("settings", moneys * len(got)) as done:
            for q, made in got.items():
                paid = np.flatnonzero(self.grid.active[q])
                for m in range(moneys):
                    for k in range(shares):
                        theirs = made[m, k, paid]
                        out[m, k, paid] += rules.shared(unearned, theirs.tolist(), (offered[q][m, k, paid] - theirs).tolist())
                    done()
        return out


def _sum(pieces: Iterable[Values]) -> Values:
    first, *rest = pieces
    return sum(rest, first)
