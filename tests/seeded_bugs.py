"""Known faults, put one at a time into a copy of the package: does the suite notice each?

    python tests/seeded_bugs.py            all of them, each against the tests until the first fails
    python tests/seeded_bugs.py --only 3   one of them

Each fault is one that payment systems have had or could have. The copy stands in a temporary folder, the checkout is not touched. For each fault the first
test that fails is told. Exit code 1 where a fault was not noticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What is run against each fault: the module's own tests first, then contracts' worked examples, then engine against checker on random contracts, then the rest.
OWN = ["money", "curves", "period", "members", "practices_file", "activity", "activity_file", "share", "measures", "schemes", "units"]
RANDOM = "verify.py::test_engine_and_checker_agree_on_random_contracts"
GONE = "verify.py::test_a_network_that_is_gone_for_a_quarter_is_not_paid_twice"
WHOLE = ["worked_examples", RANDOM, GONE, "west_sussex", "shortfall", "whatif", "laws", "three_kinds"]


#: That a test fails is enough: no time is spent on making the example small.
WITHOUT_SHRINKING = """
from hypothesis import Phase, settings
settings.register_profile("seeded", phases=[Phase.explicit, Phase.generate], deadline=None, derandomize=True, database=None)
settings.load_profile("seeded")
"""


@dataclass(frozen=True)
class Bug:
    """A fault: what goes wrong, where, and the text that it puts in the place of the right one."""

    what: str
    module: str
    right: str
    wrong: str
    tests: str = ""  # whose tests come first, where not the module's own


BUGS = [
    Bug("the last row of a file is dropped", "activity", "frame = pl.concat([frame, *self._plain]", "frame = pl.concat([frame[:-1], *self._plain]"),
    Bug("a row given twice is counted twice", "activity", "    if repeated.height:\n", "    if False:\n"),
    Bug("a suppressed count is read as zero", "activity", "counts = (-1, -1, 0) if n is None", "counts = (0, 0, 0) if n is None"),
    Bug(
        "missing counts are read as zero",
        "lines",
        'missing = pl.col(f"expected_{q}") > pl.col(f"present_{q}") + pl.col(f"withheld_{q}")\n        if self',
        'missing = pl.col(f"expected_{q}") < 0\n        if self',
    ),
    Bug(
        "a line with missing counts is paid though the contract says it pays nothing",
        "lines",
        '(performance.missing_data, "counts missing", missing)',
        '("leave out", "counts missing", missing)',
    ),
    Bug("0/0 is 100%", "rules", 'return ONE if performance.empty_denominator == "pays in full" else ZERO', "return ONE"),
    Bug(
        "thresholds are tested on floating-point numbers",
        "columns",
        "        return Condition(left >= right)",
        "        return Condition(left.cast(pl.Float32) >= right.cast(pl.Float32))",
    ),
    Bug("`at least` does not let the threshold itself count", "exact", "return left >= right", "return left > right"),
    Bug("`above` lets the threshold itself count", "exact", "return left > right", "return left >= right"),
    Bug("half a penny goes to the even penny", "money", '"half-up": _away_from_zero(lambda x: whole(x + HALF))', '"half-up": _half_even'),
    Bug(
        "half a penny goes up below zero too",
        "money",
        '"half-up": _away_from_zero(lambda x: whole(x + HALF))',
        '"half-up": lambda x: whole(x + HALF)',
    ),
    Bug("leftover pennies go to the smallest remainders", "money", "key=lambda i: -remainders[i]", "key=lambda i: remainders[i]"),
    Bug("leftover pennies go to the last of equals", "money", "sorted(range(len(parts)), key", "sorted(range(len(parts) - 1, -1, -1), key"),
    Bug("quarters begin a month late", "period", "first = self.year.months[0] + 3 * (self.number - 1)", "first = self.year.months[0] + 3 * self.number - 2"),
    Bug("a practice is gone a month early", "members", "(self.last is None or month <= self.last)", "(self.last is None or month < self.last)"),
    Bug(
        "counts of a practice that leaves are lost a month early",
        "roster",
        "min(stay.last + 1 - start, months)",
        "min(stay.last - start, months)",
    ),
    Bug("a practice may be in two networks at once", "members", "            yield from _overlaps(practice)\n", "            yield from ()\n"),
    Bug("the list of a merged practice is lost", "members", "            return self._inherited_by(last.successor, month)\n", "            return None\n"),
    Bug(
        "lists count where practices are on the list's date, though the contract begins later",
        "entitlement",
        "return first if as_at is None else max(month_of(as_at), first)",
        "return first if as_at is None else month_of(as_at)",
    ),
    Bug("weighted and registered lists are exchanged", "practices_file", '"list_size": "registered list"', '"list_size": "weighted list"'),
    Bug("a network without practices is paid", "entitlement", 'Condition(pl.col(f"paid_{q}")).choose(value, ZERO)', "value"),
    Bug("a network without practices is listed", "settle", 'frame = money.filter(pl.col(f"paid_{q}")).select(', "frame = money.select("),
    Bug("excluded patients are added", "lines", 'eligible = pl.col(f"denominator_{q}") - pl.col(f"excluded_{q}")', 'eligible = pl.col(f"denominator_{q}") + pl.col(f"excluded_{q}")'),
    Bug(
        "year to date looks at the quarter only",
        "lines",
        "quarter.to_date if self.performance.to_date else (quarter,)",
        'quarter.to_date if self.performance.measured == "year" else (quarter,)',
    ),
    Bug("a snapshot adds up the quarter's months", "roster", 'left = self.flags(self.expected.snapshot) & (pl.col("month") % 3 != 2)', "left = pl.lit(False)"),
    Bug("the mean of practices is their median", "rules", "return sum(rates, Fraction(0)) / len(rates)", "return sorted(rates)[len(rates) // 2]"),
    Bug('of "every practice" the best decides', "rules", 'return min(rates) if direction == "higher is better"', 'return max(rates) if direction == "higher is better"'),
    Bug("a falling line is not mirrored", "curves", "        between = (self.upper - achievement) /", "        between = (achievement - self.lower) /"),
    Bug("part of a step pays", "curves", "least(whole(most(beyond, ZERO) / self.step)", "least((most(beyond, ZERO) / self.step)"),
    Bug("steps have no cap", "curves", "* self.share_per_step, self.most)", "* self.share_per_step, ONE)"),
    Bug("weights are ignored", "entitlement", "parts = [int(indicators[iid].weight * common) for iid in by_id]", "parts = [common // len(by_id) for iid in by_id]"),
    Bug("each quarter is rounded by itself", "rules", "return upto if earlier == 0 else upto - rounded(year_value * earlier, mode)", "return rounded(year_value * (to_date - earlier), mode)"),
    Bug("the spread is ignored", "entitlement", "zip(year.quarters, package.spread, strict=True)", "zip(year.quarters, [ONE / 4] * 4, strict=True)"),
    Bug("a split that changes inside a quarter holds from the quarter's start", "contract", "return sum((self.at(month).upfront for month in quarter.months), Fraction(0)) / 3", "return self.at(quarter.months[-1]).upfront"),
    Bug("a new split begins a month late", "contract", "s.start is None or s.start <= month", "s.start is None or s.start < month"),
    Bug("the monthly instalments are unequal", "rules", "largest_remainder(upfront, [1, 1, 1])", "largest_remainder(upfront, [1, 1, 2])"),
    Bug("catching up does nothing", "rules", "return most(own, due) if performance.catches_up", "return own if performance.catches_up"),
    Bug("money is always clawed back", "rules", "    if before is None or not (performance.catches_up or performance.claws_back):\n        return own\n", "    if before is None:\n        return own\n"),
    Bug("what was clawed back is forgotten", "lines", '(pl.col(f"before_{last}") + earned)', '(pl.col(f"before_{last}") + earned.clip(lower_bound=0))'),
    Bug("money is clawed back from a network that is not there", "lines", 'earned = pl.when(f"paid_{q}").then(f"earned_{q}").otherwise(0)', 'earned = pl.col(f"earned_{q}")'),
    Bug("money carried forward is lost", "lines", '(pl.col(f"own_{q}") + brought).alias(f"available_{q}")', 'pl.col(f"own_{q}").alias(f"available_{q}")'),
    Bug("the cap on shared money is forgotten", "rules", "caps = [int(unearned.cap * e) for e in earned]", "caps = [sum(shortfall) for e in earned]"),
    Bug("money judged once a year is that of Q4", "lines", 'pots = self.money.select(pl.sum_horizontal(f"pot_{i}" for i in (1, 2, 3, 4)))', 'pots = self.money.select("pot_4")'),
    Bug("of two days in the last month of a period the first row counts", "measures", "days[max(days)]", "days[min(days)]"),
    Bug("a plain number beside money counts as pence", "exact", "(a.unit in MONEY) != (other.unit in MONEY):", "False:", "units"),
    Bug("money and plain numbers are told apart by the rows that figures reach", "units", "    if money is not None and plain is not None:\n", "    if False:\n"),
    Bug("the rows of a practice are looked for in its last network only", "scheme_reading", "for stay in practice.stays)", "for stay in practice.stays[-1:])", "schemes"),
    Bug("what an empty indicator keeps is the same for all of many payees", "points_table", 'step.empty.value is None and step.empty.text != "refuse"', "False", "schemes"),
    Bug("pounds are cut to whole pounds in files", "money", 'return f"{sign}{pence // 100}.{pence % 100:02d}"', 'return f"{sign}{pence // 100}.00"'),
]  # fmt: skip


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the checkout: the package, its tests and what they read."""
    with tempfile.TemporaryDirectory(prefix="p4p-seeded-") as temporary:
        copy = Path(temporary) / "p4p"
        unwanted = shutil.ignore_patterns("__pycache__", ".*", "build", "dist", "*.egg-info")
        shutil.copytree(ROOT, copy, ignore=unwanted)
        (copy.parent / "without_shrinking.py").write_text(WITHOUT_SHRINKING, "utf-8")
        yield copy


def ran(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A Python command in the copy."""
    environment = os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{copy.parent}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=1200)


def first_failure(copy: Path, module: str = "") -> str:
    """The first test that fails, those of a module first; empty where all pass."""
    own = [name for name in OWN if name.startswith(module)] if module else []
    suite = [*own, *WHOLE, *(name for name in OWN if name not in own)]
    done = ran(
        copy,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "without_shrinking",
        *(f"tests/test_{name}" if "::" in name else f"tests/test_{name}.py" for name in suite),
    )
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(\S+)", done.stdout, re.MULTILINE)
    return found[1] if found else f"pytest ended with {done.returncode}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="known faults put in one at a time")
    parser.add_argument("--only", type=int, nargs="*", help="these faults only, by number from 1")
    parser.add_argument("--sound", action="store_true", help="first make sure that all tests pass without a fault")
    chosen = parser.parse_args()
    unnoticed = []
    with copied() as copy:
        if chosen.sound and (failed := first_failure(copy)):
            print(f"without a fault {failed} fails: nothing can be said")
            return 1
        print("| fault | first test that fails |\n|---|---|", flush=True)
        for number, bug in enumerate(BUGS, 1):
            if chosen.only and number not in chosen.only:
                continue
            path = next((copy / "p4p").rglob(f"{bug.module}.py"))
            sound = path.read_text("utf-8")
            if sound.count(bug.right) != 1:
                raise SystemExit(f"{bug.what}: {bug.module} no longer says {bug.right!r} once")
            path.write_text(sound.replace(bug.right, bug.wrong), "utf-8")
            caught = first_failure(copy, bug.tests or bug.module)
            path.write_text(sound, "utf-8")
            if not caught:
                unnoticed.append(bug.what)
            print(
                f"| {bug.what} (`{bug.module}`) | {f'`{caught}`' if caught else 'NONE'} |",
                flush=True,
            )
    print(f"\n{len(unnoticed)} not noticed" + "".join(f"\n{what}" for what in unnoticed))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
