"""What breaks in a session costs one job at most, never an answer, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent
from qbwc import queue
from qbwc.models import CompanyFile, Exchange, Job, WebConnectorSession
from qbwc.purposes import Delivered
from qbwc.tests.conversation import (
    Connector,
    a_company_file,
    everybody_silent_for,
    hcp,
    plan,
    reading_into,
    request_id_in,
)

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><HostQueryRs requestID="{id}" statusCode="3260" '
    'statusSeverity="Error" statusMessage="Insufficient permission level to perform this action."/>'
    "</QBXMLMsgsRs></QBXML>"
)


@pytest.fixture
def delivered() -> Iterator[list[Delivered]]:
    kept: list[Delivered] = []
    with reading_into(kept, "first", "second"):
        yield kept


@pytest.fixture
def company_file(delivered: list[Delivered]) -> CompanyFile:
    company_file = a_company_file()
    plan(company_file, "first", "second")
    return company_file


def test_a_refused_request_fails_its_job_with_quickbooks_words_and_the_next_goes_on(
    company_file: CompanyFile, delivered: list[Delivered]
) -> None:
    connector = Connector()
    connector.authenticate()
    assert connector.answer(connector.send(), REFUSED) == 50
    assert connector.answer(connector.send()) == 100
    failed, done = Job.objects.order_by("pk")
    assert (failed.state, failed.status_code) == (Job.State.FAILED, 3260)
    assert "Insufficient permission level to perform this action." in failed.failure
    assert "Insufficient permission" in delivered[0].failure
    assert (done.state, delivered[1].failure) == (Job.State.DONE, "")


def test_a_parse_error_of_quickbooks_fails_the_job_for_good(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    connector.send()
    assert connector.receive("", "0x80040400", "QuickBooks found an error when parsing the provided XML.") == 50
    failed = Job.objects.order_by("pk")[0]
    assert failed.state == Job.State.FAILED
    assert "QuickBooks found an error when parsing" in failed.failure


def test_a_busy_quickbooks_puts_the_job_off_and_says_so(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    connector.send()
    connector.receive("", "0x80040414", "A modal dialog box is showing in the QuickBooks user interface.")
    job = Job.objects.order_by("pk")[0]
    assert job.state == Job.State.QUEUED
    assert job.available_at > job.created_at + timedelta(seconds=50)
    assert "modal dialog" in job.failure


def test_a_repeated_answer_gets_the_recorded_number_and_changes_nothing(
    company_file: CompanyFile, delivered: list[Delivered]
) -> None:
    connector = Connector()
    connector.authenticate()
    request = connector.send()
    assert connector.answer(request) == connector.answer(request) == 50
    assert len(delivered) == 1
    assert Exchange.objects.count() == 1


def test_asking_again_instead_of_answering_gets_the_same_text_again(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    assert connector.send() == connector.send()
    assert Exchange.objects.count() == 1


def test_a_new_sign_in_while_an_answer_is_due_recovers_the_job_first(company_file: CompanyFile) -> None:
    lost, restarted = Connector(), Connector()
    lost.authenticate()
    request = lost.send()
    everybody_silent_for(31)
    assert restarted.authenticate() == ""
    assert request_id_in(restarted.send()) == request_id_in(request)
    assert lost.send() == ""
    assert "newer sign-in" in lost.text("getLastError")


@pytest.mark.parametrize(("sends", "silent_for"), [(0, 4), (1, 14)])
def test_a_second_connector_is_told_busy_while_the_first_is_plainly_talking(
    company_file: CompanyFile, sends: int, silent_for: int
) -> None:
    first, second = Connector(), Connector()
    first.authenticate()
    for _ in range(sends):
        first.send()
    everybody_silent_for(silent_for)
    assert second.authenticate() == "busy"
    assert "Two connectors" in second.text("getLastError")
    assert second.text("closeConnection")
    company_file.refresh_from_db()
    assert company_file.two_connectors_at is not None
    assert first.answer(first.send()) == 50


def test_a_session_from_before_the_server_was_started_makes_nobody_wait(
    company_file: CompanyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off, restarted = Connector(), Connector()
    cut_off.authenticate()
    request = cut_off.send()
    monkeypatch.setattr(clock, "STARTED_AT", clock.now())
    assert restarted.authenticate() == ""
    assert request_id_in(restarted.send()) == request_id_in(request)


def test_a_session_that_only_lacks_its_close_makes_nobody_wait(company_file: CompanyFile) -> None:
    first = Connector()
    first.authenticate()
    for _ in range(2):
        first.answer(first.send())
    assert Connector().authenticate() == "none"


def test_a_late_answer_of_a_replaced_session_is_kept_and_used(
    company_file: CompanyFile, delivered: list[Delivered]
) -> None:
    lost, restarted = Connector(), Connector()
    lost.authenticate()
    request = lost.send()
    everybody_silent_for(31)
    restarted.authenticate()
    assert lost.answer(request) == 100
    assert Job.objects.get(pk=delivered[0].job.pk).state == Job.State.DONE
    assert request_id_in(restarted.send()) != request_id_in(request)


def test_a_job_whose_answer_is_lost_again_and_again_ends_as_failed(company_file: CompanyFile) -> None:
    for _ in range(5):
        connector = Connector()
        connector.authenticate()
        assert request_id_in(connector.send()).startswith(f"{Job.objects.order_by('pk')[0].pk}-")
        everybody_silent_for(31)
    Connector().authenticate()
    job = Job.objects.order_by("pk")[0]
    assert job.state == Job.State.FAILED
    assert "tried 5 times" in job.failure


def test_closing_while_an_answer_is_due_puts_the_job_back(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    connector.send()
    connector.text("closeConnection")
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.QUEUED}


@pytest.mark.parametrize(
    "answer", ["not xml at all", "<QBXML><QBXMLMsgsRs/></QBXML>", "<QBXML>", '<!DOCTYPE a [<!ENTITY b "c">]><QBXML/>']
)
def test_an_unreadable_answer_is_kept_and_fails_its_job(company_file: CompanyFile, answer: str) -> None:
    connector = Connector()
    connector.authenticate()
    connector.send()
    assert connector.receive(answer) == 50
    assert Job.objects.order_by("pk")[0].state == Job.State.FAILED
    assert Exchange.objects.get().response_payload is not None


def test_another_company_file_gets_nothing_and_its_user_is_told(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    assert connector.send(hcp("Somebody Else Inc", uuid4())) == ""
    message = connector.text("getLastError")
    assert "Somebody Else Inc" in message
    assert "Cascadia" in message
    assert not Exchange.objects.exists()
    assert AuditEvent.objects.get().action == "web_connector.wrong_file"


def test_a_connection_error_tries_the_known_path_then_the_open_file_then_stops(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(file_path_seen=r"C:\QB\cascadia.qbw")
    connector = Connector()
    connector.authenticate()
    error = {"hresult": "0x80040416", "message": "QuickBooks is not running and no company file was named."}
    answers = [connector.text("connectionError", **error) for _ in range(3)]
    assert answers == [r"C:\QB\cascadia.qbw", "", "done"]
    assert "QuickBooks is not running" in connector.text("getLastError")
    assert connector.text("closeConnection")


def test_an_unknown_ticket_ends_gracefully_at_every_operation(company_file: CompanyFile) -> None:
    connector = Connector(ticket="no-such-ticket")
    assert connector.send() == ""
    assert connector.receive("<QBXML/>") == -1
    assert connector.text("connectionError", hresult="0x80040416", message="") == "done"
    assert "does not know" in connector.text("getLastError")
    assert connector.text("closeConnection") == "OK"


def test_a_purpose_that_cannot_read_an_answer_is_tried_again_later(company_file: CompanyFile) -> None:
    class Broken(list[Delivered]):
        def append(self, item: Delivered) -> None:
            raise RuntimeError("no room")

    with reading_into(Broken(), "first"):
        connector = Connector()
        connector.authenticate()
        assert connector.answer(connector.send()) == 50
    exchange = Exchange.objects.get()
    assert (exchange.delivered_at, exchange.delivery_attempts) == (None, 1)
    assert "no room" in exchange.delivery_error


@pytest.mark.parametrize("body", [b"", b"hello", b"<a/>", b"\xff\xfe", b"<!DOCTYPE x><x/>"])
def test_what_is_not_soap_is_a_soap_fault_with_500(body: bytes) -> None:
    response = Client().post("/api/qbwc", data=body, content_type="text/xml")
    assert response.status_code == 500
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    assert b"Fault" in response.content


@pytest.mark.parametrize("path", ["/api/qbwc", "/api/qbwc/", "/api/qbwc?wsdl"])
def test_a_get_answers_200_with_the_wsdl(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200
    assert b"QBWebConnectorSvcSoap" in response.content


def test_a_silent_session_expires_and_its_ticket_ends_gracefully(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    session = WebConnectorSession.objects.get()
    WebConnectorSession.objects.update(last_call_at=session.last_call_at - timedelta(minutes=31))
    assert connector.send() == ""
    assert WebConnectorSession.objects.get().state == WebConnectorSession.State.EXPIRED


def test_two_sessions_never_have_two_jobs_at_quickbooks(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    connector.send()
    session = WebConnectorSession.objects.get()
    assert queue.claim(session, session.started_at) is None
