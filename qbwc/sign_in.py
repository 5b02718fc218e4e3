"""Checking a Web Connector password: bcrypt the first time, a keyed digest in memory for a while after that.

A Web Connector signs in every few minutes; bcrypt at each poll would cost 280 ms of CPU. What is remembered is
HMAC-SHA256 of the password and the stored hash, under a key that exists only in this process's memory: it
is never on disk, and another stored hash (a new password) never matches. Wrong passwords are never remembered.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from qbwc.passwords import password_matches

REMEMBERED_FOR = timedelta(minutes=15)
MOST_REMEMBERED = 10_000

_key = secrets.token_bytes(32)
_good: dict[bytes, datetime] = {}


def is_right(password: str, stored_hash: str, now: datetime) -> bool:
    """Whether the password belongs to the stored bcrypt hash."""
    digest = hmac.digest(_key, f"{stored_hash}\n{password}".encode("utf-8", "surrogatepass"), "sha256")
    until = _good.get(digest)
    if until is not None and now < until:
        return True
    if not password_matches(password, stored_hash):
        _good.pop(digest, None)
        return False
    if len(_good) >= MOST_REMEMBERED:
        _good.clear()
    _good[digest] = now + REMEMBERED_FOR
    return True
