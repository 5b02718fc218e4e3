"""What an administrator should look at: the wrong file, two connectors, writes of unknown outcome, failed jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from qbwc.models import CompanyFile, Job

# A second connector is news for a day; a failed job for a week.
TWO_CONNECTORS_FOR = timedelta(days=1)
FAILED_FOR = timedelta(days=7)
MOST_JOBS = 20
# Stands in the failure of a job that a person has sent again as another one: it needs no attention any more.
SENT_AGAIN = "Sent again as job "

WRONG_FILE, TWO_CONNECTORS, OUTCOME_UNKNOWN, FAILED = "wrong_file", "two_connectors", "outcome_unknown", "failed_job"


@dataclass(frozen=True)
class Alert:
    """`since`: when it was last seen, or when the job ended. `job`: which one, for the last two kinds."""

    kind: str
    message: str
    since: datetime
    job: Job | None = None


@dataclass(frozen=True)
class RefusedFile:
    """What QuickBooks had open when the session was ended without sending anything, and what was expected."""

    company_name: str
    file_id: str
    path: str
    at: datetime
    expected: str


def refused_file(company_file: CompanyFile) -> RefusedFile | None:
    """From CompanyFile.wrong_file; None when the last session met the right file."""
    seen = company_file.wrong_file
    if not seen:
        return None
    return RefusedFile(
        company_name=str(seen.get("company_name", "")),
        file_id=str(seen.get("file_id", "")),
        path=str(seen.get("path", "")),
        at=datetime.fromisoformat(str(seen["at"])),
        expected=company_file.company_name_seen or company_file.company.name,
    )


def two_connectors(company_file: CompanyFile, now: datetime) -> datetime | None:
    """When two connectors last used this user name at once; None when that is more than a day ago."""
    at = company_file.two_connectors_at
    return at if at is not None and now - at < TWO_CONNECTORS_FOR else None


def jobs_to_look_at(company_file: CompanyFile, now: datetime) -> list[Job]:
    """Writes of unknown outcome, however old, and the failed jobs of a week, newest first; twenty at most."""
    jobs = _to_look_at(now).filter(company_file=company_file)
    return list(jobs.order_by("-state", "-pk")[:MOST_JOBS])  # "outcome_unknown" sorts after "failed"


def has_jobs_to_look_at(now: datetime) -> Exists:
    """For a query of companies: whether jobs_to_look_at() would find any, without a query of its own."""
    return Exists(_to_look_at(now).filter(company_file__company=OuterRef("pk")))


def _to_look_at(now: datetime) -> QuerySet[Job]:
    unknown = Q(state=Job.State.OUTCOME_UNKNOWN)
    failed = Q(state=Job.State.FAILED, finished_at__gte=now - FAILED_FOR) & ~Q(failure__contains=SENT_AGAIN)
    return Job.objects.filter(unknown | failed, ~Exists(_later_runs()))


def _later_runs() -> QuerySet[Job]:
    """A sync plan that has run again since tells by itself how it is doing."""
    ended = (Job.State.DONE, Job.State.FAILED)
    return Job.objects.filter(plan=OuterRef("plan"), state__in=ended, pk__gt=OuterRef("pk"))


def alerts_of(company_file: CompanyFile, now: datetime, *, with_jobs: bool = True) -> tuple[Alert, ...]:
    """Everything at once, the most urgent first. One query; none without the jobs."""
    found = [_wrong_file(company_file), _two_connectors(company_file, now)]
    found += [_job(job) for job in jobs_to_look_at(company_file, now)] if with_jobs else []
    return tuple(alert for alert in found if alert is not None)


def _wrong_file(company_file: CompanyFile) -> Alert | None:
    refused = refused_file(company_file)
    if refused is None:
        return None
    message = (
        f"QuickBooks has “{refused.company_name}” open; this connection belongs to “{refused.expected}”. Nothing was "
        "sent. Open the right company file at the PC, or, if this is the right one, an administrator says so."
    )
    return Alert(WRONG_FILE, message, refused.at)


def _two_connectors(company_file: CompanyFile, now: datetime) -> Alert | None:
    since = two_connectors(company_file, now)
    if since is None:
        return None
    message = (
        f"Two Web Connectors use the user name {company_file.username}; the second one was told to wait. Remove the "
        "entry from the PC that should not read this company, or give each company file a user name of its own."
    )
    return Alert(TWO_CONNECTORS, message, since)


def _job(job: Job) -> Alert:
    since = job.finished_at or job.created_at
    if job.state == Job.State.OUTCOME_UNKNOWN:
        message = (
            f"Nobody knows whether QuickBooks executed job {job.pk} ({job.purpose}), which changes the books. Look in "
            f"QuickBooks, then settle it here. {job.failure}"
        )
        return Alert(OUTCOME_UNKNOWN, message.strip(), since, job)
    return Alert(FAILED, f"Job {job.pk} ({job.purpose}) failed. {job.failure}".strip(), since, job)
