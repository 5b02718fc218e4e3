"""CORS for the synchronous path: off, unless the settings name origins whose pages may call from a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (
        b"access-control-allow-headers",
        b"content-type, x-api-key, idempotency-key, x-idempotency-key, x-request-id, prefer",
    ),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
]
_EXPOSED = (b"access-control-expose-headers", b"retry-after, location, idempotent-replay")
_VARY = (b"vary", b"Origin")


async def with_cors(
    app: Application, origins: Sequence[str], scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    """Call `app`, and let a page of one of these origins read the answer ("*": any page, which sends its key itself).

    A preflight is answered here, 204. Cookies are never allowed: the key is the only way in.
    """
    origin = _header(scope, b"origin")
    allowed = _allowed(origin, origins)
    if not origins or not origin:
        await app(scope, receive, send)
    elif scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
        await _preflight(allowed, send)
    else:
        await app(scope, receive, _adding([*allowed, _EXPOSED] if allowed else [_VARY], send))


def _header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


def _allowed(origin: str, origins: Sequence[str]) -> Headers:
    if "*" not in origins and origin not in origins:
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), _VARY]


async def _preflight(allowed: Headers, send: Send) -> None:
    status, headers = (204, [*allowed, *_PREFLIGHT]) if allowed else (403, [_VARY, (b"content-length", b"0")])
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _adding(headers: Headers, send: Send) -> Send:
    async def send_with(event: Mapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event["headers"], *headers]}
        await send(event)

    return send_with
