"""Words and numbers that everything stands on: faults with their place, exact fractions, money, periods, columns.

errors    where a thing stands in a file, what is wrong with it, and the exit code that follows
withheld  what stands for a number that a published copy withholds
exact     numbers that carry their own explanation; choose, least, most, whole
money     whole pence: reading, rounding once, dividing a pot, writing
period    financial years, quarters, months
columns   exact fractions in Polars integer columns
arrays    exact fractions in NumPy integer arrays, many settings at once
"""
