"""Envelopes as the Web Connector writes them in its two known styles, put together without our own builder."""

from xml.sax.saxutils import escape

SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
LIMIT = 1_000_000


def document_style(operation: str, parameters: dict[str, str], namespace: str = SOAP_1_1) -> bytes:
    """Children inherit the operation's default namespace, as QBWC 2.2 sends them."""
    children = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parameters.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
        f'<{operation} xmlns="http://developer.intuit.com/">{children}</{operation}></soap:Body></soap:Envelope>'
    ).encode()


def rpc_style(operation: str, parameters: dict[str, str]) -> bytes:
    """Children are in no namespace and carry their type, as QBWC 2.3 sends them with <Style>RPC</Style>."""
    children = "".join(f'<{name} xsi:type="xsd:string">{escape(text)}</{name}>' for name, text in parameters.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{SOAP_1_1}" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" '
        'xmlns:tns="http://developer.intuit.com/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        '<soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f'<q1:{operation} xmlns:q1="http://developer.intuit.com/">{children}</q1:{operation}></soap:Body></soap:Envelope>'
    ).encode()


def in_body(content: str) -> bytes:
    """Any content in an otherwise plain SOAP 1.1 envelope."""
    return f'<e:Envelope xmlns:e="{SOAP_1_1}"><e:Body>{content}</e:Body></e:Envelope>'.encode()
