"""The pages that prove the figures: every month against QuickBooks' totals, and one month account by account."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import caller_of, visible
from metrics.company_time import running_month
from metrics.models import Basis
from metrics.months import Month
from metrics.periods import Period, previous
from metrics.profit_and_loss import SectionCheck
from metrics.reporting.settings import reporting_of
from metrics.review.readiness import Readiness, readiness, readiness_by_month
from metrics.tie_out.detail import month_detail
from metrics.tie_out.report import TieOutMonth, TieOutReport, TieOutState, tie_out_report

STATE_TAGS = {
    TieOutState.TIED: ("✓", "tied"),
    TieOutState.UNTIED: ("≠", "untied"),
    TieOutState.NOT_SYNCED: ("–", "absent"),
    TieOutState.PARTIAL: ("…", "partial"),
}
# Totals that stand above others in the table.
STYLES = {"gross_profit": "total", "net_ordinary_income": "total", "net_income": "total result"}


@dataclass(frozen=True)
class Column:
    """One month of the table. `off` are the totals that differ."""

    month: TieOutMonth
    ready: Readiness

    @property
    def sign(self) -> str:
        return STATE_TAGS[self.month.state][0]

    @property
    def tone(self) -> str:
        return STATE_TAGS[self.month.state][1]

    @property
    def is_running(self) -> bool:
        return self.month.state is TieOutState.PARTIAL

    @property
    def off(self) -> tuple[SectionCheck, ...]:
        return tuple(check for check in self.month.checks if not check.is_tied)


@require_safe
@login_required
def tie_out_page(request: HttpRequest, slug: str) -> HttpResponse:
    """404 for a company the person may not see. The number of queries does not depend on the months."""
    company = visible(request, slug)
    now, reporting = clock.now(), reporting_of(company)
    basis, running = _basis(request, reporting.default_basis), running_month(company, now)
    report = tie_out_report(company, basis, today=running)
    months = [month.month for month in report.months]
    ready = readiness_by_month(company, basis, months, running, reporting.unmapped_threshold_percent)
    columns = [Column(month, ready[month.month]) for month in report.months]
    quarter = previous(Period.quarter(running, reporting.calendar))
    context = _context(request, company, basis) | {
        "report": report,
        "columns": columns,
        "lines": [(label, STYLES.get(key, ""), checks) for key, label, checks in report.lines],
        "untied": [column for column in reversed(columns) if column.month.state is TieOutState.UNTIED],
        "counts": _counts(report),
        "quarter": quarter,
        "quarter_ready": readiness(company, quarter, basis, running),
        "read_at": max((month.synced_at for month in report.months if month.synced_at), default=None),
        "now": now,
    }
    return render(request, "metrics/tie_out.html", context)


@require_safe
@login_required
def tie_out_month_page(request: HttpRequest, slug: str, month: str) -> HttpResponse:
    """One month: the figures shown beside the newest stored report, which is read again for this page."""
    company = visible(request, slug)
    now, reporting = clock.now(), reporting_of(company)
    basis, running = _basis(request, reporting.default_basis), running_month(company, now)
    try:
        wanted = Month.parse(month)
    except ValueError as problem:
        raise Http404(str(problem)) from problem
    report = tie_out_report(company, basis, today=running, first=wanted, last=wanted)
    found = report.months[0] if report.months else TieOutMonth(wanted, TieOutState.NOT_SYNCED, (), None, None, None)
    ready = readiness_by_month(company, basis, [wanted], running, reporting.unmapped_threshold_percent)[wanted]
    context = _context(request, company, basis) | {
        "column": Column(found, ready),
        "lines": [(check.label, STYLES.get(check.key, ""), check) for check in found.checks],
        "detail": month_detail(company, basis, found) if found.mark is not None else None,
        "previous_month": wanted.plus(-1),
        "next_month": wanted.plus(1) if wanted < running else None,
        "now": now,
    }
    return render(request, "metrics/tie_out_month.html", context)


def _context(request: HttpRequest, company: Company, basis: Basis) -> dict[str, object]:
    return {
        "company": company,
        "basis": basis,
        "bases": Basis,
        "may_administer": caller_of(request).may_administer(company),
    }


def _counts(report: TieOutReport) -> list[tuple[str, int]]:
    """ "tied" 23, "untied" 1 …: only states that occur."""
    words = {
        TieOutState.TIED: "tied",
        TieOutState.UNTIED: "untied",
        TieOutState.NOT_SYNCED: "not synced",
        TieOutState.PARTIAL: "so far",
    }
    return [(word, report.count(state)) for state, word in words.items() if report.count(state)]


def _basis(request: HttpRequest, default: str) -> Basis:
    chosen = request.GET.get("basis", "")
    return Basis(chosen if chosen in Basis.values else default)
