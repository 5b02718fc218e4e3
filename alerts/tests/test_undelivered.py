"""An address that takes no alerts is itself told of: on the page and to the others, once, and never to itself."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Company, User
from alerts import sources, undelivered
from alerts.models import Alert
from alerts.sources import Source
from alerts.telling import UNDELIVERED
from alerts.tests.conftest import LEAK, Books, a_leak, look, recipient
from outbox import sending
from outbox.models import Message, State
from outbox.tests.conftest import Hands
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db
BOTH = (LEAK, UNDELIVERED)
REFUSED = "550 5.1.1 No such user here"


@pytest.fixture(autouse=True)
def _watched(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(UNDELIVERED, "Alerts not delivered", undelivered.undelivered, None, (), undelivered.AGAIN_AFTER)
    monkeypatch.setitem(sources._registry, UNDELIVERED, source)


def works(hands: Hands, **forward: float) -> None:
    look(hands, **forward)
    for pk in sending.due(hands.now):
        sending.send(pk)


def test_a_refused_alert_is_told_on_the_page_and_to_the_others_and_not_to_the_address_that_refused_it(
    company: Company,
    books: Books,
    hands: Hands,
    mail_server: MailServer,
    receiver: Receiver,
    dana: User,
    client: Client,
) -> None:
    ana, hook = recipient(company, "ana@example.com", BOTH), recipient(company, receiver.url, BOTH)
    mail_server.trouble["RCPT"] = REFUSED
    books.finds(a_leak(company))
    works(hands)
    for _ in range(5):
        works(hands, minutes=5)
    alert = Alert.objects.get(kind=UNDELIVERED)
    assert alert.words == "Alerts do not reach ana@example.com."
    assert "Nobody is known there" in alert.why
    assert Message.objects.filter(recipient=ana.address).count() == 1, "nothing more is sent to it about itself"
    told = Message.objects.filter(recipient=hook.address)
    assert told.count() == len(receiver.received) == 2
    assert b"alert_undelivered" in receiver.received[-1][1]
    client.force_login(dana)
    page = client.get("/companies/rockcastle/alerts/").content.decode()
    assert "Alerts do not reach ana@example.com." in page
    assert 'href="/companies/rockcastle/alerts/#told"' in page


def test_the_same_address_failing_again_and_again_is_one_alert_told_once(
    company: Company, books: Books, hands: Hands, mail_server: MailServer, receiver: Receiver
) -> None:
    recipient(company, "ana@example.com", BOTH)
    recipient(company, receiver.url, (UNDELIVERED,))
    mail_server.trouble["RCPT"] = REFUSED
    for number in range(4):
        books.finds(*(a_leak(company, f"2026-0{one}") for one in range(1, number + 2)))
        works(hands, minutes=10)
        works(hands, minutes=10)
    assert Message.objects.filter(channel="mail", state=State.FAILED).count() == 4
    assert Alert.objects.filter(kind=UNDELIVERED).count() == 1
    assert len(receiver.received) == 1


def test_two_broken_addresses_tell_each_other_once_and_then_all_is_quiet(
    company: Company, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    for address in ("ana@example.com", "ben@example.com"):
        recipient(company, address, BOTH)
    mail_server.trouble["RCPT"] = REFUSED
    books.finds(a_leak(company))
    for _ in range(10):
        works(hands, minutes=10)
    assert Alert.objects.filter(kind=UNDELIVERED).count() == 2
    assert Message.objects.count() == 4


def test_it_is_over_when_something_reaches_the_address_again(
    company: Company, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    recipient(company, "ana@example.com", BOTH)
    mail_server.trouble["RCPT"] = REFUSED
    books.finds(a_leak(company))
    works(hands)
    works(hands, minutes=10)
    assert Alert.objects.get(kind=UNDELIVERED).state == "open"
    mail_server.trouble.clear()
    books.finds(a_leak(company), a_leak(company, "2026-06"))
    works(hands, minutes=10)
    works(hands, minutes=10)
    assert Alert.objects.get(kind=UNDELIVERED).state == "ended"


@pytest.mark.parametrize("away", ["removed", "old"])
def test_an_address_that_is_told_nothing_any_more_or_long_ago_is_no_concern(
    company: Company, books: Books, hands: Hands, mail_server: MailServer, away: str
) -> None:
    ana = recipient(company, "ana@example.com", BOTH)
    mail_server.trouble["RCPT"] = REFUSED
    books.finds(a_leak(company))
    works(hands)
    works(hands, minutes=10)
    if away == "removed":
        ana.delete()
    works(hands, minutes=10, days=0 if away == "removed" else 36)
    assert Alert.objects.get(kind=UNDELIVERED).state == "ended"


def test_an_alert_of_which_nobody_knows_whether_it_arrived_says_so_and_hides_a_webhooks_path(
    company: Company, books: Books, hands: Hands
) -> None:
    for address in ("ana@example.com", "https://hooks.example.com/secret-path"):
        recipient(company, address, BOTH)
    books.finds(a_leak(company))
    look(hands)
    Message.objects.filter(channel="mail").update(state=State.UNKNOWN, last_error=sending.LOST)
    Message.objects.filter(channel="webhook").update(state=State.FAILED, last_error="The receiver answered 410.")
    look(hands, minutes=5)
    found = {one.subject.partition(":")[0]: one for one in Alert.objects.filter(kind=UNDELIVERED)}
    assert found["mail"].words == "Nobody knows whether the last alerts reached ana@example.com."
    assert "ask there whether they came" in found["mail"].remedy
    assert found["webhook"].words == "Alerts do not reach the webhook at hooks.example.com."
    assert not any("secret-path" in f"{vars(one)}" for one in found.values())
