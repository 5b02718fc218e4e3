"""The page of targets and budgets: a year's grid, and the ways to fill it, each with a preview before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.arithmetic import METRICS
from metrics.company_time import running_month
from metrics.fiscal import FIRST_YEAR, LAST_YEAR, Period
from metrics.models import BudgetAmount, SyncHistory
from metrics.reporting.settings import Reporting, reporting_of
from metrics.spreadsheets import SheetError
from metrics.targets.changes import Place, TargetsMoved, difference, save_targets
from metrics.targets.files import TargetFile, long_rows, read_targets, targets_csv, targets_xlsx, wide_rows
from metrics.targets.forms import CopyForm, ImportForm, SpreadForm
from metrics.targets.grid import SHOWN_FIRST, Typed, figures_by_month, grid_of, typed_in
from metrics.targets.plans import by_season, from_figures, from_targets
from metrics.targets.rules import TargetError, TargetKind, TargetSource, TargetValue, monthly_targets
from metrics.targets.selectors import values

MOST_SHOWN = 200
MOST_CSV = 2_000_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def targets_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody looks; administrators fill in the grid and save it in one step."""
    if request.method != "POST":
        return _page(request, visible(request, slug))
    company = administered(request, slug)
    kind, period = _choice(request, company)
    typed = typed_in(request.POST.dict(), kind, period)
    if typed.problems:
        return _page(request, company, typed, status=422)
    try:
        found = save_targets(
            company,
            typed.wanted,
            typed.removed,
            actor=caller_of(request).name,
            now=clock.now(),
            expected=request.POST.get("digest", ""),
            scope=(kind, period.first, period.last),
        )
    except TargetsMoved as problem:
        messages.error(request, f"Nothing was saved. {problem} Your entries are still here: look, and save again.")
        return _page(request, company, typed, status=409)
    messages.success(request, f"Saved: {found.words}." if found.changes else "Nothing was different.")
    return redirect(_address(company, kind, period))


@never_cache
@login_required
@require_POST
def plan_targets(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: spread, copy or import; the answer is a preview, nothing is saved yet."""
    company = administered(request, slug)
    kind, period = _choice(request, company)
    how = request.POST.get("plan", "")
    forms: dict[str, Any] = {
        "spread": SpreadForm(request.POST if how == "spread" else None),
        "copy": CopyForm(request.POST if how == "copy" else None),
        "upload": ImportForm(*((request.POST, request.FILES) if how == "upload" else ())),
    }
    form = forms.get(how)
    if form is None or not form.is_valid():
        return _page(request, company, forms=forms, status=422)
    try:
        planned = _planned(company, kind, period, how, form.cleaned_data)
    except (TargetError, SheetError) as problem:
        form.add_error(None, str(problem))
        return _page(request, company, forms=forms, status=422)
    replaces = how == "upload" and bool(form.cleaned_data["replace"])
    return _preview(
        request, company, kind, period, planned, source="file" if how == "upload" else "person", replaces=replaces
    )


@never_cache
@login_required
@require_POST
def apply_targets(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: save what the preview showed."""
    company = administered(request, slug)
    kind, period = _choice(request, company)
    try:
        read = read_targets(request.POST.get("rows", "")[:MOST_CSV].encode(), kind)
    except SheetError as problem:
        messages.error(request, f"Nothing was saved. {problem}")
        return redirect(_address(company, kind, period))
    if read.problems:
        messages.error(request, "Nothing was saved: the preview was changed on its way. Start again.")
        return redirect(_address(company, kind, period))
    source = TargetSource.FILE if request.POST.get("source") == "file" else TargetSource.PERSON
    wanted = [replace(value, source=source) for value in read.values]
    removed = _others(company, wanted) if request.POST.get("replace") else set()
    found = save_targets(company, wanted, removed, actor=caller_of(request).name, now=clock.now())
    messages.success(request, f"Saved: {found.words}." if found.changes else "Nothing was different.")
    return redirect(_address(company, kind, period))


@never_cache
@login_required
@require_safe
def export_targets(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The year's targets and budgets; with ?blank=1 a template to fill in."""
    company = visible(request, slug)
    _, period = _choice(request, company)
    is_blank = bool(request.GET.get("blank"))
    found = [] if is_blank else list(values(company, period.first, period.last))
    rows = wide_rows(found, period.months, SHOWN_FIRST if is_blank or not found else ())
    name = f"{company.slug}-targets-{period.first}-to-{period.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    if form == "csv":
        return HttpResponse(targets_csv(rows), content_type="text/csv; charset=utf-8", headers=headers)
    return HttpResponse(targets_xlsx(rows), content_type=XLSX, headers=headers)


def _planned(company: Company, kind: TargetKind, period: Period, how: str, typed: dict[str, Any]) -> TargetFile:
    """Raises TargetError, SheetError."""
    if how == "upload":
        return read_targets(typed["file"].read(), kind)
    basis = reporting_of(company).default_basis
    first, last = period.first.plus(-12), period.last.plus(-12)
    if how == "copy" and typed["of"] == "targets":
        found: Sequence[TargetValue] = from_targets(values(company, first, last, kind), typed["percent"])
    else:
        figures = figures_by_month(company, basis, first, last)
        if how == "copy":
            keys = [metric.key for metric in METRICS]
            found = from_figures(figures, keys, typed["percent"], kind)
        elif typed["how"] == "season":
            found = by_season(typed["metric"], typed["annual"], period.months, figures, kind)
        else:
            found = monthly_targets(typed["metric"], typed["annual"], period.months, kind=kind)
    if not found:
        what = "targets" if how == "copy" and typed["of"] == "targets" else "figures"
        raise TargetError(f"There are no {what} from {first.label} to {last.label} to copy.")
    return TargetFile(tuple(found), (), 0)


def _page(
    request: HttpRequest,
    company: Company,
    typed: Typed | None = None,
    *,
    forms: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    kind, period = _choice(request, company)
    reporting = reporting_of(company)
    year = reporting.calendar.fiscal_year_of(period.last)
    context = {
        "company": company,
        "may_administer": caller_of(request).may_administer(company),
        "kind": kind,
        "kinds": list(TargetKind),  # a template would call the class
        "period": period,
        "year": year,
        "year_label": reporting.calendar.year_label(year),
        "years": [(one, reporting.calendar.year_label(one)) for one in (year - 1, year, year + 1)],
        "grid": grid_of(company, kind, period, typed),
        "has_problems": bool(typed and typed.problems),
        "forms": forms or {"spread": SpreadForm(), "copy": CopyForm(), "upload": ImportForm()},
        "budget": _budget_words(company, reporting) if kind is TargetKind.BUDGET else "",
    }
    return render(request, "metrics/targets.html", context, status=status)


def _budget_words(company: Company, reporting: Reporting) -> str:
    """Where QuickBooks' budgets stand."""
    newest = SyncHistory.objects.filter(company=company, sync_type=SyncHistory.SyncType.BUDGET).first()
    if newest is not None:
        return newest.message
    if BudgetAmount.objects.filter(company=company).exists():
        return "QuickBooks' budget has been read."
    if reporting.reads_budget:
        return "QuickBooks' budget is read once a day; it has not answered yet."
    return "QuickBooks' budgets are not read. An administrator can switch that on in the settings."


def _preview(
    request: HttpRequest,
    company: Company,
    kind: TargetKind,
    period: Period,
    planned: TargetFile,
    *,
    source: str,
    replaces: bool,
) -> HttpResponse:
    removed = _others(company, planned.values) if replaces else set()
    found = difference(company, planned.values, removed)
    context = {
        "company": company,
        "may_administer": True,
        "kind": kind,
        "period": period,
        "planned": planned,
        "found": found,
        "shown": found.changes[:MOST_SHOWN],
        "more": max(0, len(found.changes) - MOST_SHOWN),
        "rows": targets_csv(long_rows(planned.values)).decode("utf-8-sig"),
        "source": source,
        "replaces": replaces,
        "year": reporting_of(company).calendar.fiscal_year_of(period.last),
    }
    return render(request, "metrics/targets_preview.html", context, status=422 if planned.problems else 200)


def _others(company: Company, wanted: Sequence[TargetValue]) -> set[Place]:
    """What the months and kinds of these have now, of people and files."""
    months, kinds = {one.month for one in wanted}, {one.kind for one in wanted}
    return {
        (one.kind, one.metric_key, one.month) for one in values(company) if one.month in months and one.kind in kinds
    }


def _choice(request: HttpRequest, company: Company) -> tuple[TargetKind, Period]:
    """The kind and the fiscal year that the address names; else targets, and the running year."""
    sent = request.GET if request.method in ("GET", "HEAD") else request.POST
    calendar = reporting_of(company).calendar
    kind = TargetKind.BUDGET if sent.get("kind") == TargetKind.BUDGET else TargetKind.TARGET
    text = sent.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0
    if not FIRST_YEAR < year < LAST_YEAR:
        year = calendar.fiscal_year_of(running_month(company, clock.now()))
    return kind, Period.year(calendar.last_month_of(year), calendar)


def _address(company: Company, kind: TargetKind, period: Period) -> str:
    year = period.calendar.fiscal_year_of(period.last)
    return f"{reverse('targets', args=[company.slug])}?kind={kind.value}&year={year}"
