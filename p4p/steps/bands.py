"""Steps that look something up: bands, straight lines, marginal corridors, curves, tables by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from p4p.language.contract import Fault
from p4p.language.curves import Curve
from p4p.language.keys import Places, key, places
from p4p.numbers.exact import ZERO, Figure, choose, least, most, no_money, stands
from p4p.steps.terms import At, Condition, Missing, Term, Word, added


@dataclass(frozen=True, slots=True)
class Band:
    """From which edge on a band holds, and what it gives."""

    word: Word
    edge: Term
    gives: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """A band table: the value of the band in which a number falls, cliffs and not slopes.

    `bands: {at least 2%: £0.20, at least 4%: £0.30}`, `otherwise: £0.00`. Every edge says which side counts: `at least`/`above`, or for a table read from above
    `at most`/`below`; the band that reaches furthest decides. `otherwise` is what a number in no band gives, so that no table is left open.
    """

    kind: ClassVar[str] = "bands"
    of: Term = key("the number that is looked up")
    bands: tuple[Band, ...] = key("edge: what it gives, for each band")
    otherwise: Term = key("what a number in no band gives, or `refuse`")
    places: Places = places()

    def value(self, at: At) -> Any:
        """What the furthest band reached gives."""
        x = at(self.of)
        bands = self._in_order(at)
        if self.otherwise.text == "refuse":
            result: Any = ZERO
            reached = [b for b in bands if _plain(stands(x, b.word, at(b.edge)))]
            if not reached:
                raise Missing(
                    f"{self.of} is in no band", "correct the figure, or say in the contract what it gives (otherwise)", self.otherwise.at
                )
        else:
            result = at(self.otherwise)
        for band in bands:
            result = choose(stands(x, band.word, at(band.edge)), at(band.gives), result)
        return result

    def _in_order(self, at: At) -> tuple[Band, ...]:
        """The bands, the one that reaches furthest last; edges that are names are put in order here."""
        if all(b.edge.value is not None for b in self.bands):
            return self.bands
        edges = {(getattr(edge, "value", edge), b.word in ("above", "at most")): b for b in self.bands for edge in [at(b.edge)]}
        if len(edges) < len(self.bands):
            raise Missing("two bands stand at the same edge", "correct the figures, or keep one of them", self.places.get("bands"))
        downwards = self.bands[0].word in ("at most", "below")
        return tuple(edges[edge] for edge in sorted(edges, reverse=downwards))

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        ways = {b.word in ("at least", "above") for b in self.bands}
        if len(ways) > 1:
            return [("bands", "the bands mix `at least`/`above` with `at most`/`below`", "use one direction for the whole table")]
        edges = [(b.edge.value, b.word) for b in self.bands if b.edge.value is not None]
        if len(set(edges)) < len(edges):
            return [("bands", "two bands stand at the same edge", "keep one of them")]
        return []

    def says(self) -> str:
        """The rule in words."""
        return f"by {self.of}: " + "; ".join(f"{b.word} {b.edge}: {b.gives}" for b in self.bands) + f"; otherwise {self.otherwise}"


def _plain(verdict: Any) -> bool:
    return bool(getattr(verdict, "holds", verdict))


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line between two numbers: from where to where, and what it gives at each end."""

    start: Fraction
    end: Fraction
    first: Term
    last: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLines:
    """Straight lines between given points, such as a minimum savings rate by number of members.

    `segments: {500 to 999: 12.2% to 8.7%, 1000 to 2999: 8.7% to 5.0%}`: at 500 it gives 12.2%, at 999 8.7%, between them in proportion to the distance
    (divided by 999 less 500). A number in no segment gives `below` or `above`, or is refused.
    """

    kind: ClassVar[str] = "line"
    of: Term = key("the number that is looked up")
    segments: tuple[Segment, ...] = key("from to: what it gives at the two ends")
    below: Term = key("what a number below the first segment gives, or `refuse`")
    above: Term = key("what a number above the last segment gives, or `refuse`")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The value on the line."""
        x = at(self.of)
        plain = getattr(x, "value", x)
        if plain < self.segments[0].start:
            return self._beyond(at, self.below, "below the first segment")
        for s in self.segments:
            if plain <= s.end:
                if plain < s.start:
                    raise Missing(
                        f"{self.of} lies between two segments", "a line between whole numbers is for whole numbers", self.places.get("")
                    )
                first, last = at(s.first), at(s.last)
                return first if s.start == s.end else first + (x - s.start) * (last - first) / (s.end - s.start)
        return self._beyond(at, self.above, "above the last segment")

    def _beyond(self, at: At, term: Term, where: str) -> Any:
        if term.text == "refuse":
            raise Missing(f"{self.of} is {where}", "correct the figure, or extend the line", term.at)
        return at(term)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        for s in self.segments:
            if s.end < s.start:
                return [("segments", f"a segment runs from {s.start} back to {s.end}", "the smaller number comes first")]
            if "refuse" in (s.first.text, s.last.text):
                return [
                    (
                        "segments",
                        f"the segment from {s.start} gives `refuse`, which is no number",
                        "leave the segment out to refuse what lies in it",
                    )
                ]
        for one, other in pairwise(self.segments):
            if other.start <= one.end and (other.start != one.end or other.first.value != one.last.value):
                return [("segments", f"two segments hold {other.start}", "let a segment begin after the one before it ends")]
        return []

    def says(self) -> str:
        """The rule in words."""
        return f"by {self.of}, on straight lines: " + "; ".join(f"{s.start} to {s.end}: {s.first} to {s.last}" for s in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridors:
    """Marginal bands, like a tax scale: each part of an amount is shared at the rate of the corridor in which it lies.

    `bands: {up to 5%: 50%, up to 10%: 35%, beyond: 5%}` with `per: benchmark`: the first 5% of the benchmark at 50%, the next 5% at 35%, the rest at 5%.
    For an amount below zero the same corridors run downwards. The outcomes are the parts: `corridor_1` for the first, and so on.
    """

    kind: ClassVar[str] = "corridors"
    of: Term = key("the amount that is shared, such as a saving")
    per: Term = key("what the corridors are percentages of, such as the benchmark")
    bands: tuple[tuple[Term | None, Term], ...] = key("up to edge: share, for each corridor, and beyond: share")
    places: Places = places()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Each corridor, by its number."""
        return tuple(f"corridor_{n}" for n in range(1, len(self.bands) + 1))

    def value(self, at: At) -> Any:
        """The shares of all corridors together."""
        amount, base = at(self.of), at(self.per)
        size = choose(amount >= ZERO, amount, ZERO - amount)
        out: dict[str, Any] = {}
        before: Any = ZERO
        for name, (edge, share) in zip(self.outcomes, self.bands, strict=True):
            end = None if edge is None else at(edge) * base
            if end is not None and _plain(end < before):
                raise Missing(
                    f"the corridor up to {edge} of {self.per} ends before it begins", "correct the figures", self.places.get("bands")
                )
            upper = size if end is None else least(size, end)
            part = most(upper - before, ZERO) * at(share)
            out[name] = choose(amount >= ZERO, part, ZERO - part)
            before = end
        return {"": added(out.values()), **out}

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        edges = [e.value for e, _ in self.bands if e is not None and e.value is not None]
        if edges != sorted(set(edges)):
            return [("bands", "the corridors are not in order", "write them from the first to the last")]
        if any(e is None for e, _ in self.bands[:-1]) or (self.bands and self.bands[-1][0] is not None):
            return [("bands", "the last corridor has an end", "close the table with beyond: the share of everything further")]
        return []

    def says(self) -> str:
        """The rule in words."""
        parts = (f"up to {e} of {self.per} at {s}" if e is not None else f"beyond that at {s}" for e, s in self.bands)
        return f"{self.of} shared by corridors: {', '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveStep:
    """The share that an achievement earns on one of the curves: all_or_nothing, linear, tiered or stepped.

    `{kind: curve, of: uptake, curve: {kind: linear, lower: 60%, upper: 80%}}`.
    """

    kind: ClassVar[str] = "curve"
    of: Term = key("the achievement")
    curve: Curve = key("how achievement becomes a share")
    places: Places = places()

    def value(self, at: At) -> Any:
        """The share earned, from 0 to 1."""
        share = self.curve.share(no_money(at(self.of), "shares such as 80%"))
        return replace(share, unit="ratio") if isinstance(share, Figure) else share

    def says(self) -> str:
        """The rule in words."""
        return f"the share that {self.of} earns: {self.curve.says()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A table by name: a track, a zone, a period.

    `by: [zone, level]` and `rows: {rural * : 10%, rural remote: 20%}`: one word for each key, `*` for any; the row with the fewest `*` decides, the earlier one on a tie.
    `otherwise` is what a name in no row gives, or `refuse`.
    """

    kind: ClassVar[str] = "lookup"
    by: tuple[Term, ...] = key("the measures that are looked up, in brackets: [track]")
    rows: tuple[tuple[str, Term], ...] = key("words: what they give")
    otherwise: Term = key("what is given where no row fits, or `refuse`")
    places: Places = places()

    def value(self, at: At) -> Any:
        """What the most particular row that fits gives."""
        words = [_word(at, term) for term in self.by]
        fits = [(row.split().count("*"), term) for row, term in self.rows if _fits(row.split(), words)]
        if fits:
            return at(min(fits, key=lambda fit: fit[0])[1])
        if self.otherwise.text == "refuse":
            raise Missing(
                f"there is no row for {' '.join(words)}", "add it to the table, or say what it gives (otherwise)", self.otherwise.at
            )
        return at(self.otherwise)

    def faults(self) -> list[Fault]:
        """What contradicts itself here."""
        wrong = [row for row, _ in self.rows if len(row.split()) != len(self.by)]
        if wrong:
            return [
                (
                    "rows",
                    f'the row "{wrong[0]}" has {len(wrong[0].split())} words, and {len(self.by)} are looked up',
                    "give each key a word, or *",
                )
            ]
        return []

    def says(self) -> str:
        """The rule in words."""
        keys = " and ".join(str(t) for t in self.by)
        return f"by {keys}: " + "; ".join(f"{row}: {term}" for row, term in self.rows) + f"; otherwise {self.otherwise}"


def _word(at: At, term: Term) -> str:
    value = at(term)
    return str(getattr(value, "value", value))


def _fits(row: list[str], words: list[str]) -> bool:
    return all(cell in ("*", word) for cell, word in zip(row, words, strict=True))


def reads(conditions: tuple[Condition, ...]) -> str:
    """Conditions as a sentence says them."""
    return " and ".join(str(c) for c in conditions)
