"""HTTP as the Web Connector speaks it: one call over a socket of its own, no redirect followed, nothing believed."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass

# .NET's SOAP client, on which the Web Connector is built (qbwc-protocol 2.2). Bot rules block this very text.
DOT_NET = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
PLAIN = "Tieout-Doctor/1"
LARGEST_REPLY = 1024 * 1024
CONTINUE_SECONDS = 0.35  # so long .NET waits for 100 Continue before it sends the body anyway


@dataclass(frozen=True)
class Way:
    """How to reach the server of PUBLIC_URL. `address`: the IP address its name stands for."""

    host: str
    port: int
    netloc: str
    is_tls: bool
    address: str
    timeout: float


@dataclass(frozen=True)
class Reply:
    """Whatever came back. Header names are in lower case. `at`: when, on the monotonic clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


@dataclass(frozen=True)
class Silence:
    """No HTTP answer came; `words` of the system."""

    words: str


Visit = Reply | Silence


def get(way: Way, path: str, agent: str = PLAIN) -> Visit:
    return _call(way, "GET", path, {"User-Agent": agent}, b"")


def post_soap(way: Way, path: str, action: str, body: bytes, agent: str = DOT_NET) -> Visit:
    """As .NET does: SOAPAction in quotes, Expect: 100-continue, the body after the server's word or a third second."""
    headers = {
        "User-Agent": agent,
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{action}"',
        "Content-Length": str(len(body)),
        "Expect": "100-continue",
    }
    return _call(way, "POST", path, headers, body)


def unverified() -> ssl.SSLContext:
    """For calls that say nothing secret: a bad certificate is a finding of its own and must not hide the others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def open_socket(way: Way) -> socket.socket:
    return socket.create_connection((way.address, way.port), way.timeout)


def _call(way: Way, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Visit:
    try:
        with closing(http.client.HTTPConnection(way.host, way.port, timeout=way.timeout)) as connection:
            connection.sock = _connected(way)
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": way.netloc, **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            _send(connection, body)
            response = connection.getresponse()
            known = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, known, response.read(LARGEST_REPLY), time.monotonic())
    except (OSError, http.client.HTTPException) as error:
        return Silence(f"{type(error).__name__}: {error}")


def _connected(way: Way) -> socket.socket:
    plain = open_socket(way)
    if not way.is_tls:
        return plain
    try:
        return unverified().wrap_socket(plain, server_hostname=way.host)
    except OSError:
        plain.close()
        raise


def _send(connection: http.client.HTTPConnection, body: bytes) -> None:
    """A server that refuses early closes while we still send: what it said is read all the same."""
    if body:
        select.select([connection.sock], [], [], CONTINUE_SECONDS)
        with suppress(ConnectionError, ssl.SSLError):
            connection.send(body)
