"""Identical output in different surroundings: a small part of `python tests/same_bytes.py`."""

from __future__ import annotations

import pytest
import same_bytes

FOLDER = "p4p/templates/gp-network"


@pytest.mark.parametrize(
    "words",
    [
        ["settle", FOLDER, "--quarter", "Q1", "--format", "json"],
        ["explain", FOLDER, "--quarter", "Q1", "--network", "N1"],
        ["dashboard", FOLDER],
        ["statement", FOLDER, "--quarter", "Q1", "--output", "PACK"],
    ],
    ids=lambda words: words[0],
)
def test_the_surroundings_do_not_matter(words: list[str]) -> None:
    """Three runs in other locales, time zones, hash seeds and numbers of threads give the same bytes, the pack in each of its files."""
    outputs, found = same_bytes.differing(words, runs=3)
    assert [] == found
    assert outputs >= (8 if words[0] == "statement" else 1)


def test_every_setting_comes_up() -> None:
    """Twenty runs meet both locales, all time zones and hash seeds, and one and two threads."""
    tried = same_bytes.settings(20)
    met = [{getattr(s, name) for s in tried} for name in ("locale", "zone", "seed", "threads")]
    assert [set(same_bytes.LOCALES), set(same_bytes.ZONES), set(same_bytes.SEEDS), set(same_bytes.THREADS)] == met
