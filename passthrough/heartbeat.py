"""White space while a caller waits, for proxies that cut off a connection on which nothing happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from passthrough.answers import Answer

SECONDS = 10.0


async def with_heartbeat(
    reply: Coroutine[Any, Any, Answer], respond: Callable[[Answer], HttpResponse]
) -> HttpResponseBase:
    """An ordinary response when the reply comes before the first heartbeat; else 200, white space, and the body.

    The status is sent before the outcome is known, so the body then says it in `http_status`.
    """
    task = asyncio.create_task(reply)
    if await _is_done_after(task, SECONDS):
        return respond(task.result())
    return StreamingHttpResponse(_beats(task), content_type="application/json", headers={"X-Accel-Buffering": "no"})


async def _beats(task: asyncio.Task[Answer]) -> AsyncIterator[bytes]:
    yield b" "
    while not await _is_done_after(task, SECONDS):
        yield b" "
    answer = task.result()
    yield json.dumps({"http_status": answer.status} | answer.body, default=str).encode()


async def _is_done_after(task: asyncio.Task[Answer], seconds: float) -> bool:
    """When the caller hangs up meanwhile, the reply is cancelled too, and its own end waited for."""
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    return task.done()
