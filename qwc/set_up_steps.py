"""The steps of connecting a company file, in the order in which this server sees them, and whose codes belong where.

What a code means and who mends it stands in the tables of qbwc.qbxml; here is only at which step a person meets it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from qbwc.qbxml.code_rows import Actor
from qbwc.qbxml.hresults import normal_hresult


class Key(enum.Enum):
    """Names of the steps, as stored and as programs read them."""

    DOWNLOADED = "downloaded"
    SUPPORT = "support"
    PROBE = "probe"
    SERVER_VERSION = "server_version"
    CLIENT_VERSION = "client_version"
    AUTHENTICATE = "authenticate"
    OPENED = "opened"
    PERMISSIONS = "permissions"
    FIRST_REPORT = "first_report"
    FIRST_TIED = "first_tied"


@dataclass(frozen=True, slots=True)
class Step:
    """`seen`: the light's words when it is green. `to_do`: what makes it so, and `who` does that.

    `codes`: the QBWC numbers that the Web Connector shows when it fails here; the server never receives them.
    """

    key: Key
    title: str
    seen: str
    to_do: str
    who: Actor
    codes: tuple[int, ...] = ()


_PC, _SERVER = Actor.USER, Actor.ADMINISTRATOR

STEPS: Final[tuple[Step, ...]] = (
    Step(
        Key.DOWNLOADED,
        "Connection file downloaded",
        "The connection file was downloaded.",
        "Download the connection file and put it on the PC with QuickBooks.",
        _PC,
        (1000, 1001, 1002, 1010, 1034, 1051, 1065, 1080),
    ),
    Step(
        Key.SUPPORT,
        "Support page found",
        "The Web Connector has fetched the support page, so it finds this server.",
        "In the Web Connector press “Add an Application” and choose the connection file.",
        _PC,
        (1003, 1004, 1005, 1006, 1033, 1035),
    ),
    Step(
        Key.PROBE,
        "Certificate checked",
        "The Web Connector has looked at this server's address and its certificate.",
        "Press OK when the Web Connector asks about the application; it then looks at the server's certificate.",
        _PC,
        (1048, 1022, 1023, 1024, 1025, 1026, 1027, 1039),
    ),
    Step(
        Key.SERVER_VERSION,
        "First call (serverVersion)",
        "The Web Connector has asked for this server's version.",
        "Type the password into the row of this company, press Enter, tick the row, and press “Update Selected”.",
        _PC,
        (1011, 1016, 1017, 1018, 1019, 1020, 1028, 1029, 1030, 1032, 1038, 1085),
    ),
    Step(
        Key.CLIENT_VERSION,
        "Version accepted (clientVersion)",
        "The Web Connector has told its version, and it will do.",
        "Nothing more: it follows the first call by itself.",
        _PC,
        (1036, 1037, 1046),
    ),
    Step(
        Key.AUTHENTICATE,
        "Signed in (authenticate)",
        "The user name and the password are right.",
        "Nothing more, if the password was typed as it is shown here; with its hyphens.",
        _PC,
        (1012, 1040, 2012),
    ),
    Step(
        Key.OPENED,
        "Company file opened",
        "QuickBooks has opened the company file, and it is the right one.",
        "Keep QuickBooks open with the right company file, as Admin and in single-user mode, and answer what it asks.",
        _PC,
        (1007, 1008, 1009, 1013, 1014, 1021, 1045),
    ),
    Step(
        Key.PERMISSIONS,
        "Permissions given",
        "QuickBooks has said what this application may do.",
        "When QuickBooks asks, choose “Yes, always; allow access even if QuickBooks is not running”.",
        _PC,
    ),
    Step(
        Key.FIRST_REPORT,
        "First report read",
        "The first Profit & Loss report has come.",
        "Leave QuickBooks open; the report is asked for in the same run and may take some minutes.",
        _PC,
        (1015, 1031, 1041, 1042, 1043, 1044),
    ),
    Step(
        Key.FIRST_TIED,
        "First month tied out",
        "A month's figures equal QuickBooks' own Net Income, to the cent.",
        "Nothing: it follows the report by itself within a minute.",
        _SERVER,
    ),
)
BY_KEY: Final = {step.key: step for step in STEPS}

# Which HRESULTs are about a permission that the Admin of QuickBooks gives; all the others are about opening it.
_ABOUT_PERMISSIONS: Final = frozenset(
    {"0x80040418", "0x8004041A", "0x8004041D", "0x8004041E", "0x80040420", "0x8004042A", "0x8004042C"}
)
# The same of statusCodes: may not, not authorised, no personal data, read only.
PERMISSION_STATUSES: Final = frozenset({3220, 3260, 3261, 3263})


def step_of_hresult(hresult: str) -> Key:
    """At which step connectionError's HRESULT stops the set-up."""
    return Key.PERMISSIONS if normal_hresult(hresult) in _ABOUT_PERMISSIONS else Key.OPENED
