"""The tree that explains a payment: every figure with its name, how it was made, of what, why, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from textwrap import dedent
from typing import Any

import polars as pl
import pytest
from settling import ONE, Q1, Q2, Q3, Q4, YEAR, Case, members, row

from p4p.counts.activity import Row
from p4p.counts.members import Members, Practice, Stay
from p4p.files.contract_file import contract_of
from p4p.files.yamltext import parse
from p4p.language.contract import Contract
from p4p.numbers.errors import Location, MismatchError, UsageError
from p4p.numbers.exact import Figure, shown
from p4p.numbers.period import Quarter, Year, parse_month
from p4p.settling.assumptions import Assumptions, SupposedAchievement, SupposedList
from p4p.settling.explain import explain
from p4p.settling.settlement import Settlement

TWO = members(("P1", "N1", None, None), ("P2", "N2", None, None))

HEAD = """\
p4p: 1
contract: c
title: Contract
commissioner: Commissioner
{years}
currency: GBP
paid_to: network
rounding: {{to: 0.01, mode: half-up, at: line}}
packages:
"""

TERMS = {
    "network_rate": "pooled",
    "measured": "quarter",
    "unearned": "retained by commissioner",
    "empty_denominator": "pays nothing",
    "missing_data": "refuse",
}

#: What the terms of a package that goes by the year so far say more.
TO_DATE = {"measured": "year to date", "catch_up": "none", "claw_back": "none"}

NINETY = "{kind: all_or_nothing, target: at least 90%}"


def package(
    pid: str = "care",
    title: str = "Care",
    value: str = "{each: 10.00}",
    split: str = "{upfront: 70%, performance: 30%}",
    more: str = "",
    indicators: dict[str, str] | None = None,
    curve: str = NINETY,
    **terms: str,
) -> str:
    """A package as a contract writes it, each key on a line of its own; `indicators` are weights by id, and their titles are `Title of` and the id."""
    lines = [f"  {pid}:", f"    title: {title}", f"    value: {value}", *([f"    {more}"] if more else []), f"    split: {split}"]
    lines += ["    upfront: {instalments: quarterly}"]
    if split != "{upfront: 100%, performance: 0%}":
        lines += ["    performance:", *(f"      {key}: {word}" for key, word in (TERMS | terms).items()), "      indicators:"]
        for iid, weight in (indicators or {"I1": "100%"}).items():
            lines += [f"        {iid}:", f"          title: Title of {iid}", f"          weight: {weight}", f"          curve: {curve}"]
    return "\n".join(lines) + "\n"


def contract(*packages: str, years: str = "year: 2009/10") -> tuple[str, Contract]:
    """A contract, as text and as it is read."""
    text = HEAD.format(years=years) + "".join(packages)
    return text, contract_of(parse(text.encode(), "contract.yaml"))


def settled(
    written: str, rows: Sequence[Row], quarter: Quarter = Q1, there: Members = ONE, assumptions: Assumptions | None = None
) -> Settlement:
    """A contract of one package, settled for a quarter."""
    case = Case(contract(written)[1], there, rows)
    return replace(case, assumptions=assumptions or case.assumptions).settled(quarter)


def place(text: str, found: Location) -> str:
    """A line of the contract with a mark before the word that is cited; of another file its name and the line's number."""
    if found.file != "contract.yaml":
        return str(found)
    line = text.splitlines()[found.line - 1]
    return f"{line[: found.column - 1]}▸{line[found.column - 1 :]}".strip()


def told(figure: Figure, text: str = "") -> str:
    """A figure and all below it, one a line: name, value and unit, how it was made, what it is about, why, and the place where it is written.

    What decided stands below with a question mark, the rows with a dash; of a figure that was told already only its name, with an arrow.
    """
    out: list[str] = []
    known: set[str] = set()

    def tell(f: Figure, depth: int, mark: str) -> None:
        indent = "  " * depth
        if f.name in known:
            out.append(f"{indent}{mark}{f.name} ↑")
            return
        known.update([f.name] if f.name else [])
        words = [f.name or "·", f"{shown(f)} {f.unit}", f.how, f"({f.about})" if f.about else ""]
        words += [f"because {f.because}" if f.because else ""]
        if f.at:
            words += [f"at {place(text, f.at)}"]
        out.append(indent + mark + " | ".join(word for word in words if word))
        out.extend(f"{indent}  - {place}" for place in f.evidence)
        for part in f.parts:
            tell(part, depth + 1, "")
        for part in f.deciders:
            tell(part, depth + 1, "? ")

    tell(figure, 0, "")
    return "\n".join(out) + "\n"


def tree(text: str) -> str:
    """An expected tree, without the indent that it has in this file."""
    return dedent(text.lstrip("\n"))


def everything(figure: Figure) -> Iterator[Figure]:
    """A figure and all below it."""
    yield figure
    for part in (*figure.parts, *figure.deciders):
        yield from everything(part)


def named(figure: Figure) -> dict[str, Figure]:
    """All figures of an explanation that have a name."""
    return {f.name: f for f in everything(figure) if f.name}


def at(line: int, given: Row) -> Row:
    """A row that stands in a line of its file."""
    return replace(given, line=line)


def test_a_payment_down_to_the_contract_and_the_rows() -> None:
    """Of £10.50 a tenth in Q1 is £1.05, of it 70% or 73.5 pence up front; half of 31 pence for each indicator, the odd penny to the first.

    I1 counts 9 + 900 of 10 + 1,000 patients, that is 90%, after 2 are left out; I2 counts 8 + 900 of them.
    """
    care = package(value="{each: 10.50}", more="spread: {Q1: 10%, Q2: 20%, Q3: 30%, Q4: 40%}", indicators={"I1": "50%", "I2": "50%"})
    text, terms = contract(care)
    there = members(("P1", "N1", None, None), ("P2", "N1", None, None), network_names={"N1": "Network One"})
    rows = [
        at(2, row("P1", Q1, 9, 12, 2)),
        at(3, row("P2", Q1, 900, 1000)),
        at(4, row("P1", Q1, 8, 10, indicator="I2")),
        at(5, row("P2", Q1, 900, 1000, indicator="I2")),
    ]
    expected = """
        payable to N1 | £0.90 pence | + | (Network One, 2009/10 Q1)
          care: upfront | £0.74 pence | rounded to the penny (half-up) | (Care)
            · | £0.735 pence | ×
              care: value of Q1 | £1.05 pence | rounded to the penny (half-up)
                · | £1.05 pence | ×
                  care: value for 2009/10 | £10.50 pence | at value: {each: ▸10.50}
                  part of the year up to Q1 | 10% ratio | at spread: ▸{Q1: 10%, Q2: 20%, Q3: 30%, Q4: 40%}
              care: upfront share | 70% ratio | at split: {upfront: ▸70%, performance: 30%}
          I1: earned | £0.16 pence | rounded to the penny (half-up) | (Title of I1)
            · | £0.16 pence | ×
              I1: available | £0.16 pence | to whole pence by largest remainder: rounded, the pot adds up
                · | £0.155 pence | ×
                  care: performance pot of Q1 | £0.31 pence | −
                    care: value of Q1 ↑
                    care: upfront ↑
                  I1: weight | 50% ratio | at weight: ▸50%
              I1: share | 100% ratio | because I1: achievement 90% is at least I1: target 90%
                ? I1: achievement | 90% ratio | ÷ | at network_rate: ▸pooled
                  I1: numerator | 909 patients
                    - activity.csv:2 P1 2009/10 Q1: 9
                    - activity.csv:3 P2 2009/10 Q1: 900
                  I1: eligible | 1,010 patients | −
                    I1: denominator | 1,012 patients
                      - activity.csv:2 P1 2009/10 Q1: 12
                      - activity.csv:3 P2 2009/10 Q1: 1,000
                    I1: excluded | 2 patients
                      - activity.csv:2 P1 2009/10 Q1: 2
                ? I1: target | 90% ratio | at curve: {kind: all_or_nothing, target: ▸at least 90%}
          I2: earned | £0.00 pence | rounded to the penny (half-up) | (Title of I2)
            · | £0.00 pence | ×
              I2: available | £0.15 pence | to whole pence by largest remainder: rounded, the pot adds up
                · | £0.155 pence | ×
                  care: performance pot of Q1 ↑
                  I2: weight | 50% ratio | at weight: ▸50%
              I2: share | 0% ratio | because I2: achievement 89.9009…% is below I2: target 90%
                ? I2: achievement | 89.9009…% ratio | ÷ | at network_rate: ▸pooled
                  I2: numerator | 908 patients
                    - activity.csv:4 P1 2009/10 Q1: 8
                    - activity.csv:5 P2 2009/10 Q1: 900
                  I2: denominator | 1,010 patients
                    - activity.csv:4 P1 2009/10 Q1: 10
                    - activity.csv:5 P2 2009/10 Q1: 1,000
                ? I2: target | 90% ratio | at curve: {kind: all_or_nothing, target: ▸at least 90%}
        """  # 908 of 1,010 is 89.90099...%
    found = Case(terms, there, rows).settled(Q1)
    assert tree(expected) == told(explain(found, "N1"), text)
    assert found.by_network["N1"].payable == 90
    first = tree(expected).index("I1: earned")
    assert told(explain(found, "N1", "I1"), text).splitlines()[0] == tree(expected)[first:].splitlines()[0]
    # without the rows the same figures, and nothing of the files
    brief = explain(found, "N1", rows=False)
    assert not any(f.evidence for f in everything(brief))
    assert told(brief, text) == "".join(line for line in tree(expected).splitlines(keepends=True) if not line.lstrip().startswith("- "))


def test_what_is_due_down_to_the_quarters_before() -> None:
    """8 of 10 in Q1 earn nothing; 18 of 20 by Q2 are 90% and earn both quarters' 75 pence, as catching up is allowed."""
    care = package(**(TO_DATE | {"catch_up": "allowed"}))
    text, terms = contract(care)
    found = Case(terms, ONE, [at(2, row("P1", Q1, 8, 10)), at(3, row("P1", Q2, 10, 10))]).settled(Q2)
    expected = """
        I1: earned | £1.50 pence | the larger of own and due: | (Title of I1) | because I1: own £0.75 is below I1: due £1.50
          I1: due | £1.50 pence | −
            · | £1.50 pence | rounded to the penny (half-up)
              · | £1.50 pence | ×
                I1: available to date | £1.50 pence | +
                  I1: available | £0.75 pence | ×
                    care: performance pot of Q2 | £0.75 pence | −
                      care: value of Q2 | £2.50 pence | −
                        · | £5.00 pence | rounded to the penny (half-up)
                          · | £5.00 pence | ×
                            care: value for 2009/10 | £10.00 pence | at value: {each: ▸10.00}
                            part of the year up to Q2 | 50% ratio
                        · | £2.50 pence | rounded to the penny (half-up)
                          · | £2.50 pence | ×
                            care: value for 2009/10 ↑
                            part of the year before Q2 | 25% ratio
                      care: upfront | £1.75 pence | rounded to the penny (half-up) | (Care)
                        · | £1.75 pence | ×
                          care: value of Q2 ↑
                          care: upfront share | 70% ratio | at split: {upfront: ▸70%, performance: 30%}
                    I1: weight | 100% ratio | at weight: ▸100%
                  I1: available in Q1 | £0.75 pence
                I1: share | 100% ratio | because I1: achievement 90% is at least I1: target 90%
                  ? I1: achievement | 90% ratio | ÷ | at network_rate: ▸pooled
                    I1: numerator | 18 patients
                      - activity.csv:2 P1 2009/10 Q1: 8
                      - activity.csv:3 P1 2009/10 Q2: 10
                    I1: denominator | 20 patients
                      - activity.csv:2 P1 2009/10 Q1: 10
                      - activity.csv:3 P1 2009/10 Q2: 10
                  ? I1: target | 90% ratio | at curve: {kind: all_or_nothing, target: ▸at least 90%}
            I1: earned in earlier quarters | £0.00 pence | +
              I1: earned in Q1 | £0.00 pence
          ? I1: own | £0.75 pence | rounded to the penny (half-up)
            · | £0.75 pence | ×
              I1: available ↑
              I1: share ↑
          ? I1: due ↑
        """
    assert tree(expected) == told(explain(found, "N1", "I1"), text)


HIGH_THEN_LOW, LOW_THEN_HIGH = (10, 5), (8, 10)


@pytest.mark.parametrize(
    ("catch_up", "claw_back", "counts", "earned", "how", "because"),
    [
        # 10 of 10 earned 75 pence in Q1; 15 of 20 by Q2 is 75% and earns nothing, so what is due is 75 pence back
        ("allowed", "none", HIGH_THEN_LOW, 0, "the larger of own and due:", "I1: own £0.00 is at least I1: due -£0.75"),
        ("none", "allowed", HIGH_THEN_LOW, -75, "the smaller of own and due:", "I1: own £0.00 is above I1: due -£0.75"),
        ("allowed", "allowed", HIGH_THEN_LOW, -75, "what is due:", ""),
        ("none", "none", HIGH_THEN_LOW, 0, "rounded to the penny (half-up)", ""),
        # 8 of 10 earned nothing in Q1; 18 of 20 by Q2 is 90%: 75 pence of its own, and 75 of Q1 due with it
        ("none", "allowed", LOW_THEN_HIGH, 75, "the smaller of own and due:", "I1: own £0.75 is at most I1: due £1.50"),
        ("allowed", "allowed", LOW_THEN_HIGH, 150, "what is due:", ""),
        ("none", "none", LOW_THEN_HIGH, 75, "rounded to the penny (half-up)", ""),
    ],
)
def test_which_of_own_and_due_is_paid(catch_up: str, claw_back: str, counts: tuple[int, int], earned: int, how: str, because: str) -> None:
    """The contract's rule is told where it chose between two figures, both are named with their indicator, and the chosen one is what is below."""
    care = package(measured="year to date", catch_up=catch_up, claw_back=claw_back)
    rows = [row("P1", q, n, 10) for q, n in zip((Q1, Q2), counts, strict=True)]
    figure = explain(settled(care, rows, Q2), "N1", "I1")
    assert (earned, how, because) == (figure.value, figure.how, figure.because)
    (part,) = figure.parts
    assert (earned, "", ()) == (part.value, part.because, part.deciders)
    own = "" if how.startswith("rounded") else "I1: due" if how == "what is due:" or earned == -75 else "I1: own"
    assert own == part.name
    assert [f"I1: {name}" for name in ("own", "due") if because] == [f.name for f in figure.deciders]


def test_the_first_quarter_has_nothing_due_before() -> None:
    """Where there is no earlier quarter the quarter earns its own."""
    figure = explain(settled(package(**(TO_DATE | {"catch_up": "allowed"})), [row("P1", Q1, 9, 10)]), "N1", "I1")
    assert (75, "rounded to the penny (half-up)") == (figure.value, figure.how)


def test_what_is_due_of_three_quarters() -> None:
    """Missed in Q1 and Q2, reached by Q3 with 27 of 30: 75 pence are available in each quarter, and all £2.25 are earned."""
    rows = [row("P1", q, n, 10) for q, n in ((Q1, 8), (Q2, 9), (Q3, 10))]
    found = named(explain(settled(package(**(TO_DATE | {"catch_up": "allowed"})), rows, Q3), "N1", "I1"))
    assert ["I1: available", "I1: available in Q1", "I1: available in Q2"] == [p.name for p in found["I1: available to date"].parts]
    assert (225, 225, 0) == tuple(found[f"I1: {name}"].value for name in ("earned", "available to date", "earned in earlier quarters"))


def test_money_carried_forward() -> None:
    """Q1's 75 pence that were not earned are there again in Q2, and cite the contract's word for it."""
    text, terms = contract(package(unearned="carried forward within the year"))
    found = Case(terms, ONE, [row("P1", Q1, 8, 10), row("P1", Q2, 9, 10)]).settled(Q2)
    expected = """
        I1: available with what was carried forward | £1.50 pence | +
          I1: available | £0.75 pence | ×
          I1: carried forward from the quarter before | £0.75 pence | at unearned: ▸carried forward within the year
        """
    figure = named(explain(found, "N1", "I1"))["I1: available with what was carried forward"]
    lines = told(replace(figure, parts=tuple(replace(p, parts=()) for p in figure.parts)), text)
    assert tree(expected) == lines
    assert explain(found, "N1", "I1").value == 150


def test_money_shared_among_earners() -> None:
    """N3's 75 pence go to N1 and N2, up to half of the 75 that each earned, 37 pence; a package that is all upfront stands before and is told too."""
    before = package("fixed", "Fixed", "{each: 4.00}", "{upfront: 100%, performance: 0%}")
    text, terms = contract(before, package(unearned="{shared_among: earners, cap: 50%}"))
    there = members(("P1", "N1", None, None), ("P2", "N2", None, None), ("P3", "N3", None, None))
    rows = [row(p, Q1, n, 10) for p, n in (("P1", 9), ("P2", 10), ("P3", 8))]
    found = Case(terms, there, rows).settled(Q1)
    figure = explain(found, "N1")
    # £1.00 of the first package; £1.75, 75 pence and 37 of the second
    assert [("fixed: upfront", 100), ("care: upfront", 175), ("I1: earned", 75), ("care: share of unearned money", 37)] == [
        (part.name, part.value) for part in figure.parts
    ]
    assert 387 == figure.value
    expected = """
        care: share of unearned money | £0.37 pence | its part, in proportion to earned, by largest remainder, of
          care: unearned money shared again, all networks | £0.74 pence | at ▸unearned: {shared_among: earners, cap: 50%}
        """
    assert tree(expected) == told(figure.parts[-1], text)
    assert 0 == explain(found, "N3").parts[-1].value


@pytest.mark.parametrize(("month", "percent", "pence"), [("2009-05", 80, 200), ("2009-06", 70, 175)])
def test_a_split_that_changes_inside_a_quarter(month: str, percent: int, pence: int) -> None:
    """60% at first and 90% from May on are 80% of Q1, from June on 70%: three months in equal parts. In Q2 it is 90%, written where the second split is."""
    later = f"{month}-01: {{upfront: 90%, performance: 10%}}"
    cited = later.replace("90%", "▸90%")
    text, terms = contract(package(split=f"\n      2009-04-01: {{upfront: 60%, performance: 40%}}\n      {later}"))
    case = Case(terms, ONE, [row("P1", q, 9, 10) for q in (Q1, Q2)])
    first, second = (named(explain(case.settled(q), "N1")) for q in (Q1, Q2))
    within, after = first["care: upfront share, three months in equal parts"], second["care: upfront share"]
    assert f"care: upfront share, three months in equal parts | {percent}% ratio | at ▸split:\n" == told(within, text)
    assert f"care: upfront share | 90% ratio | at {cited}\n" == told(after, text)
    assert (pence, 225) == (first["care: upfront"].value, second["care: upfront"].value)  # of £2.50


def test_money_judged_once_a_year() -> None:
    """Q4 judges the year's four pots of 75 pence together; in Q1 only what is up front can be told."""
    text, terms = contract(package(measured="year"))
    case = Case(terms, ONE, [at(2 + i, row("P1", q, 9, 10)) for i, q in enumerate(YEAR.quarters)])
    found = named(explain(case.settled(Q4), "N1", "I1"))
    pot = found["care: performance pot of the year"]
    assert "care: performance pot of the year | £3.00 pence | +\n" == told(replace(pot, parts=()), text)
    assert [(f"care: performance pot of Q{q}", 75) for q in (1, 2, 3, 4)] == [(part.name, part.value) for part in pot.parts]
    assert ["care: value of Q4", "care: upfront"] == [part.name for part in pot.parts[3].parts]
    assert (300, 36) == (found["I1: earned"].value, found["I1: numerator"].value)
    assert ["care: upfront"] == [part.name for part in explain(case.settled(Q1), "N1").parts]
    with pytest.raises(UsageError, match=r"^error: I1 is judged once a year, in Q4: there is nothing to explain in 2009/10 Q1$"):
        explain(case.settled(Q1), "N1", "I1")


DAY = date(2009, 1, 1)


def listed(**patients: int) -> Members:
    """P1 closed before the year, and P2 took its patients over; P0 closed as well, and is not on the list; N2 has P3."""
    gone, other = parse_month("2009-03"), Location("practices.csv", 9, 1)
    stays = [
        Stay("P0", "N1", None, gone, "P2", other),
        Stay("P1", "N1", None, gone, "P2", Location("practices.csv", 2, 1)),
        Stay("P2", "N1", None, None, None, Location("practices.csv", 3, 1)),
        Stay("P3", "N2", None, None, None, Location("practices.csv", 4, 1)),
    ]
    return Members.of([Practice.of(s.practice, s.practice, [s]) for s in stays], lists={("registered list", DAY): patients})


def test_a_price_for_each_patient() -> None:
    """2,000 patients of P2 and 1,000 of P1, which it took over, at £2.50 are £7,500.00."""
    value = "{price: 2.50, per: registered list, as_at: 2009-01-01}"
    text, terms = contract(package(value=value))
    found = Case(terms, listed(P1=1000, P2=2000, P3=5), [row(p, Q1, 9, 10) for p in ("P2", "P3")]).settled(Q1)
    expected = """
        care: value for 2009/10 | £7,500.00 pence | rounded to the penny (half-up)
          · | £7,500.00 pence | ×
            care: price for each patient | £2.50 pence | at value: {price: ▸2.50, per: registered list, as_at: 2009-01-01}
            patients, registered list of 1 January 2009 | 3,000 patients | at value: {price: 2.50, per: ▸registered list, as_at: 2009-01-01}
              - practices.csv:2:1 P1: 1,000
              - practices.csv:3:1 P2: 2,000
        """
    assert tree(expected) == told(named(explain(found, "N1"))["care: value for 2009/10"], text)
    assert tree(expected) == told(named(explain(found, "N1", "I1"))["care: value for 2009/10"], text)
    for indicator in (None, "I1"):
        brief = named(explain(found, "N1", indicator, rows=False))["care: value for 2009/10"]
        assert told(brief, text) == "".join(x for x in tree(expected).splitlines(keepends=True) if not x.lstrip().startswith("- "))


def test_patients_that_are_supposed() -> None:
    """3% more everywhere and twice as many in N1 make 3,000 into 6,180; what is supposed of N2 is not told of N1."""
    value = "{price: 2.50, per: registered list, as_at: 2009-01-01}"
    text, terms = contract(package(value=value))
    lists = [SupposedList(n, f, Location("what.yaml", i)) for i, (n, f) in enumerate([(None, F(103, 100)), ("N1", F(2)), ("N2", F(5))], 1)]
    rows = [row(p, Q1, 9, 10) for p in ("P2", "P3")]
    found = Case(terms, listed(P1=1000, P2=2000, P3=5), rows, Assumptions(lists=tuple(lists))).settled(Q1)
    figure = named(explain(found, "N1", rows=False))["care: value for 2009/10"]
    assert (1_545_000, 1_545_000) == (figure.value, found.year_values["care"]["N1"])
    expected = """
        patients supposed | 6,180 patients | ×
          · | 3,090 patients | ×
            patients, registered list of 1 January 2009 | 3,000 patients | at value: {price: 2.50, per: ▸registered list, as_at: 2009-01-01}
            the list supposed, as a part of the one counted | 103% ratio | at what.yaml:1
          · | 200% ratio | at what.yaml:2
        """
    patients = figure.parts[0].parts[1]
    before, factor = patients.parts
    # both steps go by the same name: told here without it
    plain = replace(patients, parts=(replace(before, name=""), replace(factor, name="")))
    assert ("patients supposed", "the list supposed, as a part of the one counted") == (before.name, factor.name)
    assert tree(expected) == told(plain, text)


def test_a_total_that_is_shared_out() -> None:
    """£30.00 in equal parts, and by a list of which a network that has left holds patients that nobody is paid for."""
    text, terms = contract(package(value="{total: 30.00, shared_by: equal parts}"))
    found = Case(terms, TWO, [row(p, Q1, 9, 10) for p in ("P1", "P2")]).settled(Q1)
    expected = """
        care: value for 2009/10 | £15.00 pence | 1 of 2 parts (equal parts), by largest remainder, of
          care: total for all networks | £30.00 pence | at value: {total: ▸30.00, shared_by: equal parts}
        """
    assert tree(expected) == told(named(explain(found, "N1"))["care: value for 2009/10"], text)
    value = "{total: 30.00, shared_by: registered list, as_at: 2009-04-01}"
    text, terms = contract(package(value=value), years="years: 2009/10 to 2010/11")
    first = date(2009, 4, 1)
    sizes = {"P1": 1000, "P2": 50, "P3": 2002}
    stays = [("P1", "N1", None, None), ("P2", "N2", None, "2010-03"), ("P3", "N3", None, None)]
    there = members(*stays, lists={("registered list", first): sizes})
    later = Quarter(Year(2010), 1)
    supposed = Assumptions(lists=(SupposedList("N1", F(1_001_125, 1_000_000), Location("what.yaml", 1)),))  # 1,001.125 patients
    case = Case(terms, there, [row(p, later, 9, 10) for p in ("P1", "P3")], supposed)
    # 30.00 x 1,001.125 of 3,003.125 is 10.0008...: the last penny goes to the larger remainder, N3's 19.9991...
    expected = """
        care: value for 2010/11 | £10.00 pence | 1,001.12… of 3,003.12… parts (registered list), by largest remainder, of
          - practices.csv:2:1 P1: 1,000
          care: total for all networks | £30.00 pence | at value: {total: ▸30.00, shared_by: registered list, as_at: 2009-04-01}
        """
    assert tree(expected) == told(named(explain(case.settled(later), "N1"))["care: value for 2010/11"], text)


@pytest.mark.parametrize(
    ("terms", "counts", "share", "words"),
    [
        ({}, (0, 2, 2), 0, "no patients, and the contract says `empty_denominator: pays nothing`"),
        ({"empty_denominator": "pays in full"}, (0, 0, 0), 1, "no patients, and the contract says `empty_denominator: pays in full`"),
        (
            {"missing_data": "pays nothing", "withheld_data": "refuse"},
            None,
            0,
            "counts missing, and the contract says `missing_data: pays nothing`",
        ),
        ({"withheld_data": "pays nothing"}, (None, None, 0), 0, "counts withheld, and the contract says `withheld_data: pays nothing`"),
    ],
)
def test_a_share_that_the_contract_decides(
    terms: dict[str, str], counts: tuple[int | None, int | None, int] | None, share: int, words: str
) -> None:
    """Without patients or counts there is no achievement: the share cites the contract's word for it."""
    text, made = contract(package(**terms))
    rows = [] if counts is None else [row("P1", Q1, *counts)]
    figure = named(explain(Case(made, ONE, rows).settled(Q1), "N1", "I1"))["I1: share"]
    cited = words.split("`")[1].replace(": ", ": ▸")
    assert f"I1: share | {100 * share}% ratio | because {words} | at {cited}\n" == told(figure, text)


SUPPOSED_TO = SupposedAchievement(None, "I1", "to", F(95, 100), Location("what.yaml", 1))
SUPPOSED_BY = SupposedAchievement("N1", "I1", "by", F(15, 100), Location("what.yaml", 2))


@pytest.mark.parametrize(
    ("supposed", "below"),
    [
        ((SUPPOSED_TO,), "I1: achievement supposed | 95% ratio | at what.yaml:1\n"),
        (
            (SUPPOSED_BY, replace(SUPPOSED_BY, network="N2"), replace(SUPPOSED_BY, indicator="I2")),
            "I1: achievement supposed | 95% ratio | + | because 95% is at most 100%; 95% is at least 0%\n"
            "  I1: achievement | 80% ratio | ÷ | at network_rate: ▸pooled\n"
            "    I1: numerator | 8 patients\n"
            "    I1: denominator | 10 patients\n"
            "  I1: supposed, moved by | 15% ratio | at what.yaml:2\n",
        ),
    ],
)
def test_an_achievement_that_is_supposed(supposed: tuple[SupposedAchievement, ...], below: str) -> None:
    """Set to 95%, or moved from 80% by 15 points; what is supposed of another network or indicator is not told."""
    care = package(indicators={"I1": "50%", "I2": "50%"})
    text, terms = contract(care)
    rows = [row(p, Q1, 8, 10, indicator=i) for p in ("P1", "P2") for i in ("I1", "I2")]
    found = Case(terms, TWO, rows, Assumptions(achievements=supposed)).settled(Q1)
    figure = named(explain(found, "N1", "I1", rows=False))
    assert below == told(figure["I1: achievement supposed"], text)
    assert "I1: achievement supposed 95% is at least I1: target 90%" == figure["I1: share"].because
    assert 38 == figure["I1: earned"].value  # half of 75 pence, the odd penny to the first


@pytest.mark.parametrize("rows", [True, False])
def test_a_supposed_rate_of_practices_is_moved_once(rows: bool) -> None:
    """80% moved by 5 points is 85% and not 90%, whether the tree goes down to the practices or stops at the network."""
    care = package(network_rate="mean of practices", curve="{kind: linear, lower: 80%, upper: 90%}")
    found = settled(care, [row("P1", Q1, 8, 10)], assumptions=Assumptions(achievements=(replace(SUPPOSED_BY, value=F(5, 100)),)))
    figure = named(explain(found, "N1", "I1", rows=rows))
    assert (F(1, 2), 38) == (figure["I1: share"].value, figure["I1: earned"].value)  # half of 75 pence
    assert ("I1: achievement supposed" in figure) == rows


SEVERAL = members(*((f"P{i}", "N1", None, None) for i in (1, 2, 3, 4)))

OF_PRACTICES = [
    at(2, row("P2", Q1, 1000, 1002, 2)),
    at(3, row("P1", Q1, 3, 5)),
    at(4, row("P1", Q2, 5, 6, 1)),
    at(5, row("P3", Q1, 0, 0)),
    at(6, row("P4", Q2, None, None)),
]


def test_the_mean_of_practices() -> None:
    """P2 is at 1,000 of 1,000 and P1 at 8 of 10, together 180% and on average 90%; a practice without patients or counts takes no part."""
    text, terms = contract(package(network_rate="mean of practices", missing_data="leave out", withheld_data="leave out", **TO_DATE))
    found = Case(terms, SEVERAL, OF_PRACTICES).settled(Q2)
    expected = """
        I1: achievement | 90% ratio | ÷ | at network_rate: ▸mean of practices
          I1: sum of practice rates | 180% ratio | +
            I1: rate of P2 (1,000 of 1,000) | 100% ratio
              - activity.csv:2 P2 2009/10 Q1: 1000/1002
            I1: rate of P1 (8 of 10) | 80% ratio
              - activity.csv:3 P1 2009/10 Q1: 3/5
              - activity.csv:4 P1 2009/10 Q2: 5/6
          practices with patients | 2 number
        """
    assert tree(expected) == told(named(explain(found, "N1", "I1"))["I1: achievement"], text)
    brief = named(explain(found, "N1", "I1", rows=False))["I1: achievement"]
    assert "I1: achievement | 90% ratio | at network_rate: ▸mean of practices\n" == told(brief, text)


@pytest.mark.parametrize(
    ("target", "worst", "of", "percent"),
    [("at least 90%", "P1", "8 of 10", 80), ("at most 90%", "P2", "1,000 of 1,000", 100)],
)
def test_every_practice_must_reach_the_target(target: str, worst: str, of: str, percent: int) -> None:
    """The rate furthest from the target is the network's: the lowest, or the highest where lower is better."""
    curve = f"{{kind: all_or_nothing, target: {target}}}"
    text, terms = contract(
        package(network_rate="every practice", curve=curve, missing_data="leave out", withheld_data="leave out", **TO_DATE)
    )
    figure = named(explain(Case(terms, SEVERAL, OF_PRACTICES).settled(Q2), "N1", "I1"))["I1: achievement"]
    first, second, *_ = told(figure, text).splitlines()
    how = "the rate furthest from the target,"
    assert f"I1: achievement | {percent}% ratio | {how} | because every practice must reach it | at network_rate: ▸every practice" == first
    assert f"  I1: rate of {worst} ({of}) | {percent}% ratio" == second


def test_the_numbers_of_a_curve_cite_their_keys() -> None:
    """80% is two whole steps of 5% from 70% on, which pay 40%; `from` is where the contract writes it."""
    curve = "\n            ".join(["", "kind: stepped", "from: 70%", "step: 5%", "share_per_step: 20%", "most: 90%"])
    text, terms = contract(package(curve=curve))
    found = named(explain(Case(terms, ONE, [row("P1", Q1, 8, 10)]).settled(Q1), "N1", "I1"))
    assert (F(40, 100), "ratio") == (found["I1: share"].value, found["I1: share"].unit)
    keys = {"start": "from: 70%", "step": "step: 5%", "share_per_step": "share_per_step: 20%", "most": "most: 90%"}
    assert {name: f"I1: {name} | {line.split()[1]} ratio | at {line.replace(': ', ': ▸')}\n" for name, line in keys.items()} == {
        name: told(found[f"I1: {name}"], text) for name in keys
    }


@pytest.mark.parametrize("indicator", [None, "I1"])
def test_a_network_without_a_practice_in_the_quarter(indicator: str | None) -> None:
    """It is paid nothing, and there is no tree of it; from the quarter in which it joined there is."""
    there = members(("P1", "N1", "2009-07", None), ("P2", "N2", None, None))
    rows = [row("P1", Q2, 9, 10), row("P2", Q1, 9, 10), row("P2", Q2, 9, 10)]
    with pytest.raises(UsageError, match=r"^error: N1 has no practice in 2009/10 Q1: there is nothing to explain$"):
        explain(settled(package(), rows, Q1, there), "N1", indicator)
    assert {None: 250, "I1": 75}[indicator] == explain(settled(package(), rows, Q2, there), "N1", indicator).value


@pytest.mark.parametrize(
    ("indicator", "frame", "said"),
    [(None, "packages", "£2.50 and the settlement to £2.51"), ("I1", "history", "£0.75 and the settlement to £0.76")],
)
def test_an_explanation_that_does_not_come_to_what_was_settled(indicator: str | None, frame: str, said: str) -> None:
    """A penny more in the settlement, and there is no explanation of it."""
    sound = settled(package(), [row("P1", Q1, 9, 10)])
    changed: Any = {frame: getattr(sound, frame).with_columns(pl.col("earned") + 1)}
    with pytest.raises(MismatchError) as caught:
        explain(replace(sound, **changed), "N1", indicator)
    (problem,) = caught.value.problems
    assert f"the explanation of N1 comes to {said}" == problem.what
    assert (None, "this is a fault of p4p: please report it with the files") == (problem.at, problem.hint)
