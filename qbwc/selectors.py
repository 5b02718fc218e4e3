"""Reads of the Web Connector conversation that pages and REST share."""

from __future__ import annotations

from accounts.models import Company
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession


def company_file_of(company: Company) -> CompanyFile | None:
    return CompanyFile.objects.select_related("company").filter(company=company).first()


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
