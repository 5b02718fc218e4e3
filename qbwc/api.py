"""REST reads of the Web Connector conversation: status, refresh, jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts import audit, clock
from accounts.authentication import ApiProblem
from accounts.models import Company
from accounts.permissions import Caller, company_of
from qbwc import queue, selectors
from qbwc.models import CompanyFile, Job

router = Router(tags=["Web Connector"])


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


class StatusOut(Schema):
    company: str
    state: str = Field(description="never_seen, online, late, disabled, or not_connected.")
    last_seen_at: datetime | None = None
    company_file: CompanyFileOut | None = None
    last_session: SessionOut | None = None
    jobs: dict[str, int] = {}
    plans: list[PlanOut] = []


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


def _caller(request: HttpRequest) -> Caller:
    caller = getattr(request, "auth", None)
    assert isinstance(caller, Caller)
    return caller


@router.get("/qbwc/status", response=StatusOut, summary="How the company's Web Connector is doing")
def status(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    company = company_of(_caller(request), query.company)
    company_file = selectors.company_file_of(company)
    if company_file is None:
        return {"company": company.name, "state": "not_connected"}
    connection = selectors.connection_state(company_file, clock.now())
    return {
        "company": company.name,
        "state": connection.state,
        "last_seen_at": connection.last_seen_at,
        "company_file": _file_out(company_file),
        "last_session": connection.session,
        "jobs": connection.jobs,
        "plans": selectors.plans_of(company_file),
    }


def _file_out(company_file: CompanyFile) -> dict[str, str]:
    return {
        "username": company_file.username,
        "company_name": company_file.company_name_seen,
        "file_path": company_file.file_path_seen,
        "product_name": company_file.product_name,
        "country": company_file.country,
        "qbxml_version": company_file.qbxml_version,
    }


def _connected_file(company: Company) -> CompanyFile:
    company_file = selectors.company_file_of(company)
    if company_file is None:
        raise ApiProblem(404, "NOT_CONNECTED", f"{company.name} has no QuickBooks company file yet: connect it first.")
    return company_file


@router.post("/qbwc/sync", response={202: SyncOut}, summary="Ask for a refresh at the Web Connector's next call")
def sync(request: HttpRequest, query: Query[CompanyQuery]) -> Status[dict[str, Any]]:
    caller = _caller(request)
    company = company_of(caller, query.company)
    company_file = _connected_file(company)
    if not caller.may_administer(company):
        raise ApiProblem(403, "FORBIDDEN", "Asking for a refresh needs an administrator or a key with write scope.")
    queued = queue.ask_for_refresh(company_file)
    audit.record(action="sync.requested", success=True, now=clock.now(), actor=caller.name, company=company)
    message = "QuickBooks is read when its Web Connector calls next; run the update there to have it at once."
    return Status(202, {"company": company.name, "queued": queued, "message": message})


@router.get("/jobs", response=JobsOut, summary="The queue of one company, newest first")
def jobs(request: HttpRequest, query: Query[JobsQuery]) -> dict[str, Any]:
    company = company_of(_caller(request), query.company)
    rows = Job.objects.filter(company_file__company=company).order_by("-pk")
    if query.state is not None:
        rows = rows.filter(state=query.state)
    page = list(rows[query.offset : query.offset + query.limit])
    return {"company": company.name, "total": rows.count(), "jobs": page}
