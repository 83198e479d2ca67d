"""A contract as sentences: every number in them worked here by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from p4p.commands.telling import scheme_document
from p4p.files.contract_file import contract_of, read_contract
from p4p.files.yamltext import parse
from p4p.sentences.describe import describe

#: Two packages like those of Tower Hamlets, 2009/10. A quarter of diabetes is 250,000 / 4 = 62,500.00: 43,750.00 up front and 18,750.00 to earn,
#: of which 40% = 7,500.00 hangs on DM1 and 60% = 11,250.00 on DM2. A quarter of immunisation is 14,000 / 4 = 3,500.00, half and half.
CONTRACT = """\
p4p: 1
contract: th
title: Care packages
commissioner: NHS Tower Hamlets
source: An agreement.
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  diabetes:
    title: Diabetes
    value: {each: 250000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: snapshot
      catch_up: allowed
      claw_back: none
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        DM1:
          title: care plan agreed in the last 12 months
          clause: Schedule 2, 4.1
          weight: 40%
          curve: {kind: all_or_nothing, target: at least 90%}
        DM2:
          title: retinal screening attended
          source: A table
          weight: 60%
          curve: {kind: linear, lower: 60%, upper: 80%}
  immunisation:
    title: Immunisation
    source: Another table
    value: {total: 112000.00, shared_by: equal parts}
    split: {upfront: 50%, performance: 50%}
    upfront: {instalments: monthly}
    performance:
      network_rate: pooled
      measured: year
      unearned: retained by commissioner
      empty_denominator: refuse
      missing_data: refuse
      indicators:
        MMR1:
          title: first MMR vaccine by age two
          weight: 100%
          curve: {kind: all_or_nothing, target: above 95%}
"""

CATCH_UP = "catch_up: allowed\n      claw_back: none\n      unearned: retained by commissioner"
LINEAR = "{kind: linear, lower: 60%, upper: 80%}"


def described(*changes: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    """The sentences of the contract above with some of its text replaced, by section."""
    text = CONTRACT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {section.title: section.sentences for section in describe(contract_of(parse(text.encode(), "c.yaml")))}


def test_the_whole_contract() -> None:
    """All the sentences of two packages, in order."""
    assert {
        "Care packages": (
            "NHS Tower Hamlets pays networks of GP practices; a payment is made to the network, not to its practices.",
            "The contract, th, covers the financial year 2009/10: 1 April 2009 to 31 March 2010.",
            "A quarter is three months of the financial year: Q1 is April to June 2009.",
            "Source of its terms: An agreement.",
        ),
        "Diabetes": (
            "Each network's package is worth £250,000.00 a year, whatever its size.",
            "The year is paid in four equal quarters: £62,500.00 each.",
            "70% is paid up front, quarterly, whatever is achieved: £43,750.00 of £62,500.00 a quarter.",
            "The rest, 30%, must be earned: £18,750.00 a quarter.",
        ),
        "Diabetes: what must be earned": (
            "DM1 (care plan agreed in the last 12 months; Schedule 2, 4.1) weighs 40%: £7,500.00 a quarter.",
            "DM1 pays in full at 90% or more and nothing below 90%: 449 of 500 patients (89.8%) earn £0.00, 450 (90%) earn £7,500.00.",
            "DM2 (retinal screening attended) weighs 60%: £11,250.00 a quarter.",
            "DM2 pays nothing at 60% or less, in full at 80% or more, and in proportion between: 70% earns half, £5,625.00 of £11,250.00.",
            "Source of DM2: A table.",
            "Leftover pence go to the largest remainders, so that the parts add up: £7,500.00 + £11,250.00 = £18,750.00.",
        ),
        "Diabetes: what is counted": (
            "Each quarter is judged on the counts of its last month: Q1 on those of June 2009.",
            "A network's patients count as if they were one practice's: with 90 of 100 patients in one practice and 300 of 400 in another "
            "it has 390 of 500, 78%.",
            "An indicator without patients pays nothing: DM1 at 0 of 0 earns £0.00.",
            "A count that is missing is refused: nothing is settled until it comes, and it is never taken for 0.",
            "A count that is withheld, because it is small, is refused: nothing is settled until it comes, and it is never taken for 0.",
        ),
        "Diabetes: late, lost and unearned": (
            "A quarter's share also applies to the money of the year's earlier quarters, where that earns more: DM1 missed in Q1 and "
            "reached in full in Q2 earns £15,000.00 in Q2, of which £7,500.00 makes Q1 good.",
            "What was earned is kept: DM1 reached in full in Q1 and missed in Q2 keeps £7,500.00.",
            "What is not earned stays with NHS Tower Hamlets, until it is caught up: a network that earns nothing in Q1 is paid £43,750.00 "
            "of £62,500.00, and £18,750.00 stays.",
        ),
        "Immunisation": (
            "Source of its terms: Another table.",
            "All networks together have £112,000.00 a year, shared in equal parts: £14,000.00 for each of 8 example networks.",
            "The year is paid in four equal quarters: £3,500.00 each.",
            "50% is paid up front, monthly, whatever is achieved: £1,750.00 of £3,500.00 a quarter.",
            "The rest, 50%, must be earned: £1,750.00 a quarter.",
            "The £1,750.00 of Q1 is paid in three monthly instalments: £583.34, £583.33 and £583.33.",
        ),
        "Immunisation: what must be earned": (
            "MMR1 (first MMR vaccine by age two) weighs 100%: £7,000.00 in Q4.",
            "MMR1 pays in full above 95% and nothing at 95% or less: 475 of 500 patients (95%) earn £0.00, 476 (95.2%) earn £7,000.00.",
        ),
        "Immunisation: what is counted": (
            "The year is judged once, on all its counts: 2009/10 on those of April 2009 to March 2010.",
            "A network's patients count as if they were one practice's: with 90 of 100 patients in one practice and 300 of 400 in another "
            "it has 390 of 500, 78%.",
            "All performance money is decided in Q4: the pots of the four quarters together are £7,000.00.",
            "An indicator without patients is refused: with MMR1 at 0 of 0 nothing is settled until both sides agree what it means.",
            "A count that is missing is refused: nothing is settled until it comes, and it is never taken for 0.",
            "A count that is withheld, because it is small, is refused: nothing is settled until it comes, and it is never taken for 0.",
        ),
        "Immunisation: late, lost and unearned": (
            "What is not earned stays with NHS Tower Hamlets: a network that earns nothing in Q4 is paid £1,750.00 of £8,750.00, and "
            "£7,000.00 stays.",
        ),
        "Throughout": (
            "Each paid line is rounded once, to the penny, and half a penny counts as a penny: 2½ pence become £0.03, 3½ pence £0.04.",
            "Every total is a sum of rounded lines, so that what is printed adds up.",
            "Thresholds are tested on exact fractions: 379 of 399 patients, 94.9874…%, have not reached 95%.",
            "Patients who are excluded leave the denominator: 450 of 520 patients with 20 excluded are 450 of 500, 90%.",
            "A practice that joins or leaves a network inside a month is refused: one that joins must join on the first day, such as "
            "1 October, and one that leaves must leave on the last.",
        ),
    } == described()


def test_several_years_and_worked_examples() -> None:
    """A contract over years says so, and counts its worked examples."""
    example = "examples:\n  - name: x\n    given: |\n      practice | DM1\n      P1 | 1/2\n    expect: {DM1: {share: 0}}\npackages:"
    heading = described(("year: 2009/10", "years: 2009/10 to 2011/12"), ("packages:", example))["Care packages"]
    years = "The contract, th, covers the financial years 2009/10 to 2011/12, 1 April 2009 to 31 March 2012, each settled on its own."
    assert years in heading
    assert "Its worked examples are part of it: 1, which `p4p check` runs." in heading


@pytest.mark.parametrize(
    ("sentences", "value"),
    [
        (
            (
                "A network's package is worth £2.765 a year for each patient of its weighted list at 1 January 2009: £27,650.00 for an "
                "example network of 10,000 patients.",
                "The list counts for the network that a practice is in on 1 April 2009; one that joins later brings counts and no money: "
                "£27,650.00 stays.",
                "The year is paid in four equal quarters: £6,912.50 each.",
            ),
            "{price: 2.765, per: weighted list, as_at: 2009-01-01}",
        ),
        (
            (
                "All networks together have £112,000.00 a year, shared in proportion to the registered list at 1 July 2009: £14,000.00 for "
                "an example network of 10,000 patients out of 80,000.",
                "The list counts for the network that a practice is in on 1 July 2009; one that joins later brings counts and no money: "
                "£14,000.00 stays.",
                "The year is paid in four equal quarters: £3,500.00 each.",
            ),
            "{total: 112000.00, shared_by: registered list, as_at: 2009-07-01}",
        ),
        (
            (
                "Each network's package is worth £0.10 a year, whatever its size.",
                "The year is paid in four equal quarters that add up to it to the penny: £0.03 in Q1, £0.02 in Q2, £0.03 in Q3 and "
                "£0.02 in Q4.",
            ),
            "{each: 0.10}",
        ),
    ],
)
def test_values(sentences: tuple[str, ...], value: str) -> None:
    """A price, a total shared by a list, and ten pence in quarters: what they come to for the example network."""
    assert sentences == described(("{each: 250000.00}", value))["Diabetes"][: len(sentences)]


def test_a_spread() -> None:
    """15%, 20%, 30% and 35% of £250,000 are £37,500, £50,000, £75,000 and £87,500; the numbers that follow are those of Q1."""
    told = described(("    split:", "    spread: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}\n    split:"))
    assert (
        "The year is spread over its quarters, 15%, 20%, 30% and 35%: £37,500.00 in Q1, £50,000.00 in Q2, £75,000.00 in Q3 and "
        "£87,500.00 in Q4.",
        "70% is paid up front, quarterly, whatever is achieved: £26,250.00 of £37,500.00 in Q1.",
        "The rest, 30%, must be earned: £11,250.00 in Q1.",
    ) == told["Diabetes"][1:]
    assert told["Diabetes: what must be earned"][0].endswith("weighs 40%: £4,500.00 in Q1.")
    # Q2's own is 40% of 30% of 50,000.00 = 6,000.00, and Q1 missed 4,500.00
    assert "earns £10,500.00 in Q2, of which £4,500.00 makes Q1 good." in told["Diabetes: late, lost and unearned"][0]


def test_a_split_by_date() -> None:
    """70% until July and 60% from August: Q2 pays (70 + 60 + 60) / 3 = 63⅓% of £62,500.00, £39,583.33."""
    by_date = "split:\n      2009-04-01: {upfront: 70%, performance: 30%}\n      2009-08-01: {upfront: 60%, performance: 40%}"
    assert (
        "From 1 April 2009 70% is paid up front, quarterly, whatever is achieved, and 30% must be earned.",
        "From 1 August 2009 60% is paid up front, quarterly, whatever is achieved, and 40% must be earned.",
        "Up front that is, in the first year, £43,750.00 in Q1, £39,583.33 in Q2, £37,500.00 in Q3 and £37,500.00 in Q4.",
        "What must be earned is the rest: £18,750.00 in Q1, £22,916.67 in Q2, £25,000.00 in Q3 and £25,000.00 in Q4.",
        "A quarter in which the split changes is taken by months: 70%, 60% and 60% make an upfront share of 19/30.",
    ) == described(("split: {upfront: 70%, performance: 30%}", by_date))["Diabetes"][2:]


def test_all_or_nothing_of_a_split() -> None:
    """A package may be paid all up front, or have everything hang on results."""
    performance = CONTRACT[CONTRACT.index("    performance:\n") : CONTRACT.index("  immunisation:")]
    upfront = described(("{upfront: 70%, performance: 30%}", "{upfront: 100%, performance: 0%}"), (performance, ""))
    assert "All of it is paid up front, quarterly, and nothing must be earned: £62,500.00 a quarter." == upfront["Diabetes"][-1]
    assert "Diabetes: what must be earned" not in upfront
    earned = described(("{upfront: 70%, performance: 30%}", "{upfront: 0%, performance: 100%}"))
    assert "Nothing is paid up front: all of it must be earned, £62,500.00 a quarter." == earned["Diabetes"][-1]


@pytest.mark.parametrize(
    ("sentence", "curve"),
    [
        (
            "DM2 pays 1/3 at 70% or more and 100% above 90%, and nothing below 70%: 349 of 500 patients (69.8%) earn £0.00, 350 (70%) earn "
            "£3,750.00; 450 of 500 patients (90%) earn £3,750.00, 451 (90.2%) earn £11,250.00.",
            "{kind: tiered, tiers: {at least 70%: 1/3, above 90%: 100%}}",
        ),
        (
            "DM2 pays 20% for each whole 2% above 70%, at most 100%: 359 of 500 patients (71.8%) earn £0.00, 360 (72%) earn £2,250.00; "
            "399 of 500 patients (79.8%) earn £9,000.00, 400 (80%) earn £11,250.00.",
            "{kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 100%}",
        ),
        (
            "DM2 pays 20% for each whole 2% below 100%, at most 100%: 491 of 500 patients (98.2%) earn £0.00, 490 (98%) earn £2,250.00; "
            "451 of 500 patients (90.2%) earn £9,000.00, 450 (90%) earn £11,250.00.",
            "{kind: stepped, from: 100%, step: 2%, share_per_step: 20%, most: 100%, direction: lower is better}",
        ),
        (
            "DM2 pays 20% for each whole 2% above 99%, at most 100%: no achievement is a whole step, and all earn £0.00.",
            "{kind: stepped, from: 99%, step: 2%, share_per_step: 20%, most: 100%}",
        ),
        (
            "DM2 pays in full at 10% or less and nothing above 10%: 51 of 500 patients (10.2%) earn £0.00, 50 (10%) earn £11,250.00.",
            "{kind: all_or_nothing, target: at most 10%}",
        ),
        (
            "DM2 pays in full below 10% and nothing at 10% or more: 50 of 500 patients (10%) earn £0.00, 49 (9.8%) earn £11,250.00.",
            "{kind: all_or_nothing, target: below 10%}",
        ),
        (
            "DM2 pays in full at 0% or more and nothing below 0%: 0 of 500 patients (0%) earn £11,250.00.",
            "{kind: all_or_nothing, target: at least 0%}",
        ),
        (
            "DM2 pays nothing at 30% or more, in full at 10% or less, and in proportion between: 20% earns half, £5,625.00 of £11,250.00.",
            "{kind: linear, lower: 10%, upper: 30%, direction: lower is better}",
        ),
    ],
)
def test_curves(sentence: str, curve: str) -> None:
    """Each kind of curve with what it pays of £11,250.00 on its edges, one patient to either side."""
    assert sentence == described((LINEAR, curve))["Diabetes: what must be earned"][3]


def test_an_indicator_that_is_reported_and_not_paid() -> None:
    """A weight of 0% is said, and takes no part in the sum of the parts."""
    told = described(("weight: 40%", "weight: 0%"), ("weight: 60%", "weight: 100%"))["Diabetes: what must be earned"]
    assert told[0].endswith("weighs 0%: it is reported, and £0.00 hangs on it.")
    assert "DM2 (retinal screening attended) weighs 100%: £18,750.00 a quarter." == told[1]
    assert not any(sentence.startswith("Leftover") for sentence in told)


def test_leftover_pence() -> None:
    """A quarter of £25.00 is £6.25, 70% of it £4.375, rounded £4.38; of the £1.87 that is left 40% are 74.8 pence and 60% 112.2."""
    told = described(("{each: 250000.00}", "{each: 25.00}"))["Diabetes: what must be earned"]
    assert told[-1].endswith("£0.75 + £1.12 = £1.87.")


@pytest.mark.parametrize(
    ("sentence", "measured", "extra"),
    [
        (
            "Each quarter is judged on its own counts: Q3 on those of October to December 2009.",
            "quarter",
            "catch_up: none\n      claw_back: none",
        ),
        ("Each quarter is judged on the counts of the year so far: Q3 on those of April to December 2009.", "year to date", ""),
    ],
)
def test_whose_counts_a_quarter_is_judged_on(sentence: str, measured: str, extra: str) -> None:
    """The basis of a quarter, with the months of one."""
    changes = [("measured: snapshot", f"measured: {measured}")] + ([("catch_up: allowed\n      claw_back: none", extra)] if extra else [])
    assert sentence == described(*changes)["Diabetes: what is counted"][0]


def test_quarters_that_stand_alone() -> None:
    """A quarter judged on its own neither makes good nor takes back."""
    told = described(("measured: snapshot", "measured: quarter"), ("catch_up: allowed", "catch_up: none"))
    assert (
        "Each quarter stands alone: a later one neither makes good nor takes back the £7,500.00 of DM1."
        == told["Diabetes: late, lost and unearned"][0]
    )


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        (
            "A network's achievement is the plain mean of its practices' own: with 90 of 100 patients in one practice and 300 of 400 in "
            "another it is 82.5%.",
            [("network_rate: pooled", "network_rate: mean of practices")],
        ),
        (
            "A network's achievement is that of its practice furthest from the target, so that every practice must reach it: with 90 of 100 "
            "patients in one practice and 300 of 400 in another it is 75% where higher is better.",
            [("network_rate: pooled", "network_rate: every practice")],
        ),
        (
            "A network's achievement is that of its practice furthest from the target, so that every practice must reach it: with 90 of 100 "
            "patients in one practice and 300 of 400 in another it is 75% where higher is better or 90% where lower is better.",
            [("network_rate: pooled", "network_rate: every practice"), (LINEAR, "{kind: all_or_nothing, target: at most 10%}")],
        ),
        (
            "Counts are given once for a network, not by practice: 390 of 500 patients are 78%.",
            [("missing_data: refuse", "missing_data: refuse\n      counts_from: network")],
        ),
    ],
)
def test_network_rates(sentence: str, changes: list[tuple[str, str]]) -> None:
    """How a network's achievement comes about, on two practices: (90% + 75%) / 2 = 82.5%, 390 / 500 = 78%."""
    assert sentence == described(*changes)["Diabetes: what is counted"][1]


def test_what_the_counts_cannot_say() -> None:
    """Nobody on the register, a count not sent and a count withheld, where the contract does not refuse them."""
    told = described(
        ("empty_denominator: pays nothing", "empty_denominator: pays in full"),
        ("missing_data: refuse", "missing_data: leave out\n      withheld_data: pays nothing"),
    )["Diabetes: what is counted"]
    assert (
        "An indicator without patients pays in full: DM1 at 0 of 0 earns £7,500.00.",
        "A count that is missing is left out: with 90 of 100 patients counted and another count not there, the achievement is 90%.",
        "A count that is withheld, because it is small, pays nothing: DM1 earns £0.00 of £7,500.00.",
    ) == told[2:]


def test_neither_caught_up_nor_clawed_back() -> None:
    """Each quarter keeps its own: £7,500.00 in Q2, and £7,500.00 of Q1 kept."""
    told = described(("catch_up: allowed", "catch_up: none"))["Diabetes: late, lost and unearned"]
    assert (
        "What a quarter misses is not made good later: DM1 missed in Q1 and reached in full in Q2 earns £7,500.00 in Q2.",
        "What was earned is kept: DM1 reached in full in Q1 and missed in Q2 keeps £7,500.00.",
        "What is not earned stays with NHS Tower Hamlets: a network that earns nothing in Q1 is paid £43,750.00 of £62,500.00, and "
        "£18,750.00 stays.",
    ) == told


@pytest.mark.parametrize("catch_up", ["allowed", "none"])
def test_clawed_back(catch_up: str) -> None:
    """A target lost in Q2 gives back what Q1 earned, and recoveries are rounded like payments."""
    told = described(("catch_up: allowed\n      claw_back: none", f"catch_up: {catch_up}\n      claw_back: allowed"))
    assert (
        "What the year's earlier quarters earned is recovered where a later one falls short: DM1 reached in full in Q1 and missed in Q2 "
        "gives back £7,500.00."
    ) == told["Diabetes: late, lost and unearned"][1]
    assert "A recovery is rounded as a payment is: minus 2½ pence becomes -£0.03." in told["Throughout"]


def test_carried_forward() -> None:
    """What DM1 does not earn in Q1 makes its money of Q2 twice £7,500.00; four pots of £18,750.00 are £75,000.00."""
    carried = "catch_up: none\n      claw_back: none\n      unearned: carried forward within the year"
    assert (
        "What an indicator does not earn is added to its money of the next quarter: DM1 with nothing earned in Q1 has £7,500.00 more in "
        "Q2, £15,000.00.",
        "What is left after Q4 stays with NHS Tower Hamlets: £75,000.00 if nothing is earned all year.",
    ) == described((CATCH_UP, carried))["Diabetes: late, lost and unearned"][2:]


def test_shared_among_earners() -> None:
    """Half of what a network earned, £9,375.00 of £18,750.00, at most; the rest of what another missed stays."""
    shared = "catch_up: none\n      claw_back: none\n      unearned: {shared_among: earners, cap: 50%}"
    assert (
        "What some do not earn in a quarter goes to those that earned, in proportion, at most 50% of what each earned: where one network "
        "earns £18,750.00 and another misses as much, the first receives £9,375.00 more.",
        "What is left stays with NHS Tower Hamlets: £9,375.00 of those £18,750.00.",
    ) == described((CATCH_UP, shared))["Diabetes: late, lost and unearned"][2:]


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("half a penny goes to the even penny: 2½ pence become £0.02, 3½ pence £0.04.", "half-even"),
        ("parts of a penny are dropped: 2½ pence become £0.02, 3½ pence £0.03.", "down"),
        ("a part of a penny counts as a penny: 2½ pence become £0.03, 3½ pence £0.04.", "up"),
    ],
)
def test_rounding(words: str, mode: str) -> None:
    """The other three modes on 2½ and 3½ pence."""
    assert f"Each paid line is rounded once, to the penny, and {words}" == described(("half-up", mode))["Throughout"][0]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("is with the network it is in on the first day: one that joins on 15 October counts from November.", "first day of the month"),
        ("is with the network it is in on the last day: one that joins on 15 October counts from October.", "last day of the month"),
    ],
)
def test_membership(words: str, day: str) -> None:
    """The day that decides about a practice that moves inside a month."""
    told = described(("packages:", f"membership: {{counted_on: {day}}}\npackages:"))["Throughout"]
    assert f"A practice that joins or leaves a network inside a month {words}" == told[-1]


#: The contracts of care packages that come with p4p; those with payments have tests of their own.
PACKAGES = [p for p in sorted(Path(__file__).parents[1].glob("contracts/*.yaml")) if not scheme_document(str(p))]


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_every_contract_that_comes_with_p4p_can_be_described(path: Path) -> None:
    """Every sentence of every contract of the repository is one sentence, without a gap."""
    for section in describe(read_contract(str(path))):
        assert section.sentences
        assert all(s == s.strip() and s.endswith(".") and "  " not in s and "None" not in s for s in section.sentences)


def test_describing_needs_no_polars() -> None:
    """A contract is described without loading the engine that settles it, so the command answers at once."""
    code = "import sys, p4p.files.contract_file, p4p.sentences.describe; sys.exit('polars' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=False).returncode
