"""The national schemes on published counts of north-east London: IIF appointments, QOF registers.

The counts are read from `../shared/data`, beside the checkout, and are not part of the project; where they are absent these tests are skipped.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from fractions import Fraction as F
from functools import cache
from pathlib import Path

import pytest
from filled import Settled, filled, settled, shipped
from published import SHARED, needs_shared

from p4p.numbers.money import rounded

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
