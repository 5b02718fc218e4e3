"""authenticate: who is it, is another connector still talking, is there work; the verdict in up to four strings."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from accounts import audit, clock
from qbwc import idle, protocol, queue, schedule, sign_in, soap
from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.session_rows import State
from qbwc.sign_in import Check

MOST_JOBS_COUNTED = 1000
TWO_CONNECTORS = (
    "Two connectors use this user name. Another Web Connector is in the middle of a session with it: end one of them, "
    "or give each company file a user name of its own."
)


def authenticate(call: soap.Authenticate, now: datetime) -> tuple[str, ...]:
    """ticket, verdict, and when an administrator set hours: seconds to postpone, least seconds between runs."""
    ticket = str(uuid.uuid4())
    found = idle.look(call.username, now)
    if found and sign_in.check(call.username, call.password, found.password_hash, now) is Check.RIGHT:
        idle.note_seen(found, now)
        return _with_least_seconds((ticket, protocol.NONE), found.minimum_run_seconds)
    return _look_closer(call, ticket, now)


def _look_closer(call: soap.Authenticate, ticket: str, now: datetime) -> tuple[str, ...]:
    company_file = CompanyFile.objects.select_related("company").filter(username=call.username, is_active=True).first()
    stored = company_file.password_hash if company_file else ""
    check = sign_in.check(call.username, call.password, stored, now)
    if check is Check.TOO_MANY:
        return ticket, protocol.BUSY
    if company_file is None or check is not Check.RIGHT:
        _refuse(call.username, company_file, now)
        return ticket, protocol.NOT_VALID_USER
    if postponed := schedule.quiet_seconds(company_file, now):
        CompanyFile.objects.filter(pk=company_file.pk).update(last_seen_at=now)
        return _with_least_seconds((ticket, protocol.NONE, str(postponed)), company_file.minimum_run_seconds)
    return _with_least_seconds((ticket, _open(company_file, ticket, now)), company_file.minimum_run_seconds)


def _with_least_seconds(strings: tuple[str, ...], least: int | None) -> tuple[str, ...]:
    """Slot 4, MinimumRunEveryNSeconds (guide p62): seconds, not minutes. Slot 3 is empty when nothing is postponed."""
    return (*strings, *("",) * (3 - len(strings)), str(least)) if least else strings


def _refuse(username: str, company_file: CompanyFile | None, now: datetime) -> None:
    if not sign_in.is_news(username, now):
        return  # one line a minute tells the same as a thousand
    audit.record(
        action="web_connector.sign_in_refused",
        success=False,
        now=now,
        actor=username[:200],
        company=company_file.company if company_file else None,
        reason="wrong password" if company_file else "unknown user name",
    )


def _open(company_file: CompanyFile, ticket: str, now: datetime) -> str:
    """The verdict for a valid user: `busy`, `none` when nothing is due, "" when there is work or may be soon."""
    with transaction.atomic():
        company_file = CompanyFile.objects.select_for_update().get(pk=company_file.pk)
        if not _take_over(company_file, ticket, now):
            return protocol.BUSY
        queue.expire(company_file, now)
        queue.enqueue_due(company_file, now)
        CompanyFile.objects.filter(pk=company_file.pk).update(last_seen_at=now)
        planned = queue.ready_jobs(company_file, now)[:MOST_JOBS_COUNTED].count()
        if not planned and not schedule.is_live(company_file, None, now):
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


def _take_over(company_file: CompanyFile, ticket: str, now: datetime) -> bool:
    """End the older session of this company file if it has gone silent; False while it is plainly still talking.

    An answer that was due is lost with it, so its job is recovered before any new work (guide p42).
    """
    older = list(WebConnectorSession.objects.filter(company_file=company_file, state=State.OPEN))
    if any(_is_talking(company_file, session, now) for session in older):
        _note_two_connectors(company_file, ticket, now)
        return False
    WebConnectorSession.objects.filter(pk__in=[session.pk for session in older]).update(
        state=State.SUPERSEDED,
        closed_at=now,
        last_error="A newer sign-in with the same user name replaced this session.",
    )
    queue.recover(company_file, now)
    return True


def _is_talking(company_file: CompanyFile, session: WebConnectorSession, now: datetime) -> bool:
    if session.last_call_at < clock.STARTED_AT:  # whoever said it was cut off when the server went down
        return False
    held = schedule.longest_silence_of_a_hold(company_file, session)
    return protocol.is_talking(protocol.Step(session.step), now - session.last_call_at, held)


def _note_two_connectors(company_file: CompanyFile, ticket: str, now: datetime) -> None:
    CompanyFile.objects.filter(pk=company_file.pk).update(two_connectors_at=now)
    WebConnectorSession.objects.create(
        company_file=company_file,
        ticket=ticket,
        verdict=protocol.BUSY,
        state=State.REFUSED,
        started_at=now,
        last_call_at=now,
        closed_at=now,
        last_error=TWO_CONNECTORS,
    )
