"""Financial years, quarters and months, April to March."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p4p.numbers.period import (
    MONTH_NAMES,
    Quarter,
    Year,
    first_day,
    last_day,
    long_date,
    month_of,
    month_text,
    months_text,
    parse_date,
    parse_month,
    parse_period,
    parse_year,
    periods,
)

YEAR = Year(2009)
years = st.integers(1990, 2090).map(Year)


@pytest.mark.parametrize(
    "text",
    [
        "2009/10",
        "2009-10",
        "2009–10",
        "2009/2010",
        "09/10",
        "0910",
        " 2009 / 10 ",
        "FY2009/10",
        "FY 09-10",
        "20092010",
        "FY20092010",
        "FY0910",
    ],
)
def test_the_ways_to_write_a_year(text: str) -> None:
    """One financial year, however it is written."""
    assert Year(2009) == Year.parse(text)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('"next year" is not a financial year like 2009/10', "next year"),
        ('"09/2010" is not a financial year like 2009/10', "09/2010"),
        ('"" is not a financial year like 2009/10', ""),
        ('"2009/11" does not end in the year after it starts: write 2009/10', "2009/11"),
        ('"2009/2012" does not end in the year after it starts: write 2009/10', "2009/2012"),
        ('"1989/90" is too long ago or too far ahead: write a year from 1990/91 to 2090/91', "1989/90"),
        ('"2009" does not say which financial year: write 2008/09 or 2009/10', "2009"),
        ('"2021" does not say which financial year: write 2020/21 or 2021/22', "2021"),
        ('"FY2021" does not say which financial year: write 2020/21 or 2021/22', "FY2021"),
        ('"fy 2021" does not say which financial year: write 2020/21 or 2021/22', "fy 2021"),
        ('"1920" does not say which financial year: write 2019/20', "1920"),
        ('"192021" is too long ago or too far ahead: write a year from 1990/91 to 2090/91', "192021"),
        ('"2090" does not say which financial year: write 2089/90 or 2090/91', "2090"),
        ('"1990" does not say which financial year: write 1990/91', "1990"),
        ('"1955" is too long ago or too far ahead: write a year from 1990/91 to 2090/91', "1955"),
        ('"20092011" does not end in the year after it starts: write 2009/10', "20092011"),
        ('"200910" does not say which financial year: write 2008/09 or 2009/10', "200910"),
    ],
)
def test_what_is_not_one_financial_year(message: str, text: str) -> None:
    """A year that could be two, or none, is refused with what to write instead; 2021 is never taken for 2020/21."""
    with pytest.raises(ValueError) as e:
        Year.parse(text)
    assert message == str(e.value)


@given(years)
def test_a_year_is_read_back_as_it_is_written(year: Year) -> None:
    """A year survives being written and read."""
    assert year == Year.parse(str(year))


def test_a_year_at_the_turn_of_the_century() -> None:
    """1999/00 is written with two noughts and ends in March 2000."""
    assert "1999/00" == str(Year(1999))
    assert date(2000, 3, 31) == Year.parse("1999/00").last_day


@given(years)
def test_a_year_is_its_quarters_and_its_months(year: Year) -> None:
    """Four quarters of three months make the twelve months of a year, in order, once each."""
    assert list(year.months) == [m for quarter in year.quarters for m in quarter.months]
    assert (year.first_day, year.last_day) == (first_day(year.months[0]), last_day(year.months[-1]))


@given(years, st.integers(0, 365))
def test_every_day_of_a_year_is_in_one_quarter(year: Year, days: int) -> None:
    """Each day from 1 April to 31 March lies in exactly one quarter."""
    day = year.first_day + timedelta(days=days)
    quarters = [q for q in year.quarters if q.first_day <= day <= q.last_day]
    assert (1 if day <= year.last_day else 0) == len(quarters)


def test_the_quarters_of_2009_10() -> None:
    """Q1 is April to June; Q4 is January to March of the next calendar year, leap days included."""
    assert ["2009-04", "2009-05", "2009-06"] == [month_text(m) for m in Quarter(YEAR, 1).months]
    assert (date(2010, 1, 1), date(2010, 3, 31)) == (Quarter(YEAR, 4).first_day, Quarter(YEAR, 4).last_day)
    assert date(2012, 2, 29) == last_day(parse_month("2012-02"))
    assert YEAR.quarters[:3] == Quarter(YEAR, 3).to_date


@pytest.mark.parametrize("text", ["2009/10 Q3", "2009-10 Q3", "2009/10, q3", "Q3 2009/10", "Q3", "q 3", "09/10Q3"])
def test_the_ways_to_write_a_quarter(text: str) -> None:
    """One quarter, however it is written; the year may be left out where a contract has only one."""
    assert Quarter(YEAR, 3) == Quarter.parse(text, (YEAR,))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('"Q5" is not a quarter like "2009/10 Q1" or "Q1"', "Q5"),
        ('"2009/10" is not a quarter like "2009/10 Q1" or "Q1"', "2009/10"),
        ('"2009/10 Q1 2009/10" is not a quarter like "2009/10 Q1" or "Q1"', "2009/10 Q1 2009/10"),
        ('"Q1": the contract covers 2009/10 to 2010/11, so say which year: "2009/10 Q1"', "Q1"),
        ("2011/12 is outside the contract, which covers 2009/10 to 2010/11", "2011/12 Q1"),
        ('"summer" is not a financial year like 2009/10', "summer Q1"),
    ],
)
def test_what_is_not_a_quarter_of_the_contract(message: str, text: str) -> None:
    """A quarter that is none, is doubtful or is outside the contract is refused, with the reason."""
    with pytest.raises(ValueError) as e:
        Quarter.parse(text, (Year(2009), Year(2010)))
    assert message == str(e.value)


def test_a_very_long_text_is_refused_at_once() -> None:
    """Twenty thousand commas take no longer than two."""
    with pytest.raises(ValueError, match="is not a quarter"):
        Quarter.parse("x" + ", " * 10_000 + "y", (YEAR,))


@given(st.dates())
def test_a_month_holds_its_days(day: date) -> None:
    """Every day, in every year there is, lies between the first and the last day of its month."""
    assert first_day(month_of(day)) <= day <= last_day(month_of(day))


@given(st.integers(0, 9999 * 12 - 13))
def test_months_follow_each_other(gap: int) -> None:
    """The day after the last of a month is the first of the next."""
    month = 12 + gap
    assert first_day(month + 1) == last_day(month) + timedelta(days=1)


@given(st.dates())
def test_dates_and_months_are_read_back(day: date) -> None:
    """What is written as a date or as a month is read as the same."""
    assert day == parse_date(day.isoformat())
    assert month_of(day) == parse_month(month_text(month_of(day)) if day.year > 999 else day.isoformat()[:7])


@pytest.mark.parametrize("text", ["1/4/2009", "2009-4-1", "20090401", "39904", "2009-04-01 ", "٢٠٠٩-٠٤-٠١", "2009-02-29", "2009-06-31"])
def test_only_dates_that_exist_written_one_way(text: str) -> None:
    """Nothing is guessed about which number is the day, and no day is made up."""
    with pytest.raises(ValueError, match=r"is not a date like 2009-04-01|is a day that does not exist"):
        parse_date(text)


@pytest.mark.parametrize("text", ["2009-13", "2009-00", "2009-4", "April 2009", "2009-04-01"])
def test_what_is_not_a_month(text: str) -> None:
    """A month is a year and a number from 01 to 12."""
    with pytest.raises(ValueError, match="is not a month like 2009-04"):
        parse_month(text)


def test_dates_for_people_do_not_depend_on_the_locale() -> None:
    """Dates for people are in English."""
    assert "1 April 2009" == long_date(date(2009, 4, 1))


@pytest.mark.parametrize("text", ["1990/91", "2090/91", "fy2009/10", "89/90"])
def test_the_first_and_the_last_year_that_may_be_named(text: str) -> None:
    """Years from 1990/91 to 2090/91 are read, in capitals or not; of two digits 00 to 90 are of this century."""
    assert {"1990/91": 1990, "2090/91": 2090, "fy2009/10": 2009, "89/90": 2089}[text] == Year.parse(text).start


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('"2091/92" is too long ago or too far ahead: write a year from 1990/91 to 2090/91', "2091/92"),
        ('"91/92" is too long ago or too far ahead: write a year from 1990/91 to 2090/91', "91/92"),
        ('"2009/2110" does not end in the year after it starts: write 2009/10', "2009/2110"),
        ('"2009/3010" does not end in the year after it starts: write 2009/10', "2009/3010"),
        ('"2009/1910" does not end in the year after it starts: write 2009/10', "2009/1910"),
        ('"1999" does not say which financial year: write 1998/99 or 1999/00', "1999"),
        ('"<U+0662><U+0660><U+0660><U+0669>/<U+0661><U+0660>" is not a financial year like 2009/10', "٢٠٠٩/١٠"),
    ],
)
def test_a_year_beside_those_that_may_be_named(message: str, text: str) -> None:
    """One year later than the last, an end in another century, four digits of the last century: refused as others are."""
    with pytest.raises(ValueError) as e:
        Year.parse(text)
    assert message == str(e.value)


def test_a_period_has_up_to_60_characters() -> None:
    """A year or a quarter may be spaced out to 60 characters, and no further."""
    gap = " " * (60 - len("2009/10"))
    assert Year(2009) == Year.parse(f"2009{gap}/10")
    with pytest.raises(ValueError, match="is not a financial year"):
        Year.parse(f"2009{gap} /10")
    gap = " " * (60 - len("2009/10Q1"))
    assert Quarter(YEAR, 1) == Quarter.parse(f"2009/10{gap}Q1", (YEAR,))
    with pytest.raises(ValueError, match="is not a quarter"):
        Quarter.parse(f"2009/10{gap} Q1", (YEAR,))


def test_a_calendar_year() -> None:
    """2013 from January: its quarters are those of the calendar, and it is written with its one number."""
    year = Year(2013, 1)
    assert ("2013", "2013 Q1") == (str(year), str(year.quarters[0]))
    assert (date(2013, 1, 1), date(2013, 12, 31)) == (year.first_day, year.last_day)
    assert [(date(2013, m, 1)) for m in (1, 4, 7, 10)] == [quarter.first_day for quarter in year.quarters]
    assert [date(2013, 3, 31), date(2013, 6, 30), date(2013, 9, 30), date(2013, 12, 31)] == [quarter.last_day for quarter in year.quarters]


def test_years_and_quarters_stand_in_order() -> None:
    """An earlier year is less, of one year an earlier quarter."""
    assert Year(2009) < Year(2010)
    assert Quarter(Year(2009), 4) < Quarter(Year(2010), 1) < Quarter(Year(2010), 2)


@pytest.mark.parametrize(
    ("year", "text", "opens"),
    [(Year(2009), "2009/10", 4), (Year(2013, 1), "2013", 1), (Year(1990, 1), "1990", 1), (Year(2090, 1), "2090", 1)],
)
def test_a_year_is_read_as_its_calendar_writes_it(year: Year, text: str, opens: int) -> None:
    """A calendar from April has years of two numbers, one from January of one."""
    assert year == parse_year(text, opens)


@pytest.mark.parametrize("text", ["1989", "2091", "2013/14", "13", "20130", "٢٠١٣", "", "x013"])
def test_what_is_not_a_calendar_year(text: str) -> None:
    """A calendar year is four plain digits, from 1990 to 2090."""
    with pytest.raises(ValueError, match=r'^".*" is not a calendar year like 2013$'):
        parse_year(text, 1)


@pytest.mark.parametrize(
    ("found", "text", "years"),
    [
        ((Quarter(YEAR, 3),), "2009/10 Q3", (YEAR,)),
        ((Quarter(YEAR, 3),), "q3", (YEAR,)),
        (YEAR.quarters, "2009/10", (YEAR,)),
        (YEAR.quarters, None, (YEAR,)),
        (Year(2010).quarters, "2010/11", (YEAR, Year(2010))),
    ],
)
def test_a_text_names_a_quarter_or_the_four_of_a_year(found: tuple[Quarter, ...], text: str | None, years: tuple[Year, ...]) -> None:
    """A quarter is one period, a year four; the only year of a contract need not be named."""
    assert found == periods(text, years)


@pytest.mark.parametrize(
    ("message", "text", "years"),
    [
        ("the contract covers 2009/10 to 2011/12, so name the year: --quarter 2009/10", None, (YEAR, Year(2010), Year(2011))),
        ("the contract covers 2009/10 to 2010/11, so name the year: --quarter 2009/10", None, (YEAR, Year(2010))),
        ("2012/13 is outside the contract, which covers 2009/10 to 2011/12", "2012/13", (YEAR, Year(2010), Year(2011))),
        ("2010/11 is outside the contract, which covers 2009/10", "2010/11", (YEAR,)),
        ("2010/11 is outside the contract, which covers 2009/10", "2010/11 Q1", (YEAR,)),
    ],
)
def test_periods_that_a_contract_does_not_name(message: str, text: str | None, years: tuple[Year, ...]) -> None:
    """Of several years one has to be named, and it has to be one of them."""
    with pytest.raises(ValueError) as e:
        periods(text, years)
    assert message == str(e.value)


def test_months_have_their_english_names() -> None:
    """The twelve names, short in tables and whole in sentences."""
    names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
    assert [f"1 {name} 2009" for name in names] == [long_date(date(2009, month, 1)) for month in range(1, 13)]
    assert [name[:3] for name in names] == MONTH_NAMES


def test_months_are_counted_from_january() -> None:
    """The number of a month: twelve for each year, January the first of them."""
    assert [2009 * 12, 2009 * 12 + 11, 2010 * 12] == [parse_month("2009-01"), parse_month("2009-12"), parse_month("2010-01")]
    assert ["2009-01", "2009-12"] == [month_text(2009 * 12), month_text(2009 * 12 + 11)]


def test_quarters_are_numbered_through() -> None:
    """The number of a quarter: four for each year, Q1 the first of them; it is read back as the quarter."""
    quarters = [*Year(2009).quarters, *Year(2010).quarters]
    keys = [8036, 8037, 8038, 8039, 8040, 8041, 8042, 8043]  # 2009 x 4 is 8036
    assert keys == [quarter.key for quarter in quarters]
    assert quarters == [Quarter.of_key(key) for key in keys]


@pytest.mark.parametrize(
    ("message", "text", "years"),
    [
        ('"Q5" is not a quarter like "2013 Q1" or "Q1"', "Q5", (Year(2013, 1),)),
        ('"summer" is not a quarter like "2013 Q1" or "Q1"', "summer", (Year(2013, 1), Year(2014, 1))),
        ('"Q5" is not a quarter like "2009/10 Q1" or "Q1"', "Q5", (Year(2012), Year(2013))),
        ('"2013/14" is not a calendar year like 2013', "2013/14 Q1", (Year(2013, 1),)),
    ],
)
def test_what_is_not_a_quarter_says_how_the_calendar_writes_one(message: str, text: str, years: tuple[Year, ...]) -> None:
    """In a calendar from January the example is a quarter of the contract."""
    with pytest.raises(ValueError) as e:
        Quarter.parse(text, years)
    assert message == str(e.value)


@pytest.mark.parametrize(
    ("text", "months", "years"),
    [
        ("2009/10", Year(2009).months, (Year(2009),)),
        ("2010/11", Year(2010).months, (Year(2009), Year(2010))),
        ("2009/10 Q1", Quarter(Year(2009), 1).months, (Year(2009), Year(2010))),
        ("2009/10 Q4", Quarter(Year(2009), 4).months, (Year(2009), Year(2010))),
        ("2010/11 Q2", Quarter(Year(2010), 2).months, (Year(2009), Year(2010))),
        ("2010-04", range(2010 * 12 + 3, 2010 * 12 + 4), (Year(2009), Year(2010))),
        ("2010-03", range(2010 * 12 + 2, 2010 * 12 + 3), (Year(2009), Year(2010))),
        ("2013", Year(2013, 1).months, (Year(2013, 1),)),
        ("2013 Q4", Quarter(Year(2013, 1), 4).months, (Year(2013, 1),)),
    ],
)
def test_months_are_named_as_the_contract_counts_them(text: str, months: range, years: tuple[Year, ...]) -> None:
    """A year or a quarter of one of the contract's years by its name, a single month by its number."""
    assert text == months_text(months, years)


APRIL_2016, JANUARY_2016 = 2016 * 12 + 3, 2016 * 12


@pytest.mark.parametrize(
    ("read", "text", "opens"),
    [
        ((APRIL_2016, 12, None), "2016/17", 4),
        ((APRIL_2016, 12, None), "2016-2017", 4),
        ((APRIL_2016, 12, None), "FY 2016/17", 4),
        ((APRIL_2016, 12, None), " 2016/17 ", 4),
        ((APRIL_2016, 3, None), "2016/17 Q1", 4),
        ((APRIL_2016 + 3, 3, None), "2016/17 Q2", 4),
        ((APRIL_2016 + 9, 3, None), "2016/17 Q4", 4),
        ((APRIL_2016, 1, None), "2016-04", 4),
        ((APRIL_2016, 0, date(2016, 4, 1)), "2016-04-01", 4),
        ((APRIL_2016, 0, date(2016, 4, 30)), "2016-04-30", 1),
        ((JANUARY_2016, 12, None), "2016", 1),
        ((JANUARY_2016 + 9, 3, None), "2016 Q4", 1),
        ((JANUARY_2016, 1, None), "2016-01", 1),
    ],
)
def test_a_period_is_read_as_months_and_a_day(read: tuple[int, int, date | None], text: str, opens: int) -> None:
    """The first month and how many: twelve of a year, three of a quarter, one; of a day none, and the day itself."""
    assert read == parse_period(text, opens)


@pytest.mark.parametrize(
    ("message", "text", "opens"),
    [
        ('"" is not a financial year like 2009/10', "", 4),
        ('"2016/17 Q5" is not a financial year like 2009/10', "2016/17 Q5", 4),
        ('"2016/18" does not end in the year after it starts: write 2016/17', "2016/18", 4),
        ('"2016/18" does not end in the year after it starts: write 2016/17', "2016/18 Q1", 4),
        ('"2016-17" is not a month like 2009-04', "2016-17", 4),
        ('"2016-13" is not a month like 2009-04', "2016-13", 1),
        ('"2016-04-31" is a day that does not exist: write a date like 2009-04-01', "2016-04-31", 4),
        ('"2016-4-001" is not a date like 2009-04-01', "2016-4-001", 4),
        ('"2016/17" is not a calendar year like 2013', "2016/17", 1),
        ('"2016/17" is not a calendar year like 2013', "2016/17 Q1", 1),
    ],
)
def test_what_is_not_a_period(message: str, text: str, opens: int) -> None:
    """The reason is that of the kind of period that a text looks like: of a year, a month or a date."""
    with pytest.raises(ValueError) as e:
        parse_period(text, opens)
    assert message == str(e.value)
