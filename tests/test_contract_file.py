"""A contract from its file: every part of the language, as it stands in the classes of `contract`."""

from __future__ import annotations

import hashlib
from datetime import date
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p4p.commands.telling import scheme_document
from p4p.files.contract_file import Cell, Example, contract_of, read_contract
from p4p.files.shape import parse_ratio, parse_threshold
from p4p.files.yamltext import parse
from p4p.language.contract import Contract, Each, PerPatient, SharedAmongEarners, Total
from p4p.language.curves import AllOrNothing, Linear, Stepped, Threshold, Tiered
from p4p.numbers.errors import ContractError, Location
from p4p.numbers.period import Quarter, Year, parse_month

CONTRACT = """\
p4p: 1
contract: th-2009-10
title: Care packages
commissioner: NHS Tower Hamlets
source: Published
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
membership: {counted_on: first day of the month}
packages:
  diabetes:
    title: Diabetes care package
    value: {each: 250000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: year to date
      catch_up: allowed
      claw_back: none
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        DM1:
          title: Care plan agreed
          clause: Schedule 2, 4.1
          weight: 40%
          curve: {kind: all_or_nothing, target: at least 90%}
        DM2:
          title: Retinal screening attended
          weight: 60%
          curve: {kind: linear, lower: 60%, upper: 80%}
examples:
  - name: One practice
    given: |
      practice | DM1    | DM2

      P1       | 45/50  | 41/50
    settles: Q1
    expect:
      DM1: {share: 1}
"""


def contract(*changes: tuple[str, str]) -> Contract:
    """The contract above with some of its text replaced."""
    text = CONTRACT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return contract_of(parse(text.encode(), "c.yaml"))


def performance(*changes: tuple[str, str]) -> Any:
    return contract(*changes).packages["diabetes"].performance


def curve(text: str) -> Any:
    return performance(("{kind: linear, lower: 60%, upper: 80%}", text)).indicators["DM2"].curve


def value(text: str) -> Any:
    return contract(("value: {each: 250000.00}", f"value: {text}")).packages["diabetes"].value


def test_the_heading_of_a_contract() -> None:
    """What a contract says of itself, and the hash of the bytes that said it."""
    c = contract()
    assert ("th-2009-10", "Care packages", "NHS Tower Hamlets", "Published") == (c.contract, c.title, c.commissioner, c.source)
    assert ((Year(2009),), "GBP", "half-up", "first day of the month") == (c.years, c.currency, c.mode, c.counted_on)
    assert ("c.yaml", hashlib.sha256(CONTRACT.encode()).hexdigest()) == (c.file, c.sha256)


def test_a_package() -> None:
    """Money in pence, shares as exact fractions, equal quarters where nothing else is said."""
    p = contract().packages["diabetes"]
    assert Each(each=25_000_000) == p.value
    assert (F(1, 4),) * 4 == p.spread
    assert (F(7, 10), F(3, 10)) == (p.split.periods[0].upfront, p.split.periods[0].performance)
    assert p.upfront is not None
    assert "quarterly" == p.upfront.instalments


def test_the_performance_part() -> None:
    """Choices are kept in the contract's own phrases; weights and thresholds are exact."""
    p = performance()
    dm1, dm2 = p.indicators.values()
    assert ("pooled", "year to date", True, False) == (p.network_rate, p.measured, p.catches_up, p.claws_back)
    assert ("retained by commissioner", "pays nothing", "refuse", "refuse") == (p.unearned, p.empty_denominator, p.missing_data, p.withheld)
    assert ("Care plan agreed", "Schedule 2, 4.1", F(2, 5)) == (dm1.title, dm1.clause, dm1.weight)
    assert AllOrNothing(target=Threshold(F(9, 10), "at least")) == dm1.curve
    assert Linear(lower=F(6, 10), upper=F(8, 10)) == dm2.curve


def test_everything_remembers_its_line() -> None:
    """A payment can be traced to the line of the contract that ordered it."""
    p = performance()
    assert Location("c.yaml", 18, 21) == p.places["network_rate"]
    assert Location("c.yaml", 30, 49) == p.indicators["DM1"].curve.places["target"]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Each(each=25_000_000), "\n      each: 250,000.00"),
        (Total(total=11_200_000, shared_by="equal parts"), "{total: 112000.00, shared_by: equal parts}"),
        (
            Total(total=11_200_000, shared_by="registered list", as_at=date(2009, 1, 1)),
            "{total: 112000.00, shared_by: registered list, as_at: 2009-01-01}",
        ),
        (
            PerPatient(price=F(2765, 10), per="weighted list", as_at=date(2023, 1, 1)),
            "{price: 2.765, per: weighted list, as_at: 2023-01-01}",
        ),
    ],
)
def test_values(expected: Any, text: str) -> None:
    """The three ways to say what a package is worth; a price keeps its tenth of a penny."""
    assert expected == value(text)


def test_the_lists_a_contract_needs() -> None:
    """A list is known by its name and its date."""
    c = contract(("{each: 250000.00}", "{price: 3.95, per: diabetes register, as_at: 2009-04-01}"))
    assert (("diabetes register", date(2009, 4, 1)),) == c.lists
    assert () == contract().lists


def test_an_uneven_spread() -> None:
    """The quarters of a year may be worth different parts of it."""
    c = contract(("    split:", "    spread: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}\n    split:"))
    assert (F(15, 100), F(20, 100), F(30, 100), F(35, 100)) == c.packages["diabetes"].spread


def test_a_split_by_date() -> None:
    """Each period holds from its day until the next begins, whatever the order in which they are written."""
    by_date = "split:\n      2009-08-01: {upfront: 60%, performance: 40%}\n      2009-04-01: {upfront: 70%, performance: 30%}"
    split = contract(("split: {upfront: 70%, performance: 30%}", by_date)).packages["diabetes"].split
    assert [parse_month("2009-04"), parse_month("2009-08")] == [s.start for s in split.periods]
    assert (F(7, 10), F(6, 10)) == (split.at(parse_month("2009-07")).upfront, split.at(parse_month("2009-08")).upfront)
    assert [F(7, 10), F(19, 30), F(6, 10)] == [split.upfront(Quarter(Year(2009), q)) for q in (1, 2, 3)]


def test_several_years() -> None:
    """A contract may run over years, each of which is settled on its own."""
    c = contract(("year: 2009/10", "years: 2009/10 to 2011/12"))
    assert (Year(2009), Year(2010), Year(2011)) == c.years
    assert [True, True, False] == [c.covers(Quarter(Year(y), 1)) for y in (2009, 2011, 2012)]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (AllOrNothing(target=Threshold(F(1, 10), "below")), "{kind: all_or_nothing, target: below 10%}"),
        (
            Linear(lower=F(1, 10), upper=F(3, 10), direction="lower is better"),
            "{kind: linear, lower: 10%, upper: 30%, direction: lower is better}",
        ),
        (
            Tiered(tiers=((Threshold(F(7, 10), "at least"), F(1, 3)), (Threshold(F(9, 10), "above"), F(1)))),
            "{kind: tiered, tiers: {above 90%: 100%, at least 70%: 1/3}}",
        ),
        (
            Tiered(tiers=((Threshold(F(2, 10), "at most"), F(1, 2)), (Threshold(F(1, 10), "at most"), F(1)))),
            "{kind: tiered, tiers: {at most 10%: 100%, at most 20%: 50%}}",
        ),
        (
            Stepped(start=F(7, 10), step=F(1, 50), share_per_step=F(1, 5), most=F(1)),
            "{kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 100%}",
        ),
    ],
)
def test_curves(expected: Any, text: str) -> None:
    """Each kind of curve by its own keys; tiers are put in order, the easiest first."""
    assert expected == curve(text)


def test_unearned_money_shared_among_earners() -> None:
    """The third destination of unearned money has a cap."""
    changes = (("catch_up: allowed", "catch_up: none"), ("retained by commissioner", "{shared_among: earners, cap: 50%}"))
    assert SharedAmongEarners(shared_among="earners", cap=F(1, 2)) == performance(*changes).unearned


def test_weights_add_up_exactly() -> None:
    """Nine weights of 11.1% and 11.2% add to 100%, as they do on paper and not in floating point."""
    indicators = "".join(
        f"        I{i}: {{title: x, weight: {'11.2' if i == 8 else '11.1'}%, curve: {{kind: linear, lower: 4%, upper: 8%}}}}\n"
        for i in range(9)
    )
    start, end = CONTRACT.index("        DM1"), CONTRACT.index("examples:")
    assert 9 == len(performance((CONTRACT[start:end], indicators)).indicators)


def test_an_example_keeps_the_place_of_every_cell() -> None:
    """A worked example is kept as written, blank lines left out, so that a cell that does not hold can be pointed at."""
    (example,) = contract().examples
    assert isinstance(example, Example)
    assert ("One practice", "Q1", ("practice", "DM1", "DM2"), Location("c.yaml", 36, 11)) == (
        example.name,
        example.settles,
        example.columns,
        example.at,
    )
    assert (
        (Cell("P1", Location("c.yaml", 40, 7)), Cell("45/50", Location("c.yaml", 40, 18)), Cell("41/50", Location("c.yaml", 40, 27))),
    ) == example.rows


def test_a_contract_is_read_from_a_file(tmp_path: Path) -> None:
    """A file and its text are the same contract."""
    (tmp_path / "contract.yaml").write_text(CONTRACT, "utf-8")
    assert contract().packages == read_contract(str(tmp_path / "contract.yaml")).packages


#: The contracts of care packages that come with p4p; those with payments have tests of their own.
PACKAGES = [p for p in sorted(Path(__file__).parents[1].glob("contracts/*.yaml")) if not scheme_document(str(p))]


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_the_contracts_that_come_with_p4p_are_sound(path: Path) -> None:
    """Every contract of the repository is read without a fault, and has worked examples."""
    assert read_contract(str(path)).examples


@pytest.mark.parametrize(
    ("ratio", "text"), [(F(7, 10), "70%"), (F(7, 10), "70 %"), (F(5, 8), "62.5%"), (F(7, 10), "7/10"), (F(1, 3), "1 / 3"), (F(0), "0%")]
)
def test_ratios(ratio: F, text: str) -> None:
    """Shares are read exactly, as percentages or as fractions."""
    assert ratio == parse_ratio(text)


@pytest.mark.parametrize(
    "text",
    ["0.7", "70", "1e2%", "true", "-5%", "+5%", "5 percent", "1/0", "٧٠%", "7/1_0", "%", "1.%", "nan%", "70%%", "1000%", "1/10000000000"],
)
def test_what_is_no_ratio(text: str) -> None:
    """A number without its percent sign is refused: 70 and 0.7 are too easily taken for each other."""
    with pytest.raises(ValueError, match="70%"):
        parse_ratio(text)


@given(st.fractions(0, 1, max_denominator=10**6), st.sampled_from(["at least", "above", "at most", "below"]))
def test_thresholds_are_read_exactly(ratio: F, word: Any) -> None:
    """A threshold is its side and its exact ratio; those that every or no achievement reaches from the far side are refused."""
    text = f"{word} {ratio.numerator}/{ratio.denominator}"
    if (word, ratio) in (("above", F(1)), ("below", F(0))):
        with pytest.raises(ValueError, match="beyond what an achievement can be"):
            parse_threshold(text)
    else:
        assert Threshold(ratio, word) == parse_threshold(text)


def test_all_faults_of_a_file_are_told_at_once_and_in_order() -> None:
    """Faults in different corners of a contract come in one go, in file order."""
    with pytest.raises(ContractError) as e:
        contract(("each: 250000.00", "each: £5"), ("pooled", "mean"), ("weight: 40%", "weight: 0.4"), ("upper: 80%", "uper: 80%"))
    assert [14, 18, 29, 34] == [p.at.line for p in e.value.problems if p.at]


def test_a_misspelt_key_is_one_fault() -> None:
    """Whoever misspells a key is told so once, and not also that the key is missing."""
    with pytest.raises(ContractError) as e:
        contract(("commissioner:", "comissioner:"), ("year:", "yaer:"), ("mode:", "mod:"))
    assert ['did you mean "commissioner"?', 'did you mean "year"?', 'did you mean "mode"?'] == [p.hint for p in e.value.problems]


@given(st.sampled_from(CONTRACT.splitlines()), st.text("abc1%:{}[],|&*!- \n\t\"'#~/0.", max_size=12))
def test_a_damaged_contract_is_read_or_refused(line: str, junk: str) -> None:
    """Whatever a line is replaced with, there is a contract or a ContractError that names the file."""
    try:
        contract_of(parse(CONTRACT.replace(line, junk, 1).encode(), "c.yaml"))
    except ContractError as e:
        assert all(p.at is not None and p.at.file == "c.yaml" for p in e.problems)
