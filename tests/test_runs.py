"""One period's steps for all payees: what names stand for, whose figures count, what is told of what is missing, how results are explained and rounded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any
from unittest.mock import patch

import pytest
from payments import figures, inputs, months, named, scheme
from settling import members

from p4p.numbers.errors import InputError, Problem
from p4p.numbers.exact import formula
from p4p.settling import points_table
from p4p.settling.chain import Chain, Entry, explain_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme

YEAR = months("2016-04", "2017-03")
JUNE = months("2016-06", "2016-06")
FIRST_QUARTER = months("2016-04", "2016-06")

#: What a contract pays where the step that is looked at pays nothing itself.
A_POUND = "{kind: sum, of: [£1.00]}"


#: A measure of months.
N = "n: {title: N, unit: number, measured: in the period}"


def one_step(measures: str, step: str, settled: str = "quarterly", *, more: str = "", **head: str) -> Scheme:
    """A contract with a step `x` beside the pound that it pays, and these measures."""
    return scheme(
        f"measures: {{{measures}}}\n{more}payments: {{p: {{title: P, basis: the period, pays: pay, steps: {{x: {step}, pay: {A_POUND}}}}}}}\n",
        **{"settled": settled} | head,
    )


def entries(s: Scheme, here: Inputs, asked: range = FIRST_QUARTER) -> list[Entry]:
    """What a contract pays in some months."""
    return Chain(s, here).entries(asked)


def problems(s: Scheme, here: Inputs, asked: range = FIRST_QUARTER) -> list[Problem]:
    """What a settlement says is missing."""
    with pytest.raises(InputError) as caught:
        entries(s, here, asked)
    return caught.value.problems


def told(s: Scheme, here: Inputs, asked: range = FIRST_QUARTER) -> dict[str, Any]:
    """All results of A's one payment, as figures with their trees."""
    chain = Chain(s, here, explained=True)
    chain.settled("p", asked)
    assert [] == chain.problems
    return {key.removeprefix("p:"): figure for key, figure in chain.run(asked).results["A"].items()}


# Who takes part in a year


TWO_YEARS = {"year": "", "years": "2016/17 to 2017/18"}

#: P1 closes in the first year, P2 opens in the second; a month of each year is asked for.
COMING = members(("P1", "N1", None, "2016-09"), ("P2", "N2", "2017-10", None))
FIRST, SECOND = months("2017-03", "2017-03"), months("2017-04", "2017-04")


@pytest.mark.parametrize(
    ("paid_to", "first", "second"), [("practice", {"P1": "One"}, {"P2": "Two"}), ("network", {"N1": "North"}, {"N2": "South"})]
)
def test_who_is_not_there_in_any_month_of_the_year_takes_no_part(paid_to: str, first: dict[str, str], second: dict[str, str]) -> None:
    """In March 2017 P1 and its network are paid although it closed in September, and not in the year after, in which P2 opens."""
    s = one_step(N, A_POUND, "monthly", paid_to=paid_to, **TWO_YEARS)
    here = Inputs(figures(), first | second, members=COMING)
    assert first == here.in_year(s, FIRST).payees
    assert second == here.in_year(s, SECOND).payees


def test_others_take_part_whoever_the_practices_are() -> None:
    """A provider is in no practices file; nor is it known by its figures alone where somebody has none at all."""
    given = [("A", "n", "2016/17", 1), ("B", "n", "2017/18", 1)]
    s = one_step(N, A_POUND, "monthly", **TWO_YEARS)
    named_elsewhere = inputs(*given, payees={"A": "A", "B": "B", "C": "C"}, members=COMING)
    assert named_elsewhere is named_elsewhere.in_year(s, SECOND)
    by_figures = inputs(*given, members=COMING)
    assert {"A": "Payee A"} == by_figures.in_year(s, FIRST).payees
    assert {"B": "Payee B"} == by_figures.in_year(s, SECOND).payees


def test_in_one_year_everybody_with_figures_takes_part() -> None:
    """B has figures of another year only, and is asked for what is missing."""
    here = inputs(("A", "n", "2016/17", 1), ("B", "n", "2017/18", 1))
    assert here is here.in_year(one_step(N, A_POUND), FIRST_QUARTER)


def test_payees_of_the_contract_take_part_every_year() -> None:
    """A has figures in the second year only, and is named by the contract."""
    here = inputs(("A", "n", "2017/18", 1))
    s = one_step(N, A_POUND, more="payees: {A: {title: A}}\n", **TWO_YEARS)
    assert here is here.in_year(s, FIRST_QUARTER)


# Which figures count


MONTHS = [("A", "n", "2016-04", 1), ("A", "n", "2016-05", 2), ("A", "n", "2016-06", 4), ("A", "n", "2016/17 Q2", 8)]
HALF_YEAR = months("2016-07", "2016-09")


@pytest.mark.parametrize(
    ("measured", "settled", "asked", "given", "found"),
    [
        ("in the period", "quarterly", FIRST_QUARTER, MONTHS, 7),
        ("in the period", "monthly", months("2016-05", "2016-05"), MONTHS, 2),
        ("year to date", "quarterly", HALF_YEAR, MONTHS, 15),
        ("year to date", "monthly", months("2016-05", "2016-05"), MONTHS, 3),
        ("year to date", "monthly", months("2016-04", "2016-04"), MONTHS, 1),
        # each month of a quarter is settled on the quarter
        ("for the quarter", "monthly", months("2016-07", "2016-07"), MONTHS, 8),
        ("for the quarter", "monthly", months("2016-08", "2016-08"), MONTHS, 8),
        ("for the quarter", "monthly", months("2016-09", "2016-09"), MONTHS, 8),
        ("for the quarter", "monthly", months("2016-05", "2016-05"), MONTHS, 7),
        ("for the quarter", "quarterly", HALF_YEAR, MONTHS, 8),
        ("for the quarter", "yearly", YEAR, [*MONTHS, ("A", "n", "2016/17 Q4", 5)], 5),
        ("for the year", "monthly", months("2016-08", "2016-08"), [("A", "n", "2016/17", 9), ("A", "n", "2017/18", 3)], 9),
        ("for the year", "quarterly", HALF_YEAR, [*MONTHS, ("A", "n", "2016/17 Q3", 16), ("A", "n", "2016/17 Q4", 32)], 63),
        # the latest day of the last month, wherever it stands; a day of another month is another matter
        (
            "at the end of the period",
            "quarterly",
            FIRST_QUARTER,
            [("A", "n", f"2016-{day}", n) for day, n in (("06-29", 6), ("06-01", 3), ("05-31", 5), ("04-30", 4))],
            6,
        ),
        ("at the end of the period", "monthly", months("2016-05", "2016-05"), MONTHS, 2),
    ],
)
def test_whose_figures_a_period_is_settled_on(
    measured: str, settled: str, asked: range, given: list[tuple[str, str, str, int]], found: int
) -> None:
    """Figures of 1, 2 and 4 in the first three months and 8 in the quarter after them, added up as the measure says."""
    s = one_step(f"n: {{title: N, unit: number, measured: {measured}}}", "{kind: sum, of: [n]}", settled)
    (entry,) = entries(s, inputs(*given), asked)
    assert {"x": found, "pay": 100} == entry.values


def test_a_calendar_year_opens_in_january() -> None:
    """The quarter of February is January to March, and the year to date begins in January."""
    for measured, found in (("for the quarter", 7), ("year to date", 3)):
        s = one_step(
            f"n: {{title: N, unit: number, measured: {measured}}}",
            "{kind: sum, of: [n]}",
            "monthly",
            calendar="January to December",
            year="2016",
        )
        here = inputs(*(("A", "n", f"2016-0{at}", n) for at, n in ((1, 1), (2, 2), (3, 4), (4, 8))))
        (entry,) = entries(s, here, months("2016-02", "2016-02"))
        assert found == entry.values["x"]


def test_a_figure_of_one_day_and_one_of_the_contract() -> None:
    """`as_at` names the day; a figure given for the contract is the same for everybody."""
    s = one_step(
        "n: {title: N, unit: number, as_at: 2016-01-01}, all: {title: All, unit: number, measured: in the period, given_for: the contract}",
        "{kind: sum, of: [n, all]}",
    )
    given = [("A", "n", "2016-01-01", 1), ("A", "n", "2016-01-02", 50), ("B", "n", "2016-01-01", 2), ("contract", "all", "2016/17 Q1", 10)]
    assert [("A", 11), ("B", 12)] == [(e.payee, e.values["x"]) for e in entries(s, inputs(*given))]


PARTS = [("A", "n", "2016-04", 1), ("A", "n", "2016-05", 2)]
SEND = "send the figure, or say in the contract what a missing one means (missing)"
REST = "send the rest: a part does not stand for the whole"


@pytest.mark.parametrize(
    ("measure", "given", "at", "what", "hint"),
    [
        ("unit: number, measured: in the period", [], "", "there is no figure for n in 2016-04 to 2016-06", SEND),
        ("unit: number, measured: in the period", PARTS, "m.csv:2", "n is given for part of 2016-04 to 2016-06 only", REST),
        # a missing figure that is one in the contract is not nothing
        ("unit: number, measured: in the period, missing: 1", PARTS, "m.csv:2", "n is given for part of 2016-04 to 2016-06 only", REST),
        (
            "unit: number, measured: in the period",
            [("A", "n", "2016/17", 5)],
            "m.csv:2",
            "n is given for 2016/17, which is more than 2016-04 to 2016-06",
            "give it for shorter periods, or measure it for the year",
        ),
        (
            "unit: ratio, measured: in the period",
            [("A", "n", "2016-04", F(1, 2)), ("A", "n", "2016-05", F(1, 2)), ("A", "n", "2016-06", F(1, 2))],
            "m.csv:3",
            "n is given for 3 parts of 2016-04 to 2016-06: the ratio of the whole is not their sum",
            "give the ratio of the whole period, or measure its numerator and denominator",
        ),
        (
            "unit: ratio, measured: in the period, missing: 0%",
            [("A", "n", "2016-04", F(1, 2)), ("A", "n", "2016-05", F(1, 2))],
            "m.csv:3",
            "n is given for 2 parts of 2016-04 to 2016-06: the ratio of the whole is not their sum",
            "give the ratio of the whole period, or measure its numerator and denominator",
        ),
        ("unit: number, as_at: 2016-01-01", [("A", "n", "2016-01-02", 1)], "", "there is no figure for n in 2016-01-01", SEND),
        (
            "unit: number, measured: at the end of the period",
            [("A", "n", "2016-05", 1)],
            "",
            "there is no figure for n in the end of 2016-04 to 2016-06",
            SEND,
        ),
        (
            "unit: number, measured: in the period, given_for: the contract",
            [],
            "",
            "there is no figure for n in 2016-04 to 2016-06 (given for the contract)",
            SEND,
        ),
        ("unit: patients, as_at: 2016-01-01, list: registered list", [], "", "there are no lists", SEND),
    ],
)
def test_a_figure_that_is_not_to_be_had_is_told(
    measure: str, given: list[tuple[str, str, str, Any]], at: str, what: str, hint: str
) -> None:
    """Who, in which payment and step, what is wrong, and what to do; where it stands in the file, or else the step in the contract."""
    s = one_step(f"n: {{title: N, {measure}}}", "{kind: sum, of: [n]}")
    (problem,) = problems(s, inputs(*given, payees={"A": "A"}))
    assert (f"A, P, x: {what}", hint) == (problem.what, problem.hint)
    assert (at or "t.yaml:12:64") == str(problem.at)  # where `x` stands


LOOKUP = "{kind: lookup, by: [n], rows: {urban: 1, rural: 2}, otherwise: 3}"


def test_a_word_must_be_the_same_throughout() -> None:
    """Urban in every month, or urban in April and rural in May, which is refused."""
    s = one_step("n: {title: N, unit: word, measured: in the period}", LOOKUP)
    given = [("A", "n", f"2016-0{at}", word) for at, word in ((4, "urban"), (5, "urban"), (6, "urban"))]
    (entry,) = entries(s, inputs(*given))
    assert 1 == entry.values["x"]
    (problem,) = problems(s, inputs(given[0], ("A", "n", "2016-05", "rural"), given[2]))
    assert ("A, P, x: n is urban in 2016-04 and rural in 2016-05", "give one word for the whole period") == (problem.what, problem.hint)
    assert "m.csv:3" == str(problem.at)


def test_of_yes_and_no_one_yes_is_enough() -> None:
    """No in April, yes in May and in June is yes."""
    s = one_step("n: {title: N, unit: yes or no, measured: in the period}", "{kind: gate, of: 7, requires: {n: yes}, otherwise: 5}")
    given = [("A", "n", f"2016-0{at}", said) for at, said in ((4, 0), (5, 1), (6, 1))]
    assert [7] == [e.values["x"] for e in entries(s, inputs(*given))]


@pytest.mark.parametrize(
    ("measure", "step", "given", "found"),
    [
        ("unit: number, measured: in the period, missing: 0", "{kind: sum, of: [n]}", PARTS, 3),
        ("unit: number, measured: in the period, missing: 3", "{kind: sum, of: [n]}", [], 3),
        ("unit: money, measured: in the period, missing: £0.00", "{kind: sum, of: [n]}", [("A", "n", "2016-05", 200)], 200),
        ("unit: ratio, measured: in the period, missing: 25%", "{kind: sum, of: [n]}", [], F(1, 4)),
        ("unit: ratio, measured: in the period, missing: 0%", "{kind: sum, of: [n]}", [("A", "n", "2016-05", F(1, 2))], F(1, 2)),
        ("unit: yes or no, measured: in the period, missing: no", "{kind: gate, of: 7, requires: {n: yes}, otherwise: 5}", [], 5),
        ("unit: yes or no, measured: in the period, missing: yes", "{kind: gate, of: 7, requires: {n: yes}, otherwise: 5}", [], 7),
        (
            "unit: yes or no, measured: in the period, missing: no",
            "{kind: gate, of: 7, requires: {n: yes}, otherwise: 5}",
            [("A", "n", "2016-05", 1)],
            7,
        ),
        ("unit: word, measured: in the period, missing: rural", LOOKUP, [], 2),
        ("unit: patients, as_at: 2016-01-01, list: registered list, missing: 12", "{kind: sum, of: [n]}", [], 12),
    ],
)
def test_what_a_missing_figure_means(measure: str, step: str, given: list[tuple[str, str, str, Any]], found: Any) -> None:
    """The contract says it; a part of the months stands for the whole where a missing figure is nothing, or no."""
    (entry,) = entries(one_step(f"n: {{title: N, {measure}}}", step), inputs(*given, payees={"A": "A"}))
    assert found == entry.values["x"]


def test_a_list_is_asked_for_its_patients() -> None:
    """A has 1,200 on the list that `n` is; B is not on it."""
    s = one_step("n: {title: N, unit: patients, as_at: 2016-01-01, list: registered list}", "{kind: sum, of: [n]}")

    def lists(payee: str, name: str) -> F | str:
        return F(1200) if (payee, name) == ("A", "n") else "B is not on it"

    (entry,) = entries(s, inputs(payees={"A": "A"}, lists=lists))
    assert 1200 == entry.values["x"]
    assert ["B, P, x: B is not on it"] == [problem.what for problem in problems(s, inputs(payees={"A": "A", "B": "B"}, lists=lists))]


@pytest.mark.parametrize(
    ("calendar", "year", "first"), [("April to March", "2016/17", "2016-04"), ("January to December", "2016", "2016-01")]
)
def test_instalments_begin_with_the_year(calendar: str, year: str, first: str) -> None:
    """£10.00 a year by months: 83.33p, 166.67p and 250p to date are 83p, 84p and 83p, from the month in which the year opens."""
    s = one_step(N, "{kind: instalment, of: £10.00, equal: monthly}", "monthly", calendar=calendar, year=year)
    start = months(first, first)[0]
    assert [83, 84, 83] == [e.values["x"] for e in entries(s, inputs(payees={"A": "A"}), range(start, start + 3))]


# Counts


def counted(measure: str, settled: str = "quarterly") -> Scheme:
    """A contract with an achievement of counts."""
    return one_step(f"n: {{title: Blood pressure, unit: counts, {measure}}}", "{kind: achievement, of: n, empty: refuse}", settled)


@pytest.mark.parametrize(
    ("measured", "settled", "asked", "counts_of"),
    [
        ("in the period", "quarterly", FIRST_QUARTER, FIRST_QUARTER),
        ("at the end of the period", "quarterly", FIRST_QUARTER, JUNE),
        ("at the end of the period", "monthly", JUNE, JUNE),
        ("for the year", "monthly", JUNE, YEAR),
    ],
)
def test_the_months_whose_counts_are_asked_for(measured: str, settled: str, asked: range, counts_of: range) -> None:
    """6 of 12, of whom 2 are excluded; of a snapshot those of the last month."""
    seen: list[tuple[str, str, range]] = []

    def counts(*of: Any) -> tuple[int, int, int]:
        seen.append(of)
        return 6, 12, 2

    (entry,) = entries(
        counted(f"measured: {measured}, excluded: leaves the denominator", settled), inputs(payees={"A": "A"}, counts=counts), asked
    )
    assert {"x": F(6, 10), "x.numerator": 6, "x.denominator": 12, "x.excluded": 2, "pay": 100} == entry.values
    assert [("A", "n", counts_of)] == seen


def test_those_excluded_may_be_out_of_the_denominator_already() -> None:
    """6 of 12 is a half where the 2 excluded are no part of the 12."""
    s = counted("measured: in the period, excluded: already out")
    (entry,) = entries(s, inputs(payees={"A": "A"}, counts=lambda *of: (6, 12, 2)))
    assert (F(1, 2), 0) == (entry.values["x"], entry.values["x.excluded"])


def test_counts_that_are_missing_are_refused() -> None:
    """With the reason why there are none."""
    (problem,) = problems(counted("measured: in the period, excluded: already out"), inputs(payees={"A": "A"}))
    assert "A, P, x: there are no counts" == problem.what
    assert "send the counts" == problem.hint


# Parameters, and payees' own figures


def rated(selected_by: str, settled: str = "quarterly", values: str = "{2016-04-01 to 2016-06-30: 2%, 2016-07-01 on: 3%}") -> Scheme:
    """A contract with a rate that changes in July, paid three months after the period."""
    rate = f"parameters: {{rate: {{title: Rate, source: annex 2, selected_by: {selected_by}, values: {values}}}}}\n"
    return one_step(N, "{kind: product, of: [rate, 1]}", settled, more=rate, paid_after="3 months")


@pytest.mark.parametrize(
    ("selected_by", "settled", "asked", "found"),
    [
        ("period", "quarterly", FIRST_QUARTER, F(2, 100)),
        ("period", "monthly", JUNE, F(2, 100)),
        ("period", "quarterly", HALF_YEAR, F(3, 100)),
        ("payment", "quarterly", FIRST_QUARTER, F(3, 100)),
        ("payment", "monthly", months("2016-04", "2016-04"), F(3, 100)),
    ],
)
def test_the_day_that_selects_a_value(selected_by: str, settled: str, asked: range, found: F) -> None:
    """The last day of the period, 30 June, or of the month three months later; the rate changes on 1 July."""
    (entry,) = entries(rated(selected_by, settled), inputs(payees={"A": "A"}), asked)
    assert found == entry.values["x"]


def test_a_day_without_a_value_is_refused() -> None:
    """The days that have one are told, and where the parameter stands."""
    s = rated("payment", values="{2016-04-01 to 2016-06-30: 2%, 2017-07-01 on: 3%}")
    (problem,) = problems(s, inputs(payees={"A": "A"}))
    assert "A, P, x: rate has no value on 2016-09-30: the contract gives it for 2016-04-01 to 2016-06-30, 2017-07-01 to now" == problem.what
    assert "add the value for that day, with its source" == problem.hint
    assert "t.yaml:13:14" == str(problem.at)


def test_payees_have_figures_of_their_own() -> None:
    """A has a quarter, B nothing, and both the measure, which is not their own."""
    s = one_step(N, "{kind: product, of: [share, n]}", more="payees: {A: {title: A, share: 25%}, B: {title: B, share: 0%}}\n")
    here = inputs(("A", "n", "2016/17 Q1", 8), ("B", "n", "2016/17 Q1", 8), payees={"A": "A", "B": "B"})
    assert [("A", 2), ("B", 0)] == [(e.payee, e.values["x"]) for e in entries(s, here)]


# What is told when something is missing


def several(*steps: str, payees: str = "", measures: str = N, **head: str) -> Scheme:
    """A contract with a payment of these steps, the last of which is paid."""
    names = [step.partition(":")[0] for step in steps]
    text = "".join(f"      {step}\n" for step in steps)
    body = f"payments:\n  p:\n    title: P\n    basis: the period\n    pays: {names[-1]}\n    steps:\n{text}"
    return scheme(f"measures: {{{measures}}}\n{payees}{body}", **{"settled": "quarterly"} | head)


POT = ("all: {kind: total, of: n}", "mean: {kind: average, of: n}", "pay: {kind: product, of: [all, £1.00]}")


def test_steps_across_payees_see_everybody() -> None:
    """1 and 4 are 5 together, and 5/2 in the middle."""
    here = inputs(("A", "n", "2016/17 Q1", 1), ("B", "n", "2016/17 Q1", 4))
    assert [{"all": 5, "mean": F(5, 2), "pay": 500}] * 2 == [e.values for e in entries(several(*POT), here)]


def test_what_a_step_across_payees_lacks_is_told_once() -> None:
    """B has no figure: the total is refused, of nobody in particular, and what stands on it says nothing more."""
    here = inputs(("A", "n", "2016/17 Q1", 1), payees={"A": "A", "B": "B"})
    assert ["P, all: there is no figure for n in 2016-04 to 2016-06"] == [p.what for p in problems(several(*POT), here)]


def test_a_step_across_payees_waits_for_everybody() -> None:
    """B has no figure for an earlier step: there is no total of A alone."""
    s = several("own: {kind: sum, of: [n]}", "all: {kind: total, of: own}", "pay: {kind: product, of: [all, £1.00]}")
    chain = Chain(s, inputs(("A", "n", "2016/17 Q1", 1), payees={"A": "A", "B": "B"}))
    assert {} == chain.settled("p", FIRST_QUARTER)
    assert ["B, P, own: there is no figure for n in 2016-04 to 2016-06"] == [p.what for p in chain.problems]
    assert {"A": {"p:own": 1}, "B": {}} == chain.run(FIRST_QUARTER).results


def squares(name: str, bottom: str, times: int) -> tuple[str, ...]:
    """Steps from n over another measure on, each the square of the one before it."""
    first = f"{name}0: {{kind: ratio, of: n, to: {bottom}, if_zero: 0}}"
    return first, *(f"{name}{k}: {{kind: product, of: [{name}{k - 1}, {name}{k - 1}]}}" for k in range(1, times + 1))


#: 1/3^63 has 100 bits below the line, the 32nd power of that 3,196; the limit is 2,000.
LONG = squares("s", "m", 6)
N_AND_M = f"{N}, m: {{title: M, unit: number, measured: in the period}}"
DIGITS = "the figure has more digits than any payment needs"


def long(*codes: str) -> list[tuple[str, str, str, Any]]:
    """Figures with which some payees' steps grow too long: A has whole numbers."""
    whole = [("A", "n", "2016/17 Q1", 1), ("A", "m", "2016/17 Q1", 1)]
    return [*whole, *((code, name, "2016/17 Q1", value) for code in codes for name, value in (("n", 1), ("m", 3**63)))]


def test_figures_with_too_many_digits_are_told_of_the_payee_and_end_there() -> None:
    """B's fifth square has 32 times 100 bits; nobody's sixth is worked out after it."""
    s = several(*LONG, "pay: {kind: product, of: [s6, £1.00]}", measures=N_AND_M)
    (problem,) = problems(s, inputs(*long("B")))
    assert f"B, P, s5: {DIGITS}" == problem.what
    assert "multiply or add fewer numbers, or numbers with fewer digits" == problem.hint
    assert "t.yaml:23:7" == str(problem.at)


def test_one_long_outcome_is_enough() -> None:
    """B's 1/3^1008 is held to 1/2^1696, which is less: what is left is short, and what was lost has the digits of both."""
    s = several(
        *LONG[:5],
        *squares("r", "k", 4),
        "x: {kind: limits, of: s4, most: r4}",
        "pay: {kind: product, of: [x, £1.00]}",
        measures=f"{N_AND_M}, k: {{title: K, unit: number, measured: in the period}}",
    )
    given = [(code, "k", "2016/17 Q1", 2**106) for code in ("A", "B")]
    assert [f"B, P, x: {DIGITS}"] == [problem.what for problem in problems(s, inputs(*long("B"), *given))]


def test_a_long_figure_of_all_payees_is_told_of_nobody() -> None:
    """B's 1/2^(124 x 16 + 15) has the 2,000 bits that are allowed, and a third of it has more: the mean is refused once, not three times."""
    s = several(
        *LONG[:5],
        "own: {kind: product, of: [s4, 1/32768]}",
        "mean: {kind: average, of: own}",
        "pay: {kind: product, of: [mean, £1.00]}",
        measures=N_AND_M,
    )
    given = [(code, name, "2016/17 Q1", value) for code, n in (("A", 0), ("B", 1), ("C", 0)) for name, value in (("n", n), ("m", 2**124))]
    assert [f"P, mean: {DIGITS}"] == [problem.what for problem in problems(s, inputs(*given))]


def test_a_hundred_payees_with_too_many_digits_are_told() -> None:
    """And no more of them."""
    s = several(*LONG, "pay: {kind: product, of: [s6, £1.00]}", measures=N_AND_M)
    found = problems(s, inputs(*long(*(f"B{n:03}" for n in range(101)))))
    assert [f"B{n:03}, P, s5: {DIGITS}" for n in range(100)] == [problem.what for problem in found]


RULED = """
payees: {A: {title: A, share: 25%}}
measures: {dm: {title: D, unit: counts, measured: in the period, excluded: already out}}
payments:
  q: {title: Q, settled: quarterly, basis: the period, pays: pay, steps: {pay: {kind: sum, of: [£3.00]}}}
  p:
    title: P
    basis: the period
    pays: pay
    steps:
      twice: {kind: product, of: [q, 2]}
      pay:
        kind: points
        point_value: £2.00
        rounded: not at all
        empty: 0%
        indicators: {dm: {title: D, points: 10, ruling: {does: set to, points: 1, reason: R, decided: 2016-04-01}, curve: {kind: linear, lower: 40%, upper: 80%}}}
      before: {kind: sum, of: [pay.counted]}
"""


def test_an_earlier_payment_and_an_outcome_that_is_not_always_there() -> None:
    """What `q` paid in the quarter, and points as they were counted; in April nothing is due of it, and without counts nothing was counted."""
    s = scheme(RULED, settled="quarterly")
    found = [e for e in entries(s, inputs(payees={"A": "A"}, counts=lambda *of: (6, 10, 0))) if e.payment == "p"]
    assert [(600, 5, 200)] == [(e.values["twice"], e.values["before"], e.payable) for e in found]
    (problem,) = problems(s, inputs(payees={"A": "A"}))
    assert ("A, P, before: there is no figure for pay.counted", "send it") == (problem.what, problem.hint)
    assert "t.yaml:28:32" == str(problem.at)
    (problem,) = problems(scheme(RULED, settled="monthly"), inputs(payees={"A": "A"}), months("2016-04", "2016-04"))
    assert ("A, P, twice: there is no figure for q", "t.yaml:21:35") == (problem.what, str(problem.at))


def test_a_weight_is_left_out_where_there_is_no_figure() -> None:
    """Of an amount, a measure, a measure without a figure and a payment that is not due yet the first two are there: half of £0.50 and £4.00."""
    quarter = f"q: {{title: Q, settled: quarterly, basis: the period, pays: pay, steps: {{pay: {A_POUND}}}}}"
    parts = "{a: {of: £0.50, weight: 25%}, b: {of: n, weight: 25%}, c: {of: m, weight: 25%}, d: {of: q, weight: 25%}}"
    payment = f"p: {{title: P, basis: the period, pays: x, steps: {{x: {{kind: weighted, missing: reweighted, parts: {parts}}}}}}}"
    text = N_AND_M.replace("unit: number", "unit: money")
    s = scheme(f"measures: {{{text}}}\npayments:\n  {quarter}\n  {payment}\n", settled="monthly")
    (entry,) = entries(s, inputs(("A", "n", "2016-04", 400)), months("2016-04", "2016-04"))
    assert 225 == entry.payable


# Explained


EXPLAINED = """
payees: {A: {title: A, share: 25%}}
measures:
  money: {title: Spend, unit: money, measured: in the period}
  list: {title: List, unit: patients, as_at: 2016-01-01, list: registered list}
  day: {title: Day, unit: patients, as_at: 2016-01-01}
  end: {title: End, unit: ratio, measured: at the end of the period}
  done: {title: Done, unit: yes or no, measured: in the period, missing: yes}
  track: {title: Track, unit: word, measured: in the period, missing: rural}
  none: {title: None, unit: money, measured: in the period, missing: £3.00}
parameters:
  rate: {title: Rate, source: annex 2, selected_by: period, values: {2016/17: 2%}}
payments:
  p:
    title: P
    basis: the period
    pays: pay
    steps:
      x: {kind: sum, of: [money, £1.00, lacking]}
      y: {kind: sum, of: [list]}
      z: {kind: product, of: [day, end, share, rate, done]}
      word: {kind: lookup, by: [track], rows: {rural: £5.00}, otherwise: £6.00}
      pay: {kind: limits, of: x, most: £9.00}
""".replace("none:", "lacking:")


def test_figures_are_explained_by_where_they_stand() -> None:
    """A measure names its rows, its months and where the contract declares it, a missing one what the contract makes of it; a number its place."""
    here = inputs(
        ("A", "money", "2016-04", 100),
        ("A", "money", "2016-05", 200),
        ("A", "money", "2016-06", 400),
        ("A", "day", "2016-01-01", 5),
        ("A", "end", "2016-06-30", F(1, 2)),
        lists=lambda payee, name: F(1200),
        list_rows=lambda payee, name: (f"lists.csv:2 {payee} {name}",),
    )
    found = told(scheme(EXPLAINED, settled="quarterly"), here)
    rows = ("m.csv:2, A 2016-04", "m.csv:3, A 2016-05", "m.csv:4, A 2016-06")
    lacking = "there is no figure for lacking in 2016-04 to 2016-06: the contract says what that means"
    assert {
        "money": (700, "pence", "Spend, 2016-04 to 2016-06", "t.yaml:14:3", rows),
        "list": (1200, "patients", "List, at 2016-01-01", "t.yaml:15:3", ("lists.csv:2 A list",)),
        "day": (5, "patients", "Day, 2016-01-01", "t.yaml:16:3", ("m.csv:5, A 2016-01-01",)),
        "end": (F(1, 2), "ratio", "End, the end of 2016-04 to 2016-06", "t.yaml:17:3", ("m.csv:6, A 2016-06-30",)),
        "done": (1, "number", lacking.replace("lacking", "done"), "t.yaml:18:74", ()),
        "lacking": (300, "pence", lacking, "t.yaml:20:73", ()),
        "share": (F(1, 4), "ratio", "", "t.yaml:12:31", ()),
        "rate": (F(2, 100), "ratio", "Rate, on 2016-06-30 (annex 2)", "t.yaml:22:70", ()),
    } == {
        name: (f.value, f.unit, f.about, str(f.at), f.evidence)
        for step in ("x", "y", "z")
        for name, f in named(found[step]).items()
        if name not in found
    }
    assert ("x", "pence", "t.yaml:29:7") == (found["x"].name, found["x"].unit, str(found["x"].at))
    money, pound, _ = found["x"].parts
    assert ("money", 700, "", 100, "pence", "t.yaml:29:34") == (money.name, money.value, pound.name, pound.value, pound.unit, str(pound.at))
    assert ("word", 500, "pence") == (found["word"].name, found["word"].value, found["word"].unit)


def test_what_a_choice_lets_through_keeps_its_own_tree() -> None:
    """The cap of £9.00 lets 11.00 fall to it, and a cap of £20.00 lets `x` through as it is: because of what, and with the tree of `x` below."""
    here = inputs(("A", "money", "2016/17 Q1", 700), ("A", "day", "2016-01-01", 5), ("A", "end", "2016-06-30", 1), lists=lambda *of: F(1))
    capped = told(scheme(EXPLAINED, settled="quarterly"), here)["pay"]
    assert (900, "pay", "x £11.00 is above £9.00") == (capped.value, capped.name, capped.because)
    found = told(scheme(EXPLAINED.replace("£9.00", "£20.00"), settled="quarterly"), here)["pay"]
    assert (1100, "pay", "pence", "the same as", "t.yaml:33:7") == (found.value, found.name, found.unit, found.how, str(found.at))
    (x,) = found.parts
    assert ("x", "", ()) == (x.name, x.because, x.deciders)
    assert "the same as x" == formula(found)
    assert ["x"] == [decider.name for decider in found.deciders]


def test_counts_are_explained_by_their_rows() -> None:
    """The numerator names the rows, all three their months and what they are numbers of."""
    s = counted("measured: in the period, excluded: leaves the denominator")
    here = inputs(payees={"A": "A"}, counts=lambda *of: (6, 12, 2), rows=lambda *of: (f"a.csv:2 {of}",))
    found = told(s, here)
    when, at = "2016-04 to 2016-06", "t.yaml:11:12"
    rows = (f"a.csv:2 {('A', 'n', FIRST_QUARTER)}",)
    assert [
        ("n: numerator", 6, "patients", f"Blood pressure, {when}", at, rows),
        ("n: denominator", 12, "patients", when, at, ()),
        ("n: excluded", 2, "patients", when, at, ()),
    ] == [(f.name, f.value, f.unit, f.about, str(f.at), f.evidence) for name, f in named(found["x"]).items() if name.startswith("n:")]
    assert (F(6, 10), "x.numerator") == (found["x"].value, found["x.numerator"].name)


def test_whole_pence_made_of_a_pot_are_explained_as_money() -> None:
    """A part of a pot is money, also of an empty one; a root is a plain number."""
    s = several(
        "root: {kind: prevalence, of: n, national: 1, rule: square root, if_zero: refuse}",
        "part: {kind: part_of_pot, pot: m, by: n}",
        "pay: {kind: sum, of: [part]}",
        measures=f"{N}, m: {{title: M, unit: money, measured: in the period, missing: 0}}",
    )
    found = told(s, inputs(("A", "n", "2016/17 Q1", 4)))
    assert (2, "number", "square root, cut after 12 decimals, of") == (found["root"].value, found["root"].unit, found["root"].how)
    assert (0, "pence", ["m", "n"]) == (found["part"].value, found["part"].unit, [f.name for f in found["part"].parts])
    full = inputs(("A", "n", "2016/17 Q1", 4), ("A", "m", "2016/17 Q1", 700))
    assert [{"root": 2, "part": 700, "pay": 700}] == [e.values for e in entries(s, full)]
    found = told(s, full)
    assert (700, "pence") == (found["part"].value, found["part"].unit)


def test_a_mix_that_was_not_seen_in_the_contract_is_refused_when_explained() -> None:
    """Plain people instead of the amounts that the contract was read with: beside money they are told, of one payee and of all."""
    measures = "n: {title: N, unit: money, measured: in the period}, m: {title: M, unit: money, measured: in the period}"
    for steps, said in (
        (("x: {kind: sum, of: [n, m]}", "pay: {kind: sum, of: [x]}"), "A, P, x: m £0.07 is money, and n 5 is not"),
        (
            ("x: {kind: part_of_pot, pot: n, by: m}", "pay: {kind: sum, of: [x]}"),
            "P, x: n 5 is no amount of money, and whole pence are made of it",
        ),
    ):
        s = several(*steps, measures=measures)
        assert s.measures
        s = replace(s, measures=s.measures | {"n": replace(s.measures["n"], unit="number")})
        with pytest.raises(InputError) as caught:
            explain_scheme(s, inputs(("A", "n", "2016/17 Q1", 5), ("A", "m", "2016/17 Q1", 7)), FIRST_QUARTER, "A", None)
        (problem,) = caught.value.problems
        assert said == problem.what
        assert "write amounts with their mark (£1000.00), and compare like with like" == problem.hint


# Rounding


@pytest.mark.parametrize(
    ("currency", "to", "n", "paid", "words"),
    [
        ("GBP", "0.01", F(1, 8), 13, "rounded to the penny (half-up)"),
        ("GBP", "1", F(5, 2), 300, "rounded to the pound (half-up)"),
        ("GBP", "1", F(249, 100), 200, "rounded to the pound (half-up)"),
        ("USD", "1", F(5, 2), 300, "rounded to the dollar (half-up)"),
    ],
)
def test_an_amount_is_rounded_as_the_contract_says(currency: str, to: str, n: F, paid: int, words: str) -> None:
    """12.5p to 13p; £2.50 to £3, £2.49 to £2; $2.50 to $3."""
    mark = {"GBP": "£", "USD": "$"}[currency]
    s = several(f"pay: {{kind: product, of: [n, {mark}1.00]}}", currency=currency, rounding=f"{{to: {to}, mode: half-up, at: payment}}")
    here = inputs(("A", "n", "2016/17 Q1", n))
    (entry,) = entries(s, here)
    assert paid == entry.payable
    (told_of,) = explain_scheme(s, here, FIRST_QUARTER, "A", None)
    assert (paid, words) == (told_of.figure.value, told_of.figure.how)


# Points


POINTS = """
measures: {dm: {title: D, unit: counts, measured: in the period, excluded: already out}}
payments:
  p:
    title: P
    basis: the period
    pays: pay
    steps:
      first:
        kind: points
        point_value: £2.00
        rounded: not at all
        empty: 0%
        indicators: {a: {title: A, points: 10, counts: dm, RULING curve: {kind: linear, lower: 40%, upper: 80%}}}
      pay:
        kind: points
        point_value: £2.00
        rounded: not at all
        empty: 0%
        indicators: {b: {title: B, points: 10, counts: dm, curve: {kind: linear, lower: 40%, upper: 80%}}}
"""


@pytest.mark.parametrize("payees", [1, 1000])
@pytest.mark.parametrize("ruling", ["", "ruling: {does: not below, points: 1, reason: R, decided: 2016-04-01},"])
def test_every_line_names_its_step(payees: int, ruling: str) -> None:
    """However many payees there are, and whether or not somebody decided about an indicator."""
    here = inputs(payees={f"P{n}": "P" for n in range(payees)}, counts=lambda *of: (6, 10, 0))
    found = entries(scheme(POINTS.replace("RULING", ruling), settled="quarterly"), here)
    assert payees == len(found)
    assert {(("first", "a", 1000), ("pay", "b", 1000))} == {tuple((x.step, x.indicator, x.earned) for x in e.lines) for e in found}


def test_a_thousand_lines_of_points_are_settled_together() -> None:
    """From 1,000 lines of a step on all payees are settled at once; fewer, and those to be explained, one by one."""
    s = scheme(POINTS.replace("RULING", ""), settled="quarterly")
    for payees, explained, times in ((999, False, 0), (1000, False, 2), (1000, True, 0)):
        here = inputs(payees={f"P{n}": "P" for n in range(payees)}, counts=lambda *of: (6, 10, 0))
        with patch.object(points_table, "points_of_many", wraps=points_table.points_of_many) as together:
            paid = Chain(s, here, explained=explained).settled("p", FIRST_QUARTER)
        assert {1000} == {getattr(payable, "value", payable) for *_, payable in paid.values()}
        assert times == together.call_count
