"""What a network would have been paid so far, if the year ended with a month: against what settles, and by hand where that refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from boards import EXAMPLE, World, contract_text, play, read_world, world

from p4p.boards.dashboard import Dashboard, dashboard
from p4p.boards.to_date import ToDate, to_date
from p4p.numbers.period import parse_month, periods
from p4p.settling.settle import settle

LINE = "{kind: linear, lower: 60%, upper: 80%}"


def board(w: World, month: str | None = None, network: str | None = None) -> Dashboard:
    """The dashboard of a month, or of the last one with counts."""
    return dashboard(w.contract, w.members, w.activity, parse_month(month) if month else None, network)


@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
def test_at_the_end_of_a_quarter_the_money_is_what_settles(quarter: int) -> None:
    """With the quarter's last month in, the money so far is the sum of the settled quarters, network by network."""
    w = read_world(EXAMPLE)
    quarters = w.contract.years[0].quarters[:quarter]
    settled = settle(w.contract, w.members, w.activity, quarters)
    found = to_date(board(w, f"{'2010' if quarter == 4 else '2009'}-{(3, 6, 9, 12)[quarter % 4]:02d}"))
    assert {n: (t.upfront, t.earned, t.payable) for n, t in found.items()} == {
        n: (t.upfront, t.earned, t.payable) for n, t in settled.by_network.items()
    }
    assert all(t.known and not t.provisos for t in found.values())
    assert [f"N{n}" for n in range(1, 9)] == list(found)


CHOICES = [
    {"measured": "quarter", "unearned": "carried forward within the year"},
    {"measured": "year to date", "catch_up": "allowed", "claw_back": "allowed"},
    {"measured": "year to date", "catch_up": "none", "claw_back": "allowed"},
    {"measured": "snapshot", "catch_up": "allowed", "network_rate": "mean of practices"},
    {"measured": "quarter", "network_rate": "every practice"},
    {"measured": "year"},
]


@pytest.mark.parametrize("terms", CHOICES, ids=str)
def test_whatever_the_terms_the_money_is_what_settles(tmp_path: Path, terms: dict[str, str]) -> None:
    """At the end of each quarter, for every way of measuring and every fate of unearned money; what is judged by the year is so in Q4."""
    counts = (70, 90, 60, 65, 75, 85, 40, 60, 62, 95, 90, 88)
    months = [f"{2009 + (m > 8)}-{(m + 3) % 12 + 1:02d}" for m in range(12)]
    activity = "\n".join(f"P1 {month} {n}/100\nP2 {month} {n // 2}/50" for month, n in zip(months, counts, strict=True))
    contract = contract_text(LINE, value="{each: 3999.97}", split="{upfront: 30%, performance: 70%}", **terms)
    w = world(tmp_path, contract, activity)
    for number in (4,) if terms["measured"] == "year" else (1, 2, 3, 4):
        settled = settle(w.contract, w.members, w.activity, w.contract.years[0].quarters[:number])
        found = to_date(board(w, months[number * 3 - 1]))["N1"]
        assert found.payable == settled.by_network["N1"].payable


def test_a_year_that_ended_today(tmp_path: Path) -> None:
    """Judged by the year, 75% in May: 3/4 of the way on the line, of the 1,000.00 that Q1 brings."""
    w = world(tmp_path, contract_text(LINE, measured="year"), "P1 2009-04 75/100\nP2 2009-04 0/0\nP1 2009-05 75/100\nP2 2009-05 0/0")
    found = to_date(board(w))["N1"]
    assert (found.available, found.earned) == (1000_00, 750_00)
    assert found.provisos == ("K1 is judged at the end of the year; here on the year so far",)


def test_money_that_cannot_be_said(tmp_path: Path) -> None:
    """Where an earlier quarter refuses its gaps, the money so far is not known, and why is said; the rows stand."""
    contract = contract_text(LINE, missing_data="refuse", withheld_data="refuse")
    w = world(tmp_path, contract, "P1 2009/10_Q1 90/100\nP1 2009-07 90/100\nP2 2009-07 40/50")
    found = to_date(board(w))["N1"]
    assert not found.known
    assert "2009/10 Q1 cannot be settled: there is no count: practice P2, K1, 2009-04 (and 2 more)" in found.provisos


TWO_NETWORKS = "P1,N1 P2,N2"
ONE_GAP = "P1 2009/10_Q1 80/100\nP2 2009-04 70/100\nP2 2009-05 70/100\nP1 2009-07 70/100\nP2 2009-07 70/100"


def test_one_network_with_a_gap(tmp_path: Path) -> None:
    """Of two quarters at 1,000.00, N1 earned all of Q1 at 80% and half of Q2 at 70%; what N2 earned is not known, and not that of Q2 alone."""
    contract = contract_text(LINE, missing_data="refuse", withheld_data="refuse")
    found = to_date(board(world(tmp_path, contract, ONE_GAP, practices=TWO_NETWORKS)))
    assert {n: (t.upfront, t.available, t.earned, t.adjustments, t.payable) for n, t in found.items()} == {
        "N1": (0, 2000_00, 1500_00, 0, 1500_00),
        "N2": (0, 2000_00, None, None, None),
    }
    assert found["N1"].provisos == ()
    assert found["N2"].provisos == ("2009/10 Q1 cannot be settled: there is no count: practice P2, K1, 2009-06",)


@pytest.mark.parametrize(("data", "why"), [("P2 2009/10_Q1 0/0", "no patients"), ("P2 2009/10_Q1 *", "withheld")])
def test_other_things_that_a_contract_refuses(tmp_path: Path, data: str, why: str) -> None:
    """An empty denominator and a withheld count of one network leave the other's money known too."""
    contract = contract_text(LINE, withheld_data="refuse", empty_denominator="refuse")
    activity = f"P1 2009/10_Q1 80/100\n{data}\nP1 2009-07 70/100\nP2 2009-07 70/100"
    found = to_date(board(world(tmp_path, contract, activity, practices=TWO_NETWORKS)))
    assert (found["N1"].payable, found["N2"].payable) == (1500_00, None)
    assert why in found["N2"].provisos[0]


def test_a_gap_where_unearned_money_is_shared(tmp_path: Path) -> None:
    """Where what one network does not earn is shared among the others, a gap of one leaves all open."""
    terms = {"unearned": "{shared_among: earners, cap: 50%}", "missing_data": "refuse", "withheld_data": "refuse"}
    found = to_date(board(world(tmp_path, contract_text(LINE, **terms), ONE_GAP, practices=TWO_NETWORKS)))
    assert {n: t.known for n, t in found.items()} == {"N1": False, "N2": False}


def test_unknown_money_is_shown_as_unknown(tmp_path: Path) -> None:
    """A dash on the screen and null in JSON, for the network with the gap alone."""
    contract = contract_text(LINE, missing_data="refuse", withheld_data="refuse")
    world(tmp_path, contract, ONE_GAP, practices=TWO_NETWORKS)
    lines = play(f"p4p dashboard {tmp_path}").out.splitlines()
    assert [line.split()[-4:] for line in lines if line.strip().startswith(("N1  ", "N2 *"))][-2:] == [
        ["0.00", "2,000.00", "1,500.00", "1,500.00"],
        ["0.00", "2,000.00", "–", "–"],
    ]
    told = json.loads(play(f"p4p dashboard {tmp_path} --format json").out)["to_date"]
    assert [(t["earned"], t["payable"], t["known"]) for t in told] == [("1500.00", "1500.00", True), (None, None, False)]


def test_lacking_counts_that_pay_nothing(tmp_path: Path) -> None:
    """Where the contract pays nothing for lacking counts, neither does the year that ended today."""
    contract = contract_text(LINE, missing_data="pays nothing", withheld_data="pays nothing")
    w = world(tmp_path, contract, "P1 2009-04 90/100")
    found = to_date(board(w))["N1"]
    assert (found.earned, found.provisos) == (0, ("K1: 1 count missing",))


def test_a_quarter_alone_is_settled(tmp_path: Path) -> None:
    """In the first quarter there is nothing before to settle: 80% of 1,000.00 to earn at 80% is all of it."""
    w = world(tmp_path, contract_text(LINE, split="{upfront: 20%, performance: 80%}"), "P1 2009-04 80/100\nP2 2009-04 40/50")
    found = to_date(board(w))["N1"]
    assert (found.upfront, found.available, found.earned, found.payable) == (200_00, 800_00, 800_00, 1000_00)
    assert periods("Q1", w.contract.years)[0] == board(w).quarter


def test_a_network_that_came_later(tmp_path: Path) -> None:
    """N2 begins in Q2: of Q1 it has no money at all, of Q2 200.00 up front and, at 70%, half of the 800.00 to be earned."""
    contract = contract_text(LINE, split="{upfront: 20%, performance: 80%}", missing_data="refuse")
    activity = "P1 2009/10_Q1 80/100\nP1 2009-07 60/100\nP2 2009-07 70/100"
    w = world(tmp_path, contract, activity, "P1,N1 P2,N2,,2009-07-01 P3,N3,,2009-10-01 P4,N4,,2010-04-01")
    found = to_date(board(w))
    assert {n: (t.network, t.upfront, t.available, t.earned, t.adjustments, t.payable) for n, t in found.items()} == {
        "N1": ("N1", 400_00, 1600_00, 800_00, 0, 1200_00),
        "N2": ("N2", 200_00, 800_00, 400_00, 0, 600_00),
    }
    assert ["N1", "N2"] == list(found)
    # in June N2 is not there yet
    assert ["N1"] == list(to_date(board(w, "2009-06")))
    assert {"N2": found["N2"]} == to_date(board(w, "2009-07", "N2"))
    # N3 comes in Q3, and N4 when the year is over: so far neither has any money
    for code in ("N3", "N4"):
        later = to_date(board(w, "2009-07", code))
        assert {code: ToDate(code, 0, 0, 0, 0, ("K1 has no counts in 2009-07 and earns nothing here",))} == later


def test_what_was_shared_before_is_in_it(tmp_path: Path) -> None:
    """Q1: N1 earned 1,000.00 and N2 nothing; half of what N1 earned is shared with it. Q2 so far is not shared, and that is said."""
    contract = contract_text(LINE, unearned="{shared_among: earners, cap: 50%}")
    activity = "P1 2009/10_Q1 80/100\nP2 2009/10_Q1 50/100\nP1 2009-07 70/100\nP2 2009-07 70/100"
    found = to_date(board(world(tmp_path, contract, activity, TWO_NETWORKS)))
    assert {n: (t.earned, t.adjustments, t.payable) for n, t in found.items()} == {
        "N1": (1500_00, 500_00, 2000_00),
        "N2": (500_00, 0, 500_00),
    }
    assert {("care: unearned money of 2009/10 Q2 is shared among networks only when it is settled",)} == {
        t.provisos for t in found.values()
    }


def test_money_carried_forward_is_at_stake_again(tmp_path: Path) -> None:
    """At 70% Q1 earns 500.00 of 1,000.00, Q2 750.00 of 1,500.00 and Q3 875.00 of 1,750.00; January at 80% earns 1,000.00 and the 875.00 brought forward."""
    contract = contract_text(LINE, unearned="carried forward within the year")
    given = [(f"2009/10_Q{q}", 70) for q in (1, 2, 3)] + [("2010-01", 80)]
    activity = "\n".join(f"P{i} {when} {n}/100" for when, n in given for i in (1, 2))
    found = to_date(board(world(tmp_path, contract, activity)))["N1"]
    assert (4000_00, 4000_00, ()) == (found.available, found.earned, found.provisos)


def test_catching_up_so_far(tmp_path: Path) -> None:
    """To date: Q1 at 70% earned 500.00, Q2 at 70% another 500.00; at 80% on all counts so far July's quarter makes good both: 3,000.00."""
    contract = contract_text(LINE, measured="year to date", catch_up="allowed")
    activity = "\n".join(f"P{i} {when} {n}/100" for when, n in (("2009/10_Q1", 70), ("2009/10_Q2", 70), ("2009-10", 100)) for i in (1, 2))
    found = to_date(board(world(tmp_path, contract, activity)))["N1"]
    assert (3000_00, 3000_00) == (found.available, found.earned)


def test_two_packages_and_two_indicators(tmp_path: Path) -> None:
    """K1 and K2 have half of 1,000.00 each: K1 at 80% earns 500.00, K2 at 70% 250.00. The other package pays 100.00 a quarter up front."""
    text = contract_text(LINE).replace("weight: 100%", "weight: 50%") + f"        K2: {{title: Another, weight: 50%, curve: {LINE}}}\n"
    text += "  flat: {title: Flat, value: {each: 400.00}, split: {upfront: 100%, performance: 0%}, upfront: {instalments: quarterly}}\n"
    activity = "\n".join(
        f"P{i} {when} {n}/100 {k}" for when in ("2009/10_Q1", "2009-07") for i in (1, 2) for k, n in (("K1", 80), ("K2", 70))
    )
    found = to_date(board(world(tmp_path, text, activity)))["N1"]
    assert (200_00, 2000_00, 1500_00, 1700_00) == (found.upfront, found.available, found.earned, found.payable)


def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    """In July one practice sent nothing and one withheld its count: each is counted, and where nothing is left there is nothing to judge."""
    activity = "\n".join(f"P{i} 2009/10_Q1 80/100" for i in (1, 2, 3)) + "\nP1 2009-07 80/100\nP2 2009-07 *"
    found = to_date(board(world(tmp_path, contract_text(LINE), activity, "P1,N1 P2,N1 P3,N2")))
    assert ("K1: 1 count withheld",) == found["N1"].provisos
    assert ("K1: 1 count missing", "K1 has no counts in 2009-07 and earns nothing here") == found["N2"].provisos
    assert (2000_00, 1000_00) == (found["N1"].earned, found["N2"].earned)


def test_judged_at_the_end_of_the_year_is_said_until_then(tmp_path: Path) -> None:
    """In October what is judged by the year is judged on the year so far; in January's quarter it is the year's."""
    activity = "\n".join(f"P{i} 2009/10_Q{q} 80/100" for q in (1, 2, 3) for i in (1, 2)) + "\nP1 2010-01 80/100\nP2 2010-01 80/100"
    w = world(tmp_path, contract_text(LINE, measured="year"), activity)
    assert ("K1 is judged at the end of the year; here on the year so far",) == to_date(board(w, "2009-12"))["N1"].provisos
    assert () == to_date(board(w, "2010-01"))["N1"].provisos
    assert (4000_00, 4000_00) == (to_date(board(w, "2010-01"))["N1"].available, to_date(board(w, "2010-01"))["N1"].earned)


REFUSING = {"missing_data": "refuse", "withheld_data": "refuse", "empty_denominator": "refuse"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("P2 2009-04 80/100\nP2 2009-05 80/100", "there is no count: practice P2, K1, 2009-06"),
        ("P2 2009-04 80/100", "there is no count: practice P2, K1, 2009-05 (and 1 more)"),
        ("P2 2009/10_Q1 *", "the count is withheld (suppressed): practice P2, K1, 2009-04 (and 2 more)"),
        ("P2 2009/10_Q1 0/0", "2009/10 Q1: no patients in the denominator of K1"),
        ("P2 2009-04 0/0\nP2 2009-05 0/0", "there is no count: practice P2, K1, 2009-06"),
    ],
)
def test_why_an_earlier_quarter_cannot_be_settled(tmp_path: Path, given: str, why: str) -> None:
    """The first gap is told, and how many more there are; N1, without gaps, has 1,000.00 of Q1 and half of Q2."""
    activity = f"P1 2009/10_Q1 80/100\n{given}\nP1 2009-07 70/100\nP2 2009-07 70/100"
    found = to_date(board(world(tmp_path, contract_text(LINE, **REFUSING), activity, TWO_NETWORKS)))
    assert (f"2009/10 Q1 cannot be settled: {why}",) == found["N2"].provisos
    assert (1500_00, (), None) == (found["N1"].payable, found["N1"].provisos, found["N2"].payable)


def test_withheld_counts_that_another_package_leaves_out(tmp_path: Path) -> None:
    """K1 refuses what is withheld of N2; K2 leaves out what is withheld of N1, whose money is known: twice 1,000.00 and twice 500.00."""
    text = contract_text(LINE, **REFUSING)
    text += contract_text(LINE).partition("packages:\n")[2].replace("  care:", "  more:").replace("K1:", "K2:")
    activity = "P1 2009/10_Q1 80/100\nP2 2009-04 70/100\nP2 2009-05 70/100\nP2 2009-06 *\n"
    activity += "P1 2009-04 80/100 K2\nP1 2009-05 * K2\nP1 2009-06 80/100 K2\nP2 2009/10_Q1 80/100 K2\n"
    activity += "\n".join(f"{p} 2009-07 70/100 {iid}" for p in ("P1", "P2") for iid in ("K1", "K2"))
    found = to_date(board(world(tmp_path, text, activity, TWO_NETWORKS)))
    assert ("2009/10 Q1 cannot be settled: the count is withheld (suppressed): practice P2, K1, 2009-06",) == found["N2"].provisos
    assert (3000_00, ()) == (found["N1"].earned, found["N1"].provisos)


def test_gaps_of_what_is_not_judged_yet(tmp_path: Path) -> None:
    """N2 lacks June of K1; N1 lacks June of K2, which is judged by the year and refuses gaps then; a third package asks for no counts at all.

    N1: 1,000.00 for K1 in Q1, 500.00 for it in Q2 so far, and half of two quarters of K2 as if the year ended: 1,000.00; 100.00 up front in each quarter.
    """
    text = contract_text(LINE, **REFUSING)
    text += contract_text(LINE, measured="year", **REFUSING).partition("packages:\n")[2].replace("  care:", "  more:").replace("K1:", "K2:")
    text += "  flat: {title: Flat, value: {each: 400.00}, split: {upfront: 100%, performance: 0%}, upfront: {instalments: quarterly}}\n"
    activity = ONE_GAP + "\n" + "\n".join(f"{p} {month} 70/100 K2" for month in ("2009-04", "2009-05", "2009-07") for p in ("P1", "P2"))
    found = to_date(board(world(tmp_path, text, activity, TWO_NETWORKS)))
    assert ("2009/10 Q1 cannot be settled: there is no count: practice P2, K1, 2009-06",) == found["N2"].provisos[:1]
    said = ("K2: 1 count missing", "K2 is judged at the end of the year; here on the year so far")
    assert (200_00, 2500_00, said) == (found["N1"].upfront, found["N1"].earned, found["N1"].provisos)


@pytest.mark.parametrize(("last", "month", "more", "earned"), [(2, "2009-10", 2, 2500_00), (3, "2010-01", 5, 3500_00)])
def test_earlier_quarters_that_cannot_be_settled(tmp_path: Path, last: int, month: str, more: int, earned: int) -> None:
    """N2 has counts of Q1 alone: in Q3 the quarters before are Q1 to Q2, in Q4 Q1 to Q3. N1 earned 1,000.00 in each, and 500.00 so far."""
    activity = "P2 2009/10_Q1 80/100\n" + "".join(f"P1 2009/10_Q{q} 80/100\n" for q in range(1, last + 1))
    activity += f"P1 {month} 70/100\nP2 {month} 70/100"
    found = to_date(board(world(tmp_path, contract_text(LINE, **REFUSING), activity, TWO_NETWORKS)))
    said = f"2009/10 Q1 to 2009/10 Q{last} cannot be settled: there is no count: practice P2, K1, 2009-07 (and {more} more)"
    assert (said,) == found["N2"].provisos
    assert earned == found["N1"].earned


def test_a_gap_in_what_networks_report(tmp_path: Path) -> None:
    """Where a network is counted as a whole, it is its own gap."""
    contract = contract_text(LINE, counts_from="network", **REFUSING)
    activity = "N1 2009/10_Q1 80/100\nN1 2009-07 70/100\nN2 2009-07 70/100"
    found = to_date(board(world(tmp_path, contract, activity, TWO_NETWORKS)))
    assert ("2009/10 Q1 cannot be settled: there is no count: practice N2, K1, 2009-04 (and 2 more)",) == found["N2"].provisos
    assert 1500_00 == found["N1"].earned


def test_gaps_where_unearned_money_is_shared_leave_all_open(tmp_path: Path) -> None:
    """What N1 would receive hangs on N2's gap: both are told why."""
    contract = contract_text(LINE, unearned="{shared_among: earners, cap: 50%}", **REFUSING)
    found = to_date(board(world(tmp_path, contract, ONE_GAP, TWO_NETWORKS)))
    shared = "care: unearned money of 2009/10 Q2 is shared among networks only when it is settled"
    for network in ("N1", "N2"):
        first, last = found[network].provisos
        assert first.startswith("2009/10 Q1 cannot be settled: ")
        assert "P2" in first and last == shared


@pytest.mark.parametrize("rule", ["refuse", "leave out"])
def test_a_gap_that_one_package_refuses(tmp_path: Path, rule: str) -> None:
    """K2, in a package that leaves gaps out or refuses them too, has a gap of N1; K1 one of N2: each network is told of what its own package refuses."""
    text = contract_text(LINE, **REFUSING)
    other = contract_text(LINE, **REFUSING | {"missing_data": rule, "withheld_data": rule}).partition("packages:\n")[2]
    text += other.replace("  care:", "  more:").replace("K1:", "K2:")
    activity = ONE_GAP + "\nP1 2009-04 80/100 K2\nP1 2009-05 80/100 K2\nP2 2009/10_Q1 80/100 K2\nP1 2009-07 70/100 K2\nP2 2009-07 70/100 K2"
    found = to_date(board(world(tmp_path, text, activity, TWO_NETWORKS)))
    assert ("2009/10 Q1 cannot be settled: there is no count: practice P2, K1, 2009-06",) == found["N2"].provisos
    refused = ("2009/10 Q1 cannot be settled: there is no count: practice P1, K2, 2009-06",)
    assert (refused if rule == "refuse" else ()) == found["N1"].provisos
    assert (None if rule == "refuse" else 3000_00) == found["N1"].earned


@pytest.mark.parametrize(("earned", "adjustments", "payable"), [(5, 7, 15), (None, 7, None), (5, None, None), (None, None, None)])
def test_what_is_payable_hangs_on_all_of_its_parts(earned: int | None, adjustments: int | None, payable: int | None) -> None:
    """3 up front, 5 earned and 7 of adjustments are 15; where a part is not known neither is the whole."""
    assert payable == ToDate("N1", 3, 9, earned, adjustments, ()).payable


@pytest.mark.parametrize(("gaps", "known"), [(("K2",), True), (("K1", "K2"), False)], ids=str)
def test_a_gap_beside_money_that_is_shared(tmp_path: Path, gaps: tuple[str, ...], known: bool) -> None:
    """K1's unearned money is shared, K2's is not: N1's money hangs on N2's gaps as soon as one of them is in K1."""
    text = contract_text(LINE, unearned="{shared_among: earners, cap: 50%}", **REFUSING)
    text += contract_text(LINE, **REFUSING).partition("packages:\n")[2].replace("  care:", "  more:").replace("K1:", "K2:")
    activity = "\n".join(f"{p} {when} 70/100 {k}" for k in ("K1", "K2") for when in ("2009/10_Q1", "2009-07") for p in ("P1", "P2"))
    for iid in gaps:
        activity = activity.replace(f"\nP2 2009/10_Q1 70/100 {iid}", f"\nP2 2009-04 70/100 {iid}")
    found = to_date(board(world(tmp_path, text, activity, TWO_NETWORKS)))
    assert (known, False) == (found["N1"].known, found["N2"].known)


@pytest.mark.parametrize(
    ("terms", "own", "gap", "earned"),
    [
        ({"missing_data": "pays nothing"}, "P1 2009-04 80/100\nP1 2009-05 80/100", "P2 2009/10_Q1 *", 500_00),
        ({"withheld_data": "pays nothing"}, "P1 2009-04 80/100\nP1 2009-05 80/100\nP1 2009-06 *", "P2 2009-04 80/100", 500_00),
        ({"empty_denominator": "pays in full"}, "P1 2009/10_Q1 0/0", "P2 2009-04 80/100", 1500_00),
        ({"empty_denominator": "pays nothing"}, "P1 2009/10_Q1 0/0", "P2 2009-04 80/100", 500_00),
    ],
)
def test_beside_what_is_refused_the_contract_holds(tmp_path: Path, terms: dict[str, str], own: str, gap: str, earned: int) -> None:
    """N2 has gaps that are refused; what N1 lacks pays in Q1 what the contract says, nothing or all of 1,000.00; Q2 so far is half of it."""
    activity = f"{own}\n{gap}\nP1 2009-07 70/100\nP2 2009-07 70/100"
    found = to_date(board(world(tmp_path, contract_text(LINE, **REFUSING | terms), activity, TWO_NETWORKS)))
    assert (earned, False) == (found["N1"].earned, found["N2"].known)
