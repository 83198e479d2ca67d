"""Goal seek: the change that pays a given amount to the penny, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import contract_text, world
from hypothesis import given
from hypothesis import strategies as st
from whatif_cases import YEAR, document, quarter, small, tower_hamlets

from p4p.commands.question import Question, Table, sought
from p4p.files.contract_file import contract_of
from p4p.files.folder import files_of
from p4p.numbers.errors import ContractError, Problem, UsageError
from p4p.settling.settle import settle
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
    assert found.why_not == (
        "no value of packages.care.performance.indicators.K1.curve.target on a grid of 0.01 percentage points gives it to the penny"
    )
    assert [(t.text, t.pence) for t in (found.least, found.most)] == [("at least 80.01%", 1_750_000), ("at least 70%", 2_500_000)]


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
    sought = asked("total=payable:same", "packages.care.value.each", small({"N1": (50, 100)}))
    assert sought.found is not None and (sought.found.text, sought.why_not) == ("100000.00", "")


@pytest.mark.parametrize(
    ("target", "patients"), [("N1=earned:3750.00", "50/100"), ("N1=shortfall:1500.00", "80/100"), ("total=earned:15000.00", None)]
)
def test_the_amount_of_one_network_or_of_all(target: str, patients: str | None) -> None:
    """Of 7,500.00 N1 earns a half and misses a half, N2 earns all: together 11,250.00, and 15,000.00 if N1 earned all of it too."""
    found = asked(target, "achievement.N1:K1", small({"N1": (50, 100), "N2": (100, 100)})).found
    assert found is not None and found.text == (patients or "100/100")


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


def test_below_as_well_as_above() -> None:
    """Below 30 and above 70 the contract contradicts itself."""

    def pays(text: str) -> int:
        if not 30 <= int(text) <= 70:
            raise ContractError([Problem(None, "it contradicts itself")])
        return int(text)

    for wanted, nearest in ((90, 70), (10, 30)):
        found = seek(parameter(0, 100, 50), Goal("total", "payable", wanted), pays)
        assert (found.found, (found.below or found.above or found.start).pence, found.least.pence, found.most.pence) == (
            None,
            nearest,
            30,
            70,
        )


def test_a_present_value_that_the_contract_refuses() -> None:
    """Where a scenario contradicts itself as it is, it is refused in its own words."""

    def pays(text: str) -> int:
        raise ContractError([Problem(None, "lower is above upper")])

    with pytest.raises(ContractError, match="lower is above upper"):
        seek(parameter(0, 100, 10), Goal("total", "payable", 90), pays)


class Scale:
    """A scale from 0 to 1,000,000, and the values that were asked of it."""

    def __init__(self, gives: Callable[[int], int]) -> None:
        self.gives = gives
        self.asked: list[int] = []

    def __call__(self, text: str) -> int:
        position = int(text)
        assert 0 <= position <= 1_000_000
        self.asked.append(position)
        return self.gives(position)

    def sought(self, now: int, wanted: int) -> Sought:
        """What is found from a present value; no value is asked twice."""
        found = seek(parameter(0, 1_000_000, now), Goal("total", "payable", wanted), self)
        assert len(set(self.asked)) == len(self.asked)
        return found


#: A scale, the present value, what is wanted, the value found (None for none), the most values to ask.
SCALES: list[tuple[Callable[[int], int], int, int, int | None, int]] = [
    # the present value is enough
    (lambda p: p, 400, 400, 400, 1),
    # leaps of 1, 16 ... 65,536 and the end, a guess and the value beside it; then the neighbours of what was found below and above
    (lambda p: p, 0, 500_001, 500_001, 11),
    (lambda p: p, 1_000_000, 500_001, 500_001, 11),
    (lambda p: 1_000_000 - p, 0, 499_999, 500_001, 11),
    (lambda p: 1_000_000 - p, 1_000_000, 499_999, 500_001, 11),
    # 5,000,003 lies between 500,000 and 500,001: ten apart, which no rounding explains
    (lambda p: 10 * p, 0, 5_000_003, None, 11),
    (lambda p: 10 * p, 1_000_000, 5_000_003, None, 11),
    # out of reach: leaps to the end, and the value before it
    (lambda p: p, 0, 2_000_000, None, 8),
    (lambda p: 1_000_000 - p, 1_000_000, 2_000_000, None, 8),
    # half of the scale is flat
    (lambda p: max(p, 500_000), 0, 700_001, 700_001, 40),
    # nothing, and from 700,001 on a great deal: a straight line guesses next to nothing each time
    (lambda p: 10**9 * (p > 700_000), 0, 1, None, 50),
    # a square, which no straight line follows
    (lambda p: p * p, 1000, 490_000_000_000, 700_000, 40),
]


@pytest.mark.parametrize(("gives", "now", "wanted", "position", "most"), SCALES)
def test_few_values_are_asked(gives: Callable[[int], int], now: int, wanted: int, position: int | None, most: int) -> None:
    """Each asks for a settlement, so a million of them cannot be tried one by one."""
    scale = Scale(gives)
    found = scale.sought(now, wanted).found
    assert (found and found.position) == position
    assert len(scale.asked) <= most


def test_the_value_nearest_to_the_present_one() -> None:
    """On a scale that falls to 0 at 500,000 and rises again 100 is given twice: the nearer one is found, and of two as near the lower one."""
    for now, position in ((500_003, 500_100), (499_997, 499_900), (500_000, 499_900)):
        found = Scale(lambda p: abs(p - 500_000)).sought(now, 100).found
        assert found is not None and found.position == position


def test_the_first_place_where_the_amount_is_passed() -> None:
    """A scale that rises to 500,000 and falls to 0 again gives 10 at both ends: from 0 it is found at 10, though at the other end nothing is given."""
    found = Scale(lambda p: min(p, 1_000_000 - p)).sought(0, 10).found
    assert found is not None and found.position == 10


def test_the_nearest_value_that_gives_as_much_as_can_be_had() -> None:
    """More than 300,000 changes nothing, and less than 200,000: the values told are those where that begins."""
    flat = Scale(lambda p: min(max(p, 200_000), 300_000)).sought(250_000, 400_000)
    assert flat.found is None and flat.below is not None
    assert [t.position for t in (flat.below, flat.least, flat.most)] == [300_000, 200_000, 300_000]
    flat = Scale(lambda p: min(max(p, 200_000), 300_000)).sought(250_000, 100_000)
    assert flat.found is None and flat.above is not None
    assert [t.position for t in (flat.above, flat.least, flat.most)] == [200_000, 200_000, 300_000]


@pytest.mark.parametrize(
    ("apart", "at", "is_found"), [(6, 34, True), (6, 47, True), (2, 43, True), (6, 33, False), (6, 48, False), (7, 43, False)]
)
def test_roundings_are_looked_for_among_the_neighbours(apart: int, at: int, is_found: bool) -> None:
    """Between 40 and 41 an odd amount is passed; one of the six values on either side gives it all the same, if the two are at most sixpence apart."""
    wanted = 40 * apart + 1
    sought = Scale(lambda p: wanted if p == at else apart * p).sought(0, wanted)
    assert (sought.found is not None and sought.found.position) == (at if is_found else False)


@pytest.mark.parametrize("now", [0, 1_000_000])
@pytest.mark.parametrize("wanted", [5, 1_999_995])
def test_there_are_no_neighbours_beyond_the_ends(now: int, wanted: int) -> None:
    """Near an end of the scale only what is on it is tried."""
    assert Scale(lambda p: 2 * p).sought(now, wanted).found is None


#: The path, the terms, the lowest and highest position, the present one, how it and another are written, and the grid.
LEVERS: list[tuple[str, dict[str, str], tuple[int, int, int], str, tuple[int, str], str]] = [
    ("price", {}, (-9_999, 99_999, 0), "+0%", (-250, "-2.50%"), "0.01%"),
    ("list.N1", {}, (-9_999, 99_999, 0), "+0%", (1234, "+12.34%"), "0.01%"),
    ("achievement.K1", {}, (-10_000, 10_000, 0), "+0pp", (-150, "-1.50pp"), "0.01 percentage points"),
    ("achievement.N1:K1", {}, (0, 2000, 500), "500/2000", (7, "7/2000"), "patients, of 2,000"),
    ("packages.care.value.each", {}, (0, 10**10, 10**7), "100000.00", (123, "1.23"), "pence"),
    ("packages.care.value.each", {"value": "{each: 5.00}"}, (0, 10**9, 500), "5.00", (1, "0.01"), "pence"),
    ("packages.care.value.each", {"value": "{each: 1000000000.00}"}, (0, 10**13, 10**11), "1000000000.00", (1, "0.01"), "pence"),
    ("packages.care.value.total", {"value": "{total: 112000.00, shared_by: equal parts}"}, (0, 112 * 10**8, 112 * 10**5), "112000.00", (0, "0.00"), "pence"),
    ("packages.care.value.price", {"value": "{price: 3.95, per: registered list, as_at: 2009-04-01}"}, (0, 39_500_000, 39_500), "3.95", (27_651, "2.7651"), "hundredths of a penny"),
    ("packages.care.value.price", {"value": "{price: 0.05, per: registered list, as_at: 2009-04-01}"}, (0, 10**6, 500), "0.05", (1, "0.0001"), "hundredths of a penny"),
    ("packages.care.value.price", {"value": "{price: 900000.00, per: registered list, as_at: 2009-04-01}"}, (0, 10**10, 9 * 10**9), "900000", (10**4, "1"), "hundredths of a penny"),
    ("packages.care.split.upfront", {}, (0, 10_000, 7000), "70%", (1, "0.01%"), "0.01 percentage points"),
    ("packages.care.performance.indicators.K1.weight", {}, (0, 10_000, 10_000), "100%", (50, "0.50%"), "0.01 percentage points"),
    ("packages.care.performance.indicators.K1.curve.target", {"curve": "{kind: all_or_nothing, target: at least 100%}"}, (0, 10_000, 10_000), "at least 100%", (0, "at least 0%"), "0.01 percentage points"),
    *(
        ("packages.care.performance.indicators.K1.curve.target", {"curve": f"{{kind: all_or_nothing, target: {word} 37.5%}}"}, (0, 10_000, 3750), f"{word} 37.50%", (8501, f"{word} 85.01%"), "0.01 percentage points")
        for word in ("at least", "above", "at most", "below")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "terms", "positions", "now", "other", "grid"), LEVERS)
def test_what_may_be_changed(
    path: str, terms: dict[str, str], positions: tuple[int, int, int], now: str, other: tuple[int, str], grid: str
) -> None:
    """A grid of whole numbers, from the least to the most, the present value among them; money to a thousand times what it is, within what contracts may say."""
    table = small({"N1": (500, 2000)})
    settled = table.baseline.settled(table.members, table.activity_of, quarter(1))
    tree = document(**terms)
    lever = parameter_of(path, tree, contract_of(tree), settled)
    assert (lever.path, (lever.low, lever.high, lever.now), lever.grid) == (path, positions, grid)
    assert (lever.write(lever.now), lever.write(other[0])) == (now, other[1])


def test_an_achievement_of_a_network_without_patients(tmp_path: Path) -> None:
    """N1 has none in Q4, N2 is not there any more, and both say so."""
    activity = "P1 2009/10_Q1 50/100\nP2 2009/10_Q1 50/100\nP1 2009/10_Q4 0/0"
    here = world(tmp_path, contract_text("{kind: linear, lower: 0%, upper: 100%}"), activity, "P1,N1 P2,N2,,,2009-06-30")
    settled = settle(here.contract, here.members, here.activity, YEAR.quarters)
    for network in ("N1", "N2"):
        with pytest.raises(UsageError) as e:
            parameter_of(f"achievement.{network}:K1", document(), here.contract, settled)
        assert str(e.value) == (
            f"--by achievement.{network}:K1: error: {network} has no patients in K1 in 2009/10 Q4\n  hint: name another indicator"
        )


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
