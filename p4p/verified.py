"""A settlement held against the independent checker: what was verified is said, and what does not follow stops everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from p4p.errors import MismatchError, Problem
from p4p.exact import pounds
from p4p.folder import Files, files_of, needed
from p4p.page import note
from p4p.settlement import Settlement
from p4p.tables import settlement_json

if TYPE_CHECKING:
    from p4p.verify import Verdict

_TOLD = 20  # of what does not follow, sentence by sentence


def hold(settlement: Settlement, paths: Sequence[str], practices: str | None, lists: Sequence[str] | None) -> None:
    """Verify a settlement against the files that a command line names, and say to the user what was verified. Raises as `verified` does."""
    for sentence in verified(settlement, files_of(paths, practices, lists or ())):
        note(sentence)


def not_known() -> None:
    """Say that a contract with `payments` was not verified: the checker does not know that part of the language."""
    note("not verified: the checker does not know contracts with `payments`, only care packages")


def verified(settlement: Settlement, files: Files) -> list[str]:
    """What the checker (module `verify`) made of a settlement and of the files it was made from, as sentences.

    A package with a term that the checker does not know is named as not verified. Raises MismatchError where a figure does not follow from the
    files, and where the checker could not do its work.
    """
    from p4p.verify import verify  # whoever does not verify need not wait for it

    activity, practices = needed(files)
    try:
        verdict = verify(files.contract, practices, activity, files.lists, json.loads(settlement_json(settlement)))
    except Exception as error:  # whatever it is: a settlement that was not verified does not pass for one that was
        what = f"not verified: the checker could not read these files ({type(error).__name__})"
        raise MismatchError([Problem(None, what, "please report it; without --verify the settlement is to be had")]) from None
    if verdict.wrong:
        told = [Problem(None, f"does not follow from the files: {what}") for what in verdict.wrong[:_TOLD]]
        if len(verdict.wrong) > _TOLD:
            told.append(Problem(None, f"and {len(verdict.wrong) - _TOLD:,} more figures do not follow"))
        raise MismatchError(
            [*told, Problem(None, "not verified: nothing is written", "this is a fault of p4p: please report it with the files")]
        )
    return _sentences(verdict, len(settlement.by_network))


def _sentences(verdict: Verdict, networks: int) -> list[str]:
    out = [f"not verified: {what}" for what in verdict.unknown]
    if verdict.packages:
        rows = f"{verdict.lines:,} lines and {verdict.packages:,} package rows of {networks:,} networks"
        out.insert(0, f"verified: {rows} recomputed from the files, {pounds(Fraction(verdict.pence))} follows to the penny")
    return out
