"""Files and folders written whole or not at all: made under a hidden name beside the target, then put in its place in one step.

Whatever stops the program leaves the old one or the new one. A failure, an interrupt or a request to end also takes away what was begun; only a kill leaves
it, under its hidden name.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from p4p.numbers.errors import Problem, WriteError


def write_whole(path: str, text: str | bytes) -> None:
    """Write a file: a neighbour is written, flushed to disk and renamed over it. Raises WriteError, with the old file untouched, where that cannot be done."""
    target = Path(path)
    made = _beside(target)
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with open(made, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
            stream.write(text.encode("utf-8") if isinstance(text, str) else text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(made, 0o666 & ~_umask())
        os.replace(made, target)
    except OSError as e:
        raise cannot(path, e, "name another file, or make room") from None
    finally:
        with contextlib.suppress(OSError):  # where it has taken its place it is not there any more
            os.unlink(made)


@contextlib.contextmanager
def folder_whole(target: Path) -> Iterator[Path]:
    """An empty folder to be filled, which at the end takes the place of the target or of nothing. Raises OSError where it cannot."""
    made = _beside(target)
    try:
        made.mkdir(0o700)
        yield made
        os.chmod(made, 0o777 & ~_umask())
        if not target.exists():
            os.rename(made, target)
        elif not _exchanged(made, target):
            _one_after_the_other(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)  # the old one, by now, or nothing


@contextlib.contextmanager
def files_into(target: Path, last: str) -> Iterator[Path]:
    """An empty folder to be filled with files, which at the end go into a folder that is there, one by one, `last` the last. Raises OSError."""
    made = target / _beside(target).name
    try:
        made.mkdir(0o700)
        yield made
        for file in sorted(made.iterdir(), key=lambda file: (file.name == last, file.name)):
            os.replace(file, target / file.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def cannot(path: str, error: OSError, hint: str) -> WriteError:
    """What to tell the user of a path that cannot be written."""
    return WriteError([Problem(None, f"{path} cannot be written: {error.strerror}; nothing was changed", hint)])


def _beside(target: Path) -> Path:
    """A hidden name beside the target that nobody else has. It is known before anything is made, so that it can always be taken away."""
    return target.parent / f".{target.name[:40]}.{os.urandom(4).hex()}.part"


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change names in one step; False where the system cannot (Linux can, on nearly every file system)."""
    import ctypes

    try:
        exchange = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchanging = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(exchange(here, os.fsencode(one), here, os.fsencode(other), exchanging) == 0)


def _one_after_the_other(made: Path, target: Path) -> None:
    """The old folder steps aside, and comes back if the new one cannot take its place; there is a moment without either."""
    aside = target.parent / f"{_beside(target).stem}.old"
    os.rename(target, aside)
    try:
        os.rename(made, target)
    except OSError:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
