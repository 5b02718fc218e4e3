"""One Redis channel between the processes of an installation: say a word, hear what others say. No Django.

Pub/sub forgets what is said while nobody listens. Whoever listens is therefore told when a connection begins anew,
and looks in the database.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import redis
from redis import asyncio as async_redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL = "tieout:wake"
CLIENT_NAME = "tieout-listener"  # in CLIENT LIST, for whoever looks after the Redis
# A publisher waits for Redis no longer than this, twice: it stands in the way of whoever has just committed.
PUBLISH_TIMEOUT_SECONDS = 0.5
# After a failure nothing is published for so long; those who wait look for themselves in that time.
SILENT_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
CHECK_SECONDS = 15  # a connection that has said nothing for so long is asked whether it is alive

logger = logging.getLogger(__name__)


class Publisher:
    """Publishes without ever raising, from any thread."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_connect_timeout=PUBLISH_TIMEOUT_SECONDS,
            socket_timeout=PUBLISH_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once more: a pooled connection may have died with the last Redis
        )
        self._silent_until = 0.0

    def publish(self, text: str) -> bool:
        """Whether Redis took it."""
        if time.monotonic() < self._silent_until:
            return False
        try:
            self._client.publish(CHANNEL, text)
        except (redis.RedisError, OSError) as error:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            logger.warning("Redis is not reached (%s): held calls find new work within seconds, not at once.", error)
            return False
        return True


@cache
def publisher(url: str) -> Publisher:
    """The one publisher of this process for this Redis."""
    return Publisher(url)


async def listen(url: str, heard: Callable[[str], None], connected: Callable[[], None]) -> None:
    """Hear the channel until cancelled; `connected` is called whenever listening has begun, again after each break."""
    pause = FIRST_PAUSE_SECONDS

    def begun() -> None:
        nonlocal pause
        pause = FIRST_PAUSE_SECONDS
        connected()

    while True:
        try:
            await _listen_once(url, heard, begun)
        except (redis.RedisError, OSError) as error:
            logger.warning("Redis is not heard (%s): held calls find new work within seconds, not at once.", error)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnects, guards nothing
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _listen_once(url: str, heard: Callable[[str], None], begun: Callable[[], None]) -> None:
    """Listen until the connection breaks, which raises RedisError or OSError."""
    client = async_redis.Redis.from_url(
        url,
        client_name=CLIENT_NAME,
        socket_connect_timeout=2,
        health_check_interval=CHECK_SECONDS,
        retry=AsyncRetry(NoBackoff(), 0),  # our own loop begins anew, and says so
    )
    async with client, client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        while True:
            _pass_on(await channel.get_message(timeout=CHECK_SECONDS), heard, begun)


def _pass_on(message: dict[str, Any] | None, heard: Callable[[str], None], begun: Callable[[], None]) -> None:
    if message is None:
        return
    if message["type"] == "subscribe":
        begun()
    elif message["type"] == "message":
        heard(bytes(message["data"]).decode(errors="replace"))
