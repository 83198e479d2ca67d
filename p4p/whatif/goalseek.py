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
from typing import Literal, cast, get_args

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
        return _amount(settlement, self.who, self.field)


def _amount(settlement: Settlement, who: str, field: Field) -> int:
    totals = settlement.totals if who == TOTAL else settlement.by_network[who]
    pence: int = getattr(totals, field)
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
    word, _, amount = rest.partition(":")
    known = (TOTAL, *baseline.by_network)
    if not amount:
        raise UsageError(
            [Problem(at, "does not say whose amount, which, and how much", "such as N3=payable:60000.00, or total=payable:same")]
        )
    if who not in known:
        raise UsageError([Problem(at, f'there is no network "{visible(who)}"', did_you_mean(who, known))])
    if word not in get_args(Field):
        raise UsageError([Problem(at, f'"{visible(word)}" is no amount of a settlement', did_you_mean(word, get_args(Field)))])
    field = cast("Field", word)
    if amount == "same":
        return Goal(who, field, _amount(baseline, who, field))
    try:
        pence = parse_pence(amount)
    except ValueError as e:
        raise UsageError([Problem(at, str(e), "or `same`, for what the baseline pays")]) from None
    if pence.denominator != 1:
        raise UsageError([Problem(at, f'"{amount}" has a part of a penny', "write at most two decimals")])
    return Goal(who, field, int(pence))


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
    if line is None or line.achievement is None:
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
    for word in ("at least ", "above ", "at most ", "below "):
        if text.startswith(word):
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
    now, start = parameter.now, search.start
    if start.pence != goal.pence:
        low, high = (search.last_sound(end) for end in (parameter.low, parameter.high))
        for end in (low, high):
            search.around(search.crossing(end), low, high)
    tried = sorted(search.tried.values(), key=lambda t: (abs(t.pence - goal.pence), abs(t.position - now), t.position))
    found, below, above = (
        next((search.nearest(t) for t in tried if side(t.pence, goal.pence)), None) for side in (operator.eq, operator.lt, operator.gt)
    )
    least, most = (search.nearest(end) if found is None else end for end in (min(tried, key=_pence), max(tried, key=_pence)))
    return Sought(parameter, goal, start, found, below, above, least, most)


def _pence(tried: Tried) -> int:
    return tried.pence


class _Search:
    """Values tried, each once, beginning with the present one. Raises ContractError where the contract refuses that."""

    def __init__(self, parameter: Lever, goal: Goal, pays: Callable[[str], int]) -> None:
        self.parameter, self.goal, self.pays = parameter, goal, pays
        self.tried: dict[int, Tried] = {}
        self.start = self.at(parameter.now)

    def at(self, position: int) -> Tried:
        """A value, tried. Raises ContractError where the contract refuses it."""
        if position not in self.tried:
            text = self.parameter.write(position)
            self.tried[position] = Tried(position, text, self.pays(text))
        return self.tried[position]

    def sound(self, position: int) -> bool:
        """Whether the contract allows a value."""
        try:
            self.at(position)
        except ContractError:
            return False
        return True

    def around(self, neighbours: tuple[int, ...], low: int, high: int) -> None:
        """Try the neighbours of a crossing where roundings alone may have missed the amount."""
        amounts = {self.at(n).pence for n in neighbours}
        if self.goal.pence in amounts or (amounts and max(amounts) - min(amounts) > NEIGHBOURS):
            return
        for near in neighbours:
            for position in range(max(low, near - NEIGHBOURS), min(high, near + NEIGHBOURS) + 1):
                self.sound(position)

    def nearest(self, tried: Tried) -> Tried:
        """The value nearest to the present one that gives the same, on the way there."""
        start, end = self.parameter.now, tried.position
        if self.start.pence == tried.pence:
            return self.start
        if self.at(end - _towards(start, end)).pence != tried.pence:
            return tried
        while abs(end - start) > 1:
            middle = (start + end) // 2
            start, end = (start, middle) if self.at(middle).pence == tried.pence else (middle, end)
        return self.at(end)

    def last_sound(self, end: int) -> int:
        """The position furthest from the present one, towards `end`, that the contract allows."""
        if self.sound(end):
            return end
        start = self.parameter.now
        while abs(end - start) > 1:
            middle = (start + end) // 2
            start, end = (middle, end) if self.sound(middle) else (start, middle)
        return start

    def crossing(self, end: int) -> tuple[int, ...]:
        """The neighbours between which the amount is reached or passed on the way from the present value to `end`; none where it is not."""
        reach, step = self.parameter.now, 1
        while reach != end:
            before, reach = reach, reach + _towards(reach, end) * step if abs(end - reach) > step else end
            step *= 16
            if not self.short(reach):
                return self.between(before, reach)
        return ()

    def short(self, position: int) -> bool:
        """Whether a value still stands on the side of the amount on which the present one stands."""
        pence = self.at(position).pence
        return pence > self.goal.pence if self.start.pence > self.goal.pence else pence < self.goal.pence

    def between(self, before: int, reach: int) -> tuple[int, int]:
        """The neighbours between which the amount is reached or passed, of two values the first of which is short and the second not.

        Most scales are straight lines: a straight line's guess and the values beside it settle those, the middle all others.
        """
        while abs(reach - before) > 1:
            short, there = self.at(before).pence, self.at(reach).pence
            guess = before + (reach - before) * (self.goal.pence - short) // (there - short)
            for position in (guess, guess - 1, guess + 1, (before + reach) // 2):
                if min(before, reach) < position < max(before, reach):
                    before, reach = (position, reach) if self.short(position) else (before, position)
        return before, reach


def _towards(start: int, end: int) -> int:
    return 1 if end > start else -1


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
