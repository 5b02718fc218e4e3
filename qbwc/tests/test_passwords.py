"""Web Connector passwords: bcrypt, with and without the 72 bytes it reads."""

from __future__ import annotations

import bcrypt
import pytest

from qbwc import passwords
from qbwc.passwords import hash_password, is_password_hash, password_matches

ROUNDS = 4


def plain_hash(password: bytes, beginning: str = "$2b$") -> str:
    """As an existing installation made it."""
    return beginning + bcrypt.hashpw(password, bcrypt.gensalt(ROUNDS)).decode()[4:]


@pytest.mark.parametrize(
    "password", ["x", "correct horse", "pässwörd 密码", "a" * 72, "a" * 73, "é" * 40, "b" * 5000, "with\x00zero"]
)
def test_a_password_fits_its_hash_and_no_other_does(password: str) -> None:
    stored = hash_password(password, ROUNDS)

    assert is_password_hash(stored)
    assert password_matches(password, stored)
    assert not password_matches(password + "x", stored)
    assert not password_matches("", stored)


def test_long_passwords_that_differ_after_72_bytes_differ() -> None:
    stored = hash_password("a" * 100, ROUNDS)

    assert not password_matches("a" * 72, stored)
    assert not password_matches("a" * 99 + "b", stored)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hash_password("x", ROUNDS) != hash_password("x", ROUNDS)


@pytest.mark.parametrize("beginning", ["$2b$", "$2a$", "$2y$"])
def test_hashes_of_existing_installations_fit(beginning: str) -> None:
    stored = plain_hash(b"secret", beginning)

    assert password_matches("secret", stored)
    assert not password_matches("Secret", stored)


@pytest.mark.parametrize(
    "stored", ["", "secret", "$2b$", "$2x$" + "a" * 56, "$2b$12$" + "!" * 53, "$2b$99$" + "a" * 53, "$2b$04$ü", "\n"]
)
def test_what_is_no_bcrypt_hash_fits_nothing(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qbwc.passwords._NOBODYS_SALT", bcrypt.gensalt(ROUNDS))

    assert not is_password_hash(stored)
    assert not password_matches("secret", stored)


def test_an_unknown_user_costs_as_many_rounds_as_a_known_one() -> None:
    assert passwords._NOBODYS_SALT.startswith(b"$2b$12$")
    assert bcrypt.hashpw(b"", b"$2b$04$" + passwords._NOBODYS_SALT[7:])
