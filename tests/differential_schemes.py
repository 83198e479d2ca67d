"""The engine and the independent checker on schemes that nobody would write: random chains of every kind of step, and figures aimed at edges.

    python tests/differential_schemes.py --seed 1 --cases 1000 [--seconds 400] [--summary FILE]

A case is a contract, its files, and up to three periods that are settled; every step, amount and total of each settlement is held against the checker.
What the engine refuses is counted apart. Differences are printed with the case that made them, and are exit code 5.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from p4p.checkers.verify_schemes import Files, Verdict, verify
from p4p.files.folder import files_of
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.numbers.errors import P4PError
from p4p.screens.scheme_tables import scheme_json
from p4p.settling.chain import settle_scheme

Row = dict[str, str]

RATIOS = ("0%", "5%", "1/3", "40%", "1/2", "60%", "62.5%", "2/3", "70%", "89.9%", "90%", "100%")
SHARES = ("0%", "12.5%", "1/3", "50%", "2/3", "75%", "100%")
AMOUNTS = ("0.00", "0.01", "0.05", "1.00", "33.33", "99.99", "100.00", "100.01", "333.33", "1000.00", "1234.56", "99999.99", "1000000.00")
NUMBERS = ("0", "1", "2", "3", "7", "10", "99", "100", "101", "999", "1000", "5000.5")
EDGES = ("0", "1", "3", "10", "100", "1000")
WORDS = ("red", "green", "blue")
MODES = ("half-up", "half-even", "down", "up")
SIDES = ("at least", "above", "at most", "below")
SUMMED = ("in the period", "year to date", "for the quarter", "for the year")
SPLITS = (("50%", "50%"), ("25%", "75%"), ("1/3", "2/3"), ("0%", "100%"), ("12.5%", "87.5%"), ("1/3", "1/3", "1/3"), ("20%", "30%", "50%"))
MONEY, RATIO, NUMBER, YES, WORD, COUNTS = "money", "ratio", "number", "yes or no", "word", "counts"


class Case:
    """One generated contract with its files."""

    def __init__(self, seed: str, *, big: bool = False, kinds: Sequence[str] = ()) -> None:
        """`kinds`: the kinds of step of its one payment, in this order, where chance is not to choose them."""
        self.random = random.Random(seed)
        pick = self.random.choice
        self.big, self.kinds = big, tuple(kinds)
        self.calendar = pick(("April to March", "January to December"))
        self.currency, self.mark = pick((("GBP", "£"), ("USD", "$")))
        self.counted = big or bool(kinds) or self.random.random() < 0.4
        self.paid_to = (
            "practice" if big else pick(("practice", "network")) if self.counted else pick(("provider", "federation", "facility"))
        )
        self.start = 2016 * 12 + (3 if self.calendar == "April to March" else 0)
        self.year = "2016/17" if self.calendar == "April to March" else "2016"
        self.practices = [f"P{n:02d}" for n in range(60 if big else self.random.randint(1, 5))] if self.counted else []
        self.networks = {code: f"N{self.random.randint(1, 2)}" for code in self.practices}
        self.payees = {
            "practice": self.practices,
            "network": sorted(set(self.networks.values())),
        }.get(self.paid_to) or [chr(65 + n) for n in range(self.random.randint(1, 4))]
        self.figures: list[Row] = []
        self.activity: list[Row] = []
        self.lists: list[Row] = []
        self.measures: dict[str, Any] = {}
        self.names: dict[str, list[str]] = {kind: [] for kind in (MONEY, RATIO, NUMBER, YES, WORD, COUNTS)}
        self.pots: list[str] = []  # money that is the same for every payee
        self.number = 0
        self.contract = self._contract()

    def some(self, kind: str) -> str:
        """A term of a kind: a name, or a number with its unit."""
        literal = {MONEY: AMOUNTS, RATIO: RATIOS, NUMBER: NUMBERS}.get(kind)
        if self.names[kind] and (literal is None or self.random.random() < 0.75):
            return self.random.choice(self.names[kind][-12:])
        if kind == MONEY:
            return f"{self.random.choice(('', '', '', '-'))}{self.mark}{self.random.choice(AMOUNTS)}"
        return self.random.choice(literal or ("no such kind",))

    def money(self, *texts: str) -> str:
        """A written amount."""
        return self.mark + self.random.choice(texts or AMOUNTS)

    # files

    def _months(self) -> list[str]:
        return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(self.start, self.start + 12)]

    def _figure(self, kind: str) -> str:
        pick = self.random.choice
        if kind == MONEY:
            return pick(("", "", "", "-")) + pick(AMOUNTS)
        return pick({RATIO: RATIOS, NUMBER: NUMBERS, "patients": EDGES, YES: ("yes", "no"), WORD: WORDS}[kind])

    def _measure(self, kind: str) -> None:
        name = f"{kind.split()[0]}_{len(self.measures)}"
        pick = self.random.choice
        unit = pick((NUMBER, "patients")) if kind == NUMBER else kind
        terms = {"title": name, "unit": unit}
        if kind == COUNTS:
            terms |= {"measured": pick((*SUMMED, "at the end of the period")), "excluded": pick(("leaves the denominator", "already out"))}
            if self.big:
                terms["measured"] = "for the year"
            self._counts(name, terms)
        elif kind == NUMBER and self.counted and self.random.random() < 0.5:
            name_of_list = pick(("registered list", f"list {len(self.measures)}"))
            terms |= {"unit": "patients", "list": name_of_list, "as_at": self._months()[0] + "-01"}
            if name_of_list != "registered list":
                self.lists += [
                    {"practice": code, "list": name_of_list, "date": terms["as_at"], "patients": pick(("1", "10", "333", "5000"))}
                    for code in self.practices
                ]
        else:
            yearly_only = kind in (RATIO, WORD)
            terms["measured"] = pick(("for the year", "at the end of the period") if yearly_only else (*SUMMED, "at the end of the period"))
            for_contract = self.random.random() < 0.2
            if for_contract:
                terms["given_for"] = "the contract"
            may_miss = self.random.random() < 0.3
            if may_miss:
                nothing = {MONEY: f"{self.mark}0.00", RATIO: "0%", NUMBER: "0", YES: "no", WORD: "red"}
                terms["missing"] = nothing[kind]
            whole_year = terms["measured"] == "for the year" and (yearly_only or self.random.random() < 0.7)
            for payee in ["contract"] if for_contract else self.payees:
                for period in [self.year] if whole_year else self._months():
                    if not (may_miss and self.random.random() < 0.3):
                        self.figures.append({"payee": payee, "measure": name, "period": period, "value": self._figure(unit)})
            if for_contract and kind == MONEY:
                self.pots.append(name)
        self.measures[name] = terms
        self.names[kind].append(name)

    def _counts(self, name: str, terms: Row) -> None:
        size = self.random.choice((3, 10, 100, 1000))
        for code in self.practices:
            for period in [self.year] if terms["measured"] == "for the year" and "/" in self.year else self._months():
                denominator = self.random.choice((0, 1, size, size, size + 1))
                excluded = self.random.choice((0, 0, 1, denominator)) if denominator else 0
                most = denominator - excluded
                numerator = self.random.choice((0, most, most * 9 // 10, most // 2, most * 2 // 3))
                row = {"practice": code, "indicator": name, "period": period, "numerator": numerator, "denominator": denominator}
                self.activity.append({key: str(value) for key, value in row.items()} | {"excluded": str(excluded)})

    # contract

    def _contract(self) -> dict[str, Any]:
        pick = self.random.choice
        for kind in (MONEY, MONEY, RATIO, NUMBER, YES, WORD):
            self._measure(kind)
        for _ in range(self.random.randint(0, 3)):
            self._measure(pick((MONEY, RATIO, NUMBER, YES)))
        if self.counted:
            for _ in range(20 if self.big else self.random.randint(1, 3)):
                self._measure(COUNTS)
        contract: dict[str, Any] = {
            "p4p": "1",
            "contract": "generated",
            "title": "Generated",
            "commissioner": "Nobody",
            "calendar": self.calendar,
            "year": self.year,
            "currency": self.currency,
            "paid_to": self.paid_to,
            "settled": pick(("monthly", "quarterly", "yearly")),
            "paid": pick(("in advance", "in arrears")),
            "paid_after": f"{self.random.randint(1, 14)} months",
            "rounding": {"to": pick(("0.01", "0.01", "1")), "mode": pick(MODES), "at": pick(("payment", "line"))},
        }
        if not self.counted and self.random.random() < 0.5:
            contract["payees"] = {
                code: {"title": f"Payee {code}", "own_share": pick(RATIOS), "own_amount": self.money()} for code in self.payees
            }
            self.names[RATIO].append("own_share")
            self.names[MONEY].append("own_amount")
        contract |= {
            "measures": self.measures,
            "parameters": {"dated_rate": self._parameter(RATIO), "dated_amount": self._parameter(MONEY)},
        }
        self.names[RATIO].append("dated_rate")
        self.names[MONEY].append("dated_amount")
        self.pots.append("dated_amount")
        contract["payments"] = {}
        order = ("monthly", "quarterly", "yearly")
        rhythms = sorted((pick(order) for _ in range(self.random.randint(1, 3))), key=order.index)
        for number, rhythm in enumerate(["yearly"] if self.big or self.kinds else rhythms):
            kept, pots = {kind: list(names) for kind, names in self.names.items()}, list(self.pots)
            contract["payments"][f"pay_{number}"] = self._payment(rhythm)
            self.names, self.pots = kept, pots
            self.names[MONEY].append(f"pay_{number}")
        return contract

    def _parameter(self, kind: str) -> dict[str, Any]:
        def value() -> str:
            return self.money() if kind == MONEY else self.random.choice(RATIOS)

        half = f"{self.start // 12}-{self.start % 12 + 7:02d}-01"
        day_before = f"{self.start // 12}-{self.start % 12 + 6:02d}-30"
        values = {f"2010-01-01 to {day_before}": value(), f"{half} on": value()}
        return {"title": "Dated", "source": "generated", "selected_by": self.random.choice(("period", "payment")), "values": values}

    def _payment(self, rhythm: str) -> dict[str, Any]:
        pick = self.random.choice
        self.to_date, self.rhythm = self.random.random() < 0.35 and not self.kinds, rhythm
        steps: dict[str, Any] = {}
        wanted = [*self.kinds] or (["points", "points"] if self.big else [pick(KINDS) for _ in range(self.random.randint(2, 9))])
        for place, kind in enumerate([*wanted, "sum"]):
            step = getattr(self, f"_{kind}")() if place < len(wanted) else ({"of": [self.some(MONEY)]}, MONEY, {})
            if step is None:
                continue
            terms, gives, outcomes = step
            self.number += 1
            name = f"s{self.number}"
            steps[name] = {"kind": kind, **terms}
            for outcome, unit in {"": gives, **outcomes}.items():
                self.names[unit].append(f"{name}.{outcome}" if outcome else name)
            if kind in ("total", "average") and gives == MONEY:
                self.pots.append(name)
        money = [name for name in self.names[MONEY] if name.partition(".")[0] in steps]
        payment = {
            "title": "Generated",
            "settled": rhythm,
            "basis": "year to date" if self.to_date else "the period",
            "pays": pick(money[-4:]),
        }
        if self.to_date:
            payment["claw_back"] = pick(("allowed", "none"))
        if self.random.random() < 0.4:
            payment["available"] = pick(money)
        if self.random.random() < 0.3:
            payment["upfront"] = pick(money)
        return {**payment, "steps": steps}

    # steps: terms, the unit of the result, the units of the outcomes

    def _alike(self) -> str:
        return self.random.choice((MONEY, MONEY, RATIO, NUMBER))

    def _several(self, kind: str, least: int = 1) -> list[str]:
        return [self.some(kind) for _ in range(self.random.randint(least, 3))]

    def _sum(self) -> Any:
        kind = MONEY if self.random.random() < 0.7 else self._alike()
        return {"of": self._several(kind), **({"less": self._several(kind)} if self.random.random() < 0.5 else {})}, kind, {}

    def _product(self) -> Any:
        kind = self._alike()
        return (
            {
                "of": [
                    self.some(kind),
                    *(self.some(self.random.choice((RATIO, NUMBER)) if kind != RATIO else RATIO) for _ in range(self.random.randint(1, 2))),
                ]
            },
            kind,
            {},
        )

    def _ratio(self) -> Any:
        kind = self.random.choice((MONEY, NUMBER))
        return {"of": self.some(kind), "to": self.random.choice(self.names[kind]), "if_zero": self.random.choice(("0%", "100%"))}, RATIO, {}

    def _limits(self) -> Any:
        kind = self._alike()
        limits = {"least": self.some(kind)} if self.random.random() < 0.5 else {"most": self.some(kind)}
        if self.random.random() < 0.2 and kind == MONEY:
            limits = {"least": self.mark + "0.00", "most": self.money()}
        return {"of": self.random.choice(self.names[kind]), **limits}, kind, {"lost": kind}

    def _best(self) -> Any:
        kind = self._alike()
        return {"of": self._several(kind, 2)}, kind, {}

    _worst = _mean = _best

    def _weighted(self) -> Any:
        kind = self._alike()
        if self.random.random() < 0.6:
            weights = list(self.random.choice(SPLITS))
        else:
            weights = [self.random.choice(self.names[NUMBER]) for _ in range(2)]
        parts = {f"w{n}": {"of": self.random.choice(self.names[kind]), "weight": weight} for n, weight in enumerate(weights)}
        return {"parts": parts, **({"missing": "reweighted"} if self.random.random() < 0.3 else {})}, kind, {}

    def _rounded(self) -> Any:
        kind = self._alike()
        to = {MONEY: (f"{self.mark}0.01", f"{self.mark}1", f"{self.mark}10"), RATIO: ("1%", "0.5%", "0.01"), NUMBER: ("1", "10", "0.01")}[
            kind
        ]
        mode = self.random.choice(("half-up", "half-even", "towards zero", "away from zero", "downwards", "upwards"))
        return {"of": self.random.choice(self.names[kind]), "to": self.random.choice(to), "mode": mode}, kind, {}

    def _bands(self) -> Any:
        of, gives = self.random.choice((RATIO, NUMBER)), self._alike()
        edges = self.random.sample(RATIOS if of == RATIO else EDGES, 3)
        sides = self.random.choice((SIDES[:2], SIDES[2:]))
        bands = {f"{self.random.choice(sides)} {edge}": self.some(gives) for edge in edges}
        return {"of": self.random.choice(self.names[of]), "bands": bands, "otherwise": self.some(gives)}, gives, {}

    def _line(self) -> Any:
        gives = self.random.choice((MONEY, RATIO))
        ends = [self.money() if gives == MONEY else self.random.choice(RATIOS) for _ in range(4)]
        segments = {"0 to 10": f"{ends[0]} to {ends[1]}", "10 to 1000": f"{ends[1]} to {ends[2]}"}
        if self.random.random() < 0.5:
            segments = {"0 to 9": f"{ends[0]} to {ends[1]}", "10 to 99": f"{ends[1]} to {ends[2]}", "100 to 999": f"{ends[2]} to {ends[3]}"}
        return {"of": self.random.choice(self.names[NUMBER]), "segments": segments, "below": ends[0], "above": ends[3]}, gives, {}

    def _corridors(self) -> Any:
        bands = {"up to 5%": self.random.choice(SHARES), "up to 1/3": self.random.choice(SHARES), "beyond": self.random.choice(SHARES)}
        return (
            {"of": self.some(MONEY), "per": self.money("1.00", "100.00", "333.33", "1000.00"), "bands": bands},
            MONEY,
            {f"corridor_{n}": MONEY for n in (1, 2, 3)},
        )

    def _a_curve(self) -> dict[str, Any]:
        pick = self.random.choice
        down = self.random.random() < 0.3
        direction = {"direction": "lower is better"} if down else {}
        kind = pick(("all_or_nothing", "linear", "tiered", "stepped"))
        if kind == "all_or_nothing":
            return {"kind": kind, "target": f"{pick(('at most', 'below') if down else ('at least', 'above'))} {pick(RATIOS[2:-1])}"}
        if kind == "linear":
            lower, upper = sorted(self.random.sample(range(0, 101, 5), 2))
            return {"kind": kind, "lower": f"{lower}%", "upper": f"{upper}%", **direction}
        if kind == "tiered":
            edges = sorted(self.random.sample((0, 5, 40, 60, 70, 90, 100), 3), reverse=down)
            side = "at most" if down else "at least"
            if not {edges[-1], edges[0]} & {0, 100}:
                side = pick((side, "below" if down else "above"))
            return {"kind": kind, "tiers": {f"{side} {edge}%": share for edge, share in zip(edges, ("1/3", "1/2", "100%"), strict=True)}}
        return {
            "kind": kind,
            "from": pick(("50%", "60%")),
            "step": pick(("1%", "2%", "5%")),
            "share_per_step": pick(("5%", "20%")),
            "most": "100%",
            **direction,
        }

    def _curve(self) -> Any:
        return {"of": self.random.choice(self.names[RATIO]), "curve": self._a_curve()}, RATIO, {}

    def _lookup(self) -> Any:
        gives = self._alike()
        by = [self.random.choice(self.names[WORD]) for _ in range(self.random.randint(1, 2))]
        rows = {" ".join(self.random.choice((*WORDS, "*")) for _ in by): self.some(gives) for _ in range(3)}
        return {"by": by, "rows": rows, "otherwise": self.some(gives)}, gives, {}

    def _tests(self) -> dict[str, str]:
        tests: dict[str, str] = {}
        for _ in range(self.random.randint(1, 2)):
            kind = self.random.choice((YES, RATIO, NUMBER, MONEY, WORD))
            name = self.random.choice(self.names[kind])
            if kind == YES:
                tests[name] = self.random.choice(("yes", "no"))
            elif kind == WORD:
                tests[name] = f"is {self.random.choice(WORDS)}"
            else:
                tests[name] = f"{self.random.choice(SIDES)} {self.some(kind)}"
        return tests

    def _gate(self) -> Any:
        gives = self._alike()
        terms: dict[str, Any] = {"of": self.random.choice(self.names[gives])}
        how = self.random.random()
        if how < 0.75:
            terms["requires"] = self._tests()
        if how > 0.5:
            terms["requires_any"] = self._tests()
        return {**terms, "otherwise": self.some(gives)}, gives, {}

    def _deduction(self) -> Any:
        return (
            {
                "of": self.some(MONEY),
                "each": self.random.choice(("0%", "25%", "1/3", "100%")),
                "times": self.random.choice(("0", "1", "3", "5")),
            },
            MONEY,
            {"deducted": MONEY},
        )

    def _milestones(self) -> Any:
        parts = {
            f"m{n}": {"title": "Done", "pays": self.some(MONEY), "done": self.random.choice(self.names[YES])}
            for n in range(self.random.randint(1, 3))
        }
        return {"milestones": parts}, MONEY, {**dict.fromkeys(parts, MONEY), "available": MONEY}

    def _baseline(self) -> Any:
        weights = self.random.choice(SPLITS)
        terms: dict[str, Any] = {"years": {f"y{n}": {"of": self.some(MONEY), "weight": weight} for n, weight in enumerate(weights)}}
        how = self.random.random()
        if how < 0.7:
            terms |= {"growth": self.random.choice(RATIOS)} if how < 0.35 else {"growth_amount": self.some(MONEY)}
        if self.random.random() < 0.5:
            terms |= {"risk": self.some(RATIO), **({"most_risk": "70%"} if self.random.random() < 0.5 else {})}
        return terms, MONEY, {}

    def _saving_rate(self) -> Any:
        kind = self.random.choice((MONEY, NUMBER))
        return (
            {
                "baseline": self.some(kind),
                "baseline_period": "before",
                "spent": self.some(kind),
                "if_zero": self.random.choice(("0%", "100%")),
            },
            RATIO,
            {"saving": kind},
        )

    def _minimum_saving(self) -> Any:
        counts = self.random.choice(("from the first pound", "only the excess"))
        losses = self.random.choice(("same minimum", "from the first pound", "not counted"))
        return (
            {"of": self.some(MONEY), "minimum": self.money(), "counts": counts, "below": self.random.choice(SHARES), "losses": losses},
            MONEY,
            {},
        )

    def _gain_share(self) -> Any:
        return (
            {"of": self.some(MONEY), "gains": self.random.choice(SHARES), "losses": self.random.choice((*SHARES, "none"))},
            MONEY,
            {"commissioner": MONEY},
        )

    def _loss_rate(self) -> Any:
        return {"gain_rate": self.some(RATIO), "least": "40%", "most": "75%"}, RATIO, {}

    def _withhold(self) -> Any:
        return {"of": self.some(MONEY), "rate": self.random.choice(("0%", "2%", "1/3", "100%"))}, MONEY, {"withheld": MONEY}

    def _recoup(self) -> Any:
        return {"of": self.some(MONEY), "advances": self.money()}, MONEY, {"recouped": MONEY, "outstanding": MONEY}

    def _tariff(self) -> Any:
        parts = {f"t{n}": {"title": "Service", "units": self.some(NUMBER), "price": self.money()} for n in range(2)}
        return {"services": parts}, MONEY, dict.fromkeys(parts, MONEY)

    def _marginal_rate(self) -> Any:
        rates = {"above": self.random.choice(SHARES), "below": self.random.choice(SHARES)}
        return (
            {"actual": self.some(MONEY), "baseline": self.some(MONEY), "baseline_period": "before", **rates},
            MONEY,
            {"adjustment": MONEY, "retained": MONEY},
        )

    def _tolerance(self) -> Any:
        terms = {"delivered": self.some(NUMBER), "contracted": self.some(NUMBER), "price": self.money(), "lower": "96%", "upper": "102%"}
        return terms, MONEY, {"recovered_units": NUMBER, "carried_forward": NUMBER, "lost": NUMBER}

    def _instalment(self) -> Any:
        if self.to_date:
            return None
        parts: dict[str, Any] = {"parts": {"Q1": "15%", "Q2": "20%", "Q3": "1/3", "Q4": "19/60"}}
        equal = {"equal": self.random.choice(("monthly", "quarterly"))}
        return (
            {"of": self.some(MONEY), **({"equal": "monthly"} if self.rhythm == "monthly" else self.random.choice((parts, equal)))},
            MONEY,
            {},
        )

    def _capitation(self) -> Any:
        parts = {f"c{n}": {"title": "Segment", "people": self.some(NUMBER), "price": self.money()} for n in range(2)}
        return {"segments": parts}, MONEY, {**dict.fromkeys(parts, MONEY), "people": NUMBER}

    def _year_of_care(self) -> Any:
        pick = self.random.choice
        contacts: dict[str, Any] = {}
        for n in range(self.random.randint(1, 3)):
            extra = {
                key: value
                for key, value in (("times", pick("124")), ("part", pick(SHARES)), ("group", pick(("1", "3", "10"))))
                if pick((0, 1))
            }
            contacts[f"k{n}"] = {"title": "Contact", "minutes": pick(("7", "10", "20", "40")), "staff": pick(("gp", "nurse")), **extra}
        return (
            {"staff": {"gp": self.money(), "nurse": self.money()}, "contacts": contacts},
            MONEY,
            {**dict.fromkeys(contacts, MONEY), "minutes": NUMBER},
        )

    def _total(self) -> Any:
        kind = self._alike()
        return {"of": self.random.choice(self.names[kind])}, kind, {}

    _average = _total

    def _part_of_pot(self) -> Any:
        measured = [name for name in self.names[NUMBER] if name in self.measures]
        return {"pot": self.random.choice(self.pots), "by": self.random.choice(measured)}, MONEY, {}

    def _between(self) -> Any:
        shares = {f"party_{n}": share for n, share in enumerate(self.random.choice(SPLITS))}
        return {"of": self.some(MONEY), "shares": shares}, MONEY, dict.fromkeys(shares, MONEY)

    def _achievement(self) -> Any:
        if not self.names[COUNTS]:
            return None
        return (
            {"of": self.random.choice(self.names[COUNTS]), "empty": self.random.choice(("0%", "100%", "1/3"))},
            RATIO,
            dict.fromkeys(("numerator", "denominator", "excluded"), NUMBER),
        )

    def _points(self) -> Any:
        pick = self.random.choice
        indicators: dict[str, Any] = {}
        for name in self.names[COUNTS]:
            part: dict[str, Any] = {"title": name, "points": pick(("3", "7.5", "17")), "curve": self._a_curve()}
            if self.random.random() < 0.3:
                part["factors"] = [self.some(RATIO)]
            if self.random.random() < (0.05 if self.big else 0.3):
                does = pick(("withdrawn", "set to", "not below"))
                decided = f"{pick(self._months())}-{pick(('01', '15', '28'))}"
                part["ruling"] = {"does": does, "reason": "generated", "decided": decided} | (
                    {} if does == "withdrawn" else {"points": pick(("0", "2.5", "3"))}
                )
            indicators[name] = part
        indicators["kept"] = {"title": "Kept", "points": "6", "done": pick(self.names[YES])}
        terms = {
            "indicators": indicators,
            "point_value": self.money("1.00", "33.33", "213.43"),
            "rounded": pick(("0.01", "not at all")),
            "empty": pick(SHARES),
        }
        if self.random.random() < 0.6:
            terms["factors"] = [pick((*RATIOS, *self.names[RATIO]))]
        outcomes = {"points": NUMBER, "most_points": NUMBER, "available": MONEY, **dict.fromkeys(indicators, MONEY)}
        return terms, MONEY, outcomes

    def _prevalence(self) -> Any:
        terms = {
            "of": self.random.choice(RATIOS),
            "national": self.some(RATIO),
            "rule": self.random.choice(("linear", "square root")),
            "if_zero": "100%",
        }
        return {**terms, **({"least_prevalence": "5%"} if self.random.random() < 0.5 else {})}, RATIO, {}

    def write(self, folder: Path) -> None:
        """The files of the case."""
        (folder / "contract.yaml").write_text(json.dumps(self.contract, indent=1, ensure_ascii=False), "utf-8")
        practices = [
            {
                "practice": code,
                "name": code,
                "network": self.networks[code],
                "list_size": str(self.random.choice((1, 100, 9639))),
                "list_date": self._months()[0] + "-01",
            }
            for code in self.practices
        ]
        self.random.shuffle(self.figures)
        files = {"measures": self.figures, "practices": practices, "lists": self.lists, "activity": self.activity}
        for name, rows in files.items():
            path = folder / f"{name}.csv"
            path.unlink(missing_ok=True)
            if rows:
                path.write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n", "utf-8")

    def asked(self) -> list[dict[str, Any]]:
        """Up to three periods to settle: the year, a quarter, a month."""
        month = self.random.choice(self._months())
        quarter = {"quarter": f"Q{self.random.randint(1, 4)}"}
        return [{"year": True}] if self.big else [{"year": True}, quarter, {"month": month}]


KINDS = tuple(
    name[1:]
    for name in vars(Case)
    if name.startswith("_")
    and not name.startswith("__")
    and name
    not in ("_months", "_figure", "_measure", "_counts", "_contract", "_parameter", "_payment", "_alike", "_several", "_a_curve", "_tests")
)


def settled(folder: Path, quarter: str | None = None, year: bool = False, month: str | None = None) -> tuple[dict[str, Any], Verdict]:
    """A folder's settlement as JSON, and what the checker made of it. Raises P4PError where it is refused."""
    files = files_of([str(folder / "contract.yaml"), str(folder)], None, ())
    scheme = read_scheme(files.contract)
    months, period = months_asked(scheme, quarter, year, month)
    document = json.loads(scheme_json(settle_scheme(scheme, read_inputs(scheme, files, months), months, period)))
    read = {name: path for name in ("measures", "practices", "lists", "activity") if (path := folder / f"{name}.csv").exists()}
    several = {name: (read[name],) if name in read else () for name in ("measures", "activity", "lists")}
    return document, verify(Files(folder / "contract.yaml", practices=read.get("practices"), **several), document)


def run(seed: str, cases: int, folder: Path, seconds: float = 1e9, *, every_big: int = 40) -> tuple[Counter[str], list[str]]:
    """What came of so many cases, and what differed."""
    done: Counter[str] = Counter()
    wrong: list[str] = []
    began = time.monotonic()
    for number in range(cases):
        if time.monotonic() - began > seconds:
            break
        case = Case(f"{seed}-{number}", big=number % every_big == every_big - 1)
        case.write(folder)
        done["cases"] += 1
        for asked in case.asked():
            try:
                document, verdict = settled(folder, **asked)
            except P4PError as refused:
                done["refused"] += 1
                done[
                    f"because {type(refused).__name__} {refused.problems[0].what.rpartition(': ')[2][:60] if hasattr(refused, 'problems') else refused}"
                ] += 1
                continue
            done["settlements"] += 1
            done["payments"] += verdict.payments
            done["steps"] += verdict.steps
            done["not verified"] += bool(verdict.unknown)
            lines = sum(len(payment.get("lines", ())) for payee in document["payees"] for payment in payee["payments"])
            done["of more than 1,000 lines of points"] += lines > 1000
            for kind in {step["kind"] for payment in case.contract["payments"].values() for step in payment["steps"].values()}:
                done[f"kind {kind}"] += 1
            if verdict.wrong or verdict.unknown:
                wrong.append(f"--seed {seed}, case {number}, {asked}: {'; '.join([*verdict.wrong[:4], *verdict.unknown[:2]])}")
    done["seconds"] = round(time.monotonic() - began)
    return done, wrong


def main() -> int:
    """Run, print, and say by the exit code whether anything differed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=400)
    parser.add_argument("--summary", type=Path, help="write the counts, as JSON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done, wrong = run(asked.seed, asked.cases, Path(folder), asked.seconds)
    for name, count in sorted(done.items(), key=lambda item: (item[0].startswith(("kind", "because")), -item[1])):
        print(f"{count:>12,} {name}")
    print(*wrong[:40], sep="\n")
    print(f"{len(wrong):,} settlements differ")
    if asked.summary:
        asked.summary.write_text(json.dumps({**done, "different": len(wrong)}, indent=1), "utf-8")
    return 5 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
