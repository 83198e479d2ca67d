"""The commands about payments: settle, adjust, explain, whatif, shortfall, dashboard, share, statement. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

from typing import Annotated

import typer

from p4p.commands.options import (
    Achievements,
    BackTested,
    BrokenEven,
    By,
    Drawn,
    Forecasted,
    Format,
    Growths,
    Issued,
    Lists,
    Month,
    Network,
    Networks,
    Output,
    Paths,
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
from p4p.numbers.errors import UsageError

UNPUBLISHED = "--publish is for care packages: what such a contract pays has no copy for publication yet"


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
    from p4p.commands import telling
    from p4p.commands.deliver import answer
    from p4p.commands.reading import published, ruled, settled

    if scheme := telling.scheme_in(paths, practices, lists):
        if publish:
            raise UsageError(UNPUBLISHED)
        return answer(format, output, **telling.settlement(scheme, quarter, year, month, network, verify))
    if month:
        raise UsageError("care packages are settled by quarter: --quarter Q1, or --year")
    rule = ruled(publish)
    settlement = settled(paths, practices, lists, quarter, year, network)
    from p4p.screens import screen, tables

    if verify:
        from p4p.commands.verified import hold

        hold(settlement, paths, practices, lists)
    settlement = published(settlement, rule)
    answer(
        format,
        output,
        table=lambda: screen.show_settlement(settlement, network),
        csv=lambda: tables.settlement_csv(settlement, network),
        json=lambda: tables.settlement_json(settlement, network),
    )


def adjust(
    paths: Paths,
    issued: Issued,
    practices: Practices = None,
    lists: Lists = None,
    network: Network = None,
    verify: Verified = False,
    format: Written = Format.table,
    output: Output = None,
) -> None:
    """What was issued for a period, what the files say now, and the difference to pay or to recover, line by line.

    \b
    p4p adjust examples/tower-hamlets --issued examples/tower-hamlets-issued/q2.json
    p4p adjust my-contract --issued q1.json --issued q2.json --format json --output adjustment-1.json
    p4p adjust my-contract --issued q1.json --issued q2.json --issued adjustment-1.json

    Issued is what `p4p settle --format json` or an earlier `p4p adjust --format json` wrote; all that was issued for a period counts
    together. The periods are those of the documents.
    """
    from p4p.commands.adjusting import adjusted
    from p4p.commands.deliver import answer
    from p4p.files.folder import files_of
    from p4p.screens import adjust_screen as screen
    from p4p.screens import adjust_tables as tables

    found = adjusted(files_of(paths, practices, lists or ()), issued, network, output, verify)
    answer(
        format,
        output,
        table=lambda: screen.show_adjustment(found),
        csv=lambda: tables.adjustment_csv(found),
        json=lambda: tables.adjustment_json(found),
    )


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
    from p4p.commands import telling
    from p4p.commands.deliver import answer
    from p4p.commands.reading import settled
    from p4p.screens import screen, tables
    from p4p.settling.explain import explain as explained

    if scheme := telling.scheme_in(paths, practices, lists):
        if scenario is not None:
            raise UsageError("--scenario is about care packages: `p4p whatif` lays a scenario over a contract with `payments`")
        return answer(format, output, **telling.explanation(scheme, quarter, year, month, network, indicator))
    if year or month:
        raise UsageError("care packages are explained by quarter: --quarter Q1")
    figure = explained(settled(paths, practices, lists, quarter, None, network, indicator, scenario), network, indicator)
    answer(
        format,
        output,
        table=lambda: screen.show_explanation(figure),
        csv=lambda: tables.explanation_csv(figure),
        json=lambda: tables.explanation_json(figure),
    )


def whatif(
    paths: Paths,
    quarter: QuarterText = None,
    year: WholeYear = False,
    month: Month = None,
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
    from p4p.commands import question as asking
    from p4p.commands import telling
    from p4p.commands.deliver import answer
    from p4p.files.folder import files_of
    from p4p.whatif.scenario_file import Wanted

    if scheme := telling.scheme_in(paths, practices, lists):
        others: dict[str, object] = {
            "--split": splits,
            "--achievement": achievements,
            "--list": growths,
            "--price": prices,
            "--target": target,
            "--forecast": forecast,
        }
        others |= {"--by": by, "--draws": draws, "--back-test": back_test, "--break-even": break_even}
        if asked := [name for name, given in others.items() if given]:
            raise UsageError(f"{asked[0]} is about care packages; a contract with `payments` takes --set, --scenario and --sweep")
        return answer(format, output, **telling.whatif(scheme, quarter, year, month, settings or (), scenarios or (), sweep or ()))
    if month:
        raise UsageError("care packages are settled by quarter: --quarter Q1, or --year")
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


def shortfall(
    paths: Paths,
    practices: Practices = None,
    lists: Lists = None,
    quarter: QuarterText = None,
    year: WholeYear = False,
    month: Month = None,
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
    from p4p.commands import telling
    from p4p.commands.deliver import answer
    from p4p.commands.reading import left_on_the_table
    from p4p.screens import board_screen as screen
    from p4p.screens import board_tables as tables

    if scheme := telling.scheme_in(paths, practices, lists):
        if publish:
            raise UsageError(UNPUBLISHED)
        return answer(format, output, **telling.shortfall(scheme, quarter, year, month, network))
    if year or month:
        raise UsageError("what care packages left is asked quarter by quarter: --quarter Q1")
    found = left_on_the_table(paths, practices, lists, quarter, network, publish)
    answer(
        format,
        output,
        table=lambda: screen.show_shortfall(found),
        csv=lambda: tables.shortfall_csv(found),
        json=lambda: tables.shortfall_json(found),
    )


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
    from p4p.commands import reading
    from p4p.commands.deliver import answer
    from p4p.screens import board_screen as screen
    from p4p.screens import board_tables as tables

    board, money = reading.board(paths, practices, lists, month, network, practice, publish)
    answer(
        format,
        output,
        table=lambda: screen.show_dashboard(board, money),
        csv=lambda: tables.dashboard_csv(board),
        json=lambda: tables.dashboard_json(board, money),
    )


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
    from p4p.boards.share import share_out
    from p4p.commands.deliver import answer
    from p4p.commands.reading import settled
    from p4p.files import asked
    from p4p.screens import board_screen as screen
    from p4p.screens import board_tables as tables

    percents, day = asked.percents(percent or ()), asked.day(list_date)
    settlement = settled(paths, practices, lists, quarter, None, network)
    out = share_out(settlement, network, by, rest_by=rest_by, percents=percents, list_date=day)
    answer(format, output, table=lambda: screen.show_share(out), csv=lambda: tables.share_csv(out), json=lambda: tables.share_json(out))


def statement(
    paths: Paths,
    output: Annotated[str, typer.Option("--output", metavar="DIR", help="The folder to write, whole or not at all.")],
    practices: Practices = None,
    lists: Lists = None,
    quarter: QuarterText = None,
    year: WholeYear = False,
    month: Month = None,
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
    from p4p.commands import telling
    from p4p.commands.question import Question, compared
    from p4p.commands.reading import published, ruled
    from p4p.commands.verified import hold
    from p4p.files.folder import files_of, known
    from p4p.screens.page import note, progress
    from p4p.statements.pack import steps, write_pack, wrote
    from p4p.whatif.scenario_file import Wanted

    if scheme := telling.scheme_in(paths, practices, lists):
        if asked := [name for name, given in {"--split": splits, "--scenario": scenarios, "--publish": publish}.items() if given]:
            raise UsageError(f"{asked[0]} is about care packages: leave it out of the statements of a contract with `payments`")
        return telling.statement(scheme, quarter, year, month, list(dict.fromkeys(networks or ())), output, replace, verify)
    if quarter is None or year or month:
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
    note(wrote(output, names))
