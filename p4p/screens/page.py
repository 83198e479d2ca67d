"""The terminal: the only place where a console exists, and the only module that imports Rich.

Text from files is never markup. A table that does not fit the terminal is stacked, one figure to a line; no digit is ever cut.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from p4p import __version__
from p4p.numbers.errors import P4PError, visible

Style = Literal["", "bold", "dim", "italic", "bold red", "green", "yellow", "red"]

#: Signs of ours in plain characters, for terminals without them.
PLAIN = str.maketrans({"·": "-", "–": "-", "−": "-", "×": "x", "÷": "/", "≥": ">=", "≤": "<=", "…": "~", "£": "GBP "})


def out(text: str) -> None:
    """Data to stdout, whatever the locale: what the terminal's encoding lacks is replaced, never an error after the fact."""
    _safe_stream(sys.stdout)
    sys.stdout.write(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """A word to the user, to stderr; where that is closed or full, the exit code says enough."""
    _safe_stream(sys.stderr)
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")


def fault(e: BaseException) -> None:
    """Where a fault of ours happened, without any value from a file, to stderr."""
    import traceback

    here = os.path.dirname(os.path.dirname(__file__))
    frames = [f for f in traceback.extract_tb(e.__traceback__) if f.filename.startswith(here)]
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "a library"
    note(f"error: internal fault of p4p {__version__}: {type(e).__name__} at {where}; nothing was written")
    note("  hint: please report it; P4P_TRACEBACK=1 shows the whole traceback, which may hold figures from your files")


def captured(show: Callable[[], None]) -> str:
    """What `show` would print, as text: wide enough for every table, without colour."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        show()
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _safe_stream(stream: Any) -> None:
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")


def problems(error: P4PError) -> None:
    """Every problem of an error, in file order, to stderr."""
    for problem in error.problems:
        for line in problem.lines():
            note(line)
    if len(error.problems) > 1:
        note(f"{len(error.problems)} problems found; nothing was written")


@contextmanager
def progress(words: str, steps: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr while a terminal watches; gives what to call after each step. It leaves no trace."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=steps)
        yield lambda: bar.advance(task)


class Page:
    """What a command prints: text and tables, in order, then shown at once."""

    def __init__(self) -> None:
        self.plain = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
        #: A pipe has neither width nor colour: lines are written as they are, and Rich, 70 ms to import, is left alone.
        self.pipe = not (sys.stdout.isatty() or os.environ.get("COLUMNS") or os.environ.get("FORCE_COLOR"))
        _safe_stream(sys.stdout)

    @cached_property
    def console(self) -> Any:
        """Rich's console; as wide as any table where there is no terminal to fit."""
        from rich.console import Console

        class Terminal(Console):
            def on_broken_pipe(self) -> None:
                raise  # to whoever runs commands: a reader that goes away has read enough

        width = 400 if self.pipe else None
        return Terminal(file=sys.stdout, width=width, markup=False, emoji=False, highlight=False, safe_box=self.plain)

    def text(self, line: str = "", style: Style = "") -> None:
        """A line of text, wrapped at words on a narrow terminal."""
        if self.pipe:
            sys.stdout.write(self._said(line, 10_000) + "\n")
            return
        from rich.text import Text

        self.console.print(Text(self._said(line, 10_000), style=style), soft_wrap=not self.console.is_terminal)

    def fact(self, label: str, words: str) -> None:
        """A labelled line; where it wraps, the words hang beside the label."""
        if self.pipe:
            self.text(f"{label:<10} {words}")
            return
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=10, no_wrap=True)
        grid.add_column()
        grid.add_row(Text(label), Text(visible_name(words, 10_000)))
        self.console.print(grid)

    def _said(self, text: str, limit: int = 300) -> str:
        """Text as this terminal can show it: signs that it lacks in plain characters."""
        return visible_name(text, limit).translate(PLAIN) if self.plain else visible_name(text, limit)

    def table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        title: str = "",
        total: Sequence[str] | None = None,
        left: Sequence[int] = (0,),
        fold: Sequence[int] = (),
        spare: int | None = None,
        style: Callable[[str], Style] = lambda cell: "",
    ) -> None:
        """A table; columns are right-aligned but those in `left`; those in `fold` may break over lines.

        Where the terminal is too narrow for it, the column `spare` is left out, and that is said; where that does not do, rows are stacked.
        """
        body, headings, title = [[self._said(c) for c in row] for row in rows], [self._said(h) for h in headings], self._said(title)
        if self.pipe:
            self._piped_table(headings, body, title, total, left)
            return
        from rich import box
        from rich.cells import cell_len
        from rich.measure import Measurement
        from rich.table import Table
        from rich.text import Text

        table = Table(
            title=Text(title, style="bold") if title else None,
            title_justify="left",
            box=box.SIMPLE_HEAD,
            padding=(0, 1),
            collapse_padding=True,
            pad_edge=False,
            show_footer=False,
        )
        for i, heading in enumerate(headings):
            widest = max(cell_len(cells[i]) for cells in (headings, *body, *([total] if total else [])))
            least = None if i in fold else widest  # what may not fold is never narrower than its widest cell
            table.add_column(Text(heading), justify="left" if i in left else "right", no_wrap=i not in fold, min_width=least)
        for row in body:
            table.add_row(*(Text(cell, style=style(cell)) for cell in row))
        if total:
            table.add_section()
            table.add_row(*(Text(c, style="bold") for c in total))
        if Measurement.get(self.console, self.console.options.update(max_width=10_000), table).minimum <= self.console.width:
            self.console.print(table)
            return
        if spare is not None:
            fewer = [[cell for i, cell in enumerate(row) if i != spare] for row in (headings, *body, *([total] if total else []))]
            least = sum(max(map(cell_len, column)) + 2 for column in zip(*fewer, strict=True))
            if least <= self.console.width:
                heads, *lines = fewer
                sums = lines.pop() if total else None
                kept = [[i - (i > spare) for i in columns if i != spare] for columns in (left, fold)]
                self.table(heads, lines, title=title, total=sums, left=kept[0], fold=kept[1], style=style)
                self.text(f"Not shown, for want of width: {headings[spare].lower()}")
                self.text()
                return
        if title:
            self.text(title, "bold")
        for row in [*body, *([list(total)] if total else [])]:
            self.text()
            width = max(map(len, headings))
            for i, (heading, cell) in enumerate(zip(headings, row, strict=True)):
                if cell:
                    self.console.print(Text(f"{heading:<{width}}  {cell}", style="bold" if i == 0 else ""), soft_wrap=True)
        self.text()

    def _piped_table(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], title: str, total: Sequence[str] | None, left: Sequence[int]
    ) -> None:
        """The same table without Rich."""
        totals = [[self._said(c) for c in total]] if total else []
        widths = [max(len(row[i]) for row in (headings, *rows, *totals)) for i in range(len(headings))]

        def line(row: Sequence[str]) -> str:
            cells = (cell.ljust(w) if i in left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
            return f" {'  '.join(cells)}".rstrip()

        rule = " " + ("-" if self.plain else "─") * (sum(widths) + 2 * len(widths) - 2)
        lines = [*([title, ""] if title else [""]), line(headings), rule, *map(line, rows), *(["", line(totals[0])] if totals else []), ""]
        sys.stdout.write("\n".join(lines) + "\n")

    def tree(self, root: Any, words: Callable[[Any], list[tuple[str, Style]]], branches: Callable[[Any], Sequence[Any]]) -> None:
        """A tree: `words` gives a node's pieces of text with their styles, `branches` what hangs below it."""
        from rich.text import Text
        from rich.tree import Tree

        def label(node: Any) -> Text:
            return Text.assemble(*((visible_name(text, 2000) if text != "\n" else text, style) for text, style in words(node)))

        def grow(tree: Tree, node: Any) -> None:
            for branch in branches(node):
                grow(tree.add(label(branch)), branch)

        tree = Tree(label(root))
        grow(tree, root)
        self.console.print(tree)

    def bar(self, share: int, of: int, width: int = 24) -> str:
        """A bar of `share` parts of `of`, in eighths of a character; plain # where the terminal has no blocks."""
        eighths = 0 if of <= 0 else max(0, min(share, of)) * width * 8 // of
        if self.plain:
            return "#" * (eighths // 8)
        return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8].strip())

    @property
    def width(self) -> int:
        """How many characters a line has."""
        return 400 if self.pipe else int(self.console.width)

    def split_table(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", style: Callable[[str], Style] = lambda cell: ""
    ) -> None:
        """A table of many columns, continued below where the terminal is too narrow: the first column is repeated, no column is cut."""
        widths = [max(len(heading), *(len(row[i]) for row in rows)) if rows else len(heading) for i, heading in enumerate(headings)]
        start, last = 1, len(headings)
        while start < last:
            end, used = start, widths[0]
            while end < last and (end == start or used + 2 + widths[end] <= self.width - 2):
                used += 2 + widths[end]
                end += 1
            columns = [0, *range(start, end)]
            self.table([headings[i] for i in columns], [[row[i] for i in columns] for row in rows], title=title, style=style)
            start, title = end, f"{title} (continued)" if title and not title.endswith("(continued)") else title

    def track(self, value: Fraction | None, marks: Sequence[Fraction], width: int) -> str:
        """A ratio from 0 to 1 as a bar on a track, thresholds as upright marks that stay visible inside the bar: `██████│██░░░│░░░`.

        Where the terminal has no blocks `######|##...|...`. An empty track is no achievement. A bar covers a mark's place only where its threshold is reached or passed.
        """
        full, half, empty, mark = ("#", "", ".", "|") if self.plain else ("█", "▌", "░", "│")
        halves = 0 if value is None else min(max(int(value * width * 2), 0), width * 2)
        bar = full * (halves // 2) + (half if halves % 2 else "")
        cells = list(bar + empty * (width - len(bar)))
        for ratio in marks:
            cells[min(max(int(ratio * width), 0), width - 1)] = mark
        return "".join(cells)

    def spark(self, values: Sequence[Fraction | None]) -> str:
        """Ratios as one character each, from the lowest to the highest of them; `·` (or `.`) where there is none."""
        levels, absent = ("12345678", ".") if self.plain else ("▁▂▃▄▅▆▇█", "·")
        known = [v for v in values if v is not None]
        if not known:
            return absent * len(values)
        low, span = min(known), max(known) - min(known)
        return "".join(absent if v is None else levels[int((v - low) / span * 7) if span else 3] for v in values)


def visible_name(text: str, limit: int = 300) -> str:
    """Text from a file as it may be shown: letters of all scripts, no control or direction characters."""
    if text.isprintable() and len(text) <= limit:
        return text
    return "".join(c if c.isprintable() else visible(c) for c in text[:limit]) + ("…" if len(text) > limit else "")
