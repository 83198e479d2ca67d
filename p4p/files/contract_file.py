"""A contract from its file: the parts of the language that are written in a shape of their own, and the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from p4p.files import yamltext
from p4p.files.shape import BAD, WHOLE, Reader, parse_threshold
from p4p.files.yamltext import Node
from p4p.language.contract import Contract, Each, PerPatient, SharedAmongEarners, Shares, Split, Total, Unearned, Value
from p4p.language.curves import CURVES, Curve, Threshold
from p4p.numbers.errors import ContractError, Location, did_you_mean, visible
from p4p.numbers.exact import percent
from p4p.numbers.period import Year, month_of, parse_date

Quarters = tuple[Fraction, Fraction, Fraction, Fraction]
Tiers = tuple[tuple[Threshold, Fraction], ...]

MOST_TIERS = 100  # each is a condition on every line: thousands of them would take minutes


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of an example's table, with its place in the file."""

    text: str
    at: Location


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example as the author wrote it: the table under `given`, and what is expected of it. `proofs` runs it."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    settles: str
    expect: Node
    at: Location


def read_contract(path: str) -> Contract:
    """Read and check a contract file. Raises ContractError with every fault found, each with file, line and column."""
    return contract_of(yamltext.read(path))


def contract_of(document: yamltext.Document) -> Contract:
    """A contract from located text. Raises ContractError as `read_contract` does."""
    reader = Reader(SPECIAL)
    root = document.root
    if root.kind == "mapping":
        if "payments" in root.entries and "packages" not in root.entries:
            node = root.entries["payments"]
            hint = "p4p settle, explain, shortfall, whatif, adjust, statement, check and describe read such contracts"
            raise ContractError(
                [
                    node.problem(
                        "this contract pays by steps (`payments`), and what was asked is about care packages", hint, at=node.named_at
                    )
                ]
            )
        root = _with_years(reader, root)
    contract: Any = reader.object(Contract, root, WHOLE)
    if reader.problems or contract is BAD:
        raise ContractError(reader.problems)
    made: Contract = replace(contract, file=document.file, sha256=document.sha256)
    return made


def _with_years(reader: Reader, root: Node) -> Node:
    """`years` is another spelling of `year`."""
    years = root.entries.get("years")
    if years and "year" in root.entries:
        reader.fail(years, "`year` and `years` are both given", "keep one of them", at=years.named_at)
    return replace(root, entries={"year" if key == "years" else key: node for key, node in root.entries.items()})


def _years(reader: Reader, node: Node, name: str) -> Any:
    text = reader.text(node, name)
    if text is BAD:
        return BAD
    try:
        first, _, last = text.partition(" to ")
        start, end = Year.parse(first), Year.parse(last or first)
    except ValueError as e:
        return reader.fail(node, f"{name}: {e}")
    if end < start or end.start - start.start > 30:
        return reader.fail(
            node, f"{name}: {start} to {end} is not a run of years", "the earlier year comes first, the later at most 30 years after it"
        )
    return tuple(Year(y) for y in range(start.start, end.start + 1))


def _value(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    for kind in (Each, Total, PerPatient):
        if kind.kind in node.entries:
            made = reader.object(kind, node, name)
            if isinstance(made, Total) and (made.shared_by == "equal parts") == (made.as_at is not None):
                if made.as_at:
                    return reader.fail(node, "value: `equal parts` needs no date", "remove as_at")
                what = f"value: a total shared by {visible(made.shared_by)} needs the date of that list"
                return reader.fail(node, what, "add it, such as as_at: 2009-01-01")
            return made
    if not node.entries:
        hint = "{each: 14000.00} | {total: 112000.00, shared_by: equal parts} | {price: 3.95, per: registered list, as_at: 2023-01-01}"
        return reader.fail(node, "value says neither `each`, `total` nor `price`", hint, at=node.named_at)
    for key, child in node.entries.items():
        reader.unknown_key(node, key, child, ("each", "total", "price"))
    return BAD


def _spread(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if list(node.entries) != ["Q1", "Q2", "Q3", "Q4"]:
        return reader.fail(node, "spread must name Q1, Q2, Q3 and Q4", "spread: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}")
    parts = [reader.value(Fraction, child, q) for q, child in node.entries.items()]
    if any(p is BAD for p in parts):
        return BAD
    if sum(parts) != 1:
        return reader.fail(
            node, f"spread: the quarters add to {percent(sum(parts), 12)}, not 100%", "change a quarter; together they are the year"
        )
    return tuple(parts)


def _split(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if not node.entries or "upfront" in node.entries or "performance" in node.entries:
        shares = _shares(reader, node, None)
        return BAD if shares is BAD else Split((shares,), {"": node.named_at})
    periods = []
    for text, child in node.entries.items():
        try:
            day = parse_date(text)
        except ValueError:
            hint = "upfront: 70% and performance: 30%; or from a date on, 2009-10-01: {upfront: 60%, performance: 40%}"
            reader.fail(child, f'split: "{visible(text)}" is neither `upfront`, `performance` nor a date', hint, at=child.named_at)
            continue
        if day.day != 1:
            reader.fail(child, f"split: {day} is inside a month", "a split changes on the first day of a month", at=child.named_at)
            continue
        periods.append(_shares(reader, child, month_of(day)))
    if len(periods) != len(node.entries) or any(p is BAD for p in periods):
        return BAD
    return Split(tuple(sorted(periods, key=lambda s: s.start or 0)), {"": node.named_at})


def _shares(reader: Reader, node: Node, start: int | None) -> Any:
    if not reader.mapping(node, "split"):
        return BAD
    for key, child in node.entries.items():
        if key not in ("upfront", "performance"):
            reader.unknown_key(node, key, child, ("upfront", "performance"))
            return BAD
    if set(node.entries) != {"upfront", "performance"}:
        return reader.fail(node, "split: one of the two parts is missing", "split: {upfront: 70%, performance: 30%}", at=node.named_at)
    upfront, performance = (reader.value(Fraction, node.entries[k], k) for k in ("upfront", "performance"))
    if upfront is BAD or performance is BAD:
        return BAD
    if upfront + performance != 1:
        what = f"split: upfront {percent(upfront)} and performance {percent(performance)} add to {percent(upfront + performance)}, not 100%"
        return reader.fail(node, what, "change one of them", at=node.named_at)
    return Shares(start, upfront, performance, {"": node.named_at} | {k: c.at for k, c in node.entries.items()})


def _curve(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if "kind" not in node.entries:
        return reader.fail(node, "curve: `kind` is missing", f"kinds: {', '.join(CURVES)}", at=node.named_at)
    kind = reader.text(node.entries["kind"], "kind")
    if kind is BAD:
        return BAD
    if kind not in CURVES:
        return reader.fail(node.entries["kind"], f'curve: there is no kind "{visible(kind)}"', did_you_mean(kind, CURVES))
    return reader.object(CURVES[kind], node, "curve", also=("kind",))


def _tiers(reader: Reader, node: Node, name: str) -> Any:
    if not reader.mapping(node, name):
        return BAD
    if len(node.entries) > MOST_TIERS:
        return reader.fail(node, f"tiers: {len(node.entries):,} of them, more than {MOST_TIERS}", "use a line or steps", at=node.named_at)
    tiers = []
    for text, child in node.entries.items():
        try:
            threshold = parse_threshold(text)
        except ValueError as e:
            reader.fail(child, f"tiers: {e}", at=child.named_at)
            continue
        tiers.append((threshold, reader.value(Fraction, child, text)))
    if not node.entries:
        return reader.fail(node, "tiers: there are none", "tiers: {at least 70%: 1/3, at least 90%: 100%}", at=node.named_at)
    if len(tiers) != len(node.entries) or any(s is BAD for _, s in tiers):
        return BAD
    lower_is_better = tiers[0][0].direction == "lower is better"
    return tuple(sorted(tiers, key=lambda t: -t[0].ratio if lower_is_better else t[0].ratio))


def _unearned(reader: Reader, node: Node, name: str) -> Any:
    if node.kind == "mapping":
        return reader.object(SharedAmongEarners, node, name)
    choices = ("retained by commissioner", "carried forward within the year")
    text = reader.text(node, name)
    if text is BAD or text in choices:
        return text
    return reader.fail(
        node,
        f'unearned: "{visible(text)}" is not one of the choices',
        f"choices: {' | '.join(choices)} | {{shared_among: earners, cap: 50%}}",
    )


def examples(reader: Reader, node: Node, name: str, keys: tuple[str, ...] = ("practice",)) -> Any:
    """Worked examples: a list of names, tables and expectations. The table has one of the columns `keys`, whose cells say who a row is about."""
    if node.kind != "list":
        return reader.fail(node, "examples must be a list", "start each example with `- name: ...`", at=node.named_at)
    made = [_example(reader, item, keys) for item in node.items]
    return BAD if any(e is BAD for e in made) else tuple(made)


def _example(reader: Reader, node: Node, keys: tuple[str, ...]) -> Any:
    if not reader.mapping(node, "example"):
        return BAD
    known = ("name", "given", "settles", "expect")
    meant = {k for key, child in node.entries.items() if key not in known for k in reader.unknown_key(node, key, child, known)}
    missing = [k for k in ("name", "given", "expect") if k not in node.entries]
    if meant:
        return BAD
    if missing:
        return reader.fail(node, f"example: `{missing[0]}` is missing", "an example has a name, a table under given: | and what to expect")
    name = reader.text(node.entries["name"], "name")
    given = reader.text(node.entries["given"], "given")
    settles = reader.text(node.entries["settles"], "settles") if "settles" in node.entries else ""
    if BAD in (name, given, settles) or not reader.mapping(node.entries["expect"], "expect"):
        return BAD
    table = _table(node.entries["given"])
    columns, rows = tuple(c.text for c in table[0]), table[1:]
    for row in rows:
        if len(row) != len(columns):
            hint = "give each column a cell: `-` where there is no row, `*` where it is withheld"
            reader.fail(node, f"example: {len(row)} cells under {len(columns)} columns", hint, at=row[0].at)
    if not rows or not set(keys) & set(columns) or len(set(columns)) != len(columns):
        what = f"example: the table needs a heading with `{keys[0]}` and each column once, and at least one row"
        return reader.fail(node.entries["given"], what, "practice | DM1, and below it P1 | 45/50")
    return Example(name, columns, tuple(rows), settles, node.entries["expect"], node.entries["name"].at)


def _table(node: Node) -> list[tuple[Cell, ...]]:
    """The rows of a table written under `given: |`, with the place of each cell."""
    out = []
    for number in range(node.at.line, min(node.at.line + node.text.rstrip("\n").count("\n") + 1, len(node.lines) + 1)):
        line = node.lines[number] if number < len(node.lines) else ""
        if not line.strip():
            continue
        cells, column = [], 1
        for part in line.split("|"):
            cells.append(Cell(part.strip(), Location(node.at.file, number + 1, column + len(part) - len(part.lstrip()))))
            column += len(part) + 1
        out.append(tuple(cells))
    return out


SPECIAL: dict[Any, Any] = {
    tuple[Year, ...]: _years,
    Value: _value,
    Quarters: _spread,
    Split: _split,
    Curve: _curve,
    Tiers: _tiers,
    Unearned: _unearned,
    tuple[object, ...]: examples,
}
