"""Transactions as their company sees them: lists, one with its steps, the long poll, and what retention leaves."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from accounts import clock
from passthrough import history, tasks
from passthrough.models import Transaction
from passthrough.tests.calling import (
    ADDED,
    FOUND,
    INVOICE,
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


@pytest.fixture
def company_file() -> CompanyFile:
    return a_connected_company()


@pytest.fixture
def platform(company_file: CompanyFile) -> Platform:
    return Platform(a_key(company_file))


def lines(company_file: CompanyFile, count: int) -> None:
    now = clock.now()
    for number in range(count):
        Transaction.objects.create(
            company=company_file.company,
            transaction_id=f"tx-{number}",
            identifier=f"order {number}",
            status="error" if number % 2 else "success",
            timestamp=now - timedelta(hours=count - number),
            created_at=now,
            updated_at=now,
        )


def ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [line["transaction_id"] for line in reply.body["transactions"]]


def test_a_list_is_newest_first_and_can_be_filtered(platform: Platform, company_file: CompanyFile) -> None:
    lines(company_file, 6)
    since = (clock.now() - timedelta(hours=2, minutes=30)).isoformat().replace("+00:00", "Z")
    assert ids(run(lambda: platform.get("/api/transactions?limit=2"))) == ["tx-5", "tx-4"]
    assert ids(run(lambda: platform.get("/api/transactions?limit=2&offset=4"))) == ["tx-1", "tx-0"]
    assert ids(run(lambda: platform.get("/api/transactions?status=error"))) == ["tx-5", "tx-3", "tx-1"]
    assert ids(run(lambda: platform.get(f"/api/transactions?since={since}"))) == ["tx-5", "tx-4"]


def test_a_cursor_goes_through_all_lines_although_new_ones_come(platform: Platform, company_file: CompanyFile) -> None:
    lines(company_file, 5)
    first = run(lambda: platform.get("/api/transactions?limit=2"))
    Transaction.objects.filter(transaction_id="tx-4").update(id=10_000)
    second = run(lambda: platform.get(f"/api/transactions?limit=2&cursor={first.body['next_cursor']}"))
    third = run(lambda: platform.get(f"/api/transactions?limit=2&cursor={second.body['next_cursor']}"))
    assert [*ids(first), *ids(second), *ids(third)] == ["tx-4", "tx-3", "tx-2", "tx-1", "tx-0"]
    assert third.body["next_cursor"] == ""


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=8e22",
        "offset=-1",
        "status=lost",
        "since=yesterday",
        "cursor=!!",
        "cursor=cGs6eA",
    ],
)
def test_a_wrong_filter_is_400_in_the_shape_of_these_endpoints(platform: Platform, query: str) -> None:
    reply = run(lambda: platform.get(f"/api/transactions?{query}"))
    assert (reply.status, reply.body["success"], reply.body["error_code"]) == (400, False, "INVALID_REQUEST")


def test_one_transaction_has_its_documents_and_its_steps(platform: Platform) -> None:
    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(INVOICE, identifier="order 7"))
        await until_queued()
        await Desk().serve(ADDED)
        return await platform.get(f"/api/transactions/{(await call).body['transaction_id']}")

    body = run(scenario).body
    assert body["qbxml_request"] == INVOICE
    assert "<TxnID>1A-1</TxnID>" in body["qbxml_response"]
    assert [step["event"] for step in body["timeline"]] == ["received", "sent_to_quickbooks", "answered", "success"]
    assert (body["success"], body["is_write"], body["request_names"]) == (True, True, "InvoiceAddRq")


@pytest.mark.parametrize("path", ["", "/retry"])
def test_another_companys_transaction_does_not_exist(platform: Platform, company_file: CompanyFile, path: str) -> None:
    lines(company_file, 1)
    other = Platform(a_key(a_connected_company("Harbor")))
    method = "POST" if path else "GET"
    reply = run(lambda: other.send(method, f"/api/transactions/tx-0{path}"))
    assert (reply.status, reply.body["error_code"]) == (404, "NOT_FOUND")
    assert ids(run(lambda: other.get("/api/transactions"))) == []


def test_the_long_poll_answers_when_the_transaction_ends(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, float]:
        reply = await platform.post(wait=0)
        begun = time.monotonic()
        poll = asyncio.create_task(platform.get(f"/api/transactions/{reply.body['transaction_id']}?wait=60"))
        await asyncio.sleep(0.1)
        await Desk().serve(FOUND)
        return await poll, time.monotonic() - begun

    reply, seconds = run(scenario)
    assert reply.body["status"] == "success"
    assert seconds < 60  # before its time was over


def test_the_long_poll_says_when_it_is_expected_when_its_time_is_over(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, list[str]]:
        reply = await platform.post(wait=0)
        return await platform.get(f"/api/transactions/{reply.body['transaction_id']}?wait=0.1"), await job_states()

    reply, states = run(scenario)
    assert (reply.body["status"], reply.body["success"]) == ("pending", None)
    assert reply.body["retry_after_seconds"] > 0
    assert states == [Job.State.QUEUED]


def test_a_hold_that_died_with_its_process_is_ended_by_the_sweep(platform: Platform) -> None:
    async def scenario() -> None:
        await platform.post(INVOICE, wait=0)

    run(scenario)
    past = clock.now() - timedelta(minutes=1)
    Transaction.objects.update(held_until=past)
    Job.objects.update(deadline_at=past)
    tasks.settle_left()
    row = Transaction.objects.get()
    assert (row.status, row.error_code) == ("error", "SHIM_UNREACHABLE")


def test_a_write_that_was_at_quickbooks_when_the_server_was_killed_is_still_recovered(platform: Platform) -> None:
    """Its deadline has passed with its hold, and must not keep it from being settled with QuickBooks."""

    async def before() -> Desk:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=20))
        await until_queued()
        await desk.take()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await desk.vanish()
        return desk

    desk = run(before)
    past = clock.now() - timedelta(minutes=1)
    Transaction.objects.update(held_until=past)
    Job.objects.update(deadline_at=past)
    tasks.settle_left()

    async def after() -> str:
        await desk.serve(ADDED)
        return (await the_transaction()).status

    assert run(after) == "success"


def test_a_job_that_a_person_cancelled_ends_its_transaction(platform: Platform) -> None:
    async def scenario() -> Reply:
        reply = await platform.post(wait=0)
        await Job.objects.aupdate(state=Job.State.CANCELLED)
        return await platform.get(f"/api/transactions/{reply.body['transaction_id']}")

    assert run(scenario).body["status"] == "error"


def test_a_write_that_a_person_settled_as_done_becomes_a_success(platform: Platform) -> None:
    async def scenario() -> Reply:
        reply = await platform.post(INVOICE, wait=0)
        await Job.objects.aupdate(state=Job.State.DONE, finished_at=clock.now())
        return await platform.get(f"/api/transactions/{reply.body['transaction_id']}")

    body = run(scenario).body
    assert body["status"] == "success"
    assert "A person has looked" in body["warnings"][0]


def test_retention_empties_the_documents_frees_the_key_and_keeps_the_line(
    platform: Platform, company_file: CompanyFile
) -> None:
    lines(company_file, 2)
    Transaction.objects.update(qbxml_request=INVOICE, qbxml_response=ADDED, fingerprint="f")
    Transaction.objects.filter(transaction_id="tx-0").update(timestamp=clock.now() - timedelta(days=100))
    assert history.strip(clock.now() - timedelta(days=90)) == 1
    assert history.strip(clock.now() - timedelta(days=90)) == 0
    old, new = Transaction.objects.get(transaction_id="tx-0"), Transaction.objects.get(transaction_id="tx-1")
    assert (old.qbxml_request, old.qbxml_response, old.fingerprint) == ("", "", "")
    assert (old.identifier, old.status) == ("order 0", "success")
    assert new.qbxml_request == INVOICE
