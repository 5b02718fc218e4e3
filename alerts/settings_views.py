"""The page on which administrators say who is told of what, and from what size on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, clock
from accounts.models import Company
from accounts.page_access import administered, caller_of
from alerts import recipients
from alerts.forms import KindsForm, RecipientForm, ThresholdsForm, kind_choices
from alerts.models import Recipient, Thresholds
from alerts.selectors import messages_of, without_access
from alerts.signing_secrets import make_new_secret
from outbox import webhook
from outbox.failures import BadRecipient
from outbox.mail import mail_problem
from outbox.models import Message


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: POST adds a recipient, or saves the thresholds."""
    company = administered(request, slug)
    if request.method != "POST":
        return _page(request, company)
    if request.POST.get("what") == "thresholds":
        return _save_thresholds(request, company)
    form = RecipientForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        actor, now = caller_of(request).name, clock.now()
        try:
            recipients.add(company, typed["channel"], typed["address"], typed["kinds"], actor=actor, now=now)
        except BadRecipient as problem:
            form.add_error("address", str(problem))
        else:
            messages.success(request, "Added. It is told of what begins from now on; send it a test.")
            return redirect("alert-settings", slug=slug)
    return _page(request, company, form=form, status=422)


@never_cache
@login_required
@require_POST
def change_recipient(request: HttpRequest, slug: str, recipient_id: int) -> HttpResponse:
    """Administrators: other kinds, a test, or away with it."""
    company = administered(request, slug)
    recipient = get_object_or_404(Recipient.objects.select_related("company"), company=company, pk=recipient_id)
    actor, now = caller_of(request).name, clock.now()
    what = request.POST.get("what")
    if what == "remove":
        recipients.remove(recipient, actor=actor, now=now)
        messages.success(request, f"{recipient.address} is told nothing any more.")
    elif what == "test":
        _test(request, recipient)
    else:
        form = KindsForm(request.POST)
        if not form.is_valid():
            messages.error(request, f"{recipient.address} was not changed. {form.errors['kinds'][0]}")
        elif recipients.change_kinds(recipient, form.cleaned_data["kinds"], actor=actor, now=now):
            messages.success(request, "Saved.")
        else:
            messages.info(request, "Nothing was different, so nothing was changed.")
    return redirect("alert-settings", slug=slug)


@never_cache
@login_required
@require_POST
def show_secret(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: what a receiver checks signatures with; that it was shown is kept."""
    company = administered(request, slug)
    actor = caller_of(request).name
    audit.record(action="callback_secret.shown", success=True, now=clock.now(), actor=actor, company=company)
    return _page(request, company, secret=webhook.secret_of(company.pk))


@never_cache
@login_required
@require_POST
def new_secret(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: the old one, which somebody else may know, signs nothing from now on."""
    company = administered(request, slug)
    make_new_secret(company, actor=caller_of(request).name, now=clock.now())
    messages.success(request, "From now on everything is signed with the new secret. Give it to your receivers.")
    return _page(request, company, secret=webhook.secret_of(company.pk))


def _test(request: HttpRequest, recipient: Recipient) -> None:
    problem = mail_problem() if recipient.channel == Recipient.Channel.MAIL else ""
    if problem:
        messages.error(request, problem)
    elif recipients.send_test(recipient, actor=caller_of(request).name, now=clock.now()):
        messages.success(request, "The test is on its way; what comes of it stands beside the address.")
    else:
        messages.error(request, "This address is not allowed any more, so no test was sent.")


def _save_thresholds(request: HttpRequest, company: Company) -> HttpResponse:
    form = ThresholdsForm(request.POST)
    if not form.is_valid():
        return _page(request, company, thresholds=form, status=422)
    if recipients.save_thresholds(company, form.wanted(), actor=caller_of(request).name, now=clock.now()):
        messages.success(request, "Saved. They hold from the next look, within minutes.")
    else:
        messages.info(request, "Nothing was different, so nothing was changed.")
    return redirect("alert-settings", slug=company.slug)


def _page(
    request: HttpRequest,
    company: Company,
    *,
    form: RecipientForm | None = None,
    thresholds: ThresholdsForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    kept = Thresholds.objects.filter(company=company).first()
    everything = [kind for kind, _ in kind_choices()]
    context: dict[str, Any] = {
        "company": company,
        "may_administer": True,
        "form": form or RecipientForm(initial={"kinds": everything}),
        "thresholds": thresholds or ThresholdsForm(initial=kept.values if kept else {}),
        "lines": _lines(company),
        "kinds": kind_choices(),
        "mail_problem": mail_problem(),
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "secret": secret,
        "now": clock.now(),
    }
    return render(request, "alerts/settings.html", context, status=status)


def _lines(company: Company) -> list[dict[str, Any]]:
    """Each recipient with the newest message to it."""
    newest: dict[int, Message] = {}
    for message in messages_of(company, 200):
        newest.setdefault(int(message.argument.get("recipient", 0)), message)
    rows = list(company.alert_recipients.all())
    outside = without_access(company, [row.address for row in rows])
    return [{"row": row, "message": newest.get(row.pk), "person": outside.get(row.address.lower(), "")} for row in rows]
