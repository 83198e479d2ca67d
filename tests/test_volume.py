"""Marginal rates, tolerances, instalments, capitation, tariffs and the year of care, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.errors import Location
from p4p.numbers.exact import Mixed, figure, formula
from p4p.steps.terms import Missing
from p4p.steps.volume import Capitation, Contact, Instalment, MarginalRate, Segment, Service, Tariff, Tolerance, YearOfCare


def marginal(above: str, below: str) -> MarginalRate:
    return MarginalRate(actual=t("done"), baseline=t("base"), baseline_period="2008/09", above=t(above), below=t(below))


@pytest.mark.parametrize(
    ("paid", "adjustment", "retained", "done", "above", "below"),
    [
        (1030, 30, 70, 1100, "30%", "100%"),
        (1000, 0, 0, 1000, "30%", "100%"),
        (900, -100, 0, 900, "30%", "100%"),
        (1000, 0, -100, 900, "30%", "0%"),
        (925, -75, -25, 900, "75%", "75%"),
    ],
)
def test_a_marginal_rate(paid: int, adjustment: int, retained: int, done: int, above: str, below: str) -> None:
    """About a baseline of 1000: part of what lies above it is paid, part of what lies below it is taken off."""
    made = marginal(above, below)
    assert {"": paid, "adjustment": adjustment, "retained": retained} == made.value(Plain(done=done, base=1000))
    assert [] == made.faults()
    assert f"base (2008/09), plus {above} of what done is above it, less {below} of what it is below" == made.says()
    assert ("adjustment", "retained") == made.outcomes


@pytest.mark.parametrize(("names", "above", "below"), [([], "0%", "100%"), ([], "x", "y"), (["above", "below"], "101%", "-1%")])
def test_a_marginal_rate_is_a_part(names: list[str], above: str, below: str) -> None:
    """From nothing to all of it; names are not known yet."""
    texts = {"above": above, "below": below}
    assert [(name, f"{name} is {texts[name]}", "a rate is from 0% to 100%") for name in names] == marginal(above, below).faults()


def tolerance(lower: str = "96%", upper: str = "102%") -> Tolerance:
    return Tolerance(delivered=t("done"), contracted=t("due"), price=t("£2.00"), lower=t(lower), upper=t(upper))


@pytest.mark.parametrize(
    ("recovery", "units", "carried", "lost", "done"),
    [
        (-10_000, 50, 0, 0, 950),  # 95%: all 50 units short, at £2.00
        (0, 0, -40, 0, 960),
        (0, 0, 0, 0, 1000),
        (0, 0, 20, 0, 1020),
        (0, 0, 20, 5, 1025),
    ],
)
def test_a_tolerance(recovery: int, units: int, carried: int, lost: int, done: int) -> None:
    """Of 1000 units: below 960 all that is short is recovered, up to 1020 the difference is carried forward, more is lost."""
    expected = {"": recovery, "recovered_units": units, "carried_forward": carried, "lost": lost}
    assert expected == tolerance().value(Plain(done=done, due=1000))
    assert ("recovered_units", "carried_forward", "lost") == tolerance().outcomes


@pytest.mark.parametrize(
    ("done", "due", "what"), [(-1, 1000, "done is below zero"), (0, -1, "due is below zero"), (-5, -5, "done is below zero")]
)
@pytest.mark.parametrize("explained", [False, True])
def test_units_below_zero_are_no_year(done: int, due: int, what: str, explained: bool) -> None:
    """Found on random contracts: of units below zero a part was lost that nobody had delivered. None at all is the least."""
    with pytest.raises(Missing) as refused:
        tolerance().value(Plain(done=done, due=due, explained=explained))
    assert (what, "a contract is for a number of units, and so many are delivered") == (refused.value.what, refused.value.hint)
    assert 0 == tolerance().value(Plain(done=0, due=0))["carried_forward"]


def test_a_tolerance_holds_the_whole() -> None:
    """The band goes from at most 100% to at least 100%; names are not known yet."""
    assert [[]] * 4 == [tolerance(*edges).faults() for edges in (("96%", "102%"), ("100%", "100%"), ("x", "90%"), ("110%", "x"))]
    for lower, upper in (("101%", "102%"), ("96%", "99%")):
        said = ("lower", f"the band from {lower} to {upper} does not hold 100%", "the lower edge is at most 100%, the upper at least")
        assert [said] == tolerance(lower, upper).faults()
    assert (
        "below 96% of due every unit short is recovered at £2.00; from there to 102% the difference is carried forward; more than that is lost"
        == tolerance().says()
    )


def paid(made: Instalment, first: int, months: int, amount: Any = 1001) -> Any:
    at: Any = Plain(year=amount)
    at.months = range(at.opens + first, at.opens + first + months)
    return made.value(at)


def test_instalments_in_named_parts() -> None:
    """Of 1001 pence 15%, 20%, 30% and 35%: to date 150.15, 350.35, 650.65 and 1001 pence."""
    made = Instalment(of=t("year"), parts={"Q1": F(15, 100), "Q2": F(20, 100), "Q3": F(30, 100), "Q4": F(35, 100)})
    assert [150, 200, 301, 350] == [paid(made, first, 3) for first in (0, 3, 6, 9)]
    # half a year, nine months from July on, the year
    assert [350, 851, 1001] == [paid(made, *span) for span in ((0, 6), (3, 9), (0, 12))]
    assert ("year Q1 15%, Q2 20%, Q3 30%, Q4 35%", []) == (made.says(), made.faults())


def test_equal_instalments() -> None:
    """Of 1001 pence a twelfth each month, 83.4 and 166.8 to date, and a quarter each quarter, 250.25 and 500.5."""
    monthly, quarterly = Instalment(of=t("year"), equal="monthly"), Instalment(of=t("year"), equal="quarterly")
    assert [83, 84, 83] == [paid(monthly, first, 1) for first in (0, 1, 2)]  # 83.4, 166.8 and 250.25 to date
    assert 1001 == sum(paid(monthly, first, 1) for first in range(12))
    assert [250, 251, 250, 250] == [paid(quarterly, first, 3) for first in (0, 3, 6, 9)]  # 250.25, 500.5, 750.75 and 1001 to date
    assert [250, 1001] == [paid(monthly, 0, 3), paid(quarterly, 0, 12)]
    assert ("year in equal monthly parts", []) == (monthly.says(), monthly.faults())


def test_what_instalments_find_wrong_with_themselves() -> None:
    """Parts or equal ones, one of the two; four quarters that make a whole."""
    hint = "equal: monthly | equal: quarterly | parts: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}"
    quarters = dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), F(1, 4))
    either = [("", "say `parts` or `equal`, one of the two", hint)]
    assert either == Instalment(of=t("x")).faults() == Instalment(of=t("x"), parts=quarters, equal="monthly").faults()
    assert [("equal", '"weekly" is not one of the choices', "choices: monthly | quarterly")] == Instalment(
        of=t("x"), equal="weekly"
    ).faults()
    named = [("parts", "the parts must name Q1, Q2, Q3 and Q4", "parts: {Q1: 15%, Q2: 20%, Q3: 30%, Q4: 35%}")]
    assert named == Instalment(of=t("x"), parts={"Q1": F(1)}).faults()
    whole = [("parts", "the parts add to 125%, not 100%", "change one of them; together they are the whole")]
    assert whole == Instalment(of=t("x"), parts=quarters | {"Q4": F(1, 2)}).faults()
    assert [] == Instalment(of=t("x"), equal="quarterly").faults() == Instalment(of=t("x"), parts=quarters).faults()


def test_capitation() -> None:
    """3 healthy at £2.00 and 2 frail at £5.00: £6.00 and £10.00, for 5 heads."""
    made = Capitation(
        segments={
            "healthy": Segment(title="Mostly healthy", people=t("well"), price=t("£2.00")),
            "frail": Segment(title="Frail", people=t("frail"), price=t("£5.00")),
        }
    )
    assert {"": 1600, "healthy": 600, "frail": 1000, "people": 5} == made.value(Plain(well=3, frail=2))
    assert (("healthy", "frail", "people"), []) == (made.outcomes, made.faults())
    assert "an amount for each head: Mostly healthy £2.00, Frail £5.00" == made.says()
    taken = Capitation(segments={"people": made.segments["frail"]})
    assert [("segments", "a segment cannot be called `people`", "give it another id")] == taken.faults()


def test_a_tariff() -> None:
    """4 deliveries at $4.59 and 10 visits at $0.50: $18.36 and $5.00."""
    made = Tariff(
        services={
            "delivery": Service(title="Deliveries", units=t("deliveries"), price=t("$4.59")),
            "visit": Service(title="Visits", units=t("visits"), price=t("$0.50")),
        }
    )
    assert {"": 2336, "delivery": 1836, "visit": 500} == made.value(Plain(deliveries=4, visits=10))
    assert (("delivery", "visit"), "for each one done: Deliveries $4.59, Visits $0.50") == (made.outcomes, made.says())


def year_of_care(**contacts: Contact) -> YearOfCare:
    return YearOfCare(staff={"gp": t("£60.00"), "nurse": t("£30.00")}, contacts=contacts)


def test_a_year_of_care() -> None:
    """10 minutes of a GP twice for half of patients are 10 minutes, £10.00; 60 of a nurse in groups of 6 are 10 minutes, £5.00; 4 more are £2.00."""
    made = year_of_care(
        review=Contact(title="Review", minutes=t("10"), staff="gp", times=t("2"), part=t("50%")),
        course=Contact(title="Course", minutes=t("60"), staff="nurse", group=t("6")),
        call=Contact(title="Call", minutes=t("length"), staff="nurse"),
    )
    assert {"": 1700, "review": 1000, "course": 500, "call": 200, "minutes": 24} == made.value(Plain(length=4))
    assert (("review", "course", "call", "minutes"), []) == (made.outcomes, made.faults())
    assert "a patient's year: Review, 10 minutes (gp); Course, 60 minutes (nurse); Call, length minutes (nurse)" == made.says()
    told = made.value(Plain(explained=True, length=4))
    assert (["review: cost", "course: cost", "call: cost"], 24) == ([told[cid].name for cid in made.contacts], told["minutes"].value)
    assert {"review: minutes", "course: minutes"} <= {
        part.name for part in (*told["review"].parts[0].parts, *told["course"].parts[0].parts)
    }


def test_what_a_year_of_care_finds_wrong_with_itself() -> None:
    """Staff that is not there, a group of nobody, a contact with a name that is taken."""
    assert [("", 'there is no staff "porter"', "known here: gp, nurse")] == year_of_care(
        a=Contact(title="A", minutes=t("1"), staff="porter")
    ).faults()
    assert [("contacts", "a group of nobody", "group: how many patients share the time")] == year_of_care(
        a=Contact(title="A", minutes=t("1"), staff="gp", group=t("0"))
    ).faults()
    assert [("contacts", "a contact cannot be called `minutes`", "give it another id")] == year_of_care(
        minutes=Contact(title="A", minutes=t("1"), staff="gp")
    ).faults()
    with pytest.raises(Missing) as caught:
        year_of_care(a=Contact(title="A", minutes=t("1"), staff="gp", group=t("size"))).value(Plain(size=0))
    assert "the group of a is zero, and nothing is divided by zero" == caught.value.what


def test_on_the_baseline_nothing_is_below_it() -> None:
    """An explanation says that what was done is at least the baseline."""
    told = marginal("30%", "100%").value(Plain(explained=True, done=1000, base=1000))
    assert "done 1000 is at least base 1000" == told["adjustment"].because


def test_the_first_instalment_takes_nothing_off() -> None:
    """It is its part of the year, rounded, with nothing subtracted; the first of the next year likewise."""
    made = Instalment(of=t("year"), equal="quarterly")
    at: Any = Plain(explained=True, year=figure(1001, "year", "pence"))
    at.months = range(at.opens, at.opens + 3)
    assert (250, "rounded to the penny (half-up)") == (made.value(at).value, made.value(at).how)
    assert [250, 251] == [paid(made, first, 3) for first in (12, 15)]


def test_a_quarter_is_not_cut_into_months() -> None:
    """Any month of a quarter stands for all of it."""
    assert [250, 250, 251] == [paid(Instalment(of=t("year"), equal="quarterly"), first, 1) for first in (0, 2, 3)]


def test_an_explanation_of_a_year_of_care() -> None:
    """Minutes are multiplied and divided by what the contract says of a contact, and by nothing that it does not say."""
    made = year_of_care(
        plain=Contact(title="Call", minutes=t("length"), staff="nurse"),
        all=Contact(title="Course", minutes=t("length"), staff="nurse", times=t("2"), part=t("50%"), group=t("2")),
    )
    told = made.value(Plain(explained=True, length=4))
    plain, every = (told[cid].parts[0].parts[0] for cid in ("plain", "all"))
    assert ("plain: minutes", "number", "") == (plain.name, plain.unit, formula(plain))
    assert ("all: minutes", "number", "length × 2 × 50% ÷ 2", 2) == (every.name, every.unit, formula(every), every.value)


def test_staff_that_is_not_there_is_told_where_it_stands() -> None:
    """At the key `staff` of the contact; without one, at the step."""
    here, step = Location("c.yaml", 5, 3), Location("c.yaml", 2, 1)
    wrong = Contact(title="A", minutes=t("1"), staff="porter", places={"staff": here})
    assert here == year_of_care(a=wrong).faults()[0][0]
    without = Contact(title="A", minutes=t("1"), staff="porter")
    assert step == YearOfCare(staff={"gp": t("£60.00")}, contacts={"a": without}, places={"": step}).faults()[0][0]


def test_minutes_are_no_money() -> None:
    """An amount in the place of minutes is told, whether it is the time itself or how often it comes."""
    for told, given in (("£10.00", {"minutes": "£10.00"}), ("£100.00", {"minutes": "10", "times": "£10.00"})):
        contact = Contact(title="Call", staff="gp", **{name: t(text) for name, text in given.items()})
        with pytest.raises(Mixed) as caught:
            year_of_care(call=contact).value(Plain(explained=True))
        assert f"{told} is money, where minutes belong" == str(caught.value)
