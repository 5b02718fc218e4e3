"""The sync console and the page of a job: who sees what, why a job waits, and what an administrator may do."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent
from accounts.tests.factories import CompanyFactory
from qbwc.models import CompanyFile, Job, SyncPlan, WebConnectorSession
from qwc.tests import pages
from qwc.tests.pages import CONSOLE, NOW, SETTINGS, SYNC_NOW, a_job, a_trip, inline_code, signed_in, words

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def cascadia() -> CompanyFile:
    return pages.cascadia()


@pytest.fixture
def alice(cascadia: CompanyFile) -> Client:
    return signed_in(cascadia.company)


def page_of(job: Job) -> str:
    return f"/companies/cascadia/jobs/{job.pk}/"


def a_session(company_file: CompanyFile, **columns: object) -> WebConnectorSession:
    values = {"ticket": f"t{WebConnectorSession.objects.count()}", "started_at": NOW - MINUTE, "last_call_at": NOW}
    return WebConnectorSession.objects.create(company_file=company_file, **{**values, **columns})


def test_only_the_companys_people_see_its_console_and_jobs(cascadia: CompanyFile) -> None:
    job = a_job(cascadia)
    viewer, stranger = signed_in(cascadia.company, "viewer"), signed_in(CompanyFactory.create())

    for address in (CONSOLE, page_of(job)):
        assert Client().get(address).status_code == 302
        assert viewer.get(address).status_code == 200
        assert stranger.get(address).status_code == 404


def test_the_part_that_moves_is_for_the_same_people_and_is_never_kept(cascadia: CompanyFile) -> None:
    state, headers = f"{CONSOLE}state/", {"HX-Request": "true"}
    viewer, stranger = signed_in(cascadia.company, "viewer"), signed_in(CompanyFactory.create())

    assert f'hx-get="{state}" hx-trigger="every 3s"' in viewer.get(CONSOLE).content.decode()
    assert "no-store" in viewer.get(state, headers=headers)["Cache-Control"]
    assert stranger.get(state, headers=headers).status_code == 404
    assert Client().get(state, headers=headers).status_code == 302


def test_a_job_is_not_found_under_another_companys_address(cascadia: CompanyFile) -> None:
    job = a_job(cascadia)
    other = CompanyFactory.create(slug="other")
    CompanyFile.objects.create(company=other, username="o", owner_id=cascadia.owner_id, file_id=cascadia.owner_id)
    bob = signed_in(other)

    for action in ("", "cancel/", "settle/"):
        address = f"/companies/other/jobs/{job.pk}/{action}"
        assert (bob.post(address) if action else bob.get(address)).status_code == 404
    assert bob.get(f"/companies/other/jobs/{10**30}/").status_code == 404


@pytest.mark.parametrize("action", ["sync/now/", "jobs/{}/cancel/", "jobs/{}/settle/"])
def test_only_administrators_act_and_only_with_their_csrf_token(cascadia: CompanyFile, action: str) -> None:
    job = a_job(cascadia)
    SyncPlan.objects.update(next_due_at=NOW)
    address = f"/companies/cascadia/{action.format(job.pk)}"
    viewer, stranger = signed_in(cascadia.company, "viewer"), signed_in(CompanyFactory.create())

    assert (viewer.post(address).status_code, stranger.post(address).status_code) == (403, 404)
    assert signed_in(cascadia.company, csrf=True).post(address).status_code == 403
    assert viewer.get(address).status_code == 405
    job.refresh_from_db()
    assert (job.state, SyncPlan.objects.filter(next_due_at=None).count()) == ("queued", 0)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"step": "opening"}, "opening the company file"),
        ({"step": "send"}, "about to fetch the next request"),
        ({"step": "send", "live_since": NOW}, "waits in QuickBooks for new work"),
        ({"step": "receive"}, "QuickBooks is working on a request"),
        ({"step": "close"}, "about to close QuickBooks"),
        ({"state": "closed", "last_error": "Complete!"}, "Closed by the Web Connector. "),
        ({"state": "expired"}, "Expired: the Web Connector went silent"),
        ({"state": "refused"}, "Refused"),
    ],
)
def test_the_session_is_told_in_words(
    alice: Client, cascadia: CompanyFile, columns: dict[str, object], says: str
) -> None:
    a_session(cascadia, **columns)

    assert says in words(alice.get(CONSOLE).content)


def test_the_open_session_goes_before_a_newer_one_that_was_refused(alice: Client, cascadia: CompanyFile) -> None:
    a_session(cascadia, step="receive")
    a_session(cascadia, state="refused", started_at=NOW)

    assert "QuickBooks is working on a request" in words(alice.get(CONSOLE).content)


def test_a_connector_that_never_called_is_said_so(alice: Client) -> None:
    text = words(alice.get(CONSOLE).content)

    assert "It has never called." in text
    assert "Nothing waits and nothing is at QuickBooks." in text


def _why(alice: Client, cascadia: CompanyFile, **columns: object) -> str:
    CompanyFile.objects.filter(pk=cascadia.pk).update(**columns)
    return words(alice.get(CONSOLE).content)


def test_every_waiting_job_says_why_it_waits(alice: Client, cascadia: CompanyFile) -> None:
    a_job(cascadia)
    assert "The Web Connector has never called" in _why(alice, cascadia)
    assert "goes at the Web Connector's next call" in _why(alice, cascadia, last_seen_at=NOW)
    assert "has been silent for 2 days" in _why(alice, cascadia, last_seen_at=NOW - timedelta(days=2))
    assert "Quiet hours until 09:00 America/Denver" in _why(
        alice, cascadia, time_zone="America/Denver", quiet_from=time(7), quiet_until=time(9)
    )
    assert "is switched off" in _why(alice, cascadia, is_active=False, quiet_from=None)
    a_session(cascadia)
    assert "jobs go one after the other" in _why(alice, cascadia)


def test_a_job_that_backs_off_says_until_when_and_why(alice: Client, cascadia: CompanyFile) -> None:
    a_job(cascadia, available_at=NOW + 4 * MINUTE, attempts=2, failure="QuickBooks was busy.")
    a_job(cascadia, deadline_at=NOW - MINUTE)
    text = words(alice.get(CONSOLE).content)

    assert "not before 2 Mar 2026, 15:04 UTC" in text
    assert "Tried 2 of 5 times; not again before the time shown. QuickBooks was busy." in text
    assert "Its deadline has passed" in text


def test_the_job_at_quickbooks_is_there_since_it_was_sent(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "in_flight", created_at=NOW - 60 * MINUTE)
    a_trip(job, "<a/>", minutes=-2)
    text = words(alice.get(CONSOLE).content)

    assert "At QuickBooks 100 2 minutes ago" in text
    assert "QuickBooks is working on it." in text


def test_the_last_fifty_jobs_are_listed_with_what_went_wrong(alice: Client, cascadia: CompanyFile) -> None:
    for number in range(52):
        a_job(cascadia, "done", created_at=NOW + number * MINUTE)
    a_job(cascadia, "failed", created_at=NOW + 60 * MINUTE, failure="No <permission>", purpose="employees")
    content = alice.get(CONSOLE).content

    assert "No &lt;permission&gt;" in content.decode()
    assert content.count(b"/companies/cascadia/jobs/") == 50
    assert "Employees" in words(content)


def test_the_console_costs_the_same_however_many_jobs_there_are(
    alice: Client, cascadia: CompanyFile, django_assert_max_num_queries: pages.QueryLimit
) -> None:
    for _ in range(30):
        a_job(cascadia)
    with django_assert_max_num_queries(12):
        alice.get(CONSOLE)


def test_sync_now_makes_every_plan_due_and_is_audited(alice: Client, cascadia: CompanyFile) -> None:
    SyncPlan.objects.update(next_due_at=NOW + timedelta(hours=5))
    answer = alice.post(SYNC_NOW, follow=True)

    assert not SyncPlan.objects.exclude(next_due_at=None).exists()
    assert "Everything is read" in words(answer.content)
    assert AuditEvent.objects.get(action="sync.requested").actor == "alice-administrator-cascadia"


def test_sync_now_without_a_plan_says_so(alice: Client, cascadia: CompanyFile) -> None:
    SyncPlan.objects.update(is_enabled=False)

    assert "no sync plan" in words(alice.post(SYNC_NOW, follow=True).content)


def test_a_waiting_job_is_cancelled_once(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia)
    assert "was cancelled" in words(alice.post(f"{page_of(job)}cancel/", follow=True).content)
    assert "no longer waits" in words(alice.post(f"{page_of(job)}cancel/", follow=True).content)

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert AuditEvent.objects.get(action="job.cancelled").details["job"] == job.pk


def test_the_texts_of_a_job_are_for_administrators_only(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "done")
    a_trip(job, "<Request>&amp;</Request>", "<Answer/>", status_code=0, answered_at=NOW + MINUTE)

    assert "&lt;Request&gt;&amp;amp;&lt;/Request&gt;" in alice.get(page_of(job)).content.decode()
    seen = signed_in(cascadia.company, "viewer").get(page_of(job)).content
    assert b"Request&gt;" not in seen
    assert b"Answer/&gt;" not in seen
    assert "2 Mar 2026, 15:01 UTC" in words(seen)
    assert "An administrator of this company can read the texts" in words(seen)


def test_trips_stand_in_the_order_of_time_and_long_texts_are_cut(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "in_flight")
    a_trip(job, "first", hresult="0x80040408", message="Could not start.", answered_at=NOW)
    a_trip(job, "y" * 20_001, minutes=1)
    content = alice.get(page_of(job)).content.decode()

    assert content.index("0x80040408") < content.index("No answer has arrived")
    assert "y" * 20_000 in content
    assert "y" * 20_001 not in content
    assert "Only the first 20,000 characters" in content


def test_an_unsettled_write_is_shown_with_all_that_is_known(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "outcome_unknown", failure="messageSetStatusCode 9002")
    a_trip(job, "<InvoiceAddRq/>", message="No stored response.", answered_at=NOW)

    for address in (SETTINGS, "/companies/cascadia/connect/"):
        text = words(alice.get(address).content)
        for known in ("change to the books", "2 Mar 2026, 15:00 UTC", "No stored response.", "9002", "InvoiceAddRq"):
            assert known in text
        assert "in the books twice" in text
    assert "needs a decision" in words(alice.get("/companies/cascadia/").content)


@pytest.mark.parametrize(
    ("before", "outcome", "after", "says"),
    [
        ("outcome_unknown", "done", "done", "settled as done"),
        ("outcome_unknown", "send_again", "failed", "goes again as job"),
        ("failed", "try_again", "failed", "goes again as job"),
        ("failed", "done", "failed", "not waiting for this decision"),
        ("queued", "send_again", "queued", "settled already"),
        ("outcome_unknown", "nonsense", "outcome_unknown", "Nothing was changed"),
        ("outcome_unknown", "", "outcome_unknown", "Nothing was changed"),
    ],
)
def test_a_decision_moves_the_job_or_says_why_not(
    alice: Client, cascadia: CompanyFile, before: str, outcome: str, after: str, says: str
) -> None:
    cascadia.company.allows_writes = True
    cascadia.company.save()
    job = a_job(cascadia, before)

    answer = alice.post(f"{page_of(job)}settle/", {"outcome": outcome}, follow=True)

    job.refresh_from_db()
    assert (job.state, says in words(answer.content)) == (after, True)
    assert Job.objects.count() == (2 if says == "goes again as job" else 1)


def test_a_job_that_was_sent_again_is_not_offered_again(alice: Client, cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "failed", is_write=False, failure="No permission.")
    assert "Try again" in words(alice.get(SETTINGS).content)
    assert "A job failed" in words(alice.get("/companies/cascadia/").content)

    alice.post(f"{page_of(job)}settle/", {"outcome": "try_again"})

    for address in (SETTINGS, page_of(job)):
        assert "Try again" not in words(alice.get(address).content)
    assert "A job failed" not in words(alice.get("/companies/cascadia/").content)


def test_viewers_are_told_what_is_wrong_but_not_how_to_decide_it(cascadia: CompanyFile) -> None:
    job = a_job(cascadia, "outcome_unknown")
    viewer = signed_in(cascadia.company, "viewer")

    text = words(viewer.get("/companies/cascadia/").content)
    assert "An administrator of this company decides it" in text
    for address in (CONSOLE, page_of(job), "/companies/cascadia/"):
        content = viewer.get(address).content
        assert b"/connection/" not in content
        assert b"/settle/" not in content


def test_the_pages_carry_no_inline_code(alice: Client, cascadia: CompanyFile) -> None:
    jobs = [a_job(cascadia), a_job(cascadia, "failed"), a_job(cascadia, "outcome_unknown")]
    a_trip(jobs[2], "<a/>", "<b/>")
    a_session(cascadia)
    for address in (CONSOLE, *(page_of(job) for job in jobs)):
        assert inline_code(alice.get(address).content) == []
