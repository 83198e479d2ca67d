"""What a network would have been paid so far, if the year ended with a month.

The quarters before are settled as they are; the quarter begun is judged on the counts so far, with all of its money at stake, by the rule that settles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from p4p.boards.dashboard import Dashboard, Row
from p4p.boards.stakes import Stakes, stakes
from p4p.language.contract import SharedAmongEarners
from p4p.numbers.errors import InputError
from p4p.numbers.exact import ZERO
from p4p.numbers.period import month_text
from p4p.settling import entitlement, rules
from p4p.settling.settle import settle
from p4p.settling.settlement import Line, Settlement


@dataclass(frozen=True, slots=True)
class ToDate:
    """A network's money for the quarters begun, in pence; `payable = upfront + earned + adjustments`.

    `known` is False where an earlier quarter cannot be settled: then the amounts are those of the quarter begun only. `provisos` say, in words, what
    stands in the way of a plain figure.
    """

    network: str
    upfront: int
    available: int
    earned: int
    adjustments: int
    known: bool
    provisos: tuple[str, ...]

    @property
    def payable(self) -> int:
        return self.upfront + self.earned + self.adjustments


def to_date(board: Dashboard) -> dict[str, ToDate]:
    """The money so far of each network of a dashboard, by code."""
    contract, members, quarter = board.contract, board.members, board.quarter
    money = stakes(contract, members, quarter.year, judged_in=quarter.number)
    before, why = _settled_before(board)
    earlier: dict[tuple[str, str], list[Line]] = {}
    for line in before.lines_of(board.network) if before else ():
        if contract.packages[line.package].looks_back:
            earlier.setdefault((line.network, line.indicator), []).append(line)
    paid = entitlement.paid_networks(members, quarter.year)
    begun = frozenset[str]().union(*(paid[q.number] for q in quarter.to_date))
    rows: dict[str, list[Row]] = {}
    for row in board.rows:
        rows.setdefault(row.network, []).append(row)
    out = {}
    for network in sorted(begun) if board.network is None else [board.network]:
        totals = before.by_network.get(network) if before else None
        own = [money.own.get((network, iid, q.number), 0) for iid in contract.indicators for q in quarter.to_date]
        upfront = [money.upfront.get((network, pid, q.number), 0) for pid in contract.packages for q in quarter.to_date]
        out[network] = ToDate(
            network=network,
            upfront=sum(upfront),
            available=sum(own),
            earned=(totals.earned if totals else 0)
            + sum(_earned(board, row, money, earlier.get((network, row.indicator), [])) for row in rows.get(network, ())),
            adjustments=totals.adjustments if totals else 0,
            known=not why,
            provisos=(*((why,) if why else ()), *_provisos(board, rows.get(network, ()))),
        )
    return out


def _settled_before(board: Dashboard) -> tuple[Settlement | None, str]:
    """The settlement of the quarters before the one begun, or why there is none."""
    earlier = board.quarter.to_date[:-1]
    if not earlier:
        return None, ""
    try:
        return settle(board.contract, board.members, board.activity, earlier), ""
    except InputError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return None, f"{_spoken(earlier)} cannot be settled: {error.problems[0].what}{more}"


def _spoken(quarters: tuple[object, ...]) -> str:
    return str(quarters[0]) if len(quarters) == 1 else f"{quarters[0]} to {quarters[-1]}"


def _earned(board: Dashboard, row: Row, money: Stakes, earlier: list[Line]) -> int:
    """What a row's indicator would earn in the quarter begun."""
    quarter, performance = board.quarter, row.performance
    own = money.own.get((row.network, row.indicator, quarter.number), 0)
    brought = earlier[-1].available - earlier[-1].earned if earlier and performance.carries_forward else 0
    to_date = own + sum(money.own.get((row.network, row.indicator, e.quarter.number), 0) for e in earlier)
    paid = Fraction(sum(e.earned for e in earlier)) if earlier else None
    share = ZERO if row.share is None else row.share
    return int(rules.earned(performance, board.contract.mode, share, Fraction(own + brought), Fraction(to_date), paid))


def _provisos(board: Dashboard, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        now, iid = row.now, row.indicator
        if now.lacking:
            yield f"{iid}: {_counts(now.lacking)} missing"
        if now.withheld:
            yield f"{iid}: {_counts(now.withheld)} withheld"
        if row.share is None:
            yield f"{iid} has no counts in {month_text(now.month)} and earns nothing here"
        elif row.performance.measured == "year" and board.quarter.number < 4:
            yield f"{iid} is judged at the end of the year; here on the year so far"
    for pid, package in board.contract.packages.items():
        if package.performance and isinstance(package.performance.unearned, SharedAmongEarners):
            yield f"{pid}: unearned money of {board.quarter} is shared among networks only when it is settled"


def _counts(n: int) -> str:
    return "1 count" if n == 1 else f"{n:,} counts"
