"""A contract settled at every point of a grid, exact to the penny."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from p4p.axes import Axis
from p4p.settlement import Settlement

#: Told how much of the work is done, and how much there is.
Progress = Callable[[int, int], None]


def sweep(settlement: Settlement, axes: Sequence[Axis], progress: Progress | None = None) -> Sweep:
    """Settle the period of a settlement at every point of a grid. The settlement is the baseline: its contract, activity and assumptions are what the axes change.

    Every point is what `settle` gives for the contract and assumptions of that point (`axes.at_point`).
    """
    raise NotImplementedError


class Sweep:
    """The points of a sweep. See sweep_screen.show_sweep(sweep), sweep_tables.sweep_csv(sweep), sweep_tables.sweep_json(sweep)."""
