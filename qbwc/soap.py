"""SOAP around the eleven calls of the Web Connector: bytes in, a call out; a result in, bytes out.

Read with the standard library's expat, because it streams: one text node of any size, memory that follows the text
and not the markup, and a place to stop at once when an envelope is hostile (reference: qbwc-protocol.md 1, 2).
"""

import enum
import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from qbwc.calls import (
    INTEGERS,
    OPERATIONS,
    Authenticate,
    Call,
    ClientVersion,
    CloseConnection,
    ConnectionErrorCall,
    GetInteractiveURL,
    GetLastError,
    InteractiveDone,
    InteractiveRejected,
    ReceiveResponseXML,
    SendRequestXML,
    ServerVersion,
)
from qbwc.qbxml.values import ILLEGAL_CHARACTER, ILLEGAL_REFERENCE

__all__ = (
    "NAMESPACE",
    "OPERATIONS",
    "Authenticate",
    "Call",
    "ClientVersion",
    "CloseConnection",
    "ConnectionErrorCall",
    "Envelope",
    "GetInteractiveURL",
    "GetLastError",
    "InteractiveDone",
    "InteractiveRejected",
    "MalformedCall",
    "ReceiveResponseXML",
    "SendRequestXML",
    "ServerVersion",
    "SoapVersion",
    "build_fault",
    "build_reply",
    "content_type",
    "parse_call",
)

NAMESPACE: Final = "http://developer.intuit.com/"

_MAX_DEPTH: Final = 32  # a real envelope has five levels
_MAX_ELEMENTS: Final = 1_000  # a real envelope has ten
_MAX_ATTRIBUTES: Final = 64  # RPC style declares about six
_MAX_TAG_BYTES: Final = 1 << 20  # the longest tag, comment or prolog; text may be as long as the caller allows
_CHUNK: Final = 1 << 16


class SoapVersion(enum.Enum):
    """The envelope's namespace, which names its version."""

    SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
    SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"


_VERSIONS: Final = {version.value: version for version in SoapVersion}


class MalformedCall(Exception):
    """The bytes are not a call this server knows; answer with a fault in `soap_version`."""

    def __init__(self, message: str, soap_version: SoapVersion = SoapVersion.SOAP_1_1) -> None:
        super().__init__(message)
        self.message = message
        self.soap_version = soap_version


class _NotWellFormed(MalformedCall):
    """A mistake in the XML itself, which dropping forbidden characters may cure."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A call with what its reply must repeat: the operation's name as it was asked, and the SOAP version."""

    call: Call
    operation: str
    soap_version: SoapVersion


def parse_call(body: bytes, limit: int) -> Envelope:
    """The call in an HTTP body of at most `limit` bytes. Raises MalformedCall, and nothing else, for anything else.

    Operations and parameters are found by local name, so Document, DocWrapped and RPC style all read the same.
    A missing or nil parameter is "" (or 0). Characters that XML forbids are dropped rather than refused: the .NET
    client writes a control character in QuickBooks' data as a forbidden reference.
    """
    if len(body) > limit:
        raise MalformedCall(f"The call is {len(body)} bytes long; this server accepts at most {limit}.")
    body = body.lstrip()
    try:
        return _read(body)
    except _NotWellFormed:
        cleaned = _without_forbidden_characters(body)
        if cleaned == body:
            raise
    return _read(cleaned)


_FORBIDDEN: Final = re.compile(f"{ILLEGAL_CHARACTER}|{ILLEGAL_REFERENCE}".encode("ascii"))
_MOST_FORBIDDEN: Final = 10_000  # real data has a handful; more is an attack on our time


def _without_forbidden_characters(body: bytes) -> bytes:
    return body if b"\x00" in body[:4] else _FORBIDDEN.sub(b"", body, count=_MOST_FORBIDDEN)


_UTF_16_STARTS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16le", b"\x00<": "utf-16be"}
_DECLARED: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{1,40}encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_ENCODINGS: Final = {b"utf-8": "utf-8", b"utf-16": "utf-8", b"us-ascii": "utf-8", b"ascii": "utf-8"} | {
    name.encode(): name for name in ("iso-8859-1", "iso-8859-15", "windows-1252")
}


def _encoding(body: bytes) -> str:
    """From the first bytes, and only then from the declaration: a .NET string says utf-16 however it is sent.

    A short list, because Python keeps every encoding name it is asked for. Raises MalformedCall for the rest.
    """
    if found := _UTF_16_STARTS.get(body[:2]):
        return found
    declared = _DECLARED.match(body)
    encoding = _ENCODINGS.get(declared[1].lower()) if declared else "utf-8"
    if encoding is None:
        raise MalformedCall("The call is in an encoding that this server does not read; use utf-8.")
    return encoding


def _read(body: bytes) -> Envelope:
    parser = expat.ParserCreate(_encoding(body), namespace_separator=" ")
    reader = _Reader()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text.append
    try:
        _feed(parser, body, reader)
    except (expat.ExpatError, UnicodeError) as error:
        raise _NotWellFormed(f"The call is not well-formed XML: {error}.", reader.version) from error
    return reader.envelope()


def _feed(parser: expat.XMLParserType, body: bytes, reader: "_Reader") -> None:
    """In pieces, so that one endless tag is noticed before it has been gathered whole."""
    view = memoryview(body)
    for start in range(0, len(body), _CHUNK):
        parser.Parse(view[start : start + _CHUNK], False)
        if start - parser.CurrentByteIndex > _MAX_TAG_BYTES:
            raise reader.refusal("The call has a tag, comment or prolog longer than any real one.")
    parser.Parse(b"", True)


class _Reader:
    """Follows one envelope and keeps the operation's name and its parameters' text; the rest passes by."""

    __slots__ = ("_depth", "_elements", "_in_body", "_operation", "_parameter_depth", "_values", "text", "version")

    def __init__(self) -> None:
        self.text: list[str] = []
        self._values: dict[str, str] = {}
        self._depth = 0
        self._elements = 0
        self._in_body = False
        self._operation = ""
        self._parameter_depth = 0  # 0: not inside a parameter
        self.version = SoapVersion.SOAP_1_1

    def refusal(self, message: str) -> MalformedCall:
        return MalformedCall(message, self.version)

    def doctype(self, *_: object) -> None:
        raise self.refusal("The call has a DOCTYPE, which SOAP forbids.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _MAX_DEPTH or self._elements > _MAX_ELEMENTS or len(attributes) > _MAX_ATTRIBUTES:
            raise self.refusal("The call has more levels, elements or attributes than any real one.")
        namespace, _, local = name.rpartition(" ")
        if self._depth == 1:
            self._enter_envelope(namespace, local)
        elif self._depth == 2:
            self._in_body = local == "Body" and namespace == self.version.value
        elif self._in_body:
            self._enter_body(local)

    def _enter_envelope(self, namespace: str, local: str) -> None:
        version = _VERSIONS.get(namespace)
        if local != "Envelope" or version is None:
            raise self.refusal(f"The document is {local}, not a SOAP 1.1 or 1.2 Envelope.")
        self.version = version

    def _enter_body(self, local: str) -> None:
        """The operation is the body's first element; its parameters may lie deeper, in a wrapper of DocWrapped."""
        if not self._operation:
            if local not in OPERATIONS:
                raise self.refusal(f"There is no operation called {local}.")
            self._operation = local
        elif not self._parameter_depth and self._depth > 3 and local in OPERATIONS[self._operation].parameters:
            self._parameter_depth = self._depth
            self.text.clear()

    def end(self, name: str) -> None:
        if self._depth == self._parameter_depth:
            self._values.setdefault(name.rpartition(" ")[2], "".join(self.text))
            self._parameter_depth = 0
            self.text.clear()
        self._depth -= 1

    def envelope(self) -> Envelope:
        """What was read. Raises MalformedCall when the body held no operation."""
        if not self._operation:
            raise self.refusal("The envelope has no Body with an operation in it.")
        operation = OPERATIONS[self._operation]
        values = (
            _integer(self._values.get(name, "")) if name in INTEGERS else self._values.get(name, "")
            for name in operation.parameters
        )
        return Envelope(operation.call(*values), self._operation, self.version)


_LEADING_DIGITS: Final = re.compile(r"\s*([0-9]{1,9})(?![0-9])")


def _integer(text: str) -> int:
    """A version part; 0 when it is missing or not a number, because nothing depends on it."""
    found = _LEADING_DIGITS.match(text)
    return int(found[1]) if found else 0


def build_reply(envelope: Envelope, result: str | int | tuple[str, ...]) -> bytes:
    """The reply to `envelope`: an array of strings for a tuple, otherwise text or a plain integer."""
    operation = envelope.operation
    return _in_envelope(
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{_result_text(result)}'
        f"</{operation}Result></{operation}Response>",
        envelope.soap_version,
    )


def build_fault(message: str, soap_version: SoapVersion) -> bytes:
    """A fault that blames the sender: the only kind this server ever sends (HTTP status 500)."""
    text = _escape(message)
    if soap_version is SoapVersion.SOAP_1_1:
        return _in_envelope(
            f"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{text}</faultstring></soap:Fault>",
            soap_version,
        )
    return _in_envelope(
        "<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code>"
        f'<soap:Reason><soap:Text xml:lang="en">{text}</soap:Text></soap:Reason></soap:Fault>',
        soap_version,
    )


_CONTENT_TYPES: Final = {
    SoapVersion.SOAP_1_1: "text/xml; charset=utf-8",
    SoapVersion.SOAP_1_2: "application/soap+xml; charset=utf-8",
}


def content_type(soap_version: SoapVersion) -> str:
    """The Content-Type of a reply; the .NET client refuses any other (qbwc-protocol.md 2.3)."""
    return _CONTENT_TYPES[soap_version]


def _result_text(result: str | int | tuple[str, ...]) -> str:
    if isinstance(result, tuple):
        return "".join(f"<string>{_escape(text)}</string>" for text in result)
    return _escape(str(result))


def _in_envelope(content: str, soap_version: SoapVersion) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{soap_version.value}">'
        f"<soap:Body>{content}</soap:Body></soap:Envelope>"
    ).encode()


_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _escape(text: str) -> str:
    """Element text. A carriage return needs a reference, or the reader's XML parser would drop it."""
    text = _UNWRITABLE.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")
