"""A network's payment passed on to its practices, to the penny and never more than was received.

The contract pays the network; how the network shares is its own affair, so the base is named on the command line and not in the contract. A practice that
was a member for part of the quarter counts for its months; whoever closed passes its list on to its successor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from p4p.counts.members import Members
from p4p.numbers.errors import InputError, Location, MismatchError, Problem, UsageError, did_you_mean
from p4p.numbers.exact import ZERO, percent
from p4p.numbers.money import divided, grouped
from p4p.settling.evidence import evidence
from p4p.settling.settlement import Settlement

EQUAL, CONTRIBUTION, PERCENT, REGISTER = "equal", "contribution", "percent", "register:"

STATED = "stated percentages"


@dataclass(frozen=True, slots=True)
class Pot:
    """A part of the payment that is shared by one base: `what` it is, whole pence, and the base in words."""

    what: str
    pence: int
    by: str


@dataclass(frozen=True, slots=True)
class PracticeShare:
    """A practice's part of the payment. `parts` are its pence of each pot, in their order; `weights` what stands behind them, nothing where it has no part in a pot.

    `months`: how many months of the quarter it was a member.
    """

    practice: str
    name: str
    months: int
    weights: tuple[Fraction, ...]
    parts: tuple[int, ...]

    @property
    def amount(self) -> int:
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class ShareOut:
    """A network's payment and its practices' parts of it, in the order of their codes: `received` = the parts and what the network keeps."""

    settlement: Settlement
    network: str
    by: str
    received: int
    pots: tuple[Pot, ...]
    shares: tuple[PracticeShare, ...]
    kept: int
    notes: tuple[str, ...]

    @property
    def passed_on(self) -> int:
        return sum(s.amount for s in self.shares)

    def part(self, share: PracticeShare) -> Fraction | None:
        """A practice's part of what was received, exact; None where nothing was."""
        return Fraction(share.amount, self.received) if self.received else None


Weights = Mapping[str, Fraction]


def share_out(
    settlement: Settlement,
    network: str,
    by: str,
    *,
    rest_by: str | None = None,
    percents: Mapping[str, Fraction] | None = None,
    list_date: date | None = None,
) -> ShareOut:
    """Pass what a network is paid in the quarter settled on to its practices.

    `by`: `equal`, the name of a list, `register:` with an indicator (its eligible patients), `contribution` (what each indicator earned, by its practices'
    patients; upfront money and adjustments by `rest_by`, any of the others), or `percent` (`percents`, at most 100% together; the network keeps the rest).

    Raises UsageError where the base is not known or says nothing, InputError where a practice lacks what the base counts.
    """
    if network not in settlement.by_network:
        raise UsageError(f"{network} has no practice in {settlement.period}: there is nothing to share")
    months = _membership(settlement.members, network, settlement)
    totals, base = settlement.by_network[network], _Base(settlement, network, months, list_date)
    notes: list[str] = []
    if by == CONTRIBUTION:
        if rest_by is None or rest_by == CONTRIBUTION:
            raise UsageError("upfront money has no contribution: name its base too, such as --rest-by equal")
        pots, weights, notes = _by_contribution(settlement, network, base, rest_by, percents)
    else:
        if rest_by is not None:
            raise UsageError("--rest-by goes with --by contribution only: every other base shares the whole payment")
        pots, weights = [Pot("payment", totals.payable, base.words(by))], [base.weights(by, percents)]
    shares: dict[str, list[int]] = {code: [] for code in months}
    kept = 0
    for pot, by_practice in zip(pots, weights, strict=True):
        kept_share = 1 - sum(by_practice.values(), ZERO) if pot.by == STATED else ZERO
        *parts, rest = divided(pot.pence, [*(by_practice.get(code, ZERO) for code in months), kept_share])
        kept += rest
        for code, pence in zip(months, parts, strict=True):
            shares[code].append(pence)
    out = ShareOut(
        settlement=settlement,
        network=network,
        by=by,
        received=totals.payable,
        pots=tuple(pots),
        shares=tuple(
            PracticeShare(
                code,
                settlement.members.practices[code].name,
                len(spell),
                tuple(w.get(code, ZERO) for w in weights),
                tuple(shares[code]),
            )
            for code, spell in months.items()
        ),
        kept=kept,
        notes=tuple(notes),
    )
    return _checked(out)


def _checked(out: ShareOut) -> ShareOut:
    if out.passed_on + out.kept != out.received:
        what = f"the parts come to {grouped(out.passed_on + out.kept)} and the payment to {grouped(out.received)}"
        raise MismatchError([Problem(None, what, "this is a fault of p4p: please report it with the files")])
    return out


def _membership(members: Members, network: str, settlement: Settlement) -> dict[str, list[int]]:
    """The months of the quarter in which each practice was a member, by code."""
    out: dict[str, list[int]] = {}
    for month in settlement.quarters[0].months:
        for code in members.members(network, month):
            out.setdefault(code, []).append(month)
    return dict(sorted(out.items()))


@dataclass(frozen=True, slots=True)
class _Base:
    """What a payment can be shared by, for the practices of a network in a quarter."""

    settlement: Settlement
    network: str
    months: Mapping[str, Sequence[int]]
    list_date: date | None

    def words(self, by: str) -> str:
        """The base as a reader is told of it."""
        if by == EQUAL:
            return "equal parts"
        if by.startswith(REGISTER):
            return f"eligible patients of {by.removeprefix(REGISTER)}"
        return STATED if by == PERCENT else f"{by} of {self._date(by)}"

    def weights(self, by: str, percents: Mapping[str, Fraction] | None) -> dict[str, Fraction]:
        """Each practice's weight. Raises UsageError or InputError where there is none to be had."""
        if (by == PERCENT) != bool(percents):
            raise UsageError("say the percentages: --percent CODE=20%" if by == PERCENT else "--percent goes with --by percent")
        if by == PERCENT:
            assert percents is not None
            return self._stated(percents)
        if by == EQUAL:
            found = {code: Fraction(len(spell), 3) for code, spell in self.months.items()}
        elif by.startswith(REGISTER):
            found = self._register(by.removeprefix(REGISTER))
        else:
            found = self._list(by)
        if not any(found.values()):
            raise UsageError(f"no practice of {self.network} has any patients in the {self.words(by)}: share by something else")
        return found

    def _stated(self, percents: Mapping[str, Fraction]) -> dict[str, Fraction]:
        problems = [
            Problem(None, f"{code} is no practice of {self.network} in {self.settlement.period}", did_you_mean(code, self.months))
            for code in percents
            if code not in self.months
        ]
        total = sum(percents.values(), ZERO)
        if total > 1:
            problems.append(Problem(None, f"the percentages add to {percent(total)}: more than was received", "lower one of them"))
        if problems:
            raise UsageError(problems)
        return dict(percents)

    def _register(self, indicator: str) -> dict[str, Fraction]:
        contract = self.settlement.contract
        if indicator not in contract.indicators:
            raise UsageError(f'there is no indicator "{indicator}": {did_you_mean(indicator, contract.indicators)}'.rstrip(": "))
        counts = evidence(self.settlement, indicators=[indicator]).get((self.network, indicator), ())
        if not counts:
            raise UsageError(f"{indicator} is counted by network, so no practice has a register of it")
        lacking = [c.practice for c in counts if c.missing or c.withheld]
        if lacking:
            sources = self.settlement.activity.sources
            at = Location(sources[0].file) if sources else None
            hint = "a missing count is not zero: give the counts, or share by something else"
            raise InputError(Problem(at, f"{code} has counts of {indicator} missing or withheld", hint) for code in lacking)
        return {c.practice: Fraction(c.eligible) for c in counts}

    def _date(self, name: str) -> date:
        """The date of the list: that named, the only one, or the only one on which every practice has an entry."""
        lists = self.settlement.members.lists
        dates = sorted(day for known, day in lists if known == name)
        if not dates:
            bases = [EQUAL, CONTRIBUTION, PERCENT, *dict.fromkeys(known for known, _ in lists)]
            hint = did_you_mean(name, bases) or f"known here: {', '.join(bases)}"
            raise UsageError([Problem(None, f'there is no list "{name}", and no other base of that name', hint)])
        if self.list_date is not None:
            if self.list_date not in dates:
                raise UsageError(f"there is no {name} of {self.list_date}: it is dated {', '.join(map(str, dates))}")
            return self.list_date
        whole = [day for day in dates if all(code in lists[name, day] for code in self.months)]
        if len(whole) == 1 or len(dates) == 1:
            return (whole or dates)[0]
        if whole:
            raise UsageError(f"the {name} is dated {', '.join(map(str, whole))}: say which with --list-date")
        lacking = (f"that of {day} lacks {', '.join(c for c in self.months if c not in lists[name, day])}" for day in dates)
        hint = "give the patients of all of them at one date in a lists file, or share by something else"
        raise UsageError([Problem(None, f"no {name} has all practices of {self.network}: {'; '.join(lacking)}", hint)])

    def _list(self, name: str) -> dict[str, Fraction]:
        """Patients on a list, a third for each month of membership; the lists of practices that have closed with those of their successors."""
        members, day = self.settlement.members, self._date(name)
        sizes = members.lists[name, day]
        out, told = dict.fromkeys(self.months, ZERO), dict[str, Problem]()
        for code, spell in self.months.items():
            for month in spell:
                for own in (code, *_merged_into(members, code, month)):
                    if own in sizes:
                        out[code] += Fraction(sizes[own], 3)
                    elif own == code:
                        at = members.practices[code].stays[-1].at
                        hint = "give its patients in a lists file, or share by something else"
                        told.setdefault(code, Problem(at, f"{code} has no entry on the {name} of {day}", hint))
        if told:
            raise InputError(told.values())
        return out


def _merged_into(members: Members, code: str, month: int) -> list[str]:
    """The practices that had closed by a month and whose patients are this practice's now, through others in between too."""
    out: list[str] = []
    for practice in members.practices.values():
        last = practice.stays[-1]
        if last.successor == code and last.last is not None and last.last < month:
            out += [practice.code, *_merged_into(members, practice.code, month)]
    return out


def _heir(members: Members, code: str, here: Mapping[str, Sequence[int]]) -> str | None:
    """Who is paid for a practice's patients: itself where it is a member, else the practice it was merged into, if that is one."""
    while code not in here:
        successor = members.practices[code].stays[-1].successor
        if successor is None:
            return None
        code = successor
    return code


def _by_contribution(
    settlement: Settlement, network: str, base: _Base, rest_by: str, percents: Mapping[str, Fraction] | None
) -> tuple[list[Pot], list[Weights], list[str]]:
    """What each indicator earned by its practices' patients; upfront money and adjustments by the other base."""
    rest, words, totals = base.weights(rest_by, percents), base.words(rest_by), settlement.by_network[network]
    pots, weights, notes = [Pot("upfront", totals.upfront, words)], list[Weights]([rest]), []
    if totals.adjustments:
        pots.append(Pot("adjustments", totals.adjustments, words))
        weights.append(rest)
    counts = evidence(settlement)
    for line in settlement.lines_of(network):
        if not line.earned:
            continue
        higher = line.terms.curve.direction == "higher is better"
        own: dict[str, Fraction] = {}
        for c in counts.get((network, line.indicator), ()):
            heir = _heir(settlement.members, c.practice, base.months)
            won = c.numerator if higher else c.eligible - c.numerator
            if heir is not None:
                own[heir] = own.get(heir, ZERO) + won
            elif won:
                notes.append(f"{line.indicator}: {c.practice} helped to earn it and is no longer a member, so the others share its part")
        by = f"each practice's patients {'' if higher else 'not '}in the numerator"
        if not any(own.values()):
            notes.append(f"{line.indicator}: no practice has patients that earned it, so it is shared by {words}")
            own, by = rest, words
        pots.append(Pot(line.indicator, line.earned, by))
        weights.append(own)
    return pots, weights, notes
