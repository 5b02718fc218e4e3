"""Callbacks: a signed POST of a transaction's answer, owed from the commit that ends it until it is delivered."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database
from django.db.models import F

from outbox import callback_address, callback_post, signing, webhook
from passthrough import answers
from passthrough.models import Callback, Transaction
from passthrough.problems import bad_call
from qbwc.prepared import Parameter, Rows

logger = logging.getLogger(__name__)

State = Callback.State

# Ten minutes of patience at first, a day in all.
PAUSES = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 3600, 4 * 3600, 12 * 3600))
# Longer than a POST may take: a process that died while sending leaves the row to the next sweep.
LEASE = timedelta(seconds=90)


def check_url(url: str) -> None:
    """Problem when it can never be delivered there."""
    try:
        callback_address.parts_of(url, allow_private=settings.CALLBACK_ALLOW_PRIVATE)
    except callback_address.BadAddress as error:
        raise bad_call(str(error)) from None


# As it is written, not as it was read: another caller may have asked for a callback meanwhile.
_ASKING = Rows(
    lambda: Transaction.objects.filter(pk=Parameter("pk")).exclude(callback_url="").only("callback_url").order_by()
)


def owe(row: Transaction, now: datetime) -> None:
    """In the commit that ends the transaction; sent at once by a worker, else by the sweep."""
    asking = _ASKING.first(pk=row.pk)
    if asking is None:
        return
    url = asking.callback_url
    owed, _ = Callback.objects.get_or_create(transaction=row, defaults={"url": url, "next_at": now})
    database.on_commit(lambda: _ask_worker(owed.pk))


def _ask_worker(callback_pk: int) -> None:
    try:
        from passthrough.tasks import send_callback  # tasks imports this module

        send_callback.delay(callback_pk=callback_pk)
    except Exception:  # a broker that is down must not cost the answer; the sweep sends it
        logger.exception("callback %s could not be handed on; the sweep sends it", callback_pk)


def due(now: datetime) -> list[int]:
    owed = Callback.objects.filter(state=State.DUE, next_at__lte=now)
    return list(owed.order_by("next_at").values_list("pk", flat=True)[:200])


def send(callback_pk: int, now: datetime) -> bool:
    """One try; whether it is delivered now. Two workers at once send it once."""
    taken = Callback.objects.filter(pk=callback_pk, state=State.DUE, next_at__lte=now)
    if taken.update(next_at=now + LEASE, attempts=F("attempts") + 1) != 1:
        return False
    owed = Callback.objects.select_related("transaction").get(pk=callback_pk)
    allow_private = settings.CALLBACK_ALLOW_PRIVATE
    try:
        parts = callback_address.parts_of(owed.url, allow_private=allow_private)
        body = _body(owed.transaction, now)
        status = callback_post.post(parts, body, _headers(owed.transaction, body, now), allow_private=allow_private)
    except callback_address.BadAddress as error:
        _failed(owed, str(error), None, now, give_up=True)
        return False
    except callback_post.NotDelivered as error:
        _failed(owed, str(error), error.status, now)
        return False
    Callback.objects.filter(pk=owed.pk).update(
        state=State.DELIVERED, delivered_at=now, last_status=status, last_error=""
    )
    return True


def _body(row: Transaction, now: datetime) -> bytes:
    answer = answers.of_ended(row, now)
    return json.dumps({"status": row.status, "http_status": answer.status} | answer.body).encode()


def _headers(row: Transaction, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    secret = webhook.secret_of(row.company_id)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Tieout",
        "X-Transaction-ID": row.transaction_id,
        signing.TIMESTAMP_HEADER: str(timestamp),
        signing.SIGNATURE_HEADER: signing.signature(secret, timestamp, body),
        "Connection": "close",
    }


def _failed(owed: Callback, why: str, status: int | None, now: datetime, *, give_up: bool = False) -> None:
    """A receiver that has gone (410) is not asked again."""
    if give_up or owed.attempts > len(PAUSES) or status == 410:
        changes: dict[str, Any] = {"state": State.FAILED}
    else:
        changes = {"next_at": now + PAUSES[owed.attempts - 1]}
    logger.warning("callback %s: try %s failed: %s", owed.pk, owed.attempts, why)
    Callback.objects.filter(pk=owed.pk).update(last_status=status, last_error=why[:2000], **changes)
