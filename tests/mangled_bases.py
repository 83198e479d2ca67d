"""The folders that are mangled: files that settle, of care packages and of contracts with `payments`."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import differential_schemes
import yaml

ROOT = Path(__file__).parents[1]

Files = dict[str, bytes]
Language = Literal["packages", "payments"]

#: One package of each kind that the language has, two networks, a practice that moves and one that merges.
EVERYTHING = """\
p4p: 1
contract: everything
title: Every kind of thing
commissioner: Nobody
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
membership: {counted_on: first day of the month}
packages:
  dated:
    title: Shared by list, split by date
    value: {total: 112000.01, shared_by: registered list, as_at: 2009-04-01}
    spread: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}
    split:
      2009-04-01: {upfront: 70%, performance: 30%}
      2009-09-01: {upfront: 60%, performance: 40%}
    upfront: {instalments: monthly}
    performance:
      network_rate: pooled
      measured: year to date
      catch_up: allowed
      claw_back: none
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        A1: {title: All or nothing, weight: 40%, curve: {kind: all_or_nothing, target: at least 80%}}
        A2: {title: Linear, weight: 1/3, curve: {kind: linear, lower: 60%, upper: 80%}}
        A3: {title: Tiered, weight: 4/15, curve: {kind: tiered, tiers: {at least 70%: 1/3, at least 90%: 100%}}}
  shared:
    title: Each the same, shared again
    value: {each: 33333.33}
    split: {upfront: 1/3, performance: 2/3}
    upfront: {instalments: quarterly}
    performance:
      network_rate: every practice
      measured: quarter
      unearned: {shared_among: earners, cap: 50%}
      empty_denominator: pays in full
      missing_data: leave out
      withheld_data: leave out
      indicators:
        B1: {title: Stepped, weight: 100%, curve: {kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 100%}}
  priced:
    title: A price for each patient of a register
    value: {price: 3.955, per: diabetes register, as_at: 2009-04-01}
    split: {upfront: 0%, performance: 100%}
    performance:
      network_rate: mean of practices
      measured: quarter
      unearned: carried forward within the year
      empty_denominator: pays nothing
      missing_data: pays nothing
      withheld_data: pays nothing
      indicators:
        C1: {title: Lower is better, weight: 100%, curve: {kind: linear, lower: 10%, upper: 40%, direction: lower is better}}
"""

EVERYONE = """\
practice,name,network,network_name,list_size,weighted_list,list_date,from,to,successor
P1,First Surgery,N1,North,4000,,2009-04-01,,,
P2,Second Surgery,N1,North,3000,,2009-04-01,,2009-05-31,
P2,Second Surgery,N2,South,3000,,2009-04-01,2009-06-01,,
P3,Third Surgery,N2,South,2500,,2009-04-01,,,
P4,Fourth Surgery,N2,South,700,,2009-04-01,,2009-05-31,P3
"""

REGISTERS = "practice,list,date,patients\nP1,diabetes register,2009-04-01,301\nP2,diabetes register,2009-04-01,222\n"
REGISTERS += "P3,diabetes register,2009-04-01,187\nP4,diabetes register,2009-04-01,45\n"

#: One package and nothing else, so that most cases are about reading.
PLAIN = """\
p4p: 1
contract: plain
title: One package
commissioner: Nobody
year: 2026/27
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  only:
    title: The only package
    value: {each: 14000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        BP:
          title: Blood pressure
          weight: 60%
          curve:
            kind: linear
            lower: 60%
            upper: 80%
        CP:
          title: Care plans
          weight: 40%
          curve: {kind: all_or_nothing, target: at least 85%}
"""

FEW = "practice,name,network\nA81001,Abbey Road,U1\nA81002,Bell Lane,U1\nA81003,Castle View,U2\n"


@dataclass(frozen=True)
class Base:
    """A folder that settles: its files, the period to settle, and whether its activity is of that period alone and no count may be missing.

    `language` is what its contract is written in: care packages, or payments made of steps.
    """

    name: str
    files: Files
    period: str
    whole: bool = False
    language: Language = "packages"

    @property
    def lists(self) -> list[str]:
        """Its lists files."""
        return [name for name in self.files if name.startswith("lists")]

    def write(self, folder: Path) -> None:
        """Its files, in a folder."""
        for name, raw in self.files.items():
            (folder / name).write_bytes(raw)

    @property
    def names_payees(self) -> bool:
        """Whether the contract itself says who is paid."""
        return re.search(rb"^payees:", self.files["contract.yaml"], re.MULTILINE) is not None


def plain_activity() -> str:
    """Counts of three practices, month by month."""
    rows = ["practice,indicator,period,numerator,denominator"]
    for p, practice in enumerate(("A81001", "A81002", "A81003")):
        for i, indicator in enumerate(("BP", "CP")):
            rows += [f"{practice},{indicator},2026-0{m},{70 + 5 * p + 9 * i + m},{100 + p}" for m in (4, 5, 6)]
    return "\n".join(rows) + "\n"


def everyones_activity() -> str:
    """Counts by month and by quarter, some excluded, some withheld, some missing."""
    rows = ["practice,indicator,period,numerator,denominator,excluded"]
    for p, practice in enumerate(("P1", "P2", "P3", "P4")):
        for i, indicator in enumerate(("A1", "A2", "A3", "B1", "C1")):
            for m in (4, 5, 6) if practice != "P4" else (4, 5):
                n, d, e = 60 + 7 * p + 3 * i + m, 100 + i, m % 2
                if (practice, indicator, m) in (("P1", "B1", 5), ("P3", "C1", 4)):
                    continue
                if (practice, indicator) == ("P2", "A3"):
                    rows.append(f"{practice},{indicator},2009-0{m}-30,{n},{d},{e}")
                elif (practice, indicator, m) == ("P2", "B1", 4):
                    rows.append(f"{practice},{indicator},2009-0{m},*,*,")
                else:
                    rows.append(f"{practice},{indicator},2009-0{m},{n},{d},{e}")
    return "\n".join(rows).replace("*,*,", "*,*,0") + "\n"


@cache
def bases(language: Language) -> tuple[Base, ...]:
    """The folders that are mangled, of one language or the other."""
    return tuple(packages()) if language == "packages" else tuple(payments())


def base_of(name: str) -> Base:
    """The folder of a name."""
    return next(base for base in (*bases("packages"), *bases("payments")) if base.name == name)


def packages() -> list[Base]:
    """Care packages: a plain contract, one of every kind, and the templates that ship."""
    made = [
        Base("plain", coded({"contract.yaml": PLAIN, "practices.csv": FEW, "activity.csv": plain_activity()}), "Q1", whole=True),
        Base(
            "everything",
            coded({"contract.yaml": EVERYTHING, "practices.csv": EVERYONE, "lists.csv": REGISTERS, "activity.csv": everyones_activity()}),
            "Q1",
        ),
    ]
    for folder in sorted(path.parent for path in (ROOT / "p4p" / "templates").glob("*/practices.csv")):
        made.append(Base(folder.name, {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in (".csv", ".yaml")}, "Q1"))
    return made


#: Of the shipped schemes that do not settle in their first year, or less of it than in another period, the period that is settled.
PERIODS = {
    "childhood-immunisation-targets-2005": "2005/06 Q1",
    "emergency-marginal-rate": "2013/14",
    "medicare-shared-savings": "2016",
    "northumberland-frail-elderly": "2015/16 Q1",
    "pioneer-aco": "2013",
    "rwanda-quantity-quality": "2008 Q1",
    "salford-pooled-budget": "2015/16",
}

#: Generated contracts of one payment that uses every kind of step: the seeds of one whose practices are paid, and of one whose networks are.
EVERY_STEP = {"every step, practices": "every-123", "every step, networks": "every-83"}


def payments() -> list[Base]:
    """Contracts with `payments`: every one that ships, with its sample files, and two that use every kind of step."""
    made: list[Base] = []
    for folder in sorted((ROOT / "examples" / "schemes").iterdir()):
        contract = (ROOT / "contracts" / f"{folder.name}.yaml").read_bytes()
        year = re.search(rb"^years?: *([0-9/]+)", contract, re.MULTILINE)
        assert year, folder
        files = {"contract.yaml": contract} | {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
        made.append(Base(folder.name, files, PERIODS.get(folder.name, year[1].decode()), language="payments"))
    return made + [generated(name, seed) for name, seed in EVERY_STEP.items()]


def generated(name: str, seed: str) -> Base:
    """A contract that uses every kind of step, as nobody would: on what, chance decides."""
    case = differential_schemes.Case(seed, kinds=differential_schemes.KINDS)
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder))
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    text = yaml.safe_dump(case.contract, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000)
    return Base(name, files | {"contract.yaml": text.encode()}, case.year, language="payments")


def coded(files: dict[str, str]) -> Files:
    """Texts as bytes."""
    return {name: text.encode() for name, text in files.items()}
