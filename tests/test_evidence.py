"""What each practice counted towards a line, over the months that are judged together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction as F

import pytest
from settling import ONE, Q1, Q2, Q3, Q4, YEAR, Case, contract, members, package, row

from p4p.counts.activity import Activity, Row
from p4p.language.contract import Contract
from p4p.language.curves import Direction
from p4p.numbers.period import parse_month
from p4p.settling.evidence import PracticeCount, evidence, practice_evidence
from p4p.settling.settle import expected


def test_the_eligible_are_those_of_the_denominator_who_are_not_excluded() -> None:
    """Of 50 patients of whom 10 are excluded 40 are eligible; 30 of them are 3/4."""
    count = PracticeCount("P1", 30, 50, 10)
    assert (count.eligible, count.achievement) == (40, F(3, 4))
    assert (count.missing, count.withheld) == (0, 0)


@pytest.mark.parametrize("count", [PracticeCount("P1", 0, 0, 0), PracticeCount("P1", 0, 5, 5), PracticeCount("P1", 0, 5, 6)])
def test_a_practice_without_eligible_patients_has_no_achievement(count: PracticeCount) -> None:
    """None of none is no rate, neither 0% nor 100%."""
    assert count.achievement is None


@pytest.mark.parametrize(("numerator", "achievement"), [(0, F(0)), (1, F(1))])
def test_a_single_patient_is_a_rate(numerator: int, achievement: F) -> None:
    """One patient is enough for 0% or 100%."""
    assert PracticeCount("P1", numerator, 3, 2).achievement == achievement


@pytest.mark.parametrize(
    ("numerator", "direction", "patients"),
    [
        (30, "higher is better", 10),
        (40, "higher is better", 0),
        (41, "higher is better", 0),
        (0, "higher is better", 40),
        (30, "lower is better", 30),
        (0, "lower is better", 0),
        (-1, "lower is better", 0),
    ],
)
def test_the_outstanding_are_those_who_could_still_be_won(numerator: int, direction: Direction, patients: int) -> None:
    """Of 40 eligible those not in the numerator; where lower is better, those in it. Never fewer than none."""
    assert PracticeCount("P1", numerator, 50, 10).outstanding(direction) == patients


# from counts to evidence

TWO = members(("P2", "N1", None, None), ("P1", "N1", None, None), ("P3", "N2", None, None))


def counted(agreed: Contract, rows: list[Row], quarter: object, indicators: list[str] | None = None) -> Mapping[tuple[str, str], object]:
    activity = Activity.of(rows, expected(agreed), TWO)
    return practice_evidence(agreed, TWO, activity, quarter, indicators)  # type: ignore[arg-type]


def month(practice: str, text: str, n: int | None, d: int | None, indicator: str = "I1") -> Row:
    """A practice's counts of a month."""
    return Row("activity.csv", 2, practice, indicator, text, parse_month(text), 1, n, d, 0)


def test_a_quarter_judged_alone_has_its_own_counts() -> None:
    """Each practice's counts of the quarter, by network and by code; what other quarters counted is not there."""
    rows = [row("P1", Q1, 1, 10, 2), row("P1", Q2, 3, 20, 4), row("P2", Q2, 5, 30, 6), row("P3", Q2, 7, 40, 8), row("P1", Q3, 90, 90)]
    assert counted(contract(package()), rows, Q2) == {
        ("N1", "I1"): (PracticeCount("P1", 3, 20, 4), PracticeCount("P2", 5, 30, 6)),
        ("N2", "I1"): (PracticeCount("P3", 7, 40, 8),),
    }


@pytest.mark.parametrize("measured", ["year to date", "year"])
def test_a_quarter_judged_with_those_before_has_their_sums(measured: str) -> None:
    """Of the year so far each practice's counts are added up: P1 1 + 3 of 10 + 20, of whom 2 + 4 are excluded."""
    agreed = contract(package(measured=measured))
    rows = [row("P1", Q1, 1, 10, 2), row("P1", Q2, 3, 20, 4), row("P2", Q1, 5, 30, 6), row("P2", Q2, 6, 31, 7), row("P1", Q3, 90, 90)]
    assert counted(agreed, rows, Q2) == {
        ("N1", "I1"): (PracticeCount("P1", 4, 30, 6), PracticeCount("P2", 11, 61, 13)),
        ("N2", "I1"): (PracticeCount("P3", 0, 0, 0, missing=6),),
    }


def test_of_a_snapshot_the_last_month_is_counted() -> None:
    """Of three months the last counts, and only that may be missing: P2's June is not there."""
    agreed = contract(package(measured="snapshot"))
    rows = [month("P1", f"2009-0{n}", n, 10 * n) for n in (4, 5, 6)] + [month("P2", "2009-05", 1, 2), month("P3", "2009-06", None, None)]
    assert counted(agreed, rows, Q1) == {
        ("N1", "I1"): (PracticeCount("P1", 6, 60, 0), PracticeCount("P2", 0, 0, 0, missing=1)),
        ("N2", "I1"): (PracticeCount("P3", 0, 0, 0, withheld=1),),
    }


def test_months_without_counts_are_missing_or_withheld_and_never_zero() -> None:
    """Of P1's three months one is counted, one withheld and one missing; P2 has a month that counted nobody; P3's quarter is withheld."""
    rows = [month("P1", "2009-04", 2, 3), month("P1", "2009-05", None, None), month("P2", "2009-06", 0, 0), row("P3", Q1, None, None)]
    assert counted(contract(package()), rows, Q1) == {
        ("N1", "I1"): (PracticeCount("P1", 2, 3, 0, missing=1, withheld=1), PracticeCount("P2", 0, 0, 0, missing=2)),
        ("N2", "I1"): (PracticeCount("P3", 0, 0, 0, withheld=3),),
    }


MIXED = contract(
    package(weights={"I1": F(1, 2), "I2": F(1, 2)}),
    package(weights={"I3": F(1)}, measured="year to date"),
    package(weights={"I4": F(1)}, counts_from="network"),
)
ALL_YEAR = [
    row(place, quarter, number, 10 * number, indicator=iid)
    for number, quarter in enumerate((Q1, Q2), 1)
    for iid in ("I1", "I2", "I3")
    for place in ("P1", "P2", "P3")
] + [row("N1", Q2, 4, 5, indicator="I4")]


def test_each_indicator_has_the_quarters_on_which_it_is_judged() -> None:
    """Indicators judged on a quarter have 2 of 20, those on the year to date 1 + 2 of 10 + 20, those counted by network no practices."""
    found = counted(MIXED, ALL_YEAR, Q2)
    alone, so_far = ((2, 20, 0), (3, 30, 0))
    assert found == {
        (network, iid): tuple(PracticeCount(practice, *counts) for practice in practices)
        for iid, counts in (("I1", alone), ("I2", alone), ("I3", so_far))
        for network, practices in (("N1", ("P1", "P2")), ("N2", ("P3",)))
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [(["I2"], {"I2"}), (["I3", "I1"], {"I1", "I3"}), (["I4"], set()), (["I4", "I2"], {"I2"}), ([], set())],
)
def test_only_what_is_asked_for_is_there(asked: list[str], found: set[str]) -> None:
    """Some indicators may be named; none of them is none, and not all."""
    every = counted(MIXED, ALL_YEAR, Q2)
    assert counted(MIXED, ALL_YEAR, Q2, asked) == {key: counts for key, counts in every.items() if key[1] in found}


def test_a_practice_that_moved_counted_in_each_network() -> None:
    """Over the year to date a practice that moved in July stands in both networks, each with its own months; one that came later is not there yet."""
    moved = members(("P1", "N1", None, "2009-06"), ("P1", "N2", "2009-07", None), ("P2", "N1", None, None), ("P3", "N2", "2009-10", None))
    agreed = contract(package(measured="year to date"))
    rows = [row("P1", Q1, 1, 10), row("P1", Q2, 2, 20), row("P2", Q1, 3, 30), row("P2", Q2, 4, 40)]
    activity = Activity.of(rows, expected(agreed), moved)
    assert practice_evidence(agreed, moved, activity, Q2) == {
        ("N1", "I1"): (PracticeCount("P1", 1, 10, 0), PracticeCount("P2", 7, 70, 0)),
        ("N2", "I1"): (PracticeCount("P1", 2, 20, 0),),
    }


def test_the_evidence_of_a_settlement_is_that_of_its_last_quarter() -> None:
    """Of a year the last quarter is meant unless another is named, of a quarter that one; indicators may be named as well."""
    agreed = contract(package(weights={"I1": F(1, 2), "I2": F(1, 2)}))
    rows = [
        row("P1", quarter, number, 10 * number, indicator=iid) for number, quarter in enumerate(YEAR.quarters, 1) for iid in ("I1", "I2")
    ]
    year = Case(agreed, ONE, rows).settled(*YEAR.quarters)

    def of(number: int, *indicators: str) -> dict[tuple[str, str], tuple[PracticeCount, ...]]:
        return {("N1", iid): (PracticeCount("P1", number, 10 * number, 0),) for iid in indicators}

    assert evidence(year) == of(4, "I1", "I2")
    assert evidence(year, Q1) == of(1, "I1", "I2")
    assert evidence(year, indicators=["I2"]) == of(4, "I2")
    assert evidence(Case(agreed, ONE, rows).settled(Q3), Q4, ["I1"]) == of(4, "I1")
    assert evidence(Case(agreed, ONE, rows).settled(Q3)) == of(3, "I1", "I2")
