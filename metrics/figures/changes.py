"""What has changed in a company's figures since a moment, and a tag that is another one after every change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import AuditEvent, Company
from metrics.columns import Basis
from metrics.company_time import running_month
from metrics.mapping_models import MappingVersion
from metrics.models import AmountChange, MonthlyHeadCount, MonthlyMetric, MonthReading, SyncHistory
from metrics.months import Month

# What a person did that may change every month's figures.
_DEEDS = ("reporting.changed", "figures.reread", "figures.rebuilt", "head_count.entered", "head_count.taken_back")
_FORMAT = "1"  # raise it when an answer's shape changes: nobody's kept copy holds then


def months_changed_since(company: Company, basis: str, moment: datetime, months: Iterable[Month]) -> frozenset[Month]:
    """Those of `months` whose amounts, tie-out, head count or mapping changed after it; rather one too many.

    Six queries at most. A change of the mapping or of the settings counts for every month.
    """
    wanted = frozenset(months)
    if _all_changed(company, moment):
        return wanted
    read = Q(read_at__gt=moment) | Q(exchange__delivered_at__gt=moment)
    changed = Q(changed_at__gt=moment) | Q(exchange__delivered_at__gt=moment)
    found = _months(MonthReading.objects.filter(read, company=company, basis=basis))
    found |= _months(AmountChange.objects.filter(changed, company=company, basis=basis))
    found |= _months(MonthlyHeadCount.objects.filter(company=company, frozen_at__gt=moment))
    people = SyncHistory.objects.filter(company=company, sync_type="employees", success=True, created_at__gt=moment)
    if people.exists():
        found |= _months(MonthlyMetric.objects.filter(company=company, basis=basis, employees_frozen=False))
    return wanted & found


def _all_changed(company: Company, moment: datetime) -> bool:
    if MappingVersion.objects.filter(company=company, created_at__gt=moment).exists():
        return True
    return AuditEvent.objects.filter(company=company, action__in=_DEEDS, timestamp__gt=moment).exists()


def _months(
    rows: QuerySet[MonthReading] | QuerySet[AmountChange] | QuerySet[MonthlyHeadCount] | QuerySet[MonthlyMetric],
) -> set[Month]:
    return {Month.of(day) for day in rows.order_by().values_list("month", flat=True).distinct()}


def state_tag(company: Company, now: datetime, *asked: object) -> str:
    """A strong ETag: the same for the same question as long as no reading, deed, mapping or month came in between.

    One query, whatever the number of months. Every writer of figures leaves a line in the sync history or in the
    audit trail; the running month is part of it, because it decides what is "so far".
    """
    newest = Company.objects.filter(pk=company.pk).values_list(
        "name",
        "currency",
        _newest(SyncHistory.objects.all(), "pk"),
        _newest(AuditEvent.objects.all(), "pk"),
        _newest(MappingVersion.objects.all(), "number"),
        *(_figures(basis, column) for basis in Basis.values for column in ("synced", "count")),
    )[0]
    parts = (_FORMAT, company.pk, *newest, running_month(company, now), *asked)
    return f'"{hashlib.sha256(repr([str(part) for part in parts]).encode()).hexdigest()[:32]}"'


def _newest(rows: QuerySet[SyncHistory] | QuerySet[AuditEvent] | QuerySet[MappingVersion], column: str) -> Subquery:
    return Subquery(rows.filter(company=OuterRef("pk")).order_by(f"-{column}").values(column)[:1])


def _figures(basis: str, column: str) -> Subquery:
    rows = MonthlyMetric.objects.filter(company=OuterRef("pk"), basis=basis).order_by().values("company")
    return Subquery(rows.annotate(synced=Max("synced_at"), count=Count("pk")).values(column))
