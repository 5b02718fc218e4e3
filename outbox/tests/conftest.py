"""A clock that stands, a kind of message for tests, a mail server and a receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts import clock
from accounts.models import Company
from accounts.tests.factories import CompanyFactory
from outbox import kinds
from outbox.kinds import Hook, Letter
from outbox.tests.receiver import Receiver, running_receiver
from outbox.tests.smtp_server import MailServer, running_mail_server

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Hands:
    """The clock's; a test moves them."""

    now = START

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    found = Hands()
    monkeypatch.setattr(clock, "now", lambda: found.now)
    return found


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    settings.MAIL_IS_SET_UP = True
    settings.EMAIL_BACKEND = "outbox.smtp.Backend"
    settings.DEFAULT_FROM_EMAIL = "Tieout <tieout@example.com>"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.5
    with running_mail_server() as server:
        settings.EMAIL_PORT = server.port
        yield server


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.CALLBACK_ALLOW_PRIVATE = True
    with running_receiver() as server:
        yield server


class Writer:
    """Builds what a test wants said; raises what it is given."""

    def __init__(self) -> None:
        self.letter = Letter("June is in", "Hello.\n", html="<p>Hello.</p>")
        self.hook = Hook("test.said", {"words": "Hello."})
        self.trouble: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked: list[tuple[str, dict[str, Any], datetime]] = []

    def write(self, company: Company, argument: dict[str, Any], now: datetime) -> Letter:
        self._asked(company, argument, now)
        return self.letter

    def say(self, company: Company, argument: dict[str, Any], now: datetime) -> Hook:
        self._asked(company, argument, now)
        return self.hook

    def _asked(self, company: Company, argument: dict[str, Any], now: datetime) -> None:
        self.asked.append((company.name, argument, now))
        self.meanwhile()
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    found = Writer()
    monkeypatch.setitem(kinds._registry, "test", kinds.Kind("test", found.write, found.say))
    return found


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Rockcastle")
