"""Date macros, column periods and titles are those of QuickBooks."""

import datetime

import pytest

from simulators.date_ranges import Span, column_title, macro_span, split, subtitle

TODAY = datetime.date(2026, 5, 19)  # a Tuesday
BOOKS = Span(datetime.date(2023, 6, 1), TODAY)


def span(first: str, last: str) -> Span:
    """A span from two ISO dates."""
    return Span(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))


@pytest.mark.parametrize(
    ("macro", "first", "last"),
    [
        ("Today", "2026-05-19", "2026-05-19"),
        ("Yesterday", "2026-05-18", "2026-05-18"),
        ("ThisWeek", "2026-05-17", "2026-05-23"),
        ("LastWeekToDate", "2026-05-10", "2026-05-12"),
        ("NextFourWeeks", "2026-05-24", "2026-06-20"),
        ("ThisMonth", "2026-05-01", "2026-05-31"),
        ("ThisMonthToDate", "2026-05-01", "2026-05-19"),
        ("LastMonth", "2026-04-01", "2026-04-30"),
        ("LastMonthToDate", "2026-04-01", "2026-04-19"),
        ("NextMonth", "2026-06-01", "2026-06-30"),
        ("ThisQuarter", "2026-04-01", "2026-06-30"),
        ("LastQuarter", "2026-01-01", "2026-03-31"),
        ("ThisYear", "2026-01-01", "2026-12-31"),
        ("ThisYearToDate", "2026-01-01", "2026-05-19"),
        ("LastYear", "2025-01-01", "2025-12-31"),
        ("LastYearToDate", "2025-01-01", "2025-05-19"),
        ("NextYear", "2027-01-01", "2027-12-31"),
        ("ThisFiscalYear", "2025-10-01", "2026-09-30"),
        ("LastFiscalQuarter", "2026-01-01", "2026-03-31"),
        ("ThisCalendarYear", "2026-01-01", "2026-12-31"),
        ("All", "2023-06-01", "2026-05-19"),
    ],
)
def test_a_macro_is_a_span_around_today(macro: str, first: str, last: str) -> None:
    assert macro_span(macro, TODAY, BOOKS, 10, is_fiscal=False) == span(first, last)


def test_a_reports_fiscal_calendar_moves_its_years() -> None:
    assert macro_span("ThisYear", TODAY, BOOKS, 10, is_fiscal=True) == span("2025-10-01", "2026-09-30")
    with pytest.raises(ValueError, match="Whenever"):
        macro_span("Whenever", TODAY, BOOKS, 10, is_fiscal=True)


@pytest.mark.parametrize(
    ("first", "last", "title", "printed"),
    [
        ("2024-01-01", "2024-01-31", "Jan 24", "January 2024"),
        ("2024-02-01", "2024-02-29", "Feb 24", "February 2024"),
        ("2024-01-01", "2024-03-31", "Jan - Mar 24", "January through March 2024"),
        ("2024-06-01", "2026-05-31", "Jun '24 - May 26", "June 2024 through May 2026"),
        ("2026-05-01", "2026-05-19", "May 1 - 19, 26", "May 1 - 19, 2026"),
        ("2026-04-01", "2026-05-19", "Apr 1 - May 19, 26", "April 1 through May 19, 2026"),
        ("2025-03-20", "2025-03-20", "Mar 20, 25", "March 20, 2025"),
        ("2021-12-15", "2022-01-03", "Dec 15, '21 - Jan 3, 22", "December 15, 2021 through January 3, 2022"),
    ],
)
def test_a_span_is_printed_as_in_column_heads_and_subtitles(first: str, last: str, title: str, printed: str) -> None:
    assert column_title(span(first, last)) == title
    assert subtitle(span(first, last)) == printed


def test_columns_follow_the_calendar_and_are_cut_at_the_ends() -> None:
    quarters = list(split(span("2026-01-15", "2026-05-19"), 3, 1))
    assert quarters == [span("2026-01-15", "2026-03-31"), span("2026-04-01", "2026-05-19")]
    fiscal_years = list(split(span("2025-01-01", "2026-12-31"), 12, 10))
    assert [column_title(year) for year in fiscal_years] == ["Jan - Sep 25", "Oct '25 - Sep 26", "Oct - Dec 26"]
    assert len(list(split(span("2024-06-01", "2026-05-31"), 1, 1))) == 24
