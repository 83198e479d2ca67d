"""Numbers that carry their own explanation, and the few words in which payment rules are written.

A rule uses `+ - x /`, comparisons, `choose`, `least`, `most` and `whole` only. The same lines then run on

* `Fraction`, Python's exact rational: the plain reading;
* `Figure`, a fraction that remembers its name, how it was made and from what: `p4p explain`;
* `Columns` (module `columns`), two integer columns of a Polars frame: everything at once.

So an explanation cannot drift from the payment it explains: it is the same code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import Any, Literal, Self

from p4p.numbers.errors import Location

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)

Unit = Literal["pence", "cents", "ratio", "patients", "number"]


def choose(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`: the `if` of payment rules, for every kind of number."""
    if isinstance(condition, bool):
        return yes if condition else no
    return condition.choose(yes, no)


def least(a: Any, b: Any) -> Any:
    """The smaller of two numbers."""
    return choose(a <= b, a, b)


def most(a: Any, b: Any) -> Any:
    """The larger of two numbers."""
    return choose(a >= b, a, b)


def stands(left: Any, word: str, right: Any) -> Any:
    """Whether a number is `at least`, `above`, `at most` or `below` another."""
    match word:
        case "at least":
            return left >= right
        case "above":
            return left > right
        case "at most":
            return left <= right
        case _:
            return left < right


def whole(x: Any) -> Any:
    """The whole part, downwards: 2.9 is 2."""
    return math.floor(x)


def called(name: str, x: Any) -> Any:
    """The same number; a Figure goes by the name from here on."""
    return x.named(name) if isinstance(x, Figure) else x


def apply(step: str, function: Callable[[Any], Any], x: Any) -> Any:
    """`function(x)`; on a Figure the result is one named step, so that a reader sees "rounded" and not its inner arithmetic."""
    if isinstance(x, Figure):
        return Figure(Fraction(function(x.value)), unit=x.unit, how=step, parts=(x,))
    return function(x)


@dataclass(frozen=True, slots=True)
class Figure:
    """An exact value that knows its name, how it was made, from what, and where that is written.

    `how` is `""` for a given figure, an operator (`+ - × ÷`) between its parts, or a phrase about its one part;
    `about` is what it stands for, in words; `because` says which condition decided and `deciders` are the figures it compared; `at` is the contract line, `evidence` the rows, of a given figure.
    """

    value: Fraction
    name: str = ""
    unit: Unit = "number"
    how: str = ""
    parts: tuple[Figure, ...] = ()
    about: str = ""
    because: str = ""
    deciders: tuple[Figure, ...] = ()
    at: Location | None = None
    evidence: tuple[str, ...] = ()

    def named(self, name: str, unit: Unit | None = None, at: Location | None = None) -> Self:
        """The same figure under a name of its own."""
        return replace(self, name=name, unit=unit or self.unit, at=at or self.at)

    def _with(self, other: Any, sign: str, value: Fraction, swap: bool = False) -> Figure:
        b = figure(other)
        parts = (b, self) if swap else (self, b)
        if sign in "+−":
            not_mixed(self, other)
        else:
            not_twice(parts[0], sign, parts[1])
        return Figure(value, unit=_unit(parts[0].unit, sign, parts[1].unit), how=sign, parts=parts)

    def __add__(self, other: Any) -> Figure:
        return self._with(other, "+", self.value + figure(other).value)

    def __radd__(self, other: Any) -> Figure:
        return self._with(other, "+", figure(other).value + self.value, swap=True)

    def __sub__(self, other: Any) -> Figure:
        return self._with(other, "−", self.value - figure(other).value)

    def __rsub__(self, other: Any) -> Figure:
        return self._with(other, "−", figure(other).value - self.value, swap=True)

    def __mul__(self, other: Any) -> Figure:
        return self._with(other, "×", self.value * figure(other).value)

    def __rmul__(self, other: Any) -> Figure:
        return self._with(other, "×", self.value * figure(other).value, swap=True)

    def __truediv__(self, other: Any) -> Figure:
        return self._with(other, "÷", self.value / figure(other).value)

    def __rtruediv__(self, other: Any) -> Figure:
        return self._with(other, "÷", figure(other).value / self.value, swap=True)

    def __floor__(self) -> Figure:
        return Figure(Fraction(math.floor(self.value)), unit="number", how="whole part of", parts=(self,))

    def __ge__(self, other: Any) -> Verdict:
        not_mixed(self, other)
        b = figure(other, unit=self.unit)
        return Verdict(self.value >= b.value, self, "is at least", "is below", b)

    def __gt__(self, other: Any) -> Verdict:
        not_mixed(self, other)
        b = figure(other, unit=self.unit)
        return Verdict(self.value > b.value, self, "is above", "is not above", b)

    def __le__(self, other: Any) -> Verdict:
        not_mixed(self, other)
        b = figure(other, unit=self.unit)
        return Verdict(self.value <= b.value, self, "is at most", "is above", b)

    def __lt__(self, other: Any) -> Verdict:
        not_mixed(self, other)
        b = figure(other, unit=self.unit)
        return Verdict(self.value < b.value, self, "is below", "is not below", b)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of comparing two figures, with the words for it."""

    holds: bool
    left: Figure
    if_so: str
    if_not: str
    right: Figure

    def choose(self, yes: Any, no: Any) -> Figure:
        """The figure that the comparison decides for; the reason goes with it, the other branch does not."""
        taken, left = (yes, no) if self.holds else (no, yes)
        chosen = figure(taken, unit=left.unit if isinstance(left, Figure) else "number")  # a rule's own 0 is 0 of that kind
        words = f"{label(self.left)} {self.if_so if self.holds else self.if_not} {label(self.right)}"
        because = f"{words}; {chosen.because}" if chosen.because else words
        deciders = tuple(f for f in (self.left, self.right, *chosen.deciders) if f.name)
        return replace(chosen, because=because, deciders=tuple({f.name: f for f in deciders}.values()))


class Mixed(Exception):
    """An amount of money and a plain number are added or compared, or two amounts multiplied: one of them is not what it was taken for."""

    def __init__(self, words: str, *of: Figure) -> None:
        """`words` has a place, `{}`, for each figure."""
        super().__init__(words.format(*map(label, of)))
        self.words, self.of = words, of


def not_mixed(a: Figure, b: Any) -> None:
    """Raise Mixed where of two numbers one is money and the other is not; nothing is nothing in every unit.

    A rule's own numbers are plain too: the 1 of `1 + growth` is no amount.
    """
    other = figure(b)
    if a.value != 0 and other.value != 0 and (a.unit in MONEY) != (other.unit in MONEY):
        raise Mixed("{} is money, and {} is not", *((a, other) if a.unit in MONEY else (other, a)))


def not_twice(a: Figure, sign: str, b: Figure) -> None:
    """Raise Mixed where money is multiplied by money, or anything else divided by it: what comes of it is no amount."""
    if b.unit in MONEY and a.value != 0 and b.value != 0 and (a.unit in MONEY) == (sign == "×"):
        if sign == "×":
            raise Mixed("{} and {} are both money: the one is not multiplied by the other", a, b)
        raise Mixed("{} is money, and {} is not: the one is not divided by the other", b, a)


def of_money(x: Any) -> Any:
    """The same number. Raises Mixed for a figure that is not money, where whole pence are made of it."""
    if isinstance(x, Figure) and x.value != 0 and x.unit not in MONEY:
        raise Mixed("{} is no amount of money, and whole pence are made of it", x)
    return x


def summed(value: Fraction, parts: Sequence[Any]) -> Figure:
    """A sum of which the value is known, as one figure: of thousands of parts it is no deeper than of two. Raises Mixed as adding them does."""
    figures = tuple(figure(part) for part in parts)
    first = next((f for f in figures if f.value != 0), figures[0])
    for other in figures:
        not_mixed(first, other)
    return Figure(value, unit=reduce(lambda a, b: _unit(a, "+", b), (f.unit for f in figures)), how="+", parts=figures)


def depth(f: Figure) -> int:
    """How many figures stand above each other, at most, in what a figure was made of."""
    known: dict[int, int] = {}
    open_ = [f]
    while open_:  # no calls within calls: it is asked because those have an end
        below = (*open_[-1].parts, *open_[-1].deciders)
        unknown = [part for part in below if id(part) not in known]
        if unknown:
            open_ += unknown
        else:
            one = open_.pop()
            known[id(one)] = 1 + max((known[id(part)] for part in below), default=0)
    return known[id(f)]


def lines(f: Figure) -> int:
    """How many figures an explanation tells that tells each as often as it stands there."""
    known: dict[int, int] = {}

    def count(one: Figure) -> int:
        if id(one) not in known:
            known[id(one)] = 1 + sum(map(count, named_parts(one)))
        return known[id(one)]

    return count(f)


def no_money(x: Any, what: str) -> Any:
    """The same number. Raises Mixed for a figure that is money, where `what` belongs."""
    if isinstance(x, Figure) and x.value != 0 and x.unit in MONEY:
        raise Mixed("{} is money, where " + what + " belong", x)
    return x


def figure(x: Any, name: str = "", unit: Unit = "number", at: Location | None = None) -> Figure:
    """A given number as a Figure; a Figure stays as it is."""
    return x if isinstance(x, Figure) else Figure(Fraction(x), name=name, unit=unit, at=at)


def label(f: Figure) -> str:
    """`achievement 89%`, or only the number where it has no name."""
    return f"{f.name} {shown(f)}".strip()


def shown(f: Figure) -> str:
    """A figure's value as people write it; `…` stands for digits that were cut, so that nothing shown pretends to be whole."""
    match f.unit:
        case "pence" | "cents":
            return pounds(f.value, MARKS[f.unit])
        case "ratio":
            return percent(f.value)
        case "patients":
            return decimal(f.value, 6, group=True)
        case _:
            return decimal(f.value, 6)


def percent(value: Fraction, places: int = 4) -> str:
    """`89%`, `94.9874…%`."""
    return decimal(value * 100, places) + "%"


def how_many(n: int, thing: str) -> str:
    """`1 network`, `1,250 networks`: for things whose many is made with an s."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def pounds(pence: Fraction, mark: str = "£") -> str:
    """`£1,254.00`, `£112.4375`, `-£3.00`; more than two decimals only where the amount is not whole pence."""
    text = decimal(abs(pence) / 100, 6, least_places=2, group=True)
    return f"-{mark}{text}" if pence < 0 else f"{mark}{text}"


def decimal(value: Fraction, places: int, least_places: int = 0, group: bool = False) -> str:
    """A fraction as decimal text, exact where it fits in `places`, else cut (never rounded) and marked with `…`."""
    sign = "-" if value < 0 else ""
    scaled = abs(value) * 10**places
    digits, cut = int(scaled), scaled.denominator != 1
    units, rest = divmod(digits, 10**places)
    fraction = f"{rest:0{places}d}" if places else ""
    if not cut:
        fraction = fraction.rstrip("0").ljust(least_places, "0")
    head = f"{units:,}" if group else str(units)
    return f"{sign}{head}{'.' + fraction if fraction else ''}{'…' if cut else ''}"


MONEY: tuple[Unit, ...] = ("pence", "cents")

#: The mark of money, by the unit in which it is counted.
MARKS: dict[Unit, str] = {"pence": "£", "cents": "$"}

#: The unit in which amounts of a currency are counted.
CURRENCIES: dict[str, Unit] = {"GBP": "pence", "USD": "cents"}

#: The units, the one that wins in a product first.
UNITS: tuple[Unit, ...] = ("pence", "cents", "patients", "ratio", "number")


def _unit(a: Unit, sign: str, b: Unit) -> Unit:
    if sign in "+−":
        return a if a != "number" else b
    if sign == "÷":
        return "ratio" if a == b else a
    return next(u for u in UNITS if u in (a, b))


def formula(f: Figure, of: Callable[[Figure], str] | None = None) -> str:
    """How a figure was made, in the names of its parts; with `of=shown`, in their numbers. Empty for a given figure."""
    say = of or (lambda part: part.name or shown(part))

    def inside(part: Figure) -> str:
        return say(part) if part.name or not part.how else formula(part, of)

    if f.how in OPERATORS:
        same = "+−" if f.how in "+−" else "×÷"  # read from the left, a first part of the same rank needs no brackets
        bare = [p.name or p.how not in OPERATORS or (n == 0 and p.how in same) for n, p in enumerate(f.parts)]
        terms = [inside(p) if plain else f"({inside(p)})" for p, plain in zip(f.parts, bare, strict=True)]
        return f" {f.how} ".join(terms)
    if f.how and f.parts:
        terms = [inside(p) for p in f.parts]
        return f"{', '.join(terms)}, {f.how}" if f.how.startswith(AFTER) else f"{f.how} {', '.join(terms)}"
    return ""


def named_parts(f: Figure) -> list[Figure]:
    """The figures a reader is shown below a figure: its named parts, those inside unnamed steps included, then those that decided."""
    out: dict[str, Figure] = {}

    def collect(part: Figure) -> None:
        if part.name:
            out.setdefault(part.name, part)
            return
        for inner in (*part.parts, *part.deciders):
            collect(inner)

    for part in (*f.parts, *f.deciders):
        collect(part)
    return list(out.values())


OPERATORS = ("+", "−", "×", "÷")

#: Steps whose words stand after what they are about.
AFTER = ("rounded", "to whole pence")
