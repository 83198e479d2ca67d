"""A settlement's lines as arrays, so that one contract can be settled under many settings at once.

A *setting* is one combination of what varies: thresholds and achievements decide the share of a line, splits and values its money. Shares are worked
out once for each setting of the first kind, money once for each of the second, and what is earned for each pair. The rules themselves are those of
`curves` and `rules`, run on `arrays`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from p4p.language.contract import Package, Performance
from p4p.language.curves import Curve
from p4p.numbers.arrays import Arrays, Mask, Values
from p4p.numbers.exact import ZERO
from p4p.numbers.money import RoundingMode
from p4p.settling import rules
from p4p.settling.assumptions import SupposedAchievement
from p4p.settling.entitlement import Paid, divided_pots
from p4p.settling.settlement import Settlement

#: Shows how far long work has come: told what the steps are and how many, it gives what to call after each (`page.progress`).
Watch = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


@contextmanager
def unwatched(words: str, steps: int) -> Iterator[Callable[[], None]]:
    """Nobody watches."""
    yield lambda: None


#: Elements worked on at once: their arrays stay in the processor's cache.
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One indicator in one quarter, an element for each network: its achievement (0 where there is none), and where the contract decides without one.

    `own` is the quarter's money on the line, without what was brought forward; `present` says who has a line.
    """

    top: Values
    bottom: Values
    counted: Values
    decided: Values
    own: Values
    present: Values

    @property
    def achievement(self) -> Arrays:
        return Arrays.of(self.top, self.bottom)

    def share(self, curve: Curve, achievement: Arrays) -> Arrays:
        """The share that an achievement earns; where there is none, what the contract says."""
        share = Arrays.lift(curve.share(achievement))
        return (share if self.counted.all() else Mask(self.counted).choose(share, Arrays.of(self.decided))).tightened()


def judged(settlement: Settlement, pid: str) -> dict[str, dict[int, Judged]]:
    """A package's lines by indicator and quarter number, the earlier quarters included on which the contract looks back.

    A network that has no line in a quarter is decided to share nothing.
    """
    performance = settlement.contract.packages[pid].performance
    assert performance is not None
    numbers = {settlement.indicator_ids.index(iid): iid for iid in performance.indicators}
    history = settlement.history.filter(pl.col("indicator").is_in(list(numbers)))
    shape = len(settlement.indicator_ids), len(settlement.network_codes)
    out: dict[str, dict[int, Judged]] = {iid: {} for iid in numbers.values()}
    for (key,), lines in history.partition_by("quarter", as_dict=True).items():
        at = lines["indicator"].to_numpy(), lines["network"].to_numpy()
        tops, bottoms = (_integers(settlement, lines, side) for side in ("top", "bottom"))
        kind = np.result_type(tops, bottoms)
        top, bottom = np.zeros(shape, dtype=kind), np.ones(shape, dtype=kind)
        counted, decided = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
        top[at], bottom[at] = tops, np.maximum(bottoms, 1)
        counted[at] = (lines["state"] == "counted").to_numpy()
        decided[at] = (lines["state"] == "no patients").to_numpy() * int(rules.empty_share(performance))
        own, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
        present[at] = True
        own[at] = (lines["available"] - lines["brought_forward"]).to_numpy()
        for number, iid in numbers.items():
            out[iid][int(key) % 4 + 1] = Judged(top[number], bottom[number], counted[number], decided[number], own[number], present[number])
    return out


def _integers(settlement: Settlement, lines: pl.DataFrame, side: str) -> Values:
    """The tops or bottoms of achievements, in Python integers where 64 bits do not hold them."""
    narrow = lines[f"achievement_{side}"].cast(pl.Int64, strict=False)
    if not narrow.null_count():
        return narrow.to_numpy()
    values = []
    for q, n, i, value in lines.select("quarter", "network", "indicator", pl.col(f"achievement_{side}").cast(pl.String)).iter_rows():
        if value is None:
            exact = settlement.exact[q, n, i][0] or ZERO
            value = exact.numerator if side == "top" else exact.denominator
        values.append(int(value))
    return np.array(values, dtype=object)


def supposed(achievement: Arrays, change: SupposedAchievement, codes: Sequence[str]) -> Arrays:
    """An achievement as a what-if supposes it, for every network or for one."""
    applied = Arrays.lift(change.applied(achievement))
    if change.network is None:
        return applied
    return Mask(np.array([code == change.network for code in codes])).choose(applied, achievement)


def here(codes: Sequence[str], paid: Paid) -> dict[int, Values]:
    """Which networks are paid in each quarter of a year, by its number."""
    return {q: np.array([code in networks for code in codes]) for q, networks in paid.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """A package's money in the quarters of a year, in pence, an array of settings x networks for each quarter number."""

    value: Mapping[int, Values]
    upfront: Mapping[int, Values]

    def pot(self, q: int) -> Values:
        pot: Values = self.value[q] - self.upfront[q]
        return pot

    def own(self, performance: Performance, numbers: Sequence[int]) -> dict[str, dict[int, Values]]:
        """Each indicator's money by quarter: its part of the pot; of the year's pots together, in Q4, where it is judged once a year."""
        yearly = performance.measured == "year"
        pots = {q: sum((self.pot(i) for i in (2, 3, 4)), self.pot(1)) if yearly else self.pot(q) for q in numbers}
        frame = pl.DataFrame({str(q): pot.ravel() for q, pot in pots.items()})
        out: dict[str, dict[int, Values]] = {iid: {} for iid in performance.indicators}
        for q, parts in zip(numbers, divided_pots(frame, performance.indicators), strict=True):
            for iid, part in zip(out, parts, strict=True):
                out[iid][q] = part.to_numpy().reshape(pots[q].shape)
        return out


def money(
    package: Package,
    here: Mapping[int, Values],
    mode: RoundingMode,
    year_values: Values,
    upfront: Mapping[int, Sequence[Fraction]],
) -> Money:
    """A package's money under several settings.

    `here` says for each quarter number which networks are paid in it, `year_values` is settings x networks, `upfront` a share for each quarter
    number and setting.
    """
    values, fronts, earlier = {}, {}, Fraction(0)
    whole = Arrays.of(year_values)
    for (q, paid), part in zip(here.items(), package.spread, strict=True):
        value = Arrays.lift(rules.quarter_value(whole, earlier, earlier + part, mode)).whole_numbers()
        earlier += part
        values[q] = value * paid
        share = Arrays.column(upfront[q])
        fronts[q] = Arrays.lift(rules.upfront(Arrays.of(values[q]), share, mode)).whole_numbers()
    return Money(values, fronts)


def earned(
    performance: Performance, mode: RoundingMode, own: Mapping[int, Arrays], shares: Mapping[int, Arrays], present: Mapping[int, Values]
) -> Iterator[tuple[int, Arrays, Arrays]]:
    """What an indicator earns: quarter number, available money, earned money, one quarter of the year after the other.

    `present` says which networks are paid in a quarter: in one in which they are not, nothing is earned and nothing taken back.
    """
    before: Arrays | None = None
    to_date: Any = 0
    carried: Any = 0
    for q, share in sorted(shares.items()):
        available, to_date = own[q] + carried, own[q] + to_date
        made = Arrays.lift(rules.earned(performance, mode, share, available, to_date, before))
        if not present[q].all():
            made = Arrays.lift(Mask(present[q]).choose(made, ZERO))
        yield q, available, made
        before = made if before is None else before + made
        if performance.carries_forward:
            carried = available - made
