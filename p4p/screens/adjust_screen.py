"""Adjustments in a terminal: what to pay and to recover, payee by payee; the lines behind it; what differs in contract and files."""

from __future__ import annotations

from collections.abc import Iterator

from p4p.numbers.money import grouped
from p4p.screens.page import Page
from p4p.screens.screen import MOST_ROWS
from p4p.settling.adjust import Adjusted, Adjustment, FileChange, Sum, steps_between, total, why
from p4p.settling.issued import Change, Key, Line
from p4p.settling.settlement import STATE


def show_adjustment(adjustment: Adjustment) -> None:
    """An adjustment for the people who pay it."""
    page, periods = Page(), adjustment.periods
    names = ", ".join(p.period for p in periods)
    page.text(adjustment.title, "bold")
    page.text(f"Adjustment of what was issued for {names} · {STATE} · amounts in {adjustment.currency}")
    page.text()
    sums = adjustment.by_payee
    changed = {code: s for code, s in sums.items() if s.adjustment}
    shown = sums if len(sums) <= MOST_ROWS else changed
    rows = [_row(f"{code} {s.name}" if s.name not in ("", code) else code, s) for code, s in list(shown.items())[:MOST_ROWS]]
    page.table(_HEADINGS, rows, total=_row("Total", adjustment.totals) if len(sums) > 1 else None, fold=(0,))
    if len(rows) < len(sums):
        page.text(f"{len(sums) - len(rows):,} more are in the total; all of them: --format csv --output FILE")
    if len(periods) > 1:
        page.table(["Period", *_HEADINGS[1:]], [_row(p.period, total(p.parts.values())) for p in periods])
    _lines(page, adjustment)
    _footer(page, adjustment, changed)


_HEADINGS = ["Payee", "Issued", "Now", "Adjustment"]


def _row(name: str, s: Sum) -> list[str]:
    return [name, grouped(s.issued), grouped(s.now), grouped(s.adjustment)]


def _lines(page: Page, adjustment: Adjustment) -> None:
    """The lines that pay something else, or where to find them."""
    lines = [(code, p, key, change) for p in adjustment.periods for code, part in p.parts.items() for key, change in part.lines.items()]
    if len(lines) > 2 * MOST_ROWS:
        page.text(f"{len(lines):,} lines pay something else: --network CODE shows one payee's, --format csv --output FILE writes them all")
        page.text()
    elif lines:
        several = len({key.period for _, _, key, _ in lines}) > 1
        rows = [_line(code, key, change, several) for code, _, key, change in lines]
        steps = adjustment.form == "payments"
        headings = ["Line", *([] if steps else ["Issued on", "Now on"]), "Issued", "Now", "Adjustment", "Why"]
        title = "Lines that pay something else" + ("" if steps else " (issued on, now on: patients)")
        page.table(headings, rows, title=title, left=(0, len(headings) - 1), fold=(0, len(headings) - 1))
    if adjustment.form == "payments" and 0 < len(lines) <= MOST_ROWS:
        steps_of = [row for code, _, key, change in lines for row in _steps(code, key, change)]
        if 0 < len(steps_of) <= MOST_ROWS:
            page.table(["Step", "Issued on", "Now on"], steps_of, title="Steps that come to something else", fold=(0,))


def _line(code: str, key: Key, change: Change, several: bool) -> list[str]:
    words = {"upfront": f"{key.of} upfront", "shared": f"{key.of} shared", "payment": key.of}.get(key.kind, key.indicator)
    when = f" {key.period.rpartition(' ')[2]}" if several else ""
    money = (
        grouped(change.issued.money if change.issued else 0),
        grouped(change.now.money if change.now else 0),
        grouped(change.adjustment),
    )
    counts = [] if key.kind == "payment" else [_patients(line) for line in change]
    return [f"{code} {words}{when}", *counts, *money, ", ".join(why(key, change))]


def _patients(line: Line | None) -> str:
    """`89/100`: the patients that a line was judged on; a dash where there are none."""
    found = [line.facts.get(name) if line else None for name in ("numerator", "denominator", "excluded")]
    numerator, denominator, excluded = (n if isinstance(n, int) else None for n in found)
    if numerator is None or denominator is None or excluded is None:
        return "–"
    return f"{numerator:,}/{denominator - excluded:,}"


def _steps(code: str, key: Key, change: Change) -> Iterator[list[str]]:
    for name, then, now in steps_between(change):
        yield [f"{code} {key.of} {key.period}: {name.replace('_', ' ').replace('.', ', ')}", _value(then), _value(now)]


def _value(found: object) -> str:
    if not isinstance(found, tuple):
        return "–"
    unit, value, _ = found
    return value if unit in ("number", "word", "ratio") else f"{value} {unit}"


def _footer(page: Page, adjustment: Adjustment, changed: dict[str, Sum]) -> None:
    up, down = ([s.adjustment for s in changed.values() if (s.adjustment > 0) is more] for more in (True, False))
    if not changed:
        cancels = any(part.lines for p in adjustment.periods for part in p.parts.values())
        why_not = "over these periods the differences cancel out" if cancels else "what was issued is what is due"
        page.fact("Nothing", f"to pay and nothing to recover: {why_not}")
    if up:
        page.fact("To pay", f"{grouped(sum(up))} to {_payees(len(up))}")
    if down:
        page.fact("To recover", f"{grouped(-sum(down))} from {_payees(len(down))}")
    for document in adjustment.issued:
        page.fact("Issued", f"{document.file}: {document.kind} of {', '.join(document.periods)}, SHA-256 {document.sha256[:12]}…")
    several = len({(p.contract, p.files) for p in adjustment.periods}) > 1
    for i, period in enumerate(adjustment.periods):
        if several or i == 0:
            _differences(page, period, f"{period.period}: " if several else "")
    if recounted := sum(p.recounted for p in adjustment.periods):
        one = recounted == 1
        page.fact(
            "Counts", f"{recounted:,} more line{' is' if one else 's are'} counted otherwise and pay{'s' if one else ''} what was issued"
        )
    if others := list(dict.fromkeys(other for p in adjustment.periods for other in p.others)):
        page.fact("Note", f"a year's periods look back on each other here: name as issued also {', '.join(others)}, if any was issued")


def _payees(n: int) -> str:
    return f"{n:,} payee{'' if n == 1 else 's'}"


def _differences(page: Page, period: Adjusted, head: str) -> None:
    contract = period.contract
    page.fact("Contract", head + ("the same" if contract.same else f"has changed: {_sha(contract.issued)} then, {_sha(contract.now)} now"))
    same = [f.file for f in period.files if f.same]
    for change in period.files:
        if not change.same:
            page.fact("File", head + _changed(change))
    if same:
        page.fact("Files", f"{head}{', '.join(same)}: the same")


def _changed(change: FileChange) -> str:
    if change.issued is None:
        return f"{change.file}: was not read then, {_sha(change.now)} now"
    if change.now is None:
        return f"{change.file}: {_sha(change.issued)} then, is not read now"
    return f"{change.file}: has changed: {_sha(change.issued)} then, {_sha(change.now)} now"


def _sha(sha256: str | None) -> str:
    return f"{(sha256 or '')[:12]}…"
