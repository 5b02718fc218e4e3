"""Who calls the REST API, and for which company: the same questions before every answer."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import Company
from accounts.permissions import Caller, company_of
from accounts.problems import ApiProblem


def caller_of(request: HttpRequest) -> Caller:
    """Who was let in by the router's `auth`."""
    caller = getattr(request, "auth", None)
    assert isinstance(caller, Caller)
    return caller


def seen_company(request: HttpRequest, name: str | None) -> Company:
    """The company the call is about, as `company_of` decides. ApiProblem 400, 403, 404."""
    return company_of(caller_of(request), name)


def administered_company(request: HttpRequest, name: str | None, doing: str) -> Company:
    """The same for a caller that may change it; `doing` begins the sentence of the refusal. ApiProblem 403."""
    company = seen_company(request, name)
    if not caller_of(request).may_administer(company):
        raise ApiProblem(403, "FORBIDDEN", f"{doing} needs an administrator of the company, or a key with write scope.")
    return company
