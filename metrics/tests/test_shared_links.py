"""A client without an account sees one snapshot behind a secret address, until it expires or is revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent, Company, Membership
from metrics.models import SharedLink, Snapshot
from metrics.months import Month
from metrics.review.notes import add_note
from metrics.snapshots import shared_views
from metrics.snapshots.freezing import freeze
from metrics.snapshots.shared_links import BadLink, create_link, find, revoke
from metrics.tests import callers
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.reviewed_company import BOTH, CHANGED, read, reviewed_company

pytestmark = pytest.mark.django_db

TOKEN = "a" * 43
SECRET = "We may raise prices in June."


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
def snapshot() -> Snapshot:
    company = reviewed_company()
    add_note(company, SECRET, Month(2026, 2), "mrr", actor="dana", now=NOW)
    return freeze(company, BOTH, "accrual", "Q1 review", actor="dana", now=NOW)


def linked(snapshot: Snapshot, days: int = 30, *, token: str = TOKEN, shows_notes: bool = False) -> SharedLink:
    made = create_link(
        snapshot, days, "Ms Client", shows_notes=shows_notes, actor="dana", now=NOW, random_token=lambda: token
    )
    return made.link


def client_of(company: Company, role: str = Membership.Role.ADMINISTRATOR) -> Client:
    return callers.client_of(company, role=role)


def links_of(snapshot: Snapshot) -> str:
    return f"/companies/{snapshot.company.slug}/snapshots/{snapshot.pk}/links/"


def test_a_client_sees_the_frozen_figures_and_charts_without_signing_in(snapshot: Snapshot) -> None:
    linked(snapshot)
    read(snapshot.company, CHANGED)
    page = Client().get(f"/shared/{TOKEN}/")
    words = page.content.decode()
    assert page.status_code == 200
    assert "1,540.00" in words
    assert "1,340.00" not in words
    assert words.count('<svg xmlns="http://www.w3.org/2000/svg" class="chart"') == 12
    assert "Ms Client" not in words


def test_the_page_is_kept_by_nobody_and_found_by_no_search(snapshot: Snapshot) -> None:
    linked(snapshot)
    for address in (f"/shared/{TOKEN}/", f"/shared/{TOKEN}/download/csv"):
        headers = Client().get(address).headers
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert "no-store" in headers["Cache-Control"]
        assert headers["Referrer-Policy"] == "no-referrer"


def test_notes_are_shown_only_where_that_was_chosen(snapshot: Snapshot) -> None:
    linked(snapshot)
    linked(snapshot, token="b" * 43, shows_notes=True)
    for ending in ("", "download/csv"):
        assert SECRET not in Client().get(f"/shared/{TOKEN}/{ending}").content.decode()
        assert SECRET in Client().get(f"/shared/{'b' * 43}/{ending}").content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf", "pptx"])
def test_the_files_can_be_downloaded(snapshot: Snapshot, kind: str) -> None:
    linked(snapshot)
    answer = Client().get(f"/shared/{TOKEN}/download/{kind}")
    assert (answer.status_code, len(answer.content) > 100) == (200, True)
    assert AuditEvent.objects.get(action="shared_link.opened").details["what"] == kind


def test_each_opening_is_counted_and_audited(snapshot: Snapshot) -> None:
    link = linked(snapshot)
    Client().get(f"/shared/{TOKEN}/")
    Client().get(f"/shared/{TOKEN}/")
    link.refresh_from_db()
    assert (link.opened_count, link.last_opened_at) == (2, NOW)
    assert AuditEvent.objects.filter(action="shared_link.opened", company=snapshot.company).count() == 2
    assert not any(TOKEN in str(event.details) for event in AuditEvent.objects.all())


def test_only_the_digest_of_the_token_is_kept(snapshot: Snapshot) -> None:
    link = linked(snapshot)
    assert TOKEN not in str(vars(link))
    assert re.fullmatch(r"[0-9a-f]{64}", link.token_digest)


@pytest.mark.parametrize("ending", ["", "download/pdf"])
def test_an_expired_link_says_so(snapshot: Snapshot, server_clock: Clock, ending: str) -> None:
    linked(snapshot, days=2)
    server_clock.now = NOW + timedelta(days=2)
    page = Client().get(f"/shared/{TOKEN}/{ending}")
    assert page.status_code == 410
    assert "It was valid until 17 Mar 2026, 12:00 UTC." in page.content.decode()
    assert "1,540.00" not in page.content.decode()


def test_a_revoked_link_says_so_from_that_moment_on(snapshot: Snapshot) -> None:
    link = linked(snapshot)
    assert revoke(link, actor="dana", now=NOW)
    assert not revoke(link, actor="dana", now=NOW)
    page = Client().get(f"/shared/{TOKEN}/")
    assert page.status_code == 410
    assert "withdrawn" in page.content.decode()
    assert AuditEvent.objects.filter(action="shared_link.revoked").count() == 1


@pytest.mark.parametrize("token", ["b" * 43, "a", "é" * 43, "a" * 44, "a" * 4000])
def test_any_other_token_finds_nothing(snapshot: Snapshot, token: str) -> None:
    linked(snapshot)
    assert find(token, NOW) is None
    assert Client().get(f"/shared/{token}/").status_code == 404


def test_a_tampered_snapshot_is_not_shown(snapshot: Snapshot) -> None:
    linked(snapshot)
    Snapshot.objects.update(content={**snapshot.content, "basis": "cash"})
    assert Client().get(f"/shared/{TOKEN}/").status_code == 410


def test_a_link_that_is_hammered_has_to_wait(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    linked(snapshot)
    monkeypatch.setattr(shared_views, "PER_MINUTE", 1)
    assert Client().get(f"/shared/{TOKEN}/").status_code == 200
    busy = Client().get(f"/shared/{TOKEN}/download/csv")
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "60")


def test_an_administrator_makes_a_link_sees_it_once_and_revokes_it(snapshot: Snapshot) -> None:
    client = client_of(snapshot.company)
    made = client.post(f"{links_of(snapshot)}new/", {"days": "30", "note": "Ms Client", "shows_notes": "on"})
    found = re.search(r"http://testserver(/shared/[\w-]{43}/)", made.content.decode())
    assert found is not None
    assert Client().get(found[1]).status_code == 200
    listed = client.get(links_of(snapshot)).content.decode()
    assert "Ms Client" in listed
    assert found[1] not in listed
    link = SharedLink.objects.get()
    assert (link.shows_notes, link.expires_at) == (True, NOW + timedelta(days=30))
    client.post(f"{links_of(snapshot)}{link.pk}/revoke/")
    assert Client().get(found[1]).status_code == 410


@pytest.mark.parametrize(("days", "note"), [("0", ""), ("366", ""), ("soon", ""), ("5", "x" * 201)])
def test_a_link_that_cannot_be_is_refused_beside_the_field(snapshot: Snapshot, days: str, note: str) -> None:
    answer = client_of(snapshot.company).post(f"{links_of(snapshot)}new/", {"days": days, "note": note})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not SharedLink.objects.exists()


def test_a_snapshot_has_a_limit_of_live_links(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.snapshots.shared_links.MOST_LIVE", 1)
    linked(snapshot)
    with pytest.raises(BadLink, match="revoke one first"):
        linked(snapshot, token="b" * 43)


def test_only_administrators_of_the_company_make_links(snapshot: Snapshot) -> None:
    viewer = client_of(snapshot.company, Membership.Role.VIEWER)
    stranger = client_of(CompanyFactory.create())
    assert viewer.get(links_of(snapshot)).status_code == 403
    assert viewer.post(f"{links_of(snapshot)}new/", {"days": "30"}).status_code == 403
    assert stranger.post(f"{links_of(snapshot)}new/", {"days": "30"}).status_code == 404
    assert Client().get(links_of(snapshot)).status_code == 302
    assert not SharedLink.objects.exists()


def test_a_link_of_another_snapshot_cannot_be_revoked_through_this_one(snapshot: Snapshot) -> None:
    other = freeze(snapshot.company, BOTH, "accrual", "Other", actor="dana", now=NOW + timedelta(days=1))
    link = linked(other)
    assert client_of(snapshot.company).post(f"{links_of(snapshot)}{link.pk}/revoke/").status_code == 404
