"""Goal seek: the change in one number of a contract, or of what is supposed beside it, that pays a given amount to the penny.

The number is looked for on a grid of values that can be written down:

| what | grid |
|---|---|
| an amount (`value.each`, `value.total`) | pence |
| a price for each patient (`value.price`) | hundredths of a penny |
| a share, weight or threshold | 0.01 percentage points |
| `price`, `list`: a change by percent | 0.01% |
| `achievement.DM1`, of all networks | 0.01 percentage points |
| `achievement.N3:DM1`, of one | patients |

From its present value the number is moved towards the amount in growing leaps; where the amount is passed, a straight line between the last two is followed,
then halves. That finds the nearest value where more of the number always pays more, or always less; roundings that break this rule by a penny are
covered by looking at the neighbours.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from p4p.files.shape import MOST_MONEY, MOST_PRICE, parse_ratio, parse_threshold
from p4p.files.yamltext import Document, Node, keys_of, node_at
from p4p.language.contract import Contract
from p4p.numbers.errors import ContractError, Location, Problem, UsageError, did_you_mean, visible
from p4p.numbers.money import parse_pence, plain
from p4p.settling.settlement import Settlement
from p4p.whatif.scenario_file import inline_text

Field = Literal["payable", "earned", "upfront", "available", "shortfall"]
TOTAL = "total"

#: Neighbours on each side that are tried where no value on the way is exact.
NEIGHBOURS = 6


@dataclass(frozen=True, slots=True)
class Lever:
    """A number that may be changed: its path, the whole numbers that stand for its values, the one it has now, and how a value is written."""

    path: str
    low: int
    high: int
    now: int
    write: Callable[[int], str]
    grid: str


@dataclass(frozen=True, slots=True)
class Goal:
    """Whose amount, which, and how much: `who` is a network's code or `total`, `field` a name of `Totals`."""

    who: str
    field: Field
    pence: int

    def of(self, settlement: Settlement) -> int:
        """The amount in a settlement."""
        totals = settlement.totals if self.who == TOTAL else settlement.by_network[self.who]
        pence: int = getattr(totals, self.field)
        return pence


@dataclass(frozen=True, slots=True)
class Tried:
    """A value that was tried, as it is written, and what it gives, in pence."""

    position: int
    text: str
    pence: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What was found: the value that gives the amount, or None and the nearest ones below and above (None where there are none)."""

    parameter: Lever
    goal: Goal
    start: Tried
    found: Tried | None
    below: Tried | None
    above: Tried | None
    least: Tried
    most: Tried

    @property
    def why_not(self) -> str:
        """Why there is none, in words."""
        if self.found:
            return ""
        if self.least.pence == self.most.pence:
            return f"{self.parameter.path} does not change it"
        if self.below is None or self.above is None:
            return f"it is beyond what {self.parameter.path} can give"
        return f"no value of {self.parameter.path} on a grid of {self.parameter.grid} gives it to the penny"


def goal_of(text: str, baseline: Settlement) -> Goal:
    """Read `N3=payable:60000.00`, or `total=payable:same` for what the baseline pays. Raises UsageError for anything else and for an unknown network."""
    at = Location(f"--target {text}")
    who, _, rest = text.partition("=")
    field, _, amount = rest.partition(":")
    known = (TOTAL, *baseline.by_network)
    if not amount:
        raise UsageError(
            [Problem(at, "does not say whose amount, which, and how much", "such as N3=payable:60000.00, or total=payable:same")]
        )
    if who not in known:
        raise UsageError([Problem(at, f'there is no network "{visible(who)}"', did_you_mean(who, known))])
    if field not in get_args(Field):
        raise UsageError([Problem(at, f'"{visible(field)}" is no amount of a settlement', did_you_mean(field, get_args(Field)))])
    goal = Goal(who, field, 0)  # type: ignore[arg-type]
    if amount == "same":
        return Goal(who, goal.field, goal.of(baseline))
    try:
        pence = parse_pence(amount)
    except ValueError as e:
        raise UsageError([Problem(at, str(e), "or `same`, for what the baseline pays")]) from None
    if pence.denominator != 1:
        raise UsageError([Problem(at, f'"{amount}" has a part of a penny', "write at most two decimals")])
    return Goal(who, goal.field, int(pence))


def parameter_of(path: str, document: Document, contract: Contract, baseline: Settlement) -> Lever:
    """The number that a path names. Raises UsageError where there is none."""
    at = Location(f"--by {path}")
    word, _, whose = path.partition(".")
    if word in ("price", "list"):
        known: Sequence[str] = list(contract.packages if word == "price" else baseline.by_network)
        if whose and whose not in known:
            raise UsageError(
                [Problem(at, f'there is no {"package" if word == "price" else "network"} "{visible(whose)}"', did_you_mean(whose, known))]
            )
        return Lever(path, -9_999, 99_999, 0, growth_text, "0.01%")
    if word == "achievement":
        return _achievement(path, whose, contract, baseline, at)
    node = node_at(document.root, keys_of(document.root, path))
    if node is None or node.kind != "text":
        what = "is not in the contract" if node is None else f"is not one number: {visible(inline_text(node))}"
        raise UsageError([Problem(at, what, "name a number, such as packages.diabetes.value.each, price or achievement.N3:DM1")])
    return _term(path, node, at)


def _achievement(path: str, whose: str, contract: Contract, baseline: Settlement, at: Location) -> Lever:
    network, _, indicator = whose.rpartition(":")
    if indicator not in contract.indicators:
        raise UsageError([Problem(at, f'there is no indicator "{visible(indicator)}"', did_you_mean(indicator, contract.indicators))])
    if not network:
        return Lever(path, -10_000, 10_000, 0, lambda p: growth_text(p).replace("%", "pp"), "0.01 percentage points")
    if network not in baseline.by_network:
        raise UsageError([Problem(at, f'there is no network "{visible(network)}"', did_you_mean(network, baseline.by_network))])
    line = next(baseline.lines_of(network, baseline.quarters[-1], indicator), None)
    if line is None or line.eligible <= 0 or line.achievement is None:
        raise UsageError([Problem(at, f"{network} has no patients in {indicator} in {baseline.quarters[-1]}", "name another indicator")])
    eligible = line.eligible
    return Lever(path, 0, eligible, int(line.achievement * eligible), lambda p: f"{p}/{eligible}", f"patients, of {eligible:,}")


def _term(path: str, node: Node, at: Location) -> Lever:
    """A number written in the contract; which kind it is, its own text says."""
    text, name = node.text.strip(), path.rpartition(".")[2]
    if name in ("each", "total"):
        now = int(parse_pence(text))
        return Lever(path, 0, min(MOST_MONEY, max(1000 * now, 10**9)), now, plain, "pence")
    if name == "price":
        now = int(parse_pence(text) * 100)
        return Lever(path, 0, min(MOST_PRICE * 100, max(1000 * now, 10**6)), now, price_text, "hundredths of a penny")
    for word in ("", "at least ", "above ", "at most ", "below "):
        if text.startswith(word) and word:
            now = int(Fraction(parse_threshold(text).ratio) * 10_000)
            return Lever(path, 0, 10_000, now, lambda p, word=word: f"{word}{percent_text(p)}", "0.01 percentage points")  # type: ignore[misc]
    try:
        now = int(parse_ratio(text) * 10_000)
    except ValueError:
        raise UsageError([Problem(at, f'is not a number: "{visible(text)}"', "name an amount, a share, a weight or a threshold")]) from None
    return Lever(path, 0, 10_000, now, percent_text, "0.01 percentage points")


def seek(parameter: Lever, goal: Goal, pays: Callable[[str], int]) -> Sought:
    """The value of a parameter, nearest to the present one, for which `pays` gives the amount; else the nearest amounts around it.

    `pays` is given a value as it is written, and gives pence; it may raise ContractError for a value that the contract refuses.
    """
    search = _Search(parameter, goal, pays)
    now = parameter.now
    start = search.sound(now)
    if start.pence != goal.pence:
        low, high = (search.last_sound(now, end) for end in (parameter.low, parameter.high))
        for end in sorted({low, high} - {now}):
            search.around(search.crossing(now, end), low, high)
    tried = sorted((t for t in search.tried.values() if t), key=lambda t: (abs(t.pence - goal.pence), abs(t.position - now), t.position))
    found, below, above = (
        next((search.nearest(t) for t in tried if side(t.pence, goal.pence)), None) for side in (operator.eq, operator.lt, operator.gt)
    )
    least, most = (search.nearest(end) if found is None else end for end in (min(tried, key=_pence), max(tried, key=_pence)))
    return Sought(parameter, goal, start, found, below, above, least, most)


def _pence(tried: Tried) -> int:
    return tried.pence


class _Search:
    """Values tried, each once; a value that the contract refuses is None."""

    def __init__(self, parameter: Lever, goal: Goal, pays: Callable[[str], int]) -> None:
        self.parameter, self.goal, self.pays = parameter, goal, pays
        self.tried: dict[int, Tried | None] = {}
        self.above = False

    def at(self, position: int) -> Tried | None:
        if position not in self.tried:
            text = self.parameter.write(position)
            try:
                self.tried[position] = Tried(position, text, self.pays(text))
            except ContractError:
                self.tried[position] = None
        return self.tried[position]

    def sound(self, position: int) -> Tried:
        """A value that the contract allows, tried; raises ContractError for the one it has now, if it does not."""
        tried = self.at(position)
        if tried is None:
            self.pays(self.parameter.write(position))
        assert tried is not None
        return tried

    def exact(self) -> list[Tried]:
        return [t for t in self.tried.values() if t and t.pence == self.goal.pence]

    def around(self, neighbours: tuple[int, ...], low: int, high: int) -> None:
        """Try the neighbours of a crossing where roundings alone may have missed the amount."""
        amounts = [self.sound(n).pence for n in neighbours]
        if self.exact() or (amounts and max(amounts) - min(amounts) > NEIGHBOURS):
            return
        for near in neighbours:
            for position in range(max(low, near - NEIGHBOURS), min(high, near + NEIGHBOURS) + 1):
                self.at(position)

    def nearest(self, tried: Tried) -> Tried:
        """The value nearest to the present one that gives the same, on the way there."""
        start, end = self.parameter.now, tried.position
        if start == end:
            return tried
        before = self.at(end + (1 if start > end else -1))
        if before is None or before.pence != tried.pence:
            return tried
        if self.sound(start).pence == tried.pence:
            return self.sound(start)
        while abs(end - start) > 1:
            middle = (start + end) // 2
            start, end = (start, middle) if self.sound(middle).pence == tried.pence else (middle, end)
        return self.sound(end)

    def last_sound(self, start: int, end: int) -> int:
        """The position furthest from `start`, towards `end`, that the contract allows."""
        if self.at(end):
            return end
        while abs(end - start) > 1:
            middle = (start + end) // 2
            start, end = (middle, end) if self.at(middle) else (start, middle)
        return start

    def crossing(self, start: int, end: int) -> tuple[int, ...]:
        """The neighbours between which the amount is reached or passed on the way from `start` to `end`; none where it is not."""
        direction, self.above = (1 if end > start else -1), self.sound(start).pence > self.goal.pence
        reach, step = start, 1
        while reach != end:
            before, reach = reach, reach + direction * step if abs(end - reach) > step else end
            step *= 16
            if not self.short(reach):
                for _ in range(2):  # most scales are straight lines: a guess and its neighbours settle those
                    before, reach = self.guessed(before, reach)
                while abs(reach - before) > 1:
                    middle = (reach + before) // 2
                    before, reach = (middle, reach) if self.short(middle) else (before, middle)
                return before, reach
        return ()

    def short(self, position: int) -> bool:
        """Whether a value still stands on the side of the amount on which the present one stands."""
        pence = self.sound(position).pence
        return pence > self.goal.pence if self.above else pence < self.goal.pence

    def guessed(self, before: int, reach: int) -> tuple[int, int]:
        """Two values, the first short and the second not, drawn together: towards where a straight line between their amounts meets the wanted one."""
        short, there = self.sound(before).pence, self.sound(reach).pence
        guess = before + (reach - before) * (self.goal.pence - short) // (there - short)
        if abs(reach - before) <= 1 or guess in (before, reach):
            return before, reach
        towards, step = (1 if reach > before else -1), 1
        if self.short(guess):
            while self.short(guess):
                before, guess, step = guess, guess + towards * step, step * 4
                if (reach - guess) * towards <= 0:
                    return before, reach
            return before, guess
        while not self.short(guess):
            reach, guess, step = guess, guess - towards * step, step * 4
            if (guess - before) * towards <= 0:
                return before, reach
        return guess, reach


def percent_text(position: int) -> str:
    """Ten-thousandths as percent: 8501 is `85.01%`."""
    return f"{position // 100}.{position % 100:02d}%" if position % 100 else f"{position // 100}%"


def growth_text(position: int) -> str:
    """Ten-thousandths as a change: 250 is `+2.5%`."""
    return f"{'-' if position < 0 else '+'}{percent_text(abs(position))}"


def price_text(position: int) -> str:
    """Hundredths of a penny as pounds: 27650 is `2.765`."""
    whole, rest = divmod(position, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
