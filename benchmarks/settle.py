"""How long settling takes beside other ways of doing the same work, as ratios measured in one run.

    python benchmarks/settle.py [--size S] [--rounds 11] [--into /tmp/p4p-bench] [--duckdb]

Whole processes, start-up included, interleaved A B C A B C; medians, and the median of the per-round ratios to the first. The peers are the
scripts of the benchmark kit (`../shared/bench`): the same sums without checks, explanations or a command line. p4p must be installed in this
Python; the kit needs numpy, and duckdb for `--duckdb`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from data import KIT, make


def once(command: list[str]) -> tuple[float, float]:
    """Wall seconds and largest resident MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{errors.decode()}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def unmapped(command: list[str]) -> float:
    """The most memory, in MiB, that cannot be dropped (RssAnon): mapped files do not count."""
    process, most = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max([most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))])
        except OSError:
            pass
        time.sleep(0.005)
    return most / 1024


def compare(commands: dict[str, list[str]], rounds: int) -> None:
    """Run the commands in turn and print their times and ratios."""
    for command in commands.values():
        once(command)
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command))
    first = [wall for wall, _ in runs[next(iter(commands))]]
    print(f"{'':34} {'wall s':>8} {'min':>7} {'MiB':>6} {'anon':>6} {'ratio':>6}")
    for name, found in runs.items():
        walls = [wall for wall, _ in found]
        ratio = statistics.median(w / f for w, f in zip(walls, first, strict=True))
        memory = statistics.median(m for _, m in found)
        print(f"{name:34} {statistics.median(walls):8.3f} {min(walls):7.3f} {memory:6.0f} {unmapped(commands[name]):6.0f} {ratio:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--into", type=Path, default=Path("/tmp/p4p-bench"))
    parser.add_argument("--duckdb", action="store_true")
    a = parser.parse_args()
    kit, own = make(a.size, a.into)
    python, p4p = sys.executable, str(Path(sys.executable).parent / "p4p")
    period = ["--quarter", "Q1"] if a.size.startswith("S") else ["--year"]
    commands = {"bare Polars script": [python, str(KIT / "settle_polars.py"), str(kit)]}
    if a.duckdb:
        commands["DuckDB script"] = [python, str(KIT / "settle_duckdb.py"), str(kit)]
    commands["p4p settle, table"] = [p4p, "settle", str(own), *period]
    if a.size == "S":
        commands |= {"import polars": [python, "-c", "import polars"], "p4p --version": [p4p, "--version"], "p4p --help": [p4p, "--help"]}
    compare(commands, a.rounds)


if __name__ == "__main__":
    main()
