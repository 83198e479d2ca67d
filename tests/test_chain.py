"""Payments in their order: periods, payments of the year to date, payments that work on earlier ones, what is told when something is missing."""

from __future__ import annotations

from typing import Any

import pytest
from payments import inputs, month, months, named, scheme

from p4p.numbers.errors import InputError, UsageError
from p4p.numbers.exact import formula
from p4p.settling.chain import Chain, Entry, Explained, SchemeSettlement, explain_scheme, nothing_settled, own_periods, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme

YEAR = months("2016-04", "2017-03")


def one_payment(settled: str, **head: str) -> Scheme:
    """A contract that pays £1.00 for each of `n`, by its own period."""
    return scheme(
        "measures: {n: {title: N, unit: number, measured: in the period}}\n"
        f"payments: {{p: {{title: P, settled: {settled}, basis: the period, pays: pay, steps: {{pay: {{kind: product, of: [n, £1.00]}}}}}}}}\n",
        **head,
    )


@pytest.mark.parametrize(
    ("settled", "asked", "found"),
    [
        ("monthly", months("2016-04", "2016-05"), [months("2016-04", "2016-04"), months("2016-05", "2016-05")]),
        # the quarter that ends in June began before May; the one that begins in October ends after it
        ("quarterly", months("2016-05", "2016-10"), [months("2016-04", "2016-06"), months("2016-07", "2016-09")]),
        ("quarterly", months("2016-04", "2016-05"), []),
        ("yearly", months("2017-03", "2017-03"), [YEAR]),
        ("yearly", months("2016-04", "2017-02"), []),
        ("yearly", months("2017-03", "2018-03"), [YEAR, months("2017-04", "2018-03")]),
    ],
)
def test_the_periods_of_a_payment_that_end_in_some_months(settled: str, asked: range, found: list[range]) -> None:
    """Months, quarters and years are counted from April; a period belongs to the months in which it ends."""
    s = one_payment(settled)
    assert found == list(own_periods(s, s.payments["p"], asked))


def test_a_calendar_from_january_has_its_own_quarters() -> None:
    """Of January to June the quarters end in March and in June."""
    s = one_payment("quarterly", calendar="January to December", year="2016")
    asked = months("2016-01", "2016-06")
    assert [months("2016-01", "2016-03"), months("2016-04", "2016-06")] == list(own_periods(s, s.payments["p"], asked))


TO_DATE = """
measures:
  n: {title: N, unit: number, measured: year to date}
  plan: {title: Plan, unit: number, measured: year to date}
payments:
  p:
    title: Fund
    basis: year to date
    claw_back: CLAW
    pays: pay
    available: most
    upfront: base
    steps:
      most: {kind: product, of: [£1.00, plan]}
      base: {kind: product, of: [£0.50, plan]}
      pay: {kind: product, of: [£1.00, n]}
"""


def monthly(measure: str, *values: int, first: str = "2016-04", payee: str = "A") -> list[tuple[str, str, str, int]]:
    """A payee's figures month by month."""
    start = month(first)
    return [(payee, measure, f"{at // 12}-{at % 12 + 1:02d}", value) for at, value in enumerate(values, start)]


#: To date 5, 2, 6 and 8 done, of 6, 7, 12 and 15 planned.
FOUR_MONTHS = [*monthly("n", 5, -3, 4, 2), *monthly("plan", 6, 1, 5, 3)]


def amounts(entries: list[Entry], *names: str) -> list[tuple[int, ...]]:
    """Amounts of entries, entry by entry."""
    return [tuple(getattr(e, name) for name in names) for e in entries]


@pytest.mark.parametrize(
    ("claw_back", "paid"),
    [
        ("allowed", [(500, 0, 500), (200, 500, -300), (600, 200, 400), (800, 600, 200)]),
        # 2 done is less than the 5 that were paid: nothing, and the third month pays what is above 5
        ("none", [(500, 0, 500), (200, 500, 0), (600, 500, 100), (800, 600, 200)]),
    ],
)
def test_a_payment_of_the_year_to_date_month_by_month(claw_back: str, paid: list[tuple[int, int, int]]) -> None:
    """What is due to date, less what earlier months were paid; a month asked for alone pays what it pays in the year."""
    s = scheme(TO_DATE.replace("CLAW", claw_back), settled="monthly")
    entries = Chain(s, inputs(*FOUR_MONTHS)).entries(months("2016-04", "2016-07"))
    assert paid == amounts(entries, "due", "paid_before", "payable")
    for at in range(4):
        start = month("2016-04") + at
        assert entries[at : at + 1] == Chain(s, inputs(*FOUR_MONTHS)).entries(range(start, start + 1))


def test_what_is_available_to_date_is_less_what_was_available_before() -> None:
    """A plan of 6, 1, 5 and 3 by month, at £1.00 to be earned and £0.50 up front, though its steps are to date."""
    s = scheme(TO_DATE.replace("CLAW", "allowed"), settled="monthly")
    entries = Chain(s, inputs(*FOUR_MONTHS)).entries(months("2016-04", "2016-07"))
    assert [600, 100, 500, 300] == [e.available for e in entries]
    assert [300, 50, 250, 150] == [e.upfront for e in entries]
    # earned is what is payable less what was up front: 500 - 300, -300 - 50, 400 - 250, 200 - 150
    assert [(200, 400), (-350, 450), (150, 350), (50, 250)] == amounts(entries, "earned", "shortfall")
    assert {"most": 1500, "base": 750, "pay": 800} == entries[3].values
    assert ("A", "p", months("2016-07", "2016-07"), ()) == (entries[3].payee, entries[3].payment, entries[3].months, entries[3].lines)


def test_the_year_to_date_begins_anew_in_april() -> None:
    """7 in March and 2 in April: April pays £2.00, and nothing was paid before."""
    s = scheme(TO_DATE.replace("CLAW", "none"), settled="monthly", year="", years="2016/17 to 2017/18")
    here = inputs(*monthly("n", *[7] * 12, 2), *monthly("plan", *[7] * 12, 4))
    (entry,) = Chain(s, here).entries(months("2017-04", "2017-04"))
    assert (200, 0, 200, 400, 200, 0) == tuple(
        getattr(entry, name) for name in ("due", "paid_before", "payable", "available", "upfront", "earned")
    )


def test_a_payment_of_the_period_may_be_below_nothing() -> None:
    """-3 at £1.00 is £3.00 to be paid back; without `available` what could have been earned is what was."""
    (entry,) = Chain(one_payment("yearly"), inputs(("A", "n", "2016/17", -3))).entries(YEAR)
    assert [(-300, 0, -300, 0, -300, -300, 0)] == amounts(
        [entry], "due", "paid_before", "payable", "upfront", "available", "earned", "shortfall"
    )


POINTS = """
measures: {dm: {title: D, unit: counts, measured: in the period, excluded: already out}}
payments:
  p:
    title: P
    basis: year to date
    claw_back: allowed
    pays: pay
    steps:
      pay:
        kind: points
        point_value: £2.00
        rounded: not at all
        empty: 0%
        indicators: {dm: {title: D, points: 10, curve: {kind: linear, lower: 40%, upper: 80%}}}
"""


def test_each_period_is_settled_once() -> None:
    """Asked for June, for the quarter, and again: the same entries, each month with one line of its indicator."""
    s = scheme(POINTS, settled="monthly")
    chain = Chain(s, Inputs(inputs().measures, {"A": "A"}, lambda payee, measure, asked: (6, 10, 0)))
    quarter = months("2016-04", "2016-06")
    (june,) = chain.entries(quarter[2:])
    first = chain.entries(quarter)
    assert june == first[2]
    assert first == chain.entries(quarter)
    assert [["dm"]] * 3 == [[line.indicator for line in e.lines] for e in first]
    assert [1000, 0, 0] == [e.payable for e in first]  # 60% is half way: 5 points, to date


SEVERAL = """
measures: {n: {title: N, unit: number, measured: in the period}}
payments:
  one: {title: Monthly, settled: monthly, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}
  same: {title: Half again, settled: monthly, basis: the period, pays: half, steps: {half: {kind: product, of: [one, 50%]}}}
  rest: {title: Rest, settled: quarterly, basis: the period, pays: pay, available: most, steps: {most: {kind: sum, of: [£30.00]}, pay: {kind: sum, of: [most], less: [one]}}}
  to_date: {title: All, settled: quarterly, basis: year to date, claw_back: allowed, pays: pay, steps: {pay: {kind: product, of: [one, 2]}}}
  each: {title: Each, settled: monthly, basis: year to date, claw_back: allowed, pays: pay, steps: {pay: {kind: product, of: [one, 3]}}}
"""

#: In April to September, and more in October, which no payment of the second quarter may see.
HALF_YEAR = monthly("n", 1, 2, 4, 8, 3, 5, 100)


def test_an_earlier_payment_is_what_it_paid_in_the_same_months() -> None:
    """8, 3 and 5 in the second quarter after 7 in the first: a quarter's 16, in the year to date 23, in a month its own."""
    s = scheme(SEVERAL)
    entries = Chain(s, inputs(*HALF_YEAR)).entries(months("2016-07", "2016-09"))
    found = {pid: [(e.due, e.paid_before, e.payable) for e in entries if e.payment == pid] for pid in s.payments}
    assert found == {
        "one": [(800, 0, 800), (300, 0, 300), (500, 0, 500)],
        "same": [(400, 0, 400), (150, 0, 150), (250, 0, 250)],
        "rest": [(3000 - 1600, 0, 1400)],
        "to_date": [(4600, 1400, 3200)],
        "each": [(4500, 2100, 2400), (5400, 4500, 900), (6900, 5400, 1500)],
    }
    assert [3000] == [e.available for e in entries if e.payment == "rest"]
    assert [{"pay": 800}, {"pay": 300}, {"pay": 500}, {"half": 400}] == [dict(e.values) for e in entries[:4]]


def test_what_earlier_months_lack_is_told_once_with_what_follows_from_it() -> None:
    """Without a figure for May there is no monthly payment, and nothing that works on it: all in one list, and no payment of a part."""
    here = inputs(*(row for row in HALF_YEAR if row[2] != "2016-05"))
    with pytest.raises(InputError) as caught:
        Chain(scheme(SEVERAL), here).entries(months("2016-04", "2016-06"))
    assert [
        "A, Monthly, pay: there is no figure for n in 2016-05",
        "A, Half again, half: there is no figure for one",
        "A, Rest, pay: there is no figure for one",
        "A, All, pay: there is no figure for one",
        "A, Each, pay: there is no figure for one",
    ] == [problem.what for problem in caught.value.problems]


def test_a_payment_on_one_that_is_not_due_yet_is_refused() -> None:
    """In April no quarter has ended, so a monthly payment has nothing of a quarterly one to work on."""
    s = scheme(
        "measures: {n: {title: N, unit: number, measured: in the period}}\n"
        "payments:\n"
        "  one: {title: Q, settled: quarterly, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}\n"
        "  two: {title: M, settled: monthly, basis: the period, pays: half, steps: {half: {kind: product, of: [one, 50%]}}}\n"
    )
    with pytest.raises(InputError, match="A, M, half: there is no figure for one"):
        Chain(s, inputs(*HALF_YEAR)).entries(months("2016-04", "2016-04"))


def test_what_a_later_step_lacks_is_told_although_the_amount_is_there() -> None:
    """What could have been earned has no figure: that is refused with its reason."""
    s = scheme(
        "measures: {n: {title: N, unit: number, measured: in the period}, plan: {title: Plan, unit: number, measured: in the period}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, available: most, steps: {pay: {kind: product, of: [n, £1.00]}, most: {kind: product, of: [plan, £1.00]}}}}\n"
    )
    with pytest.raises(InputError, match="A, P, most: there is no figure for plan in 2016-04 to 2017-03"):
        Chain(s, inputs(("A", "n", "2016/17", 7))).entries(YEAR)


def settle(s: Scheme, here: Inputs, asked: range = YEAR, said: str = "2016/17") -> SchemeSettlement:
    """A contract settled."""
    return settle_scheme(s, here, asked, said)


def test_a_settlement_is_in_the_order_of_payees() -> None:
    """B, who stands first, before A, each with their payments in the contract's order; sums of all and of some; steps with their units."""
    s = scheme(
        "payees: {B: {title: B, share: 25%}, A: {title: A, share: 75%}}\n"
        "payments:\n"
        "  one: {title: One, basis: the period, pays: part, available: whole, upfront: first, steps: {whole: {kind: sum, of: [£8.00]}, first: {kind: sum, of: [£1.00]}, part: {kind: product, of: [whole, share]}}}\n"
        "  two: {title: Two, basis: the period, pays: pay, steps: {pay: {kind: sum, of: [£0.10]}}}\n"
    )
    found = settle(s, inputs(payees={"B": "B", "A": "A"}))
    assert [("B", "one"), ("B", "two"), ("A", "one"), ("A", "two")] == [(e.payee, e.payment) for e in found.entries]
    assert {"upfront": 200, "available": 1620, "earned": 620, "payable": 820, "shortfall": 1000} == found.totals()
    assert {"upfront": 100, "available": 810, "earned": 510, "payable": 610, "shortfall": 300} == found.totals(found.of("A"))
    assert {"upfront": 0, "available": 0, "earned": 0, "payable": 0, "shortfall": 0} == found.totals([])
    units = {("one", "whole"): "pence", ("one", "first"): "pence", ("one", "part"): "pence", ("two", "pay"): "pence"}
    assert (YEAR, "2016/17", units) == (found.months, found.period, found.units)


def refused(kind: type[Any], *asked: Any) -> tuple[str, str]:
    """What the one problem of a settlement says, and its hint."""
    with pytest.raises(kind) as caught:
        settle(*asked)
    (problem,) = caught.value.problems
    return problem.what, problem.hint


def test_months_in_which_nothing_falls_due_are_refused() -> None:
    """A yearly and a quarterly payment in April: the asker is told what there is, of the contract or of the one payment asked for."""
    s = scheme(SEVERAL.replace("settled: monthly", "settled: yearly"))
    nothing = "nothing is settled in 2016-04: the contract is settled yearly and quarterly", "ask for the period in which it falls"
    assert nothing == refused(UsageError, s, inputs(), months("2016-04", "2016-04"), "2016-04")
    (problem,) = nothing_settled(s, "2016-04", "rest").problems
    assert "nothing is settled in 2016-04: payment rest is settled quarterly" == problem.what


def test_a_settlement_of_nobody_is_refused() -> None:
    """Without payees in the contract and in the files there is nothing to pay."""
    hint = "name the payees in the contract or in the files"
    assert ("nobody is paid: there are no payees", hint) == refused(InputError, one_payment("yearly"), inputs())


TWO_YEARS = {"year": "", "years": "2016/17 to 2017/18"}


def test_who_has_no_figures_in_a_year_takes_no_part_in_it() -> None:
    """B has figures in the second year only: A alone is paid, and explained, in the first."""
    s, here = one_payment("yearly", **TWO_YEARS), inputs(("A", "n", "2016/17", 7), ("B", "n", "2017/18", 5))
    assert [("A", 700)] == [(e.payee, e.payable) for e in settle(s, here).entries]
    assert [] == explain_scheme(s, here, YEAR, "B", None)
    assert [700] == [told.figure.value for told in explain_scheme(s, here, YEAR, "A", None)]


def explained(s: Scheme, here: Inputs, asked: range, payment: str | None = None) -> list[Explained]:
    """A's payments as trees."""
    return explain_scheme(s, here, asked, "A", payment)


def test_a_payment_to_date_is_explained_from_what_is_due_and_what_was_paid() -> None:
    """June pays the 6 due to date less the 5 that April paid and the nothing that May did; April less nothing."""
    s = scheme(TO_DATE.replace("CLAW", "none"), settled="monthly")
    (told,) = explained(s, inputs(*FOUR_MONTHS), months("2016-06", "2016-06"))
    assert ("p", months("2016-06", "2016-06")) == (told.payment, told.months)
    payable = told.figure
    assert ("p: payable", "Fund, 2016-06", 100, "pence") == (payable.name, payable.about, payable.value, payable.unit)
    assert "due to date − paid before" == formula(payable)
    assert "t.yaml:20:11" == str(payable.at)  # where `pays` stands
    due, paid = payable.parts
    assert (600, "pence", 500, "pence") == (due.value, due.unit, paid.value, paid.unit)
    assert "pay, rounded to the penny (half-up)" == formula(due)
    assert [("payable", 500), ("payable", 0)] == [(part.name, part.value) for part in paid.parts]
    assert "-£3.00 is below £0.00" == paid.parts[1].because
    (april,) = explained(s, inputs(*FOUR_MONTHS), months("2016-04", "2016-04"))
    assert [("due to date", 500, "pence"), ("paid before", 0, "pence")] == [(f.name, f.value, f.unit) for f in april.figure.parts]


def test_what_earlier_payments_paid_is_explained_month_by_month() -> None:
    """A quarter names the months' payments one by one; in the same month there is one, and nothing to add."""
    found = {told.payment: told for told in explained(scheme(SEVERAL), inputs(*HALF_YEAR), months("2016-06", "2016-06"))}
    assert ["one", "same", "rest", "to_date", "each"] == list(found)
    assert ("Rest, 2016-04 to 2016-06", months("2016-04", "2016-06")) == (found["rest"].figure.about, found["rest"].months)
    names = named(found["rest"].figure)
    assert {"one": 700, "one, 2016-04": 100, "one, 2016-05": 200, "one, 2016-06": 400} == {
        name: figure.value for name, figure in names.items() if name.startswith("one")
    }
    assert ["same: payable", "half", "payable", "pay", "n"] == list(named(found["same"].figure))
    assert "t.yaml:14:68" == str(named(found["same"].figure)["payable"].at)  # where the first payment's `pays` stands


def test_one_payment_is_explained_alone() -> None:
    """Only the payment asked for, in each of its periods that end in the months."""
    found = explained(scheme(SEVERAL), inputs(*HALF_YEAR), months("2016-05", "2016-06"), "same")
    assert [("same", 100), ("same", 200)] == [(told.payment, told.figure.value) for told in found]


def test_an_amount_that_is_nothing_is_explained_as_money() -> None:
    """A plain `0` that a gate pays is £0.00."""
    s = scheme(
        "measures: {done: {title: D, unit: yes or no, measured: for the year}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: gate, of: £5.00, requires: {done: yes}, otherwise: 0}}}}\n"
    )
    (told,) = explained(s, inputs(("A", "done", "2016/17", 0)), YEAR)
    assert (0, "pence") == (told.figure.value, told.figure.unit)


def test_nothing_is_explained_where_something_is_missing() -> None:
    """The first payment that lacks something is refused with what is missing."""
    with pytest.raises(InputError, match="A, Monthly, pay: there is no figure for n in 2016-06"):
        explained(scheme(SEVERAL), inputs(*HALF_YEAR[:2]), months("2016-06", "2016-06"))
