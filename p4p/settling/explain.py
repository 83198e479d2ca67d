"""One payment as a tree of figures: from pence down to the contract's lines and the rows of the activity files.

The figures are made by the very rules that settle (`rules`, `curves`), run on a kind of number that remembers how it was made. The result must
equal the settled pence, or there is no explanation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from p4p.language.contract import Each, Package, PerPatient, SharedAmongEarners, Total
from p4p.language.curves import with_numbers
from p4p.numbers.errors import MismatchError, Problem
from p4p.numbers.exact import ONE, ZERO, Figure, decimal, figure
from p4p.numbers.money import grouped
from p4p.numbers.period import Quarter, long_date
from p4p.settling import entitlement, rules
from p4p.settling.settlement import Line, Settlement


def explain(settlement: Settlement, network: str, indicator: str | None = None, *, rows: bool = True) -> Figure:
    """What a network is paid in the quarter settled, or what one indicator earns it, as a figure whose parts lead down to the files.

    Without `rows` it stops at the network's counts, and no file is read again: for statements of a thousand networks.

    Raises MismatchError if the explanation does not come to the settled pence.
    """
    quarter = settlement.quarters[0]
    if indicator is not None:
        (line,) = settlement.lines_of(network, quarter, indicator)
        figure_of, settled = _earned(settlement, line, rows), line.earned
    else:
        figure_of, settled = _payable(settlement, network, quarter, rows), settlement.by_network[network].payable
    if figure_of.value != settled:
        what = f"the explanation of {network} comes to {figure_of.value / 100} and the settlement to {grouped(settled)}"
        raise MismatchError([Problem(None, what, "this is a fault of p4p: please report it with the files")])
    return figure_of


def _payable(settlement: Settlement, network: str, quarter: Quarter, rows: bool) -> Figure:
    parts = [part for pid in settlement.contract.packages for part in _package(settlement, pid, network, quarter, rows)]
    return replace(_sum(parts, f"payable to {network}"), about=f"{settlement.members.networks[network]}, {quarter}")


def _sum(parts: list[Figure], name: str) -> Figure:
    total = sum((p.value for p in parts), Fraction(0))
    return Figure(total, name=name, unit="pence", how="+", parts=tuple(parts))


def _package(settlement: Settlement, pid: str, network: str, quarter: Quarter, with_rows: bool) -> Iterator[Figure]:
    """The upfront payment of a package, what each indicator earned, and what was shared again."""
    package = settlement.package(pid)
    value = _quarter_value(settlement, pid, network, quarter)
    yield _upfront(settlement, pid, value, quarter)
    for line in settlement.lines_of(network, quarter):
        if line.package == pid:
            yield _earned(settlement, line, with_rows)
    performance = package.performance
    if performance and isinstance(performance.unearned, SharedAmongEarners):
        number = settlement.package_ids.index(pid)
        codes = settlement.network_codes
        rows = settlement.packages.filter((settlement.packages["package"] == number) & (settlement.packages["quarter"] == quarter.key))
        shared = {codes[r["network"]]: r["shared"] for r in rows.iter_rows(named=True)}
        total = figure(
            sum(shared.values()), f"{pid}: unearned money shared again, all networks", "pence", performance.unearned.places.get("")
        )
        yield Figure(
            Fraction(shared[network]),
            f"{pid}: share of unearned money",
            "pence",
            "its part, in proportion to earned, by largest remainder, of",
            (total,),
        )


def _upfront(settlement: Settlement, pid: str, value: Figure, quarter: Quarter) -> Figure:
    package = settlement.package(pid)
    shares = [package.split.at(month) for month in quarter.months]
    if shares[0] == shares[-1]:
        share = figure(shares[0].upfront, f"{pid}: upfront share", "ratio", shares[0].places.get("upfront"))
    else:
        share = figure(
            package.split.upfront(quarter), f"{pid}: upfront share, three months in equal parts", "ratio", package.split.places.get("")
        )
    paid = _as(rules.upfront(value, share, settlement.contract.mode), f"{pid}: upfront", "pence")
    return replace(paid, about=package.title)


def _as(f: Figure, name: str, unit: str) -> Figure:
    return f.named(name, unit)  # type: ignore[arg-type]


def _quarter_value(settlement: Settlement, pid: str, network: str, quarter: Quarter) -> Figure:
    package, contract = settlement.package(pid), settlement.contract
    year = _year_value(settlement, pid, package, network)
    earlier = sum(package.spread[: quarter.number - 1], Fraction(0))
    to_date = figure(
        earlier + package.spread[quarter.number - 1], f"part of the year up to Q{quarter.number}", "ratio", package.places.get("spread")
    )
    before = figure(earlier, f"part of the year before Q{quarter.number}", "ratio", package.places.get("spread")) if earlier else ZERO
    return _as(rules.quarter_value(year, before, to_date, contract.mode), f"{pid}: value of Q{quarter.number}", "pence")


def _year_value(settlement: Settlement, pid: str, package: Package, network: str) -> Figure:
    contract, members, value = settlement.contract, settlement.members, package.value
    name = f"{pid}: value for {settlement.quarters[0].year}"
    if isinstance(value, Each):
        return figure(value.each, name, "pence", value.places.get("each"))
    if isinstance(value, PerPatient):
        price = figure(value.price, f"{pid}: price for each patient", "pence", value.places.get("price"))
        name_of_list = f"patients, {value.per} of {long_date(value.as_at)}"
        patients = figure(settlement.patients[pid].get(network, ZERO), name_of_list, "patients", value.places.get("per"))
        month = entitlement.opening_month(contract, package)
        on_list = members.lists.get((value.per, value.as_at), {})
        rows = (f"{members.practices[p].stays[0].at} {p}: {on_list[p]:,}" for p in members.members(network, month) if p in on_list)
        patients = replace(patients, evidence=tuple(rows))
        for supposed in settlement.assumptions.lists:
            if supposed.network in (None, network):
                factor = figure(supposed.factor, "the list supposed, as a part of the one counted", "ratio", supposed.at)
                patients = _as(patients * factor, "patients supposed", "patients")
        return _as(rules.year_value(price, patients, contract.mode), name, "pence")
    assert isinstance(value, Total)
    total = figure(value.total, f"{pid}: total for all networks", "pence", value.places.get("total"))
    values = settlement.year_values[pid]
    weights: dict[str, Fraction] = settlement.weights[pid] or dict.fromkeys(values, ONE)
    part, whole = (decimal(w, 2, group=True) for w in (weights.get(network, ZERO), sum(weights.values(), ZERO)))
    return Figure(
        Fraction(values[network]), name, "pence", f"{part} of {whole} parts ({value.shared_by}), by largest remainder, of", (total,)
    )


def _earned(settlement: Settlement, line: Line, rows: bool) -> Figure:
    """What a line earned, by the same rule that settled it."""
    performance, iid = line.performance, line.indicator
    share = _share(settlement, line, rows)
    own = _own(settlement, line)
    available = own
    if line.brought_forward:
        brought = figure(
            line.brought_forward, f"{iid}: carried forward from the quarter before", "pence", performance.places.get("unearned")
        )
        available = _as(own + brought, f"{iid}: available with what was carried forward", "pence")
    earlier = (
        [before for q in line.quarter.to_date[:-1] for before in settlement.lines_of(line.network, q, iid)]
        if settlement.package(line.package).looks_back
        else []
    )
    to_date = (
        _sum(
            [own, *(figure(e.available - e.brought_forward, f"{iid}: available in Q{e.quarter.number}", "pence") for e in earlier)],
            f"{iid}: available to date",
        )
        if earlier
        else own
    )
    before = (
        _sum([figure(e.earned, f"{iid}: earned in Q{e.quarter.number}", "pence") for e in earlier], f"{iid}: earned in earlier quarters")
        if earlier
        else None
    )
    earned = _prefixed(iid, rules.earned(performance, settlement.contract.mode, share, available, to_date, before))
    if earned.name != f"{iid}: own" or earned.because:  # the rule chose between two figures: say which, and show both
        how = "what is due:" if not earned.because else f"the {'larger' if performance.catches_up else 'smaller'} of own and due:"
        chosen = replace(earned, because="", deciders=())
        earned = Figure(earned.value, unit="pence", how=how, parts=(chosen,), because=earned.because, deciders=earned.deciders)
    return replace(_as(earned, f"{iid}: earned", "pence"), about=line.terms.title)


def _prefixed(iid: str, f: Figure) -> Figure:
    """A figure made by a rule, with the indicator before the names that the rule gave."""
    name = f"{iid}: {f.name}" if f.name in ("own", "due") else f.name
    because = f.because.replace("own £", f"{iid}: own £").replace("due £", f"{iid}: due £")
    parts, deciders = (tuple(_prefixed(iid, p) for p in figures) for figures in (f.parts, f.deciders))
    return replace(f, name=name, because=because, parts=parts, deciders=deciders)


def _own(settlement: Settlement, line: Line) -> Figure:
    """The quarter's available money of an indicator: its weight's part of the pot."""
    pid, quarter, weight = line.package, line.quarter, line.terms.weight
    parts = []
    quarters = quarter.year.quarters if line.performance.measured == "year" else (quarter,)
    for q in quarters:
        value = _quarter_value(settlement, pid, line.network, q)
        pot = value - _upfront(settlement, pid, value, q)
        parts.append(_as(pot, f"{pid}: performance pot of Q{q.number}", "pence"))
    pot = parts[0] if len(parts) == 1 else _sum(parts, f"{pid}: performance pot of the year")
    exact = pot * figure(weight, f"{line.indicator}: weight", "ratio", line.terms.places.get("weight"))
    own = Fraction(line.available - line.brought_forward)
    how = "to whole pence by largest remainder: rounded, the pot adds up" if own != exact.value else ""
    made = Figure(own, unit="pence", how=how, parts=(exact,)) if how else exact
    return _as(made, f"{line.indicator}: available", "pence")


def _share(settlement: Settlement, line: Line, rows: bool) -> Figure:
    """The share an achievement earns, or what the contract says where there is no achievement."""
    performance, iid = line.performance, line.indicator
    name = f"{iid}: share"
    key = {"no patients": "empty_denominator", "counts missing": "missing_data", "counts withheld": "withheld_data"}.get(line.state)
    if key:
        words = f"{line.state}, and the contract says `{key}: {getattr(performance, key)}`"
        return Figure(line.share, name, "ratio", because=words, at=performance.places.get(key))
    achievement = _supposed(settlement, line, _achievement(settlement, line, rows))
    curve = with_numbers(
        line.terms.curve, lambda field, value: figure(value, f"{iid}: {field}", "ratio", line.terms.curve.places.get(_spelt(field)))
    )
    return _as(figure(curve.share(achievement)), name, "ratio")


def _supposed(settlement: Settlement, line: Line, achievement: Figure) -> Figure:
    """The achievement that a what-if supposes in place of the counted one."""
    for supposed in settlement.assumptions.of(line.indicator):
        if supposed.network in (None, line.network):
            words = f"{line.indicator}: supposed, {'set to' if supposed.change == 'to' else 'moved by'}"
            value = figure(supposed.value, words, "ratio", supposed.at)
            achievement = _as(
                figure(replace(supposed, value=value).applied(achievement)), f"{line.indicator}: achievement supposed", "ratio"
            )
    return achievement


def _spelt(field: str) -> str:
    return {"start": "from"}.get(field, field)


def _achievement(settlement: Settlement, line: Line, with_rows: bool) -> Figure:
    """The network's achievement, down to the rows of the activity files."""
    iid, performance = line.indicator, line.performance
    rows = settlement.activity.rows(iid, line.network, performance.months(line.quarter)) if with_rows else ()
    name, at = f"{iid}: achievement", performance.places.get("network_rate")
    if performance.pooled:
        numerator = _count(line.numerator, f"{iid}: numerator", [(f"{r.file}:{r.line}", r.practice, r.period, r.numerator) for r in rows])
        denominator = _count(
            line.denominator, f"{iid}: denominator", [(f"{r.file}:{r.line}", r.practice, r.period, r.denominator) for r in rows]
        )
        if line.excluded:
            excluded = _count(
                line.excluded, f"{iid}: excluded", [(f"{r.file}:{r.line}", r.practice, r.period, r.excluded) for r in rows if r.excluded]
            )
            denominator = _as(denominator - excluded, f"{iid}: eligible", "patients")
        return (numerator / denominator).named(name, "ratio", at)
    if not with_rows and line.achievement is not None:
        return figure(line.achievement, name, "ratio", at)
    rates: dict[str, Figure] = {}
    for practice in dict.fromkeys(r.practice for r in rows):
        own = [r for r in rows if r.practice == practice and r.numerator is not None and r.denominator is not None]
        top, bottom = sum(r.numerator or 0 for r in own), sum((r.denominator or 0) - r.excluded for r in own)
        if bottom:
            evidence = tuple(f"{r.file}:{r.line} {r.practice} {r.period}: {r.numerator}/{r.denominator}" for r in own)
            rates[practice] = Figure(
                Fraction(top, bottom), f"{iid}: rate of {practice} ({top:,} of {bottom:,})", "ratio", evidence=evidence
            )
    if performance.network_rate == "mean of practices":
        total = Figure(
            sum((f.value for f in rates.values()), Fraction(0)), f"{iid}: sum of practice rates", "ratio", "+", tuple(rates.values())
        )
        return (total / figure(len(rates), "practices with patients", "number")).named(name, "ratio", at)
    worst = (
        min(rates.values(), key=lambda f: f.value)
        if line.terms.curve.direction == "higher is better"
        else max(rates.values(), key=lambda f: f.value)
    )
    return Figure(worst.value, name, "ratio", "the rate furthest from the target,", (worst,), because="every practice must reach it", at=at)


def _count(value: int, name: str, rows: list[tuple[str, str, str, int | None]]) -> Figure:
    evidence = tuple(f"{place} {practice} {period}: {count:,}" for place, practice, period, count in rows if count is not None)
    return replace(figure(value, name, "patients"), how="", evidence=evidence)
