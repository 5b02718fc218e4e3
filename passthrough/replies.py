"""From a submitted call to its answer: wait without a thread, then say what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async

from accounts import clock
from passthrough import answers, history, holding, outcomes, rhythm, withdrawal
from passthrough.answers import Answer
from passthrough.models import Transaction
from passthrough.service import Kind, Submitted
from qbwc.models import CompanyFile

Status = Transaction.Status


async def reply(submitted: Submitted) -> Answer:
    """The answer to the call. When its caller hangs up, what has not left is withdrawn."""
    if submitted.kind is Kind.REPLAY:
        return await sync_to_async(_replay)(submitted)
    if submitted.seconds <= 0:
        return await sync_to_async(_now)(submitted)
    try:
        await holding.until_ended(submitted.pk, submitted.seconds, submitted.hold_end, submitted.company_file_id)
        return await sync_to_async(_at_the_end)(submitted)
    except asyncio.CancelledError:
        await abandon(submitted)
        raise


async def abandon(submitted: Submitted) -> None:
    """Its caller has hung up."""
    if submitted.hold_end is not None:
        await sync_to_async(withdrawal.end_hold)(submitted.pk, submitted.hold_end, clock.now())


def _row(submitted: Submitted) -> Transaction:
    return Transaction.objects.select_related("company").defer("qbxml_request").get(pk=submitted.pk)


def _replay(submitted: Submitted) -> Answer:
    row = _row(submitted)
    return answers.of_replay(row, clock.now(), by_content=not row.idempotency_key)


def _now(submitted: Submitted) -> Answer:
    row, now = _row(submitted), clock.now()
    if row.status != Status.PENDING:
        return answers.of_ended(row, now)
    return answers.of_accepted(row, now, _expected(submitted.company_file_id, now))


def _at_the_end(submitted: Submitted) -> Answer:
    """Its time is over, it has ended, or the server stops: withdraw what has not left, and say how it stands."""
    now = clock.now()
    row = _row(submitted)
    if row.status == Status.PENDING:
        if submitted.hold_end is not None:
            withdrawal.end_hold(submitted.pk, submitted.hold_end, now)
        else:
            outcomes.settle(submitted.pk, now)
        row = _row(submitted)
    if row.status != Status.PENDING:
        expected = _expected(submitted.company_file_id, now) if row.error_code == "SHIM_UNREACHABLE" else None
        return answers.of_ended(row, now, expected)
    return _pending(submitted, row, now)


def _pending(submitted: Submitted, row: Transaction, now: datetime) -> Answer:
    expected = _expected(submitted.company_file_id, now)
    if submitted.kind is Kind.ATTACHED:
        return answers.of_running(row, now, expected)
    if submitted.hold_end is None:  # nobody withdraws it: its caller asked for a callback
        return answers.of_accepted(row, now, expected)
    return answers.of_sent_write(row, now, expected) if row.is_write else answers.of_sent_query(row, now, expected)


def _expected(company_file_id: int, now: datetime) -> int:
    return rhythm.expected_seconds(CompanyFile.objects.get(pk=company_file_id), now)


def detail_of(row: Transaction, now: datetime) -> dict[str, Any]:
    """A transaction for its caller, with its documents, its steps, and when it will probably be done."""
    if row.status == Status.PENDING and outcomes.settle(row.pk, now):
        row.refresh_from_db()
    expected = None
    if row.status == Status.PENDING and row.job is not None:
        expected = _expected(row.job.company_file_id, now)
    return answers.detail_of(row, history.timeline(row), history.callback_of(row), expected)
