"""The benchmark's data in p4p's own files, made from the generator of the benchmark kit (`../shared/bench/gen.py`, beside the checkout).

    python benchmarks/data.py S /tmp/p4p-bench      36 practices, 8 networks, 20 indicators, 3 months: 2,160 rows
    python benchmarks/data.py L /tmp/p4p-bench      6,300 practices, 1,250 networks, 100 indicators, 12 months: 7.56 million rows (England for a year)

Needs numpy and polars for the generator. Writes SIZE/kit (as the peers read it) and SIZE/p4p (contract.yaml, practices.csv, activity.csv).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parents[2] / "shared" / "bench"

CONTRACT = """\
p4p: 1
contract: bench
title: Benchmark
commissioner: nobody
year: 2026/27
currency: GBP
paid_to: network
rounding: {{to: 0.01, mode: half-up, at: line}}
packages:
  all:
    title: One price, many indicators
    value: {{price: 12.34, per: registered list, as_at: 2026-04-01}}
    split: {{upfront: 70%, performance: 30%}}
    upfront: {{instalments: quarterly}}
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
{indicators}
"""


def make(size: str, root: Path) -> tuple[Path, Path]:
    """The kit's folder and p4p's for a size, made unless they are there."""
    import polars as pl

    kit, own = root / size / "kit", root / size / "p4p"
    if not (kit / "activity.csv").exists():
        subprocess.run([sys.executable, KIT / "gen.py", size, kit], check=True)
    if not (own / "contract.yaml").exists():
        own.mkdir(parents=True, exist_ok=True)
        practices = pl.read_csv(kit / "practices.csv").with_columns(name=pl.col("practice"), list_date=pl.lit("2026-04-01"))
        practices.select("practice", "name", "network", "list_size", "list_date").write_csv(own / "practices.csv")
        indicators = pl.read_csv(kit / "indicators.csv")
        total = indicators["points"].sum()
        lines = [
            f"        {i}: {{title: {i}, weight: {points}/{total}, curve: {{kind: linear, lower: {low / 100:g}%, upper: {high / 100:g}%}}}}"
            for i, low, high, points in indicators.iter_rows()
        ]
        columns = [
            "practice",
            "indicator",
            pl.col("month").alias("period"),
            "numerator",
            "denominator",
            pl.col("exceptions").alias("excluded"),
        ]
        pl.scan_csv(kit / "activity.csv").select(columns).sink_csv(own / "activity.csv")
        (own / "contract.yaml").write_text(CONTRACT.format(indicators="\n".join(lines)))
    return kit, own


if __name__ == "__main__":
    print(*make(sys.argv[1], Path(sys.argv[2])))
