"""The hostile contracts of ../shared in our language: keys renamed line by line, the bytes of the fault kept.

The corpus is written in a stand-in language. Its contract becomes a contract with one package; its networks, which our contracts do not
have, become rows of a practices file and stay in the contract as comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from published import SHARED

FOLDER = SHARED / "cases" / "hostile"

HEAD = """\
p4p: 1
title: A hostile contract
commissioner: A commissioner
year: 2026/27
paid_to: network
rounding: {to: 0.01, mode: half-up, at: line}
"""

PACKAGE = """\
packages:
  demo:
    title: A package
    split:"""

PERFORMANCE = """\
    performance:
      network_rate: pooled
      measured: quarter
      unearned: retained by commissioner
      empty_denominator: pays nothing
      missing_data: refuse
      indicators:"""

CURVE = """
          curve:
            kind: linear"""

#: A line of the corpus, and what it becomes; `\\1` is the author's own text. The first that fits is taken, a line that none fits is kept.
LINES = [
    (r"contract: (.*)", HEAD + r"contract: \1"),
    (r"quarters?:", PACKAGE),
    (r"  start: (.*)", r"      \1: {upfront: 0%, performance: 100%}"),
    (r"  - \{start: (.*), end: .*\}", r"      \1: {upfront: 0%, performance: 100%}"),
    (r"  end: (.*)", "    value:\n      shared_by: registered list\n" + r"      as_at: \1"),
    (r"pot: (.*)", r"      total: \1"),
    (r"(networks:|  - code: .*|    name: .*|    practices: \[.*)", r"# \1"),
    (r"    practices: (.*)", r"    upfront: \1"),  # a word where a list belongs: a word where keys and values belong
    (r"indicators:", PERFORMANCE),
    (r"  - id: (.*)", r"        \1:" + "\n          title: An indicator"),
    (r'    weight: "?([\d.]+)"?', r"          weight: \1%" + CURVE),
    (r"    weight: (.*)", r"          weight: \1" + CURVE),
    (r'    (\w+): "?([\d.]+)"?', r"            \1: \2%"),
    (r"    (\w+): (.*)", r"            \1: \2"),
    (
        r"  - \{id: (.*), part: (.*), weight: (.*), lower: (.*), upper: (.*)\}",
        r"        \1-\2: {title: x, weight: \3%, curve: {kind: linear, lower: \4%, upper: \5%}}",
    ),
]


@dataclass(frozen=True)
class Hostile:
    """A case of the corpus: what is wrong, what must happen, and the files as p4p would be given them."""

    file: str
    expect: str
    fault: str
    contract: bytes
    practices: bytes


def hostile_contracts() -> list[Hostile]:
    """The contracts of the corpus."""
    index = json.loads((FOLDER / "index.json").read_text("utf-8"))
    return [_case(c) for c in index["cases"] if c["file"].startswith("yaml_")]


def base_contract() -> bytes:
    """The contract of which each hostile one is one change; nothing is wrong with it."""
    return contract((FOLDER / "base_contract.yaml").read_bytes())


def _case(case: dict[str, Any]) -> Hostile:
    raw = (FOLDER / case["file"]).read_bytes()
    return Hostile(case["file"].removesuffix(".yaml"), case["expect"], case["fault"], contract(raw), practices(raw))


def contract(raw: bytes) -> bytes:
    """The contract in our language. Latin-1 gives every byte a character and takes it back, so that none is lost."""
    return "\n".join(map(_renamed, raw.decode("latin-1").split("\n"))).encode("latin-1")


def _renamed(line: str) -> str:
    for pattern, ours in LINES:
        if m := re.fullmatch(pattern, line):
            return m.expand(ours)
    return line


def practices(raw: bytes) -> bytes:
    """The networks of a hostile contract as a practices file."""
    rows = ["practice,name,network,network_name", *_rows(raw.decode("latin-1"))]
    return "".join(f"{row}\n" for row in rows).encode("latin-1")


def _rows(text: str) -> Iterator[str]:
    for code, name, members in re.findall(r"  - code: (.*)\n    name: (.*)\n    practices: \[(.*)\]", text):
        for practice in members.split(", "):
            yield f"{practice},Practice {practice},{code},{name}"
