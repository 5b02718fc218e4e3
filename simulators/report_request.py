"""Reads a GeneralSummaryReportQueryRq: which period, which columns, which basis, which rows."""

import dataclasses
import datetime

from lxml import etree

from simulators import statuses
from simulators.company import Company
from simulators.date_ranges import MONTH_NAMES, Span, macro_span, period_start, split
from simulators.request_values import read_date
from simulators.statuses import RequestRefused

COLUMN_LIMIT = 1000  # Intuit's own sample sizes its columns for this many; no real limit is known (sheet 3)
_MONTHS_PER_COLUMN = {"Month": 1, "Quarter": 3, "Year": 12}
# Filters that a real QuickBooks obeys and this one does not: refused, for ignoring them would give wrong figures.
_FILTERS = [
    "ReportAccountFilter",
    "ReportEntityFilter",
    "ReportItemFilter",
    "ReportClassFilter",
    "ReportTxnTypeFilter",
    "ReportModifiedDateRangeFilter",
    "ReportModifiedDateRangeMacro",
]
_EARLIEST = datetime.date(1901, 1, 1)


@dataclasses.dataclass(frozen=True, slots=True)
class ReportRequest:
    """What to print. `columns` are the periods before ReturnColumns drops any."""

    span: Span
    columns: tuple[Span, ...]
    basis: str  # Accrual or Cash
    return_rows: str  # ActiveOnly, NonZero or All
    return_columns: str


def read_report_request(element: etree._Element, company: Company) -> ReportRequest:
    """The request of a Profit & Loss; raises RequestRefused for a bad period or a report not simulated."""
    _refuse_what_is_not_simulated(element)
    calendar_year = element.findtext("ReportCalendar", "CalendarYear") == "CalendarYear"
    first_month = 1 if calendar_year else MONTH_NAMES.index(company.first_month_fiscal_year) + 1
    span = read_span(element, company)
    basis = element.findtext("ReportBasis", "None")
    return ReportRequest(
        span=span,
        columns=_columns(span, element.findtext("SummarizeColumnsBy", "TotalOnly"), first_month),
        basis=company.summary_report_basis if basis == "None" else basis,
        return_rows=element.findtext("ReturnRows", "ActiveOnly"),
        return_columns=element.findtext("ReturnColumns", "ActiveOnly"),
    )


def _refuse_what_is_not_simulated(element: etree._Element) -> None:
    report_type = element.findtext("GeneralSummaryReportType", "")
    if report_type != "ProfitAndLossStandard":
        raise RequestRefused(statuses.not_simulated(f"The report {report_type}"))
    columns = element.findtext("SummarizeColumnsBy", "TotalOnly")
    if columns != "TotalOnly" and columns not in _MONTHS_PER_COLUMN:
        raise RequestRefused(statuses.not_simulated(f"SummarizeColumnsBy {columns}"))
    for name in _FILTERS:
        if element.find(name) is not None:
            raise RequestRefused(statuses.not_simulated(name))


def read_span(element: etree._Element, company: Company) -> Span:
    """The period asked for, by dates or by macro; without one, the fiscal year to date (sheet 3)."""
    fiscal_month = MONTH_NAMES.index(company.first_month_fiscal_year) + 1
    macro = element.findtext("ReportDateMacro")
    if macro is not None:
        is_fiscal = element.findtext("ReportCalendar", "CalendarYear") != "CalendarYear"
        whole = Span(company.first_day, company.as_of)
        return macro_span(macro, company.as_of, whole, fiscal_month, is_fiscal=is_fiscal)
    last = _date(element, "ReportPeriod/ToReportDate") or company.as_of
    first = _date(element, "ReportPeriod/FromReportDate") or period_start(last, 12, fiscal_month)
    if first > last:
        raise RequestRefused(statuses.from_after_to(first.isoformat(), last.isoformat()))
    return Span(first, last)


def _date(element: etree._Element, path: str) -> datetime.date | None:
    text = element.findtext(path, "").strip()
    day = read_date(text)
    if day is not None and day < _EARLIEST:
        raise RequestRefused(statuses.bad_value(3020, "date", text, path.rpartition("/")[2]))
    return day


def _columns(span: Span, summarize_by: str, first_month: int) -> tuple[Span, ...]:
    if summarize_by == "TotalOnly":
        return (span,)
    months = _MONTHS_PER_COLUMN[summarize_by]
    if (span.last.year - span.first.year) * 12 // months > COLUMN_LIMIT:
        raise RequestRefused(statuses.rule_broken("a report", "The report has too many columns."))
    return tuple(split(span, months, first_month))
