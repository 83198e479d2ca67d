"""Curves, thresholds and achievements for tests to draw: edges are hit exactly, on purpose."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

from hypothesis import strategies as st

from p4p.curves import CURVES, AllOrNothing, Curve, Direction, Linear, Stepped, Threshold, Tiered

percents = st.integers(0, 100).map(lambda n: F(n, 100))
ratios = st.one_of(percents, st.fractions(0, 1, max_denominator=400))
whole_percents = st.integers(1, 100).map(lambda n: F(n, 100))
positive = ratios.filter(bool)
directions: st.SearchStrategy[Direction] = st.sampled_from(["higher is better", "lower is better"])
achievements = st.one_of(percents, st.fractions(0, 1, max_denominator=2000))
thresholds = st.builds(Threshold, ratios, st.sampled_from(["at least", "above", "at most", "below"]))


def _linear(draw: st.DrawFn) -> Linear:
    lower, upper = sorted(draw(st.lists(ratios, min_size=2, max_size=2, unique=True)))
    return Linear(lower=lower, upper=upper, direction=draw(directions))


def _tiered(draw: st.DrawFn) -> Tiered:
    count = draw(st.integers(1, 4))
    edges, shares = (sorted(draw(st.lists(r, min_size=count, max_size=count, unique=True))) for r in (ratios, positive))
    words: Any = draw(st.sampled_from([("at least", "above"), ("at most", "below")]))
    if words[0] == "at most":
        edges.reverse()
    return Tiered(tiers=tuple((Threshold(edge, draw(st.sampled_from(words))), share) for edge, share in zip(edges, shares, strict=True)))


def _stepped(draw: st.DrawFn) -> Stepped:
    start, most, step, per_step = draw(ratios), draw(positive), draw(whole_percents), draw(whole_percents)
    return Stepped(start=start, step=step, share_per_step=per_step, most=most, direction=draw(directions))


_MAKERS: dict[str, Any] = {
    AllOrNothing.kind: lambda draw: AllOrNothing(target=draw(thresholds)),
    Linear.kind: _linear,
    Tiered.kind: _tiered,
    Stepped.kind: _stepped,
}


@st.composite
def curves(draw: st.DrawFn, kind: str | None = None) -> Curve:
    """A sound curve of a kind, or of any registered kind."""
    made: Curve = _MAKERS[kind or draw(st.sampled_from(sorted(CURVES)))](draw)
    assert made.faults() == []
    return made
