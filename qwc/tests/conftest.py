"""Cheap hashes: the cost of bcrypt is tested where it is decided."""

from collections.abc import Callable
from typing import Any

import bcrypt
import pytest
from pytest_django import Settings

from qwc.doctor_checks import server


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_KEY = settings.QBWC_USERNAME = settings.QBWC_PASSWORD_HASH = ""
    settings.PUBLIC_URL = "https://books.example.com"
    slow: Callable[[int], bytes] = bcrypt.gensalt
    monkeypatch.setattr("bcrypt.gensalt", lambda _rounds=4: slow(4))


@pytest.fixture(autouse=True)
def _as_if_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite does not wait for the disk in tests; Doctor is told that it does, as tests/test_settings.py demands."""
    real: Callable[[Any, str], Any] = server._value
    monkeypatch.setattr(
        server, "_value", lambda inside, asks: 2 if asks == "PRAGMA synchronous" else real(inside, asks)
    )
