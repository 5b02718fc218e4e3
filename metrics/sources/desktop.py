"""A QuickBooks Desktop Profit & Loss report, read into amounts per ledger account and month.

Every account is a DataRow; rows with totals are never amounts, they are what the amounts are checked against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from metrics.months import Month
from metrics.profit_and_loss import ZERO, AccountAmount, ProfitAndLoss, Section
from metrics.profit_and_loss import UnreadableReport as UnreadableReport
from metrics.sources.desktop_accounts import Chart, name_without_chart, section_of
from metrics.sources.desktop_accounts import ChartAccount as ChartAccount
from metrics.sources.desktop_cells import read_cell
from metrics.sources.desktop_columns import MonthColumns, month_columns
from metrics.sources.desktop_labels import split_number
from metrics.sources.desktop_outline import Leaf, Outline, draw_outline
from metrics.sources.desktop_totals import LeafFigures, find_discrepancies, printed_figures
from qbwc.qbxml.reports import Report, Row

_BASES = {"accrual": "accrual", "accrualbasis": "accrual", "cash": "cash", "cashbasis": "cash", "none": "", "": ""}


def read_profit_and_loss(
    report: Report, months: tuple[Month, ...], chart: Sequence[ChartAccount], basis: str = ""
) -> ProfitAndLoss:
    """Read a ProfitAndLossStandard report by month; months are those of the request, in its order.

    chart is the chart of accounts (accounts of other types are ignored). basis "accrual" or "cash" is what was
    asked for, "" accepts any. A month without a column or without activity is zero; so is everything in an
    empty report. Totals that do not add up are returned as discrepancies, never repaired. UnreadableReport:
    another basis, columns that do not fit the months, an amount that is none, no Net Income to check against,
    an account in no known section.
    """
    if not months:
        raise ValueError("A report is read for at least one month.")
    said = _checked_basis(report, basis)
    outline = draw_outline(report.rows)
    if _is_empty(report, outline):
        return ProfitAndLoss(said, months, (), dict.fromkeys(months, ZERO), ())
    bottom_line = _checked_bottom_line(report, outline)
    columns = month_columns(report, months)
    lines = _lines(outline, Chart(chart), columns)
    figures = [LeafFigures(line.section, line.leaf.row.row_value, line.cells) for line in lines]
    return ProfitAndLoss(
        basis=said,
        months=months,
        amounts=_amounts(lines, months),
        net_income=dict(zip(months, printed_figures(bottom_line, columns), strict=True)),
        discrepancies=find_discrepancies(outline.totals, bottom_line, figures, columns),
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


@dataclass(frozen=True)
class _Line:
    """A leaf with the account it stands for; cells as in LeafFigures."""

    leaf: Leaf
    account: ChartAccount | None
    full_name: str
    section: Section
    cells: tuple[Decimal | None, ...]

    @property
    def account_key(self) -> str:
        return self.account.list_id if self.account else f"name:{self.full_name}"


def _lines(outline: Outline, chart: Chart, columns: MonthColumns) -> list[_Line]:
    accounts = [chart.find(leaf) for leaf in outline.leaves]
    by_heading = _sections_by_heading(outline.leaves, accounts)
    lines: list[_Line] = []
    for leaf, account in zip(outline.leaves, accounts, strict=True):
        full_name = account.full_name if account else name_without_chart(leaf)
        section = section_of(account) if account else _section_without_chart(leaf, full_name, chart, by_heading)
        cells = tuple(read_cell(leaf.row, col_id) for col_id in columns.col_ids)
        lines.append(_Line(leaf, account, full_name, section, cells))
    return lines


def _section_without_chart(leaf: Leaf, full_name: str, chart: Chart, by_heading: dict[int, Section]) -> Section:
    """By the English heading, by the parent's type, by the other accounts under the same localised heading."""
    section = leaf.section or chart.section_of_parent(full_name) or by_heading.get(leaf.heading)
    if section is None:
        raise UnreadableReport(
            f"Row {leaf.row.row_number} (“{leaf.row.label or leaf.row.row_value}”) is under no heading of a Profit & "
            "Loss that is known here, and the chart of accounts does not have it as an income or expense account. "
            "Read the chart of accounts again, then the report; it has to be ProfitAndLossStandard."
        )
    return section


def _sections_by_heading(leaves: Sequence[Leaf], accounts: Sequence[ChartAccount | None]) -> dict[int, Section]:
    """What localised headings stand for, where all accounts the chart knows under one agree."""
    found: dict[int, set[Section]] = {}
    for leaf, account in zip(leaves, accounts, strict=True):
        if leaf.heading and account:
            found.setdefault(leaf.heading, set()).add(section_of(account))
    return {heading: sections.pop() for heading, sections in found.items() if len(sections) == 1}


def _amounts(lines: Sequence[_Line], months: tuple[Month, ...]) -> tuple[AccountAmount, ...]:
    """One amount per account and month; rows of the same account are added."""
    by_account: dict[str, list[_Line]] = {}
    for line in lines:
        by_account.setdefault(line.account_key, []).append(line)
    return tuple(chain.from_iterable(_amounts_of(key, same, months) for key, same in by_account.items()))


def _amounts_of(key: str, lines: Sequence[_Line], months: tuple[Month, ...]) -> list[AccountAmount]:
    first = lines[0]
    if any(line.section is not first.section for line in lines):
        raise UnreadableReport(
            f"“{first.full_name}” appears in two sections of the report, and the chart of accounts does not know it. "
            "Read the chart of accounts again, then the report."
        )
    found: list[AccountAmount] = []
    for index, month in enumerate(months):
        printed = [line.cells[index] for line in lines]
        if any(cell is not None for cell in printed):
            found.append(_amount(key, first, month, sum((cell for cell in printed if cell is not None), ZERO)))
    return found


def _amount(key: str, line: _Line, month: Month, amount: Decimal) -> AccountAmount:
    account, row = line.account, line.leaf.row
    return AccountAmount(
        account_key=key,
        list_id=account.list_id if account else "",
        full_name=line.full_name,
        label=row.label,
        number=(account.number if account else "") or split_number(row.label)[0],
        section=line.section,
        row_number=row.row_number,
        month=month,
        amount=amount,
    )
