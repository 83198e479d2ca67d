"""The figures that schemes are settled on: which of them a period takes, what a gap means, and who takes part."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from filled import Settled, settled

from p4p.numbers.errors import ContractError, InputError

CONTRACT = """p4p: 1
contract: figures
title: Which figures count
commissioner: An example commissioner
{years}
currency: GBP
paid_to: provider
settled: {settled}
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
measures:
  x: {{title: A figure, {measure}}}
payments:
  pay:
    title: A pound each
    basis: the period
    pays: amount
    steps:
      amount: {{kind: product, of: [x, {price}]}}
"""


def paid(
    folder: Path,
    measure: str,
    period: str,
    *figures: tuple[str, str],
    settles: str = "quarterly",
    price: str = "£1.00",
    years: str = "year: 2016/17",
) -> Settled:
    """A contract that pays a pound for each of a measure, settled on one provider's figures: period and value."""
    contract = CONTRACT.format(measure=measure, settled=settles, price=price, years=years)
    return settled(folder, contract, period, [("P1", "x", when, value) for when, value in figures])


@pytest.mark.parametrize(
    ("measured", "period", "amount"),
    [
        ("in the period", "Q2", 40),  # July 10, August 20, September 10
        ("year to date", "Q2", 45),  # and 5 in the first quarter
        ("at the end of the period", "Q2", 10),  # September's
        ("for the quarter", "Q2", 40),
    ],
)
def test_whose_figures_a_quarter_is_settled_on(tmp_path: Path, measured: str, period: str, amount: int) -> None:
    """Parts that fill the period are added up, whether they are months or quarters."""
    figures = [("2016/17 Q1", "5"), ("2016-07", "10"), ("2016-08", "20"), ("2016-09", "10")]
    found = paid(tmp_path, f"unit: number, measured: {measured}", period, *figures)
    assert [amount] == found.paid()


def test_a_month_takes_the_figure_of_its_quarter(tmp_path: Path) -> None:
    """August is settled on the figure of July to September."""
    found = paid(tmp_path, "unit: number, measured: for the quarter", "2016/17 Q2", ("2016/17 Q2", "18"), settles="monthly")
    assert [18, 18, 18] == found.paid()


def test_the_end_of_a_period_is_the_latest_day_given(tmp_path: Path) -> None:
    """100 on 1 March and 200 on 31 March pay 200.00, whatever stands beside them, in every order of the rows."""
    rows = [("2017-03-01", "100"), ("2017-03-31", "200"), ("2017-03", "300"), ("2017-02-28", "400")]
    found = [
        paid(tmp_path, "unit: patients, measured: at the end of the period", "2016/17", *order, settles="yearly").paid()
        for order in permutations(rows)
    ]
    assert [[200]] * 24 == found
    without_days = [("2016/17 Q4", "300"), ("2016-12-31", "400")]
    assert [300] == paid(tmp_path, "unit: patients, measured: at the end of the period", "2016/17", *without_days, settles="yearly").paid()


def test_a_day_has_one_figure(tmp_path: Path) -> None:
    """Two figures of 31 March are refused, with both places."""
    with pytest.raises(InputError, match=r"measures.csv:3.*P1, x, 2017-03-31 is given already, by .*measures.csv:2"):
        paid(
            tmp_path,
            "unit: patients, measured: at the end of the period",
            "2016/17",
            ("2017-03-31", "1"),
            ("2017-03-31", "2"),
            settles="yearly",
        )


def test_what_was_once_done_is_done(tmp_path: Path) -> None:
    """Reported done in Q2 and not spoken of again, it is done in Q3."""
    found = paid(tmp_path, "unit: yes or no, measured: year to date, missing: no", "Q3", ("2016/17 Q2", "yes"))
    assert [1] == found.paid()


def test_a_gap_that_means_nothing_adds_nothing(tmp_path: Path) -> None:
    """Where a missing figure is nothing, the figures that are there count."""
    found = paid(tmp_path, "unit: number, measured: year to date, missing: 0", "Q3", ("2016/17 Q1", "7"), ("2016/17 Q3", "5"))
    assert [12] == found.paid()


@pytest.mark.parametrize("missing", ["", ", missing: 3"])
def test_a_part_does_not_stand_for_the_whole(tmp_path: Path, missing: str) -> None:
    """Two months of a quarter are not the quarter, and what one missing figure means is not what a third of one does."""
    with pytest.raises(InputError, match="x is given for part of 2016-04 to 2016-06 only"):
        paid(tmp_path, f"unit: number, measured: in the period{missing}", "Q1", ("2016-04", "10"), ("2016-05", "20"))


def test_a_figure_of_the_year_is_not_one_of_the_quarter(tmp_path: Path) -> None:
    """It is refused, even where a missing figure would be nothing: it is there."""
    with pytest.raises(InputError, match="x is given for 2016/17, which is more than 2016-04 to 2016-06"):
        paid(tmp_path, "unit: number, measured: in the period, missing: 0", "Q1", ("2016/17", "400"))


def test_a_figure_that_is_nowhere_is_what_the_contract_says(tmp_path: Path) -> None:
    """The only figure is of another quarter: this one's is missing."""
    found = paid(tmp_path, "unit: number, measured: in the period, missing: 3", "Q2", ("2016/17 Q1", "10"))
    assert [3] == found.paid()


def test_a_percentage_without_its_sign_is_refused(tmp_path: Path) -> None:
    """80 as a ratio would be 8,000%; 0.8 and 80% are the same."""
    with pytest.raises(InputError, match='"80" would be 80 times the whole'):
        paid(tmp_path, "unit: ratio, measured: for the year", "Q1", ("2016/17", "80"))
    assert [100, 100] == [
        *paid(tmp_path, "unit: ratio, measured: for the year", "Q1", ("2016/17", "80%"), price="£125.00").paid(),
        *paid(tmp_path, "unit: ratio, measured: for the year", "Q1", ("2016/17", "0.8"), price="£125.00").paid(),
    ]


def test_a_payee_takes_part_in_the_years_of_its_figures(tmp_path: Path) -> None:
    """In a contract of several years nobody is asked for figures of a year in which there are none."""
    contract = CONTRACT.format(
        measure="unit: number, measured: for the year", settled="yearly", price="£1.00", years="years: 2016/17 to 2018/19"
    )
    figures = [("P1", "x", "2016/17", 5), ("P1", "x", "2017/18", 6), ("P2", "x", "2017/18", 7)]
    (tmp_path / "first").mkdir()
    assert ["P1"] == [e.payee for e in settled(tmp_path / "first", contract, "2016/17", figures).of.entries]
    assert ["P1", "P2"] == [e.payee for e in settled(tmp_path, contract, "2017/18", figures).of.entries]


def test_an_amount_beside_a_plain_number_is_refused(tmp_path: Path) -> None:
    """1,000 would be ten pounds: the contract is refused, whatever the figures."""
    contract = CONTRACT.format(measure="unit: money, measured: for the year", settled="yearly", price="1", years="year: 2016/17")
    contract = contract.replace("pays: amount", "pays: capped") + "      capped: {kind: limits, of: amount, most: 1000}\n"
    with pytest.raises(ContractError, match=r"amount is money, and 1000 is not"):
        settled(tmp_path, contract, "2016/17", [("P1", "x", "2016/17", "2000.00")])
