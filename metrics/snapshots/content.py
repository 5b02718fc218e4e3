"""What a snapshot holds: everything that was presented, as JSON values that say the same in ten years.

Figures are strings (money with two decimals), head counts numbers, months "2026-01", moments ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.alerting.targets import judge_of
from metrics.canonical import plain_text, text_of
from metrics.cells import Cell, by_month, cells, in_months
from metrics.company_time import local_day, running_month
from metrics.derived import AVERAGE_EMPLOYEES, Figure, derived
from metrics.mapping import Mapper
from metrics.mapping_models import MappingVersion
from metrics.mappings.rows import mapper_from
from metrics.mappings.values import rules_from_json
from metrics.models import MonthlyHeadCount, MonthlyMetric, Restatement
from metrics.months import Month
from metrics.periods import Period, PeriodFigures, sum_period
from metrics.profit_and_loss import TOTAL_LABELS, PrintedTotals, section_checks, section_totals
from metrics.reporting.settings import FIELDS, reporting_of
from metrics.review.action_items import in_span, state_of
from metrics.review.freshness import freshness_of
from metrics.review.notes import notes
from metrics.review.readiness import Readiness
from metrics.selectors import MonthColumn, monthly_report
from metrics.snapshots.earlier_figures import earlier_json
from metrics.targets.selectors import period_targets, targets

# 1: without action items, cautions, and the ids of notes. Readers take what is not there as not known.
FORMAT = 2
SOFTWARE_VERSION = "0.1.0"  # pyproject.toml's; a test compares the two
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Occasion:
    """What is frozen, when, and on what terms. `forced_because` is empty when the period was ready."""

    company: Company
    period: Period
    basis: str
    now: datetime
    readiness: Readiness
    forced_because: str = ""


def content_of(occasion: Occasion, version: MappingVersion) -> dict[str, Any]:
    """The whole content. `version` is the mapping as it is now."""
    company, period, basis = occasion.company, occasion.period, occasion.basis
    running = running_month(company, occasion.now)
    report = monthly_report(company, basis, period.first, period.last)
    found = cells(company, basis, period.first, period.last)
    mapper = mapper_from(rules_from_json(version.rules))
    return {
        "format": FORMAT,
        "software_version": SOFTWARE_VERSION,
        "created_at": moment(occasion.now),
        "company": {"name": plain_text(company.name), "slug": company.slug, "currency": company.currency},
        "basis": basis,
        "period": period_json(period),
        "settings": settings_json(company),
        "readiness": _readiness(occasion),
        "months": _months(company, basis, report.months, found),
        "figures": _period_figures(report.months, period, running),
        "earlier": earlier_json(company, basis, period, occasion.now),
        "accounts": accounts_json(found, mapper),
        "unmapped": [
            {
                "full_name": plain_text(one.full_name),
                "account_type": one.account_type,
                "number": one.number,
                "amount": f"{one.amount_total:.2f}",
                "months": one.months,
            }
            for one in report.unmapped_accounts
        ],
        "restatements": _restatements(company, basis, period),
        "targets": _targets(company, period, report.months, occasion.now),
        "notes": notes_json(company, period),
        "action_items": action_items_json(company, period, occasion.now),
        "cautions": list(freshness_of(company, occasion.now).cautions),
        "head_counts": head_counts_json(company, period),
        "mapping": {
            "number": version.number,
            "sha256": version.sha256,
            "changed_at": moment(version.created_at),
            "rules": version.rules,
        },
    }


def period_json(period: Period) -> dict[str, Any]:
    return {
        "text": str(period),
        "label": period.label,
        "first": str(period.first),
        "last": str(period.last),
        "kind": period.kind.value,
        "fiscal_year_first_month": period.calendar.first_month,
    }


def settings_json(company: Company) -> dict[str, Any]:
    """The settings that figures and readiness depend on; the fiscal year as it is in force."""
    reporting = reporting_of(company)
    found = {field: getattr(reporting, field) for field in FIELDS}
    found["unmapped_threshold_percent"] = f"{reporting.unmapped_threshold_percent:.2f}"
    found["fiscal_year_first_month"] = reporting.calendar.first_month
    return {key: str(value) if key == "default_basis" else value for key, value in found.items()}


def figures_json(figures: Mapping[str, Figure]) -> dict[str, str | int | None]:
    """Money to the cent; the average head count to two places."""
    return {
        key: text_of(value.quantize(CENT) if isinstance(value, Decimal) else value) for key, value in figures.items()
    }


def derived_json(figures: Mapping[str, Decimal | None]) -> dict[str, str | int | None]:
    """As rounded already, to the places of each unit."""
    return {key: text_of(value) for key, value in figures.items()}


def figures_of_column(column: MonthColumn) -> dict[str, Figure]:
    """The fourteen metrics and the two unmapped sums."""
    unmapped = {"unmapped_revenue": column.unmapped_revenue, "unmapped_expenses": column.unmapped_expenses}
    return {**column.figures, **unmapped}


def period_figures(columns: Iterable[MonthColumn], period: Period, running: Month) -> PeriodFigures:
    """The period added up from its months."""
    months = {column.month: figures_of_column(column) for column in columns}
    return sum_period(months, period, running)


def accounts_json(found: Sequence[Cell], mapper: Mapper) -> list[dict[str, Any]]:
    """One entry per ledger account: its months with amount, metric, rule, and the row of the report that says so."""
    accounts: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in found:
        match = mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month)
        entry = accounts.setdefault(
            (cell.account_key, cell.section.value),
            {
                "account_key": plain_text(cell.account_key),
                "full_name": plain_text(cell.full_name),
                "number": plain_text(cell.number),
                "account_type": cell.section.value,
                "months": {},
            },
        )
        entry["months"][str(cell.month)] = {
            "amount": f"{cell.amount:.2f}",
            "metric": match.metric_key,
            "rule": match.rule.rule_id if match.rule is not None else None,
            "row": cell.row_number,
            "exchange": cell.exchange_id,
        }
    return list(accounts.values())


def head_counts_json(company: Company, period: Period) -> dict[str, Any]:
    """Month → the frozen counts by type, and what a person entered."""
    rows = in_months(MonthlyHeadCount.objects.filter(company=company), period.first, period.last)
    return {
        str(Month.of(row.month)): {
            "counts": row.counts,
            "estimated": row.estimated,
            "entered": row.entered,
            "entered_by": row.entered_by,
            "note": plain_text(row.note),
            "frozen_at": moment(row.frozen_at),
        }
        for row in rows.order_by("month")
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _readiness(occasion: Occasion) -> dict[str, Any]:
    reasons = [
        {"code": one.code.value, "message": one.message, "months": [str(month) for month in one.months]}
        for one in occasion.readiness.reasons
    ]
    return {
        "is_ready": occasion.readiness.is_ready,
        "reasons": reasons,
        "forced_because": plain_text(occasion.forced_because),
    }


def _months(
    company: Company, basis: str, columns: Sequence[MonthColumn], found: Sequence[Cell]
) -> list[dict[str, Any]]:
    by_cells = dict(by_month(found))
    first, last = (columns[0].month, columns[-1].month) if columns else (None, None)
    rows = in_months(MonthlyMetric.objects.filter(company=company, basis=basis), first, last)
    printed = {Month.of(row.month): row for row in rows}
    return [_month(column, printed[column.month], by_cells.get(column.month, [])) for column in columns]


def _month(column: MonthColumn, row: MonthlyMetric, found: Sequence[Cell]) -> dict[str, Any]:
    figures = figures_of_column(column)
    return {
        "month": str(column.month),
        "figures": figures_json(figures),
        "derived": derived_json(derived(figures)),
        "employees_estimated": column.employees_estimated,
        "employees_frozen": row.employees_frozen,
        "synced_at": moment(column.synced_at),
        "tie_out": {
            "status": column.tie_out.status,
            "quickbooks_net_income": f"{column.tie_out.quickbooks_net_income:.2f}",
            "difference": f"{column.tie_out.difference:.2f}",
            "figures_are_from_untied": column.tie_out.figures_are_from_untied,
            "discrepancies": [figures_to_text(asdict(one)) for one in column.tie_out.discrepancies],
            "sections": _sections(row.printed_totals, found),
        },
    }


def figures_to_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Any dataclass as JSON: its decimals as text."""
    return {key: f"{value:.2f}" if isinstance(value, Decimal) else value for key, value in fields.items()}


def _sections(printed: Mapping[str, str | None], found: Sequence[Cell]) -> list[dict[str, Any]]:
    """QuickBooks' nine printed totals against ours; nothing when the report's totals were never kept."""
    if "net_income" not in printed:
        return []
    totals = {key: None if (text := printed.get(key)) is None else Decimal(text) for key in TOTAL_LABELS}
    checks = section_checks(PrintedTotals(**totals), section_totals(found))  # type: ignore[arg-type]
    return [figures_to_text(asdict(check)) for check in checks]


def _period_figures(columns: Sequence[MonthColumn], period: Period, running: Month) -> dict[str, Any]:
    whole = period_figures(columns, period, running)
    return {
        "figures": figures_json(whole.figures),
        "derived": derived_json(whole.derived),
        "average_employees": text_of(_average(whole)),
        "months_present": [str(month) for month in whole.months_present],
        "months_missing": [str(month) for month in whole.months_missing],
        "is_complete": whole.is_complete,
    }


def _average(whole: PeriodFigures) -> Decimal | None:
    value = whole.figures.get(AVERAGE_EMPLOYEES)
    return None if value is None else Decimal(value).quantize(CENT)


def _restatements(company: Company, basis: str, period: Period) -> list[dict[str, Any]]:
    rows = in_months(Restatement.objects.filter(company=company, basis=basis), period.first, period.last)
    return [
        {
            "month": str(Month.of(row.month)),
            "detected_at": moment(row.detected_at),
            "net_income_before": f"{row.net_income_before:.2f}",
            "net_income_after": f"{row.net_income_after:.2f}",
            "revenue_before": f"{row.revenue_before:.2f}",
            "revenue_after": f"{row.revenue_after:.2f}",
            "cells": row.cells,
            "acknowledged_by": row.acknowledged_by,
            "note": plain_text(row.note),
        }
        for row in rows.order_by("detected_at", "pk")
    ]


def _targets(company: Company, period: Period, columns: Sequence[MonthColumn], now: datetime) -> dict[str, Any]:
    whole = period_targets(company, period)
    judge = judge_of(company, period, {column.month: column.synced_at for column in columns}, now)
    return {
        "judged": {"extent": judge.extent.value, "tolerance": f"{judge.tolerance.normalize():f}"},
        "months": [
            {
                "kind": one.value.kind.value,
                "metric": one.value.metric_key,
                "month": str(one.value.month),
                "amount": f"{one.value.amount:.2f}",
                "source": one.value.source.value,
            }
            for one in targets(company, period.first, period.last)
        ],
        "period": {kind.value: {key: f"{amount:f}" for key, amount in found.items()} for kind, found in whole.items()},
    }


def notes_json(company: Company, period: Period) -> list[dict[str, Any]]:
    """As they stand, newest first."""
    return [
        {
            "id": note.pk,
            "month": str(Month.of(note.month)) if note.month else None,
            "metric": note.metric_key,
            "text": plain_text(note.text),
            "author": note.author,
            "updated_at": moment(note.updated_at),
        }
        for note in notes(company, period.first, period.last)
    ]


def action_items_json(company: Company, period: Period, now: datetime) -> list[dict[str, Any]]:
    """Those of the quarters that the period touches, with who does what by when, and how it stands."""
    return [
        {
            "id": item.pk,
            "quarter": str(Month.of(item.quarter_first_month)),
            "text": plain_text(item.text),
            "owner": plain_text(item.owner),
            "due_on": item.due_on.isoformat() if item.due_on else None,
            "state": state_of(item, local_day(company, now)),
            "done_at": moment(item.done_at) if item.done_at else None,
            "carried_from": str(Month.of(item.carried_from.quarter_first_month)) if item.carried_from else None,
        }
        for item in in_span(company, period.first, period.last, period.calendar)
    ]
