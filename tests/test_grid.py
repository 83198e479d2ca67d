"""The points of a sweep: how they fall into settings, what is held of them, and that each is what settling it alone gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction as F
from typing import Any

import pytest
from settling import Q2, Q3, Q4, YEAR, Case, contract, members, package, row
from test_sweep import same

from p4p.counts.members import Members
from p4p.language.contract import Contract, Each, Package, SharedAmongEarners
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold, Tiered
from p4p.numbers.errors import UsageError
from p4p.numbers.period import Quarter
from p4p.settling.settlement import Settlement
from p4p.whatif.grid import Grid
from p4p.whatif.many import unwatched
from p4p.whatif.sweep import Sweep, sweep
from p4p.whatif.sweep_text import axes_of

LINE = Linear(lower=F(3, 10), upper=F(9, 10))
TWO = {"I1": F(3, 5), "I2": F(2, 5)}

#: N3 is there from the second quarter on; a network's second practice leaves.
PEOPLE = members(("P1", "N1", None, None), ("P2", "N2", None, None), ("P3", "N2", None, "2009-09"), ("P4", "N3", "2009-07", None))

#: Of 60 patients each quarter, by practice and indicator; P3 has none on I2.
COUNTS = {
    ("P1", "I1"): (31, 44, 38, 52),
    ("P1", "I2"): (52, 20, 35, 41),
    ("P2", "I1"): (12, 33, 25, 57),
    ("P2", "I2"): (24, 26, 60, 18),
    ("P3", "I1"): (40, 42),
    ("P3", "I2"): (0, 0),
    ("P4", "I1"): (None, 37, 20, 44),
    ("P4", "I2"): (None, 41, 53, 29),
    ("P1", "I3"): (20, 30, 40, 50),
    ("P4", "I3"): (None, 25, 50, 35),
}


def care(curve: Curve = LINE, **terms: Any) -> Package:
    """10.01 a year for each network, 40% of it paid up front, two indicators."""
    return package(F(2, 5), terms.pop("value", Each(each=1001)), terms.pop("weights", TWO), curve, **terms)


def settled(terms: Contract, quarters: Sequence[Quarter], people: Members = PEOPLE) -> Settlement:
    """What the counts pay under some terms."""
    rows = [
        row(practice, quarter, n, 0 if (practice, iid) == ("P3", "I2") else 60, indicator=iid)
        for (practice, iid), counts in COUNTS.items()
        if practice in people.practices and iid in terms.indicators
        for quarter, n in zip(YEAR.quarters, counts, strict=False)
        if n is not None
    ]
    return Case(terms, people, rows).settled(*quarters)


def swept(settlement: Settlement, *texts: str) -> Sweep:
    return sweep(settlement, axes_of(texts, settlement.contract, settlement.members.networks))


def grid_of(settlement: Settlement, *texts: str) -> Grid:
    return Grid(settlement, axes_of(texts, settlement.contract, settlement.members.networks), unwatched)


def watched(settlement: Settlement, *texts: str) -> tuple[Sweep, list[tuple[str, int]]]:
    """A sweep, and what it showed of how far it had come: all the steps that it said there were."""
    steps: list[tuple[str, int]] = []

    @contextmanager
    def watch(words: str, many: int) -> Iterator[Callable[[], None]]:
        done: list[int] = []
        yield lambda: done.append(1)
        steps.append((words, many))
        assert len(done) == many

    return sweep(settlement, axes_of(texts, settlement.contract, settlement.members.networks), watch), steps


def every_point(found: Sweep) -> None:
    """Each point is what settling it alone gives, for every network and every amount."""
    for point in range(found.size):
        same(found, point)


TO_DATE = {"measured": "year to date", "claw_back": "none", "catch_up": "none"}

YEARLY = YEAR.quarters

TERMS: list[tuple[dict[str, Any], Sequence[Quarter]]] = [
    ({}, YEARLY),
    ({}, (Q2,)),
    ({"empty_denominator": "pays in full", "network_rate": "every practice"}, YEARLY),
    (TO_DATE, (Q3,)),
    (TO_DATE | {"catch_up": "allowed"}, YEARLY),
    (TO_DATE | {"catch_up": "allowed"}, (Q2,)),
    (TO_DATE | {"claw_back": "allowed"}, YEARLY),
    (TO_DATE | {"catch_up": "allowed", "claw_back": "allowed", "measured": "snapshot"}, YEARLY),
    ({"unearned": "carried forward within the year"}, YEARLY),
    ({"unearned": "carried forward within the year"}, (Q4,)),
    ({"unearned": SharedAmongEarners(shared_among="earners", cap=F(1, 2))}, YEARLY),
    ({"unearned": SharedAmongEarners(shared_among="earners", cap=F(1, 2))}, (Q3,)),
    ({"measured": "year"}, YEARLY),
    ({"measured": "year"}, (Q2,)),
    ({"measured": "year"}, (Q4,)),
]


@pytest.mark.parametrize(("terms", "quarters"), TERMS)
def test_money_thresholds_and_achievements(terms: dict[str, Any], quarters: Sequence[Quarter]) -> None:
    """However quarters hang together: a split, the thresholds of one indicator and the achievements of the other in one network are moved at once."""
    found = swept(
        settled(contract(care(**terms)), quarters),
        "packages.one.split.upfront=0%..40%/40%",
        "packages.one.performance.indicators.I1.curve=-10pp..+10pp/20pp",
        "achievement.N1:I2=-10pp..+10pp/20pp",
    )
    every_point(found)


CURVES: list[Curve] = [
    LINE,
    AllOrNothing(target=Threshold(F(6, 10), "above")),
    Tiered(tiers=((Threshold(F(4, 10), "at least"), F(1, 2)), (Threshold(F(6, 10), "at least"), F(1)))),
    Stepped(start=F(4, 10), step=F(1, 10), share_per_step=F(1, 4), most=F(1)),
]


TOGETHER = ("packages.*.performance.indicators.*.curve=-10pp..+10pp/10pp", "achievement=-20pp..+20pp/20pp")


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.kind)
@pytest.mark.parametrize(
    "axes", [TOGETHER, (TOGETHER[0], "achievement.I1=-10pp..+10pp/10pp"), (*TOGETHER[:1], "achievement.N2=-10pp..+10pp/20pp")]
)
def test_thresholds_against_achievements(curve: Curve, axes: tuple[str, ...]) -> None:
    """All thresholds are moved, and with them the achievements of all, of an indicator, or of a network."""
    every_point(swept(settled(contract(care(curve), mode="half-even"), (Q3,)), *axes))


def test_numbers_of_a_curve_and_achievements_that_are_set() -> None:
    """One number of a curve is set and all are moved, while achievements are set."""
    found = swept(
        settled(contract(care()), (Q3,)),
        "packages.one.performance.indicators.I1.curve.lower=10%..30%/20%",
        "packages.one.performance.indicators.I2.curve=-10pp..+10pp/20pp",
        "packages.one.performance.indicators.I1.curve.upper=70%..90%/20%",
        "achievement.I1=40%..80%/40%",
    )
    every_point(found)


def test_a_single_value_of_a_curve() -> None:
    """From 20% to 20% there is one point."""
    found = swept(settled(contract(care()), (Q3,)), "packages.one.performance.indicators.I1.curve.lower=20%..20%/10%")
    assert found.size == 1
    every_point(found)


def test_values_and_prices() -> None:
    """A value and its price, of one package; the other is dearer too."""
    people = members(("P1", "N1", None, None), ("P4", "N3", "2009-07", None))
    terms = contract(care(), care(weights={"I3": F(1)}))
    found = swept(settled(terms, YEARLY, people), "packages.one.value.each=10.01..30.03/20.02", "price=-10%..+10%/20%")
    every_point(found)


def test_two_packages_and_one_paid_up_front() -> None:
    """Each package has its own settings: the split of the first, the value of the third, the prices of all."""
    terms = contract(care(), care(weights={"I3": F(1)}), package(F(1), Each(each=777)))
    found = swept(
        settled(terms, YEARLY, members(("P1", "N1", None, None), ("P4", "N3", "2009-07", None))),
        "packages.one.split.upfront=0%..100%/100%",
        "packages.three.value.each=1.00..3.00/2.00",
        "price.two=-50%..+50%/100%",
    )
    every_point(found)


def away(first_of_p4: str = "2009-07", terms: dict[str, Any] | None = None) -> Settlement:
    """N1 has its only practice away in Q2 and back in Q3; N3 comes in Q2 or from the first."""
    people = members(("P1", "N1", None, "2009-06"), ("P1", "N1", "2009-10", None), ("P4", "N3", first_of_p4, None))
    rows = [row("P1", q, n, 60) for q, n in ((YEARLY[0], 31), (Q3, 38), (Q4, 52))]
    rows += [row("P4", q, n, 60) for q, n in ((Q2, 37), (Q3, 20), (Q4, 44))]
    return Case(contract(care(weights={"I1": F(1)}, **(terms or {}))), people, rows).settled(*YEARLY)


@pytest.mark.parametrize("terms", [{}, TO_DATE | {"catch_up": "allowed"}, {"unearned": "carried forward within the year"}])
def test_a_network_that_is_away_for_a_quarter(terms: dict[str, Any]) -> None:
    """N1 has no practice in Q2, and N3 none in Q1: each point is what settling it alone gives, and shows how far it has come where it is settled so."""
    settlement = away(terms=terms)
    texts = ("packages.one.split.upfront=0%..40%/40%", "achievement=-10pp..+10pp/20pp")
    found, steps = watched(settlement, *texts)
    assert steps == ([("points", 4)] if terms else [])
    every_point(found)


def test_what_interrupts_a_network() -> None:
    """Coming late or leaving early does not, nor does being away in a contract that never looks back."""
    looks_back = TO_DATE | {"catch_up": "allowed"}
    assert grid_of(away(terms=looks_back), "price=0%..+10%/10%").interrupted
    assert not grid_of(away(), "price=0%..+10%/10%").interrupted
    in_q3 = members(("P1", "N1", None, "2009-09"), ("P1", "N1", "2010-01", None))
    counts = [row("P1", q, 30, 60) for q in YEARLY if q != Q3]
    gone = Case(contract(care(weights={"I1": F(1)}, **looks_back)), in_q3, counts).settled(*YEARLY)
    assert grid_of(gone, "price=0%..+10%/10%").interrupted
    assert not grid_of(settled(contract(care(**looks_back)), YEARLY), "price=0%..+10%/10%").interrupted
    early = members(("P1", "N1", None, None), ("P2", "N2", None, "2009-09"))
    rows = [row(p, q, 30, 60) for p in ("P1", "P2") for q in YEARLY if p == "P1" or q.number < 3]
    left = Case(contract(care(weights={"I1": F(1)}, **looks_back)), early, rows).settled(*YEARLY)
    assert not grid_of(left, "price=0%..+10%/10%").interrupted


def test_of_two_packages_one_looks_back_on_a_network_that_was_away() -> None:
    """It is enough that one does."""
    people = members(("P1", "N1", None, "2009-06"), ("P1", "N1", "2009-10", None))
    terms = contract(care(weights={"I1": F(1)}), care(weights={"I2": F(1)}, **TO_DATE))
    rows = [row("P1", q, 30, 60, indicator=i) for q in (YEARLY[0], Q3, Q4) for i in ("I1", "I2")]
    assert grid_of(Case(terms, people, rows).settled(*YEARLY), "price=0%..+10%/10%").interrupted


# what is held in memory


def held(terms: Contract, quarters: Sequence[Quarter], *texts: str) -> int:
    """The whole numbers that a grid holds at once."""
    grid = grid_of(settled(terms, quarters), *texts)
    for pid in terms.packages:
        grid.part(pid)
    return grid.held


SPLITS, PRICES = "packages.one.split.upfront=0%..40%/10%", "price.one=0%..+20%/10%"
MOVED = "achievement.I1=-10pp..+10pp/5pp"

HELD: list[tuple[dict[str, Any], tuple[str, ...], int]] = [
    # 5 splits x 3 prices x 3 networks, 8 numbers each and one for each of 2 indicators; what the two earn at one share setting
    ({}, (SPLITS, PRICES), 15 * 3 * 10 + 15 * 3),
    # I1 has 5 share settings, I2 one
    ({}, (SPLITS, MOVED), 5 * 3 * 10 + 5 * 5 * 3 + 5 * 3),
    # carried forward, what might be earned is held as well
    ({"unearned": "carried forward within the year"}, (MOVED,), 3 * 10 + 2 * 5 * 3 + 2 * 3),
    # shared, both indicators have 5 share settings, in each of 4 quarters
    ({"unearned": SharedAmongEarners(shared_among="earners", cap=F(1))}, (MOVED,), 3 * 10 + 2 * 4 * 5 * 3),
    # and splits are no share settings
    ({"unearned": SharedAmongEarners(shared_among="earners", cap=F(1))}, (SPLITS, MOVED), 5 * 3 * 10 + 5 * 2 * 4 * 5 * 3),
]


@pytest.mark.parametrize(("terms", "texts", "numbers"), HELD)
def test_what_is_held(terms: dict[str, Any], texts: tuple[str, ...], numbers: int) -> None:
    """Money for each money setting, what is earned for each pair of a money and a share setting, by network."""
    assert held(contract(care(**terms)), YEARLY, *texts) == numbers


def test_a_package_paid_up_front_holds_its_money_only() -> None:
    """3 values of 3 networks, 8 numbers each."""
    assert held(contract(package(F(1), Each(each=100))), YEARLY, "price=0%..+20%/10%") == 3 * 3 * 8


def test_a_point_settled_alone_is_held_in_four_amounts() -> None:
    """Five points of two networks, four amounts each."""
    grid = grid_of(away(terms=TO_DATE), SPLITS)
    grid.one_by_one()
    assert grid.held == 5 * 2 * 4


def test_more_than_fits_in_memory_is_refused() -> None:
    """Sixty million whole numbers are held, one more is not."""
    grid = grid_of(settled(contract(care()), (Q3,)), "price=0%..+20%/0.01%", SPLITS)
    grid.holds(60_000_000)
    with pytest.raises(UsageError) as e:
        grid.holds(1)
    assert str(e.value) == ("error: 10,005 points of 3 networks are more than fits in memory\n  hint: take wider steps, or fewer axes")


# settings


def test_only_distances_are_told_apart() -> None:
    """-10, 0 and +10 points of achievement less -5, 0 and +5 of thresholds are nine different distances, with steps of 5 and 10 only seven."""
    grid = grid_of(settled(contract(care()), (Q3,)), TOGETHER[0].replace("10pp", "5pp"), "achievement=-10pp..+10pp/10pp")
    found = grid.shares("I1", LINE, None)
    assert found.distances == tuple(F(n, 100) for n in (-15, -10, -5, 0, 5, 10, 15))
    # by threshold -5, 0, +5 and achievement -10, 0, +10: -10 + 5, 0 + 5, 10 + 5, then -10, 0, 10, then -15, -5, 5
    assert found.of_point is not None and found.of_point.tolist() == [2, 4, 6, 1, 3, 5, 0, 2, 4]
    assert found.count == 7


def test_the_settings_of_indicators() -> None:
    """I1 has a setting for each of its own three values, I2 none of its own."""
    grid = grid_of(settled(contract(care()), (Q3,)), SPLITS, "achievement.I1=-10pp..+10pp/10pp")
    found = grid.shares("I1", LINE, None)
    assert found.of_point is not None
    assert (found.axes, found.distances, found.count, found.of_point.tolist()) == ((1,), None, 3, [0, 1, 2] * 5)
    none = grid.shares("I2", LINE, None)
    assert (none.axes, none.distances, none.of_point, none.count) == ((), None, None, 1)


REACHED: list[tuple[Curve, tuple[str, ...], bool]] = [
    (LINE, TOGETHER, True),
    (Linear(lower=F(3, 10), upper=F(9, 10), direction="lower is better"), TOGETHER, True),
    (AllOrNothing(target=Threshold(F(9, 10), "at least")), TOGETHER, True),
    # 10 points up a target of above 90% is one of above 100%, which nobody reaches, and a distance alone would
    (AllOrNothing(target=Threshold(F(9, 10), "above")), TOGETHER, False),
    # 10 points down it is at least 0%, which everybody reaches, and a distance alone would not
    (AllOrNothing(target=Threshold(F(1, 10), "at least")), TOGETHER, False),
    (AllOrNothing(target=Threshold(F(1, 10), "above")), TOGETHER, True),
    # an axis alone, achievements that are set, of one network, twice, or beside one number of a curve
    (LINE, TOGETHER[:1], False),
    (LINE, TOGETHER[1:], False),
    (LINE, (TOGETHER[0], "achievement=40%..80%/40%"), False),
    (LINE, (TOGETHER[0], "achievement.N2=-10pp..+10pp/10pp"), False),
    (LINE, (TOGETHER[0], "achievement.I1=-10pp..+10pp/10pp"), True),
    (LINE, ("packages.one.performance.indicators.I1.curve.lower=10%..30%/10%", TOGETHER[1]), False),
]


@pytest.mark.parametrize(("curve", "texts", "holds"), REACHED)
def test_when_only_the_distance_counts(curve: Curve, texts: tuple[str, ...], holds: bool) -> None:
    """For one axis of achievements by points, of all networks, against axes of all thresholds, as long as none is pushed past 0% or 100%."""
    grid = grid_of(settled(contract(care()), (Q3,)), *texts)
    assert grid.only_distance_counts(curve, grid.axes) is holds


# blocks and threads


@pytest.mark.parametrize(
    ("terms", "shown"), [({}, []), ({"unearned": SharedAmongEarners(shared_among="earners", cap=F(1, 2))}, [("settings", 2 * 4)])]
)
def test_blocks_of_settings(monkeypatch: pytest.MonkeyPatch, terms: dict[str, Any], shown: list[tuple[str, int]]) -> None:
    """Worked on a few settings at a time, every point is the same; shown is only what is shared out, for each split and quarter."""
    texts = ("packages.one.split.upfront=0%..40%/40%", "achievement=-20pp..+20pp/10pp")
    settlement = settled(contract(care(**terms)), YEARLY)
    whole = swept(settlement, *texts).totals
    monkeypatch.setattr("p4p.whatif.grid.BLOCK", 12)
    found, steps = watched(settlement, *texts)
    assert {name: values.tolist() for name, values in found.totals.items()} == {name: values.tolist() for name, values in whole.items()}
    assert steps == shown


MUCH = ("packages.one.split.upfront=0%..100%/0.2%", "achievement=-10pp..+10pp/0.02pp")


def test_much_work_that_is_interrupted() -> None:
    """Whoever stops it is told nothing."""

    @contextmanager
    def watch(words: str, many: int) -> Iterator[Callable[[], None]]:
        def stop() -> None:
            raise KeyboardInterrupt

        yield stop

    settlement = settled(contract(care()), YEARLY, members(("P1", "N1", None, None)))
    axes = axes_of(MUCH, settlement.contract, settlement.members.networks)
    with pytest.raises(KeyboardInterrupt):
        sweep(settlement, axes, watch)


def test_much_work_is_shared_between_two_threads() -> None:
    """501 splits x 1,001 achievements of two indicators in four quarters: corners and the middle are what settling them alone gives.

    65,536 numbers at once are 130 share settings of 501 splits each, so there are 8 blocks.
    """
    settlement = settled(contract(care()), YEARLY, members(("P1", "N1", None, None)))
    found, steps = watched(settlement, *MUCH)
    assert steps == [("blocks of settings", 8)]
    for point in (0, 1000, 250_250, found.size - 1):
        same(found, point)
