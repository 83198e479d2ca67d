"""The options that several commands share, each with its one line of help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"
    csv = "csv"


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="CONTRACT [ACTIVITY]...", help="A contract and its activity files, or a folder that holds them.", show_default=False
    ),
]
Practices = Annotated[
    str | None, typer.Option("--practices", metavar="FILE", help="The practices file; else practices.csv beside the contract.")
]
Lists = Annotated[
    list[str] | None, typer.Option("--lists", metavar="FILE", help="Further lists and registers; else lists*.csv beside the contract.")
]
QuarterText = Annotated[str | None, typer.Option("--quarter", metavar="QUARTER", help='Which quarter: Q1, "2009/10 Q1" or 2009-10 Q1.')]
WholeYear = Annotated[
    bool,
    typer.Option(
        "--year", help="The four quarters of the year, and that they add up. With a contract of several years: --quarter 2009/10."
    ),
]
Month = Annotated[
    str | None, typer.Option("--month", metavar="MONTH", help="Which month, like 2016-04, of a contract that is settled monthly.")
]
Network = Annotated[str | None, typer.Option("--network", metavar="CODE", help="One network only.")]
Issued = Annotated[
    list[str],
    typer.Option("--issued", metavar="FILE", help="JSON that p4p settle or p4p adjust wrote and that was issued; named again for each."),
]
Verified = Annotated[
    bool, typer.Option("--verify", help="Have the independent checker recompute every figure from the files; a mismatch is exit code 5.")
]
Networks = Annotated[
    list[str] | None, typer.Option("--network", metavar="CODE", help="These networks only; named again for each. Else all of them.")
]
Written = Annotated[Format, typer.Option("--format", help="table for people, json and csv for machines.")]
Output = Annotated[str | None, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")]
Publish = Annotated[
    str | None,
    typer.Option("--publish", metavar="RULE", help='The copy that may leave: small numbers withheld by a rule, "1-7", "below 5" or ncdes.'),
]
Splits = Annotated[
    list[str] | None,
    typer.Option(
        "--split",
        metavar="PACKAGE=60/40",
        help="A scenario: another split. Several packages in one scenario: diabetes=60/40,immunisation=40/60.",
    ),
]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", metavar="FILE", help="A scenario from a file; a.yaml+b.yaml lays b over a.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Any term of the contract, by its path: packages.diabetes.value.each=260000.00."),
]
Achievements = Annotated[
    list[str] | None,
    typer.Option(
        "--achievement",
        metavar="ID=+5pp",
        help="An achievement moved by percentage points (DM1=+5pp) or set (DM1=70%), of one network: N3:DM1=70%.",
    ),
]
Growths = Annotated[list[str] | None, typer.Option("--list", metavar="[NETWORK=]+3%", help="Longer or shorter lists.")]
Prices = Annotated[
    list[str] | None, typer.Option("--price", metavar="[PACKAGE=]+2%", help="Higher or lower values of all packages, or of one.")
]
BackTested = Annotated[
    bool, typer.Option("--back-test", help="Every quarter and year in the files: income, swing, worst quarter, targets met.")
]
BrokenEven = Annotated[bool, typer.Option("--break-even", help="The achievement at which a scenario pays what the baseline pays.")]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="WHO=WHAT:AMOUNT", help="Find what gives an amount, such as N3=payable:60000.00 or total=payable:same."
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="PATH", help="What may change to give it, such as packages.diabetes.value.each, price, achievement.N3:DM1."
    ),
]
Swept = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep", metavar="PATH=A..B/STEP", help="One or two parameters over a range, such as packages.diabetes.split.upfront=0%..100%/5%."
    ),
]
Drawn = Annotated[
    int | None,
    typer.Option("--draws", metavar="N", help="Draw the patients N times: the chance of each threshold, and the range of payments."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same draws.")]
Forecasted = Annotated[
    str | None, typer.Option("--forecast", metavar="METHOD", help="From the quarters so far to the year end: run-rate, last-year or draws.")
]
