"""Calls that name no company file: AppSupport, the certificate probe, serverVersion, clientVersion.

They come with every poll, so they are only remembered, in this process's memory, and written down by nobody here; the
set-up page reads them while somebody watches it (qwc/set_up_evidence.py). What is forgotten, at a restart or in another
process, is known again at the first sign-in, which the Web Connector does not reach without them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts import clock
from qbwc import protocol, soap

MOST_REMEMBERED = 1000
# A person's browser is not the Web Connector (which calls itself Mozilla/4.0, or nothing), and Doctor is ourselves.
_NOT_IT = ("Mozilla/5", "Tieout-Doctor")


class Sign(enum.Enum):
    """What was called."""

    SUPPORT = "support"
    PROBE = "probe"
    SERVER_VERSION = "server_version"
    CLIENT_VERSION = "client_version"


@dataclass(frozen=True, slots=True)
class Sighting:
    """The newest such call of one address. `version`: of the Web Connector; `refusal`: what it was told if refused."""

    sign: Sign
    address: str
    at: datetime
    version: str = ""
    refusal: str = ""


_newest: dict[tuple[Sign, str], Sighting] = {}
_users: dict[str, str] = {}  # address → the user name that last signed in from it


def note_request(sign: Sign, meta: Mapping[str, str], now: datetime) -> None:
    """A GET, by Django's request.META."""
    if not meta.get("HTTP_USER_AGENT", "").startswith(_NOT_IT):
        _keep(Sighting(sign, str(meta.get("REMOTE_ADDR") or ""), now))


def note_call(call: soap.Call, address: str) -> None:
    """A SOAP call that was read. Costs a look at its type and an entry in a dictionary."""
    if isinstance(call, soap.ServerVersion):
        _keep(Sighting(Sign.SERVER_VERSION, address, clock.now()))
    elif isinstance(call, soap.ClientVersion):
        verdict = protocol.client_verdict(call.version)
        _keep(Sighting(Sign.CLIENT_VERSION, address, clock.now(), call.version[:40], verdict.partition(":")[2]))
    elif isinstance(call, soap.Authenticate):
        if len(_users) >= MOST_REMEMBERED:
            _users.clear()
        _users[address] = call.username[:100]


def newest(sign: Sign, username: str, since: datetime) -> Sighting | None:
    """The newest call since then, unless it came from where only another user name signs in."""
    fitting = [
        seen
        for (kind, address), seen in list(_newest.items())
        if kind is sign and seen.at >= since and _users.get(address, username) == username
    ]
    return max(fitting, key=lambda seen: seen.at, default=None)


def forget() -> None:
    """Start anew, as a new process does."""
    _newest.clear()
    _users.clear()


def _keep(seen: Sighting) -> None:
    if len(_newest) >= MOST_REMEMBERED:
        _newest.clear()
    _newest[seen.sign, seen.address] = seen
