"""A caller's bytes to a tree: size, encoding, well-formedness, and nothing an XML file can do behind one's back."""

import re
from typing import Final, cast

from lxml import etree

from passthrough.error_codes import ErrorCode

MAX_DEPTH: Final = 32  # qbXML itself stays below ten
MAX_TAGS: Final = 4_000_000  # an element takes 25 times its text in memory: 50 MB of ordinary qbXML stay below this


class RefusedRequest(Exception):
    """A request that never reaches QuickBooks. `line` (from 1), `element` and `expected` are there where known."""

    def __init__(
        self, code: ErrorCode, message: str, line: int | None = None, element: str = "", expected: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.element = element
        self.expected = expected

    def __str__(self) -> str:
        """The whole sentence for the caller."""
        place = f"Line {self.line}: " if self.line else ""
        return f"{place}{self.message}" + (f" Expected: {self.expected}." if self.expected else "")


def parse_document(qbxml: str | bytes, *, limit_bytes: int) -> etree._Element:
    """The root of a well-formed document without DTD, comments and instructions, with the caller's line numbers.

    Raises RefusedRequest: too large, too many elements, an encoding other than those named here, not XML, nested too
    deeply, names beyond ASCII or in a namespace, or text between elements, which no qbXML has.
    """
    _check_size(len(qbxml), limit_bytes)
    body = _encoded(qbxml if isinstance(qbxml, str) else _decoded(qbxml))
    _check_size(len(body), limit_bytes * (1 if isinstance(qbxml, str) else 2))  # Latin-1 and UTF-16 grow in UTF-8
    if body.count(b"<") > MAX_TAGS:
        raise _too_many()
    root = _parsed(body)
    _check_nodes(root)
    if not body.isascii():
        _check_names(root)
    return root


def _check_size(size: int, limit_bytes: int) -> None:
    if size > limit_bytes:
        words = f"The request has {size:,} bytes; this server accepts {limit_bytes:,}."
        raise RefusedRequest(ErrorCode.PAYLOAD_TOO_LARGE, words)


def _too_many() -> RefusedRequest:
    words = f"The request has more than {MAX_TAGS:,} tags. Send it in several calls."
    return RefusedRequest(ErrorCode.PAYLOAD_TOO_LARGE, words)


_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WITHOUT_BOM: Final = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED: Final = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# ISO-8859-1 and US-ASCII are read as Windows-1252, as browsers do: what calls itself so usually is.
_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-8",  # a declaration readable as bytes cannot be in UTF-16: it was converted on the way
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso8859-15",
}


def _decoded(raw: bytes) -> str:
    codec = _codec_of(raw)
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        words = f"The text is not {codec}, as it says: byte {error.start + 1} is {raw[error.start]:#04x}."
        raise _refused(words, line, "", "UTF-8, or an encoding in the XML declaration") from error


def _codec_of(raw: bytes) -> str:
    for mark, codec in (*_BOMS, *_WITHOUT_BOM):
        if raw.startswith(mark):
            return codec
    found = _DECLARED.match(raw, 0, 400)
    name = found[1].decode("ascii") if found else "utf-8"
    codec_of_name = _CODECS.get(name.lower())
    if codec_of_name is None:
        raise _refused(f"The encoding {name} is not accepted.", 1, "", "UTF-8, UTF-16, ISO-8859-1 or Windows-1252")
    return codec_of_name


_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]*\?>")


def _encoded(text: str) -> bytes:
    """UTF-8 without its declaration, which spoke of other bytes. Its line ends stay, so that lines can be counted."""
    text = text.removeprefix("\ufeff")
    if found := _DECLARATION.match(text):
        text = "\n" * found[0].count("\n") + text[found.end() :]
    if not text.strip():
        raise _refused("The request is empty.", None, "", "a <QBXML> document")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _refused("The text holds half a character (a lone surrogate).", line) from error


# A part of what libxml2 says → what a person should have written.
_HINTS: Final = (
    ("EntityRef", "&amp; where an & is meant"),
    ("Entity '", "only &amp; &lt; &gt; &quot; &apos; and numbers like &#233;"),
    ("xmlParseCharRef", "characters that XML allows"),
    ("invalid xmlChar", "characters that XML allows"),
    ("PCDATA invalid Char", "characters that XML allows"),
    ("Start tag expected", "<QBXML> at the beginning, after the declaration"),
    ("Extra content", "nothing after </QBXML>"),
    ("tag mismatch", "every element closed, in order"),
    ("Premature end", "every element closed"),
)


def _parsed(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,  # libxml2's own limits on depth, text length and amplification stay on
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_refusal(body, error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _dtd_refusal()
    return root


_BEFORE_DOCTYPE: Final = re.compile(rb"[\s>]*(<!--|<\?)")
_DOCTYPE: Final = re.compile(rb"[\s>]*<!DOCTYPE")


def _syntax_refusal(body: bytes, error: etree.XMLSyntaxError) -> RefusedRequest:
    if _begins_with_doctype(body):
        return _dtd_refusal()
    said = (error.msg or "no reason given").split(", line ")[0]
    hint = next((hint for part, hint in _HINTS if part in said), "")
    line = error.lineno if isinstance(error.lineno, int) and error.lineno > 0 else None
    return _refused(f"The request is not well-formed XML: {said}.", line, "", hint)


def _begins_with_doctype(body: bytes) -> bool:
    """Whether a DOCTYPE comes first, after comments and instructions. In one pass: the text may be hostile."""
    place = 0
    while found := _BEFORE_DOCTYPE.match(body, place):
        end = body.find(b"-->" if found[1] == b"<!--" else b"?>", found.end())
        if end < 0:
            return False
        place = end + 2
    return _DOCTYPE.match(body, place) is not None


def _dtd_refusal() -> RefusedRequest:
    return _refused("The request has a DOCTYPE. It is not accepted.", None, "", "a document without DTD and entities")


# What must not be there, found by libxml2 itself: a document may hold a million elements.
_NAMESPACED: Final = etree.XPath("(//*[namespace-uri() or contains(name(), ':')])[1]")
_NAMESPACED_ATTRIBUTE: Final = etree.XPath("(/*//*[@*[namespace-uri() or contains(name(), ':')]])[1]")
_TOO_DEEP: Final = etree.XPath("(" + "/*" * (MAX_DEPTH + 1) + ")[1]")
_STRAY_TEXT: Final = etree.XPath("(//*[*]/text()[normalize-space()])[1]/..")


def _check_nodes(root: etree._Element) -> None:
    if (node := _first(_TOO_DEEP, root)) is not None:
        raise _refused(f"The elements are nested more than {MAX_DEPTH} levels deep.", *_place_of(node))
    if (node := _first(_NAMESPACED, root)) is not None:
        words = f"<{local_name(node)}> is in a namespace; qbXML has none."
        raise _refused(words, *_place_of(node), "elements without prefix and xmlns")
    if (node := _first(_NAMESPACED_ATTRIBUTE, root)) is not None:
        words = f"<{local_name(node)}> has an attribute in a namespace; qbXML has none."
        raise _refused(words, *_place_of(node), "attributes without prefix")
    if (node := _first(_STRAY_TEXT, root)) is not None:
        texts = (node.text, *(child.tail for child in node))
        stray = next((text.strip() for text in texts if text and text.strip()), "")
        words = f"The text “{stray[:40]}” stands between the elements of <{local_name(node)}>."
        raise _refused(words, *_place_of(node), "elements only")


def _check_names(root: etree._Element) -> None:
    """In ASCII, a name beyond it could only be written as references, and those are not allowed in names."""
    for node in root.iter(etree.Element):
        if not all(str(name).isascii() for name in (node.tag, *node.attrib)):
            words = f"<{local_name(node)}> has a name with letters that qbXML does not use."
            raise _refused(words, *_place_of(node), "names in plain letters")


def _first(path: etree.XPath, root: etree._Element) -> etree._Element | None:
    return next(iter(elements_at(path, root)), None)


def elements_at(path: etree.XPath, root: etree._Element) -> list[etree._Element]:
    """What the path finds. RefusedRequest where libxml2 gives up, at ten million nodes."""
    try:
        found = path(root)
    except etree.XPathError as error:
        raise _too_many() from error
    return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []


def _place_of(node: etree._Element) -> tuple[int | None, str]:
    return line_of(node), local_name(node)


def local_name(element: etree._Element) -> str:
    """The element's name as it can be shown: without namespace, and not longer than any name of qbXML."""
    return str(element.tag).rpartition("}")[2][:80]


def line_of(element: etree._Element) -> int | None:
    """Where the element begins in its document."""
    return cast(int | None, element.sourceline)  # lxml-stubs give it no type


def _refused(message: str, line: int | None, element: str = "", expected: str = "") -> RefusedRequest:
    return RefusedRequest(ErrorCode.INVALID_XML, message, line, element, expected)
