"""The national schemes on published counts of north-east London, and every national and local contract on its sample files.

The counts are read from `../shared/data`, beside the checkout, and are not part of the project; where they are absent these tests are skipped.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from fractions import Fraction as F
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filled import ROOT, Settled, filled, settled, shipped
from published import SHARED, needs_shared

from p4p.chain import explain_scheme, settle_scheme
from p4p.folder import files_of
from p4p.money import rounded
from p4p.scheme_file import read_scheme
from p4p.scheme_proofs import scheme_proofs
from p4p.scheme_reading import months_asked, read_inputs
from p4p.scheme_words import describe_scheme

YEAR = "2023/24"
AVERAGE_LIST = 50_000  #: patients of the average network: invented, the same for every network
OTHERS = ("VI-02", "VI-03", "HI-03", "CAN-02")


@cache
def table(name: str) -> list[dict[str, str]]:
    """A published table."""
    with (SHARED / "data" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def appointments() -> list[dict[str, str]]:
    return table("iif_2023_24_practice_north_east_london.csv")


def registers() -> list[dict[str, str]]:
    return table("qof_2024_25_registers_north_east_london.csv")


def sums() -> dict[str, list[int]]:
    """Appointments within two weeks, all appointments, patients: of each network, added up here."""
    patients = {r["PRACTICE_CODE"]: int(r["list_size_all_ages"]) for r in registers()}
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for r in appointments():
        row = int(r["acc08_numerator"]), int(r["acc08_denominator"]), patients[r["PRACTICE_CODE"]]
        out[r["PCN_CODE"]] = [a + b for a, b in zip(out[r["PCN_CODE"]], row, strict=True)]
    return out


def north_east_london(folder: Path, contract: str) -> Settled:
    """ACC-08 of all networks by a contract, from practices' counts; nobody earns anything on the other four."""
    patients = {r["PRACTICE_CODE"]: int(r["list_size_all_ages"]) for r in registers()}
    practices = {r["PRACTICE_CODE"]: r["PCN_CODE"] for r in appointments()}
    counts = [(r["PRACTICE_CODE"], "ACC-08", YEAR, int(r["acc08_numerator"]), int(r["acc08_denominator"]), 0) for r in appointments()]
    counts += [(p, other, YEAR, 0, 1, 0) for p in practices for other in OTHERS]
    _, all_of_them, heads = (sum(column) for column in zip(*sums().values(), strict=True))
    figures: list[tuple[str, str, str, object]] = [("contract", "average_list", YEAR, AVERAGE_LIST)]
    figures += [("contract", f"{other}_in_england", YEAR, "1%") for other in OTHERS]
    figures += [("contract", "ACC-08_in_england", YEAR, f"{all_of_them}/{heads}")]
    lists = [(p, "registered list", "2023-01-01", patients[p]) for p in practices]
    return settled(folder, contract, YEAR, figures, counts, practices, lists)


@needs_shared
def test_acc08_is_pooled_scored_once_and_paid_for_every_network(tmp_path: Path) -> None:
    """49 networks, 259 practices: sums of practices' counts on the line from 85% to 90%, 71 points at £198, at both adjustments, to the penny."""
    as_counted = re.sub(r"            ruling:\n(?: {14}.*\n)+", "", shipped("iif-2023-24"))
    assert "set to" not in as_counted
    found = north_east_london(tmp_path, as_counted)
    networks = sums()
    _, all_of_them, heads = (sum(column) for column in zip(*networks.values(), strict=True))
    assert (len(networks), len(appointments())) == (49, 259)
    for network, (n, d, patients) in networks.items():
        points = min(max((F(n, d) - F(85, 100)) / F(5, 100), F(0)), F(1)) * 71
        pence = points * 198_00 * F(patients, AVERAGE_LIST) * (F(d, patients) / F(all_of_them, heads))
        assert (F(n, d), points) == (found("acc08", network), found("scored.points", network))
        assert found.paid(payee=network) == [F(rounded(pence, "half-up"), 100)]


@needs_shared
def test_the_ruling_gives_every_network_all_its_points(tmp_path: Path) -> None:
    """With the ruling of June 2024 every network has 71 points, and what was counted stays visible: 13 of the 49 networks had fewer."""
    found = north_east_london(tmp_path, shipped("iif-2023-24"))
    assert {found("scored.points", network) for network in sums()} == {F(71)}
    fewer = {n for n in sums() if found("scored.counted", n) < 71}
    assert (len(fewer), fewer) == (13, {n for n, (a, b, _) in sums().items() if F(a, b) < F(9, 10)})


@needs_shared
@pytest.mark.parametrize("group", ["DM", "HYP", "COPD"])
def test_index_times_factor_is_register_over_average_register(group: str, tmp_path: Path) -> None:
    """For each of 261 practices list-size index × prevalence factor is exactly its register over the average register: the list cancels out."""
    england = next(r for r in table("qof_2024_25_prevalence_england_totals.csv") if r["GROUP_CODE"] == group)
    figures: list[tuple[str, str, str, object]] = [
        ("contract", "england_list", "2024/25", england["total_list_size"]),
        ("contract", "england_register", "2024/25", england["register"]),
        ("contract", "england_practices", "2024/25", england["practices"]),
    ]
    for r in registers():
        figures += [
            (r["PRACTICE_CODE"], "list", "2024/25", r["list_size_all_ages"]),
            (r["PRACTICE_CODE"], "register", "2024/25", r[f"register_{group}"]),
        ]
    found = settled(tmp_path, filled("qof_identity"), "2024/25", figures)
    average = F(int(england["register"]), int(england["practices"]))
    assert {r["PRACTICE_CODE"]: int(r[f"register_{group}"]) / average for r in registers()} == {
        r["PRACTICE_CODE"]: found("both", r["PRACTICE_CODE"]) for r in registers()
    }


# Every contract on its sample files

#: A shipped contract and the period that its sample files settle.
SAMPLES = {
    "qof-2023-24": "2023/24",
    "iif-2023-24": "2023/24",
    "cquin-2022-23": "2022/23",
    "better-care-fund-2015-16": "2015",
    "stf-2016-17": "2016/17",
    "community-pharmacy-quality-payments-2017-18": "2017/18",
    "tower-hamlets-year-of-care": "2009/10",
    "quality-premium-2013-14": "2013/14",
    "childhood-immunisation-targets-2005": "Q1",
    "prescribing-quality-2015-16": "2015/16",
    "emergency-admissions-steps-2014-15": "2014/15",
}

each_contract = pytest.mark.parametrize("name", SAMPLES)


def sample(name: str) -> Any:
    """A shipped contract, its sample files read, and the months that they settle."""
    folder = ROOT / "examples" / "schemes" / name
    files = files_of(
        [str(ROOT / "contracts" / f"{name}.yaml"), *(str(f) for f in (folder / "measures.csv", folder / "activity.csv") if f.is_file())],
        str(folder / "practices.csv") if (folder / "practices.csv").is_file() else None,
        [str(f) for f in folder.glob("lists*.csv")],
    )
    scheme = read_scheme(files.contract)
    return scheme, read_inputs(scheme, files), *months_asked(scheme, SAMPLES[name], None, None)


@each_contract
def test_worked_examples_hold(name: str) -> None:
    """Two to five examples, all of which hold."""
    proofs = scheme_proofs(read_scheme(str(ROOT / "contracts" / f"{name}.yaml")))
    assert 2 <= len(proofs) <= 5
    assert [] == [str(problem) for proof in proofs for problem in proof.problems]


@each_contract
def test_sample_files_settle_and_are_explained_to_the_same_penny(name: str) -> None:
    """Every payment of the sample comes out of its explanation as it came out of the settlement, and every figure of the files was used."""
    scheme, inputs, months, period = sample(name)
    settlement = settle_scheme(scheme, inputs, months, period)
    assert {e.payee for e in settlement.entries} == set(inputs.payees)
    assert inputs.measures.left_over() == []
    for payee in inputs.payees:
        figures = explain_scheme(scheme, inputs, months, payee, None)
        assert sorted(f.value for f in figures) == sorted(e.payable for e in settlement.of(payee))


@each_contract
def test_every_step_is_described(name: str) -> None:
    """A contract in sentences names each of its measures and numbers each of its steps."""
    scheme = read_scheme(str(ROOT / "contracts" / f"{name}.yaml"))
    text = " ".join(line for section in describe_scheme(scheme) for line in section.sentences)
    assert [] == [m for m in scheme.measures or {} if f"{m.replace('_', ' ')}: " not in text]
    assert [] == [
        sid for p in scheme.payments.values() for n, sid in enumerate(p.steps, 1) if f"{n}. {sid.replace('_', ' ')}: " not in text
    ]
