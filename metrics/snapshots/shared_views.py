"""What a client sees without an account: one snapshot behind a secret address, and its files."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts import clock
from metrics.charts import Chart, ChartRow
from metrics.downloads.branding_rows import branding_of
from metrics.downloads.files import WasChanged, file_of, review_of_snapshot
from metrics.downloads.views import answer
from metrics.drawing.chart_drawings import NARROW, WIDE, draw
from metrics.exports.document import CannotSet
from metrics.exports.pack import LABELS, TYPES
from metrics.exports.review import Line, Review, without_notes
from metrics.figure_words import written
from metrics.models import SharedLink
from metrics.snapshots.shared_links import LinkIsOver, end_of, find, opened, refused
from passthrough.throttle import Buckets

PER_MINUTE = 60  # per link; a client who reads never comes near it
TILES = ("total_revenue", "net_profit", "net_margin", "recurring_share")
NOT_AS_FROZEN = "The figures behind it are not what was frozen, so they are not shown."
NO_FILE = "This file could not be made. The other files hold the same figures."
logger = logging.getLogger(__name__)
buckets = Buckets()


@dataclass(frozen=True)
class Drawn:
    """A chart in both widths, and its table."""

    chart: Chart
    wide: SafeString
    narrow: SafeString
    rows: tuple[tuple[ChartRow, tuple[str, ...]], ...]


@csrf_exempt  # it takes nothing: what is not read is refused as a method, not as a forgery
@never_cache
@require_safe
def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    """The frozen figures, read only."""
    link = _link(token, request)
    if isinstance(link, HttpResponse):
        return link
    try:
        review = _review(link)
    except WasChanged:
        return _over(request, NOT_AS_FROZEN)
    opened(link, clock.now(), "page", _browser(request))
    branding = branding_of()
    context = {
        "valid_until": end_of(link),
        "review": review,
        "firm": branding.firm_name,
        "tiles": [review.line(key) for key in TILES],
        "charts": [_drawn(chart) for chart in review.charts],
        "rows": [_cells(line) for line in review.lines],
        "ratios": [_cells(line) for line in review.derived if line.value is not None],
        "files": [(kind, LABELS[kind]) for kind in LABELS],
        "token": token,
    }
    return _private(render(request, "metrics/shared.html", context))


@csrf_exempt
@never_cache
@require_safe
def shared_file(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """One of the same files that the firm can download."""
    if kind not in TYPES:
        raise Http404
    link = _link(token, request)
    if isinstance(link, HttpResponse):
        return link
    try:
        made = file_of(kind, _review(link))
    except WasChanged:
        return _over(request, NOT_AS_FROZEN)
    except CannotSet:
        logger.exception("the %s file of snapshot %s could not be made", kind, link.snapshot_id)
        return _private(render(request, "metrics/shared_over.html", {"why": NO_FILE, "is_file": True}, status=422))
    opened(link, clock.now(), kind, _browser(request))
    return _private(answer(made))


def link_is_busy(link: SharedLink) -> bool:
    """Whether it was opened more often than anybody reads; each process counts by itself."""
    return buckets.seconds_to_wait(link.pk, PER_MINUTE, time.monotonic()) > 0


def _link(token: str, request: HttpRequest) -> SharedLink | HttpResponse:
    """The live link; or what to answer instead, before any figure is read."""
    now = clock.now()
    try:
        link = find(token, now)
    except LinkIsOver as over:
        if link_is_busy(over.link):
            return _busy(request)
        refused(over.link, now, str(over), _browser(request))
        return _over(request, str(over))
    if link is None:
        raise Http404
    if link_is_busy(link):
        return _busy(request)
    # Programs look at an address before a person does; they have not opened it.
    return _private(HttpResponse()) if request.method == "HEAD" else link


def _browser(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")


def _review(link: SharedLink) -> Review:
    """People's notes only where whoever made the link chose to show them."""
    review = review_of_snapshot(link.snapshot)
    return review if link.shows_notes else without_notes(review)


def _over(request: HttpRequest, why: str) -> HttpResponse:
    return _private(render(request, "metrics/shared_over.html", {"why": why}, status=410))


def _busy(request: HttpRequest) -> HttpResponse:
    why = "It was opened very often within a minute. Wait a minute, then open it again."
    response = _private(render(request, "metrics/shared_over.html", {"why": why, "is_busy": True}, status=429))
    response.headers["Retry-After"] = "60"
    return response


def _private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody, found by no search, and the address is passed on to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _drawn(chart: Chart) -> Drawn:
    wide, narrow = (mark_safe(draw(chart, width)) for width in (WIDE, NARROW))  # noqa: S308  # every word is escaped
    rows = tuple((row, tuple(written(value, row.unit) for value in row.values)) for row in chart.rows())
    return Drawn(chart, wide, narrow, rows)


def _cells(line: Line) -> dict[str, Any]:
    return {
        "line": line,
        "value": written(line.value, line.unit),
        "months": [written(value, line.unit) for value in line.by_month],
    }
