"""What the Web Connector will do with the plans and hours that are set, in one sentence; and when each plan is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qbwc import schedule
from qbwc.contact import rhythm_of
from qbwc.models import CompanyFile, SyncPlan
from qwc.connection_states import in_minutes
from qwc.console import PURPOSES

SHORT = {
    "profit_loss": "Profit & Loss is read",
    "employees": "employees are read",
    "accounts": "the chart of accounts is read",
    "budget": "the budget is read",
}


@dataclass(frozen=True)
class PlanLine:
    """A plan with its name in words and when it is due next, as "14:05" or "at the next call"."""

    row: SyncPlan
    name: str
    every: str
    due: str


def plan_lines(company_file: CompanyFile, now: datetime) -> list[PlanLine]:
    """Every plan in the order in which they go."""
    plans = company_file.sync_plans.all()
    return [PlanLine(plan, name_of(plan), _every(plan), _due(company_file, plan, now)) for plan in plans]


def name_of(plan: SyncPlan) -> str:
    basis = plan.parameters.get("basis")
    name = PURPOSES.get(plan.purpose, plan.purpose)
    return f"{name}, {basis} basis" if isinstance(basis, str) and basis else name


def sentence(company_file: CompanyFile, now: datetime) -> str:
    """ "Every 15 minutes between 06:00 and 20:00 Denver time it asks; Profit & Loss is read every 6 hours, …"."""
    asks = f"Every {_once(in_minutes(rhythm_of(company_file)))} {_hours(company_file)}it asks"
    if not company_file.is_active:
        return "The company file is switched off: whatever the Web Connector asks, it is sent away."
    plans = [plan for plan in company_file.sync_plans.all() if plan.is_enabled]
    if not plans:
        return f"{asks}; no plan is switched on, so nothing is read unless a program or a person asks for it."
    said = [_said(company_file, plan, now) for plan in plans]
    return f"{asks}; {'; '.join(said)}."


def _said(company_file: CompanyFile, plan: SyncPlan, now: datetime) -> str:
    basis = plan.parameters.get("basis")
    what = SHORT.get(plan.purpose, f"“{plan.purpose}” is read")
    if plan.purpose == "profit_loss" and basis == "cash":
        what = "Profit & Loss on cash basis is read"
    due = _due(company_file, plan, now)
    return f"{what} every {_once(_every(plan))}, next {due if due.startswith('at ') else f'at {due}'}"


def _once(length: str) -> str:
    """ "every hour" rather than "every 1 hour"."""
    return length.removeprefix("1 ")


def _every(plan: SyncPlan) -> str:
    return in_minutes(timedelta(minutes=plan.every_minutes))


def _hours(company_file: CompanyFile) -> str:
    """The hours outside the quiet ones, with the zone by its city: "between 06:00 and 20:00 Denver time "."""
    if company_file.quiet_from is None or company_file.quiet_until is None:
        return ""
    city = company_file.time_zone.rpartition("/")[2].replace("_", " ")
    return f"between {company_file.quiet_until:%H:%M} and {company_file.quiet_from:%H:%M} {city} time "


def _due(company_file: CompanyFile, plan: SyncPlan, now: datetime) -> str:
    if plan.next_due_at is None or plan.next_due_at <= now:
        return "at the next call"
    moment = plan.next_due_at + timedelta(seconds=schedule.quiet_seconds(company_file, plan.next_due_at))
    local, today = schedule.local_time(company_file, moment), schedule.local_time(company_file, now).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%H:%M on %-d %B}"
