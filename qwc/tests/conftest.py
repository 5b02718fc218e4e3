"""Cheap hashes: the cost of bcrypt is tested where it is decided."""

from collections.abc import Callable

import bcrypt
import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_KEY = settings.QBWC_USERNAME = settings.QBWC_PASSWORD_HASH = ""
    settings.PUBLIC_URL = "https://books.example.com"
    slow: Callable[[int], bytes] = bcrypt.gensalt
    monkeypatch.setattr("bcrypt.gensalt", lambda _rounds=4: slow(4))
