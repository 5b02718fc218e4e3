"""Many workers at once on a real database: one snapshot, one letter to each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings

from metrics import background
from metrics.models import BackgroundWork, MailLetter, MailRun, SharedLink, Snapshot
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.runs import send_now
from metrics.snapshots.freezing import delete_snapshot
from metrics.tests.mail_sample import DUE, Worker, scheduled
from outbox import sending
from outbox.models import Message

pytestmark = [pytest.mark.django_db(transaction=True)]


def together(call: Callable[[], object], times: int = 5) -> None:
    def one(_: int) -> None:
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(one, range(times)))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    return Worker(monkeypatch)


def test_sweeps_workers_and_people_at_once_send_one_letter_to_each(worker: Worker) -> None:
    schedule = scheduled()
    worker.now = DUE
    together(lambda: mail_runs.sweep(DUE))
    together(lambda: send_now(schedule, actor="dana", now=DUE))
    assert (MailRun.objects.count(), BackgroundWork.objects.filter(kind="scheduled_mail").count()) == (1, 1)
    work = BackgroundWork.objects.get(kind="scheduled_mail")
    together(lambda: background.run(work.pk))
    together(lambda: [sending.send(pk) for pk in sending.due(DUE)])
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ana@example.com", "ben@example.com"]
    assert (Snapshot.objects.count(), MailLetter.objects.count(), Message.objects.count()) == (1, 2, 2)


def test_two_workers_that_both_took_the_run_send_it_once(worker: Worker) -> None:
    schedule = scheduled()
    worker.now = DUE
    mail_runs.sweep(DUE)
    run = MailRun.objects.get()
    together(lambda: mail_runs.run_mail(schedule.company, {"run": run.pk}, lambda _percent, _words: None))
    assert (Snapshot.objects.count(), MailLetter.objects.count(), Message.objects.count()) == (1, 2, 2)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("sent", 0)


def test_a_snapshot_whose_links_were_mailed_can_be_deleted(worker: Worker) -> None:
    scheduled()
    worker.works_at(DUE)
    delete_snapshot(Snapshot.objects.get(), actor="root", is_superuser=True, now=DUE)
    assert (Snapshot.objects.count(), SharedLink.objects.count(), MailLetter.objects.count()) == (0, 0, 2)
