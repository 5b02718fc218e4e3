"""The durable queue of qbXML jobs: the only writer of Job state and of exchanges.

Every change of state is a conditional update that checks that one row changed; what may not coexist is a partial
unique index. Callers wrap claim and record_answer in the transaction that also moves the Web Connector session.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from qbwc import delivery, messages, payloads, prepared, purposes, rulings, wakeups
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession
from qbwc.prepared import Change, Parameter, Rows

logger = logging.getLogger(__name__)

INTERACTIVE = 10
SYNC = 100
# An interrupted write goes before anything new (guide p42, error recovery).
RECOVERY = -100

FIRST_BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=1)  # between questions for the outcome of an interrupted write: 1, 2, 4 s


@dataclass(frozen=True)
class Sent:
    """A claimed job on its way out: the exact text that goes to QuickBooks."""

    exchange: Exchange
    text: str


def enqueue(
    *,
    company_file: CompanyFile,
    purpose: str,
    now: datetime,
    parameters: dict[str, Any] | None = None,
    plan: SyncPlan | None = None,
    priority: int = SYNC,
    deadline_at: datetime | None = None,
) -> Job:
    """Put a job at the end of its priority. Raises UnknownPurpose."""
    is_write = purposes.find(purpose).is_write
    job = prepared.insert(
        Job(
            company_file=company_file,
            plan=plan,
            purpose=purpose,
            parameters=parameters or {},
            is_write=is_write,
            priority=priority,
            created_at=now,
            available_at=now,
            deadline_at=deadline_at,
            message_set_id=_new_message_set_id() if is_write else "",
        )
    )
    transaction.on_commit(lambda: wakeups.wake(company_file.pk))  # outside a transaction: at once, so not before
    return job


def _new_message_set_id() -> str:
    """22 characters; QuickBooks takes 23 at most (qbXML attribute limits, is2qb.com)."""
    return secrets.token_urlsafe(16)


def enqueue_due(company_file: CompanyFile, now: datetime) -> int:
    """Turn every sync plan that is due into a job, unless its last one is still open; how many were added."""
    due = SyncPlan.objects.filter(_due(now), company_file=company_file, is_enabled=True)
    return sum(_enqueue_plan(plan, now) for plan in due)


def ask_for_refresh(company_file: CompanyFile) -> list[str]:
    """Make every enabled plan due at the Web Connector's next call; their purposes, in the order they will go."""
    plans = SyncPlan.objects.filter(company_file=company_file, is_enabled=True)
    plans.update(next_due_at=None)
    return [plan.purpose for plan in plans]


def _due(now: datetime) -> Q:
    return Q(next_due_at__isnull=True) | Q(next_due_at__lte=now)


def _enqueue_plan(plan: SyncPlan, now: datetime) -> bool:
    try:
        with transaction.atomic():
            taken = SyncPlan.objects.filter(_due(now), pk=plan.pk).update(
                next_due_at=now + timedelta(minutes=plan.every_minutes)
            )
            if taken != 1:
                return False
            enqueue(
                company_file=plan.company_file,
                purpose=plan.purpose,
                parameters=plan.parameters,
                plan=plan,
                priority=plan.priority,
                now=now,
            )
    except IntegrityError:  # one_open_job_per_sync_plan: its last job has not finished yet
        return False
    except purposes.UnknownPurpose:
        logger.exception("sync plan %s names no purpose this server knows", plan.pk)
        return False
    return True


def ready_jobs(company_file: CompanyFile | Parameter, now: datetime | Parameter) -> QuerySet[Job]:
    """What may be sent now, in the order in which it goes. No deadline ends an interrupted write: it has left."""
    return Job.objects.filter(
        Q(deadline_at__isnull=True) | Q(deadline_at__gt=now) | Q(priority=RECOVERY),
        company_file=company_file,
        state=Job.State.QUEUED,
        available_at__lte=now,
    ).order_by("priority", "pk")


_READY = Rows(lambda: ready_jobs(Parameter("company_file"), Parameter("now")))
_ANY_READY = Rows(lambda: ready_jobs(Parameter("company_file"), Parameter("now")).only("pk"))


def has_ready_job(company_file: CompanyFile, now: datetime) -> bool:
    """Whether anything may be sent now."""
    return _ANY_READY.exists(company_file=company_file.pk, now=now)


def claim(session: WebConnectorSession, now: datetime) -> Sent | None:
    """Take the next ready job for this session and write down the exact text before it leaves; None: no work."""
    while (job := _READY.first(company_file=session.company_file_id, now=now)) is not None:
        job.company_file = session.company_file
        try:
            text = messages.text_to_send(job, session)
        except Exception as error:  # whatever a purpose's builder raises must cost its own job only
            logger.exception("job %s: its request could not be built", job.pk)
            _finish(job, Job.State.QUEUED, Job.State.FAILED, f"The request could not be built: {error}", now)
            continue
        if not _take(job, session, now):
            return None
        exchange = Exchange(
            job=job,
            session=session,
            request_payload=payloads.store(text),
            qbxml_request_id=messages.request_id(job, 0),
            sent_at=now,
        )
        return Sent(prepared.insert(exchange), text)
    return None


def resend(session: WebConnectorSession, now: datetime) -> Sent | None:
    """The text whose answer this session still owes, once more: the Web Connector asks again, so it was lost.

    None when it was tried often enough: the job is then closed as failed (a write: outcome unknown). None for a page
    of an iterator, too: it starts over.
    """
    exchange = (
        Exchange.objects.select_related("job", "request_payload")
        .filter(session=session, answered_at__isnull=True, job__state=Job.State.IN_FLIGHT, job__session=session)
        .order_by("pk")
        .last()
    )
    if exchange is None or exchange.request_payload is None:
        return None
    if exchange.job.attempts >= exchange.job.max_attempts:
        _requeue_interrupted(exchange.job, "The Web Connector asked again and again without answering.", now)
        return None
    if exchange.job.iterator_id:  # asked to continue once more, QuickBooks would skip the page whose answer was lost
        Job.objects.filter(pk=exchange.job_id).update(state=Job.State.QUEUED, iterator_id="", pages=0)
        return None
    Job.objects.filter(pk=exchange.job_id).update(attempts=F("attempts") + 1)
    return Sent(exchange, payloads.text_of(exchange.request_payload))


_TAKE = Change(
    lambda: Job.objects.filter(pk=Parameter("job"), state=Job.State.QUEUED, available_at__lte=Parameter("now")),
    state=Job.State.IN_FLIGHT,
    session=Parameter("session"),
    attempts=F("attempts") + 1,
    iterator_id=Parameter("iterator_id"),
    pages=Parameter("pages"),
    acknowledges=Parameter("acknowledges"),
)


def _take(job: Job, session: WebConnectorSession, now: datetime) -> bool:
    try:
        with transaction.atomic():
            taken = _TAKE.run(
                job=job.pk,
                now=now,
                session=session.pk,
                iterator_id=job.iterator_id,
                pages=job.pages,
                acknowledges=job.acknowledges,
            )
    except IntegrityError:  # one_job_in_flight_per_company_file: another session is at QuickBooks
        return False
    return taken == 1


def record_answer(exchange: Exchange, *, response: str, hresult: str, message: str, now: datetime) -> rulings.Ruling:
    """Keep the answer as it came, judge it and move the job. The caller then calls `conclude` with its reply."""
    raw = payloads.store(response) if response else None
    ruling = rulings.judge(exchange.job, response=response, hresult=hresult, message=message)
    _record(exchange, ruling, now, response_payload=raw, hresult=hresult[:20], message=ruling.words or message)
    return ruling


def refuse_answer(exchange: Exchange, failure: str, now: datetime) -> None:
    """Close the job of an answer that cannot be kept; then call `conclude`. A write was carried out: for a person."""
    verdict = rulings.Verdict.PARK if exchange.job.is_write else rulings.Verdict.FAIL
    _record(exchange, rulings.Ruling(verdict, failure, failure), now, message=failure)


def _record(exchange: Exchange, ruling: rulings.Ruling, now: datetime, **columns: Any) -> None:
    columns |= {"answered_at": now, "status_code": ruling.status_code}
    if not purposes.is_read(exchange.job.purpose):
        columns["delivered_at"] = now
    for name, value in columns.items():
        setattr(exchange, name, value)
    _apply(exchange, ruling, now)


def conclude(exchange: Exchange, reply: int) -> None:
    """Write the answered exchange down, with the number that receiveResponseXML returns now and at every repetition.

    Its text is stored by now; a purpose that reads it in the same commit may do so.
    """
    exchange.reply = reply
    if exchange.delivered_at is None and exchange.job.state == Job.State.DONE and delivery.read_at_once(exchange):
        exchange.delivered_at = exchange.answered_at
    prepared.update(
        exchange, "response_payload", "answered_at", "hresult", "message", "status_code", "delivered_at", "reply"
    )


_OPEN_STATES = (Job.State.IN_FLIGHT, Job.State.QUEUED)  # queued: recovered meanwhile, and the answer came late
_END = Change(
    lambda: Job.objects.filter(pk=Parameter("job"), session=Parameter("session"), state__in=_OPEN_STATES),
    state=Parameter("state"),
    finished_at=Parameter("now"),
    failure=Parameter("failure"),
    status_code=Parameter("status_code"),
)


def _apply(exchange: Exchange, ruling: rulings.Ruling, now: datetime) -> None:
    """Move the job, unless a newer session has taken it: then that one's answer decides, and this is only kept."""
    job = exchange.job
    if ruling.verdict is rulings.Verdict.RETRY and job.attempts < job.max_attempts:
        _moved(exchange).update(
            state=Job.State.QUEUED,
            available_at=now + back_off(job.attempts),
            failure=ruling.failure,
            iterator_id="",  # whether QuickBooks turned the page is not known, so it starts over
            pages=0,
            status_code=ruling.status_code,
            # QuickBooks keeps the refusal under the old id and would only repeat it.
            message_set_id=_new_message_set_id() if job.is_write and ruling.status_code else job.message_set_id,
        )
    elif ruling.verdict is rulings.Verdict.DONE and ruling.iterator_id:
        # The next page; at its place in the order, so that an interactive job goes between two pages.
        _moved(exchange).update(
            state=Job.State.QUEUED, iterator_id=ruling.iterator_id, pages=F("pages") + 1, attempts=0, failure=""
        )
    elif ruling.verdict is rulings.Verdict.RECOVER:
        if job.session_id == exchange.session_id:
            # Once at once; a QuickBooks that breaks again gets a pause, or all tries would be gone within a second.
            pause = FIRST_PAUSE * (1 << min(job.attempts - 2, 10)) if job.attempts > 1 else timedelta()
            _requeue_interrupted(job, ruling.failure, now, pause)
    else:
        _end(exchange, ruling, now)


def _end(exchange: Exchange, ruling: rulings.Ruling, now: datetime) -> None:
    job, state = exchange.job, _final_state(exchange.job, ruling)
    changed = _END.run(
        job=job.pk,
        session=exchange.session_id,
        state=state,
        now=now,
        failure=ruling.failure,
        status_code=ruling.status_code,
    )
    if changed == 1:
        job.state, job.finished_at, job.failure, job.status_code = state, now, ruling.failure, ruling.status_code


def _moved(exchange: Exchange) -> QuerySet[Job]:
    return Job.objects.filter(pk=exchange.job_id, session=exchange.session_id, state__in=_OPEN_STATES)


def _final_state(job: Job, ruling: rulings.Ruling) -> Job.State:
    """Where an answer ends a job. Only a statusCode says of a write that was sent before that it was not executed."""
    if ruling.verdict is rulings.Verdict.DONE:
        return Job.State.DONE
    is_unknown = job.is_write and ruling.status_code is None and job.attempts > 1
    return Job.State.OUTCOME_UNKNOWN if is_unknown or ruling.verdict is rulings.Verdict.PARK else Job.State.FAILED


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 1, 2, 4 … minutes, an hour at most."""
    return min(FIRST_BACK_OFF * (1 << min(max(0, attempts - 1), 10)), LONGEST_BACK_OFF)


def recover(company_file: CompanyFile, now: datetime) -> int:
    """Requeue what was at QuickBooks when its session died, before any new work; how many jobs."""
    interrupted = list(Job.objects.filter(company_file=company_file, state=Job.State.IN_FLIGHT))
    for job in interrupted:
        _requeue_interrupted(job, "The answer was lost on its way.", now)
    return len(interrupted)


def _requeue_interrupted(job: Job, failure: str, now: datetime, pause: timedelta = timedelta()) -> None:
    if job.attempts < job.max_attempts:
        Job.objects.filter(pk=job.pk, session=job.session_id, state=Job.State.IN_FLIGHT).update(
            state=Job.State.QUEUED,
            # A write is settled before any new work; a query keeps its place, so that an iterator goes on yielding.
            priority=RECOVERY if job.is_write else job.priority,
            available_at=now + pause,
            failure=failure,
        )
        return
    final = Job.State.OUTCOME_UNKNOWN if job.is_write else Job.State.FAILED
    words = f"{failure} It was tried {job.attempts} times; no answer arrived."
    _finish(job, Job.State.IN_FLIGHT, final, words, now)


# The failure of a job that nobody came for in time.
EXPIRED = "Its deadline passed before QuickBooks could be asked; it was not sent."


def expire(company_file: CompanyFile, now: datetime) -> int:
    """Fail the waiting jobs whose deadline has passed; how many. They were never sent, so nothing was done."""
    late = Job.objects.filter(company_file=company_file, state=Job.State.QUEUED, deadline_at__lte=now)
    return late.filter(exchanges__isnull=True).update(state=Job.State.FAILED, finished_at=now, failure=EXPIRED)


def cancel(job: Job, now: datetime) -> bool:
    """Withdraw a job that has not left yet; False when it is too late: a write that was sent may have been executed."""
    if job.is_write and Job.objects.filter(pk=job.pk, attempts__gt=0).exists():
        return False
    return _finish(job, Job.State.QUEUED, Job.State.CANCELLED, "", now)


def cancel_unsent(job_ids: Collection[int], now: datetime) -> set[int]:
    """Withdraw those that have never left, in few statements; which. One that is being claimed now is not among them.

    In the caller's transaction. It waits for no lock, so that it can be taken in any order.
    """
    never_left = Job.objects.filter(~Exists(Exchange.objects.filter(job=OuterRef("pk"))), attempts=0)
    waiting = never_left.filter(pk__in=job_ids, state=Job.State.QUEUED).exclude(priority=RECOVERY).order_by()
    found = set(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
    changed = Job.objects.filter(pk__in=found, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, finished_at=now, failure=""
    )
    assert changed == len(found)  # they are locked
    return found


def withdraw_refused(job: Job, now: datetime) -> bool:
    """Withdraw a waiting job, a write too, of which the caller has read that QuickBooks refused to take it."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, priority=job.priority, attempts=job.attempts)
    return waiting.update(state=Job.State.CANCELLED, finished_at=now) == 1


def hasten(job: Job, moment: datetime) -> None:
    """Bring a waiting job's next attempt to this moment: somebody waits for it."""
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(available_at=moment)


def _finish(job: Job, before: Job.State, after: Job.State, failure: str, now: datetime) -> bool:
    changed = Job.objects.filter(pk=job.pk, state=before).update(state=after, finished_at=now, failure=failure)
    return changed == 1
