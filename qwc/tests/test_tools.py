"""The linter and the log reader through their edges: pages, REST and commands."""

from __future__ import annotations

import json
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import path
from ninja import NinjaAPI
from pytest_django import Settings

from accounts.authentication import ApiProblem, KeyOrSession, answer_problem, issue_key
from accounts.models import ApiKey, AuditEvent
from accounts.tests.factories import UserFactory
from qbwc.models import CompanyFile
from qwc import log_views
from qwc.api import router
from qwc.lint import LARGEST
from qwc.lint import lint as lint_bytes
from qwc.tests import qwc_logs as made
from qwc.tests.pages import NOW, cascadia, inline_code, words
from qwc.tests.qwc_files import GOOD, with_extra, with_url

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qwc.tests.test_tools")]

pages = import_module("qbwc_project.urls")  # by name: an app knows nothing of the project
own = NinjaAPI(auth=KeyOrSession(), urls_namespace="set-up-tools")
own.add_router("", router)
own.add_exception_handler(ApiProblem, answer_problem)
urlpatterns = [path("own-api/", own.urls), *pages.urlpatterns]

LINT, LOG = "/tools/lint-qwc/", "/tools/qwclog/"
BAD = with_url("https://10.0.0.1/soap")


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(UserFactory.create(username="alice"))
    return client


def file(content: bytes, name: str = "x.qwc") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content)}


@pytest.mark.parametrize("page", [LINT, LOG])
def test_the_pages_are_for_people_who_are_signed_in(client: Client, page: str) -> None:
    assert client.get(page)["Location"] == f"/sign-in/?next={page}"
    assert client.post(page, {"text": GOOD})["Location"] == f"/sign-in/?next={page}"


@pytest.mark.parametrize("page", [LINT, LOG])
def test_the_pages_keep_to_the_policy_and_check_the_token(alice: Client, page: str) -> None:
    response = alice.get(page)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory.create(username="carol"))

    assert (response.status_code, inline_code(response.content)) == (200, [])
    assert strict.post(page, {"text": "x"}).status_code == 403
    strict.get(page)
    token = strict.cookies["csrftoken"].value
    assert strict.post(page, {"text": GOOD, "csrfmiddlewaretoken": token}).status_code == 200


def test_a_file_with_findings_shows_the_worst_first_with_reason_and_remedy(alice: Client) -> None:
    response = alice.post(LINT, file(BAD.replace(b"<AppUniqueName>Birch sync</AppUniqueName>", b""), "birch.qwc"))
    text = words(response.content)

    assert "This file has to be corrected" in text
    assert text.index("QBWC1001") < text.index("There is no AppUniqueName")
    assert "birch.qwc" in text
    assert "Give the server a name in DNS" in text
    assert inline_code(response.content) == []


def test_a_pasted_file_without_findings_is_said_to_be_clean(alice: Client) -> None:
    assert "Nothing wrong was found" in words(alice.post(LINT, {"text": GOOD}).content)


def test_what_the_file_says_is_shown_as_text(alice: Client) -> None:
    response = alice.post(LINT, file(with_extra("<AppDisplayName>&lt;script&gt;</AppDisplayName>")))
    assert b"<script>" not in response.content


@pytest.mark.parametrize("page", [LINT, LOG])
def test_nothing_given_is_asked_for(alice: Client, page: str) -> None:
    response = alice.post(page, {"text": " "})
    assert (response.status_code, "Choose a file" in words(response.content)) == (422, True)


@pytest.mark.parametrize(("page", "size"), [(LINT, LARGEST + 1), (LOG, 10 * 1024 * 1024 + 1)])
def test_a_file_that_is_too_large_is_not_read(alice: Client, page: str, size: int) -> None:
    response = alice.post(page, file(b"x" * size))
    assert (response.status_code, "it was not read" in words(response.content)) == (413, True)


@pytest.mark.parametrize("page", [LINT, LOG])
def test_a_paste_that_is_too_large_is_said_to_be(alice: Client, page: str) -> None:
    response = alice.post(page, {"text": "x" * 3_000_000})
    assert (response.status_code, b"That is too much" in response.content) == (413, True)


def test_a_large_log_never_lies_in_a_file_on_the_server(alice: Client, settings: Settings, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    settings.FILE_UPLOAD_TEMP_DIR = str(gone)  # writing there would fail
    log = made.log(made.wrong_password()) + "x" * 3_000_000

    response = alice.post(LOG, file(log.encode(), "QWCLog.txt"))

    assert "The password typed into the Web Connector is wrong" in words(response.content)


def test_the_log_is_told_worst_first_without_its_secrets(alice: Client) -> None:
    log = made.log(made.wrong_password("07"), made.good("08"))
    response = alice.post(LOG, file(log.encode("utf-16"), "QWCLog.txt"))
    text = words(response.content)

    assert "The last update went well." in text
    assert text.index("Failed") < text.index("Done, 100 %")
    assert "Nothing is stored" in text
    assert inline_code(response.content) == []
    assert [secret for secret in made.SECRETS if secret in response.content.decode()] == []


def test_a_log_of_many_updates_shows_some_and_counts_the_rest(alice: Client) -> None:
    many = made.log(*(made.opening(f"{n // 60:02}:{n % 60:02}:00") for n in range(log_views.SESSIONS_SHOWN + 5)))
    assert "5 more updates" in words(alice.post(LOG, {"text": many}).content)


@pytest.fixture
def key() -> str:
    company_file = cascadia()
    return issue_key(company_file.company, "tools", ApiKey.Scope.WRITE, NOW)[1]


def asked(client: Client, address: str, body: bytes | dict[str, Any], key: str, kind: str = "") -> tuple[int, Any]:
    headers, where = ({"X-API-Key": key} if key else {}), f"/own-api/{address}"
    if isinstance(body, dict):
        response = client.post(where, body, headers=headers)
    else:
        response = client.post(where, body, content_type=kind or "application/octet-stream", headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize("kind", ["", "application/x-qwc", "text/xml", "application/x-www-form-urlencoded"])
def test_rest_lints_a_body_of_any_type(client: Client, key: str, kind: str) -> None:
    status, answer = asked(client, "qwc/lint", BAD, key, kind)

    assert (status, answer["ok"]) == (200, False)
    assert answer["findings"][0]["rule"] == "app-url-ip"
    assert answer["facts"]["UserName"] == "birch"


def test_rest_lints_a_file_of_a_form(client: Client, key: str) -> None:
    assert asked(client, "qwc/lint", file(GOOD.encode()), key)[1] == {"ok": True, "findings": [], "facts": FACTS}


FACTS = lint_bytes(GOOD.encode()).facts


def test_rest_takes_a_key_of_any_scope_or_a_signed_in_person(alice: Client, client: Client) -> None:
    read_only = issue_key(cascadia().company, "reader", ApiKey.Scope.READ, NOW)[1]

    assert asked(client, "qwc/lint", GOOD.encode(), read_only)[0] == 200
    assert asked(alice, "qwc/lint", GOOD.encode(), "")[0] == 200
    assert asked(Client(), "qwc/lint", GOOD.encode(), "")[0] == 401
    assert asked(Client(), "qwc/log", b"", "")[0] == 401


@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("qwc/lint", b"x" * (LARGEST + 1), 413),
        ("qwc/lint", file(b"x" * (LARGEST + 1)), 413),
        ("qwc/lint", file(b"x" * (3 * LARGEST)), 413),
        ("qwc/lint", {"text": "x"}, 400),
        ("qwc/log", b"x" * (10 * 1024 * 1024 + 1), 413),
        ("qwc/log", file(b"x"), 400),
    ],
)
def test_rest_refuses_what_is_too_large_or_not_there(
    client: Client, key: str, address: str, body: bytes | dict[str, Any], status: int
) -> None:
    assert asked(client, address, body, key)[0] == status


def test_rest_reads_a_log_without_its_secrets(client: Client, key: str) -> None:
    log = made.log(made.good(), made.wrong_password()).encode()
    status, answer = asked(client, "qwc/log", log, key, "text/plain")

    assert (status, answer["verdict"]["tone"], answer["counts"]) == (200, "bad", {"failed": 1, "done": 1})
    assert answer["sessions"][0]["calls"][0]["name"] == "serverVersion"
    assert answer["sessions"][1]["causes"][0]["id"] == "wrong-password"
    assert [secret for secret in made.SECRETS if secret in json.dumps(answer)] == []


def test_the_company_s_file_comes_by_rest_as_from_its_page(client: Client, key: str) -> None:
    response = client.get("/own-api/qwc/document", headers={"X-API-Key": key})

    assert response["Content-Type"] == "application/x-qwc"
    assert response["Content-Disposition"] == 'attachment; filename="tieout-cascadia.qwc"'
    assert lint_bytes(response.content).findings == ()
    assert response.content == client.get("/own-api/qwc/document", headers={"X-API-Key": key}).content
    assert AuditEvent.objects.filter(action="qwc.downloaded").count() == 2


def test_a_read_key_or_an_address_that_would_be_refused_gives_no_file(
    client: Client, key: str, settings: Settings
) -> None:
    company_file = CompanyFile.objects.get()
    reader = issue_key(company_file.company, "reader", ApiKey.Scope.READ, NOW)[1]
    assert client.get("/own-api/qwc/document", headers={"X-API-Key": reader}).status_code == 403

    settings.PUBLIC_URL = "https://10.0.0.1"
    response = client.get("/own-api/qwc/document", headers={"X-API-Key": key})
    assert (response.status_code, "QBWC1001" in response.json()["error"]["message"]) == (409, True)


def test_a_company_that_was_never_connected_has_no_file(client: Client, key: str) -> None:
    CompanyFile.objects.all().delete()
    assert client.get("/own-api/qwc/document", headers={"X-API-Key": key}).status_code == 404


def command(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_the_lint_command_ends_with_1_when_a_file_has_an_error(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.qwc", tmp_path / "bad.qwc"
    good.write_bytes(GOOD.encode())
    bad.write_bytes(BAD)
    out = StringIO()

    assert "nothing wrong was found" in command("lint_qwc", str(good))
    with pytest.raises(SystemExit) as ended:
        call_command("lint_qwc", str(good), str(bad), stdout=out)
    assert ended.value.code == 1
    assert f"{bad}:5: error [app-url-ip]" in out.getvalue()


def test_the_lint_command_gives_json(tmp_path: Path) -> None:
    path = tmp_path / "note.qwc"
    path.write_bytes(with_extra("<Style>RPC</Style>"))
    answer = json.loads(command("lint_qwc", str(path), "--json"))

    assert [finding["rule"] for finding in answer[str(path)]["findings"]] == ["style-other"]


def test_the_log_command_tells_gives_json_and_takes_secrets_out(tmp_path: Path) -> None:
    path = tmp_path / "QWCLog.txt"
    path.write_bytes(made.log(made.good(), made.wrong_password()).encode("cp1252"))

    told = command("read_qwclog", str(path))
    assert "The password typed into the Web Connector is wrong" in told
    assert "Who can do it: the person at the QuickBooks PC." in told
    assert json.loads(command("read_qwclog", str(path), "--json"))["counts"] == {"failed": 1, "done": 1}
    redacted = command("read_qwclog", str(path), "--redacted")
    assert 'authRet[1]="nvu"' in redacted
    assert [secret for secret in made.SECRETS if secret in redacted + told] == []


@pytest.mark.parametrize("name", ["lint_qwc", "read_qwclog"])
def test_a_file_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        command(name, str(tmp_path / "none"))
