"""An answer to where it was asked for: to the terminal, to stdout, or whole to a file."""

from __future__ import annotations

from collections.abc import Callable

from p4p.files.whole import write_whole
from p4p.screens.page import captured, note, out


def answer(format: str, output: str | None, *, table: Callable[[], None], csv: Callable[[], str], json: Callable[[], str]) -> None:
    """Give an answer as `table`, `csv` or `json`; `output` names a file, written whole or not at all."""
    if format != "table":
        return deliver(csv() if format == "csv" else json(), output)
    return table() if output is None else deliver(captured(table), output)


def deliver(text: str, output: str | None) -> None:
    """Text to stdout, or whole to a file."""
    if output is None:
        return out(text)
    write_whole(output, text)
    return note(f"wrote {output}")
