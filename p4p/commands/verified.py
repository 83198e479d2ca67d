"""A settlement held against the independent checker: what was verified is said, and what does not follow stops everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from p4p.files.folder import Files, files_of, needed
from p4p.numbers.errors import MismatchError, Problem
from p4p.numbers.exact import CURRENCIES, MARKS, how_many, pounds
from p4p.screens.page import note
from p4p.screens.tables import settlement_json
from p4p.settling.settlement import Settlement

if TYPE_CHECKING:
    from p4p.checkers.verify import Verdict

_TOLD = 20  # of what does not follow, sentence by sentence


def hold(settlement: Settlement, paths: Sequence[str], practices: str | None, lists: Sequence[str] | None) -> None:
    """Verify a settlement against the files that a command line names, and say to the user what was verified. Raises as `verified` does."""
    say(verified(settlement, files_of(paths, practices, lists or ())))


def hold_scheme(settlement: str, files: Files) -> None:
    """Verify the settlement of a scheme, as JSON of all payees, against its files, and say to the user what was verified. Raises as `verified_scheme` does."""
    say(verified_scheme(settlement, files))


def say(sentences: Sequence[str], period: str = "") -> None:
    """Tell the user what was verified, and of which period where there may be several."""
    for sentence in sentences:
        note(f"{period}: {sentence}" if period else sentence)


def verified_scheme(settlement: str, files: Files) -> list[str]:
    """What the checker of schemes (module `verify_schemes`) made of a settlement, as JSON, and of its files, as sentences.

    A payment with a term that the checker does not know is named as not verified. Raises MismatchError as `verified` does.
    """
    from p4p.checkers.verify_schemes import Files as Named
    from p4p.checkers.verify_schemes import verify
    from p4p.files.measures_file import is_measures

    try:
        measures = tuple(file for file in files.activity if is_measures(file))
        activity = tuple(file for file in files.activity if file not in measures)
        verdict = verify(Named(files.contract, measures, files.practices, activity, tuple(files.lists)), json.loads(settlement))
    except Exception as error:  # whatever it is: a settlement that was not verified does not pass for one that was
        raise _broken(error) from None
    _require(verdict.wrong)
    out = [f"not verified: {what}" for what in verdict.unknown]
    if verdict.payments:
        rows = f"{how_many(verdict.steps, 'step')} of {how_many(verdict.payments, 'payment')} to {how_many(verdict.payees, 'payee')}"
        out.insert(
            0,
            f"verified: {rows} recomputed from the files, {pounds(Fraction(verdict.pence), MARKS[CURRENCIES[verdict.currency]])} follows to the penny",
        )
    return out


def verified(settlement: Settlement, files: Files) -> list[str]:
    """What the checker (module `verify`) made of a settlement and of the files it was made from, as sentences.

    A package with a term that the checker does not know is named as not verified. Raises MismatchError where a figure does not follow from the
    files, and where the checker could not do its work.
    """
    from p4p.checkers.verify import verify  # whoever does not verify need not wait for it

    activity, practices = needed(files, bool(settlement.contract.indicators))
    try:
        verdict = verify(files.contract, practices, activity, files.lists, json.loads(settlement_json(settlement)))
    except Exception as error:
        raise _broken(error) from None
    _require(verdict.wrong)
    return _sentences(verdict, len(settlement.by_network))


def _broken(error: Exception) -> MismatchError:
    what = f"not verified: the checker could not read these files ({type(error).__name__})"
    return MismatchError([Problem(None, what, "please report it; without --verify the settlement is to be had")])


def _require(wrong: Sequence[str]) -> None:
    if wrong:
        told = [Problem(None, f"does not follow from the files: {what}") for what in wrong[:_TOLD]]
        if len(wrong) > _TOLD:
            told.append(Problem(None, f"and {len(wrong) - _TOLD:,} more figures do not follow"))
        raise MismatchError(
            [*told, Problem(None, "not verified: nothing is written", "this is a fault of p4p: please report it with the files")]
        )


def _sentences(verdict: Verdict, networks: int) -> list[str]:
    out = [f"not verified: {what}" for what in verdict.unknown]
    if verdict.packages:
        rows = f"{how_many(verdict.lines, 'line')} and {how_many(verdict.packages, 'package row')} of {how_many(networks, 'network')}"
        out.insert(0, f"verified: {rows} recomputed from the files, {pounds(Fraction(verdict.pence))} follows to the penny")
    return out
