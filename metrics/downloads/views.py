"""Downloads: a snapshot's files, those of a period as it stands now, and the pack with its progress."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.models import Company
from accounts.page_access import caller_of, visible
from metrics.background import CANCELLED, ask, cancel
from metrics.downloads.files import (
    WORK_KIND,
    NothingToShow,
    WasChanged,
    file_of,
    pack_parameters,
    period_parameters,
    review_of_period,
    review_of_snapshot,
    told_what_changed,
)
from metrics.exports.chart_files import caption_of, chart_of, chart_png, chart_svg
from metrics.exports.document import CannotSet
from metrics.exports.file_names import file_name
from metrics.exports.pack import PACK, TYPES, MadeFile
from metrics.fiscal import Period, PeriodError
from metrics.models import BackgroundWork, Basis, Snapshot
from metrics.reporting.settings import reporting_of

REFRESH_SECONDS, SLOW_REFRESH_SECONDS = 2, 15
PATIENCE = timedelta(minutes=2)  # then a page says that nothing moves, and what to do
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


@never_cache
@login_required
@require_safe
def download_snapshot(request: HttpRequest, slug: str, snapshot_id: int, kind: str) -> HttpResponse:
    """A file at once; a pack is made in the background and its progress shown."""
    company = visible(request, slug)
    snapshot = get_object_or_404(Snapshot.objects.select_related("company"), company=company, pk=snapshot_id)
    if kind == PACK:
        return _ordered(request, company, pack_parameters(snapshot))
    _known(kind)
    try:
        made = file_of(kind, told_what_changed(review_of_snapshot(snapshot), snapshot))
    except (WasChanged, CannotSet) as problem:
        return _refused(request, company, str(problem))
    _audit(request, company, kind, snapshot=snapshot.pk, sha256=snapshot.sha256)
    return answer(made)


@never_cache
@login_required
@require_safe
def export_period(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The same of a period that is not frozen: `?period=2026-Q1&basis=accrual`."""
    company = visible(request, slug)
    reporting = reporting_of(company)
    basis = request.GET.get("basis") or str(reporting.default_basis)
    try:
        period = Period.parse(request.GET.get("period", ""), reporting.calendar)
        if basis not in Basis.values:
            raise PeriodError(f"The basis is accrual or cash, not {basis[:20]!r}.")
        if kind == PACK:
            return _ordered(request, company, period_parameters(period, basis))
        _known(kind)
        made = file_of(kind, review_of_period(company, period, basis, clock.now()))
    except (PeriodError, NothingToShow, CannotSet) as problem:
        return _refused(request, company, str(problem), reverse("review", args=[slug]))
    _audit(request, company, kind, period=str(period), basis=basis)
    return answer(made)


@never_cache
@login_required
@require_safe
def work_page(request: HttpRequest, slug: str, work_id: int) -> HttpResponse:
    """How far it is; the page looks again by itself until there is a file, or a reason why not."""
    company = visible(request, slug)
    work = get_object_or_404(BackgroundWork.objects.defer("file_body"), company=company, pk=work_id, kind=WORK_KIND)
    is_over, now = work.state in (BackgroundWork.State.DONE, BackgroundWork.State.FAILED), clock.now()
    is_queued = work.state == BackgroundWork.State.QUEUED
    # A running worker moves `started_at` on as its sign of life.
    is_silent = not is_over and now - ((not is_queued and work.started_at) or work.requested_at) > PATIENCE
    seconds = SLOW_REFRESH_SECONDS if is_silent else REFRESH_SECONDS
    context = {
        "company": company,
        "may_administer": caller_of(request).may_administer(company),
        "is_queued": is_queued,
        "is_silent": is_silent,
        "address": _address(company, work),
        "now": now,
        "work": work,
        "is_over": is_over,
        "is_done": work.state == BackgroundWork.State.DONE,
        "is_cancelled": is_over and work.message.startswith(CANCELLED),
        "may_cancel": not is_over and _may_cancel(request, company, work),
        "seconds": seconds,
    }
    response = render(request, "metrics/export_work.html", context)
    if not is_over:
        response.headers["Refresh"] = str(seconds)
    return response


@never_cache
@login_required
@require_POST
def cancel_work(request: HttpRequest, slug: str, work_id: int) -> HttpResponse:
    """Whoever asked for it, and administrators."""
    company, caller = visible(request, slug), caller_of(request)
    work = get_object_or_404(BackgroundWork.objects.defer("file_body"), company=company, pk=work_id, kind=WORK_KIND)
    if not _may_cancel(request, company, work):
        raise PermissionDenied
    now = clock.now()
    if cancel(work.pk, actor=caller.name, now=now):
        audit.record(
            action="review.cancelled", success=True, now=now, actor=caller.name, company=company, **work.parameters
        )
    return redirect("export-work", slug=slug, work_id=work_id)


def _may_cancel(request: HttpRequest, company: Company, work: BackgroundWork) -> bool:
    caller = caller_of(request)
    return caller.name == work.requested_by or caller.may_administer(company)


@never_cache
@login_required
@require_safe
def work_file(request: HttpRequest, slug: str, work_id: int) -> HttpResponse:
    """What the background made."""
    company = visible(request, slug)
    work = get_object_or_404(
        BackgroundWork, company=company, pk=work_id, kind=WORK_KIND, state=BackgroundWork.State.DONE
    )
    if work.file_body is None:
        raise Http404
    _audit(request, company, PACK, **{key: str(value) for key, value in work.parameters.items()})
    return answer(MadeFile(work.file_name, work.file_type, bytes(work.file_body)))


@never_cache
@login_required
@require_safe
def snapshot_chart(request: HttpRequest, slug: str, snapshot_id: int, key: str, form: str) -> HttpResponse:
    """One chart of a snapshot as a picture, for a letter or a slide of one's own."""
    company = visible(request, slug)
    snapshot = get_object_or_404(Snapshot.objects.select_related("company"), company=company, pk=snapshot_id)
    try:
        review = review_of_snapshot(snapshot)
    except WasChanged as problem:
        return _refused(request, company, str(problem))
    chart = chart_of(review.charts, key)
    if chart is None or form not in PICTURES:
        raise Http404
    make = chart_svg if form == "svg" else chart_png
    body = make(chart, caption_of(review))
    _audit(request, company, form, snapshot=snapshot.pk, chart=key, sha256=snapshot.sha256)
    return answer(MadeFile(file_name(company.slug, review.period, key, ending=form), PICTURES[form], body))


def answer(made: MadeFile) -> HttpResponse:
    """A download that no browser tries to read as a page."""
    stem, _, ending = made.name.rpartition(".")
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(stem, ending=ending)}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(made.body, content_type=made.content_type, headers=headers)


def _ordered(request: HttpRequest, company: Company, parameters: dict[str, object]) -> HttpResponse:
    """Asking twice while it is being made leads to the same work; the head alone asks for none."""
    if request.method == "HEAD":
        return HttpResponse()
    work = ask(company, WORK_KIND, parameters, actor=caller_of(request).name, now=clock.now())
    return redirect("export-work", slug=company.slug, work_id=work.pk)


def _known(kind: str) -> None:
    if kind not in TYPES:
        raise Http404


def _address(company: Company, work: BackgroundWork) -> dict[str, str]:
    """Where the pack was asked for, and where to ask again."""
    if "snapshot" in work.parameters:
        place = [company.slug, work.parameters["snapshot"]]
        return {"back": reverse("snapshot", args=place), "again": reverse("download-snapshot", args=[*place, PACK])}
    query = "?" + urlencode(sorted(work.parameters.items()), safe=":")  # a database may keep them in another order
    again = reverse("export-period", args=[company.slug, PACK])
    return {"back": reverse("review", args=[company.slug]) + query, "again": again + query}


def _refused(request: HttpRequest, company: Company, words: str, back: str = "") -> HttpResponse:
    may_administer = caller_of(request).may_administer(company)
    context = {"company": company, "may_administer": may_administer, "words": words, "back": back}
    return render(request, "metrics/export_refused.html", context, status=422)


def _audit(request: HttpRequest, company: Company, kind: str, **details: object) -> None:
    """Who took which figures out of the house; with the head alone nobody took any."""
    if request.method == "HEAD":
        return
    audit.record(
        action="review.downloaded",
        success=True,
        now=clock.now(),
        actor=caller_of(request).name,
        company=company,
        kind=kind,
        **details,
    )
