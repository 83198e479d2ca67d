"""The contracts that come with p4p, and the manual pages of kinds, as plain text."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

from p4p.files import yamltext
from p4p.numbers.errors import UsageError, did_you_mean
from p4p.numbers.exact import how_many
from p4p.steps.kinds import ManualPage, manual

#: Where the shipped contracts are: inside the package once installed, beside it in a checkout.
SHIPPED = (Path(__file__).parents[1] / "contracts", Path(__file__).parents[2] / "contracts")


def shipped() -> list[Path]:
    """The files of the shipped contracts, by name."""
    folder = next((f for f in SHIPPED if f.is_dir()), None)
    return sorted(folder.glob("*.yaml")) if folder else []


def contracts_text() -> str:
    """A line for each shipped contract: file, title, and how many worked examples it carries."""
    rows = []
    for path in shipped():
        root = yamltext.read(str(path)).root
        title = root.entries["title"].text.strip()
        rows.append((path.name, title, len(root.entries["examples"].items) if "examples" in root.entries else 0))
    if not rows:
        return "no contracts are installed here\n"
    width = max(len(name) for name, _, _ in rows)
    return (
        "".join(f"{name:<{width}}  {title} ({how_many(n, 'worked example')})\n" for name, title, n in rows)
        + f"\nThey are in {os.path.relpath(shipped()[0].parent)}; p4p describe says one in sentences.\n"
    )


def kinds_text(name: str | None) -> str:
    """All kinds by group, or one kind's manual page. Raises UsageError for a kind there is not."""
    pages = {page.kind: page for page in manual()}
    if name is None:
        groups: dict[str, list[ManualPage]] = {}
        for page in pages.values():
            groups.setdefault(page.group, []).append(page)
        width = max(map(len, pages))
        lines = [f"{group}\n" + "".join(f"  {p.kind:<{width}}  {p.summary}\n" for p in found) for group, found in groups.items()]
        return "\n".join(lines) + "\np4p kinds KIND prints the manual page of one.\n"
    if name not in pages:
        raise UsageError(f'there is no kind "{name}": {did_you_mean(name, pages)}'.rstrip(": "))
    return page_text(pages[name])


def page_text(page: ManualPage) -> str:
    """A manual page: what it is, its keys, its outcomes, and its worked example."""
    paragraphs = [textwrap.fill(" ".join(part.split()), 100) for part in page.text.split("\n\n")]
    keys = "".join(
        textwrap.fill(f"{key}: {doc}" + ("" if needed else " (may be left out)"), 100, initial_indent="  ", subsequent_indent="      ")
        + "\n"
        for key, doc, needed in page.keys
    )
    out = f"{page.kind} ({page.group})\n\n" + "\n\n".join(paragraphs) + f"\n\nKeys\n{keys}"
    if page.outcomes:
        out += f"\nOutcomes, for later steps: {', '.join(f'NAME.{o}' for o in page.outcomes)}\n"
    example = example_text(page.kind)
    return out + (f"\nWorked example\n{textwrap.indent(example, '  ')}\n" if example else "")


def examples_of_kinds() -> yamltext.Document:
    """The worked examples of all kinds of step, by kind."""
    return yamltext.read(str(EXAMPLES))


def example_text(kind: str) -> str:
    """A kind's worked example as it is written; empty for what a care package is worth: the contracts show that."""
    entries = examples_of_kinds().root.entries
    if kind not in entries:
        return ""
    lines = entries[kind].lines[entries[kind].named_at.line :]
    end = next((n for n, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    return textwrap.dedent("\n".join(lines[:end])).strip()


EXAMPLES = Path(__file__).parents[1] / "steps" / "kinds.yaml"
