"""What a command line says of sweeps: which number of a contract or of its activity is moved, over which values.

An axis is written `PATH=FROM..TO/STEP`:

| path | values |
|---|---|
| `packages.diabetes.split.upfront`, or `.performance` | `0%..100%/5%`; the other part of the split follows. Where the split changes by date: `split.2009-10-01.upfront` |
| `packages.diabetes.value.each`, `.total`, `.price` | `10000.00..20000.00/500.00` |
| `packages.diabetes.performance.indicators.DM1.curve.target` (or `lower`, `upper`, `from`, `step`, `share_per_step`, `most`) | `70%..95%/1%`, or moved: `-5pp..+5pp/1pp` |
| `packages.diabetes.performance.indicators.DM1.curve`: all its thresholds together | moved: `-12pp..+12pp/1pp` |
| `achievement`, `achievement.DM1`, `achievement.N3:DM1`, `achievement.N3` | moved: `-10pp..+9.5pp/0.5pp`, or set: `60%..90%/5%` |
| `price`: the values of all packages; `price.diabetes` | `-5%..+5%/1%` |
| `list`: the lists that values are counted on; `list.N3` | `-5%..+5%/1%` |

`*` stands for every package or every indicator. `pp`, percentage points, move a ratio; `%` sets it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

from p4p.files.shape import MOST_MONEY, MOST_PRICE
from p4p.language.contract import Contract, Each, Package
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered
from p4p.numbers.errors import Location, Problem, UsageError, did_you_mean, visible
from p4p.numbers.exact import ONE, ZERO, percent
from p4p.numbers.money import parse_pence
from p4p.numbers.period import first_day
from p4p.whatif.axes import Axis, Kind, Unit, indicators_of, spelling

#: Most points that a sweep may have.
MOST_POINTS = 1_000_000

_RANGE = re.compile(r"(?P<from>[^/]+?)\s*\.\.\s*(?P<to>[^/]+?)\s*/\s*(?P<step>.+)")
_VALUE = re.compile(r"([+\-−]?)\s*(\d[\d,]{0,15}(?:\.\d{1,12})?)\s?(%|pp|)", re.ASCII)


def axes_of(texts: Sequence[str], contract: Contract, networks: Collection[str]) -> tuple[Axis, ...]:
    """The axes of a sweep, from `PATH=FROM..TO/STEP` each.

    Raises UsageError, with every fault at once, for a path the contract lacks, a unit that is not meant, a step of the wrong sign or no points, more
    than MOST_POINTS together, two axes over one number, and for a point at which the contract contradicts itself.
    """
    known = {axis.path: axis for axis in _parameters(contract)}
    axes, problems = [], list[Problem]()
    for text in texts:
        try:
            axes.append(_axis(text, known, contract, networks))
            problems += _out_of_range(axes[-1])
        except ValueError as e:
            problems.append(Problem(Location(f"--sweep {visible(text, 120)}"), *(str(a) for a in e.args)))
    if not problems:
        problems += _together(axes, contract)
    if problems:
        raise UsageError(problems)
    return tuple(axes)


def _axis(text: str, known: Mapping[str, Axis], contract: Contract, networks: Collection[str]) -> Axis:
    path, sign, values = (part.strip() for part in text.partition("="))
    if not sign or not path:
        raise ValueError("a sweep is PATH=FROM..TO/STEP", "such as packages.diabetes.split.upfront=0%..100%/5%")
    axis = _parameter(path, known, contract, networks)
    unit, found = _values(values, axis)
    return replace(axis, unit=unit, values=found)


def _parameter(path: str, known: Mapping[str, Axis], contract: Contract, networks: Collection[str]) -> Axis:
    head, _, rest = path.partition(".")
    if head == "achievement":
        return _achievement(path, rest, contract, networks)
    if head == "list":
        counted = tuple(pid for pid, p in contract.packages.items() if not isinstance(p.value, Each) and p.value.as_at)
        if not counted:
            raise ValueError("no package's value is counted on a list", "move the value itself: price=-5%..+5%/1%")
        if rest and rest not in networks:
            raise ValueError(f'there is no network "{visible(rest)}"', did_you_mean(rest, networks))
        return Axis(path, "list", "+%", (), counted, network=rest or None)
    if path in known:
        return known[path]
    if path.startswith("packages.") and path.endswith(".weight"):
        raise ValueError("weights cannot be swept: they add to 100%, so one cannot move alone", "")
    raise ValueError(f'there is no parameter "{visible(path, 120)}"', did_you_mean(path, [*known, "achievement", "list"]))


def _achievement(path: str, rest: str, contract: Contract, networks: Collection[str]) -> Axis:
    everything = tuple(contract.indicators)
    network, colon, iid = rest.rpartition(":")
    if not colon and rest in networks and rest not in everything:
        network, iid = rest, ""
    if network and network not in networks:
        raise ValueError(f'there is no network "{visible(network)}"', did_you_mean(network, networks))
    if iid and iid not in everything:
        raise ValueError(f'there is no indicator "{visible(iid)}"', did_you_mean(iid, everything))
    return Axis(path, "achievement", "pp", (), (), (iid,) if iid else everything, network or None)


def _parameters(contract: Contract) -> Iterator[Axis]:
    """Every parameter of a contract that can be swept, without values."""
    packages = contract.packages
    yield Axis("price", "price", "+%", (), tuple(packages))
    for name, reached in [*((pid, (pid,)) for pid in packages), ("*", tuple(packages))]:
        first = packages[reached[0]]
        if name != "*":
            yield Axis(f"price.{name}", "price", "+%", (), reached)
            yield Axis(f"packages.{name}.value.{first.value.kind}", "value", "£", (), reached, field=first.value.kind)
        for start in dict.fromkeys(s.start for s in first.split.periods):
            if all(start in [s.start for s in packages[pid].split.periods] for pid in reached):
                dated = "" if start is None else f"{first_day(start)}."
                for part in ("upfront", "performance"):
                    yield Axis(f"packages.{name}.split.{dated}{part}", "split", "%", (), reached, field=part, start=start)
        curves = {iid: i.curve for pid in reached for iid, i in indicators_of(packages[pid])}
        for iid, some in [*((i, (i,)) for i in curves if name != "*"), ("*", tuple(curves))]:
            if not some:
                continue
            base = f"packages.{name}.performance.indicators.{iid}.curve"
            yield Axis(base, "curve", "pp", (), reached, some)
            for field in dict.fromkeys(f for i in some for f in spelling(curves[i])):
                having = tuple(i for i in some if field in spelling(curves[i]))
                yield Axis(f"{base}.{field}", "number", "%", (), reached, having, field=field)


#: How each kind of parameter is written, for those who wrote it otherwise.
_WRITTEN: dict[Kind, str] = {
    "split": "0%..100%/5%",
    "value": "10000.00..20000.00/500.00 (pounds)",
    "number": "70%..95%/1%, or moved by -5pp..+5pp/1pp",
    "curve": "-12pp..+12pp/1pp (percentage points)",
    "achievement": "-10pp..+10pp/1pp (percentage points), or set to 60%..90%/5%",
    "price": "-5%..+5%/1% (a relative change)",
    "list": "-5%..+5%/1% (a relative change)",
}


def _values(text: str, axis: Axis) -> tuple[Unit, tuple[Fraction, ...]]:
    """The unit and the values of `FROM..TO/STEP`. Raises ValueError with what is wrong and what to write."""
    hint = f"write {axis.path}={_WRITTEN[axis.kind]}"
    m = _RANGE.fullmatch(text)
    if not m:
        raise ValueError(f'"{visible(text)}" is not FROM..TO/STEP', hint)
    parts = [_VALUE.fullmatch(m[name]) for name in ("from", "to", "step")]
    for part, name in zip(parts, ("from", "to", "step"), strict=True):
        if not part:
            raise ValueError(f'"{visible(m[name])}" is not a number with its unit', hint)
    (start, start_unit, signed), (end, end_unit, also_signed), (step, step_unit, _) = (_number(p, hint) for p in parts if p)
    if start_unit != end_unit:
        raise ValueError(f"the sweep starts in {start_unit or 'pounds'} and ends in {end_unit or 'pounds'}", hint)
    unit = _unit(axis.kind, start_unit, signed or also_signed, hint)
    if step_unit != start_unit and not (unit == "%" and step_unit == "pp"):
        what = "5% of what?" if step_unit == "%" else "another unit"
        raise ValueError(f'the step "{m["step"]}" is in {step_unit or "pounds"}, the range in {start_unit or "pounds"}: {what}', hint)
    if step == 0:
        raise ValueError("a step of 0 never arrives", hint)
    if start != end and (step > 0) != (end > start):
        turned = f"{m['to']}..{m['from']}" if step > 0 else f"{m['from']}..{m['to']}"
        raise ValueError(
            "no points: the step leads away from the end of the range", f"write {axis.path}={turned}/{m['step'].lstrip('+-−')}"
        )
    count = int((end - start) / step) + 1
    if count > MOST_POINTS:
        raise ValueError(f"{count:,} points: at most {MOST_POINTS:,}", "take a wider step")
    return unit, tuple(start + i * step for i in range(count))


def _number(m: re.Match[str], hint: str) -> tuple[Fraction, str, bool]:
    sign, digits, unit = m.groups()
    try:
        pence = parse_pence(digits)
    except ValueError:
        raise ValueError(f'"{visible(m[0])}" is not a number', hint) from None
    value = pence if not unit else pence / 10_000  # a hundred pence to the pound, a hundred percent to the whole
    return (-value if sign in ("-", "−") else value), unit, bool(sign)


def _unit(kind: Kind, written: str, signed: bool, hint: str) -> Unit:
    match kind, written:
        case (("price" | "list"), "%"):
            return "+%"
        case (("split" | "number" | "achievement"), "%") if not signed:
            return "%"
        case (("split" | "number" | "achievement" | "curve"), "pp"):
            return "pp"
        case "value", "" if not signed:
            return "£"
        case (("split" | "number" | "achievement" | "curve"), "%"):
            raise ValueError("a ratio is moved in percentage points, pp: 5% of 80% would be 4pp", hint)
        case _:
            raise ValueError(f"{written or 'a plain number'} is not how this is measured", hint)


# whether it can be


def _together(axes: Sequence[Axis], contract: Contract) -> Iterator[Problem]:
    """What is wrong with the axes taken together, and with the contract at their points."""
    if prod(len(a.values) for a in axes) > MOST_POINTS:
        counts = " x ".join(f"{len(a.values):,}" for a in axes)
        yield Problem(
            Location("--sweep"), f"{counts} = {prod(len(a.values) for a in axes):,} points: at most {MOST_POINTS:,}", "take wider steps"
        )
        return
    for i, axis in enumerate(axes):
        for other in axes[:i]:
            if _same_number(axis, other):
                yield Problem(Location(f"--sweep {axis.path}"), f"moves what {other.path} moves", "give each number one range")
    for pid, package in contract.packages.items():
        yield from _contradictions(axes, package, [a for a in axes if a.kind == "split" and pid in a.packages])
        for iid, terms in indicators_of(package):
            mine = [a for a in axes if a.kind in ("number", "curve") and iid in a.indicators]
            if mine:
                yield from _bad_curves(axes, iid, terms.curve, mine)


def _same_number(a: Axis, b: Axis) -> bool:
    if a.kind != b.kind or a.kind in ("price", "list", "achievement"):
        return a.path == b.path
    if a.kind in ("split", "value"):
        return a.start == b.start and bool(set(a.packages) & set(b.packages))
    return a.field == b.field and bool(set(a.indicators) & set(b.indicators))


def _out_of_range(axis: Axis) -> Iterator[Problem]:
    at = Location(f"--sweep {axis.path}")
    first, last = min(axis.values), max(axis.values)
    if axis.unit == "%" and last > ONE:
        i = axis.values.index(next(v for v in axis.values if v > ONE))
        yield Problem(at, f"at {axis.words(i)}: there is no more than 100%", f"end at 100%: {axis.path}=...100%/...")
    if axis.unit == "+%" and first < -ONE:
        yield Problem(at, f"at {axis.words(axis.values.index(first))}: less than nothing", "an amount falls by at most 100%")
    if axis.unit == "£":
        most = MOST_PRICE if axis.field == "price" else MOST_MONEY
        if last > most:
            yield Problem(at, f"at {axis.words(axis.values.index(last))}: more than any contract pays", "")
        if axis.field != "price" and any(v.denominator != 1 for v in axis.values):
            yield Problem(at, "an amount with a part of a penny", "write at most two decimals")


def _contradictions(axes: Sequence[Axis], package: Package, mine: Sequence[Axis]) -> Iterator[Problem]:
    for point in product(*(range(len(a.values)) for a in mine)):
        split = package.split
        for axis, i in zip(mine, point, strict=True):
            split = axis.of_split(split, i)
        outside = [s for s in split.periods if not ZERO <= s.upfront <= ONE]
        faults = [("", f"upfront is {percent(outside[0].upfront, 12)}", "keep it from 0% to 100%")] if outside else []
        for _, what, hint in faults or replace(package, split=split).faults():
            yield Problem(_named(mine), f"at {_point(mine, point)}: {what}", hint)
            return


def _bad_curves(axes: Sequence[Axis], iid: str, curve: Curve, mine: Sequence[Axis]) -> Iterator[Problem]:
    """The first point at which a curve contradicts itself: one is enough, the others follow."""
    for point in product(*(range(len(a.values)) for a in mine)):
        new = curve
        for axis, i in zip(mine, point, strict=True):
            new = axis.of_curve(new, i)
        for what, hint in curve_faults(new):
            yield Problem(_named(mine), f"at {_point(mine, point)}, {iid}: {what}", hint)
            return


def curve_faults(curve: Curve) -> Iterator[tuple[str, str]]:
    """What makes a curve none that a contract could state, with a hint."""
    match curve:
        case AllOrNothing():
            edges = [curve.target]
        case Tiered():
            edges = [threshold for threshold, _ in curve.tiers]
        case Linear():
            edges = [Threshold(curve.lower, "at least"), Threshold(curve.upper, "at least")]
        case Stepped():
            edges = [Threshold(curve.start, "at least")]
    for edge in edges:
        beyond = edge.ratio > ONE or (edge.ratio == ONE and edge.word == "above")
        if beyond or edge.ratio < ZERO or (edge.ratio == ZERO and edge.word == "below"):
            yield (
                f"a threshold of {percent(edge.ratio, 12)} is beyond what an achievement can be",
                "keep thresholds from 0% to 100%: narrow the range",
            )
            return
    if isinstance(curve, Stepped):
        for name in ("step", "share_per_step", "most"):
            if getattr(curve, name) < 0:
                yield f"{name} is {percent(getattr(curve, name), 12)}", "keep it above 0%"
                return
    for _, what, hint in curve.faults():
        yield what, hint


def _named(axes: Sequence[Axis]) -> Location:
    return Location("--sweep " + " and ".join(a.path for a in axes))


def _point(axes: Sequence[Axis], point: Sequence[int]) -> str:
    return " and ".join(a.words(i) for a, i in zip(axes, point, strict=True))
