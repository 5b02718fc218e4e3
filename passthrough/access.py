"""Who calls the synchronous path: a key, checked in the handler's few threads, and not too often."""

from __future__ import annotations

import math
import time
from datetime import datetime
from functools import partial

from django.conf import settings
from django.http import HttpRequest
from ninja.security.base import AuthBase

from accounts import clock, keys
from accounts.authentication import HEADER, LAST_USED_EVERY, caller_of_key
from accounts.models import ApiKey, Company
from accounts.permissions import Caller, company_of
from accounts.problems import ApiProblem
from passthrough import throttle
from passthrough.contract import ErrorCode
from passthrough.holding import Run, in_thread
from passthrough.problems import Problem
from qbwc.prepared import Parameter, Rows


class KeyOnly(AuthBase):
    """Authentication for django-ninja; `request.auth` becomes the Caller. Problem 401 or 429."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = HEADER

    def __init__(self) -> None:
        super().__init__()
        self.is_async = True

    async def __call__(self, request: HttpRequest) -> Caller:
        return await caller_by_key(request.headers.get(HEADER, ""), in_thread)


async def caller_by_key(text: str, run: Run) -> Caller:
    """The caller with this key, its company and the company file at hand. Problem 401 or 429."""
    key = await run(partial(_known, text.strip(), clock.now()))
    _refuse_too_many(await throttle.seconds_to_wait(key.pk, settings.RATE_LIMIT_PER_MINUTE))
    return Caller(api_key=key)


def caller_here(text: str) -> Caller:
    """The same in the thread that asks, for a server without Redis: its calls are counted in this process."""
    key = _known(text.strip(), clock.now())
    _refuse_too_many(throttle.buckets.seconds_to_wait(key.pk, settings.RATE_LIMIT_PER_MINUTE, time.monotonic()))
    return Caller(api_key=key)


def _refuse_too_many(seconds: float) -> None:
    if seconds:
        words = f"This key has made {settings.RATE_LIMIT_PER_MINUTE} calls in a minute. This one was not taken."
        raise Problem(ErrorCode.RATE_LIMITED, words, retry_after_seconds=math.ceil(seconds))


_KEY = Rows(
    lambda: (
        ApiKey.objects.select_related("company__company_file")
        .filter(prefix=Parameter("prefix"), revoked_at__isnull=True)
        .only(
            "company",
            "prefix",
            "digest",
            "scope",
            "last_used_at",
            "company__name",
            "company__slug",
            "company__allows_writes",
            "company__company_file__company",
            "company__company_file__is_active",
            "company__company_file__last_interactive_at",
        )
        .order_by()
    )
)


def _known(text: str, now: datetime) -> ApiKey:
    """A key that was used within the last minute costs one query; any other is judged, and its use noted, as usual."""
    prefix = keys.prefix_of(text)
    key = _KEY.first(prefix=prefix) if prefix is not None else None
    if key is None or key.last_used_at is None or key.last_used_at <= now - LAST_USED_EVERY:
        caller = caller_of_key(text, now) if text else None
        key = caller.api_key if caller is not None else None
    elif not keys.matches(text, key.digest):
        key = None
    if key is None:
        raise Problem(ErrorCode.UNAUTHORIZED)
    return key


def company_for(caller: Caller, name: str | None) -> Company:
    """The key's company. Problem FORBIDDEN when another one is named."""
    try:
        return company_of(caller, name)
    except ApiProblem as problem:
        raise Problem(ErrorCode.FORBIDDEN, problem.message) from None
