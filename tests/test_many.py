"""Lines as arrays, by hand: what is judged of each network, what a package's money is under several settings, and what each of them earns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from settling import NINETY, Q1, Q2, YEAR, Case, contract, members, package, row
from test_arrays import back, ints

from p4p.language.contract import Performance
from p4p.language.curves import Linear
from p4p.numbers.arrays import Arrays
from p4p.numbers.errors import Location
from p4p.settling.assumptions import SupposedAchievement
from p4p.settling.entitlement import paid_networks
from p4p.whatif.many import Judged, Money, earned, here, judged, money, supposed, unwatched

#: N3 is there from the second quarter on.
THREE = members(("P1", "N1", None, None), ("P2", "N2", None, None), ("P3", "N3", "2009-07", None))
CODES = ("N1", "N2", "N3")


def performance(weights: Mapping[str, F] | None = None, **terms: Any) -> Performance:
    """The performance part of a package; everything from 90% on."""
    made = package(weights=dict(weights or {"I1": F(1)}), **terms).performance
    assert made is not None
    return made


def plainly(line: Judged) -> dict[str, list[Any]]:
    """What a line says of each network."""
    return {
        "achievement": back(line.achievement, len(line.top)),
        "counted": line.counted.tolist(),
        "decided": line.decided.tolist(),
        "own": line.own.tolist(),
        "present": line.present.tolist(),
    }


def test_nobody_watches() -> None:
    """Work that nobody watches can say how far it has come as often as it likes."""
    with unwatched("steps", 2) as done:
        done()
        done()


# what is judged


def test_lines_of_a_package_by_indicator_and_quarter() -> None:
    """Of 250p a quarter I1 has 3/5, 150p, and I2 2/5, 100p. N2 has no patients of I1 in Q1, which pays in full, and no counts of I2, which pay nothing.

    Q2 looks back on Q1 and counts the year to date: N1 has 9 of 10 and then 8 of 10, 17 of 20. N3 is not there in Q1. The lines of another package are not among these.
    """
    terms = {"measured": "year to date", "catch_up": "allowed", "claw_back": "none"}
    one = package(weights={"I1": F(3, 5), "I2": F(2, 5)}, empty_denominator="pays in full", missing_data="pays nothing", **terms)
    two = package(weights={"J1": F(1)}, missing_data="pays nothing", **terms)
    first = [row("P1", Q1, 9, 10), row("P1", Q1, 1, 1, indicator="I2"), row("P2", Q1, 0, 0), row("P1", Q1, 5, 6, indicator="J1")]
    second = [row("P1", Q2, 8, 10), row("P1", Q2, 0, 1, indicator="I2"), row("P2", Q2, 3, 4), row("P3", Q2, 1, 2)]
    settlement = Case(contract(one, two), THREE, [*first, *second]).settled(Q2)
    lines = judged(settlement, "one")
    assert {"I1": [1, 2], "I2": [1, 2]} == {iid: list(quarters) for iid, quarters in lines.items()}
    assert {
        "achievement": [F(9, 10), F(0), F(0)],
        "counted": [True, False, False],
        "decided": [0, 1, 0],
        "own": [150, 150, 0],
        "present": [True, True, False],
    } == plainly(lines["I1"][1])
    assert {
        "achievement": [F(17, 20), F(3, 4), F(1, 2)],
        "counted": [True, True, True],
        "decided": [0, 0, 0],
        "own": [150, 150, 150],
        "present": [True, True, True],
    } == plainly(lines["I1"][2])
    assert {
        "achievement": [F(1), F(0), F(0)],
        "counted": [True, False, False],
        "decided": [0, 0, 0],
        "own": [100, 100, 0],
        "present": [True, True, False],
    } == plainly(lines["I2"][1])
    assert ["J1"] == list(judged(settlement, "two"))
    assert F(5, 6) == back(judged(settlement, "two")["J1"][1].achievement, 3)[0]


def test_what_the_contract_decides_without_an_achievement() -> None:
    """N1's 17 of 20 miss 90% and 18 of 20 reach it; a line without patients is paid what the contract says, all of it or nothing."""
    both = np.array([True, True]), np.array([0, 0])
    without = np.array([True, False])
    top, bottom, money = np.array([17, 18]), np.array([20, 20]), np.array([100, 100])
    for counted, decided, shares in (
        (*both, [0, 1]),
        (without, np.array([0, 1]), [0, 1]),
        (without, np.array([0, 0]), [0, 0]),
        (~without, np.array([1, 0]), [1, 1]),
    ):
        line = Judged(top, bottom, counted, decided, money, np.array([True, True]))
        assert shares == back(line.share(NINETY, line.achievement), 2)
    slide = Linear(lower=F(80, 100), upper=F(100, 100))
    line = Judged(top, bottom, *both, money, np.array([True, True]))
    found = line.share(slide, line.achievement)
    assert [F(1, 4), F(1, 2)] == back(found, 2)  # 5 and 10 points of 20
    assert (found >= F(1, 4)) is True and (found > F(1, 2)) is False


def test_money_that_was_brought_forward_is_not_the_quarters_own() -> None:
    """N1's 8 of 10 earn nothing of the 250p of Q1, which are brought forward: in Q2 500p are available, of which 250p are its own."""
    rows = [row(p, q, 8, 10) for p in ("P1", "P2") for q in (Q1, Q2)] + [row("P3", Q2, 8, 10)]
    settlement = Case(contract(package(unearned="carried forward within the year")), THREE, rows).settled(Q1, Q2)
    assert [500, 500, 250] == settlement.history.filter(settlement.history["quarter"] == Q2.key)["available"].to_list()
    assert [[250, 250, 0], [250, 250, 250]] == [line.own.tolist() for line in judged(settlement, "one")["I1"].values()]


def test_an_achievement_of_large_fractions() -> None:
    """The mean of 1 of p for four primes near 100,000 has a bottom of about 4 x 10^20, more than 64 bits hold; 1 of 2 beside it is exact too."""
    primes = (99991, 99989, 99971, 99961)
    four = members(*((f"P{p}", "N1", None, None) for p in primes), ("P2", "N2", None, None))
    rows = [*(row(f"P{p}", Q1, 1, p) for p in primes), row("P2", Q1, 1, 2)]
    settlement = Case(contract(package(network_rate="mean of practices")), four, rows).settled(Q1)
    line = judged(settlement, "one")["I1"][1]
    assert [sum(F(1, p) for p in primes) / 4, F(1, 2)] == back(line.achievement, 2)
    assert [0, 0] == back(line.share(NINETY, line.achievement), 2)


def test_an_achievement_that_was_settled_as_a_fraction() -> None:
    """An upper end of 90% and 1 in 2^130 is too fine for columns: 7 of 10 is still 7/10, and where nobody is a patient there is no achievement."""
    curve = Linear(lower=F(6, 10), upper=F(9, 10) + F(1, 2**130))
    settlement = Case(contract(package(curve=curve)), THREE, [row("P1", Q1, 7, 10), row("P2", Q1, 0, 0)]).settled(Q1)
    assert settlement.exact
    line = judged(settlement, "one")["I1"][1]
    assert ([F(7, 10), F(0), F(0)], [True, False, False]) == (back(line.achievement, 3), line.counted.tolist())
    assert [F(1, 10) / (F(3, 10) + F(1, 2**130)), F(0), F(0)] == back(line.share(curve, line.achievement), 3)


@pytest.mark.parametrize(
    ("network", "change", "value", "found"),
    [
        (None, "by", F(1, 10), [F(6, 10), F(17, 20), F(1)]),
        ("N2", "by", F(1, 10), [F(1, 2), F(17, 20), F(95, 100)]),
        (None, "to", F(9, 10), [F(9, 10)] * 3),
        ("N3", "to", F(9, 10), [F(1, 2), F(3, 4), F(9, 10)]),
    ],
)
def test_a_supposed_achievement(network: str | None, change: Any, value: F, found: list[F]) -> None:
    """Ten points more than 50%, 75% and 95%, never above 100%, or 90% instead: of every network, or of one."""
    achievement = Arrays.of(np.array([50, 75, 95]), 100)
    change = SupposedAchievement(network, "I1", change, value, Location("test"))
    assert found == back(supposed(achievement, change, CODES), 3)


def test_who_is_paid_in_a_quarter() -> None:
    """N3 is there from the second quarter on."""
    found = here(CODES, paid_networks(THREE, YEAR))
    assert {1: [True, True, False], 2: [True] * 3, 3: [True] * 3, 4: [True] * 3} == {q: paid.tolist() for q, paid in found.items()}


# money


def test_a_packages_money_under_two_settings() -> None:
    """A year's 1,001p is 250.25p, 500.5p, 750.75p and 1,001p to date: 250, 251, 250 and 250. Of that 70%, or a third, comes up front: 250p give 175p or 83.33p.

    251p give 175.7p or 83.67p; in Q3 nothing is paid up front, or everything; N2 has 500p a quarter, and is not there in Q2.
    """
    shares = {q: [F(7, 10), F(1, 3)] for q in (1, 2, 4)} | {3: [F(0), F(1)]}
    there = {q: np.array([True, q != 2]) for q in (1, 2, 3, 4)}
    found = money(package(), there, "half-up", np.array([[1001, 2000], [1001, 2000]]), shares)
    values = {1: [250, 500], 2: [251, 0], 3: [250, 500], 4: [250, 500]}
    assert {q: [value, value] for q, value in values.items()} == {q: value.tolist() for q, value in found.value.items()}
    assert {1: [[175, 350], [83, 167]], 2: [[176, 0], [84, 0]], 3: [[0, 0], [250, 500]], 4: [[175, 350], [83, 167]]} == {
        q: front.tolist() for q, front in found.upfront.items()
    }
    assert [[75, 150], [167, 333]] == found.pot(1).tolist()


def test_rounding_and_parts_of_the_year_are_the_contracts() -> None:
    """1,001p with a half in Q1 and the rest in Q4: 500.5p to date are 500p, rounded to the even penny, then nothing, nothing and 501p; 35% of 501p is 175.35p."""
    halves = replace(package(), spread=(F(1, 2), F(0), F(0), F(1, 2)))
    found = money(
        halves, {q: np.array([True]) for q in (1, 2, 3, 4)}, "half-even", np.array([[1001]]), {q: [F(35, 100)] for q in (1, 2, 3, 4)}
    )
    assert [500, 0, 0, 501] == [int(value[0, 0]) for value in found.value.values()]
    assert [175, 0, 0, 175] == [int(front[0, 0]) for front in found.upfront.values()]


def test_each_indicators_part_of_the_pots() -> None:
    """Of 101p three fifths are 60.6p and two fifths 40.4p: 61p and 40p. Judged once a year all four pots are one in Q4: 1,000p."""
    value = {q: np.array([[101 * q + 50, 0], [10 * q, 50]]) for q in (1, 2, 3, 4)}
    upfront = {q: np.array([[50, 0], [0, 50]]) for q in (1, 2, 3, 4)}
    weights = {"I1": F(3, 5), "I2": F(2, 5)}
    found = Money(value, upfront).own(performance(weights), [1, 3])
    assert [[[61, 0], [6, 0]], [[182, 0], [18, 0]]] == [found["I1"][q].tolist() for q in (1, 3)]  # 303p: 181.8p and 121.2p
    assert [[[40, 0], [4, 0]], [[121, 0], [12, 0]]] == [found["I2"][q].tolist() for q in (1, 3)]
    yearly = Money(value, upfront).own(performance(weights, measured="year"), [4])
    # 101p x (1 + 2 + 3 + 4) = 1,010p: 606p and 404p; 10p x 10 = 100p: 60p and 40p
    assert {"I1": {4: [[606, 0], [60, 0]]}, "I2": {4: [[404, 0], [40, 0]]}} == {
        iid: {q: part.tolist() for q, part in parts.items()} for iid, parts in yearly.items()
    }


# what is earned


def earns(
    terms: Performance, own: dict[int, list[int]], shares: dict[int, list[F | int]], present: dict[int, list[bool]] | None = None
) -> list[tuple[int, list[F], list[F]]]:
    """Quarter, available and earned of two networks."""
    there = {q: np.array((present or {}).get(q, [True, True])) for q in own}
    given = {q: Arrays.of(np.array([int(s * 4) for s in share]), 4) for q, share in shares.items()}
    found = earned(terms, "half-up", {q: ints(*pence) for q, pence in own.items()}, given, there)
    return [(q, back(available, 2), back(made, 2)) for q, available, made in found]


OWN = {q: [100, 101] for q in (1, 2, 3)}


def test_each_quarter_earns_its_own() -> None:
    """Half of 101p is 50.5p, rounded 51p; quarters come in their order."""
    shares: dict[int, list[F | int]] = {3: [0, F(1, 2)], 1: [1, F(1, 2)], 2: [F(1, 4), 0]}
    assert [(1, OWN[1], [100, 51]), (2, OWN[2], [25, 0]), (3, OWN[3], [0, 51])] == earns(performance(), OWN, shares)


def test_an_earlier_quarter_is_caught_up() -> None:
    """N1 earns nothing, then 200p at once, then 100p. N2 earns 101p and nothing, which it need not pay back, and then 303p - 101p."""
    shares: dict[int, list[F | int]] = {1: [0, 1], 2: [1, 0], 3: [1, 1]}
    terms = performance(measured="year to date", catch_up="allowed", claw_back="none")
    assert [(1, OWN[1], [0, 101]), (2, OWN[2], [200, 0]), (3, OWN[3], [100, 202])] == earns(terms, OWN, shares)


def test_a_network_that_is_away_neither_earns_nor_pays_back() -> None:
    """N2 earns 101p and is away in Q2, where its 101p are not taken back; in Q3 half of the 202p to date is due, and has been earned. N1 pays its 100p back and earns 150p."""
    shares: dict[int, list[F | int]] = {1: [1, 1], 2: [0, 0], 3: [F(1, 2), F(1, 2)]}
    terms = performance(measured="year to date", catch_up="allowed", claw_back="allowed")
    own = OWN | {2: [100, 0]}
    found = earns(terms, own, shares, {2: [True, False]})
    assert [(1, own[1], [100, 101]), (2, own[2], [-100, 0]), (3, own[3], [150, 0])] == found


def test_what_is_not_earned_is_carried_forward() -> None:
    """N1 earns nothing of 100p, half of the 200p then there, and all of 200p. N2 earns 101p of 101p, nothing of 101p, and all of 202p."""
    shares: dict[int, list[F | int]] = {1: [0, 1], 2: [F(1, 2), 0], 3: [1, 1]}
    found = earns(performance(unearned="carried forward within the year"), OWN, shares)
    assert [(1, OWN[1], [0, 101]), (2, [200, 101], [100, 0]), (3, [200, 202], [200, 202])] == found
