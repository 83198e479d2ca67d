"""Settlements, explanations and checks as people read them in a terminal. What a console is, `page` knows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from p4p.counts.suppress import Publication
from p4p.language.contract import Contract
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered, rate
from p4p.numbers.exact import Figure, formula, how_many, named_parts, percent, shown
from p4p.numbers.money import grouped
from p4p.numbers.period import years_text
from p4p.screens.page import Page, Style, visible_name
from p4p.settling.settlement import Line, Settlement, Totals

if TYPE_CHECKING:
    from p4p.proving.checking import Completeness
    from p4p.proving.proofs import Proof
    from p4p.sentences.describe import Section
    from p4p.steps.scheme import Scheme

#: Rich takes half a millisecond a row: more rows than this belong in a file.
MOST_ROWS = 60


def money(pence: int) -> str:
    """`1,254.00`: pence as pounds, no digit left out."""
    return grouped(pence)


def full_name(code: str, name: str) -> str:
    """Who is paid, by code and name; by its code where it has no other name."""
    return code if name == code else f"{code} {name}"


def show_head(page: Page, contract: Contract | Scheme, what: str, publication: Publication | None = None) -> None:
    """What every answer begins with: the contract, whose it is, and what of it is told; of a published copy its rule, and what was withheld."""
    page.text(contract.title, "bold")
    page.text(f"{contract.commissioner} · {what} · amounts in {contract.currency}")
    for sentence in publication.sentences if publication else ():
        page.text(sentence)
    page.text()


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
    show_head(page, contract, f"{settlement.period} · {settlement.state}", settlement.publication(network))
    chosen = {c: t for c, t in settlement.by_network.items() if network in (None, c)}
    shown_rows = list(chosen.items())[:MOST_ROWS]
    adjusted = any(t.adjustments for t in chosen.values())
    headings = ["Network", "Upfront", "Available", "Earned", *(["Adjustments"] if adjusted else []), "Payable", "Shortfall"]
    total = _totals_row("Total", settlement.totals, adjusted) if network is None else None
    page.table(headings, [_totals_row(full_name(c, networks[c]), t, adjusted) for c, t in shown_rows], total=total, fold=(0,))
    if len(chosen) > len(shown_rows):
        page.text(f"{how_many(len(chosen) - len(shown_rows), 'more network')} in the total; all of them: --format csv --output FILE")
    _detail(page, settlement, network)
    _footer(page, settlement, network)


def _totals_row(name: str, t: Totals, adjusted: bool) -> list[str]:
    return [
        name,
        money(t.upfront),
        money(t.available),
        money(t.earned),
        *([money(t.adjustments)] if adjusted else []),
        money(t.payable),
        money(t.shortfall),
    ]


def _detail(page: Page, settlement: Settlement, network: str | None) -> None:
    count = settlement.lines.height if network is None else sum(1 for _ in settlement.lines_of(network))
    year = len(settlement.quarters) > 1
    if count > MOST_ROWS * (4 if year else 1):
        page.text(f"{how_many(count, 'line')} by indicator: --network CODE shows one network's, --format csv --output FILE writes them all")
        page.text()
        return
    rows = [_line_row(line, year) for line in settlement.lines_of(network)]
    if rows:
        headings = ["Line", "Patients", "Achieved", "Target", "Available", "Earned", "Shortfall", "Gap"]
        page.table(headings, rows, title="By indicator (gap: patients still needed to reach the next threshold)", spare=3)


def _line_row(line: Line, year: bool) -> list[str]:
    return [
        f"{line.network} {line.indicator}" + (f" Q{line.quarter.number}" if year else ""),
        f"{line.numerator:,}/{line.eligible:,}",
        rate(line.achievement, line.terms.curve) if line.state == "counted" else line.state,
        curve_text(line.terms.curve),
        money(line.available),
        money(line.earned),
        money(line.shortfall),
        "–" if line.gap is None else f"{line.gap:,}",
    ]


def _footer(page: Page, settlement: Settlement, network: str | None) -> None:
    if any(t.shortfall < 0 for code, t in settlement.by_network.items() if network in (None, code)):
        page.fact("Note", "a shortfall below zero is an earlier quarter's, made good")
    if network is None:
        for words, pence in settlement.destinations.items():
            page.fact("Unearned", f"{words}: {money(pence)}")
    usage = settlement.usage
    counts = f"{how_many(usage['used'], 'count')} used, {usage['left_out']:,} left out"
    if usage["left_out"]:
        counts += " (snapshots: not the last month of a quarter)"
    if usage["other"]:
        counts += f", {usage['other']:,} of other quarters"
    if usage["missing"] or usage["withheld"]:
        counts += f", {usage['missing']:,} missing, {usage['withheld']:,} withheld"
    page.fact("Counted", f"{how_many(len(settlement.by_network), 'network')}, {how_many(usage['practices'], 'practice')}, {counts}")
    for pid, package in settlement.contract.packages.items():
        if package.upfront and package.upfront.instalments == "monthly":
            page.fact("Upfront", f"{pid}: paid in three monthly parts a quarter; --format csv lists them")
        if package.performance:
            page.fact("Rules", f"{pid}: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in package.performance.data_rules.items()))
    for column in settlement.activity.ignored_columns:
        page.fact("Ignored", f"column {visible_name(column)} of the activity: it decides nothing")
    page.fact("Checked", "; ".join(f"{c.what}: {'yes' if c.holds else 'NO'}" for c in settlement.checks))


def show_explanation(figure: Figure) -> None:
    """A payment as a tree: each number as value, formula, and formula with the numbers in; contract lines and CSV rows below.

    A figure that stands in several places is explained at the first and named at the others.
    """
    explained: set[str] = set()

    def words(node: Figure | str) -> list[tuple[str, Style]]:
        if isinstance(node, str):
            return [(node, "dim")]
        pieces: list[tuple[str, Style]] = [(f"{node.name or 'value'}  ", ""), (shown(node), "bold")]
        if node.name in explained:
            return [*pieces, ("  (explained above)", "dim")]
        if node.about:
            pieces.append((f"  {node.about}", "italic"))
        names, numbers = formula(node), formula(node, shown)
        because = f"because {node.because}" if node.because else ""
        written = f"written at {node.at.file}:{node.at.line}" if node.at else ""
        further: list[tuple[str, Style]] = [
            (f"= {names}" if names else "", "dim"),
            (f"= {numbers}" if numbers != names else "", "dim"),
            (because, ""),
            (written, "dim"),
        ]
        for text, style in further:
            pieces += [("\n", ""), (text, style)] if text else []
        return pieces

    def branches(node: Figure | str) -> list[Figure | str]:
        if isinstance(node, str) or node.name in explained:
            return []
        explained.add(node.name)
        return [*named_parts(node), *node.evidence]

    Page().tree(figure, words, branches)


def show_checked(contract: Contract, proofs: Sequence[Proof]) -> None:
    """What `check` found of a contract: sound, and each worked example."""
    page = Page()
    page.text(f"{contract.file}  {contract.title}", "bold")
    page.text(
        f"  sound: {how_many(len(contract.packages), 'package')}, {how_many(len(contract.indicators), 'indicator')}, {years_text(contract.years)}"
    )
    show_proofs(page, proofs)


def show_proofs(page: Page, proofs: Sequence[Proof]) -> None:
    """Worked examples, and whether they hold."""
    for proof in proofs:
        page.text(
            f"  {'holds' if proof.holds else 'FAILS'}: {proof.name} ({how_many(proof.stated, 'figure')})", "" if proof.holds else "bold red"
        )
    if not proofs:
        page.text("  no worked examples: add some under `examples:`, so that both sides agree what the words pay")


def show_completeness(found: Completeness) -> None:
    """The completeness of activity: by indicator, and a grid of the practices and months that lack counts."""
    page = Page()
    rows = [
        [iid, f"{given:,} of {wanted:,}", f"{hidden:,}", f"{wanted - given - hidden:,}"]
        for iid, given, hidden, wanted in found.by_indicator
    ]
    page.table(["Indicator", "Given", "Withheld", "Missing"], rows, title="Practices x months, by indicator")
    if found.gaps:
        shown_gaps = [[name, *cells] for name, cells in found.gaps[:MOST_ROWS]]
        page.table(["Practice", *(m[2:] for m in found.months)], shown_gaps, title="Counts that are not there, by practice and month")
    if len(found.gaps) > MOST_ROWS:
        page.text(f"gaps of {how_many(len(found.gaps) - MOST_ROWS, 'more practice')}")
    given, wanted = sum(row[1] for row in found.by_indicator), sum(row[3] for row in found.by_indicator)
    page.text(f"practice x month: {given:,} of {wanted:,}" + (": complete" if found.complete else ""))


def description(sections: Sequence[Section]) -> str:
    """A contract in sentences, as plain text."""
    blocks = []
    for section in sections:
        sentences = "\n".join(textwrap.fill(s, 100, initial_indent="- ", subsequent_indent="  ") for s in section.sentences)
        blocks.append(f"{section.title}\n{'-' * len(section.title)}\n{sentences}\n")
    return "\n".join(blocks)
