"""The pages about snapshots: all of them with the form that freezes one, and one as presented against today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.arithmetic import DERIVED, LINES, METRICS
from metrics.canonical import figure_of
from metrics.company_time import running_month
from metrics.derived import Figure
from metrics.fiscal import Period, PeriodError
from metrics.models import Basis, MonthlyMetric, Snapshot
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.review.freshness import freshness_of
from metrics.snapshots.compare import ComparedFigure, Comparison, compare
from metrics.snapshots.freezing import (
    BadSnapshot,
    NotReady,
    SnapshotIsFrozen,
    delete_snapshot,
    freeze,
    listed,
    rename,
    text_of,
    verify,
)

MOST_SHOWN = 200


class FreezeForm(forms.Form):
    """What to freeze. The reason is asked for only when the period is not ready."""

    period = forms.ChoiceField(help_text="Months that still run cannot be frozen without a reason.")
    basis = forms.ChoiceField(choices=Basis.choices)
    name = forms.CharField(max_length=200, help_text="As people will look for it: “Q1 review”.")
    presented_on = forms.DateField(
        required=False,
        label="Presented on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="When it was, or will be, shown. May be filled in later.",
    )
    note = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))
    forced_because = forms.CharField(
        required=False,
        max_length=1000,
        label="Why freeze it all the same",
        help_text="Kept in the snapshot and in the audit trail.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, periods: Sequence[Period], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(period), f"{period.label} ({period.first} to {period.last})") for period in periods]


class DetailsForm(forms.Form):
    """What may still change beside a snapshot."""

    name = forms.CharField(max_length=200)
    presented_on = forms.DateField(
        required=False, label="Presented on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class MonthsRow:
    """One metric across the months of a snapshot."""

    key: str
    label: str
    cells: tuple[Figure, ...]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def snapshots_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody looks; administrators freeze a period."""
    if request.method != "POST":
        company = visible(request, slug)
        periods = _periods(company)
        return _list(request, company, FreezeForm(initial=_looked_at(request, company, periods), periods=periods))
    company = administered(request, slug)
    form = FreezeForm(request.POST, periods=_periods(company))
    if not form.is_valid():
        return _list(request, company, form, status=422)
    typed = form.cleaned_data
    try:
        snapshot = freeze(
            company,
            Period.parse(typed["period"], reporting_of(company).calendar),
            typed["basis"],
            typed["name"],
            typed["note"],
            typed["presented_on"],
            actor=caller_of(request).name,
            now=clock.now(),
            forced_because=typed["forced_because"],
        )
    except NotReady as problem:
        return _list(request, company, form, status=422, reasons=problem.readiness.reasons)
    except (BadSnapshot, PeriodError) as bad:
        for field, words in getattr(bad, "problems", {"period": str(bad)}).items():
            form.add_error(field, words)
        return _list(request, company, form, status=422)
    messages.success(
        request, f"“{snapshot.name}” is frozen. It will not change, whatever QuickBooks or the mapping do."
    )
    return redirect("snapshot", slug=slug, snapshot_id=snapshot.pk)


def _looked_at(request: HttpRequest, company: Company, periods: Sequence[Period]) -> dict[str, str]:
    """What the review that led here showed: its period, its basis, and a name for it."""
    asked, basis = request.GET.get("period", ""), request.GET.get("basis", "")
    label = next((period.label for period in periods if str(period) == asked), "")
    return {
        "basis": basis if basis in Basis.values else str(reporting_of(company).default_basis),
        "period": asked,
        "name": f"{label} review" if label else "",
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def snapshot_page(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """As presented, as it is now, and why they differ; administrators change name, note and date."""
    if request.method != "POST":
        snapshot = _snapshot(visible(request, slug), snapshot_id)
        initial = {"name": snapshot.name, "note": snapshot.note, "presented_on": snapshot.presented_on}
        return _one(request, snapshot, DetailsForm(initial=initial))
    snapshot = _snapshot(administered(request, slug), snapshot_id)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _one(request, snapshot, form, status=422)
    typed, actor = form.cleaned_data, caller_of(request).name
    try:
        rename(snapshot, typed["name"], typed["note"], typed["presented_on"], actor=actor, now=clock.now())
    except BadSnapshot as bad:
        for field, words in bad.problems.items():
            form.add_error(field, words)
        return _one(request, snapshot, form, status=422)
    messages.success(request, "Saved. What was presented is untouched.")
    return redirect("snapshot", slug=slug, snapshot_id=snapshot.pk)


@never_cache
@login_required
@require_POST
def delete_snapshot_page(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """Superusers only."""
    snapshot, caller = _snapshot(visible(request, slug), snapshot_id), caller_of(request)
    is_superuser = bool(caller.user and caller.user.is_superuser)
    try:
        delete_snapshot(snapshot, actor=caller.name, is_superuser=is_superuser, now=clock.now())
    except SnapshotIsFrozen as problem:
        raise PermissionDenied from problem
    messages.success(request, f"“{snapshot.name}” was deleted. The audit trail keeps its hash.")
    return redirect("snapshots", slug=slug)


@never_cache
@login_required
@require_safe
def snapshot_file(request: HttpRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """The content exactly as it was hashed: `sha256sum` of the file gives the hash on the page."""
    snapshot = _snapshot(visible(request, slug), snapshot_id)
    name = f"{slug}-snapshot-{snapshot.pk}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text_of(snapshot), content_type="application/json", headers=headers)


def _snapshot(company: Company, snapshot_id: int) -> Snapshot:
    return get_object_or_404(Snapshot.objects.select_related("company"), company=company, pk=snapshot_id)


def _periods(company: Company) -> list[Period]:
    """What people present: the last full month, quarters, the year so far, years, twelve months."""
    calendar = reporting_of(company).calendar
    last = running_month(company, clock.now()).plus(-1)
    quarter = Period.quarter(last, calendar)
    if quarter.last > last:
        quarter = Period.quarter(quarter.first.plus(-1), calendar)
    year = calendar.fiscal_year_of(last)
    if calendar.last_month_of(year) > last:
        year -= 1
    quarters = [Period.quarter(quarter.last.plus(-3 * back), calendar) for back in range(4)]
    months = [Period.month(last.plus(-back)) for back in range(12)]
    years = [Period.year(calendar.last_month_of(year - back), calendar) for back in range(2)]
    return [quarters[0], months[0], Period.ytd(last, calendar), Period.ttm(last), *years, *quarters[1:], *months[1:]]


def _list(
    request: HttpRequest, company: Company, form: FreezeForm, *, status: int = 200, reasons: Sequence[Any] = ()
) -> HttpResponse:
    rows = listed(Snapshot.objects.filter(company=company))[:MOST_SHOWN]
    context = {
        "company": company,
        "may_administer": caller_of(request).may_administer(company),
        "form": form,
        "reasons": reasons,
        "snapshots": rows,
        "fresh": freshness_of(company, clock.now()),
        "now": clock.now(),
        "has_figures": MonthlyMetric.objects.filter(company=company).exists(),
    }
    return render(request, "metrics/snapshots.html", context, status=status)


def _one(request: HttpRequest, snapshot: Snapshot, form: DetailsForm, *, status: int = 200) -> HttpResponse:
    content, caller = snapshot.content, caller_of(request)
    comparison = compare(snapshot, clock.now())
    context = {
        "company": snapshot.company,
        "may_administer": caller.may_administer(snapshot.company),
        "may_delete": bool(caller.user and caller.user.is_superuser),
        "snapshot": snapshot,
        "content": content,
        "is_verified": verify(snapshot),
        "form": form,
        "comparison": comparison,
        "period_rows": _period_rows(comparison),
        "fresh": freshness_of(snapshot.company, clock.now()),
        "now": clock.now(),
        "changed_months": sorted({one.month for one in comparison.changed if one.month is not None}),
        "causes": comparison.causes[:MOST_SHOWN],
        "more_causes": max(0, len(comparison.causes) - MOST_SHOWN),
        "months": [Month.parse(one["month"]) for one in content["months"]],
        "rows": _rows(content["months"]),
    }
    return render(request, "metrics/snapshot.html", context, status=status)


def _period_rows(comparison: Comparison) -> list[ComparedFigure]:
    """The fourteen with what is unmapped, then those worked out; a figure that is on neither side is left out."""
    known = [one for one in comparison.period if one.then is not None or one.now is not None]
    worked_out = {metric.key for metric in DERIVED}
    return sorted(known, key=lambda one: one.metric_key in worked_out)


def _rows(months: Sequence[Mapping[str, Any]]) -> list[MonthsRow]:
    return [
        MonthsRow(metric.key, LINES[metric.key].label, tuple(figure_of(one["figures"][metric.key]) for one in months))
        for metric in METRICS
    ]
