"""What a caller is answered: status, body and headers, from a transaction's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from passthrough.contract import ERRORS, ErrorCode, error_body, success_body
from passthrough.history import Event
from passthrough.models import Callback, Transaction
from passthrough.problems import Problem

Status = Transaction.Status

PATH = "/api/transactions/"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that is not yet one; `body` is for JSON."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def address_of(row: Transaction) -> str:
    """Where the transaction is read, as its caller can ask for it."""
    return f"{settings.PUBLIC_URL}{PATH}{row.transaction_id}"


def of_problem(problem: Problem, now: datetime) -> Answer:
    body = error_body(
        problem.code,
        error=problem.message or None,
        transaction_id=problem.transaction_id,
        timestamp=now,
        retry_after_seconds=problem.retry_after_seconds,
    )
    details = {name: value for name, value in problem.details.items() if value not in (None, "")}
    body["error_details"] = {**_details(body), **details}
    body["error_code"] = problem.name
    return _with_retry_after(Answer(problem.http_status, body))


def _details(body: dict[str, Any]) -> dict[str, Any]:
    details = body["error_details"]
    assert isinstance(details, dict)
    return details


def of_ended(row: Transaction, now: datetime, expected: int | None = None) -> Answer:
    """A transaction with status success or error. `expected`: seconds until the Web Connector probably calls."""
    if row.status == Status.SUCCESS:
        return Answer(200, _success(row))
    code = _code_of(row)
    unreachable = code is ErrorCode.SHIM_UNREACHABLE
    body = error_body(
        code,
        error=row.error_message or None,
        transaction_id=row.transaction_id,
        timestamp=now,
        qb_error_code=row.qb_error_code,
        qb_error_message=row.qb_error_message,
        retry_after_seconds=expected if unreachable else None,
        qb_response=row.qbxml_response or None,
    )
    body["error_code"] = row.error_code
    body["identifier"] = row.identifier
    if row.may_be_done:
        body["retry_allowed"] = False
    return _with_retry_after(Answer(_http_status(row, code), body))


def _http_status(row: Transaction, code: ErrorCode) -> int:
    """Never one that platforms repeat by themselves, when a repeat could carry out a part for the second time."""
    return ERRORS[ErrorCode.QB_ERROR].http_status if row.may_be_done else ERRORS[code].http_status


def _code_of(row: Transaction) -> ErrorCode:
    try:
        return ErrorCode(row.error_code)
    except ValueError:  # of an older version, which refused calls under names of their own
        return ErrorCode.INVALID_REQUEST


def _success(row: Transaction) -> dict[str, Any]:
    answered_at = row.answered_at or row.timestamp
    sent_at = row.sent_at or answered_at
    body = success_body(
        row.identifier,
        row.qbxml_response,
        row.transaction_id,
        _milliseconds(row.timestamp, sent_at),
        _milliseconds(sent_at, answered_at),
        row.processing_time_ms or 0,
    )
    return body | ({"warnings": row.warnings} if row.warnings else {})


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))


def of_replay(row: Transaction, now: datetime, *, by_content: bool) -> Answer:
    """The original answer in full, to a call that was made before; carried out once."""
    headers = {"Idempotent-Replay": "true"}
    original = of_ended(row, now)
    if row.status == Status.SUCCESS and settings.IDEMPOTENT_REPLAY_STATUS == 200:
        return Answer(200, original.body, headers)
    refusal = error_body(
        ErrorCode.DUPLICATE_REQUEST, error=_replayed(row, by_content), transaction_id=row.transaction_id, timestamp=now
    )
    extra = {"original_status": row.status, "original_http_status": original.status}
    return Answer(ERRORS[ErrorCode.DUPLICATE_REQUEST].http_status, original.body | refusal | extra, headers)


def _replayed(row: Transaction, by_content: bool) -> str:
    how = "with this idempotency key"
    if by_content:
        how = f"with the same content and without an idempotency key in the last {settings.FINGERPRINT_MINUTES} minutes"
    done = "succeeded" if row.status == Status.SUCCESS else "ended as this answer says"
    return (
        f"This call was made before, {how}, and {done}; it was not carried out again. The original answer is in this "
        "body. For a new operation send an idempotency key of its own."
    )


def of_accepted(row: Transaction, now: datetime, expected: int) -> Answer:
    """202: the caller does not wait, and is told where to ask."""
    body = _pending(row, now, expected) | {
        "success": True,
        "message": "The request is accepted. It is carried out when the Web Connector calls; ask under status_url.",
    }
    return Answer(202, body, {"Location": address_of(row), "Retry-After": str(expected)})


def of_sent_write(row: Transaction, now: datetime, expected: int) -> Answer:
    """202 OUTCOME_PENDING: sent, and not known yet. Never a 5xx, which platforms repeat by themselves."""
    body = error_body(
        ErrorCode.OUTCOME_PENDING, transaction_id=row.transaction_id, timestamp=now, retry_after_seconds=expected
    )
    answer = Answer(202, _pending(row, now, expected) | body, {"Location": address_of(row)})
    return _with_retry_after(answer)


def of_sent_query(row: Transaction, now: datetime, expected: int) -> Answer:
    """504 SHIM_TIMEOUT. A query changes nothing, so a platform may repeat it."""
    body = error_body(
        ErrorCode.SHIM_TIMEOUT, transaction_id=row.transaction_id, timestamp=now, retry_after_seconds=expected
    )
    return _with_retry_after(Answer(504, _pending(row, now, expected) | body))


def of_running(row: Transaction, now: datetime, expected: int) -> Answer:
    """409: the same call is still running, and this caller's own wait is over."""
    words = (
        "The same call came in before and is still running; it was not taken a second time. "
        "Send it again with the same key, or ask under status_url, for its answer."
    )
    body = error_body(
        ErrorCode.DUPLICATE_REQUEST,
        error=words,
        transaction_id=row.transaction_id,
        timestamp=now,
        retry_after_seconds=expected,
    )
    return _with_retry_after(Answer(409, _pending(row, now, expected) | body | {"retry_allowed": True}))


def _pending(row: Transaction, now: datetime, expected: int) -> dict[str, Any]:
    return {
        "status": str(row.status),
        "identifier": row.identifier,
        "transaction_id": row.transaction_id,
        "status_url": address_of(row),
        "timestamp": now.isoformat(),
        "retry_after_seconds": expected,
    } | ({"warnings": row.warnings} if row.warnings else {})


def _with_retry_after(answer: Answer) -> Answer:
    seconds = answer.body.get("retry_after_seconds")
    return (
        answer
        if seconds is None
        else Answer(answer.status, answer.body, answer.headers | {"Retry-After": str(seconds)})
    )


def line_of(row: Transaction) -> dict[str, Any]:
    """A transaction in a list: no documents."""
    return {
        "transaction_id": row.transaction_id,
        "identifier": row.identifier,
        "idempotency_key": row.idempotency_key,
        "status": row.status,
        "timestamp": row.timestamp.isoformat(),
        "processing_time_ms": row.processing_time_ms,
        "request_names": row.request_names,
        "is_write": row.is_write,
        "error_code": row.error_code,
        "error_message": row.error_message,
        "retry_count": row.retry_count,
        "retry_of": row.retry_of.transaction_id if row.retry_of is not None else None,
        "duplicate_of": row.duplicate_of.transaction_id if row.duplicate_of is not None else None,
        "sent_at": _iso(row.sent_at),
        "answered_at": _iso(row.answered_at),
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def detail_of(
    row: Transaction, timeline: Sequence[Event], callback: Callback | None, expected: int | None
) -> dict[str, Any]:
    """A transaction with everything that is kept of it."""
    return line_of(row) | {
        "success": None if row.status == Status.PENDING else row.status == Status.SUCCESS,
        "qbxml_request": row.qbxml_request,
        "qbxml_response": row.qbxml_response,
        "qb_error_code": row.qb_error_code,
        "qb_error_message": row.qb_error_message,
        "warnings": row.warnings,
        "timeline": [{"at": e.at.isoformat(), "event": e.event, "detail": e.detail} for e in timeline],
        "callback": _callback(callback),
        "status_url": address_of(row),
        "retry_after_seconds": expected,
    }


def _callback(callback: Callback | None) -> dict[str, Any] | None:
    if callback is None:
        return None
    names = ("url", "state", "attempts", "last_status", "last_error")
    return {name: getattr(callback, name) for name in names}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
