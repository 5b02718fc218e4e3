"""Scheduled mail: sent once to each when it is due and ready; else it says why and waits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent
from metrics.models import BackgroundWork, MailFile, MailLetter, MailRun, SharedLink, Snapshot
from metrics.periods import Period
from metrics.scheduled_mail import runs as mail_runs
from metrics.scheduled_mail.page import schedule_lines
from metrics.scheduled_mail.runs import send_now, send_test
from metrics.scheduled_mail.schedules import change_schedule, delete_schedule, switch, wanted_of
from metrics.snapshots import shared_views
from metrics.snapshots.freezing import delete_snapshot, freeze
from metrics.snapshots.shared_links import revoke
from metrics.tests.factories import CompanyFactory
from metrics.tests.mail_sample import DUE, MADE, MONTHLY, Worker, scheduled, states, the_run
from metrics.tests.reviewed_company import CHANGED, FEBRUARY, FIRST, read
from outbox.models import Message
from outbox.tests.conftest import mail_server as mail_server
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db

UNTIED = FIRST.replace('value="800.00"', 'value="801.00"').replace('value="790.00"', 'value="791.00"')
MINUTE = timedelta(minutes=1)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    settings.PUBLIC_URL = "https://books.example.com"
    shared_views.buckets.forget()
    return Worker(monkeypatch)


def link_in(text: object) -> str:
    found = re.search(r"https://books\.example\.com(/shared/[\w-]{43}/)", str(text))
    assert found is not None, text
    return found[1]


def untie(schedule: Any) -> None:
    read(schedule.company, UNTIED)


def test_nothing_is_sent_before_its_moment_and_each_gets_one_letter_after_it(worker: Worker) -> None:
    schedule = scheduled()
    worker.works_at(DUE - MINUTE)
    assert (mail.outbox, MailRun.objects.count()) == ([], 0)
    worker.works_at(DUE)
    worker.works_at(DUE + MINUTE)
    worker.waits(days=1)
    assert [letter.to for letter in mail.outbox] == [["ana@example.com"], ["ben@example.com"]]
    assert mail.outbox[0].subject == f"{schedule.company.name}: QBR for Feb 2026"
    assert the_run(schedule).state == MailRun.State.SENT


def test_the_letter_has_the_message_the_headline_and_the_tie_out(worker: Worker) -> None:
    scheduled()
    worker.works_at(DUE)
    text = str(mail.outbox[0].body)
    assert text.startswith("Good morning,\nthis is your review.\n\n")
    assert "Total revenue  1,100.00\nNet profit       790.00\nNet margin        71.8%" in text
    assert "equals QuickBooks’ own Net Income, to the cent" in text
    assert "Frozen on 20 Mar 2026" in text


def test_each_recipient_has_a_link_of_their_own_that_shows_the_frozen_figures(worker: Worker) -> None:
    schedule = scheduled()
    worker.works_at(DUE)
    first, second = (link_in(letter.body) for letter in mail.outbox)
    assert first != second
    read(schedule.company, CHANGED)
    page = Client().get(first)
    assert page.status_code == 200
    assert "790.00" in page.content.decode()
    assert [link.note for link in SharedLink.objects.order_by("pk")] == [
        "ana@example.com (scheduled mail)",
        "ben@example.com (scheduled mail)",
    ]
    assert SharedLink.objects.filter(opened_count=1).count() == 1


def test_no_token_of_a_link_is_kept(worker: Worker) -> None:
    scheduled()
    worker.works_at(DUE)
    token = link_in(mail.outbox[0].body).split("/")[2]
    kept = [str(row) for model in (Message, MailLetter, MailRun, AuditEvent) for row in model.objects.values()]
    assert not any(token in row for row in kept)


def test_a_revoked_link_in_a_letter_opens_nothing(worker: Worker) -> None:
    scheduled()
    worker.works_at(DUE)
    first, second = (link_in(letter.body) for letter in mail.outbox)
    revoke(MailLetter.objects.get(address="ana@example.com").link, actor="dana", now=DUE)  # type: ignore[arg-type]
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_a_link_runs_out(worker: Worker) -> None:
    scheduled(link_days=5)
    worker.works_at(DUE)
    assert "until 25 Mar 2026" in str(mail.outbox[0].body)
    worker.now = DUE + timedelta(days=5)
    assert Client().get(link_in(mail.outbox[0].body)).status_code == 410


def test_a_letter_whose_link_was_revoked_while_it_waited_is_not_sent(worker: Worker, monkeypatch: Any) -> None:
    scheduled(recipients=("ana@example.com",))
    worker.now = DUE
    mail_runs.sweep(DUE)
    with monkeypatch.context() as patch:
        patch.setattr("outbox.sending.due", lambda _now: [])
        worker.works()
    revoke(SharedLink.objects.get(), actor="dana", now=DUE)
    worker.works()
    assert (mail.outbox, states()) == ([], {"ana@example.com": "dropped"})


def test_a_period_that_is_not_ready_is_not_sent_and_its_watchers_are_told_once(worker: Worker) -> None:
    schedule = scheduled()
    untie(schedule)
    worker.works_at(DUE)
    worker.waits(days=1)
    run = the_run(schedule)
    assert (run.state, run.next_try_at) == ("not_ready", DUE + timedelta(days=2))
    assert run.reasons[0]["code"] == "untied"
    assert [letter.to for letter in mail.outbox] == [["owner@example.com"]]
    assert mail.outbox[0].subject.endswith("QBR for Feb 2026 is not ready")
    assert "Feb 2026 does not tie out" in str(mail.outbox[0].body)
    assert not Snapshot.objects.exists()


def test_it_is_sent_on_the_day_it_becomes_ready(worker: Worker) -> None:
    schedule = scheduled()
    untie(schedule)
    worker.works_at(DUE)
    read(schedule.company, FIRST, now=DUE + MINUTE)
    worker.waits(hours=2)
    assert len(mail.outbox) == 1
    worker.works_at(DUE + timedelta(days=1))
    assert [letter.to[0] for letter in mail.outbox[1:]] == ["ana@example.com", "ben@example.com"]


def test_it_is_given_up_when_the_next_period_is_over(worker: Worker) -> None:
    schedule = scheduled()
    untie(schedule)
    worker.works_at(DUE)
    worker.works_at(datetime(2026, 4, 1, 8, 0, tzinfo=UTC))
    run = the_run(schedule)
    assert (run.state, run.next_try_at) == ("given_up", None)
    assert "The next period is over" in run.reasons[-1]["message"]


def test_a_person_sends_it_all_the_same_and_the_letter_says_so(worker: Worker) -> None:
    schedule = scheduled()
    untie(schedule)
    worker.works_at(DUE)
    send_now(schedule, anyway=True, actor="dana", now=DUE)
    worker.works()
    text = str(mail.outbox[-1].body)
    assert "Not ready to present when it was frozen:\n- Feb 2026 does not tie out" in text
    assert "Not tied to QuickBooks’ Net Income: Feb 2026." in text
    assert Snapshot.objects.get().content["readiness"]["forced_because"] == "Sent all the same by dana."
    assert states() == dict.fromkeys(("ana@example.com", "ben@example.com", "owner@example.com"), "sent")


def test_a_schedule_may_send_what_is_not_ready(worker: Worker) -> None:
    schedule = scheduled(sends_unready=True)
    untie(schedule)
    worker.works_at(DUE)
    assert len(mail.outbox) == 2
    assert "does not tie out" in str(mail.outbox[0].body)


def test_where_nothing_was_read_there_is_nothing_to_send_however_it_is_wanted(worker: Worker) -> None:
    schedule = scheduled(CompanyFactory.create(), sends_unready=True)
    worker.works_at(DUE)
    run = the_run(schedule)
    assert (run.state, run.reasons[0]["code"], run.attempts) == ("not_ready", "not_synced", 0)
    assert [letter.to for letter in mail.outbox] == [["owner@example.com"]]


def test_a_record_outlives_its_snapshot_and_its_letters_that_wait_are_dropped(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduled(sends="pack")
    with monkeypatch.context() as patch:
        patch.setattr("outbox.sending.due", lambda _now: [])
        worker.works_at(DUE)
    delete_snapshot(Snapshot.objects.get(), actor="root", is_superuser=True, now=DUE)
    worker.works()
    assert (mail.outbox, set(states().values())) == ([], {"dropped"})
    assert not schedule_lines(schedule.company, DUE)[0].runs[0].has_snapshot


def test_what_was_frozen_before_is_sent_as_it_was_presented(worker: Worker) -> None:
    schedule = scheduled()
    frozen = freeze(schedule.company, Period.month(FEBRUARY), "accrual", "February", actor="dana", now=MADE)
    read(schedule.company, CHANGED)
    worker.works_at(DUE)
    assert the_run(schedule).snapshot_id == frozen.pk
    assert "790.00" in str(mail.outbox[0].body)


def test_after_an_outage_the_newest_is_sent_and_no_older_one(worker: Worker) -> None:
    schedule = scheduled(days_after=5)
    assert not MailRun.objects.exists()
    worker.works_at(datetime(2026, 3, 31, 23, 0, tzinfo=UTC))
    assert mail.outbox == []  # February was due on 5 March, before there was a schedule
    schedule.starts_at = datetime(2025, 1, 1, tzinfo=UTC)
    schedule.save()
    worker.works_at(datetime(2026, 3, 31, 23, 1, tzinfo=UTC))
    assert [run.period_label for run in MailRun.objects.all()] == ["Feb 2026"]
    assert len(mail.outbox) == 2


def test_a_paused_schedule_sends_nothing_and_goes_on_with_the_next(worker: Worker) -> None:
    schedule = scheduled()
    assert switch(schedule, False, actor="dana", now=MADE)
    worker.works_at(DUE)
    assert switch(schedule, True, actor="dana", now=DUE + MINUTE)
    worker.waits(hours=1)
    assert mail.outbox == []


def test_a_new_timing_does_not_send_a_period_twice(worker: Worker) -> None:
    schedule = scheduled()
    worker.works_at(DUE)
    later = type(MONTHLY)(**(vars(wanted_of(schedule)) | {"days_after": 22, "time_zone": "America/Denver"}))
    change_schedule(schedule, later, actor="dana", now=worker.now)
    worker.works_at(DUE + timedelta(days=4))
    assert len(mail.outbox) == 2


def test_whoever_is_added_later_gets_it_and_nobody_else_gets_it_again(worker: Worker) -> None:
    schedule = scheduled()
    worker.works_at(DUE)
    more = type(MONTHLY)(**(vars(wanted_of(schedule)) | {"recipients": ("cleo@example.com", "ana@example.com")}))
    schedule = change_schedule(schedule, more, actor="dana", now=DUE)
    assert send_now(schedule, actor="dana", now=DUE) is not None
    worker.works()
    assert send_now(schedule, actor="dana", now=DUE) is None
    assert [letter.to[0] for letter in mail.outbox] == ["ana@example.com", "ben@example.com", "cleo@example.com"]
    assert Snapshot.objects.count() == 1


def test_a_worker_that_dies_between_freezing_and_sending_is_followed_by_one_that_goes_on(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduled()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mail_runs, "_post", killed)
        with pytest.raises(KeyboardInterrupt):
            worker.works_at(DUE)
    assert (Snapshot.objects.count(), mail.outbox, the_run(schedule).state) == (1, [], "due")
    worker.waits(minutes=1)
    assert mail.outbox == []  # the dead worker may still be alive
    from metrics import background

    background.sweep(worker.now + background.SILENT)
    worker.waits(minutes=16)
    assert (Snapshot.objects.count(), len(mail.outbox), the_run(schedule).state) == (1, 2, "sent")


def test_what_goes_wrong_is_told_tried_again_and_in_the_end_given_up(worker: Worker, monkeypatch: Any) -> None:
    schedule = scheduled(sends="pack")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("metrics.scheduled_mail.letters.file_of", broken)
    worker.works_at(DUE)
    run = the_run(schedule)
    assert (run.state, run.next_try_at) == ("trying", DUE + timedelta(minutes=10))
    assert run.reasons == [{"message": mail_runs.OURS_BROKE}]
    for hours in (1, 2, 7):
        worker.waits(hours=hours)
    assert the_run(schedule).state == "failed"
    assert [letter.to for letter in mail.outbox] == [["owner@example.com"]]
    monkeypatch.undo()


def test_an_address_that_the_mail_server_refuses_does_not_keep_the_others_from_theirs(
    worker: Worker, mail_server: MailServer
) -> None:
    scheduled(recipients=("ana@example.com",))
    mail_server.trouble["RCPT"] = "550 No such user here"
    worker.works_at(DUE)
    message = Message.objects.get()
    assert (message.state, "550: No such user here" in message.last_error) == ("failed", True)


def test_letters_land_as_files_too(worker: Worker, settings: Settings, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    scheduled()
    worker.works_at(DUE)
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert len(texts) == 2
    assert all("Auto-Submitted: auto-generated" in text for text in texts)


def test_without_mail_settings_all_of_it_waits(worker: Worker, settings: Settings) -> None:
    schedule = scheduled()
    settings.MAIL_IS_SET_UP = False
    worker.works_at(DUE)
    assert not MailRun.objects.exists()
    settings.MAIL_IS_SET_UP = True
    worker.waits(days=2)
    assert (the_run(schedule).state, len(mail.outbox)) == ("sent", 2)


def test_a_test_goes_to_one_address_freezes_nothing_and_keeps_nobody_from_the_real_one(worker: Worker) -> None:
    schedule = scheduled()
    send_test(schedule, "dana@example.com", actor="dana", now=MADE)
    worker.works()
    assert [letter.to for letter in mail.outbox] == [["dana@example.com"]]
    assert mail.outbox[0].subject.startswith("Test: ")
    assert "Not frozen" in str(mail.outbox[0].body)
    assert not Snapshot.objects.exists()
    worker.works_at(DUE)
    assert len(mail.outbox) == 3


def test_a_deleted_schedule_sends_nothing_that_still_waits(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = scheduled()
    with monkeypatch.context() as patch:
        patch.setattr("outbox.sending.due", lambda _now: [])
        worker.works_at(DUE)
    delete_schedule(schedule, actor="dana", now=DUE)
    worker.works()
    assert (mail.outbox, set(states().values())) == ([], {"dropped"})


def test_each_step_is_in_the_audit_trail(worker: Worker) -> None:
    schedule = scheduled()
    worker.works_at(DUE)
    actions = list(AuditEvent.objects.filter(company=schedule.company).order_by("pk").values_list("action", flat=True))
    wanted = ["mail_schedule.created", "snapshot.frozen", "shared_link.created", "shared_link.created"]
    assert actions[-5:] == [*wanted, "scheduled_mail.handed_over"]
    assert AuditEvent.objects.latest("pk").details["addresses"] == ["ana@example.com", "ben@example.com"]


def test_files_are_dropped_when_they_have_served(worker: Worker) -> None:
    scheduled(sends="pack", recipients=("ana@example.com",))
    worker.works_at(DUE)
    assert MailFile.objects.count() == 3
    worker.waits(days=8)
    assert MailFile.objects.count() == 0
    assert BackgroundWork.objects.filter(kind="scheduled_mail").count() == 1
