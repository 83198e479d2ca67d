"""Contracts of published cases: templates under `tests/cases`, filled with a case's figures, and settled from files as a user would settle them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from p4p.files.folder import files_of
from p4p.files.scheme_file import read_scheme
from p4p.files.scheme_reading import months_asked, read_inputs
from p4p.settling.chain import SchemeSettlement, settle_scheme

ROOT = Path(__file__).parents[1]
CONTRACTS = ROOT / "contracts"


def filled(name: str, **figures: object) -> str:
    """A template's text with each «figure» in its place. Fails where one is left, or a figure has no place."""
    text = (ROOT / "tests" / "cases" / f"{name}.yaml").read_text("utf-8")
    for key, value in figures.items():
        assert f"«{key}»" in text, f"{name} has no place for {key}"
        text = text.replace(f"«{key}»", str(value))
    assert not (left := re.findall("«.*?»", text)), f"{name} still needs {left}"
    return text


def shipped(name: str) -> str:
    """The text of a contract that comes with p4p."""
    return (CONTRACTS / f"{name}.yaml").read_text("utf-8")


@dataclass(frozen=True)
class Settled:
    """A scheme settled for a case: its figures by step, and its money in pounds."""

    of: SchemeSettlement

    def __call__(self, step: str, payee: str = "", period: int = -1) -> Fraction:
        """A step's figure, as the settlement holds it: money in pence."""
        found = [e.values[step] for e in self.of.entries if payee in ("", e.payee) and step in e.values]
        assert found, f"no step {step}: there are {sorted({s for e in self.of.entries for s in e.values})}"
        return Fraction(found[period])

    def pounds(self, step: str, payee: str = "", period: int = -1) -> Fraction:
        """A step's amount in pounds."""
        return self(step, payee, period) / 100

    def paid(self, payment: str = "", payee: str = "", field: str = "payable") -> list[Fraction]:
        """What was paid in each period, in pounds."""
        return [Fraction(getattr(e, field), 100) for e in self.of.entries if payment in ("", e.payment) and payee in ("", e.payee)]

    def line(self, indicator: str) -> Any:
        """An indicator's line."""
        return next(line for e in self.of.entries for line in e.lines if line.indicator == indicator)


def settled(
    folder: Path,
    contract: str,
    period: str,
    figures: Iterable[tuple[str, str, str, object]] = (),
    counts: Iterable[tuple[str, str, str, int, int, int]] = (),
    practices: Mapping[str, str] | None = None,
    lists: Iterable[tuple[str, str, str, int]] = (),
) -> Settled:
    """Write a contract and its files into a folder, read them back, and settle.

    `figures` are payee, measure, period, value; `counts` practice, indicator, period, numerator, denominator, excluded; `practices` practice: network;
    `lists` practice, list, date, patients.
    """
    names = ["contract.yaml"]
    (folder / "contract.yaml").write_text(contract, "utf-8")
    if rows := [",".join(map(str, row)) for row in figures]:
        (folder / "measures.csv").write_text("\n".join(["payee,measure,period,value", *rows, ""]), "utf-8")
        names.append("measures.csv")
    if rows := [",".join(map(str, row)) for row in counts]:
        (folder / "activity.csv").write_text("\n".join(["practice,indicator,period,numerator,denominator,excluded", *rows, ""]), "utf-8")
        names.append("activity.csv")
    if practices:
        rows = [f"{practice},{practice},{network}" for practice, network in practices.items()]
        (folder / "practices.csv").write_text("\n".join(["practice,name,network", *rows, ""]), "utf-8")
    if rows := [",".join(map(str, row)) for row in lists]:
        (folder / "lists.csv").write_text("\n".join(["practice,list,date,patients", *rows, ""]), "utf-8")
    files = files_of([str(folder / name) for name in names])
    scheme = read_scheme(files.contract)
    months, said = months_asked(scheme, *((None, None, period) if re.fullmatch(r"\d{4}-\d{2}", period) else (period, None, None)))
    return Settled(settle_scheme(scheme, read_inputs(scheme, files, months), months, said))


def printed(value: Fraction, like: object) -> str:
    """A number as a case prints it: with as many decimals as `like`, half away from zero."""
    places = len(str(like).partition(".")[2])
    size = (2 * abs(value) * 10**places + 1) // 2
    text = f"{size:0{places + 1}d}"
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    return f"-{text}" if value < 0 and size else text
