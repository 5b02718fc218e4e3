"""What the sync console shows: the session in words, the queue and why it waits, a job's trips with their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from metrics.models import SyncHistory
from passthrough.pretty import laid_out_xml
from qbwc import payloads, selectors
from qbwc.models import CompanyFile, Exchange, Job, Payload, WebConnectorSession
from qwc import masking
from qwc.connection_states import ConnectionState, State

SHOWN_CHARACTERS = 20_000
_MARGIN = 1_000  # of what is cut off, looked at for the beginning of a secret
PURPOSES = {
    **dict(SyncHistory.SyncType.choices),
    "raw_query": "A program's question",
    "raw_write": "A program's change to the books",
    "passthrough_query": "A program's question, held open",
    "passthrough_write": "A program's change to the books, held open",
}
Step = WebConnectorSession.Step

# What the Web Connector is doing, by what it is expected to call next (guide p42).
STEPS = {
    Step.OPENING: "It has signed in and is opening the company file in QuickBooks.",
    Step.SEND: "It is about to fetch the next request.",
    Step.RECEIVE: "QuickBooks is working on a request.",
    Step.CLOSE: "Everything is said; it is about to close QuickBooks.",
}
WAITING_FOR_WORK = "It waits in QuickBooks for new work (live window)."


@dataclass(frozen=True)
class SessionLine:
    """`doing`: one sentence about the session; `tone` for the light beside it. `job`: the one it is working on."""

    row: WebConnectorSession
    doing: str
    tone: str
    job: JobLine | None = None


@dataclass(frozen=True)
class JobLine:
    """A job and its purpose in words; in the queue with since when it is there, why it still waits, and until when.

    `expected`: when it is likely to go; None: at once, or nobody knows.
    """

    row: Job
    purpose: str
    since: datetime | None = None
    why: str = ""
    expected: datetime | None = None


@dataclass(frozen=True)
class Text:
    """The beginning of a text that crossed the wire, laid out and masked; `size` of the whole in bytes."""

    beginning: str
    size: int
    is_whole: bool


@dataclass(frozen=True)
class Trip:
    """One exchange; the texts are None when there is none, or when they are not for this reader."""

    row: Exchange
    request: Text | None
    response: Text | None


def purpose_of(job: Job) -> str:
    return PURPOSES.get(job.purpose, job.purpose)


def session_lines(company_file: CompanyFile, at_quickbooks: JobLine | None) -> list[SessionLine]:
    """Every session under way, oldest first; or the newest one that has ended; empty when nobody has ever signed in."""
    sessions = list(company_file.sessions.filter(state=WebConnectorSession.State.OPEN).order_by("pk")[:5])
    if not sessions:
        newest = company_file.sessions.first()
        sessions = [newest] if newest is not None else []
    return [_session_line(session, at_quickbooks) for session in sessions]


def _session_line(session: WebConnectorSession, at_quickbooks: JobLine | None) -> SessionLine:
    if session.state != WebConnectorSession.State.OPEN:
        tone = "" if session.state == WebConnectorSession.State.CLOSED else "warn"
        return SessionLine(session, f"{session.get_state_display()}.", tone)
    is_waiting = session.live_since is not None and session.step == Step.SEND
    doing = WAITING_FOR_WORK if is_waiting else STEPS[Step(session.step)]
    job = at_quickbooks if at_quickbooks is not None and at_quickbooks.row.session_id == session.pk else None
    return SessionLine(session, doing, "good", job)


def queue_lines(
    company_file: CompanyFile, connection: ConnectionState, now: datetime, *, is_here: bool
) -> list[JobLine]:
    """The waiting jobs in the order in which they go, each with why it has not gone yet and when it is likely to.

    `is_here`: a session is under way.
    """
    nobody_comes = "The Web Connector is here; jobs go one after the other." if is_here else _why_nobody(connection)
    if connection.quiet_until and not is_here:
        nobody_comes = f"Quiet hours until {company_file.quiet_until:%H:%M} {company_file.time_zone}."
    waiting = selectors.waiting_jobs(company_file)
    return [
        JobLine(
            row=job,
            purpose=purpose_of(job),
            since=job.created_at,
            why=_why(job, nobody_comes, now),
            expected=None if is_here else _expected(job, connection, now),
        )
        for job in waiting
    ]


def _why_nobody(connection: ConnectionState) -> str:
    if connection.state is State.ONLINE:
        return "It goes at the Web Connector's next call."
    return f"{connection.why} {connection.remedy}".strip()


def _expected(job: Job, connection: ConnectionState, now: datetime) -> datetime | None:
    """The Web Connector's first call by its rhythm at which the job may go."""
    moment = connection.expected_at
    if moment is None or (job.deadline_at is not None and job.deadline_at <= now):
        return None
    while moment < max(job.available_at, now):
        moment += connection.rhythm
    return moment


def line_at_quickbooks(company_file: CompanyFile) -> JobLine | None:
    """The job QuickBooks is working on, since it was sent there."""
    job = selectors.job_at_quickbooks(company_file)
    if job is None:
        return None
    newest = selectors.exchanges_of(job, limit=1)
    return JobLine(job, purpose_of(job), newest[0].sent_at if newest else job.created_at)


def _why(job: Job, nobody_comes: str, now: datetime) -> str:
    if job.deadline_at is not None and job.deadline_at <= now:
        return "Its deadline has passed; it will not be sent."
    if job.available_at > now:
        reason = f" {job.failure}" if job.failure else ""
        return f"Tried {job.attempts} of {job.max_attempts} times; not again before the time shown.{reason}"
    return nobody_comes


def trips_of(job: Job, *, with_texts: bool) -> list[Trip]:
    """The newest twenty trips in the order of time."""
    return [_trip(exchange, with_texts=with_texts) for exchange in selectors.exchanges_of(job)]


def last_request(job: Job) -> Trip | None:
    """The newest trip with its texts; None for a job that never left."""
    newest = selectors.exchanges_of(job, limit=1)
    return _trip(newest[0], with_texts=True) if newest else None


def _trip(exchange: Exchange, *, with_texts: bool) -> Trip:
    if not with_texts:
        return Trip(exchange, None, None)
    return Trip(exchange, _text(exchange.request_payload), _text(exchange.response_payload))


def _text(payload: Payload | None) -> Text | None:
    if payload is None:
        return None
    whole = payloads.text_of(payload)
    # Masked before it is cut: half a card number would no longer look like one.
    shown = laid_out_xml(masking.masked(whole[: SHOWN_CHARACTERS + _MARGIN]))
    return Text(shown[:SHOWN_CHARACTERS], payload.size, len(whole) <= SHOWN_CHARACTERS)
