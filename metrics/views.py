"""The page with figures: one company's months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import caller_of
from alerts.selectors import acknowledged_alerts
from metrics.alerting.sources import UNTIED, subject_of
from metrics.charts import MonthLine, Tile, months_table, tile
from metrics.company_time import running_month
from metrics.explain.request import BadMoment, moment_of
from metrics.figures.at import report_at
from metrics.models import Basis
from metrics.months import Month
from metrics.selectors import MonthColumn, MonthlyReport, SyncLine, monthly_report, sync_state
from metrics.since import BadSince, check_year
from metrics.tie_out.restatements import open_months
from qbwc.alerts import FAILED, Alert, alerts_of, has_jobs_to_look_at

# (metric key, label, the direction that is good news: none for what is neither)
TILES = (
    ("total_revenue", "Total revenue", "up"),
    ("total_expenses", "Total expenses", ""),
    ("net_profit", "Net profit", "up"),
    ("employees", "Employees", ""),
)


@dataclass(frozen=True)
class Light:
    """The state of the readings in one word and one colour."""

    tone: str
    words: str


@require_safe
@login_required
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """One company's months; 404 for a company the person may not see, as for one that does not exist."""
    caller, now = caller_of(request), clock.now()
    companies = Company.objects.visible_to(caller).select_related("company_file")
    company = get_object_or_404(companies.annotate(has_jobs_to_look_at=has_jobs_to_look_at(now)), slug=slug)
    basis = Basis.CASH if request.GET.get("basis") == Basis.CASH else Basis.ACCRUAL
    moment, problem = _moment(request.GET.get("as_of", ""))
    report, lines = _report(company, basis, moment), sync_state(company)
    context = _figures(report, running_month(company, now if moment is None else moment)) | _state(report, lines, now)
    context |= {"company": company, "basis": basis, "bases": Basis, "report": report, "now": now}
    as_of = request.GET["as_of"] if moment is not None else ""
    asked = {"basis": str(basis), **({"as_of": as_of} if as_of else {})}
    context |= {"moment": moment, "as_of": as_of, "as_of_problem": problem, "explain_query": f"?{urlencode(asked)}"}
    context |= _untied(company, basis, report)
    context["restated"] = open_months(company, basis)
    context["may_administer"] = caller.may_administer(company)
    with_jobs = getattr(company, "has_jobs_to_look_at", True)  # the annotation above
    context["alerts"] = _alerts(company, lines, now, with_jobs=with_jobs)
    return render(request, "metrics/dashboard.html", context)


def _moment(text: str) -> tuple[datetime | None, str]:
    """The moment asked for, and what is wrong with it in words."""
    try:
        moment = moment_of(text)
        if moment is not None:
            check_year(moment, "as_of")
    except (BadMoment, BadSince) as problem:
        return None, str(problem)
    return moment, ""


def _report(company: Company, basis: Basis, moment: datetime | None) -> MonthlyReport:
    return monthly_report(company, basis) if moment is None else report_at(company, basis, moment)


def _alerts(company: Company, lines: Sequence[SyncLine], now: datetime, *, with_jobs: bool) -> list[Alert]:
    """What is wrong with the connection; a failed reading that has its own notice is not told twice."""
    if not hasattr(company, "company_file"):
        return []
    told = {line.sync_type for line in lines if line.failure}
    return [
        alert
        for alert in alerts_of(company.company_file, now, with_jobs=with_jobs)
        if alert.kind != FAILED or (alert.job is not None and alert.job.purpose not in told)
    ]


def _figures(report: MonthlyReport, running: Month) -> dict[str, object]:
    full = [column for column in report.months if column.month < running]
    return {
        "tiles": _tiles(full),
        "months": [column.month for column in report.months],
        "groups": months_table([_line(column, running) for column in report.months]),
        "running": running,
        "has_estimate": any(column.employees_estimated for column in report.months),
    }


def _tiles(full: Sequence[MonthColumn]) -> list[Tile]:
    """For the latest month that is over."""
    made = (
        tile(label, [(column.month, column.figures[key]) for column in full], good, is_profit=key == "net_profit")
        for key, label, good in TILES
    )
    return [item for item in made if item is not None]


def _line(column: MonthColumn, running: Month) -> MonthLine:
    unmapped = {"unmapped_revenue": column.unmapped_revenue, "unmapped_expenses": column.unmapped_expenses}
    return MonthLine(
        figures={**column.figures, **unmapped},
        is_running=column.month >= running,
        estimated=frozenset({"employees"} if column.employees_estimated else ()),
    )


def _state(report: MonthlyReport, lines: Sequence[SyncLine], now: datetime) -> dict[str, object]:
    successes = [line.last_success_at for line in lines if line.last_success_at]
    return {
        "sync_lines": lines,
        "failures": [line for line in lines if line.failure],
        "late": [line for line in lines if line.is_late(now)],
        "light": _light(lines, now),
        "last_synced_at": max(successes, default=None),
        "read_at": max((column.synced_at for column in report.months), default=None),
        "is_never_synced": not report.months and not any(line.last_attempt_at for line in lines),
    }


def _untied(company: Company, basis: Basis, report: MonthlyReport) -> dict[str, object]:
    """The months that do not tie out, the newest first; those that somebody has acknowledged apart, with who did."""
    untied = [column for column in reversed(report.months) if not column.tie_out.is_tied]
    known = acknowledged_alerts(company) if untied else {}
    seen = [(column, known.get((UNTIED, subject_of(column.month, basis)))) for column in untied]
    return {
        "untied": [column for column, alert in seen if alert is None],
        "untied_seen": [(column, alert) for column, alert in seen if alert is not None],
    }


def _light(lines: Sequence[SyncLine], now: datetime) -> Light:
    if any(line.failure for line in lines):
        return Light("bad", "Last reading failed")
    if not any(line.last_success_at for line in lines):
        return Light("", "Not synced yet")
    if any(line.is_late(now) for line in lines):
        return Light("warn", "Readings are late")
    return Light("good", "Up to date")
