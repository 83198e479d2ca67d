"""The terminal: the only place where a console exists, and the only one that imports Rich.

Text from files is never markup. A table that does not fit the terminal is stacked, one figure to a line; no digit is ever cut.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from p4p.contract import Contract
from p4p.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered
from p4p.errors import P4PError, visible
from p4p.exact import Figure, decimal, formula, named_parts, percent, shown
from p4p.money import grouped
from p4p.settlement import Line, Settlement, Totals

#: Rich takes half a millisecond a row: more rows than this belong in a file.
MOST_ROWS = 60


def out(text: str) -> None:
    """Data to stdout, whatever the locale: what the terminal's encoding lacks is replaced, never an error after the fact."""
    _safe_stream(sys.stdout)
    sys.stdout.write(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """A word to the user, to stderr."""
    _safe_stream(sys.stderr)
    sys.stderr.write(text + "\n")


def _safe_stream(stream: Any) -> None:
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")


def problems(error: P4PError) -> None:
    """Every problem of an error, in file order, to stderr."""
    for problem in error.problems:
        for line in problem.lines():
            note(line)
    if len(error.problems) > 1:
        note(f"{len(error.problems)} problems found; nothing was written")


class Page:
    """What a command prints: text and tables, in order, then shown at once."""

    def __init__(self) -> None:
        from rich.console import Console

        width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 400  # a pipe has no width: nothing to fit
        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
        self.console = Console(file=sys.stdout, width=width, markup=False, emoji=False, highlight=False, safe_box="utf" not in encoding)

    def text(self, line: str = "", style: str | None = None) -> None:
        """A line of text, wrapped at words on a narrow terminal."""
        from rich.text import Text

        self.console.print(Text(visible_name(line, 10_000), style=style or ""), soft_wrap=not self.console.is_terminal)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", total: Sequence[str] | None = None, left: Sequence[int] = (0,)) -> None:
        """A table; columns are right-aligned but those in `left`. Stacked where the terminal is too narrow for it."""
        from rich import box
        from rich.measure import Measurement
        from rich.table import Table
        from rich.text import Text

        body = [[visible_name(c) for c in row] for row in rows]
        table = Table(title=Text(title, style="bold") if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_footer=False)
        for i, heading in enumerate(headings):
            table.add_column(Text(heading), justify="left" if i in left else "right", no_wrap=True)
        for row in body:
            table.add_row(*map(Text, row))
        if total:
            table.add_section()
            table.add_row(*(Text(c, style="bold") for c in total))
        if Measurement.get(self.console, self.console.options.update(max_width=10_000), table).minimum <= self.console.width:
            self.console.print(table)
            return
        if title:
            self.text(title, "bold")
        for row in [*body, *([list(total)] if total else [])]:
            self.text()
            width = max(map(len, headings))
            for i, (heading, cell) in enumerate(zip(headings, row, strict=True)):
                if cell:
                    self.console.print(Text(f"{heading:<{width}}  {cell}", style="bold" if i == 0 else ""), soft_wrap=True)
        self.text()


def visible_name(text: str, limit: int = 300) -> str:
    """Text from a file as it may be shown: letters of all scripts, no control or direction characters."""
    if text.isprintable() and len(text) <= limit:
        return text
    return "".join(c if c.isprintable() else visible(c) for c in text[:limit]) + ("…" if len(text) > limit else "")


def money(pence: int) -> str:
    return grouped(pence)


def rate(value: Fraction | None, curve: Curve | None = None) -> str:
    """An achievement to two decimals, cut on the unpaid side: what is shown as 95.00% has reached 95%."""
    if value is None:
        return "none"
    up = curve is not None and curve.direction == "lower is better"
    hundredths = value * 10_000
    cut = Fraction(hundredths.__ceil__() if up else hundredths.__floor__(), 10_000)
    return decimal(cut * 100, 2, least_places=2) + "%"


def curve_text(curve: Curve) -> str:
    """A curve in a few characters: `≥90%`, `60%–80%`, `≥70% ≥90%`, `2% steps from 70%`."""
    match curve:
        case AllOrNothing():
            return _edge(curve.target)
        case Linear():
            return f"{percent(curve.lower)}–{percent(curve.upper)}"
        case Tiered():
            return " ".join(_edge(t) for t, _ in curve.tiers)
        case Stepped():
            return f"{percent(curve.step)} steps from {percent(curve.start)}"


def _edge(threshold: Threshold) -> str:
    return {"at least": "≥", "above": ">", "at most": "≤", "below": "<"}[threshold.word] + percent(threshold.ratio)


def show_settlement(settlement: Settlement, network: str | None = None) -> None:
    """A settlement for the people who run it: summary by network, detail by indicator, checks, and where unearned money went."""
    page = Page()
    contract, networks = settlement.contract, settlement.members.networks
    page.text(f"{contract.title}", "bold")
    page.text(f"{contract.commissioner} · {settlement.period} · {settlement.state} · amounts in {contract.currency}")
    page.text()
    chosen = {c: t for c, t in settlement.by_network.items() if network in (None, c)}
    shown_rows = list(chosen.items())[:MOST_ROWS]
    adjusted = any(t.adjustments for t in chosen.values())
    headings = ["Network", "Upfront", "Available", "Earned", *(["Adjustments"] if adjusted else []), "Payable", "Shortfall"]
    total = _totals_row("Total", settlement.totals, adjusted) if network is None else None
    page.table(headings, [_totals_row(f"{c} {networks[c]}" if networks[c] != c else c, t, adjusted) for c, t in shown_rows], total=total)
    if len(chosen) > len(shown_rows):
        page.text(f"{len(chosen) - len(shown_rows):,} more networks are in the total; all of them: --format csv --output FILE")
    _detail(page, settlement, network)
    _footer(page, settlement, network)


def _totals_row(name: str, t: Totals, adjusted: bool) -> list[str]:
    return [name, money(t.upfront), money(t.available), money(t.earned), *([money(t.adjustments)] if adjusted else []), money(t.payable), money(t.shortfall)]


def _detail(page: Page, settlement: Settlement, network: str | None) -> None:
    count = settlement.lines.height if network is None else sum(1 for _ in settlement.lines_of(network))
    year = len(settlement.quarters) > 1
    if count > MOST_ROWS * (4 if year else 1):
        page.text(f"{count:,} lines by indicator: --network CODE shows one network's, --format csv --output FILE writes them all")
        page.text()
        return
    rows, before = [], ""
    for line in settlement.lines_of(network):
        rows.append(_line_row(line, "" if line.network == before else line.network, year))
        before = line.network
    if rows:
        headings = ["Network", *(["Quarter"] if year else []), "Indicator", "Patients", "Achieved", "Paid for", "Available", "Earned", "Shortfall", "Gap"]
        page.table(headings, rows, title="By indicator (gap: patients still needed to reach the next threshold)", left=(0, 1, 2) if year else (0, 1))


def _line_row(line: Line, network: str, year: bool) -> list[str]:
    achieved = rate(line.achievement, line.terms.curve) if line.state == "counted" else line.state
    gap = "–" if line.gap is None else str(line.gap)
    return [
        network,
        *([f"Q{line.quarter.number}"] if year else []),
        line.indicator,
        f"{line.numerator:,}/{line.eligible:,}",
        achieved,
        curve_text(line.terms.curve),
        money(line.available),
        money(line.earned),
        money(line.shortfall),
        gap,
    ]


def _footer(page: Page, settlement: Settlement, network: str | None) -> None:
    if network is None:
        for words, pence in settlement.destinations.items():
            page.text(f"Unearned  {words}: {money(pence)}")
    usage, members = settlement.usage, settlement.members
    counts = f"{usage['used']:,} counts used, {usage['left_out']:,} left out"
    if usage["other"]:
        counts += f", {usage['other']:,} of other quarters"
    if usage["missing"] or usage["withheld"]:
        counts += f", {usage['missing']:,} missing, {usage['withheld']:,} withheld"
    page.text(f"Counted   {len(settlement.by_network):,} networks, {len(members.practices):,} practices, {counts}")
    for column in settlement.activity.ignored_columns:
        page.text(f"Ignored   column {visible_name(column)} of the activity: it decides nothing")
    page.text("Checked   " + "; ".join(f"{c.what}: {'yes' if c.holds else 'NO'}" for c in settlement.checks))


def show_explanation(figure: Figure) -> None:
    """A payment as a tree: each number as value, formula, and formula with the numbers in; contract lines and CSV rows below."""
    from rich.text import Text
    from rich.tree import Tree

    page = Page()

    explained: set[str] = set()

    def words(f: Figure) -> Text:
        text = Text(f"{visible_name(f.name) or 'value'}  ")
        text.append(shown(f), style="bold")
        if f.name in explained:
            return text.append("  (explained above)", style="dim")
        if f.about:
            text.append(f"  {visible_name(f.about)}", style="italic")
        names, numbers = visible_name(formula(f), 2000), formula(f, shown)
        text.append(f"\n= {names}" if names else "", style="dim")
        text.append(f"\n= {numbers}" if numbers != names else "", style="dim")
        text.append(f"\nbecause {visible_name(f.because, 2000)}" if f.because else "")
        text.append(f"\nwritten at {f.at.file}:{f.at.line}" if f.at else "", style="dim")
        return text

    def grow(tree: Tree, f: Figure) -> None:
        if f.name in explained:
            return
        explained.add(f.name)
        for part in named_parts(f):
            grow(tree.add(words(part)), part)
        for row in f.evidence:
            tree.add(Text(visible_name(row), style="dim"))

    tree = Tree(words(figure))
    grow(tree, figure)
    page.console.print(tree, soft_wrap=not page.console.is_terminal)


def show_contract_checked(contract: Contract, results: Sequence[tuple[str, bool, int]]) -> None:
    """What `check` found of a contract: sound, and each worked example."""
    page = Page()
    page.text(f"{contract.file}: {contract.title}", "bold")
    indicators = len(contract.indicators)
    page.text(f"  sound: {len(contract.packages)} packages, {indicators} indicators, {_years(contract)}")
    for name, holds, stated in results:
        page.text(f"  {'holds' if holds else 'FAILS'}: {name} ({stated} figures)", None if holds else "bold red")
    if not results:
        page.text("  no worked examples: add some under `examples:`, so that both sides agree what the words pay")


def _years(contract: Contract) -> str:
    first, last = contract.years[0], contract.years[-1]
    return str(first) if first == last else f"{first} to {last}"


def show_completeness(rows: Sequence[tuple[str, Sequence[str]]], headings: Sequence[str], summary: Sequence[str]) -> None:
    """The completeness grid: practices down, months across."""
    page = Page()
    page.text()
    if rows:
        page.table(headings, [[name, *cells] for name, cells in rows], title="Counts by practice and month (given of expected; only practices with gaps)")
    for line in summary:
        page.text(line)
