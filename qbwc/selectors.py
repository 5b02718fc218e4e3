"""Reads of the Web Connector conversation that pages and REST share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from accounts.models import Company
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession

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
        state=contact_state(company_file, now),
        last_seen_at=company_file.last_seen_at,
        session=company_file.sessions.first(),
        jobs={**dict.fromkeys(Job.State.values, 0), **dict(counted)},
    )


def contact_state(company_file: CompanyFile, now: datetime) -> str:
    """never_seen, online, late or disabled."""
    if not company_file.is_active:
        return "disabled"
    if company_file.last_seen_at is None:
        return "never_seen"
    rounds = timedelta(minutes=company_file.run_every_minutes * _ROUNDS_MISSED)
    return "late" if company_file.last_seen_at < now - max(rounds, _LEAST_SILENCE) else "online"


def plans_of(company_file: CompanyFile) -> list[SyncPlan]:
    return list(company_file.sync_plans.all())


def job_of(company: Company, job_id: int) -> Job | None:
    """A job of this company's file, with the file; None for another company's, as for one that does not exist."""
    jobs = Job.objects.select_related("company_file__company", "plan", "session")
    return jobs.filter(company_file__company=company, pk=job_id).first()


def exchanges_of(job: Job, limit: int = 20) -> list[Exchange]:
    """The newest trips of a job, in the order of time; their texts are loaded when they are asked for."""
    return list(reversed(job.exchanges.order_by("-pk")[:limit]))


def open_session(company_file: CompanyFile) -> WebConnectorSession | None:
    """The session that is under way, if any."""
    return company_file.sessions.filter(state=WebConnectorSession.State.OPEN).first()


def waiting_jobs(company_file: CompanyFile, limit: int = 50) -> list[Job]:
    """In the order in which they go."""
    return list(company_file.jobs.filter(state=Job.State.QUEUED).order_by("priority", "pk")[:limit])


def job_at_quickbooks(company_file: CompanyFile) -> Job | None:
    return company_file.jobs.filter(state=Job.State.IN_FLIGHT).first()


def latest_jobs(company_file: CompanyFile, limit: int = 50) -> list[Job]:
    """Newest first."""
    return list(company_file.jobs.order_by("-created_at", "-pk")[:limit])
