"""What can be known of files before they are read: whether they have lines, and, beside other work, their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from p4p.files.table_text import LINE_LIMIT, Stamp, stamp_of
from p4p.numbers.errors import InputError

HASHED_AT_ONCE = 1 << 24  # bytes: between two blocks a thread waits for its turn


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file's state when it was opened, the SHA-256 of its bytes, and whether its last line is ended."""

    stamp: Stamp
    sha256: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known of a file's bytes ahead of its reading: whether it has lines, and a hash that may still be under way."""

    in_lines: bool
    hashed: Future[Hashed]


#: What is known of files, by path.
AllAhead = Mapping[str, Ahead]


@contextmanager
def look_ahead(paths: Sequence[str]) -> Iterator[AllAhead]:
    """What can be known of files before they are read; their hashes are made beside whatever else is done meanwhile, and given up at the end."""
    enough = Event()
    with ThreadPoolExecutor(1) as beside:
        # looked up at once: many small reads would wait for their turn with those of a second thread
        in_lines = {path: _in_lines(path) for path in paths}
        try:
            yield {path: Ahead(in_lines[path], beside.submit(_hashed, path, enough)) for path in paths}
        finally:
            enough.set()


def _in_lines(path: str) -> bool:
    """Whether a file can be read, and no line of it is longer than two stretches of bytes, in each of which a line ends."""
    near = 256  # from the end of a stretch, where in a plain file a line ends
    try:
        size = stamp_of(path).size
        with open(path, "rb", buffering=0) as file:

            def ends_in(start: int, size: int) -> bool:
                file.seek(start)
                return b"\n" in file.read(size)

            starts = range(0, size - LINE_LIMIT, LINE_LIMIT)
            return all(ends_in(start + LINE_LIMIT - near, near) or ends_in(start, LINE_LIMIT) for start in starts)
    except (InputError, OSError):  # whoever opens it next says why
        return False


def _hashed(path: str, enough: Event) -> Hashed:
    stamp, digest, last = stamp_of(path), hashlib.sha256(), 0
    buffer = memoryview(bytearray(min(stamp.size, HASHED_AT_ONCE) or 1))
    with open(path, "rb", buffering=0) as file:
        while not enough.is_set() and (size := file.readinto(buffer)):
            digest.update(buffer[:size])
            last = buffer[size - 1]
    return Hashed(stamp, digest.hexdigest(), last == ord("\n"))
