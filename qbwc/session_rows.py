"""Rows of Web Connector sessions: found by ticket under a lock, saved, expired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from qbwc import prepared
from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.prepared import Parameter, Rows

State = WebConnectorSession.State
Step = WebConnectorSession.Step

# A ticket that has said nothing for so long is not coming back; a step at QuickBooks may take longer.
IDLE_LIMIT = timedelta(minutes=30)
LONGEST_TICKET = 64
UNKNOWN_TICKET = (
    "This server does not know the session: it has ended, was replaced by a newer one, or the sign-in was refused. "
    "Run the update again; if this stays, compare the user name and password in the Web Connector with the server's."
)


# Each column costs its microsecond. Those that only the first call of a session or an administrator's page looks at
# stay behind; whoever wants one of them gets it by a query of its own.
_NOT_EVERY_TIME = (
    "password_hash",
    "owner_id",
    "file_id",
    "app_name",
    "run_every_minutes",
    "is_active",
    "created_at",
    "company_name_seen",
    "product_name",
    "country",
    "qbxml_version",
    "file_mode",
    "fiscal_year_first_month",
    "file_id_confirmed_at",
    "client_version",
    "permissions_seen",
    "connection_state",
    "connection_state_since",
    "recent_calls",
    "paused_plans",
    "downloaded_qwc",
    "last_seen_at",
    "quiet_from",
    "quiet_until",
    "minimum_run_seconds",
    "wrong_file",
    "two_connectors_at",
)
_BY_TICKET = Rows(
    lambda: (
        WebConnectorSession.objects.select_for_update(of=("self",))
        .select_related("company_file")
        .defer(*(f"company_file__{name}" for name in _NOT_EVERY_TIME))
        .filter(ticket=Parameter("ticket"))
        .order_by()
    )
)


def is_known(ticket: str) -> bool:
    """Whether this ticket ever opened a session. One plain query: after most polls the ticket is not worth a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM qbwc_sync_sessions WHERE ticket = %s", (ticket[: LONGEST_TICKET + 1],))
        return cursor.fetchone() is not None


def locked(ticket: str) -> WebConnectorSession | None:
    """The session of a ticket, whatever its state, locked for the transaction it is called in."""
    if not ticket or len(ticket) > LONGEST_TICKET:
        return None
    return _BY_TICKET.first(ticket=ticket)


_FILE_OF_TICKET = Rows(
    lambda: (
        CompanyFile.objects.select_for_update(of=("self",), no_key=True)
        .filter(sessions__ticket=Parameter("ticket"))
        .only("pk")
        .order_by()
    )
)


def lock_company_file(ticket: str) -> None:
    """For a call that will change the company file, too: to be locked before the session, as authenticate does. Two
    that lock them in opposite order wait for each other until PostgreSQL ends one of them."""
    if ticket and len(ticket) <= LONGEST_TICKET:
        _FILE_OF_TICKET.exists(ticket=ticket)


def save(session: WebConnectorSession, now: datetime, **changes: Any) -> None:
    """Change these columns and note the call."""
    for name, value in changes.items():
        setattr(session, name, value)
    session.last_call_at = now
    prepared.update(session, *changes, "last_call_at", "qbxml_version")


def is_open(session: WebConnectorSession, now: datetime) -> bool:
    """Whether the session may go on; one that was silent for too long is expired here."""
    if session.state != State.OPEN:
        return False
    if session.step != Step.RECEIVE and session.last_call_at < now - IDLE_LIMIT:
        save(session, session.last_call_at, state=State.EXPIRED, closed_at=now, last_error=UNKNOWN_TICKET)
        return False
    return True


def expire(now: datetime) -> int:
    """Close the sessions that have said nothing for thirty minutes, unless QuickBooks is still working; how many."""
    silent = WebConnectorSession.objects.filter(state=State.OPEN, last_call_at__lt=now - IDLE_LIMIT)
    return silent.exclude(step=Step.RECEIVE).update(state=State.EXPIRED, closed_at=now, last_error=UNKNOWN_TICKET)
