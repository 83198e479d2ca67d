"""What each practice counted towards a line: the evidence under a network's achievement.

A network is paid; its practices are how it got there. For rates that are not pooled a practice's own rate decides, so the rule for those stands here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.language.contract import Contract
from p4p.language.curves import Direction
from p4p.numbers.period import Quarter
from p4p.settling.settlement import Settlement


@dataclass(frozen=True, slots=True)
class PracticeCount:
    """A practice's counts of one indicator, over the months that are judged together.

    `missing` and `withheld` are practice-months whose counts are not there: they are in no sum, and they are not zero.
    """

    practice: str
    numerator: int
    denominator: int
    excluded: int
    missing: int = 0
    withheld: int = 0

    @property
    def eligible(self) -> int:
        """Patients whose achievement counts: the denominator less those excluded."""
        return self.denominator - self.excluded

    @property
    def achievement(self) -> Fraction | None:
        """The practice's own achievement; None where it has no patients."""
        return Fraction(self.numerator, self.eligible) if self.eligible > 0 else None

    def outstanding(self, direction: Direction) -> int:
        """Patients who could still be won: those not in the numerator, or those in it where lower is better. Never below zero."""
        return max(self.eligible - self.numerator if direction == "higher is better" else self.numerator, 0)


#: Practice counts by network and indicator, each in the order of practice codes.
Evidence = Mapping[tuple[str, str], tuple[PracticeCount, ...]]


def evidence(settlement: Settlement, quarter: Quarter | None = None, indicators: Sequence[str] | None = None) -> Evidence:
    """The practice counts on which a quarter's lines are judged (that settled, unless another is named), by network and indicator.

    Indicators counted by network have none. Practices without counts are there, with what they lack.
    """
    return practice_evidence(settlement.contract, settlement.members, settlement.activity, quarter or settlement.quarters[-1], indicators)


def practice_evidence(
    contract: Contract, members: Members, activity: Activity, quarter: Quarter, indicators: Sequence[str] | None = None
) -> Evidence:
    """`evidence` without a settlement: for money that is judged later, and for data that cannot be settled yet."""
    wanted = tuple(contract.indicators if indicators is None else indicators)
    codes, networks, ids = tuple(members.practices), tuple(members.networks), tuple(contract.indicators)
    counts = activity.practice_counts(wanted)
    out: dict[tuple[str, str], tuple[PracticeCount, ...]] = {}
    for quarters, here in _by_basis(contract, quarter, wanted).items():
        keys = [q.key for q in quarters]
        frame = (
            counts.filter(pl.col("quarter").is_in(keys) & pl.col("indicator").is_in([ids.index(i) for i in here]))
            .group_by("network", "indicator", "practice")
            .agg(pl.col("numerator", "denominator", "excluded", "expected", "present", "withheld").sum())
            .sort("network", "indicator", "practice")
        )
        for network, indicator, practice, n, d, e, expected, present, withheld in frame.iter_rows():
            count = PracticeCount(codes[practice], n, d, e, expected - present - withheld, withheld)
            key = networks[network], ids[indicator]
            out[key] = (*out.get(key, ()), count)
    return out


def _by_basis(contract: Contract, quarter: Quarter, indicators: Iterable[str]) -> dict[tuple[Quarter, ...], list[str]]:
    """Indicators by the quarters whose counts are added up."""
    out: dict[tuple[Quarter, ...], list[str]] = {}
    for iid in indicators:
        out.setdefault(quarter.to_date if contract.performance_of(iid).to_date else (quarter,), []).append(iid)
    return out
