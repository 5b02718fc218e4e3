"""A person has seen these alerts and says so; what they stand for is acknowledged where it lives, in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Company
from alerts.models import Alert
from alerts.sources import sources

LONGEST_NOTE = 500


def acknowledge(
    company: Company,
    ids: Iterable[int],
    *,
    note: str,
    actor: str,
    now: datetime,
    seen: Mapping[int, str] | None = None,
) -> int:
    """How many of them were open and not acknowledged yet; the others stay as they are.

    `seen`: by id the fingerprint that was shown; what has become another thing since, nobody has seen.
    """
    note = note.strip()[:LONGEST_NOTE]
    with transaction.atomic():
        rows = Alert.objects.filter(company=company, pk__in=list(ids), ended_at=None, is_acknowledged=False)
        shown = seen or {}
        found = rows.order_by("pk").select_for_update()
        alerts = [alert for alert in found if shown.get(alert.pk, alert.fingerprint) == alert.fingerprint]
        for alert in alerts:
            alert.is_acknowledged, alert.to_tell = True, False
            alert.acknowledged_at = alert.updated_at = now
            alert.acknowledged_by, alert.note = actor[:200], note
            alert.acknowledged_fingerprint = alert.fingerprint
        Alert.objects.bulk_update(alerts, _COLUMNS)
        for kind, of_kind in _by_kind(alerts).items():
            source = sources().get(kind)
            if source is not None and source.acknowledge is not None:
                source.acknowledge(company, of_kind, note, actor, now)
        if alerts:
            audit.record(
                action="alert.acknowledged",
                success=True,
                now=now,
                actor=actor,
                company=company,
                alerts=[f"{alert.kind} {alert.subject}" for alert in alerts[:50]],
                count=len(alerts),
                note=note,
            )
    return len(alerts)


_COLUMNS = (
    *("is_acknowledged", "to_tell", "acknowledged_at", "updated_at"),
    *("acknowledged_by", "note", "acknowledged_fingerprint"),
)


def _by_kind(alerts: Iterable[Alert]) -> dict[str, dict[str, str]]:
    """By kind, then by subject, the fingerprint."""
    found: dict[str, dict[str, str]] = {}
    for alert in alerts:
        found.setdefault(alert.kind, {})[alert.subject] = alert.fingerprint
    return found
