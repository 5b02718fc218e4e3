"""When a Web Connector is late: by its own rhythm, for every reader alike, and a night of quiet hours is no silence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from qbwc.contact import contact_state
from qbwc.models import CompanyFile

NOW = datetime(2026, 7, 14, 14, 0, tzinfo=UTC)  # 08:00 in Denver
HOUR = timedelta(hours=1)


def a_file(**columns: object) -> CompanyFile:
    values = {"last_seen_at": NOW, "run_every_minutes": 15, "time_zone": "America/Denver"}
    return CompanyFile(**{**values, **columns})


@pytest.mark.parametrize(("minutes", "state"), [(0, "online"), (35, "online"), (36, "late")])
def test_it_is_late_after_two_of_its_rounds(minutes: int, state: str) -> None:
    assert contact_state(a_file(last_seen_at=NOW - timedelta(minutes=minutes)), NOW) == state


def test_a_night_of_quiet_hours_does_not_make_it_late() -> None:
    silent = a_file(last_seen_at=NOW - 12 * HOUR)
    at_rest = a_file(last_seen_at=NOW - 12 * HOUR, quiet_from=time(20), quiet_until=time(7, 45))

    assert contact_state(silent, NOW) == "late"
    assert contact_state(at_rest, NOW) == "online"


def test_one_that_calls_once_a_day_is_not_late_in_the_evening() -> None:
    daily = [(NOW - timedelta(days=days, hours=12)).isoformat() for days in range(5, 0, -1)]

    assert contact_state(a_file(recent_calls=daily, last_seen_at=NOW - 36 * HOUR), NOW) == "online"
    assert contact_state(a_file(recent_calls=daily, last_seen_at=NOW - 49 * HOUR), NOW) == "late"


def test_one_that_is_switched_off_or_never_called_says_so() -> None:
    assert contact_state(a_file(is_active=False), NOW) == "disabled"
    assert contact_state(a_file(last_seen_at=None), NOW) == "never_seen"
