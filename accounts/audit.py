"""The audit trail: append-only, each line carrying the hash of the line before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from accounts.models import AuditEvent, Company

FIRST_HASH = "0" * 64  # what the first line carries as the hash before it
LONGEST_TEXT = 2000
# Any number that nothing else in this database uses for pg_advisory_xact_lock.
POSTGRESQL_LOCK = 7_461_001


class AuditTrailIsAppendOnly(Exception):
    """Somebody tried to change or delete a line of the audit trail."""


def record(
    *, action: str, success: bool, now: datetime, actor: str = "", company: Company | None = None, **details: object
) -> AuditEvent:
    """Append a line. Inside a transaction call it last: until the commit every other writer waits."""
    with transaction.atomic():
        take_turn()
        newest = AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first()
        event = AuditEvent(
            timestamp=now.astimezone(UTC),
            action=_plain_text(action)[:80],
            success=success,
            actor=_plain_text(actor)[:200],
            company=company,
            details={key: _plain(value) for key, value in details.items()},
            previous_hash=newest or FIRST_HASH,
        )
        event.hash = hash_of(event)
        event.save(force_insert=True)
    return event


def take_turn() -> None:
    """Inside a transaction: wait until nobody else is writing the trail, and keep others out until the commit.

    SQLite's transactions begin IMMEDIATE (settings), so the transaction itself is the turn. Locking the last row
    would not do on PostgreSQL: the very first line has none, and a waiter would still see the old last row.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [POSTGRESQL_LOCK])


def verify(newest: int | None = None) -> list[int]:
    """Primary keys of lines whose content or link to the line before does not fit; `newest` limits how far back."""
    events = AuditEvent.objects.order_by("pk")
    if newest is not None:
        start = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[newest : newest + 1].first()
        return _broken(events.filter(pk__gt=start or 0).iterator(), None if start else FIRST_HASH)
    return _broken(events.iterator(), FIRST_HASH)


def hash_of(event: AuditEvent) -> str:
    """SHA-256, hexadecimal, of the line's content and the hash of the line before it."""
    content = [
        event.previous_hash,
        event.timestamp.astimezone(UTC).isoformat(timespec="microseconds"),
        event.action,
        event.success,
        event.actor,
        event.company_id,
        event.details,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _broken(events: Iterable[AuditEvent], expected: str | None) -> list[int]:
    broken = []
    for event in events:
        if event.hash != hash_of(event) or (expected is not None and event.previous_hash != expected):
            broken.append(event.pk)
        expected = event.hash
    return broken


def _plain(value: object) -> object:
    """A JSON value that both databases give back exactly as it was; anything else becomes text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return {_plain_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return _plain_text(str(value))


def _plain_text(text: str) -> str:
    """Without what PostgreSQL cannot store (NUL, lone surrogates), and bounded."""
    return text[:LONGEST_TEXT].replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


@receiver(pre_save, sender=AuditEvent)
def _refuse_changes(instance: AuditEvent, **_kwargs: object) -> None:
    if not instance._state.adding or instance.hash != hash_of(instance):
        raise AuditTrailIsAppendOnly("The audit trail is append-only: write lines with accounts.audit.record().")


@receiver(pre_delete, sender=AuditEvent)
def _refuse_deletion(instance: AuditEvent, **_kwargs: object) -> None:
    raise AuditTrailIsAppendOnly(f"Line {instance.pk} of the audit trail cannot be deleted.")
