"""p4p: settle pay-for-performance contracts, to the penny, with the reason.

The drawers, in order; what is in one imports only from drawers above it, and within a drawer from modules above it in
the drawer's own list (a test reads these lists):

    numbers     Words and numbers that everything stands on: faults with their place, exact fractions, money, periods, columns.
    language    What a contract of care packages can say: its keys, its curves, its terms.
    steps       What a contract with `payments` can say: every kind of step, and the chains made of them.
    counts      Who is to report, what was counted, what may be told of it.
    settling    Terms and counts become money, and money explains itself.
    sentences   Contracts in sentences.
    files       Files in: text to located values, all faults at once; and files out, whole or not at all.
    whatif      Other terms, other counts: scenarios, sweeps, draws, forecasts.
    boards      What each person looks at: money left, achievement by month, practices' parts.
    publishing  The copy that may leave the building.
    checkers    The independent checkers: they recompute a settlement from its files and import nothing else of the package.
    proving     Worked examples run, data found complete.
    screens     Answers in a terminal, as CSV and as JSON.
    statements  The pack for each payee: workbook, PDF, page.
    commands    What the command line asks for, read, answered and handed over.
    cli         Typer: the commands in order, errors, exit codes.
"""

__version__ = "0.1.0"
