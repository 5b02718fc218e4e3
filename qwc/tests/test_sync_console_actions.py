"""What an administrator does on the console: all months again, pause, resume, release; audited, or refused in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent
from qbwc import queue
from qbwc.models import CompanyFile, Job, SyncPlan
from qwc.tests import pages
from qwc.tests.pages import CONSOLE, NOW, REFUSED, SETTINGS, a_job, a_trip, inline_code, signed_in, words

pytestmark = pytest.mark.django_db

CHANGE = "/companies/cascadia/sync/change/"
STATE = "/companies/cascadia/sync/state/"
PLANS = "/companies/cascadia/connection/plans/"


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def cascadia() -> CompanyFile:
    return pages.cascadia()


@pytest.fixture
def alice(cascadia: CompanyFile) -> Client:
    return signed_in(cascadia.company)


def did(client: Client, action: str, *, sure: str = "yes") -> str:
    return words(client.post(CHANGE, {"action": action, "sure": sure}, follow=True).content)


def test_a_full_resync_asks_for_all_months_once(alice: Client, cascadia: CompanyFile) -> None:
    assert "All 24 months are read again" in did(alice, "full")
    job = Job.objects.get(purpose="profit_loss")
    assert (job.parameters["rolling_months"], job.parameters["basis"], job.plan) == (24, "accrual", None)
    assert AuditEvent.objects.get(action="sync.full_resync").details["months"] == 24

    assert "waiting or running already" in did(alice, "full")
    assert Job.objects.count() == 1


def test_a_full_resync_of_a_switched_off_file_or_without_a_plan_is_refused(
    alice: Client, cascadia: CompanyFile
) -> None:
    SyncPlan.objects.filter(purpose="profit_loss").delete()
    assert "no plan that reads Profit & Loss" in did(alice, "full")
    CompanyFile.objects.update(is_active=False)
    assert "is switched off" in did(alice, "full")
    assert not Job.objects.exists()


def test_pause_and_resume_leave_alone_what_was_off_before(alice: Client, cascadia: CompanyFile) -> None:
    SyncPlan.objects.filter(purpose="employees").update(is_enabled=False)

    assert "2 plans are switched off" in did(alice, "pause")
    assert queue.enqueue_due(cascadia, NOW) == 0
    assert "nothing to pause" in did(alice, "pause")
    assert "2 plans are switched on again" in did(alice, "resume")
    assert list(SyncPlan.objects.filter(is_enabled=False).values_list("purpose", flat=True)) == ["employees"]
    assert "Nothing is paused" in did(alice, "resume")
    assert AuditEvent.objects.filter(action__in=("sync.paused", "sync.resumed")).count() == 2


@pytest.mark.parametrize("action", ["full", "pause"])
def test_what_has_consequences_is_confirmed_first(alice: Client, cascadia: CompanyFile, action: str) -> None:
    assert "confirm it there" in did(alice, action, sure="")
    assert not Job.objects.exists()
    assert SyncPlan.objects.filter(is_enabled=True).count() == 3


def test_release_needs_a_live_window(alice: Client, cascadia: CompanyFile) -> None:
    assert "nothing to release" in did(alice, "release")
    CompanyFile.objects.update(live_window="after_use")
    assert "leaves QuickBooks" in did(alice, "release")
    cascadia.refresh_from_db()
    assert cascadia.release_requested_at == NOW
    assert "no action of the sync console" in did(alice, "nonsense")


def test_only_administrators_act(cascadia: CompanyFile) -> None:
    viewer = signed_in(cascadia.company, "viewer")

    assert viewer.post(CHANGE, {"action": "pause", "sure": "yes"}).status_code == 403
    assert viewer.post(PLANS, {}).status_code == 403
    assert signed_in(cascadia.company, csrf=True).post(CHANGE, {"action": "pause"}).status_code == 403
    assert "What you can do" not in words(viewer.get(CONSOLE).content)
    assert b"/sync/change/" not in viewer.get(STATE).content


def test_a_refused_file_is_offered_for_acceptance(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(wrong_file=REFUSED, last_seen_at=NOW)
    text = words(alice.get(CONSOLE).content)

    assert "Wrong company file" in text
    assert "Accept “Birch <Sons>” …" in text


def test_the_moving_part_is_the_same_as_on_the_page_and_has_no_inline_code(
    alice: Client, cascadia: CompanyFile
) -> None:
    a_job(cascadia)
    part = alice.get(STATE)

    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert words(part.content).strip() in words(alice.get(CONSOLE).content)
    assert inline_code(part.content) == []
    assert Client().get(STATE).status_code == 302


def test_a_waiting_job_says_when_it_is_likely_to_go(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW - timedelta(minutes=5))
    a_job(cascadia)
    a_job(cascadia, available_at=NOW + timedelta(minutes=20))
    text = words(alice.get(STATE).content)

    assert "next at 2 Mar 2026, 15:10 UTC" in text
    assert text.count("2 Mar 2026, 15:10 UTC") == 2
    assert "2 Mar 2026, 15:25 UTC" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=profit", "2"),
        ("q=CustomerAdd", "1"),
        ("q=GeneralSummary", "2"),
        ("q=no+permission", "3"),
        ("state=failed", "3"),
        ("q=waiting", "1"),
        ("from=2026-03-03", "3"),
        ("until=2026-03-02", "12"),
        ("from=2026-03-02&until=2026-03-02&q=profit", "2"),
        ("from=nonsense&state=nonsense&page=nonsense", "123"),
        ("q=%00'%25_", ""),
    ],
)
def test_jobs_are_searched_by_words_state_and_day(alice: Client, cascadia: CompanyFile, query: str, found: str) -> None:
    jobs = [
        a_job(cascadia, parameters={"request": "<CustomerAddRq/>"}),
        a_job(cascadia, "done", purpose="profit_loss", is_write=False),
        a_job(cascadia, "failed", purpose="employees", failure="No permission.", created_at=NOW + timedelta(days=1)),
    ]
    html = alice.get(f"{CONSOLE}?{query}").content.decode()
    listed = html[html.index('id="jobs-head"') :]

    assert "".join(str(place) for place, job in enumerate(jobs, 1) if f"/jobs/{job.pk}/" in listed) == found


def test_the_list_is_paged_and_keeps_its_search(alice: Client, cascadia: CompanyFile) -> None:
    for _ in range(60):
        a_job(cascadia, "done", purpose="employees")
    first = alice.get(f"{CONSOLE}?q=employees").content.decode()

    assert "?q=employees&amp;page=2#jobs-head" in first
    second = alice.get(f"{CONSOLE}?q=employees&page=2").content.decode()
    assert second.count("/companies/cascadia/jobs/") == 10
    assert "?q=employees&amp;page=1#jobs-head" in second
    assert alice.get(f"{CONSOLE}?page=999999999999999999999").status_code == 200


def test_texts_are_shown_without_personal_numbers_cards_and_passwords(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "done")
    answer = (
        "<EmployeeRet><Name>Ann</Name><SSN>123-45-6789</SSN><Notes>SSN 987-65-4320, card 4111 1111 1111 1111</Notes>"
        "<CreditCardInfo><CreditCardNumber>5500000000000004</CreditCardNumber></CreditCardInfo>"
        "<ListID>80000001-1234567890</ListID><AccountNumber>4000</AccountNumber><Amount>1234567890.12</Amount></EmployeeRet>"
    )
    a_trip(job, "<LoginRq><Password>hunter2</Password></LoginRq>", answer, answered_at=NOW)
    text = alice.get(f"/companies/cascadia/jobs/{job.pk}/").content.decode()

    for secret in ("45-6789", "65-4320", "1111", "0004", "hunter2"):
        assert secret not in text
    for kept in ("Ann", "80000001-1234567890", "4000", "1234567890.12"):
        assert kept in text


def test_plans_are_edited_all_or_none_and_said_in_one_sentence(alice: Client, cascadia: CompanyFile) -> None:
    SyncPlan.objects.update(next_due_at=NOW + timedelta(hours=5))
    chart, profit, people = SyncPlan.objects.order_by("priority")
    typed = {f"every-{plan.pk}": "360" for plan in (chart, profit, people)}
    typed |= {f"enabled-{chart.pk}": "yes", f"enabled-{profit.pk}": "yes"}

    refused = alice.post(PLANS, typed | {f"every-{profit.pk}": "4"})
    assert refused.status_code == 422
    assert "whole number of minutes from 5" in words(refused.content)
    assert SyncPlan.objects.filter(is_enabled=True).count() == 3

    text = words(alice.post(PLANS, typed | {f"every-{profit.pk}": "60"}, follow=True).content)
    profit.refresh_from_db()
    assert (profit.every_minutes, profit.next_due_at) == (60, NOW + timedelta(hours=1))
    assert SyncPlan.objects.get(pk=people.pk).is_enabled is False
    assert (
        "Every 15 minutes it asks; the chart of accounts is read every 6 hours, next at 20:00; Profit & Loss is "
        "read every hour, next at 16:00." in text
    )
    assert AuditEvent.objects.filter(action="sync.plan_changed").count() == 2
    assert "Nothing was different" in words(
        alice.post(PLANS, typed | {f"every-{profit.pk}": "60"}, follow=True).content
    )


def test_the_sentence_follows_the_quiet_hours(alice: Client, cascadia: CompanyFile) -> None:
    CompanyFile.objects.update(time_zone="America/Denver", quiet_from="19:00", quiet_until="07:00")
    SyncPlan.objects.exclude(purpose="profit_loss").update(is_enabled=False)
    SyncPlan.objects.filter(purpose="profit_loss").update(next_due_at=NOW + timedelta(hours=13))

    assert (
        "Every 15 minutes between 07:00 and 19:00 Denver time it asks; Profit & Loss is read every 6 hours, next at "
        "07:00 on 3 March." in words(alice.get(SETTINGS).content)
    )
    SyncPlan.objects.update(is_enabled=False)
    assert "no plan is switched on" in words(alice.get(SETTINGS).content)
