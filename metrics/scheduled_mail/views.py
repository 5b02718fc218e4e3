"""The pages of scheduled mail: members see them, administrators change them and send."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.models import Company, User
from accounts.page_access import administered, caller_of, visible
from metrics.company_time import zone_name_of
from metrics.models import MailLetter, MailSchedule
from metrics.reporting.settings import reporting_of
from metrics.scheduled_mail.dates import BadTiming
from metrics.scheduled_mail.forms import ScheduleForm, initial_of
from metrics.scheduled_mail.page import next_words, schedule_lines
from metrics.scheduled_mail.runs import Paused, send_now, send_test
from metrics.scheduled_mail.schedules import (
    BadSchedule,
    change_schedule,
    create_schedule,
    delete_schedule,
    switch,
)
from outbox.mail import mail_problem
from outbox.models import Message
from outbox.sending import send_again

NO_ADDRESS = "Your user has no mail address. An administrator of the server writes it into your user, in the admin."


@never_cache
@login_required
@require_safe
def scheduled_mail_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every schedule, when it comes next, and what came of it."""
    company = visible(request, slug)
    context = {
        "company": company,
        "may_administer": caller_of(request).may_administer(company),
        "lines": schedule_lines(company, clock.now()),
        "mail_problem": mail_problem(),
    }
    return render(request, "metrics/scheduled_mail.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_schedule(request: HttpRequest, slug: str) -> HttpResponse:
    """What is due already is not sent by itself."""
    company = administered(request, slug)
    zone = zone_name_of(company)
    if request.method != "POST":
        first = {"every": "quarter", "days_after": 10, "hour": 8, "time_zone": zone, "sends": "link", "link_days": 30}
        first["basis"] = reporting_of(company).default_basis
        return _form(request, company, ScheduleForm(initial=first, zone=zone), None)
    return _saved(request, company, None, ScheduleForm(request.POST, zone=zone), partial(create_schedule, company))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_schedule(request: HttpRequest, slug: str, schedule_id: int) -> HttpResponse:
    """Administrators only."""
    company = administered(request, slug)
    schedule = _schedule(company, schedule_id)
    if request.method != "POST":
        return _form(request, company, ScheduleForm(initial=initial_of(schedule), zone=schedule.time_zone), schedule)
    form = ScheduleForm(request.POST, zone=schedule.time_zone)
    return _saved(request, company, schedule, form, partial(change_schedule, schedule))


def _saved(
    request: HttpRequest,
    company: Company,
    schedule: MailSchedule | None,
    form: ScheduleForm,
    save: Callable[..., MailSchedule],
) -> HttpResponse:
    """`save` takes what the form wants, who asks, and when; what cannot be is told beside its field."""
    if form.is_valid():
        try:
            made = save(form.wanted(), actor=caller_of(request).name, now=clock.now())
        except BadSchedule as bad:
            _mark(form, bad)
        else:
            messages.success(request, f"Saved. Next: {next_words(made, clock.now())}.")
            return redirect("scheduled-mail", slug=company.slug)
    return _form(request, company, form, schedule, status=422)


@never_cache
@login_required
@require_POST
def schedule_action(request: HttpRequest, slug: str, schedule_id: int, action: str) -> HttpResponse:
    """pause, resume, delete, send, anyway, test, or again for the letters that failed."""
    schedule = _schedule(administered(request, slug), schedule_id)
    actor, now = caller_of(request).name, clock.now()
    match action:
        case "pause" | "resume":
            switch(schedule, action == "resume", actor=actor, now=now)
            words = "It goes on with what is due from now on." if action == "resume" else "Paused: nothing is sent."
            messages.success(request, words)
        case "delete":
            delete_schedule(schedule, actor=actor, now=now)
            messages.success(request, "Deleted. Links that were sent still open; they are revoked at their snapshot.")
        case "send" | "anyway" | "test" | "again":
            _send(request, schedule, action)
        case _:
            raise Http404
    return redirect("scheduled-mail", slug=slug)


def _send(request: HttpRequest, schedule: MailSchedule, action: str) -> None:
    actor, now = caller_of(request).name, clock.now()
    if problem := mail_problem():
        messages.error(request, problem)
        return
    try:
        if action == "test":
            _test(request, schedule)
        elif action == "again":
            count = send_again(_failed_of(schedule), now)
            audit.record(
                action="scheduled_mail.sent_again", success=True, now=now, actor=actor, company=schedule.company,
                schedule=schedule.pk, count=count,
            )  # fmt: skip
            messages.success(request, f"{count} letter{'' if count == 1 else 's'} sent again.")
        elif (run := send_now(schedule, anyway=action == "anyway", actor=actor, now=now)) is None:
            messages.info(request, "Everybody has the newest period already.")
        else:
            messages.success(request, f"{run.period_label} is being prepared. This page shows what comes of it.")
    except (BadTiming, Paused) as bad:
        messages.error(request, str(bad))


def _test(request: HttpRequest, schedule: MailSchedule) -> None:
    address = request.user.email if isinstance(request.user, User) else ""
    if not address:
        messages.error(request, NO_ADDRESS)
        return
    send_test(schedule, address, actor=caller_of(request).name, now=clock.now())
    messages.success(request, f"A test goes to {address}. Nothing is frozen for it, and nobody else gets it.")


def _failed_of(schedule: MailSchedule) -> QuerySet[Message]:
    letters = MailLetter.objects.filter(run__schedule=schedule, message__isnull=False)
    return Message.objects.filter(pk__in=letters.values("message_id"))


def _schedule(company: Company, schedule_id: int) -> MailSchedule:
    return get_object_or_404(MailSchedule.objects.select_related("company"), company=company, pk=schedule_id)


def _mark(form: ScheduleForm, bad: BadSchedule) -> None:
    for field, words in bad.problems.items():
        form.add_error(field if field in form.fields else None, words)


def _form(
    request: HttpRequest, company: Company, form: ScheduleForm, schedule: MailSchedule | None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"company": company, "may_administer": True, "form": form, "schedule": schedule}
    return render(request, "metrics/mail_schedule.html", context, status=status)
