"""What a message leaves out, because it was over by then, and what becomes of it when it is back."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Company
from alerts import letters, sources
from alerts.acknowledging import acknowledge
from alerts.left_out import leave_out
from alerts.models import Alert, Recipient
from alerts.tests.conftest import LEAK, Books, a_leak, look, recipient
from outbox import sending
from outbox.models import Message, State
from outbox.tests.conftest import Hands
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db


def sent(hands: Hands) -> int:
    return sum(sending.send(pk) for pk in sending.due(hands.now))


def finds(books: Books, hands: Hands, company: Company, *fingerprints: str) -> None:
    books.finds(*(a_leak(company, fingerprint=one, value=one, words=f"May leaks {one}.") for one in fingerprints))
    look(hands, minutes=10)


def told(mail_server: MailServer) -> list[tuple[str, str]]:
    return sorted((letter["To"], letter["Subject"].split(": ")[1]) for letter in mail_server.letters)


def waits_until_it_is_over(company: Company, books: Books, hands: Hands, mail_server: MailServer) -> None:
    """Owed while the mail server is away, and over by the time it is there."""
    mail_server.trouble["greeting"] = "421 later"
    finds(books, hands, company, "12")
    assert sent(hands) == 0
    finds(books, hands, company)
    mail_server.trouble.clear()
    assert sent(hands) == 0
    assert {message.state for message in Message.objects.all()} == {State.DROPPED}


def test_what_ended_before_it_was_sent_and_is_back_is_told_once(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    waits_until_it_is_over(company, books, hands, mail_server)
    for _ in range(3):
        finds(books, hands, company, "12")
        sent(hands)
        assert told(mail_server) == [("ana@example.com", "May leaks 12.")]
        finds(books, hands, company)


def test_only_whoever_was_not_told_is_told_when_it_is_back(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    finds(books, hands, company, "12")
    assert sent(hands) == 1
    ben = recipient(company, "ben@example.com")
    mail_server.trouble["greeting"] = "421 later"
    finds(books, hands, company, "15")
    waiting = Message.objects.get(argument__recipient=ben.pk)
    mail_server.trouble.clear()
    to_ana = Message.objects.get(argument__recipient=ana.pk, state=State.DUE)
    assert sending.send(to_ana.pk)
    finds(books, hands, company)
    assert not sending.send(waiting.pk)
    finds(books, hands, company, "15")
    sent(hands)
    assert told(mail_server) == [
        ("ana@example.com", "May leaks 12."),
        ("ana@example.com", "May leaks 15."),
        ("ben@example.com", "May leaks 15."),
    ]


def test_what_one_message_left_out_beside_what_it_told_is_told_when_it_is_back(
    company: Company, books: Books, hands: Hands, receiver: Receiver
) -> None:
    recipient(company, receiver.url)
    receiver.statuses = [500, 500, 200]
    both = (a_leak(company, "a"), a_leak(company, "b"))
    books.finds(*both)
    look(hands)
    assert sent(hands) == 0
    books.finds(a_leak(company, "b"))
    look(hands, minutes=10)
    assert sent(hands) == 0, "refused once more, and “a” left out"
    books.finds(*both)
    for _ in range(3):
        look(hands, minutes=20)
        sent(hands)
    said = [[one["subject"] for one in json.loads(body)["alerts"]] for _, body in receiver.received]
    assert said[:2] == [["a", "b"], ["b"]]
    assert sorted(said[2:]) == [["a"], ["b"]], "each of them once"


def test_what_was_acknowledged_before_it_was_over_is_not_told_when_it_is_back(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    finds(books, hands, company, "12")
    acknowledge(company, [Alert.objects.get().pk], note="", actor="dana", now=hands.now)
    finds(books, hands, company)
    assert sent(hands) == 0
    finds(books, hands, company, "12")
    assert (sent(hands), Alert.objects.get().state) == (0, "acknowledged")


def test_what_nobody_heard_is_told_by_the_message_that_has_become_the_only_one(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    """It grew while the first message waited, which left it to the second; then it was again what it had been."""
    mail_server.trouble["greeting"] = "421 later"
    finds(books, hands, company, "12")
    (first,) = sending.due(hands.now)
    finds(books, hands, company, "15")
    mail_server.trouble.clear()
    assert not sending.send(first)
    finds(books, hands, company, "12")
    sent(hands)
    assert told(mail_server) == [("ana@example.com", "May leaks 12.")]


def test_what_is_news_again_after_a_day_is_told_once_also_when_it_was_left_out_before(
    company: Company,
    ana: Recipient,
    books: Books,
    hands: Hands,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sources._registry, LEAK, replace(sources._registry[LEAK], again_after=timedelta(days=1)))
    waits_until_it_is_over(company, books, hands, mail_server)
    hands.forward(days=2)
    for _ in range(3):
        finds(books, hands, company, "12")
        sent(hands)
        assert told(mail_server) == [("ana@example.com", "May leaks 12.")]
        finds(books, hands, company)


def test_what_is_news_again_while_the_first_message_still_waits_is_told_once(
    company: Company,
    ana: Recipient,
    books: Books,
    hands: Hands,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sources._registry, LEAK, replace(sources._registry[LEAK], is_rough=True))
    mail_server.trouble["greeting"] = "421 later"
    for value in ("12.00", "15.00"):
        books.finds(a_leak(company, fingerprint="0", value=value, words=f"May leaks {value}."))
        look(hands, minutes=10)
        assert sent(hands) == 0
        books.finds()
        if value == "12.00":
            look(hands, minutes=1)
    mail_server.trouble.clear()
    hands.forward(hours=1)
    sent(hands)
    assert told(mail_server) == [("ana@example.com", "May leaks 15.00.")]
    look(hands, minutes=5)
    books.finds(a_leak(company, fingerprint="0", value="15.00", words="May leaks 15.00."))
    look(hands, minutes=5)
    sent(hands)
    assert len(mail_server.taken) == 1, "it is the same thing, and was told"


@pytest.mark.django_db(transaction=True)
def test_what_is_back_while_a_message_is_leaving_it_out_is_told_once(
    company: Company,
    ana: Recipient,
    books: Books,
    hands: Hands,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the look and the message's last try come about."""
    looks: list[Future[None]] = []

    def looks_and_closes() -> None:
        try:
            look(hands, minutes=1)
        finally:
            connection.close()

    def leave_out_while_somebody_looks(*said: Any) -> None:
        looks.append(pool.submit(looks_and_closes))
        leave_out(*said)

    mail_server.trouble["greeting"] = "421 later"
    finds(books, hands, company, "12")
    assert sent(hands) == 0
    finds(books, hands, company)
    mail_server.trouble.clear()
    books.finds(a_leak(company, fingerprint="12", value="12", words="May leaks 12."))
    monkeypatch.setattr(letters, "leave_out", leave_out_while_somebody_looks)
    with ThreadPoolExecutor(1) as pool:
        sent(hands)
        for one in looks:
            one.result()
    assert len(looks) == 1
    sent(hands)
    assert told(mail_server) == [("ana@example.com", "May leaks 12.")]
