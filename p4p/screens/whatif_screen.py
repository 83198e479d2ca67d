"""What-if answers as people read them in a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from p4p.language.contract import Contract
from p4p.numbers.errors import Location
from p4p.numbers.exact import how_many, percent
from p4p.numbers.money import grouped, signed
from p4p.numbers.period import Quarter
from p4p.screens.page import Page
from p4p.screens.screen import MOST_ROWS, full_name, show_head
from p4p.settling.settlement import Settlement
from p4p.whatif.scenario import BASELINE, Scenario
from p4p.whatif.whatif import BackTest, Outcome, WhatIf

if TYPE_CHECKING:
    from p4p.whatif.breakeven import BreakEven, Stretch
    from p4p.whatif.goalseek import Sought, Tried

#: Bars of a chart: more than this and only the largest are drawn.
MOST_BARS = 24


def show_whatif(found: WhatIf) -> None:
    """What was changed, what it does by network and in total, and a chart of who gains and who loses."""
    page, settled = Page(), found.baseline
    _heading(page, settled.contract, f"{settled.period} · {settled.state}")
    _changes(page, settled.contract, [o.scenario for o in found.outcomes])
    _by_network(page, found)
    _summary(page, found)
    _chart(page, found.outcomes)
    if len(settled.quarters) == 1 and settled.quarters[0].number > 1 and any(p.looks_back for p in settled.contract.packages.values()):
        page.text()
        page.text(
            "This quarter also pays for earlier quarters of the year, as if the scenario had held since April; --year shows the whole year."
        )


def _by_network(page: Page, found: WhatIf) -> None:
    """What each network is paid, the difference, and what it had at risk."""
    settlements, outcomes = found.settlements, found.outcomes
    codes, names = list(found.baseline.by_network), list(settlements)
    shown = codes[:MOST_ROWS]
    label = {c: _label(c, found.baseline.members.networks[c], len(outcomes)) for c in shown}

    def cells(code: str, field: str) -> list[str]:
        return [grouped(getattr(s.by_network[code], field)) for s in settlements.values()]

    def totals(field: str) -> list[str]:
        return [grouped(getattr(s.totals, field)) for s in settlements.values()]

    rows = [[label[c], *cells(c, "payable"), *(signed(o.differences[c]) for o in outcomes)] for c in shown]
    total = ["Total", *totals("payable"), *(signed(o.difference) for o in outcomes)]
    headings = ["Network", *names, *("Difference" for _ in outcomes)]
    if len(outcomes) == 1:
        page.table(headings, rows, title="What it does: payable", total=total)
    else:
        wide = 1 + len(names)
        page.table(headings[:wide], [r[:wide] for r in rows], title="What it does: payable", total=total[:wide])
        differences = [[r[0], *r[wide:]] for r in rows]
        page.table(["Network", *names[1:]], differences, title="Difference from the baseline", total=["Total", *total[wide:]])
    at_risk = {c: cells(c, "available") for c in codes}
    alike = len({tuple(row) for row in at_risk.values()}) == 1 and len(codes) > 1
    page.table(
        ["Network", *names],
        [["Each", *at_risk[codes[0]]]] if alike else [[label[c], *at_risk[c]] for c in shown],
        title="At risk (to be earned)",
        total=["Total", *totals("available")],
    )
    if len(codes) > len(shown):
        page.text(f"{how_many(len(codes) - len(shown), 'more network')} in the totals; all of them: --format csv --output FILE")
        page.text()


def _heading(page: Page, contract: Contract, period: str) -> None:
    show_head(page, contract, f"{period} · what if")


def _label(code: str, name: str, scenarios: int) -> str:
    """A network's code and name; where many columns stand beside it, its code."""
    return code if scenarios > 2 else full_name(code, name)


def _changes(page: Page, contract: Contract, scenarios: Sequence[Scenario]) -> None:
    """What each scenario changes: from what, to what, and where both are written."""
    rows = []
    for scenario in scenarios:
        for i, change in enumerate(scenario.changes):
            line = str(change.contract_at.line) if change.contract_at and change.contract_at.file == contract.file else ""
            rows.append([scenario.name if i == 0 else "", change.what, change.before, change.after, line, place(change.at)])
        if not scenario.changes:
            rows.append([scenario.name, "nothing", "", "", "", ""])
    page.table(
        ["Scenario", "What", "From", "To", "Line", "Written at"],
        rows,
        title=f"What was changed in {contract.file}",
        left=(0, 1, 2, 3, 5),
        fold=(1, 2, 3, 5),
    )


def place(at: Location) -> str:
    """A place without its column: `60-40.yaml:3`, or the option that says it."""
    return str(Location(at.file, at.line))


def _summary(page: Page, found: WhatIf) -> None:
    base = found.baseline.totals
    rows = [[BASELINE, grouped(base.payable), "", grouped(base.available), grouped(base.earned), "", "", ""]]
    for o in found.outcomes:
        t = o.settlement.totals
        rows.append(
            [
                o.scenario.name,
                grouped(t.payable),
                signed(o.difference),
                grouped(t.available),
                grouped(t.earned),
                *map(str, (o.winners, o.losers, o.unchanged)),
            ]
        )
    headings = ["Scenario", "Pays", "Difference", "At risk", "Earned", "Gain", "Lose", "Same"]
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
            page.text(
                f"{network if i == 0 else '':<{code}}  {outcome.scenario.name:<{name}}  {signed(d):>{amount}}  {page.bar(abs(d), most)}".rstrip()
            )


def show_back_test(found: BackTest) -> None:
    """The quarters that have been, under each scenario: income, swing, worst quarter, and targets met."""
    page, names = Page(), [r.scenario.name for r in found.records]
    first, last = found.quarters[0], found.quarters[-1]
    _heading(page, found.contract, f"{first} to {last}, back-tested")
    _changes(page, found.contract, [r.scenario for r in found.records[1:]])
    for quarter, why in found.left_out:
        page.text(f"Left out  {quarter}: {why}")
    base = found.records[0]
    rows = []
    for record in found.records:
        differences = [i.total - b.total for i, b in zip(record.incomes, base.incomes, strict=True)]
        rows.append(
            [
                record.scenario.name,
                grouped(record.total),
                signed(record.total - base.total),
                str(sum(d > 0 for d in differences)),
                str(sum(d < 0 for d in differences)),
                grouped(max(i.swing for i in record.incomes)),
                grouped(min(min(i.paid) for i in record.incomes)),
            ]
        )
    page.table(
        ["Scenario", "Paid in all", "Difference", "Gain", "Lose", "Widest swing", "Worst quarter"],
        rows,
        title="In total: what the commissioner would have paid",
    )
    codes = [i.network for i in base.incomes][:MOST_ROWS]
    table = {r.scenario.name: {i.network: i for i in r.incomes} for r in found.records}
    for year in found.years:
        cells = [[c, *(grouped(found.of_year(table[n][c], year)) for n in names)] for c in codes]
        page.table(["Network", *names], cells, title=f"Income of {year}")
    page.table(
        ["Network", *names],
        [[c, *(grouped(table[n][c].swing) for n in names)] for c in codes],
        title="Swing: best quarter less worst quarter",
    )
    page.table(
        ["Network", *names],
        [[c, *(f"{grouped(min(table[n][c].paid))} {_short(found, table[n][c].worst)}" for n in names)] for c in codes],
        title="Worst quarter",
    )
    if len(codes) * len(found.quarters) <= MOST_ROWS:
        rows = [
            [c if i == 0 else "", _short(found, i), *("–" if (p := table[n][c].quarters[i]) is None else grouped(p) for n in names)]
            for c in codes
            for i in range(len(found.quarters))
        ]
        page.table(["Network", "Quarter", *names], rows, title="Income by quarter", left=(0, 1))
    elif len(base.incomes) > len(codes) or len(found.quarters) > 1:
        page.text("Income by quarter, of all networks: --format csv --output FILE")
        page.text()
    _targets(page, found)


def _short(found: BackTest, position: int) -> str:
    """A quarter's name; with its year where there are several."""
    quarter = found.quarters[position]
    return f"Q{quarter.number}" if found.quarters[0].year == found.quarters[-1].year else str(quarter)


def _targets(page: Page, found: BackTest) -> None:
    """How often each threshold was reached. Scenarios with the same thresholds stand in one table."""
    base = found.records[0]
    rows = []
    for record in found.records:
        if record is not base and [(t.indicator, t.threshold, t.met) for t in record.targets] == [
            (t.indicator, t.threshold, t.met) for t in base.targets
        ]:
            continue
        for i, target in enumerate(record.targets):
            every = sum(1 for met, judged in target.by_network.values() if met == judged)
            never = sum(1 for met, _ in target.by_network.values() if not met)
            name = record.scenario.name if i == 0 else ""
            rows.append([name, target.indicator, str(target.threshold), f"{target.met:,} of {target.judged:,}", str(every), str(never)])
    headings = ["Scenario", "Indicator", "Target", "Quarters met", "Networks: always", "Never"]
    page.table(headings, rows, title="Targets met, in network-quarters", left=(0, 1, 2))
    if len({n for n, *_ in rows if n}) < len(found.records):
        page.text("A scenario that is not named meets what the baseline meets.")


def show_break_even(contract: Contract, scenarios: Sequence[Scenario], quarters: Sequence[Quarter], found: Sequence[BreakEven]) -> None:
    """For each scenario, the achievement at which it pays what the baseline pays, and the one from which a network keeps what it was paid."""
    page = Page()
    period = str(quarters[0]) if len(quarters) == 1 else str(quarters[0].year)
    _heading(page, contract, f"{period} · break-even")
    _changes(page, contract, scenarios)
    for scenario in scenarios:
        mine = [b for b in found if b.scenario == scenario.name]
        same = [i for i in contract.indicators if all(_always(b) for b in mine if b.indicator == i)]
        own = sorted((b for b in mine if b.indicator not in same), key=lambda b: list(contract.indicators).index(b.indicator))
        rows, before = [], ""
        for b in own[:MOST_ROWS]:
            keeps = _keeps(b)
            rows.append(
                [
                    b.indicator if b.indicator != before else "",
                    b.network,
                    f"{b.numerator:,}/{b.eligible:,}",
                    _same(b),
                    "" if _always(b) else _patients(b, b.point),
                    keeps[0],
                    keeps[1],
                ]
            )
            before = b.indicator
        headings = ["Line", "Network", "Counted", "Break-even", "Patients", "Keeps income", "Patients"]
        if rows:
            page.table(headings, rows, title=f"{scenario.name}: where it pays what the baseline pays", left=(0, 1))
        if same:
            page.text(f"{scenario.name} pays the same as the baseline, whatever is achieved, for {', '.join(same)}.")
            page.text()
        if len(own) > len(rows):
            page.text(f"{how_many(len(own) - len(rows), 'more line')}: --format csv --output FILE")
    page.text("Break-even    both pay a line the same for the same achievement, held in every quarter")
    page.text("Keeps income  from here the scenario pays a line no less than the baseline paid on the counts")
    page.text("A line        its part of the upfront money, by weight, and what it earns")


def _always(b: BreakEven) -> bool:
    return [s.verdict for s in b.same_terms] == ["the same"]


def _same(b: BreakEven) -> str:
    """Where both pay the same, in a few words."""
    same = [s for s in b.same_terms if s.verdict == "the same"]
    if not same:
        verdicts = [s.verdict for s in b.same_terms]
        return f"never: {verdicts[0]}" if len(verdicts) == 1 else f"never: {verdicts[-1]} from {percent(b.same_terms[-1].low)}"
    return ", ".join(map(_stretch, same))


def _stretch(s: Stretch) -> str:
    if s.low == 0 and s.high == 1:  # with the other terms another verdict may stand at a single point
        return "always" if s.low_in and s.high_in else "between 0% and 100%"
    if s.low == s.high:
        return f"at {percent(s.low)}"
    if s.high == 1:
        return f"{'from' if s.low_in else 'above'} {percent(s.low)}"
    if s.low == 0:
        return f"{'to' if s.high_in else 'below'} {percent(s.high)}"
    return f"{percent(s.low)} to {percent(s.high)}"


def _patients(b: BreakEven, point: Fraction | None) -> str:
    """The number of patients whose achievement is at a point, or the first beyond it."""
    if point is None:
        return ""
    exact = point * b.eligible
    return f"{math.ceil(exact) if b.direction == 'higher is better' else math.floor(exact):,}"


def _keeps(b: BreakEven) -> tuple[str, str]:
    edge = b.enough
    if edge is None:
        return "never", ""
    whole = edge == (0 if b.direction == "higher is better" else 1)
    return ("always", "") if whole else (percent(edge), _patients(b, edge))


def show_sought(baseline: Settlement, found: Sequence[tuple[Scenario, Sought]]) -> None:
    """What was looked for, what was found, or why there is none."""
    page = Page()
    _heading(page, baseline.contract, f"{baseline.period} · goal seek")
    goal, parameter = found[0][1].goal, found[0][1].parameter
    page.text(f"Wanted   {goal.field} of {'all networks together' if goal.who == 'total' else goal.who}: {grouped(goal.pence)}")
    page.text(f"Changed  {parameter.path}, on a grid of {parameter.grid}")
    page.text()
    page.table(
        ["Scenario", "Now", "Gives", "Found", "Gives", "Difference"],
        [
            [
                scenario.name,
                sought.start.text,
                grouped(sought.start.pence),
                sought.found.text if sought.found else "none",
                grouped(sought.found.pence) if sought.found else "",
                signed(sought.found.pence - sought.start.pence) if sought.found else "",
            ]
            for scenario, sought in found
        ],
        title="The change that gives it",
        left=(0,),
    )
    for scenario, sought in found:
        if not sought.found:
            page.text(f"{scenario.name}: {sought.why_not}.", "bold")
            for words, tried in (("nearest below", sought.below), ("nearest above", sought.above)):
                page.text(f"  {words}  {_tried(tried)}")
            page.text(f"  it can give   {_tried(sought.least)} to {_tried(sought.most)}")


def _tried(tried: Tried | None) -> str:
    return "none" if tried is None else f"{grouped(tried.pence)} ({tried.text})"
