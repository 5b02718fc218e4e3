"""What the crash matrix found: copies, late answers and lost pages must not be taken for something else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import clock
from qbwc import queue, raw
from qbwc.messages import answered_request_id
from qbwc.models import CompanyFile, Exchange, Job
from qbwc.payloads import text_of
from qbwc.tests.conversation import Connector, a_company_file, everybody_silent_for, request_id_in

pytestmark = pytest.mark.django_db(transaction=True)

QUERY = "<CustomerQueryRq><MaxReturned>2</MaxReturned></CustomerQueryRq>"
ITERATOR = '<CustomerQueryRq iterator="Start"><MaxReturned>2</MaxReturned></CustomerQueryRq>'
WRITE = "<CustomerAddRq><CustomerAdd><Name>Ada</Name></CustomerAdd></CustomerAddRq>"
FINE = 'requestID="{id}" statusCode="0" statusSeverity="Info" statusMessage="Status OK"'
DONE = f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerAddRs {FINE}/></QBXMLMsgsRs></QBXML>'
PAGE = (
    f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerQueryRs {FINE} iteratorRemainingCount="%d" '
    'iteratorID="%s"/></QBXMLMsgsRs></QBXML>'
)


@pytest.fixture
def company_file() -> CompanyFile:
    return a_company_file()


def _enqueue(company_file: CompanyFile, request: str) -> Job:
    purpose = raw.WRITE if request == WRITE else raw.QUERY
    return queue.enqueue(company_file=company_file, purpose=purpose, parameters={"request": request}, now=clock.now())


def _signed_in() -> Connector:
    connector = Connector()
    assert connector.authenticate() == ""
    return connector


def _state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def _back_off_is_over() -> None:
    Job.objects.update(available_at=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize("request_text", [QUERY, WRITE])
def test_a_late_copy_of_an_answer_is_not_the_answer_to_the_next_request(
    company_file: CompanyFile, request_text: str
) -> None:
    jobs = [_enqueue(company_file, request_text) for _ in range(2)]
    connector = _signed_in()
    first = connector.send()
    reply = connector.answer(first, DONE)
    second = connector.send()
    assert connector.answer(first, DONE) == reply
    assert [_state(job) for job in jobs] == [Job.State.DONE, Job.State.IN_FLIGHT]
    assert connector.answer(second, DONE) == 100
    answers = [exchange.response_payload for exchange in Exchange.objects.order_by("pk")]
    assert [answered_request_id(text_of(answer)) for answer in answers if answer] == [f"{job.pk}-0" for job in jobs]


def test_a_late_copy_of_a_page_does_not_count_as_the_next_page(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, ITERATOR)
    connector = _signed_in()
    first = connector.send()
    connector.answer(first, PAGE % (3, "{a}"))
    second = connector.send()
    connector.answer(first, PAGE % (3, "{a}"))
    assert _state(job) == Job.State.IN_FLIGHT
    connector.answer(second, PAGE % (0, "{a}"))
    assert (_state(job), job.exchanges.filter(answered_at__isnull=False).count()) == (Job.State.DONE, 2)


@pytest.mark.parametrize("hresult", ["0x8004040D", "0x80010105", "0x80040414"])
def test_an_iterator_that_broke_on_a_page_starts_over_even_in_the_same_session(
    company_file: CompanyFile, hresult: str
) -> None:
    """QuickBooks may have turned the page before it failed: to continue would skip it."""
    _enqueue(company_file, ITERATOR)
    _enqueue(company_file, QUERY)
    connector = _signed_in()
    connector.answer(connector.send(), PAGE % (3, "{a}"))
    connector.send()
    connector.receive("", hresult, "Something happened.")
    _back_off_is_over()
    assert 'iterator="Start"' in connector.send()


def test_a_page_that_is_asked_for_again_in_its_session_starts_the_iterator_over(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, ITERATOR)
    connector = _signed_in()
    connector.answer(connector.send(), PAGE % (3, "{a}"))
    lost = connector.send()
    again = connector.send()
    assert ('iterator="Continue"' in lost, 'iterator="Start"' in again) == (True, True)
    connector.answer(again, PAGE % (0, "{b}"))
    assert _state(job) == Job.State.DONE


def test_a_page_that_was_only_asked_for_twice_at_once_still_counts(company_file: CompanyFile) -> None:
    """A proxy's duplicate of sendRequestXML: the connector has the first reply and answers that one."""
    job = _enqueue(company_file, ITERATOR)
    connector = _signed_in()
    connector.answer(connector.send(), PAGE % (3, "{a}"))
    has = connector.send()
    connector.send()
    connector.answer(has, PAGE % (2, "{a}"))
    last = connector.send()
    assert ('iterator="Continue"' in last, 'iteratorID="{a}"' in last) == (True, True)
    connector.answer(last, PAGE % (0, "{a}"))
    assert _state(job) == Job.State.DONE


def test_a_late_page_of_a_replaced_session_does_not_move_the_iterator_of_the_new_one(
    company_file: CompanyFile,
) -> None:
    job = _enqueue(company_file, ITERATOR)
    lost = _signed_in()
    page = lost.send()
    everybody_silent_for(31)
    restarted = _signed_in()
    first = restarted.send()
    assert lost.answer(page, PAGE % (3, "{dead}")) == 100
    assert _state(job) == Job.State.IN_FLIGHT
    restarted.answer(first, PAGE % (3, "{alive}"))
    assert 'iteratorID="{alive}"' in restarted.send()
    assert Exchange.objects.filter(answered_at__isnull=False).count() == 2


def test_a_write_that_was_sent_twice_is_never_acknowledged(company_file: CompanyFile) -> None:
    """A connector that was given up may still hand its text to QuickBooks, which must know the id then."""
    _enqueue(company_file, WRITE)
    _enqueue(company_file, WRITE)
    _signed_in().send()
    everybody_silent_for(31)
    connector = _signed_in()
    assert connector.answer(connector.send(), DONE) < 100
    assert "oldMessageSetID" not in connector.send()


def test_a_resent_write_that_quickbooks_then_refuses_as_a_whole_ends_as_unknown(company_file: CompanyFile) -> None:
    """Its permission was withdrawn in between: that says nothing about the first time."""
    job = _enqueue(company_file, WRITE)
    _signed_in().send()
    everybody_silent_for(31)
    connector = _signed_in()
    connector.send()
    connector.receive("", "0x80040420", "The QuickBooks user has denied access.")
    assert _state(job) == Job.State.OUTCOME_UNKNOWN
    assert "denied access" in job.failure


def test_a_write_that_quickbooks_refuses_as_a_whole_the_first_time_has_failed(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, WRITE)
    connector = _signed_in()
    connector.send()
    connector.receive("", "0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
    assert _state(job) == Job.State.FAILED


@pytest.mark.parametrize(("request_text", "state"), [(WRITE, "outcome_unknown"), (QUERY, "failed")])
def test_a_job_that_was_put_off_too_often_ends_as_failed_a_write_as_unknown(
    company_file: CompanyFile, request_text: str, state: str
) -> None:
    job = _enqueue(company_file, request_text)
    for _ in range(job.max_attempts):
        _back_off_is_over()
        connector = _signed_in()
        connector.send()
        connector.receive("", "0x8004040D", "The session ticket is not valid.")
        connector.text("closeConnection")
    assert _state(job) == state


def test_a_write_that_was_sent_cannot_be_withdrawn_any_more(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, WRITE)
    connector = _signed_in()
    request = connector.send()
    connector.text("closeConnection")
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert not queue.cancel(job, clock.now())
    assert _signed_in().send() == request


def test_the_request_that_an_answer_answers_is_read_from_its_head() -> None:
    head = '<?xml version="1.0" ?><QBXML>\n<QBXMLMsgsRs newMessageSetID="x" messageSetStatusCode="0">\n'
    assert answered_request_id(f'{head}<CustomerAddRs statusCode="0" requestID="7-0" statusMessage="a > b">') == "7-0"
    assert answered_request_id(f"{head}<CustomerAddRs requestID='7-0-2' statusCode='0'/>") == "7-0-2"
    assert answered_request_id(f'{head}<CustomerAddRs statusCode="0"><X requestID="7"/></CustomerAddRs>') == ""
    assert answered_request_id("not xml at all") == answered_request_id("") == ""
    assert request_id_in('<QBXML><QBXMLMsgsRq><HostQueryRq requestID="1-0"/></QBXMLMsgsRq></QBXML>') == "1-0"
