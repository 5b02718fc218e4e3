"""sendRequestXML and receiveResponseXML: the rounds of a session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from qbwc import delivery, identity, limits, messages, protocol, queue, schedule, session_rows, soap
from qbwc.models import Exchange, WebConnectorSession
from qbwc.prepared import Parameter, Rows
from qbwc.protocol import Meaning
from qbwc.schedule import Hold
from qbwc.session_rows import State, Step

NOTHING_TO_DO = "There is nothing more to do."


def send_request_xml(call: soap.SendRequestXML, now: datetime, held_since: datetime | None) -> str | Hold:
    """The next request's text, "" to end, or Hold: wait for work and call again with when the wait began."""
    with transaction.atomic():
        if call.hcp_response:
            session_rows.lock_company_file(call.ticket)
        session = session_rows.locked(call.ticket)
        if session is None or not session_rows.is_open(session, now):
            return ""
        if call.hcp_response and (problem := _learn(session, call, now)):
            session_rows.save(session, now, step=Step.CLOSE, last_error=problem)
            _audit_wrong_file(session, problem, now)
            return ""
        return _next_request(session, now, held_since)


def _learn(session: WebConnectorSession, call: soap.SendRequestXML, now: datetime) -> str:
    session.company_file.refresh_from_db()  # identity wants all of it
    return identity.learn(session, call, now)


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


def _next_request(session: WebConnectorSession, now: datetime, held_since: datetime | None) -> str | Hold:
    means = protocol.meaning(protocol.Step(session.step), "sendRequestXML")
    if means is Meaning.OVER:
        return ""
    sent = queue.resend(session, now) if means is Meaning.ANSWER_LOST else None
    sent = sent or queue.claim(session, now)
    if sent is not None:
        session_rows.save(session, now, step=Step.RECEIVE)
        return sent.text
    if schedule.is_live(session.company_file, session, now):
        return _wait_for_work(session, now, held_since)
    said = "" if session.last_error == protocol.NO_OPERATION else session.last_error
    session_rows.save(session, now, step=Step.CLOSE, last_error=said or NOTHING_TO_DO)
    return ""


def _wait_for_work(session: WebConnectorSession, now: datetime, held_since: datetime | None) -> str | Hold:
    """Hold the call; when it was held for long enough, "" with NoOp, so that the Web Connector asks again."""
    longest = timedelta(seconds=session.company_file.live_hold_seconds)
    if held_since is not None and now >= held_since + longest:
        session_rows.save(session, now, step=Step.SEND, last_error=protocol.NO_OPERATION)
        return ""
    if held_since is None:
        since = session.live_since or now
        session_rows.save(session, now, step=Step.SEND, live_since=since, last_error="")
    left = longest - (now - held_since) if held_since is not None else longest
    return Hold(session.company_file_id, left.total_seconds())


def receive_response_xml(call: soap.ReceiveResponseXML, now: datetime) -> int:
    """Keep the answer, judge it, and say how far we are; a repeated answer gets the recorded number."""
    with transaction.atomic():
        session = session_rows.locked(call.ticket)
        if session is None:
            return protocol.REFUSED
        exchange = _exchange_of(session, call.response)
        if exchange is None or exchange.answered_at is not None:
            return _recorded_reply(session, exchange, now)
        ruling = queue.record_answer(
            exchange, response=call.response, hresult=call.hresult, message=call.message, now=now
        )
        reply = _reply(session, ruling.failure, now, is_page=ruling.iterator_id != "")
        _conclude(exchange, reply, now)
    return reply


def refuse_large_answer(call: soap.OversizedAnswer, now: datetime) -> int:
    """Close the job whose answer was not kept, or it would be asked again and again; -1, and getLastError says why."""
    words = (
        f"QuickBooks' answer has {-(-call.size // limits.MEGABYTE)} MB, more than the "
        f"{limits.text_limit() // limits.MEGABYTE} MB that this server accepts. Its administrator can raise "
        "MAX_QBXML_SIZE_MB, or ask for less at once."
    )
    with transaction.atomic():
        session = session_rows.locked(call.ticket)
        if session is not None and (exchange := _unanswered(session)) is not None:
            session_rows.save(session, now, step=Step.CLOSE, last_error=words)
            queue.refuse_answer(exchange, words, now)
            _conclude(exchange, protocol.REFUSED, now)
    return protocol.REFUSED


def _conclude(exchange: Exchange, reply: int, now: datetime) -> None:
    queue.conclude(exchange, reply)
    if exchange.delivered_at is None:
        transaction.on_commit(lambda: delivery.deliver_after_commit(exchange.pk, now))


def _unanswered(session: WebConnectorSession) -> Exchange | None:
    return _UNANSWERED.first(session=session.pk)


_UNANSWERED = Rows(
    lambda: (
        Exchange.objects.select_related("job")
        .filter(session=Parameter("session"), answered_at__isnull=True)
        .order_by("-pk")
    )
)


def _exchange_of(session: WebConnectorSession, response: str) -> Exchange | None:
    """The exchange that an answer belongs to: by its requestID, so that a copy that comes late answers nothing else.

    An HRESULT names no request: it belongs to the one whose answer is due.
    """
    request_id = messages.answered_request_id(response)
    named = _NAMED.first(session=session.pk, request_id=request_id) if request_id else None
    return named or _unanswered(session) or session.exchanges.select_related("job").order_by("-pk").first()


_NAMED = Rows(
    lambda: (
        Exchange.objects.select_related("job")
        .filter(session=Parameter("session"), qbxml_request_id=Parameter("request_id"))
        .order_by("-pk")
    )
)


def _recorded_reply(session: WebConnectorSession, exchange: Exchange | None, now: datetime) -> int:
    """It was answered before: a proxy's retry, or our reply was lost. The same number again, and nothing changes."""
    if exchange is None or exchange.reply is None:
        session_rows.save(session, now, last_error="An answer came for a request that was never sent in this session.")
        return protocol.REFUSED
    return exchange.reply


def _reply(session: WebConnectorSession, failure: str, now: datetime, *, is_page: bool) -> int:
    """Percent done, and where that leaves the session; 100 only when nothing is ready and nothing is waited for."""
    if session.state != State.OPEN:  # the answer came late: it is kept, and this session has nothing more to do
        return protocol.FINISHED
    finished = session.jobs_finished + (0 if is_page else 1)
    changes: dict[str, Any] = {"jobs_finished": finished, "live_since": None}
    if failure:
        changes["last_error"] = failure
    if queue.has_ready_job(session.company_file, now) or schedule.is_live(session.company_file, session, now):
        done = protocol.progress(planned=session.jobs_planned, finished=finished, before=session.progress)
        session_rows.save(session, now, step=Step.SEND, progress=done, **changes)
        return done
    session_rows.save(session, now, step=Step.CLOSE, progress=protocol.FINISHED, **changes)
    return protocol.FINISHED
