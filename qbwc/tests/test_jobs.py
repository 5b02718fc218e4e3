"""Iterators, priorities, deadlines and message-set ids: what the queue promises about single jobs."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from accounts import clock
from qbwc import queue, raw
from qbwc.models import CompanyFile, Exchange, Job
from qbwc.tests.conversation import Connector, a_company_file, everybody_silent_for, request_id_in

pytestmark = pytest.mark.django_db(transaction=True)

ITERATOR = '<CustomerQueryRq iterator="Start"><MaxReturned>2</MaxReturned></CustomerQueryRq>'
WRITE = "<CustomerAddRq><CustomerAdd><Name>Zoë &amp; Co</Name></CustomerAdd></CustomerAddRq>"
PAGE = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerQueryRs requestID="{id}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK" iteratorRemainingCount="%d" iteratorID="{8d7e}"/></QBXMLMsgsRs></QBXML>'
)
DONE = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerAddRs requestID="{id}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"/></QBXMLMsgsRs></QBXML>'
)


@pytest.fixture
def company_file() -> CompanyFile:
    return a_company_file()


def _enqueue(company_file: CompanyFile, request: str, *, is_write: bool = False, priority: int = queue.SYNC) -> Job:
    purpose = raw.WRITE if is_write else raw.QUERY
    return queue.enqueue(
        company_file=company_file,
        purpose=purpose,
        parameters={"request": request},
        now=clock.now(),
        priority=priority,
    )


def _query_in(request: str) -> dict[str, str]:
    message_set = ElementTree.fromstring(request).find("QBXMLMsgsRq")
    assert message_set is not None
    return dict(message_set[0].attrib)


def _message_set_in(request: str) -> dict[str, str]:
    message_set = ElementTree.fromstring(request).find("QBXMLMsgsRq")
    assert message_set is not None
    return dict(message_set.attrib)


def test_an_iterator_is_continued_page_by_page_until_nothing_remains(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, ITERATOR)
    connector = Connector()
    connector.authenticate()
    first = connector.send()
    assert _query_in(first)["iterator"] == "Start"
    assert connector.answer(first, PAGE % 3) < 100
    second = connector.send()
    assert (_query_in(second)["iterator"], _query_in(second)["iteratorID"]) == ("Continue", "{8d7e}")
    assert connector.answer(second, PAGE % 0) == 100
    job.refresh_from_db()
    assert (job.state, job.exchanges.count()) == (Job.State.DONE, 2)


def test_an_interactive_job_goes_between_two_pages(company_file: CompanyFile) -> None:
    _enqueue(company_file, ITERATOR)
    connector = Connector()
    connector.authenticate()
    connector.answer(connector.send(), PAGE % 3)
    urgent = _enqueue(company_file, "<HostQueryRq/>", priority=queue.INTERACTIVE)
    between = connector.send()
    assert request_id_in(between) == f"{urgent.pk}-0"
    connector.answer(between)
    assert _query_in(connector.send())["iterator"] == "Continue"


def test_an_iterator_whose_session_died_starts_over_in_the_next(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, ITERATOR)
    first = Connector()
    first.authenticate()
    first.answer(first.send(), PAGE % 3)
    everybody_silent_for(31)
    second = Connector()
    second.authenticate()
    assert _query_in(second.send())["iterator"] == "Start"
    job.refresh_from_db()
    assert job.pages == 0


def test_a_write_carries_a_message_set_id_of_at_most_23_characters_and_only_ascii(company_file: CompanyFile) -> None:
    _enqueue(company_file, WRITE, is_write=True)
    connector = Connector()
    connector.authenticate()
    text = connector.send()
    assert 0 < len(_message_set_in(text)["newMessageSetID"]) <= 23
    assert "oldMessageSetID" not in _message_set_in(text)
    assert text.isascii()
    assert "Zo&#235; &amp; Co" in text


def test_an_interrupted_write_is_resent_to_the_letter_before_any_new_work(company_file: CompanyFile) -> None:
    _enqueue(company_file, WRITE, is_write=True)
    first = Connector()
    first.authenticate()
    sent = first.send()
    _enqueue(company_file, "<HostQueryRq/>", priority=queue.INTERACTIVE)
    everybody_silent_for(31)
    second = Connector()
    assert second.authenticate() == ""
    assert second.send() == sent


def test_a_finished_write_is_acknowledged_by_the_next_one_once(company_file: CompanyFile) -> None:
    jobs = [_enqueue(company_file, WRITE, is_write=True) for _ in range(3)]
    connector = Connector()
    connector.authenticate()
    sets = []
    for _ in jobs:
        text = connector.send()
        sets.append(_message_set_in(text))
        connector.answer(text, DONE)
    assert [item.get("oldMessageSetID") for item in sets] == [None, *(i["newMessageSetID"] for i in sets[:2])]


@pytest.mark.parametrize("code", [600, 9001, 9002, 9005])
def test_a_write_that_quickbooks_cannot_vouch_for_is_parked_for_a_person(company_file: CompanyFile, code: int) -> None:
    job = _enqueue(company_file, WRITE, is_write=True)
    connector = Connector()
    connector.authenticate()
    unsure = f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs messageSetStatusCode="{code}"/></QBXML>'
    assert connector.answer(connector.send(), unsure) == 100
    job.refresh_from_db()
    assert job.state == Job.State.OUTCOME_UNKNOWN
    assert str(code) in job.failure
    assert Connector().authenticate() == "none"


def test_a_write_whose_trip_broke_inside_quickbooks_is_recovered_under_its_id(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, WRITE, is_write=True)
    connector = Connector()
    connector.authenticate()
    sent = connector.send()
    assert connector.receive("", "0x80010105", "The server threw an exception.") < 100
    assert connector.send() == sent
    connector.answer(sent, DONE)
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_a_quickbooks_that_breaks_again_and_again_is_given_a_pause(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, WRITE, is_write=True)
    connector = Connector()
    connector.authenticate()
    for _ in range(2):
        connector.send()
        connector.receive("", "0x80010105", "The server threw an exception.")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 2)
    last = job.exchanges.order_by("pk").last()
    assert last is not None
    assert last.answered_at is not None
    assert job.available_at == last.answered_at + queue.FIRST_PAUSE


def test_a_locked_record_lets_a_write_be_tried_later_under_a_new_id(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, WRITE, is_write=True)
    connector = Connector()
    connector.authenticate()
    locked = DONE.replace('statusCode="0" statusSeverity="Info"', 'statusCode="3175" statusSeverity="Error"')
    connector.answer(connector.send(), locked)
    before = job.message_set_id
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert job.message_set_id != before


def test_an_internal_error_of_quickbooks_parks_a_write_and_lets_a_query_be_tried_later(
    company_file: CompanyFile,
) -> None:
    write, query = _enqueue(company_file, WRITE, is_write=True), _enqueue(company_file, "<HostQueryRq/>")
    connector = Connector()
    connector.authenticate()
    for _ in range(2):
        connector.answer(connector.send(), DONE.replace('"0" statusSeverity="Info"', '"1000" statusSeverity="Error"'))
    write.refresh_from_db()
    query.refresh_from_db()
    assert (write.state, query.state) == (Job.State.OUTCOME_UNKNOWN, Job.State.QUEUED)


def test_a_job_is_tried_five_times_and_then_waits_for_a_person_with_its_reason(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, "<HostQueryRq/>")
    for _ in range(5):
        Job.objects.update(available_at=clock.now())
        connector = Connector()
        assert connector.authenticate() == ""
        connector.send()
        connector.receive("", "0x80040414", "A modal dialog box is showing.")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.FAILED, 5)
    assert "modal dialog" in job.failure


def test_back_off_doubles_up_to_an_hour() -> None:
    assert [queue.back_off(n) for n in (1, 2, 3, 7, 50)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=4),
        timedelta(hours=1),
        timedelta(hours=1),
    ]


def test_a_job_past_its_deadline_is_not_sent_and_says_so(company_file: CompanyFile) -> None:
    job = _enqueue(company_file, "<HostQueryRq/>")
    Job.objects.update(deadline_at=clock.now() - timedelta(seconds=1))
    assert Connector().authenticate() == "none"
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "deadline" in job.failure


def test_a_waiting_job_can_be_cancelled_and_one_at_quickbooks_cannot(company_file: CompanyFile) -> None:
    waiting, leaving = (_enqueue(company_file, "<HostQueryRq/>", priority=p) for p in (200, 100))
    connector = Connector()
    connector.authenticate()
    connector.send()
    assert queue.cancel(waiting, clock.now())
    assert not queue.cancel(leaving, clock.now())
    assert not Exchange.objects.filter(job=waiting).exists()


def test_a_request_that_cannot_be_built_fails_alone(company_file: CompanyFile) -> None:
    broken = _enqueue(company_file, "<not closed")
    fine = _enqueue(company_file, "<HostQueryRq/>")
    connector = Connector()
    connector.authenticate()
    assert request_id_in(connector.send()) == f"{fine.pk}-0"
    broken.refresh_from_db()
    assert broken.state == Job.State.FAILED
    assert re.search("could not be built", broken.failure)
