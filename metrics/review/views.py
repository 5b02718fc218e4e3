"""A company's review: the page with its picker, and the notes people write beside it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.page_access import caller_of, visible
from metrics.charts import Chart
from metrics.columns import Basis
from metrics.drawing.chart_drawings import NARROW, draw
from metrics.drawing.chart_figures import ChartMonth, all_charts, waterfall
from metrics.months import Month
from metrics.review.forms import NoteForm
from metrics.review.freshness import changed_since, freshness_of
from metrics.review.notes import BadNote, add_note
from metrics.review.page import Asked, Review, review
from metrics.review.request import COMPARISONS, CUSTOM, Choices, address_of, asked_of

HALF_PAGE = 600  # two charts beside each other on a wide window, drawn so that their words are as big as the table's
EXPORTS = (("pdf", "PDF"), ("pptx", "PowerPoint"), ("xlsx", "Excel"), ("csv", "CSV"), ("pack", "QBR pack"))
# In pairs of about the same height.
CHART_ORDER = ("revenue-mix", "expense-mix", "net-profit", "people", "waterfall", "recurring-share")


@never_cache
@login_required
@require_safe
def review_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who sees the company."""
    company = visible(request, slug)
    asked, choices = asked_of(company, request.GET.dict(), clock.now())
    return _page(request, asked, choices, NoteForm(period=asked.period, initial=_beside(request, asked)))


@never_cache
@login_required
@require_POST
def review_note(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a note, and go back to the period it was written beside."""
    company = visible(request, slug)
    asked, choices = asked_of(company, request.GET.dict(), clock.now())
    form = NoteForm(request.POST, period=asked.period)
    if not form.is_valid():
        return _page(request, asked, choices, form, status=422)
    typed, actor = form.cleaned_data, caller_of(request).name
    month = Month.parse(typed["month"]) if typed["month"] else asked.period.last
    try:
        add_note(company, typed["text"], month, typed["metric"], actor=actor, now=asked.now)
    except BadNote as bad:
        for field, words in bad.problems.items():
            form.add_error("metric" if field == "metric_key" else field, words)
        return _page(request, asked, choices, form, status=422)
    messages.success(request, "The note is kept, and goes into the next snapshot.")
    return redirect(reverse("review", args=[slug]) + address_of(asked) + "#notes")


def explain_base(asked: Asked) -> str:
    """What an address that explains a figure begins with; the metric and the period follow."""
    return reverse("explain", args=[asked.company.slug, "m", "p"]).removesuffix("m/p/")


def drawn(found: Review, keys: Collection[str] = ()) -> list[tuple[Chart, SafeString, SafeString]]:
    """Each chart, or those of these keys, with its picture for a wide and for a narrow window."""
    base, asked = explain_base(found.asked), found.asked

    def link(key: str, month: Month) -> str:
        return f"{base}{key}/{month}/?basis={asked.basis}"

    whole = {**found.whole.figures, **found.whole.derived}
    months = [ChartMonth(one.month, one.figures, one.targets) for one in found.charted]
    links = {key: f"{base}{key}/{asked.period}/?basis={asked.basis}" for key in found.rows}
    currency = asked.company.currency
    charts = [
        waterfall(whole, currency, links) if chart.key == "waterfall" else chart
        for chart in all_charts(months, whole, currency, link)
        if not keys or chart.key in keys
    ]
    charts.sort(key=lambda chart: CHART_ORDER.index(chart.key) if chart.key in CHART_ORDER else len(CHART_ORDER))
    # chart_drawings escapes every word it draws
    return [(chart, SafeString(draw(chart, HALF_PAGE)), SafeString(draw(chart, NARROW))) for chart in charts]


def exports_of(asked: Asked) -> list[tuple[str, str]]:
    """The files that can be made of this review, each with its address; none as long as there are no such pages."""
    query = "?" + urlencode({"period": str(asked.period), "basis": asked.basis}, safe=":")
    try:
        return [(label, reverse("export-period", args=[asked.company.slug, kind]) + query) for kind, label in EXPORTS]
    except NoReverseMatch:
        return []


def _beside(request: HttpRequest, asked: Asked) -> dict[str, str]:
    """What the note form starts with: the month and metric that a mark in the table names."""
    return {"month": request.GET.get("month", str(asked.period.last)), "metric": request.GET.get("metric", "")}


def _page(request: HttpRequest, asked: Asked, choices: Choices, form: NoteForm, *, status: int = 200) -> HttpResponse:
    found, caller = review(asked), caller_of(request)
    context = {
        "company": asked.company,
        "may_administer": caller.may_administer(asked.company),
        "actor": caller.name,
        "review": found,
        "asked": asked,
        "basis": Basis(asked.basis),
        "bases": [(value, label, address_of(asked, basis=value)) for value, label in Basis.choices],
        "choices": choices,
        "comparisons": COMPARISONS,
        "custom": CUSTOM,
        "query": address_of(asked),
        "explain_base": explain_base(asked),
        "charts": [] if found.is_empty else drawn(found),
        "form": form,
        "exports": exports_of(asked),
        "fresh": freshness_of(asked.company, asked.now),
        "changed": changed_since(asked.company, asked.period, asked.basis),
        "newest": address_of(asked, period=str(choices.span[1])) if choices.span else "",
    }
    return render(request, "metrics/review_page/review.html", context, status=status)
