"""The same call again: never carried out twice, and always answered with the first one's answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from passthrough.models import Transaction
from passthrough.tests.calling import (
    ADDED,
    ANOTHER_INVOICE,
    CUSTOMERS,
    FOUND,
    INVOICE,
    REFUSED,
    Desk,
    Platform,
    Reply,
    a_connected_company,
    a_key,
    run,
    until_queued,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform() -> Platform:
    return Platform(a_key(a_connected_company()))


async def served(platform: Platform, desk: Desk, template: str = ADDED, qbxml: str = INVOICE, **values: Any) -> Reply:
    """One call that the Web Connector answers."""
    before = await Transaction.objects.exclude(job=None).acount()
    call = asyncio.create_task(platform.post(qbxml, **values))
    await until_queued(before + 1)
    await desk.serve(template)
    return await call


async def statuses() -> list[str]:
    return [status async for status in Transaction.objects.order_by("pk").values_list("status", flat=True)]


def test_a_repeat_of_a_success_is_409_with_the_original_answer_in_full(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, list[str], list[str]]:
        desk = Desk()
        first = await served(platform, desk, idempotency_key="k", identifier="order 7")
        return first, await platform.post(INVOICE, idempotency_key="k"), desk.sent, await statuses()

    first, again, sent, rows = run(scenario)
    assert (again.status, again.body["error_code"], again.body["success"]) == (409, "DUPLICATE_REQUEST", False)
    assert again.headers["Idempotent-Replay"] == "true"
    for name in ("qb_response", "transaction_id", "processing_time_ms", "timings", "identifier"):
        assert again.body[name] == first.body[name], name
    assert len(sent) == 1
    assert rows == ["success", "duplicate"]


def test_a_setting_answers_the_repeat_with_200_and_the_very_same_body(platform: Platform, settings: Settings) -> None:
    settings.IDEMPOTENT_REPLAY_STATUS = 200

    async def scenario() -> tuple[Reply, Reply]:
        first = await served(platform, Desk(), idempotency_key="k")
        return first, await platform.post(INVOICE, idempotency_key="k")

    first, again = run(scenario)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Idempotency-Key"])
def test_the_key_may_come_in_a_header(platform: Platform, header: str) -> None:
    async def scenario() -> Reply:
        await served(platform, Desk(), headers={header: "k"})
        return await platform.post(INVOICE, idempotency_key="k")

    assert run(scenario).status == 409


def test_two_different_keys_in_one_call_are_refused(platform: Platform) -> None:
    reply = run(lambda: platform.post(INVOICE, idempotency_key="a", headers={"Idempotency-Key": '"b"'}))
    assert (reply.status, reply.body["error_code"]) == (400, "INVALID_REQUEST")


def test_the_same_key_with_another_payload_is_422(platform: Platform) -> None:
    async def scenario() -> Reply:
        await served(platform, Desk(), idempotency_key="k")
        return await platform.post(ANOTHER_INVOICE, idempotency_key="k")

    reply = run(scenario)
    assert (reply.status, reply.body["error_code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_another_writing_of_the_same_payload_is_the_same(platform: Platform) -> None:
    other = INVOICE.replace("inv-7", "inv-8").replace("><", ">\n  <")

    async def scenario() -> Reply:
        await served(platform, Desk(), idempotency_key="k")
        return await platform.post(other, idempotency_key="k")

    assert run(scenario).status == 409


def test_a_repeat_of_a_running_call_waits_for_the_same_answer(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, Desk]:
        desk = Desk()
        first = asyncio.create_task(platform.post(INVOICE, idempotency_key="k"))
        await until_queued()
        second = asyncio.create_task(platform.post(INVOICE, idempotency_key="k"))
        await asyncio.sleep(0.1)
        await desk.serve(ADDED)
        return await first, await second, desk

    first, second, desk = run(scenario)
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert len(desk.sent) == 1


def test_a_repeat_whose_own_wait_ends_first_is_409_in_progress_and_withdraws_nothing(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply]:
        first = asyncio.create_task(platform.post(INVOICE, idempotency_key="k", wait=20))
        await until_queued()
        second = await platform.post(INVOICE, idempotency_key="k", wait=0.1)
        await Desk().serve(ADDED)
        return await first, second

    first, second = run(scenario)
    assert first.status == 200
    assert (second.status, second.body["error_code"]) == (409, "DUPLICATE_REQUEST")
    assert second.body["status"] == "pending"
    assert second.body["transaction_id"] == first.body["transaction_id"]
    assert "Retry-After" in second.headers


def test_a_repeat_that_waits_longer_keeps_the_call_alive_when_the_first_caller_hangs_up(platform: Platform) -> None:
    """Make gives up after 40 seconds and repeats: the repeat must not find its own request withdrawn."""

    async def scenario() -> tuple[Reply, Desk]:
        desk = Desk()
        first = asyncio.create_task(platform.post(INVOICE, idempotency_key="k", wait=1))
        await until_queued()
        second = asyncio.create_task(platform.post(INVOICE, idempotency_key="k", wait=20))
        await asyncio.sleep(0.1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await desk.serve(ADDED)
        return await second, desk

    second, desk = run(scenario)
    assert second.status == 200
    assert len(desk.sent) == 1


def test_after_an_error_the_same_key_runs_again_as_a_new_attempt(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, list[str]]:
        desk = Desk()
        first = await served(platform, desk, REFUSED, idempotency_key="k")
        second = await served(platform, desk, ADDED, idempotency_key="k")
        return first, second, await statuses()

    first, second, rows = run(scenario)
    assert (first.status, second.status) == (500, 200)
    assert first.body["transaction_id"] != second.body["transaction_id"]
    assert rows == ["error", "success"]


def test_a_corrected_request_may_use_the_key_of_one_that_was_refused_here(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply]:
        bad = await platform.post(INVOICE.replace("</QBXML>", ""), idempotency_key="k")
        return bad, await served(platform, Desk(), idempotency_key="k")

    bad, good = run(scenario)
    assert (bad.status, good.status) == (400, 200)


def test_a_write_without_a_key_that_comes_again_within_minutes_is_the_same_operation(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, list[str]]:
        desk = Desk()
        first = await served(platform, desk)
        return first, await platform.post(INVOICE), desk.sent

    first, again, sent = run(scenario)
    assert (again.status, again.body["error_code"]) == (409, "DUPLICATE_REQUEST")
    assert "same content" in again.body["error"]
    assert again.body["qb_response"] == first.body["qb_response"]
    assert len(sent) == 1


def test_ten_minutes_later_the_same_write_is_a_new_operation(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply]:
        desk = Desk()
        first = await served(platform, desk)
        await Transaction.objects.aupdate(answered_at=F("answered_at") - timedelta(minutes=11))
        return first, await served(platform, desk)

    first, second = run(scenario)
    assert (first.status, second.status) == (200, 200)
    assert first.body["transaction_id"] != second.body["transaction_id"]


def test_a_write_of_unknown_outcome_is_never_sent_a_second_time_however_old_it_is(platform: Platform) -> None:
    async def scenario() -> tuple[Reply, Reply, list[str]]:
        desk = Desk()
        call = asyncio.create_task(platform.post(INVOICE, wait=1))
        await until_queued()
        await desk.take()
        first = await call
        await Transaction.objects.aupdate(timestamp=F("timestamp") - timedelta(days=2))
        return first, await platform.post(INVOICE, wait=0.1), desk.sent

    first, again, sent = run(scenario)
    assert (first.status, again.status) == (202, 409)
    assert again.body["transaction_id"] == first.body["transaction_id"]
    assert len(sent) == 1


def test_queries_without_a_key_run_each_time(platform: Platform) -> None:
    async def scenario() -> list[int]:
        desk = Desk()
        return [(await served(platform, desk, FOUND, CUSTOMERS)).status for _ in range(2)]

    assert run(scenario) == [200, 200]


def test_a_key_of_another_company_is_another_key(platform: Platform) -> None:
    other = Platform(a_key(a_connected_company("Harbor")))

    async def scenario() -> list[int]:
        return [
            (await served(platform, Desk(), idempotency_key="k")).status,
            (await served(other, Desk("harbor"), idempotency_key="k")).status,
        ]

    assert run(scenario) == [200, 200]


def test_twenty_callers_at_once_with_one_key_send_one_request(platform: Platform) -> None:
    async def scenario() -> tuple[list[Reply], list[str]]:
        desk = Desk()
        calls = [asyncio.create_task(platform.post(INVOICE, idempotency_key="k")) for _ in range(20)]
        await until_queued()
        await asyncio.sleep(0.3)
        await desk.serve(ADDED)
        return [await call for call in calls], desk.sent

    replies, sent = run(scenario)
    assert {reply.status for reply in replies} == {200}
    assert len(sent) == 1
