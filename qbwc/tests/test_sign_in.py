"""Passwords of connectors: bcrypt once, guessing slowed by user name, nobody locked out by somebody else's typing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qbwc import sign_in
from qbwc.passwords import hash_password, password_matches
from qbwc.sign_in import BURST, ONE_TRY_EVERY, Check

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORED = hash_password("right", rounds=4)


@pytest.fixture
def bcrypt_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []

    def counted(password: str, stored: str) -> bool:
        calls.append(password)
        return password_matches(password, stored) if stored else False

    monkeypatch.setattr(sign_in, "password_matches", counted)
    return calls


def test_a_right_password_costs_bcrypt_once_while_the_connector_keeps_polling(bcrypt_calls: list[str]) -> None:
    for hours in (0, 1, 20, 40, 60):
        assert sign_in.check("u", "right", STORED, NOW + timedelta(hours=hours)) is Check.RIGHT
    assert len(bcrypt_calls) == 1
    assert sign_in.check("u", "right", STORED, NOW + timedelta(hours=85)) is Check.RIGHT
    assert len(bcrypt_calls) == 2


def test_a_wrong_password_that_is_sent_at_every_poll_costs_bcrypt_once(bcrypt_calls: list[str]) -> None:
    assert {sign_in.check("u", "wrong", STORED, NOW + timedelta(minutes=m)) for m in (0, 5, 10)} == {Check.WRONG}
    assert len(bcrypt_calls) == 1


def test_the_old_password_ends_with_its_hash(bcrypt_calls: list[str]) -> None:
    assert sign_in.check("u", "right", STORED, NOW) is Check.RIGHT
    assert sign_in.check("u", "right", hash_password("new", rounds=4), NOW) is Check.WRONG


def test_guessing_is_slowed_to_one_try_in_three_seconds(bcrypt_calls: list[str]) -> None:
    verdicts = [sign_in.check("u", f"guess {n}", STORED, NOW) for n in range(100)]
    assert verdicts == [Check.WRONG] * BURST + [Check.TOO_MANY] * (100 - BURST)
    assert len(bcrypt_calls) == BURST
    assert sign_in.check("u", "one more", STORED, NOW + ONE_TRY_EVERY) is Check.WRONG
    assert sign_in.check("u", "and another", STORED, NOW + ONE_TRY_EVERY) is Check.TOO_MANY


def test_a_working_connector_is_not_locked_out_by_somebody_elses_typing(bcrypt_calls: list[str]) -> None:
    assert sign_in.check("u", "right", STORED, NOW) is Check.RIGHT
    for n in range(50):
        sign_in.check("u", f"guess {n}", STORED, NOW)
    assert sign_in.check("u", "right", STORED, NOW) is Check.RIGHT


def test_guessing_one_user_name_does_not_slow_another(bcrypt_calls: list[str]) -> None:
    for n in range(50):
        sign_in.check("u", f"guess {n}", STORED, NOW)
    assert sign_in.check("other", "right", STORED, NOW) is Check.RIGHT


def test_the_password_itself_is_not_kept(bcrypt_calls: list[str]) -> None:
    sign_in.check("u", "right", STORED, NOW)
    assert b"right" not in b"".join(sign_in._known)


def test_memory_stays_bounded_whatever_is_typed(bcrypt_calls: list[str]) -> None:
    for n in range(sign_in.MOST_REMEMBERED + 10):
        sign_in.check(f"user {n}", "x", "", NOW)
        sign_in.is_news(f"user {n}", NOW)
    assert max(len(sign_in._known), len(sign_in._tries), len(sign_in._told)) <= sign_in.MOST_REMEMBERED


def test_a_refusal_is_news_once_a_minute() -> None:
    assert sign_in.is_news("u", NOW)
    assert not sign_in.is_news("u", NOW + timedelta(seconds=59))
    assert sign_in.is_news("u", NOW + timedelta(seconds=61))
