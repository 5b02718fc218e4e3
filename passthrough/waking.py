"""Wake whoever waits for a transaction, by the same means that wake a held Web Connector."""

from __future__ import annotations

from django.db import transaction as database

from passthrough.models import Transaction
from qbwc import wakeups
from qbwc.wakeups import Wakeable

# wakeups.py names what is waited for by a whole number, so far that of a company file; these are out of its reach.
_FIRST_KEY = 10**15


def register(transaction_pk: int, waiter: Wakeable) -> None:
    """From any thread; what is woken from here on reaches the waiter, until it is forgotten."""
    wakeups.register(_FIRST_KEY + transaction_pk, waiter)


def forget(transaction_pk: int, waiter: Wakeable) -> None:
    """Twice is harmless."""
    wakeups.forget(_FIRST_KEY + transaction_pk, waiter)


def wake(transaction_pk: int, ended: Transaction | None = None) -> None:
    """Its waiters look again, or take the ended row as it was written; from any thread. Never raises."""
    wakeups.wake(_FIRST_KEY + transaction_pk, ended)


def wake_after_commit(ended: Transaction) -> None:
    """`ended` has what was written; nobody changes it any more."""
    database.on_commit(lambda: wake(ended.pk, ended))
