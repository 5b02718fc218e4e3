"""The settings page: how figures are read and shown, and the head count of each month."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import clock
from accounts.models import AuditEvent, Company
from accounts.page_access import administered, caller_of
from metrics.figure_words import day_words
from metrics.head_counts.changes import BadHeadCount, enter, take_back
from metrics.head_counts.selectors import head_counts
from metrics.months import Month
from metrics.reporting.forms import HeadCountForm, ReportingForm, initial_of
from metrics.reporting.settings import FIELDS, BadSettings, reporting_of, save_reporting

MONTHS_SHOWN = 36


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reporting_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators only."""
    company = administered(request, slug)
    before = reporting_of(company)
    in_force = before.calendar.first_month
    if request.method != "POST":
        return _page(request, company, ReportingForm(initial=initial_of(before), in_force=in_force))
    form = ReportingForm(request.POST, in_force=in_force)
    if not form.is_valid():
        return _page(request, company, form, status=422)
    changes = form.changes_from(before)
    if not changes:
        messages.info(request, "Nothing was different, so nothing was changed.")
        return redirect("reporting", slug=slug)
    try:
        save_reporting(company, changes, actor=caller_of(request).name, now=clock.now())
    except BadSettings as bad:
        for field, problem in bad.problems.items():
            form.add_error(field, problem)
        return _page(request, company, form, status=422)
    messages.success(request, "Saved. Head counts are counted anew; cash basis and budgets come with the next sync.")
    return redirect("reporting", slug=slug)


@never_cache
@login_required
@require_POST
def head_count(request: HttpRequest, slug: str, month: str) -> HttpResponse:
    """Administrators: enter a count for the month, or take it back."""
    company = administered(request, slug)
    try:
        wanted = Month.parse(month)
    except ValueError as problem:
        raise Http404 from problem
    actor, now = caller_of(request).name, clock.now()
    if "take_back" in request.POST:
        if take_back(company, wanted, actor=actor, now=now):
            messages.success(request, f"{wanted.label}: QuickBooks' list counts again.")
    else:
        form = HeadCountForm(request.POST)
        if not form.is_valid():
            words = " ".join(str(problem) for found in form.errors.values() for problem in found)
            messages.error(request, f"{wanted.label} was not changed. {words}")
        else:
            try:
                enter(company, wanted, form.cleaned_data["employees"], form.cleaned_data["note"], actor=actor, now=now)
                messages.success(request, f"{wanted.label}: {form.cleaned_data['employees']} people, as you say.")
            except BadHeadCount as bad:
                messages.error(request, f"{wanted.label} was not changed. {bad}")
    return redirect(f"{reverse('reporting', args=[slug])}#head-counts")


def _page(request: HttpRequest, company: Company, form: ReportingForm, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "company": company,
        "may_administer": True,
        "form": form,
        "settings": [(form[name], since) for name, since in _since(company).items()],
        "lines": head_counts(company, now)[:MONTHS_SHOWN],
        "is_connected": hasattr(company, "company_file"),
    }
    return render(request, "metrics/reporting.html", context, status=status)


def _since(company: Company) -> dict[str, str]:
    """When and by whom each setting was last changed, from the audit trail."""
    found = dict.fromkeys(FIELDS, "As it comes: nobody has changed it.")
    events = AuditEvent.objects.filter(company=company, action="reporting.changed", success=True).order_by("pk")
    for event in events:
        for name in FIELDS:
            if name in event.details:
                found[name] = f"Since {day_words(event.timestamp)}, by {event.actor or 'a program'}."
    return found
