"""Set-up pages: the live list of steps, and links with which the person at the QuickBooks PC needs no sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from accounts import clock
from accounts.page_access import administered, caller_of
from qbwc.models import CompanyFile, SetUpLink
from qwc import document, set_up, set_up_links
from qwc.access import file_of
from qwc.connect import connection_file
from qwc.set_up_page import set_up_page


@never_cache
@login_required
@require_safe
def steps(request: HttpRequest, slug: str) -> HttpResponse:
    """The list alone, for the script that keeps the page up to date."""
    company_file = file_of(administered(request, slug))
    return _steps(request, company_file, with_details=True)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def make_link(request: HttpRequest, slug: str) -> HttpResponse:
    """The page again, with a new link on it, once. Asked for anew, as after signing in again, it is the page alone."""
    if request.method == "GET":
        return redirect("connect", slug)
    company_file = file_of(administered(request, slug))
    token = set_up_links.make(company_file, clock.now(), actor=caller_of(request).name)
    link = settings.PUBLIC_URL.rstrip("/") + reverse("set-up-link", args=[token])
    return set_up_page(request, company_file, link=link)


@never_cache
@login_required
@require_POST
def revoke_link(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    company_file = file_of(administered(request, slug))
    link = get_object_or_404(SetUpLink, company_file=company_file, pk=link_id)
    if set_up_links.revoke(link, clock.now(), actor=caller_of(request).name):
        messages.success(request, "The link opens nothing any more.")
    else:
        messages.info(request, "That link had ended already.")
    return redirect("connect", slug)


def _with_link(
    view: Callable[[HttpRequest, SetUpLink, str], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """The view with the link of its token; a token that opens nothing gets one page, whatever the reason."""

    @wraps(view)
    def open_with(request: HttpRequest, token: str) -> HttpResponse:
        link = set_up_links.find(token, clock.now())
        answer = view(request, link, token) if link else render(request, "qwc/set_up_ended.html", status=404)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return open_with


@never_cache
@require_safe
@_with_link
def public_page(request: HttpRequest, link: SetUpLink, token: str) -> HttpResponse:
    """Company name, download, steps, lights; no figures, no paths, no password."""
    set_up_links.note_opened(link, clock.now())
    return _public(request, link.company_file, token, link)


@never_cache
@require_safe
@_with_link
def public_steps(request: HttpRequest, link: SetUpLink, token: str) -> HttpResponse:
    return _steps(request, link.company_file, with_details=False)


@never_cache
@require_GET
@_with_link
def public_download(request: HttpRequest, link: SetUpLink, token: str) -> HttpResponse:
    try:
        return qwc_attachment(link.company_file, actor=set_up_links.actor_of(link))
    except document.BadConnection:
        return _public(request, link.company_file, token, link, status=409)


def qwc_attachment(company_file: CompanyFile, *, actor: str) -> HttpResponse:
    """The .qwc as a download, remembered as handed out. document.BadConnection."""
    content = set_up.hand_out(company_file, clock.now(), actor=actor)
    headers = {"Content-Disposition": f'attachment; filename="tieout-{company_file.company.slug}.qwc"'}
    return HttpResponse(content, content_type="application/x-qwc", headers=headers)


def _steps(request: HttpRequest, company_file: CompanyFile, *, with_details: bool) -> HttpResponse:
    now = clock.now()
    checklist = set_up.checklist(company_file, now)
    context = {"checklist": checklist, "with_details": with_details, "now": now}
    context["company"] = company_file.company if with_details else None
    status = HTMX_STOP_POLLING if checklist.is_complete else 200
    return render(request, "qwc/_set_up_list.html", context, status=status)


def _public(
    request: HttpRequest, company_file: CompanyFile, token: str, link: SetUpLink, status: int = 200
) -> HttpResponse:
    now = clock.now()
    context = {
        "company_name": company_file.company.name,
        "app_name": company_file.app_name,
        "token": token,
        "link": link,
        "has_problems": bool(document.problems(connection_file(company_file, settings.PUBLIC_URL))),
        "checklist": set_up.checklist(company_file, now),
        "with_details": False,
        "now": now,
    }
    return render(request, "qwc/set_up.html", context, status=status)
