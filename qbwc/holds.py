"""Held calls: a sendRequestXML stays open until there is work, its time is over, or the server ends.

A held call is a coroutine: no thread and no database connection belongs to it while it waits. Wakes come from
wakeups.py; for those that are lost (Redis down, a job from another process, a back-off that is over) one of the
waiters looks for all of them, every few seconds, in one query.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import DatabaseError

from accounts import clock
from qbwc import live, wakeups
from qbwc.schedule import Hold
from qbwc.wakeups import Waiter

RECHECK_SECONDS = 5.0
SPREAD_SECONDS = 1.0  # so that not all of them wake in one moment to find that one has looked already
ROUNDING_SECONDS = 0.005  # a hold of 20 s is not asked after at 19.999999
END_LIMIT_SECONDS = 0.8  # when the database does not answer by then, the calls are answered without it

logger = logging.getLogger(__name__)

Look: TypeAlias = Callable[[float], Awaitable[bytes | Hold]]
"""Ask again for a call that has been held for so many seconds; its reply, or Hold."""


class Held:
    """One held call."""

    def __init__(self, ticket: str, waiter: Waiter) -> None:
        self.ticket, self.waiter = ticket, waiter
        self.is_looking = False


class Here:
    """The held calls of one event loop; a server has one."""

    def __init__(self) -> None:
        self.calls: set[Held] = set()
        self.is_ending = False
        self.next_recheck = asyncio.get_running_loop().time() + RECHECK_SECONDS

    @contextmanager
    def holding(self, ticket: str, company_file_id: int) -> Iterator[Held]:
        with wakeups.waiting(company_file_id) as waiter:
            call = Held(ticket, waiter)
            self.calls.add(call)
            try:
                yield call
            finally:
                self.calls.discard(call)


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Here] = WeakKeyDictionary()


def _here() -> Here:
    loop = asyncio.get_running_loop()
    if loop not in _loops:
        _loops[loop] = Here()
    return _loops[loop]


async def until_answered(ticket: str, first: Hold, look: Look) -> bytes | None:
    """The reply of a call that was told to Hold; None when the server ends (its session then says so)."""
    here = _here()
    if here.is_ending:
        await _end([ticket])
        return None
    with here.holding(ticket, first.company_file_id) as call:
        try:
            return await _hold(here, call, first.seconds, look)
        except asyncio.CancelledError:  # the client has hung up
            await sync_to_async(live.hung_up)(ticket, clock.now(), while_looking=call.is_looking)
            raise


async def _hold(here: Here, call: Held, seconds: float, look: Look) -> bytes | None:
    loop = asyncio.get_running_loop()
    begun, deadline = loop.time(), loop.time() + seconds + ROUNDING_SECONDS
    has_news = await _has_news(call.waiter.company_file_id)
    while not here.is_ending:
        if has_news or loop.time() >= deadline:
            call.is_looking = True
            result = await look(loop.time() - begun)
            call.is_looking = False
            if not isinstance(result, Hold):
                return result
            deadline = loop.time() + result.seconds + ROUNDING_SECONDS
        has_news = await _wait(here, call.waiter, deadline)
    return None


async def _wait(here: Here, waiter: Waiter, deadline: float) -> bool:
    """Whether the waiter was woken; False at the deadline, and now and then before it."""
    now = asyncio.get_running_loop().time()
    spread = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 - spreads load, guards nothing
    patience = min(deadline, max(now, here.next_recheck) + spread) - now
    if await waiter.wait(max(0.0, patience)):
        return True
    await _recheck(here)
    return False


async def _recheck(here: Here) -> None:
    """Look for every held call of this loop, unless one of them has just done so, and wake those with news."""
    now = asyncio.get_running_loop().time()
    if now < here.next_recheck or here.is_ending:
        return
    here.next_recheck = now + RECHECK_SECONDS
    with_news = await _files_with_news({call.waiter.company_file_id for call in here.calls})
    for call in here.calls:
        if call.waiter.company_file_id in with_news:
            call.waiter.wake()


async def _has_news(company_file_id: int) -> bool:
    try:
        return await sync_to_async(live.has_news)(company_file_id, clock.now())
    except DatabaseError:
        logger.exception("the queue could not be looked at for a held call; it looks again in a few seconds")
        return False


async def _files_with_news(company_file_ids: set[int]) -> set[int]:
    try:
        return await sync_to_async(live.files_with_news)(company_file_ids, clock.now())
    except DatabaseError:
        logger.exception("the queue could not be looked at for held calls; they look again in a few seconds")
        return set()


async def end_all() -> None:
    """End every held call of the running loop with a reason, and hold none from now on: the server is stopping."""
    here = _here()
    here.is_ending = True
    if here.calls:
        logger.info("%d held calls are answered because the server ends.", len(here.calls))
        await _end([call.ticket for call in here.calls])
    for call in here.calls:
        call.waiter.wake()


async def _end(tickets: list[str]) -> None:
    try:
        async with asyncio.timeout(END_LIMIT_SECONDS):
            await sync_to_async(live.end_for_restart)(tickets, clock.now())
    except (DatabaseError, TimeoutError):  # they are answered all the same
        logger.exception("the reason for their end could not be kept for held sessions")
