"""What an administrator does on the sync console; each ends on a page that says what happened, or why nothing did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit, clock
from accounts.models import Company
from accounts.page_access import administered, caller_of
from qbwc import live, queue, schedule, selectors, settling
from qbwc.models import CompanyFile, Job, LiveWindow
from qwc import sync_actions
from qwc.access import file_of


@never_cache
@login_required
@require_POST
def sync_now(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: every plan is due at the Web Connector's next call."""
    company = administered(request, slug)
    asked = queue.ask_for_refresh(file_of(company))
    actor = caller_of(request).name
    audit.record(action="sync.requested", success=True, now=clock.now(), actor=actor, company=company)
    if asked:
        messages.success(request, "Everything is read at the Web Connector's next call; “Update Selected” calls now.")
    else:
        messages.warning(request, "This company has no sync plan that is switched on, so there is nothing to read.")
    return redirect("sync-console", slug=slug)


@never_cache
@login_required
@require_POST
def change_sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: `action` full, pause, resume or release; `sure` is ticked for the first two."""
    company_file = file_of(administered(request, slug))
    action = request.POST.get("action", "")
    if action not in _ACTIONS:
        messages.error(request, "Nothing was changed: this is no action of the sync console.")
    elif action in _CONFIRMED and request.POST.get("sure") != "yes":
        messages.error(request, "Nothing was changed: open the action and confirm it there.")
    else:
        try:
            messages.success(request, _ACTIONS[action](company_file, clock.now(), caller_of(request).name))
        except sync_actions.NotPossible as problem:
            messages.error(request, str(problem))
    return redirect("sync-console", slug=slug)


def _full(company_file: CompanyFile, now: datetime, actor: str) -> str:
    months = sync_actions.full_resync(company_file, now, actor=actor)
    return f"All {months} months are read again at the Web Connector's next call."


def _pause(company_file: CompanyFile, now: datetime, actor: str) -> str:
    count = sync_actions.pause(company_file, now, actor=actor)
    return f"Paused: {_plans(count)} switched off. What waits in the queue still goes, and so do programs' calls."


def _resume(company_file: CompanyFile, now: datetime, actor: str) -> str:
    return f"Resumed: {_plans(sync_actions.resume(company_file, now, actor=actor))} switched on again."


def _plans(count: int) -> str:
    return "one plan is" if count == 1 else f"{count} plans are"


def _release(company_file: CompanyFile, now: datetime, actor: str) -> str:
    if company_file.live_window == LiveWindow.OFF:
        raise sync_actions.NotPossible(
            "The Web Connector never waits in QuickBooks for this company: there is nothing to release."
        )
    with transaction.atomic():
        until = schedule.local_time(company_file, live.release(company_file, now))
        audit.record(action="live_window.released", success=True, now=now, actor=actor, company=company_file.company)
    return f"The Web Connector leaves QuickBooks and does not wait there before {until:%H:%M %Z}."


_ACTIONS: dict[str, Callable[[CompanyFile, datetime, str], str]] = {
    "full": _full,
    "pause": _pause,
    "resume": _resume,
    "release": _release,
}
_CONFIRMED = ("full", "pause")


@never_cache
@login_required
@require_POST
def cancel_job(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    """Administrators: withdraw a job that still waits."""
    job = _job(administered(request, slug), job_id)
    if settling.cancel(job, clock.now(), actor=caller_of(request).name):
        messages.success(request, f"Job {job.pk} was cancelled; it was not sent again.")
    else:
        messages.error(request, f"Job {job.pk} no longer waits, so it could not be cancelled.")
    return redirect("sync-console", slug=slug)


@never_cache
@login_required
@require_POST
def settle_job(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    """Administrators: what became of a write (`outcome` done or send_again), or a failed job once more (try_again)."""
    job = _job(administered(request, slug), job_id)
    actor, now, outcome = caller_of(request).name, clock.now(), request.POST.get("outcome")
    try:
        if outcome == "done":
            settling.settle_as_done(job, now, actor=actor)
            messages.success(request, f"Job {job.pk} is settled as done.")
        elif outcome in _AGAIN:
            new = _AGAIN[outcome](job, now, actor=actor)
            messages.success(request, f"Job {job.pk} goes again as job {new.pk}, at the Web Connector's next call.")
        else:
            messages.error(request, "Nothing was changed: say whether it was done or is to be sent again.")
    except settling.NotSettled as problem:
        messages.error(request, str(problem))
    return redirect("job", slug=slug, job_id=job_id)


_AGAIN = {"send_again": settling.send_again, "try_again": settling.try_again}


def _job(company: Company, job_id: int) -> Job:
    job = selectors.job_of(company, job_id)
    if job is None:
        raise Http404
    return job
