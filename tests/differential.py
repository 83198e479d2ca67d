"""Sets the engine against its independent checker on random contracts and counts aimed at edges.

    python tests/differential.py --cases 100
    python tests/differential.py --networks 60 --goal 1000000 --summary differential.json

writes each case (a contract with its networks, practices, lists and counts) into a folder of its own, settles its year and
one of its quarters with the public functions of `p4p`, and asks `p4p.checkers.verify` what does not follow. Prints how often each edge
was hit, how much was compared, and every difference with the folder that shows it. The same seed makes the same cases;
`--only 17` runs one of them.

With `--summary` a run can be made in parts: each goes on where the last one stopped, until the goal is reached. What is counted
there as one is a contract with one network's counts for one quarter.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from p4p.checkers import verify as checker
from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.numbers.errors import P4PError
from p4p.screens.tables import settlement_json
from p4p.settling.settle import expected, settle

Tree = dict[str, Any]

RATIOS = ["90%", "95%", "80%", "50%", "62.5%", "7/10", "1/3", "2/3", "33.3%", "99.9%", "89.95%", "10%", "5%", "12.5%", "3/8", "75%"]
SHARES = ["100%", "50%", "1/3", "2/3", "25%", "1/7", "99%", "0.5%", "62.5%"]
SPLITS = ["70%", "50%", "60%", "30%", "0%", "100%", "62.5%", "1/3", "99%", "33.3%", "1/7"]
AMOUNTS = ["250000.00", "0.01", "0.03", "0.07", "0.10", "0.99", "1.01", "14000.00", "33333.33", "99999.95", "0.50", "123456789.01", "7.77"]
AMOUNTS += ["99999999999.99", "100,000,000,000.00", "999999999.99", "2.22", "100.00", "1000000.01", "0.25"]
PRICES = ["3.95", "2.765", "1.185", "0.001", "0.005", "0.0001", "12.3456", "1", "0.01", "4.25", "999999.99999"]
SPREADS = [["25%", "25%", "25%", "25%"], ["10%", "20%", "30%", "40%"], ["1/3", "1/6", "1/3", "1/6"], ["0%", "0%", "0%", "100%"]]
SPREADS += [["33.3%", "33.3%", "33.3%", "0.1%"], ["1/7", "2/7", "3/7", "1/7"], ["100%", "0%", "0%", "0%"]]
WEIGHTS = [["100%"], ["1/3", "1/3", "1/3"], ["0%", "100%"], ["40%", "60%"], ["50%", "50%"], ["12.5%", "37.5%", "50%"], ["1/7", "6/7"]]
WEIGHTS += [["0.01%", "99.99%"], ["25%", "25%", "25%", "25%"], ["0%", "0%", "100%"], ["2/3", "1/6", "1/6"], ["1/3", "66%", "2/300"]]


def over(text: str) -> tuple[int, int]:
    """A ratio as it is written."""
    return checker.ratio(text)


def sized(texts: list[str]) -> list[str]:
    """Ratios from small to large."""
    return sorted(texts, key=lambda text: over(text)[0] * 10**12 // over(text)[1])


def complement(text: str) -> str:
    """100% less a share."""
    top, bottom = over(text)
    return f"{bottom - top}/{bottom}"


def yaml_lines(tree: Tree, indent: int = 0) -> Iterator[str]:
    """A contract in block style, each value as the text it is."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{' ' * indent}{key}:"
            yield from yaml_lines(value, indent + 2)
        else:
            yield f"{' ' * indent}{key}: {value}"


def day_of(month: int, day: int = 1) -> date:
    """A day of a month number."""
    return date(month // 12, month % 12 + 1, day)


@dataclass
class Stay:
    """A practice in a network, from the first to the last day; a row of the practices file."""

    practice: str
    network: str
    first: date | None = None
    last: date | None = None
    successor: str = ""


@dataclass
class Case:
    """One contract with its practices, lists and counts, and what of the language it uses."""

    rng: random.Random
    size: int = 0  # how many networks; 0 for one to four
    start: int = 0
    years: int = 1
    settled: int = 0
    membership: str = ""
    networks: list[str] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    stays_of: dict[str, list[Stay]] = field(default_factory=dict)
    homes: dict[tuple[str, int], str | None] = field(default_factory=dict)
    peopled: set[tuple[str, int]] = field(default_factory=set)  # network and month in which it has practices
    list_date: date | None = None
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    registers: list[tuple[str, str, date, int]] = field(default_factory=list)
    contract: Tree = field(default_factory=dict)
    activity: list[list[str]] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.rng.random() * 100 < percent

    def make(self) -> Case:
        """The whole case."""
        self.start = self.rng.choice([2009, 2019, 2023]) * 12 + 3
        self.years = self.rng.choice([1, 1, 1, 2])
        self.settled = self.rng.randrange(self.years)
        if self.chance(50):
            self.membership = self.rng.choice(["first day of the month", "last day of the month"])
            self.uses.add(f"membership: {self.membership}")
        self.make_practices()
        self.make_contract()
        for terms in self.contract["packages"].values():
            for indicator, about in terms.get("performance", {}).get("indicators", {}).items():
                self.make_activity(indicator, about["curve"], terms["performance"])
        self.rng.shuffle(self.activity)
        return self

    # practices

    def boundary(self) -> date:
        """A day on which something changes: inside a month only if the contract says how that is counted."""
        month = self.start + self.rng.randrange(12 * self.years)
        return day_of(month, self.rng.choice([2, 15, 28]) if self.membership and self.chance(50) else 1)

    def make_practices(self) -> None:
        """Networks, and practices that stay, move, join, leave or merge."""
        rng = self.rng
        self.networks = rng.sample(["N1", "N2", "N10", "n3", "A"], rng.choice([1, 2, 2, 3, 4]))
        if self.size:
            self.networks = [f"N{i}" for i in range(1, self.size + 1)]
            rng.shuffle(self.networks)
        more = rng.choice([0, 1, 2, 3]) * len(self.networks)
        if self.size:
            more = rng.choice([0, 0, self.size // 4, self.size // 2, self.size, 2 * self.size])
        codes = [f"P{i}" for i in range(1, 1 + len(self.networks) + more)]
        for i, code in enumerate(codes):
            steady = Stay(code, self.networks[i % len(self.networks)])
            self.stays.append(steady)
            if i < len(self.networks) and not self.chance(3 if self.size else 10):  # a network may be without practices for a while
                continue
            change = rng.choice(["none", "none", "none", "join", "leave", "merge", "move", "left before", "gap"])
            if change == "none":
                continue
            self.uses.add(f"practices: {change}")
            when = self.boundary()
            if change == "join":
                steady.first = when
                continue
            steady.last = when - timedelta(days=1)
            if change == "left before":
                steady.last = day_of(self.start) - timedelta(days=1)
                if self.chance(50):
                    steady.last = day_of(self.start - 2) - timedelta(days=1)
            if change in ("merge", "left before"):
                steady.successor = rng.choice([other for other in codes if other != code] or [""])
            if change in ("move", "gap"):
                back = when if change == "move" else when + timedelta(days=92)
                if change == "gap" and not self.membership:
                    back = day_of(when.year * 12 + when.month - 1 + 3)
                self.stays.append(Stay(code, rng.choice(self.networks), back))
                if self.chance(20):
                    self.stays[-1].last = day_of(self.start + 12 * self.years + 5) - timedelta(days=1)
        for stay in self.stays:
            self.stays_of.setdefault(stay.practice, []).append(stay)
        for stay in self.stays:  # a successor has to be there when it succeeds
            following = stay.last + timedelta(days=1) if stay.last else None
            if stay.successor and following:
                month = following.year * 12 + following.month - 1
                there = [s for s in self.stays_of[stay.successor] if (s.first or following) <= following <= (s.last or following)]
                if not there or not self.home(stay.successor, month) or not self.home(stay.successor, month + 1):
                    stay.successor = ""
                elif any(s.successor for s in there):
                    self.uses.add("practices: chain of successors")
        months = range(self.start, self.start + 12 * self.years)
        self.peopled = {(network, month) for code in codes for month in months if (network := self.home(code, month))}
        if len({network for network, _ in self.peopled}) < len(self.networks):
            self.uses.add("network without practices at any time")
        if any((network, month) not in self.peopled for network in self.networks for month in months):
            self.uses.add("network without practices for a while")

    def home(self, code: str, month: int) -> str | None:
        """The network that a practice itself is in, in a month."""
        if (code, month) not in self.homes:
            day = checker.counted_day(month, self.membership or "first day of the month")
            here = [s.network for s in self.stays_of[code] if str(s.first or "0") <= day <= str(s.last or "9")]
            self.homes[code, month] = here[0] if here else None
        return self.homes[code, month]

    # contract

    def make_contract(self) -> None:
        """The terms."""
        rng = self.rng
        first = self.start // 12
        mode = rng.choice(["half-up", "half-even", "down", "up"])
        self.uses.add(f"rounding: {mode}")
        years = [f"{year}/{(year + 1) % 100:02d}" for year in range(first, first + self.years)]
        self.contract = {
            "p4p": "1",
            "contract": "random",
            "title": "Random terms",
            "commissioner": "Nobody",
            **({"year": years[0]} if self.years == 1 else {"years": f"{years[0]} to {years[-1]}"}),
            "currency": "GBP",
            "paid_to": "network",
            "rounding": {"to": "0.01", "mode": mode, "at": "line"},
            **({"membership": {"counted_on": self.membership}} if self.membership else {}),
            "packages": {},
        }
        for number in range(rng.choice([1, 1, 2, 3]) if not self.size else rng.choice([1, 1, 1, 1, 1, 2])):
            self.contract["packages"][f"package-{number}"] = self.make_package(number)

    def make_value(self) -> Tree:
        """A year's money, one of four ways."""
        rng = self.rng
        kind = rng.choice(["each", "each", "total by equal parts", "total by list", "price"])
        self.uses.add(f"value: {kind}")
        amount = rng.choice(AMOUNTS)
        if self.chance(30):
            amount = f"{rng.randrange(10 ** rng.randrange(1, 7))}.{rng.randrange(100):02d}"
        if self.chance(10) and len(amount) > 7 and "," not in amount:
            amount = f"{int(amount[:-3]):,}{amount[-3:]}"
        if kind == "each":
            return {"each": amount}
        if kind == "total by equal parts":
            return {"total": amount, "shared_by": "equal parts"}
        name = rng.choice(["registered list", "weighted list", "diabetes register"])
        self.uses.add(f"list: {name}")
        if self.list_date is None:
            self.list_date = rng.choice([day_of(self.start), day_of(self.start - 3), day_of(self.start - 13), day_of(self.start + 3)])
            self.uses.add(f"list date: {'within the year' if self.list_date > day_of(self.start) else 'not after the first day'}")
            if self.settled:
                self.uses.add("list: in a later year of the contract")
            if any(stay.last and stay.last < self.list_date and stay.successor for stay in self.stays):
                self.uses.add("list: of a practice that has merged")
        self.make_sizes()
        if kind == "price":
            return {"price": rng.choice(PRICES), "per": name, "as_at": self.list_date.isoformat()}
        return {"total": amount, "shared_by": name, "as_at": self.list_date.isoformat()}

    def make_sizes(self) -> None:
        """Patients of each practice: like and unlike, some of them many."""
        if self.sizes:
            return
        scale = self.rng.choice([3, 100, 10000, 1000000])
        for code in dict.fromkeys(stay.practice for stay in self.stays):
            size = self.rng.choice([scale, self.rng.randrange(1, scale + 1)])
            self.sizes[code] = (size, max(1, size * self.rng.choice([9, 10, 11]) // 10))
            assert self.list_date
            self.registers.append((code, "diabetes register", self.list_date, self.rng.randrange(1, scale + 1)))
            if self.chance(30):
                self.registers.append((code, "diabetes register", self.list_date - timedelta(days=1), 77))
                self.registers.append((code, "another register", self.list_date, 88))

    def make_split(self) -> tuple[Tree, bool, bool]:
        """A split, and whether anything is upfront and anything for performance."""
        rng = self.rng

        def shares() -> Tree:
            upfront = rng.choice(SPLITS)
            return {"upfront": upfront, "performance": complement(upfront)}

        if not self.chance(30):
            self.uses.add("split: one")
            split = shares()
            return split, over(split["upfront"])[0] > 0, over(split["performance"])[0] > 0
        months = sorted(rng.sample(range(1, 12 * self.years), rng.choice([1, 2, 3])))
        self.uses.add("split: changes inside a quarter" if any(m % 3 for m in months) else "split: changes between quarters")
        dated = {day_of(self.start + m).isoformat(): shares() for m in [0, *months]}
        parts = list(dated.values())
        return dated, any(over(p["upfront"])[0] > 0 for p in parts), any(over(p["performance"])[0] > 0 for p in parts)

    def make_package(self, number: int) -> Tree:
        """A package: its money, and what its performance part is paid for."""
        rng = self.rng
        split, upfront, performance = self.make_split()
        while number == 0 and not performance:  # a settlement needs some counts to read
            split, upfront, performance = self.make_split()
        package: Tree = {"title": f"Package {number}", "value": self.make_value()}
        if self.chance(50):
            package["spread"] = dict(zip(("Q1", "Q2", "Q3", "Q4"), rng.choice(SPREADS), strict=True))
            self.uses.add("spread")
        package["split"] = split
        if upfront:
            package["upfront"] = {"instalments": rng.choice(["quarterly", "monthly"])}
        if not performance:
            self.uses.add("package without performance")
            return package
        terms: Tree = {
            "network_rate": rng.choice(["pooled", "pooled", "mean of practices", "every practice"]),
            "measured": rng.choice(["quarter", "year to date", "snapshot", "year"]),
        }
        looks_back = False
        if terms["measured"] in ("year to date", "snapshot"):
            terms["catch_up"], terms["claw_back"] = rng.choice(["allowed", "none"]), rng.choice(["allowed", "none"])
            looks_back = "allowed" in (terms["catch_up"], terms["claw_back"])
            self.uses.add(f"catch-up {terms['catch_up']}, claw-back {terms['claw_back']}")
        terms["unearned"] = "retained by commissioner"
        if not looks_back:
            cap = rng.choice(["50%", "100%", "1/3", "10%", "0.1%", "5/7"])
            choices: list[Any] = ["retained by commissioner", {"shared_among": "earners", "cap": cap}]
            terms["unearned"] = rng.choice(choices + (["carried forward within the year"] if terms["measured"] != "year" else []))
        unearned = terms["unearned"] if isinstance(terms["unearned"], str) else "shared among earners"
        self.uses.add(f"unearned: {unearned}")
        terms["empty_denominator"] = rng.choice(["pays nothing", "pays in full", "pays in full", "refuse"])
        terms["missing_data"] = rng.choice(["refuse", "refuse", "leave out", "pays nothing"])
        if terms["missing_data"] != "refuse" or self.chance(70):
            terms["withheld_data"] = rng.choice(["refuse", "leave out", "pays nothing"])
        if self.chance(15):
            terms["counts_from"] = "network"
        for key in ("network_rate", "measured", "empty_denominator", "missing_data", "withheld_data", "counts_from"):
            if key in terms:
                self.uses.add(f"{key}: {terms[key]}")
        weights = list(rng.choice([WEIGHTS[0], WEIGHTS[0], rng.choice(WEIGHTS)]) if self.size else rng.choice(WEIGHTS))
        rng.shuffle(weights)
        ids = rng.sample(["DM1", "DM2", "DM10", "bp", "X", "a-1"], len(weights))
        terms["indicators"] = {
            f"{name}.{number}": {"title": f"About {name}", "weight": weight, "curve": self.make_curve()}
            for name, weight in zip(ids, weights, strict=True)
        }
        package["performance"] = terms
        return package

    def make_curve(self) -> Tree:
        """A curve of one of four kinds, in either direction."""
        rng = self.rng
        kind = rng.choice(["all_or_nothing", "linear", "tiered", "stepped"])
        lower = self.chance(30)
        self.uses.add(f"curve: {kind}{', lower is better' if lower else ''}")
        words = checker.LOWER if lower else ("at least", "above")
        direction = {"direction": "lower is better"} if lower else {}
        if kind == "all_or_nothing":
            word = rng.choice(words)
            self.uses.add(f"threshold: {word}")
            extreme = ["0%", "100%"] if word in ("at least", "at most") else []
            return {"kind": kind, "target": f"{word} {rng.choice(RATIOS + extreme)}"}
        if kind == "linear":
            low, high = sized(rng.sample([*RATIOS, "0%", "100%"], 2))
            return {"kind": kind, "lower": low, "upper": high, **direction}
        if kind == "tiered":
            count = rng.choice([1, 2, 3, 4])
            at, pay = sized(rng.sample(RATIOS, count)), sized(rng.sample(SHARES, count))
            if lower:
                at.reverse()
            tiers = {}
            for ratio, share in zip(at, pay, strict=True):
                word = rng.choice(words)
                self.uses.add(f"threshold: {word}")
                tiers[f"{word} {ratio}"] = share
            return {"kind": kind, "tiers": tiers}
        start = rng.choice(["100%", "90%", "62.5%", "5%", "1/3"] if lower else ["0%", "70%", "95%", "62.5%", "1/3"])
        return {
            "kind": kind,
            "from": start,
            "step": rng.choice(["2%", "5%", "1/30", "0.5%", "1%"]),
            "share_per_step": rng.choice(["20%", "1/3", "10%", "7%", "100%"]),
            "most": rng.choice(["100%", "50%", "2/3", "90%"]),
            **direction,
        }

    # activity

    def make_activity(self, indicator: str, curve: Tree, terms: Tree) -> None:
        """Counts at, just above and just below the thresholds of a curve, and other trouble."""
        rng = self.rng
        marks = [*[edge[1] for edge in checker.edges(curve)[:6]], (1, 2), (0, 1), (1, 1)]
        by_network = terms.get("counts_from") == "network"
        codes = list(self.networks) if by_network else list(dict.fromkeys(stay.practice for stay in self.stays))
        refused = 2 if self.size else 10  # how often there is what the contract refuses
        careless = (
            6 if self.chance(35 if terms["empty_denominator"] != "refuse" else refused) else 0
        )  # how often a count is missing, or withheld
        careless_missing = 0 if terms["missing_data"] == "refuse" and not self.chance(refused) else careless
        careless_withheld = careless if terms.get("withheld_data", "refuse") != "refuse" or self.chance(refused) else 0
        empty = 15 if terms["empty_denominator"] != "refuse" or self.chance(refused) else 0
        scale = rng.choice([1, 1, 10, 1000, 400000])
        mark = rng.choice(marks)
        for code in codes:
            month, end = self.start, self.start + 12 * self.years
            if not self.chance(10):  # the other year's counts have no say in the year that is settled
                month, end = self.start + 12 * self.settled, self.start + 12 * self.settled + 12
            quarterly = rng.choice([10, 40, 97, 97])
            while month < end:
                into = (month - self.start) % 12
                if into % 3 == 0 and self.chance(60):
                    mark = rng.choice(marks)  # the same mark for some quarters, so that running totals meet it too
                length, period = 1, f"{month // 12}-{month % 12 + 1:02d}"
                if self.chance(20):
                    period += rng.choice(["-01", "-17", "-28"])
                year = f"{(month - 3) // 12}/{((month - 3) // 12 + 1) % 100:02d}"
                if terms["measured"] == "year" and into == 0 and self.chance(50) and self.in_one_network(code, month, 12, by_network):
                    length, period = 12, year
                elif into % 3 == 0 and self.chance(quarterly) and self.in_one_network(code, month, 3, by_network):
                    length, period = 3, f"{year} Q{into // 3 + 1}"
                if length > 1 or self.in_one_network(code, month, 1, by_network):
                    self.uses.add({1: "period: month or date", 3: "period: quarter", 12: "period: year"}[length])
                    if not self.chance(careless_missing):
                        self.add_row(code, indicator, period, mark, scale, careless_withheld, empty)
                month += length

    def in_one_network(self, code: str, month: int, length: int, by_network: bool) -> bool:
        """Whether a practice is in one network in some months, be it not in all of them; or whether a network has practices."""
        months = range(month, month + length)
        if by_network:
            return all((code, m) in self.peopled for m in months)
        networks = [self.home(code, m) for m in months]
        if None in networks and set(networks) != {None}:
            self.uses.add("period: a row for months of which the practice was there in some")
        return len(set(networks) - {None}) == 1

    def add_row(self, code: str, indicator: str, period: str, mark: tuple[int, int], scale: int, withheld: int, empty: int) -> None:
        """One row, its rate at a mark where whole patients allow it, or one patient beside it."""
        rng = self.rng
        excluded = rng.choice([0, 0, 0, rng.randrange(1, 50) * scale])
        people = mark[1] * scale * rng.randrange(1, 4)
        if self.chance(25):
            people = rng.randrange(0 if empty else 1, 300) * scale
        if self.chance(empty):
            people = 0
        people = min(people, 999_999_999 - excluded)
        near = people * mark[0] // mark[1]
        numerator = min(max(near + rng.choice([0, 0, 0, 0, 0, 1, -1]), 0), people)
        if self.chance(5):
            numerator = rng.randrange(people + 1)
        row = [code, indicator, period, str(numerator), str(people + excluded), str(excluded)]
        if self.chance(withheld):
            row[3] = row[4] = "*"
            row[5] = "0"
            self.uses.add("row withheld")
        self.activity.append(row)

    # files

    def write(self, folder: Path) -> tuple[Path, Path, list[Path], list[Path]]:
        """The files of the case: contract, practices, activity and lists."""
        contract, practices = folder / "contract.yaml", folder / "practices.csv"
        contract.write_text("\n".join(yaml_lines(self.contract)) + "\n", encoding="utf-8")
        head = ["practice", "name", "network", "network_name", "from", "to", "successor"]
        lists = ["list_size", "weighted_list", "list_date"] if self.sizes else []
        with practices.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(head + lists)
            for stay in self.stays:
                dates = [str(stay.first or ""), str(stay.last or "")]
                row = [stay.practice, f"Practice {stay.practice}", stay.network, f"Network {stay.network}", *dates, stay.successor]
                out.writerow([*row, *map(str, self.sizes[stay.practice]), str(self.list_date)] if lists else row)
        registers = []
        if self.registers:
            registers = [folder / "lists.csv"]
            with registers[0].open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(["practice", "list", "date", "patients"])
                out.writerows(self.registers)
        half = len(self.activity) // 2 if self.chance(30) else 0
        activity = []
        for name, rows in (("activity.csv", self.activity[half:]), ("activity-2.csv", self.activity[:half])):
            if rows:
                activity.append(folder / name)
                with activity[-1].open("w", encoding="utf-8", newline="") as file:
                    out = csv.writer(file, lineterminator="\n")
                    out.writerow(["practice", "indicator", "period", "numerator", "denominator", "excluded"])
                    out.writerows(rows)
        return contract, practices, activity, registers


@dataclass
class Tally:
    """What a run has met. `compared` counts contracts with one network's counts for one quarter."""

    cases: int = 0
    networks: int = 0
    compared: int = 0
    settlements: int = 0
    refusals: int = 0
    packages: int = 0
    lines: int = 0
    edges: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """What was compared, in words."""
        return (
            f"{self.cases:,} contracts with {self.networks:,} networks: {self.compared:,} times a network's counts for a quarter compared, "
            f"in {self.settlements:,} settlements ({self.packages:,} package rows, {self.lines:,} lines); "
            f"{self.refusals:,} settlements refused by both; {len(self.differences):,} differences"
        )


def run_case(seed: int, number: int, folder: Path, tally: Tally, periods: Sequence[int], size: int) -> None:
    """One case: settled by the engine and checked, some of its four quarters and (as quarter 4) its year."""
    case = Case(random.Random(f"{seed}/{number}"), size).make()
    contract_path, practices_path, activity_paths, lists_paths = case.write(folder)
    tally.edges.update(case.uses)
    tally.cases += 1
    tally.networks += len(case.networks)
    where = f"seed {seed} case {number} ({folder})"
    try:
        contract = read_contract(str(contract_path))
        members = read_practices(str(practices_path), counted_on=contract.counted_on, lists=[str(path) for path in lists_paths])
        activity = read_activity([str(path) for path in activity_paths], expected(contract), members)
    except P4PError as error:
        tally.edges["files refused"] += 1
        tally.differences.append(f"{where}: the files were refused: {str(error)[:600]}")
        return
    year = contract.years[case.settled]
    name = f"{case.start // 12 + case.settled}/{(case.start // 12 + case.settled + 1) % 100:02d}"
    tree = checker.yaml.load(contract_path.read_text("utf-8"), Loader=checker.yaml.BaseLoader)
    rows = [row for path in activity_paths for row in checker.rows_of(path)]
    registers = [row for path in lists_paths for row in checker.rows_of(path)]
    books = checker.Books(tree, name, checker.rows_of(practices_path), registers, rows)
    if odd := checker.strange(tree) or books.unknown:
        tally.differences.append(f"{where}: the checker does not know {odd}")
    compared: set[tuple[str, int]] = set()
    for q in periods:
        if size and number % 3 and compared:  # the year was settled: of every third case a quarter as well
            continue
        quarters = [0, 1, 2, 3] if q == 4 else [q]
        label = f"{where} {'year' if q == 4 else f'Q{q + 1}'}"
        try:
            document = json.loads(settlement_json(settle(contract, members, activity, [year.quarters[i] for i in quarters])))
        except P4PError as error:
            tally.refusals += 1
            if not books.refusals(quarters):
                tally.differences.append(f"{label}: refused by the engine only: {str(error)[:400]}")
            continue
        except Exception as error:
            tally.differences.append(f"{label}: the engine broke down: {type(error).__name__} {str(error)[:200]}")
            continue
        found = checker.differences(books, document)
        if q == periods[0]:
            found += checker.inputs_checked(contract_path, [practices_path, *activity_paths, *lists_paths], document)
        tally.differences.extend(f"{label}: {text}" for text in found)
        tally.settlements += 1
        new = {(network, q) for network, q in books.paid if q in quarters} - compared
        compared |= new
        tally.compared += len(new)
        count_edges(tree, books, document, tally, {q for _, q in new})


def count_edges(tree: Tree, books: checker.Books, document: Tree, tally: Tally, quarters: set[int]) -> None:
    """Which edges a settlement has hit, in quarters that were not looked at before."""
    edges = tally.edges

    def new(row: Tree) -> bool:
        return int(row.get("period", document["period"])[-1]) - 1 in quarters

    about = {
        indicator: (terms, [edge[1] for edge in books.edges[indicator]], checker.ratio(terms["weight"])[0] == 0)
        for package in tree["packages"].values()
        for indicator, terms in package.get("performance", {}).get("indicators", {}).items()
    }
    for payee in document["payees"]:
        for package in filter(new, payee["packages"]):
            tally.packages += 1
            edges["package: tiny pot"] += package["available"] in ("0.01", "0.02", "0.03", "0.04", "0.05", "0.06", "0.07", "0.08", "0.09")
            edges["package: shared from others"] += package["shared"] != "0.00"
            edges["package: deferred"] += package["deferred"] != "0.00"
            edges["package: value of nothing"] += package["value"] == "0.00"
            edges["package: a million pounds and more in a quarter"] += len(package["value"]) > 9
        for line in filter(new, payee["lines"]):
            tally.lines += 1
            _, marks, unpaid = about[line["indicator"]]
            edges[f"line: {line['state']}"] += 1
            edges["line: brought forward"] += line["brought_forward"] != "0.00"
            edges["line: clawed back"] += line["earned"][0] == "-"
            edges["line: caught up"] += line["shortfall"][0] == "-"
            edges["line: excluded"] += line["excluded"] > 0
            edges["line: denominator above a hundred million"] += line["denominator"] > 10**8
            edges["line: denominator above 2^31"] += line["denominator"] > 2**31
            edges["line: zero weight"] += unpaid
            edges["line: a gap that nobody can close"] += line["gap"] is None and line["state"] == "counted"
            top, bottom = checker.ratio(line["share"])
            edges["line: a share between nothing and all"] += 0 < top < bottom
            edges["line: exactly half a penny"] += 2 * checker.pence_of(line["available"]) * top % (2 * bottom) == bottom
            if line["achievement"] is None:
                continue
            n, _, d = line["achievement"].partition("/")
            top, bottom = int(n), int(d or 1)
            people = line["denominator"] - line["excluded"]
            for t, b in marks:
                edges["threshold: exactly"] += top * b == t * bottom
                if line["gap"] is not None:
                    beside = line["numerator"] * b - t * people
                    edges["threshold: one patient above"] += 0 < beside <= b
                    edges["threshold: one patient below"] += -b <= beside < 0


def run(seed: int, numbers: range, tally: Tally, keep: Path | None = None, size: int = 0, until: float = 0, goal: int = 0) -> int:
    """Some cases; folders of those that differ are kept where `keep` says. Gives the number of the next case: it may stop before.

    It stops when the clock says `until`, or when `goal` is reached.
    """
    with tempfile.TemporaryDirectory() as temporary:
        for number in numbers:
            if (until and time.monotonic() > until) or (goal and tally.compared >= goal):
                return number
            folder = Path(temporary) / f"case-{number}"
            folder.mkdir()
            before = len(tally.differences)
            run_case(seed, number, folder, tally, (4, number % 4), size)
            if keep and len(tally.differences) > before:
                shutil.copytree(folder, keep / f"seed-{seed}-case-{number}", dirs_exist_ok=True)
            shutil.rmtree(folder)
    return numbers.stop


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="engine against checker on random contracts and counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=0, help="how many contracts; without it and without a goal 100")
    parser.add_argument("--only", type=int, help="run this case only")
    parser.add_argument("--networks", type=int, default=0, help="networks of each contract; one to four unless said")
    parser.add_argument("--goal", type=int, default=0, help="stop when so many times a network's counts for a quarter were compared")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so many minutes")
    parser.add_argument("--summary", type=Path, help="a file that says what was met; go on where it stopped")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "p4p-differences")
    chosen = parser.parse_args()
    tally, first, seconds = Tally(), 0, 0.0
    if chosen.summary and chosen.summary.exists():
        before = json.loads(chosen.summary.read_text("utf-8"))
        if (before["seed"], before["networks of each"]) != (chosen.seed, chosen.networks):
            parser.error(f"{chosen.summary} is of another seed or number of networks")
        tally = Tally(**{**before["tally"], "edges": Counter(before["tally"]["edges"])})
        first, seconds = before["next"], before["seconds"]
    last = first + chosen.cases if chosen.cases else 10**9 if chosen.goal else first + 100
    numbers = range(first, last) if chosen.only is None else range(chosen.only, chosen.only + 1)
    began = time.monotonic()
    until = began + chosen.minutes * 60 if chosen.minutes else 0
    while numbers:  # in chunks: what was met is written after each, and shown
        chunk = numbers[:20]
        following = run(chosen.seed, chunk, tally, chosen.keep, chosen.networks, until, chosen.goal)
        spent = seconds + time.monotonic() - began
        print(f"\r{tally.sentence()}; {spent:.0f} s", end="", file=sys.stderr, flush=True)
        if chosen.summary:
            written = {"seed": chosen.seed, "networks of each": chosen.networks, "next": following, "seconds": round(spent)}
            tallied = {**vars(tally), "edges": dict(sorted(tally.edges.items()))}
            chosen.summary.write_text(json.dumps({**written, "tally": tallied}, indent=1) + "\n", encoding="utf-8")
        numbers = numbers[20:] if following == chunk.stop else range(0)
    print(file=sys.stderr)
    for edge, times in sorted(tally.edges.items()):
        print(f"{times:10,}  {edge}")
    print(tally.sentence())
    for text in tally.differences[:200]:
        print(text)
    if tally.differences:
        print(f"folders are kept in {chosen.keep}")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
