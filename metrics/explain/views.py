"""The page that explains a figure: formula, ledger accounts, rules, and QuickBooks' own rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Company
from accounts.page_access import caller_of, visible
from metrics.explain.answers import explanation_answer, explanation_csv, file_name
from metrics.explain.explained import AccountLine, Explanation, Input, MonthMark
from metrics.explain.formulas import UnknownMetric, written
from metrics.explain.request import BadMoment, Wanted, explained, wanted_of
from metrics.fiscal import PeriodError
from metrics.models import Basis
from metrics.profit_and_loss import ZERO

FOLDED_FROM = 40  # more accounts than this are folded under their parents


@dataclass(frozen=True)
class Group:
    """The accounts under one top account; without a name, all of them."""

    name: str
    lines: tuple[AccountLine, ...]

    @property
    def contribution(self) -> Decimal:
        return sum((line.contribution for line in self.lines), ZERO)


@require_safe
@login_required
def explain_page(request: HttpRequest, slug: str, metric_key: str, period: str) -> HttpResponse:
    """404 for a company the person may not see, and for a metric or a period that does not exist."""
    company = visible(request, slug)
    try:
        wanted = _wanted(request, company, metric_key, period)
        found = explained(company, wanted)
    except (UnknownMetric, PeriodError, BadMoment) as problem:
        raise Http404(str(problem)) from problem
    if request.GET.get("format") in ("csv", "json"):
        return _file(found, request.GET["format"])
    context = _context(found, wanted) | {
        "company": company,
        "may_administer": caller_of(request).may_administer(company),
    }
    return render(request, "metrics/explain.html", context)


def _wanted(request: HttpRequest, company: Company, metric_key: str, period: str) -> Wanted:
    return wanted_of(company, metric_key, period, request.GET.get("basis", ""), request.GET.get("as_of", ""))


def _file(found: Explanation, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{file_name(found, kind)}"'}
    if kind == "csv":
        return HttpResponse(explanation_csv(found), content_type="text/csv; charset=utf-8", headers=headers)
    return JsonResponse(explanation_answer(found), json_dumps_params={"indent": 2}, headers=headers)


def _context(found: Explanation, wanted: Wanted) -> dict[str, object]:
    as_of = {} if wanted.moment is None else {"as_of": wanted.moment.isoformat()}
    return {
        "explained": found,
        "value": written(found.value, found.unit),
        "is_money": found.unit.value in ("money", "money_per_person"),
        "inputs": [(one, written(one.value, one.unit), _word(one)) for one in found.inputs],
        "months": [(mark, _month_value(found, mark)) for mark in found.months],
        "groups": grouped(found.lines),
        "sources": {source.exchange_id: source for source in found.sources},
        "basis": Basis(wanted.basis),
        "bases": [
            (label, f"?{urlencode({'basis': value, **as_of})}", value == wanted.basis) for value, label in Basis.choices
        ],
        "query": f"?{urlencode({'basis': wanted.basis, **as_of})}",
    }


def _word(one: Input) -> str:
    return {"plus": "added", "minus": "taken away", "divisor": "divided by"}[one.role]


def _month_value(found: Explanation, mark: MonthMark) -> str:
    return written(mark.value, found.unit)


def grouped(lines: Sequence[AccountLine]) -> tuple[Group, ...]:
    """Few accounts as they come; many by their top account, biggest first."""
    if len(lines) <= FOLDED_FROM:
        return (Group("", tuple(lines)),) if lines else ()
    groups: dict[str, list[AccountLine]] = {}
    for line in lines:
        groups.setdefault(line.full_name.partition(":")[0], []).append(line)
    found = [Group(name, tuple(same)) for name, same in groups.items()]
    return tuple(sorted(found, key=lambda group: (-abs(group.contribution), group.name)))
