"""What the benchmarks' Web Connectors say: envelopes written by hand, and a client that keeps its connection."""

from __future__ import annotations

import socket
from xml.sax.saxutils import escape

USERNAME, PASSWORD = "bench", "bench-password"
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
    '<{0} xmlns="http://developer.intuit.com/">{1}</{0}></soap:Body></soap:Envelope>'
)
_HEAD = (
    b"POST /api/qbwc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
)
_ROW = (
    "<InvoiceRet>\n<TxnID>1A2-{0}</TxnID>\n<TimeCreated>2026-01-31T09:00:00-05:00</TimeCreated>\n<CustomerRef>\n"
    "<ListID>80000001-{0}</ListID>\n<FullName>Customer {0} &amp; Daughters</FullName>\n</CustomerRef>\n"
    "<Subtotal>{0}.{1:02}</Subtotal>\n<Memo>Monthly services, {0} hours</Memo>\n</InvoiceRet>\n"
)


def envelope(operation: str, **parameters: str) -> bytes:
    """One call as the Web Connector writes it."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parameters.items())
    return _ENVELOPE.format(operation, inner).encode()


_TICKET = "@ticket@"
REQUEST_ID = "@request@"  # in an answer, where the request's belongs


def answer_of(size: int) -> str:
    """An InvoiceQueryRs of about `size` bytes, one tag for every seventeen of them as in a real one."""
    rows, length, number = [], 0, 0
    while length < size:
        number += 1
        rows.append(_ROW.format(number * 7919 % 100_003, number % 100))
        length += len(rows[-1])
    return (
        '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
        f'<InvoiceQueryRs requestID="{REQUEST_ID}" statusCode="0" statusSeverity="Info" statusMessage="Status OK">\n'
        f"{''.join(rows)}</InvoiceQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n"
    )


class Caller:
    """One Web Connector's connection, as cheap as can be: what it costs is in every figure. Raises AssertionError for a
    reply that is no success."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def post(self, body: bytes) -> str:
        """The reply to an envelope."""
        self._socket.sendall(_HEAD % len(body) + body)
        reply = b""
        while b"\r\n\r\n" not in reply:
            reply += self._more()
        head, _, reply = reply.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(reply) < length:
            reply += self._more()
        assert head.startswith(b"HTTP/1.1 200 "), reply
        return reply.decode()

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        assert part, "the server closed the connection"
        return part

    def authenticate(self, username: str = USERNAME) -> tuple[str, str]:
        """ticket and verdict."""
        reply = self.post(envelope("authenticate", strUserName=username, strPassword=PASSWORD))
        ticket, verdict = reply.split("<string>")[1:3]
        return ticket.split("<")[0], verdict.split("<")[0]

    def poll(self) -> None:
        """Two calls: nothing to do, and good-bye."""
        ticket, verdict = self.authenticate()
        assert verdict == "none", verdict
        self.close(ticket)

    def close(self, ticket: str) -> None:
        self.post(envelope("closeConnection", ticket=ticket))

    def send(self, ticket: str) -> str:
        """The requestID that was sent."""
        reply = self.post(
            envelope(
                "sendRequestXML",
                ticket=ticket,
                strHCPResponse="",
                strCompanyFileName="C:\\bench.qbw",
                qbXMLCountry="US",
                qbXMLMajorVers="13",
                qbXMLMinorVers="0",
            )
        )
        assert "QBXMLMsgsRq" in reply, reply
        return reply.split('requestID="')[1].split('"')[0]

    def receive(self, body: bytes) -> None:
        reply = self.post(body)
        number = reply.split("receiveResponseXMLResult>")[1].split("<")[0]
        assert int(number) > 0, reply


class Answered:
    """The envelopes of receiveResponseXML with one answer: escaped once, before the clock runs."""

    def __init__(self, answer: str) -> None:
        whole = envelope("receiveResponseXML", ticket=_TICKET, response=answer, hresult="", message="")
        self._head, _, rest = whole.partition(_TICKET.encode())
        self._middle, _, self._tail = rest.partition(REQUEST_ID.encode())

    def to(self, ticket: str, request_id: str) -> bytes:
        """The answer to this request."""
        return b"".join((self._head, ticket.encode(), self._middle, request_id.encode(), self._tail))
