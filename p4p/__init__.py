"""p4p: settle pay-for-performance contracts, to the penny, with the reason.

The modules, in order; each imports only modules above it (a test reads this list):

words and numbers
    errors          where a thing stands in a file, what is wrong with it, and the exit code that follows
    withheld        what stands for a number that a published copy withholds
    exact           numbers that carry their own explanation; choose, least, most, whole
    money           whole pence: reading, rounding once, dividing a pot, writing
    period          financial years, quarters, months
    keys            the fields of contract classes: YAML key, meaning, place
    suppress        which counts a publication withholds, first and second, by named rules
    curves          from achievement to share
    contract        what a contract is: packages, values, splits, indicators
    terms           what steps of payments work on: numbers with their units, names, conditions
    amounts         steps of arithmetic: sums, products, ratios, limits, weights, rounding
    bands           steps that look up: bands, lines, corridors, curves, tables by name
    gates           steps that let through: gates, deductions, milestones
    gains           steps of gain and loss: baselines, minimum savings, shares, withholds, advances
    volume          steps of volume: marginal rates, tolerance, instalments, capitation, the year of care
    pots            steps across payees and parties: totals, averages, parts of a pot, shares between parties
    points          steps of points: achievements, points times money, prevalence
    kinds           every kind of step and curve by name, and its manual page
    scheme          what a scheme is: measures, dated parameters, payments made of steps
    members         practices, the networks they belong to month by month, and their lists
    roster          who is to report on what, month by month, and where it counts
sums
    assumptions     what a what-if supposes about achievements and lists
    columns         exact fractions in Polars integer columns
    arrays          exact fractions in NumPy integer arrays, many settings at once
    activity        counts: checked, rolled up to networks, complete or not
    rules           the payment rule, written once for every kind of number
    entitlement     what packages are worth to each network: year, quarter, upfront, pot, each indicator's part
    settlement      the result: payments, lines, totals, and the checks that hold them together
    lines           one package's lines: counted, refused, achieved, earned
    settle          a contract, its members and their activity become a settlement
    measures        the figures of a scheme, by payee, measure and period
    points_table    points of thousands of payees at once, on columns
    runs            one period's steps for all payees: what terms stand for, and what came of it
    chain           a scheme and its figures become a settlement
    many            a settlement's lines as arrays, settled under many settings
    chance          patients drawn again: the chance of each threshold, the spread of payments
    explain         one payment as a tree, down to contract line and CSV row
    splits          what each network would be paid at each split of a package
    scenario        a contract with terms changed, and what is supposed beside its files
    whatif          settlements under several scenarios side by side; back-tests
    forecast        from the quarters so far to the year end
    breakeven       the achievement at which a scenario pays what the baseline pays
    evidence        what each practice counted towards a line
    stakes          what hangs on each indicator, and what is paid up front, as plain pence
    shortfall       the money left on the table, and the patients it would have taken
    missed          a missed line in words
    dashboard       every indicator month by month; practices against the limits of chance
    to_date         what a network would have been paid so far, if the year ended today
    share           a network's payment passed on to its practices
    describe        a contract as sentences
    publish         the copy that may leave the building
    publish_board   a dashboard as it may be published
    maturity        where a contract stands on the published steps: how payment follows performance, what is pooled
files in
    yamltext        YAML as located text
    shape           located text to the classes of `contract`, all faults at once
    axes            the numbers that a sweep moves, and over which values
    sweep_text      what a command line says of sweeps: parameters and ranges
    grid            the points of a sweep, and how they fall into settings
    sweep           a contract settled at every point of a grid
    contract_file   a contract from its file
    table_text      CSV text to located cells, strictly
    practices_file  practices and lists from CSV
    activity_file   activity from CSV
    scheme_file     a scheme from its file
    measures_file   figures of schemes from CSV
    scenario_text   what scenarios say of numbers: 60/40, +5pp, +3%
    scenario_file   scenarios from files and from the command line
    goalseek        the change in one number that pays a given amount
    asked           what a command line asks for: months, dates, percentages
    whole           files and folders written whole or not at all
    folder          which files a folder stands for; the folders that `p4p init` writes
apart
    verify          recomputes a settlement from its files; imports nothing else of the package
    verify_schemes  recomputes a scheme's settlement from its files; imports nothing else of the package
words out
    proofs          runs the worked examples that contracts carry
    scheme_reading  what a command names for a scheme: figures, counts, lists, payees, months
    scheme_whatif   schemes on other terms or figures, beside what they pay
    scheme_proofs   runs the worked examples that schemes carry
    checking        whether every count is there
    tables          settlements as CSV and JSON
    page            Rich: the only place where a console exists
    verified        a settlement held against the independent checker
    screen          settlements, explanations and checks in a terminal
    scheme_tables   scheme settlements as CSV and JSON
    scheme_screen   scheme settlements in a terminal
    scheme_words    schemes as sentences
    scheme_whatif_words  what-if answers about schemes, in a terminal, as CSV and JSON
    catalogue       the contracts that come with the package, and the manual pages of kinds
    board_tables    shortfall, dashboard and share-out as CSV and JSON
    board_screen    shortfall, dashboard and share-out in a terminal
    whatif_tables   what-if answers as CSV and JSON
    sweep_tables    sweeps, draws and forecasts as CSV and JSON
    whatif_screen   what-if answers in a terminal
    sweep_screen    sweeps, draws and forecasts in a terminal
    statement       what one reader is told of a payment, in which order, in words
    charts          payments, achievement and practices as small drawings
    sheets          XlsxWriter: a workbook written row by row
    workbook        the workbook for finance
    pdf             typst: a network's statement
    html_report     one page for the table, with the split as a slider
    pack            all of these in one folder, whole or not at all
    scheme_pack     the pack of a scheme: workbook, statements, CSV and JSON
    telling         schemes for the commands that also know care packages
    question        what a what-if command asks, and its answer
    reading         what a command names, read and settled
    deliver         an answer to the terminal, to stdout, or whole to a file
    options         the options that several commands share
    payment_commands   the commands about payments: read, call, show
    contract_commands  the commands about contracts
    cli             Typer: the commands in order, errors, exit codes
"""

__version__ = "0.1.0"
