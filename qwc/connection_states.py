"""How a company file's connection is doing, judged by its own rhythm; the quiet hours do not count as silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from qbwc import alerts, schedule
from qbwc.connection_words import State as State
from qbwc.connection_words import tone_of
from qbwc.contact import GRACE, awake_silence, longest_silence, rhythm_of
from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.qbxml.status_codes import hresult_row

# Offline: four rounds missed, and an hour at least, as PCs sleep.
_LEAST_OFFLINE: Final = timedelta(hours=1)


@dataclass(frozen=True)
class ConnectionState:
    """`why`: one sentence; `remedy`: what to do, "" when nothing; `expected_at`: its next call by its own rhythm."""

    state: State
    why: str
    remedy: str
    rhythm: timedelta
    last_contact_at: datetime | None
    expected_at: datetime | None
    quiet_until: datetime | None
    since: datetime | None = None

    @property
    def label(self) -> str:
        return str(self.state.label)

    @property
    def tone(self) -> str:
        return tone_of(self.state)

    @property
    def every(self) -> str:
        """Its rhythm in words: "15 minutes"."""
        return in_minutes(self.rhythm)


def connection_state(company_file: CompanyFile, now: datetime) -> ConnectionState:
    """One query, for the newest session. `since` is known from the look of the last minute, if nothing has changed."""
    session = company_file.sessions.exclude(state=WebConnectorSession.State.REFUSED).first()
    seen = _last_contact(company_file, session)
    rhythm = rhythm_of(company_file)
    state, why, remedy = _judged(company_file, session, seen, rhythm, now)
    quiet = schedule.quiet_seconds(company_file, now)
    is_same = company_file.connection_state == state
    return ConnectionState(
        state=state,
        why=why,
        remedy=remedy,
        rhythm=rhythm,
        last_contact_at=seen,
        expected_at=_expected(company_file, seen, rhythm, now) if company_file.is_active else None,
        quiet_until=now + timedelta(seconds=quiet) if quiet else None,
        since=company_file.connection_state_since if is_same else None,
    )


def in_minutes(length: timedelta) -> str:
    """ "15 minutes", "6 hours", "90 seconds"; whole ones, rounded."""
    seconds = round(length.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and (seconds % size == 0 or size == 60):
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _last_contact(company_file: CompanyFile, session: WebConnectorSession | None) -> datetime | None:
    """A session may go on for long after its sign-in, which is what last_seen_at notes."""
    moments = [company_file.last_seen_at, session.last_call_at if session is not None else None]
    return max((moment for moment in moments if moment is not None), default=None)


def _judged(
    company_file: CompanyFile,
    session: WebConnectorSession | None,
    seen: datetime | None,
    rhythm: timedelta,
    now: datetime,
) -> tuple[State, str, str]:
    if not company_file.is_active:
        return State.DISABLED, "This company file is switched off.", "An administrator of the server can switch it on."
    if seen is None:
        words = "The Web Connector has never called."
        return State.NEVER_SEEN, words, "Add the connection file to the Web Connector on the QuickBooks PC."
    silent = awake_silence(company_file, seen, now)
    if not _is_busy(session) and (state := _silent_state(silent, rhythm)) is not None:
        words = f"It usually calls every {in_minutes(rhythm)} and has been silent for {_about(silent)}."
        return state, words, "On the QuickBooks PC, start the Web Connector and tick Auto-Run in its row."
    return _at_the_pc(company_file, session)


def _at_the_pc(company_file: CompanyFile, session: WebConnectorSession | None) -> tuple[State, str, str]:
    """It calls; whether it gets at the right books."""
    refused = alerts.refused_file(company_file)
    if refused is not None:
        words = f"QuickBooks has “{refused.company_name}” open; this connection belongs to “{refused.expected}”."
        return State.WRONG_FILE, words, f"Open the company file of {refused.expected}, or accept this one."
    unavailable = _unavailable(session)
    if unavailable:
        return State.UNAVAILABLE, *unavailable
    return State.ONLINE, "The Web Connector calls as it should.", ""


def _is_busy(session: WebConnectorSession | None) -> bool:
    """QuickBooks may work on a report for longer than the Web Connector's rhythm."""
    return (
        session is not None
        and session.state == WebConnectorSession.State.OPEN
        and session.step == WebConnectorSession.Step.RECEIVE
    )


def _unavailable(session: WebConnectorSession | None) -> tuple[str, str] | None:
    """Why the newest session did not get at QuickBooks, and what to do; None when it did."""
    if session is None:
        return None
    if session.connection_attempts and session.step == WebConnectorSession.Step.OPENING:
        return session.last_error or "QuickBooks could not be reached.", ""
    last = session.exchanges.order_by("-pk").first()
    if last is None or not last.hresult:
        return None
    row = hresult_row(last.hresult)
    if row.actor.value == "developer":  # a request that is wrong says nothing about QuickBooks
        return None
    return f"QuickBooks refused to work ({last.hresult}): {last.message or row.meaning}", row.remedy


def _silent_state(silent: timedelta, rhythm: timedelta) -> State | None:
    if silent > max(4 * rhythm, _LEAST_OFFLINE):
        return State.OFFLINE
    return State.LATE if silent > longest_silence(rhythm) else None


def _expected(company_file: CompanyFile, seen: datetime | None, rhythm: timedelta, now: datetime) -> datetime | None:
    """Its next call: one interval after the last, or the end of the quiet hours that this would fall into."""
    if seen is None:
        return None
    due = seen + rhythm
    return due + timedelta(seconds=schedule.quiet_seconds(company_file, due)) if due >= now - rhythm - GRACE else None


def _about(length: timedelta) -> str:
    hours = length.total_seconds() / 3600
    if hours >= 48:
        return f"{int(hours // 24)} days"
    return f"{int(hours)} hours" if hours >= 2 else f"{max(1, int(length.total_seconds() // 60))} minutes"
