"""Between handing over and sending much may change: who is on the schedule, whether it runs, the fiscal year."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from metrics import background
from metrics.ingest import read_profit_and_loss
from metrics.models import BackgroundWork, MailRun, MailSchedule
from metrics.reporting.settings import save_reporting
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.page import next_words, schedule_lines
from metrics.scheduled_mail.runs import Paused, send_now, send_test
from metrics.scheduled_mail.schedules import change_schedule, switch, wanted_of
from metrics.tests import callers
from metrics.tests.deliveries import delivered
from metrics.tests.mail_sample import DUE, MADE, Worker, scheduled, states, the_run
from metrics.tests.qbxml_texts import profit_and_loss, profit_and_loss_request
from outbox.models import Message

pytestmark = pytest.mark.django_db

BOTH = ["ana@example.com", "ben@example.com"]
LATER = timedelta(minutes=30)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    settings.PUBLIC_URL = "https://books.example.com"
    return Worker(monkeypatch)


def handed_over(worker: Worker, **changes: Any) -> MailSchedule:
    """Due and handed over, and the mail server has taken nothing yet."""
    schedule = scheduled(**changes)
    worker.now = DUE
    mail_runs.sweep(DUE)
    for work in BackgroundWork.objects.filter(state="queued"):
        background.run(work.pk)
    assert set(states()) == set(BOTH)
    assert mail.outbox == []
    return schedule


def with_recipients(schedule: MailSchedule, *addresses: str, now: datetime = DUE) -> MailSchedule:
    wanted = type(wanted_of(schedule))(**(vars(wanted_of(schedule)) | {"recipients": addresses}))
    return change_schedule(schedule, wanted, actor="dana", now=now)


def sent_to() -> list[str]:
    return [letter.to[0] for letter in mail.outbox]


@pytest.mark.parametrize("sends", ["link", "pack"])
def test_a_letter_that_waits_is_not_sent_to_whoever_was_taken_off_the_schedule(worker: Worker, sends: str) -> None:
    schedule = handed_over(worker, sends=sends)
    with_recipients(schedule, "ben@example.com")
    worker.works()
    assert sent_to() == ["ben@example.com"]
    letters = schedule_lines(schedule.company, DUE)[0].runs[0].letters
    assert (letters[0].words, letters[0].detail) == (
        "Waiting",
        "The address is not on the schedule any more: nothing is sent to it unless it is put back.",
    )


def test_whoever_is_put_back_gets_the_letter_once(worker: Worker) -> None:
    schedule = handed_over(worker)
    schedule = with_recipients(schedule, "ben@example.com")
    worker.works()
    with_recipients(schedule, "Ana@Example.com", "ben@example.com")
    worker.waits(minutes=30)
    worker.waits(minutes=30)
    assert sorted(sent_to()) == sorted(BOTH)


def test_a_letter_withheld_until_its_period_is_old_is_dropped(worker: Worker) -> None:
    schedule = handed_over(worker)
    with_recipients(schedule, "ben@example.com")
    worker.works()
    worker.works_at(datetime(2026, 4, 1, 1, tzinfo=UTC))
    assert states()["ana@example.com"] == "dropped"
    assert sent_to() == ["ben@example.com"]


def test_what_still_waits_is_held_back_while_the_schedule_is_paused(worker: Worker) -> None:
    schedule = handed_over(worker)
    switch(schedule, False, actor="dana", now=DUE)
    worker.works()
    worker.waits(hours=5)
    assert (mail.outbox, set(states().values())) == ([], {"due"})
    assert "paused" in Message.objects.all()[0].last_error
    switch(schedule, True, actor="dana", now=worker.now)
    worker.waits(minutes=30)
    assert sorted(sent_to()) == BOTH


def test_a_paused_schedule_is_not_sent_by_hand_either_and_says_why(worker: Worker) -> None:
    schedule = scheduled()
    switch(schedule, False, actor="dana", now=MADE)
    schedule.refresh_from_db()
    with pytest.raises(Paused, match="Choose “Go on” first"):
        send_now(schedule, actor="dana", now=DUE)
    dana = callers.client_of(schedule.company, role="administrator")
    page = dana.post(f"/companies/{schedule.company.slug}/mail/{schedule.pk}/send/", follow=True)
    assert "Choose “Go on” first" in page.content.decode()
    assert not MailRun.objects.exists()


def test_a_test_is_sent_from_a_paused_schedule(worker: Worker) -> None:
    schedule = scheduled()
    switch(schedule, False, actor="dana", now=MADE)
    schedule.refresh_from_db()
    send_test(schedule, "dana@example.com", actor="dana", now=DUE)
    worker.works_at(DUE)
    assert sent_to() == ["dana@example.com"]


def test_a_watcher_who_was_taken_off_is_told_nothing(worker: Worker) -> None:
    schedule = handed_over(worker)
    MailRun.objects.update(state="not_ready", reasons=[{"message": "Untied."}])
    mail_runs._owe(the_run(schedule), "owner@example.com", "not_ready", DUE)
    MailSchedule.objects.update(watchers=[])
    worker.works()
    assert states()["owner@example.com"] == "dropped"


def test_the_letter_says_to_the_minute_how_long_its_link_is_good(worker: Worker) -> None:
    handed_over(worker, time_zone="America/Denver", hour=2)
    worker.works()
    assert "without signing in, until 19 Apr 2026, 02:00 America/Denver:" in str(mail.outbox[0].body)
    address = re.search(r"https://books\.example\.com(/shared/[\w-]+/)", str(mail.outbox[0].body))
    assert address is not None
    assert "open until 19 Apr 2026, 08:00 UTC" in Client().get(address[1]).content.decode()


def test_months_that_were_mailed_are_not_mailed_again_when_the_fiscal_year_gets_another_name_for_them(
    worker: Worker,
) -> None:
    """Q1 2026 becomes Q3 FY2026 as soon as QuickBooks tells, or a person chooses, another first month."""
    schedule = scheduled(every="quarter", days_after=10, sends_unready=True)
    worker.works_at(datetime(2026, 4, 10, 8, tzinfo=UTC))
    assert sorted(sent_to()) == BOTH
    save_reporting(schedule.company, {"fiscal_year_first_month": 7}, actor="dana", now=worker.now)
    worker.waits(days=1)
    assert len(mail.outbox) == 2
    assert send_now(MailSchedule.objects.get(), actor="dana", now=worker.now) is None
    assert next_words(MailSchedule.objects.get(), worker.now).startswith("Q4 FY2026 on 10 Jul 2026")


def test_a_period_is_mailed_though_others_months_had_its_name_before(worker: Worker) -> None:
    """Begun in July, Q1 FY2026 is July to September 2025; in the calendar's year 2026-Q1 is January to March."""
    schedule = scheduled(every="quarter", days_after=10, sends_unready=True)
    save_reporting(schedule.company, {"fiscal_year_first_month": 7}, actor="dana", now=MADE)
    worker.works_at(datetime(2026, 4, 10, 8, tzinfo=UTC))
    assert MailRun.objects.get().period_text == "2026-Q3"
    assert len(mail.outbox) == 2
    save_reporting(schedule.company, {"fiscal_year_first_month": 1}, actor="dana", now=worker.now)
    worker.now = datetime(2026, 10, 10, 8, tzinfo=UTC)
    text = profit_and_loss({"Services": ["10.00", "20.00", "30.00"]}, {}, titles=("Jul 26", "Aug 26", "Sep 26"))
    request = profit_and_loss_request("2026-07-01", "2026-09-30")
    read_profit_and_loss(delivered(schedule.company, "profit_loss", text, request=request, now=worker.now))
    worker.works_at(worker.now)
    assert set(MailRun.objects.values_list("period_text", flat=True)) == {"2026-Q3", "2026-Q3 to 2026-03"}
    assert sorted(sent_to()) == sorted(BOTH * 2)
    assert "60.00" in str(mail.outbox[-1].body)


def test_who_watches_is_told_when_a_period_could_not_be_mailed_at_all(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("x")

    monkeypatch.setattr(mail_runs, "make_files", broken)
    scheduled(sends="pack")
    worker.works_at(DUE)
    for hours in (1, 2, 7, 1):
        worker.waits(hours=hours)
    assert MailRun.objects.get().state == "failed"
    assert sent_to() == ["owner@example.com"]
    assert mail.outbox[0].subject.endswith("QBR for Feb 2026 could not be sent")
    assert "Something went wrong on the server" in str(mail.outbox[0].body)
    assert "“Send now”" in str(mail.outbox[0].body)
