"""What a command names, read: files to a contract, its practices and activity, and those to a settlement.

Imports stand inside the functions, so that a command loads only what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p4p.boards.dashboard import Dashboard
    from p4p.boards.shortfall import Shortfall
    from p4p.boards.to_date import ToDate
    from p4p.counts.activity import Activity
    from p4p.counts.members import Members
    from p4p.counts.suppress import Rule
    from p4p.files.ahead import AllAhead
    from p4p.files.folder import Files
    from p4p.language.contract import Contract
    from p4p.numbers.period import Quarter
    from p4p.settling.settlement import Settlement


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
    from p4p.files.ahead import look_ahead
    from p4p.files.folder import files_of, known

    files = files_of(paths, practices, lists or ())
    with look_ahead(files.activity) as ahead:  # large files are hashed while Polars is loaded and the contract and practices are read
        from p4p.files.contract_file import read_contract
        from p4p.settling.settle import settle

        contract = read_contract(files.contract)
        quarters = quarters_asked(contract, quarter, year)
        known("indicator", indicator, contract.indicators)
        if scenario is not None:
            from p4p.commands.question import inside

            return inside(files, scenario, quarters, network)
        members, activity = read(contract, files, ahead)
        known("network", network, members.networks)
    return settle(contract, members, activity, quarters)


def ruled(publish: str | None) -> Rule | None:
    """The rule that `--publish` names. Raises UsageError for one that is not known."""
    from p4p.counts.suppress import rule_of

    return None if publish is None else rule_of(publish)


def published(settlement: Settlement, rule: Rule | None) -> Settlement:
    """A settlement as it may be published under a rule; as it is where there is none."""
    if rule is None:
        return settlement
    from p4p.publishing.publish import publish

    return publish(settlement, rule)


def left_on_the_table(
    paths: list[str], practices: str | None, lists: list[str] | None, quarter: str | None, network: str | None, publish: str | None
) -> Shortfall:
    """Read and settle what a command names, and find what was left; as it may be published where a rule for that is named."""
    from p4p.publishing.publish import shortfall_of

    rule = ruled(publish)
    return shortfall_of(published(settled(paths, practices, lists, quarter, None, network), rule), network)


def board(
    paths: list[str],
    practices: str | None,
    lists: list[str] | None,
    month: str | None,
    network: str | None,
    practice: str | None,
    publish: str | None,
) -> tuple[Dashboard, dict[str, ToDate]]:
    """Read everything that the dashboard names, and make it, with the money so far of its networks. Nothing is settled yet: a month is seldom complete."""
    from p4p.boards.dashboard import dashboard as board_of
    from p4p.files import asked
    from p4p.files.contract_file import read_contract
    from p4p.files.folder import files_of, known

    at, rule = asked.month(month), ruled(publish)
    files = files_of(paths, practices, lists or ())
    contract = read_contract(files.contract)
    members, activity = read(contract, files)
    known("network", network, members.networks)
    found = board_of(contract, members, activity, at, network, practice)
    if rule is not None:
        from p4p.publishing.publish_board import published_board

        return published_board(found, rule)
    from p4p.boards.to_date import to_date

    return found, {} if found.practice else to_date(found)


def read(contract: Contract, files: Files, ahead: AllAhead | None = None) -> tuple[Members, Activity]:
    """A contract's practices, lists and activity, of which something may be known `ahead`. Raises UsageError or InputError for files that are not there or refused."""
    from p4p.files.folder import needed, read_counts
    from p4p.files.practices_file import read_practices
    from p4p.settling.settle import expected

    activity, practices = needed(files, bool(contract.indicators))
    members = read_practices(practices, counted_on=contract.counted_on, lists=files.lists)
    return members, read_counts(activity, expected(contract), members, ahead)


def quarters_asked(contract: Contract, quarter: str | None, year: bool | None) -> tuple[Quarter, ...]:
    """The quarters that `--quarter` and `--year` name. Raises UsageError where they name none, or contradict each other."""
    from p4p.numbers.errors import UsageError
    from p4p.numbers.period import periods

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
