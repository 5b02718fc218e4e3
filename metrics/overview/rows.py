"""What the overview reads of many companies at once: few queries, whatever their number, and few columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import CharField, Count, ExpressionWrapper, F, IntegerField, Max, Min, Q, QuerySet
from django.db.models.functions import Cast, Round

from accounts.models import Company
from accounts.permissions import Caller
from alerts.models import Alert
from metrics.columns import Basis
from metrics.company_time import zone_name
from metrics.fiscal import FiscalCalendar, calendar_of
from metrics.history_models import Restatement
from metrics.models import MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.review_models import ReportingSettings
from qbwc.connection_words import State, kept_state
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
    zone: str = "UTC"  # whose clock its months end by
    connection: State | None = None  # as the last look of each minute found it


@dataclass(frozen=True)
class Chosen:
    """The companies that a read is about; `keys` is what a query takes: a subquery instead of hundreds of numbers."""

    rows: tuple[CompanyRow, ...]
    keys: QuerySet[Company, Any] | Sequence[int]

    @cached_property
    def basis(self) -> Mapping[int, str]:
        """On which the figures of each are shown."""
        return {row.pk: row.basis for row in self.rows}


class MonthRow(NamedTuple):
    """What the overview shows of one month, in cents: whole numbers are quick to compare by the thousand."""

    revenue_cents: int
    profit_cents: int
    unmapped_cents: int
    is_tied: bool
    read_at: datetime


@dataclass(frozen=True)
class Tally:
    """All months of a company on its basis, counted."""

    tied: int = 0
    untied: int = 0
    synced_at: datetime | None = None
    latest: Month | None = None  # of the months that are over


NO_MONTHS = Tally()
Months = Mapping[Month, MonthRow]


def companies(caller: Caller) -> Chosen:
    """Every company the caller may see, by name. One query."""
    columns = (
        *("pk", "name", "slug", "currency"),
        *("reporting__default_basis", "reporting__unmapped_threshold_percent", "reporting__fiscal_year_first_month"),
        *("company_file__fiscal_year_first_month", "company_file__time_zone", "company_file__connection_state"),
    )
    visible = Company.objects.visible_to(caller)
    rows = tuple(
        CompanyRow(
            *(pk, name, slug, currency),
            basis=basis or _DEFAULTS.default_basis,
            threshold=_DEFAULTS.unmapped_threshold_percent if threshold is None else threshold,
            calendar=calendar_of(chosen, said),
            zone=zone_name(zone),
            connection=kept_state(state or ""),
        )
        for pk, name, slug, currency, basis, threshold, chosen, said, zone, state in visible.order_by(
            "name"
        ).values_list(*columns)
    )
    return Chosen(rows, visible.order_by().values("pk"))


def some(rows: Iterable[CompanyRow]) -> Chosen:
    """Only these."""
    chosen = tuple(rows)
    return Chosen(chosen, [row.pk for row in chosen])


def tallies(chosen: Chosen, running: Month) -> dict[int, Tally]:
    """One query."""
    is_tied = Q(tie_out_status=MonthlyMetric.TieOutStatus.TIED)
    found = (
        MonthlyMetric.objects.filter(company__in=chosen.keys)
        .order_by()
        .values_list("company_id", "basis")
        .annotate(
            tied=Count("pk", filter=is_tied),
            untied=Count("pk", filter=~is_tied),
            synced=Max("synced_at"),
            latest=Max("month", filter=Q(month__lt=running.first_day)),
        )
    )
    basis = chosen.basis
    return {
        pk: Tally(tied, untied, synced, Month.of(latest) if latest else None)
        for pk, of_basis, tied, untied, synced, latest in found
        if of_basis == basis[pk]
    }


def recent_months(chosen: Chosen, known: Mapping[int, Tally], running: Month) -> dict[int, Months]:
    """The months of the last quarter and after it; of a company that is behind, its last two. One query."""
    first = running.plus(-RECENT_MONTHS)
    behind = {pk: one.latest for pk, one in known.items() if one.latest is not None and one.latest <= first}
    wanted = Q(company__in=chosen.keys, month__gte=first.first_day)
    if behind:
        oldest = min(behind.values()).plus(-1)
        wanted |= Q(company__in=list(behind), month__gte=oldest.first_day)
    return _months(chosen, wanted & Q(month__lt=running.first_day))


def trends(chosen: Chosen, known: Mapping[int, Tally], running: Month, count: int) -> dict[int, Months]:
    """The last `count` months of these few companies, for their small lines. One query."""
    latest = [one.latest for row in chosen.rows if (one := known.get(row.pk)) is not None and one.latest is not None]
    first = min(latest, default=running).plus(1 - count)
    wanted = Q(company__in=chosen.keys, month__gte=first.first_day, month__lt=running.first_day)
    return _months(chosen, wanted)


def open_restatements(chosen: Chosen) -> dict[int, int]:
    """How many months QuickBooks restated and nobody has acknowledged, on the company's basis. One query."""
    basis = chosen.basis
    found = (
        Restatement.objects.filter(company__in=chosen.keys, acknowledged_at=None)
        .order_by()
        .values_list("company_id", "basis")
        .annotate(months=Count("month", distinct=True))
    )
    return {pk: months for pk, of_basis, months in found if of_basis == basis[pk]}


def next_due(chosen: Chosen) -> dict[int, datetime]:
    """When the most overdue reading of each company was due; a company none of whose readings has a date is left out.
    One query."""
    found = (
        SyncPlan.objects.filter(company_file__company__in=chosen.keys, is_enabled=True)
        .order_by()
        .values_list("company_file__company_id")
        .annotate(due=Min("next_due_at"))
    )
    return {pk: due for pk, due in found if due is not None}


class AlertCount(NamedTuple):
    """Alerts of one kind that are there now."""

    unseen: int = 0
    acknowledged: int = 0


def alerts(chosen: Chosen) -> dict[tuple[int, str], AlertCount]:
    """By company and kind, with what somebody has acknowledged. One query."""
    seen = Count("pk", filter=Q(is_acknowledged=True))
    found = Alert.objects.filter(company__in=chosen.keys, ended_at=None).order_by().values_list("company_id", "kind")
    return {
        (pk, kind): AlertCount(total - seen, seen) for pk, kind, total, seen in found.annotate(Count("pk"), seen=seen)
    }


def failures(chosen: Chosen, now: datetime) -> dict[int, int]:
    """How many kinds of reading failed when they were last tried. One query."""
    found = (
        SyncHistory.objects.filter(company__in=chosen.keys, created_at__gte=now - FAILED_FOR)
        .order_by()
        .values("company_id", "sync_type")
        .annotate(good=Max("created_at", filter=Q(success=True)), bad=Max("created_at", filter=Q(success=False)))
        .filter(Q(good=None) | Q(bad__gt=F("good")), bad__isnull=False)
        .values_list("company_id", flat=True)
    )
    return Counter(found)


def money(cents: int) -> Decimal:
    """The amount of so many cents."""
    return Decimal(cents).scaleb(-2)


def _cents(column: str) -> Round:
    """A money column in whole cents, as SQLite has it; made into an amount only where it is shown."""
    return Round(ExpressionWrapper(F(column) * 100, IntegerField()))


_COLUMNS = {
    "day": Cast("month", CharField()),
    "revenue_cents": _cents("total_revenue"),
    "profit_cents": _cents("net_profit"),
    "unmapped_cents": _cents("unmapped_revenue"),
}


def _months(chosen: Chosen, wanted: Q) -> dict[int, Months]:
    basis = chosen.basis
    found = (
        MonthlyMetric.objects.filter(wanted, basis__in=_bases(basis.values()))
        .order_by("month")
        .annotate(**_COLUMNS)
        .values_list("company_id", "basis", *_COLUMNS, "tie_out_status", "synced_at")
    )
    months: dict[int, dict[Month, MonthRow]] = {}
    seen: dict[str, Month] = {}
    tied = MonthlyMetric.TieOutStatus.TIED.value
    for pk, of_basis, day, revenue, profit, unmapped, status, read_at in found:
        if of_basis == basis[pk]:
            month = seen.get(day) or seen.setdefault(day, Month.parse(day[:7]))
            row = MonthRow(revenue, profit, unmapped, status == tied, read_at)
            months.setdefault(pk, {})[month] = row
    return dict(months)


def _bases(used: Iterable[str]) -> Collection[Any]:
    return sorted(set(used)) or [Basis.ACCRUAL]
