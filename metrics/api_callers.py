"""Who calls the REST API, and for which company: the same three questions before every answer."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.authentication import ApiProblem
from accounts.models import Company
from accounts.permissions import Caller, company_of
from metrics.months import Month


def caller_of(request: HttpRequest) -> Caller:
    caller = getattr(request, "auth", None)
    assert isinstance(caller, Caller)
    return caller


def seen_company(request: HttpRequest, name: str | None) -> Company:
    """Looked up once more through `visible_to`, the one place that decides what a caller may see."""
    caller = caller_of(request)
    company = Company.objects.visible_to(caller).filter(pk=company_of(caller, name).pk).first()
    if company is None:
        raise ApiProblem(404, "NO_SUCH_COMPANY", "There is no such company, or you may not see it.")
    return company


def administered_company(request: HttpRequest, name: str | None, what: str = "Changing mappings") -> Company:
    company = seen_company(request, name)
    if not caller_of(request).may_administer(company):
        message = f"{what} needs an administrator of the company, or a key with write scope."
        raise ApiProblem(403, "FORBIDDEN", message)
    return company


def month_in(name: str, text: str | None) -> Month | None:
    """A query's month; None for an empty one. ApiProblem 400."""
    if not text:
        return None
    try:
        return Month.parse(text)
    except ValueError as problem:
        message = f"{name} is “{text[:40]}”, which is not a month; write it as 2026-01."
        raise ApiProblem(400, "BAD_MONTHS", message) from problem
