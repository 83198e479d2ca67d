"""What packages are worth, to whom, in which quarter, and for which indicator: by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F

import polars as pl
import pytest
from settling import ONE, YEAR, contract, members, package, split

from p4p.language.contract import Each, Indicator, Package, PerPatient, Total, Upfront, Value
from p4p.language.curves import AllOrNothing, Threshold
from p4p.numbers.errors import Location
from p4p.numbers.period import parse_month
from p4p.settling.assumptions import NOTHING, Assumptions, SupposedList
from p4p.settling.entitlement import divided_pots, opening_month, paid_networks, patients, quarters_of_package, year_values

DAY = date(2009, 4, 1)


def worth(value: Value) -> Package:
    return Package(title="Care", value=value, split=split(F(1)), upfront=Upfront(instalments="quarterly"))


@pytest.mark.parametrize(
    ("quarters", "first", "last"),
    [
        ([1, 2, 3, 4], None, None),
        ([1], None, "2009-04"),  # the first month of the quarter is enough
        ([4], "2010-03", None),  # and so is the last
        ([2], "2009-08", "2009-08"),
        ([1, 2], "2009-06", "2009-07"),
        ([], "2010-04", None),
        ([], None, "2009-03"),
    ],
)
def test_a_network_is_paid_in_quarters_in_which_it_has_a_practice(quarters: list[int], first: str | None, last: str | None) -> None:
    """One month with one practice is enough to be paid for a quarter."""
    found = paid_networks(members(("P1", "N1", first, last), ("P2", "N2", None, None)), YEAR)
    assert {q: frozenset({"N1", "N2"}) if q in quarters else frozenset({"N2"}) for q in (1, 2, 3, 4)} == found


@pytest.mark.parametrize(
    ("month", "value"),
    [
        ("2009-04", Each(each=1)),
        ("2009-04", Total(total=1, shared_by="equal parts")),
        ("2009-04", Total(total=1, shared_by="registered list", as_at=date(2009, 1, 1))),
        ("2009-07", Total(total=1, shared_by="registered list", as_at=date(2009, 7, 1))),
        ("2009-04", PerPatient(price=F(1), per="registered list", as_at=date(2009, 1, 1))),
    ],
)
def test_membership_is_that_of_the_lists_date_and_no_earlier_than_the_contract(month: str, value: Value) -> None:
    """A list older than the contract is laid on the membership with which the contract begins."""
    assert parse_month(month) == opening_month(contract(worth(value)), worth(value))


LISTED = members(
    ("P1", "N1", None, None),
    ("P2", "N2", None, None),
    ("P3", "N3", None, None),
    lists={("registered list", DAY): {"P1": 1, "P2": 2, "P3": 0}, ("weighted list", DAY): {"P1": 3, "P2": 0, "P3": 1}},
)


@pytest.mark.parametrize(
    ("pence", "value"),
    [
        ([7, 7, 7], Each(each=7)),
        ([34, 33, 33], Total(total=100, shared_by="equal parts")),
        ([33, 67, 0], Total(total=100, shared_by="registered list", as_at=DAY)),  # 33⅓ and 66⅔
        ([75, 0, 25], Total(total=100, shared_by="weighted list", as_at=DAY)),
        ([3, 5, 0], PerPatient(price=F(5, 2), per="registered list", as_at=DAY)),  # 2½, half a penny up, and 5
        ([8, 0, 3], PerPatient(price=F(5, 2), per="weighted list", as_at=DAY)),  # 7½ and 2½
    ],
)
def test_a_years_value(pence: list[int], value: Value) -> None:
    """So much each, so much a patient, or a total in equal parts or by a list."""
    found = year_values(contract(worth(value)), worth(value), LISTED, paid_networks(LISTED, YEAR))
    assert dict(zip(("N1", "N2", "N3"), pence, strict=True)) == found


def test_a_network_that_is_never_there_has_no_value() -> None:
    """Of a total nothing goes to a network without a practice all year; one that is there for a month has its part."""
    there = members(("P1", "N1", None, None), ("P2", "N2", "2010-04", None), ("P3", "N3", "2010-03", None))
    value = Total(total=101, shared_by="equal parts")
    assert {"N1": 51, "N3": 50} == year_values(contract(worth(value)), worth(value), there, paid_networks(there, YEAR))


def test_a_list_may_be_supposed_to_grow() -> None:
    """With 3% more in N1, 1.03 stand to 2: of 100 pence 33.99 and 66.01; nothing is counted for a value without a list."""
    more = Assumptions(lists=(SupposedList("N1", F(103, 100), Location("s.yaml")),))
    value = Total(total=100, shared_by="registered list", as_at=DAY)
    assert {"N1": 34, "N2": 66, "N3": 0} == year_values(contract(worth(value)), worth(value), LISTED, paid_networks(LISTED, YEAR), more)
    assert {"N1": F(103, 100), "N2": 2, "N3": 0} == patients(contract(worth(value)), worth(value), LISTED, more)
    for without in (Each(each=1), Total(total=1, shared_by="equal parts")):
        assert {} == patients(contract(worth(without)), worth(without), LISTED, NOTHING)


def test_a_quarters_money() -> None:
    """£0.10 a year, half-up, is 3, 2, 3 and 2 pence; of each 70% is paid up front (2.1, 1.4, 2.1 and 1.4), the rest is the pot."""
    there = members(("P1", "N1", None, None), ("P2", "N2", None, "2009-06"), ("P2", "N2", "2009-10", None))
    care = package(F(7, 10))
    found = quarters_of_package(care, {"N1": 1000, "N2": 10}, there, paid_networks(there, YEAR), YEAR, "half-up")
    assert [0, 1] == found["network"].to_list()
    assert [1000, 10] == found["year_value"].to_list()
    rows = {q: found.select(f"paid_{q}", f"value_{q}", f"upfront_{q}", f"pot_{q}").rows() for q in (1, 2, 3, 4)}
    assert {
        1: [(True, 250, 175, 75), (True, 3, 2, 1)],
        2: [(True, 250, 175, 75), (False, 0, 0, 0)],  # N2 has no practice from July to September
        3: [(True, 250, 175, 75), (True, 3, 2, 1)],
        4: [(True, 250, 175, 75), (True, 2, 1, 1)],
    } == rows


def test_a_year_is_spread_as_the_contract_says() -> None:
    """Of 101 pence a tenth, two tenths, three and four: to date 10.1, 30.3, 60.6 and 101, rounded down."""
    care = Package(title="Care", value=Each(each=101), spread=(F(1, 10), F(2, 10), F(3, 10), F(4, 10)), split=split(F(1)))
    found = quarters_of_package(care, {"N1": 101}, ONE, paid_networks(ONE, YEAR), YEAR, "down")
    assert [(10, 20, 30, 41)] == found.select(f"value_{q}" for q in (1, 2, 3, 4)).rows()


def weighing(**weights: F) -> dict[str, Indicator]:
    curve = AllOrNothing(target=Threshold(F(9, 10), "at least"))
    return {iid: Indicator(title=iid, weight=weight, curve=curve) for iid, weight in weights.items()}


def test_pots_are_divided_by_weight_to_the_penny() -> None:
    """By halves, thirds and sixths: 100 is 50, 33⅓ and 16⅔, the odd penny for C; 7 is 3½, 2⅓ and 1⅙, the odd penny for B."""
    pots = pl.DataFrame({"pot_1": [100, 7, 0], "pot_2": [6, 13, 700]})
    one, two = divided_pots(pots, weighing(B=F(1, 2), A=F(1, 3), C=F(1, 6)))
    assert ["0", "1", "2"] == one.columns
    assert [(50, 33, 17), (4, 2, 1), (0, 0, 0)] == one.rows()
    # 13 is 6½, 4⅓ and 2⅙, the odd penny for B; 700 is 350, 233⅓ and 116⅔, for C
    assert [(3, 2, 1), (7, 4, 2), (350, 233, 117)] == two.rows()


def test_the_odd_penny_of_equal_weights_goes_by_id() -> None:
    """The first by id has it, in whatever order the contract names them."""
    (found,) = divided_pots(pl.DataFrame({"pot_1": [1, 3]}), weighing(B=F(1, 2), A=F(1, 2)))
    assert [(0, 1), (1, 2)] == found.rows()


def test_weights_too_fine_for_whole_rounds() -> None:
    """A weight of a part in 2^63, or in 2^130, has nothing of a pound, and the other all of it; an indicator that weighs nothing has nothing."""
    for part in (F(1, 2**63), F(1, 2**130)):
        (found,) = divided_pots(pl.DataFrame({"pot_1": [100, 0, 100]}), weighing(A=part, B=1 - part, C=F(0)))
        assert [(0, 100, 0), (0, 0, 0), (0, 100, 0)] == found.rows()


def test_one_network_may_be_worth_very_much_more_than_another() -> None:
    """A thousand million million pounds beside a penny, spread to twelve decimals: every penny is where it belongs, and none wraps round."""
    little = F(1, 10**12)
    care = Package(
        title="Care", value=Each(each=1), spread=(F(1, 4) + little, F(1, 4), F(1, 4), F(1, 4) - little), split=split(F(1)), upfront=None
    )
    there = members(("P1", "N1", None, None), ("P2", "N2", None, None))
    found = quarters_of_package(care, {"N1": 1, "N2": 10**17}, there, paid_networks(there, YEAR), YEAR, "down")
    quarter = 25 * 10**15
    assert [(0, 0, 0, 1), (quarter + 10**5, quarter, quarter, quarter - 10**5)] == found.select(f"value_{q}" for q in (1, 2, 3, 4)).rows()


def test_halves_go_to_the_even_penny_of_the_year_so_far() -> None:
    """Half of 3 pence is 1½, which goes to 2; the rest of the year is then 1."""
    care = Package(title="Care", value=Each(each=3), spread=(F(1, 2), F(1, 2), F(0), F(0)), split=split(F(1)))
    found = quarters_of_package(care, {"N1": 3}, ONE, paid_networks(ONE, YEAR), YEAR, "half-even")
    assert [(2, 1, 0, 0)] == found.select(f"value_{q}" for q in (1, 2, 3, 4)).rows()


def test_odd_pennies_of_equal_parts_go_by_code() -> None:
    """107 pence in twenty parts: the first seven by code have 6, the others 5."""
    codes = [f"N{n:02d}" for n in range(20)]
    there = members(*((f"P{n:02d}", codes[n], None, None) for n in reversed(range(20))))
    value = Total(total=107, shared_by="equal parts")
    found = year_values(contract(worth(value)), worth(value), there, paid_networks(there, YEAR))
    assert dict(zip(codes, [6] * 7 + [5] * 13, strict=True)) == found
