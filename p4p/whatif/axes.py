"""The numbers that a sweep moves, and over which values: how one point changes a contract and what is supposed beside its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

from p4p.language.contract import Contract, Each, Indicator, Package, Split, Total, Value
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered
from p4p.numbers.errors import Location
from p4p.numbers.exact import ONE, ZERO, decimal, percent
from p4p.numbers.money import plain
from p4p.settling.assumptions import Assumptions, SupposedAchievement, SupposedList
from p4p.whatif.scenario import PriceChange, priced

#: What a parameter is, and so what its values are measured in.
Kind = Literal["split", "value", "number", "curve", "achievement", "price", "list"]
Unit = Literal["%", "pp", "£", "+%"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter and its values.

    `unit` says what the values are: ratios that are set (`%`), percentage points by which a ratio is moved (`pp`), pence that are set (`£`), or the
    relative change of an amount (`+%`). `packages` and `indicators` are those that it reaches; `network` is None for all; `field` is a key of the
    curve, of the value, or of the split; `start` the month of the part of a split that is meant, None for a split that holds throughout.
    """

    path: str
    kind: Kind
    unit: Unit
    values: tuple[Fraction, ...]
    packages: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    network: str | None = None
    field: str = ""
    start: int | None = None

    def words(self, i: int) -> str:
        """The value at position i as it would be written: `65%`, `+5pp`, `14000.00`, `-2%`."""
        value = self.values[i]
        if self.unit == "£":
            return plain(int(value)) if value.denominator == 1 else decimal(value / 100, 12, least_places=2)
        if self.unit == "%":
            return percent(value, 12)
        sign = "+" if value > 0 else ""
        return sign + decimal(value * 100, 12) + ("pp" if self.unit == "pp" else "%")

    @property
    def place(self) -> Location:
        """Where the parameter is set, for those who explain a point."""
        return Location(f"--sweep {self.path}")

    def moves_money(self, pid: str) -> bool:
        """Whether a package's value or split depends on this parameter."""
        return self.kind in ("split", "value", "price", "list") and pid in self.packages

    def moves_share(self, iid: str) -> bool:
        """Whether what an indicator's achievement earns depends on this parameter."""
        return self.kind in ("number", "curve", "achievement") and iid in self.indicators

    def of_curve(self, curve: Curve, i: int) -> Curve:
        """A curve as it is at position i."""
        if self.kind == "curve":
            return shifted(curve, self.values[i])
        name = spelling(curve)[self.field]
        now = getattr(curve, name)
        ratio = now.ratio if isinstance(now, Threshold) else now
        new = ratio + self.values[i] if self.unit == "pp" else self.values[i]
        change: Any = replace(now, ratio=new) if isinstance(now, Threshold) else new
        return replace(curve, **{name: change})

    def of_split(self, split: Split, i: int) -> Split:
        """A split as it is at position i: the two parts always add to 1."""
        periods = []
        for shares in split.periods:
            if shares.start == self.start:
                now = getattr(shares, self.field)
                new = now + self.values[i] if self.unit == "pp" else self.values[i]
                upfront = new if self.field == "upfront" else ONE - new
                shares = replace(shares, upfront=upfront, performance=ONE - upfront)
            periods.append(shares)
        return replace(split, periods=tuple(periods))

    def of_value(self, value: Value, i: int) -> Value:
        """A package's value as it is at position i."""
        new = self.values[i]
        match value:
            case Each():
                return replace(value, each=int(new))
            case Total():
                return replace(value, total=int(new))
            case _:
                return replace(value, price=new)

    def supposed(self, iid: str, value: Any) -> SupposedAchievement:
        """What is supposed of an indicator's achievement where this parameter has a value; of any kind of number."""
        return SupposedAchievement(self.network, iid, "by" if self.unit == "pp" else "to", value, self.place)

    def now(self, contract: Contract) -> Fraction | None:
        """The value that leaves a contract as it is; None where there is none, or where what the parameter reaches does not agree on one."""
        if self.unit in ("pp", "+%"):
            return ZERO
        found: set[Fraction | None] = {None} if self.kind == "achievement" else set()
        for package in (contract.packages[pid] for pid in self.packages):
            if self.kind == "split":
                found |= {getattr(s, self.field) for s in package.split.periods if s.start == self.start}
            elif self.kind == "value":
                found.add(Fraction(getattr(package.value, self.field)))
            else:
                curves = [terms.curve for iid, terms in indicators_of(package) if iid in self.indicators]
                edges = [getattr(c, spelling(c)[self.field]) for c in curves]
                found |= {e.ratio if isinstance(e, Threshold) else e for e in edges}
        return found.pop() if len(found) == 1 else None


def shifted(curve: Curve, by: Fraction) -> Curve:
    """A curve with all its thresholds moved: what it pays for an achievement, it paid before for that achievement less the move."""
    match curve:
        case AllOrNothing():
            return replace(curve, target=_moved(curve.target, by))
        case Linear():
            return replace(curve, lower=curve.lower + by, upper=curve.upper + by)
        case Tiered():
            return replace(curve, tiers=tuple((_moved(threshold, by), pays) for threshold, pays in curve.tiers))
        case Stepped():
            return replace(curve, start=curve.start + by)


def _moved(threshold: Threshold, by: Fraction) -> Threshold:
    return replace(threshold, ratio=threshold.ratio + by)


def at_point(contract: Contract, assumptions: Assumptions, axes: Sequence[Axis], point: Sequence[int]) -> tuple[Contract, Assumptions]:
    """The contract and the assumptions of one point, to be settled alone; `point` holds a position on each axis.

    Prices come last, all together, so that an amount is rounded once.
    """
    packages, prices, places = dict(contract.packages), list[PriceChange](), list(zip(axes, point, strict=True))
    for axis, i in places:
        for pid in axis.packages:
            packages[pid] = _package_at(packages[pid], axis, i)
        if axis.kind == "price":
            prices += [PriceChange(pid, ONE + axis.values[i], axis.place) for pid in axis.packages]
        if axis.kind == "achievement":
            supposed = (axis.supposed(iid, axis.values[i]) for iid in axis.indicators)
            assumptions = replace(assumptions, achievements=(*assumptions.achievements, *supposed))
        if axis.kind == "list":
            longer = SupposedList(axis.network, ONE + axis.values[i], axis.place)
            assumptions = replace(assumptions, lists=(*assumptions.lists, longer))
    return priced(replace(contract, packages=packages), prices)[0], assumptions


def _package_at(package: Package, axis: Axis, i: int) -> Package:
    if axis.kind == "split":
        return replace(package, split=axis.of_split(package.split, i))
    if axis.kind == "value":
        return replace(package, value=axis.of_value(package.value, i))
    if axis.kind in ("number", "curve") and package.performance:
        indicators = {
            iid: replace(terms, curve=axis.of_curve(terms.curve, i)) if iid in axis.indicators else terms
            for iid, terms in package.performance.indicators.items()
        }
        return replace(package, performance=replace(package.performance, indicators=indicators))
    return package


def indicators_of(package: Package) -> Iterable[tuple[str, Indicator]]:
    """A package's indicators by id; none where all is paid up front."""
    return package.performance.indicators.items() if package.performance else ()


def spelling(curve: Curve) -> dict[str, str]:
    """The keys of a curve that hold one number, with their fields."""
    return {
        f.metadata.get("yaml", f.name): f.name
        for f in fields(curve)
        if "doc" in f.metadata and isinstance(getattr(curve, f.name), Fraction | Threshold)
    }
