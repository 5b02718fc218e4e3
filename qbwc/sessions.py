"""The Web Connector conversation: `answer` takes a SOAP call and gives its result; one function per operation.

One frame catches everything: whatever breaks becomes that operation's natural refusal, never a SOAP fault, and the
text is kept for getLastError. Each operation changes the database in one transaction, so that an interruption
leaves either the state before the call or the state after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction

from qbwc import opening, protocol, queue, rounds, session_rows, soap
from qbwc.models import WebConnectorSession
from qbwc.qbxml.status_codes import Policy, hresult_row
from qbwc.schedule import Hold
from qbwc.session_rows import UNKNOWN_TICKET, State, Step

logger = logging.getLogger(__name__)

SERVER_VERSION = "Tieout 0.1"

Result: TypeAlias = str | int | tuple[str, ...]


def answer(call: soap.Call, now: datetime, held_since: datetime | None = None) -> Result | Hold:
    """The result of one SOAP call; Hold only for sendRequestXML. Never raises.

    After a Hold, call again when woken or when its seconds are over, with `held_since`: when the wait began.
    """
    try:
        if isinstance(call, soap.SendRequestXML):
            return rounds.send_request_xml(call, now, held_since)
        return _OPERATIONS[type(call)][0](call, now)
    except Exception:
        logger.exception("%s failed", type(call).__name__)
        _remember_failure(getattr(call, "ticket", ""))
        return "" if isinstance(call, soap.SendRequestXML) else _OPERATIONS[type(call)][1]


def _remember_failure(ticket: str) -> None:
    words = "The server failed while answering. Nothing is lost; its administrator finds the reason in the log."
    try:
        WebConnectorSession.objects.filter(ticket=ticket, state=State.OPEN).update(last_error=words, step=Step.CLOSE)
    except Exception:  # the database itself may be what failed
        logger.exception("the failure could not be kept for getLastError")


def _server_version(call: soap.ServerVersion, now: datetime) -> str:
    return SERVER_VERSION


def _client_version(call: soap.ClientVersion, now: datetime) -> str:
    return protocol.client_verdict(call.version)


def _connection_error(call: soap.ConnectionErrorCall, now: datetime) -> str:
    """The path of the last good session, then whatever file is open, then stop (guide p51-52)."""
    with transaction.atomic():
        session = session_rows.locked(call.ticket)
        if session is None or session.state != State.OPEN:
            return protocol.STOP
        row = hresult_row(call.hresult)
        attempts = session.connection_attempts + 1
        words = f"QuickBooks could not be reached ({call.hresult}): {call.message or row.meaning} {row.remedy}".strip()
        session_rows.save(session, now, connection_attempts=attempts, last_error=words)
        path = session.company_file.file_path_seen
        if row.policy is Policy.PERMANENT or attempts > protocol.MAX_CONNECTION_ATTEMPTS:
            return protocol.STOP
        if path and attempts == 1:
            return path
        return protocol.OPEN_FILE if attempts == (2 if path else 1) else protocol.STOP


def _get_last_error(call: soap.GetLastError, now: datetime) -> str:
    session = WebConnectorSession.objects.filter(ticket=call.ticket[:65]).first() if call.ticket else None
    if session is None:
        return UNKNOWN_TICKET
    return session.last_error or "No error was recorded in this session."


def _close_connection(call: soap.CloseConnection, now: datetime) -> str:
    if not session_rows.is_known(call.ticket):
        return "OK"
    with transaction.atomic():
        session = session_rows.locked(call.ticket)
        if session is None:
            return "OK"
        if session.state == State.OPEN:
            session_rows.save(session, now, state=State.CLOSED, closed_at=now)
            queue.recover(session.company_file, now)  # closing while an answer is due: it was lost
    return _summary(session)


def _summary(session: WebConnectorSession) -> str:
    """What the Web Connector shows in its Status column."""
    if session.last_error not in ("", protocol.NO_OPERATION) and session.progress < protocol.FINISHED:
        return session.last_error
    failed = session.exchanges.exclude(job__failure="").values("job").distinct().count()
    done = f"{session.jobs_finished} of {max(session.jobs_planned, session.jobs_finished)} requests answered."
    return f"{done} {failed} failed; see the server's dashboard." if failed else f"Complete! {done}"


def _get_interactive_url(call: soap.GetInteractiveURL, now: datetime) -> str:
    return ""


def _interactive_rejected(call: soap.InteractiveRejected, now: datetime) -> str:
    return "This server does not use interactive mode."


def _interactive_done(call: soap.InteractiveDone, now: datetime) -> str:
    # Intuit's WCEC sample: DONE ends the session, "" would mean "keep waiting" (qbwc-protocol 1.9).
    return "DONE"


# Call → its function, and its refusal when the server itself breaks. `busy` there, not `nvu`: a user whose password
# is right must not be told that it is wrong because our database is down.
_OPERATIONS: dict[type[Any], tuple[Callable[[Any, datetime], Result], Result]] = {
    soap.ServerVersion: (_server_version, SERVER_VERSION),
    soap.ClientVersion: (_client_version, ""),
    soap.Authenticate: (opening.authenticate, ("", protocol.BUSY)),
    soap.ReceiveResponseXML: (rounds.receive_response_xml, protocol.REFUSED),
    soap.OversizedAnswer: (rounds.refuse_large_answer, protocol.REFUSED),
    soap.ConnectionErrorCall: (_connection_error, protocol.STOP),
    soap.GetLastError: (_get_last_error, UNKNOWN_TICKET),
    soap.CloseConnection: (_close_connection, "OK"),
    soap.GetInteractiveURL: (_get_interactive_url, ""),
    soap.InteractiveRejected: (_interactive_rejected, "OK"),
    soap.InteractiveDone: (_interactive_done, "DONE"),
}
