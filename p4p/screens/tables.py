"""Settlements as CSV and JSON.

Money is decimal text in pounds, an exact fraction is `89/100`, what is not there is empty (CSV) or null (JSON).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from p4p.counts.members import Source
from p4p.counts.suppress import Publication
from p4p.language.contract import Contract
from p4p.numbers.exact import Figure, formula, named_parts, shown
from p4p.numbers.money import plain
from p4p.numbers.period import Quarter
from p4p.numbers.withheld import Withheld
from p4p.settling import rules
from p4p.settling.settlement import AMOUNTS, PACKAGE_MONEY, Line, Settlement, Totals
from p4p.steps.scheme import Scheme

LINE_COLUMNS = (
    "period", "payee", "name", "package", "line", "title", "numerator", "denominator", "excluded", "achievement", "share",
    "brought_forward", "available", "earned", "shortfall", "gap", "payable",
)  # fmt: skip


def settlement_csv(settlement: Settlement, network: str | None = None) -> str:
    """Every payment line: for each quarter and network the upfront payment of each package, each indicator, and each adjustment.

    The `payable` column adds up to what is paid.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LINE_COLUMNS)
    members, contract = settlement.members, settlement.contract
    lines: dict[tuple[str, str, str], list[Line]] = {}
    for line in settlement.lines_of(network):
        lines.setdefault((str(line.quarter), line.network, line.package), []).append(line)
    for row in packages_of(settlement, network):
        period, payee, pid = row["period"], row["payee"], row["package"]
        name, title = safe_cell(members.networks[payee]), safe_cell(contract.packages[pid].title)
        blank = ("",) * 10
        parts = rules.instalments(contract.packages[pid], row["upfront"])
        for number, part in enumerate(parts, 1):
            words = "upfront" if len(parts) == 1 else f"upfront {number} of {len(parts)}"
            writer.writerow((period, payee, name, pid, words, title, *blank, plain(part)))
        for line in lines.get((period, payee, pid), ()):
            counts = (line.numerator, line.denominator, line.excluded, fraction(line.achievement), fraction(line.share))
            money = (plain(line.brought_forward), plain(line.available), plain(line.earned), plain(line.shortfall))
            what = (period, payee, name, pid, line.indicator, safe_cell(line.terms.title))
            writer.writerow((*what, *counts, *money, line.gap, plain(line.earned)))  # no gap is an empty cell
        if row["shared"]:
            writer.writerow(
                (period, payee, name, pid, "adjustment", "share of unearned money", *blank[:5], "", "", "", "", "", plain(row["shared"]))
            )
    return published_csv(out.getvalue(), settlement.publication(network))


def head(contract: Contract | Scheme, period: object, state: str = "") -> dict[str, Any]:
    """What every JSON document begins with: the contract, the period, and of what was settled its state."""
    return {
        "p4p": "1",
        "contract": {"id": contract.contract, "title": contract.title, "sha256": contract.sha256},
        "period": str(period),
        **({"state": state} if state else {}),
        "currency": contract.currency,
    }


def settlement_json(settlement: Settlement, network: str | None = None, copy_for: Sequence[str] = ()) -> str:
    """The settlement as JSON, of all networks or of one: see docs/json.md. `copy_for` names those of a settlement that was cut to some networks."""
    contract, year = settlement.contract, len(settlement.quarters) > 1
    packages: dict[str, list[dict[str, Any]]] = {}
    for row in packages_of(settlement, network):
        money: dict[str, Any] = {k: plain(row[k]) for k in PACKAGE_MONEY}
        money["instalments"] = [plain(part) for part in rules.instalments(contract.packages[row["package"]], row["upfront"])]
        packages.setdefault(row["payee"], []).append(({"period": row["period"]} if year else {}) | {"package": row["package"]} | money)
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in settlement.lines_of(network):
        lines.setdefault(line.network, []).append(({"period": str(line.quarter)} if year else {}) | _line(line))
    payees = [
        {
            "payee": code,
            "name": settlement.members.networks[code],
            **_totals(totals),
            "packages": packages.get(code, []),
            "lines": lines.get(code, []),
        }
        for code, totals in settlement.by_network.items()
        if network in (None, code)
    ]
    whole = settlement.totals if network is None else settlement.by_network[network]
    document = {
        **head(contract, settlement.period, settlement.state),
        **copy_json(copy_for if network is None else (network,)),
        **publication_json(settlement.publication(network)),
        "payees": payees,
        "totals": _totals(whole),
        "rules": {pid: package.performance.data_rules for pid, package in contract.packages.items() if package.performance},
        "unearned": {k: plain(v) for k, v in settlement.destinations.items()},
        "checks": [{"check": c.what, "holds": c.holds} for c in settlement.checks],
        "counts": settlement.usage,
        "inputs": inputs_json((*settlement.members.sources, *settlement.activity.sources)),
    }
    return json_text(document)


def _line(line: Line) -> dict[str, Any]:
    return {
        "package": line.package,
        "indicator": line.indicator,
        "numerator": line.numerator,
        "denominator": line.denominator,
        "excluded": line.excluded,
        "state": line.state,
        "achievement": fraction(line.achievement) or None,
        "share": fraction(line.share),
        "brought_forward": plain(line.brought_forward),
        "available": plain(line.available),
        "earned": plain(line.earned),
        "shortfall": plain(line.shortfall),
        "gap": line.gap,
    }


def _totals(totals: Totals) -> dict[str, str]:
    return {f: plain(getattr(totals, f)) for f in AMOUNTS}


def packages_of(settlement: Settlement, network: str | None = None) -> Iterator[dict[str, Any]]:
    """The rows of `Settlement.packages` with codes for indices and `period` in words; money in pence."""
    for row in settlement.package_rows():
        code = settlement.network_codes[row.pop("network")]
        if network in (None, code):
            period = str(Quarter.of_key(row.pop("quarter")))
            yield {"period": period, "payee": code, "package": settlement.package_ids[row.pop("package")]} | row


def explanation_json(figure: Figure) -> str:
    """A figure's tree as JSON: name, value, formula, the formula with the numbers in, why, where it is written, the rows behind it, its parts."""
    return json_text(node(figure))


def node(f: Figure) -> dict[str, Any]:
    """A figure and its parts as JSON."""
    return {
        "name": f.name,
        "about": f.about or None,
        "value": shown(f),
        "exact": f"{f.value.numerator}/{f.value.denominator}",
        "unit": f.unit,
        "formula": formula(f) or None,
        "with_numbers": formula(f, shown) or None,
        "because": f.because or None,
        "written_at": str(f.at) if f.at else None,
        "rows": list(f.evidence),
        "parts": [node(part) for part in named_parts(f)],
    }


EXPLANATION = ("depth", "name", "value", "formula", "with_numbers", "because", "written_at", "rows")


def explanation_csv(figure: Figure) -> str:
    """A figure's tree as rows, top down: depth, name, value, formula, the formula with the numbers in, why, where, rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([EXPLANATION, *explanation_rows(figure)])
    return out.getvalue()


def explanation_rows(f: Figure, depth: int = 0) -> Iterator[tuple[int | str, ...]]:
    """The rows of a figure's tree."""
    texts = (f.name, shown(f), formula(f), formula(f, shown), f.because, str(f.at or ""), "; ".join(f.evidence))
    yield depth, *map(safe_text, texts)
    for part in named_parts(f):
        yield from explanation_rows(part, depth + 1)


def safe_text(text: str) -> str:
    """`safe_cell` for text that may start with a signed amount: `-£3.00` is no formula."""
    return text if text[:2] in ("-£", "− ") or text[:1].isdigit() else safe_cell(text)


def rows_csv(heading: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table of cells as CSV; text cells are made safe for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(list(heading))
    writer.writerows([safe_cell(c) if isinstance(c, str) else c for c in row] for row in rows)
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Text that a spreadsheet cannot take for a formula: a leading apostrophe before = + - @ and control characters."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "\0") and text[:1] else text


def fraction(value: Fraction | None) -> str:
    """`89/100`, `0`, or nothing."""
    return "" if value is None else str(value)


def json_text(document: Any) -> str:
    """JSON as p4p writes it: readable, in the order given, no floats possible."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False, default=_withheld) + "\n"


def _withheld(value: object) -> str:
    """A withheld number as JSON carries it: the text `*`."""
    if isinstance(value, Withheld):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not of JSON")


def inputs_json(sources: Iterable[Source]) -> list[dict[str, Any]]:
    """The files that a document was made of, as its field `inputs`."""
    return [{"file": s.file, "sha256": s.sha256, "rows": s.rows} for s in sources]


def copy_json(payees: Sequence[str]) -> dict[str, Any]:
    """For whom a document is that does not hold all payees, as its field `copy_for`; nothing where it holds them all."""
    return {"copy_for": list(payees)} if payees else {}


def publication_json(publication: Publication | None) -> dict[str, Any]:
    """What a published document says of itself, as its field `publication`; nothing where it is not published."""
    if publication is None:
        return {}
    first, second = ({"lines": n, "practice_rows": rows} for n, rows in (publication.first, publication.second))
    money = {"withheld_first": first, "withheld_second": second, "money_withheld": {"lines": publication.amounts}}
    return {"publication": {"rule": publication.rule, "words": list(publication.sentences), **money}}


def published_csv(text: str, publication: Publication | None) -> str:
    """CSV with a further column that names the rule under which it was published; as it is where it is not."""
    if publication is None:
        return text
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, row in enumerate(csv.reader(io.StringIO(text))):
        writer.writerow([*row, safe_cell(publication.rule) if number else "published_under"])
    return out.getvalue()
