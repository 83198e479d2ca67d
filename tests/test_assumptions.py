"""What a what-if supposes: achievements set or moved, lists longer or shorter."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Literal

import pytest

from p4p.numbers.errors import Location
from p4p.numbers.exact import Figure
from p4p.settling.assumptions import NOTHING, Assumptions, SupposedAchievement, SupposedList

AT = Location("s.yaml", 3)


def achievement(change: Literal["to", "by"], value: F, indicator: str = "DM1") -> SupposedAchievement:
    """An achievement supposed for all networks."""
    return SupposedAchievement(None, indicator, change, value, AT)


def longer(network: str | None, percent: int) -> SupposedList:
    """A list so many percent longer."""
    return SupposedList(network, F(100 + percent, 100), AT)


@pytest.mark.parametrize(
    ("change", "value", "counted", "supposed"),
    [
        ("to", F(9, 10), F(1, 2), F(9, 10)),
        ("to", F(0), F(1, 2), F(0)),
        ("by", F(2, 100), F(836, 929), F(836, 929) + F(1, 50)),  # exact, not on a rounded 90.0%
        ("by", F(-2, 100), F(1, 2), F(48, 100)),
        ("by", F(2, 100), F(99, 100), F(1)),  # 101% is all of them
        ("by", F(-2, 100), F(1, 100), F(0)),  # -1% is nobody
    ],
)
def test_an_achievement_is_set_or_moved(change: Literal["to", "by"], value: F, counted: F, supposed: F) -> None:
    """Set to a ratio whatever was counted, or moved by percentage points, never below nobody or above everybody."""
    assert achievement(change, value).applied(counted) == supposed


def test_an_explained_achievement_is_moved_alike() -> None:
    """A figure that knows how it was made comes to the same: 50% and 2 points are 52%."""
    found = achievement("by", F(2, 100)).applied(Figure(F(1, 2), name="achievement", unit="ratio"))
    assert (type(found), found.value) == (Figure, F(52, 100))


def test_lists_are_longer_for_one_network_or_for_all() -> None:
    """3% on 1,000 and 5,891 patients is 1,030 and 6,067.73; 10% less of one of them then is 927."""
    counted = {"N1": 1000, "N2": 5891}
    every = Assumptions(lists=(longer(None, 3),))
    assert every.patients(counted) == {"N1": 1030, "N2": F(606_773, 100)}
    assert Assumptions(lists=(longer(None, 3), longer("N1", -10))).patients(counted) == {"N1": 927, "N2": F(606_773, 100)}
    assert Assumptions(lists=(longer("N2", -100),)).patients(counted) == {"N1": 1000, "N2": 0}
    assert counted == {"N1": 1000, "N2": 5891}


def test_a_network_that_a_package_does_not_count_stays_out() -> None:
    """What is supposed of its list changes nothing here."""
    assert Assumptions(lists=(longer("N9", 3),)).patients({"N1": 1000}) == {"N1": 1000}


def test_what_is_supposed_of_one_indicator_keeps_its_order() -> None:
    """Later ones apply on top of earlier ones; those of another indicator are left out."""
    first, other, last = achievement("by", F(1, 100)), achievement("to", F(1, 2), "DM2"), achievement("to", F(9, 10))
    supposed = Assumptions(achievements=(first, other, last))
    assert (supposed.of("DM1"), supposed.of("DM2"), supposed.of("DM3")) == ((first, last), (other,), ())


def test_nothing_supposed_changes_nothing() -> None:
    """The files are as they are."""
    assert (NOTHING.patients({"N1": 1000}), NOTHING.of("DM1")) == ({"N1": 1000}, ())
