"""Celery's view of the synchronous path: ids in, one call inward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings

from accounts import clock
from passthrough import callbacks, history, outcomes, withdrawal

# A holder that lives ends its own hold; this much later nobody will.
GRACE = timedelta(seconds=5)


@shared_task
def settle_left(**_: Any) -> None:
    """What a crash left pending: holds nobody ended, and jobs that ended while nobody looked."""
    now = clock.now()
    for pk in withdrawal.abandoned(now - GRACE):
        withdrawal.end_hold(pk, None, now)
    for pk in withdrawal.ended_unnoticed():
        outcomes.settle(pk, now)


@shared_task
def send_callback(*, callback_pk: int, **_: Any) -> None:
    callbacks.send(callback_pk, clock.now())


@shared_task
def send_due_callbacks(**_: Any) -> None:
    """The ones whose pause is over, and what a broker that was down has not passed on."""
    for pk in callbacks.due(clock.now()):
        callbacks.send(pk, clock.now())


@shared_task
def strip_old(**_: Any) -> None:
    """After the retention time the line stays, without its documents and its key."""
    history.strip(clock.now() - timedelta(days=settings.DATABASE_RETENTION_DAYS))
