"""The SOAP endpoint: POST speaks with the Web Connector, anything else answers 200 with the WSDL.

Asynchronous, because a call may be held open; everything that touches the database runs in the few threads of the
handler (docs/decisions/two-handlers.md), and a call that is held occupies none of them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts import clock
from qbwc import first_contact, holds, limits, protocol, sessions, soap
from qbwc.schedule import Hold
from qbwc.wsdl import wsdl

PATH = "/api/qbwc"
# Up to here a body is parsed where it arrives, in less time than handing it to a thread takes.
SMALL_BODY = 64 * 1024
# Threads of their own: the handler's may be one, and must not be kept from other companies by one's 50 MB.
_parsers = ThreadPoolExecutor(2, thread_name_prefix="parse")
# So many calls at once are about half a second of work; newcomers then cost no look at the database.
BUSY_ABOVE = 500

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class _InProgress:
    """SOAP calls this process works on now; held ones are not counted."""

    def __init__(self) -> None:
        self.calls = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1


in_progress = _InProgress()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    body: bytes
    content_type: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A sendRequestXML that found no work and may be kept open."""

    envelope: soap.Envelope
    hold: Hold


@csrf_exempt
async def web_connector(request: HttpRequest) -> HttpResponse:
    """Never a redirect, a 4xx or an HTML page: the Web Connector would show its user "QBWC1012" and no reason."""
    if request.method == "POST":
        length = request.META.get("CONTENT_LENGTH") or ""
        is_small = length.isascii() and length.isdigit() and int(length) <= SMALL_BODY
        # As a file, never request.body: Django's limit for forms would answer 400 where qbXML has tens of megabytes.
        first = await begin(request, is_small=is_small, caller=request.META.get("REMOTE_ADDR", ""))
        reply = await finish(first) if isinstance(first, Held) else first
    else:
        first_contact.note_request(first_contact.Sign.PROBE, request.META, clock.now())
        reply = Reply(wsdl(settings.PUBLIC_URL + PATH), "text/xml; charset=utf-8")
    headers = {"Content-Length": str(len(reply.body))}
    return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status, headers=headers)


def in_thread(work: Callable[[], Result]) -> Awaitable[Result]:
    """Run it in the thread that the request's handler lends."""
    return sync_to_async(work)()


async def begin(
    body: soap.Readable, *, is_small: bool, caller: str, run: Callable[..., Awaitable[bytes | Hold]] = in_thread
) -> Reply | Held:
    """The reply to a POST, or Held; then call `finish`, and cancel it when the caller hangs up. Never raises.

    `run` runs a function without arguments in a thread that may use the database.
    """
    try:
        with in_progress.one():
            envelope = await _read(body, is_small=is_small)
            first_contact.note_call(envelope.call, caller)
            first = _busy(envelope) or await run(partial(_answer_in_thread, envelope, 0))
    except soap.MalformedCall as error:
        logger.warning("malformed SOAP call from %s: %s", caller, error)
        return _fault(str(error), error.soap_version)
    except Exception:
        logger.exception("a SOAP call failed")
        return _fault("The server failed; its administrator finds the reason in the log.", soap.SoapVersion.SOAP_1_1)
    if isinstance(first, Hold):
        return Held(envelope, first)
    return Reply(first, soap.content_type(envelope.soap_version))


async def finish(held: Held) -> Reply:
    """The reply to a held call, when there is work or its time is over."""
    assert isinstance(held.envelope.call, soap.SendRequestXML)  # nothing else is held
    look = partial(_answer, held.envelope)
    body = await holds.until_answered(held.envelope.call.ticket, held.hold, look)
    if body is None:
        body = soap.build_reply(held.envelope, "")
    return Reply(body, soap.content_type(held.envelope.soap_version))


def _fault(words: str, version: soap.SoapVersion) -> Reply:
    return Reply(soap.build_fault(words, version), soap.content_type(version), 500)


async def _read(body: soap.Readable, *, is_small: bool) -> soap.Envelope:
    """The call in the body. Raises MalformedCall."""
    if is_small:
        return soap.parse_call(body, limits.text_limit())
    return await sync_to_async(soap.parse_call, thread_sensitive=False, executor=_parsers)(body, limits.text_limit())


def _busy(envelope: soap.Envelope) -> bytes:
    """The reply to a newcomer when too much is going on already, else nothing."""
    if isinstance(envelope.call, soap.Authenticate) and in_progress.calls > BUSY_ABOVE:
        return soap.build_reply(envelope, (str(uuid.uuid4()), protocol.BUSY))
    return b""


async def _answer(envelope: soap.Envelope, held_for: float) -> bytes | Hold:
    return await in_thread(partial(_answer_in_thread, envelope, held_for))


def _answer_in_thread(envelope: soap.Envelope, held_for: float) -> bytes | Hold:
    """`held_for`: seconds by the monotonic clock, because the other one may be set while a call is held."""
    now = clock.now()
    held_since = now - timedelta(seconds=held_for) if held_for else None
    result = sessions.answer(envelope.call, now, held_since)
    return result if isinstance(result, Hold) else soap.build_reply(envelope, result)
