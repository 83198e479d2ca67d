"""The command line: read, call, show, exit code. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from p4p import __version__
from p4p.errors import Exit, P4PError, Problem, UsageError, WriteError
from p4p.options import (
    Achievements,
    BackTested,
    BrokenEven,
    By,
    Drawn,
    Forecasted,
    Format,
    Growths,
    Lists,
    Month,
    Network,
    Output,
    Paths,
    Networks,
    Practices,
    Prices,
    Publish,
    QuarterText,
    Scenarios,
    Seed,
    Settings,
    Splits,
    Swept,
    Target,
    Verified,
    WholeYear,
    Written,
)

if TYPE_CHECKING:
    from p4p.folder import Files

EXAMPLE = """Settle pay-for-performance contracts: exact network payments, each one explained.

\b
  p4p init my-contract                                a contract and small files to start from
  p4p settle my-contract --quarter Q1                 what each network is paid, and why not more
  p4p explain my-contract --quarter Q1 --network N1   one payment, down to contract line and CSV row

A folder stands for contract.yaml, practices.csv, activity*.csv and lists*.csv in it; files may also be named one by one.
"""


class Commands(typer.core.TyperGroup):
    """The commands. A reader who goes away has read enough; a stdout that takes nothing more is told as that, not as a fault of ours."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command to the end, which is when all it says has been written."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
            return done
        except OSError as e:
            if e.filename is not None:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held back has somewhere to go
            if isinstance(e, BrokenPipeError):
                sys.exit(Exit.DONE)
            raise WriteError([Problem(None, f"what p4p says cannot be written: {e.strerror}", "write to a file: --output FILE")]) from None


app = typer.Typer(
    cls=Commands, help=EXAMPLE, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"p4p {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Options of every command."""


@app.command()
def settle(
    paths: Paths,
    practices: Practices = None,
    lists: Lists = None,
    quarter: QuarterText = None,
    year: WholeYear = False,
    month: Month = None,
    network: Network = None,
    publish: Publish = None,
    verify: Verified = False,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """What each network is paid for a quarter, or for a year.

    \b
    p4p settle examples/tower-hamlets --quarter Q1
    p4p settle contract.yaml activity.csv --practices practices.csv --quarter "2009/10 Q1" --format csv --output q1.csv
    """
    from p4p import screen, tables, telling
    from p4p.deliver import answer
    from p4p.reading import published, ruled, settled
    from p4p.verified import hold, not_known

    if scheme := telling.scheme_in(paths, practices, lists):
        if publish:
            raise UsageError("--publish is for care packages: what such a contract pays has no copy for publication yet")
        if verify:
            not_known()
        return answer(format, output, **telling.settlement(scheme, quarter, year, month, network))
    if month:
        raise UsageError("care packages are settled by quarter: --quarter Q1, or --year")
    rule = ruled(publish)
    settlement = settled(paths, practices, lists, quarter, year, network)
    if verify:
        hold(settlement, paths, practices, lists)
    settlement = published(settlement, rule)
    answer(
        format,
        output,
        table=lambda: screen.show_settlement(settlement, network),
        csv=lambda: tables.settlement_csv(settlement, network),
        json=lambda: tables.settlement_json(settlement, network),
    )


@app.command()
def explain(
    paths: Paths,
    network: Annotated[str, typer.Option("--network", metavar="CODE", help="Whose payment.")],
    quarter: QuarterText = None,
    year: WholeYear = False,
    month: Month = None,
    practices: Practices = None,
    lists: Lists = None,
    indicator: Annotated[
        str | None,
        typer.Option("--indicator", metavar="ID", help="Only what this indicator earned; of a contract with `payments`, which payment."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="FILE", help="Inside a what-if: a scenario file; a.yaml+b.yaml lays b over a.")
    ] = None,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """One payment as a tree: from pence down to contract lines and CSV rows.

    \b
    p4p explain examples/tower-hamlets --quarter Q1 --network N1 --indicator DM1
    """
    from p4p import screen, tables, telling
    from p4p.deliver import answer
    from p4p.explain import explain as explained
    from p4p.reading import settled

    if scheme := telling.scheme_in(paths, practices, lists):
        return answer(format, output, **telling.explanation(scheme, quarter, year, month, network, indicator))
    figure = explained(settled(paths, practices, lists, quarter, None, network, indicator, scenario), network, indicator)
    answer(
        format,
        output,
        table=lambda: screen.show_explanation(figure),
        csv=lambda: tables.explanation_csv(figure),
        json=lambda: tables.explanation_json(figure),
    )


@app.command()
def whatif(
    paths: Paths,
    quarter: QuarterText = None,
    year: WholeYear = False,
    splits: Splits = None,
    scenarios: Scenarios = None,
    settings: Settings = None,
    achievements: Achievements = None,
    growths: Growths = None,
    prices: Prices = None,
    back_test: BackTested = False,
    break_even: BrokenEven = False,
    target: Target = None,
    by: By = None,
    sweep: Swept = None,
    draws: Drawn = None,
    seed: Seed = 1,
    forecast: Forecasted = None,
    practices: Practices = None,
    lists: Lists = None,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """What the contract would pay on other terms: who gains, who loses, by how much. The contract and the counts stay as they are.

    \b
    p4p whatif examples/tower-hamlets --quarter Q4 --split diabetes=60/40 --split diabetes=30/70
    p4p whatif examples/tower-hamlets --year --achievement DM1=+5pp --price +2%
    p4p whatif examples/tower-hamlets --back-test --split diabetes=60/40 --split diabetes=30/70
    p4p whatif examples/tower-hamlets --quarter Q2 --break-even --split diabetes=60/40
    p4p whatif examples/tower-hamlets --quarter Q2 --split diabetes=60/40 --target total=payable:same --by price

    Each --split and each --scenario is a scenario of its own. --set, --achievement, --list and --price apply on top of each of these;
    where there are none, they are one scenario together.
    """
    from p4p import question as asking
    from p4p.deliver import answer
    from p4p.folder import files_of
    from p4p.scenario_file import Wanted

    wanted = Wanted(scenarios or (), splits or (), settings or (), achievements or (), growths or (), prices or ())
    question = asking.Question(
        files_of(paths, practices, lists or ()),
        wanted,
        quarter,
        year,
        back_test,
        break_even,
        target,
        by,
        tuple(sweep or ()),
        draws,
        seed,
        forecast,
    )
    found = asking.answer(question)
    answer(format, output, table=found.show, csv=found.csv, json=found.json)


@app.command()
def shortfall(
    paths: Paths,
    practices: Practices = None,
    lists: Lists = None,
    quarter: QuarterText = None,
    network: Network = None,
    publish: Publish = None,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """The money left on the table, the most first: how many patients to each threshold, pounds for each, and who holds them.

    \b
    p4p shortfall examples/tower-hamlets --quarter Q3
    p4p shortfall examples/tower-hamlets --quarter Q3 --network N5
    """
    from p4p import board_screen as screen
    from p4p import board_tables as tables
    from p4p.deliver import answer
    from p4p.reading import left_on_the_table

    found = left_on_the_table(paths, practices, lists, quarter, network, publish)
    answer(
        format,
        output,
        table=lambda: screen.show_shortfall(found),
        csv=lambda: tables.shortfall_csv(found),
        json=lambda: tables.shortfall_json(found),
    )


@app.command()
def dashboard(
    paths: Paths,
    practices: Practices = None,
    lists: Lists = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="Up to which month, like 2009-08; else the last with counts.")
    ] = None,
    network: Network = None,
    practice: Annotated[str | None, typer.Option("--practice", metavar="CODE", help="One practice, beside its network.")] = None,
    publish: Publish = None,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """Every indicator month by month against its thresholds, practices against what chance allows, and the money so far.

    \b
    p4p dashboard examples/tower-hamlets --month 2009-08
    p4p dashboard examples/tower-hamlets --month 2009-08 --network N3
    p4p dashboard examples/tower-hamlets --month 2009-08 --practice TH-11
    """
    from p4p import board_screen as screen
    from p4p import board_tables as tables
    from p4p import reading
    from p4p.deliver import answer

    board, money = reading.board(paths, practices, lists, month, network, practice, publish)
    answer(
        format,
        output,
        table=lambda: screen.show_dashboard(board, money),
        csv=lambda: tables.dashboard_csv(board),
        json=lambda: tables.dashboard_json(board, money),
    )


@app.command()
def share(
    paths: Paths,
    network: Annotated[str, typer.Option("--network", metavar="CODE", help="Whose payment.")],
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="BASE",
            help='equal, "registered list", "weighted list" or another list, register:INDICATOR, contribution, percent.',
        ),
    ],
    quarter: QuarterText = None,
    practices: Practices = None,
    lists: Lists = None,
    rest_by: Annotated[
        str | None, typer.Option("--rest-by", metavar="BASE", help="With contribution: the base of upfront money and adjustments.")
    ] = None,
    percent: Annotated[
        list[str] | None,
        typer.Option("--percent", metavar="CODE=20%", help="With percent: each practice's part; the network keeps the rest."),
    ] = None,
    list_date: Annotated[
        str | None, typer.Option("--list-date", metavar="DATE", help="Which list, where there are several of the name.")
    ] = None,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """A network's payment passed on to its practices, to the penny.

    \b
    p4p share examples/tower-hamlets --quarter Q4 --network N1 --by "registered list"
    p4p share examples/tower-hamlets --quarter Q4 --network N1 --by contribution --rest-by equal
    p4p share examples/tower-hamlets --quarter Q4 --network N1 --by percent --percent TH-01=60% --percent TH-02=40%
    """
    from p4p import asked
    from p4p import board_screen as screen
    from p4p import board_tables as tables
    from p4p.deliver import answer
    from p4p.reading import settled
    from p4p.share import share_out

    percents, day = asked.percents(percent or ()), asked.day(list_date)
    settlement = settled(paths, practices, lists, quarter, None, network)
    out = share_out(settlement, network, by, rest_by=rest_by, percents=percents, list_date=day)
    answer(format, output, table=lambda: screen.show_share(out), csv=lambda: tables.share_csv(out), json=lambda: tables.share_json(out))


@app.command()
def statement(
    paths: Paths,
    output: Annotated[str, typer.Option("--output", metavar="DIR", help="The folder to write, whole or not at all.")],
    practices: Practices = None,
    lists: Lists = None,
    quarter: QuarterText = None,
    scenarios: Scenarios = None,
    splits: Splits = None,
    networks: Networks = None,
    publish: Publish = None,
    verify: Verified = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put the new pack in the place of an older one.")] = False,
) -> None:
    """The pack for finance, networks and the table: workbook, a PDF statement for each network, HTML report, CSV and JSON.

    \b
    p4p statement examples/tower-hamlets --quarter Q3 --output pack
    p4p statement examples/tower-hamlets --quarter Q3 --output pack --split diabetes=60/40
    p4p statement examples/tower-hamlets --quarter Q3 --output pack --publish 1-7
    """
    from p4p.folder import files_of, known
    from p4p.pack import steps, write_pack
    from p4p.page import note, progress
    from p4p.question import Question, compared
    from p4p.reading import published, ruled
    from p4p.scenario_file import Wanted
    from p4p.verified import hold

    if quarter is None:
        raise UsageError("say which quarter: --quarter Q1")
    rule, told = ruled(publish), list(dict.fromkeys(networks or ()))
    found = compared(Question(files_of(paths, practices, lists or ()), Wanted(scenarios or (), splits or ()), quarter))
    if verify:
        hold(found.baseline, paths, practices, lists)
    for code in told:
        known("network", code, found.baseline.by_network)
    settlement = published(found.baseline, rule)
    with progress("statements", steps(settlement, found.outcomes, told)) as done:
        names = write_pack(settlement, output, networks=told, replace=replace, outcomes=found.outcomes, done=done)
    note(f"wrote {output}: {len(names):,} files, of them {len(names) - 5:,} statements")


@app.command()
def check(
    paths: Annotated[
        list[str], typer.Argument(metavar="CONTRACT...", help="Contract files, or folders that hold them.", show_default=False)
    ],
    activity: Annotated[list[str] | None, typer.Option("--activity", metavar="FILE", help="Activity to check for completeness.")] = None,
    practices: Practices = None,
    lists: Lists = None,
) -> None:
    """The contract is sound and its worked examples hold; with activity, whether every count is there.

    \b
    p4p check contracts/
    p4p check examples/tower-hamlets
    p4p check contract.yaml --activity activity.csv --practices practices.csv
    """
    from p4p.folder import contracts_in, files_of

    failed: list[P4PError] = []
    for path in contracts_in(paths):
        failed += _checked(files_of([path, *(activity or ())], practices, lists or ()))
    if failed:
        raise type(failed[0])(problem for error in failed for problem in error.problems)


@app.command()
def describe(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="A contract file, or a folder that holds one.")], output: Output = None
) -> None:
    """The contract as sentences both sides could sign, one for each rule, each with its own worked number."""
    from p4p.contract_file import read_contract
    from p4p.deliver import deliver
    from p4p.describe import describe as described
    from p4p.folder import files_of
    from p4p.screen import description
    from p4p.telling import describe as scheme_described
    from p4p.telling import is_scheme

    path = files_of([contract]).contract
    if is_scheme(path):
        return deliver(description(scheme_described(path)), output)
    deliver(description(described(read_contract(files_of([contract]).contract))), output)


@app.command()
def contracts(output: Output = None) -> None:
    """The contracts that come with p4p, a line each.

    \b
    p4p contracts
    """
    from p4p.catalogue import contracts_text
    from p4p.deliver import deliver

    deliver(contracts_text(), output)


@app.command()
def kinds(
    name: Annotated[str | None, typer.Argument(metavar="[KIND]", help="One kind: its manual page.", show_default=False)] = None,
    output: Output = None,
) -> None:
    """Every kind of step and curve a contract can use; with a name, its manual page and worked example.

    \b
    p4p kinds
    p4p kinds gain_share
    """
    from p4p.catalogue import kinds_text
    from p4p.deliver import deliver

    deliver(kinds_text(name), output)


@app.command()
def init(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="The folder to write to.")] = ".",
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="gp-network, immunisation or capacity-and-access.")
    ] = "gp-network",
) -> None:
    """A commented contract and small sample files that settle as they stand."""
    from p4p.folder import write_template
    from p4p.page import note

    for file in write_template(template, folder):
        note(f"wrote {file}")
    note(f"next: p4p settle {folder} --quarter Q1")


def _checked(files: Files) -> list[P4PError]:
    """Check one contract, show what was found, and give what failed. A folder's activity is checked with it."""
    from p4p import screen
    from p4p.contract_file import read_contract
    from p4p.proofs import proofs, require
    from p4p.telling import check as check_scheme
    from p4p.telling import is_scheme

    try:
        if is_scheme(files.contract):
            check_scheme(files.contract)
            return []
        contract = read_contract(files.contract)
        found = proofs(contract)
        screen.show_checked(contract, found)
        require(found)
        if files.activity and files.practices:
            from p4p.reading import read

            members, activity = read(contract, files)
            from p4p.checking import completeness

            screen.show_completeness(completeness(contract, members, activity))
    except P4PError as error:
        return [error]
    return []


def main() -> None:
    """Run the command line; every error becomes words and an exit code, never a traceback that could show what a file held."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is half-written is taken away
    try:
        app(standalone_mode=True)
    except P4PError as e:
        from p4p.page import problems

        problems(e)
        sys.exit(e.exit)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except (SystemExit, typer.Exit):
        raise
    except BaseException as e:  # Polars panics are no Exceptions
        if os.environ.get("P4P_TRACEBACK"):
            raise
        from p4p.page import fault

        fault(e)
        sys.exit(Exit.FAULT)
