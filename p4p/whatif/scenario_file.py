"""Scenarios from files and from the command line: both become the same located tree, which is laid over the contract's.

A scenario is the contract's own tree with only what differs, and four words more: `name`, `achievement`, `list` and `price`.
It may not name a package or an indicator that the contract lacks. What it makes of the contract is read like any contract, so a scenario
that makes it contradict itself is refused, at the scenario's own line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from p4p.files import yamltext
from p4p.files.contract_file import contract_of
from p4p.files.shape import parse_ratio
from p4p.files.yamltext import Document, Node
from p4p.language.contract import Contract
from p4p.numbers.errors import ContractError, Location, Problem, UsageError, did_you_mean, visible
from p4p.numbers.exact import ONE, decimal
from p4p.settling.assumptions import Assumptions, SupposedAchievement, SupposedList
from p4p.whatif.scenario import Change, PriceChange, Scenario, priced
from p4p.whatif.scenario_text import parse_achievement, parse_growth, parse_split

#: What of a contract a scenario may change, and the words that scenarios add.
TERMS = ("packages", "rounding")
WORDS = ("name", "achievement", "list", "price")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The scenarios that a command line asks for, as texts.

    Each of `files` (`a.yaml`, or `a.yaml+b.yaml` for b over a) and each of `splits` (`diabetes=60/40`, or several joined by commas) is a scenario
    of its own. The other four apply on top of each of these; where there are none, they are one scenario.
    """

    files: Sequence[str] = ()
    splits: Sequence[str] = ()
    settings: Sequence[str] = ()
    achievements: Sequence[str] = ()
    lists: Sequence[str] = ()
    prices: Sequence[str] = ()


def scenarios(wanted: Wanted, document: Document, networks: Collection[str]) -> tuple[Scenario, ...]:
    """The scenarios asked for, laid over a contract.

    Raises UsageError for an option that cannot be read, and ContractError with every fault of every scenario, each where it is written.
    """
    made: list[Scenario] = []
    problems: list[Problem] = []
    for name, layers in layered(wanted, document):
        try:
            made.append(laid_over(document, layers, networks, name))
        except ContractError as e:
            problems += e.problems
    if problems:
        raise ContractError(problems)
    return tuple(made)


def layered(wanted: Wanted, document: Document) -> list[tuple[str, list[Node]]]:
    """The scenarios asked for: the name of each, none twice, and its layers, later ones over earlier ones. Raises UsageError and ContractError for what cannot be read."""
    named, on_top = _named(wanted), _on_top(wanted, document)
    if not named and on_top:
        named = [(_option_name(on_top[0].at.file) if len(on_top) == 1 else "Changed", [])]
    taken: dict[str, int] = {}
    out = []
    for name, layers in named:
        taken[name] = count = taken.get(name, 0) + 1
        out.append((name if count == 1 else f"{name} ({count})", [*layers, *on_top]))
    return out


def laid_over(document: Document, layers: Sequence[Node], networks: Collection[str], name: str = "") -> Scenario:
    """Trees laid over a contract, later ones over earlier ones, as a scenario.

    Terms are laid over each other in order; then prices multiply; achievements and lists are supposed beside the contract. Raises ContractError with every fault.
    """
    baseline = contract_of(document)
    reading = _Reading(baseline, tuple(networks))
    root = document.root
    for layer in layers:
        terms = reading.layer(layer, document.root)
        reading.change(root, document.root, terms)
        root = yamltext.overlay(root, terms, _whole)
    try:
        contract = contract_of(replace(document, root=root)) if not reading.problems else baseline
    except ContractError as e:
        raise ContractError([*reading.problems, *e.problems]) from None
    if reading.problems:
        raise ContractError(reading.problems)
    contract, price_changes = priced(contract, reading.prices)
    for change in price_changes:
        reading.noted(change)
    assumptions = Assumptions(tuple(reading.achievements), tuple(reading.lists))
    return Scenario(name or reading.name, contract, assumptions, tuple(c for c in reading.changes.values() if c.before != c.after))


def setting(document: Document, path: str, text: str, at: Location) -> Node:
    """The layer that sets one value, named by a dotted path: a term of the contract, or a word of scenarios (`achievement.N3:DM1`, `list.N2`, `price`)."""
    word, _, rest = path.partition(".")
    keys = (word, rest) if word in WORDS and rest else yamltext.keys_of(document.root, path)
    return yamltext.tree_of(keys, _leaf(text, at))


def _named(wanted: Wanted) -> list[tuple[str, list[Node]]]:
    """The scenarios from files and splits, each with its layers."""
    named: list[tuple[str, list[Node]]] = []
    for chain in wanted.files:
        files = [yamltext.read(file, "scenario") for file in ([chain] if Path(chain).is_file() else chain.split("+"))]
        named.append((" + ".join(map(_name, files)), [d.root for d in files]))
    alone = len({part.partition("=")[0].strip() for text in wanted.splits for part in text.split(",")}) == 1
    for text in wanted.splits:
        at = Location(f"--split {text}")
        shown = text.partition("=")[2].strip() if alone else text.replace("=", " ").replace(",", ", ")
        named.append((shown, [_split_layer(part, at) for part in text.split(",")]))
    return named


def _on_top(wanted: Wanted, document: Document) -> list[Node]:
    """The layers that the other options put on top of each scenario."""
    layers: list[Node] = []
    for text in wanted.settings:
        at = Location(f"--set {text}")
        path, value = _pair(text, at, "--set packages.diabetes.split.upfront=60%")
        layers.append(setting(document, path, value, at))
    for text in wanted.achievements:
        at = Location(f"--achievement {text}")
        whose, value = _pair(text, at, "--achievement DM1=+5pp, or N3:DM2=70%")
        layers.append(yamltext.tree_of(("achievement", whose), _leaf(value, at)))
    for option, texts in (("list", wanted.lists), ("price", wanted.prices)):
        for text in texts:
            whose, _, value = text.rpartition("=")
            keys = (option, whose.strip()) if whose else (option,)
            layers.append(yamltext.tree_of(keys, _leaf(value, Location(f"--{option} {text}"))))
    return layers


def _option_name(option: str) -> str:
    """A short name for the scenario of one option: `target=at least 85%`, `DM1=+5pp`, `price +2%`."""
    word, _, text = option.removeprefix("--").partition(" ")
    if word == "set":
        path, _, value = text.partition("=")
        return f"{path.rpartition('.')[2]}={value}"
    return text if word == "achievement" else f"{word} {text}"


def _name(document: Document) -> str:
    node = document.root.entries.get("name")
    return node.text.strip() if node and node.kind == "text" and node.text.strip() else Path(document.file).stem


def _pair(text: str, at: Location, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError([Problem(at, f'"{visible(text)}" is not a name and a value with = between them', f"such as {example}")])
    return name.strip(), value.strip()


def _split_layer(text: str, at: Location) -> Node:
    package, value = _pair(text, at, "--split diabetes=60/40")
    try:
        parts = parse_split(value)
    except ValueError as e:
        what, _, hint = str(e).partition("; ")
        raise UsageError([Problem(at, what, hint)]) from None
    upfront, performance = (replace(_leaf(f"{part}%", at), key_at=at) for part in parts)
    shares = Node("mapping", at, [], entries={"upfront": upfront, "performance": performance})
    return yamltext.tree_of(("packages", package, "split"), shares)


def _leaf(text: str, at: Location) -> Node:
    """A value from the command line: text, or a mapping in braces."""
    text = text.strip()
    return _moved(yamltext.parse(text.encode(), at.file).root, at) if text.startswith("{") else Node("text", at, [], text=text)


def _moved(node: Node, at: Location) -> Node:
    """A tree all of which stands at one place: that of the option that holds it."""
    entries = {k: _moved(v, at) for k, v in node.entries.items()}
    return replace(node, at=at, key_at=at, lines=[], entries=entries, items=[_moved(i, at) for i in node.items])


def _whole(path: tuple[str, ...], under: Node, over: Node) -> bool:
    """What is replaced altogether: a curve of another kind, tiers, a value reckoned in another way, and a split, unless both change by date."""
    match path[-1] if path else "":
        case "curve":
            return "kind" in over.entries and inline_text(over.entries["kind"]) != inline_text(under.entries.get("kind"))
        case "tiers":
            return True
        case "value":
            ways = {"each", "total", "price"}
            return bool(ways & set(over.entries)) and not ways & set(over.entries) & set(under.entries)
        case "split":
            return not (_by_date(under) and _by_date(over))
    return len(path) == 4 and path[2] == "split"


def _by_date(split: Node) -> bool:
    return bool(split.entries) and not {"upfront", "performance"} & set(split.entries)


def inline_text(node: Node | None) -> str:
    """A node as one line; a split as people say it, `60/40`."""
    if node is None:
        return "not said"
    if node.kind == "mapping" and set(node.entries) == {"upfront", "performance"}:
        parts = [node.entries[k].text.strip() for k in ("upfront", "performance")]
        if all(p.endswith("%") for p in parts):
            return "/".join(p.removesuffix("%").strip() for p in parts)
    return yamltext.inline(node)


def _completed(terms: Node, contract: Node) -> Node:
    """A layer in which a split that names one part has the other too: it follows, so that both add to 100%."""
    packages = terms.entries.get("packages")
    if packages is None or packages.kind != "mapping":
        return terms
    entries = dict(packages.entries)
    for pid, package in entries.items():
        split = package.entries.get("split")
        if split is not None and split.kind == "mapping":
            whole = replace(split, entries={k: _both(v) for k, v in split.entries.items()}) if _by_date(split) else _both(split)
            entries[pid] = replace(package, entries=package.entries | {"split": whole})
    return replace(terms, entries=terms.entries | {"packages": replace(packages, entries=entries)})


def _both(shares: Node) -> Node:
    if shares.kind != "mapping" or len(shares.entries) != 1:
        return shares
    ((key, node),) = shares.entries.items()
    other = {"upfront": "performance", "performance": "upfront"}.get(key)
    if other is None or node.kind != "text":
        return shares
    try:
        share = parse_ratio(node.text.strip())
    except ValueError:
        share = ONE  # the fault is found where the share is read
    rest = max(ONE - share, Fraction(0)) * 100
    text = decimal(rest, 12)
    follows = replace(node, text=f"{text}%" if "…" not in text else f"{rest / 100}")
    return replace(
        shares, entries={"upfront": node, "performance": follows} if key == "upfront" else {"upfront": follows, "performance": node}
    )


@dataclass(slots=True)
class _Reading:
    """Layers read one after the other: what they change and suppose, and every fault on the way."""

    baseline: Contract
    networks: tuple[str, ...]
    name: str = ""
    achievements: list[SupposedAchievement] = field(default_factory=list)
    lists: list[SupposedList] = field(default_factory=list)
    prices: list[PriceChange] = field(default_factory=list)
    changes: dict[str, Change] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def fail(self, node: Node, what: str, hint: str, *, at: Location | None = None) -> None:
        self.problems.append(node.problem(what, hint, at=at))

    def layer(self, layer: Node, contract: Node) -> Node:
        """Read a layer's words, and give its terms."""
        if layer.kind != "mapping":
            self.fail(layer, "a scenario holds keys and values", "such as packages: {diabetes: {split: {upfront: 60%, performance: 40%}}}")
            return Node("mapping", layer.at, layer.lines)
        for key, node in layer.entries.items():
            match key:
                case "name":
                    self.name = node.text.strip()
                case "achievement":
                    self._each(node, key, self._achievement, "achievement: {DM1: +5pp, N3:DM2: 70%}")
                case "list":
                    self._each(node, key, self._list, "list: +3%, or list: {N2: +3%}")
                case "price":
                    self._each(node, key, self._price, "price: +2%, or price: {diabetes: +2%}")
                case "packages" | "rounding":
                    self._ids(node, contract.entries.get(key), (key,))
                case _ if key in contract.entries:
                    self.fail(node, f"a scenario cannot change `{key}`", f"it may change: {', '.join((*TERMS, *WORDS))}", at=node.named_at)
                case _:
                    self.fail(node, f'unknown key "{visible(key)}"', did_you_mean(key, (*TERMS, *WORDS)), at=node.named_at)
        return _completed(replace(layer, entries={k: v for k, v in layer.entries.items() if k in TERMS}), contract)

    def change(self, root: Node, original: Node, terms: Node) -> None:
        """Note what a layer's terms change of what the layers before it left."""
        for path, _, after in yamltext.replaced(root, terms, _whole):
            before = yamltext.node_at(original, path)
            self.noted(Change(".".join(path), inline_text(before), inline_text(after), after.at, before.at if before else None))

    def noted(self, change: Change) -> None:
        """Note a change; of two changes of one thing, from what it was before both."""
        first = self.changes.pop(change.what, None)
        self.changes[change.what] = replace(change, before=first.before, contract_at=first.contract_at) if first else change

    def _ids(self, node: Node, contract: Node | None, path: tuple[str, ...]) -> None:
        """Find packages and indicators that the contract lacks; other keys are the contract language's own affair."""
        if contract is None or node.kind != "mapping":
            return
        thing = {"packages": "package", "indicators": "indicator"}.get(path[-1])
        for key, child in node.entries.items():
            if key in contract.entries:
                self._ids(child, contract.entries[key], (*path, key))
            elif thing and len(path) in (1, 4):
                self.fail(child, f'the contract has no {thing} "{visible(key)}"', did_you_mean(key, contract.entries), at=child.named_at)

    def _each(self, node: Node, word: str, read: object, example: str) -> None:
        """Read `word: value` or `word: {whose: value}`."""
        assert callable(read)
        if node.kind == "text":
            read("", node)
        elif node.kind == "mapping" and node.entries:
            for whose, child in node.entries.items():
                if child.kind == "text":
                    read(whose.strip(), child)
                else:
                    self.fail(child, f"{word}: {visible(whose)} has no value", f"such as {example}", at=child.named_at)
        else:
            self.fail(node, f"{word} holds no value", f"such as {example}", at=node.named_at)

    def _known(self, what: str, code: str, codes: Collection[str], node: Node) -> bool:
        if code in codes:
            return True
        self.fail(node, f'there is no {what} "{visible(code)}"', did_you_mean(code, codes), at=node.named_at)
        return False

    def _achievement(self, whose: str, node: Node) -> None:
        network, _, indicator = whose.rpartition(":")
        network, indicator, text = network.strip(), indicator.strip(), node.text.strip()
        if not indicator:
            return self.fail(node, "achievement does not say of which indicator", "such as DM1: +5pp, or N3:DM2: 70%", at=node.named_at)
        sound = self._known("indicator", indicator, self.baseline.indicators, node)
        sound = (not network or self._known("network", network, self.networks, node)) and sound
        try:
            change, value = parse_achievement(text)
        except ValueError as e:
            what, _, hint = str(e).partition("; ")
            return self.fail(node, what, hint)
        if sound:
            self.achievements.append(SupposedAchievement(network or None, indicator, change, value, node.at))
            self.noted(Change(f"achievement.{whose}", "as counted", text, node.at))

    def _list(self, whose: str, node: Node) -> None:
        sound = not whose or self._known("network", whose, self.networks, node)
        factor = self._factor("list", node)
        if sound and factor is not None:
            self.lists.append(SupposedList(whose or None, factor, node.at))
            self.noted(Change(f"list.{whose}" if whose else "list", "as counted", node.text.strip(), node.at))

    def _price(self, whose: str, node: Node) -> None:
        sound = not whose or self._known("package", whose, self.baseline.packages, node)
        factor = self._factor("price", node)
        if sound and factor is not None:
            self.prices.append(PriceChange(whose or None, factor, node.at))

    def _factor(self, word: str, node: Node) -> Fraction | None:
        try:
            return parse_growth(node.text.strip(), word)
        except ValueError as e:
            what, _, hint = str(e).partition("; ")
            self.fail(node, what, hint)
            return None
