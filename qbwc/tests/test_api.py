"""REST reads of the Web Connector conversation, and the request for a refresh."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import ApiKey, AuditEvent, Company
from qbwc.models import CompanyFile, Job, SyncPlan
from qbwc.tests.conversation import Connector, a_company_file, hcp, plan, reading_into

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company_file() -> Iterator[CompanyFile]:
    with reading_into([], "first", "second"):
        company_file = a_company_file()
        plan(company_file, "first", "second")
        yield company_file


def _key(company: Company, scope: ApiKey.Scope = ApiKey.Scope.READ) -> dict[str, str]:
    return {"X-API-Key": issue_key(company, "test", scope, clock.now())[1]}


def test_status_tells_what_was_seen_and_what_is_queued(client: Client, company_file: CompanyFile) -> None:
    headers = _key(company_file.company)
    assert client.get("/api/qbwc/status", headers=headers).json()["state"] == "never_seen"
    connector = Connector()
    connector.authenticate()
    connector.answer(connector.send(hcp()))
    status = client.get("/api/qbwc/status", headers=headers).json()
    assert status["state"] == "online"
    assert status["company_file"]["company_name"] == "Cascadia Managed Services"
    assert status["last_session"]["progress"] == 50
    assert status["jobs"] == {**dict.fromkeys(Job.State.values, 0), "done": 1, "queued": 1}
    assert [row["purpose"] for row in status["plans"]] == ["first", "second"]


def test_status_of_a_company_without_quickbooks_says_so(client: Client) -> None:
    company = Company.objects.create(name="Fresh", slug="fresh")
    assert client.get("/api/qbwc/status", headers=_key(company)).json()["state"] == "not_connected"


def test_a_refresh_makes_every_plan_due_and_is_audited(client: Client, company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    for _ in range(2):
        connector.answer(connector.send())
    assert Connector().authenticate() == "none"
    answer = client.post("/api/qbwc/sync", headers=_key(company_file.company, ApiKey.Scope.WRITE))
    assert (answer.status_code, answer.json()["queued"]) == (202, ["first", "second"])
    assert Connector().authenticate() == ""
    assert AuditEvent.objects.filter(action="sync.requested", success=True).exists()


def test_a_key_that_may_only_read_cannot_ask_for_a_refresh(client: Client, company_file: CompanyFile) -> None:
    SyncPlan.objects.update(next_due_at=clock.now())
    answer = client.post("/api/qbwc/sync", headers=_key(company_file.company))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert not SyncPlan.objects.filter(next_due_at=None).exists()


def test_jobs_are_those_of_the_keys_company_only(client: Client, company_file: CompanyFile) -> None:
    Connector().authenticate()
    other = Company.objects.create(name="Other", slug="other")
    assert client.get("/api/jobs", headers=_key(company_file.company)).json()["total"] == 2
    assert client.get("/api/jobs", headers=_key(other)).json() == {"company": "Other", "total": 0, "jobs": []}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "limit=8e22", "state=nonsense"])
def test_unbounded_or_unknown_filters_are_refused_with_their_name(
    client: Client, company_file: CompanyFile, query: str
) -> None:
    answer = client.get(f"/api/jobs?{query}", headers=_key(company_file.company))
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["error"]["message"]


def test_without_a_key_nothing_is_told(client: Client, company_file: CompanyFile) -> None:
    for path in ("/api/qbwc/status", "/api/jobs"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
