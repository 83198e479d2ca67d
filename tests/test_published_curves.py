"""Published schemes whose arithmetic is a curve, a split of a pot or a rounding: their answers, from our classes."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from published import cases

from p4p import rules
from p4p.curves import AllOrNothing, Linear, Stepped, Threshold, Tiered
from p4p.exact import percent
from p4p.money import largest_remainder, parse_pence, plain, rounded

FILE = "local_schemes.json"


def percentage(text: str) -> F:
    return F(text) / 100


@pytest.mark.parametrize("case", cases(FILE, "AGG-"))
def test_rates_are_compared_before_they_are_rounded(case: dict[str, Any]) -> None:
    """Coverage shown as 95.0% has not reached 95%, and whether rates are pooled or averaged decides who is paid."""
    given, expected = case["inputs"], case["expected"]
    target = AllOrNothing(target=Threshold(percentage(given["target_percent"]), "at least"))
    counts = [(p["numerator"], p["denominator"]) for p in given["practices"]]
    pooled = F(sum(n for n, _ in counts), sum(d for _, d in counts))
    rates = [F(n, d) for n, d in counts]
    mean = sum(rates, F(0)) / len(rates)
    met = [target.share(rate) == 1 for rate in rates]
    assert (expected["pooled_numerator"], expected["pooled_denominator"]) == (sum(n for n, _ in counts), sum(d for _, d in counts))
    assert expected["pooled_percent_1dp"] == plain(rounded(pooled * 1000, "half-up") * 10)[:-1]
    assert F(expected["pooled_percent"]) * 10**6 == rounded(pooled * 10**8, "half-up")
    assert F(expected["mean_of_practice_rates_percent"]) * 10**6 == rounded(mean * 10**8, "half-up")
    assert expected["pooled_met"] == (target.share(pooled) == 1)
    assert expected["mean_met"] == (target.share(mean) == 1)
    assert (expected["practices_meeting"], expected["practices_total"]) == (sum(met), len(met))
    assert expected["every_practice_met"] == (target.share(min(rates)) == 1)


@pytest.mark.parametrize("case", cases(FILE, "CQUIN-FLU-"))
def test_a_sliding_scale_between_two_thresholds(case: dict[str, Any]) -> None:
    """Nothing at 60%, everything at 80% and above, of a quarter of a percent of the contract."""
    given, expected = case["inputs"], case["expected"]
    curve = Linear(lower=percentage(given["lower_threshold_percent"]), upper=percentage(given["upper_threshold_percent"]))
    share = curve.share(percentage(given["achieved_percent"]))
    available = parse_pence(given["contract_value_gbp"]) * percentage(given["indicator_percent_of_contract"])
    assert (F(expected["payment_share"]), expected["payment_gbp"]) == (share, plain(rounded(available * share, "half-up")))


@pytest.mark.parametrize("case", cases(FILE, "GAPTOGOAL-75"))
def test_a_line_from_half_the_target_to_the_target(case: dict[str, Any]) -> None:
    """Three quarters of the way to the target is half the money, where the line starts half way."""
    given = case["inputs"]
    target = F(given["reduction_target"])
    curve = Linear(lower=target * F(given["lower_share"]), upper=target)
    assert F(case["expected"]["score_share"]) == curve.share(target * F(given["actual_reduction_share_of_target"]))


@pytest.mark.parametrize("case", cases(FILE, "IMMS-CLIFF"))
def test_two_targets_for_immunisation(case: dict[str, Any]) -> None:
    """Coverage of 89.9% earns what the lower target pays, a third of what the higher one would."""
    given = case["inputs"]
    lower, higher = parse_pence(given["lower_gbp"]), parse_pence(given["higher_gbp"])
    curve = Tiered(
        tiers=(
            (Threshold(percentage(given["lower_target"]), "at least"), lower / higher),
            (Threshold(percentage(given["higher_target"]), "at least"), F(1)),
        )
    )
    assert case["expected"]["payment_gbp"] == plain(rounded(higher * curve.share(percentage(given["coverage_percent"])), "half-up"))


@pytest.mark.parametrize("case", cases(FILE, "DONC-STEP-"))
def test_so_much_for_each_whole_step_of_fewer_admissions(case: dict[str, Any]) -> None:
    """40p a patient for each whole 2% fewer admissions, at most £2: parts of a step pay nothing."""
    given, expected = case["inputs"], case["expected"]
    per_step, most = F(given["pence_per_step"]), F(given["max_pence"])
    curve = Stepped(
        start=F(1), step=percentage(given["step_percent"]), share_per_step=per_step / most, most=F(1), direction="lower is better"
    )
    share = curve.share(F(given["actual_admissions"], given["baseline_admissions"]))
    assert (expected["steps"], expected["pence_per_patient"]) == (share * most / per_step, share * most)
    assert expected["payment_gbp"] == plain(rounded(most * given["registered_patients"] * share, "half-up"))


@pytest.mark.parametrize("case", cases(FILE, "UADES-TOLERANCE-"))
def test_a_payment_threshold_below_the_target(case: dict[str, Any]) -> None:
    """A target of 2% is paid from 1.8%: 101 of 5,600 reach it, 100 do not."""
    given, expected = case["inputs"], case["expected"]
    rate = F(given["register_at_quarter_end"], given["adult_list_at_quarter_start"])
    curve = AllOrNothing(target=Threshold(percentage(given["payment_threshold_percent"]), "at least"))
    assert expected["component_payable"] == (curve.share(rate) == 1)
    assert percent(rate, 6).startswith(expected["percent"])


@pytest.mark.parametrize("case", cases(FILE, "STF-PHASING-"))
def test_a_year_spread_unevenly_over_quarters(case: dict[str, Any]) -> None:
    """15%, 20%, 30% and 35% of £10m, and the running total after each quarter."""
    given, expected = case["inputs"], case["expected"]
    phasing = [F(part) for part in given["phasing"]]
    year, quarter = parse_pence(given["annual_allocation_gbp"]), given["quarter"]
    paid = [rules.quarter_value(year, sum(phasing[:q], F(0)), sum(phasing[: q + 1], F(0)), "half-up") for q in range(quarter)]
    assert (expected["payment_gbp"], expected["cumulative_gbp"]) == (plain(paid[-1]), plain(sum(paid)))


@pytest.mark.parametrize("case", cases(FILE, "TH-DISTRIB-LIST-NET5"))
def test_a_payment_shared_by_registered_list(case: dict[str, Any]) -> None:
    """£7,000 among the five practices of a network by list, to the penny, by largest remainder."""
    given, expected = case["inputs"], case["expected"]
    lists = {p["practice_code"]: p["registered_patients"] for p in sorted(given["practices"], key=lambda p: p["practice_code"])}
    parts = largest_remainder(int(parse_pence(given["amount_gbp"])), list(lists.values()))
    assert expected["total_list"] == sum(lists.values())
    assert expected["shares_gbp"] == dict(zip(lists, map(plain, parts), strict=True))
    assert expected["sum_gbp"] == plain(sum(parts))
