"""Scenarios: a contract with some of its terms changed, and what is supposed of achievements and lists. The baseline is never touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.language.contract import Contract, Each, PerPatient, Total, Value
from p4p.numbers.errors import Location
from p4p.numbers.exact import decimal
from p4p.numbers.money import RoundingMode, plain, rounded
from p4p.numbers.period import Quarter
from p4p.settling.assumptions import NOTHING, Assumptions
from p4p.settling.settle import settle
from p4p.settling.settlement import Settlement

#: The name of the scenario that changes nothing.
BASELINE = "Baseline"

#: The activity as a contract expects it: a scenario may measure otherwise, and then other months count.
ActivityOf = Callable[[Contract], Activity]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a scenario changes: `what` is its path, as `--set` takes it; `before` and `after` are as written.

    `at` is the line or the option that says so, `contract_at` the contract's own line; None where the contract says nothing.
    """

    what: str
    before: str
    after: str
    at: Location
    contract_at: Location | None = None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Every package's value, or one package's, larger or smaller by a factor (51/50 for +2%)."""

    package: str | None
    factor: Fraction
    at: Location


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of changes laid over a contract and its activity: the contract as changed, what is supposed, and what was changed."""

    name: str
    contract: Contract
    assumptions: Assumptions = NOTHING
    changes: tuple[Change, ...] = ()

    def settled(self, members: Members, activity_of: ActivityOf, quarters: Sequence[Quarter]) -> Settlement:
        """What the scenario pays. Raises InputError and MismatchError as `settle` does."""
        return settle(self.contract, members, activity_of(self.contract), quarters, self.assumptions)


def baseline(contract: Contract) -> Scenario:
    """The scenario that changes nothing."""
    return Scenario(BASELINE, contract)


def priced(contract: Contract, prices: Sequence[PriceChange]) -> tuple[Contract, list[Change]]:
    """A contract at other prices, and what that changes. Several changes multiply; an amount is rounded once, after all of them."""
    packages, changes = dict(contract.packages), []
    for pid, package in contract.packages.items():
        here = [p for p in prices if p.package in (None, pid)]
        factor = Fraction(1)
        for price in here:
            factor *= price.factor
        if factor == 1:
            continue
        old, at = package.value, here[-1].at
        new = _times(old, factor, contract.mode)
        new = replace(new, places=new.places | {new.kind: at})
        packages[pid] = replace(package, value=new)
        changes.append(Change(f"packages.{pid}.value.{old.kind}", amount_text(old), amount_text(new), at, old.places.get(old.kind)))
    return replace(contract, packages=packages), changes


def _times(value: Value, factor: Fraction, mode: RoundingMode) -> Value:
    """A value times a factor: whole pence for an amount, exact for a price."""
    match value:
        case Each():
            return replace(value, each=int(rounded(value.each * factor, mode)))
        case Total():
            return replace(value, total=int(rounded(value.total * factor, mode)))
        case PerPatient():
            return replace(value, price=value.price * factor)


def amount_text(value: Value) -> str:
    """The amount of a package's value as contracts write it."""
    match value:
        case Each():
            return plain(value.each)
        case Total():
            return plain(value.total)
        case PerPatient():
            return decimal(value.price / 100, 12, least_places=2)
