"""REST of scheduled mail: what is scheduled, what came of it, and sending now."""

from __future__ import annotations

import pytest
from django.core import mail
from pytest_django import Settings

from metrics.models import MailRun
from metrics.tests.callers import by_key, nobody
from metrics.tests.factories import CompanyFactory
from metrics.tests.mail_sample import DUE, Worker, scheduled

pytestmark = pytest.mark.django_db

ADDRESS = "/api/mail-schedules"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    return Worker(monkeypatch)


def test_a_program_reads_schedules_and_sends_now(worker: Worker) -> None:
    schedule = scheduled()
    api = by_key(schedule.company)
    asked = api.send("post", f"{ADDRESS}/{schedule.pk}/send", {})
    assert (api.status, asked) == (202, {"run": MailRun.objects.get().pk})
    worker.works_at(DUE)
    found = api.get(ADDRESS)["schedules"][0]
    assert found["next"] == "Mar 2026 on 20 Apr 2026, 08:00 UTC"
    assert (found["runs"][0]["period"], found["runs"][0]["state"]) == ("2026-02", "sent")
    assert [one["outcome"] for one in found["runs"][0]["letters"]] == ["Sent 20 Mar 2026, 08:00"] * 2
    assert api.send("post", f"{ADDRESS}/{schedule.pk}/send", {"anyway": True}) == {"run": None}
    assert len(mail.outbox) == 2


def test_only_who_may_sends(worker: Worker, settings: Settings) -> None:
    schedule = scheduled()
    for api, status in (
        (by_key(schedule.company, "read"), 403),
        (by_key(CompanyFactory.create()), 404),
        (nobody(), 401),
    ):
        api.send("post", f"{ADDRESS}/{schedule.pk}/send", {})
        assert api.status == status
    settings.MAIL_IS_SET_UP = False
    api = by_key(schedule.company)
    assert api.send("post", f"{ADDRESS}/{schedule.pk}/send", {})["error"]["code"] == "NO_MAIL"
    assert not MailRun.objects.exists()
