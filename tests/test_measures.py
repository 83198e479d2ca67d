"""The figures that schemes are settled on: which of them a period takes, what a gap means, and who takes part."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from itertools import permutations
from pathlib import Path

import pytest
from filled import Settled, settled
from payments import figures, month, months, scheme

from p4p.counts.measures import Given, given_faults, parse_value, span_text
from p4p.numbers.errors import ContractError, InputError
from p4p.steps.scheme import Scheme

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


def test_an_amount_in_another_currency_is_refused(tmp_path: Path) -> None:
    """Dollars are not pounds: nothing is paid on them in a contract in pounds, and the other way round."""
    with pytest.raises(InputError) as caught:
        paid(tmp_path, "unit: money, measured: for the year", "2016/17", ("2016/17", "$1000.00"), settles="yearly", price="50%")
    (problem,) = caught.value.problems
    assert problem.what == '"$1000.00" is not in the contract\'s currency: write an amount like £5500.00'
    # half of 1,000.00
    found = paid(tmp_path, "unit: money, measured: for the year", "2016/17", ("2016/17", "£1000.00"), settles="yearly", price="50%")
    assert [500] == found.paid()


# what is written for a figure


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5500.00", "money", 550_000),  # in pence
        ("£5,500.00", "money", 550_000),
        ("-1.5", "money", -150),
        ("70%", "ratio", F(7, 10)),
        ("0.7", "ratio", F(7, 10)),
        ("7/10", "ratio", F(7, 10)),
        ("10", "ratio", 10),  # more would be a percentage without its sign
        ("-10", "ratio", -10),
        ("1100%", "ratio", 11),
        ("5891", "patients", 5891),
        ("0", "patients", 0),
        ("0.01", "patients", F(1, 100)),
        ("-2.125", "number", F(-17, 8)),
        ("0.001", "number", F(1, 1000)),
        ("yes", "yes or no", 1),
        ("no", "yes or no", 0),
        ("track_1", "word", "track_1"),
        ("1.b+c-D", "word", "1.b+c-D"),
        ("w" * 40, "word", "w" * 40),
    ],
)
def test_a_figure_is_read_by_its_unit(text: str, unit: str, value: F | int | str) -> None:
    """Money in pence, with its mark or without; a ratio in any of three ways; yes as one and no as nothing; a word as it is."""
    assert parse_value(text, unit, "pence") == value


def test_an_amount_in_dollars_is_read_in_cents() -> None:
    """In a contract in dollars 1,000 is 100,000 cents, with the mark or without."""
    assert [parse_value(text, "money", "cents") for text in ("$1,000", "1000", "0.01")] == [100_000, 100_000, 1]


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("many", "money", "is not an amount like 5500.00"),
        ("70%", "money", "is not an amount like 5500.00"),
        ("7/10", "money", "is not an amount like 5500.00"),
        ("$5", "money", "is not in the contract's currency: write an amount like £5500.00"),
        ("many", "ratio", "is not a ratio like 70%, 0.7 or 7/10"),
        ("£5", "ratio", "is not a ratio like 70%, 0.7 or 7/10"),
        ("$5", "ratio", "is not a ratio like 70%, 0.7 or 7/10"),
        ("10.5", "ratio", "would be 10.5 times the whole: write a ratio like 70%, 0.7 or 7/10"),
        ("-80", "ratio", "would be -80 times the whole: write a ratio like 70%, 0.7 or 7/10"),
        ("many", "patients", "is not a number of patients like 5891"),
        ("-1", "patients", "is not a number of patients like 5891"),
        ("-0.01", "patients", "is not a number of patients like 5891"),
        ("0.001", "patients", "is not a number of patients like 5891"),
        ("50%", "patients", "is not a figure in patients, like 5891"),
        ("£5", "patients", "is not a figure in patients, like 5891"),
        ("many", "number", "is not a number like 5891"),
        ("£5", "number", "is not a plain number, like 5891"),
        ("$5", "number", "is not a plain number, like 5891"),
        ("1/2", "number", "is not a plain number, like 5891"),
        ("1", "yes or no", "is neither yes nor no: write yes or no"),
        ("", "yes or no", "is neither yes nor no: write yes or no"),
        ("two words", "word", "is not one word like track_1, of letters, digits, . _ + and -"),
        ("-none", "word", "is not one word like track_1, of letters, digits, . _ + and -"),
        ("w" * 41, "word", "is not one word like track_1, of letters, digits, . _ + and -"),
        ("", "word", "is not one word like track_1, of letters, digits, . _ + and -"),
    ],
)
def test_what_is_no_figure_of_its_unit_is_refused(text: str, unit: str, said: str) -> None:
    """The text is shown, with what to write instead."""
    with pytest.raises(ValueError, match=r"^\"") as caught:
        parse_value(text, unit, "pence")
    assert str(caught.value) == f'"{text}" {said}'


def test_pounds_are_refused_in_a_contract_in_dollars() -> None:
    """The mark to write is the contract's."""
    with pytest.raises(ValueError, match=r"^\"£5\" is not in the contract's currency: write an amount like \$5500\.00$"):
        parse_value("£5", "money", "cents")


# who a figure may be given for

PAYS = "payments: {pay: {title: Pay, basis: the period, pays: amount, steps: {amount: {kind: sum, of: [£1.00]}}}}\n"
MEASURED = """measures:
  vaccinated: {title: Vaccinated, unit: counts, measured: for the year, excluded: already out}
  spend: {title: Spend, unit: money, measured: for the year}
  uplift: {title: Uplift, unit: ratio, measured: for the year, given_for: the contract}
"""
ANYBODY = scheme(MEASURED + PAYS)
NAMED = scheme(MEASURED + "payees: {NORTH: {title: North}, SOUTH: {title: South}}\n" + PAYS)
THIRTEEN = scheme(MEASURED + f"payees: {{{', '.join(f'P{n}: {{title: P}}' for n in range(13))}}}\n" + PAYS)
NO_CODE = "letters, digits, spaces and . _ & - name a payee"


@pytest.mark.parametrize(
    ("of", "payee", "measure", "why"),
    [
        (ANYBODY, "NORTH", "spend", None),
        (ANYBODY, "contract", "uplift", None),
        (ANYBODY, "A.b_c & d-1", "spend", None),
        (ANYBODY, "p" * 40, "spend", None),
        (NAMED, "NORTH", "spend", None),
        (NAMED, "contract", "uplift", None),
        (ANYBODY, "NORTH", "vaccinated", ("measure", '"vaccinated" is counts of an indicator', "its counts come from an activity file")),
        # a name is not likened to that of counts
        (ANYBODY, "NORTH", "vacinated", ("measure", 'the contract has no measure "vacinated"', "known here: spend, uplift")),
        (ANYBODY, "NORTH", "spent", ("measure", 'the contract has no measure "spent"', 'did you mean "spend"?')),
        (scheme(PAYS), "NORTH", "spend", ("measure", 'the contract has no measure "spend"', "the contract lists them under measures")),
        (ANYBODY, "p" * 41, "spend", ("payee", f'"{"p" * 41}" is not a code', NO_CODE)),
        (ANYBODY, "", "spend", ("payee", '"" is not a code', NO_CODE)),
        (ANYBODY, "&NORTH", "spend", ("payee", '"&NORTH" is not a code', NO_CODE)),
        (
            ANYBODY,
            "NORTH",
            "uplift",
            ("payee", '"uplift" is given for the contract, not for a payee', "write contract as its payee"),
        ),
        (
            NAMED,
            "contract",
            "spend",
            ("payee", '"spend" is given for each payee, not for the contract', "write the code of the payee"),
        ),
        (NAMED, "NORT", "spend", ("payee", 'the contract names no payee "NORT"', 'did you mean "NORTH"?')),
        (NAMED, "P7", "spend", ("payee", 'the contract names no payee "P7"', "known here: NORTH, SOUTH")),
        (THIRTEEN, "xyz", "spend", ("payee", 'the contract names no payee "xyz"', "the contract lists them under payees")),
    ],
)
def test_whom_a_figure_may_be_given_for(of: Scheme, payee: str, measure: str, why: tuple[str, str, str] | None) -> None:
    """A measure of the contract that is no counts, for a payee or for the contract as the measure says; else the column, what, and what to do."""
    assert given_faults(of, payee, measure) == why


# figures put in order


def refused(*rows: tuple[str, str, str, int]) -> list[tuple[int, str, str]]:
    """Line, words and hint of what is wrong with figures that stand in a file from its second line on."""
    with pytest.raises(InputError) as caught:
        figures(*rows)
    return [(p.at.line if p.at else 0, p.what, p.hint) for p in caught.value.problems]


TWICE = "keep one: nothing is counted twice"


def test_every_figure_that_is_given_twice_is_named() -> None:
    """Each with the line that gave it first, and that line's period where it is written otherwise."""
    rows = [
        ("A", "x", "2016/17", 1),
        ("A", "x", "2016-04", 1),  # in the year of line 2
        ("A", "x", "2016-04", 1),  # there too: line 3 does not count
        ("B", "x", "2016-04", 1),
        ("B", "x", "2016-04", 1),
        ("B", "y", "2016-04-01", 1),
        ("B", "y", "2016-04-02", 1),
        ("B", "y", "2016-04-01", 1),
    ]
    assert refused(*rows) == [
        (3, "A, x, 2016-04 is given already, by m.csv:2 (2016/17)", TWICE),
        (4, "A, x, 2016-04 is given already, by m.csv:2 (2016/17)", TWICE),
        (6, "B, x, 2016-04 is given already, by m.csv:5", TWICE),
        (9, "B, y, 2016-04-01 is given already, by m.csv:7", TWICE),
    ]


@pytest.mark.parametrize(
    ("periods", "by"),
    [
        (["2016/17", "2017-03"], "2 (2016/17)"),
        (["2016/17 Q2", "2016/17 Q3", "2016/17"], "2 (2016/17 Q2)"),
        (["2016-05", "2016/17 Q3", "2016/17 Q2", "2016/17 Q1"], "2 (2016-05)"),
        (["2016-06", "2016-04", "2016/17 Q1"], "3 (2016-04)"),
        (["2016/17 Q1", "2016/17 Q2", "2016/17 Q4", "2016-09"], "3 (2016/17 Q2)"),
        (["2016/17 Q4", "2016/17 Q1", "2016/17 Q2", "2016-04"], "3 (2016/17 Q1)"),
    ],
)
def test_periods_that_overlap_are_found_in_any_order(periods: list[str], by: str) -> None:
    """The last of them is about months that an earlier one is about too, of which the first by month is named."""
    rows = [("A", "x", period, 1) for period in periods]
    assert refused(*rows) == [(len(rows) + 1, f"A, x, {periods[-1]} is given already, by m.csv:{by}", TWICE)]


def test_periods_side_by_side_do_not_overlap() -> None:
    """May, April, the next quarter, a day in it, another payee and another measure: all are kept, as they came."""
    rows = [("A", "x", "2016-05"), ("A", "x", "2016-04"), ("A", "x", "2016/17 Q2"), ("A", "x", "2016-07-01"), ("B", "x", "2016-05")]
    made = figures(*((*row, n) for n, row in enumerate([*rows, ("A", "y", "2016-05")])))
    assert {key: [g.value for g in given] for key, given in made.given.items()} == {
        ("A", "x"): [0, 1, 2, 3],
        ("B", "x"): [4],
        ("A", "y"): [5],
    }


def test_who_has_figures_is_told_without_the_contract() -> None:
    """In the order of their codes, each once."""
    made = figures(("B", "x", "2016-04", 1), ("contract", "z", "2016-04", 1), ("A", "x", "2016-04", 1), ("A", "y", "2016-04", 1))
    assert made.payees == ["A", "B"]


@pytest.mark.parametrize(
    ("period", "there"),
    [
        ("2016/17", True),
        ("2016/17 Q1", False),
        ("2016-06", False),
        ("2016-06-30", False),
        ("2016-07", True),
        ("2016-07-01", True),
        ("2016-09", True),
        ("2016-09-30", True),
        ("2016-10", False),
        ("2016-10-01", False),
    ],
)
def test_who_has_figures_in_some_months(period: str, there: bool) -> None:
    """Whoever has a figure that is about one of July, August and September at least, or of a day in them."""
    made = figures(("A", "x", "2016/17 Q4", 1), ("A", "y", period, 1))
    assert made.payees_in(months("2016-07", "2016-09")) == ({"A"} if there else set())


# figures taken

FIGURES = figures(
    ("A", "x", "2016-09", 9),
    ("A", "x", "2016-07", 7),
    ("A", "x", "2016-08", 8),
    ("A", "x", "2016-08-31", 31),
    ("A", "x", "2016-10", 10),
    ("A", "x", "2016-06", 6),
    ("A", "y", "2016/17 Q2", 2),
    ("A", "y", "2016-09-01", 1),
    ("A", "y", "2016-09-30", 30),
    ("A", "y", "2016-09-15", 15),
)


def value(found: Given | None) -> object:
    """A figure's value, None where there is none."""
    return found and found.value


def test_the_figure_of_a_day_is_that_of_this_day() -> None:
    """Not of the day before, and not that of its month."""
    assert [value(FIGURES.on("A", "x", date(2016, 8, day))) for day in (30, 31)] == [None, 31]
    assert FIGURES.on("B", "x", date(2016, 8, 31)) is None


@pytest.mark.parametrize(
    ("first", "last", "values", "complete"),
    [
        ("2016-07", "2016-09", [7, 8, 9], True),
        ("2016-07", "2016-08", [7, 8], True),
        ("2016-08", "2016-08", [8], True),
        ("2016-05", "2016-07", [6, 7], False),
        ("2016-01", "2016-03", [], False),
    ],
)
def test_figures_inside_some_months(first: str, last: str, values: list[int], complete: bool) -> None:
    """In the order of their months, days left aside, and whether they are the whole of these months."""
    found, whole = FIGURES.over("A", "x", months(first, last))
    assert ([g.value for g in found], whole) == (values, complete)


@pytest.mark.parametrize(
    ("period", "first", "last", "wider"),
    [
        ("2016/17 Q2", "2016-07", "2016-09", False),
        ("2016/17 Q2", "2016-06", "2016-10", False),
        ("2016/17 Q2", "2016-08", "2016-10", True),
        ("2016/17 Q2", "2016-06", "2016-08", True),
        ("2016/17 Q2", "2016-08", "2016-08", True),
        ("2016/17 Q2", "2016-09", "2016-12", True),
        ("2016/17 Q2", "2016-04", "2016-07", True),
        ("2016/17 Q2", "2016-10", "2016-12", False),
        ("2016/17 Q2", "2016-04", "2016-06", False),
        ("2016-08-15", "2016-08", "2016-08", False),
        ("2016-08-15", "2016-07", "2016-09", False),
    ],
)
def test_a_figure_of_more_than_some_months(period: str, first: str, last: str, wider: bool) -> None:
    """It is about some of them, and about others before or after them."""
    made = figures(("A", "x", period, 1))
    assert value(made.wider("A", "x", months(first, last))) == (1 if wider else None)


def test_the_figure_at_the_end_of_a_month() -> None:
    """The latest day in it; without a day the period that ends with it; nothing where none does."""
    assert [value(FIGURES.at_end("A", "y", month(m))) for m in ("2016-08", "2016-09", "2016-10")] == [None, 30, None]
    assert [value(FIGURES.at_end("A", "x", month(m))) for m in ("2016-07", "2016-08")] == [7, 31]
    quarter = figures(("A", "x", "2016/17 Q4", 3))
    assert [value(quarter.at_end("A", "x", month(m))) for m in ("2017-02", "2017-03", "2017-04")] == [None, 3, None]


def test_figures_that_nothing_was_settled_on_are_left_over() -> None:
    """Whatever was taken, as a day, inside some months or at their end, is not."""
    made = figures(("A", "x", "2016-04", 4), ("A", "x", "2016-05", 5), ("A", "x", "2016-06-30", 30), ("A", "x", "2016-07-31", 31))
    made.wider("A", "x", months("2016-04", "2016-04"))
    left = [[g.value for g in made.left_over()]]
    for take in (
        lambda: made.on("A", "x", date(2016, 6, 30)),
        lambda: made.over("A", "x", months("2016-04", "2016-04")),
        lambda: made.at_end("A", "x", month("2016-07")),
        lambda: made.at_end("A", "x", month("2016-08")),
    ):
        take()
        left.append([g.value for g in made.left_over()])
    assert left == [[4, 5, 30, 31], [4, 5, 31], [5, 31], [5], [5]]


def test_months_in_words() -> None:
    """One by itself, several by the first and the last."""
    assert [span_text(months("2016-04", last)) for last in ("2016-04", "2016-05", "2016-06")] == [
        "2016-04",
        "2016-04 to 2016-05",
        "2016-04 to 2016-06",
    ]
