"""Checking a Web Connector password: bcrypt the first time, a keyed digest in memory for a while after that.

A Web Connector signs in every few minutes; bcrypt at each poll would cost 280 ms of CPU. What is remembered is
HMAC-SHA256 of the password and the stored hash, under a key that exists only in this process's memory: it
is never on disk, and another stored hash (a new password) never matches. docs/decisions/poll-cost.md has the threats.

Guessing is slowed per user name, not per address (an office behind one address has many connectors): after a burst,
one password a few seconds is really tried, anything more is told `busy`. A remembered right password is not slowed, so
somebody else's typing does not lock a working connector out.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from qbwc.passwords import password_matches

RIGHT_FOR = timedelta(hours=24)
WRONG_FOR = timedelta(minutes=15)
MOST_REMEMBERED = 10_000
BURST = 5
ONE_TRY_EVERY = timedelta(seconds=3)
ONE_LINE_EVERY = timedelta(minutes=1)


class Check(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too many tries; ask again later"


@dataclass
class _Tries:
    """A token bucket of passwords really tried under one user name."""

    left: float
    at: datetime


_key = secrets.token_bytes(32)
_known: dict[bytes, tuple[Check, datetime]] = {}
_tries: dict[str, _Tries] = {}
_told: dict[str, datetime] = {}


def check(username: str, password: str, stored_hash: str, now: datetime) -> Check:
    """Whether the password belongs to the stored bcrypt hash; `stored_hash` is "" for an unknown user name.

    A wrong password that is typed into a connector is sent again at every poll: it is remembered as wrong, too.
    """
    digest = hmac.digest(_key, f"{username}\n{stored_hash}\n{password}".encode("utf-8", "surrogatepass"), "sha256")
    known = _known.get(digest)
    if known is not None and now < known[1]:
        return _remember(digest, known[0], now) if known[0] is Check.RIGHT else known[0]
    if not _may_try(username, now):
        return Check.TOO_MANY
    return _remember(digest, Check.RIGHT if password_matches(password, stored_hash) else Check.WRONG, now)


def _remember(digest: bytes, verdict: Check, now: datetime) -> Check:
    """A right one for a day after its last use: a connector that works is never slowed by somebody else's typing."""
    _make_room(_known)
    _known[digest] = (verdict, now + (RIGHT_FOR if verdict is Check.RIGHT else WRONG_FOR))
    return verdict


def is_news(username: str, now: datetime) -> bool:
    """Whether a refusal of this user name is worth a line of the audit trail: once a minute."""
    last = _told.get(username)
    if last is not None and last <= now < last + ONE_LINE_EVERY:
        return False
    _make_room(_told)
    _told[username] = now
    return True


def forget() -> None:
    """Start anew, as a new process does."""
    for memory in (_known, _tries, _told):
        memory.clear()


def _may_try(username: str, now: datetime) -> bool:
    _make_room(_tries)
    tries = _tries.setdefault(username, _Tries(BURST, now))
    tries.left = min(BURST, tries.left + max(timedelta(), now - tries.at) / ONE_TRY_EVERY)
    tries.at = now
    if tries.left < 1:
        return False
    tries.left -= 1
    return True


def _make_room(memory: dict[bytes, tuple[Check, datetime]] | dict[str, _Tries] | dict[str, datetime]) -> None:
    if len(memory) >= MOST_REMEMBERED:
        memory.clear()
