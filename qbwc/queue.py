"""The durable queue of qbXML jobs: the only writer of Job state and of exchanges.

Every change of state is a conditional update that checks that one row changed; what may not coexist is a partial
unique index. Callers wrap claim and record_answer in the transaction that also moves the Web Connector session.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from qbwc import payloads, purposes, rulings
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession
from qbwc.qbxml.message_set import MessageSet, Request, render

logger = logging.getLogger(__name__)

INTERACTIVE = 10
SYNC = 100
# An interrupted job goes before anything new: a write must be settled first (guide p42, error recovery).
RECOVERY = -100

FIRST_BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=1)
DEFAULT_QBXML_VERSION = "13.0"


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
    return Job.objects.create(
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


def ready_jobs(company_file: CompanyFile, now: datetime) -> QuerySet[Job]:
    """What may be sent now, in the order in which it goes."""
    return Job.objects.filter(
        Q(deadline_at__isnull=True) | Q(deadline_at__gt=now),
        company_file=company_file,
        state=Job.State.QUEUED,
        available_at__lte=now,
    ).order_by("priority", "pk")


def claim(session: WebConnectorSession, now: datetime) -> Sent | None:
    """Take the next ready job for this session and write down the exact text before it leaves; None: no work."""
    while (job := ready_jobs(session.company_file, now).first()) is not None:
        try:
            text = _text_to_send(job, session)
        except Exception as error:  # whatever a purpose's builder raises must cost its own job only
            logger.exception("job %s: its request could not be built", job.pk)
            _finish(job, Job.State.QUEUED, Job.State.FAILED, f"The request could not be built: {error}", now)
            continue
        if not _take(job, session, now):
            return None
        exchange = Exchange.objects.create(
            job=job,
            session=session,
            request_payload=payloads.store(text),
            qbxml_request_id=request_id(job, 0),
            sent_at=now,
        )
        return Sent(exchange, text)
    return None


def resend(session: WebConnectorSession, now: datetime) -> Sent | None:
    """The text whose answer this session still owes, once more: the Web Connector asks again, so it was lost.

    None when it was tried often enough: the job is then closed as failed (a write: outcome unknown).
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
    Job.objects.filter(pk=exchange.job_id).update(attempts=F("attempts") + 1)
    return Sent(exchange, payloads.text_of(exchange.request_payload))


def request_id(job: Job, index: int) -> str:
    """The requestID of the job's n-th request; the same at every attempt, so that a resent text is identical."""
    return f"{job.pk}-{index}"


def _text_to_send(job: Job, session: WebConnectorSession) -> str:
    if job.is_write:
        before = job.exchanges.select_related("request_payload").order_by("-pk").first()
        text = payloads.text_of(before.request_payload) if before is not None and before.request_payload else ""
        if f'"{job.message_set_id}"' in text:
            return text  # identical bytes under the same newMessageSetID, or QuickBooks answers 9001
    elements = purposes.find(job.purpose).build(job)
    return render(
        MessageSet(
            requests=tuple(Request(request_id(job, index), element) for index, element in enumerate(elements)),
            version=session.qbxml_version or DEFAULT_QBXML_VERSION,
            new_message_set_id=job.message_set_id,
        )
    )


def _take(job: Job, session: WebConnectorSession, now: datetime) -> bool:
    try:
        with transaction.atomic():
            taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, available_at__lte=now).update(
                state=Job.State.IN_FLIGHT, session=session, attempts=F("attempts") + 1
            )
    except IntegrityError:  # one_job_in_flight_per_company_file: another session is at QuickBooks
        return False
    return taken == 1


def record_answer(exchange: Exchange, *, response: str, hresult: str, message: str, now: datetime) -> rulings.Ruling:
    """Keep the answer as it came, then judge it and move the job. The reply to the Web Connector is the caller's."""
    raw = payloads.store(response) if response else None
    job = exchange.job
    ruling = rulings.judge(job, response=response, hresult=hresult, message=message)
    Exchange.objects.filter(pk=exchange.pk).update(
        response_payload=raw,
        answered_at=now,
        hresult=hresult[:20],
        message=ruling.words or message,
        status_code=ruling.status_code,
    )
    _apply(job, ruling, now)
    return ruling


def _apply(job: Job, ruling: rulings.Ruling, now: datetime) -> None:
    open_states = (Job.State.IN_FLIGHT, Job.State.QUEUED)  # queued: recovered meanwhile, and the answer came late
    if ruling.verdict is rulings.Verdict.RETRY and job.attempts < job.max_attempts:
        Job.objects.filter(pk=job.pk, state__in=open_states).update(
            state=Job.State.QUEUED,
            available_at=now + back_off(job.attempts),
            failure=ruling.failure,
            status_code=ruling.status_code,
            # QuickBooks keeps the refusal under the old id and would only repeat it.
            message_set_id=_new_message_set_id() if job.is_write and ruling.status_code else job.message_set_id,
        )
    elif ruling.verdict is rulings.Verdict.RECOVER:
        _requeue_interrupted(job, ruling.failure, now)
    else:
        Job.objects.filter(pk=job.pk, state__in=open_states).update(
            state=_FINAL_STATES.get(ruling.verdict, Job.State.FAILED),
            finished_at=now,
            failure=ruling.failure,
            status_code=ruling.status_code,
        )


_FINAL_STATES = {
    rulings.Verdict.DONE: Job.State.DONE,
    rulings.Verdict.PARK: Job.State.OUTCOME_UNKNOWN,
}


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 1, 2, 4 … minutes, an hour at most."""
    return min(FIRST_BACK_OFF * (1 << min(max(0, attempts - 1), 10)), LONGEST_BACK_OFF)


def recover(company_file: CompanyFile, now: datetime) -> int:
    """Requeue what was at QuickBooks when its session died, before any new work; how many jobs."""
    interrupted = list(Job.objects.filter(company_file=company_file, state=Job.State.IN_FLIGHT))
    for job in interrupted:
        _requeue_interrupted(job, "The answer was lost on its way.", now)
    return len(interrupted)


def _requeue_interrupted(job: Job, failure: str, now: datetime) -> None:
    if job.attempts < job.max_attempts:
        Job.objects.filter(pk=job.pk, state=Job.State.IN_FLIGHT).update(
            state=Job.State.QUEUED, priority=RECOVERY, available_at=now, failure=failure
        )
        return
    final = Job.State.OUTCOME_UNKNOWN if job.is_write else Job.State.FAILED
    words = f"{failure} It was tried {job.attempts} times; no answer arrived."
    _finish(job, Job.State.IN_FLIGHT, final, words, now)


def cancel(job: Job, now: datetime) -> bool:
    """Withdraw a job that has not left yet; False when it is too late."""
    return _finish(job, Job.State.QUEUED, Job.State.CANCELLED, "", now)


def _finish(job: Job, before: Job.State, after: Job.State, failure: str, now: datetime) -> bool:
    changed = Job.objects.filter(pk=job.pk, state=before).update(state=after, finished_at=now, failure=failure)
    return changed == 1
