"""Published cases: other people's schemes with their own answers, kept beside the checkout. Tests on them are skipped where it is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the published cases in ../shared, which are not here")


def cases(file: str, *starts: str) -> list[Any]:
    """The cases of a file whose ids start so, as parameters of a test under their ids; one skipped case where there are none to be had."""
    if not SHARED.is_dir():
        return [pytest.param({}, marks=needs_shared)]
    found = [case for case in json.loads((SHARED / "cases" / file).read_text("utf-8")) if case["id"].startswith(starts)]
    assert found, f"no case of {file} starts with {starts}"
    return [pytest.param(case, id=case["id"]) for case in found]
