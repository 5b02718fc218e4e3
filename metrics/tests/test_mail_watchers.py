"""Scheduled mail: what watchers hear of a period that is not ready, fails, or is given up; and who waits for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import MailRun, MailSchedule, Snapshot
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.runs import send_now
from metrics.scheduled_mail.schedules import switch
from metrics.snapshots import shared_links
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.mail_sample import DUE, Worker, scheduled, the_run
from metrics.tests.reviewed_company import FIRST, RULES, read, reviewed_company

pytestmark = pytest.mark.django_db

UNTIED = FIRST.replace('value="800.00"', 'value="801.00"').replace('value="790.00"', 'value="791.00"')
MINUTE = timedelta(minutes=1)
WHILE_FEBRUARY_RAN = datetime(2026, 2, 9, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 0, 5, tzinfo=UTC)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    settings.PUBLIC_URL = "https://books.example.com"
    return Worker(monkeypatch)


def untied(**changes: Any) -> MailSchedule:
    schedule = scheduled(**changes)
    read(schedule.company, UNTIED)
    return schedule


def subjects() -> list[str]:
    return [letter.subject.partition(" for Feb 2026 ")[2] for letter in mail.outbox]


def broken(*_: object) -> None:
    raise ZeroDivisionError


def test_a_month_last_read_while_it_ran_is_not_mailed_as_ready(worker: Worker) -> None:
    company = CompanyFactory.create()
    for pattern, key in RULES:
        create_mapping(company, MappingValues("exact", pattern, key), actor="dana", now=NOW)
    read(company, now=WHILE_FEBRUARY_RAN)
    schedule = scheduled(company)
    worker.works_at(DUE)
    assert (subjects(), Snapshot.objects.count()) == (["is not ready"], 0)
    assert [reason["code"] for reason in the_run(schedule).reasons] == ["not_read_since"]
    assert "Feb 2026 was last read from QuickBooks on 9 Feb 2026, before it was over" in str(mail.outbox[0].body)
    read(company, now=DUE + MINUTE)
    worker.waits(days=1)
    assert the_run(schedule).state == MailRun.State.SENT


def test_watchers_who_heard_that_it_is_not_ready_hear_that_it_failed_too(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = untied(sends="pack")
    worker.works_at(DUE)
    read(schedule.company, FIRST)
    monkeypatch.setattr(mail_runs, "make_files", broken)
    for _ in range(6):
        worker.waits(days=1)
    assert the_run(schedule).state == MailRun.State.FAILED
    assert subjects() == ["is not ready", "could not be sent"]


def test_watchers_hear_of_a_period_whose_time_was_over_before_a_try(worker: Worker) -> None:
    schedule = scheduled(sends="pack")
    mail_runs.sweep(DUE)
    worker.works_at(APRIL)
    assert (the_run(schedule).state, subjects()) == (MailRun.State.GIVEN_UP, ["was not sent"])
    assert mail.outbox[0].to == ["owner@example.com"]
    assert "The next period is over" in str(mail.outbox[0].body)


def test_a_letter_that_was_dropped_while_it_was_tried_is_owed_again_when_it_is_not_ready_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = untied()
    with monkeypatch.context() as patch:
        patch.setattr("outbox.sending.due", lambda _now: [])
        worker.works_at(DUE)
    MailRun.objects.update(state=MailRun.State.TRYING)
    worker.works()
    assert mail.outbox == []
    MailRun.objects.update(next_try_at=worker.now)
    worker.waits(minutes=1)
    assert (the_run(schedule).state, subjects()) == (MailRun.State.NOT_READY, ["is not ready"])
    worker.waits(days=1)
    assert subjects() == ["is not ready"]


def test_what_waited_before_a_pause_is_not_sent_by_itself_after_it(worker: Worker) -> None:
    schedule = untied(watchers=())
    worker.works_at(DUE)
    switch(schedule, False, actor="dana", now=DUE + timedelta(hours=1))
    read(schedule.company, FIRST)
    worker.works_at(DUE + timedelta(days=3))
    switch(schedule, True, actor="dana", now=worker.now)
    worker.waits(days=1)
    run = the_run(schedule)
    assert (mail.outbox, run.state) == ([], MailRun.State.GIVEN_UP)
    assert "before the schedule was paused" in run.reasons[0]["message"]
    schedule.refresh_from_db()
    send_now(schedule, actor="dana", now=worker.now)
    worker.works()
    assert [letter.to[0] for letter in mail.outbox] == ["ana@example.com", "ben@example.com"]


def test_the_links_of_many_recipients_do_not_come_up_against_peoples_limit(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_links, "MOST_LIVE", 1)
    company = reviewed_company()
    made = [scheduled(company, recipients=(f"a{n}@example.com", f"b{n}@example.com")) for n in range(2)]
    worker.works_at(DUE)
    assert [the_run(one).state for one in made] == [MailRun.State.SENT] * 2
    snapshot = Snapshot.objects.get()

    def by_hand(token: str) -> None:
        shared_links.create_link(snapshot, 30, actor="dana", now=DUE, random_token=lambda: token)

    by_hand("A" * 43)
    with pytest.raises(shared_links.BadLink, match="There are 1 live links"):
        by_hand("B" * 43)


@pytest.mark.parametrize("step", ["open_run", "_hand_out"])
def test_one_broken_schedule_keeps_no_other_waiting(worker: Worker, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    bad, good = scheduled(), scheduled()
    real = getattr(mail_runs, step)

    def broken_for_one(what: MailSchedule | MailRun, *rest: object) -> object:
        if (what.schedule if isinstance(what, MailRun) else what) == bad:
            raise ZeroDivisionError
        return real(what, *rest)

    monkeypatch.setattr(mail_runs, step, broken_for_one)
    worker.works_at(DUE)
    assert the_run(good).state == MailRun.State.SENT
    assert not MailRun.objects.filter(schedule=bad, state=MailRun.State.SENT).exists()


def test_a_minute_in_which_there_is_nothing_new_costs_the_same_for_many_schedules_as_for_few(worker: Worker) -> None:
    company, counts = reviewed_company(), []
    for _ in range(2):
        for _ in range(5):
            scheduled(company)
        mail_runs.sweep(DUE)
        with CaptureQueriesContext(connection) as found:
            mail_runs.sweep(DUE + MINUTE)
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_far_in_the_east_the_newest_period_that_is_over_in_the_company_is_sent(worker: Worker) -> None:
    schedule = scheduled(time_zone="Pacific/Auckland")
    worker.now = datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
    send_now(schedule, actor="dana", now=worker.now)
    worker.works()
    assert (the_run(schedule).state, the_run(schedule).period_label) == (MailRun.State.SENT, "Feb 2026")
