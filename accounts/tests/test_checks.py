"""System checks: each finding has an id and a hint."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts import audit, checks, clock
from accounts.models import AuditEvent
from accounts.tests.factories import UserFactory


def test_another_user_model_is_an_error(settings: Settings) -> None:
    assert checks.check_user_model(None) == []
    settings.AUTH_USER_MODEL = "auth.User"
    assert [finding.id for finding in checks.check_user_model(None)] == ["accounts.E001"]


def test_a_weak_api_key_is_named_with_what_to_do(settings: Settings) -> None:
    settings.API_KEY = "secret"
    (finding,) = checks.check_api_key(None)

    assert finding.id == "accounts.W001"
    assert "token_urlsafe" in str(finding.hint)
    assert "secret'" not in finding.msg

    for good in ("", "a-long-enough-key-of-old"):
        settings.API_KEY = good
        assert checks.check_api_key(None) == []


@pytest.mark.django_db
def test_an_installation_without_superuser_is_told_how_to_make_one() -> None:
    assert [finding.id for finding in checks.check_superuser(None, databases=["default"])] == ["accounts.W002"]
    UserFactory.create(is_superuser=True)
    assert checks.check_superuser(None, databases=["default"]) == []


@pytest.mark.django_db
def test_a_changed_audit_trail_is_reported() -> None:
    line = audit.record(action="x", success=True, now=clock.now())
    assert checks.check_audit_trail(None, databases=["default"]) == []

    AuditEvent.objects.filter(pk=line.pk).update(actor="mallory")

    (finding,) = checks.check_audit_trail(None, databases=["default"])
    assert finding.id == "accounts.W003"
    assert str(line.pk) in finding.msg


def test_database_checks_keep_quiet_when_no_database_was_asked_for() -> None:
    assert checks.check_superuser(None) == []
    assert checks.check_audit_trail(None) == []
