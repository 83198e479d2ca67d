"""The independent checker: its arithmetic by hand, its independence, and that it accepts what is right and nothing else."""

from __future__ import annotations

import ast
import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import differential

from p4p.checkers import verify as checker
from p4p.cli import main
from p4p.commands.verified import verified
from p4p.files.activity_file import read_activity
from p4p.files.contract_file import read_contract
from p4p.files.folder import Files, files_of
from p4p.files.practices_file import read_practices
from p4p.numbers.errors import MismatchError
from p4p.screens.tables import settlement_json
from p4p.settling.settle import expected, settle

ROOT = Path(__file__).parent.parent
FOLDERS = [
    ROOT / "examples" / "tower-hamlets",
    *sorted(path for path in (ROOT / "p4p" / "templates").iterdir() if (path / "practices.csv").is_file()),
]

LINEAR = {"kind": "linear", "lower": "60%", "upper": "80%"}
LINEAR_DOWN = {"kind": "linear", "lower": "5%", "upper": "10%", "direction": "lower is better"}
TIERED = {"kind": "tiered", "tiers": {"at least 70%": "1/3", "at least 90%": "100%"}}
TIERED_DOWN = {"kind": "tiered", "tiers": {"below 10%": "1/2", "at most 5%": "100%"}}
STEPPED = {"kind": "stepped", "from": "70%", "step": "2%", "share_per_step": "20%", "most": "50%"}
STEPPED_DOWN = {"kind": "stepped", "from": "10%", "step": "2%", "share_per_step": "20%", "most": "100%", "direction": "lower is better"}


def all_or_nothing(target: str) -> dict[str, Any]:
    """A curve with one threshold."""
    return {"kind": "all_or_nothing", "target": target}


def imported(path: Path) -> set[str]:
    """The modules a file imports, by their first name; "." for a relative import."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else str(node.module).split(".")[0])
    return names


def test_imports_nothing_of_the_package() -> None:
    """The checker imports the standard library and yaml, and nothing of what it checks."""
    assert imported(ROOT / "p4p" / "checkers" / "verify.py") - set(sys.stdlib_module_names) == {"yaml"}


def test_uses_whole_numbers_only() -> None:
    """No float is written, no true division is made and no other kind of number is asked for."""
    tree = ast.parse((ROOT / "p4p" / "checkers" / "verify.py").read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Div)]
    assert not imported(ROOT / "p4p" / "checkers" / "verify.py") & {"fractions", "decimal", "random", "statistics"}


@pytest.mark.parametrize(
    ("text", "top", "bottom"),
    [
        ("70%", 7, 10),
        ("62.5%", 5, 8),
        ("7/10", 7, 10),
        ("0.01%", 1, 10_000),
        ("1/3", 1, 3),
        ("1", 1, 1),
        ("0%", 0, 1),
        ("33.3%", 333, 1000),
    ],
)
def test_ratio(text: str, top: int, bottom: int) -> None:
    """Percentages and fractions are read exactly."""
    read = checker.ratio(text)
    assert read[0] * bottom == top * read[1]


@pytest.mark.parametrize(
    ("text", "side", "edge"),
    [
        ("at least 85%", "at least", (85, 100)),
        ("at most 85 %", "at most", (85, 100)),
        ("above 7 / 10", "above", (7, 10)),
        ("at\u00a0least  85%", "at least", (85, 100)),
    ],
)
def test_threshold(text: str, side: str, edge: tuple[int, int]) -> None:
    """A side and an edge, however they are spaced; a space before the percent sign stopped the checker once."""
    assert checker.threshold(text) == (side, edge)


@pytest.mark.parametrize(
    ("text", "top", "bottom"), [("250,000.00", 25_000_000, 1), ("2.765", 2765, 10), ("0.005", 1, 2), ("0.0001", 1, 100), ("4", 400, 1)]
)
def test_money(text: str, top: int, bottom: int) -> None:
    """Amounts and prices are read as pence, parts of a penny included."""
    read = checker.money(text)
    assert read[0] * bottom == top * read[1]


@pytest.mark.parametrize(
    ("mode", "pence"),
    [("half-up", [0, 1, 1, 2, 2, 3]), ("half-even", [0, 0, 1, 2, 2, 2]), ("down", [0, 0, 0, 1, 1, 2]), ("up", [1, 1, 1, 2, 2, 3])],
)
def test_rounded(mode: str, pence: list[int]) -> None:
    """0.25, 0.5, 0.75, 1.5, 1.75 and 2.5 pence in each mode; below zero the same away from zero."""
    quarters = [(1, 4), (2, 4), (3, 4), (6, 4), (7, 4), (10, 4)]
    assert [checker.rounded(top, bottom, mode) for top, bottom in quarters] == pence
    assert [checker.rounded(-top, bottom, mode) for top, bottom in quarters] == [-amount for amount in pence]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, {"b": (1, 3), "a": (1, 3), "c": (1, 3)}, {"a": 34, "b": 33, "c": 33}),  # 33.33 each: the penny to the first code
        (200, {"a": (1, 3), "b": (1, 3), "c": (1, 3)}, {"a": 67, "b": 67, "c": 66}),
        (10, {"a": (1, 4), "b": (3, 4)}, {"a": 3, "b": 7}),  # 2.5 and 7.5: remainders alike
        (11, {"a": (1, 4), "b": (3, 4)}, {"a": 3, "b": 8}),  # 2.75 and 8.25
        (1, {"a": (0, 1), "b": (1, 1)}, {"a": 0, "b": 1}),
        (0, {"a": (1, 2), "b": (1, 2)}, {"a": 0, "b": 0}),
        (7, {"N10": (1, 1), "N2": (1, 1)}, {"N10": 4, "N2": 3}),  # codes are text
        (112_000_00, {"N1": (33186, 1), "N2": (28995, 1)}, {"N1": 5_977_440, "N2": 5_222_560}),  # 3360 and 58821 parts of 62181 over
    ],
)
def test_shared_out(amount: int, weights: dict[str, checker.Ratio], parts: dict[str, int]) -> None:
    """What is left over goes to the largest remainders, ties by code."""
    assert checker.shared_out(amount, weights) == parts


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2009-04", "2009-04", "2009-04"),
        ("2009-06-30", "2009-06", "2009-06"),
        ("2009/10 Q1", "2009-04", "2009-06"),
        ("2009/10 Q4", "2010-01", "2010-03"),
        ("2009/10", "2009-04", "2010-03"),
    ],
)
def test_months_of(period: str, first: str, last: str) -> None:
    """A period is a month, the month of a date, a quarter or a financial year."""
    assert checker.months_of(period) == (checker.month_of(first), checker.month_of(last))


def test_counted_day() -> None:
    """Membership is counted on the first or on the last day of a month, leap years included."""
    months = [checker.month_of(month) for month in ("2009-12", "2020-02", "2021-02")]
    assert [checker.counted_day(month, "last day of the month") for month in months] == ["2009-12-31", "2020-02-29", "2021-02-28"]
    assert [checker.counted_day(month, "first day of the month") for month in months] == ["2009-12-01", "2020-02-01", "2021-02-01"]


def test_quarters_of_a_year() -> None:
    """1.01 by quarters: 25.25, 50.50, 75.75 and 101 pence to date, rounded 25, 51, 76, 101."""
    assert checker.quarter_values(101, None, "half-up") == [25, 26, 25, 25]
    assert checker.quarter_values(101, {"Q1": "0%", "Q2": "0%", "Q3": "1/3", "Q4": "2/3"}, "down") == [0, 0, 33, 68]


def test_upfront_changes_inside_a_quarter() -> None:
    """70% for one month of three and 40% for two are 50% of the quarter: 50.5 pence of 1.01, rounded once."""
    split = {"2009-04-01": {"upfront": "70%"}, "2009-08-01": {"upfront": "40%"}}
    july = checker.month_of("2009-07")
    assert checker.upfront_of(101, split, july, "half-up") == 51
    assert checker.upfront_of(101, split, july, "down") == 50
    assert checker.upfront_of(100, split, july - 3, "half-up") == 70
    assert checker.upfront_of(100, split, july + 3, "half-up") == 40
    assert checker.upfront_of(100, {"upfront": "1/3"}, july, "half-up") == 33


@pytest.mark.parametrize(
    ("curve", "n", "d", "share", "gap"),
    [
        (all_or_nothing("at least 90%"), 90, 100, "1", 0),
        (all_or_nothing("at least 90%"), 188, 209, "0", 1),  # 188.1 are needed
        (all_or_nothing("above 90%"), 90, 100, "0", 1),
        (all_or_nothing("above 90%"), 91, 100, "1", 0),
        (all_or_nothing("at most 10%"), 10, 100, "1", 0),
        (all_or_nothing("at most 10%"), 11, 100, "0", 1),
        (all_or_nothing("below 10%"), 10, 100, "0", 1),
        (all_or_nothing("below 10%"), 1, 9, "0", 1),
        (all_or_nothing("above 99%"), 99, 100, "0", 1),
        (all_or_nothing("above 99.9%"), 0, 7, "0", 7),
        (all_or_nothing("below 1/7"), 1, 7, "0", 1),
        (LINEAR, 60, 100, "0", 1),  # at the lower end still nothing
        (LINEAR, 59, 100, "0", 2),
        (LINEAR, 70, 100, "1/2", 10),
        (LINEAR, 80, 100, "1", 0),
        (LINEAR, 1, 1, "1", 0),
        (LINEAR_DOWN, 10, 100, "0", 1),
        (LINEAR_DOWN, 6, 100, "4/5", 1),
        (LINEAR_DOWN, 5, 100, "1", 0),
        (LINEAR_DOWN, 0, 3, "1", 0),
        (TIERED, 69, 100, "0", 1),
        (TIERED, 70, 100, "1/3", 20),
        (TIERED, 90, 100, "1", 0),
        (TIERED_DOWN, 10, 100, "0", 1),
        (TIERED_DOWN, 9, 100, "1/2", 4),
        (TIERED_DOWN, 5, 100, "1", 0),
        (STEPPED, 71, 100, "0", 1),
        (STEPPED, 72, 100, "1/5", 2),
        (STEPPED, 75, 100, "2/5", 1),
        (STEPPED, 76, 100, "1/2", 0),  # three steps are 60%, capped at 50%
        (STEPPED_DOWN, 10, 100, "0", 2),
        (STEPPED_DOWN, 2, 100, "4/5", 2),
        (STEPPED_DOWN, 0, 100, "1", 0),
    ],
)
def test_share_and_gap(curve: dict[str, Any], n: int, d: int, share: str, gap: int | None) -> None:
    """What a rate earns on each curve, in both directions, at its edges and one patient either side."""
    assert checker.fraction_of(checker.share_of(curve, (n, d))) == share
    assert checker.gap_of(checker.edges(curve), n, d) == gap


def test_gap_that_no_patients_close() -> None:
    """Where the next threshold is out of reach there is no gap."""
    beyond = {"kind": "stepped", "from": "90%", "step": "8%", "share_per_step": "20%", "most": "100%"}
    assert checker.gap_of(checker.edges(beyond), 99, 100) is None


@pytest.mark.parametrize(
    ("kind", "lower_is_better", "rate"),
    [("pooled", False, "31/51"), ("mean of practices", False, "3/4"), ("every practice", False, "3/5"), ("every practice", True, "9/10")],
)
def test_network_rate(kind: str, lower_is_better: bool, rate: str) -> None:
    """30/50 and 9/10, of which the latter has 5 excluded of 15, and a practice without patients."""
    counts: list[tuple[int, ...]] = [(30, 50, 0), (9, 15, 5), (0, 3, 3)]
    if kind == "pooled":
        counts = [(30, 50, 0), (1, 6, 5), (0, 3, 3)]
    assert checker.fraction_of(checker.network_rate(kind, counts, lower_is_better)) == rate
    assert checker.network_rate(kind, [(0, 0, 0), (0, 3, 3)], lower_is_better) is None


@pytest.mark.parametrize(
    ("catch_up", "claw_back", "earned"),
    [
        ("none", "none", [101, 51, 0, 101]),  # its own, 50.5 rounded
        ("allowed", "none", [101, 51, 0, 252]),  # Q4: 404 to date less 152
        ("none", "allowed", [101, 0, -101, 101]),  # Q2: 101 due less 101 earned; Q3: 0 less 101
        ("allowed", "allowed", [101, 0, -101, 404]),
    ],
)
def test_catch_up_and_claw_back(catch_up: str, claw_back: str, earned: list[int]) -> None:
    """1.01 a quarter at shares of 1, 1/2, 0 and 1, by the four switches."""
    terms = {"catch_up": catch_up, "claw_back": claw_back}
    paid: list[int] = []
    for q, share in enumerate([(1, 1), (1, 2), (0, 1), (1, 1)]):
        paid.append(checker.earned_of(101, 101 * (q + 1), sum(paid), share, terms, "half-up"))
    assert paid == earned


@pytest.mark.parametrize(
    ("pool", "cap", "parts"),
    [
        (1000, "100%", {"A": 100, "B": 300, "C": 0}),  # all that each earned
        (101, "100%", {"A": 25, "B": 76, "C": 0}),  # 25.25 and 75.75
        (133, "1/3", {"A": 33, "B": 100, "C": 0}),  # enough for the most of both, 33 and 100
        (132, "1/3", {"A": 33, "B": 99, "C": 0}),  # 33 and 99
        (2, "1/3", {"A": 1, "B": 1, "C": 0}),  # 0.5 and 1.5: remainders alike, so the penny left goes to A by code
        (1000, "1/3", {"A": 33, "B": 100, "C": 0}),  # at most 33.33
        (0, "50%", {"A": 0, "B": 0, "C": 0}),
    ],
)
def test_shared_among_earners(pool: int, cap: str, parts: dict[str, int]) -> None:
    """What was not earned, among those who earned 1.00, 3.00 and nothing."""
    assert checker.shared_among(pool, {"A": 100, "B": 300, "C": 0}, checker.ratio(cap)) == parts


def test_nothing_earned_nothing_shared() -> None:
    """Where nobody earned anything, nobody shares."""
    assert checker.shared_among(500, {"A": 0, "B": 0}, (1, 1)) == {"A": 0, "B": 0}


PRACTICES = [
    {"practice": "P1", "network": "N1", "list_size": "100", "list_date": "2009-01-01"},
    {"practice": "P2", "network": "N1", "to": "2009-02-28", "list_size": "40", "list_date": "2009-01-01"},
    {"practice": "P2", "network": "N2", "from": "2009-03-01", "list_size": "40", "list_date": "2009-01-01"},
    {"practice": "P3", "network": "N1", "to": "2009-03-31", "successor": "P4", "list_size": "7", "list_date": "2009-01-01"},
    {"practice": "P4", "network": "N1", "to": "2009-09-30", "successor": "P5", "list_size": "5", "list_date": "2009-01-01"},
    {"practice": "P5", "network": "N2", "from": "2009-05-01", "list_size": "3", "list_date": "2009-04-01"},
]


@pytest.mark.parametrize(
    ("code", "day", "place"),
    [
        ("P1", "2030-01-01", ("P1", "N1")),
        ("P2", "2009-02-28", ("P2", "N1")),
        ("P2", "2009-03-01", ("P2", "N2")),
        ("P3", "2009-03-31", ("P3", "N1")),
        ("P3", "2009-04-01", ("P4", "N1")),
        ("P3", "2009-10-01", ("P5", "N2")),  # by way of P4
        ("P5", "2009-04-30", None),  # not there yet
        ("P9", "2009-04-30", None),
    ],
)
def test_home(code: str, day: str, place: tuple[str, str] | None) -> None:
    """Where a practice's patients and counts are on a day: moved, merged, merged again, not there yet."""
    assert checker.home(checker.stays_of(PRACTICES), code, day) == place


APRIL, MARCH = checker.month_of("2009-04"), checker.month_of("2009-03")
FIRST, LAST = "first day of the month", "last day of the month"


def test_patients_by_network() -> None:
    """An older list counts where practices are when the contract begins, a younger one where they are in its month."""
    stays = checker.stays_of(PRACTICES)
    before = checker.patients_by_network("registered list", "2009-01-01", APRIL, stays, [], FIRST)
    assert before == {"N1": 100 + 7 + 5, "N2": 40}
    register = [{"practice": "P4", "list": "register", "date": "2009-10-01", "patients": "9"}]
    assert checker.patients_by_network("register", "2009-10-01", APRIL, stays, register, FIRST) == {"N2": 9}


def test_the_month_of_a_list_is_counted_as_membership_is() -> None:
    """On a list of 1 March a practice that moves on 15 March counts by the day that the contract says decides its month."""
    rows = [{"practice": "P1", "network": "N1", "to": "2009-03-14"}, {"practice": "P1", "network": "N2", "from": "2009-03-15"}]
    register = [{"practice": "P1", "list": "register", "date": "2009-03-01", "patients": "9"}]
    found = [checker.patients_by_network("register", "2009-03-01", MARCH, checker.stays_of(rows), register, day) for day in (FIRST, LAST)]
    assert found == [{"N1": 9}, {"N2": 9}]


def test_year_values() -> None:
    """Each, equal parts, a total by a list and a price with a part of a penny."""
    where = (["N1", "N2"], APRIL, checker.stays_of(PRACTICES), [], "half-up", FIRST)
    by_list = {"shared_by": "registered list", "as_at": "2009-01-01"}
    assert checker.year_values({"each": "14,000.00"}, *where) == {"N1": 1_400_000, "N2": 1_400_000}
    assert checker.year_values({"total": "0.03", "shared_by": "equal parts"}, *where) == {"N1": 2, "N2": 1}
    assert checker.year_values({"total": "1.00", **by_list}, *where) == {"N1": 74, "N2": 26}  # 112/152 and 40/152
    assert checker.year_values({"price": "0.125", "per": "registered list", "as_at": "2009-01-01"}, *where) == {"N1": 1400, "N2": 500}


def settled(folder: Path, quarter: int | None) -> dict[str, Any]:
    """What the engine says of a quarter of a folder, or of its year."""
    contract = read_contract(str(folder / "contract.yaml"))
    lists = [str(path) for path in sorted(folder.glob("lists*.csv"))]
    members = read_practices(str(folder / "practices.csv"), counted_on=contract.counted_on, lists=lists)
    activity = read_activity([str(folder / "activity.csv")], expected(contract), members)
    quarters = contract.years[0].quarters
    document: dict[str, Any] = json.loads(
        settlement_json(settle(contract, members, activity, quarters if quarter is None else [quarters[quarter]]))
    )
    return document


def checked(folder: Path, document: dict[str, Any]) -> list[str]:
    """What the checker says is wrong with it."""
    return verdict(folder, document).wrong


def verdict(folder: Path, document: dict[str, Any]) -> checker.Verdict:
    """What the checker makes of a settlement."""
    lists = sorted(folder.glob("lists*.csv"))
    return checker.verify(folder / "contract.yaml", folder / "practices.csv", [folder / "activity.csv"], lists, document)


@pytest.mark.parametrize("quarter", [0, 1, 2, 3, None])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_accepts_what_is_shipped(folder: Path, quarter: int | None) -> None:
    """Every penny of every quarter and year of the example and the templates follows from their files."""
    assert checked(folder, settled(folder, quarter)) == []


def changes(node: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every figure of a settlement, with another one in its place: a penny more, one more, another fraction or state."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from changes(value, (*where, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from changes(value, (*where, place))
    elif isinstance(node, int) and not isinstance(node, bool):
        yield where, node + 1
    elif isinstance(node, str) and re.fullmatch(r"-?\d+\.\d\d", node):
        yield where, checker.text_of(checker.pence_of(node) + 1)
        yield where, checker.text_of(checker.pence_of(node) - 1)
    elif where[-1] in ("achievement", "share"):
        yield where, "1/2" if node != "1/2" else "1/3"
    elif where[-1] == "state" and len(where) > 1:
        yield where, "counted" if node != "counted" else "no patients"
    elif where[-1] in ("gap", "holds"):
        yield where, 1 if where[-1] == "gap" else False


#: Not verified: docs/json.md does not say what exactly these count.
UNSAID = [("counts", "practices"), ("counts", "missing"), ("counts", "withheld")]


@pytest.mark.parametrize(
    ("folder", "quarter"), [(FOLDERS[0], 3), *((folder, None) for folder in FOLDERS[1:])], ids=lambda it: str(it)[-12:]
)
def test_rejects_any_changed_figure(folder: Path, quarter: int | None) -> None:
    """No figure of a settlement can be a penny more or less, or a count one more, without being noticed."""
    document = settled(folder, quarter)
    year = document["period"][:7]
    contract = checker.yaml.load((folder / "contract.yaml").read_text("utf-8"), Loader=checker.yaml.BaseLoader)
    lists = sorted(folder.glob("lists*.csv"))
    rows = [row for path in lists for row in checker.rows_of(path)]
    activity = checker.rows_of(folder / "activity.csv")
    books = checker.Books(contract, year, checker.rows_of(folder / "practices.csv"), rows, activity)
    files = [folder / "practices.csv", *lists, folder / "activity.csv"]
    tried, unnoticed = 0, []
    for where, other in changes(document):
        if where in UNSAID:
            continue
        changed = copy.deepcopy(document)
        node = changed
        for step in where[:-1]:
            node = node[step]
        node[where[-1]] = other
        tried += 1
        if not checker.differences(books, changed) and not checker.inputs_checked(folder / "contract.yaml", files, changed):
            unnoticed.append((where, other))
    assert unnoticed == []
    assert tried > 50


def test_rejects_rows_too_few_and_too_many() -> None:
    """A network, package or line that is missing, there twice or invented is noticed."""
    folder = FOLDERS[0]
    document = settled(folder, 0)
    for rows in (lambda d: d["payees"], lambda d: d["payees"][0]["packages"], lambda d: d["payees"][0]["lines"]):
        fewer, more = copy.deepcopy(document), copy.deepcopy(document)
        del rows(fewer)[0]
        rows(more).append(copy.deepcopy(rows(more)[0]))
        assert checked(folder, fewer)
        assert checked(folder, more)
    invented = copy.deepcopy(document)
    invented["payees"].append({**document["payees"][0], "payee": "N99"})
    assert checked(folder, invented)
    misnamed = copy.deepcopy(document)
    misnamed["payees"][0]["name"] = document["payees"][1]["name"]
    assert len(checked(folder, misnamed)) == 1


def test_rejects_other_files(tmp_path: Path) -> None:
    """One byte more in a file, be it only a line end, and the settlement is not that file's."""
    folder = FOLDERS[0]
    document = settled(folder, 0)
    for name in ("contract.yaml", "practices.csv", "activity.csv"):
        for other in ("contract.yaml", "practices.csv", "activity.csv"):
            text = (folder / other).read_text("utf-8")
            (tmp_path / other).write_text(text + ("\n" if other == name else ""), "utf-8")
        assert len(checked(tmp_path, document)) == (1 if name == "contract.yaml" else 2)  # one file is missing, another too many
    fewer = copy.deepcopy(document)
    del fewer["inputs"][0]
    assert checked(folder, fewer)


def test_money_is_text_and_counts_are_numbers() -> None:
    """1254 for "1254.00", "89" for 89 and True for 1 are wrong even where they mean the same."""
    assert checker.compared("x", {"a": "1254.00"}, {"a": "1254.00"}) == []
    for said, due in ((1254, "1254.00"), ("1254.0", "1254.00"), ("89", 89), (True, 1), (0, None), ("2/4", "1/2")):
        assert len(checker.compared("x", {"a": said}, {"a": due})) == 1
    assert len(checker.compared("x", {}, {"a": None})) == 1


def test_says_how_much_was_verified() -> None:
    """Of the example's Q4: 8 networks, 2 packages and 4 indicators each, and the whole of what is paid."""
    found = verdict(FOLDERS[0], settled(FOLDERS[0], 3))
    assert (found.lines, found.packages, found.unknown) == (8 * 4, 8 * 2, [])
    assert checker.text_of(found.pence) == settled(FOLDERS[0], 3)["totals"]["payable"]


#: Terms that the checker has never heard of, each as a line to put in the place of one of the example's contract.
UNHEARD = [
    ("          weight: 40%", "          bonus: 5%\n          weight: 40%", "`bonus` of DM1"),
    ("    split: {upfront: 70%, performance: 30%}", "    split: {upfront: 70%, performance: 30%}\n    steps: [points]", "`steps`"),
    ("      network_rate: pooled", "      network_rate: median of practices", "`network_rate: median of practices`"),
    ("      measured: snapshot", "      measured: rolling year", "`measured: rolling year`"),
    ("all_or_nothing, target", "s_shaped, target", "the curve of DM1"),
    ("    value: {each: 250000.00}", "    value: {each: 250000.00, growing: 2%}", "its value"),
]


@pytest.mark.parametrize(("line", "other", "said"), UNHEARD, ids=[said for *_, said in UNHEARD])
def test_what_is_not_known_is_not_verified(tmp_path: Path, line: str, other: str, said: str) -> None:
    """A package with a term the checker does not know is named as not verified; the other package is still verified to the penny."""
    folder = FOLDERS[0]
    for name in ("practices.csv", "activity.csv"):
        (tmp_path / name).write_text((folder / name).read_text("utf-8"), "utf-8")
    text = (folder / "contract.yaml").read_text("utf-8")
    assert line in text
    (tmp_path / "contract.yaml").write_text(text.replace(line, other, 1), "utf-8")
    document = settled(folder, 3)
    document["contract"]["sha256"] = checker.fingerprint(tmp_path / "contract.yaml")
    found = verdict(tmp_path, document)
    assert found.unknown == [f"package diabetes: the checker does not know {said}", "the totals, which hold it"]
    assert (found.wrong, found.lines, found.packages) == ([], 8, 8)  # immunisation: one indicator
    money = {row["package"]: row for row in document["payees"][0]["packages"]}
    money["diabetes"]["earned"] = "1.00"
    assert verdict(tmp_path, document).wrong == []
    money["immunisation"]["earned"] = "1.00"
    assert len(verdict(tmp_path, document).wrong) == 1


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("currency: GBP", "currency: EUR"),
        ("p4p: 1", "p4p: 2"),
        ("mode: half-up", "mode: half-odd"),
        ("paid_to: network", "paid_to: network\npools: []"),
    ],
)
def test_a_contract_that_is_not_known_is_not_verified(tmp_path: Path, line: str, other: str) -> None:
    """Where the contract's own terms are not known nothing is verified, and that is said."""
    folder = FOLDERS[0]
    for name in ("practices.csv", "activity.csv"):
        (tmp_path / name).write_text((folder / name).read_text("utf-8"), "utf-8")
    text = (folder / "contract.yaml").read_text("utf-8")
    assert line in text
    (tmp_path / "contract.yaml").write_text(text.replace(line, other, 1), "utf-8")
    document = settled(folder, 3)
    document["contract"]["sha256"] = checker.fingerprint(tmp_path / "contract.yaml")
    found = verdict(tmp_path, document)
    assert (len(found.unknown), found.lines, found.packages, found.pence, found.wrong) == (1, 0, 0, 0, [])


def files_in(folder: Path) -> Files:
    """The files of a folder, as a command line names them."""
    return files_of([str(folder)])


def test_a_mismatch_is_exit_code_5_and_says_which_penny(tmp_path: Path) -> None:
    """A settlement of other files than those at hand is refused: a patient more makes a line's numerator, and the file's hash, another."""
    for name in ("contract.yaml", "practices.csv", "activity.csv"):
        (tmp_path / name).write_text((FOLDERS[0] / name).read_text("utf-8"), "utf-8")
    contract = read_contract(str(tmp_path / "contract.yaml"))
    members = read_practices(str(tmp_path / "practices.csv"))
    activity = read_activity([str(tmp_path / "activity.csv")], expected(contract), members)
    settlement = settle(contract, members, activity, contract.years[0].quarters[3:])
    assert [text.partition(":")[0] for text in verified(settlement, files_in(tmp_path))] == ["verified"]
    lines = (tmp_path / "activity.csv").read_text("utf-8").splitlines()
    cells = lines[-1].split(",")
    cells[3] = str(int(cells[3]) - 1)
    (tmp_path / "activity.csv").write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n", "utf-8")
    with pytest.raises(MismatchError) as caught:
        verified(settlement, files_in(tmp_path))
    assert caught.value.exit == 5
    assert re.search(r"does not follow from the files: \w+ \w+ \w+: numerator is \d+, but \d+ follows", str(caught.value))
    assert "nothing is written" in str(caught.value)


def test_a_checker_that_cannot_do_its_work_verifies_nothing(tmp_path: Path) -> None:
    """Where a file is no longer there, or the checker breaks down over it, the settlement does not pass for verified."""
    for name in ("contract.yaml", "practices.csv", "activity.csv"):
        (tmp_path / name).write_text((FOLDERS[0] / name).read_text("utf-8"), "utf-8")
    contract = read_contract(str(tmp_path / "contract.yaml"))
    members = read_practices(str(tmp_path / "practices.csv"))
    activity = read_activity([str(tmp_path / "activity.csv")], expected(contract), members)
    settlement = settle(contract, members, activity, contract.years[0].quarters[:1])
    files = files_in(tmp_path)
    (tmp_path / "practices.csv").write_text("", "utf-8")
    with pytest.raises(MismatchError, match="not verified: the checker could not read these files"):
        verified(settlement, files)


@pytest.mark.parametrize("command", [["settle", "--quarter", "Q4", "--format", "json"], ["settle", "--year", "--format", "csv"]])
def test_the_command_says_what_was_verified(command: list[str]) -> None:
    """`--verify` changes nothing of what is written, and says on stderr what was recomputed."""
    words = [sys.executable, "-m", "p4p", command[0], str(FOLDERS[0]), *command[1:]]
    plain, held = (subprocess.run([*words, *more], cwd=ROOT, capture_output=True, text=True, check=True) for more in ([], ["--verify"]))
    assert (plain.stdout, plain.stderr) == (held.stdout, "")
    assert re.fullmatch(
        r"verified: [\d,]+ lines and \d+ package rows of 8 networks recomputed from the files, £[\d,.]+ follows to the penny\n", held.stderr
    )


def test_engine_and_checker_agree_on_random_contracts() -> None:
    """A few contracts of `tests/differential.py`, each settled for its year and for a quarter, to the penny."""
    tally = differential.Tally()
    differential.run(1, range(16), tally)
    differential.run(2, range(3), tally, size=40)
    assert tally.differences == []
    assert tally.settlements > 20
    assert tally.compared > 300


def test_a_network_that_is_gone_for_a_quarter_is_not_paid_twice(tmp_path: Path) -> None:
    """N2 has no practice in Q2. With catch-up and claw-back on snapshots it earned its £100 in Q1; nothing is taken back while it is gone,
    so in Q3, its target still reached, another £100 is due: £200 to date less £100. Q2's £100 stays with the commissioner.
    """
    (tmp_path / "contract.yaml").write_text(GONE, "utf-8")
    rows = ["practice,name,network,from,to", "P1,One,N1,,", "P2,Two,N2,,2009-06-30", "P2,Two,N2,2009-10-01,"]
    (tmp_path / "practices.csv").write_text("\n".join(rows) + "\n", "utf-8")
    months = [("P1", month) for month in ("2009-06", "2009-09", "2009-12", "2010-03")]
    months += [("P2", month) for month in ("2009-06", "2009-12", "2010-03")]
    (tmp_path / "activity.csv").write_text(
        "practice,indicator,period,numerator,denominator\n" + "".join(f"{practice},DM1,{month},9,10\n" for practice, month in months),
        "utf-8",
    )
    document = settled(tmp_path, None)
    earned = {(line["period"][-2:], payee["payee"]): line["earned"] for payee in document["payees"] for line in payee["lines"]}
    full = {(f"Q{q}", network): "100.00" for q in (1, 2, 3, 4) for network in ("N1", "N2")}
    assert earned == {key: pounds for key, pounds in full.items() if key != ("Q2", "N2")}
    assert document["totals"]["payable"] == "700.00"
    listed = {(row["period"][-2:], payee["payee"]) for payee in document["payees"] for row in payee["packages"]}
    assert listed == set(full) - {("Q2", "N2")}
    assert checked(tmp_path, document) == []


def test_an_adjustment_is_verified_period_by_period(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each settlement on which an adjustment stands is held against the checker, of care packages and of payments; one that does not follow is exit code 5."""
    monkeypatch.chdir(ROOT)
    issued = [word for q in ("q2", "q3") for word in ("--issued", f"examples/tower-hamlets-issued/{q}.json")]
    line = ["p4p", "adjust", "examples/tower-hamlets", *issued, "--format", "json"]
    monkeypatch.setattr("sys.argv", line)
    assert (0, "") == told(capsys)
    monkeypatch.setattr("sys.argv", [*line, "--verify"])
    code, said = told(capsys)
    assert 0 == code
    assert re.findall(r"^(2009/10 Q\d): verified: 32 lines and 16 package rows of 8 networks", said, re.MULTILINE) == [
        "2009/10 Q2",
        "2009/10 Q3",
    ]
    monkeypatch.setattr(checker, "verify", lambda *files: checker.Verdict(["a figure does not follow"]))
    code, said = told(capsys)
    assert 5 == code
    assert "does not follow from the files: a figure does not follow" in said


def test_an_adjustment_of_payments_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of a contract with `payments`, settled and adjusted on the same files."""
    monkeypatch.chdir(ROOT)
    named = ["contracts/iif-2023-24.yaml", "examples/schemes/iif-2023-24"]
    monkeypatch.setattr("sys.argv", ["p4p", "settle", *named, "--year", "--format", "json", "--output", str(tmp_path / "issued.json")])
    assert 0 == told(capsys)[0]
    monkeypatch.setattr("sys.argv", ["p4p", "adjust", *named, "--issued", str(tmp_path / "issued.json"), "--verify"])
    code, said = told(capsys)
    assert 0 == code
    assert said.startswith("2023/24: verified: ")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and stderr of the command line that is set."""
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, capsys.readouterr().err


GONE = """
p4p: 1
contract: gone
title: A network without practices for a quarter
commissioner: Nobody
year: 2009/10
currency: GBP
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
packages:
  care:
    title: Care
    value: {each: 400.00}
    split: {upfront: 0%, performance: 100%}
    performance:
      network_rate: pooled
      measured: snapshot
      catch_up: allowed
      claw_back: allowed
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:
        DM1: {title: Plan, weight: 100%, curve: {kind: all_or_nothing, target: at least 90%}}
"""


def test_spaces_around_a_title_are_none_of_it(tmp_path: Path) -> None:
    """A title that ends in an unbreakable space, as text from a word processor does, is the title without it: the settlement is verified."""
    folder = tmp_path / "folder"
    shutil.copytree(ROOT / "p4p" / "templates" / "gp-network", folder)
    text = (folder / "contract.yaml").read_text("utf-8")
    (folder / "contract.yaml").write_text(re.sub("^(    title: .*)$", "\\1\u00a0", text, flags=re.MULTILINE), "utf-8")
    assert (folder / "contract.yaml").read_text("utf-8") != text
    assert [] == checked(folder, settled(folder, 0))
