"""Work that takes longer than a page may: asked for, carried out by a worker, watched until it is done.

The row is the order: a worker that died leaves it, and the sweep hands it out again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import clock
from accounts.models import Company
from metrics.models import BackgroundWork

logger = logging.getLogger(__name__)

State = BackgroundWork.State
# A worker that has said nothing for so long is dead.
SILENT = timedelta(minutes=15)
KEPT = timedelta(days=7)
# Whoever takes it dies over it: after some tries nobody is sent after them any more.
PATIENCE = timedelta(hours=2)
CANCELLED = "Cancelled"
DIED = "Whoever worked on it was ended before it was done. Try again, or tell the administrator."

Progress = Callable[[int, str], None]


class WorkFailed(Exception):
    """The work cannot be done; the text tells a person why and what to do."""


class Cancelled(Exception):
    """A person wants it no more, or it was given up: whoever works on it stops at the next step."""


@dataclass(frozen=True)
class Done:
    """What came of it: values for a program, and a file if there is one."""

    message: str
    result: dict[str, Any] = field(default_factory=dict)
    file_name: str = ""
    file_type: str = ""
    file_body: bytes | None = None


Run = Callable[[Company, dict[str, Any], Progress], Done]
_kinds: dict[str, Run] = {}


def register_work(kind: str, run: Run) -> None:
    """`run(company, parameters, progress)` reports percent and words as it goes. Raises WorkFailed."""
    _kinds[kind] = run


def ask(company: Company, kind: str, parameters: dict[str, Any], *, actor: str, now: datetime) -> BackgroundWork:
    """Order the work; the same work that is still waiting or running is returned instead of a second one."""
    if kind not in _kinds:
        raise LookupError(f"No background work is called “{kind}”.")
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        same = BackgroundWork.objects.filter(company=company, kind=kind, state__in=(State.QUEUED, State.RUNNING))
        for work in same:
            if work.parameters == parameters:
                return work
        work = BackgroundWork.objects.create(
            company=company, kind=kind, parameters=parameters, requested_by=actor, requested_at=now
        )
        transaction.on_commit(lambda: _hand_out(work.pk))
    return work


def _hand_out(pk: int) -> None:
    # Imported here: the task calls this module, so one of the two has to look the other way.
    from metrics.tasks import run_background_work

    try:
        run_background_work.delay(work_id=pk)
    except Exception:  # the broker is away: the sweep hands it out
        logger.warning("background work %s could not be handed out; the sweep will", pk, exc_info=True)


def run(pk: int) -> None:
    """Carry it out, if nobody else has taken it."""
    taken = BackgroundWork.objects.filter(pk=pk, state=State.QUEUED)
    if not taken.update(state=State.RUNNING, started_at=clock.now(), progress=0):
        return
    work = BackgroundWork.objects.select_related("company").get(pk=pk)
    try:
        done = _kinds[work.kind](work.company, work.parameters, _progress_of(pk))
    except Cancelled:
        logger.info("background work %s (%s) was cancelled", pk, work.kind)
    except WorkFailed as problem:
        _finish(pk, state=State.FAILED, message=str(problem)[:500])
    except Exception:
        logger.exception("background work %s (%s) failed", pk, work.kind)
        words = "Something went wrong on the server; its log has the details. Try again, or tell the administrator."
        _finish(pk, state=State.FAILED, message=words)
    else:
        _finish(
            pk,
            state=State.DONE,
            progress=100,
            message=done.message[:500],
            result=done.result,
            file_name=done.file_name,
            file_type=done.file_type,
            file_body=done.file_body,
        )


def _progress_of(pk: int) -> Progress:
    def progress(percent: int, message: str) -> None:
        # Also the sign of life: a silent worker is taken for dead.
        told = BackgroundWork.objects.filter(pk=pk, state=State.RUNNING).update(
            progress=max(0, min(99, percent)), message=message[:500], started_at=clock.now()
        )
        if not told and BackgroundWork.objects.filter(pk=pk, state=State.FAILED).exists():
            raise Cancelled

    return progress


def _finish(pk: int, **columns: Any) -> None:
    BackgroundWork.objects.filter(pk=pk, state=State.RUNNING).update(finished_at=clock.now(), **columns)


def cancel(pk: int, *, actor: str, now: datetime) -> bool:
    """Whether it was still to be done. What is made of it meanwhile is dropped."""
    wanted = BackgroundWork.objects.filter(pk=pk, state__in=(State.QUEUED, State.RUNNING))
    return wanted.update(state=State.FAILED, finished_at=now, message=f"{CANCELLED} by {actor}."[:500]) == 1


def sweep(now: datetime) -> None:
    """Hand out what was never taken, or whose worker died; give up, and forget what is old."""
    dead = BackgroundWork.objects.filter(state=State.RUNNING, started_at__lt=now - SILENT)
    dead.filter(requested_at__lt=now - PATIENCE).update(state=State.FAILED, finished_at=now, message=DIED)
    dead.update(state=State.QUEUED)
    for pk in waiting(now).values_list("pk", flat=True):
        _hand_out(pk)
    BackgroundWork.objects.filter(finished_at__lt=now - KEPT).delete()


def waiting(now: datetime) -> QuerySet[BackgroundWork]:
    """Ordered a minute ago and still not begun."""
    return BackgroundWork.objects.filter(Q(state=State.QUEUED), requested_at__lt=now - timedelta(minutes=1))
