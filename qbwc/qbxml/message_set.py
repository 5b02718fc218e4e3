"""A set of qbXML requests and its text exactly as QuickBooks receives it (qbxml.md 1.1, 1.4; qbwc-protocol.md 6)."""

import copy
import re
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from qbwc.qbxml.values import storable

OnError = Literal["stopOnError", "continueOnError"]  # the schema's third, rollbackOnError, QuickBooks refuses

LONGEST_REQUEST_ID: Final = 50  # longer gives statusCode 1060
LONGEST_MESSAGE_SET_ID: Final = 23  # longer gives messageSetStatusCode 9004

_VERSION: Final = re.compile(r"[A-Z]{0,2}[0-9]{1,2}\.[0-9]")


class BadMessageSet(ValueError):
    """Ours broke: this message set must not be sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a set; `element` is an `…Rq` without requestID, which stays as it is."""

    request_id: str
    element: etree._Element


@dataclass(frozen=True, slots=True)
class MessageSet:
    """What goes to QuickBooks in one trip. The message set ids are for writes that must not happen twice."""

    requests: tuple[Request, ...]
    version: str = "13.0"
    on_error: OnError = "stopOnError"
    new_message_set_id: str = ""
    old_message_set_id: str = ""


def render(message_set: MessageSet) -> str:
    """The document in pure ASCII, starting with its declaration. The same set always gives the same text.

    Raises BadMessageSet for ids that are too long or repeated, an unknown version or onError.
    """
    _check(message_set)
    attributes = f'onError="{message_set.on_error}"'
    if message_set.new_message_set_id:
        attributes += f' newMessageSetID="{message_set.new_message_set_id}"'
    if message_set.old_message_set_id:
        attributes += f' oldMessageSetID="{message_set.old_message_set_id}"'
    body = "\n".join(_request_text(request) for request in message_set.requests)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{message_set.version}"?>\n'
        f"<QBXML>\n<QBXMLMsgsRq {attributes}>\n{body}\n</QBXMLMsgsRq>\n</QBXML>"
    )


def _check(message_set: MessageSet) -> None:
    if not _VERSION.fullmatch(message_set.version):
        raise BadMessageSet(f"{message_set.version!r} is not a qbXML version.")
    if message_set.on_error not in ("stopOnError", "continueOnError"):
        raise BadMessageSet(f"QuickBooks does not take onError {message_set.on_error!r}.")
    for message_set_id in (message_set.new_message_set_id, message_set.old_message_set_id):
        if len(message_set_id) > LONGEST_MESSAGE_SET_ID or not _is_plain(message_set_id):
            raise BadMessageSet(f"{message_set_id!r} is not a message set ID of at most 23 plain characters.")
    _check_request_ids([request.request_id for request in message_set.requests])


def _check_request_ids(request_ids: list[str]) -> None:
    if len(set(request_ids)) != len(request_ids):
        raise BadMessageSet(f"A requestID is used twice: {', '.join(request_ids)}.")
    for request_id in request_ids:
        if not request_id or len(request_id) > LONGEST_REQUEST_ID or not _is_plain(request_id):
            raise BadMessageSet(f"{request_id!r} is not a requestID of 1 to 50 plain characters.")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set("<>&\"'")


def _request_text(request: Request) -> str:
    element = copy.deepcopy(request.element)
    for node in element.iter(etree.Element):
        _normalise(node)
    element.set("requestID", request.request_id)
    return etree.tostring(element, encoding="ascii", with_tail=False).decode("ascii")


def _normalise(node: etree._Element) -> None:
    """Empty elements are self-closed (QuickBooks refuses even one space in HostQueryRq); text is made storable."""
    text = node.text or ""
    node.text = storable(text) if text.strip() or len(node) else None
    for name in node.attrib:
        node.set(name, storable(node.get(name, "")))
