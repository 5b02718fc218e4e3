"""Held callers: a call stays open until its transaction has ended, its time is over, or the server ends.

A held call is a coroutine: no thread and no database connection belongs to it while it waits. It is woken by the
answer (waking.py); for wakes that are lost one of the waiters looks for all of them, every few seconds, in one query.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.db import transaction as database
from django.db.models import Q

from accounts import clock
from passthrough import outcomes, waking, withdrawal
from passthrough.models import Transaction
from qbwc import wakeups
from qbwc.models import Job
from qbwc.wakeups import Waiter

RECHECK_SECONDS = 10.0
SPREAD_SECONDS = 2.0  # so that not all of them wake in one moment to find that one has looked already
END_LIMIT_SECONDS = 5.0  # the server's own limit for open requests is ten
_AT_ONCE = 500

logger = logging.getLogger(__name__)

_ENDED_JOBS = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
_NOTHING_TO_WAIT_FOR = (*_ENDED_JOBS, Job.State.OUTCOME_UNKNOWN)  # the last waits for a person


class Reason(Enum):
    """Why a wait is over."""

    ENDED = "ended"
    TIME = "time"
    STOPPING = "stopping"


@dataclass(eq=False)
class Held:
    """One held call. `hold_end` None: the transaction outlives it."""

    pk: int
    hold_end: datetime | None
    company_file_id: int
    waiter: Waiter


class Here:
    """The held calls of one event loop; a server has one."""

    def __init__(self) -> None:
        self.calls: set[Held] = set()
        self.is_ending = False
        self.next_recheck = 0.0

    @contextmanager
    def holding(self, pk: int, hold_end: datetime | None, company_file_id: int) -> Iterator[Held]:
        with waking.waiting(pk) as waiter:
            call = Held(pk, hold_end, company_file_id, waiter)
            self.calls.add(call)
            try:
                yield call
            finally:
                self.calls.discard(call)


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Here] = WeakKeyDictionary()


def _here() -> Here:
    return _loops.setdefault(asyncio.get_running_loop(), Here())


def how_many() -> int:
    """Calls held in this process, on every loop."""
    return sum(len(here.calls) for here in list(_loops.values()))


async def until_ended(pk: int, seconds: float, hold_end: datetime | None, company_file_id: int) -> Reason:
    """Wait for the transaction's end, `seconds` at most. Withdraws nothing: that is for whoever knows why it waited."""
    here = _here()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with here.holding(pk, hold_end, company_file_id) as call:
        while not here.is_ending:
            again_in = await _look(pk)
            if again_in is None:
                return Reason.ENDED
            if loop.time() >= deadline:
                return Reason.TIME
            await _wait(here, call, deadline, again_in)
    return Reason.STOPPING


async def _look(pk: int) -> float | None:
    """Seconds until its next attempt, 0 without one to come; None when it has ended, or only a person can end it."""
    try:
        return await sync_to_async(_look_in_thread)(pk)
    except DatabaseError:
        logger.exception("a held call could not look at its transaction; it looks again in a few seconds")
        return 0.0


def _look_in_thread(pk: int) -> float | None:
    row = Transaction.objects.filter(pk=pk).values_list("status", "job__state", "job__available_at").first()
    if row is None or row[0] != Transaction.Status.PENDING:
        return None
    now = clock.now()
    if row[1] == Job.State.OUTCOME_UNKNOWN:
        return None
    if row[1] is None or row[1] in _ENDED_JOBS:
        outcomes.settle(pk, now)
        return None if not Transaction.objects.filter(pk=pk, status=Transaction.Status.PENDING).exists() else 0.0
    if row[1] != Job.State.QUEUED or row[2] is None:
        return 0.0
    return max(0.0, (row[2] - now).total_seconds())


async def _wait(here: Here, call: Held, deadline: float, again_in: float) -> None:
    """Until woken, until the deadline, until the next attempt is due, or until it is time to look for everybody."""
    now = asyncio.get_running_loop().time()
    spread = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 - spreads load, guards nothing
    until = min(deadline, max(now, here.next_recheck) + spread)
    is_attempt = 0 < again_in < until - now
    if await call.waiter.wait(again_in if is_attempt else max(0.0, until - now)):
        return
    if is_attempt:
        # No database, so not one of the few threads that have one.
        await sync_to_async(wakeups.wake, thread_sensitive=False)(call.company_file_id)
        await call.waiter.wait(max(0.0, until - asyncio.get_running_loop().time()))
    await _recheck(here)


async def _recheck(here: Here) -> None:
    now = asyncio.get_running_loop().time()
    if now < here.next_recheck or here.is_ending:
        return
    here.next_recheck = now + RECHECK_SECONDS
    try:
        ended = await sync_to_async(_ended_among)([call.pk for call in here.calls])
    except DatabaseError:
        logger.exception("the transactions of held calls could not be looked at; they are looked at again")
        return
    for call in list(here.calls):
        if call.pk in ended:
            call.waiter.wake()


def _ended_among(pks: Sequence[int]) -> set[int]:
    over = ~Q(status=Transaction.Status.PENDING) | Q(job__isnull=True) | Q(job__state__in=_NOTHING_TO_WAIT_FOR)
    ended: set[int] = set()
    for first in range(0, len(pks), _AT_ONCE):
        rows = Transaction.objects.filter(over, pk__in=pks[first : first + _AT_ONCE])
        ended.update(rows.values_list("pk", flat=True))
    return ended


async def end_all() -> None:
    """The server is stopping: withdraw what has not left, in few commits, and let every held caller answer."""
    here = _here()
    here.is_ending = True
    held = [(call.pk, call.hold_end) for call in here.calls if call.hold_end is not None]
    if here.calls:
        logger.info("%d held callers are answered because the server ends.", len(here.calls))
    try:
        async with asyncio.timeout(END_LIMIT_SECONDS):
            await sync_to_async(_end_holds)(held)
    except (DatabaseError, TimeoutError):  # the sweep of the next start ends them
        logger.exception("the holds of waiting callers could not be ended")
    for call in list(here.calls):
        call.waiter.wake()


def _end_holds(held: Sequence[tuple[int, datetime | None]]) -> None:
    now = clock.now()
    for first in range(0, len(held), _AT_ONCE):
        with database.atomic():
            for pk, hold_end in sorted(held[first : first + _AT_ONCE], key=lambda each: each[0]):
                withdrawal.end_hold(pk, hold_end, now)
