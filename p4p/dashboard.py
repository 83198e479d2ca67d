"""Every indicator month by month, for networks and their practices: what a network meeting looks at.

The achievement of a month is that on which the quarter would be judged if it ended with that month: of a snapshot the month's own counts, else the counts from the
start of the quarter or year to the end of the month. Practices are set against the limits that chance allows around their network's rate; they are never ranked.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from p4p.activity import Activity
from p4p.contract import Contract, Indicator, Performance
from p4p.evidence import PracticeCount
from p4p.members import Members

#: What the achievement of a month would pay: in full (green), in part (amber), nothing (red); or it cannot be said.
Light = Literal["green", "amber", "red", "none"]

#: Since the month before, in the sense of better.
Direction = Literal["better", "worse", "level", "unknown"]

#: A practice against the 99.8% limits around its network's pooled rate.
Against = Literal["within", "above", "below", "no patients", "no counts"]


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """An indicator's standing at the end of a month: `achievement` is None without patients or counts.

    `lacking`: practice-months missing, `withheld`: practice-months withheld, among those that the achievement is made of. `reported`: whether any count of the month itself is there.
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
    """A practice's standing in a month, and the numerators that chance allows around the network's rate (`low` to `high`)."""

    count: PracticeCount
    against: Against
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of one network (or of one practice) over the year's months up to the dashboard's."""

    network: str
    package: str
    indicator: str
    terms: Indicator
    performance: Performance
    points: tuple[MonthPoint, ...]
    light: Light
    share: Fraction | None
    since: Direction
    practices: tuple[PracticePoint, ...]


@dataclass(frozen=True, slots=True)
class YearToDate:
    """What a network would have been paid for the quarters begun if the year ended with the month: pence, and what could not be said."""

    network: str
    upfront: int
    available: int
    earned: int
    adjustments: int
    cannot: str = ""

    @property
    def payable(self) -> int:
        return self.upfront + self.earned + self.adjustments


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All networks (or one, or one practice) at the end of a month. `rows` by network, then contract order."""

    contract: Contract
    members: Members
    month: int
    network: str | None
    practice: str | None
    rows: tuple[Row, ...]
    to_date: tuple[YearToDate, ...]


def dashboard(
    contract: Contract, members: Members, activity: Activity, month: int | None = None, network: str | None = None, practice: str | None = None
) -> Dashboard:
    """The dashboard of a month (the last that the activity mentions, unless named). Raises UsageError for a month or practice that cannot be shown."""
    raise NotImplementedError
