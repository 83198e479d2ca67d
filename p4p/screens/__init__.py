"""Answers in a terminal, as CSV and as JSON.

tables                   settlements as CSV and JSON
page                     Rich: the only place where a console exists
screen                   settlements, explanations and checks in a terminal
scheme_tables            scheme settlements as CSV and JSON
scheme_screen            scheme settlements in a terminal
adjust_tables            what is to be paid and recovered after the fact, as CSV and JSON
adjust_screen            what is to be paid and recovered after the fact, in a terminal
scheme_whatif_words      what-if answers about schemes, in a terminal, as CSV and JSON
board_tables             shortfall, dashboard and share-out as CSV and JSON
board_screen             shortfall, dashboard and share-out in a terminal
scheme_shortfall_tables  what more patients would have paid, as CSV and JSON
scheme_shortfall_screen  what more patients would have paid, in a terminal
whatif_tables            what-if answers as CSV and JSON
sweep_tables             sweeps, draws and forecasts as CSV and JSON
whatif_screen            what-if answers in a terminal
sweep_screen             sweeps, draws and forecasts in a terminal
"""
