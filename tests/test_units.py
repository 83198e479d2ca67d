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
  heads: {title: Heads, unit: number, measured: for the year}
  on_list: {title: On the list, unit: patients, measured: for the year}
  quality: {title: Quality, unit: ratio, measured: for the year}
  net_saving: {title: Net saving, unit: money, measured: for the year}
  dm: {title: Diabetes, unit: counts, measured: for the year, excluded: leaves the denominator}
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


#: A points step of one indicator; what nobody in the denominator gives is left open.
POINTS = (
    "{kind: points, point_value: £2.00, rounded: not at all, empty: EMPTY, "
    "indicators: {INDICATOR: {title: D, points: 10, COUNTS curve: {kind: linear, lower: 40%, upper: 80%}}}}"
)


def problem(*steps: str, text: str = CONTRACT) -> tuple[str, str]:
    """What the one problem of a contract with these steps says, and its hint."""
    with pytest.raises(ContractError) as caught:
        scheme_of(parse((text + "".join(f"      {step}\n" for step in steps)).encode(), "c.yaml"))
    (found,) = caught.value.problems
    return found.what, found.hint


@pytest.mark.parametrize(
    ("step", "what"),
    [
        # gates of which one side is reached by no small number
        ("{kind: gate, of: saving, requires: {people: above 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: at least 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: above -5}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: at least 0}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: below -5}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: at most 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {people: above heads}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {done: yes, people: above 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {done: no, people: above 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {track: is urban, people: above 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {heads: at least 1000, people: above 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires: {track: is urban}, otherwise: people}", "saving is money, and people is not"),
        ("{kind: gate, of: saving, requires: {track: is not urban}, otherwise: 5}", "saving is money, and 5 is not"),
        ("{kind: gate, of: saving, requires_any: {done: yes, people: at most 1000}, otherwise: 5}", "saving is money, and 5 is not"),
        # bands, each of which is reached beside its edge only
        ("{kind: bands, of: people, bands: {above 500: £5.00, above 1000: 6}, otherwise: refuse}", "£5.00 is money, and 6 is not"),
        ("{kind: bands, of: people, bands: {below -5: £5.00, below -10: 6}, otherwise: refuse}", "£5.00 is money, and 6 is not"),
        ("{kind: bands, of: people, bands: {above heads: £5.00, above on_list: 6}, otherwise: refuse}", "£5.00 is money, and 6 is not"),
        (
            "{kind: corridors, of: saving, per: spent, bands: {up to 300%: 50%, beyond: £5.00}}",
            "saving − 0 and £5.00 are both money: the one is not multiplied by the other",
        ),
        (
            "{kind: corridors, of: saving, per: spent, bands: {up to 300%: 50%, up to 400%: spent, beyond: 5%}}",
            "saving − 0 and spent are both money: the one is not multiplied by the other",
        ),
        ("{kind: lookup, by: [track], rows: {urban: people, rural: £5.00}, otherwise: refuse}", "£5.00 is money, and people is not"),
        ("{kind: limits, of: saving, least: 20000, most: spent}", "saving is money, and 20000 is not"),
        ("{kind: achievement, of: dm, empty: £1.00}", "£1.00 is money, and 1 ÷ 1 is not"),
        ("{kind: sum, of: [net_saving, people]}", "net saving is money, and people is not"),
    ],
)
def test_every_side_of_a_step_is_seen(step: str, what: str) -> None:
    """Whatever it takes to come there: the amount beside a plain number is named, and what to write."""
    assert (f"P, pay: {what}", "write amounts with their mark (£1000.00), and compare like with like") == problem(f"pay: {step}")


@pytest.mark.parametrize(("indicator", "counts"), [("dm", ""), ("own", "counts: dm,")])
def test_what_nobody_in_the_denominator_gives_is_a_share(indicator: str, counts: str) -> None:
    """£1.00 would be a hundred times all points."""
    step = POINTS.replace("INDICATOR", indicator).replace("COUNTS", counts)
    assert "P, pay: £1.00 is money, where shares such as 80% belong" == problem("pay: " + step.replace("EMPTY", "£1.00"))[0]
    assert "pence" == units_of(scheme("pay: " + step.replace("EMPTY", "50%")))["p", "pay"]


def test_the_last_of_many_bands_is_seen() -> None:
    """Thirty bands of amounts from 1,001 people on, and among them one plain number."""
    bands = ", ".join(f"at least {1000 + n}: {7 if n == 20 else f'£{n}.00'}" for n in range(1, 31))
    what, _ = problem(f"pay: {{kind: bands, of: people, bands: {{{bands}}}, otherwise: refuse}}")
    assert "P, pay: £1.00 is money, and 7 is not" == what


def test_the_last_of_several_lines_is_seen() -> None:
    """Amounts from 500 people on, plain numbers from 1,000 on, and nothing beyond."""
    step = "{kind: line, of: people, segments: {500 to 999: £5.00 to £6.00, 1000 to 1999: 6 to 7}, below: refuse, above: refuse}"
    what, _ = problem(f"pay: {step}")
    assert what.startswith("P, pay: £5.00 + (") and " is money, and 6 + (" in what


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{kind: prevalence, of: people, national: 1, rule: square root, if_zero: refuse}", {"x": "number"}),
        ("{kind: part_of_pot, pot: saving, by: people}", {"x": "pence"}),
        ("{kind: between, of: saving, shares: {a: 50%, b: 50%}}", {"x": "pence", "x.a": "pence", "x.b": "pence"}),
        ("{kind: total, of: on_list}", {"x": "patients"}),
        (
            "{kind: achievement, of: dm, empty: 0%}",
            {"x": "ratio", "x.numerator": "patients", "x.denominator": "patients", "x.excluded": "patients"},
        ),
        ("{kind: weighted, missing: reweighted, parts: {a: {of: saving, weight: 50%}, b: {of: spent, weight: 50%}}}", {"x": "pence"}),
        # a ratio or patients, whichever it is: a plain number
        ("{kind: gate, of: quality, requires: {done: yes}, otherwise: on_list}", {"x": "number"}),
        ("{kind: gate, of: done, requires: {done: yes}, otherwise: 0}", {"x": "number"}),
        ("{kind: gate, of: done, requires: {done: no}, otherwise: 0}", {"x": "number"}),
        ("{kind: instalment, of: saving, equal: quarterly}", {"x": "pence"}),
        # what is always refused is a number of nothing, and so is what is made of it
        ("{kind: prevalence, of: -1, national: 1, rule: square root, if_zero: refuse}", {}),
    ],
)
def test_what_a_step_is_a_number_of(step: str, expected: dict[str, str]) -> None:
    """Its result and its outcomes, beside a pound that is paid."""
    s = scheme(f"x: {step}", "y: {kind: sum, of: [x]}", "pay: {kind: sum, of: [£1.00]}")
    found = {name: unit for (_, name), unit in units_of(s).items()}
    assert {**expected, **({"y": expected["x"]} if expected else {}), "pay": "pence"} == found


@pytest.mark.parametrize(
    ("shares", "unit"),
    [(("£5.00", "0"), "pence"), (("0", "£5.00"), "pence"), (("25%", "75%"), "ratio"), (("0", "0"), "number")],
)
def test_payees_figures_are_in_the_unit_of_those_that_are_not_nothing(shares: tuple[str, str], unit: str) -> None:
    """A plain `0` is nothing of any unit, whichever payee has it."""
    payees = f"payees: {{A: {{title: A, own: {shares[0]}}}, B: {{title: B, own: {shares[1]}}}}}\nmeasures:\n"
    text = CONTRACT.replace("measures:\n", payees) + "      x: {kind: sum, of: [own]}\n      pay: {kind: sum, of: [£1.00]}\n"
    assert unit == units_of(scheme_of(parse(text.encode(), "c.yaml")))["p", "x"]


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
    text = CONTRACT.replace("pays: pay", "pays: pay\n    upfront: all_listed")
    what = "P pays up front all listed, which is a number of patients and no amount of money"
    steps = ("all_listed: {kind: sum, of: [on_list]}", "pay: {kind: sum, of: [£1.00]}")
    assert (what, "pay a step that multiplies by an amount, such as £1.00") == problem(*steps, text=text)


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_every_step_of_a_shipped_scheme_has_a_unit(path: Path) -> None:
    """Of every step and outcome it is known what it is a number of, and that agrees with every worked example."""
    found = read_scheme(str(path))
    assert {(pid, name) for pid, payment in found.payments.items() for name in payment.names()} == set(units_of(found))
    assert [] == [problem.what for proof in scheme_proofs(found) for problem in proof.problems]
