"""Celery's view of the connections: one call inward."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from accounts import clock
from qwc import watch


@shared_task
def watch_connections(**_: Any) -> None:
    watch.look(clock.now())
