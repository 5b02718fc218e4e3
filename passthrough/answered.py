"""What becomes of a transaction when an answer of QuickBooks has come: it ends, or is tried again while it is held."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from passthrough import evidence, outcomes, waking, withdrawal
from passthrough.contract import is_transient
from passthrough.models import Transaction
from qbwc.models import Exchange, Job
from qbwc.prepared import Parameter, Rows
from qbwc.purposes import Delivered


def read(delivered: Delivered) -> None:
    """The purpose's reader: after the commit of an answer, at least once."""
    row = (
        Transaction.objects.filter(transaction_id=delivered.job.parameters.get("transaction"))
        .defer("qbxml_request")
        .first()
    )
    if row is None or outcomes.settle(row.pk, delivered.now):
        return
    job = Job.objects.get(pk=delivered.job.pk)
    if job.state == Job.State.OUTCOME_UNKNOWN:
        waking.wake(row.pk)  # it stays pending until a person has looked, and nobody needs to wait for that
    last = evidence.last_answered(job)
    if job.state != Job.State.QUEUED or last is None or last.pk != delivered.exchange.pk or not delivered.failure:
        return
    _again_or_end(row, job, last, delivered.now)


_PENDING = Rows(
    lambda: (
        Transaction.objects.select_for_update(skip_locked=True)
        .filter(transaction_id=Parameter("transaction_id"), job=Parameter("job"), status=Transaction.Status.PENDING)
        .defer("qbxml_request")
        .order_by()
    )
)


def read_at_once(exchange: Exchange) -> bool:
    """The plain case, in the commit that keeps the answer: sent once, answered well, in one piece.

    A row that somebody else has locked is left to `read`: whoever ends a hold locks the transaction before its job.
    """
    job, now = exchange.job, exchange.answered_at
    if job.attempts != 1 or job.pages or now is None:
        return False
    row = _PENDING.first(transaction_id=job.parameters.get("transaction"), job=job.pk)
    text = evidence.with_caller_ids(row, exchange) if row is not None else ""
    if row is None or not text:
        return False
    outcome = outcomes.Outcome(None, response=text, answered_at=now)
    return outcomes.end_here(row, outcome, now, sent_at=evidence.first_sent_at(job))


def _again_or_end(row: Transaction, job: Job, last: Exchange, now: datetime) -> None:
    """The queue would try again in a minute or more; a held caller wants it sooner, or its answer."""
    if evidence.is_unsure(job):
        return  # it asks QuickBooks what became of the write, at once, whoever waits
    if evidence.carried_out(job)[0]:
        _end(row, job, now)
    elif row.held_until is not None:
        moment = _next_attempt(row, job, last, now)
        if moment is None:
            _end(row, job, now)
        else:
            withdrawal.try_again_at(job, moment)
            waking.wake(row.pk)  # whoever holds it wakes the Web Connector at that moment


def _end(row: Transaction, job: Job, now: datetime) -> None:
    withdrawal.withdraw(job, now)
    outcomes.settle(row.pk, now)


def _next_attempt(row: Transaction, job: Job, last: Exchange, now: datetime) -> datetime | None:
    """When it goes again, within the hold; None when it does not."""
    code, qb_code = outcomes.refusal_code(job, last)
    if code is None or not is_transient(code, qb_code) or not settings.AUTO_RETRY_ENABLED:
        return None
    pauses = settings.AUTO_RETRY_BACKOFF_SECONDS
    if not 0 < job.attempts <= settings.AUTO_RETRY_MAX_ATTEMPTS or not pauses:
        return None
    moment = now + timedelta(seconds=pauses[min(job.attempts, len(pauses)) - 1])
    return moment if row.held_until is not None and moment < row.held_until else None


def is_partly_done(job: Job) -> bool:
    """Whether sending it again would carry out a part of it twice."""
    return evidence.carried_out(job)[0] > 0
