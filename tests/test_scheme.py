"""What a contract with payments says: its measures, dated values, roundings and rhythms, and what contradicts itself in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from one_step import t

from p4p.files.scheme_file import scheme_of
from p4p.files.yamltext import parse
from p4p.numbers.errors import ContractError, Location
from p4p.numbers.period import parse_month
from p4p.steps.scheme import WHOLE_MONTHS, Dated, Measure, Parameter, Rounding, Scheme

HEAD = """\
p4p: 1
contract: c
title: A contract
commissioner: A commissioner
year: 2016/17
currency: GBP
paid_to: provider
settled: yearly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
"""

#: A measure of each unit.
MEASURES = (
    "spend: {title: Spend, unit: money, measured: for the year}",
    "score: {title: Score, unit: ratio, measured: for the year}",
    "size: {title: List, unit: patients, measured: for the year}",
    "visits: {title: Visits, unit: number, measured: for the year}",
    "held: {title: Whether it was held, unit: yes or no, measured: for the year}",
    "track: {title: Track, unit: word, measured: for the year}",
    "DM: {title: Diabetes, unit: counts, measured: for the year, excluded: already out}",
)
PAID = "s: {kind: sum, of: [£1.00]}"


def section(name: str, *lines: str, indent: int = 0) -> str:
    """A part of a contract: its key, and lines below it."""
    space = " " * indent
    return "".join((f"{space}{name}:\n", *(f"{space}  {line}\n" for line in lines)))


def payment(*steps: str, name: str = "fee", pays: str = "pays: s", basis: str = "basis: the period") -> str:
    """A payment of some steps, each on a line of its own."""
    return f"  {name}:\n    title: Fee\n    {basis}\n    {pays}\n" + section("steps", *steps, indent=4)


def paying(*steps: str, **said: str) -> str:
    """The one payment of a contract."""
    return "payments:\n" + payment(*(steps or (PAID,)), **said)


def on_measures(*steps: str, **said: str) -> str:
    """A contract with a measure of each unit, and one payment."""
    return HEAD + section("measures", *MEASURES) + paying(*steps, **said)


def read(text: str) -> Scheme:
    """A contract from its text."""
    return scheme_of(parse(text.encode(), "c.yaml"))


def fault(marked: str) -> tuple[str, str]:
    """The one fault of a contract, which stands where the bar does: what is wrong, what to do."""
    before, bar, after = marked.partition("|")
    assert bar
    with pytest.raises(ContractError) as e:
        read(before + after)
    (problem,) = e.value.problems
    assert Location("c.yaml", 1 + before.count("\n"), len(before) - before.rfind("\n")) == problem.at
    return problem.what, problem.hint


WHEN = "measured: in the period | year to date | at the end of the period | for the quarter | for the year; or as_at: 2023-01-01"
A_LIST = ("m: a list is counted at a date, in patients", "unit: patients, as_at: 2023-01-01")
LEAVES = "say whether those excluded leave the denominator here or are `already out` of it"


@pytest.mark.parametrize(
    ("what", "hint", "measure"),
    [
        ("m: `measured` is missing", WHEN, "|m: {title: M, unit: money}"),
        ("m: `measured` and `as_at` are both given", WHEN, "|m: {title: M, unit: money, measured: for the year, as_at: 2016-04-01}"),
        (*A_LIST, "m: {title: M, unit: patients, measured: for the year, list: |registered list}"),
        (*A_LIST, "m: {title: M, unit: money, as_at: 2016-04-01, list: |registered list}"),
        ("m: `excluded` is missing", LEAVES, "|m: {title: M, unit: counts, measured: for the year}"),
        ("m: `excluded` is for counts", LEAVES, "|m: {title: M, unit: patients, measured: for the year, excluded: already out}"),
        (
            "m: counts are of a period, not of a day",
            "measured: at the end of the period, or another of the choices",
            "m: {title: M, unit: counts, excluded: already out, as_at: |2016-04-01}",
        ),
        (
            "m: counts are given by practice",
            "leave given_for out",
            "m: {title: M, unit: counts, excluded: already out, measured: for the year, given_for: |the contract}",
        ),
    ],
)
def test_what_contradicts_itself_in_a_measure(what: str, hint: str, measure: str) -> None:
    """When it is measured, what it is counted on and who it is given for must go together."""
    assert (what, hint) == fault(HEAD + section("measures", measure) + paying())


@pytest.mark.parametrize(
    ("unit", "written", "figures"),
    [
        ("money", ", or £0.00", ("5", "70%", "nothing")),
        ("patients", ", or 0", ("£5.00", "70%", "nothing")),
        ("number", ", or 0", ("£5.00", "70%", "nothing")),
        ("ratio", ", or 0%", ("5", "£5.00", "nothing")),
        ("yes or no", ", or no", ("0", "1", "maybe")),
        ("word", ", or a word such as none_given", ("0", "5")),
        ("counts", "", ("0", "5", "nothing")),
    ],
)
def test_a_missing_figure_is_one_of_the_unit(unit: str, written: str, figures: tuple[str, ...]) -> None:
    """What a missing figure means is written as figures of the measure are; counts that are missing are not made up."""
    more = ", excluded: already out" if unit == "counts" else ""
    for figure in figures:
        measure = f"m: {{title: M, unit: {unit}, measured: for the year{more}, missing: |{figure}}}"
        what, hint = f"m: a missing figure is {figure}, which is no figure in {unit}", f"missing: refuse{written}"
        assert (what, hint) == fault(HEAD + section("measures", measure) + paying())


@pytest.mark.parametrize(
    "measure",
    [
        *MEASURES,
        "m: {title: M, unit: patients, as_at: 2016-04-01, list: registered list}",
        "m: {title: M, unit: number, as_at: 2016-04-01, list: registered list}",
        "m: {title: M, unit: money, as_at: 2016-04-01}",
        "m: {title: M, unit: money, measured: for the year, given_for: the contract}",
        "m: {title: M, unit: counts, measured: for the year, excluded: leaves the denominator, missing: refuse}",
        *(
            f"m: {{title: M, unit: {unit}, measured: for the year, missing: {figure}}}"
            for unit, figures in (
                ("money", ("refuse", "£0.00", "£5.00", "0")),
                ("patients", ("0", "5")),
                ("number", ("0", "-5")),
                ("ratio", ("0%", "0", "7/10")),
                ("yes or no", ("refuse", "yes", "no")),
                ("word", ("refuse", "none_given")),
            )
            for figure in figures
        ),
        "DM.1: {title: Counts may be called as indicators are, unit: counts, measured: for the year, excluded: already out}",
        "1: {title: And so, unit: counts, measured: for the year, excluded: already out}",
    ],
)
def test_measures_that_do_not_contradict_themselves(measure: str) -> None:
    """Nothing is said against them."""
    assert read(HEAD + section("measures", measure) + paying()).measures


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("money", "number"),  # that of money is the currency's, which a measure does not know
        ("patients", "patients"),
        ("number", "number"),
        ("ratio", "ratio"),
        ("yes or no", "number"),
        ("word", "number"),
        ("counts", "number"),
    ],
)
def test_the_unit_of_a_measures_figures(kind: Any, unit: str) -> None:
    """Patients and ratios are told as such, everything else as a number."""
    assert unit == Measure(title="M", unit=kind, measured="for the year").figure_unit


ENDS = "let each value end before the next begins"


@pytest.mark.parametrize(
    ("what", "hint", "values"),
    [
        ("two values hold on 2017-04-01: 2% and 1%", ENDS, "{2016-04-01 on: 2%, |2017-04-01 on: 1%}"),
        ("two values hold on 2017-03-31: 2% and 1%", ENDS, "{|2017-03-31 on: 1%, 2016/17: 2%}"),
        ("two values hold on 2016-10-01: 2% and 1%", ENDS, "{2016/17: 2%, |2016-10-01: 1%}"),
        (
            "the values are of different units: $, %, plain, £",
            "write all as money, all as %, or all as numbers",
            "|{2014/15: £5.00, 2015/16: $5.00, 2016/17: 2%, 2017/18: 3, 2018/19: 4, 2019/20: £6.00}",
        ),
        (
            "the values are of different units: %, plain",
            "write all as money, all as %, or all as numbers",
            "|{2014/15: 5, 2015/16: 2%}",
        ),
    ],
)
def test_what_contradicts_itself_in_a_parameter(what: str, hint: str, values: str) -> None:
    """On no day may two values hold, in whatever order they are written, and all are of one unit."""
    parameter = f"rate: {{title: R, source: S, selected_by: period, values: {values}}}"
    assert (f"rate: {what}", hint) == fault(HEAD + section("parameters", parameter) + paying())


def test_values_one_after_the_other() -> None:
    """Each holds from its first day to its last, both included, the last one for good; outside them none does."""
    year, later = (
        Dated(date(2016, 4, 1), date(2017, 3, 31), t("2%"), Location("c.yaml", 1)),
        Dated(date(2017, 5, 1), None, t("1%"), Location("c.yaml", 2)),
    )
    rate = Parameter(title="R", source="S", selected_by="period", values=(later, year))
    assert [] == rate.faults()
    assert [None, year, year, None, None, later, later] == [
        rate.on(day)
        for day in (
            date(2016, 3, 31),
            date(2016, 4, 1),
            date(2017, 3, 31),
            date(2017, 4, 1),
            date(2017, 4, 30),
            date(2017, 5, 1),
            date(2030, 1, 1),
        )
    ]


def test_units_of_rounding_and_lengths_of_periods() -> None:
    """A penny is one hundredth and a pound a hundred of them; a year has twelve months, four quarters, one year."""
    assert [1, 100] == [Rounding(to=to, mode="half-up", line="payment").size for to in ("0.01", "1")]
    assert {"monthly": 12, "quarterly": 4, "yearly": 1} == {rhythm: 12 // months for rhythm, months in WHOLE_MONTHS.items()}
    assert 12 == WHOLE_MONTHS["yearly"]


TO_DATE = "with `basis: year to date` say `claw_back: allowed` or `claw_back: none`"


@pytest.mark.parametrize(
    ("what", "hint", "said"),
    [
        ('fee: pays: there is no step "x"', "the steps are: s, cut", {"pays": "pays: |x"}),
        ('fee: pays: there is no step "cut.left"', "the steps are: s, cut", {"pays": "pays: |cut.left"}),
        ('fee: available: there is no step "x"', "the steps are: s, cut", {"pays": "pays: s\n    available: |x"}),
        ('fee: upfront: there is no step "x"', "the steps are: s, cut", {"pays": "pays: s\n    upfront: |x"}),
        ("fee: `claw_back` is missing", TO_DATE, {"name": "|fee", "basis": "basis: year to date"}),
        ("fee: `claw_back` is for payments to date", TO_DATE, {"name": "|fee", "pays": "pays: s\n    claw_back: none"}),
    ],
)
def test_what_contradicts_itself_in_a_payment(what: str, hint: str, said: dict[str, str]) -> None:
    """What is paid, available and paid up front are steps of the payment or their outcomes; only payments to date take back."""
    steps = PAID, "cut: {kind: deduction, of: s, each: 25%, times: 1}"
    assert (what, hint) == fault(HEAD + paying(*steps, **said))


@pytest.mark.parametrize(
    "said",
    [
        {"pays": "pays: cut.deducted\n    available: s\n    upfront: cut"},
        {"basis": "basis: year to date\n    claw_back: allowed"},
        {"basis": "basis: year to date\n    claw_back: none"},
    ],
)
def test_payments_that_do_not_contradict_themselves(said: dict[str, str]) -> None:
    """An outcome of a step is paid like a step; a payment to date says whether it takes back."""
    made = read(HEAD + paying(PAID, "cut: {kind: deduction, of: s, each: 25%, times: 1}", **said))
    assert {"s", "cut", "cut.deducted"} == made.payments["fee"].names()


OTHER_NAME = ("is a word of the language", "give it another name")
NO_NAME = ("is no name that a step can work on", "a name begins with a letter and has no point")
A_MEASURE, A_VALUE = "{title: M, unit: money, measured: for the year}", "{title: P, source: S, selected_by: period, values: {2016/17: 2%}}"


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [(word, *OTHER_NAME) for word in ("refuse", "none", "yes", "no")] + [(word, *NO_NAME) for word in ("1st", "a.b", "2_")],
)
def test_names_that_a_step_cannot_work_on(name: str, what: str, hint: str) -> None:
    """Measures, parameters, payments and steps are called neither like a number or an outcome nor like a word of the language."""
    for text in (
        HEAD + section("measures", f"|{name}: {A_MEASURE}") + paying(),
        HEAD + section("parameters", f"|{name}: {A_VALUE}") + paying(),
        HEAD + paying(name=f"|{name}"),
        HEAD + paying(f"|{name}: {PAID.removeprefix('s: ')}", PAID),
    ):
        assert (f'"{name}" {what}', hint) == fault(text)


CODES = "letters, digits, spaces and . _ & - name a payee; `contract` is the contract itself"


@pytest.mark.parametrize("code", ["contract", "A/B", "-A", "A" * 41, "Ä"])
def test_codes_that_no_file_can_name(code: str) -> None:
    """A payee is named by up to 40 letters, digits, spaces and some marks; the contract itself is no payee."""
    shown = "<U+00C4>" if code == "Ä" else code
    assert (f'"{shown}" is not the code of a payee', CODES) == fault(HEAD + section("payees", f"|{code}: {{title: A}}") + paying())


UNITS = "write all as money, all as %, or all as numbers"


@pytest.mark.parametrize(
    ("what", "hint", "payees"),
    [
        ("payee B has no `share`", "give every payee the same figures", ("A: {share: 60%}", "|B: {title: B}")),
        ("payee A has no `share`", "give every payee the same figures", ("|A: {title: A}", "B: {share: 60%}")),
        (
            "payee B has no `floor`",
            "give every payee the same figures",
            ("A: {share: 60%, rate: £1.00, floor: 5}", "|B: {share: 60%}"),
        ),
        ("40 is of another unit than 60%, the first payee's `share`", UNITS, ("A: {share: 60%}", "B: {share: |40}")),
        ("£4.00 is of another unit than 6, the first payee's `rate`", UNITS, ("A: {rate: 6}", "B: {rate: 0}", "C: {rate: |£4.00}")),
        (  # nothing is nothing in every unit, but the two others are not of one
            "£4.00 is of another unit than 60%, the first payee's `rate`",
            UNITS,
            ("A: {rate: 0}", "B: {rate: 60%}", "C: {rate: |£4.00}"),
        ),
    ],
)
def test_what_contradicts_itself_among_payees(what: str, hint: str, payees: tuple[str, ...]) -> None:
    """What one payee has all have, and in one unit."""
    assert (what, hint) == fault(HEAD + section("payees", *payees) + paying())


@pytest.mark.parametrize(
    "payees",
    [
        ("A & B-1._x: {title: A}", "contracts: {title: B}", f"{'A' * 40}: {{title: C}}"),
        ("A: {share: 60%, rate: £1.00}", "B: {rate: £2.00, share: 40%}"),
        ("A: {share: 0}", "B: {share: 60%}"),
        ("A: {share: £1.00}", "B: {share: 0%}", "C: {share: £2.00}"),
    ],
)
def test_payees_that_do_not_contradict_themselves(payees: tuple[str, ...]) -> None:
    """Codes of every kind, figures in any order, and nothing in any unit."""
    assert len(payees) == len(read(HEAD + section("payees", *payees) + paying()).payees or {})


MONTHLY = HEAD.replace("settled: yearly", "settled: monthly")
TWELFTHS, QUARTERS = "s: {kind: instalment, of: £12.00, equal: monthly}", "s: {kind: instalment, of: £12.00, equal: quarterly}"
CUT = ("s is cut by quarters, and the payment is made monthly", "say `equal: monthly`, or `settled: quarterly`")


@pytest.mark.parametrize(
    ("what", "hint", "text"),
    [
        (
            "s is the period's part of a year, and the payment is one of the year to date: what was paid would come off twice",
            "say `basis: the period`, or pay the whole amount that is due to date",
            HEAD + paying(f"|{TWELFTHS}", basis="basis: year to date\n    claw_back: none"),
        ),
        (*CUT, MONTHLY + paying(f"|{QUARTERS}")),
        (*CUT, HEAD + paying(f"|{QUARTERS}", basis="basis: the period\n    settled: monthly")),
        (*CUT, MONTHLY + paying("|s: {kind: instalment, of: £12.00, parts: {Q1: 10%, Q2: 20%, Q3: 30%, Q4: 40%}}")),
    ],
)
def test_instalments_that_would_not_add_up(what: str, hint: str, text: str) -> None:
    """Quarters are not cut into months, and a payment of the year to date has no instalments."""
    assert (what, hint) == fault(text)


@pytest.mark.parametrize(
    "text",
    [
        MONTHLY + paying(TWELFTHS),
        MONTHLY + paying(QUARTERS, basis="basis: the period\n    settled: quarterly"),
        HEAD + paying(QUARTERS),
        MONTHLY + paying(basis="basis: year to date\n    claw_back: none"),
    ],
)
def test_instalments_that_add_up(text: str) -> None:
    """Twelfths by months, quarters by quarters, or the year at once."""
    assert read(text).payments["fee"]


RATE = "rate: {title: R, source: S, selected_by: payment, values: {2016-04-01 on: 2%}}"
FIXED = "fixed: {title: F, source: S, selected_by: period, values: {2016-04-01 on: 2%}}"


@pytest.mark.parametrize(
    ("what", "hint", "text"),
    [
        ('the contract: "nine months" is not a number of months', "paid_after: 9 months; at most 99", "paid_after: |nine months\n"),
        ('the contract: "100 months" is not a number of months', "paid_after: 9 months; at most 99", "paid_after: |100 months\n"),
        (
            "the contract: `paid_after` is missing",
            "a parameter is selected by payment: say when that is, such as paid_after: 9 months",
            section("parameters", RATE, FIXED),
        ),
    ],
)
def test_when_a_payment_is_made(what: str, hint: str, text: str) -> None:
    """It is a number of months after the period, and is said where a value is selected by it."""
    assert (what, hint) == fault(("" if "|" in text else "|") + HEAD + text + paying())


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (0, ""),
        (0, section("parameters", FIXED)),
        (1, "paid_after: 1 month\n"),
        (12, f"paid_after: 12 months\n{section('parameters', RATE)}"),
    ],
)
def test_the_months_to_the_payment(months: int, text: str) -> None:
    """As many as are said, else none."""
    assert months == read(HEAD + text + paying()).months_to_payment


DOLLARS = HEAD.replace("currency: GBP", "currency: USD")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("$1.00", "GBP: write £64.00", HEAD + paying("s: {kind: sum, of: [|$1.00]}")),
        ("£1.00", "USD: write $64.00", DOLLARS + paying("s: {kind: sum, of: [|£1.00]}")),
        ("$5", "GBP: write £64.00", HEAD + section("payees", "A: {rate: |$5}") + paying()),
        (
            "$0.00",
            "GBP: write £64.00",
            HEAD + section("measures", "m: {title: M, unit: money, measured: for the year, missing: |$0.00}") + paying(),
        ),
    ],
)
def test_amounts_in_another_currency(amount: str, currency: str, text: str) -> None:
    """Wherever it stands, an amount is in the contract's currency."""
    assert (f"{amount} is not in the contract's currency", f"the currency is {currency}") == fault(text)


def test_a_value_in_another_currency() -> None:
    """A parameter's values are in the contract's currency too: they stand where their number does."""
    parameter = "rate: {title: R, source: S, selected_by: period, values: {2016/17: |$2.00}}"
    found = fault(HEAD + section("parameters", parameter) + paying())
    assert ("$2.00 is not in the contract's currency", "the currency is GBP: write £64.00") == found


def test_what_a_contract_says_of_its_currency_counts_and_rhythm() -> None:
    """Pounds are counted in pence and dollars in cents; counts are measures; a payment has its own rhythm or the contract's."""
    pounds, dollars = (
        read(on_measures()),
        read(DOLLARS + paying("s: {kind: sum, of: [$1.00]}", basis="basis: the period\n    settled: monthly")),
    )
    assert (("pence", "£"), ("cents", "$")) == ((pounds.money, pounds.mark), (dollars.money, dollars.mark))
    assert (["DM"], {}) == (list(pounds.counts), dollars.counts)
    assert ("yearly", "monthly") == (pounds.rhythm(pounds.payments["fee"]), dollars.rhythm(dollars.payments["fee"]))


def test_the_first_month_of_a_year() -> None:
    """April in one calendar, January in the other, whichever of the contract's years it is."""
    april = read(HEAD + paying())
    january = read(HEAD.replace("year: 2016/17", "years: 2016 to 2018\ncalendar: January to December") + paying())
    months = ("2016-04", "2016-12", "2017-03", "2017-04")
    assert ["2016-04", "2016-04", "2016-04", "2017-04"] == [_month(april.year_start(parse_month(m))) for m in months]
    assert ["2016-01", "2016-01", "2017-01", "2017-01"] == [_month(january.year_start(parse_month(m))) for m in months]


def _month(month: int) -> str:
    """A month as it is written."""
    return f"{month // 12}-{month % 12 + 1:02d}"


OWN_NAME = "give it a name of its own"


@pytest.mark.parametrize(
    ("what", "hint", "text"),
    [
        (
            '"m" is a measure and a parameter',
            "give one of them another name",
            section("measures", f"|m: {A_MEASURE}") + section("parameters", f"m: {A_VALUE}") + paying(),
        ),
        (
            'step "m" is called like a measure',
            OWN_NAME,
            section("measures", f"m: {A_MEASURE}") + paying("|m: {kind: sum, of: [£1.00]}", PAID),
        ),
        (
            'step "m" is called like a parameter',
            OWN_NAME,
            section("parameters", f"m: {A_VALUE}") + paying("|m: {kind: sum, of: [£1.00]}", PAID),
        ),
        (
            'step "m" is called like a figure of the payees',
            OWN_NAME,
            section("payees", "A: {m: 60%}") + paying("|m: {kind: sum, of: [£1.00]}", PAID),
        ),
        ('step "fee" is called like a payment', OWN_NAME, paying("|fee: {kind: sum, of: [£1.00]}", PAID)),
        ('step "late" is called like a payment', OWN_NAME, paying("|late: {kind: sum, of: [£1.00]}", PAID) + payment(PAID, name="late")),
    ],
)
def test_names_given_twice(what: str, hint: str, text: str) -> None:
    """Every name stands for one thing."""
    assert (what, hint) == fault(HEAD + text)


MOVE = "steps work on what stands before them: move one of the two"
OWN = "name a measure, or an earlier step that does not depend on it"
GATED = "test a measure, or a step that is not made of what the gate lets through"


@pytest.mark.parametrize(
    ("what", "hint", "steps"),
    [
        ('step "s" works on its own result', OWN, ("s: {kind: sum, of: [£1.00, |s]}",)),
        ('step "s" works on its own result', OWN, ("s: {kind: deduction, of: £1.00, each: 25%, times: |s.deducted}",)),
        ('gate "s" tests its own reward', OWN, ("s: {kind: gate, of: £1.00, requires: {s: |at least £1.00}, otherwise: £0.00}",)),
        ('step "s" works on "later", which stands after it', MOVE, ("s: {kind: sum, of: [|later]}", "later: {kind: sum, of: [£1.00]}")),
        ('step "s" works on "later", which stands after it', MOVE, ("s: {kind: sum, of: [|later]}", "later: {kind: sum, of: [s]}")),
        (
            'step "s" works on "later.deducted", which stands after it',
            MOVE,
            ("s: {kind: sum, of: [|later.deducted]}", "later: {kind: deduction, of: £1.00, each: 25%, times: 1}"),
        ),
        (
            'step "s" works on "later", which stands after it',
            MOVE,
            ("s: {kind: gate, of: £1.00, requires: {later: |at least £1.00}, otherwise: £0.00}", "later: {kind: sum, of: [spend]}"),
        ),
        (
            'gate "s" tests its own reward: "later" is made of it',
            GATED,
            ("s: {kind: gate, of: £1.00, requires: {later: |at least £1.00}, otherwise: £0.00}", "later: {kind: sum, of: [s]}"),
        ),
        (
            'gate "s" tests its own reward: "later" is made of it',
            GATED,
            (
                "s: {kind: gate, of: £1.00, requires: {later.deducted: |at least £1.00}, otherwise: £0.00}",
                "later: {kind: deduction, of: s, each: 25%, times: 1}",
            ),
        ),
        ('nothing is called "spent" here', 'did you mean "spend"?', ("s: {kind: sum, of: [|spent]}",)),
        (
            'nothing is called "before.left" here',
            'did you mean "before"?',
            ("before: {kind: sum, of: [spend]}", "s: {kind: sum, of: [|before.left]}"),
        ),
        (
            'nothing is called "cut.deduct" here',
            'did you mean "cut.deducted"?',
            ("cut: {kind: deduction, of: spend, each: 25%, times: 1}", "s: {kind: sum, of: [spend, |cut.deduct]}"),
        ),
        (
            'nothing is called "qqq" here',
            "known here: spend, score, size, visits, held, track, DM, one, cut, cut.deducted",
            ("one: {kind: sum, of: [spend]}", "cut: {kind: deduction, of: one, each: 25%, times: 1}", "s: {kind: sum, of: [|qqq]}"),
        ),
    ],
)
def test_names_of_nothing_that_stands_before(what: str, hint: str, steps: tuple[str, ...]) -> None:
    """A step works on measures and on what stands before it; what is known is told in the order of the contract."""
    assert (what, hint) == fault(on_measures(*steps))


def test_a_payment_works_on_earlier_payments() -> None:
    """It may name one by its id, none of that one's steps, and no later payment."""
    after = payment("r: {kind: sum, of: [fee]}", name="late", pays="pays: r")
    assert read(HEAD + paying() + after)
    late = payment("r: {kind: sum, of: [£1.00]}", name="late", pays="pays: r")
    assert ('nothing is called "late" here', "") == fault(HEAD + paying("s: {kind: sum, of: [£1.00, |late]}") + late)
    assert ('nothing is called "s" here', "known here: fee") == fault(HEAD + paying() + after.replace("[fee]", "[|s]"))


NO_COUNTS = "declare it under measures with unit: counts"
NO_NUMBER = "look it up ({kind: lookup}), or test it: is track_1"
WORKED = "work on its achievement: {kind: achievement, of: DM, empty: refuse}"
ROWS, WORDS = "and rows are words", "use bands or a gate, or a word measure"
A_WORD, COUNTS = ('"track" is a word, not a number', NO_NUMBER), ('"DM" is counts of an indicator, not a number', WORKED)
LINEAR = "curve: {kind: linear, lower: 10%, upper: 20%}"


def points(indicator: str = LINEAR, iid: str = "DM", points: str = "17", value: str = "£1.00", empty: str = "0%", more: str = "") -> str:
    """A step of points with one indicator."""
    inner = f"{iid}: {{title: I, points: {points}, {indicator}}}"
    return f"s: {{kind: points, point_value: {value}, rounded: not at all, empty: {empty}, indicators: {{{inner}}}{more}}}"


def gate(test: str) -> str:
    """A gate with one test."""
    return f"s: {{kind: gate, of: £1.00, requires: {{{test}}}, otherwise: £0.00}}"


@pytest.mark.parametrize(
    ("what", "hint", "step"),
    [
        ('"score" is not a measure of counts', NO_COUNTS, "r: {kind: achievement, of: |score, empty: refuse}"),
        (*A_WORD, "r: {kind: achievement, of: DM, empty: |track}"),
        (*COUNTS, "r: {kind: achievement, of: DM, empty: |DM}"),
        ('"CHD" is not a measure of counts', NO_COUNTS, points(iid="|CHD")),
        ('"score" is not a measure of counts', NO_COUNTS, points(f"counts: score, {LINEAR}", "|DM")),
        (*A_WORD, points(points="|track")),
        (*COUNTS, points(points="|DM")),
        (*A_WORD, points(value="|track")),
        (*A_WORD, points(more=", factors: [|track]")),
        (*COUNTS, points(f"factors: [|DM], {LINEAR}")),
        (*A_WORD, points(empty="|track")),
        (*A_WORD, points("done: |track")),
        (*COUNTS, points("done: |DM")),
        (*A_WORD, points("done: held, ruling: {does: set to, points: |track, reason: R, decided: 2016-04-01}")),
        (*A_WORD, "r: {kind: product, of: [£1.00, |track]}"),
        (*COUNTS, "r: {kind: product, of: [£1.00, |DM]}"),
        (*A_WORD, "r: {kind: lookup, by: [track], rows: {red: |track}, otherwise: 0%}"),
        (*COUNTS, "r: {kind: lookup, by: [track], rows: {red: 5%}, otherwise: |DM}"),
        (*COUNTS, "r: {kind: lookup, by: [|DM], rows: {red: 5%}, otherwise: 0%}"),
        (f'"score" is given in ratio, {ROWS}', WORDS, "r: {kind: lookup, by: [track, |score], rows: {red 70%: 5%}, otherwise: 0%}"),
        (f'"held" is given in yes or no, {ROWS}', WORDS, "r: {kind: lookup, by: [|held], rows: {yes: 5%}, otherwise: 0%}"),
        (f'"spend" is given in money, {ROWS}', WORDS, "r: {kind: lookup, by: [|spend], rows: {red: 5%}, otherwise: 0%}"),
        (*A_WORD, gate("track: |at least 70%")),
        (*A_WORD, gate("score: |at least track")),
        ('"score" is given in ratio, and red is a word', "test it by a number: at least 70%", gate("score: |is red")),
        ('"size" is given in patients, and yes is a word', "test it by a number: at least 70%", gate("size: |yes")),
        ("spend is money, and 1000 is not", "write an amount with its mark, such as £1000", gate("spend: |at least 1000")),
        ("spend is money, and 1,000 is not", "write an amount with its mark, such as £1,000", gate('spend: |"at least 1,000"')),
        ("spend is money, and 70 % is not", "write an amount with its mark, such as £70", gate("spend: |at least 70 %")),
        ("spend is money, and 7/10 is not", "write an amount with its mark, such as £64.00", gate("spend: |at least 7/10")),
        ("spend is money, and -5 is not", "write an amount with its mark, such as £64.00", gate("spend: |above -5")),
    ],
)
def test_measures_put_to_a_use_that_is_not_theirs(what: str, hint: str, step: str) -> None:
    """A word or a count is no number, only counts have an achievement, and money is compared with money: all is told when the contract is read."""
    assert (what, hint) == fault(on_measures(step, *([] if step.startswith("s:") else [PAID])))


def test_dollars_are_compared_with_dollars() -> None:
    """The amount to be written bears the mark of the contract's currency."""
    text = DOLLARS + section("measures", *MEASURES) + paying(gate("spend: |at least 1000").replace("£", "$"))
    assert ("spend is money, and 1000 is not", "write an amount with its mark, such as $1000") == fault(text)
    assert read(text.replace("|at least 1000", "at least $1000"))


@pytest.mark.parametrize(
    "step",
    [
        "r: {kind: achievement, of: DM, empty: refuse}",
        points(),
        points(f"counts: DM, {LINEAR}", "CHD", more=", factors: [score]"),
        points("done: held", "CHD", empty="refuse"),
        points("done: held, ruling: {does: set to, points: visits, reason: R, decided: 2016-04-01}", "CHD"),
        "r: {kind: lookup, by: [track], rows: {red: £5.00, green: spend}, otherwise: refuse}",
        "r: {kind: lookup, by: [track, size], rows: {red 3: 5%}, otherwise: refuse}",
        "r: {kind: gain_share, of: spend, gains: 50%, losses: none}",
        gate("track: is red"),
        gate("track: is not red"),
        gate("held: yes"),
        gate("score: at least 70%"),
        gate("visits: above 5"),
        gate("spend: at least £1000"),
        gate("spend: above 0"),
        gate("spend: above 0%"),
        gate("spend: at most spend"),
    ],
)
def test_measures_put_to_their_use(step: str) -> None:
    """Nothing is said against them; nothing needs no mark."""
    assert read(on_measures(step, *([] if step.startswith("s:") else [PAID])))


def test_a_step_is_tested_by_yes() -> None:
    """What is no measure may be a yes or no."""
    assert read(on_measures("both: {kind: product, of: [held, held]}", gate("both: yes")))


POT = "s: {kind: part_of_pot, pot: £100.00, by: %s}"


@pytest.mark.parametrize(
    ("what", "hint", "payees"),
    [
        (
            "the payees' shares of the pot add to 90%, not 100%",
            "change one of them; together they are the whole",
            ("A: {share: 60%}", "B: {share: 30%}", "C: {share: 0%}"),
        ),
    ],
)
def test_shares_of_a_pot_make_a_whole(what: str, hint: str, payees: tuple[str, ...]) -> None:
    """The payees' shares of a pot are the whole of it."""
    assert (what, hint) == fault(HEAD + section("payees", *payees) + paying(POT % "|share"))


@pytest.mark.parametrize(
    "text",
    [
        section("payees", "A: {share: 60%}", "B: {share: 40%}", "C: {share: 0%}") + paying(POT % "share"),
        section("payees", "A: {weight: 6}", "B: {weight: 3}") + paying(POT % "weight"),
        section("payees", "A: {share: 60%}", "B: {share: 30%}") + paying("s: {kind: product, of: [£100.00, share]}"),
        section("payees", "A: {share: 60%}", "B: {share: 30%}") + section("measures", *MEASURES) + paying(POT % "size"),
        section("payees", "A: {share: 60%}", "B: {share: 0}") + paying(POT % "share"),
        section("measures", *MEASURES) + paying(POT % "size"),
    ],
)
def test_parts_of_a_pot_that_need_not_make_a_whole(text: str) -> None:
    """Weights that are no shares, shares of something else, and measures are not added up."""
    assert read(HEAD + text)
