"""How a company's figures are read and shown: its settings, its fiscal year, and what follows from a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.default_setup import PlanSpec, budget_plan, cash_plan
from metrics.fiscal import FiscalCalendar, calendar_of
from metrics.models import Basis, ReportingSettings
from metrics.recompute import lock, recompute
from qbwc.models import CompanyFile, SyncPlan

FIELDS = (
    "default_basis",
    "reads_cash",
    "reads_budget",
    "counts_owners",
    "counts_officers",
    "fiscal_year_first_month",
    "unmapped_threshold_percent",
)


class BadSettings(ValueError):
    """Settings that cannot be saved; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Reporting:
    """The settings as they are, with the fiscal year that QuickBooks' word or a person's choice makes."""

    default_basis: str
    reads_cash: bool
    reads_budget: bool
    counts_owners: bool
    counts_officers: bool
    fiscal_year_first_month: int | None
    unmapped_threshold_percent: Decimal
    calendar: FiscalCalendar


def reporting_of(company: Company) -> Reporting:
    """One query, two when nobody chose the fiscal year."""
    row = ReportingSettings.objects.filter(company=company).first() or ReportingSettings(company=company)
    calendar = _calendar(company, row.fiscal_year_first_month)
    return Reporting(**{field: getattr(row, field) for field in FIELDS}, calendar=calendar)


def _calendar(company: Company, chosen: int | None) -> FiscalCalendar:
    if chosen is not None:  # then QuickBooks' word need not be read
        return calendar_of(chosen, None)
    said = CompanyFile.objects.filter(company=company).values_list("fiscal_year_first_month", flat=True).first()
    return calendar_of(None, said)


def save_reporting(company: Company, changes: Mapping[str, Any], *, actor: str, now: datetime) -> Reporting:
    """Change these settings. Cash basis and budgets are asked for at the next sync; head counts change at once.

    Raises BadSettings.
    """
    with transaction.atomic():
        lock(company)
        row = ReportingSettings.objects.filter(company=company).first() or ReportingSettings(company=company)
        for field in FIELDS:
            if field in changes:
                setattr(row, field, changes[field])
        _check(row)
        row.save()
        _plan(company, cash_plan(), row.reads_cash)
        _plan(company, budget_plan(), row.reads_budget)
        said = {field: str(value) for field, value in changes.items() if field in FIELDS}
        audit.record(action="reporting.changed", success=True, now=now, actor=actor, company=company, **said)
        recompute(company, as_of=now.date())
    return reporting_of(company)


def _check(row: ReportingSettings) -> None:
    try:
        row.full_clean(exclude=["company"])
    except ValidationError as problem:
        raise BadSettings({field: " ".join(words) for field, words in problem.message_dict.items()}) from problem
    if row.default_basis == Basis.CASH and not row.reads_cash:
        raise BadSettings({"default_basis": "Cash basis is not read. Switch it on first, or choose accrual."})


def _plan(company: Company, spec: PlanSpec, is_wanted: bool) -> None:
    """A plan that was ever made is kept, so that its next due date survives being switched off and on."""
    company_file = CompanyFile.objects.filter(company=company).first()
    if company_file is None:
        return
    same = SyncPlan.objects.filter(company_file=company_file, purpose=spec.purpose)
    plans = [plan for plan in same if plan.parameters.get("basis") == spec.parameters.get("basis")]
    if plans:
        SyncPlan.objects.filter(pk__in=[plan.pk for plan in plans]).update(is_enabled=is_wanted)
    elif is_wanted:
        SyncPlan.objects.create(
            company_file=company_file,
            purpose=spec.purpose,
            every_minutes=spec.every_minutes,
            priority=spec.priority,
            parameters=spec.parameters,
        )
