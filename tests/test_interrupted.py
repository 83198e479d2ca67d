"""Commands interrupted while they write: a small part of `python tests/interrupted.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import interrupted
import pytest
from interrupted import COMMANDS, PRINTING, Scene

from p4p.files.whole import folder_whole, write_whole

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace, which is not here")


@needs_strace
@pytest.mark.parametrize("older", [False, True], ids=["nothing there", "older output there"])
def test_a_file_is_the_old_one_or_the_new_one(older: bool) -> None:
    """`settle --output` is killed, told to end, hung up, and fails at every system call that touches its file: what is there is one or the other, whole."""
    scene = Scene.of(COMMANDS["settle-csv"], older)
    found = interrupted.points(scene)
    assert ["openat", "write", "fsync", "close", "chmod", "rename", "unlink"] == [call for call, _ in found]
    hows = ("KILL", "TERM", "ENOSPC", "HUP")
    assert [] == [wrong for n, (call, number) in enumerate(found) for wrong in interrupted.stopped(scene, call, number, hows[n % 4])]


@needs_strace
def test_an_older_pack_changes_places_with_the_new_one() -> None:
    """`statement --replace` is killed just before and at the one call that puts the new pack in the place of the older one, and told to end while that goes."""
    scene = Scene.of(COMMANDS["statement-one"], older=True)
    found = interrupted.points(scene)
    (at,) = [i for i, (call, _) in enumerate(found) if call.startswith("rename")]
    assert [] == [wrong for call, number in found[at - 1 : at + 1] for wrong in interrupted.stopped(scene, call, number, "KILL")]
    assert [] == [wrong for call, number in found[at + 1 :: 5] for wrong in interrupted.stopped(scene, call, number, "TERM")]


@needs_strace
def test_an_older_pack_comes_back_where_folders_cannot_change_names() -> None:
    """`statement --replace` fails and is told to end where the older pack has stepped aside: it comes back, or the new one is there."""
    scene = Scene.of(COMMANDS["statement-no-exchange"], older=True)
    renames = [(call, number) for call, number in interrupted.points(scene) if call.startswith("rename")]
    assert 2 == len(renames)
    assert [] == [wrong for call, number in renames for how in ("EIO", "TERM") for wrong in interrupted.stopped(scene, call, number, how)]


@needs_strace
def test_init_fills_a_folder_and_its_contract_last() -> None:
    """`p4p init` is stopped between the files that it puts into a folder of the user's: what it put there goes again; after a kill they are whole, and running it again completes them."""
    scene = Scene.of(COMMANDS["init"], older=True)
    renames = [(call, number) for call, number in interrupted.points(scene) if call.startswith("rename")]
    assert 4 == len(renames)
    found = [
        wrong for call, number in renames[1:] for how in ("KILL", "TERM", "EIO") for wrong in interrupted.stopped(scene, call, number, how)
    ]
    assert [] == found


@needs_strace
@pytest.mark.parametrize("name", ["settle-csv", "scheme-statement", "init"])
def test_what_takes_a_place_is_on_the_disk(name: str) -> None:
    """Every file, and every folder that holds one, is flushed after its last write and before the step that gives it its place: a power cut finds it whole."""
    assert [] == interrupted.unflushed(Scene.of(COMMANDS[name], older=True))


@pytest.mark.parametrize("name", ["settle-csv", "check"])
def test_a_reader_may_go_away_and_a_disk_may_be_full(name: str) -> None:
    """A closed pipe ends a command quietly, exit 0; a full or closed stdout is told in words, and no traceback."""
    assert [] == interrupted.gone(PRINTING[name] if name in PRINTING else COMMANDS[name].printing)


@pytest.mark.parametrize("stream", [1, 2], ids=["stdout", "stderr"])
def test_a_stream_may_be_closed_from_the_start(stream: int, tmp_path: Path) -> None:
    """With stdout or stderr closed `--output` writes its file, and nothing else gets into it."""
    out = tmp_path / "kinds.txt"
    line = [sys.executable, "-m", "p4p", "kinds", "--output", str(out)]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {stream}>&-', "sh", *line], env=interrupted.environment(), capture_output=True, check=False
    )
    assert (0, b"") == (done.returncode, done.stdout)
    assert out.read_text("utf-8").endswith("p4p kinds KIND prints the manual page of one.\n")


@pytest.mark.parametrize("name", ["settle-csv", "init"])
def test_a_file_that_cannot_grow(name: str) -> None:
    """Where a file may hold a kilobyte and no more, a command refuses in words and leaves what was there."""
    assert [] == interrupted.limited(Scene.of(COMMANDS[name], older=True), 1024)


def test_a_device_and_a_pipe_are_written_to_and_stay(tmp_path: Path) -> None:
    """A pipe named as output gets the text and is a pipe afterwards: nothing takes its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(str(pipe), "£1.00\n")
    assert "£1.00\n".encode() == os.read(reader, 100)
    os.close(reader)
    assert pipe.is_fifo()
    assert [pipe] == list(tmp_path.iterdir())


def test_an_older_folder_that_is_read_only_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder without the right to write takes its leave as any other does."""
    target = tmp_path / "pack"
    (target / "statements").mkdir(parents=True)
    (target / "statements" / "one").write_text("old", "utf-8")
    for folder in (target / "statements", target):
        folder.chmod(0o555)
    with folder_whole(target) as making:
        (making / "one").write_text("new", "utf-8")
    assert [target, target / "one"] == sorted(tmp_path.rglob("*"))
