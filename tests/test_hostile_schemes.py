"""Contracts with payments, and figures, that are built to take long, or that mangling and fuzzing have found: each is refused or settled at once, and rightly."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from p4p.checkers import verify_schemes
from p4p.commands.telling import Told, explanation, scheme_document, scheme_in
from p4p.files.folder import files_of
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.numbers.errors import ContractError, InputError, UsageError
from p4p.screens.scheme_tables import scheme_json
from p4p.settling.chain import SchemeSettlement, settle_scheme

HEAD = """p4p: 1
contract: t
title: T
commissioner: C
year: 2016/17
currency: GBP
paid_to: provider
settled: yearly
paid: in arrears
rounding: {to: 0.01, mode: half-up, at: payment}
"""
ALICE = "payees: {A: {title: A}}\n"
RATIO = "measures: {m: {title: M, unit: ratio, measured: for the year}}\n"


def paying(*steps: str, pays: str = "s") -> str:
    """One payment of some steps, each on a line or more of its own."""
    lines = "".join(f"      {line}\n" for step in steps for line in step.split("\n"))
    return f"payments:\n  p:\n    title: P\n    basis: the period\n    pays: {pays}\n    steps:\n{lines}"


def odd(n: int) -> str:
    """The n-th of many ratios whose divisors have little in common."""
    return f"1/{999_999_999_999_989 - 2 * n}"


def settled(folder: Path, contract: str, figures: str = "") -> SchemeSettlement:
    """A contract and its figures, settled for the year."""
    (folder / "contract.yaml").write_text(contract, "utf-8")
    if figures:
        (folder / "measures.csv").write_text(f"payee,measure,period,value\n{figures}", "utf-8")
    files = files_of([str(folder)])
    scheme = read_scheme(files.contract)
    months, period = months_asked(scheme, None, True, None)
    return settle_scheme(scheme, read_inputs(scheme, files, months), months, period)


def follows(folder: Path, settlement: SchemeSettlement) -> verify_schemes.Verdict:
    """What the checker makes of a settlement of a folder."""
    measures = tuple(folder.glob("measures.csv"))
    return verify_schemes.verify(verify_schemes.Files(folder / "contract.yaml", measures), json.loads(scheme_json(settlement)))


@contextmanager
def at_once(seconds: float = 4) -> Iterator[None]:
    """What is inside must take no more of the processor."""
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def test_thousands_of_unknown_names_are_refused_at_once(tmp_path: Path) -> None:
    """8,000 steps of a megabyte's contract that each work on a name of nobody: a hundred are told, and names are not compared each with each."""
    steps = paying(*(f"s{i}: {{kind: sum, of: [nothing{i}]}}" for i in range(8_000)), pays="s0")
    with at_once(), pytest.raises(ContractError, match='nothing is called "nothing99" here') as e:
        settled(tmp_path, HEAD + ALICE + steps)
    assert 100 <= len(e.value.problems) <= 101


def test_thousands_of_payments_settle_at_once(tmp_path: Path) -> None:
    """2,000 payments of £1.00: payments are not compared each with each."""
    payments = "".join(
        f"  p{i}: {{title: P, basis: the period, pays: s, steps: {{s: {{kind: sum, of: [£1.00]}}}}}}\n" for i in range(2_000)
    )
    with at_once(5):
        found = settled(tmp_path, f"{HEAD}{ALICE}payments:\n{payments}")
    assert 200_000 == found.totals()["payable"]


@pytest.mark.parametrize(
    ("steps", "figures"),
    [
        (["r: {kind: sum, of: [" + ", ".join(map(odd, range(8_000))) + "]}", "s: {kind: product, of: [£1.00, r]}"], 0),
        (["r: {kind: mean, of: [" + ", ".join(map(odd, range(8_000))) + "]}", "s: {kind: product, of: [£1.00, r]}"], 0),
        (["s:\n  kind: weighted\n  parts:" + "".join(f"\n    w{i}: {{of: £1.00, weight: {odd(i)}}}" for i in range(8_000))], 0),
        (["s: {kind: part_of_pot, pot: £1000.00, by: m}"], 6_000),
        (["t: {kind: total, of: m}", "s: {kind: product, of: [£1.00, t]}"], 6_000),
    ],
    ids=["sum", "mean", "weighted", "part_of_pot", "total"],
)
def test_sums_that_grow_in_length_end(steps: list[str], figures: int, tmp_path: Path) -> None:
    """Thousands of ratios without a common divisor have a sum of hundreds of thousands of digits: it is refused on the way, and once."""
    given = "".join(f"P{n},m,2016/17,{odd(n)}\n" for n in range(figures))
    with at_once(), pytest.raises((ContractError, InputError), match="more digits than any") as e:
        settled(tmp_path, HEAD + (RATIO if figures else ALICE) + paying(*steps), given)
    assert 1 == len(e.value.problems)


def test_thousands_of_unknown_measures_are_refused_at_once(tmp_path: Path) -> None:
    """12,000 rows of measures that are called almost as those of the contract: after a thousand nothing more is looked for."""
    measures = "measures:\n" + "".join(f"  m{i}: {{title: M, unit: money, measured: for the year}}\n" for i in range(2_000))
    rows = "".join(f"A,mm{i},2016/17,1\n" for i in range(12_000))
    with at_once(), pytest.raises(InputError, match='the contract has no measure "mm99"'):
        settled(tmp_path, HEAD + measures + paying("s: {kind: sum, of: [m1]}"), rows)


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.replace("payments:", '"payments":'),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: "\ufeffpayments:" + text.partition("payments:")[2] + text.partition("payments:")[0],
        lambda text: json.dumps(yaml.load(text, Loader=yaml.BaseLoader)),
        lambda text: "# as JSON\n" + json.dumps(yaml.load(text, Loader=yaml.BaseLoader), indent=1),
    ],
    ids=["quotes", "carriage returns", "byte order mark", "byte order mark before payments", "JSON", "JSON below a remark"],
)
def test_payments_are_found_however_the_contract_is_written(written: Callable[[str], str], tmp_path: Path) -> None:
    """A contract that says `payments` in quotes, in braces or after a byte order mark is one of payments for the command line too."""
    contract = written(HEAD + ALICE + paying("s: {kind: sum, of: [£5.00]}"))
    (tmp_path / "contract.yaml").write_bytes(contract.encode())
    assert scheme_document(str(tmp_path / "contract.yaml"))
    assert read_scheme(str(tmp_path / "contract.yaml")).payments


def test_a_package_called_payments_is_no_payment(tmp_path: Path) -> None:
    """Only a key of the whole contract counts, in braces too."""
    for text in ("packages:\n  payments: {}\n", '{"packages": {"payments": {}}}'):
        (tmp_path / "contract.yaml").write_text(text, "utf-8")
        assert not scheme_document(str(tmp_path / "contract.yaml"))


def explained(folder: Path, contract: str, payee: str, figures: str = "") -> Told:
    """One payee's explanation."""
    settled(folder, contract, figures)
    asked = scheme_in([str(folder)], None, None)
    assert asked is not None
    return explanation(asked, None, True, None, payee, None)


def test_a_sum_of_thousands_is_explained(tmp_path: Path) -> None:
    """A total over 1,500 payees is one figure with 1,500 parts, and no deeper than one of two: 1,500 times £2.00 is £3,000.00."""
    measures = "measures: {m: {title: M, unit: money, measured: for the year}}\n"
    told = explained(
        tmp_path, HEAD + measures + paying("s: {kind: total, of: m}"), "P7", "".join(f"P{n},m,2016/17,2.00\n" for n in range(1_500))
    )
    (tree,) = json.loads(told["json"]())
    assert ("£3,000.00", 1_500) == (tree["value"], widest(tree))


def widest(tree: dict[str, Any]) -> int:
    """The most parts that a figure of an explanation has."""
    return max(len(tree["parts"]), *map(widest, tree["parts"]), 0)


def test_an_explanation_without_end_is_refused(tmp_path: Path) -> None:
    """Where each of 40 steps adds the two before it, the last would be told as 433 million figures; the table tells each once. 1,200 steps on end are too deep for any."""
    two = (f"s{i}: {{kind: sum, of: [s{i - 1}, s{i - 2}]}}" for i in range(2, 41))
    chain = paying("s0: {kind: sum, of: [£1.00]}", "s1: {kind: sum, of: [s0]}", *two, pays="s40")
    with at_once():
        told = explained(tmp_path, HEAD + ALICE + chain, "A")
        for form in (told["csv"], told["json"]):
            with pytest.raises(UsageError, match="433,494,437 figures: --format table"):
                form()
    deep = (f"s{i}: {{kind: sum, of: [s{i - 1}, £1.00]}}" for i in range(1, 1_201))
    with at_once(), pytest.raises(UsageError, match="more than 200 figures deep"):
        explained(tmp_path, HEAD + ALICE + paying("s0: {kind: sum, of: [£1.00]}", *deep, pays="s1200"), "A")


def test_remarks_with_many_spaces_are_passed_over_at_once(tmp_path: Path) -> None:
    """Found by mangling: whether a contract stands in braces took minutes to find where remarks before its first key ended in spaces."""
    (tmp_path / "contract.yaml").write_text(f"# a remark{' ' * 60}\n" * 60 + HEAD + ALICE + paying("s: {kind: sum, of: [£5.00]}"), "utf-8")
    with at_once(1):
        assert scheme_document(str(tmp_path / "contract.yaml"))


def test_is_not_is_read_alike(tmp_path: Path) -> None:
    """Found by mangling: the checker took `is not red` for a word. A is green and passes, B is red and does not."""
    measures = "measures: {w: {title: W, unit: word, measured: for the year}}\n"
    contract = HEAD + measures + paying("s: {kind: gate, of: £5.00, requires: {w: is not red}, otherwise: £1.00}")
    found = settled(tmp_path, contract, "A,w,2016/17,green\nB,w,2016/17,red\n")
    assert {"A": 500, "B": 100} == {e.payee: e.payable for e in found.entries}
    assert [] == [*follows(tmp_path, found).wrong, *follows(tmp_path, found).unknown]


def test_the_band_that_reaches_furthest_decides_whatever_the_order(tmp_path: Path) -> None:
    """Edges that are names stand in any order: 30% reaches 10% and 20%, and 20% is the further, though it is written first. From above, 10% is further than 20%."""
    edges = ("twenty: {kind: sum, of: [20%]}", "ten: {kind: sum, of: [10%]}", "sixty: {kind: sum, of: [60%]}")
    up = "up: {kind: bands, of: 30%, bands: {at least twenty: £2.00, at least ten: £1.00, at least sixty: £6.00}, otherwise: £0.00}"
    down = "down: {kind: bands, of: 5%, bands: {below ten: £10.00, below sixty: £60.00, below twenty: £20.00}, otherwise: £0.00}"
    found = settled(tmp_path, HEAD + ALICE + paying(*edges, up, down, "s: {kind: sum, of: [up, down]}"))
    assert [1_200] == [e.payable for e in found.entries]
    assert [] == [*follows(tmp_path, found).wrong, *follows(tmp_path, found).unknown]


@pytest.mark.parametrize("year", ["2016/17", "16/17", "2016/2017", "1617", "FY2016/17"])
def test_years_are_read_alike_however_they_are_written(year: str, tmp_path: Path) -> None:
    """Found by mangling: the checker knew one way to write a financial year."""
    found = settled(tmp_path, HEAD + RATIO + paying("s: {kind: product, of: [£5.00, m]}"), f"A,m,{year},50%\n")
    assert [250] == [e.payable for e in found.entries]
    assert [] == [*follows(tmp_path, found).wrong, *follows(tmp_path, found).unknown]


def test_nothing_is_nothing_in_every_unit(tmp_path: Path) -> None:
    """Found by mangling: a plain 0 beside money settles, and the checker no longer takes it for a plain number."""
    steps = paying(
        "least: {kind: limits, of: £5.00, least: 0}",
        "month: {kind: instalment, of: 0%, equal: quarterly}",
        "s: {kind: sum, of: [least, 0]}",
    )
    found = settled(tmp_path, HEAD + ALICE + steps)
    assert [500] == [e.payable for e in found.entries]
    assert [] == [*follows(tmp_path, found).wrong, *follows(tmp_path, found).unknown]
