"""The immunisation contract settles real counts: West Sussex practices, two years, three vaccines (published, Open Government Licence).

The counts are read from `../shared/data`, beside the checkout, and are not part of the project; where they are absent these tests are skipped.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.practices_file import read_practices
from p4p.language.contract import Contract
from p4p.numbers.errors import InputError
from p4p.numbers.period import Quarter, Year
from p4p.settling.settle import expected, settle
from p4p.settling.settlement import Settlement

ROOT = Path(__file__).resolve().parents[1]
COUNTS = ROOT.parent / "shared" / "data" / "west_sussex_childhood_imms_by_practice_2019_2021.csv"
CONTRACT = ROOT / "contracts" / "childhood-immunisation-95.yaml"
VACCINES = {"24 months DTaP/IPV/Hib(Hep)": "DTAP24", "24 months MMR1": "MMR24", "5 years MMR2": "MMR60"}

pytestmark = pytest.mark.skipif(not COUNTS.exists(), reason=f"the published counts are not here: {COUNTS.name}")


def published() -> list[dict[str, str]]:
    with COUNTS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(folder: Path, rows: list[dict[str, str]], *, every_network: bool, withheld: str | None = None) -> None:
    """The published rows as p4p's files. `every_network` keeps each network a practice is listed under, else only its first.

    `withheld` is a practice whose 2020/21 counts, which the publication does not give, are written as withheld.
    """
    networks: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if every_network or row["practice_code"] not in networks or row["pcn_code"] in networks[row["practice_code"]]:
            networks[row["practice_code"]][row["pcn_code"]] = row["pcn_name"]
    practices = ["practice,name,network,network_name"]
    practices += [f'{code},{code},{pcn},"{name}"' for code, listed in networks.items() for pcn, name in listed.items()]
    (folder / "practices.csv").write_text("\n".join(practices) + "\n", encoding="utf-8")
    keys = {(r["practice_code"], VACCINES[r["indicator"]], r["financial_year"]): f"{r['numerator']},{r['denominator']}" for r in rows}
    if withheld:
        keys |= {(withheld, vaccine, "2020/21"): "*,*" for vaccine in VACCINES.values()}
    lines = ["practice,indicator,period,numerator,denominator", *(f"{p},{i},{y},{counts}" for (p, i, y), counts in keys.items())]
    (folder / "activity.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def settled(folder: Path, contract: Contract, year: int) -> Settlement:
    members = read_practices(str(folder / "practices.csv"))
    activity = read_activity([str(folder / "activity.csv")], expected(contract), members)
    return settle(contract, members, activity, [Quarter(Year(year), 4)])


def test_a_practice_in_two_networks_is_reported(tmp_path: Path) -> None:
    """Six practices are published under two networks each; all six are named, and nothing is settled."""
    rows = published()
    listed = defaultdict(set)
    for row in rows:
        listed[row["practice_code"]].add(row["pcn_code"])
    twice = sorted(code for code, networks in listed.items() if len(networks) > 1)
    write(tmp_path, rows, every_network=True)
    with pytest.raises(InputError) as refused:
        read_practices(str(tmp_path / "practices.csv"))
    assert twice == ["H82014", "H82043", "H82058", "H82066", "H82099", "H82100"]
    assert [code for code in twice if code not in str(refused.value)] == []


@pytest.mark.parametrize("year", [2019, 2020])
def test_pooled_rates_agree_with_the_counts_to_the_last_fraction(tmp_path: Path, year: int) -> None:
    """Each network's rate is the sum of its practices' numerators over that of their denominators, and 95% is tested on exactly that."""
    rows = [r for r in published() if r["practice_code"] != "H82015"]
    write(tmp_path, rows, every_network=False)
    network = {r["practice_code"]: r["pcn_code"] for r in reversed(rows)}  # the first listing, as written
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    seen = set()
    for row in rows:
        key = (row["practice_code"], row["indicator"])
        if row["financial_year"] == str(Year(year)) and key not in seen:
            seen.add(key)
            pool = sums[network[row["practice_code"]], VACCINES[row["indicator"]]]
            pool[0] += int(row["numerator"])
            pool[1] += int(row["denominator"])
    lines = list(settled(tmp_path, read_contract(str(CONTRACT)), year).lines_of())
    assert {key: Fraction(n, d) for key, (n, d) in sums.items()} == {(line.network, line.indicator): line.achievement for line in lines}
    assert {key: 20 * n >= 19 * d for key, (n, d) in sums.items()} == {(line.network, line.indicator): line.share == 1 for line in lines}
    assert {400_000 if 20 * n >= 19 * d else 0 for n, d in sums.values()} == {line.earned for line in lines}


def test_counts_that_are_not_given_are_refused(tmp_path: Path) -> None:
    """The publication gives no 2020/21 counts for one practice: absent they are missing, starred they are withheld, and both are refused by name."""
    rows, contract = published(), read_contract(str(CONTRACT))
    write(tmp_path, rows, every_network=False)
    with pytest.raises(InputError, match="there is no count: practice H82015"):
        settled(tmp_path, contract, 2020)
    write(tmp_path, rows, every_network=False, withheld="H82015")
    with pytest.raises(InputError, match=r"the count is withheld \(suppressed\): practice H82015"):
        settled(tmp_path, contract, 2020)


def test_withheld_counts_settle_once_the_contract_says_what_they_mean(tmp_path: Path) -> None:
    """With `withheld_data: pays nothing` the practice's network earns nothing that year, and the others are paid as before."""
    rows = published()
    write(tmp_path, rows, every_network=False, withheld="H82015")
    text = CONTRACT.read_text(encoding="utf-8").replace("withheld_data: refuse", "withheld_data: pays nothing")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    settlement = settled(tmp_path, read_contract(str(tmp_path / "contract.yaml")), 2020)
    network = next(r["pcn_code"] for r in rows if r["practice_code"] == "H82015")
    assert [line.state for line in settlement.lines_of(network)] == ["counts withheld"] * 3
    assert settlement.by_network[network].payable == 0
    assert settlement.totals.payable > 0
