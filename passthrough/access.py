"""Who calls the synchronous path: a key, checked in the handler's few threads, and not too often."""

from __future__ import annotations

import math
import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from ninja.security.base import AuthBase

from accounts import clock
from accounts.authentication import HEADER, caller_of_key
from accounts.models import Company
from accounts.permissions import Caller, company_of
from accounts.problems import ApiProblem
from passthrough.contract import ErrorCode
from passthrough.problems import Problem
from passthrough.throttle import buckets


class KeyOnly(AuthBase):
    """Authentication for django-ninja; `request.auth` becomes the Caller. Problem 401 or 429."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = HEADER

    def __init__(self) -> None:
        super().__init__()
        self.is_async = True

    async def __call__(self, request: HttpRequest) -> Caller:
        text = request.headers.get(HEADER, "").strip()
        caller = await sync_to_async(caller_of_key)(text, clock.now()) if text else None
        if caller is None or caller.api_key is None:
            raise Problem(ErrorCode.UNAUTHORIZED)
        wait = buckets.seconds_to_wait(caller.api_key.pk, settings.RATE_LIMIT_PER_MINUTE, time.monotonic())
        if wait:
            words = f"This key has made {settings.RATE_LIMIT_PER_MINUTE} calls in a minute. This one was not taken."
            raise Problem(ErrorCode.RATE_LIMITED, words, retry_after_seconds=math.ceil(wait))
        return caller


def company_for(caller: Caller, name: str | None) -> Company:
    """The key's company. Problem FORBIDDEN when another one is named."""
    try:
        return company_of(caller, name)
    except ApiProblem as problem:
        raise Problem(ErrorCode.FORBIDDEN, problem.message) from None
