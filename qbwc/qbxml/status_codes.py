"""statusCode of each message, messageSetStatusCode of a set, and one door to all four code tables.

Three different error numbers, never mixed: statusCode (inside qbXML, one per message), messageSetStatusCode (inside
qbXML, about recovery) and HRESULT (instead of qbXML). Sources: qbxml.md 6, qbwc-protocol.md 6.3.
"""

from typing import Final

from qbwc.qbxml.code_rows import Actor, CodeRow, Policy, rows
from qbwc.qbxml.hresults import HRESULTS, hresult_row, normal_hresult
from qbwc.qbxml.web_connector_codes import QBWC_CODES

__all__ = (
    "HRESULTS",
    "MESSAGE_SET_STATUS_CODES",
    "QBWC_CODES",
    "STATUS_CODES",
    "Actor",
    "CodeRow",
    "Policy",
    "hresult_row",
    "message_set_status_row",
    "normal_hresult",
    "status_row",
)

_FIX_REQUEST: Final = "Correct the value in the request."
_OTHER_VERSION: Final = "Ask in another qbXML version, or leave this field out."
_NEXT_UPDATE: Final = "Nothing to do: it is tried again at the next update."
_WAIT_FOR_OTHERS: Final = "It is tried again. If it lasts, ask who has this record open in QuickBooks to close it."
_RIGHTS: Final = "In QuickBooks: Edit, Preferences, Integrated Applications, Properties: "

STATUS_CODES: Final[dict[int, CodeRow]] = {
    **rows(
        Policy.NOT_AN_ERROR,
        Actor.USER,
        {
            0: ("Done.", "Nothing to do."),
            1: ("Nothing in QuickBooks matches the request.", "Nothing to do."),
            500: (
                "Some of what was asked for is not in QuickBooks; the rest came.",
                "Check the names that were asked for.",
            ),
            540: ("QuickBooks limited the number of rows.", "Ask for a shorter period."),
            600: (
                "QuickBooks has stored nothing under this message set ID.",
                "Look in QuickBooks whether it was done.",
            ),
        },
    ),
    **rows(  # warnings: the data came, so nothing is retried, but whoever wrote the request should know
        Policy.NOT_AN_ERROR,
        Actor.DEVELOPER,
        {
            501: ("An object cannot be shown in this qbXML version.", _OTHER_VERSION),
            510: ("An object was saved but cannot be returned in this qbXML version.", _OTHER_VERSION),
            530: ("A field is not supported by this QuickBooks and was ignored.", _OTHER_VERSION),
            531: ("A value is not supported by this QuickBooks and was ignored.", _OTHER_VERSION),
            550: ("The record was saved, but its notes were not.", "Add the notes by hand, or in another request."),
            560: ("A field of the request is out of use.", "Use the field that replaced it."),
            570: ("Transactions could not be linked.", "Link them in QuickBooks, or correct the request."),
        },
    ),
    **rows(
        Policy.LATER,
        Actor.USER,
        {
            1000: (
                "QuickBooks met an internal error.",
                "It is tried again a few times. If it lasts, restart QuickBooks.",
            ),
            1010: ("QuickBooks is not available at the moment.", _NEXT_UPDATE),
            3162: ("This needs single-user mode.", "Switch QuickBooks to single-user mode in its File menu."),
            3175: ("The record is in use.", _WAIT_FOR_OTHERS),
            3176: ("A related record is in use or locked.", _WAIT_FOR_OTHERS),
            3177: ("The record is being changed or deleted elsewhere.", _WAIT_FOR_OTHERS),
            3231: (
                "Not carried out, because an earlier request of the same set failed.",
                "It is sent again by itself.",
            ),
        },
    ),
    **rows(
        Policy.OUTCOME_UNKNOWN,
        Actor.USER,
        {
            3230: (
                "It is not known whether this was carried out or undone.",
                "Look in QuickBooks before it is sent again.",
            )
        },
    ),
    **rows(
        Policy.PERMANENT,
        Actor.DEVELOPER,
        {
            1030: ("This QuickBooks does not support the request.", "Use another request, or a newer QuickBooks."),
            1060: ("The requestID is longer than 50 characters.", "Use a shorter requestID."),
            3000: ("An ID in the request is not valid.", "Read the record again and use the ID it has now."),
            3010: ("A switch is neither true nor false.", _FIX_REQUEST),
            3020: ("A date is not valid.", _FIX_REQUEST),
            3030: ("The period ends before it begins.", _FIX_REQUEST),
            3031: ("The range of names ends before it begins.", _FIX_REQUEST),
            3035: ("A time interval is not valid.", _FIX_REQUEST),
            3040: ("An amount is not valid.", _FIX_REQUEST),
            3045: ("A price is not valid.", _FIX_REQUEST),
            3050: ("A percentage is not valid.", _FIX_REQUEST),
            3060: ("A quantity is not valid.", _FIX_REQUEST),
            3065: ("A GUID is not valid.", _FIX_REQUEST),
            3070: ("A text is longer than its field.", "Shorten the text."),
            3080: ("A text is not valid.", _FIX_REQUEST),
            3085: ("A number is not valid.", _FIX_REQUEST),
            3090: ("A name is not valid, for instance because of a colon in it.", _FIX_REQUEST),
            3101: ("An amount is too large for QuickBooks.", _FIX_REQUEST),
            3110: ("A value is not one of those allowed here.", _FIX_REQUEST),
            3150: ("An element that QuickBooks needs is missing.", "Add the element."),
            3151: ("An element is not allowed here.", "Leave the element out."),
            3152: ("Elements of the request contradict each other.", "Leave one of them out."),
            3153: ("Elements of the request contradict each other.", "Leave one of them out."),
            3200: (
                "The record was changed since it was read.",
                "Read it again, then send the change with its new state.",
            ),
            3205: ("An address is not valid.", _FIX_REQUEST),
            3240: ("The time of creation does not match.", "Read the record again, then send the change."),
            9001: ("The message set ID was used before for another content.", "Report it as a bug; nothing was done."),
            9002: (
                "QuickBooks has no stored answer for this message set ID.",
                "Look in QuickBooks whether it was done.",
            ),
            9003: ("A message set recovery problem that QuickBooks does not use.", "Report it as a bug."),
            9004: ("The message set ID is longer than 24 characters.", "Report it as a bug; nothing was done."),
            9005: (
                "QuickBooks could not store the answer of the message set.",
                "Look in QuickBooks whether it was done.",
            ),
            9006: ("QuickBooks met a problem with message set recovery.", "Look in QuickBooks whether it was done."),
        },
    ),
    **rows(
        Policy.PERMANENT,
        Actor.USER,
        {
            3100: ("The name is in use already.", "Choose another name, or use the record that has it."),
            3120: ("A record in the request is not in QuickBooks.", "Read the list again; it may have been deleted."),
            3130: ("The parent of a record is not in QuickBooks.", "Create the parent first, or correct its name."),
            3140: (
                "A record that the request refers to is not in QuickBooks.",
                "Create it first, or correct its name.",
            ),
            3160: ("The record cannot be deleted.", "Make it inactive instead, or remove what uses it first."),
            3170: ("The record cannot be changed.", "Read what QuickBooks says, and correct the request."),
            3180: ("The record cannot be saved.", "Read what QuickBooks says, and correct the request."),
            3185: ("The transaction cannot be voided.", "Void it in QuickBooks."),
            3190: ("The transaction cannot be marked as cleared.", "Mark it in QuickBooks."),
            3210: ("A value breaks a rule of QuickBooks.", "Read what QuickBooks says, and correct the request."),
            3280: ("The item's type does not fit here.", "Use another item, or correct the request."),
            3290: ("The request breaks a rule about inventory or items.", "Read what QuickBooks says, and correct it."),
            3390: ("There are too many of something.", "Read what QuickBooks says, and send less."),
            3500: (
                "QuickBooks refused, for instance to merge two records.",
                "Read what QuickBooks says, and do it there.",
            ),
        },
    ),
    **rows(
        Policy.PERSON,
        Actor.ADMINISTRATOR,
        {
            3161: (
                "It lies before the closing date, so it cannot be deleted.",
                "Move the closing date, or use a later date.",
            ),
            3171: (
                "It lies before the closing date, so it cannot be changed.",
                "Move the closing date, or use a later date.",
            ),
            3220: ("The application is not authorised for this.", _RIGHTS + "allow it."),
            3250: (
                "The feature is switched off, or not part of this edition.",
                "Switch it on in QuickBooks' Preferences.",
            ),
            3260: (
                "The QuickBooks user that the application signs in as may not do this.",
                "In QuickBooks: Company, Users: give that user the permission, or choose another user.",
            ),
            3261: ("The application may not see personal data.", _RIGHTS + "allow personal data."),
            3262: ("This needs a payroll subscription.", "Subscribe to payroll, or do without these data."),
            3263: ("The application may read but not write.", _RIGHTS + "allow it to change this company file."),
            3264: ("This needs a merchant service subscription.", "Subscribe to it, or do without this request."),
            3270: (
                "The account that QuickBooks would post to is missing.",
                "Create or choose it in QuickBooks' Preferences.",
            ),
        },
    ),
}

MESSAGE_SET_STATUS_CODES: Final[dict[int, CodeRow]] = {
    0: CodeRow("Nothing went wrong with the set.", Policy.NOT_AN_ERROR, "Read each message's own status.", Actor.USER),
    **rows(
        Policy.OUTCOME_UNKNOWN,
        Actor.USER,
        {
            600: (
                "QuickBooks has stored nothing under this ID; another company file may have been open in between.",
                "Check that it is the right company file, then look in it whether the change was made.",
            ),
            9001: (
                "QuickBooks knows this ID with another content.",
                "Look in QuickBooks whether the change was made. That the content differs is a bug: report it.",
            ),
            9002: (
                "QuickBooks has no answer stored for this ID, which does not prove that nothing was done.",
                "Look in QuickBooks whether the change was made, before it is sent again.",
            ),
            9005: (
                "QuickBooks could not store its answer; the change may have been made.",
                "Look in QuickBooks whether the change was made, before it is sent again.",
            ),
        },
    ),
    **rows(
        Policy.PERMANENT,
        Actor.DEVELOPER,
        {
            9003: ("A code that QuickBooks does not use.", "Report it as a bug."),
            9004: ("The message set ID is longer than 24 characters.", "Use a shorter ID; nothing was done."),
        },
    ),
}

_UNKNOWN_SET: Final = CodeRow(
    "QuickBooks gave a recovery code that has no public explanation.",
    Policy.OUTCOME_UNKNOWN,
    "Look in QuickBooks whether the change was made, before it is sent again.",
    Actor.USER,
)

# Ranges of Intuit's onscreen reference, for codes that have no row of their own: first code of the range → its row.
_RANGES: Final[tuple[tuple[int, CodeRow], ...]] = (
    (9200, CodeRow("An error that has no public explanation.", Policy.PERMANENT, "Read the message.", Actor.DEVELOPER)),
    (9100, CodeRow("Something is wrong with a macro.", Policy.PERMANENT, "Correct the macro.", Actor.DEVELOPER)),
    (3100, CodeRow("QuickBooks refused the request.", Policy.PERMANENT, "Read what QuickBooks says.", Actor.USER)),
    (3000, CodeRow("A value has the wrong form.", Policy.PERMANENT, _FIX_REQUEST, Actor.DEVELOPER)),
    (2000, CodeRow("An error of QuickBooks Online.", Policy.PERMANENT, "Read the message.", Actor.DEVELOPER)),
    (1000, CodeRow("QuickBooks met a general error.", Policy.LATER, _NEXT_UPDATE, Actor.USER)),
    (500, CodeRow("A warning; the data came.", Policy.NOT_AN_ERROR, "Read the message.", Actor.DEVELOPER)),
    (0, CodeRow("Information.", Policy.NOT_AN_ERROR, "Nothing to do.", Actor.USER)),
)
_UNKNOWN: Final = _RANGES[0][1]

# What QuickBooks writes, under several codes, when a record is locked by somebody else for the moment.
_LOCK_TEXTS: Final = (
    "has been modified by another user",
    "internals could not be locked",
    "failed to acquire the lock",
    "list element is in use",
)
_LOCKED: Final = CodeRow("Somebody else has the record or its list open.", Policy.LATER, _WAIT_FOR_OTHERS, Actor.USER)


def status_row(code: int, message: str = "") -> CodeRow:
    """The row of a statusCode. A message that speaks of a lock makes a permanent error one for later (3170, 3180);
    a code without a row gets that of its range."""
    row = STATUS_CODES.get(code) or next((row for first, row in _RANGES if code >= first), _UNKNOWN)
    if row.policy is Policy.PERMANENT and any(text in message.lower() for text in _LOCK_TEXTS):
        return _LOCKED
    return row


def message_set_status_row(code: int) -> CodeRow:
    """The row of a messageSetStatusCode; one that is not known leaves the outcome unknown."""
    return MESSAGE_SET_STATUS_CODES.get(code, _UNKNOWN_SET)
