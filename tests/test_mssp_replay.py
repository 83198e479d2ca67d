"""Somebody else's answers: 317 settlements of the Medicare Shared Savings Program, as CMS published them, through one contract.

The rows are read from `../shared/data` beside the checkout and are not in the repository; the rule they follow is in the contract.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from p4p.files.measures_file import read_measures
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import inputs_of
from p4p.numbers.exact import Figure
from p4p.numbers.period import Year
from p4p.settling.chain import SchemeSettlement, explain_scheme, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT.parent / "shared" / "data" / "mssp_puf_sample.csv"
CONTRACT = ROOT / "contracts" / "medicare-shared-savings.yaml"

pytestmark = pytest.mark.skipif(not SAMPLE.is_file(), reason="the published settlements are not beside this checkout")

#: Organisations in the programme for six months of 2019: their amounts come pro-rated, their disaster offset for a whole year.
HALF_YEAR = {("A1498", "2019"), ("A2021", "2019")}

#: The settlement that cannot be recomputed: its loss is limited by the revenue of its members, which is not published.
UNPUBLISHED = ("A2392", "2019")

Row = dict[str, str]


def figures(row: Row) -> dict[str, str]:
    """A row of the published file as measures of the contract. No rate, saving or payment that CMS computed goes in."""
    half = (row["aco_id"], row["performance_year"]) in HALF_YEAR
    return {
        "track": row["track"],
        "members": row["n_assigned"],
        "benchmark": row["benchmark_total"],
        "expenditure": row["expenditure_total"],
        "chosen_minimum": row["min_savings_rate"][:14],
        "met_standard": "yes" if Fraction(row["final_sharing_rate"]) > 0 else "no",
        "disaster_offset": row["disaster_adjustment"].removeprefix("-"),
        **({"quality": row["quality_score"]} if row["quality_score"] else {}),
        **({"part_of_year": "50%"} if half else {}),
        **({"advance_owed": row["advance_paid"]} if row["advance_paid"] else {}),
    }


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The published settlements."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def read(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> tuple[Scheme, Inputs]:
    """The contract, and the rows as a measures file."""
    path = tmp_path_factory.mktemp("mssp") / "measures.csv"
    lines = [f"{r['aco_id']},{measure},{r['performance_year']},{value}" for r in rows for measure, value in figures(r).items()]
    path.write_text("\n".join(["payee,measure,period,value", *lines]) + "\n", "utf-8")
    scheme = read_scheme(str(CONTRACT))
    return scheme, inputs_of(scheme, read_measures([str(path)], scheme), None, None)


@pytest.fixture(scope="module")
def settled(read: tuple[Scheme, Inputs]) -> dict[str, SchemeSettlement]:
    """Each year from 2013 to 2021, settled."""
    scheme, inputs = read
    return {str(year): settle_scheme(scheme, inputs, year.months, str(year)) for year in scheme.years}


def step(settled: dict[str, SchemeSettlement], row: Row, name: str) -> Fraction:
    """A step of a row's settlement; money in dollars."""
    (entry,) = settled[row["performance_year"]].of(row["aco_id"])
    return Fraction(entry.values[name]) / 100


def allowed(row: Row) -> Fraction:
    """A dollar, or 0.015% of what was published: scores and rates are published with four digits."""
    return max(Fraction(99, 100), abs(Fraction(row["earned_savings_loss"])) * Fraction(15, 100_000))


def test_every_row_is_a_payee_in_its_year(rows: list[Row], settled: dict[str, SchemeSettlement]) -> None:
    """Nobody is settled in a year in which there are no figures, and nobody is left out."""
    assert sorted((r["performance_year"], r["aco_id"]) for r in rows) == sorted((y, e.payee) for y, s in settled.items() for e in s.entries)
    assert sum(len(s.entries) for s in settled.values()) == 317


def test_219_to_the_dollar_and_316_within_the_rounding_of_published_scores(rows: list[Row], settled: dict[str, SchemeSettlement]) -> None:
    """All settlements but one come out, and the one is named; scores are published with four digits, which is the 0.015%."""
    away = [(r, abs(step(settled, r, "settled") - Fraction(r["earned_savings_loss"]))) for r in rows]
    assert sum(difference < 1 for _, difference in away) == 219
    assert sum(difference <= allowed(r) for r, difference in away) == 316
    assert [(r["aco_id"], r["performance_year"]) for r, difference in away if difference > allowed(r)] == [UNPUBLISHED]


def test_savings_and_losses_that_count_are_those_published(rows: list[Row], settled: dict[str, SchemeSettlement]) -> None:
    """The gate alone, on unrounded rates: what CMS says was generated is what counts, to the dollar of its own rounding; on one-sided tracks only savings are."""
    published = [r for r in rows if r["generated_savings_loss"]]
    wrong = []
    for row in published:
        counted, generated = step(settled, row, "counted"), Fraction(row["generated_savings_loss"])
        if row["track"] in ("track_1", "basic_a", "basic_b"):
            counted, generated = max(counted, Fraction(0)), max(generated, Fraction(0))
        if abs(counted - generated) > 1:
            wrong.append((row["aco_id"], row["performance_year"]))
    assert len(published) == 285
    assert wrong == []


def test_advances_are_taken_back_as_published(rows: list[Row], settled: dict[str, SchemeSettlement]) -> None:
    """Nineteen organisations owed advances; what was recouped of each is its payment, and no more than it earned."""
    owing = [r for r in rows if r["advance_paid"]]
    wrong = [r["aco_id"] for r in owing if abs(step(settled, r, "paid.recouped") - Fraction(r["advance_recouped"])) > allowed(r)]
    assert len(owing) == 19
    assert wrong == []


def test_sequestration_goes_by_the_day_of_payment(read: tuple[Scheme, Inputs]) -> None:
    """Results of 2018 were paid in 2019, less 2%; those of 2019 and 2020 while the cut was suspended; those of 2021 in 2022, less 2%."""
    scheme, _ = read
    assert scheme.parameters is not None
    cut = {}
    for year in scheme.years:
        dated = scheme.parameters["sequestration"].on(Year(year.start + 1, 1).quarters[2].last_day)
        cut[str(year)] = dated.value.text if dated else ""
    assert cut == {**dict.fromkeys(map(str, range(2013, 2019)), "2%"), "2019": "0%", "2020": "0%", "2021": "2%"}


def chain_of(figure: Figure) -> list[str]:
    """The names in a tree, each once, from what was given first to what is paid."""
    out: dict[str, None] = {}

    def walk(part: Figure) -> None:
        for inner in (*part.parts, *part.deciders):
            walk(inner)
        if part.name:
            out.setdefault(part.name)

    walk(figure)
    return list(out)


@pytest.mark.parametrize(("payee", "year"), [("A00755", 2016), ("A04423", 2016), ("A2671", 2021)])
def test_an_explanation_follows_the_order_of_the_contract(read: tuple[Scheme, Inputs], payee: str, year: int) -> None:
    """From the bottom of the tree upwards the steps stand in the contract's order: gate, rate, share, withhold, cap, loss, recovery of advances."""
    scheme, inputs = read
    (told,) = explain_scheme(scheme, inputs, Year(year, 1).months, payee, None)
    figure = told.figure
    order = list(scheme.payments["shared_savings"].steps)
    main = ["saving.saving", "counted", "shared", "gain", "kept", "earned_gain", "settled", "paid"]
    named = [name for name in chain_of(figure) if name in main]
    assert named == main
    assert [order.index(name.partition(".")[0]) for name in main] == sorted(order.index(name.partition(".")[0]) for name in main)
