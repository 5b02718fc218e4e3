"""What came of a Profit & Loss report, for the sync history: a sentence and a summary."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.columns import UNRESOLVED
from metrics.months import Month
from metrics.profit_and_loss import ProfitAndLoss, SectionCheck, section_checks
from metrics.reading.sync_record import Reading
from metrics.reading.tie_out_rows import discrepancies_as_json


def reading_of(report: ProfitAndLoss, basis: str, number_of_rows: int, restated: Sequence[Month]) -> Reading:
    """`restated`: the past months that this report changed."""
    months = [_month_summary(report, month) for month in report.months]
    accounts = {amount.account_key for amount in report.amounts}
    data: dict[str, object] = {
        "basis": basis,
        "first_month": str(report.months[0]),
        "last_month": str(report.months[-1]),
        "rows": number_of_rows,
        "accounts": len(accounts),
        "accounts_not_in_chart": sum(key.startswith(UNRESOLVED) for key in accounts),
        "restated_months": [str(month) for month in restated],
        "months": months,
    }
    return Reading(_sentence(report, basis) + _restated_words(restated), data)


def _month_summary(report: ProfitAndLoss, month: Month) -> dict[str, object]:
    tie_out = report.tie_out(month)
    return {
        "month": str(month),
        "tied": tie_out.is_tied,
        "net_income": f"{tie_out.quickbooks_net_income:.2f}",
        "difference": f"{tie_out.difference:.2f}",
        "discrepancies": discrepancies_as_json(tie_out.discrepancies),
        "untied_totals": [_as_json(one) for one in _checks(report, month) if not one.is_tied],
    }


def _checks(report: ProfitAndLoss, month: Month) -> tuple[SectionCheck, ...]:
    printed = report.printed.get(month)
    return section_checks(printed, report.computed(month)) if printed else ()


def _as_json(check: SectionCheck) -> dict[str, str]:
    """Strings only: JSON has no decimals. printed is "" for a total that is not in the report."""
    return {
        "total": check.label,
        "printed": "" if check.printed is None else f"{check.printed:.2f}",
        "computed": f"{check.computed:.2f}",
        "difference": f"{check.difference:.2f}",
    }


def _sentence(report: ProfitAndLoss, basis: str) -> str:
    untied = [month for month in report.months if not report.tie_out(month).is_tied]
    text = f"Read {len(report.months)} months, {report.months[0].label} to {report.months[-1].label}, {basis} basis: "
    if not untied:
        return f"{text}every month ties out."
    names = ", ".join(month.label for month in untied[:12]) + (" and more" if len(untied) > 12 else "")
    return f"{text}{len(report.months) - len(untied)} tie out; these do not: {names}."


def _restated_words(restated: Sequence[Month]) -> str:
    if not restated:
        return ""
    names = ", ".join(month.label for month in restated[:12]) + (" and more" if len(restated) > 12 else "")
    return f" Past months were changed in QuickBooks since the last reading: {names}."
