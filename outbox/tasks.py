"""Celery's view of the outbox: ids in, one call inward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task

from accounts import clock
from outbox import sending

# One sweep works for less than the minute until the next one; receivers that hang must not pile sweeps up.
SWEEP_FOR = timedelta(seconds=45)


@shared_task
def send_message(*, message_id: int, **_: Any) -> None:
    sending.send(message_id)


@shared_task
def sweep_outbox(**_: Any) -> None:
    """The ones whose pause is over, what a broker that was down has not passed on, what a dead worker left."""
    start = clock.now()
    sending.settle_lost(start)
    for pk in sending.due(start):
        if clock.now() > start + SWEEP_FOR:
            return
        sending.send(pk)


@shared_task
def forget_old_messages(**_: Any) -> None:
    sending.forget(clock.now())
