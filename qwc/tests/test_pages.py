"""The pages for connecting a company: who may open them, what they show, what is shown only once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import audit
from accounts.models import AuditEvent, Company
from accounts.tests.factories import CompanyFactory, MembershipFactory, UserFactory
from qbwc import passwords
from qbwc.models import CompanyFile
from qwc.connect import connect

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)
PAGES = ["/companies/cascadia/connect/", "/companies/cascadia/tieout.qwc"]
PASSWORD = re.compile(r"[a-z2-9]{5}(?:-[a-z2-9]{5}){3}")


@pytest.fixture
def cascadia() -> CompanyFile:
    return connect(name="Cascadia", username="cascadia", password="secret words", now=NOW).company_file


def signed_in(client: Client, company: Company | None = None, role: str = "administrator") -> Client:
    user = UserFactory.create(username="alice", is_superuser=company is None)
    if company is not None:
        MembershipFactory.create(user=user, company=company, role=role)
    client.force_login(user)
    return client


def shown_password(content: bytes) -> str:
    found = PASSWORD.search(content.decode())
    assert found is not None
    return found[0]


@pytest.mark.parametrize("page", [*PAGES, "/companies/new/"])
def test_somebody_not_signed_in_is_sent_to_sign_in(client: Client, cascadia: CompanyFile, page: str) -> None:
    response = client.get(page)

    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={page}")


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_may_not_connect(client: Client, cascadia: CompanyFile, page: str) -> None:
    signed_in(client, cascadia.company, role="viewer")

    assert client.get(page).status_code == 403
    assert client.post(page).status_code in (403, 405)


@pytest.mark.parametrize("page", PAGES)
def test_another_companys_administrator_finds_nothing(client: Client, cascadia: CompanyFile, page: str) -> None:
    signed_in(client, CompanyFactory.create())

    assert client.get(page).status_code == 404


def test_the_page_tells_the_administrator_what_is_needed(client: Client, cascadia: CompanyFile) -> None:
    content = signed_in(client, cascadia.company).get(PAGES[0]).content.decode()

    assert "https://books.example.com/api/qbwc" in content
    assert "cascadia" in content
    assert "/companies/cascadia/tieout.qwc" in content
    assert "the Web Connector has not signed in" in content
    assert PASSWORD.search(content) is None


def test_a_new_password_is_shown_once_and_works(client: Client, cascadia: CompanyFile) -> None:
    signed_in(client, cascadia.company)

    answer = client.post(PAGES[0])

    password = shown_password(answer.content)
    cascadia.refresh_from_db()
    assert passwords.password_matches(password, cascadia.password_hash)
    assert "no-store" in answer["Cache-Control"]
    assert password not in client.get(PAGES[0]).content.decode()
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.actor, line.company) == ("company.password_changed", "alice", cascadia.company)
    assert password not in str(line.details)


def test_what_was_seen_of_the_connection_is_shown(client: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(
        last_seen_at=NOW,
        product_name="QuickBooks Enterprise 24.0",
        company_name_seen="Cascadia <Inc>",
        file_path_seen=r"C:\QB\cascadia.qbw",
        client_version="2.3.0.215",
    )
    audit.record(
        action="web_connector.sign_in_refused", success=False, now=NOW, actor="cascadia", reason="wrong password"
    )

    content = signed_in(client, cascadia.company).get(PAGES[0]).content.decode()

    for text in ("1 Mar 2026, 12:34", "Enterprise 24.0", "Cascadia &lt;Inc&gt;", "cascadia.qbw", "2.3.0.215"):
        assert text in content
    assert "wrong password" in content


def test_a_persons_own_wrong_password_is_not_the_web_connectors(client: Client, cascadia: CompanyFile) -> None:
    audit.record(action="sign_in.refused", success=False, now=NOW, actor="cascadia")

    content = signed_in(client, cascadia.company).get(PAGES[0]).content.decode()

    assert "2026-03-01" not in content


def test_the_file_is_an_attachment_and_its_download_is_audited(client: Client, cascadia: CompanyFile) -> None:
    response = signed_in(client, cascadia.company).get(PAGES[1])

    assert response["Content-Type"] == "application/x-qwc"
    assert response["Content-Disposition"] == 'attachment; filename="tieout-cascadia.qwc"'
    root = ElementTree.fromstring(response.content)
    assert root.findtext("UserName") == "cascadia"
    assert root.findtext("FileID") == f"{{{cascadia.file_id}}}"
    assert AuditEvent.objects.order_by("-pk")[0].action == "qwc.downloaded"


def test_the_file_is_the_same_every_time(client: Client, cascadia: CompanyFile) -> None:
    signed_in(client, cascadia.company)

    assert client.get(PAGES[1]).content == client.get(PAGES[1]).content


def test_an_address_the_web_connector_refuses_is_explained(
    client: Client, cascadia: CompanyFile, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://192.168.1.5:8000"
    signed_in(client, cascadia.company)

    assert "QBWC1001" in client.get(PAGES[0]).content.decode()
    download = client.get(PAGES[1])
    assert download.status_code == 409
    assert "QBWC1001" in download.content.decode()


def test_a_superuser_makes_a_company_and_sees_its_password_once(client: Client) -> None:
    signed_in(client)
    assert client.get("/companies/new/").status_code == 200

    answer = client.post("/companies/new/", {"name": " Müller  & Söhne ", "username": "mueller"})

    assert answer.status_code == 200
    company_file = CompanyFile.objects.get(username="mueller")
    assert company_file.company.name == "Müller & Söhne"
    assert passwords.password_matches(shown_password(answer.content), company_file.password_hash)
    assert AuditEvent.objects.get(action="company.connected").actor == "alice"


@pytest.mark.parametrize(
    ("name", "username", "says"),
    [
        ("Cascadia", "new-user", "with this name already"),
        ("New", "cascadia", "belongs to Cascadia"),
        ("", "new-user", "required"),
        ("New", "two words", "letters, digits"),
    ],
)
def test_what_cannot_be_made_is_said_in_words(
    client: Client, cascadia: CompanyFile, name: str, username: str, says: str
) -> None:
    answer = signed_in(client).post("/companies/new/", {"name": name, "username": username})

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Company.objects.count() == 1
    assert PASSWORD.search(answer.content.decode()) is None


def test_only_a_superuser_makes_companies(client: Client, cascadia: CompanyFile) -> None:
    signed_in(client, cascadia.company)

    assert client.get("/companies/new/").status_code == 403
    assert client.post("/companies/new/", {"name": "X", "username": "x"}).status_code == 403


def test_a_company_without_a_file_is_connected_on_its_own_page(client: Client) -> None:
    company = CompanyFactory.create(name="Made in the admin", slug="made")
    signed_in(client, company)
    assert "Made in the admin" in client.get("/companies/made/connect/").content.decode()
    assert client.get("/companies/made/tieout.qwc").status_code == 404

    answer = client.post("/companies/made/connect/", {"name": "Another name", "username": "made"})

    assert answer.status_code == 200
    assert CompanyFile.objects.get().company == company
    assert Company.objects.count() == 1
    assert shown_password(answer.content)


def test_forms_need_their_csrf_token(cascadia: CompanyFile) -> None:
    client = signed_in(Client(enforce_csrf_checks=True))

    assert client.post(PAGES[0]).status_code == 403
    assert client.post("/companies/new/", {"name": "X", "username": "x"}).status_code == 403


def test_the_support_page_is_public_and_tells_nothing_private(client: Client, cascadia: CompanyFile) -> None:
    response = client.get("/support/")

    assert response.status_code == 200
    assert "cascadia" not in response.content.decode().lower()
    assert client.head("/support/").status_code == 200
    assert client.post("/support/").status_code == 405
