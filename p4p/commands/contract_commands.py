"""The commands about contracts: check, describe, contracts, kinds, init. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from p4p.commands.options import (
    Lists,
    Output,
    Practices,
)
from p4p.numbers.errors import P4PError

if TYPE_CHECKING:
    from p4p.files.folder import Files


def check(
    paths: Annotated[
        list[str], typer.Argument(metavar="CONTRACT...", help="Contract files, or folders that hold them.", show_default=False)
    ],
    activity: Annotated[
        list[str] | None,
        typer.Option("--activity", metavar="FILE", help="Activity or measures, or the folder that holds them, to check for completeness."),
    ] = None,
    practices: Practices = None,
    lists: Lists = None,
) -> None:
    """The contract is sound and its worked examples hold; with its files, whether every count and figure is there.

    \b
    p4p check contracts/
    p4p check examples/tower-hamlets
    p4p check contract.yaml --activity activity.csv --practices practices.csv
    p4p check contracts/redbridge-savings-share.yaml --activity examples/schemes/redbridge-savings-share
    """
    from p4p.files.folder import contracts_in, files_of

    failed: list[P4PError] = []
    for path in contracts_in(paths):
        failed += _checked(files_of([path, *(activity or ())], practices, lists or ()))
    if failed:
        raise type(failed[0])(problem for error in failed for problem in error.problems)


def describe(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="A contract file, or a folder that holds one.")], output: Output = None
) -> None:
    """The contract as sentences both sides could sign, one for each rule, each with its own worked number."""
    from p4p.commands.deliver import deliver
    from p4p.commands.telling import describe as scheme_described
    from p4p.commands.telling import scheme_document
    from p4p.files.contract_file import read_contract
    from p4p.files.folder import files_of
    from p4p.screens.screen import description
    from p4p.sentences.describe import describe as described
    from p4p.sentences.maturity import standing

    path = files_of([contract]).contract
    if document := scheme_document(path):
        return deliver(description(scheme_described(document)), output)
    terms = read_contract(path)
    deliver(description([*described(terms), standing(terms)]), output)


def contracts(output: Output = None) -> None:
    """The contracts that come with p4p, a line each.

    \b
    p4p contracts
    """
    from p4p.commands.catalogue import contracts_text
    from p4p.commands.deliver import deliver

    deliver(contracts_text(), output)


def kinds(
    name: Annotated[str | None, typer.Argument(metavar="[KIND]", help="One kind: its manual page.", show_default=False)] = None,
    output: Output = None,
) -> None:
    """Every kind of step and curve a contract can use; with a name, its manual page and worked example.

    \b
    p4p kinds
    p4p kinds gain_share
    """
    from p4p.commands.catalogue import kinds_text
    from p4p.commands.deliver import deliver

    deliver(kinds_text(name), output)


def init(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="The folder to write to.")] = ".",
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="gp-network, immunisation, capacity-and-access or savings-share.")
    ] = "gp-network",
) -> None:
    """A commented contract and small sample files that settle as they stand."""
    from p4p.files.folder import write_template
    from p4p.screens.page import note

    for file in write_template(template, folder):
        note(f"wrote {file}")
    note(f"next: p4p settle {folder} --quarter Q1")


def _checked(files: Files) -> list[P4PError]:
    """Check one contract, show what was found, and give what failed. A folder's activity is checked with it."""
    from p4p.commands.telling import check as check_scheme
    from p4p.commands.telling import scheme_document
    from p4p.files.contract_file import read_contract
    from p4p.proving.proofs import proofs, require
    from p4p.screens import screen

    try:
        if document := scheme_document(files.contract):
            check_scheme(document, files)
            return []
        contract = read_contract(files.contract)
        found = proofs(contract)
        screen.show_checked(contract, found)
        require(found)
        if files.activity and files.practices:
            from p4p.commands.reading import read

            members, activity = read(contract, files)
            from p4p.proving.checking import completeness

            screen.show_completeness(completeness(contract, members, activity))
    except P4PError as error:
        return [error]
    return []
