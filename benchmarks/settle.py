"""How long settling takes beside other ways of doing the same work, as ratios measured in one run.

    python benchmarks/settle.py [--size S] [--rounds 11] [--into /tmp/p4p-bench] [--peers duckdb,pandas,decimal]

Whole processes, start-up included, interleaved A B C A B C; medians, and the median of the per-round ratios to the first, of wall and of processor seconds. The peers are the
scripts of the benchmark kit (`../shared/bench`): the same sums without checks, explanations or a command line. p4p must be installed in this
Python; the kit needs numpy, and the peers that are named.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data import KIT, make


def once(command: list[str]) -> tuple[float, float, float, float]:
    """Wall seconds and processor seconds of one run, its largest resident MiB, and the most MiB that cannot be dropped (RssAnon: mapped files do not count)."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process, anonymous = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors), 0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                anonymous = max([anonymous, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))])
            time.sleep(0.01)
        wall, (_, status_word, usage) = time.perf_counter() - start, ended
        process.returncode = os.waitstatus_to_exitcode(status_word)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{errors.read().decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, anonymous / 1024


def compare(commands: dict[str, list[str]], rounds: int, *, warm: bool = True) -> None:
    """Run the commands in turn and print medians, and the medians of each round's ratios to the first."""
    for command in commands.values() if warm else ():
        once(command)
    runs: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command))
    first = runs[next(iter(commands))]
    print(f"{'':34} {'wall s':>8} {'min':>7} {'cpu s':>7} {'MiB':>6} {'anon':>6} {'wall':>6} {'cpu':>6}")
    for name, found in runs.items():
        wall, cpu, resident, anonymous = (statistics.median(run[i] for run in found) for i in range(4))
        ratios = [statistics.median(run[i] / other[i] for run, other in zip(found, first, strict=True)) for i in (0, 1)]
        print(
            f"{name:34} {wall:8.3f} {min(run[0] for run in found):7.3f} {cpu:7.2f} {resident:6.0f} {anonymous:6.0f} {ratios[0]:6.2f} {ratios[1]:6.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--into", type=Path, default=Path("/tmp/p4p-bench"))
    parser.add_argument("--peers", default="", help="of duckdb, pandas, decimal, with commas")
    parser.add_argument("--cold", action="store_true", help="no run beforehand")
    a = parser.parse_args()
    kit, own = make(a.size, a.into)
    python, p4p = sys.executable, str(Path(sys.executable).parent / "p4p")
    period = ["--quarter", "Q1"] if a.size.startswith("S") else ["--year"]
    commands = {"bare Polars script": [python, str(KIT / "settle_polars.py"), str(kit)]}
    commands["p4p settle, table"] = [p4p, "settle", str(own), *period]
    peers = {
        "duckdb": ("DuckDB SQL", ["settle_duckdb.py", str(kit)]),
        "pandas": ("pandas in chunks", ["settle_pandas.py", str(kit), "--chunk", "1000000"]),
        "decimal": ("csv and Decimal", ["settle_decimal.py", str(kit)]),
    }
    for name, (script, *words) in (peers[peer] for peer in a.peers.split(",") if peer):
        commands[name] = [python, str(KIT / script), *words]
    if a.size == "S":
        commands |= {"import polars": [python, "-c", "import polars"], "p4p --version": [p4p, "--version"], "p4p --help": [p4p, "--help"]}
    compare(commands, a.rounds, warm=not a.cold)


if __name__ == "__main__":
    main()
