"""What a passthrough caller is told: every error code, which QuickBooks code becomes which, and the bodies of answers.

Callers match on these names, statuses and fields: they are the contract, and docs/passthrough/ is written from them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from passthrough.error_codes import Component, ErrorCode
from passthrough.quickbooks_codes import (
    code_of_hresult,
    code_of_status,
    code_of_web_connector,
    fix_for_caller,
    is_transient,
    quickbooks_row,
)
from qbwc.qbxml.code_rows import Actor
from qbwc.qbxml.responses import FIRST_ERROR
from qbwc.qbxml.status_codes import HRESULTS, MESSAGE_SET_STATUS_CODES, QBWC_CODES, STATUS_CODES

__all__ = (
    "ERRORS",
    "Component",
    "ErrorCode",
    "ErrorRow",
    "catalogue",
    "code_of_hresult",
    "code_of_status",
    "error_body",
    "is_transient",
    "success_body",
)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """`retry_allowed`: the same call, with the same key, may be sent again as it is, and that can help."""

    http_status: int
    retry_allowed: bool
    retry_after_seconds: int | None
    cause: str
    fix: str
    actor: Actor
    component: Component = Component.SERVER_AGENT


_DEVELOPER, _USER, _ADMINISTRATOR = Actor.DEVELOPER, Actor.USER, Actor.ADMINISTRATOR
_SHIM, _QUICKBOOKS = Component.QB_SHIM, Component.QUICKBOOKS

# Automation platforms repeat 429, 503 and 504 (some every 5xx) by themselves: a row has such a status only if the
# request was certainly not carried out, or only reads.
ERRORS: Final[dict[ErrorCode, ErrorRow]] = {
    ErrorCode.UNAUTHORIZED: ErrorRow(
        401,
        False,
        None,
        "The API key is missing, unknown or revoked.",
        "Send a valid key in the X-API-Key header. An administrator of the company issues it.",
        _DEVELOPER,
    ),
    ErrorCode.FORBIDDEN: ErrorRow(
        403,
        False,
        None,
        "The key may not do this: it is read-only, or the company does not allow writes.",
        "Use a key with the write scope, and switch writes on for the company. Requests that only read end in QueryRq.",
        _ADMINISTRATOR,
    ),
    ErrorCode.INVALID_XML: ErrorRow(
        400,
        False,
        None,
        "The request is not qbXML that QuickBooks can read. Nothing of it was carried out.",
        "Correct the request at the place that the message names; the same text can never succeed.",
        _DEVELOPER,
    ),
    ErrorCode.INVALID_REQUEST: ErrorRow(
        400,
        False,
        None,
        "The call around the qbXML is wrong: its JSON, a header or a parameter (415: its Content-Type). "
        "Nothing was carried out.",
        "Correct what the message names.",
        _DEVELOPER,
    ),
    ErrorCode.NOT_FOUND: ErrorRow(
        404,
        False,
        None,
        "There is no such transaction, or no such address.",
        "Check the address and the transaction_id; a key sees the transactions of its own company only.",
        _DEVELOPER,
    ),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorRow(
        405,
        False,
        None,
        "This address does not take this HTTP method.",
        "Use a method that the header Allow names.",
        _DEVELOPER,
    ),
    ErrorCode.DUPLICATE_REQUEST: ErrorRow(
        409,
        False,
        None,
        "This call was made before, with the same idempotency key or the same content; it was not carried out again.",
        "Use the original answer in this body, or follow its transaction. For a new operation send a new key.",
        _DEVELOPER,
    ),
    ErrorCode.IDEMPOTENCY_MISMATCH: ErrorRow(
        422,
        False,
        None,
        "This idempotency key was used before for another request. Nothing was carried out.",
        "Use one key for one operation: derive it from the record that the request is about.",
        _DEVELOPER,
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorRow(
        413,
        False,
        None,
        "The request is larger than this server accepts.",
        "Send fewer requests in one call, or have the administrator raise MAX_QBXML_SIZE_MB.",
        _DEVELOPER,
    ),
    ErrorCode.RATE_LIMITED: ErrorRow(
        429,
        True,
        10,
        "Too many calls arrived in a short time. This one was not taken.",
        "Send it again after the given time, and spread the calls.",
        _DEVELOPER,
    ),
    ErrorCode.SHIM_UNREACHABLE: ErrorRow(
        503,
        True,
        60,
        "Nobody came for the request: the Web Connector at the QuickBooks PC has not asked for work. "
        "It was withdrawn and certainly not carried out.",
        "Start the PC, QuickBooks and the Web Connector, and tick Auto-Run there; then send the call again.",
        _USER,
        _SHIM,
    ),
    ErrorCode.SHIM_TIMEOUT: ErrorRow(
        504,
        True,
        30,
        "QuickBooks did not answer a query in the time that the call was held.",
        "Send the call again, with a longer wait, or ask for less at once. A query changes nothing.",
        _DEVELOPER,
        _SHIM,
    ),
    ErrorCode.QB_UNAVAILABLE: ErrorRow(
        503,
        True,
        60,
        "QuickBooks is not running, still starting, does not have the company file open, or broke down over a query.",
        "Open the company file in QuickBooks, or restart QuickBooks; then send the call again.",
        _USER,
        _QUICKBOOKS,
    ),
    ErrorCode.QB_BUSY: ErrorRow(
        503,
        True,
        30,
        "QuickBooks is busy: it shows a window that waits for an answer, or somebody uses what the request needs.",
        "Close the window in QuickBooks, or finish what is being done there; then send the call again.",
        _USER,
        _QUICKBOOKS,
    ),
    ErrorCode.QB_ERROR: ErrorRow(
        500,
        False,
        None,
        "QuickBooks read the request and refused it.",
        "Read what QuickBooks says and correct the request or the data. Sent again as it is, it is refused again.",
        _DEVELOPER,
        _QUICKBOOKS,
    ),
    ErrorCode.SDK_ERROR: ErrorRow(
        500,
        False,
        None,
        "The connection between the Web Connector and QuickBooks does not work, or is not allowed.",
        "Do what the message says at the QuickBooks PC; the same call fails until then.",
        _ADMINISTRATOR,
        _SHIM,
    ),
    ErrorCode.NETWORK_ERROR: ErrorRow(
        503,
        True,
        10,
        "The connection to the QuickBooks PC broke before the request was carried out.",
        "Send the call again. If it lasts, check the network of the QuickBooks PC.",
        _USER,
        _SHIM,
    ),
    ErrorCode.INTERNAL_ERROR: ErrorRow(
        500,
        False,
        None,
        "This server failed.",
        "Give the transaction_id to the administrator of this server, who finds the reason in its log.",
        _ADMINISTRATOR,
    ),
    ErrorCode.OUTCOME_PENDING: ErrorRow(
        202,
        False,
        15,
        "The change was sent to QuickBooks, and it is not known yet whether it was carried out.",
        "Do not send it again. Ask for the transaction until it is success or error. If it stays pending, "
        "look in QuickBooks whether the change was made.",
        _DEVELOPER,
        _QUICKBOOKS,
    ),
}


def error_body(
    code: ErrorCode,
    *,
    error: str | None = None,
    transaction_id: str,
    timestamp: datetime,
    component: str = "",
    qb_error_code: str = "",
    qb_error_message: str = "",
    retry_after_seconds: int | None = None,
    qb_response: str | None = None,
) -> dict[str, object]:
    """The body of every answer that is not a success. `qb_error_code` is an HRESULT or a statusCode.

    Without `error` the sentence for a person is made from QuickBooks' code and words, or from the row of `code`.
    """
    row = ERRORS[code]
    body: dict[str, object] = {
        "success": False,
        "error": error or _sentence(code, qb_error_code, qb_error_message),
        "error_code": str(code),
        "error_details": {
            "component": component or str(row.component),
            "qb_error_code": qb_error_code,
            "qb_error_message": qb_error_message,
        },
        "transaction_id": transaction_id,
        "timestamp": timestamp.isoformat(),
        "retry_allowed": row.retry_allowed,
    }
    seconds = row.retry_after_seconds if retry_after_seconds is None else retry_after_seconds
    extras = {"retry_after_seconds": seconds, "qb_response": qb_response}
    return body | {name: value for name, value in extras.items() if value is not None}


def success_body(
    identifier: str, qb_response: str, transaction_id: str, queued_ms: int, quickbooks_ms: int, total_ms: int
) -> dict[str, object]:
    """The body of a success; times in whole milliseconds, `queued_ms` until the request left for QuickBooks."""
    return {
        "success": True,
        "identifier": identifier,
        "qb_response": qb_response,
        "processing_time_ms": total_ms,
        "transaction_id": transaction_id,
        "message": "QuickBooks has answered.",
        "timings": {"queued_ms": queued_ms, "quickbooks_ms": quickbooks_ms, "total_ms": total_ms},
    }


def catalogue() -> list[dict[str, object]]:
    """Every error code, HRESULT, statusCode, messageSetStatusCode and QBWC code with its cause, fix and who can do it.

    `error_code` is None for statusCodes that are no errors; `write_error_code` is there where a write differs.
    """
    of_quickbooks = [*_hresult_entries(), *_status_entries(), *_message_set_entries()]
    return [*_own_entries(), *of_quickbooks, *_web_connector_entries()]


def _own_entries() -> list[dict[str, object]]:
    return [_entry("error_code", str(code), code, row.cause, row.fix, row.actor) for code, row in ERRORS.items()]


def _hresult_entries() -> list[dict[str, object]]:
    entries = []
    for hresult, row in HRESULTS.items():
        code, of_write = code_of_hresult(hresult), code_of_hresult(hresult, is_write=True)
        entry = _entry("HRESULT", hresult, code, row.meaning, fix_for_caller(hresult, row), row.actor)
        entries.append(entry | _of_a_write(code, of_write))
    return entries


def _of_a_write(code: ErrorCode, of_write: ErrorCode) -> dict[str, object]:
    return {} if code is of_write else {"write_error_code": str(of_write)}


def _status_entries() -> list[dict[str, object]]:
    return [
        _entry(
            "statusCode",
            str(status),
            code_of_status(status, "") if status >= FIRST_ERROR else None,
            row.meaning,
            fix_for_caller(str(status), row),
            row.actor,
        )
        for status, row in sorted(STATUS_CODES.items())
    ]


def _message_set_entries() -> list[dict[str, object]]:
    """They come for writes only, and each one that is not 0 parks the write (qbwc.rulings)."""
    return [
        _entry("messageSetStatusCode", str(status), pending, row.meaning, row.remedy, row.actor)
        for status, row in sorted(MESSAGE_SET_STATUS_CODES.items())
        for pending in (ErrorCode.OUTCOME_PENDING if status else None,)
    ]


def _web_connector_entries() -> list[dict[str, object]]:
    """The server never receives these: the person at the PC reads them off the Web Connector's window or log."""
    entries = []
    for number, row in sorted(QBWC_CODES.items()):
        code, of_write = code_of_web_connector(number), code_of_web_connector(number, is_write=True)
        entry = _entry("QBWC", f"QBWC{number}", code, row.meaning, row.remedy, row.actor)
        entries.append(entry | _of_a_write(code, of_write))
    return entries


def _entry(kind: str, code: str, means: ErrorCode | None, cause: str, fix: str, actor: Actor) -> dict[str, object]:
    row = ERRORS[means] if means else None
    return {
        "kind": kind,
        "code": code,
        "error_code": str(means) if means else None,
        "http_status": row.http_status if row else 200,
        "retry_allowed": row.retry_allowed if row else False,
        "retry_after_seconds": row.retry_after_seconds if row else None,
        "cause": cause,
        "fix": fix,
        "actor": actor.value,
    }


def _sentence(code: ErrorCode, qb_error_code: str, words: str) -> str:
    found = quickbooks_row(qb_error_code, words)
    if found is None:
        return f"{ERRORS[code].cause} {ERRORS[code].fix}"
    if code is ErrorCode.OUTCOME_PENDING:
        cause, fix = ERRORS[code].cause, ERRORS[code].fix
        return f"{cause} QuickBooks answered {qb_error_code}: {_closed(words or found.meaning)} {fix}"
    return (
        f"QuickBooks answered {qb_error_code}: {_closed(words or found.meaning)} {fix_for_caller(qb_error_code, found)}"
    )


def _closed(sentence: str) -> str:
    """With a full stop, so that another sentence can follow."""
    sentence = sentence.strip()
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
