"""What an explanation reads: a period's cells, figures and tie-outs, as they are now or were at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import MonthFigures, month_figures
from metrics.cells import Cell, by_month, cells, cells_at, readings_at
from metrics.derived import Figure
from metrics.explain.rules import Rules
from metrics.fiscal import Period
from metrics.head_counts.rows import settings_of
from metrics.headcount import HeadCountByType, count
from metrics.models import MonthlyHeadCount, MonthReading
from metrics.months import Month
from metrics.selectors import MonthColumn, monthly_report
from metrics.tie_out.words import TIED_MESSAGE, totals_off, untied_message


@dataclass(frozen=True)
class BookMonth:
    """A month that was read: all figures by key, and the tie-out of the newest reading."""

    figures: Mapping[str, Figure]
    is_tied: bool
    quickbooks_net_income: Decimal
    difference: Decimal
    message: str
    read_at: datetime


@dataclass(frozen=True)
class Books:
    """`months` are those that were read, in order; `sums` are the same months' money, added up from the cells."""

    cells: tuple[Cell, ...]
    rules: Rules
    months: Mapping[Month, BookMonth]
    sums: Mapping[Month, MonthFigures]


def books_of(company: Company, basis: str, period: Period, moment: datetime | None) -> Books:
    """Now: the figures as the dashboard reads them. At a moment: cells and mapping of then, and frozen head counts."""
    rules = Rules(company, moment)
    if moment is None:
        found = cells(company, basis, period.first, period.last)
        sums = _sums(found, rules)
        report = monthly_report(company, basis, period.first, period.last)
        return Books(found, rules, {column.month: _of_column(column) for column in report.months}, sums)
    found = cells_at(company, basis, period.first, period.last, moment)
    sums = _sums(found, rules)
    readings = readings_at(company, basis, period.first, period.last, moment)
    heads = _heads_at(company, period, moment)
    months = {
        Month.of(one.month): _of_reading(one, sums.get(Month.of(one.month)), heads.get(Month.of(one.month)))
        for one in readings
    }
    return Books(found, rules, months, sums)


def _sums(found: tuple[Cell, ...], rules: Rules) -> dict[Month, MonthFigures]:
    return {
        month: month_figures((rules.match(cell).metric_key, cell.section, cell.amount) for cell in group)
        for month, group in by_month(found)
    }


def _of_column(column: MonthColumn) -> BookMonth:
    unmapped = {"unmapped_revenue": column.unmapped_revenue, "unmapped_expenses": column.unmapped_expenses}
    mark = column.tie_out
    return BookMonth(
        {**column.figures, **unmapped},
        mark.is_tied,
        mark.quickbooks_net_income,
        mark.difference,
        mark.message,
        column.synced_at,
    )


def _of_reading(reading: MonthReading, sums: MonthFigures | None, employees: int | None) -> BookMonth:
    month = Month.of(reading.month)
    message = TIED_MESSAGE
    if not reading.is_tied:
        message = untied_message(
            month,
            reading.quickbooks_net_income,
            reading.difference,
            totals_off(reading.discrepancies),
            figures_are_from_untied=reading.took_figures,
        )
    return BookMonth(
        {**(sums or month_figures(())).by_key(), "employees": employees},
        reading.is_tied,
        reading.quickbooks_net_income,
        reading.difference,
        message,
        reading.read_at,
    )


def _heads_at(company: Company, period: Period, moment: datetime) -> dict[Month, int]:
    """The head counts that were frozen by then; QuickBooks has no list of earlier days."""
    settings = settings_of(company)
    rows = MonthlyHeadCount.objects.filter(
        company=company, month__gte=period.first.first_day, month__lte=period.last.first_day, frozen_at__lte=moment
    )
    found = {}
    for row in rows:
        counted = count(HeadCountByType(row.counts, row.estimated), settings)
        found[Month.of(row.month)] = counted.count if row.entered is None else row.entered
    return found
