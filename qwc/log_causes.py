"""What a line of QWCLog.txt means: patterns, QBWC codes, HRESULTs and statusCodes, each with cause, actor and remedy.

The codes have their own tables (qbwc.qbxml); here is only what the Web Connector and .NET say in words. Rows of one
table are in the order of how much they explain: the first that fits a session is its cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from qbwc.qbxml.code_rows import Actor, CodeRow, Policy
from qbwc.qbxml.hresults import HRESULTS, hresult_row, normal_hresult
from qbwc.qbxml.responses import FIRST_ERROR
from qbwc.qbxml.status_codes import status_row
from qbwc.qbxml.web_connector_codes import QBWC_CODES


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a session went wrong. `rank`: the lower, the more it explains. `tone` is bad, or warn for what passes."""

    id: str
    rank: int
    what: str
    why: str
    fix: str
    actor: Actor
    tone: str = "bad"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Any of these texts, in small letters, in one line."""

    id: str
    texts: tuple[str, ...]
    what: str
    why: str
    fix: str
    actor: Actor
    tone: str = "bad"


_SERVER, _USER, _MAKER = Actor.ADMINISTRATOR, Actor.USER, Actor.DEVELOPER


def _http(*codes: int) -> tuple[str, ...]:
    """How .NET words an HTTP status."""
    return tuple(text for code in codes for text in (f"http status {code}", f"error: ({code})"))


PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern(
        "wrong-password",
        ('authret[1]="nvu"', "qbwc1040", "invalid password"),
        "The password typed into the Web Connector is wrong",
        "The server answered the sign-in with “nvu”: the user name and the password do not fit (QBWC1040).",
        QBWC_CODES[1040].remedy + " Press Enter after it, so that it is kept.",
        _USER,
    ),
    Pattern(
        "no-password",
        ("qbwc1030",),
        "No password is stored in the Web Connector",
        QBWC_CODES[1030].meaning,
        QBWC_CODES[1030].remedy,
        _USER,
    ),
    Pattern(
        "certificate",
        ("could not establish trust relationship", "remote certificate is invalid"),
        "Windows does not trust the server's certificate",
        "The certificate is self-signed, has expired, is for another name, or its chain is not complete.",
        "Renew the server's certificate and serve the whole chain. On an old PC, install Windows updates.",
        _SERVER,
    ),
    Pattern(
        "tls",
        (
            "could not create ssl/tls secure channel",
            "unexpected error occurred on a send",
            "do not possess a common algorithm",
            "closed the transport stream",
        ),
        "The PC and the server found no common encryption",
        "The server wants a TLS version that the PC's .NET does not offer, or something in between breaks it.",
        "Leave TLS 1.2 switched on at the server; on the PC, install Windows updates and a newer Web Connector.",
        _SERVER,
    ),
    Pattern(
        "name",
        ("remote name could not be resolved", "no such host is known"),
        "The PC cannot find the server's name",
        "The host name in AppURL has no address on this PC: no Internet, or the name is wrong or new.",
        "Open AppURL in a browser on the QuickBooks PC. If it opens nowhere, correct the name in DNS.",
        _SERVER,
    ),
    Pattern(
        "unreachable",
        ("actively refused", "unable to connect to the remote server"),
        "The server could not be reached",
        "Nothing answered at the address and port of AppURL: the server is down, or a firewall is in between.",
        "Start the server, and open its port on the way from the QuickBooks PC.",
        _SERVER,
    ),
    Pattern(
        "time-out",
        ("operation has timed out", "operation timed out"),
        "The server took too long to answer",
        "The Web Connector waits for a limited time, about 100 seconds, and then gives up.",
        "Look at the server's log for the same time, and at time limits of the proxy before it.",
        _SERVER,
    ),
    Pattern(
        "redirect",
        _http(301, 302, 303, 307, 308),
        "The server sends the Web Connector elsewhere",
        "A call was answered with a redirect; the Web Connector follows none.",
        "Put the final address into AppURL, and let nothing redirect it (www, https, a final slash, a sign-in).",
        _SERVER,
    ),
    Pattern(
        "refused-by-server",
        _http(401, 403, 407),
        "Something before the server refuses the Web Connector",
        "A sign-in page, a firewall or bot protection answered with 401, 403 or 407.",
        "Let the address of AppURL pass without a sign-in, for the user agent “MS Web Services Client Protocol” too.",
        _SERVER,
    ),
    Pattern(
        "not-found",
        _http(404, 405, 410),
        "There is no Web Connector service at this address",
        "The server answered, but not at this path: AppURL is wrong or the service has moved.",
        "Download the .qwc file again and add it to the Web Connector.",
        _SERVER,
    ),
    Pattern(
        "too-large",
        _http(413),
        "QuickBooks' answer was too large for the server",
        "The server or the proxy before it limits the size of a request.",
        "Raise the limit (nginx: client_max_body_size) to 100 MB.",
        _SERVER,
    ),
    Pattern(
        "server-error",
        _http(500, 502, 503, 504),
        "The server failed",
        "It, or the proxy before it, answered with an error page.",
        "Look at the server's log for the same time.",
        _SERVER,
    ),
    Pattern(
        "not-soap",
        ("client found response content type", "expected 'text/xml"),
        "Something other than the service answered",
        "A web page came where the service should answer: an error page, a sign-in or a firewall's warning.",
        "Open AppURL in a browser on the QuickBooks PC and see what answers.",
        _SERVER,
    ),
    Pattern(
        "not-well-formed",
        ("not well-formed", "data at the root level is invalid", "there is an error in xml document"),
        "The server's answer is not XML",
        "Something stands before or in the answer that does not belong there, such as a warning of the program.",
        "Look at the server's log for the same time.",
        _MAKER,
    ),
    Pattern(
        "empty-result",
        ("object reference not set", "index was outside the bounds", "index out of range"),
        "The server's answer lacks a part",
        "A result was missing or in the wrong namespace, and the Web Connector stumbled over it.",
        "Report it to whoever made the server, with this log.",
        _MAKER,
    ),
    Pattern(
        "version-refused",
        ('clientversionret="e:',),
        "The server wants a newer Web Connector",
        "It answered clientVersion with a refusal.",
        "Install the newest Web Connector from Intuit.",
        _USER,
    ),
    Pattern(
        "cut-off",
        ("connection was closed", "connection was forcibly closed", "from the transport connection"),
        "The connection broke off",
        "The server, a proxy or the network ended the connection before there was an answer.",
        "Update again. If it lasts, look at the server's log and at what stands between it and the PC.",
        _SERVER,
    ),
    Pattern(
        "busy",
        ('authret[1]="busy"', "application busy"),
        "The server was busy",
        "It asked the Web Connector to come back later.",
        "Nothing to do: it is tried again at the next update.",
        _SERVER,
        "warn",
    ),
)
_ANY: Final = re.compile("|".join(re.escape(text) for row in PATTERNS for text in row.texts))
_LOWEST: Final = {"hresult": 100, "status": 200, "qbwc": 300, "generic": 400}
# They say that something went wrong and not what: whatever else stands in the session explains more.
_GENERIC: Final = frozenset({1012, 1013, 1031, 1036, 1041, 1042, 1043, 1044, 1045})

_QBWC: Final = re.compile(r"QBWC(\d{4})\b", re.IGNORECASE)
_HRESULT: Final = re.compile(r"\b0x[0-9A-Fa-f]{8}\b")
_STATUS: Final = re.compile(r'statusCode="?(\d{1,6})', re.IGNORECASE)


def causes_in(text: str) -> Iterator[Cause]:
    """Everything that a line explains; its secrets are left out already."""
    small = text.lower().replace(" = ", "=")
    for rank, row in enumerate(PATTERNS if _ANY.search(small) else ()):
        if any(part in small for part in row.texts):
            yield Cause(row.id, rank, row.what, row.why, row.fix, row.actor, row.tone)
    for code in _HRESULT.findall(text):
        if normal_hresult(code) in HRESULTS or "hresult" in small:
            yield _of_row(normal_hresult(code), _LOWEST["hresult"], hresult_row(code))
    for number in map(int, _STATUS.findall(text)):
        row_of_status = status_row(number)
        if number >= FIRST_ERROR and row_of_status.policy is not Policy.NOT_AN_ERROR:
            yield _of_row(f"statusCode {number}", _LOWEST["status"], row_of_status, "warn")
    for number in map(int, _QBWC.findall(text)):
        row_of_code = QBWC_CODES.get(number)
        if row_of_code is not None and row_of_code.policy is not Policy.NOT_AN_ERROR:
            rank = _LOWEST["generic" if number in _GENERIC else "qbwc"] + (number == 1031)
            yield _of_row(f"QBWC{number}", rank, row_of_code)


def _of_row(code: str, rank: int, row: CodeRow, tone: str = "bad") -> Cause:
    what = row.meaning.rstrip(".")
    return Cause(code, rank, what, f"The log says {code}.", row.remedy, row.actor, tone)
