"""How the newest Web Connector session ended, in words that tell nobody's name, file or figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from qbwc.models import WebConnectorSession
from qbwc.protocol import FINISHED, NO_OPERATION
from qbwc.qbxml.code_rows import CodeRow
from qbwc.qbxml.status_codes import hresult_row
from qbwc.rounds import NOTHING_TO_DO
from qwc.who import WHO

_HRESULT: Final = re.compile(r"0x[0-9A-Fa-f]{8}")
_State = WebConnectorSession.State


@dataclass(frozen=True)
class LastSession:
    """`tone` is good, warn, bad or "" while it goes on."""

    at: datetime
    tone: str
    words: str
    remedy: str = ""
    who: str = ""


def last_session() -> LastSession | None:
    """Of all companies on this server; None: there was none yet."""
    session = WebConnectorSession.objects.select_related("company_file").order_by("-started_at").first()
    return _told(session) if session is not None else None


def _told(session: WebConnectorSession) -> LastSession:
    at = session.last_call_at
    if session.state == _State.OPEN and session.step != WebConnectorSession.Step.CLOSE:
        return LastSession(at, "", "A Web Connector is at work with this server.")
    if session.state == _State.REFUSED:
        return LastSession(at, "warn", "A second Web Connector used the same user name and was told to wait.", *_TWO)
    if session.company_file.wrong_file and not session.jobs_finished:
        return _of_row(at, hresult_row("0x8004040A"))
    if found := _HRESULT.search(session.last_error):
        return _of_row(at, hresult_row(found[0]))
    if session.progress >= FINISHED or session.last_error in ("", NOTHING_TO_DO, NO_OPERATION):
        return LastSession(at, "good", "It ended well: everything that was asked for was answered.")
    if session.state in (_State.SUPERSEDED, _State.EXPIRED):
        return LastSession(at, "warn", "It was interrupted. What was due is asked for again.", *_AGAIN)
    return LastSession(at, "bad", "It ended with an error.", *_ASK)


def _of_row(at: datetime, row: CodeRow) -> LastSession:
    return LastSession(at, "bad", row.meaning, row.remedy, WHO[row.actor])


_PERSON: Final = "the person at the QuickBooks PC"
_TWO: Final = ("Remove the row from the Web Connector of the PC that should not read this company.", _PERSON)
_AGAIN: Final = ("Let the PC and the Web Connector run; the next update goes on where this one ended.", _PERSON)
_ASK: Final = (
    "Look at the text in the Web Connector's Status column, and at the connection's page on this server.",
    "whoever looks after Tieout at your company",
)
