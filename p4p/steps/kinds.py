"""Every kind of step and curve by name: what the language can say, and the manual page of each.

A new mechanism is a class in one of the modules above and a line here; reading, messages, settling, explaining, describing and `p4p kinds` follow.
"""

from __future__ import annotations

import inspect
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from p4p.language import contract
from p4p.language.curves import CURVES
from p4p.steps.amounts import Best, Limits, Mean, Product, Ratio, Rounded, Sum, Weighted, Worst
from p4p.steps.bands import Bands, Corridors, CurveStep, Lookup, StraightLines
from p4p.steps.gains import Baseline, GainShare, LossRate, MinimumSaving, Recoup, SavingRate, Withhold
from p4p.steps.gates import Deduction, Gate, Milestones
from p4p.steps.points import Achievement, Points, Prevalence
from p4p.steps.pots import Average, Between, PotPart, Total
from p4p.steps.volume import Capitation, Instalment, MarginalRate, Tariff, Tolerance, YearOfCare

GROUPS: dict[str, tuple[Any, ...]] = {
    "arithmetic": (Sum, Product, Ratio, Limits, Best, Worst, Mean, Weighted, Rounded),
    "tables and lines": (Bands, StraightLines, Corridors, CurveStep, Lookup),
    "gates": (Gate, Deduction, Milestones),
    "gain and loss": (Baseline, SavingRate, MinimumSaving, GainShare, LossRate, Withhold, Recoup),
    "volume and capitation": (Tariff, MarginalRate, Tolerance, Instalment, Capitation, YearOfCare),
    "pots and parties": (Total, Average, PotPart, Between),
    "points": (Achievement, Points, Prevalence),
}

#: Every kind of step by its name in contracts.
STEPS: dict[str, Any] = {cls.kind: cls for group in GROUPS.values() for cls in group}


#: What a care package can be worth, and what can become of its unearned money, as keys of the contract.
PACKAGES: dict[str, Any] = {
    "value.each": contract.Each,
    "value.total": contract.Total,
    "value.price": contract.PerPatient,
    "unearned.shared_among": contract.SharedAmongEarners,
}


@dataclass(frozen=True, slots=True)
class ManualPage:
    """The manual page of a kind: its name, what it is, its keys with what they mean, and its outcomes."""

    kind: str
    group: str
    text: str
    keys: tuple[tuple[str, str, bool], ...]
    outcomes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Its first sentence."""
        return self.text.partition("\n")[0]


def manual() -> list[ManualPage]:
    """The manual pages of all steps and curves, and of what a care package can be worth, in the order of their groups."""
    pages = [_page(cls, group) for group, classes in GROUPS.items() for cls in classes]
    pages += [_page(cls, "curves") for cls in CURVES.values()]
    return pages + [replace(_page(cls, "care packages"), kind=name) for name, cls in PACKAGES.items()]


def _page(cls: Any, group: str) -> ManualPage:
    keys = tuple(
        (f.metadata.get("yaml", f.name), f.metadata["doc"], f.default is MISSING and f.default_factory is MISSING)
        for f in fields(cls)
        if "doc" in f.metadata
    )
    outcomes = getattr(cls, "outcomes", ())
    return ManualPage(cls.kind, group, inspect.getdoc(cls) or "", keys, outcomes if isinstance(outcomes, tuple) else ())
