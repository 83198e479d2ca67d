"""Where a thing stands in a file, what is wrong with it, and the exit code that follows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """What the process says to its caller."""

    DONE = 0
    FAULT = 1  # ours
    USAGE = 2
    INPUT = 3  # an activity, practice or list file is refused
    CONTRACT = 4  # a contract or scenario is refused
    MISMATCH = 5  # a worked example, verification or reconciliation does not hold
    FROZEN = 6  # what was issued does not fit the contract, or one document the other
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: `file` as the user named it, `line` and `column` from 1 (0 where there is none)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where, what, and what to do about it.

    `quote` is the source line to show under the message; it is left out where echoing it could show a patient's details.
    """

    at: Location | None
    what: str
    hint: str = ""
    quote: str = ""

    def lines(self) -> list[str]:
        """The problem as lines of text: `file:line:column: error: what`, the line quoted with a marker, the hint."""
        head = f"{self.at}: error: {self.what}" if self.at else f"error: {self.what}"
        out = [head]
        if self.quote and self.at:
            quote, column = _window(self.quote, self.at.column)
            out.append(f"    {quote}")
            if column:
                out.append("    " + " " * (column - 1) + "^")
        if self.hint:
            out.append(f"  hint: {self.hint}")
        return out


MOST_PROBLEMS = 100  # told of one file; a reader of a contract stops looking there


MOST_LIKENED = 200  # names with which a misspelt word is compared


class P4PError(Exception):
    """Something the user can mend. Carries every problem found, in file order."""

    exit: Exit = Exit.FAULT

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem(None, problems)]
        self.problems = sorted(dict.fromkeys(problems), key=lambda p: (p.at or Location(""),))
        super().__init__("\n".join(line for p in self.problems for line in p.lines()))


class UsageError(P4PError):
    """The command line asks for what cannot be."""

    exit = Exit.USAGE


class WriteError(P4PError):
    """An output cannot be written where the user said; nothing was changed."""

    exit = Exit.USAGE


class InputError(P4PError):
    """An activity, practice or list file is refused."""

    exit = Exit.INPUT


class ContractError(P4PError):
    """A contract or scenario is refused."""

    exit = Exit.CONTRACT


class MismatchError(P4PError):
    """A worked example, verification or reconciliation does not hold."""

    exit = Exit.MISMATCH


class IssuedError(P4PError):
    """What was issued does not fit the contract, or one document the other."""

    exit = Exit.FROZEN


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "upper"?`, or the list of what is known where nothing is close and the list is short.

    Among very many names only some that begin alike are looked at: likeness takes its time.
    """
    names = [str(k) for k in known]
    if len(names) > MOST_LIKENED:
        names = [name for name in names if name[:2].lower() == word[:2].lower() and abs(len(name) - len(word)) < 3][:MOST_LIKENED]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6) or difflib.get_close_matches(
        word.lower(), [n for n in names if n.lower() == word.lower()] or names, n=1, cutoff=0.6
    )
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(names)}" if 0 < len(names) <= 12 else ""


def visible(text: str, limit: int = 60) -> str:
    """Text from a file made safe to show: control, bidirectional and look-alike characters as code points, cut at `limit`."""
    shown = "".join(c if _plain(c) else f"<U+{ord(c):04X}>" for c in text[:limit])
    return shown + ("…" if len(text) > limit else "")


def _plain(c: str) -> bool:
    return " " <= c <= "~" or c in "£–—’‘“”…é"


def _window(text: str, column: int, width: int = 100) -> tuple[str, int]:
    """The part of a long line around `column`, control characters shown as code points, and the column in it."""
    start = max(0, column - width // 2) if len(text) > width else 0
    before, after = text[start : max(column - 1, 0)], text[max(column - 1, 0) : start + width]
    safe_before = visible(before, width).replace("\t", " ")
    return safe_before + visible(after, width), len(safe_before) + 1 if column else 0
