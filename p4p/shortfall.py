"""The money left on the table, and the patients it would have taken.

For each line of a settled quarter: what full achievement would have paid more (`left`), the next threshold and the best one with the patients
each would take and the money each would bring, which practices hold those patients, what can still be caught up this year, and where the money goes
that nobody earned. Money gained is found by the very rule that settled (`rules.earned`), asked again with a better achievement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from p4p import rules
from p4p.contract import SharedAmongEarners
from p4p.curves import Threshold
from p4p.evidence import Evidence, PracticeCount, evidence, rate
from p4p.exact import ONE
from p4p.money import largest_remainder
from p4p.period import Quarter
from p4p.settlement import Line, Settlement

#: Why a line stands where it stands.
Standing = Literal[
    "short",  # money is left, and there is an achievement to better
    "earned in full",
    "no patients",
    "counts missing",
    "counts withheld",
    "not paid",  # a weight of 0%: reported only
    "supposed",  # a what-if supposes the achievement, so the counts say nothing about patients
]

#: What becomes of money that a line left.
Destination = Literal[
    "retained by the commissioner",
    "can still be caught up this year",
    "carried forward to the next quarter",
    "shared among the networks that earned, the rest retained by the commissioner",
    "",
]


@dataclass(frozen=True, slots=True)
class Reach:
    """What it would take to reach a threshold, and what that would have paid.

    `patients`: all practices of the network together; None where no number of patients reaches it, or where it is not one number because
    the rate is the mean of practices. `gain`: whole pence, that much more in the quarter settled; None where `patients` is.
    """

    threshold: Threshold
    patients: int | None
    gain: int | None

    @property
    def per_patient(self) -> Fraction | None:
        """Pence for each further patient, exact; None where no patients are needed or their number is not known."""
        return Fraction(self.gain, self.patients) if self.patients and self.gain is not None else None


@dataclass(frozen=True, slots=True)
class PracticePart:
    """What a practice has to do with a line, and how many of the patients needed are its own part.

    `to_nearest`, `to_best`: its part of the network's patients to the next and the best threshold, in proportion to its patients not yet achieved,
    by largest remainder, so that the parts add up (where every practice must reach the threshold, its own gap); None where the network's number is not known.
    `on_its_own`: patients it would need to reach the next threshold by itself, None where it has none or no number would do.
    `points`: its numerator over the network's eligible patients, so that the points of all practices add up to a pooled achievement.
    `moves`: the network's achievement less what it would be without this practice; None where nothing would be left.
    """

    count: PracticeCount
    outstanding: int
    to_nearest: int | None
    to_best: int | None
    on_its_own: int | None
    points: Fraction | None
    moves: Fraction | None


@dataclass(frozen=True, slots=True)
class Missed:
    """One line, and the money it left on the table.

    `left`: pence that full achievement would have paid more in the quarter settled; with catch-up this includes what earlier quarters missed
    (`from_earlier`). `still_open`: the part of `left` that a later quarter of this year can still earn.
    `nearest` and `best`: the next threshold not reached, and the best one that some number of patients reaches (the same where there is one);
    None where there is none or no achievement. `quarters_left`: the quarters of the year after the one settled.
    """

    line: Line
    standing: Standing
    left: int
    from_earlier: int
    still_open: int
    nearest: Reach | None
    best: Reach | None
    practices: tuple[PracticePart, ...]
    destination: Destination
    quarters_left: tuple[Quarter, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that is judged only at the end of the year: nothing is missed yet.

    `at_stake`: pence of the year's pot up to the quarter settled; the counts are those of the year so far. `patients`: to the next threshold on today's counts.
    """

    network: str
    package: str
    indicator: str
    title: str
    numerator: int
    eligible: int
    achievement: Fraction | None
    threshold: Threshold | None
    patients: int | None
    at_stake: int


@dataclass(frozen=True)
class Shortfall:
    """The money left on the table in a quarter, for all networks or one: `missed` biggest first, then by network and contract order.

    `missed` holds every line, those earned in full too, with nothing left; `destinations` says where the unearned money of all networks goes.
    """

    settlement: Settlement
    network: str | None
    missed: tuple[Missed, ...]
    waiting: tuple[Waiting, ...]

    @property
    def quarter(self) -> Quarter:
        return self.settlement.quarters[0]

    @cached_property
    def left(self) -> int:
        """All that was left, in pence."""
        return sum(m.left for m in self.missed)

    @cached_property
    def still_open(self) -> int:
        """What later quarters of this year can still earn of it, in pence."""
        return sum(m.still_open for m in self.missed)

    @cached_property
    def by_network(self) -> Mapping[str, tuple[int, int]]:
        """What each network left and what of it is still open, most left first, then by code."""
        return _sums((m.line.network, m) for m in self.missed)

    @cached_property
    def by_package(self) -> Mapping[str, tuple[int, int]]:
        """What was left and what of it is still open by package, most left first."""
        return _sums((m.line.package, m) for m in self.missed)

    @cached_property
    def by_indicator(self) -> Mapping[str, tuple[int, int]]:
        """What was left and what of it is still open by indicator, most left first."""
        return _sums((m.line.indicator, m) for m in self.missed)

    @cached_property
    def destinations(self) -> Mapping[str, int]:
        """Pence left by destination."""
        out: dict[str, int] = {}
        for m in self.missed:
            if m.left:
                out[m.destination] = out.get(m.destination, 0) + m.left
        return out


def shortfall(settlement: Settlement, network: str | None = None) -> Shortfall:
    """The money left on the table in the quarter settled, of one network or of all (`None`)."""
    raise NotImplementedError


def practice_parts(line: Line, counts: Sequence[PracticeCount], nearest: Reach | None, best: Reach | None) -> tuple[PracticePart, ...]:
    """Each practice's part in a line: of the patients needed, and of the achievement."""
    raise NotImplementedError
