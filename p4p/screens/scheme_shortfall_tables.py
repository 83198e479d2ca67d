"""What more patients would have paid under a contract with `payments`, as CSV and JSON, in the manner of care packages."""

from __future__ import annotations

from typing import Any

from p4p.boards.scheme_shortfall import Part, SchemeShortfall, Short
from p4p.numbers.money import plain
from p4p.screens.board_tables import reach_cells, reach_json
from p4p.screens.tables import fraction, head, inputs_json, json_text, rows_csv
from p4p.settling.settlement import STATE

COLUMNS = (
    "period", "payee", "name", "measure", "title", "practice", "practice_name", "standing", "numerator", "denominator", "excluded", "achievement",
    "left", "next_threshold", "next_patients", "next_gain", "next_per_patient", "best_threshold", "best_patients", "best_gain", "best_per_patient",
)  # fmt: skip


def scheme_shortfall_csv(found: SchemeShortfall) -> str:
    """A row for each payee and measure, the most money left first, with `practice` empty; below it a row for each practice of a network.

    Money stands on the rows without a practice only. `left` of a payee's measures need not add up to what all of them together would pay.
    """
    rows: list[tuple[Any, ...]] = []
    for one in found.short:
        named = (found.settlement.period, one.payee, found.settlement.inputs.payees[one.payee], one.scored.measure, one.scored.title)
        counts = (one.numerator, one.denominator, one.excluded, fraction(one.achievement))
        left = "" if one.left is None else plain(one.left)
        rows.append((*named, "", "", one.standing, *counts, left, *reach_cells(one.nearest), *reach_cells(one.best)))
        for part in one.practices:
            c = part.count
            own = (c.practice, practice_name(found, c.practice), "", c.numerator, c.denominator, c.excluded, fraction(c.achievement))
            to = (("" if n is None else n) for n in (part.to_nearest, part.to_best))
            reaches = ((str(r.threshold) if r else "", n, "", "") for r, n in zip((one.nearest, one.best), to, strict=True))
            rows.append((*named, *own, "", *(cell for cells in reaches for cell in cells)))
    return rows_csv(COLUMNS, rows)


def practice_name(found: SchemeShortfall, code: str) -> str:
    """What a practice is called in the practices file."""
    members = found.settlement.inputs.members
    return members.practices[code].name if members is not None and code in members.practices else code


def scheme_shortfall_json(found: SchemeShortfall) -> str:
    """What more patients would have paid: by payee, and every measure with its thresholds and practices."""
    settlement = found.settlement
    payees = [
        {"payee": code, "name": settlement.inputs.payees[code], "left": None if pence is None else plain(pence)}
        for code, pence in found.left.items()
    ]
    return json_text(
        {
            **head(settlement.scheme, settlement.period, STATE),
            "left": None if found.total is None else plain(found.total),
            "payees": payees,
            "measures": [_short(found, one) for one in found.short],
            "inputs": inputs_json(settlement.inputs.sources),
        }
    )


def _short(found: SchemeShortfall, one: Short) -> dict[str, Any]:
    return {
        "payee": one.payee,
        "name": found.settlement.inputs.payees[one.payee],
        "measure": one.scored.measure,
        "title": one.scored.title,
        "standing": one.standing,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "excluded": one.excluded,
        "achievement": fraction(one.achievement) or None,
        "left": None if one.left is None else plain(one.left),
        "next": reach_json(one.nearest),
        "best": reach_json(one.best),
        "practices": [_part(found, part) for part in one.practices],
    }


def _part(found: SchemeShortfall, part: Part) -> dict[str, Any]:
    c = part.count
    return {
        "practice": c.practice,
        "name": practice_name(found, c.practice),
        "numerator": c.numerator,
        "denominator": c.denominator,
        "excluded": c.excluded,
        "achievement": fraction(c.achievement) or None,
        "outstanding": part.outstanding,
        "to_next": part.to_nearest,
        "to_best": part.to_best,
    }
