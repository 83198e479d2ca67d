"""Files and folders written whole or not at all: made under a hidden name beside the target, then put in its place in one step.

Whatever stops the program leaves the old one or the new one. A failure, an interrupt or a request to end also takes away what was begun; only a kill leaves
it, under its hidden name. What takes a place has been flushed to the disk, so that a power cut finds one of the two as well.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from p4p.numbers.errors import Problem, WriteError


def write_whole(path: str, text: str | bytes) -> None:
    """Write a file: a neighbour is written, flushed to disk and renamed over it. Raises WriteError, with the old file untouched, where that cannot be done."""
    target, raw = Path(path), text.encode("utf-8") if isinstance(text, str) else text
    if _is_stream(target):
        return _write_stream(path, raw)
    made = _beside(target)
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with open(made, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
            stream.write(raw)
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
        _flush_all(made)
        os.chmod(made, 0o777 & ~_umask())
        if not target.exists():
            os.rename(made, target)
        elif not _exchanged(made, target):
            _one_after_the_other(made, target)
        with contextlib.suppress(OSError):  # the old one goes only when it is on the disk that it has been replaced
            _flush(target.parent)
    finally:
        _away(made)  # the old one, by now, or nothing


@contextlib.contextmanager
def files_into(target: Path, last: str) -> Iterator[Path]:
    """An empty folder to be filled with files, which at the end go into a folder that is there, one by one, `last` the last. Raises OSError.

    Where one of them cannot, or something stops the program, those that were new there go again; only a kill leaves some, `last` not among them.
    """
    made, new = target / _beside(target).name, list[Path]()
    try:
        made.mkdir(0o700)
        yield made
        _flush_all(made)
        for file in sorted(made.iterdir(), key=lambda file: (file.name == last, file.name)):
            if not (target / file.name).exists():
                new.append(target / file.name)
            os.replace(file, target / file.name)
    except BaseException:
        for file in new:
            with contextlib.suppress(OSError):
                os.unlink(file)
        raise
    finally:
        _away(made)


@contextlib.contextmanager
def folders_above(target: Path) -> Iterator[None]:
    """The folders above a target, made if need be. Where what is done then fails, those that were made go again."""
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def cannot(path: str, error: OSError, hint: str) -> WriteError:
    """What to tell the user of a path that cannot be written."""
    return WriteError([Problem(None, f"{path} cannot be written: {error.strerror}; nothing was changed", hint)])


def _beside(target: Path) -> Path:
    """A hidden name beside the target that nobody else has. It is known before anything is made, so that it can always be taken away."""
    return target.parent / f".{target.name[:40]}.{os.urandom(4).hex()}.part"


def _is_stream(target: Path) -> bool:
    """Whether a path is no file that another could take the place of: a device, a pipe, or a name of the program's own streams, such as /dev/stdout."""
    return (target.exists() and not target.is_file() and not target.is_dir()) or str(target).startswith(
        ("/dev/std", "/dev/fd/", "/proc/self/fd/")
    )


def _write_stream(path: str, raw: bytes) -> None:
    try:
        with open(path, "wb") as stream:
            stream.write(raw)
    except BrokenPipeError:
        raise  # the reader has read enough
    except OSError as e:
        raise WriteError([Problem(None, f"{path} cannot be written: {e.strerror}", "name a file")]) from None


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change names in one step; False where the system cannot (Linux can, on nearly every file system). Raises OSError where it fails."""
    import ctypes

    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchanging = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if exchange(here, os.fsencode(one), here, os.fsencode(other), exchanging) == 0:
        return True
    if (code := ctypes.get_errno()) in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code))


def _one_after_the_other(made: Path, target: Path) -> None:
    """The old folder steps aside, and comes back if the new one does not take its place; there is a moment without either."""
    aside = target.parent / f"{_beside(target).stem}.old"
    try:
        os.rename(target, aside)
        os.rename(made, target)
    except BaseException:
        with contextlib.suppress(OSError):  # it never went, or the new one is there
            os.rename(aside, target)
        raise
    finally:
        if not made.exists():
            _away(aside)


def _away(folder: Path) -> None:
    """Take a folder of ours away, with all that is in it. Who is stopped meanwhile begins again, and then stops; what cannot be taken away stays."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        for top, _, _ in os.walk(folder):  # it is still there: perhaps the older one was made read-only
            os.chmod(top, 0o700)
    except OSError:
        pass
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder, ignore_errors=True)


def _flush_all(folder: Path) -> None:
    """Flush a folder to the disk, with all that is in it. Raises OSError where a file cannot be: what was written is not there then."""
    for top, _, files in os.walk(folder):
        for name in files:
            _flush(Path(top, name))
        _flush(Path(top))


def _flush(path: Path) -> None:
    if os.name == "nt":
        return  # what is not open for writing cannot be flushed there
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as e:
        if e.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # a file system without it
            raise
    finally:
        os.close(opened)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
