"""The admin: superusers only, keys shown once, the audit trail read-only, its own content policy."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts import audit, clock
from accounts.authentication import caller_of_key
from accounts.models import ApiKey, AuditEvent
from accounts.tests.factories import ApiKeyFactory, CompanyFactory, MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("accounts.tests.urls")]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(UserFactory.create(username="boss", is_superuser=True, is_staff=True))
    return client


def test_signing_in_happens_on_the_products_own_page(client: Client) -> None:
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_staff_and_administrators_of_a_company_stay_outside(client: Client) -> None:
    membership = MembershipFactory.create(role="administrator", user=UserFactory.create(is_staff=True))
    client.force_login(membership.user)

    assert client.get("/admin/accounts/company/").status_code == 302


@pytest.mark.parametrize("row", ["user", "company", "membership", "apikey", "auditevent"])
def test_every_list_and_form_opens(boss: Client, row: str) -> None:
    member, key = MembershipFactory.create(), ApiKeyFactory.create()
    line = audit.record(action="x", success=True, now=clock.now(), company=key.company)
    rows = {"user": member.user, "company": member.company, "membership": member, "apikey": key, "auditevent": line}

    assert boss.get(f"/admin/accounts/{row}/").status_code == 200
    assert boss.get(f"/admin/accounts/{row}/{rows[row].pk}/change/").status_code == 200


def test_only_the_admin_may_evaluate_scripts(boss: Client) -> None:
    inside = boss.get("/admin/")["Content-Security-Policy"]
    outside = boss.get("/sign-in/")["Content-Security-Policy"]

    assert "'unsafe-eval'" in inside
    assert "'unsafe-inline'" in inside
    assert "unsafe" not in outside


def test_a_new_key_is_shown_once_and_works(boss: Client) -> None:
    company = CompanyFactory.create()

    answer = boss.post("/admin/accounts/apikey/add/", {"company": company.pk, "name": "Make.com", "scope": "read"})

    found = re.search(r"tieout_[\w-]{43}", answer.content.decode())
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    caller = caller_of_key(found[0], clock.now())
    assert caller is not None
    assert caller.api_key == ApiKey.objects.get()
    assert "tieout_" not in boss.get("/admin/accounts/apikey/").content.decode()
    assert AuditEvent.objects.filter(action="admin.apikey.added", actor="boss", company=company).count() == 1


def test_a_key_is_revoked_not_changed_or_deleted(boss: Client) -> None:
    key = ApiKeyFactory.create()

    boss.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEvent.objects.filter(action="api_key.revoked", actor="boss").count() == 1
    assert boss.post(f"/admin/accounts/apikey/{key.pk}/delete/").status_code == 403
    assert boss.post(f"/admin/accounts/apikey/{key.pk}/change/", {"name": "new"}).status_code == 403


def test_the_audit_trail_can_only_be_looked_at(boss: Client) -> None:
    line = audit.record(action="x", success=True, now=clock.now())

    assert boss.get("/admin/accounts/auditevent/add/").status_code == 403
    assert boss.post(f"/admin/accounts/auditevent/{line.pk}/change/", {"action": "y"}).status_code == 403
    assert boss.post(f"/admin/accounts/auditevent/{line.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_person_can_be_added_and_the_addition_is_audited_without_the_password(boss: Client) -> None:
    form = {
        "username": "carol",
        "usable_password": "true",
        "password1": "a long enough one",
        "password2": "a long enough one",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }

    assert boss.post("/admin/accounts/user/add/", form).status_code == 302

    line = AuditEvent.objects.get(action="admin.user.added")
    assert line.details["name"] == "carol"
    assert "long enough" not in str(line.details)


def test_signing_out_of_the_admin_is_the_products_own_sign_out(boss: Client) -> None:
    assert boss.post("/admin/logout/")["Location"] == "/sign-in/"
    assert AuditEvent.objects.filter(action="sign_out", actor="boss").count() == 1


def test_a_deletion_is_audited(boss: Client) -> None:
    membership = MembershipFactory.create()

    boss.post(f"/admin/accounts/membership/{membership.pk}/delete/", {"post": "yes"})

    assert AuditEvent.objects.get(action="admin.membership.deleted").details["row"] == str(membership.pk)
    assert not membership.company.memberships.exists()


def test_a_company_with_a_history_cannot_be_deleted(boss: Client) -> None:
    line = audit.record(action="x", success=True, now=clock.now(), company=CompanyFactory.create())
    assert line.company is not None

    boss.post(f"/admin/accounts/company/{line.company.pk}/delete/", {"post": "yes"})

    assert AuditEvent.objects.filter(company=line.company).exists()
