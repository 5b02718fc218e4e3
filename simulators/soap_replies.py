"""Reads a SOAP reply the way the .NET client of the Web Connector does: strictly, and silently in one respect.

.NET skips elements it does not know. A result in the wrong namespace or under another name is therefore not
an error in itself: it is missing, null, and breaks whoever uses it.
Source: System.Web.Services (SoapHttpClientProtocol.ReadResponse) and reports from the field.
"""

import dataclasses
import re

from lxml import etree

NAMESPACE = "http://developer.intuit.com/"
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
MEDIA_TYPES = {SOAP_1_1: "text/xml", SOAP_1_2: "application/soap+xml"}

NULL_REFERENCE = "Object reference not set to an instance of an object."
_XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_READABLE_FAILURES = (400, 500)  # SOAP faults come with these
_INT32 = range(-(2**31), 2**31)


class SoapFailure(Exception):
    """A call that .NET would end with an exception; the text is what the Web Connector's log would say."""


@dataclasses.dataclass(frozen=True, slots=True)
class HttpReply:
    """One HTTP answer, unread; `content_length` is None for a chunked one."""

    status: int
    reason: str
    content_type: str
    content_length: int | None
    body: bytes


class Reply:
    """The result of one call. Reading it as the wrong kind raises SoapFailure."""

    def __init__(self, result: etree._Element | None, *, is_loose: bool) -> None:
        """`result` is the <operationResult> element, None when .NET would see null."""
        self._result = result
        self._is_loose = is_loose

    @property
    def is_null(self) -> bool:
        """True when the server sent no result that .NET can see."""
        return self._result is None

    def text(self) -> str:
        """The result as a string, white space kept."""
        if self._result is None:
            raise SoapFailure(NULL_REFERENCE)
        return _text_of(self._result)

    def number(self) -> int:
        """The result as a 32-bit integer: "100" or " 100 ", never "100.0" or "100%"."""
        return int32(self.text())

    def strings(self) -> list[str | None]:
        """The result as an array; an item with xsi:nil is None."""
        if self._result is None:
            raise SoapFailure(NULL_REFERENCE)
        items = self._result if self._is_loose else self._result.findall(f"{{{NAMESPACE}}}string")
        return [None if item.get(_XSI_NIL) in ("true", "1") else _text_of(item) for item in items]


def int32(text: str) -> int:
    """A whole number as XmlConvert.ToInt32 reads it; raises SoapFailure."""
    trimmed = text.strip(" \t\r\n")
    if not re.fullmatch(r"[+-]?[0-9]+", trimmed) or int(trimmed) not in _INT32:
        raise SoapFailure(f"Input string was not in a correct format: '{text[:40]}'.")
    return int(trimmed)


def read_reply(http: HttpReply, operation: str, soap_namespace: str, *, is_loose: bool = False) -> Reply:
    """The result of `operation` in an HTTP answer; `is_loose` binds by position, as the RPC style does.

    Raises SoapFailure for everything .NET refuses: redirects and other statuses, a body that is empty, of
    another content type or not XML, the wrong envelope, a fault.
    """
    _check_http(http, MEDIA_TYPES[soap_namespace])
    body = _body_of(_parse(http), soap_namespace)
    _raise_fault(body, soap_namespace)
    if is_loose:
        response = next(iter(body), None)
        return Reply(next(iter(response), None) if response is not None else None, is_loose=True)
    response = body.find(f"{{{NAMESPACE}}}{operation}Response")
    result = None if response is None else response.find(f"{{{NAMESPACE}}}{operation}Result")
    return Reply(result, is_loose=False)


def _check_http(http: HttpReply, media_type: str) -> None:
    if http.status >= 300 and http.status not in _READABLE_FAILURES:
        raise SoapFailure(f"The request failed with HTTP status {http.status}: {http.reason}.")
    if http.content_length == 0 or not http.body:
        raise SoapFailure("The request failed with an empty response.")
    if http.content_type.split(";")[0].strip().lower() != media_type:
        raise SoapFailure(
            f"Client found response content type of '{http.content_type}', but expected '{media_type}'."
            + (f" The request failed with HTTP status {http.status}." if http.status >= 300 else "")
        )


def _parse(http: HttpReply) -> etree._Element:
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", http.content_type, re.IGNORECASE)
    try:
        parser = etree.XMLParser(
            encoding=charset.group(1) if charset else None,
            resolve_entities=False,
            no_network=True,
            huge_tree=True,
            remove_comments=True,
            remove_pis=True,
        )
        root = etree.fromstring(http.body, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise SoapFailure(f"Response is not well-formed XML. {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapFailure("Response is not well-formed XML. For security reasons DTD is prohibited.")
    return root


def _body_of(root: etree._Element, soap_namespace: str) -> etree._Element:
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace != soap_namespace:
        raise SoapFailure(
            f"Possible SOAP version mismatch: Envelope namespace {name.namespace or ''} was unexpected."
            f" Expecting {soap_namespace}."
        )
    for header in root.iterfind(f"{{{soap_namespace}}}Header/*"):
        if header.get(f"{{{soap_namespace}}}mustUnderstand") in ("1", "true"):
            raise SoapFailure(f"SOAP header {etree.QName(header).localname} was not understood.")
    body = root.find(f"{{{soap_namespace}}}Body")
    if body is None:
        raise SoapFailure("Response is not well-formed XML. There is no Body element.")
    return body


def _raise_fault(body: etree._Element, soap_namespace: str) -> None:
    fault = body.find(f"{{{soap_namespace}}}Fault")
    if fault is not None:
        path = "faultstring" if soap_namespace == SOAP_1_1 else f"{{{SOAP_1_2}}}Reason/{{{SOAP_1_2}}}Text"
        raise SoapFailure(f"Server raised a fault: {fault.findtext(path) or 'no text given'}")


def _text_of(element: etree._Element) -> str:
    if len(element):
        child = etree.QName(element[0]).localname
        raise SoapFailure(f"There is an error in the XML document: the element '{child}' stands where text is due.")
    return element.text or ""
