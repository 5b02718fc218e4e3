"""Everything about a connection that wants a decision, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qbwc import alerts
from qbwc.alerts import RefusedFile
from qbwc.models import CompanyFile, Job
from qwc.console import JobLine, Trip, last_request, purpose_of


@dataclass(frozen=True)
class Unsettled:
    """A write whose outcome nobody knows, and its last trip to QuickBooks."""

    job: Job
    purpose: str
    trip: Trip | None


@dataclass(frozen=True)
class Attention:
    """What an administrator should look at; everything empty: nothing."""

    refused: RefusedFile | None
    two_connectors_at: datetime | None
    unsettled: list[Unsettled]
    failed: list[JobLine]

    def __bool__(self) -> bool:
        return bool(self.refused or self.two_connectors_at or self.unsettled or self.failed)


def attention_of(company_file: CompanyFile, now: datetime) -> Attention:
    """For administrators: it holds the texts of the unsettled writes."""
    jobs = alerts.jobs_to_look_at(company_file, now)
    unknown = [job for job in jobs if job.state == Job.State.OUTCOME_UNKNOWN]
    return Attention(
        refused=alerts.refused_file(company_file),
        two_connectors_at=alerts.two_connectors(company_file, now),
        unsettled=[Unsettled(job, purpose_of(job), last_request(job)) for job in unknown],
        failed=[JobLine(job, purpose_of(job)) for job in jobs if job.state == Job.State.FAILED],
    )
