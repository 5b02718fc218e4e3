"""The pages about calls in a real Chromium: two widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import Company, Membership, User
from metrics.tests import sample_company as sample
from passthrough.models import Transaction
from qbwc.models import CompanyFile, Exchange, Job
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view

NOW = sample.NOW
SECOND = timedelta(seconds=1)
LIST = "/companies/cascadia/transactions/"
INVOICE = """<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">\
<InvoiceAddRq requestID="bundle-4711"><InvoiceAdd><CustomerRef><FullName>Abercrombie, Kristy</FullName></CustomerRef>\
<TxnDate>2026-11-20</TxnDate><InvoiceLineAdd><ItemRef><FullName>Managed services</FullName></ItemRef>\
<Amount>4350.00</Amount></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>"""
BUSY = (
    "QuickBooks answered 0x80040422: This application is unable to log into this QuickBooks company data file: a "
    "window in QuickBooks waits for an answer. Close it; then send the call again."
)

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    """An administrator of a connected company that nobody has called for yet."""
    user = sample.person()
    company = sample.company_of(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    CompanyFile.objects.update(last_seen_at=NOW - 40 * SECOND)
    Company.objects.filter(pk=company.pk).update(allows_writes=True)
    return user


@pytest.fixture
def calls(dana: User) -> Transaction:
    """Calls of every outcome; the failed write among them."""
    company_file = CompanyFile.objects.select_related("company").get()
    _call(company_file, 900, "nightly-customers", status="success", processing_time_ms=2_430)
    _call(company_file, 840, "", status="duplicate", error_code="DUPLICATE_REQUEST", processing_time_ms=0)
    _call(company_file, 400, "make-bundle-4712-of-the-scenario-with-a-very-long-name-" + "x" * 90, status="pending")
    return _failed_write(company_file)


def _failed_write(company_file: CompanyFile) -> Transaction:
    made = NOW - 95 * SECOND
    job = Job.objects.create(
        company_file=company_file, purpose="passthrough_write", state="failed", created_at=made, available_at=made
    )
    for seconds in (3, 5, 9):
        Exchange.objects.create(
            job=job,
            sent_at=made + seconds * SECOND,
            answered_at=made + (seconds + 1) * SECOND,
            hresult="0x80040422",
            message="This application is unable to log into this QuickBooks company data file.",
        )
    return _call(
        company_file,
        95,
        "make-bundle-4711",
        job=job,
        status="error",
        error_code="QB_BUSY",
        error_message=BUSY,
        qb_error_code="0x80040422",
        is_write=True,
        request_names="InvoiceAddRq",
        qbxml_request=INVOICE,
        idempotency_key="order-4711-invoice",
        processing_time_ms=10_200,
        sent_at=made + 3 * SECOND,
        answered_at=made + 10 * SECOND,
        api_key=issue_key(company_file.company, "Make.com", "write", NOW)[0],
    )


def _call(company_file: CompanyFile, ago: int, identifier: str, **columns: object) -> Transaction:
    made = NOW - ago * SECOND
    number = Transaction.objects.count()
    values = {
        "transaction_id": f"tx-6f1d2c3a-0000-4000-8000-{number:012d}",
        "identifier": identifier,
        "request_names": "CustomerQueryRq",
        "timestamp": made,
        "created_at": made,
        "updated_at": made,
    }
    return Transaction.objects.create(company=company_file.company, **{**values, **columns})


def test_the_list_fits_its_window(calls: Transaction, dana: User, opener: Opener) -> None:
    page = opener(dana, LIST)
    expect(page.get_by_role("link", name="make-bundle-4711")).to_be_visible()
    in_every_view(page, "calls")


def test_the_empty_list_fits_its_window(dana: User, opener: Opener) -> None:
    page = opener(dana, LIST)
    expect(page.get_by_role("heading", name="No call has come in yet")).to_be_visible()
    in_every_view(page, "calls-empty")


def test_a_call_opens_its_texts(calls: Transaction, dana: User, opener: Opener) -> None:
    page = opener(dana, f"{LIST}{calls.transaction_id}/")
    page.get_by_text("The request (").click()
    page.get_by_text("Run again: it changes the books").click()
    expect(page.get_by_text("<FullName>Abercrombie, Kristy</FullName>")).to_be_visible()
    in_every_view(page, "call")


def test_a_call_is_found_by_its_key_and_run_again(calls: Transaction, dana: User, opener: Opener) -> None:
    page = opener(dana, LIST)
    page.get_by_label("Search", exact=True).fill("order-4711")
    page.get_by_label("Status").select_option("error")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="make-bundle-4711").click()
    page.get_by_text("Run again: it changes the books").click()
    page.get_by_role("button", name="Yes, run this write again").click()
    expect(page.get_by_role("status").first).to_contain_text("This is the new call")
    assert Transaction.objects.get(retry_of=calls).is_write
