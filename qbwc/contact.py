"""When a Web Connector was heard of, how often it usually calls, and whether it is late; quiet hours are no silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from django.db.models import Count

from qbwc import schedule
from qbwc.models import CompanyFile, Job, WebConnectorSession

KEPT_CALLS: Final = 9  # eight intervals: one night or one lunch break does not move their median
GRACE: Final = timedelta(minutes=5)
# What contact_state reads of a company file, for those who load nothing else.
CONTACT_FIELDS: Final = (
    *("is_active", "last_seen_at", "recent_calls", "run_every_minutes", "minimum_run_seconds"),
    *("quiet_from", "quiet_until", "time_zone"),
)
_FEWEST: Final = 3
_MINUTE: Final = timedelta(minutes=1)
_DAYS_LOOKED_AT: Final = 30


@dataclass(frozen=True)
class ConnectionState:
    """How a company file's Web Connector is doing. `state`: never_seen, online, late or disabled."""

    state: str
    last_seen_at: datetime | None
    session: WebConnectorSession | None
    jobs: dict[str, int]


def connection_state(company_file: CompanyFile, now: datetime) -> ConnectionState:
    counted = Job.objects.filter(company_file=company_file).values_list("state").annotate(Count("pk"))
    return ConnectionState(
        state=contact_state(company_file, now),
        last_seen_at=company_file.last_seen_at,
        session=company_file.sessions.first(),
        jobs={**dict.fromkeys(Job.State.values, 0), **dict(counted)},
    )


def contact_state(company_file: CompanyFile, now: datetime) -> str:
    """never_seen, online, late or disabled, by its own rhythm. No query."""
    if not company_file.is_active:
        return "disabled"
    if company_file.last_seen_at is None:
        return "never_seen"
    silent = awake_silence(company_file, company_file.last_seen_at, now)
    return "late" if silent > longest_silence(rhythm_of(company_file)) else "online"


def longest_silence(rhythm: timedelta) -> timedelta:
    """Two rounds missed; what is longer is late."""
    return 2 * rhythm + GRACE


def rhythm_of(company_file: CompanyFile) -> timedelta:
    """The median of its last intervals; until there are three, the interval it was given."""
    calls = [datetime.fromisoformat(str(call)) for call in company_file.recent_calls]
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(calls)]
    if len(between) >= _FEWEST:
        return max(_MINUTE, timedelta(seconds=median(between)))
    planned = timedelta(minutes=company_file.run_every_minutes)
    return max(_MINUTE, planned, timedelta(seconds=company_file.minimum_run_seconds or 0))


def calls_with(company_file: CompanyFile) -> list[str]:
    """The moments of its last calls with the newest one, oldest first; what the look of each minute keeps."""
    calls = [str(call) for call in company_file.recent_calls]
    if company_file.last_seen_at is None or company_file.last_seen_at.isoformat() in calls[-1:]:
        return calls
    return [*calls, company_file.last_seen_at.isoformat()][-KEPT_CALLS:]


def awake_silence(company_file: CompanyFile, seen: datetime, now: datetime) -> timedelta:
    """Since when nothing was heard, without the quiet hours in between; at most thirty days."""
    start = max(seen, now - timedelta(days=_DAYS_LOOKED_AT))
    silent = max(timedelta(), now - start)
    quiet_from, quiet_until = company_file.quiet_from, company_file.quiet_until
    if quiet_from is None or quiet_until is None:
        return silent
    day = schedule.local_time(company_file, start).replace(second=0, microsecond=0) - timedelta(days=1)
    while day - timedelta(days=1) <= now:
        begins = day.replace(hour=quiet_from.hour, minute=quiet_from.minute)
        ends = day.replace(hour=quiet_until.hour, minute=quiet_until.minute)
        if ends <= begins:
            ends += timedelta(days=1)
        silent -= max(timedelta(), min(ends, now) - max(begins, start))
        day += timedelta(days=1)
    return max(timedelta(), silent)
