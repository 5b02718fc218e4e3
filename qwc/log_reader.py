"""QWCLog.txt, the Web Connector's own log on the Windows PC: what happened, why, who mends it and how.

Everything that is returned has gone through `redact`: no passwords, tickets, tax numbers or contents of qbXML.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from qwc.log_causes import Cause
from qwc.log_lines import LARGEST, decoded, lines_of
from qwc.log_redaction import redact
from qwc.log_sessions import Call, Outcome, Session, sessions_of
from qwc.who import WHO

__all__ = ["LARGEST", "LogReport", "Outcome", "Session", "Verdict", "answer_of", "read_log", "redact"]

_ORDER: Final = list(Outcome)


@dataclass(frozen=True)
class Verdict:
    """The whole log in a sentence. `tone` is good, warn or bad."""

    tone: str
    words: str
    cause: Cause | None = None

    @property
    def who(self) -> str:
        """Who can mend it; "" when there is nothing to mend."""
        return WHO[self.cause.actor] if self.cause is not None else ""


@dataclass(frozen=True)
class LogReport:
    """`sessions` in the order of the log. `is_cut`: only the last 10 MB were read."""

    sessions: tuple[Session, ...]
    verdict: Verdict
    line_count: int
    is_cut: bool = False

    @property
    def worst_first(self) -> list[Session]:
        """Failures before what went well, and within that the newest first."""
        newest_first = list(reversed(self.sessions))
        return sorted(newest_first, key=lambda session: _ORDER.index(session.outcome))

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many sessions ended how, worst first."""
        counted = Counter(session.outcome for session in self.sessions)
        return [(outcome.value, counted[outcome]) for outcome in _ORDER if counted[outcome]]


def read_log(raw: bytes) -> LogReport:
    """Never raises, whatever the bytes are; the time it takes grows with their number only."""
    text = decoded(raw[-LARGEST:])
    sessions = tuple(sessions_of(lines_of(text)))
    return LogReport(sessions, _verdict(sessions), text.count("\n") + 1 if text else 0, is_cut=len(raw) > LARGEST)


def _verdict(sessions: tuple[Session, ...]) -> Verdict:
    if not sessions:
        words = "No update of the Web Connector was found in this text. Is it QWCLog.txt, and is logging switched on?"
        return Verdict("warn", words)
    # A log that was copied while an update ran ends with a piece that says nothing.
    last = next((session for session in reversed(sessions) if session.outcome is not Outcome.UNFINISHED), sessions[-1])
    if last.outcome is Outcome.FAILED:
        return _failed(last, sessions)
    if last.outcome is Outcome.DONE and last.cause is not None:
        words = f"The last update came to its end, but not all went well. {last.cause.what}: {last.cause.fix}"
        return Verdict("warn", words, last.cause)
    return Verdict(*_PASSED[last.outcome], last.cause)


_PASSED: Final = {
    Outcome.BROKEN_OFF: (
        "warn",
        "The last update never ended: the Web Connector or the PC was stopped in the middle. Update again.",
    ),
    Outcome.UNFINISHED: (
        "warn",
        "The log ends in the middle of an update. Save it again when the update has ended.",
    ),
    Outcome.PUT_OFF: ("warn", "The server asked the Web Connector to come back later. It does so by itself."),
    Outcome.DONE: ("good", "The last update went well."),
    Outcome.NOTHING_TO_DO: ("good", "The last update went well: the server had nothing to do."),
}


def _failed(last: Session, sessions: tuple[Session, ...]) -> Verdict:
    cause = last.cause
    if cause is None:
        said = f" The server said: {last.said}" if last.said else ""
        return Verdict("bad", f"The last update failed, and the log does not say why.{said}")
    same = sum(1 for session in sessions if session.cause is not None and session.cause.id == cause.id)
    times = f" It happened in {same} of {len(sessions)} updates." if same > 1 else ""
    return Verdict("bad", f"{cause.what}: {cause.fix}{times}", cause)


def answer_of(report: LogReport) -> dict[str, Any]:
    """The report as JSON has it, sessions in the order of the log."""
    verdict = report.verdict
    return {
        "verdict": {"tone": verdict.tone, "words": verdict.words, "who": verdict.who},
        "counts": dict(report.counts),
        "lines": report.line_count,
        "is_cut": report.is_cut,
        "sessions": [_session_out(session) for session in report.sessions],
    }


def _session_out(session: Session) -> dict[str, Any]:
    return {
        "outcome": session.outcome.value,
        "application": session.application,
        "address": session.address,
        "company_file": session.company_file,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "seconds": session.seconds,
        "progress": session.progress,
        "said": session.said,
        "first_line": session.first_line,
        "last_line": session.last_line,
        "causes": [_cause_out(cause) for cause in sorted(session.causes, key=lambda cause: cause.rank)],
        "calls": [_call_out(call) for call in session.calls],
        "calls_left_out": session.calls_left_out,
    }


def _cause_out(cause: Cause) -> dict[str, str]:
    who = WHO[cause.actor]
    return {"id": cause.id, "what": cause.what, "why": cause.why, "fix": cause.fix, "who": who, "tone": cause.tone}


def _call_out(call: Call) -> dict[str, Any]:
    return {
        "name": call.name,
        "line": call.line,
        "started_at": call.started_at,
        "seconds": call.seconds,
        "result": call.result,
        "progress": call.progress,
        "tone": call.tone,
    }
