"""What each network would be paid at each split of a package: settled one by one, so that a page may look the figures up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from p4p.language.contract import Contract, Shares, Split
from p4p.settling.settle import settle
from p4p.settling.settlement import Settlement, Totals

#: The upfront shares that are settled, beside the contract's own.
EVERY = tuple(Fraction(i, 20) for i in range(21))


@dataclass(frozen=True, slots=True)
class Stop:
    """A package's upfront share, and what is then paid: all networks together, and each. Pence."""

    upfront: Fraction
    totals: Totals
    by_network: dict[str, Totals]


@dataclass(frozen=True, slots=True)
class Slider:
    """A package at every upfront share; `today` is the position of the contract's own, None where its split changes inside the quarter."""

    package: str
    title: str
    today: int | None
    stops: tuple[Stop, ...]


def packages(contract: Contract) -> tuple[str, ...]:
    """The packages whose split can be moved: those with something to be earned."""
    return tuple(pid for pid, package in contract.packages.items() if package.performance is not None)


def _own(settlement: Settlement, pid: str) -> Fraction | None:
    """The contract's own upfront share in a quarter; None where it changes inside."""
    found = {settlement.package(pid).split.at(month).upfront for month in settlement.quarters[0].months}
    return found.pop() if len(found) == 1 else None


def shares(settlement: Settlement, pid: str) -> list[Fraction]:
    """The upfront shares that a package's slider stops at: those of EVERY and its own."""
    own = _own(settlement, pid)
    return sorted({*EVERY, *([own] if own is not None else [])})


def slider(settlement: Settlement, pid: str, settled: Callable[[], None] = lambda: None) -> Slider:
    """A package of a settled quarter at each upfront share of EVERY and its own. `settled` is called after each settlement."""
    contract, package = settlement.contract, settlement.package(pid)
    own, stops = _own(settlement, pid), []
    for upfront in shares(settlement, pid):
        split = Split((Shares(None, upfront, 1 - upfront),))
        terms = replace(contract, packages=contract.packages | {pid: replace(package, split=split)})
        there = settle(terms, settlement.members, settlement.activity, settlement.quarters, settlement.assumptions)
        stops.append(Stop(upfront, there.totals, there.by_network))
        settled()
    today = next((i for i, stop in enumerate(stops) if stop.upfront == own), None)
    return Slider(pid, package.title, today, tuple(stops))
