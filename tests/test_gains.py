"""Baselines, minimum savings, shares of gains and losses, withholds and recovery, each alone and by hand."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest
from one_step import Plain, t

from p4p.numbers.errors import Location
from p4p.steps.gains import Baseline, BaseYear, GainShare, LossRate, MinimumSaving, Recoup, SavingRate, Withhold
from p4p.steps.terms import Missing, parse_term

AT = Location("contract.yaml", 3, 7)


def baseline(*, weights: tuple[str, str] = ("25%", "75%"), **given: str) -> Baseline:
    years = {year: BaseYear(of=t(f"spent_{year}"), weight=t(weight)) for year, weight in zip(("2010", "2011"), weights, strict=True)}
    return Baseline(years=years, **{name: t(text) for name, text in given.items()})


@pytest.mark.parametrize(
    ("amount", "words", "given"),
    [
        # a quarter of 400 and three quarters of 800 are 700
        (700, "", {}),
        (770, ", updated by 10%", {"growth": "10%"}),
        (750, ", plus £0.50", {"growth_amount": "£0.50"}),
        (840, ", multiplied by risk", {"risk": "risk"}),
        (735, ", multiplied by risk but at most 105%", {"risk": "risk", "most_risk": "105%"}),
        (840, ", multiplied by risk but at most 130%", {"risk": "risk", "most_risk": "130%"}),
        (F(1617, 2), ", multiplied by risk but at most 105%, updated by 10%", {"risk": "risk", "most_risk": "105%", "growth": "10%"}),
        # the amount is added after the risk, which does not change it
        (890, ", multiplied by risk, plus £0.50", {"risk": "risk", "growth_amount": "£0.50"}),
    ],
)
def test_a_baseline(amount: Any, words: str, given: dict[str, str]) -> None:
    """Earlier years weighted, times the risk (120%) within its cap, updated by a rate or by an amount."""
    made = baseline(**given)
    assert amount == made.value(Plain(spent_2010=400, spent_2011=800, risk=F(6, 5)))
    assert f"the baseline: spent 2010 (2010) × 25%, spent 2011 (2011) × 75%{words}" == made.says()
    assert [] == made.faults()


def test_what_a_baseline_finds_wrong_with_itself() -> None:
    """Updated twice, a cap on nothing, weights that make no whole; weights that are names are taken as they are."""
    assert [("growth_amount", "the baseline is updated twice, by a rate and by an amount", "keep one: they pay differently")] == baseline(
        growth="1%", growth_amount="£1.00"
    ).faults()
    cap = ("most_risk", "there is a cap on a risk adjustment, and no adjustment", "name the ratio under `risk`, or take the cap out")
    assert [cap] == baseline(most_risk="103%").faults()
    whole = ("years", "the weights of the years add to 75%, not 100%", "change one of them; together they are the whole")
    assert [whole] == baseline(weights=("25%", "50%")).faults()
    assert [] == baseline(weights=("25%", "w")).faults()


def saving(counts: str, below: str, losses: str) -> MinimumSaving:
    return MinimumSaving(of=t("saving"), minimum=t("minimum"), counts=counts, below=t(below), losses=losses)  # type: ignore[arg-type]


FIRST, EXCESS = "from the first pound", "only the excess"


@pytest.mark.parametrize(
    ("counted", "made"),
    [
        # of savings of -150, -100, -40, 0, 40, 100 and 150, with a minimum of 100
        ([0, 0, 0, 0, 0, 100, 150], saving(FIRST, "0%", "not counted")),
        ([-150, -100, -40, 0, 20, 100, 150], saving(FIRST, "50%", "from the first pound")),
        ([-150, -100, 0, 0, 20, 100, 150], saving(FIRST, "50%", "same minimum")),
        ([0, 0, 0, 0, 0, 0, 50], saving(EXCESS, "0%", "not counted")),
        ([-150, -100, -40, 0, 0, 0, 50], saving(EXCESS, "0%", "from the first pound")),
        ([-50, 0, 0, 0, 20, 0, 50], saving(EXCESS, "50%", "same minimum")),
    ],
)
def test_what_of_a_saving_or_a_loss_counts(counted: list[int], made: MinimumSaving) -> None:
    """From the first pound or only the excess, a part of what is too small, losses likewise, all of them or not at all."""
    assert counted == [made.value(Plain(saving=x, minimum=100)) for x in (-150, -100, -40, 0, 40, 100, 150)]


def test_a_minimum_in_words() -> None:
    """What counts, what a smaller saving counts, and losses."""
    assert (
        "of saving that reaches minimum all of it counts, otherwise nothing; losses: not counted"
        == saving(FIRST, "0%", "not counted").says()
    )
    assert "of saving that reaches minimum what lies above it counts, otherwise 50% of it; losses: same minimum" == (
        saving(EXCESS, "50%", "same minimum").says()
    )


def test_a_minimum_below_zero_is_refused() -> None:
    """A minimum of nothing is one, which every saving reaches; one below nothing is a mistake, on figures as on fractions."""
    made = saving(FIRST, "0%", "same minimum")
    assert [40, 0, -40] == [made.value(Plain(saving=x, minimum=0)) for x in (40, 0, -40)]
    for explained in (False, True):
        with pytest.raises(Missing) as caught:
            made.value(Plain(explained=explained, saving=40, minimum=-1))
        said = ("the minimum minimum is below zero", "correct the figure: a minimum is at least £0.00")
        assert said == (caught.value.what, caught.value.hint)
    assert 40 == made.value(Plain(explained=True, saving=40, minimum=0)).value
    placed = MinimumSaving(of=t("saving"), minimum=parse_term("least", AT), counts="only the excess", below=t("0%"), losses="not counted")
    with pytest.raises(Missing) as caught:
        placed.value(Plain(saving=40, least=-1))
    assert ("the minimum least is below zero", AT) == (caught.value.what, caught.value.at)


def test_the_minimum_of_a_loss_has_a_name() -> None:
    """An explanation says what a loss was held against."""
    told = saving(FIRST, "0%", "same minimum").value(Plain(explained=True, saving=-40, minimum=100))
    assert "minimum of a loss" in [f.name for f in told.deciders]


@pytest.mark.parametrize(
    ("share", "rest", "x", "losses"), [(50, 50, 100, "none"), (0, -100, -100, "none"), (-80, -20, -100, "80%"), (0, 0, 0, "80%")]
)
def test_gains_and_losses_are_shared(share: int, rest: int, x: int, losses: str) -> None:
    """Half of a gain; of a loss nothing, or four fifths; the rest stays with who pays."""
    made = GainShare(of=t("saving"), gains=t("50%"), losses=t(losses))
    assert {"": share, "commissioner": rest} == made.value(Plain(saving=x))
    assert [] == made.faults()
    assert f"50% of saving where it is a gain; {'losses are not shared' if losses == 'none' else '80% of a loss'}" == made.says()
    assert ("commissioner",) == made.outcomes


@pytest.mark.parametrize(
    ("names", "gains", "losses"), [([], "100%", "0%"), ([], "0%", "100%"), (["gains"], "101%", "x"), (["losses"], "x", "-1%")]
)
def test_a_share_is_a_part(names: list[str], gains: str, losses: str) -> None:
    """From nothing to all of it."""
    texts = {"gains": gains, "losses": losses}
    expected = [(name, f"{name} is {texts[name]}, more than there is", "a share is from 0% to 100%") for name in names]
    assert expected == GainShare(of=t("saving"), gains=t(gains), losses=t(losses)).faults()


@pytest.mark.parametrize(("left", "kept", "x"), [(98, 2, 100), (0, 0, 0), (-100, 0, -100)])
def test_a_withhold(left: int, kept: int, x: int) -> None:
    """2% is kept back of what is earned, nothing of a loss."""
    made = Withhold(of=t("x"), rate=t("2%"))
    assert ({"": left, "withheld": kept}, "x less 2% of it kept back") == (made.value(Plain(x=x)), made.says())
    assert ("withheld",) == made.outcomes


def test_a_rate_is_a_part() -> None:
    """From nothing to all of it; a name is not known yet."""
    assert [[], [], []] == [Withhold(of=t("x"), rate=t(rate)).faults() for rate in ("0%", "100%", "y")]
    for rate in ("101%", "-1%"):
        assert [("rate", f"the rate is {rate}", "a rate is from 0% to 100%")] == Withhold(of=t("x"), rate=t(rate)).faults()


@pytest.mark.parametrize(
    ("left", "taken", "owed", "earned"), [(70, 30, 0, 100), (0, 30, 0, 30), (0, 20, 10, 20), (0, 0, 30, 0), (-5, 0, 30, -5)]
)
def test_advances_are_taken_back(left: int, taken: int, owed: int, earned: int) -> None:
    """Of 30 advanced as much as was earned; what is not repaid is still owed."""
    made = Recoup(of=t("earned"), advances=t("advances"))
    assert {"": left, "recouped": taken, "outstanding": owed} == made.value(Plain(earned=earned, advances=30))
    assert ("earned less advances, as far as it goes", ("recouped", "outstanding")) == (made.says(), made.outcomes)


@pytest.mark.parametrize(("rate", "gain"), [(F(1, 2), F(1, 2)), (F(3, 4), 0), (F(4, 10), F(9, 10)), (F(4, 10), F(6, 10))])
def test_the_rate_of_losses(rate: F, gain: Any) -> None:
    """1 less the rate of gains, from 40% to 75%."""
    made = LossRate(gain_rate=t("gain"), least=t("40%"), most=t("75%"))
    assert (rate, []) == (made.value(Plain(gain=gain)), made.faults())
    assert "1 less gain, at least 40% and at most 75%" == made.says()


def test_a_ceiling_is_above_its_floor() -> None:
    """Or at it; names are not known yet."""
    assert [("most", "the ceiling 40% is below the floor 75%", "exchange the two")] == LossRate(
        gain_rate=t("g"), least=t("75%"), most=t("40%")
    ).faults()
    assert [[], [], []] == [
        LossRate(gain_rate=t("g"), least=t(low), most=t(high)).faults() for low, high in (("40%", "40%"), ("a", "40%"), ("40%", "a"))
    ]


def test_a_saving_as_a_rate() -> None:
    """60 of 1000 are 6%; of a baseline of nothing the rate is what the contract says."""
    made = SavingRate(baseline=t("base"), baseline_period="2013", spent=t("spent"), if_zero=t("refuse"))
    assert {"": F(6, 100), "saving": 60} == made.value(Plain(base=1000, spent=940))
    assert ("base (2013) less spent, as a proportion of base", ("saving",)) == (made.says(), made.outcomes)
    with pytest.raises(Missing) as caught:
        made.value(Plain(base=0, spent=5))
    assert "base is zero, and nothing is divided by zero" == caught.value.what
    none = SavingRate(baseline=t("base"), baseline_period="2013", spent=t("spent"), if_zero=t("0%"))
    assert {"": 0, "saving": -5} == none.value(Plain(base=0, spent=5))


def test_a_year_may_weigh_nothing() -> None:
    """All of one year and nothing of the other are a whole."""
    assert [] == baseline(weights=("0%", "100%")).faults()


@pytest.mark.parametrize(
    ("counted", "x", "minimum", "made"),
    [
        (0, -99, 100, saving(FIRST, "0%", "same minimum")),
        (0, 99, 100, saving(FIRST, "0%", "same minimum")),
        (F(1, 2), F(1, 2), F(1, 4), saving(FIRST, "0%", "not counted")),
    ],
)
def test_a_minimum_is_kept_to_the_penny_and_below(counted: Any, x: Any, minimum: Any, made: MinimumSaving) -> None:
    """A penny short of the minimum is short of it, and a part of a penny is a saving."""
    assert counted == made.value(Plain(saving=x, minimum=minimum))


def test_nothing_is_neither_saved_nor_lost() -> None:
    """An explanation of a saving of nothing: it is not above nothing, and as a share of gains it is at least nothing; half a penny is a gain."""
    told = saving(FIRST, "0%", "from the first pound").value(Plain(explained=True, saving=0, minimum=100))
    assert "saving 0 is not above 0" == told.because
    share = GainShare(of=t("saving"), gains=t("50%"), losses=t("80%"))
    assert "saving 0 is at least 0" == share.value(Plain(explained=True, saving=0))[""].because
    assert F(1, 4) == share.value(Plain(saving=F(1, 2)))[""]
