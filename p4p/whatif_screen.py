"""What-if answers as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from p4p.contract import Contract
from p4p.errors import Location
from p4p.money import grouped
from p4p.page import Page
from p4p.scenario import BASELINE, Scenario
from p4p.screen import MOST_ROWS
from p4p.whatif import BackTest, Outcome, WhatIf

if TYPE_CHECKING:
    from p4p.breakeven import BreakEven
    from p4p.goalseek import Sought

#: Bars of a chart: more than this and only the largest are drawn.
MOST_BARS = 24


def signed(pence: int) -> str:
    """`+1,254.00`, `-3.00`, `0.00`: a difference."""
    return f"+{grouped(pence)}" if pence > 0 else grouped(pence)


def show_whatif(found: WhatIf) -> None:
    """What was changed, what it does by network and in total, and a chart of who gains and who loses."""
    page, settled = Page(), found.baseline
    _heading(page, settled.contract, f"{settled.period} · {settled.state}")
    show_changes(page, settled.contract, [o.scenario for o in found.outcomes])
    names = [o.scenario.name for o in found.outcomes]
    codes = list(settled.by_network)
    shown = codes[:MOST_ROWS]
    all_settled = list(found.settlements.values())
    label = {c: _label(c, settled.members.networks[c], len(names)) for c in shown}
    if len(names) == 1:
        (outcome,) = found.outcomes
        rows = [
            [label[c], *(grouped(s.by_network[c].payable) for s in all_settled), signed(outcome.differences[c]), grouped(outcome.settlement.by_network[c].available)]
            for c in shown
        ]
        total = ["Total", *(grouped(s.totals.payable) for s in all_settled), signed(outcome.difference), grouped(outcome.settlement.totals.available)]
        page.table(["Network", BASELINE, names[0], "Difference", "At risk"], rows, title="What it does: payable", total=total)
    else:
        page.table(
            ["Network", BASELINE, *names],
            [[label[c], *(grouped(s.by_network[c].payable) for s in all_settled)] for c in shown],
            title="What it does: payable",
            total=["Total", *(grouped(s.totals.payable) for s in all_settled)],
        )
        page.table(
            ["Network", *names],
            [[label[c], *(signed(o.differences[c]) for o in found.outcomes)] for c in shown],
            title=f"Difference from the baseline",
            total=["Total", *(signed(o.difference) for o in found.outcomes)],
        )
        page.table(
            ["Network", BASELINE, *names],
            [[label[c], *(grouped(s.by_network[c].available) for s in all_settled)] for c in shown],
            title="At risk: performance money that had to be earned",
            total=["Total", *(grouped(s.totals.available) for s in all_settled)],
        )
    if len(codes) > len(shown):
        page.text(f"{len(codes) - len(shown):,} more networks are in the totals; all of them: --format csv --output FILE")
        page.text()
    _summary(page, found)
    _chart(page, found.outcomes)


def _heading(page: Page, contract: Contract, period: str) -> None:
    page.text(contract.title, "bold")
    page.text(f"{contract.commissioner} · {period} · what if · amounts in {contract.currency}")
    page.text()


def _label(code: str, name: str, scenarios: int) -> str:
    """A network's code and name; where many columns stand beside it, its code."""
    return code if name == code or scenarios > 2 else f"{code} {name}"


def show_changes(page: Page, contract: Contract, scenarios: Sequence[Scenario]) -> None:
    """What each scenario changes: from what, to what, and where both are written."""
    rows = []
    for scenario in scenarios:
        for i, change in enumerate(scenario.changes):
            line = str(change.contract_at.line) if change.contract_at and change.contract_at.file == contract.file else ""
            rows.append([scenario.name if i == 0 else "", change.what, change.before, change.after, line, place(change.at)])
        if not scenario.changes:
            rows.append([scenario.name, "nothing", "", "", "", ""])
    page.table(["Scenario", "What", "From", "To", "Line", "Written at"], rows, title=f"What was changed in {contract.file}", left=(0, 1, 2, 3, 5))


def place(at: Location) -> str:
    """A place without its column: `60-40.yaml:3`, or the option that says it."""
    return str(Location(at.file, at.line))


def _summary(page: Page, found: WhatIf) -> None:
    base = found.baseline.totals
    rows = [[BASELINE, grouped(base.payable), "", grouped(base.available), grouped(base.earned), "", "", ""]]
    for o in found.outcomes:
        t = o.settlement.totals
        rows.append(
            [o.scenario.name, grouped(t.payable), signed(o.difference), grouped(t.available), grouped(t.earned), *map(str, (o.winners, o.losers, o.unchanged))]
        )
    headings = ["Scenario", "Commissioner", "Difference", "At risk", "Earned of it", "Gain", "Lose", "Same"]
    page.table(headings, rows, title="In total: what the commissioner pays, and how many networks gain or lose")


def _chart(page: Page, outcomes: Sequence[Outcome]) -> None:
    """A bar for each network and scenario, the sign before it."""
    bars = [(n, o.scenario.name, d) for o in outcomes for n, d in o.differences.items()]
    most = max((abs(d) for *_, d in bars), default=0)
    if not most:
        page.text("No network gains or loses a penny.")
        return
    networks = list(dict.fromkeys(n for n, *_ in bars))
    kept = networks
    if len(bars) > MOST_BARS and len(outcomes) <= MOST_BARS:
        largest = sorted(networks, key=lambda n: -max(abs(d) for m, _, d in bars if m == n))[: MOST_BARS // len(outcomes)]
        kept = [n for n in networks if n in set(largest)]
    words = "Who gains and who loses" + (f" (the {len(kept)} networks with most at stake)" if len(kept) < len(networks) else "")
    page.text(words, "bold")
    code, name = max(map(len, kept)), max(len(o.scenario.name) for o in outcomes)
    amount = max(len(signed(d)) for *_, d in bars)
    for network in kept:
        for i, outcome in enumerate(outcomes):
            d = outcome.differences[network]
            page.text(f"{network if i == 0 else '':<{code}}  {outcome.scenario.name:<{name}}  {signed(d):>{amount}}  {page.bar(abs(d), most)}".rstrip())
