"""The pack that leaves the building: workbook, statements, report, CSV and JSON in one folder, written whole or not at all.

One network's statement is held at a time. Files are named by network code only, and codes are letters, digits and `. _ -`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from p4p.files.whole import cannot, folder_whole
from p4p.numbers.errors import UsageError
from p4p.numbers.exact import how_many
from p4p.publishing.publish import published_what_ifs
from p4p.screens.tables import settlement_csv, settlement_json
from p4p.settling.settlement import Settlement
from p4p.statements.html_report import Report
from p4p.statements.pdf import Printer
from p4p.statements.statement import cover, only, statements
from p4p.statements.workbook import Workbook
from p4p.whatif.splits import packages, shares, slider
from p4p.whatif.whatif import Outcome

WORKBOOK, REPORT, CSV, JSON, STATEMENTS, SUMS = (
    "payments.xlsx",
    "report.html",
    "settlement.csv",
    "settlement.json",
    "statements",
    "SHA256SUMS",
)


def steps(settlement: Settlement, outcomes: Sequence[Outcome] = (), networks: Sequence[str] = ()) -> int:
    """How many steps a pack takes: one for each network told, and one for each settlement of a slider."""
    sliders = sum(len(shares(settlement, pid)) for pid in packages(settlement.contract)) if outcomes else 0
    return (len(networks) or len(settlement.by_network)) + sliders


def wrote(folder: str, names: Sequence[str]) -> str:
    """What was written, in words, of a pack whose files have these names."""
    told = sum(1 for name in names if name.startswith(f"{STATEMENTS}/"))
    return f"wrote {folder}: {how_many(len(names), 'file')}, of them {how_many(told, 'statement')}"


def write_pack(
    settlement: Settlement,
    folder: str,
    *,
    networks: Sequence[str] = (),
    replace: bool = False,
    outcomes: Sequence[Outcome] = (),
    done: Callable[[], None] = lambda: None,
) -> list[str]:
    """Write the pack of a settled quarter into a folder, and give the names of its files. A published settlement makes a pack for publication.

    `networks`: those the pack is about; all of them where none is named. With `outcomes`, the report also holds them and the split as a slider. `done` is called after each step. Raises UsageError where the folder is there
    already and `replace` is not said, or holds anything that is not of a pack, and WriteError where it cannot be written: nothing is changed then.
    """
    if len(settlement.quarters) != 1:
        raise UsageError("a statement is for one quarter: name it, such as --quarter Q1")
    if networks and outcomes:
        raise UsageError("--split and --scenario compare all networks: leave --network out, or leave them out")
    return write_folder(folder, replace, lambda making: _make(settlement, making, networks, outcomes, done))


def write_folder(folder: str, replace: bool, make: Callable[[Path], list[str]]) -> list[str]:
    """Have a pack made in a folder of its own, which then takes the place of the one named. Raises UsageError and WriteError as `write_pack` does."""
    target = Path(os.path.abspath(folder))
    _allow(target, folder, replace)
    try:
        with folder_whole(target) as making:
            return make(making)
    except FileNotFoundError as e:
        raise cannot(folder, e, "name a folder inside one that exists") from None
    except OSError as e:
        raise cannot(folder, e, "make room, or name another folder") from None


def _make(
    settlement: Settlement, making: Path, networks: Sequence[str], outcomes: Sequence[Outcome], done: Callable[[], None]
) -> list[str]:
    """Every file of a pack, in one pass over the statements."""
    told = only(settlement, networks)
    about = cover(told)
    (making / STATEMENTS).mkdir()
    printer, names = Printer(about), []
    with (
        open(making / REPORT, "w", encoding="utf-8", newline="\n") as stream,
        Workbook(str(making / WORKBOOK), about, len(about.by_network)) as book,
    ):
        report = Report(stream, about)
        for statement in statements(settlement, networks):
            name = f"{STATEMENTS}/statement-{statement.network}.pdf"
            (making / name).write_bytes(printer.pdf(statement))
            names.append(name)
            book.add(statement)
            report.add(statement)
            done()
        sliders = [slider(settlement, pid, done) for pid in packages(settlement.contract)] if outcomes else ()
        report.close(*published_what_ifs(settlement, sliders, outcomes))
    (making / CSV).write_text(settlement_csv(told), "utf-8", newline="\n")
    (making / JSON).write_text(settlement_json(told, copy_for=networks), "utf-8", newline="\n")
    names = [WORKBOOK, REPORT, CSV, JSON, *names]
    return [*sealed(making, names), SUMS]


def sealed(making: Path, names: list[str]) -> list[str]:
    """Write the hashes of a pack's files, by name, beside them; gives the names."""
    sums = [f"{_digest(making / n)}  {n}\n" for n in sorted(names)]
    (making / SUMS).write_text("".join(sums), "utf-8", newline="\n")
    return names


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _allow(target: Path, folder: str, replace: bool) -> None:
    """Raise UsageError unless the target may be written: it is not there, or it is a pack and may be replaced."""
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise UsageError(f"{folder} is not a folder: name a new one")
    if not any(target.iterdir()):
        return
    if not replace:
        raise UsageError(f"{folder} is there already: name a new folder, or add --replace")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        listed = {line[66:] for line in (target / SUMS).read_text("utf-8").splitlines()} | {SUMS, STATEMENTS}
        strangers = sorted(n for p in target.rglob("*") if (n := p.relative_to(target).as_posix()) not in listed)
        if not strangers:
            return
        raise UsageError(f"{folder} also holds {strangers[0]}, which is not of a pack: name a new folder")
    raise UsageError(f"{folder} is not a pack of p4p (it has no {SUMS}), so it is not replaced: name a new folder")
