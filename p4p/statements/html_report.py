"""One page for the table: payments, achievement, practices and, with scenarios, the split as a slider. It opens from a mail attachment, with no network.

The page is `report.html`, always the same; the figures stand in it as JSON, one record a line, and its script only looks them up and writes them with
`textContent`. Every amount is text made here, every chart a list of whole-number shapes. A content security policy lets no other script run and nothing
be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import insort
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO

from p4p.numbers.exact import ZERO, percent
from p4p.numbers.money import in_pounds
from p4p.numbers.period import long_date
from p4p.numbers.withheld import WITHHELD
from p4p.screens.page import visible_name
from p4p.settling.evidence import PracticeCount
from p4p.settling.settlement import AMOUNTS, Totals
from p4p.statements.charts import Achieved, Bar, Chart, Mark, Rate, Rect, Stroke, Words, bands, variation, waterfall
from p4p.statements.statement import Cover, Result, Statement, list_words
from p4p.whatif.splits import Slider
from p4p.whatif.whatif import Outcome

PAGE = Path(__file__).with_name("report.html")

#: The chart of one indicator shows at most so many networks: those furthest from earning in full.
MOST_NETWORKS = 60


class Report:
    """The page, written as statements come: `add` each, then `close`."""

    def __init__(self, stream: TextIO, cover: Cover) -> None:
        self.stream, self.cover = stream, cover
        head, self.foot = page()
        self.indicators: dict[str, Result] = {}
        self.achieved: dict[str, list[tuple[Fraction, Fraction, int, Achieved]]] = {}
        self.rates: dict[str, list[tuple[str, PracticeCount]]] = {}
        self.networks = 0
        stream.write(head)
        self._record(_cover(cover), first=True)

    def add(self, statement: Statement) -> None:
        """A network's figures and charts."""
        results = statement.results
        self.networks += 1
        for r in results:
            self.indicators.setdefault(r.line.indicator, r)
            least = self.achieved.setdefault(r.line.indicator, [])
            known = r.line.achievement is not WITHHELD  # where a withheld one stood among the others would tell how large it is
            rank = (r.line.share, r.line.achievement or ZERO) if known and r.line.share is not WITHHELD else (Fraction(2), ZERO)
            insort(least, (*rank, self.networks, _achieved(statement.network, r)))
            del least[MOST_NETWORKS:]
            self.rates.setdefault(r.line.indicator, []).extend((statement.network, count) for count in r.missed.counts)
        label = f"Achievement of {statement.network} against thresholds"
        self._record(
            {
                "kind": "network",
                "code": statement.network,
                "name": statement.name,
                "totals": _totals(statement.totals),
                "waterfall": payments(statement),
                "bands": shapes(bands([_achieved(r.line.indicator, r) for r in results], label)),
                "steps": [[s.what, s.how, in_pounds(s.amount) if s.paid else ""] for s in statement.steps],
                "lines": [_line(r) for r in results],
            }
        )

    def close(self, sliders: Sequence[Slider] = (), outcomes: Sequence[Outcome] = ()) -> None:
        """The charts across networks, what-ifs, and the end of the page."""
        whole = [Bar("Upfront", self.cover.totals.upfront, "upfront"), Bar("Earned", self.cover.totals.earned, "earned")]
        if self.cover.totals.adjustments:
            whole.append(Bar("Adjustments", self.cover.totals.adjustments, "adjustment"))
        whole.append(Bar("Payable", self.cover.totals.payable, "total"))
        caught_up = any(t.shortfall < 0 for t in self.cover.by_network.values())
        chart = _waterfall(whole, "Payments of all networks")
        self._record({"kind": "all", "totals": _totals(self.cover.totals), "waterfall": chart, "caught_up": caught_up})
        for iid, found in self.achieved.items():
            some, least = self.indicators[iid], sorted((a for *_, a in found), key=lambda a: a.label)
            across = bands(least, f"{iid}: achievement of each network against thresholds")
            left = f"The {len(least)} networks that earned least of {self.networks:,}." if len(least) < self.networks else ""
            rates = [self._rate(network, count) for network, count in self.rates.pop(iid, ())]
            spread = shapes(variation(rates, some.upper, f"{iid}: practices by patients and rate, with control limits")) if rates else None
            record = {"kind": "indicator", "id": iid, "title": some.title, "asks": some.asks, "left": left}
            self._record(record | {"bands": shapes(across), "variation": spread})
        for slider in sliders:
            self._record(_slider(slider))
        for outcome in outcomes:
            self._record(_outcome(outcome))
        self.stream.write("\n]" + self.foot)

    def _rate(self, network: str, count: PracticeCount) -> Rate:
        words = f"{self.cover.practices[count.practice]}, {network}: {count.numerator:,} of {count.eligible:,}"
        return Rate(words, network, count.numerator, count.eligible)

    def _record(self, record: dict[str, Any], first: bool = False) -> None:
        self.stream.write(("[\n" if first else ",\n") + island(record))


def island(record: Any) -> str:
    """JSON that cannot end the element it stands in, whatever its texts hold."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def page() -> tuple[str, str]:
    """The page before and after its figures, with a policy that allows its own script and style and nothing else."""
    text = PAGE.read_text("utf-8")
    script, style = (text.split(f"<{tag}>")[1].split(f"</{tag}>")[0] for tag in ("script", "style"))
    policy = f"default-src 'none'; script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'"
    head, foot = text.replace("POLICY", policy, 1).split("FIGURES", 1)
    return head, foot


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def shapes(chart: Chart) -> list[Any]:
    """A chart as plain lists: width, height, label, then each shape as its letter and numbers."""
    return [chart.width, chart.height, chart.label, [_shape(s) for s in chart.shapes]]


def _shape(shape: Rect | Stroke | Mark | Words) -> list[Any]:
    match shape:
        case Rect(x, y, width, height, role):
            return ["r", role, x, y, width, height]
        case Stroke(points, role):
            return ["l", role, " ".join(map(str, points))]
        case Mark(x, y, size, role, title, group):
            return ["m", role, x, y, size, title, group]
        case Words(x, y, text, anchor, strong):
            return ["t", anchor, x, y, text, strong]


def payments(statement: Statement) -> list[Any] | None:
    """A network's payment as a waterfall: up front, then what each indicator earned, then adjustments, then what is payable; None where a part is withheld."""
    bars = [Bar(f"Upfront, {p.package}", p.upfront, "upfront") for p in statement.packages if p.upfront]
    bars += [
        Bar(r.line.indicator, r.line.earned, "earned" if r.line.earned >= 0 else "loss") for r in statement.results if r.line.terms.weight
    ]
    bars += [Bar(f"Shared, {p.package}", p.shared, "adjustment") for p in statement.packages if p.shared]
    return _waterfall([*bars, Bar("Payable", statement.totals.payable, "total")], f"Payment of {statement.network}")


def _waterfall(bars: Sequence[Bar], label: str) -> list[Any] | None:
    return None if any(bar.pence is WITHHELD for bar in bars) else shapes(waterfall(bars, label))


def _achieved(label: str, r: Result) -> Achieved:
    achievement = None if r.line.achievement is WITHHELD else r.line.achievement
    return Achieved(label, achievement, f"{r.achieved}  ({r.asks})", r.lower, r.upper, r.line.share)


def _cover(cover: Cover) -> dict[str, Any]:
    contract, *files = cover.inputs
    quarter = cover.period
    sources = [["Contract", f"{cover.contract} ({contract.file})", cover.sha256]]
    sources += [["File", f"{s.file}, {s.rows:,} rows", s.sha256] for s in files]
    sources += [["Lists", list_words(cover.lists), ""], ["Counts", f"to {long_date(cover.counts_to)}", ""]]
    return {
        "kind": "cover",
        "published": list(cover.published),
        "title": cover.title,
        "commissioner": cover.commissioner,
        "period": str(quarter),
        "dates": f"{long_date(quarter.first_day)} to {long_date(quarter.last_day)}",
        "state": cover.provisional,
        "sources": sources,
        "checks": list(cover.checks),
        "unearned": [[visible_name(words), in_pounds(pence)] for words, pence in cover.unearned],
        "query": cover.query(next(iter(cover.networks), "")),
    }


def _line(r: Result) -> list[str]:
    line = r.line
    money = in_pounds(line.available), in_pounds(line.earned), in_pounds(r.missed.left)
    becomes = f"{r.missed.destination[:1].upper()}{r.missed.destination[1:]}." if r.missed.destination else ""
    further = " ".join(filter(None, [f"Mostly at {r.where}." if r.where else "", becomes]))
    return [line.indicator, r.title, f"{line.numerator:,} of {line.eligible:,}", r.achieved, *money, r.needed, further]


def _totals(totals: Totals) -> list[str]:
    return [in_pounds(getattr(totals, f)) for f in AMOUNTS]


def _slider(slider: Slider) -> dict[str, Any]:
    """A package at every upfront share: each network's payment, the difference from today's as text, and the length of a bar in thousandths."""
    largest = max((t.payable for stop in slider.stops for t in stop.by_network.values() if t.payable is not WITHHELD), default=0)
    now = slider.stops[slider.today] if slider.today is not None else None

    def row(t: Totals, today: Totals | None) -> list[Any]:
        change = "" if today is None else difference(t.payable - today.payable)
        bar = max(t.payable, 0) * 1000 // largest if largest > 0 and t.payable is not WITHHELD else 0
        return [in_pounds(t.upfront), in_pounds(t.earned), in_pounds(t.payable), change, bar]

    stops = [
        {
            "share": f"{percent(stop.upfront)} up front, {percent(1 - stop.upfront)} to be earned",
            "totals": row(stop.totals, now.totals if now else None),
            "networks": {code: row(t, now.by_network[code] if now else None) for code, t in stop.by_network.items()},
        }
        for stop in slider.stops
    ]
    return {"kind": "slider", "package": slider.package, "title": visible_name(slider.title), "today": slider.today, "stops": stops}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    totals, after = outcome.settlement.totals, outcome.settlement.by_network
    changes = [f"{visible_name(c.what)}: {visible_name(c.before)} to {visible_name(c.after)}" for c in outcome.scenario.changes]
    return {
        "kind": "scenario",
        "name": visible_name(outcome.scenario.name),
        "changes": changes,
        "totals": [in_pounds(totals.payable), difference(outcome.difference)],
        "networks": {
            code: [in_pounds(after[code].payable if code in after else 0), difference(d)] for code, d in outcome.differences.items()
        },
    }


def difference(pence: int) -> str:
    """A difference: `+£1,254.00`, `-£3.00`, `no change`."""
    return "no change" if pence == 0 else in_pounds(pence) if pence < 0 or pence is WITHHELD else f"+{in_pounds(pence)}"
