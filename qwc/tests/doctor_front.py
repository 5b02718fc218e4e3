"""A proxy with faults before the real server: real HTTP and TLS on loopback, and behind it our own application."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIHandler

from qwc.tests.doctor_certificates import Identity

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]
Fault = Callable[[Application], Application]

DOT_NET = "MS Web Services Client Protocol"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken handshakes and calls that are cut off are what is tested."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # so that Expect: 100-continue is answered

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def front(fault: Fault | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serves until the end of the block; the port."""
    application: Any = WSGIHandler()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.set_app(fault(application) if fault else application)
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join(5)


def tls_with(folder: Path, *chain: Identity) -> ssl.SSLContext:
    """A server's TLS: the first certificate is its own, the others are sent with it."""
    path = folder / "server.pem"
    path.write_bytes(chain[0].key_pem + b"".join(each.pem for each in chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _answer(start: Start, status: str, body: bytes = b"", **headers: str) -> list[bytes]:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    start(status, [("Content-Length", str(len(body))), *named])
    return [body]


def _instead(when: Callable[[dict[str, Any]], bool], status: str, body: bytes = b"", **headers: str) -> Fault:
    """Answers certain calls itself and passes the others on."""

    def fault(application: Application) -> Application:
        def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            if when(environ):
                return _answer(start, status, body, **headers)
            return application(environ, start)

        return answer

    return fault


def _is_post(environ: dict[str, Any]) -> bool:
    return bool(environ["REQUEST_METHOD"] == "POST")


def _is_soap(environ: dict[str, Any]) -> bool:
    return str(environ["PATH_INFO"]).startswith("/api/qbwc")


def redirecting_posts(location: str) -> Fault:
    return _instead(_is_post, "301 Moved Permanently", Location=location)


blocking_dot_net = _instead(lambda environ: DOT_NET in environ.get("HTTP_USER_AGENT", ""), "403 Forbidden", b"bot")
blocking_posts = _instead(_is_post, "403 Forbidden", b"firewall")
refusing_expect = _instead(lambda environ: "HTTP_EXPECT" in environ, "417 Expectation Failed")
refusing_get = _instead(lambda e: _is_soap(e) and not _is_post(e), "405 Method Not Allowed")
without_the_path = _instead(_is_soap, "404 Not Found", b"<html>nothing here</html>", Content_Type="text/html")
another_page = _instead(lambda environ: True, "200 OK", b"<html>It works!</html>", Content_Type="text/html")
signing_in_first = _instead(lambda e: e["PATH_INFO"] == "/support/", "302 Found", Location="/login/")
limited_to_a_megabyte = _instead(
    lambda environ: int(environ.get("CONTENT_LENGTH") or 0) > 1024 * 1024, "413 Request Entity Too Large"
)


def another_installation(application: Application) -> Application:
    """Its questions are signed with another key than ours."""

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        return application({**environ, "PATH_INFO": path.replace("/mark/", "/mark/x")}, start)

    return answer


def impatient(application: Application) -> Application:
    """Gives up after a second and a half."""
    pool = ThreadPoolExecutor(8)

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        said: list[Any] = []
        try:
            body = pool.submit(lambda: list(application(environ, lambda *args: said.append(args)))).result(1.5)
        except TooLate:
            return _answer(start, "504 Gateway Timeout")
        start(*said[0])
        return body

    return answer


def hanging(_application: Application) -> Application:
    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        time.sleep(3)
        return _answer(start, "504 Gateway Timeout")

    return answer


def _changing(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    """Passes SOAP calls on and changes the reply."""

    def fault(application: Application) -> Application:
        def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            said: list[Any] = []
            body = b"".join(application(environ, lambda *args: said.append(args)))
            status, old = said[0][:2]
            if not _is_post(environ):
                start(status, old)
                return [body]
            kept = {name: value for name, value in old if name.lower() != "content-length"}
            return _answer(start, status, change(body), **{k.replace("-", "_"): v for k, v in (kept | headers).items()})

        return answer

    return fault


compressing = _changing(gzip.compress, **{"Content-Encoding": "gzip"})
talking_first = _changing(lambda body: b"\n<!-- proxied -->" + body)
answering_html = _changing(lambda body: body, **{"Content-Type": "text/html"})


def with_the_date(date: str) -> Fault:
    def fault(application: Application) -> Application:
        def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            return application(environ, lambda status, headers, *rest: start(status, [*headers, ("Date", date)], *rest))

        return answer

    return fault
