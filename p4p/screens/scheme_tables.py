"""Scheme settlements as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from p4p.numbers.exact import Unit, decimal
from p4p.numbers.money import plain
from p4p.numbers.period import months_text
from p4p.screens.tables import EXPLANATION, copy_json, explanation_rows, fraction, head, inputs_json, json_text, node, safe_cell
from p4p.settling.chain import AMOUNTS, Entry, Explained, SchemeSettlement
from p4p.settling.settlement import STATE
from p4p.steps.scheme import Scheme

COLUMNS = ("period", "payee", "name", "payment", "step", "outcome", "unit", "value", "exact")


def amount(value: Fraction, unit: Unit) -> str:
    """A figure as decimal text: money in pounds, ratios from 0 to 1; `…` where digits were cut."""
    if unit in ("pence", "cents"):
        return decimal(value * Fraction(1, 100), 6, least_places=2)
    return decimal(value, 10)


def period_of(settlement: SchemeSettlement, entry: Entry) -> str:
    """The period of an entry as the contract names periods."""
    return months_text(entry.months, settlement.scheme.years)


def explained_csv(scheme: Scheme, told: Sequence[Explained]) -> str:
    """Trees of payments as rows, under one heading: which payment and period, then each tree top down."""
    rows = ((e.payment, months_text(e.months, scheme.years), *cells) for e in told for cells in explanation_rows(e.figure))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("payment", "period", *EXPLANATION), *rows])
    return out.getvalue()


def explained_json(scheme: Scheme, told: Sequence[Explained]) -> str:
    """Trees of payments as a list, however many there are, each with its payment and period."""
    return json_text([{"payment": e.payment, "period": months_text(e.months, scheme.years), **node(e.figure)} for e in told])


def scheme_csv(settlement: SchemeSettlement, payees: Sequence[str] = ()) -> str:
    """Of all payees, or of some: one row for every step and outcome of every payment, and the amounts of the payment under `payable`, `available` and so on.

    Money as pounds, ratios from 0 to 1, `exact` the same as a fraction (money in pence) where decimals do not hold it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    said = settlement.units
    for entry in settlement.entries if not payees else [e for code in payees for e in settlement.of(code)]:
        name, period = safe_cell(settlement.inputs.payees[entry.payee]), period_of(settlement, entry)
        head = (period, entry.payee, name, entry.payment)
        for key, value in entry.values.items():
            step, _, outcome = key.partition(".")
            if isinstance(value, str):
                writer.writerow((*head, step, outcome, "word", safe_cell(value), ""))
                continue
            unit, number = said.get((entry.payment, key), "number"), Fraction(value)
            text = amount(number, unit)
            label = {"pence": settlement.scheme.currency, "cents": settlement.scheme.currency}.get(unit, unit)
            writer.writerow((*head, step, outcome, label, text.rstrip("…"), fraction(number) if "…" in text else ""))
        for field in AMOUNTS:
            writer.writerow((*head, field, "", settlement.scheme.currency, plain(getattr(entry, field)), ""))
    return out.getvalue()


def scheme_json(settlement: SchemeSettlement, payees: Sequence[str] = ()) -> str:
    """The settlement as JSON: all payees, or some, with totals, and each payment with its steps in the order of the contract."""
    scheme, said = settlement.scheme, settlement.units

    def figure(entry: Entry, name: str, value: Any) -> dict[str, Any]:
        step, _, outcome = name.partition(".")
        if isinstance(value, str):
            return {"step": step, "outcome": outcome or None, "unit": "word", "value": value}
        unit = said.get((entry.payment, name), "number")
        label = {"pence": scheme.currency, "cents": scheme.currency}.get(unit, unit)
        return {
            "step": step,
            "outcome": outcome or None,
            "unit": label,
            "value": amount(Fraction(value), unit),
            "exact": fraction(Fraction(value)),
        }

    def line(entry: Entry) -> list[dict[str, Any]]:
        return [
            {
                "step": li.step,
                "indicator": li.indicator,
                **({k: int(v) for k, v in zip(("numerator", "denominator", "excluded"), li.counts, strict=True)} if li.counts else {}),
                "achievement": fraction(li.achievement) if li.achievement is not None else None,
                "points": decimal(Fraction(li.points), 6),
                "most_points": decimal(Fraction(li.most_points), 6),
                "available": plain(int(li.available)),
                "earned": plain(int(li.earned)),
                **({"note": li.note} if li.note else {}),
            }
            for li in entry.lines
        ]

    def payment(entry: Entry) -> dict[str, Any]:
        return {
            "payment": entry.payment,
            "period": period_of(settlement, entry),
            **{field: plain(getattr(entry, field)) for field in AMOUNTS},
            **({"due_to_date": plain(entry.due), "paid_before": plain(entry.paid_before)} if entry.paid_before else {}),
            "steps": [figure(entry, name, value) for name, value in entry.values.items()],
            **({"lines": line(entry)} if entry.lines else {}),
        }

    chosen = [code for code in settlement.inputs.payees if not payees or code in payees]
    mine = {code: settlement.of(code) for code in chosen}
    document = {
        **head(scheme, settlement.period, STATE),
        **copy_json(tuple(payees)),
        "payees": [
            {
                "payee": code,
                "name": settlement.inputs.payees[code],
                **{field: plain(pence) for field, pence in settlement.totals(mine[code]).items()},
                "payments": [payment(e) for e in mine[code]],
            }
            for code in chosen
        ],
        "totals": {field: plain(pence) for field, pence in settlement.totals([e for es in mine.values() for e in es]).items()},
        "inputs": inputs_json(settlement.inputs.sources),
    }
    return json_text(document)
