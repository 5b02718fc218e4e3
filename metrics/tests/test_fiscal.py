"""Fiscal years and quarters, and periods: made, named, written in an address and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.months import Month
from metrics.periods import (
    CALENDAR_YEAR,
    FiscalCalendar,
    Period,
    PeriodError,
    PeriodKind,
    previous,
    same_period_last_year,
)

JULY = FiscalCalendar(7)
MONTHS = st.builds(Month, st.integers(1985, 2190), st.integers(1, 12))
CALENDARS = st.builds(FiscalCalendar, st.integers(1, 12))


def test_a_fiscal_year_has_the_number_of_the_year_it_ends_in() -> None:
    assert JULY.fiscal_year_of(Month(2025, 7)) == JULY.fiscal_year_of(Month(2026, 6)) == 2026
    assert JULY.fiscal_year_of(Month(2025, 6)) == 2025
    assert CALENDAR_YEAR.fiscal_year_of(Month(2025, 12)) == 2025
    assert (JULY.first_month_of(2026), JULY.last_month_of(2026)) == (Month(2025, 7), Month(2026, 6))
    assert (CALENDAR_YEAR.first_month_of(2026), CALENDAR_YEAR.last_month_of(2026)) == (Month(2026, 1), Month(2026, 12))


def test_quarters_are_counted_from_the_first_month_of_the_fiscal_year() -> None:
    assert [JULY.quarter_of(Month(2026, month)) for month in range(1, 13)] == [3, 3, 3, 4, 4, 4, 1, 1, 1, 2, 2, 2]
    february = FiscalCalendar(2)
    assert february.quarter_of(Month(2026, 1)) == 4
    assert Period.quarter(Month(2026, 1), february).first == Month(2025, 11)


def test_quickbooks_names_the_first_month() -> None:
    assert FiscalCalendar.named("January") == CALENDAR_YEAR
    assert FiscalCalendar.named("july") == JULY
    with pytest.raises(PeriodError, match="January to December"):
        FiscalCalendar.named("Juillet")
    with pytest.raises(PeriodError, match="1 to 12"):
        FiscalCalendar(13)


@pytest.mark.parametrize(
    ("period", "label", "first", "last", "written"),
    [
        (Period.month(Month(2026, 1)), "Jan 2026", "2026-01", "2026-01", "2026-01"),
        (Period.quarter(Month(2026, 2)), "Q1 2026", "2026-01", "2026-03", "2026-Q1"),
        (Period.quarter(Month(2025, 8), JULY), "Q1 FY2026", "2025-07", "2025-09", "2026-Q1"),
        (Period.year(Month(2026, 2)), "2026", "2026-01", "2026-12", "fy:2026"),
        (Period.year(Month(2026, 2), JULY), "FY2026", "2025-07", "2026-06", "fy:2026"),
        (Period.ytd(Month(2026, 3)), "Year to date, Mar 2026", "2026-01", "2026-03", "ytd:2026-03"),
        (Period.ytd(Month(2026, 3), JULY), "Year to date, Mar 2026", "2025-07", "2026-03", "ytd:2026-03"),
        (Period.ttm(Month(2026, 3)), "12 months to Mar 2026", "2025-04", "2026-03", "ttm:2026-03"),
        (
            Period.custom(Month(2025, 1), Month(2025, 6)),
            "Jan – Jun 2025",
            "2025-01",
            "2025-06",
            "2025-01..2025-06",
        ),
        (
            Period.custom(Month(2024, 11), Month(2025, 6)),
            "Nov 2024 – Jun 2025",
            "2024-11",
            "2025-06",
            "2024-11..2025-06",
        ),
    ],
)
def test_a_period_has_a_name_two_ends_and_an_address(
    period: Period, label: str, first: str, last: str, written: str
) -> None:
    assert (period.label, str(period.first), str(period.last), str(period)) == (label, first, last, written)
    assert Period.parse(written, period.calendar) == period


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "Write a month"),
        ("2026", "Write a month"),
        ("2026-13", "Write a month"),
        ("2026-Q5", "Write a month"),
        ("mtd:2026-01", "Write a month"),
        ("ytd:2026", "Write a month"),
        ("ytd:2026-01..2026-02", "Write a month"),
        ("2026-01..", "Write a month"),
        ("x" * 5000, "Write a month"),
        ("٢٠٢٦-٠١", "Write a month"),
        ("fy:٢٠٢٦", "Write a month"),
        ("2025-06..2025-01", "write 2025-01..2025-06"),
        ("2010-01..2025-01", "at most 120"),
        ("0001-01", "between 1980-01 and 2199-12"),
        ("ttm:0001-01", "between 1980-01 and 2199-12"),
        ("fy:9999", "between 1980-01 and 2199-12"),
        ("ttm:1980-03", "between 1980-01 and 2199-12"),
    ],
)
def test_what_is_no_period_is_refused_with_what_would_be_right(text: str, remedy: str) -> None:
    with pytest.raises(PeriodError, match=remedy) as refusal:
        Period.parse(text)
    assert len(str(refusal.value)) < 300


def test_the_period_before_is_of_the_same_sort() -> None:
    assert previous(Period.month(Month(2026, 1))).label == "Dec 2025"
    assert previous(Period.quarter(Month(2026, 1))).label == "Q4 2025"
    assert previous(Period.quarter(Month(2025, 7), JULY)).label == "Q4 FY2025"
    assert previous(Period.year(Month(2026, 1), JULY)).label == "FY2025"
    assert previous(Period.ttm(Month(2026, 3))).label == "12 months to Mar 2025"
    assert previous(Period.custom(Month(2025, 4), Month(2025, 6))).label == "Jan – Mar 2025"


def test_before_a_year_to_date_lies_last_years_to_the_same_month() -> None:
    before = previous(Period.ytd(Month(2026, 3), JULY))
    assert (before.first, before.last) == (Month(2024, 7), Month(2025, 3))


@given(MONTHS, CALENDARS)
def test_year_quarter_and_year_to_date_of_any_month_hold_it(month: Month, calendar: FiscalCalendar) -> None:
    quarter, year = Period.quarter(month, calendar), Period.year(month, calendar)
    ytd, ttm = Period.ytd(month, calendar), Period.ttm(month)
    assert (len(quarter), len(year), len(ttm)) == (3, 12, 12)
    assert month in quarter
    assert set(quarter.months) <= set(year.months)
    assert year.first == ytd.first == calendar.first_month_of(calendar.fiscal_year_of(month))
    assert year.first.month == calendar.first_month
    assert ytd.last == ttm.last == month
    assert 1 <= len(ytd) <= 12
    assert set(ytd.months) == {one for one in year.months if one <= month}
    assert {calendar.quarter_of(one) for one in quarter.months} == {calendar.quarter_of(month)}


@given(MONTHS, CALENDARS, st.sampled_from(PeriodKind), st.integers(0, 119))
def test_any_period_is_read_back_as_written_and_moved_by_whole_years(
    month: Month, calendar: FiscalCalendar, kind: PeriodKind, more: int
) -> None:
    period = {
        PeriodKind.MONTH: Period.month(month),
        PeriodKind.QUARTER: Period.quarter(month, calendar),
        PeriodKind.YEAR: Period.year(month, calendar),
        PeriodKind.YEAR_TO_DATE: Period.ytd(month, calendar),
        PeriodKind.TRAILING_YEAR: Period.ttm(month),
        PeriodKind.CUSTOM: Period.custom(month, month.plus(more) if month.year < 2180 else month),
    }[kind]
    assert Period.parse(str(period), calendar) == period
    earlier = same_period_last_year(period)
    assert (earlier.first, earlier.last) == (period.first.plus(-12), period.last.plus(-12))
    assert (earlier.kind, len(earlier)) == (period.kind, len(period))
    if kind is not PeriodKind.YEAR_TO_DATE and period.first.year > 1995:
        before = previous(period)
        assert (before.last, len(before)) == (period.first.plus(-1), len(period))


@given(st.text(max_size=30))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period = Period.parse(text)
    except PeriodError:
        return
    assert Period.parse(str(period)) == period
