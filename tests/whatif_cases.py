"""Small contracts, networks and counts for tests of what-ifs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from p4p.commands.question import Table, laid
from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files import yamltext
from p4p.files.contract_file import contract_of
from p4p.files.folder import files_of
from p4p.numbers.errors import Location
from p4p.numbers.period import Quarter, Year
from p4p.settling.settle import expected
from p4p.whatif.scenario import Scenario
from p4p.whatif.scenario_file import Wanted, scenarios

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "examples/tower-hamlets"
YEAR = Year(2009)
NO_SCENARIO = Wanted()

CONTRACT = """\
p4p: 1
contract: small
title: A small contract
commissioner: A commissioner
year: 2009/10
currency: GBP
paid_to: network
rounding: {{to: 0.01, mode: half-up, at: line}}
packages:
  care:
    title: A care package
    value: {value}
    split: {split}
    upfront: {{instalments: quarterly}}
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        K1:
          title: What is counted
          weight: 100%
          curve: {curve}
"""

LINEAR = "{kind: linear, lower: 0%, upper: 100%}"


def document(value: str = "{each: 100000.00}", split: str = "{upfront: 70%, performance: 30%}", curve: str = LINEAR) -> yamltext.Document:
    """The small contract, on these terms."""
    return yamltext.parse(CONTRACT.format(value=value, split=split, curve=curve).encode(), "contract.yaml")


def small(counts: Mapping[str, tuple[int, int]], terms: yamltext.Document | None = None, wanted: Wanted = NO_SCENARIO) -> Table:
    """The small contract with a practice for each network, whose counts are the same in every quarter."""
    tree = terms or document()
    at = Location("practices.csv")
    practices = [Practice(f"P{n}", n, (Stay(f"P{n}", n, None, None, None, at),)) for n in counts]
    members = Members.of(practices, {n: n for n in counts}, {})
    contract = contract_of(tree)
    rows = [
        Row("activity.csv", 2, f"P{n}", "K1", str(q), q.months[-1], 3, top, bottom, 0)
        for n, (top, bottom) in counts.items()
        for q in YEAR.quarters
    ]
    activity = Activity.of(rows, expected(contract), members)
    return Table(tree, contract, members, lambda _: activity, scenarios(wanted, tree, list(members.networks)))


@cache
def tower_hamlets() -> Table:
    """The shipped example, read once, without scenarios."""
    files = files_of([str(ROOT / EXAMPLE)])
    return laid(files, NO_SCENARIO, yamltext.read(files.contract))


def laid_on_example(wanted: Wanted) -> Sequence[Scenario]:
    """Scenarios of the command line, laid over the example."""
    table = tower_hamlets()
    return scenarios(wanted, table.document, list(table.members.networks))


def quarter(number: int) -> tuple[Quarter]:
    """A quarter of the contract year."""
    return (YEAR.quarters[number - 1],)
