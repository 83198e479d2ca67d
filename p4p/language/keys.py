"""The fields of contract classes: what a YAML key means, and where it was written.

A class of the contract language is a dataclass; its fields are its YAML keys, its docstring is its manual page. From that follow
reading, error messages, help and `p4p describe`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from p4p.numbers.errors import Location

#: Where each key of an object was written; "" is the object itself.
Places = dict[str, Location]


def key(doc: str, *, yaml: str = "", **options: Any) -> Any:
    """A field that is a YAML key: what it means, and its spelling in the file where Python reserves the word."""
    return field(metadata={"doc": doc, "yaml": yaml} if yaml else {"doc": doc}, **options)


def places() -> Any:
    """The field that remembers where each key was written."""
    return field(default_factory=dict, compare=False, repr=False)
