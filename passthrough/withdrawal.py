"""The end of a hold: what has not left is withdrawn for certain; what has left is kept, whoever still listens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction as database
from django.db.models import Q

from passthrough import evidence, outcomes
from passthrough.models import Transaction
from qbwc import queue
from qbwc.models import Job

Status = Transaction.Status


def end_hold(transaction_pk: int, hold_end: datetime | None, now: datetime) -> None:
    """The caller whose hold ends at `hold_end` waits no longer (its time is over, or it has hung up); None: nobody
    waits any longer, whatever the row says.

    In one commit: nothing, if somebody else holds it longer or nobody is meant to wait; else the job is withdrawn, or,
    if it has left, freed of its deadline so that it is completed and kept.
    """
    with database.atomic():
        row = Transaction.objects.select_for_update().filter(pk=transaction_pk, status=Status.PENDING).first()
        if row is None or not _is_over(row, hold_end):
            return
        job = Job.objects.select_for_update().filter(pk=row.job_id or 0).first()
        if job is not None and not withdraw(job, now):
            Job.objects.filter(pk=job.pk).update(deadline_at=None)
            Transaction.objects.filter(pk=row.pk).update(held_until=None, updated_at=now)
    outcomes.settle(transaction_pk, now)


def end_holds(held: Iterable[tuple[int, datetime | None]], now: datetime) -> None:
    """`end_hold` of many: a transaction and the end of its hold each. What has never left is withdrawn in one commit.

    No lock of a job is waited for, so that whoever claims or answers one meanwhile is not in the way; what is left
    over then ends one by one.
    """
    ends = dict(held)
    with database.atomic():
        rows = {row.job_id: row for row in _over(ends) if row.job_id is not None}
        ended = [rows[job_id] for job_id in sorted(queue.cancel_unsent(list(rows), now))]
        for row in ended:
            outcomes.end_here(row, outcomes.NEVER_LEFT, now)
    for pk in sorted(ends.keys() - {row.pk for row in ended}):
        end_hold(pk, ends[pk], now)


def _over(ends: Mapping[int, datetime | None]) -> list[Transaction]:
    """Which of them, now locked, wait for nobody else, and for nothing that could be said but that nobody came."""
    rows = Transaction.objects.select_for_update().filter(pk__in=list(ends), status=Status.PENDING, callback_url="")
    waiting = list(rows.filter(held_until__isnull=False).defer("qbxml_request").order_by("pk"))
    since = min((row.timestamp for row in waiting), default=None)
    refused = evidence.refused_companies({row.company_id for row in waiting}, since)
    return [row for row in waiting if _is_over(row, ends[row.pk]) and row.company_id not in refused]


def _is_over(row: Transaction, hold_end: datetime | None) -> bool:
    """Whether the hold that ends then was the last; None ends it whatever the row says."""
    return row.held_until is not None and (hold_end is None or row.held_until <= hold_end)


def withdraw(job: Job, now: datetime) -> bool:
    """Cancel a job that waits; False when it is too late, or when it is a write that may have been carried out.

    queue.cancel never gives up a write that was sent; one that QuickBooks refused to take, as was read here, may go.
    """
    if evidence.is_unsure(job):
        return False
    if queue.cancel(job, now):
        return True
    last = evidence.last_exchange(job)
    if last is None or last.answered_at is None:
        return False
    return queue.withdraw_refused(job, now)


def extend(row: Transaction, hold_end: datetime | None, now: datetime, *, callback_url: str = "") -> bool:
    """One more caller waits until `hold_end` (None: it wants it done whenever it can be); False when it has ended."""
    pending = Transaction.objects.filter(pk=row.pk, status=Status.PENDING)
    with database.atomic():
        if pending.update(updated_at=now) != 1:
            return False
        if callback_url:
            pending.filter(callback_url="").update(callback_url=callback_url)
        waiting = Job.objects.filter(pk=row.job_id or 0, state=Job.State.QUEUED, deadline_at__isnull=False)
        if hold_end is None:
            pending.update(held_until=None)
            waiting.update(deadline_at=None)
        else:
            pending.filter(held_until__lt=hold_end).update(held_until=hold_end)
            waiting.filter(deadline_at__lt=hold_end).update(deadline_at=hold_end)
    return True


def abandoned(now: datetime) -> list[int]:
    """Pending transactions whose hold is long over, because the process that held it died."""
    return list(Transaction.objects.filter(status=Status.PENDING, held_until__lt=now).values_list("pk", flat=True))


def ended_unnoticed() -> list[int]:
    """Pending transactions whose job has ended otherwise: a person decided, or its answer is not delivered yet."""
    ended = Q(job__isnull=True) | Q(job__state__in=(Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED))
    return list(Transaction.objects.filter(ended, status=Status.PENDING).values_list("pk", flat=True)[:1000])


def try_again_at(job: Job, moment: datetime) -> None:
    """Bring a waiting job's next attempt to this moment; the queue's own pause is made for jobs nobody waits for."""
    queue.hasten(job, moment)
