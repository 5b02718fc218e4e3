"""The lines of QWCLog.txt as sessions: each update of one application, its calls, how it ended and why."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from qwc.log_causes import Cause, causes_in
from qwc.log_lines import Line

MOST_CALLS: Final = 400  # of a session are kept; a session of days has thousands that say the same
MOST_SESSIONS: Final = 2_000  # the newest


class Outcome(enum.Enum):
    """How a session ended, worst first."""

    FAILED = "failed"
    BROKEN_OFF = "broken off"
    UNFINISHED = "unfinished"
    PUT_OFF = "put off"
    DONE = "done"
    NOTHING_TO_DO = "nothing to do"


@dataclass
class Call:
    """One call to the server, or one request to QuickBooks. `result` is in words; `tone` good, warn, bad or ""."""

    name: str
    line: int
    started_at: datetime | None
    ended_at: datetime | None = None
    result: str = ""
    progress: int | None = None
    tone: str = ""

    @property
    def seconds(self) -> int | None:
        """The log knows whole seconds; None when it does not say when the call ended."""
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return int((self.ended_at - self.started_at).total_seconds())


@dataclass
class Session:
    """One update of one application."""

    first_line: int
    last_line: int
    started_at: datetime | None
    ended_at: datetime | None = None
    application: str = ""
    address: str = ""
    company_file: str = ""
    calls: list[Call] = field(default_factory=list)
    calls_left_out: int = 0
    outcome: Outcome = Outcome.UNFINISHED
    progress: int | None = None
    said: str = ""  # what the server told the user at the end
    causes: list[Cause] = field(default_factory=list)
    verdict: str = ""  # authenticate's second string
    is_postponed: bool = False
    is_closed: bool = False

    @property
    def cause(self) -> Cause | None:
        """What explains it best."""
        return min(self.causes, key=lambda cause: cause.rank, default=None)

    @property
    def seconds(self) -> int | None:
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return int((self.ended_at - self.started_at).total_seconds())


def sessions_of(lines: Iterable[Line]) -> list[Session]:
    """In the order of the log, in one pass; the newest two thousand."""
    builder = _Builder()
    for line in lines:
        builder.take(line)
    return builder.finished()


_CALLING: Final = re.compile(r"Calling (\w{1,40})\(\)")
_DO: Final = re.compile(r"do_(\w{1,40})")
_RESULT: Final = re.compile(r'(\w{1,40}Ret|authRet\[[123]\])\s{0,3}=\s{0,3}"([^"]{0,600})')
_NAMED: Final = re.compile(r'(hresult|message|strCompanyFileName)\s{0,3}=\s{0,3}"?([^"]{0,600})', re.IGNORECASE)
_APPLICATION: Final = re.compile(r"(AppName|AppURL)\s{0,3}:\s{0,3}(\S.{0,300})")
_QBXML: Final = re.compile(r"\[qbXML: ([^\]]{1,600})\]")
# The first call of a session; the others cannot begin one.
_FIRST_CALLS: Final = frozenset({"serverVersion", "clientVersion", "authenticate"})


class _Builder:
    """Takes line after line; a session begins with the update lock, the application's name, or its first call."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._open: Session | None = None
        self._call: Call | None = None

    def finished(self) -> list[Session]:
        self._close(is_last=True)
        return self._sessions

    def take(self, line: Line) -> None:
        session = self._session_of(line)
        if session is None:
            return
        session.last_line, session.ended_at = line.number, line.at or session.ended_at
        self._note_names(session, line)
        if line.is_stamped:
            self._note_call(session, line)
        self._note_results(session, line)
        for cause in causes_in(line.text):
            self._note_cause(session, cause)
        if "session unlocked" in line.text.lower():
            session.is_closed = True
            self._close()

    def _session_of(self, line: Line) -> Session | None:
        """The open session, or a new one when this line begins one; None for what stands between sessions."""
        small = line.text.lower()
        opens = "session locked" in small or "initiated connection" in small
        begins = _CALLING.search(line.text)
        first = begins is not None and begins[1] in _FIRST_CALLS
        is_used = self._open is not None and (bool(self._open.calls) or "session locked" in small)
        if (opens and is_used) or (first and begins is not None and self._has_called(begins[1])):
            self._close()
        if self._open is None and (opens or first or line.place.startswith("do_") or next(causes_in(line.text), None)):
            self._open = Session(line.number, line.number, line.at)
        return self._open

    def _has_called(self, name: str) -> bool:
        """Whether the open session has made this call already, or one that comes after it: then it is another's."""
        later = {"serverVersion": 0, "clientVersion": 1, "authenticate": 2}
        calls = self._open.calls if self._open is not None else []
        return any(later.get(call.name, 3) >= later[name] for call in calls)

    def _note_names(self, session: Session, line: Line) -> None:
        if found := _APPLICATION.search(line.text):
            if found[1] == "AppName":
                session.application = session.application or found[2].strip()
            else:
                session.address = session.address or found[2].strip()
        for name, value in _NAMED.findall(line.text):
            if name.lower() == "strcompanyfilename" and value.strip(' <>"'):
                session.company_file = value.strip(' <>"')

    def _note_call(self, session: Session, line: Line) -> None:
        found = _CALLING.search(line.text)
        implied = _DO.fullmatch(line.place)
        is_request = "Processing request" in line.text
        if found is not None:
            self._begin(session, Call(found[1], line.number, line.at))
        elif is_request:
            self._begin(session, Call("QuickBooks", line.number, line.at))
        elif implied is not None and (self._call is None or self._call.name != implied[1]):
            self._begin(session, Call(implied[1], line.number, line.at))
        if self._call is not None and line.place != "setUpdateLock":
            self._call.ended_at = line.at or self._call.ended_at

    def _begin(self, session: Session, call: Call) -> None:
        self._call = call
        if len(session.calls) < MOST_CALLS:
            session.calls.append(call)
        else:
            session.calls_left_out += 1

    def _note_results(self, session: Session, line: Line) -> None:
        for name, value in _RESULT.findall(line.text):
            _take_result(session, self._call, name, value)
        if self._call is not None and (found := _QBXML.search(line.text)) and not self._call.result:
            self._call.result = found[1]

    def _note_cause(self, session: Session, cause: Cause) -> None:
        if all(known.id != cause.id for known in session.causes):
            session.causes.append(cause)
        if self._call is not None:
            self._call.tone = "bad" if cause.tone == "bad" else self._call.tone or "warn"
            if cause.tone == "bad" and not self._call.result:
                self._call.result = cause.what

    def _close(self, *, is_last: bool = False) -> None:
        if self._open is not None:
            self._open.outcome = _outcome(self._open, is_last)
            self._sessions.append(self._open)
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions = self._sessions[-MOST_SESSIONS // 2 :]
        self._open = self._call = None


def _take_result(session: Session, call: Call | None, name: str, value: str) -> None:
    """What the server returned, into the session's facts and in words into the call."""
    if name == "authRet[1]":
        session.verdict = value.strip()
        _put(call, f"answered “{value}”" if value else "signed in")
    elif name == "authRet[2]" and value.strip():
        session.is_postponed = True
        _put(call, f"put off for {value} seconds")
    elif name == "receiveResponseXMLRet":
        _take_progress(session, call, value)
    elif name in ("getLastErrorRet", "closeConnectionRet", "connectionErrorRet"):
        session.said = value if name != "connectionErrorRet" and value else session.said
        session.is_closed = session.is_closed or name == "closeConnectionRet"
        _put(call, f"“{value}”" if value else "nothing")
    elif name in ("serverVersionRet", "clientVersionRet") and value:
        _put(call, value)


def _take_progress(session: Session, call: Call | None, value: str) -> None:
    if not re.fullmatch(r"-?[0-9]{1,9}", value.strip(), re.ASCII):
        return
    progress = int(value)
    session.progress = max(0, min(progress, 100))
    _put(call, f"{progress} %" if progress >= 0 else f"refused ({progress})")
    if call is not None:
        call.progress = session.progress
        call.tone = call.tone or ("bad" if progress < 0 else "")


def _put(call: Call | None, words: str) -> None:
    if call is not None:
        call.result = f"{call.result}; {words}" if call.result else words


def _outcome(session: Session, is_last: bool) -> Outcome:
    went_wrong = any(cause.tone == "bad" for cause in session.causes) or any(
        call.tone == "bad" for call in session.calls
    )
    if went_wrong and session.progress != 100:  # at 100 the server has got all that it wanted, in the end
        return Outcome.FAILED
    if session.is_postponed or session.verdict.lower() == "busy":
        return Outcome.PUT_OFF
    if session.verdict.lower() == "none":
        return Outcome.NOTHING_TO_DO
    if session.is_closed or session.progress == 100:
        return Outcome.DONE
    return Outcome.UNFINISHED if is_last else Outcome.BROKEN_OFF
