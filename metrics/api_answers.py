"""A monthly report as JSON values, in the shape that /api/metrics promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from metrics.canonical import text_of
from metrics.derived import derived
from metrics.months import Month
from metrics.review.readiness import Readiness
from metrics.selectors import MonthColumn, MonthlyReport, TieOutMark, UnmappedAccount
from metrics.tie_out.report import state_of


def metrics_answer(
    report: MonthlyReport,
    running: Month,
    ready: Mapping[Month, Readiness] | None = None,
    wanted: Collection[Month] | None = None,
    as_of: datetime | None = None,
) -> dict[str, Any]:
    """`running` is the month that still runs; `wanted` narrows the months."""
    months = [column for column in report.months if wanted is None or column.month in wanted]
    return {
        "company": report.company.name,
        "basis": str(report.basis),
        "currency": report.currency,
        "as_of": None if as_of is None else _moment(as_of),
        "months": [_month(column, running, None if ready is None else ready[column.month]) for column in months],
        "unmapped_accounts": [_unmapped_account(account) for account in report.unmapped_accounts],
    }


def _month(column: MonthColumn, running: Month, ready: Readiness | None) -> dict[str, Any]:
    unmapped = {"unmapped_revenue": column.unmapped_revenue, "unmapped_expenses": column.unmapped_expenses}
    state = state_of(column.month, is_tied=column.tie_out.is_tied, today=running)
    return {
        "month": str(column.month),
        "metrics": {key: _figure(value) for key, value in column.figures.items()},
        "derived": {key: text_of(value) for key, value in derived({**column.figures, **unmapped}).items()},
        "employees_estimated": column.employees_estimated,
        "unmapped": {"revenue": _money(column.unmapped_revenue), "expenses": _money(column.unmapped_expenses)},
        "tie_out": {**_tie_out(column.tie_out), "state": state.value},
        "ready": None if ready is None else ready.is_ready,
        "synced_at": _moment(column.synced_at),
    }


def _figure(value: Decimal | int | None) -> str | int | None:
    return _money(value) if isinstance(value, Decimal) else value


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _moment(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tie_out(mark: TieOutMark) -> dict[str, Any]:
    return {
        "status": mark.status,
        "quickbooks_net_income": _money(mark.quickbooks_net_income),
        "difference": _money(mark.difference),
        "message": mark.message,
        "figures_are_from_untied": mark.figures_are_from_untied,
        "rows": [
            {
                "row": line.row,
                "label": line.label,
                "printed": _money(line.printed),
                "computed": _money(line.computed),
            }
            for line in mark.discrepancies
        ],
    }


def _unmapped_account(account: UnmappedAccount) -> dict[str, Any]:
    return {
        "account": account.full_name,
        "account_type": account.account_type,
        "account_number": account.number,
        "total": _money(account.amount_total),
        "months": account.months,
        "last_month": str(account.last_month),
    }
