"""One POST to an address that somebody else has chosen: no redirect, no private network, no long wait, little read."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult

from outbox import lookup
from outbox.callback_address import BadAddress, is_public
from outbox.plain_errors import receiver, status_words, words_of

TIMEOUT_SECONDS = 10.0  # of silence
LOOKUP_SECONDS = 10.0
WHOLE_SECONDS = 30.0  # looked up, connected and answered: nobody holds a worker longer than that
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
    until = time.monotonic() + WHOLE_SECONDS
    try:
        address = _resolved(host, port, allow_private=allow_private)
        raw = socket.create_connection((address, port), timeout=min(TIMEOUT_SECONDS, _left(until)))
        raw.settimeout(TIMEOUT_SECONDS)
        with _hung_up_after(raw, _left(until)):
            answer = _answer(parts, raw, (host, port), body, headers)
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        raise NotDelivered(f"It was not delivered: {words_of(error, receiver(host, port))}") from error
    if not 200 <= answer.status < 300:
        raise NotDelivered(
            f"The receiver answered {answer.status}. {status_words(answer.status)}".strip(), answer.status
        )
    return answer.status


def _resolved(host: str, port: int, *, allow_private: bool) -> str:
    """One IP address of the host. It is looked up once and then used, so that it cannot change in between."""
    found = lookup.addresses_of(host, port, min(LOOKUP_SECONDS, WHOLE_SECONDS))
    if not found:
        raise NotDelivered(f"{host} has no address.")
    if not allow_private and not all(is_public(address) for address in found):
        raise BadAddress(f"{host} stands for an address inside a private network, which is not allowed here.")
    return found[0]


def _left(until: float) -> float:
    """Seconds; never none at all, which sockets would take for "do not wait"."""
    return max(0.01, until - time.monotonic())


def _answer(
    parts: SplitResult, raw: socket.socket, named: tuple[str, int], body: bytes, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    """What the receiver says, its body not read further than a little; the connection is closed by then."""
    host, port = named
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    connection.sock = raw
    try:
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(_READ_AT_MOST)
    finally:
        connection.close()
    return answer


@contextmanager
def _hung_up_after(raw: socket.socket, seconds: float) -> Iterator[None]:
    """A timeout is one of silence: somebody who sends a byte now and then would never run into it."""
    is_late = threading.Event()
    number = os.dup(raw.fileno())  # the socket's own number passes to TLS, and to somebody else once it is closed

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as same:
            same.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    whole = f"{WHOLE_SECONDS:g} second{'' if WHOLE_SECONDS == 1 else 's'}"
    late = NotDelivered(f"The answer took longer than {whole}.")
    try:
        yield
        if is_late.is_set():  # half a header looks like a whole one when the line is cut
            raise late
    except (OSError, http.client.HTTPException) as error:
        raise (late if is_late.is_set() else error) from error
    finally:
        timer.cancel()
        timer.join()
        os.close(number)
