"""The poll that finds nothing to do, in one query: it comes thousands of times an hour, nearly all of them idle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

# A poll is written down at most so often: one commit costs more than the whole rest of it.
SEEN_EVERY = timedelta(minutes=1)

# Every reason to look closer is here and makes the row disappear; opening.py then looks closer. Written as SQL, the
# same for both engines, because Django takes longer to put such queries together than both take to answer them
# (docs/benchmarks.md). The range on the second column of an index tells SQLite, which knows nothing about the tables'
# contents, to use the index of the open sessions and of the waiting jobs, and not the one of all there ever were.
_IDLE = """
SELECT f.id, f.password_hash, f.minimum_run_seconds, f.last_seen_at > %(since)s
FROM qbwc_companyfile f
WHERE f.username = %(username)s AND f.is_active AND f.quiet_from IS NULL AND f.live_window = 'off'
AND NOT EXISTS (SELECT 1 FROM qbwc_sync_sessions s
    WHERE s.company_file_id = f.id AND s.state = 'open' AND s.last_call_at > %(ever)s)
AND NOT EXISTS (SELECT 1 FROM qbwc_job j WHERE j.company_file_id = f.id AND j.state = 'in_flight')
AND NOT EXISTS (SELECT 1 FROM qbwc_job j
    WHERE j.company_file_id = f.id AND j.state = 'queued' AND j.priority >= -32768 AND j.available_at <= %(now)s)
AND NOT EXISTS (SELECT 1 FROM qbwc_job j
    WHERE j.company_file_id = f.id AND j.state = 'queued' AND j.priority >= -32768 AND j.deadline_at <= %(now)s)
AND NOT EXISTS (SELECT 1 FROM qbwc_syncplan p
    WHERE p.company_file_id = f.id AND p.is_enabled AND (p.next_due_at IS NULL OR p.next_due_at <= %(now)s))
"""
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_SEEN = "UPDATE qbwc_companyfile SET last_seen_at = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Idle:
    """A company file with nothing to do, and what authenticate must know of it."""

    company_file_id: int
    password_hash: str
    minimum_run_seconds: int | None
    was_seen_lately: bool


def look(username: str, now: datetime) -> Idle | None:
    """The company file of this user name when there is certainly nothing to do for it; None: look closer."""
    parameters = {
        "username": username,
        "since": _stored(now - SEEN_EVERY),
        "now": _stored(now),
        "ever": _stored(_BEFORE_ALL),
    }
    with connection.cursor() as cursor:
        cursor.execute(_IDLE, parameters)
        row = cursor.fetchone()
    return Idle(*row) if row else None


def note_seen(idle: Idle, now: datetime) -> None:
    """Write down that its Web Connector has called, unless that was done within the last minute."""
    if not idle.was_seen_lately:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, (_stored(now), idle.company_file_id))


def _stored(moment: datetime) -> Any:
    """A moment as this database takes it."""
    return connection.ops.adapt_datetimefield_value(moment)
