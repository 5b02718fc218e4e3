"""The rules of AppURL, AppSupport and CertURL of any .qwc file (qbwc-protocol.md 5.1, 8.1)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from qwc.document import LOCALHOST, is_ip
from qwc.lint_reading import Element, Reading

_SIGN_IN: Final = re.compile(r"log-?in|sign-?in|/auth|/sso", re.IGNORECASE)
_USUAL_PORTS: Final = (None, 443)


def check_addresses(reading: Reading) -> None:
    """Notes every broken rule of the three addresses."""
    app, support = _parts(reading, "AppURL"), _parts(reading, "AppSupport")
    if app is not None:
        _check_app_url(app, reading)
    if support is not None:
        _check_support(support, app, reading)
    _check_cert_url(reading)


def without_secrets(address: str) -> str:
    """An address as it may be shown: no user name, no password, no query."""
    address = re.sub(r"//[^/@]{0,500}@", "//…@", address)
    return re.sub(r"\?.*", "?…", address, flags=re.DOTALL)


def _parts(reading: Reading, name: str) -> SplitResult | None:
    """The address in its parts; None when it is missing or is none, which is noted."""
    element = reading.first(name)
    if element is None or not element.value.strip():
        return None
    address = element.value.strip()
    parts = _split(address)
    if parts is None:
        reading.say("address", f"“{without_secrets(address)[:80]}” is not an address.", name, element.line)
        return None
    if "@" in parts.netloc:
        reading.say("address-sign-in", f"{name} holds a user name or a password.", name, element.line)
    if parts.fragment:
        reading.say("address-fragment", f"{name} goes on after a #.", name, element.line)
    return parts


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        is_port_good = parts.port != 0  # reading the port checks it
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and is_port_good
    return parts if is_web and not re.search(r"\s", address) else None


def _check_app_url(app: SplitResult, reading: Reading) -> None:
    host, line = app.hostname or "", _line(reading, "AppURL")
    if is_ip(host):
        reading.say("app-url-ip", f"AppURL names the IP address {host}.", "AppURL", line)
    elif host == LOCALHOST:
        reading.say("app-url-localhost", "AppURL is on localhost.", "AppURL", line)
    elif app.scheme != "https":
        reading.say("app-url-http", f"AppURL begins with http, and {host} is not localhost.", "AppURL", line)
    elif "." not in host:
        reading.say("app-url-lan", f"AppURL names {host}, without a domain.", "AppURL", line)
    if app.query:
        reading.say("app-url-query", "AppURL has a query, after a question mark.", "AppURL", line)
    if app.path in ("", "/"):
        reading.say("app-url-redirect", "AppURL is the front page of its host.", "AppURL", line)
    if app.port not in _USUAL_PORTS and host != LOCALHOST:
        reading.say("app-url-port", f"AppURL is on port {app.port}.", "AppURL", line)


def _check_support(support: SplitResult, app: SplitResult | None, reading: Reading) -> None:
    host, line = support.hostname or "", _line(reading, "AppSupport")
    if is_ip(host):
        reading.say("support-ip", f"AppSupport names the IP address {host}.", "AppSupport", line)
    elif app is not None and host != app.hostname:
        what = f"AppSupport is on {host}, AppURL on {app.hostname}."
        reading.say("host-mismatch", what, "AppSupport", line)
    if host == "intuit.com" or host.endswith(".intuit.com"):
        reading.say("support-intuit", f"AppSupport is on {host}.", "AppSupport", line)
    if _SIGN_IN.search(support.path):
        reading.say("support-sign-in", "AppSupport looks like a sign-in page.", "AppSupport", line)
    if support.scheme == "http" and app is not None and app.scheme == "https":
        reading.say("support-http", "AppSupport is http while AppURL is https.", "AppSupport", line)


def _check_cert_url(reading: Reading) -> None:
    parts, line = _parts(reading, "CertURL"), _line(reading, "CertURL")
    if parts is None:
        return
    if parts.scheme != "https":
        reading.say("cert-url-http", "CertURL is not https.", "CertURL", line)
    reading.say("cert-url", f"The certificate of {parts.hostname} is checked.", "CertURL", line)


def _line(reading: Reading, name: str) -> int | None:
    element: Element | None = reading.first(name)
    return element.line if element is not None else None
