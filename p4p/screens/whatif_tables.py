"""What-if answers as CSV and JSON. Money is decimal text in pounds, an exact fraction is `89/100`; see docs/json.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from p4p.language.contract import Contract
from p4p.numbers.money import plain
from p4p.numbers.period import Quarter
from p4p.screens.tables import head, json_text, rows_csv
from p4p.settling.settlement import AMOUNTS, Settlement, Totals
from p4p.whatif.breakeven import BreakEven, Stretch
from p4p.whatif.goalseek import Sought, Tried
from p4p.whatif.scenario import Change, Scenario
from p4p.whatif.whatif import BackTest, Outcome, Record, WhatIf


def whatif_csv(found: WhatIf) -> str:
    """A row for each scenario, the baseline first, and network; `difference` is payable less the baseline's."""
    base = found.baseline.by_network
    heading = ("scenario", "payee", "name", *AMOUNTS, "baseline_payable", "difference")
    rows = []
    for scenario, settlement in found.settlements.items():
        for code, totals in settlement.by_network.items():
            before = base[code].payable
            money = _money(totals).values()
            rows.append((scenario, code, settlement.members.networks[code], *money, plain(before), plain(totals.payable - before)))
    return rows_csv(heading, rows)


def whatif_json(found: WhatIf) -> str:
    """The baseline and each scenario: what it changes, totals, who gains and loses, and each network."""
    settled = found.baseline
    return json_text(
        head(settled.contract, str(settled.period))
        | {
            "baseline": {"totals": _money(settled.totals), "payees": list(_payees(settled))},
            "scenarios": [_outcome(o) for o in found.outcomes],
        }
    )


def _money(totals: Totals) -> dict[str, str]:
    return {f: plain(getattr(totals, f)) for f in AMOUNTS}


def _payees(settlement: Settlement) -> Iterator[dict[str, Any]]:
    for code, totals in settlement.by_network.items():
        yield {"payee": code, "name": settlement.members.networks[code], **_money(totals)}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    payees = [p | {"difference": plain(outcome.differences[p["payee"]])} for p in _payees(outcome.settlement)]
    return {
        **_scenario(outcome.scenario),
        "totals": _money(outcome.settlement.totals) | {"difference": plain(outcome.difference)},
        "gain": outcome.winners,
        "lose": outcome.losers,
        "same": outcome.unchanged,
        "payees": payees,
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {"scenario": scenario.name, "changes": [_change(c) for c in scenario.changes]}


def _change(change: Change) -> dict[str, Any]:
    contract_at = str(change.contract_at) if change.contract_at else None
    return {"what": change.what, "from": change.before, "to": change.after, "written_at": str(change.at), "contract_at": contract_at}


def back_test_csv(found: BackTest) -> str:
    """A row for each scenario, the baseline first, quarter and network: what it would have been paid; empty where it has no practice."""
    heading = ("scenario", "period", "payee", "name", "payable", "baseline_payable", "difference")
    names, rows = found.members.networks, []
    base = {i.network: i for i in found.records[0].incomes}
    for record in found.records:
        for income in record.incomes:
            for quarter, paid, before in zip(found.quarters, income.quarters, base[income.network].quarters, strict=True):
                money = ("", "", "") if paid is None or before is None else (plain(paid), plain(before), plain(paid - before))
                rows.append((record.scenario.name, str(quarter), income.network, names[income.network], *money))
    return rows_csv(heading, rows)


def back_test_json(found: BackTest) -> str:
    """Each scenario over the quarters: income by network and quarter, swing, worst quarter, and how often each target was met."""
    return json_text(
        head(found.contract, f"{found.quarters[0]} to {found.quarters[-1]}")
        | {
            "quarters": list(map(str, found.quarters)),
            "left_out": [{"period": str(q), "because": why} for q, why in found.left_out],
            "scenarios": [_record(found, r) for r in found.records],
        }
    )


def _record(found: BackTest, record: Record) -> dict[str, Any]:
    return {
        **_scenario(record.scenario),
        "payable": plain(record.total),
        "payees": [
            {
                "payee": i.network,
                "name": found.members.networks[i.network],
                "payable": plain(i.total),
                "quarters": {str(q): None if p is None else plain(p) for q, p in zip(found.quarters, i.quarters, strict=True)},
                "years": {str(y): plain(found.of_year(i, y)) for y in found.years},
                "swing": plain(i.swing),
                "worst": {"period": str(found.quarters[i.worst]), "payable": plain(min(i.paid))},
            }
            for i in record.incomes
        ],
        "targets": [
            {
                "indicator": t.indicator,
                "target": str(t.threshold),
                "met": t.met,
                "judged": t.judged,
                "by_payee": {n: {"met": met, "judged": judged} for n, (met, judged) in t.by_network.items()},
            }
            for t in record.targets
        ],
    }


def break_even_csv(found: Sequence[BreakEven]) -> str:
    """A row for each stretch of achievements of each line: under `same_terms` the scenario pays less, the same or more than the baseline for the
    same achievement; under `keeps_income`, than the baseline paid on the counts. Patients: the fewest and the most of those eligible that lie in it.
    """
    heading = (
        "scenario", "payee", "indicator", "counted", "eligible", "break_even", "question",
        "from", "from_included", "to", "to_included", "pays", "patients_from", "patients_to",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for b in found:
        first = (b.scenario, b.network, b.indicator, b.numerator, b.eligible, "never" if b.point is None else str(b.point))
        for question, pieces in (("same_terms", b.same_terms), ("keeps_income", b.keeps)):
            for s in pieces:
                inside = (_yes(s.low_in), str(s.high), _yes(s.high_in))
                rows.append((*first, question, str(s.low), *inside, s.verdict, *(s.patients(b.eligible) or ("", ""))))
    return rows_csv(heading, rows)


def _yes(included: bool) -> str:
    return "yes" if included else "no"


def break_even_json(contract: Contract, scenarios: Sequence[Scenario], quarters: Sequence[Quarter], found: Sequence[BreakEven]) -> str:
    """For each scenario, each line: its break-even (null for never) and the stretches of `break_even_csv`."""
    period = str(quarters[0]) if len(quarters) == 1 else str(quarters[0].year)
    lines = [
        {
            "scenario": b.scenario,
            "payee": b.network,
            "indicator": b.indicator,
            "numerator": b.numerator,
            "eligible": b.eligible,
            "achievement": str(b.achievement),
            "break_even": None if b.point is None else str(b.point),
            "keeps_income_from": None if b.enough is None else str(b.enough),
            "same_terms": [_piece(s, b.eligible) for s in b.same_terms],
            "keeps_income": [_piece(s, b.eligible) for s in b.keeps],
        }
        for b in found
    ]
    return json_text(head(contract, period) | {"scenarios": [_scenario(s) for s in scenarios], "lines": lines})


def _piece(s: Stretch, eligible: int) -> dict[str, Any]:
    patients = s.patients(eligible)
    return {
        "from": str(s.low),
        "from_included": s.low_in,
        "to": str(s.high),
        "to_included": s.high_in,
        "pays": s.verdict,
        "patients": None if patients is None else list(patients),
    }


def sought_csv(found: Sequence[tuple[Scenario, Sought]]) -> str:
    """A row for each scenario: what was wanted, the value found (empty for none) and what it gives, and the nearest below and above."""
    heading = (
        "scenario", "who", "what", "wanted", "by", "now", "now_gives", "found", "found_gives",
        "below", "below_gives", "above", "above_gives", "why_not",
    )  # fmt: skip
    rows = []
    for scenario, s in found:
        wanted = (scenario.name, s.goal.who, s.goal.field, plain(s.goal.pence), s.parameter.path)
        tried = [cell for t in (s.start, s.found, s.below, s.above) for cell in ((t.text, plain(t.pence)) if t else ("", ""))]
        rows.append((*wanted, *tried, s.why_not))
    return rows_csv(heading, rows)


def sought_json(baseline: Settlement, found: Sequence[tuple[Scenario, Sought]]) -> str:
    """For each scenario the change that gives the amount, or why there is none."""
    return json_text(
        head(baseline.contract, str(baseline.period))
        | {
            "scenarios": [
                _scenario(scenario)
                | {
                    "wanted": {"who": s.goal.who, "what": s.goal.field, "amount": plain(s.goal.pence)},
                    "by": s.parameter.path,
                    "grid": s.parameter.grid,
                    "now": _tried(s.start),
                    "found": _tried(s.found),
                    "below": _tried(s.below),
                    "above": _tried(s.above),
                    "why_not": s.why_not or None,
                }
                for scenario, s in found
            ]
        }
    )


def _tried(tried: Tried | None) -> dict[str, str] | None:
    return None if tried is None else {"value": tried.text, "gives": plain(tried.pence)}
