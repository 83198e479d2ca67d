"""Goal seek: the change that pays a given amount to the penny, or why there is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whatif_cases import document, quarter, small, tower_hamlets

from p4p.commands.question import Question, Table, sought
from p4p.files.folder import files_of
from p4p.numbers.errors import ContractError, Problem, UsageError
from p4p.whatif.goalseek import Goal, Lever, Sought, goal_of, growth_text, parameter_of, percent_text, price_text, seek
from p4p.whatif.scenario_file import Wanted


def asked(target: str, by: str, table: Table, wanted: Wanted = Wanted()) -> Sought:  # noqa: B008
    """What a goal seek on a table's first quarter finds."""
    question = Question(files_of(["contract.yaml"]), wanted, target=target, by=by)
    ((_, found),) = sought(question, table, quarter(1))
    return found


def test_a_value_is_found_to_the_penny() -> None:
    """At 70/30 and 50% of the line a quarter pays 85% of the value: 20,000.00 x 4 / 0.85 = 94,117.647, and the rounded quarter makes it 94,117.64 or so."""
    table = small({"N1": (50, 100)})
    found = asked("N1=payable:20000.00", "packages.care.value.each", table).found
    assert found is not None and found.pence == 2_000_000
    assert abs(found.position - 9_411_765) <= 4


def test_an_upfront_share_is_found() -> None:
    """25,000 x (u + (1 - u) / 2) = 20,000 at u = 60%."""
    found = asked("N1=payable:20000.00", "packages.care.split.upfront", small({"N1": (50, 100)})).found
    assert found is not None and (found.text, found.pence) == ("60%", 2_000_000)


def test_an_achievement_is_found_in_patients() -> None:
    """17,500 + 7,500 x k/200 = 20,500 at k = 80."""
    found = asked("N1=payable:20500.00", "achievement.N1:K1", small({"N1": (50, 200)})).found
    assert found is not None and found.text == "80/200"


def test_a_price_keeps_the_commissioners_total() -> None:
    """From 70/30 to 60/40 at half the share, 85% of the value becomes 80%: 6.25% more keeps the total."""
    found = asked("total=payable:same", "price", small({"N1": (50, 100)}), Wanted(splits=["care=60/40"])).found
    assert found is not None and (found.text, found.pence) == ("+6.25%", 2_125_000)


def test_a_jump_leaves_the_two_nearest() -> None:
    """All or nothing at 80 of 100: 25,000.00 while the target is at most 80%, 17,500.00 above; 20,000.00 is neither."""
    table = small({"N1": (80, 100)}, document(curve="{kind: all_or_nothing, target: at least 70%}"))
    found = asked("N1=payable:20000.00", "packages.care.performance.indicators.K1.curve.target", table)
    assert found.found is None and found.below is not None and found.above is not None
    assert (found.below.text, found.below.pence) == ("at least 80.01%", 1_750_000)
    assert (found.above.text, found.above.pence) == ("at least 70%", 2_500_000)
    assert found.why_not.startswith("no value of packages.care.performance.indicators.K1.curve.target on a grid")


def test_an_amount_beyond_reach_says_so() -> None:
    """No achievement earns more than all there is: 25,000.00, from 200 patients on."""
    found = asked("N1=payable:30000.00", "achievement.N1:K1", small({"N1": (50, 200)}))
    assert (found.found, found.above, found.why_not) == (None, None, "it is beyond what achievement.N1:K1 can give")
    assert found.below is not None and (found.below.text, found.below.pence) == ("200/200", 2_500_000)


def test_a_number_that_decides_nothing_says_so() -> None:
    """The upfront share of a network that earns everything changes nothing."""
    found = asked("N1=payable:20000.00", "packages.care.split.upfront", small({"N1": (100, 100)}))
    assert (found.found, found.why_not) == (None, "packages.care.split.upfront does not change it")


def test_what_is_already_so_needs_no_change() -> None:
    """The present value is the answer where it gives the amount."""
    found = asked("total=payable:same", "packages.care.value.each", small({"N1": (50, 100)})).found
    assert found is not None and found.text == "100000.00"


def pays_of(amounts: list[int]) -> Any:
    return lambda text: amounts[int(text)]


def parameter(low: int, high: int, now: int) -> Lever:
    return Lever("x", low, high, now, str, "ones")


@given(st.lists(st.integers(0, 60), min_size=1, max_size=120), st.integers(0, 119), st.integers(-5, 65), st.booleans())
def test_where_more_always_pays_more_the_answer_is_complete(amounts: list[int], now: int, wanted: int, falling: bool) -> None:
    """On a rising or falling scale an exact value is found if there is one, the nearest to the present; else the neighbours in amount."""
    amounts.sort(reverse=falling)
    now %= len(amounts)
    found = seek(parameter(0, len(amounts) - 1, now), Goal("total", "payable", wanted), pays_of(amounts))
    exact = [i for i, a in enumerate(amounts) if a == wanted]
    if exact:
        assert found.found is not None
        assert (found.found.pence, abs(found.found.position - now)) == (wanted, min(abs(i - now) for i in exact))
        return
    assert found.found is None
    assert (found.below.pence if found.below else None) == max((a for a in amounts if a < wanted), default=None)
    assert (found.above.pence if found.above else None) == min((a for a in amounts if a > wanted), default=None)


def test_values_that_the_contract_refuses_are_not_tried_again() -> None:
    """Above 70 the contract contradicts itself: the answer is the last value that does not."""

    def pays(text: str) -> int:
        if int(text) > 70:
            raise ContractError([Problem(None, "lower is above upper")])
        return int(text)

    found = seek(parameter(0, 100, 10), Goal("total", "payable", 90), pays)
    assert found.found is None and found.below is not None and (found.below.pence, found.most.pence) == (70, 70)


def test_grids_are_written_as_contracts_write_them() -> None:
    """Ten-thousandths as percent, hundredths of a penny as pounds."""
    assert [percent_text(p) for p in (8501, 8500, 7, 0)] == ["85.01%", "85%", "0.07%", "0%"]
    assert [growth_text(p) for p in (250, -7, 0)] == ["+2.50%", "-0.07%", "+0%"]
    assert [price_text(p) for p in (27650, 30000, 1)] == ["2.765", "3", "0.0001"]


REFUSED = [
    ("N33=payable:5", "price", '--target N33=payable:5: error: there is no network "N33"\n  hint: did you mean "N3"?'),
    ("N3=payable", "price", "--target N3=payable: error: does not say whose amount, which, and how much\n  hint: such as N3=payable:60000.00, or total=payable:same"),
    ("N3=paid:5", "price", '--target N3=paid:5: error: "paid" is no amount of a settlement\n  hint: known here: payable, earned, upfront, available, shortfall'),
    ("N3=payable:£5", "price", '--target N3=payable:£5: error: "£5" is not an amount of money like 250000.00 (pounds, no sign, no currency mark)\n  hint: or `same`, for what the baseline pays'),
    ("N3=payable:5.001", "price", '--target N3=payable:5.001: error: "5.001" has a part of a penny\n  hint: write at most two decimals'),
    ("N3=payable:5", "prize", "--by prize: error: is not in the contract\n  hint: name a number, such as packages.diabetes.value.each, price or achievement.N3:DM1"),
    ("N3=payable:5", "price.diabets", '--by price.diabets: error: there is no package "diabets"\n  hint: did you mean "diabetes"?'),
    ("N3=payable:5", "list.N33", '--by list.N33: error: there is no network "N33"\n  hint: did you mean "N3"?'),
    ("N3=payable:5", "achievement.N3:DM9", '--by achievement.N3:DM9: error: there is no indicator "DM9"\n  hint: did you mean "DM3"?'),
    ("N3=payable:5", "achievement.N33:DM1", '--by achievement.N33:DM1: error: there is no network "N33"\n  hint: did you mean "N3"?'),
    ("N3=payable:5", "packages.diabetes.title", '--by packages.diabetes.title: error: is not a number: "Diabetes care package"\n  hint: name an amount, a share, a weight or a threshold'),
    ("N3=payable:5", "packages.diabetes.split", "--by packages.diabetes.split: error: is not one number: 70/30\n  hint: name a number, such as packages.diabetes.value.each, price or achievement.N3:DM1"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "by", "said"), REFUSED, ids=lambda t: t[:30])
def test_a_goal_that_cannot_be_sought(target: str, by: str, said: str) -> None:
    """Who, what, how much and by what: each has its own words."""
    table = tower_hamlets()
    settled = table.baseline.settled(table.members, table.activity_of, quarter(1))
    with pytest.raises(UsageError) as e:
        goal_of(target, settled)
        parameter_of(by, table.document, table.contract, settled)
    assert str(e.value) == said
