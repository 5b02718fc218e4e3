"""One signed POST of JSON to an address that a person has given; the same delivery id at every try."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from outbox import callback_post, signing
from outbox.callback_address import BadAddress, parts_of
from outbox.failures import BadRecipient, NotSent
from outbox.kinds import Hook

DELIVERY_HEADER, EVENT_HEADER = "X-Tieout-Delivery", "X-Tieout-Event"
CALLED = "The webhook address"
GONE = 410


def checked_url(text: str) -> str:
    """The address without blanks around it. BadRecipient when nothing may be sent there."""
    url = text.strip()
    try:
        parts_of(url, allow_private=settings.CALLBACK_ALLOW_PRIVATE, called=CALLED)
    except BadAddress as error:
        raise BadRecipient(str(error)) from None
    return url


# Whoever keeps how many secrets a company has had; the app above says so at the start.
_number_of: list[Callable[[int], int]] = [lambda _company_id: 0]


def register_numbers(number_of: Callable[[int], int]) -> None:
    """`number_of(company_id)`."""
    _number_of[:] = [number_of]


def secret_of(company_id: int) -> str:
    """What the receiver checks signatures with; one for callbacks and webhooks of a company."""
    return signing.secret_of(settings.SECRET_KEY, company_id, _number_of[-1](company_id))


def send_hook(hook: Hook, url: str, *, company_id: int, delivery: str, now: datetime) -> int:
    """The HTTP status of a receiver that took it. NotSent otherwise: it is sent again, with the same delivery id."""
    body = json.dumps({"event": hook.event, "delivery": delivery} | hook.body).encode()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Tieout",
        EVENT_HEADER: hook.event,
        DELIVERY_HEADER: delivery,
        signing.TIMESTAMP_HEADER: str(timestamp),
        signing.SIGNATURE_HEADER: signing.signature(secret_of(company_id), timestamp, body),
        "Connection": "close",
    }
    allow_private = settings.CALLBACK_ALLOW_PRIVATE
    try:
        parts = parts_of(url, allow_private=allow_private, called=CALLED)
        return callback_post.post(parts, body, headers, allow_private=allow_private)
    except BadAddress as error:
        raise NotSent(str(error), is_final=True) from error
    except callback_post.NotDelivered as error:
        raise NotSent(str(error), status=error.status, is_final=error.status == GONE) from error
