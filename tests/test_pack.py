"""The pack as a user asks for it: one command, whole or not at all, nothing replaced unasked, the same bytes everywhere."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from boards import play
from packs import EXAMPLE, ROOT, found, settled, written
from packs import cells as read_cells

from p4p.numbers.errors import UsageError, WriteError
from p4p.statements import statement as told
from p4p.statements.html_report import Report
from p4p.statements.pack import SUMS, steps, write_pack, wrote
from p4p.statements.workbook import Workbook
from p4p.whatif.scenario import Scenario
from p4p.whatif.whatif import Outcome


def p4p(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user would."""
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, "-m", "p4p", *words], cwd=cwd, env=clean | environment, capture_output=True, encoding="utf-8", check=False
    )


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder by its SHA-256."""
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_one_command(tmp_path: Path) -> None:
    """A workbook, a report, CSV, JSON, a statement for each network, and the sums of them all; nothing on stdout."""
    files = written(tmp_path / "files")
    done = p4p("statement", str(files), "--quarter", "Q1", "--output", str(tmp_path / "pack"))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"wrote {tmp_path / 'pack'}: 7 files, of them 2 statements\n"
    made = hashes(tmp_path / "pack")
    assert sorted(made) == [
        "SHA256SUMS", "payments.xlsx", "report.html", "settlement.csv", "settlement.json", "statements/statement-N1.pdf", "statements/statement-N2.pdf",
    ]  # fmt: skip
    listed = dict(reversed(line.split("  ")) for line in (tmp_path / "pack" / SUMS).read_text("utf-8").splitlines())
    assert listed == {name: digest for name, digest in made.items() if name != SUMS}
    assert json.loads((tmp_path / "pack" / "settlement.json").read_text("utf-8"))["totals"]["payable"] == "116990.43"


def test_all_outputs_agree(tmp_path: Path) -> None:
    """Workbook, JSON and CSV of a pack come to the same payment for every network of the example."""
    write_pack(settled(EXAMPLE, "Q3"), str(tmp_path / "pack"))
    payees = json.loads((tmp_path / "pack" / "settlement.json").read_text("utf-8"))["payees"]
    summary = read_cells(tmp_path / "pack" / "payments.xlsx")["Summary"]
    assert {p["payee"]: p["payable"] for p in payees} == {p["payee"]: summary[f"G{found(summary, p['payee'])}"].value for p in payees}


def test_same_files_same_bytes_everywhere(tmp_path: Path) -> None:
    """Locale, time zone, hash seed, threads, width and the folder it is written to change nothing."""
    files = written(tmp_path / "files", {"N1": "Réseau Šumava"})
    places: tuple[dict[str, str], ...] = (
        {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "POLARS_MAX_THREADS": "1", "COLUMNS": "80"},
        {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "77", "POLARS_MAX_THREADS": "4", "PYTHONUTF8": "0"},
    )
    for i, place in enumerate(places):
        words = ("statement", str(files), "--quarter", "Q1", "--split", "diabetes=60/40", "--output", str(tmp_path / f"pack{i}"))
        assert p4p(*words, **place).returncode == 0
    assert hashes(tmp_path / "pack0") == hashes(tmp_path / "pack1")


def test_with_scenarios_only_the_report_differs(tmp_path: Path) -> None:
    """A scenario adds the slider and its table to the report; what is paid, and what finance and networks receive, stays the same."""
    files = str(written(tmp_path / "files"))
    assert p4p("statement", files, "--quarter", "Q1", "--output", str(tmp_path / "one")).returncode == 0
    assert p4p("statement", files, "--quarter", "Q1", "--split", "diabetes=60/40", "--output", str(tmp_path / "two")).returncode == 0
    one, two = hashes(tmp_path / "one"), hashes(tmp_path / "two")
    assert {n for n in one if one[n] != two[n]} == {"report.html", SUMS}


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    """A folder that is there stays as it is, unless it is a pack and --replace is said."""
    settlement = settled(written(tmp_path / "files"))
    target = tmp_path / "pack"
    write_pack(settlement, str(target))
    before = hashes(target)
    with pytest.raises(UsageError, match="is there already: name a new folder, or add --replace"):
        write_pack(settlement, str(target))
    (target / "report.html").write_text("old", "utf-8")
    write_pack(settlement, str(target), replace=True)
    assert hashes(target) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["files", "pack"]


@pytest.mark.parametrize("stranger", ["letter.txt", "statements/notes.txt", "more/deep.txt"])
def test_only_a_pack_is_replaced(tmp_path: Path, stranger: str) -> None:
    """A folder with anything of the user's own in it is never taken away, even with --replace."""
    settlement = settled(written(tmp_path / "files"))
    target = tmp_path / "pack"
    write_pack(settlement, str(target))
    (target / stranger).parent.mkdir(exist_ok=True)
    (target / stranger).write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="which is not of a pack"):
        write_pack(settlement, str(target), replace=True)
    with pytest.raises(UsageError, match="is not a pack of p4p"):
        write_pack(settlement, str(tmp_path / "files"), replace=True)
    assert (target / stranger).read_text("utf-8") == "mine"


def test_a_link_or_a_file_is_no_folder(tmp_path: Path) -> None:
    """A pack is not written through a link, nor in the place of a file."""
    settlement = settled(written(tmp_path / "files"))
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "file").write_text("mine", "utf-8")
    for name in ("link", "file"):
        with pytest.raises(UsageError, match="is not a folder"):
            write_pack(settlement, str(tmp_path / name), replace=True)
    assert list((tmp_path / "there").iterdir()) == []


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    """A folder inside one that is not there is an error in words."""
    with pytest.raises(WriteError, match="name a folder inside one that exists"):
        write_pack(settled(written(tmp_path / "files")), str(tmp_path / "no" / "pack"))


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    """What fails in the middle, here after the first of two statements, leaves no folder, no part of one, and the old pack as it was."""
    settlement = settled(written(tmp_path / "files"))
    write_pack(settlement, str(tmp_path / "old"))
    before = hashes(tmp_path / "old")

    def interrupted() -> None:
        raise KeyboardInterrupt

    for target in ("old", "new"):
        with pytest.raises(KeyboardInterrupt):
            write_pack(settlement, str(tmp_path / target), replace=True, done=interrupted)
    assert hashes(tmp_path / "old") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["files", "old"]


@pytest.mark.parametrize("code", ["CON", "nul", "N1.", "a-b_c.d"])
def test_files_are_named_by_code(tmp_path: Path, code: str) -> None:
    """A code that some systems keep for a device, or that ends in a dot, names a file that every system can hold."""
    write_pack(settled(written(tmp_path / "files", codes={"N1": code})), str(tmp_path / "pack"))
    assert (tmp_path / "pack" / "statements" / f"statement-{code}.pdf").is_file()


def test_a_code_that_is_a_path_is_refused(tmp_path: Path) -> None:
    """A network code with slashes is refused where it is read, and nothing is written anywhere."""
    files = written(tmp_path / "files", codes={"N1": "../../p4p_escape"})
    done = p4p("statement", str(files), "--quarter", "Q1", "--output", str(tmp_path / "pack"))
    assert done.returncode == 3 and '"../../p4p_escape" is not a code' in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["files"]


def test_a_year_is_no_quarter(tmp_path: Path) -> None:
    """A statement is for one quarter; a year is asked for in vain, with what to say instead."""
    done = p4p("statement", str(written(tmp_path / "files")), "--quarter", "2009/10", "--output", str(tmp_path / "pack"))
    assert done.returncode in (2, 3) and not (tmp_path / "pack").exists()


def test_only_this_command_pays_for_its_libraries(tmp_path: Path) -> None:
    """`settle` and `--help` load neither the workbook's nor the statement's library."""
    words = "import sys; from p4p.cli import main; sys.argv = ['p4p', *sys.argv[1:]]\ntry: main()\nfinally: print('LOADED', *sys.modules)"
    for command in (["--help"], ["settle", str(written(tmp_path / "files")), "--quarter", "Q1"]):
        done = subprocess.run(
            [sys.executable, "-c", words, *command],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        loaded = set(done.stdout.split("LOADED")[1].split())
        assert not loaded & {"xlsxwriter", "typst", "p4p.statements.workbook", "p4p.statements.pdf", "p4p.statements.html_report"}


def test_statements_are_made_one_at_a_time() -> None:
    """Statements come from a generator: memory does not grow with their number."""
    assert iter(told.statements(settled(EXAMPLE))).__class__.__name__ == "generator"


def test_a_pack_of_some_networks(tmp_path: Path) -> None:
    """With networks named, the whole pack is about them: one statement, their payments, and totals that are theirs."""
    settlement = settled(written(tmp_path / "files"))
    names = write_pack(settlement, str(tmp_path / "pack"), networks=["N2"])
    document = json.loads((tmp_path / "pack" / "settlement.json").read_text("utf-8"))
    assert ["statements/statement-N2.pdf"] == [n for n in names if n.startswith("statements/")]
    assert (["N2"], "66000.00", {}) == ([p["payee"] for p in document["payees"]], document["totals"]["payable"], document["unearned"])
    assert "Network N1" not in (tmp_path / "pack" / "report.html").read_text("utf-8")


def test_networks_and_scenarios_do_not_go_together(tmp_path: Path) -> None:
    """Scenarios compare all networks, so a pack of some of them has none."""
    settlement = settled(written(tmp_path / "files"))
    outcome = Outcome(Scenario("the same", settlement.contract), settlement, settlement)
    with pytest.raises(UsageError, match="compare all networks"):
        write_pack(settlement, str(tmp_path / "pack"), networks=["N2"], outcomes=[outcome])
    assert not (tmp_path / "pack").exists()


def test_as_many_steps_as_were_told(tmp_path: Path) -> None:
    """A pack with a scenario takes a step for each network and for each stop of its sliders, of which the contract's own share of 33% is one more."""
    files = written(tmp_path / "files")
    contract = (files / "contract.yaml").read_text("utf-8")
    (files / "contract.yaml").write_text(contract.replace("{upfront: 70%, performance: 30%}", "{upfront: 33%, performance: 67%}"), "utf-8")
    settlement, done = settled(files), list[None]()
    outcome = Outcome(Scenario("the same", settlement.contract), settlement, settlement)
    assert {str(p.split.at(settlement.quarters[0].months[0]).upfront) for p in settlement.contract.packages.values()} == {"33/100", "1/2"}
    write_pack(settlement, str(tmp_path / "pack"), outcomes=[outcome], done=lambda: done.append(None))
    assert len(done) == steps(settlement, [outcome]) == 2 + 22 + 21


def test_a_pack_of_one_is_told_as_one() -> None:
    """What was written is counted by the names of the files, and one is one."""
    assert wrote("pack", ["payments.xlsx", "statements/statement-N1.pdf"]) == "wrote pack: 2 files, of them 1 statement"


def test_a_statement_asks_for_its_quarter() -> None:
    """A statement is for a quarter, so its hint names nothing else."""
    played = play("p4p statement examples/tower-hamlets --output nowhere")
    assert (2, "error: say which quarter: --quarter Q1\n") == (played.code, played.err)


def test_memory_does_not_grow_with_the_networks(tmp_path: Path) -> None:
    """What a further network leaves in memory is the counts that the page draws at its end, not what its sheets and charts held: less than 3 kB."""
    settlement = settled(written(tmp_path / "files"))
    about, one = told.cover(settlement), list(told.statements(settlement))
    marks: list[int] = []
    with open(tmp_path / "report.html", "w", encoding="utf-8") as stream, Workbook(str(tmp_path / "book.xlsx"), about, 1250) as book:
        report = Report(stream, about)
        tracemalloc.start()
        for networks in (40, 60):  # the first fill what is kept once, such as formats and caches
            for _ in range(networks):
                book.add(one[0])
                report.add(one[0])
            gc.collect()  # what only a circle still holds is not kept
            marks.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert (marks[1] - marks[0]) / 60 < 3072
