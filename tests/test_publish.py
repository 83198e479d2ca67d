"""What leaves the building: other counts give the same publication byte for byte, a solver restores nothing from what is printed, and no sum says what its parts do not."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import packs
import pytest
from attack import Line, printed
from boards import World, contract_text, play, world
from hypothesis import given, settings
from hypothesis import strategies as st

from p4p.boards.dashboard import dashboard
from p4p.counts.suppress import RULES, SmallNumbers
from p4p.numbers.withheld import WITHHELD
from p4p.publishing.publish import publish, published_what_ifs, shortfall_of
from p4p.publishing.publish_board import published_board
from p4p.screens.board_tables import dashboard_csv, dashboard_json, shortfall_csv, shortfall_json
from p4p.screens.tables import settlement_csv, settlement_json
from p4p.statements.html_report import page
from p4p.statements.pack import write_pack
from p4p.whatif.scenario import Scenario
from p4p.whatif.splits import slider
from p4p.whatif.whatif import Outcome

EXAMPLE = "examples/tower-hamlets"
TARGET = "{kind: all_or_nothing, target: at least 70%}"
SLIDE = "{kind: linear, lower: 60%, upper: 99%}"
ROOT = Path(__file__).parents[1]


def counts(text: str) -> str:
    """`A 40/43 B 50/80`: a quarter's counts in its first month, and none in the others."""
    words = text.split()
    first = [f"{p} 2009-04 {c}" for p, c in zip(words[::2], words[1::2], strict=True)]
    return "\n".join(first + [f"{p} 2009-0{m} 0/0" for m in (5, 6) for p in words[::2]])


def said(here: World, rule: str) -> dict[str, str]:
    """All that settle, shortfall and dashboard say of a world in a publication."""
    published = publish(here.settled("Q1"), RULES[rule])
    out = {"settle.csv": settlement_csv(published), "settle.json": settlement_json(published)}
    for network in (None, "N1"):
        found = shortfall_of(published, network)
        out |= {f"{network} shortfall.csv": shortfall_csv(found), f"{network} shortfall.json": shortfall_json(found)}
        board, money = published_board(dashboard(here.contract, here.members, here.activity, network=network), RULES[rule])
        out |= {f"{network} dashboard.csv": dashboard_csv(board), f"{network} dashboard.json": dashboard_json(board, money)}
    for command in ("settle --quarter Q1", "shortfall --quarter Q1 --network N1", "dashboard --network N1"):
        name, *rest = command.split()
        played = play(f'p4p {name} {here.folder} {" ".join(rest)} --publish "{rule}"')
        assert played.code == 0, played.err
        out[command] = played.out
    return {name: text.replace(str(here.folder), "") for name, text in out.items()}


@pytest.mark.parametrize(("rule", "curve"), [("1-7", TARGET), ("below 5", SLIDE)])
def test_patients_exchanged_between_withheld_practices_change_nothing_that_is_said(tmp_path: Path, rule: str, curve: str) -> None:
    """A has 3 not achieved, B is withheld with it; with 2 and B's 31 for its 30 every output is the same text: nothing in it can tell the two apart."""
    practices, terms = "A,N1 B,N1 C,N1 D,N2", contract_text(curve)
    one = world(tmp_path / "one", terms, counts("A 40/43 B 50/80 C 60/90 D 80/100"), practices)
    two = world(tmp_path / "two", terms, counts("A 41/43 B 49/80 C 60/90 D 80/100"), practices)
    assert said(one, rule) == said(two, rule)
    assert settlement_json(one.settled("Q1")) != settlement_json(two.settled("Q1"))


def test_a_pack_for_publication_is_the_same_whatever_the_withheld_numbers_are(tmp_path: Path) -> None:
    """N2 missed 2 and 1 children; had it missed 1 and 1, or 1 and 2, every file of the pack would be the same: workbook, statements, page and all."""
    made = []
    for i, children in enumerate(({}, {"P3": (39, 40)}, {"P3": (39, 40), "P4": (18, 20)})):
        folder = packs.written(tmp_path / f"files{i}")
        text = (folder / "activity.csv").read_text("utf-8")
        for practice, (n, d) in children.items():
            old = {"P3": (38, 40), "P4": (19, 20)}[practice]
            text = text.replace(f"{practice},MMR1,2009/10 Q1,{old[0]},{old[1]}", f"{practice},MMR1,2009/10 Q1,{n},{d}")
        (folder / "activity.csv").write_text(text, "utf-8")
        target = tmp_path / f"pack{i}"
        write_pack(publish(packs.settled(folder), RULES["1-7"]), str(target))
        made.append({str(p.relative_to(target)): p.read_bytes() for p in sorted(target.rglob("*")) if p.is_file()})
    assert made[0].keys() == made[1].keys()
    assert [] == [name for name in made[0] if not made[0][name] == made[1][name] == made[2][name]]


def test_a_sum_with_a_withheld_part_is_withheld(tmp_path: Path) -> None:
    """N1's 4 of 103 not achieved would follow from 91.45% of its money, so that is withheld; its payable, the total and where the rest went would give it back."""
    here = world(tmp_path, contract_text(SLIDE), counts("A 99/103 B 80/100"), "A,N1 B,N2")
    published = publish(here.settled(), RULES["1-7"])
    assert {"N1": WITHHELD, "N2": 51282} == {n: t.payable for n, t in published.by_network.items()}  # (80% - 60%) / 39% of 1,000.00
    assert (WITHHELD, WITHHELD) == (published.totals.payable, published.totals.shortfall)
    assert [WITHHELD] == list(published.destinations.values())
    assert [100000, 100000, 200000] == [t.available for t in (*published.by_network.values(), published.totals)]
    assert [("N1", "*", "*"), ("N2", "512.82", "4/5")] == [
        (row["payee"], row["earned"], row["achievement"])
        for row in csv.DictReader(io.StringIO(settlement_csv(published)))
        if row["line"] == "K1"
    ]


def test_what_is_carried_forward_says_what_the_quarter_before_earned(tmp_path: Path) -> None:
    """Q1's money is withheld; what Q2 has available is that which Q1 did not earn, so it is withheld too."""
    terms = contract_text(SLIDE, unearned="carried forward within the year")
    rows = counts("A 99/103") + "\nA 2009-07 80/100\nA 2009-08 0/0\nA 2009-09 0/0"
    published = publish(world(tmp_path, terms, rows, "A,N1").settled("Q2"), RULES["1-7"])
    (line,) = published.lines_of("N1")
    assert (80, 100, WITHHELD, WITHHELD) == (line.numerator, line.denominator, line.available, line.earned)
    assert [WITHHELD, WITHHELD] == [published.by_network["N1"].available, published.totals.payable]


def test_where_a_withheld_amount_stands_says_nothing(tmp_path: Path) -> None:
    """Most money first would bracket a withheld amount between two that are shown: withheld ones stand last."""
    here = world(tmp_path, contract_text(SLIDE), counts("A 62/100 B 91/95 C 95/100 D 96/110"), "A,N1 B,N2 C,N3 D,N4")
    found = shortfall_of(publish(here.settled(), RULES["1-7"]))
    assert ["N1", "N4", "N2", "N3"] == [m.line.network for m in found.missed] == list(found.by_network)


def test_what_ifs_tell_no_more_than_the_payment(tmp_path: Path) -> None:
    """N2's 3 not immunised are withheld. Another split pays the same share, so the slider has N2; another target would bracket its rate, so no scenario does."""
    settlement = packs.settled(packs.written(tmp_path))
    outcome = Outcome(Scenario("another", settlement.contract), settlement, settlement)
    moved = slider(settlement, "diabetes")
    (published,), (changed,) = published_what_ifs(publish(settlement, RULES["1-7"]), [moved], [outcome])
    assert [t.by_network for t in moved.stops] == [t.by_network for t in published.stops]
    assert {"N1": 5099043, "N2": WITHHELD} == {n: t.payable for n, t in changed.settlement.by_network.items()}
    assert {"N1": 0, "N2": WITHHELD} == changed.differences
    assert [WITHHELD, WITHHELD] == [changed.settlement.totals.payable, changed.difference]


def test_no_hash_of_the_counts(tmp_path: Path) -> None:
    """Guesses at a withheld count could be tried against the hash of the file that holds it; the contract's own is shown."""
    here = world(tmp_path, contract_text(TARGET), counts("A 40/43 B 50/80 C 60/90"), "A,N1 B,N1 C,N1")
    document = json.loads(settlement_json(publish(here.settled(), RULES["1-7"])))
    assert ["*", "*"] == [source["sha256"] for source in document["inputs"]]
    assert here.contract.sha256 == document["contract"]["sha256"]


def test_the_document_names_its_rule_and_how_much_is_withheld(tmp_path: Path) -> None:
    """A by the rule, B so that A cannot be worked out."""
    here = world(tmp_path, contract_text(TARGET), counts("A 40/43 B 50/80 C 60/90"), "A,N1 B,N1 C,N1")
    found = shortfall_of(publish(here.settled(), RULES["below 5"]))
    document = json.loads(shortfall_json(found))["publication"]
    assert ("below 5", {"lines": 0, "practice_rows": 1}, {"lines": 0, "practice_rows": 1}) == (
        document["rule"],
        document["withheld_first"],
        document["withheld_second"],
    )
    assert {"below 5"} == {row["published_under"] for row in csv.DictReader(io.StringIO(shortfall_csv(found)))}


def test_a_published_dashboard_shows_its_month_alone() -> None:
    """From two months to date follow the patients between them."""
    played = json.loads(play(f"p4p dashboard {EXAMPLE} --month 2009-08 --network N3 --publish 1-7 --format json").out)
    assert {1} == {len(row["months"]) for row in played["rows"]}
    assert {"unknown"} == {row["since"] for row in played["rows"]}


def test_a_published_year_shows_the_last_of_each_row_of_counts() -> None:
    """The counts of a year's snapshots are one row of counts at four dates: what two of them differ by is a count too."""
    rows = list(csv.DictReader(io.StringIO(play(f'p4p settle {EXAMPLE} --year --publish "below 5" --format csv').out)))
    assert {"Q1": {"*"}, "Q2": {"*"}, "Q3": {"*"}} == {
        q: {row["numerator"] for row in rows if row["period"].endswith(q) and row["line"] == "DM1"} for q in ("Q1", "Q2", "Q3")
    }
    assert "*" not in {row["numerator"] for row in rows if row["period"].endswith("Q4")}


@pytest.mark.parametrize(
    "command", ["explain --quarter Q1 --network N1", "share --quarter Q1 --network N1 --by equal", "whatif --quarter Q1"]
)
def test_what_is_for_the_parties_alone_cannot_be_published(command: str) -> None:
    """A tree ends in rows of counts, a share-out in parts by patients: neither has a copy for publication."""
    name, *rest = command.split()
    played = play(f"p4p {name} {EXAMPLE} {' '.join(rest)} --publish 1-7")
    assert (2, True) == (played.code, "--publish" in played.err)


@pytest.mark.parametrize("command", ["settle --quarter Q1", "shortfall --quarter Q1", "dashboard", "statement --quarter Q1 --output {}"])
def test_a_wrong_rule_writes_nothing(tmp_path: Path, command: str) -> None:
    """A rule that is not known is refused before anything is read."""
    name, *rest = command.format(tmp_path / "pack").split()
    played = play(f"p4p {name} {EXAMPLE} {' '.join(rest)} --publish 1-5")
    assert (2, "", []) == (played.code, played.out, list(tmp_path.iterdir()))
    assert 'hint: did you mean "1-7"?' in played.err


def test_the_page_says_what_was_withheld() -> None:
    """The page has a place for the rule, and draws no waterfall whose bars would measure a withheld amount."""
    assert 'id="published"' in page()[0]
    assert "it is not drawn" in page()[1]


# a solver against what is printed

some = st.one_of(st.integers(0, 9), st.integers(0, 40))
networks = st.lists(st.tuples(some, some), min_size=1, max_size=4)


@settings(max_examples=16, deadline=None)
@given(st.lists(networks, min_size=1, max_size=2), st.sampled_from(["1-7", "below 5"]), st.sampled_from([TARGET, SLIDE]))
def test_a_solver_restores_nothing_from_what_is_printed(
    tmp_path_factory: pytest.TempPathFactory, found: list[list[tuple[int, int]]], rule: str, curve: str
) -> None:
    """From the printed counts, sums and money of `shortfall --publish`, the contract's curve and every denominator, no small number follows."""
    rows = {f"P{n}{i}": (f"N{n}", row) for n, practices in enumerate(found) for i, row in enumerate(practices)}
    text = counts(" ".join(f"{p} {a}/{a + b}" for p, (_, (a, b)) in rows.items()))
    here = world(tmp_path_factory.mktemp("world"), contract_text(curve), text, " ".join(f"{p},{n}" for p, (n, _) in rows.items()))
    document = json.loads(shortfall_json(shortfall_of(publish(here.settled(), RULES[rule]))))
    assert [] == restored(document, {p: row for p, (_, row) in rows.items()}, RULES[rule], curve)  # type: ignore[arg-type]


def test_the_solver_finds_what_the_first_suppression_alone_gives_away(tmp_path: Path) -> None:
    """The same solver on the same document without the second suppression finds A's 3 patients."""
    here = world(tmp_path, contract_text(TARGET), counts("A 40/43 B 50/80 C 60/90"), "A,N1 B,N1 C,N1")
    rows, rule = {"A": (40, 3), "B": (50, 30), "C": (60, 30)}, RULES["below 5"]
    assert isinstance(rule, SmallNumbers)
    for second, expected in ((False, [("A", 1, (3, 3))]), (True, [])):
        document = json.loads(shortfall_json(shortfall_of(publish(here.settled(), rule, second))))
        assert expected == restored(document, rows, rule, TARGET)


def restored(
    document: dict[str, Any], rows: dict[str, tuple[int, int]], rule: SmallNumbers, curve: str
) -> list[tuple[str, int, tuple[int, int]]]:
    """The small numbers that follow from a printed shortfall, as practice (or network), which of them, and what the solver left of it."""
    out = []
    for line in document["lines"]:
        practices = [p["practice"] for p in line["practices"]]
        known = Line(tuple(practices))
        known.says((2,), practices, 0)
        for p in practices:
            known.says((0, 1), [p], sum(rows[p]))
        for shown, whose in [(p, [p["practice"]]) for p in line["practices"]] + [(line, practices)]:
            n, d = (printed(shown[k], rule.nearest, rule.most + 1) for k in ("numerator", "denominator"))
            if n and d:
                known.says((0,), whose, *n)
                known.says((0, 1), whose, *d)
        earned = line["earned"]
        if earned != "*" and sum(sum(rows[p]) for p in practices):
            known.share_within(*_told(earned, curve, sum(sum(rows[p]) for p in practices)))
        for whose, row in [([p], rows[p]) for p in practices] + [(practices, tuple(sum(rows[p][i] for p in practices) for i in (0, 1)))]:
            for which, count in enumerate(row):
                if 1 <= count <= rule.most:
                    least, greatest = known.range_of(whose, which)
                    if least == greatest:
                        out.append((whose[0] if len(whose) == 1 else line["payee"], which, (least, greatest)))
    return out


def _told(earned: str, curve: str, eligible: int) -> tuple[Fraction, Fraction]:
    """Between which achievements 1,000.00 earned so much, to the halfpenny."""
    if curve == TARGET:
        return (Fraction(70, 100), Fraction(1)) if earned != "0.00" else (Fraction(0), Fraction(70, 100) - Fraction(1, 100 * eligible))
    half, share = Fraction(1, 200_000), Fraction(earned) / 1000
    least, greatest = (Fraction(60, 100) + Fraction(39, 100) * end for end in (share - half, share + half))
    return (Fraction(0) if share == 0 else least), (Fraction(1) if share == 1 else greatest)
