"""The system checks: each wrong setting has a number and a hint, and right settings are left in peace."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from qbwc_project.checks import TAG, check_settings

RIGHT: dict[str, Any] = {
    "PUBLIC_URL": "https://books.example.com",
    "SECRET_KEY": "s" * 50,
    "DEBUG": False,
    "QBWC_PASSWORD_HASH": "",
    "REDIS_URL": "",
    "MAX_QBXML_SIZE_MB": 100,
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "text",
    "LOG_FILE": "",
}
BCRYPT = "$2b$12$" + "abcdefghijklmnopqrst." * 2 + "uvwxyz/0123"

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("tieout.E001", {"PUBLIC_URL": "http://books.example.com"}),
    ("tieout.E001", {"PUBLIC_URL": "https://192.168.1.20"}),
    ("tieout.E001", {"PUBLIC_URL": "https://[fe80::1]"}),
    ("tieout.E001", {"PUBLIC_URL": "https://books.example.com/tieout"}),
    ("tieout.E001", {"PUBLIC_URL": "https://books.example.com?x=1"}),
    ("tieout.E001", {"PUBLIC_URL": "https://me:word@books.example.com"}),
    ("tieout.E001", {"PUBLIC_URL": "books.example.com"}),
    ("tieout.E001", {"PUBLIC_URL": "https://[broken"}),
    ("tieout.E002", {"SECRET_KEY": "short"}),
    ("tieout.E003", {"DEBUG": True}),
    ("tieout.E004", {"QBWC_PASSWORD_HASH": "the password itself"}),
    ("tieout.E004", {"QBWC_PASSWORD_HASH": BCRYPT[:-1]}),
    ("tieout.E005", {"REDIS_URL": "localhost:6379"}),
    ("tieout.E005", {"REDIS_URL": "amqp://localhost"}),
    ("tieout.E007", {"MAX_QBXML_SIZE_MB": 0}),
    ("tieout.E007", {"MAX_QBXML_SIZE_MB": 100_000}),
    ("tieout.E008", {"LOG_LEVEL": "LOUD"}),
    ("tieout.E009", {"LOG_FORMAT": "xml"}),
    ("tieout.E010", {"DATA_DIR": Path("/nowhere/at/all")}),
    ("tieout.E011", {"LOG_FILE": "/nowhere/at/all/tieout.log"}),
]
FINE: list[dict[str, Any]] = [
    {},
    {"PUBLIC_URL": "http://localhost:8000"},
    {"PUBLIC_URL": "https://books.example.com:8443"},
    {"DEBUG": True, "PUBLIC_URL": "http://localhost:8000"},
    {"QBWC_PASSWORD_HASH": BCRYPT},
    {"REDIS_URL": "redis://localhost:6379/0"},
    {"REDIS_URL": "rediss://:word@cache.example.com:6380/1"},
    {"LOG_LEVEL": "debug", "LOG_FORMAT": "json"},
]


def ids(**changed: Any) -> list[str]:
    with override_settings(**{**RIGHT, **changed}):
        return [str(message.id) for message in check_settings(None)]


@pytest.mark.parametrize(("number", "changed"), WRONG)
def test_a_wrong_setting_is_reported_under_its_number(tmp_path: Path, number: str, changed: dict[str, Any]) -> None:
    assert set(ids(**{"DATA_DIR": tmp_path, **changed})) == {number}


@pytest.mark.parametrize("changed", FINE)
def test_right_settings_are_left_in_peace(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert ids(**{"DATA_DIR": tmp_path, "LOG_FILE": str(tmp_path / "tieout.log"), **changed}) == []


def test_another_database_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.mysql")
    assert ids(DATA_DIR=tmp_path) == ["tieout.E006"]


def test_every_report_says_what_to_do(tmp_path: Path) -> None:
    for _, changed in WRONG:
        with override_settings(**{**RIGHT, "DATA_DIR": tmp_path, **changed}):
            assert all(message.hint for message in check_settings(None))


def test_no_report_shows_a_secret(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    with override_settings(**{**RIGHT, "DATA_DIR": tmp_path, "QBWC_PASSWORD_HASH": secret, "SECRET_KEY": secret}):
        assert not any(secret in f"{message.msg}{message.hint}" for message in check_settings(None))


def test_django_runs_them() -> None:
    with override_settings(LOG_FORMAT="xml"):
        assert "tieout.E009" in [message.id for message in run_checks(tags=[TAG])]
