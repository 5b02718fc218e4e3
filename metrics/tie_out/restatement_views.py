"""The page about past months that QuickBooks changed: what, when, who had seen the old figures, and what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.arithmetic import LINES, UNMAPPED
from metrics.figures.answers import net_difference
from metrics.models import Basis, Snapshot
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.since import BadSince, since_of
from metrics.tie_out.restatements import (
    ChangedCell,
    acknowledge,
    changed_since,
    restatements,
    with_cells,
)

PAGE = 20
MOST_CELLS = 12  # accounts of one month before the rest is folded
MOST_NOTE = 500


@dataclass(frozen=True)
class Line:
    """A changed account with what its metric is called and where it is explained; no key: nowhere."""

    cell: ChangedCell
    metric: str
    key: str


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `problem` is in words when the date is none."""

    show: str  # "open" or "all"
    since_text: str
    since: datetime | None
    review: Snapshot | None
    is_netted: bool
    page: int
    problem: str


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def restatements_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody looks; administrators acknowledge."""
    if request.method == "POST":
        return _acknowledged(request, administered(request, slug))
    company = visible(request, slug)
    chosen = request.GET.get("basis", "")
    basis = Basis(chosen if chosen in Basis.values else reporting_of(company).default_basis)
    asked = _asked(request, company, basis)
    rows = restatements(company, basis=basis, since=asked.since, only_open=asked.show == "open")
    total, start = rows.count(), asked.page * PAGE
    found = () if asked.is_netted else with_cells(company, rows.select_related("exchange")[start : start + PAGE])
    context = {
        "company": company,
        "basis": basis,
        "bases": Basis,
        "asked": asked,
        "may_administer": caller_of(request).may_administer(company),
        "restated": [(one, _lines(one.cells[:MOST_CELLS]), _lines(one.cells[MOST_CELLS:])) for one in found],
        "netted": _netted(company, basis, asked) if asked.is_netted else (),
        "total": total,
        "open_count": restatements(company, only_open=True).count(),
        "newest_review": asked.review or _newest_review(company, basis),
        "query": _query(basis, asked),
        "earlier": asked.page - 1 if asked.page else None,
        "later": asked.page + 1 if start + PAGE < total and not asked.is_netted else None,
        "now": clock.now(),
    }
    return render(request, "metrics/restatements.html", context)


def _acknowledged(request: HttpRequest, company: Company) -> HttpResponse:
    """One, or every open one; back to where the person was."""
    note = request.POST.get("note", "").strip()[:MOST_NOTE]
    if request.POST.get("which") == "all":
        ids = list(restatements(company, only_open=True).values_list("pk", flat=True))
    else:
        ids = [int(text) for text in request.POST.getlist("id") if text.isascii() and text.isdigit() and len(text) < 19]
    count = acknowledge(company, ids, note=note, actor=caller_of(request).name, now=clock.now())
    if count:
        messages.success(request, f"{count} restatement{'' if count == 1 else 's'} acknowledged.")
    else:
        messages.warning(request, "Nothing was open among these: somebody had acknowledged them before.")
    return redirect("restatements", slug=company.slug)


def _asked(request: HttpRequest, company: Company, basis: Basis) -> Asked:
    text, review, problem = request.GET.get("since", "").strip()[:40], None, ""
    since: datetime | None = None
    try:
        since = since_of(text)
    except BadSince as bad:
        problem = f"{bad} All dates are shown."
    if request.GET.get("review"):
        review = _newest_review(company, basis)
        since, text = (review.created_at, "") if review else (since, text)
    page = request.GET.get("page", "")
    return Asked(
        show="open" if request.GET.get("show") == "open" else "all",
        since_text=text if since is not None and review is None else "",
        since=since,
        review=review,
        is_netted=request.GET.get("view") == "changes" and since is not None,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0,
        problem=problem,
    )


def _newest_review(company: Company, basis: Basis) -> Snapshot | None:
    """The snapshot presented last, or frozen last when none says when it was presented."""
    rows = Snapshot.objects.filter(company=company, basis=basis).defer("content")
    return rows.exclude(presented_on=None).order_by("-presented_on", "-pk").first() or rows.order_by("-pk").first()


def _netted(company: Company, basis: Basis, asked: Asked) -> list[tuple[Month, list[Line], object]]:
    if asked.since is None:
        return []
    found = changed_since(company, basis, asked.since)
    return [(month, _lines(changed), net_difference(changed)) for month, changed in reversed(list(found.items()))]


def _lines(cells: tuple[ChangedCell, ...]) -> list[Line]:
    return [Line(cell, *_metric(cell)) for cell in cells]


def _metric(cell: ChangedCell) -> tuple[str, str]:
    """Label, and key of the page that explains it."""
    if cell.metric_key == UNMAPPED:
        return "Unmapped", "unmapped_revenue" if cell.section.is_revenue else "unmapped_expenses"
    line = LINES.get(cell.metric_key)
    return (cell.metric_key, "") if line is None else (line.label, cell.metric_key)


def _query(basis: Basis, asked: Asked) -> str:
    """The filters without page and view, for links."""
    found = {"basis": basis.value, "show": asked.show, "since": asked.since_text}
    if asked.review is not None:
        found["review"] = "1"
    return urlencode({key: value for key, value in found.items() if value})
