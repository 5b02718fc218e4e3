"""Celery's view of the Web Connector conversation: ids in, one call inward."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from accounts import clock
from qbwc import delivery, session_rows


@shared_task
def deliver_exchange(*, exchange_id: int, **_: Any) -> None:
    delivery.deliver(exchange_id, clock.now())


@shared_task
def deliver_undelivered(**_: Any) -> None:
    """What a crash between an answer and its reading left behind."""
    for exchange_id in delivery.undelivered():
        delivery.deliver(exchange_id, clock.now())


@shared_task
def expire_sessions(**_: Any) -> None:
    """End the sessions whose Web Connector went silent, so that the console tells the truth."""
    session_rows.expire(clock.now())
