"""Published cases of the English national and local schemes, each through a contract file and the engine that settles it.

`docs/cases.md` lists every case and where it runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from filled import ROOT, filled, printed, settled, shipped
from published import cases, needs_shared

from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.files.scheme_file import read_scheme
from p4p.numbers.errors import UsageError
from p4p.numbers.period import Quarter, Year
from p4p.proving.scheme_proofs import scheme_proofs
from p4p.settling.settle import expected as expected_counts
from p4p.settling.settle import settle
from p4p.settling.settlement import Settlement

QOF, LOCAL = "qof_iif.json", "local_schemes.json"
P = "P1"

Case = dict[str, Any]


def of_kind(*kinds: str) -> list[Any]:
    """The points cases of some kinds."""
    return [p for p in cases(QOF, "") if p.marks or p.values[0]["inputs"]["kind"] in kinds]


def rows(payee: str, period: str, **figures: object) -> list[tuple[str, str, str, object]]:
    """One payee's figures of one period."""
    return [(payee, measure, period, value) for measure, value in figures.items()]


def agrees(expected: Case, **found: F) -> None:
    """Each figure, printed as the case prints it, is the case's."""
    assert {key: expected[key] for key in found} == {key: printed(value, expected[key]) for key, value in found.items()}


# Points: from patients to points


@pytest.mark.parametrize("case", of_kind("qof_indicator"))
def test_points_of_an_indicator(case: Case, tmp_path: Path) -> None:
    """Achievement without adjusted patients, exact points and points at 2 decimals; nobody left in the denominator earns nothing."""
    given, expected = case["inputs"], case["expected"]
    found = {}
    for rounded in ("0.01", "not at all"):
        (tmp_path / rounded).mkdir()
        contract = filled("qof_indicator", rounded=rounded, points=given["points"], lower=given["lower_pct"], upper=given["upper_pct"])
        counts = [(P, "IND", "2025/26", given["numerator"], given["register"], given["pca_removed"])]
        found[rounded] = settled(tmp_path / rounded, contract, "2025/26", counts=counts, practices={P: "N1"})
    exact = found["not at all"]
    assert F(expected["points_exact"]) == exact("scored.points")
    agrees(expected, points_2dp=found["0.01"]("scored.points"))
    if expected["achievement_pct"] is None:
        assert exact.line("IND").achievement is None
    else:
        agrees(expected, achievement_pct=100 * exact("reached"))


@pytest.mark.parametrize("case", of_kind("iif_indicator"))
def test_points_and_pay_of_a_network_indicator(case: Case, tmp_path: Path) -> None:
    """Points between two thresholds, either way round, and what they pay after both adjustments; rounding points first pays what the case says."""
    given, expected = case["inputs"], case["expected"]
    lower, upper = given["lower_pct"], given["upper_pct"]
    curve = f"{{kind: linear, lower: {lower}%, upper: {upper}%}}"
    if F(lower) > F(upper):
        curve = f"{{kind: linear, lower: {upper}%, upper: {lower}%, direction: lower is better}}"
    achieved = F(given["performance_pct"]) / 100
    counts = [("P1", "IND", "2021/22", achieved.numerator, achieved.denominator, 0)]
    figures = rows("N1", "2021/22", list_size=given.get("list_size_adjustment", "1"), prevalence=given.get("prevalence_adjustment", "1"))
    found = {}
    for rounded in ("0.01", "not at all"):
        (tmp_path / rounded).mkdir()
        contract = filled("iif_indicator", rounded=rounded, points=given["points"], value=given["point_value_gbp"], curve=curve)
        found[rounded] = settled(tmp_path / rounded, contract, "2021/22", figures, counts, {"P1": "N1"})
    exact, to_2 = found["not at all"], found["0.01"]
    (paid,), (paid_rounded,) = exact.paid(), to_2.paid()
    agrees(expected, payment_gbp=paid)
    if "points_exact" in expected:
        assert F(expected["points_exact"]) == exact("scored.points")
        agrees(expected, points_2dp=to_2("scored.points"))
        agrees(case["recomputed"], payment_if_points_rounded_2dp_first=paid_rounded)
    else:
        agrees(expected, points=exact("scored.points"))


@pytest.mark.parametrize("case", of_kind("pca_percentage"))
def test_adjusted_patients_leave_the_denominator(case: Case, tmp_path: Path) -> None:
    """600 of 1,000 with 200 adjusted is 75%; without the adjustment it would be 60%."""
    given, expected = case["inputs"], case["expected"]
    numerator, register = given["numerator"], given["register"]
    counts = [("P1", "VI-01", "2021/22", numerator, register, given["pca_removed"]), ("P2", "VI-01", "2021/22", numerator, register, 0)]
    found = settled(tmp_path, filled("iif_adjusted"), "2021/22", counts=counts, practices={"P1": "N1", "P2": "N2"})
    agrees(expected, performance_pct=100 * found("performance", "N1"), performance_pct_without_pca=100 * found("performance", "N2"))


@pytest.mark.parametrize("case", of_kind("iif_network_indicator"))
def test_a_network_is_scored_on_pooled_counts(case: Case, tmp_path: Path) -> None:
    """The shipped contract pools four practices, scores once, and shows the points as counted beside the 71 of the ruling."""
    given, expected = case["inputs"], case["expected"]
    year, others = "2023/24", ("VI-02", "VI-03", "HI-03", "CAN-02")
    counts = [(p["practice"], "ACC-08", year, p["numerator"], p["denominator"], 0) for p in given["practices"]]
    counts += [(p["practice"], other, year, 0, 1, 0) for p in given["practices"] for other in others]
    practices = {p["practice"]: "N1" for p in given["practices"]}
    lists = [(p, "registered list", "2023-01-01", 10_000) for p in practices]
    figures = [("contract", "average_list", year, 10_000 * len(practices))]
    figures += [("contract", f"{other}_in_england", year, "0.01%") for other in others]
    figures += [("contract", "ACC-08_in_england", year, f"{expected['denominator']}/{10_000 * len(practices)}")]
    found = settled(tmp_path, shipped("iif-2023-24"), year, figures, counts, practices, lists)
    assert (expected["numerator"], expected["denominator"]) == (found("acc08.numerator"), found("acc08.denominator"))
    agrees(
        expected,
        performance_pct=100 * found("acc08"),
        points_2dp=found("scored.counted"),
        points_after_national_override=found("scored.points"),
    )
    # Both adjustments are 1 here, so the ruling pays 71 points at £198.00 whatever was counted.
    assert found.paid() == [F(given["points"]) * F(given["point_value_gbp"])]


@pytest.mark.parametrize("case", of_kind("yes_no_sum"))
def test_a_register_earns_all_its_points_or_none(case: Case, tmp_path: Path) -> None:
    """34 practices with a register have 204 points between them."""
    given = case["inputs"]
    kept = given["practices_meeting"]
    figures = [(f"P{n:02}", "DM017", "2019/20", "yes" if n < kept else "no") for n in range(given["practices"])]
    found = settled(tmp_path, filled("qof_register", points=given["points"]), "2019/20", figures)
    agrees(case["expected"], achievement_score=found("everybody"))


@pytest.mark.parametrize("case", of_kind("no_detriment"))
def test_points_do_not_fall_below_last_years(case: Case, tmp_path: Path) -> None:
    """Where the fall is due to Covid-19 the points of the year before stand; the points as measured are kept beside them."""
    given = case["inputs"]
    covid = "yes" if given["fall_due_to_covid"] else "no"
    figures = rows(P, "2019/20", covid=covid, before=given["previous_points"], measured=given["measured_points"], done="yes")
    found = settled(tmp_path, filled("qof_protected"), "2019/20", figures)
    agrees(case["expected"], points_used=found("scored.points"))
    assert found("scored.counted") == F(given["measured_points"])


# Statistics that are sums and ratios of counts


@pytest.mark.parametrize("case", of_kind("qof_aggregate_rates"))
def test_published_rates_of_an_indicator(case: Case, tmp_path: Path) -> None:
    """Net achievement, adjustment rate and patients receiving the intervention, from denominators that are published without adjusted patients."""
    given, expected = case["inputs"], case["expected"]
    adjusted = given["exceptions_or_pcas"]
    counts = [("P1", "IND", "2022/23", given["numerator"], given["denominator"], adjusted)]
    found = settled(tmp_path, filled("qof_statistics"), "2022/23", rows("N1", "2022/23", adjusted=adjusted), counts, {"P1": "N1"})
    assert expected["denominator_plus_exceptions"] == found("everybody")
    agrees(
        expected,
        net_achievement_pct=100 * found("net"),
        exception_rate_pct=100 * found("adjusted_rate"),
        patients_receiving_intervention_pct=100 * found("receiving"),
    )


@pytest.mark.parametrize("case", of_kind("qof_group_total"))
def test_published_total_of_a_group(case: Case, tmp_path: Path) -> None:
    """A group's score is the sum of its indicators', over the maximum of all practices."""
    given = case["inputs"]
    figures = [(f"I{n:02}", "score", "2022/23", score) for n, score in enumerate(given["indicator_scores"])]
    figures += rows("contract", "2022/23", group_most=given["group_max_points"], practices=given["practices"])
    figures += rows("contract", "2022/23", register=given["register"], list=given["list_size"])
    found = settled(tmp_path, filled("qof_group"), "2022/23", figures)
    agrees(case["expected"], group_score=found("group"), achievement_pct=100 * found("achieved"), prevalence_pct=100 * found("prevalence"))


@pytest.mark.parametrize("case", of_kind("points_from_pct"))
def test_points_behind_a_published_percentage(case: Case, tmp_path: Path) -> None:
    """A published percentage times the maximum is a whole number of hundredths of a point, but for the digits that were cut."""
    given = case["inputs"]
    figures = rows(P, "2022/23", published=f"{given['published_achievement_pct'][:14]}%", group_most=given["group_max_points"])
    found = settled(tmp_path, filled("qof_points_of_percentage"), "2022/23", figures)
    agrees(case["expected"], points=found("points"))
    assert abs(found("exact") - found("points")) < F(1, 10**9)


# From points to pounds


@pytest.mark.parametrize("case", of_kind("apdf"))
def test_prevalence_factor(case: Case, tmp_path: Path) -> None:
    """A practice's prevalence over the national one, shown at 2 decimals."""
    given = case["inputs"]
    figures = rows(P, "2022/23", own=f"{given['practice_prevalence_pct']}%", national=f"{given['national_prevalence_pct']}%")
    found = settled(tmp_path, filled("qof_factor"), "2022/23", figures)
    agrees(case["expected"], apdf=found("factor"))
    assert F(case["recomputed"]["exact"]) == found("factor")
    agrees(case["recomputed"], at_2dp=found("shown"))


@pytest.mark.parametrize("case", [p for p in of_kind("qof_payment") if p.marks or "cpi" in p.values[0]["inputs"]])
def test_pay_at_rounded_factors(case: Case, tmp_path: Path) -> None:
    """Points × value × index × factor, both rounded to 2 decimals before they multiply, as the source does it."""
    given = case["inputs"]
    contract = filled("qof_rounded_factors", points=given["points"], value=given["point_value_gbp"])
    found = settled(tmp_path, contract, "2022/23", rows(P, "2022/23", reached="yes", index=given["cpi"], factor=given["apdf"]))
    agrees(case["expected"], payment_gbp=found.paid()[0])


@pytest.mark.parametrize("case", [p for p in of_kind("qof_payment") if p.marks or "factor_rule" in p.values[0]["inputs"]])
def test_pay_in_whole_pounds(case: Case, tmp_path: Path) -> None:
    """Diabetes in 2004: points × £75 × list over average list × prevalence factor, without the pence."""
    given = case["inputs"]
    figures = rows(
        P,
        "2004/05",
        reached="yes",
        list=given["list_size"],
        average=given["national_average_list_size"],
        factor=given["prevalence_factor"],
    )
    contract = filled("qof_letter", points=given["points"], value=given["point_value_gbp"])
    found = settled(tmp_path, contract, "2004/05", figures)
    agrees(case["expected"], payment_gbp_whole_pounds=found.paid()[0])


@pytest.mark.parametrize("own, shown", [("1.67%", "0.75"), ("3.75%", "1.12")])
def test_square_root_factor(own: str, shown: str, tmp_path: Path) -> None:
    """The factors of the letters of 2004: √(1.67/3) = 0.746…, √(3.75/3) = 1.118…, printed 0.75 and 1.12."""
    found = settled(tmp_path, filled("qof_square_root"), "2004/05", rows(P, "2004/05", own=own, national="3%"))
    assert shown == printed(found("shown"), shown)
    assert abs(found("factor") ** 2 - F(own[:-1]) / 3) < F(1, 10**11)


@pytest.mark.parametrize("case", of_kind("cpi_then_scale"))
def test_an_amount_at_the_list_size_index(case: Case, tmp_path: Path) -> None:
    """12,650 over 8,096 is 1.5625, printed and multiplied as 1.56: £250 less on £100,000."""
    given = case["inputs"]
    figures = rows(P, "2018/19", list=given["list_size"], average_list=given["national_average_list_size"], amount=given["amount_gbp"])
    found = settled(tmp_path, filled("qof_index_rounded"), "2018/19", figures)
    assert F(case["recomputed"]["exact"]) == found("index")
    agrees(case["expected"], cpi=found("shown"), payment_gbp=found.paid()[0])


def worth(case: Case, folder: Path, points: str, national: str) -> Any:
    """A case about the worth of a point, settled."""
    given = case["inputs"]
    contract = filled("qof_worth", value=given["point_value_gbp"], points=points)
    figures = rows(P, "2022/23", reached="yes", list=given["list_size"], register=given["register"])
    figures += rows("contract", "2022/23", average_list=given["national_average_list_size"], national_prevalence=national)
    return settled(folder, contract, "2022/23", figures)


@pytest.mark.parametrize("case", [p for p in of_kind("qof_domain_value") if p.marks or "register" in p.values[0]["inputs"]])
def test_worth_of_a_group_at_exact_factors(case: Case, tmp_path: Path) -> None:
    """The index is shown as 1.14 and multiplied as 10000/8799."""
    given = case["inputs"]
    found = worth(case, tmp_path, given["points"], f"{given['national_prevalence_pct']}%")
    agrees(
        case["expected"],
        cpi_displayed=found("index_shown"),
        point_value_adjusted_gbp=found.pounds("worth"),
        domain_value_gbp=found.paid()[0],
    )


@pytest.mark.parametrize("case", of_kind("qof_point_value"))
def test_worth_of_a_point_from_registers(case: Case, tmp_path: Path) -> None:
    """Real registers and lists of Tower Hamlets practices: prevalences, index, factor and the worth of a point."""
    given = case["inputs"]
    national = F(given["national_register"], given["national_list_size"])
    found = worth(case, tmp_path, "1", f"{national.numerator}/{national.denominator}")
    agrees(
        case["expected"],
        practice_prevalence_pct=100 * found("prevalence"),
        national_prevalence_pct=100 * national,
        cpi=found("index"),
        apdf=found("factor"),
        point_value_adjusted_gbp=found.pounds("worth"),
    )


@pytest.mark.parametrize("case", [p for p in of_kind("qof_domain_value") if p.marks or "register" not in p.values[0]["inputs"]])
def test_worth_of_a_group_at_a_rounded_worth(case: Case, tmp_path: Path) -> None:
    """The worth of a point is rounded to the penny before the points multiply it."""
    given = case["inputs"]
    figures = rows(P, "2022/23", reached="yes", value=given["point_value_after_list_size_gbp"])
    figures += rows(P, "2022/23", own=f"{given['practice_prevalence_pct']}%", national=f"{given['national_prevalence_pct']}%")
    found = settled(tmp_path, filled("qof_worth_rounded", points=given["points"]), "2022/23", figures)
    agrees(case["expected"], point_value_adjusted_gbp=found.pounds("penny"), domain_value_gbp=found.paid()[0])


@pytest.mark.parametrize("case", of_kind("aspiration"))
def test_aspiration_and_the_balance(case: Case, tmp_path: Path) -> None:
    """Twelve payments that add up to a share of last year, then the year's achievement less those; below zero it is recovered."""
    given, expected = case["inputs"], case["expected"]
    contract = filled("qof_aspiration", share=100 * F(given["aspiration_share"]))
    figures = rows(P, "2022/23", last_year=given["previous_year_unadjusted_gbp"], uprating=given["uprating_index"])
    figures += rows(P, "2022/23", achieved=given["achievement_total_gbp"])
    found = settled(tmp_path, contract, "2022/23", figures)
    months = found.paid("aspiration")
    assert F(expected["monthly_gbp_unrounded"]) == found.pounds("month_exact")
    assert {printed(month, "0.00") for month in months} <= {
        expected["monthly_gbp"],
        printed(F(expected["monthly_gbp"]) + F(1, 100), "0.00"),
    }
    agrees(
        expected,
        aspiration_year_gbp=sum(months, F(0)),
        monthly_gbp=months[0],
        achievement_payment_gbp=found.paid("achievement")[0],
        recoverable_gbp=found.pounds("recoverable"),
    )


@pytest.mark.parametrize("case", of_kind("iif_payment"))
def test_all_points_of_the_average_network(case: Case, tmp_path: Path) -> None:
    """194 points at £111."""
    given = case["inputs"]
    contract = filled("iif_maximum", points=given["points"], value=given["point_value_gbp"])
    adjusted = {"list_size": given["list_size_adjustment"], "prevalence": given["prevalence_adjustment"]}
    found = settled(tmp_path, contract, "2020/21", rows("N1", "2020/21", reached="yes", **adjusted))
    agrees(case["expected"], payment_gbp=found.paid()[0])


@pytest.mark.parametrize("case", of_kind("iif_budget", "iif_budget_release"))
def test_budgets_assume_nine_tenths(case: Case, tmp_path: Path) -> None:
    """£40.5k for the average network is 90% of 225 points at £200; £37m set free by 164 points is that of 1,253 networks."""
    given, expected = case["inputs"], case["expected"]
    points = sum(given["points"]) if isinstance(given["points"], list) else given["points"]
    contract = filled("iif_budget", value=given["point_value_gbp"], expected=f"{F(given['expected_achievement']) * 100}%")
    figures = rows("N1", "2021/22", points=points) + (rows("N1", "2021/22", budget=given["budget_gbp"]) if "budget_gbp" in given else [])
    found = settled(tmp_path, contract, "2021/22", figures)
    if "maximum_gbp" in expected:
        agrees(expected, maximum_gbp=found.paid(field="available")[0], budgeted_gbp=found.paid()[0])
    else:
        agrees(expected, implied_number_of_average_pcns_approx=found("networks"))


# Care packages: splits, rates, quarters


def packaged(
    folder: Path,
    contract: str,
    quarters: Sequence[Quarter],
    networks: Mapping[str, Sequence[str]],
    counts: Sequence[tuple[str, str, str, int, int]],
) -> Settlement:
    """A contract of care packages and its files written, read back and settled. Counts are practice, indicator, period, numerator, denominator."""
    (folder / "contract.yaml").write_text(contract, "utf-8")
    lines = [f"{practice},{practice},{network}" for network, practices in networks.items() for practice in practices]
    (folder / "practices.csv").write_text("\n".join(["practice,name,network", *lines, ""]), "utf-8")
    lines = [",".join(map(str, row)) for row in counts]
    (folder / "activity.csv").write_text("\n".join(["practice,indicator,period,numerator,denominator", *lines, ""]), "utf-8")
    read = read_contract(str(folder / "contract.yaml"))
    members = read_practices(str(folder / "practices.csv"))
    activity = read_activity([str(folder / "activity.csv")], expected_counts(read), members)
    return settle(read, members, activity, quarters)


YEAR = Year(2009)


def at_split(folder: Path, value: str, upfront: F, achieved: F) -> Settlement:
    """A year of one network under a split."""
    contract = filled("local_split", value=value, upfront=100 * upfront, performance=100 * (1 - upfront))
    counts = [("P1", "K1", str(q), achieved.numerator, achieved.denominator) for q in YEAR.quarters]
    folder.mkdir(exist_ok=True)
    return packaged(folder, contract, YEAR.quarters, {"N1": ["P1"]}, counts)


@pytest.mark.parametrize("case", cases(LOCAL, "TH-SPLIT-"))
def test_a_quarter_at_a_split(case: Case, tmp_path: Path) -> None:
    """What is paid up front, what could be earned, what was, and what is missing to it, in each quarter."""
    given, expected = case["inputs"], case["expected"]
    share = F(given["weighted_kpi_achievement_share"])
    found = at_split(tmp_path, given["annual_care_package_budget_gbp"], F(given["upfront_share"]), share).totals
    agrees(
        expected,
        quarterly_upfront_gbp=F(found.upfront, 400),
        quarterly_performance_available_gbp=F(found.available, 400),
        quarterly_performance_earned_gbp=F(found.earned, 400),
        quarterly_total_payment_gbp=F(found.payable, 400),
        quarterly_shortfall_gbp=F(found.shortfall, 400),
    )


@pytest.mark.parametrize("case", cases(LOCAL, "TH-WHATIF-SPLIT-CHANGE"))
def test_a_year_at_three_splits(case: Case, tmp_path: Path) -> None:
    """The same achievement under 70/30, 60/40 and 30/70."""
    given, expected = case["inputs"], case["expected"]
    share = F(given["weighted_kpi_achievement_share"])
    at = {u: F(at_split(tmp_path / str(u), given["annual_budget_gbp"], F(u, 100), share).totals.payable, 100) for u in (70, 60, 30)}
    agrees(
        expected,
        annual_income_70_30_gbp=at[70],
        annual_income_60_40_gbp=at[60],
        annual_income_30_70_gbp=at[30],
        change_70_30_to_60_40_gbp=at[60] - at[70],
        change_70_30_to_30_70_gbp=at[30] - at[70],
    )


@pytest.mark.parametrize("case", cases(LOCAL, "TH-IMMS-5050-BUDGET"))
def test_a_borough_total_in_equal_parts(case: Case, tmp_path: Path) -> None:
    """£112,000 for eight networks, half in advance."""
    given, expected = case["inputs"], case["expected"]
    advance, performance = F(given["advance_share"]), F(given["performance_share"])
    contract = filled("local_immunisation_pot", total=given["total_incentive_gbp"], upfront=100 * advance, performance=100 * performance)
    networks = {f"N{n}": [f"P{n}"] for n in range(given["networks"])}
    counts = [(f"P{n}", "MMR1", str(q), 95, 100) for n in range(given["networks"]) for q in YEAR.quarters]
    found = packaged(tmp_path, contract, YEAR.quarters, networks, counts)
    for totals in found.by_network.values():
        agrees(
            expected,
            per_network_gbp=F(totals.payable, 100),
            per_network_advance_gbp=F(totals.upfront, 100),
            per_network_performance_gbp=F(totals.earned, 100),
        )


@pytest.mark.parametrize("case", cases(LOCAL, "AGG-"))
def test_three_ways_to_make_a_networks_rate(case: Case, tmp_path: Path) -> None:
    """Pooled, the mean of practices, every practice: real counts on which they disagree, tested unrounded."""
    given, expected = case["inputs"], case["expected"]
    year = Year.parse(given["financial_year"])
    practices = [p["practice_code"] for p in given["practices"]]
    counts = [(p["practice_code"], "VACCINE", str(year), p["numerator"], p["denominator"]) for p in given["practices"]]

    def lines(rate: str, networks: Mapping[str, Sequence[str]]) -> Any:
        contract = filled("local_rate", year=year, rate=rate, target=given["target_percent"])
        return list(packaged(tmp_path, contract, [Quarter(year, 4)], networks, counts).lines_of())

    (pooled,), (mean,), (every,) = (lines(rate, {"N1": practices}) for rate in ("pooled", "mean of practices", "every practice"))
    each = lines("pooled", {f"N-{p}": [p] for p in practices})
    agrees(
        expected,
        pooled_percent=100 * pooled.achievement,
        pooled_percent_1dp=100 * pooled.achievement,
        mean_of_practice_rates_percent=100 * mean.achievement,
    )
    assert expected == expected | {
        "pooled_numerator": pooled.numerator,
        "pooled_denominator": pooled.denominator,
        "pooled_met": pooled.earned == 400_000,
        "mean_met": mean.earned == 400_000,
        "every_practice_met": every.earned == 400_000,
        "practices_meeting": sum(line.earned == 400_000 for line in each),
        "practices_total": len(each),
    }


@pytest.mark.parametrize("case", cases(LOCAL, "QTR-"))
def test_quarters_alone_and_the_year_to_date(case: Case, tmp_path: Path) -> None:
    """The same counts judged on each quarter alone and to date; taken back in the end where the contract allows it."""
    given, expected = case["inputs"], case["expected"]
    quarters = Year(2022).quarters[: len(given["quarters"])]
    counts = [("P1", "VACCINE", str(q), g["numerator"], g["denominator"]) for q, g in zip(quarters, given["quarters"], strict=True)]

    def lines(measured: str) -> Any:
        contract = filled("local_quarters", value=4 * F(given["quarterly_pot_gbp"]), measured=measured, target=given["target_percent"])
        return list(packaged(tmp_path, contract, quarters, {"N1": ["P1"]}, counts).lines_of())

    alone = lines("measured: quarter")
    to_date = lines("measured: year to date\n      catch_up: allowed\n      claw_back: none")
    taken_back = lines("measured: year to date\n      catch_up: allowed\n      claw_back: allowed")
    for quarter, own, dated in zip(expected["quarters"], alone, to_date, strict=True):
        agrees(
            quarter,
            standalone_percent=100 * own.achievement,
            standalone_payment_gbp=F(own.earned, 100),
            ytd_percent=100 * dated.achievement,
            ytd_payment_with_catch_up_no_clawback_gbp=F(dated.earned, 100),
        )
        assert (quarter["standalone_met"], quarter["ytd_met"]) == (own.share == 1, dated.share == 1)
        assert (quarter["ytd_numerator"], quarter["ytd_denominator"]) == (dated.numerator, dated.denominator)
    agrees(
        expected,
        standalone_total_gbp=F(sum(line.earned for line in alone), 100),
        ytd_total_gbp=F(sum(line.earned for line in to_date), 100),
    )
    last_met = expected["quarters"][-1]["ytd_met"]
    assert sum(line.earned for line in taken_back) == (300_000 if last_met else 0)


@pytest.mark.parametrize("case", cases(LOCAL, "TH-DISTRIB-LIST-NET5"))
def test_a_networks_payment_shared_by_lists(case: Case, tmp_path: Path) -> None:
    """£7,000 to five practices by their lists, no penny lost."""
    given, expected = case["inputs"], case["expected"]
    figures = [(p["practice_code"], "list", "2020/21", p["registered_patients"]) for p in given["practices"]]
    found = settled(tmp_path, filled("local_share_out", amount=given["amount_gbp"]), "2020/21", figures)
    assert expected["shares_gbp"] == {code: printed(found.paid(payee=code)[0], "0.00") for code in expected["shares_gbp"]}
    assert expected["total_list"] == found("all_patients")
    agrees(expected, sum_gbp=sum(found.paid(), F(0)))


@pytest.mark.parametrize("case", of_kind("upfront_incentive_split"))
def test_capacity_and_access_is_a_split(case: Case, tmp_path: Path) -> None:
    """£2.765 and £1.185 of £3.95 are 70% and 30%; support comes in twelve parts."""
    given = case["inputs"]
    contract = filled("local_capacity", upfront=given["upfront_gbp_per_patient"], incentive=given["incentive_gbp_per_patient"])
    figures = [("N1", "population", "2023-01-01", given["adjusted_population"])]
    found = settled(tmp_path, contract, "2023/24", figures)
    agrees(
        case["expected"],
        upfront_share=found("upfront_share"),
        incentive_share=found("incentive_share"),
        upfront_gbp=sum(found.paid("support"), F(0)),
        upfront_monthly_gbp=found.paid("support")[0],
        incentive_gbp=found.paid("incentive")[0],
    )


# Local schemes


@pytest.mark.parametrize("case", cases(LOCAL, "PRESC-BAND-"))
def test_prescribing_bands(case: Case, tmp_path: Path) -> None:
    """The shipped scheme with nothing but its budget bands earned; its bands are those of the case."""
    given, expected = case["inputs"], case["expected"]
    text = shipped("prescribing-quality-2015-16")
    for band in given["bands"][1:]:
        word = "above" if band["upper_percent"] is None else "at least"
        assert f"{word} {band['lower_percent']}%: £{printed(F(band['pence_per_patient'], 100), '0.00')}\n" in text
    spent = 1_000_000 * (1 - F(given["underspend_percent"]) / 100)
    figures = rows(P, "2015/16", patients=given["registered_patients"], budget="1000000.00", spent=spent, growth="3%")
    figures += rows(P, "2015/16", antibiotics="no", diabetes="no", polypharmacy="no") + rows("contract", "2015/16", england_growth="3%")
    found = settled(tmp_path, text, "2015/16", figures)
    assert expected["pence_per_patient"] == found("for_budget")
    agrees(expected, payment_gbp=found.paid()[0])


@pytest.mark.parametrize("case", cases(LOCAL, "DONC-STEP-"))
def test_admission_steps(case: Case, tmp_path: Path) -> None:
    """40p a patient for each whole 2% fewer admissions."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(P, "2014/15", patients=given["registered_patients"])
    figures += rows(P, "2014/15", admissions_before=given["baseline_admissions"], admissions=given["actual_admissions"])
    found = settled(tmp_path, shipped("emergency-admissions-steps-2014-15"), "2014/15", figures)
    assert (expected["steps"], expected["pence_per_patient"]) == (found("a_patient") / given["pence_per_step"], found("a_patient"))
    agrees(expected, reduction_percent=100 * found("fewer"), payment_gbp=found.paid()[0])


@pytest.mark.parametrize("case", cases(LOCAL, "UADES-TOLERANCE-"))
def test_a_register_with_a_tolerance(case: Case, tmp_path: Path) -> None:
    """2% is the target and 1.8% is paid; the list is of the first day of the quarter, the register of its last."""
    given, expected = case["inputs"], case["expected"]
    figures = [
        (P, "register", "2014-09-30", given["register_at_quarter_end"]),
        (P, "adult_list", "2014-07-01", given["adult_list_at_quarter_start"]),
    ]
    contract = filled("local_register_tolerance", threshold=given["payment_threshold_percent"])
    found = settled(tmp_path, contract, "Q2", figures)
    agrees(expected, percent=100 * found("part"))
    assert expected["component_payable"] == (found.paid() == [1])


@pytest.mark.parametrize("case", cases(LOCAL, "BCF-PRORATA-30"))
def test_ring_fenced_money_is_released_in_proportion(case: Case, tmp_path: Path) -> None:
    """Three tenths of the reduction, three tenths of the money."""
    given = case["inputs"]
    figures = rows(
        "H1", "2015/16", ring_fenced=given["quarterly_ring_fenced_sum_gbp"], achieved=given["share_of_target_reduction_achieved"]
    )
    found = settled(tmp_path, filled("local_ring_fence"), "2015/16", figures)
    agrees(case["expected"], released_to_pooled_fund_gbp=found.paid()[0], retained_by_ccg_gbp=found.paid(field="shortfall")[0])


@pytest.mark.parametrize("case", cases(LOCAL, "BCF-CUMULATIVE"))
def test_the_better_care_fund_to_date(case: Case, tmp_path: Path) -> None:
    """The shipped contract over four payment points: cumulative, capped at the plan, never repaid."""
    given, expected = case["inputs"], case["expected"]
    text = shipped("better-care-fund-2015-16")
    assert f"£{given['value_per_avoided_admission_gbp']}" in text
    figures = []
    for n, (planned, fewer) in enumerate(zip(given["planned_reduction"], given["actual_reduction"], strict=True), 1):
        figures += rows("H1", f"2015 Q{n}", expected_admissions=3000, planned_reduction=planned, admissions=3000 - fewer)
    found = settled(tmp_path, text, "2015", figures)
    for n, quarter in enumerate(expected["quarters"]):
        assert quarter["cum_actual_reduction"] == found("reduction", period=n)
        assert quarter["cum_planned_reduction"] == found("fund", period=n) / 100 / F(given["value_per_avoided_admission_gbp"])
        agrees(quarter, payment_gbp=found.paid()[n])
    agrees(
        expected,
        total_paid_gbp=sum(found.paid(), F(0)),
        fund_gbp=sum(found.paid(field="available"), F(0)),
        retained_gbp=sum(found.paid(field="shortfall"), F(0)),
    )


@pytest.mark.parametrize("case", cases(LOCAL, "BCF-RISKPOOL-ROTHERHAM"))
def test_a_shortfall_shared_by_the_payers(case: Case, tmp_path: Path) -> None:
    """£0.4m missed, half each."""
    given = case["inputs"]
    shares = {party: 100 * F(share) for party, share in given["risk_share"].items()}
    figures = rows("H1", "2015/16", at_stake=given["performance_money_gbp"], achieved=f"{given['achieved_share']}%")
    found = settled(tmp_path, filled("local_risk_share", **shares), "2015/16", figures)
    agrees(
        case["expected"],
        shortfall_gbp=found.pounds("short"),
        ccg_share_gbp=found.pounds("met_by.ccg"),
        council_share_gbp=found.pounds("met_by.council"),
    )


@pytest.mark.parametrize("case", cases(LOCAL, "CQUIN-FLU-"))
def test_a_cquin_indicator_on_a_sliding_scale(case: Case, tmp_path: Path) -> None:
    """Nothing at 60%, all at 80% and no more at 91%, of 0.25% of the contract."""
    given, expected = case["inputs"], case["expected"]
    contract = filled(
        "local_cquin_indicator",
        part=given["indicator_percent_of_contract"],
        lower=given["lower_threshold_percent"],
        upper=given["upper_threshold_percent"],
    )
    figures = rows("RX1", "2019/20", contract_value=given["contract_value_gbp"], uptake=f"{given['achieved_percent']}%")
    found = settled(tmp_path, contract, "2019/20", figures)
    assert F(expected["payment_share"]) == found("share")
    agrees(expected, payment_gbp=found.paid()[0])


@pytest.mark.parametrize("case", cases(LOCAL, "CQUIN-EQUAL-WEIGHT-"))
def test_cquin_in_equal_parts(case: Case, tmp_path: Path) -> None:
    """1.25% of the fixed payment in five parts, or in three that do not divide."""
    given = case["inputs"]
    contract = filled("local_cquin_equal", part=given["cquin_percent"], indicators=given["indicators"])
    found = settled(tmp_path, contract, "2022/23", rows("RX1", "2022/23", fixed_payment=given["fixed_payment_gbp"]))
    agrees(case["expected"], scheme_value_gbp=found.pounds("scheme"), per_indicator_gbp=found.paid()[0])


@pytest.mark.parametrize("case", cases(LOCAL, "CQUIN-COLCHESTER-2010"))
def test_cquin_earned_against_plan(case: Case, tmp_path: Path) -> None:
    """A shortfall of £447k to date, reported as £450k, and the plan for the year that the forecast implies."""
    given, expected = case["inputs"], case["expected"]
    figures = rows("RDE", "2010/11", budget=given["ytd_budget_gbp"], earned=given["ytd_delivered_gbp"])
    figures += rows("RDE", "2010/11", forecast=given["forecast_outturn_gbp"], missed=given["forecast_underachievement_gbp"])
    found = settled(tmp_path, filled("local_cquin_outturn"), "2010/11", figures)
    (short,) = found.paid(field="shortfall")
    agrees(expected, ytd_shortfall_gbp=short, implied_full_year_plan_gbp=found.pounds("full_year"))
    assert F(expected["ytd_shortfall_reported_rounded_gbp"]) == 10_000 * F(printed(short / 10_000, "0"))


def trust(year: str, quarter: int, allocation: object, met: Mapping[str, bool]) -> list[tuple[str, str, str, object]]:
    """A trust's figures of one quarter, each standard met on the dot or missed by a tenth of a per cent."""
    standards = {"rtt": F(92), "ae": F(95), "cancer": F(85), "diagnostics": F(99)}
    figures: dict[str, object] = {"control_total": "yes" if met["finance"] else "no"}
    for name, standard in standards.items():
        reached = met["cancer62" if name == "cancer" else name]
        figures[name] = f"{printed(standard if reached else standard - F(1, 10), '0.0')}%"
        if name != "diagnostics":
            figures[f"{name}_plan"] = f"{standard}%"
    return rows("RX1", f"{year} Q{quarter}", **figures) + ([("RX1", "allocation", year, allocation)] if quarter == 1 else [])


@pytest.mark.parametrize("case", cases(LOCAL, "STF-ALL", "STF-AE-MISSED"))
def test_sustainability_money_behind_its_gate(case: Case, tmp_path: Path) -> None:
    """The shipped contract: the control total, then the weights, on the first quarter of 2016/17."""
    given, expected = case["inputs"], case["expected"]
    text = shipped("stf-2016-17")
    for weight in given["weights_percent"].values():
        assert f"weight: {weight.removesuffix('.0')}%" in text
    found = settled(tmp_path, text, "2016/17 Q1", trust("2016/17", 1, given["annual_allocation_gbp"], given["met"]))
    assert expected["gate_passed"] == (found("share") == found("achieved"))
    agrees(
        expected,
        percent_earned=100 * found("share"),
        payment_gbp=found.paid()[0],
        forfeited_gbp=found.paid(field="shortfall")[0],
    )


@pytest.mark.parametrize("case", cases(LOCAL, "STF-PHASING-"))
def test_sustainability_money_by_quarters(case: Case, tmp_path: Path) -> None:
    """15%, 20%, 30% and 35% of the year from 2017/18, in the shipped contract, everything earned."""
    given, expected = case["inputs"], case["expected"]
    met = dict.fromkeys(("finance", "rtt", "ae", "cancer62", "diagnostics"), True)
    figures = [row for q in (1, 2, 3, 4) for row in trust("2017/18", q, given["annual_allocation_gbp"], met)]
    paid = settled(tmp_path, shipped("stf-2016-17"), "2017/18", figures).paid()
    agrees(expected, payment_gbp=paid[given["quarter"] - 1], cumulative_gbp=sum(paid[: given["quarter"]], F(0)))


@pytest.mark.parametrize("case", cases(LOCAL, "PQS-GATEWAY"))
def test_no_gateway_no_points(case: Case, tmp_path: Path) -> None:
    """The shipped contract: three of four criteria met, 80 points, nothing paid."""
    given = case["inputs"]
    text = shipped("community-pharmacy-quality-payments-2017-18")
    assert f"£{given['gbp_per_point']}.00" in text
    criteria = ("advanced_service", "choices_entry", "nhs_mail", "prescriptions")
    assert given["gateway_criteria_required"] == len(criteria)
    figures = [("PH1", name, "2017/18 Q1", "yes" if n < given["gateway_criteria_met"] else "no") for n, name in enumerate(criteria)]
    figures += [("PH1", "points", "2017/18 Q1", given["points_earned"]), ("contract", "pot", "2017/18", "75000000.00")]
    found = settled(tmp_path, text, "2017/18", figures)
    agrees(case["expected"], payable_gbp=sum(found.paid(), F(0)))


PREMIUM = ("avoidable_admissions", "years_of_life", "friends_and_family", "infections", "local_1", "local_2", "local_3")


def premium(folder: Path, population: int, earned: Sequence[str], breaches: int = 0, gates: bool = True) -> Any:
    """The shipped Quality Premium contract, settled."""
    figures = rows("CCG1", "2013/14", population=population, breaches=breaches, within_budget="yes" if gates else "no")
    figures += rows("CCG1", "2013/14", no_serious_failure="yes", **{m: "yes" if m in earned else "no" for m in PREMIUM})
    return settled(folder, shipped("quality-premium-2013-14"), "2013/14", figures)


@pytest.mark.parametrize("case", cases(LOCAL, "QP-FOUR-BREACHES", "QP-GATE"))
def test_quality_premium_breaches_and_gates(case: Case, tmp_path: Path) -> None:
    """All measures earned, and all of it lost: to four breaches, or to a gate."""
    given, expected = case["inputs"], case["expected"]
    assert len(given["earned"]) == len(PREMIUM)
    found = premium(tmp_path, given["ccg_population"], PREMIUM, given["constitution_breaches"], given["gates_passed"])
    agrees(
        expected,
        earned_percent=100 * found("achieved"),
        reduction_percent=100 * found("after_breaches.deducted") / found("earned_by_measures"),
        payment_gbp=found.paid()[0],
    )


@pytest.mark.parametrize("case", cases(LOCAL, "QP-LOCAL-SHARE"))
def test_quality_premium_of_local_measures(case: Case, tmp_path: Path) -> None:
    """37.5% for local measures, of the average group and of the average practice's patients."""
    given = case["inputs"]
    (tmp_path / "practice").mkdir()
    group = premium(tmp_path, given["ccg_population"], PREMIUM[4:])
    practice = premium(tmp_path / "practice", given["practice_list"], PREMIUM[4:])
    assert F(given["local_share_percent"]) == 100 * group("achieved")
    agrees(
        case["expected"],
        ccg_local_gbp=group.paid()[0],
        practice_total_gbp=practice.paid(field="available")[0],
        practice_local_gbp=practice.paid()[0],
    )


def immunised(folder: Path, five_in_one: str, menc: str, mmr: str) -> Any:
    """The shipped target payments over a year, with the same coverage in each quarter."""
    figures = [r for q in (1, 2, 3, 4) for r in rows(P, f"2005/06 Q{q}", five_in_one=f"{five_in_one}%", menc=f"{menc}%", mmr=f"{mmr}%")]
    return settled(folder, shipped("childhood-immunisation-targets-2005"), "2005/06", figures)


@pytest.mark.parametrize("case", cases(LOCAL, "IMMS-CLIFF-JUST-UNDER"))
def test_just_under_the_higher_target(case: Case, tmp_path: Path) -> None:
    """89.9% is paid a third of what 90% is, over the year."""
    given = case["inputs"]
    found = immunised(tmp_path, *[given["coverage_percent"]] * 3)
    agrees(case["expected"], payment_gbp=sum(found.paid(), F(0)))
    assert F(given["higher_gbp"]) == sum(found.paid(field="available"), F(0))


@pytest.mark.parametrize("case", cases(LOCAL, "IMMS-WEIGHTED-AVERAGE"))
def test_a_weighted_mean_of_vaccines(case: Case, tmp_path: Path) -> None:
    """95%, 92% and 80% at weights of a half and two quarters are 90.5%: the higher target."""
    given, expected = case["inputs"]["coverage_percent"], case["expected"]
    found = immunised(tmp_path, given["five_in_one"], given["menC"], given["mmr"])
    agrees(expected, weighted_percent=100 * found("coverage"))
    assert (expected["tier"] == "higher") == (found("share") == 1)


@pytest.mark.parametrize("case", cases(LOCAL, "PCN-CORE-TWO-BASES"))
def test_core_funding_on_two_lists(case: Case, tmp_path: Path) -> None:
    """Two prices on two populations, and what one list alone would have paid."""
    given = case["inputs"]
    contract = filled("local_two_bases", by_registered=given["gbp_per_registered"], by_adjusted=given["gbp_per_adjusted"])
    figures = [("N1", "registered", "2024-01-01", given["registered_list"]), ("N1", "adjusted", "2024-01-01", given["adjusted_population"])]
    found = settled(tmp_path, contract, "2024/25", figures)
    agrees(case["expected"], total_gbp=found.paid()[0], if_all_registered_gbp=found.pounds("all_registered"))


@pytest.mark.parametrize("case", cases(LOCAL, "PRORATA-DAYS"))
def test_a_part_of_a_quarter(case: Case, tmp_path: Path) -> None:
    """30 of 91 days, one of three months, or all of it."""
    given = case["inputs"]
    figures = rows("F84702", "2019/20 Q1", amount=given["quarterly_payment_gbp"], days=given["days_in_quarter"])
    figures += rows("F84702", "2019/20 Q1", active=given["days_active"], months=1)
    found = settled(tmp_path, filled("local_part_period"), "Q1", figures)
    agrees(
        case["expected"],
        payment_gbp=found.paid()[0],
        months_rule_1_of_3_gbp=found.pounds("by_months"),
        any_part_rule_gbp=found.pounds("any_part"),
    )


def test_an_advance_is_paid_before_anything_is_counted(tmp_path: Path) -> None:
    """QOF aspiration of April 2023 needs last year's achievement alone: 10,000 × 70% × 213.43 / 207.56 = 7,197.9668…, a twelfth 599.83. The year needs counts."""
    figures = rows(P, "2023/24", earned_last_year="10000.00")
    assert settled(tmp_path, shipped("qof-2023-24"), "2023-04", figures).paid() == [F("599.83")]
    with pytest.raises(UsageError, match="no activity file: the contract counts DM006"):
        settled(tmp_path, shipped("qof-2023-24"), "2023/24", figures)


# Decisions about indicators


def test_indicators_withdrawn_in_mid_year_and_their_money_moved(tmp_path: Path) -> None:
    """From October 2022 164 points offer and earn nothing, whatever was reached; 164 × £200 × 90% = £29,520 come in six months of £4,920."""
    figures = rows("N1", "2022/23", done="yes")
    found = settled(tmp_path, filled("iif_withdrawn"), "2022/23", figures, [("P1", "PC-01", "2022/23", 500, 50_000, 0)], {"P1": "N1"})
    assert found.paid("support") == [F(0)] * 6 + [F(4920)] * 6
    # 500 of 50,000 is 1%, half way from 0.8% to 1.2%: 10 of 20 points at £200.
    assert (found.paid("achievement"), found.paid("achievement", field="available")) == ([F(2000)], [F(4000)])
    assert found("scored.most_points") == 20
    assert found.line("ACC-05").note == "withdrawn: retired, decided 1 October 2022"


def test_what_is_set_needs_no_counts(tmp_path: Path) -> None:
    """ACC-08 without a single count has its 71 points; VI-02, counted at 81% (56.5 of 113), has the 40 of the year before. What was counted of both is not known."""
    counts = [("P1", "VI-02", "2023/24", 810, 1000, 0)]
    found = settled(tmp_path, filled("iif_set"), "2023/24", rows("N1", "2023/24", before=40), counts, {"P1": "N1"})
    assert (found("scored.points"), found.paid()) == (111, [F(111 * 198)])
    assert "scored.counted" not in found.of.entries[0].values
    assert (found.line("ACC-08").counted, found.line("VI-02").counted) == (None, F(113, 2))
    assert found.line("VI-02").note == "set to 40 points: income protected, decided 1 April 2024 (as counted: 56.5)"


def test_a_measure_stands_once_in_an_example(tmp_path: Path) -> None:
    """In a table with a row for each measure, a second row of one is refused: the later would silently have won."""
    text = filled("qof_factor") + (
        "examples:\n  - name: twice\n    given: |\n      measure | P1\n      own | 3%\n      national | 2%\n      own | 4%\n    expect: {factor: 3/2}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (proof,) = scheme_proofs(read_scheme(str(tmp_path / "contract.yaml")))
    assert [p.what for p in proof.problems] == ['refused: example: "own" stands in the table twice']


@needs_shared
def test_every_case_is_listed() -> None:
    """`docs/cases.md` names each case of the national and local schemes here, and where it is run."""
    page = (ROOT / "docs" / "cases.md").read_text("utf-8")
    ours = (
        "AGG-",
        "BCF-",
        "CQUIN-",
        "DONC-",
        "IMMS-",
        "PCN-",
        "PQS-",
        "PRESC-",
        "PRORATA-",
        "QP-",
        "QTR-",
        "STF-",
        "SUPPRESS-",
        "TH-",
        "UADES-",
    )
    ids = [p.values[0]["id"] for p in (*cases(QOF, ""), *cases(LOCAL, *ours))]
    assert [] == [i for i in ids if f"`{i}`" not in page]
    assert [] == [name for name in re.findall(r"\]\(\.\./(\S+?)\)", page) if not (ROOT / name).is_file()]
