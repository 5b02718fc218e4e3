"""Telling: everything new of one look in one message a recipient, once, owed in the same commit; and the first sync."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Company
from alerts import looking, telling
from alerts.acknowledging import acknowledge
from alerts.letters import stop_address
from alerts.models import Alert, Recipient
from alerts.tests.conftest import DRIP, LEAK, Books, a_leak, look, recipient
from outbox import sending, webhook
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer
from qbwc.models import CompanyFile, Job, SyncPlan

pytestmark = pytest.mark.django_db


def sent(hands: Hands) -> int:
    return sum(sending.send(pk) for pk in sending.due(hands.now))


@pytest.mark.usefixtures("_public")
def test_a_first_look_with_24_months_is_one_letter(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    books.finds(*(a_leak(company, f"{year}-{month:02}") for year in (2024, 2025) for month in range(1, 13)))
    look(hands)
    assert sent(hands) == 1
    (letter,) = mail_server.letters
    assert letter["Subject"] == "Rockcastle & Sons: 24 new alerts: 24 leak found"
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "2024-01 leaks <12.00>." in text
    assert "… and 12 more, on the page of alerts." in text
    assert "https://books.example.com/companies/rockcastle/tie-out/" in text
    assert "What to do: A plumber: mend it." in text
    assert f"To stop it: {stop_address(ana)}" in text


@pytest.mark.usefixtures("_public")
def test_html_says_the_same_and_names_stay_text(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    books.finds(a_leak(company))
    look(hands)
    assert sent(hands) == 1
    (letter,) = mail_server.letters
    html = letter.get_body(("html",))
    assert html is not None
    assert "2026-05:accrual leaks &lt;12.00&gt;." in html.get_content()
    assert "Rockcastle &amp; Sons" in html.get_content()
    assert letter["Subject"] == "Rockcastle & Sons: 2026-05:accrual leaks <12.00>."


def test_nothing_is_told_twice_and_a_new_thing_is_told(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    for fingerprint, letters in (("12", 1), ("12", 1), (None, 1), ("12", 1), ("15", 2), ("12", 2), ("15", 2)):
        books.finds(*([a_leak(company, fingerprint=fingerprint, value=fingerprint)] if fingerprint else []))
        look(hands, minutes=5)
        sent(hands)
        assert len(mail_server.taken) == letters, f"after {fingerprint}"
    body = mail_server.letters[1].get_body(("plain",))
    assert body is not None
    assert "It was 12, it is 15 now." in body.get_content()


def test_a_crash_while_telling_leaves_no_message_and_the_next_look_tells(
    company: Company, ana: Recipient, books: Books, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """No handler of the work may see it."""

    def dies(*_: object, **__: object) -> None:
        raise Killed

    books.finds(a_leak(company))
    with monkeypatch.context() as patch:
        patch.setattr(telling, "_mark", dies)
        with pytest.raises(Killed):
            look(hands)
    assert (Alert.objects.count(), Message.objects.count()) == (1, 0)
    look(hands, minutes=5)
    assert Message.objects.count() == 1
    look(hands, minutes=5)
    assert Message.objects.count() == 1


def test_each_recipient_hears_of_its_kinds_only(company: Company, books: Books, hands: Hands) -> None:
    recipient(company, "leaks@example.com", [LEAK])
    recipient(company, "drips@example.com", [DRIP])
    recipient(company, "https://example.com/hook", [LEAK, DRIP])
    books.finds(a_leak(company))
    look(hands)
    assert set(Message.objects.values_list("recipient", flat=True)) == {"leaks@example.com", "https://example.com/hook"}


def test_whoever_is_added_later_is_not_told_of_what_was_there(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company, "old"))
    look(hands)
    recipient(company, "ana@example.com")
    books.finds()
    look(hands, minutes=5)
    books.finds(a_leak(company, "old"), a_leak(company, "new"))
    look(hands, minutes=5)
    message = Message.objects.get()
    assert [pk for pk, _ in message.argument["alerts"]] == [Alert.objects.get(subject="new").pk]
    assert Alert.objects.get(subject="old").told_at is None


def test_what_ends_before_it_is_sent_is_not_sent(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    mail_server.trouble["greeting"] = "421 later"
    books.finds(a_leak(company))
    look(hands)
    assert sent(hands) == 0
    books.finds()
    look(hands, minutes=5)
    mail_server.trouble.clear()
    assert sent(hands) == 0
    assert Message.objects.get().state == State.DROPPED


def test_what_a_person_acknowledged_meanwhile_is_not_told(company: Company, ana: Recipient, books: Books) -> None:
    Alert.objects.create(
        company=company, kind=LEAK, subject="a", fingerprint="1", words="A leak.", since=START, opened_at=START,
        last_seen_at=START, updated_at=START,
    )  # fmt: skip
    acknowledge(company, [Alert.objects.get().pk], note="", actor="dana", now=START)
    assert telling.tell([company.pk], START) == 0


@pytest.mark.usefixtures("_public")
def test_a_receiver_checks_the_webhook_and_gets_all_of_them_in_one(
    company: Company, books: Books, hands: Hands, receiver: Receiver
) -> None:
    recipient(company, receiver.url)
    books.finds(a_leak(company, "a"), a_leak(company, "b"))
    look(hands)
    assert sent(hands) == 1
    ((headers, body),) = receiver.received
    text = headers["X-Tieout-Timestamp"].encode() + b"." + body
    expected = hmac.new(webhook.secret_of(company.pk).encode(), text, hashlib.sha256).hexdigest()
    assert headers["X-Tieout-Signature"] == f"sha256={expected}"
    said = json.loads(body)
    assert (said["event"], said["company"]["slug"]) == ("alerts.opened", "rockcastle")
    assert [one["subject"] for one in said["alerts"]] == ["a", "b"]
    assert said["alerts"][0]["url"] == "https://books.example.com/companies/rockcastle/tie-out/"


def test_a_first_sync_is_told_of_when_it_is_done(company: Company, ana: Recipient, books: Books, hands: Hands) -> None:
    file = CompanyFile.objects.create(
        company=company, username="r", password_hash="x", app_name="r",
        owner_id="00000000-0000-4000-8000-000000000001", file_id="00000000-0000-4000-8000-000000000002",
    )  # fmt: skip
    plan = SyncPlan.objects.create(company_file=file, purpose="profit_loss")
    job = Job.objects.create(company_file=file, plan=plan, purpose="profit_loss", created_at=START, available_at=START)
    books.finds(a_leak(company))
    look(hands)
    assert Message.objects.count() == 0
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    Job.objects.create(company_file=file, plan=plan, purpose="profit_loss", created_at=START, available_at=START)
    look(hands, minutes=5)
    assert Message.objects.count() == 1, "the second reading is no first one"


def test_a_first_sync_that_does_not_end_keeps_nobody_silent_for_long(
    company: Company, ana: Recipient, books: Books, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "companies_in_first_sync", lambda ids: frozenset(ids))
    books.finds(a_leak(company))
    look(hands)
    look(hands, minutes=55)
    assert Message.objects.count() == 0
    look(hands, minutes=10)
    assert Message.objects.count() == 1


def test_an_address_that_is_allowed_no_more_keeps_no_other(
    company: Company, ana: Recipient, books: Books, hands: Hands
) -> None:
    recipient(company, "https://10.0.0.7/inside")
    books.finds(a_leak(company))
    look(hands)
    assert list(Message.objects.values_list("recipient", flat=True)) == ["ana@example.com"]


def test_the_link_in_a_letter_stops_it_after_a_question(
    client: Client, company: Company, ana: Recipient, books: Books, hands: Hands, settings: Any
) -> None:
    path = stop_address(ana).removeprefix(settings.PUBLIC_URL)
    books.finds(a_leak(company))
    look(hands)
    assert b"Stop the alerts of Rockcastle" in client.get(path).content
    assert Recipient.objects.count() == 1, "a program that follows links stops nothing"
    assert b"Stopped" in client.post(path).content
    assert Recipient.objects.count() == 0
    assert AuditEvent.objects.filter(action="alert_recipient.removed").exists()
    assert client.get(path).status_code == 404
    sent(hands)
    assert Message.objects.get().state == State.DROPPED, "not even what was on its way"
    assert client.get("/alerts/stop/nonsense/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_looks_at_once_make_one_alert_and_one_message(
    company: Company, ana: Recipient, books: Books, hands: Hands
) -> None:
    def at_once() -> None:
        def one(_: int) -> None:
            try:
                looking.look(hands.now)
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(one, range(6)))

    books.finds(a_leak(company, "a"), a_leak(company, "b"))
    at_once()
    look(hands)
    assert Alert.objects.count() == 2
    told = [pk for message in Message.objects.all() for pk, _ in message.argument["alerts"]]
    assert sorted(told) == sorted(Alert.objects.values_list("pk", flat=True)), "each of them once"
    hands.now += timedelta(minutes=5)
    books.finds(a_leak(company, "a", "another"), a_leak(company, "b"))
    at_once()
    assert sum(len(message.argument["alerts"]) for message in Message.objects.all()) == 3
