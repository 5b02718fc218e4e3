"""The pages about a connection in a real Chromium: two widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Membership, User
from metrics.tests import sample_company as sample
from qbwc import payloads
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan, WebConnectorSession
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS, in_every_view

NOW = sample.NOW
MINUTE = timedelta(minutes=1)
INVOICE = """<?xml version="1.0" ?>
<?qbxml version="13.0"?>
<QBXML><QBXMLMsgsRq onError="stopOnError" newMessageSetID="kq0lXh3mR9eUoWcZ1VtYbA"><InvoiceAddRq requestID="3-0">\
<InvoiceAdd><CustomerRef><FullName>Abercrombie, Kristy</FullName></CustomerRef><TxnDate>2026-11-20</TxnDate>\
<InvoiceLineAdd><ItemRef><FullName>Managed services</FullName></ItemRef><Amount>4350.00</Amount></InvoiceLineAdd>\
</InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>
"""
PARKED = (
    "QuickBooks could not say whether this write was executed (messageSetStatusCode 9002). QuickBooks has no stored "
    "answer for this message set. Look for the transaction in QuickBooks before it is sent again."
)
LOCKED = "QuickBooks refused EmployeeQueryRs with status 3261: The application does not have permission."

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    """An administrator of a company with everything wrong at once."""
    user = sample.person()
    company = sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest, Inc.")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    CompanyFile.objects.filter(company=company).update(
        time_zone="America/Denver",
        quiet_from=time(20),
        quiet_until=time(6),
        minimum_run_seconds=1800,
        live_window="business_hours",
        last_seen_at=NOW - 4 * MINUTE,
        company_name_seen="Cascadia Managed Services",
        two_connectors_at=NOW - 35 * MINUTE,
        wrong_file={
            "company_name": "Birch & Sons Landscaping",
            "file_id": "",
            "path": r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\birch and sons landscaping.qbw",
            "at": (NOW - 19 * MINUTE).isoformat(),
        },
    )
    company_file = CompanyFile.objects.get(company=company)
    _session_and_queue(company_file)
    return user


def _session_and_queue(company_file: CompanyFile) -> None:
    session = WebConnectorSession.objects.create(
        company_file=company_file,
        ticket="t",
        started_at=NOW - 2 * MINUTE,
        last_call_at=NOW - MINUTE,
        step="receive",
        jobs_planned=4,
        jobs_finished=2,
        progress=50,
    )
    _job(company_file, "raw_write", "outcome_unknown", 60, is_write=True, failure=PARKED)
    _job(company_file, "raw_query", "failed", 45, failure=LOCKED)
    _job(company_file, "accounts", "done", 30)
    _job(company_file, "profit_loss", "in_flight", 30, session=session)
    failure = "QuickBooks answered 0x80040408: Could not start QuickBooks."
    _job(company_file, "employees", "queued", 30, failure=failure, available_at=NOW + 4 * MINUTE, attempts=2)
    _job(company_file, "raw_query", "queued", 1, attempts=0)


def _job(company_file: CompanyFile, purpose: str, state: str, ago: int, **columns: object) -> Job:
    made = NOW - ago * MINUTE
    ended = made + 2 * MINUTE if state in ("done", "failed", "outcome_unknown") else None
    values = {"created_at": made, "available_at": made, "attempts": 1, "finished_at": ended, **columns}
    job = Job.objects.create(company_file=company_file, purpose=purpose, state=state, **values)
    if state in ("outcome_unknown", "done", "failed"):
        Exchange.objects.create(
            job=job,
            request_payload=payloads.store(INVOICE),
            response_payload=payloads.store('<?xml version="1.0" ?><QBXML><QBXMLMsgsRs/></QBXML>'),
            qbxml_request_id=f"{job.pk}-0",
            sent_at=made + MINUTE,
            answered_at=ended,
            message="There is no stored response for the newMessageSetID." if columns.get("is_write") else "",
        )
    return job


def _overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _keep(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


PAGES = {
    "connection": "/companies/cascadia/connection/",
    "accept-file": "/companies/cascadia/connection/accept-file/",
    "sync-console": "/companies/cascadia/sync/",
    "connect-alerts": "/companies/cascadia/connect/",
    "dashboard-alerts": "/companies/cascadia/",
}


@pytest.mark.parametrize("name", list(PAGES))
def test_the_pages_fit_their_window(dana: User, opener: Opener, name: str) -> None:
    page = opener(dana, PAGES[name])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    in_every_view(page, name)


def test_a_job_opens_its_texts_without_breaking_the_page(dana: User, opener: Opener) -> None:
    job = Job.objects.get(state="outcome_unknown")
    page = opener(dana, f"/companies/cascadia/jobs/{job.pk}/")
    page.get_by_text("The request").click()
    page.get_by_text("It was not done").first.click()
    expect(page.get_by_text("Abercrombie, Kristy")).to_be_visible()
    in_every_view(page, "job")


def test_a_refused_form_stands_beside_its_words(dana: User, opener: Opener) -> None:
    page = opener(dana, PAGES["connection"], 390, refused=422)
    page.get_by_label("Time zone").fill("Denver")
    page.get_by_label("Seconds one call is held").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    assert _overflow(page) == 0
    _keep(page, "connection-errors-390-light")


def test_the_right_file_is_accepted_in_two_steps(dana: User, opener: Opener) -> None:
    page = opener(dana, PAGES["connection"])
    page.get_by_role("link", name="This is the right file").click()
    page.get_by_role("button", name="Yes, this is the right file").click()
    expect(page.get_by_role("status").first).to_contain_text("Birch & Sons Landscaping")
    assert CompanyFile.objects.get().wrong_file is None


def test_a_failed_job_is_tried_again_from_the_alert(dana: User, opener: Opener) -> None:
    page = opener(dana, PAGES["connection"])
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").first).to_contain_text("goes again as job")
    assert SyncPlan.objects.count() == 3
    assert Job.objects.filter(state="queued", purpose="raw_query").count() == 2
