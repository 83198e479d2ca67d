"""What contracts with payments would pay on other terms or other figures: settings, scenario files, sweeps, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from p4p.files import yamltext
from p4p.files.folder import Files
from p4p.files.scheme_file import scheme_of
from p4p.numbers.errors import ContractError, Location, P4PError, Problem, UsageError
from p4p.whatif.scheme_whatif import SchemeWhatIf, compare_schemes, short, values_of

#: Half of what was saved, and beside it a payee's own bonus where it is earned, £1.00 a visit and £100.00 times the score.
CONTRACT = """\
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
payees: {A: {bonus: £10.00}, B: {bonus: £20.00}}
measures:
  base: {title: Base, unit: money, measured: for the year}
  spend: {title: Spend, unit: money, measured: for the year}
  visits: {title: Visits, unit: number, measured: for the year}
  score: {title: Score, unit: ratio, measured: for the year}
  held: {title: Held, unit: yes or no, measured: for the year}
  track: {title: Track, unit: word, measured: for the year}
  DM: {title: Counts, unit: counts, measured: for the year, excluded: already out}
  list: {title: List, unit: patients, as_at: 2016-04-01, list: registered list}
parameters:
  rate: {title: Share, source: S, selected_by: period, values: {2016/17: 50%}}
payments:
  half:
    title: Half of what was saved
    basis: the period
    pays: pay
    steps:
      saved: {kind: sum, of: [base], less: [spend]}
      pay: {kind: gain_share, of: saved, gains: rate, losses: none}
  more:
    title: More
    basis: the period
    pays: all
    steps:
      open: {kind: gate, of: bonus, requires: {held: yes, track: is red}, otherwise: £0.00}
      seen: {kind: product, of: [£1.00, visits]}
      good: {kind: product, of: [£100.00, score]}
      all: {kind: sum, of: [open, seen, good]}
"""

#: A saved 100.00 and B 200.00. A is paid 50.00, and 10.00 + 3.00 + 50.00: 113.00. B is paid 100.00, and 0.00 + 5.00 + 20.00: 125.00.
FIGURES = """\
payee,measure,period,value
A,base,2016/17,1000.00
A,spend,2016/17,900.00
A,visits,2016/17,3
A,score,2016/17,50%
A,held,2016/17,yes
A,track,2016/17,red
B,base,2016/17,1000.00
B,spend,2016/17,800.00
B,visits,2016/17,5
B,score,2016/17,20%
B,held,2016/17,no
B,track,2016/17,red
"""
A, B = 11_300, 12_500


def found(folder: Path, settings: Sequence[str] = (), scenarios: Sequence[str] = (), sweep: Sequence[str] = ()) -> SchemeWhatIf:
    """The contract above and what it would pay."""
    (folder / "measures.csv").write_text(FIGURES, "utf-8")
    document = yamltext.parse(CONTRACT.encode(), "contract.yaml")
    scheme = scheme_of(document)
    files = Files("contract.yaml", (str(folder / "measures.csv"),), None, ())
    return compare_schemes(document, scheme, files, scheme.years[0].months, "2016/17", settings, scenarios, sweep)


def told(folder: Path, settings: Sequence[str] = (), scenarios: Sequence[str] = (), sweep: Sequence[str] = ()) -> list[Problem]:
    """What is refused, wherever that is found."""
    with pytest.raises(P4PError) as e:
        found(folder, settings, scenarios, sweep)
    assert isinstance(e.value, ContractError | UsageError)
    return e.value.problems


def of_files(folder: Path, *texts: str) -> list[str]:
    """Scenario files of some texts, each in a folder of its own, all called `cut.yaml`."""
    names = []
    for number, text in enumerate(texts):
        (folder / str(number)).mkdir()
        (folder / str(number) / "cut.yaml").write_text(text, "utf-8")
        names.append(str(folder / str(number) / "cut.yaml"))
    return names


def test_settings_are_one_scenario(tmp_path: Path) -> None:
    """60% of what 2% less spending saves: A 60% of 118.00, which is 70.80, and 63.00; B 60% of 216.00, which is 129.60, and 25.00."""
    whatif = found(tmp_path, ["parameters.rate.values.2016/17=60%", "figures.spend=-2%"])
    (outcome,) = whatif.outcomes
    assert A + B == whatif.baseline.totals()["payable"]
    assert (13_380, 15_460, 28_840) == (outcome.payable("A"), outcome.payable("B"), outcome.payable())
    assert "values.2016/17=60%, figures.spend=-2%" == outcome.name
    assert (("parameters.rate.values.2016/17", "50%", "60%"), ("figures.spend", "", "-2%")) == outcome.changes


@pytest.mark.parametrize(
    ("a", "b", "changes", "settings"),
    [
        # 40% of 100.00 and of 200.00 instead of half
        (A - 1_000, B - 2_000, [("payments.half.steps.pay.gains", "rate", "40%")], ["payments.half.steps.pay.gains=40%"]),
        (A - 1_000, B - 2_000, [("payments.half.steps.pay.gains", "rate", "40%")], [" payments.half.steps.pay.gains = 40% "]),
        # the last of two stands, and is told beside what the first made of it
        (
            A - 1_000,
            B - 2_000,
            [("payments.half.steps.pay.gains", "rate", "30%"), ("payments.half.steps.pay.gains", "30%", "40%")],
            ["payments.half.steps.pay.gains=30%", "payments.half.steps.pay.gains=40%"],
        ),
        (A + 500, B, [("payees.A.bonus", "£10.00", "£15.00")], ["payees.A.bonus=£15.00"]),
        # 51.01 and 102.02, to whole pounds, beside 63.00 and 25.00
        (
            11_400,
            12_700,
            [("parameters.rate.values.2016/17", "50%", "51.01%"), ("rounding.to", "0.01", "1")],
            ["parameters.rate.values.2016/17=51.01%", "rounding.to=1"],
        ),
        # each of four quarters is paid on the year's figures
        (4 * A, 4 * B, [("settled", "yearly", "quarterly")], ["settled=quarterly"]),
        (A, B, [("paid_after", "", "9 months")], ["paid_after=9 months"]),
        # half of 4.00 more
        (A + 200, B + 200, [("payments.half.steps.saved.of", "[base]", "[base, £4.00]")], ["payments.half.steps.saved.of=[base, £4.00]"]),
        # half of 100.00 for both; what a mapping does not name stays
        (
            A,
            B - 5_000,
            [("payments.half.steps.saved.kind", "sum", "sum"), ("payments.half.steps.saved.less", "[spend]", "[£900.00]")],
            ["payments.half.steps.saved={kind: sum, less: [£900.00]}"],
        ),
    ],
)
def test_terms_are_changed(tmp_path: Path, a: int, b: int, changes: list[tuple[str, str, str]], settings: list[str]) -> None:
    """Any term of payments, parameters, payees, rounding, rhythm and the time of payment, each told with what it was and what it is."""
    (outcome,) = found(tmp_path, settings).outcomes
    assert (a, b, a + b) == (outcome.payable("A"), outcome.payable("B"), outcome.payable())
    assert tuple(changes) == outcome.changes


@pytest.mark.parametrize(
    ("a", "b", "setting"),
    [
        # half of 90.00 and 80.00 more, or of 45.00 and 40.00 less
        (A - 4_500, B - 4_000, "figures.spend=+10%"),
        (A + 2_250, B + 2_000, "figures.spend=-5%"),
        (A + 2_250, B + 2_000, "figures.spend=−5 %"),
        # 1.125 and 1.00 less: half of it is 0.5625, paid as 0.56, and 0.50
        (A + 56, B + 50, "figures.spend=-0.125%"),
        (A, B - 4_000, "figures.B.spend=+10%"),
        (A + 5_000, B, "figures.A.spend=800.00"),
        (A + 5_000, B, "figures.spend=£800"),
        (A + 4_000, B + 7_000, "figures.score=90%"),
        (A + 4_000, B, "figures.A.score=0.9"),
        (A + 500, B + 200, "figures.score=+10%"),  # of itself: 55% and 22%
        (A + 700, B + 500, "figures.visits=10"),
        (A + 300, B + 500, "figures.visits=+100%"),
        (A, B + 2_000, "figures.held=yes"),
        (A - 1_000, B, "figures.track=blue"),
    ],
)
def test_figures_are_moved_or_set(tmp_path: Path, a: int, b: int, setting: str) -> None:
    """A percentage with its sign moves what was given; anything else takes its place, for all payees or one."""
    whatif = found(tmp_path, [setting])
    (outcome,) = whatif.outcomes
    assert (a, b) == (outcome.payable("A"), outcome.payable("B"))
    assert ((setting.partition("=")[0], "", setting.partition("=")[2]),) == outcome.changes
    assert A + B == whatif.baseline.totals()["payable"]


def test_each_scenario_file_is_one_with_the_settings_on_top(tmp_path: Path) -> None:
    """Two files, each with its own terms and figures; the settings hold in both, and take the place of what a file says."""
    soft = "name: softer\nparameters: {rate: {values: {2016/17: 60%}}}\nfigures: {A.spend: 800.00, visits: 0}\n"
    hard = "payments: {half: {steps: {pay: {gains: 10%}}}}\n"
    whatif = found(tmp_path, ["figures.visits=10"], of_files(tmp_path, soft, hard))
    one, two = whatif.outcomes
    assert ["softer", "cut"] == [one.name, two.name]
    # 60% of 200.00, 10.00 + 10.00 + 50.00; 60% of 200.00, 10.00 + 20.00
    assert (19_000, 15_000) == (one.payable("A"), one.payable("B"))
    # 10% of 100.00, 70.00; 10% of 200.00, 30.00
    assert (8_000, 5_000) == (two.payable("A"), two.payable("B"))
    assert (
        ("parameters.rate.values.2016/17", "50%", "60%"),
        ("figures.A.spend", "", "800.00"),
        ("figures.visits", "", "0"),
        ("figures.visits", "", "10"),
    ) == one.changes


def test_no_two_scenarios_have_one_name(tmp_path: Path) -> None:
    """Files of one name in different folders are told apart, and none is called like the contract as it is."""
    files = of_files(tmp_path, "settled: yearly\n", "name: cut\n", "name: Baseline\n", "name: ''\n")
    assert ["cut", "cut (2)", "Baseline (2)", "cut (3)"] == [o.name for o in found(tmp_path, scenarios=files).outcomes]


def test_a_sweep_is_a_scenario_for_each_value(tmp_path: Path) -> None:
    """Of 100.00 and 200.00 saved 40%, 50% and 60%, beside 63.00 and 25.00."""
    gains = "payments.half.steps.pay.gains=40%..60%/10%"
    swept = found(tmp_path, sweep=[gains]).outcomes
    assert [("gains=40%", 20_800), ("gains=50%", 23_800), ("gains=60%", 26_800)] == [(o.name, o.payable()) for o in swept]
    # on top of a setting: no bonus for A
    assert [19_800, 22_800, 25_800] == [o.payable() for o in found(tmp_path, ["figures.held=no"], sweep=[gains]).outcomes]


def test_a_sweep_over_two_terms_is_one_for_each_pair(tmp_path: Path) -> None:
    """The first term moves last: A is paid 40% or 50% of 100.00, 60.00, and £1.00 for each of 0 or 10 visits."""
    swept = found(tmp_path, sweep=["payments.half.steps.pay.gains=40%..50%/10%", "figures.A.visits=0..10/10"]).outcomes
    assert [
        ("gains=40%, visits=0", 10_000),
        ("gains=40%, visits=10", 11_000),
        ("gains=50%, visits=0", 11_000),
        ("gains=50%, visits=10", 12_000),
    ] == [(o.name, o.payable("A")) for o in swept]


def test_a_sweep_moves_figures_down_and_up(tmp_path: Path) -> None:
    """Where a range begins below nothing, figures are moved: by half of themselves down, by nothing, and by half of themselves up."""
    swept = found(tmp_path, sweep=["figures.score=-50%..50%/50%"]).outcomes
    # 25%, 50% and 75% of 100.00 for A, 10%, 20% and 30% for B
    assert [("score=-50%", A - 2_500, B - 1_000), ("score=+0%", A, B), ("score=+50%", A + 2_500, B + 1_000)] == [
        (o.name, o.payable("A"), o.payable("B")) for o in swept
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["40%", "45%", "50%"], "gains=40%..50%/5%"),
        (["40%", "45%"], "gains= 40% .. 49.99% / 5% "),
        (["40%"], "gains=40%..40%/5%"),
        (["0%", "2.5%"], "gains=0%..2.5%/2.5%"),
        (["-10%", "0%", "10%"], "gains=-10%..10%/10%"),
        (["0%", "1/3", "2/3", "100%"], "gains=0%..100%/1/3"),
        (["-1/3", "0%"], "gains=-1/3..0%/1/3"),
        (["0%", "0.000000000001%"], "gains=0%..0.000000000001%/0.000000000001%"),
        (["0%", "1/200000000000000", "0.000000000001%"], "gains=0%..0.000000000001%/1/200000000000000"),
        (["£1", "£1.5", "£2"], "pot=£1.00..£2.00/£0.50"),
        (["-£1", "-£0.5", "£0", "£0.5"], "pot=-£1.00..£0.50/£0.50"),
        (["$1000", "$2000"], "pot=$1,000..$2,000/$1,000"),
        (["1", "2", "3"], "level=1..3/1"),
        (["-0.5", "0", "0.5"], "level=-0.5..0.5/0.5"),
        (["-1%", "+0%", "+1%"], "figures.spend=-1%..1%/1%"),
        (["-1%", "+0%", "+1%"], " figures.spend=-1%..1%/1%"),
        (["0%", "1%"], "figures.score=0%..1%/1%"),
        (["-1", "0", "1"], "figures.visits=-1..1/1"),
        (["-£1", "£0"], "figures.spend=-£1..£0/£1"),
    ],
)
def test_the_values_of_a_range(values: list[str], text: str) -> None:
    """From the first in steps up to the last at most, as a contract writes them; shares that no percentage is equal to are fractions."""
    assert values == values_of(text, text.partition("=")[2])


def test_figures_are_moved_by_whole_percentages_only() -> None:
    """A third of themselves is no movement that can be written: the digits are cut, so that it is refused and not taken for another."""
    assert ["-33.333333333333…%", "+0%"] == values_of("figures.score=-1/3..0%/1/3", "-1/3..0%/1/3")


FORM, KIND = "write 40%..70%/5%, £100..£200/£20 or 1..5/1", "the three of one kind, the smaller first, the step above nothing"


@pytest.mark.parametrize(
    ("hint", "span"),
    [
        (FORM, ""),
        (FORM, "40%-50%/5%"),
        (FORM, "40%..50%"),
        (FORM, "a..b/c"),
        (FORM, "1..2/c"),
        (FORM, "1/0..2/1"),
        (KIND, "40..50%/5%"),
        (KIND, "40%..50/5%"),
        (KIND, "40%..50%/5"),
        (KIND, "£1..$2/£1"),
        (KIND, "50%..40%/5%"),
        (KIND, "40%..50%/0%"),
        (KIND, "40%..50%/-5%"),
    ],
)
def test_what_is_no_range(tmp_path: Path, hint: str, span: str) -> None:
    """Two ends and a step of one kind, upwards."""
    text = f"payments.half.steps.pay.gains={span}"
    assert [Problem(Location(f"--sweep {text}"), f'"{span}" is not a range', hint)] == told(tmp_path, sweep=[text])


def test_no_more_than_ten_thousand_points(tmp_path: Path) -> None:
    """10,000 values are a sweep, 10,001 are not, nor 101 times 100 of two terms, nor so many that they could not be counted out."""
    assert 10_000 == len(values_of("n=1..10000/1", "1..10000/1"))
    too_many = "points are more than 10,000: take larger steps"
    for points, sweep in (
        ("10,001", ["figures.visits=0..10000/1"]),
        ("10,100", ["figures.visits=0..100/1", "figures.A.visits=1..100/1"]),
        ("100,000,000", ["figures.visits=1..10000/1", "figures.A.visits=1..10000/1"]),
        ("1,000,000,000,000", ["figures.visits=1..1000000000000/1"]),
    ):
        assert [Problem(None, f"{points} {too_many}")] == told(tmp_path, sweep=sweep)


NO_PAIR = "such as --set figures.expenditure=-2%"
MOVED = "figures.expenditure=-2%, or figures.A1.quality=90%"
TERMS = "known here: payments, parameters, payees, rounding, settled, paid_after, figures"


@pytest.mark.parametrize(
    ("what", "hint", "setting"),
    [
        *(
            (f'"{text}" is not a path and a value with = between them', NO_PAIR, text)
            for text in ("figures.spend", "=5", "a=", " = 5", "a= ")
        ),
        ('a scenario does not change "currency"', TERMS, "currency=USD"),
        ('a scenario does not change "zzz"', TERMS, "zzz=1"),
        ('a scenario does not change "figure"', 'did you mean "figures"?', "figure=1"),
        ('the contract has no "payments.halve"', 'did you mean "half"?', "payments.halve.steps.pay.gains=1%"),
        ('the contract has no "payments.half.steps.pays"', 'did you mean "pay"?', "payments.half.steps.pays.gains=1%"),
        ('the contract has no "payments.half.steps.pay.gain"', 'did you mean "gains"?', "payments.half.steps.pay.gain=1%"),
        ('the contract has no "rounding.zzz"', "known here: to, mode, at", "rounding.zzz=1"),
        ('the contract has no measure "spent": did you mean "spend"?', MOVED, "figures.spent=-2%"),
        ('the contract has no measure "spent": did you mean "spend"?', MOVED, "figures.A.spent=-2%"),
        ("DM is counted from files: only figures of measures files are moved", MOVED, "figures.DM=+2%"),
        ("list is counted from files: only figures of measures files are moved", MOVED, "figures.list=+2%"),
        ("there are no figures for C.spend", MOVED, "figures.C.spend=-2%"),
        ("track is no number to be moved by +2%", MOVED, "figures.track=+2%"),
        ("held is no number to be moved by -2%", MOVED, "figures.held=-2%"),
        ('"2%" is not an amount like 5500.00', MOVED, "figures.spend=2%"),
        ('"maybe" is neither yes nor no: write yes or no', MOVED, "figures.held=maybe"),
        ('gains: "£" is neither a number like £64.00, 70% or 5891 nor a name', "", "payments.half.steps.pay.gains=£"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, what: str, hint: str, setting: str) -> None:
    """What the contract lacks, what a scenario does not change, and figures that cannot be moved are told at the option."""
    assert [(Location(f"--set {setting}"), what, hint)] == [(p.at, p.what, p.hint) for p in told(tmp_path, [setting])]


def test_a_value_that_is_no_text_of_a_contract(tmp_path: Path) -> None:
    """A brace that is not closed is told with its place in the option; so is a pair in a sweep."""
    text = "payments.half.title={a: b"
    assert [(f"--set {text}", 1)] == [(p.at.file, p.at.line) for p in told(tmp_path, [text]) if p.at]
    (problem,) = told(tmp_path, sweep=["=1..2/1"])
    assert (Location("--sweep =1"), "such as --sweep figures.expenditure=-2%") == (problem.at, problem.hint)
    (problem,) = told(tmp_path, sweep=["figures.spent=1..1/1"])
    assert Location("--sweep figures.spent=1") == problem.at


@pytest.mark.parametrize(
    ("place", "what", "hint", "text"),
    [
        ((1, 1), "a scenario holds keys and values", "such as figures: {expenditure: -2%}", "60%\n"),
        ((1, 1), "a scenario holds keys and values", "such as figures: {expenditure: -2%}", "- 60%\n"),
        ((2, 1), "figures holds no values", "such as figures: {expenditure: -2%}", "name: x\nfigures: -2%\n"),
        ((1, 1), "figures holds no values", "such as figures: {expenditure: -2%}", "figures:\n"),
        ((1, 12), "there are no figures for C.spend", MOVED, "figures: { C.spend: -2%}\n"),
        ((2, 3), 'the contract has no "payments.halve"', 'did you mean "half"?', "payments:\n  halve: {title: x}\n"),
        ((1, 1), 'a scenario does not change "currency"', TERMS, "currency: USD\n"),
    ],
)
def test_scenario_files_that_are_refused(tmp_path: Path, place: tuple[int, int], what: str, hint: str, text: str) -> None:
    """What is wrong in a file is told at its line; a file that changes nothing because it is no scenario is refused."""
    (file,) = of_files(tmp_path, text)
    assert [(Location(file, *place), what, hint)] == [(p.at, p.what, p.hint) for p in told(tmp_path, scenarios=[file])]


def test_the_faults_of_all_scenarios_are_told_together(tmp_path: Path) -> None:
    """Two files with two faults each: four faults, each in its file."""
    files = of_files(tmp_path, "currency: USD\nfigures: {spent: 1}\n", "zzz: 1\nrounding: {too: 1}\n")
    assert [(files[0], 1), (files[0], 2), (files[1], 1), (files[1], 2)] == [
        (p.at.file, p.at.line) for p in told(tmp_path, scenarios=files) if p.at
    ]


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    """Something must change; a sweep moves one term or two of one contract; a file that is named is there."""
    asked = "--set payments.PAYMENT.steps.STEP.KEY=VALUE, --set figures.MEASURE=+2%, --scenario FILE or --sweep PATH=A..B/STEP"
    assert [Problem(None, f"say what may change: {asked}")] == told(tmp_path)
    (file,) = of_files(tmp_path, "settled: quarterly\n")
    alone = "--sweep moves one term of one contract: leave --scenario out, or write it as --set"
    assert [Problem(None, alone)] == told(tmp_path, scenarios=[file], sweep=["figures.visits=1..2/1"])
    assert [Problem(None, "a sweep moves one term or two")] == told(tmp_path, sweep=["figures.visits=1..2/1"] * 3)
    missing = str(tmp_path / "none.yaml")
    assert [Problem(Location(missing), "the scenario file does not exist", "name a YAML file")] == told(tmp_path, scenarios=[missing])


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("shared.gains=62.5%", "payments.savings.steps.shared.gains=62.5%"),
        ("figures.spend=-2%", "figures.spend=-2%"),
        ("A.spend=-2%", "figures.A.spend=-2%"),
        ("settled=quarterly", "settled=quarterly"),
        ("pay.of=[a.b, c]", "payments.p.steps.pay.of=[a.b, c]"),
    ],
)
def test_a_change_in_short(name: str, setting: str) -> None:
    """The last two names of the path, and the value as it stands."""
    assert name == short(setting)
