"""What a command names, read: files to a contract, its practices and activity, and those to a settlement.

Imports stand inside the functions, so that a command loads only what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p4p.activity import Activity
    from p4p.contract import Contract
    from p4p.dashboard import Dashboard
    from p4p.folder import Files
    from p4p.members import Members
    from p4p.period import Quarter
    from p4p.settlement import Settlement


def settled(
    paths: list[str],
    practices: str | None,
    lists: list[str] | None,
    quarter: str | None,
    year: bool | None,
    network: str | None,
    indicator: str | None = None,
    scenario: str | None = None,
) -> Settlement:
    """Read everything that a command names, and settle it: as it is, or inside a scenario. `year` is None where the command is about one quarter."""
    from p4p.contract_file import read_contract
    from p4p.folder import files_of, known
    from p4p.settle import settle

    files = files_of(paths, practices, lists or ())
    contract = read_contract(files.contract)
    quarters = quarters_asked(contract, quarter, year)
    known("indicator", indicator, contract.indicators)
    if scenario is not None:
        from p4p.question import inside

        return inside(files, scenario, quarters, network)
    members, activity = read(contract, files)
    known("network", network, members.networks)
    return settle(contract, members, activity, quarters)


def board(
    paths: list[str], practices: str | None, lists: list[str] | None, month: str | None, network: str | None, practice: str | None
) -> Dashboard:
    """Read everything that the dashboard names, and make it. Nothing is settled yet: a month is seldom complete."""
    from p4p import asked
    from p4p.contract_file import read_contract
    from p4p.dashboard import dashboard as board_of
    from p4p.folder import files_of, known

    at = asked.month(month)
    files = files_of(paths, practices, lists or ())
    contract = read_contract(files.contract)
    members, activity = read(contract, files)
    known("network", network, members.networks)
    return board_of(contract, members, activity, at, network, practice)


def read(contract: Contract, files: Files) -> tuple[Members, Activity]:
    """A contract's practices, lists and activity. Raises UsageError or InputError for files that are not there or refused."""
    from p4p.activity_file import read_activity
    from p4p.folder import needed
    from p4p.practices_file import read_practices
    from p4p.settle import expected

    activity, practices = needed(files)
    members = read_practices(practices, counted_on=contract.counted_on, lists=files.lists)
    return members, read_activity(activity, expected(contract), members)


def quarters_asked(contract: Contract, quarter: str | None, year: bool | None) -> tuple[Quarter, ...]:
    """The quarters that `--quarter` and `--year` name. Raises UsageError where they name none, or contradict each other."""
    from p4p.errors import UsageError
    from p4p.period import periods

    if year is None and (quarter is None or "q" not in quarter.lower()):
        raise UsageError("say which quarter: --quarter Q1" if quarter is None else f'"{quarter}" is not one quarter: write --quarter Q1')
    if year is not None and (quarter is None) == (not year):
        raise UsageError(
            "say which period: --quarter Q1, or --year" if quarter is None else "--quarter and --year are both given: keep one"
        )
    try:
        return periods(quarter, contract.years)
    except ValueError as e:
        raise UsageError(str(e)) from None
