"""A caller's qbXML: read as something hostile, refused with its line, or taken apart into requests for the queue.

Rules: qbxml.md 1.1, 1.4 and 1.6. Element order and values are not judged here; passthrough.schema does that.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from passthrough.error_codes import ErrorCode
from passthrough.xml_text import RefusedRequest, elements_at, line_of, local_name, parse_document

__all__ = ("AcceptedRequest", "RefusedRequest", "accept", "fingerprint", "give_back_ids")

_REQUEST_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*Rq")
_QUERY: Final = "QueryRq"  # reports included; every other request is treated as a write
_DEFAULT_ON_ERROR: Final = "stopOnError"
_ON_ERROR: Final = ("stopOnError", "continueOnError")
_MESSAGE_SET_ATTRIBUTES: Final = ("onError", "responseData", "newMessageSetID", "oldMessageSetID")
_DOCUMENT: Final = "<QBXML> with one <QBXMLMsgsRq> and the requests in it"


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A message set as the queue takes it. `elements`, `names` and `caller_ids` go together, one for each request.

    `elements` are ASCII texts without requestID; a caller's missing requestID is "". `normalised` is the whole set in
    one canonical writing: two calls that mean the same have the same text.
    """

    elements: tuple[str, ...]
    names: tuple[str, ...]
    is_write: bool
    caller_ids: tuple[str, ...]
    on_error: str
    normalised: str


def accept(qbxml: str | bytes, *, limit_bytes: int) -> AcceptedRequest:
    """Read a caller's document. Raises RefusedRequest and nothing else, whatever the bytes.

    The caller's newMessageSetID, oldMessageSetID and responseData are set aside: the server has its own recovery.
    """
    root = parse_document(qbxml, limit_bytes=limit_bytes)
    etree.cleanup_namespaces(root)  # declarations that nothing uses would go out with every request
    _sort_attributes(root)
    message_set = _message_set_of(root)
    on_error = _on_error_of(message_set)
    requests = message_set.findall("*")
    if not requests:
        raise _refusal(message_set, "QBXMLMsgsRq holds no request.", "at least one request, such as <CompanyQueryRq/>")
    names = tuple(_name_of(request) for request in requests)
    caller_ids = tuple(str(request.attrib.pop("requestID", "")) for request in requests)
    elements = tuple(_canonical_text(request) for request in requests)
    return AcceptedRequest(
        elements=elements,
        names=names,
        is_write=any(not name.endswith(_QUERY) for name in names),
        caller_ids=caller_ids,
        on_error=on_error,
        normalised=f'<QBXML><QBXMLMsgsRq onError="{on_error}">{"".join(elements)}</QBXMLMsgsRq></QBXML>',
    )


def fingerprint(company_id: int, normalised: str) -> str:
    """SHA-256 (hex) of what a call asks of which company; `normalised` is AcceptedRequest's."""
    return hashlib.sha256(f"{company_id}\n{normalised}".encode()).hexdigest()


def _message_set_of(root: etree._Element) -> etree._Element:
    if root.tag != "QBXML":
        raise _refusal(root, f"The document is a <{local_name(root)}>, not a <QBXML>.", _DOCUMENT)
    for child in root:
        if child.tag != "QBXMLMsgsRq":
            raise _refusal(child, f"<{local_name(child)}> does not belong into <QBXML>.", _DOCUMENT)
    if len(root) != 1:
        found = root[1] if len(root) else root
        raise _refusal(found, f"The document holds {len(root)} QBXMLMsgsRq; QuickBooks takes exactly one.", _DOCUMENT)
    return root[0]


def _on_error_of(message_set: etree._Element) -> str:
    for name in map(str, message_set.attrib):
        if name not in _MESSAGE_SET_ATTRIBUTES:
            raise _refusal(message_set, f"QBXMLMsgsRq has no attribute {name}.", " or ".join(_MESSAGE_SET_ATTRIBUTES))
    on_error = message_set.get("onError", _DEFAULT_ON_ERROR)
    if on_error == "rollbackOnError":
        words = "QuickBooks does not carry out rollbackOnError, although its schema lists it: nothing is ever undone."
        raise _refusal(message_set, words, " or ".join(_ON_ERROR))
    if on_error not in _ON_ERROR:
        raise _refusal(message_set, f'onError="{on_error[:40]}" does not exist.', " or ".join(_ON_ERROR))
    return on_error


def _name_of(request: etree._Element) -> str:
    name = str(request.tag)
    if not _REQUEST_NAME.fullmatch(name):
        raise _refusal(
            request, f"<{local_name(request)}> is not a request: its name does not end in Rq.", "a name like …Rq"
        )
    return name


# In what libxml2 writes as ASCII, < and > stand for nothing but tags, and &# for nothing but a character.
_BETWEEN_TAGS: Final = re.compile(r">[ \t\r\n]+<")
_EMPTY: Final = re.compile(r"<([\w.-]+)(|\s[^<>]*\")></\1>")
# A C1 control is never meant: it is Windows-1252 that somebody took for Latin-1 (an apostrophe is 146).
_C1: Final = re.compile(r"&#(12[89]|1[345][0-9]);")


def _canonical_text(request: etree._Element) -> str:
    """The request in one writing: attributes in order, no white space between elements, empty ones self-closed."""
    text = etree.tostring(request, encoding="ascii", with_tail=False).decode("ascii")
    text = _EMPTY.sub(r"<\1\2/>", _BETWEEN_TAGS.sub("><", text))
    return _C1.sub(lambda found: _meant(int(found[1])), text)


def _meant(number: int) -> str:
    meant = bytes((number,)).decode("cp1252", "ignore")
    return f"&#{ord(meant)};" if meant else ""


_SEVERAL_ATTRIBUTES: Final = etree.XPath("//*[@*[2]]")


def _sort_attributes(root: etree._Element) -> None:
    for node in elements_at(_SEVERAL_ATTRIBUTES, root):
        attributes = sorted((str(name), str(value)) for name, value in node.attrib.items())
        node.attrib.clear()
        node.attrib.update(attributes)


def _refusal(element: etree._Element, message: str, expected: str) -> RefusedRequest:
    return RefusedRequest(ErrorCode.INVALID_XML, message, line_of(element), local_name(element), expected)


_START: Final = re.compile(
    r"<!--|<!\[CDATA\["  # stepped over with what they hold: what looks like a tag in there is not one
    r"|<[A-Za-z][A-Za-z0-9]*Rs(?=[\s/>])(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>"
)
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>"}
_ATTRIBUTE: Final = re.compile(r"(\s+)([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.DOTALL)


def give_back_ids(answer: str, ours: tuple[str, ...], callers: tuple[str, ...]) -> str:
    """QuickBooks' answer with the caller's requestIDs in place of ours; where they gave none (""), without one.

    Everything else stays as it is, to the byte. Raises ValueError when the two lists differ in length.
    """
    theirs = dict(zip(ours, callers, strict=True))
    pieces, done, place = [], 0, 0
    while found := _START.search(answer, place):
        place = found.end()
        if end := _ENDS.get(found[0]):
            place = answer.find(end, place) + 1
            if not place:
                break
            continue
        pieces += [answer[done : found.start()], _with_caller_id(found[0], theirs)]
        done = place
    return "".join((*pieces, answer[done:]))


def _with_caller_id(tag: str, theirs: dict[str, str]) -> str:
    def swapped(found: re.Match[str]) -> str:
        space, name, double, single = found.groups()
        value = double if double is not None else single
        if name != "requestID" or value not in theirs:
            return found[0]
        return f'{space}requestID="{_escaped(theirs[value])}"' if theirs[value] else ""

    return _ATTRIBUTE.sub(swapped, tag)


_SPECIAL: Final = {ord(character): f"&#{ord(character)};" for character in "\t\n\r"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
}


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL).encode("ascii", "xmlcharrefreplace").decode("ascii")
