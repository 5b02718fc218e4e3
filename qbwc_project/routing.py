"""Which handler answers which address, and how large a body it may have."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts import clock
from passthrough import answers
from passthrough.addresses import is_ours
from passthrough.contract import ErrorCode
from passthrough.cors import with_cors
from passthrough.problems import Problem
from qbwc.limits import MEGABYTE, body_limit
from qbwc.soap import SoapVersion, build_fault, content_type
from qbwc_project.handlers import (
    Application,
    HotHandler,
    PageHandler,
    Receive,
    Scope,
    Send,
    Threads,
    announced_length,
    header,
)
from qbwc_project.qbxml_handler import QbxmlHandler
from qbwc_project.soap_handler import SoapHandler
from qbwc_project.static_files import build_static

SOAP_PATHS = frozenset({"/api/qbwc", "/api/qbwc/"})
HOT_PATHS = SOAP_PATHS  # answered without a cookie, and may be held open; so is all of passthrough.addresses
PAGE_LIMIT = 10 * MEGABYTE  # forms, mapping imports, REST bodies
# A SOAP body above its limit is read on, not kept, up to so many times the limit: the Web Connector then gets its
# answer with the reason. Refused in the middle of sending, it would see a broken connection and nothing else.
SOAP_PATIENCE = 4
# SQLite has one writer at a time, and its busy waiting is unfair: one thread for the hot path. PostgreSQL takes four.
HOT_THREADS_SQLITE, HOT_THREADS_POSTGRESQL, PAGE_THREADS = 1, 4, 8


def hot_threads() -> int:
    return HOT_THREADS_SQLITE if settings.IS_SQLITE else HOT_THREADS_POSTGRESQL


def is_hot(path: str) -> bool:
    """Whether the address is for the bare handler, and its body may be as large as qbXML is."""
    return path in HOT_PATHS or is_ours(path)


class BodyTooLarge(Exception):
    """The body is longer than its address allows; nothing has been answered yet."""


class Router:
    """Lifespan is answered here (Django refuses it); HTTP goes to the handler of its path, with its body counted."""

    def __init__(
        self,
        pages: Application,
        hot: Application,
        static: Application,
        prefix: str,
        soap: Application | None = None,
        qbxml: QbxmlHandler | None = None,
    ) -> None:
        self._pages, self._soap, self._hot, self._static, self._prefix = pages, soap or hot, hot, static, prefix
        self._qbxml = qbxml

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._qbxml is not None and self._qbxml.takes(scope):
            await self._qbxml(scope, receive, send)  # as directly as can be: each step would be kept by a held call
        elif is_ours(scope["path"]):
            await with_cors(self._answer_counted, settings.ALLOWED_ORIGINS, scope, receive, send)
        else:
            await self._answer_counted(scope, receive, send)

    async def _answer_counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = body_limit() if is_hot(scope["path"]) else PAGE_LIMIT
        limit = kept * SOAP_PATIENCE if scope["path"] in SOAP_PATHS else kept
        try:
            if announced_length(scope) > limit:
                raise BodyTooLarge
            await self._handler(scope["path"])(scope, counted(receive, limit, kept), send)
        except BodyTooLarge:
            await refuse_body(scope, limit, send)

    def _handler(self, path: str) -> Application:
        if path in SOAP_PATHS:
            return self._soap
        if is_hot(path):
            return self._hot
        return self._static if path.startswith(self._prefix) else self._pages


def build_router() -> Router:
    """The router of this process; the settings have been read and the apps loaded."""
    threads = Threads(hot_threads(), "hot")
    hot = HotHandler(threads)
    return Router(
        pages=PageHandler(Threads(PAGE_THREADS, "pages")),
        soap=SoapHandler(threads, otherwise=hot),
        hot=hot,
        static=build_static(),
        prefix=settings.STATIC_URL,
        qbxml=QbxmlHandler(threads),
    )


async def answer_lifespan(receive: Receive, send: Send) -> None:
    """Say that starting and stopping went well; nothing of ours hangs on them."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


def counted(receive: Receive, limit: int, kept: int) -> Receive:
    """The same `receive`: what comes after `kept` bytes is dropped, more than `limit` bytes raise BodyTooLarge."""
    seen = 0

    async def receive_counted() -> Mapping[str, Any]:
        nonlocal seen
        event = await receive()
        if event["type"] != "http.request":
            return event
        body = event.get("body", b"")
        room, seen = max(0, kept - seen), seen + len(body)
        if seen > limit:
            raise BodyTooLarge
        return event if len(body) <= room else {**event, "body": body[:room]}

    return receive_counted


async def refuse_body(scope: Scope, limit: int, send: Send) -> None:
    """Refuse a body that is too large in the caller's words and close: what is still coming is not read."""
    message = f"The request is larger than {limit // MEGABYTE} MB and was not read."
    if scope["path"] in SOAP_PATHS:
        asked = header(scope, b"content-type").startswith("application/soap+xml")
        version = SoapVersion.SOAP_1_2 if asked else SoapVersion.SOAP_1_1
        body = build_fault(f"{message} The administrator of the server can raise MAX_QBXML_SIZE_MB.", version)
        status, media_type = 500, content_type(version)
    elif is_ours(scope["path"]):
        answer = answers.of_problem(Problem(ErrorCode.PAYLOAD_TOO_LARGE, message), clock.now())
        body, status, media_type = json.dumps(answer.body).encode(), answer.status, "application/json"
    else:
        body = json.dumps({"error": {"code": "too_large", "message": message}}).encode()
        status, media_type = 413, "application/json"
    headers = {"content-type": media_type, "content-length": str(len(body)), "connection": "close"}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
