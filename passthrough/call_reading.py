"""From an HTTP request to a Call: JSON or raw XML, headers, how long the caller waits."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from passthrough.contract import ErrorCode
from passthrough.problems import Problem, bad_call
from passthrough.service import Call
from qbwc import limits

LONGEST_WAIT: Final = 290
LONGEST_IDENTIFIER, LONGEST_KEY = 200, 255

# How long each platform waits for an answer by itself, less a margin for the way back: Make's HTTP module 40 s,
# Zapier 30 s, n8n 300 s, Workato 180 s.
CLIENTS: Final = {"make": 35.0, "zapier": 25.0, "n8n": 280.0, "workato": 150.0}

_XML_TYPES: Final = ("application/xml", "text/xml", "application/qbxml")
_PREFERRED_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,4})\"?(?:$|[,;\s])", re.IGNORECASE)
_RESPOND_ASYNC: Final = re.compile(r"(?:^|[,;\s])respond-async(?:$|[,;\s])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call says beside its body: the media type, headers under lower-case names, and the query's last values."""

    media_type: str
    headers: Mapping[str, str]
    query: Mapping[str, str]

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = {name: str(request.GET[name]) for name in request.GET}
        return cls((request.content_type or "").lower(), headers, query)


def body_of(request: HttpRequest) -> bytes:
    """Problem when it is too large. As a file, never request.body: Django's limit for forms would answer 400 where
    qbXML has megabytes."""
    limit = limits.body_limit()
    body: bytes = request.read(limit + 1)
    if len(body) > limit:
        words = f"The request is larger than {settings.MAX_QBXML_SIZE_MB} MB and was not read."
        raise Problem(ErrorCode.PAYLOAD_TOO_LARGE, words)
    return body


def read_call(asked: Asked, body: bytes) -> Call:
    """Raises Problem with what is wrong, before anything of the qbXML itself is judged."""
    media_type = asked.media_type
    if media_type in _XML_TYPES or media_type.endswith("+xml"):
        return _call(asked, body, {})
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        words = f"Content-Type {media_type[:80]} is not accepted. Send application/json, or application/xml."
        raise Problem(ErrorCode.INVALID_REQUEST, words, http_status=415)
    values = _json(body)
    qbxml = values.get("qbxml")
    if not isinstance(qbxml, str) or not qbxml.strip():
        raise bad_call("The JSON body has no qbxml: a text with the whole QBXML document.", {"element": "qbxml"})
    return _call(asked, qbxml, values)


def _json(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body, parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        words = f"The body is not JSON{place}. Escape quotes and line ends in qbxml, or send it as application/xml."
        raise bad_call(words) from None
    if not isinstance(values, dict):
        raise bad_call("The body must be a JSON object with qbxml, and optionally identifier and idempotency_key.")
    return values


def _call(asked: Asked, qbxml: str | bytes, values: Mapping[str, Any]) -> Call:
    identifier = _text(values, "identifier", LONGEST_IDENTIFIER) or _header(asked, "X-Request-ID", LONGEST_IDENTIFIER)
    url = _text(values, "callback_url", 2000) or _plain(asked.query.get("callback_url", ""), "callback_url", 2000)
    return Call(
        qbxml=qbxml,
        seconds=seconds_to_wait(asked, values),
        identifier=identifier,
        idempotency_key=_key(asked, values),
        callback_url=url,
    )


def _key(asked: Asked, values: Mapping[str, Any]) -> str:
    """One key, however it is sent; two different ones are a mistake that could cost a duplicate."""
    standard = _header(asked, "Idempotency-Key", LONGEST_KEY + 2)
    if len(standard) > 2 and standard[0] == standard[-1] == '"':
        standard = standard[1:-1]  # the draft standard's own form is a quoted string
    given = {
        _text(values, "idempotency_key", LONGEST_KEY),
        _header(asked, "X-Idempotency-Key", LONGEST_KEY),
        standard,
    } - {""}
    if len(given) > 1:
        raise bad_call("The call names two different idempotency keys. Send one.")
    return given.pop() if given else ""


def seconds_to_wait(asked: Asked, values: Mapping[str, Any]) -> float:
    """What the caller asks for: Prefer: respond-async, wait, client, Prefer: wait=, in this order; else the setting."""
    prefer = asked.headers.get("prefer", "")
    if _RESPOND_ASYNC.search(prefer):
        return 0.0
    wait = values.get("wait", asked.query.get("wait"))
    if wait not in (None, ""):
        return _seconds(wait)
    client = values.get("client") or asked.query.get("client")
    if client:
        return _of_client(client)
    found = _PREFERRED_WAIT.search(prefer)
    return min(float(found[1]), float(LONGEST_WAIT)) if found else float(settings.HOLD_SECONDS)


def _seconds(wait: object) -> float:
    try:
        seconds = float(wait) if isinstance(wait, str | int | float) and not isinstance(wait, bool) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_WAIT:
        raise bad_call(f"wait must be a number of seconds from 0 to {LONGEST_WAIT}.", {"element": "wait"})
    return seconds


def _of_client(client: object) -> float:
    if not isinstance(client, str) or client.lower() not in CLIENTS:
        raise bad_call(f"client must be one of {', '.join(CLIENTS)}; or send wait instead.", {"element": "client"})
    return CLIENTS[client.lower()]


def _text(values: Mapping[str, Any], name: str, longest: int) -> str:
    """A text; a number too, because platforms send the id of an order as one."""
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if not isinstance(value, str):
        raise bad_call(f"{name} must be a text.", {"element": name})
    return _plain(value.strip(), name, longest)


def _header(asked: Asked, name: str, longest: int) -> str:
    return _plain(asked.headers.get(name.lower(), "").strip(), name, longest)


def _plain(value: str, name: str, longest: int) -> str:
    if len(value) > longest:
        raise bad_call(f"{name} has {len(value)} characters; {longest} at most.", {"element": name})
    if not value.isprintable():  # control characters and lone surrogates, which not every database keeps
        raise bad_call(f"{name} holds a character that cannot be kept.", {"element": name})
    return value
