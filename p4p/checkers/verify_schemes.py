"""Recomputes a settlement of a contract with `payments` from its files and says what does not follow.

Written from docs/schemes.md, the manual pages (`p4p kinds`) and docs/json.md alone, without a look at the rest of this package, and importing
nothing of it: two readings of one contract that agree to the penny are worth more than one. To be read from top to bottom:

    numbers -> months -> files -> what is known of the language -> figures, counts, lists -> what a term stands for -> the kinds of step
    -> payments, period by period -> the comparison

What it does not know it does not judge: a payment with a term that is not in its lists is named as not verified.
Fractions throughout. An Amount is in pounds or dollars where `money` is 1; a word, and a yes or a no, is text.
A month is a number, year x 12 + month - 1; a Span is the first and the last of some months. Each docstring of a rule names the page it follows.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

Terms = dict[str, Any]  # a part of the contract, every value the text that is written
Row = dict[str, str]  # a row of a CSV file, by column name
Span = tuple[int, int]  # first and last month

ZERO, ONE, PENNY = Fraction(0), Fraction(1), Fraction(1, 100)
TOTALS = ("upfront", "available", "earned", "payable", "shortfall")
CONTRACT = "contract"  # the payee whose figures are the contract's own


class Unknown(Exception):
    """Something that the checker does not know, or that the pages do not say: what hangs on it is not verified."""


class Refused(Exception):
    """Something that a settlement must refuse; that there is one all the same does not follow."""


# ---- Numbers


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, and whether it is money: 1 for an amount, -1 for a number divided by one, 0 for a plain number or a ratio."""

    value: Fraction
    money: int = 0


Value = Amount | str
NOTHING = Amount(ZERO)

_NUMBER = re.compile(r"([-−]?)([£$]?)(\d[\d,]*(?:\.\d+)?)(\s?%|\s?/\s?\d[\d,]*)?", re.ASCII)


@cache
def amount_of(text: str) -> Amount | None:
    """`£64.00`, `$4.59`, `70%`, `7/10` or `5891`, exactly; None for anything else, which is a name. ("Numbers and names")"""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        return None
    minus, mark, digits, rest = found.groups()
    value, rest = Fraction(digits.replace(",", "")), (rest or "").replace(" ", "")
    if rest == "%":
        value /= 100
    elif rest:
        bottom = int(rest[1:].replace(",", ""))
        if not bottom:
            return None
        value /= bottom
    return Amount(-value if minus else value, 1 if mark else 0)


def plain(text: str) -> Fraction:
    """A literal that is no money, such as a weight of a curve."""
    amount = amount_of(text)
    if amount is None or amount.money:
        raise Unknown(f"`{text}` where a plain number belongs")
    return amount.value


def rounded(value: Fraction, to: Fraction, mode: str) -> Fraction:
    """A multiple of `to`; half-up takes a half away from zero, down is towards zero. (`p4p kinds rounded`; "rounding")"""
    parts = value / to
    whole, rest = divmod(abs(parts.numerator), parts.denominator)
    up = {
        "half-up": 2 * rest >= parts.denominator,
        "half-even": 2 * rest > parts.denominator or (2 * rest == parts.denominator and whole % 2 == 1),
        "down": False,
        "towards zero": False,
        "up": rest > 0,
        "away from zero": rest > 0,
        "downwards": rest > 0 and value < 0,
        "upwards": rest > 0 and value > 0,
    }
    if mode not in up:
        raise Unknown(f"`mode: {mode}`")
    return (whole + up[mode]) * to * (1 if value >= 0 else -1)


def shared_out(pence: int, weights: dict[str, Fraction], order: Callable[[str], Any]) -> dict[str, int]:
    """Whole pence by largest remainder, ties by `order`; a deficit likewise. (`p4p kinds part_of_pot`, `between`)"""
    if any(weight < 0 for weight in weights.values()):
        raise Refused("weights below zero")
    total = sum(weights.values(), ZERO)
    if not total:
        return dict.fromkeys(weights, 0)
    exact = {name: abs(pence) * weight / total for name, weight in weights.items()}
    parts = {name: math.floor(part) for name, part in exact.items()}
    left = abs(pence) - sum(parts.values())
    for name in sorted(weights, key=lambda name: (parts[name] - exact[name], order(name)))[:left]:
        parts[name] += 1
    return {name: part if pence >= 0 else -part for name, part in parts.items()}


def added(amounts: Iterable[Amount]) -> Amount:
    """The sum of amounts of one unit; nothing is nothing in every unit."""
    out: Amount | None = None
    for amount in amounts:
        if out is not None and out.money != amount.money and out.value and amount.value:
            raise Unknown("money added to what is not money")
        money = amount.money if out is None or not out.value else out.money
        out = Amount((out.value if out else ZERO) + amount.value, money)
    return out or NOTHING


def times(*amounts: Amount) -> Amount:
    """The product of amounts."""
    return Amount(math.prod((amount.value for amount in amounts), start=ONE), sum(amount.money for amount in amounts))


def minus(amount: Amount) -> Amount:
    """The amount with its sign turned."""
    return Amount(-amount.value, amount.money)


def like(amount: Amount, other: Amount) -> Fraction:
    """The value of an amount that must be of the same unit as another; nothing is nothing in every unit."""
    if amount.money != other.money and amount.value and other.value:
        raise Unknown("money compared with what is not money")
    return amount.value


# ---- Months


def month_of(day: str) -> int:
    """The month of `2009-04` or `2009-04-30`."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def last_day(month: int) -> str:
    """The last day of a month, as `2009-04-30`."""
    return (date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).isoformat()


@cache
def span_of(text: str) -> Span:
    """The months of `2016/17`, `2016`, `2016/17 Q1`, `2015 Q1`, `2016-04` or `2016-04-30`. ("Measures")"""
    if found := re.fullmatch(r"(\d{4})(?: Q([1-4]))?", text.strip()):
        year, quarter, financial = found[1], found[2], found[1][:2] not in ("19", "20")  # 1617 is 2016/17
        year = f"20{year[:2]}" if financial else year
    elif re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text.strip()):
        return month_of(text.strip()), month_of(text.strip())
    elif found := re.fullmatch(r"(?:FY)?\s*(\d{4}|\d\d)\s*[/–-]?\s*(?:\d{4}|\d\d)(?: Q([1-4]))?", text.strip(), re.IGNORECASE):
        year, quarter, financial = found[1] if len(found[1]) == 4 else f"20{found[1]}", found[2], True  # 16/17, 2016/2017
    else:
        raise Unknown(f"the period `{text}`")
    first = int(year) * 12 + (3 if financial else 0)
    return (first + 3 * int(quarter) - 3, first + 3 * int(quarter) - 1) if quarter else (first, first + 11)


def named(span: Span, start: int) -> str:
    """What a month, a quarter or a year is called, in a year that begins with month `start`."""
    first, last = span
    if first == last:
        return f"{first // 12}-{first % 12 + 1:02d}"
    year = (first - start) // 12
    name = f"{year}/{(year + 1) % 100:02d}" if start else f"{year}"
    return name if last - first == 11 else f"{name} Q{(first - start) % 12 // 3 + 1}"


def days_of(text: str, start: int) -> tuple[str, str]:
    """From which day to which a parameter's value holds, both included. ("Parameters")"""

    def ends(part: str) -> tuple[str, str]:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", part):
            return part, part
        first, last = span_of(part)
        return f"{first // 12}-{first % 12 + 1:02d}-01", last_day(last)

    text = text.strip()
    if text.endswith(" on"):
        return ends(text.removesuffix(" on").strip())[0], "9999-12-31"
    begin, _, end = text.partition(" to ")
    return ends(begin.strip())[0], ends((end or begin).strip())[1]


# ---- Files


def rows_of(path: str | Path) -> list[Row]:
    """The rows of a CSV file; case and surrounding spaces of column names are forgiven, blank lines are none."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    names = [name.strip().lower() for name in lines[0]]
    return [dict(zip(names, (cell.strip() for cell in line), strict=True)) for line in lines[1:]]


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


# ---- What is known of the language

Known = tuple[str, ...]
CONTRACT_KEYS: Known = ("p4p", "contract", "title", "commissioner", "source", "calendar", "year", "years", "currency", "paid_to", "settled")
CONTRACT_KEYS += ("paid", "paid_after", "rounding", "payees", "measures", "parameters", "payments", "examples")
MEASURE: Known = ("title", "unit", "measured", "as_at", "given_for", "list", "excluded", "missing", "source")
PARAMETER: Known = ("title", "source", "selected_by", "values")
PAYMENT: Known = ("title", "source", "clause", "settled", "steps", "pays", "available", "upfront", "basis", "claw_back")
WORDS: dict[str, Known] = {
    "p4p": ("1",),
    "calendar": ("April to March", "January to December"),
    "currency": ("GBP", "USD"),
    "paid_to": ("network", "practice", "provider", "partner", "federation", "locality", "organisation", "facility"),
    "settled": ("monthly", "quarterly", "yearly"),
    "paid": ("in advance", "in arrears"),
    "unit": ("money", "patients", "number", "ratio", "yes or no", "word", "counts"),
    "measured": ("in the period", "year to date", "at the end of the period", "for the quarter", "for the year"),
    "given_for": ("each payee", "the contract"),
    "excluded": ("leaves the denominator", "already out"),
    "selected_by": ("period", "payment"),
    "basis": ("the period", "year to date"),
    "claw_back": ("allowed", "none"),
}
ROUNDING: dict[str, Known] = {"to": ("0.01", "1"), "mode": ("half-up", "half-even", "down", "up"), "at": ("payment", "line")}
CURVES: dict[str, Known] = {
    "all_or_nothing": ("target",),
    "linear": ("lower", "upper", "direction"),
    "tiered": ("tiers",),
    "stepped": ("from", "step", "share_per_step", "most", "direction"),
}
DIRECTION: Known = ("higher is better", "lower is better")
#: Of each kind of step its keys; of those that hold parts by id, the keys of a part.
STEPS: dict[str, dict[str, Known | None]] = {
    "sum": {"of": None, "less": None},
    "product": {"of": None},
    "ratio": {"of": None, "to": None, "if_zero": None},
    "limits": {"of": None, "least": None, "most": None},
    "best": {"of": None},
    "worst": {"of": None},
    "mean": {"of": None},
    "weighted": {"parts": ("title", "of", "weight"), "missing": None},
    "rounded": {"of": None, "to": None, "mode": None},
    "bands": {"of": None, "bands": None, "otherwise": None},
    "line": {"of": None, "segments": None, "below": None, "above": None},
    "corridors": {"of": None, "per": None, "bands": None},
    "curve": {"of": None, "curve": None},
    "lookup": {"by": None, "rows": None, "otherwise": None},
    "gate": {"of": None, "requires": None, "requires_any": None, "otherwise": None},
    "deduction": {"of": None, "each": None, "times": None},
    "milestones": {"milestones": ("title", "pays", "done", "clause")},
    "baseline": {"years": ("of", "weight"), "growth": None, "growth_amount": None, "risk": None, "most_risk": None},
    "saving_rate": {"baseline": None, "baseline_period": None, "spent": None, "if_zero": None},
    "minimum_saving": {"of": None, "minimum": None, "counts": None, "below": None, "losses": None},
    "gain_share": {"of": None, "gains": None, "losses": None},
    "loss_rate": {"gain_rate": None, "least": None, "most": None},
    "withhold": {"of": None, "rate": None},
    "recoup": {"of": None, "advances": None},
    "tariff": {"services": ("title", "units", "price")},
    "marginal_rate": {"actual": None, "baseline": None, "baseline_period": None, "above": None, "below": None},
    "tolerance": {"delivered": None, "contracted": None, "price": None, "lower": None, "upper": None},
    "instalment": {"of": None, "parts": None, "equal": None},
    "capitation": {"segments": ("title", "people", "price")},
    "year_of_care": {"staff": None, "contacts": ("title", "minutes", "staff", "times", "part", "group", "source")},
    "total": {"of": None},
    "average": {"of": None},
    "part_of_pot": {"pot": None, "by": None},
    "between": {"of": None, "shares": None},
    "achievement": {"of": None, "empty": None},
    "points": {
        "indicators": ("title", "points", "curve", "done", "counts", "factors", "ruling", "clause", "source"),
        **dict.fromkeys(("point_value", "factors", "rounded", "empty")),
    },
    "prevalence": {"of": None, "national": None, "rule": None, "least_prevalence": None, "if_zero": None},
}
RULING: Known = ("does", "points", "reason", "decided", "source")
RULINGS: Known = ("withdrawn", "set to", "not below")


def strange(contract: Terms) -> list[str]:
    """What the checker does not know of a contract beside its payments; it judges nothing then."""
    odd = [f"`{key}`" for key in contract if key not in CONTRACT_KEYS]
    odd += [f"rounding `{key}: {word}`" for key, word in contract["rounding"].items() if word not in ROUNDING.get(key, ())]
    measures = [(terms, MEASURE) for terms in contract.get("measures", {}).values()]
    parameters = [(terms, PARAMETER) for terms in contract.get("parameters", {}).values()]
    for terms, known in [*measures, *parameters]:
        odd += [f"`{key}`" for key in terms if key not in known]
    for terms in (contract, *(terms for terms, _ in [*measures, *parameters])):
        odd += [f"`{key}: {terms[key]}`" for key, words in WORDS.items() if key in terms and terms[key] not in words]
    return odd


def strange_payment(payment: Terms) -> list[str]:
    """What the checker does not know of a payment; it does not judge the payment then."""
    odd = [f"`{key}`" for key in payment if key not in PAYMENT]
    odd += [f"`{key}: {payment[key]}`" for key, words in WORDS.items() if key in payment and payment[key] not in words]
    for name, step in payment["steps"].items():
        kind = step.get("kind")
        if kind not in STEPS:
            odd.append(f"the kind `{kind}` of {name}")
            continue
        odd += [f"`{key}` of {name}" for key in step if key != "kind" and key not in STEPS[kind]]
        for key, known in STEPS[kind].items():
            if known is not None:
                parts = step.get(key, {}).values()
                odd += [f"`{word}` in {name}" for part in parts for word in part if word not in known]
                odd += [what for part in parts for what in strange_curve(part.get("curve"), name)]
                rulings = [part["ruling"] for part in parts if "ruling" in part]
                odd += [f"`{word}` of a ruling in {name}" for ruling in rulings for word in ruling if word not in RULING]
                odd += [f"`does: {ruling.get('does')}` in {name}" for ruling in rulings if ruling.get("does") not in RULINGS]
        odd += strange_curve(step.get("curve"), name)
    return odd


def strange_curve(curve: Terms | None, step: str) -> list[str]:
    """What the checker does not know of a curve."""
    if curve is None:
        return []
    known = CURVES.get(curve.get("kind", ""), ())
    strange_keys = not known or set(curve) - {*known, "kind"} or curve.get("direction", DIRECTION[0]) not in DIRECTION
    return [f"the curve of {step}"] if strange_keys else []


# ---- Figures, counts, lists


def figure_of(text: str, unit: str, currency: str) -> Value:
    """A figure as a measure's unit reads it; money in the contract's own currency only. ("Measures"; "Numbers and names")"""
    if unit in ("word", "yes or no"):
        return text
    amount, mark = amount_of(text), {"GBP": "£", "USD": "$"}[currency] if unit == "money" else ""
    if amount is None or any(other in text for other in "£$" if other != mark):
        raise Unknown(f"the figure `{text}`")
    return Amount(amount.value, 1 if unit == "money" else 0)


@dataclass(frozen=True, slots=True)
class Given:
    """A figure of a file: its months (and whether it is one of a day), the period as it is written, and the text of its value."""

    span: Span
    day: bool
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Patients counted; `eligible` are those of the denominator that are left when the excluded have left it."""

    numerator: int
    denominator: int
    excluded: int
    eligible: int


class Books:
    """A contract with its files: who is paid, and what each of them is judged on."""

    def __init__(self, contract: Terms, measures: list[Row], practices: list[Row], lists: list[Row], activity: list[Row]) -> None:
        self.contract = contract
        self.measures: dict[str, Terms] = contract.get("measures", {})
        self.parameters: dict[str, Terms] = contract.get("parameters", {})
        self.payments: dict[str, Terms] = contract["payments"]
        self.titles: dict[str, Terms] = contract.get("payees", {})
        self.order = {name: place for place, name in enumerate(self.payments)}
        self.paid_to: str = contract["paid_to"]
        self.start = 0 if contract.get("calendar") == "January to December" else 3

        self.several_years = "years" in contract
        self.first_month = span_of((contract.get("year") or contract["years"]).partition(" to ")[0].replace("-", "/"))[0]
        self.stays: dict[str, list[Row]] = {}
        for row in practices:
            self.stays.setdefault(row["practice"], []).append(row)
        self.lists, self.activity = lists, activity
        self.figures: dict[tuple[str, str], list[Given]] = {}
        for row in measures:
            day = row["period"].count("-") == 2
            given = Given(span_of(row["period"]), day, row["period"], row["value"])
            self.figures.setdefault((row["payee"], row["measure"]), []).append(given)
        self.homes: dict[tuple[str, int], str | None] = {}
        self.made_of: dict[int, dict[str, list[str]]] = {}
        self.counts: dict[tuple[str | None, str], list[tuple[Span, str, tuple[int, int, int]]]] = {}
        for row in activity:
            span, counted = span_of(row["period"]), (int(row["numerator"]), int(row["denominator"]), int(row.get("excluded") or 0))
            payee = self.home_payee(row["practice"], self.there_until(row["practice"], span))
            self.counts.setdefault((payee, row["indicator"]), []).append((span, row["practice"], counted))

    # who

    def home(self, code: str, month: int) -> tuple[str, str] | None:
        """With whom the patients of a practice are in a month (itself, or its successor), and in which network. (docs/contract.md)"""
        day = f"{month // 12}-{month % 12 + 1:02d}-01"
        for _ in self.stays:  # a chain of successors is no longer than the file
            rows = self.stays.get(code, [])
            for row in rows:
                if (row.get("from") or day) <= day <= (row.get("to") or day):
                    return code, row["network"]
            left = [(row["to"], row.get("successor") or "") for row in rows if row.get("to") and row["to"] < day]
            if not left or not max(left)[1]:
                return None
            code = max(left)[1]
        return None

    def there_until(self, code: str, span: Span) -> int:
        """The month in which a row counts: the last of its months in which its own practice was there. (docs/contract.md, "Practice, list and activity files")"""
        there = (month for month in range(span[1], span[0] - 1, -1) if (self.home(code, month) or ("", ""))[0] == code)
        return next(there, span[1])

    def home_payee(self, code: str, month: int) -> str | None:
        """Which payee has the patients of a practice in a month."""
        if (code, month) not in self.homes:
            place = self.home(code, month)
            self.homes[code, month] = place and place[self.paid_to == "network"]
        return self.homes[code, month]

    def members(self, payee: str, month: int) -> list[str]:
        """The practices that a payee is made of in a month."""
        if month not in self.made_of:
            self.made_of[month] = {}
            for code in self.stays:
                place = self.home(code, month)
                if place and place[0] == code:
                    self.made_of[month].setdefault(place[self.paid_to == "network"], []).append(code)
        return self.made_of[month].get(payee, [])

    def payees(self, year: Span) -> list[str]:
        """Who is paid in a year: those the contract names; else the practices or networks of the practices file; else those who have figures."""
        if self.titles:
            return sorted(self.titles)
        if self.stays and self.paid_to in ("practice", "network"):
            months = range(year[0], year[1] + 1)
            return sorted({payee for code in self.stays for month in months if (payee := self.home_payee(code, month))})
        own = {name for name, terms in self.measures.items() if terms.get("given_for") != "the contract"}
        found = {
            payee
            for (payee, measure), given in self.figures.items()
            if measure in own and payee != CONTRACT and (not self.several_years or any(year[0] <= row.span[0] <= year[1] for row in given))
        }
        return sorted(found)

    @cached_property
    def names(self) -> dict[str, str]:
        """What each payee is called: as the contract says, else the practices file, else by its code."""
        names = {payee: terms.get("title", payee) for payee, terms in self.titles.items()}
        for code, rows in self.stays.items():
            for row in rows:
                if self.paid_to == "network":
                    names.setdefault(row["network"], row.get("network_name") or row["network"])
                else:
                    names.setdefault(code, row.get("name") or code)
        return names

    # when

    def year_of(self, span: Span) -> Span:
        """The year in which a period lies."""
        first = (span[0] - self.start) // 12 * 12 + self.start
        return first, first + 11

    def periods(self, settled: str, inside: Span) -> list[Span]:
        """The months, quarters or years that end inside some months: what is settled in them. ("Commands")"""
        size = {"monthly": 1, "quarterly": 3, "yearly": 12}[settled]
        ends = (last for last in range(inside[0], inside[1] + 1) if (last - self.start + 1) % size == 0)
        return [(last - size + 1, last) for last in ends]

    # what

    def window(self, measured: str, period: Span) -> Span:
        """Whose figures a period is settled on. ("Measures": measured)"""
        year = self.year_of(period)[0]
        quarter = year + (period[1] - year) // 3 * 3  # of a year, its last
        windows = {
            "in the period": period,
            "year to date": (year, period[1]),
            "at the end of the period": (period[1], period[1]),
            "for the quarter": (quarter, quarter + 2),
            "for the year": (year, year + 11),
        }
        return windows[measured]

    def figure(self, payee: str, name: str, period: Span) -> Value:
        """The figure of a measure for a payee and a period. ("Measures")"""
        terms = self.measures[name]
        unit = terms["unit"]
        if "list" in terms:
            return self.list_size(payee, terms["list"], terms["as_at"])
        given = self.figures.get((CONTRACT if terms.get("given_for") == "the contract" else payee, name), [])
        if "as_at" in terms:
            found = [row.text for row in given if row.period == terms["as_at"]]
            return figure_of(found[0], unit, self.contract["currency"]) if found else self.missing(name, period)
        if terms["measured"] == "at the end of the period":
            ending = [row for row in given if row.span[1] == period[1]]
            of_days = {row.period: row.text for row in ending if row.day}
            if len(of_days) < sum(row.day for row in ending):
                raise Refused(f"{name} is given twice for a day")
            texts = [of_days[max(of_days)]] if of_days else [row.text for row in sorted(ending, key=lambda row: -row.span[0])]
            return figure_of(texts[0], unit, self.contract["currency"]) if texts else self.missing(name, period)
        window = self.window(terms["measured"], period)
        parts = [row for row in given if window[0] <= row.span[0] and row.span[1] <= window[1] and not row.day]
        if any(row.span[0] <= window[1] and window[0] <= row.span[1] and row not in parts for row in given if row.span[0] < row.span[1]):
            raise Refused(f"{name} is given for more than the period")
        if not parts:
            return self.missing(name, period)
        filled = sum(row.span[1] - row.span[0] + 1 for row in parts)
        zero = self.missing_value(name)
        rest_is_nothing = zero == "no" or (isinstance(zero, Amount) and not zero.value)
        if filled < window[1] - window[0] + 1 and not rest_is_nothing:
            raise Refused(f"{name} is given for a part of the period only")
        values = [figure_of(row.text, unit, self.contract["currency"]) for row in parts]
        if unit == "yes or no":
            return "yes" if "yes" in values else "no"
        if len(set(values)) > 1 and unit == "word":
            raise Refused(f"{name} is not the same word in all of the period")
        if len(values) > 1 and unit == "ratio":
            raise Refused(f"{name}: ratios of parts are not the ratio of the whole")
        return values[0] if unit == "word" else added(value for value in values if isinstance(value, Amount))

    def missing_value(self, name: str) -> Value | None:
        """What a missing figure of a measure means; None where it is refused."""
        written = self.measures[name].get("missing", "refuse")
        return None if written == "refuse" else figure_of(written, self.measures[name]["unit"], self.contract["currency"])

    def missing(self, name: str, period: Span) -> Value:
        """What stands for a figure that is not there. ("Measures": missing)"""
        value = self.missing_value(name)
        if value is None:
            raise Refused(f"there is no figure for {name} in {named(period, self.start)}")
        return value

    def list_size(self, payee: str, name: str, as_at: str) -> Amount:
        """The patients of a payee on a list at a date. (docs/contract.md, "Value")"""
        column = {"registered list": "list_size", "weighted list": "weighted_list"}.get(name)
        sizes = {row["practice"]: row["patients"] for row in self.lists if (row["list"], row["date"]) == (name, as_at)}
        if column:
            rows = [row for stays in self.stays.values() for row in stays]
            sizes |= {row["practice"]: row[column] for row in rows if row.get(column) and row.get("list_date") == as_at}
        month = max(month_of(as_at), self.first_month)
        found = [Fraction(size.replace(",", "")) for code, size in sizes.items() if self.home_payee(code, month) == payee]
        if not found:
            raise Refused(f"there is no {name} of {as_at}")
        return Amount(sum(found, ZERO))

    def counted(self, payee: str, name: str, period: Span) -> Counts:
        """The counts of a measure, pooled over the practices of a payee. ("Measures"; `p4p kinds achievement`)"""
        terms = self.measures[name]
        if "as_at" in terms or terms.get("given_for") == "the contract":
            raise Unknown(f"counts `as_at` a day, or for the contract ({name})")
        window = self.window(terms["measured"], period)
        sums, covered = [0, 0, 0], set()
        for span, practice, figures in self.counts.get((payee, name), []):
            if span[1] < window[0] or window[1] < span[0]:
                continue
            if not (window[0] <= span[0] and span[1] <= window[1]):
                raise Refused(f"{name} of {practice} is given for more than the period")
            covered |= {(practice, month) for month in range(span[0], span[1] + 1)}
            sums = [a + b for a, b in zip(sums, figures, strict=True)]
        due = {(code, month) for month in range(window[0], window[1] + 1) for code in self.members(payee, month)}
        if due - covered:
            raise Refused(f"there are no counts of {name} for {min(due - covered)[0]}")
        numerator, denominator, excluded = sums
        excluded = excluded if terms["excluded"] == "leaves the denominator" else 0  # those who are out already are not counted here
        return Counts(numerator, denominator, excluded, denominator - excluded)

    def parameter(self, name: str, period: Span) -> str:
        """The term that a parameter stands for on its day. ("Parameters")"""
        terms = self.parameters[name]
        month = period[1]
        if terms["selected_by"] == "payment":
            month += int(self.contract["paid_after"].split()[0])
        for run, value in terms["values"].items():
            first, last = days_of(run, self.start)
            if first <= last_day(month) <= last:
                return str(value)
        raise Refused(f"{name} has no value on {last_day(month)}")


# ---- What a term stands for


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator of a step of points: what was counted, its points, and its money in pence."""

    step: str
    indicator: str
    counts: Counts | None
    achievement: Fraction | None
    points: Fraction
    most_points: Fraction
    available: int
    earned: int


@dataclass
class At:
    """A payee in a period of a payment: what the names in its steps stand for."""

    books: Books
    payee: str
    period: Span
    payment: str
    to_date: bool  # the payment is one of the year to date
    paid: Callable[[str, str, Span], int]  # what an earlier payment paid a payee within some months, in pence
    step: str = ""  # the step that is worked out
    steps: dict[str, Value] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def value(self, text: str) -> Value:
        """A number with its unit, or what a name stands for: an earlier step or an outcome of one, a measure, a parameter, a payee's own
        figure, an earlier payment. ("Numbers and names")"""
        text = text.strip()
        if (amount := amount_of(text)) is not None:
            return amount
        if text in self.steps:
            return self.steps[text]
        if text in self.books.measures:
            return self.books.figure(self.payee, text, self.period)
        if text in self.books.parameters:
            return self.value(self.books.parameter(text, self.period))
        own = self.books.titles.get(self.payee, {})
        if text in own and text != "title":
            return self.value(own[text])
        if text in self.books.order and self.books.order[text] < self.books.order[self.payment]:
            first = self.books.year_of(self.period)[0] if self.to_date else self.period[0]
            return Amount(Fraction(self.paid(text, self.payee, (first, self.period[1])), 100), 1)
        if text in ("yes", "no"):
            return text
        raise Unknown(f"the name `{text}`")

    def __call__(self, text: str) -> Amount:
        """What a term stands for, as a number: a yes is 1 and a no is 0."""
        value = self.value(text)
        if isinstance(value, Amount):
            return value
        if value in ("yes", "no"):
            return Amount(ONE if value == "yes" else ZERO)
        raise Unknown(f"the word `{value}` where a number belongs")

    def or_refused(self, text: str, why: str) -> Amount:
        """What a term stands for, unless it is the word `refuse`."""
        if text.strip() == "refuse":
            raise Refused(why)
        return self(text)

    def holds(self, name: str, test: str) -> bool:
        """Whether a condition holds. (`p4p kinds gate`)"""
        test = test.strip()
        if test in ("yes", "no"):
            return self(name).value == (1 if test == "yes" else 0)
        if test.startswith("is "):
            word = test.removeprefix("is ").strip()
            other = word.startswith("not ")
            return (self.value(name) == word.removeprefix("not ").strip()) != other
        side, edge = sided(test)
        amount = self(name)
        return reaches(amount.value, side, like(self(edge), amount))

    def pence(self, amount: Amount) -> int:
        """An amount of money in whole pence, half a penny away from zero."""
        if amount.money != 1 and amount.value:
            raise Unknown("pence of what is not money")
        return int(rounded(amount.value, PENNY, "half-up") * 100)

    def paid_out(self, amount: Amount) -> int:
        """An amount of money in pence, rounded as the contract rounds what it pays. ("rounding")"""
        if amount.money != 1 and amount.value:
            raise Unknown("what is paid is not money")
        rounding = self.books.contract["rounding"]
        return int(rounded(amount.value, plain(rounding["to"]), rounding["mode"]) * 100)


def sided(test: str) -> tuple[str, str]:
    """`at least 2%` as its side and its edge."""
    for side in ("at least", "above", "at most", "below"):
        if test.startswith(side + " "):
            return side, test.removeprefix(side).strip()
    raise Unknown(f"the test `{test}`")


def reaches(value: Fraction, side: str, edge: Fraction) -> bool:
    """Whether a number is on that side of an edge."""
    return {"at least": value >= edge, "above": value > edge, "at most": value <= edge, "below": value < edge}[side]


def pence(pence: int) -> Amount:
    """Whole pence as an amount."""
    return Amount(Fraction(pence, 100), 1)


# ---- The kinds of step: each gives its result and its outcomes

Came = tuple[Value, dict[str, Value]]
Rule = Callable[[Terms, At], Came]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """The rule of the kind that the function is named after."""
    RULES[function.__name__.rstrip("_")] = function
    return function


@rule
def sum_(step: Terms, at: At) -> Came:
    """`p4p kinds sum`."""
    return added([*map(at, step.get("of", ())), *(minus(at(name)) for name in step.get("less", ()))]), {}


@rule
def product(step: Terms, at: At) -> Came:
    """`p4p kinds product`."""
    return times(*map(at, step["of"])), {}


def divided(top: Amount, bottom: Amount, if_zero: str, at: At) -> Amount:
    """A ratio, or what a divisor of zero gives instead."""
    if not bottom.value:
        return at.or_refused(if_zero, "divided by zero")
    return Amount(top.value / bottom.value, top.money - bottom.money)


@rule
def ratio(step: Terms, at: At) -> Came:
    """`p4p kinds ratio`."""
    return divided(at(step["of"]), at(step["to"]), step["if_zero"], at), {}


def held(amount: Amount, least: Amount | None, most: Amount | None) -> Amount:
    """An amount between a floor and a cap."""
    if least is not None and most is not None and like(most, least) < least.value:
        raise Refused("the cap is below the floor")
    value = amount.value
    if least is not None:
        value = max(value, like(least, amount))
    if most is not None:
        value = min(value, like(most, amount))
    return Amount(value, amount.money)


@rule
def limits(step: Terms, at: At) -> Came:
    """`p4p kinds limits`."""
    amount = at(step["of"])
    least, most = (at(step[key]) if key in step else None for key in ("least", "most"))
    lost = max(amount.value - like(most, amount), ZERO) if most is not None else ZERO
    return held(amount, least, most), {"lost": Amount(lost, amount.money)}


@rule
def best(step: Terms, at: At) -> Came:
    """`p4p kinds best`."""
    amounts = [at(name) for name in step["of"]]
    return Amount(max(like(amount, amounts[0]) for amount in amounts), amounts[0].money), {}


@rule
def worst(step: Terms, at: At) -> Came:
    """`p4p kinds worst`."""
    amounts = [at(name) for name in step["of"]]
    return Amount(min(like(amount, amounts[0]) for amount in amounts), amounts[0].money), {}


@rule
def mean(step: Terms, at: At) -> Came:
    """`p4p kinds mean`."""
    amount = added(map(at, step["of"]))
    return Amount(amount.value / len(step["of"]), amount.money), {}


def weighed(parts: list[tuple[Amount, Amount]]) -> Amount:
    """Numbers times their weights, over the sum of the weights."""
    whole = added(weight for _, weight in parts)
    if not whole.value:
        raise Refused("the weights add up to nothing")
    amount = added(times(amount, weight) for amount, weight in parts)
    return Amount(amount.value / whole.value, amount.money - whole.money)


@rule
def weighted(step: Terms, at: At) -> Came:
    """`p4p kinds weighted`: shares make 100%, so dividing by their sum is right for them too."""
    parts: list[tuple[Amount, Amount]] = []
    for part in step["parts"].values():
        try:
            parts.append((at(part["of"]), at(part["weight"])))
        except Refused:
            if step.get("missing") != "reweighted":
                raise
    return weighed(parts), {}


@rule
def rounded_(step: Terms, at: At) -> Came:
    """`p4p kinds rounded`."""
    amount = at(step["of"])
    to = amount_of(step["to"])
    if to is None or to.value <= 0:
        raise Unknown(f"`to: {step['to']}`")
    return Amount(rounded(amount.value, like(to, Amount(ZERO, to.money)), step["mode"]), amount.money), {}


@rule
def bands(step: Terms, at: At) -> Came:
    """`p4p kinds bands`: the band that reaches furthest decides."""
    amount = at(step["of"])
    reached: list[tuple[Fraction, bool, str]] = []
    for words, gives in step["bands"].items():
        side, edge = sided(words)
        limit = like(at(edge), amount)
        if reaches(amount.value, side, limit):
            reached.append((limit if side in ("at least", "above") else -limit, side in ("above", "below"), gives))
    if not reached:
        return at.or_refused(step["otherwise"], "in no band"), {}
    return at.value(max(reached)[2]), {}


@rule
def line(step: Terms, at: At) -> Came:
    """`p4p kinds line`."""
    amount = at(step["of"])
    edges: list[Fraction] = []
    for ends, gives in step["segments"].items():
        low, high = (like(at(part), amount) for part in (ends.split(" to ") * 2)[:2])
        first, last = (at(part) for part in (gives.split(" to ") * 2)[:2])
        edges += [low, high]
        if low <= amount.value <= high:
            part = (amount.value - low) / (high - low) if high > low else ZERO
            return Amount(first.value + (like(last, first) - first.value) * part, first.money), {}
    if amount.value < min(edges):
        return at.or_refused(step["below"], "below the first segment"), {}
    if amount.value > max(edges):
        return at.or_refused(step["above"], "above the last segment"), {}
    raise Refused("between two segments")


@rule
def corridors(step: Terms, at: At) -> Came:
    """`p4p kinds corridors`: for an amount below zero the same corridors run downwards."""
    amount, per = at(step["of"]), at(step["per"])
    sign, size = (1 if amount.value >= 0 else -1), abs(amount.value)
    parts: dict[str, Value] = {}
    lower = ZERO
    for number, (edge, share) in enumerate(step["bands"].items(), 1):
        upper = size if edge == "beyond" else min(size, at(edge.removeprefix("up to")).value * like(per, amount))
        parts[f"corridor_{number}"] = times(Amount(sign * max(upper - lower, ZERO), amount.money), at(share))
        lower = max(upper, lower)
    return added(part for part in parts.values() if isinstance(part, Amount)), parts


def curved(curve: Terms, achievement: Fraction) -> Fraction:
    """The share that an achievement earns on a curve. (`p4p kinds all_or_nothing`, `linear`, `tiered`, `stepped`)"""
    kind, lower_is_better = curve["kind"], curve.get("direction") == "lower is better"
    if kind == "all_or_nothing":
        side, edge = sided(curve["target"])
        return ONE if reaches(achievement, side, plain(edge)) else ZERO
    if kind == "linear":
        low, high = plain(curve["lower"]), plain(curve["upper"])
        part = min(max((achievement - low) / (high - low), ZERO), ONE)
        return 1 - part if lower_is_better else part
    if kind == "tiered":
        tiers = [(sided(words), plain(share)) for words, share in curve["tiers"].items()]
        return max((share for (side, edge), share in tiers if reaches(achievement, side, plain(edge))), default=ZERO)
    beyond = achievement - plain(curve["from"])
    steps = math.floor((-beyond if lower_is_better else beyond) / plain(curve["step"]))
    return min(max(steps, 0) * plain(curve["share_per_step"]), plain(curve["most"]))


@rule
def curve(step: Terms, at: At) -> Came:
    """`p4p kinds curve`."""
    return Amount(curved(step["curve"], at(step["of"]).value)), {}


@rule
def lookup(step: Terms, at: At) -> Came:
    """`p4p kinds lookup`: the row with the fewest `*` decides, the earlier one on a tie."""
    words = [at.value(name) for name in step["by"]]
    fitting = [
        (row.split().count("*"), number, gives)
        for number, (row, gives) in enumerate(step["rows"].items())
        if len(row.split()) == len(words) and all(part in ("*", word) for part, word in zip(row.split(), words, strict=True))
    ]
    if not fitting:
        return at.or_refused(step["otherwise"], "in no row"), {}
    return at.value(min(fitting)[2]), {}


@rule
def gate(step: Terms, at: At) -> Came:
    """`p4p kinds gate`."""
    opens = all(at.holds(name, test) for name, test in step.get("requires", {}).items())
    if "requires_any" in step:
        opens = any(at.holds(name, test) for name, test in step["requires_any"].items()) and opens
    return at.value(step["of"] if opens else step["otherwise"]), {}


@rule
def deduction(step: Terms, at: At) -> Came:
    """`p4p kinds deduction`."""
    amount = at(step["of"])
    taken = min(times(at(step["each"]), at(step["times"])).value, ONE)
    return Amount(amount.value * (1 - taken), amount.money), {"deducted": Amount(amount.value * taken, amount.money)}


@rule
def milestones(step: Terms, at: At) -> Came:
    """`p4p kinds milestones`."""
    worth = {name: at(part["pays"]) for name, part in step["milestones"].items()}
    paid = {name: times(worth[name], at(part["done"])) for name, part in step["milestones"].items()}
    return added(paid.values()), {**paid, "available": added(worth.values())}


@rule
def baseline(step: Terms, at: At) -> Came:
    """`p4p kinds baseline`: weighted, adjusted for risk, then updated by a rate or by an amount."""
    amount = added(times(at(part["of"]), at(part["weight"])) for part in step["years"].values())
    if "risk" in step:
        amount = times(amount, held(at(step["risk"]), None, at(step["most_risk"]) if "most_risk" in step else None))
    if "growth" in step:
        amount = times(amount, Amount(1 + at(step["growth"]).value))
    return added([amount, at(step["growth_amount"])]) if "growth_amount" in step else amount, {}


@rule
def saving_rate(step: Terms, at: At) -> Came:
    """`p4p kinds saving_rate`."""
    base, spent = at(step["baseline"]), at(step["spent"])
    saving = added([base, minus(spent)])
    return divided(saving, base, step["if_zero"], at), {"saving": saving}


@rule
def minimum_saving(step: Terms, at: At) -> Came:
    """`p4p kinds minimum_saving`: of a loss that the same minimum tests, the same counts as of a saving."""
    saving = at(step["of"])
    minimum = like(at(step["minimum"]), saving)
    excess = minimum if step["counts"] == "only the excess" else ZERO
    value = saving.value
    if value >= 0:
        counts = value - excess if value >= minimum else value * at(step["below"]).value
    elif step["losses"] == "same minimum":
        counts = value + excess if -value >= minimum else ZERO
    else:
        counts = value if step["losses"] == "from the first pound" else ZERO
    return Amount(counts, saving.money), {}


@rule
def gain_share(step: Terms, at: At) -> Came:
    """`p4p kinds gain_share`."""
    saving = at(step["of"])
    share = at(step["gains"]) if saving.value >= 0 else NOTHING if step["losses"] == "none" else at(step["losses"])
    shared = times(saving, share)
    return shared, {"commissioner": added([saving, minus(shared)])}


@rule
def loss_rate(step: Terms, at: At) -> Came:
    """`p4p kinds loss_rate`."""
    return held(Amount(1 - at(step["gain_rate"]).value), at(step["least"]), at(step["most"])), {}


@rule
def withhold(step: Terms, at: At) -> Came:
    """`p4p kinds withhold`: a loss is not withheld from."""
    amount = at(step["of"])
    kept = times(amount, at(step["rate"])) if amount.value > 0 else Amount(ZERO, amount.money)
    return added([amount, minus(kept)]), {"withheld": kept}


@rule
def recoup(step: Terms, at: At) -> Came:
    """`p4p kinds recoup`."""
    earned, advances = at(step["of"]), at(step["advances"])
    back = Amount(min(max(earned.value, ZERO), like(advances, earned)), earned.money)
    return added([earned, minus(back)]), {"recouped": back, "outstanding": added([advances, minus(back)])}


@rule
def tariff(step: Terms, at: At) -> Came:
    """`p4p kinds tariff`."""
    parts: dict[str, Value] = {name: times(at(part["units"]), at(part["price"])) for name, part in step["services"].items()}
    return added(part for part in parts.values() if isinstance(part, Amount)), parts


@rule
def marginal_rate(step: Terms, at: At) -> Came:
    """`p4p kinds marginal_rate`."""
    actual, base = at(step["actual"]), at(step["baseline"])
    beyond = actual.value - like(base, actual)
    adjustment = beyond * at(step["above" if beyond > 0 else "below"]).value
    outcomes: dict[str, Value] = {"adjustment": Amount(adjustment, base.money), "retained": Amount(beyond - adjustment, base.money)}
    return Amount(base.value + adjustment, base.money), outcomes


@rule
def tolerance(step: Terms, at: At) -> Came:
    """`p4p kinds tolerance`."""
    delivered, contracted, price = (at(step[key]) for key in ("delivered", "contracted", "price"))
    lower, upper = at(step["lower"]).value * contracted.value, at(step["upper"]).value * contracted.value
    beyond = delivered.value - contracted.value
    short = -beyond if delivered.value < lower else ZERO
    carried = ZERO if short else min(delivered.value, upper) - contracted.value
    outcomes: dict[str, Value] = {
        "recovered_units": Amount(short),
        "carried_forward": Amount(carried),
        "lost": Amount(max(delivered.value - upper, ZERO)),
    }
    return times(Amount(-short), price), outcomes


@rule
def instalment(step: Terms, at: At) -> Came:
    """`p4p kinds instalment`: the amount due to date, less that of the periods before, each in whole pence."""
    amount = at(step["of"])
    year = at.books.year_of(at.period)[0]

    def due(months: int) -> int:
        if "parts" in step:
            if months % 3:
                raise Unknown("an instalment of a month by quarters")
            part = sum((plain(share) for share in list(step["parts"].values())[: months // 3]), ZERO)
        else:
            if step["equal"] == "quarterly" and months % 3:
                raise Unknown("an instalment of a month by quarters")
            part = Fraction(months, 12)
        return at.pence(times(amount, Amount(part)))

    before = 0 if at.to_date else due(at.period[0] - year)
    return pence(due(at.period[1] + 1 - year) - before), {}


@rule
def capitation(step: Terms, at: At) -> Came:
    """`p4p kinds capitation`."""
    people = {name: at(part["people"]) for name, part in step["segments"].items()}
    parts: dict[str, Value] = {name: times(people[name], at(part["price"])) for name, part in step["segments"].items()}
    return added(part for part in parts.values() if isinstance(part, Amount)), {**parts, "people": added(people.values())}


@rule
def year_of_care(step: Terms, at: At) -> Came:
    """`p4p kinds year_of_care`: minutes / 60 x the hourly cost x times x part of patients / group size."""
    costs: dict[str, Value] = {}
    minutes = ZERO
    for name, part in step["contacts"].items():
        own = (
            at(part["minutes"]).value
            * at(part.get("times", "1")).value
            * at(part.get("part", "100%")).value
            / at(part.get("group", "1")).value
        )
        costs[name] = times(at(step["staff"][part["staff"]]), Amount(own / 60))
        minutes += own
    return added(cost for cost in costs.values() if isinstance(cost, Amount)), {**costs, "minutes": Amount(minutes)}


@rule
def between(step: Terms, at: At) -> Came:
    """`p4p kinds between`: ties by the order written."""
    whole = at.pence(at(step["of"]))
    order = list(step["shares"])
    parts = shared_out(whole, {party: at(share).value for party, share in step["shares"].items()}, order.index)
    return pence(whole), {party: pence(part) for party, part in parts.items()}


@rule
def achievement(step: Terms, at: At) -> Came:
    """`p4p kinds achievement`."""
    counts = at.books.counted(at.payee, step["of"], at.period)
    outcomes: dict[str, Value] = {name: Amount(Fraction(getattr(counts, name))) for name in ("numerator", "denominator", "excluded")}
    if not counts.eligible:
        return at.or_refused(step["empty"], "nobody in the denominator"), outcomes
    return Amount(Fraction(counts.numerator, counts.eligible)), outcomes


@rule
def points(step: Terms, at: At) -> Came:
    """`p4p kinds points`: each line is rounded as the contract rounds; a ruling stands for what was counted."""
    own = [at(name) for name in step.get("factors", ())]
    value = at(step["point_value"])
    lines: dict[str, Value] = {}
    all_points, most_points, available = ZERO, ZERO, 0
    counted: Fraction | None = ZERO

    for name, part in step["indicators"].items():
        most, ruling = at(part["points"]).value, part.get("ruling", {})
        factors = [value, *own, *(at(factor) for factor in part.get("factors", ()))]
        if ruling.get("does") == "withdrawn" and last_day(at.period[1]) >= ruling["decided"]:
            most, ruling = ZERO, {"does": "set to", "points": "0", "counted": "0"}
        scored: Fraction | None
        counts, reached = None, None
        try:
            share, counts, reached = (ZERO, None, None) if "counted" in ruling else share_of_points(step, name, part, at)
            scored = share * most
            if step["rounded"] == "0.01":
                scored = rounded(scored, PENNY, "half-up")
        except Refused:
            if ruling.get("does") != "set to":
                raise
            scored = None
        counted = None if counted is None or scored is None else counted + scored
        given = scored
        if ruling.get("does") == "set to":
            given = at(ruling["points"]).value
        elif ruling.get("does") == "not below" and scored is not None:
            given = max(scored, at(ruling["points"]).value)
        assert given is not None
        earned, could_earn = at.paid_out(times(Amount(given), *factors)), at.paid_out(times(Amount(most), *factors))
        lines[name] = pence(earned)
        available += could_earn
        at.lines.append(Line(at.step, name, counts, reached, given, most, could_earn, earned))
        all_points, most_points = all_points + given, most_points + most
    outcomes = {**lines, "points": Amount(all_points), "most_points": Amount(most_points), "available": pence(available)}
    if counted is not None:
        outcomes["counted"] = Amount(counted)
    return added(line for line in lines.values() if isinstance(line, Amount)), outcomes


def share_of_points(step: Terms, name: str, part: Terms, at: At) -> tuple[Fraction, Counts | None, Fraction | None]:
    """Which share of an indicator's points was earned, by its curve, or all or none of it; and the counts and the achievement behind it."""
    if "done" in part:
        return at(part["done"]).value, None, None
    counts = at.books.counted(at.payee, part.get("counts", name), at.period)
    if not counts.eligible:
        return at.or_refused(step["empty"], "nobody in the denominator").value, counts, None
    reached = Fraction(counts.numerator, counts.eligible)
    return curved(part["curve"], reached), counts, reached


@rule
def prevalence(step: Terms, at: At) -> Came:
    """`p4p kinds prevalence`: roots are cut after 12 decimals."""
    own, national = at(step["of"]), at(step["national"])
    if "least_prevalence" in step:
        own = held(own, at(step["least_prevalence"]), None)
    if not national.value:
        return at.or_refused(step["if_zero"], "divided by zero"), {}
    factor = own.value / like(national, own)
    if step["rule"] == "square root":
        if factor < 0:
            raise Refused("the root of a number below zero")
        factor = Fraction(math.isqrt(factor.numerator * 10**24 // factor.denominator), 10**12)
    return Amount(factor), {}


def across(step: Terms, everybody: list[At]) -> list[Came]:
    """The kinds that look at all payees at once: `p4p kinds total`, `average`, `part_of_pot`."""
    if step["kind"] in ("total", "average"):
        whole = added(at(step["of"]) for at in everybody)
        return [(whole if step["kind"] == "total" else Amount(whole.value / len(everybody), whole.money), {})] * len(everybody)
    pots = {at.pence(at(step["pot"])) for at in everybody}
    if len(pots) > 1:
        raise Refused("the pot is not the same for every payee")
    weights = [at(step["by"]) for at in everybody]
    parts = shared_out(pots.pop(), {at.payee: like(weight, weights[0]) for at, weight in zip(everybody, weights, strict=True)}, str)
    return [(pence(parts[at.payee]), {}) for at in everybody]


# ---- Payments, period by period


@dataclass(slots=True)
class Paid:
    """What a payee is paid for a period of a payment, in pence, and the steps and lines of points it came by."""

    steps: list[tuple[str, str | None, Value]]
    lines: list[Line]
    upfront: int
    available: int
    payable: int
    due: int
    before: int


class Ledger:
    """Every payment of a contract, recomputed as it is asked for; `refused` says what should not have been settled."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.refused: list[str] = []
        self.unknown = {name: odd for name, payment in books.payments.items() if (odd := strange_payment(payment))}
        self.settled: dict[tuple[str, Span], dict[str, Paid] | None] = {}

    def rhythm(self, payment: str) -> str:
        """How often a payment is made. ("Payments": settled)"""
        return str(self.books.payments[payment].get("settled", self.books.contract["settled"]))

    def paid(self, payment: str, payee: str, span: Span) -> int:
        """What a payment paid a payee in the periods that lie within some months."""
        total = 0
        for period in self.books.periods(self.rhythm(payment), span):
            settled = self.of(payment, period)
            if settled is None:
                raise Unknown(f"the payment `{payment}`, which is not verified")
            total += settled[payee].payable if payee in settled else 0
        return total

    def of(self, payment: str, period: Span) -> dict[str, Paid] | None:
        """What a payment pays everybody for a period; None where that is not known."""
        if (payment, period) not in self.settled:
            self.settled[payment, period] = None
            if payment not in self.unknown:
                try:
                    self.settled[payment, period] = self.settle(payment, period)
                except Unknown as what:
                    self.unknown[payment] = [str(what)]
        return self.settled[payment, period]

    def settle(self, payment: str, period: Span) -> dict[str, Paid] | None:
        """All steps of a payment, one after another, each for all payees; then what is paid. ("Payments")"""
        books, terms = self.books, self.books.payments[payment]
        to_date = terms["basis"] == "year to date"
        year = books.year_of(period)
        everybody = [At(books, payee, period, payment, to_date, self.paid) for payee in books.payees(year)]
        shown: dict[str, list[tuple[str, str | None, Value]]] = {at.payee: [] for at in everybody}
        for name, step in terms["steps"].items():
            came: list[Came] = []
            if step["kind"] in ("total", "average", "part_of_pot"):
                try:
                    came = across(step, everybody)
                except Refused as why:
                    self.refused.append(f"{payment} {named(period, books.start)}, {name}: {why}: no settlement follows")
                    return None
            else:
                for at in everybody:
                    at.step = name
                    try:
                        came.append(RULES[step["kind"]](step, at))
                    except Refused as why:
                        self.refused.append(f"{at.payee} {payment} {named(period, books.start)}, {name}: {why}: no settlement follows")
                        return None
            for at, (result, outcomes) in zip(everybody, came, strict=True):
                at.steps[name] = result
                at.steps.update({f"{name}.{outcome}": value for outcome, value in outcomes.items()})
                shown[at.payee] += [(name, None, result), *((name, outcome, value) for outcome, value in outcomes.items())]
        earlier = [self.of(payment, span) for span in books.periods(self.rhythm(payment), (year[0], period[0] - 1))] if to_date else []
        if any(settled is None for settled in earlier):
            return None
        return {
            at.payee: self.paid_of(at, terms, shown[at.payee], [settled[at.payee] for settled in earlier if settled]) for at in everybody
        }

    def paid_of(self, at: At, terms: Terms, steps: list[tuple[str, str | None, Value]], earlier: list[Paid]) -> Paid:
        """Each payment is rounded once; one of the year to date pays what is due less what was paid. ("Payments")"""

        due, before = at.paid_out(at(terms["pays"])), sum(row.payable for row in earlier)
        payable = due - before
        if terms.get("claw_back") == "none":
            payable = max(payable, 0)
        upfront = at.paid_out(at(terms["upfront"])) - sum(row.upfront for row in earlier) if "upfront" in terms else 0
        available = (
            at.paid_out(at(terms["available"])) - sum(row.available for row in earlier) if "available" in terms else payable - upfront
        )
        return Paid(steps, at.lines, upfront, available, payable, due, before)


# ---- The comparison (docs/json.md)


def text_of(pence: int) -> str:
    """Pence as the decimal text in pounds of the JSON."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def pence_of(text: Any) -> int:
    """The pence of such a text; of anything else, a figure that fits nothing."""
    return int(text.replace(".", "")) if isinstance(text, str) and re.fullmatch(r"-?\d+\.\d\d", text) else -(10**30)


def exact_of(value: Value) -> str:
    """A step's value as the JSON writes it: pence for money, a fraction in lowest terms."""
    return value if isinstance(value, str) else str(value.value * 100 if value.money == 1 else value.value)


def shows(text: Any, value: Value) -> bool:
    """Whether a printed number is a value: all its digits, or, with `…` behind them, those that it begins with."""
    if isinstance(value, str):
        return bool(text == value)
    if not isinstance(text, str) or not re.fullmatch(r"-?\d+(\.\d+)?…?", text):
        return False
    digits = text.removesuffix("…")
    left = abs(value.value) - abs(Fraction(digits))
    same_sign = digits.startswith("-") == (value.value < 0)
    return same_sign and (0 < left < Fraction(1, 10 ** len(digits.partition(".")[2])) if text.endswith("…") else not left)


def compared(where: str, said: Terms, due: dict[str, Any]) -> list[str]:
    """Every figure that is due against what is said; what is not said is no figure, and 1 is not "1"."""
    wrong = [name for name, figure in due.items() if repr(said.get(name, "nothing at all")) != repr(figure)]
    return [f"{where}: {name} is {said.get(name, 'not there')}, but {due[name]} follows" for name in wrong]


def compared_keys(where: str, said: list[tuple[Any, ...]], due: Iterable[tuple[Any, ...]]) -> list[str]:
    """Rows by what names them against those that are due; a row twice, too few or too many is wrong."""
    times, wanted = Counter(said), set(due)
    problems = [f"{where}: {' '.join(str(part) for part in key if part)} is missing" for key in wanted if key not in times]
    odd = [key for key, often in times.items() if key not in wanted or often > 1]
    return problems + [f"{where}: {' '.join(str(part) for part in key if part)} does not belong there, or is there twice" for key in odd]


@dataclass
class Verdict:
    """What came of verifying a settlement.

    `wrong` says what does not follow, a sentence each; `unknown` what was not judged, and why. `payments` and `steps` are how many of them were
    recomputed, of how many `payees`, and `pence` what those payments pay in `currency`. Nothing is verified beyond that.
    """

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    payees: int = 0
    payments: int = 0
    steps: int = 0
    pence: int = 0
    currency: str = "GBP"


@dataclass(frozen=True)
class Files:
    """The files of a settlement, by what they hold."""

    contract: str | Path
    measures: tuple[str | Path, ...] = ()
    practices: str | Path | None = None
    activity: tuple[str | Path, ...] = ()
    lists: tuple[str | Path, ...] = ()

    def __iter__(self) -> Iterator[str | Path]:
        yield from (*self.measures, *self.activity, *self.lists, *([self.practices] if self.practices else []))


def bare(read: Any) -> Any:
    """What was read of a contract, texts without the spaces around them (quotation marks and unbreakable spaces leave some)."""
    if isinstance(read, dict):
        return {key: bare(value) for key, value in read.items()}
    return [bare(item) for item in read] if isinstance(read, list) else read.strip()


def verify(files: Files, settlement: Terms) -> Verdict:
    """What of a settlement (the JSON, parsed) does not follow from the files: nothing, when every penny follows."""
    contract = bare(yaml.load(Path(files.contract).read_text("utf-8-sig"), Loader=yaml.BaseLoader))
    read = {kind: [row for path in paths for row in rows_of(path)] for kind, paths in _kinds(files).items()}
    verdict = Verdict(inputs_checked(files, settlement), currency=contract["currency"])
    if odd := strange(contract):
        verdict.unknown = [f"the whole contract: the checker does not know {', '.join(odd)}"]
        return verdict
    try:
        books = Books(contract, read["measures"], read["practices"], read["lists"], read["activity"])
        inside = span_of(settlement["period"])
        payees = books.payees(books.year_of(inside))
    except Unknown as what:
        verdict.unknown = [f"the whole contract: the checker does not know {what}"]
        return verdict
    about = {"id": contract["contract"], "title": contract["title"], "sha256": fingerprint(files.contract)}
    verdict.wrong += compared("contract", settlement["contract"], about)
    verdict.wrong += compared("settlement", settlement, {"currency": contract["currency"]})
    ledger = Ledger(books)
    due = {(name, period): ledger.of(name, period) for name in books.payments for period in books.periods(ledger.rhythm(name), inside)}
    verdict.wrong += compared_keys("payees", [(row["payee"],) for row in settlement["payees"]], [(payee,) for payee in payees])
    for row in settlement["payees"]:
        if row["payee"] in payees:
            verdict.payees += 1
            verdict.wrong += payee_checked(books, row, due, verdict)
    sums = {name: sum(pence_of(row[name]) for row in settlement["payees"]) for name in TOTALS}
    verdict.wrong += compared("totals", settlement["totals"], {name: text_of(pence) for name, pence in sums.items()})
    verdict.wrong += ledger.refused
    verdict.unknown += [f"payment {name}: the checker does not know {', '.join(odd)}" for name, odd in ledger.unknown.items()]
    return verdict


def _kinds(files: Files) -> dict[str, list[str | Path]]:
    practices = [files.practices] if files.practices else []
    return {"measures": [*files.measures], "practices": practices, "lists": [*files.lists], "activity": [*files.activity]}


def inputs_checked(files: Files, settlement: Terms) -> list[str]:
    """Whether a settlement was made from these very files, none less and none more."""
    due = {(Path(path).name, fingerprint(path), len(rows_of(path))) for path in files}
    return compared_keys("inputs", [(Path(row["file"]).name, row["sha256"], row["rows"]) for row in settlement["inputs"]], due)


def payee_checked(books: Books, said: Terms, due: dict[tuple[str, Span], dict[str, Paid] | None], verdict: Verdict) -> list[str]:
    """Every payment of a payee, with its steps, and what they add up to."""
    payee = said["payee"]
    problems = compared(payee, said, {"name": books.names.get(payee, payee)})
    rows = {(row["payment"], row["period"]): row for row in said["payments"]}
    keys = {(name, named(period, books.start)): settled for (name, period), settled in due.items()}
    problems += compared_keys(payee, [(row["payment"], row["period"]) for row in said["payments"]], keys)
    for key, row in rows.items():
        settled = keys.get(key)
        if settled is not None:
            paid = settled[payee]
            problems += payment_checked(books, f"{payee} {' '.join(key)}", row, paid)
            verdict.payments += 1
            verdict.steps += len(paid.steps)
            verdict.pence += paid.payable
    sums = {name: sum(pence_of(row[name]) for row in said["payments"]) for name in TOTALS}
    return problems + compared(payee, said, {name: text_of(pence) for name, pence in sums.items()})


def payment_checked(books: Books, where: str, said: Terms, paid: Paid) -> list[str]:
    """A payment against what follows: its money, and every step's value."""
    earned = paid.payable - paid.upfront
    figures = {"upfront": paid.upfront, "available": paid.available, "earned": earned, "payable": paid.payable}
    figures |= {"shortfall": paid.available - earned} | ({"due_to_date": paid.due, "paid_before": paid.before} if paid.before else {})
    problems = compared(where, said, {name: text_of(pence) for name, pence in figures.items()})
    values = {(name, outcome): value for name, outcome, value in paid.steps}
    problems += compared_keys(where, [(row["step"], row["outcome"]) for row in said["steps"]], values)
    for row in said["steps"]:
        if (row["step"], row["outcome"]) in values:
            value = values[row["step"], row["outcome"]]
            name = ".".join(part for part in (row["step"], row["outcome"]) if part)
            if not isinstance(value, str):
                problems += compared(f"{where} {name}", row, {"exact": exact_of(value)})
            if not shows(row["value"], value):
                problems.append(f"{where} {name}: value is {row['value']}, but that is not {exact_of(value)}")
            nothing = isinstance(value, Amount) and not value.value  # is nothing in every unit
            if not nothing and (row["unit"] == books.contract["currency"]) != (isinstance(value, Amount) and value.money == 1):
                problems.append(f"{where} {name}: its unit is {row['unit']}")
    return problems + lines_checked(where, said.get("lines", []), paid.lines)


def lines_checked(where: str, said: list[Terms], due: list[Line]) -> list[str]:
    """The lines of points, one for each indicator, in the order of the contract."""
    problems: list[str] = []
    if [(row["step"], row["indicator"]) for row in said] != [(line.step, line.indicator) for line in due]:
        return [f"{where}: the lines are not those of {', '.join(line.indicator for line in due) or 'nothing'}"]
    for row, line in zip(said, due, strict=True):
        counts = {name: getattr(line.counts, name) for name in ("numerator", "denominator", "excluded")} if line.counts else {}
        figures = {**counts, "achievement": None if line.achievement is None else str(line.achievement)}
        figures |= {"available": text_of(line.available), "earned": text_of(line.earned)}
        problems += compared(f"{where} {line.indicator}", row, figures)
        problems += [
            f"{where} {line.indicator}: {name} is {row[name]}, but that is not {value}"
            for name, value in (("points", line.points), ("most_points", line.most_points))
            if not shows(row[name], Amount(value))
        ]
    return problems
