"""Reads about reading: when each kind of answer last came, what went wrong, what is due; one line a company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import Company
from accounts.permissions import Caller
from metrics.models import Basis, MonthlyMetric, SyncHistory
from metrics.months import Month
from qbwc.models import SyncPlan


@dataclass(frozen=True)
class SyncLine:
    """The state of one kind of reading. `message` is the last success's; `failure` is empty unless the newest
    attempt failed. `next_due_at` None with `is_planned`: due at once."""

    sync_type: str
    label: str
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    message: str
    failure: str
    next_due_at: datetime | None
    is_planned: bool


@dataclass(frozen=True)
class CompanyLine:
    """One company on the first page; months of the accrual basis."""

    company: Company
    first_month: Month | None
    last_month: Month | None
    months_tied: int
    months_untied: int
    last_synced_at: datetime | None
    failures: tuple[str, ...]


def sync_state(company: Company) -> tuple[SyncLine, ...]:
    """One line for each kind of reading, planned or not, in the order in which they are read; the budget's only when
    it is planned or was read. Three queries."""
    newest = {row.sync_type: row for row in _newest(SyncHistory.objects.filter(company=company))}
    good = {row.sync_type: row for row in _newest(SyncHistory.objects.filter(company=company, success=True))}
    plans = list(SyncPlan.objects.filter(company_file__company=company, is_enabled=True))
    return tuple(
        _sync_line(sync_type, newest.get(sync_type), good.get(sync_type), [p for p in plans if p.purpose == sync_type])
        for sync_type in _READING_ORDER
        if sync_type != SyncHistory.SyncType.BUDGET or sync_type in newest or any(p.purpose == sync_type for p in plans)
    )


def overview(caller: Caller) -> tuple[CompanyLine, ...]:
    """Every company the caller may see, by name. Three queries."""
    companies = list(Company.objects.visible_to(caller).order_by("name"))
    months = {row["company_id"]: row for row in _months_by_company(companies)}
    newest = _newest(SyncHistory.objects.filter(company__in=companies))
    return tuple(
        _company_line(company, months.get(company.pk, {}), [row for row in newest if row.company_id == company.pk])
        for company in companies
    )


# The chart first, because the report's rows are resolved with it.
_READING_ORDER = (
    SyncHistory.SyncType.ACCOUNTS,
    SyncHistory.SyncType.PROFIT_LOSS,
    SyncHistory.SyncType.EMPLOYEES,
    SyncHistory.SyncType.BUDGET,
)


def _newest(rows: QuerySet[SyncHistory]) -> list[SyncHistory]:
    """The newest row of each company and kind."""
    rank = Window(
        RowNumber(), partition_by=[F("company_id"), F("sync_type")], order_by=[F("created_at").desc(), F("id").desc()]
    )
    return list(rows.annotate(rank=rank).filter(rank=1).order_by("sync_type").defer("parsed_data"))


def _sync_line(
    sync_type: SyncHistory.SyncType, newest: SyncHistory | None, good: SyncHistory | None, plans: list[SyncPlan]
) -> SyncLine:
    due = [plan.next_due_at for plan in plans]
    return SyncLine(
        sync_type=sync_type.value,
        label=str(sync_type.label),
        last_success_at=None if good is None else good.created_at,
        last_attempt_at=None if newest is None else newest.created_at,
        message="" if good is None else good.message,
        failure="" if newest is None or newest.success else newest.message,
        next_due_at=None if None in due else min((moment for moment in due if moment is not None), default=None),
        is_planned=bool(plans),
    )


def _months_by_company(companies: list[Company]) -> Iterable[Mapping[str, Any]]:
    tied = Q(tie_out_status=MonthlyMetric.TieOutStatus.TIED)
    return (
        MonthlyMetric.objects.filter(company__in=companies, basis=Basis.ACCRUAL)
        .order_by()
        .values("company_id")
        .annotate(
            first=Min("month"),
            last=Max("month"),
            synced=Max("synced_at"),
            tied=Count("pk", filter=tied),
            untied=Count("pk", filter=~tied),
        )
    )


def _company_line(company: Company, months: Mapping[str, Any], newest: list[SyncHistory]) -> CompanyLine:
    return CompanyLine(
        company=company,
        first_month=Month.of(months["first"]) if months else None,
        last_month=Month.of(months["last"]) if months else None,
        months_tied=months.get("tied", 0),
        months_untied=months.get("untied", 0),
        last_synced_at=months.get("synced"),
        failures=tuple(row.message for row in newest if not row.success),
    )
