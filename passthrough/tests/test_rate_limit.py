"""The calls a key may make in a minute, over all processes through Redis; each process for itself while it is away."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from passthrough import shared_buckets, throttle
from tests.redis_server import IS_INSTALLED, RedisServer, running_redis

KEY = 7
NO_REDIS = "redis://127.0.0.1:1/0"
needs_redis = pytest.mark.skipif(not IS_INSTALLED, reason="redis-server is not installed")


@pytest.fixture
def own_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        monkeypatch.setattr(settings, "REDIS_URL", server.url)
        monkeypatch.setattr(shared_buckets, "SILENT_SECONDS", 0.0)
        yield server


def taken(count: int, per_minute: int) -> list[bool]:
    """What a process that makes so many calls one after the other is told."""

    async def calls() -> list[bool]:
        return [await throttle.seconds_to_wait(KEY, per_minute) == 0 for _ in range(count)]

    return asyncio.run(calls())


@needs_redis
def test_two_processes_share_what_a_key_may_make(own_redis: RedisServer) -> None:
    # Each has an event loop, a connection and, were they asked, buckets of its own.
    assert taken(3, 4) == [True] * 3
    throttle.buckets.forget()
    assert taken(3, 4) == [True, False, False]


@needs_redis
def test_whoever_is_told_to_wait_may_call_when_the_time_is_over(own_redis: RedisServer) -> None:
    async def calls() -> tuple[float, float]:
        while not (told := await throttle.seconds_to_wait(KEY, 600)):
            pass
        await asyncio.sleep(told + 0.02)
        return told, await throttle.seconds_to_wait(KEY, 600)

    told, afterwards = asyncio.run(calls())
    assert 0 < told <= 0.1
    assert afterwards == 0


@needs_redis
def test_keys_are_counted_apart_and_none_limits_nobody(own_redis: RedisServer) -> None:
    async def calls() -> list[float]:
        first = await throttle.seconds_to_wait(1, 1)
        second = await throttle.seconds_to_wait(2, 1)
        return [first, second, await throttle.seconds_to_wait(1, 0)]

    assert asyncio.run(calls()) == [0, 0, 0]


@needs_redis
def test_many_at_once_are_counted_right_over_few_connections(own_redis: RedisServer) -> None:
    async def calls() -> list[float]:
        return await asyncio.gather(*(throttle.seconds_to_wait(KEY, 300) for _ in range(500)))

    assert sum(wait == 0 for wait in asyncio.run(calls())) in range(300, 311)  # a few are earned meanwhile


def test_without_redis_each_process_counts_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", NO_REDIS)
    with caplog.at_level(logging.INFO, logger=shared_buckets.__name__):
        assert taken(4, 2) == [True, True, False, False]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "by itself" in caplog.text


@needs_redis
def test_redis_going_and_coming_back_costs_nobody_a_call(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls(count: int) -> list[bool]:
        return [await throttle.seconds_to_wait(KEY, 3) == 0 for _ in range(count)]

    async def story() -> list[list[bool]]:
        first = await calls(2)
        own_redis.stop()
        away = await calls(4)
        own_redis.start()  # a new one, which has forgotten the script and the counts
        return [first, away, await calls(4)]

    with caplog.at_level(logging.INFO, logger=shared_buckets.__name__):
        assert asyncio.run(story()) == [[True] * 2, [True, True, True, False], [True, True, True, False]]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_redis_that_hangs_keeps_nobody_waiting_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_buckets, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        async def calls() -> list[float]:
            async with asyncio.timeout(5):
                return [await throttle.seconds_to_wait(KEY, 100) for _ in range(100)]  # only the first one asks it

        assert asyncio.run(calls()) == [0.0] * 100
    assert len(caplog.records) == 1
