"""What a what-if supposes about activity and lists, beside what the files say. The counts themselves are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from p4p.numbers.errors import Location
from p4p.numbers.exact import ONE, ZERO, least, most


@dataclass(frozen=True, slots=True)
class SupposedAchievement:
    """An achievement set `to` a ratio or moved `by` percentage points, for one network or (None) for all."""

    network: str | None
    indicator: str
    change: Literal["to", "by"]
    value: Any
    at: Location

    def applied(self, achievement: Any) -> Any:
        """The achievement supposed, never below 0 or above 1; for every kind of number."""
        return self.value if self.change == "to" else least(most(achievement + self.value, ZERO), ONE)


@dataclass(frozen=True, slots=True)
class SupposedList:
    """A list longer or shorter by a factor (103/100 for +3%), for one network or (None) for all."""

    network: str | None
    factor: Fraction
    at: Location


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that is supposed, in the order given; later ones apply on top of earlier ones."""

    achievements: tuple[SupposedAchievement, ...] = ()
    lists: tuple[SupposedList, ...] = ()

    def patients(self, counted: Mapping[str, int] | Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Patients by network as supposed: exact, so a part of a patient is possible."""
        out = {network: Fraction(patients) for network, patients in counted.items()}
        for supposed in self.lists:
            for network in out if supposed.network is None else [supposed.network]:
                if network in out:
                    out[network] *= supposed.factor
        return out

    def of(self, indicator: str) -> tuple[SupposedAchievement, ...]:
        """What is supposed of one indicator."""
        return tuple(s for s in self.achievements if s.indicator == indicator)


#: Nothing is supposed: the files as they are.
NOTHING = Assumptions()
