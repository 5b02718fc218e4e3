"""How a connection is doing: judged by its own rhythm, quiet hours are no silence, and each change is written down."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.template.loader import render_to_string

from accounts import clock
from accounts.models import AuditEvent
from accounts.tests.factories import CompanyFactory
from qbwc.contact import rhythm_of
from qbwc.models import CompanyFile, WebConnectorSession
from qwc import watch
from qwc.connection_states import State, connection_state, in_minutes
from qwc.tests import pages
from qwc.tests.pages import NOW, REFUSED, a_job, a_trip, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
URL = "/api/qbwc/connection?company=cascadia"


@pytest.fixture
def cascadia() -> CompanyFile:
    return pages.cascadia()


def told(company_file: CompanyFile, **columns: object) -> State:
    for name, value in columns.items():
        setattr(company_file, name, value)
    company_file.save()
    return connection_state(company_file, NOW).state


def a_session(company_file: CompanyFile, **columns: object) -> WebConnectorSession:
    values = {"ticket": f"t{WebConnectorSession.objects.count()}", "started_at": NOW, "last_call_at": NOW}
    return WebConnectorSession.objects.create(company_file=company_file, **{**values, **columns})


@pytest.mark.parametrize(
    ("silent", "state"),
    [
        (0 * MINUTE, "online"),
        (34 * MINUTE, "online"),
        (36 * MINUTE, "late"),
        (59 * MINUTE, "late"),
        (HOUR * 2, "offline"),
    ],
)
def test_it_is_late_after_two_of_its_rounds_and_offline_after_four(
    cascadia: CompanyFile, silent: timedelta, state: str
) -> None:
    assert told(cascadia, last_seen_at=NOW - silent) == state


def test_one_that_calls_once_a_day_is_not_late_in_the_evening(cascadia: CompanyFile) -> None:
    daily = [(NOW - timedelta(days=days, hours=12)).isoformat() for days in range(5, 0, -1)]

    assert told(cascadia, recent_calls=daily, last_seen_at=NOW - timedelta(hours=36)) is State.ONLINE
    assert rhythm_of(cascadia) == timedelta(days=1)
    assert told(cascadia, last_seen_at=NOW - timedelta(hours=49)) is State.LATE


def test_one_long_night_does_not_change_its_rhythm(cascadia: CompanyFile) -> None:
    calls = [NOW - 14 * HOUR - minutes * MINUTE for minutes in (30, 20, 10)] + [NOW - 20 * MINUTE, NOW - 10 * MINUTE]
    cascadia.recent_calls = [call.isoformat() for call in calls]

    assert rhythm_of(cascadia) == 10 * MINUTE


def test_until_it_has_called_often_enough_its_planned_interval_is_its_rhythm(cascadia: CompanyFile) -> None:
    cascadia.recent_calls = [NOW.isoformat()]
    cascadia.minimum_run_seconds = 1800

    assert rhythm_of(cascadia) == 30 * MINUTE


def test_quiet_hours_are_no_silence(cascadia: CompanyFile) -> None:
    # 08:00 in Denver now; it was last heard at 19:50 the evening before.
    seen = NOW - 12 * HOUR - 10 * MINUTE
    quiet = {"time_zone": "America/Denver", "quiet_from": time(20), "quiet_until": time(7, 45)}

    assert told(cascadia, last_seen_at=seen) is State.OFFLINE
    assert told(cascadia, last_seen_at=seen, **quiet) is State.ONLINE
    assert told(cascadia, quiet_until=time(7, 15)) is State.LATE
    assert told(cascadia, quiet_until=time(5)) is State.OFFLINE


def test_its_next_call_is_told_and_moved_behind_the_quiet_hours(cascadia: CompanyFile) -> None:
    assert told(cascadia, last_seen_at=NOW - 5 * MINUTE) is State.ONLINE
    assert connection_state(cascadia, NOW).expected_at == NOW + 10 * MINUTE
    told(cascadia, time_zone="America/Denver", quiet_from=time(8, 5), quiet_until=time(9))
    assert connection_state(cascadia, NOW).expected_at == NOW + HOUR


def test_switched_off_and_never_seen_go_before_everything(cascadia: CompanyFile) -> None:
    assert told(cascadia, wrong_file=REFUSED) is State.NEVER_SEEN
    assert told(cascadia, last_seen_at=NOW, is_active=False) is State.DISABLED


def test_a_refused_file_is_the_wrong_file_until_the_right_one_is_met(cascadia: CompanyFile) -> None:
    assert told(cascadia, last_seen_at=NOW, wrong_file=REFUSED) is State.WRONG_FILE
    assert "Birch <Sons>" in connection_state(cascadia, NOW).why
    assert told(cascadia, wrong_file=None) is State.ONLINE


def test_quickbooks_is_unavailable_while_it_cannot_be_opened(cascadia: CompanyFile) -> None:
    cascadia.last_seen_at = NOW
    a_session(cascadia, state="closed", step="opening", connection_attempts=3, last_error="A window is open.")
    assert told(cascadia) is State.UNAVAILABLE
    assert connection_state(cascadia, NOW).why == "A window is open."

    a_session(cascadia, state="closed", step="close", connection_attempts=1, started_at=NOW + MINUTE)
    assert told(cascadia) is State.ONLINE


@pytest.mark.parametrize(("hresult", "state"), [("0x80040414", "quickbooks_unavailable"), ("0x80040400", "online")])
def test_a_request_that_is_wrong_says_nothing_about_quickbooks(cascadia: CompanyFile, hresult: str, state: str) -> None:
    cascadia.last_seen_at = NOW
    session = a_session(cascadia, state="closed", step="close")
    a_trip(a_job(cascadia, "failed"), "<a/>", session=session, hresult=hresult, answered_at=NOW)

    assert told(cascadia) == state


def test_a_long_report_is_not_silence(cascadia: CompanyFile) -> None:
    a_session(cascadia, step="receive", started_at=NOW - 3 * HOUR, last_call_at=NOW - 3 * HOUR)

    assert told(cascadia, last_seen_at=NOW - 3 * HOUR) is State.ONLINE


def test_a_change_is_one_line_of_the_trail_and_the_first_look_is_none(cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW)
    assert watch.look(NOW) == 0
    assert watch.look(NOW + MINUTE) == 0
    assert watch.look(NOW + 40 * MINUTE) == 1
    assert watch.look(NOW + 41 * MINUTE) == 0

    event = AuditEvent.objects.get(action="connection.state_changed")
    assert (event.details["before"], event.details["after"]) == ("online", "late")
    cascadia.refresh_from_db()
    assert (cascadia.connection_state, cascadia.connection_state_since) == ("late", NOW + 40 * MINUTE)
    assert connection_state(cascadia, NOW + 41 * MINUTE).since == NOW + 40 * MINUTE


def test_the_look_keeps_each_call_once_and_only_the_last_nine(cascadia: CompanyFile) -> None:
    for minute in range(15):
        CompanyFile.objects.update(last_seen_at=NOW + minute * MINUTE)
        watch.look(NOW + minute * MINUTE)
        watch.look(NOW + minute * MINUTE)

    cascadia.refresh_from_db()
    assert len(set(cascadia.recent_calls)) == len(cascadia.recent_calls) == 9
    assert rhythm_of(cascadia) == MINUTE


def test_a_program_reads_the_state_of_its_own_company_only(
    cascadia: CompanyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    told(cascadia, last_seen_at=NOW - 5 * MINUTE)
    answer = signed_in(cascadia.company, "viewer").get(URL)

    assert answer.status_code == 200
    assert answer.json() == {
        "company": "Cascadia",
        "state": "online",
        "why": "The Web Connector calls as it should.",
        "remedy": "",
        "since": None,
        "last_contact_at": "2026-03-02T14:55:00Z",
        "expected_at": "2026-03-02T15:10:00Z",
        "rhythm_seconds": 900,
        "quiet_until": None,
    }
    assert signed_in(CompanyFactory.create(slug="other")).get(URL).status_code in (403, 404)


def test_a_company_without_a_file_is_said_to_have_none() -> None:
    company = CompanyFactory.create(slug="empty")
    answer = signed_in(company).get("/api/qbwc/connection?company=empty")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_CONNECTED")


def test_the_part_for_other_pages_says_the_state_in_words(cascadia: CompanyFile) -> None:
    told(cascadia, last_seen_at=NOW - 3 * HOUR)
    html = render_to_string("qwc/_connection_state.html", {"connection": connection_state(cascadia, NOW)})

    assert "Offline" in html
    assert "tick Auto-Run" in html


@pytest.mark.parametrize(
    ("length", "words"),
    [(MINUTE, "1 minute"), (90 * MINUTE, "90 minutes"), (6 * HOUR, "6 hours"), (24 * HOUR, "1 day")],
)
def test_lengths_in_words(length: timedelta, words: str) -> None:
    assert in_minutes(length) == words
