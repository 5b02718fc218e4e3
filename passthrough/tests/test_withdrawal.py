"""Many holds that end together: each call fares as it would alone, and what has left is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import clock
from accounts.models import ApiKey
from accounts.permissions import Caller
from passthrough import service, withdrawal
from passthrough.models import Transaction
from passthrough.tests.calling import ADDED, CUSTOMERS, INVOICE, Desk, a_connected_company, a_key
from qbwc import delivery, queue
from qbwc.models import CompanyFile, Exchange, Job, WebConnectorSession

pytestmark = pytest.mark.django_db(transaction=True)

NOW = clock.now()


@pytest.fixture
def company_file() -> CompanyFile:
    """The calls' minute begins with the test: the server, which reads the clock, hands out nothing that is overdue."""
    global NOW
    NOW = clock.now()
    company_file = a_connected_company()
    a_key(company_file)
    return company_file


def queued(company_file: CompanyFile, name: str, qbxml: str = CUSTOMERS, seconds: float = 60) -> Transaction:
    call = service.Call(qbxml, seconds, identifier=name, idempotency_key=name)
    caller = Caller(api_key=ApiKey.objects.get())
    submitted = service.submit(call, service.read(call), caller, company_file.company, NOW)
    return Transaction.objects.select_related("job").get(pk=submitted.pk)


def job_of(row: Transaction) -> Job:
    return Job.objects.get(transactions=row)


def end(*rows: Transaction, at: datetime | None = None) -> None:
    """Their callers, who had come for 60 seconds, hang up."""
    withdrawal.end_holds([(row.pk, NOW + timedelta(seconds=60)) for row in rows], at or NOW + timedelta(seconds=3))


def said(row: Transaction) -> dict[str, Any]:
    """Everything of the row but who it is."""
    row.refresh_from_db()
    own = {"id", "transaction_id", "identifier", "idempotency_key", "job_id", "fingerprint", "qbxml_request"}
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in own
    }


def test_withdrawn_with_others_a_call_ends_as_it_does_alone(company_file: CompanyFile) -> None:
    alone, first, second = (queued(company_file, name) for name in ("alone", "first", "second"))
    withdrawal.end_hold(alone.pk, alone.held_until, NOW + timedelta(seconds=3))
    end(first, second)
    assert said(first) == said(second) == said(alone)
    assert (first.status, first.error_code, first.processing_time_ms) == ("error", "SHIM_UNREACHABLE", 3000)
    assert set(Job.objects.values_list("state", "failure")) == {(Job.State.CANCELLED, "")}


def test_what_has_left_is_freed_and_kept_when_its_caller_leaves_with_others(company_file: CompanyFile) -> None:
    sent, waiting = queued(company_file, "sent", INVOICE), queued(company_file, "waiting")
    desk = Desk()
    request = desk._take()
    assert "InvoiceAddRq" in request
    end(sent, waiting)
    sent.refresh_from_db()
    waiting.refresh_from_db()
    assert (sent.status, sent.held_until, waiting.status) == ("pending", None, "error")
    assert job_of(sent).deadline_at is None
    desk.connector.answer(request, ADDED)
    sent.refresh_from_db()
    assert sent.status == "success"
    assert 'requestID="inv-7"' in sent.qbxml_response


def test_a_call_that_somebody_else_still_holds_is_not_withdrawn_with_others(company_file: CompanyFile) -> None:
    first, other = queued(company_file, "same"), queued(company_file, "other")
    queued(company_file, "same", seconds=120)  # attaches to the first
    end(first, other)
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.status, other.status) == ("pending", "error")
    assert first.job is not None
    assert first.job.state == Job.State.QUEUED


def test_why_quickbooks_could_not_be_opened_is_said_to_each(company_file: CompanyFile) -> None:
    rows = [queued(company_file, "a"), queued(company_file, "b")]
    WebConnectorSession.objects.create(
        company_file=company_file,
        ticket="t",
        started_at=NOW,
        last_call_at=NOW + timedelta(seconds=1),
        connection_attempts=1,
        last_error="QuickBooks could not be reached (0x80040408): Could not start QuickBooks.",
    )
    end(*rows)
    assert [said(row)["qb_error_code"] for row in rows] == ["0x80040408"] * 2
    assert all("Nothing was sent" in row.error_message for row in rows)
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.CANCELLED}


def test_a_call_that_has_ended_meanwhile_keeps_its_answer(company_file: CompanyFile) -> None:
    answered, waiting = queued(company_file, "answered", INVOICE), queued(company_file, "waiting")
    desk = Desk()
    desk.connector.answer(desk._take(), ADDED)
    end(answered, waiting)
    answered.refresh_from_db()
    waiting.refresh_from_db()
    assert (answered.status, waiting.status) == ("success", "error")
    assert job_of(answered).state == Job.State.DONE


def test_a_write_that_was_sent_and_interrupted_is_never_withdrawn_with_others(company_file: CompanyFile) -> None:
    lost, waiting = queued(company_file, "lost", INVOICE), queued(company_file, "waiting")
    desk = Desk()
    assert desk._take()
    desk.leave_now()  # its answer is lost
    assert job_of(lost).state == Job.State.QUEUED
    end(lost, waiting)
    lost.refresh_from_db()
    assert (lost.status, lost.held_until) == ("pending", None)
    assert job_of(lost).state == Job.State.QUEUED
    waiting.refresh_from_db()
    assert waiting.status == "error"


def test_an_answer_that_cannot_be_read_at_once_is_stored_all_the_same(company_file: CompanyFile) -> None:
    """Neither in the commit that keeps it nor after it; when the reason has gone, the sweep reads it."""
    row = queued(company_file, "unreadable", INVOICE)
    Transaction.objects.filter(pk=row.pk).update(caller_ids=7)  # a row that our own code could not have written
    desk = Desk()
    assert desk.connector.answer(desk._take(), ADDED) > 0
    exchange = Exchange.objects.get()
    assert exchange.response_payload is not None
    assert exchange.answered_at is not None
    assert exchange.delivered_at is None
    assert Job.objects.get().state == Job.State.DONE
    row.refresh_from_db()
    assert row.status == "pending"
    Transaction.objects.filter(pk=row.pk).update(caller_ids=["inv-7"])
    assert delivery.deliver(exchange.pk, clock.now())
    row.refresh_from_db()
    assert row.status == "success"


def test_a_call_whose_time_ran_out_at_a_sign_in_was_never_sent_whoever_notices_first(company_file: CompanyFile) -> None:
    rows = [queued(company_file, "noticed"), queued(company_file, "freed")]
    late = NOW + timedelta(seconds=61)
    assert queue.expire(company_file, late) == 2
    Job.objects.filter(transactions=rows[1]).update(deadline_at=None)  # as its caller's hang-up leaves it
    for row in rows:
        withdrawal.end_hold(row.pk, row.held_until, late)
        row.refresh_from_db()
    assert [(row.status, row.error_code) for row in rows] == [("error", "SHIM_UNREACHABLE")] * 2
