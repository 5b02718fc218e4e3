"""The pages about calls: who sees what, the search, why a call waited, and running one again."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import ApiKey, AuditEvent, Membership
from accounts.tests.factories import MembershipFactory, UserFactory
from passthrough.models import Transaction
from passthrough.requests import accept
from passthrough.tests.calling import CUSTOMERS, INVOICE, a_connected_company
from passthrough.views import FIRST_CALL
from qbwc.models import CompanyFile, Exchange, Job, WebConnectorSession

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LIST = "/companies/cascadia/transactions/"
SECOND = timedelta(seconds=1)
_numbers = count(1)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def cascadia() -> CompanyFile:
    return a_connected_company()


def signed_in(company_file: CompanyFile, role: str = "administrator", *, csrf: bool = False) -> Client:
    user = UserFactory.create()
    MembershipFactory.create(user=user, company=company_file.company, role=Membership.Role(role))
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user)
    return client


def a_call(company_file: CompanyFile, *, state: str = "", **columns: Any) -> Transaction:
    """A read that has succeeded, unless the columns say otherwise; with a job when `state` names its state."""
    moments = {"timestamp": NOW, "created_at": NOW, "updated_at": NOW}
    values = {"status": "success", "request_names": "CustomerQueryRq", "qbxml_request": CUSTOMERS, "answered_at": NOW}
    job = None
    if state:
        job = Job.objects.create(
            company_file=company_file, purpose="raw_query", state=state, created_at=NOW, available_at=NOW
        )
    name = {"transaction_id": f"tx-{next(_numbers)}"}
    return Transaction.objects.create(company=company_file.company, job=job, **{**name, **moments, **values, **columns})


def a_failed_write(company_file: CompanyFile, *, revoked_at: datetime | None = None, **columns: Any) -> Transaction:
    key, _ = issue_key(company_file.company, "Make", ApiKey.Scope.WRITE, NOW)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=revoked_at)
    values = {"qbxml_request": INVOICE, "request_names": "InvoiceAddRq", "is_write": True, "api_key": key}
    return a_call(company_file, **{"status": "error", "error_code": "QB_BUSY", **values, **columns})


def page_of(row: Transaction) -> str:
    return f"{LIST}{row.transaction_id}/"


def words(content: bytes) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode())))


def listed(client: Client, query: str = "") -> list[str]:
    return re.findall(r"transactions/(tx-\d+)/", client.get(LIST + query).content.decode())


def test_only_the_companys_people_see_its_calls(cascadia: CompanyFile) -> None:
    row = a_call(cascadia)
    viewer, stranger = signed_in(cascadia, "viewer"), signed_in(a_connected_company("Other"))
    for address in (LIST, page_of(row)):
        assert Client().get(address).status_code == 302
        assert viewer.get(address).status_code == 200
        assert stranger.get(address).status_code == 404
    assert stranger.get(f"/companies/other/transactions/{row.transaction_id}/").status_code == 404
    assert stranger.post(page_of(row) + "again/").status_code == 404


def test_the_texts_are_for_administrators_only(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, qbxml_response="<QBXML><Name>Ann &amp; Söhne</Name></QBXML>")
    assert "CustomerQueryRq requestID" in words(signed_in(cascadia).get(page_of(row)).content)
    seen = signed_in(cascadia, "viewer").get(page_of(row)).content.decode()
    assert "Söhne" not in seen
    assert "An administrator of this company can read the texts" in seen


def test_the_texts_are_laid_out_and_escaped(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, qbxml_response="<QBXML><Name>Ann</Name><script>alert(1)</script></QBXML>")
    content = signed_in(cascadia).get(page_of(row)).content.decode()
    assert "&lt;QBXML&gt;\n  &lt;Name&gt;Ann&lt;/Name&gt;\n  &lt;script&gt;alert(1)&lt;/script&gt;\n" in content


def test_a_long_answer_is_cut(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, qbxml_response="<A>" + "x" * 200_000 + "</A>")
    content = signed_in(cascadia).get(page_of(row)).content
    assert content.count(b"x") < 51_000
    assert "Only the beginning is shown" in words(content)


def test_the_empty_page_shows_a_first_call_that_is_accepted(cascadia: CompanyFile) -> None:
    text = words(signed_in(cascadia).get(LIST).content)
    assert "curl http" in text
    assert "“after use”" in text
    assert "/companies/cascadia/connection/" in signed_in(cascadia).get(LIST).content.decode()
    assert accept(FIRST_CALL, limit_bytes=10_000).is_write is False


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["tx-b", "tx-a"]),
        ("?q=order-7", ["tx-a"]),
        ("?q=KEY-9", ["tx-b"]),
        ("?q=tx-b", ["tx-b"]),
        ("?status=error", ["tx-b"]),
        ("?kind=write", ["tx-b"]),
        ("?kind=read", ["tx-a"]),
        ("?code=QB_BUSY", ["tx-b"]),
        ("?status=nonsense&before=x&q=%00", ["tx-b", "tx-a"]),
        ("?q=nowhere", []),
    ],
)
def test_the_list_is_searched_and_filtered(cascadia: CompanyFile, query: str, found: list[str]) -> None:
    a_call(cascadia, transaction_id="tx-a", identifier="Order-7")
    a_failed_write(cascadia, transaction_id="tx-b", idempotency_key="key-9")
    content = signed_in(cascadia).get(LIST + query).content.decode()
    assert re.findall(r"transactions/(tx-\w)/", content) == found
    assert ("No call fits" in content) == (not found)


def test_the_list_turns_its_pages(cascadia: CompanyFile) -> None:
    for _ in range(51):
        a_call(cascadia, identifier="many")
    client = signed_in(cascadia)
    first = listed(client, "?q=many")
    link = re.search(r'href="[^"]*(\?q=many[^"]+before=\d+)"', client.get(LIST + "?q=many").content.decode())
    assert link is not None
    rest = listed(client, html.unescape(link.group(1)))
    assert (len(first), len(rest), len({*first, *rest})) == (50, 1, 51)


def test_the_list_costs_the_same_whatever_it_shows(
    cascadia: CompanyFile, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for _ in range(30):
        a_call(cascadia, state="done")
    client = signed_in(cascadia)
    with django_assert_max_num_queries(7):
        client.get(LIST)


def test_a_waiting_call_says_what_it_waits_for(cascadia: CompanyFile) -> None:
    a_call(cascadia, state="in_flight", status="pending")
    row = a_call(cascadia, state="queued", status="pending")
    text = words(signed_in(cascadia).get(page_of(row)).content)
    assert "1 request of this company before it." in text
    assert "The Web Connector has never called" in text


def test_an_answered_call_says_why_it_waited(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, state="done", sent_at=NOW + 9 * SECOND, answered_at=NOW + 12 * SECOND)
    other = a_call(cascadia, state="done")
    for job, sent in ((other.job, 7), (row.job, 9)):
        assert job is not None
        Exchange.objects.create(job=job, sent_at=NOW + sent * SECOND, answered_at=NOW + (sent + 1) * SECOND)
    WebConnectorSession.objects.create(
        company_file=cascadia, ticket="t", started_at=NOW + 6 * SECOND, last_call_at=NOW + 9 * SECOND
    )
    text = words(signed_in(cascadia).get(page_of(row)).content)
    assert "signed in 6.0 s after the call, and took it after 9.0 s" in text
    assert "worked on 1 other request of this company" in text
    assert "it took 3.0 s" in text


def test_a_call_that_found_the_connector_says_so(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, state="done", sent_at=NOW + SECOND, answered_at=NOW + 2 * SECOND)
    WebConnectorSession.objects.create(
        company_file=cascadia, ticket="t", started_at=NOW - SECOND, last_call_at=NOW + SECOND
    )
    text = words(signed_in(cascadia).get(page_of(row)).content)
    assert "The Web Connector was connected. The call left after 1.0 s." in text


def test_an_error_comes_with_its_cause_its_fix_and_who_can_do_it(cascadia: CompanyFile) -> None:
    text = words(signed_in(cascadia).get(page_of(a_failed_write(cascadia))).content)
    assert "QB_BUSY" in text
    assert "Close the window in QuickBooks" in text
    assert "Who can do it The person at the QuickBooks PC." in text


def test_an_administrator_runs_a_failed_write_again_after_a_warning(cascadia: CompanyFile) -> None:
    row, client = a_failed_write(cascadia), signed_in(cascadia)
    assert "This is a write. If it succeeds, it changes the books of Cascadia" in words(
        client.get(page_of(row)).content
    )
    answer = client.post(page_of(row) + "again/")
    new = Transaction.objects.get(retry_of=row)
    assert answer["Location"] == page_of(new)
    assert (new.status, new.is_write, new.held_until, new.api_key_id) == ("pending", True, None, row.api_key_id)
    event = AuditEvent.objects.get(action="transaction.run_again")
    assert (event.success, event.details["runs_as"]) == (True, new.transaction_id)
    assert client.post(page_of(row) + "again/")["Location"] == page_of(new)  # attached, not queued twice
    assert Job.objects.count() == 1


def test_a_failed_read_runs_again_without_any_key(cascadia: CompanyFile) -> None:
    row = a_call(cascadia, status="error", error_code="QB_BUSY")
    signed_in(cascadia).post(page_of(row) + "again/")
    assert Transaction.objects.get(retry_of=row).status == "pending"


def test_a_write_whose_key_is_revoked_is_not_run_again(cascadia: CompanyFile) -> None:
    row, client = a_failed_write(cascadia, revoked_at=NOW), signed_in(cascadia)
    assert "revoked or gone" in words(client.post(page_of(row) + "again/", follow=True).content)
    assert not Job.objects.exists()
    assert AuditEvent.objects.get(action="transaction.run_again").success is False


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "success", "error_code": ""},
        {"status": "pending", "error_code": ""},
        {"may_be_done": True},
        {"qbxml_request": ""},
        {"error_code": "INVALID_XML", "request_names": ""},
    ],
)
def test_what_cannot_be_run_again_has_no_button(cascadia: CompanyFile, columns: dict[str, Any]) -> None:
    row, client = a_failed_write(cascadia, **{"state": "in_flight", **columns}), signed_in(cascadia)
    assert b"run-again" not in client.get(page_of(row)).content
    assert b"/again/" not in client.get(page_of(row)).content
    client.post(page_of(row) + "again/")
    assert not Job.objects.filter(state="queued").exists()


def test_running_again_is_for_administrators_with_their_csrf_token(cascadia: CompanyFile) -> None:
    row = a_failed_write(cascadia)
    viewer = signed_in(cascadia, "viewer")
    assert b"/again/" not in viewer.get(page_of(row)).content
    assert viewer.post(page_of(row) + "again/").status_code == 403
    assert signed_in(cascadia, csrf=True).post(page_of(row) + "again/").status_code == 403
    assert signed_in(cascadia).get(page_of(row) + "again/").status_code == 405
    assert not Job.objects.exists()


def test_the_admin_shows_calls_and_changes_none(cascadia: CompanyFile) -> None:
    row, client = a_failed_write(cascadia), Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    assert row.transaction_id in client.get("/admin/passthrough/transaction/?q=tx").content.decode()
    shown = client.get(f"/admin/passthrough/transaction/{row.pk}/change/")
    assert "InvoiceAdd" in shown.content.decode()
    assert client.post(f"/admin/passthrough/transaction/{row.pk}/change/", {}).status_code == 403
    assert client.get("/admin/passthrough/transaction/add/").status_code == 403
