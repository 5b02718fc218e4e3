"""The Web Connector's small calls without Django's request cycle, which costs more than most of them do themselves.

Signals, middleware, URL resolving and a request object are 0.4 ms a call; polls come thousands of times an hour.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from io import BytesIO
from typing import Any

from asgiref.sync import ThreadSensitiveContext

from qbwc import views
from qbwc_project.handlers import Application, Receive, Scope, Send, Threads, announced_length, read_body


class SoapHandler:
    """Answers a POST of a known, small size itself; hands everything else on: WSDL, large and chunked bodies."""

    def __init__(self, threads: Threads, otherwise: Application) -> None:
        self._threads, self._otherwise = threads, otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or not 0 < announced_length(scope) <= views.SMALL_BODY:
            await self._otherwise(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            return
        client = scope.get("client") or ("",)
        with self._threads.one() as worker:
            run = partial(asyncio.get_running_loop().run_in_executor, worker)
            reply: views.Reply | views.Held | None
            reply = await views.begin(BytesIO(body), is_small=True, caller=client[0], run=run)
            if isinstance(reply, views.Held):
                async with ThreadSensitiveContext(executor=worker):
                    reply = await _unless_gone(views.finish(reply), receive)
        if reply is not None:
            await _send(reply, send)


async def _unless_gone(work: Coroutine[Any, Any, views.Reply], receive: Receive) -> views.Reply | None:
    """What the work gives; None when the caller hangs up meanwhile, and the work is cancelled."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)
    return None


async def _send(reply: views.Reply, send: Send) -> None:
    headers = [
        (b"content-type", reply.content_type.encode("ascii")),
        (b"content-length", str(len(reply.body)).encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
