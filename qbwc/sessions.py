"""The Web Connector conversation: `answer` takes a SOAP call and gives its result; one function per operation.

One frame catches everything: whatever breaks becomes that operation's natural refusal, never a SOAP fault, and the
text is kept for getLastError. Each operation changes the database in one transaction, so that an interruption
leaves either the state before the call or the state after it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db import transaction

from accounts import audit
from qbwc import delivery, identity, protocol, queue, soap
from qbwc.models import CompanyFile, Exchange, WebConnectorSession
from qbwc.protocol import Meaning
from qbwc.qbxml.status_codes import Policy, hresult_row
from qbwc.sign_in import is_right as password_is_right

logger = logging.getLogger(__name__)

SERVER_VERSION = "Tieout 0.1"
# A ticket that has said nothing for so long is not coming back; a step at QuickBooks may take longer.
IDLE_LIMIT = timedelta(minutes=30)
MOST_JOBS_COUNTED = 1000
UNKNOWN_TICKET = (
    "This server does not know the session: it has ended, was replaced by a newer one, or the sign-in was refused. "
    "Run the update again; if this stays, compare the user name and password in the Web Connector with the server's."
)

Result: TypeAlias = str | int | tuple[str, ...]
State = WebConnectorSession.State
Step = WebConnectorSession.Step


def answer(call: soap.Call, now: datetime) -> Result:
    """The result of one SOAP call. Never raises."""
    handler, refusal = _OPERATIONS[type(call)]
    try:
        return handler(call, now)
    except Exception:
        logger.exception("%s failed", type(call).__name__)
        _remember_failure(getattr(call, "ticket", ""))
        return refusal


def _remember_failure(ticket: str) -> None:
    words = "The server failed while answering. Nothing is lost; its administrator finds the reason in the log."
    try:
        WebConnectorSession.objects.filter(ticket=ticket).update(last_error=words, step=Step.CLOSE)
    except Exception:  # the database itself may be what failed
        logger.exception("the failure could not be kept for getLastError")


def _server_version(call: soap.ServerVersion, now: datetime) -> str:
    return SERVER_VERSION


def _client_version(call: soap.ClientVersion, now: datetime) -> str:
    return protocol.client_verdict(call.version)


def _authenticate(call: soap.Authenticate, now: datetime) -> tuple[str, str]:
    ticket = str(uuid.uuid4())
    company_file = CompanyFile.objects.select_related("company").filter(username=call.username, is_active=True).first()
    is_right = password_is_right(call.password, company_file.password_hash if company_file else "", now)
    if company_file is None or not is_right:
        audit.record(
            action="web_connector.sign_in_refused",
            success=False,
            now=now,
            actor=call.username[:200],
            company=company_file.company if company_file else None,
            reason="wrong password" if company_file else "unknown user name",
        )
        return ticket, protocol.NOT_VALID_USER
    return ticket, _open_session(company_file, ticket, now)


def _open_session(company_file: CompanyFile, ticket: str, now: datetime) -> str:
    """The verdict for a valid user: `none` when nothing is due, "" when there is work."""
    with transaction.atomic():
        company_file = CompanyFile.objects.select_for_update().get(pk=company_file.pk)
        _supersede(company_file, now)
        queue.enqueue_due(company_file, now)
        CompanyFile.objects.filter(pk=company_file.pk).update(last_seen_at=now)
        planned = queue.ready_jobs(company_file, now)[:MOST_JOBS_COUNTED].count()
        if not planned:
            return protocol.NONE
        WebConnectorSession.objects.create(
            company_file=company_file,
            ticket=ticket,
            verdict=protocol.OPEN_FILE,
            started_at=now,
            last_call_at=now,
            jobs_planned=planned,
        )
    return protocol.OPEN_FILE


def _supersede(company_file: CompanyFile, now: datetime) -> None:
    """A new sign-in ends the older session; an answer that was due is lost, so its job is recovered (guide p42)."""
    WebConnectorSession.objects.filter(company_file=company_file, state=State.OPEN).update(
        state=State.SUPERSEDED,
        closed_at=now,
        last_error="A newer sign-in with the same user name replaced this session.",
    )
    queue.recover(company_file, now)


def expire(now: datetime) -> int:
    """Close the sessions that have said nothing for thirty minutes, unless QuickBooks is still working; how many."""
    silent = WebConnectorSession.objects.filter(state=State.OPEN, last_call_at__lt=now - IDLE_LIMIT)
    return silent.exclude(step=Step.RECEIVE).update(state=State.EXPIRED, closed_at=now, last_error=UNKNOWN_TICKET)


def _session(ticket: str) -> WebConnectorSession | None:
    """The session of a ticket, whatever its state, locked for this transaction."""
    if not ticket or len(ticket) > 64:
        return None
    return (
        WebConnectorSession.objects.select_for_update(of=("self",))
        .select_related("company_file__company")
        .filter(ticket=ticket)
        .first()
    )


def _send_request_xml(call: soap.SendRequestXML, now: datetime) -> str:
    with transaction.atomic():
        session = _session(call.ticket)
        if session is None or not _still_open(session, now):
            return ""
        if call.hcp_response and (problem := identity.learn(session, call, now)):
            _save(session, now, step=Step.CLOSE, last_error=problem)
            _audit_wrong_file(session, problem, now)
            return ""
        return _next_request(session, now)


def _still_open(session: WebConnectorSession, now: datetime) -> bool:
    if session.state != State.OPEN:
        return False
    if session.step != Step.RECEIVE and session.last_call_at < now - IDLE_LIMIT:
        _save(session, session.last_call_at, state=State.EXPIRED, closed_at=now, last_error=UNKNOWN_TICKET)
        return False
    return True


def _audit_wrong_file(session: WebConnectorSession, problem: str, now: datetime) -> None:
    company_file = session.company_file
    audit.record(
        action="web_connector.wrong_file",
        success=False,
        now=now,
        actor=company_file.username,
        company=company_file.company,
        reason=problem,
    )


def _next_request(session: WebConnectorSession, now: datetime) -> str:
    means = protocol.meaning(protocol.Step(session.step), "sendRequestXML")
    if means is Meaning.OVER:
        return ""
    sent = queue.resend(session, now) if means is Meaning.ANSWER_LOST else None
    sent = sent or queue.claim(session, now)
    if sent is None:
        _save(session, now, step=Step.CLOSE, last_error=session.last_error or "There is nothing more to do.")
        return ""
    _save(session, now, step=Step.RECEIVE)
    return sent.text


def _receive_response_xml(call: soap.ReceiveResponseXML, now: datetime) -> int:
    with transaction.atomic():
        session = _session(call.ticket)
        if session is None:
            return protocol.REFUSED
        exchange = session.exchanges.select_related("job").filter(answered_at__isnull=True).order_by("pk").last()
        if exchange is None:
            return _recorded_reply(session, now)
        ruling = queue.record_answer(
            exchange, response=call.response, hresult=call.hresult, message=call.message, now=now
        )
        reply = _reply(session, ruling.failure, now)
        Exchange.objects.filter(pk=exchange.pk).update(reply=reply)
        transaction.on_commit(lambda: delivery.deliver_after_commit(exchange.pk, now))
    return reply


def _recorded_reply(session: WebConnectorSession, now: datetime) -> int:
    """A repeated answer gets the number it got before and changes nothing (a proxy's retry, a lost reply)."""
    last = session.exchanges.order_by("pk").last()
    if last is None or last.reply is None:
        _save(session, now, last_error="An answer came for a request that was never sent in this session.")
        return protocol.REFUSED
    return last.reply


def _reply(session: WebConnectorSession, failure: str, now: datetime) -> int:
    """Percent done, and where that leaves the session; 100 only when nothing is ready any more."""
    if session.state != State.OPEN:  # the answer came late: it is kept, and this session has nothing more to do
        return protocol.FINISHED
    finished = session.jobs_finished + 1
    changes: dict[str, Any] = {"jobs_finished": finished}
    if failure:
        changes["last_error"] = failure
    if queue.ready_jobs(session.company_file, now).exists():
        done = protocol.progress(planned=session.jobs_planned, finished=finished, before=session.progress)
        _save(session, now, step=Step.SEND, progress=done, **changes)
        return done
    _save(session, now, step=Step.CLOSE, progress=protocol.FINISHED, **changes)
    return protocol.FINISHED


def _connection_error(call: soap.ConnectionErrorCall, now: datetime) -> str:
    """The path of the last good session, then whatever file is open, then stop (guide p51-52)."""
    with transaction.atomic():
        session = _session(call.ticket)
        if session is None or session.state != State.OPEN:
            return protocol.STOP
        row = hresult_row(call.hresult)
        attempts = session.connection_attempts + 1
        words = f"QuickBooks could not be reached ({call.hresult}): {call.message or row.meaning} {row.remedy}".strip()
        _save(session, now, connection_attempts=attempts, last_error=words)
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
    with transaction.atomic():
        session = _session(call.ticket)
        if session is None:
            return "OK"
        if session.state == State.OPEN:
            _save(session, now, state=State.CLOSED, closed_at=now)
            queue.recover(session.company_file, now)  # closing while an answer is due: it was lost
    return _summary(session)


def _summary(session: WebConnectorSession) -> str:
    """What the Web Connector shows in its Status column."""
    if session.last_error and session.progress < protocol.FINISHED:
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


def _save(session: WebConnectorSession, last_call_at: datetime, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(session, name, value)
    session.last_call_at = last_call_at
    session.save(update_fields=[*changes, "last_call_at", "qbxml_version"])


# Call → its function, and its refusal when the server itself breaks. `busy` there, not `nvu`: a user whose password
# is right must not be told that it is wrong because our database is down.
_OPERATIONS: dict[type[Any], tuple[Callable[[Any, datetime], Result], Result]] = {
    soap.ServerVersion: (_server_version, SERVER_VERSION),
    soap.ClientVersion: (_client_version, ""),
    soap.Authenticate: (_authenticate, ("", protocol.BUSY)),
    soap.SendRequestXML: (_send_request_xml, ""),
    soap.ReceiveResponseXML: (_receive_response_xml, protocol.REFUSED),
    soap.ConnectionErrorCall: (_connection_error, protocol.STOP),
    soap.GetLastError: (_get_last_error, UNKNOWN_TICKET),
    soap.CloseConnection: (_close_connection, "OK"),
    soap.GetInteractiveURL: (_get_interactive_url, ""),
    soap.InteractiveRejected: (_interactive_rejected, "OK"),
    soap.InteractiveDone: (_interactive_done, "DONE"),
}
