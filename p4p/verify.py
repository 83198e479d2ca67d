"""Recomputes a settlement from its files and says what does not follow.

Written from docs/contract.md and docs/json.md alone, by somebody who had not read the rest of this package, and importing
nothing of it: two readings of one contract that agree to the penny are worth more than one. Meant to be read from top to
bottom. Whole numbers throughout: money is pence, a ratio is a pair (top, bottom) and two ratios are compared by
multiplying crosswise. A month is a number, year x 12 + month - 1; quarters count from 0.

    numbers -> dates -> files -> the money of a quarter -> counts -> curves -> a year, quarter by quarter -> the comparison
"""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

Ratio = tuple[int, int]
Threshold = tuple[str, Ratio]  # ("at least", (9, 10))

COUNTS = ("numerator", "denominator", "excluded")
TOTALS = ("upfront", "available", "earned", "adjustments", "payable", "shortfall")
HIGHER_WORDS = ("at least", "above")
LOWER_WORDS = ("at most", "below")


# Numbers (docs/contract.md, "Numbers")


def ratio(text: str) -> Ratio:
    """`70%`, `62.5%`, `7/10` or a whole number, exactly. (Numbers: share, weight, ratio)"""
    text = text.strip()
    if "/" in text:
        top, bottom = text.split("/")
        return int(top), int(bottom)
    if text.endswith("%"):
        whole, _, decimals = text[:-1].strip().partition(".")
        return int(whole + decimals), 100 * 10 ** len(decimals)
    return int(text), 1


def pounds(text: str) -> Ratio:
    """`250,000.00` or `2.765` as a ratio of pounds. (Numbers: money)"""
    whole, _, decimals = text.strip().replace(",", "").partition(".")
    return int(whole + decimals), 10 ** len(decimals)


def pence(text: str) -> int:
    """An amount, which has no part of a penny. (Numbers: money)"""
    top, bottom = pounds(text)
    if top * 100 % bottom:
        raise ValueError(f"{text} has a part of a penny")
    return top * 100 // bottom


def threshold(text: str) -> Threshold:
    """`at least 90%`, `above 90%`, `at most 10%`, `below 10%`. (Numbers: threshold)"""
    for word in HIGHER_WORDS + LOWER_WORDS:
        if text.strip().startswith(word + " "):
            return word, ratio(text.strip()[len(word) :])
    raise ValueError(f"{text} is not a threshold")


def rounded(top: int, bottom: int, mode: str) -> int:
    """top/bottom as a whole number; half-up is half away from zero. (The contract file: rounding)"""
    whole, rest = divmod(abs(top), bottom)
    if mode == "half-up":
        whole += 2 * rest >= bottom
    elif mode == "half-even":
        whole += 2 * rest > bottom or (2 * rest == bottom and whole % 2 == 1)
    elif mode == "up":
        whole += rest > 0
    elif mode != "down":
        raise ValueError(f"rounding mode {mode} is not known")
    return whole if top >= 0 else -whole


def added(ratios: list[Ratio]) -> Ratio:
    """The sum of ratios."""
    top, bottom = 0, 1
    for t, b in ratios:
        top, bottom = top * b + t * bottom, bottom * b
    return top, bottom


def less(a: Ratio, b: Ratio) -> bool:
    """Whether a is less than b."""
    return a[0] * b[1] < b[0] * a[1]


def lowest(ratios: list[Ratio]) -> Ratio:
    """The least of some ratios."""
    best = ratios[0]
    for r in ratios[1:]:
        best = r if less(r, best) else best
    return best


def highest(ratios: list[Ratio]) -> Ratio:
    """The greatest of some ratios."""
    best = ratios[0]
    for r in ratios[1:]:
        best = r if less(best, r) else best
    return best


def shared_out(amount: int, weights: dict[str, Ratio]) -> dict[str, int]:
    """An amount in whole pence by largest remainder, ties by code or id. (Value; Split)"""
    common = 1
    for _, bottom in weights.values():
        common *= bottom
    whole = {key: top * (common // bottom) for key, (top, bottom) in weights.items()}
    total = sum(whole.values())
    if total == 0:
        raise ValueError("there is nothing to share out by")
    parts = {key: amount * w // total for key, w in whole.items()}
    order = sorted(whole, key=lambda key: (-(amount * whole[key] % total), key))
    for key in order[: amount - sum(parts.values())]:
        parts[key] += 1
    return parts


# Dates


def month_of(text: str) -> int:
    """`2009-04` or `2009-04-30` as a month number."""
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def first_month(year: str) -> int:
    """April of the financial year `2009/10`. (The contract file: year)"""
    return int(year[:4]) * 12 + 3


def counted_day(month: int, counted_on: str) -> str:
    """The day of a month on which membership is counted. (The contract file: membership)"""
    if counted_on.startswith("first"):
        return f"{month // 12:04d}-{month % 12 + 1:02d}-01"
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


def months_of(period: str) -> tuple[int, int]:
    """First and last month of `2009-04`, `2009-06-30`, `2009/10 Q1` or `2009/10`. (Practice, list and activity files)"""
    period = period.strip()
    if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", period):
        return month_of(period), month_of(period)
    year, _, quarter = period.partition(" ")
    start = first_month(year)
    if not quarter:
        return start, start + 11
    start += 3 * (int(quarter[1:]) - 1)
    return start, start + 2


# Files (docs/contract.md, "Practice, list and activity files")


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV file, columns by name, case and surrounding spaces forgiven."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    names = [name.strip().lower() for name in lines[0]]
    return [dict(zip(names, (cell.strip() for cell in line), strict=False)) for line in lines[1:]]


def home(practices: list[dict[str, str]], code: str, day: str) -> tuple[str, str] | None:
    """The practice that a practice's patients and counts are with on a day, itself or its successor, and that one's network.

    (Practice files: `from` and `to` are the first and the last day; `successor` has them after `to`.)
    """
    seen: set[str] = set()
    while code not in seen:
        seen.add(code)
        gone: list[tuple[str, str]] = []
        for row in practices:
            if row["practice"] != code:
                continue
            if (row.get("from") or "0000-00-00") <= day <= (row.get("to") or "9999-99-99"):
                return code, row["network"]
            if row.get("to") and row["to"] < day:
                gone.append((row["to"], row.get("successor") or ""))
        if not gone or not max(gone)[1]:
            return None
        code = max(gone)[1]
    return None


def list_of(name: str, as_at: str, practices: list[dict[str, str]], lists: list[dict[str, str]]) -> dict[str, int]:
    """Patients of each practice on a list at a date. (Value: the columns `list_size` and `weighted_list`, or a lists file)"""
    column = {"registered list": "list_size", "weighted list": "weighted_list"}.get(name)
    if column:
        return {r["practice"]: int(r[column]) for r in practices if r.get(column) and r.get("list_date") == as_at}
    return {r["practice"]: int(r["patients"]) for r in lists if r["list"] == name and r["date"] == as_at}


def patients_of_networks(
    value: dict[str, Any], networks: list[str], start: str, practices: list[dict[str, str]], lists: list[dict[str, str]]
) -> dict[str, int]:
    """Patients of each network on the list that a value names.

    (Value: those of the practices in the network on the date of the list, or on the first day of the contract year where the
    list is older than that.)
    """
    as_at = value["as_at"]
    day = max(as_at, start)
    patients = dict.fromkeys(networks, 0)
    for code, count in list_of(value.get("per") or value["shared_by"], as_at, practices, lists).items():
        place = home(practices, code, day)
        if place:
            patients[place[1]] += count
    return patients


# The money of a quarter (docs/contract.md, "Value" and "Split")


def year_values(
    value: dict[str, Any], networks: list[str], start: str, practices: list[dict[str, str]], lists: list[dict[str, str]], mode: str
) -> dict[str, int]:
    """A year's money for each network. (Value: each, total by equal parts or by a list, price)"""
    if "each" in value:
        return {network: pence(value["each"]) for network in networks}
    if "total" in value and value["shared_by"] == "equal parts":
        return shared_out(pence(value["total"]), dict.fromkeys(networks, (1, 1)))
    patients = patients_of_networks(value, networks, start, practices, lists)
    if "total" in value:
        return shared_out(pence(value["total"]), {network: (patients[network], 1) for network in networks})
    top, bottom = pounds(value["price"])
    return {network: rounded(top * 100 * patients[network], bottom, mode) for network in networks}


def quarter_values(year_value: int, spread: dict[str, str], mode: str) -> list[int]:
    """A year's value over its quarters: the running total is rounded, so they add up to the year. (Value; spread)"""
    shares = [ratio(spread[f"Q{q}"]) if spread else (1, 4) for q in (1, 2, 3, 4)]
    totals = [0]
    for q in range(4):
        top, bottom = added(shares[: q + 1])
        totals.append(rounded(year_value * top, bottom, mode))
    return [totals[q + 1] - totals[q] for q in range(4)]


def upfront_share(split: dict[str, Any], month: int) -> Ratio:
    """The upfront share that holds in a month. (Split: one for all, or by date, each from the first day of a month)"""
    if "upfront" in split:
        return ratio(split["upfront"])
    dates = [day for day in sorted(split) if month_of(day) <= month]
    return ratio(split[dates[-1]]["upfront"])


def upfront_of(value: int, split: dict[str, Any], first: int, mode: str) -> int:
    """A quarter's upfront payment, rounded once; a change inside the quarter is taken by months. (Split)"""
    top, bottom = added([upfront_share(split, month) for month in (first, first + 1, first + 2)])
    return rounded(value * top, bottom * 3, mode)


# Counts (docs/contract.md, "Network rate", "Measured" and the data choices of a package)


class Line:
    """What one indicator of one network comes to in one quarter."""

    def __init__(self) -> None:
        self.numerator = self.denominator = self.excluded = 0
        self.state = "counted"
        self.achievement: Ratio | None = None
        self.share: Ratio = (0, 1)
        self.gap: int | None = None
        self.brought_forward = self.available = self.earned = 0


def window(measured: str, start: int, q: int) -> tuple[int, int]:
    """First and last month whose counts are used. (Measured)"""
    if measured == "year":
        return start, start + 11
    last = start + 3 * q + 2
    return {"quarter": last - 2, "year to date": start, "snapshot": last}[measured], last


class Count:
    """A row of an activity file, placed: who reported it, whose patients they are now, and for which months."""

    def __init__(self, row: dict[str, str], place: tuple[str, str], months: tuple[int, int], to_the_end: bool) -> None:
        self.to_the_end = to_the_end  # whether they are still there in the last of the months
        self.reporter, (self.practice, self.network) = row["practice"], place
        self.indicator, (self.first, self.last) = row["indicator"], months
        self.withheld = row["numerator"] == "*"
        self.figures = [0, 0, 0] if self.withheld else [int(row.get(column) or 0) for column in COUNTS]

    def used(self, measured: str, months: tuple[int, int]) -> bool:
        """Whether these counts are used; for a snapshot those of the last month, for which the quarter's may stand. (Measured)"""
        if measured == "snapshot":
            return self.last == months[1] and self.first >= months[1] - 2 and self.to_the_end
        return months[0] <= self.first and self.last <= months[1]


def network_rate(kind: str, counts: dict[str, list[int]], lower_is_better: bool) -> Ratio | None:
    """A network's achievement; None where there are no patients at all. (Network rate)"""
    rates = [(n, d - e) for n, d, e in counts.values() if d - e > 0]
    if not rates:
        return None
    if kind == "pooled":
        return sum(n for n, _ in rates), sum(d for _, d in rates)
    if kind == "mean of practices":
        top, bottom = added(rates)
        return top, bottom * len(rates)
    return highest(rates) if lower_is_better else lowest(rates)


# Curves (docs/contract.md, "Curves")


def is_lower_better(curve: dict[str, Any]) -> bool:
    """Whether less is better, by the words of the thresholds or by `direction`. (Curves; Numbers)"""
    words = [curve["target"]] if "target" in curve else list(curve.get("tiers") or [])
    return curve.get("direction") == "lower is better" or any(threshold(text)[0] in LOWER_WORDS for text in words)


def reached(rate: Ratio, edge: Threshold) -> bool:
    """Whether a rate reaches a threshold, tested on the exact fraction. (Curves)"""
    word, (top, bottom) = edge
    here, there = rate[0] * bottom, top * rate[1]
    return {"at least": here >= there, "above": here > there, "at most": here <= there, "below": here < there}[word]


def share_of(curve: dict[str, Any], rate: Ratio) -> Ratio:
    """The share of the available money that a rate earns. (Curves)"""
    kind, (n, d) = curve["kind"], rate
    if kind == "all_or_nothing":
        return (1, 1) if reached(rate, threshold(curve["target"])) else (0, 1)
    if kind == "tiered":
        return highest([(0, 1)] + [ratio(share) for text, share in curve["tiers"].items() if reached(rate, threshold(text))])
    if kind == "linear":
        (lt, lb), (ut, ub) = ratio(curve["lower"]), ratio(curve["upper"])
        # (rate - lower) / (upper - lower), both times d x lb x ub
        top, bottom = (n * lb - lt * d) * ub, (ut * lb - lt * ub) * d
        if is_lower_better(curve):
            top = bottom - top
        return min(max(top, 0), bottom), bottom
    if kind != "stepped":
        raise ValueError(f"curve {kind} is not known")
    (ft, fb), (st, sb), (pt, pb) = ratio(curve["from"]), ratio(curve["step"]), ratio(curve["share_per_step"])
    past = (ft * d - n * fb) if is_lower_better(curve) else (n * fb - ft * d)  # over d x fb
    steps = max(past * sb // (st * d * fb), 0)
    return lowest([(pt * steps, pb), ratio(curve["most"])])


def edges(curve: dict[str, Any]) -> list[Threshold]:
    """The thresholds of a curve, the easiest first. (Curves; docs/json.md, `gap`)"""
    lower = is_lower_better(curve)
    word = "at most" if lower else "at least"
    if curve["kind"] == "all_or_nothing":
        return [threshold(curve["target"])]
    if curve["kind"] == "linear":
        # at the first end of the line the share is still 0: it has to be passed
        if lower:
            return [("below", ratio(curve["upper"])), ("at most", ratio(curve["lower"]))]
        return [("above", ratio(curve["lower"])), ("at least", ratio(curve["upper"]))]
    if curve["kind"] == "tiered":
        # shares grow with difficulty, so the share tells which is easier
        common = 1
        for share in curve["tiers"].values():
            common *= ratio(share)[1]
        sized = sorted(curve["tiers"].items(), key=lambda tier: ratio(tier[1])[0] * (common // ratio(tier[1])[1]))
        return [threshold(text) for text, _ in sized]
    (ft, fb), (st, sb), (pt, pb), (mt, mb) = (ratio(curve[key]) for key in ("from", "step", "share_per_step", "most"))
    steps = -(-mt * pb // (mb * pt))  # as many as it takes to reach the cap
    return [(word, (ft * sb - k * st * fb if lower else ft * sb + k * st * fb, fb * sb)) for k in range(1, steps + 1)]


def gap_of(curve: dict[str, Any], n: int, d: int) -> int | None:
    """Patients still needed for the next threshold: 0 if all are reached, None if none would do. (docs/json.md, `gap`)"""
    for word, (top, bottom) in edges(curve):
        if reached((n, d), (word, (top, bottom))):
            continue
        if word in HIGHER_WORDS:
            needed = -(-top * d // bottom) if word == "at least" else top * d // bottom + 1
            return needed - n if needed <= d else None
        needed = top * d // bottom if word == "at most" else -(-top * d // bottom) - 1
        return n - needed if needed >= 0 else None
    return 0


# A year, quarter by quarter (docs/contract.md, "Measured, catch-up, claw-back" and "Unearned money")


def earned_of(available: int, to_date: int, paid: int, share: Ratio, catch_up: bool, claw_back: bool, mode: str) -> int:
    """What a line earns: its own, what is due, the larger or the smaller of the two. (Measured, catch-up, claw-back)

    `to_date` is what was available since the year began, this quarter's included; `paid` what earlier quarters earned.
    """
    own = rounded(available * share[0], share[1], mode)
    due = rounded(to_date * share[0], share[1], mode) - paid
    if catch_up:
        return due if claw_back else max(own, due)
    return min(own, due) if claw_back else own


def shared_among(pool: int, earned: dict[str, int], cap: Ratio) -> dict[str, int]:
    """Unearned money shared among those who earned, at most `cap` of what each earned. (Unearned money)"""
    if sum(earned.values()) == 0:
        return dict.fromkeys(earned, 0)
    parts = shared_out(pool, {network: (amount, 1) for network, amount in earned.items()})
    return {network: min(part, earned[network] * cap[0] // cap[1]) for network, part in parts.items()}


class Money:
    """What one package of one network comes to in one quarter."""

    def __init__(self, value: int, upfront: int) -> None:
        self.value, self.upfront = value, upfront
        self.deferred = self.brought_forward = self.available = self.earned = self.shared = 0


class Books:
    """The contract and its files, and what follows from them for one contract year."""

    def __init__(
        self,
        contract: dict[str, Any],
        year: str,
        practices: list[dict[str, str]],
        lists: list[dict[str, str]],
        activity: list[dict[str, str]],
    ) -> None:
        self.contract, self.practices, self.lists = contract, practices, lists
        self.start = first_month(year)
        self.first_day = f"{year[:4]}-04-01"
        self.last_day = f"{int(year[:4]) + 1}-03-31"
        self.mode: str = contract["rounding"]["mode"]
        self.counted_on: str = (contract.get("membership") or {}).get("counted_on", "first day of the month")
        self.networks = sorted({
            row["network"]
            for row in practices
            if (row.get("from") or self.first_day) <= self.last_day and (row.get("to") or self.last_day) >= self.first_day
        })
        self.homes: dict[tuple[str, int], tuple[str, str] | None] = {}
        self.members: dict[int, dict[str, list[str]]] = {}  # month -> network -> practices
        for month in range(self.start, self.start + 12):
            self.members[month] = {}
            for code in sorted({row["practice"] for row in practices}):
                place = self.home(code, month)
                if place and place[0] == code:
                    self.members[month].setdefault(place[1], []).append(code)
        self.counts: dict[tuple[str, str], list[Count]] = {}  # network, indicator
        once_for_network = {
            indicator
            for terms in contract["packages"].values()
            if terms.get("performance", {}).get("counts_from") == "network"
            for indicator in terms["performance"]["indicators"]
        }
        for row in activity:
            months = months_of(row["period"])
            code = row["practice"]
            place, to_the_end = (code, code), True
            if row["indicator"] not in once_for_network:
                place, to_the_end = self.placed(code, months)
            if place:
                self.counts.setdefault((place[1], row["indicator"]), []).append(Count(row, place, months, to_the_end))
        for package, terms in contract["packages"].items():
            self.settle(package, terms)

    def reporters(self, network: str, month: int, performance: dict[str, Any]) -> list[str]:
        """Who has to report for a month: the practices of the network, or the network itself. (counts_from)"""
        practices = self.members[month].get(network, [])
        return [network] if practices and performance.get("counts_from") == "network" else practices

    def refusals(self, quarters: list[int]) -> list[str]:
        """What the contract refuses in some quarters, or in those that they look back on."""
        return [reason for q, looks_back, reason in self.refused if q in quarters or (looks_back and q < max(quarters))]

    def home(self, code: str, month: int) -> tuple[str, str] | None:
        """Where a practice's counts of a month belong. (The contract file: membership)"""
        key = (code, month)
        if key not in self.homes:
            self.homes[key] = home(self.practices, code, counted_day(month, self.counted_on))
        return self.homes[key]

    def placed(self, code: str, months: tuple[int, int]) -> tuple[tuple[str, str] | None, bool]:
        """Where a row belongs: with the practice itself while it was there, else with its successor; and if to the last month."""
        places = [self.home(code, month) for month in range(months[0], months[1] + 1)]
        place = next((place for place in places if place and place[0] == code), places[-1])
        return place, place == places[-1]

    def settle(self, package: str, terms: dict[str, Any]) -> None:
        """One package: its money, then its quarters in turn, then the sharing of what was not earned."""
        performance = terms.get("performance") or {"indicators": {}, "measured": "quarter"}
        weights = {indicator: ratio(about["weight"]) for indicator, about in performance["indicators"].items()}
        values = year_values(terms["value"], self.networks, self.first_day, self.practices, self.lists, self.mode)
        for network in self.networks:
            pots: list[int] = []
            for q, value in enumerate(quarter_values(values[network], terms.get("spread") or {}, self.mode)):
                money = Money(value, upfront_of(value, terms["split"], self.start + 3 * q, self.mode))
                self.money[network, package, q] = money
                pots.append(value - money.upfront)
            if performance["measured"] == "year":  # all performance money is available in Q4 (Measured)
                for q in range(4):
                    self.money[network, package, q].deferred = pots[q] if q < 3 else -sum(pots[:3])
                pots = [0, 0, 0, sum(pots)]
            parts = [shared_out(pot, weights) if weights else {} for pot in pots]
            for indicator in performance["indicators"]:
                self.settle_line(network, package, indicator, performance, [part[indicator] for part in parts])
        if "shared_among" in (performance.get("unearned") or ""):
            cap = ratio(performance["unearned"]["cap"])
            for q in range(4):
                earned = {network: self.money[network, package, q].earned for network in self.networks}
                pool = sum(self.money[network, package, q].available - earned[network] for network in self.networks)
                for network, part in shared_among(pool, earned, cap).items():
                    self.money[network, package, q].shared = part

    def settle_line(self, network: str, package: str, indicator: str, performance: dict[str, Any], own: list[int]) -> None:
        """One indicator of one network through the four quarters of the year. `own` is each quarter's part of the pot."""
        catch_up, claw_back = performance.get("catch_up") == "allowed", performance.get("claw_back") == "allowed"
        carried = performance.get("unearned") == "carried forward within the year"
        left = paid = to_date = 0
        for q in [3] if performance["measured"] == "year" else [0, 1, 2, 3]:
            line = self.lines[network, package, indicator, q] = Line()
            self.judge(line, network, indicator, performance, q)
            line.brought_forward = left if carried else 0
            line.available = own[q] + line.brought_forward
            to_date += line.available
            line.earned = earned_of(line.available, to_date, paid, line.share, catch_up, claw_back, self.mode)
            paid += line.earned
            left = line.available - line.earned
            money = self.money[network, package, q]
            money.brought_forward += line.brought_forward
            money.available += line.available
            money.earned += line.earned

    def judge(self, line: Line, network: str, indicator: str, performance: dict[str, Any], q: int) -> None:
        """The counts, state, achievement, share and gap of a line."""
        curve = performance["indicators"][indicator]["curve"]
        looks_back = "allowed" in (performance.get("catch_up"), performance.get("claw_back")) or "carried" in performance["unearned"]
        months = window(performance["measured"], self.start, q)
        used = [c for c in self.counts.get((network, indicator), []) if c.used(performance["measured"], months)]
        by_practice: dict[str, list[int]] = {}
        for count in used:
            by_practice[count.practice] = [a + b for a, b in zip(by_practice.get(count.practice, [0, 0, 0]), count.figures, strict=True)]
        line.numerator, line.denominator, line.excluded = (sum(column) for column in zip([0, 0, 0], *by_practice.values(), strict=True))
        withheld = any(count.withheld for count in used)
        covered = {(count.reporter, month) for count in used for month in range(count.first, count.last + 1)}
        missing = any(
            (reporter, month) not in covered
            for month in range(months[0], months[1] + 1)
            for reporter in self.reporters(network, month, performance)
        )
        line.achievement = network_rate(performance["network_rate"], by_practice, is_lower_better(curve))
        if line.achievement is None:
            line.state = "no patients"
            line.share = (1, 1) if performance["empty_denominator"] == "pays in full" else (0, 1)
        else:
            line.share = share_of(curve, line.achievement)
            line.gap = gap_of(curve, *line.achievement)
            if performance["network_rate"] != "pooled" and performance.get("counts_from") != "network" and line.gap != 0:
                line.gap = None
        for found, word in ((withheld, "withheld"), (missing, "missing")):
            policy = performance.get(f"{word}_data", "refuse")
            if found and policy == "refuse":
                self.refused.append((q, looks_back, f"{network} {indicator}: counts are {word}, and the contract refuses that"))
            elif found and policy == "pays nothing":
                line.state, line.share = f"counts {word}", (0, 1)
        if line.state == "no patients" and performance["empty_denominator"] == "refuse":
            self.refused.append((q, looks_back, f"{network} {indicator}: there are no patients, and the contract refuses that"))


# The comparison (docs/json.md)

def money_text(amount: int) -> str:
    """Pence as the decimal text in pounds that the JSON carries. (docs/json.md)"""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def pence_of(text: str) -> int:
    """The pence of such a text."""
    return int(text.replace(".", ""))


def same_ratio(text: Any, due: Ratio | None) -> bool:
    """Whether the text of an exact fraction says the same as a ratio. (docs/json.md)"""
    if due is None or not isinstance(text, str):
        return text is None and due is None
    if not re.fullmatch(r"-?\d+(/[1-9]\d*)?", text):
        return False
    top, bottom = ratio(text)
    return top * due[1] == due[0] * bottom


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def money_due(money: Money) -> dict[str, Any]:
    """What the JSON must say of a package. (docs/json.md)"""
    amounts = {
        "value": money.value,
        "upfront": money.upfront,
        "deferred": money.deferred,
        "brought_forward": money.brought_forward,
        "available": money.available,
        "earned": money.earned,
        "shared": money.shared,
        "shortfall": money.available - money.earned,
    }
    return {name: money_text(amount) for name, amount in amounts.items()}


def line_due(line: Line) -> dict[str, Any]:
    """What the JSON must say of a line. (docs/json.md)"""
    return {
        "numerator": line.numerator,
        "denominator": line.denominator,
        "excluded": line.excluded,
        "state": line.state,
        "achievement": line.achievement,
        "share": line.share,
        "brought_forward": money_text(line.brought_forward),
        "available": money_text(line.available),
        "earned": money_text(line.earned),
        "shortfall": money_text(line.available - line.earned),
        "gap": line.gap,
    }


def compared(where: str, said: dict[str, Any], due: dict[str, Any], problems: list[str]) -> None:
    """Every figure that is due against what is said; True is not 1, and "1.0" is not "1.00"."""
    for name, figure in due.items():
        here = said.get(name, "nothing")
        if name in ("achievement", "share"):
            if not same_ratio(here, figure):
                text = None if figure is None else f"{figure[0]}/{figure[1]}"
                problems.append(f"{where}: {name} is {here}, but {text} follows")
        elif here != figure or type(here) is not type(figure):
            problems.append(f"{where}: {name} is {here}, but {figure} follows")


def by_key(where: str, rows: list[dict[str, Any]], names: tuple[str, ...], due: set[Any], problems: list[str]) -> dict[Any, dict[str, Any]]:
    """Rows by what names them; rows twice, missing or extra are problems."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        key = tuple(row.get(name) for name in names)
        if key in found:
            problems.append(f"{where}: {' '.join(map(str, key))} is there twice")
        found[key] = row
    problems.extend(f"{where}: {' '.join(key)} is missing" for key in sorted(due - set(found)))
    problems.extend(f"{where}: {' '.join(map(str, key))} does not belong there" for key in set(found) - due)
    return {key: row for key, row in found.items() if key in due}


def verify(
    contract_path: str | Path,
    practices_path: str | Path,
    activity_paths: list[str | Path],
    lists_paths: list[str | Path],
    settlement: dict[str, Any],
) -> list[str]:
    """What of a settlement does not follow from the files: empty when every penny does. `settlement` is the parsed JSON."""
    contract = yaml.load(Path(contract_path).read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    practices = rows_of(practices_path)
    lists = [row for path in lists_paths for row in rows_of(path)]
    activity = [row for path in activity_paths for row in rows_of(path)]
    year = str(settlement["period"]).partition(" ")[0]
    problems = inputs_checked(contract_path, [practices_path, *activity_paths, *lists_paths], settlement)
    return problems + differences(Books(contract, year, practices, lists, activity), settlement)


def differences(books: Books, settlement: dict[str, Any]) -> list[str]:
    """What of a settlement does not follow from the books of its year. (docs/json.md)"""
    problems: list[str] = []
    contract = books.contract
    year, _, quarter = str(settlement["period"]).partition(" ")
    quarters = [int(quarter[1:]) - 1] if quarter else [0, 1, 2, 3]
    compared("contract", settlement["contract"], {"id": contract["contract"], "title": contract["title"]}, problems)
    compared("settlement", settlement, {"currency": contract["currency"]}, problems)
    problems.extend(books.refusals(quarters))

    totals = dict.fromkeys(TOTALS, 0)
    payees = by_key("payees", settlement["payees"], ("payee",), {(network,) for network in books.networks}, problems)
    for (network,), payee in sorted(payees.items()):
        for name, amount in payee_checked(books, network, payee, year, quarters, not quarter, problems).items():
            totals[name] += amount
    compared("totals", settlement["totals"], {name: money_text(amount) for name, amount in totals.items()}, problems)
    return problems


def payee_checked(
    books: Books, network: str, payee: dict[str, Any], year: str, quarters: list[int], whole_year: bool, problems: list[str]
) -> dict[str, int]:
    """The package rows, lines and totals of one payee; the totals that follow. (docs/json.md)"""
    names = {f"{year} Q{q + 1}": q for q in quarters}
    period = ("period",) if whole_year else ()
    money = {(p, *([n] if whole_year else [])): books.money[network, p, q] for p in books.contract["packages"] for n, q in names.items()}
    lines = {
        (p, i, *([n] if whole_year else [])): books.lines[network, p, i, q]
        for net, p, i, quarter in books.lines
        for n, q in names.items()
        if (net, quarter) == (network, q)
    }
    for key, row in by_key(network, payee["packages"], ("package", *period), set(money), problems).items():
        compared(f"{network} {' '.join(key)}", row, money_due(money[key]), problems)
    for key, row in by_key(network, payee["lines"], ("package", "indicator", *period), set(lines), problems).items():
        compared(f"{network} {' '.join(key)}", row, line_due(lines[key]), problems)
    upfront = sum(m.upfront for m in money.values())
    earned = sum(m.earned for m in money.values())
    shared = sum(m.shared for m in money.values())
    available = sum(m.available for m in money.values())
    if whole_year:  # money brought forward is not counted twice
        available -= sum(m.brought_forward for m in money.values())
    totals = dict(zip(TOTALS, (upfront, available, earned, shared, upfront + earned + shared, available - earned), strict=True))
    compared(network, payee, {name: money_text(amount) for name, amount in totals.items()}, problems)
    return totals


def inputs_checked(contract_path: str | Path, paths: list[str | Path], settlement: dict[str, Any]) -> list[str]:
    """Whether the settlement names these very files. (docs/json.md, `sha256`)"""
    problems = []
    if settlement["contract"].get("sha256") != fingerprint(contract_path):
        problems.append(f"contract: the sha256 is not that of {contract_path}")
    said = {Path(str(row.get("file"))).name: row.get("sha256") for row in settlement["inputs"]}
    for path in paths:
        if said.pop(Path(path).name, None) != fingerprint(path):
            problems.append(f"inputs: the sha256 is not that of {path}")
    problems.extend(f"inputs: {name} was not given to be checked" for name in said)
    return problems
