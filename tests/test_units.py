"""What steps are numbers of: read off their rules once, so that no payee's figures decide what another is told, paid or refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from filled import settled

from p4p.files.scheme_file import read_scheme, scheme_of
from p4p.files.yamltext import parse
from p4p.numbers.errors import ContractError
from p4p.proving.scheme_proofs import scheme_proofs
from p4p.settling.units import units_of
from p4p.steps.scheme import Scheme

ROOT = Path(__file__).parents[1]
SCHEMES = [path for path in sorted((ROOT / "contracts").glob("*.yaml")) if "\npayments:" in path.read_text("utf-8")]

CONTRACT = """p4p: 1
contract: units
title: What is a number of what
commissioner: An example commissioner
year: 2016/17
currency: GBP
paid_to: federation
settled: yearly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
measures:
  saving: {title: Saving, unit: money, measured: for the year}
  spent: {title: Spent, unit: money, measured: for the year}
  people: {title: People, unit: number, measured: for the year}
  done: {title: Done, unit: yes or no, measured: for the year}
  track: {title: Track, unit: word, measured: for the year}
payments:
  p:
    title: P
    basis: the period
    pays: pay
    steps:
"""


def scheme(*steps: str) -> Scheme:
    """A contract with these steps, of which the one called `pay` is paid."""
    return scheme_of(parse((CONTRACT + "".join(f"      {step}\n" for step in steps)).encode(), "c.yaml"))


@pytest.mark.parametrize(
    "step",
    [
        "{kind: sum, of: [saving, people]}",
        "{kind: sum, of: [saving], less: [spent, people]}",  # saving and spent may cancel: nothing less people
        "{kind: limits, of: saving, most: 1000}",
        "{kind: best, of: [saving, spent, people]}",
        "{kind: gate, of: saving, requires: {done: yes}, otherwise: 5}",
        "{kind: gate, of: saving, requires: {track: is urban, people: above 7}, otherwise: people}",
        "{kind: gate, of: saving, requires_any: {people: below spent, done: no}, otherwise: £0.00}",
        "{kind: bands, of: people, bands: {at least 500: £5.00, at least 1000: 6}, otherwise: £0.00}",
        "{kind: bands, of: people, bands: {at least 500: £5.00}, otherwise: 5}",
        "{kind: lookup, by: [track], rows: {urban: £5.00, rural: 5}, otherwise: refuse}",
        "{kind: lookup, by: [track], rows: {urban: £5.00}, otherwise: people}",
        "{kind: line, of: people, segments: {500 to 999: £5.00 to £6.00}, below: 5, above: £6.00}",
        "{kind: ratio, of: saving, to: people, if_zero: 5}",
        "{kind: minimum_saving, of: saving, minimum: people, counts: from the first pound, below: 0%, losses: not counted}",
        "{kind: corridors, of: saving, per: people, bands: {up to 5%: 50%, beyond: 5%}}",
    ],
)
def test_money_beside_a_plain_number_is_refused_before_any_figure(step: str) -> None:
    """An amount is in pence: whatever the figures, the contract is refused when it is read, on the side that no figure may ever reach too."""
    with pytest.raises(ContractError, match=r"P, pay: .* is money, and .* is not"):
        scheme(f"pay: {step}")


def test_one_payee_with_nothing_excuses_nobody(tmp_path: Path) -> None:
    """A saves 0.00 and B 1,000.00: B's 50 people are not 50 pence."""
    contract = CONTRACT + "      pay: {kind: sum, of: [saving, people]}\n"
    figures = [("A", "saving", "2016/17", "0.00"), ("A", "people", "2016/17", "50")]
    figures += [("B", "saving", "2016/17", "1000.00"), ("B", "people", "2016/17", "50")]
    with pytest.raises(ContractError, match="saving is money, and people is not"):
        settled(tmp_path, contract, "2016/17", figures)


def test_nothing_needs_no_mark(tmp_path: Path) -> None:
    """`otherwise: 0` is no pounds where the gate lets pounds through: A, whose gate is shut, is paid £0.00, and B's £3.00 is money as well."""
    contract = CONTRACT + "      kept: {kind: limits, of: saving, least: 0}\n"
    contract += "      pay: {kind: gate, of: kept, requires: {done: yes}, otherwise: 0}\n"
    figures = [
        ("A", "saving", "2016/17", "7.00"),
        ("A", "done", "2016/17", "no"),
        ("B", "saving", "2016/17", "3.00"),
        ("B", "done", "2016/17", "yes"),
    ]
    found = settled(tmp_path, contract, "2016/17", figures)
    assert [0, 3] == found.paid()
    assert {("p", "kept"): "pence", ("p", "kept.lost"): "pence", ("p", "pay"): "pence"} == found.of.units


def test_what_is_paid_is_money() -> None:
    """What a payment pays, pays up front and could have earned are amounts, whatever the figures are."""
    with pytest.raises(ContractError, match="P pays pay, which is a plain number and no amount of money"):
        scheme("pay: {kind: product, of: [people, 5]}")
    text = CONTRACT.replace("pays: pay", "pays: pay\n    available: rate") + "      rate: {kind: product, of: [people, 50%]}\n"
    with pytest.raises(ContractError, match="P could have earned rate, which is a ratio and no amount of money"):
        scheme_of(parse((text + "      pay: {kind: product, of: [rate, £1.00]}\n").encode(), "c.yaml"))


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_every_step_of_a_shipped_scheme_has_a_unit(path: Path) -> None:
    """Of every step and outcome it is known what it is a number of, and that agrees with every worked example."""
    found = read_scheme(str(path))
    assert {(pid, name) for pid, payment in found.payments.items() for name in payment.names()} == set(units_of(found))
    assert [] == [problem.what for proof in scheme_proofs(found) for problem in proof.problems]
