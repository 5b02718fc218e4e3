"""What the REST interface of the Web Connector conversation takes and gives."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal

from ninja import Schema
from pydantic import Field

from qbwc.models import Job

LARGEST_ID = 2**63 - 1


class PlanOut(Schema):
    purpose: str
    every_minutes: int
    is_enabled: bool
    next_due_at: datetime | None = Field(description="Empty: at the Web Connector's next call.")


class SessionOut(Schema):
    started_at: datetime
    last_call_at: datetime
    closed_at: datetime | None
    state: str
    progress: int
    last_error: str


class CompanyFileOut(Schema):
    username: str
    company_name: str
    file_path: str
    product_name: str
    country: str
    qbxml_version: str


class AlertOut(Schema):
    kind: str = Field(description="wrong_file, two_connectors, outcome_unknown, or failed_job.")
    message: str = Field(description="What happened and what to do, for a person.")
    since: datetime
    job_id: int | None = Field(None, description="The job, for outcome_unknown and failed_job.")


class HoursOut(Schema):
    """When the Web Connector may read, and when it waits for work; times of day are of `time_zone`."""

    time_zone: str
    quiet_from: time | None = Field(description="Empty: no quiet hours.")
    quiet_until: time | None
    minimum_run_seconds: int | None = Field(description="Empty: the Web Connector's own interval.")
    live_window: str = Field(description="off, after_use, or business_hours.")
    live_hold_seconds: int
    live_minutes: int
    business_from: time
    business_until: time
    summary: list[str] = Field(description="The same in sentences.")


class StatusOut(Schema):
    company: str
    state: str = Field(description="never_seen, online, late, disabled, or not_connected.")
    last_seen_at: datetime | None = None
    company_file: CompanyFileOut | None = None
    last_session: SessionOut | None = None
    jobs: dict[str, int] = {}
    plans: list[PlanOut] = []
    alerts: list[AlertOut] = Field([], description="What a person should look at, the most urgent first.")
    hours: HoursOut | None = Field(None, description="Quiet hours, least interval and live window.")


class JobOut(Schema):
    id: int
    purpose: str
    state: str
    priority: int
    attempts: int
    created_at: datetime
    available_at: datetime
    finished_at: datetime | None
    status_code: int | None
    failure: str


class JobsOut(Schema):
    company: str
    total: int
    jobs: list[JobOut]


class SyncOut(Schema):
    company: str
    queued: list[str] = Field(description="Purposes that will be read at the Web Connector's next call.")
    message: str


class CompanyQuery(Schema):
    company: str | None = Field(None, max_length=200, description="Slug or name; a key has one company anyway.")


class JobsQuery(CompanyQuery):
    state: Job.State | None = None
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class AcceptFileIn(Schema):
    """Which refused file is meant, as the alert showed it: 409 when another one was refused since."""

    company_name: str | None = Field(None, max_length=500)
    file_id: str | None = Field(None, max_length=64)
    path: str | None = Field(None, max_length=1000)


class AcceptFileOut(Schema):
    company: str
    accepted: str = Field(description="The company name that QuickBooks has open and that is right from now on.")
    message: str


class SettleIn(Schema):
    outcome: Literal["done", "send_again"] = Field(
        description="done: QuickBooks has it, nothing is sent. send_again: QuickBooks does not have it; a new job."
    )


class SettledOut(Schema):
    job: JobOut
    new_job: JobOut | None = Field(None, description="For send_again: the job that was made.")


class RefusalDetail(Schema):
    code: str
    message: str = Field(description="For a person: what is wrong and who can mend it.")


class RefusalOut(Schema):
    error: RefusalDetail
