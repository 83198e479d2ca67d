"""Curves, thresholds and achievements for tests to draw: edges are hit exactly, on purpose."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from p4p.language.curves import CURVES, AllOrNothing, Curve, Direction, Linear, Stepped, Threshold, Tiered

Ratios = st.SearchStrategy[F]

percents = st.integers(0, 100).map(lambda n: F(n, 100))
ratios = st.one_of(percents, st.fractions(0, 1, max_denominator=400))
whole_percents = st.integers(1, 100).map(lambda n: F(n, 100))
directions: st.SearchStrategy[Direction] = st.sampled_from(["higher is better", "lower is better"])
achievements = st.one_of(percents, st.fractions(0, 1, max_denominator=2000))
words = st.sampled_from(["at least", "above", "at most", "below"])
thresholds = st.builds(Threshold, ratios, words)


def _linear(draw: st.DrawFn, ratios: Ratios) -> Linear:
    lower, upper = sorted(draw(st.lists(ratios, min_size=2, max_size=2, unique=True)))
    return Linear(lower=lower, upper=upper, direction=draw(directions))


def _tiered(draw: st.DrawFn, ratios: Ratios) -> Tiered:
    count = draw(st.integers(1, 4))
    edges, shares = (sorted(draw(st.lists(r, min_size=count, max_size=count, unique=True))) for r in (ratios, ratios.filter(bool)))
    sides: Any = draw(st.sampled_from([("at least", "above"), ("at most", "below")]))
    if sides[0] == "at most":
        edges.reverse()
    return Tiered(tiers=tuple((Threshold(edge, draw(st.sampled_from(sides))), share) for edge, share in zip(edges, shares, strict=True)))


def _stepped(draw: st.DrawFn, ratios: Ratios) -> Stepped:
    start, most, step, per_step = draw(ratios), draw(ratios.filter(bool)), draw(whole_percents), draw(whole_percents)
    return Stepped(start=start, step=step, share_per_step=per_step, most=most, direction=draw(directions))


_MAKERS: dict[str, Any] = {
    AllOrNothing.kind: lambda draw, ratios: AllOrNothing(target=Threshold(draw(ratios), draw(words))),
    Linear.kind: _linear,
    Tiered.kind: _tiered,
    Stepped.kind: _stepped,
}


@st.composite
def curves(draw: st.DrawFn, kind: str | None = None, ratios: Ratios = ratios) -> Curve:
    """A sound curve of a kind, or of any registered kind."""
    made: Curve = _MAKERS[kind or draw(st.sampled_from(sorted(CURVES)))](draw, ratios)
    assume(not made.faults())
    return made
