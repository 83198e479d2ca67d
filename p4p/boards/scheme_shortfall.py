"""What more patients would have paid under a contract with `payments`: to the next threshold, to the best, and all of them.

The steps are whatever the contract makes of them, so the money is found by settling again with other counts: gates, limits, factors, parts of a pot
and what was paid before are all in it. Whoever reads such a settlement sees what was offered and not earned; here is what would have earned it.
Patients move in the counts that end with the last month asked: of a year of quarterly payments in its last quarter, where counts are of the period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from p4p.boards.shortfall import Reach
from p4p.language.curves import Direction, Threshold
from p4p.numbers.errors import InputError, UsageError
from p4p.numbers.exact import ONE, ZERO
from p4p.numbers.money import largest_remainder
from p4p.settling.chain import SchemeSettlement, own_periods, settle_scheme
from p4p.settling.evidence import PracticeCount
from p4p.settling.runs import Inputs
from p4p.steps.bands import Bands, CurveStep
from p4p.steps.points import Achievement, Points
from p4p.steps.scheme import Payment, Scheme
from p4p.steps.terms import Term, Word, conditions_of, terms_of

#: Why a measure stands where it stands.
Standing = Literal["short", "all reached", "pays no more", "no patients"]

#: The most settlements of a contract in which payees share something, so that each is asked by itself.
MOST_SETTLEMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Scored:
    """A measure of counts on which payments hang, and the thresholds of the curves and conditions that it is put to, the easiest first."""

    measure: str
    title: str
    direction: Direction
    thresholds: tuple[Threshold, ...]

    @property
    def everybody(self) -> Threshold:
        """All who count are in the numerator, or nobody where lower is better."""
        return Threshold(ONE, "at least") if self.direction == "higher is better" else Threshold(ZERO, "at most")

    def full(self, numerator: int, eligible: int) -> int:
        """By how much the numerator moves when everybody is reached: all who count are in it, or nobody where lower is better."""
        return eligible - numerator if self.direction == "higher is better" else -numerator


@dataclass(frozen=True, slots=True)
class Part:
    """A practice's counts of a measure, and its part of the patients to the next and to the best threshold.

    In proportion to its patients not yet reached, by largest remainder, so that the parts add up; None where there is no such threshold.
    """

    count: PracticeCount
    outstanding: int
    to_nearest: int | None
    to_best: int | None


@dataclass(frozen=True, slots=True)
class Short:
    """One payee's counts of one measure, and the money that hangs on them.

    `left`: whole pence that the payee would be paid more with everybody reached, all else as it is; None where it cannot be said: the contract then
    refuses to settle. `nearest`, `best`: the next threshold, and the best that some number of patients reaches; where no curve has one, everybody.
    """

    payee: str
    scored: Scored
    standing: Standing
    numerator: int
    denominator: int
    excluded: int
    left: int | None
    nearest: Reach | None
    best: Reach | None
    practices: tuple[Part, ...] = ()

    @property
    def eligible(self) -> int:
        """Patients who count: the denominator less those excluded."""
        return self.denominator - self.excluded

    @property
    def achievement(self) -> Fraction | None:
        """The share of them reached; None where there is nobody."""
        return Fraction(self.numerator, self.eligible) if self.eligible > 0 else None


@dataclass(frozen=True)
class SchemeShortfall:
    """What more patients would have paid in a period: `short` most first, then by payee and in the order of the contract.

    `left`: pence by payee with everybody reached of every measure at once, most first. It need not be the sum of the measures: a gate may need them all,
    a limit may end the gain. None where the contract refuses to settle that. `shared`: payees share something that hangs on achievements, so that each one's
    money is told as if the others stayed where they are.
    """

    settlement: SchemeSettlement
    payee: str | None
    shared: bool
    short: tuple[Short, ...]
    left: Mapping[str, int | None]

    @property
    def total(self) -> int | None:
        """All payees' `left`, in pence; None where it is no sum: where it cannot be said of one of them, or where one payee's gain is another's loss."""
        known = [pence for pence in self.left.values() if pence is not None]
        return None if len(known) < len(self.left) or (self.shared and len(known) > 1) else sum(known)


def scored(scheme: Scheme, months: range) -> tuple[Scored, ...]:
    """The measures of counts on which payments of some months hang, in the order of the contract, with the thresholds of points, curves, bands and conditions.

    Where two go opposite ways for one measure, the first says which is better.
    """
    found: dict[str, list[Threshold]] = {}
    for payment in scheme.payments.values():
        if any(own_periods(scheme, payment, months)):
            for name, thresholds in _scored_in(payment):
                found.setdefault(name, []).extend(thresholds)
    out = []
    for name, measure in (scheme.measures or {}).items():
        if name in found:
            direction: Direction = found[name][0].direction if found[name] else "higher is better"
            ahead = [t for t in dict.fromkeys(found[name]) if t.direction == direction]
            easiest = sorted(ahead, key=lambda t: (t.ratio, t.word in ("above", "at most")))
            out.append(Scored(name, measure.title, direction, tuple(easiest if direction == "higher is better" else easiest[::-1])))
    return tuple(out)


def shares(scheme: Scheme) -> bool:
    """Whether one payee's patients reached can change what another is paid: whether a step that looks across payees works on numerators, by whatever steps between."""
    payments: set[str] = set()  # that hang on numerators
    for pid, payment in scheme.payments.items():
        hanging: set[str] = set()  # steps that do
        kept = {
            f"{sid}.{name}" for sid, step in payment.steps.items() if isinstance(step, Achievement) for name in ("denominator", "excluded")
        }
        for sid, step in payment.steps.items():
            names = {term.name for term in terms_of(step)} - kept
            if isinstance(step, Achievement | Points) or any(name.partition(".")[0] in hanging | payments for name in names):
                hanging.add(sid)
                if hasattr(step, "across"):
                    return True
        if hanging:
            payments.add(pid)
    return False


def _scored_in(payment: Payment) -> Iterator[tuple[str, tuple[Threshold, ...]]]:
    """The measures of counts that a payment works on, each with the thresholds of a curve, of bands or of a condition, or none."""
    measure_of = {sid: step.of.text for sid, step in payment.steps.items() if isinstance(step, Achievement)}
    for step in payment.steps.values():
        if isinstance(step, Achievement):
            yield step.of.text, ()
        elif isinstance(step, CurveStep) and step.of.text in measure_of:
            yield measure_of[step.of.text], step.curve.thresholds()
        elif isinstance(step, Bands) and step.of.text in measure_of:
            yield measure_of[step.of.text], _written((band.word, band.edge) for band in step.bands)
        elif isinstance(step, Points):
            for iid, indicator in step.indicators.items():
                if indicator.curve is not None:
                    yield indicator.counts.text if indicator.counts else iid, indicator.curve.thresholds()
        for test in conditions_of(step):
            if test.of.text in measure_of:
                yield measure_of[test.of.text], _written([(test.word, test.than)])


def _written(tests: Iterable[tuple[Word, Term]]) -> tuple[Threshold, ...]:
    """The thresholds that stand in the contract as numbers; a name has no number here, nor has the word of an `is`."""
    return tuple(Threshold(than.value, word) for word, than in tests if than.value is not None)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Counts:
    """The counts of a settlement, some of them moved; what was asked for is kept."""

    own: Callable[[str, str, range], tuple[int, int, int] | str]
    moved: Mapping[tuple[str, str, range], int] = field(default_factory=dict)
    asked: dict[tuple[str, str], dict[range, tuple[int, int, int]]] = field(default_factory=dict)

    def __call__(self, payee: str, measure: str, months: range) -> tuple[int, int, int] | str:
        found = self.own(payee, measure, months)
        if isinstance(found, str):  # the settlement is refused then
            return found
        self.asked.setdefault((payee, measure), {})[months] = found
        return found[0] + self.moved.get((payee, measure, months), 0), found[1], found[2]


class _Again:
    """A settlement made again with other counts."""

    def __init__(self, scheme: Scheme, inputs: Inputs, months: range, period: str) -> None:
        self.scheme, self.inputs, self.months, self.period = scheme, inputs, months, period
        counts = _Counts(inputs.counts)
        self.settlement = settle_scheme(scheme, replace(inputs, counts=counts), months, period)
        #: Of each payee and measure the longest time with the last month asked in it, and its counts.
        self.judged: dict[tuple[str, str], tuple[range, tuple[int, int, int]]] = {}
        for key, spans in counts.asked.items():
            here = [span for span in spans if months[-1] in span]
            if here:
                longest = max(here, key=len)
                self.judged[key] = longest, spans[longest]
        self.paid = {code: self.settlement.totals(self.settlement.of(code))["payable"] for code in inputs.payees}
        self.shared = shares(scheme)

    def gains(self, moves: Mapping[str, Mapping[str, int]]) -> dict[str, int | None]:
        """Pence more for each payee whose counts are moved: by payee and measure, patients more in the numerator. None where the contract refuses."""
        if not moves:
            return {}
        if self.shared:  # one payee's patients change what others are paid
            return {payee: self._settled({payee: by})[payee] for payee, by in moves.items()}
        found = self._settled(moves)
        if len(moves) > 1 and None in found.values():  # what is refused of one is refused of all
            return {payee: self._settled({payee: by})[payee] for payee, by in moves.items()}
        return found

    def _settled(self, moves: Mapping[str, Mapping[str, int]]) -> dict[str, int | None]:
        moved = {(payee, measure, self.judged[payee, measure][0]): n for payee, by in moves.items() for measure, n in by.items()}
        try:
            other = settle_scheme(self.scheme, replace(self.inputs, counts=_Counts(self.inputs.counts, moved)), self.months, self.period)
        except InputError:
            return dict.fromkeys(moves)
        return {payee: other.totals(other.of(payee))["payable"] - self.paid[payee] for payee in moves}


def scheme_shortfall(scheme: Scheme, inputs: Inputs, months: range, period: str, payee: str | None = None) -> SchemeShortfall:
    """What more patients would have paid in some months, to one payee or to all.

    Raises InputError where the period cannot be settled, UsageError where nothing is settled in it or paid on counts, or where payees share something and there are too
    many to be asked one by one.
    """
    again = _Again(scheme, inputs, months, period)
    measures = scored(scheme, months)
    if not measures:
        raise UsageError(f"no payment of {period} hangs on counts: there are no patients to be short of")
    whose = list(inputs.payees) if payee is None else [payee]
    if again.shared and (needed := len(whose) * (3 * len(measures) + 1)) > MOST_SETTLEMENTS:
        raise UsageError(
            f"payees share in this contract, so each is settled by itself with other counts: {needed:,} settlements are more than {MOST_SETTLEMENTS:,}; "
            "ask one by one, with --network CODE"
        )
    short = [one for measure in measures for one in _short(again, measure, whose)]
    everything: dict[str, dict[str, int]] = {}
    for one in short:
        everything.setdefault(one.payee, {})[one.scored.measure] = one.scored.full(one.numerator, one.eligible)
    left: dict[str, int | None] = dict.fromkeys(whose, 0)
    left |= again.gains(everything)
    order = {measure.measure: place for place, measure in enumerate(measures)}
    short.sort(key=lambda one: (-(one.left or 0), one.payee, order[one.scored.measure]))
    first = sorted(left, key=lambda code: (-(left[code] or 0), code))
    return SchemeShortfall(again.settlement, payee, again.shared, tuple(short), {code: left[code] for code in first})


def _short(again: _Again, scored: Scored, whose: list[str]) -> Iterator[Short]:
    """One measure of every payee."""
    judged = {code: again.judged[code, scored.measure] for code in whose if (code, scored.measure) in again.judged}
    out = (again.scheme.measures or {})[scored.measure].excluded == "already out"
    counted = {code: (n, d, 0 if out else e) for code, (_, (n, d, e)) in judged.items()}
    ahead: dict[str, list[Threshold]] = {}
    for code, (n, d, e) in counted.items():
        if d - e > 0:
            thresholds = scored.thresholds or (scored.everybody,)
            ahead[code] = [t for t in thresholds if not t.reached(Fraction(n, d - e))]
    full = {code: {scored.measure: move} for code in ahead if (move := scored.full(counted[code][0], counted[code][1] - counted[code][2]))}
    left: dict[str, int | None] = dict.fromkeys(ahead, 0)
    left |= again.gains(full)
    reaches = _reaches(again, scored, counted, ahead)
    for code, (n, d, e) in counted.items():
        if code not in ahead:
            yield Short(code, scored, "no patients", n, d, e, 0, None, None)
            continue
        nearest, best = reaches.get(code, (None, None))
        most = left[code] or 0
        if most > max(
            (reach.gain or 0 for reach in (nearest, best) if reach is not None), default=0
        ):  # money that goes on beyond every threshold
            best = Reach(scored.everybody, abs(scored.full(n, d - e)), most)
            nearest = nearest or best
        gains = [left[code], *(reach.gain for reach in (nearest, best) if reach is not None and reach.patients is not None)]
        pays = any(gain is None or gain > 0 for gain in gains)
        standing: Standing = "short" if pays else "all reached" if not ahead[code] else "pays no more"
        parts = _parts(again, scored, code, judged[code][0], nearest, best) if standing == "short" else ()
        yield Short(code, scored, standing, n, d, e, left[code], nearest, best, parts)


def _reaches(
    again: _Again, scored: Scored, counted: Mapping[str, tuple[int, int, int]], ahead: Mapping[str, list[Threshold]]
) -> dict[str, tuple[Reach, Reach]]:
    """The next threshold of each payee, and the best that some number of patients reaches (the next one where none does), with their money."""
    sign = 1 if scored.direction == "higher is better" else -1

    def gap(code: str, threshold: Threshold) -> int | None:
        n, d, e = counted[code]
        return threshold.gap(n, d - e)

    near = {code: thresholds[0] for code, thresholds in ahead.items() if thresholds}
    far = {code: next((t for t in reversed(ahead[code]) if gap(code, t) is not None), near[code]) for code in near}

    def reached(targets: Mapping[str, Threshold]) -> dict[str, Reach]:
        moves = {code: {scored.measure: sign * patients} for code, t in targets.items() if (patients := gap(code, t)) is not None}
        gains = again.gains(moves)
        return {code: Reach(t, gap(code, t), gains.get(code)) for code, t in targets.items()}

    nearest = reached(near)
    best = reached({code: t for code, t in far.items() if t != near[code]})
    return {code: (nearest[code], best.get(code, nearest[code])) for code in near}


def _parts(again: _Again, scored: Scored, payee: str, months: range, nearest: Reach | None, best: Reach | None) -> tuple[Part, ...]:
    """The practices of a network, each with its part of the patients."""
    out = (again.scheme.measures or {})[scored.measure].excluded == "already out"
    counts = [PracticeCount(code, n, d, 0 if out else e) for code, n, d, e in again.inputs.practices(payee, scored.measure, months)]
    outstanding = [count.outstanding(scored.direction) for count in counts]

    def shares(reach: Reach | None) -> list[int | None]:
        if reach is None or reach.patients is None:
            return [None] * len(counts)
        return list(largest_remainder(reach.patients, outstanding))

    return tuple(Part(*each) for each in zip(counts, outstanding, shares(nearest), shares(best), strict=True))
