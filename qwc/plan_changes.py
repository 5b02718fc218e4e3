"""Changing how often a company's plans run: the form's fields in, the columns and the audit line out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from qbwc.models import CompanyFile, SyncPlan
from qwc.plan_words import name_of

LEAST_MINUTES, MOST_MINUTES = 5, 7 * 24 * 60


@dataclass(frozen=True)
class WantedPlan:
    """What was typed for one plan; `problem` says what is wrong with it."""

    plan: SyncPlan
    minutes: str
    is_enabled: bool
    problem: str = ""


def wanted_plans(company_file: CompanyFile, typed: Mapping[str, str]) -> list[WantedPlan]:
    """Of each plan: `every-<id>` in minutes and `enabled-<id>`. A plan that the form did not have stays as it is."""
    return [
        _wanted(plan, typed.get(f"every-{plan.pk}", "").strip(), f"enabled-{plan.pk}" in typed)
        for plan in company_file.sync_plans.all()
        if f"every-{plan.pk}" in typed
    ]


def _wanted(plan: SyncPlan, minutes: str, is_enabled: bool) -> WantedPlan:
    fits = minutes.isascii() and minutes.isdecimal() and len(minutes) < 8
    fits = fits and LEAST_MINUTES <= int(minutes) <= MOST_MINUTES
    problem = "" if fits else f"Write a whole number of minutes from {LEAST_MINUTES} to {MOST_MINUTES} (a week)."
    return WantedPlan(plan, minutes[:8], is_enabled, problem)


def change(company_file: CompanyFile, wanted: list[WantedPlan], now: datetime, *, actor: str) -> int:
    """Store them and audit what they were before; how many differ. A shorter interval brings the next one nearer."""
    changed = 0
    with transaction.atomic():
        rows = {row.pk: row for row in SyncPlan.objects.select_for_update().filter(company_file=company_file)}
        for each in wanted:
            row = rows.get(each.plan.pk)
            if row is not None and _differs(row, each):
                _store(company_file, row, each, now, actor)
                changed += 1
        if changed:
            _forget_paused(company_file)
    return changed


def _forget_paused(company_file: CompanyFile) -> None:
    """What was switched on here is not paused any more."""
    row = CompanyFile.objects.select_for_update(of=("self",)).get(pk=company_file.pk)
    still_off = row.sync_plans.filter(pk__in=row.paused_plans, is_enabled=False).values_list("pk", flat=True)
    CompanyFile.objects.filter(pk=row.pk).update(paused_plans=list(still_off))


def _differs(row: SyncPlan, wanted: WantedPlan) -> bool:
    return (row.every_minutes, row.is_enabled) != (int(wanted.minutes), wanted.is_enabled)


def _store(company_file: CompanyFile, row: SyncPlan, wanted: WantedPlan, now: datetime, actor: str) -> None:
    before = {"every_minutes": row.every_minutes, "is_enabled": row.is_enabled}
    row.every_minutes, row.is_enabled = int(wanted.minutes), wanted.is_enabled
    soonest = now + timedelta(minutes=row.every_minutes)
    if row.next_due_at is not None and row.next_due_at > soonest:
        row.next_due_at = soonest
    row.save(update_fields=["every_minutes", "is_enabled", "next_due_at"])
    audit.record(
        action="sync.plan_changed",
        success=True,
        now=now,
        actor=actor,
        company=company_file.company,
        plan=name_of(row),
        before=before,
        after={"every_minutes": row.every_minutes, "is_enabled": row.is_enabled},
    )
