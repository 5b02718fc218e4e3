"""Who is calling: a program by its API key, or a signed-in person by the session cookie."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from accounts import audit, clock, keys
from accounts.models import ApiKey, Company, User
from accounts.permissions import Caller
from accounts.problems import ApiProblem

__all__ = ["ApiProblem", "KeyNotIssued", "KeyOrSession", "KeyTaken", "answer_problem", "caller_of_key", "issue_key"]

HEADER = "X-API-Key"
LAST_USED_EVERY = timedelta(minutes=1)  # a busy key must not cost one write per call


class KeyNotIssued(ValueError):
    """The given text cannot become a key of this company; the message says why."""


class KeyTaken(KeyNotIssued):
    """The text is the key of another company already."""


def caller_of_key(text: str, now: datetime) -> Caller | None:
    """The caller behind a key; None when the key is unknown or revoked."""
    prefix = keys.prefix_of(text)
    if prefix is None:
        return None
    key = ApiKey.objects.select_related("company").filter(prefix=prefix).first()
    if key is None or not keys.matches(text, key.digest) or key.revoked_at is not None:
        return None
    _note_use(key, now)
    return Caller(api_key=key)


def issue_key(
    company: Company, name: str, scope: str, now: datetime, text: str | None = None, *, actor: str = ""
) -> tuple[ApiKey, str]:
    """Make a key, or with `text` adopt an existing one (twice is harmless); the text is not kept. KeyNotIssued."""
    try:
        made = keys.make_key(secrets.token_bytes) if text is None else keys.adopt_key(text)
    except ValueError as error:
        raise KeyNotIssued(str(error)) from error
    with transaction.atomic():
        known = ApiKey.objects.filter(prefix=made.prefix).first()
        if known is not None:
            return _known_key(known, company, made), made.text
        key = ApiKey.objects.create(
            company=company, name=name, scope=ApiKey.Scope(scope), prefix=made.prefix, digest=made.digest
        )
        audit.record(
            action="api_key.created", success=True, now=now, actor=actor, company=company, key=key.prefix, scope=scope
        )
    return key, made.text


def answer_problem(_request: HttpRequest, problem: Any) -> JsonResponse:
    """For `api.add_exception_handler(ApiProblem, answer_problem)`."""
    return JsonResponse(problem.body, status=problem.http_status)


class KeyOrSession(AuthBase):
    """Authentication for django-ninja; `request.auth` becomes the Caller. ApiProblem 401 or 403."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = HEADER

    def __call__(self, request: HttpRequest) -> Caller:
        """A key in the header decides alone: a wrong one never falls back to the cookie."""
        text = request.headers.get(HEADER)
        if text is not None:
            return self._by_key(text)
        return self._by_session(request)

    @staticmethod
    def _by_key(text: str) -> Caller:
        caller = caller_of_key(text.strip(), clock.now())
        if caller is None:
            raise ApiProblem(
                401, "UNAUTHORIZED", "This API key is unknown or revoked. An administrator of the company can make one."
            )
        return caller

    @staticmethod
    def _by_session(request: HttpRequest) -> Caller:
        user = getattr(request, "user", None)
        if not isinstance(user, User) or not user.is_active:
            raise ApiProblem(401, "UNAUTHORIZED", f"Send an API key in the header {HEADER}, or sign in.")
        if check_csrf(request) is not None:  # lets GET, HEAD, OPTIONS and TRACE pass
            raise ApiProblem(
                403, "CSRF", "The request carries no valid X-CSRFToken header. Reload the page and try again."
            )
        return Caller(user=user)


def _known_key(known: ApiKey, company: Company, made: keys.NewKey) -> ApiKey:
    if known.company_id != company.pk or not keys.matches(made.text, known.digest):
        raise KeyTaken("This key belongs to another company; a key belongs to one company only.")
    if known.revoked_at is not None:
        raise KeyNotIssued("This key was revoked and stays revoked. Choose another one.")
    return known


def _note_use(key: ApiKey, now: datetime) -> None:
    before = now - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    key.last_used_at = now
