"""Random contracts (those of `differential`) and random parameters of them, for sweeps and draws to be tried on."""

from __future__ import annotations

import random
from pathlib import Path

from differential import Case

from p4p.counts.members import Members
from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.language.contract import Contract
from p4p.numbers.errors import P4PError, UsageError
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement
from p4p.whatif.axes import Axis
from p4p.whatif.sweep_text import axes_of


def settled(seed: str, folder: Path) -> Settlement | None:
    """A quarter or the year of a random contract; None where its files, or what they lack, are refused."""
    rng = random.Random(seed)
    case = Case(random.Random(seed)).make()
    contract_path, practices_path, activity_paths, lists_paths = case.write(folder)
    contract = read_contract(str(contract_path))
    try:
        members = read_practices(str(practices_path), counted_on=contract.counted_on, lists=[str(path) for path in lists_paths])
        activity = read_activity([str(path) for path in activity_paths], expected(contract), members)
        quarters = contract.years[case.settled].quarters
        number = rng.randrange(5)
        return settle(contract, members, activity, quarters if number == 4 else quarters[number : number + 1])
    except P4PError:
        return None


def some_axes(rng: random.Random, contract: Contract, members: Members, count: int) -> tuple[Axis, ...]:
    """Up to so many axes that go together, over a few values each."""
    chosen: list[str] = []
    for _ in range(20):
        text = _axis(rng, contract, list(members.networks))
        try:
            axes_of([*chosen, text], contract, members.networks)
        except UsageError:
            continue
        chosen.append(text)
        if len(chosen) == count:
            break
    return axes_of(chosen, contract, members.networks)


def _axis(rng: random.Random, contract: Contract, networks: list[str]) -> str:
    pid = rng.choice([*contract.packages, "*"])
    about = contract.packages[pid if pid != "*" else next(iter(contract.packages))]
    iids = list(about.performance.indicators) if about.performance else ["none"]
    iid = rng.choice([*iids, "*"]) if pid != "*" else "*"
    who = rng.choice(["", f".{iids[0]}", f".{rng.choice(networks)}", f".{rng.choice(networks)}:{rng.choice(iids)}"])
    moved = rng.choice(["-3pp..+3pp/1.5pp", "-10pp..+10pp/5pp", "0pp..+40pp/10pp", "-1pp..0pp/0.5pp"])
    kept = rng.choice(["10%..90%/20%", "0%..100%/25%", "33.3%..66.6%/11.1%"])
    curve = f"packages.{pid}.performance.indicators.{iid}.curve"
    field = rng.choice(["target", "lower", "upper", "from", "step", "share_per_step", "most"])
    value = about.value.kind
    amount = rng.choice(["0.01..0.05/0.02", "1000.00..1000.10/0.05", "20000.00..50000.00/15000.00"])
    return rng.choice(
        [
            f"packages.{pid}.split.{rng.choice(['upfront', 'performance'])}={rng.choice([kept, '-10pp..+10pp/5pp'])}",
            f"packages.{pid}.value.{value}={amount}",
            f"price{rng.choice(['', f'.{pid}'])}=-50%..+50%/33.3%",
            f"list{rng.choice(['', f'.{rng.choice(networks)}'])}=-5%..+5%/2.5%",
            f"{curve}={moved}",
            f"{curve}={moved}",
            f"{curve}.{field}={rng.choice([kept, moved])}",
            f"achievement{who}={rng.choice([kept, moved, moved])}",
            f"achievement={moved}",
        ]
    )
