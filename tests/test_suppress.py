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

from p4p.counts.suppress import OPEN, RULES, NetworkContract, Pattern, Publication, Row, Rule, SmallNumbers, pattern, rule_of
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


SENTENCES = {
    "1-7": "numbers of patients from 1 to 7 are withheld, 0 stays, the others are rounded to the nearest 5, and rates are those of the rounded "
    "numbers; payments were made on the exact ones",
    "below 5": "numbers of patients from 1 to 4 are withheld, 0 stays, the others are exact",
    "ncdes": "where fewer than 2 patients are left after exclusions and any were excluded, the counts are withheld",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_rule_says_what_it_withholds(name: str) -> None:
    """Each rule is found by its name and has a sentence for the page."""
    assert (name, SENTENCES[name]) == (rule_of(name).name, rule_of(name).words)


def test_a_rule_that_is_not_there_is_told_with_those_that_are() -> None:
    """The names are all told; a hint names the one that is meant, or again all where none is near."""
    with pytest.raises(UsageError) as error:
        rule_of("1 to 7")
    (problem,) = error.value.problems
    assert 'there is no rule "1 to 7" for what may be published; the rules are "1-7", "below 5", "ncdes"' == problem.what
    assert "known here: 1-7, below 5, ncdes" == problem.hint


@pytest.mark.parametrize(
    ("rule", "most", "published"),
    [(HES, 7, {8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 250: 250}), (BELOW_5, 4, {5: 5, 6: 6, 7: 7, 8: 8, 13: 13})],
)
def test_numbers_as_they_are_published(rule: Rule, most: int, published: dict[int, int]) -> None:
    """0 stays, 1 and more up to the rule's most is a star, the others are to the nearest 5 (2 rounds down, 3 up) or stay."""
    assert 0 == rule.shown(0)
    assert ["*"] * most == [str(rule.shown(count)) for count in range(1, most + 1)]
    assert published == {count: rule.shown(count) for count in published}


@pytest.mark.parametrize(
    ("row", "hidden"), [((0, 0, 4), True), ((1, 0, 4), True), ((0, 1, 1), True), ((1, 1, 4), False), ((2, 0, 4), False), ((1, 0, 0), False)]
)
def test_the_network_contract_looks_at_the_excluded(row: Row, hidden: bool) -> None:
    """With 0 or 1 patient left, achieved or not, the excluded are withheld where there are any; no number alone is, and none is rounded."""
    assert (hidden, (2,) if hidden else ()) == (NCDES.hides(row), NCDES.small(row))
    assert [0, 1, 8] == [NCDES.shown(count) for count in (0, 1, 8)]
    assert 1 == NCDES.nearest


def test_several_kinds_of_exclusion() -> None:
    """With several kinds the denominator stays; where it is 0 and all excluded are of one kind the kinds are withheld, else nothing is."""
    found = {given: NetworkContract.withheld(*given) for given in ((0, (3, 0)), (0, (0, 1)), (0, (3, 2)), (0, (0, 0)), (1, (3, 0)))}
    assert [(False, True), (False, True), (False, False), (False, False), (False, False)] == list(found.values())


@pytest.mark.parametrize(
    ("rule", "row", "numbers", "least", "safe"),
    [
        (HES, (9, 9, 9), {1, 2, 3, 4}, None, True),  # half of 7 is 4
        (HES, (9, 9, 9), {4, 5, 6, 7}, None, True),
        (HES, (9, 9, 9), {0, 1, 2, 3}, None, False),
        (HES, (9, 9, 9), {5, 6, 7, 8}, None, False),
        (HES, (9, 9, 9), {6, 7}, 2, True),
        (HES, (9, 9, 9), {7, 8}, 2, False),
        (HES, (2, 0, 0), {0, 1, 2}, None, True),  # two patients cannot be 3 or more
        (HES, (2, 0, 0), {0, 2}, None, False),
        (HES, (1, 0, 0), {0, 1}, None, True),
        (HES, (1, 0, 0), {1}, None, False),  # never one alone
        (BELOW_5, (9, 9, 9), {1, 2}, None, True),  # half of 4 is 2
        (BELOW_5, (9, 9, 9), {4, 5}, None, False),
        (NCDES, (1, 0, 3), {3, 4}, None, True),
        (NCDES, (1, 0, 3), {3}, None, False),
    ],
)
def test_when_a_small_number_is_safe(rule: Rule, row: Row, numbers: set[int], least: int | None, safe: bool) -> None:
    """A withheld number is safe where it could be half of those that the rule withholds, or so many as are asked for, or all that the row has patients for."""
    assert safe == rule.safe(row, numbers, least)


def test_an_open_line_as_a_whole() -> None:
    """Where nothing is small everything is shown; where A is, the line stays open with its money, without A and B; without the second step without A alone."""
    rows = {"A": (40, 3, 0), "B": (50, 30, 0), "C": (60, 30, 0)}
    assert OPEN == Pattern(True, False, True, frozenset(), frozenset()) == found(HES, {"B": (50, 30, 0)})
    assert Pattern(True, False, True, frozenset("A"), frozenset("B")) == found(HES, rows)
    assert Pattern(True, False, True, frozenset("A"), frozenset()) == found(HES, rows, second=False)
    assert {"A", "B"} == found(HES, rows).hidden


def test_the_first_partner_is_that_of_the_first_code() -> None:
    """B and C would both do for A, and B is taken wherever it stands."""
    assert {"B"} == found(HES, {"C": (60, 30, 0), "B": (50, 30, 0), "A": (40, 3, 0)}).second


def test_small_practices_that_keep_each_other_safe_need_no_other() -> None:
    """A's 3 and B's 4 are 7 together, so A's could be 0 to 7: nobody else is withheld."""
    assert frozenset() == found(HES, {"A": (40, 3, 0), "B": (50, 4, 0), "C": (60, 30, 0)}).second


@pytest.mark.parametrize("n", range(12))
def test_partners_are_looked_for_in_the_order_of_codes(n: int) -> None:
    """A's 3 not achieved and B's 3 excluded could each be 0 to 3 only, were the two alone. A comes first, and takes C, which has nobody excluded and is no help to B; so B takes D."""
    rows = {f"D{n}": (70, 40, 20), f"C{n}": (60, 30, 0), f"B{n}": (60, 0, 3), f"A{n}": (40, 3, 0)}
    assert {f"A{n}", f"B{n}"} == found(HES, rows).first
    assert {f"C{n}", f"D{n}"} == found(HES, rows).second


def test_every_small_number_of_a_practice_must_be_safe() -> None:
    """With B withheld A's 3 not achieved are safe, and its 2 excluded are all that A and B have; C has 20 excluded, and keeps both safe."""
    assert {"C"} == found(HES, {"A": (40, 3, 2), "B": (50, 30, 0), "C": (60, 30, 20)}).second


def test_what_one_practice_gains_the_other_loses() -> None:
    """Nobody of B is achieved: A's 5 not achieved can become fewer only where as many of B become achieved, and 1 to 5 of these would be small themselves."""
    assert {"C"} == found(HES, {"A": (40, 5, 0), "B": (0, 50, 0), "C": (60, 30, 0)}).second


def test_excluded_patients_of_the_network_contract_need_a_partner() -> None:
    """A and B have 1 patient left each. That one of A's could be among its excluded too, if B had 2 left, which is not withheld; C has room for one more: A's 3 are 3 or 4."""
    rows = {"A": (1, 0, 3), "B": (1, 0, 2), "C": (50, 30, 5)}
    assert ({"A", "B"}, {"C"}) == (found(NCDES, rows).first, found(NCDES, rows).second)


def achieved(rows: Iterable[Row]) -> int:
    """What a line earns that pays so much for each patient achieved."""
    return sum(n for n, _, _ in rows)


def paid_by_head(rows: dict[str, Row], pooled: bool = True) -> Pattern:
    """The pattern of a line that pays by the head."""
    whole = tuple(sum(row[i] for row in rows.values()) for i in range(3))
    return pattern(HES, rows, whole, achieved, pooled)  # type: ignore[arg-type]


def test_money_by_the_head_tells_who_was_not_achieved() -> None:
    """Of 43 the money says 40, so 3 were not; where 1 of 44 is excluded already, it could be 4 and 0, 2 and 2, 1 and 3 or 0 and 4, and the money is shown."""
    assert Pattern(False, True, False, frozenset("A"), frozenset()) == paid_by_head({"A": (40, 3, 0)})
    assert Pattern(False, True, True, frozenset("A"), frozenset()) == paid_by_head({"A": (40, 3, 1)})


@pytest.mark.parametrize("rows", [{"A": (40, 3, 0), "B": (50, 30, 0)}, {"A": (40, 3, 0), "B": (50, 6, 0)}])
def test_the_same_money_may_be_another_practices(rows: dict[str, Row]) -> None:
    """The rate of each practice counts, so the line is closed; the money says how many were achieved together, and not in which practice."""
    assert (False, False, True) == (paid_by_head(rows, False).open, paid_by_head(rows, False).small, paid_by_head(rows, False).money)


def test_money_is_safe_with_one_network_counted_for_itself() -> None:
    """2 of 100 not achieved could be 1 to 5 at 95%, 1 of 40 could be 1 or 2, which are the two that are asked for, and 3 of 43 achieved could be 1 to 7.

    3 of 3 achieved are 95% with no other number.
    """
    closed = [pattern(HES, {}, row, lambda r: share(TARGET, r)) for row in ((98, 2, 0), (39, 1, 0), (3, 40, 0), (3, 0, 0))]
    assert [Pattern(False, True, money, frozenset(), frozenset()) for money in (True, True, True, False)] == closed
    alone = [found(HES, {"A": row}, TARGET) for row in ((98, 2, 0), (39, 1, 0), (3, 40, 0), (3, 0, 0))]
    assert [Pattern(False, True, money, frozenset("A"), frozenset()) for money in (True, True, True, False)] == alone


def test_of_one_patient_two_numbers_are_enough() -> None:
    """A's one patient could be achieved or not without the target of 95% being reached: the money, which says so, is shown."""
    shown = found(HES, {"A": (1, 0, 0), "B": (50, 30, 0)}, TARGET, pooled=False)
    assert Pattern(False, False, True, frozenset("A"), frozenset("B")) == shown


@pytest.mark.parametrize(
    ("publication", "withheld"),
    [
        (
            Publication("r", "w", (2, 3), (0, 1), 0),
            "the counts of 2 lines and 3 practice rows. So that nothing else restores these: the counts of 1 practice row.",
        ),
        (
            Publication("r", "w", (1, 0), (0, 0), 1),
            "the counts of 1 line. So that nothing else restores these: no counts, and the money of 1 line with every sum it stands in.",
        ),
        (
            Publication("r", "w", (0, 0), (1, 0), 1200),
            "no counts. So that nothing else restores these: the counts of 1 line, and the money of 1,200 lines with every sum it stands in.",
        ),
    ],
)
def test_what_a_publication_says_of_itself(publication: Publication, withheld: str) -> None:
    """The rule in words, then how much was withheld by it and beside it, of lines, of practices and of money."""
    assert ('Published under the rule "r": w.', f"Withheld (*) by the rule: {withheld}") == publication.sentences


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
