"""Reading a SOAP call: bytes in, one of the calls out, or MalformedCall and nothing else.

Read with the standard library's expat, because it streams: one text node of any size, memory that follows the text
and not the markup, and a place to stop at once when an envelope is hostile (reference: qbwc-protocol.md 1, 2).
"""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Protocol
from xml.parsers import expat

from qbwc.calls import INTEGERS, OPERATIONS, Call, OversizedAnswer
from qbwc.qbxml.values import ILLEGAL_REFERENCE

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


class Readable(Protocol):
    """What a body may come as: a file, or Django's HttpRequest."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """A call with what its reply must repeat: the operation's name as it was asked, and the SOAP version."""

    call: Call
    operation: str
    soap_version: SoapVersion


def parse_call(body: bytes | Readable, limit: int) -> Envelope:
    """The call in an HTTP body whose texts have at most `limit` bytes as UTF-8. Raises MalformedCall for anything else.

    Operations and parameters are found by local name, so Document, DocWrapped and RPC style all read the same.
    A missing or nil parameter is "" (or 0). Characters that XML forbids are dropped rather than refused: the .NET
    client writes a control character in QuickBooks' data as a forbidden reference.

    A body given as a file is read once, piece by piece, and never kept whole. An answer of QuickBooks that is longer
    than `limit` is an OversizedAnswer, even when its end was cut off: its session must be told.
    """
    pieces = _pieces(BytesIO(body) if isinstance(body, bytes) else body)
    start = next((stripped for piece in pieces if (stripped := piece.lstrip())), b"")
    reader = _Reader(limit)
    parser = _Parser(start, reader)
    try:
        parser.feed(start)
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except (expat.ExpatError, UnicodeError) as error:
        if not reader.is_oversized_answer:
            raise reader.refusal(f"The call is not well-formed XML: {error}.") from error
    return reader.envelope()


_LONGEST_REFERENCE: Final = 32


def _pieces(body: Readable) -> Iterator[bytes]:
    """The body in pieces that cut no character reference in two (unless it is longer than any real one)."""
    rest = b""
    while piece := body.read(_CHUNK):
        piece = rest + piece if rest else piece
        cut = piece.rfind(b"&", len(piece) - _LONGEST_REFERENCE)
        rest = piece[cut:] if cut > 0 and b";" not in piece[cut:] else b""
        yield piece[:cut] if rest else piece
    yield rest


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


_CONTROL_CHARACTERS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_FORBIDDEN_REFERENCE: Final = re.compile(ILLEGAL_REFERENCE.encode("ascii"))
_MOST_DROPPED: Final = 10_000  # real data has a handful; more is an attack on our time


class _Parser:
    """The bytes' side of the reading: expat, fed without what XML forbids, and stopped when a tag does not end."""

    __slots__ = ("_dropped", "_expat", "_fed", "_is_text", "_reader")

    def __init__(self, start: bytes, reader: "_Reader") -> None:
        self._reader = reader
        self._fed = 0
        self._dropped = 0
        self._is_text = b"\x00" not in start[:4]  # one byte a character, so that bytes can be looked for
        self._expat = parser = expat.ParserCreate(_encoding(start), namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = _CHUNK
        parser.StartDoctypeDeclHandler = reader.doctype
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.data
        parser.StartCdataSectionHandler = reader.start_cdata
        parser.EndCdataSectionHandler = reader.end_cdata

    def feed(self, piece: bytes) -> None:
        """The next piece of the document. Raises ExpatError, UnicodeError, MalformedCall."""
        self._parse(self._without_forbidden(piece) if self._is_text else piece)
        if self._fed - self._expat.CurrentByteIndex > _MAX_TAG_BYTES:
            raise self._reader.refusal("The call has a tag, comment or prolog longer than any real one.")

    def close(self) -> None:
        """The document is over. Raises as `feed` does."""
        self._expat.Parse(b"", True)

    def _parse(self, piece: bytes) -> None:
        self._fed += len(piece)
        self._expat.Parse(piece, False)

    def _without_forbidden(self, piece: bytes) -> bytes:
        """Parses up to the last forbidden reference and gives the rest; a CDATA section keeps its own, as text."""
        piece = piece.translate(None, _CONTROL_CHARACTERS)
        start = 0
        for found in _FORBIDDEN_REFERENCE.finditer(piece) if b"&#" in piece else ():
            self._parse(piece[start : found.start()])
            start = found.start() if self._reader.is_in_cdata else found.end()
            self._dropped += 1
            if self._dropped > _MOST_DROPPED:
                raise self._reader.refusal("The call has more characters that XML forbids than any real one.")
        return piece[start:] if start else piece


class _Reader:
    """Follows one envelope and keeps the operation's name and its parameters' text; the rest passes by."""

    __slots__ = (
        "_depth",
        "_elements",
        "_in_body",
        "_limit",
        "_operation",
        "_oversize",
        "_parameter_depth",
        "_text",
        "_values",
        "_version",
        "is_in_cdata",
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = bytearray()  # UTF-8: as characters, one of them above U+00FF would double the rest
        self._oversize = 0
        self._values: dict[str, str] = {}
        self._depth = 0
        self._elements = 0
        self._in_body = False
        self._operation = ""
        self._parameter_depth = 0  # 0: not inside a parameter
        self._version = SoapVersion.SOAP_1_1
        self.is_in_cdata = False

    def data(self, text: str) -> None:
        """Only a parameter's text is kept; of an answer over the limit, only its length."""
        if not self._parameter_depth:
            return
        if self._oversize:
            self._oversize += len(text)
            return
        self._text += text.encode()
        if len(self._text) > self._limit:
            self._enter_oversize()

    def _enter_oversize(self) -> None:
        if self._operation != "receiveResponseXML" or "ticket" not in self._values:
            raise self.refusal(f"The call has a text longer than the {self._limit} bytes it may have at most.")
        self._oversize = len(self._text)
        self._text.clear()

    @property
    def is_oversized_answer(self) -> bool:
        """Whether this is QuickBooks' answer under a known ticket, longer than the limit."""
        return self._oversize > 0

    def refusal(self, message: str) -> MalformedCall:
        return MalformedCall(message, self._version)

    def start_cdata(self) -> None:
        self.is_in_cdata = True

    def end_cdata(self) -> None:
        self.is_in_cdata = False

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
            self._in_body = local == "Body" and namespace == self._version.value
        elif self._in_body:
            self._enter_body(local)

    def _enter_envelope(self, namespace: str, local: str) -> None:
        version = _VERSIONS.get(namespace)
        if local != "Envelope" or version is None:
            raise self.refusal(f"The document is {local}, not a SOAP 1.1 or 1.2 Envelope.")
        self._version = version

    def _enter_body(self, local: str) -> None:
        """The operation is the body's first element; its parameters may lie deeper, in a wrapper of DocWrapped."""
        if not self._operation:
            if local not in OPERATIONS:
                raise self.refusal(f"There is no operation called {local}.")
            self._operation = local
        elif not self._parameter_depth and self._depth > 3 and local in OPERATIONS[self._operation].parameters:
            self._parameter_depth = self._depth

    def end(self, name: str) -> None:
        if self._depth == self._parameter_depth:
            self._values.setdefault(name.rpartition(" ")[2], self._text.decode())
            self._parameter_depth = 0
            self._text.clear()
        self._depth -= 1

    def envelope(self) -> Envelope:
        """What was read. Raises MalformedCall when the body held no operation."""
        if not self._operation:
            raise self.refusal("The envelope has no Body with an operation in it.")
        if self.is_oversized_answer:
            return Envelope(OversizedAnswer(self._values["ticket"], self._oversize), self._operation, self._version)
        operation = OPERATIONS[self._operation]
        values = (
            _integer(self._values.get(name, "")) if name in INTEGERS else self._values.get(name, "")
            for name in operation.parameters
        )
        return Envelope(operation.call(*values), self._operation, self._version)


_LEADING_DIGITS: Final = re.compile(r"\s*([0-9]{1,9})(?![0-9])")


def _integer(text: str) -> int:
    """A version part; 0 when it is missing or not a number, because nothing depends on it."""
    found = _LEADING_DIGITS.match(text)
    return int(found[1]) if found else 0
