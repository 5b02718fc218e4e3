"""REST callers: a key in the header, or the session cookie with its CSRF token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts import keys
from accounts.authentication import KeyNotIssued, KeyTaken, caller_of_key, issue_key
from accounts.models import ApiKey, AuditEvent
from accounts.tests.factories import ApiKeyFactory, CompanyFactory, MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("accounts.tests.urls")]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_key_is_issued_once_and_only_its_digest_is_kept() -> None:
    key, text = issue_key(CompanyFactory.create(), "Make.com", ApiKey.Scope.WRITE, NOW, actor="alice")

    key.refresh_from_db()
    assert text.startswith("tieout_" + key.prefix)
    assert key.digest == keys.digest(text)
    assert text not in str(vars(key))
    line = AuditEvent.objects.get(action="api_key.created")
    assert (line.actor, line.company, line.details) == ("alice", key.company, {"key": key.prefix, "scope": "write"})


def test_a_key_leads_to_its_caller() -> None:
    key, text = issue_key(CompanyFactory.create(), "x", ApiKey.Scope.READ, NOW)

    caller = caller_of_key(text, NOW)

    assert caller is not None
    assert caller.api_key == key


def test_a_wrong_key_with_the_right_beginning_is_nobodys() -> None:
    _key, text = issue_key(CompanyFactory.create(), "x", ApiKey.Scope.READ, NOW)
    other = text[:-2] + ("AA" if not text.endswith("AA") else "BB")

    assert caller_of_key(other, NOW) is None
    assert caller_of_key("", NOW) is None
    assert caller_of_key("tieout_", NOW) is None


def test_a_revoked_key_is_nobodys() -> None:
    key, text = issue_key(CompanyFactory.create(), "x", ApiKey.Scope.READ, NOW)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=NOW)

    assert caller_of_key(text, NOW) is None


def test_use_is_noted_at_most_once_a_minute() -> None:
    key, text = issue_key(CompanyFactory.create(), "x", ApiKey.Scope.READ, NOW)
    seen = []
    for seconds in (0, 59, 60, 61):
        caller_of_key(text, NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at is not None
        seen.append((key.last_used_at - NOW).seconds)

    assert seen == [0, 0, 60, 60]


def test_an_older_installations_key_keeps_working() -> None:
    company = CompanyFactory.create()
    key, text = issue_key(company, "API_KEY", ApiKey.Scope.WRITE, NOW, "an-old-key-of-the-installation")
    again, _ = issue_key(company, "API_KEY", ApiKey.Scope.WRITE, NOW, "an-old-key-of-the-installation")

    assert again == key
    caller = caller_of_key(text, NOW)
    assert caller is not None
    assert caller.api_key == key
    assert AuditEvent.objects.count() == 1


def test_a_key_belongs_to_one_company() -> None:
    issue_key(CompanyFactory.create(), "API_KEY", ApiKey.Scope.WRITE, NOW, "an-old-key-of-the-installation")

    with pytest.raises(KeyTaken, match="another company"):
        issue_key(CompanyFactory.create(), "API_KEY", ApiKey.Scope.WRITE, NOW, "an-old-key-of-the-installation")


def test_a_weak_or_revoked_key_is_not_issued() -> None:
    company = CompanyFactory.create()
    with pytest.raises(KeyNotIssued, match="16 to 200"):
        issue_key(company, "API_KEY", ApiKey.Scope.WRITE, NOW, "secret")
    key, text = issue_key(company, "x", ApiKey.Scope.READ, NOW)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=NOW)
    with pytest.raises(KeyNotIssued, match="revoked"):
        issue_key(company, "x", ApiKey.Scope.READ, NOW, text)


def test_a_request_with_a_key_is_the_keys_company(client: Client) -> None:
    key = ApiKeyFactory.create(text="a-key-for-this-request")

    answer = client.post("/api/whoami", headers={"X-API-Key": "a-key-for-this-request"}).json()

    assert answer == {"name": f"key {key.prefix}", "company": key.company.slug}


def test_a_key_needs_no_csrf_token() -> None:
    ApiKeyFactory.create(text="a-key-for-this-request")
    client = Client(enforce_csrf_checks=True)

    assert client.post("/api/whoami", headers={"X-API-Key": "a-key-for-this-request"}).status_code == 200


def test_a_key_cannot_ask_about_another_company(client: Client) -> None:
    ApiKeyFactory.create(text="a-key-for-this-request")
    other = CompanyFactory.create()

    answer = client.get(f"/api/whoami?company={other.slug}", headers={"X-API-Key": "a-key-for-this-request"})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "OTHER_COMPANY"


@pytest.mark.parametrize("text", ["wrong", "", "tieout_" + "x" * 43])
def test_a_wrong_key_is_refused_even_beside_a_good_session(client: Client, text: str) -> None:
    client.force_login(MembershipFactory.create().user)

    answer = client.get("/api/whoami", headers={"X-API-Key": text})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


def test_without_key_and_session_the_answer_says_what_to_send(client: Client) -> None:
    answer = client.get("/api/whoami")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert "X-API-Key" in answer.json()["error"]["message"]


def test_a_signed_in_person_reads_without_a_csrf_token() -> None:
    membership = MembershipFactory.create(user=UserFactory.create(username="alice"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(membership.user)

    answer = client.get("/api/whoami")

    assert answer.json() == {"name": "alice", "company": membership.company.slug}


def test_a_signed_in_person_writes_only_with_a_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory.create().user)
    refused = client.post("/api/whoami")
    client.get("/sign-in/")
    token = client.cookies["csrftoken"].value

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "CSRF"
    assert client.post("/api/whoami", headers={"X-CSRFToken": token}).status_code == 200
