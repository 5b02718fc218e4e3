"""Web Connector passwords: bcrypt, as QBWC_PASSWORD_HASH of existing installations holds them."""

from __future__ import annotations

import base64
import hashlib
import re

import bcrypt

ROUNDS = 12
LONGEST = 72  # bytes; bcrypt reads no further, and bcrypt 5 raises beyond
_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")


def hash_password(password: str, rounds: int = ROUNDS) -> str:
    """The bcrypt hash to keep; 60 characters. At 12 rounds it takes about 0.3 s: never inside a transaction."""
    return bcrypt.hashpw(_readable(password), bcrypt.gensalt(rounds)).decode("ascii")


def password_matches(password: str, stored: str) -> bool:
    """Whether the password has this hash; False for anything that is not a bcrypt hash.

    An unknown user name is compared with `stored=""`, which takes as long as a wrong password of a known one.
    """
    if not is_password_hash(stored):
        bcrypt.hashpw(b"", _NOBODYS_SALT)
        return False
    return bcrypt.checkpw(_readable(password), stored.encode("ascii"))


def is_password_hash(text: str) -> bool:
    """Whether the text is a whole bcrypt hash: $2b$, $2a$ or $2y$."""
    return _HASH.fullmatch(text) is not None


def _readable(password: str) -> bytes:
    """The password within what bcrypt reads: a longer one as base64 of its SHA-256, which holds no zero byte."""
    raw = password.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST:
        return raw
    return base64.b64encode(hashlib.sha256(raw).digest())


_NOBODYS_SALT = b"$2b$%02d$" % ROUNDS + b"abcdefghijklmnopqrstuu"
