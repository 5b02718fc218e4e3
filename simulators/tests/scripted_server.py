"""A small HTTP server that gives canned SOAP replies and keeps the requests it saw, byte for byte."""

import dataclasses
import http.server
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

NAMESPACE = "http://developer.intuit.com/"
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
XML = "text/xml; charset=utf-8"


@dataclasses.dataclass(frozen=True)
class Canned:
    """One reply as it goes over the wire."""

    body: bytes
    status: int = 200
    content_type: str = XML
    headers: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Seen:
    """One request as it came."""

    request_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_port: int

    @property
    def operation(self) -> str:
        return dict(self.headers)["SOAPAction"].strip('"').rpartition("/")[2]


def envelope(inner: str, namespace: str = SOAP_1_1) -> bytes:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{namespace}"><e:Body>{inner}</e:Body></e:Envelope>'
    )
    return text.encode()


def answer(operation: str, inner: str) -> Canned:
    response = f"<{operation}Result>{inner}</{operation}Result>"
    return Canned(envelope(f'<{operation}Response xmlns="{NAMESPACE}">{response}</{operation}Response>'))


def strings(*texts: str) -> str:
    return "".join(f"<string>{text}</string>" for text in texts)


def fault(text: str) -> Canned:
    inner = f"<e:Fault><faultcode>e:Server</faultcode><faultstring>{text}</faultstring></e:Fault>"
    return Canned(envelope(inner), status=500)


# What a friendly server says: one request, one answer, done.
FRIENDLY: dict[str, str] = {
    "serverVersion": "1.0",
    "clientVersion": "",
    "authenticate": strings("ticket-1", ""),
    "sendRequestXML": "&lt;QBXML /&gt;",
    "receiveResponseXML": "100",
    "connectionError": "done",
    "getLastError": "Something was wrong",
    "closeConnection": "Complete!",
    "interactiveRejected": "A person is needed",
}

Script = Mapping[str, str | Canned | Sequence[str | Canned]]


class ScriptedServer:
    """Answers each operation from the script, one entry after the other; the last one is repeated."""

    def __init__(self, script: Script | None = None, *, expects: bool = True) -> None:
        """`expects`: whether "Expect: 100-continue" is answered with "100 Continue"."""
        self.script: Script = {**FRIENDLY, **(script or {})}
        self.expects = expects
        self.seen: list[Seen] = []
        self.refuses_headers = 0  # a status to answer the bare headers with
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_expect_100(self) -> bool:
                if server.refuses_headers:
                    self.send_response(server.refuses_headers)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return False
                return super().handle_expect_100() if server.expects else True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = tuple(self.headers.items())
                seen = Seen(self.requestline, headers, body, self.client_address[1])
                server.seen.append(seen)
                self._send(server.next_reply(seen.operation))

            def _send(self, reply: Canned) -> None:
                self.send_response(reply.status)
                if reply.content_type:
                    self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self._thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/api/qbwc?company=1"

    def next_reply(self, operation: str) -> Canned:
        entry = self.script[operation]
        if isinstance(entry, str | Canned):
            reply = entry
        else:
            earlier = sum(seen.operation == operation for seen in self.seen) - 1
            reply = entry[min(earlier, len(entry) - 1)]
        return reply if isinstance(reply, Canned) else answer(operation, reply)

    def bodies(self, operation: str) -> list[str]:
        return [seen.body.decode() for seen in self.seen if seen.operation == operation]

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.shutdown()
        self.http.server_close()
        self._thread.join()


class QuickBooksFailed(Exception):
    """What a QuickBooks raises: an HRESULT and a message."""

    def __init__(self, hresult: str, message: str) -> None:
        super().__init__(message)
        self.hresult = hresult
        self.message = message


class StandInQuickBooks:
    """A QuickBooks that says what it is told to, and keeps what it was asked."""

    def __init__(self, *, openings: Sequence[Exception | None] = (), answers: Sequence[str | Exception] = ()) -> None:
        """`openings` and `answers` are used up one by one; afterwards everything succeeds."""
        self.path = r"C:\QB\test & more.qbw"
        self.country = "US"
        self.events: list[str] = []
        self.hcp_error: Exception | None = None
        self._openings = list(openings)
        self._answers = list(answers)

    def begin_session(self, path: str) -> None:
        self.events.append(f"begin {path}")
        error = self._openings.pop(0) if self._openings else None
        if error is not None:
            raise error

    def end_session(self) -> None:
        self.events.append("end")

    def hcp(self) -> str:
        if self.hcp_error is not None:
            raise self.hcp_error
        return '<?xml version="1.0" ?><QBXML>host & "company"</QBXML>'

    def process(self, qbxml: str) -> str:
        self.events.append(f"process {qbxml}")
        reply = self._answers.pop(0) if self._answers else "<QBXML>answer</QBXML>"
        if isinstance(reply, Exception):
            raise reply
        return reply
