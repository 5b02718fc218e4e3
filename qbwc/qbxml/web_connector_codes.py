"""QBWC1000 and on: the codes that the Web Connector shows to its user (qbwc-protocol.md 8.1).

The server never receives them; they are here so that whoever reads one off the screen can be told what to do.
Numbers without a reliable source (1047, 1049 and others) are left out rather than guessed.
"""

from typing import Final

from qbwc.qbxml.code_rows import Actor, CodeRow, Policy, rows

_NEW_QWC: Final = "Download the .qwc file again and add it to the Web Connector."
_READ_LOG: Final = "Look at the lines before it in the Web Connector's log, and at this server's last error."
_RESTART: Final = "Close the Web Connector and start it again. If that does not help, install it again."
_START: Final = "The Web Connector could not start properly, or could not use its log file."
_WINDOW: Final = "The Web Connector says something about selecting applications, or about being closed."
_CARRY_ON: Final = "Tick the application and update again. The Web Connector updates only while it runs."
_FILE_ID: Final = "FileID could not be looked up in the company file, or not be written, when the .qwc was added."
_AS_ADMIN: Final = "Open the company file as Admin in single-user mode, then add the .qwc file again."
_ENCRYPTION: Final = "The Web Connector could not encrypt the password, or not read it back."
_RETYPE: Final = "Type the password in the Web Connector again and save it."
_SERVER_LOG: Final = (
    "Look at this server's log for the same time, and at what stands between it and the PC (proxy, TLS)."
)

QBWC_CODES: Final[dict[int, CodeRow]] = {
    **rows(
        Policy.PERMANENT,
        Actor.ADMINISTRATOR,
        {
            1000: ("AppURL and AppSupport in the .qwc file are on different hosts.", _NEW_QWC),
            1001: ("AppURL in the .qwc file is an IP address.", "Give this server a name (PUBLIC_URL). " + _NEW_QWC),
            1002: ("AppSupport in the .qwc file is an IP address.", "Give the server a name. " + _NEW_QWC),
            1003: ("The support page did not answer 200.", "Open AppSupport in a browser; it must need no sign-in."),
            1004: ("The support page could not be reached.", "Check the server's name, its certificate and firewalls."),
            1010: ("AppURL is not https.", "Serve this server by https and set PUBLIC_URL. " + _NEW_QWC),
            1034: (
                "QuickBooks refused AuthFlags of the .qwc file.",
                "Leave AuthFlags out of the .qwc file, or use 0x0.",
            ),
            1035: ("localhost does not lead to this PC.", "Use the server's public name in the .qwc file."),
            1048: (
                "The server's certificate could not be checked.",
                "AppURL must answer a plain GET without sign-in, with a certificate that Windows trusts.",
            ),
            1051: ("The application was not added, because its address is not https.", "Use https. " + _NEW_QWC),
            1065: ("QBType in the .qwc file is unknown.", "QBType must be QBFS, or QBPOS for Point of Sale."),
            1080: ("FileID cannot be written with IsReadOnly true.", "Leave IsReadOnly out of the .qwc file."),
        },
    ),
    **rows(
        Policy.PERSON,
        Actor.ADMINISTRATOR,
        {
            1022: (_FILE_ID, _AS_ADMIN),
            1023: (_FILE_ID, _AS_ADMIN),
            1024: (_FILE_ID, _AS_ADMIN),
            1025: (_FILE_ID, _AS_ADMIN),
            1026: (
                "The company file already carries a FileID of this application.",
                "Add the .qwc file that was made for this company file, not that of another one.",
            ),
            1027: (_FILE_ID, _AS_ADMIN),
            1039: (
                "The pair of OwnerID and FileID is in use already, or elements are missing in the .qwc file.",
                "Remove the older entry of this application from the Web Connector, then add the .qwc file again.",
            ),
        },
    ),
    **rows(
        Policy.PERSON,
        Actor.USER,
        {
            1007: ("QuickBooks could not be opened; it was tried again.", "Open QuickBooks and the company file."),
            1008: ("QuickBooks could not be opened the second time either.", "Open QuickBooks and the company file."),
            1009: ("Opening QuickBooks was cancelled.", "Update again, and let QuickBooks open."),
            1011: ("The application is missing from the Web Connector's registry.", _NEW_QWC),
            1021: ("QuickBooks' request processor is too old or missing.", "Update QuickBooks and the Web Connector."),
            1028: (_ENCRYPTION, _RETYPE),
            1029: (_ENCRYPTION, _RETYPE),
            1030: ("No password is stored.", "Type the password in the Web Connector, press Enter, and save it."),
            1032: ("The application is missing from the Web Connector's registry.", _NEW_QWC),
            1038: (_ENCRYPTION, _RETYPE),
            1040: ("This server refused the user name or the password.", "Type this connection's password again."),
            1085: ("The Web Connector's log file, or the application's last attempt, is in trouble.", _RESTART),
        },
    ),
    **rows(
        Policy.LATER,
        Actor.USER,
        {
            1005: (_START, _RESTART),
            1006: (_START, _RESTART),
            1013: (
                "QuickBooks could not be opened for the update.",
                "Open QuickBooks and the company file, and close any window it shows; this server's page says more.",
            ),
            1014: ("QuickBooks did not answer what it was asked at the start.", "Restart QuickBooks and update again."),
            1015: ("QuickBooks failed while the session was closed.", "Restart QuickBooks and update again."),
            1031: ("The scheduled update ended with an error.", _READ_LOG),
            1033: (_START, _RESTART),
        },
    ),
    **rows(
        Policy.NOT_AN_ERROR,
        Actor.USER,
        {
            1016: (_WINDOW, _CARRY_ON),
            1017: (_WINDOW, _CARRY_ON),
            1018: (_WINDOW, _CARRY_ON),
            1019: (_WINDOW, _CARRY_ON),
            1020: (_WINDOW, _CARRY_ON),
            1037: ("This server sent a message about the Web Connector's version.", "Do what the message says."),
        },
    ),
    **rows(
        Policy.LATER,
        Actor.ADMINISTRATOR,
        {
            1012: ("The server could not be asked to sign in.", _SERVER_LOG),
            1036: ("The call clientVersion failed.", _SERVER_LOG),
            1041: ("The server's next request could not be fetched.", _SERVER_LOG),
            1042: (
                "QuickBooks' answer could not be delivered to the server.",
                _SERVER_LOG + " Check body size limits.",
            ),
            1043: ("The server's last error could not be fetched.", _SERVER_LOG),
            1044: ("The server could not be told that the session is over.", _SERVER_LOG),
            1045: ("The server could not be told that QuickBooks did not open.", _SERVER_LOG),
            2012: ("Seen once, almost certainly a misprint of QBWC1012.", _SERVER_LOG),
        },
    ),
    **rows(
        Policy.PERMANENT,
        Actor.DEVELOPER,
        {1046: ("The server's answer to clientVersion is not one the Web Connector knows.", "Report it as a bug.")},
    ),
}
