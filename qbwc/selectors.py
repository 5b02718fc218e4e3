"""Reads of the Web Connector conversation that pages and REST share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from accounts.models import Company
from qbwc.models import CompanyFile, Job, SyncPlan, WebConnectorSession

# A connector that missed three of its own rounds is late; the least is an hour, PCs sleep.
_ROUNDS_MISSED = 3
_LEAST_SILENCE = timedelta(hours=1)


@dataclass(frozen=True)
class ConnectionState:
    """How a company file's Web Connector is doing. `state`: never_seen, online, late or disabled."""

    state: str
    last_seen_at: datetime | None
    session: WebConnectorSession | None
    jobs: dict[str, int]


def company_file_of(company: Company) -> CompanyFile | None:
    return CompanyFile.objects.select_related("company").filter(company=company).first()


def connection_state(company_file: CompanyFile, now: datetime) -> ConnectionState:
    counted = Job.objects.filter(company_file=company_file).values_list("state").annotate(Count("pk"))
    return ConnectionState(
        state=_state(company_file, now),
        last_seen_at=company_file.last_seen_at,
        session=company_file.sessions.first(),
        jobs={**dict.fromkeys(Job.State.values, 0), **dict(counted)},
    )


def _state(company_file: CompanyFile, now: datetime) -> str:
    if not company_file.is_active:
        return "disabled"
    if company_file.last_seen_at is None:
        return "never_seen"
    rounds = timedelta(minutes=company_file.run_every_minutes * _ROUNDS_MISSED)
    return "late" if company_file.last_seen_at < now - max(rounds, _LEAST_SILENCE) else "online"


def plans_of(company_file: CompanyFile) -> list[SyncPlan]:
    return list(company_file.sync_plans.all())


def latest_failures(company_file: CompanyFile, limit: int = 10) -> list[Job]:
    """Jobs that carry a failure, newest first: failed ones, parked ones, and those waiting to be tried again."""
    return list(company_file.jobs.exclude(failure="").order_by("-pk")[:limit])
