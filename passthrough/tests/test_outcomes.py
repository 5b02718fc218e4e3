"""What a held caller is answered: QuickBooks' answer, or one of the documented outcomes."""

from __future__ import annotations

import asyncio

import pytest

from passthrough.models import Transaction
from passthrough.tests.calling import (
    ADDED,
    CUSTOMERS,
    FOUND,
    INVOICE,
    QUERY,
    REFUSED,
    Desk,
    Platform,
    Reply,
    a_connected_company,
    a_key,
    job_states,
    run,
    the_transaction,
    until,
    until_queued,
)
from qbwc.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = 1.5  # seconds: on any machine longer than what happens within it


@pytest.fixture
def platform() -> Platform:
    return Platform(a_key(a_connected_company()))


def test_a_query_is_answered_in_the_same_call_with_the_callers_own_request_id(platform: Platform) -> None:
    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(identifier="order 7"))
        await until_queued()
        sent = await Desk().serve(FOUND)
        assert 'requestID="mine"' not in sent
        return await call

    reply = run(scenario)
    assert reply.status == 200
    assert reply.body["success"] is True
    assert reply.body["identifier"] == "order 7"
    assert 'requestID="mine"' in reply.body["qb_response"]
    assert "<ListID>80-1</ListID>" in reply.body["qb_response"]
    assert reply.body["transaction_id"].startswith("tx-")
    assert set(reply.body["timings"]) == {"queued_ms", "quickbooks_ms", "total_ms"}
    assert reply.body["processing_time_ms"] == reply.body["timings"]["total_ms"]


def test_the_row_keeps_the_columns_that_are_queried_by_hand(platform: Platform) -> None:
    async def scenario() -> Transaction:
        call = asyncio.create_task(platform.post(INVOICE, identifier="order 7", idempotency_key="k1"))
        await until_queued()
        await Desk().serve(ADDED)
        await call
        return await the_transaction()

    row = run(scenario)
    assert (row.status, row.identifier, row.idempotency_key) == ("success", "order 7", "k1")
    assert row.qbxml_request == INVOICE
    assert 'requestID="inv-7"' in row.qbxml_response
    assert row.processing_time_ms is not None
    assert row.sent_at is not None
    assert row.answered_at is not None
    assert row.sent_at <= row.answered_at
    assert (row.error_code, row.error_message, row.retry_count) == ("", "", 0)


def test_a_call_nobody_came_for_is_withdrawn_and_never_sent_afterwards(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, str]:
        reply = await platform.post(INVOICE, wait=0.1)
        return reply, await Desk().take()

    reply, sent_later = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (503, "SHIM_UNREACHABLE")
    assert reply.body["retry_allowed"] is True
    assert int(reply.headers["Retry-After"]) == reply.body["retry_after_seconds"] > 0
    assert sent_later == ""
    assert run(job_states) == [Job.State.CANCELLED]


def test_a_query_that_was_sent_and_not_answered_is_a_timeout_and_its_answer_is_kept(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply]:
        desk = Desk()
        call = asyncio.create_task(platform.post(wait=HOLD))
        await until_queued()
        request = await desk.take()
        reply = await call
        await desk.answer(request, FOUND)
        return reply, await platform.get(f"/api/transactions/{reply.body['transaction_id']}")

    reply, later = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (504, "SHIM_TIMEOUT")
    assert later.body["status"] == "success"
    assert "<ListID>80-1</ListID>" in later.body["qbxml_response"]


def test_a_write_that_was_sent_and_not_answered_is_202_pending_and_never_a_5xx(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=HOLD))
        await until_queued()
        request = await desk.take()
        reply = await call
        long_poll = asyncio.create_task(platform.get(f"/api/transactions/{reply.body['transaction_id']}?wait=20"))
        await asyncio.sleep(0.05)
        await desk.answer(request, ADDED)
        return reply, await long_poll

    reply, later = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (202, "OUTCOME_PENDING")
    assert reply.body["retry_allowed"] is False
    assert reply.body["status_url"].endswith(f"/api/transactions/{reply.body['transaction_id']}")
    assert reply.headers["Location"] == reply.body["status_url"]
    assert later.body["status"] == "success"


def test_what_quickbooks_refuses_is_a_qb_error_with_its_code_words_and_answer(platform: Platform) -> None:
    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        await Desk().serve(REFUSED)
        return await call

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (500, "QB_ERROR")
    assert reply.body["error_details"]["qb_error_code"] == "3140"
    assert "invalid reference" in reply.body["error_details"]["qb_error_message"]
    assert 'requestID="inv-7"' in reply.body["qb_response"]
    assert reply.body["retry_allowed"] is False


def test_an_hresult_that_no_repeat_can_heal_ends_the_call_at_once(platform: Platform) -> None:
    async def scenario() -> Reply:
        desk = Desk()
        call = asyncio.create_task(platform.post())
        await until_queued()
        await desk.take()
        await desk.fail("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
        return await call

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (400, "INVALID_XML")
    assert reply.body["error_details"]["qb_error_code"] == "0x80040400"


def test_a_caller_that_hangs_up_before_dispatch_withdraws_its_request(platform: Platform) -> None:
    async def scenario() -> tuple[Transaction, str]:
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return await the_transaction(), await Desk().take()

    row, sent = run(scenario)
    assert (row.status, row.error_code) == ("error", "SHIM_UNREACHABLE")
    assert sent == ""


def test_a_caller_that_hangs_up_after_dispatch_leaves_its_request_to_be_completed(platform: Platform) -> None:
    async def scenario() -> tuple[str, str]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        request = await desk.take()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        before = (await the_transaction()).status
        await desk.answer(request, ADDED)
        return before, (await the_transaction()).status

    assert run(scenario) == ("pending", "success")


def test_without_waiting_the_answer_is_202_and_the_job_stays_in_the_queue(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, Reply]:
        first = await platform.post(CUSTOMERS, wait=0)
        second = await platform.post(CUSTOMERS, headers={"Prefer": "respond-async"})
        desk = Desk()
        await desk.serve(FOUND)
        await desk.serve(FOUND)
        return first, second, await platform.get(f"/api/transactions/{first.body['transaction_id']}")

    first, second, later = run(scenario)
    assert (first.status, second.status) == (202, 202)
    assert (first.body["success"], first.body["status"]) == (True, "pending")
    assert first.body["transaction_id"] != second.body["transaction_id"]
    assert later.body["status"] == "success"


def test_an_interrupted_write_is_sent_again_byte_for_byte_even_after_its_callers_hold(platform: Platform) -> None:
    """QuickBooks' message set recovery makes this safe; forgetting the write would not be."""

    async def scenario() -> tuple[Reply, str, str, str]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=HOLD))
        await until_queued()
        first = await desk.take()
        reply = await call
        await desk.vanish()
        again = await desk.take()
        await desk.answer(again, ADDED)
        return reply, first, again, (await the_transaction()).status

    reply, first, again, status = run(scenario)
    assert reply.status == 202
    assert again == first
    assert status == "success"


def test_a_write_that_is_interrupted_while_it_is_held_is_not_withdrawn(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, list[str]]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=HOLD))
        await until_queued()
        await desk.take()
        await desk.leave()  # in the middle of it: the answer is lost, the job waits to be recovered
        return await call, await job_states()

    reply, states = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (202, "OUTCOME_PENDING")
    assert states == [Job.State.QUEUED]


def test_the_pages_of_an_iterated_query_come_as_one_answer(platform: Platform) -> None:
    page = (
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerQueryRs requestID="{id}" statusCode="0" '
        'statusSeverity="Info" statusMessage="Status OK" retCount="1" iteratorRemainingCount="LEFT" '
        'iteratorID="{abc}"><CustomerRet><ListID>ROW</ListID></CustomerRet></CustomerQueryRs></QBXMLMsgsRs></QBXML>'
    ).replace("{abc}", "abc")
    request = QUERY.format('<CustomerQueryRq iterator="Start"><MaxReturned>1</MaxReturned></CustomerQueryRq>')

    async def scenario() -> Reply:
        desk = Desk()
        call = asyncio.create_task(platform.post(request))
        await until_queued()
        await desk.serve(page.replace("LEFT", "1").replace("ROW", "80-1"))
        await desk.serve(page.replace("LEFT", "0").replace("ROW", "80-2"))
        return await call

    answer = run(scenario).body["qb_response"]
    assert answer.index("80-1") < answer.index("80-2")
    assert answer.count("<CustomerQueryRs") == 1
    assert 'iteratorRemainingCount="0"' in answer
    assert "requestID" not in answer


def test_a_write_of_which_a_part_was_done_is_never_sent_again_as_a_whole(platform: Platform) -> None:
    one = INVOICE[INVOICE.index("<InvoiceAddRq") : INVOICE.index("</QBXMLMsgsRq>")]
    request = QUERY.format(one + one.replace("inv-7", "inv-8"))
    partly = (
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><InvoiceAddRs requestID="JOB-0" statusCode="0" statusSeverity="Info"'
        ' statusMessage="Status OK"/><InvoiceAddRs requestID="JOB-1" statusCode="3175" statusSeverity="Error" '
        'statusMessage="The record is in use."/></QBXMLMsgsRs></QBXML>'
    )

    async def scenario() -> tuple[Reply, Reply, list[str]]:
        desk = Desk()
        call = asyncio.create_task(platform.post(request, idempotency_key="two", wait=2))
        await until_queued()
        sent = await desk.take()
        job = (await the_transaction()).job_id
        await desk.answer(sent, partly.replace("JOB", str(job)))
        return await call, await platform.post(request, idempotency_key="two"), desk.sent

    reply, again, sent = run(scenario)
    assert reply.body["error_code"] == "QB_BUSY"
    assert reply.status == 500, "503 would make a platform send it again"
    assert "1 of 2 requests" in reply.body["error"]
    assert (again.status, again.body["error_code"]) == (409, "DUPLICATE_REQUEST")
    assert len(sent) == 1


def test_a_call_for_a_company_without_a_connection_is_refused_at_once(platform: Platform) -> None:
    async def scenario() -> Reply:
        await until(lambda: Job.objects.count() == 0)
        row = await Job._meta.apps.get_model("qbwc", "CompanyFile").objects.aupdate(is_active=False)
        assert row == 1
        return await platform.post()

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (503, "SHIM_UNREACHABLE")
