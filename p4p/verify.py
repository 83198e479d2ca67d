"""Recomputes a settlement from its files and says what does not follow.

Written from docs/contract.md and docs/json.md alone, without a look at the rest of this package, and importing nothing of it:
two readings of one contract that agree to the penny are worth more than one. To be read from top to bottom:

    numbers -> days and months -> files -> the money of a quarter -> counts -> curves -> a year, quarter by quarter -> the comparison

Whole numbers throughout. Money is pence; a ratio is a pair (top, bottom), and ratios are compared by multiplying crosswise.
A month is a number, year x 12 + month - 1; quarters are 0 to 3. Each docstring names the section of docs/contract.md it follows.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

Ratio = tuple[int, int]
Threshold = tuple[str, Ratio]  # ("at least", (9, 10))
Row = dict[str, str]  # a row of a CSV file, by column name
Terms = dict[str, Any]  # a part of the contract, every value the text that is written

HIGHER = ("at least", "above")
LOWER = ("at most", "below")
COUNTS = ("numerator", "denominator", "excluded")
TOTALS = ("upfront", "available", "earned", "adjustments", "payable", "shortfall")
QUARTERS = (0, 1, 2, 3)


# ---- Numbers


def ratio(text: str) -> Ratio:
    """`70%`, `62.5%`, `7/10` or a whole number, exactly. ("Numbers")"""
    top, _, bottom = text.strip().removesuffix("%").partition("/")
    whole, _, decimals = top.strip().partition(".")
    return int(whole + decimals), int(bottom or 1) * 10 ** len(decimals) * (100 if text.strip().endswith("%") else 1)


def money(text: str) -> Ratio:
    """`250,000.00` or `2.765` in pence, as a ratio: only a price may have a part of a penny. ("Numbers")"""
    top, bottom = ratio(text.replace(",", ""))
    return top * 100, bottom


def threshold(text: str) -> Threshold:
    """`at least 90%`, `above 90%`, `at most 10%` or `below 10%`. ("Numbers")"""
    word = next(word for word in HIGHER + LOWER if text.strip().startswith(word + " "))
    return word, ratio(text.strip().removeprefix(word))


def rounded(top: int, bottom: int, mode: str) -> int:
    """top/bottom as a whole number; half-up is half away from zero, down is towards zero. ("The contract file": rounding)"""
    whole, rest = divmod(abs(top), bottom)
    up = {
        "half-up": 2 * rest >= bottom,
        "half-even": 2 * rest > bottom or (2 * rest == bottom and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    return (whole + up) * (1 if top >= 0 else -1)


def alike(ratios: list[Ratio]) -> tuple[list[int], int]:
    """Ratios over one common bottom, so that their tops can be added and compared."""
    common = math.lcm(*(bottom for _, bottom in ratios))
    return [top * (common // bottom) for top, bottom in ratios], common


def added(ratios: list[Ratio]) -> Ratio:
    """The sum of ratios."""
    tops, common = alike(ratios)
    return sum(tops), common


def shared_out(amount: int, weights: dict[str, Ratio]) -> dict[str, int]:
    """An amount in whole pence, by largest remainder, ties by network code or indicator id. ("Value", "Split")"""
    tops, _ = alike(list(weights.values()))
    whole = dict(zip(weights, tops, strict=True))
    total = sum(tops)
    parts = {key: amount * top // total for key, top in whole.items()}
    order = sorted(whole, key=lambda key: (-(amount * whole[key] % total), key))
    for key in order[: amount - sum(parts.values())]:
        parts[key] += 1
    return parts


# ---- Days and months


def month_of(day: str) -> int:
    """The month number of `2009-04` or `2009-04-30`."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def counted_day(month: int, counted_on: str) -> str:
    """The day of a month on which membership is counted: its first, or its last. ("The contract file": membership)"""
    if counted_on.startswith("first"):
        return date(month // 12, month % 12 + 1, 1).isoformat()
    return (date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).isoformat()


def months_of(period: str) -> tuple[int, int]:
    """First and last month of `2009-04`, `2009-06-30`, `2009/10 Q1` or `2009/10`. ("Practice, list and activity files")"""
    if "/" not in period:
        return month_of(period), month_of(period)
    year, _, quarter = period.strip().partition(" ")
    start = month_of(f"{year[:4]}-04")
    if not quarter:
        return start, start + 11
    return start + 3 * int(quarter[1:]) - 3, start + 3 * int(quarter[1:]) - 1


# ---- Files


def rows_of(path: str | Path) -> list[Row]:
    """The rows of a CSV file; case and surrounding spaces of column names are forgiven. ("Practice, list and activity files")"""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    names = [name.strip().lower() for name in lines[0]]
    return [dict(zip(names, (cell.strip() for cell in line), strict=True)) for line in lines[1:]]


def home(practices: list[Row], code: str, day: str) -> tuple[str, str] | None:
    """The practice with whom a practice's patients and counts are on a day (itself, or its successor), and its network.

    A practice that moves has a row for each network, with dates; after `to` its successor has them. ("Practice, list and
    activity files")
    """
    for _ in practices:  # a chain of successors is no longer than the file
        rows = [row for row in practices if row["practice"] == code]
        for row in rows:
            if (row.get("from") or day) <= day <= (row.get("to") or day):
                return code, row["network"]
        left = [(row["to"], row.get("successor") or "") for row in rows if row.get("to") and row["to"] < day]
        if not left or not max(left)[1]:
            return None
        code = max(left)[1]
    return None


def patients_by_network(name: str, as_at: str, first_day: str, practices: list[Row], lists: list[Row]) -> dict[str, int]:
    """The patients of each network on a list at a date.

    They are those of the practices in the network on the date of the list, or on the first day of the contract year where the
    list is older. `registered list` and `weighted list` are columns of the practices file, others are in a lists file. ("Value")
    """
    column = {"registered list": "list_size", "weighted list": "weighted_list"}.get(name)
    if column:
        sizes = {row["practice"]: int(row[column]) for row in practices if row.get(column) and row.get("list_date") == as_at}
    else:
        sizes = {row["practice"]: int(row["patients"]) for row in lists if (row["list"], row["date"]) == (name, as_at)}
    patients: dict[str, int] = {}
    for code, size in sizes.items():
        place = home(practices, code, max(as_at, first_day))
        if place:
            patients[place[1]] = patients.get(place[1], 0) + size
    return patients


# ---- The money of a quarter


def year_values(value: Terms, networks: list[str], first_day: str, practices: list[Row], lists: list[Row], mode: str) -> dict[str, int]:
    """A year's money for each network: each, a total shared out, or a price for each patient. ("Value")"""
    if "each" in value:
        return dict.fromkeys(networks, rounded(*money(value["each"]), mode))
    if value.get("shared_by") == "equal parts":
        return shared_out(rounded(*money(value["total"]), mode), dict.fromkeys(networks, (1, 1)))
    patients = patients_by_network(value.get("per") or value["shared_by"], value["as_at"], first_day, practices, lists)
    if "total" in value:
        return shared_out(rounded(*money(value["total"]), mode), {network: (patients.get(network, 0), 1) for network in networks})
    top, bottom = money(value["price"])
    return {network: rounded(top * patients.get(network, 0), bottom, mode) for network in networks}


def quarter_values(year_value: int, spread: dict[str, str] | None, mode: str) -> list[int]:
    """A year's value by quarter: the running total is rounded, so quarters add up to the year. ("Value": spread)"""
    shares = [ratio(spread[f"Q{q + 1}"]) if spread else (1, 4) for q in QUARTERS]
    totals = [0]
    for q in QUARTERS:
        top, bottom = added(shares[: q + 1])
        totals.append(rounded(year_value * top, bottom, mode))
    return [totals[q + 1] - totals[q] for q in QUARTERS]


def upfront_of(value: int, split: Terms, first_month: int, mode: str) -> int:
    """A quarter's upfront payment, rounded once; a change of split inside the quarter is taken by months. ("Split")"""
    shares: list[Ratio] = []
    for month in range(first_month, first_month + 3):
        begun = [split] if "upfront" in split else [split[day] for day in sorted(split) if month_of(day) <= month]
        shares.append(ratio(begun[-1]["upfront"]))
    top, bottom = added(shares)
    return rounded(value * top, bottom * 3, mode)


# ---- Counts


@dataclass
class Count:
    """A row of an activity file: which months it is for, who reported it, and with whom its patients are now."""

    first: int
    last: int
    reporter: str
    practice: str
    to_the_end: bool  # whether that practice is still in the network in the last of the months
    withheld: bool
    figures: tuple[int, ...]  # numerator, denominator, excluded


def used(count: Count, measured: str, first: int, last: int) -> bool:
    """Whether a row is used for some months: all of it inside them; of a snapshot, that of the last month.

    A row for the whole quarter stands for its last month. ("Measured"; "Worked examples": counts are given for a quarter)
    """
    if measured == "snapshot":
        return count.last == last and count.first >= last - 2 and count.to_the_end
    return first <= count.first and count.last <= last


def network_rate(kind: str, practices: list[tuple[int, ...]], lower_is_better: bool) -> Ratio | None:
    """The achievement of a network, from the counts of its practices; None where all denominators are empty. ("Network rate")"""
    rates = [(n, d - e) for n, d, e in practices if d > e]
    if not rates:
        return None
    if kind == "pooled":
        return sum(n for n, _ in rates), sum(d for _, d in rates)
    tops, common = alike(rates)
    if kind == "mean of practices":
        return sum(tops), common * len(rates)
    return (max(tops) if lower_is_better else min(tops)), common  # every practice: the one furthest from the target


# ---- Curves


def is_lower_better(curve: Terms) -> bool:
    """By `direction`, or by the words of the thresholds. ("Curves", "Numbers")"""
    texts = [curve["target"]] if "target" in curve else list(curve.get("tiers", ()))
    return curve.get("direction") == "lower is better" or any(threshold(text)[0] in LOWER for text in texts)


def reached(rate: Ratio, edge: Threshold) -> bool:
    """Whether a rate reaches a threshold, tested on exact fractions. ("Curves")"""
    here, there = rate[0] * edge[1][1], edge[1][0] * rate[1]
    return {"at least": here >= there, "above": here > there, "at most": here <= there, "below": here < there}[edge[0]]


def share_of(curve: Terms, rate: Ratio) -> Ratio:
    """The share of the available money that an achievement earns. ("Curves")"""
    if curve["kind"] == "all_or_nothing":
        return (1, 1) if reached(rate, threshold(curve["target"])) else (0, 1)
    if curve["kind"] == "tiered":
        tops, common = alike([(0, 1), *(ratio(share) for text, share in curve["tiers"].items() if reached(rate, threshold(text)))])
        return max(tops), common
    if curve["kind"] == "linear":
        (here, low, high), _ = alike([rate, ratio(curve["lower"]), ratio(curve["upper"])])
        along = high - here if is_lower_better(curve) else here - low
        return min(max(along, 0), high - low), high - low
    (here, start, step), _ = alike([rate, ratio(curve["from"]), ratio(curve["step"])])
    past = start - here if is_lower_better(curve) else here - start
    (each, most), common = alike([ratio(curve["share_per_step"]), ratio(curve["most"])])
    return min(max(past // step, 0) * each, most), common


def edges(curve: Terms) -> list[Threshold]:
    """The thresholds of a curve, the easiest first. ("Curves"; docs/json.md: gap)"""
    lower = is_lower_better(curve)
    if curve["kind"] == "all_or_nothing":
        return [threshold(curve["target"])]
    if curve["kind"] == "tiered":  # the further, the more it pays
        tops, _ = alike([ratio(share) for share in curve["tiers"].values()])
        return [threshold(text) for _, text in sorted(zip(tops, curve["tiers"], strict=True))]
    if curve["kind"] == "linear":  # at the near end of the line the share is still 0: that end has to be passed
        near, far = ("upper", "lower") if lower else ("lower", "upper")
        return [("below" if lower else "above", ratio(curve[near])), ("at most" if lower else "at least", ratio(curve[far]))]
    (start, step), common = alike([ratio(curve["from"]), ratio(curve["step"])])
    (each, most), _ = alike([ratio(curve["share_per_step"]), ratio(curve["most"])])
    steps = range(1, -(-most // each) + 1)  # as many as it takes to come to the most
    return [("at most", (start - k * step, common)) if lower else ("at least", (start + k * step, common)) for k in steps]


def gap_of(curve: Terms, n: int, d: int) -> int | None:
    """Patients needed for the next threshold: 0 where all are reached, None where none would do. (docs/json.md: gap)"""
    for edge in edges(curve):
        if not reached((n, d), edge):
            word, (top, bottom) = edge
            needed = {
                "at least": -(-top * d // bottom),
                "above": top * d // bottom + 1,
                "at most": top * d // bottom,
                "below": -(-top * d // bottom) - 1,
            }[word]
            return abs(needed - n) if 0 <= needed <= d else None
    return 0


# ---- A year, quarter by quarter


@dataclass
class Money:
    """What one package of one network comes to in one quarter, in pence."""

    value: int
    upfront: int
    deferred: int = 0
    brought_forward: int = 0
    available: int = 0
    earned: int = 0
    shared: int = 0


@dataclass
class Line:
    """What one indicator of one network comes to in one quarter."""

    figures: tuple[int, ...] = (0, 0, 0)  # numerator, denominator, excluded
    state: str = "counted"
    achievement: Ratio | None = None
    share: Ratio = (0, 1)
    gap: int | None = None
    brought_forward: int = 0
    available: int = 0
    earned: int = 0


def earned_of(available: int, to_date: int, paid: int, share: Ratio, terms: Terms, mode: str) -> int:
    """What a line earns: its own, what is due, the larger or the smaller of the two. ("Measured, catch-up, claw-back")

    `to_date` is what was available since the year began, this quarter's included; `paid` is what earlier quarters earned.
    """
    own = rounded(available * share[0], share[1], mode)
    due = rounded(to_date * share[0], share[1], mode) - paid
    if terms.get("catch_up") == "allowed":
        return due if terms.get("claw_back") == "allowed" else max(own, due)
    return min(own, due) if terms.get("claw_back") == "allowed" else own


def shared_among(pool: int, earned: dict[str, int], cap: Ratio) -> dict[str, int]:
    """Unearned money shared in proportion to what networks earned, at most `cap` of what each earned. ("Unearned money")"""
    if not any(earned.values()):
        return dict.fromkeys(earned, 0)
    parts = shared_out(pool, {network: (amount, 1) for network, amount in earned.items()})
    return {network: min(part, earned[network] * cap[0] // cap[1]) for network, part in parts.items()}


def looks_back(terms: Terms) -> bool:
    """Whether a quarter of a package depends on the quarters before it. ("Measured, catch-up, claw-back", "Unearned money")"""
    return "allowed" in (terms.get("catch_up"), terms.get("claw_back")) or terms["unearned"] == "carried forward within the year"


class Books:
    """A contract and its files, and what follows from them for one contract year."""

    def __init__(self, contract: Terms, year: str, practices: list[Row], lists: list[Row], activity: list[Row]) -> None:
        self.contract, self.practices, self.lists = contract, practices, lists
        self.start = month_of(f"{year[:4]}-04")
        self.mode: str = contract["rounding"]["mode"]
        self.money: dict[tuple[str, str, int], Money] = {}  # network, package, quarter
        self.lines: dict[tuple[str, str, str, int], Line] = {}  # network, package, indicator, quarter
        self.refused: list[tuple[int, bool, str]] = []  # quarter, whether later quarters look back on it, what is refused
        self.rows = len(activity)
        self.place_practices(contract.get("membership", {}).get("counted_on", "first day of the month"))
        self.place_counts(activity)
        for package, terms in contract["packages"].items():
            self.settle(package, terms)

    def place_practices(self, counted_on: str) -> None:
        """Who is where in each month, by the day on which membership is counted. ("The contract file": membership)"""
        codes = sorted({row["practice"] for row in self.practices})
        self.places: dict[tuple[str, int], tuple[str, str]] = {}  # practice, month -> itself or successor, network
        self.members: dict[tuple[str, int], list[str]] = {}  # network, month -> practices
        for month in range(self.start, self.start + 12):
            for code in codes:
                place = home(self.practices, code, counted_day(month, counted_on))
                if place:
                    self.places[code, month] = place
                if place and place[0] == code:
                    self.members.setdefault((place[1], month), []).append(code)
        first, last = counted_day(self.start, "first"), counted_day(self.start + 11, "last")
        present = [row for row in self.practices if (row.get("from") or first) <= last and (row.get("to") or last) >= first]
        self.networks = sorted({row["network"] for row in present})
        self.names = {(row["network"], row.get("network_name") or row["network"]) for row in self.practices}

    def place_counts(self, activity: list[Row]) -> None:
        """Each row of the activity files to its network: that of its practice while it was there, else of its successor.

        With `counts_from: network` the column `practice` holds the network's code. ("Practice, list and activity files")
        """
        performances = [terms["performance"] for terms in self.contract["packages"].values() if "performance" in terms]
        by_network = {i for terms in performances if terms.get("counts_from") == "network" for i in terms["indicators"]}
        self.counts: dict[tuple[str, str], list[Count]] = {}  # network, indicator
        for row in activity:
            (first, last), code, indicator = months_of(row["period"]), row["practice"], row["indicator"]
            places = [self.places.get((code, month)) for month in range(first, last + 1)]
            if indicator in by_network:
                places = [(code, code)]
            place = next((place for place in places if place and place[0] == code), places[-1])
            if place:
                withheld = row["numerator"] == "*"
                figures = (0, 0, 0) if withheld else tuple(int(row.get(column) or 0) for column in COUNTS)
                count = Count(first, last, code, place[0], place == places[-1], withheld, figures)
                self.counts.setdefault((place[1], indicator), []).append(count)

    def settle(self, package: str, terms: Terms) -> None:
        """One package: its money, its lines quarter by quarter, then the sharing of what was not earned. ("Split")"""
        performance = terms.get("performance", {"measured": "quarter", "unearned": "", "indicators": {}})
        indicators = performance["indicators"]
        first_day = counted_day(self.start, "first")
        values = year_values(terms["value"], self.networks, first_day, self.practices, self.lists, self.mode)
        for network in self.networks:
            quarters: list[Money] = []
            for q, value in enumerate(quarter_values(values[network], terms.get("spread"), self.mode)):
                quarters.append(Money(value, upfront_of(value, terms["split"], self.start + 3 * q, self.mode)))
                self.money[network, package, q] = quarters[q]
            if performance["measured"] == "year":  # the four pots together in Q4 ("Measured")
                for q in QUARTERS[:3]:
                    quarters[q].deferred = quarters[q].value - quarters[q].upfront
                quarters[3].deferred = -sum(money.deferred for money in quarters[:3])
            pots = [money.value - money.upfront - money.deferred for money in quarters]
            weights = {indicator: ratio(about["weight"]) for indicator, about in indicators.items()}
            parts = [shared_out(pot, weights) if weights else {} for pot in pots]
            for indicator in indicators:
                self.settle_indicator(network, package, indicator, performance, [part[indicator] for part in parts])
        if "shared_among" in performance["unearned"]:
            for q in QUARTERS:
                earned = {network: self.money[network, package, q].earned for network in self.networks}
                pool = sum(self.money[network, package, q].available for network in self.networks) - sum(earned.values())
                for network, part in shared_among(pool, earned, ratio(performance["unearned"]["cap"])).items():
                    self.money[network, package, q].shared = part

    def settle_indicator(self, network: str, package: str, indicator: str, terms: Terms, own: list[int]) -> None:
        """One indicator of one network through the year. `own` is its part of each quarter's pot. ("Split", "Unearned money")"""
        left = to_date = paid = 0
        for q in QUARTERS if terms["measured"] != "year" else QUARTERS[3:]:
            line = self.lines[network, package, indicator, q] = self.judged(network, indicator, terms, q)
            line.brought_forward = left
            line.available = own[q] + left
            to_date += line.available
            line.earned = earned_of(line.available, to_date, paid, line.share, terms, self.mode)
            paid += line.earned
            left = line.available - line.earned if terms["unearned"] == "carried forward within the year" else 0
            money = self.money[network, package, q]
            money.brought_forward += line.brought_forward
            money.available += line.available
            money.earned += line.earned

    def window(self, measured: str, q: int) -> tuple[int, int]:
        """First and last month whose counts are used. ("Measured")"""
        end = self.start + 3 * q + 2
        first = {"quarter": end - 2, "year to date": self.start, "snapshot": end, "year": self.start}[measured]
        return first, end

    def counted(self, network: str, indicator: str, terms: Terms, q: int) -> tuple[list[Count], int, int]:
        """The rows that a quarter is judged on, and how many months of a practice are missing and withheld. ("Measured")"""
        first, last = self.window(terms["measured"], q)
        rows = [count for count in self.counts.get((network, indicator), []) if used(count, terms["measured"], first, last)]
        there = {(row.reporter, month): row.withheld for row in rows for month in range(row.first, row.last + 1)}
        missing = 0
        for month in range(first, last + 1):
            reporters = self.members.get((network, month), [])
            if reporters and terms.get("counts_from") == "network":
                reporters = [network]
            missing += sum((reporter, month) not in there for reporter in reporters)
        return rows, missing, sum(there.values())

    def judged(self, network: str, indicator: str, terms: Terms, q: int) -> Line:
        """The counts, state, achievement, share and gap of a line. ("Network rate", "Curves"; docs/json.md: state, gap)"""
        curve = terms["indicators"][indicator]["curve"]
        rows, missing, withheld = self.counted(network, indicator, terms, q)
        practices: dict[str, tuple[int, ...]] = {}
        for row in rows:
            practices[row.practice] = tuple(map(sum, zip(row.figures, practices.get(row.practice, (0, 0, 0)), strict=True)))
        line = Line(tuple(map(sum, zip((0, 0, 0), *practices.values(), strict=True))))
        line.achievement = network_rate(terms["network_rate"], list(practices.values()), is_lower_better(curve))
        if line.achievement is None:
            line.state = "no patients"
            line.share = (1, 1) if terms["empty_denominator"] == "pays in full" else (0, 1)
        else:
            line.share = share_of(curve, line.achievement)
            line.gap = gap_of(curve, *line.achievement)
            if line.gap and terms["network_rate"] != "pooled" and terms.get("counts_from") != "network":
                line.gap = None
        refused = []
        for found, word in ((withheld, "withheld"), (missing, "missing")):
            if found and terms.get(f"{word}_data", "refuse") == "refuse":
                refused.append(f"counts are {word}")
            elif found and terms[f"{word}_data"] == "pays nothing":
                line.state, line.share = f"counts {word}", (0, 1)
        if line.state == "no patients" and terms["empty_denominator"] == "refuse":
            refused.append("the denominator is empty")
        self.refused.extend((q, looks_back(terms), f"{network} {indicator}: {what}, and the contract refuses that") for what in refused)
        return line

    def refusals(self, quarters: list[int]) -> list[str]:
        """What the contract refuses to settle in some quarters, or in those that they look back on."""
        return [what for q, back, what in self.refused if q in quarters or (back and q < quarters[-1])]


# ---- The comparison (docs/json.md)


def text_of(pence: int) -> str:
    """Pence as the decimal text in pounds of the JSON."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def pence_of(text: Any) -> int:
    """The pence of such a text; of anything else, a figure that fits nothing."""
    return int(text.replace(".", "")) if isinstance(text, str) and re.fullmatch(r"-?\d+\.\d\d", text) else -(10**30)


def fraction_of(top_and_bottom: Ratio | None) -> str | None:
    """A ratio as the JSON writes it, in lowest terms: `89/100`, `1`."""
    if top_and_bottom is None:
        return None
    top, bottom = top_and_bottom
    shared = math.gcd(top, bottom)
    return f"{top // shared}" if bottom == shared else f"{top // shared}/{bottom // shared}"


def money_due(money: Money) -> dict[str, Any]:
    """What the JSON must say of a package."""
    figures = {**vars(money), "shortfall": money.available - money.earned}
    return {name: text_of(pence) for name, pence in figures.items()}


def line_due(line: Line) -> dict[str, Any]:
    """What the JSON must say of a line."""
    figures = {"brought_forward": line.brought_forward, "available": line.available, "earned": line.earned}
    return {
        **dict(zip(COUNTS, line.figures, strict=True)),
        "state": line.state,
        "gap": line.gap,
        "achievement": fraction_of(line.achievement),
        "share": fraction_of(line.share),
        **{name: text_of(pence) for name, pence in {**figures, "shortfall": line.available - line.earned}.items()},
    }


def compared(where: str, said: Terms, due: dict[str, Any]) -> list[str]:
    """Every figure that is due against what is said; what is not said is no figure, and 1 is not "1"."""
    wrong = [name for name, figure in due.items() if repr(said.get(name, "nothing at all")) != repr(figure)]
    return [f"{where}: {name} is {said.get(name, 'not there')}, but {due[name]} follows" for name in wrong]


def compared_rows(where: str, said: list[Terms], names: tuple[str, ...], due: dict[Any, dict[str, Any]]) -> list[str]:
    """Rows against those that are due; a row twice, a row too few or too many is wrong as well."""
    problems: list[str] = []
    keys = [tuple(str(row.get(name)) for name in names) for row in said]
    problems.extend(f"{where}: {' '.join(key)} is missing" for key in due if key not in keys)
    for key, row in zip(keys, said, strict=True):
        if key not in due or keys.count(key) > 1:
            problems.append(f"{where}: {' '.join(key)} does not belong there, or is there twice")
        else:
            problems.extend(compared(f"{where} {' '.join(key)}", row, due[key]))
    return problems


def verify(
    contract_path: str | Path, practices_path: str | Path, activity_paths: list[Any], lists_paths: list[Any], settlement: Terms
) -> list[str]:
    """What of a settlement (the JSON, parsed) does not follow from the files: nothing, when every penny follows."""
    contract = yaml.load(Path(contract_path).read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    lists = [row for path in lists_paths for row in rows_of(path)]
    activity = [row for path in activity_paths for row in rows_of(path)]
    books = Books(contract, settlement["period"], rows_of(practices_path), lists, activity)
    files = [practices_path, *lists_paths, *activity_paths]
    return inputs_checked(contract_path, files, settlement) + differences(books, settlement)


def inputs_checked(contract_path: str | Path, paths: list[Any], settlement: Terms) -> list[str]:
    """Whether a settlement was made from these very files, none less and none more."""
    due = {(Path(path).name, fingerprint(path)): {"rows": len(rows_of(path))} for path in paths}
    said = [{**row, "file": Path(row["file"]).name} for row in settlement["inputs"]]
    contract = {"sha256": fingerprint(contract_path)}
    return compared("contract", settlement["contract"], contract) + compared_rows("inputs", said, ("file", "sha256"), due)


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def differences(books: Books, settlement: Terms) -> list[str]:
    """What of a settlement does not follow from the books of its year."""
    year, _, quarter = settlement["period"].partition(" ")
    quarters = [int(quarter[1:]) - 1] if quarter else list(QUARTERS)
    contract, problems = books.contract, books.refusals(quarters)
    problems += compared("contract", settlement["contract"], {"id": contract["contract"], "title": contract["title"]})
    performances = {package: terms["performance"] for package, terms in contract["packages"].items() if "performance" in terms}
    words = ("empty_denominator", "missing_data", "withheld_data")  # the last may be left unsaid where missing data is refused
    rules = {package: {word: terms.get(word, "refuse") for word in words} for package, terms in performances.items()}
    problems += compared("settlement", settlement, {"currency": contract["currency"], "rules": rules})
    problems += compared_rows("payees", settlement["payees"], ("payee",), {(network,): {} for network in books.networks})
    totals = dict.fromkeys(TOTALS, 0)
    for payee in settlement["payees"]:
        if payee["payee"] in books.networks:
            due = payee_totals(books, payee["payee"], quarters)
            problems += compared(payee["payee"], payee, {name: text_of(pence) for name, pence in due.items()})
            problems += payee_rows(books, payee, year, quarters)
            if (payee["payee"], payee["name"]) not in books.names:
                problems.append(f"{payee['payee']}: the practices file does not call it {payee['name']}")
            totals = {name: totals[name] + due[name] for name in TOTALS}
    problems += compared("totals", settlement["totals"], {name: text_of(pence) for name, pence in totals.items()})
    listed = sum(settlement["counts"][name] for name in ("used", "left_out", "other"))
    if listed != books.rows:
        problems.append(f"counts: {listed} rows are used, left out or of other periods, but {books.rows} were read")
    problems += unearned_checked(books, settlement["unearned"], quarters)
    return problems + [f"checks: {row['check']} does not hold" for row in settlement["checks"] if row["holds"] is not True]


def payee_totals(books: Books, network: str, quarters: list[int]) -> dict[str, int]:
    """The totals of a network; for a year, money brought forward is not counted twice in `available`."""
    rows = [money for (code, _, q), money in books.money.items() if code == network and q in quarters]
    upfront, earned, adjustments = (sum(getattr(money, name) for money in rows) for name in ("upfront", "earned", "shared"))
    available = sum(money.available - (money.brought_forward if len(quarters) > 1 else 0) for money in rows)
    figures = (upfront, available, earned, adjustments, upfront + earned + adjustments, available - earned)
    return dict(zip(TOTALS, figures, strict=True))


def payee_rows(books: Books, payee: Terms, year: str, quarters: list[int]) -> list[str]:
    """The package rows and the lines of a network; for a year, each carries its period."""
    network, whole_year = payee["payee"], len(quarters) > 1
    names = ("package", "indicator", "period") if whole_year else ("package", "indicator")

    def key(*parts: Any) -> tuple[str, ...]:
        return (*parts[:-1], f"{year} Q{parts[-1] + 1}") if whole_year else parts[:-1]

    money = {key(p, q): money_due(row) for (code, p, q), row in books.money.items() if code == network and q in quarters}
    lines = {key(p, i, q): line_due(row) for (code, p, i, q), row in books.lines.items() if code == network and q in quarters}
    problems = compared_rows(network, payee["packages"], tuple(name for name in names if name != "indicator"), money)
    for row in payee["packages"]:
        instalments = [pence_of(text) for text in row["instalments"]]
        terms = books.contract["packages"].get(row["package"], {})
        parts = 3 if terms.get("upfront", {}).get("instalments") == "monthly" else 1
        if sum(instalments) != pence_of(row["upfront"]) or len(instalments) != parts:
            problems.append(f"{network} {row['package']}: the instalments are not {parts} that add up to the upfront payment")
    return problems + compared_rows(network, payee["lines"], names, lines)


def unearned_checked(books: Books, said: dict[str, str], quarters: list[int]) -> list[str]:
    """Whether what is said of unearned money adds up, for each package, to what was not earned, of all quarters looked back on."""
    problems: list[str] = []
    for package, terms in books.contract["packages"].items():
        if "performance" in terms:
            back = terms["performance"].get("catch_up") == "allowed"  # it can still be caught up, or could have been
            due = 0
            for (_, p, q), money in books.money.items():
                if p == package and (q in quarters or (back and q < quarters[-1])):
                    due += money.available - money.earned - (money.brought_forward if len(quarters) > 1 else 0)
            here = sum(pence_of(text) for name, text in said.items() if name.startswith(f"{terms['title']}: "))
            if here != due:
                problems.append(f"unearned: of {terms['title']} {text_of(here)} is accounted for, but {text_of(due)} was not earned")
    return problems
