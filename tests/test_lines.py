"""What lines earn, by hand: how practices' counts become a rate, what a quarter is judged on, what the contract says where counts say nothing.

Every network has £10.00 a year, £2.50 a quarter, all of it to be earned, and earns it from 90% on unless a test says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
from settling import NINETY, ONE, Q1, Q2, Q3, Q4, YEAR, Case, contract, members, package, row

from p4p.counts.activity import Row
from p4p.language.curves import AllOrNothing, Linear, Stepped, Threshold
from p4p.numbers.errors import InputError, Location
from p4p.numbers.period import Quarter, parse_month
from p4p.settling.assumptions import Assumptions, SupposedAchievement
from p4p.settling.settlement import Line, Settlement

TEN_AT_MOST = AllOrNothing(target=Threshold(F(1, 10), "at most"))
THREE = members(("P1", "N1", None, None), ("P2", "N1", None, None), ("P3", "N1", None, None), ("P9", "N2", None, None))

Counts = dict[str, tuple[int | None, int | None, int]]

#: So small a part that a number with it does not fit in a column: it is settled as a fraction.
BIT = F(1, 2**130)


def monthly(month: str, n: int | None, d: int | None, indicator: str = "I1") -> Row:
    """P1's counts of a month; None where they are withheld."""
    return Row("activity.csv", 2, "P1", indicator, month, parse_month(month), 1, n, d, 0)


def line(counts: Counts, **terms: Any) -> Line:
    """The one line of N1 for the first quarter; N2 has nothing to do with it."""
    rows = [row(practice, Q1, *given) for practice, given in counts.items()]
    settlement = Case(contract(package(**terms)), THREE, rows).settled(Q1)
    (found,) = settlement.lines_of("N1")
    return found


FULL: Counts = {"P9": (1, 1, 0)}


@pytest.mark.parametrize(
    ("achievement", "earned", "rate", "counts"),
    [
        # 80 + 10 of 100 + 10 is less than 90%; the mean of 80% and 100% is 90%; the worst is 80%
        (F(90, 110), 0, "pooled", {"P1": (80, 100, 0), "P2": (10, 10, 0), "P3": (0, 0, 0)}),
        (F(9, 10), 250, "mean of practices", {"P1": (80, 100, 0), "P2": (10, 10, 0), "P3": (0, 0, 0)}),
        (F(8, 10), 0, "every practice", {"P1": (80, 100, 0), "P2": (10, 10, 0), "P3": (0, 0, 0)}),
        # the excluded are no part of it: 90 of 100, 9 of 10, and nobody at all in P3
        (F(9, 10), 250, "pooled", {"P1": (90, 110, 10), "P2": (9, 10, 0), "P3": (0, 5, 5)}),
        (F(9, 10), 250, "mean of practices", {"P1": (90, 110, 10), "P2": (9, 10, 0), "P3": (0, 5, 5)}),
        (F(9, 10), 250, "every practice", {"P1": (90, 110, 10), "P2": (10, 10, 0), "P3": (0, 5, 5)}),
    ],
)
def test_how_practices_counts_become_a_rate(achievement: F, earned: int, rate: str, counts: Counts) -> None:
    """Pooled, the mean of practices' rates, or that of the worst; a practice without patients has no rate."""
    found = line(counts | FULL, network_rate=rate)
    assert (achievement, earned, "counted") == (found.achievement, found.earned, found.state)
    assert tuple(sum(c[i] or 0 for c in counts.values()) for i in range(3)) == (found.numerator, found.denominator, found.excluded)


def test_where_lower_is_better_the_worst_practice_has_the_highest_rate() -> None:
    """At most 10%: with 10% and 11% every practice reaches it only if the 11% do."""
    counts: Counts = {"P1": (10, 100, 0), "P2": (11, 100, 0), "P3": (0, 100, 0)}
    found = line(counts | FULL, network_rate="every practice", curve=TEN_AT_MOST)
    assert (F(11, 100), 0) == (found.achievement, found.earned)
    assert 250 == line(counts | FULL | {"P2": (10, 100, 0)}, network_rate="every practice", curve=TEN_AT_MOST).earned


@pytest.mark.parametrize("rate", ["pooled", "mean of practices", "every practice"])
@pytest.mark.parametrize(("earned", "share", "terms"), [(0, 0, "pays nothing"), (250, 1, "pays in full")])
def test_nothing_of_nothing_is_what_the_contract_says(rate: str, earned: int, share: int, terms: str) -> None:
    """Without patients there is no achievement, and the contract decides; so too where all are excluded."""
    for counts in ((0, 0, 0), (0, 7, 7)):
        found = line({"P1": counts, "P2": (0, 0, 0), "P3": (0, 0, 0)} | FULL, network_rate=rate, empty_denominator=terms)
        assert (None, earned, share, "no patients") == (found.achievement, found.earned, found.share, found.state)


def refused(counts: Counts, **terms: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as caught:
        line(counts, **terms)
    return [(p.at.file if p.at else "", p.what, p.hint) for p in caught.value.problems]


def test_an_empty_denominator_may_be_refused() -> None:
    """The network, the quarter and the indicator are told, and what the contract may say instead."""
    hint = "the contract says empty_denominator: refuse; it may say pays nothing or pays in full"
    said = ("activity.csv", "2009/10 Q1: network N1 has no patients in the denominator of I1", hint)
    assert [said] == refused({"P1": (0, 5, 5), "P2": (0, 0, 0), "P3": (0, 0, 0)} | FULL, empty_denominator="refuse")
    assert 250 == line({"P1": (1, 1, 0), "P2": (0, 0, 0), "P3": (0, 0, 0)} | FULL, empty_denominator="refuse").earned


def test_a_missing_or_withheld_count_is_not_an_empty_denominator() -> None:
    """Where the contract decides on a count that is missing or withheld, it is not refused as empty; where such counts are left out, it is."""
    none: Counts = {"P1": (0, 0, 0), "P2": (0, 0, 0)}
    withheld = none | FULL | {"P3": (None, None, 0)}
    assert 0 == line(none | FULL, missing_data="pays nothing", withheld_data="refuse", empty_denominator="refuse").earned
    assert 0 == line(withheld, withheld_data="pays nothing", empty_denominator="refuse").earned
    for counts, terms in ((none | FULL, {"missing_data": "leave out"}), (withheld, {"withheld_data": "leave out"})):
        assert ["2009/10 Q1: network N1 has no patients in the denominator of I1"] == [
            what for _, what, _ in refused(counts, **({"withheld_data": "refuse"} | terms), empty_denominator="refuse")
        ]


MISSING = "send the counts, or say in the contract what a missing count means (missing_data: leave out | pays nothing)"
WITHHELD = "ask for the exact counts, or say in the contract what a withheld count means (withheld_data: leave out | pays nothing)"


def test_missing_counts() -> None:
    """Of P2 nothing was sent: refused month by month, left out (9 of 10 are 90%), or the reason why nothing is paid."""
    counts: Counts = {"P1": (9, 10, 0), "P3": (0, 0, 0)}
    assert [
        ("activity.csv", f"there is no count: practice P2, I1, {month}", MISSING) for month in ("2009-04", "2009-05", "2009-06")
    ] == refused(counts | FULL)
    left = line(counts | FULL, missing_data="leave out", withheld_data="refuse")
    assert (250, "counted") == (left.earned, left.state)
    nothing = line(counts | FULL, missing_data="pays nothing", withheld_data="refuse")
    assert (0, 0, F(9, 10), "counts missing") == (nothing.earned, nothing.share, nothing.achievement, nothing.state)


def test_withheld_counts() -> None:
    """Those of P2 are withheld: refused, left out, or the reason why nothing is paid; missing they are not."""
    counts: Counts = {"P1": (9, 10, 0), "P2": (None, None, 0), "P3": (0, 0, 0)}
    assert [
        ("activity.csv", f"the count is withheld (suppressed): practice P2, I1, {month}", WITHHELD)
        for month in ("2009-04", "2009-05", "2009-06")
    ] == refused(counts | FULL)
    left = line(counts | FULL, withheld_data="leave out")
    assert (250, "counted") == (left.earned, left.state)
    nothing = line(counts | FULL, withheld_data="pays nothing")
    assert (0, 0, "counts withheld") == (nothing.earned, nothing.share, nothing.state)


def test_missing_counts_come_before_withheld_ones_and_both_before_no_patients() -> None:
    """A line may lack counts in two ways and have no patients: missing is told first."""
    counts: Counts = {"P1": (0, 0, 0), "P2": (None, None, 0)}
    both = line(counts | FULL, missing_data="pays nothing", withheld_data="pays nothing", empty_denominator="pays in full")
    assert ("counts missing", 0) == (both.state, both.earned)
    one = line(
        counts | FULL | {"P3": (0, 0, 0)}, missing_data="pays nothing", withheld_data="pays nothing", empty_denominator="pays in full"
    )
    assert ("counts withheld", 0) == (one.state, one.earned)


def test_of_very_many_missing_counts_forty_are_named() -> None:
    """Of 14 practices nothing was sent for three months: 40 of the 42 are named, and the rest is counted; without files the contract's line is told."""
    many = members(*((f"P{n:02d}", "N1", None, None) for n in range(14)))
    with pytest.raises(InputError) as caught:
        Case(contract(package()), many, []).settled(Q1)
    said = [(p.at, p.what, p.hint) for p in caught.value.problems]
    assert 41 == len(said)
    assert (None, "there is no count: practice P00, I1, 2009-04", MISSING) == said[0]
    assert (None, "there is no count in 2 more practice-months", "`p4p check` with the activity shows the whole grid") == said[-1]
    with pytest.raises(InputError) as caught:
        Case(
            contract(package()), members(*((f"P{n:02d}", "N1", None, None) for n in range(13)), ("P99", "N1", "2009-06", None)), []
        ).settled(Q1)
    assert 40 == len(caught.value.problems)


@pytest.mark.parametrize(
    ("key", "what", "terms"),
    [
        ("missing_data", "there is no count: practice P1, I1, 2009-04", {}),
        (
            "empty_denominator",
            "2009/10 Q1: network N1 has no patients in the denominator of I1",
            {"missing_data": "leave out", "withheld_data": "refuse", "empty_denominator": "refuse"},
        ),
    ],
)
def test_without_files_the_line_of_the_contract_is_told(key: str, what: str, terms: dict[str, Any]) -> None:
    """Nothing at all was sent: what is refused stands at the key of the contract that refuses it."""
    at = {name: Location("contract.yaml", line, 7) for line, name in enumerate(("missing_data", "withheld_data", "empty_denominator"), 20)}
    with pytest.raises(InputError) as caught:
        Case(contract(package(places=at, **terms)), ONE, []).settled(Q1)
    assert (at[key], what) == (caught.value.problems[0].at, caught.value.problems[0].what)


def test_a_count_that_is_missing_to_date_is_told_once() -> None:
    """Nothing was sent for half a year: June is missing from what Q1 is judged on and from what Q2 is, and named once."""
    with pytest.raises(InputError) as caught:
        Case(contract(package(measured="year to date", catch_up="none", claw_back="none")), ONE, []).settled(Q2)
    months = ("2009-04", "2009-05", "2009-06", "2009-07", "2009-08", "2009-09")
    assert [f"there is no count: practice P1, I1, {month}" for month in months] == [p.what for p in caught.value.problems]


def test_one_withheld_month_is_enough() -> None:
    """April is withheld; May and June are 18 of 20, or have no patients: refused, or not paid, which is no empty denominator."""
    april, rest = monthly("2009-04", None, None), [monthly(month, 9, 10) for month in ("2009-05", "2009-06")]
    with pytest.raises(InputError) as caught:
        Case(contract(package()), ONE, [april, *rest]).settled(Q1)
    assert ["the count is withheld (suppressed): practice P1, I1, 2009-04"] == [p.what for p in caught.value.problems]
    none = [monthly(month, 0, 0) for month in ("2009-05", "2009-06")]
    for rows in ([april, *rest], [april, *none]):
        terms = {"withheld_data": "pays nothing", "empty_denominator": "refuse"}
        (found,) = Case(contract(package(**terms)), ONE, rows).settled(Q1).lines_of("N1")
        assert ("counts withheld", 0) == (found.state, found.earned)


def test_where_nothing_is_withheld_its_rule_says_nothing() -> None:
    """Withheld counts would not be paid; all three months are there, 27 of 30, and are."""
    rows = [monthly(month, 9, 10) for month in ("2009-04", "2009-05", "2009-06")]
    (found,) = Case(contract(package(withheld_data="pays nothing")), ONE, rows).settled(Q1).lines_of("N1")
    assert ("counted", 250) == (found.state, found.earned)


def test_each_package_has_its_own_rule_for_withheld_counts() -> None:
    """I1's are left out and I2's refused: only those of I2 are told."""
    care = (package(weights={"I1": F(1)}, withheld_data="leave out"), package(weights={"I2": F(1)}))
    with pytest.raises(InputError) as caught:
        Case(contract(*care), ONE, [row("P1", Q1, None, None, indicator=i) for i in ("I1", "I2")]).settled(Q1)
    months = ("2009-04", "2009-05", "2009-06")
    assert [f"the count is withheld (suppressed): practice P1, I2, {month}" for month in months] == [p.what for p in caught.value.problems]


def quarterly(*counts: tuple[int, int], **terms: Any) -> list[tuple[int, int, int]]:
    """What P1 alone, with these counts quarter by quarter, brought forward, had available and earned, each quarter settled on its own."""
    rows = [row("P1", quarter, n, d) for quarter, (n, d) in zip(YEAR.quarters, counts, strict=False)]
    out = []
    for quarter in YEAR.quarters[: len(counts)]:
        (found,) = Case(contract(package(**terms)), ONE, rows).settled(quarter).lines_of("N1")
        out.append((found.brought_forward, found.available, found.earned))
    return out


@pytest.mark.parametrize(
    ("earned", "catch_up", "claw_back"),
    [
        # to date 80 of 100, 180 of 200 (90%), 260 of 300, 360 of 400 (90%)
        ([0, 250, 0, 250], "none", "none"),
        # at 90% to date all the money of the year so far is due, less what was paid
        ([0, 500, 0, 500], "allowed", "none"),
        # below 90% nothing is due, so what was paid comes back
        ([0, 250, -250, 250], "none", "allowed"),
        ([0, 500, -500, 1000], "allowed", "allowed"),
    ],
)
def test_a_year_to_date(earned: list[int], catch_up: str, claw_back: str) -> None:
    """Each quarter is judged on the year so far; what an earlier one missed or had too much of is made good only where the contract allows it."""
    found = quarterly((80, 100), (100, 100), (80, 100), (100, 100), measured="year to date", catch_up=catch_up, claw_back=claw_back)
    assert earned == [e for _, _, e in found]


def test_money_carried_forward() -> None:
    """What Q1 and Q2 did not earn is there to be earned in Q3, once; what Q4 does not earn goes nowhere."""
    found = quarterly((8, 10), (8, 10), (9, 10), (8, 10), unearned="carried forward within the year")
    assert [(0, 250, 0), (250, 500, 0), (500, 750, 750), (0, 250, 0)] == found


def test_quarters_that_stand_alone() -> None:
    """Each quarter's own counts and its own money."""
    assert [(0, 250, 0), (0, 250, 250), (0, 250, 0)] == quarterly((8, 10), (9, 10), (8, 10))


def test_a_year_judged_once() -> None:
    """Until the last quarter there is no line; then the money of all four is judged on the counts of all four: 36 of 40."""
    rows = [row("P1", quarter, n, 10) for quarter, n in zip(YEAR.quarters, (8, 9, 9, 10), strict=True)]
    case = Case(contract(package(measured="year")), ONE, rows)
    assert [] == list(case.settled(Q3).lines_of("N1"))
    (found,) = case.settled(Q4).lines_of("N1")
    assert (36, 40, 1000, 1000) == (found.numerator, found.denominator, found.available, found.earned)
    (found,) = Case(contract(package(measured="year")), ONE, [*rows[:3], row("P1", Q4, 9, 10)]).settled(Q4).lines_of("N1")
    assert (35, 0) == (found.numerator, found.earned)


def test_a_year_judged_once_has_the_money_of_all_four_quarters() -> None:
    """Of £10.00 a tenth, two, three and four tenths fall into the quarters: all of it is there in Q4."""
    care = replace(package(measured="year"), spread=(F(1, 10), F(2, 10), F(3, 10), F(4, 10)))
    (found,) = Case(contract(care), ONE, [row("P1", q, 9, 10) for q in YEAR.quarters]).settled(Q4).lines_of("N1")
    assert (1000, 1000) == (found.available, found.earned)


@pytest.mark.parametrize("order", [1, -1])
def test_a_package_judged_once_beside_one_judged_each_quarter(order: int) -> None:
    """In Q3 the one has no line yet, the other has its own, whichever of the two comes first."""
    care = (package(weights={"I1": F(1)}, measured="year"), package(weights={"I2": F(1)}))
    rows = [row("P1", Q3, n, 10, indicator=i) for i, n in (("I1", 8), ("I2", 9))]
    found = list(Case(contract(*care[::order]), ONE, rows).settled(Q3).lines_of())
    assert [("I2", 9, 10, "counted", F(9, 10), 1, 250, 250)] == [
        (x.indicator, x.numerator, x.denominator, x.state, x.achievement, x.share, x.available, x.earned) for x in found
    ]


def test_a_snapshot_is_the_last_month_of_the_quarter() -> None:
    """Of monthly counts only June's decide: 9 of 10, whatever April and May were."""
    rows = [monthly(month, n, 10) for month, n in (("2009-04", 0), ("2009-05", 1), ("2009-06", 9))]
    (found,) = Case(contract(package(measured="snapshot", catch_up="none", claw_back="none")), ONE, rows).settled(Q1).lines_of("N1")
    assert (9, 10, 250) == (found.numerator, found.denominator, found.earned)
    (found,) = Case(contract(package()), ONE, rows).settled(Q1).lines_of("N1")
    assert (10, 30, 0) == (found.numerator, found.denominator, found.earned)


def test_a_quarter_in_which_a_network_is_gone() -> None:
    """N1 has no practice from July to September: no line, nothing earned and nothing taken back; what was earned in Q1 counts as before."""
    away = members(("P1", "N1", None, "2009-06"), ("P1", "N1", "2009-10", None), ("P9", "N2", None, None))
    rows = [row("P1", Q1, 9, 10), row("P1", Q3, 9, 10), *(row("P9", q, 9, 10) for q in (Q1, Q2, Q3))]
    terms: dict[str, Any] = {"measured": "year to date", "catch_up": "allowed", "claw_back": "allowed"}
    case = Case(contract(package(**terms)), away, rows)
    assert [["N1", "N2"], ["N2"], ["N1", "N2"]] == [[x.network for x in case.settled(q).lines_of()] for q in (Q1, Q2, Q3)]
    assert [250, 250] == [next(case.settled(q).lines_of("N1")).earned for q in (Q1, Q3)]
    # and money that was left in Q1 is still there in Q3; that of Q2 never was
    case = Case(contract(package(unearned="carried forward within the year")), away, [row("P1", Q1, 8, 10), *rows[1:]])
    (found,) = case.settled(Q3).lines_of("N1")
    assert (250, 500, 500) == (found.brought_forward, found.available, found.earned)


@pytest.mark.parametrize("fine", [F(0), BIT])
@pytest.mark.parametrize("rate", ["pooled", "every practice"])
def test_counts_of_a_network_itself(rate: str, fine: F) -> None:
    """Where the network reports, its counts are the rate, whatever the contract says of practices' rates; in columns and as fractions."""
    curve = AllOrNothing(target=Threshold(F(9, 10) - fine, "at least"))
    terms: dict[str, Any] = {"counts_from": "network", "network_rate": rate, "curve": curve}
    (found,) = Case(contract(package(**terms)), ONE, [row("N1", Q1, 9, 10)]).settled(Q1).lines_of("N1")
    assert (9, 10, F(9, 10), 250) == (found.numerator, found.denominator, found.achievement, found.earned)


def test_indicators_of_one_shape_with_numbers_of_their_own() -> None:
    """Two targets beside each other and lines between two: each indicator is judged by its own numbers, on 100, 75, 50 and 25 of 250."""
    care = package(weights={"I1": F(4, 10), "I2": F(3, 10), "I3": F(2, 10), "I4": F(1, 10)})
    assert care.performance is not None
    curves = (
        NINETY,
        AllOrNothing(target=Threshold(F(85, 100), "at least")),
        Linear(lower=F(6, 10), upper=F(9, 10)),
        Linear(lower=F(5, 10), upper=F(7, 10)),
    )
    for indicator, curve in zip(care.performance.indicators.values(), curves, strict=True):
        object.__setattr__(indicator, "curve", curve)
    rows = [row("P1", Q1, 85, 100, indicator=iid) for iid in ("I1", "I2", "I3", "I4")]
    found = list(Case(contract(care), ONE, rows).settled(Q1).lines_of("N1"))
    # 85% is 25 of the 30 points from 60% to 90%: five sixths of 50 are 41⅔
    assert [("I1", 100, 0), ("I2", 75, 75), ("I3", 50, 42), ("I4", 25, 25)] == [(x.indicator, x.available, x.earned) for x in found]
    assert [0, 1, F(5, 6), 1] == [x.share for x in found]


def with_targets(targets: tuple[F, F], percentage: int) -> Settlement:
    """Two indicators, £1.25 a quarter and a target each, both at some percent."""
    care = package(weights={"I1": F(1, 2), "I2": F(1, 2)})
    assert care.performance is not None
    for indicator, ratio in zip(care.performance.indicators.values(), targets, strict=True):
        object.__setattr__(indicator, "curve", AllOrNothing(target=Threshold(ratio, "at least")))
    return Case(contract(care), ONE, [row("P1", Q1, percentage, 100, indicator=i) for i in ("I1", "I2")]).settled(Q1)


@pytest.mark.parametrize(
    ("targets", "earned"),
    [
        # 85% lacks a 2⁷⁰th of the one target and is far above the other; then it is above both, one of them by a 2⁷⁰th
        ((F(85, 100) + F(1, 2**70), F(1, 2**70)), (0, 125)),
        ((F(1, 2**70), F(85, 100) - F(1, 2**70)), (125, 125)),
    ],
)
def test_numbers_of_their_own_too_fine_for_columns(targets: tuple[F, F], earned: tuple[int, int]) -> None:
    """Two targets, 2⁷⁰ths in both: brought to one denominator they do not fit in 64 bits, and are settled as fractions."""
    settlement = with_targets(targets, 85)
    assert earned == tuple(x.earned for x in settlement.lines_of("N1"))
    assert [(F(85, 100), e / F(125)) for e in earned] == [settlement.exact[Q1.key, 0, i] for i in (0, 1)]


@pytest.mark.parametrize(
    "targets",
    [
        (F(9, 10), F(85, 100)),
        (F(9, 10) - F(1, 2**80), F(9, 10) - F(1, 2**80)),  # finer than a number of its own may be, and the same for both
    ],
)
def test_only_what_does_not_fit_is_kept_as_fractions(targets: tuple[F, F]) -> None:
    """Ordinary counts and targets fit in columns, and so does a finer target that all indicators share; what is earned is as exact."""
    settlement = with_targets(targets, 90)
    assert ({}, [125, 125]) == (settlement.exact, [x.earned for x in settlement.lines_of()])


def test_a_large_network_beside_a_small_one() -> None:
    """Both are at a half, 1 of 2 and 499,999,999 of 999,999,998: half-way from 1/m to (m - 1)/m, so half of £2.50 each, however large the products."""
    m = 999_983
    care = package(curve=Linear(lower=F(1, m), upper=F(m - 1, m)))
    two = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    rows = [row("P1", Q1, 1, 2), row("P2", Q1, 499_999_999, 999_999_998)]
    found = list(Case(contract(care), two, rows).settled(Q1).lines_of())
    assert [("N1", F(1, 2), F(1, 2), 125), ("N2", F(1, 2), F(1, 2), 125)] == [(x.network, x.achievement, x.share, x.earned) for x in found]


@pytest.mark.parametrize(
    ("curve", "share", "whole"),
    [
        (Linear(lower=F(6, 10), upper=F(9, 10) + BIT), F(25, 100) / (F(3, 10) + BIT), (1, 250)),
        (AllOrNothing(target=Threshold(F(85, 100) + BIT, "at least")), F(0), (1, 250)),
        # twelve steps and a bit; to 100% they are nineteen, the twentieth lacks a bit: 95% of 250 are 237.5
        (Stepped(start=F(6, 10), step=F(2, 100) + BIT, share_per_step=F(1, 20), most=F(1)), F(12, 20), (F(19, 20), 238)),
    ],
)
def test_numbers_too_fine_for_columns_are_settled_as_fractions(curve: Any, share: F, whole: tuple[F, int]) -> None:
    """A threshold written with very many decimals is kept to the last: the share is exact, and what is earned is it rounded; one patient is enough."""
    terms: dict[str, Any] = {"measured": "year to date", "catch_up": "allowed", "claw_back": "none", "curve": curve}
    case = Case(contract(package(**terms)), ONE, [row("P1", Q1, 80, 100), row("P1", Q2, 90, 100), row("P1", Q3, 0, 0)])
    (found,) = case.settled(Q2).lines_of("N1")
    assert (F(170, 200), share) == (found.achievement, found.share)
    first = curve.share(F(8, 10))
    own, due = [int(x + F(1, 2)) for x in (250 * share, 500 * share)]
    assert max(own, due - int(250 * first + F(1, 2))) == found.earned
    (none,) = Case(case.contract, ONE, [row("P1", Q1, 0, 0)]).settled(Q1).lines_of("N1")
    assert (None, 0, 0, "no patients") == (none.achievement, none.share, none.earned, none.state)
    (one,) = Case(case.contract, ONE, [row("P1", Q1, 1, 1)]).settled(Q1).lines_of("N1")
    assert (1, *whole) == (one.achievement, one.share, one.earned)


def test_rates_of_practices_as_fractions() -> None:
    """The mean of 80% and 100% against a threshold with very many decimals, just below 90% and just above."""
    counts = [row("P1", Q1, 80, 100), row("P2", Q1, 10, 10)]
    two = members(("P1", "N1", None, None), ("P2", "N1", None, None))
    for sign, earned in ((-1, 250), (1, 0)):
        curve = AllOrNothing(target=Threshold(F(9, 10) + sign * BIT, "at least"))
        (found,) = Case(contract(package(curve=curve, network_rate="mean of practices")), two, counts).settled(Q1).lines_of("N1")
        assert (F(9, 10), earned) == (found.achievement, found.earned)


def test_a_mean_of_rates_whose_fraction_fits_no_column() -> None:
    """One patient short in each of five practices whose patients are a prime number: no smaller fraction is their mean, and its bottom has 150 bits."""
    primes = (999_999_937, 999_999_929, 999_999_893, 999_999_883, 999_999_797)
    five = members(*((f"P{i}", "N1", None, None) for i in range(5)))
    rows = [row(f"P{i}", Q1, p - 1, p) for i, p in enumerate(primes)]
    (found,) = Case(contract(package(network_rate="mean of practices")), five, rows).settled(Q1).lines_of("N1")
    assert (1 - sum(F(1, p) for p in primes) / 5, 1, 250) == (found.achievement, found.share, found.earned)


def supposed(*given: tuple[str | None, str, str, F]) -> Assumptions:
    at = Location("scenario.yaml")
    return Assumptions(achievements=tuple(SupposedAchievement(n, i, c, v, at) for n, i, c, v in given))  # type: ignore[arg-type]


@pytest.mark.parametrize("fine", [F(0), BIT])
def test_achievements_that_are_supposed(fine: F) -> None:
    """N1 is at 85% and N2 at 95% of both indicators: set to a number, moved by points, one network or all, one after the other; in columns and as fractions."""
    curve = AllOrNothing(target=Threshold(F(9, 10) - fine, "at least"))
    care = package(weights={"I1": F(1, 2), "I2": F(1, 2)}, curve=curve)
    both = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    rows = [row(p, Q1, n, 100, indicator=i) for p, n in (("P1", 85), ("P2", 95)) for i in ("I1", "I2")]

    def achieved(*given: tuple[str | None, str, str, F]) -> list[tuple[F | None, int]]:
        found = Case(contract(care), both, rows, supposed(*given)).settled(Q1).lines_of()
        return [(x.achievement, x.earned) for x in found]

    n1, n2 = (F(85, 100), 0), (F(95, 100), 125)
    assert [n1, n1, n2, n2] == achieved()
    assert [(F(9, 10), 125), n1, (F(9, 10), 125), n2] == achieved((None, "I1", "to", F(9, 10)))
    assert [n1, (F(9, 10), 125), n2, n2] == achieved(("N1", "I2", "to", F(9, 10)))
    assert [(F(9, 10), 125), n1, (F(1), 125), n2] == achieved((None, "I1", "by", F(5, 100)))
    assert [n1, n1, (F(85, 100), 0), (F(85, 100), 0)] == achieved(("N2", "I1", "by", F(-10, 100)), ("N2", "I2", "by", F(-10, 100)))
    # never above all or below nothing; the later of two on top of the earlier
    assert [(F(1), 125), (F(0), 0), (F(1), 125), (F(0), 0)] == achieved((None, "I1", "by", F(1, 2)), (None, "I2", "by", F(-2)))
    assert [(F(7, 10), 0), n1, n2, n2] == achieved(("N1", "I1", "to", F(8, 10)), ("N1", "I1", "by", F(-1, 10)))
    assert [(F(65, 100), 0), n1, n2, n2] == achieved(("N1", "I1", "by", F(-1, 10)), ("N1", "I1", "by", F(-1, 10)))
    # what is supposed of another package's indicator is nothing to this one
    assert [n1, n1, n2, n2] == achieved((None, "elsewhere", "to", F(0)))
    assert [(F(1), 125), n1, n2, n2] == achieved((None, "elsewhere", "to", F(1)), ("N1", "I1", "to", F(1)))


def test_nothing_is_supposed_of_a_line_without_patients() -> None:
    """A supposed achievement does not make patients: the contract decides as before."""
    case = Case(contract(package()), ONE, [row("P1", Q1, 0, 0)], supposed((None, "I1", "to", F(1))))
    (found,) = case.settled(Q1).lines_of("N1")
    assert (None, 0, "no patients") == (found.achievement, found.earned, found.state)


def test_a_single_patient_is_enough() -> None:
    """One patient is a denominator: 1 of 1 is everything, and what is supposed of 0 of 1 holds."""
    (found,) = Case(contract(package()), ONE, [row("P1", Q1, 1, 1)]).settled(Q1).lines_of("N1")
    assert (1, 250) == (found.achievement, found.earned)
    (found,) = Case(contract(package()), ONE, [row("P1", Q1, 0, 1)], supposed((None, "I1", "to", F(1)))).settled(Q1).lines_of("N1")
    assert (1, 250) == (found.achievement, found.earned)


def test_a_quarter_is_told_by_its_own_name() -> None:
    """The lines of four quarters stand in order, each with its own counts."""
    rows = [row("P1", quarter, n, 10) for quarter, n in zip(YEAR.quarters, (6, 7, 8, 9), strict=True)]
    found = list(Case(contract(package()), ONE, rows).settled(*YEAR.quarters).lines_of("N1"))
    assert [(Quarter(YEAR, n), n + 5) for n in (1, 2, 3, 4)] == [(x.quarter, x.numerator) for x in found]


def test_a_quarter_judged_by_itself_asks_for_no_other() -> None:
    """Nothing was counted in the first quarter: the second is settled all the same, and 90% of it earns its 2.50."""
    (found,) = Case(contract(package()), ONE, [row("P1", Q2, 90, 100)]).settled(Q2).lines_of("N1")
    assert (250, 250) == (found.available, found.earned)
