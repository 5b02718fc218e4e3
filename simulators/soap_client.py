"""SOAP over HTTP byte for byte as the .NET client of the Web Connector sends it.

Source: System.Web.Services and System.Net of the .NET Framework, and captured envelopes of QBWC 2.2 and 2.3.
"""

import enum
import http.client
import select
import socket
import ssl
import urllib.parse
from collections.abc import Sequence

from simulators.soap_replies import (
    MEDIA_TYPES,
    NAMESPACE,
    SOAP_1_1,
    SOAP_1_2,
    HttpReply,
    Reply,
    SoapFailure,
    read_reply,
)

# None is a null reference: the element is left out. An empty string is an empty element.
Parameter = tuple[str, str | int | None]

USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
CONTINUE_SECONDS = 0.35  # how long .NET waits for "100 Continue" before it sends the body anyway
TIMEOUT_SECONDS = 100.0  # WebClientProtocol.Timeout

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"


class Style(enum.Enum):
    """The <Style> of a .qwc. DocWrapped is taken to look like Document: no capture of it is public."""

    DOCUMENT = "Document"
    DOC_WRAPPED = "DocWrapped"
    RPC = "RPC"


def envelope(
    operation: str,
    parameters: Sequence[Parameter],
    style: Style = Style.DOCUMENT,
    soap_namespace: str = SOAP_1_1,
) -> bytes:
    """The request body as UTF-8 without a byte-order mark."""
    text = (_rpc if style is Style.RPC else _document)(operation, parameters, soap_namespace)
    return f"{_DECLARATION}{text}".encode()


def _document(operation: str, parameters: Sequence[Parameter], soap_namespace: str) -> str:
    children = "".join(_element(name, "", value) for name, value in parameters if value is not None)
    call = _wrap(operation, f' xmlns="{NAMESPACE}"', children)
    return f'<soap:Envelope xmlns:soap="{soap_namespace}" {_XSI}><soap:Body>{call}</soap:Body></soap:Envelope>'


def _rpc(operation: str, parameters: Sequence[Parameter], soap_namespace: str) -> str:
    children = "".join(_typed(name, value) for name, value in parameters)
    call = _wrap(f"q1:{operation}", f' xmlns:q1="{NAMESPACE}"', children)
    namespaces = f'xmlns:soapenc="{_ENCODING}" xmlns:tns="{NAMESPACE}" xmlns:types="{NAMESPACE}encodedTypes"'
    return (
        f'<soap:Envelope xmlns:soap="{soap_namespace}" {namespaces} {_XSI}>'
        f'<soap:Body soap:encodingStyle="{_ENCODING}">{call}</soap:Body></soap:Envelope>'
    )


def _typed(name: str, value: str | int | None) -> str:
    if value is None:
        return f'<{name} xsi:nil="true" />'
    kind = "int" if isinstance(value, int) else "string"
    return _element(name, f' xsi:type="xsd:{kind}"', value)


def _element(name: str, attributes: str, value: str | int) -> str:
    return _wrap(name, attributes, escape(str(value)))


def _wrap(name: str, attributes: str, inner: str) -> str:
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes} />"


def escape(text: str) -> str:
    """Text as XmlTextWriter writes it: quotes and line ends raw, control characters as references."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.translate(_CONTROL_CHARACTERS)


_CONTROL_CHARACTERS = {code: f"&#x{code:X};" for code in range(32) if code not in (9, 10, 13)}


class SoapClient:
    """One web service proxy: keeps its connection alive from call to call, never follows a redirect."""

    def __init__(
        self,
        url: str,
        *,
        style: Style = Style.DOCUMENT,
        soap12: bool = False,
        timeout: float = TIMEOUT_SECONDS,
        continue_seconds: float = CONTINUE_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """`url` is the AppURL exactly as a .qwc has it; raises ValueError when it is not http or https."""
        self._address = urllib.parse.urlsplit(url)
        if self._address.scheme not in ("http", "https") or not self._address.hostname:
            raise ValueError(f"not an http or https address: {url}")
        self._style = style
        self._soap_namespace = SOAP_1_2 if soap12 else SOAP_1_1
        self._timeout = timeout
        self._continue_seconds = continue_seconds
        self._ssl_context = ssl_context
        self._connection: http.client.HTTPConnection | None = None

    def call(self, operation: str, parameters: Sequence[Parameter] = ()) -> Reply:
        """Sends one call and reads its reply; raises SoapFailure where .NET would throw."""
        body = envelope(operation, parameters, self._style, self._soap_namespace)
        try:
            reply = self._exchange(operation, body)
        except TimeoutError as error:
            self.close()
            raise SoapFailure("The operation has timed out") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise SoapFailure(f"Unable to connect to the remote server. {error!r}") from error
        return read_reply(reply, operation, self._soap_namespace, is_loose=self._style is Style.RPC)

    def close(self) -> None:
        """Closes the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _exchange(self, operation: str, body: bytes) -> HttpReply:
        connection, is_new = self._connected()
        self._send_headers(connection, operation, len(body), is_new=is_new)
        is_welcome = self._may_send_body(connection)
        if is_welcome:
            connection.send(body)
        response = connection.getresponse()
        length = response.getheader("Content-Length")
        reply = HttpReply(
            status=response.status,
            reason=response.reason,
            content_type=response.getheader("Content-Type") or "",
            content_length=int(length) if length and length.isdigit() else None,
            body=response.read(),
        )
        if not is_welcome:
            self.close()  # the server still waits for a body that never comes
        return reply

    def _connected(self) -> tuple[http.client.HTTPConnection, bool]:
        """The kept connection, or a new one when there is none or the server has closed it meanwhile."""
        kept = self._connection
        if kept is not None and kept.sock is not None and not _is_readable(kept.sock, 0):
            return kept, False
        self.close()
        self._connection = self._open()
        self._connection.connect()
        if self._connection.sock is not None:
            # .NET switches Nagle off for the request stream's headers and body to leave at once.
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection, True

    def _open(self) -> http.client.HTTPConnection:
        host = self._address.hostname or ""
        if self._address.scheme == "https":
            context = self._ssl_context or ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._address.port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, self._address.port, timeout=self._timeout)

    def _send_headers(
        self, connection: http.client.HTTPConnection, operation: str, length: int, *, is_new: bool
    ) -> None:
        """The headers in the order .NET sends them; Connection: Keep-Alive only on a new connection."""
        path = urllib.parse.urlunsplit(("", "", self._address.path or "/", self._address.query, ""))
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers(operation):
            connection.putheader(name, value)
        connection.putheader("Host", self._address.netloc.rpartition("@")[2])
        connection.putheader("Content-Length", str(length))
        connection.putheader("Expect", "100-continue")
        if is_new:
            connection.putheader("Connection", "Keep-Alive")
        connection.endheaders()

    def _headers(self, operation: str) -> tuple[tuple[str, str], ...]:
        action, media_type = f"{NAMESPACE}{operation}", MEDIA_TYPES[self._soap_namespace]
        if self._soap_namespace == SOAP_1_2:
            content_type = f'{media_type}; charset=utf-8; action="{action}"'
            return ("User-Agent", USER_AGENT), ("Content-Type", content_type)
        return (
            ("User-Agent", USER_AGENT),
            ("Content-Type", f"{media_type}; charset=utf-8"),
            ("SOAPAction", f'"{action}"'),
        )

    def _may_send_body(self, connection: http.client.HTTPConnection) -> bool:
        """Waits for the server's word on the headers: silence and "100 Continue" both mean yes.

        A server that let the wait pass is not waited for again. Under TLS the word cannot be peeked at:
        the body is sent in any case and a refusal is read after it.
        """
        assert connection.sock is not None
        if not _is_readable(connection.sock, self._continue_seconds):
            self._continue_seconds = 0
            return True
        if isinstance(connection.sock, ssl.SSLSocket):
            return True
        start = connection.sock.recv(12, socket.MSG_PEEK)
        return not start or b"HTTP/1.1 100".startswith(start)


def _is_readable(sock: socket.socket, seconds: float) -> bool:
    return bool(select.select([sock], [], [], seconds)[0])
