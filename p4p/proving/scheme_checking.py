"""What `p4p check` finds of a scheme's files: whether what each period's payments need is there."""

from __future__ import annotations

from dataclasses import dataclass

from p4p.numbers.period import months_text
from p4p.settling.chain import Chain, own_periods
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Readiness:
    """One period, and in words what its payments need and the files lack; empty where all is there."""

    period: str
    lacking: tuple[str, ...]


def readiness(scheme: Scheme, inputs: Inputs) -> tuple[Readiness, ...]:
    """Every period in which a payment falls due, in order, a shorter one before a longer one that ends with it.

    Each payment is settled for its own period, so what is asked for here is what `settle` asks for.
    """
    months = range(scheme.years[0].months[0], scheme.years[-1].months[-1] + 1)
    due: dict[range, list[str]] = {}
    for pid, payment in scheme.payments.items():
        for period in own_periods(scheme, payment, months):
            due.setdefault(period, []).append(pid)
    out = []
    for period in sorted(due, key=lambda p: (p[-1], len(p))):
        here = inputs.in_year(scheme, period)
        chain = Chain(scheme, here)
        for pid in due[period]:
            chain.settled(pid, period)
        lacking = dict.fromkeys(p.what for p in chain.problems)
        if not here.payees:
            lacking = dict.fromkeys(["nobody is paid: there are no payees"])
        out.append(Readiness(months_text(period, scheme.years), tuple(lacking)))
    return tuple(out)
