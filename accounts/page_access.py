"""Who opens a page, and which company they may open it for."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Company, User
from accounts.permissions import Caller


def caller_of(request: HttpRequest) -> Caller:
    """The signed-in person."""
    return Caller(user=request.user if isinstance(request.user, User) else None)


def visible(request: HttpRequest, slug: str) -> Company:
    """404 for a company the person may not see, as for one that does not exist."""
    return get_object_or_404(Company.objects.visible_to(caller_of(request)), slug=slug)


def administered(request: HttpRequest, slug: str) -> Company:
    """404 for a company the person may not see, 403 for one they may only look at."""
    company = visible(request, slug)
    if not caller_of(request).may_administer(company):
        raise PermissionDenied
    return company
