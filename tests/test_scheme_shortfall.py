"""What more patients would have paid under contracts with `payments`: by hand, against settlements of files that have them, and as the command tells it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Mapping
from fractions import Fraction as F
from pathlib import Path

import pytest

from p4p.boards import scheme_shortfall as board
from p4p.boards.scheme_shortfall import SchemeShortfall, Short, scheme_shortfall
from p4p.boards.shortfall import Reach
from p4p.cli import main
from p4p.files.folder import Files, files_of
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.language.curves import Threshold
from p4p.numbers.errors import InputError, UsageError
from p4p.settling.chain import settle_scheme

ROOT = Path(__file__).parent.parent

HEAD = """p4p: 1
contract: t
title: Tried
commissioner: Nobody
year: 2016/17
currency: GBP
paid_to: {paid_to}
settled: yearly
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
measures:
  A: {{title: Reviewed, unit: counts, measured: for the year, excluded: leaves the denominator}}
  B: {{title: Admitted, unit: counts, measured: for the year, excluded: already out}}
payments:
  p:
    title: P
    basis: the period
    pays: pay
    steps:
"""

#: One practice for each network.
PRACTICES = "practice,name,network\nP1,First,N1\nP2,Second,N2\n"


def text_of(steps: str, paid_to: str = "practice") -> str:
    """A contract of one payment with some steps."""
    return HEAD.format(paid_to=paid_to) + "".join(f"      {line}\n" for line in steps.strip().splitlines())


def asked(
    folder: Path,
    steps: str,
    counts: Mapping[str, str],
    paid_to: str = "practice",
    payee: str | None = None,
    practices: str = PRACTICES,
    more: str = "",
    measured: str = "for the year",
    settled: str = "yearly",
    period: str = "2016/17",
) -> SchemeShortfall:
    """What was left by some steps: counts by practice and measure, such as `{"P1 A": "50/100-10"}`, or `{"P1 A 2016-04": "5/10"}` of a month.

    `more`: lines of further payments.
    """
    text = (
        (text_of(steps, paid_to) + more)
        .replace("measured: for the year", f"measured: {measured}")
        .replace("settled: yearly", f"settled: {settled}")
    )
    (folder / "contract.yaml").write_text(text, "utf-8")
    (folder / "practices.csv").write_text(practices, "utf-8")
    rows = []
    for who, given in counts.items():
        (practice, measure, when), (numerator, _, rest) = (*who.split(), "2016/17")[:3], given.partition("/")
        denominator, _, excluded = rest.partition("-")
        rows.append(f"{practice},{measure},{when},{numerator},{denominator},{excluded or 0}")
    (folder / "activity.csv").write_text("\n".join(["practice,indicator,period,numerator,denominator,excluded", *rows, ""]), "utf-8")
    return found(files_of([str(folder)], None, ()), period, payee)


def found(files: Files, period: str = "2016/17", payee: str | None = None) -> SchemeShortfall:
    """What was left in a year by files."""
    scheme = read_scheme(files.contract)
    months, name = months_asked(scheme, period, None, None)
    return scheme_shortfall(scheme, read_inputs(scheme, files, months).in_year(scheme, months), months, name, payee)


def of(told: SchemeShortfall, payee: str, measure: str) -> Short:
    """One payee's measure."""
    (one,) = (short for short in told.short if (short.payee, short.scored.measure) == (payee, measure))
    return one


def reach(threshold: str, patients: int | None, gain: int | None) -> Reach:
    """`at least 80%`, with the patients to it and what they gain."""
    word, _, ratio = threshold.rpartition(" ")
    return Reach(Threshold(F(int(ratio.removesuffix("%")), 100), word), patients, gain)  # type: ignore[arg-type]


#: Two practices of one network.
ONE_NETWORK = "practice,name,network\nP1,First,N1\nP2,Second,N1\n"

#: 100.00 times the achievement.
TIMES = "a: {kind: achievement, of: A, empty: 0%}\npay: {kind: product, of: [£100.00, a]}"

POINTS = """
pay: {kind: points, point_value: £10.00, rounded: not at all, empty: 0%, indicators: {A: {title: R, points: 10, curve: {kind: linear, lower: 40%, upper: 80%}}}}
"""


def test_points_on_a_line(tmp_path: Path) -> None:
    """100.00 on a line from 40% to 80%: P1 at 54 of 90, halfway; P2 at 30 of 100, below it."""
    told = asked(tmp_path, POINTS, {"P1 A": "54/100-10", "P2 A": "30/100"})
    # P1: 54/90 = 60%, halfway: 50.00. 80% of 90 = 72, 18 more: 50.00 more, and everybody (90) is no more than that
    one = of(told, "P1", "A")
    assert ("short", 54, 100, 10, 90, F(3, 5)) == (
        one.standing,
        one.numerator,
        one.denominator,
        one.excluded,
        one.eligible,
        one.achievement,
    )
    assert (5_000, reach("at least 80%", 18, 5_000)) == (one.left, one.nearest)
    assert one.best == one.nearest
    # P2: 30%, nothing. Above 40% is 41: (41 - 40)/40 of 100.00 = 2.50 for 11. 80%: 50 for 100.00
    two = of(told, "P2", "A")
    assert (10_000, reach("above 40%", 11, 250), reach("at least 80%", 50, 10_000)) == (two.left, two.nearest, two.best)
    assert F(250, 11) == two.nearest.per_patient  # type: ignore[union-attr]
    assert ["P2", "P1"] == [short.payee for short in told.short]  # the most first
    assert {"P2": 10_000, "P1": 5_000} == told.left
    assert ["P2", "P1"] == list(told.left)
    assert 15_000 == told.total
    assert () == one.practices  # a practice that is paid itself is no network


def test_one_payee_alone(tmp_path: Path) -> None:
    """Asked of P1 only, nothing is told of P2."""
    told = asked(tmp_path, POINTS, {"P1 A": "54/100-10", "P2 A": "30/100"}, payee="P1")
    assert ("P1", {"P1": 5_000}, ["P1"]) == (told.payee, told.left, [short.payee for short in told.short])


def test_lower_is_better(tmp_path: Path) -> None:
    """12 of 100 admitted, at most 10% pays 50.00 and below 5% another 50.00: 2 fewer, then 8 fewer; with nobody 100.00."""
    steps = """
    rate: {kind: achievement, of: B, empty: 0%}
    first: {kind: curve, of: rate, curve: {kind: all_or_nothing, target: at most 10%}}
    second: {kind: curve, of: rate, curve: {kind: all_or_nothing, target: below 5%}}
    share: {kind: sum, of: [first, second]}
    pay: {kind: product, of: [£50.00, share]}
    """.replace("    ", "")
    told = asked(tmp_path, steps, {"P1 B": "12/100-7", "P2 B": "0/100"})
    one = of(told, "P1", "B")
    assert 100 == one.eligible  # excluded are out already, whatever the file says of them
    assert (10_000, reach("at most 10%", 2, 5_000), reach("below 5%", 8, 10_000)) == (one.left, one.nearest, one.best)
    assert ("all reached", 0, None) == (of(told, "P2", "B").standing, of(told, "P2", "B").left, of(told, "P2", "B").nearest)


GATED = """
a: {kind: achievement, of: A, empty: 0%}
b: {kind: achievement, of: B, empty: 0%}
pay: {kind: gate, of: £100.00, requires: {a: at least 90%, b: at least 50%}, otherwise: £0.00}
"""


def test_a_gate_that_needs_both(tmp_path: Path) -> None:
    """80 of 100 and 40 of 100 with a gate at 90% and 50%: either alone pays nothing more, both together 100.00; P2 lacks one of them, 10 patients, all of it."""
    told = asked(tmp_path, GATED, {"P1 A": "80/100", "P1 B": "40/100", "P2 A": "80/100", "P2 B": "50/100"})
    assert {"P1": 10_000, "P2": 10_000} == told.left
    for measure, patients, threshold in (("A", 10, "at least 90%"), ("B", 10, "at least 50%")):
        one = of(told, "P1", measure)
        assert ("pays no more", 0, reach(threshold, patients, 0)) == (one.standing, one.left, one.nearest)
    assert reach("at least 90%", 10, 10_000) == of(told, "P2", "A").nearest
    assert "all reached" == of(told, "P2", "B").standing


def test_a_step_without_thresholds(tmp_path: Path) -> None:
    """100.00 times the achievement: everybody, 40 more of 100, gains 40.00; there is no threshold on the way."""
    told = asked(
        tmp_path, "a: {kind: achievement, of: A, empty: 0%}\npay: {kind: product, of: [£100.00, a]}", {"P1 A": "60/100", "P2 A": "0/0"}
    )
    assert reach("at least 100%", 40, 4_000) == of(told, "P1", "A").nearest
    nobody = of(told, "P2", "A")
    assert ("no patients", 0, None, None) == (nobody.standing, nobody.left, nobody.nearest, nobody.achievement)
    assert {"P1": 4_000, "P2": 0} == told.left


SHARED = """
a: {kind: achievement, of: A, empty: 0%}
part: {kind: part_of_pot, pot: £100.00, by: a}
pay: {kind: sum, of: [part]}
"""


def test_payees_that_share_are_asked_one_by_one(tmp_path: Path) -> None:
    """100.00 by achievement. 20% and 30%: 40.00 and 60.00. P1 alone at 100%: 100/130 of it, 76.92; P2 alone at 100%: 100/120, 83.33. At once they would have 50.00 each."""
    told = asked(tmp_path, SHARED, {"P1 A": "20/100", "P2 A": "30/100"})
    assert {"P1": 7_692 - 4_000, "P2": 8_333 - 6_000} == told.left
    assert reach("at least 100%", 80, 3_692) == of(told, "P1", "A").nearest


@pytest.mark.parametrize(
    ("steps", "shared"),
    [
        (SHARED, True),
        ("a: {kind: achievement, of: A, empty: 0%}\npart: {kind: part_of_pot, pot: £100.00, by: a.denominator}\npay: {kind: product, of: [part, a]}", False),
        ("a: {kind: achievement, of: A, empty: 0%}\nx: {kind: sum, of: [a.numerator, 1]}\npart: {kind: part_of_pot, pot: £100.00, by: x}\npay: {kind: sum, of: [part]}", True),
        (POINTS, False),
        ("a: {kind: achievement, of: A, empty: 0%}\npart: {kind: part_of_pot, pot: £100.00, by: a.excluded}\npay: {kind: product, of: [part, a]}", False),
        (POINTS.replace("pay:", "x:").replace("A:", "excluded:").replace("curve:", "counts: A, curve:") + "pay: {kind: part_of_pot, pot: £100.00, by: x.excluded}", True),
    ],
    ids=["achievements", "denominators", "numerators, by a step between", "points", "excluded", "points of an indicator called so"],
)  # fmt: skip
def test_whether_payees_share(tmp_path: Path, steps: str, shared: bool) -> None:
    """Only what hangs on numerators makes one payee's patients another's money; denominators stay as they are."""
    told = asked(tmp_path, steps, {"P1 A": "20/100", "P2 A": "30/100"})
    assert shared == board.shares(told.settlement.scheme)


def test_a_payment_that_hangs_on_no_counts_shares_none(tmp_path: Path) -> None:
    """10.00 for everybody, and a pot divided by it: patients reached change neither, though a third payment is made on them."""
    text = text_of("pay: {kind: sum, of: [£10.00]}")
    text += "  q: {title: Q, basis: the period, pays: part, steps: {part: {kind: part_of_pot, pot: £100.00, by: p}}}\n"
    text += "  r: {title: R, basis: the period, pays: pay, steps: {a: {kind: achievement, of: A, empty: 0%}, pay: {kind: product, of: [£5.00, a]}}}\n"
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    assert not board.shares(read_scheme(str(tmp_path / "contract.yaml")))


def test_what_a_later_payment_takes_from_an_earlier_one_is_shared_too(tmp_path: Path) -> None:
    """A payment on achievements, and another that divides a pot by it."""
    text = text_of("a: {kind: achievement, of: A, empty: 0%}\npay: {kind: product, of: [£10.00, a]}")
    text += "  q: {title: Q, basis: the period, pays: part, steps: {part: {kind: part_of_pot, pot: £100.00, by: p}}}\n"
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    assert board.shares(read_scheme(str(tmp_path / "contract.yaml")))


def test_too_many_to_be_asked_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2 payees and 1 measure are 2 x (3 + 1) settlements at the most: so many may be allowed; with fewer one payee can be asked, both cannot."""
    monkeypatch.setattr(board, "MOST_SETTLEMENTS", 8)
    told = asked(tmp_path, SHARED, {"P1 A": "20/100", "P2 A": "30/100"})
    assert ({"P1": 3_692, "P2": 2_333}, None) == (told.left, told.total)  # one's gain is the other's loss
    monkeypatch.setattr(board, "MOST_SETTLEMENTS", 7)
    with pytest.raises(UsageError, match=r"8 settlements are more than 7; ask one by one, with --network CODE"):
        asked(tmp_path, SHARED, {"P1 A": "20/100", "P2 A": "30/100"})
    assert 3_692 == asked(tmp_path, SHARED, {"P1 A": "20/100", "P2 A": "30/100"}, payee="P1").total


def test_two_thousand_settlements_are_the_most(tmp_path: Path) -> None:
    """501 practices that share, and one measure: 501 x 4 = 2,004."""
    codes = [f"P{i}" for i in range(501)]
    with pytest.raises(UsageError) as caught:
        asked(
            tmp_path,
            SHARED,
            {f"{code} A": "1/2" for code in codes},
            practices="practice,name,network\n" + "".join(f"{code},{code},N1\n" for code in codes),
        )
    assert (
        "payees share in this contract, so each is settled by itself with other counts: 2,004 settlements are more than 2,000; "
        "ask one by one, with --network CODE"
    ) == caught.value.problems[0].what


def test_a_threshold_that_no_number_of_patients_reaches(tmp_path: Path) -> None:
    """Above 100% is reached by nobody: the best is the one before it, and what cannot be reached is said to take no number of patients."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\nshare: {kind: curve, of: a, curve: {kind: all_or_nothing, target: at least 90%}}\n"
    steps += "pay: {kind: gate, of: £10.00, requires: {a: above 100%}, otherwise: £0.00}"
    told = asked(tmp_path, steps, {"P1 A": "80/100", "P2 A": "95/100"})
    assert reach("at least 90%", 10, 0) == of(told, "P1", "A").nearest == of(told, "P1", "A").best
    assert reach("above 100%", None, None) == of(told, "P2", "A").nearest
    assert "pays no more" == of(told, "P2", "A").standing


REFUSED = (
    "a: {kind: achievement, of: A, empty: 0%}\nrest: {kind: sum, of: [a.denominator], less: [a.numerator]}\n"
    "pay: {kind: ratio, of: £10.00, to: rest, if_zero: refuse}"
)


def test_money_that_the_contract_refuses_to_say(tmp_path: Path) -> None:
    """10.00 divided by the patients not reached: with nobody left there is nothing to divide by, and the gain cannot be said."""
    told = asked(tmp_path, REFUSED, {"P1 A": "60/100", "P2 A": "50/100"})
    assert {"P1": None, "P2": None} == told.left
    assert told.total is None
    assert reach("at least 100%", 40, None) == of(told, "P1", "A").nearest


def test_what_is_refused_of_one_payee_is_said_of_the_others(tmp_path: Path) -> None:
    """10.00 divided by the patients not reached. P1, 60 of 100: 90% is 30 more, then 10.00 / 10 less 10.00 / 40 is 0.75. P2, 0 of 1: 90% is everybody."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\nrest: {kind: sum, of: [a.denominator], less: [a.numerator]}\n"
    steps += "one: {kind: ratio, of: £10.00, to: rest, if_zero: refuse}\npay: {kind: gate, of: one, requires: {a: at least 0%}, otherwise: £0.00}\n"
    steps += "mark: {kind: curve, of: a, curve: {kind: all_or_nothing, target: at least 90%}}"
    told = asked(tmp_path, steps, {"P1 A": "60/100", "P2 A": "0/1"})
    assert (reach("at least 90%", 30, 75), reach("at least 90%", 1, None)) == (of(told, "P1", "A").nearest, of(told, "P2", "A").nearest)
    assert {"P1": None, "P2": None} == told.left


def test_a_period_that_cannot_be_settled_is_refused(tmp_path: Path) -> None:
    """Without the counts of P2 there is no settlement to start from."""
    with pytest.raises(InputError, match="P2"):
        asked(tmp_path, POINTS, {"P1 A": "54/100"})


def test_one_patient_and_nobody(tmp_path: Path) -> None:
    """Who has one patient, not reached, has 0% and 100.00 to gain; where all ten are excluded there is nobody to reach."""
    told = asked(tmp_path, POINTS, {"P1 A": "0/1", "P2 A": "0/10-10"})
    one, two = of(told, "P1", "A"), of(told, "P2", "A")
    assert (F(0), 10_000, reach("above 40%", 1, 10_000)) == (one.achievement, one.left, one.nearest)
    assert reach("at least 80%", 1, 10_000) == one.best
    assert (None, "no patients", 0, None) == (two.achievement, two.standing, two.left, two.nearest)


def test_everybody_is_all_who_are_not_excluded(tmp_path: Path) -> None:
    """60 of 100 less 10: 66.67 of 100.00; everybody is 30 more, for 33.33."""
    told = asked(tmp_path, TIMES, {"P1 A": "60/100-10", "P2 A": "100/100"})
    assert (3_333, reach("at least 100%", 30, 3_333)) == (of(told, "P1", "A").left, of(told, "P1", "A").nearest)
    assert {"P1": 3_333, "P2": 0} == told.left


def test_where_everybody_is_reached_nothing_is_left(tmp_path: Path) -> None:
    """100 of 100, and a practice without patients: all reached, no patients, and nothing left of either."""
    told = asked(tmp_path, TIMES, {"P1 A": "100/100", "P2 A": "0/0"})
    assert [("P1", "all reached", 0), ("P2", "no patients", 0)] == [(one.payee, one.standing, one.left) for one in told.short]
    assert ({"P1": 0, "P2": 0}, 0) == (told.left, told.total)


def test_everybody_of_every_measure_at_once(tmp_path: Path) -> None:
    """100.00 x A, behind a gate at 50% of A and 90% of B. P1: 80% and 0%. B alone is 80.00; A is above its threshold and alone pays nothing; both are 100.00."""
    steps = TIMES.replace("pay:", "all:") + "\nb: {kind: achievement, of: B, empty: 0%}\n"
    steps += "pay: {kind: gate, of: all, requires: {a: at least 50%, b: at least 90%}, otherwise: £0.00}"
    told = asked(tmp_path, steps, {"P1 A": "80/100", "P1 B": "0/100", "P2 A": "100/100", "P2 B": "100/100"})
    assert ("all reached", 0) == (of(told, "P1", "A").standing, of(told, "P1", "A").left)
    assert ("short", 8_000) == (of(told, "P1", "B").standing, of(told, "P1", "B").left)
    assert {"P1": 10_000, "P2": 0} == told.left


def test_beyond_every_threshold_there_may_be_more(tmp_path: Path) -> None:
    """100.00 x A from 50% on: at 80% no threshold is ahead, and everybody, 20 more, gains the 20.00 that are left, 10 of them in each practice."""
    steps = TIMES.replace("pay:", "all:") + "\npay: {kind: gate, of: all, requires: {a: at least 50%}, otherwise: £0.00}"
    told = asked(tmp_path, steps, {"P1 A": "40/50", "P2 A": "40/50"}, paid_to="network", practices=ONE_NETWORK)
    one = of(told, "N1", "A")
    everybody = reach("at least 100%", 20, 2_000)
    assert ("short", 2_000, everybody, everybody) == (one.standing, one.left, one.nearest, one.best)
    assert [("P1", 10, 10, 10), ("P2", 10, 10, 10)] == [(p.count.practice, p.outstanding, p.to_nearest, p.to_best) for p in one.practices]


def test_a_threshold_may_pay_where_everybody_does_not(tmp_path: Path) -> None:
    """100.00 from 50% to 90%, and nothing beyond. 40 of 100: 10 more gain all of it; neither 95% nor everybody gains anything."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\nfrom: {kind: gate, of: £100.00, requires: {a: at least 50%}, otherwise: £0.00}\n"
    steps += "top: {kind: curve, of: a, curve: {kind: all_or_nothing, target: at least 95%}}\n"
    steps += "pay: {kind: gate, of: from, requires: {a: at most 90%}, otherwise: £0.00}"
    told = asked(tmp_path, steps, {"P1 A": "40/100", "P2 A": "60/100"})
    one = of(told, "P1", "A")
    assert ("short", 0, reach("at least 50%", 10, 10_000), reach("at least 95%", 55, 0)) == (one.standing, one.left, one.nearest, one.best)
    # P2 has the 100.00, and would lose them
    assert ("pays no more", -10_000) == (of(told, "P2", "A").standing, of(told, "P2", "A").left)
    assert reach("at least 95%", 35, -10_000) == of(told, "P2", "A").nearest


def test_lower_is_better_on_a_line(tmp_path: Path) -> None:
    """100.00 on a line from 20% down to 10%. 25 of 100: below 20% is 19, 6 fewer, (20 - 19)/10 of it; at most 10% is 15 fewer, all of it."""
    steps = "rate: {kind: achievement, of: B, empty: 0%}\n"
    steps += "share: {kind: curve, of: rate, curve: {kind: linear, lower: 10%, upper: 20%, direction: lower is better}}\n"
    steps += "pay: {kind: product, of: [£100.00, share]}"
    one = of(asked(tmp_path, steps, {"P1 B": "25/100", "P2 B": "0/100"}), "P1", "B")
    assert (reach("below 20%", 6, 1_000), reach("at most 10%", 15, 10_000)) == (one.nearest, one.best)


def test_thresholds_are_those_of_curves_bands_and_conditions(tmp_path: Path) -> None:
    """The easiest first, each once, one way only: that of the first one; a band or a condition at a name has no number."""
    steps = """
a: {kind: achievement, of: A, empty: 0%}
c1: {kind: curve, of: a, curve: {kind: all_or_nothing, target: above 80%}}
c2: {kind: curve, of: a, curve: {kind: all_or_nothing, target: at least 80%}}
c3: {kind: bands, of: a, bands: {at least 60%: £1.00, above 80%: £2.00}, otherwise: £0.00}
c4: {kind: bands, of: a, bands: {at least c1: £1.00}, otherwise: £0.00}
c5: {kind: gate, of: £1.00, requires: {a: at most 95%}, otherwise: £0.00}
c6: {kind: gate, of: £1.00, requires: {a: at least c2}, otherwise: £0.00}
b: {kind: achievement, of: B, empty: 0%}
d1: {kind: curve, of: b, curve: {kind: all_or_nothing, target: at most 10%}}
d2: {kind: curve, of: b, curve: {kind: all_or_nothing, target: below 10%}}
d3: {kind: bands, of: c1, bands: {at least 30%: £1.00}, otherwise: £0.00}
pay: {kind: sum, of: [c3, c4, c5, c6, d3]}
"""
    (tmp_path / "contract.yaml").write_text(text_of(steps), "utf-8")
    scheme = read_scheme(str(tmp_path / "contract.yaml"))
    told = [(one.measure, one.direction, [str(t) for t in one.thresholds]) for one in board.scored(scheme, scheme.years[0].months)]
    assert [
        ("A", "higher is better", ["at least 60%", "at least 80%", "above 80%"]),
        ("B", "lower is better", ["at most 10%", "below 10%"]),
    ] == told


def test_bands_of_an_achievement(tmp_path: Path) -> None:
    """10.00 from 60%, 30.00 from 80%. 58 of 100: 2 more gain 10.00, 22 more 30.00."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\npay: {kind: bands, of: a, bands: {at least 60%: £10.00, at least 80%: £30.00}, otherwise: £0.00}"
    one = of(asked(tmp_path, steps, {"P1 A": "58/100", "P2 A": "58/100"}), "P1", "A")
    assert (reach("at least 60%", 2, 1_000), reach("at least 80%", 22, 3_000)) == (one.nearest, one.best)


def test_an_indicator_on_a_measure_of_another_name(tmp_path: Path) -> None:
    """The points of X are counted as B: it is B of which patients are missing."""
    told = asked(tmp_path, POINTS.replace("A:", "X:").replace("curve:", "counts: B, curve:"), {"P1 B": "30/100", "P2 B": "80/100"})
    assert [("P1", "B", "short"), ("P2", "B", "all reached")] == [(one.payee, one.scored.measure, one.standing) for one in told.short]


MONTHS = {f"{practice} A 2016-0{4 + i}": f"{n}/100" for practice in ("P1", "P2") for i, n in enumerate((10, 50, 30))}


def test_of_several_periods_the_last_counts(tmp_path: Path) -> None:
    """Points month by month, 10, 50 and 30 of 100: of Q1 it is June that patients are missing in. 11 more are above 40%, for 2.50; all of June, 100.00."""
    one = of(asked(tmp_path, POINTS, MONTHS, settled="monthly", measured="in the period", period="Q1"), "P1", "A")
    assert (30, 100, 10_000, reach("above 40%", 11, 250)) == (one.numerator, one.denominator, one.left, one.nearest)


def test_of_periods_that_end_together_the_longest_counts(tmp_path: Path) -> None:
    """100.00 a quarter and 10.00 a month on one measure: of Q1 it is the counts of the quarter that move, 90 of 300: 70.00 to gain."""
    more = "  q: {title: Q, settled: monthly, basis: the period, pays: pay, steps: {a: {kind: achievement, of: A, empty: 0%}, pay: {kind: product, of: [£10.00, a]}}}\n"
    one = of(asked(tmp_path, TIMES, MONTHS, settled="quarterly", measured="in the period", period="Q1", more=more), "P1", "A")
    assert (90, 300, 7_000) == (one.numerator, one.denominator, one.left)


@pytest.mark.parametrize(("decided", "told"), [("2016-06-30", []), ("2016-07-01", [("P1", "short", 10_000), ("P2", "short", 10_000)])])
def test_a_withdrawn_indicator_is_not_told(tmp_path: Path, decided: str, told: list[tuple[str, str, int]]) -> None:
    """What is withdrawn in June has no patients to be short of in Q1, though April and May were paid on it."""
    ruling = f"ruling: {{does: withdrawn, reason: r, decided: {decided}}}, curve:"
    found = asked(tmp_path, POINTS.replace("curve:", ruling), MONTHS, settled="monthly", measured="in the period", period="Q1")
    assert told == [(one.payee, one.standing, one.left) for one in found.short]
    assert {"P1": 10_000 * bool(told), "P2": 10_000 * bool(told)} == found.left


def test_more_patients_may_be_paid_less(tmp_path: Path) -> None:
    """100.00 less 100.00 x A: at 60% it is 40.00, and with everybody reached nothing; that is no money left on the table."""
    steps = TIMES.replace("pay:", "cost:") + "\npay: {kind: sum, of: [£100.00], less: [cost]}"
    told = asked(tmp_path, steps, {"P1 A": "60/100", "P2 A": "100/100"})
    assert ("pays no more", -4_000) == (of(told, "P1", "A").standing, of(told, "P1", "A").left)


def test_most_first_to_the_penny(tmp_path: Path) -> None:
    """A penny left comes before nothing left, of lines and of payees; then in the order of codes."""
    told = asked(tmp_path, TIMES.replace("100.00", "0.01"), {"P1 A": "100/100", "P2 A": "0/100"})
    assert [("P2", "short"), ("P1", "all reached")] == [(one.payee, one.standing) for one in told.short]
    assert ["P2", "P1"] == list(told.left)


def test_practices_of_a_network(tmp_path: Path) -> None:
    """A: 80 of 140, everybody is 30 of P1 and 30 of P2. B: 23 of 150, at most 10% is 15: 8 fewer, 8 x 20/23 = 6.96 and 1.04, so 7 and 1."""
    steps = TIMES.replace("pay:", "one:") + "\nb: {kind: achievement, of: B, empty: 0%}\n"
    steps += "two: {kind: curve, of: b, curve: {kind: all_or_nothing, target: at most 10%}}\nthree: {kind: product, of: [£10.00, two]}\n"
    steps += "pay: {kind: sum, of: [one, three]}"
    counts = {"P1 A": "60/100-10", "P2 A": "20/50", "P1 B": "20/100-7", "P2 B": "3/50-5"}
    told = asked(tmp_path, steps, counts, paid_to="network", practices=ONE_NETWORK)
    parts = {
        measure: [
            (p.count.practice, p.count.eligible, p.count.excluded, p.outstanding, p.to_nearest) for p in of(told, "N1", measure).practices
        ]
        for measure in ("A", "B")
    }
    assert {"A": [("P1", 90, 10, 30, 30), ("P2", 50, 0, 30, 30)], "B": [("P1", 100, 0, 20, 7), ("P2", 50, 0, 3, 1)]} == parts


@pytest.mark.parametrize(("counts", "standing"), [("50/50", "all reached"), ("0/0", "no patients")])
def test_where_nobody_is_to_be_reached_no_practice_is_told(tmp_path: Path, counts: str, standing: str) -> None:
    """A network that has reached everybody, or has nobody, has no part of patients for its practices."""
    one = of(asked(tmp_path, TIMES, {"P1 A": counts, "P2 A": counts}, paid_to="network", practices=ONE_NETWORK), "N1", "A")
    assert (standing, ()) == (one.standing, one.practices)


def test_a_network_short_of_what_nobody_can_reach(tmp_path: Path) -> None:
    """100.00 x A, and 5.00 above 100%: the next threshold takes no number of patients, so practices have no part in it; everybody, 40 more, gains 40.00."""
    steps = (
        TIMES.replace("pay:", "all:")
        + "\nmore: {kind: gate, of: £5.00, requires: {a: above 100%}, otherwise: £0.00}\npay: {kind: sum, of: [all, more]}"
    )
    one = of(asked(tmp_path, steps, {"P1 A": "30/50", "P2 A": "30/50"}, paid_to="network", practices=ONE_NETWORK), "N1", "A")
    assert ("short", 4_000, reach("above 100%", None, None)) == (one.standing, one.left, one.nearest)
    assert reach("at least 100%", 40, 4_000) == one.best
    assert [(20, None, 20), (20, None, 20)] == [(p.outstanding, p.to_nearest, p.to_best) for p in one.practices]


# shipped contracts


def shipped(name: str) -> Files:
    """A shipped contract with its sample files."""
    return files_of([str(ROOT / "contracts" / f"{name}.yaml"), str(ROOT / "examples" / "schemes" / name)], None, ())


COUNTED = {"iif-2023-24": "2023/24", "qof-2023-24": "2023/24", "capitated-budget-with-bonus": "2016/17"}


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_left_is_what_was_offered_and_not_earned(name: str) -> None:
    """In the contracts that ship everything offered hangs on counts: for each payee `left` is available less earned of its settlement."""
    told = found(shipped(name), COUNTED[name])
    assert told.short
    for code, pence in told.left.items():
        assert told.settlement.totals(told.settlement.of(code))["shortfall"] == pence


@pytest.mark.parametrize("name", COUNTED)
def test_each_threshold_pays_what_files_with_those_patients_pay(name: str, tmp_path: Path) -> None:
    """Every tenth threshold: the patients are written into the activity file, in each practice its part, and the file is settled."""
    files, period = shipped(name), COUNTED[name]
    told = found(files, period)
    tries = [(one, r, place) for one in told.short for place, r in (("to_nearest", one.nearest), ("to_best", one.best)) if r and r.patients]
    assert len(tries) >= 2
    for one, r, place in tries[:: max(len(tries) // 4, 1)]:
        parts = {p.count.practice: getattr(p, place) for p in one.practices} or {one.payee: r.patients}
        if one.standing != "short":
            continue
        assert r.patients == sum(parts.values())
        other = tmp_path / f"{one.payee} {one.scored.measure} {place}"
        other.mkdir()
        activity = [moved(Path(path), other, one.scored.measure, parts) for path in files.activity]
        again = Files(files.contract, tuple(activity), files.practices, files.lists)
        scheme = read_scheme(again.contract)
        months, named = months_asked(scheme, period, None, None)
        settlement = settle_scheme(scheme, read_inputs(scheme, again, months), months, named)
        more = settlement.totals(settlement.of(one.payee))["payable"] - told.settlement.totals(told.settlement.of(one.payee))["payable"]
        assert r.gain == more


def moved(path: Path, folder: Path, measure: str, parts: Mapping[str, int]) -> str:
    """A copy of a file in which practices have so many more in the numerator of a measure, in the last row that has room; its path."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and "indicator" in rows[0]:
        for practice, more in parts.items():
            left = more
            for row in reversed(rows):
                if (row["practice"], row["indicator"]) == (practice, measure):
                    room = int(row["denominator"]) - int(row.get("excluded") or 0) - int(row["numerator"])
                    row["numerator"] = str(int(row["numerator"]) + min(left, room))
                    left -= min(left, room)
            assert left == 0
    with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return str(folder / path.name)


# the command


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `p4p shortfall` on a shipped contract at 80 columns: its stdout, or its stderr where it is refused."""
    monkeypatch.setenv("COLUMNS", "80")

    def told(name: str, *words: str, refused: bool = False) -> str:
        line = ["p4p", "shortfall", str(ROOT / "contracts" / f"{name}.yaml"), str(ROOT / "examples" / "schemes" / name), *words]
        monkeypatch.setattr("sys.argv", line)
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert (code, bool(err)) == ((2, True) if refused else (0, False))
        return err if refused else out

    return told


def test_the_bonus_behind_a_gate_is_in_the_money(run: Callable[..., str]) -> None:
    """2,625 of 3,460 have a plan: 90% is 3,114, 489 more. What the standard returns and the bonus behind its gate are 712,742.49, 1,457.55 for each, cut."""
    text = run("capitated-budget-with-bonus", "--year", "--network", "N1")
    assert "Left on the table, N1 Beech Network: 712,742.49" in text
    assert "489 more patients make it at least 90%, for 712,742.49 (1,457.55… each)." in text
    assert "All reached     END_OF_LIFE" in text


def test_practices_hold_the_patients_of_a_network(run: Callable[..., str]) -> None:
    """CAN-02 of N1: 203 of 256, 80% is 204.8, so 205: 2 more. 21, 12 and 20 not yet reached have 42/53, 24/53 and 40/53 of them: 0 each, and the 2 go to the largest, P1 and P3."""
    text = run("iif-2023-24", "--year", "--network", "N1")
    lines = [line.split() for line in text.partition("CAN-02 Referral")[2].splitlines()]
    cells = {line[0]: (line[-4], line[-2], line[-1]) for line in lines if line and line[0] in ("P1", "P2", "P3")}
    assert {"P1": ("57/78", "21", "1"), "P2": ("35/47", "12", "0"), "P3": ("111/131", "20", "1")} == cells
    assert "Pays no more    ACC-08" in text
    everybody = run("iif-2023-24", "--year")
    assert "Left on the table, 2 networks: 32,444.43" in everybody
    assert "All reached     N2 ACC-08" in everybody
    assert "`--network CODE` shows one network, and which practices hold its patients." in everybody


def test_the_same_in_csv_and_json(run: Callable[..., str]) -> None:
    """Money stands on the rows of payees and measures and on no practice's, and comes to the same in both."""
    document = json.loads(run("iif-2023-24", "--year", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(run("iif-2023-24", "--year", "--format", "csv"))))
    assert "32444.43" == document["left"]
    assert [("N1", "16514.64"), ("N2", "15929.79")] == [(p["payee"], p["left"]) for p in document["payees"]]
    mine = [row for row in rows if not row["practice"]]
    assert [m["left"] for m in document["measures"]] == [row["left"] for row in mine]
    assert [(m["next"] or {"patients": ""})["patients"] for m in document["measures"]] == [
        int(row["next_patients"]) if row["next_patients"] else "" for row in mine
    ]
    assert "13935.86" == mine[0]["left"]
    assert {"", "short", "pays no more", "all reached"} == {row["standing"] for row in rows}
    parts = [row for row in rows if row["practice"]]
    assert {""} == {row["left"] for row in parts}
    assert 549 == sum(int(row["next_patients"]) for row in parts if (row["payee"], row["measure"]) == ("N1", "VI-02"))
    assert "Alder Road Surgery" == parts[0]["practice_name"]


def test_measures_that_need_each_other_are_told(
    tmp_path: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a gate that needs both no line has anything left, and both together have: that the lines do not add up is said."""
    asked(tmp_path, GATED, {"P1 A": "80/100", "P1 B": "40/100", "P2 A": "90/100", "P2 B": "50/100"})
    monkeypatch.setattr("sys.argv", ["p4p", "shortfall", str(tmp_path), "--year"])
    with contextlib.suppress(SystemExit):
        main()
    text = capsys.readouterr().out
    assert "Left on the table, 2 practices: 100.00" in text
    assert "Pays no more    P1 A, P1 B" in text
    assert "lines do not add up to what is left" in text


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("qof-2023-24", ("--month", "2023-04"), "no payment of 2023-04 hangs on counts"),
        ("iif-2023-24", ("--quarter", "Q2"), "nothing is settled in 2023/24 Q2: the contract is settled yearly"),
        ("qof-2023-24", ("--year", "--network", "P9"), 'there is no practice "P9"'),
        ("qof-2023-24", ("--year", "--publish", "1-7"), "--publish is for care packages"),
        ("qof-2023-24", (), "say which period"),
    ],
)
def test_what_cannot_be_asked(run: Callable[..., str], name: str, words: tuple[str, ...], said: str) -> None:
    """A period without counts, a payee that is not there, a published copy, no period: each is refused in words."""
    assert said in run(name, *words, refused=True)


def test_care_packages_are_asked_by_quarter(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A year or a month of care packages is refused with what to ask instead."""
    for words in (["--year"], ["--month", "2009-04"]):
        monkeypatch.setattr("sys.argv", ["p4p", "shortfall", str(ROOT / "examples" / "tower-hamlets"), *words])
        with pytest.raises(SystemExit):
            main()
        assert "quarter by quarter: --quarter Q1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("steps", "counts", "said", "unsaid"),
    [
        (SHARED, {"P1 A": "20/100", "P2 A": "30/100"}, "Payees share here: each is told as if the others stayed where they are", "refuses"),
        (REFUSED, {"P1 A": "60/100", "P2 A": "50/100"}, "The contract refuses to settle that for P1, P2.", "Payees share"),
    ],
    ids=["a pot", "a refusal"],
)
def test_there_is_no_sum(
    tmp_path: Path,
    steps: str,
    counts: dict[str, str],
    said: str,
    unsaid: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Gains that exclude each other, and those that cannot be said, are told one by one and not added up."""
    asked(tmp_path, steps, counts)
    for form in ("table", "json"):
        monkeypatch.setattr("sys.argv", ["p4p", "shortfall", str(tmp_path), "--year", "--format", form])
        with contextlib.suppress(SystemExit):
            main()
        text = capsys.readouterr().out
        if form == "json":
            assert json.loads(text)["left"] is None
        else:
            assert "Left on the table, 2 practices\n" in text
            assert said in text.replace("\n", " ")
            assert unsaid not in text


def test_money_that_goes_on_beyond_every_threshold(tmp_path: Path) -> None:
    """£100.00 times the achievement, behind a gate at 80%. P1 at 70 of 100: 80% opens it for 80.00, everybody for 100.00. P2 at 90: 10 more are 10.00 more."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\nmoney: {kind: product, of: [£100.00, a]}\n"
    steps += "pay: {kind: gate, of: money, requires: {a: at least 80%}, otherwise: £0.00}"
    told = asked(tmp_path, steps, {"P1 A": "70/100", "P2 A": "90/100"})
    one, two = of(told, "P1", "A"), of(told, "P2", "A")
    assert (10_000, reach("at least 80%", 10, 8_000), reach("at least 100%", 30, 10_000)) == (one.left, one.nearest, one.best)
    assert ("short", 1_000, reach("at least 100%", 10, 1_000)) == (two.standing, two.left, two.nearest)
    assert two.best == two.nearest


def test_money_that_goes_on_where_lower_is_better(tmp_path: Path) -> None:
    """£100.00 less £1.00 a patient, where at most 20 of 100 pay at all: of 15 admitted nobody would be 15 fewer, for 15.00."""
    steps = (
        "rate: {kind: achievement, of: B, empty: 0%}\nshare: {kind: curve, of: rate, curve: {kind: all_or_nothing, target: at most 20%}}\n"
    )
    steps += "each: {kind: product, of: [£1.00, rate.numerator]}\nrest: {kind: sum, of: [£100.00], less: [each]}\npay: {kind: product, of: [rest, share]}"
    told = asked(tmp_path, steps, {"P1 B": "15/100", "P2 B": "0/100"})
    assert (1_500, reach("at most 0%", 15, 1_500)) == (of(told, "P1", "B").left, of(told, "P1", "B").nearest)
    assert ("all reached", 0) == (of(told, "P2", "B").standing, of(told, "P2", "B").left)


@pytest.mark.parametrize("beyond", ["at least 80%", "above 100%"])
def test_a_penny_that_goes_on_beyond_every_threshold(tmp_path: Path, beyond: str) -> None:
    """£0.10 times the achievement: of 100 who count, 2 being excluded, 90 are reached; 10 more are a penny, whether a threshold is behind or out of reach."""
    steps = "a: {kind: achievement, of: A, empty: 0%}\nmoney: {kind: product, of: [£0.10, a]}\n"
    steps += f"more: {{kind: gate, of: £0.00, requires: {{a: {beyond}}}, otherwise: £0.00}}\npay: {{kind: sum, of: [money, more]}}"
    one = of(asked(tmp_path, steps, {"P1 A": "90/102-2", "P2 A": "0/0"}), "P1", "A")
    assert (1, reach("at least 100%", 10, 1)) == (one.left, one.best)
