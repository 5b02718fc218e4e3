"""Doctor's page, and the public answer to Doctor's own question."""

from __future__ import annotations

import asyncio
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.models import Company
from accounts.page_access import caller_of
from qwc.doctor_checks import examination, marks
from qwc.doctor_report import companies_for, findings_for, groups_of, sees_details
from qwc.findings import BY_NAME, Finding, Level


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def doctor_page(request: HttpRequest) -> HttpResponse:
    """Administrators. GET is quick: it does not call PUBLIC_URL; POST (“Run again”) does, in about five seconds."""
    caller = caller_of(request)
    companies = companies_for(caller)
    if not companies and not sees_details(caller):
        raise PermissionDenied
    chosen = _chosen(request, companies)
    now = clock.now()
    plan = examination.plan_of(now) if request.method == "POST" else None
    found = examination.examine([chosen] if chosen else companies, now, plan=plan, oldest=None)
    shown = findings_for(found.findings, with_details=sees_details(caller))
    names = {company.slug: company.name for company in companies}
    context: dict[str, Any] = {
        "groups": [_group(title, names.get(slug, ""), rows) for title, slug, rows in groups_of(shown)],
        "counts": {level.value: sum(each.level is level for each in shown) for level in Level},
        "total": len(shown),
        "is_well": not any(each.is_problem for each in shown),
        "outside_at": found.outside_at,
        "companies": companies,
        "chosen": chosen,
        "now": now,
    }
    return render(request, "qwc/doctor.html", context)


def _chosen(request: HttpRequest, companies: list[Company]) -> Company | None:
    slug = request.GET.get("company", "")
    if not slug:
        return None
    return get_object_or_404(Company.objects.filter(pk__in=[company.pk for company in companies]), slug=slug)


def _group(title: str, company: str, rows: list[Finding]) -> dict[str, Any]:
    """What is wrong, what could not be looked at, what is fine: three lists."""
    looked_at = [each for each in rows if not each.is_skipped]
    return {
        "title": company or title,
        "open": [_line(each) for each in looked_at if each.level is not Level.OK],
        "skipped": [_line(each) for each in rows if each.is_skipped],
        "well": [_line(each) for each in looked_at if each.level is Level.OK],
    }


def _line(finding: Finding) -> dict[str, Any]:
    return {"finding": finding, "title": BY_NAME[finding.check].title, "tone": _TONES[finding.level]}


_TONES = {Level.ERROR: "bad", Level.WARNING: "warn", Level.NOTE: "", Level.OK: "good"}


@never_cache
async def mark(_request: HttpRequest, token: str) -> JsonResponse:
    """Proves that this installation answers; 404 to whoever asks without our signature. Holds no thread."""
    question = marks.read(token)
    if question is None:
        return JsonResponse({"known": False}, status=404)
    if question.hold:
        await asyncio.sleep(question.hold)
    return JsonResponse({"known": True, "mark": marks.answer(question)})
