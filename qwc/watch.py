"""The look of each minute at every connection: its rhythm is kept, and a change is written into the trail."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from accounts import audit
from qbwc.contact import calls_with
from qbwc.models import CompanyFile
from qwc.connection_states import connection_state

logger = logging.getLogger(__name__)


def look(now: datetime) -> int:
    """Judge every company file; how many have changed. One that cannot be judged does not keep the others."""
    changed = 0
    for company_file in CompanyFile.objects.select_related("company"):
        try:
            changed += look_at(company_file, now)
        except Exception:
            logger.exception("the connection of %s could not be judged", company_file.username)
    return changed


def look_at(company_file: CompanyFile, now: datetime) -> bool:
    """Keep when it called, and what its state is; True when that is another one than a minute ago."""
    calls = calls_with(company_file)
    if calls != company_file.recent_calls:
        company_file.recent_calls = calls
        CompanyFile.objects.filter(pk=company_file.pk).update(recent_calls=calls)
    found, before = connection_state(company_file, now), company_file.connection_state
    if found.state == before:
        return False
    with transaction.atomic():
        row = CompanyFile.objects.filter(pk=company_file.pk, connection_state=before)
        if row.update(connection_state=found.state.value, connection_state_since=now) != 1:
            return False  # another worker has told it
        if before:  # the first look finds out, nothing has changed
            audit.record(
                action="connection.state_changed",
                success=True,
                now=now,
                company=company_file.company,
                before=before,
                after=found.state.value,
                why=found.why,
            )
    return bool(before)
