"""Companies, people and addresses for the tests of the pages about a connection."""

from __future__ import annotations

import html
import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Protocol

from django.test import Client

from accounts.models import Company, Membership
from accounts.tests.factories import MembershipFactory, UserFactory
from qbwc import payloads
from qbwc.models import CompanyFile, Exchange, Job
from qwc.connect import connect

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 08:00 in Denver
SETTINGS = "/companies/cascadia/connection/"
ACCEPT = "/companies/cascadia/connection/accept-file/"
RELEASE = "/companies/cascadia/connection/release/"
CONSOLE = "/companies/cascadia/sync/"
SYNC_NOW = "/companies/cascadia/sync/now/"
REFUSED = {"company_name": "Birch <Sons>", "file_id": "", "path": r"C:\QB\birch.qbw", "at": NOW.isoformat()}
FORM = {
    "time_zone": "America/Denver",
    "quiet_from": "20:00",
    "quiet_until": "06:00",
    "minimum_run_minutes": "30",
    "live_window": "after_use",
    "live_hold_seconds": "15",
    "live_minutes": "5",
    "business_from": "07:30",
    "business_until": "17:00",
}


class QueryLimit(Protocol):
    """pytest-django's fixture that counts queries."""

    def __call__(self, num: int) -> AbstractContextManager[object]: ...


def cascadia() -> CompanyFile:
    """Connected, its plans asked for, nothing read."""
    return connect(name="Cascadia", username="cascadia", password="secret words", now=NOW).company_file


def signed_in(company: Company, role: str = Membership.Role.ADMINISTRATOR, *, csrf: bool = False) -> Client:
    user = UserFactory.create(username=f"{'carol' if csrf else 'alice'}-{role}-{company.slug}")
    MembershipFactory.create(user=user, company=company, role=role)
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user)
    return client


def a_job(company_file: CompanyFile, state: str = "queued", **columns: Any) -> Job:
    moments = {"created_at": NOW, "available_at": NOW}
    if state in ("failed", "outcome_unknown", "done"):
        moments["finished_at"] = NOW
    values = {"purpose": "raw_write", "is_write": True, "parameters": {"request": "<HostQueryRq/>"}}
    return Job.objects.create(company_file=company_file, state=state, **{**moments, **values, **columns})


def a_trip(job: Job, request: str, response: str = "", minutes: int = 0, **columns: Any) -> Exchange:
    return Exchange.objects.create(
        job=job,
        request_payload=payloads.store(request),
        response_payload=payloads.store(response) if response else None,
        qbxml_request_id=f"{job.pk}-0",
        sent_at=NOW + timedelta(minutes=minutes),
        **columns,
    )


def words(content: bytes) -> str:
    """What a reader gets: no tags, single spaces."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode())))


class _Inline(HTMLParser):
    """Collects whatever the Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)


def inline_code(content: bytes) -> list[str]:
    parser = _Inline()
    parser.feed(content.decode())
    return parser.found
