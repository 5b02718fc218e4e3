"""What a message left out, because it was over or told anew by then, and to whom it is owed once it is back.

A message's argument names what it tells; what it left out stands beside that, until it is owed by another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Company
from alerts.models import Alert, Recipient
from alerts.telling import KIND, post
from outbox.models import Message, State

LEFT_OUT = "left_out"
Mark = tuple[int, str]  # an alert's pk, and the fingerprint it had


def messages_to(company: Company, argument: Mapping[str, Any]) -> QuerySet[Message]:
    """All that tell the same recipient of alerts."""
    return Message.objects.filter(company=company, kind=KIND, argument__recipient=argument["recipient"])


def leave_out(company: Company, argument: Mapping[str, Any], gone: Collection[int], untold: Collection[Mark]) -> None:
    """In the transaction that holds these alerts' rows: a look that begins one of them again comes after it.

    `untold`: what the recipient hears of by no other message either.
    """
    waiting = messages_to(company, argument).filter(key=argument.get("key"), state=State.DUE)
    for message in waiting.select_for_update():
        said = message.argument
        changes = {
            "alerts": [one for one in said["alerts"] if one[0] not in gone],
            "named": said.get("named", len(said["alerts"])),
            LEFT_OUT: [*said.get(LEFT_OUT, ()), *map(list, untold)],
        }
        Message.objects.filter(pk=message.pk).update(argument=said | changes)


def owe_again(back: Sequence[Alert], now: datetime) -> None:
    """These are there as they were before, in the transaction that says so; whoever was told needs no message."""
    by_mark = {(alert.pk, alert.fingerprint): alert for alert in back}
    owed: dict[int, dict[Mark, Alert]] = {}
    companies = {alert.company_id for alert in back}
    rows = Message.objects.filter(company__in=companies, kind=KIND, argument__has_key=LEFT_OUT)
    for message in rows.order_by("pk").select_for_update():
        left = [(pk, mark) for pk, mark in message.argument[LEFT_OUT]]
        found = {mark: by_mark[mark] for mark in left if mark in by_mark}
        if found:
            kept = [mark for mark in left if mark not in found]
            Message.objects.filter(pk=message.pk).update(argument=message.argument | {LEFT_OUT: kept})
            owed.setdefault(message.argument["recipient"], {}).update(found)
    for recipient in Recipient.objects.filter(pk__in=owed).select_related("company").order_by("pk"):
        _owe(recipient, owed[recipient.pk], now)


def _owe(recipient: Recipient, found: Mapping[Mark, Alert], now: datetime) -> None:
    """Not what is to be told to everybody anyway, nor what somebody has acknowledged."""
    wanted = [
        [*mark, alert.updated_at.isoformat()]
        for mark, alert in found.items()
        if alert.kind in recipient.kinds and not alert.to_tell and not alert.is_acknowledged
    ]
    if wanted:
        key = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
        post(recipient.company, recipient, KIND, key, {"alerts": [[pk, mark] for pk, mark, _ in wanted]}, now)
