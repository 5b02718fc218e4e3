"""A name service that never answers costs a bounded time and a bounded number of threads."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Company
from outbox import callback_post, lookup, sending
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands, Writer

ROW = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
LONG = 60.0


class NameService:
    """Answers once it is let."""

    def __init__(self) -> None:
        self.answers, self.lock, self.asked = threading.Event(), threading.Lock(), 0

    def look_up(self, *_: Any, **__: Any) -> list[Any]:
        with self.lock:
            self.asked += 1
        assert self.answers.wait(LONG)
        return [ROW]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameService]:
    found = NameService()
    monkeypatch.setattr(socket, "getaddrinfo", found.look_up)
    monkeypatch.setattr(lookup, "_places", threading.BoundedSemaphore(lookup.AT_ONCE))
    yield found
    found.answers.set()
    for thread in threading.enumerate():
        if thread.name.startswith("look up "):
            thread.join(LONG)


def searching() -> int:
    return sum(thread.name.startswith("look up ") for thread in threading.enumerate())


def test_a_look_up_that_hangs_is_left_and_never_starts_more_threads_than_there_are_places(silent: NameService) -> None:
    for _ in range(lookup.AT_ONCE + 3):
        with pytest.raises(TimeoutError):
            lookup.addresses_of("slow.example.com", 443, 0.01)
    assert silent.asked <= lookup.AT_ONCE
    assert searching() == lookup.AT_ONCE
    silent.answers.set()
    assert lookup.addresses_of("slow.example.com", 443, LONG) == ["127.0.0.1"], "their places are free again"


def test_what_is_wrong_with_a_name_is_told_to_whoever_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for _ in range(lookup.AT_ONCE + 1):
        with pytest.raises(socket.gaierror):
            lookup.addresses_of("nobody.example.com", 443, LONG)


def test_a_name_that_can_be_none_is_no_break_down() -> None:
    with pytest.raises((UnicodeError, OSError)):
        lookup.addresses_of(f"{'a' * 70}.example.com", 443, LONG)


def test_without_another_thread_the_place_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        for _ in range(lookup.AT_ONCE + 1):
            with pytest.raises(TimeoutError):
                lookup.addresses_of("example.com", 443, LONG)
    assert lookup.addresses_of("127.0.0.1", 443, LONG) == ["127.0.0.1"]


@pytest.mark.django_db
def test_a_webhook_whose_name_service_is_silent_is_tried_again(
    company: Company,
    writer: Writer,
    hands: Hands,
    silent: NameService,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CALLBACK_ALLOW_PRIVATE = True
    monkeypatch.setattr(callback_post, "LOOKUP_SECONDS", 0.01)
    url = "https://slow.example.com/hook"
    message = sending.post_hook(company, kind="test", key="k", url=url, argument={}, now=START)
    assert message is not None
    assert not sending.send(message.pk)
    kept = Message.objects.get()
    assert (kept.state, kept.attempts) == (State.DUE, 1)
    assert "slow.example.com did not answer in time" in kept.last_error
