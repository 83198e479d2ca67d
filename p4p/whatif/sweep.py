"""A contract settled at every point of a grid, exact to the penny.

A point is a sum of looked-up whole pence: what is paid at each setting is worked out in module `grid`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np

from p4p.numbers.arrays import Values
from p4p.settling.settlement import AMOUNTS, Settlement
from p4p.whatif.axes import Axis
from p4p.whatif.grid import Grid, Part
from p4p.whatif.many import Watch, unwatched

#: More rows than this do not belong in one file: the totals of every point do.
MOST_ROWS = 2_000_000


def sweep(settlement: Settlement, axes: Sequence[Axis], watch: Watch = unwatched) -> Sweep:
    """Settle the period of a settlement at every point of a grid. The settlement is today: the axes change its contract and assumptions.

    Every point is what `settle` gives for the contract and assumptions of `axes.at_point`. Raises UsageError where the grid is more than fits in memory.
    """
    grid = Grid(settlement, tuple(axes), watch)
    parts = grid.one_by_one() if grid.interrupted else tuple(grid.part(pid) for pid in settlement.contract.packages)
    return Sweep(settlement, tuple(axes), parts)


@dataclass(frozen=True, eq=False)
class Sweep:
    """A grid of settled points, in pence. A point is its number, the last axis running fastest; arrays are of Int64.

    `networks` are those that are paid in the period, by code, and the order of every array of networks.
    """

    settlement: Settlement
    axes: tuple[Axis, ...]
    parts: tuple[Part, ...] = field(repr=False)

    @cached_property
    def networks(self) -> tuple[str, ...]:
        return tuple(self.settlement.by_network)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(a.values) for a in self.axes)

    @property
    def size(self) -> int:
        return prod(self.shape)

    def words(self, point: int) -> tuple[str, ...]:
        """The values of a point, one for each axis, as they would be written."""
        places = np.unravel_index(point, self.shape)
        return tuple(axis.words(int(i)) for axis, i in zip(self.axes, places, strict=True))

    def places(self, start: int, stop: int) -> tuple[Values, ...]:
        """The positions of some points, an array for each axis."""
        return tuple(np.unravel_index(np.arange(start, stop), self.shape))

    @property
    def every_network(self) -> bool:
        """Whether files hold each network at each point, or only their totals."""
        return self.size * (len(self.networks) + 1) <= MOST_ROWS

    def block(self, start: int, stop: int) -> dict[str, Values]:
        """The points from `start` up to `stop`: for each of AMOUNTS an array of points x networks."""
        paid = [self.settlement.network_codes.index(n) for n in self.networks]
        points = slice(start, stop)
        out: dict[str, Values] = {}
        for name in AMOUNTS[:4]:
            found = np.zeros((stop - start, len(self.settlement.network_codes)), dtype=np.int64)
            for part in self.parts:
                for term in getattr(part, name):
                    found += term.at(part.money_of, points)
            out[name] = found[:, paid]
        out["payable"] = out["upfront"] + out["earned"] + out["adjustments"]
        out["shortfall"] = out["available"] - out["earned"]
        return out

    def blocks(self, numbers: int = 1 << 20) -> Iterator[tuple[int, dict[str, Values]]]:
        """All points in blocks of about so many numbers an array, each with the number of its first point."""
        step = max(1, numbers // len(self.networks))
        for start in range(0, self.size, step):
            yield start, self.block(start, min(start + step, self.size))

    @cached_property
    def totals(self) -> dict[str, Values]:
        """All networks together, an array of points for each of AMOUNTS; and of the networks one by one `least_shortfall`, `most_shortfall`,
        and `worst`, `best`: the smallest and the largest difference in payable from today, with `worst_network`, `best_network` that have it.
        """
        today = np.array([t.payable for t in self.settlement.by_network.values()], dtype=np.int64)
        pieces: dict[str, list[Values]] = {}
        for _, found in self.blocks():
            change = found["payable"] - today
            worst, best = change.argmin(axis=1), change.argmax(axis=1)
            rows = np.arange(len(change))
            block = {name: found[name].sum(axis=1) for name in AMOUNTS} | {
                "least_shortfall": found["shortfall"].min(axis=1),
                "most_shortfall": found["shortfall"].max(axis=1),
                "worst": change[rows, worst],
                "best": change[rows, best],
                "worst_network": worst,
                "best_network": best,
            }
            for name, values in block.items():
                pieces.setdefault(name, []).append(values)
        return {name: np.concatenate(values) for name, values in pieces.items()}

    def today_on(self, axis: int) -> int | None:
        """The position on an axis that leaves the contract as it is; None where the axis passes it by."""
        now = self.axes[axis].now(self.settlement.contract)
        values = self.axes[axis].values
        return values.index(now) if now is not None and now in values else None

    @property
    def today(self) -> int | None:
        """The point that is today's contract, None where the grid passes it by."""
        places = [self.today_on(i) for i in range(len(self.axes))]
        known = [p for p in places if p is not None]
        return int(np.ravel_multi_index(tuple(known), self.shape)) if len(known) == len(places) else None
