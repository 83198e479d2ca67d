"""What more patients would have paid under a contract with `payments`, in a terminal, in the manner of care packages."""

from __future__ import annotations

from collections.abc import Sequence

from p4p.boards.missed import needs
from p4p.boards.scheme_shortfall import SchemeShortfall, Short, Standing
from p4p.language.curves import rate
from p4p.numbers.exact import how_many
from p4p.numbers.money import grouped
from p4p.screens.board_screen import reach_cells, reach_table
from p4p.screens.page import Page
from p4p.screens.scheme_shortfall_tables import practice_name
from p4p.screens.screen import MOST_ROWS, full_name, show_head
from p4p.settling.settlement import STATE

#: So many are named in one line.
MOST_NAMED = 40

#: What is said of measures that no patient would gain anything by, in this order.
_SAID: dict[Standing, str] = {
    "all reached": "All reached",
    "pays no more": "Pays no more",
    "no patients": "No patients",
}


def show_scheme_shortfall(found: SchemeShortfall) -> None:
    """What was left on the table, the most first: by payee and measure; for one payee a sentence for each, and the practices of a network."""
    page, settlement, scheme = Page(), found.settlement, found.settlement.scheme
    show_head(page, scheme, f"{settlement.period} · {STATE}")
    whose = _named(found, found.payee) if found.payee is not None else how_many(len(found.left), scheme.paid_to)
    page.text(f"Left on the table, {whose}" + ("" if found.total is None else f": {grouped(found.total)}"), "bold")
    page.text("What would have been paid more with every patient reached, found by settling again.")
    if found.shared:
        page.text("Payees share here: each is told as if the others stayed where they are, and there is no sum.")
    if unsaid := [code for code, pence in found.left.items() if pence is None]:
        page.text(
            f"The contract refuses to settle that for {', '.join(unsaid[:MOST_NAMED])}"
            + (" and others." if len(unsaid) > MOST_NAMED else ".")
        )
    page.text()
    if len(found.left) > 1:
        rows = [[_named(found, code), "–" if pence is None else grouped(pence)] for code, pence in list(found.left.items())[:MOST_ROWS]]
        page.table([scheme.paid_to.capitalize(), "Left"], rows, fold=(0,))
    short = [one for one in found.short if one.standing == "short"]
    if short:
        _measures(page, found, short[:MOST_ROWS])
    if len(short) > MOST_ROWS:
        page.text(
            f"{how_many(len(short) - MOST_ROWS, 'more line')}: --network CODE shows one {scheme.paid_to}'s, --format csv writes them all"
        )
    if found.payee is not None:
        for one in short:
            _detail(page, found, one)
    for standing, words in _SAID.items():
        these = [_line(found, one) for one in found.short if one.standing == standing]
        if these:
            page.text(
                f"{words:<14}  {', '.join(these[:MOST_NAMED])}"
                + (f" and {len(these) - MOST_NAMED:,} more" if len(these) > MOST_NAMED else "")
            )
    _together(page, found)
    if found.payee is None and short:
        practices = ", and which practices hold its patients" if any(one.practices for one in short) else ""
        page.text(f"`--network CODE` shows one {scheme.paid_to}{practices}.")


def _named(found: SchemeShortfall, code: str) -> str:
    return full_name(code, found.settlement.inputs.payees[code])


def _line(found: SchemeShortfall, one: Short) -> str:
    return f"{one.payee} {one.scored.measure}" if len(found.left) > 1 else one.scored.measure


def _measures(page: Page, found: SchemeShortfall, short: Sequence[Short]) -> None:
    """A row for the next threshold of each measure, and one more where the best is another."""
    rows = []
    for one in short:
        left = "–" if one.left is None else grouped(one.left)
        rows.append([_line(found, one), left, rate(one.achievement, one.scored), *reach_cells(one.nearest, one.scored.direction)])
        if one.best != one.nearest:
            rows.append(["", "", "", *reach_cells(one.best, one.scored.direction)])
    reach_table(page, "Line" if len(found.left) > 1 else "Measure", rows)


def _detail(page: Page, found: SchemeShortfall, one: Short) -> None:
    """A measure in words, and of a network the practices that hold its patients."""
    page.text(f"{one.scored.measure} {one.scored.title}", "bold")
    left = "" if one.left is None else f"{grouped(one.left)} left "
    reaches = [r for r in (one.nearest, one.best if one.best != one.nearest else None) if r is not None]
    said = "; ".join(needs(reach, one.scored.direction) for reach in reaches)
    page.text(f"{left}at {rate(one.achievement, one.scored)}; {said}.")
    if one.practices:
        higher = one.scored.direction == "higher is better"
        rows = [
            [
                f"{p.count.practice} {practice_name(found, p.count.practice)}",
                f"{p.count.numerator:,}/{p.count.eligible:,}",
                rate(p.count.achievement, one.scored),
                f"{p.outstanding:,}",
                *("–" if n is None else f"{n:,}" for n in (p.to_nearest, p.to_best)[: len(reaches)]),
            ]
            for p in one.practices
        ]
        headings = ["Practice", "Patients", "Own", "Not yet" if higher else "Counted", *(str(r.threshold) for r in reaches)]
        page.table(headings, rows, fold=(0,))
    else:
        page.text()


def _together(page: Page, found: SchemeShortfall) -> None:
    """Where all measures together pay other than one by one, and where the settlement tells another shortfall."""
    alone = dict.fromkeys(found.left, 0)
    for one in found.short:
        alone[one.payee] += one.left or 0
    if any(pence is not None and pence != alone[code] for code, pence in found.left.items()):
        page.text("Together        lines do not add up to what is left: measures work on each other, through a gate, a limit or an average")
    entries = found.settlement.entries if found.payee is None else found.settlement.of(found.payee)
    shortfall = found.settlement.totals(entries)["shortfall"]
    if shortfall not in (0, found.total) and found.total is not None:
        page.text(f"Shortfall       {grouped(shortfall)} was offered and not earned; what is left here hangs on counts")
