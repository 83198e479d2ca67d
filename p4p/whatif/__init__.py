"""Other terms, other counts: scenarios, sweeps, draws, forecasts.

many           a settlement's lines as arrays, settled under many settings
chance         patients drawn again: the chance of each threshold, the spread of payments
splits         what each network would be paid at each split of a package
scenario       a contract with terms changed, and what is supposed beside its files
whatif         settlements under several scenarios side by side; back-tests
forecast       from the quarters so far to the year end
breakeven      the achievement at which a scenario pays what the baseline pays
axes           the numbers that a sweep moves, and over which values
sweep_text     what a command line says of sweeps: parameters and ranges
grid           the points of a sweep, and how they fall into settings
sweep          a contract settled at every point of a grid
scenario_text  what scenarios say of numbers: 60/40, +5pp, +3%
scenario_file  scenarios from files and from the command line
goalseek       the change in one number that pays a given amount
scheme_whatif  schemes on other terms or figures, beside what they pay
"""
