"""What a contract of care packages says: its shares by month, whose counts a quarter is judged on, its lists, and what contradicts itself in it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest
from settling import Q1, Q2, Q3, Q4, contract, package, split

from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.language.contract import (
    Contract,
    Each,
    Membership,
    Package,
    Performance,
    PerPatient,
    SharedAmongEarners,
    Shares,
    Split,
    Total,
)
from p4p.numbers.errors import ContractError
from p4p.numbers.period import Quarter, Year, parse_month

CONTRACT = """\
p4p: 1
contract: c
title: A contract
commissioner: A commissioner
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  care:
    title: Care
    value: {each: 1000.00}
    split: {upfront: 70%, performance: 30%}
    upfront: {instalments: quarterly}
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        I1:
          title: One
          weight: 100%
          curve: {kind: all_or_nothing, target: at least 90%}
"""

#: A second package, with an indicator of its own.
OTHER = CONTRACT[CONTRACT.index("  care:") :].replace("care:", "other:").replace("I1:", "I2:")

QUARTER = "measured: quarter"


def told(text: str) -> list[tuple[str, str, str]]:
    """The faults of a contract: the line on which each stands with a bar where it stands, what is wrong, what to do."""
    try:
        contract_of(parse(text.encode(), "c.yaml"))
    except ContractError as e:
        lines, out = text.splitlines(), []
        for p in e.problems:
            assert p.at is not None
            assert "c.yaml" == p.at.file
            line, before = lines[p.at.line - 1], p.at.column - 1
            out.append((f"{line[:before]}|{line[before:]}".strip(), p.what, p.hint))
        return out
    return []


def changed(*changes: tuple[str, str]) -> str:
    """The contract above with some of its text replaced."""
    text = CONTRACT
    for old, new in changes:
        assert 1 == text.count(old)
        text = text.replace(old, new)
    return text


def judged(measured: str, *more: str) -> tuple[str, str]:
    """The change to another way of measuring, with further keys beside it."""
    return QUARTER, "\n      ".join((f"measured: {measured}", *more))


CARRIED = ("unearned: retained by commissioner", "unearned: carried forward within the year")
SHARED = ("unearned: retained by commissioner", "unearned: {shared_among: earners, cap: 50%}")
NEITHER = ("catch_up: none", "claw_back: none")
STAYS = "say `catch_up: none` and `claw_back: none`, or `unearned: retained by commissioner`"


@pytest.mark.parametrize(
    ("place", "what", "hint", "changes"),
    [
        (
            "|performance:",
            "performance: `catch_up` is missing",
            "with `measured: year to date` say `catch_up: allowed` or `catch_up: none`",
            [judged("year to date", "claw_back: none")],
        ),
        (
            "|performance:",
            "performance: `claw_back` is missing",
            "with `measured: snapshot` say `claw_back: allowed` or `claw_back: none`",
            [judged("snapshot", "catch_up: allowed")],
        ),
        (
            "catch_up: |allowed",
            "performance: `catch_up: allowed` contradicts `measured: quarter`, which stands alone",
            "leave `catch_up` out, or measure `year to date`",
            [judged("quarter", "catch_up: allowed")],
        ),
        (
            "claw_back: |allowed",
            "performance: `claw_back: allowed` contradicts `measured: year`, which is judged once",
            "leave `claw_back` out, or measure `year to date`",
            [judged("year", "catch_up: none", "claw_back: allowed")],
        ),
        (
            "unearned: |carried forward within the year",
            "performance: unearned money cannot be carried forward and also be caught up or clawed back",
            STAYS,
            [judged("year to date", "catch_up: allowed", "claw_back: none"), CARRIED],
        ),
        (
            "unearned: |{shared_among: earners, cap: 50%}",
            "performance: unearned money cannot be shared again and also be caught up or clawed back",
            STAYS,
            [judged("year to date", "catch_up: none", "claw_back: allowed"), SHARED],
        ),
        (
            "unearned: |carried forward within the year",
            "performance: money judged once a year has no later quarter to be carried forward to",
            "say `unearned: retained by commissioner`",
            [judged("year"), CARRIED],
        ),
        (
            "|performance:",
            "performance: `withheld_data` is missing",
            "say what a withheld count means: refuse, leave out or pays nothing",
            [("missing_data: refuse", "missing_data: leave out")],
        ),
        (  # one third of the money: the digits beyond the twelfth are cut
            "|I1:",
            "performance: the weights add to 33.333333333333…%, not 100%",
            "change a weight; an indicator that is reported and not paid weighs 0%",
            [("weight: 100%", "weight: 1/3")],
        ),
        (
            "|care:",
            "care: `upfront` is missing",
            "say how the upfront part is paid: upfront: {instalments: quarterly}",
            [("    upfront: {instalments: quarterly}\n", "")],
        ),
        (
            "|care:",
            "care: `performance` is missing",
            "say how the performance part is earned, or split 100% upfront",
            [(CONTRACT[CONTRACT.index("    performance:\n") :], "")],
        ),
        (  # nothing is up front until October, and then half
            "|care:",
            "care: `upfront` is missing",
            "say how the upfront part is paid: upfront: {instalments: quarterly}",
            [
                ("    upfront: {instalments: quarterly}\n", ""),
                (
                    "split: {upfront: 70%, performance: 30%}",
                    "split: {2009-04-01: {upfront: 0%, performance: 100%}, 2009-10-01: {upfront: 50%, performance: 50%}}",
                ),
            ],
        ),
        (  # nothing must be earned until October
            "|care:",
            "care: `performance` is missing",
            "say how the performance part is earned, or split 100% upfront",
            [
                (CONTRACT[CONTRACT.index("    performance:\n") :], ""),
                (
                    "split: {upfront: 70%, performance: 30%}",
                    "split: {2009-04-01: {upfront: 100%, performance: 0%}, 2009-10-01: {upfront: 50%, performance: 50%}}",
                ),
            ],
        ),
        (
            "|I1:",
            'indicator "I1" stands in packages "care" and "other"',
            "give each an id of its own: activity rows name the indicator only",
            [("  care:", OTHER.replace("other:", "care:").replace("I2:", "I1:") + "  other:")],
        ),
        (
            "|split: {2009-05-01: {upfront: 70%, performance: 30%}}",
            "the split starts on 2009-05-01, after the contract does",
            "say the shares from 2009-04-01",
            [("{upfront: 70%, performance: 30%}", "{2009-05-01: {upfront: 70%, performance: 30%}}")],
        ),
        (
            "|split: {2010-04-01: {upfront: 70%, performance: 30%}}",
            "the split starts on 2010-04-01, after the contract does",
            "say the shares from 2009-04-01",
            [
                ("year: 2009/10", "years: 2009/10 to 2011/12"),
                ("{upfront: 70%, performance: 30%}", "{2010-04-01: {upfront: 70%, performance: 30%}}"),
            ],
        ),
    ],
)
def test_what_contradicts_itself(place: str, what: str, hint: str, changes: list[tuple[str, str]]) -> None:
    """Each contradiction is told once and alone, at its place, in these words, with what to do."""
    assert [(place, what, hint)] == told(changed(*changes))


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [judged("quarter", *NEITHER)],
        [judged("year", *NEITHER)],
        [judged("snapshot", *NEITHER)],
        [judged("year to date", "catch_up: allowed", "claw_back: allowed")],
        [judged("year to date", *NEITHER), CARRIED],
        [CARRIED],
        [judged("year"), SHARED],
        [judged("quarter", "withheld_data: refuse"), ("missing_data: refuse", "missing_data: pays nothing")],
        [judged("quarter", "withheld_data: leave out")],
        [("    upfront: {instalments: quarterly}\n", ""), ("upfront: 70%, performance: 30%", "upfront: 0%, performance: 100%")],
        [(CONTRACT[CONTRACT.index("    performance:\n") :], ""), ("upfront: 70%, performance: 30%", "upfront: 100%, performance: 0%")],
        [("{upfront: 70%, performance: 30%}", "{2009-04-01: {upfront: 70%, performance: 30%}}")],
        [("{upfront: 70%, performance: 30%}", "{2009-03-01: {upfront: 70%, performance: 30%}}")],
        [("  care:", OTHER + "  care:")],
    ],
)
def test_what_does_not_contradict_itself(changes: list[tuple[str, str]]) -> None:
    """Terms that go together are no fault; what need not be said may be."""
    assert [] == told(changed(*changes))


def test_faults_of_one_package_are_told_together() -> None:
    """Measured to date without saying either, and weights that lack a tenth: three faults at once."""
    assert [
        ("|performance:", "performance: `catch_up` is missing"),
        ("|performance:", "performance: `claw_back` is missing"),
        ("|I1:", "performance: the weights add to 90%, not 100%"),
    ] == [(place, what) for place, what, _ in told(changed(judged("year to date"), ("weight: 100%", "weight: 90%")))]


APRIL, JULY, FEBRUARY = (parse_month(m) for m in ("2009-04", "2009-07", "2010-02"))

#: 70% from April, 60% from July, 30% from February.
BY_DATE = Split((Shares(APRIL, F(7, 10), F(3, 10)), Shares(JULY, F(6, 10), F(4, 10)), Shares(FEBRUARY, F(3, 10), F(7, 10))))


@pytest.mark.parametrize(
    ("share", "month"),
    [(F(7, 10), APRIL), (F(7, 10), JULY - 1), (F(6, 10), JULY), (F(6, 10), FEBRUARY - 1), (F(3, 10), FEBRUARY), (F(3, 10), FEBRUARY + 30)],
)
def test_the_shares_of_a_month(share: F, month: int) -> None:
    """A split that changes holds from the first day of its month until the next, the last one for good; one without a date always."""
    assert share == BY_DATE.at(month).upfront
    assert F(1, 4) == split(F(1, 4)).at(month).upfront


def test_a_split_that_changes_inside_a_quarter() -> None:
    """A quarter's upfront share is that of its months in equal parts: from January 60%, 30% and 30% are 120% by 3, which is 40%."""
    assert [F(7, 10), F(6, 10), F(6, 10), F(4, 10)] == [BY_DATE.upfront(q) for q in (Q1, Q2, Q3, Q4)]


def performance(**terms: Any) -> Performance:
    """The performance part of a package on these terms."""
    made = package(**terms).performance
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("measured", "quarter", "first", "last"),
    [
        ("quarter", Q3, "2009-10", "2009-12"),
        ("year to date", Q1, "2009-04", "2009-06"),
        ("year to date", Q3, "2009-04", "2009-12"),
        ("snapshot", Q3, "2009-12", "2009-12"),
        ("year", Q4, "2009-04", "2010-03"),
    ],
)
def test_the_months_a_quarter_is_judged_on(measured: str, quarter: Quarter, first: str, last: str) -> None:
    """Its own three, those of the year so far, the last one, or the whole year's."""
    assert range(parse_month(first), parse_month(last) + 1) == performance(measured=measured).months(quarter)


@pytest.mark.parametrize(
    ("measured", "cumulative", "to_date"),
    [("quarter", False, False), ("year to date", True, True), ("snapshot", True, False), ("year", False, True)],
)
def test_what_a_way_of_measuring_is(measured: str, cumulative: bool, to_date: bool) -> None:
    """Later quarters stand on the ground of earlier ones to date and by snapshots; the counts of the year so far are used to date and by year."""
    p = performance(measured=measured)
    assert (cumulative, to_date) == (p.cumulative, p.to_date)


@pytest.mark.parametrize(
    ("pooled", "rate", "counted"),
    [
        (True, "pooled", "practice"),
        (True, "pooled", "network"),
        (False, "mean of practices", "practice"),
        (True, "every practice", "network"),
    ],
)
def test_whether_patients_are_pooled(pooled: bool, rate: str, counted: str) -> None:
    """A network's rate is that of all its patients where the contract says so, and where it is counted for the network as a whole."""
    assert pooled is performance(network_rate=rate, counts_from=counted).pooled


@pytest.mark.parametrize(("yes", "word"), [(True, "allowed"), (False, "none"), (False, None)])
def test_catching_up_and_clawing_back(yes: bool, word: str | None) -> None:
    """Either is done where it is allowed, and not where it is left unsaid."""
    assert (yes, False) == (performance(catch_up=word).catches_up, performance(catch_up=word).claws_back)
    assert (yes, False) == (performance(claw_back=word).claws_back, performance(claw_back=word).catches_up)


@pytest.mark.parametrize(
    ("yes", "unearned"),
    [
        (False, "retained by commissioner"),
        (True, "carried forward within the year"),
        (False, SharedAmongEarners(shared_among="earners", cap=F(1, 2))),
    ],
)
def test_carrying_forward(yes: bool, unearned: Any) -> None:
    """One of the three destinations of unearned money is the next quarter."""
    assert yes is performance(unearned=unearned).carries_forward


def test_the_rules_about_counts_that_say_nothing() -> None:
    """Each is told by its key; a withheld count is refused where the contract does not say what it means."""
    p = performance(empty_denominator="pays in full", missing_data="leave out", withheld_data="pays nothing")
    assert {"empty_denominator": "pays in full", "missing_data": "leave out", "withheld_data": "pays nothing"} == p.data_rules
    unsaid = performance(empty_denominator="refuse", missing_data="refuse")
    assert {"empty_denominator": "refuse", "missing_data": "refuse", "withheld_data": "refuse"} == unsaid.data_rules


@pytest.mark.parametrize(
    ("yes", "part"),
    [
        (False, package(upfront=F(1))),
        (False, package()),
        (True, package(measured="year to date", catch_up="none", claw_back="none")),
        (True, package(measured="year")),
        (False, package(measured="snapshot", catch_up="none", claw_back="none")),
        (True, package(measured="snapshot", catch_up="allowed", claw_back="none")),
        (True, package(measured="snapshot", catch_up="none", claw_back="allowed")),
        (True, package(unearned="carried forward within the year")),
    ],
)
def test_whether_a_quarter_depends_on_earlier_ones(yes: bool, part: Package) -> None:
    """It does where counts are of the year so far, where anything is caught up, clawed back or carried forward; what is paid up front does not."""
    assert yes is part.looks_back


def test_the_indicators_of_all_packages() -> None:
    """Each with its package; a package that is all paid up front has none."""
    c = contract(package(upfront=F(1)), package(weights={"A": F(1)}), package(weights={"B": F(1, 2), "C": F(1, 2)}, measured="year"))
    assert {"A": "two", "B": "three", "C": "three"} == {iid: pid for iid, (pid, _) in c.indicators.items()}
    assert [F(1), F(1, 2), F(1, 2)] == [indicator.weight for _, indicator in c.indicators.values()]
    assert ["quarter", "year", "year"] == [c.performance_of(iid).measured for iid in "ABC"]


def of_values(*values: Any) -> Contract:
    """A contract with a package for each of some values."""
    return contract(*(package(value=value) for value in values))


def test_the_lists_that_values_are_counted_on() -> None:
    """Those of prices and of totals that are shared by a list, each once, in the order of the contract; an amount and equal parts need none."""
    day, other = date(2009, 1, 1), date(2009, 4, 1)
    registered = Total(total=100, shared_by="registered list", as_at=day)
    assert () == of_values(Each(each=100), Total(total=100, shared_by="equal parts")).lists
    assert (("registered list", day), ("weighted list", other)) == of_values(
        registered, PerPatient(price=F(1), per="weighted list", as_at=other)
    ).lists
    assert (("registered list", day),) == of_values(PerPatient(price=F(1), per="registered list", as_at=day), registered).lists
    assert (("registered list", other), ("registered list", day)) == of_values(
        PerPatient(price=F(1), per="registered list", as_at=other), registered
    ).lists


def test_the_quarters_that_a_contract_covers() -> None:
    """Those of its years."""
    c = contract(package(), years=(Year(2009), Year(2010)))
    assert [False, True, True, False] == [c.covers(Year(y).quarters[n]) for y, n in ((2008, 3), (2009, 0), (2010, 3), (2011, 0))]


def test_what_a_contract_says_of_rounding_and_membership() -> None:
    """The mode in which amounts are rounded, and the day that decides a network, where that is said."""
    plain = contract(package(), mode="half-even")
    assert ("half-even", None) == (plain.mode, plain.counted_on)
    said = Contract(
        **{
            name: getattr(plain, name)
            for name in ("p4p", "contract", "title", "commissioner", "years", "currency", "paid_to", "rounding", "packages")
        },
        membership=Membership(counted_on="last day of the month"),
    )
    assert "last day of the month" == said.counted_on
