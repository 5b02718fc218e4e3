"""“Add an Application”: a .qwc file is read, AppSupport and the certificate are looked at, FileID is stamped.

Sources: QuickBooks Web Connector Programmer's Guide 2.0 (2009), pages 35-41 and appendix A for the numbers.
"""

import http.client
import ssl
import urllib.parse
from dataclasses import dataclass

from lxml import etree

from simulators.quickbooks import QuickBooks

TIMEOUT_SECONDS = 30
_GOOD = (200, 202)  # QBWC1003: nothing else is taken from AppSupport


class NotAddedError(Exception):
    """The application was not added; `code` is what the Web Connector shows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Application:
    """One row of the Web Connector; the password is typed in afterwards."""

    name: str
    url: str
    username: str
    owner_id: str
    file_id: str
    minutes: int


def add(document: bytes, quickbooks: QuickBooks, ssl_context: ssl.SSLContext | None = None) -> Application:
    """The file as the user chose it, with the right company open in QuickBooks. Raises NotAddedError."""
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    found = {str(element.tag): (element.text or "").strip() for element in root.iter()}
    missing = [name for name in ("AppName", "AppURL", "UserName", "OwnerID", "FileID", "QBType") if not found.get(name)]
    if root.tag != "QBWCXML" or missing:
        raise NotAddedError("QBWC1039", f"missing in the file: {', '.join(missing)}")
    url, support = found["AppURL"], found.get("AppSupport", "")
    _check_addresses(url, support)
    if _status(support, ssl_context, "QBWC1004") not in _GOOD:
        raise NotAddedError("QBWC1003", f"{support} did not answer 200")
    if _status(found.get("CertURL") or url, ssl_context, "QBWC1048") != 200:
        raise NotAddedError("QBWC1048", f"the certificate of {url} could not be checked")
    quickbooks.stamp(found["OwnerID"], found["FileID"])
    minutes = int(found.get("RunEveryNMinutes") or 0)
    return Application(found["AppName"], url, found["UserName"], found["OwnerID"], found["FileID"], minutes)


def _check_addresses(url: str, support: str) -> None:
    app, help_page = urllib.parse.urlsplit(url), urllib.parse.urlsplit(support)
    if app.hostname != help_page.hostname:
        raise NotAddedError("QBWC1000", "AppURL and AppSupport are on different hosts")
    if (app.hostname or "").replace(".", "").isdigit():
        raise NotAddedError("QBWC1001", "AppURL is an IP address")
    if app.scheme != "https" and app.hostname != "localhost":
        raise NotAddedError("QBWC1010", "AppURL is not https")


def _status(url: str, ssl_context: ssl.SSLContext | None, code: str) -> int:
    """Of a plain GET without a user agent, as .NET's WebRequest sends it; no redirect is followed."""
    parts = urllib.parse.urlsplit(url)
    connection = (
        http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS, context=ssl_context)
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    )
    try:
        connection.request("GET", urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, "")))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        raise NotAddedError(code, f"{url} could not be reached: {error!r}") from error
    finally:
        connection.close()
