"""How a transaction ends: from the state of its job and QuickBooks' last answer to one row that says everything.

The only writer of Transaction.status away from pending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction as database

from passthrough import callbacks, evidence, waking
from passthrough.contract import ErrorCode, code_of_hresult, code_of_status, error_body
from passthrough.models import Transaction
from qbwc.alerts import SENT_AGAIN
from qbwc.models import Exchange, Job
from qbwc.prepared import Change, Parameter
from qbwc.qbxml.statuses import FIRST_ERROR
from qbwc.queue import EXPIRED

Status = Transaction.Status
State = Job.State
_Columns: TypeAlias = dict[str, Any]  # of a transaction

_HRESULT = re.compile(r"0x[0-9A-Fa-f]{8}")
CONFIRMED = "A person has looked in QuickBooks and confirmed that this was carried out; there is no answer to show."
_SAYS_ITSELF = (State.QUEUED, State.IN_FLIGHT, State.OUTCOME_UNKNOWN)  # not ended


@dataclass(frozen=True)
class Outcome:
    """`code` None is a success. `error` is the sentence for a person; "" takes the contract's."""

    code: ErrorCode | None
    error: str = ""
    response: str = ""
    qb_error_code: str = ""
    qb_error_message: str = ""
    answered_at: datetime | None = None
    may_be_done: bool = False


NEVER_LEFT = Outcome(ErrorCode.SHIM_UNREACHABLE)


def settle(transaction_pk: int, now: datetime) -> bool:
    """End the transaction if its job has ended; whether it is ended now by this call. Twice is harmless."""
    row = Transaction.objects.filter(pk=transaction_pk, status=Status.PENDING).defer("qbxml_request").first()
    if row is None:
        return False
    job = current_job(row)
    outcome = outcome_of(row, job)
    if outcome is None:
        return False
    return end(row, outcome, now, sent_at=evidence.first_sent_at(job) if job else None, retries=_retries(job))


def _retries(job: Job | None) -> int:
    return max(0, job.attempts - 1) if job is not None else 0


def end(
    row: Transaction, outcome: Outcome, now: datetime, *, sent_at: datetime | None = None, retries: int = 0
) -> bool:
    """Write the outcome, owe the callback, wake who waits; False when it had ended before."""
    with database.atomic():
        return end_here(row, outcome, now, sent_at=sent_at, retries=retries)


def end_here(
    row: Transaction, outcome: Outcome, now: datetime, *, sent_at: datetime | None = None, retries: int = 0
) -> bool:
    """`end` in the caller's transaction. The row then has what was written."""
    columns = _columns(row, outcome, now, sent_at, retries)
    if _END.run(pk=row.pk, **columns) != 1:
        return False
    for name, value in columns.items():
        setattr(row, name, value)
    callbacks.owe(row, now)
    waking.wake_after_commit(row)
    return True


def _columns(row: Transaction, outcome: Outcome, now: datetime, sent_at: datetime | None, retries: int) -> _Columns:
    answered_at = outcome.answered_at or now
    return {
        "status": str(Status.ERROR if outcome.code else Status.SUCCESS),
        "error_code": str(outcome.code or ""),
        "error_message": _sentence(row, outcome, now) if outcome.code else "",
        "qbxml_response": outcome.response,
        "qb_error_code": outcome.qb_error_code[:20],
        "qb_error_message": outcome.qb_error_message,
        "may_be_done": outcome.may_be_done,
        "processing_time_ms": max(0, round((answered_at - row.timestamp).total_seconds() * 1000)),
        "retry_count": row.retry_count + retries,
        "sent_at": sent_at,
        "answered_at": answered_at,
        "updated_at": now,
        "held_until": None,
    }


_ENDED = (
    "status",
    "error_code",
    "error_message",
    "qbxml_response",
    "qb_error_code",
    "qb_error_message",
    "may_be_done",
    "processing_time_ms",
    "retry_count",
    "sent_at",
    "answered_at",
    "updated_at",
    "held_until",
)
_END = Change(
    lambda: Transaction.objects.filter(pk=Parameter("pk"), status=Status.PENDING),
    **{name: Parameter(name) for name in _ENDED},
)


def _sentence(row: Transaction, outcome: Outcome, now: datetime) -> str:
    assert outcome.code is not None
    made = error_body(
        outcome.code,
        error=outcome.error or None,
        transaction_id=row.transaction_id,
        timestamp=now,
        qb_error_code=outcome.qb_error_code,
        qb_error_message=outcome.qb_error_message,
    )
    return str(made["error"])


def current_job(row: Transaction) -> Job | None:
    """The job that carries the transaction now: a person may have sent it again as another one."""
    job = row.job
    if job is None or job.state != State.FAILED or SENT_AGAIN not in job.failure:
        return job
    later = Job.objects.filter(
        company_file=job.company_file_id, purpose=job.purpose, pk__gt=job.pk, parameters__transaction=row.transaction_id
    )
    newest = later.order_by("-pk").first()
    if newest is not None:
        Transaction.objects.filter(pk=row.pk).update(job=newest)
    return newest or job


def outcome_of(row: Transaction, job: Job | None) -> Outcome | None:
    """None while the job has not ended, and while a person must look whether a write was carried out."""
    if job is None:
        return Outcome(ErrorCode.INTERNAL_ERROR, "Its job is not kept any more.", may_be_done=row.is_write)
    if job.state in _SAYS_ITSELF:
        return None
    last = evidence.last_answered(job)
    if job.state == State.DONE:
        return _success(row, job, last)
    if last is None:
        return _never_answered(row, job)
    return _refusal(row, job, last)


def _success(row: Transaction, job: Job, last: Exchange | None) -> Outcome:
    text = evidence.answer_text(row, job)
    if not text and CONFIRMED not in row.warnings:
        row.warnings = [*row.warnings, CONFIRMED]
        Transaction.objects.filter(pk=row.pk).update(warnings=row.warnings)
    return Outcome(None, response=text, answered_at=last.answered_at if last and text else job.finished_at)


def _never_answered(row: Transaction, job: Job) -> Outcome:
    """Withdrawn or expired before it left; or our own building of it failed; or a query's answer never arrived."""
    if job.exchanges.exists():
        return Outcome(
            ErrorCode.NETWORK_ERROR if not job.is_write else ErrorCode.OUTCOME_PENDING,
            job.failure,
            may_be_done=job.is_write,
        )
    if job.state == State.FAILED and job.failure != EXPIRED:
        return Outcome(ErrorCode.INTERNAL_ERROR, f"{job.failure} Nothing was sent to QuickBooks.".strip())
    words = evidence.refused_opening(job, row.timestamp)
    found = _HRESULT.search(words)
    if not words:
        return NEVER_LEFT
    hresult = found[0] if found else ""
    code = code_of_hresult(hresult) if hresult else ErrorCode.QB_UNAVAILABLE
    return Outcome(code, f"{words} Nothing was sent to QuickBooks.", qb_error_code=hresult, qb_error_message=words)


def _refusal(row: Transaction, job: Job, last: Exchange) -> Outcome:
    """QuickBooks' last word, whether the job failed by it or was withdrawn while it waited to be tried again."""
    text = evidence.with_caller_ids(row, last)
    done, asked = evidence.carried_out(job)
    code, qb_code = refusal_code(job, last)
    error = ""
    if code is None:
        code, error = ErrorCode.SDK_ERROR, job.failure
    if done:
        error = _partly(row, code, qb_code, last, done, asked)
    unsure = evidence.is_unsure(job) or code is ErrorCode.OUTCOME_PENDING
    return Outcome(code, error, text, qb_code, last.message, last.answered_at, may_be_done=unsure or done > 0)


def refusal_code(job: Job, last: Exchange) -> tuple[ErrorCode | None, str]:
    """The error code of QuickBooks' last word, and QuickBooks' own code; None when its answer could not be read."""
    if last.hresult:
        return code_of_hresult(last.hresult, is_write=job.is_write), last.hresult
    if last.status_code is not None and last.status_code >= FIRST_ERROR:
        return code_of_status(last.status_code, last.message), str(last.status_code)
    if last.response_payload_id is None and not last.message:
        return ErrorCode.NETWORK_ERROR, ""  # an empty answer without an error code
    return None, ""


def _partly(row: Transaction, code: ErrorCode, qb_code: str, last: Exchange, done: int, asked: int) -> str:
    made = error_body(
        code,
        transaction_id=row.transaction_id,
        timestamp=row.timestamp,
        qb_error_code=qb_code,
        qb_error_message=last.message,
    )
    return (
        f"{done} of {asked} requests of this call were carried out, so it is not sent again as a whole; "
        f"qb_response says which. {made['error']}"
    )
