"""Points of thousands of payees at once: the rule of `points` on Polars columns, indicator by indicator.

What does not fit in 127 bits, is refused, or is a name that stands for each payee's own number, is left to the same rule on fractions, payee by payee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any

import polars as pl

from p4p.numbers.columns import Columns, TooLarge
from p4p.numbers.exact import ZERO
from p4p.steps.points import Points, PointsIndicator
from p4p.steps.terms import At, Line, Missing, Term


def points_of_many(step: Points, name: str, everyone: Mapping[str, At]) -> dict[str, dict[str, Any]] | None:
    """The outcomes of the `points` step called `name` for each payee, with their lines noted; None where the numbers are too large or something is missing."""
    try:
        scales = {code: step.scale(at) for code, at in everyone.items()}
        lines = {iid: _indicator(step, name, iid, indicator, everyone, scales) for iid, indicator in step.indicators.items()}
    except (TooLarge, Missing):
        return None
    out = {}
    for n, (code, at) in enumerate(everyone.items()):
        mine = [found[n] for found in lines.values()]
        for line in mine:
            at.line(line)
        out[code] = {
            "": _sum(x.earned for x in mine),
            "points": _sum(x.points for x in mine),
            "most_points": _sum(x.most_points for x in mine),
            "available": _sum(x.available for x in mine),
            **({"counted": _sum(x.counted for x in mine)} if all(x.counted is not None for x in mine) else {}),
            **{x.indicator: x.earned for x in mine},
        }
    return out


def _sum(numbers: Iterable[Fraction]) -> Fraction:
    """The sum, in whole numbers over one divisor: adding fractions one by one reduces each sum anew."""
    each = list(numbers)
    common = lcm(*(x.denominator for x in each))
    return Fraction(sum(x.numerator * (common // x.denominator) for x in each), common)


def _indicator(
    step: Points, step_name: str, iid: str, indicator: PointsIndicator, everyone: Mapping[str, At], scales: Mapping[str, Fraction]
) -> list[Line]:
    """One indicator's line for each payee."""
    own_share_of_nothing = step.empty.value is None and step.empty.text != "refuse"
    if indicator.curve is None or indicator.ruling is not None or indicator.points.value is None or own_share_of_nothing:
        return [replace(step.line(at, iid, indicator, scales[code]), step=step_name) for code, at in everyone.items()]
    own = [step.own_scale(at, indicator, scales[code]) for code, at in everyone.items()]
    counts = [at.counts(indicator.counts or Term(iid)) for at in everyone.values()]
    divisors = [d - e for _, d, e in counts]
    if any(divisor <= 0 for divisor in divisors) and step.empty.text == "refuse":
        raise Missing(f"the denominator of {iid} is empty")
    each = {
        "n": [int(n) for n, _, _ in counts],
        "divisor": [max(int(d), 1) for d in divisors],
        "counted": [int(d > 0) for d in divisors],
        "numerator": [s.numerator for s in own],
        "denominator": [s.denominator for s in own],
    }
    largest = {name: max(map(abs, numbers)) for name, numbers in each.items()}
    achievement = Columns.of("n", largest["n"], "divisor", largest["divisor"])
    share = Columns.lift(indicator.curve.share(achievement))
    share = (Columns.of("counted", largest["counted"]) >= 1).choose(share, step.empty.value or ZERO)
    scale = Columns.of("numerator", largest["numerator"], "denominator", largest["denominator"])
    most_points = indicator.points.value
    points = Columns.lift(step.scored(share, most_points))
    paid = next(iter(everyone.values())).paid
    columns = [
        *points.named("points"),
        *Columns.lift(paid(points * scale)).named("earned"),
        *Columns.lift(paid(scale * most_points)).named("available"),
    ]
    found = pl.DataFrame(each, schema=dict.fromkeys(each, pl.Int128)).select(columns)
    tops = {name: found[name].to_list() for name in found.columns}
    made = []
    for k, (n, d, e) in enumerate(counts):
        points_of, available, earned = (
            Fraction(tops[f"{name}_top"][k], tops[f"{name}_bottom"][k]) for name in ("points", "available", "earned")
        )
        achieved = Fraction(n, divisors[k]) if divisors[k] > 0 else None
        made.append(Line(step_name, iid, indicator.title, (n, d, e), achieved, most_points, points_of, available, earned, "", points_of))
    return made
