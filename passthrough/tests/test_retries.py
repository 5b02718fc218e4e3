"""What time alone can heal is tried again while the caller is held; nothing else is; a person may try again later."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from passthrough.models import Transaction
from passthrough.tests.calling import (
    ADDED,
    FOUND,
    IN_USE,
    INVOICE,
    REFUSED,
    Desk,
    Platform,
    Reply,
    a_connected_company,
    a_key,
    job_states,
    run,
    the_transaction,
    until_queued,
)
from qbwc.models import CompanyFile, Job

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = 1.5  # seconds: on any machine longer than what happens within it

BUSY = ("0x80040410", "The QuickBooks company data file is currently open in a mode other than the one specified.")


@pytest.fixture
def platform(settings: Settings) -> Platform:
    settings.AUTO_RETRY_BACKOFF_SECONDS = [0.05, 0.05, 0.05]
    company_file = a_connected_company()
    CompanyFile.objects.update(live_window="after_use")  # so that its session stays for the next attempt
    return Platform(a_key(company_file))


async def next_request(desk: Desk) -> str:
    await asyncio.sleep(0.1)
    return await desk.take()


def test_a_busy_quickbooks_is_asked_again_and_the_caller_sees_the_answer(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Transaction]:
        desk = Desk()
        call = asyncio.create_task(platform.post())
        await until_queued()
        await desk.take()
        await desk.fail(*BUSY)
        await desk.answer(await next_request(desk), FOUND)
        return await call, await the_transaction()

    reply, row = run(scenario)
    assert reply.status == 200
    assert row.retry_count == 1


def test_a_write_that_quickbooks_could_not_take_is_asked_again_too(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, list[str]]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        await desk.answer(await desk.take(), IN_USE)
        await desk.answer(await next_request(desk), ADDED)
        return await call, desk.sent

    reply, sent = run(scenario)
    assert reply.status == 200
    assert len(sent) == 2


def test_the_repeats_happen_at_the_moment_that_the_setting_says_in_a_held_session(platform: Platform) -> None:
    """The Web Connector's own call is held meanwhile, and woken by the held caller."""

    async def scenario() -> Reply:
        desk = Desk()
        call = asyncio.create_task(platform.post())
        await until_queued()
        await desk.take()
        await desk.fail(*BUSY)
        await desk.answer(await desk.take(), FOUND)  # at once: sendRequestXML is held until the pause is over
        return await call

    assert run(scenario).status == 200


def test_after_three_repeats_the_caller_is_told_and_nothing_is_left_in_the_queue(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Transaction, list[str], int]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        for _ in range(4):
            await next_request(desk)
            await desk.fail(*BUSY)
        return await call, await the_transaction(), await job_states(), len(desk.sent)

    reply, row, states, sent = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (503, "QB_BUSY")
    assert reply.body["error_details"]["qb_error_code"] == BUSY[0]
    assert reply.body["retry_allowed"] is True
    assert (sent, row.retry_count, row.status) == (4, 3, "error")
    assert states == [Job.State.CANCELLED]


def test_without_automatic_retries_the_first_word_is_the_last(platform: Platform, settings: Settings) -> None:
    settings.AUTO_RETRY_ENABLED = False

    async def scenario() -> tuple[Reply, list[str]]:
        desk = Desk()
        call = asyncio.create_task(platform.post())
        await until_queued()
        await desk.take()
        await desk.fail(*BUSY)
        return await call, await job_states()

    reply, states = run(scenario)
    assert reply.body["error_code"] == "QB_BUSY"
    assert states == [Job.State.CANCELLED]


def test_a_refusal_by_quickbooks_is_not_tried_again(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, int]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        await desk.serve(REFUSED)
        return await call, len(desk.sent)

    reply, sent = run(scenario)
    assert (reply.body["error_code"], sent) == ("QB_ERROR", 1)


def test_a_write_of_unknown_outcome_is_pending_and_a_person_decides(platform: Platform) -> None:
    """0x80040402: the server threw an exception; QuickBooks does not say whether it was carried out."""

    async def scenario() -> tuple[Reply, Reply]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=HOLD))
        await until_queued()
        await desk.take()
        await desk.fail("0x80040402", "Unexpected error.")
        reply = await call
        again = await platform.send("POST", f"/api/transactions/{reply.body['transaction_id']}/retry")
        return reply, again

    reply, again = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (202, "OUTCOME_PENDING")
    assert (again.status, again.body["error_code"]) == (409, "DUPLICATE_REQUEST")


def test_a_caller_is_not_held_for_what_only_a_person_can_settle(platform: Platform) -> None:
    """messageSetStatusCode 9001 and the like: QuickBooks cannot say, so somebody must look."""
    unsure = ADDED.replace("<QBXMLMsgsRs>", '<QBXMLMsgsRs messageSetStatusCode="9001">')

    async def scenario() -> tuple[Reply, Reply]:
        call = asyncio.create_task(platform.post(INVOICE, wait=60))
        await until_queued()
        await Desk().serve(unsure)
        reply = await call
        return reply, await platform.get(f"/api/transactions/{reply.body['transaction_id']}?wait=60")

    reply, line = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (202, "OUTCOME_PENDING")
    assert line.body["status"] == "pending"
    assert line.body["timeline"][-1]["event"] == "outcome_unknown"


def test_a_failed_transaction_can_be_run_again_as_a_new_one_that_names_it(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, Reply]:
        desk = Desk()
        first = await platform.post(INVOICE, wait=0.1, idempotency_key="k", identifier="order 7")
        path = f"/api/transactions/{first.body['transaction_id']}/retry"
        call = asyncio.create_task(platform.send("POST", path))
        await until_queued(2)
        await desk.serve(ADDED)
        second = await call
        return first, second, await platform.get(f"/api/transactions/{second.body['transaction_id']}")

    first, second, line = run(scenario)
    assert (first.status, second.status) == (503, 200)
    assert line.body["retry_of"] == first.body["transaction_id"]
    assert (line.body["retry_count"], line.body["identifier"]) == (1, "order 7")


def test_a_transaction_that_succeeded_is_not_run_again(platform: Platform) -> None:
    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(INVOICE))
        await until_queued()
        await Desk().serve(ADDED)
        return await platform.send("POST", f"/api/transactions/{(await call).body['transaction_id']}/retry")

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (409, "DUPLICATE_REQUEST")


def test_what_the_web_connector_said_when_it_could_not_open_quickbooks_reaches_the_caller(platform: Platform) -> None:
    async def scenario() -> Reply:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=HOLD))
        await until_queued()
        await open_in_vain(desk)
        return await call

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (503, "QB_UNAVAILABLE")
    assert "Could not start QuickBooks" in reply.body["error"]
    assert "Nothing was sent" in reply.body["error"]


async def open_in_vain(desk: Desk) -> None:
    def sign_in_and_fail() -> None:
        desk.connector.authenticate()
        desk.connector.text("connectionError", hresult="0x80040408", message="Could not start QuickBooks.")

    await sync_to_async(sign_in_and_fail)()
