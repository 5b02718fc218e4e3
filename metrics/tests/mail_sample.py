"""A company whose February is mailed on 20 March at eight, and a worker who does whatever is to be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import clock
from accounts.models import Company
from metrics import background
from metrics.models import BackgroundWork, MailRun, MailSchedule
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.schedules import Wanted, create_schedule
from metrics.tests.factories import NOW
from metrics.tests.reviewed_company import reviewed_company
from outbox import sending
from outbox.models import Message

MADE = NOW
DUE = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
MONTHLY = Wanted(
    every="month",
    sends="link",
    basis="accrual",
    days_after=20,
    hour=8,
    time_zone="UTC",
    recipients=("ana@example.com", "ben@example.com"),
    watchers=("owner@example.com",),
    message="Good morning,\nthis is your review.",
)


class Worker:
    """Moves the clock and does what a worker does at that moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = MADE
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def works_at(self, now: datetime) -> None:
        """The sweep of scheduled mail, the background work it orders, and the outbox."""
        self.now = now
        mail_runs.sweep(now)
        self.works()

    def works(self) -> None:
        for work in BackgroundWork.objects.filter(state="queued"):
            background.run(work.pk)
        for pk in sending.due(self.now):
            sending.send(pk)

    def waits(self, **by: float) -> None:
        self.works_at(self.now + timedelta(**by))


def scheduled(company: Company | None = None, **changes: Any) -> MailSchedule:
    """Made on 15 March 2026 at noon."""
    wanted = Wanted(**(vars(MONTHLY) | changes))
    return create_schedule(company or reviewed_company(), wanted, actor="dana", now=MADE)


def the_run(schedule: MailSchedule) -> MailRun:
    return MailRun.objects.get(schedule=schedule, is_test=False)


def states() -> dict[str, str]:
    """Each recipient's message."""
    return dict(Message.objects.values_list("recipient", "state"))
