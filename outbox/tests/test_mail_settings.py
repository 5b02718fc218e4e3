"""EMAIL_URL and MAIL_FROM: what they become, and what is said about a wrong one before anything starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from outbox.checks import check_mail

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    *("MAIL_IS_SET_UP", "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"),
    *("EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_TIMEOUT", "EMAIL_FILE_PATH"),
)


def loaded(tmp_path: Path, url: str) -> dict[str, Any]:
    """The mail settings of a fresh process."""
    code = (
        "import json; from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}}}))"
    )
    own = {"DATA_DIR": str(tmp_path), "EMAIL_URL": url, "DJANGO_SETTINGS_MODULE": "qbwc_project.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "security"),
    [
        ("smtp+tls://ana%40example.com:p%40ss@mx.example.com", "mx.example.com", 587, "ana@example.com", "p@ss", "tls"),
        ("smtp+ssl://mx.example.com", "mx.example.com", 465, "", "", "ssl"),
        ("smtp://localhost:2525", "localhost", 2525, "", "", ""),
        ("smtp://localhost", "localhost", 25, "", "", ""),
    ],
)
def test_an_address_of_a_mail_server_is_taken_apart(
    tmp_path: Path, url: str, host: str, port: int, user: str, password: str, security: str
) -> None:
    found = loaded(tmp_path, url)
    assert (found["EMAIL_BACKEND"], found["MAIL_IS_SET_UP"]) == ("outbox.smtp.Backend", True)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (security == "tls", security == "ssl")
    assert 0 < found["EMAIL_TIMEOUT"] < 60


def test_letters_that_are_kept_as_files_land_in_the_folder_that_was_named(tmp_path: Path) -> None:
    found = loaded(tmp_path, f"filemail://{tmp_path}/mails")
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert found["EMAIL_FILE_PATH"] == f"{tmp_path}/mails"


def test_without_it_no_mail_can_leave(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (found["MAIL_IS_SET_UP"], found["EMAIL_BACKEND"]) == (False, "django.core.mail.backends.dummy.EmailBackend")


@pytest.mark.parametrize(
    ("sender", "is_right"),
    [("Tieout <tieout@example.com>", True), ("tieout@example.com", True), ("", False), ("Tieout", False)],
)
def test_a_server_that_sends_mail_needs_a_name_to_send_under(settings: Settings, sender: str, is_right: bool) -> None:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, sender
    assert [found.id for found in check_mail(None)] == ([] if is_right else ["outbox.E001"])
    settings.MAIL_IS_SET_UP = False
    assert check_mail(None) == []
