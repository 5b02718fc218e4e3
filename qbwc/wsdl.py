"""The service description, with this server's own address in it.

The Web Connector does not read it; people, tests and the certificate check's GET do (qbwc-protocol.md 2.1, 2.5).
"""

from html import escape
from pathlib import Path
from typing import Final

_TEMPLATE: Final = Path(__file__).with_name("web_connector.wsdl").read_text(encoding="utf-8")


def wsdl(address: str) -> bytes:
    """The WSDL in UTF-8. `address` is the absolute URL that SOAP calls are posted to."""
    return _TEMPLATE.replace("{{address}}", escape(address)).encode()
