"""Break-even: where a scenario pays what the baseline pays."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from boards import contract_text, world
from curve_strategies import achievements, curves
from hypothesis import given, settings
from hypothesis import strategies as st
from whatif_cases import document, laid_on_example, quarter, small, tower_hamlets

from p4p.language.curves import Curve
from p4p.numbers.exact import ONE, ZERO
from p4p.screens import whatif_tables
from p4p.whatif.breakeven import BreakEven, LineTerms, Stretch, _values, break_even, stretches
from p4p.whatif.scenario_file import Wanted

TARGET = "{kind: all_or_nothing, target: at least 90%}"
LINE = "{kind: linear, lower: 40%, upper: 50%}"


def found(counts: tuple[int, int], curve: str, wanted: Wanted) -> BreakEven:
    """The break-even of the only line: 100,000.00 a year at 70/30, so 25,000.00 a quarter of which 7,500.00 is at risk."""
    table = small({"N1": counts}, document(curve=curve), wanted)
    (only,) = break_even(table.baseline, table.scenarios, table.members, table.activity_of, quarter(1))
    return only


def told(pieces: tuple[Stretch, ...]) -> list[tuple[str, str, bool, str, bool]]:
    return [(p.verdict, str(p.low), p.low_in, str(p.high), p.high_in) for p in pieces]


def test_a_line_is_worth_its_part_of_the_pot(tmp_path: Path) -> None:
    """0.04 a year is a penny a quarter: of two indicators of 50% each the first by id has it, A, though the contract names B first."""
    line = "        K1: {title: The one thing, weight: 100%, curve: {kind: all_or_nothing, target: at least 90%}}"
    both = "\n".join(line.replace("K1", iid).replace("100%", "50%") for iid in "BA")
    contract = contract_text("{kind: all_or_nothing, target: at least 90%}", value="{each: 0.04}").replace(line, both)
    settlement = world(tmp_path, contract, "P1 2009/10_Q1 90/100 A\nP1 2009/10_Q1 90/100 B").settled()
    values = {iid: pence for (_, _, iid), pence in _values(settlement).items()}
    assert values == {line.indicator: line.available for line in settlement.lines_of()} == {"A": 1, "B": 0}


def test_a_split_breaks_even_at_the_target() -> None:
    """Below 90% less is paid up front and nothing earned; from 90% on both pay the whole 25,000.00. 90% of 929 patients is 836.1, so 837."""
    b = found((836, 929), TARGET, Wanted(splits=["care=60/40"]))
    assert told(b.same_terms) == [("less", "0", True, "9/10", False), ("the same", "9/10", True, "1", True)]
    assert (b.point, b.same_terms[1].patients(929)) == (Fraction(9, 10), (837, 929))


def test_a_straight_line_breaks_even_at_its_top() -> None:
    """Under 60/40, 10,000.00 is at risk instead of 7,500.00: only the full share makes up for it."""
    b = found((43, 100), LINE, Wanted(splits=["care=60/40"]))
    assert told(b.same_terms) == [("less", "0", True, "1/2", False), ("the same", "1/2", True, "1", True)]


def test_what_keeps_the_income_of_a_network_below_its_target() -> None:
    """43% earns 3/10 of 7,500: 25,000 - 7,500 x 7/10 = 19,750. Under 60/40, 25,000 - 10,000 x (1 - s) = 19,750 needs s = 19/40, which is 44.75%."""
    b = found((43, 100), LINE, Wanted(splits=["care=60/40"]))
    assert b.enough == Fraction(4475, 10000)
    assert told(b.keeps) == [
        ("less", "0", True, "179/400", False),
        ("the same", "179/400", True, "179/400", True),
        ("more", "179/400", False, "1", True),
    ]
    assert [s.patients(100) for s in b.keeps] == [(0, 44), None, (45, 100)]


def test_never_where_the_price_falls() -> None:
    """2% less money on the same terms pays less whatever is achieved."""
    b = found((95, 100), TARGET, Wanted(prices=["-2%"]))
    assert (told(b.same_terms), b.point, b.enough) == ([("less", "0", True, "1", True)], None, None)


def test_never_where_less_turns_into_more_at_a_jump() -> None:
    """60/40 with 5% more: 15,750.00 up front instead of 17,500.00, and 26,250.00 instead of 25,000.00 at the target; nothing between."""
    b = found((80, 100), TARGET, Wanted(splits=["care=60/40"], prices=["+5%"]))
    assert told(b.same_terms) == [("less", "0", True, "9/10", False), ("more", "9/10", True, "1", True)]
    assert b.point is None


def test_a_higher_price_breaks_even_inside_a_straight_line() -> None:
    """60/40 with 5% more: 26,250 - 10,500 (1 - s) = 25,000 - 7,500 (1 - s) at s = 7/12, on the line at 40% + 7/12 of 10% = 275/600."""
    b = found((43, 100), LINE, Wanted(splits=["care=60/40"], prices=["+5%"]))
    assert b.point == Fraction(275, 600)


def test_always_where_nothing_changes() -> None:
    """The same terms are the same everywhere."""
    assert told(found((80, 100), TARGET, Wanted(splits=["care=70/30"])).same_terms) == [("the same", "0", True, "1", True)]


def test_a_lower_target_pays_more_between_the_two() -> None:
    """At least 85% instead of 90%: the same below 85%, more to 90%, the same from there on."""
    b = found((80, 100), TARGET, Wanted(settings=["packages.care.performance.indicators.K1.curve.target=at least 85%"]))
    assert told(b.same_terms) == [
        ("the same", "0", True, "17/20", False),
        ("more", "17/20", True, "9/10", False),
        ("the same", "9/10", True, "1", True),
    ]


def test_lower_is_better() -> None:
    """At most 10% is reached from 10% down; 10% of 95 patients is 9.5, so at most 9."""
    b = found((20, 95), "{kind: all_or_nothing, target: at most 10%}", Wanted(splits=["care=60/40"]))
    assert told(b.same_terms) == [("the same", "0", True, "1/10", True), ("less", "1/10", False, "1", True)]
    assert (b.point, b.enough, b.same_terms[0].patients(95)) == (Fraction(1, 10), Fraction(1, 10), (0, 9))


def test_the_example_is_proved_by_settling() -> None:
    """Every line of the year under two splits, caught up quarters and all: break_even settles at each point itself and would refuse."""
    table = tower_hamlets()
    wanted = laid_on_example(Wanted(splits=["diabetes=60/40", "diabetes=30/70"], prices=["diabetes=+1%"]))
    both = break_even(table.baseline, wanted, table.members, table.activity_of, quarter(3))
    assert len(both) == 2 * 8 * 4
    assert {b.indicator for b in both if b.point is not None} == {"DM3", "MMR1"}  # all or nothing jumps from less to more


@settings(max_examples=60, deadline=None)
@given(
    curves(),
    curves(),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.lists(achievements, min_size=1, max_size=12),
)
def test_stretches_cover_all_achievements_and_tell_the_truth(
    old: Curve, new: Curve, a: int, b: int, more: int, tried: list[Fraction]
) -> None:
    """Every achievement lies in one stretch, whose verdict is what the two payments say."""
    before, after = LineTerms(10**7, a, 0, old), LineTerms(10**7 + more, b, 0, new)
    pieces = stretches(after.pays, before.pays, (*before.edges, *after.edges))
    assert (pieces[0].low, pieces[-1].high) == (ZERO, ONE)
    for left, right in pairwise(pieces):
        assert left.high == right.low and left.high_in != right.low_in and left.verdict != right.verdict
    for x in tried:
        (own,) = (p for p in pieces if (p.low < x < p.high) or (x == p.low and p.low_in) or (x == p.high and p.high_in))
        difference = after.pays(x) - before.pays(x)
        assert own.verdict == ("less" if difference < 0 else "more" if difference > 0 else "the same")


@pytest.mark.parametrize("low_in", [True, False])
@pytest.mark.parametrize("high_in", [True, False])
@given(st.fractions(0, 1, max_denominator=30), st.fractions(0, 1, max_denominator=30), st.integers(1, 40))
def test_patients_of_a_stretch_are_those_inside_it(low_in: bool, high_in: bool, a: Fraction, b: Fraction, eligible: int) -> None:
    """Counted one by one."""
    low, high = sorted((a, b))
    stretch = Stretch(low, high, low_in, high_in, "more")
    inside = [
        k
        for k in range(eligible + 1)
        if low < Fraction(k, eligible) < high or (low_in and k == low * eligible) or (high_in and k == high * eligible)
    ]
    inside = [k for k in inside if (low_in or k != low * eligible) and (high_in or k != high * eligible)]
    assert stretch.patients(eligible) == ((inside[0], inside[-1]) if inside else None)


def test_json_and_csv() -> None:
    """Exact fractions as text, never as a decimal."""
    table = small({"N1": (43, 100)}, document(curve=LINE), Wanted(splits=["care=60/40"]))
    both = break_even(table.baseline, table.scenarios, table.members, table.activity_of, quarter(1))
    (line,) = json.loads(whatif_tables.break_even_json(table.contract, table.scenarios, quarter(1), both))["lines"]
    assert (line["break_even"], line["keeps_income_from"]) == ("1/2", "179/400")
    assert whatif_tables.break_even_csv(both).splitlines()[1:3] == [
        "60/40,N1,K1,43,100,1/2,same_terms,0,yes,1/2,no,less,0,49",
        "60/40,N1,K1,43,100,1/2,same_terms,1/2,yes,1,yes,the same,50,100",
    ]
