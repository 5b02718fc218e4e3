"""HRESULTs: why QuickBooks could not be opened, or could not take a message set (qbwc-protocol.md 7, qbxml.md 6).

They come in connectionError and receiveResponseXML and concern the whole message set. Several public texts swap the
meanings of 0x80040416 and 0x8004040A: always show the Web Connector's own message as well.
"""

import re
from typing import Final

from qbwc.qbxml.code_rows import Actor, CodeRow, Policy, rows

HRESULTS: Final[dict[str, CodeRow]] = {
    **rows(
        Policy.PERMANENT,
        Actor.DEVELOPER,
        {
            "0x80040400": (
                "QuickBooks could not read the request: an element is out of order, unknown or badly written.",
                "Correct the request; the same text can never succeed. Nothing of it was carried out.",
            ),
            "0x80040423": (
                "This QuickBooks does not know the qbXML version of the request.",
                "Ask in a version that this QuickBooks lists as supported.",
            ),
        },
    ),
    **rows(
        Policy.LATER,
        Actor.USER,
        {
            "0x80040401": (
                "The Web Connector could not reach QuickBooks.",
                "Start QuickBooks, and run it and the Web Connector as the same Windows user, both with or both "
                "without administrator rights. If that does not help, repair the QuickBooks installation.",
            ),
            "0x80040408": (
                "QuickBooks could not be started.",
                "Open QuickBooks and the company file, close any window it shows, and allow access when QuickBooks "
                "is not running. If a hidden qbw32 program is left over, end it in the Task Manager.",
            ),
            "0x8004040A": (
                "Another company file is open in QuickBooks.",
                "Open the company file that belongs to this connection, or close QuickBooks before the next update.",
            ),
            "0x8004040D": (
                "QuickBooks ended the session, probably because it was closed in the middle of an update.",
                "Leave QuickBooks open during an update. The next update starts afresh.",
            ),
            "0x80040410": (
                "The company file is open in the other mode, single-user or multi-user.",
                "In QuickBooks, switch the mode in the File menu.",
            ),
            "0x80040414": (
                "QuickBooks shows a window that waits for an answer.",
                "Answer or close the window in QuickBooks.",
            ),
            "0x80040416": (
                "QuickBooks is not running, and it is not known which company file to open.",
                "Start QuickBooks and open the company file.",
            ),
            "0x80040417": (
                "QuickBooks is running without a company file.",
                "Open the company file in QuickBooks.",
            ),
            "0x8004041B": (
                "QuickBooks could not lock the company file, because something else is using it.",
                "Nothing to do: it is tried again. If it lasts, ask the other users to finish what they are doing.",
            ),
            "0x80040422": (
                "The request needs single-user mode, and another program is using the company file.",
                "Close the other program, or update when nobody works in the file.",
            ),
            "0x80040424": (
                "QuickBooks is still starting.",
                "Nothing to do: it is tried again.",
            ),
        },
    ),
    **rows(
        Policy.OUTCOME_UNKNOWN,
        Actor.USER,
        {
            "0x80040402": (
                "QuickBooks met an unexpected error, and does not say whether the request was carried out.",
                "Restart QuickBooks. If it comes back, the reason is in qbsdklog.txt on the QuickBooks PC.",
            ),
            "0x8004041C": (
                "QuickBooks met an internal error, and does not say whether the request was carried out.",
                "Restart QuickBooks.",
            ),
            "0x80010105": (
                "QuickBooks failed while it was working, and does not say whether the request was carried out.",
                "Restart QuickBooks. If it comes back, restart the PC.",
            ),
        },
    ),
    **rows(
        Policy.PERSON,
        Actor.USER,
        {
            "0x80040403": (
                "QuickBooks could not open the company file.",
                "Check that the file is where it was, that it is not in use, and that this Windows user may open it.",
            ),
            "0x80040406": (
                "The company file is missing, or is not a company file.",
                "Open the right company file in QuickBooks, and let the Web Connector update while it is open.",
            ),
            "0x8004041F": (
                "QuickBooks Basic cannot be read by other programs.",
                "Use QuickBooks Pro, Premier or Enterprise.",
            ),
            "0x80040421": (
                "QuickBooks passed on a message of its own.",
                "Do what the message says.",
            ),
            "0x80040427": (
                "This QuickBooks is not registered.",
                "Register QuickBooks in its Help menu.",
            ),
            "0x80040154": (
                "A part of QuickBooks that other programs need is not installed.",
                "Install the Web Connector again, and repair the QuickBooks installation.",
            ),
            "0x80040308": (
                "QuickBooks' request processor is missing on this PC.",
                "Install the Web Connector again, and repair the QuickBooks installation.",
            ),
        },
    ),
    **rows(
        Policy.PERSON,
        Actor.ADMINISTRATOR,
        {
            "0x80040418": (
                "This application has never been allowed into the company file.",
                "In QuickBooks, sign in as Admin in single-user mode, update once, and allow access when asked.",
            ),
            "0x8004041A": (
                "This application may not use the company file.",
                "In QuickBooks: Edit, Preferences, Integrated Applications, Company Preferences: allow it.",
            ),
            "0x8004041D": (
                "This application may not sign in while QuickBooks is closed.",
                "In QuickBooks: Edit, Preferences, Integrated Applications, Properties: allow it to sign in "
                "automatically, and choose the user it signs in as.",
            ),
            "0x8004041E": (
                "The application's certificate has expired.",
                "Renew the certificate, then allow the application in QuickBooks again.",
            ),
            "0x80040420": (
                "Somebody denied this application access to QuickBooks.",
                "In QuickBooks: Edit, Preferences, Integrated Applications, Properties: allow access.",
            ),
            "0x8004042A": (
                "QuickBooks does not allow remote access.",
                "In QuickBooks: Edit, Preferences, Integrated Applications, Properties: allow remote access.",
            ),
            "0x8004042C": (
                "The application's certificate has been revoked.",
                "Use a valid certificate, then allow the application in QuickBooks again.",
            ),
        },
    ),
}

_UNKNOWN: Final = CodeRow(
    "QuickBooks or the Web Connector gave an error code that has no public explanation.",
    Policy.OUTCOME_UNKNOWN,  # it may have come in the middle of a write, as 0x80010105 does: never repeat it blindly
    "Read the message that came with it. It is tried again; if it lasts, restart QuickBooks.",
    Actor.USER,
)

_HEXADECIMAL: Final = re.compile(r"(?:0x|&h)?([0-9a-f]{8})", re.IGNORECASE)
_SIGNED: Final = re.compile(r"-[0-9]{1,10}")


def normal_hresult(text: str) -> str:
    """ "0x8004040A" for that code in any writing (no prefix, small letters, -2147220470); else the text as it is."""
    text = text.strip()
    if found := _HEXADECIMAL.fullmatch(text):
        return f"0x{found[1].upper()}"
    if _SIGNED.fullmatch(text) and int(text) >= -(2**31):
        return f"0x{int(text) & 0xFFFFFFFF:08X}"
    return text


def hresult_row(text: str) -> CodeRow:
    """The row of an HRESULT in any writing; a general one, which says nothing of a write, when it is not known."""
    return HRESULTS.get(normal_hresult(text), _UNKNOWN)
