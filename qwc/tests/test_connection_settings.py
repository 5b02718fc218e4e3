"""The page for hours and live window, the decision about a refused file, and releasing the connector."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent
from accounts.tests.factories import CompanyFactory
from qbwc import hours
from qbwc.models import CompanyFile, WebConnectorSession
from qwc.connect import connect
from qwc.tests import pages
from qwc.tests.pages import ACCEPT, FORM, NOW, REFUSED, RELEASE, SETTINGS, inline_code, signed_in, words

pytestmark = pytest.mark.django_db

CONNECT = "/companies/cascadia/connect/"


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def cascadia() -> CompanyFile:
    return pages.cascadia()


@pytest.fixture
def alice(cascadia: CompanyFile) -> Client:
    return signed_in(cascadia.company)


def _audited(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("pk")


@pytest.mark.parametrize("address", [SETTINGS, ACCEPT])
def test_only_administrators_of_the_company_open_the_pages(cascadia: CompanyFile, address: str) -> None:
    viewer, stranger = signed_in(cascadia.company, "viewer"), signed_in(CompanyFactory.create())

    assert Client().get(address).status_code == 302
    assert (viewer.get(address).status_code, viewer.post(address, FORM).status_code) == (403, 403)
    assert (stranger.get(address).status_code, stranger.post(address, FORM).status_code) == (404, 404)


@pytest.mark.parametrize("address", [SETTINGS, ACCEPT, RELEASE])
def test_a_form_without_its_csrf_token_changes_nothing(cascadia: CompanyFile, address: str) -> None:
    assert signed_in(cascadia.company, csrf=True).post(address, FORM).status_code == 403
    assert not AuditEvent.objects.exclude(action="company.connected").exists()


def test_what_is_saved_is_stored_audited_and_said_in_words(alice: Client, cascadia: CompanyFile) -> None:
    answer = alice.post(SETTINGS, FORM, follow=True)

    cascadia.refresh_from_db()
    assert (cascadia.time_zone, cascadia.quiet_from, cascadia.quiet_until) == ("America/Denver", time(20), time(6))
    assert (cascadia.minimum_run_seconds, cascadia.live_window) == (1800, "after_use")
    assert (cascadia.live_hold_seconds, cascadia.live_minutes) == (15, 5)
    assert (cascadia.business_from, cascadia.business_until) == (time(7, 30), time(17))
    line = _audited("connection.settings_changed")
    assert (line.actor, line.company, line.success) == ("alice-administrator-cascadia", cascadia.company, True)
    assert (line.details["before"]["quiet_from"], line.details["after"]["quiet_from"]) == (None, "20:00")
    text = words(answer.content)
    assert "Between 20:00 and 06:00 America/Denver the Web Connector is sent away and comes back by itself" in text
    assert "at most every 30 minutes" in text
    assert "up to 5 minutes" in text
    assert "it is 08:00 America/Denver now" in text


def test_saving_what_is_already_so_leaves_no_trace(alice: Client) -> None:
    alice.post(SETTINGS, FORM)
    answer = alice.post(SETTINGS, FORM, follow=True)

    assert "nothing was changed" in words(answer.content)
    assert AuditEvent.objects.filter(action="connection.settings_changed").count() == 1


def test_empty_hours_and_interval_mean_none(alice: Client, cascadia: CompanyFile) -> None:
    alice.post(SETTINGS, FORM)
    alice.post(SETTINGS, {**FORM, "quiet_from": "", "quiet_until": "", "minimum_run_minutes": ""})

    cascadia.refresh_from_db()
    assert (cascadia.quiet_from, cascadia.quiet_until, cascadia.minimum_run_seconds) == (None, None, None)
    assert "no quiet hours" in words(alice.get(SETTINGS).content)


@pytest.mark.parametrize("typed", ["america/denver", " America/Denver ", "America/denver"])
def test_a_time_zone_is_kept_as_it_is_spelt(alice: Client, cascadia: CompanyFile, typed: str) -> None:
    alice.post(SETTINGS, {**FORM, "time_zone": typed})

    cascadia.refresh_from_db()
    assert cascadia.time_zone == "America/Denver"


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("time_zone", "", "required"),
        ("time_zone", "Denver", "is no time zone"),
        ("time_zone", "America", "is no time zone"),
        ("time_zone", "../../etc/passwd", "is no time zone"),
        ("time_zone", "x" * 65, "at most 64"),
        ("quiet_from", "8 pm", "time of day as 20:00"),
        ("quiet_from", "", "both times, or neither"),
        ("quiet_until", "", "both times, or neither"),
        ("quiet_until", "20:00", "Both times are the same"),
        ("business_until", "07:30", "Both times are the same"),
        ("business_from", "", "required"),
        ("minimum_run_minutes", "0", "from 1 to 1440"),
        ("minimum_run_minutes", "1441", "from 1 to 1440"),
        ("minimum_run_minutes", "often", "from 1 to 1440"),
        ("live_window", "always", "not one of the available choices"),
        ("live_hold_seconds", "0", "from 1 to 20"),
        ("live_hold_seconds", "21", "from 1 to 20"),
        ("live_minutes", "61", "from 1 to 60"),
        ("live_minutes", "", "required"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    alice: Client, cascadia: CompanyFile, field: str, typed: str, says: str
) -> None:
    answer = alice.post(SETTINGS, {**FORM, field: typed})

    assert answer.status_code == 422
    assert says in words(answer.content)
    assert "Nothing was saved" in words(answer.content)
    assert inline_code(answer.content) == []
    cascadia.refresh_from_db()
    assert (cascadia.time_zone, cascadia.quiet_from) == ("UTC", None)
    assert not AuditEvent.objects.filter(action="connection.settings_changed").exists()


@pytest.mark.parametrize("address", [SETTINGS, CONNECT, ACCEPT, "/companies/cascadia/"])
def test_a_refused_file_is_told_with_what_was_expected(alice: Client, cascadia: CompanyFile, address: str) -> None:
    CompanyFile.objects.update(wrong_file=REFUSED, company_name_seen="Cascadia Inc.")
    content = alice.get(address).content

    assert b"Birch &lt;Sons&gt;" in content
    assert "Cascadia Inc." in words(content)
    assert inline_code(content) == []


def test_the_right_file_is_accepted_after_what_follows_was_said(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(wrong_file={**REFUSED, "file_id": str(UUID(int=5))}, company_name_seen="Cascadia Inc.")
    assert "If you say yes" in words(alice.get(ACCEPT).content)
    seen = {"company_name": REFUSED["company_name"], "file_id": str(UUID(int=5)), "path": REFUSED["path"]}

    answer = alice.post(ACCEPT, seen, follow=True)

    cascadia.refresh_from_db()
    assert (cascadia.company_name_seen, cascadia.file_id, cascadia.wrong_file) == ("Birch <Sons>", UUID(int=5), None)
    assert b"is the right company file from now on" in answer.content
    line = _audited("connection.file_accepted")
    assert (line.success, line.details["before"], line.details["accepted"]) == (True, "Cascadia Inc.", "Birch <Sons>")


def test_another_file_refused_meanwhile_is_not_accepted_unseen(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(wrong_file=REFUSED)

    answer = alice.post(ACCEPT, {"company_name": "Yesterday's", "file_id": "", "path": REFUSED["path"]})

    assert answer.status_code == 409
    assert "Meanwhile another company file" in words(answer.content)
    cascadia.refresh_from_db()
    assert cascadia.wrong_file == REFUSED


def test_nothing_refused_is_said(alice: Client) -> None:
    assert "nothing to decide" in words(alice.get(ACCEPT).content)
    answer = alice.post(ACCEPT, {"company_name": "", "file_id": "", "path": ""})

    assert (answer.status_code, "nothing to accept" in words(answer.content)) == (409, True)


def test_another_companys_file_is_refused_without_naming_that_company(alice: Client, cascadia: CompanyFile) -> None:
    other = connect(name="Secret Holdings", username="secret", password="secret words", now=NOW).company_file
    CompanyFile.objects.filter(pk=cascadia.pk).update(wrong_file={**REFUSED, "file_id": str(other.file_id)})
    seen = {"company_name": REFUSED["company_name"], "file_id": str(other.file_id), "path": REFUSED["path"]}

    answer = alice.post(ACCEPT, seen)

    assert (answer.status_code, "for another company" in words(answer.content)) == (409, True)
    assert b"Secret Holdings" not in answer.content
    assert _audited("connection.file_accepted").success is False


@pytest.mark.parametrize(("age", "is_told"), [(1, True), (23, True), (25, False)])
def test_two_connectors_are_told_for_a_day(alice: Client, cascadia: CompanyFile, age: int, is_told: bool) -> None:
    CompanyFile.objects.update(two_connectors_at=NOW - timedelta(hours=age))

    for address in (SETTINGS, CONNECT, "/companies/cascadia/"):
        assert ("Two Web Connectors use" in words(alice.get(address).content)) is is_told


def test_the_connector_is_released_when_a_live_window_is_on(alice: Client, cascadia: CompanyFile) -> None:
    assert "Release the connector now" not in words(alice.get(SETTINGS).content)
    alice.post(SETTINGS, FORM)
    assert "Release the connector now" in words(alice.get(SETTINGS).content)

    answer = alice.post(RELEASE, follow=True)

    cascadia.refresh_from_db()
    assert cascadia.release_requested_at == NOW
    assert "does not wait there before 08:05 MST" in words(answer.content)
    assert _audited("live_window.released").actor == "alice-administrator-cascadia"


def test_only_administrators_release(cascadia: CompanyFile) -> None:
    viewer, stranger = signed_in(cascadia.company, "viewer"), signed_in(CompanyFactory.create())

    assert (viewer.post(RELEASE).status_code, stranger.post(RELEASE).status_code) == (403, 404)
    assert (viewer.get(RELEASE).status_code, CompanyFile.objects.get().release_requested_at) == (405, None)


def test_the_pages_carry_no_inline_code(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(live_window="business_hours", two_connectors_at=NOW)
    WebConnectorSession.objects.create(company_file=cascadia, ticket=str(uuid4()), started_at=NOW, last_call_at=NOW)
    for address in (SETTINGS, CONNECT, ACCEPT):
        assert inline_code(alice.get(address).content) == []


def test_the_words_fit_every_choice(cascadia: CompanyFile) -> None:
    assert hours.in_words(cascadia)[2] == "When there is nothing to read, it leaves QuickBooks at once."
    cascadia.live_window, cascadia.live_minutes, cascadia.minimum_run_seconds = "business_hours", 1, 60
    assert "at most every minute" in hours.in_words(cascadia)[1]
    assert "Between 08:00 and 18:00 UTC it waits" in hours.in_words(cascadia)[2]
    assert "up to 1 minute at a time" in hours.in_words(cascadia)[2]
    cascadia.minimum_run_seconds = 90
    assert "every 90 seconds" in hours.in_words(cascadia)[1]
