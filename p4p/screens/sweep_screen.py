"""Sweeps, draws and forecasts as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from p4p.numbers.exact import decimal, how_many
from p4p.numbers.money import grouped, signed
from p4p.screens.page import Page
from p4p.screens.screen import MOST_ROWS, show_head
from p4p.settling.settlement import Settlement
from p4p.whatif.chance import LIMITS, Chance, Outlook
from p4p.whatif.forecast import Expectation, Forecast
from p4p.whatif.sweep import Sweep

#: A grid of totals has at most so many rows and columns; all of them are in the CSV.
MOST_CELLS = (25, 12)

#: A table of chances has at most so many cells.
MOST_CHANCES = 240

TODAY = " (today)"


def show_sweep(found: Sweep) -> None:
    """What a sweep does: a row for each value and a chart; a grid of totals for two parameters; the extremes for more."""
    page = Page()
    _heading(page, found.settlement, f"{found.size:,} points")
    for axis in found.axes:
        last = len(axis.values) - 1
        words = f"{axis.words(0)} to {axis.words(last)}" if last else axis.words(0)
        page.text(f"Swept     {axis.path}: {words}, {last + 1:,} value{'s' if last else ''}")
    page.text(f"Today     pays {grouped(found.settlement.totals.payable)}")
    page.text()
    if len(found.axes) == 1:
        _one_axis(page, found)
    elif len(found.axes) == 2:
        _two_axes(page, found)
    _extremes(page, found)
    if not found.every_network:
        page.text(f"{found.size:,} points x {len(found.networks):,} networks are too many rows: files hold the totals of every point")


def _one_axis(page: Page, found: Sweep) -> None:
    axis, totals, today = found.axes[0], found.totals, found.settlement.totals.payable
    shown = _evenly(len(axis.values), MOST_ROWS, found.today_on(0))
    rows = []
    for i in shown:
        row = [_label(found, 0, i), grouped(int(totals["payable"][i])), signed(int(totals["payable"][i]) - today)]
        rows.append(row + [_who(found, name, i) for name in ("worst", "best")])
    page.table(["Value", "Pays", "Difference", "Worst for", "Best for"], rows, title=axis.path)
    _left_out(page, len(axis.values), len(shown))
    page.text("What it pays in all", "bold")
    most = int(totals["payable"].max())
    width = max(len(_label(found, 0, i)) for i in shown)
    for i in shown:
        page.text(f"{_label(found, 0, i):<{width}}  {page.bar(int(totals['payable'][i]), most, 40)}".rstrip())
    page.text()


def _two_axes(page: Page, found: Sweep) -> None:
    down, across = (_evenly(len(a.values), most, found.today_on(n)) for n, (a, most) in enumerate(zip(found.axes, MOST_CELLS, strict=True)))
    wide = len(found.axes[1].values)
    rows = [[_label(found, 0, i), *(grouped(int(found.totals["payable"][i * wide + j])) for j in across)] for i in down]
    page.text(f"Pays in all; down {found.axes[0].path}, across {found.axes[1].path}", "bold")
    page.split_table(["", *(_label(found, 1, j) for j in across)], rows)
    _left_out(page, found.size, len(down) * len(across))


def _extremes(page: Page, found: Sweep) -> None:
    """The points that matter most to someone at the table."""
    totals, today = found.totals, found.settlement.totals.payable
    pays, worst, best = totals["payable"], totals["worst"], totals["best"]
    picks = [
        ("Pays least", int(pays.argmin()), ""),
        ("Pays most", int(pays.argmax()), ""),
        ("Worst for a network", int(worst.argmin()), "worst"),
        ("Best for a network", int(best.argmax()), "best"),
    ]
    rows = []
    for words, point, name in picks:
        network = _who(found, name, point) if name else ""
        rows.append([words, " · ".join(found.words(point)), grouped(int(pays[point])), signed(int(pays[point]) - today), network])
    page.table(["", "At", "Pays", "Difference", "Network"], rows, title="The ends of it", left=(0, 1))


def _who(found: Sweep, end: str, point: int) -> str:
    """Which network is worst or best off at a point, and by how much; nothing where no network gains or loses."""
    pence = int(found.totals[end][point])
    return f"{found.networks[int(found.totals[f'{end}_network'][point])]} {signed(pence)}" if pence else "–"


def _label(found: Sweep, axis: int, i: int) -> str:
    return found.axes[axis].words(i) + (TODAY if found.today_on(axis) == i else "")


def _evenly(count: int, most: int, keep: int | None) -> list[int]:
    """At most so many positions, evenly spaced, the first and last among them, and one that must be."""
    if count <= most:
        return list(range(count))
    chosen = {i * (count - 1) // (most - 1) for i in range(most)}
    return sorted(chosen | ({keep} if keep is not None else set()))


def _left_out(page: Page, count: int, shown: int) -> None:
    if shown < count:
        page.text(f"{shown:,} of {count:,} points; all of them: --format csv --output FILE")
        page.text()


def _heading(page: Page, settlement: Settlement, words: str) -> None:
    show_head(page, settlement.contract, f"{settlement.period} · {words}")


# draws


def show_chance(found: Chance) -> None:
    """The spread of payments under each scenario, the chance of each threshold, and what the draws do not know."""
    page = Page()
    _heading(page, found.settlement, f"{found.n:,} draws, seed {found.seed}")
    _commissioner(page, found)
    for outlook in found.outlooks:
        _payments(page, outlook)
    _thresholds(page, found)
    page.text(f"Prior     each practice's achievement leans on its network's by {decimal(found.prior, 6)} patients")
    for limit in LIMITS:
        page.text(f"Limits    {limit}")


def _commissioner(page: Page, found: Chance) -> None:
    rows = []
    for o in found.outlooks:
        t = o.total
        rows.append([o.name, *map(grouped, (t.counted, t.low, t.median, t.high, t.held_back))])
    headings = ["Scenario", "As counted", "5th", "Median", "95th", "Hold back"]
    page.table(headings, rows, title="In all: accrue the median, hold back up to the 95th percentile")


def _payments(page: Page, outlook: Outlook) -> None:
    codes = list(outlook.networks)[:MOST_ROWS]
    rows = [[c, *map(grouped, (s.counted, s.low, s.median, s.high))] for c in codes for s in (outlook.networks[c],)]
    page.table(["Network", "As counted", "5th", "Median", "95th"], rows, title=f"Payable: {outlook.name}")
    if len(outlook.networks) > len(codes):
        page.text(f"{how_many(len(outlook.networks) - len(codes), 'more network')} in the total; all of them: --format csv --output FILE")
        page.text()


def _thresholds(page: Page, found: Chance) -> None:
    """A row for each threshold that chance decides, a column for each network, of the period's last quarter; once for scenarios that share them."""
    told: list[list[list[str]]] = []
    for outlook in found.outlooks:
        last = max((r.quarter for r in outlook.reached), default=None)
        here = [r for r in outlook.reached if r.quarter == last]
        codes = list(dict.fromkeys(r.network for r in here))
        every = dict.fromkeys((r.indicator, str(r.threshold)) for r in here)
        by_chance = {(r.indicator, str(r.threshold)) for r in here if 0 < r.times < found.n}
        cell = {(r.network, r.indicator, str(r.threshold)): _chance(found.chance(r)) for r in here}
        rows = [
            [f"{iid} {threshold}", *(cell.get((c, iid, threshold), "–") for c in codes)]
            for iid, threshold in every
            if (iid, threshold) in by_chance
        ]
        if rows in told or not here:
            continue
        told.append(rows)
        under = f": {outlook.name}" if len(found.outlooks) > 1 else ""
        certain = len(every) - len(by_chance)
        if len(codes) * len(rows) > MOST_CHANCES:
            page.text(f"{len(rows):,} thresholds that chance decides{under}: their chances by network are in --format csv --output FILE")
        elif rows:
            page.split_table(["Threshold", *codes], rows, title=f"Chance of reaching each threshold in {last}{under}")
        if certain:
            page.text(f"Certain   {certain:,} threshold{'s' if certain > 1 else ''} that every network reaches in every draw, or in none")
    page.text()


def _chance(part: Fraction) -> str:
    """A chance in whole percent; what is not certain is never shown as 0% or 100%."""
    if part in (0, 1):
        return "100%" if part else "0%"
    percent = (part * 100 + Fraction(1, 2)).__floor__()
    return "<1%" if percent < 1 else ">99%" if percent > 99 else f"{percent}%"


# forecasts


def show_forecast(found: Forecast) -> None:
    """The year as it stands and as it is expected, by network."""
    page = Page()
    drawn = f", {found.n:,} draws, seed {found.seed}" if found.outlook else ""
    _heading(page, found.settlement, f"forecast: {found.method}{drawn}")
    past, rest = (_quarters(qs) for qs in (found.complete, found.rest))
    page.text(
        f"Settled   {past}: complete in the files"
        + (f"; {found.begun} of 3 months of Q{found.rest[0].number} begun" if found.begun else "")
    )
    page.text(f"Expected  {rest}: {_BY[found.method]}")
    page.text()
    codes = list(found.networks)[:MOST_ROWS]
    page.table(
        ["Network", "Settled", "Expected", "Year"],
        [[c, *_paid(found.networks[c])] for c in codes],
        title="What is paid and what is expected",
        total=["Total", *_paid(found.total)],
    )
    page.table(
        ["Network", "To accrue", "Undecided", "To catch up"],
        [[c, *_open(found.networks[c])] for c in codes],
        title="What is open",
        total=["Total", *_open(found.total)],
    )
    if len(found.networks) > len(codes):
        page.text(f"{how_many(len(found.networks) - len(codes), 'more network')} in the total; all of them: --format csv --output FILE")
    if found.outlook:
        spreads = {**{c: e.spread for c, e in list(found.networks.items())[:MOST_ROWS]}}
        rows = [[c, *map(grouped, (s.low, s.median, s.high))] for c, s in spreads.items() if s]
        t = found.outlook.total
        page.table(
            ["Network", "5th", "Median", "95th"],
            rows,
            title="The year in the draws",
            total=["Total", *map(grouped, (t.low, t.median, t.high))],
        )
        page.text(f"Hold back {grouped(t.held_back)} beyond the median: enough in 19 of 20 draws")
        for limit in LIMITS:
            page.text(f"Limits    {limit}")
    for words in _MEANING:
        page.text(words)


_BY = {
    "run-rate": "the achievement of the year so far continues",
    "last-year": "counts move as they did last year",
    "draws": "the run rate, patients drawn again",
}

_MEANING = (
    "To accrue    of the quarter that has begun, the expected payment for its months that have passed",
    "Undecided    money of the quarters to come that must still be earned",
    "To catch up  money missed so far that a later quarter can still earn",
)


def _quarters(quarters: Sequence[object]) -> str:
    return str(quarters[0]) if len(quarters) == 1 else f"{quarters[0]} to {quarters[-1]}"


def _paid(e: Expectation) -> list[str]:
    return [grouped(p) for p in (e.settled, e.rest, e.year)]


def _open(e: Expectation) -> list[str]:
    return [grouped(p) for p in (e.accrual, e.undecided, e.to_catch_up)]
