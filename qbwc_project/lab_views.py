"""The failure lab's page, in installations that have it switched on: choose a failure, see what follows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from metrics import background
from metrics.models import BackgroundWork
from qbwc_project import lab
from qbwc_project.lab_failures import BY_KEY, COMPANY, FAILURES
from qbwc_project.lab_work import KIND

_MOVING = (BackgroundWork.State.QUEUED, BackgroundWork.State.RUNNING)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lab_page(request: HttpRequest) -> HttpResponse:
    """Administrators of the server: POST has a failure happen, GET shows the newest outcome."""
    _check(request)
    if request.method != "POST":
        return render(request, "lab/lab.html", _context())
    failure = BY_KEY.get(request.POST.get("failure", ""))
    if failure is None:
        messages.error(request, "Nothing happened: the lab does not know this failure.")
    elif _is_moving():
        messages.warning(request, "One failure at a time: the last one is still under way.")
    else:
        company, now, actor = lab.lab_company(), clock.now(), request.user.get_username()
        audit.record(
            action="lab.failure_chosen", success=True, now=now, actor=actor, company=company, failure=failure.key
        )
        wanted = {"failure": failure.key, "url": _own_address(request)}
        background.ask(company, KIND, wanted, actor=actor, now=now)
    return redirect("lab")


@never_cache
@login_required
@require_safe
def lab_state(request: HttpRequest) -> HttpResponse:
    """The part of the page that is fetched again every three seconds."""
    _check(request)
    return render(request, "lab/_outcome.html", _context())


def _check(request: HttpRequest) -> None:
    if not settings.DEMO_LAB:
        raise Http404
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied


def _own_address(request: HttpRequest) -> str:
    """Where this very server listens: the port of the socket, never a header that a caller wrote."""
    return f"http://127.0.0.1:{int(request.META['SERVER_PORT'])}/api/qbwc"


def _newest() -> BackgroundWork | None:
    return BackgroundWork.objects.filter(kind=KIND, company__name=COMPANY).select_related("company").first()


def _is_moving() -> bool:
    newest = _newest()
    return newest is not None and newest.state in _MOVING


def _context() -> dict[str, Any]:
    work = _newest()
    return {
        "failures": FAILURES,
        "work": work,
        "chosen": BY_KEY.get(str(work.parameters.get("failure"))) if work is not None else None,
        "is_moving": work is not None and work.state in _MOVING,
        "outcome": work.result.get("outcome") if work is not None else None,
        "misses": work.result.get("misses", []) if work is not None else [],
        "lab_company": work.company if work is not None else None,
    }
