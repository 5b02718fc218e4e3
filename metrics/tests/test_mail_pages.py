"""The pages of scheduled mail: who may do what, what is refused beside what was typed, and each state in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Company, Membership
from metrics.models import MailRun, MailSchedule
from metrics.tasks import send_scheduled_mail
from metrics.tests import callers
from metrics.tests.factories import CompanyFactory
from metrics.tests.mail_sample import DUE, MADE, Worker, scheduled
from metrics.tests.reviewed_company import FIRST, read, reviewed_company
from outbox.models import Message

pytestmark = pytest.mark.django_db

TYPED = {
    "every": "quarter",
    "days_after": "10",
    "hour": "8",
    "time_zone": "Europe/Vienna",
    "sends": "pack",
    "link_days": "30",
    "basis": "accrual",
    "recipients": "ana@example.com\nben@example.com, Ana@example.com",
    "watchers": "",
    "message": "Hello",
}


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    return Worker(monkeypatch)


@pytest.fixture
def company(worker: Worker) -> Company:
    return reviewed_company()


def client_of(company: Company, role: str = Membership.Role.ADMINISTRATOR, **fields: Any) -> Client:
    return callers.client_of(company, role=role, **fields)


@pytest.fixture
def dana(company: Company) -> Client:
    return client_of(company, username="dana", email="dana@example.com")


def mail_of(company: Company, *rest: object) -> str:
    return "/".join(("/companies", company.slug, "mail", *map(str, rest), ""))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_without_a_schedule_the_page_says_what_one_does(company: Company, dana: Client) -> None:
    assert "Nothing is sent by itself yet" in text_of(dana.get(mail_of(company)))


def test_a_schedule_is_made_and_its_next_date_told(company: Company, dana: Client) -> None:
    answer = dana.post(mail_of(company, "new"), TYPED, follow=True)
    schedule = MailSchedule.objects.get()
    assert (schedule.recipients, schedule.starts_at) == (["ana@example.com", "ben@example.com"], MADE)
    words = text_of(answer)
    assert "Next: Q1 2026 on 10 Apr 2026, 08:00 Europe/Vienna." in words
    assert "QBR pack, 10 days after each quarter" in words
    event = AuditEvent.objects.get(action="mail_schedule.created")
    assert (event.actor, event.details["recipients"]) == ("dana", ["ana@example.com", "ben@example.com"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recipients": ""}, "Write at least one mail address."),
        ({"recipients": "ana at example"}, "“ana” cannot be written to."),
        ({"recipients": " ".join(f"r{n}@example.com" for n in range(21))}, "At most 20 addresses; these are 21."),
        ({"watchers": "a@b.example\r\nBcc:x@example.com"}, "cannot be written to."),
        ({"every": "month", "days_after": "28"}, "After a month choose 1 to 27 days."),
        ({"days_after": "0"}, "Write a whole number from 1 to 300."),
        ({"link_days": "366"}, "Write a whole number from 1 to 365."),
        ({"basis": "cash"}, "Cash basis is not read."),
        ({"time_zone": "Mars/Base"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_saved(
    company: Company, dana: Client, changes: dict[str, str], words: str
) -> None:
    answer = dana.post(mail_of(company, "new"), TYPED | changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not MailSchedule.objects.exists()


def test_a_change_is_audited_with_what_is_different(company: Company, dana: Client) -> None:
    schedule = scheduled(company)
    page = text_of(dana.get(mail_of(company, schedule.pk)))
    assert "ana@example.com ben@example.com</textarea>" in page
    dana.post(mail_of(company, schedule.pk), TYPED | {"every": "month", "sends": "link"})
    details = AuditEvent.objects.get(action="mail_schedule.changed").details
    assert details == {
        "schedule": schedule.pk, "days_after": 10, "time_zone": "Europe/Vienna", "message": "Hello", "watchers": [],
    }  # fmt: skip


def test_members_see_and_only_administrators_change_or_send(company: Company) -> None:
    schedule = scheduled(company)
    viewer = client_of(company, Membership.Role.VIEWER)
    page = text_of(viewer.get(mail_of(company)))
    assert "ana@example.com, ben@example.com" in page
    assert '<button type="submit" class="button quiet small">Send now' not in page
    for path in (("new",), (schedule.pk,), (schedule.pk, "send"), (schedule.pk, "delete")):
        assert viewer.post(mail_of(company, *path), TYPED).status_code == 403
    stranger = client_of(CompanyFactory.create())
    assert stranger.get(mail_of(company)).status_code == 404
    assert Client().get(mail_of(company)).status_code == 302


def test_a_schedule_of_another_company_is_not_found(company: Company, dana: Client) -> None:
    other = scheduled()
    for path in ((other.pk,), (other.pk, "send"), (other.pk, "delete")):
        assert dana.post(mail_of(company, *path), TYPED).status_code == 404
    assert MailSchedule.objects.filter(pk=other.pk).exists()


def test_a_run_is_shown_with_each_recipient(company: Company, dana: Client, worker: Worker) -> None:
    scheduled(company)
    worker.works_at(DUE)
    Message.objects.filter(recipient="ben@example.com").update(
        state="failed", last_error="The mail server answered 550: No such user"
    )
    words = text_of(dana.get(mail_of(company)))
    assert "Sent to 1 of 2" in words
    assert "Sent 20 Mar 2026, 08:00" in words
    assert "The mail server answered 550: No such user" in words
    assert "link not opened yet" in words
    assert "Mar 2026 on 20 Apr 2026, 08:00 UTC" in words


def test_failed_letters_are_sent_again_by_a_person(company: Company, dana: Client, worker: Worker) -> None:
    schedule = scheduled(company)
    worker.works_at(DUE)
    Message.objects.filter(recipient="ben@example.com").update(state="failed")
    assert "1 letter sent again." in text_of(dana.post(mail_of(company, schedule.pk, "again"), follow=True))
    worker.works()
    assert [letter.to[0] for letter in mail.outbox] == ["ana@example.com", "ben@example.com", "ben@example.com"]


def test_a_period_that_is_not_ready_says_what_is_missing_and_can_be_sent_anyway(
    company: Company, dana: Client, worker: Worker
) -> None:
    schedule = scheduled(company)
    read(company, FIRST.replace('value="800.00"', 'value="801.00"').replace('value="790.00"', 'value="791.00"'))
    worker.works_at(DUE)
    words = text_of(dana.get(mail_of(company)))
    assert "Not ready: tried every day until 1 Apr 2026" in words
    assert "Feb 2026 does not tie out" in words
    assert f"/companies/{company.slug}/tie-out/" in words
    assert "Told: owner@example.com" in words
    assert "Send Feb 2026 now anyway" in words
    dana.post(mail_of(company, schedule.pk, "anyway"))
    worker.works()
    assert "Sent to all" in text_of(dana.get(mail_of(company)))


def test_send_now_and_a_test(company: Company, dana: Client, worker: Worker) -> None:
    schedule = scheduled(company)
    words = text_of(dana.post(mail_of(company, schedule.pk, "test"), follow=True))
    assert "A test goes to dana@example.com." in words
    words = text_of(dana.post(mail_of(company, schedule.pk, "send"), follow=True))
    assert "Feb 2026 is being prepared." in words
    worker.works()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ana@example.com", "ben@example.com", "dana@example.com"]
    words = text_of(dana.post(mail_of(company, schedule.pk, "send"), follow=True))
    assert "Everybody has the newest period already." in words
    assert list(AuditEvent.objects.filter(actor="dana").values_list("action", flat=True).order_by("pk"))[-2:] == [
        "scheduled_mail.test", "scheduled_mail.asked",
    ]  # fmt: skip


def test_a_person_without_an_address_is_told(company: Company) -> None:
    schedule = scheduled(company)
    words = text_of(client_of(company).post(mail_of(company, schedule.pk, "test"), follow=True))
    assert "Your user has no mail address." in words
    assert not MailRun.objects.exists()


def test_without_mail_settings_the_page_says_so_and_sends_nothing(
    company: Company, dana: Client, settings: Settings
) -> None:
    schedule = scheduled(company)
    settings.MAIL_IS_SET_UP = False
    assert "No mail leaves this server yet" in text_of(dana.get(mail_of(company)))
    assert "EMAIL_URL" in text_of(dana.post(mail_of(company, schedule.pk, "send"), follow=True))
    assert not MailRun.objects.exists()


def test_pause_go_on_and_delete(company: Company, dana: Client) -> None:
    schedule = scheduled(company)
    assert "Nothing while it is paused" in text_of(dana.post(mail_of(company, schedule.pk, "pause"), follow=True))
    dana.post(mail_of(company, schedule.pk, "resume"))
    dana.post(mail_of(company, schedule.pk, "delete"))
    assert not MailSchedule.objects.exists()
    actions = AuditEvent.objects.filter(action__startswith="mail_schedule.").order_by("pk")
    assert [one.action.rpartition(".")[2] for one in actions] == ["created", "paused", "resumed", "deleted"]
    assert dana.post(mail_of(company, schedule.pk, "pause")).status_code == 404


def test_the_clock_of_the_server_finds_what_is_due(company: Company, worker: Worker, settings: Settings) -> None:
    scheduled(company)
    worker.now = DUE
    assert settings.CELERY_BEAT_SCHEDULE["send-scheduled-mail"]["task"] == send_scheduled_mail.name
    send_scheduled_mail()
    worker.works()
    assert len(mail.outbox) == 2
