"""Which counts a publication withholds: small numbers first, then what is needed so that the rest of the publication cannot restore them.

A row of counts is (achieved, not achieved, excluded): whole numbers that add up to a denominator. A line has a row for each practice and their sum, the network's.
Rows are published or withheld whole. What a reader knows is taken at its worst: every row that is published, to the patient even where it is
printed rounded; the network's sums, unless its line is closed; every denominator, from elsewhere; the contract, and so the share that a payment
shows; and which rows were withheld first. A withheld number is safe while there are other counts, the same in all of that, in which it is another number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p4p.numbers.errors import Problem, UsageError, did_you_mean
from p4p.numbers.exact import how_many
from p4p.numbers.withheld import WITHHELD

#: Achieved, not achieved, excluded.
Row = tuple[int, int, int]

ACHIEVED, NOT_YET, EXCLUDED = 0, 1, 2

#: Payments of public money are shown as long as no withheld number follows from them; counts are kept further apart.
LEAST = 2


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """Numbers of patients from 1 up to `most` are withheld, 0 stays; the others are rounded to the `nearest` so many where that is more than 1."""

    name: str
    most: int
    nearest: int
    words: str

    def hides(self, row: Row) -> bool:
        """Whether a row holds a number that is withheld."""
        return any(1 <= count <= self.most for count in row)

    def small(self, row: Row) -> tuple[int, ...]:
        """Which of a row's numbers are withheld for themselves."""
        return tuple(i for i, count in enumerate(row) if 1 <= count <= self.most)

    def safe(self, row: Row, numbers: set[int], least: int | None = None) -> bool:
        """Whether a small number of a withheld row that could be these numbers is safe: so many (`least`, else half) of those that the rule withholds, or as
        many as the row has patients for; and never one alone.
        """
        withheld = sum(1 for number in numbers if 1 <= number <= self.most)
        return len(numbers) > 1 and withheld >= min(least or (self.most + 1) // 2, sum(row))

    def shown(self, count: int) -> Any:
        """A number of patients as it is published."""
        if 1 <= count <= self.most:
            return WITHHELD
        return (count + self.nearest // 2) // self.nearest * self.nearest


@dataclass(frozen=True, slots=True)
class NetworkContract:
    """The rule of NHS England's network contract publication: where fewer than two patients are left after exclusions, how many were excluded tells of them."""

    name: str
    words: str
    nearest: int = 1

    def hides(self, row: Row) -> bool:
        """Whether a row's counts are withheld: those of one kind of exclusion."""
        return self.withheld(row[ACHIEVED] + row[NOT_YET], (row[EXCLUDED],)) != (False, False)

    def small(self, row: Row) -> tuple[int, ...]:
        """Which of a row's numbers are withheld for themselves."""
        return (EXCLUDED,) if self.hides(row) else ()

    def safe(self, row: Row, numbers: set[int], least: int | None = None) -> bool:
        """Whether a withheld number that could be these numbers is safe: never one alone."""
        return len(numbers) > 1

    def shown(self, count: int) -> Any:
        """A number of patients as it is published: this rule neither rounds nor looks at one number alone."""
        return count

    @staticmethod
    def withheld(eligible: int, excluded: Sequence[int]) -> tuple[bool, bool]:
        """Whether the denominator (after exclusions) and the counts of excluded patients are withheld, for one or more kinds of exclusion."""
        if len(excluded) == 1:
            hidden = eligible < 2 and excluded[0] > 0
            return hidden, hidden
        return False, eligible == 0 and sum(1 for count in excluded if count) == 1


Rule = SmallNumbers | NetworkContract

#: The rules by name. Sources: NHS Digital's disclosure control for hospital episodes (2018); the common rule of five; NHS England's `ncdes` code.
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        SmallNumbers(
            "1-7",
            7,
            5,
            "numbers of patients from 1 to 7 are withheld, 0 stays, the others are rounded to the nearest 5, and rates are those of the rounded numbers; payments were made on the exact ones",
        ),
        SmallNumbers("below 5", 4, 1, "numbers of patients from 1 to 4 are withheld, 0 stays, the others are exact"),
        NetworkContract("ncdes", "where fewer than 2 patients are left after exclusions and any were excluded, the counts are withheld"),
    )
}


def rule_of(name: str) -> Rule:
    """The rule of a name. Raises UsageError, with a suggestion, where there is none."""
    if name not in RULES:
        known = ", ".join(f'"{rule}"' for rule in RULES)
        what = f'there is no rule "{name}" for what may be published; the rules are {known}'
        raise UsageError([Problem(None, what, did_you_mean(name, RULES))])
    return RULES[name]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What of a line is published: the network's counts where it is `open`, its money where `money` says so, and all practices but those withheld.

    `first`: withheld by the rule; `second`: withheld so that others cannot be restored. `small`: whether the network's own counts were small.
    """

    open: bool
    small: bool
    money: bool
    first: frozenset[str]
    second: frozenset[str]

    @property
    def hidden(self) -> frozenset[str]:
        """The practices whose counts are withheld."""
        return self.first | self.second


#: What a line's money shows of the rows of its practices: the share they earn.
Share = Callable[[Iterable[Row]], Any]

OPEN = Pattern(True, False, True, frozenset(), frozenset())


def pattern(rule: Rule, rows: Mapping[str, Row], whole: Row, share: Share, pooled: bool = True, second: bool = True) -> Pattern:
    """What of a line may be published. `rows` by practice; none where the network is counted for itself; `whole` is their sum.

    A line is closed, so that neither its counts nor those of its practices are published, where its own numbers are small, where withholding further
    practices does not keep a small one safe, and, where the rate is not `pooled`, with the first small practice: its rate is in the network's.
    `second` is False only in the test that shows what withholding the small numbers alone would give away.
    """
    first = frozenset(code for code, row in rows.items() if rule.hides(row))
    small = rule.hides(whole)
    if not second:
        return Pattern(not small, small, True, first, frozenset())
    partners = None if small or (first and not pooled) else _partners(rule, rows, first)
    if partners is not None:
        return Pattern(True, False, True, first, partners)
    money = _money_safe(rule, rows, whole, first, share)
    return Pattern(False, small, money, first, frozenset(rows) - first)


def _partners(rule: Rule, rows: Mapping[str, Row], first: frozenset[str]) -> frozenset[str] | None:
    """The practices to withhold beside the small ones of an open line so that each is safe; None where no practice makes one so.

    Of several that do, the first by code: a choice that says nothing about the counts.
    """
    hidden = set(first)
    for code in sorted(first):
        if _safe(rule, rows, code, hidden):
            continue
        partner = next((other for other in sorted(rows) if other not in hidden and _safe(rule, rows, code, [*hidden, other])), None)
        if partner is None:
            return None
        hidden.add(partner)
    return frozenset(hidden - first)


def _safe(rule: Rule, rows: Mapping[str, Row], code: str, hidden: Iterable[str]) -> bool:
    """Whether each small number of a practice can be other numbers, with patients exchanged with practices that are withheld too."""
    row = rows[code]
    found: dict[int, set[int]] = {i: {row[i]} for i in rule.small(row)}
    for other in hidden:
        if other != code:
            for mine, _ in _exchanged(rule, row, rows[other]):
                for i, numbers in found.items():
                    numbers.add(mine[i])
            if all(rule.safe(row, numbers) for numbers in found.values()):
                return True
    return False


def _exchanged(rule: Rule, a: Row, b: Row) -> Iterator[tuple[Row, Row]]:
    """Other counts of two withheld practices with the same sums, the same denominators, and the same reason to be withheld."""
    for up, down in _PAIRS:
        for by in _STEPS:
            mine, theirs = _moved(a, up, down, by), _moved(b, up, down, -by)
            if mine and theirs and rule.hides(mine) == rule.hides(a) and rule.hides(theirs) == rule.hides(b):
                yield mine, theirs


#: Between which of a row's numbers patients are moved in thought.
_PAIRS = ((ACHIEVED, NOT_YET), (ACHIEVED, EXCLUDED), (NOT_YET, EXCLUDED))

#: How many patients are moved in thought: no rule withholds numbers further apart.
_STEPS = range(-8, 9)


def _moved(row: Row, up: int, down: int, by: int) -> Row | None:
    """A row with so many more patients in one column and fewer in another; None where there are not so many."""
    cells = list(row)
    cells[up] += by
    cells[down] -= by
    return (cells[0], cells[1], cells[2]) if min(cells) >= 0 else None


def _money_safe(rule: Rule, rows: Mapping[str, Row], whole: Row, first: frozenset[str], share: Share) -> bool:
    """Whether a closed line's money may be shown: every small number could be others at the very same share.

    A target reached or missed is true of many counts; a payment on a sliding scale is the achievement in pounds.
    """
    there = dict(rows) or {"": whole}
    today = share(there.values())
    numbers: dict[tuple[str, int], set[int]] = {(code, i): {there[code][i]} for code in first for i in rule.small(there[code])}
    numbers |= {("", i): {whole[i]} for i in rule.small(whole)}

    def take(worlds: Iterable[dict[str, Row]]) -> None:
        for changed in worlds:
            after = there | changed
            total = _sum(after.values())
            if rule.hides(total) == rule.hides(whole) and share(after.values()) == today:
                for (code, i), seen in numbers.items():
                    seen.add((after[code] if code else total)[i])

    for code, row in there.items():
        take({code: mine} for mine in _alone(rule, row, whole[EXCLUDED] > 0))
        for other in there.keys() - {code} if code in first else ():
            take({code: mine, other: theirs} for mine, theirs in _exchanged(rule, row, there[other]))
    return all(rule.safe(there[code] if code else whole, seen, LEAST) for (code, _), seen in numbers.items())


def _alone(rule: Rule, row: Row, excluding: bool) -> Iterator[Row]:
    """Other counts of one row with the same denominator and the same reason to be withheld.

    Nobody is excluded in thought where nobody is at all: that an indicator has no exclusions is known.
    """
    for up, down in _PAIRS if excluding else _PAIRS[:1]:
        for by in _STEPS:
            mine = _moved(row, up, down, by)
            if mine and rule.hides(mine) == rule.hides(row):
                yield mine


def _sum(rows: Iterable[Row]) -> Row:
    cells = [sum(column) for column in zip(*rows, strict=True)]
    return cells[0], cells[1], cells[2]


@dataclass(frozen=True, slots=True)
class Publication:
    """What a published document says of itself: the rule, and how much was withheld by it (`first`) and so that nothing restores that (`second`)."""

    rule: str
    words: str
    first: tuple[int, int]
    second: tuple[int, int]
    amounts: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """The rule and what was withheld, in words."""
        money = f", and the money of {how_many(self.amounts, 'line')} with every sum it stands in" if self.amounts else ""
        return (
            f'Published under the rule "{self.rule}": {self.words}.',
            f"Withheld (*) by the rule: {_counts(*self.first)}. So that nothing else restores these: {_counts(*self.second)}{money}.",
        )


def _counts(lines: int, practices: int) -> str:
    said = [how_many(n, what) for n, what in ((lines, "line"), (practices, "practice row")) if n]
    return f"the counts of {' and '.join(said)}" if said else "no counts"
