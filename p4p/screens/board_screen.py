"""Shortfall, dashboard and share-out as people read them in a terminal: each in one screen at 80 columns, and using a wider one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from p4p.boards.dashboard import Dashboard, Light, MonthPoint, PracticePoint, Row, Since
from p4p.boards.missed import fate, pounds_each, reason
from p4p.boards.share import STATED
from p4p.boards.shortfall import Missed, Reach, Shortfall
from p4p.language.curves import Direction, rate
from p4p.numbers.exact import ZERO, decimal, how_many, percent
from p4p.numbers.money import grouped
from p4p.numbers.period import MONTH_NAMES, month_text
from p4p.numbers.withheld import WITHHELD
from p4p.screens.page import Page, Style
from p4p.screens.screen import MOST_ROWS, curve_text, full_name, show_head

if TYPE_CHECKING:
    from p4p.boards.share import ShareOut
    from p4p.boards.to_date import ToDate
    from p4p.counts.members import Members


def _named(code: str, names: Members) -> str:
    return full_name(code, names.networks[code])


# shortfall


def show_shortfall(found: Shortfall) -> None:
    """What was left on the table, the most first: by network, package and line; for one network its practices too."""
    page, settlement = Page(), found.settlement
    show_head(
        page, settlement.contract, f"{found.quarter} · {settlement.state}", settlement.publication(found.network, found.network is not None)
    )
    whose = _named(found.network, settlement.members) if found.network else how_many(len(settlement.by_network), "network")
    page.text(f"Left on the table, {whose}: {grouped(found.left)}", "bold")
    later = ", ".join(f"Q{q.number}" for q in found.quarter.year.quarters[found.quarter.number :])
    for words, pence in found.destinations.items():
        page.text(f"  {words}{f', in {later}' if words == 'can still be caught up this year' else ''}: {grouped(pence)}")
    page.text()
    if found.network is None and found.left:
        _sums(page, "Network", {_named(code, settlement.members): sums for code, sums in found.by_network.items()})
    if len(settlement.contract.packages) > 1 and found.left:
        titles = {pid: package.title for pid, package in settlement.contract.packages.items()}
        _sums(page, "Package", {titles[pid]: sums for pid, sums in found.by_package.items()})
    short = [m for m in found.missed if m.left]
    if short:
        _lines(page, found, short[:MOST_ROWS])
    if len(short) > MOST_ROWS:
        page.text(
            f"{how_many(len(short) - MOST_ROWS, 'more line')}: --network CODE shows one network's, --format csv --output FILE writes them all"
        )
    if found.network is not None:
        for missed in short:
            _practices(page, found, missed)
    elif short:
        page.text("`--network CODE` shows which practices hold the patients of each line.")
    _rest(page, found)


def _sums(page: Page, heading: str, sums: dict[str, tuple[int, int]]) -> None:
    mixed = any(0 < still_open < left for left, still_open in sums.values()) or len({bool(o) for left, o in sums.values() if left}) > 1
    rows = [[name, grouped(left), *([grouped(open_)] if mixed else [])] for name, (left, open_) in list(sums.items())[:MOST_ROWS]]
    page.table([heading, "Left", *(["Of it still open"] if mixed else [])], rows, fold=(0,))


def _lines(page: Page, found: Shortfall, short: Sequence[Missed]) -> None:
    """A row for the next threshold of each line, and one more where the best is another."""
    rows = []
    for m in short:
        line = m.line
        name = line.indicator if found.network else f"{line.network} {line.indicator}"
        achieved = rate(line.achievement, line.terms.curve) if line.state == "counted" else line.state
        rows.append([name, grouped(m.left), achieved, *reach_cells(m.nearest, line.terms.curve.direction)])
        if m.best is not None and m.best is not m.nearest:
            rows.append(["", "", "", *reach_cells(m.best, line.terms.curve.direction)])
    reach_table(page, "Indicator" if found.network else "Line", rows)


def reach_table(page: Page, what: str, rows: Sequence[Sequence[str]]) -> None:
    """Lines with what they left, what was achieved, and the `reach_cells` of a threshold."""
    headings = [what, "Left", "Achieved", "To reach", "Patients", "Gains", "Each"]
    page.table(headings, rows, title="By line: patients still needed, the money they gain, and pounds for each", left=(0, 3))


def reach_cells(reach: Reach | None, direction: Direction) -> list[str]:
    """A threshold, the patients to it, what they gain and pounds for each."""
    if reach is None:
        return ["–", "–", "–", "–"]
    more = "–" if reach.patients is None else f"{reach.patients:,}"
    fewer = direction == "lower is better" and reach.patients
    gains = "–" if reach.gain is None else grouped(reach.gain)
    return [str(reach.threshold), f"{more} fewer" if fewer else more, gains, pounds_each(reach) or "–"]


def _practices(page: Page, found: Shortfall, missed: Missed) -> None:
    """Which practices hold the patients of a line: each one's part of the network's number, in the order of codes."""
    line, members = missed.line, found.settlement.members
    page.text(f"{line.indicator} {line.terms.title}", "bold")
    page.text(f"{_capital(reason(missed))}. {_capital(fate(missed))}.")
    if not missed.counts:
        page.text("Counted by network: no practice has counts of its own." if line.performance.counts_from == "network" else "")
        page.text()
        return
    rows, two = [], missed.best is not missed.nearest
    alone = missed.nearest is not None and missed.nearest.patients is None  # no number for the network: what each would need by itself
    for part in missed.practices:
        count = part.count
        lacking = [f"{n:,} {what}" for n, what in ((count.missing, "missing"), (count.withheld, "withheld")) if n]
        own = rate(count.achievement, line.terms.curve) if count.eligible > 0 else "no counts" if lacking else "no patients"
        own = "*" if count.numerator is WITHHELD else own
        needed = [_number(part.on_its_own)] if alone else [_number(part.to_nearest), *([_number(part.to_best)] if two else [])]
        name = f"{count.practice} {members.practices[count.practice].name}" + (f" ({', '.join(lacking)})" if lacking else "")
        rows.append([name, f"{count.numerator:,}/{count.eligible:,}", own, _points(part.moves), f"{part.outstanding:,}", *needed])
    ahead = (
        ["Alone to it"]
        if alone
        else [str(r.threshold) for r in ((missed.nearest, missed.best) if two else (missed.nearest,)) if r] or ["–"]
    )
    higher = line.terms.curve.direction == "higher is better"
    page.table(["Practice", "Patients", "Own", "Moves", "Not yet" if higher else "Counted", *ahead], rows, fold=(0,))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _points(value: Fraction | None) -> str:
    """Percentage points with their sign, cut to two decimals."""
    if value is None or value is WITHHELD:
        return "–" if value is None else "*"
    cut = decimal(Fraction(int(abs(value) * 10_000), 100), 2, least_places=2)
    return f"{'-' if value < 0 else '+'}{cut}"


def _rest(page: Page, found: Shortfall) -> None:
    """Lines with nothing left, and those that nobody judges yet."""
    several = found.network is None
    if not several and any(m.counts and m.left for m in found.missed):
        page.text(
            "Moves: percentage points by which a practice lifts (+) or lowers (-) the network. Under a threshold: its part of the network's "
            "patients, in proportion to its patients not yet achieved. The network is paid for what all achieve together."
        )
        page.text()
    done = [f"{m.line.network} {m.line.indicator}" if several else m.line.indicator for m in found.missed if m.standing == "earned in full"]
    if done:
        page.text(f"Earned in full  {', '.join(done[:40])}" + (f" and {len(done) - 40:,} more" if len(done) > 40 else ""))
    for m in found.missed:
        if m.standing == "not paid":
            page.text(f"Not paid        {m.line.network} {m.line.indicator}: {reason(m)}")
    for w in found.waiting[:MOST_ROWS]:
        nothing = "no patients so far" if w.reported else "no counts so far"
        rated = (
            "counts withheld"
            if w.achievement is WITHHELD
            else nothing
            if w.achievement is None
            else f"{w.numerator:,} of {w.eligible:,} so far, {rate(w.achievement, found.settlement.contract.indicators[w.indicator][1].curve)}"
        )
        ahead = f"; {how_many(w.patients, 'patient')} to {w.threshold}" if w.patients and w.threshold else ""
        page.text(f"Judged in Q4    {w.network} {w.indicator}: {grouped(w.at_stake)} at stake; {rated}{ahead}")


# dashboard

_LETTER: dict[Light, str] = {"green": "G full", "amber": "A part", "red": "R none", "none": "– no counts", "withheld": "* withheld"}
_STYLE: dict[str, Style] = {"G": "green", "A": "yellow", "R": "red"}
_SINCE: dict[Since, tuple[str, str]] = {"better": ("▲", "+"), "worse": ("▼", "-"), "level": ("=", "="), "unknown": (" ", " ")}


def show_dashboard(board: Dashboard, money: dict[str, ToDate]) -> None:
    """A compact board of all networks, one network in detail, or one practice."""
    page = Page()
    whose = board.practice or board.network
    show_head(page, board.contract, f"{month_text(board.month)} ({board.quarter})" + (f" · {whose}" if whose else ""), board.publication)
    if board.practice is not None:
        _practice(page, board)
    elif board.network is not None:
        _network(page, board)
        _money(page, board, money)
    else:
        _board(page, board)
        _money(page, board, money)
    _legend(page, board)


def _light(cell: str) -> Style:
    """The colour of a cell that says its light by a letter."""
    return _STYLE.get(next((word for word in cell.split() if word in _STYLE), ""), "")


def _board(page: Page, board: Dashboard) -> None:
    """Networks down, indicators across."""
    ids = list(board.contract.indicators)
    names = max((len(_named(row.network, board.members)) for row in board.rows), default=0)
    roomy = (
        names + len(ids) * (15 + len(board.rows[0].points) if board.rows else 0) <= page.width and board.publication is None
    )  # room for the year in each cell
    rows: dict[str, list[str]] = {}
    for row in board.rows:
        cell = _cell(page, row) + (f" {page.spark([p.achievement for p in row.points])}" if roomy else "")
        rows.setdefault(row.network, [_named(row.network, board.members)]).append(cell)
    headings = ["Network", *(f"{i} {curve_text(board.contract.indicators[i][1].curve)}" for i in ids)]
    page.split_table(headings, list(rows.values())[:MOST_ROWS], title="What each indicator would pay on its counts so far", style=_light)
    if len(rows) > MOST_ROWS:
        page.text(
            f"{how_many(len(rows) - MOST_ROWS, 'more network')}: --network CODE shows one, --format csv --output FILE writes them all"
        )


def _cell(page: Page, row: Row) -> str:
    """`85.31% G ▲`"""
    arrow = _SINCE[row.since][page.plain]
    return f"{_achieved(row, row.now)} {_LETTER[row.light][0]} {arrow}".rstrip()


def _achieved(row: Row, point: MonthPoint) -> str:
    marks = _marks(point.lacking, point.withheld)
    if point.achievement is None:
        return f"no counts{' ' if marks else ''}{marks}" if marks or not point.reported else "no patients"
    return f"{rate(point.achievement, row.terms.curve)}{marks}"


def _network(page: Page, board: Dashboard) -> None:
    page.text(_named(board.rows[0].network, board.members) if board.rows else board.network or "", "bold")
    _tracks(page, board)
    if board.publication is None:
        _months(page, board)
    for row in board.rows:
        if row.practices:
            _variation(page, board, row)


def _tracks(page: Page, board: Dashboard) -> None:
    """Each indicator with its bar, thresholds, direction and year."""
    ids = max((len(row.indicator) for row in board.rows), default=9)
    curves = max((len(curve_text(row.terms.curve)) for row in board.rows), default=8)
    width = min(max(page.width - max(ids, 9) - max(curves, 8) - 46, 10), 80)
    rows = []
    for row in board.rows:
        marks = [t.ratio for t in row.terms.curve.thresholds()]
        bar = page.track(
            None if row.now.achievement is WITHHELD else row.now.achievement, marks if len(marks) <= 6 else [marks[0], marks[-1]], width
        )
        arrow = _SINCE[row.since][page.plain]
        since = f"{arrow} {row.since}" if row.since != "unknown" else "–"
        spark = page.spark([p.achievement for p in row.points]) if board.publication is None else ""
        moved = [since, spark] if board.publication is None else []
        rows.append([row.indicator, _achieved(row, row.now), bar, curve_text(row.terms.curve), _LETTER[row.light], *moved])
    headings = ["Indicator", "Now", "0% to 100%", "Pays at", "Light", *(["Since", "Year"] if board.publication is None else [])]
    page.table(headings, rows, left=(0, *range(2, len(headings))), style=_light)


def _months(page: Page, board: Dashboard) -> None:
    points = board.rows[0].points if board.rows else ()
    headings = ["Indicator", *(_month_name(p.month) for p in points)]
    rows = [[row.indicator, *(_month(row, p) for p in row.points)] for row in board.rows]
    page.split_table(headings, rows, title="Month by month")


def _month(row: Row, point: MonthPoint) -> str:
    marks = _marks(point.lacking, point.withheld)
    return (f"{rate(point.achievement, row.terms.curve)}" if point.achievement is not None else "–") + marks


def _variation(page: Page, board: Dashboard, row: Row) -> None:
    """Practices against the limits of chance, in the order of their codes, with their year; month by month where there is room."""
    alone = board.publication is not None  # a published board shows its month alone
    roomy = page.width >= 90 + 8 * len(row.points) and not alone
    rows = []
    for p in row.practices:
        count = p.count
        lacking = _marks(count.missing, count.withheld)
        own = rate(count.achievement, row.terms.curve) + lacking if count.eligible > 0 else p.against + (f" {lacking}" if lacking else "")
        own = "*" if p.against == "withheld" else own
        expected = _by_chance(p)
        name = f"{count.practice} {board.members.practices[count.practice].name}"
        rates = [c.achievement if c else None for c in p.trend]
        year = [rate(r, row.terms.curve) if r is not None else "–" for r in rates] if roomy else [] if alone else [page.spark(rates)]
        rows.append([name, f"{count.numerator:,}/{count.eligible:,}", own, expected, _AGAINST.get(p.against, "–"), *year])
    months = [_month_name(p.month) for p in row.points] if roomy else [] if alone else ["Year"]
    headings = ["Practice", "Patients", "Own", "By chance", "Against", *months]
    left = (0, 4) if roomy or alone else (0, 4, 5)
    page.table(headings, rows, title=f"{row.indicator} {row.terms.title}", left=left, fold=(0,))


def _by_chance(p: PracticePoint) -> str:
    """`133–197`: the patients to expect."""
    if p.low is None or p.high is None:
        return "–"
    return "*" if p.low is WITHHELD else f"{p.low:,}–{p.high:,}"


def _month_name(month: int) -> str:
    """`Apr 09`"""
    return f"{MONTH_NAMES[month % 12]} {month // 12 % 100:02d}"


def _marks(missing: int, withheld: int) -> str:
    """`m` where counts are missing, `w` where some are withheld."""
    return ("m" if missing else "") + ("w" if withheld else "")


_AGAINST = {"within": "within chance", "above": "above chance", "below": "below chance", "withheld": "*"}


def _practice(page: Page, board: Dashboard) -> None:
    """One practice beside its network."""
    code = board.practice or ""
    page.text(f"{code} {board.members.practices[code].name}, in {_named(board.network or board.rows[0].network, board.members)}", "bold")
    _tracks(page, board)
    rows = []
    for row in board.rows:
        p = row.practices[0] if row.practices else None
        expected = _by_chance(p) if p else "–"
        counted = f"{row.now.numerator:,}/{row.now.eligible:,}"
        against = _AGAINST.get(p.against, p.against) if p else "no counts"
        rows.append([row.indicator, counted, _achieved(row, row.now), rate(row.network_achievement, row.terms.curve), expected, against])
    page.table(["Indicator", "Patients", "Own", "Network", "By chance", "Against"], rows, left=(0, 5))
    if board.publication is None:
        _months(page, board)
    page.text("The network is paid for what all its practices achieve together; a light says what this practice's own rate would earn.")


def _money(page: Page, board: Dashboard, money: dict[str, ToDate]) -> None:
    """The money so far, if the year ended with the month."""
    adjusted = any(t.adjustments for t in money.values())
    rows = []
    for t in list(money.values())[:MOST_ROWS]:
        mark = "" if t.known else " *"
        cells = [t.upfront, t.available, t.earned, *([t.adjustments] if adjusted else []), t.payable]
        rows.append([_named(t.network, board.members) + mark, *("–" if pence is None else grouped(pence) for pence in cells)])
    headings = ["Network", "Upfront", "Available", "Earned", *(["Adjustments"] if adjusted else []), "Payable"]
    quarters = board.quarter.to_date
    span = str(quarters[0]) if len(quarters) == 1 else f"{quarters[0]} to Q{quarters[-1].number}"
    page.table(headings, rows, title=f"If the year ended today: payment for {span}", fold=(0,))
    said: dict[str, list[str]] = {}
    for t in money.values():
        for proviso in t.provisos:
            said.setdefault(proviso, []).append(t.network)
    for proviso, networks in list(said.items())[:MOST_ROWS]:
        whose = "" if len(networks) == len(money) else f"{', '.join(networks[:12])}: "
        page.text(f"{'* ' if any(not money[n].known for n in networks) and 'cannot be settled' in proviso else ''}{whose}{proviso}")


def _legend(page: Page, board: Dashboard) -> None:
    up, down = ("+", "-") if page.plain else ("▲", "▼")
    if board.publication is None:
        page.text(
            f"G pays in full, A in part, R nothing. {up} better, {down} worse, = level with the month before. m counts missing, w withheld."
        )
    else:
        page.text(
            "G pays in full, A in part, R nothing, * is not said. m counts missing. Earlier months are left out: a difference between two is a count too."
        )
    if any(row.practices for row in board.rows) and board.network is not None:
        page.text("By chance: the patients to expect in all but 1 of 500 months if the practice were like its network (99.8% limits).")


# share-out


def show_share(out: ShareOut) -> None:
    """Each practice's part of a network's payment."""
    page, members = Page(), out.settlement.members
    show_head(page, out.settlement.contract, f"{out.settlement.period} · {out.settlement.state}")
    page.text(f"{_named(out.network, members)}: {grouped(out.received)} shared by {_base(out)}", "bold")
    weighed = len(out.pots) == 1 and out.pots[0].by not in (STATED, "equal parts")
    columns = _columns(out, page.width)
    headings = ["Practice", "Months", *(["Weight"] if weighed else []), "Part", *columns, "Amount"]
    whole = 1 if out.pots[0].by == STATED else sum(share.weights[0] for share in out.shares)
    rows = []
    for share in out.shares:
        part = share.weights[0] / whole if len(out.pots) == 1 else out.part(share)
        weight = [decimal(share.weights[0], 2, group=True)] if weighed else []
        amounts = [grouped(sum(share.parts[i] for i in pots)) for pots in columns.values()]
        name = f"{share.practice} {share.name}"
        rows.append([name, str(share.months), *weight, "–" if part is None else percent(part, 2), *amounts, grouped(share.amount)])
    blank = [""] if weighed else []
    if out.kept:
        kept = 1 - sum((share.weights[0] for share in out.shares), ZERO) if len(out.pots) == 1 else Fraction(out.kept, out.received)
        rows.append([f"{out.network} keeps", "", *blank, percent(kept, 2), *("" for _ in columns), grouped(out.kept)])
    sums = [grouped(sum(out.pots[i].pence for i in pots)) for pots in columns.values()]
    page.table(headings, rows, total=["Total", "", *blank, "", *sums, grouped(out.received)], fold=(0,))
    bases: dict[str, list[str]] = {}
    for pot in out.pots if len(out.pots) > 1 else ():
        bases.setdefault(pot.by, []).append(pot.what)
    for by, what in bases.items():
        page.text(f"{', '.join(what)}: by {by}")
    for words in out.notes:
        page.text(words)
    page.text(
        "Each part is rounded down to the penny and the pence left over go to the largest remainders: the parts add up to the payment."
    )


def _columns(out: ShareOut, width: int) -> dict[str, list[int]]:
    """The pots by heading: each its own column where there is room, else all that was earned together."""
    if len(out.pots) == 1:
        return {}
    if 50 + 11 * len(out.pots) <= width:
        return {pot.what: [i] for i, pot in enumerate(out.pots)}
    columns: dict[str, list[int]] = {}
    for i, pot in enumerate(out.pots):
        columns.setdefault(pot.what if pot.what in ("upfront", "adjustments") else "earned", []).append(i)
    return columns


def _base(out: ShareOut) -> str:
    return out.pots[0].by if len(out.pots) == 1 else "contribution"
