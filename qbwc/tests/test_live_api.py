"""REST: QuickBooks is released for another application."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import ApiKey, AuditEvent, Company
from qbwc.tests.conversation import Connector, a_company_file
from qbwc.tests.held import a_live_file

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/qbwc/release"


def _key(company: Company, scope: ApiKey.Scope) -> dict[str, str]:
    return {"X-API-Key": issue_key(company, "test", scope, clock.now())[1]}


def test_a_release_ends_the_live_window_and_is_audited(client: Client) -> None:
    company_file = a_live_file()
    answer = client.post(PATH, headers=_key(company_file.company, ApiKey.Scope.WRITE))
    assert (answer.status_code, answer.json()["company"]) == (200, "Cascadia")
    company_file.refresh_from_db()
    assert company_file.release_requested_at is not None
    assert Connector().authenticate() == "none"
    assert AuditEvent.objects.filter(action="live_window.released", success=True).exists()


def test_a_key_that_may_only_read_cannot_release(client: Client) -> None:
    company_file = a_company_file()
    answer = client.post(PATH, headers=_key(company_file.company, ApiKey.Scope.READ))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    company_file.refresh_from_db()
    assert company_file.release_requested_at is None


def test_a_company_without_quickbooks_is_told_so(client: Client) -> None:
    company = Company.objects.create(name="Fresh", slug="fresh")
    answer = client.post(PATH, headers=_key(company, ApiKey.Scope.WRITE))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_CONNECTED")


def test_without_a_key_nothing_is_released(client: Client) -> None:
    a_company_file()
    assert client.post(PATH).status_code == 401
