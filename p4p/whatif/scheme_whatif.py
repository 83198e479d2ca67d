"""A scheme settled on other terms or other figures: scenarios beside what the contract pays, and one term over a range.

A scenario is the contract's own tree with only what differs, and `figures`: measures moved by a percentage (`figures.expenditure=-2%`) or set (`figures.A1.quality=90%`).
It may not name what the contract lacks. The contract and its files stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from p4p.counts.measures import Measures, parse_value
from p4p.files import yamltext
from p4p.files.folder import Files
from p4p.files.scheme_file import scheme_of
from p4p.files.scheme_reading import read_inputs
from p4p.files.yamltext import Document, Node
from p4p.numbers.errors import ContractError, Location, Problem, UsageError, did_you_mean, visible
from p4p.numbers.exact import ONE, decimal
from p4p.settling.chain import SchemeSettlement, settle_scheme
from p4p.settling.runs import Inputs
from p4p.steps.scheme import Scheme
from p4p.steps.terms import parse_number

#: What of a contract a scenario may change.
TERMS = ("payments", "parameters", "payees", "rounding", "settled", "paid_after")

#: The most points that one sweep settles: each is a settlement of its own.
MOST_POINTS = 10_000

_RANGE = re.compile(r"(.+?)\.\.(.+?)/(.+)")
_MOVE = re.compile(r"([+-])(\d{1,6}(?:\.\d{1,6})?)\s?%", re.ASCII)


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
    layers = [(Path(file).stem, [yamltext.read(file, "scenario").root, *on_top]) for file in scenarios]
    if not layers and on_top:
        layers = [(", ".join(short(text) for text in settings), on_top)]
    if sweep:
        if layers and scenarios:
            raise UsageError("--sweep moves one term of one contract: leave --scenario out, or write it as --set")
        layers = [(name, [*on_top, *over]) for name, over in _points(document, sweep)]
    if not layers:
        raise UsageError(
            "say what may change: --set payments.PAYMENT.steps.STEP.KEY=VALUE, --set figures.MEASURE=+2%, --scenario FILE or --sweep PATH=A..B/STEP"
        )
    problems: list[Problem] = []
    outcomes: list[Outcome] = []
    for name, over in layers:
        try:
            outcomes.append(_under(document, scheme, inputs, name, over, months, period))
        except ContractError as e:
            problems += e.problems
    if problems:
        raise ContractError(problems)
    return SchemeWhatIf(settle_scheme(scheme, inputs, months, period), tuple(outcomes))


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
    axes = []
    for text in sweep:
        path, _, span = text.partition("=")
        axes.append(
            [(f"{path.rpartition('.')[2]}={value}", _setting(document, f"{path}={value}", "--sweep")) for value in values_of(text, span)]
        )
    points = [(name, [node]) for name, node in axes[0]]
    if len(axes) == 2:
        points = [(f"{name}, {other}", [node, second]) for name, (node,) in points for other, second in axes[1]]
    if len(points) > MOST_POINTS:
        raise UsageError(f"{len(points):,} points are more than {MOST_POINTS:,}: take larger steps")
    return points


def values_of(text: str, span: str) -> list[str]:
    """The values of `40%..70%/5%`, `£100..£200/£20` or `1..5/1`, as they would be written in the contract. Raises UsageError for anything else."""
    m = _RANGE.fullmatch(span.strip())
    try:
        ends = [parse_number(part.strip()) for part in m.groups()] if m else []
    except ValueError:
        ends = []
    if len(ends) != 3 or any(e is None for e in ends):
        raise UsageError(
            [Problem(Location(f"--sweep {text}"), f'"{visible(span)}" is not a range', "write 40%..70%/5%, £100..£200/£20 or 1..5/1")]
        )
    (first, unit), (last, other), (step, third) = ((e[0], e[1]) for e in ends if e)
    if not unit == other == third or step <= 0 or last < first or (last - first) // step > MOST_POINTS:
        raise UsageError(
            [
                Problem(
                    Location(f"--sweep {text}"),
                    f'"{visible(span)}" is not a range',
                    "the three of one kind, the smaller first, the step above nothing",
                )
            ]
        )
    found, x = [], first
    while x <= last:
        shown = {
            "ratio": f"{decimal(x * 100, 12)}%",
            "pence": f"£{decimal(x * Fraction(1, 100), 12)}",
            "cents": f"${decimal(x * Fraction(1, 100), 12)}",
        }
        found.append(shown.get(unit, decimal(x, 12)))
        x += step
    return found


def _under(document: Document, scheme: Scheme, inputs: Inputs, name: str, layers: Sequence[Node], months: range, period: str) -> Outcome:
    root, changes, problems, moved = document.root, list[tuple[str, str, str]](), list[Problem](), inputs.measures
    for layer in layers:
        terms = replace(layer, entries={k: v for k, v in layer.entries.items() if k not in ("name", "figures")})
        for key, node in terms.entries.items():
            if key not in TERMS:
                problems.append(
                    node.problem(f'a scenario does not change "{visible(key)}"', did_you_mean(key, (*TERMS, "figures")), at=node.named_at)
                )
        for path, was, now in yamltext.replaced(root, terms):
            if was is None and len(path) > 1:
                parent = yamltext.node_at(root, path[:-1])
                hint = did_you_mean(path[-1], parent.entries) if parent else ""
                problems.append(now.problem(f'the contract has no "{visible(".".join(path))}"', hint, at=now.named_at))
            changes.append((".".join(path), yamltext.inline(was) if was else "", yamltext.inline(now)))
        root = yamltext.overlay(root, terms)
        if "figures" in layer.entries:
            for whose, node in layer.entries["figures"].entries.items():
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
