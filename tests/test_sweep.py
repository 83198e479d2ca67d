"""Sweeps: every point is what settling that point alone gives."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settling import Q1, YEAR, Case, members, package, row
from settling import contract as packaged
from sweep_cases import settled, some_axes
from test_chance import CONTRACT, LINE

from p4p.counts.activity import Activity, Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.activity_file import read_activity
from p4p.files.contract_file import contract_of, read_contract
from p4p.files.practices_file import read_practices
from p4p.files.yamltext import parse
from p4p.language.contract import Each
from p4p.language.curves import AllOrNothing, Curve, Linear, Stepped, Threshold
from p4p.numbers.arrays import Values
from p4p.numbers.errors import Location, UsageError
from p4p.numbers.money import plain
from p4p.screens.sweep_tables import sweep_csv, sweep_json
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import AMOUNTS, Settlement
from p4p.whatif.axes import at_point, shifted
from p4p.whatif.grid import Grid
from p4p.whatif.many import unwatched
from p4p.whatif.sweep import MOST_ROWS, Sweep, sweep
from p4p.whatif.sweep_text import axes_of

EXAMPLE = Path(__file__).parents[1] / "examples" / "tower-hamlets"


@pytest.fixture(scope="module")
def year() -> Settlement:
    """The shipped example's year."""
    return read(EXAMPLE / "contract.yaml", EXAMPLE / "activity.csv", EXAMPLE / "practices.csv", None)


def read(contract_path: Path, activity_path: Path, practices_path: Path, quarter: int | None) -> Settlement:
    contract = read_contract(str(contract_path))
    members = read_practices(str(practices_path), counted_on=contract.counted_on)
    activity = read_activity([str(activity_path)], expected(contract), members)
    quarters = contract.years[0].quarters
    return settle(contract, members, activity, quarters if quarter is None else [quarters[quarter - 1]])


def swept(settlement: Settlement, *texts: str) -> Sweep:
    return sweep(settlement, axes_of(texts, settlement.contract, settlement.members.networks))


def alone(found: Sweep, point: int) -> Settlement:
    """A point settled alone."""
    place = [int(i) for i in np.unravel_index(point, found.shape)]
    s = found.settlement
    contract, assumptions = at_point(s.contract, s.assumptions, found.axes, place)
    return settle(contract, s.members, s.activity, s.quarters, assumptions)


def same(found: Sweep, point: int) -> None:
    """A point of the sweep is the point settled alone, for each network and each amount."""
    one, block = alone(found, point), found.block(point, point + 1)
    settled_alone = {code: [getattr(t, f) for f in AMOUNTS] for code, t in one.by_network.items()}
    assert settled_alone == {code: [int(block[f][0, i]) for f in AMOUNTS] for i, code in enumerate(found.networks)}
    assert [getattr(one.totals, f) for f in AMOUNTS] == [int(found.totals[f][point]) for f in AMOUNTS]


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9))
def test_a_point_is_what_settling_it_alone_gives(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Random contracts, random parameters, random points: the same pence for every network."""
    settlement = settled(str(seed), tmp_path_factory.mktemp("case"))
    rng = random.Random(seed)
    axes = some_axes(rng, settlement.contract, settlement.members, rng.choice([1, 2, 3])) if settlement else ()
    if settlement and axes:
        found = sweep(settlement, axes)
        for point in rng.sample(range(found.size), min(2, found.size)):
            same(found, point)


def of_network(found: Sweep, code: str, field: str) -> Values:
    """One network at every point."""
    return np.concatenate([block[field][:, found.networks.index(code)] for _, block in found.blocks()])


def test_upfront_sets_performance(year: Settlement) -> None:
    """At 60% upfront 40% is to be earned: of 250,000 a network and year 100,000, beside the 7,000 of the other package."""
    found = swept(year, "packages.diabetes.split.upfront=50%..70%/10%")
    assert ["50%", "60%", "70%"] == [found.words(i)[0] for i in range(3)]
    assert [13_200_000, 10_700_000, 8_200_000] == of_network(found, "N1", "available").tolist()
    assert 2 == found.today
    assert year.totals.payable == found.totals["payable"][2]


def test_a_whole_year_of_three_parameters(year: Settlement) -> None:
    """Splits, all thresholds and all achievements, caught up over four quarters: corners and middle as settled alone."""
    found = swept(
        year,
        "packages.diabetes.split.upfront=0%..100%/50%",
        "packages.*.performance.indicators.*.curve=-5pp..+5pp/5pp",
        "achievement=-10pp..+10pp/5pp",
    )
    for point in (0, 7, 22, 31, 44):
        same(found, point)


def test_thresholds_and_achievements_move_the_same_distance(year: Settlement) -> None:
    """Achievements 2 points up against thresholds where they were pay what thresholds 2 points down do."""
    found = swept(year, "packages.*.performance.indicators.*.curve=-2pp..+2pp/1pp", "achievement=-2pp..+2pp/1pp")
    pays = found.totals["payable"].reshape(5, 5)
    assert pays[2, 4] == pays[0, 2] == pays[1, 3]
    assert pays[4, 0] == alone(found, 20).totals.payable


def grid(year: Settlement, *texts: str) -> Grid:
    return Grid(year, axes_of(texts, year.contract, year.members.networks), unwatched)


@pytest.mark.parametrize(
    ("curve", "holds"),
    [
        (AllOrNothing(target=Threshold(F(9, 10), "at least")), True),
        (Linear(lower=F(4, 10), upper=F(6, 10)), True),
        (Linear(lower=F(4, 10), upper=F(6, 10), direction="lower is better"), True),
        # at 5pp less an achievement of 0 reaches a target of at least 0%, and one below 0 would not
        (AllOrNothing(target=Threshold(F(5, 100), "at least")), False),
        # steps of 10% up from 80%: an achievement cut off at 100% climbs two of the five
        (Stepped(start=F(8, 10), step=F(1, 10), share_per_step=F(2, 10), most=F(1)), False),
    ],
)
def test_when_only_the_distance_counts(year: Settlement, curve: Curve, holds: bool) -> None:
    """A shortcut is taken only where an achievement cut off at 0% or 100% lies beyond every threshold."""
    here = grid(year, "packages.*.performance.indicators.*.curve=-5pp..+5pp/5pp", "achievement=-10pp..+10pp/10pp")
    assert holds == here.only_distance_counts(curve, here.axes)


@given(
    st.sampled_from([AllOrNothing(target=Threshold(F(1, 2), "above")), Linear(lower=F(3, 10), upper=F(7, 10))]),
    st.integers(-20, 20).map(lambda n: F(n, 100)),
    st.integers(0, 100).map(lambda n: F(n, 100)),
)
def test_a_moved_curve_pays_for_the_distance(curve: Curve, by: F, achievement: F) -> None:
    """A curve moved by 5 points pays for 75% what it paid for 70%."""
    assert curve.share(achievement - by) == shifted(curve, by).share(achievement)


def test_what_moves_one_indicator_leaves_others_of_a_shared_pot() -> None:
    """Where unearned money is shared every indicator is settled at every setting, but moved only by its own: Y stays as it was."""
    terms = CONTRACT.replace("RATE", "pooled").replace("UNEARNED", "{shared_among: earners, cap: 50%}").replace("CURVE", LINE)
    two = terms.replace(
        "X: {title: X, weight: 100%", "Y: {title: Y, weight: 40%, curve: CURVE}\n        X: {title: X, weight: 60%"
    ).replace("CURVE", LINE)
    contract = contract_of(parse(two.encode(), "contract.yaml"))
    quarter = contract.years[0].quarters[0]
    members = Members.of(Practice(p, p, (Stay(p, n, None, None, None, Location("made")),)) for p, n in (("P1", "A"), ("P2", "B")))
    counts = [("P1", "X", 70), ("P1", "Y", 31), ("P2", "X", 12), ("P2", "Y", 55)]
    rows = [Row("made", i, p, iid, str(quarter), quarter.months[-1], 3, n, 90, 0) for i, (p, iid, n) in enumerate(counts)]
    settlement = settle(contract, members, Activity.of(rows, expected(contract), members), [quarter])
    found = swept(settlement, "packages.only.performance.indicators.X.curve.lower=0%..30%/10%", "achievement.A:X=-5pp..+5pp/5pp")
    for point in range(found.size):
        same(found, point)


def test_more_achieved_never_pays_less(year: Settlement) -> None:
    """Where higher is better a sweep of achievements rises, for each network."""
    found = swept(year, "achievement=-20pp..+20pp/1pp")
    assert all((np.diff(of_network(found, code, "payable")) >= 0).all() for code in found.networks)


def test_a_network_that_was_away_is_settled_point_by_point(tmp_path: Path, year: Settlement) -> None:
    """A network whose only practice is away in Q3: what it earned then is told by no line, so each point is settled alone."""
    text = (EXAMPLE / "practices.csv").read_text("utf-8").splitlines()
    head = text[0].split(",")
    assert {"practice", "network"} <= set(head)
    (tmp_path / "practices.csv").write_text(
        "practice,name,network,from,to\nP1,P1,A,,2009-09-30\nP1,P1,A,2010-01-01,\nP2,P2,B,,\n", encoding="utf-8"
    )
    rows = ["practice,indicator,period,numerator,denominator"]
    for indicator in ("DM1", "DM2", "DM3", "MMR1"):
        for month in range(12):
            period = f"{2009 + (month + 3) // 12}-{(month + 3) % 12 + 1:02d}"
            rows += [f"P2,{indicator},{period},{70 + month},100"]
            rows += [f"P1,{indicator},{period},{95 - month},100"] if month not in (6, 7, 8) else []
    (tmp_path / "activity.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settlement = read(EXAMPLE / "contract.yaml", tmp_path / "activity.csv", tmp_path / "practices.csv", 4)
    found = swept(settlement, "achievement=-5pp..+5pp/5pp", "price=0%..+10%/10%")
    assert grid(settlement, "price=0%..+10%/10%").interrupted
    for point in range(found.size):
        same(found, point)


def known_of(curve: Curve, texts: Sequence[str], people: Members, rows: Sequence[Row]) -> Sweep:
    """10.00 a quarter for each network, half of it to be earned."""
    return swept(Case(packaged(package(F(1, 2), Each(each=4000), curve=curve)), people, rows).settled(Q1), *texts)


def halves(*texts: str) -> Sweep:
    """N1 earns nothing and N2 everything, of 10.00 for the quarter."""
    people = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    return known_of(Linear(lower=F(0), upper=F(1)), texts, people, [row("P1", Q1, 0, 60), row("P2", Q1, 60, 60)])


def test_who_loses_and_gains_most() -> None:
    """With nothing up front N1 is paid 5.00 less than today, with everything 5.00 more; N2 is paid 10.00 in any case. Where two are alike, the first."""
    found = halves("packages.one.split.upfront=0%..100%/50%")
    told = {name: values.tolist() for name, values in found.totals.items()}
    assert told == {
        "upfront": [0, 1000, 2000],
        "available": [2000, 1000, 0],
        "earned": [1000, 500, 0],
        "adjustments": [0, 0, 0],
        "payable": [1000, 1500, 2000],
        "shortfall": [1000, 500, 0],
        "least_shortfall": [0, 0, 0],
        "most_shortfall": [1000, 500, 0],
        "worst": [-500, 0, 0],
        "best": [0, 0, 500],
        "worst_network": [0, 0, 1],
        "best_network": [1, 0, 0],
    }


def test_points_in_blocks() -> None:
    """Six points of two networks: five numbers at once are two points, three numbers or one number one point; the last axis runs fastest."""
    found = halves("packages.one.split.upfront=0%..100%/50%", "price=0%..+100%/100%")
    assert [(start, len(block["payable"])) for start, block in found.blocks(5)] == [(0, 2), (2, 2), (4, 2)]
    for few in (1, 3):
        assert [(start, len(block["payable"])) for start, block in found.blocks(few)] == [(n, 1) for n in range(6)]
    assert found.block(2, 5)["payable"].tolist() == [[500, 1000], [1000, 2000], [1000, 1000]]
    assert [places.tolist() for places in found.places(1, 5)] == [[0, 1, 1, 2], [1, 0, 1, 0]]
    assert (found.words(3), found.shape, found.size) == (("50%", "+100%"), (3, 2), 6)
    assert "parts" not in repr(found), "it is told without its arrays"


def test_the_point_that_is_today() -> None:
    """Today half is up front: on a grid that passes it by there is none, nor where only the other axis has it."""
    assert halves("packages.one.split.upfront=0%..100%/50%", "price=0%..+100%/100%").today == 2
    passed = halves("packages.one.split.upfront=0%..100%/100%", "price=0%..+100%/100%")
    assert (passed.today, passed.today_on(0), passed.today_on(1)) == (None, None, 0)
    set_to = halves("achievement=40%..80%/20%")
    assert (set_to.today, set_to.today_on(0)) == (None, None)


def test_files_of_up_to_two_million_rows_hold_every_network() -> None:
    """A million points are two rows each for one network and its total, four for three networks."""
    for networks, every in ((1, True), (2, False), (3, False)):
        people = members(*((f"P{n}", f"N{n}", None, None) for n in range(networks)))
        rows = [row(f"P{n}", Q1, 1, 2) for n in range(networks)]
        small = known_of(Linear(lower=F(0), upper=F(1)), ["price=0%..+10%/10%"], people, rows)
        axes = axes_of(["price=0%..+99.9%/0.1%", "achievement=-49.9pp..+50pp/0.1pp"], small.settlement.contract, people.networks)
        assert Sweep(small.settlement, axes, ()).size == 1_000_000
        assert MOST_ROWS == 2_000_000
        assert Sweep(small.settlement, axes, ()).every_network is every


def test_points_are_settled_alone_only_where_they_must() -> None:
    """How far it has come is shown where a network is away in Q2 of a contract that looks back, and nowhere else."""
    for last, steps in (("2009-06", [("points", 3)]), ("2009-09", [])):
        seen: list[tuple[str, int]] = []

        @contextmanager
        def watch(words: str, many: int, seen: list[tuple[str, int]] = seen) -> Iterator[Callable[[], None]]:
            seen.append((words, many))
            yield lambda: None

        people = members(("P1", "N1", None, last), ("P1", "N1", "2009-10", None))
        rows = [row("P1", q, 30, 60) for q in YEAR.quarters if last == "2009-09" or q.number != 2]
        terms = packaged(package(F(1, 2), measured="year to date", catch_up="allowed", claw_back="none"))
        settlement = Case(terms, people, rows).settled(*YEAR.quarters)
        sweep(settlement, axes_of(["price=0%..+20%/10%"], terms, people.networks), watch)
        assert seen == steps


BAD = [
    ("packages.diabetes.split.upfront=0%..120%/20%", "at 120%: there is no more than 100%"),
    ("packages.diabetes.split.upfont=0%..100%/5%", 'did you mean "packages.diabetes.split.upfront"?'),
    ("packages.diabetes.split.upfront=0%..100%", "is not FROM..TO/STEP"),
    ("packages.diabetes.split.upfront=100%..0%/5%", "no points"),
    ("packages.diabetes.split.upfront=0%..100%/-5%", "no points"),
    ("packages.diabetes.split.upfront=0%..100%/0%", "a step of 0 never arrives"),
    ("packages.diabetes.split.upfront=0%..100%/0.00001%", "points: at most 1,000,000"),
    ("achievement=-5pp..+5pp/5%", "5% of what?"),
    ("achievement=-5%..+5%/1%", "percentage points"),
    ("price=-5pp..+5pp/1pp", "is not how this is measured"),
    ("price=-150%..0%/50%", "less than nothing"),
    ("packages.diabetes.performance.indicators.DM1.curve=0pp..+15pp/5pp", "at +15pp, DM1: a threshold of 105%"),
    ("packages.diabetes.performance.indicators.DM3.curve.lower=30%..60%/10%", "at 50%, DM3: lower and upper are both 50%"),
    ("packages.diabetes.performance.indicators.DM1.weight=0%..100%/5%", "weights cannot be swept"),
    ("achievement.DM9=-5pp..+5pp/1pp", 'there is no indicator "DM9"'),
    ("achievement.N9:DM1=-5pp..+5pp/1pp", 'there is no network "N9"'),
    ("packages.diabetes.value.each=1.00..2.00/0.333", "a part of a penny"),
    ("packages.diabetes.value.each=10%..20%/5%", "is not how this is measured"),
    ("list=-5%..+5%/1%", "no package's value is counted on a list"),
    ("nothing", "a sweep is PATH=FROM..TO/STEP"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_cannot_be_swept_is_refused(year: Settlement, text: str, said: str) -> None:
    """Each wrong sweep says what is wrong with it, and what to write."""
    with pytest.raises(UsageError, match=r"(?s).*") as caught:
        axes_of([text], year.contract, year.members.networks)
    assert said in str(caught.value)


def test_two_axes_over_one_number_are_refused(year: Settlement) -> None:
    """Upfront and performance are one number: each sets the other."""
    texts = ["packages.diabetes.split.upfront=0%..100%/50%", "packages.*.split.performance=0%..100%/50%"]
    with pytest.raises(UsageError, match="give each number one range"):
        axes_of(texts, year.contract, year.members.networks)


def test_faults_of_all_axes_are_told_at_once(year: Settlement) -> None:
    """Two wrong axes, two problems."""
    with pytest.raises(UsageError) as caught:
        axes_of(["prise=-5%..+5%/1%", "achievement=0%..50%"], year.contract, year.members.networks)
    assert 2 == len(caught.value.problems)


def test_csv_holds_every_point_and_network(year: Settlement) -> None:
    """For each point a row of totals and one for each network; differences are from today."""
    found = swept(year, "packages.diabetes.split.upfront=60%..70%/10%", "achievement=-0.5pp..+0.5pp/0.5pp")
    rows = list(csv.DictReader(io.StringIO(sweep_csv(found))))
    assert 2 * 3 * 9 == len(rows)
    assert {"packages.diabetes.split.upfront (%)": "60", "achievement (pp)": "-0.5", "payee": "total"}.items() <= rows[0].items()
    today = [r for r in rows if r["packages.diabetes.split.upfront (%)"] == "70" and r["achievement (pp)"] == "0"]
    assert [plain(year.totals.payable), *(plain(t.payable) for t in year.by_network.values())] == [r["payable"] for r in today]
    assert {"0.00"} == {r["difference"] for r in today}


def test_json_holds_what_csv_holds(year: Settlement) -> None:
    """The same amounts, in the same order."""
    found = swept(year, "packages.diabetes.split.upfront=0%..70%/35%")
    rows = list(csv.DictReader(io.StringIO(sweep_csv(found))))
    document = json.loads(sweep_json(found))
    told = [amounts for point in document["points"] for amounts in (point["totals"], *point["payees"])]
    assert [(r["payable"], r["difference"]) for r in rows] == [(t["payable"], t["difference"]) for t in told]
    assert ["0%", "35%", "70%"] == document["axes"][0]["values"]
