"""Scenarios: what they change, where they say so, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settling import ONE, Q1, YEAR, contract, package, row
from whatif_cases import document, laid_on_example, tower_hamlets

from p4p.counts.activity import Activity
from p4p.files import yamltext
from p4p.files.yamltext import Node
from p4p.language.contract import Each, PerPatient, Total, Value
from p4p.numbers.errors import ContractError, Location, P4PError
from p4p.settling.assumptions import SupposedList
from p4p.settling.settle import expected
from p4p.whatif.scenario import PriceChange, Scenario, baseline, priced
from p4p.whatif.scenario_file import Wanted, laid_over
from p4p.whatif.scenario_text import parse_achievement, parse_growth

NETWORKS = [f"N{i}" for i in range(1, 9)]


def layer(text: str, file: str = "scenario.yaml") -> Node:
    """A scenario's tree from text."""
    return yamltext.parse(text.encode(), file).root


def laid(*texts: str) -> Scenario:
    """Scenarios' trees laid over the example, later ones over earlier ones."""
    return laid_over(tower_hamlets().document, [layer(t, f"{'abcdef'[i]}.yaml") for i, t in enumerate(texts)], NETWORKS)


def changes(scenario: Scenario) -> dict[str, tuple[str, str, str]]:
    """What a scenario changes: from, to, and where it says so."""
    return {c.what: (c.before, c.after, str(Location(c.at.file, c.at.line))) for c in scenario.changes}


def test_a_scenario_file_changes_what_it_names_and_says_where() -> None:
    """Each change tells what it was, what it is, and its own line."""
    made = laid(
        "name: softer\npackages:\n  diabetes:\n    split: {upfront: 60%, performance: 40%}\nachievement:\n  N3:DM2: 70%\nprice: +2%\n"
    )
    assert changes(made) == {
        "packages.diabetes.split": ("70/30", "60/40", "a.yaml:4"),
        "achievement.N3:DM2": ("as counted", "70%", "a.yaml:6"),
        "packages.diabetes.value.each": ("250000.00", "255000.00", "a.yaml:7"),
        "packages.immunisation.value.each": ("14000.00", "14280.00", "a.yaml:7"),
    }
    assert made.name == "softer"


def test_the_baseline_is_never_touched() -> None:
    """Laying a scenario over a contract leaves the contract as it was."""
    before = str(tower_hamlets().contract)
    laid("packages: {diabetes: {split: {upfront: 0%, performance: 100%}}}\nprice: +50%\n")
    assert str(tower_hamlets().contract) == before


def test_one_part_of_a_split_takes_the_other_with_it() -> None:
    """Who names only the upfront share, or only the performance share, still has a split that adds up."""
    for text in ("{upfront: 62.5%}", "{performance: 37.5%}", "{upfront: 5/8}"):
        shares = laid(f"packages: {{diabetes: {{split: {text}}}}}").contract.packages["diabetes"].split.periods
        assert [(s.upfront, s.performance) for s in shares] == [(Fraction(5, 8), Fraction(3, 8))]


def test_a_split_by_date_changes_at_one_date() -> None:
    """A scenario may change one date's split and leave the other as it is; a plain split replaces both."""
    dated = document(split="{2009-04-01: {upfront: 70%, performance: 30%}, 2009-10-01: {upfront: 60%, performance: 40%}}")
    one = laid_over(dated, [layer("packages: {care: {split: {2009-10-01: {upfront: 50%}}}}")], ["N1"])
    assert [s.upfront for s in one.contract.packages["care"].split.periods] == [Fraction(7, 10), Fraction(1, 2)]
    assert [(c.what, c.before, c.after) for c in one.changes] == [("packages.care.split.2009-10-01", "60/40", "50/50")]
    plain = laid_over(dated, [layer("packages: {care: {split: {upfront: 30%, performance: 70%}}}")], ["N1"])
    assert [s.upfront for s in plain.contract.packages["care"].split.periods] == [Fraction(3, 10)]


def test_another_kind_of_curve_replaces_the_whole_curve() -> None:
    """`kind` decides which keys a curve has, so none of the old ones stays; without it only the key named changes."""
    path = "packages: {diabetes: {performance: {indicators: {DM1: {curve: %s}}}}}"
    assert changes(laid(path % "{kind: linear, lower: 80%, upper: 90%}")) == {
        "packages.diabetes.performance.indicators.DM1.curve": (
            "{kind: all_or_nothing, target: at least 90%}",
            "{kind: linear, lower: 80%, upper: 90%}",
            "a.yaml:1",
        )
    }
    kept = "packages.diabetes.performance.indicators.DM1.curve.target"
    for same_kind in ("{target: at least 85%}", "{kind: all_or_nothing, target: at least 85%}"):
        assert changes(laid(path % same_kind)) == {kept: ("at least 90%", "at least 85%", "a.yaml:1")}


def test_another_way_to_reckon_a_value_replaces_the_whole_value() -> None:
    """A total shared out takes the place of an amount for each."""
    made = laid("packages: {diabetes: {value: {total: 2000000.00, shared_by: equal parts}}}")
    assert changes(made)["packages.diabetes.value"][:2] == ("{each: 250000.00}", "{total: 2000000.00, shared_by: equal parts}")


def test_a_chain_keeps_each_change_with_its_own_file() -> None:
    """Later files win; a change of a change still starts from the contract."""
    made = laid(
        "packages: {diabetes: {split: {upfront: 60%}}}\nprice: +1%\n", "list: {N2: +3%}\npackages:\n  diabetes: {split: {upfront: 30%}}\n"
    )
    assert changes(made)["packages.diabetes.split"] == ("70/30", "30/70", "b.yaml:3")
    assert changes(made)["packages.diabetes.value.each"] == ("250000.00", "252500.00", "a.yaml:2")
    assert changes(made)["list.N2"] == ("as counted", "+3%", "b.yaml:1")


def test_prices_multiply_and_are_rounded_once() -> None:
    """14,000.01 x 1.02 x 1.03 = 14,708.410506, which is 14,708.41; rounded twice it would be 14,280.01 x 1.03 = 14,708.4103."""
    made = laid_over(document("{each: 14000.01}"), [layer("price: +2%"), layer("price: {care: +3%}")], ["N1"])
    assert [(c.before, c.after) for c in made.changes] == [("14000.01", "14708.41")]
    exact = laid_over(document("{price: 2.765, per: registered list, as_at: 2009-01-01}"), [layer("price: +2%")], ["N1"])
    assert [(c.before, c.after) for c in exact.changes] == [("2.765", "2.8203")]


PRICE = PerPatient(price=Fraction(395), per="registered list", as_at=date(2009, 4, 1))


@pytest.mark.parametrize(
    ("value", "before", "after", "new"),
    [
        (Each(each=333), "3.33", "3.40", Each(each=340)),  # 3.3966
        (Total(total=12_345, shared_by="equal parts"), "123.45", "125.92", Total(total=12_592, shared_by="equal parts")),  # 125.919
        (PRICE, "3.95", "4.029", replace(PRICE, price=Fraction(4029, 10))),
        # of a price of a little more than a millionth of a millionth twelve decimals are shown
        (replace(PRICE, price=Fraction(125, 10**12)), "0.000000000001…", "0.000000000001…", replace(PRICE, price=Fraction(1275, 10**13))),
    ],
)
def test_a_value_of_each_kind_at_another_price(value: Value, before: str, after: str, new: Value) -> None:
    """2% more of an amount is rounded to the penny, of a price for each patient to nothing; of two packages only the one named changes."""
    terms = contract(package(value=value), package())
    dearer, changes = priced(
        terms, [PriceChange("one", Fraction(51, 50), Location("--price")), PriceChange("two", Fraction(1), Location("--price"))]
    )
    assert replace(dearer.packages["one"].value, places={}) == new
    assert [(c.what, c.before, c.after, c.at) for c in changes] == [
        (f"packages.one.value.{value.kind}", before, after, Location("--price"))
    ]
    assert dearer.packages["two"] == terms.packages["two"]


def test_the_baseline_is_settled_as_the_contract_says() -> None:
    """It has its own name and changes nothing: 2.50 a quarter, all of it earned by 9 of 10."""
    terms = contract(package())
    activity = Activity.of([row("P1", q, 9, 10) for q in YEAR.quarters], expected(terms), ONE)
    found = baseline(terms)
    assert (found.name, found.contract, found.changes) == ("Baseline", terms, ())
    assert found.settled(ONE, lambda _: activity, [Q1]).totals.payable == 250


def test_a_list_grows_for_one_network_or_for_all() -> None:
    """`list: +3%` is everybody's list, `list: {N2: -3%}` one network's."""
    assert [(s.network, s.factor) for s in laid("list: +3%").assumptions.lists] == [(None, Fraction(103, 100))]
    assert [(s.network, s.factor) for s in laid("list: {N2: -3%}").assumptions.lists] == [("N2", Fraction(97, 100))]


def test_each_split_and_each_file_is_a_scenario_and_the_rest_goes_on_top() -> None:
    """`--split` twice is two scenarios; `--price` applies to both of them."""
    both = laid_on_example(Wanted(splits=["diabetes=60/40", "diabetes=30/70"], prices=["+2%"]))
    assert [s.name for s in both] == ["60/40", "30/70"]
    for made in both:
        assert made.contract.packages["diabetes"].value.each == 25_500_000  # type: ignore[union-attr]


def test_options_without_a_split_are_one_scenario() -> None:
    """Two achievements together are one scenario, not two."""
    (made,) = laid_on_example(Wanted(achievements=["DM1=+5pp", "N3:DM2=70%"]))
    assert {c.what: c.after for c in made.changes} == {"achievement.DM1": "+5pp", "achievement.N3:DM2": "70%"}


def test_several_packages_in_one_split_are_one_scenario() -> None:
    """A comma joins the splits of one scenario."""
    (made,) = laid_on_example(Wanted(splits=["diabetes=60/40,immunisation=40/60"]))
    assert made.name == "diabetes 60/40, immunisation 40/60"
    assert {c.what: c.after for c in made.changes} == {"packages.diabetes.split": "60/40", "packages.immunisation.split": "40/60"}


def test_two_scenarios_never_share_a_name() -> None:
    """The second of a name is numbered: a column must say whose it is."""
    assert [s.name for s in laid_on_example(Wanted(splits=["diabetes=60/40", "diabetes=60/40"]))] == ["60/40", "60/40 (2)"]


def test_a_scenario_file_may_hold_a_plus_in_its_name(tmp_path: Path) -> None:
    """A file that is there under the whole name is that file, not a chain."""
    file = tmp_path / "60+40.yaml"
    file.write_text("packages: {diabetes: {split: {upfront: 60%}}}\n", encoding="utf-8")
    assert [s.name for s in laid_on_example(Wanted(files=[str(file)]))] == ["60+40"]


DISJOINT = (
    "packages: {diabetes: {split: {upfront: 55%}}}",
    "packages: {diabetes: {performance: {indicators: {DM1: {curve: {target: at least 85%}}}}}}",
    "packages: {immunisation: {value: {each: 15000.00}}}",
    "achievement: {DM1: +5pp}",
    "achievement: {N3:DM2: 70%}",
    "list: {N2: +3%}",
    "price: {diabetes: +2%}",
    "price: {diabetes: -1%, immunisation: +7%}",
)


@settings(max_examples=12, deadline=None)
@given(st.sets(st.sampled_from(DISJOINT), min_size=1, max_size=3))
def test_scenarios_that_change_different_things_compose_in_any_order(texts: set[str]) -> None:
    """Whoever chains disjoint scenarios need not think about their order."""

    def told(made: Scenario) -> tuple[object, ...]:
        achievements = sorted(made.assumptions.achievements, key=lambda s: str((s.network, s.indicator)))
        supposed = [(s.network, s.indicator, s.change, s.value) for s in achievements]
        lists: list[SupposedList] = sorted(made.assumptions.lists, key=lambda s: str(s.network))
        return made.contract, supposed, [(s.network, s.factor) for s in lists], sorted((c.what, c.before, c.after) for c in made.changes)

    first, *others = (told(laid(*order)) for order in permutations(sorted(texts)))
    for other in others:
        assert other == first


@pytest.mark.parametrize(
    "text", ["name: the same", "packages: {diabetes: {split: {upfront: 70%, performance: 30%}}}", "price: +0%", "packages: {}"]
)
def test_a_scenario_equal_to_the_baseline_is_the_baseline(text: str) -> None:
    """It has the contract's terms and names no change."""
    made = laid(text)
    assert made.contract == tower_hamlets().contract
    assert made.changes == ()


REFUSED_FILES = [
    (
        "packages: {diabets: {split: {upfront: 60%}}}",
        's.yaml:1:12: error: the contract has no package "diabets"\n'
        "    packages: {diabets: {split: {upfront: 60%}}}\n"
        '               ^\n  hint: did you mean "diabetes"?',
    ),
    (
        "packages:\n  diabetes:\n    performance:\n      indicators:\n        DM9: {weight: 10%}\n",
        's.yaml:5:9: error: the contract has no indicator "DM9"\n            DM9: {weight: 10%}\n            ^\n  hint: did you mean "DM3"?',
    ),
    (
        "packages:\n  diabetes:\n    splitt: {upfront: 60%}\n",
        's.yaml:3:5: error: unknown key "splitt"\n        splitt: {upfront: 60%}\n        ^\n  hint: did you mean "split"?',
    ),
    (
        "packages:\n  diabetes:\n    split: {upfront: 60%, performance: 50%}\n",
        "s.yaml:3:5: error: split: upfront 60% and performance 50% add to 110%, not 100%\n"
        "        split: {upfront: 60%, performance: 50%}\n        ^\n  hint: change one of them",
    ),
    (
        "packages:\n  diabetes:\n    performance:\n      indicators:\n        DM1: {weight: 50%}\n",
        "s.yaml:5:9: error: performance: the weights add to 110%, not 100%\n            DM1: {weight: 50%}\n            ^\n"
        "  hint: change a weight; an indicator that is reported and not paid weighs 0%",
    ),
    (
        "packages: {diabetes: {split: {upfront: 0.6}}}",
        's.yaml:1:40: error: upfront: "0.6" is not a share like 70% or 7/10: write "60%"\n'
        "    packages: {diabetes: {split: {upfront: 0.6}}}\n                                           ^",
    ),
    (
        "year: 2010/11",
        "s.yaml:1:1: error: a scenario cannot change `year`\n    year: 2010/11\n    ^\n"
        "  hint: it may change: packages, rounding, name, achievement, list, price",
    ),
    (
        "acheivement: {DM1: +5pp}",
        's.yaml:1:1: error: unknown key "acheivement"\n    acheivement: {DM1: +5pp}\n    ^\n  hint: did you mean "achievement"?',
    ),
    (
        "achievement: {N9:DM1: 70%}",
        's.yaml:1:15: error: there is no network "N9"\n    achievement: {N9:DM1: 70%}\n                  ^\n'
        "  hint: known here: N1, N2, N3, N4, N5, N6, N7, N8",
    ),
    (
        "achievement: {DM1: +5%}",
        's.yaml:1:20: error: "+5%" of an achievement could mean percentage points or a part of it\n    achievement: {DM1: +5%}\n'
        "                       ^\n  hint: write +5pp for percentage points, or the achievement itself, such as 70%",
    ),
    (
        "list: {N2: 3%}",
        's.yaml:1:12: error: list: "3%" does not say more or less\n    list: {N2: 3%}\n               ^\n  hint: write +3% or -3%',
    ),
    (
        "[60/40]",
        "s.yaml:1:1: error: a scenario holds keys and values\n    [60/40]\n    ^\n  hint: such as packages: {diabetes: {split: {upfront: 60%, performance: 40%}}}",
    ),
    (
        "achievement: [DM1]",
        "s.yaml:1:1: error: achievement holds no value\n    achievement: [DM1]\n    ^\n  hint: such as achievement: {DM1: +5pp, N3:DM2: 70%}",
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED_FILES, ids=lambda t: t.splitlines()[0][:40])
def test_a_scenario_file_that_cannot_be_is_refused_at_its_own_line(text: str, said: str) -> None:
    """The contract was sound, so the fault is the scenario's, and so is the line."""
    with pytest.raises(ContractError) as e:
        laid_over(tower_hamlets().document, [layer(text, "s.yaml")], NETWORKS)
    assert str(e.value) == said


REFUSED_OPTIONS = [
    (Wanted(splits=["diabets=60/40"]), 4, '--split diabets=60/40: error: the contract has no package "diabets"\n  hint: did you mean "diabetes"?'),
    (Wanted(splits=["diabetes=0.6/0.4"]), 2, '--split diabetes=0.6/0.4: error: "0.6/0.4" adds to 1, and a split is in percent\n  hint: write 60/40'),
    (Wanted(splits=["diabetes=60/50"]), 4, "--split diabetes=60/50: error: split: upfront 60% and performance 50% add to 110%, not 100%\n  hint: change one of them"),
    (Wanted(splits=["60/40"]), 2, '--split 60/40: error: "60/40" is not a name and a value with = between them\n  hint: such as --split diabetes=60/40'),
    (Wanted(splits=["diabetes=60"]), 2, '--split diabetes=60: error: "60" is not a split like 60/40\n  hint: percent up front, a slash, percent for performance: they add to 100'),
    (Wanted(achievements=["DM1=0.05"]), 4, '--achievement DM1=0.05: error: "0.05" is not an achievement\n  hint: write +5pp to move it by percentage points, or 5% to set it'),
    (Wanted(achievements=["DM1=170%"]), 4, '--achievement DM1=170%: error: "170%" is more than all patients\n  hint: an achievement is at most 100%'),
    (Wanted(achievements=["+5pp"]), 2, '--achievement +5pp: error: "+5pp" is not a name and a value with = between them\n  hint: such as --achievement DM1=+5pp, or N3:DM2=70%'),
    (Wanted(lists=["N22=+3%"]), 4, '--list N22=+3%: error: there is no network "N22"\n  hint: did you mean "N2"?'),
    (Wanted(lists=["0.03"]), 4, '--list 0.03: error: list: "0.03" is not a change like +3% or -3%\n  hint: write +3%'),
    (Wanted(prices=["diabets=+2%"]), 4, '--price diabets=+2%: error: there is no package "diabets"\n  hint: did you mean "diabetes"?'),
    (Wanted(prices=["-100%"]), 4, '--price -100%: error: price: "-100%" would leave nothing\n  hint: take less than 100% away'),
    (Wanted(settings=["packages.diabetes.split.upfront=0.6"]), 4, '--set packages.diabetes.split.upfront=0.6: error: upfront: "0.6" is not a share like 70% or 7/10: write "60%"'),
    (Wanted(settings=["packages.diabetes.splitt.upfront=60%"]), 4, '--set packages.diabetes.splitt.upfront=60%: error: unknown key "splitt"\n  hint: did you mean "split"?'),
    (Wanted(settings=["packages.diabetes.split.upfront"]), 2, '--set packages.diabetes.split.upfront: error: "packages.diabetes.split.upfront" is not a name and a value with = between them\n  hint: such as --set packages.diabetes.split.upfront=60%'),
    (Wanted(files=["nowhere.yaml"]), 4, "nowhere.yaml: error: the scenario file does not exist\n  hint: name a YAML file"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "code", "said"), REFUSED_OPTIONS, ids=lambda w: str(w)[:60])
def test_an_option_that_cannot_be_is_refused_in_its_own_words(wanted: Wanted, code: int, said: str) -> None:
    """What cannot be read is a fault of the command line (2), what the contract does not allow one of the scenario (4)."""
    with pytest.raises(P4PError) as e:
        laid_on_example(wanted)
    assert (str(e.value), e.value.exit) == (said, code)


def test_the_faults_of_all_scenarios_are_told_at_once() -> None:
    """Two scenarios with a fault each are two problems."""
    with pytest.raises(ContractError) as e:
        laid_on_example(Wanted(splits=["diabetes=60/50", "immunization=60/40"]))
    assert [p.what for p in e.value.problems] == [
        "split: upfront 60% and performance 50% add to 110%, not 100%",
        'the contract has no package "immunization"',
    ]


def test_reading_an_achievement() -> None:
    """Percentage points move it, a percentage sets it."""
    assert parse_achievement("+5pp") == ("by", Fraction(1, 20))
    assert parse_achievement("-2.5 pp") == ("by", Fraction(-1, 40))
    assert parse_achievement("70%") == ("to", Fraction(7, 10))
    assert parse_achievement("837/929") == ("to", Fraction(837, 929))


def test_reading_a_growth() -> None:
    """A signed percentage is a factor."""
    assert parse_growth("+3%", "list") == Fraction(103, 100)
    assert parse_growth("-12.5%", "list") == Fraction(7, 8)


def test_a_term_of_an_id_with_dots_is_found() -> None:
    """The longest key that fits is taken, so an id may hold dots."""
    tree = yamltext.parse(b"packages: {a.b: {title: x}, a: {title: y}}", "c.yaml").root
    assert yamltext.keys_of(tree, "packages.a.b.title") == ("packages", "a.b", "title")
    assert yamltext.keys_of(tree, "packages.a.title") == ("packages", "a", "title")
    assert yamltext.keys_of(tree, "packages.c.title") == ("packages", "c", "title")
