"""What-ifs: settlements side by side, and back-tests."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import cases
from whatif_cases import CONTRACT, EXAMPLE, LINEAR, ROOT, YEAR, document, laid_on_example, quarter, small, tower_hamlets

from p4p.commands.question import Question, answer, inside
from p4p.counts.activity import Activity, Row
from p4p.files.folder import files_of
from p4p.numbers.errors import InputError, Location, UsageError
from p4p.numbers.money import parse_pence, plain
from p4p.screens import whatif_tables
from p4p.settling.assumptions import Assumptions, SupposedAchievement
from p4p.settling.explain import explain
from p4p.settling.settle import expected
from p4p.whatif.scenario import Scenario
from p4p.whatif.scenario_file import Wanted
from p4p.whatif.whatif import BackTest, WhatIf, back_test, compare

FOUR = Wanted(splits=["diabetes=60/40", "diabetes=50/50", "diabetes=30/70"])


@cache
def year() -> WhatIf:
    """The example's year under four splits."""
    table = tower_hamlets()
    return compare(table.baseline, laid_on_example(FOUR), table.members, table.activity_of, YEAR.quarters)


@cache
def four_splits() -> BackTest:
    """The example back-tested under four splits."""
    table = tower_hamlets()
    return back_test(table.baseline, laid_on_example(FOUR), table.members, table.activity_of)


def split(inputs: dict[str, str]) -> str:
    """A published split as `--split` takes it."""
    return "care=" + "/".join(str(Fraction(inputs[k]) * 100) for k in ("upfront_share", "performance_share"))


@pytest.mark.parametrize("case", cases("local_schemes.json", "TH-SPLIT-"))
def test_published_splits(case: dict[str, Any]) -> None:
    """A quarter of the published splits, as a scenario over a contract at 50/50: upfront, available, earned, payable, shortfall."""
    inputs, wanted = case["inputs"], case["expected"]
    terms = document(f"{{each: {inputs['annual_care_package_budget_gbp']}}}", "{upfront: 50%, performance: 50%}")
    share = Fraction(inputs["weighted_kpi_achievement_share"])
    table = small({"N1": (int(share * 100), 100)}, terms, Wanted(splits=[split(inputs)]))
    (outcome,) = compare(table.baseline, table.scenarios, table.members, table.activity_of, quarter(1)).outcomes
    totals = outcome.settlement.totals
    assert {
        "quarterly_upfront_gbp": plain(totals.upfront),
        "quarterly_performance_available_gbp": plain(totals.available),
        "quarterly_performance_earned_gbp": plain(totals.earned),
        "quarterly_total_payment_gbp": plain(totals.payable),
        "quarterly_shortfall_gbp": plain(totals.shortfall),
    } == wanted


@pytest.mark.parametrize("case", cases("local_schemes.json", "TH-WHATIF-SPLIT-CHANGE"))
def test_the_published_change_of_split(case: dict[str, Any]) -> None:
    """A year's income under 70/30, 60/40 and 30/70, and what each change costs the network."""
    inputs, wanted = case["inputs"], case["expected"]
    achieved = Fraction(inputs["weighted_kpi_achievement_share"])
    table = small(
        {"N1": (achieved.numerator, achieved.denominator)},
        document(f"{{each: {inputs['annual_budget_gbp']}}}"),
        Wanted(splits=["care=60/40", "care=30/70"]),
    )
    found = compare(table.baseline, table.scenarios, table.members, table.activity_of, YEAR.quarters)
    at_60, at_30 = found.outcomes
    assert {
        "annual_income_70_30_gbp": plain(found.baseline.totals.payable),
        "annual_income_60_40_gbp": plain(at_60.settlement.totals.payable),
        "annual_income_30_70_gbp": plain(at_30.settlement.totals.payable),
        "change_70_30_to_60_40_gbp": plain(at_60.difference),
        "change_70_30_to_30_70_gbp": plain(at_30.difference),
    } == wanted


@pytest.mark.parametrize(
    "what", ["packages.diabetes.split.upfront=70%", "packages.diabetes.value.each=250,000.00", "rounding.mode=half-up"]
)
def test_a_scenario_equal_to_the_baseline_changes_nothing(what: str) -> None:
    """Zero for every network and in total, and nobody gains or loses, for a quarter and in a back-test."""
    table = tower_hamlets()
    same = laid_on_example(Wanted(settings=[what]))
    (outcome,) = compare(table.baseline, same, table.members, table.activity_of, quarter(4)).outcomes
    assert (set(outcome.differences.values()), outcome.difference) == ({0}, 0)
    assert (outcome.winners, outcome.losers, outcome.unchanged) == (0, 0, 8)
    before, after = back_test(table.baseline, same, table.members, table.activity_of).records
    assert before.incomes == after.incomes


def test_over_a_year_no_network_gains_from_a_larger_performance_part() -> None:
    """More must be earned and no more can be: N2, which reaches every target, keeps its 264,000; N3, which reaches none, loses 10% of 250,000."""
    for outcome in year().outcomes:
        assert (outcome.winners, outcome.losers, outcome.unchanged) == (0, 7, 1)
    assert year().outcomes[0].differences["N2"] == 0
    assert year().outcomes[0].differences["N3"] == -2_500_000


def test_each_point_of_a_split_costs_the_same() -> None:
    """Payable is upfront plus earned, both straight lines in the split: 30/70 costs each network four times what 60/40 does, but for a penny a line."""
    sixty, _, thirty = year().outcomes
    for network, difference in sixty.differences.items():
        assert abs(thirty.differences[network] - 4 * difference) <= 4 * 4 * 5


def test_differences_add_up_to_the_commissioners() -> None:
    """What networks gain the commissioner pays."""
    for outcome in year().outcomes:
        assert outcome.difference == outcome.settlement.totals.payable - outcome.baseline.totals.payable


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_more_achieved_never_pays_less(a: int, b: int) -> None:
    """The example's curves never pay less for more, so a scenario with a higher achievement never does either."""
    table, low, high = tower_hamlets(), *sorted((a, b))

    def paid(thousandths: int) -> int:
        at = Location("test")
        supposed = tuple(SupposedAchievement("N5", i, "to", Fraction(thousandths, 1000), at) for i in ("DM1", "DM2", "DM3"))
        scenario = Scenario("supposed", table.contract, Assumptions(supposed))
        return scenario.settled(table.members, table.activity_of, quarter(2)).by_network["N5"].payable

    assert paid(low) <= paid(high)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_back_test_of_a_quarter_is_its_settlement(number: int) -> None:
    """A quarter of a back-test pays what the quarter settled alone pays, under each scenario."""
    table, found = tower_hamlets(), four_splits()
    position = found.quarters.index(YEAR.quarters[number - 1])
    for record in found.records:
        alone = record.scenario.settled(table.members, table.activity_of, quarter(number))
        assert {i.network: i.quarters[position] for i in record.incomes} == {n: t.payable for n, t in alone.by_network.items()}


def test_the_back_test_of_a_year_is_its_settlement() -> None:
    """Four quarters add up to the year settled."""
    for record, settled in zip(four_splits().records, year().settlements.values(), strict=True):
        assert {i.network: four_splits().of_year(i, YEAR) for i in record.incomes} == {n: t.payable for n, t in settled.by_network.items()}
        assert record.total == settled.totals.payable


def test_swing_and_worst_quarter_of_a_network_that_reaches_nothing() -> None:
    """N3 is paid its upfront money only: 43,750 + 1,750 = 45,500 in every quarter, so nothing swings and the first is the worst."""
    (n3,) = (i for i in four_splits().records[0].incomes if i.network == "N3")
    assert (n3.quarters, n3.swing, n3.worst) == ((4_550_000,) * 4, 0, 0)


def test_targets_met_are_counted_by_hand() -> None:
    """MMR1 is judged on the year to date: N2 reaches 95% in all four quarters, N3 in none (examples/tower-hamlets/README.md)."""
    (mmr,) = (t for t in four_splits().records[0].targets if t.indicator == "MMR1")
    assert (mmr.by_network["N2"], mmr.by_network["N3"], mmr.judged) == ((4, 4), (0, 4), 32)
    assert mmr.met == sum(met for met, _ in mmr.by_network.values())


def test_a_lower_target_is_met_more_often() -> None:
    """Targets are counted under the scenario's own terms."""
    table = tower_hamlets()
    lower = laid_on_example(Wanted(settings=["packages.diabetes.performance.indicators.DM1.curve.target=at least 1%"]))
    before, after = back_test(table.baseline, lower, table.members, table.activity_of).records
    assert before.targets[0].met < after.targets[0].met == 32


def test_a_quarter_with_a_missing_count_is_left_out_and_said() -> None:
    """Half a quarter is no quarter: only complete ones are compared."""
    table = small({"N1": (80, 100), "N2": (50, 100)})
    rows = [
        Row("a.csv", 2, f"P{n}", "K1", str(q), q.months[-1], 3, 50, 100, 0)
        for n in ("N1", "N2")
        for q in YEAR.quarters
        if (n, q.number) not in {("N1", 3), ("N2", 4), ("N1", 4)}
    ]
    partial = Activity.of(rows, expected(table.contract), table.members)
    found = back_test(table.baseline, [], table.members, lambda _: partial)
    assert [str(q) for q in found.quarters] == ["2009/10 Q1", "2009/10 Q2"]
    assert [(str(q), why) for q, why in found.left_out] == [
        ("2009/10 Q3", "3 counts are missing, the first PN1, K1, 2009-10"),
        ("2009/10 Q4", "6 counts are missing, the first PN1, K1, 2010-01"),
    ]
    assert found.years == ()


def test_no_complete_quarter_is_an_error() -> None:
    """There is nothing to back-test on half a file."""
    table = small({"N1": (80, 100)})
    rows = [Row("a.csv", 2, "PN1", "K1", "2009-04", YEAR.months[0], 1, 50, 100, 0)]
    partial = Activity.of(rows, expected(table.contract), table.members)
    with pytest.raises(InputError, match="no quarter is complete: 2009/10 Q1: 2 counts are missing, the first PN1, K1, 2009-05"):
        back_test(table.baseline, [], table.members, lambda _: partial)


def test_another_measure_counts_other_months() -> None:
    """A scenario that measures the quarter instead of its last month reads the activity as it expects it: 36 practices' registers of three months."""
    table = tower_hamlets()
    (made,) = laid_on_example(
        Wanted(settings=["packages.diabetes.performance.measured=quarter", "packages.diabetes.performance.catch_up=none"])
    )
    lines = {
        s: next(x.settled(table.members, table.activity_of, quarter(1)).lines_of("N3", indicator="DM1"))
        for s, x in (("snapshot", table.baseline), ("quarter", made))
    }
    assert lines["quarter"].denominator > 2 * lines["snapshot"].denominator


def test_explain_inside_a_scenario_cites_the_scenarios_line() -> None:
    """The upfront share is 30%, written in the scenario; the weight stays where the contract has it."""
    file = str(ROOT / EXAMPLE / "scenarios" / "30-70.yaml")
    settled = inside(files_of([str(ROOT / EXAMPLE)]), file, quarter(4), "N5")
    upfront = explain(settled, "N5").parts[0]
    line = 1 + (ROOT / EXAMPLE / "scenarios" / "30-70.yaml").read_text("utf-8").splitlines().index(
        "    split: {upfront: 30%, performance: 70%}"
    )
    cited = {str(Location(f.at.file, f.at.line)) for f in _all(upfront) if f.name == "diabetes: upfront share" and f.at}
    assert cited == {f"{file}:{line}"}


def test_explain_cites_what_is_supposed(tmp_path: Any) -> None:
    """An achievement, a price and a list that a scenario supposes are written in the scenario."""
    file = tmp_path / "s.yaml"
    file.write_text("achievement:\n  N5:DM3: 45%\nprice: +2%\n", encoding="utf-8")
    settled = inside(files_of([str(ROOT / EXAMPLE)]), str(file), quarter(1))
    figures = {f.name: f for f in _all(explain(settled, "N5"))}
    assert str(figures["DM3: achievement supposed"].at).startswith(f"{file}:2:")
    assert str(figures["diabetes: value for 2009/10"].at).startswith(f"{file}:3:")


def _all(figure: Any) -> list[Any]:
    return [figure, *(inner for part in (*figure.parts, *figure.deciders) for inner in _all(part))]


def question(**asked: Any) -> Question:
    """A question about the example."""
    return Question(files_of([str(ROOT / EXAMPLE)]), asked.pop("wanted", Wanted()), **asked)


REFUSED = [
    (
        {"quarter": "Q4"},
        "what if what? Name a scenario: --split diabetes=60/40, --price +2%, --scenario FILE, or another (--help lists them)",
    ),
    ({"wanted": FOUR}, "say which period: --quarter Q1, or --year"),
    ({"wanted": FOUR, "quarter": "Q1", "year": True}, "--quarter and --year are both given: keep one"),
    (
        {"wanted": FOUR, "quarter": "Q1", "back_test": True},
        "--back-test takes every quarter and year that the files hold: leave --quarter and --year out",
    ),
    (
        {"wanted": FOUR, "quarter": "Q1", "break_even": True, "sweep": ("x",)},
        "--break-even and --sweep are different questions: ask one at a time",
    ),
    (
        {"quarter": "Q1", "target": "N3=payable:60000.00"},
        "--target says what to reach and --by what to change: give both, such as --target N3=payable:60000.00 --by packages.diabetes.value.each",
    ),
]


@pytest.mark.parametrize(("asked", "said"), REFUSED, ids=lambda x: str(x)[:40])
def test_a_question_that_cannot_be_answered(asked: dict[str, Any], said: str) -> None:
    """The command line says what is missing before anything is read at length."""
    with pytest.raises(UsageError) as e:
        answer(question(**asked))
    assert [p.what for p in e.value.problems] == [said]


def test_json_and_csv_hold_what_the_screen_shows() -> None:
    """Money is text, differences add up, and a row for each scenario and network."""
    told = json.loads(whatif_tables.whatif_json(year()))
    assert told["baseline"]["totals"]["payable"] == plain(year().baseline.totals.payable)
    for scenario, outcome in zip(told["scenarios"], year().outcomes, strict=True):
        assert (scenario["scenario"], scenario["totals"]["difference"]) == (outcome.scenario.name, plain(outcome.difference))
        assert sum(parse_pence(p["payable"]) for p in scenario["payees"]) == outcome.settlement.totals.payable
        assert [c["what"] for c in scenario["changes"]] == ["packages.diabetes.split"]
    rows = whatif_tables.whatif_csv(year()).splitlines()
    assert rows[0] == "scenario,payee,name,upfront,available,earned,adjustments,payable,shortfall,baseline_payable,difference"
    assert len(rows) == 1 + 4 * 8


def test_back_test_json_and_csv() -> None:
    """A row for each scenario, network and quarter; the JSON holds the same pence."""
    rows = [r.split(",") for r in whatif_tables.back_test_csv(four_splits()).splitlines()]
    assert rows[0] == ["scenario", "period", "payee", "name", "payable", "baseline_payable", "difference"]
    assert len(rows) == 1 + 4 * 8 * 4
    told = json.loads(whatif_tables.back_test_json(four_splits()))
    by_json = {(s["scenario"], q, p["payee"]): paid for s in told["scenarios"] for p in s["payees"] for q, paid in p["quarters"].items()}
    assert {(r[0], r[1], r[2]): r[4] for r in rows[1:]} == by_json


def test_a_name_from_a_file_is_no_formula_in_a_spreadsheet() -> None:
    """A scenario called =1+1 is text."""
    table = small({"N1": (82, 100)}, wanted=Wanted(prices=["+2%"]))
    named = [replace(s, name="=1+1") for s in table.scenarios]
    found = compare(table.baseline, named, table.members, table.activity_of, quarter(1))
    assert whatif_tables.whatif_csv(found).splitlines()[2].startswith("'=1+1,N1")


def test_explain_cites_a_supposed_list(tmp_path: Any) -> None:
    """3% more of 100 patients at 40.00 is 103 x 40.00 = 4,120.00 a year, and the 103% is written in the scenario."""
    folder = tmp_path
    value = "{price: 40.00, per: registered list, as_at: 2009-04-01}"
    contract = CONTRACT.format(value=value, split="{upfront: 70%, performance: 30%}", curve=LINEAR)
    (folder / "contract.yaml").write_text(contract, encoding="utf-8")
    (folder / "practices.csv").write_text("practice,name,network,list_size,list_date\nP1,One,N1,100,2009-04-01\n", encoding="utf-8")
    (folder / "activity.csv").write_text("practice,indicator,period,numerator,denominator\nP1,K1,2009/10 Q1,5,10\n", encoding="utf-8")
    (folder / "s.yaml").write_text("name: longer lists\nlist: {N1: +3%}\n", encoding="utf-8")
    settled = inside(files_of([str(folder)]), str(folder / "s.yaml"), quarter(1))
    figures = {f.name: f for f in _all(explain(settled, "N1"))}
    assert figures["care: value for 2009/10"].value == 412_000
    supposed = figures["the list supposed, as a part of the one counted"]
    assert (supposed.value, str(supposed.at)) == (Fraction(103, 100), f"{folder / 's.yaml'}:2:12")
