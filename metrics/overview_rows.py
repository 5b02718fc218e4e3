"""What the overview reads of many companies at once: few queries, whatever their number, and few columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Window
from django.db.models.functions import RowNumber

from accounts.models import Company
from accounts.permissions import Caller
from metrics.columns import Basis
from metrics.fiscal import CALENDAR_YEAR, FiscalCalendar, PeriodError
from metrics.history_models import Restatement
from metrics.models import MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.review_models import ReportingSettings
from qbwc.models import SyncPlan

# A reading that failed longer ago and was not tried again since is told by its lateness.
FAILED_FOR = timedelta(days=8)
RECENT_MONTHS = 5  # reach the first month of the last full quarter, wherever in a quarter today is
_DEFAULTS = ReportingSettings()


@dataclass(frozen=True)
class CompanyRow:
    """A company with what its figures are shown by."""

    pk: int
    name: str
    slug: str
    currency: str
    basis: str
    threshold: Decimal
    calendar: FiscalCalendar


@dataclass(frozen=True)
class MonthRow:
    """What the overview shows of one month."""

    revenue: Decimal
    net_profit: Decimal
    unmapped_revenue: Decimal
    is_tied: bool


@dataclass(frozen=True)
class Tally:
    """All months of a company on its basis, counted."""

    tied: int = 0
    untied: int = 0
    synced_at: datetime | None = None
    latest: Month | None = None  # of the months that are over


NO_MONTHS = Tally()
Months = Mapping[Month, MonthRow]


def companies(caller: Caller) -> tuple[CompanyRow, ...]:
    """Every company the caller may see, by name. One query."""
    columns = (
        *("pk", "name", "slug", "currency"),
        *("reporting__default_basis", "reporting__unmapped_threshold_percent", "reporting__fiscal_year_first_month"),
        "company_file__fiscal_year_first_month",
    )
    found = Company.objects.visible_to(caller).order_by("name").values_list(*columns)
    return tuple(
        CompanyRow(
            *(pk, name, slug, currency),
            basis=basis or _DEFAULTS.default_basis,
            threshold=_DEFAULTS.unmapped_threshold_percent if threshold is None else threshold,
            calendar=_calendar(chosen, said),
        )
        for pk, name, slug, currency, basis, threshold, chosen, said in found
    )


def tallies(rows: Sequence[CompanyRow], running: Month) -> dict[int, Tally]:
    """One query."""
    is_tied = Q(tie_out_status=MonthlyMetric.TieOutStatus.TIED)
    found = (
        MonthlyMetric.objects.filter(company__in=[row.pk for row in rows])
        .order_by()
        .values_list("company_id", "basis")
        .annotate(
            tied=Count("pk", filter=is_tied),
            untied=Count("pk", filter=~is_tied),
            synced=Max("synced_at"),
            latest=Max("month", filter=Q(month__lt=running.first_day)),
        )
    )
    basis = {row.pk: row.basis for row in rows}
    return {
        pk: Tally(tied, untied, synced, Month.of(latest) if latest else None)
        for pk, of_basis, tied, untied, synced, latest in found
        if of_basis == basis[pk]
    }


def recent_months(rows: Sequence[CompanyRow], known: Mapping[int, Tally], running: Month) -> dict[int, Months]:
    """The months of the last quarter and after it; of a company that is behind, its last two. One query."""
    first = running.plus(-RECENT_MONTHS)
    behind = {pk: one.latest for pk, one in known.items() if one.latest is not None and one.latest <= first}
    wanted = Q(company__in=[row.pk for row in rows], month__gte=first.first_day)
    if behind:
        oldest = min(behind.values()).plus(-1)
        wanted |= Q(company__in=list(behind), month__gte=oldest.first_day)
    return _months(rows, wanted & Q(month__lt=running.first_day))


def trends(rows: Sequence[CompanyRow], known: Mapping[int, Tally], running: Month, count: int) -> dict[int, Months]:
    """The last `count` months of these few companies, for their small lines. One query."""
    latest = [one.latest for row in rows if (one := known.get(row.pk)) is not None and one.latest is not None]
    first = min(latest, default=running).plus(1 - count)
    wanted = Q(company__in=[row.pk for row in rows], month__gte=first.first_day, month__lt=running.first_day)
    return _months(rows, wanted)


def open_restatements(rows: Sequence[CompanyRow]) -> dict[int, int]:
    """How many months QuickBooks restated and nobody has acknowledged, on the company's basis. One query."""
    basis = {row.pk: row.basis for row in rows}
    found = (
        Restatement.objects.filter(company__in=list(basis), acknowledged_at=None)
        .order_by()
        .values_list("company_id", "basis")
        .annotate(months=Count("month", distinct=True))
    )
    return {pk: months for pk, of_basis, months in found if of_basis == basis[pk]}


def next_due(rows: Sequence[CompanyRow]) -> dict[int, datetime]:
    """When the most overdue reading of each company was due; a company none of whose readings has a date is left out.
    One query."""
    found = (
        SyncPlan.objects.filter(company_file__company__in=[row.pk for row in rows], is_enabled=True)
        .order_by()
        .values_list("company_file__company_id")
        .annotate(due=Min("next_due_at"))
    )
    return {pk: due for pk, due in found if due is not None}


def failures(rows: Sequence[CompanyRow], now: datetime) -> dict[int, int]:
    """How many kinds of reading failed when they were last tried. One query."""
    rank = Window(
        RowNumber(), partition_by=[F("company_id"), F("sync_type")], order_by=[F("created_at").desc(), F("id").desc()]
    )
    newest = (
        SyncHistory.objects.filter(company__in=[row.pk for row in rows], created_at__gte=now - FAILED_FOR)
        .annotate(rank=rank)
        .filter(rank=1)
        .order_by()
        .values_list("company_id", "success")
    )
    found: dict[int, int] = {}
    for pk, success in newest:
        if not success:
            found[pk] = found.get(pk, 0) + 1
    return found


def _months(rows: Sequence[CompanyRow], wanted: Q) -> dict[int, Months]:
    basis = {row.pk: row.basis for row in rows}
    found = (
        MonthlyMetric.objects.filter(wanted, basis__in=_bases(basis.values()))
        .order_by("month")
        .values_list(
            *("company_id", "basis", "month", "total_revenue", "net_profit", "unmapped_revenue", "tie_out_status")
        )
    )
    months: dict[int, dict[Month, MonthRow]] = {}
    seen: dict[date, Month] = {}
    for pk, of_basis, day, revenue, profit, unmapped, status in found:
        if of_basis == basis[pk]:
            month = seen.setdefault(day, Month.of(day))
            tied = status == MonthlyMetric.TieOutStatus.TIED
            months.setdefault(pk, {})[month] = MonthRow(revenue, profit, unmapped, tied)
    return dict(months)


def _bases(used: Iterable[str]) -> Collection[Any]:
    return sorted(set(used)) or [Basis.ACCRUAL]


def _calendar(chosen: int | None, said: str | None) -> FiscalCalendar:
    if chosen is not None:
        return FiscalCalendar(chosen)
    try:
        return FiscalCalendar.named(said) if said else CALENDAR_YEAR
    except PeriodError:  # a word QuickBooks has never used: the calendar year until a person chooses
        return CALENDAR_YEAR
