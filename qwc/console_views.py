"""The sync console: the state that refreshes itself, the queue, the jobs to search in, each job with its trips."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import caller_of, visible
from qbwc import alerts, selectors
from qbwc.models import Job, LiveWindow, WebConnectorSession
from qwc import console, job_search
from qwc.access import file_of
from qwc.connection_states import connection_state


@never_cache
@login_required
@require_safe
def sync_console(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody of the company: what is under way, what waits and why, the jobs fifty at a time."""
    company = visible(request, slug)
    context = _state(request, company)
    wanted = job_search.search_of({name: str(value) for name, value in request.GET.items()})
    context |= {
        "wanted": wanted,
        "found": job_search.search(context["company_file"], wanted),
        "states": Job.State.choices,
    }
    return render(request, "qwc/sync_console.html", context)


@never_cache
@login_required
@require_safe
def console_state(request: HttpRequest, slug: str) -> HttpResponse:
    """The part of the console that is fetched again every three seconds."""
    return render(request, "qwc/_console_state.html", _state(request, visible(request, slug)))


def _state(request: HttpRequest, company: Company) -> dict[str, Any]:
    company_file, now = file_of(company), clock.now()
    connection = connection_state(company_file, now)
    at_quickbooks = console.line_at_quickbooks(company_file)
    sessions = console.session_lines(company_file, at_quickbooks)
    is_here = any(line.row.state == WebConnectorSession.State.OPEN for line in sessions)
    plans = selectors.plans_of(company_file)
    return {
        "company": company,
        "company_file": company_file,
        "connection": connection,
        "sessions": sessions,
        "is_here": is_here,
        "at_quickbooks": at_quickbooks,
        "waiting": console.queue_lines(company_file, connection, now, is_here=is_here),
        "refused": alerts.refused_file(company_file),
        "has_live_window": company_file.live_window != LiveWindow.OFF,
        "may_pause": any(plan.is_enabled for plan in plans),
        "may_resume": any(plan.pk in company_file.paused_plans and not plan.is_enabled for plan in plans),
        "now": now,
        "may_administer": caller_of(request).may_administer(company),
    }


@never_cache
@login_required
@require_safe
def job_page(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    """Everybody of the company: one job and its trips; the texts themselves for administrators only."""
    company = visible(request, slug)
    job = selectors.job_of(company, job_id)
    if job is None:
        raise Http404
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
