"""What `p4p check` finds of activity: whether every count that a contract of care packages expects is there."""

from __future__ import annotations

from dataclasses import dataclass

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.language.contract import Contract
from p4p.numbers.period import month_text


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the expected counts are there, for the months up to the last that the files mention.

    `gaps` has a row for each practice that lacks a count: its code and, for each month, how many counts are not there, `-3`, or `·` where all are.
    """

    months: tuple[str, ...]
    gaps: tuple[tuple[str, tuple[str, ...]], ...]
    by_indicator: tuple[tuple[str, int, int, int], ...]  # indicator, given, withheld, expected

    @property
    def complete(self) -> bool:
        return all(given == wanted for _, given, _, wanted in self.by_indicator)


def completeness(contract: Contract, members: Members, activity: Activity) -> Completeness:
    """The completeness of activity against a contract's indicators and its practices, month by month."""
    ids = list(contract.indicators)
    last = activity.last_month
    months = [m for year in contract.years for m in year.months if activity.first_year_month <= m <= last]
    span = range(months[0], months[-1] + 1) if months else range(0)
    missing, withheld = activity.missing(span, ids), activity.withheld(span)
    wanted = {iid: _expected(contract, members, iid, span) for iid in ids}
    by_practice: dict[str, dict[int, int]] = {}
    for practice, _, month in [*missing, *withheld]:
        by_practice.setdefault(practice, {})[month] = by_practice.get(practice, {}).get(month, 0) + 1
    gaps = []
    for practice, lacking in sorted(by_practice.items()):
        cells = tuple(f"-{lacking[m]}" if m in lacking else "·" for m in months)
        gaps.append((practice, cells))
    by_indicator = []
    for iid in ids:
        absent = sum(1 for _, i, _ in missing if i == iid)
        hidden = sum(1 for _, i, _ in withheld if i == iid)
        by_indicator.append((iid, wanted[iid] - absent - hidden, hidden, wanted[iid]))
    return Completeness(tuple(month_text(m) for m in months), tuple(gaps), tuple(by_indicator))


def _expected(contract: Contract, members: Members, indicator: str, months: range) -> int:
    """The practice-months (or network-months) that an indicator is counted on."""
    performance = contract.packages[contract.indicators[indicator][0]].performance
    by_network = performance is not None and performance.counts_from == "network"
    counted = [m for m in months if performance is None or performance.measured != "snapshot" or m % 3 == 2]
    if by_network:
        return sum(1 for m in counted for n in members.networks if members.members(n, m))
    return sum(1 for m in counted for p in members.practices if members.network_of(p, m) is not None)
