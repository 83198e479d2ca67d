"""A scheme settled on other terms or other figures: scenarios beside what the contract pays, and one term over a range.

A scenario is the contract's own tree with only what differs, and `figures`: measures moved by a percentage (`figures.expenditure=-2%`) or set (`figures.A1.quality=90%`).
It may not name what the contract lacks. The contract and its files stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod
from pathlib import Path

from p4p.counts.measures import Measures, parse_value
from p4p.files import yamltext
from p4p.files.folder import Files
from p4p.files.scheme_file import scheme_of
from p4p.files.scheme_reading import read_inputs
from p4p.files.yamltext import Document, Node
from p4p.numbers.errors import ContractError, Location, Problem, UsageError, did_you_mean, visible
from p4p.numbers.exact import MARKS, ONE, Unit, decimal, percent
from p4p.settling.chain import SchemeSettlement, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme
from p4p.steps.terms import parse_number
from p4p.whatif.scenario import BASELINE

#: What of a contract a scenario may change.
TERMS = ("payments", "parameters", "payees", "rounding", "settled", "paid_after")

#: The most points that one sweep settles: each is a settlement of its own.
MOST_POINTS = 10_000

#: How many decimals a number of a contract has at most.
_PLACES = 12

_RANGE = re.compile(r"(.+?)\.\.(.+?)/(.+)")
_MOVE = re.compile(r"([+−-])(\d{1,15}(?:\.\d{1,12})?)\s?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scenario: its name, what it changes (path, was, now), and what it pays."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    settlement: SchemeSettlement

    def payable(self, payee: str | None = None) -> int:
        """What one payee is paid, or all of them."""
        return self.settlement.totals(None if payee is None else self.settlement.of(payee))["payable"]


@dataclass(frozen=True, slots=True)
class SchemeWhatIf:
    """What the contract pays, and what each scenario would."""

    baseline: SchemeSettlement
    outcomes: tuple[Outcome, ...]


def compare_schemes(
    document: Document,
    scheme: Scheme,
    files: Files,
    months: range,
    period: str,
    settings: Sequence[str],
    scenarios: Sequence[str],
    sweep: Sequence[str],
) -> SchemeWhatIf:
    """Settle a scheme, read from a document, as it is and under each scenario: each file is one, all settings together apply on top of each, or are one; each point of a sweep is one.

    Raises UsageError for options that cannot be read, ContractError with every fault of every scenario, InputError for files refused.
    """
    inputs = read_inputs(scheme, files, months)
    on_top = [_setting(document, text, "--set") for text in settings]
    files_read = [yamltext.read(file, "scenario") for file in scenarios]
    layers = [(_name(read), [read.root, *on_top]) for read in files_read]
    if not layers and on_top:
        layers = [(", ".join(short(text) for text in settings), on_top)]
    if sweep:
        if scenarios:
            raise UsageError("--sweep moves one term of one contract: leave --scenario out, or write it as --set")
        layers = [(name, [*on_top, *over]) for name, over in _points(document, sweep)]
    if not layers:
        raise UsageError(
            "say what may change: --set payments.PAYMENT.steps.STEP.KEY=VALUE, --set figures.MEASURE=+2%, --scenario FILE or --sweep PATH=A..B/STEP"
        )
    problems: list[Problem] = []
    outcomes: list[Outcome] = []
    taken = Counter([BASELINE])
    for called, over in layers:
        taken[called] += 1
        name = called if taken[called] == 1 else f"{called} ({taken[called]})"  # none twice: outputs go by names
        try:
            outcomes.append(_under(document, scheme, inputs, name, over, months, period))
        except ContractError as e:
            problems += e.problems
    if problems:
        raise ContractError(problems)
    return SchemeWhatIf(settle_scheme(scheme, inputs, months, period), tuple(outcomes))


def _name(scenario: Document) -> str:
    """What a scenario's file calls it, or else the name of the file."""
    said = scenario.root.entries.get("name")
    return (said.text.strip() if said else "") or Path(scenario.file).stem


def _setting(document: Document, text: str, option: str) -> Node:
    """The layer of one `PATH=VALUE`."""
    path, equals, value = text.partition("=")
    at = Location(f"{option} {text}")
    if not equals or not path.strip() or not value.strip():
        raise UsageError(
            [Problem(at, f'"{visible(text)}" is not a path and a value with = between them', f"such as {option} figures.expenditure=-2%")]
        )
    leaf = yamltext.parse(value.strip().encode(), f"{option} {text}").root
    leaf = replace(leaf, at=at, key_at=at)
    head, _, rest = path.strip().partition(".")
    keys = (head, rest) if head == "figures" else yamltext.keys_of(document.root, path.strip())
    return yamltext.tree_of(keys, leaf)


def _points(document: Document, sweep: Sequence[str]) -> list[tuple[str, list[Node]]]:
    """The points of a sweep over one or two terms, each with its layers."""
    if len(sweep) > 2:
        raise UsageError("a sweep moves one term or two")
    axes = [(path, values_of(text, span)) for text in sweep for path, _, span in [text.partition("=")]]
    _not_too_many(prod(len(values) for _, values in axes))
    layers = [
        [(f"{path.rpartition('.')[2]}={value}", _setting(document, f"{path}={value}", "--sweep")) for value in values]
        for path, values in axes
    ]
    return [(", ".join(name for name, _ in point), [layer for _, layer in point]) for point in product(*layers)]


def _not_too_many(points: int) -> None:
    if points > MOST_POINTS:
        raise UsageError(f"{points:,} points are more than {MOST_POINTS:,}: take larger steps")


def values_of(text: str, span: str) -> list[str]:
    """The values of `40%..70%/5%`, `£100..£200/£20` or `1..5/1`, as they would be written in the contract. Raises UsageError for anything else.

    Figures are moved by a range that begins below nothing: `figures.spend=-2%..2%/1%` moves them by -2%, -1%, +0%, +1% and +2%.
    """
    m = _RANGE.fullmatch(span.strip())
    try:
        ends = [parse_number(part.strip()) for part in m.groups()] if m else []
    except ValueError:
        ends = []
    numbers = [end for end in ends if end is not None]
    if len(numbers) != 3:
        raise _no_range(text, span, "write 40%..70%/5%, £100..£200/£20 or 1..5/1")
    (first, unit), (last, other), (step, third) = numbers
    if not unit == other == third or step <= 0 or last < first:
        raise _no_range(text, span, "the three of one kind, the smaller first, the step above nothing")
    points = 1 + (last - first) // step
    _not_too_many(points)
    values = [first + n * step for n in range(points)]
    moves = first < 0 and unit == "ratio" and text.strip().startswith("figures.")
    return [f"{'+' if x >= 0 else ''}{percent(x, _PLACES)}" if moves else _written(x, unit) for x in values]


def _no_range(text: str, span: str, hint: str) -> UsageError:
    return UsageError([Problem(Location(f"--sweep {text}"), f'"{visible(span)}" is not a range', hint)])


def _written(x: Fraction, unit: Unit) -> str:
    """A number as a contract writes it; a ratio that no percentage is equal to as a fraction."""
    if unit == "ratio":
        text = percent(x, _PLACES)
        return text if "…" not in text else f"{x.numerator}/{x.denominator}"
    if unit not in MARKS:
        return decimal(x, _PLACES)
    return f"{'-' if x < 0 else ''}{MARKS[unit]}{decimal(abs(x) * Fraction(1, 100), _PLACES)}"


def _under(document: Document, scheme: Scheme, inputs: Inputs, name: str, layers: Sequence[Node], months: range, period: str) -> Outcome:
    root, changes, problems, moved = document.root, list[tuple[str, str, str]](), list[Problem](), inputs.measures
    for layer in layers:
        figures = layer.entries.get("figures")
        for node, what in ((layer, "a scenario holds keys and values"), (figures, "figures holds no values")):
            if node is not None and node.kind != "mapping":
                problems.append(node.problem(what, "such as figures: {expenditure: -2%}", at=node.named_at))
        terms = replace(layer, entries={k: v for k, v in layer.entries.items() if k not in ("name", "figures")})
        for key, node in terms.entries.items():
            if key not in TERMS:
                problems.append(
                    node.problem(f'a scenario does not change "{visible(key)}"', did_you_mean(key, (*TERMS, "figures")), at=node.named_at)
                )
        for path, was, now in yamltext.replaced(root, terms):
            if was is None and len(path) > 1:
                parent = reduce(lambda node, key: node.entries[key], path[:-1], root)
                hint = did_you_mean(path[-1], parent.entries)
                problems.append(now.problem(f'the contract has no "{visible(".".join(path))}"', hint, at=now.named_at))
            changes.append((".".join(path), yamltext.inline(was) if was else "", yamltext.inline(now)))
        root = yamltext.overlay(root, terms)
        for whose, node in figures.entries.items() if figures is not None else ():
            try:
                moved = _moved(scheme, moved, whose, node.text.strip())
                changes.append((f"figures.{whose}", "", node.text.strip()))
            except ValueError as e:
                problems.append(node.problem(str(e), "figures.expenditure=-2%, or figures.A1.quality=90%", at=node.named_at))
    if problems:
        raise ContractError(problems)
    changed = scheme_of(replace(document, root=root))
    return Outcome(name, tuple(changes), settle_scheme(changed, replace(inputs, measures=moved), months, period))


def _moved(scheme: Scheme, measures: Measures, whose: str, text: str) -> Measures:
    """Figures with a measure moved by a percentage or set, for all payees or for one. Raises ValueError, with the reason, where that cannot be."""
    payee, _, name = whose.rpartition(".")
    measure = (scheme.measures or {}).get(name)
    if measure is None:
        raise ValueError(f'the contract has no measure "{visible(name)}": {did_you_mean(name, scheme.measures or {})}'.rstrip(": "))
    if measure.unit == "counts" or measure.on_list:
        raise ValueError(f"{name} is counted from files: only figures of measures files are moved")
    keys = [key for key in measures.given if key[1] == name and payee in ("", key[0])]
    if not keys:
        raise ValueError(f"there are no figures for {whose}")
    move = _MOVE.fullmatch(text)
    factor = ONE + (1 if move[1] == "+" else -1) * Fraction(move[2]) * Fraction(1, 100) if move else None
    if factor is not None and measure.unit in ("word", "yes or no"):
        raise ValueError(f"{name} is no number to be moved by {text}")
    given = dict(measures.given)
    for key in keys:
        given[key] = [
            replace(g, value=Fraction(g.value) * factor if factor is not None else parse_value(text, measure.unit, scheme.money))
            for g in given[key]
        ]
    return Measures(measures.sources, given)


def short(setting: str) -> str:
    """A change with the last two names of its path: `payments.savings.steps.shared.gains=62.5%` is `shared.gains=62.5%`."""
    path, equals, value = setting.partition("=")
    return f"{'.'.join(path.split('.')[-2:])}{equals}{value}"
