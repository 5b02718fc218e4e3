"""Wake whoever waits for a transaction, by the same means that wake a held Web Connector."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db import transaction as database

from qbwc import wakeups
from qbwc.wakeups import Waiter

# wakeups.py names what is waited for by a whole number, so far that of a company file; these are out of its reach.
_FIRST_KEY = 10**15


def waiting(transaction_pk: int) -> AbstractContextManager[Waiter]:
    """Register on the running loop; look at the transaction inside, then wait."""
    return wakeups.waiting(_FIRST_KEY + transaction_pk)


def wake(transaction_pk: int) -> None:
    """Its waiters look again; from any thread. Never raises."""
    wakeups.wake(_FIRST_KEY + transaction_pk)


def wake_after_commit(transaction_pk: int) -> None:
    database.on_commit(lambda: wake(transaction_pk))
