"""Scheme settlements in a terminal: who is paid what, and for one payee the chain of steps in the order of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from p4p.language.curves import rate
from p4p.numbers.exact import Figure, Unit, how_many, shown
from p4p.numbers.money import grouped
from p4p.numbers.period import years_text
from p4p.screens.page import Page
from p4p.screens.scheme_tables import period_of
from p4p.screens.screen import MOST_ROWS, full_name, show_explanation, show_head, show_proofs
from p4p.settling.chain import Entry, Explained, SchemeSettlement
from p4p.settling.settlement import STATE
from p4p.steps.scheme import Scheme

if TYPE_CHECKING:
    from p4p.proving.proofs import Proof
    from p4p.proving.scheme_checking import Readiness


def show_scheme(settlement: SchemeSettlement, payee: str | None = None) -> None:
    """A settlement for the people who run it: payments by payee, and the steps where one payee is asked for or paid."""
    page, scheme = Page(), settlement.scheme
    show_head(page, scheme, f"{settlement.period} · {STATE}")
    entries = list(settlement.entries) if payee is None else settlement.of(payee)
    apart = len(scheme.payments) > 1 or len({e.months for e in entries}) > 1
    offered, advanced = any(e.available != e.earned for e in entries), any(e.upfront for e in entries)
    headings = [scheme.paid_to.capitalize(), *(["Payment"] if apart else []), *(["Upfront"] if advanced else [])]
    headings += ["Available", "Earned", "Shortfall", "Payable"] if offered else ["Payable"]

    def row(name: str, what: str, money: dict[str, int]) -> list[str]:
        fields = ["upfront"] if advanced else []
        fields += ["available", "earned", "shortfall", "payable"] if offered else ["payable"]
        return [name, *([what] if apart else []), *(grouped(money[f]) for f in fields)]

    together: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        together.setdefault((entry.payee, entry.payment), []).append(entry)
    rows = []
    for (code, pid), mine in list(together.items())[:MOST_ROWS]:
        title = scheme.payments[pid].title
        what = f"{title}, {len(mine)} payments" if len(mine) > 1 else title
        rows.append(row(full_name(code, settlement.inputs.payees[code]), what, settlement.totals(mine)))
    total = row("Total", "", settlement.totals(entries)) if len(rows) > 1 else None
    page.table(headings, rows, total=total, left=(0, 1) if apart else (0,), fold=(0, 1) if apart else (0,))
    if len(together) > MOST_ROWS:
        page.text(more_in_total(len(together) - MOST_ROWS))
    if len({e.payee for e in entries}) == 1:
        _chain(page, settlement, payee or entries[0].payee)
    else:
        page.fact("Steps", f"--network CODE shows those of one {scheme.paid_to}; p4p explain, where each figure comes from")
    taken = [e for e in entries if e.payable < 0]
    if taken:
        page.fact(
            "Note",
            f"{len(taken)} of the payments {'is below zero: it is' if len(taken) == 1 else 'are below zero: they are'} owed to the commissioner",
        )
    sources = settlement.inputs.sources
    left = len(settlement.inputs.measures.left_over())
    if sources:
        read = f"{how_many(sum(s.rows for s in sources), 'row')} from {how_many(len(sources), 'file')}"
        page.fact("Read", read + (f"; {how_many(left, 'figure')} {'is' if left == 1 else 'are'} not used in this period" if left else ""))


def more_in_total(number: int) -> str:
    """That a table leaves out some rows."""
    return f"{number:,} more {'is' if number == 1 else 'are'} in the total; all of them: --format csv --output FILE"


def _chain(page: Page, settlement: SchemeSettlement, payee: str) -> None:
    said = settlement.units
    for entry in settlement.of(payee):
        payment = settlement.scheme.payments[entry.payment]
        rows = []
        for name, value in entry.values.items():
            step, _, outcome = name.partition(".")
            words = payment.steps[step].says() if not outcome else ""
            label = f"  {outcome.replace('_', ' ')}" if outcome else step.replace("_", " ")
            rows.append([label, value if isinstance(value, str) else figure_text(value, said.get((entry.payment, name), "number")), words])
        if len(rows) <= MOST_ROWS:
            page.table(["Step", "Figure", "Rule"], rows, title=f"{payment.title}, {period_of(settlement, entry)}", left=(0, 2), fold=(2,))
        apart = len({li.step for li in entry.lines}) > 1
        lines = [
            [
                f"{li.step.replace('_', ' ')}: {li.indicator}" if apart else li.indicator,
                f"{int(li.counts[0]):,}/{int(li.counts[1] - li.counts[2]):,}" if li.counts else "–",
                rate(li.achievement) if li.achievement is not None else "–",
                figure_text(li.points, "number") + " of " + figure_text(li.most_points, "number"),
                grouped(int(li.earned)),
                li.note,
            ]
            for li in entry.lines
        ]
        if lines:
            page.table(
                ["Indicator", "Patients", "Achieved", "Points", "Earned", "Note"],
                lines[: 2 * MOST_ROWS],
                title="By indicator",
                left=(0, 5),
                fold=(5,),
            )


def show_scheme_checked(scheme: Scheme, proofs: Sequence[Proof]) -> None:
    """What `check` found of a scheme: sound, and each worked example."""
    page = Page()
    page.text(f"{scheme.file}  {scheme.title}", "bold")
    steps = sum(len(p.steps) for p in scheme.payments.values())
    page.text(f"  sound: {how_many(len(scheme.payments), 'payment')}, {how_many(steps, 'step')}, {years_text(scheme.years)}")
    show_proofs(page, proofs)


def show_readiness(found: Sequence[Readiness]) -> None:
    """What a scheme's files lack, period by period: how much, and the first of it."""
    page = Page()
    rows = [[r.period, f"{len(r.lacking):,}" if r.lacking else "nothing", r.lacking[0] if r.lacking else ""] for r in found[:MOST_ROWS]]
    page.table(["Period", "Lacking", "The first of it"], rows, left=(0, 2), fold=(2,))
    if len(found) > MOST_ROWS:
        page.text(f"{len(found) - MOST_ROWS:,} more periods")
    ready = sum(1 for r in found if not r.lacking)
    page.text(f"periods that can be settled: {ready:,} of {len(found):,}" + (": complete" if ready == len(found) else ""))


def figure_text(value: Fraction, unit: Unit) -> str:
    """A figure as people read it."""
    return shown(Figure(Fraction(value), unit=unit))


def show_scheme_explanation(told: Sequence[Explained]) -> None:
    """Payments as trees."""
    for one in told:
        show_explanation(one.figure)
