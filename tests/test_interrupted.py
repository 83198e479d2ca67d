"""Commands interrupted while they write: a small part of `python tests/interrupted.py`."""

from __future__ import annotations

import shutil

import interrupted
import pytest
from interrupted import COMMANDS, Scene

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace, which is not here")


@needs_strace
@pytest.mark.parametrize("older", [False, True], ids=["nothing there", "older output there"])
def test_a_file_is_the_old_one_or_the_new_one(older: bool) -> None:
    """`settle --output` is killed, told to end, and fails at every system call that touches its file: what is there is one or the other, whole."""
    scene = Scene.of(COMMANDS["settle-csv"], older)
    found = interrupted.points(scene)
    assert {"openat", "fsync", "chmod", "rename"} <= {call for call, _ in found}  # `write` only where no other thread writes
    hows = ("KILL", "TERM", "ENOSPC")
    assert [] == [wrong for n, (call, number) in enumerate(found) for wrong in interrupted.stopped(scene, call, number, hows[n % 3])]


@needs_strace
def test_an_older_pack_changes_places_with_the_new_one() -> None:
    """`statement --replace` is killed just before and at the one call that puts the new pack in the place of the older one."""
    scene = Scene.of(COMMANDS["statement"], older=True)
    found = interrupted.points(scene)
    (at,) = [i for i, (call, _) in enumerate(found) if call.startswith("rename")]
    assert [] == [wrong for call, number in found[at - 1 : at + 1] for wrong in interrupted.stopped(scene, call, number, "KILL")]


@needs_strace
def test_init_fills_a_folder_and_its_contract_last() -> None:
    """`p4p init` is killed between the files that it puts into a folder of the user's: those there are whole, and running it again completes it."""
    scene = Scene.of(COMMANDS["init"], older=True)
    renames = [(call, number) for call, number in interrupted.points(scene) if call.startswith("rename")]
    assert 4 == len(renames)
    assert [] == [wrong for call, number in renames[1:] for wrong in interrupted.stopped(scene, call, number, "KILL")]


@pytest.mark.parametrize("name", ["settle-csv", "check"])
def test_a_reader_may_go_away_and_a_disk_may_be_full(name: str) -> None:
    """A closed pipe ends a command quietly, exit 0; a full stdout is told in words, and no traceback."""
    words = COMMANDS[name].words[:-2] if name in COMMANDS else ("check", str(interrupted.FOLDER))
    assert [] == interrupted.gone(words)


@pytest.mark.parametrize("name", ["settle-csv", "init"])
def test_a_file_that_cannot_grow(name: str) -> None:
    """Where a file may hold a kilobyte and no more, a command refuses in words and leaves what was there."""
    assert [] == interrupted.limited(Scene.of(COMMANDS[name], older=True), 1024)
