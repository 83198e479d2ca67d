"""The money left on the table: what each line left, the patients it would have taken, who holds them, and what becomes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from boards import EXAMPLE, World, contract_text, play, read_world, world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p4p.boards.missed import fate, reason
from p4p.boards.shortfall import Missed, Reach, Shortfall, shortfall
from p4p.counts.activity import Activity, Row
from p4p.language.curves import Threshold
from p4p.numbers.errors import Location
from p4p.numbers.period import periods
from p4p.numbers.withheld import WITHHELD
from p4p.settling.assumptions import Assumptions, SupposedAchievement
from p4p.settling.evidence import evidence
from p4p.settling.settle import expected, settle

NINETY = "{kind: all_or_nothing, target: at least 90%}"
LINE = "{kind: linear, lower: 60%, upper: 80%}"


def only(found: Shortfall) -> Missed:
    (missed,) = found.missed
    return missed


def left(folder: Path, contract: str, activity: str, quarter: str = "Q1", **given: str) -> Missed:
    """The one line of a small world."""
    return only(shortfall(world(folder, contract, activity, **given).settled(quarter)))


def test_a_line_between_its_thresholds(tmp_path: Path) -> None:
    """80 of 150: 60% is 90, to pass it takes 91, 11 more, for (91/150 - 60%) / 20% = 1/30 of 1,000.00; 80% is 120, 40 more, for all of it."""
    missed = left(tmp_path, contract_text(LINE), "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 30/50")
    assert (missed.standing, missed.left, missed.still_open) == ("short", 1000_00, 0)
    assert missed.nearest is not None and missed.best is not None
    assert (str(missed.nearest.threshold), missed.nearest.patients, missed.nearest.gain) == ("above 60%", 11, 33_33)
    assert (str(missed.best.threshold), missed.best.patients, missed.best.gain) == ("at least 80%", 40, 1000_00)
    assert missed.best.per_patient == Fraction(1000_00, 40)
    # not yet: 50 and 20. 11 x 50/70 = 7.86 and 3.14: 7 + 3, the patient left over to P1. 40 x 50/70 = 28.57 and 11.43: 28 + 11, and one to P1
    assert [(p.outstanding, p.to_nearest, p.to_best) for p in missed.practices] == [(50, 8, 29), (20, 3, 11)]
    # P1 alone needs above 60 of 100, P2 above 30 of 50
    assert [p.on_its_own for p in missed.practices] == [11, 1]
    # 80/150 without P1 is 30/50, without P2 50/100; the points add up to the achievement
    assert [p.moves for p in missed.practices] == [Fraction(80, 150) - Fraction(30, 50), Fraction(80, 150) - Fraction(50, 100)]
    assert [p.points for p in missed.practices] == [Fraction(50, 150), Fraction(30, 150)]


def test_lower_is_better_counts_fewer_patients(tmp_path: Path) -> None:
    """23 of 150 and at most 10%, 15: 8 fewer, shared by patients in the numerator, 20 and 3: 8 x 20/23 = 6.96 and 1.04, so 7 and 1."""
    curve = "{kind: all_or_nothing, target: at most 10%}"
    missed = left(tmp_path, contract_text(curve), "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 3/50")
    assert missed.nearest is not None
    assert (missed.nearest.patients, missed.nearest.gain) == (8, 1000_00)
    assert [p.to_nearest for p in missed.practices] == [7, 1]
    assert "8 fewer patients in the numerator make it at most 10%, for 1,000.00 (125.00 each)" in reason(missed)


def test_an_empty_denominator_is_nothing_to_reach(tmp_path: Path) -> None:
    """0/0 and a register wholly excluded leave the money, no patients, and the contract's word for it."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 0/0\nP2 2009/10_Q1 0/10-10")
    assert (missed.standing, missed.left, missed.nearest, missed.best) == ("no patients", 1000_00, None, None)
    assert "no patients in the denominator, and the contract says `empty_denominator: pays nothing`" in reason(missed)


def test_an_empty_denominator_may_pay_in_full(tmp_path: Path) -> None:
    """Where the contract pays 0/0 in full, nothing is left, and it is said why."""
    missed = left(tmp_path, contract_text(NINETY, empty_denominator="pays in full"), "P1 2009/10_Q1 0/0\nP2 2009/10_Q1 0/0")
    assert (missed.standing, missed.left) == ("earned in full", 0)
    assert reason(missed) == "earned in full: 1,000.00; no patients, and the contract says `empty_denominator: pays in full`"


def test_a_mean_of_rates_has_no_one_number_of_patients(tmp_path: Path) -> None:
    """20% and 96%: the next threshold has its money but no number; each practice has the number for itself."""
    missed = left(tmp_path, contract_text(NINETY, network_rate="mean of practices"), "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 48/50")
    assert missed.nearest is not None
    assert (missed.nearest.patients, missed.nearest.gain, missed.nearest.per_patient) == (None, 1000_00, None)
    assert [(p.to_nearest, p.on_its_own) for p in missed.practices] == [(None, 70), (None, 0)]
    assert "no one number of patients" in reason(missed)


def test_every_practice_must_reach_it(tmp_path: Path) -> None:
    """Where the worst rate decides, the network's number is the sum of the practices' own: 70 and 10."""
    activity = "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 35/50"
    missed = left(tmp_path, contract_text(NINETY, network_rate="every practice"), activity)
    assert missed.nearest is not None
    assert (missed.nearest.patients, missed.nearest.gain) == (80, 1000_00)
    assert [p.to_nearest for p in missed.practices] == [70, 10]


def test_a_curve_that_never_pays_all(tmp_path: Path) -> None:
    """Above the best tier, which pays 80%, 200.00 are left and no patients would earn them."""
    curve = "{kind: tiered, tiers: {at least 50%: 1/3, at least 70%: 80%}}"
    missed = left(tmp_path, contract_text(curve), "P1 2009/10_Q1 90/100\nP2 2009/10_Q1 48/50")
    assert (missed.standing, missed.left, missed.nearest) == ("at the cap", 200_00, None)
    assert "every threshold is reached, and the curve pays 80% at most" in reason(missed)


def test_a_threshold_beyond_everybody(tmp_path: Path) -> None:
    """138 of 150 in steps of 4% from 90%: 94% is 141 and 98% is 147; 102% and more are beyond any number of patients."""
    curve = "{kind: stepped, from: 90%, step: 4%, share_per_step: 25%, most: 100%}"
    missed = left(tmp_path, contract_text(curve), "P1 2009/10_Q1 90/100\nP2 2009/10_Q1 48/50")
    assert missed.nearest is not None and missed.best is not None
    assert (missed.nearest.patients, missed.nearest.gain, missed.best.patients, missed.best.gain) == (3, 250_00, 9, 500_00)
    assert "at least 106% is out of reach for any number of patients" in reason(missed)


@pytest.mark.parametrize(("counts", "state"), [("P1 2009/10_Q1 90/100", "missing"), ("P1 2009/10_Q1 90/100\nP2 2009/10_Q1 *", "withheld")])
def test_lacking_counts_are_not_patients(tmp_path: Path, counts: str, state: str) -> None:
    """Where lacking counts pay nothing, the money hangs on the counts, not on patients."""
    contract = contract_text(NINETY, missing_data="pays nothing", withheld_data="pays nothing")
    missed = left(tmp_path, contract, counts)
    assert (missed.standing, missed.left, missed.nearest) == (f"counts {state}", 1000_00, None)
    assert f"counts are {state}" in reason(missed)
    lacks = [(p.count.practice, p.count.missing, p.count.withheld) for p in missed.practices]
    assert lacks == [("P1", 0, 0), ("P2", 3 if state == "missing" else 0, 3 if state == "withheld" else 0)]


def test_catch_up_leaves_what_earlier_quarters_missed(tmp_path: Path) -> None:
    """Year to date 210 of 300 in Q2, 70%: reaching 90% takes 60, and pays both quarters, 2,000.00; two quarters are left for it."""
    activity = "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50\nP1 2009/10_Q2 80/100\nP2 2009/10_Q2 30/50"
    missed = left(tmp_path, contract_text(NINETY, measured="year to date", catch_up="allowed"), activity, "Q2")
    assert (missed.left, missed.from_earlier, missed.still_open) == (2000_00, 1000_00, 2000_00)
    assert missed.nearest is not None
    assert (missed.nearest.patients, missed.nearest.gain) == (60, 2000_00)
    assert [q.number for q in missed.quarters_left] == [3, 4]
    assert fate(missed) == "reaching it in Q3, Q4 still earns this too, 1,000.00 of which earlier quarters missed"


def test_a_quarter_that_stands_alone_is_lost(tmp_path: Path) -> None:
    """Measured by the quarter, nothing later earns it."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50")
    assert (missed.still_open, fate(missed)) == (0, "each quarter stands alone: retained by the commissioner")


def test_what_is_carried_forward_is_no_part_of_earlier_quarters(tmp_path: Path) -> None:
    """Q1 left 1,000.00, carried to Q2: all 2,000.00 are Q2's own to leave. In Q4 nothing is left to carry it to."""
    contract = contract_text(NINETY, unearned="carried forward within the year")
    activity = "\n".join(f"P{i} 2009/10_Q{q} 30/100" for q in (1, 2, 3, 4) for i in (1, 2))
    second, last = (left(tmp_path, contract, activity, quarter) for quarter in ("Q2", "Q4"))
    assert (2000_00, 0, 2000_00) == (second.left, second.from_earlier, second.still_open)
    assert (4000_00, 0, 0, "retained by the commissioner") == (last.left, last.from_earlier, last.still_open, last.destination)


def test_claw_back_alone_catches_nothing_up(tmp_path: Path) -> None:
    """To date 70% in Q1 and in Q2, and no catching up: reaching 90% in Q2 earns Q2's 1,000.00 only, and it is lost when Q2 is over."""
    activity = "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 35/50\nP1 2009/10_Q2 70/100\nP2 2009/10_Q2 35/50"
    missed = left(tmp_path, contract_text(NINETY, measured="year to date", claw_back="allowed"), activity, "Q2")
    assert (1000_00, 0, 0) == (missed.left, missed.from_earlier, missed.still_open)
    assert fate(missed) == "there is no catching up: retained by the commissioner"


def test_what_earlier_quarters_missed_is_less_what_they_earned(tmp_path: Path) -> None:
    """A line from 60% to 80%, to date. Q1 at 70% earns 500.00 and misses 500.00; Q2 at 70% earns 500.00; 80% would have paid 1,000.00 more."""
    activity = "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 35/50\nP1 2009/10_Q2 70/100\nP2 2009/10_Q2 35/50"
    missed = left(tmp_path, contract_text(LINE, measured="year to date", catch_up="allowed"), activity, "Q2")
    assert (1000_00, 500_00, 1000_00) == (missed.left, missed.from_earlier, missed.still_open)


def test_shared_among_those_that_earned(tmp_path: Path) -> None:
    """What nobody earned goes to the networks that earned, and the rest stays with the commissioner."""
    contract = contract_text(NINETY, unearned="{shared_among: earners, cap: 10%}")
    missed = left(tmp_path, contract, "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 35/50")
    assert missed.destination == missed.becomes == "shared among the networks that earned, the rest retained by the commissioner"


def test_what_is_left_and_still_open_by_network(tmp_path: Path) -> None:
    """To date with catch-up, three networks: in Q1 N3 leaves 500.00 and N1 1,000.00, all of it still open; N2 has earned everything."""
    w = world(
        tmp_path,
        contract_text(LINE, measured="year to date", catch_up="allowed"),
        "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 80/100\nP3 2009/10_Q1 70/100",
        "P1,N1 P2,N2 P3,N3",
    )
    found = shortfall(w.settled("Q1"))
    assert {"N1": (1000_00, 1000_00), "N3": (500_00, 500_00), "N2": (0, 0)} == found.by_network
    assert ["N1", "N3", "N2"] == list(found.by_network) == [m.line.network for m in found.missed]
    assert {"care": (1500_00, 1500_00)} == found.by_package
    assert {"K1": (1500_00, 1500_00)} == found.by_indicator
    assert {"can still be caught up this year": 1500_00} == found.destinations
    assert (1500_00, 1500_00) == (found.left, found.still_open)
    (earned,) = [m for m in found.missed if m.line.network == "N2"]
    assert ("", "can still be caught up this year") == (earned.destination, earned.becomes)
    assert ["N3"] == [m.line.network for m in shortfall(w.settled("Q1"), "N3").missed]


def test_the_most_left_comes_first_whatever_is_still_open(tmp_path: Path) -> None:
    """K2 leaves 500.00, which can still be caught up; K1 leaves 1,000.00, which are lost, and stands first."""
    text = contract_text(LINE, measured="year to date", catch_up="allowed").replace("  care:", "  first:").replace("K1:", "K2:")
    text += contract_text(LINE).partition("packages:\n")[2]
    activity = "\n".join(f"{p} 2009/10_Q1 {n}/100 {iid}" for iid, n in (("K2", 70), ("K1", 50)) for p in ("P1", "P2"))
    found = shortfall(world(tmp_path, text, activity).settled("Q1"))
    assert [("care", (1000_00, 0)), ("first", (500_00, 500_00))] == list(found.by_package.items())
    assert [("K1", (1000_00, 0)), ("K2", (500_00, 500_00))] == list(found.by_indicator.items())


def test_evidence_that_is_there_already_is_believed(tmp_path: Path) -> None:
    """Who gives the evidence of the quarter is told of the practices that stand in it."""
    settlement = world(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 35/50").settled()
    counted = evidence(settlement)
    some = {("N1", "K1"): counted["N1", "K1"][1:]}
    assert ["P2"] == [p.count.practice for p in only(shortfall(settlement, None, some)).practices]


@pytest.mark.parametrize(
    ("reach", "each"),
    [
        (Reach(Threshold(Fraction(9, 10), "at least"), 3, 100), Fraction(100, 3)),
        (Reach(Threshold(Fraction(9, 10), "at least"), 0, 100), None),
        (Reach(Threshold(Fraction(9, 10), "at least"), None, 100), None),
        (Reach(Threshold(Fraction(9, 10), "at least"), 3, None), None),
        (Reach(Threshold(Fraction(9, 10), "at least"), WITHHELD, 100), WITHHELD),
        (Reach(Threshold(Fraction(9, 10), "at least"), 3, WITHHELD), WITHHELD),
    ],
)
def test_pence_for_each_further_patient(reach: Reach, each: Fraction | None) -> None:
    """1.00 for three is a third of a pound each; without patients or money there is none, and what is withheld stays so."""
    assert reach.per_patient == each


def test_a_weight_of_nothing_is_reported_only(tmp_path: Path) -> None:
    """K1 has all of the weight, K2 none: of it nothing is left, and it is not said to be earned."""
    contract = contract_text(NINETY) + f"        K2: {{title: Another, weight: 0%, curve: {NINETY}}}\n"
    activity = "\n".join(f"P{i} 2009/10_Q1 70/100 K{k}" for i in (1, 2) for k in (1, 2))
    found = shortfall(world(tmp_path, contract, activity).settled())
    assert [("K1", "short", 1000_00), ("K2", "not paid", 0)] == [(m.line.indicator, m.standing, m.left) for m in found.missed]


@pytest.mark.parametrize(("network", "standing"), [(None, "supposed"), ("N1", "supposed"), ("N2", "short")])
def test_a_supposed_achievement_says_nothing_of_patients(tmp_path: Path, network: str | None, standing: str) -> None:
    """N1 at 70% by its counts; where 80% is supposed of it, or of all, no number of patients follows from that."""
    w = world(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 70/100", "P1,N1 P2,N2")
    supposed = SupposedAchievement(network, "K1", "to", Fraction(4, 5), Location("s.yaml", 1, 1))
    settlement = settle(w.contract, w.members, w.activity, periods("Q1", w.contract.years), Assumptions((supposed,)))
    (missed,) = shortfall(settlement, "N1").missed
    assert (standing, 1000_00, standing == "short") == (missed.standing, missed.left, missed.nearest is not None)


@pytest.mark.parametrize(
    ("curve", "gain", "left_over"),
    [
        ("{kind: all_or_nothing, target: at least 90%}", 1000_00, 1000_00),
        ("{kind: all_or_nothing, target: above 90%}", None, 1000_00),
        ("{kind: all_or_nothing, target: at least 100%}", 1000_00, 1000_00),
        ("{kind: all_or_nothing, target: at most 10%}", 1000_00, 1000_00),
        ("{kind: all_or_nothing, target: below 10%}", None, 1000_00),
        ("{kind: stepped, from: 90%, step: 20%, share_per_step: 50%, most: 100%}", None, 1000_00),
    ],
)
def test_money_at_a_threshold_of_a_mean_of_rates(tmp_path: Path, curve: str, gain: int | None, left_over: int) -> None:
    """20% and 48%: what the mean pays at a threshold is known where it stands at it, not a little beyond it, nor above 100%."""
    missed = left(tmp_path, contract_text(curve, network_rate="mean of practices"), "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 24/50")
    assert missed.nearest is not None
    assert (left_over, None, gain) == (missed.left, missed.nearest.patients, missed.nearest.gain)


def test_the_best_threshold_with_money_of_a_mean_of_rates(tmp_path: Path) -> None:
    """From 50% in steps of 20%, a quarter each: 70% pays 250.00, 90% 500.00, 110% and 130% are beyond everybody. The mean of 20% and 40% is 30%."""
    curve = "{kind: stepped, from: 50%, step: 20%, share_per_step: 25%, most: 100%}"
    missed = left(tmp_path, contract_text(curve, network_rate="mean of practices"), "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 20/50")
    assert missed.nearest is not None and missed.best is not None
    assert ("at least 70%", 250_00) == (str(missed.nearest.threshold), missed.nearest.gain)
    assert ("at least 90%", 500_00) == (str(missed.best.threshold), missed.best.gain)
    # alone P1 would need 70 of 100 and P2 35 of 50
    assert [50, 15] == [p.on_its_own for p in missed.practices]


def test_every_practice_must_come_down(tmp_path: Path) -> None:
    """A line from 20% down to 10%, the worst practice decides: 30%. Below 20%: P1 11 fewer, P2 is there, P3 has nobody; the worst is then 19%, a tenth of the money."""
    curve = "{kind: linear, lower: 10%, upper: 20%, direction: lower is better}"
    missed = left(
        tmp_path,
        contract_text(curve, network_rate="every practice"),
        "P1 2009/10_Q1 30/100\nP2 2009/10_Q1 6/50\nP3 2009/10_Q1 0/0",
        practices="P1,N1 P2,N1 P3,N1",
    )
    assert missed.nearest is not None and missed.best is not None
    assert (11, 100_00) == (missed.nearest.patients, missed.nearest.gain)
    # at most 10%: P1 20 fewer, P2 one fewer, and all of the money
    assert (21, 1000_00) == (missed.best.patients, missed.best.gain)
    assert [(11, 20, 11), (0, 1, 0), (0, 0, None)] == [(p.to_nearest, p.to_best, p.on_its_own) for p in missed.practices]
    # the worst of all is 30%; without P1 it would be 12%, without P2 or P3 30%; P3 has no part in it
    assert [Fraction(18, 100), Fraction(0), None] == [p.moves for p in missed.practices]


def test_a_threshold_that_not_every_practice_can_reach(tmp_path: Path) -> None:
    """Beyond 100% no practice can go: the next threshold has neither patients nor money."""
    curve = "{kind: stepped, from: 90%, step: 20%, share_per_step: 50%, most: 100%}"
    missed = left(tmp_path, contract_text(curve, network_rate="every practice"), "P1 2009/10_Q1 20/100\nP2 2009/10_Q1 24/50")
    assert missed.nearest is not None
    assert (None, None) == (missed.nearest.patients, missed.nearest.gain)
    assert [(None, None), (None, None)] == [(p.to_nearest, p.on_its_own) for p in missed.practices]


def test_practices_of_one_patient_and_of_none(tmp_path: Path) -> None:
    """0 of 1 and nobody: 90% is one patient, P1's. Its points are 0 of 1; without it nothing would be left, so that it moves cannot be said."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 0/1\nP2 2009/10_Q1 0/0")
    assert [("P1", 1, 1, Fraction(0), None), ("P2", 0, None, Fraction(0), None)] == [
        (p.count.practice, p.to_nearest, p.on_its_own, p.points, p.moves) for p in missed.practices
    ]


def test_one_patient_moves_a_network_too(tmp_path: Path) -> None:
    """0 of 1 and 50 of 100 are 50 of 101; without the one it would be half, without the hundred nothing."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 0/1\nP2 2009/10_Q1 50/100")
    assert [Fraction(50, 101) - Fraction(1, 2), Fraction(50, 101)] == [p.moves for p in missed.practices]


def test_practices_where_nobody_has_patients(tmp_path: Path) -> None:
    """Without patients no practice has points, a part, or moves anything."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 0/0\nP2 2009/10_Q1 0/5-5")
    assert [(0, None, None, None, None)] * 2 == [(p.outstanding, p.to_nearest, p.on_its_own, p.points, p.moves) for p in missed.practices]


def test_the_last_quarter_closes_the_year() -> None:
    """In Q4 of the example nothing is still open, although the packages catch up."""
    found = shortfall(read_world(EXAMPLE).settled("Q4"))
    assert found.still_open == 0
    assert {m.destination for m in found.missed if m.left} == {"retained by the commissioner"}


def test_carried_forward(tmp_path: Path) -> None:
    """Q1's 1,000.00 are at stake again in Q2, so Q2 leaves 2,000.00, which go on to Q3."""
    activity = "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50\nP1 2009/10_Q2 70/100\nP2 2009/10_Q2 30/50"
    missed = left(tmp_path, contract_text(NINETY, unearned="carried forward within the year"), activity, "Q2")
    assert (missed.left, missed.still_open, missed.destination) == (2000_00, 2000_00, "carried forward to the next quarter")


def test_claw_back_says_what_was_taken_back(tmp_path: Path) -> None:
    """Q1 earned 1,000.00 at 100%; to date 260 of 300 in Q2 loses it again: 2,000.00 left, half of it earned before."""
    activity = "P1 2009/10_Q1 100/100\nP2 2009/10_Q1 50/50\nP1 2009/10_Q2 80/100\nP2 2009/10_Q2 30/50"
    missed = left(tmp_path, contract_text(NINETY, measured="year to date", catch_up="allowed", claw_back="allowed"), activity, "Q2")
    assert (missed.line.earned, missed.left) == (-1000_00, 2000_00)
    assert reason(missed).startswith("2,000.00 (1,000.00 of it earned before and taken back) left at 86.66%")


def test_a_line_is_told_at_one_rate(tmp_path: Path) -> None:
    """At most 10% pays; 2,001 of 20,000 is 10.005%. The table, the sentence and the row of the practice say 10.01%, cut on the side that is not paid."""
    curve = "{kind: all_or_nothing, target: at most 10%}"
    missed = left(tmp_path, contract_text(curve), "P1 2009/10_Q1 2001/20000\nP2 2009/10_Q1 0/0")
    assert reason(missed).startswith("1,000.00 left at 10.01%; 1 fewer patient in the numerator makes it at most 10%")
    page = play(f"p4p shortfall {tmp_path} --quarter Q1 --network N1").out
    assert (page.count("10.01%"), page.count("10.00")) == (3, 0)


def test_a_year_measured_line_waits(tmp_path: Path) -> None:
    """Judged at the end of the year: in Q1 nothing is missed, 4,000.00 are at stake, 100 of 150 so far are 35 short of 135."""
    found = shortfall(world(tmp_path, contract_text(NINETY, measured="year"), "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50").settled("Q1"))
    (waiting,) = found.waiting
    assert (found.missed, found.left) == ((), 0)
    assert (waiting.at_stake, waiting.numerator, waiting.eligible, waiting.patients) == (4000_00, 100, 150, 35)


def test_what_waits_is_told_of_every_network_on_the_year_so_far(tmp_path: Path) -> None:
    """In Q2, on Q1 and Q2: N1 140 of 190 is 31 short of 171; N2 has reached 90%; Q3 is not looked at. Of N2 alone only N2 is told; in Q4 nothing waits."""
    activity = "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 95/100\nP1 2009/10_Q2 70/100-10\nP2 2009/10_Q2 90/100\n"
    activity += "P1 2009/10_Q3 100/100\nP2 2009/10_Q3 0/100\nP1 2009/10_Q4 1/1\nP2 2009/10_Q4 1/1"
    w = world(tmp_path, contract_text(NINETY, measured="year"), activity, "P1,N1 P2,N2")
    one, two = shortfall(w.settled("Q2")).waiting
    assert ("N1", "care", "K1", "The one thing", 140, 190, Fraction(140, 190)) == (
        *(one.network, one.package, one.indicator, one.title),
        *(one.numerator, one.eligible, one.achievement),
    )
    assert ("at least 90%", 31, 4000_00, True) == (str(one.threshold), one.patients, one.at_stake, one.reported)
    assert ("N2", 185, 200, None, 0) == (two.network, two.numerator, two.eligible, two.threshold, two.patients)
    assert (two,) == shortfall(w.settled("Q2"), "N2").waiting
    assert () == shortfall(w.settled("Q4")).waiting


@pytest.mark.parametrize(("network", "at_stake"), [("N2", 2000_00), ("N3", 0)])
def test_what_waits_for_a_network_that_comes_later(tmp_path: Path, network: str, at_stake: int) -> None:
    """N2 comes in Q3: asked of it in Q1 there are no counts so far, and 2,000.00 of its two quarters are at stake. N3 comes when the year is over."""
    w = world(tmp_path, contract_text(NINETY, measured="year"), "P1 2009/10_Q1 70/100", "P1,N1 P2,N2,,2009-10-01 P3,N3,,2010-04-01")
    (waiting,) = shortfall(w.settled("Q1"), network).waiting
    assert (network, 0, 0, None, None, None, at_stake, False) == (
        *(waiting.network, waiting.numerator, waiting.eligible, waiting.achievement),
        *(waiting.threshold, waiting.patients, waiting.at_stake, waiting.reported),
    )


def test_only_what_is_judged_by_the_year_waits(tmp_path: Path) -> None:
    """A package paid up front has nothing that waits, nor has one that is judged quarter by quarter."""
    upfront = "  flat: {title: Flat, value: {each: 100.00}, split: {upfront: 100%, performance: 0%}, upfront: {instalments: quarterly}}\n"
    found = shortfall(world(tmp_path, contract_text(NINETY) + upfront, "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50").settled("Q1"))
    assert ((), ["K1"]) == (found.waiting, [m.line.indicator for m in found.missed])
    more = world(tmp_path, contract_text(NINETY, measured="year") + upfront, "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50")
    assert ["K1"] == [waiting.indicator for waiting in shortfall(more.settled("Q1")).waiting]


@pytest.mark.parametrize(
    ("network_rate", "achievement"), [("every practice", Fraction(6, 10)), ("mean of practices", Fraction(13, 20))], ids=str
)
def test_a_year_measured_line_that_is_not_pooled(tmp_path: Path, network_rate: str, achievement: Fraction) -> None:
    """70% and 60% so far: the worst is 60%, the mean 65%, and there is no one number of patients to 90%."""
    w = world(tmp_path, contract_text(NINETY, measured="year", network_rate=network_rate), "P1 2009/10_Q1 70/100\nP2 2009/10_Q1 30/50")
    (waiting,) = shortfall(w.settled("Q1")).waiting
    assert (achievement, "at least 90%", None) == (waiting.achievement, str(waiting.threshold), waiting.patients)


def test_one_patient_so_far(tmp_path: Path) -> None:
    """0 of 1 is an achievement of 0%, one short; 0 of 2 of whom both are excluded is none."""
    contract = contract_text(NINETY, measured="year")
    w = world(tmp_path, contract, "P1 2009/10_Q1 0/1\nP2 2009/10_Q1 0/2-2", "P1,N1 P2,N2")
    told = [(w.achievement, w.patients, w.reported) for w in shortfall(w.settled("Q1")).waiting]
    assert [(Fraction(0), 1, True), (None, None, True)] == told


def test_a_year_measured_line_without_counts(tmp_path: Path) -> None:
    """An assessment that comes once a year, by network: in Q1 there are no counts so far, which is not the same as no patients."""
    terms = {"measured": "year", "counts_from": "network"}
    for folder, counts, reported in (("a", "N1 2009/10 90/100", False), ("b", "N1 2009/10_Q1 0/0", True)):
        (waiting,) = shortfall(world(tmp_path / folder, contract_text(NINETY, **terms), counts).settled("Q1")).waiting
        assert (waiting.achievement, waiting.patients, waiting.reported) == (None, None, reported)


def test_earned_in_full(tmp_path: Path) -> None:
    """Nothing is left, nothing is to be reached, and practices have no part in a number that there is not."""
    missed = left(tmp_path, contract_text(NINETY), "P1 2009/10_Q1 100/100\nP2 2009/10_Q1 50/50")
    assert (missed.standing, missed.left, missed.nearest, fate(missed)) == ("earned in full", 0, None, "")
    assert [p.to_nearest for p in missed.practices] == [None, None]


@pytest.mark.parametrize("network_rate", ["every practice", "mean of practices", "pooled"])
def test_counted_by_network_speaks_of_no_practices(tmp_path: Path, network_rate: str) -> None:
    """100 of 150 is 35 short of 135; where a network is counted as a whole there is no rate of practices, whatever `network_rate` says."""
    missed = left(tmp_path, contract_text(NINETY, counts_from="network", network_rate=network_rate), "N1 2009/10_Q1 100/150")
    assert reason(missed) == "1,000.00 left at 66.66%; 35 more patients make it at least 90%, for 1,000.00 (28.57… each)"


def test_counted_by_network(tmp_path: Path) -> None:
    """An assessment reported once for a network has its patients but no practices."""
    missed = left(tmp_path, contract_text(NINETY, counts_from="network"), "N1 2009/10_Q1 100/150")
    assert missed.nearest is not None
    assert (missed.nearest.patients, missed.practices) == (35, ())


def test_the_example_is_one_patient_short() -> None:
    """N5 in Q4: 836 of 929 care plans; 90% is 836.1, so one patient was 4 x 7,500.00."""
    found = shortfall(read_world(EXAMPLE).settled("Q4"), "N5")
    (missed,) = [m for m in found.missed if m.line.indicator == "DM1"]
    assert missed.nearest is not None
    assert (missed.line.numerator, missed.line.eligible, missed.nearest.patients, missed.nearest.gain) == (836, 929, 1, 30_000_00)


def test_biggest_first_and_sums_add_up() -> None:
    """Lines, networks, packages and indicators are in order of money, and each adds up to the whole."""
    found = shortfall(read_world(EXAMPLE).settled("Q3"))
    assert [m.left for m in found.missed] == sorted((m.left for m in found.missed), reverse=True)
    for sums in (found.by_network, found.by_package, found.by_indicator):
        money = [amount for amount, _ in sums.values()]
        assert (money, sum(money)) == (sorted(money, reverse=True), found.left)
    assert sum(found.destinations.values()) == found.left


@st.composite
def counted(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Counts of two to five practices with patients."""
    out = []
    for _ in range(draw(st.integers(2, 5))):
        eligible = draw(st.integers(0, 60))
        out.append((draw(st.integers(0, eligible)), eligible))
    return out


CURVES = {
    "linear": "{kind: linear, lower: 60%, upper: 80%}",
    "falling": "{kind: linear, lower: 5%, upper: 45%, direction: lower is better}",
    "tiered": "{kind: tiered, tiers: {at least 50%: 1/3, above 70%: 100%}}",
    "stepped": "{kind: stepped, from: 20%, step: 7%, share_per_step: 13%, most: 100%}",
    "target": NINETY,
}


@pytest.fixture(scope="module", params=[(c, r) for c in CURVES for r in ("pooled", "every practice")], ids=str)
def terms(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world of five practices for each curve and network rate."""
    curve, network_rate = request.param
    practices = " ".join(f"P{i},N1" for i in range(1, 6))
    contract = contract_text(CURVES[curve], network_rate=network_rate, value="{each: 3999.97}")
    return world(tmp_path_factory.mktemp("w"), contract, "P1 2009/10_Q1 1/2", practices)


def settled_with(terms: World, counts: list[tuple[int, int]]) -> Missed:
    rows = [
        Row("a.csv", i + 2, f"P{i + 1}", "K1", "2009/10 Q1", terms.contract.years[0].months[2], 3, n, d, 0)
        for i, (n, d) in enumerate(counts)
    ]
    activity = Activity.of(rows, expected(terms.contract), terms.members)
    return only(shortfall(settle(terms.contract, terms.members, activity, periods("Q1", terms.contract.years))))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=counted())
def test_the_patients_earn_what_is_said(terms: World, counts: list[tuple[int, int]]) -> None:
    """Give each practice its part of the patients and settle again: the line earns exactly the gain more; one patient fewer does not reach the threshold."""
    missed = settled_with(terms, counts)
    for reach, which in ((missed.nearest, "to_nearest"), (missed.best, "to_best")):
        if reach is None or reach.patients is None:
            continue
        parts = [getattr(p, which) for p in missed.practices]
        assert sum(parts) == reach.patients
        sign = 1 if missed.line.terms.curve.direction == "higher is better" else -1
        by_code = {p.count.practice: part for p, part in zip(missed.practices, parts, strict=True)}
        moved = [(n + sign * by_code.get(f"P{i}", 0), d) for i, (n, d) in enumerate(counts, 1)]
        after = settled_with(terms, moved)
        assert after.line.earned - missed.line.earned == reach.gain
        assert after.line.achievement is not None and reach.threshold.reached(after.line.achievement)
        if missed.line.performance.network_rate == "pooled":
            fewer = Fraction(missed.line.numerator + sign * (reach.patients - 1), missed.line.eligible)
            assert not reach.threshold.reached(fewer)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=counted())
def test_left_is_available_less_earned(terms: World, counts: list[tuple[int, int]]) -> None:
    """Where quarters stand alone, what is left is the settlement's shortfall, and points add up to a pooled achievement."""
    missed = settled_with(terms, counts)
    assert missed.left == missed.line.shortfall
    if missed.line.performance.network_rate == "pooled" and missed.line.eligible:
        assert sum(p.points or 0 for p in missed.practices) == missed.line.achievement
