"""One POST to an address that somebody else has chosen: no redirect, no private network, no long wait, little read."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult

from outbox.callback_address import BadAddress, is_public

TIMEOUT_SECONDS = 10.0
_READ_AT_MOST = 1024
_DEFAULT_PORTS = {"https": 443, "http": 80}


class NotDelivered(Exception):
    """It did not arrive, or was not taken; the message says why. `status` is the HTTP status, if there was one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def post(parts: SplitResult, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> int:
    """The HTTP status, 200 to 299. NotDelivered for everything else; BadAddress when the name points inside."""
    host = parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    try:
        connection = _connection(parts.scheme, host, port, _resolved(host, port, allow_private=allow_private))
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body=body, headers=dict(headers))
            answer = connection.getresponse()
            answer.read(_READ_AT_MOST)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    if not 200 <= answer.status < 300:
        raise NotDelivered(f"The receiver answered {answer.status}.", answer.status)
    return answer.status


def _resolved(host: str, port: int, *, allow_private: bool) -> str:
    """One IP address of the host. It is looked up once and then used, so that it cannot change in between."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found:
        raise NotDelivered(f"{host} has no address.")
    if not allow_private and not all(is_public(address) for address in found):
        raise BadAddress(f"{host} stands for an address inside a private network, which is not allowed here.")
    return found[0]


def _connection(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    raw = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
    if scheme == "https":
        raw = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    connection.sock = raw
    return connection
