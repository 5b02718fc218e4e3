"""REST of the Web Connector conversation: status, refresh, jobs, and what an administrator decides about them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from accounts import audit, clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from qbwc import alerts, hours, queue, refused_file, selectors, settling
from qbwc.api_schemas import (
    LARGEST_ID,
    AcceptFileIn,
    AcceptFileOut,
    CompanyQuery,
    HoursOut,
    JobOut,
    JobsOut,
    JobsQuery,
    RefusalOut,
    SettledOut,
    SettleIn,
    StatusOut,
    SyncOut,
)
from qbwc.contact import connection_state
from qbwc.models import CompanyFile, Job

router = Router(tags=["Web Connector"])

REFUSALS = {400: RefusalOut, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut}
CONFLICTS = {**REFUSALS, 409: RefusalOut}

# Larger numbers do not fit a column.
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/qbwc/status", response={200: StatusOut} | REFUSALS, summary="How the company's Web Connector is doing")
def status(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """With what a person should look at, and the hours that an administrator has set."""
    company, now = seen_company(request, query.company), clock.now()
    company_file = selectors.company_file_of(company)
    if company_file is None:
        return {"company": company.name, "state": "not_connected"}
    connection = connection_state(company_file, now)
    return {
        "company": company.name,
        "state": connection.state,
        "last_seen_at": connection.last_seen_at,
        "company_file": _file_out(company_file),
        "last_session": connection.session,
        "jobs": connection.jobs,
        "plans": selectors.plans_of(company_file),
        "alerts": [_alert_out(alert) for alert in alerts.alerts_of(company_file, now)],
        "hours": _hours_out(company_file),
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


def _alert_out(alert: alerts.Alert) -> dict[str, Any]:
    job_id = alert.job.pk if alert.job is not None else None
    return {"kind": alert.kind, "message": alert.message, "since": alert.since, "job_id": job_id}


def _hours_out(company_file: CompanyFile) -> dict[str, Any]:
    columns = [name for name in HoursOut.model_fields if name != "summary"]
    return {name: getattr(company_file, name) for name in columns} | {"summary": list(hours.in_words(company_file))}


def _connected_file(company: Company) -> CompanyFile:
    company_file = selectors.company_file_of(company)
    if company_file is None:
        raise ApiProblem(404, "NOT_CONNECTED", f"{company.name} has no QuickBooks company file yet: connect it first.")
    return company_file


@router.post(
    "/qbwc/sync",
    response={202: SyncOut} | REFUSALS,
    summary="Ask for a refresh at the Web Connector's next call",
)
def sync(request: HttpRequest, query: Query[CompanyQuery]) -> Status[dict[str, Any]]:
    caller, company = caller_of(request), administered_company(request, query.company, "Asking for a refresh")
    queued = queue.ask_for_refresh(_connected_file(company))
    audit.record(action="sync.requested", success=True, now=clock.now(), actor=caller.name, company=company)
    message = "QuickBooks is read when its Web Connector calls next; run the update there to have it at once."
    return Status(202, {"company": company.name, "queued": queued, "message": message})


@router.post(
    "/qbwc/accept-file", response={200: AcceptFileOut} | CONFLICTS, summary="The refused company file is the right one"
)
def accept_file(request: HttpRequest, query: Query[CompanyQuery], which: AcceptFileIn | None = None) -> dict[str, Any]:
    """After the alert `wrong_file`: from its next call on, the Web Connector may read the file that was refused.

    Name the file as you saw it, so that no other one is accepted that was refused meanwhile (409 ANOTHER_FILE).
    409 NOTHING_REFUSED: there is no such alert. 409 FILE_BELONGS_ELSEWHERE: it is another company's file here.
    """
    caller, company = caller_of(request), administered_company(request, query.company, "Accepting a company file")
    seen = which.model_dump(exclude_none=True) if which is not None else {}
    try:
        name = refused_file.accept(_connected_file(company), clock.now(), actor=caller.name, seen=seen)
    except refused_file.NotAccepted as problem:
        raise ApiProblem(409, problem.code, str(problem)) from None
    message = "It is read at the Web Connector's next call."
    return {"company": company.name, "accepted": name, "message": message}


@router.get("/jobs", response={200: JobsOut} | REFUSALS, summary="The queue of one company, newest first")
def jobs(request: HttpRequest, query: Query[JobsQuery]) -> dict[str, Any]:
    company = seen_company(request, query.company)
    rows = Job.objects.filter(company_file__company=company).order_by("-pk")
    if query.state is not None:
        rows = rows.filter(state=query.state)
    page = list(rows[query.offset : query.offset + query.limit])
    return {"company": company.name, "total": rows.count(), "jobs": page}


@router.post("/jobs/{job_id}/cancel", response={200: JobOut} | CONFLICTS, summary="Withdraw a job that still waits")
def cancel(request: HttpRequest, job_id: JobId, query: Query[CompanyQuery]) -> Job:
    """409 TOO_LATE when it has left for QuickBooks, or has ended."""
    caller, company = caller_of(request), administered_company(request, query.company, "Cancelling a job")
    job, now = _job(company, job_id), clock.now()
    if not settling.cancel(job, now, actor=caller.name):
        job.refresh_from_db()
        raise ApiProblem(409, "TOO_LATE", f"Job {job.pk} no longer waits: its state is {job.state}.")
    job.refresh_from_db()
    return job


@router.post(
    "/jobs/{job_id}/settle",
    response={200: SettledOut} | CONFLICTS,
    summary="Say what became of a write whose outcome is unknown",
)
def settle(request: HttpRequest, job_id: JobId, query: Query[CompanyQuery], said: SettleIn) -> dict[str, Any]:
    """For jobs in state outcome_unknown, after somebody has looked in QuickBooks.

    `done`: it is there; the job ends as done. `send_again`: it is not there; the job ends as failed, and a new job
    with a message set id of its own is sent. `send_again` for a write that was executed books it twice.
    409 NOT_SETTLED: the job is not waiting for this decision, or changes to the books are switched off.
    """
    caller, company = caller_of(request), administered_company(request, query.company, "Settling a job")
    job, now = _job(company, job_id), clock.now()
    new = None
    try:
        if said.outcome == "done":
            settling.settle_as_done(job, now, actor=caller.name)
        else:
            new = settling.send_again(job, now, actor=caller.name)
    except settling.NotSettled as problem:
        raise ApiProblem(409, "NOT_SETTLED", str(problem)) from None
    job.refresh_from_db()
    return {"job": job, "new_job": new}


def _job(company: Company, job_id: int) -> Job:
    job = selectors.job_of(company, job_id)
    if job is None:
        raise ApiProblem(404, "NO_SUCH_JOB", f"{company.name} has no job {job_id}.")
    return job
