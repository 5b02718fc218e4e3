"""Links to a set-up without sign-in: what they show, when they end, what the audit trail tells of them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent, Membership
from qbwc.models import CompanyFile, SetUpLink
from qwc import set_up_links
from qwc.tests.pages import NOW, cascadia, inline_code, signed_in, words

pytestmark = pytest.mark.django_db

MAKE = "/companies/cascadia/connect/link/"
TOKEN = re.compile(r"/set-up/([A-Za-z0-9_-]{43})/")


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def a_link(company_file: CompanyFile) -> str:
    """Its address, made through the page."""
    answer = signed_in(company_file.company).post(MAKE)
    found = TOKEN.search(answer.content.decode())
    assert found is not None
    return found[0]


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_a_link_opens_the_set_up_without_signing_in(client: Client) -> None:
    company_file = cascadia()

    answer = client.get(a_link(company_file))

    assert answer.status_code == 200
    assert "Connect Cascadia to QuickBooks" in words(answer.content)
    assert inline_code(answer.content) == []
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]


def test_only_its_digest_is_stored_and_the_page_shows_it_once() -> None:
    company_file = cascadia()
    token = a_link(company_file).split("/")[2]

    kept = SetUpLink.objects.values().get()
    again = signed_in(company_file.company, role="administrator", csrf=True).get("/companies/cascadia/connect/")

    assert token not in str(kept)
    assert token not in str(list(AuditEvent.objects.values()))
    assert TOKEN.search(again.content.decode()) is None


def test_no_name_path_or_figure_of_the_books_stands_on_the_public_page(client: Client) -> None:
    company_file = cascadia()
    CompanyFile.objects.update(
        company_name_seen="Secret Holdings",
        file_path_seen=r"C:\QB\secret.qbw",
        product_name="Enterprise 24.0",
        file_id_confirmed_at=NOW,
        last_seen_at=NOW,
    )
    link = a_link(company_file)

    for address in (link, f"{link}steps/"):
        text = client.get(address).content.decode()
        for secret in (
            "Secret Holdings",
            "secret.qbw",
            "Enterprise",
            str(company_file.file_id),
            "alice",
            "/companies/",
        ):
            assert secret not in text


def test_the_file_is_downloaded_through_the_link_and_the_trail_names_the_link(client: Client) -> None:
    company_file = cascadia()

    answer = client.get(f"{a_link(company_file)}tieout.qwc")

    assert answer["Content-Type"] == "application/x-qwc"
    company_file.refresh_from_db()
    assert company_file.downloaded_qwc.encode() == answer.content
    line = AuditEvent.objects.get(action="qwc.downloaded")
    assert (line.actor, line.company) == (f"set-up link {SetUpLink.objects.get().pk}", company_file.company)


def test_a_link_ends_after_seven_days(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    link = a_link(cascadia())
    at(monkeypatch, NOW + set_up_links.LASTS - timedelta(seconds=1))
    assert client.get(link).status_code == 200

    at(monkeypatch, NOW + set_up_links.LASTS)

    for address in (link, f"{link}steps/", f"{link}tieout.qwc"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "ask whoever sent it for a new one" in words(answer.content)
        assert "Cascadia" not in answer.content.decode()


def test_a_revoked_link_opens_nothing_at_once(client: Client) -> None:
    company_file = cascadia()
    link = a_link(company_file)
    row = SetUpLink.objects.get()

    administrator = Client()
    administrator.force_login(Membership.objects.get().user)
    answer = administrator.post(f"{MAKE}{row.pk}/")

    assert answer.status_code == 302
    assert client.get(link).status_code == 404
    assert client.get(f"{link}tieout.qwc").status_code == 404
    assert not CompanyFile.objects.get().downloaded_qwc


def test_making_opening_and_revoking_are_audited_once_each(client: Client) -> None:
    company_file = cascadia()
    link = a_link(company_file)
    client.get(link)
    client.get(link)
    row = SetUpLink.objects.get()

    assert set_up_links.revoke(row, NOW, actor="dana")
    assert not set_up_links.revoke(row, NOW, actor="dana")

    assert [name for name in actions() if name.startswith("set_up_link.")] == [
        "set_up_link.made",
        "set_up_link.opened",
        "set_up_link.revoked",
    ]


@pytest.mark.parametrize("token", ["x" * 43, "x", "ü" * 43, "x" * 5000])
def test_a_guessed_token_opens_nothing(client: Client, token: str) -> None:
    cascadia()

    assert client.get(f"/set-up/{token}/").status_code == 404


def test_only_administrators_of_the_company_make_and_revoke_links() -> None:
    company_file = cascadia()
    viewer = signed_in(company_file.company, role="viewer")
    a_link(company_file)
    row = SetUpLink.objects.get()

    assert viewer.post(MAKE).status_code == 403
    assert viewer.post(f"{MAKE}{row.pk}/").status_code == 403
    assert Client().post(MAKE).status_code == 302
    assert SetUpLink.objects.filter(revoked_at__isnull=True).count() == 1


def test_asking_for_the_page_with_a_new_link_anew_makes_no_second_one() -> None:
    """As the script does that keeps it up to date, or a sign-in in between."""
    person = signed_in(cascadia().company)
    person.post(MAKE)
    answer = person.get(MAKE)
    assert (answer.status_code, answer["Location"]) == (302, "/companies/cascadia/connect/")
    assert SetUpLink.objects.count() == 1


def test_a_link_of_another_company_is_not_revoked_from_here() -> None:
    company_file = cascadia()
    a_link(company_file)
    row = SetUpLink.objects.get()
    other = CompanyFile.objects.create(
        company=type(company_file.company).objects.create(name="Other", slug="other"),
        username="other",
        password_hash="x",
        owner_id=company_file.owner_id,
        file_id="00000000-0000-4000-8000-000000000001",
        app_name="Other",
    )

    answer = signed_in(other.company).post(f"/companies/other/connect/link/{row.pk}/")

    assert answer.status_code == 404
    row.refresh_from_db()
    assert row.revoked_at is None
