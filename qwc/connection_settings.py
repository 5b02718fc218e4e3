"""Changing when a company file may be read: the columns, the audit line, and a held connector that looks again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction

from accounts import audit
from qbwc import wakeups
from qbwc.models import CompanyFile

COLUMNS = (
    "time_zone",
    "quiet_from",
    "quiet_until",
    "minimum_run_seconds",
    "live_window",
    "live_hold_seconds",
    "live_minutes",
    "business_from",
    "business_until",
)


def change(company_file: CompanyFile, wanted: Mapping[str, object], now: datetime, *, actor: str) -> bool:
    """Store these columns (names of COLUMNS) and audit what they were before; False when nothing differs."""
    with transaction.atomic():
        row = CompanyFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=company_file.pk)
        changed = {name: value for name, value in wanted.items() if name in COLUMNS and getattr(row, name) != value}
        if not changed:
            return False
        before = {name: _said(getattr(row, name)) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
        transaction.on_commit(lambda: wakeups.wake(row.pk))  # a connector that is held may have to leave now
        audit.record(
            action="connection.settings_changed",
            success=True,
            now=now,
            actor=actor,
            company=row.company,
            before=before,
            after={name: _said(value) for name, value in changed.items()},
        )
    return True


def _said(value: object) -> object:
    return f"{value:%H:%M}" if isinstance(value, time) else value
