"""Pages about when a company file is read, and the decisions about which file it is and who may use QuickBooks now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, clock
from accounts.page_access import administered, caller_of
from qbwc import alerts, hours, live, refused_file, schedule
from qbwc.models import CompanyFile, LiveWindow
from qwc import connection_settings, plan_changes, plan_words
from qwc.access import file_of
from qwc.attention import attention_of
from qwc.settings_forms import COMMON_ZONES, ConnectionSettingsForm, initial_of

SEEN = ("company_name", "file_id", "path")
SAVED = "Saved. It holds from the Web Connector's next call."
NOT_DIFFERENT = "Nothing was different, so nothing was changed."


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connection_settings_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: quiet hours, least interval, live window; what wants a decision stands above."""
    company_file = file_of(administered(request, slug))
    if request.method != "POST":
        return _page(request, company_file, ConnectionSettingsForm(initial=initial_of(company_file)))
    form = ConnectionSettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, company_file, form, status=422)
    if connection_settings.change(company_file, form.columns(), clock.now(), actor=caller_of(request).name):
        messages.success(request, SAVED)
    else:
        messages.info(request, NOT_DIFFERENT)
    return redirect("connection-settings", slug=slug)


@never_cache
@login_required
@require_POST
def change_plans(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: how often each plan runs, and which are on; all of them or, with a mistake, none."""
    company_file = file_of(administered(request, slug))
    wanted = plan_changes.wanted_plans(company_file, {name: str(value) for name, value in request.POST.items()})
    if any(each.problem for each in wanted):
        form = ConnectionSettingsForm(initial=initial_of(company_file))
        return _page(request, company_file, form, status=422, wanted=wanted)
    if plan_changes.change(company_file, wanted, clock.now(), actor=caller_of(request).name):
        messages.success(request, SAVED)
    else:
        messages.info(request, NOT_DIFFERENT)
    return redirect("connection-settings", slug=slug)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def accept_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: GET says what follows, POST makes the refused company file the right one."""
    company_file = file_of(administered(request, slug))
    if request.method != "POST":
        return _confirm(request, company_file)
    seen = {name: request.POST.get(name, "") for name in SEEN}
    try:
        name = refused_file.accept(company_file, clock.now(), actor=caller_of(request).name, seen=seen)
    except refused_file.NotAccepted as problem:
        return _confirm(request, file_of(company_file.company), problem=str(problem), status=409)
    messages.success(request, f"“{name}” is the right company file from now on; it is read at the next call.")
    return redirect("connection-settings", slug=slug)


@never_cache
@login_required
@require_POST
def release(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: a connector that waits in QuickBooks for work leaves at once."""
    company_file = file_of(administered(request, slug))
    now = clock.now()
    actor = caller_of(request).name
    with transaction.atomic():
        until = schedule.local_time(company_file, live.release(company_file, now))
        audit.record(action="live_window.released", success=True, now=now, actor=actor, company=company_file.company)
    messages.success(request, f"The Web Connector leaves QuickBooks and does not wait there before {until:%H:%M %Z}.")
    return redirect("connection-settings", slug=slug)


def _page(
    request: HttpRequest,
    company_file: CompanyFile,
    form: ConnectionSettingsForm,
    *,
    status: int = 200,
    wanted: Sequence[plan_changes.WantedPlan] = (),
) -> HttpResponse:
    now = clock.now()
    typed = {each.plan.pk: each for each in wanted}
    context: dict[str, Any] = {
        "company": company_file.company,
        "company_file": company_file,
        "form": form,
        "zones": COMMON_ZONES,
        "sentence": plan_words.sentence(company_file, now),
        "summary": hours.in_words(company_file),
        "plans": [(line, typed.get(line.row.pk)) for line in plan_words.plan_lines(company_file, now)],
        "plans_refused": any(each.problem for each in wanted),
        "limits": (plan_changes.LEAST_MINUTES, plan_changes.MOST_MINUTES),
        "local_time": f"{schedule.local_time(company_file, now):%H:%M}",  # the date filter would turn it into UTC
        "is_quiet": schedule.quiet_seconds(company_file, now) > 0,
        "has_live_window": company_file.live_window != LiveWindow.OFF,
        "attention": attention_of(company_file, now),
        "now": now,
        "may_administer": True,
    }
    return render(request, "qwc/connection_settings.html", context, status=status)


def _confirm(request: HttpRequest, company_file: CompanyFile, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "company": company_file.company,
        "refused": alerts.refused_file(company_file),
        "problem": problem,
        "may_administer": True,
    }
    return render(request, "qwc/accept_file.html", context, status=status)
