"""What-if answers about schemes: in a terminal, as CSV and as JSON."""

from __future__ import annotations

from p4p.numbers.money import grouped, plain
from p4p.screens.page import Page
from p4p.screens.screen import MOST_ROWS
from p4p.screens.tables import json_text, rows_csv
from p4p.whatif.scheme_whatif import SchemeWhatIf


def show_scheme_whatif(found: SchemeWhatIf) -> None:
    """Who would be paid what: the contract as it is, and each scenario with its difference."""
    page, base = Page(), found.baseline
    page.text(f"{base.scheme.title}: what if", "bold")
    page.text(f"{base.scheme.commissioner} · {base.period} · amounts in {base.scheme.currency}")
    for number, outcome in enumerate(found.outcomes if len(found.outcomes) <= 4 else (), 1):
        label = "Change" if len(found.outcomes) == 1 else f"Change {number}"
        for path, was, now in outcome.changes:
            page.fact(label, f"{path}: {was} becomes {now}" if was else f"{path}: {now}")
    payees = list(base.inputs.payees)
    if len(found.outcomes) > 4 or len(payees) == 1:
        today = base.totals()["payable"]
        rows = [["as it is", grouped(today), ""]]
        rows += [[o.name, grouped(o.payable()), _signed(o.payable() - today)] for o in found.outcomes]
        page.table(["Scenario", "Payable, all", "Difference"], rows[: 4 * MOST_ROWS], fold=(0,))
        if len(rows) > 4 * MOST_ROWS:
            page.text(f"{len(rows) - 4 * MOST_ROWS:,} more: --format csv --output FILE")
        return
    headings = [base.scheme.paid_to.capitalize(), "As it is", *(h for o in found.outcomes for h in (o.name, "Difference"))]

    def row(name: str, code: str | None) -> list[str]:
        today = base.totals(None if code is None else base.of(code))["payable"]
        return [name, grouped(today), *(t for o in found.outcomes for t in (grouped(o.payable(code)), _signed(o.payable(code) - today)))]

    names = {c: f"{c} {n}" if n != c else c for c, n in base.inputs.payees.items()}
    page.split_table(headings, [*(row(names[c], c) for c in payees[:MOST_ROWS]), row("Total", None)])
    if len(payees) > MOST_ROWS:
        page.text(f"{len(payees) - MOST_ROWS:,} more are in the total; all of them: --format csv --output FILE")


def _signed(pence: int) -> str:
    return f"+{grouped(pence)}" if pence > 0 else grouped(pence)


def scheme_whatif_csv(found: SchemeWhatIf) -> str:
    """A row for each scenario and payee: payable as it is, under the scenario, and the difference."""
    base = found.baseline
    today = {code: base.totals(base.of(code))["payable"] for code in base.inputs.payees}
    rows = (
        (o.name, code, base.inputs.payees[code], plain(today[code]), plain(o.payable(code)), plain(o.payable(code) - today[code]))
        for o in found.outcomes
        for code in base.inputs.payees
    )
    return rows_csv(("scenario", "payee", "name", "as_it_is", "payable", "difference"), rows)


def scheme_whatif_json(found: SchemeWhatIf) -> str:
    """Scenarios with their changes and what each payee would be paid."""
    base = found.baseline
    today = {code: base.totals(base.of(code))["payable"] for code in base.inputs.payees}
    whole = base.totals()["payable"]
    return json_text(
        {
            "p4p": "1",
            "contract": {"id": base.scheme.contract, "title": base.scheme.title, "sha256": base.scheme.sha256},
            "period": base.period,
            "currency": base.scheme.currency,
            "as_it_is": {"total": plain(whole), "payees": {code: plain(pence) for code, pence in today.items()}},
            "scenarios": [
                {
                    "scenario": o.name,
                    "changes": [{"path": path, "was": was or None, "now": now} for path, was, now in o.changes],
                    "total": plain(o.payable()),
                    "difference": plain(o.payable() - whole),
                    "payees": {code: plain(o.payable(code)) for code in today},
                }
                for o in found.outcomes
            ],
        }
    )
