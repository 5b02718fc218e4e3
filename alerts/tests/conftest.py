"""Two sources that find what a test says, a clock that stands, and the outbox's servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Company, Membership, User
from accounts.tests.factories import CompanyFactory, UserFactory
from alerts import looking, sources
from alerts.models import Recipient
from alerts.sources import Found, Source, Tone
from outbox.tests.conftest import START, Hands
from outbox.tests.conftest import hands as hands
from outbox.tests.conftest import mail_server as mail_server
from outbox.tests.conftest import receiver as receiver

LEAK, DRIP = "leak", "drip"


class Books:
    """What the sources find; `trouble` makes one fail."""

    def __init__(self) -> None:
        self.found: dict[str, list[Found]] = {LEAK: [], DRIP: []}
        self.trouble: dict[str, Exception] = {}
        self.acknowledged: list[tuple[str, tuple[str, ...], str, str]] = []
        self.looks = 0

    def finds(self, *found: Found, kind: str = LEAK) -> None:
        self.found[kind] = list(found)

    def source(self, kind: str) -> Source:
        def look(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
            self.looks += 1
            if kind in self.trouble:
                raise self.trouble[kind]
            ids = {company.pk for company in companies}
            return [one for one in self.found[kind] if one.company_id in ids]

        def acknowledge(company: Company, seen: Mapping[str, str], note: str, actor: str, now: datetime) -> None:
            self.acknowledged.append((company.name, tuple(seen), note, actor))

        threshold = sources.Threshold("percent", "Share", "Help.", Decimal(1), Decimal(0), Decimal(100))
        return Source(kind, f"{kind.title()} found", look, acknowledge, (threshold,))


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch, hands: Hands) -> Books:
    found = Books()
    monkeypatch.setattr(sources, "_registry", {kind: found.source(kind) for kind in (LEAK, DRIP)})
    return found


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Rockcastle & Sons", slug="rockcastle")


@pytest.fixture
def dana(company: Company) -> User:
    user = UserFactory.create(username="dana")
    Membership.objects.create(user=user, company=company, role=Membership.Role.ADMINISTRATOR)
    return user


@pytest.fixture
def ana(company: Company) -> Recipient:
    return recipient(company, "ana@example.com")


def recipient(company: Company, address: str, kinds: Sequence[str] = (LEAK, DRIP)) -> Recipient:
    channel = "mail" if "@" in address else "webhook"
    return Recipient.objects.create(
        company=company, channel=channel, address=address, kinds=list(kinds), created_at=START, created_by="dana"
    )


def a_leak(company: Company, subject: str = "2026-05:accrual", fingerprint: str = "1200", **changes: Any) -> Found:
    found = Found(
        company_id=company.pk,
        subject=subject,
        fingerprint=fingerprint,
        words=f"{subject} leaks <12.00>.",
        why="The pipe is old.",
        remedy="A plumber: mend it.",
        link="/companies/rockcastle/tie-out/",
        tone=Tone.BAD,
        since=START,
        value="(12.00)",
    )
    return replace(found, **changes)


def look(hands: Hands, **forward: float) -> None:
    """A look, after some time."""
    looking.look(hands.forward(**forward) if forward else hands.now)


@pytest.fixture
def _public(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://books.example.com"
