"""Published cases of shared savings, marginal rates, pools and performance-based financing, each through a contract file and the engine that settles it.

`docs/cases.md` lists every case and where it runs.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from filled import ROOT, Settled, printed, settled, shipped
from published import SHARED, cases, needs_shared

from p4p.numbers.errors import ContractError, InputError
from p4p.numbers.exact import decimal

ABROAD, LOCAL = "abroad.json", "local_schemes.json"
P = "P1"

Case = dict[str, Any]

#: The cases that run here, by file.
RUN: dict[str, set[str]] = {ABROAD: set(), LOCAL: set()}

HEADING = """p4p: 1
contract: {name}
title: A published case
commissioner: as published
calendar: January to December
year: 2016
currency: USD
paid_to: organisation
settled: yearly
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
"""


def of(file: str, *ids: str) -> list[Any]:
    """Cases by id, as parameters of a test; noted as run."""
    RUN[file].update(ids)
    return cases(file, *ids)


def contract(name: str, **figures: object) -> str:
    """A contract of tests/cases/abroad.yaml under the common heading, with each «figure» in its place; figures of several lines stand below each other."""
    whole = (ROOT / "tests" / "cases" / "abroad.yaml").read_text("utf-8")
    body = textwrap.dedent(re.search(rf"^{name}:.*\n((?:  .*\n)+)", whole, re.MULTILINE)[1])  # type: ignore[index]
    for key, value in figures.items():
        assert f"«{key}»" in body, f"{name} has no place for {key}"
        body = re.sub(rf"^( *)«{key}»$", lambda m, lines=str(value): textwrap.indent(lines, m[1]), body, flags=re.MULTILINE)
        body = body.replace(f"«{key}»", str(value))
    assert not (left := re.findall("«.*?»", body)), f"{name} still needs {left}"
    said = set(re.findall(r"^(\w+):", body, re.MULTILINE))
    head = HEADING.format(name=name.replace("_", "-")).splitlines(keepends=True)
    return (
        "".join(line for line in head if line.partition(":")[0] not in said and not ("years" in said and line.startswith("year:"))) + body
    )


def rows(payee: str, period: object, **figures: object) -> list[tuple[str, str, str, object]]:
    """One payee's figures of one period."""
    return [(payee, measure, str(period), value) for measure, value in figures.items()]


def exactly(x: object) -> F:
    """A number of a case, as it is written."""
    return F(str(x))


def text(x: F) -> str:
    """An exact decimal."""
    return decimal(x, 12)


def pct(x: object) -> str:
    """A ratio of a case as a contract writes it."""
    return f"{text(exactly(x) * 100)}%"


def agrees(expected: Case, **found: F | int) -> None:
    """Each figure, printed as the case prints it, is the case's; figures printed by floating point are compared to nine decimals."""

    def like(x: object) -> str:
        return str(round(x, 9)) if isinstance(x, float) and len(str(x).partition(".")[2]) > 9 else str(x)

    assert {k: like(expected[k]) for k in found} == {k: printed(F(v), like(expected[k])) for k, v in found.items()}


def list_agrees(expected: Iterable[object], found: Iterable[F | int]) -> None:
    """A list of figures, each printed as the case prints it."""
    for n, (one, other) in enumerate(zip(expected, found, strict=True)):
        agrees({str(n): one}, **{str(n): other})


# Medicare shared savings: the shipped contract


def organisation(given: Case) -> list[tuple[str, str, str, object]]:
    """A published settlement's inputs as measures of the shipped contract.

    Where the case gives no members, or no minimum, they are stand-ins that its track does not look at.
    """
    benchmark, saving = exactly(given["benchmark_total"]), exactly(given["benchmark_minus_expenditure"])
    met = given.get("met_quality_standard", given.get("final_sharing_rate", 1) > 0)
    return rows(
        given.get("aco_id", P),
        given["performance_year"],
        track=given["track"],
        members=given.get("assigned_beneficiaries", 5000),
        benchmark=text(benchmark),
        expenditure=text(exactly(given.get("expenditure_total", benchmark - saving))),
        chosen_minimum=text(round(exactly(given.get("minimum_savings_rate", 0)), 12)),
        met_standard="yes" if met else "no",
        quality=pct(given["quality_score"]),
        disaster_offset=text(-exactly(given.get("disaster_adjustment", 0))),
    )


def medicare(folder: Path, given: Case) -> Settled:
    """A case through the shipped contract."""
    return settled(folder, shipped("medicare-shared-savings"), str(given["performance_year"]), organisation(given))


@pytest.mark.parametrize(
    "case",
    of(
        ABROAD,
        "mssp-py2016-limit-binds",
        "mssp-py2017-below-msr",
        "mssp-py2021-rounded-rates-look-equal",
        "mssp-py2021-quality-as-gate",
        "mssp-py2018-quality-multiplier-rounded",
    ),
)
def test_a_published_saving(case: Case, tmp_path: Path) -> None:
    """The rate on unrounded figures, what counts, what is shared before and after the cut, the cap after the cut, and what was paid."""
    expected, found = case["expected"], medicare(tmp_path, case["inputs"])
    agrees(expected, savings_rate=found("saving"), payment_limit=found.pounds("cap"))
    assert expected["passes_minimum_savings_rate"] == (found("counted") > 0)
    assert expected["generated_savings"] == found.pounds("counted")
    if expected["passes_minimum_savings_rate"]:  # the others show what a saving would have been worth that does not count
        agrees(expected, share_before_sequestration=found.pounds("shared"), share_after_sequestration=found.pounds("kept"))
    assert expected["limit_binds"] == (found("earned_gain.lost") > 0)
    assert abs(found.paid()[0] - expected["earned_shared_savings"]) <= expected["tolerance"]


@pytest.mark.parametrize("case", of(ABROAD, "mssp-py2014-quality-fail"))
def test_a_saving_without_quality(case: Case, tmp_path: Path) -> None:
    """The saving counts, and nothing of it is shared."""
    expected, found = case["expected"], medicare(tmp_path, case["inputs"])
    assert abs(found.pounds("counted") - expected["generated_savings"]) <= 1  # CMS's own column is a dollar off its own subtraction
    assert expected["final_sharing_rate"] == found("sharing_rate")
    assert [expected["earned_shared_savings"]] == found.paid()


@pytest.mark.parametrize(
    "case",
    of(
        ABROAD,
        "mssp-py2013-track2-loss",
        "mssp-py2016-track3-loss-floor",
        "mssp-py2018-track3-loss-quality-fail",
        "mssp-py2018-track1plus-fixed-loss-rate",
    ),
)
def test_a_published_loss(case: Case, tmp_path: Path) -> None:
    """The loss rate of the track, between its floor and its ceiling, and the disaster offset."""
    expected, found = case["expected"], medicare(tmp_path, case["inputs"])
    agrees(expected, shared_loss_rate=found("loss_rate"), shared_loss_before_adjustment=found.pounds("loss"))
    assert abs(found.paid()[0] - exactly(expected["earned_shared_loss"])) <= exactly(expected["tolerance"])


@pytest.mark.parametrize("case", of(ABROAD, "mssp-py2021-loss-waived"))
def test_a_waived_loss(case: Case, tmp_path: Path) -> None:
    """In the emergency a loss is worked out and not charged. The benchmark is a stand-in: the case gives the difference alone."""
    given, expected = case["inputs"], case["expected"]
    found = medicare(tmp_path, {**given, "benchmark_total": 40_000_000, "quality_score": 1})
    agrees(expected, shared_loss_before_waiver=found.pounds("loss"))
    assert expected["disaster_adjustment_published"] == int(found.pounds("loss"))
    assert found("charged_loss") == (1 - exactly(given["waiver_share"])) * found("limited_loss")
    assert [expected["earned_shared_loss"]] == found.paid()


@pytest.mark.parametrize("case", of(ABROAD, "mssp-enhanced-loss-rate-by-quality"))
def test_good_quality_lowers_a_loss(case: Case, tmp_path: Path) -> None:
    """1 less 75% of the score, from 40% to 75%; a failed standard is 75% whatever the score."""
    given, expected = case["inputs"], case["expected"]
    base = {"performance_year": 2018, "track": "enhanced", "benchmark_total": 1000000, "benchmark_minus_expenditure": -1000}
    figures = [r for n, q in enumerate(given["quality"]) for r in organisation({**base, "aco_id": f"Q{n}", "quality_score": q})]
    figures += organisation(
        {**base, "aco_id": "FAILED", "quality_score": given["fails_both_standards_quality"], "met_quality_standard": False}
    )
    found = settled(tmp_path, shipped("medicare-shared-savings"), "2018", figures)
    list_agrees(expected["shared_loss_rate"], [found("loss_rate", f"Q{n}") for n in range(len(given["quality"]))])
    agrees(expected, shared_loss_rate_if_failed=found("loss_rate", "FAILED"))


@pytest.mark.parametrize("case", of(ABROAD, "mssp-aco-own-site-series"))
def test_an_organisation_and_its_payer_publish_the_same(case: Case, tmp_path: Path) -> None:
    """Seven years, 26 cents apart at most."""
    own, official = case["inputs"]["aco_published"], case["expected"]["cms_published"]
    figures = [r for year in own for r in rows(P, year, own=text(exactly(own[year])), official=official[year])]
    apart = []
    for year in own:
        (tmp_path / year).mkdir()
        apart.append(settled(tmp_path / year, contract("published_twice"), year, figures).pounds("size"))
    agrees(case["expected"], max_abs_difference=max(apart))


@pytest.mark.parametrize("case", of(ABROAD, "mssp-py2014-weighted-per-capita"))
def test_spend_per_head_weighted_by_person_years(case: Case, tmp_path: Path) -> None:
    """Four enrolment types, weighted exactly."""
    given, expected = case["inputs"], case["expected"]
    years = {f"{kind}_years": value for kind, value in given["person_years"].items()}
    found = settled(tmp_path, contract("spend_per_head"), "2016", rows(P, 2016, **given["per_capita"], **years))
    agrees(expected, exact=found.pounds("per_head"))
    assert abs(found.paid()[0] - expected["per_capita_total"]) <= expected["tolerance"]


@pytest.mark.parametrize("case", of(ABROAD, "aco-absolute-vs-percent-update"))
def test_an_amount_and_a_rate_update_differently(case: Case, tmp_path: Path) -> None:
    """$350 on $10,000 is 3.5%: on a benchmark of $12,000 that is $70 more."""
    given = case["inputs"]
    figures = rows(
        P, 2016, per_head=given["benchmark_per_capita"], national=given["national_per_capita"], growth=given["national_growth_amount"]
    )
    found = settled(tmp_path, contract("benchmark_update"), "2016", figures)
    agrees(
        case["expected"],
        updated_absolute=found.pounds("absolute"),
        updated_percentage=found.pounds("percentage"),
        difference=found.pounds("difference"),
    )


@pytest.mark.parametrize("case", of(ABROAD, "reach-professional-corridors-savings", "reach-global-discount"))
def test_savings_run_through_corridors(case: Case, tmp_path: Path) -> None:
    """Each part of a saving at the rate of its corridor, after the discount."""
    given, expected = case["inputs"], case["expected"]
    edges = [f"up to {pct(end)}: {pct(rate)}" if end else f"beyond: {pct(rate)}" for _, end, rate in given["corridors"]]
    benchmark = given.get("benchmark_before_discount", given.get("benchmark"))
    text_of = contract("corridors", discount=pct(given.get("discount", 0)), bands=", ".join(edges))
    found = settled(tmp_path, text_of, "2016", rows(P, 2016, benchmark=benchmark, expenditure=given["expenditure"]))
    agrees(expected, shared_savings=found.paid()[0])
    if "by_corridor" in expected:
        list_agrees(expected["by_corridor"], [found.pounds(f"shared.corridor_{n}") for n in (1, 2, 3)])
        assert found("shared.corridor_4") == 0
    else:
        agrees(expected, benchmark=found.pounds("discounted"), savings=found.pounds("saving"))


@pytest.mark.parametrize("case", of(ABROAD, "pioneer-year3-half-prospective"))
def test_half_of_the_income_in_advance(case: Case, tmp_path: Path) -> None:
    """The shipped Pioneer contract in its third year; benchmark and spend, of which the case says nothing, are equal, so that nothing is shared."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(
        P,
        2014,
        beneficiaries=given["aligned_beneficiaries"],
        head_2009=2000,
        head_2010=2000,
        head_2011=2000,
        spent=2000 * given["aligned_beneficiaries"],
        expected_fees=given["expected_ffs_revenue"],
        fees=given["actual_activity_ffs_value"],
    )
    found = settled(tmp_path, shipped("pioneer-aco"), "2014", [*figures, ("contract", "national_growth", "2014", 0)])
    agrees(
        expected,
        pbpm=found.pounds("each_month"),
        prospective_paid=sum(found.paid("prospective")),
        ffs_paid=sum(found.paid("fee_for_service")),
        total_paid=sum(found.paid()),
    )
    assert len(found.paid("prospective")) == given["months"]


@pytest.mark.parametrize("case", of(ABROAD, "mssp-2025-alternative-quality-standard"))
def test_full_scaled_or_nothing(case: Case, tmp_path: Path) -> None:
    """A score that misses the standard and meets the alternative one scales the rate."""
    given = case["inputs"]
    alternative = "yes" if given["meets_alternative"] else "no"
    figures = rows(P, 2016, savings=given["savings"], quality=given["quality_score"], meets_alternative=alternative)
    filled_in = contract("quality_standard", most_rate=pct(given["max_sharing_rate"]), standard=pct(given["standard"]))
    found = settled(tmp_path, filled_in, "2016", figures)
    agrees(case["expected"], final_sharing_rate=found("rate"), share_before_sequestration=found.paid()[0])


@pytest.mark.parametrize("case", of(ABROAD, "mssp-half-rate-below-minimum"))
def test_half_the_rate_below_the_minimum(case: Case, tmp_path: Path) -> None:
    """A small organisation that saves too little for the full rate has half of it."""
    given, expected = case["inputs"], case["expected"]
    revenue = "yes" if given["low_revenue"] else "no"
    figures = rows(
        P,
        2016,
        benchmark=given["benchmark"],
        expenditure=given["expenditure"],
        members=given["assigned_beneficiaries"],
        low_revenue=revenue,
    )
    filled_in = contract("half_rate", minimum=pct(given["minimum_savings_rate"]), most_rate=pct(given["max_sharing_rate"]))
    found = settled(tmp_path, filled_in, "2016", figures)
    assert expected["passes_minimum_savings_rate"] == (found("saving.saving") >= found("minimum"))
    agrees(expected, final_sharing_rate=found("rate"), share_before_sequestration=found.paid()[0])


# Hospitals and physicians


@pytest.mark.parametrize("case", of(ABROAD, "hrrp-besler-fy2016"))
def test_a_readmission_penalty(case: Case, tmp_path: Path) -> None:
    """Base payments times what the factor is below 1, to the dollar."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(P, 2016, base=given["base_operating_payments"], factor=given["adjustment_factor"])
    found = settled(tmp_path, contract("readmission_penalty"), "2016", figures)
    agrees(expected, exact=found.pounds("penalty"), penalty=found.paid()[0])


@pytest.mark.parametrize("case", of(ABROAD, "hrrp-formula"))
def test_only_excess_readmissions_count(case: Case, tmp_path: Path) -> None:
    """A ratio below 1 gives no credit."""
    given = case["inputs"]
    figures = [("contract", "all_payments", "2016", given["all_discharge_payments"])]
    for condition, base in given["base_payments"].items():
        figures += rows(condition, 2016, base=base, excess_ratio=given["excess_ratio"][condition])
    found = settled(tmp_path, contract("readmissions", floor=pct(given["floor"])), "2016", figures)
    agrees(
        case["expected"],
        excess_payments=found.pounds("excess_payments"),
        adjustment_factor=found("factor"),
        annual_penalty=found.pounds("penalty"),
    )


@pytest.mark.parametrize("case", of(ABROAD, "hrrp-floor-binds"))
def test_the_factor_has_a_floor(case: Case, tmp_path: Path) -> None:
    """Excess payments as given: a base of that amount at twice the expected readmissions."""
    given = case["inputs"]
    figures = [*rows("ALL", 2016, base=given["excess_payments"], excess_ratio=2)]
    figures += [("contract", "all_payments", "2016", given["all_discharge_payments"])]
    found = settled(tmp_path, contract("readmissions", floor=pct(given["floor"])), "2016", figures)
    agrees(case["expected"], raw_factor=found("raw_factor"), adjustment_factor=found("factor"))


@pytest.mark.parametrize("case", of(ABROAD, "hvbp-reweight-missing-domain"))
def test_a_missing_domain_leaves_its_weight_to_the_others(case: Case, tmp_path: Path) -> None:
    """A hospital that scores 1 in one domain and 0 in the others shows that domain's weight; nobody has a score for efficiency."""
    given, expected = case["inputs"], case["expected"]
    figures = [(hospital, domain, "2016", int(hospital == domain)) for hospital in given["scorable"] for domain in given["scorable"]]
    found = settled(tmp_path, contract("domains", **{d: pct(w) for d, w in given["weights"].items()}), "2016", figures)
    agrees(expected["weights_percent"], **{domain: 100 * found("score", domain) for domain in given["scorable"]})


@pytest.mark.parametrize("case", of(ABROAD, "mips-linear-scale", "mips-scaling-budget-neutral"))
def test_a_line_through_a_threshold(case: Case, tmp_path: Path) -> None:
    """Nothing at the threshold, everything at 0 and 100, the full loss up to a quarter of the threshold; gains scaled to the losses."""
    given, expected = case["inputs"], case["expected"]
    scored = given.get("positive", []) + given.get("negative", []) or [(score, 100) for score in given["scores"]]
    figures = [r for n, (score, charges) in enumerate(scored) for r in rows(f"C{n}", 2016, score=score, charges=charges)]
    filled_in = contract(
        "score_adjustment",
        threshold=given["threshold"],
        most=given["applicable_percent"],
        most_scaling=text(exactly(given.get("max_scaling", 3))),
    )
    found = settled(tmp_path, filled_in, "2016", figures)
    if "scores" in given:
        list_agrees(expected["adjustment_percent"], [100 * found("rate", f"C{n}") for n in range(len(scored))])
    else:
        agrees(
            expected,
            total_decrease=found.pounds("losses"),
            total_unscaled_increase=found.pounds("gains"),
            scaling_factor=found("scaling"),
        )
        assert sum(found.paid()) == 0  # what is given is what is taken


@pytest.mark.parametrize("case", of(ABROAD, "etc-step-table-facility"))
def test_a_step_table_with_periods(case: Case, tmp_path: Path) -> None:
    """Bands whose upper edge belongs to them, each with a value by period of the model."""
    given = case["inputs"]
    lookups, bands = [], []
    for n, (edge, *percents) in enumerate(given["table_upper_bound_then_percent_by_period"], 1):
        cells = ", ".join(f"{period}: {percent}%" for period, percent in zip(given["periods"], percents, strict=True))
        lookups.append(f"band_{n}: {{kind: lookup, by: [model_period], rows: {{{cells}}}, otherwise: refuse}}")
        bands.append(f"at most {edge}: band_{n}")
    figures = [r for n, (score, period) in enumerate(given["lookups"]) for r in rows(f"F{n}", 2016, score=score, model_period=period)]
    found = settled(tmp_path, contract("step_table", lookups="\n".join(lookups), bands=", ".join(bands)), "2016", figures)
    list_agrees(case["expected"]["adjustment_percent"], [100 * found("rate", f"F{n}") for n in range(len(given["lookups"]))])


@pytest.mark.parametrize("case", of(ABROAD, "cjr-stop-gain"))
def test_a_gain_is_limited(case: Case, tmp_path: Path) -> None:
    """Later costs change nothing until they have used up what the limit took away."""
    given = case["inputs"]
    base = {"reconciliation": given["reconciliation_amount"], "limit": given["stop_gain_limit"]}
    figures = [r for n, cost in enumerate(given["later_cost_increase"]) for r in rows(f"H{n}", 2016, **base, later_cost=cost)]
    found = settled(tmp_path, contract("stop_gain"), "2016", figures)
    list_agrees(case["expected"]["payment"], found.paid())


@pytest.mark.parametrize("case", of(ABROAD, "dsrip-gap-to-goal"))
def test_a_ramp_from_half_the_target(case: Case, tmp_path: Path) -> None:
    """Nothing below half of the target, all of it at the target, a straight line between."""
    given = case["inputs"]
    target = given["reduction_target"]
    figures = [r for n, x in enumerate(given["actual_reduction"]) for r in rows(f"S{n}", 2016, reduction=x, target=target)]
    found = settled(tmp_path, contract("gap_to_goal", start=pct(given["ramp_start_share"])), "2016", figures)
    list_agrees(case["expected"]["measure_score"], [found("share", f"S{n}") for n in range(len(given["actual_reduction"]))])


@pytest.mark.parametrize("case", of(LOCAL, "GAPTOGOAL-75"))
def test_three_quarters_of_the_target_score_a_half(case: Case, tmp_path: Path) -> None:
    """The clause's own worked example."""
    given = case["inputs"]
    target = F(given["reduction_target"])
    figures = rows(P, 2016, reduction=text(target * F(given["actual_reduction_share_of_target"])), target=text(target))
    found = settled(tmp_path, contract("gap_to_goal", start=pct(given["lower_share"])), "2016", figures)
    assert F(case["expected"]["score_share"]) == found("share")


@pytest.mark.parametrize("case", of(ABROAD, "dsrip-raw-point-cap"))
def test_borrowed_points_are_capped(case: Case, tmp_path: Path) -> None:
    """The better of one's own rate and the state's, at most ten points above one's own."""
    given, expected = case["inputs"], case["expected"]
    figures = [r for m in given["measures"] for r in rows(m["id"], 2016, own=m["own"], median=m["state_median"])]
    found = settled(tmp_path, contract("raw_point_cap", cap=text(exactly(given["raw_point_cap"]))), "2016", figures)
    ids = [m["id"] for m in given["measures"]]
    list_agrees(expected["rate_used"], [found("used", m) for m in ids])
    assert expected["capped"] == [found("used.lost", m) > 0 for m in ids]


# Performance-based financing


@pytest.mark.parametrize("case", of(ABROAD, "pbf-burkina-threshold-multiplier", "openrbf-quality-bonus-strict"))
def test_a_quality_bonus_from_a_score_on(case: Case, tmp_path: Path) -> None:
    """From 50% on in Burkina Faso, above 50% in OpenRBF: which side of the edge pays is in the contract."""
    given, expected = case["inputs"], case["expected"]
    strict = "threshold" in given
    scores = [exactly(q) / 100 if strict else exactly(q) for q in given.get("quality", given.get("quality_score"))]
    quantity = given.get("quarterly_subsidies", given.get("quantity_amount"))
    filled_in = contract("quality_bonus", envelope=pct(given.get("envelope_share", 1)), edge="above" if strict else "at least")
    figures = [r for n, q in enumerate(scores) for r in rows(f"F{n}", 2016, quantity=quantity, quality=text(q))]
    list_agrees(expected["bonus" if strict else "quality_bonus"], settled(tmp_path, filled_in, "2016", figures).paid())


@pytest.mark.parametrize("case", of(ABROAD, "pbf-djibouti-carrot-and-stick"))
def test_a_bonus_and_a_penalty(case: Case, tmp_path: Path) -> None:
    """The two points of the table that are published."""
    given = case["inputs"]
    figures = [r for n, q in enumerate(given["quality_score"]) for r in rows(f"F{n}", 2016, quantity=given["quantity_amount"], quality=q)]
    list_agrees(case["expected"]["quality_adjustment"], settled(tmp_path, contract("carrot_and_stick"), "2016", figures).paid())


@pytest.mark.parametrize("case", of(ABROAD, "pbf-drc-isolation-bonus"))
def test_remote_facilities_earn_more(case: Case, tmp_path: Path) -> None:
    """The amount times the factor of the zone."""
    given = case["inputs"]
    figures = [
        r
        for n, factor in enumerate(given["isolation_factor"])
        for r in rows(f"F{n}", 2016, quantity=given["quantity_amount"], isolation_factor=factor)
    ]
    list_agrees(case["expected"]["payment"], settled(tmp_path, contract("isolation"), "2016", figures).paid())


@pytest.mark.parametrize("case", of(ABROAD, "openrbf-regulator-budget"))
def test_an_administration_is_paid_by_its_score(case: Case, tmp_path: Path) -> None:
    """A quarter of the year's budget times the score."""
    given = case["inputs"]
    figures = []
    for n, q in enumerate(given["quality"]):
        figures += [*rows(f"R{n}", 2016, annual_budget=given["annual_budget"]), (f"R{n}", "quality", "2016 Q1", pct(exactly(q) / 100))]
    list_agrees(case["expected"]["quarter_payment"], settled(tmp_path, contract("score_budget"), "2016 Q1", figures).paid())


@pytest.mark.parametrize("case", of(ABROAD, "orbf-zone-split-by-population"))
def test_a_pot_by_population(case: Case, tmp_path: Path) -> None:
    """Exact parts as published, and parts to the cent that add up to the pot."""
    given, expected = case["inputs"], case["expected"]
    figures = [("contract", "zone_amount", "2016", given["zone_amount"])]
    figures += [(code, "population", "2016", people) for code, people in given["population"].items()]
    found = settled(tmp_path, contract("zone_split", divide_by=given["divide_by"]), "2016", figures)
    assert {code: F(x) for code, x in expected["exact_payment"].items()} == {c: found.pounds("exact", c) for c in given["population"]}
    agrees(expected["weight"], **{code: found("weight", code) for code in given["population"]})
    agrees(expected["payment"], **{code: found.pounds("exact", code) for code in given["population"]})
    agrees(expected, zone_total_population=found("people"), zone_total_payment=sum(found.paid()))


@pytest.mark.parametrize("case", of(ABROAD, "orbf-quarterly-value-in-monthly-package"))
def test_a_quarterly_figure_in_a_monthly_payment(case: Case, tmp_path: Path) -> None:
    """What was verified in the quarter, less what was declared in the month."""
    given, expected = case["inputs"], case["expected"]
    figures = [(P, "verified", "2016 Q1", given["verified_quarter"])]
    for n, declared in enumerate(given["declared_by_month"], 1):
        figures += rows(P, f"2016-{n:02}", declared=declared, declared_so_far=declared, months_so_far=1)
    found = settled(tmp_path, contract("quarter_in_month", price=given["price"]), "2016 Q1", figures)
    for step in ("package_total", "monthly_quantity_production", "quarterly_quantity_production"):
        list_agrees(expected[step], [found(step, period=n) for n in range(3)])


@pytest.mark.parametrize("case", of(ABROAD, "orbf-verification-discrepancy", "orbf-verification-other-activity-untouched"))
def test_a_month_declared_too_high_costs_the_quarter(case: Case, tmp_path: Path) -> None:
    """Over 5% more claimed than verified is a sanction on that activity; what nobody verified is none."""
    given, expected = case["inputs"], case["expected"]
    figures = [
        (P, f"{what}_{n}", "2016 Q1", value)
        for what in ("claimed", "verified", "validated")
        for n, value in enumerate(given[what], 1)
        if value is not None
    ]
    found = settled(tmp_path, contract("verification", tolerance=given["tolerance_percent"]), "2016 Q1", figures)
    assert expected["quarter_multiplier"] == found("multiplier")
    list_agrees(expected["amount"], [found(f"amount_{n}") for n in (1, 2, 3)])
    if "monthly_sanction" in expected:
        agrees(expected, difference_percent_month1=100 * found("difference_1"))
        list_agrees(expected["monthly_sanction"], [found(f"sanction_{n}") for n in (1, 2, 3)])
    else:
        list_agrees(expected["difference_percent"], [100 * found(f"difference_{n}") for n in (1, 2, 3)])


@pytest.mark.parametrize("case", of(ABROAD, "orbf-liberia-facility-score"))
def test_a_score_of_nine_capped_indicators(case: Case, tmp_path: Path) -> None:
    """Below 75% of its target an indicator counts nothing, above it up to its cap."""
    given, expected = case["inputs"], case["expected"]
    indicators = zip(given["achieved"], given["target"], given["weight"], given["cap_percent"], strict=True)
    figures = [r for n, (a, t, w, c) in enumerate(indicators) for r in rows(f"I{n}", 2016, achieved=a, target=t, weight=w, cap=f"{c}%")]
    found = settled(tmp_path, contract("facility_score", floor=pct(given["floor"])), "2016", figures)
    list_agrees(expected["allowed"], [found("allowed", f"I{n}") for n in range(9)])
    agrees(expected, score=found("score"))
    assert F(expected["score_exact"]) == found("score")


@pytest.mark.parametrize("case", of(ABROAD, "orbf-rolling-window-with-gaps"))
def test_a_rolling_window_counts_its_gaps(case: Case, tmp_path: Path) -> None:
    """Six months, those without a figure counted as nothing, and how many had one: the whole mean over that of the months given."""
    given, expected = case["inputs"], case["expected"]
    window = given["window_months"]
    measures = [f"month_{n}: {{title: A month, unit: number, measured: for the year, missing: 0}}" for n in range(window)]
    measures += [f"given_{n}: {{title: A month, unit: number, measured: for the year}}" for n in range(window)]
    parts = ", ".join(f"part_{n}: {{of: given_{n}, weight: 1/{window}}}" for n in range(window))
    months = ", ".join(f"month_{n}" for n in range(window))
    filled_in = contract("rolling_window", measures="\n".join(measures), all=months, parts=parts, window=window)
    figures = []
    for end in given["evaluated"]:
        last = int(end[:4]) * 12 + int(end[4:]) - 1
        for n, month in enumerate(range(last - window + 1, last + 1)):
            value = given["consumed"].get(f"{month // 12}{month % 12 + 1:02}")
            if value is not None:
                figures += rows(end, 2016, **{f"month_{n}": value, f"given_{n}": value})
    found = settled(tmp_path, filled_in, "2016", figures)
    list_agrees(expected["average"], [found("average", end) for end in given["evaluated"]])
    list_agrees(expected["months_with_data"], [found("months_with_data", end) for end in given["evaluated"]])


@pytest.mark.parametrize("case", of(ABROAD, "orbf-decision-table"))
def test_the_most_particular_row_decides(case: Case, tmp_path: Path) -> None:
    """The row with the fewest wildcards; no row is no answer; outside its quarters the table holds nothing."""
    given, expected = case["inputs"], case["expected"]
    table = ", ".join(f"{' '.join(words)}: {gives}" for *words, gives in given["rows"])
    span = {"2020Q1": "2020-01-01", "2020Q3": "2020-09-30"}
    filled_in = contract("decision_table", rows=table, **{"from": span[given["valid_from"]], "to": span[given["valid_to"]]})

    def looked_up(words: dict[str, str], quarter: str) -> F | None:
        folder = tmp_path / f"{'-'.join(words.values())}-{quarter}"
        folder.mkdir(exist_ok=True)
        try:
            return settled(folder, filled_in, quarter, rows(P, quarter[:4], **words))("bonus")
        except InputError:
            return None

    assert expected["equity_bonus"] == [looked_up(words, "2020 Q1") for words in given["lookups"]]
    known = given["lookups"][0]
    quarters = [f"{q[:4]} {q[4:]}" for q in given["period_checks"]]
    assert expected["period_matches"] == [looked_up({**known, "level_3": "kk"}, f"{q}") is not None for q in quarters]


@pytest.mark.parametrize("case", of(ABROAD, "hesabu-score-table"))
def test_a_band_holds_from_its_lower_edge(case: Case, tmp_path: Path) -> None:
    """2 is in the band from 2; beyond the last band is the default."""
    given = case["inputs"]
    bands = ", ".join(f"at least {low}: {gives}" for low, _, gives in given["bands"])
    end = given["bands"][-1][1]
    filled_in = contract("score_table", bands=f"{bands}, at least {end}: {given['default']}", default=given["default"])
    figures = [(f"V{v}", "score", "2016", v) for v in given["values"]]
    found = settled(tmp_path, filled_in, "2016", figures)
    list_agrees(case["expected"]["result"], [found("points", f"V{v}") for v in given["values"]])


@pytest.mark.parametrize("case", of(ABROAD, "hesabu-rounding-functions"))
def test_roundings(case: Case, tmp_path: Path) -> None:
    """To decimals and to multiples, up, down and towards zero, negative numbers too."""
    modes = {"round": "half-up", "floor": "downwards", "ceiling": "upwards", "trunc": "towards zero"}
    steps = []
    for n, (function, value, to) in enumerate(case["inputs"]["calls"]):
        unit = "1" if to is None else text(F(1, 10**to)) if function in ("round", "trunc") else str(to)
        steps.append(f"call_{n}: {{kind: rounded, of: {value}, to: {unit}, mode: {modes[function]}}}")
    found = settled(tmp_path, contract("rounding", steps="\n".join(steps)), "2016", [(P, "unused", "2016", 0)])
    list_agrees(case["expected"]["result"], [found(f"call_{n}") for n in range(len(steps))])


@pytest.mark.parametrize("case", of(ABROAD, "hesabu-equation-order"))
def test_equations_stand_in_order(case: Case, tmp_path: Path) -> None:
    """Steps work on what stands before them; a name that is nothing's, a divisor of nothing and a circle are refused, with the step at fault."""
    steps = {"a": "{kind: sum, of: [10]}", "b": "{kind: sum, of: [10, a]}", "c": "{kind: sum, of: [a, b]}"}

    def written(steps: dict[str, str]) -> str:
        return contract("equations", steps="\n".join(f"{n}: {s}" for n, s in steps.items()), last=next(reversed(steps)))

    def refused(name: str, steps: dict[str, str]) -> str:
        (tmp_path / name).mkdir()
        with pytest.raises((ContractError, InputError)) as e:
            settled(tmp_path / name, written(steps), "2016", [(P, "unused", "2016", 0)])
        return str(e.value)

    found = settled(tmp_path, written(steps), "2016", [(P, "unused", "2016", 0)])
    agrees(case["expected"]["solution"], **{name: found(name) for name in steps})
    assert 'nothing is called "missing_var" here' in refused("name", {"a": "{kind: product, of: [missing_var, 1]}"})
    divided = refused("zero", {"a": "{kind: sum, of: [0]}", "b": "{kind: ratio, of: 10, to: a, if_zero: refuse}"})
    assert "b: a is zero, and nothing is divided by zero" in divided
    circle = {
        "a": "{kind: ratio, of: 10, to: bc, if_zero: refuse}",
        "b": "{kind: sum, of: [a]}",
        "c": "{kind: sum, of: [1]}",
        "bc": "{kind: product, of: [b, c]}",
    }
    assert 'step "a" works on "bc", which stands after it' in refused("circle", circle)


@pytest.mark.parametrize("case", of(ABROAD, "openimis-weighted-capitation"))
def test_a_budget_by_four_keys(case: Case, tmp_path: Path) -> None:
    """Each key's part of the whole, weighted; keys of no weight need no figures."""
    given, expected = case["inputs"], case["expected"]
    keys = given["weights_percent"]
    parts = [f"all_{k}: {{kind: total, of: {k}}}" for k in keys]
    parts += [f"part_{k}: {{kind: ratio, of: {k}, to: all_{k}, if_zero: 0%}}" for k in keys]
    weights = ", ".join(f"by_{k}: {{of: part_{k}, weight: {w}%}}" for k, w in keys.items())
    filled_in = contract("weighted_capitation", share=given["share_contribution_percent"], parts="\n".join(parts), weights=weights)
    figures = [("contract", "allocated", "2016", given["allocated_contribution"])]
    figures += [r for code, figures_of in given["facilities"].items() for r in rows(code, 2016, **figures_of)]
    found = settled(tmp_path, filled_in, "2016", figures)
    agrees(expected["capitation_payment"], **{code: found.pounds("payment", code) for code in given["facilities"]})
    agrees(expected, total=sum(found.paid()))


@pytest.mark.parametrize("case", of(ABROAD, "plp-annual-target-per-month"))
def test_a_target_spread_over_months(case: Case, tmp_path: Path) -> None:
    """A month's work against a twelfth, or a sixtieth, of the population."""
    given = case["inputs"]["cases"]
    figures = [
        r for n, c in enumerate(given) for r in rows(f"C{n}", 2016, numerator=c["numerator"], people=c["population"], months=c["months"])
    ]
    found = settled(tmp_path, contract("monthly_target"), "2016", figures)
    list_agrees(case["expected"]["achievement_percent_1dp"], [100 * found("achievement", f"C{n}") for n in range(len(given))])


# A commercial contract of the HL7 guide


@pytest.mark.parametrize("case", of(ABROAD, "vbpr-gap-closure-tiered-rate"))
def test_gaps_closed_by_number_of_conditions(case: Case, tmp_path: Path) -> None:
    """Members who closed a gap, times the rate of their band."""
    given, expected = case["inputs"], case["expected"]
    bands = range(1, len(given["condition_band"]) + 1)
    measures = [f"closed_{n}: {{title: Members who closed a gap, unit: number, measured: for the year}}" for n in bands]
    services = ", ".join(f"band_{n}: {{title: Band {n}, units: closed_{n}, price: ${given['rate'][n - 1]}.00}}" for n in bands)
    figures = rows(P, 2016, **{f"closed_{n}": given["members_with_one_gap_closed"][n - 1] for n in bands})
    found = settled(tmp_path, contract("gap_closure", measures="\n".join(measures), services=services), "2016", figures)
    list_agrees(expected["earned_by_band"], [found.pounds(f"earned.band_{n}") for n in bands])
    agrees(expected, earned_total=found.paid()[0])


@pytest.mark.parametrize("case", of(ABROAD, "vbpr-care-coordination-pmpm"))
def test_a_fee_for_each_member_and_month(case: Case, tmp_path: Path) -> None:
    """5 for each member month, for the whole and for each part of it."""
    given, expected = case["inputs"], case["expected"]
    figures = [(code, "member_months", "2016", months) for code, months in given["member_months"].items()]
    found = settled(tmp_path, contract("coordination_fee", fee=given["fee_pmpm"]), "2016", figures)
    agrees(expected["fee"], **{code: found.pounds("fee", code) for code in given["member_months"]})


@pytest.mark.parametrize("case", of(ABROAD, "vbpr-cost-target-share-of-revenue"))
def test_a_cost_target_as_a_share_of_revenue(case: Case, tmp_path: Path) -> None:
    """Target less cost, cost as a part of revenue, and per member and month."""
    given, expected = case["inputs"], case["expected"]
    figures = [(code, what, "2016", x) for what in ("revenue", "cost", "member_months") for code, x in given[what].items()]
    found = settled(tmp_path, contract("cost_target", share=pct(given["target_share_of_revenue"])), "2016", figures)
    for code in given["revenue"]:
        agrees({code: expected["cost_target"][code]}, **{code: found.pounds("cost_target", code)})
        agrees({code: expected["variance"][code]}, **{code: found.pounds("variance", code)})
        agrees({code: expected["spend_percent_of_revenue_1dp"][code]}, **{code: 100 * found("spend_of_revenue", code)})
        agrees({code: expected["cost_pmpm"][code]}, **{code: found.pounds("cost_pmpm", code)})


@pytest.mark.parametrize("case", of(ABROAD, "vbpr-asymmetric-share-not-additive"))
def test_where_gains_and_losses_are_netted_is_money(case: Case, tmp_path: Path) -> None:
    """Half of a surplus and 80% of a deficit: settled for each cohort -430, settled once -400."""
    given, expected = case["inputs"], case["expected"]
    filled_in = contract("asymmetric_share", surplus=pct(given["share_of_surplus"]), deficit=pct(given["share_of_deficit"]))
    found = settled(tmp_path, filled_in, "2016", [(code, "variance", "2016", x) for code, x in given["variance"].items()])
    agrees(expected["settlement"], **{code: found.pounds("share", code) for code in given["variance"]})
    (tmp_path / "cohorts").mkdir()
    cohorts = [(code, "variance", "2016", given["variance"][code]) for code in ("hmo", "ppo")]
    agrees(expected, sum_of_cohorts=sum(settled(tmp_path / "cohorts", filled_in, "2016", cohorts).paid()))


# English local schemes: shipped contracts


@pytest.mark.parametrize("case", of(LOCAL, "MRET-30-ABOVE", "MRET-50-ABOVE", "MRET-70-ABOVE", "MRET-BELOW"))
def test_the_emergency_marginal_rate(case: Case, tmp_path: Path) -> None:
    """The rate of the year is the contract's dated value: 30% in 2013/14, 50% as proposed for 2015/16, 70% in 2017/18."""
    given, expected = case["inputs"], case["expected"]
    year = {"0.30": "2013/14", "0.50": "2015/16", "0.70": "2017/18"}[given["marginal_rate"]]
    figures = rows(P, year, value_2008_09=given["baseline_value_gbp"], emergency_value=given["actual_value_at_tariff_gbp"])
    found = settled(tmp_path, shipped("emergency-marginal-rate"), year, figures)
    agrees(expected, payment_gbp=found.paid()[0], retained_for_demand_management_gbp=found.pounds("payment.retained"))


@pytest.mark.parametrize("case", of(LOCAL, "API-2022-FINAL-DOWN", "API-2022-FINAL-UP"))
def test_aligned_payment_around_an_agreed_plan(case: Case, tmp_path: Path) -> None:
    """Three quarters of the difference, either way, on top of twelve payments of the fixed amount."""
    given, expected = case["inputs"], case["expected"]
    plan = given["fixed_payment_gbp"]
    figures = rows(
        P, "2022/23", fixed_payment=plan, plan_set_by="agreement", agreed_plan=plan, elective_value=given["actual_activity_value_gbp"]
    )
    found = settled(tmp_path, shipped("aligned-payment-2022-23"), "2022/23", figures)
    agrees(expected, variable_adjustment_gbp=found.pounds("elective.adjustment"), total_payment_gbp=sum(found.paid()))


@pytest.mark.parametrize("case", of(LOCAL, "API-104-UP", "API-104-DOWN"))
def test_aligned_payment_around_a_baseline(case: Case, tmp_path: Path) -> None:
    """The plan is 104% of 2019/20."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(P, "2022/23", fixed_payment=0, value_2019_20=given["baseline_2019_20_gbp"], elective_value=given["actual_gbp"])
    found = settled(tmp_path, shipped("aligned-payment-2022-23"), "2022/23", figures)
    agrees(expected, threshold_gbp=found.pounds("plan"), adjustment_gbp=sum(found.paid("variable")))


@pytest.mark.parametrize("case", of(LOCAL, "DENTAL-96", "DENTAL-103"))
def test_the_dental_year_end(case: Case, tmp_path: Path) -> None:
    """Inside the band nothing is recovered; beyond it what is too much is lost."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(
        P,
        "2023/24",
        contract_value=given["annual_value_gbp"],
        contracted_units=given["contracted_units"],
        delivered_units=given["delivered_units"],
    )
    found = settled(tmp_path, shipped("dental-year-end"), "2023/24", figures)
    agrees(
        expected,
        clawback_units=found("recovery.recovered_units"),
        clawback_gbp=-sum(found.paid("year_end")),
        carry_forward_units=found("recovery.carried_forward"),
        lost_units=found("recovery.lost"),
    )


@pytest.mark.parametrize("case", of(LOCAL, "GAIN-CWS-NO-LOSS"))
def test_a_rise_is_not_recovered(case: Case, tmp_path: Path) -> None:
    """Upside only: a rise in spending pays nothing and takes nothing back."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(P, "2016/17", prior_year=given["prior_year_gbp"], actual=given["actual_gbp"], patients=50_000)
    found = settled(tmp_path, shipped("qipp-gain-share"), "2016/17", figures)
    agrees(expected, saving_gbp=found.pounds("saving.saving"), provider_gain_gbp=sum(found.paid("gain_share")))


@pytest.mark.parametrize("case", of(LOCAL, "GAIN-MULTILATERAL"))
def test_a_pool_is_shared_up_and_down(case: Case, tmp_path: Path) -> None:
    """Fixed shares of what was expected less what was spent, a loss like a gain."""
    given, expected = case["inputs"], case["expected"]
    for actual, what in zip(given["actual_spend_gbp"], ("gain_shares_gbp", "loss_shares_gbp"), strict=True):
        folder = tmp_path / what
        folder.mkdir(exist_ok=True)
        figures = rows("contract", "2015/16", expected=given["expected_spend_gbp"], actual=actual)
        found = settled(folder, shipped("multilateral-gain-share"), "2015/16", figures)
        agrees(expected[what], **{party: sum(found.paid(payee=party)) for party in given["shares_percent"]})


@pytest.mark.parametrize("case", of(LOCAL, "ATRISK-UNITINGCARE"))
def test_a_share_at_risk_that_grows(case: Case, tmp_path: Path) -> None:
    """0, 10, 10, 15 and 15% of a level value, year by year."""
    given, expected = case["inputs"], case["expected"]
    value = F(given["contract_value_gbp"]) / given["years"]
    years = ["2015/16", "2016/17", "2017/18", "2018/19", "2019/20"]
    found = {}
    for n, year in enumerate(years):
        (tmp_path / str(n)).mkdir()
        figures = rows(P, year, year_value=text(value), outcomes_score="0%")
        found[year] = settled(tmp_path / str(n), shipped("outcomes-share-by-year"), year, figures)
    agrees(expected, annual_value_gbp=value, total_at_risk_gbp=sum(f.pounds("at_risk") for f in found.values()))
    list_agrees(expected["at_risk_gbp"], [sum(found[year].paid("outcomes", field="available")) for year in years])


@pytest.mark.parametrize("case", of(LOCAL, "ATRISK-DUDLEY-MCP"))
def test_a_tenth_on_outcomes(case: Case, tmp_path: Path) -> None:
    """The same contract in a year with 10% at risk: 85% of it is earned."""
    given, expected = case["inputs"], case["expected"]
    figures = rows(P, "2016/17", year_value=given["annual_budget_gbp"], outcomes_score=given["outcome_score_share"])
    found = settled(tmp_path, shipped("outcomes-share-by-year"), "2016/17", figures)
    agrees(
        expected,
        at_risk_gbp=sum(found.paid("outcomes", field="available")),
        earned_gbp=sum(found.paid("outcomes")),
        shortfall_gbp=sum(found.paid("outcomes", field="shortfall")),
    )


@needs_shared
def test_every_case_from_abroad_is_run() -> None:
    """No case of the file is left out."""
    assert {case["id"] for case in json.loads((SHARED / "cases" / ABROAD).read_text("utf-8"))} == RUN[ABROAD]
