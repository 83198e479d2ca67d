"""What a network would have been paid so far, if the year ended with a month.

The quarters before are settled as they are; the quarter begun is judged on the counts so far, with all of its money at stake, by the rule that settles.
A network whose earlier quarters cannot be settled has no figure of what it earned; the other networks have theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from p4p.boards.dashboard import Dashboard, Row
from p4p.boards.stakes import Stakes, stakes
from p4p.language.contract import Contract, Performance, SharedAmongEarners
from p4p.numbers.errors import InputError
from p4p.numbers.exact import ZERO, how_many
from p4p.numbers.period import Quarter, month_text
from p4p.settling import entitlement, rules
from p4p.settling.settle import settle
from p4p.settling.settlement import Line, Settlement


@dataclass(frozen=True, slots=True)
class ToDate:
    """A network's money for the quarters begun, in pence; `payable = upfront + earned + adjustments`.

    `earned`, `adjustments` and so `payable` are None where an earlier quarter of the network cannot be settled; what was paid up front and what could be
    earned is known all the same. `provisos` say, in words, what stands in the way of a plain figure.
    """

    network: str
    upfront: int
    available: int
    earned: int | None
    adjustments: int | None
    provisos: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether what the earlier quarters paid is known."""
        return self.earned is not None

    @property
    def payable(self) -> int | None:
        return None if self.earned is None or self.adjustments is None else self.upfront + self.earned + self.adjustments


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
        here = sum(_earned(board, row, money, earlier.get((network, row.indicator), [])) for row in rows.get(network, ()))
        unknown = why.get(network) or why.get("")
        out[network] = ToDate(
            network=network,
            upfront=sum(upfront),
            available=sum(own),
            earned=None if unknown else (totals.earned if totals else 0) + here,
            adjustments=None if unknown else totals.adjustments if totals else 0,
            provisos=(*((unknown,) if unknown else ()), *_provisos(board, rows.get(network, ()))),
        )
    return out


def _settled_before(board: Dashboard) -> tuple[Settlement | None, dict[str, str]]:
    """The settlement of the quarters before the one begun, and why it says nothing of some networks, by code (`""`: of any).

    Where the contract refuses what some networks lack, the others are settled as if those gaps were left out: what a network earns hangs on its own counts,
    unless what it does not earn is shared among all.
    """
    earlier = board.quarter.to_date[:-1]
    if not earlier:
        return None, {}
    try:
        return settle(board.contract, board.members, board.activity, earlier), {}
    except InputError as error:
        refused = error
    found = settle(_lenient(board.contract), board.members, board.activity, earlier)
    gaps = _gaps(board, found, earlier)
    if not gaps or any(_shares(board.contract, pid) for gap in gaps.values() for pid, _ in gap):
        return None, {"": _unsettled(earlier, [p.what for p in refused.problems])}
    return found, {network: _unsettled(earlier, [words for _, words in gap]) for network, gap in gaps.items()}


def _shares(contract: Contract, package: str) -> bool:
    performance = contract.packages[package].performance
    return performance is not None and isinstance(performance.unearned, SharedAmongEarners)


def _lenient(contract: Contract) -> Contract:
    """The contract with what it refuses left out, so that networks without gaps can be settled beside those that have some."""

    def accepting(performance: Performance) -> Performance:
        return replace(
            performance,
            missing_data="leave out" if performance.missing_data == "refuse" else performance.missing_data,
            withheld_data="leave out" if performance.withheld == "refuse" else performance.withheld,
            empty_denominator="pays nothing" if performance.empty_denominator == "refuse" else performance.empty_denominator,
        )

    packages = {pid: replace(p, performance=accepting(p.performance)) if p.performance else p for pid, p in contract.packages.items()}
    return replace(contract, packages=packages)


def _gaps(board: Dashboard, found: Settlement, earlier: Sequence[Quarter]) -> dict[str, list[tuple[str, str]]]:
    """What networks lack that the contract refuses, in the earlier quarters: by network, the package and the words for it."""
    contract, members, activity = board.contract, board.members, board.activity
    out: dict[str, list[tuple[str, str]]] = {}
    told: set[tuple[str, str, int]] = set()

    def note(pid: str, words: str, lacking: Iterable[tuple[str, str, int]]) -> None:
        for place, iid, month in lacking:
            network = place if place in members.networks else members.network_of(place, month)
            assert network is not None  # counts are due of members only
            out.setdefault(network, []).append((pid, f"{words}: practice {place}, {iid}, {month_text(month)}"))
            told.add((network, iid, month))

    for pid, package in contract.packages.items():
        performance = package.performance
        if performance is None or performance.measured == "year":  # judged once, and not before the last quarter
            continue
        months, ids = {m for q in earlier for m in performance.months(q)}, list(performance.indicators)
        if performance.missing_data == "refuse":
            note(pid, "there is no count", activity.missing(months, ids))
        if performance.withheld == "refuse":
            note(pid, "the count is withheld (suppressed)", [t for t in activity.withheld(months) if t[1] in ids])
    for line in found.lines_of():
        refused = contract.performance_of(line.indicator)
        gap = any((line.network, line.indicator, month) in told for month in refused.months(line.quarter))
        if line.state == "no patients" and refused.empty_denominator == "refuse" and not gap:
            out.setdefault(line.network, []).append((line.package, f"{line.quarter}: no patients in the denominator of {line.indicator}"))
    return out


def _unsettled(earlier: Sequence[Quarter], what: Sequence[str]) -> str:
    more = f" (and {len(what) - 1:,} more)" if len(what) > 1 else ""
    return f"{_spoken(earlier)} cannot be settled: {what[0]}{more}"


def _spoken(quarters: Sequence[object]) -> str:
    return str(quarters[0]) if len(quarters) == 1 else f"{quarters[0]} to {quarters[-1]}"


def _earned(board: Dashboard, row: Row, money: Stakes, earlier: list[Line]) -> int:
    """What a row's indicator would earn in the quarter begun."""
    quarter, performance = board.quarter, row.performance
    own = money.own.get((row.network, row.indicator, quarter.number), 0)
    brought = earlier[-1].available - earlier[-1].earned if earlier and performance.carries_forward else 0
    to_date = own + sum(money.own[row.network, row.indicator, e.quarter.number] for e in earlier)
    paid = Fraction(sum(e.earned for e in earlier))
    share = ZERO if row.share is None else row.share
    return int(rules.earned(performance, board.contract.mode, share, Fraction(own + brought), Fraction(to_date), paid))


def _provisos(board: Dashboard, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        now, iid = row.now, row.indicator
        if now.lacking:
            yield f"{iid}: {how_many(now.lacking, 'count')} missing"
        if now.withheld:
            yield f"{iid}: {how_many(now.withheld, 'count')} withheld"
        if row.share is None:
            yield f"{iid} has no counts in {month_text(now.month)} and earns nothing here"
        elif row.performance.measured == "year" and board.quarter.number < 4:
            yield f"{iid} is judged at the end of the year; here on the year so far"
    for pid in board.contract.packages:
        if _shares(board.contract, pid):
            yield f"{pid}: unearned money of {board.quarter} is shared among networks only when it is settled"
