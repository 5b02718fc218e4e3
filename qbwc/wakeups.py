"""Wake whoever waits for a job of a company file: in this process at once, in others through Redis.

A waiter registers, looks in the database, then waits, so that a wake between looking and waiting is never lost. A
wake only says "look again": one that comes too often costs a look, one that is lost costs time, never a job.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

_TOKEN = secrets.token_hex(8)  # with the process id: a fork has the same token, two containers the same id


class Wakeable(Protocol):
    """Whoever can be registered here."""

    def wake(self, news: object) -> None:
        """From any thread. `news`: what there is to see, when it is at hand; None: look in the database."""


class Waiter:
    """Somebody on an event loop who waits for one company file."""

    def __init__(self, company_file_id: int) -> None:
        self.company_file_id = company_file_id
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()

    def wake(self, news: object = None) -> None:
        """From any thread; it looks in the database whatever the news are."""
        try:
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:
            return  # its loop has ended, and the wait with it

    async def wait(self, seconds: float) -> bool:
        """Whether it was woken, at once if that was since the last wait; False when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True


_lock = threading.Lock()
_waiters: dict[int, set[Wakeable]] = {}  # company file → who waits for it, on any loop
_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


@contextmanager
def waiting(company_file_id: int) -> Iterator[Waiter]:
    """Register on the running loop; what is woken from here on reaches the waiter. Look in the database inside."""
    waiter = Waiter(company_file_id)
    register(company_file_id, waiter)
    listen_here()
    try:
        yield waiter
    finally:
        forget(company_file_id, waiter)


def register(key: int, waiter: Wakeable) -> None:
    """What is woken from here on reaches the waiter, until `forget`. From any thread; its loop must `listen_here`."""
    with _lock:
        _waiters.setdefault(key, set()).add(waiter)


def forget(key: int, waiter: Wakeable) -> None:
    """Twice is harmless."""
    with _lock:
        group = _waiters.get(key, set())
        group.discard(waiter)
        if not group:
            _waiters.pop(key, None)


def how_many_wait() -> int:
    """The waiters of this process."""
    with _lock:
        return sum(len(group) for group in _waiters.values())


def wake(company_file_id: int, news: object = None) -> None:
    """Tell everybody who waits for this company file to look again; from any thread, after the commit. Never raises.

    `news` spares those of this process the look.
    """
    _wake_here(company_file_id, news)
    if settings.REDIS_URL:
        from qbwc.redis_channel import publisher  # redis-py is not loaded where it is not used

        publisher(settings.REDIS_URL).publish(f"{_process()} {company_file_id}")


def _wake_here(company_file_id: int, news: object = None) -> None:
    with _lock:
        group = list(_waiters.get(company_file_id, ()))
    _wake_each(group, news)


def _wake_everybody() -> None:
    with _lock:
        everybody = [waiter for group in _waiters.values() for waiter in group]
    _wake_each(everybody)


def _wake_each(waiters: Iterable[Wakeable], news: object = None) -> None:
    for waiter in waiters:
        waiter.wake(news)


def _process() -> str:
    return f"{os.getpid()}.{_TOKEN}"


def listen_here() -> None:
    """One subscriber for the running loop, begun with its first waiter; a server has one loop. Without Redis: none."""
    if not settings.REDIS_URL:
        return
    loop = asyncio.get_running_loop()
    listener = _listeners.get(loop)
    if listener is None or listener.done():
        from qbwc.redis_channel import listen

        # In a context of its own: the request that comes first must not lend it its threads.
        hearing = listen(settings.REDIS_URL, partial(_heard, _process()), _wake_everybody)
        _listeners[loop] = loop.create_task(hearing, context=contextvars.Context())


def _heard(own: str, text: str) -> None:
    sender, _, company_file_id = text.partition(" ")
    if sender != own and company_file_id.isascii() and company_file_id.isdigit():
        _wake_here(int(company_file_id))
