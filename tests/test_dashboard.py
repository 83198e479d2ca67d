"""Every indicator month by month: what a month's achievement is made of, lights, directions and limits of chance."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from boards import EXAMPLE, World, contract_text, read_world, world
from hypothesis import given
from hypothesis import strategies as st

from p4p.boards.dashboard import LIMITS, Dashboard, Row, dashboard, limits
from p4p.numbers.errors import UsageError
from p4p.numbers.period import parse_month

NINETY = "{kind: all_or_nothing, target: at least 90%}"
LINE = "{kind: linear, lower: 60%, upper: 80%}"


def board(w: World, month: str | None = None, network: str | None = None, practice: str | None = None) -> Dashboard:
    return dashboard(w.contract, w.members, w.activity, parse_month(month) if month else None, network, practice)


def only(found: Dashboard) -> Row:
    (row,) = found.rows
    return row


def rates(row: Row) -> list[str]:
    return [f"{p.numerator}/{p.eligible}" for p in row.points]


FOUR_MONTHS = "\n".join(f"P1 2009-0{m} {n}/100\nP2 2009-0{m} {n}/50" for m, n in ((4, 10), (5, 20), (6, 30), (7, 40)))


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ("quarter", ["20/150", "60/300", "120/450", "80/150"]),  # July starts a quarter
        ("year to date", ["20/150", "60/300", "120/450", "200/600"]),
        ("year", ["20/150", "60/300", "120/450", "200/600"]),
        ("snapshot", ["20/150", "40/150", "60/150", "80/150"]),  # each month its own
    ],
)
def test_a_month_is_judged_as_its_quarter_would_be(tmp_path: Path, measured: str, expected: list[str]) -> None:
    """The counts of a month are those that the quarter would be judged on if it ended there."""
    row = only(board(world(tmp_path, contract_text(LINE, measured=measured), FOUR_MONTHS)))
    assert rates(row) == expected
    assert [p.reported for p in row.points] == [True] * 4


@pytest.mark.parametrize(
    ("curve", "before", "now", "light", "since"),
    [
        (LINE, 59, 60, "red", "better"),
        (LINE, 61, 61, "amber", "level"),
        (LINE, 85, 80, "green", "worse"),
        ("{kind: linear, lower: 5%, upper: 45%, direction: lower is better}", 50, 40, "amber", "better"),
        ("{kind: linear, lower: 5%, upper: 45%, direction: lower is better}", 4, 5, "green", "worse"),
        ("{kind: tiered, tiers: {at least 50%: 1/3, at least 70%: 80%}}", 70, 71, "green", "better"),  # the most this curve pays
    ],
)
def test_lights_and_directions(tmp_path: Path, curve: str, before: int, now: int, light: str, since: str) -> None:
    """Green pays in full, amber in part, red nothing; better is better whichever way the indicator runs."""
    activity = f"P1 2009-04 {before}/100\nP2 2009-04 0/0\nP1 2009-05 {now}/100\nP2 2009-05 0/0"
    row = only(board(world(tmp_path, contract_text(curve, measured="snapshot"), activity)))
    assert (row.light, row.since) == (light, since)


def test_missing_and_withheld_months_say_so(tmp_path: Path) -> None:
    """P2 sent nothing for May and withheld June: the sums leave both out and count what they lack."""
    activity = "P1 2009-04 90/100\nP2 2009-04 40/50\nP1 2009-05 90/100\nP1 2009-06 90/100\nP2 2009-06 *"
    row = only(board(world(tmp_path, contract_text(LINE), activity)))
    assert [(p.numerator, p.eligible, p.lacking, p.withheld) for p in row.points] == [(130, 150, 0, 0), (220, 250, 1, 0), (310, 350, 1, 1)]


def test_no_counts_is_not_zero(tmp_path: Path) -> None:
    """Before a quarterly return there is no achievement, no light and no direction."""
    row = only(board(world(tmp_path, contract_text(LINE), "P1 2009/10_Q1 90/100\nP2 2009/10_Q1 40/50"), "2009-05"))
    assert [(p.achievement, p.reported, p.lacking) for p in row.points] == [(None, False, 0)] * 2
    assert (row.light, row.share, row.since) == ("none", None, "unknown")


def test_no_patients_is_what_the_contract_says(tmp_path: Path) -> None:
    """Counts of 0/0 are counts: the share is the contract's word for an empty denominator."""
    contract = contract_text(LINE, empty_denominator="pays in full")
    row = only(board(world(tmp_path, contract, "P1 2009-04 0/0\nP2 2009-04 0/0")))
    assert (row.share, row.light, [p.against for p in row.practices]) == (1, "none", ["no patients", "no patients"])


def test_a_snapshot_between_quarters_binds_nobody(tmp_path: Path) -> None:
    """Where a snapshot is sent at the end of the quarter only, its other months lack nothing; where some send them, the others lack theirs."""
    contract = contract_text(LINE, measured="snapshot")
    row = only(board(world(tmp_path / "a", contract, "P1 2009-06 90/100\nP2 2009-06 40/50")))
    assert [(p.reported, p.lacking) for p in row.points] == [(False, 0), (False, 0), (True, 0)]
    row = only(board(world(tmp_path / "b", contract, "P1 2009-05 80/100\nP1 2009-06 90/100\nP2 2009-06 40/50")))
    assert [(p.reported, p.lacking) for p in row.points] == [(False, 0), (True, 1), (True, 0)]


def test_a_practice_counts_where_it_was(tmp_path: Path) -> None:
    """P2 moves from N1 to N2 in May: its April stays with N1, also in the year to date."""
    activity = "P1 2009-04 10/100\nP2 2009-04 20/50\nP1 2009-05 10/100\nP2 2009-05 30/50"
    practices = "P1,N1 P2,N1,,,2009-04-30 P2,N2,,2009-05-01"
    one, two = board(world(tmp_path, contract_text(LINE, measured="year to date"), activity, practices)).rows
    assert (rates(one), rates(two)) == (["30/150", "40/250"], ["0/0", "30/50"])
    assert [p.count.practice for p in one.practices] == ["P1", "P2"]


def test_limits_by_hand() -> None:
    """p = 1/2 and 100 patients: 3.09 standard deviations of 5 are 15.45, so 34.55 to 65.45: 35 to 65."""
    assert limits(100, 500, 1000) == (35, 65)
    assert limits(1, 500, 1000) == (0, 1)  # one patient is never shamed
    assert limits(10, 0, 1000) == (0, 0)
    assert limits(10, 1000, 1000) == (10, 10)


@given(eligible=st.integers(1, 400), of_all=st.integers(1, 3000), data=st.data())
def test_limits_are_the_funnel_squared(eligible: int, of_all: int, data: st.DataObject) -> None:
    """n is within the limits exactly where (n/d - p)^2 d <= z^2 p (1 - p), and so for every n."""
    p = Fraction(data.draw(st.integers(0, of_all)), of_all)
    low, high = limits(eligible, p.numerator * (of_all // p.denominator), of_all)
    n = data.draw(st.integers(0, eligible))
    inside = (Fraction(n, eligible) - p) ** 2 * eligible <= LIMITS**2 * p * (1 - p)
    assert (low <= n <= high) == inside


def test_practices_are_not_ranked() -> None:
    """Practices stand in the order of their codes, whatever they achieved."""
    for row in board(read_world(EXAMPLE), "2009-08").rows:
        codes = [p.count.practice for p in row.practices]
        assert codes == sorted(codes)


def test_a_practice_beside_its_network() -> None:
    """A practice's rows are its own counts, its network's rate beside them."""
    w = read_world(EXAMPLE)
    alone, whole = board(w, "2009-08", practice="TH-11"), board(w, "2009-08", "N3")
    assert [row.network_achievement for row in alone.rows] == [row.now.achievement for row in whole.rows]
    own = next(p for p in whole.rows[0].practices if p.count.practice == "TH-11")
    assert (alone.rows[0].now.numerator, alone.rows[0].now.eligible) == (own.count.numerator, own.count.eligible)
    assert alone.rows[0].practices == (own,)


def test_months_and_practices_that_cannot_be_shown() -> None:
    """A month outside the contract, an unknown practice, one that has closed, and one of another network are refused with the reason."""
    w = read_world(EXAMPLE)
    for month, network, practice, words in (
        ("2010-04", None, None, "2010-04 is outside the contract, which covers 2009/10"),
        (None, None, "TH-99", 'there is no practice "TH-99": did you mean "TH-29"?'),
        ("2009-10", None, "TH-14", "TH-14 is in no network in 2009-10: it was in N3 until 2009-09-30"),
        ("2009-08", "N1", "TH-11", "TH-11 is in N3 in 2009-08, not in N1"),
    ):
        with pytest.raises(UsageError, match=words.replace("?", r"\?")):
            board(w, month, network, practice)
