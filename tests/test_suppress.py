"""Which counts a publication withholds: the published rules, and a solver that tries to restore what they hide."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest
from attack import line_of
from hypothesis import given, settings
from hypothesis import strategies as st
from published import cases, needs_shared

from p4p.counts.suppress import RULES, NetworkContract, Row, Rule, SmallNumbers, pattern, rule_of
from p4p.language.curves import AllOrNothing, Curve, Linear, Threshold
from p4p.numbers.errors import UsageError

HES, BELOW_5, NCDES = RULES["1-7"], RULES["below 5"], RULES["ncdes"]

TARGET = AllOrNothing(target=Threshold(Fraction(95, 100), "at least"))
SLIDE = Linear(lower=Fraction(60, 100), upper=Fraction(90, 100))


def share(curve: Curve, rows: Iterable[Row]) -> Any:
    """What a pooled line of these rows earns."""
    found = list(rows)
    eligible = sum(n + m for n, m, _ in found)
    return Fraction(curve.share(Fraction(sum(n for n, _, _ in found), eligible))) if eligible else None


def told(curve: Curve, rows: dict[str, Row]) -> tuple[Fraction, Fraction]:
    """Between which achievements a line must lie, given what it earned on a known curve: a sliding scale says it to the patient."""
    earned, eligible = share(curve, rows.values()), sum(n + m for n, m, _ in rows.values())
    if earned is None:
        return Fraction(0), Fraction(1)
    if isinstance(curve, AllOrNothing):
        return (Fraction(95, 100), Fraction(1)) if earned else (Fraction(0), Fraction(95, 100) - Fraction(1, 100 * max(eligible, 1)))
    if earned in (0, 1):
        return (Fraction(0), Fraction(60, 100)) if not earned else (Fraction(90, 100), Fraction(1))
    achieved = Fraction(sum(n for n, _, _ in rows.values()), eligible)
    return achieved, achieved


def found(rule: Rule, rows: dict[str, Row], curve: Curve = TARGET, **asked: bool) -> Any:
    """The pattern of a pooled line."""
    whole = tuple(sum(row[i] for row in rows.values()) for i in range(3))
    return pattern(rule, rows, whole, lambda r: share(curve, r), **asked)  # type: ignore[arg-type]


@needs_shared
@pytest.mark.parametrize("case", cases("local_schemes.json", "SUPPRESS-HES"))
def test_the_rule_for_hospital_counts(case: dict[str, Any]) -> None:
    """1 to 7 is withheld, 0 stays, the rest is to the nearest 5, as NHS Digital publishes."""
    assert case["expected"]["published"] == [str(HES.shown(count)) for count in case["inputs"]["counts"]]


@needs_shared
@pytest.mark.parametrize("case", cases("local_schemes.json", "SUPPRESS-ONE", "SUPPRESS-SINGLE", "SUPPRESS-MULTI"))
def test_the_rule_of_the_network_contract(case: dict[str, Any]) -> None:
    """Denominators below 2 with one kind of exclusion, and single kinds of exclusion of nobody's denominator, are withheld as NHS England's code does."""
    shown = []
    for row in case["inputs"]["rows"]:
        kinds = row["pca"] if isinstance(row["pca"], list) else [row["pca"]]
        denominator, excluded = NetworkContract.withheld(row["denominator"], kinds)
        pca = ["*" if excluded else n for n in kinds]
        shown.append(
            row | {"denominator": "*" if denominator else row["denominator"], "pca": pca if isinstance(row["pca"], list) else pca[0]}
        )
    assert case["expected"]["published"] == shown


def test_one_kind_of_exclusion() -> None:
    """With one kind of exclusion both the denominator and the excluded are withheld, where fewer than 2 are left and any were excluded."""
    assert [(True, True), (True, True), (False, False), (False, False)] == [
        NetworkContract.withheld(*given) for given in ((0, (4,)), (1, (4,)), (2, (4,)), (1, (0,)))
    ]


@pytest.mark.parametrize(("name", "hint"), [("1-8", "1-7"), ("below5", "below 5"), ("NCDES", "ncdes"), ("small", "1-7")])
def test_a_rule_that_is_not_there(name: str, hint: str) -> None:
    """A rule that is not known is an error that names those that are."""
    with pytest.raises(UsageError) as error:
        rule_of(name)
    assert hint in str(error.value.problems[0].hint)


def test_nothing_small_nothing_withheld() -> None:
    """Counts of 0 and of 8 and more are shown; under the rule of five 5 is shown too."""
    assert (True, frozenset()) == (found(HES, {"A": (8, 9, 0), "B": (20, 30, 0)}).open, found(HES, {"A": (8, 9, 0)}).hidden)
    assert found(BELOW_5, {"A": (5, 5, 0), "B": (20, 30, 0)}).hidden == frozenset()


def test_a_single_small_practice_takes_another_with_it() -> None:
    """With A alone withheld its 3 would be 33 - 30; B, the first by code with whom patients can be exchanged in thought, is withheld too."""
    rows = {"A": (40, 3, 0), "B": (50, 30, 0), "C": (60, 30, 0)}
    assert found(HES, rows).first == {"A"}
    assert found(HES, rows).second == {"B"}


def test_a_partner_with_nothing_to_exchange_does_not_help() -> None:
    """B has nobody not achieved: with B withheld A's 3 would still be all there are, so C is taken."""
    assert found(HES, {"A": (40, 3, 0), "B": (50, 0, 0), "C": (60, 30, 0)}).second == {"C"}


def test_where_no_practice_helps_the_line_is_closed() -> None:
    """A's 3 excluded are the network's 3; and A's 3 achieved are what B's 8 leave of 11, where B has nobody else to exchange."""
    small = {"A": (40, 30, 3), "B": (50, 20, 0)}
    alone = {"A": (3, 0, 0), "B": (8, 0, 0)}
    assert [(False, True), (False, False)] == [(found(HES, rows).open, found(HES, rows).small) for rows in (small, alone)]


def test_a_rate_that_is_not_pooled_closes_with_its_first_small_practice() -> None:
    """The rate of every practice, or the mean of them, holds each practice's own rate."""
    rows = {"A": (40, 3, 0), "B": (50, 30, 0), "C": (60, 30, 0)}
    assert not found(HES, rows, pooled=False).open


def test_money_on_a_target_may_be_shown_and_on_a_sliding_scale_not() -> None:
    """Of 103 with 4 not achieved 1 to 5 all reach 95%, so the payment does not say which; on a slide from 60% to 99% it says 99 of 103."""
    assert found(HES, {"A": (60, 2, 0), "B": (39, 2, 0)}, TARGET).money
    assert not found(HES, {"A": (60, 2, 0), "B": (39, 2, 0)}, Linear(lower=Fraction(60, 100), upper=Fraction(99, 100))).money


def test_a_target_can_tell_too() -> None:
    """Of 20 with 1 not achieved at least 95% is 1 or none: the payment would say which, so it is withheld."""
    assert not found(HES, {"A": (19, 1, 0)}, TARGET).money


counts = st.one_of(st.integers(0, 12), st.integers(0, 60))
tables = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.tuples(counts, counts, st.one_of(st.just(0), st.integers(0, 9))), min_size=n, max_size=n).map(
        lambda rows: {f"P{i}": row for i, row in enumerate(rows)}
    )
)


def restored(rule: Rule, rows: dict[str, Row], curve: Curve, shown: Any) -> list[tuple[str, int, tuple[int, int]]]:
    """The small numbers that a solver pins to one value, or outside which it leaves only one of the numbers that the rule withholds."""
    money = told(curve, rows) if shown.money and not shown.open else None
    line = line_of(rows, [p for p in rows if p not in shown.hidden], shown.open, money)
    out = []
    for practice in shown.first:
        for which in rule.small(rows[practice]):
            least, greatest = line.range_of([practice], which)
            if greatest <= least or _withheld(rule, least, greatest) < min(2, sum(rows[practice])):
                out.append((practice, which, (least, greatest)))
    if not shown.open:
        whole: Row = tuple(sum(row[i] for row in rows.values()) for i in range(3))  # type: ignore[assignment]
        for which in rule.small(whole):
            least, greatest = line.range_of(rows, which)
            if greatest <= least or _withheld(rule, least, greatest) < min(2, sum(whole)):
                out.append(("", which, (least, greatest)))
    return out


def _withheld(rule: Rule, least: int, greatest: int) -> int:
    """How many of the numbers between two are withheld by the rule."""
    return max(min(greatest, rule.most) - max(least, 1) + 1, 0) if isinstance(rule, SmallNumbers) else 2


@settings(max_examples=50, deadline=None)
@given(tables, st.sampled_from([HES, BELOW_5, NCDES]), st.sampled_from([TARGET, SLIDE]))
def test_a_solver_restores_no_withheld_number(rows: dict[str, Row], rule: Rule, curve: Curve) -> None:
    """From all rows shown, the sums, every denominator and what the money says, a small number could be at least two that the rule withholds (of one patient: 0 or 1)."""
    shown = found(rule, rows, curve)
    if shown.open or shown.money:
        pinned = restored(rule, rows, curve, shown)
        assert [] == [p for p in pinned if p[0] == "" or sum(rows[p[0]]) > 0]


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from([HES, BELOW_5]))
def test_withheld_numbers_of_an_open_line_keep_half_of_what_the_rule_hides(rows: dict[str, Row], rule: Rule) -> None:
    """Where the network's counts are shown a small number could be at least half of the numbers withheld (4 of 1 to 7, 2 of 1 to 4), or all there are."""
    shown = found(rule, rows)
    if shown.open and shown.first:
        line = line_of(rows, [p for p in rows if p not in shown.hidden], True)
        for practice in shown.first:
            for which in rule.small(rows[practice]):
                least, greatest = line.range_of([practice], which)
                assert _withheld(rule, least, greatest) >= min((rule.most + 1) // 2, sum(rows[practice]))  # type: ignore[union-attr]


def test_without_the_second_suppression_the_solver_restores_the_number() -> None:
    """The solver is no straw man: with the small practice alone withheld it finds its 3 not achieved."""
    rows = {"A": (40, 3, 0), "B": (50, 30, 0), "C": (60, 30, 0)}
    alone = found(HES, rows, second=False)
    assert [("A", 1, (3, 3))] == restored(HES, rows, TARGET, alone)
    assert [] == restored(HES, rows, TARGET, found(HES, rows))


def test_money_on_a_sliding_scale_would_restore_the_number() -> None:
    """With the denominator known, the achievement in pounds says that 4 of 103 were not achieved: so such money is withheld."""
    rows = {"A": (60, 2, 0), "B": (39, 2, 0)}
    slide = Linear(lower=Fraction(60, 100), upper=Fraction(99, 100))
    line = line_of(rows, [], False, (Fraction(99, 103), Fraction(99, 103)))
    assert (4, 4) == line.range_of(rows, 1)
    assert not found(HES, rows, slide).money
