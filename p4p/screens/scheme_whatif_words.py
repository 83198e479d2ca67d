"""What-if answers about schemes: in a terminal, as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from p4p.numbers.money import grouped, plain, signed
from p4p.screens.page import Page
from p4p.screens.scheme_screen import more_in_total
from p4p.screens.screen import MOST_ROWS
from p4p.screens.tables import head, json_text, rows_csv
from p4p.settling.chain import AMOUNTS, SchemeSettlement
from p4p.whatif.scenario import BASELINE
from p4p.whatif.scheme_whatif import Outcome, SchemeWhatIf


def show_scheme_whatif(found: SchemeWhatIf) -> None:
    """Who would be paid what: the baseline, which is the contract as it is, and each scenario with its difference."""
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
        rows = [[BASELINE, grouped(today), ""]]
        rows += [[o.name, grouped(o.payable()), signed(o.payable() - today)] for o in found.outcomes]
        page.table(["Scenario", "Payable, all", "Difference"], rows[: 4 * MOST_ROWS], fold=(0,))
        if len(rows) > 4 * MOST_ROWS:
            page.text(f"{len(rows) - 4 * MOST_ROWS:,} more: --format csv --output FILE")
        return
    headings = [base.scheme.paid_to.capitalize(), "Baseline", *(h for o in found.outcomes for h in (o.name, "Difference"))]

    def row(name: str, code: str | None) -> list[str]:
        today = base.totals(None if code is None else base.of(code))["payable"]
        return [name, grouped(today), *(t for o in found.outcomes for t in (grouped(o.payable(code)), signed(o.payable(code) - today)))]

    names = {c: f"{c} {n}" if n != c else c for c, n in base.inputs.payees.items()}
    page.split_table(headings, [*(row(names[c], c) for c in payees[:MOST_ROWS]), row("Total", None)])
    if len(payees) > MOST_ROWS:
        page.text(more_in_total(len(payees) - MOST_ROWS))


def scheme_whatif_csv(found: SchemeWhatIf) -> str:
    """A row for each scenario, the baseline first, and payee; `difference` is payable less the baseline's: as of care packages."""
    before = {code: totals["payable"] for code, totals in _by_payee(found.baseline).items()}
    rows = []
    for scenario, settlement in {BASELINE: found.baseline, **{o.name: o.settlement for o in found.outcomes}}.items():
        for code, totals in _by_payee(settlement).items():
            was = before.get(code, 0)
            rows.append(
                (scenario, code, settlement.inputs.payees[code], *_money(totals).values(), plain(was), plain(totals["payable"] - was))
            )
    return rows_csv(("scenario", "payee", "name", *AMOUNTS, "baseline_payable", "difference"), rows)


def scheme_whatif_json(found: SchemeWhatIf) -> str:
    """The baseline and each scenario: what it changes, totals, how many gain and lose, and each payee: as of care packages."""
    base = found.baseline
    before = {code: totals["payable"] for code, totals in _by_payee(base).items()}

    def scenario(outcome: Outcome) -> dict[str, Any]:
        paid = _by_payee(outcome.settlement)
        differences = {code: totals["payable"] - before.get(code, 0) for code, totals in paid.items()}
        return {
            "scenario": outcome.name,
            "changes": [{"what": path, "from": was or None, "to": now} for path, was, now in outcome.changes],
            "totals": _money(outcome.settlement.totals()) | {"difference": plain(sum(differences.values()))},
            "gain": sum(d > 0 for d in differences.values()),
            "lose": sum(d < 0 for d in differences.values()),
            "same": sum(d == 0 for d in differences.values()),
            "payees": [row | {"difference": plain(differences[row["payee"]])} for row in _payees(outcome.settlement)],
        }

    return json_text(
        {
            **head(base.scheme, base.period),
            "baseline": {"totals": _money(base.totals()), "payees": list(_payees(base))},
            "scenarios": [scenario(o) for o in found.outcomes],
        }
    )


def _by_payee(settlement: SchemeSettlement) -> dict[str, dict[str, int]]:
    return {code: settlement.totals(settlement.of(code)) for code in settlement.inputs.payees}


def _money(totals: dict[str, int]) -> dict[str, str]:
    return {name: plain(pence) for name, pence in totals.items()}


def _payees(settlement: SchemeSettlement) -> Iterator[dict[str, Any]]:
    for code, totals in _by_payee(settlement).items():
        yield {"payee": code, "name": settlement.inputs.payees[code], **_money(totals)}
