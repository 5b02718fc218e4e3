"""Signing in and out: one page, throttled by user name, audited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.test import Client

from accounts import throttle
from accounts.models import AuditEvent
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("accounts.tests.urls")]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def sign_in(client: Client, password: str = PASSWORD, *, username: str = "alice", after: int = 0, **more: str) -> int:
    """Types user name and password `after` seconds past NOW; the answer's status."""
    with patch("accounts.clock.now", return_value=NOW + timedelta(seconds=after)):
        return client.post("/sign-in/", {"username": username, "password": password, **more}).status_code


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture(autouse=True)
def _alice() -> None:
    UserFactory.create(username="alice")


def test_the_page_can_be_seen_without_signing_in(client: Client) -> None:
    response = client.get("/sign-in/")

    assert response.status_code == 200
    assert b'name="password"' in response.content


def test_the_right_password_signs_in_and_leads_home(client: Client) -> None:
    response = client.post("/sign-in/", {"username": "alice", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    line = AuditEvent.objects.get()
    assert (line.action, line.success, line.actor) == ("sign_in.accepted", True, "alice")


def test_the_page_asked_for_comes_after_signing_in_but_never_another_site(client: Client) -> None:
    data = {"username": "alice", "password": PASSWORD}

    assert client.post("/sign-in/", {**data, "next": "/companies/a/"})["Location"] == "/companies/a/"
    assert client.post("/sign-in/", {**data, "next": "https://evil.example/"})["Location"] == "/"


def test_a_wrong_password_is_refused_in_words_and_audited_without_the_password(client: Client) -> None:
    response = client.post("/sign-in/", {"username": "alice", "password": "guess-4711"})

    assert response.status_code == 200
    assert "is wrong" in response.content.decode()
    line = AuditEvent.objects.get()
    assert (line.action, line.success, line.actor) == ("sign_in.refused", False, "alice")
    assert "guess-4711" not in str(line.details)


def test_an_unknown_name_is_refused_in_the_same_words(client: Client) -> None:
    known = client.post("/sign-in/", {"username": "alice", "password": "no"}).content.decode()
    unknown = client.post("/sign-in/", {"username": "mallory", "password": "no"}).content.decode()

    assert "is wrong" in known
    assert known.count("is wrong") == unknown.count("is wrong")


def test_an_inactive_person_cannot_sign_in(client: Client) -> None:
    UserFactory.create(username="gone", is_active=False)

    sign_in(client, username="gone")

    assert not is_signed_in(client)


def test_an_empty_form_is_not_counted(client: Client) -> None:
    sign_in(client, "", username="")
    sign_in(client, "")

    assert not AuditEvent.objects.exists()


def test_after_five_wrong_passwords_even_the_right_one_waits(client: Client) -> None:
    for second in range(5):
        assert sign_in(client, "wrong", after=second) == 200

    assert sign_in(client, after=6) == 429
    assert not is_signed_in(client)


def test_the_wait_says_how_long_and_ends_by_itself(client: Client) -> None:
    for _ in range(5):
        sign_in(client, "wrong")

    with patch("accounts.clock.now", return_value=NOW + timedelta(seconds=5)):
        response = client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    assert response["Retry-After"] == "10"
    assert "in 10 seconds" in response.content.decode()
    assert sign_in(client, after=15) == 302
    assert is_signed_in(client)


def test_trying_during_a_wait_does_not_lengthen_it(client: Client) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    for second in range(1, 15):
        assert sign_in(client, "wrong", after=second) == 429

    assert sign_in(client, after=15) == 302


def test_a_wait_is_one_line_in_the_audit_trail_however_often_somebody_tries(client: Client) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    for second in range(1, 10):
        sign_in(client, "wrong", after=second)

    assert AuditEvent.objects.filter(action="sign_in.throttled").count() == 1


def test_other_names_are_not_held_up(client: Client) -> None:
    UserFactory.create(username="bob")
    for _ in range(5):
        sign_in(client, "wrong")

    assert sign_in(client, username="bob") == 302


def test_somebody_elses_typing_does_not_lock_out_the_browser_that_signed_in_before(client: Client) -> None:
    owner, stranger = Client(), Client()
    sign_in(owner)
    owner.post("/sign-out/")
    for second in range(10, 20):
        sign_in(stranger, "wrong", after=second)

    assert sign_in(stranger, after=20) == 429
    assert sign_in(owner, after=20) == 302


def test_a_browser_that_signed_in_before_is_throttled_too(client: Client) -> None:
    sign_in(client)
    client.post("/sign-out/")
    for _ in range(5):
        sign_in(client, "wrong", after=1)

    assert sign_in(client, after=2) == 429


def test_a_forged_browser_cookie_is_a_strangers(client: Client) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    client.cookies["tieout_browser"] = "eyJuYW1lIjoiYWxpY2UiLCJtYXJrIjoiMSJ9:1:forged"

    assert sign_in(client, after=1) == 429


def test_a_success_starts_the_count_anew(client: Client) -> None:
    for _ in range(4):
        sign_in(client, "wrong")
    client.cookies.clear()
    sign_in(client, after=1)
    client.cookies.clear()
    for _ in range(4):
        assert sign_in(client, "wrong", after=2) == 200

    assert sign_in(client, after=3) == 302


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 15), (6, 30), (9, 300), (50, 300)])
def test_waits_grow_and_stay_short(failures: int, seconds: int) -> None:
    assert throttle.seconds_after(failures) == seconds


def test_signing_out_needs_a_post_and_is_audited(client: Client) -> None:
    sign_in(client)

    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert not is_signed_in(client)
    assert AuditEvent.objects.filter(action="sign_out", actor="alice").count() == 1


def test_a_form_from_elsewhere_cannot_sign_in() -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post("/sign-in/", {"username": "alice", "password": PASSWORD}).status_code == 403
