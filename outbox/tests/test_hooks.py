"""Webhooks over real HTTP: signed, at least once with one delivery id, never into the private network."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from pytest_django import Settings

from accounts.models import Company
from outbox import sending, webhook
from outbox.failures import BadRecipient
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands, Writer
from outbox.tests.receiver import Receiver

pytestmark = pytest.mark.django_db


def owed(company: Company, url: str) -> Message:
    message = sending.post_hook(company, kind="test", key="k1", url=url, argument={}, now=START)
    assert message is not None
    return message


def test_a_receiver_can_check_who_sent_it_and_that_it_is_unchanged(
    company: Company, writer: Writer, receiver: Receiver, hands: Hands
) -> None:
    message = owed(company, receiver.url)
    assert sending.send(message.pk)
    ((headers, body),) = receiver.received
    text = headers["X-Tieout-Timestamp"].encode() + b"." + body
    secret = webhook.secret_of(company.pk).encode()
    assert headers["X-Tieout-Signature"] == "sha256=" + hmac.new(secret, text, hashlib.sha256).hexdigest()
    assert json.loads(body) == {"event": "test.said", "delivery": message.delivery, "words": "Hello."}
    assert (headers["X-Tieout-Event"], headers["X-Tieout-Delivery"]) == ("test.said", message.delivery)
    message.refresh_from_db()
    assert (message.state, message.last_status, message.sent_at) == (State.SENT, 200, START)


def test_what_is_not_taken_comes_again_with_the_same_delivery_id(
    company: Company, writer: Writer, receiver: Receiver, hands: Hands
) -> None:
    receiver.statuses = [500, 302, 204]
    message = owed(company, receiver.url)
    assert not sending.send(message.pk)
    hands.forward(minutes=1)
    assert not sending.send(message.pk)
    hands.forward(minutes=5)
    assert sending.send(message.pk)
    assert {headers["X-Tieout-Delivery"] for headers, _ in receiver.received} == {message.delivery}
    assert len(receiver.received) == 3


def test_a_process_that_died_while_sending_leaves_it_to_the_next_sweep(
    company: Company, writer: Writer, receiver: Receiver, hands: Hands
) -> None:
    message = owed(company, receiver.url)
    Message.objects.update(state=State.SENDING, attempts=1, next_at=START)
    hands.forward(minutes=20)
    assert sending.settle_lost(hands.now) == {"unknown": 0, "due": 1}
    assert sending.due(hands.now) == [message.pk]
    assert sending.send(message.pk)


def test_a_receiver_that_has_gone_is_not_asked_again(
    company: Company, writer: Writer, receiver: Receiver, hands: Hands
) -> None:
    receiver.statuses = [410]
    message = owed(company, receiver.url)
    assert not sending.send(message.pk)
    message.refresh_from_db()
    assert (message.state, message.last_status) == (State.FAILED, 410)


@pytest.mark.parametrize("url", ["http://example.com/x", "https://10.0.0.7/x", "https://u:p@example.com/", "x"])
def test_an_address_inside_or_without_tls_is_refused_at_once(company: Company, writer: Writer, url: str) -> None:
    with pytest.raises(BadRecipient, match="The webhook address"):
        sending.post_hook(company, kind="test", key="k", url=url, argument={}, now=START)


def test_a_name_that_points_inside_ends_it(
    company: Company,
    writer: Writer,
    receiver: Receiver,
    hands: Hands,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = owed(company, "https://books.example.com/x")
    settings.CALLBACK_ALLOW_PRIVATE = False
    inside = [(2, 1, 6, "", ("127.0.0.1", receiver.server_port))]
    monkeypatch.setattr("outbox.callback_post.socket.getaddrinfo", lambda *args, **kwargs: inside)
    assert not sending.send(message.pk)
    message.refresh_from_db()
    assert (message.state, receiver.received) == (State.FAILED, [])
    assert "private network" in message.last_error
