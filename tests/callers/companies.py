"""Companies for journeys of callers, made straight in the server's database; run by a ledger's process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import Company
from qbwc.models import CompanyFile, LiveWindow, SyncPlan
from qwc.connect import connect

PASSWORD = "right"
HOLD_SECONDS = 1  # the Web Connector looks up so often while it is held, and can be dropped


def make(names: Sequence[str]) -> dict[str, Any]:
    """Writable, held around the clock, without sync plans; what each needs."""
    return {name: _made(name) for name in names}


def _made(name: str) -> dict[str, Any]:
    now = clock.now()
    company_file = connect(name=name, username=name, password=PASSWORD, now=now, rounds=4).company_file
    SyncPlan.objects.filter(company_file=company_file).delete()
    Company.objects.filter(pk=company_file.company_id).update(allows_writes=True)
    CompanyFile.objects.filter(pk=company_file.pk).update(
        live_window=LiveWindow.BUSINESS_HOURS,
        business_from=time(0),
        business_until=time.max,
        live_hold_seconds=HOLD_SECONDS,
        live_minutes=60,
    )
    return {
        "id": company_file.pk,
        "owner_id": f"{{{company_file.owner_id}}}",
        "file_id": f"{{{company_file.file_id}}}",
        "key": issue_key(company_file.company, "journey", "write", now)[1],
    }
