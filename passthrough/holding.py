"""Held callers: a call stays open until its transaction has ended, its time is over, or the server ends.

A held call is a coroutine: no thread and no database connection belongs to it while it waits, and next to no memory.
It is woken by the answer itself (waking.py); for wakes that are lost one of the waiters looks for all of them, every
few seconds, in one query.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.db.models import Q

from accounts import clock
from passthrough import outcomes, waking, withdrawal
from passthrough.models import Transaction
from qbwc import wakeups
from qbwc.models import Job

RECHECK_SECONDS = 10.0
SPREAD_SECONDS = 2.0  # so that not all of them wake in one moment to find that one has looked already
END_LIMIT_SECONDS = 5.0  # the server's own limit for open requests is ten
_LOOKED_AT_ONCE = 500
# Fewer, because they are changes: with SQLite the one thread has others to serve between two groups.
_WITHDRAWN_AT_ONCE = 100

logger = logging.getLogger(__name__)

T = TypeVar("T")

_ENDED_JOBS = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
_NOTHING_TO_WAIT_FOR = (*_ENDED_JOBS, Job.State.OUTCOME_UNKNOWN)  # the last waits for a person


class Reason(Enum):
    """Why a wait is over."""

    ENDED = "ended"
    TIME = "time"
    STOPPING = "stopping"
    HUNG_UP = "hung up"


class Run(Protocol):
    """Runs a function without arguments in a thread that may use the database."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


async def in_thread(work: Callable[[], T]) -> T:
    """Run it in the thread that the request's handler lends."""
    return await sync_to_async(work)()


async def never() -> None:
    """For calls whose handler cancels them when their caller hangs up."""
    await asyncio.get_running_loop().create_future()


class Held:
    """One held call, made on its loop. `hold_end` None: the transaction outlives it. `ended`: the row as it ended."""

    __slots__ = ("_is_woken", "_limit", "_loop", "company_file_id", "ended", "hold_end", "pk")

    def __init__(self) -> None:
        self.pk, self.company_file_id = 0, 0
        self.hold_end: datetime | None = None
        self.ended: Transaction | None = None
        self._loop = asyncio.get_running_loop()
        self._limit: asyncio.Timeout | None = None
        self._is_woken = False

    def expect(self, pk: int) -> None:
        """Hear of this transaction from now on. From any thread, and before the commit that lets others answer it:
        then nothing can be missed."""
        self.forget()
        self.pk = pk
        waking.register(pk, self)

    def forget(self) -> None:
        waking.forget(self.pk, self)

    def wake(self, news: object) -> None:
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._wake, news)
        except RuntimeError:
            return  # its loop has ended, and the wait with it

    def _wake(self, news: object) -> None:
        if isinstance(news, Transaction):
            self.ended = news
        self._is_woken = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)

    async def wait(self, until: float, gone: Callable[[], Awaitable[None]]) -> Reason | None:
        """Until woken (None; at once if that was since the last wait), or TIME at the loop's `until`, or HUNG_UP."""
        if not self._is_woken:
            try:
                async with asyncio.timeout_at(until) as self._limit:
                    await gone()
                    return Reason.HUNG_UP
            except TimeoutError:
                pass
            finally:
                self._limit = None
        is_woken, self._is_woken = self._is_woken, False
        return None if is_woken else Reason.TIME


class Here:
    """The held calls of one event loop; a server has one."""

    def __init__(self) -> None:
        self.calls: set[Held] = set()
        self.is_ending = False
        self.next_recheck = 0.0
        self.leaving: dict[int, datetime | None] = {}
        self.withdrawing: asyncio.Task[None] | None = None

    @contextmanager
    def holding(self, call: Held) -> Iterator[None]:
        wakeups.listen_here()
        self.calls.add(call)
        try:
            yield
        finally:
            self.calls.discard(call)


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Here] = WeakKeyDictionary()


def _here() -> Here:
    return _loops.setdefault(asyncio.get_running_loop(), Here())


def how_many() -> int:
    """Calls held in this process, on every loop."""
    return sum(len(here.calls) for here in list(_loops.values()))


async def until_ended(
    call: Held, seconds: float, is_new: bool, gone: Callable[[], Awaitable[None]] = never, run: Run = in_thread
) -> Reason:
    """Wait for the expected transaction's end, `seconds` at most. Withdraws nothing: that is for whoever knows why it
    waited. `is_new`: it was queued a moment ago and expected before that, so that nothing can have happened unheard.
    """
    here, loop = _here(), asyncio.get_running_loop()
    deadline = loop.time() + seconds
    has_news, again_in = not is_new, 0.0
    with here.holding(call):
        while not here.is_ending:
            found = await _look(call.pk, run) if has_news and call.ended is None else again_in
            if call.ended is not None or found is None:
                return Reason.ENDED
            if loop.time() >= deadline:
                return Reason.TIME
            why = await _wait(here, call, deadline, found, gone, run)
            if why is Reason.HUNG_UP:
                return why
            has_news, again_in = why is None or found > 0, 0.0
    return Reason.STOPPING


async def _look(pk: int, run: Run) -> float | None:
    """Seconds until its next attempt, 0 without one to come; None when it has ended, or only a person can end it."""
    try:
        return await run(partial(_look_in_thread, pk))
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


async def _wait(
    here: Here, call: Held, deadline: float, again_in: float, gone: Callable[[], Awaitable[None]], run: Run
) -> Reason | None:
    """Until woken, until the deadline, until the next attempt is due, or until it is time to look for everybody."""
    now = asyncio.get_running_loop().time()
    spread = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 - spreads load, guards nothing
    until = min(deadline, max(now, here.next_recheck) + spread)
    is_attempt = 0 < again_in < until - now
    why = await call.wait(now + again_in if is_attempt else until, gone)
    if why is Reason.TIME and is_attempt:
        # No database, so not one of the few threads that have one.
        await sync_to_async(wakeups.wake, thread_sensitive=False)(call.company_file_id)
        why = await call.wait(until, gone)
    if why is Reason.TIME:
        await _recheck(here, run)
    return why


async def _recheck(here: Here, run: Run) -> None:
    now = asyncio.get_running_loop().time()
    if now < here.next_recheck or here.is_ending:
        return
    here.next_recheck = now + RECHECK_SECONDS
    try:
        ended = await run(partial(_ended_among, [call.pk for call in here.calls]))
    except DatabaseError:
        logger.exception("the transactions of held calls could not be looked at; they are looked at again")
        return
    for call in list(here.calls):
        if call.pk in ended:
            call.wake(None)


def _ended_among(pks: Sequence[int]) -> set[int]:
    over = ~Q(status=Transaction.Status.PENDING) | Q(job__isnull=True) | Q(job__state__in=_NOTHING_TO_WAIT_FOR)
    ended: set[int] = set()
    for first in range(0, len(pks), _LOOKED_AT_ONCE):
        rows = Transaction.objects.filter(over, pk__in=pks[first : first + _LOOKED_AT_ONCE])
        ended.update(rows.values_list("pk", flat=True))
    return ended


async def end_hold(pk: int, hold_end: datetime | None, run: Run = in_thread) -> None:
    """The caller has hung up. Those that come while others are being withdrawn go together, in the next commit."""
    here = _here()
    here.leaving[pk] = hold_end
    if here.withdrawing is None:
        here.withdrawing = asyncio.create_task(_withdraw(here, run))
    await asyncio.shield(here.withdrawing)


async def _withdraw(here: Here, run: Run) -> None:
    while here.leaving:
        group = [(pk, here.leaving.pop(pk)) for pk in list(here.leaving)[:_WITHDRAWN_AT_ONCE]]
        try:
            await run(partial(_end_group, group))
        except Exception:  # the sweep ends them; the next group must not wait for it
            logger.exception("the holds of callers that hung up could not be ended")
    here.withdrawing = None


def _end_group(held: Sequence[tuple[int, datetime | None]]) -> None:
    withdrawal.end_holds(held, clock.now())


async def end_all() -> None:
    """The server is stopping: withdraw what has not left, in few commits, and let every held caller answer."""
    here = _here()
    here.is_ending = True
    held = [(call.pk, call.hold_end) for call in here.calls if call.hold_end is not None]
    if here.calls:
        logger.info("%d held callers are answered because the server ends.", len(here.calls))
    try:
        async with asyncio.timeout(END_LIMIT_SECONDS):
            await sync_to_async(_end_groups)(held)
    except (DatabaseError, TimeoutError):  # the sweep of the next start ends them
        logger.exception("the holds of waiting callers could not be ended")
    for call in list(here.calls):
        call.wake(None)


def _end_groups(held: Sequence[tuple[int, datetime | None]]) -> None:
    for first in range(0, len(held), _WITHDRAWN_AT_ONCE):
        _end_group(sorted(held[first : first + _WITHDRAWN_AT_ONCE], key=lambda each: each[0]))
