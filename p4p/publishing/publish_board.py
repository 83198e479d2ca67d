"""A dashboard as it may be published: its month alone, with what a rule withholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from p4p.boards.dashboard import Dashboard, MonthPoint, PracticePoint, Row, dashboard, limits
from p4p.boards.to_date import ToDate, to_date
from p4p.counts.suppress import Pattern, Rule
from p4p.language.contract import SharedAmongEarners
from p4p.numbers.withheld import WITHHELD
from p4p.publishing.publish import count_shown, line_pattern, publication_of, rate_shown, row_of, unjudged, unsigned
from p4p.settling.evidence import practice_evidence


def published_board(board: Dashboard, rule: Rule) -> tuple[Dashboard, dict[str, ToDate]]:
    """A dashboard as it may be published, and the money so far (none for a single practice).

    Only the month itself is shown: the difference between two months is a count of its own, and so is whether a rate rose.
    """
    whole = board if board.practice is None else dashboard(board.contract, board.members, board.activity, board.month, board.network)
    patterns = {(row.network, row.indicator): _board_pattern(row, rule) for row in whole.rows}
    unpaid = {key for key, p in patterns.items() if not p.money}
    for quarter in board.quarter.to_date[:-1]:
        before = practice_evidence(board.contract, board.members, board.activity, quarter)
        unpaid |= {key for key, counts in before.items() if not unjudged(board.contract, rule, key[1], counts).money}
    rows = tuple(_board_row(row, other, rule, patterns[row.network, row.indicator], board.practice) for row, other in _pairs(board, whole))
    money = {} if board.practice else to_date(board)
    packages = [board.contract.packages[board.contract.indicators[i][0]].performance for _, i in unpaid]
    shared = any(p is not None and isinstance(p.unearned, SharedAmongEarners) for p in packages)
    shown = {network: _to_date(t, any(n == network for n, _ in unpaid), shared) for network, t in money.items()}
    amounts = 0 if board.practice else sum(1 for key in unpaid if key[0] in money)
    publication = publication_of(rule, patterns, amounts, board.network is not None)
    sources = (
        replace(board.activity, sources=unsigned(board.activity.sources)),
        replace(board.members, sources=unsigned(board.members.sources)),
    )
    return replace(board, rows=rows, activity=sources[0], members=sources[1], publication=publication), shown


def _pairs(board: Dashboard, whole: Dashboard) -> Iterator[tuple[Row, Row]]:
    """Each row with the row of its network."""
    of = {(row.network, row.indicator): row for row in whole.rows}
    return ((row, of[row.network, row.indicator]) for row in board.rows)


def _board_pattern(row: Row, rule: Rule) -> Pattern:
    counts, now = [p.count for p in row.practices], row.now
    excluded = sum(c.excluded for c in counts)
    lacking = bool(now.lacking and row.performance.missing_data == "pays nothing")
    lacking = lacking or bool(now.withheld and row.performance.withheld == "pays nothing")
    return line_pattern(rule, row.performance, row.terms, counts, row_of(now.numerator, now.eligible, excluded), lacking)


def _board_row(row: Row, whole: Row, rule: Rule, found: Pattern, practice: str | None) -> Row:
    """A row's month as it may be shown. A practice's own row is shown where its counts are, and where its network's are not small."""
    hidden = not found.open if practice is None else practice in found.hidden or not found.open
    light = row.light if found.money and (practice is None or not hidden) else "withheld"
    point = _point(row, row.now, rule, hidden)
    network = (
        WITHHELD if not found.open else rate_shown(rule, row.performance, whole.now.numerator, whole.now.eligible, whole.now.achievement)
    )
    practices = tuple(_against(p, whole, rule, p.count.practice in found.hidden) for p in row.practices)
    share = row.share if light != "withheld" else WITHHELD
    return replace(row, points=(point,), light=light, share=share, since="unknown", practices=practices, network_achievement=network)


def _point(row: Row, now: MonthPoint, rule: Rule, hidden: bool) -> MonthPoint:
    if hidden:
        return replace(now, numerator=WITHHELD, eligible=WITHHELD, achievement=WITHHELD)
    shown = rate_shown(rule, row.performance, now.numerator, now.eligible, now.achievement)
    return (
        replace(now, numerator=rule.shown(now.numerator), eligible=rule.shown(now.eligible), achievement=shown) if rule.nearest > 1 else now
    )


def _against(p: PracticePoint, whole: Row, rule: Rule, hidden: bool) -> PracticePoint:
    """A practice against the limits of chance, all of it on counts as they are published."""
    count = count_shown(rule, p.count, hidden)
    if hidden:
        return PracticePoint(count, "withheld", WITHHELD, WITHHELD, (count,))
    if rule.nearest <= 1 or p.low is None:
        return replace(p, count=count, trend=(count,))
    low, high = limits(count.eligible, rule.shown(whole.now.numerator), rule.shown(whole.now.eligible))
    return PracticePoint(count, "below" if count.numerator < low else "above" if count.numerator > high else "within", low, high, (count,))


def _to_date(t: ToDate, unpaid: bool, shared: bool) -> ToDate:
    """The money so far: what was earned is withheld with a line of it, and what was shared among networks with a line of any."""
    if not t.known:
        return t
    return replace(t, earned=WITHHELD if unpaid else t.earned, adjustments=WITHHELD if shared else t.adjustments)
