"""Schemes: chains of steps settled, explained, compared; figures by period; payments to date; many payees at once."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from fractions import Fraction as F
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from whatif_cases import quarter, tower_hamlets

from p4p.commands.telling import explanation, scheme_in, settlement, whatif
from p4p.counts.measures import Given, Measures
from p4p.files import yamltext
from p4p.files.folder import Files, files_of
from p4p.files.scheme_file import scheme_of
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.files.yamltext import parse, read
from p4p.numbers.errors import ContractError, InputError, Location, UsageError
from p4p.numbers.exact import Figure
from p4p.numbers.period import parse_period
from p4p.proving.scheme_proofs import scheme_proofs
from p4p.screens.whatif_tables import whatif_json
from p4p.settling import runs
from p4p.settling.chain import Chain, explain_scheme, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.kinds import manual
from p4p.steps.scheme import Scheme
from p4p.whatif.scenario_file import Wanted, scenarios
from p4p.whatif.scheme_whatif import compare_schemes, values_of
from p4p.whatif.whatif import compare

DOCS = Path(__file__).parents[1] / "docs"

HEAD = """p4p: 1
contract: t
title: T
commissioner: C
year: 2016/17
currency: GBP
paid_to: provider
settled: {settled}
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
"""

TO_DATE = """
measures:
  plan: {title: Planned reduction, unit: number, measured: year to date}
  actual: {title: Actual reduction, unit: number, measured: year to date}
payments:
  fund:
    title: Fund
    basis: year to date
    claw_back: CLAW
    pays: pay
    steps:
      counted: {kind: limits, of: actual, most: plan}
      pay: {kind: product, of: [£1490.00, counted]}
"""


def scheme(text: str, settled: str = "quarterly") -> Scheme:
    return scheme_of(parse((HEAD.format(settled=settled) + text).encode(), "t.yaml"))


def figures(*rows: tuple[str, str, str, Any]) -> Measures:
    made = []
    for n, (payee, measure, period, value) in enumerate(rows, 2):
        first, months, day = parse_period(period, 4)
        made.append(Given(payee, measure, first, months, value if isinstance(value, str) else F(value), day, period, Location("m.csv", n)))
    return Measures.of(made)


def paid(s: Scheme, measures: Measures, quarter: str) -> dict[str, int]:
    months, period = months_asked(s, quarter, None, None)
    return {e.payee: e.payable for e in settle_scheme(s, Inputs(measures, {p: p for p in measures.payees}), months, period).entries}


def reductions(actual: list[int]) -> Measures:
    plan = [100, 90, 90, 80]
    return figures(*((("A", name, f"2016/17 Q{q}", x) for name, xs in (("plan", plan), ("actual", actual)) for q, x in enumerate(xs, 1))))


def test_the_page_about_schemes_holds() -> None:
    """The contract shown on the page is sound, and its worked example holds."""
    text = re.search(r"```yaml\n(.*?)```", (DOCS / "schemes.md").read_text("utf-8"), re.DOTALL)
    assert text
    (proof,) = scheme_proofs(scheme_of(parse(text[1].encode(), "docs/schemes.md")))
    assert [] == [p.what for p in proof.problems]
    assert proof.stated == 4


def test_payments_to_date_less_what_was_paid() -> None:
    """Four quarters measured cumulatively and capped at plan, as the published case works them."""
    s = scheme(TO_DATE.replace("CLAW", "none"))
    measures = reductions([120, 40, 110, 60])
    # to date: plan 100 190 280 360, actual 120 160 270 330; capped 100 160 270 330; times 1,490
    assert [paid(s, measures, f"Q{q}")["A"] for q in (1, 2, 3, 4)] == [14_900_000, 8_940_000, 16_390_000, 8_940_000]


def test_nothing_is_taken_back_unless_the_contract_says_so() -> None:
    """A quarter that falls behind pays nothing without claw-back, and takes back with it; the year ends alike where it ends higher."""
    measures = reductions([50, -30, 40, 0])  # to date 50, 20, 60, 60
    kept, taken = (scheme(TO_DATE.replace("CLAW", word)) for word in ("none", "allowed"))
    # without: 50 x 1,490, nothing, then 60 x 1,490 less what was paid; with: -30 x 1,490 in the second
    assert [paid(kept, measures, f"Q{q}")["A"] for q in (1, 2, 3, 4)] == [7_450_000, 0, 1_490_000, 0]
    assert [paid(taken, measures, f"Q{q}")["A"] for q in (1, 2, 3, 4)] == [7_450_000, -4_470_000, 5_960_000, 0]


def test_instalments_round_half_a_penny_away_from_zero() -> None:
    """A year of -10p by quarters: -2.5p, -5p, -7.5p and -10p to date are -3, -5, -8 and -10, so the quarters are -3, -2, -3, -2; the manual page says so."""
    s = scheme(
        "payees: {A: {title: A}}\npayments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: instalment, of: -£0.10, equal: quarterly}}}}\n"
    )
    assert [-3, -2, -3, -2] == [
        settle_scheme(s, Inputs(Measures(), {"A": "A"}), *months_asked(s, f"Q{q}", None, None)).entries[0].payable for q in (1, 2, 3, 4)
    ]
    (page,) = (page for page in manual() if page.kind == "instalment")
    assert "half a penny away from zero" in page.text


def test_a_year_is_its_quarters() -> None:
    """Asked for the year, a contract settled by quarter pays its four quarters."""
    s = scheme(TO_DATE.replace("CLAW", "none"))
    months, period = months_asked(s, None, True, None)
    settlement = settle_scheme(s, Inputs(reductions([120, 40, 110, 60]), {"A": "A"}), months, period)
    assert len(settlement.entries) == 4
    assert settlement.totals()["payable"] == 330 * 149_000


def test_months_fill_a_quarter_or_are_missing() -> None:
    """A quarter's figure may come as its three months; two of them are not a quarter."""
    s = scheme(
        "measures: {spent: {title: Spent, unit: money, measured: in the period}}\npayments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: sum, of: [spent]}}}}\n"
    )
    whole = figures(*(("A", "spent", month, 100) for month in ("2016-04", "2016-05", "2016-06")))
    assert paid(s, whole, "Q1") == {"A": 300}
    with pytest.raises(InputError, match="spent is given for part of 2016-04 to 2016-06 only"):
        paid(s, figures(("A", "spent", "2016-04", 100), ("A", "spent", "2016-05", 100)), "Q1")


def test_a_figure_is_not_counted_twice() -> None:
    """A quarter given whole and also by month is refused, with both places."""
    with pytest.raises(InputError, match=r"m.csv:3.*is given already, by m.csv:2 \(2016/17 Q1\)"):
        figures(("A", "spent", "2016/17 Q1", 1), ("A", "spent", "2016-05", 1))


def test_a_parameter_outside_its_dates_is_an_error() -> None:
    """The nearest value is never taken."""
    s = scheme(
        "parameters: {point: {title: Value of a point, source: S, selected_by: period, values: {2015/16: £160.15}}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [point, 2]}}}}\npayees: {A: {title: A}}\n"
    )
    months, period = months_asked(s, "Q1", None, None)
    with pytest.raises(InputError, match="point has no value on 2016-06-30: the contract gives it for 2015-04-01 to 2016-03-31"):
        settle_scheme(s, Inputs(Measures(), {"A": "A"}), months, period)


def test_the_day_of_payment_selects_a_parameter() -> None:
    """A withhold that follows the day of payment changes with it, not with the period."""
    s = scheme(
        "paid_after: 4 months\n"
        "parameters: {kept: {title: Kept back, source: S, selected_by: payment, values: {2016-04-01 to 2016-12-31: 2%, 2017-01-01 on: 0%}}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: withhold, of: £100.00, rate: kept}}}}\npayees: {A: {title: A}}\n"
    )
    found = [
        settle_scheme(s, Inputs(Measures(), {"A": "A"}), *months_asked(s, f"Q{q}", None, None)).entries[0].payable for q in (1, 2, 3, 4)
    ]
    # Q1 ends in June and is paid in October; Q2 in January
    assert found == [9_800, 10_000, 10_000, 10_000]


def test_the_explanation_names_contract_and_file() -> None:
    """A payment opens down to the contract's line and the row of the file."""
    s = scheme(TO_DATE.replace("CLAW", "none"))
    months, _ = months_asked(s, "Q1", None, None)
    (told,) = explain_scheme(s, Inputs(reductions([120, 40, 110, 60]), {"A": "A"}), months, "A", None)
    figure = told.figure
    assert figure.value == 14_900_000
    seen, stack = {}, [figure]
    while stack:
        f = stack.pop()
        seen[f.name] = f
        stack += [*f.parts, *f.deciders]
    assert seen["plan"].evidence == ("m.csv:2, A 2016/17 Q1",)
    assert seen["counted"].at and seen["counted"].at.line == 22


POINTS = """
measures:
  DM: {title: Counts, unit: counts, measured: for the year, excluded: leaves the denominator}
  size: {title: List, unit: patients, measured: for the year}
payments:
  qof:
    title: QOF
    basis: the period
    pays: points
    available: points.available
    steps:
      index: {kind: ratio, of: size, to: 9962, if_zero: refuse}
      points:
        kind: points
        point_value: £220.62
        factors: [index]
        rounded: ROUNDED
        empty: EMPTY
        indicators: {DM: {title: Counts, points: 17, curve: {kind: linear, lower: LOWER, upper: 75%, direction: DIRECTION}}}
"""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 50), st.integers(1, 40_000)), min_size=1, max_size=12),
    st.sampled_from(["0.01", "not at all"]),
    st.sampled_from(["0%", "100%", "1/3"]),
    st.sampled_from(["35%", "1/3"]),
    st.sampled_from(["higher is better", "lower is better"]),
)
def test_many_payees_at_once_are_paid_as_one_by_one(
    rows: list[tuple[int, int, int, int]], rounding: str, empty: str, lower: str, direction: str
) -> None:
    """On columns and on fractions, points and pence are the same."""
    text = POINTS.replace("ROUNDED", rounding).replace("EMPTY", empty).replace("LOWER", lower).replace("DIRECTION", direction)
    s = scheme(text, "yearly")
    counts = {f"P{i}": (min(n, d - min(e, d)), d, min(e, d)) for i, (n, d, e, _) in enumerate(rows)}
    measures = figures(*((f"P{i}", "size", "2016/17", size) for i, (*_, size) in enumerate(rows)))
    inputs = Inputs(measures, {p: p for p in sorted(counts)}, lambda payee, measure, months: counts[payee])
    months = s.years[0].months
    found = []
    before = runs.MANY
    for many in (1, 10**9):
        runs.MANY = many
        try:
            found.append(
                [
                    (e.payee, e.payable, e.available, dict(e.values), [(x.points, x.achievement) for x in e.lines])
                    for e in Chain(s, inputs).entries(months)
                ]
            )
        finally:
            runs.MANY = before
    assert found[0] == found[1]


def test_the_share_of_an_empty_indicator_is_each_payees_own() -> None:
    """With nobody to count A keeps nothing and B the whole: 17 points x 220.62 x 9,962 / 9,962 = 3,750.54, on columns as one by one."""
    text = POINTS.replace("ROUNDED", "not at all").replace("EMPTY", "keep").replace("LOWER", "35%").replace("DIRECTION", "higher is better")
    s = scheme(text.replace("  size:", "  keep: {title: What is kept, unit: ratio, measured: for the year}\n  size:"), "yearly")
    own = {"A": F(0), "B": F(1)}
    measures = figures(*((p, name, "2016/17", x) for p, keep in own.items() for name, x in (("keep", keep), ("size", 9962))))
    inputs = Inputs(measures, {p: p for p in own}, lambda payee, measure, months: (0, 0, 0))
    before = runs.MANY
    for many in (1, 10**9):
        runs.MANY = many
        try:
            assert {"A": 0, "B": 375_054} == {e.payee: e.payable for e in Chain(s, inputs).entries(s.years[0].months)}
        finally:
            runs.MANY = before


def test_the_lines_of_two_points_steps_are_told_apart() -> None:
    """A payment with two steps of points names the step of each line, on columns, on fractions, and where one of them falls back on fractions."""
    head, _, last = (
        POINTS.replace("EMPTY", "0%").replace("LOWER", "35%").replace("DIRECTION", "higher is better").partition("      points:\n")
    )
    first = last.replace("ROUNDED", "not at all").replace(
        "curve: {", "ruling: {does: not below, points: 1, reason: R, decided: 2016-04-01}, curve: {"
    )
    s = scheme(head + "      first:\n" + first + "      points:\n" + last.replace("ROUNDED", "0.01"), "yearly")
    inputs = Inputs(figures(("A", "size", "2016/17", 9962)), {"A": "A"}, lambda payee, measure, months: (75, 100, 0))
    before = runs.MANY
    for many in (1, 10**9):
        runs.MANY = many
        try:
            (entry,) = Chain(s, inputs).entries(s.years[0].months)
            assert [("first", "DM"), ("points", "DM")] == [(line.step, line.indicator) for line in entry.lines]
        finally:
            runs.MANY = before


def test_what_if_settles_other_terms_beside_the_contract(tmp_path: Path) -> None:
    """A share raised from 50% to 60%, and spend 2% lower: worked by hand."""
    (tmp_path / "c.yaml").write_text(
        HEAD.format(settled="yearly")
        + "measures: {base: {title: B, unit: money, measured: for the year}, spent: {title: S, unit: money, measured: for the year}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {saving: {kind: sum, of: [base], less: [spent]}, pay: {kind: gain_share, of: saving, gains: 50%, losses: none}}}}\n",
        "utf-8",
    )
    (tmp_path / "m.csv").write_text("payee,measure,period,value\nA,base,2016/17,1000.00\nA,spent,2016/17,900.00\n", "utf-8")
    files = Files(str(tmp_path / "c.yaml"), (str(tmp_path / "m.csv"),), None, ())
    document = read(files.contract)
    whole = (document, scheme_of(document), files)
    found = compare_schemes(
        *whole, range(2016 * 12 + 3, 2017 * 12 + 3), "2016/17", ["payments.p.steps.pay.gains=60%", "figures.spent=-2%"], [], []
    )
    # as it is: half of 100; then 60% of 1,000 - 882 = 118: 70.80
    assert (found.baseline.totals()["payable"], found.outcomes[0].payable()) == (5_000, 7_080)
    swept = compare_schemes(*whole, range(2016 * 12 + 3, 2017 * 12 + 3), "2016/17", [], [], ["payments.p.steps.pay.gains=40%..60%/10%"])
    assert [(o.name, o.payable()) for o in swept.outcomes] == [("gains=40%", 4_000), ("gains=50%", 5_000), ("gains=60%", 6_000)]
    with pytest.raises(ContractError, match=re.escape('the contract has no "payments.p.steps.pay.gain"')):
        compare_schemes(*whole, range(2016 * 12 + 3, 2017 * 12 + 3), "2016/17", ["payments.p.steps.pay.gain=60%"], [], [])


@pytest.mark.parametrize(
    "written",
    [lambda text: text.replace("payments:", '"payments":'), lambda text: json.dumps(yaml.load(text, yaml.BaseLoader))],
    ids=["quoted", "JSON"],
)
def test_a_scheme_is_known_by_its_keys_however_they_are_written(tmp_path: Path, written: Callable[[str], str]) -> None:
    """A quoted key, and a contract on one line, are settled as schemes: 7 at £1.00 each. The contract is read once, also where it is compared with another."""
    text = HEAD.format(settled="yearly") + (
        "measures: {n: {title: N, unit: number, measured: for the year}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(written(text), "utf-8")
    (tmp_path / "measures.csv").write_text("payee,measure,period,value\nA,n,2016/17,7\n", "utf-8")
    with patch.object(yamltext, "read", wraps=yamltext.read) as reading:
        asked = scheme_in([str(tmp_path)], None, None)
        assert asked is not None
        told = whatif(asked, None, True, None, ["figures.n=+100%"], [], [])
    assert 1 == reading.call_count
    assert "Baseline,A,A,0.00,7.00,7.00,7.00,0.00,7.00,0.00\nfigures.n=+100%,A,A,0.00,14.00,14.00,14.00,0.00,7.00,7.00\n" in told["csv"]()
    assert '"payable": "7.00"' in settlement(asked, None, True, None, None)["json"]()


def test_several_payments_are_explained_in_one_form(tmp_path: Path) -> None:
    """Two payments and one are the same table and the same list: one heading, and which payment and period each row or tree is of."""
    text = HEAD.format(settled="quarterly") + (
        "measures: {n: {title: N, unit: number, measured: in the period}}\npayments:\n"
        "  one: {title: One, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}\n"
        "  two: {title: Two, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £2.00]}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "measures.csv").write_text("payee,measure,period,value\nA,n,2016/17 Q2,7\n", "utf-8")
    asked = scheme_in([str(tmp_path)], None, None)
    assert asked is not None
    for payment, paid_by in ((None, {"one": "£7.00", "two": "£14.00"}), ("two", {"two": "£14.00"})):
        told = explanation(asked, "Q2", False, None, "A", payment)
        rows = list(csv.DictReader(io.StringIO(told["csv"]())))
        assert paid_by == {row["payment"]: row["value"] for row in rows if row["depth"] == "0"}
        assert {"2016/17 Q2"} == {row["period"] for row in rows}
        assert {*"0123456789"} > {row["depth"] for row in rows}
        assert [{"payment": pid, "period": "2016/17 Q2", "value": said} for pid, said in paid_by.items()] == [
            {key: tree[key] for key in ("payment", "period", "value")} for tree in json.loads(told["json"]())
        ]


def test_what_if_has_the_form_of_care_packages(tmp_path: Path) -> None:
    """A and B at £1.00 for each of 7 and 3, and A's figure doubled: the same keys as care packages have, less adjustments, and 7.00 more to one of two."""
    text = HEAD.format(settled="yearly") + (
        "measures: {n: {title: N, unit: number, measured: for the year}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "measures.csv").write_text("payee,measure,period,value\nA,n,2016/17,7\nB,n,2016/17,3\n", "utf-8")
    asked = scheme_in([str(tmp_path)], None, None)
    assert asked is not None
    found = json.loads(whatif(asked, None, True, None, ["figures.A.n=14"], [], [])["json"]())
    table = tower_hamlets()
    others = scenarios(Wanted(splits=("diabetes=60/40",)), table.document, list(table.members.networks))
    packages = json.loads(whatif_json(compare(table.baseline, others, table.members, table.activity_of, quarter(1))))
    assert list(packages) == list(found)
    for one, other in ((packages["baseline"], found["baseline"]), (packages["scenarios"][0], found["scenarios"][0])):
        assert list(one) == list(other)
        assert {*one["totals"]} - {"adjustments"} == {*other["totals"]}
        assert {*one["payees"][0]} - {"adjustments"} == {*other["payees"][0]}
    assert {"what", "from", "to"} == {*found["scenarios"][0]["changes"][0]} < {*packages["scenarios"][0]["changes"][0]}
    (scenario,) = found["scenarios"]
    assert ("17.00", "7.00", 1, 0, 1) == (
        scenario["totals"]["payable"],
        scenario["totals"]["difference"],
        *(scenario[k] for k in ("gain", "lose", "same")),
    )
    assert ["7.00", "0.00"] == [p["difference"] for p in scenario["payees"]]


def test_a_range_is_written_in_one_unit() -> None:
    """The two ends and the step are all money, all ratios or all numbers."""
    assert values_of("", "40%..50%/5%") == ["40%", "45%", "50%"]
    assert values_of("", "£1.00..£2.00/£0.50") == ["£1", "£1.5", "£2"]
    for wrong in ("40%..50%/5", "50%..40%/5%", "40%..50%/0%", "40%-50%"):
        with pytest.raises(UsageError, match="is not a range"):
            values_of("", wrong)


@pytest.mark.parametrize(
    ("quarter", "year", "month", "why"),
    [
        (None, None, None, "say which period: --quarter Q1"),
        ("Q1", True, None, "--quarter and --year are both given"),
        ("2018/19 Q1", None, None, "2018/19 is outside the contract"),
        (None, None, "2018-01", "2018-01 is outside the contract, which covers 2016/17"),
        ("2018/19", None, None, "2018/19 is outside the contract, which covers 2016/17"),
        ("Q5", None, None, '"Q5" is not a quarter like "2009/10 Q1" or "Q1"'),
    ],
)
def test_a_period_that_is_none_is_refused(quarter: str | None, year: bool | None, month: str | None, why: str) -> None:
    """One period is named, and the contract covers it."""
    with pytest.raises(UsageError, match=re.escape(why)):
        months_asked(scheme(TO_DATE.replace("CLAW", "none")), quarter, year, month)


def test_a_period_may_be_written_as_for_care_packages() -> None:
    """`Q3 2016/17` and `2016-17 Q3` name the third quarter of a scheme too, and `Q3 2016` that of a calendar from January."""
    financial = scheme(TO_DATE.replace("CLAW", "none"))
    for text in ("Q3", "q3", "2016/17 Q3", "Q3 2016/17", "2016-17 Q3", "1617 q3"):
        assert (range(2016 * 12 + 9, 2016 * 12 + 12), "2016/17 Q3") == months_asked(financial, text, None, None)
    text = HEAD.format(settled="quarterly").replace("year: 2016/17", "calendar: January to December\nyears: 2015 to 2016")
    calendar = scheme_of(parse((text + TO_DATE.replace("CLAW", "none")).encode(), "t.yaml"))
    for text in ("2016 Q3", "Q3 2016"):
        assert (range(2016 * 12 + 6, 2016 * 12 + 9), "2016 Q3") == months_asked(calendar, text, None, None)
    for asked, why in (
        ("Q3", 'the contract covers 2015 to 2016, so say which year: "2015 Q3"'),
        ("2017", "2017 is outside the contract, which covers 2015 to 2016"),
    ):
        with pytest.raises(UsageError, match=re.escape(why)):
            months_asked(calendar, asked, None, None)


def test_a_period_in_which_nothing_falls_due_is_the_askers_fault(tmp_path: Path) -> None:
    """A yearly contract asked for its first quarter: the command line is at fault, exit code 2, and no file; so when one payment is to be explained."""
    text = HEAD.format(settled="yearly") + (
        "measures: {n: {title: N, unit: number, measured: for the year}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "measures.csv").write_text("payee,measure,period,value\nA,n,2016/17,7\n", "utf-8")
    asked = scheme_in([str(tmp_path)], None, None)
    assert asked is not None
    with pytest.raises(UsageError, match="nothing is settled in 2016/17 Q1: the contract is settled yearly"):
        settlement(asked, "Q1", False, None, None)
    with pytest.raises(UsageError, match="nothing is settled in 2016-05: payment p is settled yearly"):
        explanation(asked, None, False, "2016-05", "A", "p")


def test_steps_that_multiply_their_own_results_end() -> None:
    """A contract whose figures double in length with every step is refused at once, with the step that is too large."""
    steps = "".join(f"      s{i}: {{kind: product, of: [s{i - 1}, s{i - 1}]}}\n" for i in range(1, 60))
    s = scheme(
        "payees: {A: {title: A}}\npayments:\n  p:\n    title: P\n    basis: the period\n    pays: pay\n    steps:\n      s0: {kind: product, of: [1234567/7654321, 7/9]}\n"
        + steps
        + "      pay: {kind: product, of: [£1.00, s59]}\n"
    )
    with pytest.raises(InputError, match="s7: the figure has more digits than any payment needs"):
        settle_scheme(s, Inputs(Measures(), {"A": "A"}), *months_asked(s, "Q1", None, None))


MOVES = """practice,name,network,from,to
P0,Closes,N1,,2016-12-31
P1,Moves,N1,,2016-09-30
P1,Moves,N2,2016-10-01,
P2,Stays,N1,,
"""


def test_the_rows_of_a_practice_are_those_of_every_network_it_was_in(tmp_path: Path) -> None:
    """P0 closes in December and P1 moves in October: each is paid and explained on all of its rows. 5 of 10 a month at £1,000.00: £500.00 each."""
    text = HEAD.format(settled="yearly").replace("paid_to: provider", "paid_to: practice") + (
        "measures: {DM: {title: D, unit: counts, measured: for the year, excluded: already out}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {rate: {kind: achievement, of: DM, empty: 0%}, pay: {kind: product, of: [£1000.00, rate]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "practices.csv").write_text(MOVES, "utf-8")
    s = scheme_of(parse(text.encode(), "t.yaml"))
    months = [f"2016-{m:02d}" for m in range(4, 13)] + ["2017-01", "2017-02", "2017-03"]
    rows = [f"{code},DM,{month},5,10" for month in months for code in ("P2", "P1", "P0") if code != "P0" or month < "2017"]
    (tmp_path / "activity.csv").write_text("\n".join(["practice,indicator,period,numerator,denominator", *rows, ""]), "utf-8")
    inputs = read_inputs(s, files_of([str(tmp_path)]))
    found = settle_scheme(s, inputs, s.years[0].months, "2016/17")
    assert {e.payee: e.payable for e in found.entries} == {"P0": 50_000, "P1": 50_000, "P2": 50_000}
    for code, own in (("P0", 9), ("P1", 12), ("P2", 12)):
        (told,) = explain_scheme(s, inputs, s.years[0].months, code, None)
        figure = told.figure
        assert [n for n, row in enumerate(rows, 2) if row.startswith(code)] == [
            int(line) for line in _lines_behind(figure, "DM: numerator")
        ]
        assert own == len(_lines_behind(figure, "DM: numerator"))
    # a year's row of a practice that has closed stands in the network of its successor
    (tmp_path / "practices.csv").write_text("practice,name,network,to,successor\nP0,Closes,N1,2016-12-31,P2\nP2,Stays,N2,,\n", "utf-8")
    (tmp_path / "activity.csv").write_text(
        "practice,indicator,period,numerator,denominator\nP2,DM,2016/17,60,120\nP0,DM,2016/17,30,90\n", "utf-8"
    )
    (told,) = explain_scheme(s, read_inputs(s, files_of([str(tmp_path)])), s.years[0].months, "P0", None)
    figure = told.figure
    assert ["3"] == _lines_behind(figure, "DM: numerator")


def _lines_behind(figure: Figure, name: str) -> list[str]:
    """The lines of the file behind a figure of a tree."""
    stack, seen = [figure], {}
    while stack:
        f = stack.pop()
        seen[f.name] = f.evidence
        stack += [*f.parts, *f.deciders]
    return [re.search(r":(\d+) ", row)[1] for row in seen[name]]  # type: ignore[index]


def test_a_practice_that_closed_before_the_year_is_nobody_to_pay(tmp_path: Path) -> None:
    """P2 closed in January 2016: the year 2016/17 has one payee, and no counts of P2 are missed. 3.00 for each of 90 of 100 at a target of 90%: 300."""
    text = HEAD.format(settled="yearly").replace("paid_to: provider", "paid_to: practice") + (
        "measures: {DM: {title: D, unit: counts, measured: for the year, excluded: already out}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {rate: {kind: achievement, of: DM, empty: 0%}, "
        "share: {kind: curve, of: rate, curve: {kind: all_or_nothing, target: at least 90%}}, pay: {kind: product, of: [£300.00, share]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "practices.csv").write_text("practice,name,network,to\nP1,One,N1,\nP2,Two,N1,2016-01-31\n", "utf-8")
    (tmp_path / "activity.csv").write_text("practice,indicator,period,numerator,denominator\nP1,DM,2016/17,90,100\n", "utf-8")
    s = scheme_of(parse(text.encode(), "t.yaml"))
    found = settle_scheme(s, read_inputs(s, files_of([str(tmp_path)])), s.years[0].months, "2016/17")
    assert {e.payee: e.payable for e in found.entries} == {"P1": 30_000}


@pytest.mark.parametrize(
    ("paid_to", "payee", "rows"),
    [
        ("practice", "P1", ("lists.csv:2 P1: 30",)),
        ("network", "N1", ("lists.csv:2 P1: 30", "lists.csv:4 P3: 5")),
        ("network", "N2", ("lists.csv:3 P2: 40",)),
    ],
)
def test_patients_on_a_list_are_explained_down_to_their_rows(tmp_path: Path, paid_to: str, payee: str, rows: tuple[str, ...]) -> None:
    """Those of a practice, or of a network: its own practices, and one that has closed and passed its patients on. 1.00 a patient."""
    text = HEAD.format(settled="yearly").replace("paid_to: provider", f"paid_to: {paid_to}") + (
        "measures: {N: {title: Register, unit: patients, list: diabetes register, as_at: 2016-01-01}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [£1.00, N]}}}}\n"
    )
    (tmp_path / "contract.yaml").write_text(text, "utf-8")
    (tmp_path / "practices.csv").write_text("practice,name,network,to,successor\nP1,A,N1,,\nP2,B,N2,,\nP3,C,N2,2016-03-31,P1\n", "utf-8")
    (tmp_path / "lists.csv").write_text(
        "practice,list,date,patients\n"
        + "".join(f"{p},diabetes register,2016-01-01,{n}\n" for p, n in (("P1", 30), ("P2", 40), ("P3", 5))),
        "utf-8",
    )
    s = scheme_of(parse(text.encode(), "t.yaml"))
    inputs = read_inputs(s, files_of([str(tmp_path)]))
    (told,) = explain_scheme(s, inputs, s.years[0].months, payee, None)
    stack, found = [told.figure], {}
    while stack:
        figure = stack.pop()
        found[figure.name] = figure.evidence
        stack += figure.parts
    assert rows == tuple(row.replace(f"{tmp_path}/", "") for row in found["N"])
    assert told.figure.value == sum(int(row.split()[-1]) * 100 for row in rows)
