"""Receivers that mean no good: slow without end, more than one can read, a redirect inside; a worker gets away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pytest_django import Settings

from accounts.models import Company
from outbox import callback_post, sending
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands, Writer

pytestmark = pytest.mark.django_db
Says = Callable[[socket.socket, threading.Event], None]


class Rogue:
    """Takes connections and says what a test wants, byte for byte, until the test is over."""

    def __init__(self, says: Says) -> None:
        self.says, self.over, self.calls = says, threading.Event(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}/hook"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                self.calls += 1
                threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.recv(65536)
            self.says(caller, self.over)


def drips(caller: socket.socket, over: threading.Event) -> None:
    """A header that never ends, each byte long before anybody counts it as silent."""
    caller.sendall(b"HTTP/1.1 200 OK\r\nX-Wait: ")
    while not over.wait(0.02):
        caller.sendall(b"a")


def goes_on(caller: socket.socket, over: threading.Event) -> None:
    """RFC 9110 lets a server say "100 Continue" before its answer, and does not say how often."""
    while not over.wait(0.02):
        caller.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def is_silent(caller: socket.socket, over: threading.Event) -> None:
    over.wait(60)


def floods(caller: socket.socket, over: threading.Event) -> None:
    """A body without end; what stands before it is an answer all the same."""
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while not over.is_set():
        caller.sendall(b"x" * 65536)


def speaks_no_http(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"\x00\xff" * 100_000)


@pytest.fixture
def rogue(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Says], Rogue]]:
    settings.CALLBACK_ALLOW_PRIVATE = True
    monkeypatch.setattr(callback_post, "WHOLE_SECONDS", 1.0)
    running: list[Rogue] = []

    def start(says: Says) -> Rogue:
        running.append(Rogue(says))
        return running[-1]

    yield start
    for one in running:
        one.over.set()
        one.listener.close()


def sent_to(url: str, company: Company) -> Message:
    message = sending.post_hook(company, kind="test", key="k", url=url, argument={}, now=START)
    assert message is not None
    sending.send(message.pk)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("says", [drips, goes_on, is_silent, speaks_no_http])
def test_a_receiver_that_never_comes_to_an_end_is_left_and_asked_again_later(
    company: Company, writer: Writer, hands: Hands, rogue: Callable[[Says], Rogue], says: Says
) -> None:
    message = sent_to(rogue(says).url, company)
    assert (message.state, message.attempts) == (State.DUE, 1)
    assert message.next_at > START
    if says is not speaks_no_http:
        assert "took longer than 1 second" in message.last_error


def test_a_body_without_end_is_not_read_to_its_end(
    company: Company, writer: Writer, hands: Hands, rogue: Callable[[Says], Rogue]
) -> None:
    message = sent_to(rogue(floods).url, company)
    assert (message.state, message.last_status) == (State.SENT, 200)


def test_a_redirect_is_not_followed_wherever_it_points(
    company: Company, writer: Writer, hands: Hands, rogue: Callable[[Says], Rogue]
) -> None:
    inside = rogue(is_silent)

    def points_inside(caller: socket.socket, over: threading.Event) -> None:
        where = inside.url.encode()
        caller.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n")

    message = sent_to(rogue(points_inside).url, company)
    assert (message.state, message.last_status, inside.calls) == (State.DUE, 307, 0)
    assert message.last_error.startswith("The receiver answered 307. It sends on to another address")
