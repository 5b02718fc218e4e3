"""The live window: who opens it, who ends it, and what becomes of a session whose call was held."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from qbwc import queue, session_rows, wakeups
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc.prepared import Change, Parameter, Rows
from qbwc.schedule import RELEASED_FOR
from qbwc.session_rows import State, Step

# Calls come in bursts; the moment of the last one need not be exact, and each note is a commit.
USE_NOTED_EVERY = timedelta(seconds=10)
ROWS_AT_ONCE = 500
RESTARTED = (
    "The server is restarting, so it ended this session. Nothing is lost: the next run goes on where this one stopped."
)


def release(company_file: CompanyFile, now: datetime) -> datetime:
    """Let another application have QuickBooks: a held call ends at once, and none is held until the moment returned."""
    CompanyFile.objects.filter(pk=company_file.pk).update(release_requested_at=now)
    transaction.on_commit(lambda: wakeups.wake(company_file.pk))
    return now + RELEASED_FOR


_NOTE_USE = Change(
    lambda: CompanyFile.objects.filter(
        Q(last_interactive_at__isnull=True) | Q(last_interactive_at__lt=Parameter("before")),
        pk=Parameter("company_file"),
    ),
    last_interactive_at=Parameter("now"),
)


def note_interactive_use(company_file: CompanyFile, now: datetime) -> None:
    """A program asked for work: the window "after use" opens, or stays open for longer."""
    before = now - USE_NOTED_EVERY
    if company_file.last_interactive_at is None or company_file.last_interactive_at < before:
        _NOTE_USE.run(company_file=company_file.pk, before=before, now=now)


def files_with_news(company_file_ids: Collection[int], now: datetime) -> set[int]:
    """Which of these company files have a job that may be sent, or must be released; one query for all of them."""
    with_news = CompanyFile.objects.filter(_news(now, now - RELEASED_FOR), pk__in=company_file_ids)
    return set(with_news.values_list("pk", flat=True))


def has_news(company_file_id: int, now: datetime) -> bool:
    """The same of one."""
    return _WITH_NEWS.exists(company_file=company_file_id, now=now, released_after=now - RELEASED_FOR)


def _news(now: datetime | Parameter, released_after: datetime | Parameter) -> Q:
    in_time = Q(deadline_at__isnull=True) | Q(deadline_at__gt=now) | Q(priority=queue.RECOVERY)
    ready = Job.objects.filter(
        in_time, company_file=OuterRef("pk"), state=Job.State.QUEUED, available_at__lte=now
    ).order_by()
    return Q(Exists(ready)) | Q(release_requested_at__gt=released_after)


_WITH_NEWS = Rows(
    lambda: (
        CompanyFile.objects.filter(_news(Parameter("now"), Parameter("released_after")), pk=Parameter("company_file"))
        .only("pk")
        .order_by()
    )
)


def hung_up(ticket: str, now: datetime, *, while_looking: bool) -> None:
    """The Web Connector left while its call was held: it is not talking any more, so a restarted one gets on at once.

    While looking: a job may have been claimed for the reply that nobody was there to take. It never left, so it goes
    back to where an interrupted job goes.
    """
    with transaction.atomic():
        session = session_rows.locked(ticket)
        if session is None or session.state != State.OPEN:
            return
        session.live_since = None
        if while_looking and session.step == Step.RECEIVE:
            queue.recover(session.company_file, now)
            session.step = Step.SEND
        session.save(update_fields=["live_since", "step"])


def end_for_restart(tickets: Sequence[str], now: datetime) -> None:
    """End these waiting sessions in words that getLastError gives after the restart; one commit for 500 of them."""
    for first in range(0, len(tickets), ROWS_AT_ONCE):
        waiting = WebConnectorSession.objects.filter(
            ticket__in=tickets[first : first + ROWS_AT_ONCE], state=State.OPEN, step=Step.SEND
        )
        waiting.update(step=Step.CLOSE, last_error=RESTARTED, last_call_at=now)
