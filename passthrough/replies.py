"""From a submitted call to its answer: wait without a thread, then say what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from accounts import clock
from passthrough import answers, history, holding, outcomes, rhythm, withdrawal
from passthrough.answers import Answer
from passthrough.contract import ErrorCode
from passthrough.holding import Held, Reason, Run, in_thread, never
from passthrough.models import Transaction
from passthrough.service import Kind, Submitted
from qbwc.models import CompanyFile

Status = Transaction.Status


class HungUp(Exception):
    """The caller has left; what had not left for QuickBooks is withdrawn, and nobody is there to be answered."""


async def reply(
    submitted: Submitted, call: Held, gone: Callable[[], Awaitable[None]] = never, run: Run = in_thread
) -> Answer:
    """The answer to the call, which expects its transaction. HungUp when `gone` returns before there is one; cancelled
    means the same: what has not left is withdrawn."""
    if submitted.kind is Kind.REPLAY:
        return await run(partial(_replay, submitted))
    if submitted.seconds <= 0:
        return await run(partial(_now, submitted))
    call.hold_end, call.company_file_id = submitted.hold_end, submitted.company_file_id
    is_new = submitted.kind is Kind.NEW
    try:
        why = await holding.until_ended(call, submitted.seconds, is_new, gone, run)
        if why is not Reason.HUNG_UP:
            if why is not Reason.ENDED:
                await abandon(submitted, run)  # together with all whose time is over in this moment
            return await _ended(submitted, call.ended, run)
    except asyncio.CancelledError:
        await abandon(submitted, run)
        raise
    await abandon(submitted, run)
    raise HungUp


async def _ended(submitted: Submitted, row: Transaction | None, run: Run) -> Answer:
    """From the row as it was written, if it is at hand and needs nothing else to be said."""
    if row is not None and row.error_code != ErrorCode.SHIM_UNREACHABLE:
        return answers.of_ended(row, clock.now())
    return await run(partial(_at_the_end, submitted))


async def abandon(submitted: Submitted, run: Run = in_thread) -> None:
    """Its caller has hung up."""
    if submitted.hold_end is not None:
        await holding.end_hold(submitted.pk, submitted.hold_end, run)


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
