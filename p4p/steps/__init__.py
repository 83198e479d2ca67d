"""What a contract with `payments` can say: every kind of step, and the chains made of them.

terms    what steps of payments work on: numbers with their units, names, conditions
amounts  steps of arithmetic: sums, products, ratios, limits, weights, rounding
bands    steps that look up: bands, lines, corridors, curves, tables by name
gates    steps that let through: gates, deductions, milestones
gains    steps of gain and loss: baselines, minimum savings, shares, withholds, advances
volume   steps of volume: marginal rates, tolerance, instalments, capitation, the year of care
pots     steps across payees and parties: totals, averages, parts of a pot, shares between parties
points   steps of points: achievements, points times money, prevalence
kinds    every kind of step and curve by name, and its manual page
scheme   what a scheme is: measures, dated parameters, payments made of steps
"""
