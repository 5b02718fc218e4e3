"""Quiet hours and least intervals: authenticate's third and fourth strings, in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from qbwc import schedule
from qbwc.models import CompanyFile, LiveWindow, WebConnectorSession
from qbwc.tests.conversation import Connector, a_company_file, plan, reading_into


def _file(**changes: object) -> CompanyFile:
    return CompanyFile(username="x", **changes)


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "zone", "now", "seconds"),
    [
        (time(20), time(6), "UTC", datetime(2026, 6, 1, 21, tzinfo=UTC), 9 * 3600),
        (time(20), time(6), "UTC", datetime(2026, 6, 1, 5, 59, 30, tzinfo=UTC), 30),
        (time(20), time(6), "UTC", datetime(2026, 6, 1, 6, tzinfo=UTC), 0),
        (time(12), time(13), "UTC", datetime(2026, 6, 1, 12, 30, tzinfo=UTC), 1800),
        (time(12), time(13), "America/Denver", datetime(2026, 6, 1, 18, 30, tzinfo=UTC), 1800),
        (time(12), time(13), "Nowhere/Land", datetime(2026, 6, 1, 12, 30, tzinfo=UTC), 1800),
        (None, None, "UTC", datetime(2026, 6, 1, 12, 30, tzinfo=UTC), 0),
        (time(9), time(9), "UTC", datetime(2026, 6, 1, 9, tzinfo=UTC), 0),
    ],
)
def test_quiet_hours_end_in_so_many_seconds(
    quiet_from: time | None, quiet_until: time | None, zone: str, now: datetime, seconds: int
) -> None:
    company_file = _file(quiet_from=quiet_from, quiet_until=quiet_until, time_zone=zone)
    assert schedule.quiet_seconds(company_file, now) == seconds


def test_a_live_window_follows_business_hours_and_is_bounded() -> None:
    company_file = _file(
        live_window=LiveWindow.BUSINESS_HOURS, business_from=time(8), business_until=time(18), live_minutes=10
    )
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert schedule.is_live(company_file, None, noon)
    assert not schedule.is_live(company_file, None, noon.replace(hour=18))
    session = WebConnectorSession(live_since=noon)
    assert schedule.is_live(company_file, session, noon.replace(minute=9))
    assert not schedule.is_live(company_file, session, noon.replace(minute=10))
    company_file.release_requested_at = noon
    assert not schedule.is_live(company_file, None, noon.replace(minute=4))
    assert schedule.is_live(company_file, None, noon.replace(minute=5))


def test_a_live_window_after_use_lasts_its_minutes_and_is_off_by_default() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    used = _file(live_window=LiveWindow.AFTER_USE, last_interactive_at=noon, live_minutes=5)
    assert schedule.is_live(used, None, noon.replace(minute=4))
    assert not schedule.is_live(used, None, noon.replace(minute=5))
    assert not schedule.is_live(_file(last_interactive_at=noon), None, noon)


@pytest.mark.django_db(transaction=True)
def test_in_quiet_hours_authenticate_postpones_and_nothing_is_read() -> None:
    company_file = a_company_file()
    CompanyFile.objects.update(quiet_from=time(0), quiet_until=time(23, 59, 59))
    with reading_into([], "first"):
        plan(company_file, "first")
        strings = Connector().call("authenticate", strUserName="cascadia", strPassword="right")
    assert len(strings) == 3
    assert strings[1] == "none"
    assert 0 < int(strings[2]) <= 24 * 3600


@pytest.mark.django_db(transaction=True)
def test_a_least_interval_is_the_fourth_string_whatever_the_verdict() -> None:
    a_company_file()
    CompanyFile.objects.update(minimum_run_seconds=300)
    strings = Connector().call("authenticate", strUserName="cascadia", strPassword="right")
    assert strings[1:] == ["none", "", "300"]
