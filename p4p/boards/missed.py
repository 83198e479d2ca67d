"""A missed line in words: why the money was left, what it would have taken, and what becomes of it. Plain text, without markup."""

from __future__ import annotations

from p4p.boards.shortfall import Missed, Reach
from p4p.language.curves import Direction, rate
from p4p.numbers.exact import decimal, percent
from p4p.numbers.money import grouped
from p4p.numbers.withheld import WITHHELD
from p4p.settling.settlement import Line


def reason(missed: Missed) -> str:
    """Why a line left what it left, and what it would have taken, as a sentence or two without markup."""
    line, left = missed.line, grouped(missed.left)
    if missed.line.earned < 0:
        left += f" ({grouped(-line.earned)} of it earned before and taken back)"
    performance, curve = line.performance, line.terms.curve
    match missed.standing:
        case "earned in full":
            if not line.available and not line.earned:
                return "nothing was at stake, and nothing is left"
            empty = "" if line.state == "counted" else f"; {line.state}, and the contract says `empty_denominator: pays in full`"
            return f"earned in full: {grouped(line.earned)}{empty}"
        case "not paid":
            return "reported, not paid: its weight is 0%"
        case "no patients":
            return (
                f"{left} left: no patients in the denominator, and the contract says `empty_denominator: {performance.empty_denominator}`"
            )
        case "counts missing" | "counts withheld":
            what = missed.standing.removeprefix("counts ")
            return f"{left} left: counts are {what}, and by the contract such a line pays nothing, whatever the others achieved"
        case "at the cap":
            return f"{left} left: every threshold is reached, and the curve pays {percent(line.share)} at most"
        case "withheld":
            return f"{left} left; the counts are withheld"
        case "supposed":
            return f"{left} left; the achievement is supposed, so no number of patients follows from it"
    assert line.achievement is not None and missed.nearest is not None and missed.best is not None
    said = [f"{left} left at {rate(line.achievement, curve)}", _needs(line, missed.nearest)]
    if missed.best is not missed.nearest:
        said.append(_needs(line, missed.best))
    if curve.thresholds()[-1] != missed.best.threshold:
        said.append(f"{curve.thresholds()[-1]} is out of reach for any number of patients")
    return "; ".join(said)


def _needs(line: Line, reach: Reach) -> str:
    """What a threshold takes of a line, in words."""
    if reach.patients is None and line.performance.network_rate == "mean of practices" and not line.performance.pooled:
        for_it = f", for {grouped(reach.gain)}" if reach.gain is not None else ""
        return (
            f"next is {reach.threshold}{for_it}; the mean of practices' rates has no one number of patients for it, "
            "because a patient weighs more in a small practice"
        )
    every = " in every practice" if line.performance.network_rate == "every practice" and not line.performance.pooled else ""
    return needs(reach, line.terms.curve.direction, every)


def needs(reach: Reach, direction: Direction, where: str = "") -> str:
    """`121 more patients make it at least 90%, for 22,500.00 (185.95… each)`."""
    if reach.patients is None:
        return f"{reach.threshold} is out of reach for any number of patients"
    more = "more" if direction == "higher is better" else "fewer"
    patients = "patient" if reach.patients == 1 else "patients"
    make = "makes" if reach.patients == 1 else "make"
    in_it = " in the numerator" if more == "fewer" else ""
    each = f" ({pounds_each(reach)} each)" if reach.patients > 1 else ""
    return f"{reach.patients:,} {more} {patients}{in_it} {make} it {reach.threshold}{where}, for {grouped(reach.gain or 0)}{each}"


def pounds_each(reach: Reach) -> str:
    """Pounds for each further patient to the penny: exact, or cut and marked with `…`, never rounded up."""
    if reach.per_patient is WITHHELD:
        return "*"
    return "" if reach.per_patient is None else f"{decimal(reach.per_patient / 100, 2, least_places=2, group=True)}"


def fate(missed: Missed) -> str:
    """What becomes of the money that a line left; empty where nothing is."""
    line, performance = missed.line, missed.line.performance
    if not missed.left:
        return ""
    later = ", ".join(f"Q{q.number}" for q in missed.quarters_left)
    if missed.destination == "can still be caught up this year":
        split = missed.from_earlier and line.earned <= 0  # once part of it is made good, no part is the earlier quarters' own
        earlier = f", {grouped(missed.from_earlier)} of which earlier quarters missed" if split else ""
        return f"reaching it in {later} still earns this too{earlier}"
    if missed.destination == "carried forward to the next quarter":
        return f"carried forward to Q{line.quarter.number + 1}: it is at stake there again, on this indicator"
    if not missed.quarters_left or performance.measured == "year":
        over = "the year is over"
    elif performance.measured == "quarter":
        over = "each quarter stands alone"
    else:
        over = "there is no catching up"
    return f"{over}: {missed.destination}"
