"""Files mangled by the hundred thousand: contracts, practices, lists, figures and activity.

    python tests/mangled.py --seed 1 --cases 100000 --jobs 2 [--language payments]

Of every case one file is changed, by one to three changes of bytes, cells, keys or values, and it is settled inside this process: one in thirty-two by
`p4p settle --output`, the others by the functions that it calls. What must hold: the exit code is one of those that refuse, or 0; no internal fault; 5 seconds and 512 MB are enough; a refusal says where and writes nothing;
and what is settled is settled rightly, which is asked of `p4p.checkers`, the checkers that share no code with the engine. Some changes also have a verdict
that is known beforehand: a row given twice, a code of nobody and a count like `1e3` are always refused; rows in another order, quotes and a byte order mark
never change a payment. The same seed makes the same cases; `--only 17` runs one of them and keeps its files.

The folders are in `mangled_bases`, of care packages and of contracts with `payments`; the changes in `mangled_tables` and `mangled_contracts`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from mangled_bases import Base, Language, base_of, bases
from mangled_contracts import CONTRACTS
from mangled_tables import TABLES, Grid, Verdict, bytes_changed, payee_of_nobody, row_lost

from p4p import cli
from p4p.checkers import verify_schemes
from p4p.checkers.verify import verify
from p4p.commands.reading import quarters_asked
from p4p.commands.telling import scheme_document
from p4p.counts.members import Members
from p4p.counts.roster import Roster
from p4p.files.activity_file import OPTIONAL, REQUIRED, _carefully, read_activity
from p4p.files.contract_file import read_contract
from p4p.files.folder import files_of
from p4p.files.measures_file import is_measures
from p4p.files.practices_file import read_practices
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.files.table_text import Problems, Table
from p4p.language.contract import Contract
from p4p.numbers.errors import P4PError
from p4p.screens.scheme_tables import scheme_json
from p4p.screens.tables import settlement_json
from p4p.settling.chain import explain_scheme, settle_scheme
from p4p.settling.settle import expected, settle

SECONDS, MEGABYTES = 5, 512
COMMAND = 32  # one case in so many goes through the command line, the others straight through the functions that it calls


@dataclass
class Case:
    """A mangled folder: which file of which base was changed, how, and what must become of it."""

    number: int
    base: Base
    file: str
    raw: bytes
    changes: list[str]
    verdict: Verdict

    @classmethod
    def of(cls, seed: int, number: int, language: Language = "packages") -> Case:
        """The case of a seed and a number: every other one of care packages is of the plain contract."""
        rng = random.Random(f"{seed}:{number}")
        known = bases(language)
        base = rng.choice([known[0]] * len(known) + list(known)) if language == "packages" else rng.choice(known)
        file = rng.choice(
            [name for name in base.files for _ in range({"activity.csv": 4, "contract.yaml": 4, "measures.csv": 3}.get(name, 2))]
        )
        raw, changes, verdicts, wanted = base.files[file], list[str](), list[Verdict](), rng.choice([1, 1, 1, 2, 3])
        while len(changes) < wanted:  # not every change fits every file
            verdict, new, name = cls.changed(rng, base, file, raw)
            if new is not None and new != raw:
                raw = new
                changes.append(name)
                verdicts.append(verdict)
        return cls(number, base, file, raw, changes, verdicts[0] if wanted == 1 else "any")

    @staticmethod
    def changed(rng: random.Random, base: Base, file: str, raw: bytes) -> tuple[Verdict, bytes | None, str]:
        """One change: what must become of it where it is the only one, the file, its name."""
        if rng.random() < 0.25 or not raw:
            return "any", bytes_changed(rng, raw), "bytes_changed"
        try:
            if file.endswith(".yaml"):
                words, changes = CONTRACTS[base.language]
                verdict, change = rng.choice(changes)
                return verdict, change(rng, raw, words), change.__name__
            if (grid := Grid.of(raw)) is None:
                return "any", bytes_changed(rng, raw), "bytes_changed"
            if base.whole and file.startswith("activity") and rng.random() < 0.05:
                return "refused", row_lost(rng, grid), "row_lost"
            if base.names_payees and file.startswith("measures") and rng.random() < 0.05:
                return "refused", payee_of_nobody(rng, grid), "payee_of_nobody"
            verdict, table = rng.choice(TABLES)
            return verdict, table(rng, grid), table.__name__
        except (IndexError, ValueError):  # an earlier change has left nothing of the kind
            return "any", None, ""

    def write(self, folder: Path) -> None:
        """The folder as files."""
        self.base.write(folder)
        (folder / self.file).write_bytes(self.raw)


@dataclass
class Tried:
    """What came of some cases."""

    codes: Counter[int] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    longest: float = 0.0
    megabytes: int = 0

    def add(self, other: Tried) -> None:
        """Take what came of more cases."""
        for name in ("codes", "verdicts", "files", "findings"):
            mine = getattr(self, name)
            mine += getattr(other, name)
        self.longest, self.megabytes = max(self.longest, other.longest), max(self.megabytes, other.megabytes)


class TooLong(BaseException):
    """Five seconds have gone."""


def settled(folder: Path, period: str) -> tuple[int, str, str]:
    """`p4p settle` in a folder, run in this process: exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["p4p", "settle", ".", "--quarter", period, "--format", "json", "--output", "out.json"]
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
            code = 0
        except SystemExit as e:
            code = int(e.code or 0)
    return code, out.getvalue(), err.getvalue()


def directly(case: Case, folder: Path) -> tuple[int, str, str]:
    """The same as the command does, a step at a time."""
    with contextlib.chdir(folder):
        try:
            text = of_payments(case.base.period) if scheme_document("contract.yaml") else of_packages(case)
            Path("out.json").write_text(text, "utf-8")
        except P4PError as error:
            return error.exit, "", str(error)
    return 0, "", ""


def of_packages(case: Case) -> str:
    """Care packages settled, with what was not changed read once for all: many times as fast.

    A changed activity file is first read record by record, since nearly all of them are refused there and Polars takes its time to find out.
    """
    base, file = case.base, case.file
    if base.language == "payments":  # no longer a contract with payments: as one of care packages it is refused
        read_contract("contract.yaml")
        raise AssertionError("a contract without payments and packages is read")
    contract, members, roster = unchanged(base.name)
    if file == "contract.yaml":
        contract = read_contract(file)
    if file != "activity.csv":
        members = read_practices("practices.csv", counted_on=contract.counted_on, lists=base.lists)
    else:
        problems = Problems()
        _carefully(Table(file, REQUIRED, OPTIONAL), roster, problems)
        problems.refuse()
    quarters = quarters_asked(contract, base.period, False)
    activity = read_activity(["activity.csv"], expected(contract), members)
    return settlement_json(settle(contract, members, activity, quarters))


def of_payments(period: str) -> str:
    """A contract with payments settled, and explained: the explanation of the first payee comes to the same pence."""
    files = files_of(["."])
    scheme = read_scheme(files.contract)
    months, name = months_asked(scheme, period, None, None)
    inputs = read_inputs(scheme, files, months)
    settlement = settle_scheme(scheme, inputs, months, name)
    first = settlement.entries[0].payee
    explained = [told.figure.value for told in explain_scheme(scheme, inputs, months, first, None)]
    assert explained == [entry.payable for entry in settlement.of(first)], "explained and settled are not the same"
    return scheme_json(settlement)


@cache
def unchanged(name: str) -> tuple[Contract, Members, Roster]:
    """The contract and the members of a base, and who is to report on what."""
    base = base_of(name)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        base.write(Path(folder))
        contract = read_contract("contract.yaml")
        members = read_practices("practices.csv", counted_on=contract.counted_on, lists=base.lists)
        return contract, members, Roster.of(expected(contract), members)


def paid(settlement: dict[str, Any]) -> dict[str, Any]:
    """What is paid and why, without the hashes of files."""
    return {name: settlement[name] for name in ("payees", "totals", "unearned", "rules") if name in settlement}


@cache
def untouched(name: str) -> dict[str, Any]:
    """What a base pays."""
    base = base_of(name)
    with tempfile.TemporaryDirectory() as folder:
        base.write(Path(folder))
        code, _, err = settled(Path(folder), base.period)
        assert code == 0, err
        return paid(json.loads(Path(folder, "out.json").read_text("utf-8")))


def judged(case: Case, folder: Path) -> Iterator[str]:
    """What is wrong with what became of a case whose files are in a folder; the first word is the exit code."""
    code, out, err = directly(case, folder) if case.number % COMMAND else settled(folder, case.base.period)
    yield str(code)
    written = {p.name for p in folder.iterdir()} - set(case.base.files)
    if code not in (0, 2, 3, 4) or "internal fault" in err or "Traceback" in err:
        yield f"exit {code}: {err.strip()[:400]}"
        return
    if code != 0:
        if written:
            yield f"refused, but wrote {written}"
        if out or not re.search(r"^[\w.]+(:\d+)*: error: .+|^error: .+", err, re.MULTILINE):
            yield f"refused, but says {out[:100]!r} {err[:200]!r}"
        if code in (3, 4) and case.file + ":" not in err and case.verdict != "any" and "refuses" not in err:
            yield f"refused without naming {case.file}: {err[:200]!r}"
        if case.verdict == "same":
            yield f"nothing is wrong with it, but: {err.strip()[:300]}"
    elif written != {"out.json"}:
        yield f"wrote {written}"
    else:
        if case.verdict == "refused":
            yield "settled, which is to be refused"
        document = json.loads((folder / "out.json").read_text("utf-8"))
        if case.verdict == "same" and paid(document) != untouched(case.base.name):
            yield "paid otherwise than the untouched file"
        yield from checked(case.base, folder, document)
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err):
        yield "a control character reached the terminal"


def checked(base: Base, folder: Path, document: dict[str, Any]) -> Iterator[str]:
    """What the independent checker says against a settlement."""
    verdict: Any
    if base.language == "packages":
        lists = [folder / name for name in base.lists]
        verdict = verify(folder / "contract.yaml", folder / "practices.csv", [folder / "activity.csv"], lists, document)
    else:
        files = files_of([str(folder)])
        measures = tuple(file for file in files.activity if is_measures(file))
        activity = tuple(file for file in files.activity if file not in measures)
        verdict = verify_schemes.verify(
            verify_schemes.Files(files.contract, measures, files.practices, activity, tuple(files.lists)), document
        )
    yield from verdict.wrong
    yield from (f"not judged: {what}" for what in verdict.unknown)


def tried(case: Case, folder: Path) -> Tried:
    """One case, in an empty folder, within its time."""
    result = Tried(verdicts=Counter({case.verdict: 1}), files=Counter({case.file: 1}))

    def late(*_: object) -> None:
        raise TooLong

    case.write(folder)
    before, found = signal.signal(signal.SIGPROF, late), list[str]()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of the processor: the machine may be doing other things too
    used = time.process_time()
    try:
        for word in judged(case, folder):
            found.append(word)
    except TooLong:
        found.append(f"takes more than {SECONDS} s")
    except Exception as e:
        found.append(f"{type(e).__name__}: {e} at {traceback.extract_tb(e.__traceback__)[-1]}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    result.longest = time.process_time() - used
    if result.longest > SECONDS and "takes more" not in "".join(found):
        found.append(f"takes {result.longest:.1f} s")
    code = int(found.pop(0)) if found and found[0].isdigit() else -1
    result.codes[code] += 1
    result.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if result.megabytes > MEGABYTES:
        found.append(f"{result.megabytes} MB so far")
    if found:
        head = f"case {case.number}: {case.base.name}/{case.file}, {', '.join(case.changes) or 'nothing'} ({case.verdict}), exit {code}"
        result.findings.append("\n  ".join([head, *found[:4]]))
    return result


def run(seed: int, numbers: Iterable[int], keep: Path | None = None, language: Language = "packages") -> Tried:
    """Some cases of a seed, one after the other."""
    total = Tried()
    for number in numbers:
        total.add(run_case(Case.of(seed, number, language), keep and keep / f"{seed}-{number}"))
    return total


def run_case(case: Case, keep: Path | None = None) -> Tried:
    """One case in a folder of its own, which is kept where it finds something."""
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else None  # so that the disk does not wait for each small file
    with tempfile.TemporaryDirectory(dir=root) as folder:
        came = tried(case, Path(folder))
        if keep and came.findings:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
    return came


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=["packages", "payments"], default="packages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long, between lots of 200 cases")
    parser.add_argument("--only", type=int, help="one case, by its number")
    parser.add_argument("--keep", type=Path, help="a folder for the files of cases that find something")
    a = parser.parse_args()
    if a.only is not None:
        came = run(a.seed, [a.only], a.keep, a.language)
        print("\n".join(came.findings) or f"nothing found, exit {list(came.codes)}")
        return
    lots = [range(i, min(i + 200, a.start + a.cases)) for i in range(a.start, a.start + a.cases, 200)]
    total, start = Tried(), time.monotonic()
    with ProcessPoolExecutor(a.jobs, mp_context=get_context("spawn")) as pool:
        while lots and time.monotonic() - start < 60 * a.minutes:
            now, lots = lots[: a.jobs], lots[a.jobs :]
            for came in pool.map(run, [a.seed] * len(now), now, [a.keep] * len(now), [a.language] * len(now)):
                print(*came.findings, sep="\n", end="\n" if came.findings else "", flush=True)
                total.add(came)
    print(f"{sum(total.codes.values()):,} cases of seed {a.seed} from {a.start} in {time.monotonic() - start:,.0f} s")
    print(f"exit codes {dict(total.codes)}; verdicts {dict(total.verdicts)}; files {dict(total.files)}")
    print(f"longest {total.longest:.2f} s of the processor; most {total.megabytes} MB in one process; findings {len(total.findings)}")
    sys.exit(bool(total.findings))


if __name__ == "__main__":
    main()
