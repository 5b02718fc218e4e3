"""REST: alerts and hours in the status, and what an administrator or a key with write scope may decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import ApiKey, AuditEvent, Company
from accounts.tests.factories import MembershipFactory, UserFactory
from qbwc.models import CompanyFile, Job
from qbwc.tests.conversation import a_company_file, reading_into

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
REFUSED = {"company_name": "Birch", "file_id": "", "path": r"C:\QB\birch.qbw", "at": NOW.isoformat()}


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company_file() -> Iterator[CompanyFile]:
    with reading_into([], "write", is_write=True):
        made = a_company_file()
        made.company.allows_writes = True
        made.company.save()
        yield made


class Program:
    """Calls with a key; `status` and `code` hold what came back last."""

    def __init__(self, company: Company, scope: ApiKey.Scope = ApiKey.Scope.WRITE) -> None:
        self.headers = {"X-API-Key": issue_key(company, "test", scope, NOW)[1]}
        self.status, self.code = 0, ""

    def get(self, path: str) -> Any:
        return self._keep(Client().get(path, headers=self.headers))

    def post(self, path: str, body: object = None) -> Any:
        data = b"" if body is None else body
        return self._keep(Client().post(path, data=data, content_type="application/json", headers=self.headers))

    def _keep(self, answer: Any) -> Any:
        self.status, content = answer.status_code, answer.json()
        self.code = content["error"]["code"] if "error" in content else ""
        if self.code:
            assert content["error"]["message"]
        return content


@pytest.fixture
def program(company_file: CompanyFile) -> Program:
    return Program(company_file.company)


def a_job(company_file: CompanyFile, state: str = "queued") -> Job:
    moments = {"created_at": NOW, "available_at": NOW, "finished_at": None if state == "queued" else NOW}
    return Job.objects.create(company_file=company_file, purpose="write", is_write=True, state=state, **moments)


def test_the_status_tells_every_alert_and_the_hours(program: Program, company_file: CompanyFile) -> None:
    job = a_job(company_file, "outcome_unknown")
    CompanyFile.objects.update(
        wrong_file=REFUSED, two_connectors_at=NOW - timedelta(hours=1), quiet_from=time(20), quiet_until=time(6)
    )

    status = program.get("/api/qbwc/status")

    assert [alert["kind"] for alert in status["alerts"]] == ["wrong_file", "two_connectors", "outcome_unknown"]
    assert all(alert["message"] for alert in status["alerts"])
    assert [alert["since"] for alert in status["alerts"]] == [
        "2026-03-02T15:00:00Z",
        "2026-03-02T14:00:00Z",
        "2026-03-02T15:00:00Z",
    ]
    assert [alert["job_id"] for alert in status["alerts"]] == [None, None, job.pk]
    assert (status["hours"]["quiet_from"], status["hours"]["time_zone"]) == ("20:00:00", "UTC")
    assert status["hours"]["live_window"] == "off"
    assert "Between 20:00 and 06:00 UTC the Web Connector is sent away" in status["hours"]["summary"][0]


def test_a_quiet_company_has_no_alert(program: Program) -> None:
    assert program.get("/api/qbwc/status")["alerts"] == []


def test_a_refused_file_is_accepted_and_audited(program: Program, company_file: CompanyFile) -> None:
    CompanyFile.objects.update(wrong_file={**REFUSED, "file_id": str(UUID(int=5))})

    answer = program.post("/api/qbwc/accept-file", {"company_name": "Birch"})

    company_file.refresh_from_db()
    assert (program.status, answer["accepted"]) == (200, "Birch")
    assert (company_file.file_id, company_file.wrong_file) == (UUID(int=5), None)
    assert AuditEvent.objects.get(action="connection.file_accepted").actor.startswith("key ")


def test_a_file_is_accepted_without_naming_it(program: Program, company_file: CompanyFile) -> None:
    CompanyFile.objects.update(wrong_file=REFUSED)

    assert program.post("/api/qbwc/accept-file")["accepted"] == "Birch"


def test_each_reason_not_to_accept_has_its_code(program: Program, company_file: CompanyFile) -> None:
    program.post("/api/qbwc/accept-file")
    assert (program.status, program.code) == (409, "NOTHING_REFUSED")

    CompanyFile.objects.update(wrong_file=REFUSED)
    program.post("/api/qbwc/accept-file", {"company_name": "Another"})
    assert (program.status, program.code) == (409, "ANOTHER_FILE")

    other = Company.objects.create(name="Other", slug="other")
    CompanyFile.objects.create(company=other, username="other", owner_id=UUID(int=1), file_id=UUID(int=6))
    CompanyFile.objects.filter(pk=company_file.pk).update(wrong_file={**REFUSED, "file_id": str(UUID(int=6))})
    answer = program.post("/api/qbwc/accept-file")
    assert (program.status, program.code) == (409, "FILE_BELONGS_ELSEWHERE")
    assert "Other" not in answer["error"]["message"]


def test_a_waiting_job_is_cancelled_once(program: Program, company_file: CompanyFile) -> None:
    job = a_job(company_file)

    assert program.post(f"/api/jobs/{job.pk}/cancel")["state"] == "cancelled"
    program.post(f"/api/jobs/{job.pk}/cancel")

    assert (program.status, program.code) == (409, "TOO_LATE")
    assert AuditEvent.objects.filter(action="job.cancelled").count() == 1


def test_an_unknown_outcome_is_settled_as_done(program: Program, company_file: CompanyFile) -> None:
    job = a_job(company_file, "outcome_unknown")

    answer = program.post(f"/api/jobs/{job.pk}/settle", {"outcome": "done"})

    assert (answer["job"]["state"], answer["new_job"]) == ("done", None)
    program.post(f"/api/jobs/{job.pk}/settle", {"outcome": "send_again"})
    assert (program.status, program.code) == (409, "NOT_SETTLED")


def test_a_write_that_was_not_done_is_sent_again(program: Program, company_file: CompanyFile) -> None:
    job = a_job(company_file, "outcome_unknown")

    answer = program.post(f"/api/jobs/{job.pk}/settle", {"outcome": "send_again"})

    assert (answer["job"]["state"], answer["new_job"]["state"]) == ("failed", "queued")
    assert AuditEvent.objects.get(action="job.sent_again").details["new_job"] == answer["new_job"]["id"]


@pytest.mark.parametrize("body", [{}, {"outcome": "maybe"}, {"outcome": None}])
def test_an_outcome_nobody_knows_is_refused_with_its_name(
    program: Program, company_file: CompanyFile, body: dict[str, object]
) -> None:
    job = a_job(company_file, "outcome_unknown")

    answer = program.post(f"/api/jobs/{job.pk}/settle", body)

    assert (program.status, "outcome" in answer["error"]["message"]) == (400, True)


PATHS = ["/api/qbwc/accept-file", "/api/jobs/{}/cancel", "/api/jobs/{}/settle"]


@pytest.mark.parametrize("path", PATHS)
def test_a_key_that_may_only_read_changes_nothing(company_file: CompanyFile, path: str) -> None:
    CompanyFile.objects.update(wrong_file=REFUSED)
    job = a_job(company_file)
    reader = Program(company_file.company, ApiKey.Scope.READ)

    reader.post(path.format(job.pk), {"outcome": "done"})

    assert (reader.status, reader.code) == (403, "FORBIDDEN")
    assert (Job.objects.get().state, CompanyFile.objects.get().wrong_file) == ("queued", REFUSED)


@pytest.mark.parametrize("path", PATHS[1:])
def test_another_companys_job_does_not_exist(company_file: CompanyFile, path: str) -> None:
    job = a_job(company_file)
    stranger = Program(Company.objects.create(name="Other", slug="other"))

    stranger.post(path.format(job.pk), {"outcome": "done"})
    assert (stranger.status, stranger.code) == (404, "NO_SUCH_JOB")
    stranger.post(path.format(10**30), {"outcome": "done"})
    assert stranger.status == 400
    assert Job.objects.get().state == "queued"


def test_a_company_without_quickbooks_has_no_file_to_accept() -> None:
    fresh = Program(Company.objects.create(name="Fresh", slug="fresh"))

    fresh.post("/api/qbwc/accept-file")

    assert (fresh.status, fresh.code) == (404, "NOT_CONNECTED")


@pytest.mark.parametrize(("role", "expected"), [("administrator", 200), ("viewer", 403)])
def test_people_need_the_right_role_and_their_csrf_token(company_file: CompanyFile, role: str, expected: int) -> None:
    job = a_job(company_file)
    user = UserFactory.create()
    MembershipFactory.create(user=user, company=company_file.company, role=role)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.post(f"/api/jobs/{job.pk}/cancel").json()["error"]["code"] == "CSRF"
    client.cookies["csrftoken"] = "x" * 32
    assert client.post(f"/api/jobs/{job.pk}/cancel", headers={"X-CSRFToken": "x" * 32}).status_code == expected


def test_the_actions_are_described(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]

    for path in ("/api/qbwc/accept-file", "/api/jobs/{job_id}/cancel", "/api/jobs/{job_id}/settle"):
        assert set(paths[path]["post"]["responses"]) == {"200", "400", "401", "403", "404", "409"}
        assert paths[path]["post"]["description"]
