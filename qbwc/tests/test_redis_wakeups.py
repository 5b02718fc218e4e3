"""Wakes between processes through Redis: heard, heard again after a break, and missed without harm."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from qbwc import holds, redis_channel, wakeups
from qbwc.models import CompanyFile
from qbwc.tests.held import a_held_call, a_live_file, a_live_session, answered, elsewhere, enqueue, play, until

REDIS_URL = "redis://127.0.0.1:6379/9"
NO_REDIS = "redis://127.0.0.1:1/9"


def _has_redis() -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", 6379)) == 0


needs_redis = pytest.mark.skipif(not _has_redis(), reason="no Redis on 127.0.0.1:6379")


@pytest.fixture(autouse=True)
def _a_channel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pub/sub knows no databases, and other tests may run beside this one."""
    name = f"tieout-test-{uuid4()}"
    monkeypatch.setattr(redis_channel, "CHANNEL", name)
    monkeypatch.setattr(redis_channel, "CLIENT_NAME", name)


@pytest.fixture
def other_process() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(REDIS_URL) as client:
        yield client


def _listeners(client: redis.Redis) -> list[str]:
    rows = client.client_list("pubsub")
    return [row["id"] for row in rows if row["name"] == redis_channel.CLIENT_NAME]


@needs_redis
def test_a_wake_of_another_process_is_heard_and_our_own_is_not_heard_twice(
    monkeypatch: pytest.MonkeyPatch, other_process: redis.Redis
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", REDIS_URL)

    async def scenario() -> list[bool]:
        with wakeups.waiting(7) as waiter:
            begun = await waiter.wait(10)  # listening began, so everybody looks
            other_process.publish(redis_channel.CHANNEL, "1.another 7")
            heard = await waiter.wait(10)
            wakeups.wake(7)
            own = await waiter.wait(10)
            other_process.publish(redis_channel.CHANNEL, "1.another 8")
            other_process.publish(redis_channel.CHANNEL, "nonsense")
            return [begun, heard, own, await waiter.wait(0.3)]

    assert asyncio.run(scenario()) == [True, True, True, False]


@needs_redis
def test_after_a_broken_connection_everybody_looks_again(
    monkeypatch: pytest.MonkeyPatch, other_process: redis.Redis
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", REDIS_URL)

    async def scenario() -> bool:
        with wakeups.waiting(7) as first, wakeups.waiting(8) as second:
            assert await first.wait(10)
            assert await second.wait(10)
            (listener,) = _listeners(other_process)  # one subscriber, however many wait
            other_process.client_kill_filter(_id=listener)
            return await first.wait(10) and await second.wait(10)

    assert asyncio.run(scenario())


@needs_redis
@pytest.mark.django_db(transaction=True)
def test_a_held_call_is_woken_through_redis(monkeypatch: pytest.MonkeyPatch, other_process: redis.Redis) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", REDIS_URL)
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 1000)
    company_file = a_live_file()
    connector = a_live_session()

    def enqueue_in_another_process(company_file: CompanyFile) -> None:
        monkeypatch.setattr(wakeups, "wake", lambda company_file_id: None)
        enqueue(company_file)
        other_process.publish(redis_channel.CHANNEL, f"1.another {company_file.pk}")

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await until(lambda: bool(_listeners(other_process)))
        await elsewhere(enqueue_in_another_process, company_file)
        return await answered(call)

    assert "CustomerQueryRq" in play(scenario())


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_down_breaks_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", NO_REDIS)
    redis_channel.publisher.cache_clear()
    company_file = a_live_file()
    connector = a_live_session()

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await elsewhere(enqueue, company_file)
        return await answered(call)

    assert "CustomerQueryRq" in play(scenario())
    assert caplog.text.count("Redis is not reached") == 1


def test_after_a_failure_a_publisher_is_silent_for_a_while() -> None:
    publisher = redis_channel.Publisher(NO_REDIS)
    assert not publisher.publish("1.x 7")
    publisher._client.close()
    assert publisher._silent_until > 0
    assert not publisher.publish("1.x 7")
