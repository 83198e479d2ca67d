"""One payment as a tree of figures: from pence down to the contract's lines and the rows of the activity files.

The figures are made by the very rules that settle (`rules`, `curves`), run on a kind of number that remembers how it was made. The result must
equal the settled pence, or there is no explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from p4p.counts.roster import Row
from p4p.language.contract import Each, Package, PerPatient, SharedAmongEarners, Total
from p4p.language.curves import with_numbers
from p4p.numbers.errors import MismatchError, Problem, UsageError
from p4p.numbers.exact import ONE, ZERO, Figure, Unit, decimal, figure, shown
from p4p.numbers.period import Quarter, long_date
from p4p.settling import entitlement, rules
from p4p.settling.settlement import Line, Settlement


def explain(settlement: Settlement, network: str, indicator: str | None = None, *, rows: bool = True) -> Figure:
    """What a network is paid in the quarter settled, or what one indicator earns it, as a figure whose parts lead down to the files.

    Without `rows` it stops at the network's counts, and no file is read again: for statements of a thousand networks.

    Raises UsageError where nothing is paid that could be explained, and MismatchError if the explanation does not come to the settled pence.
    """
    quarter = settlement.quarters[0]
    if network not in settlement.by_network:
        raise UsageError(f"{network} has no practice in {quarter}: there is nothing to explain")
    if indicator is None:
        figure_of, settled = _payable(settlement, network, quarter, rows), settlement.by_network[network].payable
    else:
        line = next(settlement.lines_of(network, quarter, indicator), None)
        if line is None:
            raise UsageError(f"{indicator} is judged once a year, in Q4: there is nothing to explain in {quarter}")
        figure_of, settled = _earned(settlement, line, rows), line.earned
    if figure_of.value != settled:
        what = f"the explanation of {network} comes to {shown(figure_of)} and the settlement to {shown(figure(settled, unit='pence'))}"
        raise MismatchError([Problem(None, what, "this is a fault of p4p: please report it with the files")])
    return figure_of


def _payable(settlement: Settlement, network: str, quarter: Quarter, rows: bool) -> Figure:
    parts = [part for pid in settlement.contract.packages for part in _package(settlement, pid, network, quarter, rows)]
    return replace(_sum(parts, f"payable to {network}"), about=f"{settlement.members.networks[network]}, {quarter}")


def _sum(parts: list[Figure], name: str, unit: Unit = "pence") -> Figure:
    total = sum((p.value for p in parts), ZERO)
    return Figure(total, name=name, unit=unit, how="+", parts=tuple(parts))


def _package(settlement: Settlement, pid: str, network: str, quarter: Quarter, with_rows: bool) -> Iterator[Figure]:
    """The upfront payment of a package, what each indicator earned, and what was shared again."""
    package = settlement.package(pid)
    value = _quarter_value(settlement, pid, network, quarter, with_rows)
    yield _upfront(settlement, pid, value, quarter)
    for line in settlement.lines_of(network, quarter):
        if line.package == pid:
            yield _earned(settlement, line, with_rows)
    performance = package.performance
    if performance and isinstance(performance.unearned, SharedAmongEarners):
        rows = settlement.packages.filter(settlement.packages["package"] == settlement.package_ids.index(pid))
        shared = dict(rows.select("network", "shared").iter_rows())
        total = figure(
            sum(shared.values()), f"{pid}: unearned money shared again, all networks", "pence", performance.unearned.places.get("")
        )
        yield Figure(
            Fraction(shared[settlement.network_codes.index(network)]),
            f"{pid}: share of unearned money",
            "pence",
            "its part, in proportion to earned, by largest remainder, of",
            (total,),
        )


def _upfront(settlement: Settlement, pid: str, value: Figure, quarter: Quarter) -> Figure:
    package = settlement.package(pid)
    first, last = package.split.at(quarter.months[0]), package.split.at(quarter.months[-1])
    if first == last:
        share = figure(first.upfront, f"{pid}: upfront share", "ratio", first.places.get("upfront"))
    else:
        share = figure(
            package.split.upfront(quarter), f"{pid}: upfront share, three months in equal parts", "ratio", package.split.places.get("")
        )
    paid = _as(rules.upfront(value, share, settlement.contract.mode), f"{pid}: upfront")
    return replace(paid, about=package.title)


def _as(f: Figure, name: str) -> Figure:
    return f.named(name)


def _quarter_value(settlement: Settlement, pid: str, network: str, quarter: Quarter, rows: bool) -> Figure:
    package, contract = settlement.package(pid), settlement.contract
    year = _year_value(settlement, pid, package, network, rows)
    earlier = sum(package.spread[: quarter.number - 1], ZERO)
    to_date = figure(
        earlier + package.spread[quarter.number - 1], f"part of the year up to Q{quarter.number}", "ratio", package.places.get("spread")
    )
    before = figure(earlier, f"part of the year before Q{quarter.number}", "ratio", package.places.get("spread")) if earlier else ZERO
    return _as(rules.quarter_value(year, before, to_date, contract.mode), f"{pid}: value of Q{quarter.number}")


def _year_value(settlement: Settlement, pid: str, package: Package, network: str, rows: bool) -> Figure:
    contract, value = settlement.contract, package.value
    name = f"{pid}: value for {settlement.quarters[0].year}"
    if isinstance(value, Each):
        return figure(value.each, name, "pence", value.places.get("each"))
    if isinstance(value, PerPatient):
        price = figure(value.price, f"{pid}: price for each patient", "pence", value.places.get("price"))
        name_of_list = f"patients, {value.per} of {long_date(value.as_at)}"
        patients = figure(settlement.patients[pid][network], name_of_list, "patients", value.places.get("per"))
        if rows:
            patients = replace(patients, evidence=_on_list(settlement, package, network, value.per, value.as_at))
        for supposed in settlement.assumptions.lists:
            if supposed.network in (None, network):
                factor = figure(supposed.factor, "the list supposed, as a part of the one counted", "ratio", supposed.at)
                patients = _as(patients * factor, "patients supposed")
        return _as(rules.year_value(price, patients, contract.mode), name)
    assert isinstance(value, Total)
    total = figure(value.total, f"{pid}: total for all networks", "pence", value.places.get("total"))
    values = settlement.year_values[pid]
    weights: dict[str, Fraction] = settlement.weights[pid] or dict.fromkeys(values, ONE)
    part, whole = (decimal(w, 2, group=True) for w in (weights[network], sum((weights[code] for code in values), ZERO)))
    how = f"{part} of {whole} parts ({value.shared_by}), by largest remainder, of"
    own = _on_list(settlement, package, network, value.shared_by, value.as_at) if rows and value.as_at else ()
    return Figure(Fraction(values[network]), name, "pence", how, (total,), evidence=own)


def _on_list(settlement: Settlement, package: Package, network: str, on_list: str, as_at: date) -> tuple[str, ...]:
    """The rows that say how many patients a network has on the list that its value is made of."""
    behind = settlement.members.behind(network, entitlement.opening_month(settlement.contract, package))
    return settlement.members.told_of_list(on_list, as_at, behind)


def _earned(settlement: Settlement, line: Line, rows: bool) -> Figure:
    """What a line earned, by the same rule that settled it."""
    performance, iid = line.performance, line.indicator
    share, own = _share(settlement, line, rows), _own(settlement, line, rows)
    available = own
    if line.brought_forward:
        brought = figure(
            line.brought_forward, f"{iid}: carried forward from the quarter before", "pence", performance.places.get("unearned")
        )
        available = _as(own + brought, f"{iid}: available with what was carried forward")
    to_date, before = own, None
    earlier: list[Line] = []
    if performance.catches_up or performance.claws_back:
        earlier = [e for q in line.quarter.to_date[:-1] for e in settlement.lines_of(line.network, q, iid)]
    if earlier:
        parts = [figure(e.available, f"{iid}: available in Q{e.quarter.number}", "pence") for e in earlier]
        to_date = _sum([own, *parts], f"{iid}: available to date")
        parts = [figure(e.earned, f"{iid}: earned in Q{e.quarter.number}", "pence") for e in earlier]
        before = _sum(parts, f"{iid}: earned in earlier quarters")
    earned = _prefixed(iid, rules.earned(performance, settlement.contract.mode, share, available, to_date, before))
    if earned.name != f"{iid}: own" or earned.because:  # the rule chose between two figures: say which, and show both
        how = "what is due:" if not earned.because else f"the {'larger' if performance.catches_up else 'smaller'} of own and due:"
        chosen = replace(earned, because="", deciders=())
        earned = Figure(earned.value, unit="pence", how=how, parts=(chosen,), because=earned.because, deciders=earned.deciders)
    return replace(_as(earned, f"{iid}: earned"), about=line.terms.title)


def _prefixed(iid: str, f: Figure) -> Figure:
    """A figure made by a rule, with the indicator before the names that the rule gave."""
    name = f"{iid}: {f.name}" if f.name in ("own", "due") else f.name
    because = re.sub("(own|due) (?=-?£)", lambda found: f"{iid}: {found[0]}", f.because)
    parts, deciders = (tuple(_prefixed(iid, p) for p in figures) for figures in (f.parts, f.deciders))
    return replace(f, name=name, because=because, parts=parts, deciders=deciders)


def _own(settlement: Settlement, line: Line, rows: bool) -> Figure:
    """The quarter's available money of an indicator: its weight's part of the pot."""
    pid, quarter, weight = line.package, line.quarter, line.terms.weight
    parts = []
    quarters = quarter.year.quarters if line.performance.measured == "year" else (quarter,)
    for q in quarters:
        value = _quarter_value(settlement, pid, line.network, q, rows)
        parts.append(_as(value - _upfront(settlement, pid, value, q), f"{pid}: performance pot of Q{q.number}"))
    pot = parts[0] if len(parts) == 1 else _sum(parts, f"{pid}: performance pot of the year")
    exact = pot * figure(weight, f"{line.indicator}: weight", "ratio", line.terms.places.get("weight"))
    own = Fraction(line.available - line.brought_forward)
    how = "to whole pence by largest remainder: rounded, the pot adds up" if own != exact.value else ""
    made = Figure(own, unit="pence", how=how, parts=(exact,)) if how else exact
    return _as(made, f"{line.indicator}: available")


def _share(settlement: Settlement, line: Line, rows: bool) -> Figure:
    """The share an achievement earns, or what the contract says where there is no achievement."""
    performance, iid = line.performance, line.indicator
    name = f"{iid}: share"
    key = {"no patients": "empty_denominator", "counts missing": "missing_data", "counts withheld": "withheld_data"}.get(line.state)
    if key:
        words = f"{line.state}, and the contract says `{key}: {getattr(performance, key)}`"
        return Figure(line.share, name, "ratio", because=words, at=performance.places.get(key))
    achievement = _achievement(settlement, line, rows)
    if rows or performance.pooled:  # else it is the line's own, in which what is supposed is contained
        achievement = _supposed(settlement, line, achievement)
    curve = with_numbers(
        line.terms.curve, lambda field, value: figure(value, f"{iid}: {field}", "ratio", line.terms.curve.places.get(_spelt(field)))
    )
    return figure(curve.share(achievement)).named(name, "ratio")


def _supposed(settlement: Settlement, line: Line, achievement: Figure) -> Figure:
    """The achievement that a what-if supposes in place of the counted one."""
    for supposed in settlement.assumptions.of(line.indicator):
        if supposed.network in (None, line.network):
            value = figure(supposed.value, f"{line.indicator}: supposed, moved by", "ratio", supposed.at)  # set to it, it has no other name
            achievement = _as(replace(supposed, value=value).applied(achievement), f"{line.indicator}: achievement supposed")
    return achievement


def _spelt(field: str) -> str:
    return {"start": "from"}.get(field, field)


def _achievement(settlement: Settlement, line: Line, with_rows: bool) -> Figure:
    """The network's achievement, down to the rows of the activity files."""
    iid, performance = line.indicator, line.performance
    name, at = f"{iid}: achievement", performance.places.get("network_rate")
    if not (with_rows or performance.pooled):
        return figure(line.achievement, name, "ratio", at)
    rows = settlement.activity.rows(iid, line.network, performance.months(line.quarter)) if with_rows else ()
    if performance.pooled:
        numerator = _count(line.numerator, f"{iid}: numerator", [(r, r.numerator) for r in rows])
        denominator = _count(line.denominator, f"{iid}: denominator", [(r, r.denominator) for r in rows])
        if line.excluded:
            excluded = _count(line.excluded, f"{iid}: excluded", [(r, r.excluded or None) for r in rows])
            denominator = _as(denominator - excluded, f"{iid}: eligible")
        return (numerator / denominator).named(name, at=at)
    rates = _practice_rates(iid, rows)
    if performance.network_rate == "mean of practices":
        total = _sum(rates, f"{iid}: sum of practice rates", "ratio")
        return (total / figure(len(rates), "practices with patients")).named(name, at=at)
    furthest = min if line.terms.curve.direction == "higher is better" else max
    worst = furthest(rates, key=lambda f: f.value)
    return Figure(worst.value, name, "ratio", "the rate furthest from the target,", (worst,), because="every practice must reach it", at=at)


def _practice_rates(iid: str, rows: Sequence[Row]) -> list[Figure]:
    """The rate of each practice that has patients, in the order of the files."""
    counted: dict[str, list[tuple[Row, int, int]]] = {}
    for r in rows:
        if r.numerator is not None and r.denominator is not None:
            counted.setdefault(r.practice, []).append((r, r.numerator, r.denominator))
    rates = []
    for practice, own in counted.items():
        top, bottom = sum(n for _, n, _ in own), sum(d - r.excluded for r, _, d in own)
        if bottom:
            evidence = tuple(f"{r.file}:{r.line} {practice} {r.period}: {n}/{d}" for r, n, d in own)
            name = f"{iid}: rate of {practice} ({top:,} of {bottom:,})"
            rates.append(Figure(Fraction(top, bottom), name, "ratio", evidence=evidence))
    return rates


def _count(value: int, name: str, rows: Iterable[tuple[Row, int | None]]) -> Figure:
    evidence = tuple(f"{r.file}:{r.line} {r.practice} {r.period}: {count:,}" for r, count in rows if count is not None)
    return Figure(Fraction(value), name, "patients", evidence=evidence)
