"""The command line: its commands in order, and what an error becomes: words and an exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
import typer.core

from p4p import __version__
from p4p.commands.contract_commands import check, contracts, describe, init, kinds
from p4p.commands.payment_commands import adjust, dashboard, explain, settle, share, shortfall, statement, whatif
from p4p.numbers.errors import Exit, P4PError, Problem, WriteError

EXAMPLE = """Settle pay-for-performance contracts: exact network payments, each one explained.

\b
  p4p init my-contract                                a contract and small files to start from
  p4p settle my-contract --quarter Q1                 what each network is paid, and why not more
  p4p explain my-contract --quarter Q1 --network N1   one payment, down to contract line and CSV row

A folder stands for contract.yaml, practices.csv, activity*.csv, measures*.csv and lists*.csv in it; files may also be named one by one.
"""


@contextlib.contextmanager
def _saying() -> Iterator[None]:
    """A reader who goes away has read enough; a stdout that takes nothing more is told as that, not as a fault of ours."""
    try:
        yield
    except OSError as e:
        if e.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held back has somewhere to go
        if isinstance(e, BrokenPipeError):
            sys.exit(Exit.DONE)
        raise WriteError([Problem(None, f"what p4p says cannot be written: {e.strerror}", "write to a file: --output FILE")]) from None


class Commands(typer.core.TyperGroup):
    """The commands, whose words may find nobody who takes them."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the command line; help and the version are said here."""
        with _saying():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a command to the end, which is when all it says has been written."""
        with _saying():
            done = super().invoke(ctx)
            sys.stdout.flush()
            return done


app = typer.Typer(
    cls=Commands, help=EXAMPLE, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"p4p {__version__}\n")
        sys.stdout.flush()
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Options of every command."""


for command in (settle, adjust, explain, whatif, shortfall, dashboard, share, statement, check, describe, contracts, kinds, init):
    app.command()(command)


def _streams() -> None:
    """Where stdin, stdout or stderr was closed before we began, something else takes its number, so that no file of ours does.

    A word to a closed stderr is lost, as one to a full one is; what is said to a closed stdout cannot be written, and is told as that.
    """
    while (number := os.open(os.devnull, os.O_RDONLY)) < 2:
        pass
    if number > 2:
        os.close(number)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def main() -> None:
    """Run the command line; every error becomes words and an exit code, never a traceback that could show what a file held."""
    # what a file holds becomes many small objects that all stay: looking for circles among them every 700 took a third of the time of reading
    gc.set_threshold(100_000, 50, 100)
    _streams()
    for name in (
        "SIGTERM",
        "SIGHUP",
    ):  # so that what is half-written is taken away; Windows has no terminal that hangs up, and `nohup` wants none
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, lambda number, _: sys.exit(128 + number))
    try:
        app(standalone_mode=True)
    except P4PError as e:
        from p4p.screens.page import problems

        problems(e)
        sys.exit(e.exit)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except (SystemExit, typer.Exit):
        raise
    except BaseException as e:  # Polars panics are no Exceptions
        if os.environ.get("P4P_TRACEBACK"):
            raise
        from p4p.screens.page import fault

        fault(e)
        sys.exit(Exit.FAULT)
