"""Celery's view of the figures: ids in, one call inward."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from accounts import clock
from metrics import background
from metrics.scheduled_mail import runs as mail_runs


@shared_task
def run_background_work(*, work_id: int, **_: Any) -> None:
    background.run(work_id)


@shared_task
def sweep_background_work(**_: Any) -> None:
    """What a dead worker left, and what a broker that was away has not passed on."""
    background.sweep(clock.now())


@shared_task
def send_scheduled_mail(**_: Any) -> None:
    """What is due, and what was due while the server was off."""
    mail_runs.sweep(clock.now())
