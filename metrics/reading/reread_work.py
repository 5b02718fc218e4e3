"""Reading stored answers again as work in the background: ordered by REST, never by hand on the server."""

from __future__ import annotations

from typing import Any

from accounts import clock
from accounts.models import Company
from metrics.background import Done, Progress, WorkFailed, register_work
from metrics.reading.rebuild import Outcome, rebuild, reread
from metrics.reading.rebuild_words import differences_json

KIND = "reread"
_MOST = 50  # differences and gaps in the result; the counts are of all


def register_reread() -> None:
    register_work(KIND, _run)


def parameters(*, from_scratch: bool, check: bool) -> dict[str, Any]:
    return {"from_scratch": from_scratch, "check": check}


def _run(company: Company, asked: dict[str, Any], progress: Progress) -> Done:
    """All in one transaction: what is told on the way is seen by others when the database shows it to them."""

    def told(read: int, of: int) -> None:
        if read % 25 == 0 or read == of:
            progress(read * 95 // max(of, 1), f"{read} of {of} stored answers read again")

    progress(1, "Waiting for the company's figures to be free")
    again = rebuild if asked.get("from_scratch") else reread
    outcome = again(company, clock.now(), is_check=bool(asked.get("check")), progress=told)
    if outcome.gaps and not outcome.is_kept and not asked.get("check"):
        raise WorkFailed(
            f"Nothing was changed: {len(outcome.gaps)} stored answers could not be read again. The first: "
            f"{outcome.gaps[0]} Somebody at the server can decide to accept the gap (manage.py reread)."
        )
    return Done(_words(outcome), _result(outcome))


def _words(outcome: Outcome) -> str:
    read = f"{outcome.answers_read} stored answers read again."
    if outcome.is_identical:
        return f"{read} Every figure comes out as it was."
    verb = "changed" if outcome.is_kept else "would change; nothing was kept"
    return f"{read} {len(outcome.differences)} values {verb}. {len(outcome.gaps)} answers could not be read."


def _result(outcome: Outcome) -> dict[str, Any]:
    return {
        "answers_read": outcome.answers_read,
        "identical": outcome.is_identical,
        "kept": outcome.is_kept,
        "gap_count": len(outcome.gaps),
        "gaps": list(outcome.gaps[:_MOST]),
        "difference_count": len(outcome.differences),
        "differences": differences_json(outcome.differences[:_MOST]),
    }
