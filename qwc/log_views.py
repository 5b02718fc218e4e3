"""The page that reads QWCLog.txt: upload it or paste it; shown without its secrets, and not kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from qwc.log_causes import Cause
from qwc.log_reader import LARGEST, LogReport, Outcome, Session, read_log
from qwc.log_sessions import Call
from qwc.uploads import answer_upload
from qwc.who import WHO

SESSIONS_SHOWN: Final = 30
CALLS_SHOWN: Final = 60
NARROWEST: Final = 1.5  # of a bar, in hundredths of the line, so that a second can be seen
_TONES: Final = {
    Outcome.FAILED: "bad",
    Outcome.BROKEN_OFF: "warn",
    Outcome.UNFINISHED: "",
    Outcome.PUT_OFF: "warn",
    Outcome.DONE: "good",
    Outcome.NOTHING_TO_DO: "good",
}


@dataclass(frozen=True)
class Step:
    """One call with its place on the line of its session, in hundredths."""

    call: Call
    start: str
    width: str


@dataclass(frozen=True)
class Story:
    """One session as the page tells it."""

    session: Session
    tone: str
    cause: Cause | None
    who: str
    further: list[Cause]
    steps: list[Step]
    steps_left_out: int


@csrf_exempt  # until the upload is sent to memory; answer_upload checks the token
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_page(request: HttpRequest) -> HttpResponse:
    """Everybody who is signed in. Nothing of the log is kept."""
    return answer_upload(request, "qwc/qwclog.html", LARGEST, lambda raw: _context(read_log(raw)))


def _context(report: LogReport) -> dict[str, Any]:
    shown = report.worst_first[:SESSIONS_SHOWN]
    return {
        "report": report,
        "stories": [_story(session) for session in shown],
        "sessions_left_out": len(report.sessions) - len(shown),
    }


def _story(session: Session) -> Story:
    cause = session.cause
    further = [other for other in sorted(session.causes, key=lambda cause: cause.rank) if other is not cause]
    tone = _TONES[session.outcome]
    return Story(
        session,
        "warn" if tone == "good" and cause is not None else tone,
        cause,
        WHO[cause.actor] if cause is not None else "",
        further,
        [_step(call, session) for call in session.calls[:CALLS_SHOWN]],
        max(0, len(session.calls) - CALLS_SHOWN) + session.calls_left_out,
    )


def _step(call: Call, session: Session) -> Step:
    whole, start = session.seconds or 0, 0.0
    if whole and call.started_at is not None and session.started_at is not None:
        seconds = (call.started_at - session.started_at).total_seconds()
        start = min(max(100 * seconds / whole, 0.0), 100 - NARROWEST)
    width = min(max(100 * (call.seconds or 0) / whole if whole else 100.0, NARROWEST), 100 - start)
    return Step(call, f"{start:.1f}", f"{width:.1f}")
