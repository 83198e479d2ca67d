"""Command lines by the thousand: one process imports everything, and a fork of it runs each of them.

Most of a small command's time is start-up. A fork does what `python -m p4p` does from its `main()` to the handlers that run at exit, in a process of its own with
arguments, streams, powers and limits of its own, and may be watched by strace from before its `main()`.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Writes of nothing before a command begins, by its first thread: strace counts calls thread by thread, and no other thread of a command writes so often.
AHEAD = 400

SECONDS = 120


class Warm:
    """The process with everything imported."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if name != "P4P_TRACEBACK"}
        kept |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/", env=kept
        )
        atexit.register(self.close)

    def run(
        self,
        words: Sequence[str],
        strace: Sequence[str] = (),
        *,
        file_size: int | None = None,
        plain: bool = False,
        closed: int | None = None,
        full: int | None = None,
    ) -> tuple[int, str]:
        """Run the words after `p4p`; gives the exit code, or the signal below zero, and what is said on stderr.

        `strace`: options to be watched with; `file_size`: no file may grow beyond it; `plain`: without the powers of root, for whom no folder is closed; `closed`, `full`: which stream is closed from
        the start, or takes nothing.
        """
        asked = {"words": list(words), "strace": list(strace), "file_size": file_size, "plain": plain, "closed": closed, "full": full}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        code, said = json.loads(self.process.stdout.readline())
        return code, said

    def close(self) -> None:
        """End the process."""
        if self.process.stdin and self.process.stdout:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()


def _child(asked: dict, go: int, said: int) -> None:
    """The fork: `python -m p4p` with these words."""
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 0)
    os.dup2(empty, 1)
    os.dup2(said, 2)
    os.read(go, 1)
    os.closerange(3, 256)
    if asked["closed"] is not None:  # Python knows a stream that was closed before it began as None
        os.close(asked["closed"])
        setattr(sys, ("stdin", "stdout", "stderr")[asked["closed"]], None)
    if asked["full"] is not None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), asked["full"])
    if asked["file_size"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_size"],) * 2)
    if asked["plain"]:
        none = ctypes.create_string_buffer(24)  # no capability, effective, permitted or inheritable
        if ctypes.CDLL(None, use_errno=True).capset(struct.pack("Ii", 0x20080522, 0), none):
            os._exit(77)
    if asked["strace"]:
        for _ in range(AHEAD):
            os.write(0, b"")
    from p4p.cli import main

    sys.argv = ["p4p", *asked["words"]]
    code: object = 0
    try:
        main()
    except SystemExit as e:
        code = e.code
    except BaseException as e:
        os.write(2, f"Traceback: {e!r}\n".encode())
        code = 1
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    finally:
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _attached(pid: int, options: Sequence[str]) -> subprocess.Popen:
    """Strace, once it watches a process."""
    tracer = subprocess.Popen(["strace", "-f", "-p", str(pid), *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert tracer.stderr
    first = tracer.stderr.readline()
    assert b"attached" in first, first
    return tracer


def _ran(asked: dict) -> tuple[int, str] | None:
    said, (go_read, go) = os.memfd_create("said"), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(go)
        _child(asked, go_read, said)
    os.close(go_read)
    tracer = _attached(pid, asked["strace"]) if asked["strace"] else None
    os.write(go, b"x")
    os.close(go)
    watched = os.pidfd_open(pid)
    if not select.select([watched], [], [], SECONDS)[0]:
        os.kill(pid, signal.SIGKILL)
        os.write(said, f"Traceback: not done after {SECONDS} seconds\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if tracer:
        tracer.communicate()
    os.lseek(said, 0, os.SEEK_SET)
    words = b""
    while part := os.read(said, 65536):
        words += part
    os.close(said)
    os.close(watched)
    return code, words.decode("utf-8", "replace")


def main() -> None:
    """Import everything, then run what is asked, line by line."""
    import p4p

    for module in pkgutil.walk_packages(p4p.__path__, "p4p."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_ran(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
