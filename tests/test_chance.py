"""Patients drawn again: the chances are those of the binomial, the payments those of the contract."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from fractions import Fraction as F
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_cases import settled

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.language.contract import Contract
from p4p.numbers.errors import Location, UsageError
from p4p.numbers.period import Quarter
from p4p.screens.sweep_tables import chance_csv, chance_json
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement
from p4p.whatif.chance import Chance, _chances, _drawn_sum, _looked_up, _Practice, draws

CONTRACT = """
p4p: 1
contract: drawn
title: One indicator, all or nothing
commissioner: nobody
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  only:
    title: Only
    value: {each: 4000.00}
    split: {upfront: 50%, performance: 50%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: RATE
      measured: quarter
      unearned: UNEARNED
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        X: {title: X, weight: 100%, curve: CURVE}
"""

TARGET = "{kind: all_or_nothing, target: at least 50%}"
LINE = "{kind: linear, lower: 0%, upper: 100%}"


def contract(curve: str = TARGET, rate: str = "pooled", unearned: str = "retained by commissioner") -> Contract:
    text = CONTRACT.replace("CURVE", curve).replace("RATE", rate).replace("UNEARNED", unearned)
    return contract_of(parse(text.encode(), "contract.yaml"))


def counted(terms: Contract, practices: Sequence[tuple[str, str, int, int]]) -> Settlement:
    """Q1 of some practices: code, network, numerator, denominator."""
    quarter = Quarter(terms.years[0], 1)
    stays = {code: Stay(code, network, None, None, None, at=Location("made")) for code, network, *_ in practices}
    members = Members.of(Practice(code, code, (stay,)) for code, stay in stays.items())
    rows = [Row("made", i, code, "X", str(quarter), quarter.months[-1], 3, n, d, 0) for i, (code, _, n, d) in enumerate(practices, 2)]
    return settle(terms, members, Activity.of(rows, expected(terms), members), [quarter])


def times(found: Chance) -> int:
    (reached,) = found.outlooks[0].reached
    return reached.times


def at_least(successes: int, n: int, p: F) -> F:
    """The binomial chance of at least so many."""
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(successes, n + 1)), F(0))


@pytest.mark.parametrize(("reached", "patients"), [(8, 20), (10, 20), (13, 20), (150, 320)])
def test_the_chance_of_a_threshold_is_the_binomials(reached: int, patients: int) -> None:
    """One practice, no prior: of 40,000 draws as many reach half as the binomial says, within five standard deviations."""
    n = 40_000
    found = draws({"": counted(contract(), [("P1", "N1", reached, patients)])}, n, 7, 0)
    chance = at_least(-(-patients // 2), patients, F(reached, patients))
    assert abs(times(found) - n * chance) ** 2 < 25 * n * chance * (1 - chance)


def test_the_prior_leans_on_the_network() -> None:
    """P1 has 0 of 1, P2 99 of 99: with a prior of 2 patients at 99% P1's one patient is reached with (0 + 2 x 99/100)/(1 + 2) = 66%."""
    n = 40_000
    terms = contract("{kind: all_or_nothing, target: at least 100%}")
    found = draws({"": counted(terms, [("P1", "N1", 0, 1), ("P2", "N1", 99, 99)])}, n, 1, 2)
    chance = F(66, 100) * ((99 + 2 * F(99, 100)) / F(101)) ** 99
    assert abs(times(found) - n * chance) ** 2 < 25 * n * chance * (1 - chance)


def test_draws_of_a_sum_have_its_mean_and_spread() -> None:
    """The sum of three practices' binomials: mean 30 x 0.2 + 80 x 0.5 + 9 = 55, variance 30 x 0.16 + 80 x 0.25 = 24.8."""
    practices = [_Practice(1, 30, 0.2), _Practice(2, 80, 0.5), _Practice(3, 9, 1.0)]
    drawn = _drawn_sum(practices, 200_000, np.random.Generator(np.random.PCG64(3)))
    assert abs(drawn.mean() - 55) < 0.06
    assert abs(drawn.var() - 24.8) < 0.5
    assert drawn.min() >= 9
    assert drawn.max() <= 119


def test_the_chances_of_each_numerator_are_the_binomials() -> None:
    """All of them, for 25 patients at 30%."""
    exact = [comb(25, k) * F(3, 10) ** k * F(7, 10) ** (25 - k) for k in range(26)]
    found = _chances(_Practice(1, 25, 0.3), 0, 26)
    assert all(abs(a - b) < 1e-14 for a, b in zip(exact, found.tolist(), strict=True))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300).filter(any), st.integers(0, 2**32))
def test_looking_up_finds_where_a_number_falls(weights: list[int], seed: int) -> None:
    """The slots are a short cut to what a search through all cumulated chances finds."""
    upto = np.cumsum(np.array(weights, dtype=np.float64))
    at = np.random.Generator(np.random.PCG64(seed)).random(500)
    assert np.searchsorted(upto / upto[-1], at, side="right").tolist() == _looked_up(upto, at).tolist()


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50)), min_size=2, max_size=5), st.sampled_from(["pooled", "mean of practices"]))
def test_all_or_none_reached_leaves_no_spread(practices: list[tuple[bool, int]], rate: str) -> None:
    """Practices at 0% or 100% and no prior: every draw is what was counted."""
    given_rows = [(f"P{i}", f"N{i % 2}", d if full else 0, d) for i, (full, d) in enumerate(practices)]
    settlement = counted(contract(LINE, rate), given_rows)
    outlook = draws({"": settlement}, 200, 1, 0).outlooks[0]
    for spread in (*outlook.networks.values(), outlook.total):
        assert spread.counted == spread.low == spread.median == spread.high


def test_every_draw_is_a_payment_of_the_contract() -> None:
    """3 of 7 patients on a line from 0% to 100%: each payment is 500.00 + 500.00 x k/7, to the penny, k of 7."""
    found = draws({"": counted(contract(LINE), [("P1", "N1", 3, 7)])}, 2000, 5, 0)
    possible = {50_000 + (50_000 * k * 2 + 7) // 14 for k in range(8)}
    spread = found.outlooks[0].total
    assert {spread.low, spread.median, spread.high} <= possible
    assert 50_000 + 21_429 == spread.counted  # 500 x 3/7 = 214.2857


@pytest.mark.parametrize("rate", ["pooled", "mean of practices", "every practice"])
def test_same_seed_same_bytes(rate: str) -> None:
    """Twice the same seed is the same text, another seed another; whatever the order of the practices."""
    rows = [("P1", "N1", 30, 60), ("P2", "N1", 20, 50), ("P3", "N2", 11, 23)]
    texts = [
        chance_json(draws({"": counted(contract(LINE, rate), order)}, 500, seed)) for order, seed in ((rows, 1), (rows[::-1], 1), (rows, 2))
    ]
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["scenarios"] != json.loads(texts[2])["scenarios"]


def test_scenarios_see_the_same_draws() -> None:
    """Under twice the performance money each draw earns twice as much: the percentiles double with it."""
    rows = [("P1", "N1", 30, 60), ("P2", "N1", 20, 50)]
    half, all_ = contract(LINE), contract_of(parse(_all_performance().encode(), "contract.yaml"))
    one, two = draws({"half": counted(half, rows), "all": counted(all_, rows)}, 3000, 4).outlooks
    for field in ("low", "median", "high"):
        assert abs(2 * (getattr(one.total, field) - 50_000) - getattr(two.total, field)) <= 1


def _all_performance() -> str:
    text = CONTRACT.replace("CURVE", LINE).replace("RATE", "pooled").replace("UNEARNED", "retained by commissioner")
    return text.replace("{upfront: 50%, performance: 50%}", "{upfront: 0%, performance: 100%}")


def test_the_rate_of_every_practice_is_drawn_practice_by_practice() -> None:
    """Two practices of 10 patients at 90%, target 80% in every practice: the chance is the square of one practice's."""
    n = 40_000
    terms = contract("{kind: all_or_nothing, target: at least 80%}", "every practice")
    found = draws({"": counted(terms, [("P1", "N1", 9, 10), ("P2", "N1", 9, 10)])}, n, 2, 0)
    chance = at_least(8, 10, F(9, 10)) ** 2
    assert abs(times(found) - n * chance) ** 2 < 25 * n * chance * (1 - chance)


def test_unearned_money_is_shared_in_each_draw() -> None:
    """One network always reaches its target, the other never: what it misses is shared, up to half of what was earned, in every draw alike."""
    terms = contract(unearned="{shared_among: earners, cap: 50%}")
    settlement = counted(terms, [("P1", "N1", 10, 10), ("P2", "N2", 0, 10)])
    outlook = draws({"": settlement}, 50, 1, 0).outlooks[0]
    assert (125_000, 125_000) == (outlook.networks["N1"].counted, outlook.networks["N1"].low)


def test_the_median_of_many_contracts_lies_between(tmp_path: Path) -> None:
    """Random contracts: draws run on all that the language has, and percentiles are in order."""
    tried = 0
    for seed in range(12):
        (folder := tmp_path / str(seed)).mkdir()
        settlement = settled(f"chance {seed}", folder)
        if settlement:
            outlook = draws({"": settlement}, 40, random.Random(seed).randrange(99)).outlooks[0]
            assert all(s.low <= s.median <= s.high for s in (*outlook.networks.values(), outlook.total))
            tried += 1
    assert tried


@pytest.mark.parametrize(("n", "seed", "said"), [(0, 1, "draw from 1 to"), (2_000_000, 1, "draw from 1 to"), (10, -1, "a seed is")])
def test_draws_that_cannot_be_had(n: int, seed: int, said: str) -> None:
    """None, too many, and a seed below zero."""
    with pytest.raises(UsageError, match=said):
        draws({"": counted(contract(), [("P1", "N1", 3, 7)])}, n, seed)


def test_csv_tells_spreads_and_chances() -> None:
    """A row for each network and the total, then one for each threshold."""
    rows = list(csv.DictReader(io.StringIO(chance_csv(draws({"as it is": counted(contract(), [("P1", "N1", 7, 7)])}, 10, 1)))))
    assert ["N1", "total", "N1"] == [r["payee"] for r in rows]
    assert {"counted": "1000.00", "low": "1000.00", "held_back": "0.00", "draws": "10"}.items() <= rows[1].items()
    assert {"indicator": "X", "threshold": "at least 50%", "reached": "10", "period": "2009/10 Q1"}.items() <= rows[2].items()
