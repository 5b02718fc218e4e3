"""What the sync console shows: the session in words, the queue and why it waits, a job's trips with their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from metrics.models import SyncHistory
from qbwc import payloads, schedule, selectors
from qbwc.models import CompanyFile, Exchange, Job, Payload, WebConnectorSession

SHOWN_CHARACTERS = 20_000
PURPOSES = {
    **dict(SyncHistory.SyncType.choices),
    "raw_query": "A program's question",
    "raw_write": "A program's change to the books",
    "passthrough_query": "A program's question, held open",
    "passthrough_write": "A program's change to the books, held open",
}
Step = WebConnectorSession.Step
State = WebConnectorSession.State

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
    """`doing`: one sentence about the session; `tone` for the light beside it."""

    row: WebConnectorSession
    doing: str
    tone: str


@dataclass(frozen=True)
class JobLine:
    """A job and its purpose in words; in the queue with since when it is there, and why it still waits."""

    row: Job
    purpose: str
    since: datetime | None = None
    why: str = ""


@dataclass(frozen=True)
class Text:
    """The beginning of a text that crossed the wire; `size` of the whole in bytes."""

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


def session_line(company_file: CompanyFile) -> SessionLine | None:
    """The session under way, or the newest one that has ended; None when the Web Connector has never signed in."""
    session = selectors.open_session(company_file) or company_file.sessions.first()
    if session is None:
        return None
    if session.state == State.OPEN:
        is_waiting = session.live_since is not None and session.step == Step.SEND
        return SessionLine(session, WAITING_FOR_WORK if is_waiting else STEPS[Step(session.step)], "good")
    tone = {State.CLOSED: "", State.REFUSED: "warn"}.get(State(session.state), "warn")
    return SessionLine(session, f"{State(session.state).label}.", tone)


def queue_lines(company_file: CompanyFile, now: datetime) -> list[JobLine]:
    """The waiting jobs in the order in which they go, each with why it has not gone yet."""
    nobody_comes = _why_nobody_comes(company_file, now)
    waiting = selectors.waiting_jobs(company_file)
    return [JobLine(job, purpose_of(job), job.created_at, _why(job, nobody_comes, now)) for job in waiting]


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


def _why_nobody_comes(company_file: CompanyFile, now: datetime) -> str:
    if selectors.open_session(company_file) is not None:
        return "The Web Connector is here; jobs go one after the other."
    if schedule.quiet_seconds(company_file, now):
        return f"Quiet hours until {company_file.quiet_until:%H:%M} {company_file.time_zone}."
    return _WAITS[selectors.contact_state(company_file, now)]


_WAITS = {
    "disabled": "This company file is switched off; an administrator of the server can switch it on.",
    "never_seen": "The Web Connector has never called: add the connection file on the QuickBooks PC.",
    "late": "The Web Connector is not calling: on the QuickBooks PC, start it and tick Auto-Run in its row.",
    "online": "It goes at the Web Connector's next call.",
}


def latest_lines(company_file: CompanyFile) -> list[JobLine]:
    """The last fifty jobs, newest first."""
    return [JobLine(job, purpose_of(job)) for job in selectors.latest_jobs(company_file)]


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
    return Text(whole[:SHOWN_CHARACTERS], payload.size, len(whole) <= SHOWN_CHARACTERS)
