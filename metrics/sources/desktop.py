"""A QuickBooks Desktop Profit & Loss report, read into amounts per ledger account and month.

Every account is a DataRow; rows with totals are never amounts, they are what the amounts are checked against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import chain

from metrics.months import Month
from metrics.profit_and_loss import ZERO, AccountAmount, ProfitAndLoss
from metrics.profit_and_loss import UnreadableReport as UnreadableReport
from metrics.sources.desktop_accounts import Chart
from metrics.sources.desktop_accounts import ChartAccount as ChartAccount
from metrics.sources.desktop_cells import read_cell
from metrics.sources.desktop_columns import month_columns
from metrics.sources.desktop_currency import refuse_foreign_currency
from metrics.sources.desktop_labels import split_number
from metrics.sources.desktop_lines import Line, read_lines
from metrics.sources.desktop_outline import Outline, draw_outline
from metrics.sources.desktop_printed import nothing_printed, printed_totals
from metrics.sources.desktop_totals import LeafFigures, find_discrepancies, section_sums
from qbwc.qbxml.reports import Report, Row

_BASES = {"accrual": "accrual", "accrualbasis": "accrual", "cash": "cash", "cashbasis": "cash", "none": "", "": ""}


def read_profit_and_loss(
    report: Report,
    months: tuple[Month, ...],
    chart: Sequence[ChartAccount],
    basis: str = "",
    home_currency: str = "",
) -> ProfitAndLoss:
    """Read a ProfitAndLossStandard report by month; months are those of the request, in its order.

    chart is the chart of accounts (accounts of other types are ignored). basis "accrual" or "cash" is what was
    asked for, "" accepts any. home_currency ("US Dollar", "USD") matters only to a report that names a currency.
    A month without a column or without activity is zero; so is everything in an empty report. Totals that do not
    add up are returned as discrepancies, never repaired. UnreadableReport: another basis or currency, columns that
    do not fit the months, an amount that is none, no Net Income to check against, an account in no known section.
    """
    if not months:
        raise ValueError("A report is read for at least one month.")
    said = _checked_basis(report, basis)
    refuse_foreign_currency(report, home_currency)
    outline = draw_outline(report.rows)
    if _is_empty(report, outline):
        nothing = dict.fromkeys(months, nothing_printed())
        return ProfitAndLoss(said, months, (), dict.fromkeys(months, ZERO), (), nothing)
    bottom_line = _checked_bottom_line(report, outline)
    columns = month_columns(report, months)
    lines = read_lines(outline, Chart(chart), columns)
    figures = [LeafFigures(line.section, line.leaf.row.row_value, line.cells) for line in lines]
    sums = section_sums(figures, len(months))
    printed = printed_totals(outline.totals, bottom_line, figures, sums, columns)
    return ProfitAndLoss(
        basis=said,
        months=months,
        amounts=_amounts(lines, months),
        net_income={month: printed[month].net_income for month in months},
        discrepancies=find_discrepancies(outline.totals, bottom_line, figures, sums, columns),
        printed=printed,
    )


def _checked_basis(report: Report, wanted: str) -> str:
    words = "".join(report.basis.split()).casefold()
    said = _BASES.get(words)
    if said is None:
        raise UnreadableReport(f"The report's basis is “{report.basis}”; Accrual or Cash was expected.")
    if wanted and said and said != wanted:
        raise UnreadableReport(f"The report is on {said} basis, but {wanted} basis was asked for. Ask again.")
    return said


def _is_empty(report: Report, outline: Outline) -> bool:
    """No accounts and nothing but zeros: no ReportData at all, or a lone Net Income of 0.00."""
    if outline.leaves:
        return False
    cells = ((row, col_id) for row in report.rows for col_id in row.cells)
    return not any(read_cell(row, col_id) for row, col_id in cells)


def _checked_bottom_line(report: Report, outline: Outline) -> Row:
    if outline.bottom_line is not None:
        return outline.bottom_line
    last = report.rows[-1]
    raise UnreadableReport(
        f"The report ends with row {last.row_number} (“{last.label or last.row_value}”) instead of Net Income, so "
        "its figures cannot be checked. Ask for ProfitAndLossStandard."
    )


def _amounts(lines: Sequence[Line], months: tuple[Month, ...]) -> tuple[AccountAmount, ...]:
    """One amount per account and month; rows of the same account are added."""
    by_account: dict[str, list[Line]] = {}
    for line in lines:
        by_account.setdefault(line.account_key, []).append(line)
    return tuple(chain.from_iterable(_amounts_of(key, same, months) for key, same in by_account.items()))


def _amounts_of(key: str, lines: Sequence[Line], months: tuple[Month, ...]) -> list[AccountAmount]:
    first = lines[0]
    if any(line.section is not first.section for line in lines):
        raise UnreadableReport(
            f"“{first.full_name}” appears in two sections of the report, and the chart of accounts does not know it. "
            "Read the chart of accounts again, then the report."
        )
    amount = _amounts_with(key, first)
    return [amount(month, total) for month, total in zip(months, _added(lines), strict=True) if total is not None]


def _added(lines: Sequence[Line]) -> tuple[Decimal | None, ...]:
    """Rows of one account, month by month; None where none of them printed a cell."""
    if len(lines) == 1:
        return lines[0].cells
    columns = zip(*(line.cells for line in lines), strict=True)
    return tuple(
        sum((cell for cell in cells if cell is not None), ZERO) if any(cell is not None for cell in cells) else None
        for cells in columns
    )


def _amounts_with(key: str, line: Line) -> Callable[[Month, Decimal], AccountAmount]:
    account, row = line.account, line.leaf.row
    list_id = account.list_id if account else ""
    number = (account.number if account else "") or split_number(row.label)[0]
    fixed = (key, list_id, line.full_name, row.label, number, line.section, row.row_number)
    return lambda month, amount: AccountAmount(*fixed, month, amount)
