"""A shared link under every method, and over its end: it gives away nothing and counts only who reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent
from metrics.exports.document import CannotSet
from metrics.models import SharedLink, Snapshot
from metrics.snapshots import shared_views
from metrics.snapshots.freezing import freeze
from metrics.snapshots.shared_links import create_link, revoke
from metrics.tests.factories import NOW
from metrics.tests.reviewed_company import BOTH, reviewed_company

pytestmark = pytest.mark.django_db

TOKEN = "a" * 43
PAGE = f"/shared/{TOKEN}/"


class Clock:
    """The server's clock, to be set."""

    now = NOW


@pytest.fixture(autouse=True)
def server_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(clock, "now", lambda: found.now)
    shared_views.buckets.forget()
    return found


@pytest.fixture
def link() -> SharedLink:
    snapshot = freeze(reviewed_company(), BOTH, "accrual", "Q1 review", actor="dana", now=NOW)
    return create_link(snapshot, 30, "Ms Client", actor="dana", now=NOW, random_token=lambda: TOKEN).link


def openings() -> int:
    return AuditEvent.objects.filter(action="shared_link.opened").count()


@pytest.mark.parametrize("ending", ["", "download/pdf"])
def test_asking_for_the_head_alone_opens_nothing(link: SharedLink, ending: str) -> None:
    """Mail filters and chat programs look at every address before a person does."""
    answer = Client().head(f"{PAGE}{ending}")
    link.refresh_from_db()
    assert (answer.status_code, link.opened_count, openings()) == (200, 0, 0)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"].startswith("noindex")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_any_other_method_is_refused_as_such(link: SharedLink, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(PAGE)
    assert (answer.status_code, answer.headers["Allow"], openings()) == (405, "GET, HEAD", 0)


@pytest.mark.parametrize("ending", ["", "download/csv"])
def test_a_link_that_is_hammered_costs_no_work(link: SharedLink, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_views, "PER_MINUTE", 1)
    Client().head(PAGE)
    monkeypatch.setattr(shared_views, "review_of_snapshot", lambda snapshot: pytest.fail("read all the same"))
    assert Client().get(f"{PAGE}{ending}").status_code == 429


def test_the_end_of_a_link_is_told_to_the_minute(link: SharedLink, server_clock: Clock) -> None:
    assert "open until 14 Apr 2026, 12:00 UTC" in Client().get(PAGE).content.decode()
    server_clock.now = NOW + timedelta(days=30)
    assert "It was valid until 14 Apr 2026, 12:00 UTC." in Client().get(PAGE).content.decode()


def test_who_comes_after_the_end_is_in_the_audit_trail(link: SharedLink, server_clock: Clock) -> None:
    revoke(link, actor="dana", now=NOW)
    assert Client().get(PAGE, HTTP_USER_AGENT="Somebody's browser").status_code == 410
    refused = AuditEvent.objects.get(action="shared_link.refused")
    assert (refused.success, refused.company) == (False, link.snapshot.company)
    assert (refused.details["link"], refused.details["browser"]) == (link.pk, "Somebody's browser")
    assert "withdrawn" in refused.details["why"]
    assert TOKEN not in str(refused.details)


def test_the_audit_trail_is_not_filled_by_somebody_who_hammers_a_link_that_is_over(
    link: SharedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_views, "PER_MINUTE", 1)
    revoke(link, actor="dana", now=NOW)
    assert [Client().get(PAGE).status_code for _ in range(3)] == [410, 429, 429]
    assert AuditEvent.objects.filter(action="shared_link.refused").count() == 1


def test_a_client_is_not_told_the_house_s_business(link: SharedLink, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise CannotSet("error: unexpected argument in review.typ:12")

    monkeypatch.setattr(shared_views, "file_of", broken)
    answer = Client().get(f"{PAGE}download/pdf")
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "The other files hold the same figures." in words
    assert "review.typ" not in words
    Snapshot.objects.update(content={**link.snapshot.content, "basis": "cash"})
    words = Client().get(PAGE).content.decode()
    assert "are not what was frozen" in words
    assert "administrator" not in words
