"""What a newly connected company starts with: the default mappings and the plan of what to read how often."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import Company
from metrics.mappings.rule_templates import DEFAULT_TEMPLATE, template_of
from metrics.mappings.templates import values_of_template
from metrics.mappings.values import put_values
from metrics.models import AccountMapping

_EVERY_MINUTES = 360
_DAILY = 1440


@dataclass(frozen=True)
class PlanSpec:
    """One reading to plan for a company file, in the words of SyncPlan."""

    purpose: str
    every_minutes: int
    priority: int
    parameters: dict[str, object] = field(default_factory=dict)


def default_plans() -> tuple[PlanSpec, ...]:
    """Three requests fetch everything; the chart goes first, because the report's rows are resolved with it."""
    return (
        PlanSpec("accounts", _EVERY_MINUTES, 90),
        _profit_and_loss_plan("accrual", 100),
        PlanSpec("employees", _EVERY_MINUTES, 110),
    )


def cash_plan() -> PlanSpec:
    """The same report on cash basis, for companies that want both."""
    return _profit_and_loss_plan("cash", 105)


def budget_plan() -> PlanSpec:
    """QuickBooks' budget, once a day: people change it a few times a year."""
    return PlanSpec("budget", _DAILY, 120)


def _profit_and_loss_plan(basis: str, priority: int) -> PlanSpec:
    parameters: dict[str, object] = {"basis": basis, "first_months": 24, "rolling_months": 15}
    return PlanSpec("profit_loss", _EVERY_MINUTES, priority, parameters)


def install_default_mappings(company: Company, template: str = DEFAULT_TEMPLATE.key) -> int:
    """Give the company the rules of a shipped template, in their order; one that has rules keeps exactly those.

    Returns how many were added. KeyError for a template that is not shipped.
    """
    rules = values_of_template(template_of(template))
    if AccountMapping.objects.filter(company=company).exists():
        return 0
    AccountMapping.objects.bulk_create([put_values(AccountMapping(company=company), values) for values in rules])
    return len(rules)
