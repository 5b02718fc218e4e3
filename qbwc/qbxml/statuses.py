"""The statuses in an answer of any size: no tree, and no Python per element, so that 50 MB cost little time or memory.

libxml2 reads the whole text for nothing but its well-formedness. In a well-formed text every "<" begins a tag, once
comments, CDATA sections and instructions are out of the way; every `…Rs` of the schema carries a statusCode and no
element inside one does (qbxmlops), so the tags with this attribute are the responses, and they are looked for as text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from lxml import etree

from qbwc.qbxml import values

FIRST_ERROR: Final = 1000  # statusCodes below are information and warnings that come with data


class MalformedAnswer(ValueError):
    """The text is not an answer of QuickBooks."""


@dataclass(frozen=True, slots=True)
class Status:
    """What one `…Rs` says about its request. The counts are there for queries and iterators only."""

    name: str
    request_id: str
    status_code: int
    severity: str
    message: str
    retained_count: int | None
    iterator_remaining: int | None
    iterator_id: str

    @property
    def is_error(self) -> bool:
        """The request was not carried out, and there is no data."""
        return self.status_code >= FIRST_ERROR


@dataclass(frozen=True, slots=True)
class Statuses:
    """Of a whole QBXMLMsgsRs. The code is about message set recovery and is there only when an id was sent."""

    message_set_status_code: int | None
    responses: tuple[Status, ...]


def read_statuses(text: str) -> Statuses:
    """The statuses of an answer. Raises MalformedAnswer when it is not a QBXML document."""
    try:
        _check(pieces(text))
    except etree.XMLSyntaxError:  # the characters that XML forbids are rare, and looking for them costs time
        try:
            _check(map(values.clean, pieces(text)))
        except etree.XMLSyntaxError as error:
            raise MalformedAnswer(f"The answer is not well-formed XML: {error.msg}.") from error
    return _statuses(_only_tags(text))


_PIECE: Final = 1 << 16
_LONGEST_REFERENCE: Final = 32
_DECLARATION: Final = re.compile(r"\ufeff?\s*(?:<\?xml[^>]*\?>)?\s*")
_DOCTYPE: Final = re.compile(r"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE", re.DOTALL)


def pieces(text: str) -> Iterator[str]:
    """The answer without its declaration, whose encoding is not believed: the SOAP layer has decoded the text.

    No character reference is cut in two. Raises MalformedAnswer for a DOCTYPE.
    """
    start = _start_of(text)
    if _DOCTYPE.match(text, start):
        raise MalformedAnswer("The answer has a DOCTYPE, which QuickBooks never sends.")
    while start < len(text):
        end = start + _PIECE
        cut = text.rfind("&", end - _LONGEST_REFERENCE, end)
        end = cut if cut > start and text.find(";", cut, end) < 0 else end
        yield text[start:end]
        start = end


def _start_of(text: str) -> int:
    found = _DECLARATION.match(text)
    return found.end() if found else 0


class _Nothing:
    """What lxml is told to make of the text."""

    def close(self) -> None:
        """lxml asks for it at the end of the document."""


def _check(parts: Iterable[str]) -> None:
    target: Any = _Nothing()  # the stubs ask for methods that lxml does without
    parser = etree.XMLParser(
        target=target, encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    for part in parts:
        parser.feed(part.encode("utf-8", "surrogatepass"))
    parser.close()


_NO_TAG: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_TAG: Final = re.compile(r"""<([^\s<>/!?]++)((?>\s+[^\s=<>]+\s*=\s*(?>"[^"<]*"|'[^'<]*'))*+)\s*/?>""")


def _only_tags(text: str) -> str:
    start = _start_of(text)
    if text.find("<!", start) < 0 and text.find("<?", start) < 0:
        return text
    return _NO_TAG.sub("", text[start:])


def _statuses(text: str) -> Statuses:
    """Of a text in which every "<" but the declaration's begins a tag. Raises MalformedAnswer."""
    messages = _attributes_of(_messages_tag(text))
    return Statuses(
        integer("QBXMLMsgsRs", messages, "messageSetStatusCode"),
        tuple(status(tag[1], attributes) for tag, attributes in _tags_with("statusCode", text)),
    )


def _messages_tag(text: str) -> re.Match[str]:
    """QuickBooks' answers and Point of Sale's differ in these names only."""
    root = _TAG.search(text, _start_of(text))
    name = root[1] if root else ""
    if name in ("QBXML", "QBPOSXML"):
        start = text.find(f"<{name}MsgsRs")
        if start >= 0 and (found := _TAG.match(text, start)) and found[1] == f"{name}MsgsRs":
            return found
    raise MalformedAnswer(f"The answer is a {name} document without QBXMLMsgsRs.")


def _tags_with(attribute: str, text: str) -> Iterator[tuple[re.Match[str], dict[str, str]]]:
    """The tags that carry this attribute; each character is looked at twice at most, whatever the text."""
    start = 0
    while (found := text.find(attribute, start)) >= 0:
        end = text.find("<", found)
        end = end if end >= 0 else len(text)
        tag = _TAG.match(text, text.rfind("<", start, found), end)
        if tag and attribute in tag[2] and attribute in (attributes := _attributes_of(tag)):
            yield tag, attributes
        start = end


def _attributes_of(tag: re.Match[str]) -> dict[str, str]:
    """As XML reads them: references resolved, white space as spaces."""
    found: dict[str, str] = {}
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda _, attributes: found.update(attributes)
    parser.Parse(f"<_{values.clean(tag[2])}/>".encode(), True)
    return found


def status(name: str, attributes: Mapping[str, str]) -> Status:
    """The status in the attributes of a response element. Raises MalformedAnswer."""
    status_code = integer(name, attributes, "statusCode")
    if status_code is None:
        raise MalformedAnswer(f"{name} has no statusCode.")
    return Status(
        name=name,
        request_id=attributes.get("requestID", ""),
        status_code=status_code,
        severity=attributes.get("statusSeverity", ""),
        message=values.clean(attributes.get("statusMessage", "")),
        retained_count=integer(name, attributes, "retCount"),
        iterator_remaining=integer(name, attributes, "iteratorRemainingCount"),
        iterator_id=attributes.get("iteratorID", ""),
    )


def integer(name: str, attributes: Mapping[str, str], attribute: str) -> int | None:
    """A number in an attribute of the element `name`; None without it. Raises MalformedAnswer."""
    text = attributes.get(attribute)
    if text is None or not text.strip():
        return None
    try:
        return int(text)
    except ValueError as error:
        raise MalformedAnswer(f"{name} has {attribute} {text[:40]!r}, which is not a number.") from error
