"""A network's payment passed on to its practices: to the penny, by a named base, never more than was received."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from boards import EXAMPLE, SHARED, contract_text, read_world, world
from hypothesis import given
from hypothesis import strategies as st

from p4p.boards import share
from p4p.boards.share import Pot, ShareOut, share_out
from p4p.files import asked
from p4p.numbers.errors import InputError, Location, MismatchError, P4PError, UsageError
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


def test_practices_stand_in_the_order_of_their_codes(tmp_path: Path) -> None:
    """P1 joined after P2, and stands first all the same: one month to three, a third of a quarter and a whole one."""
    out = share_out(paid(tmp_path, "P2,N1 P1,N1,,2009-06-01"), "N1", "equal")
    assert [("P1", "P1 Surgery", 1, (Fraction(1, 3),)), ("P2", "P2 Surgery", 3, (Fraction(1),))] == [
        (s.practice, s.name, s.months, s.weights) for s in out.shares
    ]
    assert {"P1": 250_00, "P2": 750_00} == amounts(out)
    assert [Fraction(1, 4), Fraction(3, 4)] == [out.part(s) for s in out.shares]


def test_nothing_received_is_shared_as_nothing(tmp_path: Path) -> None:
    """Nothing was earned: each practice has nothing, which is no part of nothing."""
    settlement = paid(tmp_path, "P1,N1 P2,N1", "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 10/60", split="{upfront: 0%, performance: 100%}")
    out = share_out(settlement, "N1", "equal")
    assert (0, 0, {"P1": 0, "P2": 0}) == (out.received, out.passed_on, amounts(out))
    assert [None, None] == [out.part(s) for s in out.shares]


@pytest.mark.parametrize(
    ("by", "words"),
    [("equal", "equal parts"), ("register:K1", "eligible patients of K1"), ("registered list", "registered list of 2009-04-01")],
)
def test_the_base_in_words(tmp_path: Path, by: str, words: str) -> None:
    """One pot, the whole payment, by the base that was asked for."""
    activity = "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 10/60"
    out = share_out(paid(tmp_path, "P1,N1,100 P2,N1,60", activity), "N1", by)
    assert ((Pot("payment", 1000_00, words),), by) == (out.pots, out.by)


def test_a_network_that_is_not_there(tmp_path: Path) -> None:
    """A network without practices in the quarter has nothing to share."""
    with pytest.raises(UsageError) as caught:
        share_out(paid(tmp_path, "P1,N1"), "N2", "equal")
    assert "N2 has no practice in 2009/10 Q1: there is nothing to share" == caught.value.problems[0].what


def test_parts_that_do_not_come_to_the_payment_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a division to give a penny to each of two practices and to the network, out of 1,000.00, it would not be told."""
    settlement = paid(tmp_path, "P1,N1 P2,N1")
    monkeypatch.setattr(share, "divided", lambda pot, weights: [1 for _ in weights])
    with pytest.raises(MismatchError) as caught:
        share_out(settlement, "N1", "equal")
    (problem,) = caught.value.problems
    assert "the parts come to 0.03 and the payment to 1,000.00" == problem.what
    assert "this is a fault of p4p: please report it with the files" == problem.hint


def test_a_closed_list_passes_to_its_successor(tmp_path: Path) -> None:
    """P2, 3,000 patients, closed on 30 April into P1, 6,000: May and June count 9,000 for P1. P1 8,000, P2 1,000, P3 9,000 of 18,000.

    1,000.00 x 8/18 is 444.444..., x 1/18 is 55.555..., so the penny left over is P2's.
    """
    out = share_out(paid(tmp_path, "P1,N1,6000 P2,N1,3000,,2009-04-30,P1 P3,N1,9000"), "N1", "registered list")
    assert amounts(out) == {"P1": 444_44, "P2": 55_56, "P3": 500_00}
    assert [s.weights for s in out.shares] == [(Fraction(8000),), (Fraction(1000),), (Fraction(9000),)]


def test_a_list_passes_on_through_others_in_between(tmp_path: Path) -> None:
    """P3, 300 patients, closed on 30 April into P2, 600, and P2 on 31 May into P1, 900. In thirds of patients:

    P1 900, 900 and 900 + 600 + 300: 1,200. P2 600 and 600 + 300: 500. P3 300: 100. 1,000.00 x 12/18 is 666.67, x 5/18 277.78, x 1/18 55.56: a penny too
    many, which the smallest rest goes without: 666.666..., 277.777..., 55.555...
    """
    practices = "P1,N1,900 P2,N1,600,,2009-05-31,P1 P3,N1,300,,2009-04-30,P2"
    out = share_out(paid(tmp_path, practices), "N1", "registered list")
    assert [(Fraction(1200),), (Fraction(500),), (Fraction(100),)] == [s.weights for s in out.shares]
    assert {"P1": 666_67, "P2": 277_78, "P3": 55_55} == amounts(out)


def test_a_closed_practice_without_a_list_passes_nothing_on(tmp_path: Path) -> None:
    """P2 had closed before the quarter and is on no list: P1 has its own 100 patients; P3 closed with nobody to follow it."""
    practices = "P1,N1,100 P2,N1,,,2009-03-31,P1 P3,N1,50,,2009-04-30"
    out = share_out(paid(tmp_path, practices), "N1", "registered list")
    assert [("P1", (Fraction(100),)), ("P3", (Fraction(50, 3),))] == [(s.practice, s.weights) for s in out.shares]


def test_every_practice_without_an_entry_is_told_once(tmp_path: Path) -> None:
    """Of three practices two are on no list of that day: each is named once, with its row."""
    with pytest.raises(InputError) as caught:
        share_out(paid(tmp_path, "P1,N1,100 P2,N1 P3,N1", "P1 2009/10_Q1 90/100"), "N1", "registered list")
    assert [
        (f"{code} has no entry on the registered list of 2009-04-01", f"{tmp_path}/practices.csv", line)
        for code, line in (("P2", 3), ("P3", 4))
    ] == [(p.what, p.at and p.at.file, p.at and p.at.line) for p in caught.value.problems]
    assert {"give its patients in a lists file, or share by something else"} == {p.hint for p in caught.value.problems}


def test_register(tmp_path: Path) -> None:
    """By the eligible patients of an indicator: 90 of 100 with 10 excluded, and 60: 3 to 2."""
    activity = "P1 2009/10_Q1 50/100-10\nP2 2009/10_Q1 10/60"
    assert amounts(share_out(paid(tmp_path, "P1,N1 P2,N1", activity), "N1", "register:K1")) == {"P1": 600_00, "P2": 400_00}


@pytest.mark.parametrize("counts", ["P1 2009/10_Q1 50/100", "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 *"])
def test_a_missing_register_is_not_zero(tmp_path: Path, counts: str) -> None:
    """A practice without counts, or with withheld ones, is not paid as if it had no patients: nothing is shared."""
    with pytest.raises(InputError) as caught:
        share_out(paid(tmp_path, "P1,N1 P2,N1", counts), "N1", "register:K1")
    (problem,) = caught.value.problems
    assert ("P2 has counts of K1 missing or withheld", Location(f"{tmp_path}/activity.csv")) == (problem.what, problem.at)
    assert "a missing count is not zero: give the counts, or share by something else" == problem.hint


def test_a_missing_register_of_counts_from_no_file(tmp_path: Path) -> None:
    """Where counts come from no file, there is no place to point at."""
    settlement = paid(tmp_path, "P1,N1 P2,N1", "P1 2009/10_Q1 50/100")
    bare = replace(settlement, activity=replace(settlement.activity, sources=()))
    with pytest.raises(InputError) as caught:
        share_out(bare, "N1", "register:K1")
    assert [None] == [p.at for p in caught.value.problems]


def test_a_register_of_what_networks_report(tmp_path: Path) -> None:
    """What is counted once for a network is no register of its practices."""
    settlement = world(tmp_path, contract_text(NINETY, counts_from="network"), "N1 2009/10_Q1 90/100").settled()
    with pytest.raises(UsageError) as caught:
        share_out(settlement, "N1", "register:K1")
    assert "K1 is counted by network, so no practice has a register of it" == caught.value.problems[0].what


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


def test_contribution_by_what_practices_did_in_each_indicator(tmp_path: Path) -> None:
    """K1 and K2 have half of 1,000.00 each; K2 is missed, so K1 alone is shared, 60 to 30, with nothing up front to share in equal parts."""
    contract = (
        contract_text(NINETY).replace("weight: 100%", "weight: 50%") + f"        K2: {{title: Another, weight: 50%, curve: {NINETY}}}\n"
    )
    activity = "P1 2009/10_Q1 60/65\nP2 2009/10_Q1 30/35\nP1 2009/10_Q1 1/65 K2\nP2 2009/10_Q1 1/35 K2"
    out = share_out(world(tmp_path, contract, activity).settled(), "N1", "contribution", rest_by="equal")
    assert (Pot("upfront", 0, "equal parts"), Pot("K1", 500_00, "each practice's patients in the numerator")) == out.pots
    assert [(0, 333_33), (0, 166_67)] == [s.parts for s in out.shares]
    assert [(Fraction(1), Fraction(60)), (Fraction(1), Fraction(30))] == [s.weights for s in out.shares]
    assert () == out.notes


def test_adjustments_are_shared_by_the_other_base(tmp_path: Path) -> None:
    """N2 leaves 1,000.00, of which N1 receives 50% of the 1,000.00 it earned: 500.00, by its lists, 3 to 1."""
    contract = contract_text(NINETY, unearned="{shared_among: earners, cap: 50%}")
    activity = "P1 2009/10_Q1 90/100\nP2 2009/10_Q1 0/0\nP3 2009/10_Q1 10/100"
    settlement = world(tmp_path, contract, activity, "P1,N1,300 P2,N1,100 P3,N2,100").settled()
    out = share_out(settlement, "N1", "contribution", rest_by="registered list")
    assert [("upfront", 0), ("adjustments", 500_00), ("K1", 1000_00)] == [(pot.what, pot.pence) for pot in out.pots]
    assert ["registered list of 2009-04-01"] * 2 == [pot.by for pot in out.pots[:2]]
    assert [(0, 375_00, 1000_00), (0, 125_00, 0)] == [s.parts for s in out.shares]
    assert [Fraction(0)] == [s.weights[2] for s in out.shares if s.practice == "P2"]


def test_contribution_and_stated_percentages(tmp_path: Path) -> None:
    """300.00 up front, 50% and 30% of it: the network keeps 60.00. 700.00 earned by nobody's patients goes the same way, and 140.00 of it stay."""
    terms = {"split": "{upfront: 30%, performance: 70%}", "empty_denominator": "pays in full"}
    settlement = paid(tmp_path, "P1,N1 P2,N1", "P1 2009/10_Q1 0/0\nP2 2009/10_Q1 0/0", **terms)
    percents = {"P1": Fraction(1, 2), "P2": Fraction(3, 10)}
    out = share_out(settlement, "N1", "contribution", rest_by="percent", percents=percents)
    assert [("upfront", "stated percentages"), ("K1", "stated percentages")] == [(pot.what, pot.by) for pot in out.pots]
    assert ([(150_00, 350_00), (90_00, 210_00)], 200_00) == ([s.parts for s in out.shares], out.kept)
    assert ("K1: no practice has patients that earned it, so it is shared by stated percentages",) == out.notes
    # 60 and 30 patients earn 700.00: all of it is passed on, and only what is up front is kept in part
    earned = paid(tmp_path / "b", "P1,N1 P2,N1", "P1 2009/10_Q1 60/65\nP2 2009/10_Q1 30/35", split="{upfront: 30%, performance: 70%}")
    out = share_out(earned, "N1", "contribution", rest_by="percent", percents=percents)
    assert ([(150_00, 466_67), (90_00, 233_33)], 60_00) == ([s.parts for s in out.shares], out.kept)


def test_contribution_of_practices_that_are_gone(tmp_path: Path) -> None:
    """To date in Q2: P2's 30 patients of Q1 are P1's since it closed into it in Q1; P4 has left for good, and its 10 are nobody's: 100 to 50.

    1,000.00 x 100/150 = 666.67, x 50/150 = 333.33.
    """
    activity = (
        "P1 2009/10_Q1 30/30\nP2 2009/10_Q1 30/30\nP3 2009/10_Q1 20/20\nP4 2009/10_Q1 10/10\nP1 2009/10_Q2 40/40\nP3 2009/10_Q2 30/30"
    )
    practices = "P1,N1 P2,N1,,,2009-06-30,P1 P3,N1 P4,N1,,,2009-06-30"
    settlement = world(tmp_path, contract_text(NINETY, measured="year to date"), activity, practices).settled("Q2")
    out = share_out(settlement, "N1", "contribution", rest_by="equal")
    assert [("P1", (0, 666_67)), ("P3", (0, 333_33))] == [(s.practice, s.parts) for s in out.shares]
    assert ("K1: P4 helped to earn it and is no longer a member, so the others share its part",) == out.notes


@pytest.mark.parametrize(("counts", "told"), [("0/40", True), ("40/40", False)])
def test_help_where_lower_is_better(tmp_path: Path, counts: str, told: bool) -> None:
    """Who is gone helped where it kept patients out of the numerator; in it they earned nothing."""
    activity = f"P1 2009/10_Q1 0/1000\nP2 2009/10_Q1 {counts}\nP1 2009/10_Q2 0/1000"
    contract = contract_text("{kind: all_or_nothing, target: at most 5%}", measured="year to date")
    settlement = world(tmp_path, contract, activity, "P1,N1 P2,N1,,,2009-06-30").settled("Q2")
    out = share_out(settlement, "N1", "contribution", rest_by="equal")
    assert ("each practice's patients not in the numerator", (1000_00)) == (out.pots[1].by, out.pots[1].pence)
    assert (("K1: P2 helped to earn it and is no longer a member, so the others share its part",) if told else ()) == out.notes


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


@pytest.mark.parametrize(
    ("by", "rest_by", "percents", "what", "hint"),
    [
        ("registerd list", None, {}, 'there is no list "registerd list", and no other base of that name', 'did you mean "registered list"?'),
        ("x", None, {}, 'there is no list "x", and no other base of that name', "known here: equal, contribution, percent, registered list"),
        ("register:K2", None, {}, 'there is no indicator "K2": known here: K1', ""),
        ("register:", None, {}, 'there is no indicator "": known here: K1', ""),
        ("contribution", None, {}, "upfront money has no contribution: name its base too, such as --rest-by equal", ""),
        ("equal", "equal", {}, "--rest-by goes with --by contribution only: every other base shares the whole payment", ""),
        ("percent", None, {}, "say the percentages: --percent CODE=20%", ""),
        ("equal", None, {"P1": Fraction(1, 5)}, "--percent goes with --by percent", ""),
        ("percent", None, {"P1": Fraction(3, 5), "P2": Fraction(41, 100)}, "the percentages add to 101%: more than was received", "lower one of them"),
        ("percent", None, {"P9": Fraction(1, 5)}, "P9 is no practice of N1 in 2009/10 Q1", "known here: P1, P2"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_base_and_what_to_do(
    tmp_path: Path, by: str, rest_by: str | None, percents: dict[str, Fraction], what: str, hint: str
) -> None:
    """Each is one message with what to do, where there is something to say."""
    settlement = paid(tmp_path, "P1,N1,100 P2,N1,100")
    with pytest.raises(UsageError) as caught:
        share_out(settlement, "N1", by, rest_by=rest_by, percents=percents)
    assert [(what, hint)] == [(p.what, p.hint) for p in caught.value.problems]


def test_an_unknown_register_among_many(tmp_path: Path) -> None:
    """Where there are many indicators and none is alike, they are not all named."""
    contract = contract_text(NINETY) + "".join(f"        K{k}: {{title: More, weight: 0%, curve: {NINETY}}}\n" for k in range(2, 15))
    settlement = world(tmp_path, contract, "P1 2009/10_Q1 90/100").settled()
    with pytest.raises(UsageError) as caught:
        share_out(settlement, "N1", "register:zzz")
    assert 'there is no indicator "zzz"' == caught.value.problems[0].what


def test_an_unknown_list_among_many(tmp_path: Path) -> None:
    """Where there are many lists and none is alike, all bases are named all the same."""
    names = [f"list number {n}" for n in range(10, 20)]
    lists = "practice,list,date,patients\n" + "".join(f"P1,{name},2009-04-01,1\n" for name in names)
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100", "P1,N1", lists)
    with pytest.raises(UsageError) as caught:
        share_out(w.settled(), "N1", "zzz")
    assert f"known here: equal, contribution, percent, {', '.join(names)}" == caught.value.problems[0].hint


def test_a_practice_with_nobody_on_the_list_has_no_part(tmp_path: Path) -> None:
    """P1 has all 100 patients, P2 none: all of the money is P1's."""
    assert {"P1": 1000_00, "P2": 0} == amounts(share_out(paid(tmp_path, "P1,N1,100 P2,N1,0"), "N1", "registered list"))


def test_dates_of_lists_are_told_in_order(tmp_path: Path) -> None:
    """The later one stands first in the file."""
    lists = "practice,list,date,patients\nP1,old list,2009-04-01,1\nP1,old list,2008-04-01,3\n"
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100", "P1,N1", lists)
    with pytest.raises(UsageError) as caught:
        share_out(w.settled(), "N1", "old list")
    assert "the old list is dated 2008-04-01, 2009-04-01: say which with --list-date" == caught.value.problems[0].what


def test_an_unknown_practice_and_too_much_are_both_told(tmp_path: Path) -> None:
    """Every fault of the percentages is told at once."""
    with pytest.raises(UsageError) as caught:
        share_out(paid(tmp_path, "P1,N1"), "N1", "percent", percents={"P1": Fraction(1), "P9": Fraction(1)})
    assert 2 == len(caught.value.problems)


def test_no_list_has_everybody(tmp_path: Path) -> None:
    """Of two dates neither has all three practices: what each lacks is said."""
    lists = "practice,list,date,patients\nP1,old list,2008-04-01,1\nP2,old list,2009-04-01,4\nP1,old list,2009-04-01,3\n"
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100", "P1,N1 P2,N1 P3,N1", lists)
    with pytest.raises(UsageError) as caught:
        share_out(w.settled(), "N1", "old list")
    (problem,) = caught.value.problems
    assert "no old list has all practices of N1: that of 2008-04-01 lacks P2, P3; that of 2009-04-01 lacks P3" == problem.what
    assert "give the patients of all of them at one date in a lists file, or share by something else" == problem.hint


def test_the_only_list_with_everybody_is_taken(tmp_path: Path) -> None:
    """Of two dates of one list the later has both practices, 3 to 1: it need not be named."""
    lists = "practice,list,date,patients\nP1,old list,2008-04-01,1\nP2,old list,2009-04-01,1\nP1,old list,2009-04-01,3\n"
    w = world(tmp_path, contract_text(NINETY, **UPFRONT), "P1 2009/10_Q1 90/100", lists=lists)
    out = share_out(w.settled(), "N1", "old list")
    assert ("old list of 2009-04-01", {"P1": 750_00, "P2": 250_00}) == (out.pots[0].by, amounts(out))


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
        ("nobody", None, [], "no practice of N1 has any patients in the nobody of 2009-04-01: share by something else"),
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
    with pytest.raises(UsageError, match=r"there is no old list of 2010-01-01: it is dated 2008-04-01, 2009-04-01$"):
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
