"""What an administrator may do about a company's syncs: all months again, pause, resume. Each is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Min

from accounts import audit
from metrics.company_time import running_in, zone_name
from metrics.models import MonthlyMetric
from metrics.months import Month, months_between
from qbwc import queue
from qbwc.models import CompanyFile, Job, SyncPlan

PROFIT_LOSS: Final = "profit_loss"
MOST_MONTHS: Final = 120  # as many as one report may ask for (metrics/purposes.py)
FULL: Final = "full_resync"


class NotPossible(Exception):
    """Nothing was changed; the message says why and what to do."""


def full_resync(company_file: CompanyFile, now: datetime, *, actor: str) -> int:
    """Read all months again, of every basis that has a plan; how many months. NotPossible."""
    _check_active(company_file)
    with transaction.atomic():
        row = CompanyFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=company_file.pk)
        plans = list(row.sync_plans.filter(purpose=PROFIT_LOSS))
        if not plans:
            raise NotPossible("This company has no plan that reads Profit & Loss, so there is nothing to read again.")
        if _open_resyncs(row):
            raise NotPossible("A full resync is waiting or running already. Cancel it first, or let it end.")
        months = max(_enqueue(row, plan, now) for plan in plans)
        audit.record(action="sync.full_resync", success=True, now=now, actor=actor, company=row.company, months=months)
    return months


def _open_resyncs(company_file: CompanyFile) -> bool:
    waiting = company_file.jobs.filter(purpose=PROFIT_LOSS, state__in=(Job.State.QUEUED, Job.State.IN_FLIGHT))
    return any(job.parameters.get(FULL) for job in waiting)


def _enqueue(company_file: CompanyFile, plan: SyncPlan, now: datetime) -> int:
    """The plan's reading, but back to the oldest month that is known or was asked for at first."""
    months = min(MOST_MONTHS, max(_first_months(plan), _known_months(company_file, plan, now)))
    queue.enqueue(
        company_file=company_file,
        purpose=PROFIT_LOSS,
        parameters={**plan.parameters, "first_months": months, "rolling_months": months, FULL: True},
        priority=plan.priority,
        now=now,
    )
    return months


def _first_months(plan: SyncPlan) -> int:
    first = plan.parameters.get("first_months", 24)
    return first if type(first) is int and first > 0 else 24


def _known_months(company_file: CompanyFile, plan: SyncPlan, now: datetime) -> int:
    basis = str(plan.parameters.get("basis", "accrual"))
    known = MonthlyMetric.objects.filter(company=company_file.company_id, basis=basis)
    oldest = known.aggregate(oldest=Min("month"))["oldest"]
    running = running_in(zone_name(company_file.time_zone), now)
    return len(months_between(Month.of(oldest), running)) if oldest else 0


def pause(company_file: CompanyFile, now: datetime, *, actor: str) -> int:
    """Switch the enabled plans off and remember which; how many. What waits already still goes. NotPossible."""
    with transaction.atomic():
        row = CompanyFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=company_file.pk)
        plans = list(row.sync_plans.filter(is_enabled=True).values_list("pk", flat=True))
        if not plans:
            raise NotPossible("No plan is switched on, so there is nothing to pause.")
        SyncPlan.objects.filter(pk__in=plans).update(is_enabled=False)
        CompanyFile.objects.filter(pk=row.pk).update(paused_plans=plans)
        audit.record(action="sync.paused", success=True, now=now, actor=actor, company=row.company, plans=plans)
    return len(plans)


def resume(company_file: CompanyFile, now: datetime, *, actor: str) -> int:
    """Switch on what was paused; how many. NotPossible."""
    with transaction.atomic():
        row = CompanyFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=company_file.pk)
        paused = row.sync_plans.filter(pk__in=row.paused_plans, is_enabled=False)
        plans = list(paused.values_list("pk", flat=True))
        if not plans:
            raise NotPossible("Nothing is paused. A single plan is switched on under Hours.")
        SyncPlan.objects.filter(pk__in=plans).update(is_enabled=True)
        CompanyFile.objects.filter(pk=row.pk).update(paused_plans=[])
        audit.record(action="sync.resumed", success=True, now=now, actor=actor, company=row.company, plans=plans)
    return len(plans)


def _check_active(company_file: CompanyFile) -> None:
    if not company_file.is_active:
        raise NotPossible("This company file is switched off; an administrator of the server can switch it on.")
