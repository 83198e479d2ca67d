"""A scheme as sentences, one for each measure, parameter and step."""

from __future__ import annotations

from collections.abc import Iterator

from p4p.numbers.period import long_date, years_text
from p4p.sentences.describe import Section
from p4p.sentences.maturity import standing
from p4p.steps.scheme import Measure, Payment, Scheme


def describe_scheme(scheme: Scheme) -> list[Section]:
    """A scheme as sections of sentences."""
    sections = [Section(scheme.title, tuple(_heading(scheme)))]
    if scheme.measures:
        sections.append(Section("What is measured", tuple(_measures(scheme))))
    if scheme.parameters:
        sections.append(Section("Values by date", tuple(_parameters(scheme))))
    for payment in scheme.payments.values():
        sections.append(Section(payment.title, tuple(_payment(scheme, payment))))
    return [*sections, standing(scheme)]


def _heading(scheme: Scheme) -> Iterator[str]:
    first, last = scheme.years[0], scheme.years[-1]
    covers = years_text(scheme.years) + ("" if first == last else ", each year on its own")
    who = scheme.commissioner
    who = who[0].lower() + who[1:] if who.startswith(("A ", "An ", "The ")) else who
    yield f"Each {scheme.paid_to} is paid by {who}. The contract, {scheme.contract}, covers {covers} ({long_date(first.first_day)} to {long_date(last.last_day)})."
    yield f"It is settled {scheme.settled}, {scheme.paid}. Each payment is rounded once, to {scheme.rounding.to} of {scheme.currency} ({scheme.rounding.mode})."
    if scheme.payees:
        yield "Who is paid: " + "; ".join(
            f"{p.title} ({code}" + "".join(f", {k.replace('_', ' ')} {v}" for k, v in p.values.items()) + ")"
            for code, p in scheme.payees.items()
        )
    if scheme.examples:
        yield f"Its worked examples are part of it: {len(scheme.examples)}, which `p4p check` runs."
    if scheme.source:
        yield f"Source of its terms: {scheme.source.rstrip('.')}."


def _measures(scheme: Scheme) -> Iterator[str]:
    for mid, m in (scheme.measures or {}).items():
        when = f"at {long_date(m.as_at)}" if m.as_at else m.measured
        missing = "a missing figure stops the settlement" if m.missing.text == "refuse" else f"a missing figure is {m.missing}"
        yield f"{mid.replace('_', ' ')}: {m.title}, {_unit(m, scheme.currency)}, {when}, given for {m.given_for}; {missing}." + (
            f" Source: {m.source}." if m.source else ""
        )


def _parameters(scheme: Scheme) -> Iterator[str]:
    for pid, p in (scheme.parameters or {}).items():
        values = "; ".join(f"{v.value} from {v.first}" + (f" to {v.last}" if v.last else " on") for v in p.values)
        day = "the day of payment" if p.selected_by == "payment" else "the last day of the period"
        yield f"{pid.replace('_', ' ')}: {p.title}: {values}, by {day}. Source: {p.source}."


def _payment(scheme: Scheme, payment: Payment) -> Iterator[str]:
    for number, (sid, step) in enumerate(payment.steps.items(), 1):
        yield f"{number}. {sid.replace('_', ' ')}: {step.says()}."
        yield from (f"{detail}." for detail in getattr(step, "details", list)())
    how = f"{_step(payment, payment.pays)} is what is paid, {scheme.rhythm(payment)}"
    if payment.basis == "year to date":
        how += ", to date less what the year's earlier periods were paid" + (
            "; nothing is taken back" if payment.claw_back == "none" else "; too much is taken back"
        )
    yield f"{how}."
    if payment.upfront:
        yield f"{_step(payment, payment.upfront)} is paid up front, whatever is achieved."
    if payment.available:
        yield f"{_step(payment, payment.available)} is what could have been earned."
    if payment.source:
        yield f"Source: {payment.source.rstrip('.')}."


def _step(payment: Payment, name: str) -> str:
    """A step, or an outcome of one, by the number under which it stands."""
    step, _, outcome = name.replace("_", " ").partition(".")
    number = [sid.replace("_", " ") for sid in payment.steps].index(step) + 1
    return f"What step {number} gives as {outcome}" if outcome else f"Step {number}, {step},"


def _unit(measure: Measure, currency: str) -> str:
    """What a figure is, as a sentence says it."""
    words = {
        "money": f"in {currency}",
        "patients": "in patients",
        "number": "a number",
        "ratio": "a ratio",
        "yes or no": "yes or no",
        "word": "one word",
    }
    return words.get(measure.unit, "counted as numerator, denominator and excluded")
