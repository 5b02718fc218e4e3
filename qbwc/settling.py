"""What a person decides about a job that ended badly: it was done after all, or it goes again as a new job.

The writer of these transitions: outcome unknown → done, outcome unknown → failed and sent again, failed → sent again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from qbwc import purposes, queue
from qbwc.alerts import SENT_AGAIN
from qbwc.models import Job


class NotSettled(Exception):
    """Nothing was changed; the message says why and what to do."""


def settle_as_done(job: Job, now: datetime, *, actor: str) -> None:
    """A person has seen in QuickBooks that the write was executed: outcome unknown → done. NotSettled."""
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state=Job.State.OUTCOME_UNKNOWN).update(
            state=Job.State.DONE, finished_at=now, failure=""
        )
        if changed != 1:
            raise NotSettled(f"Job {job.pk} is not waiting for this decision any more. Reload the page.")
        _record("job.settled_as_done", job, now, actor, known=job.failure)


def send_again(job: Job, now: datetime, *, actor: str) -> Job:
    """A person has seen in QuickBooks that the write was not executed: a new job, with a message set id of its own.

    The old one ends as failed. NotSettled.
    """
    return _again(job, Job.State.OUTCOME_UNKNOWN, "A person found that it was not done. ", "job.sent_again", now, actor)


def try_again(job: Job, now: datetime, *, actor: str) -> Job:
    """A failed job goes again as a new one. NotSettled when it was sent again already, or may not be sent."""
    return _again(job, Job.State.FAILED, "", "job.tried_again", now, actor)


def cancel(job: Job, now: datetime, *, actor: str) -> bool:
    """Withdraw a job that still waits, with its line in the audit trail; False when it is too late."""
    with transaction.atomic():
        if not queue.cancel(job, now):
            return False
        _record("job.cancelled", job, now, actor)
    return True


def _again(job: Job, before: Job.State, found: str, action: str, now: datetime, actor: str) -> Job:
    _check_switch(job)
    with transaction.atomic():
        new = _enqueue(job, now)
        changed = (
            Job.objects.filter(pk=job.pk, state=before)
            .exclude(failure__contains=SENT_AGAIN)
            .update(state=Job.State.FAILED, failure=f"{job.failure} {found}{SENT_AGAIN}{new.pk}.".strip())
        )
        if changed != 1:
            raise NotSettled(f"Job {job.pk} was sent again or settled already. Reload the page.")
        _record(action, job, now, actor, new_job=new.pk, known=job.failure)
    return new


def _check_switch(job: Job) -> None:
    company = job.company_file.company
    if job.is_write and not company.allows_writes:
        raise NotSettled(
            f"Changes to the books of {company.name} are switched off (allows writes), so this one is not sent. "
            "An administrator of the server can switch them on."
        )


def _enqueue(job: Job, now: datetime) -> Job:
    try:
        with transaction.atomic():
            return queue.enqueue(
                company_file=job.company_file,
                purpose=job.purpose,
                parameters=job.parameters,
                plan=job.plan,
                priority=_priority(job),
                now=now,
            )
    except IntegrityError:  # one_open_job_per_sync_plan
        raise NotSettled("The same reading is waiting already; it goes at the Web Connector's next call.") from None
    except purposes.UnknownPurpose:
        raise NotSettled(f"This server no longer knows what “{job.purpose}” is, so it cannot be sent again.") from None


def _priority(job: Job) -> int:
    """As at first; an interrupted job had been put before everything, which the new one must not inherit."""
    if job.plan is not None:
        return job.plan.priority
    return queue.INTERACTIVE if job.priority == queue.RECOVERY else job.priority


def _record(action: str, job: Job, now: datetime, actor: str, **details: object) -> None:
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=job.company_file.company,
        job=job.pk,
        purpose=job.purpose,
        message_set_id=job.message_set_id,
        **details,
    )
