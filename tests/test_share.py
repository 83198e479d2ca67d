"""A network's payment passed on to its practices: to the penny, by a named base, never more than was received."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from boards import EXAMPLE, SHARED, contract_text, read_world, world
from hypothesis import given
from hypothesis import strategies as st

from p4p.boards.share import ShareOut, share_out
from p4p.files import asked
from p4p.numbers.errors import InputError, P4PError, UsageError
from p4p.numbers.money import divided
from p4p.settling.settlement import Settlement

NINETY = "{kind: all_or_nothing, target: at least 90%}"
UPFRONT = {"split": "{upfront: 100%, performance: 0%}", "value": "{each: 4000.00}"}


def amounts(out: ShareOut) -> dict[str, int]:
    return {s.practice: s.amount for s in out.shares}


def paid(folder: Path, practices: str, activity: str = "P1 2009/10_Q1 90/100", quarter: str = "Q1", **terms: str) -> Settlement:
    """1,000.00 a quarter for N1, up front unless the terms say otherwise."""
    return world(folder, contract_text(NINETY, **(UPFRONT | terms)), activity, practices).settled(quarter)


def test_published_case(tmp_path: Path) -> None:
    """TH-DISTRIB-LIST-NET5: 7,000.00 by the registered lists of five Tower Hamlets practices, to the published pence."""
    source = SHARED / "cases" / "local_schemes.json"
    if not source.exists():
        pytest.skip(f"{source} is not there")
    (case,) = [c for c in json.loads(source.read_text(encoding="utf-8")) if c["id"] == "TH-DISTRIB-LIST-NET5"]
    assert case["inputs"]["amount_gbp"] == "7000.00"
    practices = " ".join(f"{p['practice_code']},N5,{p['registered_patients']}" for p in case["inputs"]["practices"])
    settlement = paid(tmp_path, practices, "F84030 2009/10_Q1 90/100", value="{each: 28000.00}")
    out = share_out(settlement, "N5", "registered list")
    pounds = {code: f"{pence // 100}.{pence % 100:02d}" for code, pence in amounts(out).items()}
    assert (pounds, out.received) == (case["expected"]["shares_gbp"], 7000_00)


def test_equal_parts(tmp_path: Path) -> None:
    """1,000.00 in three: the penny left over goes to the first code."""
    out = share_out(paid(tmp_path, "P3,N1 P1,N1 P2,N1"), "N1", "equal")
    assert list(amounts(out).items()) == [("P1", 333_34), ("P2", 333_33), ("P3", 333_33)]


def test_a_month_counts_a_third(tmp_path: Path) -> None:
    """P2 joined in June: one month of three, so 1,000.00 are shared 3 to 1."""
    out = share_out(paid(tmp_path, "P1,N1 P2,N1,,2009-06-01"), "N1", "equal")
    assert amounts(out) == {"P1": 750_00, "P2": 250_00}
    assert [s.months for s in out.shares] == [3, 1]


def test_a_closed_list_passes_to_its_successor(tmp_path: Path) -> None:
    """P2, 3,000 patients, closed on 30 April into P1, 6,000: May and June count 9,000 for P1. P1 8,000, P2 1,000, P3 9,000 of 18,000.

    1,000.00 x 8/18 is 444.444..., x 1/18 is 55.555..., so the penny left over is P2's.
    """
    out = share_out(paid(tmp_path, "P1,N1,6000 P2,N1,3000,,2009-04-30,P1 P3,N1,9000"), "N1", "registered list")
    assert amounts(out) == {"P1": 444_44, "P2": 55_56, "P3": 500_00}
    assert [s.weights for s in out.shares] == [(Fraction(8000),), (Fraction(1000),), (Fraction(9000),)]


def test_register(tmp_path: Path) -> None:
    """By the eligible patients of an indicator: 90 of 100 with 10 excluded, and 60: 3 to 2."""
    activity = "P1 2009/10_Q1 50/100-10\nP2 2009/10_Q1 10/60"
    assert amounts(share_out(paid(tmp_path, "P1,N1 P2,N1", activity), "N1", "register:K1")) == {"P1": 600_00, "P2": 400_00}


@pytest.mark.parametrize("counts", ["P1 2009/10_Q1 50/100", "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 *"])
def test_a_missing_register_is_not_zero(tmp_path: Path, counts: str) -> None:
    """A practice without counts, or with withheld ones, is not paid as if it had no patients: nothing is shared."""
    with pytest.raises(InputError, match="P2 has counts of K1 missing or withheld"):
        share_out(paid(tmp_path, "P1,N1 P2,N1", counts), "N1", "register:K1")


def test_contribution(tmp_path: Path) -> None:
    """300.00 upfront in equal parts; 700.00 earned at 90%, by patients achieved, 60 and 30: 466.67 and 233.33."""
    settlement = paid(tmp_path, "P1,N1 P2,N1", "P1 2009/10_Q1 60/70\nP2 2009/10_Q1 30/30", split="{upfront: 30%, performance: 70%}")
    out = share_out(settlement, "N1", "contribution", rest_by="equal")
    assert [(pot.what, pot.pence) for pot in out.pots] == [("upfront", 300_00), ("K1", 700_00)]
    assert [s.parts for s in out.shares] == [(150_00, 466_67), (150_00, 233_33)]


def test_contribution_where_lower_is_better(tmp_path: Path) -> None:
    """5% or less: 95 and 40 patients are where the contract wants them, so 1,000.00 are shared 95 to 40."""
    contract = contract_text("{kind: all_or_nothing, target: at most 5%}")
    settlement = world(tmp_path, contract, "P1 2009/10_Q1 5/100\nP2 2009/10_Q1 0/40").settled("Q1")
    assert amounts(share_out(settlement, "N1", "contribution", rest_by="equal")) == {"P1": 703_70, "P2": 296_30}


def test_contribution_without_patients(tmp_path: Path) -> None:
    """Money paid for an empty register was earned by nobody: it goes by the other base, and that is said."""
    contract = contract_text(NINETY, empty_denominator="pays in full")
    settlement = world(tmp_path, contract, "P1 2009/10_Q1 0/0\nP2 2009/10_Q1 0/0").settled("Q1")
    out = share_out(settlement, "N1", "contribution", rest_by="equal")
    assert (amounts(out), out.notes) == (
        {"P1": 500_00, "P2": 500_00},
        ("K1: no practice has patients that earned it, so it is shared by equal parts",),
    )


def test_stated_percentages(tmp_path: Path) -> None:
    """At most 100%: what is not named stays with the network."""
    settlement = paid(tmp_path, "P1,N1 P2,N1")
    out = share_out(settlement, "N1", "percent", percents=asked.percents(["P1=62.5%", "P2=1/8"]))
    assert (amounts(out), out.kept, out.received) == ({"P1": 625_00, "P2": 125_00}, 250_00, 1000_00)
    out = share_out(settlement, "N1", "percent", percents=asked.percents(["P1=60%", "P2=40%"]))
    assert (amounts(out), out.kept) == ({"P1": 600_00, "P2": 400_00}, 0)


def test_money_taken_back_is_shared_as_its_mirror_image(tmp_path: Path) -> None:
    """Q1 earned 1,000.00, Q2 takes it back: each practice gives back what it would have been given."""
    contract = contract_text(NINETY, measured="year to date", catch_up="allowed", claw_back="allowed")
    activity = "\n".join(f"P{i} 2009/10_Q{q} {n}/100" for q, n in ((1, 100), (2, 50)) for i in (1, 2, 3))
    w = world(tmp_path, contract, activity, "P1,N1 P2,N1 P3,N1")
    given_, taken = (share_out(w.settled(q), "N1", "equal") for q in ("Q1", "Q2"))
    assert (given_.received, taken.received) == (1000_00, -1000_00)
    assert {code: -pence for code, pence in amounts(taken).items()} == amounts(given_)


@given(
    pence=st.integers(-(10**9), 10**9),
    weights=st.lists(st.fractions(0, 1000, max_denominator=97), min_size=1, max_size=9).filter(any),
)
def test_parts_add_up_and_stand_in_proportion(pence: int, weights: list[Fraction]) -> None:
    """The parts add up to the payment, each is within a penny of its exact part, and below zero is the mirror image."""
    parts = divided(pence, weights)
    assert sum(parts) == pence
    assert all(abs(part - pence * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))
    assert divided(-pence, weights) == [-part for part in parts]


@pytest.mark.parametrize("by", ["equal", "registered list", "register:DM1", "register:MMR1", "contribution"])
@pytest.mark.parametrize("network", ["N1", "N3"])
@pytest.mark.parametrize("quarter", ["Q1", "Q3", "Q4"])
def test_the_example_is_passed_on_whole(by: str, network: str, quarter: str) -> None:
    """Whatever the base, practices receive together what the network received."""
    settlement = read_world(EXAMPLE).settled(quarter)
    out = share_out(settlement, network, by, rest_by="equal" if by == "contribution" else None)
    assert sum(amounts(out).values()) == settlement.by_network[network].payable
    assert min(amounts(out).values()) >= 0


LISTS = "practice,list,date,patients\nP1,diabetes register,2009-04-01,10\nP1,old list,2008-04-01,1\nP2,old list,2008-04-01,2\nP1,old list,2009-04-01,3\nP2,old list,2009-04-01,4\nP1,nobody,2009-04-01,0\nP2,nobody,2009-04-01,0\n"


@pytest.mark.parametrize(
    ("by", "rest_by", "percents", "words"),
    [
        ("lists", None, [], 'there is no list "lists"'),
        ("register:K9", None, [], 'there is no indicator "K9"'),
        ("contribution", None, [], "upfront money has no contribution: name its base too"),
        ("contribution", "contribution", [], "upfront money has no contribution"),
        ("equal", "equal", [], "--rest-by goes with --by contribution only"),
        ("percent", None, [], "say the percentages: --percent CODE=20%"),
        ("equal", None, ["P1=20%"], "--percent goes with --by percent"),
        ("percent", None, ["P1=60%", "P2=41%"], "the percentages add to 101%: more than was received"),
        ("percent", None, ["P1=60%", "P9=40%"], "P9 is no practice of N1 in 2009/10 Q1"),
        ("diabetes register", None, [], "P2 has no entry on the diabetes register of 2009-04-01"),
        ("old list", None, [], "the old list is dated 2008-04-01, 2009-04-01: say which with --list-date"),
        ("nobody", None, [], "no practice of N1 has any patients in the nobody of 2009-04-01"),
    ],
)
def test_bases_that_say_nothing(tmp_path: Path, by: str, rest_by: str | None, percents: list[str], words: str) -> None:
    """A base that is not known, not whole or contradicts another is refused in words."""
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100\nP2 2009/10_Q1 90/100", lists=LISTS)
    with pytest.raises(P4PError) as caught:
        share_out(w.settled("Q1"), "N1", by, rest_by=rest_by, percents=asked.percents(percents))
    assert words in str(caught.value)


def test_a_list_of_a_named_date(tmp_path: Path) -> None:
    """Of two lists of one name the one asked for counts: 1 to 2, and 3 to 4."""
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100", lists=LISTS)
    for day, first in ((date(2008, 4, 1), 333_33), (date(2009, 4, 1), 428_57)):
        assert amounts(share_out(w.settled("Q1"), "N1", "old list", list_date=day))["P1"] == first
    with pytest.raises(UsageError, match="there is no old list of 2010-01-01"):
        share_out(w.settled("Q1"), "N1", "old list", list_date=date(2010, 1, 1))


def test_the_list_that_has_everybody_is_taken() -> None:
    """Two dates of registered lists, one with every practice of N1: that one. N5 has a practice on neither with the others."""
    settlement = read_world(EXAMPLE).settled("Q3")
    assert share_out(settlement, "N1", "registered list").pots[0].by == "registered list of 2009-04-01"
    with pytest.raises(UsageError, match="no registered list has all practices of N5: that of 2009-04-01 lacks TH-36"):
        share_out(settlement, "N5", "registered list")


def test_percentages_read_strictly() -> None:
    """Every text that is not a code and a ratio is named, and a code given twice."""
    with pytest.raises(UsageError) as caught:
        asked.percents(["P1=20", "P2", "P3=1/0", "P4=10%", "P4=10%", "=5%"])
    assert len(caught.value.problems) == 5
    assert asked.percents(["P1=20%", "P2=1/3"]) == {"P1": Fraction(1, 5), "P2": Fraction(1, 3)}
