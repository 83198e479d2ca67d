"""How long a points contract takes beside care packages: 6,300 practices x 30 indicators, as ratios of whole processes in one run.

    python benchmarks/points.py --rounds 3

makes a year of counts (189,000 rows, all invented), settles them once as linear lines of a care package (each practice a network of its own) and once as points with list-size and
prevalence factors, and prints the ratio of processor seconds, the median of the rounds. `--practices` makes a smaller set.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

INDICATORS = 30

LINEAR = """p4p: 1
contract: linear
title: Linear lines
commissioner: illustrative
year: 2024/25
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  all:
    title: All
    value: {each: 250000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: year
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
"""

POINTS = """p4p: 1
contract: points
title: Points
commissioner: illustrative
year: 2024/25
currency: GBP
paid_to: practice
settled: yearly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: line}
measures:
  patients: {title: List, unit: patients, as_at: 2024-01-01, list: registered list}
"""

STEPS = """payments:
  achievement:
    title: Achievement
    basis: the period
    pays: points
    available: points.available
    steps:
      index: {kind: ratio, of: patients, to: 9962, if_zero: refuse}
"""


def contracts(folder: Path) -> None:
    """The two contracts: the same indicators and curves."""
    curves = [f"{{kind: linear, lower: {35 + k % 10}%, upper: {75 + k % 15}%}}" for k in range(INDICATORS)]
    linear = "".join(f"        QI{k:02d}: {{title: Indicator {k}, weight: 1/{INDICATORS}, curve: {c}}}\n" for k, c in enumerate(curves))
    (folder / "linear.yaml").write_text(LINEAR + linear, "utf-8")
    measures = "".join(f"  register_{g}: {{title: Register {g}, unit: patients, measured: for the year}}\n" for g in range(3))
    measures += "".join(
        f"  QI{k:02d}: {{title: Indicator {k}, unit: counts, measured: for the year, excluded: leaves the denominator}}\n"
        for k in range(INDICATORS)
    )
    factors = "".join(
        f"      prevalence_{g}: {{kind: ratio, of: register_{g}, to: patients, if_zero: refuse}}\n"
        f"      factor_{g}: {{kind: prevalence, of: prevalence_{g}, national: {6 + g}.444%, rule: linear, if_zero: refuse}}\n"
        for g in range(3)
    )
    points = "      points:\n        kind: points\n        point_value: £220.62\n        factors: [index]\n        rounded: 0.01\n        empty: 0%\n        indicators:\n"
    points += "".join(
        f"          QI{k:02d}: {{title: Indicator {k}, points: {3 + k}, curve: {c}, factors: [factor_{k % 3}]}}\n"
        for k, c in enumerate(curves)
    )
    (folder / "points.yaml").write_text(POINTS + measures + STEPS + factors + points, "utf-8")


def data(folder: Path, practices: int) -> None:
    """Practices, counts and registers, from a fixed seed."""
    draw = random.Random(1)
    with (folder / "practices.csv").open("w", encoding="utf-8") as file:
        file.write("practice,name,network,list_size,list_date\n")
        file.writelines(f"P{i:05d},Practice {i},N{i:05d},{draw.randint(2000, 30000)},2024-01-01\n" for i in range(practices))
    with (folder / "activity.csv").open("w", encoding="utf-8") as file:
        file.write("practice,indicator,period,numerator,denominator,excluded\n")
        for i in range(practices):
            for k in range(INDICATORS):
                d = draw.randint(20, 2000)
                e = draw.randint(0, d // 10)
                file.write(f"P{i:05d},QI{k:02d},2024/25,{draw.randint(0, d - e)},{d},{e}\n")
    with (folder / "measures.csv").open("w", encoding="utf-8") as file:
        file.write("payee,measure,period,value\n")
        file.writelines(f"P{i:05d},register_{g},2024/25,{draw.randint(10, 2000)}\n" for i in range(practices) for g in range(3))


def seconds(command: list[str], folder: Path) -> float:
    """The processor seconds of a process."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "p4p", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Make the data, settle both ways, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--practices", type=int, default=6300)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contracts(folder)
        data(folder, asked.practices)
        linear = ["settle", "linear.yaml", "activity.csv", "--quarter", "Q4", "--format", "csv", "--output", "linear.csv"]
        points = ["settle", "points.yaml", "activity.csv", "measures.csv", "--year", "--format", "csv", "--output", "points.csv"]
        found = [(seconds(linear, folder), seconds(points, folder)) for _ in range(asked.rounds)]
    for a, b in found:
        print(f"linear lines {a:6.2f} s   points {b:6.2f} s   ratio {b / a:.2f}")
    print(
        f"{asked.practices:,} practices x {INDICATORS} indicators: points take {median(b / a for a, b in found):.2f} of linear lines (processor seconds)"
    )


if __name__ == "__main__":
    main()
