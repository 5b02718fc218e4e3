"""A call told to a person: its steps in words, why it waited, what went wrong and who can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from passthrough import history, rhythm
from passthrough.contract import ERRORS, ErrorCode, ErrorRow
from passthrough.models import Transaction
from passthrough.pretty import duration
from qbwc import schedule, selectors
from qbwc.contact import contact_state
from qbwc.models import CompanyFile, Exchange, Job
from qbwc.qbxml.code_rows import Actor

Status = Transaction.Status

_STEPS = {
    "received": "The call came in",
    "sent_to_quickbooks": "It left for QuickBooks",
    "answered": "QuickBooks answered",
    "outcome_unknown": "Nobody knows whether it was carried out",
    "success": "Ended: success",
    "error": "Ended: error",
    "duplicate": "Ended: another call has the answer",
    "callback_delivered": "The callback was delivered",
}
_NOBODY_COMES = {
    "disabled": "The company file is switched off; an administrator of the server can switch it on.",
    "never_seen": "The Web Connector has never called: add the connection file on the QuickBooks PC.",
    "late": "The Web Connector is not calling: on the QuickBooks PC, start it and tick Auto-Run in its row.",
}
_WHO = {
    Actor.DEVELOPER: "Whoever made the program or the scenario that calls.",
    Actor.USER: "The person at the QuickBooks PC.",
    Actor.ADMINISTRATOR: "An administrator, of this server or of QuickBooks.",
}
# Sent again as they are, they are refused again.
_NEVER_AGAIN = (ErrorCode.INVALID_XML, ErrorCode.INVALID_REQUEST, ErrorCode.FORBIDDEN)


@dataclass(frozen=True)
class Step:
    """`after`: since the call came in, in words."""

    at: datetime
    words: str
    detail: str
    after: str


@dataclass(frozen=True)
class Failure:
    """`said`: what the caller was told; the table's row of the code, when the code is one of the table's."""

    said: str
    code: str
    row: ErrorRow | None

    @property
    def who(self) -> str:
        return _WHO[self.row.actor] if self.row is not None else ""


def steps(row: Transaction) -> list[Step]:
    """In the order of time."""
    return [
        Step(event.at, _STEPS.get(event.event, event.event), event.detail, _after(row.timestamp, event.at))
        for event in history.timeline(row)
    ]


def _after(start: datetime, end: datetime) -> str:
    return duration(max(0, round((end - start).total_seconds() * 1000)))


def failure(row: Transaction) -> Failure | None:
    """None when nothing has gone wrong."""
    if not row.error_code and not row.error_message:
        return None
    known = row.error_code in ErrorCode.__members__
    return Failure(row.error_message, row.error_code, ERRORS[ErrorCode(row.error_code)] if known else None)


def may_run_again(row: Transaction, *, is_request_kept: bool) -> bool:
    """Whether running it again can help and can do no harm: it failed, nothing of it is done, its text is there."""
    has_failed = row.status == Status.ERROR and not row.may_be_done
    return has_failed and is_request_kept and is_worth_another_try(row)


def is_worth_another_try(row: Transaction) -> bool:
    """False for a request that this server has refused: its kind was never known, and only a part of it may be kept."""
    return bool(row.request_names) and row.error_code not in _NEVER_AGAIN


def reasons(row: Transaction, now: datetime) -> list[str]:
    """Why it waited, or still does, in sentences; at least one."""
    job = row.job
    if job is None:
        return ["It did not wait: it was answered without QuickBooks."]
    if row.sent_at is not None or job.exchanges.exists():
        return _of_sent(row, job)
    if row.status == Status.PENDING:
        return _of_waiting(job, job.company_file, now)
    return ["It never left for QuickBooks: nobody took it while its caller waited, so it was withdrawn."]


def _of_sent(row: Transaction, job: Job) -> list[str]:
    trips = list(job.exchanges.order_by("pk").values_list("sent_at", flat=True))
    sent_at = row.sent_at or trips[0]
    found = [_of_the_connector(row, job, sent_at), _of_others(row, job, sent_at), _of_trips(row, job, len(trips))]
    if row.answered_at is not None:
        found.append(f"From leaving to its end it took {_after(sent_at, row.answered_at)}.")
    elif job.state == Job.State.OUTCOME_UNKNOWN:
        found.append("It was sent, and no answer arrived: a person has to look in QuickBooks and settle the job.")
    else:
        found.append("It is at QuickBooks now; the answer has not arrived yet.")
    return [sentence for sentence in found if sentence]


def _of_the_connector(row: Transaction, job: Job, sent_at: datetime) -> str:
    came = job.company_file.sessions.filter(started_at__gt=row.timestamp, started_at__lte=sent_at)
    first = came.order_by("started_at").values_list("started_at", flat=True).first()
    waited = _after(row.timestamp, sent_at)
    if first is None:
        here = job.company_file.sessions.filter(started_at__lte=row.timestamp, last_call_at__gte=row.timestamp).exists()
        return f"The Web Connector was connected. The call left after {waited}." if here else f"It left after {waited}."
    late = _after(row.timestamp, first)
    return f"The Web Connector was away; it signed in {late} after the call, and took it after {waited}."


def _of_others(row: Transaction, job: Job, sent_at: datetime) -> str:
    others = Exchange.objects.filter(
        job__company_file=job.company_file_id, sent_at__lt=sent_at, answered_at__gt=row.timestamp
    ).exclude(job=job)
    count = others.count()
    if not count:
        return ""
    return f"Meanwhile QuickBooks worked on {_counted(count, 'other request')} of this company, one after the other."


def _of_trips(row: Transaction, job: Job, count: int) -> str:
    if count < 2:
        return ""
    why = "its answer came in pages" if job.pages else "it was tried again after a passing failure"
    return f"It went to QuickBooks {count} times: {why}."


def _of_waiting(job: Job, company_file: CompanyFile, now: datetime) -> list[str]:
    found = [_of_the_queue(job, company_file)]
    if selectors.open_session(company_file) is not None:
        found.append("The Web Connector is connected; requests go one after the other.")
    elif schedule.quiet_seconds(company_file, now):
        found.append(f"Quiet hours until {company_file.quiet_until:%H:%M} {company_file.time_zone}.")
    else:
        found.append(_of_absence(company_file, now))
    return [sentence for sentence in found if sentence]


def _of_the_queue(job: Job, company_file: CompanyFile) -> str:
    earlier = Q(priority__lt=job.priority) | Q(priority=job.priority, pk__lt=job.pk)
    ahead = company_file.jobs.filter(Q(state=Job.State.IN_FLIGHT) | Q(earlier, state=Job.State.QUEUED)).count()
    return f"{_counted(ahead, 'request')} of this company before it." if ahead else "It is the next in the queue."


def _of_absence(company_file: CompanyFile, now: datetime) -> str:
    expected = duration(1000 * rhythm.expected_seconds(company_file, now))
    online = f"The Web Connector is between two calls; it probably calls again in {expected}."
    return _NOBODY_COMES.get(contact_state(company_file, now), online)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
