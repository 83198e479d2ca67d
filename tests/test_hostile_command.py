"""The whole hostile corpus through the command itself: 76 files, each settled or refused as the corpus's index says, within its bounds.

The corpus is in `../shared/cases/hostile`, beside the checkout; where it is absent these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import hostile
import pytest
from hostile import FOLDER

pytestmark = pytest.mark.skipif(not (FOLDER / "index.json").exists(), reason=f"the hostile corpus is not here: {FOLDER.name}")

INDEX = json.loads((FOLDER / "index.json").read_text("utf-8")) if (FOLDER / "index.json").exists() else {"cases": [], "limits": {}}
RENAMED = (("practice_code", "practice"), ("practice_name", "name"), ("month", "period"))


def activity(raw: bytes) -> bytes:
    """An activity file of the corpus with its columns renamed; everything else to the byte."""
    wide = raw.startswith(b"\xff\xfe")
    end = next((i for i, b in enumerate(raw) if b in b"\r\n"), len(raw))
    head, rest = raw[:end], raw[end:]
    for theirs, ours in RENAMED:
        head = head.replace(theirs.encode("utf-16-le" if wide else "ascii"), ours.encode("utf-16-le" if wide else "ascii"))
    return head + rest


def with_lists(practices: bytes) -> bytes:
    """A practices file with the same list for each practice, on the date that the adapted contracts name: their pot is shared in equal parts."""
    head, *rows = practices.splitlines()
    return b"\n".join([head + b",list_size,list_date", *(row + b",1000,2026-06-30" for row in rows)]) + b"\n"


#: Runs a command and writes its processor seconds and its most memory to a pipe: a process of its own, since what a child has used at the most begins with
#: what the process had that it was forked from.
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
os.write(int(sys.argv[1]), f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}".encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""


def settle(folder: Path, contract: bytes, practices: bytes, counts: bytes) -> tuple[int, str, str, float, int]:
    """Settle Q1 of a folder; gives the exit code, stdout, stderr, processor seconds and the most memory in MB."""
    for name, raw in (("contract.yaml", contract), ("practices.csv", with_lists(practices)), ("activity.csv", counts)):
        (folder / name).write_bytes(raw)
    command = [sys.executable, "-m", "p4p", "settle", ".", "--quarter", "Q1", "--format", "json"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    here, there = os.pipe()
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err, os.fdopen(here) as told:
        line = [sys.executable, "-I", "-S", "-c", MEASURED, str(there), *command]
        code = subprocess.run(line, cwd=folder, stdout=out, stderr=err, env=environment, pass_fds=[there], check=False).returncode
        os.close(there)
        seconds, kilobytes = told.read().split()
    written = [(folder / name).read_text("utf-8") for name in ("out", "err")]
    return code, *written, float(seconds), int(kilobytes) // 1024


def payments(stdout: str) -> list[object]:
    """What is paid and why, without names and hashes of inputs."""
    return [(p["payee"], p["payable"], [{**line} for line in p["lines"]]) for p in json.loads(stdout)["payees"]]


@cache
def base(folder: str) -> list[object]:
    """The payments of the base pair, of which every other case is one change."""
    root = FOLDER / "base_contract.yaml"
    code, out, err, *_ = settle(
        Path(folder), hostile.base_contract(), hostile.practices(root.read_bytes()), activity((FOLDER / "base_activity.csv").read_bytes())
    )
    assert (code, err) == (0, "")
    return payments(out)


@pytest.mark.parametrize("case", INDEX["cases"], ids=lambda c: c["file"])
def test_every_file_gets_what_the_corpus_says(case: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each file is refused with its reason, or settles as the base does; within 5 processor seconds and 512 MB, with no traceback and nothing else written."""
    expected = base(str(tmp_path_factory.getbasetemp()))
    raw = (FOLDER / case["file"]).read_bytes()
    is_contract = case["file"].startswith("yaml_")
    contract = hostile.contract(raw) if is_contract else hostile.base_contract()
    networks = hostile.practices(raw if is_contract and b"practices: [" in raw else (FOLDER / "base_contract.yaml").read_bytes())
    counts = activity((FOLDER / "base_activity.csv").read_bytes() if is_contract else raw)
    if is_contract:  # the corpus renames networks in the contract only; the base activity names them too
        counts = re.sub(rb",U1000[12],", b",,", counts)
        counts = b"\n".join(line.replace(b",,", b",") for line in counts.replace(b",network,", b",").split(b"\n"))
    code, out, err, seconds, megabytes = settle(tmp_path, contract, networks, counts)
    refused, said = code in (3, 4), re.findall(r"^[\w.]+(?::\d+)*: error: .+", err, re.MULTILINE)
    same = code == 0 and payments(out) == expected
    verdict = {"reject": refused, "same": same, "same_or_reject": same or refused}.get(case["expect"], code == 0 or refused)
    assert verdict, f"exit {code}\n{err}"
    assert not refused or (said and out == ""), err
    assert "Traceback" not in err and "internal fault" not in err
    assert seconds < INDEX["limits"]["seconds"]
    assert megabytes < INDEX["limits"]["rss_mb"]
    assert {"contract.yaml", "practices.csv", "activity.csv", "out", "err"} == {p.name for p in tmp_path.iterdir()}
    assert not any(c in out + err for c in ("\x1b", "\x9b", "\x07", "\u202e")), "a control character reached the terminal"


def test_the_corpus_is_whole() -> None:
    """All 76 cases are run."""
    assert len(INDEX["cases"]) == 76


def test_an_empty_denominator_is_paid_by_a_stated_rule(tmp_path: Path) -> None:
    """A practice of 0/0 all quarter adds nothing to its network, and the settlement states what an empty denominator means."""
    practices = hostile.practices((FOLDER / "base_contract.yaml").read_bytes())
    _, out, *_ = settle(tmp_path, hostile.base_contract(), practices, activity((FOLDER / "csv_zero_over_zero.csv").read_bytes()))
    document = json.loads(out)
    rules = {package: rules["empty_denominator"] for package, rules in document["rules"].items()}
    assert rules == {"demo": "pays nothing"}
    assert all(line["share"] != "1" for payee in document["payees"] for line in payee["lines"])
