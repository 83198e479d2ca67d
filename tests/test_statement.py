"""What a statement says: the payment, how it was made in words, what was missed; and the small drawings beside it."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from boards import contract_text, world
from packs import EXAMPLE, HOSTILE, UNSEEN, settled, written

from p4p.numbers.errors import InputError
from p4p.numbers.period import periods
from p4p.settling.settle import settle
from p4p.statements import charts
from p4p.statements.charts import Achieved, Bar, Rate, bands, spread, svg, variation, waterfall
from p4p.statements.statement import Statement, cover, statements


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Statement]:
    """The statements of the quarter that `packs` works out."""
    return {s.network: s for s in statements(settled(written(tmp_path_factory.mktemp("both"))))}


def test_the_payment(both: dict[str, Statement]) -> None:
    """A statement's totals and packages are the settled ones."""
    one = both["N1"]
    assert (one.totals.upfront, one.totals.earned, one.totals.payable) == (4_550_000, 549_043, 5_099_043)
    assert [(p.package, p.value, p.upfront, p.earned, p.payable) for p in one.packages] == [
        ("diabetes", 6_250_000, 4_375_000, 549_043, 4_924_043),
        ("immunisation", 350_000, 175_000, 0, 175_000),
    ]


def test_how_it_was_made_in_words(both: dict[str, Statement]) -> None:
    """Each step says what was counted, what the contract says of it and what that earns; 5,625 x 204/209 = 5,490.43."""
    assert [(s.what, s.how, s.amount) for s in both["N1"].steps] == [
        ("Diabetes care package", "Worth £62,500.00 this quarter, of £250,000.00 for 2009/10", 6_250_000),
        ("Paid up front", "70% of £62,500.00", 4_375_000),
        ("DM1 Care plan agreed", "188 of 209 patients, 89.95%, is below the target of 90%. It earns nothing of £7,500.00.", 0),
        ("DM2 Retinal screening attended", "167 of 209 patients, 79.90%, is below the target of 80%. It earns nothing of £5,625.00.", 0),
        (
            "DM3 Blood pressure 140/80 or lower and cholesterol 4 or lower, both in the same patient",
            "104 of 209 patients, 49.76%, is between the thresholds of 40% and 50%. "
            "Its share is (49.7607…% − 40%) ÷ (50% − 40%) = 97.6076…%. It earns £5,625.00 × 97.6076…% (rounded) = £5,490.43.",
            549_043,
        ),
        ("Childhood immunisation care package", "Worth £3,500.00 this quarter, of £14,000.00 for 2009/10", 350_000),
        ("Paid up front", "50% of £3,500.00", 175_000),
        ("MMR1 First MMR vaccine by age two", "379 of 399 patients, 94.98%, is below the target of 95%. It earns nothing of £1,750.00.", 0),
    ]
    assert "It earns all of £7,500.00." in both["N2"].steps[2].how


def test_what_was_missed(both: dict[str, Statement]) -> None:
    """One patient short of three targets, the largest amount first; 134.57 for the one patient short of the top of the line."""
    assert [(r.line.indicator, r.missed.left, r.needed) for r in both["N1"].missed] == [
        ("DM1", 750_000, "1 more patient for at least 90%, worth £7,500.00"),
        ("DM2", 562_500, "1 more patient for at least 80%, worth £5,625.00"),
        ("MMR1", 175_000, "1 more patient for at least 95%, worth £1,750.00"),
        ("DM3", 13_457, "1 more patient for at least 50%, worth £134.57"),
    ]
    assert both["N2"].missed == ()


def test_who_holds_the_patients(both: dict[str, Statement]) -> None:
    """The one patient of DM1 stands at P2, which has 11 of the 21 patients without a care plan; 10 are at P1."""
    assert both["N1"].missed[0].where == "Practice P2 1"


@pytest.mark.parametrize(
    ("curve", "counts", "how", "needed"),
    [
        # 75.9% is 2.95 steps of 2% beyond 70%: two whole ones, 40% of 1,000.00; 76% is the third, 200.00 more for 1 patient of 1,000
        (
            "{kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 90%}",
            "759/1000",
            "759 of 1,000 patients, 75.90%, is 2 whole steps of 2% beyond 70%, at 20% each and 90% at most. "
            "Its share is whole part of (75.9% − 70%) ÷ 2% × 20% = 40%. It earns £1,000.00 × 40% (rounded) = £400.00.",
            "1 more patient for at least 76%, worth £200.00; 41 more patients for at least 80%, worth £500.00 (£12.20 each)",
        ),
        (
            "{kind: stepped, from: 70%, step: 2%, share_per_step: 20%, most: 90%}",
            "71/100",
            "71 of 100 patients, 71.00%, is not a whole step of 2% beyond 70%. It earns nothing of £1,000.00.",
            "1 more patient for at least 72%, worth £200.00; 9 more patients for at least 80%, worth £900.00 (£100.00 each)",
        ),
        # a third of 1,000.00 is 333.33; the tier above pays 666.67 more
        (
            "{kind: tiered, tiers: {at least 70%: 1/3, at least 90%: 100%}}",
            "80/100",
            "80 of 100 patients, 80.00%, is below the tier of 90% and is at least the tier of 70%.",
            "10 more patients for at least 90%, worth £666.67 (£66.67 each)",
        ),
        (
            "{kind: tiered, tiers: {at least 70%: 1/3, at least 90%: 100%}}",
            "60/100",
            "60 of 100 patients, 60.00%, is below the tier of 70%. It earns nothing of £1,000.00.",
            "10 more patients for at least 70%, worth £333.33 (£33.33 each); 30 more patients for at least 90%, worth £1,000.00 (£33.33 each)",
        ),
        (
            "{kind: all_or_nothing, target: below 10%}",
            "10/100",
            "10 of 100 patients, 10.00%, is not below the target of 10%. It earns nothing of £1,000.00.",
            "1 fewer patient for below 10%, worth £1,000.00",
        ),
        (
            "{kind: linear, lower: 5%, upper: 20%, direction: lower is better}",
            "14/100",
            "14 of 100 patients, 14.00%, is between the thresholds of 5% and 20%. Its share is (20% − 14%) ÷ (20% − 5%) = 40%. "
            "It earns £1,000.00 × 40% (rounded) = £400.00.",
            "9 fewer patients for at most 5%, worth £600.00 (£66.67 each)",
        ),
        ("{kind: all_or_nothing, target: at least 90%}", "0/0", "No patients, and the contract says `empty_denominator: pays nothing`.", "No patients"),
    ],
)  # fmt: skip
def test_every_curve_in_words(tmp_path: Path, curve: str, counts: str, how: str, needed: str) -> None:
    """What was counted, what the curve makes of it and what comes next, for each kind of curve and both directions."""
    found = world(tmp_path / "w", contract_text(curve), f"P1 2009/10_Q1 {counts}\nP2 2009/10_Q1 0/0")
    (statement,) = statements(settle(found.contract, found.members, found.activity, periods("Q1", found.contract.years)))
    (result,) = statement.results
    assert result.how.startswith(how)
    assert result.needed == needed


def test_steps_add_up_to_the_payment() -> None:
    """In every quarter of the example the amounts of the steps, without what packages are worth, add up to what is paid."""
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        for statement in statements(settled(EXAMPLE, quarter)):
            assert sum(s.amount for s in statement.steps if s.paid) == statement.totals.payable


def test_a_later_quarter_says_what_was_earned_before() -> None:
    """With catch-up the words show the money to date and what earlier quarters earned of it."""
    one = next(s for s in statements(settled(EXAMPLE, "Q3")) if s.network == "N1")
    how = next(s.how for s in one.steps if s.what.startswith("DM3"))
    assert re.search(
        r"It earns £16,875\.00 available in the year to date × 38\.5026…% \(rounded\) − £667\.57 earned before = £5,829\.76\.$", how
    )


def test_the_cover(tmp_path: Path) -> None:
    """Files are named without their folders, each with its hash; the counts reach to the end of the quarter."""
    about = cover(settled(written(tmp_path)))
    assert [(s.file, len(s.sha256)) for s in about.inputs] == [("contract.yaml", 64), ("practices.csv", 64), ("activity.csv", 64)]
    assert (about.contract, str(about.period), str(about.counts_to)) == ("tower-hamlets-2009-10", "2009/10 Q1", "2009-06-30")
    assert about.sha256 == about.inputs[0].sha256
    assert about.totals.payable == 11_699_043


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_harmless(tmp_path: Path, name: str) -> None:
    """A name reaches a statement as it is, as text: what it might start elsewhere is for each output to prevent."""
    for statement in statements(settled(written(tmp_path, {"N1": name, "P1": name}))):
        assert statement.name == (name if statement.network == "N1" else "Network N2")


@pytest.mark.parametrize("name", UNSEEN)
def test_characters_that_cannot_be_seen_never_arrive(tmp_path: Path, name: str) -> None:
    """Escape sequences and direction marks are refused with the file and line where they stand."""
    with pytest.raises(InputError, match="a character that cannot be seen"):
        settled(written(tmp_path, {"N1": name}))


# drawings


def _coordinates(text: str) -> list[str]:
    root = ElementTree.fromstring(text)
    return [v for e in root.iter() for k, v in e.attrib.items() if k in ("x", "y", "width", "height", "cx", "cy", "r", "points", "d")]


def test_drawings_say_what_they_show_and_hold_whole_numbers() -> None:
    """A drawing is an image with a name; its coordinates are whole numbers; a text in it is text."""
    name = 'DM1 <script>alert(1)</script> & "x"'
    chart = bands([Achieved(name, Fraction(188, 209), "89.95%", Fraction(9, 10), Fraction(9, 10), Fraction(0))], name)
    text = svg(chart)
    root = ElementTree.fromstring(text)
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", name)
    assert "<script" not in text and name in [e.text for e in root.iter() if e.tag.endswith("text")]
    assert all(re.fullmatch(r"[\d\s,MLZ-]+", c) for c in _coordinates(text))


def test_a_waterfall_ends_where_the_total_does() -> None:
    """Upfront 60 and earned 40 of 100: the second bar starts where the first ends, and the total is as long as both."""
    chart = waterfall([Bar("Upfront", 6000, "upfront"), Bar("Earned", 4000, "earned"), Bar("Payable", 10000, "total")], "a payment")
    upfront, earned, total = (s for s in chart.shapes if isinstance(s, charts.Rect))
    assert upfront.x + upfront.width == earned.x
    assert upfront.width + earned.width == total.width
    assert upfront.width * 2 == earned.width * 3


def test_money_taken_back_points_left() -> None:
    """A claw-back larger than what is paid: the bar of the total stands left of zero."""
    chart = waterfall([Bar("Upfront", 1000, "upfront"), Bar("DM1", -3000, "loss"), Bar("Payable", -2000, "total")], "a claw-back")
    upfront, loss, total = (s for s in chart.shapes if isinstance(s, charts.Rect))
    assert total.x + total.width == upfront.x and loss.x == total.x


def test_marks_differ_in_shape() -> None:
    """All, a part, nothing: a dot, a diamond, a ring, so that colour is never alone."""
    assert [charts.mark(s) for s in (Fraction(1), Fraction(1, 2), Fraction(0))] == ["reached", "partly", "missed"]


def test_control_limits_by_hand() -> None:
    """Around 50% of 100 patients one standard deviation is the root of 0.5 x 0.5 / 100 = 5%; 1.96 of them 9.8%, 3.09 of them 15.45%."""
    assert spread(Fraction(1, 2), 100, charts.WITHIN_95) == Fraction(98, 1000)
    assert spread(Fraction(1, 2), 100, charts.WITHIN_998) == Fraction(1545, 10_000)


def test_practices_without_patients_are_not_drawn() -> None:
    """A practice with an empty denominator has no rate and no dot; with none at all the drawing is still one."""
    some = variation([Rate("A", "N1", 1, 2), Rate("B", "N1", 0, 0)], Fraction(9, 10), "practices")
    assert len([s for s in some.shapes if isinstance(s, charts.Mark)]) == 1
    assert ElementTree.fromstring(svg(variation([], Fraction(9, 10), "practices"))).attrib["role"] == "img"
