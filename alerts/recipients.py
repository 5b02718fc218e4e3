"""Who is told, and from what size on: changed by administrators, each change in the audit trail."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import Company
from alerts.looking import judge_anew
from alerts.models import Recipient, Thresholds
from alerts.sources import sources
from alerts.telling import TEST_KIND, post
from alerts.thresholds import name_of
from outbox.failures import BadRecipient
from outbox.mail import checked_address
from outbox.webhook import checked_url

MOST = 20


def add(
    company: Company, channel: str, address: str, kinds: Collection[str], *, actor: str, now: datetime
) -> Recipient:
    """Raises BadRecipient: no address, there already, or too many. What is open now is not sent to it."""
    is_mail = channel == Recipient.Channel.MAIL
    checked = checked_address(address) if is_mail else checked_url(address)
    if len(checked) > 500:
        raise BadRecipient("An address here has at most 500 characters.")
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        others = list(company.alert_recipients.values_list("channel", "address"))
        if any(of == channel and it.lower() == checked.lower() for of, it in others):
            raise BadRecipient("This address is there already.")
        if len(others) >= MOST:
            raise BadRecipient(f"A company has at most {MOST} recipients: remove one first.")
        made = Recipient.objects.create(
            company=company, channel=channel, address=checked, kinds=sorted(kinds), created_at=now, created_by=actor
        )
        _record("alert_recipient.added", made, actor, now, kinds=made.kinds)
    return made


def change_kinds(recipient: Recipient, kinds: Collection[str], *, actor: str, now: datetime) -> bool:
    """Whether anything was different."""
    wanted = sorted(kinds)
    with transaction.atomic():
        if not Recipient.objects.filter(pk=recipient.pk).exclude(kinds=wanted).update(kinds=wanted):
            return False
        _record("alert_recipient.changed", recipient, actor, now, before=recipient.kinds, after=wanted)
    return True


def remove(recipient: Recipient, *, actor: str, now: datetime) -> None:
    """From now on it is told nothing, not even what is on its way."""
    with transaction.atomic():
        Recipient.objects.filter(pk=recipient.pk).delete()
        _record("alert_recipient.removed", recipient, actor, now)


def send_test(recipient: Recipient, *, actor: str, now: datetime) -> bool:
    """Owe it a message that says it is a test; False when its address is not allowed any more."""
    with transaction.atomic():
        is_owed = post(recipient.company, recipient, TEST_KIND, f"test-{secrets.token_hex(8)}", {}, now)
        _record("alert_recipient.tested", recipient, actor, now, success=is_owed)
    return is_owed


def save_thresholds(company: Company, wanted: Mapping[str, Decimal | None], *, actor: str, now: datetime) -> bool:
    """By `kind.key`; None takes the default. Whether anything was different."""
    known = {name_of(kind, one) for kind, source in sources().items() for one in source.thresholds}
    values = {name: str(value) for name, value in wanted.items() if name in known and value is not None}
    with transaction.atomic():
        row, _ = Thresholds.objects.get_or_create(company=company)
        before = row.values
        if before == values:
            return False
        Thresholds.objects.filter(pk=row.pk).update(values=values)
        judge_anew(company, now)
        audit.record(
            action="alert_thresholds.changed",
            success=True,
            now=now,
            actor=actor,
            company=company,
            before=before,
            after=values,
        )
    return True


def _record(
    action: str, recipient: Recipient, actor: str, now: datetime, *, success: bool = True, **details: object
) -> None:
    audit.record(
        action=action,
        success=success,
        now=now,
        actor=actor,
        company=recipient.company,
        channel=recipient.channel,
        address=recipient.address,
        **details,
    )
