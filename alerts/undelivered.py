"""Alerts about alerts: an address that refused what it was told, or of which nobody knows whether it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import Company
from alerts.models import Recipient
from alerts.sources import Found, Tone, register_source
from alerts.telling import KIND, TEST_KIND, UNDELIVERED, subject_of
from outbox.models import Message, State

# Who mended an address is told when it breaks again another day.
AGAIN_AFTER = timedelta(days=1)
RECENT = timedelta(days=35)  # what was lost longer ago helps nobody any more


def register_undelivered() -> None:
    """Called when the apps are ready."""
    register_source(UNDELIVERED, label="Alerts not delivered", look=undelivered, again_after=AGAIN_AFTER)


def undelivered(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Each address of today's once, until something reached it again. One query."""
    about = Message.objects.filter(
        kind__in=(KIND, TEST_KIND), company=OuterRef("company"), channel=OuterRef("channel")
    ).filter(recipient=OuterRef("recipient"))
    there = Recipient.objects.filter(
        company=OuterRef("company"), channel=OuterRef("channel"), address=OuterRef("recipient")
    )
    lost = Message.objects.filter(
        Exists(there),
        ~Exists(about.filter(state=State.SENT, sent_at__gt=OuterRef("created_at"))),
        company__in=companies,
        kind=KIND,
        state__in=(State.FAILED, State.UNKNOWN),
        created_at__gte=now - RECENT,
    )
    by_address: dict[str, list[Message]] = {}
    for message in lost.select_related("company").order_by("pk"):
        key = f"{message.company_id} {subject_of(message.channel, message.recipient)}"
        by_address.setdefault(key, []).append(message)
    return [_found(messages) for messages in by_address.values()]


def _found(messages: Sequence[Message]) -> Found:
    oldest, newest = messages[0], messages[-1]
    is_webhook = newest.channel == Recipient.Channel.WEBHOOK
    # Whoever knows a webhook's whole address can often post there.
    to = f"the webhook at {urlsplit(newest.recipient).hostname}" if is_webhook else newest.recipient
    words = f"Alerts do not reach {to}."
    remedy = "An administrator of the company: correct or remove the address, send it a test, then send again."
    if newest.state == State.UNKNOWN:
        words = f"Nobody knows whether the last alerts reached {to}."
        remedy = "An administrator of the company: ask there whether they came; if not, choose “Send again”."
    return Found(
        company_id=newest.company_id,
        subject=subject_of(newest.channel, newest.recipient),
        fingerprint=hashlib.sha256(newest.recipient.encode()).hexdigest()[:16],  # one thing, however often it fails
        words=words,
        why=newest.last_error[:500] or "The mail server did not say why.",
        remedy=remedy,
        link=f"{reverse('alerts', args=[newest.company.slug])}#told",
        tone=Tone.WARN,
        since=oldest.created_at,
    )
