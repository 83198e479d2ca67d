"""What a contract pays when patients are drawn again: the chance of each threshold, and the spread of payments."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from p4p.settlement import Settlement


def draws(scenarios: Mapping[str, Settlement], n: int, seed: int, prior: Fraction | int = 2) -> Chance:
    """Draw every practice's numerators n times and settle each draw under every scenario.

    `scenarios` are settlements of one activity by name, the baseline first (`{"as it is": settled, "60/40": settled_as_if}`); all see the same draws.
    """
    raise NotImplementedError


class Chance:
    """The result. See sweep_screen.show_chance(chance), sweep_tables.chance_csv(chance), sweep_tables.chance_json(chance)."""
