"""Three small charts: how a payment adds up, achievement against its thresholds, and practices with their control limits.

A chart is a list of shapes in whole units, a tenth of a CSS pixel each, with a sentence that says what it shows; `svg` writes it for documents, and the
HTML report draws the same shapes. What a colour says, a shape or a word says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isqrt
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from p4p.numbers.exact import ZERO
from p4p.numbers.money import in_pounds

Role = Literal[
    "upfront",
    "earned",
    "adjustment",
    "loss",
    "total",
    "track",
    "band",
    "threshold",
    "reached",
    "partly",
    "missed",
    "axis",
    "limit",
    "mean",
    "practice",
]
Anchor = Literal["start", "middle", "end"]

#: Fill and stroke of each role, for documents; the HTML report has the same in its style sheet.
STYLES: dict[str, str] = {
    "upfront": 'fill="#5C88B5"', "earned": 'fill="#1D7A4C"', "adjustment": 'fill="#8A6BB1"', "loss": 'fill="#B3402A"',
    "total": 'fill="#003A70"', "track": 'fill="#EDF0F3"', "band": 'fill="#C3D3E3"', "threshold": 'stroke="#003A70" stroke-width="18"',
    "reached": 'fill="#1D7A4C"', "partly": 'fill="#C77700"', "missed": 'fill="#FFFFFF" stroke="#B3402A" stroke-width="22"',
    "axis": 'stroke="#8795A3" stroke-width="8"', "limit": 'stroke="#8795A3" stroke-width="10" stroke-dasharray="40 30"',
    "mean": 'stroke="#003A70" stroke-width="14"', "practice": 'fill="#5C88B5" stroke="#FFFFFF" stroke-width="8"',
}  # fmt: skip

#: Two of three and three of three standard deviations of the normal curve, 95% and 99.8%, as control charts use them.
WITHIN_95, WITHIN_998 = Fraction(196, 100), Fraction(309, 100)

ROW, LABEL, VALUE = 240, 1500, 1250


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle from its upper left corner."""

    x: int
    y: int
    width: int
    height: int
    role: Role


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, as x, y, x, y, …"""

    points: tuple[int, ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot (`reached`, `practice`), a diamond (`partly`) or a ring (`missed`); `title` is shown on pointing at it, `group` whose it is."""

    x: int
    y: int
    size: int
    role: Role
    title: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A text on its baseline; `anchor` says which end of it stands at `x`."""

    x: int
    y: int
    text: str
    anchor: Anchor = "start"
    strong: bool = False


Shape = Rect | Stroke | Mark | Words


@dataclass(frozen=True, slots=True)
class Chart:
    """Shapes on a sheet of `width` by `height`, and what they show in a sentence."""

    width: int
    height: int
    label: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of a waterfall: an amount in pence that is added, or the total."""

    label: str
    pence: int
    role: Role


@dataclass(frozen=True, slots=True)
class Achieved:
    """A row of the achievement chart: `value` is how the achievement is written, `lower` and `upper` the easiest and the hardest threshold."""

    label: str
    achievement: Fraction | None
    value: str
    lower: Fraction
    upper: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Rate:
    """A practice's counts on one indicator, and the network it belongs to."""

    name: str
    network: str
    numerator: int
    eligible: int


def waterfall(bars: Sequence[Bar], label: str, width: int = 6600) -> Chart:
    """Each amount starts where the one before ended; the total stands from zero."""
    room = width - LABEL - VALUE
    ends, at = [0], 0
    for bar in bars:
        at = at + bar.pence if bar.role != "total" else bar.pence
        ends.append(at)
    low, high = min(0, *ends), max(1, *ends)

    def x(pence: int) -> int:
        return LABEL + (pence - low) * room // (high - low)

    shapes: list[Shape] = []
    before = 0
    for i, bar in enumerate(bars):
        y, after = i * ROW, bar.pence if bar.role == "total" else before + bar.pence
        start = 0 if bar.role == "total" else before
        left, right = x(min(start, after)), x(max(start, after))
        if i and bar.role != "total":
            shapes.append(Stroke((x(before), y - 70, x(before), y + 40), "axis"))
        shapes.append(Rect(left, y + 40, max(right - left, 12), ROW - 90, bar.role))
        shapes.append(Words(LABEL - 90, y + 165, bar.label, "end", bar.role == "total"))
        shapes.append(Words(width, y + 165, in_pounds(bar.pence), "end", bar.role == "total"))
        before = after
    shapes.append(Stroke((x(0), 0, x(0), len(bars) * ROW), "axis"))
    return Chart(width, len(bars) * ROW + 20, label, tuple(shapes))


def bands(rows: Sequence[Achieved], label: str, width: int = 6600, row_height: int = ROW) -> Chart:
    """Each achievement on a scale from 0% to 100%, with the band between its two thresholds and a tick at each."""
    room, shapes, middle = width - LABEL - VALUE, list[Shape](), row_height // 2

    def x(ratio: Fraction) -> int:
        return LABEL + int(room * min(max(ratio, ZERO), Fraction(1)))

    for i, row in enumerate(rows):
        y = i * row_height + middle
        low, high = sorted((x(row.lower), x(row.upper)))
        shapes += [Rect(LABEL, y - 35, room, 70, "track"), Rect(low, y - 35, high - low, 70, "band")]
        shapes += [Stroke((edge, y - 75, edge, y + 75), "threshold") for edge in dict.fromkeys((low, high))]
        shapes.append(Words(LABEL - 90, y + 45, row.label, "end"))
        shapes.append(Words(width, y + 45, row.value, "end"))
        if row.achievement is not None:
            shapes.append(Mark(x(row.achievement), y, 75, mark(row.share), f"{row.label} {row.value}"))
    foot = len(rows) * row_height
    for percent in (0, 25, 50, 75, 100):
        at = x(Fraction(percent, 100))
        shapes += [Stroke((at, foot, at, foot + 40), "axis"), Words(at, foot + 170, f"{percent}%", "middle")]
    shapes.append(Stroke((LABEL, foot, LABEL + room, foot), "axis"))
    return Chart(width, foot + 210, label, tuple(shapes))


def mark(share: Fraction) -> Role:
    """A dot where all was earned, a diamond where a part was, a ring where nothing was."""
    return "reached" if share == 1 else "partly" if share else "missed"


def variation(rates: Sequence[Rate], threshold: Fraction, label: str, width: int = 6600, height: int = 2600) -> Chart:
    """Practices by size and rate. Between the inner limits 19 of 20 practices would lie if only chance told them apart; a small one may stray further."""
    seen = [r for r in rates if r.eligible > 0]
    total = sum(r.eligible for r in seen)
    left, top, right, bottom = 500, 60, width - 100, height - 380
    largest = _round_up(max((r.eligible for r in seen), default=1))

    def x(eligible: int) -> int:
        return left + (right - left) * eligible // largest

    tenths = [10 * Fraction(r.numerator, r.eligible) for r in seen] + [10 * threshold]
    low = max(min(floor(min(tenths)), 9), 0)
    high = min(max(ceil(max(tenths)), low + 1), 10)

    def y(ratio: Fraction) -> int:
        within = (10 * ratio - low) / (high - low)
        return bottom - int((bottom - top) * min(max(within, ZERO), Fraction(1)))

    shapes: list[Shape] = [Stroke((left, top, left, bottom, right, bottom), "axis")]
    for tenth in range(low, high + 1):
        shapes.append(Words(left - 70, y(Fraction(tenth, 10)) + 45, f"{10 * tenth}%", "end"))
    for part in range(5):
        patients = largest * part // 4
        shapes.append(Words(x(patients), bottom + 170, f"{patients:,}", "middle"))
    shapes.append(Words((left + right) // 2, bottom + 340, "patients", "middle"))
    shapes.append(Stroke((left, y(threshold), right, y(threshold)), "threshold"))
    if total:
        mean = Fraction(sum(r.numerator for r in seen), total)
        shapes.append(Stroke((left, y(mean), right, y(mean)), "mean"))
        sizes = sorted({max(1, largest * i // 60) for i in range(61)})
        for within in (WITHIN_95, WITHIN_998):
            for sign in (1, -1):
                points = [p for n in sizes for p in (x(n), y(mean + sign * spread(mean, n, within)))]
                shapes.append(Stroke(tuple(points), "limit"))
        shapes += [Mark(x(r.eligible), y(Fraction(r.numerator, r.eligible)), 60, "practice", r.name, r.network) for r in seen]
    return Chart(width, height, label, tuple(shapes))


def spread(mean: Fraction, size: int, within: Fraction) -> Fraction:
    """How far from the mean a rate of `size` patients may lie by chance: `within` standard deviations, to a millionth, rounded down."""
    return Fraction(isqrt(int(within**2 * mean * (1 - mean) * 10**12 / size)), 10**6)


def _round_up(number: int) -> int:
    """The next number of one digit and zeros, divisible by four from 10 on."""
    step = int(10 ** max(len(str(number)) - 1, 0))
    return max(4, -(-number // step) * step)


def svg(chart: Chart) -> str:
    """A chart as SVG with an accessible name; every text is escaped."""
    body = "".join(_element(shape) for shape in chart.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {chart.width} {chart.height}" width="{chart.width // 10}" height="{chart.height // 10}" '
        f'role="img" aria-label={quoteattr(chart.label)} font-family="Libertinus Serif, serif" font-size="125" fill="#1B2630">{body}</svg>'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Rect(x, y, width, height, role):
            return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" {STYLES[role]}/>'
        case Stroke(points, role):
            return f'<polyline points="{" ".join(map(str, points))}" fill="none" {STYLES[role]}/>'
        case Mark(x, y, size, role):
            if role == "partly":
                return f'<path d="M{x} {y - size}L{x + size} {y}L{x} {y + size}L{x - size} {y}Z" {STYLES[role]}/>'
            return f'<circle cx="{x}" cy="{y}" r="{size}" {STYLES[role]}/>'
        case Words(x, y, text, anchor, strong):
            weight = ' font-weight="bold"' if strong else ""
            return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
