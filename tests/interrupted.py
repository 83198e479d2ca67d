"""Every command that writes, interrupted at every step of its writing: what is there afterwards is the old output or the new one, never between.

    python tests/interrupted.py [--command settle-csv] [--jobs 2]

Each command runs once under strace, which tells every system call that touches its output: files made, written, flushed, renamed, removed. Then it runs again
for each of them and is stopped there: killed, told to end (SIGTERM), interrupted (SIGINT), or the call fails as on a full, broken or read-only disk. After a
kill one more run must complete. Then come a disk that really fills up (a small tmpfs, for whoever may mount one; a limit on the size of files otherwise) and
a reader that goes away. Needs strace.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "p4p" / "templates" / "gp-network"
EXAMPLE = ROOT / "examples" / "tower-hamlets"
WORK = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

CALLS = "openat,open,creat,write,writev,pwrite64,sendfile,copy_file_range,rename,renameat,renameat2,fsync,fdatasync,ftruncate"
CALLS += ",mkdir,mkdirat,rmdir,unlink,unlinkat,chmod,fchmod,fchmodat,link,linkat"
OPENS = ("openat", "open", "creat")
ERRORS = ("ENOSPC", "EIO", "EROFS")
SIGNALS = {"KILL": -9, "TERM": 143, "INT": 130}

Tree = dict[str, bytes]


@dataclass(frozen=True)
class Command:
    """A command that writes: its words, where `OUT` stands for the output, and what it writes, without an extra word and with one."""

    name: str
    words: tuple[str, ...]
    output: str
    before: tuple[str, ...] = ()  # words of a command that makes the older output; none where an older output is a file of any kind
    replace: tuple[str, ...] = ()  # words to add where there is an older output

    def line(self, out: Path, words: tuple[str, ...] | None = None) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "p4p", *(str(out) if word == "OUT" else word for word in words or self.words)]


def of_folder(name: str, *words: str, format: str = "table") -> Command:
    """A command on the example folder with --output."""
    return Command(name, (words[0], str(FOLDER), *words[1:], "--format", format, "--output", "OUT"), f"out.{format}")


Q1 = ("--quarter", "Q1")
COMMANDS = {
    command.name: command
    for command in [
        *(of_folder(f"settle-{format}", "settle", *Q1, format=format) for format in ("table", "csv", "json")),
        of_folder("explain", "explain", *Q1, "--network", "N1", format="json"),
        of_folder("whatif", "whatif", *Q1, "--split", "long-term=60/40", format="csv"),
        of_folder("shortfall", "shortfall", *Q1, format="csv"),
        of_folder("dashboard", "dashboard", format="json"),
        of_folder("share", "share", *Q1, "--network", "N1", "--by", "equal", format="csv"),
        Command(
            "adjust", ("adjust", str(EXAMPLE), "--issued", f"{EXAMPLE}-issued/q2.json", "--format", "json", "--output", "OUT"), "out.json"
        ),
        Command("describe", ("describe", str(FOLDER), "--output", "OUT"), "terms.txt"),
        Command(
            "statement",
            ("statement", str(FOLDER), *Q1, "--output", "OUT"),
            "pack",
            before=("statement", str(FOLDER), "--quarter", "Q2", "--output", "OUT"),
            replace=("--replace",),
        ),
        Command("init", ("init", "OUT"), "new"),
    ]
}


def environment() -> dict[str, str]:
    """What the commands run in: nothing of theirs is compiled and kept, so that each run is like the last."""
    kept = {name: value for name, value in os.environ.items() if name != "P4P_TRACEBACK"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1"}


def tree(folder: Path) -> Tree:
    """Every file below a folder; folders themselves end with a slash."""
    found = sorted(folder.rglob("*"))
    return {p.relative_to(folder).as_posix() + ("/" if p.is_dir() else ""): b"" if p.is_dir() else p.read_bytes() for p in found}


def plainly(there: Tree) -> Tree:
    """What is there under names that are not hidden ones of ours."""
    return {name: raw for name, raw in there.items() if not re.search(r"(^|/)\.[^/]*\.(part|old)(/|$)", name)}


def ran(line: list[str], *before: str, preexec: Callable[[], None] | None = None) -> tuple[int, str]:
    """Run a command line, perhaps under another; gives its exit code and what it says on stderr."""
    done = subprocess.run(
        [*before, *line],
        cwd="/",
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
        preexec_fn=preexec,
    )
    return done.returncode, done.stderr.decode("utf-8", "replace")


@dataclass(frozen=True)
class Scene:
    """A command and what stands where it writes: nothing, or an older output."""

    command: Command
    older: bool
    old: Tree
    new: Tree

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command here."""
        return (*self.command.words, *(self.command.replace if self.older else ()))

    @classmethod
    def of(cls, command: Command, older: bool) -> Scene:
        """A scene, played once in peace so that the new output is known."""
        with tempfile.TemporaryDirectory(dir=WORK) as name:
            out = Path(name) / command.output
            if older and command.before:
                code, said = ran(command.line(out, command.before))
                assert code == 0, said
            elif older and command.name == "init":
                out.mkdir()
                (out / "notes.txt").write_bytes(b"of the user\n")
            elif older:
                out.write_bytes(b"the older output\n")
            old = tree(Path(name))
            code, said = ran(command.line(out, (*command.words, *(command.replace if older else ()))))
            assert code == 0, said
            return cls(command, older, old, tree(Path(name)))

    def set(self, folder: Path) -> Path:
        """Put the older output into a folder; gives the path of the output."""
        for name, raw in self.old.items():
            if name.endswith("/"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            else:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(raw)
        return folder / self.command.output

    def wrong(self, folder: Path, code: int, said: str, ends: set[int], leftovers: bool) -> Iterator[str]:
        """What is wrong with what is there afterwards."""
        there = tree(folder)
        seen = plainly(there)
        if seen not in (self.old, self.new) and not self.partly(seen):
            yield f"between: {sorted(set(seen) ^ set(self.new))[:6]} differ from the new, {sorted(set(seen) ^ set(self.old))[:6]} from the old"
        if not leftovers and seen != there:
            yield f"left behind: {sorted(set(there) - set(seen))[:4]}"
        if code not in ends:
            yield f"exit {code}: {said.strip()[:300]}"
        if "Traceback" in said or "internal fault" in said:
            yield f"says {said.strip()[:300]}"
        if code == 0 and seen != self.new:
            yield "exit 0, but the output is not the new one"

    def partly(self, seen: Tree) -> bool:
        """Whether `init` has put whole files into the user's own folder, its contract not yet among them."""
        if self.command.name != "init" or not self.older:
            return False
        return self.old.items() <= seen.items() <= self.new.items() and "new/contract.yaml" not in seen


@dataclass
class Tried:
    """What came of the points tried."""

    points: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


def points(scene: Scene) -> list[tuple[str, int]]:
    """Every system call of a scene that changes something where it writes, as its name and which of its name it is."""
    with tempfile.TemporaryDirectory(dir=WORK) as name, tempfile.NamedTemporaryFile() as log:
        folder = name
        out = scene.set(Path(folder))
        code, said = ran(
            scene.command.line(out, scene.words), "strace", "--seccomp-bpf", "-f", "-y", "-qq", "-o", log.name, "-e", f"trace={CALLS}"
        )
        assert code == 0, said
        lines = Path(log.name).read_text("utf-8", "replace").splitlines()
    main, counts, found = lines[0].split()[0], Counter[str](), []
    others = Counter(re.findall(r"^(\d+) +(\w+)\(", "\n".join(line for line in lines if not line.startswith(f"{main} ")), re.MULTILINE))
    for line in lines:
        call = re.match(rf"{main} +(\w+)\(", line)
        if not call:
            continue
        counts[call[1]] += 1
        alone = all(many < counts[call[1]] for (_, name), many in others.items() if name == call[1])  # else another thread is hit as well
        if alone and folder in line and (call[1] not in OPENS or "O_CREAT" in line):
            found.append((call[1], counts[call[1]]))
    return found


def stopped(scene: Scene, call: str, number: int, how: str) -> list[str]:
    """Play a scene and stop it at one system call; gives what is wrong afterwards."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        out = scene.set(folder)
        effect = f"signal={how}" if how in SIGNALS else f"error={how}"
        inject = ["-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}"]
        code, said = ran(scene.command.line(out, scene.words), "strace", "--seccomp-bpf", "-f", "-qq", "-o", "/dev/null", *inject)
        ends = {SIGNALS[how], 0} if how in SIGNALS else {0, 2, 3}
        tidying = call in ("unlink", "unlinkat", "rmdir")  # a failure there leaves a hidden name, and nothing else
        found = list(scene.wrong(folder, code, said, ends, leftovers=how == "KILL" or tidying))
        if how == "KILL" and not found:
            again = scene.words if out.exists() or not scene.older else scene.command.words
            code, said = (
                ran(scene.command.line(out, again)) if plainly(tree(folder)) != scene.new or scene.command.name != "init" else (0, "")
            )
            if code and "is there already" in said:  # the pack had been put in its place
                code, said = ran(scene.command.line(out, (*again, "--replace")))
            found += [f"run again: {what}" for what in scene.wrong(folder, code, said, {0}, leftovers=True)]
    where = f"{scene.command.name}, {'older output' if scene.older else 'nothing'} there, {how} at {call} {number}"
    return [f"{where}: {what}" for what in found]


def full(scene: Scene) -> Tried:
    """A disk that fills up at every 4 kB: a tmpfs of that size where one may be mounted, else a limit on the size of a file."""
    tried = Tried()
    most = sum(len(raw) // 4096 + 1 for raw in scene.new.values()) + sum(len(raw) // 4096 + 1 for raw in scene.old.values()) + 8
    least = sum(len(raw) // 4096 + 1 for raw in scene.old.values()) + 1
    for pages in sorted({*range(least, min(most, least + 12)), *range(least, most, max(1, (most - least) // 12))}):
        with tempfile.TemporaryDirectory() as name:
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * 4}k", "none", name], capture_output=True, check=False)
            try:
                out = scene.set(Path(name))
                limit = (
                    None
                    if mounted.returncode == 0
                    else lambda pages=pages: resource.setrlimit(resource.RLIMIT_FSIZE, (pages * 512, pages * 512))
                )
                code, said = ran(scene.command.line(out, scene.words), preexec=limit)
                where = f"{scene.command.name}, disk of {pages * 4} kB"
                tried.findings += [f"{where}: {what}" for what in scene.wrong(Path(name), code, said, {0, 2, 3}, leftovers=False)]
                tried.points["tmpfs" if limit is None else "file size"] += 1
            except OSError:
                tried.points["too small for the older output"] += 1
            finally:
                if mounted.returncode == 0:
                    subprocess.run(["umount", name], check=True)
    return tried


def limited(scene: Scene, size: int) -> list[str]:
    """Play a scene where no file may grow beyond a size; gives what is wrong."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        out = scene.set(Path(name))
        code, said = ran(scene.command.line(out, scene.words), preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        return list(scene.wrong(Path(name), code, said, {2}, leftovers=False))


def gone(words: tuple[str, ...]) -> list[str]:
    """A command whose reader goes away, and one whose stdout is full; gives what is wrong."""
    found = []
    line = [sys.executable, "-m", "p4p", *words]
    process = subprocess.Popen(line, cwd="/", env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    said = process.communicate()[1].decode()
    if process.returncode != 0 or said:
        found.append(f"{words[0]}, its reader gone: exit {process.returncode}, {said.strip()[:300]}")
    with open("/dev/full", "wb") as sink:
        done = subprocess.run(line, cwd="/", env=environment(), stdout=sink, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode()
    if done.returncode == 0 or "error: " not in said or "Traceback" in said or "internal fault" in said or "Exception ignored" in said:
        found.append(f"{words[0]}, stdout full: exit {done.returncode}, {said.strip()[:300]}")
    return found


def interrupted(command: Command, jobs: int = 1, hows: tuple[str, ...] = (*SIGNALS, *ERRORS), every: int = 1) -> Tried:
    """Everything of one command: each system call, or each so-manieth, stopped in each way, with and without an older output."""
    tried = Tried()
    for older in (False, True):
        scene = Scene.of(command, older)
        tasks = [(call, number, how) for call, number in points(scene)[::every] for how in hows]
        with ThreadPoolExecutor(jobs) as pool:
            for found, (_, _, how) in zip(pool.map(stopped, [scene] * len(tasks), *zip(*tasks, strict=True)), tasks, strict=True):
                tried.points[how] += 1
                tried.findings += found
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", choices=COMMANDS, action="append")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="only each so-manieth system call")
    a = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("needs strace")
    total = Tried()
    for name in a.command or COMMANDS:
        for tried in (
            interrupted(COMMANDS[name], a.jobs, every=a.every),
            full(Scene.of(COMMANDS[name], True)),
            full(Scene.of(COMMANDS[name], False)),
        ):
            print(f"{name}: {dict(tried.points)}, findings {len(tried.findings)}", *tried.findings, sep="\n  ", flush=True)
            total.points += tried.points
            total.findings += tried.findings
    for command in COMMANDS.values():
        words = tuple(word for word in command.words if word not in ("--output", "OUT"))
        if command.name not in ("statement", "init"):
            total.points["reader gone, stdout full"] += 2
            total.findings += gone(words)
    total.points["reader gone, stdout full"] += 2
    total.findings += gone(("check", str(FOLDER)))
    print(f"{sum(total.points.values())} points: {dict(total.points)}; findings {len(total.findings)}", *total.findings[-40:], sep="\n")
    sys.exit(bool(total.findings))


if __name__ == "__main__":
    main()
