"""A company's months as they were known at an earlier moment: the cells and the mapping of then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import METRICS
from metrics.cells import readings_at
from metrics.explain.books import BookMonth, books_of
from metrics.fiscal import MOST_MONTHS, Period
from metrics.models import MonthReading
from metrics.months import Month
from metrics.selectors import (
    AccountMonth,
    DiscrepancyLine,
    MonthColumn,
    MonthlyReport,
    TieOutMark,
    unmapped_of,
)


def report_at(
    company: Company, basis: str, moment: datetime, first: Month | None = None, last: Month | None = None
) -> MonthlyReport:
    """What monthly_report would have answered then; the newest 120 months. Eight queries whatever their number."""
    readings = {Month.of(one.month): one for one in readings_at(company, basis, first, last, moment)}
    if not readings:
        return MonthlyReport(company, basis, company.currency, (), ())
    newest = max(readings)
    books = books_of(company, basis, Period.custom(max(min(readings), newest.plus(1 - MOST_MONTHS)), newest), moment)
    columns = (_column(month, book, readings[month]) for month, book in books.months.items())
    sums = (
        AccountMonth(one.account_key, one.full_name, one.section.value, one.number, one.month, one.amount)
        for one in books.cells
    )
    return MonthlyReport(company, basis, company.currency, tuple(columns), unmapped_of(sums, books.rules.mapper))


def _column(month: Month, book: BookMonth, reading: MonthReading) -> MonthColumn:
    return MonthColumn(
        month=month,
        figures={metric.key: book.figures[metric.key] for metric in METRICS},
        employees_estimated=False,
        unmapped_revenue=_money(book, "unmapped_revenue"),
        unmapped_expenses=_money(book, "unmapped_expenses"),
        tie_out=_mark(book, reading),
        synced_at=reading.read_at,
    )


def _money(book: BookMonth, key: str) -> Decimal:
    value = book.figures[key]
    assert isinstance(value, Decimal)
    return value


def _mark(book: BookMonth, reading: MonthReading) -> TieOutMark:
    return TieOutMark(
        status="tied" if book.is_tied else "untied",
        quickbooks_net_income=book.quickbooks_net_income,
        difference=book.difference,
        discrepancies=tuple(_discrepancies(reading.discrepancies)),
        message=book.message,
        figures_are_from_untied=not reading.is_tied and reading.took_figures,
    )


def _discrepancies(kept: list[dict[str, str]]) -> Iterable[DiscrepancyLine]:
    for one in kept:
        yield DiscrepancyLine(int(one["row"]), one["label"], Decimal(one["printed"]), Decimal(one["computed"]))
