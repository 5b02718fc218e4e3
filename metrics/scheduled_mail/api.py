"""REST: scheduled mail, what came of it, and sending the newest period now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_schemas import CompanyQuery
from metrics.models import MailRun, MailSchedule
from metrics.review.api import REFUSALS, RowId
from metrics.scheduled_mail.dates import BadTiming
from metrics.scheduled_mail.page import LetterLine, RunLine, ScheduleLine, schedule_lines
from metrics.scheduled_mail.runs import Paused, send_now
from outbox.mail import mail_problem

router = Router(tags=["Reviews"])


class MailLetterOut(Schema):
    address: str
    outcome: str = Field(description="In words: Waiting, Sent …, Failed, Nobody knows whether it arrived, Not sent.")
    detail: str = Field(description="The mail server's words, if it said something.")
    link: str = Field(description="Whether the letter's own link was opened or revoked; empty without one.")


class MailRunOut(Schema):
    id: int
    period: str
    label: str
    state: str = Field(json_schema_extra={"enum": [*MailRun.State.values]})
    is_test: bool
    reasons: list[str] = Field(description="Why the period is not ready, or what went wrong.")
    snapshot: int | None
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    letters: list[MailLetterOut]


class MailScheduleOut(Schema):
    id: int
    title: str
    is_on: bool
    next: str = Field(description='Such as "Q4 2026 on 10 Jan 2027, 08:00 Europe/Vienna"; empty while paused.')
    every: str = Field(json_schema_extra={"enum": [*MailSchedule.Every.values]})
    sends: str = Field(json_schema_extra={"enum": [*MailSchedule.Sends.values]})
    basis: str
    days_after: int
    hour: int
    time_zone: str
    recipients: list[str]
    watchers: list[str]
    link_days: int
    sends_unready: bool
    runs: list[MailRunOut] = Field(description="The newest four, and the newest test.")


class MailSchedulesOut(Schema):
    company: str
    mail_problem: str = Field(description="Why no mail leaves this server; empty when it does.")
    schedules: list[MailScheduleOut]


class SendIn(Schema):
    anyway: bool = Field(False, description="Also when the period is not ready to present; the letter says so.")


class AskedOut(Schema):
    run: int | None = Field(description="Null: everybody has the newest period already.")


@router.get("/mail-schedules", response={200: MailSchedulesOut} | REFUSALS, summary="Scheduled mail")
def list_mail_schedules(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """Each schedule with when it comes next, its newest runs, and each recipient's letter."""
    company = seen_company(request, query.company)
    lines = schedule_lines(company, clock.now())
    return {
        "company": company.name,
        "mail_problem": mail_problem(),
        "schedules": [_schedule_json(line) for line in lines],
    }


@router.post("/mail-schedules/{schedule_id}/send", response={202: AskedOut} | REFUSALS, summary="Send now")
def send_mail_schedule(
    request: HttpRequest, query: Query[CompanyQuery], schedule_id: RowId, body: SendIn
) -> Status[dict[str, Any]]:
    """The newest period that is over, once to each recipient; a worker does it. The list tells what came of it."""
    schedule = _schedule(administered_company(request, query.company, "Sending mail"), schedule_id)
    if problem := mail_problem():
        raise ApiProblem(422, "NO_MAIL", problem)
    try:
        run = send_now(schedule, anyway=body.anyway, actor=caller_of(request).name, now=clock.now())
    except BadTiming as bad:
        raise ApiProblem(422, "BAD_TIMING", str(bad)) from bad
    except Paused as paused:
        raise ApiProblem(422, "PAUSED", str(paused)) from paused
    return Status(202, {"run": run.pk if run else None})


def _schedule(company: Company, schedule_id: int) -> MailSchedule:
    schedule = MailSchedule.objects.filter(company=company, pk=schedule_id).select_related("company").first()
    if schedule is None:
        raise ApiProblem(404, "NO_SUCH_SCHEDULE", f"{company.name} has no mail schedule {schedule_id}.")
    return schedule


def _schedule_json(line: ScheduleLine) -> dict[str, Any]:
    schedule = line.schedule
    kept = ("is_on", "every", "sends", "basis", "days_after", "hour", "time_zone", "recipients", "watchers")
    return {
        "id": schedule.pk,
        "title": line.title,
        "next": line.next_words,
        **{name: getattr(schedule, name) for name in (*kept, "link_days", "sends_unready")},
        "runs": [_run_json(one) for one in line.runs],
    }


def _run_json(line: RunLine) -> dict[str, Any]:
    run = line.run
    return {
        "id": run.pk,
        "period": run.period_text,
        "label": run.period_label,
        "snapshot": run.snapshot_id,
        "reasons": list(line.reasons),
        **{name: getattr(run, name) for name in ("state", "is_test", "created_at", "next_try_at", "sent_at")},
        "letters": [_letter_json(one) for one in line.letters],
    }


def _letter_json(line: LetterLine) -> dict[str, Any]:
    return {"address": line.address, "outcome": line.words, "detail": line.detail, "link": line.opened}
