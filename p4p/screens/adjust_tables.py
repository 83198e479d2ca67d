"""Adjustments as CSV and JSON. `issued_file` reads the JSON again: what an adjustment says has then been issued."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from p4p.counts.roster import COUNTS
from p4p.numbers.money import plain
from p4p.screens.tables import copy_json, inputs_json, json_text, safe_cell
from p4p.settling.adjust import Adjusted, Adjustment, FileChange, Sum, steps_between, why
from p4p.settling.issued import Change, Document, Key, Line, Part
from p4p.settling.settlement import STATE

COLUMNS = (
    "period", "payee", "name", "line_period", "package", "line", "numerator_issued", "denominator_issued", "excluded_issued",
    "numerator_now", "denominator_now", "excluded_now", "issued", "now", "adjustment", "why",
)  # fmt: skip


def adjustment_csv(adjustment: Adjustment) -> str:
    """A row for each line that pays something else, and for each payee and period one row `unchanged` for all others.

    So `issued`, `now` and `adjustment` each add up to what was issued, what is due, and the difference.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for period in adjustment.periods:
        for code, part in period.parts.items():
            head = (period.period, safe_cell(code), safe_cell(part.name))
            rest = Sum("", part.issued, part.now)
            for key, change in part.lines.items():
                then, now = _pence(change)
                rest = Sum("", rest.issued - then, rest.now - now)
                counts = [_counts(line) for line in change]
                words = "; ".join(why(key, change))
                writer.writerow((*head, key.period, *map(safe_cell, _named(key)), *counts[0], *counts[1], *_money(then, now), words))
            writer.writerow((*head, "", "", "unchanged", *("",) * 6, *_money(rest.issued, rest.now), ""))
    return out.getvalue()


def _named(key: Key) -> tuple[str, str]:
    """Package and line, as the CSV of a settlement names them; a payment of steps is a line without a package."""
    if key.kind == "payment":
        return "", key.of
    return key.of, {"upfront": "upfront", "shared": "adjustment"}.get(key.kind, key.indicator)


def _pence(change: Change) -> tuple[int, int]:
    return change.issued.money if change.issued else 0, change.now.money if change.now else 0


def _counts(line: Line | None) -> list[object]:
    return [line.facts.get(name, "") if line else "" for name in COUNTS]


def _money(then: int, now: int) -> tuple[str, str, str]:
    return plain(then), plain(now), plain(now - then)


def adjustment_json(adjustment: Adjustment) -> str:
    """The adjustment as JSON: see docs/json.md."""
    document = {
        "p4p": "1",
        "document": "adjustment",
        "contract": {"id": adjustment.contract, "title": adjustment.title, "sha256": adjustment.contract_sha256},
        "periods": [period.period for period in adjustment.periods],
        "state": STATE,
        "currency": adjustment.currency,
        **copy_json(() if adjustment.payee is None else (adjustment.payee,)),
        "payees": [
            {"payee": code, "name": whole.name, **_sum(whole), "periods": list(_periods(adjustment.periods, code))}
            for code, whole in adjustment.by_payee.items()
        ],
        "totals": _sum(adjustment.totals),
        "differences": [_differences(period) for period in adjustment.periods],
        "issued": [_document(d) for d in adjustment.issued],
        "inputs": inputs_json(adjustment.inputs),
    }
    return json_text(document)


def _sum(of: Sum | Part) -> dict[str, str]:
    return {"issued": plain(of.issued), "now": plain(of.now), "adjustment": plain(of.adjustment)}


def _periods(periods: Sequence[Adjusted], code: str) -> Iterator[dict[str, Any]]:
    for period in periods:
        if code in period.parts:
            part = period.parts[code]
            yield {"period": period.period, **_sum(part), "lines": [_line(key, change) for key, change in part.lines.items()]}


def _line(key: Key, change: Change) -> dict[str, Any]:
    then, now = _pence(change)
    names = {"payment": key.of} if key.kind == "payment" else {"package": key.of}
    if key.kind == "indicator":
        names["indicator"] = key.indicator
    money = dict(zip(("issued", "now", "adjustment"), _money(then, now), strict=True))
    sides = {
        name: None if line is None else _behind(key, change, side)
        for side, (name, line) in enumerate(zip(("issued_on", "now_on"), change, strict=True))
    }
    return {"line": key.kind, "period": key.period, **names, **money, "why": list(why(key, change)), **sides}


def _behind(key: Key, change: Change, side: int) -> dict[str, Any]:
    """What a line's money was made of: counts and fractions, or those steps of a payment that come to something else."""
    line = change[side]
    if key.kind != "payment":
        return dict(line.facts) if line else {}
    steps = []
    for name, *values in steps_between(change):
        if isinstance(found := values[side], tuple):
            step, _, outcome = name.partition(".")
            steps.append({"step": step, "outcome": outcome or None, **dict(zip(("unit", "value", "exact"), found, strict=True))})
    return {"steps": steps}


def _differences(period: Adjusted) -> dict[str, Any]:
    return {
        "period": period.period,
        "contract": {"issued": period.contract.issued, "now": period.contract.now},
        "files": [_file(f) for f in period.files],
        "recounted_without_effect": period.recounted,
        "periods_not_given": list(period.others),
    }


def _file(change: FileChange) -> dict[str, Any]:
    return {"file": change.file, "issued": change.issued, "now": change.now}


def _document(d: Document) -> dict[str, Any]:
    return {"file": d.file, "sha256": d.sha256, "made_of": d.made_of, "document": d.kind, "periods": list(d.periods)}
