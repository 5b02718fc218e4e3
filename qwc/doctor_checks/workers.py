"""Redis and Celery's worker: both are asked over the network, so neither check touches the database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from qwc.findings import Actor, Finding, error, fine, skipped

ANSWERS_WITHIN = 2.0
EMBEDDED = "Worker and scheduler live inside the server: no Redis is needed."


def redis_passes_on() -> Finding:
    """Reachable, and pub/sub works: held calls are woken through it."""
    if not settings.REDIS_URL:
        return fine("server.redis", EMBEDDED)
    try:
        is_heard = _is_heard()
    except (redis.RedisError, OSError, ValueError) as problem:
        what, why = "Redis does not answer.", "Answers are not read in the background, and held calls wake late."
        fix = "Start Redis, and compare REDIS_URL with it."
        return error("server.redis", what, why, fix, Actor.SERVER, system_says=problem)
    if is_heard:
        return fine("server.redis", "Redis answers and passes messages on.")
    what, why = "Redis answers, but passes no message on.", "Held calls find new work within seconds, not at once."
    fix = "Allow SUBSCRIBE and PUBLISH to this user (ACL), or use a Redis that is not behind a proxy."
    return error("server.redis", what, why, fix, Actor.SERVER)


def _is_heard() -> bool:
    client: Any = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=ANSWERS_WITHIN,
        socket_timeout=ANSWERS_WITHIN,
        retry=Retry(NoBackoff(), 0),
    )
    name, until = f"tieout:doctor:{secrets.token_hex(8)}", time.monotonic() + ANSWERS_WITHIN
    with client, client.pubsub() as channel:
        channel.subscribe(name)
        channel.get_message(timeout=ANSWERS_WITHIN)  # that it listens
        client.publish(name, "ping")
        while time.monotonic() < until:
            message = channel.get_message(timeout=0.2)
            if message and message["type"] == "message":
                return True
    return False


def worker_answers() -> Finding:
    if not settings.REDIS_URL:
        return fine("server.worker", EMBEDDED)
    if redis_passes_on().is_problem:
        return skipped("server.worker", "Redis does not answer.")
    control: Any = current_app.control
    with current_app.connection_for_write(settings.REDIS_URL) as broker:
        answered = control.ping(timeout=ANSWERS_WITHIN, connection=broker)
    if answered:
        return fine("server.worker", f"{len(answered)} Celery worker{'s answer' if len(answered) > 1 else ' answers'}.")
    what, why = "No Celery worker answers.", "QuickBooks' answers are kept but not read, and callbacks are not sent."
    fix = "Start the worker and beat (docker compose up worker beat), with the same REDIS_URL as the server."
    return error("server.worker", what, why, fix, Actor.SERVER)


CHECKS: dict[str, Callable[[], Finding]] = {"server.redis": redis_passes_on, "server.worker": worker_answers}
