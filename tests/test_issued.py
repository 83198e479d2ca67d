"""Documents that were issued, by hand: what they come to together, and what is said of those that do not fit the contract or each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from settling import YEAR, contract, package

from p4p.counts.members import Source
from p4p.numbers.period import Year
from p4p.settling.issued import Base, Change, Document, Key, Ledger, Line, Paid, Part, Terms, terms_of

TERMS = terms_of(contract(package(), years=(YEAR, Year(2010))))
CHANGED = "one of the documents has been changed since it was made: ask for them as they were issued"
UPFRONT = Key("2009/10 Q1", "upfront", "one")


def sha(text: str) -> str:
    """A SHA-256 for something that is known by a word."""
    return hashlib.sha256(text.encode()).hexdigest()


def document(file: str, *periods: str, parts: dict[str, Part] | None = None, **given: Any) -> Document:
    """A settlement of some periods, the first quarter unless others are named, with the same parts in each."""
    named = periods or ("2009/10 Q1",)
    fields: dict[str, Any] = {
        "kind": "settlement",
        "form": "packages",
        "contract": "c",
        "title": "Contract",
        "contract_sha256": sha("contract"),
        "currency": "GBP",
        "inputs": (Source("activity.csv", sha(file), 1),),
    }
    return Document(file=file, sha256=sha(f"bytes of {file}"), periods=named, parts={p: parts or {} for p in named}, **(fields | given))


def settled(file: str, *periods: str, **pence: int) -> Document:
    """A settlement of payees who are paid so many pence up front."""
    parts = {code: Part(f"Network {code}", 0, p, {UPFRONT: Change(None, Line(p))}) for code, p in pence.items()}
    return document(file, *periods, parts=parts)


def base(of: Document) -> Base:
    """A document as an adjustment of it names it."""
    return Base(of.file, of.sha256, of.made_of, of.kind, of.periods)


def adjusted(file: str, *bases: Document, periods: Sequence[str] = (), **pence: tuple[int, int]) -> Document:
    """An adjustment that stands on others: each payee's upfront pence then and now."""
    parts = {code: Part(f"Network {code}", then, now, {UPFRONT: Change(Line(then), Line(now))}) for code, (then, now) in pence.items()}
    return document(file, *periods, parts=parts, kind="adjustment", form=None, bases=tuple(map(base, bases)))


def told(documents: Sequence[Document], payee: str | None = None, terms: Terms = TERMS) -> list[tuple[str, str, str]]:
    """What does not fit: of which file, what is said, what to do."""
    ledger = Ledger(documents, terms, payee).held_together()
    return [(p.at.file, p.what, p.hint) for p in ledger.problems if p.at is not None]


# a document


def test_differences_of_lines_and_parts() -> None:
    """A line that is not there is nothing: 300p now after 100p are 200p more, 300p that are new 300p, 100p that are gone 100p less."""
    one, three = Line(100), Line(300)
    changes = Change(one, three), Change(None, three), Change(one, None), Change(None, None)
    assert [200, 300, -100, 0] == [change.adjustment for change in changes]
    assert -50 == Part("N1", 150, 100, {}).adjustment
    assert ("2009/10 Q1", "payment", "share", "") == Key("2009/10 Q1", "payment", "share")


def test_what_a_document_was_made_of() -> None:
    """It is the SHA-256 of kind, periods, contract, files and documents, each on a line, files and documents in order: documents written before are known by it."""
    on = [Base("x.json", sha("x"), made, "settlement", ("2009/10 Q1",)) for made in (sha("b"), sha("a"))]
    files = tuple(Source(name, sha(name), 1) for name in ("two.csv", "one.csv"))
    found = document("a.json", "2009/10 Q1", "2009/10 Q2", kind="adjustment", inputs=files, bases=tuple(on))
    words = ["adjustment", "2009/10 Q1", "2009/10 Q2", "contract", sha("contract"), "files", *sorted([sha("one.csv"), sha("two.csv")])]
    assert sha("\n".join([*words, "issued", *sorted([sha("a"), sha("b")])])) == found.made_of
    renamed = replace(found, file="other.json", sha256=sha("other"), inputs=files[::-1], bases=tuple(on[::-1]), copy_for=("N1",), parts={})
    assert found.made_of == renamed.made_of
    plain = document("a.json", inputs=files[:1])
    assert sha("\n".join(["settlement", "2009/10 Q1", "contract", sha("contract"), "files", sha("two.csv"), "issued"])) == plain.made_of


def test_a_document_cut_to_one_payee() -> None:
    """Of two payees one is left, in every period; where none is named it stays as it is."""
    both = settled("q1.json", "2009/10 Q1", "2009/10 Q2", N1=100, N2=200)
    assert [["N2"], ["N2"]] == [list(parts) for parts in both.of("N2").parts.values()]
    assert (200, "q1.json") == (both.of("N2").parts["2009/10 Q2"]["N2"].now, both.of("N2").file)
    assert both is both.of(None)


# a contract's terms


def test_the_terms_of_a_contract_of_packages() -> None:
    """Periods are months of its years, written as p4p writes them; a quarter's year is its own, with four quarters of three months."""
    assert ("c", "GBP", "packages", False) == (TERMS.contract, TERMS.currency, TERMS.form, TERMS.looks_back)
    april = 2009 * 12 + 3
    assert range(april, april + 12) == TERMS.months("2009/10")
    assert range(april + 12, april + 15) == TERMS.months("2010/11 Q1")
    for months in (TERMS.months("2010/11 Q2"), TERMS.months("2010/11")):
        names = [f"2010/11 Q{n}" for n in (1, 2, 3, 4)]
        assert [(name, range(april + 12 + 3 * i, april + 15 + 3 * i)) for i, name in enumerate(names)] == TERMS.of_year(months)


@pytest.mark.parametrize("text", ["Q1", "2009/10Q1", "2009-10 Q1"])
def test_a_period_written_otherwise_is_none(text: str) -> None:
    """A document holds periods as p4p writes them, and no others: a quarter without its year, or without a space, is none."""
    one_year = terms_of(contract(package()))
    with pytest.raises(ValueError, match=f'"{text}" is not'):
        one_year.months(text)


def test_a_contract_that_looks_back() -> None:
    """One package of several that catches up is enough."""
    looking = package(measured="year to date", catch_up="allowed", claw_back="none")
    assert terms_of(contract(package(), looking)).looks_back
    assert not terms_of(contract(package(), package())).looks_back


# what was paid


def test_a_further_document_is_laid_over_what_was_paid() -> None:
    """A line is replaced, taken away or added; what it was made of stays where that is not said afresh, and the name and sum are the latest."""
    paid = Paid("Old")
    two, shared = UPFRONT._replace(of="two"), UPFRONT._replace(kind="shared")
    paid.take(Part("Old", 0, 300, {UPFRONT: Change(None, Line(100, {"a": 1, "b": 2})), two: Change(None, Line(200))}))
    assert (300, {UPFRONT: Line(100, {"a": 1, "b": 2}), two: Line(200)}) == (paid.payable, paid.lines)
    paid.take(
        Part(
            "New", 300, 160, {UPFRONT: Change(Line(100), Line(150, {"b": 3})), two: Change(Line(200), None), shared: Change(None, Line(10))}
        )
    )
    assert Paid("New", 160, {UPFRONT: Line(150, {"a": 1, "b": 3}), shared: Line(10)}) == paid
    paid.take(Part("New", 160, 160, {two: Change(None, None)}))
    assert Paid("New", 160, {UPFRONT: Line(150, {"a": 1, "b": 3}), shared: Line(10)}) == paid


def test_the_documents_of_a_period_come_to_the_latest() -> None:
    """100p were settled, 150p after the first adjustment, 120p after the second, in whatever order the documents are named; N2 has its 200p throughout."""
    first = settled("q1.json", N1=100, N2=200)
    then = adjusted("a1.json", first, N1=(100, 150), N2=(200, 200))
    last = adjusted("a2.json", first, then, N1=(150, 120), N2=(200, 200))
    other = settled("q3.json", "2009/10 Q3", N1=7)
    for documents in ([first, then, last, other], [other, last, then, first], [then, first, other, last]):
        ledger = Ledger(documents, TERMS, None).held_together()
        assert [] == ledger.problems
        assert ("2009/10 Q1", "2009/10 Q3") == ledger.periods
        assert ["q1.json", "a1.json", "a2.json"] == [d.file for d in ledger.chain("2009/10 Q1")]
        paid = ledger.paid("2009/10 Q1")
        assert {"N1": ("Network N1", 120), "N2": ("Network N2", 200)} == {code: (p.name, p.payable) for code, p in paid.items()}
        assert {UPFRONT: 120} == {key: line.money for key, line in paid["N1"].lines.items()}
    alone = Ledger([first, then, last], TERMS, "N1").held_together()
    assert ([], {"N1": 120}) == (alone.problems, {code: p.payable for code, p in alone.paid("2009/10 Q1").items()})


# what does not fit the contract


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        (
            {"contract": "d\u202e", "currency": "USD"},
            'contract.id: was issued under the contract "d<U+202E>", and this one is "c"',
            "name the folder of the contract under which it was issued",
        ),
        ({"currency": "US\u202e"}, "currency: is in US<U+202E>, and the contract pays in GBP", "currencies do not mix"),
        (
            {"form": "payments"},
            "payees[0]: was settled by `payments`, and the contract has `packages`",
            "name the contract that it was settled by",
        ),
        (
            {"periods": ("2011/12",)},
            "period: 2011/12 is outside the contract, which covers 2009/10 to 2010/11",
            "name the contract of that year",
        ),
        (
            {"copy_for": ("N1",)},
            "copy_for: is a copy for N1 and says nothing of the others",
            "name the document of all payees, or add --network N1",
        ),
        (
            {"copy_for": ("N1", "N2", "N3")},
            "copy_for: is a copy for N1, N2, N3 and says nothing of the others",
            "name the document of all payees, or add --network N1",
        ),
        (
            {"copy_for": ("N4", "N2", "N3", "N1")},
            "copy_for: is a copy for N4, N2, N3, … and says nothing of the others",
            "name the document of all payees, or add --network N4",
        ),
    ],
)
def test_a_document_that_does_not_fit_the_contract(given: dict[str, Any], what: str, hint: str) -> None:
    """Each is told with its place, and what to do; under another contract nothing else is looked at."""
    assert [("q1.json", what, hint)] == told([replace(document("q1.json"), **given)])


def test_everything_that_does_not_fit_is_told_of_every_document() -> None:
    """Of two documents the one has another currency and another form, the other two periods that are not the contract's."""
    one = document("a.json", currency="USD", form="payments")
    two = document("b.json", "2011/12", "2012/13")
    assert [("a.json", "currency"), ("a.json", "payees[0]"), ("b.json", "period"), ("b.json", "period")] == [
        (file, what.partition(":")[0]) for file, what, _ in told([one, two])
    ]


def test_documents_are_held_against_each_other_when_each_fits() -> None:
    """The same document twice, in another currency: the currency is told of both, and that they are the same when it fits."""
    foreign = document("a.json", currency="USD")
    assert ["currency", "currency"] == [what.partition(":")[0] for _, what, _ in told([foreign, replace(foreign, file="b.json")])]


def test_a_long_period_is_cut() -> None:
    """Of a period that is 301 characters long 300 are looked at, and that it goes on is shown."""

    def none(text: str) -> range:
        raise ValueError(f"{text} is no period")

    (found,) = told([document("a.json", "x" * 301)], terms=replace(TERMS, months=none))
    assert f"period: {'x' * 300}… is no period" == found[1]


def test_a_payees_copy_beside_the_payee_who_is_asked_for() -> None:
    """A copy for N1 and N2 serves N2 and not N3; a document of all payees serves anybody."""
    copy = replace(settled("n.json", N1=1, N2=2), copy_for=("N1", "N2"))
    assert [] == told([copy], "N2") == told([settled("q1.json", N1=1, N3=3)], "N3")
    assert [
        ("n.json", "copy_for: is a copy for N1, and N3 is asked for", "name the document of all payees, or that payee's own copy")
    ] == told([copy], "N3")


# what does not fit another document


def test_a_document_that_is_named_twice() -> None:
    """The same bytes are told so, the same settlement under other bytes as well, of each further one; overlapping periods are not looked at then."""
    first = settled("q1.json", N1=100)
    again = replace(first, file="again.json")
    copied = replace(first, file="copied.json", sha256=sha("copied"))
    adjustment = adjusted("a1.json", first, N1=(100, 90))
    same = replace(adjustment, file="a2.json", sha256=sha("a2"))
    made = "was made of the same contract, files and documents as"
    assert [
        ("again.json", "is the same document as q1.json, byte for byte", "name it once"),
        ("copied.json", f"{made} q1.json: it is the same settlement", "name the one that was issued"),
        ("a2.json", f"{made} a1.json: it is the same adjustment", "name the one that was issued"),
    ] == told([first, again, copied, adjustment, same, settled("other.json", N1=1)])


def test_a_month_is_settled_once() -> None:
    """A second settlement of a quarter, and a year that holds it, are told; quarters beside each other are not."""
    quarter, year = settled("q1.json", N1=1), settled("year.json", "2009/10", N1=4)
    assert [] == told([quarter, settled("q2.json", "2009/10 Q2", N1=1)])
    assert [
        (
            "again.json",
            "period: is a second settlement of 2009/10 Q1; q1.json is one already",
            "name the one that was issued: what was paid after it is an adjustment",
        )
    ] == told([quarter, settled("again.json", N1=2)])
    overlap = "name settlements that do not overlap: a month is paid once"
    assert [("year.json", "period: 2009/10 has months that q1.json settled with 2009/10 Q1", overlap)] == told([quarter, year])
    assert [("q1.json", "period: 2009/10 Q1 has months that year.json settled with 2009/10", overlap)] == told([year, quarter])


def test_an_adjustment_without_what_it_stands_on() -> None:
    """What is missing is named as the adjustment names it, with the first twelve digits of its SHA-256; every one of them is told."""
    first = settled("q1\u202e.json", N1=100)
    then = adjusted("a1.json", first, N1=(100, 150))
    last = adjusted("a2.json", first, then, N1=(150, 120))
    hint = "name that too: --issued FILE; what was issued is all of it together"
    name = f"q1<U+202E>.json (SHA-256 {first.sha256[:12]}…)"
    assert [
        ("a2.json", f"issued[0]: stands on the settlement {name} of 2009/10 Q1, which is not given", hint),
        ("a2.json", f"issued[1]: stands on the adjustment a1.json (SHA-256 {then.sha256[:12]}…) of 2009/10 Q1, which is not given", hint),
    ] == told([last])
    assert ["issued[1]"] == [what.partition(":")[0] for _, what, _ in told([first, last])]
    long = replace(settled("q" * 301, N1=100), periods=("2009/10 Q1", "2009/10 Q2\u202e"))
    (missing, *_) = told([adjusted("a1.json", long, N1=(100, 150))])
    assert (
        f"issued[0]: stands on the settlement {'q' * 300}… (SHA-256 {long.sha256[:12]}…) of 2009/10 Q1 and 2009/10 Q2<U+202E>, which is not given"
        == missing[1]
    )


def test_an_adjustment_of_another_settlement() -> None:
    """Where another settlement of the same period is given, it is the settlement that is the wrong one; of another period's it is not."""
    first, other, second = settled("q1.json", N1=100), settled("other.json", N1=90), settled("q2.json", "2009/10 Q2", N1=5)
    adjustment = adjusted("a1.json", first, N1=(100, 150))
    name = f"q1.json (SHA-256 {first.sha256[:12]}…)"
    assert [
        (
            "a1.json",
            f"issued[0]: adjusts another settlement of 2009/10 Q1 than other.json, namely {name}",
            "name the settlement that was issued",
        )
    ] == told([other, adjustment])
    assert [f"issued[0]: stands on the settlement {name} of 2009/10 Q1, which is not given"] == [
        w for _, w, _ in told([second, adjustment])
    ]
    then = adjusted("a2.json", other, adjustment, N1=(150, 160))  # an adjustment that is missing is not another settlement
    assert [f"issued[1]: stands on the adjustment a1.json (SHA-256 {adjustment.sha256[:12]}…) of 2009/10 Q1, which is not given"] == [
        what for _, what, _ in told([other, then])
    ]


def test_an_adjustment_stands_on_a_settlement_of_each_of_its_periods() -> None:
    """One of Q1 and Q2 that stands on the settlement of Q1 and on an adjustment of Q2 alone is none that p4p wrote."""
    first, second = settled("q1.json", N1=100), settled("q2.json", "2009/10 Q2", N1=100)
    then = adjusted("a1.json", second, periods=("2009/10 Q2",), N1=(100, 110))
    both = adjusted("a2.json", first, then, periods=("2009/10 Q1", "2009/10 Q2"), N1=(100, 150))
    assert [("a2.json", "issued: adjusts 2009/10 Q2 and stands on no settlement of it", "ask for the adjustment as p4p wrote it")] == told(
        [first, second, then, both]
    )[:1]
    assert [] == told([first, adjusted("a1.json", first, N1=(100, 150))])


def test_adjustments_beside_each_other() -> None:
    """Two adjustments of one settlement, neither of which knows the other; a third that knows one of them is beside the other."""
    first = settled("q1.json", N1=100)
    one, two = adjusted("a1.json", first, N1=(100, 150)), adjusted("a2.json", first, N1=(100, 120))
    hint = "name the one that was issued; where both were paid, recover the whole of the one that is left out"
    assert [("a2.json", "issued: adjusts 2009/10 Q1 as if a1.json had not been issued", hint)] == told([first, one, two])
    three = adjusted("a3.json", first, one, N1=(150, 120))
    assert [] == told([first, one, three])
    said = "issued: adjusts 2009/10 Q1 as if {} had not been issued"
    assert [("a2.json", said.format("a1.json"), hint), ("a3.json", said.format("a2.json"), hint)] == told([first, one, two, three])


def test_overlaps_and_missing_documents_are_told_together() -> None:
    """A second settlement beside an adjustment that stands on neither: both are told, and money is not held together before documents are."""
    first, second, gone = settled("q1.json", N1=100), settled("again.json", N1=90), settled("gone.json", "2009/10 Q3", N1=1)
    lost = adjusted("a1.json", gone, periods=("2009/10 Q3",), N1=(7, 8))
    assert [("again.json", "period"), ("a1.json", "issued[0]")] == [(f, w.partition(":")[0]) for f, w, _ in told([first, second, lost])]


# money that does not fit


def test_money_that_the_documents_before_do_not_say() -> None:
    """1,000.00 was settled, and the adjustment says that 999.99 had been; whoever else does not fit is told as well, and of an unknown payee nothing was issued."""
    first = settled("q1.json", N1=100000, N2=200)
    changed = adjusted("a1.json", first, N1=(99999, 150), N2=(200, 210), **{"N3\u202e": (5, 5)})
    assert [
        ("a1.json", "payees, N1, 2009/10 Q1: says that 999.99 had been issued, and the documents before it say 1,000.00", CHANGED),
        ("a1.json", "payees, N3<U+202E>, 2009/10 Q1: says that 0.05 had been issued, and the documents before it say 0.00", CHANGED),
    ] == told([first, changed])
    assert [] == told([first, changed], "N2")


@pytest.mark.parametrize(
    ("key", "then", "line"),
    [
        (UPFRONT, 99, "one upfront"),
        (UPFRONT._replace(of="two\u202e"), 100, "two<U+202E> upfront"),
        (Key("2009/10 Q1", "indicator", "one", "I1"), 0, "one I1"),
        (UPFRONT, None, "one upfront"),
    ],
)
def test_a_line_that_the_documents_before_do_not_say(key: Key, then: int | None, line: str) -> None:
    """100p were issued on the line, and not 99p, nor on another line, nor nothing; a line of 0p had not been issued either."""
    first = settled("q1.json", N1=100)
    change = Change(None if then is None else Line(then), Line(150))
    wrong = document("a1.json", parts={"N1": Part("N1", 100, 150, {key: change})}, kind="adjustment", form=None, bases=(base(first),))
    what = f"payees, N1, 2009/10 Q1, {line}: says another amount had been issued than the documents before it do"
    assert [("a1.json", what, CHANGED)] == told([first, wrong])


def test_an_adjustment_that_is_silent_of_somebody_who_was_paid() -> None:
    """N2 and N3 were paid, and the adjustment says nothing of them: the first is named; nobody misses them who asks for N1 alone."""
    first = settled("q1.json", N1=100, N3=300, **{"N2\u202e": 200})
    less = adjusted("a1.json", first, N1=(100, 150))
    assert [("a1.json", "payees: says nothing of N2<U+202E>, who was paid for 2009/10 Q1 before", CHANGED)] == told([first, less])
    assert [] == told([first, less], "N1")
