"""A QuickBooks Desktop Budget vs. Actual report, read into one budgeted amount per ledger account and month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.months import Month
from metrics.profit_and_loss import ZERO, Discrepancy, Section
from metrics.sources.desktop_accounts import Chart, ChartAccount
from metrics.sources.desktop_budget_columns import budget_columns
from metrics.sources.desktop_columns import MonthColumns
from metrics.sources.desktop_currency import refuse_foreign_currency
from metrics.sources.desktop_lines import Line, read_lines
from metrics.sources.desktop_outline import Outline, draw_outline
from metrics.sources.desktop_totals import LeafFigures, find_discrepancies, section_sums
from qbwc.qbxml.reports import Report, parse_report
from qbwc.qbxml.responses import Response


@dataclass(frozen=True, slots=True)
class BudgetAmount:
    """What is budgeted for one ledger account in one month; keys and signs as in AccountAmount."""

    account_key: str
    list_id: str
    full_name: str
    section: Section
    month: Month
    amount: Decimal


@dataclass(frozen=True)
class Budget:
    """The budget of a fiscal year. months are those the report has a budget column for, in order.

    discrepancies are totals that QuickBooks printed and that the budgeted amounts do not add up to.
    """

    fiscal_year: int
    months: tuple[Month, ...]
    amounts: tuple[BudgetAmount, ...]
    discrepancies: tuple[Discrepancy, ...]


@dataclass(frozen=True)
class NoBudget:
    """QuickBooks gave no budget for the fiscal year; reason is for a person.

    status_code is QuickBooks' when it refused the question (an error), None when it simply has no budget.
    """

    fiscal_year: int
    reason: str
    status_code: int | None = None


def read_budget_answer(
    response: Response,
    fiscal_year: int,
    months: tuple[Month, ...],
    chart: Sequence[ChartAccount],
    home_currency: str = "",
) -> Budget | NoBudget:
    """A BudgetSummaryReportQueryRs. Raises MalformedReport and UnreadableReport as a Profit & Loss does."""
    if response.is_error:
        reason = (
            f"QuickBooks gave no budget for the fiscal year {fiscal_year}: {response.message} (statusCode "
            f"{response.status_code}). If there should be one, look in QuickBooks under Company, Planning & Budgeting, "
            "Set Up Budgets, and at the rights of the QuickBooks user."
        )
        return NoBudget(fiscal_year, reason, response.status_code)
    if response.element.find("ReportRet") is None and response.status_code:
        return _none(fiscal_year)
    return read_budget(parse_report(response.element), fiscal_year, months, chart, home_currency)


def read_budget(
    report: Report,
    fiscal_year: int,
    months: tuple[Month, ...],
    chart: Sequence[ChartAccount],
    home_currency: str = "",
) -> Budget | NoBudget:
    """The budget columns of a ProfitAndLossBudgetVsActual by month; months are the fiscal year's, in order.

    A report without rows, or with nothing but zeros budgeted, is NoBudget. Accounts are resolved as in a Profit &
    Loss. UnreadableReport: no budget column, part of a month, another currency, an amount that is none.
    """
    refuse_foreign_currency(report, home_currency)
    outline = draw_outline(report.rows)
    if not outline.leaves:
        return _none(fiscal_year)
    columns = budget_columns(report, months)
    lines = read_lines(outline, Chart(chart), columns)
    amounts = _amounts(lines, months)
    if not any(one.amount for one in amounts):
        return _none(fiscal_year)
    present = tuple(month for month, col_id in zip(months, columns.col_ids, strict=True) if col_id is not None)
    return Budget(fiscal_year, present, amounts, _discrepancies(outline, lines, columns))


def _none(fiscal_year: int) -> NoBudget:
    return NoBudget(
        fiscal_year,
        f"QuickBooks has no Profit & Loss budget by account for the fiscal year {fiscal_year}. It is made in "
        "QuickBooks under Company, Planning & Budgeting, Set Up Budgets; targets can also be entered here.",
    )


def _amounts(lines: Sequence[Line], months: tuple[Month, ...]) -> tuple[BudgetAmount, ...]:
    """One amount per account and month; rows of the same account are added."""
    sums: dict[tuple[str, Month], Decimal] = {}
    first: dict[str, Line] = {}
    for line in lines:
        key = line.account_key
        first.setdefault(key, line)
        for month, cell in zip(months, line.cells, strict=True):
            if cell is not None:
                sums[key, month] = sums.get((key, month), ZERO) + cell
    return tuple(_amount(first[key], month, amount) for (key, month), amount in sums.items())


def _amount(line: Line, month: Month, amount: Decimal) -> BudgetAmount:
    list_id = line.account.list_id if line.account else ""
    return BudgetAmount(line.account_key, list_id, line.full_name, line.section, month, amount)


def _discrepancies(outline: Outline, lines: Sequence[Line], columns: MonthColumns) -> tuple[Discrepancy, ...]:
    if outline.bottom_line is None:
        return ()
    figures = [LeafFigures(line.section, line.leaf.row.row_value, line.cells) for line in lines]
    sums = section_sums(figures, len(columns.months))
    return find_discrepancies(outline.totals, outline.bottom_line, figures, sums, columns)
