"""Changes of contracts, of both languages, by keys, values, lines and names, with what must become of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from mangled_tables import NASTY, Verdict

PACKAGE_WORDS = [
    "p4p", "contract", "title", "commissioner", "source", "year", "years", "currency", "paid_to", "rounding", "membership", "packages",
    "value", "spread", "split", "upfront", "performance", "instalments", "network_rate", "measured", "catch_up", "claw_back", "unearned",
    "indicators", "empty_denominator", "missing_data", "withheld_data", "counts_from", "weight", "curve", "kind", "target", "lower",
    "upper", "tiers", "from", "step", "share_per_step", "most", "direction", "each", "total", "shared_by", "price", "per", "as_at", "cap",
    "shared_among", "mode", "to", "at", "clause", "counted_on", "examples", "Q1", "Q2", "Q3", "Q4",
]  # fmt: skip

PACKAGE_CHOICES = [
    "pooled", "mean of practices", "every practice", "quarter", "year to date", "snapshot", "year", "allowed", "none",
    "retained by commissioner", "carried forward within the year", "{shared_among: earners, cap: 50%}",
    "{shared_among: earners, cap: 1/3}", "pays nothing", "pays in full", "refuse", "leave out", "practice", "network", "quarterly",
    "monthly", "half-up", "half-even", "up", "down", "all_or_nothing", "linear", "tiered", "stepped", "lower is better",
    "higher is better", "first day of the month", "last day of the month", "equal parts", "registered list", "weighted list",
    "diabetes register", "at least 90%", "above 90%", "at most 10%", "below 10%", "at least 0%", "at most 100%", "at least 1/3", "0%",
    "100%", "50%", "1/3", "0.000000000001%", "33.333333333333%", "999999999/999999999", "1/999999999", "0.00", "0.01", "100000000000.00",
    "0.001", "2.765", "1000000", "2009/10", "2026/27", "2009/10 to 2011/12", "2009-04-01", "2008-01-01", "2026-04-01", "GBP", "EUR", "[]",
    "{}",
]  # fmt: skip

PAYMENT_WORDS = [
    "p4p", "contract", "title", "commissioner", "source", "calendar", "year", "years", "currency", "paid_to", "settled", "paid",
    "paid_after", "rounding", "payees", "measures", "parameters", "payments", "examples", "unit", "measured", "as_at", "given_for", "list",
    "excluded", "missing", "selected_by", "values", "clause", "steps", "pays", "available", "upfront", "basis", "claw_back", "kind", "of",
    "less", "to", "if_zero", "least", "most", "parts", "weight", "mode", "bands", "otherwise", "segments", "below", "above", "per", "curve",
    "by", "rows", "requires", "requires_any", "each", "times", "milestones", "done", "years", "growth", "growth_amount", "risk",
    "most_risk", "baseline", "baseline_period", "spent", "minimum", "counts", "losses", "gains", "gain_rate", "rate", "advances",
    "services", "units", "price", "actual", "delivered", "contracted", "lower", "upper", "equal", "people", "staff", "contacts", "minutes",
    "part", "group", "pot", "shares", "empty", "indicators", "points", "factors", "ruling", "does", "reason", "decided", "point_value",
    "rounded", "national", "rule", "least_prevalence", "target", "tiers", "from", "step", "share_per_step", "direction", "at",
]  # fmt: skip

PAYMENT_CHOICES = [
    "money", "patients", "number", "ratio", "yes or no", "word", "counts", "in the period", "year to date", "at the end of the period",
    "for the quarter", "for the year", "each payee", "the contract", "leaves the denominator", "already out", "refuse", "none", "yes", "no",
    "period", "payment", "line", "monthly", "quarterly", "yearly", "April to March", "January to December", "GBP", "USD", "network",
    "practice", "provider", "partner", "federation", "in advance", "in arrears", "9 months", "1 month", "0 months", "the period", "allowed",
    "half-up", "half-even", "up", "down", "towards zero", "away from zero", "downwards", "upwards", "reweighted", "from the first pound",
    "only the excess", "same minimum", "not counted", "withdrawn", "set to", "not below", "not at all", "linear", "square root",
    "all_or_nothing", "tiered", "stepped", "lower is better", "higher is better", "registered list", "weighted list", "refuse",
    "sum", "product", "limits", "best", "worst", "mean", "weighted", "bands", "corridors", "curve", "lookup", "gate", "deduction",
    "milestones", "baseline", "saving_rate", "minimum_saving", "gain_share", "loss_rate", "withhold", "recoup", "tariff", "marginal_rate",
    "tolerance", "instalment", "capitation", "year_of_care", "total", "average", "part_of_pot", "between", "achievement", "points",
    "prevalence", "at least 90%", "above 0", "at most £10.00", "below 1/3", "is red", "is not red", "up to 5%", "beyond", "500 to 999",
    "£0.00", "£0.01", "-£5.00", "−£5.00", "$5.00", "£1,000", "£1,000,000.00", "£99999999999999.99", "0", "1", "-1", "−1", "12",
    "999999999999999", "0.000000000001", "1,000", "0%", "100%", "101%", "-5%", "70 %", "1/3", "7 / 10", "-1/3", "1/999999999999989",
    "2016-04-01", "2016-04-01 on", "2010-01-01 to 2030-12-31", "2016/17", "2016", "2009/10 to 2011/12", "2013 to 2021", "Q1", "[]", "{}",
    "[£1.00]", "[a, b]", "contract", "title", "steps.of", "of", "yes.no",
]  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What a language of contracts says: its keys, of them those that nothing an author names is called, and values it knows."""

    keys: list[str]
    fixed: list[str]
    choices: list[str]


#: Keys that no measure, step or payee of the contracts that are mangled is called.
FIXED = "p4p contract title commissioner year years currency paid_to settled rounding measures parameters payments steps basis pays kind"

PACKAGES = Words(PACKAGE_WORDS, PACKAGE_WORDS, PACKAGE_CHOICES)
PAYMENTS = Words(PAYMENT_WORDS, f"{FIXED} unit measured selected_by values claw_back".split(), PAYMENT_CHOICES)

_VALUE = re.compile(rb"(?<=: )[^{}\[\],#\n]+(?=[,}\n])")
_KEY = re.compile(rb"[A-Za-z_0-9-]+(?=: |:\n)")


def value_changed(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A value becomes another choice, something nasty, a value from elsewhere in the file, or a number near its own."""
    found = list(_VALUE.finditer(raw))
    if not found:
        return None
    m = rng.choice(found)
    match rng.randrange(5):
        case 0 | 1:
            new = rng.choice(words.choices).encode()
        case 2:
            new = rng.choice(NASTY).encode()
        case 3:
            new = rng.choice(found)[0]
        case _:
            new = re.sub(rb"[0-9]+", lambda n: str(max(0, int(n[0]) + rng.choice([-1, 1, 10, -10]))).encode(), m[0], count=1)
    return raw[: m.start()] + new + raw[m.end() :]


def key_changed(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A key becomes another, or something nasty."""
    found = list(_KEY.finditer(raw))
    if not found:
        return None
    m = rng.choice(found)
    new = rng.choice([rng.choice(words.keys), rng.choice(NASTY), rng.choice(found)[0].decode(), m[0].decode() + "x", m[0].decode().upper()])
    return raw[: m.start()] + new.encode() + raw[m.end() :]


def lines_changed(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A line is lost, doubled, moved, shifted, or takes another's place."""
    lines = raw.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[at : at + rng.choice([1, 1, 2, 6])]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = rng.choice([b" ", b"  ", b"\t", b"- "]) + lines[at]
        case 4:
            lines[at] = lines[at][rng.choice([1, 2]) :]
        case _:
            lines.insert(at, f"{' ' * rng.choice([0, 2, 4, 6, 8, 10])}{rng.choice(words.keys)}: {rng.choice(words.choices)}".encode())
    return b"\n".join(lines)


def key_repeated(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A key stands twice."""
    lines = terms(raw)
    whole = [i for i, line in enumerate(lines) if re.match(rb" *[a-z_0-9]+: [^|>#{]", line)]
    at = rng.choice(whole)
    return b"\n".join([*lines[: at + 1], lines[at], *lines[at + 1 :], b""])


def key_misspelt(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A word of the language is misspelt."""
    text = b"\n".join(terms(raw)) + b"\n"
    found = [
        m for m in _KEY.finditer(text) if m[0].decode() in words.fixed and text[: m.start()].rpartition(b"\n")[2].strip(b" ") in (b"",)
    ]
    m = rng.choice(found)
    return text[: m.end()] + rng.choice([b"x", b"q", b"_"]) + text[m.end() :]


def weight_changed(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """Weights that do not add up."""
    text = b"\n".join(terms(raw)) + b"\n"
    m = rng.choice(list(re.finditer(rb"(?<=weight: )([0-9]+)(?=[%/])", text)))
    return text[: m.start()] + str(int(m[0]) + rng.choice([1, 10])).encode() + text[m.end() :]


def not_yaml_of_ours(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A tag, an anchor, an alias or a second document."""
    text = b"\n".join(terms(raw)) + b"\n"
    if rng.random() < 0.2:
        return text + b"---\na: b\n"
    m = rng.choice([m for m in re.finditer(rb"(?<=: )[A-Za-z0-9]", text) if b"#" not in text[: m.start()].rpartition(b"\n")[2]])
    new = text[: m.start()] + rng.choice([b"!!str ", b"!x ", b"&a ", b"*a # "]) + text[m.start() :]
    return new if of_no_contract(new) else None


def other_dress_of_contract(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """Comments, blank lines, spaces at the end of lines, other line ends, a byte order mark."""
    lines = terms(raw)
    for _ in range(3):
        lines.insert(rng.randrange(len(lines)), rng.choice([b"", b"# a remark", b"      # a remark: {with: braces}", b"   "]))
    lines = [line + rng.choice([b"", b"", b"  ", b"   # " + rng.choice([b"why", b"a: b", b'"'])]) for line in lines]
    text = rng.choice([b"\n", b"\r\n", b"\r"]).join(lines) + b"\n"
    if tree(text) != tree(b"\n".join(terms(raw)) + b"\n"):  # the remark stands inside a text
        return None
    return b"\xef\xbb\xbf" + text if rng.random() < 0.4 else text


def terms(raw: bytes) -> list[bytes]:
    """The lines of a contract without its worked examples."""
    return raw.partition(b"\nexamples:")[0].rstrip(b"\n").split(b"\n")


def of_no_contract(raw: bytes) -> bool:
    """Whether another reader of YAML finds a tag, an anchor or an alias in a text, or stumbles; inside quotes there is none."""
    try:
        return any(isinstance(token, yaml.TagToken | yaml.AnchorToken | yaml.AliasToken) for token in yaml.scan(raw.decode("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError):
        return True


def tree(raw: bytes) -> Any:
    """What another reader of YAML makes of a text; None where it makes nothing of it."""
    try:
        return yaml.load(raw, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


# changes of contracts with `payments`

_NAME = re.compile(rb"(?<=[\[ ])[A-Za-z][A-Za-z0-9_]*(?:\.[a-z_0-9]+)?(?=[,\]}\n])")
_NUMBER = re.compile(rb"(?<=[\[ ])-?(?:\xc2\xa3|\$)?[0-9][0-9.,/]*%?(?=[,\]} \n])")


def term_changed(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A name or a number in a step, or in a list of them, becomes another name or number."""
    text = b"\n".join(terms(raw)) + b"\n"
    names, numbers = list(_NAME.finditer(text)), list(_NUMBER.finditer(text))
    m = rng.choice([*names, *numbers])
    new = rng.choice([rng.choice(names)[0], rng.choice(numbers)[0], rng.choice(words.choices).encode()])
    return text[: m.start()] + new + text[m.end() :]


def steps_exchanged(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """Two lines of steps change places: order is money."""
    lines = terms(raw)
    steps = [i for i, line in enumerate(lines) if b"{kind: " in line]
    one, other = rng.choice(steps), rng.choice(steps)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines) + b"\n"


def name_of_nothing(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A step works on a name that nothing has."""
    text = b"\n".join(terms(raw)) + b"\n"
    places = [m for m in re.finditer(rb"(?<=[{ ]of: )[a-z]\w*(?=[,}\n])", text) if m[0] not in (b"refuse", b"none")]
    m = rng.choice(places)
    return text[: m.end()] + rng.choice([b"_x", b"x9", b"_of_nothing"]) + text[m.end() :]


def no_amount(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """An amount in a step that is none."""
    text = b"\n".join(terms(raw)) + b"\n"
    m = rng.choice(list(re.finditer("(?<=: )£[0-9.,]*[0-9](?=[,}\n])".encode(), text)))
    new = rng.choice(["£1e3", "£ 5", "£", "£5_000", "£٣", "5e2", "£-5", "£1,00", "£1.2.3", "EUR5", "£NaN", "£1/2", "£5%", "0x10", "€5"])
    return text[: m.start()] + new.encode() + text[m.end() :]


def share_too_large(rng: random.Random, raw: bytes, words: Words) -> bytes | None:
    """A share of a gain, or a rate that is withheld, of more than there is."""
    text = b"\n".join(terms(raw)) + b"\n"
    m = rng.choice(list(re.finditer(rb"(?<=[{ ]gains: )[0-9.]+%(?=[,}\n])|(?<=kind: withhold, of: )\w+, rate: [0-9.]+%(?=[,}\n])", text)))
    new = m[0].rpartition(b" ")[0] + b" " * (b" " in m[0]) + rng.choice([b"101%", b"-1%", b"3/2"])
    return text[: m.start()] + new + text[m.end() :]


Change = Callable[[random.Random, bytes, Words], bytes | None]

ANY: tuple[Change, ...] = (value_changed, value_changed, value_changed, value_changed, key_changed, lines_changed, lines_changed)
REFUSED: tuple[Change, ...] = (key_repeated, key_misspelt, weight_changed, not_yaml_of_ours)
ANY_OF_STEPS: tuple[Change, ...] = (term_changed, term_changed, term_changed, term_changed, steps_exchanged)
REFUSED_OF_STEPS: tuple[Change, ...] = (name_of_nothing, no_amount, share_too_large)

CONTRACTS: dict[str, tuple[Words, list[tuple[Verdict, Change]]]] = {
    "packages": (
        PACKAGES,
        [*(("any", change) for change in ANY), *(("refused", change) for change in REFUSED), ("same", other_dress_of_contract)],
    ),
    "payments": (
        PAYMENTS,
        [
            *(("any", change) for change in (*ANY, *ANY_OF_STEPS)),
            *(("refused", change) for change in (*REFUSED, *REFUSED_OF_STEPS)),
            ("same", other_dress_of_contract),
            ("same", other_dress_of_contract),
        ],
    ),
}
