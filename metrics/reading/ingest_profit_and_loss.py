"""A P&L report by month into amounts, tie-outs and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Company
from metrics.models import LedgerAccount
from metrics.months import Month
from metrics.profit_and_loss import ZERO, AccountAmount, ProfitAndLoss
from metrics.reading.amount_history import record_changes, restated_by
from metrics.reading.amount_rows import StoredMonths
from metrics.reading.report_summary import reading_of
from metrics.reading.request_window import RequestWindow, UnknownWindow, window_of
from metrics.reading.sync_record import Reading, Refused, moment_of, response_in
from metrics.reading.tie_out_rows import TieOutRows
from metrics.recompute import recompute
from metrics.sources.desktop import ChartAccount, UnreadableReport
from metrics.sources.desktop import read_profit_and_loss as read_report
from qbwc.payloads import text_of
from qbwc.purposes import Delivered
from qbwc.qbxml.reports import MalformedReport, Report, parse_report

# With less than this in a month, every sum of its amounts fits into columns.money(), whatever the mapping, and so does
# the difference to a Net Income as large as QuickBooks can print.
LARGEST_MONTH = Decimal("9000000000000.00")


@dataclass(frozen=True)
class Asked:
    """A report with what it was asked for."""

    window: RequestWindow
    report: Report


def parse(delivered: Delivered) -> Asked:
    """Raises Refused."""
    try:
        response = response_in(delivered.text, "GeneralSummaryReportQueryRs")
        return Asked(_window(delivered), parse_report(response.element))
    except (UnknownWindow, MalformedReport) as problem:
        raise Refused(f"The Profit & Loss report cannot be used. {problem}") from problem


def _window(delivered: Delivered) -> RequestWindow:
    payload = delivered.exchange.request_payload
    if payload is None:
        raise UnknownWindow("The request it answers is no longer stored.")
    return window_of(text_of(payload))


def write(asked: Asked, delivered: Delivered, company: Company) -> Reading:
    """Store what this import may say of each month, then the figures. Needs the company's lock. Raises Refused."""
    window = asked.window
    stored = StoredMonths.load(company, window.basis, window.months)
    tie_outs = TieOutRows.load(company, window.basis, window.months)
    profit_and_loss = _read(asked, chart_of(company, stored), company.currency)
    taken = tie_outs.mark(profit_and_loss, stored.exchange_of, delivered)
    again = stored.reread(profit_and_loss, taken)
    record_changes(company, window.basis, again, delivered.exchange, moment_of(delivered))
    stored.replace(profit_and_loss, taken, delivered.exchange)
    recompute(company, as_of=delivered.now.date(), basis=window.basis, months=window.months)
    restated = restated_by(delivered.exchange, window.basis)
    return reading_of(profit_and_loss, window.basis, asked.report.number_of_rows, restated)


def _read(asked: Asked, chart: Sequence[ChartAccount], home_currency: str) -> ProfitAndLoss:
    try:
        report = read_report(asked.report, asked.window.months, chart, asked.window.basis, home_currency)
    except UnreadableReport as problem:
        raise Refused(f"The Profit & Loss report cannot be used. {problem}") from problem
    for month in report.months:
        _refuse_too_much(month, report.amounts_in(month))
    return report


def _refuse_too_much(month: Month, amounts: Sequence[AccountAmount]) -> None:
    total = sum((amount.amount.copy_abs() for amount in amounts), ZERO)
    if total > LARGEST_MONTH:
        largest = max(amounts, key=lambda one: one.amount.copy_abs())
        raise Refused(
            f"The Profit & Loss report cannot be used. The amounts of {month.label} come to {total:,.2f} in all, signs "
            f"apart; up to {LARGEST_MONTH:,.2f} can be added up here. The largest is {largest.amount:,.2f} in "
            f"“{largest.full_name}”, row {largest.row_number}: open the report in QuickBooks and correct it there, "
            "then ask for a refresh. Until then the figures stay as they were."
        )


def chart_of(company: Company, stored: StoredMonths) -> tuple[ChartAccount, ...]:
    """The chart of accounts as it is now, and the older names under which stored amounts were resolved.

    A stored report that is read again prints an account by the name it had then. A deleted account gives way to
    the one that carries its name now.
    """
    rows = list(LedgerAccount.objects.filter(company=company).order_by("is_active", "pk"))
    by_name = {row.full_name.casefold(): _chart_account(row) for row in rows}
    types = {row.list_id: row.account_type for row in rows}
    former = {account.full_name.casefold(): account for account in stored.resolved_accounts(types)}
    return tuple((former | by_name).values())


def _chart_account(row: LedgerAccount) -> ChartAccount:
    return ChartAccount(row.list_id, row.name, row.full_name, row.number, row.account_type, row.special_type)
