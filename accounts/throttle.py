"""How long a user name must wait after wrong passwords; counted from the audit trail, so every process agrees.

Attempts during a wait are refused unread and do not lengthen it, and the longest wait is short: whoever types
wrong passwords for somebody else's name cannot keep that person out for long. A browser that has signed in with
the name before carries a signed cookie and is counted on its own, so the owner's browser is not held up at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import AuditEvent

ACCEPTED = "sign_in.accepted"
REFUSED = "sign_in.refused"
THROTTLED = "sign_in.throttled"
LOOK_BACK = timedelta(minutes=15)
FREE_TRIES = 5
WAITS = (15, 30, 60, 120, 300)  # seconds after the 5th, 6th, … wrong password; the last one repeats


def seconds_after(failures: int) -> int:
    """The wait that follows this many wrong passwords in a row."""
    if failures < FREE_TRIES:
        return 0
    return WAITS[min(failures - FREE_TRIES, len(WAITS) - 1)]


def seconds_left(username: str, browser: str, now: datetime) -> int:
    """Seconds until the next attempt is read; `browser` is the known browser's mark, or "" for any other one."""
    tries = AuditEvent.objects.filter(
        action__in=[ACCEPTED, REFUSED], actor=username, details__browser=browser, timestamp__gt=now - LOOK_BACK
    )
    newest = list(tries.order_by("-pk").values_list("success", "timestamp")[: FREE_TRIES + len(WAITS)])
    failures = next((count for count, (success, _) in enumerate(newest) if success), len(newest))
    if failures == 0:
        return 0
    until = newest[0][1] + timedelta(seconds=seconds_after(failures))
    return max(0, -(-(until - now) // timedelta(seconds=1)))


def is_announced(username: str, browser: str, now: datetime) -> bool:
    """Whether this wait is in the audit trail already: one line per wait, however often somebody tries."""
    newest = (
        AuditEvent.objects.filter(
            action__in=[REFUSED, THROTTLED], actor=username, details__browser=browser, timestamp__gt=now - LOOK_BACK
        )
        .order_by("-pk")
        .first()
    )
    return newest is not None and newest.action == THROTTLED
