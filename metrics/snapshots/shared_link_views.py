"""Making and revoking links on a snapshot's page; administrators only."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of
from metrics.models import SharedLink, Snapshot
from metrics.snapshots.shared_links import DEFAULT_DAYS, LONGEST_NOTE, MOST_DAYS, BadLink, create_link, revoke


class LinkForm(forms.Form):
    """For how long, for whom, and with or without what people wrote."""

    days = forms.IntegerField(
        min_value=1, max_value=MOST_DAYS, initial=DEFAULT_DAYS, label="Valid for days", help_text=f"1 to {MOST_DAYS}."
    )
    note = forms.CharField(
        required=False, max_length=LONGEST_NOTE, label="For whom", help_text="Shown here, not to the client."
    )
    shows_notes = forms.BooleanField(required=False, label="Show the notes too")


@never_cache
@login_required
@require_safe
def shared_links_page(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """Every link to the snapshot, and the form for another."""
    snapshot = _snapshot(administered(request, slug), snapshot_id)
    return _page(request, snapshot, LinkForm())


@never_cache
@login_required
@require_POST
def create_shared_link(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """The address is shown on the page that answers, and never again: only its digest is kept."""
    snapshot = _snapshot(administered(request, slug), snapshot_id)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, snapshot, form, status=422)
    typed = form.cleaned_data
    try:
        made = create_link(
            snapshot,
            typed["days"],
            typed["note"],
            shows_notes=typed["shows_notes"],
            actor=caller_of(request).name,
            now=clock.now(),
            random_token=lambda: secrets.token_urlsafe(32),
        )
    except BadLink as bad:
        for field, words in bad.problems.items():
            form.add_error(field, words)
        return _page(request, snapshot, form, status=422)
    address = request.build_absolute_uri(reverse("shared", args=(made.token,)))
    return _page(request, snapshot, LinkForm(), new_address=address, status=201)


@never_cache
@login_required
@require_POST
def revoke_shared_link(request: HttpRequest, slug: str, snapshot_id: int, link_id: int) -> HttpResponse:
    """It opens nothing from this moment on."""
    snapshot = _snapshot(administered(request, slug), snapshot_id)
    link = get_object_or_404(SharedLink.objects.select_related("snapshot__company"), snapshot=snapshot, pk=link_id)
    if revoke(link, actor=caller_of(request).name, now=clock.now()):
        messages.success(request, "The link is revoked. Whoever opens it is told that it is over.")
    return redirect("shared-links", slug=slug, snapshot_id=snapshot.pk)


def _snapshot(company: Company, snapshot_id: int) -> Snapshot:
    return get_object_or_404(Snapshot.objects.select_related("company"), company=company, pk=snapshot_id)


def _page(
    request: HttpRequest, snapshot: Snapshot, form: LinkForm, *, new_address: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    links = SharedLink.objects.filter(snapshot=snapshot)[:200]
    context: dict[str, Any] = {
        "company": snapshot.company,
        "may_administer": True,
        "snapshot": snapshot,
        "form": form,
        "new_address": new_address,
        "links": [(link, _state(link, now)) for link in links],
    }
    return render(request, "metrics/shared_links.html", context, status=status)


def _state(link: SharedLink, now: Any) -> str:
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.expires_at <= now else "live"
