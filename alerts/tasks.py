"""Celery's view of the alerts: ids in, one call inward."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from accounts import clock
from alerts import looking


@shared_task
def look_for_alerts(**_: Any) -> None:
    """At every company."""
    looking.look(clock.now())


@shared_task
def look_at_company(*, company_id: int, **_: Any) -> None:
    """After its figures have changed."""
    looking.look(clock.now(), [company_id])
