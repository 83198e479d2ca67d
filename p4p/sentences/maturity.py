"""Where a contract stands on the published steps of maturity: how payment follows performance, and how much is pooled, with the reason.

The steps are those of "The journey to integration" (LGA and Carnall Farrar, 2016), exhibits 2, 25 and 29.
"""

from __future__ import annotations

from dataclasses import dataclass

from p4p.language.contract import Contract
from p4p.numbers.exact import ONE, ZERO, how_many, percent
from p4p.sentences.describe import Section
from p4p.steps.scheme import Scheme

SOURCE = "The journey to integration, LGA and Carnall Farrar, 2016, exhibits 2, 25 and 29"

#: Kinds of step that make a payment depend on what was achieved.
EARNING = {
    *("points", "curve", "gate", "bands", "deduction", "milestones", "saving_rate"),
    *("gain_share", "minimum_saving", "tolerance", "marginal_rate", "corridors"),
}

#: Kinds of step in which several parties share money.
POOLING = {"part_of_pot", "between", "total"}

PAYMENT = {
    "": "by standard approaches",
    "yearly": "linked to measurable changes yearly",
    "quarterly": "linked to provider performance quarterly",
    "monthly": "linked to measurable changes monthly or quarterly",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides where a contract stands: how often money follows performance, how much of it, and whether it is pooled."""

    rhythm: str
    least_share: str
    use: str
    reason: str
    pooled: str


def standing(contract: Contract | Scheme) -> Section:
    """Where a contract stands, as sentences; `describe` ends with it."""
    s = _of_packages(contract) if isinstance(contract, Contract) else _of_payments(contract)
    sentences = (
        f"Payment: {PAYMENT[s.rhythm]}; {s.reason}.",
        f"Use of performance measures: {s.use}{s.least_share}. Pooling: {s.pooled}.",
        f"The steps are those of {SOURCE}; where a contract stands on them is our reading of its terms.",
    )
    return Section("Where it stands", sentences)


def _of_packages(contract: Contract) -> Standing:
    earning = [p.performance for p in contract.packages.values() if p.performance]
    indicators = sum(len(p.indicators) for p in earning)
    share = max((ONE - s.upfront for p in contract.packages.values() for s in p.split.periods), default=ZERO)
    if not earning or share == 0:
        return Standing("", "", "none", "nothing has to be earned", "minimal, each package is the commissioner's own money")
    rhythm = "yearly" if all(p.measured == "year" for p in earning) else "quarterly"
    reason = f"{how_many(indicators, 'indicator')} decide what is paid, {rhythm}"
    earned = "light" if share < ONE / 3 else "medium" if share < ONE else "full"
    return Standing(
        rhythm, f", up to {percent(share)} of a package's money", earned, reason, "minimal, each package is the commissioner's own money"
    )


def _of_payments(scheme: Scheme) -> Standing:
    earning = [p for p in scheme.payments.values() if {step.kind for step in p.steps.values()} & EARNING]
    kinds = {step.kind for p in scheme.payments.values() for step in p.steps.values()}
    pooled = "money is pooled or shared between parties" if kinds & POOLING else "minimal, each payment is one party's own money"
    if not earning:
        return Standing("", "", "none", "nothing has to be earned", pooled)
    rhythm = min((scheme.rhythm(p) for p in earning), key=["monthly", "quarterly", "yearly"].index)
    count = len(scheme.payments)
    what = "its payment depends" if count == 1 else f"{len(earning)} of its {count} payments depend"
    use = "full" if len(earning) == count and rhythm != "yearly" else "medium" if len(earning) == count else "light"
    return Standing(rhythm, f", {len(earning)} of {count} payments", use, f"{what} on what was achieved, {rhythm}", pooled)
