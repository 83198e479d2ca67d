"""Someone who wants a withheld number back: all that is printed and all that is known beside it, as whole-number equations, given to a solver.

For each line he has a number achieved, not achieved and excluded for every practice (or for the network itself, where it is counted for itself). He knows what the
printed counts, sums and money say of them, and every denominator. He asks the solver for the least and the greatest that a number can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

#: A number that can be anything, for bounds.
ANY = 10_000


@dataclass
class Line:
    """What is known of one line's numbers: rows of (coefficients by number, least, greatest). A number is (practice, which of the three)."""

    practices: tuple[str, ...]
    known: list[tuple[dict[tuple[str, int], float], float, float]] = field(default_factory=list)

    def says(self, which: Iterable[int], practices: Iterable[str], least: float, greatest: float | None = None) -> None:
        """The sum of some of the three numbers over some practices lies between two numbers; it is the first where there is no second."""
        of = {(p, i): 1.0 for p in practices for i in which}
        self.known.append((of, least, least if greatest is None else greatest))

    def share_within(self, least: Fraction, greatest: Fraction) -> None:
        """The network's pooled achievement lies between two ratios (either may lie outside 0 to 1, and then says nothing)."""
        if least > 0:  # somebody is eligible, and n >= r (n + m), in whole numbers
            self.known.append(({(p, i): 1.0 for p in self.practices for i in (0, 1)}, 1, np.inf))
            self.known.append((self._ratio(least), 0, np.inf))
        if greatest < 1:
            self.known.append((self._ratio(greatest), -np.inf, 0))

    def _ratio(self, r: Fraction) -> dict[tuple[str, int], float]:
        top, bottom = float(r.numerator), float(r.denominator)
        return {(p, 0): bottom - top for p in self.practices} | {(p, 1): -top for p in self.practices}

    def range_of(self, practices: Iterable[str], which: int) -> tuple[int, int]:
        """The least and the greatest that a number, summed over some practices, can be."""
        numbers = [(p, i) for p in self.practices for i in range(3)]
        matrix = np.array([[of.get(n, 0.0) for n in numbers] for of, _, _ in self.known])
        least, greatest = (np.array([row[i] for row in self.known]) for i in (1, 2))
        wanted = set(practices)
        aim = np.array([1.0 if p in wanted and i == which else 0.0 for p, i in numbers])
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * aim, constraints=LinearConstraint(matrix, least, greatest), integrality=np.ones(len(numbers)), bounds=Bounds(0, ANY)
            )
            assert found.success, found.message
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]


def printed(text: object, nearest: int = 1, least: int = 1) -> tuple[int, int] | None:
    """What a printed number says: the least and the greatest it can stand for; None where it is withheld. `least`: the smallest number that is not withheld."""
    if text in ("*", None):
        return None
    number = int(str(text))
    if number == 0 or nearest == 1:
        return number, number
    return max(number - nearest // 2, least), number + nearest // 2


def line_of(
    rows: Mapping[str, tuple[int, int, int]], shown: Iterable[str], sums: bool, share: tuple[Fraction, Fraction] | None = None
) -> Line:
    """A line of which the counts of some practices are shown, the network's or not, and perhaps what its money says. All denominators are known, and where nobody was excluded that nobody was."""
    line = Line(tuple(rows))
    for practice, row in rows.items():
        line.says((0, 1, 2), [practice], sum(row))
        if practice in set(shown):
            for i, count in enumerate(row):
                line.says((i,), [practice], count)
    if sums:
        for i in range(3):
            line.says((i,), rows, sum(row[i] for row in rows.values()))
    if not any(row[2] for row in rows.values()):
        line.says((2,), rows, 0)
    if share is not None:
        line.share_within(*share)
    return line
