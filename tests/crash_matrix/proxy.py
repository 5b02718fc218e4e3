"""An HTTP proxy between Web Connector and server that does something else with one call of a session."""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIMEOUT_SECONDS = 60.0
# Headers that belong to one connection, not to the message.
_OWN = frozenset({"expect", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Forward:
    """One call on its way to the server; may be sent more than once."""

    port: int
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def send(self) -> Reply:
        """The server's reply. Raises OSError or HTTPException when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", self.path, self.body, dict(self.headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheader("Content-Type") or "", answer.read())
        finally:
            connection.close()

    def send_half(self) -> Reply:
        """As `send`, but the body stops in the middle: the server waits for the rest until it dies."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.putrequest("POST", self.path)
            for name, value in (*self.headers, ("Content-Length", str(len(self.body)))):
                if name.lower() != "host":
                    connection.putheader(name, value)
            connection.endheaders(self.body[: len(self.body) // 2])
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheader("Content-Type") or "", answer.read())
        finally:
            connection.close()


# What to do with the call; None: the connector's connection is cut without a reply.
Action = Callable[[Forward], Reply | None]


@dataclass
class Proxy:
    """Forwards to the server at `server_port`; the `number`-th call of `operation` goes to `action` instead."""

    server_port: int
    operation: str
    number: int
    action: Action
    port: int = 0
    has_fired: bool = False
    after_next: list[Forward] = field(default_factory=list)  # sent once more when the next call has been answered
    _counts: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/qbwc"

    def reply_to(self, operation: str, forward: Forward) -> Reply | None:
        """What goes back to the connector; None: nothing, the connection is cut."""
        self._counts[operation] += 1
        try:
            if operation == self.operation and self._counts[operation] == self.number:
                self.has_fired = True
                return self.action(forward)
            late, self.after_next = self.after_next, []
            reply = forward.send()
            for copy in late:
                copy.send()
        except (OSError, http.client.HTTPException):
            return None
        return reply


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """Listens on a free port of the loopback while it lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = TIMEOUT_SECONDS

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers.get("SOAPAction", "").strip('"').rpartition("/")[2]
            headers = tuple((name, value) for name, value in self.headers.items() if name.lower() not in _OWN)
            reply = proxy.reply_to(operation, Forward(proxy.server_port, self.path, headers, body))
            if reply is None:
                self._cut()
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


def lose_request(forward: Forward) -> None:
    """Cut before the server has seen anything."""


def lose_reply(forward: Forward) -> None:
    """The server has answered; nobody hears it."""
    forward.send()


def repeat(forward: Forward) -> Reply:
    """A proxy that did not get the first reply and tries once more."""
    forward.send()
    return forward.send()


def send_twice_at_once(forward: Forward) -> Reply:
    """Two copies race; the connector gets the reply that comes first."""
    replies: list[Reply] = []
    is_here = threading.Event()

    def send() -> None:
        replies.append(forward.send())
        is_here.set()

    racers = [threading.Thread(target=send) for _ in range(2)]
    for racer in racers:
        racer.start()
    is_here.wait(TIMEOUT_SECONDS)
    first = replies[0]
    for racer in racers:
        racer.join(TIMEOUT_SECONDS)
    return first
