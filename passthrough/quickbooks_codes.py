"""Which error code a caller gets for an HRESULT or a statusCode of QuickBooks (qbwc-protocol.md 7, qbxml.md 6)."""

import re
from typing import Final

from passthrough.error_codes import ErrorCode
from qbwc.qbxml.code_rows import CodeRow, Policy
from qbwc.qbxml.responses import FIRST_ERROR
from qbwc.qbxml.status_codes import HRESULTS, hresult_row, normal_hresult, status_row

_TRANSIENT: Final = frozenset({ErrorCode.QB_BUSY, ErrorCode.QB_UNAVAILABLE, ErrorCode.NETWORK_ERROR})

# 0x80040400 is INVALID_XML although QuickBooks' SDK reports it: it means what our own check means, that nothing was
# carried out and never will be, and a caller gets the same 400 whether this server has Intuit's schema or not.
# Every HRESULT that is not here is SDK_ERROR: permissions, certificates, a missing component, an unknown code.
_CODES_OF_HRESULTS: Final = {
    "0x80040400": ErrorCode.INVALID_XML,
    "0x80040410": ErrorCode.QB_BUSY,
    "0x80040414": ErrorCode.QB_BUSY,
    "0x8004041B": ErrorCode.QB_BUSY,
    "0x80040422": ErrorCode.QB_BUSY,
    "0x80040401": ErrorCode.QB_UNAVAILABLE,
    "0x80040403": ErrorCode.QB_UNAVAILABLE,
    "0x80040406": ErrorCode.QB_UNAVAILABLE,
    "0x80040408": ErrorCode.QB_UNAVAILABLE,
    "0x8004040A": ErrorCode.QB_UNAVAILABLE,
    "0x8004040D": ErrorCode.QB_UNAVAILABLE,
    "0x80040416": ErrorCode.QB_UNAVAILABLE,
    "0x80040417": ErrorCode.QB_UNAVAILABLE,
    "0x80040424": ErrorCode.QB_UNAVAILABLE,
    "0x80040421": ErrorCode.QB_ERROR,
    # QuickBooks broke down and may work again after a moment (the sheet: partly transient). Only a query gets here.
    "0x80040402": ErrorCode.QB_UNAVAILABLE,
    "0x8004041C": ErrorCode.QB_UNAVAILABLE,
    "0x80010105": ErrorCode.QB_UNAVAILABLE,
}
# Windows' own codes for a call between two programs that broke (facility RPC, and Win32's RPC errors): 0x80010105 is
# one of them. Those that the sheets do not name are judged alike.
_BROKEN_CALL: Final = re.compile(r"0x8001[0-9A-F]{4}|0x8007(?:06B|06C)[0-9A-F]")

_CODES_OF_STATUSES: Final = {
    1010: ErrorCode.QB_UNAVAILABLE,
    3162: ErrorCode.QB_BUSY,
    3175: ErrorCode.QB_BUSY,
    3176: ErrorCode.QB_BUSY,
    3177: ErrorCode.QB_BUSY,
    3230: ErrorCode.OUTCOME_PENDING,  # only a write gets these, and QuickBooks does not say whether it was made
    9002: ErrorCode.OUTCOME_PENDING,
    9005: ErrorCode.OUTCOME_PENDING,
    9006: ErrorCode.OUTCOME_PENDING,
}


# QBWC1000 and on stand on the screen of the Web Connector, which then brings or fetches nothing: SHIM_UNREACHABLE.
_CODES_OF_WEB_CONNECTOR: Final = {
    **dict.fromkeys((1007, 1008, 1009, 1013, 1014, 1015), ErrorCode.QB_UNAVAILABLE),  # QuickBooks did not open
    1042: ErrorCode.SHIM_TIMEOUT,  # the request was sent, and its answer cannot come back
}


def code_of_hresult(hresult: str, *, is_write: bool = False) -> ErrorCode:
    """The error code of an HRESULT in any writing. A write after which QuickBooks does not say whether it was carried
    out (0x80040402, 0x8004041C, 0x80010105, every unknown one) is OUTCOME_PENDING; so is one without any answer or
    HRESULT (""). A query can simply be asked again."""
    normal = normal_hresult(hresult)
    if is_write and (not normal or hresult_row(normal).policy is Policy.OUTCOME_UNKNOWN):
        return ErrorCode.OUTCOME_PENDING
    if normal not in HRESULTS and _BROKEN_CALL.fullmatch(normal):
        return ErrorCode.QB_UNAVAILABLE
    return _CODES_OF_HRESULTS.get(normal, ErrorCode.SDK_ERROR)


def code_of_status(status_code: int, message: str) -> ErrorCode:
    """The error code of a statusCode. Raises ValueError below 1000: such an answer brings data and is a success."""
    if status_code < FIRST_ERROR:
        raise ValueError(f"statusCode {status_code} is not an error.")
    code = _CODES_OF_STATUSES.get(status_code, ErrorCode.QB_ERROR)
    is_locked = code is ErrorCode.QB_ERROR and status_row(status_code, message) != status_row(status_code)
    return ErrorCode.QB_BUSY if is_locked else code


def code_of_web_connector(number: int, *, is_write: bool = False) -> ErrorCode:
    """What a call ends with while the Web Connector shows its user QBWC and this number."""
    code = _CODES_OF_WEB_CONNECTOR.get(number, ErrorCode.SHIM_UNREACHABLE)
    return ErrorCode.OUTCOME_PENDING if is_write and code is ErrorCode.SHIM_TIMEOUT else code


def is_transient(code: ErrorCode, qb_error_code: str = "") -> bool:
    """Whether the server itself may try again while the caller is held. With QuickBooks' code, only if the code tables
    say that time alone can help: a company file that is missing is QB_UNAVAILABLE, but needs a person. What leaves
    the outcome of a write unknown is never here for a write: that is OUTCOME_PENDING."""
    if code not in _TRANSIENT:
        return False
    row = quickbooks_row(qb_error_code, "")
    return row is None or row.policy in (Policy.LATER, Policy.OUTCOME_UNKNOWN) or code is ErrorCode.QB_BUSY


def quickbooks_row(qb_error_code: str, message: str) -> CodeRow | None:
    """The code tables' row of an HRESULT or statusCode; None when there is no code."""
    text = qb_error_code.strip()
    if not text:
        return None
    return status_row(int(text), message) if text.isdecimal() and len(text) <= 5 else hresult_row(text)


# The code tables speak about the queue, which tries again by itself; a caller of the API does that on their own.
_BY_ITSELF: Final = re.compile(
    r"(?:Nothing to do: )?\bit is (?:tried|sent) again(?: at the next update| a few times| by itself)?", re.IGNORECASE
)
_FIXES: Final = {
    "0x80040423": "Leave out what this QuickBooks does not know, or use a newer one: the server writes in the newest "
    "qbXML version, up to 13.0, that QuickBooks lists.",
    "1000": "Restart QuickBooks, then send the call again.",
    "3231": "Correct the request that failed before it, then send this one again in a call of its own.",
}


def fix_for_caller(qb_error_code: str, row: CodeRow) -> str:
    """What helps against this code, for somebody who sent the request as one call and holds its answer."""
    return _FIXES.get(qb_error_code) or _BY_ITSELF.sub("Send the call again", row.remedy)
