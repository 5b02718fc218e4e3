"""Reads a qbXML document the way QuickBooks' parser does: anything out of order fails the whole call."""

import dataclasses
import hashlib
import io
import re
from collections.abc import Iterator, Sequence

from lxml import etree

from simulators import statuses
from simulators.hresults import PARSE_ERROR, QuickBooksError, parse_error
from simulators.request_grammar import ATTRIBUTES, KNOWN_ONLY_BY_NAME, MODELS
from simulators.request_values import grammar_violation, value_violation
from simulators.statuses import Status

REQUEST_ID_LIMIT = 50
_SET_ATTRIBUTES = frozenset(("onError", "responseData", "newMessageSetID", "oldMessageSetID"))
_ENCODING = re.compile(r"^(<\?xml[^>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_VERSION = re.compile(r"\s*version\s*=\s*[\"']([^\"']*)[\"']\s*")


@dataclasses.dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One XxxRq that has passed the grammar. `status` is set when one of its values fails the request."""

    name: str  # without the Rq
    request_id: str | None
    element: etree._Element
    status: Status | None


@dataclasses.dataclass(frozen=True, slots=True)
class MessageSet:
    """A QBXMLMsgsRq. `checksum` is of its requests, to notice other contents under a known ID."""

    requests: tuple[ReceivedRequest, ...]
    stops_on_error: bool
    includes_data: bool
    new_id: str
    old_id: str
    checksum: str


def read_message_set(qbxml: str, supported_versions: Sequence[str], unknown_version_hresult: str) -> MessageSet:
    """The message set of a document; raises QuickBooksError for everything QuickBooks refuses as a whole."""
    root = _parsed(qbxml)
    _check_version(root, supported_versions, unknown_version_hresult)
    message_set = _message_set_element(root)
    _check_set_attributes(message_set)
    requests = tuple(_read_request(element) for element in _elements(message_set))
    return MessageSet(
        requests=requests,
        stops_on_error=message_set.get("onError") == "stopOnError",
        includes_data=message_set.get("responseData", "includeAll") == "includeAll",
        new_id=message_set.get("newMessageSetID", ""),
        old_id=message_set.get("oldMessageSetID", ""),
        checksum=_checksum(message_set),
    )


def _parsed(qbxml: str) -> etree._Element:
    _check_characters(qbxml)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(_ENCODING.sub(r"\1", qbxml).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise parse_error(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise parse_error("the document has a DOCTYPE")
    return root


def _check_characters(qbxml: str) -> None:
    """Raw characters that Windows-1252 lacks break QuickBooks' parser; as references they pass (sheet 1.4)."""
    try:
        qbxml.encode("cp1252")
    except UnicodeEncodeError as error:
        raise parse_error(f"raw character {qbxml[error.start]!r}") from error


def _check_version(root: etree._Element, supported: Sequence[str], unknown_version_hresult: str) -> None:
    instructions = [
        node for node in root.itersiblings(preceding=True) if isinstance(node, etree._ProcessingInstruction)
    ]
    found = [node for node in instructions if node.target == "qbxml"]
    match = _VERSION.fullmatch(found[0].text or "") if len(found) == 1 else None
    if match is None:
        raise parse_error("no single <?qbxml version=…?> instruction")
    if match.group(1) not in supported:
        raise QuickBooksError(unknown_version_hresult, detail=f"qbXML version {match.group(1)}")


def _message_set_element(root: etree._Element) -> etree._Element:
    children = list(_elements(root))
    if root.tag != "QBXML" or root.attrib or _has_text(root):
        raise parse_error("the document element is not a plain QBXML")
    if [child.tag for child in children] != ["QBXMLMsgsRq"]:
        raise parse_error("QBXML must hold exactly one QBXMLMsgsRq")
    return children[0]


def _check_set_attributes(message_set: etree._Element) -> None:
    unknown = set(message_set.attrib) - _SET_ATTRIBUTES
    if unknown or _has_text(message_set):
        raise parse_error(f"QBXMLMsgsRq with text or unknown attributes {sorted(map(str, unknown))}")
    # The schema lists rollbackOnError, QuickBooks refuses it (Web Connector sheet 6.4).
    if message_set.get("onError") not in ("stopOnError", "continueOnError"):
        raise parse_error(f"onError is {message_set.get('onError')!r}")
    if message_set.get("responseData", "includeAll") not in ("includeAll", "includeNone"):
        raise parse_error("responseData is neither includeAll nor includeNone")


def _read_request(element: etree._Element) -> ReceivedRequest:
    tag = str(element.tag)
    known_only_by_name = tag in KNOWN_ONLY_BY_NAME
    if not known_only_by_name:
        _check_order(element, tag)
        _check_values(element)
    request_id = element.get("requestID")
    name = tag.removesuffix("Rq")
    status = statuses.not_simulated(name) if known_only_by_name else _first_bad_value(element)
    if request_id is not None and len(request_id) > REQUEST_ID_LIMIT:
        status = statuses.bad_request_id(request_id)
    return ReceivedRequest(name, request_id, element, status)


def _check_order(element: etree._Element, tag: str) -> None:
    if not tag.endswith("Rq") or tag not in MODELS:
        raise parse_error(f"unknown request {tag}")
    # HostQueryRq must be empty to the letter (sheet 1.1, from Intuit's reference).
    if tag == "HostQueryRq" and not len(element) and element.text is not None:
        raise parse_error("something stands between the tags of HostQueryRq")
    if not _GRAMMAR.validate(element):
        raise parse_error(str(_GRAMMAR.error_log))


def _check_values(request: etree._Element) -> None:
    for _parent, name, text in _leaves(request):
        violation = grammar_violation(name, text)
        if violation:
            raise QuickBooksError(PARSE_ERROR, detail=violation)


def _first_bad_value(request: etree._Element) -> Status | None:
    found = (value_violation(parent, name, text) for parent, name, text in _leaves(request))
    return next((status for status in found if status is not None), None)


def _leaves(request: etree._Element) -> Iterator[tuple[str, str, str]]:
    """(name of the parent, name, text) of every element without a content model of its own."""
    for element in request.iter(etree.Element):
        parent = element.getparent()
        if str(element.tag) not in MODELS and parent is not None:
            yield str(parent.tag), str(element.tag), _text_of(element)


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return parent.iterchildren(etree.Element)


def _has_text(element: etree._Element) -> bool:
    return bool(_text_of(element).strip())


def _text_of(element: etree._Element) -> str:
    """Its own text, comments inside left out."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _checksum(message_set: etree._Element) -> str:
    inside = b"".join(etree.tostring(child, method="c14n") for child in _elements(message_set))
    return hashlib.sha256(inside).hexdigest()


def _grammar() -> etree.DTD:
    """The content models as a DTD; every name they mention without a model of its own is a leaf."""
    mentioned = {name for model in MODELS.values() for name in re.findall(r"\w+", model)}
    requests = [name for name in MODELS if name.endswith("Rq")]
    lines = [f"<!ELEMENT {name} ({model})>" for name, model in MODELS.items()]
    lines += [f"<!ELEMENT {name} (#PCDATA)>" for name in sorted(mentioned - MODELS.keys())]
    lines += [f"<!ATTLIST {name} requestID CDATA #IMPLIED>" for name in requests]
    lines += [f"<!ATTLIST {name} {declaration}>" for name, declaration in ATTRIBUTES.items()]
    return etree.DTD(io.StringIO("\n".join(lines)))


_GRAMMAR = _grammar()
