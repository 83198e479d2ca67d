"""Shortfall, dashboard and share-out as CSV and JSON, in the manner of `tables`: money as decimal text, exact fractions, nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from p4p.boards.dashboard import Dashboard, MonthPoint, PracticePoint, Row
from p4p.boards.missed import fate, reason
from p4p.boards.share import ShareOut
from p4p.boards.shortfall import Missed, PracticePart, Reach, Shortfall, Waiting
from p4p.boards.to_date import ToDate
from p4p.counts.members import Source
from p4p.counts.suppress import Publication
from p4p.language.contract import Contract
from p4p.numbers.money import plain
from p4p.numbers.period import month_text
from p4p.numbers.withheld import WITHHELD
from p4p.screens.tables import fraction, head, inputs_json, json_text, publication_json, published_csv, rows_csv
from p4p.settling.evidence import PracticeCount
from p4p.settling.settlement import STATE


def _document(contract: Contract, period: object, sources: Iterable[Source], publication: Publication | None, **content: Any) -> str:
    said = head(contract, period, STATE) | publication_json(publication)
    return json_text(said | content | {"inputs": inputs_json(sources)})


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _pounds(pence: Fraction | None) -> Fraction | None:
    return None if pence is None else pence / 100


# shortfall

SHORTFALL_COLUMNS = (
    "period", "payee", "name", "package", "indicator", "title", "practice", "practice_name", "standing", "numerator", "denominator", "excluded",
    "achievement", "left", "still_open", "destination", "next_threshold", "next_patients", "next_gain", "next_per_patient", "best_threshold",
    "best_patients", "best_gain", "best_per_patient",
)  # fmt: skip


def shortfall_csv(found: Shortfall) -> str:
    """A row for each line, the most money left first, with `practice` empty; below it a row for each practice with its part of the patients.

    Money stands on the rows without a practice only, so `left` adds up.
    """
    members = found.settlement.members
    rows: list[tuple[Any, ...]] = []
    for m in found.missed:
        line = m.line
        named = (str(line.quarter), line.network, members.networks[line.network], line.package, line.indicator, line.terms.title)
        counts = (line.numerator, line.denominator, line.excluded, fraction(line.achievement))
        money = (plain(m.left), plain(m.still_open), m.destination)
        rows.append((*named, "", "", m.standing, *counts, *money, *reach_cells(m.nearest), *reach_cells(m.best)))
        for part in m.practices:
            c = part.count
            own = (c.practice, members.practices[c.practice].name, _state(c), *_counts(c))
            to = (("" if n is None else n) for n in (part.to_nearest, part.to_best))
            nearest, best = ((str(r.threshold) if r else "", n, "", "") for r, n in zip((m.nearest, m.best), to, strict=True))
            rows.append((*named, *own, "", "", "", *nearest, *best))
    return published_csv(rows_csv(SHORTFALL_COLUMNS, rows), found.settlement.publication(found.network, True))


def _counts(c: PracticeCount) -> tuple[int, int, int, str]:
    return c.numerator, c.denominator, c.excluded, fraction(c.achievement)


def _state(c: PracticeCount) -> str:
    if c.numerator is WITHHELD:
        return "withheld"
    return "counts missing" if c.missing else "counts withheld" if c.withheld else "counted" if c.eligible > 0 else "no patients"


def reach_cells(reach: Reach | None) -> tuple[Any, ...]:
    """A threshold, the patients to it, what they gain and pounds for each, as cells of CSV."""
    if reach is None:
        return ("", "", "", "")
    patients = "" if reach.patients is None else reach.patients
    return str(reach.threshold), patients, "" if reach.gain is None else plain(reach.gain), fraction(_pounds(reach.per_patient))


def shortfall_json(found: Shortfall) -> str:
    """What was left on the table: totals, every line with its thresholds and practices, and the lines judged later."""
    s = found.settlement
    sums = {"networks": found.by_network, "packages": found.by_package, "indicators": found.by_indicator}
    return _document(
        s.contract,
        s.period,
        (*s.members.sources, *s.activity.sources),
        s.publication(found.network, True),
        left=plain(found.left),
        still_open=plain(found.still_open),
        destinations={k: plain(v) for k, v in found.destinations.items()},
        **{
            name: [{name[:-1]: code, "left": plain(left), "still_open": plain(open_)} for code, (left, open_) in by.items()]
            for name, by in sums.items()
        },
        lines=[_missed(found, m) for m in found.missed],
        judged_later=[_waiting(w) for w in found.waiting],
    )


def _missed(found: Shortfall, m: Missed) -> dict[str, Any]:
    line = m.line
    return {
        "payee": line.network,
        "name": found.settlement.members.networks[line.network],
        "package": line.package,
        "indicator": line.indicator,
        "title": line.terms.title,
        "standing": m.standing,
        "numerator": line.numerator,
        "denominator": line.denominator,
        "excluded": line.excluded,
        "achievement": _exact(line.achievement),
        "available": plain(line.available),
        "earned": plain(line.earned),
        "shortfall": plain(line.shortfall),
        "left": plain(m.left),
        "from_earlier": plain(m.from_earlier),
        "still_open": plain(m.still_open),
        "quarters_left": [str(q) for q in m.quarters_left],
        "destination": m.destination or None,
        "next": reach_json(m.nearest),
        "best": reach_json(m.best),
        "reason": reason(m),
        "fate": fate(m) or None,
        "practices": [_part(found, part) for part in m.practices],
    }


def reach_json(reach: Reach | None) -> dict[str, Any] | None:
    """The same as JSON."""
    if reach is None:
        return None
    gain = None if reach.gain is None else plain(reach.gain)
    per_patient = _exact(_pounds(reach.per_patient))
    return {"threshold": str(reach.threshold), "patients": reach.patients, "gain": gain, "per_patient": per_patient}


def _part(found: Shortfall, part: PracticePart) -> dict[str, Any]:
    c = part.count
    return _practice_counts(c, found.settlement.members.practices[c.practice].name) | {
        "outstanding": part.outstanding,
        "to_next": part.to_nearest,
        "to_best": part.to_best,
        "on_its_own": part.on_its_own,
        "points": _exact(part.points),
        "moves": _exact(part.moves),
    }


def _practice_counts(c: PracticeCount, name: str) -> dict[str, Any]:
    return {
        "practice": c.practice,
        "name": name,
        "numerator": c.numerator,
        "denominator": c.denominator,
        "excluded": c.excluded,
        "missing": c.missing,
        "withheld": c.withheld,
        "achievement": _exact(c.achievement),
    }


def _waiting(w: Waiting) -> dict[str, Any]:
    return {
        "payee": w.network,
        "package": w.package,
        "indicator": w.indicator,
        "at_stake": plain(w.at_stake),
        "numerator": w.numerator,
        "eligible": w.eligible,
        "achievement": _exact(w.achievement),
        "next": str(w.threshold) if w.threshold else None,
        "patients": w.patients,
        "reported": w.reported,
    }


# dashboard

DASHBOARD_COLUMNS = (
    "month", "payee", "name", "practice", "package", "indicator", "title", "numerator", "eligible", "achievement", "missing", "withheld",
    "light", "share", "since", "against", "chance_low", "chance_high",
)  # fmt: skip


def dashboard_csv(board: Dashboard) -> str:
    """A row for each network, indicator and month, with `practice` empty, and for each practice; in the dashboard's month also what it would pay."""
    rows: list[tuple[Any, ...]] = []
    for row in board.rows:
        name = board.members.networks[row.network]
        for point in row.points:
            now = point is row.now
            own = row.practices[0] if board.practice and now and row.practices else None
            judged = (row.light, fraction(row.share), row.since) if now else ("", "", "")
            key = (month_text(point.month), row.network, name, board.practice or "", row.package, row.indicator, row.terms.title)
            rows.append((*key, *_point_cells(point), *judged, *_against_cells(own)))
        for p in row.practices if board.practice is None else ():
            for point, c in zip(row.points, p.trend, strict=True):
                if c is not None:
                    key = (month_text(point.month), row.network, name, c.practice, row.package, row.indicator, row.terms.title)
                    counts = (c.numerator, c.eligible, fraction(c.achievement), c.missing, c.withheld)
                    rows.append((*key, *counts, "", "", "", *_against_cells(p if point is row.now else None)))
    return published_csv(rows_csv(DASHBOARD_COLUMNS, rows), board.publication)


def _point_cells(point: MonthPoint) -> tuple[Any, ...]:
    return point.numerator, point.eligible, fraction(point.achievement), point.lacking, point.withheld


def _against_cells(p: PracticePoint | None) -> tuple[Any, ...]:
    return ("", "", "") if p is None else (p.against, "" if p.low is None else p.low, "" if p.high is None else p.high)


def dashboard_json(board: Dashboard, money: dict[str, ToDate]) -> str:
    """The dashboard: every row with its months, its practices against the limits of chance, and the money so far by network."""
    return _document(
        board.contract,
        board.quarter,
        (*board.members.sources, *board.activity.sources),
        board.publication,
        month=month_text(board.month),
        network=board.network,
        practice=board.practice,
        rows=[_row(board, row) for row in board.rows],
        to_date=[
            {
                "payee": t.network,
                "upfront": plain(t.upfront),
                "available": plain(t.available),
                "earned": None if t.earned is None else plain(t.earned),
                "adjustments": None if t.adjustments is None else plain(t.adjustments),
                "payable": None if t.payable is None else plain(t.payable),
                "known": t.known,
                "provisos": list(t.provisos),
            }
            for t in money.values()
        ],
    )


def _row(board: Dashboard, row: Row) -> dict[str, Any]:
    return {
        "payee": row.network,
        "name": board.members.networks[row.network],
        "package": row.package,
        "indicator": row.indicator,
        "title": row.terms.title,
        "thresholds": [str(t) for t in row.terms.curve.thresholds()],
        "light": row.light,
        "share": _exact(row.share),
        "since": row.since,
        "network_achievement": _exact(row.network_achievement),
        "months": [
            {
                "month": month_text(p.month),
                "numerator": p.numerator,
                "eligible": p.eligible,
                "achievement": _exact(p.achievement),
                "missing": p.lacking,
                "withheld": p.withheld,
                "reported": p.reported,
            }
            for p in row.points
        ],
        "practices": [
            _practice_counts(p.count, board.members.practices[p.count.practice].name)
            | {
                "against": p.against,
                "chance_low": p.low,
                "chance_high": p.high,
                "months": [None if c is None else {"numerator": c.numerator, "eligible": c.eligible} for c in p.trend],
            }
            for p in row.practices
        ],
    }


# share-out

SHARE_COLUMNS = ("period", "payee", "practice", "name", "months", "what", "by", "weight", "amount")


def share_csv(out: ShareOut) -> str:
    """A row for each practice and part of the payment, and what the network keeps; `amount` adds up to what was received."""
    period = str(out.settlement.period)
    rows: list[tuple[Any, ...]] = []
    for share in out.shares:
        for pot, weight, pence in zip(out.pots, share.weights, share.parts, strict=True):
            rows.append((period, out.network, share.practice, share.name, share.months, pot.what, pot.by, fraction(weight), plain(pence)))
    if out.kept:
        rows.append((period, out.network, "", "", "", "kept by the network", "", "", plain(out.kept)))
    return rows_csv(SHARE_COLUMNS, rows)


def share_json(out: ShareOut) -> str:
    """The share-out: what was received, its parts by base, each practice's amount, what the network keeps."""
    s = out.settlement
    return _document(
        s.contract,
        s.period,
        (*s.members.sources, *s.activity.sources),
        None,
        payee=out.network,
        by=out.by,
        received=plain(out.received),
        pots=[{"what": pot.what, "amount": plain(pot.pence), "by": pot.by} for pot in out.pots],
        practices=[
            {
                "practice": share.practice,
                "name": share.name,
                "months": share.months,
                "weights": [str(w) for w in share.weights],
                "parts": [plain(p) for p in share.parts],
                "amount": plain(share.amount),
            }
            for share in out.shares
        ],
        kept=plain(out.kept),
        notes=list(out.notes),
    )
