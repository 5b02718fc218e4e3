"""What a newly connected company starts with: the default mappings and the plan of what to read how often."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import Company
from metrics.default_mappings import DEFAULT_RULES, DefaultRule
from metrics.models import AccountMapping
from metrics.profit_and_loss import Section

# Gaps between the priorities leave room for a person's own rules in between.
_PRIORITY_STEP = 10
_EVERY_MINUTES = 360


@dataclass(frozen=True)
class PlanSpec:
    """One reading to plan for a company file, in the words of SyncPlan."""

    purpose: str
    every_minutes: int
    priority: int
    parameters: dict[str, object] = field(default_factory=dict)


def default_plans() -> tuple[PlanSpec, ...]:
    """Three requests fetch everything; the chart goes first, because the report's rows are resolved with it."""
    profit_loss: dict[str, object] = {"basis": "accrual", "first_months": 24, "rolling_months": 15}
    return (
        PlanSpec("accounts", _EVERY_MINUTES, 90),
        PlanSpec("profit_loss", _EVERY_MINUTES, 100, profit_loss),
        PlanSpec("employees", _EVERY_MINUTES, 110),
    )


def install_default_mappings(company: Company) -> int:
    """Give the company the default rules, in their order; a company that has rules keeps exactly those.

    Returns how many were added.
    """
    if AccountMapping.objects.filter(company=company).exists():
        return 0
    rows = [_row(company, rule, (index + 1) * _PRIORITY_STEP) for index, rule in enumerate(DEFAULT_RULES)]
    AccountMapping.objects.bulk_create(rows)
    return len(rows)


def _row(company: Company, rule: DefaultRule, priority: int) -> AccountMapping:
    return AccountMapping(
        company=company,
        match_type=rule.match_type.value,
        pattern=rule.pattern,
        account_types=[section.value for section in Section if section in rule.sections],
        qbr_metric_key=rule.metric_key,
        priority=priority,
        note=rule.note,
    )
