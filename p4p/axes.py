"""Parameters of a sweep: which number of a contract or of its activity is moved, over which values.

An axis is written `PATH=FROM..TO/STEP`:

| path | values |
|---|---|
| `packages.diabetes.split.upfront`, or `.performance` | `0%..100%/5%`; the other part of the split follows. A split that changes by date: `split.2009-10-01.upfront` |
| `packages.diabetes.value.each`, `.total`, `.price` | `10000.00..20000.00/500.00` |
| `packages.diabetes.performance.indicators.DM1.curve.target` (or `lower`, `upper`, `from`, `step`, `share_per_step`, `most`) | `70%..95%/1pp`, or moved: `-5pp..+5pp/1pp` |
| `packages.diabetes.performance.indicators.DM1.curve`: all its thresholds together | moved: `-12pp..+12pp/1pp` |
| `achievement`, `achievement.DM1`, `achievement.N3:DM1`, `achievement.N3` | moved: `-10pp..+9.5pp/0.5pp`, or set: `60%..90%/5%` |
| `price`: the values of all packages; `price.diabetes` | `-5%..+5%/1%` |
| `list`: the lists that values are counted on; `list.N3` | `-5%..+5%/1%` |

`*` stands for every package or every indicator. A sign (`-`, `+`) says that a number is moved, no sign that it is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from p4p.assumptions import Assumptions
from p4p.contract import Contract

#: Most points a sweep may have.
MOST_POINTS = 1_000_000

Unit = Literal["%", "pp", "£", "+%"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter and its values: ratios (`%`), percentage points moved (`pp`), pence (`£`), or relative changes (`+%`)."""

    path: str
    unit: Unit
    values: tuple[Fraction, ...]

    def words(self, i: int) -> str:
        """The value at position i as it would be written: `65%`, `+5pp`, `14000.00`, `-2%`."""
        raise NotImplementedError


def axes_of(texts: Sequence[str], contract: Contract, networks: Sequence[str]) -> tuple[Axis, ...]:
    """The axes of a sweep, from `PATH=FROM..TO/STEP` each.

    Raises UsageError, with every fault at once, for a path the contract lacks, a unit that is not meant, a step of the wrong sign, no points,
    more than MOST_POINTS together, two axes over one number, and for a point at which the contract contradicts itself.
    """
    raise NotImplementedError


def at_point(contract: Contract, assumptions: Assumptions, axes: Sequence[Axis], point: Sequence[int]) -> tuple[Contract, Assumptions]:
    """The contract and the assumptions of one point, to be settled alone; `point` holds a position on each axis."""
    raise NotImplementedError
