"""API keys: made, split, compared."""

from __future__ import annotations

import secrets

import pytest

from accounts import keys


def test_a_key_carries_256_random_bits_after_its_mark() -> None:
    made = keys.make_key(lambda size: b"\xff" * size)

    assert made.text == "tieout_" + "_" * 42 + "8"
    assert made.prefix == "________"
    assert made.digest == keys.digest(made.text)


def test_two_keys_differ() -> None:
    assert keys.make_key(secrets.token_bytes).text != keys.make_key(secrets.token_bytes).text


def test_a_key_leads_to_its_row_and_fits_its_digest() -> None:
    made = keys.make_key(secrets.token_bytes)

    assert keys.prefix_of(made.text) == made.prefix
    assert keys.matches(made.text, made.digest)


def test_a_key_with_one_other_letter_does_not_fit() -> None:
    made = keys.make_key(lambda size: b"a" * size)

    assert not keys.matches(made.text[:-1] + "A", made.digest)


def test_the_row_of_a_foreign_key_is_found_without_showing_any_of_it() -> None:
    adopted = keys.adopt_key("an-older-installation's-key")

    assert adopted.prefix == keys.digest("an-older-installation's-key")[:12]
    assert keys.prefix_of(adopted.text) == adopted.prefix


@pytest.mark.parametrize("text", ["", "with blank inside it", "ünïcödé-ünïcödé-ünïcödé", "x" * 201, "line\nbreak" * 3])
def test_what_cannot_be_a_key_has_no_prefix(text: str) -> None:
    assert keys.prefix_of(text) is None


@pytest.mark.parametrize("text", ["", "short", "fifteen-letters", "x" * 201])
def test_a_weak_or_endless_foreign_key_is_not_adopted(text: str) -> None:
    with pytest.raises(ValueError, match="16 to 200"):
        keys.adopt_key(text)


def test_a_digest_that_is_no_digest_never_matches() -> None:
    assert not keys.matches("anything", "")
    assert not keys.matches("anything", "ü")
