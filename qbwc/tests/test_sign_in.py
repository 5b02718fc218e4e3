"""Repeated right passwords are cheap, wrong ones never are, and a changed password ends what was remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qbwc import sign_in
from qbwc.passwords import hash_password, password_matches

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def bcrypt_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    real = password_matches

    def counted(password: str, stored: str) -> bool:
        calls.append(password)
        return real(password, stored)

    monkeypatch.setattr(sign_in, "password_matches", counted)
    monkeypatch.setattr(sign_in, "_good", {})
    return calls


def test_a_right_password_costs_bcrypt_once_in_fifteen_minutes(bcrypt_calls: list[str]) -> None:
    stored = hash_password("right", rounds=4)
    minutes = (0, 1, 14, 16)
    assert all(sign_in.is_right("right", stored, NOW + timedelta(minutes=minute)) for minute in minutes)
    assert len(bcrypt_calls) == 2


def test_a_wrong_password_costs_bcrypt_each_time(bcrypt_calls: list[str]) -> None:
    stored = hash_password("right", rounds=4)
    assert not any(sign_in.is_right("wrong", stored, NOW) for _ in range(3))
    assert len(bcrypt_calls) == 3


def test_the_old_password_ends_with_its_hash(bcrypt_calls: list[str]) -> None:
    assert sign_in.is_right("old", hash_password("old", rounds=4), NOW)
    assert not sign_in.is_right("old", hash_password("new", rounds=4), NOW)


def test_the_password_itself_is_not_kept(bcrypt_calls: list[str]) -> None:
    assert sign_in.is_right("very secret", hash_password("very secret", rounds=4), NOW)
    assert b"very secret" not in b"".join(sign_in._good)
