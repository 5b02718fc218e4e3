"""An alert as JSON: the same in the REST API and in a webhook's body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from alerts.models import Alert
from alerts.sources import label_of


def alert_json(alert: Alert) -> dict[str, Any]:
    """Moments are ISO 8601; `url` is the page on which it is put right."""
    said = {"at": moment(alert.acknowledged_at), "by": alert.acknowledged_by, "note": alert.note}
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "label": label_of(alert.kind),
        "subject": alert.subject,
        "fingerprint": alert.fingerprint,
        "state": alert.state,
        "tone": alert.tone,
        "words": alert.words,
        "change": alert.change,
        "why": alert.why,
        "remedy": alert.remedy,
        "url": absolute(alert.link),
        "since": moment(alert.since),
        "opened_at": moment(alert.opened_at),
        "last_seen_at": moment(alert.last_seen_at),
        "updated_at": moment(alert.updated_at),
        "ended_at": moment(alert.ended_at),
        "times": alert.times,
        "acknowledged": said if alert.is_acknowledged else None,
        "told_at": moment(alert.told_at),
    }


def absolute(path: str) -> str:
    """With the server's address."""
    return f"{settings.PUBLIC_URL}{path}"


def moment(value: datetime | None) -> str | None:
    """None stays None."""
    return value.isoformat().replace("+00:00", "Z") if value is not None else None
