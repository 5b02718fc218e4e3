"""When a company's Web Connector will probably ask for work next, from what it has done so far."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from statistics import median

from qbwc import schedule
from qbwc.models import CompanyFile, WebConnectorSession

IN_SESSION_SECONDS = 5  # it is talking with us now: the next round is a matter of moments
_SESSIONS = 12
_FEWEST_GAPS = 3
LONGEST_SECONDS = 3600


def expected_seconds(company_file: CompanyFile, now: datetime) -> int:
    """Seconds until it probably takes work, 1 to 3,600. When it is overdue nobody knows: one more round."""
    if company_file.sessions.filter(state=WebConnectorSession.State.OPEN).exists():
        return IN_SESSION_SECONDS
    interval = _interval(company_file)
    if company_file.last_seen_at is None:
        return _bounded(interval)
    left = interval - (now - company_file.last_seen_at).total_seconds()
    quiet = schedule.quiet_seconds(company_file, now)
    return _bounded(max(quiet, left) if left > 0 or quiet else interval)


def _interval(company_file: CompanyFile) -> float:
    """Seconds between its rounds: the median of what was seen, else what the .qwc asks for."""
    nominal = company_file.run_every_minutes * 60
    starts = list(company_file.sessions.order_by("-pk").values_list("started_at", flat=True)[:_SESSIONS])
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(starts)]
    seen = median(gaps) if len(gaps) >= _FEWEST_GAPS else nominal
    # Rounds without work leave no session, so that gaps may be too long, never the schedule.
    return max(min(seen, nominal), company_file.minimum_run_seconds or 0)


def _bounded(seconds: float) -> int:
    return int(min(LONGEST_SECONDS, max(1, round(seconds))))
