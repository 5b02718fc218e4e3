"""How many calls a key may make: a token bucket per key, shared through Redis where there is one."""

from __future__ import annotations

import threading
import time

from django.conf import settings

_MOST_KEYS = 10_000


class Buckets:
    """Each key has a minute's calls at once and earns them back evenly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[int, tuple[float, float]] = {}  # key → calls left, when that was

    def seconds_to_wait(self, key: int, per_minute: int, now: float) -> float:
        """0.0 and one call less; or, when none is left, the seconds until there is one. `now`: a monotonic clock."""
        if per_minute <= 0:
            return 0.0
        with self._lock:
            left, since = self._buckets.get(key, (float(per_minute), now))
            left = min(float(per_minute), left + (now - since) * per_minute / 60)
            taken = left >= 1
            if key not in self._buckets and len(self._buckets) >= _MOST_KEYS:
                self._buckets.clear()
            self._buckets[key] = (left - 1 if taken else left, now)
        return 0.0 if taken else (1 - left) * 60 / per_minute

    def forget(self) -> None:
        with self._lock:
            self._buckets.clear()


buckets = Buckets()


async def seconds_to_wait(key: int, per_minute: int) -> float:
    """0.0, and the call is counted; or the seconds until the key may call. 0 calls a minute: as many as it likes.

    Without Redis, or while it is away, each process counts by itself: then a key has that many calls in each.
    """
    if settings.REDIS_URL and per_minute > 0:
        from passthrough.shared_buckets import Away, shared_buckets  # redis-py is not loaded where it is not used

        try:
            return await shared_buckets(settings.REDIS_URL).seconds_to_wait(key, per_minute)
        except Away:
            pass
    return buckets.seconds_to_wait(key, per_minute, time.monotonic())
