"""The sync console: the session, the queue, each job with its trips; and what an administrator may do about them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.models import Company
from qbwc import alerts, queue, selectors, settling
from qbwc.models import Job
from qwc import console
from qwc.access import administered, caller_of, file_of, visible


@never_cache
@login_required
@require_safe
def sync_console(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody of the company: what is under way, what waits and why, the last fifty jobs."""
    company = visible(request, slug)
    company_file, now = file_of(company), clock.now()
    context = {
        "company": company,
        "company_file": company_file,
        "session": console.session_line(company_file),
        "contact": selectors.contact_state(company_file, now),
        "at_quickbooks": console.line_at_quickbooks(company_file),
        "waiting": console.queue_lines(company_file, now),
        "latest": console.latest_lines(company_file),
        "now": now,
        "may_administer": caller_of(request).may_administer(company),
    }
    return render(request, "qwc/sync_console.html", context)


@never_cache
@login_required
@require_safe
def job_page(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    """Everybody of the company: one job and its trips; the texts themselves for administrators only."""
    company = visible(request, slug)
    job = _job(company, job_id)
    may_administer = caller_of(request).may_administer(company)
    context = {
        "company": company,
        "job": job,
        "purpose": console.purpose_of(job),
        "is_sent_again": alerts.SENT_AGAIN in job.failure,
        "trips": console.trips_of(job, with_texts=may_administer),
        "now": clock.now(),
        "may_administer": may_administer,
    }
    return render(request, "qwc/job.html", context)


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
