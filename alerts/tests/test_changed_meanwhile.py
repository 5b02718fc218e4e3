"""What changes between two looks, between the page and the click, or between owing a message and sending it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import Company, User
from alerts import sources
from alerts.models import Alert, Recipient
from alerts.sources import Found
from alerts.tests.conftest import LEAK, Books, a_leak, look, recipient
from outbox import sending
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db
PAGE = "/companies/rockcastle/alerts/"


def sent(hands: Hands) -> int:
    return sum(sending.send(pk) for pk in sending.due(hands.now))


def said(mail_server: MailServer) -> list[str]:
    bodies = [letter.get_body(("plain",)) for letter in mail_server.letters]
    return [body.get_content() for body in bodies if body is not None]


def grows(company: Company, books: Books, hands: Hands, fingerprint: str, *, size: int = 0) -> None:
    """It is another thing now, and somebody looks."""
    words = f"May leaks {fingerprint}."
    books.finds(a_leak(company, fingerprint=fingerprint, value=fingerprint, words=words, size=size))
    look(hands, minutes=5)


def test_what_became_another_thing_while_the_mail_server_was_away_is_told_once(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    mail_server.trouble["greeting"] = "421 later"
    grows(company, books, hands, "12.00")
    assert sent(hands) == 0
    grows(company, books, hands, "15.00")
    mail_server.trouble.clear()
    hands.forward(minutes=10)
    assert sent(hands) == 1, "two letters about the same thing"
    assert sorted(Message.objects.values_list("state", flat=True)) == [State.DROPPED, State.SENT]
    (words,) = said(mail_server)
    assert "May leaks 15.00." in words


def test_a_webhook_that_waited_tells_only_what_no_later_one_tells(
    company: Company, books: Books, hands: Hands, receiver: Receiver
) -> None:
    recipient(company, receiver.url)
    receiver.statuses = [500, 200]
    books.finds(a_leak(company, "a"), a_leak(company, "b"))
    look(hands, minutes=5)
    assert sent(hands) == 0
    books.finds(a_leak(company, "a"), a_leak(company, "b", fingerprint="99"))
    look(hands, minutes=5)
    assert sent(hands) == 2
    told = [[one["subject"] for one in json.loads(body)["alerts"]] for _, body in receiver.received[1:]]
    assert sorted(told) == [["a"], ["b"]]


def test_what_became_smaller_before_it_was_sent_is_told_as_it_is_by_then(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    mail_server.trouble["greeting"] = "421 later"
    grows(company, books, hands, "much", size=4)
    assert sent(hands) == 0
    grows(company, books, hands, "little", size=1)
    mail_server.trouble.clear()
    assert sent(hands) == 1
    (words,) = said(mail_server)
    assert "May leaks little." in words


def test_what_somebody_acknowledged_before_it_was_sent_is_not_sent(
    client: Client, company: Company, ana: Recipient, dana: User, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    client.force_login(dana)
    grows(company, books, hands, "12.00")
    client.post(PAGE, {"id": [_box(client)]})
    assert sent(hands) == 0
    message = Message.objects.get()
    assert (message.state, mail_server.taken) == (State.DROPPED, [])
    assert "acknowledged" in message.last_error


def _box(client: Client) -> str:
    """What the one box on the page sends when it is ticked."""
    page = client.get(PAGE).content.decode()
    return page.split('name="id" value="')[1].split('"')[0]


def test_a_box_acknowledges_what_was_shown_beside_it_and_not_what_it_became(
    client: Client, company: Company, ana: Recipient, dana: User, books: Books, hands: Hands
) -> None:
    client.force_login(dana)
    grows(company, books, hands, "12.00")
    ticked = _box(client)
    grows(company, books, hands, "15.00")
    answer = client.post(PAGE, {"id": [ticked]}, follow=True).content.decode()
    alert = Alert.objects.get()
    assert (alert.state, alert.acknowledged_at) == ("open", None), "nobody has seen (15.00) yet"
    assert "changed since you opened this page" in answer
    client.post(PAGE, {"id": [_box(client)]})
    alert.refresh_from_db()
    assert alert.state == "acknowledged"


def test_words_are_as_new_as_the_last_look_also_when_it_is_the_same_thing(
    company: Company, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company, words="1,200.00 of May leaks."))
    look(hands)
    books.finds(a_leak(company, words="1,500.00 of May leaks."))
    look(hands, minutes=5)
    alert = Alert.objects.get()
    assert alert.words == "1,500.00 of May leaks."
    assert alert.updated_at == START + timedelta(minutes=5), "a program that asks for what changed gets it"
    assert not alert.change, "it is the same thing"


def test_what_is_judged_otherwise_does_not_claim_that_a_figure_moved(
    company: Company, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company, fingerprint="100:1", value="80.00", size=1))
    look(hands)
    books.finds(a_leak(company, fingerprint="120:2", value="80.00", size=2))
    look(hands, minutes=5)
    assert Alert.objects.get().change == "It is still 80.00; what it is judged by has changed."


def test_what_was_over_and_begins_again_is_told_also_when_it_is_smaller_than_it_was(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    grows(company, books, hands, "much", size=4)
    books.finds()
    look(hands, hours=5)
    grows(company, books, hands, "little", size=1)
    assert sent(hands) == 1
    assert "May leaks little." in said(mail_server)[-1]
    alert = Alert.objects.get()
    assert (alert.state, alert.times, alert.change) == ("open", 2, "")


def test_what_was_acknowledged_at_its_worst_is_not_asked_for_again_on_its_way_back(
    client: Client, company: Company, ana: Recipient, dana: User, books: Books, hands: Hands
) -> None:
    client.force_login(dana)
    grows(company, books, hands, "eight", size=8)
    client.post(PAGE, {"id": [_box(client)]})
    before = Message.objects.count()
    for fingerprint, size in (("two", 2), ("four", 4), ("three", 3), ("eight", 8)):
        grows(company, books, hands, fingerprint, size=size)
        assert Alert.objects.get().state == "acknowledged", f"{fingerprint}: somebody has accepted worse"
    assert Message.objects.count() == before
    grows(company, books, hands, "nine", size=9)
    assert Alert.objects.get().state == "open"
    assert Message.objects.count() == before + 1


def test_a_very_long_name_in_an_alert_keeps_no_other_company_from_hearing(
    company: Company, ana: Recipient, books: Books, hands: Hands
) -> None:
    long = "Ω" * 3000
    books.finds(a_leak(company, long, long, words=long, why=long, remedy=long, link=f"/{long}", value=long))
    look(hands)
    books.finds(
        a_leak(company, long, f"{long}2", words=long, value=f"2{long}", link=f"/{long}"), a_leak(company, "other")
    )
    look(hands, minutes=5)
    assert Alert.objects.filter(kind=LEAK, ended_at=None).count() == 2
    for alert in Alert.objects.all():
        alert.full_clean(validate_unique=False)


def test_the_subject_of_a_letter_says_what_happened_however_long_the_companys_name_is(
    company: Company, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    Company.objects.filter(pk=company.pk).update(name=f"Rockcastle {'& Sons ' * 27}"[:200])
    books.finds(a_leak(company))
    look(hands)
    assert sent(hands) == 1
    assert "leaks <12.00>" in mail_server.letters[0]["Subject"]


def test_a_look_that_took_long_ends_nothing_that_a_later_one_has_found(
    company: Company,
    ana: Recipient,
    books: Books,
    hands: Hands,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It read the books, then another worker looked at what they had become, then it wrote."""
    finds_now = sources.sources()[LEAK].look

    def while_others_look(companies: Sequence[Company], now: datetime) -> list[Found]:
        read_before = list(finds_now(companies, now))
        monkeypatch.setitem(sources._registry, LEAK, usual)
        books.finds(a_leak(company))
        look(hands, minutes=1)
        return read_before

    usual = sources._registry[LEAK]
    for state in ("new", "back"):
        monkeypatch.setitem(sources._registry, LEAK, replace(usual, look=while_others_look))
        look(hands)
        alert = Alert.objects.get()
        assert (alert.state, alert.times) == ("open", 1 if state == "new" else 2), state
        sent(hands)
        assert len(mail_server.taken) == 1, state
        books.finds()
        look(hands, minutes=5)
        assert Alert.objects.get().state == "ended", "the next look ends it"
