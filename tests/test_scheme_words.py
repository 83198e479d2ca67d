"""What is said of a scheme: sentences that both sides could sign, whatever its steps are called, and one of a thing as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from filled import settled

from p4p.files.scheme_file import scheme_of
from p4p.files.yamltext import parse
from p4p.proving.scheme_proofs import scheme_proofs
from p4p.screens.scheme_screen import show_scheme, show_scheme_checked
from p4p.sentences.scheme_words import describe_scheme

CONTRACT = """p4p: 1
contract: words
title: In words
commissioner: {commissioner}
{years}
currency: GBP
paid_to: locality
settled: yearly
paid: in arrears
rounding: {{to: 0.01, mode: half-up, at: payment}}
measures:
  base: {{title: Spent before, unit: money, measured: for the year}}
  spent: {{title: Spent, unit: money, measured: for the year}}
  plan: {{title: Plan signed, unit: yes or no, measured: for the year}}
  track: {{title: Track, unit: word, measured: for the year}}
  score: {{title: Score, unit: ratio, measured: for the year}}
parameters:
  kept: {{title: Kept back, source: S, selected_by: period, values: {{2016-04-01 on: 2%}}}}
payments:
  share:
    title: Share
    basis: the period
    pays: paid
    available: half.commissioner
    upfront: advance
    steps:
      saving: {{kind: saving_rate, baseline: base, baseline_period: 2015/16, spent: spent, if_zero: refuse}}
      all_savings: {{kind: total, of: saving.saving}}
      half: {{kind: gain_share, of: saving.saving, gains: 50%, losses: none}}
      less: {{kind: worst, of: [half, all_savings]}}
      least: {{kind: worst, of: [half, all_savings, less]}}
      more: {{kind: best, of: [half, least]}}
      advance: {{kind: withhold, of: more, rate: kept}}
      paid: {{kind: gate, of: advance, requires: {{plan: yes, score: at least 70%, track: is not two}}, otherwise: £0.00}}
"""


def told(commissioner: str = "NHS England and NHS Improvement", years: str = "year: 2016/17") -> list[str]:
    """Every sentence about the contract."""
    scheme = scheme_of(parse(CONTRACT.format(commissioner=commissioner, years=years).encode(), "c.yaml"))
    return [sentence for section in describe_scheme(scheme) for sentence in section.sentences]


def test_a_scheme_reads_as_sentences() -> None:
    """Names of one body or of two, units, days, conditions and the smaller of two are said as people say them."""
    sentences = told()
    for sentence in (
        "Each locality is paid by NHS England and NHS Improvement. The contract, words, covers 2016/17 (1 April 2016 to 31 March 2017).",
        "plan: Plan signed, yes or no, for the year, given for each payee; a missing figure stops the settlement.",
        "track: Track, one word, for the year, given for each payee; a missing figure stops the settlement.",
        "score: Score, a ratio, for the year, given for each payee; a missing figure stops the settlement.",
        "base: Spent before, in GBP, for the year, given for each payee; a missing figure stops the settlement.",
        "kept: Kept back: 2% from 2016-04-01 on, by the last day of the period. Source: S.",
        "2. all savings: the sum of saving (outcome of saving) over all payees.",
        "4. less: the smaller of half and all savings.",
        "5. least: the smallest of half, all savings and less.",
        "6. more: the larger of half and least.",
        "8. paid: advance where plan is yes and score is at least 70% and track is not two; otherwise £0.00.",
        "Step 8, paid, is what is paid, yearly.",
        "Step 7, advance, is paid up front, whatever is achieved.",
        "What step 3 gives as commissioner is what could have been earned.",
    ):
        assert sentence in sentences


def test_a_body_without_a_name_is_not_written_as_one() -> None:
    """`An integrated care board` inside a sentence is an integrated care board; a contract of several years covers a run of them."""
    first = told("An integrated care board", "years: 2016/17 to 2018/19")[0]
    assert first == (
        "Each locality is paid by an integrated care board. The contract, words, covers 2016/17 to 2018/19, each year on its own (1 April 2016 to 31 March 2019)."
    )


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (0, "1 row from 1 file\n"),
        (1, "2 rows from 1 file; 1 figure is not used in this period\n"),
        (2, "3 rows from 1 file; 2 figures are not used in this period\n"),
    ],
)
def test_one_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str], others: int, said: str) -> None:
    """A row, a figure left over, a payment and a step are not rows, figures, payments and steps; a second day of one month is of no other period."""
    contract = CONTRACT.format(commissioner="C", years="year: 2016/17").partition("measures:")[0] + (
        "measures: {n: {title: N, unit: number, measured: at the end of the period}}\n"
        "payments: {p: {title: P, basis: the period, pays: pay, steps: {pay: {kind: product, of: [n, £1.00]}}}}\n"
    )
    figures = [("A", "n", f"2017-03-{31 - day}", 7) for day in range(others + 1)]
    show_scheme(settled(tmp_path, contract, "2016/17", figures).of)
    assert f"Read       {said}" in capsys.readouterr().out
    scheme = scheme_of(parse(contract.encode(), "c.yaml"))
    show_scheme_checked(scheme, scheme_proofs(scheme))
    assert "sound: 1 payment, 1 step, 2016/17\n" in capsys.readouterr().out
