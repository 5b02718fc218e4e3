"""Tie-outs, restatements and rows of amounts as JSON values and as a spreadsheet's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.cells import Cell
from metrics.fiscal import Period
from metrics.mapping import Mapper
from metrics.months import Month
from metrics.profit_and_loss import ZERO, SectionCheck
from metrics.review.readiness import Readiness
from metrics.spreadsheets import write_csv
from metrics.tie_out.detail import MonthDetail
from metrics.tie_out.report import TieOutMonth, TieOutReport, TieOutState
from metrics.tie_out.restatements import ChangedCell, RestatedMonth

COLUMNS = ("month", "account", "account_number", "account_type", "metric", "amount", "basis")
NOT_SYNCED = "This month has not been read from QuickBooks."


def amount_rows(found: Iterable[Cell], mapper: Mapper, basis: str) -> Iterator[dict[str, Any]]:
    """One per month and ledger account; `amount` a Decimal."""
    for cell in found:
        match = mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month)
        values = (
            str(cell.month),
            cell.full_name,
            cell.number,
            cell.section.value,
            match.metric_key,
            cell.amount,
            basis,
        )
        yield dict(zip(COLUMNS, values, strict=True))


def rows_answer(
    company: Company, basis: str, rows: Sequence[Mapping[str, Any]], total: int, offset: int, as_of: datetime | None
) -> dict[str, Any]:
    after = offset + len(rows)
    return {
        "company": company.name,
        "basis": basis,
        "currency": company.currency,
        "as_of": None if as_of is None else moment(as_of),
        "total": total,
        "next_offset": after if after < total else None,
        "rows": [{**row, "amount": money(row["amount"])} for row in rows],
    }


def rows_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Names that look like a formula get an apostrophe in front."""
    return write_csv([COLUMNS, *(tuple(row[column] for column in COLUMNS) for row in rows)])


def tie_out_answer(
    report: TieOutReport, ready: Mapping[Month, Readiness], quarter: tuple[Period, Readiness]
) -> dict[str, Any]:
    period, judged = quarter
    return {
        "company": report.company.name,
        "basis": report.basis,
        "currency": report.company.currency,
        "counts": {state.value: report.count(state) for state in TieOutState},
        "last_quarter": {"period": str(period), "label": period.label, **_ready(judged)},
        "months": [tie_out_month(month, ready[month.month]) for month in report.months],
    }


def tie_out_month(month: TieOutMonth, ready: Readiness) -> dict[str, Any]:
    mark = month.mark
    return {
        "month": str(month.month),
        "state": month.state.value,
        "message": NOT_SYNCED if mark is None else mark.message,
        "figures_are_from_untied": mark is not None and mark.figures_are_from_untied,
        "lines": [_line(check) for check in month.checks],
        **_ready(ready),
        "synced_at": None if month.synced_at is None else moment(month.synced_at),
    }


def tie_out_detail(company: Company, basis: str, detail: MonthDetail, ready: Readiness) -> dict[str, Any]:
    return {
        "company": company.name,
        "basis": basis,
        **tie_out_month(detail.month, ready),
        "sha256": detail.sha256,
        "problem": detail.problem,
        "accounts": [
            {
                "section": section.check.label,
                "account": pair.full_name,
                "account_number": pair.number,
                "shown": _maybe(pair.shown),
                "newest": _maybe(pair.newest),
                "newest_row": pair.newest_row,
                "difference": money(pair.difference),
            }
            for section in detail.sections
            for pair in section.accounts
        ],
    }


def restatement_json(one: RestatedMonth) -> dict[str, Any]:
    row = one.restatement
    return {
        "id": row.pk,
        "month": str(one.month),
        "basis": row.basis,
        "detected_at": moment(row.detected_at),
        "net_income_before": money(row.net_income_before),
        "net_income_after": money(row.net_income_after),
        "net_income_difference": money(one.net_income_difference),
        "revenue_before": money(row.revenue_before),
        "revenue_after": money(row.revenue_after),
        "presented_in": list(one.presented_in),
        "acknowledged_at": None if row.acknowledged_at is None else moment(row.acknowledged_at),
        "acknowledged_by": row.acknowledged_by,
        "note": row.note,
        "accounts": [cell_json(cell) for cell in one.cells],
    }


def changed_month(month: Month, changed: Sequence[ChangedCell]) -> dict[str, Any]:
    return {
        "month": str(month),
        "accounts": [cell_json(cell) for cell in changed],
        "net_income_difference": money(net_difference(changed)),
    }


def net_difference(changed: Iterable[ChangedCell]) -> Decimal:
    """What these changes make of net income."""
    return sum((cell.section.sign * cell.difference for cell in changed), ZERO)


def cell_json(cell: ChangedCell) -> dict[str, Any]:
    return {
        "account": cell.full_name,
        "account_number": cell.number,
        "account_type": cell.section.value,
        "metric": cell.metric_key,
        "before": money(cell.before),
        "after": money(cell.after),
        "difference": money(cell.difference),
    }


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with Z, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _maybe(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


def _ready(judged: Readiness) -> dict[str, Any]:
    return {
        "ready": judged.is_ready,
        "reasons": [{"code": one.code.value, "message": one.message} for one in judged.reasons],
    }


def _line(check: SectionCheck) -> dict[str, Any]:
    return {
        "key": check.key,
        "label": check.label,
        "quickbooks": _maybe(check.printed),
        "ours": money(check.computed),
        "difference": money(check.difference),
        "is_tied": check.is_tied,
    }
