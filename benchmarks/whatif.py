"""How long ten thousand settlements take beside one, as ratios measured in one run.

    python benchmarks/whatif.py [--size S] [--rounds 7] [--into /tmp/p4p-bench] [--peers]

The sweep is that of the benchmark kit (`../shared/bench/whatif.py`): 10 splits x 25 moves of all thresholds x 40 moves of all achievements, each of the 10,000
points settled to the penny, through the command line: files read, one CSV written. The moves of thresholds end 5 points earlier than the kit's, because a threshold
above 100% is no contract. The draws are 10,000 of every practice's patients. `--peers` runs the kit's scripts beside them, on counts that were
added up beforehand.

Whole processes, interleaved A B C A B C; medians, and the median of the per-round ratios to one settlement of the same files. NumPy is needed by p4p and
by the kit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from data import KIT, make
from settle import compare

SWEEP = [
    "packages.all.split.upfront=50%..95%/5%",
    "packages.all.performance.indicators.*.curve=-17pp..+7pp/1pp",
    "achievement=-10pp..+9.5pp/0.5pp",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--into", type=Path, default=Path("/tmp/p4p-bench"))
    parser.add_argument("--peers", action="store_true")
    a = parser.parse_args()
    kit, own = make(a.size, a.into)
    python = sys.executable
    p4p = [python, "-m", "p4p"]
    with tempfile.TemporaryDirectory() as out:
        period, file = ["--quarter", "Q1"], ["--format", "csv", "--output", f"{out}/out.csv"]
        sweep = [word for text in SWEEP for word in ("--sweep", text)]
        commands = {
            "p4p settle, table": [*p4p, "settle", str(own), *period],
            "p4p 10,000 points, CSV": [*p4p, "whatif", str(own), *period, *sweep, *file],
        }
        if a.size == "S":
            commands["p4p 10,000 draws, table"] = [*p4p, "whatif", str(own), *period, "--draws", "10000"]
            commands["import polars, numpy"] = [python, "-c", "import polars, numpy"]
        if a.peers:
            if not (kit / "aggregates.csv").exists():
                subprocess.run([python, KIT / "aggregate.py", kit, "2026Q2"], check=True)
            for name in ("numpy", "numpy-exact"):
                commands[f"kit sweep, {name}"] = [python, str(KIT / "whatif.py"), str(kit), "--impl", name]
            if a.size == "S":
                commands["kit draws, numpy"] = [python, str(KIT / "montecarlo.py"), str(kit), "--impl", "numpy"]
        compare(commands, a.rounds)


if __name__ == "__main__":
    main()
