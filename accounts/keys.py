"""API keys: make one, find its row, compare it; only the digest of a key is ever stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

MARK = "tieout_"
SECRET_BYTES = 32  # 256 bits: a plain SHA-256 of it cannot be guessed back, so no slow hash is needed per call
PREFIX_LENGTH = 8
KEY_LENGTH = len(MARK) + 43  # 32 bytes in url-safe base64 without its padding
FOREIGN_PREFIX_LENGTH = 12
SHORTEST_FOREIGN_KEY = 16
LONGEST_KEY = 200


@dataclass(frozen=True)
class NewKey:
    """A key just made: `text` is shown once, `prefix` finds its row, `digest` is kept."""

    text: str
    prefix: str
    digest: str


def make_key(random: Callable[[int], bytes]) -> NewKey:
    """A fresh key; `random(n)` gives n bytes from a cryptographic source."""
    text = MARK + base64.urlsafe_b64encode(random(SECRET_BYTES)).rstrip(b"=").decode("ascii")
    return NewKey(text, text[len(MARK) : len(MARK) + PREFIX_LENGTH], digest(text))


def adopt_key(text: str) -> NewKey:
    """A key that existed before (API_KEY of an older installation); ValueError when it is too weak or too long."""
    prefix = prefix_of(text)
    if prefix is None or len(text) < SHORTEST_FOREIGN_KEY:
        raise ValueError(f"A key has {SHORTEST_FOREIGN_KEY} to {LONGEST_KEY} visible ASCII characters.")
    return NewKey(text, prefix, digest(text))


def prefix_of(text: str) -> str | None:
    """What finds the key's row: 8 characters of ours, 12 of the digest for a foreign key; None: cannot be a key."""
    if not 0 < len(text) <= LONGEST_KEY or not text.isascii() or not text.isprintable() or " " in text:
        return None
    if text.startswith(MARK) and len(text) == KEY_LENGTH:
        return text[len(MARK) : len(MARK) + PREFIX_LENGTH]
    # A foreign key may be short: no part of it is shown, and the lengths keep both kinds of prefix apart.
    return digest(text)[:FOREIGN_PREFIX_LENGTH]


def digest(text: str) -> str:
    """SHA-256 of the whole key, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def matches(text: str, digest_kept: str) -> bool:
    """Whether the key has this digest, in constant time."""
    return hmac.compare_digest(digest(text).encode("ascii"), digest_kept.encode("utf-8"))
