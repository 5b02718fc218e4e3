"""The rate limit of a key over every process of an installation: one script in Redis per call, never on the thread.

When Redis is away a call is not kept waiting for it: the caller of this module counts in its own process meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any, Final
from weakref import WeakKeyDictionary

import redis
from redis import asyncio as async_redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

# A call waits for Redis no longer than this, and for a free connection to it when many arrive at once.
TIMEOUT_SECONDS = 0.5
CONNECTIONS = 8
SILENT_SECONDS = 5.0  # after a failure Redis is left alone for so long
KEY: Final = "tieout:rate:{}"

# A token bucket by Redis' own clock: the servers' clocks may differ. It is full again after a minute, so it may go.
_TAKE: Final = """
local most = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local known = redis.call('HMGET', KEYS[1], 'left', 'since')
local left = tonumber(known[1] or most)
local since = tonumber(known[2] or now)
left = math.min(most, left + math.max(0, now - since) * most / 60)
local wait = 0
if left >= 1 then left = left - 1 else wait = (1 - left) * 60 / most end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'since', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 61)
return string.format('%.6f', wait)
"""

logger = logging.getLogger(__name__)


class Away(Exception):
    """Redis did not answer, or is left alone for a while because it did not."""


class SharedBuckets:
    """Of one event loop and one Redis."""

    def __init__(self, url: str) -> None:
        pool = async_redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once more: a pooled connection may have died with the last Redis
        )
        self._client = async_redis.Redis.from_pool(pool)
        self._take: Any = self._client.register_script(_TAKE)
        self._silent_until = -math.inf
        self._is_away = False

    async def seconds_to_wait(self, key: int, per_minute: int) -> float:
        """0.0 and one call less; or, when none is left, the seconds until there is one. Raises Away."""
        if asyncio.get_running_loop().time() < self._silent_until:
            raise Away
        try:
            async with asyncio.timeout(2 * TIMEOUT_SECONDS):
                seconds = float(await self._take(keys=[KEY.format(key)], args=[per_minute]))
        except (redis.RedisError, OSError) as error:  # asyncio's TimeoutError is an OSError
            self._note_away(error)
            raise Away from error
        if self._is_away:
            self._is_away = False
            logger.info("Redis is back: the calls of a key are counted over all processes again.")
        return seconds

    def _note_away(self, error: Exception) -> None:
        self._silent_until = asyncio.get_running_loop().time() + SILENT_SECONDS
        if not self._is_away:
            self._is_away = True
            words = "Redis is not reached (%s): each process counts the calls of a key by itself until it is back."
            logger.warning(words, error or type(error).__name__)


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedBuckets]] = WeakKeyDictionary()


def shared_buckets(url: str) -> SharedBuckets:
    """Those of the running loop; a server has one."""
    here = _loops.setdefault(asyncio.get_running_loop(), {})
    if url not in here:
        here[url] = SharedBuckets(url)
    return here[url]
