"""A callback: signed, owed until it is delivered, and never a way into the network of this server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from accounts import clock
from outbox import callback_address, signing
from passthrough import callbacks
from passthrough.models import Callback, Transaction
from passthrough.tests.calling import FOUND, Desk, Platform, Reply, a_connected_company, a_key, run, until_queued
from qbwc.models import CompanyFile

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver(HTTPServer):
    """A caller's own server: keeps what it is sent and answers as it is told."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/done?order=7"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def company_file(settings: Settings) -> CompanyFile:
    settings.CALLBACK_ALLOW_PRIVATE = True
    return a_connected_company()


@pytest.fixture
def platform(company_file: CompanyFile) -> Platform:
    return Platform(a_key(company_file))


def owed(platform: Platform, receiver: Receiver) -> Callback:
    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(wait=0.2, callback_url=receiver.url))
        await until_queued()
        reply = await call
        await Desk().serve(FOUND)
        return reply

    reply = run(scenario)
    assert (reply.status, reply.body["status"]) == (202, "pending"), "its hold ends, and it is done all the same"
    return Callback.objects.get()


def test_the_answer_is_posted_with_a_signature_that_the_receiver_can_check(
    platform: Platform, receiver: Receiver, company_file: CompanyFile
) -> None:
    callback = owed(platform, receiver)
    assert callbacks.send(callback.pk, clock.now())
    headers, body = receiver.received[0]
    sent = json.loads(body)
    assert (sent["status"], sent["success"], sent["http_status"]) == ("success", True, 200)
    assert "<ListID>80-1</ListID>" in sent["qb_response"]
    secret = signing.secret_of(configured.SECRET_KEY, company_file.company_id)
    text = headers["X-Tieout-Timestamp"].encode() + b"." + body
    assert headers["X-Tieout-Signature"] == "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    callback.refresh_from_db()
    assert (callback.state, callback.last_status, callback.attempts) == ("delivered", 200, 1)


def test_it_is_delivered_once(platform: Platform, receiver: Receiver) -> None:
    callback = owed(platform, receiver)
    assert callbacks.send(callback.pk, clock.now())
    assert not callbacks.send(callback.pk, clock.now() + timedelta(hours=1))
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [500, 301, 404])
def test_one_that_is_not_taken_is_sent_again_later_and_no_redirect_is_followed(
    platform: Platform, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    callback, now = owed(platform, receiver), clock.now()
    assert not callbacks.send(callback.pk, now)
    callback.refresh_from_db()
    assert (callback.state, callback.last_status) == ("due", status)
    assert callback.next_at > now
    assert callback.pk not in callbacks.due(now)
    receiver.status = 204
    assert callbacks.due(callback.next_at) == [callback.pk]
    assert callbacks.send(callback.pk, callback.next_at)


def test_after_its_last_try_it_is_given_up_with_the_reason(platform: Platform, receiver: Receiver) -> None:
    receiver.status = 500
    callback, now = owed(platform, receiver), clock.now()
    for _ in range(20):
        now += timedelta(days=1)
        callbacks.send(callback.pk, now)
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == ("failed", len(callbacks.PAUSES) + 1)
    assert "500" in callback.last_error


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com/x",
        "https://user:word@example.com/x",
        "https://10.0.0.7/x",
        "https://[::1]/x",
        "https://[::ffff:192.168.1.1]/x",
        "https://169.254.169.254/latest",
        "http://localhost:8000/x",
        "https://exam ple.com/x",
        "https:///x",
        "https://example.com:99999/x",
        "no address",
    ],
)
def test_an_address_that_is_not_public_https_is_refused(platform: Platform, settings: Settings, url: str) -> None:
    settings.CALLBACK_ALLOW_PRIVATE = False
    reply = run(lambda: platform.post(callback_url=url))
    assert (reply.status, reply.body["error_code"]) == (400, "INVALID_REQUEST")
    assert Transaction.objects.exclude(job=None).count() == 0


def test_a_public_name_that_points_inside_is_refused_when_it_is_sent(
    platform: Platform, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = owed(platform, receiver)
    settings.CALLBACK_ALLOW_PRIVATE = False
    Callback.objects.update(url=f"https://books.example.com:{receiver.server_port}/x")
    inside = [(2, 1, 6, "", ("127.0.0.1", receiver.server_port))]
    monkeypatch.setattr("outbox.callback_post.socket.getaddrinfo", lambda *args, **kwargs: inside)
    assert not callbacks.send(callback.pk, clock.now())
    callback.refresh_from_db()
    assert (callback.state, receiver.received) == ("failed", [])
    assert "private network" in callback.last_error


def test_https_in_public_is_accepted() -> None:
    assert callback_address.parts_of("https://hook.eu1.make.com/abc?x=1", allow_private=False).path == "/abc"


def test_each_company_has_a_secret_of_its_own() -> None:
    assert signing.secret_of("installation", 1) != signing.secret_of("installation", 2)
