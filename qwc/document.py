"""The .qwc file, which tells the Web Connector where the server is and which company file is meant.

Elements and rules: Intuit's Web Connector guide, pages 35-39; the QBWC numbers are what the Web Connector shows
when a rule is broken (same guide, appendix A).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit
from uuid import UUID
from xml.sax.saxutils import escape

LONGEST_DESCRIPTION = 80  # advised, page 35
LONGEST_NAME = 255  # of a registry key, which is what Windows keeps AppName as
ALL_EDITIONS = 0xF  # AuthFlags: Simple Start 1, Pro 2, Premier 4, Enterprise 8
LOCALHOST = "localhost"
UNATTENDED = ("umpOptional", "umpRequired")
PERSONAL_DATA = ("pdpNotNeeded", "pdpOptional", "pdpRequired")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class BadConnection(Exception):
    """The Web Connector would refuse this .qwc; the message says why and how to mend it."""


@dataclass(frozen=True)
class ConnectionFile:
    """What a .qwc says. There is no password in it: the bookkeeper types it into the Web Connector.

    Left out on purpose: IsReadOnly (`true` keeps the FileID from being stored: QBWC1080), Style (Document is the
    default and ours), CertURL (AppURL answers GET itself), Notify (off is the default).
    """

    app_name: str
    app_url: str
    app_support: str
    username: str
    owner_id: UUID
    file_id: UUID
    run_every_minutes: int = 15
    app_description: str = ""
    app_id: str = ""
    app_display_name: str = ""  # empty: left out
    app_unique_name: str = ""  # empty: the app_name; with it, adding the file again replaces instead of asking
    auth_flags: int | None = None  # None: left out, which allows every edition as 0xF does
    unattended: str = "umpOptional"
    personal_data: str = "pdpNotNeeded"


def render(file: ConnectionFile) -> bytes:
    """The document, the same bytes for the same values, ASCII only. BadConnection names every broken rule."""
    broken = problems(file)
    if broken:
        raise BadConnection(" ".join(broken))
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<QBWCXML>"]
    lines += [f"  <{name}>{escape(value)}</{name}>" for name, value in _elements(file)]
    # One child only: of several the Web Connector takes the first (page 38).
    lines += ["  <Scheduler>", f"    <RunEveryNMinutes>{file.run_every_minutes}</RunEveryNMinutes>", "  </Scheduler>"]
    lines += ["</QBWCXML>", ""]
    return "\r\n".join(lines).encode("ascii", "xmlcharrefreplace")


def problems(file: ConnectionFile) -> tuple[str, ...]:
    """Every broken rule as a sentence for a person; empty when the Web Connector will take the file."""
    return tuple(problem for rule in _RULES for problem in rule(file))


def address_problems(app_url: str, app_support: str) -> tuple[str, ...]:
    """The same for the two addresses alone, which depend on nothing but where the server is."""
    return tuple(_addresses(app_url, app_support))


def braced(guid: UUID) -> str:
    """A GUID as .qwc files and QuickBooks write it."""
    return "{" + str(guid) + "}"


def _elements(file: ConnectionFile) -> list[tuple[str, str]]:
    optional = [("AppDisplayName", file.app_display_name)] if file.app_display_name else []
    flags = [] if file.auth_flags is None else [("AuthFlags", f"0x{file.auth_flags:X}")]
    return [
        ("AppName", file.app_name),
        ("AppID", file.app_id),
        ("AppURL", file.app_url),
        ("AppDescription", file.app_description),
        ("AppSupport", file.app_support),
        ("UserName", file.username),
        ("OwnerID", braced(file.owner_id)),
        ("FileID", braced(file.file_id)),
        ("QBType", "QBFS"),
        *optional,
        ("AppUniqueName", file.app_unique_name or file.app_name),
        *flags,
        ("UnattendedModePref", file.unattended),
        ("PersonalDataPref", file.personal_data),
    ]


def _texts(file: ConnectionFile) -> list[str]:
    found = []
    for name, value in _elements(file):
        if _NOT_XML.search(value) or _CONTROL.search(value):
            found.append(f"{name} contains a character that has no place in a .qwc file; type it again.")
        elif value != value.strip():
            found.append(f"{name} begins or ends with a blank, which gets lost on the way; take it out.")
    return found


def _names(file: ConnectionFile) -> list[str]:
    found = []
    if not file.app_name.strip():
        found.append("AppName is empty: QuickBooks shows it when it asks for permission. Give the company a name.")
    if "\\" in file.app_name + file.app_unique_name:
        found.append("AppName contains a backslash; Windows keeps it as a registry key, which cannot hold one.")
    if len(max(file.app_name, file.app_unique_name, key=len)) > LONGEST_NAME:
        found.append(f"AppName has more than {LONGEST_NAME} characters, which Windows cannot keep as a registry key.")
    if not file.username.strip():
        found.append("UserName is empty: the Web Connector signs in with it (QBWC1040).")
    if len(file.app_description) > LONGEST_DESCRIPTION:
        found.append(f"AppDescription is longer than {LONGEST_DESCRIPTION} characters; shorten it.")
    return found


def _addresses_of(file: ConnectionFile) -> list[str]:
    return _addresses(file.app_url, file.app_support)


def _addresses(app_url: str, app_support: str) -> list[str]:
    app, support = _split(app_url), _split(app_support)
    if app is None:
        return [f"AppURL {app_url!r} is not an address. Set PUBLIC_URL to one like https://books.example.com."]
    if support is None:
        return [f"AppSupport {app_support!r} is not an address. It must be a page of the host of AppURL."]
    return [*_app_url(app), *_support_url(support, app)]


def _app_url(app: SplitResult) -> list[str]:
    found = []
    host = app.hostname or ""
    if is_ip(host):
        found.append(
            f"AppURL names the IP address {host}; the Web Connector wants a host name (QBWC1001). Give the server a "
            "name in DNS and set PUBLIC_URL to it."
        )
    elif app.scheme != "https" and host != LOCALHOST:
        found.append(
            "AppURL must begin with https (QBWC1010); http works only for localhost. Put the server behind https and "
            "set PUBLIC_URL to that address."
        )
    return found


def _support_url(support: SplitResult, app: SplitResult) -> list[str]:
    host = support.hostname or ""
    if is_ip(host):
        return [f"AppSupport names the IP address {host}; it must be a host name (QBWC1002)."]
    if host != app.hostname:
        return [f"AppSupport is on {host}, AppURL on {app.hostname}: both must be on one host (QBWC1000)."]
    return []


def _identity(file: ConnectionFile) -> list[str]:
    if file.owner_id.int == 0 or file.file_id.int == 0:
        return ["OwnerID or FileID is all zeros; QuickBooks needs real ones (QBWC1039)."]
    if file.owner_id == file.file_id:
        return ["OwnerID and FileID are the same; the pair must be unique (QBWC1039)."]
    return []


def _choices(file: ConnectionFile) -> list[str]:
    found = []
    if file.run_every_minutes < 1:
        found.append("RunEveryNMinutes must be 1 or more.")
    if file.auth_flags is not None and not 0 <= file.auth_flags <= ALL_EDITIONS:
        found.append("AuthFlags must be between 0x0 and 0xF (QBWC1034).")
    if file.unattended not in UNATTENDED:
        found.append(f"UnattendedModePref must be one of {', '.join(UNATTENDED)}.")
    if file.personal_data not in PERSONAL_DATA:
        found.append(f"PersonalDataPref must be one of {', '.join(PERSONAL_DATA)}.")
    return found


def _split(address: str) -> SplitResult | None:
    """The parts of an http or https address with a host; None for anything else, or with a user name in it."""
    try:
        parts = urlsplit(address)
        has_port_0 = parts.port == 0  # reading the port checks it
    except ValueError:
        return None
    is_plain = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and not has_port_0
    return parts if is_plain and not re.search(r"\s", address) else None


def is_ip(host: str) -> bool:
    """Whether a host is an address and no name. Also in the short and numeric forms that Windows still reads as one:
    127.1, 0x7f000001."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return re.fullmatch(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}\.?", host) is not None
    return True


_RULES: tuple[Callable[[ConnectionFile], list[str]], ...] = (_texts, _names, _addresses_of, _identity, _choices)
