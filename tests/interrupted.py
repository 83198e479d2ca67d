"""Every command that writes, interrupted at every step of its writing: what is there afterwards is the old output or the new one, never between.

    python tests/interrupted.py [--command settle-csv] [--jobs 2] [--all-writes]

Each command runs once under strace, which tells every system call that touches its output: files made, written, closed, flushed, renamed, removed. Then it runs
again for each of them and is stopped there: killed, told to end (SIGTERM), hung up (SIGHUP), interrupted (SIGINT), or the call fails as on a full, broken or
read-only disk. After a kill one more run must complete. Of the writes to one file, and of what happens to a workbook's temporary files, the first, the middle and
the last are stopped, unless `--all-writes` is said. Then come a disk that really fills up and one that is read-only (a small tmpfs, for whoever may mount one),
files that may not grow, a folder that may not be written, streams that are closed or full, and readers that go away. Needs strace.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from warm import AHEAD, Warm

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "p4p" / "templates" / "gp-network"
SCHEME = ROOT / "p4p" / "templates" / "savings-share"
EXAMPLE = ROOT / "examples" / "tower-hamlets"
WORK = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

CALLS = (
    "openat,open,creat,close,write,writev,pwrite64,sendfile,copy_file_range,rename,renameat,renameat2,fsync,fdatasync,ftruncate,truncate"
)
CALLS += ",mkdir,mkdirat,rmdir,unlink,unlinkat,chmod,fchmod,fchmodat,link,linkat,symlink,symlinkat"
OPENS = ("openat", "open", "creat")
TIDYING = ("unlink", "unlinkat", "rmdir", "close")  # a failure there may leave a hidden name, and nothing else
ERRORS = ("ENOSPC", "EIO", "EROFS")
SIGNALS = {"KILL": -9, "TERM": 143, "HUP": 129, "INT": 130}
HOWS = (*SIGNALS, *ERRORS)

Tree = dict[str, bytes]


@dataclass(frozen=True)
class Command:
    """A command that writes: its words, where `OUT` stands for the output, and what it writes, without an extra word and with one."""

    name: str
    words: tuple[str, ...]
    output: str
    before: tuple[str, ...] = ()  # words of a command that makes the older output; none where an older output is a file of any kind
    replace: tuple[str, ...] = ()  # words to add where there is an older output
    exchange: bool = True  # whether the system lets two folders change names

    @property
    def always(self) -> list[str]:
        """Options of strace for every run."""
        return [] if self.exchange else ["-e", "inject=renameat2:error=EINVAL"]

    @property
    def printing(self) -> tuple[str, ...]:
        """The words of the command where it writes to stdout."""
        return tuple(word for word in self.words if word not in ("--output", "OUT"))


def to_file(name: str, *words: str, formats: Sequence[str] = ("",)) -> list[Command]:
    """A command with --output, in each of its formats."""
    return [
        Command(
            f"{name}-{format}" if format else name,
            (*words, *(("--format", format) if format else ()), "--output", "OUT"),
            f"out.{format or 'txt'}",
        )
        for format in formats
    ]


def to_folder(name: str, folder: Path, *words: str) -> Command:
    """A pack of the first quarter; the older one is of the second."""
    of = ("statement", str(folder), "--quarter")
    return Command(
        name, (*of, "Q1", *words, "--output", "OUT"), "pack", before=(*of, "Q2", *words, "--output", "OUT"), replace=("--replace",)
    )


F, S, Q1, ALL = str(FOLDER), str(SCHEME), ("--quarter", "Q1"), ("table", "csv", "json")
COMMANDS = {
    command.name: command
    for command in [
        *to_file("settle", "settle", F, *Q1, formats=ALL),
        *to_file("settle-publish", "settle", F, *Q1, "--publish", "1-7", formats=("csv",)),
        *to_file("settle-verify", "settle", F, *Q1, "--verify", formats=("json",)),
        *to_file("explain", "explain", F, *Q1, "--network", "N1", formats=ALL),
        *to_file("whatif", "whatif", F, *Q1, "--split", "long-term=60/40", formats=ALL),
        *to_file("whatif-draws", "whatif", F, *Q1, "--draws", "20", formats=("csv",)),
        *to_file("shortfall", "shortfall", F, *Q1, formats=ALL),
        *to_file("shortfall-publish", "shortfall", F, *Q1, "--publish", "1-7", formats=("csv",)),
        *to_file("dashboard", "dashboard", F, formats=ALL),
        *to_file("dashboard-publish", "dashboard", F, "--publish", "1-7", formats=("csv",)),
        *to_file("share", "share", F, *Q1, "--network", "N1", "--by", "equal", formats=ALL),
        *to_file("adjust", "adjust", str(EXAMPLE), "--issued", f"{EXAMPLE}-issued/q2.json", formats=ALL),
        *to_file("describe", "describe", F),
        *to_file("contracts", "contracts"),
        *to_file("kinds", "kinds"),
        *to_file("kinds-one", "kinds", "gain_share"),
        *to_file("scheme-settle", "settle", S, *Q1, formats=ALL),
        *to_file("scheme-settle-verify", "settle", S, *Q1, "--verify", formats=("json",)),
        *to_file("scheme-explain", "explain", S, *Q1, "--network", "NORTH", formats=ALL),
        *to_file("scheme-whatif", "whatif", S, *Q1, "--set", "payments.savings.steps.capped.most=£60000.00", formats=ALL),
        *to_file("scheme-describe", "describe", S),
        to_folder("statement", FOLDER),
        to_folder("statement-publish", FOLDER, "--publish", "1-7", "--network", "N1"),
        to_folder("statement-split", FOLDER, "--split", "long-term=60/40"),
        to_folder("statement-one", FOLDER, "--network", "N1"),
        replace(to_folder("statement-no-exchange", FOLDER, "--network", "N1"), exchange=False),
        to_folder("scheme-statement", SCHEME),
        to_folder("scheme-statement-verify", SCHEME, "--verify"),
        Command("init", ("init", "OUT"), "new"),
        Command("init-scheme", ("init", "OUT", "--template", "savings-share"), "new"),
        Command("init-deep", ("init", "OUT"), "not/yet/there"),
    ]
}

#: Commands that print and have no --output.
PRINTING = {"check": ("check", F), "scheme-check": ("check", S), "help": ("--help",), "version": ("--version",)}

_idle: queue.SimpleQueue[Warm] = queue.SimpleQueue()


def run(words: Sequence[str], strace: Sequence[str] = (), **how: Any) -> tuple[int, str]:
    """Run a command line in whichever process is free for it."""
    try:
        process = _idle.get_nowait()
    except queue.Empty:
        process = Warm()
    try:
        return process.run(words, strace, **how)
    finally:
        _idle.put(process)


def environment() -> dict[str, str]:
    """What commands run in that are started from nothing."""
    kept = {name: value for name, value in os.environ.items() if name != "P4P_TRACEBACK"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1"}


def tree(folder: Path) -> Tree:
    """Every file below a folder; folders themselves end with a slash."""
    found = sorted(folder.rglob("*"))
    return {p.relative_to(folder).as_posix() + ("/" if p.is_dir() else ""): b"" if p.is_dir() else p.read_bytes() for p in found}


def plainly(there: Tree) -> Tree:
    """What is there under names that are not hidden ones of ours."""
    return {name: raw for name, raw in there.items() if not re.search(r"(^|/)\.[^/]*\.(part|old)(/|$)", name)}


@dataclass(frozen=True)
class Scene:
    """A command and what stands where it writes: nothing, or an older output."""

    command: Command
    older: bool
    old: Tree
    new: Tree

    def words(self, out: Path, again: bool = False) -> list[str]:
        """The words of the command here; `again`: after a kill, when perhaps there is an output now."""
        replacing = self.command.replace if (out.exists() if again else self.older) else ()
        return placed((*self.command.words, *replacing), out)

    @classmethod
    def of(cls, command: Command, older: bool) -> Scene:
        """A scene, played once in peace so that the new output is known."""
        with tempfile.TemporaryDirectory(dir=WORK) as name:
            out = Path(name) / command.output
            if older and command.before:
                code, said = run(placed(command.before, out))
                assert code == 0, said
            elif older and command.words[0] == "init":
                out.mkdir(parents=True)
                (out / "notes.txt").write_bytes(b"of the user\n")
            elif older:
                out.write_bytes(b"the older output\n")
            old = tree(Path(name))
            code, said = run(placed((*command.words, *(command.replace if older else ())), out))
            assert code == 0, said
            new = tree(Path(name))
        assert old != new
        return cls(command, older, old, new)

    def set(self, folder: Path) -> Path:
        """Put the older output into a folder; gives the path of the output."""
        for name, raw in self.old.items():
            if name.endswith("/"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            else:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(raw)
        return folder / self.command.output

    def wrong(self, folder: Path, code: int, said: str, ends: set[int], *, leftovers: bool, killed: bool = False) -> Iterator[str]:
        """What is wrong with what is there afterwards."""
        there = tree(folder)
        seen = plainly(there)
        if seen not in (self.old, self.new) and not (killed and self.partly(seen)):
            yield f"between: {sorted(set(seen) ^ set(self.new))[:6]} differ from the new, {sorted(set(seen) ^ set(self.old))[:6]} from the old"
        elif code == 0 and seen != self.new:
            yield "exit 0, but the output is not the new one"
        elif code in (1, 2, 3) and seen != self.old:
            yield f"exit {code}, but the output is not the old one: {said.strip()[:300]}"
        if not leftovers and seen != there:
            yield f"left behind: {sorted(set(there) - set(seen))[:4]}"
        if code not in ends:
            yield f"exit {code}: {said.strip()[:300]}"
        if "Traceback" in said or "internal fault" in said:
            yield f"says {said.strip()[:300]}"

    def partly(self, seen: Tree) -> bool:
        """Whether a kill found `init` in the user's own folder: whole files of it there, its contract not yet; or only the folders above a new one.

        Where folders cannot change names, a kill may also find neither, the old one whole under a hidden name.
        """
        if not self.command.exchange and self.older:
            return not seen
        if self.command.words[0] != "init":
            return False
        if self.older:
            return self.old.items() <= seen.items() <= self.new.items() and f"{self.command.output}/contract.yaml" not in seen
        return all(name.endswith("/") and f"{self.command.output}/" not in name for name in seen)


def placed(words: Iterable[str], out: Path) -> list[str]:
    """The words of a command with its output in place."""
    return [str(out) if word == "OUT" else word for word in words]


@dataclass
class Tried:
    """What came of the points tried."""

    points: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    calls: int = 0
    stopped: int = 0

    def __iadd__(self, other: Tried) -> Tried:
        self.points += other.points
        self.findings += other.findings
        self.calls += other.calls
        self.stopped += other.stopped
        return self

    def add(self, what: str, where: str, found: Iterable[str]) -> None:
        """A point tried, and what was wrong there."""
        self.points[what] += 1
        self.findings += [f"{where}: {wrong}" for wrong in found]

    @property
    def between(self) -> int:
        """How many of the findings are an output that is neither the old one nor the new one, or is not the one that was told."""
        return sum("between: " in found or "but the output is not" in found for found in self.findings)


def watched(scene: Scene) -> list[tuple[str, int, str]]:
    """Every system call of a scene that changes something where it writes: its name, which of its name it is, and on what it works."""
    with tempfile.TemporaryDirectory(dir=WORK) as name, tempfile.NamedTemporaryFile() as log:
        out = scene.set(Path(name))
        code, said = run(scene.words(out), ["-y", "-s", "0", "-o", log.name, "-e", f"trace={CALLS}", *scene.command.always])
        assert code == 0, said
        lines = Path(log.name).read_text("utf-8", "replace").splitlines()
    main, counts, found = lines[0].split()[0], Counter[str](), []
    others = Counter(re.findall(r"^(\d+) +(\w+)\(", "\n".join(line for line in lines if not line.startswith(f"{main} ")), re.MULTILINE))
    assert not any(name in line for line in lines if not line.startswith(f"{main} ")), "another thread writes too"
    for line in lines:
        call = re.match(rf"{main} +(\w+)\((.*)", line)
        if not call:
            continue
        counts[call[1]] += 1
        if call[1] == "renameat2" and not scene.command.exchange:
            continue
        if name in call[2] and (call[1] not in OPENS or "O_CREAT" in call[2]):
            alone = all(many < counts[call[1]] for (_, other), many in others.items() if other == call[1])
            assert alone, f"{call[1]} {counts[call[1]]} would hit another thread as well"
            file = re.search(rf"{re.escape(name)}[^\">]*", call[2])
            of = re.sub(r"\.[0-9a-f]{8}\.", ".*.", re.sub(r"/tmp\w{8}$", "/tmp*", file[0].removeprefix(name))) if file else ""
            found.append((call[1], counts[call[1]], of))
    assert counts["write"] >= AHEAD
    return found


def points(scene: Scene) -> list[tuple[str, int]]:
    """Every system call of a scene that changes something where it writes, as its name and which of its name it is."""
    return [(call, number) for call, number, _ in watched(scene)]


def chosen(found: list[tuple[str, int, str]]) -> list[tuple[str, int]]:
    """Of calls of one name on one file, or on temporary ones, the first, the middle and the last."""
    of: dict[tuple[str, str], list[int]] = {}
    for call, number, path in found:
        of.setdefault((call, path), []).append(number)
    kept = {(call, numbers[i]) for (call, _), numbers in of.items() for i in (0, len(numbers) // 2, -1)}
    return [(call, number) for call, number, _ in found if (call, number) in kept]


def stopped(scene: Scene, call: str, number: int, how: str) -> list[str]:
    """Play a scene and stop it at one system call; gives what is wrong afterwards."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        out = scene.set(folder)
        effect = f"signal={how}" if how in SIGNALS else f"error={how}"
        inject = ["-e", f"trace={call},renameat2", *scene.command.always, "-e", f"inject={call}:{effect}:when={number}"]
        code, said = run(scene.words(out), ["-o", "/dev/null", *inject])
        ends = {SIGNALS[how], 0} if how in SIGNALS else {0, 2}
        leftovers = how == "KILL" or (how in ERRORS and call in TIDYING)
        found = list(scene.wrong(folder, code, said, ends, leftovers=leftovers, killed=how == "KILL"))
        if how == "KILL" and not found and not (scene.command.words[0] == "init" and plainly(tree(folder)) == scene.new):
            code, said = run(scene.words(out, again=True))
            found += [f"run again: {what}" for what in scene.wrong(folder, code, said, {0}, leftovers=True)]
    where = f"{scene.command.name}, {'older output' if scene.older else 'nothing'} there, {how} at {call} {number}"
    return [f"{where}: {what}" for what in found]


def interrupted(command: Command, jobs: int = 1, hows: Sequence[str] = HOWS, all_writes: bool = False) -> Tried:
    """Everything of one command: each system call stopped in each way, with and without an older output."""
    tried = Tried()
    for older in (False, True):
        scene = Scene.of(command, older)
        calls = watched(scene)
        at = points(scene) if all_writes else chosen(calls)
        tried.calls, tried.stopped = tried.calls + len(calls), tried.stopped + len(at)
        tasks = [(call, number, how) for call, number in at for how in hows]
        with ThreadPoolExecutor(jobs) as pool:
            for found, (_, _, how) in zip(pool.map(stopped, [scene] * len(tasks), *zip(*tasks, strict=True)), tasks, strict=True):
                tried.points[how] += 1
                tried.findings += found
    return tried


def full(scene: Scene) -> Tried:
    """A disk that fills up at every 4 kB: a tmpfs of that size where one may be mounted, else a limit on the size of a file; then a disk that is read-only."""
    tried = Tried()
    need = {True: 0, False: 0}
    for older, files in ((True, scene.old), (False, scene.new)):
        need[older] = sum(1 if name.endswith("/") else len(raw) // 4096 + 2 for name, raw in files.items())
    for pages in range(need[True] + 1, need[True] + need[False] + 80):
        with tempfile.TemporaryDirectory() as name:
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * 4}k", "none", name], capture_output=True, check=False)
            if mounted.returncode:
                tried.points["disks not to be had"] += 1
                break
            try:
                out = scene.set(Path(name))
                code, said = run(scene.words(out))
                found = list(scene.wrong(Path(name), code, said, {0, 2}, leftovers=False))
                tried.add("small disks", f"{scene.command.name}, disk of {pages * 4} kB", found)
                if code == 0:
                    subprocess.run(["mount", "-o", "remount,ro", name], check=True)
                    before = plainly(tree(Path(name)))
                    again = placed((*scene.command.words, *scene.command.replace), out)
                    code, said = run(again)
                    same = [] if before == tree(Path(name)) else ["between: a read-only disk was written"]
                    told = [] if code == 2 and "internal fault" not in said else [f"exit {code}: {said.strip()[:300]}"]
                    tried.add("read-only disks", f"{scene.command.name}, read-only disk", [*same, *told])
                    break
            finally:
                subprocess.run(["umount", name], check=True)
    for size in sorted({0, 100, 1024, 8192, 30_000, *(max(0, len(raw) - 1) for raw in scene.new.values())}):
        tried.add("short files", f"{scene.command.name}, files of {size} bytes", limited(scene, size))
    return tried


def limited(scene: Scene, size: int) -> list[str]:
    """Play a scene where no file may grow beyond a size; gives what is wrong."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        out = scene.set(Path(name))
        code, said = run(scene.words(out), file_size=size)
        return list(scene.wrong(Path(name), code, said, {0, 2}, leftovers=False))


def not_allowed(scene: Scene) -> list[str]:
    """Play a scene as somebody who may not write into the folder; gives what is wrong."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        out = scene.set(Path(name))
        for path in (Path(name), *Path(name).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        code, said = run(scene.words(out), plain=True)
        found = list(scene.wrong(Path(name), code, said, {2}, leftovers=False))
        for path in (Path(name), *Path(name).rglob("*")):
            path.chmod(0o755)
        return found


def without(scene: Scene, stream: int, full: bool = False) -> list[str]:
    """Play a scene with a stream that is closed from the start, or full; gives what is wrong: the output is written all the same."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        out = scene.set(Path(name))
        code, said = run(scene.words(out), **{"full" if full else "closed": stream})
        return list(scene.wrong(Path(name), code, said, {0}, leftovers=False))


def gone(words: Sequence[str]) -> list[str]:
    """A command whose reader goes away, one whose stdout is full, and one whose stdout is closed; gives what is wrong."""
    found = []
    line = [sys.executable, "-m", "p4p", *words]
    process = subprocess.Popen(line, cwd="/", env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    said = process.communicate()[1].decode()
    told = "verified: " in said and "--verify" in words
    if process.returncode != 0 or (said and not told):
        found.append(f"{' '.join(words)}, its reader gone: exit {process.returncode}, {said.strip()[:300]}")
    for what, end in (("full", "/dev/full"), ("closed", "&-")):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" >{end}', "sh", *line], cwd="/", env=environment(), stderr=subprocess.PIPE, check=False
        )
        said = done.stderr.decode()
        if done.returncode != 2 or "error: " not in said or "Traceback" in said or "internal fault" in said or "Exception ignored" in said:
            found.append(f"{' '.join(words)}, stdout {what}: exit {done.returncode}, {said.strip()[:300]}")
    return found


def unflushed(scene: Scene) -> list[str]:
    """What a power cut could take: files, and folders with names in them, not flushed between their last change and the step that gives them their place."""
    changed, found = dict[str, bool](), list[str]()
    for call, _, path in watched(scene):
        if call in ("fsync", "fdatasync"):
            changed.pop(path, None)
        elif call.startswith("rename"):
            found += [f"{path} takes its place, {of} not flushed" for of in changed if f"{of}/".startswith(f"{path}/")]
            changed.pop(path, None)
        elif call in ("write", "pwrite64", "sendfile", "copy_file_range", *OPENS):
            changed[path] = True
            if call in OPENS and ".part/" in path:
                changed[path.rpartition("/")[0]] = True
        elif call in ("unlink", "unlinkat"):
            changed.pop(path, None)
    return found


def everything(command: Command, jobs: int, hows: Sequence[str], all_writes: bool) -> Tried:
    """Every point of one command."""
    tried = interrupted(command, jobs, hows, all_writes)
    for older in (False, True):
        scene = Scene.of(command, older)
        tried += full(scene)
        where = f"{command.name}, {'older output' if older else 'nothing'} there"
        tried.add("power cuts by the order of calls", where, unflushed(scene))
        tried.add("folder not to be written", f"{where}, folder not to be written", not_allowed(scene))
        for stream, is_full in ((1, False), (2, False), (2, True)):
            what = f"stream {stream} {'full' if is_full else 'closed'}"
            tried.add("streams", f"{where}, {what}", without(scene, stream, is_full))
    return tried


def row(name: str, tried: Tried) -> str:
    """A line of the summary."""
    ways = [how for how in HOWS if tried.points[how]]
    rest = ", ".join(f"{many} {what}" for what, many in tried.points.items() if what not in HOWS)
    calls = f"{tried.stopped} of {tried.calls} calls x {len(ways)} ways" if ways else ""
    others = len(tried.findings) - tried.between
    return f"| `{name}` | {calls} | {rest} | {sum(tried.points.values())} | {tried.between} | {others} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", choices=COMMANDS, action="append")
    parser.add_argument("--how", choices=HOWS, action="append", help="only in these ways")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--all-writes", action="store_true", help="stop at every write to a file, not the first, the middle and the last")
    parser.add_argument("--calls-only", action="store_true", help="system calls only: no small disks, no streams")
    a = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("needs strace")
    total, rows = Tried(), []
    for name in a.command or COMMANDS:
        began, command = time.monotonic(), COMMANDS[name]
        tried = (interrupted if a.calls_only else everything)(command, a.jobs, a.how or HOWS, a.all_writes)
        rows.append(row(name, tried))
        print(f"{rows[-1]} {time.monotonic() - began:.0f} s", *tried.findings[:20], sep="\n  ", flush=True)
        total += tried
    if not a.command:
        tried = Tried()
        writing = {c.name: c.printing for c in COMMANDS.values() if c.words[0] not in ("statement", "init")}
        for name, words in {**writing, **PRINTING}.items():
            tried.points["reader gone, stdout full, stdout closed"] += 3
            tried.findings += [f"{name}: {found}" for found in gone(words)]
        rows.append(row("every command that prints", tried))
        print(rows[-1], *tried.findings, sep="\n  ", flush=True)
        total += tried
    print("", "| command | system calls | other points | points | between | other faults |", "|---|---|---|---|---|---|", *rows, sep="\n")
    print("", row("all", total), f"findings: {len(total.findings)}", *total.findings[-60:], sep="\n")
    sys.exit(bool(total.findings))


if __name__ == "__main__":
    main()
