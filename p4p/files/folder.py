"""Which files a command line stands for: a folder holds a contract and the files beside it. And the folders that `p4p init` writes."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p4p.files.whole import cannot, files_into, folder_whole, folders_above
from p4p.numbers.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from p4p.counts.activity import Activity
    from p4p.counts.members import Members
    from p4p.counts.roster import Expected
    from p4p.files.ahead import AllAhead

TEMPLATES = Path(__file__).parents[1] / "templates"
CONTRACT = "contract.yaml"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a settlement, as the user named them."""

    contract: str
    activity: tuple[str, ...]
    practices: str | None
    lists: tuple[str, ...]


def files_of(paths: Sequence[str], practices: str | None = None, lists: Sequence[str] = ()) -> Files:
    """The files that arguments stand for: a contract and its files, or a folder with `contract.yaml`, `practices.csv`, `activity*.csv`, `measures*.csv` and `lists*.csv`.

    After a contract, a folder stands for the other files in it. A file named on the command line takes the place of the folder's. Raises UsageError where a file that is needed is not there.
    """
    first, *activity = paths
    folder = Path(first) if Path(first).is_dir() else None
    contract = str(folder / CONTRACT) if folder else first
    beside = folder or Path(first).parent
    if folder and not (folder / CONTRACT).is_file():
        inside = sorted(p.name for p in folder.glob("*.y*ml"))
        raise UsageError(
            f"the folder {first} has no contract.yaml" + (f": name the contract, such as {folder / inside[0]}" if inside else "")
        )
    if folder and not activity:
        activity = data_in(folder)
    for named in [Path(path) for path in activity if Path(path).is_dir()]:
        at = [Path(path) for path in activity].index(named)
        activity[at : at + 1] = data_in(named)
        beside = named
    if practices is None and (beside / "practices.csv").is_file():
        practices = str(beside / "practices.csv")
    if not lists:
        lists = [str(p) for p in sorted(beside.glob("lists*.csv"))]
    return Files(contract, tuple(activity), practices, tuple(lists))


def data_in(folder: Path) -> list[str]:
    """The activity and measures files in a folder, by name."""
    return [str(p) for pattern in ("activity*.csv", "measures*.csv") for p in sorted(folder.glob(pattern))]


def needed(files: Files, counted: bool) -> tuple[tuple[str, ...], str]:
    """The activity files and the practices file of a command that settles; `counted`: whether the contract counts anything. Raises UsageError naming what is missing."""
    if counted and not files.activity:
        raise UsageError("no activity file: name one after the contract, or put activity.csv in its folder")
    if files.practices is None:
        raise UsageError("no practices file: add --practices FILE, or put practices.csv beside the contract")
    return files.activity, files.practices


def read_counts(paths: Sequence[str], expected: Expected, members: Members, ahead: AllAhead | None = None) -> Activity:
    """The counts of activity files, of which something may be known `ahead`; none where the contract counts nothing and no file is named, as where all is paid up front. Raises InputError."""
    from p4p.counts.activity import Activity
    from p4p.files.activity_file import read_activity

    return read_activity(paths, expected, members, ahead) if paths or expected.indicators else Activity.of((), expected, members)


def known(what: str, code: str | None, codes: Collection[str]) -> None:
    """Raise UsageError, with a suggestion, where a code that was asked for is not known."""
    if code is not None and code not in codes:
        raise UsageError(f'there is no {what} "{code}": {did_you_mean(code, codes)}'.rstrip(": "))


def contracts_in(paths: Sequence[str]) -> list[str]:
    """Contract files named, and those in folders named: `contract.yaml` where there is one, else every YAML file."""
    out: list[str] = []
    for path in paths:
        folder = Path(path)
        if not folder.is_dir() or (folder / CONTRACT).is_file():
            out.append(path)
        else:
            found = sorted(str(p) for p in folder.glob("*.y*ml"))
            if not found:
                raise UsageError(f"the folder {path} holds no contract (*.yaml)")
            out += found
    return out


def templates() -> list[str]:
    """The names of the contracts that `p4p init` can write."""
    return sorted(p.name for p in TEMPLATES.iterdir() if (p / CONTRACT).is_file())


def write_template(name: str, into: str) -> list[str]:
    """Copy a template into a folder, which is made if need be. Gives the files written.

    Raises UsageError for an unknown template, and for a folder that already holds one of its files: nothing is overwritten. A folder that is there gets its
    contract last; without it, what an interrupted `p4p init` has left is gone over again. Raises WriteError where the folder cannot be written.
    """
    if name not in templates():
        raise UsageError(f'there is no template "{name}": {did_you_mean(name, templates()) or ", ".join(templates())}')
    target, source = Path(into), TEMPLATES / name
    files = sorted(p.name for p in source.iterdir() if p.is_file())
    there = [f for f in files if (target / f).exists() and not _same(source / f, target / f)]
    if there or (target / CONTRACT).exists():
        raise UsageError(f"{target} already holds {', '.join(there or [CONTRACT])}: name an empty or a new folder")
    try:
        with folders_above(target), files_into(target, last=CONTRACT) if target.exists() else folder_whole(target) as making:
            for file in files:
                shutil.copyfile(source / file, making / file)
    except OSError as e:
        raise cannot(into, e, "name another folder, or make room") from None
    return [str(target / f) for f in files]


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
