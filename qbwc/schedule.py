"""When a company file may be read, and when its session waits for work: an administrator's hours, in its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qbwc.models import CompanyFile, LiveWindow, WebConnectorSession
from qbwc.protocol import NO_OPERATION_PAUSE

# After "release now" no session of this file waits for work, so that another application gets its turn.
RELEASED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Hold:
    """No work yet, but some may come: keep the call open, at most `seconds`, and ask again when woken."""

    company_file_id: int
    seconds: float


def local_time(company_file: CompanyFile, now: datetime) -> datetime:
    """`now` on the clock of the company; UTC when its time zone has no such name."""
    try:
        return now.astimezone(ZoneInfo(company_file.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return now


def quiet_seconds(company_file: CompanyFile, now: datetime) -> int:
    """Seconds until the quiet hours end; 0 outside them. They may run over midnight."""
    if company_file.quiet_from is None or company_file.quiet_until is None:
        return 0
    local = local_time(company_file, now)
    if not _within(local.time(), company_file.quiet_from, company_file.quiet_until):
        return 0
    end = local.replace(
        hour=company_file.quiet_until.hour, minute=company_file.quiet_until.minute, second=0, microsecond=0
    )
    if end <= local:
        end += timedelta(days=1)
    return max(1, int((end - local).total_seconds()))


def _within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def is_live(company_file: CompanyFile, session: WebConnectorSession | None, now: datetime) -> bool:
    """Whether a session with nothing to do waits for work instead of ending. Never without bound."""
    released = company_file.release_requested_at
    if released is not None and now < released + RELEASED_FOR:
        return False
    limit = timedelta(minutes=company_file.live_minutes)
    if session is not None and session.live_since is not None and now >= session.live_since + limit:
        return False
    if company_file.live_window == LiveWindow.AFTER_USE:
        used = company_file.last_interactive_at
        return used is not None and now < used + limit
    if company_file.live_window == LiveWindow.BUSINESS_HOURS:
        local = local_time(company_file, now).time()
        return _within(local, company_file.business_from, company_file.business_until)
    return False


def longest_silence_of_a_hold(company_file: CompanyFile, session: WebConnectorSession) -> timedelta:
    """How long a live session may be quiet without being dead: one held call and the pause after it."""
    if session.live_since is None:
        return timedelta()
    return timedelta(seconds=company_file.live_hold_seconds) + NO_OPERATION_PAUSE
