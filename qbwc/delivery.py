"""After commit: hand an answer to its purpose, in this process when embedded, else through Celery.

The exchange row is the record: answered and not delivered means it is still owed, and a sweep finds it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db.models import F

from qbwc import payloads, purposes, rulings
from qbwc.models import Exchange

logger = logging.getLogger(__name__)

# An answer that its purpose cannot read five times will not be read the sixth; it stays stored and is listed.
MAX_ATTEMPTS = 5
FIRST_ERROR = 1000  # statusCodes below are Info and Warning (OSR)


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


def deliver(exchange_id: int, now: datetime) -> bool:
    """Hand one answered exchange to its purpose; True when it is delivered. Twice is harmless."""
    exchange = (
        Exchange.objects.select_related("job__company_file__company", "request_payload", "response_payload")
        .filter(pk=exchange_id, answered_at__isnull=False, delivered_at__isnull=True)
        .first()
    )
    if exchange is None:
        return True
    try:
        purposes.find(exchange.job.purpose).read(_delivered(exchange, now))
    except Exception as error:
        logger.exception("exchange %s: its answer could not be read", exchange_id)
        Exchange.objects.filter(pk=exchange_id).update(
            delivery_attempts=F("delivery_attempts") + 1, delivery_error=f"{type(error).__name__}: {error}"
        )
        return False
    Exchange.objects.filter(pk=exchange_id).update(delivered_at=now, delivery_error="")
    return True


def _delivered(exchange: Exchange, now: datetime) -> purposes.Delivered:
    text = payloads.text_of(exchange.response_payload) if exchange.response_payload is not None else ""
    return purposes.Delivered(exchange.job, exchange, text, _failure(exchange, text), now)


def _failure(exchange: Exchange, text: str) -> str:
    """Judged again from what is stored: by now the job may have been tried once more, with another outcome."""
    if not exchange.hresult and exchange.status_code is not None and exchange.status_code < FIRST_ERROR:
        return ""
    return rulings.judge(exchange.job, response=text, hresult=exchange.hresult, message=exchange.message).failure


def undelivered() -> list[int]:
    """The answered exchanges still owed to their purposes, oldest first."""
    owed = Exchange.objects.filter(
        answered_at__isnull=False, delivered_at__isnull=True, delivery_attempts__lt=MAX_ATTEMPTS
    )
    return list(owed.order_by("pk").values_list("pk", flat=True)[:1000])
