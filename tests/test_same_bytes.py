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
        ["statement", FOLDER, "--quarter", "Q1", "--output", "OUT"],
        ["settle", "p4p/templates/savings-share", "--quarter", "Q1"],
        ["kinds"],
    ],
    ids=lambda words: f"{words[0]} {words[1] if len(words) > 1 else ''}",
)
def test_the_surroundings_do_not_matter(words: list[str]) -> None:
    """Three runs in other locales, time zones, hash seeds and numbers of threads give the same bytes, the pack in each of its files."""
    outputs, found = same_bytes.differing(words, runs=3)
    assert [] == found
    assert outputs >= (8 if words[0] == "statement" else 1)


def test_every_setting_comes_up() -> None:
    """Twenty runs meet all locales that can be had, all time zones and hash seeds, and one and two threads."""
    for files in (False, True):
        tried = same_bytes.settings(20, files)
        met = [{getattr(s, name) for s in tried} for name in ("locale", "zone", "seed", "threads")]
        expected = [same_bytes.locales(files), same_bytes.ZONES, same_bytes.SEEDS, same_bytes.THREADS]
        assert [set(values) for values in expected] == met


@pytest.mark.skipif(not same_bytes.locales()[2:], reason="no foreign locale can be had: it needs localedef and the system's locales")
def test_a_foreign_locale_is_foreign() -> None:
    """Where German can be had, Python knows it, with a comma for decimals."""
    assert "de_DE.UTF-8 ," == same_bytes.made()[1]["de_DE.UTF-8"]
