"""The pages: who may see and do what, acknowledging, recipients with their test, thresholds, the secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Company, Membership, User
from accounts.tests.factories import CompanyFactory, UserFactory
from alerts import sources
from alerts.models import Alert, Recipient, Thresholds
from alerts.recipients import MOST
from alerts.sources import Found
from alerts.telling import TEST_KIND
from alerts.tests.conftest import DRIP, LEAK, Books, a_leak, look, recipient
from alerts.thresholds import thresholds_of
from outbox import sending, signing, webhook
from outbox.models import Message, State
from outbox.tests.conftest import Hands
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db
PAGE, SETTINGS = "/companies/rockcastle/alerts/", "/companies/rockcastle/alerts/settings/"


@pytest.fixture
def page(client: Client, dana: User) -> Client:
    client.force_login(dana)
    return client


@pytest.fixture
def viewer(company: Company) -> Client:
    user = UserFactory.create()
    Membership.objects.create(user=user, company=company)
    client = Client()
    client.force_login(user)
    return client


def words_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def added(page: Client, address: str, channel: str = "mail", kinds: tuple[str, ...] = (LEAK, DRIP)) -> Any:
    return page.post(SETTINGS, {"what": "add", "channel": channel, "address": address, "kinds": kinds})


def test_an_alert_says_what_to_do_and_is_acknowledged_with_a_note(
    page: Client, company: Company, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company, "a"), a_leak(company, "b"))
    look(hands)
    shown = words_of(page.get(PAGE))
    assert "a leaks &lt;12.00&gt;." in shown
    assert "A plumber: mend it." in shown
    page.post(PAGE, {"id": [Alert.objects.get(subject="a").pk], "note": "On order."})
    assert "a leaks" not in words_of(page.get(PAGE))
    assert "by dana: “On order.”" in words_of(page.get(f"{PAGE}?state=acknowledged"))
    books.finds()
    look(hands, minutes=5)
    ended = words_of(page.get(f"{PAGE}?state=ended"))
    assert "a leaks" in ended
    assert "b leaks" in ended


def test_a_viewer_sees_and_changes_nothing(
    viewer: Client, company: Company, ana: Recipient, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company))
    look(hands)
    assert "leaks" in words_of(viewer.get(PAGE))
    assert viewer.post(PAGE, {"id": [Alert.objects.get().pk]}).status_code == 403
    assert viewer.get(SETTINGS).status_code == 403
    assert viewer.post(f"{SETTINGS}secret/").status_code == 403
    assert viewer.post(f"{SETTINGS}{ana.pk}/", {"what": "remove"}).status_code == 403
    assert viewer.post(f"{PAGE}messages/{Message.objects.get().pk}/again/").status_code == 403
    assert Alert.objects.get().state == "open"


def test_a_viewer_is_not_shown_where_exactly_a_webhook_goes(
    viewer: Client, page: Client, company: Company, books: Books, hands: Hands
) -> None:
    recipient(company, "https://hook.example.com/secret-path")
    books.finds(a_leak(company))
    look(hands)
    assert "https://hook.example.com/secret-path" in words_of(page.get(PAGE))
    shown = words_of(viewer.get(PAGE))
    assert "hook.example.com" in shown
    assert "secret-path" not in shown


def test_another_companys_alerts_are_not_there(page: Client, books: Books) -> None:
    other = CompanyFactory.create(slug="other")
    theirs = recipient(other, "eve@example.com")
    assert page.get("/companies/other/alerts/").status_code == 404
    assert page.post(f"{SETTINGS}{theirs.pk}/", {"what": "remove"}).status_code == 404
    assert Recipient.objects.count() == 1


def test_a_recipient_is_added_changed_and_removed_and_each_is_audited(page: Client, books: Books) -> None:
    assert added(page, " ana@example.com ").status_code == 302
    row = Recipient.objects.get()
    assert (row.address, row.kinds, row.created_by) == ("ana@example.com", [DRIP, LEAK], "dana")
    page.post(f"{SETTINGS}{row.pk}/", {"kinds": [LEAK]})
    row.refresh_from_db()
    assert row.kinds == [LEAK]
    page.post(f"{SETTINGS}{row.pk}/", {"what": "remove"})
    assert Recipient.objects.count() == 0
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [f"alert_recipient.{done}" for done in ("added", "changed", "removed")]


@pytest.mark.parametrize(
    ("channel", "address", "problem"),
    [
        ("mail", "ana", "Write one mail address"),
        ("mail", "a@example.com\nBcc: b@example.com", "Write one mail address"),
        ("webhook", "http://example.com/x", "must begin with https://"),
        ("webhook", "https://10.0.0.7/x", "private network"),
        ("mail", "Ana@Example.com", "there already"),
    ],
)
def test_an_address_that_cannot_be_is_refused_beside_its_field(
    page: Client, ana: Recipient, books: Books, channel: str, address: str, problem: str
) -> None:
    answer = added(page, address, channel)
    assert answer.status_code == 422
    assert problem in words_of(answer)
    assert Recipient.objects.count() == 1


def test_a_company_has_not_more_recipients_than_it_needs(page: Client, company: Company, books: Books) -> None:
    for number in range(MOST):
        recipient(company, f"p{number}@example.com")
    assert "at most 20 recipients" in words_of(added(page, "one.more@example.com"))


def test_a_test_shows_what_became_of_it(
    page: Client, ana: Recipient, books: Books, hands: Hands, mail_server: MailServer
) -> None:
    mail_server.trouble["RCPT"] = "550 No such user"
    page.post(f"{SETTINGS}{ana.pk}/", {"what": "test"})
    assert "Last test just now: <span" in words_of(page.get(SETTINGS))
    sending.send(Message.objects.get().pk)
    assert "550: No such user" in words_of(page.get(SETTINGS))
    assert "550: No such user" in words_of(page.get(PAGE))


def test_without_mail_it_is_said_instead_of_sent(
    page: Client, ana: Recipient, books: Books, settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = False
    assert "No mail leaves this server" in words_of(page.get(SETTINGS))
    answer = page.post(f"{SETTINGS}{ana.pk}/", {"what": "test"}, follow=True)
    assert "No mail is set up on this server" in words_of(answer)
    assert Message.objects.count() == 0


def test_a_letter_in_doubt_is_sent_again_by_an_administrator(
    page: Client, company: Company, ana: Recipient, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company))
    look(hands)
    Message.objects.update(state=State.UNKNOWN, last_error="Nobody knows.")
    assert "Send again" in words_of(page.get(PAGE))
    page.post(f"{PAGE}messages/{Message.objects.get().pk}/again/")
    assert Message.objects.get().state == State.DUE
    assert AuditEvent.objects.get(action="message.sent_again").actor == "dana"


def test_thresholds_hold_once_they_are_saved_and_an_empty_one_is_the_default(
    page: Client, company: Company, books: Books
) -> None:
    name = f"{LEAK}.percent"
    answer = page.post(SETTINGS, {"what": "thresholds", name: "101"})
    assert answer.status_code == 422
    assert "Write a number from 0 to 100." in words_of(answer)
    page.post(SETTINGS, {"what": "thresholds", name: "2.5"})
    assert str(thresholds_of([company], LEAK)[company.pk]["percent"]) == "2.5"
    assert 'value="2.5"' in words_of(page.get(SETTINGS))
    page.post(SETTINGS, {"what": "thresholds", name: ""})
    assert str(thresholds_of([company], LEAK)[company.pk]["percent"]) == "1"
    assert Thresholds.objects.get().values == {}
    assert AuditEvent.objects.filter(action="alert_thresholds.changed").count() == 2


def test_the_secret_is_shown_on_request_and_that_is_kept(page: Client, company: Company, books: Books) -> None:
    assert webhook.secret_of(company.pk) not in words_of(page.get(SETTINGS))
    assert webhook.secret_of(company.pk) in words_of(page.post(f"{SETTINGS}secret/"))
    assert AuditEvent.objects.get().action == "callback_secret.shown"


@pytest.mark.parametrize("query", ["?state=x", "?kind=x", "?page=-1", "?page=99999", "?state=ended&kind=leak&page=3"])
def test_an_address_with_nonsense_shows_the_page(page: Client, books: Books, query: str) -> None:
    assert page.get(PAGE + query).status_code == 200


@pytest.mark.parametrize("loses", ["access", "sign-in", "nothing", "all"])
def test_an_address_of_somebody_who_may_see_the_company_no_more_is_pointed_out(
    page: Client, company: Company, books: Books, loses: str
) -> None:
    erin = UserFactory.create(username="erin", email="Erin@example.com")
    Membership.objects.create(user=erin, company=company)
    recipient(company, "erin@example.com")
    recipient(company, "nobody@example.com")
    if loses == "access":
        Membership.objects.filter(user=erin).delete()
    elif loses == "sign-in":
        User.objects.filter(pk=erin.pk).update(is_active=False)
    elif loses == "all":
        erin.delete()
    words = "This is the address of erin, who may not see Rockcastle &amp; Sons."
    assert (words in words_of(page.get(SETTINGS))) is (loses in ("access", "sign-in"))
    assert words_of(page.get(SETTINGS)).count("This is the address of") == (loses in ("access", "sign-in"))


def test_a_secret_that_leaked_is_replaced_for_its_company_alone(
    page: Client, company: Company, books: Books, hands: Hands, receiver: Receiver
) -> None:
    other = CompanyFactory.create()
    old, of_the_other = webhook.secret_of(company.pk), webhook.secret_of(other.pk)
    row = recipient(company, receiver.url)
    receiver.statuses = [401, 200]
    sending.post_hook(company, kind=TEST_KIND, key="k", url=row.address, argument={"recipient": row.pk}, now=hands.now)
    message = Message.objects.get()
    assert not sending.send(message.pk), "the receiver does not know the secret any more"
    shown = words_of(page.post(f"{SETTINGS}secret/new/"))
    new = webhook.secret_of(company.pk)
    assert new != old
    assert new in shown
    assert old not in shown
    assert webhook.secret_of(other.pk) == of_the_other
    assert AuditEvent.objects.filter(action="callback_secret.renewed").count() == 1
    hands.forward(minutes=2)
    assert sending.send(message.pk)
    headers, body = receiver.received[-1]
    timestamp = int(headers[signing.TIMESTAMP_HEADER])
    assert headers[signing.SIGNATURE_HEADER] == signing.signature(new, timestamp, body)
    page.post(f"{SETTINGS}secret/new/")
    assert webhook.secret_of(company.pk) not in (old, new)


def test_only_administrators_make_a_new_secret(viewer: Client, company: Company, books: Books) -> None:
    before = webhook.secret_of(company.pk)
    assert viewer.post(f"{SETTINGS}secret/new/").status_code == 403
    assert webhook.secret_of(company.pk) == before


def test_a_source_that_the_database_refuses_keeps_no_thresholds_from_being_saved(
    page: Client, company: Company, books: Books, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> list[Found]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")
        return []

    monkeypatch.setitem(sources._registry, LEAK, replace(sources._registry[LEAK], look=refused))
    answer = page.post(SETTINGS, {"what": "thresholds", f"{DRIP}.percent": "2.5"})
    assert answer.status_code == 302
    assert Thresholds.objects.get(company=company).values == {f"{DRIP}.percent": "2.5"}
