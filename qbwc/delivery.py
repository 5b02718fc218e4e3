"""After commit: hand an answer to its purpose, in this process when embedded, else through Celery.

The exchange row is the record: answered and not delivered means it is still owed, and a sweep finds it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from qbwc import payloads, prepared, purposes, rulings
from qbwc.models import Exchange
from qbwc.prepared import Parameter, Rows

logger = logging.getLogger(__name__)

# An answer that its purpose cannot read five times will not be read the sixth; it stays stored and is listed.
MAX_ATTEMPTS = 5
FIRST_ERROR = 1000  # statusCodes below are Info and Warning (OSR)


# A text up to here may be read before the Web Connector has its reply; a larger one would keep it, and others, waiting.
READ_AT_ONCE = 64 * 1024


def read_at_once(exchange: Exchange) -> bool:
    """Have a purpose that can do so read an answer in the commit that keeps it; False: deliver it after the commit.

    A reading that fails takes back only what it has written itself: the answer is kept all the same, and tried again.
    """
    payload = exchange.response_payload
    if payload is None or payload.size > READ_AT_ONCE:
        return False
    try:
        read = purposes.find(exchange.job.purpose).read_at_once
        if read is None:
            return False
        with transaction.atomic():
            return read(exchange)
    except Exception:
        logger.exception("exchange %s: its answer could not be read at once; it is read after the commit", exchange.pk)
        return False


def deliver_after_commit(exchange_id: int, now: datetime) -> None:
    """Deliver here and now when embedded; else ask a worker. Never raises: the answer is already safe."""
    try:
        if settings.EMBEDDED:
            deliver(exchange_id, now)
        else:
            from qbwc.tasks import deliver_exchange  # tasks imports this module

            deliver_exchange.delay(exchange_id=exchange_id)
    except Exception:  # a broker that is down must not cost the Web Connector its reply; the sweep delivers
        logger.exception("exchange %s could not be handed on; the sweep will", exchange_id)


_OWED = Rows(
    lambda: (
        Exchange.objects.select_related("job__company_file__company", "request_payload")
        .filter(pk=Parameter("exchange"), answered_at__isnull=False, delivered_at__isnull=True)
        .order_by()
    )
)


def deliver(exchange_id: int, now: datetime) -> bool:
    """Hand one answered exchange to its purpose; True when it is delivered. Twice is harmless."""
    exchange = _OWED.first(exchange=exchange_id)
    if exchange is None:
        return True
    try:
        if (read := purposes.find(exchange.job.purpose).read) is not None:
            read(_delivered(exchange, now))
    except Exception as error:
        logger.exception("exchange %s: its answer could not be read", exchange_id)
        Exchange.objects.filter(pk=exchange_id).update(
            delivery_attempts=F("delivery_attempts") + 1, delivery_error=f"{type(error).__name__}: {error}"
        )
        return False
    exchange.delivered_at, exchange.delivery_error = now, ""
    prepared.update(exchange, "delivered_at", "delivery_error")
    return True


def _delivered(exchange: Exchange, now: datetime) -> purposes.Delivered:
    """The text stays in the database until its purpose asks for it."""
    return purposes.Delivered(exchange.job, exchange, None, _failure(exchange), now)


def _failure(exchange: Exchange) -> str:
    """Judged again from what is stored: by now the job may have been tried once more, with another outcome."""
    if not exchange.hresult and exchange.status_code is not None and exchange.status_code < FIRST_ERROR:
        return ""
    payload = exchange.response_payload
    if payload is None and not exchange.hresult and exchange.message:
        return exchange.message  # our own refusal of an answer that was never kept
    text = payloads.text_of(payload) if payload is not None else ""
    return rulings.judge(exchange.job, response=text, hresult=exchange.hresult, message=exchange.message).failure


def undelivered() -> list[int]:
    """The answered exchanges still owed to their purposes, oldest first."""
    owed = Exchange.objects.filter(
        answered_at__isnull=False, delivered_at__isnull=True, delivery_attempts__lt=MAX_ATTEMPTS
    )
    return list(owed.order_by("pk").values_list("pk", flat=True)[:1000])
