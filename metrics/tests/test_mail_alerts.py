"""Scheduled mail that did not arrive, or could not be made, is an alert: once, with its remedy, until it is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from alerts.looking import look
from alerts.models import Alert
from metrics import background
from metrics.models import BackgroundWork, MailLetter, MailRun, MailSchedule
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.alert_source import RECENT, UNSENT
from metrics.scheduled_mail.runs import send_now
from metrics.snapshots import shared_views
from metrics.tests.mail_sample import DUE, Worker, scheduled, the_run
from outbox import sending
from outbox.models import Message, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    settings.PUBLIC_URL = "https://books.example.com"
    shared_views.buckets.forget()
    return Worker(monkeypatch)


@pytest.fixture
def schedule(worker: Worker) -> MailSchedule:
    return scheduled()


def the_alert(worker: Worker, **forward: float) -> Alert | None:
    worker.now += timedelta(**forward)
    look(worker.now)
    return Alert.objects.filter(kind=UNSENT).first()


def became(address: str, state: str, words: str = "The mail server answered 550: no such user.") -> None:
    Message.objects.filter(recipient=address).update(state=state, last_error="" if state == State.SENT else words)


def test_a_letter_that_was_refused_is_told_with_its_remedy_and_ends_when_it_was_sent(
    worker: Worker, schedule: MailSchedule
) -> None:
    worker.works_at(DUE)
    assert the_alert(worker) is None
    became("ana@example.com", State.FAILED)
    alert = the_alert(worker, minutes=5)
    assert alert is not None
    assert alert.words == "The mail of Feb 2026 did not reach ana@example.com."
    assert "550" in alert.why
    assert "“Send again”" in alert.remedy
    assert alert.link == f"/companies/{schedule.company.slug}/mail/"
    became("ana@example.com", State.SENT)
    alert = the_alert(worker, minutes=5)
    assert alert is not None
    assert alert.state == "ended"


def test_each_further_letter_is_another_thing_and_one_less_is_not(worker: Worker, schedule: MailSchedule) -> None:
    worker.works_at(DUE)
    became("ana@example.com", State.UNKNOWN, sending.LOST)
    alert = the_alert(worker)
    assert alert is not None
    assert alert.words.startswith("Nobody knows whether")
    became("ben@example.com", State.FAILED)
    alert = the_alert(worker, minutes=5)
    assert alert is not None
    assert (alert.size, alert.change) == (2, "It was 1 letter, it is 2 letters now.")
    told = alert.told_at
    became("ana@example.com", State.SENT)
    alert = the_alert(worker, minutes=5)
    assert alert is not None
    assert (alert.to_tell, alert.told_at, alert.state) == (False, told, "open")


def test_who_was_taken_off_the_schedule_and_what_is_long_past_is_no_concern(
    worker: Worker, schedule: MailSchedule
) -> None:
    worker.works_at(DUE)
    became("ana@example.com", State.FAILED)
    MailSchedule.objects.update(recipients=["ben@example.com"])
    assert the_alert(worker) is None
    MailSchedule.objects.update(recipients=["ANA@example.com"])
    assert the_alert(worker) is not None
    alert = the_alert(worker, seconds=RECENT.total_seconds() + 60)
    assert alert is not None
    assert alert.state == "ended"


def test_a_test_letter_that_fails_is_told_to_whoever_sent_it_alone(worker: Worker, schedule: MailSchedule) -> None:
    worker.now = DUE
    mail_runs.send_test(schedule, "dana@example.com", actor="dana", now=DUE)
    worker.works()
    became("dana@example.com", State.FAILED)
    assert the_alert(worker) is None


def its_worker_dies(worker: Worker) -> None:
    """Again and again, until the sweep gives it up."""
    work = BackgroundWork.objects.filter(state="queued").get()
    BackgroundWork.objects.filter(pk=work.pk).update(state="running", started_at=worker.now)
    worker.now += background.PATIENCE + background.SILENT
    background.sweep(worker.now)
    work.refresh_from_db()
    assert (work.state, work.message) == ("failed", background.DIED)


def test_a_period_that_kills_its_worker_twice_is_given_up_and_its_watchers_and_the_alerts_say_so(
    worker: Worker, schedule: MailSchedule
) -> None:
    worker.now = DUE
    mail_runs.sweep(DUE)
    its_worker_dies(worker)
    mail_runs.sweep(worker.now)
    run = the_run(schedule)
    assert (run.state, run.attempts) == (MailRun.State.TRYING, 1)
    assert the_alert(worker) is None, "it is tried once more"
    worker.now += timedelta(hours=1)
    mail_runs.sweep(worker.now)
    its_worker_dies(worker)
    mail_runs.sweep(worker.now)
    assert the_run(schedule).state == MailRun.State.FAILED
    worker.works()
    assert list(MailLetter.objects.values_list("address", "about")) == [("owner@example.com", "failed")]
    assert Message.objects.get().state == State.SENT
    alert = the_alert(worker)
    assert alert is not None
    assert alert.words == "Feb 2026 could not be mailed, and is not tried again by itself."
    assert "ended by the system" in alert.why
    mail_runs.sweep(worker.now + timedelta(days=1))
    assert not BackgroundWork.objects.filter(state="queued").exists()


def test_a_death_counts_once_and_a_person_may_try_it_again(worker: Worker, schedule: MailSchedule) -> None:
    worker.now = DUE
    mail_runs.sweep(DUE)
    its_worker_dies(worker)
    mail_runs.sweep(worker.now)
    mail_runs.sweep(worker.now + timedelta(minutes=1))
    assert the_run(schedule).attempts == 1
    worker.now += timedelta(minutes=2)
    assert send_now(schedule, actor="dana", now=worker.now) is not None
    worker.works()
    assert the_run(schedule).state == MailRun.State.SENT
