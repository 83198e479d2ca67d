"""Recomputes a settlement from its files and says what does not follow.

Written from docs/contract.md and docs/json.md alone, without a look at the rest of this package, and importing nothing of it:
two readings of one contract that agree to the penny are worth more than one. To be read from top to bottom:

    numbers -> days and months -> files -> what is known of the language -> the money of a quarter -> counts -> curves
    -> a year, quarter by quarter -> the comparison

What it does not know it does not judge: a package with a term that is not in its lists is named as not verified.
Whole numbers throughout. Money is pence; a ratio is a pair (top, bottom), and ratios are compared by multiplying crosswise.
A month is a number, year x 12 + month - 1; quarters are 0 to 3. Each docstring names the section of docs/contract.md it follows.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Ratio = tuple[int, int]
Threshold = tuple[str, Ratio]  # ("at least", (9, 10))
Row = dict[str, str]  # a row of a CSV file, by column name
Terms = dict[str, Any]  # a part of the contract, every value the text that is written
Stays = dict[str, list[Row]]  # the rows of the practices file, by practice

LOWER = ("at most", "below")
COUNTS = ("numerator", "denominator", "excluded")
MONEY = ("value", "upfront", "deferred", "brought_forward", "available", "earned", "shared")
TOTALS = ("upfront", "available", "earned", "adjustments", "payable", "shortfall")
QUARTERS = (0, 1, 2, 3)


# ---- Numbers


@cache
def ratio(text: str) -> Ratio:
    """`70%`, `62.5%`, `7/10` or a whole number, exactly. ("Numbers")"""
    top, _, bottom = text.strip().removesuffix("%").partition("/")
    whole, _, decimals = top.strip().partition(".")
    return int(whole + decimals), int(bottom or 1) * 10 ** len(decimals) * (100 if text.strip().endswith("%") else 1)


def money(text: str) -> Ratio:
    """`250,000.00` or `2.765` in pence, as a ratio: only a price may have a part of a penny. ("Numbers")"""
    top, bottom = ratio(text.replace(",", ""))
    return top * 100, bottom


@cache
def threshold(text: str) -> Threshold:
    """`at least 90%`, `above 90%`, `at most 10%` or `below 10%`. ("Numbers")"""
    words = text.split()
    side = 2 if words[0] == "at" else 1
    return " ".join(words[:side]), ratio("".join(words[side:]))


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


@cache
def month_of(day: str) -> int:
    """The month number of `2009-04` or `2009-04-30`."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


@cache
def counted_day(month: int, counted_on: str) -> str:
    """The day of a month on which membership is counted: its first, or its last. ("The contract file": membership)"""
    if counted_on.startswith("first"):
        return date(month // 12, month % 12 + 1, 1).isoformat()
    return (date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).isoformat()


def first_year(text: str) -> int:
    """The calendar year in which `2009/10`, `09/10`, `0910` or `2009/10 to 2011/12` begins."""
    digits = re.findall("[0-9]+", text)[0]
    return int(digits) if len(digits) == 4 and digits[:2] in ("19", "20") else 2000 + int(digits[:2])


@cache
def months_of(period: str, only_year: str = "") -> tuple[int, int]:
    """First and last month of `2009-04`, `2009-06-30`, `2009/10 Q1` or `2009/10`. ("Practice, list and activity files")

    `only_year` is the year of a contract of one year, which a quarter may leave unsaid.
    """
    year, _, quarter = period.upper().partition("Q") if "Q" in period.upper() else (period, "", "")
    if not quarter:
        if "/" not in period:
            return month_of(period), month_of(period)
        return month_of(f"{period[:4]}-04"), month_of(f"{period[:4]}-04") + 11
    number = int(quarter.strip()[0])  # `2009/10 Q1`, `Q1 2009/10` or `Q1`
    start = first_year(year.strip() or quarter.strip()[1:] or only_year) * 12 + 3
    return start + 3 * number - 3, start + 3 * number - 1


# ---- Files


def rows_of(path: str | Path) -> list[Row]:
    """The rows of a CSV file; case and surrounding spaces of column names are forgiven. ("Practice, list and activity files")"""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    names = [name.strip().lower() for name in lines[0]]
    return [dict(zip(names, (cell.strip() for cell in line), strict=True)) for line in lines[1:]]


def rows_in(path: str | Path) -> int:
    """How many rows a CSV file has below its heading."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return sum(any(cell.strip() for cell in line) for line in csv.reader(file)) - 1


def stays_of(practices: list[Row]) -> Stays:
    """The rows of the practices file by practice."""
    stays: Stays = {}
    for row in practices:
        stays.setdefault(row["practice"], []).append(row)
    return stays


def home(practices: Stays, code: str, day: str) -> tuple[str, str] | None:
    """The practice with whom a practice's patients and counts are on a day (itself, or its successor), and its network.

    A practice that moves has a row for each network, with dates; after `to` its successor has them. ("Practice, list and
    activity files")
    """
    for _ in practices:  # a chain of successors is no longer than the file
        rows = practices.get(code, [])
        for row in rows:
            if (row.get("from") or day) <= day <= (row.get("to") or day):
                return code, row["network"]
        left = [(row["to"], row.get("successor") or "") for row in rows if row.get("to") and row["to"] < day]
        if not left or not max(left)[1]:
            return None
        code = max(left)[1]
    return None


def patients_by_network(name: str, as_at: str, first_month: int, practices: Stays, lists: list[Row], counted_on: str) -> dict[str, int]:
    """The patients of each network on a list at a date.

    They are those of the practices in the network in the month of that date, or in the contract's first month where the list is
    older. `registered list` and `weighted list` are columns of the practices file, others are in a lists file. ("Value")
    """
    column = {"registered list": "list_size", "weighted list": "weighted_list"}.get(name)
    rows = [row for stays in practices.values() for row in stays]
    sizes = {row["practice"]: int(row["patients"]) for row in lists if (row["list"], row["date"]) == (name, as_at)}
    if column:
        sizes |= {row["practice"]: int(row[column]) for row in rows if row.get(column) and row.get("list_date") == as_at}
    patients: dict[str, int] = {}
    day = counted_day(max(month_of(as_at), first_month), counted_on)
    for code, size in sizes.items():
        place = home(practices, code, day)
        if place:
            patients[place[1]] = patients.get(place[1], 0) + size
    return patients


# ---- What is known of the language

Known = tuple[str, ...]
CONTRACT: Known = ("p4p", "contract", "title", "commissioner", "source", "year", "years", "currency", "paid_to", "rounding", "membership")
PACKAGE: Known = ("title", "source", "value", "spread", "split", "upfront", "performance")
INDICATOR: Known = ("title", "clause", "source", "weight", "curve")
VALUES: tuple[Known, ...] = (("each",), ("shared_by", "total"), ("as_at", "shared_by", "total"), ("as_at", "per", "price"))
CURVES: dict[str, Known] = {
    "all_or_nothing": ("target",),
    "linear": ("lower", "upper", "direction"),
    "tiered": ("tiers",),
    "stepped": ("from", "step", "share_per_step", "most", "direction"),
}
DECIDES: Known = ("refuse", "leave out", "pays nothing")
PERFORMANCE: dict[str, Known] = {
    "network_rate": ("pooled", "mean of practices", "every practice"),
    "measured": ("quarter", "year to date", "snapshot", "year"),
    "catch_up": ("allowed", "none"),
    "claw_back": ("allowed", "none"),
    "unearned": ("retained by commissioner", "carried forward within the year"),
    "empty_denominator": ("pays nothing", "pays in full", "refuse"),
    "missing_data": DECIDES,
    "withheld_data": DECIDES,
    "counts_from": ("practice", "network"),
}


def strange(contract: Terms) -> list[str]:
    """What the checker does not know of a contract's own terms; it judges nothing then."""
    odd = [f"`{key}`" for key in contract if key not in (*CONTRACT, "packages", "examples")]
    terms = {"p4p": "1", "currency": "GBP", "paid_to": "network"}
    odd += [f"`{key}: {contract[key]}`" for key, word in terms.items() if contract[key] != word]
    words = {"to": ("0.01",), "mode": ("half-up", "half-even", "down", "up"), "at": ("line",)}
    odd += [f"rounding `{key}: {word}`" for key, word in contract["rounding"].items() if word not in words.get(key, ())]
    days = ("first day of the month", "last day of the month")
    return odd + [f"membership `{key}: {word}`" for key, word in contract.get("membership", {}).items() if word not in days]


def strange_package(terms: Terms) -> list[str]:
    """What the checker does not know of a package; it does not judge the package then."""
    odd = [f"`{key}`" for key in terms if key not in PACKAGE]
    if tuple(sorted(terms.get("value", ()))) not in VALUES:
        odd.append("its value")
    odd += [f"`instalments: {word}`" for word in terms.get("upfront", {}).values() if word not in ("quarterly", "monthly")]
    performance = terms.get("performance", {})
    for key, word in performance.items():
        if key == "unearned" and isinstance(word, dict):
            odd += [f"`unearned: {word}`"] if set(word) != {"shared_among", "cap"} or word["shared_among"] != "earners" else []
        elif key != "indicators" and word not in PERFORMANCE.get(key, ()):
            odd.append(f"`{key}: {word}`")
    for indicator, about in performance.get("indicators", {}).items():
        odd += [f"`{key}` of {indicator}" for key in about if key not in INDICATOR]
        curve = about.get("curve", {})
        known = CURVES.get(curve.get("kind"), ())
        odd += [f"the curve of {indicator}"] if not known or set(curve) - {*known, "kind"} else []
    return odd


# ---- The money of a quarter


def year_values(
    value: Terms, networks: list[str], first_month: int, practices: Stays, lists: list[Row], mode: str, counted_on: str
) -> dict[str, int]:
    """A year's money for each network: each, a total shared out, or a price for each patient. ("Value")"""
    if "each" in value:
        return dict.fromkeys(networks, rounded(*money(value["each"]), mode))
    if value.get("shared_by") == "equal parts":
        return shared_out(rounded(*money(value["total"]), mode), dict.fromkeys(networks, (1, 1)))
    patients = patients_by_network(value.get("per") or value["shared_by"], value["as_at"], first_month, practices, lists, counted_on)
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


@dataclass(slots=True)
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


def gap_of(thresholds: list[Threshold], n: int, d: int) -> int | None:
    """Patients needed for the next threshold: 0 where all are reached, None where none would do. (docs/json.md: gap)"""
    for edge in thresholds:
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


@dataclass(slots=True)
class Money:
    """What one package of one network comes to in one quarter, in pence."""

    value: int
    upfront: int
    deferred: int = 0
    brought_forward: int = 0
    available: int = 0
    earned: int = 0
    shared: int = 0


@dataclass(slots=True)
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
    """Unearned money shared in proportion to what networks earned, at most `cap` of what each earned. ("Unearned money")

    Where there is enough for all of them each network receives the most it may.
    """
    most = {network: amount * cap[0] // cap[1] for network, amount in earned.items()}
    if pool >= sum(most.values()):
        return most
    parts = shared_out(pool, {network: (amount, 1) for network, amount in earned.items()})
    return {network: min(part, most[network]) for network, part in parts.items()}


def looks_back(terms: Terms) -> bool:
    """Whether the quarters before a quarter are judged with it. ("Measured, catch-up, claw-back", "Unearned money")"""
    carries = terms["unearned"] == "carried forward within the year"
    return carries or terms["measured"] == "year to date" or "allowed" in (terms.get("catch_up"), terms.get("claw_back"))


class Books:
    """A contract and its files, and what follows from them for one contract year.

    `packages` are those that are judged, `unknown` says why the others are not.
    """

    def __init__(self, contract: Terms, year: str, practices: list[Row], lists: list[Row], activity: Iterable[Row]) -> None:
        self.contract, self.practices, self.lists = contract, stays_of(practices), lists
        self.unknown = {package: odd for package, terms in contract["packages"].items() if (odd := strange_package(terms))}
        self.packages = {package: terms for package, terms in contract["packages"].items() if package not in self.unknown}
        self.start = month_of(f"{year[:4]}-04")
        self.first_month = first_year(contract.get("year") or contract["years"]) * 12 + 3
        self.only_year = contract.get("year", "")
        self.mode: str = contract["rounding"]["mode"]
        self.counted_on: str = contract.get("membership", {}).get("counted_on", "first day of the month")
        self.edges: dict[str, list[Threshold]] = {}  # of each indicator's curve
        self.sorted: dict[int, dict[str, list[Any]]] = {}  # where the rows of each network are
        self.money: dict[tuple[str, str, int], Money] = {}  # network, package, quarter
        self.absent: dict[tuple[str, int], int] = {}  # package, quarter: pence offered to nobody
        self.lines: dict[tuple[str, str, str, int], Line] = {}  # network, package, indicator, quarter
        self.refused: list[tuple[int, bool, str]] = []  # quarter, whether later quarters look back on it, what is refused
        self.rows = 0
        self.place_practices()
        self.place_counts(activity)
        for package, terms in self.packages.items():
            self.settle(package, terms)

    def place_practices(self) -> None:
        """Who is where in each month, by the day on which membership is counted, and which networks are paid in each quarter: those
        with a practice in one of its months. ("The contract file": membership; "Value")
        """
        codes = sorted(self.practices)
        self.places: dict[tuple[str, int], tuple[str, str]] = {}  # practice, month -> itself or successor, network
        self.members: dict[tuple[str, int], list[str]] = {}  # network, month -> practices
        for month in range(self.start, self.start + 12):
            for code in codes:
                place = home(self.practices, code, counted_day(month, self.counted_on))
                if place:
                    self.places[code, month] = place
                if place and place[0] == code:
                    self.members.setdefault((place[1], month), []).append(code)
        self.paid = {(network, (month - self.start) // 3) for network, month in self.members}
        self.networks = sorted({network for network, _ in self.paid})
        named = {row["network"]: row["network_name"] for rows in self.practices.values() for row in rows if row.get("network_name")}
        self.names = {(row["network"], named.get(row["network"], row["network"])) for rows in self.practices.values() for row in rows}

    def place_counts(self, activity: Iterable[Row]) -> None:
        """Each row of the activity files to its network: that of its practice while it was there, else of its successor.

        With `counts_from: network` the column `practice` holds the network's code. ("Practice, list and activity files")
        """
        performances = [terms["performance"] for terms in self.packages.values() if "performance" in terms]
        by_network = {i for terms in performances if terms.get("counts_from") == "network" for i in terms["indicators"]}
        self.counts: dict[tuple[str, str], list[Count]] = {}  # network, indicator
        for row in activity:
            self.rows += 1
            (first, last), code, indicator = months_of(row["period"], self.only_year), row["practice"], row["indicator"]
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
        self.edges |= {indicator: edges(about["curve"]) for indicator, about in indicators.items()}
        where = self.practices, self.lists, self.mode, self.counted_on
        values = year_values(terms["value"], self.networks, self.first_month, *where)
        for network in self.networks:
            quarters: list[Money] = []
            for q, value in enumerate(quarter_values(values[network], terms.get("spread"), self.mode)):
                if (network, q) not in self.paid:  # offered to nobody ("Value")
                    self.absent[package, q] = self.absent.get((package, q), 0) + value
                here = value if (network, q) in self.paid else 0
                quarters.append(Money(here, upfront_of(here, terms["split"], self.start + 3 * q, self.mode)))
                if (network, q) in self.paid:
                    self.money[network, package, q] = quarters[q]
            if performance["measured"] == "year":  # the four pots together in Q4 ("Measured")
                for q in QUARTERS[:3]:
                    quarters[q].deferred = quarters[q].value - quarters[q].upfront
                quarters[3].deferred = -sum(money.deferred for money in quarters[:3])
                if (network, 3) not in self.paid:
                    self.absent[package, 3] = self.absent.get((package, 3), 0) - quarters[3].deferred
            pots = [money.value - money.upfront - money.deferred for money in quarters]
            weights = {indicator: ratio(about["weight"]) for indicator, about in indicators.items()}
            parts = [shared_out(pot, weights) if weights else {} for pot in pots]
            for indicator in indicators:
                self.settle_indicator(network, package, indicator, performance, [part[indicator] for part in parts])
        if "shared_among" in performance["unearned"]:
            for q in QUARTERS:
                there = [network for network in self.networks if (network, q) in self.paid]
                earned = {network: self.money[network, package, q].earned for network in there}
                pool = sum(self.money[network, package, q].available for network in there) - sum(earned.values())
                for network, part in shared_among(pool, earned, ratio(performance["unearned"]["cap"])).items():
                    self.money[network, package, q].shared = part

    def settle_indicator(self, network: str, package: str, indicator: str, terms: Terms, own: list[int]) -> None:
        """One indicator of one network through the year. `own` is its part of each quarter's pot. ("Split", "Unearned money")

        A quarter without a practice is passed over: nothing is earned in it, and nothing taken back.
        """
        left = to_date = paid = 0
        for q in QUARTERS if terms["measured"] != "year" else QUARTERS[3:]:
            if (network, q) not in self.paid:
                continue
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
            line.gap = gap_of(self.edges[indicator], *line.achievement)
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

    def rows_of(self, rows: dict[Any, Any], network: str, quarters: list[int]) -> dict[Any, Any]:
        """Of `money` or `lines`, the rows of a network in some quarters."""
        if id(rows) not in self.sorted:
            by_network: dict[str, list[Any]] = {}
            for at in rows:
                by_network.setdefault(at[0], []).append(at)
            self.sorted[id(rows)] = by_network
        return {at: rows[at] for at in self.sorted[id(rows)].get(network, []) if at[-1] in quarters}

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
    figures = {name: getattr(money, name) for name in MONEY} | {"shortfall": money.available - money.earned}
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
    times = Counter(keys)
    problems.extend(f"{where}: {' '.join(key)} is missing" for key in due if key not in times)
    for key, row in zip(keys, said, strict=True):
        if key not in due or times[key] > 1:
            problems.append(f"{where}: {' '.join(key)} does not belong there, or is there twice")
        else:
            problems.extend(compared(f"{where} {' '.join(key)}", row, due[key]))
    return problems


@dataclass
class Verdict:
    """What came of verifying a settlement.

    `wrong` says what does not follow, a sentence each; `unknown` what was not judged, and why. `lines` and `packages` are the rows that were
    recomputed, and `pence` what they pay: upfront, earned and shared. Nothing is verified beyond that.
    """

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lines: int = 0
    packages: int = 0
    pence: int = 0


def bare(read: Any) -> Any:
    """What was read of a contract, texts without the spaces around them (quotation marks and unbreakable spaces leave some)."""
    if isinstance(read, dict):
        return {key: bare(value) for key, value in read.items()}
    return [bare(item) for item in read] if isinstance(read, list) else read.strip()


def verify(
    contract_path: str | Path, practices_path: str | Path, activity_paths: Iterable[Any], lists_paths: Iterable[Any], settlement: Terms
) -> Verdict:
    """What of a settlement (the JSON, parsed) does not follow from the files: nothing, when every penny follows."""
    contract = bare(yaml.load(Path(contract_path).read_text("utf-8-sig"), Loader=yaml.BaseLoader))
    files = [practices_path, *lists_paths, *activity_paths]
    wrong = inputs_checked(contract_path, files, settlement)
    if odd := strange(contract):
        return Verdict(wrong, [f"the whole contract: the checker does not know {', '.join(odd)}"])
    lists = [row for path in lists_paths for row in rows_of(path)]
    activity = (row for path in activity_paths for row in rows_of(path))
    books = Books(contract, settlement["period"], rows_of(practices_path), lists, activity)
    unknown = [f"package {package}: the checker does not know {', '.join(odd)}" for package, odd in books.unknown.items()]
    unknown += ["the totals, which hold it"] if unknown else []
    quarters = quarters_of(settlement)
    money = [row for (_, _, q), row in books.money.items() if q in quarters]
    lines = sum(q in quarters for *_, q in books.lines)
    pence = sum(row.upfront + row.earned + row.shared for row in money)
    return Verdict(wrong + differences(books, settlement), unknown, lines, len(money), pence)


def quarters_of(settlement: Terms) -> list[int]:
    """The quarters that a settlement is for."""
    quarter = settlement["period"].partition(" ")[2]
    return [int(quarter[1:]) - 1] if quarter else list(QUARTERS)


def inputs_checked(contract_path: str | Path, paths: list[Any], settlement: Terms) -> list[str]:
    """Whether a settlement was made from these very files, none less and none more."""
    due = {(Path(path).name, fingerprint(path)): {"rows": rows_in(path)} for path in paths}
    said = [{**row, "file": Path(row["file"]).name} for row in settlement["inputs"]]
    contract = {"sha256": fingerprint(contract_path)}
    return compared("contract", settlement["contract"], contract) + compared_rows("inputs", said, ("file", "sha256"), due)


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def differences(books: Books, settlement: Terms) -> list[str]:
    """What of a settlement does not follow from the books of its year."""
    year, quarters = settlement["period"].partition(" ")[0], quarters_of(settlement)
    contract, problems = books.contract, books.refusals(quarters)
    problems += compared("contract", settlement["contract"], {"id": contract["contract"], "title": contract["title"]})
    performances = {package: terms["performance"] for package, terms in books.packages.items() if "performance" in terms}
    words = ("empty_denominator", "missing_data", "withheld_data")  # the last may be left unsaid where missing data is refused
    rules = {package: {word: terms.get(word, "refuse") for word in words} for package, terms in performances.items()}
    said = {**settlement, "rules": {package: rule for package, rule in settlement["rules"].items() if package not in books.unknown}}
    problems += compared("settlement", said, {"currency": contract["currency"], "rules": rules})
    networks = sorted({network for network, q in books.paid if q in quarters})
    problems += compared_rows("payees", settlement["payees"], ("payee",), {(network,): {} for network in networks})
    totals = dict.fromkeys(TOTALS, 0)
    for payee in settlement["payees"]:
        if payee["payee"] in books.networks:
            due = payee_totals(list(books.rows_of(books.money, payee["payee"], quarters).values()), len(quarters) > 1)
            if not books.unknown:
                problems += compared(payee["payee"], payee, {name: text_of(pence) for name, pence in due.items()})
            problems += payee_rows(books, payee, year, quarters)
            if (payee["payee"], payee["name"]) not in books.names:
                problems.append(f"{payee['payee']}: the practices file does not call it {payee['name']}")
            totals = {name: totals[name] + due[name] for name in TOTALS}
    if not books.unknown:
        problems += compared("totals", settlement["totals"], {name: text_of(pence) for name, pence in totals.items()})
    listed = sum(settlement["counts"][name] for name in ("used", "left_out", "other"))
    if listed != books.rows:
        problems.append(f"counts: {listed} rows are used, left out or of other periods, but {books.rows} were read")
    problems += unearned_checked(books, settlement["unearned"], quarters)
    return problems + [f"checks: {row['check']} does not hold" for row in settlement["checks"] if row["holds"] is not True]


def payee_totals(rows: list[Money], whole_year: bool) -> dict[str, int]:
    """The totals of a network; for a year, money brought forward is not counted twice in `available`."""
    upfront, earned, adjustments = (sum(getattr(money, name) for money in rows) for name in ("upfront", "earned", "shared"))
    available = sum(money.available - (money.brought_forward if whole_year else 0) for money in rows)
    figures = (upfront, available, earned, adjustments, upfront + earned + adjustments, available - earned)
    return dict(zip(TOTALS, figures, strict=True))


def payee_rows(books: Books, payee: Terms, year: str, quarters: list[int]) -> list[str]:
    """The package rows and the lines of a network; for a year, each carries its period."""
    network, whole_year = payee["payee"], len(quarters) > 1
    names = ("package", "indicator", "period") if whole_year else ("package", "indicator")

    def key(*parts: Any) -> tuple[str, ...]:
        return (*parts[:-1], f"{year} Q{parts[-1] + 1}") if whole_year else parts[:-1]

    money = {key(*at[1:]): money_due(row) for at, row in books.rows_of(books.money, network, quarters).items()}
    lines = {key(*at[1:]): line_due(row) for at, row in books.rows_of(books.lines, network, quarters).items()}
    said = {part: [row for row in payee[part] if row["package"] not in books.unknown] for part in ("packages", "lines")}
    problems = compared_rows(network, said["packages"], tuple(name for name in names if name != "indicator"), money)
    for row in said["packages"]:
        terms = books.packages.get(row["package"], {})
        parts = 3 if terms.get("upfront", {}).get("instalments") == "monthly" else 1
        due = shared_out(pence_of(row["upfront"]), dict.fromkeys("abc"[:parts], (1, 1)))
        if row["instalments"] != [text_of(pence) for pence in due.values()]:
            problems.append(f"{network} {row['package']}: the instalments are not the {parts} that the upfront payment is paid in")
    return problems + compared_rows(network, said["lines"], names, lines)


def unearned_checked(books: Books, said: dict[str, str], quarters: list[int]) -> list[str]:
    """Whether what is said of unearned money adds up, for each package, to what was not earned, of all quarters looked back on."""
    problems: list[str] = []
    kept = ": retained by the commissioner, value of quarters without a practice"
    for package, terms in books.packages.items():
        here = pence_of(said.get(terms["title"] + kept, "0.00"))
        if here != (due := sum(books.absent.get((package, q), 0) for q in quarters)):
            problems.append(
                f"unearned: of {terms['title']} {text_of(here)} is of quarters without a practice, but {text_of(due)} was offered to nobody"
            )
        if "performance" in terms:
            back = terms["performance"].get("catch_up") == "allowed"  # it can still be caught up, or could have been
            due = 0
            for (_, p, q), money in books.money.items():
                if p == package and (q in quarters or (back and q < quarters[-1])):
                    due += money.available - money.earned - (money.brought_forward if len(quarters) > 1 else 0)
            here = sum(pence_of(text) for name, text in said.items() if name.startswith(f"{terms['title']}: ") and not name.endswith(kept))
            if here != due:
                problems.append(f"unearned: of {terms['title']} {text_of(here)} is accounted for, but {text_of(due)} was not earned")
    return problems
