"""Spans of dates: QuickBooks' date macros, the periods of report columns, and how it prints them."""

import calendar
import dataclasses
import datetime
import re
from collections.abc import Iterator

_DAY = datetime.timedelta(days=1)
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)  # not calendar.month_name: that one speaks the language of the process
_MACRO = re.compile(r"(This|Last|Next)(?:Calendar|(Fiscal))?(Week|Month|Quarter|Year)(ToDate)?")
_MONTHS_IN = {"Month": 1, "Quarter": 3, "Year": 12}
_OFFSETS = {"This": 0, "Last": -1, "Next": 1}


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both inclusive."""

    first: datetime.date
    last: datetime.date

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last


def plus_months(day: datetime.date, months: int) -> datetime.date:
    """The same day `months` later, or the last day of that month when it is shorter."""
    years, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(years, month_index + 1)[1]
    return datetime.date(years, month_index + 1, min(day.day, last))


def period_start(day: datetime.date, months: int, first_month: int) -> datetime.date:
    """First day of the period of `months` calendar months around `day`, in years that begin in `first_month`."""
    into_period = (day.month - first_month) % 12 % months
    return plus_months(day.replace(day=1), -into_period)


def split(span: Span, months: int, first_month: int) -> Iterator[Span]:
    """The periods of `months` months that the span touches, cut to the span: partial ones at its ends."""
    first = span.first
    while first <= span.last:
        after = plus_months(period_start(first, months, first_month), months)
        yield Span(first, min(after - _DAY, span.last))
        first = after


def macro_span(macro: str, today: datetime.date, whole: Span, fiscal_month: int, *, is_fiscal: bool) -> Span:
    """What a ReportDateMacro or DateMacro means on `today`; All is the `whole` of the books.

    `is_fiscal`: plain ThisYear and ThisQuarter are of the fiscal year, as a report's calendar has it.
    """
    single = {
        "All": whole,
        "Today": Span(today, today),
        "Yesterday": Span(today - _DAY, today - _DAY),
        "NextFourWeeks": Span(_week_start(today) + 7 * _DAY, _week_start(today) + 35 * _DAY - _DAY),
    }
    if macro in single:
        return single[macro]
    match = _MACRO.fullmatch(macro)
    if match is None:
        raise ValueError(f"unknown date macro {macro!r}")
    which, fiscal, unit, to_date = match.groups()
    first_month = fiscal_month if fiscal or (is_fiscal and "Calendar" not in macro) else 1
    return _relative_span(today, _OFFSETS[which], unit, first_month, is_to_date=to_date is not None)


def _relative_span(today: datetime.date, offset: int, unit: str, first_month: int, *, is_to_date: bool) -> Span:
    if unit == "Week":
        first = _week_start(today) + offset * 7 * _DAY
        return Span(first, today + offset * 7 * _DAY if is_to_date else first + 6 * _DAY)
    months = _MONTHS_IN[unit]
    first = plus_months(period_start(today, months, first_month), offset * months)
    end = plus_months(today, offset * months) if is_to_date else plus_months(first, months) - _DAY
    return Span(first, end)


def _week_start(day: datetime.date) -> datetime.date:
    return day - (day.isoweekday() % 7) * _DAY  # QuickBooks' weeks begin on Sunday


def column_title(span: Span) -> str:
    """How a column is headed: Jan 24, Jan - Mar 24, Jan '24 - Feb 25, May 1 - 19, 26, Mar 20, 25."""
    first, last = span.first, span.last
    year = f"{last.year % 100:02}"
    if _is_whole_months(span):
        if (first.year, first.month) == (last.year, last.month):
            return f"{_short(first)} {year}"
        if first.year == last.year:
            return f"{_short(first)} - {_short(last)} {year}"
        return f"{_short(first)} '{first.year % 100:02} - {_short(last)} {year}"
    if first == last:
        return f"{_short(first)} {first.day}, {year}"
    if first.year != last.year:
        return f"{_short(first)} {first.day}, '{first.year % 100:02} - {_short(last)} {last.day}, {year}"
    end = f"{last.day}" if first.month == last.month else f"{_short(last)} {last.day}"
    return f"{_short(first)} {first.day} - {end}, {year}"


def subtitle(span: Span) -> str:
    """The ReportSubtitle: January 2026, January through March 2026, May 1 - 19, 2026 and the like."""
    first, last = span.first, span.last
    if _is_whole_months(span):
        if (first.year, first.month) == (last.year, last.month):
            return f"{_long(first)} {first.year}"
        if first.year == last.year:
            return f"{_long(first)} through {_long(last)} {last.year}"
        return f"{_long(first)} {first.year} through {_long(last)} {last.year}"
    if first == last:
        return f"{_long(first)} {first.day}, {first.year}"
    if first.year != last.year:
        return f"{_long(first)} {first.day}, {first.year} through {_long(last)} {last.day}, {last.year}"
    if first.month == last.month:
        return f"{_long(first)} {first.day} - {last.day}, {last.year}"
    return f"{_long(first)} {first.day} through {_long(last)} {last.day}, {last.year}"


def _is_whole_months(span: Span) -> bool:
    return span.first.day == 1 and span.last.day == calendar.monthrange(span.last.year, span.last.month)[1]


def _long(day: datetime.date) -> str:
    return MONTH_NAMES[day.month - 1]


def _short(day: datetime.date) -> str:
    return MONTH_NAMES[day.month - 1][:3]
