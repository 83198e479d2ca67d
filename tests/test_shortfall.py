"""The money left on the table: what each line left, the patients it would have taken, who holds them, and what becomes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from boards import EXAMPLE, World, contract_text, play, read_world, world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p4p.boards.missed import fate, reason
from p4p.boards.shortfall import Missed, Shortfall, shortfall
from p4p.counts.activity import Activity, Row
from p4p.numbers.period import periods
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
