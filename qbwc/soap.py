"""SOAP around the eleven calls of the Web Connector: bytes in, a call out; a result in, bytes out."""

import re
from typing import Final

from qbwc.calls import (
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
    OversizedAnswer,
    ReceiveResponseXML,
    SendRequestXML,
    ServerVersion,
)
from qbwc.soap_reading import Envelope, MalformedCall, Readable, SoapVersion, parse_call

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
    "OversizedAnswer",
    "Readable",
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
