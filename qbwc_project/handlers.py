"""Django's request handler on a bounded set of threads, whole for pages and bare for calls that may be held open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from asgiref.sync import ThreadSensitiveContext
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# ASGI's three arguments as Django's handler has them (django-stubs), so that they pass through unchanged.
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Result = TypeVar("Result")


class _Worker(ThreadPoolExecutor):
    """Before each piece of work it closes a database connection that is broken or has grown old, as Django does before
    each request: not everything that runs here is one."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        return super().submit(_with_usable_connections, fn, *args, **kwargs)


def _with_usable_connections(fn: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    close_old_connections()
    return fn(*args, **kwargs)


class Threads:
    """A fixed number of threads for synchronous work, each with its own executor and so its own database connection.

    Django's own handler makes one thread per request and keeps it until the response: 1,000 held calls were 1,005
    threads, and each that had touched the ORM kept a connection (docs/decisions/). These threads outlive the request.
    """

    def __init__(self, count: int, name: str) -> None:
        self._executors = [_Worker(1, thread_name_prefix=f"{name}-{number}") for number in range(count)]
        self._requests = [0] * count

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[None]:
        """Run what is inside with its synchronous parts on the thread that serves the fewest requests now."""
        with self.one() as worker:
            async with ThreadSensitiveContext(executor=worker):
                yield

    @contextmanager
    def one(self) -> Iterator[ThreadPoolExecutor]:
        """The thread that serves the fewest requests now; it counts as serving one more."""
        number = self._requests.index(min(self._requests))
        self._requests[number] += 1
        try:
            yield self._executors[number]
        finally:
            self._requests[number] -= 1

    async def run(self, work: Callable[[], Result], /) -> Result:
        """Do it on the thread that serves the fewest requests now."""
        with self.one() as worker:
            return await asyncio.get_running_loop().run_in_executor(worker, work)


class PageHandler(ASGIHandler):
    """Django as usual, with the middleware of the settings, on borrowed threads."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        super().__init__()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._threads.borrow():
            await self.handle(scope, receive, send)


class HotHandler(PageHandler):
    """Django without middleware: for the Web Connector, and for calls that wait. Neither has a cookie or a form.

    Seven synchronous middlewares cost 2.7 ms of CPU a call, and each hops threads; a call without them costs 0.6 ms.
    """

    _get_response_async: Callable[[HttpRequest], Awaitable[HttpResponseBase]]

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response_async)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response = await super().get_response_async(request)
        if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
            # What CommonMiddleware would do; without it the answer goes out chunked.
            response["Content-Length"] = str(len(response.content))
        return response


def header(scope: Scope, name: bytes) -> str:
    """A request header's first value, "" without it."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None when the caller hung up before its end."""
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += bytes(event.get("body", b""))
        if not event.get("more_body"):
            return body


def announced_length(scope: Scope) -> int:
    """Content-Length; 0 when it is missing or no number (the body is counted as it comes anyway)."""
    text = header(scope, b"content-length")
    return int(text) if text.isascii() and text.isdigit() else 0
