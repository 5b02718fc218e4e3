"""Doctor as a whole: silent on a healthy installation, told to each reader what is theirs, a status for monitors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from pytest_django import Settings

from accounts import clock
from accounts.authentication import HEADER, issue_key
from accounts.models import User
from accounts.tests.factories import CompanyFactory, UserFactory
from qbwc.models import CompanyFile
from qwc import findings
from qwc.doctor_checks import examination, marks
from qwc.doctor_checks.examination import OUTSIDE, Examination, examine
from qwc.findings import BY_NAME, Finding, Level
from qwc.tests import doctor_certificates as certificates
from qwc.tests.doctor_front import front, tls_with
from qwc.tests.doctor_patient import HOUR, MINUTE, healthy_company, healthy_settings
from qwc.tests.pages import QueryLimit, a_job, inline_code, signed_in, words
from qwc.tests.test_doctor_inside import COMPANY_INJECTIONS, SERVER_INJECTIONS, TESTED_ALONE
from qwc.tests.test_doctor_outside import OUTSIDE_INJECTIONS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_loopback(settings: Settings) -> Iterator[None]:
    """PUBLIC_URL has a name that nobody resolves; a look from outside ends there."""
    healthy_settings(settings)
    settings.PUBLIC_URL = "http://localhost:1"  # nobody listens
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    examination.memory.forget()
    yield
    examination.memory.forget()


@pytest.fixture
def cascadia() -> CompanyFile:
    return healthy_company()


def a_superuser() -> User:
    return UserFactory.create(username="root", is_superuser=True)


def as_seen_by(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_finding_of_a_healthy_installation_is_fine(
    cascadia: CompanyFile, settings: Settings, tmp_path: Path
) -> None:
    ca_file = tmp_path / "authority.pem"
    ca_file.write_bytes(certificates.authority().pem)
    tls = tls_with(tmp_path, certificates.of_a_server(), certificates.intermediate())
    with front(tls=tls) as port:
        settings.PUBLIC_URL, settings.DOCTOR_CA_FILE = f"https://{certificates.HOST}:{port}", str(ca_file)
        settings.ALLOWED_HOSTS = [certificates.HOST]
        now = clock.now()
        plan = replace(examination.plan_of(now), hold_seconds=0.2, resolve=lambda _host, _port: ["127.0.0.1"])
        found = examine([cascadia.company], now, plan=plan, oldest=None)

    assert [each for each in found.findings if each.level is not Level.OK] == []
    assert sorted(each.check for each in found.findings) == sorted(BY_NAME)
    assert found.outside_at == now


def test_every_check_is_made_to_complain_by_some_test() -> None:
    injections = {**OUTSIDE_INJECTIONS, **SERVER_INJECTIONS, **COMPANY_INJECTIONS}

    assert len(injections) >= 15
    assert {check for _, expected in injections.values() for check in expected} | TESTED_ALONE == set(BY_NAME)


def doctor(*arguments: str) -> tuple[int, str]:
    """Exit status and what was printed."""
    out, status = StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue()


def test_the_command_ends_with_a_status_for_monitors(cascadia: CompanyFile, settings: Settings) -> None:
    assert doctor("--offline")[0] == 0

    CompanyFile.objects.update(last_seen_at=clock.now() - 30 * HOUR)
    assert doctor("--offline")[0] == 0
    assert doctor("--offline", "--strict")[0] == 1

    a_job(cascadia, "outcome_unknown")
    status, said = doctor("--offline", "cascadia")
    assert status == 2
    assert said.index("company.writes [cascadia]") < said.index("company.contact [cascadia]")
    assert "To do, by an administrator of the company" in said
    assert doctor("Cascadia")[0] == 2
    with pytest.raises(CommandError, match="no company"):
        doctor("nobody")


def ask(client: Client, query: str = "?public_url=false", **headers: str) -> dict[str, Any]:
    response = client.get(f"/api/doctor{query}", headers=headers)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_the_command_and_the_api_answer_in_one_shape(cascadia: CompanyFile) -> None:
    printed = json.loads(doctor("--json", "--offline")[1])
    answered = ask(as_seen_by(a_superuser()))

    moments = ("checked_at", "public_url_checked_at")
    assert {key: value for key, value in printed.items() if key not in moments}.keys() == answered.keys() - set(moments)
    assert [row["check"] for row in printed["findings"]] == [row["check"] for row in answered["findings"]]
    assert printed["findings"][0].keys() == answered["findings"][0].keys()
    assert printed["counts"] == {"ok": len(printed["findings"]), "note": 0, "warning": 0, "error": 0}


def test_each_reader_gets_what_is_theirs(cascadia: CompanyFile, settings: Settings) -> None:
    other = healthy_company("Birch")
    _key, text = issue_key(cascadia.company, "monitor", "read", clock.now())
    root, carol = as_seen_by(a_superuser()), signed_in(cascadia.company)

    def companies(answer: dict[str, Any]) -> set[str | None]:
        return {row["company"] for row in answer["findings"]}

    assert companies(ask(root)) == {None, "cascadia", "birch"}
    assert companies(ask(carol)) == companies(ask(Client(), **{HEADER: text})) == {None, "cascadia"}
    assert companies(ask(root, f"?public_url=false&company={other.company.slug}")) == {None, "birch"}
    assert any(row["details"] for row in ask(root)["findings"])
    for reader in (ask(carol), ask(Client(), **{HEADER: text})):
        assert not any(row["details"] for row in reader["findings"])
        assert str(settings.DATA_DIR) not in json.dumps(reader)


def test_strangers_and_viewers_get_nothing(cascadia: CompanyFile) -> None:
    viewer, stranger = signed_in(cascadia.company, "viewer"), as_seen_by(UserFactory.create())
    other = signed_in(CompanyFactory.create())

    assert Client().get("/api/doctor").status_code == 401
    assert [each.get("/api/doctor").status_code for each in (viewer, stranger)] == [403, 403]
    assert other.get("/api/doctor?company=cascadia").status_code == 404
    assert [each.get("/doctor/").status_code for each in (Client(), viewer, stranger)] == [302, 403, 403]
    assert other.get("/doctor/?company=cascadia").status_code == 404


def test_the_api_calls_public_url_at_most_once_in_five_minutes(
    cascadia: CompanyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, now = as_seen_by(a_superuser()), clock.now()
    first = ask(root, "")["public_url_checked_at"]

    monkeypatch.setattr(clock, "now", lambda: now + 4 * MINUTE)
    assert ask(root, "")["public_url_checked_at"] == first
    monkeypatch.setattr(clock, "now", lambda: now + 6 * MINUTE)
    assert ask(root, "")["public_url_checked_at"] != first
    assert {row["check"] for row in ask(root, "")["findings"]} >= set(OUTSIDE)


def test_the_page_opens_without_calling_public_url_and_calls_it_when_told(cascadia: CompanyFile) -> None:
    root = as_seen_by(a_superuser())

    opened = root.get("/doctor/")
    assert "All well so far" in words(opened.content)
    assert "has not been called yet" in words(opened.content)
    assert inline_code(opened.content) == []

    told = root.post("/doctor/")
    assert "Nobody answers at the port of PUBLIC_URL." in words(told.content)
    assert "by whoever looks after the domain name" in words(told.content)
    assert "Nobody answers at the port of PUBLIC_URL." in words(root.get("/doctor/").content)
    assert inline_code(told.content) == []


def test_the_page_shows_the_worst_first_and_whose_it_is(cascadia: CompanyFile) -> None:
    a_job(cascadia, "outcome_unknown")
    CompanyFile.objects.update(last_seen_at=clock.now() - 30 * HOUR)

    said = words(signed_in(cascadia.company).get("/doctor/").content)

    assert "1 error, 1 warning" in said
    assert said.index("Nobody knows whether") < said.index("has not called for 30 hours") < said.index("This server")


def test_the_mark_answers_only_our_own_question() -> None:
    question = marks.ask()
    right, wrong = Client().get(f"/support/mark/{question.token}/"), Client().get("/support/mark/guess/")

    assert marks.is_answer(question, right.json()["mark"])
    assert (wrong.status_code, wrong.json()) == (404, {"known": False})


def test_the_whole_page_of_a_server_is_a_fixed_number_of_queries(
    cascadia: CompanyFile, django_assert_max_num_queries: QueryLimit
) -> None:
    now = clock.now()
    with django_assert_max_num_queries(60):
        found = examine([cascadia.company], now, plan=None, oldest=None)

    assert isinstance(found, Examination)


def test_findings_are_ordered_and_counted_for_monitors() -> None:
    fine, bad = findings.fine("soap.get", "yes"), Finding("tls.host", Level.ERROR, "no")

    assert findings.worst_first([fine, bad]) == (bad, fine)
    assert [findings.exit_status(each, is_strict=False) for each in ([fine], [bad], [])] == [0, 2, 0]
