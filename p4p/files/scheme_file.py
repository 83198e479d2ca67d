"""A scheme from its file: terms, conditions, bands, dated values and steps, and the whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from p4p.files import yamltext
from p4p.files.contract_file import SPECIAL as OF_CONTRACTS
from p4p.files.contract_file import examples
from p4p.files.shape import BAD, WHOLE, Reader
from p4p.files.yamltext import Node
from p4p.language.curves import Curve
from p4p.numbers.errors import ContractError, did_you_mean, visible
from p4p.numbers.period import Year, parse_date, parse_year
from p4p.settling.units import units_of
from p4p.steps.bands import Band, Segment
from p4p.steps.gains import BaseYear
from p4p.steps.kinds import STEPS
from p4p.steps.scheme import Dated, Payee, Scheme
from p4p.steps.terms import Conditions, Step, Term, parse_condition, parse_term


def read_scheme(path: str) -> Scheme:
    """Read and check a contract file that holds a scheme. Raises ContractError with every fault found."""
    return scheme_of(yamltext.read(path))


def scheme_of(document: yamltext.Document) -> Scheme:
    """A scheme from located text. Raises ContractError with every fault found."""
    root = document.root
    if "payments" in root.entries and "packages" in root.entries:
        both = root.entries["payments"]
        what = "a contract has `packages` or `payments`, not both"
        raise ContractError([both.problem(what, "write two contracts; each is settled on its own", at=both.named_at)])
    calendar = root.entries["calendar"].text.strip() if "calendar" in root.entries else ""
    opens = 1 if calendar == "January to December" else 4
    payee = root.entries["paid_to"].text.strip() if "paid_to" in root.entries else ""
    own = {
        tuple[Year, ...]: lambda r, n, name: _years(r, n, name, opens),
        tuple[object, ...]: lambda r, n, name: examples(r, n, name, (payee or "payee", "payee", "measure")),
    }
    reader = Reader(SPECIAL | own)
    if "years" in root.entries:
        root = replace(root, entries={"year" if k == "years" else k: v for k, v in root.entries.items()})
    scheme: Any = reader.object(Scheme, root, WHOLE)
    if reader.problems or scheme is BAD:
        raise ContractError(reader.problems)
    made: Scheme = replace(scheme, file=document.file, sha256=document.sha256)
    units_of(made)
    return made


def _years(reader: Reader, node: Node, name: str, opens: int) -> Any:
    text = reader.text(node, name)
    if text is BAD:
        return BAD
    first, _, last = text.partition(" to ")
    try:
        start, end = parse_year(first, opens), parse_year(last or first, opens)
    except ValueError as e:
        return reader.fail(node, f"{name}: {e}")
    if end < start or end.start - start.start > 30:
        return reader.fail(
            node, f"{name}: {start} to {end} is not a run of years", "the earlier year comes first, the later at most 30 years after it"
        )
    return tuple(Year(y, opens) for y in range(start.start, end.start + 1))


def _term(reader: Reader, node: Node, name: str) -> Any:
    text = reader.text(node, name)
    if text is BAD:
        return BAD
    try:
        return parse_term(text, node.at)
    except ValueError as e:
        return reader.fail(node, f"{name}: {e}")


def _terms(reader: Reader, node: Node, name: str) -> Any:
    if node.kind != "list":
        return reader.fail(node, f"{name} must be a list in brackets", f"{name}: [a, b]", at=node.named_at)
    made = [_term(reader, item, name) for item in node.items]
    return BAD if any(t is BAD for t in made) else tuple(made)


def _conditions(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    made = []
    for key, child in node.entries.items():
        text = reader.text(child, key)
        try:
            made.append(BAD if text is BAD else parse_condition(key, text, child.at))
        except ValueError as e:
            made.append(reader.fail(child, f"{name}: {e}"))
    return BAD if any(c is BAD for c in made) else tuple(made)


def _step(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if "kind" not in node.entries:
        return reader.fail(node, f"{name}: `kind` is missing", "p4p kinds lists the kinds of step", at=node.named_at)
    kind = reader.text(node.entries["kind"], "kind")
    if kind is BAD:
        return BAD
    if kind not in STEPS:
        hint = did_you_mean(kind, STEPS) or "p4p kinds lists the kinds of step"
        return reader.fail(node.entries["kind"], f'{name}: there is no kind of step "{visible(kind)}"', hint)
    return reader.object(STEPS[kind], node, name, also=("kind",))


def _fractions(reader: Reader, node: Node, name: str) -> Any:
    """Shares by name, in the order written."""
    if not reader.mapping(node, name):
        return BAD
    made = {key: reader.value(Fraction, child, key) for key, child in node.entries.items()}
    return BAD if any(v is BAD for v in made.values()) else made


def _rows(reader: Reader, node: Node, name: str) -> Any:
    """Terms under keys of any words: rows of a table."""
    if not reader.mapping(node, name):
        return BAD
    made = [(" ".join(key.split()), _term(reader, child, key)) for key, child in node.entries.items()]
    return BAD if any(v is BAD for _, v in made) else tuple(made)


def _base_years(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    made = {key: reader.object(BaseYear, child, key) for key, child in node.entries.items()}
    if not made:
        return reader.fail(node, f"{name}: there are none", "years: {2010: {of: spend_2010, weight: 100%}}", at=node.named_at)
    return BAD if any(v is BAD for v in made.values()) else made


def _bands(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    made: list[Any] = []
    for key, child in node.entries.items():
        word = next((w for w in ("at least", "above", "at most", "below") if key.startswith(w + " ")), "")
        gives = _term(reader, child, key)
        try:
            edge = parse_term(key.removeprefix(word).strip(), child.named_at) if word else None
        except ValueError as e:
            made.append(reader.fail(child, f"{name}: {e}", at=child.named_at))
            continue
        if edge is None:
            made.append(
                reader.fail(
                    child, f'{name}: "{visible(key)}" does not say which side of the edge counts', "at least 2%: £0.20", at=child.named_at
                )
            )
        else:
            made.append(BAD if gives is BAD else Band(word, edge, gives))  # type: ignore[arg-type]
    if not made or any(b is BAD for b in made):
        return BAD if made else reader.fail(node, f"{name}: there are none", "bands: {at least 2%: £0.20}", at=node.named_at)
    if all(b.edge.value is not None for b in made):
        downwards = made[0].word in ("at most", "below")
        made.sort(key=lambda b: (b.edge.value, b.word in ("above", "at most")), reverse=downwards)
    return tuple(made)


def _segments(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    made: list[Any] = []
    for key, child in node.entries.items():
        ends, gives = [t.strip() for t in key.split(" to ")], [t.strip() for t in child.text.split(" to ")]
        try:
            start, end = (parse_term(t) for t in (ends * 2)[:2])
            first, last = (parse_term(t, child.at) for t in (gives * 2)[:2])
            if len(ends) > 2 or len(gives) > 2 or start.value is None or end.value is None:
                raise ValueError(f'"{visible(key)}" is not a segment')
            made.append(Segment(start.value, end.value, first, last))
        except ValueError as e:
            made.append(reader.fail(child, f"{name}: {e}", "500 to 999: 12.2% to 8.7%", at=child.named_at))
    if not made or any(s is BAD for s in made):
        return BAD if made else reader.fail(node, f"{name}: there are none", "segments: {500 to 999: 12.2% to 8.7%}", at=node.named_at)
    return tuple(sorted(made, key=lambda s: s.start))


def _corridors(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if not node.entries:
        return reader.fail(node, f"{name}: there are none", "bands: {up to 5%: 50%, beyond: 5%}", at=node.named_at)
    made: list[Any] = []
    for key, child in node.entries.items():
        share = _term(reader, child, key)
        try:
            edge = None if key == "beyond" else parse_term(key.removeprefix("up to "), child.named_at) if key.startswith("up to ") else BAD
        except ValueError:
            edge = BAD
        if edge is BAD:
            made.append(
                reader.fail(
                    child, f'{name}: "{visible(key)}" is not a corridor', "up to 5%: 50%, and at the end beyond: 5%", at=child.named_at
                )
            )
        else:
            made.append(BAD if share is BAD else (edge, share))
    return BAD if any(c is BAD for c in made) else tuple(made)


def _dated(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if not node.entries:
        return reader.fail(node, f"{name}: there are none", "2022/23: £207.56, or 2022-07-01 on: 2%", at=node.named_at)
    made: list[Any] = []
    for key, child in node.entries.items():
        value = _term(reader, child, key)
        try:
            first, last = days(key)
        except ValueError:
            hint = "2022/23: £207.56, or 2013-04-01 to 2020-04-30: 2%, or 2022-07-01 on: 2%"
            made.append(reader.fail(child, f'{name}: "{visible(key)}" is neither a year nor a run of days', hint, at=child.named_at))
            continue
        if value is not BAD and value.value is None:
            value = reader.fail(child, f"{name}: {value.text} is not a number", "a parameter's values are numbers: £207.56, 2%, 5891")
        made.append(BAD if value is BAD else Dated(first, last, value, child.named_at))
    return BAD if any(d is BAD for d in made) else tuple(made)


def days(text: str) -> tuple[date, date | None]:
    """The days that `2022/23`, `2019`, `2013-04-01 to 2020-04-30` or `2022-07-01 on` name. Raises ValueError for anything else."""
    if text.endswith(" on"):
        return _whole_days(text.removesuffix(" on"))[0], None
    first, to, last = text.partition(" to ")
    start, end = _whole_days(first)[0], _whole_days(last if to else first)[1]
    if end < start:
        raise ValueError(text)
    return start, end


def _whole_days(text: str) -> tuple[date, date]:
    """The first and the last of the days that a year or a date names."""
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if "/" in text:
        year = Year.parse(text)
        return year.first_day, year.last_day
    day = parse_date(text)
    return day, day


def _payees(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    made: dict[str, Any] = {}
    for code, child in node.entries.items():
        if not reader.mapping(child, code):
            made[code] = BAD
            continue
        title = reader.text(child.entries["title"], "title") if "title" in child.entries else code
        values = {key: _term(reader, value, key) for key, value in child.entries.items() if key != "title"}
        for key, value in values.items():
            if value is not BAD and value.value is None:
                values[key] = reader.fail(child.entries[key], f"{key}: {value.text} is not a number", "write 60%, £5.00 or 5891")
        bad = title is BAD or any(v is BAD for v in values.values())
        made[code] = BAD if bad else Payee(title, values, {"": child.named_at})
    return BAD if any(p is BAD for p in made.values()) else made


SPECIAL: dict[Any, Callable[[Reader, Node, str], Any]] = {
    **{kind: OF_CONTRACTS[kind] for kind in OF_CONTRACTS if kind is not tuple[Year, ...]},
    Curve: OF_CONTRACTS[Curve],
    Term: _term,
    tuple[Term, ...]: _terms,
    Conditions: _conditions,
    Step: _step,
    dict[str, Fraction]: _fractions,
    tuple[Band, ...]: _bands,
    tuple[Segment, ...]: _segments,
    tuple[tuple[Term | None, Term], ...]: _corridors,
    tuple[Dated, ...]: _dated,
    tuple[tuple[str, Term], ...]: _rows,
    dict[str, BaseYear]: _base_years,
    dict[str, Payee]: _payees,
}
