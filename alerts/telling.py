"""Telling: what is new since the last telling goes to each recipient in one message, owed in the same commit."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Company
from alerts import changing
from alerts.first_sync import companies_in_first_sync
from alerts.models import Alert, Recipient
from outbox import sending
from outbox.failures import BadRecipient

logger = logging.getLogger(__name__)

KIND, TEST_KIND = "alerts", "alerts-test"
UNDELIVERED = "alert_undelivered"
# A first sync that does not end must not keep a company silent.
PATIENCE = timedelta(hours=1)


def tell(company_ids: Sequence[int], now: datetime) -> int:
    """How many messages are owed now. One query when there is nothing to tell."""
    waiting = Alert.objects.filter(company__in=company_ids, to_tell=True, ended_at=None).order_by()
    oldest: dict[int, datetime] = {}
    for pk, opened in waiting.values_list("company_id", "opened_at"):
        oldest[pk] = min(opened, oldest.get(pk, opened))
    if not oldest:
        return 0
    held = companies_in_first_sync(pk for pk, opened in oldest.items() if now - opened < PATIENCE)
    companies = Company.objects.filter(pk__in=oldest.keys() - held).prefetch_related("alert_recipients")
    heard = [company for company in companies if company.alert_recipients.all()]
    _tell_nobody([company.pk for company in companies if company not in heard], now)
    return sum(_tell_of(company, now) for company in heard)


def _tell_nobody(company_ids: Sequence[int], now: datetime) -> None:
    """A recipient of tomorrow is not told of today: what nobody hears of counts as told. All in one commit."""
    if not company_ids:
        return
    with transaction.atomic():
        _mark(_untold(company_ids), now, to_somebody=False)


def _tell_of(company: Company, now: datetime) -> int:
    with transaction.atomic():
        alerts = _untold([company.pk])  # of two workers the second finds none
        owed = sum(_owe(company, recipient, alerts, now) for recipient in company.alert_recipients.all())
        _mark(alerts, now, to_somebody=owed > 0)
    return owed


def _untold(company_ids: Sequence[int]) -> list[Alert]:
    rows = Alert.objects.filter(company__in=company_ids, to_tell=True, ended_at=None)
    return list(rows.order_by("pk").select_for_update())


def _mark(alerts: Sequence[Alert], now: datetime, *, to_somebody: bool) -> None:
    for alert in alerts:
        changing.told(alert, now, to_somebody=to_somebody)
    Alert.objects.bulk_update(alerts, ["to_tell", "told_fingerprints", "told_at"])


def _owe(company: Company, recipient: Recipient, alerts: Sequence[Alert], now: datetime) -> bool:
    wanted = [alert for alert in alerts if alert.kind in recipient.kinds and not _is_about(alert, recipient)]
    if not wanted:
        return False
    named = [[alert.pk, alert.fingerprint] for alert in wanted]
    # What comes back after a long time is told under another key; what was told is not, by its fingerprints.
    begun = [[*one, alert.times] for one, alert in zip(named, wanted, strict=True)]
    key = hashlib.sha256(json.dumps(begun).encode()).hexdigest()
    return post(company, recipient, KIND, key, {"alerts": named}, now)


def subject_of(channel: str, address: str) -> str:
    """How an alert about an address of alerts names it; its text need not be shown to everybody."""
    return f"{channel}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"


def _is_about(alert: Alert, recipient: Recipient) -> bool:
    """A broken address is not told, at that address, that it is broken: that would go on without end."""
    return alert.kind == UNDELIVERED and alert.subject == subject_of(recipient.channel, recipient.address)


def post(company: Company, recipient: Recipient, kind: str, key: str, argument: dict[str, Any], now: datetime) -> bool:
    """Whether a message is owed by it; False when this recipient has had it, or its address is allowed no more."""
    said = argument | {"recipient": recipient.pk, "key": key}
    try:
        if recipient.channel == Recipient.Channel.MAIL:
            message = sending.post_letter(
                company, kind=kind, key=key, address=recipient.address, argument=said, now=now
            )
        else:
            message = sending.post_hook(company, kind=kind, key=key, url=recipient.address, argument=said, now=now)
    except BadRecipient as problem:
        logger.warning("recipient %s of company %s was not told: %s", recipient.pk, company.pk, problem)
        return False
    return message is not None
